/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Japan's national holidays, a const table made at build time from data/holidays-jp.csv.
 * The days of the equinoxes are announced only in February of the year before: rows later than
 * that are `computed`, and a screen should say "expected".
 *
 * Source: Act on National Holidays (Act No. 178 of 1948), articles 2 and 3; the other sources
 * stand in the rows.
 */
#ifndef REPIN_RULES_HOLIDAYS_H
#define REPIN_RULES_HOLIDAYS_H

#include <stddef.h>

#include "rules/date.h"

struct holiday {
	struct date date;
	const char *name_ja, *name_en;
	bool computed; /* rests on an equinox that is not announced yet */
	const char *source;
};

/* In the order of their dates; first and last year are whole. */
extern const struct holiday holidays_jp[];
extern const size_t n_holidays_jp;

/* The national holiday on that day, NULL when it is none, or holidays_cover() says no. */
const struct holiday *holiday_on(struct date d);
/* True when the table knows the year of d: outside it nobody can say "no holiday". */
bool holidays_cover(struct date d);

#endif
