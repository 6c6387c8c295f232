/* SPDX-License-Identifier: Apache-2.0 */
/* What the files view_*.c share: who looks, and rows as JSON. */
#ifndef REPIN_ISSUER_VIEW_IN_H
#define REPIN_ISSUER_VIEW_IN_H

#include "base/json.h"
#include "issuer/people.h"
#include "issuer/view.h"

struct viewer {
	struct row_operator op;
	unsigned roles;
};
/* Who is signed in, with one of these roles. Errors: sign-in, role. */
RP_MUST_CHECK rp_code viewer_load(struct store_tx *tx, const struct issuer_peer *who, unsigned roles,
				  struct viewer *ret, struct rp_error *err);
/* May the number of a card be shown? Not to somebody who audits and does nothing else. */
bool viewer_sees_numbers(const struct viewer *v);
/* What is of this office ("": of none) belongs to what they see. */
bool viewer_sees_office(const struct viewer *v, const char *office);

/* NULL without memory. */
json_t *view_case_row(const struct viewer *v, const struct row_case_page *c);
/* Appends; errors: RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code view_keep(json_t *rows, json_t *row, struct rp_error *err);
/* The text of j. Errors: RP_E_NO_MEMORY (also when j is NULL). */
RP_MUST_CHECK rp_code view_text(const json_t *j, char **ret, struct rp_error *err);
static inline void view_freep(json_t **j)
{
	json_decref(*j);
}

#endif
