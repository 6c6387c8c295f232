/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's jobs on a fed card: an issuer that always says yes, and the judge is told when it has. A
 * grant is right for the virtual cards, so that seeds reach their end.
 */
#ifndef REPIN_FUZZ_ASKS_H
#define REPIN_FUZZ_ASKS_H

#include "feed.h"
#include "lib/ctx.h"

enum ask { ASK_LOOK, ASK_RESERVE, ASK_RESET, ASK_PHONE };

/* One job, judged. My Number's two signing PINs prove each other; else no PIN proves. */
rp_code asks_run(struct feed *f, rp_card *card, enum ask ask, const struct rp_card_facts *shown, rp_slot slot,
		 bool last_ok);

#endif
