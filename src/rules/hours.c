/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/hours.h"

#include <string.h>

enum { LOOK_AHEAD_DAYS = 366 };

/* Marks a sentence for the catalogue; whoever shows it translates it. */
#define N_(text) (text)

static const struct {
	bool open;
	const char *word, *text;
} reasons[HOURS_REASONS] = {
	[HOURS_OPEN] = {true, "open", N_("It is open now.")},
	[HOURS_OPEN_OWN_DAY] = {true, "open-own-day", N_("It is open now, with special hours today.")},
	[HOURS_EARLY] = {false, "early", N_("It opens later today.")},
	[HOURS_BREAK] = {false, "break", N_("It is closed for a while and opens again later today.")},
	[HOURS_LATE] = {false, "late", N_("It has closed for today.")},
	[HOURS_DAY_OFF] = {false, "day-off", N_("It is closed on this day of the week.")},
	[HOURS_HOLIDAY] = {false, "holiday", N_("It is closed today, a national holiday.")},
	[HOURS_YEARLY] = {false, "yearly", N_("It is closed over the turn of the year.")},
	[HOURS_OWN_DAY_OFF] = {false, "own-day-off", N_("It is closed today, outside its usual days off.")},
	[HOURS_UNKNOWN] = {false, "unknown", N_("The holidays of that year are not known. Please ask.")},
};

/* A day by itself: its hours, and why it has none. */
struct day {
	const struct day_hours *hours;
	enum hours_reason closed; /* HOURS_OPEN: it is a day with hours */
	const struct holiday *holiday;
	const struct own_day *own;
};

static bool is_span(struct span s)
{
	return s.from < s.to;
}

static const struct own_day *own_day_on(const struct calendar *c, struct date d)
{
	for (size_t i = 0; i < c->n_own_days; i++)
		if (date_compare(c->own_days[i].date, d) == 0)
			return &c->own_days[i];
	return NULL;
}

static bool is_in_closing(const struct yearly_closing *y, struct date d)
{
	const int day = d.month * 100 + d.day;
	const int from = y->from_month * 100 + y->from_day, to = y->to_month * 100 + y->to_day;

	return from <= to ? day >= from && day <= to : day >= from || day <= to;
}

static struct day day_of(const struct calendar *c, struct date d)
{
	struct day ret = {.hours = &c->week[date_weekday(d)], .closed = HOURS_OPEN};

	ret.holiday = holiday_on(d);
	ret.own = own_day_on(c, d);
	if (ret.own != NULL) {
		ret.hours = &ret.own->hours;
		ret.closed = is_span(ret.hours->open[0]) ? HOURS_OPEN : HOURS_OWN_DAY_OFF;
	} else if (c->closing != NULL && is_in_closing(c->closing, d)) {
		ret.closed = HOURS_YEARLY;
	} else if (c->closed_on_holidays && ret.holiday != NULL) {
		ret.closed = HOURS_HOLIDAY;
	} else if (!is_span(ret.hours->open[0])) {
		ret.closed = HOURS_DAY_OFF;
	} else if (c->closed_on_holidays && !holidays_cover(d)) {
		ret.closed = HOURS_UNKNOWN;
	}
	return ret;
}

struct hours_state calendar_state(const struct calendar *c, struct datetime at)
{
	const struct day day = day_of(c, at.date);
	struct hours_state ret = {
		.reason = day.closed, .until = -1, .holiday = day.holiday, .own_day = day.own};

	if (day.closed != HOURS_OPEN)
		return ret;
	ret.reason = HOURS_LATE;
	for (size_t i = 0; i < sizeof day.hours->open / sizeof day.hours->open[0]; i++) {
		const struct span s = day.hours->open[i];

		if (!is_span(s) || at.minute >= s.to)
			continue;
		if (at.minute >= s.from)
			ret.reason = day.own != NULL ? HOURS_OPEN_OWN_DAY : HOURS_OPEN;
		else
			ret.reason = i == 0 ? HOURS_EARLY : HOURS_BREAK;
		ret.open = reasons[ret.reason].open;
		ret.until = ret.open ? s.to : s.from;
		break;
	}
	return ret;
}

bool calendar_next_opening(const struct calendar *c, struct datetime at, struct datetime *ret)
{
	for (int ahead = 0; ahead <= LOOK_AHEAD_DAYS; ahead++) {
		const struct datetime from = {date_add_days(at.date, ahead), ahead == 0 ? at.minute : 0};
		struct hours_state state;

		if (!date_is_set(from.date))
			return false;
		state = calendar_state(c, from);
		if (state.open || state.until >= 0) {
			*ret = from;
			ret->minute = state.open ? from.minute : state.until;
			return true;
		}
		/* A later day cannot be promised when this one cannot be told. */
		if (state.reason == HOURS_UNKNOWN)
			return false;
	}
	return false;
}

struct hours_state office_open_at(const struct office *o, struct datetime at)
{
	return calendar_state(o->when, at);
}

bool office_next_opening(const struct office *o, struct datetime at, struct datetime *ret)
{
	return calendar_next_opening(o->when, at, ret);
}

struct hours_state kiosk_open_at(const struct kiosk_group *g, struct datetime at)
{
	return calendar_state(g->when, at);
}

bool kiosk_next_opening(const struct kiosk_group *g, struct datetime at, struct datetime *ret)
{
	return calendar_next_opening(g->when, at, ret);
}

bool kiosk_resets(const struct kiosk_group *g, rp_slot slot)
{
	for (size_t i = 0; i < g->n_resets; i++)
		if (g->resets[i] == slot)
			return true;
	return false;
}

const char *hours_reason_word(enum hours_reason r)
{
	return (unsigned)r < HOURS_REASONS ? reasons[r].word : reasons[HOURS_UNKNOWN].word;
}

const char *hours_reason_text(enum hours_reason r)
{
	return (unsigned)r < HOURS_REASONS ? reasons[r].text : reasons[HOURS_UNKNOWN].text;
}

bool office_serves(const struct office *o, const char *municipality)
{
	return municipality[0] != '\0' && strcmp(o->municipality, municipality) == 0;
}

const struct office *office_of(const struct office *of, size_t n, const char *municipality)
{
	for (size_t i = 0; i < n; i++)
		if (of[i].main && office_serves(&of[i], municipality))
			return &of[i];
	return NULL;
}
