/* SPDX-License-Identifier: Apache-2.0 */
/* Promise 3: all 65,536 status words have one meaning each, and only 9000 is success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "card/profile.h"
#include <cmocka.h>
#include "support/snapshot.h"

static enum sw_outcome iso(unsigned sw)
{
	return sw_outcome((uint16_t)sw, NULL, 0);
}

static enum sw_outcome of_family(const struct profile *p, unsigned sw)
{
	return sw_outcome((uint16_t)sw, p->sws, p->n_sws);
}

static void every_status_word_has_one_outcome_with_a_word(void **state)
{
	(void)state;
	for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
		const enum sw_outcome o = iso(sw);

		assert_true(o < SW_OUTCOMES);
		assert_non_null(sw_outcome_word(o));
	}
	for (unsigned o = 0; o < SW_OUTCOMES; o++) {
		assert_true(strlen(sw_outcome_word((enum sw_outcome)o)) > 1);
		for (unsigned i = 0; i < o; i++)
			assert_string_not_equal(sw_outcome_word((enum sw_outcome)o),
						sw_outcome_word((enum sw_outcome)i));
	}
	assert_string_equal(sw_outcome_word((enum sw_outcome)99), "unknown");
}

static void only_9000_is_success_in_every_family(void **state)
{
	(void)state;
	for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
		assert_int_equal(iso(sw) == SW_OK, sw == 0x9000);
		for (size_t i = 0; i < n_profiles; i++)
			assert_int_equal(of_family(profiles[i], sw) == SW_OK, sw == 0x9000);
	}
}

static void only_63cx_carries_tries(void **state)
{
	(void)state;
	for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
		const bool counts = sw >= 0x63C0 && sw <= 0x63CF;

		assert_int_equal(sw_tries((uint16_t)sw), counts ? (int)(sw - 0x63C0) : RP_TRIES_UNKNOWN);
		for (size_t i = 0; i < n_profiles; i++) {
			const enum sw_outcome o = of_family(profiles[i], sw);

			assert_int_equal(o == SW_WRONG || o == SW_WRONG_LAST, counts);
			assert_int_equal(o == SW_WRONG_LAST, sw == 0x63C0);
		}
	}
}

/* What ISO 7816-4 leaves open (SW1 outside 61…6F and 90, most of 67XX and 6BXX) stays open. */
static void what_nobody_defines_stays_unknown(void **state)
{
	(void)state;
	for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
		const unsigned sw1 = sw >> 8;
		const bool reserved = sw1 <= 0x60 || (sw1 >= 0x70 && sw != 0x9000) ||
				      (sw1 == 0x67 && sw != 0x6700) || (sw1 == 0x6B && sw != 0x6B00);

		assert_int_equal(iso(sw) == SW_UNKNOWN, reserved);
	}
}

struct known {
	uint16_t sw;
	enum sw_outcome outcome;
};

/* ISO 7816-4:2013 tables 5 and 6, by hand: not taken from the map that is tested. */
static void known_status_words_mean_what_iso_says(void **state)
{
	static const struct known rows[] = {
		{0x6100, SW_MORE},	     {0x61FF, SW_MORE},	       {0x6200, SW_WARNING},
		{0x6281, SW_WARNING},	     {0x6282, SW_WARNING},     {0x6283, SW_WARNING},
		{0x6300, SW_WRONG_NO_COUNT}, {0x6381, SW_WARNING},     {0x63BF, SW_WARNING},
		{0x63D0, SW_WARNING},	     {0x6400, SW_REFUSED},     {0x6401, SW_REFUSED},
		{0x6500, SW_REFUSED},	     {0x6581, SW_MEMORY},      {0x6600, SW_REFUSED},
		{0x6700, SW_BAD_LENGTH},     {0x6881, SW_UNSUPPORTED}, {0x6882, SW_UNSUPPORTED},
		{0x6900, SW_REFUSED},	     {0x6981, SW_REFUSED},     {0x6982, SW_NOT_VERIFIED},
		{0x6983, SW_LOCKED},	     {0x6985, SW_CONDITIONS},  {0x6986, SW_REFUSED},
		{0x6988, SW_REFUSED},	     {0x6A80, SW_BAD_DATA},    {0x6A81, SW_REFUSED},
		{0x6A82, SW_NOT_FOUND},	     {0x6A83, SW_NOT_FOUND},   {0x6A86, SW_BAD_PARAMS},
		{0x6A88, SW_NOT_FOUND},	     {0x6B00, SW_BAD_PARAMS},  {0x6C00, SW_WRONG_LE},
		{0x6CFF, SW_WRONG_LE},	     {0x6D00, SW_UNSUPPORTED}, {0x6E00, SW_UNSUPPORTED},
		{0x6F00, SW_REFUSED},	     {0x9001, SW_UNKNOWN},     {0x90C3, SW_UNKNOWN},
		{0x0000, SW_UNKNOWN},	     {0xFFFF, SW_UNKNOWN},     {0x0090, SW_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (iso(rows[i].sw) != rows[i].outcome)
			fail_msg("%04X is %s", rows[i].sw, sw_outcome_word(iso(rows[i].sw)));
}

/* My Number says 6984 where ISO says 6983 (JICSAP); to every other family it is a refusal. */
static void locked_is_6983_everywhere_and_6984_on_my_number_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_profiles; i++) {
		const bool jicsap = strncmp(profiles[i]->name, "mynumber", 8) == 0;

		assert_int_equal(of_family(profiles[i], 0x6983), SW_LOCKED);
		assert_int_equal(of_family(profiles[i], 0x6984), jicsap ? SW_LOCKED : SW_REFUSED);
	}
}

static bool has_row(const struct profile *p, unsigned sw)
{
	for (size_t i = 0; i < p->n_sws; i++)
		if (p->sws[i].sw == sw)
			return true;
	return false;
}

static void a_familys_own_rows_change_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_profiles; i++)
		for (unsigned sw = 0; sw <= 0xFFFF; sw++)
			assert_int_equal(of_family(profiles[i], sw) != iso(sw), has_row(profiles[i], sw));
}

/* Ranges of one outcome each; for a family its own rows only. */
static void write_map(FILE *f)
{
	unsigned from = 0;

	for (unsigned sw = 1; sw <= 0x10000; sw++) {
		if (sw <= 0xFFFF && iso(sw) == iso(from))
			continue;
		if (from == sw - 1)
			(void)fprintf(f, "%04X      %s\n", from, sw_outcome_word(iso(from)));
		else
			(void)fprintf(f, "%04X-%04X %s\n", from, sw - 1, sw_outcome_word(iso(from)));
		from = sw;
	}
	for (size_t i = 0; i < n_profiles; i++)
		for (size_t j = 0; j < profiles[i]->n_sws; j++)
			(void)fprintf(f, "%04X      %s on %s\n", profiles[i]->sws[j].sw,
				      sw_outcome_word(profiles[i]->sws[j].outcome), profiles[i]->name);
}

static void the_map_is_the_one_that_was_reviewed(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	write_map(f);
	assert_int_equal(fclose(f), 0);
	snapshot_check("sw.txt", text);
	free(text);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_word_has_one_outcome_with_a_word),
		cmocka_unit_test(only_9000_is_success_in_every_family),
		cmocka_unit_test(only_63cx_carries_tries),
		cmocka_unit_test(what_nobody_defines_stays_unknown),
		cmocka_unit_test(known_status_words_mean_what_iso_says),
		cmocka_unit_test(locked_is_6983_everywhere_and_6984_on_my_number_only),
		cmocka_unit_test(a_familys_own_rows_change_nothing_else),
		cmocka_unit_test(the_map_is_the_one_that_was_reviewed),
	};

	if (argc > 1)
		snapshot_folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
