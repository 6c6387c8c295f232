/* SPDX-License-Identifier: Apache-2.0 */
/* Everything the library can do with a card, done on one that is fed; the judge is told of each job. */
#ifndef REPIN_FUZZ_JOBS_H
#define REPIN_FUZZ_JOBS_H

#include "feed.h"
#include "lib/ctx.h"

/* A context on the feed's transport, with the transport key of the virtual HiCOS card. */
rp_ctx *jobs_ctx(struct transport *t);
/* The PINs of a slot (judge.h), as long as it wants. */
rp_secret *jobs_pin(const struct pin_row *row, const char *digits);

/* One look, and one job; each judged. `last_ok`: consent for the last try. */
rp_code jobs_read(struct feed *f, rp_card *card, unsigned what, struct rp_card_facts *ret);
rp_code jobs_run(struct feed *f, rp_card *card, enum job_kind kind, const struct rp_card_facts *shown,
		 rp_slot slot, unsigned way, bool last_ok);

/* Lists, opens, looks, and does every job of every slot; after a loss it opens the card anew. */
void jobs_all(struct feed *f, rp_ctx *ctx);

#endif
