/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "base/bytes.h"
#include <cmocka.h>

static void reader_reads_in_order_and_ends(void **state)
{
	const uint8_t b[] = {1, 2, 3, 4, 5, 6, 7};
	struct rd r = rd_of(b, sizeof b);

	(void)state;
	assert_int_equal(rd_u8(&r), 1);
	assert_int_equal(rd_u16(&r), 0x0203);
	assert_false(rd_done(&r));
	assert_int_equal(rd_u32(&r), 0x04050607);
	assert_true(rd_done(&r));
}

static void reader_past_its_end_stays_failed(void **state)
{
	const uint8_t b[] = {1, 2, 3};
	struct rd r = rd_of(b, sizeof b);

	(void)state;
	assert_int_equal(rd_u32(&r), 0);
	assert_true(r.failed);
	/* also for what would have fitted */
	assert_int_equal(rd_u8(&r), 0);
	assert_null(rd_take(&r, 0));
	assert_false(rd_done(&r));
}

static void reader_takes_huge_lengths_without_wrapping(void **state)
{
	const uint8_t b[] = {1};
	struct rd r = rd_of(b, sizeof b);

	(void)state;
	assert_null(rd_take(&r, SIZE_MAX));
	r = rd_of(b, sizeof b);
	assert_true(rd_sub(&r, SIZE_MAX - 1).failed);
	r = rd_of(NULL, 5);
	assert_true(rd_done(&r));
	assert_non_null(rd_take(&r, 0));
}

static void writer_never_writes_past_its_end(void **state)
{
	uint8_t b[8];
	struct wr w = wr_of(b, 4);

	(void)state;
	memset(b, 0xEE, sizeof b);
	wr_u16(&w, 0x0102);
	wr_u32(&w, 0x03040506); /* does not fit: nothing of it is written */
	assert_true(w.failed);
	assert_int_equal(w.len, 2);
	wr_u8(&w, 9);
	assert_int_equal(w.len, 2);
	assert_int_equal(b[2], 0xEE);
	assert_int_equal(b[4], 0xEE);
}

static void writer_refuses_lengths_that_wrap(void **state)
{
	uint8_t b[4];
	struct wr w = wr_of(b, sizeof b);

	(void)state;
	wr_u8(&w, 1);
	wr_put(&w, b, SIZE_MAX);
	assert_true(w.failed);
	w = wr_of(b, sizeof b);
	wr_u8(&w, 1);
	wr_fill(&w, 0, SIZE_MAX - 1);
	assert_true(w.failed);
}

static void hex_both_ways(void **state)
{
	char text[7];
	uint8_t b[3];
	size_t n = 99;

	(void)state;
	assert_true(hex_of("\x00\xAB\xFF", 3, text, sizeof text));
	assert_string_equal(text, "00ABFF");
	assert_false(hex_of("\x00\xAB\xFF", 3, text, 6));
	assert_true(hex_read("00 ab\tFF", b, sizeof b, &n));
	assert_int_equal(n, 3);
	assert_int_equal(b[1], 0xAB);
}

static void hex_refuses_what_is_not_hex(void **state)
{
	static const char *const bad[] = {"0", "0g", "g0", "0 0", "00112233", "00\n", "0x00", "\xC3\xA9"};
	uint8_t b[3];
	size_t n = 99;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(hex_read(bad[i], b, sizeof b, &n));
	assert_int_equal(n, 99);
	assert_true(hex_read("", b, sizeof b, &n));
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_reads_in_order_and_ends),
		cmocka_unit_test(reader_past_its_end_stays_failed),
		cmocka_unit_test(reader_takes_huge_lengths_without_wrapping),
		cmocka_unit_test(writer_never_writes_past_its_end),
		cmocka_unit_test(writer_refuses_lengths_that_wrap),
		cmocka_unit_test(hex_both_ways),
		cmocka_unit_test(hex_refuses_what_is_not_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
