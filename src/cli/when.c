/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moments in the local time zone. The names of days and months are the catalogues', not the C
 * library's: the language of the words may be one for which the machine has no locale.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <time.h>

static const char *const days[] = {N_("Sunday"),   N_("Monday"), N_("Tuesday"), N_("Wednesday"),
				   N_("Thursday"), N_("Friday"), N_("Saturday")};
static const char *const months[] = {N_("January"),   N_("February"), N_("March"),    N_("April"),
				     N_("May"),	      N_("June"),     N_("July"),     N_("August"),
				     N_("September"), N_("October"),  N_("November"), N_("December")};

void when_long(int64_t when_s, char *ret, size_t cap)
{
	const time_t t = (time_t)when_s;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		(void)snprintf(ret, cap, "?");
	else
		/* TRANSLATORS: day of the week, day, month, year, hour, minute; put them in the order
		 * of your language with %4$d and the like. It stands in the middle of sentences. */
		(void)snprintf(ret, cap, _("%s, %d %s %d, %02d:%02d"), _(days[tm.tm_wday]), tm.tm_mday,
			       _(months[tm.tm_mon]), tm.tm_year + 1900, tm.tm_hour, tm.tm_min);
}

void when_short(int64_t when_s, char *ret, size_t cap)
{
	const time_t t = (time_t)when_s;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || strftime(ret, cap, "%Y-%m-%d %H:%M", &tm) == 0)
		(void)snprintf(ret, cap, "?");
}

void when_rfc3339(int64_t when_s, char *ret, size_t cap)
{
	const time_t t = (time_t)when_s;
	struct tm tm;

	if (when_s == 0 || gmtime_r(&t, &tm) == NULL || strftime(ret, cap, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		ret[0] = '\0';
}
