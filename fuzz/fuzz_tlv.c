/* SPDX-License-Identifier: Apache-2.0 */
/* The TLV cursor and what reads a card's certificate. Objects never lie outside the input. */
#include "card/cert.h"
#include "card/tlv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct rd r, const uint8_t *start, const uint8_t *end, int depth)
{
	struct tlv t;

	while (tlv_next(&r, &t)) {
		if (t.value < start || t.len > (size_t)(end - t.value))
			__builtin_trap();
		if (depth < 8)
			walk(rd_of(t.value, t.len), start, end, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t path[] = {0x53, 0x70, 0};
	struct rp_card_facts f = {0};
	struct tlv t;
	struct rd r = rd_of(data, size);

	walk(r, data, data + size, 0);
	if (tlv_find(r, 0x7F49, &t) && t.tag != 0x7F49)
		__builtin_trap();
	(void)tlv_path(r, path, &t);
	if (cert_der_length(data, size) > (size_t)0x1000000 + 5)
		__builtin_trap();
	(void)cert_facts(data, size, size % 2 == 0 ? CERT_COMMON_NAME : CERT_SUBJECT, &f);
	if (memchr(f.holder, '\0', sizeof f.holder) == NULL)
		__builtin_trap();
	return 0;
}
