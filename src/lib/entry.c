/* SPDX-License-Identifier: Apache-2.0 */
/* Is what was typed a PIN of this slot? Decided before the card is touched. */
#include "lib/ctx.h"

#include "base/text.h"

/* The secrets of a person are short; more is a mistake, found before it is folded. */
#define TYPED_MAX 1024

static rp_code bad(rp_code code, const struct pin_row *row, struct rp_error *err)
{
	(void)rp_fail(err, code, "%s: %s; nothing was sent", rp_slot_word(row->slot), rp_code_text(code));
	if (err != NULL)
		err->slot = row->slot;
	return code;
}

static bool all_same(const rp_secret *pin)
{
	const uint8_t *p = rp_secret_bytes(pin);
	uint8_t differs = 0;

	for (size_t i = 1; i < rp_secret_len(pin); i++)
		differs |= p[i] ^ p[0];
	return differs == 0;
}

static bool only_of(const rp_secret *pin, enum rp_charset set)
{
	const uint8_t *p = rp_secret_bytes(pin);

	for (size_t i = 0; i < rp_secret_len(pin); i++)
		if (!charset_has(set, p[i]))
			return false;
	return true;
}

rp_code entry_check(const struct pin_row *row, enum rp_entry kind, const rp_secret *typed,
		    rp_secret **ret_sent, struct rp_folded *ret_folded, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *sent = NULL;
	struct text_fold fold = {0};
	rp_code rc;

	if (rp_secret_len(typed) > TYPED_MAX)
		return bad(RP_E_INPUT_LENGTH, row, err);
	rc = text_fold(typed, row->to_upper, &sent, &fold, err);
	if (rc != RP_OK)
		return rc == RP_E_NO_MEMORY ? rc : bad(rc, row, err);
	/* Characters first: a length in bytes says nothing about an entry that is not ASCII. */
	if (!only_of(sent, kind == RP_ENTRY_NEW ? row->chars_new : row->chars_current))
		return bad(RP_E_INPUT_CHARS, row, err);
	if (rp_secret_len(sent) < row->len_min || rp_secret_len(sent) > row->len_max)
		return bad(RP_E_INPUT_LENGTH, row, err);
	if (kind == RP_ENTRY_NEW && row->refuse_all_same && all_same(sent))
		return bad(RP_E_INPUT_ALL_SAME, row, err);
	*ret_folded = (struct rp_folded){.width = fold.width, .upper = fold.upper};
	*ret_sent = sent;
	sent = NULL;
	return RP_OK;
}

rp_code rp_entry_check(const char *profile, rp_slot slot, enum rp_entry kind, const rp_secret *typed,
		       rp_secret **ret_sent, struct rp_folded *ret_folded, struct rp_error *err)
{
	const struct profile *p = profile_by_name(profile);
	const struct pin_row *row = p == NULL ? NULL : profile_pin(p, slot);

	if (row == NULL)
		return rp_fail(err, RP_E_SLOT_UNKNOWN, "%s has no PIN %s", profile, rp_slot_word(slot));
	return entry_check(row, kind, typed, ret_sent, ret_folded, err);
}
