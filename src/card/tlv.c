/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tlv.h"

static uint32_t read_tag(struct rd *r)
{
	uint32_t tag = rd_u8(r);

	if ((tag & 0x1F) != 0x1F)
		return tag;
	for (int i = 0; i < 2; i++) {
		uint8_t b = rd_u8(r);

		tag = tag << 8 | b;
		if ((b & 0x80) == 0)
			return tag;
	}
	r->failed = true; /* four bytes and more: no tag of a card */
	return 0;
}

static size_t read_len(struct rd *r)
{
	uint8_t first = rd_u8(r);
	size_t len = 0;

	if (first < 0x80)
		return first;
	if (first == 0x80 || first > 0x84) {
		r->failed = true; /* indefinite or absurd */
		return 0;
	}
	for (int i = first & 0x7F; i > 0; i--)
		len = len << 8 | rd_u8(r);
	return len;
}

bool tlv_next(struct rd *r, struct tlv *ret)
{
	struct tlv t;

	/* ISO 7816-4 allows 00 and FF between objects; they mean nothing. */
	while (!r->failed && r->left > 0 && (*r->p == 0x00 || *r->p == 0xFF))
		rd_skip(r, 1);
	if (r->failed || r->left == 0)
		return false;
	t.tag = read_tag(r);
	t.len = read_len(r);
	t.value = rd_take(r, t.len);
	if (r->failed)
		return false;
	*ret = t;
	return true;
}

bool tlv_find(struct rd r, uint32_t tag, struct tlv *ret)
{
	struct tlv t;

	while (tlv_next(&r, &t)) {
		if (t.tag == tag) {
			*ret = t;
			return true;
		}
	}
	return false;
}

bool tlv_path(struct rd r, const uint32_t *path, struct tlv *ret)
{
	struct tlv t;

	if (*path == 0)
		return false;
	for (; *path != 0; path++) {
		if (!tlv_find(r, *path, &t))
			return false;
		r = rd_of(t.value, t.len);
	}
	*ret = t;
	return true;
}
