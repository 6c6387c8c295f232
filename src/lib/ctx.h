/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the handles of repin.h; tests put another transport under a context. */
#ifndef REPIN_LIB_CTX_H
#define REPIN_LIB_CTX_H

#include "card/job.h"
#include "lib/state.h"
#include "repin/repin.h"

struct rp_ctx {
	struct transport t;
	unsigned timeout_ms;
	int cancel_fd; /* eventfd; readable from rp_cancel on */
	rp_secret *hicos_key;
	struct state *notes;	  /* NULL: none are kept */
	bool app;		  /* we are the app on a phone */
	bool ledger;		  /* jobs are noted in the ledger, too */
	struct reader_list *seen; /* what rp_readers last told; NULL: it was not asked */
};

struct rp_card {
	rp_ctx *ctx;
	struct session s;
};

/* A context on any transport; takes it over, also on failure. */
RP_MUST_CHECK rp_code ctx_on(struct transport *t, rp_ctx **ret, struct rp_error *err);

/* From now on, as long as the context allows, and at most max_ms. */
struct rp_wait ctx_wait(const rp_ctx *ctx, unsigned max_ms);

/* Checks an entry by a profile's row (entry.c). */
RP_MUST_CHECK rp_code entry_check(const struct pin_row *row, enum rp_entry kind, const rp_secret *typed,
				  rp_secret **ret_sent, struct rp_folded *ret_folded, struct rp_error *err);

#endif
