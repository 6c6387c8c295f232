/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual card's own reading of a command: ISO/IEC 7816-3, 12.1.3, cases 1 to 4, short and extended. */
#include "base/bytes.h"
#include "vcard/vcard.h"

#include <string.h>

/* Le of `n` bytes; zero in the field means "all". */
static size_t read_le(struct rd *r, size_t n)
{
	const size_t le = n == 1 ? rd_u8(r) : rd_u16(r);

	if (le != 0)
		return le;
	return n == 1 ? 256 : 65536;
}

/* Data and an Le of le_size bytes, which may be missing. */
static void read_data(struct rd *r, size_t lc, size_t le_size, struct vcmd *ret)
{
	ret->data = rd_take(r, lc);
	ret->lc = lc;
	if (r->left > 0)
		ret->le = read_le(r, le_size);
}

static void read_body(struct rd *r, struct vcmd *ret)
{
	size_t first, lc;

	if (r->left == 0)
		return; /* case 1 */
	if (r->left == 1) {
		ret->le = read_le(r, 1); /* case 2, short */
		return;
	}
	first = rd_u8(r);
	if (first != 0) {
		read_data(r, first, 1, ret);
		return;
	}
	if (r->left == 2) {
		ret->le = read_le(r, 2); /* case 2, extended */
		return;
	}
	lc = rd_u16(r);
	if (lc == 0)
		r->failed = true; /* neither a length of data nor an Le */
	read_data(r, lc, 2, ret);
}

bool vcmd_parse(const uint8_t *bytes, size_t len, struct vcmd *ret)
{
	struct rd r = rd_of(bytes, len);
	struct vcmd c = {.data = (const uint8_t *)""};

	c.cla = rd_u8(&r);
	c.ins = rd_u8(&r);
	c.p1 = rd_u8(&r);
	c.p2 = rd_u8(&r);
	if (r.failed)
		return false;
	read_body(&r, &c);
	if (!rd_done(&r))
		return false;
	*ret = c;
	return true;
}

bool vcmd_is(const struct vcmd *c, uint8_t cla, uint8_t ins, uint8_t p1, uint8_t p2)
{
	return c->cla == cla && c->ins == ins && c->p1 == p1 && c->p2 == p2;
}

bool vrsp_put(struct vrsp *r, const void *bytes, size_t len)
{
	if (len > r->cap - r->len)
		return false;
	if (len > 0)
		memcpy(r->p + r->len, bytes, len);
	r->len += len;
	return true;
}
