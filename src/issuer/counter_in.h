/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the counter share. */
#ifndef REPIN_ISSUER_COUNTER_IN_H
#define REPIN_ISSUER_COUNTER_IN_H

#include "issuer/counter.h"
#include "issuer/counter_table.h"
#include "issuer/people.h"
#include "rules/hours.h"

#define LETTER_LIVES_MS OTC_LIVES_MS
#define OTC_FOR_AGENT "agent"
/* Roles of the counter. */
#define ROLES_COUNTER (ROLE_CLERK | ROLE_APPROVER)

/* Who works where, and when it is there. */
struct desk {
	struct peer peer;
	struct row_operator op;
	unsigned roles;
	const struct office *office;
	struct datetime local;
};
/* Errors: terminal-*, sign-in, role, office (desk and operator are of two, or of none that is known). */
RP_MUST_CHECK rp_code desk_open(struct store_tx *tx, const struct issuer_peer *who, struct desk *ret,
				struct rp_error *err);
/* The minute of a time of the database, where offices are. */
struct datetime counter_local(int64_t ms);

/* The part of a request about one application, in its transaction. */
struct counter_job {
	issuer *i;
	const struct issuer_peer *who;
	const char *id;
	struct idem idem;
	/* by counter_begin */
	struct desk desk;
	struct row_application app;
	struct row_card card;
	struct counter_sheet sheet;
	struct row_application room; /* where a row is read that is not kept */
};
void counter_ask(struct counter_job *j, issuer *i, const struct issuer_peer *who, const char *id);
/*
 * Reads desk, application, card and sheet. Errors: as desk_open; not-found (also for one of another office),
 * own-card, card-*, stopped.
 */
RP_MUST_CHECK rp_code counter_begin(struct store_tx *tx, struct counter_job *j, struct rp_error *err);
/* The card of j->app.card_id, and may it be handled? Errors: not-found, own-card, card-*, stopped. */
RP_MUST_CHECK rp_code counter_check_card(struct store_tx *tx, struct counter_job *j, struct rp_error *err);
/* An entry about it; the first one's receipt is the application's. */
RP_MUST_CHECK rp_code counter_log(struct counter_job *j, struct store_tx *tx, const char *act,
				  const char *reason, struct rp_error *err);
/* One step by the table, in memory. Errors: case-state. */
RP_MUST_CHECK rp_code counter_step(struct counter_job *j, struct store_tx *tx, enum apply_event event,
				   struct rp_error *err);
/* Writes the row, an entry about it and the result of the request. */
RP_MUST_CHECK rp_code counter_write(struct counter_job *j, struct store_tx *tx, const char *act,
				    const char *reason, struct rp_error *err);
/* The verdict over all wishes: the least of them. The findings of each act that is among the wishes. */
struct counter_result {
	enum document_verdict verdict;
	struct document_result of[2]; /* by enum counter_act */
	bool asked[2];
};
void counter_judge(const struct counter_job *j, struct counter_result *ret);
/* For what calloc gave; who keeps a code in it wipes that before. */
void counter_freep(void *at);
/* malloc'd; NULL without memory. */
char *counter_json(const struct counter_job *j);

/* Runs `work` on the application of j->id with its card locked; the key may be NULL for one that reads. */
RP_MUST_CHECK rp_code counter_work(struct counter_job *j, const char *key, const char *what,
				   const struct hash_part *parts, size_t n, store_work_fn *work, void *arg,
				   char **ret_json, struct rp_error *err);

/* The card of an application; zeros when there is none of this name. */
RP_MUST_CHECK rp_code counter_card_id(issuer *i, const char *id, uint8_t ret[CARD_ID_LEN],
				      struct rp_error *err);

/* "sign:reset,juki:change"; false when it is none. */
RP_MUST_CHECK bool wishes_read(const char *text, struct counter_wish ret[COUNTER_WISHES_MAX], size_t *ret_n);
/* Facts and documents of the row from the sheet, and back. */
RP_MUST_CHECK rp_code sheet_put(const struct counter_sheet *s, struct row_application *ret,
				struct rp_error *err);
RP_MUST_CHECK rp_code sheet_load(const struct row_application *row, struct counter_sheet *ret,
				 struct rp_error *err);
/* A member of an object of the API. Both borrow nothing; NULL without memory. */
json_t *sheet_facts_json(const struct counter_sheet *s);
json_t *sheet_documents_json(const struct counter_sheet *s);
const char *applicant_word(enum applicant a);
/* False when it is none. */
bool applicant_of_word(const char *word, enum applicant *ret);

#endif
