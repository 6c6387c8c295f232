/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The app on a phone: the PINs of the certificates that the phone keeps. The phone's key signs the
 * lines of each request; the signature PIN of the card that the certificates came from signs the
 * same lines, in a job of its own at that card's reader, so that its tries are compared, guarded and
 * noted like those of any other.
 */
#include "lib/jobs.h"
#include "lib/visit.h"

#include <string.h>

struct source_work {
	struct visit *v;
	const char *text;
	size_t len;
	struct signature sig;
};

static rp_code act_sign(void *arg, struct session *s, struct rp_error *err)
{
	struct source_work *w = arg;
	const struct rp_source *from = w->v->source;

	return sign_proof(s, profile_pin(s->p, from->job.slot), from->current, w->text, w->len, &w->sig, err);
}

/*
 * Whose PIN an error is about is told, and tries that stay unknown are not asked of the phone's certificates.
 * The phone's session counts the entry: a cancel after it is no longer one before which nothing was sent.
 */
rp_code visit_source(struct visit *v, struct session *s, const char *text, size_t len, struct rp_error *err)
{
	const struct rp_source *from = v->source;
	struct source_work w = {.v = v, .text = text, .len = len};
	const struct pin_row *row = profile_pin(from->card->s.p, from->job.slot);
	struct job j = {.kind = JOB_PROVE,
			.row = row,
			.shown = from->job.shown,
			.last_try_ok = from->job.last_try_ok,
			.act = act_sign,
			.arg = &w};
	struct rp_outcome done;
	rp_code rc = card_job(from->card, &j, &done, err);

	s->secret_sent = s->secret_sent || rc == RP_OK;
	if (rc == RP_OK) {
		visit_proof(v, row->slot, &w.sig);
		return RP_OK;
	}
	if (err != NULL) {
		err->of_source = true;
		if (err->slot == RP_SLOT_NONE)
			err->slot = row->slot;
	}
	return rp_context(err, rc, "the card that the phone's certificates came from");
}

/* --- who may --- */

static rp_code may(const rp_card *card, const struct rp_issuer_port *port, const struct rp_source *source,
		   struct rp_error *err)
{
	const struct pin_row *row;

	if (port->sign == NULL || port->device == NULL || !card->s.p->app_only || !card->s.p->reset_app)
		return rp_fail(err, RP_E_NOT_OFFERED, "only the app on a phone does this: nothing was sent");
	if (source == NULL)
		return RP_OK;
	if (source->card == NULL || source->card->s.p == NULL || source->current == NULL)
		return rp_fail(err, RP_E_FAULT, "a source card that was not read, or without its PIN");
	row = profile_pin(source->card->s.p, source->job.slot);
	if (source->card->s.p->app_only || row == NULL || !sign_can(row))
		return rp_fail(err, RP_E_NOT_OFFERED, "this card opens no key that could prove it");
	return RP_OK;
}

rp_code rp_issuer_reset_phone(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
			      const struct rp_source *source, const rp_secret *fresh,
			      struct rp_reset_done *ret, struct rp_error *err)
{
	RP_AUTO(visit_clear) struct visit v = {0};
	rp_code rc = visit_begin(card, port, job->slot, job->shown, &v, err);

	if (rc == RP_OK)
		rc = may(card, port, source, err);
	if (rc == RP_OK && (job->slot == RP_SLOT_SIGN) != (source != NULL))
		rc = rp_fail(err, RP_E_FAULT, "the card's PIN is for the signature PIN, and for no other");
	if (rc != RP_OK)
		return rc;
	v.purpose = RP_FOR_RESET;
	v.source = source;
	v.fresh = fresh;
	v.evidence.door = "app";
	return visit_run_reset(card, job, &v, visit_reset, ret, err);
}

static rp_code act_register(void *arg, struct session *s, struct rp_error *err)
{
	struct visit *v = arg;
	rp_code rc = visit_ask(v, s, err);

	if (rc != RP_OK)
		return rc;
	rc = v->port->device(v->port->arg, &v->presence, &v->evidence, v->receipt, err);
	/* It is registered: a cancel now would hide it. */
	return rc == RP_OK ? RP_OK : visit_asked(s, rc, err);
}

rp_code rp_issuer_register(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
			   const struct rp_source *source, char ret_receipt[RP_ISSUER_ID],
			   struct rp_error *err)
{
	RP_AUTO(visit_clear) struct visit v = {0};
	struct rp_outcome done;
	struct job j;
	rp_code rc = visit_begin(card, port, job->slot, job->shown, &v, err);

	if (rc == RP_OK)
		rc = may(card, port, source, err);
	if (rc == RP_OK && source == NULL)
		rc = rp_fail(err, RP_E_FAULT, "a phone is registered by the card that it came from");
	if (rc != RP_OK)
		return rc;
	v.purpose = RP_FOR_DEVICE;
	v.source = source;
	j = (struct job){.kind = JOB_SHOW, .row = v.row, .shown = job->shown, .act = act_register, .arg = &v};
	rc = card_job(card, &j, &done, err);
	if (rc == RP_OK)
		memcpy(ret_receipt, v.receipt, RP_ISSUER_ID);
	return rc;
}
