/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A BER-TLV cursor (ISO 7816-4 5.2.2): tags of up to three bytes, definite lengths of
 * up to four bytes. Never reads past its bytes; a malformed object fails the cursor.
 */
#ifndef REPIN_CARD_TLV_H
#define REPIN_CARD_TLV_H

#include "base/bytes.h"

struct tlv {
	uint32_t tag; /* as written: 5C, 7F49, 5FC102 */
	const uint8_t *value;
	size_t len;
};

/* The next object of r; false at the end or when it is malformed (then r->failed). */
bool tlv_next(struct rd *r, struct tlv *ret);
/* The first object with this tag among the objects of r (not inside them). r is not moved. */
bool tlv_find(struct rd r, uint32_t tag, struct tlv *ret);
/* Follows a path of tags, 0-terminated, from the outside in; an empty one leads nowhere (false). */
bool tlv_path(struct rd r, const uint32_t *path, struct tlv *ret);

#endif
