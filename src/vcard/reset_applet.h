/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two checksums of the reset application (docs/wire.md, section 1), apart from the
 * commands so that a test can hold them against the published vector. What the families
 * call stands in vcard.h.
 */
#ifndef REPIN_VCARD_RESET_APPLET_H
#define REPIN_VCARD_RESET_APPLET_H

#include "vcard/vcard.h"

/* What both checksums speak about: one slot of one card. */
struct vreset_subject {
	const uint8_t *key;	/* Kcard, 16 bytes */
	const uint8_t *card_id; /* 16 bytes */
	uint8_t slot;		/* SS */
	uint16_t resets;
};

/* AES-128-CMAC(Kcard, 01 || card id || SS || resets || nonce || challenge); false when the library fails. */
RP_MUST_CHECK bool vreset_mac(const struct vreset_subject *s, const uint8_t nonce[16],
			      const uint8_t challenge[16], uint8_t ret[16]);
/* AES-128-CMAC(Kcard, 02 || card id || SS || resets || challenge); false when the library fails. */
RP_MUST_CHECK bool vreset_cryptogram(const struct vreset_subject *s, const uint8_t challenge[16],
				     uint8_t ret[16]);

#endif
