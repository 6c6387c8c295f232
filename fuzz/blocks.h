/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of the card fuzzers: blocks, each two bytes of length (the lower one first) and as
 * many bytes. It is the form that OpenSC's fuzzers have, so that corpora can be exchanged: the
 * first block is the ATR, each later one the answer to the next command. A length that is longer
 * than what is left takes what is left.
 */
#ifndef REPIN_FUZZ_BLOCKS_H
#define REPIN_FUZZ_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A length from here on is no length but something that happens instead of an answer. */
#define BLOCK_EVENTS 0xFFF0

struct blocks {
	const uint8_t *p;
	size_t left;
	bool events; /* this target knows events */
};

struct block {
	const uint8_t *bytes;
	size_t len;
	unsigned event; /* 0 = bytes; else the length, BLOCK_EVENTS and above */
};

/* The next block; false at the end. */
bool blocks_next(struct blocks *b, struct block *ret);

/* Writing them: `to` has room for cap bytes; false (and nothing written) when it is full. */
bool blocks_put(uint8_t *to, size_t cap, size_t *len, const void *bytes, size_t n);

#endif
