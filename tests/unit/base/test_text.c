/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <locale.h>
#include <string.h>

#include "base/text.h"
#include <cmocka.h>

struct fold_row {
	const char *typed;
	bool upper;
	rp_code rc;
	const char *sent;
	bool did_width, did_upper;
};

static const struct fold_row rows[] = {
	{"1234", false, RP_OK, "1234", false, false},
	{"abc123", true, RP_OK, "ABC123", false, true},
	{"abc123", false, RP_OK, "abc123", false, false},
	{"ABC123", true, RP_OK, "ABC123", false, false},
	{"１２３４", false, RP_OK, "1234", true, false},
	{"ａｂｃ１２３", true, RP_OK, "ABC123", true, true},
	{"！～", false, RP_OK, "!~", true, false},
	/* ASCII only: the dotless i of Turkish and the German ß stay what they are */
	{"ı", true, RP_OK, "ı", false, false},
	{"ß", true, RP_OK, "ß", false, false},
	{"①", false, RP_OK, "①", false, false},
	{"a b", false, RP_OK, "a b", false, false},
	{"", false, RP_E_INPUT_EMPTY, NULL, false, false},
	{" 1234", false, RP_E_INPUT_BLANKS, NULL, false, false},
	{"1234 ", false, RP_E_INPUT_BLANKS, NULL, false, false},
	{"\u30001234", false, RP_E_INPUT_BLANKS, NULL, false, false},
	{"1234\u3000", false, RP_E_INPUT_BLANKS, NULL, false, false},
	{"1234\u00A0", false, RP_E_INPUT_BLANKS, NULL, false, false},
	{"12\t34", false, RP_E_INPUT_CHARS, NULL, false, false},
	{"12\n34", false, RP_E_INPUT_CHARS, NULL, false, false},
	{"12\x7F", false, RP_E_INPUT_CHARS, NULL, false, false},
	{"12\u200B34", false, RP_E_INPUT_CHARS, NULL, false, false}, /* zero-width space */
	{"12\u202E34", false, RP_E_INPUT_CHARS, NULL, false, false}, /* right-to-left override */
	{"12\xC3", false, RP_E_INPUT_CHARS, NULL, false, false},
	{"\xFF\xFE", false, RP_E_INPUT_CHARS, NULL, false, false},
	{"\xC0\xB1", false, RP_E_INPUT_CHARS, NULL, false, false},     /* overlong "1" */
	{"\xED\xA0\x80", false, RP_E_INPUT_CHARS, NULL, false, false}, /* surrogate */
};

static void check_row(const struct fold_row *row)
{
	rp_secret *typed = NULL, *sent = NULL;
	struct text_fold done = {0};

	assert_int_equal(rp_secret_from(row->typed, strlen(row->typed), &typed, NULL), RP_OK);
	assert_int_equal(text_fold(typed, row->upper, &sent, &done, NULL), row->rc);
	if (row->rc == RP_OK) {
		assert_int_equal(rp_secret_len(sent), strlen(row->sent));
		assert_memory_equal(rp_secret_bytes(sent), row->sent, strlen(row->sent));
		assert_int_equal(done.width, row->did_width);
		assert_int_equal(done.upper, row->did_upper);
	} else {
		assert_null(sent);
	}
	rp_secret_free(sent);
	rp_secret_free(typed);
}

static void folding_is_what_the_table_says(void **state)
{
	static const char *const locales[] = {"C", "C.UTF-8", "tr_TR.UTF-8"};

	(void)state;
	for (size_t l = 0; l < sizeof locales / sizeof locales[0]; l++) {
		(void)setlocale(LC_ALL, locales[l]); /* one that is not installed changes nothing */
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
			check_row(&rows[i]);
	}
}

static void nul_inside_is_refused(void **state)
{
	rp_secret *typed = NULL, *sent = NULL;
	struct text_fold done;

	(void)state;
	assert_int_equal(rp_secret_from("12\0"
					"34",
					5, &typed, NULL),
			 RP_OK);
	assert_int_equal(text_fold(typed, false, &sent, &done, NULL), RP_E_INPUT_CHARS);
	rp_secret_free(typed);
}

static void ten_kilobytes_fold_without_harm(void **state)
{
	rp_secret *typed = NULL, *sent = NULL;
	struct text_fold done;

	(void)state;
	assert_int_equal(rp_secret_new(10240, &typed, NULL), RP_OK);
	while (rp_secret_push(typed, '7'))
		;
	assert_int_equal(text_fold(typed, true, &sent, &done, NULL), RP_OK);
	assert_int_equal(rp_secret_len(sent), 10240);
	rp_secret_free(sent);
	rp_secret_free(typed);
}

static void hostile_text_is_made_harmless(void **state)
{
	char out[16];

	(void)state;
	text_clean("A\x1b[2J\r\nB", 8, out, sizeof out);
	assert_string_equal(out, "A?[2J??B");
	text_clean("\xE2\x80\xAE"
		   "evil",
		   7, out, sizeof out);
	assert_string_equal(out, "?evil");
	/* ends at a whole character */
	text_clean("山田太郎", 12, out, 8);
	assert_string_equal(out, "山田");
	text_clean("山\xFF田", 7, out, sizeof out);
	assert_string_equal(out, "山?田");
	text_clean("x", 1, out, 1);
	assert_string_equal(out, "");
	text_clean("", 0, out, sizeof out);
	assert_string_equal(out, "");
}

static void width_counts_columns(void **state)
{
	(void)state;
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("署名用"), 6);
	assert_int_equal(text_width("鎖卡 1"), 6);
	assert_int_equal(text_width(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folding_is_what_the_table_says),
		cmocka_unit_test(nul_inside_is_refused),
		cmocka_unit_test(ten_kilobytes_fold_without_harm),
		cmocka_unit_test(hostile_text_is_made_harmless),
		cmocka_unit_test(width_counts_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
