/* SPDX-License-Identifier: Apache-2.0 */
/* Civil dates: every day of ten thousand years, ages, and the local time of a Unix time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "rules/date.h"

static struct date day(int year, int month, int d)
{
	return (struct date){year, month, d};
}

static bool is_same(struct date a, struct date b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* The next day by trying, the slow and sure way. */
static struct date next_of(struct date d)
{
	d.day++;
	if (!date_is_valid(d)) {
		d.day = 1;
		d.month++;
	}
	if (!date_is_valid(d)) {
		d.month = 1;
		d.year++;
	}
	return d;
}

static void every_day_follows_the_one_before(void **state)
{
	struct date d = day(1, 1, 1);
	int32_t days = date_to_days(d);
	unsigned weekday = date_weekday(d), n = 0;

	(void)state;
	assert_int_equal(weekday, MONDAY); /* 0001-01-01 in the Gregorian calendar */
	for (; d.year <= 9999; d = next_of(d), days++, weekday = (weekday + 1) % WEEKDAYS, n++) {
		if (date_to_days(d) != days || !is_same(date_from_days(days), d) ||
		    date_weekday(d) != weekday)
			fail_msg("%04d-%02d-%02d", d.year, d.month, d.day);
	}
	assert_int_equal(n, 3652059);
}

static void days_that_do_not_exist_are_not_valid(void **state)
{
	static const struct date none[] = {
		{0, 0, 0},     {0, 1, 1},     {10000, 1, 1}, {2026, 0, 1},  {2026, 13, 1}, {2026, 1, 0},
		{2026, 1, 32}, {2026, 4, 31}, {2026, 2, 29}, {1900, 2, 29}, {-2026, 1, 1}, {2026, -1, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_false(date_is_valid(none[i]));
	assert_true(date_is_valid(day(2024, 2, 29)));
	assert_true(date_is_valid(day(2000, 2, 29)));
	assert_false(date_is_set(none[0]));
	assert_true(date_is_set(day(2024, 2, 29)));
}

static void days_are_added_within_the_calendar(void **state)
{
	(void)state;
	assert_true(is_same(date_from_days(0), day(1970, 1, 1)));
	assert_int_equal(date_weekday(day(1970, 1, 1)), THURSDAY);
	assert_true(is_same(date_add_days(day(2026, 12, 31), 1), day(2027, 1, 1)));
	assert_true(is_same(date_add_days(day(2024, 3, 1), -1), day(2024, 2, 29)));
	assert_false(date_is_set(date_add_days(day(9999, 12, 31), 1)));
	assert_false(date_is_set(date_add_days(day(1, 1, 1), -1)));
	assert_false(date_is_set(date_add_days(day(2026, 1, 1), INT32_MAX)));
	assert_false(date_is_set(date_add_days(day(1900, 1, 1), INT32_MIN)));
}

static void days_compare_by_year_month_day(void **state)
{
	(void)state;
	assert_int_equal(date_compare(day(2026, 11, 22), day(2026, 11, 22)), 0);
	assert_int_equal(date_compare(day(2026, 11, 22), day(2026, 11, 23)), -1);
	assert_int_equal(date_compare(day(2026, 12, 1), day(2026, 11, 23)), 1);
	assert_int_equal(date_compare(day(2025, 12, 31), day(2026, 1, 1)), -1);
	assert_int_equal(datetime_compare((struct datetime){day(2026, 1, 2), 0},
					  (struct datetime){day(2026, 1, 1), 1439}),
			 1);
	assert_int_equal(datetime_compare((struct datetime){day(2026, 1, 1), 510},
					  (struct datetime){day(2026, 1, 1), 511}),
			 -1);
}

static void a_person_is_a_year_older_on_the_birthday(void **state)
{
	(void)state;
	assert_int_equal(date_age_on(day(2011, 11, 22), day(2026, 11, 21)), 14);
	assert_int_equal(date_age_on(day(2011, 11, 22), day(2026, 11, 22)), 15);
	assert_int_equal(date_age_on(day(2011, 11, 22), day(2026, 12, 1)), 15);
	assert_int_equal(date_age_on(day(2011, 11, 22), day(2026, 10, 31)), 14);
	assert_int_equal(date_age_on(day(2026, 11, 22), day(2026, 11, 22)), 0);
	/* Born on a leap day: in a common year on 1 March. */
	assert_int_equal(date_age_on(day(2012, 2, 29), day(2027, 2, 28)), 14);
	assert_int_equal(date_age_on(day(2012, 2, 29), day(2027, 3, 1)), 15);
	assert_int_equal(date_age_on(day(2012, 2, 29), day(2028, 2, 29)), 16);
	/* Not known is not "old enough". */
	assert_int_equal(date_age_on(day(2026, 11, 23), day(2026, 11, 22)), -1);
	assert_int_equal(date_age_on(day(0, 0, 0), day(2026, 11, 22)), -1);
	assert_int_equal(date_age_on(day(1990, 2, 30), day(2026, 11, 22)), -1);
	assert_int_equal(date_age_on(day(1990, 2, 20), day(0, 0, 0)), -1);
}

static void a_text_is_a_whole_date_or_none(void **state)
{
	static const char *const bad[] = {
		"",	      "2026",	    "2026-11-2",      "2026-11-222", "2026-11-22 ",	 " 2026-11-2",
		"2026/11/22", "2026-13-01", "2026-00-10",     "2026-02-29",  "2026-11-3x",	 "+026-11-22",
		"2026--1-22", "0000-01-01", "２０２６-11-22", "20261122",    "2026-11-\xB2\xB2",
	};
	struct date d = day(1, 2, 3);

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_false(date_from_text(bad[i], &d));
		assert_true(is_same(d, day(1, 2, 3)));
	}
	assert_true(date_from_text("2024-02-29", &d));
	assert_true(is_same(d, day(2024, 2, 29)));
}

/* The C library is the judge; each step is odd, so that hours, minutes and seconds all move. */
static void unix_time_becomes_local_time(void **state)
{
	static const int offsets[] = {0, JAPAN_OFFSET_MIN, -210, 345, 14 * 60, -12 * 60};

	(void)state;
	for (int64_t s = -70000000000; s < 200000000000; s += 99999989) {
		for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
			const struct datetime t = datetime_from_unix(s, offsets[i]);
			const time_t shifted = (time_t)(s + offsets[i] * 60);
			struct tm tm;

			assert_non_null(gmtime_r(&shifted, &tm));
			if (tm.tm_year + 1900 < 1 || tm.tm_year + 1900 > 9999) {
				assert_false(date_is_set(t.date));
				continue;
			}
			assert_true(datetime_is_valid(t));
			assert_true(is_same(t.date, day(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday)));
			assert_int_equal(t.minute, tm.tm_hour * 60 + tm.tm_min);
		}
	}
	assert_false(date_is_set(datetime_from_unix(INT64_MAX, 0).date));
	assert_false(date_is_set(datetime_from_unix(INT64_MIN, -600).date));
	assert_false(datetime_is_valid((struct datetime){day(2026, 11, 22), 1440}));
	assert_false(datetime_is_valid((struct datetime){day(2026, 11, 22), -1}));
	assert_false(datetime_is_valid((struct datetime){day(2026, 11, 31), 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_follows_the_one_before),
		cmocka_unit_test(days_that_do_not_exist_are_not_valid),
		cmocka_unit_test(days_are_added_within_the_calendar),
		cmocka_unit_test(days_compare_by_year_month_day),
		cmocka_unit_test(a_person_is_a_year_older_on_the_birthday),
		cmocka_unit_test(a_text_is_a_whole_date_or_none),
		cmocka_unit_test(unix_time_becomes_local_time),
	};

	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
