/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Civil dates of the Gregorian calendar, years 1 to 9999, as plain values. No clock and no
 * time zone of the machine is asked: a caller passes the day, or turns a Unix time into the
 * local time of an office with the office's own offset.
 *
 * A date whose year is 0 is "not known" or "not printed"; it is not valid.
 */
#ifndef REPIN_RULES_DATE_H
#define REPIN_RULES_DATE_H

#include <stdbool.h>
#include <stdint.h>

struct date {
	int year;  /* 1…9999, 0 = not known */
	int month; /* 1…12 */
	int day;   /* 1…31 */
};

/* A minute of a day, in the local time of the place it is about. */
struct datetime {
	struct date date;
	int minute; /* since midnight, 0…1439 */
};

/* ISO 8601 order, so that a week is a table of seven rows. */
enum weekday { MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY, WEEKDAYS };

#define MINUTES_OF_DAY 1440
#define JAPAN_OFFSET_MIN (9 * 60) /* UTC+9; no summer time since 1952 */

bool date_is_set(struct date d);
/* True for a day that exists: 2024-02-29 is one, 2023-02-29 and the date not known are none. */
bool date_is_valid(struct date d);
/* -1, 0 or 1 as a is before, on or after b. Both valid. */
int date_compare(struct date a, struct date b);
/* Days since 1970-01-01, negative before. `d` is valid. */
int32_t date_to_days(struct date d);
/* The day `days` after 1970-01-01. The date not known, when that is outside years 1…9999. */
struct date date_from_days(int32_t days);
/* The day n days after d (before, when n is negative). The date not known, as above. */
struct date date_add_days(struct date d, int n);
/* `d` is valid. */
enum weekday date_weekday(struct date d);

/*
 * Full years of a person on a day, -1 when one of the days is not valid or the birth lies
 * after the day. Born on 29 February: in a common year a year older on 1 March.
 * Source: Act on Calculation of Ages (Act No. 50 of 1902) and Civil Code, article 143; counted
 * by whole days, as a counter does: the age changes on the birthday, not at the midnight before.
 */
int date_age_on(struct date birth, struct date day);

/*
 * Reads "YYYY-MM-DD", as the card's facts are written. False, with *ret_date untouched, for
 * anything else and for days that do not exist.
 */
bool date_from_text(const char *text, struct date *ret_date);

bool datetime_is_valid(struct datetime t);
/* -1, 0 or 1, as date_compare. */
int datetime_compare(struct datetime a, struct datetime b);
/*
 * The local minute of a Unix time at a place `offset_min` minutes east of Greenwich. The date
 * not known, when that is outside years 1…9999.
 */
struct datetime datetime_from_unix(int64_t seconds, int offset_min);

#endif
