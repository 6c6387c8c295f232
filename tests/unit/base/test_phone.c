/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/phone.h"
#include <cmocka.h>

static enum phone_fault read_text(const char *text, uint8_t ret[PHONE_LEN], unsigned *group)
{
	return phone_read(text, strlen(text), ret, group);
}

/* The known example of the method: 572 has the check digit 4. */
static void the_table_is_that_of_its_source(void **state)
{
	static const uint8_t digits[] = {5, 7, 2};

	(void)state;
	assert_int_equal(phone_damm(digits, 3), 4);
}

static void split(unsigned v, uint8_t ret[6])
{
	for (size_t i = 5; i-- > 0; v /= 10)
		ret[i] = (uint8_t)(v % 10);
	ret[5] = (uint8_t)phone_damm(ret, 5);
}

static void every_wrong_digit_of_every_group_is_found(void **state)
{
	(void)state;
	for (unsigned v = 0; v <= 0xFFFF; v++) {
		uint8_t d[6];

		split(v, d);
		assert_int_equal(phone_damm(d, 6), 0);
		for (size_t at = 0; at < 6; at++) {
			const uint8_t right = d[at];

			for (uint8_t wrong = 0; wrong < 10; wrong++) {
				d[at] = wrong;
				if ((phone_damm(d, 6) == 0) != (wrong == right))
					fail_msg("%05u, place %zu, digit %u", v, at, wrong);
			}
			d[at] = right;
		}
	}
}

static void every_swap_of_two_neighbours_is_found(void **state)
{
	(void)state;
	for (unsigned v = 0; v <= 0xFFFF; v++) {
		uint8_t d[6];

		split(v, d);
		for (size_t at = 0; at + 1 < 6; at++) {
			const uint8_t a = d[at], b = d[at + 1];

			d[at] = b;
			d[at + 1] = a;
			if ((phone_damm(d, 6) == 0) != (a == b))
				fail_msg("%05u, places %zu and %zu", v, at, at + 1);
			d[at] = a;
			d[at + 1] = b;
		}
	}
}

static void what_is_shown_is_read_back(void **state)
{
	static const uint8_t samples[][PHONE_LEN] = {
		{0}, {255, 255, 255, 255, 255, 255, 255, 255}, {0, 1, 0xFF, 0xFF, 0x80, 0, 0x12, 0x34}};
	char text[PHONE_TEXT], hex[PHONE_HEX_TEXT];
	uint8_t got[PHONE_LEN];
	unsigned group;

	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		phone_of(samples[i], text);
		assert_int_equal(strlen(text), PHONE_TEXT - 1);
		assert_int_equal(read_text(text, got, &group), PHONE_GOOD);
		assert_memory_equal(got, samples[i], PHONE_LEN);
		phone_hex_of(samples[i], hex);
		assert_int_equal(read_text(hex, got, &group), PHONE_GOOD);
		assert_memory_equal(got, samples[i], PHONE_LEN);
	}
	phone_of(samples[2], text);
	assert_string_equal(text, "000013 655354 327683 046605");
	phone_hex_of(samples[2], hex);
	assert_string_equal(hex, "0001 FFFF 8000 1234");
}

static void people_may_write_it_as_they_like(void **state)
{
	static const char *const ways[] = {"000013655354327683046605", "000013-655354-327683-046605",
					   " 00001 3 655354.327683 046605 ", "0001ffff80001234",
					   "00-01-FF-FF-80-00-12-34"};
	static const uint8_t wanted[PHONE_LEN] = {0, 1, 0xFF, 0xFF, 0x80, 0, 0x12, 0x34};
	uint8_t got[PHONE_LEN];
	unsigned group;

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		assert_int_equal(read_text(ways[i], got, &group), PHONE_GOOD);
		assert_memory_equal(got, wanted, PHONE_LEN);
	}
}

static void a_wrong_group_is_named(void **state)
{
	uint8_t got[PHONE_LEN] = {7};
	unsigned group = 0;

	(void)state;
	assert_int_equal(read_text("000013 655354 327685 046605", got, &group), PHONE_GROUP);
	assert_int_equal(group, 3);
	assert_int_equal(read_text("000013 655354 327683 046600", got, &group), PHONE_GROUP);
	assert_int_equal(group, 4);
	assert_int_equal(got[0], 7);
}

static void a_group_over_16_bits_is_wrong_whatever_its_check_digit(void **state)
{
	uint8_t got[PHONE_LEN], d[5] = {6, 5, 5, 3, 6};
	char text[32];
	unsigned group = 0;

	(void)state;
	(void)snprintf(text, sizeof text, "65536%u 655354 327683 046605", phone_damm(d, 5));
	assert_int_equal(read_text(text, got, &group), PHONE_GROUP);
	assert_int_equal(group, 1);
}

static void other_forms_are_none(void **state)
{
	static const char *const bad[] = {"",
					  " ",
					  "000013",
					  "000013 655354 327683 04660",
					  "0001FFFF8000123",
					  "0001FFFF80001234 00",
					  "0001FFFF8000123G",
					  "000013 655354 327683 0466050",
					  "000013\t655354 327683 046605",
					  "000013 655354 327683 04660x",
					  "000013655354327683046605000013655354327683046605"};
	uint8_t got[PHONE_LEN];
	unsigned group;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(read_text(bad[i], got, &group), PHONE_FORM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_that_of_its_source),
		cmocka_unit_test(every_wrong_digit_of_every_group_is_found),
		cmocka_unit_test(every_swap_of_two_neighbours_is_found),
		cmocka_unit_test(what_is_shown_is_read_back),
		cmocka_unit_test(people_may_write_it_as_they_like),
		cmocka_unit_test(a_wrong_group_is_named),
		cmocka_unit_test(a_group_over_16_bits_is_wrong_whatever_its_check_digit),
		cmocka_unit_test(other_forms_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
