/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BER-TLV (ISO/IEC 7816-4:2005, 5.2.2) for the virtual card's standard applications.
 * Tags of up to three bytes are kept as they are written (0x5FC105), lengths of up to
 * 65,535. A command's data comes from anyone, so the reader stops at the first thing
 * that does not add up and stays failed.
 */
#ifndef REPIN_VCARD_VTLV_H
#define REPIN_VCARD_VTLV_H

#include "base/bytes.h"

/* The next object; false at the end and on malformed data (then r->failed). */
bool vtlv_next(struct rd *r, uint32_t *ret_tag, struct rd *ret_value);
/* The first object with this tag on this level; false when there is none, or the data is malformed. */
bool vtlv_find(struct rd r, uint32_t tag, struct rd *ret_value);

/* Tag and length of an object whose len bytes of value follow. */
void vtlv_head(struct wr *w, uint32_t tag, size_t len);
void vtlv_put(struct wr *w, uint32_t tag, const void *value, size_t len);
void vtlv_u8(struct wr *w, uint32_t tag, uint8_t value);

#endif
