/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <string.h>

struct rd rd_of(const void *bytes, size_t len)
{
	return (struct rd){.p = bytes, .left = bytes == NULL ? 0 : len};
}

const uint8_t *rd_take(struct rd *r, size_t len)
{
	const uint8_t *p = r->p;

	if (r->failed || len > r->left) {
		r->failed = true;
		return NULL;
	}
	if (len > 0)
		r->p += len;
	r->left -= len;
	return p != NULL ? p : (const uint8_t *)"";
}

void rd_skip(struct rd *r, size_t len)
{
	(void)rd_take(r, len); /* the reader remembers a failure */
}

uint8_t rd_u8(struct rd *r)
{
	const uint8_t *p = rd_take(r, 1);

	return p == NULL ? 0 : p[0];
}

uint16_t rd_u16(struct rd *r)
{
	const uint8_t *p = rd_take(r, 2);

	return p == NULL ? 0 : (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t rd_u32(struct rd *r)
{
	const uint8_t *p = rd_take(r, 4);

	return p == NULL ? 0 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct rd rd_sub(struct rd *r, size_t len)
{
	const uint8_t *p = rd_take(r, len);

	return p == NULL ? (struct rd){.failed = true} : rd_of(p, len);
}

bool rd_done(const struct rd *r)
{
	return !r->failed && r->left == 0;
}

struct wr wr_of(void *bytes, size_t cap)
{
	return (struct wr){.p = bytes, .cap = cap};
}

void wr_put(struct wr *w, const void *bytes, size_t len)
{
	if (w->failed || len > w->cap - w->len) {
		w->failed = true;
		return;
	}
	if (len > 0)
		memcpy(w->p + w->len, bytes, len);
	w->len += len;
}

void wr_fill(struct wr *w, uint8_t v, size_t len)
{
	if (w->failed || len > w->cap - w->len) {
		w->failed = true;
		return;
	}
	if (len > 0)
		memset(w->p + w->len, v, len);
	w->len += len;
}

void wr_u8(struct wr *w, uint8_t v)
{
	wr_put(w, &v, 1);
}

void wr_u16(struct wr *w, uint16_t v)
{
	const uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	wr_put(w, b, sizeof b);
}

void wr_u32(struct wr *w, uint32_t v)
{
	const uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	wr_put(w, b, sizeof b);
}

bool hex_of(const void *bytes, size_t len, char *ret, size_t cap)
{
	static const char digit[] = "0123456789ABCDEF";
	const uint8_t *p = bytes;

	if (len > (SIZE_MAX - 1) / 2 || cap < 2 * len + 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = digit[p[i] >> 4];
		ret[2 * i + 1] = digit[p[i] & 0x0F];
	}
	ret[2 * len] = '\0';
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_read(const char *text, uint8_t *ret, size_t cap, size_t *ret_len)
{
	size_t n = 0;

	for (const char *p = text; *p != '\0';) {
		int hi, lo;

		if (*p == ' ' || *p == '\t') {
			p++;
			continue;
		}
		hi = hex_digit(p[0]);
		lo = hi < 0 ? -1 : hex_digit(p[1]);
		if (lo < 0 || n == cap)
			return false;
		ret[n++] = (uint8_t)(hi << 4 | lo);
		p += 2;
	}
	*ret_len = n;
	return true;
}
