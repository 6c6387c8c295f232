/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/bytes.h"

#include <string.h>
#include <utf8proc.h>

static bool is_blank(utf8proc_int32_t c)
{
	return c == ' ' || utf8proc_category(c) == UTF8PROC_CATEGORY_ZS;
}

static bool is_control(utf8proc_int32_t c)
{
	const utf8proc_category_t category = utf8proc_category(c);

	switch ((int)category) {
	case UTF8PROC_CATEGORY_CC: /* control */
	case UTF8PROC_CATEGORY_CF: /* format: direction marks, zero-width */
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
	case UTF8PROC_CATEGORY_CN: /* not assigned */
	case UTF8PROC_CATEGORY_CO:
		return true;
	default:
		return false;
	}
}

static utf8proc_int32_t fold_one(utf8proc_int32_t c, bool to_upper, struct text_fold *done)
{
	/* Only the full-width forms of ASCII (U+FF01…FF5E): a circled digit or a
	 * superscript is not what someone meant to type, and is refused by the charset. */
	if (c >= 0xFF01 && c <= 0xFF5E) {
		c = c - 0xFF01 + 0x21;
		done->width = true;
	}
	if (to_upper && c >= 'a' && c <= 'z') {
		c = c - 'a' + 'A';
		done->upper = true;
	}
	return c;
}

rp_code text_fold(const rp_secret *typed, bool to_upper, rp_secret **ret_out, struct text_fold *ret_done,
		  struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *out = NULL;
	struct text_fold done = {0};
	size_t left = rp_secret_len(typed);
	const uint8_t *p = rp_secret_bytes(typed);
	bool first = true, last_blank = false;
	rp_code rc;

	if (left == 0)
		return rp_fail(err, RP_E_INPUT_EMPTY, "nothing was entered");
	rc = rp_secret_new(left, &out, err);
	if (rc != RP_OK)
		return rc;
	while (left > 0) {
		utf8proc_int32_t c = -1;
		utf8proc_uint8_t enc[4];
		utf8proc_ssize_t n = utf8proc_iterate(p, (utf8proc_ssize_t)left, &c);

		if (n <= 0 || is_control(c))
			return rp_fail(err, RP_E_INPUT_CHARS,
				       "the entry holds a character that cannot be typed");
		last_blank = is_blank(c);
		if (first && last_blank)
			return rp_fail(err, RP_E_INPUT_BLANKS, "the entry begins with a blank");
		first = false;
		c = fold_one(c, to_upper, &done);
		if (!rp_secret_append(out, enc, (size_t)utf8proc_encode_char(c, enc)))
			return rp_fail(err, RP_E_FAULT, "folding made the entry longer");
		rp_wipe(enc, sizeof enc);
		p += n;
		left -= (size_t)n;
	}
	if (last_blank)
		return rp_fail(err, RP_E_INPUT_BLANKS, "the entry ends with a blank");
	*ret_done = done;
	*ret_out = out;
	out = NULL;
	return RP_OK;
}

void text_clean(const void *bytes, size_t len, char *dst, size_t cap)
{
	const uint8_t *p = bytes;
	struct wr w;

	if (cap == 0)
		return;
	w = wr_of(dst, cap - 1);
	while (len > 0) {
		utf8proc_int32_t c = -1;
		utf8proc_ssize_t n = utf8proc_iterate(p, (utf8proc_ssize_t)len, &c);
		size_t step = n > 0 ? (size_t)n : 1;

		if (n <= 0 || is_control(c))
			wr_u8(&w, '?');
		else
			wr_put(&w, p, step);
		if (w.failed)
			break;
		p += step;
		len -= step;
	}
	dst[w.len] = '\0';
}

size_t text_width(const char *utf8)
{
	size_t width = 0, left;
	const uint8_t *p = (const uint8_t *)utf8;

	/* Plain letters, which is all that most answers have, need no look into large tables. */
	for (; p[0] >= 0x20 && p[0] < 0x7F; p++)
		width++;
	left = strlen((const char *)p);
	while (left > 0) {
		utf8proc_int32_t c = -1;
		utf8proc_ssize_t n = utf8proc_iterate(p, (utf8proc_ssize_t)left, &c);
		size_t step = n > 0 ? (size_t)n : 1;

		width += n > 0 ? (size_t)utf8proc_charwidth(c) : 1;
		p += step;
		left -= step;
	}
	return width;
}

size_t text_index(const char *const *words, size_t n, const char *word)
{
	size_t k = 0;

	while (k < n && strcmp(words[k], word) != 0)
		k++;
	return k;
}
