/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nobody asks for: cases whose time is over end, grants that nobody settled become unknown,
 * what has served is forgotten. Each case is moved in a transaction of its own that locks its card
 * and looks again: meanwhile it may have been granted, or done.
 */
#include <stdlib.h>
#include <string.h>

#include "issuer/counter.h"
#include "issuer/people.h"

#define AT_ONCE 500
#define IDEM_LIVES_MS (2 * DAY_MS)

struct ending {
	struct {
		char id[ROW_ID];
		uint8_t card_id[CARD_ID_LEN];
	} c[AT_ONCE];
	size_t n;
};

static void ending_freep(struct ending **e)
{
	free(*e);
}

static rp_code keep(void *arg, const void *row, struct rp_error *err)
{
	struct ending *e = arg;
	const struct row_case *c = row;

	(void)err;
	if (e->n == AT_ONCE)
		return RP_OK;
	memcpy(e->c[e->n].id, c->id, sizeof e->c[e->n].id);
	memcpy(e->c[e->n].card_id, c->card_id, sizeof e->c[e->n].card_id);
	e->n++;
	return RP_OK;
}

static rp_code find_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct ending *e = arg;
	struct row_case row = {.until_ms = store_now(tx)};

	e->n = 0;
	return store_each(tx, ST_CASE_ENDING, &row, keep, e, err);
}

/* --- one case --- */

struct end_job {
	const char *id;
	const uint8_t *card_id;
};

struct unsettled {
	struct row_grant g[CASE_GRANTS_MAX];
	size_t n;
};

static rp_code keep_grant(void *arg, const void *row, struct rp_error *err)
{
	struct unsettled *u = arg;

	(void)err;
	if (u->n < CASE_GRANTS_MAX)
		u->g[u->n++] = *(const struct row_grant *)row;
	return RP_OK;
}

/*
 * The grants of this case that are still burnt: now nobody knows. A later MAC of the card settles
 * them.
 */
static rp_code grants_unknown(struct store_tx *tx, const struct row_case *c, struct rp_error *err)
{
	struct unsettled u = {.n = 0};
	struct row_grant row = {.slot = c->slot};
	rp_code rc;

	memcpy(row.card_id, c->card_id, sizeof row.card_id);
	rc = store_each(tx, ST_GRANT_UNSETTLED, &row, keep_grant, &u, err);
	for (size_t k = 0; rc == RP_OK && k < u.n; k++) {
		if (strcmp(u.g[k].case_id, c->id) != 0 || strcmp(u.g[k].state, "burnt") != 0)
			continue;
		rc = text_put(u.g[k].state, sizeof u.g[k].state, "unknown", err);
		if (rc == RP_OK)
			rc = store_run(tx, ST_GRANT_SETTLE, &u.g[k], NULL, err);
	}
	return rc;
}

static rp_code log_end(struct store_tx *tx, const struct row_case *c, char ret[ROW_ID], struct rp_error *err)
{
	const struct log_act act = {.act = strcmp(c->state, "unknown") == 0 ? "unknown" : "expired",
				    .card_id = c->card_id,
				    .case_id = c->id,
				    .slot = (rp_slot)c->slot,
				    .door = c->door,
				    .terminal = c->terminal,
				    .outcome = c->state};

	return log_entry(tx, &act, ret, err);
}

static rp_code end_granted(struct store_tx *tx, struct row_case *c, struct rp_error *err)
{
	char receipt[ROW_ID];
	struct row_card card;
	rp_code rc = case_move(tx, c, CASE_EV_GRANT_OVER, err);

	if (rc == RP_OK)
		rc = grants_unknown(tx, c, err);
	if (rc == RP_OK)
		rc = log_end(tx, c, receipt, err);
	if (rc == RP_OK)
		rc = card_load(tx, c->card_id, &card, err);
	return rc == RP_OK ? notice_put(tx, &card, "unknown", (rp_slot)c->slot, c->door, receipt, err) : rc;
}

static rp_code end_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct end_job *j = arg;
	struct row_case c = {0};
	char receipt[ROW_ID];
	bool found = false;
	rp_code rc = text_put(c.id, sizeof c.id, j->id, err);

	if (rc == RP_OK)
		rc = store_get(tx, ST_CASE_GET, &c, &found, err);
	if (rc != RP_OK || !found || c.until_ms == 0 || c.until_ms >= store_now(tx))
		return rc;
	switch (case_state_from_word(c.state)) {
	case CASE_GRANTED:
		return end_granted(tx, &c, err);
	case CASE_OPEN:
	case CASE_READY:
		rc = case_move(tx, &c, CASE_EV_TIME_OVER, err);
		return rc == RP_OK ? log_end(tx, &c, receipt, err) : rc;
	case CASE_DONE:
	case CASE_FAILED:
	case CASE_UNKNOWN:
	case CASE_CANCELLED:
	case CASE_EXPIRED:
	case CASE_REFUSED:
	case CASE_STATES_N:
		break;
	}
	return RP_OK;
}

static rp_code forget_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_idempotency idem = {.made_ms = store_now(tx) - IDEM_LIVES_MS};
	struct row_nonce nonce = {.until_ms = store_now(tx)};
	struct row_session session = {.until_ms = store_now(tx)};
	size_t n = 0;
	rp_code rc = store_run(tx, ST_IDEM_FORGET, &idem, &n, err);

	(void)arg;
	if (rc == RP_OK)
		rc = store_run(tx, ST_NONCE_FORGET, &nonce, &n, err);
	return rc == RP_OK ? store_run(tx, ST_SESSION_FORGET, &session, &n, err) : rc;
}

rp_code issuer_sweep(issuer *i, struct rp_error *err)
{
	RP_AUTO(ending_freep) struct ending *e = calloc(1, sizeof *e);
	const struct store_opts look = {.read_only = true}, forget = {0};
	rp_code rc;

	if (e == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for sweeping");
	rc = issuer_work(i, &look, find_work, e, err);
	for (size_t k = 0; rc == RP_OK && k < e->n; k++) {
		struct end_job j = {.id = e->c[k].id, .card_id = e->c[k].card_id};
		const struct store_opts o = {.card_id = j.card_id};

		rc = issuer_work(i, &o, end_work, &j, err);
	}
	if (rc == RP_OK)
		rc = counter_sweep(i, err);
	if (rc == RP_OK)
		rc = issuer_work(i, &forget, forget_work, NULL, err);
	return rp_context(err, rc, "sweeping");
}
