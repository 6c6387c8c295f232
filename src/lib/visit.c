/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/visit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

rp_code visit_asked(const struct session *s, rp_code rc, struct rp_error *err)
{
	if (rc == RP_E_TIMEOUT || (rc == RP_OK && clock_ms() >= s->wait.deadline_ms))
		return rp_fail(err, RP_E_ISSUER_AWAY,
			       "the issuer took too long: nothing was changed on the "
			       "card");
	if (rc == RP_OK && wait_cancelled(&s->wait))
		rc = rp_fail(err, RP_E_CANCELLED, "cancelled after the issuer's answer");
	if (rc != RP_E_CANCELLED || !s->secret_sent)
		return rc;
	/* Whoever reads "cancelled" reads "no PIN was sent". */
	return rp_fail(err, RP_E_INTERRUPTED, "cancelled: nothing was changed on the card");
}

void visit_external(struct visit *v)
{
	if (v->evidence.cause == NULL)
		v->evidence.cause = v->port->cause;
	if (v->evidence.external != NULL)
		return;
	v->evidence.external = v->port->external;
	v->evidence.external_len = v->port->external_len;
}

static rp_code show(struct visit *v, struct session *s, const uint8_t nonce[16], struct rp_error *err)
{
	struct rp_presence *p = &v->presence;
	struct reset_answer a;
	rp_code rc = reset_app_ask(s, v->row->slot, nonce, &a, err);

	/* Whoever reads "not offered" reads "no PIN was sent". */
	if (rc == RP_E_NOT_OFFERED && s->secret_sent)
		rc = rp_fail(err, RP_E_CARD_REPLY, "the card had a reset application, and has none any more");
	if (rc != RP_OK)
		return rp_context(err, rc, "showing the card to its issuer");
	*p = (struct rp_presence){
		.profile = s->p->name, .slot = v->row->slot, .key = s->reset_key, .resets = a.resets};
	(void)snprintf(p->number, sizeof p->number, "%s", v->shown->number);
	memcpy(p->nonce, nonce, sizeof p->nonce);
	memcpy(p->challenge, a.challenge, sizeof p->challenge);
	memcpy(p->mac, a.mac, sizeof p->mac);
	return RP_OK;
}

static rp_code new_nonce(const struct visit *v, const struct session *s, uint8_t ret[16],
			 struct rp_error *err)
{
	return visit_asked(s, v->port->nonce(v->port->arg, ret, err), err);
}

rp_code visit_introduce(struct visit *v, struct session *s, struct rp_error *err)
{
	uint8_t nonce[16];
	rp_code rc = reset_app_select(s, err);

	if (rc == RP_OK)
		rc = new_nonce(v, s, nonce, err);
	if (rc == RP_OK)
		rc = show(v, s, nonce, err);
	v->presence.wish = v->wish;
	if (rc == RP_OK)
		rc = visit_asked(s, v->port->presence(v->port->arg, &v->presence, &v->facts, err), err);
	return rc;
}

void visit_proof(struct visit *v, rp_slot slot, const struct signature *sig)
{
	rp_proof_clear(&v->proof);
	v->proof = (struct rp_proof){.slot = slot,
				     .certificate = sig->certificate,
				     .certificate_len = sig->certificate_len,
				     .signature_len = sig->len};
	memcpy(v->proof.signature, sig->bytes, sizeof v->proof.signature);
	v->evidence.proof = &v->proof;
}

/* A user code is no slot of the card, and a phone's key is for all of them. */
static bool is_about_slot(enum rp_purpose p)
{
	return p != RP_FOR_USER_CODE && p != RP_FOR_DEVICE;
}

/* The PIN of v->other of this very card. */
static rp_code prove_here(struct visit *v, struct session *s, const char *text, size_t len,
			  struct rp_error *err)
{
	struct signature sig = {0};
	rp_code rc = sign_proof(s, v->other, v->current, text, len, &sig, err);

	if (rc == RP_OK)
		visit_proof(v, v->other->slot, &sig);
	return rc;
}

/* Signed by the phone's key as well, when a phone has this visit: then its grants are the app's. */
static rp_code sign_as_phone(struct visit *v, const struct session *s, const char *text, size_t len,
			     struct rp_error *err)
{
	rp_code rc;

	if (v->port->sign == NULL || v->purpose == RP_FOR_USER_CODE)
		return RP_OK;
	if (v->device == NULL)
		v->device = calloc(1, sizeof *v->device);
	if (v->device == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the phone's signature");
	rc = visit_asked(s, v->port->sign(v->port->arg, text, len, v->device, err), err);
	if (rc == RP_OK)
		v->evidence.device = v->device;
	return rc;
}

static rp_code prove(struct visit *v, struct session *s, const uint8_t nonce[16], struct rp_error *err)
{
	const bool resets = v->purpose == RP_FOR_RESET;
	/* A reservation has no case yet, and a user code and a phone's key are none. */
	const struct proof_lines lines = {.purpose = rp_purpose_word(v->purpose),
					  .issuer = v->port->issuer,
					  .case_id = resets ? v->evidence.case_id : NULL,
					  .terminal = v->port->terminal,
					  .profile = s->p->name,
					  .number = v->shown->number,
					  .slot = is_about_slot(v->purpose) ? rp_slot_word(v->row->slot)
									    : NULL,
					  .nonce = nonce};
	char text[PROOF_LINES_MAX];
	const size_t len = proof_text(&lines, text);
	rp_code rc = RP_OK;

	if (len == 0)
		return rp_fail(err, RP_E_FAULT, "the proof's lines cannot be written");
	if (v->source != NULL)
		rc = visit_source(v, s, text, len, err);
	else if (v->other != NULL)
		rc = prove_here(v, s, text, len, err);
	return rc == RP_OK ? sign_as_phone(v, s, text, len, err) : rc;
}

rp_code visit_prepare(struct visit *v, struct session *s, struct rp_error *err)
{
	uint8_t nonce[16];
	rp_code rc = new_nonce(v, s, nonce, err);

	visit_external(v);
	if (rc == RP_OK && (v->other != NULL || v->source != NULL || v->port->sign != NULL))
		rc = prove(v, s, nonce, err);
	return rc == RP_OK ? show(v, s, nonce, err) : rc;
}

/* --- the end --- */

static void tell_watch(const struct visit *v, const struct session *s, bool set)
{
	for (unsigned i = v->row->n_refs; i-- > 0;)
		pin_came(s, i, set);
}

/* What the count says about a PIN that went out when it stood at `before`. */
static rp_code compare(const struct visit *v, const struct session *s, uint16_t before, rp_code rc,
		       struct rp_error *err)
{
	const bool set = v->presence.resets == before + 1, same = v->presence.resets == before;

	if (rc == RP_OK && !set) {
		for (unsigned i = 0; i < v->row->n_refs; i++)
			(void)!pin_goes(s, i, NULL); /* the note of before would say "set" */
		(void)rp_fail(err, RP_E_CARD_REPLY, "the card says that the new PIN is set, and counts %s",
			      same ? "no reset" : "wrongly");
		err->slot = v->row->slot;
		err->in_doubt = true;
		return RP_E_CARD_REPLY;
	}
	if (rc == RP_OK || !err->in_doubt || (!set && !same))
		return rc;
	tell_watch(v, s, set);
	err->in_doubt = false;
	return set ? RP_OK : rc;
}

rp_code visit_settle(struct visit *v, struct session *s, rp_code rc, struct rp_error *err)
{
	const uint16_t before = v->presence.resets;
	const int cancel_fd = s->wait.cancel_fd;
	struct rp_error quiet = RP_ERROR_INIT;
	rp_code shown;

	if (s->broken)
		return rc;
	/* What was done is told, whoever cancels now. */
	s->wait.cancel_fd = -1;
	shown = show(v, s, v->grant.nonce, &quiet);
	s->wait.cancel_fd = cancel_fd;
	if (shown != RP_OK)
		return rc;
	rc = compare(v, s, before, rc, err);
	v->reported = v->port->presence(v->port->arg, &v->presence, &v->facts, &quiet) == RP_OK;
	if (!v->reported)
		log_event(LOG_LVL_WARN, "issuer.unreported", "slot=%s story=\"%s\"",
			  rp_slot_word(v->row->slot), quiet.story);
	return rc;
}
