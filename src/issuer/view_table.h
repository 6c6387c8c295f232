/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts as columns for a plot, and as comma-separated values. Rows are added in their order; a series
 * that comes later has 0 in the rows before. Errors: RP_E_NO_MEMORY.
 */
#ifndef REPIN_ISSUER_VIEW_TABLE_H
#define REPIN_ISSUER_VIEW_TABLE_H

#include "issuer/view_in.h"

struct view_table {
	json_t *labels; /* NULL: x is time, in seconds */
	json_t *series, *columns;
};
RP_MUST_CHECK rp_code table_begin(struct view_table *t, bool labels, struct rp_error *err);
void table_end(struct view_table *t);
/* A series, with `empty` (taken over) in the rows that are there. */
RP_MUST_CHECK rp_code table_series(struct view_table *t, const char *name, json_t *empty,
				   struct rp_error *err);
/* A row of zeros at x, or of this label. */
RP_MUST_CHECK rp_code table_row(struct view_table *t, int64_t x, const char *label, struct rp_error *err);
/* To the last row; the series is made when it is not there. */
RP_MUST_CHECK rp_code table_add(struct view_table *t, const char *series, int64_t n, struct rp_error *err);
/* Nothing can be said of this series in the last row. */
RP_MUST_CHECK rp_code table_none(struct view_table *t, const char *series, struct rp_error *err);
/* Of the last row; INT64_MIN, "" when there is none. */
int64_t table_x(const struct view_table *t);
const char *table_label(const struct view_table *t);
RP_MUST_CHECK rp_code table_csv(const struct view_table *t, char **ret, struct rp_error *err);

#endif
