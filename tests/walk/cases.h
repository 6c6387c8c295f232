/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every job of every family, on cards in the states that matter: for the tests that cut each of them
 * at each of its commands. The PIN is value 0, the new one value 1.
 */
#ifndef REPIN_TESTS_WALK_CASES_H
#define REPIN_TESTS_WALK_CASES_H

#include "walk/walk.h"

enum { C_OLD = 0, C_NEW = 1, C_OTHER = 2 };

enum c_before {
	C_FRESH,
	C_ONE_TRY, /* the secret that is entered has one try left, and it may be spent */
	C_LOCKED,  /* the PIN that an unlock is for */
	C_DIFFER,  /* juki: another PIN in the second place */
	C_BEFORES
};

struct c_case {
	const struct f_family *f;
	struct w_job job; /* without its cut */
	enum c_before before;
};

/* Calls `each` for all of them, each with a walk on its card, which is put back in between. */
typedef void c_each(struct walk *w, const struct c_case *c);
void c_all(c_each *each, const char *notes);
/* Puts the card and the model into the case's state, and looks at it. */
void c_prepare(struct walk *w, const struct c_case *c);
/* For messages. */
const char *c_words(const struct c_case *c);
const struct f_slot *c_slot(const struct c_case *c);

#endif
