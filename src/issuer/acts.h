/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that need two people, as a table: who may ask and agree, how the arguments are read, what
 * must hold, and the work itself. Asking reads and checks; agreeing reads and checks again, and
 * does it, in one transaction.
 */
#ifndef REPIN_ISSUER_ACTS_H
#define REPIN_ISSUER_ACTS_H

#include "base/json.h"
#include "issuer/people.h"

struct act_args {
	char by[ROW_NAME], second[ROW_NAME]; /* who asked, who agreed ("" where one is enough) */
	union {
		struct row_terminal terminal;
		struct row_stop stop;
		uint8_t anchors[32];
		struct {
			char receipt[ROW_ID];
			char reason[200];
		} erase;
		struct row_card_slot halt;
		uint64_t exported_size;
		int64_t now_ms;
	};
};

struct act {
	const char *name;
	unsigned roles; /* of both people */
	rp_code (*read)(issuer *i, struct jin *in, struct act_args *ret, struct rp_error *err);
	rp_code (*check)(struct store_tx *tx, const struct act_args *a, struct rp_error *err); /* or NULL */
	/* `said` goes into the log's entry. */
	rp_code (*run)(issuer *i, struct store_tx *tx, const struct act_args *a, char said[ROW_TEXT],
		       struct rp_error *err);
};

/* NULL when it is none. */
const struct act *act_named(const char *name);
/* Errors: malformed. */
RP_MUST_CHECK rp_code act_read(issuer *i, const struct act *act, const char *json, struct act_args *ret,
			       struct rp_error *err);

#endif
