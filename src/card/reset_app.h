/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of our reset application (docs/wire.md section 1): the card answers the issuer's nonce
 * with a MAC, takes the issuer's cryptogram, and then one new PIN.
 *
 *     reset_app_select -> reset_app_ask -> reset_app_open -> reset_app_set -> reset_app_ask
 *
 * Challenge and right die with any other command: between ask, open and set nothing may go to the
 * card. A card that does not answer the SELECT gets none of the others.
 *
 * Errors: RP_E_NOT_OFFERED (no such application), RP_E_CARD_REFUSED, RP_E_CARD_REPLY, transport errors.
 */
#ifndef REPIN_CARD_RESET_APP_H
#define REPIN_CARD_RESET_APP_H

#include "card/pin.h"

struct reset_answer {
	uint8_t challenge[16];
	uint16_t resets; /* how often this slot was reset so far */
	uint8_t mac[16];
};

/* The issuer's reset is its own where this is RP_E_NOT_OFFERED. */
RP_MUST_CHECK rp_code reset_app_select(struct session *s, struct rp_error *err);
/* INTERNAL AUTHENTICATE. Selects the application when it is not selected. */
RP_MUST_CHECK rp_code reset_app_ask(struct session *s, rp_slot slot, const uint8_t nonce[16],
				    struct reset_answer *ret, struct rp_error *err);
/* EXTERNAL AUTHENTICATE. */
RP_MUST_CHECK rp_code reset_app_open(struct session *s, rp_slot slot, const uint8_t cryptogram[16],
				     struct rp_error *err);
/* RESET RETRY COUNTER: new PIN and full tries in one. Errors: as pin_reset. */
RP_MUST_CHECK rp_code reset_app_set(struct session *s, const struct pin_row *row, const rp_secret *fresh,
				    struct rp_error *err);

#endif
