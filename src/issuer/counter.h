/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counter: places in the queue of an office, and applications. An application is about one card and one
 * or more of its PINs; a clerk enters facts and documents (the sheet), rules/documents.h says whether they
 * are enough, the clerk decides, and where the office asks for it a second person agrees. Only then there
 * are cases, one for each PIN to be reset, ready to be granted at a desk of this office.
 *
 *     counter_open -> counter_sheet… -> counter_decide [-> counter_agree] -> issuer_grant (door counter)
 *     agent: counter_open -> counter_sheet -> counter_letter
 *            another day: counter_answer -> counter_sheet -> …
 *
 * Every call needs a desk of the operator's office, the operator's session and a role, and is about that
 * office alone; nobody handles their own card. The day and the hour are the database's, where the office is.
 * Nothing that names a person is stored: of a document its kind, dates and what matches, of a holder the age.
 *
 * Errors of all: terminal-*, sign-in, role, office, own-card, not-found, case-state, malformed, RP_E_STORE*.
 */
#ifndef REPIN_ISSUER_COUNTER_H
#define REPIN_ISSUER_COUNTER_H

#include "base/json.h"
#include "issuer/issuer.h"
#include "rules/documents.h"

#define COUNTER_WISHES_MAX 4
#define COUNTER_WORDS 60 /* bytes of what an "etc." document is, and of why it is taken */

struct counter_wish {
	rp_slot slot;
	enum counter_act act;
};

/* What the clerk enters; texts of documents point into `words`. */
struct counter_sheet {
	int holder_age; /* -1: not known */
	bool ward, card_present, card_pin_confirmed, current_pin_verified, representative_present;
	enum fact registered_here; /* asked only when the issuer's record does not say where */
	enum fact same_household, domicile_in_city, applicant_resident;
	struct document_shown shown[DOCUMENTS_SHOWN_MAX];
	size_t n_shown;
	char words[DOCUMENTS_SHOWN_MAX][2][COUNTER_WORDS + 1];
};

/* Takes the members "facts" and "documents" of an object; what is wrong is told by jin_done. */
void counter_sheet_read(struct jin *in, struct counter_sheet *ret);

struct counter_opening {
	const char *profile, *number;
	enum applicant applicant;
	struct counter_wish wishes[COUNTER_WISHES_MAX];
	size_t n_wishes;
	const char *visit;    /* its place in the queue; NULL: none */
	const char *cause;    /* why the PIN is locked, as the applicant says; NULL: nothing was said */
	const char *override; /* outside the hours: why all the same; needs the role approver. NULL: none */
};

/*
 * The calls below answer with JSON of the application as docs/openapi.yaml's Application has it, malloc'd:
 * state, wishes, sheet, verdict, findings (rule, class, document) and cases.
 */

/* Errors: office-closed (outside the hours, without `override`), door, card-*, stopped. */
RP_MUST_CHECK rp_code counter_open(issuer *i, const struct issuer_peer *who, const char *key,
				   const struct counter_opening *o, char **ret_json, struct rp_error *err);
RP_MUST_CHECK rp_code counter_sheet(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
				    const struct counter_sheet *s, char **ret_json, struct rp_error *err);
RP_MUST_CHECK rp_code counter_show(issuer *i, const struct issuer_peer *who, const char *id, char **ret_json,
				   struct rp_error *err);
/* Those of this office that are not at their end. */
RP_MUST_CHECK rp_code counter_list(issuer *i, const struct issuer_peer *who, char **ret_json,
				   struct rp_error *err);

enum counter_decision { COUNTER_ACCEPT, COUNTER_REFUSE, COUNTER_CANCEL };
/*
 * By a clerk. Accepting needs a sheet that is enough, or one that leaves it to the clerk; `reason` is never
 * empty. Errors: evidence-missing (the sheet is not enough).
 */
RP_MUST_CHECK rp_code counter_decide(issuer *i, const struct issuer_peer *who, const char *key,
				     const char *id, enum counter_decision what, const char *reason,
				     char **ret_json, struct rp_error *err);
/* By another clerk or an approver. Not agreed: open again. Errors: four-eyes (the same person). */
RP_MUST_CHECK rp_code counter_agree(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
				    bool agreed, char **ret_json, struct rp_error *err);
/*
 * An agent's first visit ends: the holder is asked by letter. `ret_code` is printed on it, once; the same
 * request again makes another in its place. Errors: evidence-missing (it is no agent's, or not enough).
 */
RP_MUST_CHECK rp_code counter_letter(issuer *i, const struct issuer_peer *who, const char *key,
				     const char *id, char ret_code[16], char **ret_json,
				     struct rp_error *err);
/*
 * The agent brings the holder's answer with the letter's code, on another day. Counted before compared,
 * three tries. Errors: code-missing, code-wrong, code-blocked, code-expired; evidence-missing (the same day),
 * office-closed.
 */
RP_MUST_CHECK rp_code counter_answer(issuer *i, const struct issuer_peer *who, const char *key,
				     const char *id, const rp_secret *code, char **ret_json,
				     struct rp_error *err);

/* --- the queue (visits.c) --- */

/* `at_ms` 0: walk-in, who waits from now on; else booked for then, within the hours. `wish`: rows.h. */
RP_MUST_CHECK rp_code visit_new(issuer *i, const struct issuer_peer *who, const char *key, const char *wish,
				int64_t at_ms, bool is_free, char **ret_json, struct rp_error *err);
/* `event`: a word of counter_table.h. */
RP_MUST_CHECK rp_code visit_move(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
				 const char *event, char **ret_json, struct rp_error *err);
/* Those of a day ("YYYY-MM-DD"; NULL: today) of this office, in order of their numbers. */
RP_MUST_CHECK rp_code visit_list(issuer *i, const struct issuer_peer *who, const char *day, char **ret_json,
				 struct rp_error *err);

/* One round of the sweeper: applications whose time is over, and who was not there yesterday. */
RP_MUST_CHECK rp_code counter_sweep(issuer *i, struct rp_error *err);

#endif
