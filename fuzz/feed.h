/* SPDX-License-Identifier: Apache-2.0 */
/* A transport whose card answers with the next block of a fuzzer's input; the judge listens. */
#ifndef REPIN_FUZZ_FEED_H
#define REPIN_FUZZ_FEED_H

#include "blocks.h"
#include "judge.h"

#define FEED_READER "fuzz"

/* What happens instead of an answer (struct blocks with events). */
enum feed_event {
	FEED_REMOVED = 0xFFFF,
	FEED_RESET = 0xFFFE,
	FEED_SILENT = 0xFFFD,
	FEED_CANCELLED = 0xFFFC,
	FEED_FAILED = 0xFFFB,
	FEED_TOO_LONG = 0xFFFA, /* claims more bytes than there was room for */
};

struct feed {
	struct judge judge;
	struct blocks blocks;
	uint8_t atr[ATR_MAX];
	size_t atr_len;
	rp_code next_begin; /* RP_OK, or the error of the next begin() */
	bool pad;	    /* the reader has keys */
	/* Where answers come from instead: for making corpora. May be NULL. */
	size_t (*card)(void *arg, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap);
	void (*card_reset)(void *arg);
	void *card_arg;
	void (*note)(void *arg, const uint8_t *answer, size_t len);
};

/* Reads the ATR; the transport borrows the feed. */
void feed_start(struct feed *f, const uint8_t *data, size_t size, bool events, struct transport *ret);

#endif
