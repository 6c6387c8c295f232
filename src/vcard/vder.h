/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nested files of a virtual card need beside vtlv.h: objects whose length is known
 * only when their inside is written, and DER numbers. The writer keeps a failure; ask it
 * once at the end.
 */
#ifndef REPIN_VCARD_VDER_H
#define REPIN_VCARD_VDER_H

#include "base/bytes.h"

/* Makes one object with this tag of all that was written since w->len was `from`. */
void vder_wrap(struct wr *w, size_t from, uint32_t tag);
/* A whole object with the text's bytes. */
void vder_text(struct wr *w, uint32_t tag, const char *text);
/* A DER INTEGER (or ENUMERATED) of a number that is not negative. */
void vder_int(struct wr *w, uint32_t tag, uint32_t value);

#endif
