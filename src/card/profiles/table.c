/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all families, and look-ups in it. */
#include "card/profile.h"

#include <string.h>

/*
 * The order in which a card with an unknown ATR is asked. My Number stands before the
 * telephone because both have the JPKI application and only the card has the text one;
 * HiCOS is last because it is selected by file identifier, not by name.
 */
const struct profile *const profiles[] = {
	&profile_mynumber, &profile_mynumber_mobile, &profile_piv,   &profile_openpgp,
	&profile_gids,	   &profile_aosign,	     &profile_hicos,
};
const size_t n_profiles = sizeof profiles / sizeof profiles[0];

const struct profile *profile_by_name(const char *name)
{
	for (size_t i = 0; i < n_profiles; i++)
		if (strcmp(profiles[i]->name, name) == 0)
			return profiles[i];
	return NULL;
}

const struct profile *profile_by_atr(const uint8_t *atr, size_t len)
{
	for (size_t i = 0; i < n_profiles; i++) {
		for (size_t j = 0; j < profiles[i]->n_atrs; j++) {
			const struct atr_row *row = &profiles[i]->atrs[j];

			if (row->len == len &&
			    memcmp(row->atr, atr, len) == 0) /* checked: the row's length */
				return profiles[i];
		}
	}
	return NULL;
}

const struct pin_row *profile_pin(const struct profile *p, rp_slot slot)
{
	for (size_t i = 0; i < p->n_pins; i++)
		if (p->pins[i].slot == slot)
			return &p->pins[i];
	return NULL;
}

const char *charset_word(enum rp_charset c)
{
	switch (c) {
	case RP_CHARS_DIGITS:
		return "digits";
	case RP_CHARS_UPPER_ALNUM:
		return "A-Z 0-9";
	case RP_CHARS_ALNUM:
		return "A-Z a-z 0-9";
	case RP_CHARS_GRAPHIC:
		return "ASCII without blank";
	case RP_CHARS_PRINTABLE:
		break;
	}
	return "ASCII";
}

static bool is_digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

static bool is_upper(uint8_t b)
{
	return b >= 'A' && b <= 'Z';
}

static bool is_lower(uint8_t b)
{
	return b >= 'a' && b <= 'z';
}

bool charset_has(enum rp_charset c, uint8_t byte)
{
	switch (c) {
	case RP_CHARS_DIGITS:
		return is_digit(byte);
	case RP_CHARS_UPPER_ALNUM:
		return is_digit(byte) || is_upper(byte);
	case RP_CHARS_ALNUM:
		return is_digit(byte) || is_upper(byte) || is_lower(byte);
	case RP_CHARS_GRAPHIC:
		return byte > 0x20 && byte < 0x7F;
	case RP_CHARS_PRINTABLE:
		return byte >= 0x20 && byte < 0x7F;
	}
	return false;
}
