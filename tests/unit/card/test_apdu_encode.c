/* SPDX-License-Identifier: Apache-2.0 */
/* How a command is written: all forms, all lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "card/apdu.h"
#include <cmocka.h>

struct form {
	const char *name;
	size_t lc, le;
	const char *hex; /* with DD for the data */
};

#define HEAD "00A40102"

/* ISO 7816-3, 12.1.3: the seven forms of a command. */
static const struct form forms[] = {
	{"1", 0, 0, HEAD},
	{"2 short", 0, 1, HEAD "01"},
	{"2 short", 0, 255, HEAD "FF"},
	{"2 short, all", 0, 256, HEAD "00"},
	{"2 extended", 0, 257, HEAD "000101"},
	{"2 extended", 0, 65535, HEAD "00FFFF"},
	{"2 extended, all", 0, 65536, HEAD "000000"},
	{"3 short", 1, 0, HEAD "01DD"},
	{"4 short", 1, 1, HEAD "01DD01"},
	{"4 short, all", 3, 256, HEAD "03DDDDDD00"},
	{"4 extended for Le", 1, 257, HEAD "000001DD0101"},
	{"4 extended, all", 2, 65536, HEAD "000002DDDD0000"},
};

static void every_form_is_written_as_the_standard_says(void **state)
{
	static const uint8_t data[] = {0xDD, 0xDD, 0xDD};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const struct form *f = &forms[i];
		const struct apdu a = {.ins = 0xA4,
				       .p1 = 1,
				       .p2 = 2,
				       .data = f->lc > 0 ? data : NULL,
				       .lc = f->lc,
				       .le = f->le};
		uint8_t got[32];
		char hex[65];
		size_t len = 0;

		assert_int_equal(apdu_encode(&a, got, sizeof got, &len, NULL), RP_OK);
		assert_true(hex_of(got, len, hex, sizeof hex));
		if (strcmp(hex, f->hex) != 0)
			fail_msg("form %s: %s", f->name, hex);
	}
}

/* Reads a command back by the rules of ISO 7816-3, 12.1.3: the length alone tells the form. */
static bool decode(const uint8_t *p, size_t len, size_t *ret_lc, size_t *ret_le, const uint8_t **ret_data)
{
	const size_t rest = len - 4;
	const bool extended = rest > 1 && p[4] == 0;
	const size_t head = extended ? 3 : 1, le_size = extended ? 2 : 1, all = extended ? 65536 : 256;
	const uint8_t *end = p + len;

	*ret_lc = *ret_le = 0;
	*ret_data = NULL;
	if (rest == 0)
		return true;
	if (rest == head) {
		*ret_le = extended ? (size_t)(p[5] << 8 | p[6]) : p[4];
		*ret_le = *ret_le == 0 ? all : *ret_le;
		return true;
	}
	*ret_lc = extended ? (size_t)(p[5] << 8 | p[6]) : p[4];
	*ret_data = p + 4 + head;
	if (rest == head + *ret_lc)
		return true;
	*ret_le = extended ? (size_t)(end[-2] << 8 | end[-1]) : end[-1];
	*ret_le = *ret_le == 0 ? all : *ret_le;
	return rest == head + *ret_lc + le_size;
}

static void check_round_trip(const uint8_t *data, uint8_t *cmd, size_t lc, size_t le)
{
	const struct apdu a = {.cla = 0x80, .ins = 0x2A, .p1 = 3, .p2 = 4, .data = data, .lc = lc, .le = le};
	size_t len = 0, got_lc, got_le;
	const uint8_t *got;

	assert_int_equal(apdu_encode(&a, cmd, COMMAND_MAX, &len, NULL), RP_OK);
	assert_memory_equal(cmd, "\x80\x2A\x03\x04", 4);
	assert_true(decode(cmd, len, &got_lc, &got_le, &got));
	assert_int_equal(got_lc, lc);
	assert_int_equal(got_le, le);
	if (lc > 0)
		assert_memory_equal(got, data, lc);
	/* one byte less of room is refused, for every form */
	assert_int_equal(apdu_encode(&a, cmd, len - 1, &len, NULL), RP_E_FAULT);
}

static void every_length_comes_back_as_it_went(void **state)
{
	static const size_t lcs[] = {65279, 65280, 65534, 65535};
	static const size_t les[] = {0, 1, 255, 256, 257, 65535, 65536};
	uint8_t *data = malloc(65535), *cmd = malloc(COMMAND_MAX);

	(void)state;
	assert_non_null(data);
	assert_non_null(cmd);
	for (size_t i = 0; i < 65535; i++)
		data[i] = (uint8_t)(i * 7 + (i >> 8));
	for (size_t i = 0; i < sizeof les / sizeof les[0]; i++) {
		for (size_t lc = 0; lc <= 600; lc++)
			check_round_trip(data, cmd, lc, les[i]);
		for (size_t k = 0; k < sizeof lcs / sizeof lcs[0]; k++)
			check_round_trip(data, cmd, lcs[k], les[i]);
	}
	for (size_t le = 0; le <= 65536; le++)
		check_round_trip(data, cmd, le & 1, le);
	free(data);
	free(cmd);
}

static void lengths_that_fit_no_form_are_a_fault(void **state)
{
	uint8_t *big = calloc(1, 65536), cmd[16];
	const struct apdu rows[] = {
		{.ins = 0x20, .data = big, .lc = 65536},
		{.ins = 0x20, .le = 65537},
		{.ins = 0x20, .data = NULL, .lc = 1},
	};
	struct rp_error err = RP_ERROR_INIT;
	size_t len = 77;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(apdu_encode(&rows[i], cmd, sizeof cmd, &len, &err), RP_E_FAULT);
		assert_int_equal(err.code, RP_E_FAULT);
		assert_int_equal(len, 77);
	}
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_written_as_the_standard_says),
		cmocka_unit_test(every_length_comes_back_as_it_went),
		cmocka_unit_test(lengths_that_fit_no_form_are_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
