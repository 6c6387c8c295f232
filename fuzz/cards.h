/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual cards of all families, each made once (making their keys takes longer than thousands
 * of runs) and put back to what they were before the next input.
 */
#ifndef REPIN_FUZZ_CARDS_H
#define REPIN_FUZZ_CARDS_H

#include "vcard/vcard.h"

/* The card of this family as it was new, with PINs as judge.h has them and a reset application. */
struct vcard *cards_fresh(size_t family);

#endif
