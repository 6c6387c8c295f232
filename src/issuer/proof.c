/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/proof.h"
#include "issuer/shown.h"

/* What was found without the database, told when its turn comes: all else is asked before. */
static void found(struct proof_seen *ret, enum rp_problem problem, const char *why)
{
	ret->problem = problem;
	(void)snprintf(ret->why, sizeof ret->why, "%s", why); /* our own words, and they fit */
}

size_t proof_lines_of(const issuer *i, const struct issuer_peer *who, const struct shown *s,
		      const struct proof_ask *ask, char ret[PROOF_LINES_MAX])
{
	char terminal[65];
	const struct proof_lines lines = {
		.purpose = ask->purpose,
		.issuer = i->name,
		.case_id = ask->case_id,
		.terminal = terminal,
		.profile = s->p->profile,
		.number = s->p->number,
		.slot = ask->target != RP_SLOT_NONE ? rp_slot_word(ask->target) : NULL,
		.nonce = s->p->nonce,
	};

	peer_line(who, terminal);
	return proof_text(&lines, ret);
}

static bool is_signed(const issuer *i, const struct issuer_peer *who, const struct shown *s,
		      const struct proof_ask *ask, const struct rp_proof *p)
{
	char text[PROOF_LINES_MAX];
	const size_t len = proof_lines_of(i, who, s, ask, text);

	return len != 0 && p->signature_len <= sizeof p->signature &&
	       x509_signed(p->certificate, p->certificate_len, text, len, p->signature, p->signature_len);
}

void proof_look(issuer *i, const struct issuer_peer *who, const struct shown *s, const struct proof_ask *ask,
		const struct rp_proof *p, struct proof_seen *ret)
{
	struct rp_error err = RP_ERROR_INIT;

	*ret = (struct proof_seen){0};
	if (p == NULL || p->certificate == NULL) {
		found(ret, RP_PROBLEM_EVIDENCE_MISSING, "a proof of another PIN of the card");
		return;
	}
	ret->slot = p->slot;
	if (x509_read(i->trust, p->certificate, p->certificate_len, &ret->cert, &err) != RP_OK)
		found(ret, RP_PROBLEM_CERT_INVALID, "no anchor has signed it, or it cannot be read");
	else if (!ret->cert.signs)
		found(ret, RP_PROBLEM_CERT_INVALID, "it is not for signatures");
	else if (!is_signed(i, who, s, ask, p))
		found(ret, RP_PROBLEM_PROOF_WRONG, "");
}

static rp_code key_ahead(struct store_tx *tx, const struct shown *s, rp_slot slot, struct rp_error *err)
{
	struct row_card_key row = {.slot = slot};

	memcpy(row.card_id, s->card_id, CARD_ID_LEN);
	return store_ahead(tx, ST_KEY_GET, &row, err);
}

rp_code proof_ahead(struct store_tx *tx, const struct shown *s, struct rp_error *err)
{
	const struct doors_row *row = door_row(s->p->profile, s->p->slot, DOORS_KIOSK);
	rp_code rc;

	if (row == NULL)
		return RP_OK;
	rc = key_ahead(tx, s, row->with, err);
	return rc == RP_OK ? key_ahead(tx, s, s->p->slot, err) : rc;
}

static rp_code enrolled(struct scene *s, const uint8_t card_id[CARD_ID_LEN], rp_slot slot,
			struct row_card_key *ret, struct rp_error *err)
{
	struct row_card_key row = {.slot = slot};
	bool there;
	rp_code rc;

	memcpy(row.card_id, card_id, CARD_ID_LEN);
	rc = store_get(s->tx, ST_KEY_GET, &row, &there, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "reading the certificate of %s", rp_slot_word(slot));
	if (!there)
		return rp_refuse(err, RP_PROBLEM_KEY_UNKNOWN, "none is enrolled for %s", rp_slot_word(slot));
	*ret = row;
	return RP_OK;
}

rp_code proof_target(struct scene *s, rp_slot target, struct rp_error *err)
{
	struct row_card_key row;
	struct x509_facts c = {0};
	rp_code rc = enrolled(s, s->card.card_id, target, &row, err);

	if (rc != RP_OK)
		return rc;
	memcpy(c.issuer_hash, row.issuer_hash, sizeof c.issuer_hash);
	c.serial = row.serial;
	c.not_before_ms = row.not_before_ms;
	c.not_after_ms = row.not_after_ms;
	rc = x509_valid(s->i->trust, &c, s->now, err);
	return rp_context(err, rc, "the certificate of the PIN that is reset");
}

rp_code proof_check_by(struct scene *s, const uint8_t by[CARD_ID_LEN], const struct proof_seen *seen,
		       rp_slot proving, rp_slot target, struct rp_error *err)
{
	const bool own = memcmp(by, s->card.card_id, CARD_ID_LEN) == 0;
	struct row_card_key row;
	rp_code rc;

	if (seen->problem != RP_PROBLEM_NONE)
		return rp_refuse(err, seen->problem, "%s", seen->why);
	if (seen->slot != proving)
		return rp_refuse(err, RP_PROBLEM_PROOF_WRONG, "it is not of the PIN that this way asks for");
	rc = enrolled(s, by, proving, &row, err);
	if (rc != RP_OK)
		return rc;
	if (!hash_equal(row.key_hash, seen->cert.key_hash, sizeof row.key_hash))
		return rp_refuse(err, own ? RP_PROBLEM_KEY_UNKNOWN : RP_PROBLEM_SOURCE_CARD, "%s",
				 rp_slot_word(proving));
	rc = x509_valid(s->i->trust, &seen->cert, s->now, err);
	return rc == RP_OK && target != RP_SLOT_NONE ? proof_target(s, target, err) : rc;
}

rp_code proof_check(struct scene *s, const struct proof_seen *seen, rp_slot proving, rp_slot target,
		    struct rp_error *err)
{
	return proof_check_by(s, s->card.card_id, seen, proving, target, err);
}
