/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checked reader and writer: the only way in which bytes from a card, a
 * reader, a file or a peer are taken apart or put together. A reader that ran
 * past its end, and a writer that is full, stay failed; ask once at the end.
 */
#ifndef REPIN_BASE_BYTES_H
#define REPIN_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rd {
	const uint8_t *p;
	size_t left;
	bool failed;
};

struct rd rd_of(const void *bytes, size_t len);
uint8_t rd_u8(struct rd *r);   /* 0 when failed */
uint16_t rd_u16(struct rd *r); /* big-endian */
uint32_t rd_u32(struct rd *r);
/* The next len bytes, borrowed; NULL when failed (and never for len 0 of a good reader). */
const uint8_t *rd_take(struct rd *r, size_t len);
void rd_skip(struct rd *r, size_t len);
/* A reader of the next len bytes. */
struct rd rd_sub(struct rd *r, size_t len);
/* True when nothing failed and nothing is left. */
bool rd_done(const struct rd *r);

struct wr {
	uint8_t *p;
	size_t len, cap;
	bool failed;
};

struct wr wr_of(void *bytes, size_t cap);
void wr_u8(struct wr *w, uint8_t v);
void wr_u16(struct wr *w, uint16_t v);
void wr_u32(struct wr *w, uint32_t v);
void wr_put(struct wr *w, const void *bytes, size_t len);
void wr_fill(struct wr *w, uint8_t v, size_t len);

/* Upper-case hex of len bytes with a final NUL; false when cap < 2 * len + 1. */
bool hex_of(const void *bytes, size_t len, char *ret, size_t cap);
/*
 * Bytes of hex text, blanks between pairs allowed; false on any other character,
 * an odd digit, or more than cap bytes. *ret_len is untouched on failure.
 */
bool hex_read(const char *text, uint8_t *ret, size_t cap, size_t *ret_len);

#endif
