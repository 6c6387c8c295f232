/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof of a PIN: VERIFY, then a signature by the key that this PIN opens, and the certificate of that
 * key (RSASSA-PKCS1-v1_5 with SHA-256). The commands are public (cards.md 3.8 and 5.3 in the profiles'
 * sources). Spends at most one try: a wrong PIN ends it.
 *
 * Errors: as pin_verify; RP_E_NOT_OFFERED (this PIN opens no key that we know), RP_E_CARD_REFUSED,
 * RP_E_CARD_REPLY, RP_E_NO_MEMORY.
 */
#ifndef REPIN_CARD_SIGN_H
#define REPIN_CARD_SIGN_H

#include "card/pin.h"

struct signature {
	uint8_t *certificate; /* DER; malloc'd */
	size_t certificate_len;
	uint8_t bytes[512];
	size_t len;
};

/* True when the PIN of this row can be proven so. */
bool sign_can(const struct pin_row *row);
RP_MUST_CHECK rp_code sign_proof(struct session *s, const struct pin_row *row, const rp_secret *pin,
				 const void *text, size_t len, struct signature *ret, struct rp_error *err);

#endif
