/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: of families, of PINs as their issuers call them, of states and secrets. The
 * library's words ("sign", "ready") are for commands and JSON; these are for people.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

struct family_words {
	const char *profile, *title;
};

static const struct family_words families[] = {
	{"mynumber", N_("My Number Card")},
	{"mynumber-mobile", N_("My Number certificates on a smartphone")},
	{"aosign", N_("AOSign IC card")},
	{"hicos", N_("HiCOS card (Taiwan)")},
	{"piv", N_("PIV card")},
	{"openpgp", N_("OpenPGP card")},
	{"gids", N_("GIDS card (Windows)")},
};

struct pin_words {
	const char *profile;
	rp_slot slot;
	const char *name;
	const char *local_lang, *local; /* as it stands on the papers of its country */
};

static const struct pin_words pins[] = {
	{"mynumber", RP_SLOT_SIGN, N_("PIN of the signature certificate"), "ja",
	 "署名用電子証明書の暗証番号"},
	{"mynumber", RP_SLOT_AUTH, N_("PIN of the user authentication certificate"), "ja",
	 "利用者証明用電子証明書の暗証番号"},
	{"mynumber", RP_SLOT_TEXT, N_("PIN of the card surface input support"), "ja",
	 "券面事項入力補助用の暗証番号"},
	{"mynumber", RP_SLOT_JUKI, N_("PIN of the resident registry"), "ja", "住民基本台帳用の暗証番号"},
	{"mynumber", RP_SLOT_CODE_A, N_("verification code A"), "ja", "照合番号A"},
	{"mynumber", RP_SLOT_CODE_B, N_("verification code B"), "ja", "照合番号B"},
	{"mynumber-mobile", RP_SLOT_SIGN, N_("PIN of the smartphone's signature certificate"), "ja",
	 "スマホ用署名用電子証明書の暗証番号"},
	{"mynumber-mobile", RP_SLOT_AUTH, N_("PIN of the smartphone's user authentication certificate"), "ja",
	 "スマホ用利用者証明用電子証明書の暗証番号"},
	{"aosign", RP_SLOT_PIN, N_("PIN of the AOSign card"), "ja", "PIN（暗証番号）"},
	{"aosign", RP_SLOT_LETTER, N_("PIN printed in the letter"), "ja", "「PIN（暗証番号）について」のPIN"},
	{"hicos", RP_SLOT_PIN, N_("PIN of the card"), "zh_TW", "PIN碼"},
	{"hicos", RP_SLOT_USER_CODE, N_("user code"), "zh_TW", "用戶代碼"},
	{"piv", RP_SLOT_PIN, N_("PIV PIN"), NULL, NULL},
	{"piv", RP_SLOT_PUK, N_("PUK (unblocks the PIN)"), NULL, NULL},
	{"openpgp", RP_SLOT_PW1, N_("user PIN (PW1)"), NULL, NULL},
	{"openpgp", RP_SLOT_PW3, N_("admin PIN (PW3)"), NULL, NULL},
	{"openpgp", RP_SLOT_RC, N_("resetting code"), NULL, NULL},
	{"gids", RP_SLOT_PIN, N_("PIN of the card"), NULL, NULL},
};

const char *words_family(const char *profile)
{
	struct rp_profile_info info;

	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (strcmp(families[i].profile, profile) == 0)
			return _(families[i].title);
	/* A family that came after these words: its own title is better than none. */
	return rp_profile_of(profile, &info) ? info.title : profile;
}

static const struct pin_words *find_pin(const char *profile, rp_slot slot)
{
	for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++)
		if (pins[i].slot == slot && strcmp(pins[i].profile, profile) == 0)
			return &pins[i];
	return NULL;
}

const char *words_pin(const char *profile, rp_slot slot)
{
	const struct pin_words *w = find_pin(profile, slot);

	return w != NULL ? _(w->name) : rp_slot_word(slot);
}

const char *words_local(const char *profile, rp_slot slot)
{
	const struct pin_words *w = find_pin(profile, slot);

	return w != NULL && w->local != NULL && strcmp(w->local_lang, i18n_lang()) != 0 ? w->local : NULL;
}

const char *words_state(const struct rp_pin_facts *pin)
{
	switch (pin->state) {
	case RP_PIN_READY:
		return pin->tries_left == 1 ? _("! last try") : _("+ ready");
	case RP_PIN_LOCKED:
		return _("x LOCKED");
	case RP_PIN_DEAD:
		return _("x DEAD");
	case RP_PIN_NOT_SET:
		return _("- not set");
	case RP_PIN_UNKNOWN:
		break;
	}
	return _("? unknown");
}

enum style words_style(const struct rp_pin_facts *pin)
{
	switch (pin->state) {
	case RP_PIN_READY:
		return pin->tries_left >= 0 && pin->tries_left < pin->tries_max ? STYLE_CARE : STYLE_GOOD;
	case RP_PIN_LOCKED:
	case RP_PIN_DEAD:
		return STYLE_BAD;
	case RP_PIN_NOT_SET:
	case RP_PIN_UNKNOWN:
		break;
	}
	return STYLE_PLAIN;
}

void words_tries(const struct rp_pin_facts *pin, char *ret, size_t cap)
{
	if (pin->state == RP_PIN_NOT_SET || pin->tries_left == RP_TRIES_UNKNOWN)
		(void)snprintf(ret, cap, "%s", "-");
	else if (pin->tries_max == RP_TRIES_UNKNOWN)
		(void)snprintf(ret, cap, "%d", pin->tries_left);
	else
		/* TRANSLATORS: tries left of how many, in a narrow column of a table */
		(void)snprintf(ret, cap, _("%d of %d"), pin->tries_left, pin->tries_max);
}

/* Same length for all PINs of the row, or a range. */
static const char *format_words(enum rp_charset chars, bool one_length)
{
	switch (chars) {
	case RP_CHARS_DIGITS:
		return one_length ? _("%u digits") : _("%u-%u digits");
	case RP_CHARS_UPPER_ALNUM:
		return one_length ? _("%u letters A-Z, digits") : _("%u-%u letters A-Z, digits");
	case RP_CHARS_ALNUM:
		return one_length ? _("%u letters, digits") : _("%u-%u letters, digits");
	case RP_CHARS_GRAPHIC:
		return one_length ? _("%u characters, no blank") : _("%u-%u characters, no blank");
	case RP_CHARS_PRINTABLE:
		break;
	}
	return one_length ? _("%u characters") : _("%u-%u characters");
}

void words_format(const struct rp_pin_info *info, char *ret, size_t cap)
{
	if (info->len_max == 0)
		(void)snprintf(ret, cap, "%s", "-");
	else
		(void)snprintf(ret, cap, format_words(info->chars_new, info->len_min == info->len_max),
			       info->len_min, info->len_max);
}

struct secret_words {
	const char *name, *title;
};

static const struct secret_words secret_titles[] = {
	{"current", N_("current PIN")},
	{"new", N_("new PIN")},
	{"other", N_("other PIN")},
	{"letter", N_("PIN of the letter")},
	{"puk", N_("PUK")},
	{"resetting-code", N_("resetting code")},
	{"admin", N_("admin PIN")},
	{"user-code", N_("user code")},
	{"response", N_("response")},
	{"password", N_("password")},
	{"totp", N_("one-time password")},
	{"challenge", N_("challenge")},
};

const char *words_secret(const char *name)
{
	for (size_t i = 0; i < sizeof secret_titles / sizeof secret_titles[0]; i++)
		if (strcmp(secret_titles[i].name, name) == 0)
			return _(secret_titles[i].title);
	return name;
}

void words_slots(const char *profile, char *ret, size_t cap)
{
	struct rp_profile_info info;
	size_t at = 0;

	ret[0] = '\0';
	if (!rp_profile_of(profile, &info))
		return;
	for (size_t i = 0; i < info.n_pins; i++) {
		int n;

		if (info.pins[i].hidden)
			continue;
		n = snprintf(ret + at, cap - at, "%s%s", at > 0 ? ", " : "", rp_slot_word(info.pins[i].slot));
		if (n < 0 || (size_t)n >= cap - at)
			return;
		at += (size_t)n;
	}
}
