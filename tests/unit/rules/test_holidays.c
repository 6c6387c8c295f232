/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of national holidays: it is the file, the Act's two rules of article 3 hold in it,
 * and what is not announced is marked. Days against others' tables: test_holidays_peer.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/holidays.h"
#include "support/snapshot.h"

enum { FIRST_YEAR = 2020, LAST_YEAR = 2035, ANNOUNCED = 2027 };

static const char *csv_path = "data/holidays-jp.csv";

static bool is_named(const struct holiday *h)
{
	return h != NULL && strcmp(h->name_en, "Substitute Holiday") != 0 &&
	       strcmp(h->name_en, "Citizens' Holiday") != 0;
}

static const struct holiday *at(struct date d, int days)
{
	return holiday_on(date_add_days(d, days));
}

static void the_table_is_the_file(void **state)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length), *file = fopen(csv_path, "r");

	(void)state;
	assert_non_null(out);
	assert_non_null(file);
	(void)fprintf(out, "date,name_ja,name_en,computed,source\n");
	for (size_t i = 0; i < n_holidays_jp; i++) {
		const struct holiday *h = &holidays_jp[i];

		(void)fprintf(out, "%04d-%02d-%02d,%s,%s,%s,%s\n", h->date.year, h->date.month, h->date.day,
			      h->name_ja, h->name_en, h->computed ? "yes" : "no", h->source);
	}
	assert_int_equal(fclose(out), 0);
	snapshot_compare(csv_path, file, text);
	assert_int_equal(fclose(file), 0);
	free(text);
}

static void every_row_is_whole_and_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_holidays_jp; i++) {
		assert_true(date_is_valid(holidays_jp[i].date));
		assert_true(i == 0 || date_compare(holidays_jp[i - 1].date, holidays_jp[i].date) < 0);
		assert_true(strlen(holidays_jp[i].source) > 10);
	}
}

/* Act on National Holidays, article 2: sixteen days, in the years of the Games too. */
static void every_year_has_its_sixteen_days(void **state)
{
	(void)state;
	for (int year = FIRST_YEAR; year <= LAST_YEAR; year++) {
		unsigned n = 0;

		for (size_t i = 0; i < n_holidays_jp; i++)
			n += holidays_jp[i].date.year == year && is_named(&holidays_jp[i]);
		assert_int_equal(n, 16);
	}
}

/* Article 3 (2): a holiday on a Sunday moves to the next day that is no holiday by name. */
static void is_substitute(struct date d, bool expected)
{
	struct date before = date_add_days(d, -1);
	bool sunday = false;

	for (; is_named(holiday_on(before)); before = date_add_days(before, -1))
		sunday = sunday || date_weekday(before) == SUNDAY;
	assert_int_equal(sunday, expected);
}

/* Article 3 (3): the one day between two holidays by name. */
static bool is_between(struct date d)
{
	return is_named(at(d, -1)) && is_named(at(d, 1));
}

static void article_3_holds_on_every_day(void **state)
{
	const struct date last = {LAST_YEAR, 12, 31};
	unsigned n = 0;

	(void)state;
	for (struct date d = {FIRST_YEAR, 1, 1}; date_compare(d, last) <= 0; d = date_add_days(d, 1)) {
		const struct holiday *h = holiday_on(d);

		if (is_named(h))
			continue;
		is_substitute(d, h != NULL && strcmp(h->name_en, "Substitute Holiday") == 0);
		if (h == NULL)
			assert_false(is_between(d));
		else if (strcmp(h->name_en, "Citizens' Holiday") == 0)
			assert_true(is_between(d));
		n += h != NULL;
	}
	assert_int_equal(n, n_holidays_jp - 16 * (LAST_YEAR - FIRST_YEAR + 1));
}

static void what_is_not_announced_is_marked(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_holidays_jp; i++) {
		const struct holiday *h = &holidays_jp[i];
		const bool equinox = strstr(h->name_en, "Equinox") != NULL;

		if (equinox)
			assert_int_equal(h->computed, h->date.year > ANNOUNCED);
		else if (is_named(h))
			assert_false(h->computed);
		else if (h->computed) /* it rests on an equinox beside it */
			assert_true((at(h->date, -1) != NULL && at(h->date, -1)->computed) ||
				    (at(h->date, 1) != NULL && at(h->date, 1)->computed));
	}
	/* The day between two holidays that stands and falls with the equinox. */
	assert_true(holiday_on((struct date){2032, 9, 21})->computed);
	assert_false(holiday_on((struct date){2026, 9, 22})->computed);
}

static void a_day_is_found_by_its_date(void **state)
{
	const struct date last = {LAST_YEAR + 1, 12, 31};
	size_t i = 0;

	(void)state;
	for (struct date d = {FIRST_YEAR - 1, 1, 1}; date_compare(d, last) <= 0; d = date_add_days(d, 1)) {
		const bool listed = i < n_holidays_jp && date_compare(holidays_jp[i].date, d) == 0;

		assert_ptr_equal(holiday_on(d), listed ? &holidays_jp[i] : NULL);
		i += listed;
		assert_int_equal(holidays_cover(d), d.year >= FIRST_YEAR && d.year <= LAST_YEAR);
	}
	assert_int_equal(i, n_holidays_jp);
	assert_null(holiday_on((struct date){0}));
	assert_false(holidays_cover((struct date){0}));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_the_file),
		cmocka_unit_test(every_row_is_whole_and_in_order),
		cmocka_unit_test(every_year_has_its_sixteen_days),
		cmocka_unit_test(article_3_holds_on_every_day),
		cmocka_unit_test(what_is_not_announced_is_marked),
		cmocka_unit_test(a_day_is_found_by_its_date),
	};

	if (argc > 1)
		csv_path = argv[1];
	return cmocka_run_group_tests_name("holidays", tests, NULL, NULL);
}
