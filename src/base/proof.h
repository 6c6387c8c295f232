/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines that a card signs as proof of one of its PINs. Terminal and server make them from the
 * same function, each from what it knows itself. No value can hold LF.
 */
#ifndef REPIN_BASE_PROOF_H
#define REPIN_BASE_PROOF_H

#include "base/error.h"

struct proof_lines {
	const char *purpose; /* "reserve", "reset", … */
	const char *issuer;
	const char *case_id;  /* NULL: "-" */
	const char *terminal; /* 64 upper-case hex digits (SHA-256 of its certificate), or "home" */
	const char *profile, *number;
	const char *slot;     /* word of the one to reset; NULL: "-" */
	const uint8_t *nonce; /* 16 bytes, upper-case hex in the line */
};

#define PROOF_LINES_MAX 640
/* Length of the text, 0 when a value is too long or holds a control character. */
RP_MUST_CHECK size_t proof_text(const struct proof_lines *p, char ret[PROOF_LINES_MAX]);

#endif
