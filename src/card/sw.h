/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One total function from status word to outcome. Only 9000 is success, 63CX alone
 * carries tries, and what is not known stays unknown.
 */
#ifndef REPIN_CARD_SW_H
#define REPIN_CARD_SW_H

#include "base/error.h"

enum sw_outcome {
	SW_UNKNOWN = 0,
	SW_OK,		   /* 9000 */
	SW_MORE,	   /* 61XX: more data waits */
	SW_WRONG_LE,	   /* 6CXX */
	SW_WARNING,	   /* 62XX, 63XX that say nothing about a PIN */
	SW_WRONG,	   /* 63CX, X > 0: wrong, X tries left (or: X tries left, to a query) */
	SW_WRONG_LAST,	   /* 63C0: wrong and none left */
	SW_WRONG_NO_COUNT, /* 6300: wrong, the card does not count aloud */
	SW_LOCKED,	   /* 6983, and what a family's own rows say */
	SW_NOT_VERIFIED,   /* 6982 */
	SW_CONDITIONS,	   /* 6985 */
	SW_NOT_FOUND,	   /* 6A82, 6A83, 6A88 */
	SW_BAD_LENGTH,	   /* 6700 */
	SW_BAD_DATA,	   /* 6A80 */
	SW_BAD_PARAMS,	   /* 6A86, 6B00 … */
	SW_UNSUPPORTED,	   /* 6D00, 6E00, 6881, 6882 … */
	SW_MEMORY,	   /* 6581 */
	SW_REFUSED,	   /* other 69XX, 6AXX, 64XX, 66XX, 6F00: known classes of refusal */
	SW_OUTCOMES
};

/* A family's own meaning of one status word; checked before the ISO map. */
struct sw_row {
	uint16_t sw;
	enum sw_outcome outcome;
	const char *source;
};

/* rows may be NULL; n rows. Total: every status word has exactly one outcome. */
enum sw_outcome sw_outcome(uint16_t sw, const struct sw_row *rows, size_t n);
/* X of 63CX; RP_TRIES_UNKNOWN for every other status word. */
int sw_tries(uint16_t sw);
/* "wrong", "locked", … (stable, for snapshots and stories) */
const char *sw_outcome_word(enum sw_outcome o);

#endif
