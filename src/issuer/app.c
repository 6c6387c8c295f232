/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The app on a phone, for the certificates that the phone keeps. The phone's own key says that it is this
 * phone, unlocked; the signature PIN of the card that the certificates came from says whose it is. The first
 * alone sets the PIN for user authentication, both together that for signatures and the phone's key itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/grant.h"

#define PHONE "mynumber-mobile"

/* --- which phone --- */

void device_look(issuer *i, const struct issuer_peer *who, const struct shown *s, const struct proof_ask *ask,
		 struct device_seen *ret)
{
	const struct rp_device *d = who->device;
	char text[PROOF_LINES_MAX];
	size_t len;

	*ret = (struct device_seen){.problem = RP_PROBLEM_EVIDENCE_MISSING};
	if (d == NULL)
		return;
	device_hash(d, ret->key_hash);
	len = proof_lines_of(i, who, s, ask, text);
	ret->problem = len != 0 && x509_device_signed(d->key, d->key_len, text, len, d->signature,
						      d->signature_len)
			       ? RP_PROBLEM_NONE
			       : RP_PROBLEM_PROOF_WRONG;
}

static rp_code is_registered(struct scene *s, const struct device_seen *seen, bool *ret, struct rp_error *err)
{
	struct row_card phone = {0};

	if (strcmp(s->card.profile, PHONE) == 0) {
		*ret = hash_equal(s->card.device_key, seen->key_hash, sizeof seen->key_hash);
		return RP_OK;
	}
	/* A My Number Card: is it the one that the phone's certificates came from? */
	memcpy(phone.device_key, seen->key_hash, sizeof phone.device_key);
	memcpy(phone.source_card, s->card.card_id, sizeof phone.source_card);
	return store_get(s->tx, ST_CARD_BY_DEVICE, &phone, ret, err);
}

rp_code device_check(struct scene *s, const struct device_seen *seen, struct rp_error *err)
{
	bool registered = false;
	rp_code rc;

	if (seen->problem == RP_PROBLEM_EVIDENCE_MISSING)
		return RP_OK;
	if (seen->problem != RP_PROBLEM_NONE)
		return rp_refuse(err, seen->problem, "the phone's");
	rc = is_registered(s, seen, &registered, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "looking for the phone's key");
	if (!registered)
		return rp_refuse(err, RP_PROBLEM_DEVICE, "%s", "");
	/* A kiosk or a desk stays one, whatever key it brings. */
	if (strcmp(s->peer.klass, "home") == 0) {
		(void)snprintf(s->peer.klass, sizeof s->peer.klass, "app");
		(void)snprintf(s->peer.name, sizeof s->peer.name, "app");
	}
	return RP_OK;
}

/* --- the card that the certificates came from --- */

static rp_code load_source(struct scene *s, struct row_card *ret, struct rp_error *err)
{
	static const uint8_t none[CARD_ID_LEN];
	struct row_card_slot slot = {.slot = RP_SLOT_SIGN};
	bool found = false;
	rp_code rc;

	if (memcmp(s->card.source_card, none, sizeof none) == 0)
		return rp_refuse(err, RP_PROBLEM_SOURCE_CARD, "none was named at the enrolment");
	*ret = (struct row_card){0};
	memcpy(ret->card_id, s->card.source_card, CARD_ID_LEN);
	memcpy(slot.card_id, s->card.source_card, CARD_ID_LEN);
	rc = store_get(s->tx, ST_CARD_BY_ID, ret, &found, err);
	if (rc == RP_OK && !found)
		rc = rp_refuse(err, RP_PROBLEM_SOURCE_CARD, "it is not enrolled");
	if (rc == RP_OK)
		rc = card_active(ret, err);
	if (rc == RP_OK)
		rc = store_get(s->tx, ST_SLOT_GET, &slot, &found, err);
	if (rc == RP_OK && slot.halted[0] != '\0')
		rc = rp_refuse(err, RP_PROBLEM_CARD_HALTED, "%s", slot.halted);
	return rp_context(err, rc, "the card that the phone's certificates came from");
}

/* --- a grant --- */

static rp_code app_ground(struct grant_job *j, struct rp_error *err)
{
	struct scene *s = &j->scene;
	const rp_slot slot = s->shown->p->slot;
	const struct doors_row *row = door_row(s->card.profile, slot, DOORS_APP);
	struct row_card source;
	rp_code rc = load_source(s, &source, err);

	if (rc != RP_OK)
		return rc;
	if ((row->need & DOORS_NEED_CARD_SIGN) == 0)
		return proof_target(s, slot, err);
	return proof_check_by(s, source.card_id, &j->proof, RP_SLOT_SIGN, slot, err);
}

rp_code app_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct grant_job *j = arg;
	struct row_case c;
	rp_code rc = scene_open(tx, &j->scene, err);

	if (rc != RP_OK || j->scene.changed)
		return rc;
	rc = idem_look(tx, &j->idem, err);
	if (rc != RP_OK)
		return rc;
	if (j->idem.found)
		return grant_again(j, err);
	rc = device_check(&j->scene, &j->device, err);
	if (rc == RP_OK)
		rc = grant_may(j, err);
	/* A terminal of class app with a certificate is no phone that somebody has unlocked. */
	if (rc == RP_OK && j->device.problem != RP_PROBLEM_NONE)
		rc = rp_refuse(err, j->device.problem, "a signature by the phone's key");
	if (rc == RP_OK)
		rc = j->e->case_id != NULL ? grant_case(j, &c, err) : grant_new_case(j, &c, err);
	if (rc == RP_OK)
		rc = app_ground(j, err);
	if (rc != RP_OK)
		return rc;
	const struct grant_ground g = {.kind = "proof",
				       .purpose = "reset",
				       .by_name = j->scene.peer.name,
				       .is_new = j->e->case_id == NULL};
	return grant_burn(j, &c, &g, err);
}

/* --- the phone's key --- */

static rp_code device_may(struct grant_job *j, struct rp_error *err)
{
	struct scene *s = &j->scene;
	struct row_card source;
	rp_code rc;

	if (strcmp(s->card.profile, PHONE) != 0)
		return rp_refuse(err, RP_PROBLEM_DOOR, "only a phone has a key of its own");
	if (strcmp(s->peer.klass, "home") != 0 && strcmp(s->peer.klass, "app") != 0)
		return rp_refuse(err, RP_PROBLEM_APP_ONLY, "not at a terminal of class %s", s->peer.klass);
	if (j->device.problem != RP_PROBLEM_NONE)
		return rp_refuse(err, j->device.problem, "a signature by the phone's key");
	rc = scene_may(s, s->shown->p->slot, DOORS_APP, err);
	if (rc == RP_OK)
		rc = load_source(s, &source, err);
	return rc == RP_OK ? proof_check_by(s, source.card_id, &j->proof, RP_SLOT_SIGN, RP_SLOT_NONE, err)
			   : rc;
}

static rp_code put_key(struct grant_job *j, struct rp_error *err)
{
	struct scene *s = &j->scene;
	struct row_card card = s->card;
	char *receipt = j->grant.receipt, result[64];
	rp_code rc = nonce_use(s->tx, s->shown->p->nonce, s->shown->nonce_ms, err);

	if (rc == RP_OK)
		rc = card_limit(s->tx, card.card_id, "acts", s->i->card_acts, err);
	memcpy(card.device_key, j->device.key_hash, sizeof card.device_key);
	if (rc == RP_OK)
		rc = store_run(s->tx, ST_CARD_DEVICE, &card, NULL, err);
	if (rc == RP_OK)
		rc = scene_log(s, "device", NULL, RP_SLOT_NONE, doors_word(DOORS_APP), "ok", receipt, err);
	if (rc == RP_OK)
		rc = notice_put(s->tx, &card, "device", RP_SLOT_NONE, doors_word(DOORS_APP), receipt, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "registering a phone");
	(void)snprintf(result, sizeof result, "{\"receipt\":\"%s\"}", receipt);
	rc = idem_done(s->tx, &j->idem, RP_PROBLEM_NONE, result, err);
	j->finished = rc == RP_OK;
	return rc;
}

static rp_code device_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct grant_job *j = arg;
	rp_code rc = scene_open(tx, &j->scene, err);

	if (rc != RP_OK || j->scene.changed)
		return rc;
	rc = idem_look(tx, &j->idem, err);
	if (rc != RP_OK)
		return rc;
	if (j->idem.found)
		return grant_receipt_again(j, err);
	rc = device_may(j, err);
	return rc == RP_OK ? put_key(j, err) : rc;
}

rp_code issuer_device(issuer *i, const struct issuer_peer *who, const char *key, const struct rp_presence *p,
		      const struct rp_evidence *e, char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	RP_AUTO(grant_job_freep) struct grant_job *j = calloc(1, sizeof *j);
	const struct proof_ask ask = {.purpose = "device"};
	struct shown shown;
	rp_code rc;

	if (j == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory to register a phone");
	rc = shown_check(i, who, p, &shown, err);
	if (rc != RP_OK)
		return rc;
	j->scene = (struct scene){.i = i, .who = who, .shown = &shown};
	j->e = e;
	j->door = DOORS_APP;
	rc = grant_name(j, key, "device", err);
	if (rc != RP_OK)
		return rc;
	proof_look(i, who, &shown, &ask, e->proof, &j->proof);
	device_look(i, who, &shown, &ask, &j->device);
	rc = scene_work(&j->scene, j->idem.key, device_work, err);
	if (rc == RP_OK)
		memcpy(ret_receipt, j->grant.receipt, sizeof j->grant.receipt);
	return rc;
}
