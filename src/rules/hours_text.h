/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hours as people write them: in the lines of an office file, and in one line for a group of kiosks:
 *
 *     mon-sun 6:30-23:00; closed 12-29..01-03
 *     mon-fri 8:00-12:00 13:00-18:00; sat 9:00-12:00; closed holidays
 *
 * Parts with "; " between them; a day that is not named is closed, and the last word on a day counts.
 */
#ifndef REPIN_RULES_HOURS_TEXT_H
#define REPIN_RULES_HOURS_TEXT_H

#include "rules/hours.h"

/* By a pattern: '9' stands for a digit, the rest for itself. */
bool text_is_like(const char *text, const char *pattern);
/* Of two digits, which the caller has seen. */
int text_two_digits(const char *at);
/* "8:30-12:00 13:00-17:00" or "closed"; *ret is left alone when it is neither. */
bool hours_text_day(const char *text, struct day_hours *ret);
/* "12-29..01-03". */
bool hours_text_closing(const char *text, struct yearly_closing *ret);

/* Points into nothing: may be copied. */
struct group_hours {
	struct calendar calendar; /* without `closing` */
	struct yearly_closing closing;
};
/* False when it is not in the form above. */
bool hours_text_group(const char *text, struct group_hours *ret);
struct hours_state group_open_at(const struct group_hours *g, struct datetime at);
bool group_next_opening(const struct group_hours *g, struct datetime at, struct datetime *ret);

#endif
