/* SPDX-License-Identifier: Apache-2.0 */
/* The issuer's jobs of repin/issuer.h: who may, and the order of a visit's steps (lib/visit.h). */
#include "repin/issuer.h"

#include "base/bytes.h"
#include "card/pin.h"
#include "card/sign.h"
#include "lib/jobs.h"
#include "lib/visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *rp_purpose_word(enum rp_purpose p)
{
	static const char *const words[] = {
		[RP_FOR_RESERVE] = "reserve",		[RP_FOR_RESET] = "reset",
		[RP_FOR_USER_CODE] = "user-code-reset", [RP_FOR_DEVICE] = "device",
		[RP_FOR_SIGN_IN] = "sign-in",
	};

	return (unsigned)p < sizeof words / sizeof words[0] ? words[p] : "";
}

void rp_proof_clear(struct rp_proof *p)
{
	free(p->certificate);
	*p = (struct rp_proof){0};
}

void visit_clear(struct visit *v)
{
	rp_proof_clear(&v->proof);
	free(v->device);
	v->device = NULL;
}

/* --- who may --- */

static rp_code not_here(struct rp_error *err)
{
	return rp_fail(err, RP_E_NOT_OFFERED, "this card's reset is its issuer's own: nothing was sent");
}

rp_code visit_begin(const rp_card *card, const struct rp_issuer_port *port, rp_slot slot,
		    const struct rp_card_facts *shown, struct visit *ret, struct rp_error *err)
{
	const struct pin_row *row;

	if (card->s.p == NULL)
		return rp_fail(err, RP_E_FAULT, "a job on a card that was not read");
	row = profile_pin(card->s.p, slot);
	if (row == NULL || row->issuer_only)
		return rp_fail(err, RP_E_SLOT_UNKNOWN, "this card has no PIN %s", rp_slot_word(slot));
	*ret = (struct visit){.ctx = card->ctx, .port = port, .shown = shown, .row = row};
	return RP_OK;
}

/* The reset application speaks of these five slots. */
static bool has_reset(const struct visit *v, const struct profile *p)
{
	return p->reset_app && v->row->slot <= RP_SLOT_PIN;
}

static rp_code proves_by(struct visit *v, const rp_card *card, rp_slot other, const rp_secret *current,
			 struct rp_error *err)
{
	if ((other == RP_SLOT_NONE) != (current == NULL))
		return rp_fail(err, RP_E_FAULT, "a PIN that proves, and whose it is, go together");
	if (other == RP_SLOT_NONE)
		return RP_OK;
	v->other = profile_pin(card->s.p, other);
	v->current = current;
	if (v->other == NULL || !sign_can(v->other))
		return rp_fail(err, RP_E_NOT_OFFERED, "%s opens no key that could prove it",
			       rp_slot_word(other));
	return RP_OK;
}

/* --- a look --- */

static rp_code act_look(void *arg, struct session *s, struct rp_error *err)
{
	return visit_introduce(arg, s, err);
}

/* The newest note about this PIN that waits for the issuer's word. */
static bool find_wish(const struct visit *v, struct rp_intent *ret)
{
	const struct state *notes = v->ctx->notes;
	char card[STATE_CARD_LEN + 1];
	struct rp_intent all[8];
	size_t n = 0;

	if (notes == NULL || v->shown->profile == NULL)
		return false;
	state_card(notes, v->shown->profile, v->shown->number, card);
	if (journal_list(notes, card, all, sizeof all / sizeof all[0], &n, NULL) != RP_OK)
		return false;
	while (n-- > 0)
		if (all[n].slot == v->row->slot && all[n].key[0] != '\0' && !all[n].running) {
			*ret = all[n];
			return true;
		}
	return false;
}

/*
 * The issuer knows by the card's own count whether that grant set a PIN. A note that says more
 * already keeps it, and one that cannot be written says less, which is true as well.
 */
static void learn(const struct visit *v, struct rp_intent *in)
{
	const bool done = strcmp(v->facts.wish, "done") == 0;

	if (strchr(in->marks, MARK_UNKNOWN) != NULL && (done || strcmp(v->facts.wish, "failed") == 0))
		(void)!journal_learn(v->ctx->notes, in, done, NULL);
}

rp_code rp_issuer_look(rp_card *card, const struct rp_issuer_port *port, rp_slot slot,
		       const struct rp_card_facts *shown, struct rp_issuer_facts *ret, struct rp_error *err)
{
	struct rp_outcome done;
	struct rp_intent cut;
	struct visit v;
	struct job j;
	rp_code rc = visit_begin(card, port, slot, shown, &v, err);

	if (rc == RP_OK && !has_reset(&v, card->s.p))
		rc = not_here(err);
	if (rc != RP_OK)
		return rc;
	if (find_wish(&v, &cut))
		v.wish = cut.key;
	j = (struct job){.kind = JOB_SHOW, .row = v.row, .shown = shown, .act = act_look, .arg = &v};
	rc = card_job(card, &j, &done, err);
	if (rc != RP_OK)
		return rc;
	if (v.wish != NULL)
		learn(&v, &cut);
	*ret = v.facts;
	return RP_OK;
}

/* --- a reservation, and a new user code --- */

/* No PIN for a card of which the issuer says that nothing is open. */
static rp_code may_go_on(const struct visit *v, struct rp_error *err)
{
	if (strcmp(v->facts.card_status, "suspended") == 0)
		return rp_refuse(err, RP_PROBLEM_CARD_SUSPENDED, "no PIN was asked of the card");
	if (strcmp(v->facts.card_status, "revoked") == 0)
		return rp_refuse(err, RP_PROBLEM_CARD_REVOKED, "no PIN was asked of the card");
	if (v->facts.halted[0] != '\0')
		return rp_refuse(err, RP_PROBLEM_CARD_HALTED, "no PIN was asked of the card");
	return RP_OK;
}

rp_code visit_ask(struct visit *v, struct session *s, struct rp_error *err)
{
	rp_code rc = visit_introduce(v, s, err);

	if (rc == RP_OK)
		rc = may_go_on(v, err);
	return rc == RP_OK ? visit_prepare(v, s, err) : rc;
}

static rp_code act_reserve(void *arg, struct session *s, struct rp_error *err)
{
	struct visit *v = arg;
	rp_code rc = visit_ask(v, s, err);

	if (rc != RP_OK)
		return rc;
	rc = v->port->reserve(v->port->arg, &v->presence, &v->evidence, &v->opened, v->receipt, err);
	/* It is open: a cancel now would hide it. */
	return rc == RP_OK ? RP_OK : visit_asked(s, rc, err);
}

rp_code rp_issuer_reserve(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
			  rp_slot other, const rp_secret *current, struct rp_case *ret,
			  char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	struct rp_outcome done;
	RP_AUTO(visit_clear) struct visit v = {0};
	struct job j;
	rp_code rc = visit_begin(card, port, job->slot, job->shown, &v, err);

	if (rc == RP_OK && !has_reset(&v, card->s.p))
		rc = not_here(err);
	if (rc == RP_OK)
		rc = proves_by(&v, card, other, current, err);
	if (rc == RP_OK && (v.other == NULL || v.other == v.row))
		rc = rp_fail(err, RP_E_NOT_OFFERED, "a reservation is opened by another PIN of the card");
	if (rc != RP_OK)
		return rc;
	v.purpose = RP_FOR_RESERVE;
	v.evidence.door = "kiosk";
	j = (struct job){.kind = JOB_PROVE,
			 .row = v.other,
			 .other = v.row,
			 .shown = job->shown,
			 .last_try_ok = job->last_try_ok,
			 .act = act_reserve,
			 .arg = &v};
	rc = card_job(card, &j, &done, err);
	if (rc != RP_OK)
		return rc;
	*ret = v.opened;
	memcpy(ret_receipt, v.receipt, RP_ISSUER_ID);
	return RP_OK;
}

static rp_code act_code(void *arg, struct session *s, struct rp_error *err)
{
	struct visit *v = arg;
	rp_code rc = visit_ask(v, s, err);

	if (rc != RP_OK)
		return rc;
	rc = v->port->user_code(v->port->arg, &v->presence, &v->evidence, v->receipt, err);
	return rc == RP_OK ? RP_OK : visit_asked(s, rc, err);
}

rp_code rp_issuer_code(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
		       const rp_secret *current, const struct rp_evidence *evidence,
		       char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	struct rp_outcome done;
	RP_AUTO(visit_clear) struct visit v = {0};
	struct job j;
	rp_code rc = visit_begin(card, port, job->slot, job->shown, &v, err);

	if (rc == RP_OK && (!has_reset(&v, card->s.p) || profile_pin(card->s.p, RP_SLOT_USER_CODE) == NULL))
		rc = not_here(err);
	if (rc == RP_OK && (current == NULL) == (evidence->one_time == NULL))
		rc = rp_fail(err, RP_E_FAULT, "a new user code needs the PIN or a one-time code");
	if (rc == RP_OK)
		rc = proves_by(&v, card, current != NULL ? job->slot : RP_SLOT_NONE, current, err);
	if (rc != RP_OK)
		return rc;
	v.purpose = RP_FOR_USER_CODE;
	v.evidence = *evidence;
	v.evidence.proof = NULL;
	j = (struct job){.kind = current != NULL ? JOB_PROVE : JOB_SHOW,
			 .row = v.row,
			 .shown = job->shown,
			 .last_try_ok = job->last_try_ok,
			 .act = act_code,
			 .arg = &v};
	rc = card_job(card, &j, &done, err);
	if (rc == RP_OK)
		memcpy(ret_receipt, v.receipt, RP_ISSUER_ID);
	return rc;
}

/* --- a reset --- */

static rp_code take_grant(struct visit *v, const struct session *s, struct rp_error *err)
{
	rp_code rc = v->port->grant(v->port->arg, &v->presence, &v->evidence, &v->grant, err);

	rc = visit_asked(s, rc, err);
	if (rc == RP_OK && v->grant.cryptogram_len != 16)
		rc = rp_fail(err, RP_E_ISSUER_AWAY, "the issuer's grant is of %zu bytes: it was not used",
			     v->grant.cryptogram_len);
	return rc;
}

rp_code visit_reset(void *arg, struct session *s, struct rp_error *err)
{
	struct visit *v = arg;
	rp_code rc = visit_ask(v, s, err);

	if (rc == RP_OK)
		rc = take_grant(v, s, err);
	if (rc != RP_OK)
		return rc;
	rc = reset_app_open(s, v->row->slot, v->grant.cryptogram, err);
	if (rc == RP_OK)
		rc = reset_app_set(s, v->row, v->fresh, err);
	return visit_settle(v, s, rc, err);
}

static rp_code run_reset(rp_card *card, const struct rp_job *job, struct visit *v,
			 rp_code (*act)(void *arg, struct session *s, struct rp_error *err),
			 struct rp_outcome *ret, struct rp_error *err)
{
	struct job j = {.kind = JOB_RESET,
			.row = v->row,
			.other = v->other,
			.shown = job->shown,
			.last_try_ok = job->last_try_ok,
			.act = act,
			.arg = v};

	/* By telephone nobody is asked by this machine. */
	if (v->port != NULL) {
		uint8_t random[RP_KEY_LEN / 2];

		rp_random(random, sizeof random);
		(void)hex_of(random, sizeof random, v->key, sizeof v->key);
		v->evidence.key = j.key = v->key;
	}

	return card_job_noted(card, &j, ret, err);
}

rp_code visit_run_reset(rp_card *card, const struct rp_job *job, struct visit *v,
			rp_code (*act)(void *arg, struct session *s, struct rp_error *err),
			struct rp_reset_done *ret, struct rp_error *err)
{
	struct rp_outcome done;
	rp_code rc = run_reset(card, job, v, act, &done, err);

	if (rc != RP_OK)
		return rc;
	*ret = (struct rp_reset_done){.done = done, .reported = v->reported};
	memcpy(ret->case_id, v->grant.case_id, sizeof ret->case_id);
	memcpy(ret->receipt, v->grant.receipt, sizeof ret->receipt);
	return RP_OK;
}

rp_code rp_issuer_reset(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
			rp_slot other, const rp_secret *current, const rp_secret *fresh,
			const struct rp_evidence *evidence, struct rp_reset_done *ret, struct rp_error *err)
{
	RP_AUTO(visit_clear) struct visit v = {0};
	rp_code rc = visit_begin(card, port, job->slot, job->shown, &v, err);
	const bool gids = rc == RP_OK && card->s.p->gids_admin;

	if (rc == RP_OK && !gids && !has_reset(&v, card->s.p))
		rc = not_here(err);
	if (rc == RP_OK)
		rc = proves_by(&v, card, other, current, err);
	if (rc == RP_OK && v.other == v.row)
		rc = rp_fail(err, RP_E_NOT_OFFERED, "a PIN is not reset by itself: it would be changed");
	if (rc != RP_OK)
		return rc;
	v.purpose = RP_FOR_RESET;
	v.fresh = fresh;
	v.evidence = *evidence;
	v.evidence.proof = NULL;
	return visit_run_reset(card, job, &v, gids ? visit_gids : visit_reset, ret, err);
}

rp_code rp_issuer_by_phone(rp_card *card, const struct rp_job *job, rp_ask_response *ask, void *arg,
			   const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err)
{
	RP_AUTO(visit_clear) struct visit v = {0};
	rp_code rc = visit_begin(card, NULL, job->slot, job->shown, &v, err);

	if (rc == RP_OK && !card->s.p->gids_admin)
		rc = rp_fail(err, RP_E_NOT_OFFERED, "this card knows no challenge and response");
	if (rc != RP_OK)
		return rc;
	v.fresh = fresh;
	v.ask = ask;
	v.ask_arg = arg;
	return run_reset(card, job, &v, visit_phone, ret, err);
}
