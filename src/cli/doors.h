/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of `repin doors`. The order of a run:
 *
 *     doors_options -> card or --profile -> doors_check -> doors_ask -> doors_plan (rules)
 *                                                                    -> doors_show | doors_json
 */
#ifndef REPIN_CLI_DOORS_H
#define REPIN_CLI_DOORS_H

#include "cli/way.h"
#include "repin/issuer.h"
#include "rules/hours.h"

/* What the card's issuer was asked, and told. */
struct doors_asked {
	bool asked, reached;
	char issuer[128];
	rp_code code; /* why it was not reached */
	enum rp_problem problem;
	struct rp_issuer_facts facts;
};

struct inquiry {
	struct app *a;
	const char *reader; /* NULL: asked without a card */
	struct rp_card_facts facts;
	rp_slot slots[RP_PINS_MAX]; /* the PINs that are planned for */
	size_t n;
	bool named;		/* the PIN was named on the command line */
	bool card_shown;	/* before the questions */
	bool troubled;		/* at least one of them is locked, dead, not set, or at one try */
	enum doors_id door;	/* --door */
	struct doors_in in;	/* what was said; the slot is set for each plan */
	bool said[DOORS_SLOTS]; /* known, not known or not sure: it was said */
	bool said_card_sign;
	struct doors_asked asked;
	size_t revocation; /* how far, of --receipt; doors_receipt.c */
	bool receipt_away;
	const struct office *office; /* the example's, where the card is of its municipality; else NULL */
	struct datetime now;	     /* at counters and kiosks */
};

/* One PIN's answers. */
struct plan {
	struct doors_out out;	 /* with the recommended door */
	struct doors_out chosen; /* with the door of --door in its place */
};

/* --- doors_ask.c: what the person says --- */

/* The options, before the card is looked at. Errors: RP_E_USAGE, RP_E_SLOT_UNKNOWN. */
RP_MUST_CHECK rp_code doors_options(struct inquiry *q, struct trouble *t);
/* Are the PINs and codes that were named those of this family? Errors: RP_E_SLOT_UNKNOWN. */
RP_MUST_CHECK rp_code doors_check(const struct inquiry *q, struct trouble *t);
/*
 * On a terminal, at most three questions: those that matter here and that no option has
 * answered. Errors: RP_E_CANCELLED, RP_E_TIMEOUT, RP_E_USAGE (no answer was understood).
 */
RP_MUST_CHECK rp_code doors_ask(struct inquiry *q, struct trouble *t);
/*
 * The PINs and codes that would open a door of this slot and of which nothing was said, as
 * options take them: "auth, letter", "" when there is none; and the options that would say
 * them besides what was said.
 */
void doors_not_said(const struct inquiry *q, rp_slot slot, char *ret, size_t cap, char *ret_options,
		    size_t options_cap);

/* The options that say what was said, with a blank before each. */
void doors_said(const struct inquiry *q, char *ret, size_t cap);

/* --- doors_issuer.c: what the issuer knows --- */

/* Asks it, within seconds, when one is configured and the card is one of its; no answer is no error. */
void doors_ask_issuer(struct inquiry *q, rp_card *card);
/* What it told of this PIN, into the question. */
void doors_take_issuer(struct inquiry *q, rp_slot slot);
/* Says what it told, or that it could not be reached; nothing when it was not asked. */
void doors_say_issuer(const struct inquiry *q);
/* null when it was not asked */
struct json_t *doors_issuer_json(const struct inquiry *q);

/* --- doors_receipt.c: how far a revocation is --- */

/* Asks the issuer with --receipt. No answer in time is no error. Errors: a number that is none, refusals. */
RP_MUST_CHECK rp_code doors_ask_receipt(struct inquiry *q, struct trouble *t);
void doors_say_receipt(const struct inquiry *q); /* nothing without --receipt */
struct json_t *doors_receipt_json(const struct inquiry *q);

/* --- doors_words.c: places, things, times --- */

/* The i-th word of a set, for JSON and for people; NULL after the last. */
struct bit_words {
	unsigned bit;
	const char *word, *text;
};
extern const struct bit_words doors_where_words[]; /* both end at bit 0 */
extern const struct bit_words doors_bring_words[];
/* "the card, a smartphone" */
void doors_bits(const struct bit_words *words, unsigned bits, char *ret, size_t cap);
const char *doors_lives_text(enum doors_lives l); /* NULL: no limit */

/* When a door is open. */
struct opening {
	const struct calendar *when; /* NULL: not known */
	struct hours_state state;
	bool has_next; /* closed, and `next` is its next opening */
	struct datetime next;
};
void doors_opening(const struct inquiry *q, const struct doors_door *door, rp_slot slot, struct opening *ret);
/* "It is closed today, a national holiday. It opens on 2026-11-24 at 08:30." */
void doors_opening_text(const struct opening *o, char *ret, size_t cap);
/* The place's hours as the planner takes them. */
struct doors_place doors_place_of(const struct calendar *c, struct datetime now);
/* "2026-11-24T08:30+09:00" */
void doors_iso(struct datetime t, char *ret, size_t cap);
/* The operators of kiosks that reset this PIN, for people. */
void doors_chains(rp_slot slot, char *ret, size_t cap);
/* The documents of list A or B, for people. */
void doors_documents(enum document_list list, char *ret, size_t cap);
/* Does this family's counter ask for documents, and does this plan go there? */
bool doors_wants_documents(const struct doors_out *out);
/* The command that goes through this door here; "" when none does. */
void doors_command(const struct inquiry *q, const struct doors_out *out, char *ret, size_t cap);
/* Would the reason's remedy help here? A locked PIN without any reset has none. */
const char *doors_opens(const struct doors_out *out, const struct doors_door *d);

/* --- contacts.c --- */
struct contact_line {
	const char *what, *label, *text; /* `what` for programs; all borrowed */
};
/* What is known of this family; returns how many. `reissue`: the pages for it, too. */
size_t contacts_of(const struct conf *conf, const char *profile, bool reissue,
		   struct contact_line ret[CONTACT_KINDS]);

/* --- doors_show.c, doors_json.c --- */

/* The PINs that it is about, with their states. Short of memory: nothing. */
void doors_show_pins(const struct inquiry *q, enum out_to to);
RP_MUST_CHECK rp_code doors_show(const struct inquiry *q, const struct plan *plans, struct trouble *t);
RP_MUST_CHECK rp_code doors_json(const struct inquiry *q, const struct plan *plans, struct trouble *t);

/* Which of the three texts the language of the screen takes. */
const char *doors_of_lang(const char *en, const char *ja, const char *zh);

#endif
