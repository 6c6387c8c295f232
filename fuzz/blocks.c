/* SPDX-License-Identifier: Apache-2.0 */
#include "blocks.h"

#include <string.h>

bool blocks_next(struct blocks *b, struct block *ret)
{
	size_t n;

	if (b->left < 2)
		return false;
	n = (size_t)(b->p[0] | b->p[1] << 8);
	b->p += 2;
	b->left -= 2;
	if (b->events && n >= BLOCK_EVENTS) {
		*ret = (struct block){.event = (unsigned)n};
		return true;
	}
	if (n > b->left)
		n = b->left;
	*ret = (struct block){.bytes = b->p, .len = n};
	b->p += n;
	b->left -= n;
	return true;
}

bool blocks_put(uint8_t *to, size_t cap, size_t *len, const void *bytes, size_t n)
{
	if (n > 0xFFFF || n + 2 > cap - *len)
		return false;
	to[*len] = (uint8_t)n;
	to[*len + 1] = (uint8_t)(n >> 8);
	if (n > 0)
		memcpy(to + *len + 2, bytes, n);
	*len += n + 2;
	return true;
}
