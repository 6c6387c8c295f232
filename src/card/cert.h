/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of an X.509 certificate that a card holds: whose, from when, until when. */
#ifndef REPIN_CARD_CERT_H
#define REPIN_CARD_CERT_H

#include "base/error.h"

enum cert_holder {
	CERT_COMMON_NAME, /* the common name; the whole subject when there is none */
	CERT_SUBJECT,	  /* the whole subject in the card's order: "C=TW,O=…" */
};

/*
 * Length of the DER object that begins with these bytes (at least 4), 0 when they are no
 * certificate's beginning (30 81|82|83 …).
 */
size_t cert_der_length(const uint8_t *head, size_t len);

/*
 * Fills holder, valid_from and valid_to of ret; false (and ret untouched) when the bytes are
 * no certificate: a card may hold anything.
 */
bool cert_facts(const uint8_t *der, size_t len, enum cert_holder how, struct rp_card_facts *ret);

#endif
