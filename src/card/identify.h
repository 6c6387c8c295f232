/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which family is this card? By its ATR, else by asking each family's first SELECT. Exactly
 * one family claims a card, whatever its ATR says (tests/unit/card/test_identify.c).
 */
#ifndef REPIN_CARD_IDENTIFY_H
#define REPIN_CARD_IDENTIFY_H

#include "card/session.h"

/*
 * Fills s->p. Sends nothing that could spend a try, and of what is ours only the SELECT of
 * AOSign's own AID. Errors: RP_E_CARD_UNKNOWN, transport errors.
 */
RP_MUST_CHECK rp_code identify_card(struct session *s, struct rp_error *err);

#endif
