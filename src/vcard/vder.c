/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/vder.h"

#include "vcard/vtlv.h"

#include <string.h>

void vder_wrap(struct wr *w, size_t from, uint32_t tag)
{
	uint8_t bytes[8];
	struct wr head = wr_of(bytes, sizeof bytes);
	const size_t len = w->len - from;

	vtlv_head(&head, tag, len);
	wr_fill(w, 0, head.len); /* room; what is inside moves up by it */
	w->failed = w->failed || head.failed;
	if (w->failed)
		return;
	memmove(w->p + from + head.len, w->p + from, len);
	memcpy(w->p + from, bytes, head.len);
}

void vder_text(struct wr *w, uint32_t tag, const char *text)
{
	vtlv_put(w, tag, text, strlen(text));
}

void vder_int(struct wr *w, uint32_t tag, uint32_t value)
{
	const size_t from = w->len;
	int shift = 24;

	while (shift > 0 && value >> shift == 0)
		shift -= 8;
	if (value >> shift & 0x80)
		wr_u8(w, 0); /* else it would read as negative */
	for (; shift >= 0; shift -= 8)
		wr_u8(w, (uint8_t)(value >> shift));
	vder_wrap(w, from, tag);
}
