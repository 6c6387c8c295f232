/* SPDX-License-Identifier: Apache-2.0 */
/* Objects from a card, whatever their bytes: the cursor stays inside, and says when they are malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card/tlv.h"
#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- bytes that end where the memory ends: one step beyond is a crash --- */

struct edge {
	uint8_t *map, *end;
	size_t room, page;
};

static int make_edge(void **state)
{
	static struct edge e;

	e.page = (size_t)sysconf(_SC_PAGESIZE);
	e.room = 32 * e.page;
	e.map = mmap(NULL, e.room + e.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (e.map == MAP_FAILED || mprotect(e.map + e.room, e.page, PROT_NONE) != 0)
		return -1;
	e.end = e.map + e.room;
	*state = &e;
	return 0;
}

static int drop_edge(void **state)
{
	struct edge *e = *state;

	return munmap(e->map, e->room + e->page);
}

static struct rd at_edge(const struct edge *e, const void *bytes, size_t len)
{
	assert_true(len <= e->room);
	if (len > 0)
		memcpy(e->end - len, bytes, len);
	return rd_of(e->end - len, len);
}

/* --- one object --- */

struct row {
	const char *name;
	const char *hex;
	bool good;   /* the first object is one */
	bool failed; /* and the cursor afterwards */
	uint32_t tag;
	const char *value;
	size_t left; /* behind it */
};

static const struct row rows[] = {
	{"short tag, short length", "5C025FC1", true, false, 0x5C, "5FC1", 0},
	{"no value", "5C00", true, false, 0x5C, "", 0},
	{"tag of two bytes", "7F4901AA", true, false, 0x7F49, "AA", 0},
	{"tag of three bytes", "5FC10201AA", true, false, 0x5FC102, "AA", 0},
	{"tag of four bytes", "5FC1828301AA", false, true, 0, NULL, 0},
	{"tag of five bytes", "5F8182838401AA", false, true, 0, NULL, 0},
	{"tag that does not end", "5FC1", false, true, 0, NULL, 0},
	{"tag alone", "5C", false, true, 0, NULL, 0},
	{"length 81", "5C8101AA", true, false, 0x5C, "AA", 0},
	{"length 82, one would do", "5C820001AA", true, false, 0x5C, "AA", 0},
	{"length 83", "5C83000001AA", true, false, 0x5C, "AA", 0},
	{"length 84", "5C8400000001AA", true, false, 0x5C, "AA", 0},
	{"length 84 of all", "5C84FFFFFFFFAA", false, true, 0, NULL, 0},
	{"length 84 of half", "5C8480000000AA", false, true, 0, NULL, 0},
	{"length 85", "5C850000000001AA", false, true, 0, NULL, 0},
	{"length FF", "5CFFAA", false, true, 0, NULL, 0},
	{"length cut", "5C8200", false, true, 0, NULL, 0},
	{"indefinite length", "3080020101000000", false, true, 0, NULL, 0},
	{"one byte short", "5C025F", false, true, 0, NULL, 0},
	{"all of the value short", "5C02", false, true, 0, NULL, 0},
	{"one byte long", "5C015FC1", true, false, 0x5C, "5F", 1},
	{"empty", "", false, false, 0, NULL, 0},
	{"padding 00 in front", "00005C01AA", true, false, 0x5C, "AA", 0},
	{"padding FF in front", "FFFF5C01AA", true, false, 0x5C, "AA", 0},
	{"padding mixed, more behind", "FF00FF5C01AA00FF", true, false, 0x5C, "AA", 2},
	{"padding alone", "00FF00FF", false, false, 0, NULL, 0},
	{"padding inside is value", "5C020000", true, false, 0x5C, "0000", 0},
};

static void check_row(const struct edge *e, const struct row *row)
{
	uint8_t bytes[32], value[32];
	size_t len = 0, value_len = 0;
	struct tlv t = {.tag = 0xDEAD, .len = 77};
	struct rd r;

	assert_true(hex_read(row->hex, bytes, sizeof bytes, &len));
	r = at_edge(e, bytes, len);
	if (tlv_next(&r, &t) != row->good || r.failed != row->failed)
		fail_msg("%s", row->name);
	if (!row->good) {
		assert_int_equal(t.tag, 0xDEAD);
		assert_int_equal(t.len, 77);
		return;
	}
	assert_true(hex_read(row->value, value, sizeof value, &value_len));
	assert_int_equal(t.tag, row->tag);
	assert_int_equal(t.len, value_len);
	assert_memory_equal(t.value, value, value_len);
	assert_int_equal(r.left, row->left);
}

static void objects_are_read_or_refused_as_the_table_says(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_row(*state, &rows[i]);
}

static void the_length_is_right_at_every_border(void **state)
{
	static const size_t lengths[] = {0, 1, 127, 128, 255, 256, 65534, 65535, 65536, 100000};
	uint8_t *bytes = calloc(1, 100010);

	assert_non_null(bytes);
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		const size_t n = lengths[i];
		const uint8_t head[] = {0x53, 0x84, 0, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
		struct tlv t;
		struct rd r;

		memcpy(bytes, head, sizeof head);
		r = at_edge(*state, bytes, sizeof head + n);
		assert_true(tlv_next(&r, &t));
		assert_int_equal(t.len, n);
		assert_true(rd_done(&r));
		r = at_edge(*state, bytes, sizeof head + n - 1); /* one short: also of the header, for none */
		assert_false(tlv_next(&r, &t));
		assert_true(r.failed);
	}
	free(bytes);
}

/* --- whatever the bytes --- */

/*
 * What holds for every input: each object lies inside and behind the one before it, its header
 * begins with its tag, and a cursor that has failed gives nothing any more.
 */
static void walk(const uint8_t *start, size_t len)
{
	struct rd r = rd_of(start, len);
	const uint8_t *at = start;
	struct tlv t;

	while (tlv_next(&r, &t)) {
		const uint8_t *header = at;
		uint32_t tag = 0;

		while (*header == 0x00 || *header == 0xFF)
			header++;
		for (const uint8_t *p = header; tag != t.tag; p++) {
			if (p == header + 3)
				fail_msg("a tag that does not stand there");
			tag = tag << 8 | *p;
		}
		if (t.value < header + 2 || t.value > start + len || t.len > (size_t)(start + len - t.value))
			fail_msg("an object outside its bytes");
		at = t.value + t.len;
		if (r.p != at || r.left != (size_t)(start + len - at))
			fail_msg("the cursor does not stand behind the object");
	}
	if (r.failed ? tlv_next(&r, &t) : r.left != 0)
		fail_msg("the cursor ended before its bytes did");
}

static void all_inputs_of_up_to_three_bytes_stay_inside(void **state)
{
	const struct edge *e = *state;

	for (size_t len = 0; len <= 3; len++) {
		const uint32_t all = 1u << 8 * len;

		for (uint32_t v = 0; v < all; v++) {
			for (size_t i = 0; i < len; i++)
				e->end[-1 - (ptrdiff_t)i] = (uint8_t)(v >> 8 * i);
			walk(e->end - len, len);
		}
	}
}

/* xorshift: the same inputs in every run */
static uint32_t next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* Random bytes, and bytes that were an object before one of them was changed. */
static void random_inputs_stay_inside(void **state)
{
	const struct edge *e = *state;
	uint32_t x = 0x52455049;

	for (int round = 0; round < 200000; round++) {
		const size_t len = next_random(&x) % 65;
		uint8_t *p = e->end - len;

		for (size_t i = 0; i < len; i++)
			p[i] = (uint8_t)next_random(&x);
		if (len >= 8 && (round & 1) != 0) {
			p[0] = 0x7F;
			p[1] = 0x49;
			p[2] = (uint8_t)(len - 3);
			p[3] = 0x81;
			p[4] = (uint8_t)(len - 5);
			p[next_random(&x) % 5] = (uint8_t)next_random(&x);
		}
		walk(p, len);
	}
}

static void a_huge_answer_is_walked_to_its_end(void **state)
{
	const struct edge *e = *state;
	uint8_t *p = e->end - 65538;
	struct tlv t;

	/* 32,769 empty objects */
	for (size_t i = 0; i < 65538; i += 2) {
		p[i] = 0x04;
		p[i + 1] = 0x00;
	}
	walk(p, 65538);
	assert_false(tlv_find(rd_of(p, 65538), 0x05, &t));
	p[65536] = 0x05;
	assert_true(tlv_find(rd_of(p, 65538), 0x05, &t));
	assert_int_equal(t.len, 0);
	memset(p, 0xFF, 65538);
	walk(p, 65538);
}

/* --- finding --- */

static void find_takes_the_first_and_looks_into_none(void **state)
{
	static const uint8_t bytes[] = {0x30, 0x03, 0x5C, 0x01, 0x11, 0x5C, 0x01, 0x22, 0x5C, 0x01, 0x33};
	struct rd r = at_edge(*state, bytes, sizeof bytes);
	struct tlv t = {.len = 77};

	assert_true(tlv_find(r, 0x5C, &t));
	assert_int_equal(t.value[0], 0x22);
	assert_int_equal(r.left, sizeof bytes); /* the reader is where it was */
	t.len = 77;
	assert_false(tlv_find(r, 0x5D, &t));
	assert_int_equal(t.len, 77);
	assert_false(tlv_find(rd_of(NULL, 0), 0x5C, &t));
}

static void find_ends_at_what_is_malformed(void **state)
{
	static const uint8_t before[] = {0x5C, 0x01, 0x11, 0x30, 0x7F},
			     after[] = {0x30, 0x80, 0x5C, 0x01, 0x11};
	struct tlv t;

	assert_true(tlv_find(at_edge(*state, before, sizeof before), 0x5C, &t));
	assert_false(tlv_find(at_edge(*state, after, sizeof after), 0x5C, &t));
}

static void a_path_goes_from_the_outside_in(void **state)
{
	/* 7F49 { 30 { 5C=11 } 30 { 5C=22 5F1F=33 } } */
	static const uint8_t bytes[] = {0x7F, 0x49, 0x0E, 0x30, 0x03, 0x5C, 0x01, 0x11, 0x30,
					0x07, 0x5C, 0x01, 0x22, 0x5F, 0x1F, 0x01, 0x33};
	static const uint32_t there[] = {0x7F49, 0x30, 0x5C, 0}, other[] = {0x7F49, 0x30, 0x5F1F, 0},
			      outer[] = {0x7F49, 0}, wrong[] = {0x30, 0x5C, 0}, none[] = {0};
	struct rd r = at_edge(*state, bytes, sizeof bytes);
	struct tlv t = {.len = 77};

	assert_true(tlv_path(r, there, &t));
	assert_int_equal(t.value[0], 0x11);
	assert_true(tlv_path(r, outer, &t));
	assert_int_equal(t.len, 14);
	t.len = 77;
	assert_false(tlv_path(r, other, &t)); /* the first 30 is followed, and has none */
	assert_false(tlv_path(r, wrong, &t));
	assert_false(tlv_path(r, none, &t)); /* no path leads nowhere */
	assert_int_equal(t.len, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_read_or_refused_as_the_table_says),
		cmocka_unit_test(the_length_is_right_at_every_border),
		cmocka_unit_test(all_inputs_of_up_to_three_bytes_stay_inside),
		cmocka_unit_test(random_inputs_stay_inside),
		cmocka_unit_test(a_huge_answer_is_walked_to_its_end),
		cmocka_unit_test(find_takes_the_first_and_looks_into_none),
		cmocka_unit_test(find_ends_at_what_is_malformed),
		cmocka_unit_test(a_path_goes_from_the_outside_in),
	};

	return cmocka_run_group_tests(tests, make_edge, drop_edge);
}
