/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that people typed and text that cards sent. Folding follows the rule
 * "show what is sent, never truncate": full-width ASCII becomes half-width, and a
 * slot that asks for it gets ASCII a-z in upper case, whatever the locale.
 */
#ifndef REPIN_BASE_TEXT_H
#define REPIN_BASE_TEXT_H

#include "base/secret.h"

struct text_fold {
	bool width; /* full-width characters were made half-width */
	bool upper; /* a-z were made A-Z */
};

/*
 * Folds what was typed. *ret_out is a new secret. *ret_done says what changed.
 * Errors: RP_E_INPUT_EMPTY; RP_E_INPUT_CHARS (not UTF-8, control characters or NUL);
 * RP_E_INPUT_BLANKS (blank at either end, also U+3000 and other Unicode blanks).
 */
RP_MUST_CHECK rp_code text_fold(const rp_secret *typed, bool to_upper, rp_secret **ret_out,
				struct text_fold *ret_done, struct rp_error *err);

/*
 * Copies text of a card into dst (terminated): invalid UTF-8 and control and
 * direction characters become '?', and it ends at a whole character.
 */
void text_clean(const void *bytes, size_t len, char *dst, size_t cap);

/* Index of a word in a list of n words; n when it is none of them. */
size_t text_index(const char *const *words, size_t n, const char *word);

/* Columns on a terminal (East Asian wide characters are two). */
size_t text_width(const char *utf8);

#endif
