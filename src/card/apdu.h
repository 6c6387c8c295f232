/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One command APDU and its answer (ISO 7816-3 and 7816-4). Built into guarded memory
 * when it holds a secret. 61XX is followed with GET RESPONSE; 6CXX is repeated only
 * for a command without data, because a repeated VERIFY would be a second try.
 */
#ifndef REPIN_CARD_APDU_H
#define REPIN_CARD_APDU_H

#include "base/secret.h"
#include "card/transport.h"

#define APDU_LE_MAX_SHORT 256
#define APDU_LE_MAX 65536

struct apdu {
	uint8_t cla, ins, p1, p2;
	const uint8_t *data; /* borrowed; NULL = none */
	size_t lc;	     /* 0…65535 */
	size_t le;	     /* 0 = no Le; 256 short or 65536 extended = "all" */
	bool secret;	     /* data holds a secret: never shown, buffer wiped */
	bool chain;	     /* split data over 255 bytes by command chaining instead of extended length */
};

/* Encodes into dst. Errors: RP_E_FAULT when the lengths fit no form or cap is too small. */
RP_MUST_CHECK rp_code apdu_encode(const struct apdu *a, uint8_t *dst, size_t cap, size_t *ret_len,
				  struct rp_error *err);

struct response {
	uint8_t *data; /* borrowed from the buffer given */
	size_t len;    /* without the status word */
	uint16_t sw;
};

struct exchange {
	const struct transport *t;
	const struct rp_wait *wait;
	unsigned *count; /* APDUs sent, for the cost of a job; may be NULL */
};

/*
 * Sends and collects the whole answer in buf (cap bytes, at least 2).
 * Errors: what transmit gives, and RP_E_CARD_REPLY for an answer under two bytes or
 * one that does not end or does not fit. Any status word is RP_OK here.
 */
RP_MUST_CHECK rp_code apdu_transceive(const struct exchange *x, const struct apdu *a, uint8_t *buf,
				      size_t cap, struct response *ret, struct rp_error *err);

/* "VERIFY" for 0x20, … "INS 5A" otherwise (static, per-thread buffer). */
const char *apdu_ins_name(uint8_t ins);

#endif
