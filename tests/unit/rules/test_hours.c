/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Office and kiosk hours. Each sentence of seed 004 that the hours decide is a test and stands
 * in its comment; after them every minute of two years against a second, plain reading.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/hours_text.h"
#include "support/snapshot.h"

enum { HALL, HIRAO, WAKABADAI };

static struct datetime at(int year, int month, int day, int hour, int minute)
{
	return (struct datetime){{year, month, day}, AT(hour, minute)};
}

static void is_state(const struct office *o, struct datetime when, enum hours_reason expected)
{
	const struct hours_state s = office_open_at(o, when);
	const bool open = expected == HOURS_OPEN || expected == HOURS_OPEN_OWN_DAY;

	assert_string_equal(hours_reason_word(s.reason), hours_reason_word(expected));
	assert_int_equal(s.open, open);
	assert_int_equal(s.until >= 0, open || expected == HOURS_EARLY || expected == HOURS_BREAK);
}

static void opens_next(const struct office *o, struct datetime from, struct datetime expected)
{
	struct datetime next = {0};

	assert_true(office_next_opening(o, from, &next));
	assert_int_equal(datetime_compare(next, expected), 0);
}

/* "Citizen Affairs Division Citizen Service Section (Open only on weekdays and holiday service counter days)" */
static void the_city_hall_is_open_on_weekdays_and_holiday_counter_days(void **state)
{
	const struct office *o = &offices()->at[HALL];

	(void)state;
	for (int day = 16; day <= 20; day++) /* Monday to Friday */
		is_state(o, at(2026, 11, day, 10, 0), HOURS_OPEN);
	is_state(o, at(2026, 11, 21, 10, 0), HOURS_DAY_OFF); /* Saturday */
	is_state(o, at(2026, 11, 22, 10, 0), HOURS_DAY_OFF); /* Sunday */
	is_state(o, at(2026, 11, 23, 10, 0), HOURS_HOLIDAY); /* Monday, Labour Thanksgiving Day */
	is_state(o, at(2026, 11, 8, 10, 0), HOURS_OPEN_OWN_DAY);
	assert_string_equal(office_open_at(o, at(2026, 11, 23, 10, 0)).holiday->name_en,
			    "Labour Thanksgiving Day");
	assert_null(office_open_at(o, at(2026, 11, 20, 10, 0)).holiday);
}

/*
 * "Hirao Branch Office (Weekdays only, excluding Saturdays, Sundays, and holidays)"
 * "Wakabadai Branch Office (Weekdays only, excluding Saturdays, Sundays, and public holidays)"
 */
static void the_branches_are_open_on_weekdays_only(void **state)
{
	(void)state;
	for (int i = HIRAO; i <= WAKABADAI; i++) {
		const struct office *o = &offices()->at[i];

		is_state(o, at(2026, 11, 20, 10, 0), HOURS_OPEN);
		is_state(o, at(2026, 11, 21, 10, 0), HOURS_DAY_OFF);
		is_state(o, at(2026, 11, 22, 10, 0), HOURS_DAY_OFF);
		is_state(o, at(2026, 11, 23, 10, 0), HOURS_HOLIDAY);
		is_state(o, at(2026, 11, 8, 10, 0), HOURS_DAY_OFF); /* the hall's holiday counter day */
	}
}

/* "Reception Hours From 8:30 AM to 5:00 PM" */
static void it_receives_from_half_past_eight_to_five(void **state)
{
	(void)state;
	for (int i = HALL; i <= WAKABADAI; i++) {
		const struct office *o = &offices()->at[i];

		is_state(o, at(2026, 11, 20, 0, 0), HOURS_EARLY);
		is_state(o, at(2026, 11, 20, 8, 29), HOURS_EARLY);
		is_state(o, at(2026, 11, 20, 8, 30), HOURS_OPEN);
		is_state(o, at(2026, 11, 20, 12, 0), HOURS_OPEN); /* over noon too, on a weekday */
		is_state(o, at(2026, 11, 20, 16, 59), HOURS_OPEN);
		is_state(o, at(2026, 11, 20, 17, 0), HOURS_LATE);
		is_state(o, at(2026, 11, 20, 23, 59), HOURS_LATE);
		assert_int_equal(office_open_at(o, at(2026, 11, 20, 8, 0)).until, AT(8, 30));
		assert_int_equal(office_open_at(o, at(2026, 11, 20, 9, 0)).until, AT(17, 0));
	}
}

/* "(However, on holidays, the hours from 11:45 AM to 1:00 PM are excluded)" */
static void on_holiday_counter_days_noon_is_excluded(void **state)
{
	const struct office *o = &offices()->at[HALL];

	(void)state;
	is_state(o, at(2026, 11, 8, 8, 29), HOURS_EARLY);
	is_state(o, at(2026, 11, 8, 8, 30), HOURS_OPEN_OWN_DAY);
	is_state(o, at(2026, 11, 8, 11, 44), HOURS_OPEN_OWN_DAY);
	is_state(o, at(2026, 11, 8, 11, 45), HOURS_BREAK);
	is_state(o, at(2026, 11, 8, 12, 59), HOURS_BREAK);
	is_state(o, at(2026, 11, 8, 13, 0), HOURS_OPEN_OWN_DAY);
	is_state(o, at(2026, 11, 8, 16, 59), HOURS_OPEN_OWN_DAY);
	is_state(o, at(2026, 11, 8, 17, 0), HOURS_LATE);
	opens_next(o, at(2026, 11, 8, 11, 50), at(2026, 11, 8, 13, 0));
	for (size_t i = 0; i < o->when->n_own_days; i++)
		assert_non_null(strstr(o->when->own_days[i].source, "ours")); /* the seed names no date */
}

/* "Inagi City Civic Affairs Department, Civic Affairs Section ... Phone number: 042-378-2111 ..." */
static void it_says_whom_to_ask(void **state)
{
	(void)state;
	for (size_t i = 0; i < offices()->n; i++) {
		const struct contact *c = offices()->at[i].ask;

		assert_string_equal(c->address_en, "2111 Higashi-Naganuma, Inagi City, Tokyo");
		assert_string_equal(c->postcode, "206-8601");
		assert_string_equal(c->telephone, "042-378-2111");
		assert_string_equal(c->fax, "042-377-4781");
	}
}

static void the_turn_of_the_year_is_off(void **state)
{
	const struct office *o = &offices()->at[HALL];

	(void)state;
	is_state(o, at(2026, 12, 28, 10, 0), HOURS_OPEN);
	for (struct date d = {2026, 12, 29}; d.day != 4; d = date_add_days(d, 1))
		is_state(o, (struct datetime){d, AT(10, 0)}, HOURS_YEARLY);
	is_state(o, at(2027, 1, 4, 10, 0), HOURS_OPEN);
	opens_next(o, at(2026, 12, 28, 17, 0), at(2027, 1, 4, 8, 30));
}

static void the_next_opening_crosses_weekends_and_holidays(void **state)
{
	(void)state;
	/* Friday evening; Monday is a holiday. */
	opens_next(&offices()->at[HALL], at(2026, 11, 20, 18, 0), at(2026, 11, 24, 8, 30));
	opens_next(&offices()->at[HALL], at(2026, 11, 20, 3, 0), at(2026, 11, 20, 8, 30));
	opens_next(&offices()->at[HALL], at(2026, 11, 20, 9, 41), at(2026, 11, 20, 9, 41));
	/* Before a holiday counter day the hall opens sooner than its branches. */
	opens_next(&offices()->at[HALL], at(2026, 11, 6, 17, 0), at(2026, 11, 8, 8, 30));
	opens_next(&offices()->at[HIRAO], at(2026, 11, 6, 17, 0), at(2026, 11, 9, 8, 30));
	/* Three holidays in a row by name, and a substitute. */
	opens_next(&offices()->at[HALL], at(2026, 5, 1, 17, 0), at(2026, 5, 7, 8, 30));
}

/* "kiosk 06:30-23:00", on holidays too; the app's reservation knows no hours. */
static void kiosks_keep_their_own_hours(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_kiosk_groups_example; i++) {
		const struct kiosk_group *g = &kiosk_groups_example[i];
		struct datetime next;

		assert_false(kiosk_open_at(g, at(2026, 11, 22, 6, 29)).open);
		assert_true(kiosk_open_at(g, at(2026, 11, 22, 6, 30)).open);
		assert_true(kiosk_open_at(g, at(2026, 11, 23, 22, 59)).open);
		assert_false(kiosk_open_at(g, at(2026, 11, 23, 23, 0)).open);
		assert_true(kiosk_open_at(g, at(2027, 1, 1, 12, 0)).open);
		assert_true(kiosk_open_at(g, at(2040, 1, 1, 12, 0)).open); /* it follows no holidays */
		assert_true(kiosk_next_opening(g, at(2026, 12, 31, 23, 0), &next));
		assert_int_equal(datetime_compare(next, at(2027, 1, 1, 6, 30)), 0);
	}
}

static void kiosks_reset_the_two_certificates_pins_only(void **state)
{
	unsigned both = 0;

	(void)state;
	for (size_t i = 0; i < n_kiosk_groups_example; i++) {
		const struct kiosk_group *g = &kiosk_groups_example[i];

		assert_true(kiosk_resets(g, RP_SLOT_SIGN));
		assert_false(kiosk_resets(g, RP_SLOT_TEXT));
		assert_false(kiosk_resets(g, RP_SLOT_JUKI));
		assert_false(kiosk_resets(g, RP_SLOT_NONE));
		both += kiosk_resets(g, RP_SLOT_AUTH);
	}
	assert_int_equal(both, 3);
}

/* Design: "another office refuses and names the right one." */
static void an_office_serves_its_own_municipality(void **state)
{
	static const struct office two[] = {
		{.id = "branch-of-a", .municipality = "13225"},
		{.id = "a", .municipality = "13225", .main = true},
		{.id = "b", .municipality = "13224", .main = true},
	};

	(void)state;
	assert_true(office_serves(&two[0], "13225"));
	assert_false(office_serves(&two[0], "13224"));
	assert_false(office_serves(&two[0], ""));
	assert_false(office_serves(&(const struct office){.municipality = ""}, ""));
	assert_ptr_equal(office_of(two, 3, "13225"), &two[1]);
	assert_ptr_equal(office_of(two, 3, "13224"), &two[2]);
	assert_null(office_of(two, 3, "13226"));
	assert_null(office_of(two, 3, ""));
	assert_ptr_equal(office_of(offices()->at, offices()->n, "13225"), &offices()->at[HALL]);
}

static void years_without_holidays_are_not_promised(void **state)
{
	const struct office *o = &offices()->at[HALL];
	struct datetime next = at(1, 2, 3, 4, 5);

	(void)state;
	is_state(o, at(2035, 12, 28, 10, 0), HOURS_OPEN);
	is_state(o, at(2036, 1, 7, 10, 0), HOURS_UNKNOWN);
	is_state(o, at(2036, 1, 5, 10, 0), HOURS_DAY_OFF); /* a Saturday, whatever the holidays */
	is_state(o, at(2036, 1, 2, 10, 0), HOURS_YEARLY);
	is_state(o, at(2019, 6, 3, 10, 0), HOURS_UNKNOWN);
	assert_false(office_next_opening(o, at(2035, 12, 28, 17, 0), &next));
	assert_int_equal(datetime_compare(next, at(1, 2, 3, 4, 5)), 0);
	assert_false(office_next_opening(o, at(9999, 12, 31, 17, 0), &next));
	/* It may open on any day before the first one that is known: no later one is "the next". */
	assert_false(office_next_opening(o, at(2019, 12, 2, 10, 0), &next));
}

static void a_day_of_its_own_wins_over_everything(void **state)
{
	static const struct own_day days[] = {
		{{2026, 11, 20}, {.open = {{0, 0}}}, "closed this once"},
		{{2026, 11, 23}, {.open = {{AT(9, 0), AT(12, 0)}}}, "open on a national holiday"},
		{{2027, 1, 1}, {.open = {{AT(0, 0), AT(24, 0)}}}, "open at the turn of the year, all day"},
	};
	static const struct yearly_closing turn = {12, 29, 1, 3, "ours"}, summer = {8, 10, 8, 12, "ours"};
	struct calendar c = *offices()->at[HALL].when;
	struct datetime next;

	(void)state;
	c.own_days = days;
	c.n_own_days = 3;
	c.closing = &turn;
	assert_int_equal(calendar_state(&c, at(2026, 11, 20, 10, 0)).reason, HOURS_OWN_DAY_OFF);
	assert_ptr_equal(calendar_state(&c, at(2026, 11, 20, 10, 0)).own_day, &days[0]);
	assert_int_equal(calendar_state(&c, at(2026, 11, 23, 9, 0)).reason, HOURS_OPEN_OWN_DAY);
	assert_non_null(calendar_state(&c, at(2026, 11, 23, 9, 0)).holiday);
	assert_int_equal(calendar_state(&c, at(2026, 11, 23, 12, 0)).reason, HOURS_LATE);
	assert_true(calendar_state(&c, at(2027, 1, 1, 0, 0)).open);
	assert_int_equal(calendar_state(&c, at(2027, 1, 1, 23, 59)).until, MINUTES_OF_DAY);
	assert_true(calendar_next_opening(&c, at(2026, 12, 28, 17, 0), &next));
	assert_int_equal(datetime_compare(next, at(2027, 1, 1, 0, 0)), 0);
	c.closing = &summer; /* within one year */
	assert_int_equal(calendar_state(&c, at(2026, 8, 12, 10, 0)).reason, HOURS_YEARLY);
	assert_true(calendar_state(&c, at(2026, 8, 13, 10, 0)).open);
	assert_true(calendar_state(&c, at(2026, 12, 30, 10, 0)).open);
}

static void a_place_that_never_opens_ends_the_search(void **state)
{
	static const struct own_day far = {{2028, 11, 20}, {.open = {{AT(9, 0), AT(12, 0)}}}, "far away"};
	const struct calendar never = {0}, once = {.own_days = &far, .n_own_days = 1};
	struct datetime next = at(1, 2, 3, 4, 5);

	(void)state;
	assert_false(calendar_next_opening(&never, at(2026, 11, 20, 10, 0), &next));
	assert_false(calendar_next_opening(&once, at(2026, 11, 20, 10, 0), &next));
	assert_int_equal(next.minute, AT(4, 5));
	assert_true(calendar_next_opening(&once, at(2027, 11, 21, 10, 0), &next));
	assert_int_equal(datetime_compare(next, at(2028, 11, 20, 9, 0)), 0);
}

static void every_reason_has_its_words(void **state)
{
	(void)state;
	for (unsigned r = 0; r < HOURS_REASONS; r++) {
		assert_true(strlen(hours_reason_word((enum hours_reason)r)) > 3);
		assert_true(strlen(hours_reason_text((enum hours_reason)r)) > 10);
		for (unsigned i = 0; i < r; i++)
			assert_string_not_equal(hours_reason_word((enum hours_reason)r),
						hours_reason_word((enum hours_reason)i));
	}
	assert_string_equal(hours_reason_word((enum hours_reason)99), "unknown");
	assert_string_equal(hours_reason_text((enum hours_reason)99), hours_reason_text(HOURS_UNKNOWN));
}

static void the_example_is_whole(void **state)
{
	(void)state;
	assert_int_equal(offices()->n, 3);
	for (size_t i = 0; i < offices()->n; i++) {
		const struct office *o = &offices()->at[i];

		assert_int_equal(strlen(o->municipality), 5);
		assert_true(strlen(o->name_ja) > 0 && strlen(o->name_en) > 0 && strlen(o->source) > 0);
		assert_int_equal(o->main, i == HALL);
		for (size_t d = 0; d < o->when->n_own_days; d++) {
			assert_true(date_is_valid(o->when->own_days[d].date));
			assert_true(d == 0 || date_compare(o->when->own_days[d - 1].date,
							   o->when->own_days[d].date) < 0);
		}
	}
	for (size_t i = 0; i < n_kiosk_groups_example; i++) {
		const struct kiosk_group *g = &kiosk_groups_example[i];

		assert_true(strlen(g->id) > 0 && strlen(g->operator_ja) > 0 && strlen(g->places) > 0);
		assert_true(strlen(g->source) > 0);
	}
}

static void write_hours(FILE *out, const struct day_hours *h)
{
	for (size_t i = 0; i < 2; i++)
		if (h->open[i].from < h->open[i].to)
			(void)fprintf(out, " %02d:%02d-%02d:%02d", h->open[i].from / 60, h->open[i].from % 60,
				      h->open[i].to / 60, h->open[i].to % 60);
}

static void write_calendar(FILE *out, const struct calendar *c)
{
	static const char *const days[WEEKDAYS] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

	for (unsigned d = 0; d < WEEKDAYS; d++) {
		(void)fprintf(out, "  %s", days[d]);
		write_hours(out, &c->week[d]);
		(void)fprintf(out, "\n");
	}
	for (size_t i = 0; i < c->n_own_days; i++) {
		const struct own_day *d = &c->own_days[i];

		(void)fprintf(out, "  %04d-%02d-%02d", d->date.year, d->date.month, d->date.day);
		write_hours(out, &d->hours);
		(void)fprintf(out, ", %s\n", d->source);
	}
	if (c->closing != NULL)
		(void)fprintf(out, "  off every year %02d-%02d to %02d-%02d, %s\n", c->closing->from_month,
			      c->closing->from_day, c->closing->to_month, c->closing->to_day,
			      c->closing->source);
	(void)fprintf(out, "  national holidays: %s\n", c->closed_on_holidays ? "off" : "as any day");
}

static void the_example_is_as_reviewed(void **state)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	for (size_t i = 0; i < offices()->n; i++) {
		const struct office *o = &offices()->at[i];

		(void)fprintf(out,
			      "office %s, %s: %s, %s\n  of %s %s %s\n  ask %s, %s, %s %s, %s, tel %s, fax "
			      "%s\n    %s\n  %s\n",
			      o->id, o->main ? "main" : "branch", o->name_en, o->name_ja, o->municipality,
			      o->municipality_en, o->municipality_ja, o->ask->name_en, o->ask->name_ja,
			      o->ask->postcode, o->ask->address_en, o->ask->address_ja, o->ask->telephone,
			      o->ask->fax, o->ask->source, o->source);
		write_calendar(out, o->when);
	}
	for (size_t i = 0; i < n_kiosk_groups_example; i++) {
		const struct kiosk_group *g = &kiosk_groups_example[i];

		(void)fprintf(out, "kiosks %s: %s, %s, %s; resets%s%s\n  %s\n", g->id, g->operator_en,
			      g->operator_ja, g->places, kiosk_resets(g, RP_SLOT_SIGN) ? " sign" : "",
			      kiosk_resets(g, RP_SLOT_AUTH) ? " auth" : "", g->source);
		write_calendar(out, g->when);
	}
	for (unsigned r = 0; r < HOURS_REASONS; r++)
		(void)fprintf(out, "reason %s: %s\n", hours_reason_word((enum hours_reason)r),
			      hours_reason_text((enum hours_reason)r));
	assert_int_equal(fclose(out), 0);
	snapshot_check("offices.txt", text);
	free(text);
}

/* The page once more, as one expression; `second_sundays` are the example's own days. */
static bool is_open_by_the_page(bool hall, struct date d, int minute)
{
	const enum weekday w = date_weekday(d);
	const bool counter_day = w == SUNDAY && d.day >= 8 && d.day <= 14;
	const bool turn = (d.month == 12 && d.day >= 29) || (d.month == 1 && d.day <= 3);

	if (minute < AT(8, 30) || minute >= AT(17, 0))
		return false;
	if (hall && counter_day)
		return minute < AT(11, 45) || minute >= AT(13, 0);
	return w != SATURDAY && w != SUNDAY && !turn && holiday_on(d) == NULL;
}

static void compare_with_the_page(const struct office *o, bool hall)
{
	const struct date first = {2026, 1, 1}, last = {2027, 12, 31};
	const int32_t start = date_to_days(first);
	const int minutes = (date_to_days(last) - start + 1) * MINUTES_OF_DAY;
	int next = -1; /* the first open minute after this one; searched backwards */

	for (int m = minutes - 1; m >= 0; m--) {
		const struct datetime t = {date_from_days(start + m / MINUTES_OF_DAY), m % MINUTES_OF_DAY};
		const bool open = is_open_by_the_page(hall, t.date, t.minute);
		struct datetime found;

		if (open)
			next = m;
		if (office_open_at(o, t).open != open)
			fail_msg("%s %04d-%02d-%02d %d", o->id, t.date.year, t.date.month, t.date.day,
				 t.minute);
		if (next < 0 || m % 31 != 0)
			continue;
		if (!office_next_opening(o, t, &found) ||
		    date_to_days(found.date) != start + next / MINUTES_OF_DAY ||
		    found.minute != next % MINUTES_OF_DAY)
			fail_msg("%s after %04d-%02d-%02d %d", o->id, t.date.year, t.date.month, t.date.day,
				 t.minute);
	}
}

static void every_minute_of_two_years_is_as_the_page_says(void **state)
{
	(void)state;
	compare_with_the_page(&offices()->at[HALL], true);
	compare_with_the_page(&offices()->at[HIRAO], false);
}

/* A line of its own for a group of kiosks. */
static void the_hours_of_a_group_are_one_line(void **state)
{
	static const char *const wrong[] = {"",
					    "always",
					    "mon 6:30",
					    "mon-sun 06:30-23:00;",
					    "sun-mon 1:00-2:00",
					    "mon-sun 23:00-6:30",
					    "fry 1:00-2:00",
					    "closed",
					    "closed 13-01..01-01",
					    "mon-sun  1:00-2:00",
					    "6:30-23:00"};
	struct group_hours g;
	struct datetime next;

	(void)state;
	for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++)
		if (hours_text_group(wrong[k], &g))
			fail_msg("%s", wrong[k]);
	assert_true(hours_text_group(
		"mon-sun 06:30-23:00; sun closed; sat 9:00-12:00 13:00-24:00; closed 12-29..01-03", &g));
	assert_false(group_open_at(&g, at(2026, 11, 20, 6, 29)).open);
	assert_true(group_open_at(&g, at(2026, 11, 20, 6, 30)).open);
	assert_true(group_open_at(&g, at(2026, 11, 20, 22, 59)).open);
	assert_false(group_open_at(&g, at(2026, 11, 20, 23, 0)).open);
	assert_false(group_open_at(&g, at(2026, 11, 21, 12, 0)).open); /* Saturday */
	assert_true(group_open_at(&g, at(2026, 11, 21, 23, 59)).open);
	assert_false(group_open_at(&g, at(2026, 11, 22, 12, 0)).open); /* Sunday */
	assert_true(group_open_at(&g, at(2026, 11, 23, 12, 0)).open);  /* a holiday */
	assert_false(group_open_at(&g, at(2026, 12, 31, 12, 0)).open);
	assert_true(group_next_opening(&g, at(2026, 12, 29, 12, 0), &next));
	assert_int_equal(datetime_compare(next, at(2027, 1, 4, 6, 30)), 0);
	assert_true(hours_text_group("mon-sun 0:00-24:00; closed holidays", &g));
	assert_false(group_open_at(&g, at(2026, 11, 23, 12, 0)).open);
	assert_true(hours_text_group("mon-sun 0:00-24:00", &g));
	assert_true(group_open_at(&g, at(2026, 12, 31, 23, 59)).open);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_city_hall_is_open_on_weekdays_and_holiday_counter_days),
		cmocka_unit_test(the_branches_are_open_on_weekdays_only),
		cmocka_unit_test(it_receives_from_half_past_eight_to_five),
		cmocka_unit_test(on_holiday_counter_days_noon_is_excluded),
		cmocka_unit_test(it_says_whom_to_ask),
		cmocka_unit_test(the_turn_of_the_year_is_off),
		cmocka_unit_test(the_next_opening_crosses_weekends_and_holidays),
		cmocka_unit_test(kiosks_keep_their_own_hours),
		cmocka_unit_test(kiosks_reset_the_two_certificates_pins_only),
		cmocka_unit_test(an_office_serves_its_own_municipality),
		cmocka_unit_test(years_without_holidays_are_not_promised),
		cmocka_unit_test(a_day_of_its_own_wins_over_everything),
		cmocka_unit_test(a_place_that_never_opens_ends_the_search),
		cmocka_unit_test(every_reason_has_its_words),
		cmocka_unit_test(the_example_is_whole),
		cmocka_unit_test(the_hours_of_a_group_are_one_line),
		cmocka_unit_test(the_example_is_as_reviewed),
		cmocka_unit_test(every_minute_of_two_years_is_as_the_page_says),
	};

	if (argc > 1)
		snapshot_folder = argv[1];
	return cmocka_run_group_tests_name("hours", tests, NULL, NULL);
}
