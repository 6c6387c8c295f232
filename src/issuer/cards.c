/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card after its enrolment: its status, its key for the personaliser, a letter with a one-time
 * code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/people.h"

rp_code card_load(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], struct row_card *ret,
		  struct rp_error *err)
{
	struct row_card row = {0};
	bool found = false;
	rp_code rc;

	memcpy(row.card_id, card_id, sizeof row.card_id);
	rc = store_get(tx, ST_CARD_BY_ID, &row, &found, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "reading the card");
	if (!found)
		return rp_refuse(err, RP_PROBLEM_NOT_FOUND, "no card of this family and number is enrolled");
	*ret = row;
	return RP_OK;
}

/* --- status --- */

struct status_job {
	const char *by, *status, *reason;
	uint8_t card_id[CARD_ID_LEN];
};

static rp_code status_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct status_job *j = arg;
	const struct people_act act = {.act = "card-status",
				       .by = j->by,
				       .card_id = j->card_id,
				       .outcome = j->status,
				       .reason = j->reason};
	struct row_card card;
	rp_code rc = by_may(tx, j->by, ROLE_ADMIN | ROLE_APPROVER, err);

	if (rc == RP_OK)
		rc = card_load(tx, j->card_id, &card, err);
	if (rc == RP_OK)
		rc = by_not_own(tx, j->by, j->card_id, err);
	if (rc == RP_OK && strcmp(card.status, "revoked") == 0)
		rc = rp_refuse(err, RP_PROBLEM_CARD_REVOKED, "nothing makes it another one");
	if (rc == RP_OK)
		rc = text_put(card.status, sizeof card.status, j->status, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_CARD_STATUS, &card, NULL, err);
	/* A reservation does not outlive the state in which it was made. */
	if (rc == RP_OK && strcmp(j->status, "active") != 0)
		rc = cases_cancel(tx, &card, RP_SLOT_NONE, NULL, j->by, err);
	return rc == RP_OK ? log_people(tx, &act, NULL, err) : rc;
}

rp_code issuer_card_status(issuer *i, const char *by, const char *profile, const char *number,
			   const char *status, const char *reason, struct rp_error *err)
{
	struct status_job j = {.by = by, .status = status, .reason = reason};
	const struct store_opts o = {.card_id = j.card_id};
	rp_code rc;

	if (strcmp(status, "active") != 0 && strcmp(status, "suspended") != 0 &&
	    strcmp(status, "revoked") != 0)
		return rp_fail(err, RP_E_USAGE, "a card is active, suspended or revoked");
	rc = card_id_of(i, profile, number, j.card_id, err);
	return rc == RP_OK ? issuer_work(i, &o, status_work, &j, err) : rc;
}

/* --- the key --- */

struct key_job {
	const char *by;
	const char *how;
	uint8_t card_id[CARD_ID_LEN];
};

static rp_code key_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct key_job *j = arg;
	rp_code rc = by_may(tx, j->by, ROLE_ADMIN, err);

	if (rc != RP_OK)
		return rc;
	return log_people(
		tx,
		&(struct people_act){.act = "card-key", .by = j->by, .card_id = j->card_id, .reason = j->how},
		NULL, err);
}

/* Logged first: a key that somebody has got stands in the log, whatever happens afterwards. */
rp_code issuer_card_key(issuer *i, const char *by, const char *profile, const char *number, const char *how,
			rp_secret **ret, struct rp_error *err)
{
	struct key_job j = {.by = by, .how = how};
	const struct store_opts o = {0};
	rp_code rc = card_id_of(i, profile, number, j.card_id, err);

	if (rc == RP_OK)
		rc = issuer_work(i, &o, key_work, &j, err);
	if (rc != RP_OK)
		return rc;
	return keys_card_key(i->keys, keys_version(i->keys, KEYS_RESET), j.card_id, ret, err);
}

/* --- a further version of a key --- */

struct next_job {
	const char *by;
	char what[48];
};

static rp_code next_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct next_job *j = arg;
	rp_code rc = by_may(tx, j->by, ROLE_ADMIN, err);

	return rc == RP_OK
		       ? log_people(tx,
				    &(struct people_act){.act = "key-new", .by = j->by, .reason = j->what},
				    NULL, err)
		       : rc;
}

rp_code issuer_key_next(issuer *i, const char *by, enum keys_use use, const char *name, unsigned *ret_version,
			struct rp_error *err)
{
	const unsigned version = keys_version(i->keys, use) + 1;
	const struct store_opts o = {0};
	struct next_job j = {.by = by};
	rp_code rc;

	(void)snprintf(j.what, sizeof j.what, "%.24s-%u", name, version);
	rc = issuer_work(i, &o, next_work, &j, err);
	if (rc == RP_OK)
		*ret_version = version;
	return rc;
}

/* --- a letter with a one-time code --- */

struct letter_job {
	const char *by;
	uint8_t card_id[CARD_ID_LEN];
	char code[16];
	struct row_one_time_code row;
};

/* One a week per card, whoever orders it: the window begins anew with the first after it. */
static rp_code letter_limit(struct store_tx *tx, struct letter_job *j, struct rp_error *err)
{
	struct row_limit limit = {.what = "letter", .from_ms = store_now(tx) - LETTER_EVERY_MS};
	bool found = false;
	rp_code rc;

	memcpy(limit.card_id, j->card_id, sizeof limit.card_id);
	rc = store_get(tx, ST_LIMIT_COUNT, &limit, &found, err);
	if (rc == RP_OK && limit.n > 1)
		rc = rp_refuse(err, RP_PROBLEM_LETTER_LIMIT, "one letter a week");
	return rc;
}

static rp_code letter_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct letter_job *j = arg;
	struct row_one_time_code row = j->row;
	const struct people_act act = {.act = "letter", .by = j->by, .card_id = j->card_id};
	char receipt[ROW_ID];
	struct row_card card;
	rp_code rc = by_may(tx, j->by, ROLE_CLERK | ROLE_HELP_DESK | ROLE_ADMIN, err);

	if (rc == RP_OK)
		rc = card_load(tx, j->card_id, &card, err);
	if (rc == RP_OK)
		rc = by_not_own(tx, j->by, j->card_id, err);
	if (rc == RP_OK)
		rc = card_active(&card, err);
	if (rc == RP_OK)
		rc = letter_limit(tx, j, err);
	if (rc == RP_OK)
		rc = text_put(row.purpose, sizeof row.purpose, "user-code-reset", err);
	row.issued_ms = store_now(tx);
	row.until_ms = row.issued_ms + OTC_LIVES_MS;
	if (rc == RP_OK)
		rc = store_run(tx, ST_OTC_PUT, &row, NULL, err);
	if (rc == RP_OK)
		rc = log_people(tx, &act, receipt, err);
	if (rc == RP_OK)
		rc = notice_put(tx, &card, "code", RP_SLOT_USER_CODE, "user-code-reset", receipt, err);
	return rc;
}

static rp_code letter_make(issuer *i, struct letter_job *j, struct rp_error *err)
{
	rp_code rc;

	if (!place_take(i))
		return rp_refuse(err, RP_PROBLEM_BUSY, "all places for codes are taken");
	rc = code_make_one_time(i, j->card_id, j->code, &j->row, err);
	place_give(i);
	return rc;
}

rp_code issuer_user_code_letter(issuer *i, const char *by, const char *profile, const char *number,
				char ret_code[16], struct rp_error *err)
{
	struct letter_job j = {.by = by};
	const struct store_opts o = {.card_id = j.card_id};
	rp_code rc = door_check(profile, RP_SLOT_USER_CODE, DOORS_USER_CODE_RESET, err);

	if (rc == RP_OK)
		rc = card_id_of(i, profile, number, j.card_id, err);
	if (rc == RP_OK)
		rc = letter_make(i, &j, err);
	if (rc == RP_OK)
		rc = issuer_work(i, &o, letter_work, &j, err);
	if (rc == RP_OK)
		memcpy(ret_code, j.code, sizeof j.code);
	rp_wipe(j.code, sizeof j.code);
	return rc;
}
