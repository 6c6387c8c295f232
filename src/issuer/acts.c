/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The acts that two people agree to, as a table: each reads its arguments from the JSON of the
 * approval and does its work in the transaction in which the second person agrees.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/json.h"
#include "issuer/acts.h"
#include "tlog/tlog.h"

#define RECOVER_AT_ONCE 500

/* --- terminal: enrolled --- */

static rp_code terminal_read(issuer *i, struct jin *in, struct act_args *a, struct rp_error *err)
{
	static const char *const classes[] = {"kiosk", "desk", "app"};
	struct row_terminal *t = &a->terminal;
	size_t k = 0;

	(void)i;
	jin_hex(in, "fingerprint", t->fingerprint, sizeof t->fingerprint);
	jin_text(in, "name", 1, sizeof t->name - 1, t->name);
	jin_word(in, "class", classes, sizeof classes / sizeof classes[0], &k);
	jin_text(in, "group", 0, sizeof t->grp - 1, t->grp);
	jin_text(in, "office", 0, sizeof t->office - 1, t->office);
	if (in->failed)
		return RP_OK;
	if (k == 0 && t->grp[0] == '\0')
		jin_fail(in, "group", "is needed: it says what a kiosk may reset");
	if (k == 1 && t->office[0] == '\0')
		jin_fail(in, "office", "is needed: a desk decides for its office");
	return text_put(t->klass, sizeof t->klass, classes[k], err);
}

static rp_code terminal_check(struct store_tx *tx, const struct act_args *a, struct rp_error *err)
{
	struct row_group group = {0};
	struct row_terminal there = a->terminal;
	bool found = false;
	rp_code rc = store_get(tx, ST_TERMINAL_BY_NAME, &there, &found, err);

	if (rc == RP_OK && found)
		return rp_fail(err, RP_E_CONFLICT, "there is a terminal of this name");
	there = a->terminal;
	if (rc == RP_OK)
		rc = store_get(tx, ST_TERMINAL_GET, &there, &found, err);
	if (rc == RP_OK && found)
		return rp_fail(err, RP_E_CONFLICT, "this certificate is that of a terminal already");
	if (rc != RP_OK || a->terminal.grp[0] == '\0')
		return rc;
	memcpy(group.name, a->terminal.grp, sizeof group.name);
	rc = store_get(tx, ST_GROUP_GET, &group, &found, err);
	if (rc == RP_OK && (!found || strcmp(group.klass, a->terminal.klass) != 0))
		rc = rp_fail(err, RP_E_CONFLICT, "there is no group %s of this class", a->terminal.grp);
	return rc;
}

static rp_code terminal_do(issuer *i, struct store_tx *tx, const struct act_args *a, char said[ROW_TEXT],
			   struct rp_error *err)
{
	struct row_terminal t = a->terminal;

	(void)i;
	t.enrolled_ms = store_now(tx);
	(void)snprintf(said, ROW_TEXT, "%s", t.klass);
	return store_run(tx, ST_TERMINAL_INSERT, &t, NULL, err);
}

/* --- lift-stop --- */

static rp_code stop_read(issuer *i, struct jin *in, struct act_args *a, struct rp_error *err)
{
	(void)i;
	(void)err;
	jin_text(in, "id", 1, sizeof a->stop.id - 1, a->stop.id);
	return RP_OK;
}

struct stop_search {
	const char *id;
	bool found;
};

static rp_code is_stop(void *arg, const void *row, struct rp_error *err)
{
	struct stop_search *s = arg;
	const struct row_stop *stop = row;

	(void)err;
	s->found = s->found || strcmp(stop->id, s->id) == 0;
	return RP_OK;
}

static rp_code stop_check(struct store_tx *tx, const struct act_args *a, struct rp_error *err)
{
	struct stop_search s = {.id = a->stop.id};
	struct row_stop row = {0};
	rp_code rc = store_each(tx, ST_STOP_ACTIVE, &row, is_stop, &s, err);

	if (rc == RP_OK && !s.found)
		rc = rp_fail(err, RP_E_CONFLICT, "no stop of this number is in force");
	return rc;
}

static rp_code stop_do(issuer *i, struct store_tx *tx, const struct act_args *a, char said[ROW_TEXT],
		       struct rp_error *err)
{
	struct row_stop row = a->stop;

	(void)i;
	memcpy(row.lifted_by, a->by, sizeof row.lifted_by);
	memcpy(row.lifted_by2, a->second, sizeof row.lifted_by2);
	row.lifted_ms = store_now(tx);
	(void)snprintf(said, ROW_TEXT, "%s", row.id);
	return store_run(tx, ST_STOP_LIFT, &row, NULL, err);
}

/* --- anchors: another file is the right one --- */

static rp_code anchors_read(issuer *i, struct jin *in, struct act_args *a, struct rp_error *err)
{
	(void)i;
	(void)err;
	jin_hex(in, "sha256", a->anchors, sizeof a->anchors);
	return RP_OK;
}

static rp_code anchors_do(issuer *i, struct store_tx *tx, const struct act_args *a, char said[ROW_TEXT],
			  struct rp_error *err)
{
	struct row_meta row = {.name = "anchors"};

	(void)i;
	if (!hex_of(a->anchors, sizeof a->anchors, row.value, sizeof row.value))
		return rp_fail(err, RP_E_FAULT, "the hash of the anchors cannot be written");
	(void)snprintf(said, ROW_TEXT, "%.64s", row.value);
	return store_run(tx, ST_META_PUT, &row, NULL, err);
}

/* --- erase: the text of an entry of the log --- */

static rp_code erase_read(issuer *i, struct jin *in, struct act_args *a, struct rp_error *err)
{
	(void)i;
	(void)err;
	jin_text(in, "receipt", 1, sizeof a->erase.receipt - 1, a->erase.receipt);
	jin_text(in, "reason", 1, sizeof a->erase.reason - 1, a->erase.reason);
	return RP_OK;
}

static rp_code erase_check(struct store_tx *tx, const struct act_args *a, struct rp_error *err)
{
	struct row_entry row = {0};
	bool found = false;
	rp_code rc = text_put(row.receipt, sizeof row.receipt, a->erase.receipt, err);

	if (rc == RP_OK)
		rc = store_get(tx, ST_ENTRY_BY_RECEIPT, &row, &found, err);
	if (rc == RP_OK && (!found || row.body[0] == '\0'))
		rc = rp_fail(err, RP_E_CONFLICT,
			     "no entry of this receipt is there, or it is erased already");
	return rc;
}

static rp_code erase_do(issuer *i, struct store_tx *tx, const struct act_args *a, char said[ROW_TEXT],
			struct rp_error *err)
{
	char receipt[ROW_ID];

	(void)i;
	(void)snprintf(said, ROW_TEXT, "%s", a->erase.receipt);
	return log_erase(tx, a->erase.receipt, a->by, a->erase.reason, receipt, err);
}

/* --- lift-halt: a card whose count and ours do not agree is in order --- */

static rp_code halt_read(issuer *i, struct jin *in, struct act_args *a, struct rp_error *err)
{
	char profile[24] = "", number[48] = "", slot[24] = "";
	rp_slot of;

	jin_text(in, "profile", 1, sizeof profile - 1, profile);
	jin_text(in, "number", 1, sizeof number - 1, number);
	jin_text(in, "slot", 1, sizeof slot - 1, slot);
	jin_int(in, "resets", 0, 65535, &a->halt.resets);
	if (in->failed)
		return RP_OK;
	of = rp_slot_from_word(slot);
	a->halt.slot = (int64_t)of;
	if (of == RP_SLOT_NONE)
		jin_fail(in, "slot", "is no PIN");
	return card_id_of(i, profile, number, a->halt.card_id, err);
}

static rp_code halt_check(struct store_tx *tx, const struct act_args *a, struct rp_error *err)
{
	struct row_card_slot row = a->halt;
	bool found = false;
	rp_code rc = store_get(tx, ST_SLOT_GET, &row, &found, err);

	if (rc == RP_OK && (!found || row.halted[0] == '\0'))
		rc = rp_fail(err, RP_E_CONFLICT, "this PIN of the card is not halted");
	return rc;
}

static rp_code halt_do(issuer *i, struct store_tx *tx, const struct act_args *a, char said[ROW_TEXT],
		       struct rp_error *err)
{
	rp_code rc = by_not_own(tx, a->by, a->halt.card_id, err);

	(void)i;
	if (rc == RP_OK && a->second[0] != '\0')
		rc = by_not_own(tx, a->second, a->halt.card_id, err);
	(void)snprintf(said, ROW_TEXT, "%s, resets %lld", rp_slot_word((rp_slot)a->halt.slot),
		       (long long)a->halt.resets);
	return rc == RP_OK ? slot_lift(tx, a->halt.card_id, (rp_slot)a->halt.slot, a->halt.resets, err) : rc;
}

/* --- recover: after a restore of the database --- */

static rp_code recover_read(issuer *i, struct jin *in, struct act_args *a, struct rp_error *err)
{
	char note[TLOG_NOTE_MAX] = "";
	struct tlog_checkpoint c = {0};
	uint8_t key[32];
	size_t len = 0;
	rp_code rc;

	jin_base64(in, "checkpoint", (uint8_t *)note, sizeof note - 1, &len);
	if (in->failed)
		return RP_OK;
	rc = keys_seal_public(i->keys, keys_version(i->keys, KEYS_SEAL), key, err);
	if (rc == RP_OK && !tlog_note_read(note, len, i->log_origin, key, &c))
		jin_fail(in, "checkpoint", "is none of this log");
	a->exported_size = c.size;
	return rc;
}

struct ending {
	struct row_case c[RECOVER_AT_ONCE];
	size_t n;
};

static rp_code keep_case(void *arg, const void *row, struct rp_error *err)
{
	struct ending *e = arg;

	(void)err;
	if (e->n < RECOVER_AT_ONCE)
		e->c[e->n++] = *(const struct row_case *)row;
	return RP_OK;
}

/*
 * What was open before the restore is not to be trusted: it ends, and a grant that was on its way
 * is unknown.
 */
static rp_code end_cases(struct store_tx *tx, struct ending *e, uint64_t *ret_n, struct rp_error *err)
{
	rp_code rc = RP_OK;

	*ret_n = 0;
	do {
		struct row_case row = {.until_ms = INT64_MAX};

		e->n = 0;
		rc = store_each(tx, ST_CASE_ENDING, &row, keep_case, e, err);
		for (size_t k = 0; rc == RP_OK && k < e->n; k++)
			rc = case_move(tx, &e->c[k],
				       strcmp(e->c[k].state, case_state_word(CASE_GRANTED)) == 0
					       ? CASE_EV_GRANT_OVER
					       : CASE_EV_TIME_OVER,
				       err);
		*ret_n += e->n;
	} while (rc == RP_OK && e->n > 0);
	return rc;
}

static rp_code end_applications(struct store_tx *tx, size_t *ret_n, struct rp_error *err)
{
	struct row_application *row = calloc(1, sizeof *row);
	rp_code rc;

	if (row == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the applications");
	row->changed_ms = store_now(tx);
	rc = store_run(tx, ST_APPLICATION_END_ALL, row, ret_n, err);
	free(row);
	return rc;
}

static rp_code recover_do(issuer *i, struct store_tx *tx, const struct act_args *a, char said[ROW_TEXT],
			  struct rp_error *err)
{
	struct ending *e = malloc(sizeof *e);
	struct row_head head = {0};
	uint64_t ended = 0;
	size_t applications = 0;
	bool found = false;
	rp_code rc;

	(void)i;
	if (e == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the open cases");
	rc = end_cases(tx, e, &ended, err);
	free(e);
	/* A letter's answer, an agreement: what served after the backup would serve again. */
	if (rc == RP_OK)
		rc = end_applications(tx, &applications, err);
	if (rc == RP_OK)
		rc = store_get(tx, ST_HEAD_GET, &head, &found, err);
	(void)snprintf(said, ROW_TEXT,
		       "exported checkpoint of %llu entries, here %lld; %llu cases, %zu applications ended",
		       (unsigned long long)a->exported_size, (long long)head.size, (unsigned long long)ended,
		       applications);
	return rc;
}

/* --- clock: the highest time that was seen was one of a wrong clock --- */

static rp_code clock_read(issuer *i, struct jin *in, struct act_args *a, struct rp_error *err)
{
	(void)i;
	(void)err;
	/* Nothing of ours is older than this program. */
	jin_int(in, "now_ms", INT64_C(1700000000000), INT64_MAX / 2, &a->now_ms);
	return RP_OK;
}

/* Only ever back: the time goes on by itself. */
static rp_code clock_check(struct store_tx *tx, const struct act_args *a, struct rp_error *err)
{
	if (a->now_ms >= store_now(tx))
		return rp_fail(err, RP_E_CONFLICT, "the highest time seen is not later than that");
	return RP_OK;
}

static rp_code clock_do(issuer *i, struct store_tx *tx, const struct act_args *a, char said[ROW_TEXT],
			struct rp_error *err)
{
	struct row_meta row = {.name = "highest-ms"};

	(void)i;
	(void)snprintf(row.value, sizeof row.value, "%lld", (long long)a->now_ms);
	(void)snprintf(said, ROW_TEXT, "from %lld to %lld", (long long)store_now(tx), (long long)a->now_ms);
	return store_run(tx, ST_META_PUT, &row, NULL, err);
}

/* --- the table --- */

static const struct act acts[] = {
	{"terminal", ROLE_ADMIN, terminal_read, terminal_check, terminal_do},
	{"lift-stop", ROLE_ADMIN, stop_read, stop_check, stop_do},
	{"anchors", ROLE_ADMIN, anchors_read, NULL, anchors_do},
	{"erase", ROLE_ADMIN, erase_read, erase_check, erase_do},
	{"lift-halt", ROLE_APPROVER, halt_read, halt_check, halt_do},
	{"recover", ROLE_ADMIN, recover_read, NULL, recover_do},
	{"clock", ROLE_ADMIN, clock_read, clock_check, clock_do},
};

const struct act *act_named(const char *name)
{
	for (size_t k = 0; k < sizeof acts / sizeof acts[0]; k++)
		if (strcmp(acts[k].name, name) == 0)
			return &acts[k];
	return NULL;
}

rp_code act_read(issuer *i, const struct act *act, const char *json, struct act_args *ret,
		 struct rp_error *err)
{
	char what[96] = "";
	json_t *root = json_parse(json, strlen(json), what);
	struct jin in;
	rp_code rc;

	if (root == NULL)
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "%s", what);
	memset(ret, 0, sizeof *ret);
	json_in(&in, root);
	rc = act->read(i, &in, ret, err);
	if (rc == RP_OK && !jin_done(&in))
		rc = rp_refuse(err, RP_PROBLEM_MALFORMED, "%s", in.what);
	json_decref(root);
	return rc;
}
