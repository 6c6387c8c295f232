/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this PIN be set? The rows against the card layer's profiles (by their snapshot, because
 * rules may not see the card layer), each rule on both sides of its border, and the sentences
 * of the public texts that the policy decides (docs/seeds.md).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/policy.h"
#include "support/snapshot.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static const struct policy_known nobody = {.birth = {0}};

/* The rules that an entry breaks, in their order: "too-short characters"; "" is a good one. */
static const char *judge(const char *profile, rp_slot slot, enum policy_entry kind, const char *entry,
			 const struct policy_known *known)
{
	static char said[256];
	struct policy_findings f = {0};

	assert_true(policy_check(profile, slot, kind, (const uint8_t *)entry, strlen(entry), known, &f));
	said[0] = '\0';
	for (size_t i = 0; i < f.n; i++) {
		const struct policy_finding *x = &f.at[i];

		assert_string_equal(x->id, policy_rules[x->rule].id);
		assert_true(strlen(x->text) > 10 && strlen(x->source) >= 8);
		/* Refusals stand first, and nothing is advised about what is refused. */
		assert_int_equal(x->severity, f.n_refused > 0 ? POLICY_REFUSED : POLICY_ADVISED);
		assert_int_equal(x->code != RP_OK, x->severity == POLICY_REFUSED);
		(void)snprintf(said + strlen(said), sizeof said - strlen(said), "%s%s", i > 0 ? " " : "",
			       x->id);
	}
	assert_true(f.n_refused == 0 || f.n_refused == f.n);
	return said;
}

static const char *fresh(const char *profile, rp_slot slot, const char *entry)
{
	return judge(profile, slot, POLICY_NEW, entry, &nobody);
}

static const char *current(const char *profile, rp_slot slot, const char *entry)
{
	return judge(profile, slot, POLICY_CURRENT, entry, &nobody);
}

static const char *knowing(const char *profile, rp_slot slot, const char *entry, struct policy_known known)
{
	return judge(profile, slot, POLICY_NEW, entry, &known);
}

#define is(said, expected) assert_string_equal(said, expected)

/* --- the table --- */

static const char *slot_word(rp_slot slot)
{
	static const char *const words[] = {
#define SLOT_WORD(name, number, word) [number] = word,
		RP_SLOTS(SLOT_WORD)
#undef SLOT_WORD
	};

	return words[slot];
}

static const char *const charsets[] = {
	[RP_CHARS_DIGITS] = "digits",	  [RP_CHARS_UPPER_ALNUM] = "A-Z 0-9",
	[RP_CHARS_ALNUM] = "A-Z a-z 0-9", [RP_CHARS_GRAPHIC] = "ASCII without blank",
	[RP_CHARS_PRINTABLE] = "ASCII",
};

static void rows_have_sources(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_policy_rows; i++) {
		const struct policy_row *r = &policy_rows[i];

		assert_true(strlen(r->source) >= 8);
		assert_true(r->all_same == NULL || strlen(r->all_same) >= 8);
		assert_true(r->letter_digit == NULL || strlen(r->letter_digit) >= 8);
		assert_ptr_equal(policy_row_of(r->profile, r->slot), r);
	}
	for (size_t i = 0; i < POLICY_RULES; i++) {
		assert_true(strlen(policy_rules[i].source) >= 8 && strlen(policy_rules[i].text) > 10);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(policy_rules[i].id, policy_rules[k].id);
	}
	assert_null(policy_row_of("mynumber", RP_SLOT_PIN));
	assert_null(policy_row_of("moonbase", RP_SLOT_PIN));
	assert_null(policy_row_of(NULL, RP_SLOT_PIN));
}

static void what_is_no_slot_is_not_judged(void **state)
{
	struct policy_findings f = {.n = 7};

	(void)state;
	assert_false(policy_check("mynumber", RP_SLOT_PUK, POLICY_NEW, (const uint8_t *)"1", 1, NULL, &f));
	assert_int_equal(f.n, 7);
}

/* "  pin sign: 6-16, A-Z 0-9, to upper case, 5 tries": the line of a profile's snapshot begins so. */
static void write_profile_line(const struct policy_row *r, char *ret, size_t cap)
{
	(void)snprintf(ret, cap, "  pin %s: %d-%d, %s", slot_word(r->slot), r->len_min, r->len_max,
		       charsets[r->chars_current]);
	if (r->chars_new != r->chars_current)
		(void)snprintf(ret + strlen(ret), cap - strlen(ret), ", new %s", charsets[r->chars_new]);
}

/* The card layer has the same limits for itself; here they are told to agree. */
static void rows_agree_with_the_profiles(void **state)
{
	FILE *f = snapshot_file("profiles.txt", "r");
	char *line = NULL, profile[32] = "", expected[96];
	size_t cap = 0, seen = 0;

	(void)state;
	while (getline(&line, &cap, f) >= 0) {
		const struct policy_row *row = NULL;

		if (line[0] != ' ')
			(void)snprintf(profile, sizeof profile, "%.*s", (int)strcspn(line, ":"), line);
		if (strncmp(line, "  pin ", 6) != 0)
			continue;
		for (size_t i = 0; i < n_policy_rows && row == NULL; i++) {
			const size_t n = strlen(slot_word(policy_rows[i].slot));

			if (strcmp(policy_rows[i].profile, profile) == 0 && line[6 + n] == ':' &&
			    strncmp(line + 6, slot_word(policy_rows[i].slot), n) == 0)
				row = &policy_rows[i];
		}
		if (row == NULL)
			fail_msg("%s has no policy: %s", profile, line);
		write_profile_line(row, expected, sizeof expected);
		if (strncmp(line, expected, strlen(expected)) != 0 || line[strlen(expected)] != ',')
			fail_msg("%s differs:\nprofile %spolicy  %s", profile, line, expected);
		assert_int_equal(strstr(line, "not all the same") != NULL, row->all_same != NULL);
		seen++;
	}
	free(line);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(seen, n_policy_rows);
}

static void the_table_is_the_reviewed_one(void **state)
{
	static const char *const severities[] = {"refused", "advised against", "note"};
	static const char *const years[] = {"", ", years of the era", ", years of the Republic"};
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	for (size_t i = 0; i < POLICY_RULES; i++)
		(void)fprintf(f, "rule %s, %s: %s\n    %s\n", policy_rules[i].id,
			      severities[policy_rules[i].severity], policy_rules[i].text,
			      policy_rules[i].source);
	for (size_t i = 0; i < n_policy_rows; i++) {
		const struct policy_row *r = &policy_rows[i];

		(void)fprintf(f, "%s %s: %d-%d, %s, new %s%s\n    %s\n", r->profile, slot_word(r->slot),
			      r->len_min, r->len_max, charsets[r->chars_current], charsets[r->chars_new],
			      years[r->years], r->source);
		if (r->all_same != NULL)
			(void)fprintf(f, "    refuses all-same: %s\n", r->all_same);
		if (r->letter_digit != NULL)
			(void)fprintf(f, "    needs letter and digit: %s\n", r->letter_digit);
	}
	assert_int_equal(fclose(f), 0);
	snapshot_check("policy.txt", text);
	free(text);
}

/* --- sentences of the seeds --- */

/* Seed 000: "your signature PIN (typically 6-16 digits)", read as letters and digits; "(a 4-digit code)". */
/* Seed 002: 署名用電子証明書:英数字6~16桁 / 利用者証明用電子証明書:数字4桁 / 券面事項入力補助AP:数字4桁 */
/* Seed 004: "(6 to 16 alphanumeric characters)", "(4-digit number)" */
static void my_number_pins_have_their_formats(void **state)
{
	static const rp_slot four[] = {RP_SLOT_AUTH, RP_SLOT_TEXT, RP_SLOT_JUKI};

	(void)state;
	is(fresh("mynumber", RP_SLOT_SIGN, "K7Q2M"), "too-short");
	is(fresh("mynumber", RP_SLOT_SIGN, "K7Q2MX"), "");
	is(fresh("mynumber", RP_SLOT_SIGN, "K7Q2MXK7Q2MXK7Q2"), "");
	is(fresh("mynumber", RP_SLOT_SIGN, "K7Q2MXK7Q2MXK7Q2M"), "too-long");
	is(fresh("mynumber", RP_SLOT_SIGN, "k7q2mx"), "characters");
	is(fresh("mynumber", RP_SLOT_SIGN, "K7Q2-X"), "characters");
	for (size_t i = 0; i < LENGTH(four); i++) {
		is(fresh("mynumber", four[i], "794"), "too-short");
		is(fresh("mynumber", four[i], "7946"), "");
		is(fresh("mynumber", four[i], "79460"), "too-long");
		is(fresh("mynumber", four[i], "794A"), "characters");
	}
	is(fresh("mynumber-mobile", RP_SLOT_SIGN, "K7Q2MX"), "");
	is(fresh("mynumber-mobile", RP_SLOT_AUTH, "79465"), "too-long");
}

/* JPKI portal: digits and letters must be mixed. The telephone's page does not say so. */
static void signature_pin_needs_letter_and_digit(void **state)
{
	(void)state;
	is(fresh("mynumber", RP_SLOT_SIGN, "KBQRMX"), "no-digit");
	is(fresh("mynumber", RP_SLOT_SIGN, "794683"), "no-letter");
	is(fresh("mynumber", RP_SLOT_SIGN, "+"), "too-short characters no-letter no-digit");
	is(fresh("mynumber-mobile", RP_SLOT_SIGN, "KBQRMX"), "");
	is(fresh("aosign", RP_SLOT_PIN, "KBQRMX"), "");
}

/* Seed 001, Q31-B: 半角英数字4桁以上、16桁以内になるよう入力してください。 */
static void aosign_takes_4_to_16_letters_and_digits(void **state)
{
	(void)state;
	is(fresh("aosign", RP_SLOT_PIN, "k7Q"), "too-short");
	is(fresh("aosign", RP_SLOT_PIN, "k7Qm"), "");
	is(fresh("aosign", RP_SLOT_PIN, "k7Qmk7Qmk7Qmk7Qm"), "");
	is(fresh("aosign", RP_SLOT_PIN, "k7Qmk7Qmk7Qmk7Qmk"), "too-long");
	is(fresh("aosign", RP_SLOT_PIN, "k7Q m"), "characters");
	is(fresh("aosign", RP_SLOT_PIN, "k7Q\xEF\xBC\x91"), "characters");
}

/* Seed 001, Q31-B: 以下のような文字列は認められません。例:すべて同じ文字列 111111 */
static void aosign_refuses_one_character_repeated(void **state)
{
	struct policy_findings f = {0};

	(void)state;
	is(fresh("aosign", RP_SLOT_PIN, "111111"), "all-same");
	assert_true(policy_check("aosign", RP_SLOT_PIN, POLICY_NEW, (const uint8_t *)"111111", 6, NULL, &f));
	assert_int_equal(f.n_refused, 1);
	assert_int_equal(f.at[0].code, RP_E_INPUT_ALL_SAME);
	assert_non_null(strstr(f.at[0].source, "111111"));
	is(fresh("aosign", RP_SLOT_PIN, "aaaa"), "all-same");
	is(fresh("aosign", RP_SLOT_PIN, "aaaA"), "");
	/* Elsewhere it is advised against, and goes through. */
	assert_true(policy_check("mynumber", RP_SLOT_AUTH, POLICY_NEW, (const uint8_t *)"7777", 4, NULL, &f));
	assert_int_equal(f.n, 1);
	assert_int_equal(f.n_refused, 0);
	assert_string_equal(f.at[0].id, "all-same");
}

/* Seed 001, Q31-B: 他人に類推されやすいもの(例:生年月日、電話番号)は避けてください。 */
/* Seed 001, Q31-B: 覚えやすく、かつ他人からは推測されにくいPIN(暗証番号)に変更されることをおすすめします。 */
static void birthday_and_telephone_are_advised_against(void **state)
{
	const struct policy_known known = {.birth = {1985, 4, 13}, .telephone = "042-378-2111"};

	(void)state;
	is(knowing("aosign", RP_SLOT_PIN, "19850413", known), "birthday");
	is(knowing("aosign", RP_SLOT_PIN, "0423782111", known), "telephone");
	is(knowing("aosign", RP_SLOT_PIN, "k7Qm", known), "");
}

/* Seed 003: 輸入新的PIN碼 (建議6~8碼組合，且不為空白); 用戶代碼 (請輸入6~10碼組合，且不為空白), (英文字母有大小寫區別) */
static void hicos_pin_and_user_code_have_their_formats(void **state)
{
	(void)state;
	is(fresh("hicos", RP_SLOT_PIN, "k7Qm2"), "too-short");
	is(fresh("hicos", RP_SLOT_PIN, "k7Qm2x"), "");
	is(fresh("hicos", RP_SLOT_PIN, "k7Qm2xW9"), "");
	is(fresh("hicos", RP_SLOT_PIN, "k7Qm2xW9z"), "too-long");
	is(fresh("hicos", RP_SLOT_PIN, "k7Q m2x"), "characters");
	is(fresh("hicos", RP_SLOT_PIN, ""), "too-short");
	is(current("hicos", RP_SLOT_USER_CODE, "Code1"), "too-short");
	is(current("hicos", RP_SLOT_USER_CODE, "Code12"), "");
	is(current("hicos", RP_SLOT_USER_CODE, "cODE12"), "");
	is(current("hicos", RP_SLOT_USER_CODE, "Code123456"), "");
	is(current("hicos", RP_SLOT_USER_CODE, "Code1234567"), "too-long");
	is(current("hicos", RP_SLOT_USER_CODE, "Code 12"), "characters");
}

/* --- rules --- */

/* Its holder must be able to leave it. */
static void current_pin_is_looked_at_for_length_and_characters_only(void **state)
{
	const struct policy_known known = {
		.birth = {1985, 4, 13}, .card_number = "0413", .telephone = "0413"};

	(void)state;
	is(judge("mynumber", RP_SLOT_AUTH, POLICY_CURRENT, "0413", &known), "");
	is(judge("mynumber", RP_SLOT_AUTH, POLICY_CURRENT, "1234", &known), "");
	is(current("mynumber", RP_SLOT_SIGN, "AAAAAA"), "");
	is(current("mynumber", RP_SLOT_SIGN, "111111"), "");
	is(current("aosign", RP_SLOT_PIN, "1111"), "");
	is(current("aosign", RP_SLOT_PIN, "111"), "too-short");
	is(current("mynumber", RP_SLOT_AUTH, "12a4"), "characters");
	/* A PIV card from elsewhere may hold letters; a new PIN may not (SP 800-73-4). */
	is(current("piv", RP_SLOT_PIN, "abc d!"), "");
	is(fresh("piv", RP_SLOT_PIN, "abc d!"), "characters");
	is(fresh("piv", RP_SLOT_PIN, "794683"), "");
}

static void sequences_are_found(void **state)
{
	static const char *const yes[] = {"1234", "4321", "7890", "8901", "0987", "2109"};
	static const char *const no[] = {"1235", "1243", "1357", "7946", "9123"};
	static const char *const yes_long[] = {"ABC123",  "A12345", "123456A", "ABCDEF1",
					       "123321A", "ZYX987", "123123A"};
	static const char *const no_long[] = {"ABX123", "A1B2C3", "AB12CD", "K12345Q", "YZA901"};

	(void)state;
	for (size_t i = 0; i < LENGTH(yes); i++)
		is(fresh("mynumber", RP_SLOT_JUKI, yes[i]), "sequence");
	for (size_t i = 0; i < LENGTH(no); i++)
		is(fresh("mynumber", RP_SLOT_JUKI, no[i]), "");
	for (size_t i = 0; i < LENGTH(yes_long); i++)
		is(fresh("mynumber", RP_SLOT_SIGN, yes_long[i]), "sequence");
	for (size_t i = 0; i < LENGTH(no_long); i++)
		is(fresh("mynumber", RP_SLOT_SIGN, no_long[i]), "");
	/* whatever the case, and nothing after Z */
	is(fresh("aosign", RP_SLOT_PIN, "aBcDeF"), "sequence");
	is(fresh("aosign", RP_SLOT_PIN, "xyza"), "");
	is(fresh("hicos", RP_SLOT_PIN, "!\"#$%&"), "");
}

static void every_form_of_a_birthday_is_found(void **state)
{
	const struct policy_known born = {.birth = {1985, 4, 13}};
	const struct policy_known reiwa = {.birth = {2019, 5, 1}}, heisei = {.birth = {2019, 4, 30}};
	const struct policy_known early = {.birth = {1926, 12, 24}}, child = {.birth = {2011, 11, 9}};
	const struct policy_known first = {.birth = {1989, 1, 8}}, last = {.birth = {1989, 1, 7}};

	(void)state;
	is(knowing("mynumber", RP_SLOT_AUTH, "0413", born), "birthday"); /* MMDD */
	is(knowing("mynumber", RP_SLOT_AUTH, "1304", born), "birthday"); /* DDMM */
	is(knowing("mynumber", RP_SLOT_AUTH, "1985", born), "birthday"); /* the year */
	is(knowing("mynumber", RP_SLOT_AUTH, "8504", born), "birthday"); /* YYMM */
	is(knowing("mynumber", RP_SLOT_AUTH, "6004", born), "birthday"); /* Showa 60, April */
	is(knowing("gids", RP_SLOT_PIN, "19850413", born), "birthday");
	is(knowing("gids", RP_SLOT_PIN, "850413", born), "birthday");
	is(knowing("mynumber", RP_SLOT_SIGN, "TK0413", born), "birthday");
	is(knowing("hicos", RP_SLOT_PIN, "740413", born), "birthday"); /* year 74 of the Republic */
	is(knowing("hicos", RP_SLOT_PIN, "0740413", born), "birthday");
	is(knowing("hicos", RP_SLOT_PIN, "k7404q", born), "birthday");
	is(knowing("hicos", RP_SLOT_PIN, "k10011q", child), "birthday"); /* year 100, November */
	is(knowing("gids", RP_SLOT_PIN, "k7404q", born), "");		 /* years of its own country only */
	is(knowing("hicos", RP_SLOT_PIN, "k6004q", born), "");
	is(knowing("mynumber", RP_SLOT_AUTH, "0105", reiwa), "birthday");
	is(knowing("mynumber", RP_SLOT_AUTH, "3104", heisei), "birthday"); /* the last day of Heisei */
	is(knowing("mynumber", RP_SLOT_AUTH, "3105", reiwa), "");
	is(knowing("mynumber", RP_SLOT_AUTH, "0112", early), "");
	is(knowing("mynumber", RP_SLOT_AUTH, "0101", first), "birthday"); /* Heisei 1, January */
	is(knowing("mynumber", RP_SLOT_AUTH, "6401", first), "");
	is(knowing("mynumber", RP_SLOT_AUTH, "6401", last), "birthday"); /* the last day of Showa */
	/* Known, and not in it: no word about dates, though it could be one. */
	is(knowing("mynumber", RP_SLOT_AUTH, "0912", born), "");
}

/* Whose birthday is not known can still be asked. */
static void what_reads_like_a_date_is_asked_about(void **state)
{
	(void)state;
	is(fresh("mynumber", RP_SLOT_AUTH, "0912"), "date");
	is(fresh("mynumber", RP_SLOT_AUTH, "0229"), "date");
	is(fresh("mynumber", RP_SLOT_AUTH, "0230"), "");
	is(fresh("mynumber", RP_SLOT_AUTH, "1301"), "");
	is(fresh("mynumber", RP_SLOT_AUTH, "1985"), "date");
	is(fresh("mynumber", RP_SLOT_AUTH, "2099"), "date");
	is(fresh("mynumber", RP_SLOT_AUTH, "2100"), "");
	is(fresh("mynumber", RP_SLOT_AUTH, "1899"), "");
	is(fresh("gids", RP_SLOT_PIN, "850413"), "date");
	is(fresh("gids", RP_SLOT_PIN, "851413"), "");
	is(fresh("gids", RP_SLOT_PIN, "19850413"), "date");
	is(fresh("gids", RP_SLOT_PIN, "21850413"), "");
	is(fresh("gids", RP_SLOT_PIN, "0740413"), "");
	is(fresh("hicos", RP_SLOT_PIN, "0740413"), "date");
	is(fresh("hicos", RP_SLOT_PIN, "2740413"), "");
	is(fresh("mynumber", RP_SLOT_SIGN, "TARO19850413"), "date");
	is(fresh("mynumber", RP_SLOT_SIGN, "TARO0912"), "");
	is(fresh("mynumber", RP_SLOT_SIGN, "8504139K"), "");
}

static void parts_of_numbers_are_found(void **state)
{
	const struct policy_known known = {.birth = {1985, 4, 13},
					   .telephone = "+81 (0)90-1234-5698",
					   .card_number = "XC00000000091349"};

	(void)state;
	is(knowing("mynumber", RP_SLOT_AUTH, "5698", known), "telephone");
	is(knowing("mynumber", RP_SLOT_AUTH, "3456", known), "sequence telephone");
	is(knowing("mynumber", RP_SLOT_AUTH, "8190", known), "");
	is(knowing("mynumber", RP_SLOT_AUTH, "5690", known), "");
	is(knowing("mynumber", RP_SLOT_SIGN, "TK45698", known), "telephone");
	is(knowing("mynumber", RP_SLOT_SIGN, "TK569K8", known), "");
	is(knowing("hicos", RP_SLOT_PIN, "91349k", known), "card-number");
	is(knowing("hicos", RP_SLOT_PIN, "kxc00q", known), "card-number");
	is(knowing("hicos", RP_SLOT_PIN, "9134xk", known), "card-number");
	is(knowing("hicos", RP_SLOT_PIN, "913xk4", known), "");
	is(knowing("mynumber", RP_SLOT_AUTH, "0000", known), "all-same card-number");
	is(knowing("gids", RP_SLOT_PIN, "7946", (struct policy_known){.telephone = "", .card_number = ""}),
	   "");
}

static void same_as_before_is_advised_against(void **state)
{
	const struct policy_known known = {
		.birth = {1985, 4, 13}, .current = (const uint8_t *)"7946", .current_len = 4};

	(void)state;
	is(knowing("mynumber", RP_SLOT_AUTH, "7946", known), "same-as-before");
	is(knowing("mynumber", RP_SLOT_AUTH, "7947", known), "");
	is(knowing("gids", RP_SLOT_PIN, "79461", known), "");
}

/* usnistgov/FIPS201 issues 463 and 589: a rule of ours does not bind other programs. */
static void the_rules_are_honest_about_other_programs(void **state)
{
	(void)state;
	assert_int_equal(policy_rules[POLICY_OTHER_PROGRAMS].severity, POLICY_NOTE);
	assert_non_null(
		strstr(policy_rules[POLICY_OTHER_PROGRAMS].text, "another program can still set a weak PIN"));
}

/* Any bytes in any length are judged without a fault; what is refused is told with a code. */
static void any_entry_is_judged(void **state)
{
	const struct policy_known known = {
		.birth = {2000, 2, 29}, .telephone = "03-1234", .card_number = "A1"};
	uint8_t entry[80];
	struct policy_findings f;

	(void)state;
	for (size_t r = 0; r < n_policy_rows; r++)
		for (unsigned b = 0; b < 256; b += 5)
			for (size_t len = 0; len <= sizeof entry; len += 3) {
				for (size_t i = 0; i < len; i++)
					entry[i] = (uint8_t)(b + i * (b % 3));
				assert_true(policy_check(policy_rows[r].profile, policy_rows[r].slot,
							 POLICY_NEW, entry, len, b % 2 == 0 ? &known : NULL,
							 &f));
				assert_true(f.n <= POLICY_FINDINGS_MAX && f.n_refused <= f.n);
				if (len < policy_rows[r].len_min || len > policy_rows[r].len_max)
					assert_true(f.n_refused > 0);
			}
	assert_true(policy_check("gids", RP_SLOT_PIN, POLICY_NEW, NULL, 0, NULL, &f));
	assert_int_equal(f.n_refused, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_have_sources),
		cmocka_unit_test(what_is_no_slot_is_not_judged),
		cmocka_unit_test(rows_agree_with_the_profiles),
		cmocka_unit_test(the_table_is_the_reviewed_one),
		cmocka_unit_test(my_number_pins_have_their_formats),
		cmocka_unit_test(signature_pin_needs_letter_and_digit),
		cmocka_unit_test(aosign_takes_4_to_16_letters_and_digits),
		cmocka_unit_test(aosign_refuses_one_character_repeated),
		cmocka_unit_test(birthday_and_telephone_are_advised_against),
		cmocka_unit_test(hicos_pin_and_user_code_have_their_formats),
		cmocka_unit_test(current_pin_is_looked_at_for_length_and_characters_only),
		cmocka_unit_test(sequences_are_found),
		cmocka_unit_test(every_form_of_a_birthday_is_found),
		cmocka_unit_test(what_reads_like_a_date_is_asked_about),
		cmocka_unit_test(parts_of_numbers_are_found),
		cmocka_unit_test(same_as_before_is_advised_against),
		cmocka_unit_test(the_rules_are_honest_about_other_programs),
		cmocka_unit_test(any_entry_is_judged),
	};

	if (argc > 1)
		snapshot_folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
