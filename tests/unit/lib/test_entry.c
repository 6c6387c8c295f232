/* SPDX-License-Identifier: Apache-2.0 */
/* What may be typed for each slot, and what would be sent: decided without a card. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/vreader.h"
#include <cmocka.h>

struct row {
	const char *profile;
	rp_slot slot;
	enum rp_entry kind;
	const char *typed;
	rp_code rc;
	const char *sent; /* NULL = as typed */
};

#define CUR RP_ENTRY_CURRENT
#define NEW RP_ENTRY_NEW

static const struct row rows[] = {
	/* My Number: 6-16 A-Z 0-9, folded to upper case; the others four digits */
	{"mynumber", RP_SLOT_SIGN, NEW, "ABC123", RP_OK, NULL},
	{"mynumber", RP_SLOT_SIGN, NEW, "abc123", RP_OK, "ABC123"},
	{"mynumber", RP_SLOT_SIGN, NEW, "ａｂｃ１２３", RP_OK, "ABC123"},
	{"mynumber", RP_SLOT_SIGN, NEW, "ABC12", RP_E_INPUT_LENGTH, NULL},
	{"mynumber", RP_SLOT_SIGN, NEW, "ABCDEFGHIJ123456", RP_OK, NULL},
	{"mynumber", RP_SLOT_SIGN, NEW, "ABCDEFGHIJ1234567", RP_E_INPUT_LENGTH, NULL},
	{"mynumber", RP_SLOT_SIGN, NEW, "ABC-123", RP_E_INPUT_CHARS, NULL},
	{"mynumber", RP_SLOT_SIGN, NEW, "ABC 123", RP_E_INPUT_CHARS, NULL},
	{"mynumber", RP_SLOT_SIGN, NEW, "ＡＢＣ　１２３", RP_E_INPUT_CHARS, NULL},
	{"mynumber", RP_SLOT_AUTH, NEW, "1234", RP_OK, NULL},
	{"mynumber", RP_SLOT_AUTH, NEW, "１２３４", RP_OK, "1234"},
	{"mynumber", RP_SLOT_AUTH, NEW, "123", RP_E_INPUT_LENGTH, NULL},
	{"mynumber", RP_SLOT_AUTH, NEW, "12345", RP_E_INPUT_LENGTH, NULL},
	{"mynumber", RP_SLOT_AUTH, NEW, "12a4", RP_E_INPUT_CHARS, NULL},
	{"mynumber", RP_SLOT_AUTH, NEW, "🔑🔑🔑🔑", RP_E_INPUT_CHARS, NULL},
	{"mynumber", RP_SLOT_AUTH, NEW, "", RP_E_INPUT_EMPTY, NULL},
	{"mynumber", RP_SLOT_AUTH, NEW, " 1234", RP_E_INPUT_BLANKS, NULL},
	{"mynumber", RP_SLOT_AUTH, NEW, "1234 ", RP_E_INPUT_BLANKS, NULL},
	{"mynumber", RP_SLOT_AUTH, CUR, "1111", RP_OK, NULL},
	{"mynumber", RP_SLOT_JUKI, NEW, "0000", RP_OK, NULL},
	{"mynumber", RP_SLOT_TEXT, NEW, "0000", RP_OK, NULL},
	/* AOSign: 4-16 alphanumerics, case counts, a new one is not all the same */
	{"aosign", RP_SLOT_PIN, NEW, "abcD", RP_OK, NULL},
	{"aosign", RP_SLOT_PIN, NEW, "abc", RP_E_INPUT_LENGTH, NULL},
	{"aosign", RP_SLOT_PIN, NEW, "12345678901234567", RP_E_INPUT_LENGTH, NULL},
	{"aosign", RP_SLOT_PIN, NEW, "111111", RP_E_INPUT_ALL_SAME, NULL},
	{"aosign", RP_SLOT_PIN, NEW, "aaaa", RP_E_INPUT_ALL_SAME, NULL},
	{"aosign", RP_SLOT_PIN, NEW, "１１１１１１", RP_E_INPUT_ALL_SAME, NULL},
	{"aosign", RP_SLOT_PIN, NEW, "aaAa", RP_OK, NULL},
	{"aosign", RP_SLOT_PIN, CUR, "111111", RP_OK, NULL},
	{"aosign", RP_SLOT_PIN, NEW, "abc_def", RP_E_INPUT_CHARS, NULL},
	{"aosign", RP_SLOT_LETTER, CUR, "12345678", RP_OK, NULL},
	/* HiCOS: 6-8 without blank, case counts */
	{"hicos", RP_SLOT_PIN, NEW, "Ab3456", RP_OK, NULL},
	{"hicos", RP_SLOT_PIN, NEW, "12345", RP_E_INPUT_LENGTH, NULL},
	{"hicos", RP_SLOT_PIN, NEW, "123456789", RP_E_INPUT_LENGTH, NULL},
	{"hicos", RP_SLOT_PIN, NEW, "123 456", RP_E_INPUT_CHARS, NULL},
	{"hicos", RP_SLOT_USER_CODE, CUR, "Code12", RP_OK, NULL},
	{"hicos", RP_SLOT_USER_CODE, CUR, "Code123456789", RP_E_INPUT_LENGTH, NULL},
	/* PIV: digits for a new PIN; never cut to eight (a known way to lock a card) */
	{"piv", RP_SLOT_PIN, NEW, "123456", RP_OK, NULL},
	{"piv", RP_SLOT_PIN, NEW, "abcdef", RP_E_INPUT_CHARS, NULL},
	{"piv", RP_SLOT_PIN, CUR, "abcdef", RP_OK, NULL},
	{"piv", RP_SLOT_PIN, NEW, "123456789", RP_E_INPUT_LENGTH, NULL},
	{"piv", RP_SLOT_PUK, NEW, "abcd 123", RP_OK, NULL},
	{"piv", RP_SLOT_PUK, CUR, "123456789", RP_E_INPUT_LENGTH, NULL},
	{"openpgp", RP_SLOT_PW1, NEW, "correct horse", RP_OK, NULL},
	{"openpgp", RP_SLOT_PW1, NEW, "12345", RP_E_INPUT_LENGTH, NULL},
	{"openpgp", RP_SLOT_PW3, NEW, "1234567", RP_E_INPUT_LENGTH, NULL},
	{"gids", RP_SLOT_PIN, NEW, "1234", RP_OK, NULL},
	{"gids", RP_SLOT_PIN, NEW, "12345678901234567", RP_E_INPUT_LENGTH, NULL},
	/* a slot of another family */
	{"gids", RP_SLOT_SIGN, NEW, "ABC123", RP_E_SLOT_UNKNOWN, NULL},
	{"nosuch", RP_SLOT_PIN, NEW, "123456", RP_E_SLOT_UNKNOWN, NULL},
};

static void entries_are_what_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		const char *want = r->sent != NULL ? r->sent : r->typed;
		rp_secret *typed = secret_of(r->typed), *sent = NULL;
		struct rp_folded folded;
		struct rp_error err = RP_ERROR_INIT;

		if (rp_entry_check(r->profile, r->slot, r->kind, typed, &sent, &folded, &err) != r->rc)
			fail_msg("%s %s: row %zu", r->profile, rp_slot_word(r->slot), i);
		if (r->rc == RP_OK) {
			assert_int_equal(rp_secret_len(sent), strlen(want));
			assert_memory_equal(rp_secret_bytes(sent), want, strlen(want));
			assert_int_equal(folded.width || folded.upper, r->sent != NULL);
		} else {
			assert_null(sent);
			/* a message never echoes what was typed */
			assert_true(r->typed[0] == '\0' || strstr(err.story, r->typed) == NULL);
			assert_int_equal(rp_code_exit(r->rc), 2);
		}
		rp_secret_free(sent);
		rp_secret_free(typed);
	}
}

static void ten_kilobytes_are_too_long(void **state)
{
	rp_secret *typed = NULL, *sent = NULL;
	struct rp_folded folded;

	(void)state;
	assert_int_equal(rp_secret_new(10240, &typed, NULL), RP_OK);
	while (rp_secret_push(typed, '1'))
		;
	assert_int_equal(rp_entry_check("mynumber", RP_SLOT_AUTH, NEW, typed, &sent, &folded, NULL),
			 RP_E_INPUT_LENGTH);
	rp_secret_free(typed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_what_the_table_says),
		cmocka_unit_test(ten_kilobytes_are_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
