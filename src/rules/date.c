/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/date.h"

#include <stddef.h>

enum { DAYS_OF_400_YEARS = 146097, DAYS_TO_1970 = 719468 /* from 0000-03-01 */ };

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int year, int month)
{
	static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool date_is_set(struct date d)
{
	return d.year != 0;
}

bool date_is_valid(struct date d)
{
	if (d.year < 1 || d.year > 9999 || d.month < 1 || d.month > 12)
		return false;
	return d.day >= 1 && d.day <= days_of_month(d.year, d.month);
}

static int order(int a, int b)
{
	return (a > b) - (a < b);
}

int date_compare(struct date a, struct date b)
{
	if (a.year != b.year)
		return order(a.year, b.year);
	if (a.month != b.month)
		return order(a.month, b.month);
	return order(a.day, b.day);
}

/*
 * Years are counted from 1 March, so that the leap day is the last day of its year: then the
 * day of the year is one linear formula, (153 m + 2) / 5, for the months March (0) to February (11).
 */
int32_t date_to_days(struct date d)
{
	const int year = d.month <= 2 ? d.year - 1 : d.year;
	const int month = (d.month + 9) % 12;
	const int day_of_year = (153 * month + 2) / 5 + d.day - 1;

	return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_TO_1970;
}

struct date date_from_days(int32_t days)
{
	const struct date first = {1, 1, 1}, last = {9999, 12, 31};
	int days_left, cycle, year, month;

	if (days < date_to_days(first) || days > date_to_days(last))
		return (struct date){0};
	days_left = days + DAYS_TO_1970;
	cycle = days_left / DAYS_OF_400_YEARS;
	days_left %= DAYS_OF_400_YEARS;
	year = (days_left - days_left / 1460 + days_left / 36524 - days_left / 146096) / 365;
	days_left -= year * 365 + year / 4 - year / 100;
	month = (5 * days_left + 2) / 153;
	return (struct date){
		.year = cycle * 400 + year + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = days_left - (153 * month + 2) / 5 + 1,
	};
}

struct date date_add_days(struct date d, int n)
{
	const int64_t days = (int64_t)date_to_days(d) + n;

	if (days < INT32_MIN || days > INT32_MAX)
		return (struct date){0};
	return date_from_days((int32_t)days);
}

enum weekday date_weekday(struct date d)
{
	const int since_thursday = (int)(date_to_days(d) % 7); /* 1970-01-01 was one */

	return (enum weekday)((since_thursday + THURSDAY + 7) % 7);
}

int date_age_on(struct date birth, struct date day)
{
	bool had_birthday;

	if (!date_is_valid(birth) || !date_is_valid(day) || date_compare(birth, day) > 0)
		return -1;
	had_birthday = day.month > birth.month || (day.month == birth.month && day.day >= birth.day);
	return day.year - birth.year - (had_birthday ? 0 : 1);
}

/* -1 when one of the n characters is no digit of ASCII. */
static int number(const char *text, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

bool date_from_text(const char *text, struct date *ret_date)
{
	struct date d;
	size_t length = 0;

	while (length <= 10 && text[length] != '\0')
		length++;
	if (length != 10 || text[4] != '-' || text[7] != '-')
		return false;
	d = (struct date){number(text, 4), number(text + 5, 2), number(text + 8, 2)};
	if (!date_is_valid(d))
		return false;
	*ret_date = d;
	return true;
}

bool datetime_is_valid(struct datetime t)
{
	return date_is_valid(t.date) && t.minute >= 0 && t.minute < MINUTES_OF_DAY;
}

int datetime_compare(struct datetime a, struct datetime b)
{
	const int days = date_compare(a.date, b.date);

	return days != 0 ? days : order(a.minute, b.minute);
}

struct datetime datetime_from_unix(int64_t seconds, int offset_min)
{
	/* Year 9999 is far inside; this keeps the sums below from overflowing. */
	const int64_t limit = (int64_t)400000 * MINUTES_OF_DAY * 60 * 10;
	int64_t minutes, days;
	struct datetime t = {0};

	if (seconds < -limit || seconds > limit)
		return t;
	minutes = seconds / 60 - (seconds % 60 < 0) + offset_min;
	days = minutes / MINUTES_OF_DAY - (minutes % MINUTES_OF_DAY < 0);
	t.date = date_from_days((int32_t)days);
	if (date_is_set(t.date))
		t.minute = (int)(minutes - days * MINUTES_OF_DAY);
	return t;
}
