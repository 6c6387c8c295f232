/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seven families as the walks and the cuts see them: slots, the values that a PIN may have, the
 * commands with secrets that each job is made of, and what others do to a card: another program with
 * its own commands, and the issuer's terminal. Written from cards.md, design.md and docs/wire.md.
 */
#ifndef REPIN_TESTS_WALK_FAMILY_H
#define REPIN_TESTS_WALK_FAMILY_H

#include "support/vreader.h"
#include "walk/model.h"

enum { F_VALUES = 4, F_SLOTS = 4, F_STEPS = 5, F_ASKS = 6 };

enum f_change {
	F_FIXED,      /* not changed from here */
	F_TOGETHER,   /* old and new in one command */
	F_PROVEN,     /* the old one, then both: only the card knows where the old one ends */
	F_AFTERWARDS, /* the old one, then the new one */
	F_PLACES,     /* juki: prove 0, prove 1, set 1, prove 0, set 0 */
};

/* Where a reference lives, for those who speak to the card without us. */
struct f_ref {
	const char *id; /* the virtual card's name of it */
	const char *select;
	uint16_t ef;
	uint8_t p2;
};

struct f_slot {
	rp_slot slot;
	int max;
	int at, n_refs; /* references at … at + n_refs - 1 of the model */
	struct f_ref ref[2];
	enum f_change change;
	bool untold;	 /* the card does not tell its tries */
	bool unset_at_0; /* a code that is used up looks like one that was never set */
	bool kept;	 /* opens another PIN; no VERIFY of its own */
	bool pad;	 /* can be entered on a PIN pad */
	uint8_t fill;	 /* padded to this length by other programs, old PIN in a change too */
	uint8_t fill_old;
	const char *value[F_VALUES]; /* the card is made with the first one */
};

struct f_unlock {
	int slot, code; /* indexes of slots */
	unsigned way;	/* as in rp_job */
	bool two_steps; /* the code is proven, then the new PIN follows */
	bool confirmed; /* the new PIN is proven afterwards: only the card knows where the code ends */
};

/* What the issuer is asked for, with the card in the reader. */
struct f_ask {
	int slot, by; /* indexes of slots; M_NONE: no PIN proves it */
	bool reserves, by_phone;
};

enum f_issuer { F_NO_ISSUER, F_RESET_APP, F_ADMIN_KEY };

struct f_family {
	const char *name, *pins;
	struct f_slot slot[F_SLOTS];
	int n_slots;
	struct f_unlock unlock[2];
	int n_unlocks;
	struct f_ask ask[F_ASKS];
	int n_asks;
	int last_way; /* reference, or M_NONE */
	enum f_issuer issuer;
};

extern const struct f_family f_families[];
extern const int f_n_families;

/* The model of a new card. */
struct m_card f_model(const struct f_family *f);
int f_n_refs(const struct f_family *f);
const struct f_slot *f_slot_of_ref(const struct f_family *f, int ref);

/* The commands with secrets of a job; how many. */
int f_steps_verify(const struct f_slot *s, int entry, struct m_step ret[F_STEPS]);
int f_steps_change(const struct f_slot *s, int entry, int fresh, struct m_step ret[F_STEPS]);
int f_steps_unlock(const struct f_family *f, const struct f_unlock *u, int entry, int fresh,
		   struct m_step ret[F_STEPS]);
int f_steps_ask(const struct f_family *f, const struct f_ask *a, int entry, int fresh,
		struct m_step ret[F_STEPS]);

/* A command with a secret in it, by its header. */
bool f_is_secret(const uint8_t head[4], size_t len);

/* Another program, with commands of its own: proves a value, or changes the PIN when `old` is right. */
void f_other_proves(const struct f_slot *s, int place, struct vcard *card, int value);
void f_other_changes(const struct f_slot *s, int place, struct vcard *card, int old, int fresh);
/*
 * The issuer's terminal resets a PIN. Power goes at its command number `cut` (0 = never), `done` says
 * whether that one is still executed. True when the new PIN is set.
 */
bool f_issuer_resets(const struct f_family *f, const struct f_slot *s, struct vcard *card, int fresh,
		     unsigned cut, bool done);

#endif
