/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask for a revocation, who agrees, and until when it can be taken back. */
#include "issuer/revoke.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "issuer/people.h"
#include "issuer/x509.h"

rp_code revoke_step(struct row_revocation *row, int64_t now_ms, enum revoke_event event, struct rp_error *err)
{
	const enum revoke_state from = revoke_state_from_word(row->state), to = revoke_next(from, event);
	const char *word = revoke_state_word(to);

	if (to == REVOKE_STATES_N && event == REVOKE_EV_WITHDRAW &&
	    (from == REVOKE_SENT || from == REVOKE_CONFIRMED))
		return rp_refuse(err, RP_PROBLEM_REVOCATION_SENT, "it is %s", row->state);
	if (to == REVOKE_STATES_N)
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "the revocation is %s", row->state);
	memcpy(row->state, word, strlen(word) + 1); /* checked: the longest word has 9 characters */
	row->changed_ms = now_ms;
	return RP_OK;
}

static rp_code take_row(void *arg, const void *row, struct rp_error *err)
{
	struct revoke_rows *r = arg;

	if (r->n == REVOKE_ROWS)
		return rp_fail(err, RP_E_FAULT, "more certificates than a card can have");
	r->at[r->n++] = *(const struct row_revocation *)row;
	return RP_OK;
}

rp_code revoke_load(struct store_tx *tx, const char *id, struct revoke_rows *ret, struct rp_error *err)
{
	struct row_revocation row = {0};
	rp_code rc = text_put(row.id, sizeof row.id, id, err);

	ret->n = 0;
	if (rc == RP_OK)
		rc = store_each(tx, ST_REVOCATION_OF, &row, take_row, ret, err);
	if (rc == RP_OK && ret->n == 0)
		rc = rp_refuse(err, RP_PROBLEM_NOT_FOUND, "no revocation has this number");
	return rc;
}

rp_code revoke_desk(struct store_tx *tx, const struct issuer_peer *who, char ret_name[ROW_NAME],
		    struct rp_error *err)
{
	struct row_operator op;
	struct peer peer;
	rp_code rc = desk_load(tx, who, ROLES_ALL, &peer, &op, err);

	return rc == RP_OK ? text_put(ret_name, ROW_NAME, op.name, err) : rc;
}

/* --- asking --- */

struct ask_job {
	issuer *i;
	const char *by; /* who == NULL */
	const struct issuer_peer *who;
	char name[ROW_NAME];
	struct idem idem;
	const struct issuer_revocation *r;
	uint8_t card_id[CARD_ID_LEN];
	struct x509_facts facts[4];
	struct row_revocation row;	   /* what all of them have in common */
	struct row_revocation_paper paper; /* of the one in hand */
};

static void ask_freep(struct ask_job **j)
{
	free(*j);
}

/* What was asked for this card's certificate before, and has not ended without it. */
struct before {
	int64_t slot;
	bool confirmed, open;
};

static rp_code look_before(void *arg, const void *row, struct rp_error *err)
{
	struct before *b = arg;
	const struct row_revocation *r = row;
	const enum revoke_state s = revoke_state_from_word(r->state);

	(void)err;
	if (r->slot != b->slot)
		return RP_OK;
	b->confirmed = b->confirmed || s == REVOKE_CONFIRMED;
	b->open = b->open || s == REVOKE_ASKED || s == REVOKE_APPROVED || s == REVOKE_SENT;
	return RP_OK;
}

static bool same_certificate(const struct x509_facts *f, const struct row_card_key *key)
{
	return memcmp(f->key_hash, key->key_hash, sizeof key->key_hash) == 0 &&
	       memcmp(f->issuer_hash, key->issuer_hash, sizeof key->issuer_hash) == 0 &&
	       f->serial.len == key->serial.len &&
	       memcmp(f->serial.p, key->serial.p, f->serial.len) == 0; /* checked: rows of ours */
}

static const struct issuer_cert *cert_of(const struct issuer_revocation *r, int64_t slot, size_t *ret_at)
{
	for (size_t k = 0; k < r->n_certs; k++)
		if ((int64_t)r->certs[k].slot == slot) {
			*ret_at = k;
			return &r->certs[k];
		}
	return NULL;
}

static rp_code put_row(struct store_tx *tx, struct ask_job *j, const struct row_card_key *key,
		       struct rp_error *err)
{
	size_t at = 0;
	const struct issuer_cert *cert = cert_of(j->r, key->slot, &at);
	struct row_revocation row = j->row;
	rp_code rc;

	if (cert == NULL)
		return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING, "the certificate of %s is missing",
				 rp_slot_word((rp_slot)key->slot));
	if (!same_certificate(&j->facts[at], key))
		return rp_refuse(err, RP_PROBLEM_KEY_UNKNOWN, "the certificate of %s is another one",
				 rp_slot_word((rp_slot)key->slot));
	row.slot = j->paper.slot = key->slot;
	row.serial = key->serial;
	memcpy(row.issuer_hash, key->issuer_hash, sizeof row.issuer_hash);
	memcpy(j->paper.id, row.id, sizeof j->paper.id);
	if (!base64_of(cert->der, cert->len, j->paper.certificate, sizeof j->paper.certificate))
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "the certificate is too long");
	rc = store_run(tx, ST_REVOCATION_INSERT, &row, NULL, err);
	return rc == RP_OK ? store_run(tx, ST_PAPER_PUT, &j->paper, NULL, err) : rc;
}

static rp_code put_rows(struct store_tx *tx, struct ask_job *j, struct rp_error *err)
{
	size_t n = 0;

	for (int64_t slot = RP_SLOT_SIGN; slot <= RP_SLOT_CODE_B; slot++) {
		struct row_revocation which = {0};
		struct row_card_key key = {.slot = slot};
		struct before b = {.slot = slot};
		bool found = false;
		rp_code rc;

		memcpy(key.card_id, j->card_id, sizeof key.card_id);
		memcpy(which.card_id, j->card_id, sizeof which.card_id);
		rc = store_get(tx, ST_KEY_GET, &key, &found, err);
		if (rc == RP_OK && found)
			rc = store_each(tx, ST_REVOCATION_OF_CARD, &which, look_before, &b, err);
		if (rc == RP_OK && b.open)
			rc = rp_refuse(err, RP_PROBLEM_CASE_STATE, "it is asked for already");
		if (rc == RP_OK && found && !b.confirmed) {
			rc = put_row(tx, j, &key, err);
			n++;
		}
		if (rc != RP_OK)
			return rc;
	}
	if (n == 0)
		return rp_refuse(err, RP_PROBLEM_KEY_UNKNOWN, "no certificate of this card is enrolled");
	return RP_OK;
}

static rp_code log_asked(struct store_tx *tx, struct ask_job *j, struct rp_error *err)
{
	char reason[ROW_TEXT + 32];
	const struct people_act act = {.act = "revoke-ask",
				       .by = j->by,
				       .card_id = j->card_id,
				       .outcome = j->row.reason,
				       .reason = reason};

	(void)snprintf(reason, sizeof reason, "identified by %s", j->row.identified_by);
	return log_people(tx, &act, j->row.receipt, err);
}

/* The same request again: what the first led to. */
static rp_code ask_again(struct store_tx *tx, struct ask_job *j, struct rp_error *err)
{
	struct revoke_rows *rows = calloc(1, sizeof *rows);
	rp_code rc;

	if (rows == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a revocation");
	rc = revoke_load(tx, j->idem.result, rows, err);
	if (rc == RP_OK)
		j->row = rows->at[0];
	free(rows);
	return rc;
}

static rp_code ask_new(struct store_tx *tx, struct ask_job *j, struct rp_error *err)
{
	struct row_card card;
	rp_code rc = text_put(j->row.asked_by, sizeof j->row.asked_by, j->by, err);

	if (rc == RP_OK && j->i->two_people == 0)
		rc = text_put(j->row.approved_by, sizeof j->row.approved_by, j->by, err);
	if (rc == RP_OK)
		rc = card_load(tx, j->card_id, &card, err);
	if (rc == RP_OK)
		rc = by_not_own(tx, j->by, j->card_id, err);
	if (rc == RP_OK && strcmp(card.status, "revoked") == 0)
		rc = rp_refuse(err, RP_PROBLEM_CARD_REVOKED, "nothing is left to do");
	if (rc == RP_OK)
		rc = log_asked(tx, j, err);
	j->row.asked_ms = j->row.changed_ms = j->row.next_ms = store_now(tx);
	if (rc == RP_OK)
		rc = put_rows(tx, j, err);
	return rc == RP_OK && j->who != NULL ? idem_done(tx, &j->idem, RP_PROBLEM_NONE, j->row.id, err) : rc;
}

static rp_code ask_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct ask_job *j = arg;
	rp_code rc = j->who != NULL ? revoke_desk(tx, j->who, j->name, err) : RP_OK;

	j->by = j->who != NULL ? j->name : j->by;
	if (rc == RP_OK)
		rc = by_may(tx, j->by, ROLE_CLERK | ROLE_HELP_DESK | ROLE_ADMIN, err);
	if (rc == RP_OK && j->who != NULL)
		rc = idem_look(tx, &j->idem, err);
	if (rc != RP_OK)
		return rc;
	return j->who != NULL && j->idem.found ? ask_again(tx, j, err) : ask_new(tx, j, err);
}

static rp_code ask_ready(struct ask_job *j, struct rp_error *err)
{
	static const char *const reasons[] = {"dead", "letter-lost", "wish"};
	const struct issuer_revocation *r = j->r;
	const char *state = revoke_state_word(j->i->two_people != 0 ? REVOKE_ASKED : REVOKE_APPROVED);
	bool known = false;
	rp_code rc;

	for (size_t k = 0; k < 3; k++)
		known = known || strcmp(r->reason, reasons[k]) == 0;
	if (!known || r->n_certs > 4 || r->identified_by == NULL || r->identified_by[0] == '\0')
		return rp_refuse(err, RP_PROBLEM_MALFORMED,
				 "a reason (dead, letter-lost, wish), and how the holder was identified");
	if (strcmp(r->reason, "letter-lost") == 0 && !r->loss_certain)
		return rp_refuse(err, RP_PROBLEM_LOSS_NOT_CERTAIN, "a letter found later is of no use then");
	rc = card_id_of(j->i, r->profile, r->number, j->card_id, err);
	for (size_t k = 0; rc == RP_OK && k < r->n_certs; k++)
		rc = x509_read(j->i->trust, r->certs[k].der, r->certs[k].len, &j->facts[k], err);
	memcpy(j->row.card_id, j->card_id, sizeof j->row.card_id);
	id_new(j->row.id);
	if (rc == RP_OK)
		rc = text_put(j->row.reason, sizeof j->row.reason, r->reason, err);
	if (rc == RP_OK)
		rc = text_put(j->row.state, sizeof j->row.state, state, err);
	return rc == RP_OK
		       ? text_put(j->row.identified_by, sizeof j->row.identified_by, r->identified_by, err)
		       : rc;
}

static rp_code name_request(struct ask_job *j, const char *key, struct rp_error *err)
{
	const struct issuer_revocation *r = j->r;
	struct hash_part parts[5 + 2 * 4] = {
		{r->profile, strlen(r->profile)},
		{r->number, strlen(r->number)},
		{r->reason, strlen(r->reason)},
		{r->identified_by, strlen(r->identified_by)},
		{j->who->session, 32},
	};
	size_t n = 5;

	for (size_t k = 0; k < r->n_certs; k++) {
		const char *slot = rp_slot_word(r->certs[k].slot);

		parts[n++] = (struct hash_part){slot, strlen(slot)};
		parts[n++] = (struct hash_part){r->certs[k].der, r->certs[k].len};
	}
	return idem_name(j->i, key, j->card_id, r->loss_certain ? "revoke-certain" : "revoke", parts, n,
			 &j->idem, err);
}

static rp_code ask(struct ask_job *j, const char *key, struct issuer_revoking *ret, struct rp_error *err)
{
	struct store_opts o = {.card_id = j->card_id};
	rp_code rc = ask_ready(j, err);

	if (rc == RP_OK && j->who != NULL) {
		rc = name_request(j, key, err);
		o.idempotency_key = j->idem.key;
	}
	if (rc == RP_OK)
		rc = issuer_work(j->i, &o, ask_work, j, err);
	if (rc != RP_OK)
		return rc;
	(void)snprintf(ret->id, sizeof ret->id, "%s", j->row.id);
	(void)snprintf(ret->receipt, sizeof ret->receipt, "%s", j->row.receipt);
	(void)snprintf(ret->state, sizeof ret->state, "%s", j->row.state);
	return RP_OK;
}

rp_code issuer_revoke_ask(issuer *i, const char *by, const struct issuer_revocation *r,
			  struct issuer_revoking *ret, struct rp_error *err)
{
	RP_AUTO(ask_freep) struct ask_job *j = calloc(1, sizeof *j);

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a revocation");
	j->i = i;
	j->by = by;
	j->r = r;
	return ask(j, NULL, ret, err);
}

rp_code issuer_revoke_ask_at(issuer *i, const struct issuer_peer *who, const char *key,
			     const struct issuer_revocation *r, struct issuer_revoking *ret,
			     struct rp_error *err)
{
	RP_AUTO(ask_freep) struct ask_job *j = calloc(1, sizeof *j);
	rp_code rc = desk_needed(who, err);

	if (rc == RP_OK && j == NULL)
		rc = rp_fail(err, RP_E_NO_MEMORY, "no memory for a revocation");
	if (rc != RP_OK)
		return rc;
	j->i = i;
	j->who = who;
	j->r = r;
	return ask(j, key, ret, err);
}
