/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One card with its model beside it, and a job on both. After each job everything that the library
 * said, everything that went over the wire and everything that stands on the card must be as the
 * model has it.
 */
#ifndef REPIN_TESTS_WALK_WALK_H
#define REPIN_TESTS_WALK_WALK_H

#include "support/play_issuer.h"
#include "walk/family.h"

enum w_kind { W_VERIFY, W_CHANGE, W_UNLOCK, W_PAD_VERIFY, W_PAD_CHANGE, W_ASK, W_KINDS };

/* A job as a person gives it. */
struct w_job {
	enum w_kind kind;
	int slot; /* indexes into the family */
	int unlock, ask;
	int entry,
		fresh; /* values of the slot (the entry of an unlock: of the code's; the issuer: of `by`) */
	bool consent;  /* to the last try */
	unsigned cut;  /* power goes at this command; 0 = never */
	bool done;     /* … after it was executed */
};

/* What one job came to: for the statistics of a walk. */
struct w_outcome {
	rp_code code;
	bool cut;
	int spent; /* as told */
	bool in_doubt, dead;
};

struct walk {
	const struct f_family *f;
	struct vcard *card;
	struct vpin first[VCARD_PINS_MAX];
	struct vpin *truth[M_REFS];
	struct m_card m;
	struct vreader v;
	struct play_issuer issuer;
	rp_ctx *ctx;
	rp_card *c;
	const char *notes; /* directory of the jobs' notes; NULL: none are kept */
	char number[48];
	struct rp_card_facts shown; /* what the person saw, and the model at that moment */
	struct m_card shown_m;
	/* Another program's act while the person types, once: on the card, and on the model in its turn. */
	void (*other)(struct walk *w, void *arg), (*other_on_model)(struct walk *w, void *arg);
	void *other_arg;
	unsigned other_at_begin;	 /* at which transaction of the job; 0: at the first one */
	int other_after;		 /* so many of our secrets were sent before it; -1: has not acted */
	const char *(*story)(void *arg); /* for the message of a failure */
	void *story_arg;
};

/* A new card of the family, opened and looked at. Its RSA keys are made once per program. */
void walk_start(struct walk *w, const struct f_family *f, const char *notes);
void walk_start_number(struct walk *w, const struct f_family *f, const char *notes, const char *number);
void walk_end(struct walk *w);
/* The card as it was made, in a new context. */
void walk_restore(struct walk *w);
/* The model as the card is. */
void walk_believe_card(struct walk *w);
/* Fails the test with the story of the walk. */
#define walk_fail(w, ...) walk_fail_at((w), __FILE__, __LINE__, __VA_ARGS__)
void walk_fail_at(const struct walk *w, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5), noreturn));
/* Another process on the same card: a context of its own, nothing remembered. */
void walk_reopen(struct walk *w);
/* Looks at the card, and holds what is shown against the model; cut as in w_job. */
void walk_look(struct walk *w, unsigned cut, bool done);
/* Does the job on card and model, with what was shown last. */
struct w_outcome walk_job(struct walk *w, const struct w_job *j);
/* Whose secret the job enters; NULL: none. */
const struct f_slot *walk_secret(const struct f_family *f, const struct w_job *j);
/* True when it sets a PIN, so that a cut of it leaves a note. */
bool walk_sets(const struct f_family *f, const struct w_job *j);
/* The job at the library alone, for who judges by himself. */
rp_code walk_run(struct walk *w, const struct w_job *j, struct rp_outcome *out, struct rp_error *err);
/* The card is as the model has it. */
void walk_check_card(const struct walk *w);
/* The entry as it is sent, made once. */
const rp_secret *walk_entry(const struct walk *w, int slot, enum rp_entry kind, int value);

#endif
