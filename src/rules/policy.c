/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/policy.h"

#include <string.h>

#define N_(text) (text)

#define SRC_JPKI "JPKI portal, page on passwords (four passwords, their lengths and characters)"
#define SRC_MUNICIPAL "municipal pages on the PINs of the My Number Card (4 digits)"
#define SRC_CODES "jpki/myna src/cli.rs (verification codes A and B: 12 and 14 digits, printed on the card)"
#define SRC_MOBILE "Mynaportal manual 04-07 (smartphone: signature 6 to 16, user authentication 4 digits)"
#define SRC_NDN "NDN FAQ Q31-B, step 6.2 (4 to 16 half-width letters and digits)"
#define SRC_NDN_SAME "NDN FAQ Q31-B, step 6.2 (strings like 111111 are not accepted)"
#define SRC_XCA "XCA page on unlocking a card (PIN 6-8, user code 6-10, neither blank; case counts)"
#define SRC_PIV "NIST SP 800-73-4 part 2, 3.2.1 to 3.2.3"
#define SRC_PGP "OpenPGP card 3.4, 4.3"
#define SRC_GIDS "Microsoft GIDS specification 2.0; GidsApplet GidsPINManager.java"

#define SRC_WEAK                                                                                             \
	"municipal pages on choosing the PINs (no simple sequences, no birthdays); DigiDoc4 PIN rules"
#define SRC_GUESSED "NDN FAQ Q31-B, step 6.2 (nothing others can guess, as a birthday or a telephone number)"

const struct policy_rule policy_rules[POLICY_RULES] = {
	[POLICY_TOO_SHORT] = {"too-short", POLICY_REFUSED, RP_E_INPUT_LENGTH,
			      N_("It is too short for this PIN."), "the slot's row"},
	[POLICY_TOO_LONG] = {"too-long", POLICY_REFUSED, RP_E_INPUT_LENGTH,
			     N_("It is too long for this PIN."), "the slot's row"},
	[POLICY_CHARACTERS] = {"characters", POLICY_REFUSED, RP_E_INPUT_CHARS,
			       N_("It holds a character that this PIN cannot have."), "the slot's row"},
	[POLICY_NO_LETTER] = {"no-letter", POLICY_REFUSED, RP_E_INPUT_CHARS,
			      N_("This PIN must hold at least one letter."), "the slot's row"},
	[POLICY_NO_DIGIT] = {"no-digit", POLICY_REFUSED, RP_E_INPUT_CHARS,
			     N_("This PIN must hold at least one digit."), "the slot's row"},
	[POLICY_ALL_SAME] = {"all-same", POLICY_ADVISED, RP_OK,
			     N_("It repeats one character, and such PINs are guessed first."), SRC_WEAK},
	[POLICY_SEQUENCE] = {"sequence", POLICY_ADVISED, RP_OK,
			     N_("It counts up or down, and such PINs are guessed first."), SRC_WEAK},
	[POLICY_BIRTHDAY] = {"birthday", POLICY_ADVISED, RP_OK,
			     N_("It holds your date of birth, which others know or find out."), SRC_GUESSED},
	[POLICY_DATE] =
		{"date", POLICY_ADVISED, RP_OK,
		 N_("It reads like a date or a year. If it is a birthday, choose another: others know or "
		    "find it out."),
		 SRC_GUESSED},
	[POLICY_TELEPHONE] = {"telephone", POLICY_ADVISED, RP_OK,
			      N_("It holds a part of your telephone number, which others know."),
			      SRC_GUESSED},
	[POLICY_CARD_NUMBER] =
		{"card-number", POLICY_ADVISED, RP_OK,
		 N_("It holds a part of the card's number, and whoever finds the card has that."),
		 "DigiDoc4 PIN rules (no part of the personal code)"},
	[POLICY_SAME_AS_BEFORE] = {"same-as-before", POLICY_ADVISED, RP_OK,
				   N_("It is the PIN that the card has now."),
				   "DigiDoc4 PIN rules (not the same as before)"},
	[POLICY_OTHER_PROGRAMS] =
		{"other-programs", POLICY_NOTE, RP_OK,
		 N_("These rules bind this program only: another program can still set a weak "
		    "PIN on this card."),
		 "usnistgov/FIPS201 issues 463 and 589 (an issuer cannot enforce them)"},
};

#define DIGITS_4(family, name, calendar, from)                                                               \
	{                                                                                                    \
		.profile = (family), .slot = (name), .len_min = 4, .len_max = 4,                             \
		.chars_current = RP_CHARS_DIGITS, .chars_new = RP_CHARS_DIGITS, .years = (calendar),         \
		.source = (from)                                                                             \
	}
#define ONE_SET(family, name, min, max, set, calendar, from)                                                 \
	{                                                                                                    \
		.profile = (family), .slot = (name), .len_min = (min), .len_max = (max),                     \
		.chars_current = (set), .chars_new = (set), .years = (calendar), .source = (from)            \
	}

const struct policy_row policy_rows[] = {
	{"mynumber", RP_SLOT_SIGN, 6, 16, RP_CHARS_UPPER_ALNUM, RP_CHARS_UPPER_ALNUM, POLICY_YEARS_JAPAN,
	 SRC_JPKI, NULL, "JPKI portal, page on passwords (digits and letters must be mixed)"},
	DIGITS_4("mynumber", RP_SLOT_AUTH, POLICY_YEARS_JAPAN, SRC_JPKI),
	DIGITS_4("mynumber", RP_SLOT_TEXT, POLICY_YEARS_JAPAN, SRC_JPKI),
	DIGITS_4("mynumber", RP_SLOT_JUKI, POLICY_YEARS_JAPAN, SRC_JPKI "; " SRC_MUNICIPAL),
	ONE_SET("mynumber", RP_SLOT_CODE_A, 12, 12, RP_CHARS_DIGITS, POLICY_YEARS_JAPAN, SRC_CODES),
	ONE_SET("mynumber", RP_SLOT_CODE_B, 14, 14, RP_CHARS_DIGITS, POLICY_YEARS_JAPAN, SRC_CODES),
	/* No source says that the telephone refuses letters or digits alone, so nor do we. */
	ONE_SET("mynumber-mobile", RP_SLOT_SIGN, 6, 16, RP_CHARS_UPPER_ALNUM, POLICY_YEARS_JAPAN, SRC_MOBILE),
	DIGITS_4("mynumber-mobile", RP_SLOT_AUTH, POLICY_YEARS_JAPAN, SRC_MOBILE),
	{"aosign", RP_SLOT_PIN, 4, 16, RP_CHARS_ALNUM, RP_CHARS_ALNUM, POLICY_YEARS_JAPAN, SRC_NDN,
	 SRC_NDN_SAME, NULL},
	ONE_SET("aosign", RP_SLOT_LETTER, 4, 16, RP_CHARS_ALNUM, POLICY_YEARS_JAPAN, SRC_NDN),
	ONE_SET("hicos", RP_SLOT_PIN, 6, 8, RP_CHARS_GRAPHIC, POLICY_YEARS_TAIWAN, SRC_XCA),
	ONE_SET("hicos", RP_SLOT_USER_CODE, 6, 10, RP_CHARS_GRAPHIC, POLICY_YEARS_TAIWAN, SRC_XCA),
	{"piv", RP_SLOT_PIN, 6, 8, RP_CHARS_PRINTABLE, RP_CHARS_DIGITS, POLICY_YEARS_COMMON, SRC_PIV, NULL,
	 NULL},
	ONE_SET("piv", RP_SLOT_PUK, 6, 8, RP_CHARS_PRINTABLE, POLICY_YEARS_COMMON, SRC_PIV),
	ONE_SET("openpgp", RP_SLOT_PW1, 6, 64, RP_CHARS_PRINTABLE, POLICY_YEARS_COMMON, SRC_PGP),
	ONE_SET("openpgp", RP_SLOT_PW3, 8, 64, RP_CHARS_PRINTABLE, POLICY_YEARS_COMMON, SRC_PGP),
	ONE_SET("openpgp", RP_SLOT_RC, 8, 64, RP_CHARS_PRINTABLE, POLICY_YEARS_COMMON, SRC_PGP),
	ONE_SET("gids", RP_SLOT_PIN, 4, 16, RP_CHARS_PRINTABLE, POLICY_YEARS_COMMON, SRC_GIDS),
};
const size_t n_policy_rows = sizeof policy_rows / sizeof policy_rows[0];

const struct policy_row *policy_row_of(const char *profile, rp_slot slot)
{
	for (size_t i = 0; profile != NULL && i < n_policy_rows; i++)
		if (policy_rows[i].slot == slot && strcmp(policy_rows[i].profile, profile) == 0)
			return &policy_rows[i];
	return NULL;
}

/* --- characters (ASCII, whatever the locale) --- */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* A-Z for both cases, anything else as it is. */
static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

static bool is_letter(uint8_t c)
{
	return upper(c) >= 'A' && upper(c) <= 'Z';
}

static bool is_of(enum rp_charset set, uint8_t c)
{
	switch (set) {
	case RP_CHARS_DIGITS:
		return is_digit(c);
	case RP_CHARS_UPPER_ALNUM:
		return is_digit(c) || (c >= 'A' && c <= 'Z');
	case RP_CHARS_ALNUM:
		return is_digit(c) || is_letter(c);
	case RP_CHARS_GRAPHIC:
		return c >= 0x21 && c <= 0x7E;
	case RP_CHARS_PRINTABLE:
		return c >= 0x20 && c <= 0x7E;
	}
	return false;
}

struct entry {
	const uint8_t *at;
	size_t len;
};

static bool all_of(struct entry e, enum rp_charset set)
{
	for (size_t i = 0; i < e.len; i++)
		if (!is_of(set, e.at[i]))
			return false;
	return true;
}

static bool any(struct entry e, bool (*is)(uint8_t))
{
	for (size_t i = 0; i < e.len; i++)
		if (is(e.at[i]))
			return true;
	return false;
}

static bool all_same(struct entry e)
{
	uint8_t differs = 0;

	for (size_t i = 1; i < e.len; i++)
		differs |= e.at[i] ^ e.at[0];
	return differs == 0;
}

/* --- sequences --- */

/* 1 when b follows a, -1 when it comes before a, else 0. After 9 comes 0, as on a keypad. */
static int step(uint8_t a, uint8_t b)
{
	if (is_digit(a) && is_digit(b))
		return (b - a + 10) % 10 == 1 ? 1 : (a - b + 10) % 10 == 1 ? -1 : 0;
	if (is_letter(a) && is_letter(b))
		return upper(b) - upper(a) == 1 ? 1 : upper(a) - upper(b) == 1 ? -1 : 0;
	return 0;
}

/* Length of the straight run that begins at i. */
static size_t run_at(struct entry e, size_t i)
{
	const int way = i + 1 < e.len ? step(e.at[i], e.at[i + 1]) : 0;
	size_t n = 1;

	while (way != 0 && i + n < e.len && step(e.at[i + n - 1], e.at[i + n]) == way)
		n++;
	return n;
}

/*
 * 1234, 987654, ABC123, 123123. One more character does not make a long one better (A123456),
 * but of four or five each counts.
 */
static bool is_sequence(struct entry e)
{
	size_t covered = 0;

	for (size_t i = 0; i < e.len;) {
		const size_t n = run_at(e, i);

		covered += n >= 3 ? n : 0;
		i += n >= 3 ? n : 1;
	}
	return covered > 0 && covered + (e.len >= 6 ? 1 : 0) >= e.len;
}

/* --- numbers that others know --- */

/* The next letter or digit of a written number, in upper case; 0 at its end. */
static uint8_t next_of(const char **number)
{
	while (**number != '\0') {
		const uint8_t c = (uint8_t) * (*number)++;

		if (is_digit(c) || is_letter(c))
			return upper(c);
	}
	return 0;
}

/* How many characters of the entry from i on are those of the number. */
static size_t common_at(struct entry e, size_t i, const char *number)
{
	size_t n = 0;

	while (i + n < e.len) {
		const uint8_t c = next_of(&number);

		if (c == 0 || c != upper(e.at[i + n]))
			break;
		n++;
	}
	return n;
}

/* True when four characters in a row stand in both. Blanks and dashes of the number do not count. */
static bool shares_part(struct entry e, const char *number)
{
	if (number == NULL)
		return false;
	for (; *number != '\0'; number++)
		for (size_t i = 0; i + 4 <= e.len; i++)
			if (common_at(e, i, number) >= 4)
				return true;
	return false;
}

/* --- birthdays --- */

/*
 * Y year, y its last two digits, m month, d day, e year of the Japanese era, r year of the
 * Republic (Taiwan). A longer form that ends in the day (YYYYMMDD, YYMMDD, and those with the
 * other years) holds "md", so it needs no row.
 */
struct birth_form {
	const char *form;
	enum policy_years years; /* POLICY_YEARS_COMMON: everywhere */
};

static const struct birth_form birth_forms[] = {
	{"md", POLICY_YEARS_COMMON}, {"dm", POLICY_YEARS_COMMON}, {"Y", POLICY_YEARS_COMMON},
	{"ym", POLICY_YEARS_COMMON}, {"em", POLICY_YEARS_JAPAN},  {"rm", POLICY_YEARS_TAIWAN},
};

/* Year of the era of a day: Reiwa from 2019-05-01, Heisei from 1989-01-08, Showa from 1926-12-25. */
static int era_year(struct date d)
{
	static const struct {
		struct date first;
		int before; /* the year before its year 1 */
	} eras[] = {{{2019, 5, 1}, 2018}, {{1989, 1, 8}, 1988}, {{1926, 12, 25}, 1925}};

	for (size_t i = 0; i < sizeof eras / sizeof eras[0]; i++)
		if (date_compare(d, eras[i].first) >= 0)
			return d.year - eras[i].before;
	return 0;
}

/* `form` written into ret, at most 5 characters (a year of the Republic has up to three digits). */
static size_t write_form(const char *form, struct date birth, char ret[8])
{
	size_t n = 0;

	for (; *form != '\0' && n + 4 <= 8; form++) {
		const int value = *form == 'Y'	 ? birth.year
				  : *form == 'y' ? birth.year % 100
				  : *form == 'm' ? birth.month
				  : *form == 'd' ? birth.day
				  : *form == 'e' ? era_year(birth)
						 : birth.year - 1911;
		const int top = *form == 'Y' ? 1000 : *form == 'r' && value > 99 ? 100 : 10;

		if (value <= 0 && *form != 'y')
			return 0;
		for (int unit = top; unit > 0; unit /= 10)
			ret[n++] = (char)('0' + value / unit % 10);
	}
	return n;
}

static bool holds(struct entry e, const char *what, size_t n)
{
	for (size_t i = 0; n > 0 && i + n <= e.len; i++) {
		size_t same = 0;

		while (same < n && e.at[i + same] == (uint8_t)what[same])
			same++;
		if (same == n)
			return true;
	}
	return false;
}

static bool holds_birthday(struct entry e, struct date birth, enum policy_years years)
{
	for (size_t i = 0; i < sizeof birth_forms / sizeof birth_forms[0]; i++) {
		const struct birth_form *f = &birth_forms[i];
		char written[8];

		if (f->years != POLICY_YEARS_COMMON && f->years != years)
			continue;
		if (holds(e, written, write_form(f->form, birth, written)))
			return true;
	}
	return false;
}

static int number_at(const uint8_t *digits, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

/* MMDD; 29 February counts, for the year is not known. */
static bool is_day(const uint8_t *mmdd)
{
	return date_is_valid((struct date){2000, number_at(mmdd, 2), number_at(mmdd + 2, 2)});
}

static bool is_year(const uint8_t *yyyy)
{
	return number_at(yyyy, 4) >= 1900 && number_at(yyyy, 4) <= 2099;
}

/* Do n digits in a row read as a date: YYYYMMDD, YYMMDD, 0YYMMDD and 1YYMMDD of the Republic? */
static bool reads_as_date(const uint8_t *digits, size_t n, enum policy_years years)
{
	switch (n) {
	case 6:
		return is_day(digits + 2);
	case 7:
		return years == POLICY_YEARS_TAIWAN && digits[0] <= '1' && is_day(digits + 3);
	case 8:
		return is_year(digits) && is_day(digits + 4);
	default:
		return false;
	}
}

/*
 * Where the birthday is not known: a PIN of four digits that is a day or a year, or six to
 * eight digits in a row that are a date.
 */
static bool looks_like_date(struct entry e, enum policy_years years)
{
	for (size_t i = 0; i < e.len;) {
		size_t n = 0;

		while (i + n < e.len && is_digit(e.at[i + n]))
			n++;
		if (n == 4 && e.len == 4 && (is_day(e.at) || is_year(e.at)))
			return true;
		if (reads_as_date(e.at + i, n, years))
			return true;
		i += n + 1;
	}
	return false;
}

/* --- the judgement --- */

static void add(struct policy_findings *f, enum policy_rule_id rule, const char *refused_by)
{
	const struct policy_rule *r = &policy_rules[rule];
	const bool refused = refused_by != NULL;

	if (f->n == POLICY_FINDINGS_MAX)
		return;
	f->at[f->n++] = (struct policy_finding){
		.rule = rule,
		.severity = refused ? POLICY_REFUSED : r->severity,
		.id = r->id,
		.text = r->text,
		.source = refused ? refused_by : r->source,
		/* The one rule that some issuers enforce and the others only advise. */
		.code = refused && rule == POLICY_ALL_SAME ? RP_E_INPUT_ALL_SAME : r->code,
	};
	f->n_refused += refused;
}

static void add_refusals(struct policy_findings *f, const struct policy_row *row, enum policy_entry kind,
			 struct entry e)
{
	if (e.len < row->len_min)
		add(f, POLICY_TOO_SHORT, row->source);
	if (e.len > row->len_max)
		add(f, POLICY_TOO_LONG, row->source);
	if (!all_of(e, kind == POLICY_NEW ? row->chars_new : row->chars_current))
		add(f, POLICY_CHARACTERS, row->source);
	if (kind == POLICY_CURRENT)
		return;
	if (row->letter_digit != NULL && !any(e, is_letter))
		add(f, POLICY_NO_LETTER, row->letter_digit);
	if (row->letter_digit != NULL && !any(e, is_digit))
		add(f, POLICY_NO_DIGIT, row->letter_digit);
	if (row->all_same != NULL && e.len > 1 && all_same(e))
		add(f, POLICY_ALL_SAME, row->all_same);
}

static bool same_bytes(struct entry e, const uint8_t *other, size_t len)
{
	uint8_t differs = 0;

	if (other == NULL || e.len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differs |= e.at[i] ^ other[i];
	return differs == 0;
}

static void add_advice(struct policy_findings *f, const struct policy_row *row, struct entry e,
		       const struct policy_known *known)
{
	const bool birth_known = date_is_valid(known->birth);

	if (all_same(e))
		add(f, POLICY_ALL_SAME, NULL);
	if (is_sequence(e))
		add(f, POLICY_SEQUENCE, NULL);
	if (birth_known && holds_birthday(e, known->birth, row->years))
		add(f, POLICY_BIRTHDAY, NULL);
	if (!birth_known && looks_like_date(e, row->years))
		add(f, POLICY_DATE, NULL);
	if (shares_part(e, known->telephone))
		add(f, POLICY_TELEPHONE, NULL);
	if (shares_part(e, known->card_number))
		add(f, POLICY_CARD_NUMBER, NULL);
	if (same_bytes(e, known->current, known->current_len))
		add(f, POLICY_SAME_AS_BEFORE, NULL);
}

bool policy_check(const char *profile, rp_slot slot, enum policy_entry kind, const uint8_t *entry, size_t len,
		  const struct policy_known *known, struct policy_findings *ret)
{
	static const struct policy_known nothing = {0};
	const struct policy_row *row = policy_row_of(profile, slot);
	const struct entry e = {entry, len};
	struct policy_findings f = {0};

	if (row == NULL)
		return false;
	add_refusals(&f, row, kind, e);
	if (f.n == 0 && kind == POLICY_NEW)
		add_advice(&f, row, e, known != NULL ? known : &nothing);
	*ret = f;
	return true;
}
