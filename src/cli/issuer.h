/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the command line that ask the card's issuer. The order of `reset`:
 *
 *     job_open -> issuer_connect -> rp_issuer_look -> reset_plan -> stakes, secrets -> rp_issuer_reset
 *
 * Nothing is asked of a person that the issuer would refuse anyway: who it is, what it knows of the card and
 * which door is open is found out first, and spends no try.
 */
#ifndef REPIN_CLI_ISSUER_H
#define REPIN_CLI_ISSUER_H

#include "cli/way.h"
#include "client/client.h"

/* --- issuer.c --- */

struct issuer_link {
	client *c;
	struct rp_issuer_port port; /* the client's, with the steps said on the way */
	struct rp_issuer_port inner;
	const struct app *a;
	bool proves; /* the job that runs has the card check an entry */
	bool shown, granted;
	uint8_t *external; /* --evidence; for free() */
};

/*
 * Asks the configured issuer who it is. `most_ms` bounds this and all later questions together (0: each has
 * its own limit). Errors: RP_E_CONFIG (none is configured), RP_E_ISSUER_*, RP_E_CANCELLED, RP_E_TIMEOUT.
 */
RP_MUST_CHECK rp_code issuer_connect(struct app *a, int64_t most_ms, struct issuer_link *ret,
				     struct trouble *t);
/* The same without the question, for operators. */
RP_MUST_CHECK rp_code issuer_client(struct app *a, int64_t most_ms, client **ret, struct trouble *t);
void issuer_close(struct issuer_link *l);

/* cmd_helpdesk.c: the operator of --operator, with password and one-time password. */
RP_MUST_CHECK rp_code helpdesk_sign_in(struct job *j, client *c, struct trouble *t);
/* cmd_revoke.c: `helpdesk revoke`, `helpdesk approve ID`, `helpdesk withdraw ID` */
bool revoke_is(const struct opts *o);
RP_MUST_CHECK rp_code revoke_run(struct job *j, struct trouble *t);
/* A wrong or blocked code is the exit status of a wrong or locked secret. `field`: which secret it was. */
rp_code issuer_failed(struct job *j, rp_code rc, enum secret_name field, struct trouble *t);
/* Refused by what the issuer told. */
rp_code issuer_refuse(struct job *j, enum rp_problem problem, struct trouble *t);

/* Whether this machine is one of the issuer's terminals. */
bool issuer_is_terminal(const struct app *a);
/*
 * Whether the card has our reset application, which a look at its PINs does not tell for every family: into
 * f->ours. Its SELECT is all that is sent, and no issuer is asked. Errors: those of rp_issuer_look.
 */
RP_MUST_CHECK rp_code issuer_probe(rp_card *card, struct rp_card_facts *f, struct rp_error *err);
/* The card shows that its issuer is one of ours, or resets it by a public scheme. Else: RP_E_NOT_OFFERED. */
RP_MUST_CHECK rp_code issuer_offers(struct job *j, bool any_door, struct trouble *t);

/* "3 hours 12 minutes", "1 day" */
void issuer_left_text(int64_t left_s, char *ret, size_t cap);
/* Kiosks of the public page that reset this PIN, a line each; false when it names none. */
bool issuer_say_kiosks(const struct issuer_link *l, const struct job *j);
struct json_t *issuer_kiosks_json(const struct issuer_link *l, const struct job *j);
/* What this look settled, in words. */
void issuer_say_settled(const struct rp_issuer_facts *f);
struct json_t *issuer_case_json(const struct rp_case *c);

/* --- reset_plan.c: which case, which door, which secrets --- */

struct reset_plan {
	enum doors_id door;
	char case_id[RP_ISSUER_ID]; /* "": a new one */
	rp_slot card_slot;	    /* the PIN of the card that it is about: never the user code */
	rp_slot other;		    /* the PIN that proves; RP_SLOT_NONE */
	enum secret_name secret;    /* what is asked besides `new`; SECRETS_N: nothing */
	struct rp_pin_facts stake;  /* whose try a wrong entry costs; slot none: nothing's */
	bool at_issuer;		    /* and there it is counted */
	int64_t left_s;		    /* until the case is over; -1: no end */
};

/* Before the issuer is asked: what it could never allow. Errors: RP_E_NOT_OFFERED with its door. */
RP_MUST_CHECK rp_code reset_may(struct job *j, struct trouble *t);
/* A card of which the issuer says that nothing is open. Errors: RP_E_ISSUER_REFUSED. */
RP_MUST_CHECK rp_code reset_check_card(struct job *j, const struct rp_issuer_facts *f, struct trouble *t);
/* cmd_reset.c: says what was done, in words or JSON. */
RP_MUST_CHECK rp_code reset_done(struct job *j, const struct reset_plan *p, const struct rp_reset_done *done,
				 struct trouble *t);
/* `f` NULL: a card without a MAC, of which nothing is told. Errors: RP_E_ISSUER_REFUSED, RP_E_USAGE. */
RP_MUST_CHECK rp_code reset_plan(struct job *j, const struct rp_issuer_facts *f, struct reset_plan *ret,
				 struct trouble *t);

/* The PIN that opens the kiosk's door for this one; RP_SLOT_NONE: it has no such door. */
rp_slot kiosk_other(const char *profile, rp_slot slot);

/* --- by_phone.c --- */

/* The new PIN by a response read over the telephone. */
RP_MUST_CHECK rp_code by_phone(struct job *j, struct rp_outcome *ret, struct trouble *t);
/* A challenge or response as typed. Errors: RP_E_INPUT_CHARS with the group that is wrong. */
RP_MUST_CHECK rp_code phone_typed(const rp_secret *typed, uint8_t ret[8], struct trouble *t);
/* Both forms, each with its label. */
void phone_say(enum out_to to, const uint8_t bytes[8]);

/* --- problems.c --- */

/* Whole sentences, translated. NULL: nothing to say. */
const char *problem_message(enum rp_problem p);
const char *problem_next(enum rp_problem p);
/* Message and next step of a refusal, with its tries, into the trouble; both are empty. */
void problem_explain(struct trouble *t);

#endif
