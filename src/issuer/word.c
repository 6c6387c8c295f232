/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card that gives no MAC (GIDS) is settled by the terminal's word, and the row says so. The card's answer
 * to the mutual authentication, where the terminal hands it over, is checked: it shows that this card was
 * there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "issuer/shown.h"

struct word_job {
	issuer *i;
	const struct issuer_peer *who;
	const char *grant;
	bool done;
	const uint8_t *answer;
	size_t len;
	struct idem idem;
	/* in the transaction */
	struct row_grant g;
	struct row_card card;
	struct row_case c;
	struct peer peer;
	uint8_t r1[16];
	bool has_r1;
};

static rp_code load_grant(struct store_tx *tx, struct word_job *j, struct rp_error *err)
{
	bool found = false;
	rp_code rc = RP_OK;

	j->g = (struct row_grant){0};
	if (text_put(j->g.id, sizeof j->g.id, j->grant, NULL) == RP_OK)
		rc = store_get(tx, ST_GRANT_GET, &j->g, &found, err);
	if (rc == RP_OK && !found)
		rc = rp_refuse(err, RP_PROBLEM_CASE, "%s", "");
	return rc;
}

static rp_code find_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	return load_grant(tx, arg, err);
}

static rp_code load_rest(struct store_tx *tx, struct word_job *j, struct rp_error *err)
{
	bool found = false;
	rp_code rc;

	j->card = (struct row_card){0};
	j->c = (struct row_case){0};
	memcpy(j->card.card_id, j->g.card_id, sizeof j->card.card_id);
	memcpy(j->c.id, j->g.case_id, sizeof j->c.id);
	rc = store_get(tx, ST_CARD_BY_ID, &j->card, &found, err);
	if (rc == RP_OK && found)
		rc = store_get(tx, ST_CASE_GET, &j->c, &found, err);
	if (rc == RP_OK && !found)
		rc = rp_fail(err, RP_E_STORE, "the card or the case of a grant is not there");
	return rc;
}

static rp_code may_say(const struct word_job *j, struct rp_error *err)
{
	if (j->card.key_version != 0 || strcmp(j->g.terminal, j->peer.name) != 0)
		return rp_refuse(err, RP_PROBLEM_CASE, "its card settles it, or another terminal has it");
	if (strcmp(j->g.state, "burnt") != 0 && strcmp(j->g.state, "unknown") != 0)
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "it is %s", j->g.state);
	return RP_OK;
}

static rp_code take_r1(void *arg, const void *row, struct rp_error *err)
{
	struct word_job *j = arg;
	const struct row_evidence *e = row;
	size_t len = 0;

	(void)err;
	/* In order of time: the last grant's stays. */
	if (strcmp(e->kind, "one-time-code") == 0 && hex_read(e->detail, j->r1, sizeof j->r1, &len))
		j->has_r1 = len == sizeof j->r1;
	return RP_OK;
}

/* "word", "word, proven", "word, answer wrong" */
static rp_code judge_answer(struct store_tx *tx, struct word_job *j, const char **ret, struct rp_error *err)
{
	struct row_evidence which = {0};
	bool proven = false;
	rp_code rc;

	*ret = "word";
	j->has_r1 = false;
	memcpy(which.case_id, j->c.id, sizeof which.case_id);
	rc = store_each(tx, ST_EVIDENCE_OF, &which, take_r1, j, err);
	if (rc != RP_OK || j->answer == NULL || !j->has_r1)
		return rc;
	if (j->len == 40)
		rc = keys_gids_proves(j->i->keys, j->card.gids_key.p, j->card.gids_key.len, j->card.card_id,
				      j->r1, j->g.challenge, j->answer, &proven, err);
	*ret = proven ? "word, proven" : "word, answer wrong";
	return rc;
}

static rp_code write_word(struct store_tx *tx, struct word_job *j, const char *outcome, struct rp_error *err)
{
	const char *word = j->done ? "done" : "failed";
	const struct log_act act = {.act = word,
				    .card_id = j->card.card_id,
				    .case_id = j->c.id,
				    .slot = (rp_slot)j->g.slot,
				    .door = j->c.door,
				    .terminal = j->peer.name,
				    .outcome = outcome};
	struct row_one_time_code used = {.purpose = OTC_FOR_CASE};
	char receipt[ROW_ID];
	size_t ended;
	rp_code rc = case_move(tx, &j->c, j->done ? CASE_EV_RESETS_MORE : CASE_EV_RESETS_SAME, err);

	if (rc == RP_OK)
		rc = text_put(j->g.state, sizeof j->g.state, word, err);
	if (rc == RP_OK)
		rc = text_put(j->g.settled_by, sizeof j->g.settled_by, "word", err);
	j->g.settled_ms = store_now(tx);
	if (rc == RP_OK)
		rc = store_run(tx, ST_GRANT_SETTLE, &j->g, NULL, err);
	memcpy(used.card_id, j->card.card_id, sizeof used.card_id);
	memcpy(used.case_id, j->c.id, sizeof used.case_id);
	if (rc == RP_OK && j->done)
		rc = store_run(tx, ST_OTC_END, &used, &ended, err);
	if (rc == RP_OK)
		rc = log_entry(tx, &act, receipt, err);
	if (rc == RP_OK && j->done)
		rc = notice_put(tx, &j->card, "done", (rp_slot)j->g.slot, j->c.door, receipt, err);
	return rc == RP_OK ? idem_done(tx, &j->idem, RP_PROBLEM_NONE, "", err) : rc;
}

static rp_code word_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct word_job *j = arg;
	const char *outcome;
	rp_code rc = idem_look(tx, &j->idem, err);

	if (rc != RP_OK || j->idem.found)
		return rc;
	rc = peer_load(tx, j->who, &j->peer, err);
	if (rc == RP_OK)
		rc = load_grant(tx, j, err);
	if (rc == RP_OK)
		rc = load_rest(tx, j, err);
	if (rc == RP_OK)
		rc = may_say(j, err);
	if (rc == RP_OK)
		rc = judge_answer(tx, j, &outcome, err);
	return rc == RP_OK ? write_word(tx, j, outcome, err) : rc;
}

static void word_freep(struct word_job **j)
{
	free(*j);
}

rp_code issuer_word(issuer *i, const struct issuer_peer *who, const char *key, const char *grant, bool done,
		    const uint8_t *answer, size_t len, struct rp_error *err)
{
	RP_AUTO(word_freep) struct word_job *j = calloc(1, sizeof *j);
	const struct store_opts look = {.read_only = true};
	const uint8_t flag = done ? 1 : 0;
	char line[65];
	rp_code rc;

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a terminal's word");
	*j = (struct word_job){.i = i, .who = who, .grant = grant, .done = done, .answer = answer};
	j->len = len;
	peer_line(who, line);
	const struct hash_part parts[] = {
		{line, strlen(line)}, {grant, strlen(grant)}, {&flag, 1}, {answer, answer != NULL ? len : 0}};
	/* The card first, whose row the act locks. */
	rc = issuer_work(i, &look, find_work, j, err);
	if (rc == RP_OK)
		rc = idem_name(i, key, j->g.card_id, "word", parts, 4, &j->idem, err);
	if (rc != RP_OK)
		return rc;
	const struct store_opts o = {.card_id = j->idem.card_id, .idempotency_key = key};
	rc = issuer_work(i, &o, word_work, j, err);
	if (rc == RP_OK)
		issuer_count(i, done ? COUNT_DONE : COUNT_FAILED);
	return rc;
}
