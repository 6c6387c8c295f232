/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job: everything that happens to a card after the person has typed. In one transaction:
 * is it the card, and are the tries, that the person saw -> may the last try be spent -> the
 * one command that spends at most one -> what is the state now -> reset. Any doubt before
 * the secret goes out stops the job with nothing sent.
 */
#ifndef REPIN_CARD_JOB_H
#define REPIN_CARD_JOB_H

#include "card/pin.h"

/* Longest time a job may hold the card. */
#define JOB_MS_MAX 60000

enum job_kind {
	JOB_VERIFY,
	JOB_CHANGE,
	JOB_UNLOCK,
	JOB_PAD_VERIFY,
	JOB_PAD_CHANGE,
	JOB_RESOLVE,
	/* What their caller does in `act`, with the issuer's help. */
	JOB_SHOW,  /* no PIN: the card's number alone must be as shown */
	JOB_PROVE, /* the PIN of `row` is entered */
	JOB_RESET, /* the PIN of `row` gets a new value; that of `other` is entered */
};

struct job {
	enum job_kind kind;
	const struct pin_row *row;
	const struct unlock_row *way; /* JOB_UNLOCK */
	const struct rp_card_facts *shown;
	bool last_try_ok;
	const rp_secret *current;  /* or the unlocking secret; NULL for the pad */
	const rp_secret *fresh;	   /* NULL for JOB_VERIFY and the pad */
	const struct watch *watch; /* NULL: nobody notes anything */
	char *marks;		   /* JOB_RESOLVE: see pin_resolve */
	bool at_once;		   /* JOB_RESOLVE: the cut job sets all places in one */
	/* JOB_PROVE: the PIN that the proof is for; JOB_RESET: the one that proves. NULL: none. */
	const struct pin_row *other;
	const char *key; /* JOB_RESET: names the request for its grant in the note; NULL: it has none */
	rp_code (*act)(void *arg, struct session *s, struct rp_error *err);
	void *arg;
};

/*
 * Runs it. The session's family is known from reading the card before. Fills *ret on
 * success; on failure err tells slot, tries left and tries spent (asked of the card again
 * when its answer left it open).
 * Errors: see rp_pin_change and rp_pin_unlock in repin.h.
 */
RP_MUST_CHECK rp_code job_run(struct session *s, const struct job *j, struct rp_outcome *ret,
			      struct rp_error *err);

/*
 * Reads the card for people (spends nothing): PINs and facts as `what` (RP_READ_… of repin.h)
 * says. Begins a transaction, and its caller ends it: with the answer in hand, so that a card that
 * is slow to end costs nobody what it told. JOB_READ_ONCE lets the card go instead.
 */
#define JOB_READ_PINS 1u
#define JOB_READ_CARD 2u
#define JOB_READ_HIDDEN 4u
#define JOB_READ_FOR_JOB 8u
#define JOB_READ_ONCE 16u
RP_MUST_CHECK rp_code job_read(struct session *s, unsigned what, struct rp_card_facts *ret,
			       struct rp_error *err);

#endif
