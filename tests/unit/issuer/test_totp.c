/* SPDX-License-Identifier: Apache-2.0 */
/* One-time passwords by time, with the vectors of RFC 6238, appendix B. */
#include "issuer/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static rp_secret *key_of(const char *text)
{
	rp_secret *s = NULL;

	assert_int_equal(rp_secret_from(text, strlen(text), &s, NULL), RP_OK);
	return s;
}

/* Appendix B: SHA-1, eight digits, a step of 30 s, the key "12345678901234567890". */
static const struct vector {
	uint64_t seconds;
	const char *code;
} vectors[] = {
	{59, "94287082"},	  {1111111109, "07081804"}, {1111111111, "14050471"},
	{1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"},
};

static void the_codes_are_those_of_the_standard(void **state)
{
	RP_AUTO(rp_secret_freep) rp_secret *key = key_of("12345678901234567890");

	(void)state;
	for (size_t k = 0; k < sizeof vectors / sizeof vectors[0]; k++) {
		char code[9] = "";

		assert_int_equal(totp_code(key, vectors[k].seconds / 30, 8, code, NULL), RP_OK);
		assert_string_equal(code, vectors[k].code);
		/* Six digits are the last six: the number modulo a million. */
		assert_int_equal(totp_code(key, vectors[k].seconds / 30, 6, code, NULL), RP_OK);
		assert_string_equal(code, vectors[k].code + 2);
	}
}

static void a_code_is_found_one_step_around_and_no_further(void **state)
{
	RP_AUTO(rp_secret_freep) rp_secret *key = key_of("12345678901234567890");
	const uint64_t step = 1234567890 / 30;

	(void)state;
	for (int off = -3; off <= 3; off++) {
		const uint64_t at = off < 0 ? step - (uint64_t)-off : step + (uint64_t)off;
		char code[9] = "";
		uint64_t found = 1;

		assert_int_equal(totp_code(key, at, 6, code, NULL), RP_OK);
		assert_int_equal(totp_find(key, step, code, &found, NULL), RP_OK);
		assert_int_equal(found, off >= -1 && off <= 1 ? at : 0);
	}
}

static void what_is_no_code_is_never_found(void **state)
{
	static const char *const typed[] = {"", "00592", "0059245", "00592 ", "abcdef", "8900592"};
	RP_AUTO(rp_secret_freep) rp_secret *key = key_of("12345678901234567890");

	(void)state;
	for (size_t k = 0; k < sizeof typed / sizeof typed[0]; k++) {
		uint64_t found = 1;

		assert_int_equal(totp_find(key, 1234567890 / 30, typed[k], &found, NULL), RP_OK);
		assert_int_equal(found, 0);
	}
}

static void other_numbers_of_digits_are_a_fault(void **state)
{
	RP_AUTO(rp_secret_freep) rp_secret *key = key_of("12345678901234567890");
	char code[9] = "";

	(void)state;
	assert_int_equal(totp_code(key, 1, 5, code, NULL), RP_E_FAULT);
	assert_int_equal(totp_code(key, 1, 9, code, NULL), RP_E_FAULT);
}

/* RFC 4648, 10: "foobar" is MZXW6YTBOI; 20 bytes are 32 characters without padding. */
static void a_key_is_told_in_base_32(void **state)
{
	RP_AUTO(rp_secret_freep) rp_secret *key = key_of("12345678901234567890");
	RP_AUTO(rp_secret_freep) rp_secret *five = key_of("fooba");
	char text[33];

	(void)state;
	totp_base32(key, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	totp_base32(five, text);
	assert_string_equal(text, "MZXW6YTB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_codes_are_those_of_the_standard),
		cmocka_unit_test(a_code_is_found_one_step_around_and_no_further),
		cmocka_unit_test(what_is_no_code_is_never_found),
		cmocka_unit_test(other_numbers_of_digits_are_a_fault),
		cmocka_unit_test(a_key_is_told_in_base_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
