/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/hours_text.h"

#include <string.h>

#define PART_MAX 64

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* By a pattern: '9' stands for a digit, the rest for itself. */
bool text_is_like(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; text++, pattern++)
		if (*pattern == '9' ? !is_digit(*text) : *text != *pattern)
			return false;
	return *text == '\0';
}

int text_two_digits(const char *at)
{
	return (at[0] - '0') * 10 + at[1] - '0';
}

/* "8:30" or "08:30"; *at goes behind it. -1 = none. */
static int take_minute(const char **at)
{
	const char *p = *at;
	int hour, minute;

	if (!is_digit(p[0]))
		return -1;
	hour = is_digit(p[1]) ? text_two_digits(p) : p[0] - '0';
	p += is_digit(p[1]) ? 2 : 1;
	if (*p != ':' || !is_digit(p[1]) || !is_digit(p[2]))
		return -1;
	minute = text_two_digits(p + 1);
	if (hour > 24 || minute > 59 || (hour == 24 && minute != 0))
		return -1;
	*at = p + 3;
	return AT(hour, minute);
}

bool hours_text_day(const char *text, struct day_hours *ret)
{
	struct day_hours h = {0};
	const char *at = text;

	if (strcmp(text, "closed") == 0) {
		*ret = h;
		return true;
	}
	for (size_t k = 0; k < sizeof h.open / sizeof h.open[0]; k++) {
		h.open[k].from = take_minute(&at);
		if (h.open[k].from < 0 || *at++ != '-')
			return false;
		h.open[k].to = take_minute(&at);
		if (h.open[k].to <= h.open[k].from || (k > 0 && h.open[k].from <= h.open[k - 1].to))
			return false;
		if (*at == '\0') {
			*ret = h;
			return true;
		}
		if (*at++ != ' ')
			return false;
		at += strspn(at, " ");
	}
	return false;
}

bool hours_text_closing(const char *t, struct yearly_closing *ret)
{
	struct yearly_closing c;

	if (!text_is_like(t, "99-99..99-99"))
		return false;
	c = (struct yearly_closing){text_two_digits(t), text_two_digits(t + 3), text_two_digits(t + 7),
				    text_two_digits(t + 10), NULL};
	/* 2024 has a 29 February, so every day that comes in some year is one. */
	if (!date_is_valid((struct date){2024, c.from_month, c.from_day}) ||
	    !date_is_valid((struct date){2024, c.to_month, c.to_day}))
		return false;
	*ret = c;
	return true;
}

static const char *const days[WEEKDAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* "mon" or "mon-fri"; *at goes behind it. */
static bool take_days(const char **at, int *ret_from, int *ret_to)
{
	int day[2] = {-1, -1};

	for (int k = 0; k < 2; k++) {
		for (int d = 0; d < WEEKDAYS; d++)
			if (strncmp(*at, days[d], 3) == 0)
				day[k] = d;
		if (day[k] < 0)
			return false;
		*at += 3;
		if (k == 0 && **at != '-')
			day[k = 1] = day[0];
		else if (k == 0)
			(*at)++;
	}
	*ret_from = day[0];
	*ret_to = day[1];
	return day[0] <= day[1];
}

static bool take_part(const char *text, struct group_hours *g)
{
	struct day_hours h;
	int from, to;

	if (strcmp(text, "closed holidays") == 0)
		return g->calendar.closed_on_holidays = true;
	if (strncmp(text, "closed ", 7) == 0)
		return hours_text_closing(text + 7, &g->closing);
	if (!take_days(&text, &from, &to) || *text++ != ' ' || !hours_text_day(text, &h))
		return false;
	for (int d = from; d <= to; d++)
		g->calendar.week[d] = h;
	return true;
}

bool hours_text_group(const char *text, struct group_hours *ret)
{
	*ret = (struct group_hours){.closing = {0}};
	for (;;) {
		char part[PART_MAX];
		const size_t len = strcspn(text, ";");

		if (len >= sizeof part)
			return false;
		memcpy(part, text, len); /* checked: above */
		part[len] = '\0';
		if (!take_part(part, ret))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
		text += strspn(text, " ");
	}
}

struct hours_state group_open_at(const struct group_hours *g, struct datetime at)
{
	struct calendar c = g->calendar;

	c.closing = g->closing.from_month != 0 ? &g->closing : NULL;
	return calendar_state(&c, at);
}

bool group_next_opening(const struct group_hours *g, struct datetime at, struct datetime *ret)
{
	struct calendar c = g->calendar;

	c.closing = g->closing.from_month != 0 ? &g->closing : NULL;
	return calendar_next_opening(&c, at, ret);
}
