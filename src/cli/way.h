/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a card's facts and the planner of rules/doors.h. Errors, status and `doors` all
 * say the planner's sentences, so that none of them knows a way of its own.
 */
#ifndef REPIN_CLI_WAY_H
#define REPIN_CLI_WAY_H

#include "cli/cli.h"
#include "rules/doors.h"

/* The facts of a slot, to be written; a slot that the card did not tell is added. NULL: no room. */
struct rp_pin_facts *facts_pin_add(struct rp_card_facts *f, rp_slot slot);

/* The way back, for a person who has said nothing. */
struct way {
	enum doors_id door;	 /* named first; DOORS_NONE: the table does not know the slot */
	enum doors_id door_else; /* without what the first one needs; DOORS_NONE: it needs nothing */
	char text[768];		 /* whole sentences, translated */
};

/*
 * Plans twice: for somebody who knows everything else, and for somebody who knows nothing.
 * wrong: the slot's own PIN was typed wrong just now, so it is not known; else it is asked for
 * only where no reset is left. False when the table does not know the slot.
 */
bool way_back(const struct rp_card_facts *f, rp_slot slot, bool wrong, struct way *ret);
/* The way through a door that somebody else names; false when the table has none such for this PIN. */
bool way_by(const struct rp_card_facts *f, rp_slot slot, enum doors_id door, struct way *ret);
/* "Way back: … Steps: repin doors SLOT", the last line of an error; "" when there is none. */
void way_line(const struct way *w, rp_slot slot, char *ret, size_t cap);

#endif
