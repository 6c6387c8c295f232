/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The help desk's door of a GIDS card, by Microsoft's public scheme (3DES admin key, 00 87): the
 * terminal holds no key. By telephone the card gives 8 bytes and takes 8; on-line both sides prove
 * themselves. Then RESET RETRY COUNTER sets a new PIN, and the card ends the right.
 *
 * Source: OpenSC card-gids.c, gids_authenticate_admin; GidsApplet GidsPINManager.java. The challenge dies
 * with any other command. A wrong response is not counted (GidsApplet).
 *
 * Errors: RP_E_NOT_OFFERED (no admin key), RP_E_CARD_REFUSED, RP_E_CARD_REPLY, transport errors.
 */
#ifndef REPIN_CARD_GIDS_ADMIN_H
#define REPIN_CARD_GIDS_ADMIN_H

#include "card/pin.h"

/* One-way: the card's challenge, and the answer to it. */
RP_MUST_CHECK rp_code gids_challenge(struct session *s, uint8_t ret[8], struct rp_error *err);
RP_MUST_CHECK rp_code gids_response(struct session *s, const uint8_t response[8], struct rp_error *err);

/* Mutual: R1 out, R2 back; then the issuer's message of 40 bytes, and the card's answer of 40. */
RP_MUST_CHECK rp_code gids_mutual(struct session *s, const uint8_t r1[16], uint8_t ret_r2[16],
				  struct rp_error *err);
RP_MUST_CHECK rp_code gids_message(struct session *s, const uint8_t message[40], uint8_t ret[40],
				   struct rp_error *err);

#endif
