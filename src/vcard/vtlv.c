/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/vtlv.h"

static uint32_t take_tag(struct rd *r)
{
	uint32_t tag = rd_u8(r);
	unsigned more = 0;

	if ((tag & 0x1F) != 0x1F)
		return tag;
	do {
		if (++more > 2) {
			r->failed = true;
			return 0;
		}
		tag = tag << 8 | rd_u8(r);
	} while (!r->failed && (tag & 0x80) != 0);
	return tag;
}

static size_t take_length(struct rd *r)
{
	uint8_t first = rd_u8(r);

	if (first < 0x80)
		return first;
	if (first == 0x81)
		return rd_u8(r);
	if (first == 0x82)
		return rd_u16(r);
	r->failed = true;
	return 0;
}

bool vtlv_next(struct rd *r, uint32_t *ret_tag, struct rd *ret_value)
{
	uint32_t tag;
	size_t len;
	struct rd value;

	if (r->failed || r->left == 0)
		return false;
	tag = take_tag(r);
	len = take_length(r);
	value = rd_sub(r, len);
	if (r->failed)
		return false;
	*ret_tag = tag;
	*ret_value = value;
	return true;
}

bool vtlv_find(struct rd r, uint32_t tag, struct rd *ret_value)
{
	uint32_t found;
	struct rd value;

	while (vtlv_next(&r, &found, &value)) {
		if (found == tag) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

void vtlv_head(struct wr *w, uint32_t tag, size_t len)
{
	if (tag > 0xFFFF)
		wr_u8(w, (uint8_t)(tag >> 16));
	if (tag > 0xFF)
		wr_u8(w, (uint8_t)(tag >> 8));
	wr_u8(w, (uint8_t)tag);
	if (len > 0xFFFF) {
		w->failed = true;
	} else if (len > 0xFF) {
		wr_u8(w, 0x82);
		wr_u16(w, (uint16_t)len);
	} else {
		if (len > 0x7F)
			wr_u8(w, 0x81);
		wr_u8(w, (uint8_t)len);
	}
}

void vtlv_put(struct wr *w, uint32_t tag, const void *value, size_t len)
{
	vtlv_head(w, tag, len);
	wr_put(w, value, len);
}

void vtlv_u8(struct wr *w, uint32_t tag, uint8_t value)
{
	vtlv_put(w, tag, &value, 1);
}
