/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending revocations to the CA: the request is made once and kept, and every further try sends the
 * same bytes, so that an answer that was lost, or a server that was killed, revokes nothing twice.
 *
 *     claim (commit) -> make -> keep (commit) -> send -> settle (commit)
 *
 * A claim keeps other servers away for the time that one run may take, and then lapses by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "issuer/people.h"
#include "issuer/program.h"
#include "issuer/revoke.h"

#define AT_ONCE 20
#define WAIT_MOST_MS HOUR_MS
#define PEM_LINE 64

/* What the program says by its exit status. */
#define SAYS_CONFIRMED 0
#define SAYS_REFUSED 3
#define SAYS_ANEW 4 /* the CA takes this request no more (its time, its transaction), and has not done it */

struct round_job {
	issuer *i;
	const struct revoke_conf *c;
	struct row_revocation due[AT_ONCE];
	size_t n;
	/* the one in hand */
	struct revoke_rows rows;
	struct row_revocation *row; /* in rows */
	struct row_revocation_paper paper;
	bool ours;
	int said;
	char made[sizeof((struct row_revocation_paper *)0)->request];
	char input[sizeof((struct row_revocation_paper *)0)->request +
		   2 * sizeof((struct row_revocation_paper *)0)->certificate];
};

static void round_freep(struct round_job **j)
{
	free(*j);
}

static rp_code keep_due(void *arg, const void *row, struct rp_error *err)
{
	struct round_job *j = arg;

	(void)err;
	if (j->n < AT_ONCE)
		j->due[j->n++] = *(const struct row_revocation *)row;
	return RP_OK;
}

static rp_code due_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct round_job *j = arg;
	struct row_revocation row = {.next_ms = store_now(tx)};

	j->n = 0;
	return store_each(tx, ST_REVOCATION_DUE, &row, keep_due, j, err);
}

/* Reads row and paper again, under the card's lock. */
static rp_code load(struct store_tx *tx, struct round_job *j, const struct row_revocation *which,
		    struct rp_error *err)
{
	bool found = false;
	rp_code rc = revoke_load(tx, which->id, &j->rows, err);

	j->row = NULL;
	for (size_t k = 0; rc == RP_OK && k < j->rows.n; k++)
		if (j->rows.at[k].slot == which->slot)
			j->row = &j->rows.at[k];
	if (rc == RP_OK && j->row == NULL)
		return rp_fail(err, RP_E_FAULT, "a revocation has lost a row");
	memcpy(j->paper.id, which->id, sizeof j->paper.id);
	j->paper.slot = which->slot;
	if (rc == RP_OK)
		rc = store_get(tx, ST_PAPER_GET, &j->paper, &found, err);
	j->ours = found;
	return rc;
}

static bool goes_on(const struct row_revocation *row)
{
	return revoke_next(revoke_state_from_word(row->state), REVOKE_EV_SEND) != REVOKE_STATES_N;
}

static rp_code claim_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct round_job *j = arg;
	rp_code rc = load(tx, j, &j->due[j->n], err);

	if (rc != RP_OK)
		return rc;
	j->ours = j->ours && goes_on(j->row) && j->row->next_ms <= store_now(tx);
	if (!j->ours)
		return RP_OK;
	j->row->tries++;
	j->row->next_ms = store_now(tx) + j->c->timeout_ms;
	if (j->paper.request[0] != '\0')
		rc = revoke_step(j->row, store_now(tx), REVOKE_EV_SEND, err);
	return rc == RP_OK ? store_run(tx, ST_REVOCATION_STATE, j->row, NULL, err) : rc;
}

/* The request is made: from here on it cannot be taken back, and is never made again. */
static rp_code keep_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct round_job *j = arg;
	rp_code rc = load(tx, j, &j->due[j->n], err);

	/* Taken back meanwhile, or made by another server when our claim had lapsed. */
	j->ours = j->ours && goes_on(j->row) && j->paper.request[0] == '\0';
	memcpy(j->paper.request, j->made, sizeof j->paper.request);
	if (rc != RP_OK || !j->ours)
		return rc;
	j->row->next_ms = store_now(tx) + j->c->timeout_ms;
	rc = revoke_step(j->row, store_now(tx), REVOKE_EV_SEND, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_PAPER_PUT, &j->paper, NULL, err);
	return rc == RP_OK ? store_run(tx, ST_REVOCATION_STATE, j->row, NULL, err) : rc;
}

/* --- what the CA said --- */

static rp_code card_ends(struct store_tx *tx, struct round_job *j, struct rp_error *err)
{
	const struct log_act act = {.act = "revoked",
				    .card_id = j->row->card_id,
				    .outcome = j->row->reason,
				    .reason = j->row->id};
	char receipt[ROW_ID];
	struct row_card card;
	rp_code rc = card_load(tx, j->row->card_id, &card, err);

	for (size_t k = 0; rc == RP_OK && k < j->rows.n; k++)
		if (strcmp(j->rows.at[k].state, revoke_state_word(REVOKE_CONFIRMED)) != 0)
			return RP_OK; /* another certificate of the card is still on its way */
	if (rc == RP_OK)
		rc = text_put(card.status, sizeof card.status, "revoked", err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_CARD_STATUS, &card, NULL, err);
	if (rc == RP_OK)
		rc = cases_cancel(tx, &card, RP_SLOT_NONE, NULL, CONSOLE, err);
	if (rc == RP_OK)
		rc = log_entry(tx, &act, receipt, err);
	return rc == RP_OK ? notice_put(tx, &card, "revoked", (rp_slot)j->row->slot, "re-issue", receipt, err)
			   : rc;
}

static rp_code refused(struct store_tx *tx, struct round_job *j, struct rp_error *err)
{
	const struct log_act act = {.act = "revoke-refused",
				    .card_id = j->row->card_id,
				    .slot = (rp_slot)j->row->slot,
				    .outcome = j->row->reason,
				    .reason = j->row->id};
	char receipt[ROW_ID];

	log_event(LOG_LVL_ERR, "revocation.refused", "id=%s slot=%s", j->row->id,
		  rp_slot_word((rp_slot)j->row->slot));
	return log_entry(tx, &act, receipt, err);
}

static int64_t wait_ms(const struct revoke_conf *c, int64_t tries)
{
	int64_t ms = c->wait_ms;

	for (int64_t k = 1; k < tries && ms < WAIT_MOST_MS; k++)
		ms *= 2;
	return ms < WAIT_MOST_MS ? ms : WAIT_MOST_MS;
}

static rp_code settle_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct round_job *j = arg;
	const bool ends = j->said == SAYS_CONFIRMED || j->said == SAYS_REFUSED;
	const enum revoke_event event = j->said == SAYS_CONFIRMED ? REVOKE_EV_CONFIRM : REVOKE_EV_REFUSE;
	rp_code rc = load(tx, j, &j->due[j->n], err);

	/* Another server, whose claim came after ours had lapsed, may have settled it. */
	if (rc != RP_OK || !j->ours || !goes_on(j->row))
		return rc;
	if (!ends) {
		j->row->next_ms = store_now(tx) + wait_ms(j->c, j->row->tries);
		if (j->said == SAYS_ANEW)
			j->paper.request[0] = '\0';
	}
	rc = ends ? revoke_step(j->row, store_now(tx), event, err) : RP_OK;
	if (rc == RP_OK)
		rc = store_run(tx, ST_REVOCATION_STATE, j->row, NULL, err);
	if (rc == RP_OK)
		rc = store_run(tx, ends ? ST_PAPER_END : ST_PAPER_PUT, &j->paper, NULL, err);
	if (rc != RP_OK || !ends)
		return rc;
	return event == REVOKE_EV_CONFIRM ? card_ends(tx, j, err) : refused(tx, j, err);
}

/* --- the program --- */

/* The request on the first line, then the certificate as PEM. */
static void write_input(struct round_job *j)
{
	const char *at = j->paper.certificate;
	const size_t cap = sizeof j->input;
	size_t n = (size_t)snprintf(j->input, cap, "%s\n-----BEGIN CERTIFICATE-----\n", j->paper.request);

	for (; *at != '\0' && n < cap; at += strnlen(at, PEM_LINE))
		n += (size_t)snprintf(j->input + n, cap - n, "%.*s\n", PEM_LINE, at);
	if (n < cap)
		(void)snprintf(j->input + n, cap - n, "-----END CERTIFICATE-----\n");
}

static int run_program(struct round_job *j, const char *act, char *ret, size_t cap)
{
	const char *const argv[] = {j->c->program, act, j->c->config, j->row->reason, NULL};

	write_input(j);
	return program_run(argv, j->input, ret, cap, j->c->timeout_ms);
}

/* *go_on false: nothing can be sent in this round. */
static rp_code make(struct round_job *j, bool *go_on, struct rp_error *err)
{
	const struct store_opts o = {.card_id = j->due[j->n].card_id};
	rp_code rc;

	j->said = run_program(j, "make", j->made, sizeof j->made);
	j->made[strcspn(j->made, "\r\n")] = '\0';
	*go_on = j->said == 0 && j->made[0] != '\0';
	if (!*go_on) {
		j->said = -1;
		return issuer_work(j->i, &o, settle_work, j, err);
	}
	rc = issuer_work(j->i, &o, keep_work, j, err);
	*go_on = rc == RP_OK && j->ours;
	return rc;
}

/* The j->n'th that is due. */
static rp_code one(struct round_job *j, struct rp_error *err)
{
	const struct store_opts o = {.card_id = j->due[j->n].card_id};
	bool go_on;
	rp_code rc = issuer_work(j->i, &o, claim_work, j, err);

	go_on = rc == RP_OK && j->ours;
	if (go_on && j->paper.request[0] == '\0')
		rc = make(j, &go_on, err);
	if (rc == RP_OK && go_on) {
		j->said = run_program(j, "send", NULL, 0);
		rc = issuer_work(j->i, &o, settle_work, j, err);
	}
	if (rc == RP_OK && j->said != SAYS_CONFIRMED)
		log_event(LOG_LVL_WARN, "revocation.waits", "id=%s program=%d", j->due[j->n].id, j->said);
	return rc;
}

rp_code issuer_revoke_round(issuer *i, const struct revoke_conf *c, struct rp_error *err)
{
	RP_AUTO(round_freep) struct round_job *j = NULL;
	rp_code rc;
	size_t n;

	if (c->program == NULL)
		return RP_OK;
	j = calloc(1, sizeof *j);
	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for revocations");
	j->i = i;
	j->c = c;
	rc = issuer_work(i, &(struct store_opts){.read_only = true}, due_work, j, err);
	n = j->n;
	for (j->n = 0; rc == RP_OK && j->n < n; j->n++) {
		j->said = SAYS_CONFIRMED;
		rc = one(j, err);
	}
	return rp_context(err, rc, "sending revocations");
}
