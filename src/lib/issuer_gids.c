/* SPDX-License-Identifier: Apache-2.0 */
/* The help desk's door of a GIDS card: no MAC of ours, the public scheme of card/gids_admin.h. */
#include "base/log.h"
#include "card/gids_admin.h"
#include "lib/visit.h"

#include <stdio.h>
#include <string.h>

#define PHONE_MS (10 * 60 * 1000)
#define MESSAGE 40

static rp_code new_pin(struct visit *v, struct session *s, struct rp_error *err)
{
	return pin_reset(s, v->row, v->row->ref[0].p2, v->fresh, err);
}

/* --- on-line: the issuer builds the whole message from both random numbers --- */

static rp_code ask_grant(struct visit *v, struct session *s, const uint8_t r1[16], const uint8_t r2[16],
			 struct rp_error *err)
{
	const struct rp_issuer_port *port = v->port;
	rp_code rc;

	visit_external(v);
	v->evidence.r1 = r1;
	v->evidence.r2 = r2;
	rc = visit_asked(s, port->grant(port->arg, &v->presence, &v->evidence, &v->grant, err), err);
	v->evidence.r1 = v->evidence.r2 = NULL;
	if (rc == RP_OK && v->grant.cryptogram_len != MESSAGE)
		rc = rp_fail(err, RP_E_ISSUER_AWAY, "the issuer's grant is of %zu bytes: it was not used",
			     v->grant.cryptogram_len);
	return rc;
}

/* What the terminal saw; of a new PIN that may or may not be set it says nothing. */
static void give_word(struct visit *v, rp_code rc, const uint8_t answer[MESSAGE], const struct rp_error *why)
{
	struct rp_error quiet = RP_ERROR_INIT;

	if (rc != RP_OK && why->in_doubt)
		return;
	v->reported = v->port->word(v->port->arg, &v->grant, rc == RP_OK, answer, MESSAGE, &quiet) == RP_OK;
	if (!v->reported)
		log_event(LOG_LVL_WARN, "issuer.unreported", "slot=%s story=\"%s\"",
			  rp_slot_word(v->row->slot), quiet.story);
}

rp_code visit_gids(void *arg, struct session *s, struct rp_error *err)
{
	struct visit *v = arg;
	uint8_t r1[16], r2[16], answer[MESSAGE] = {0};
	rp_code rc;

	v->presence = (struct rp_presence){.profile = s->p->name, .slot = v->row->slot};
	(void)snprintf(v->presence.number, sizeof v->presence.number, "%s", v->shown->number);
	rc = visit_asked(s, v->port->nonce(v->port->arg, v->presence.nonce, err), err);
	if (rc != RP_OK)
		return rc;
	rp_random(r1, sizeof r1);
	rc = gids_mutual(s, r1, r2, err);
	if (rc == RP_OK)
		rc = ask_grant(v, s, r1, r2, err);
	if (rc != RP_OK)
		return rc;
	rc = gids_message(s, v->grant.cryptogram, answer, err);
	if (rc == RP_OK)
		rc = new_pin(v, s, err);
	give_word(v, rc, answer, err);
	return rc;
}

/* --- by telephone --- */

rp_code visit_phone(void *arg, struct session *s, struct rp_error *err)
{
	struct visit *v = arg;
	uint8_t challenge[8], response[8];
	int64_t until;
	rp_code rc = gids_challenge(s, challenge, err);

	if (rc != RP_OK)
		return rc;
	until = clock_ms() + PHONE_MS;
	rc = v->ask(v->ask_arg, challenge, response, err);
	if (rc != RP_OK)
		return rc;
	if (clock_ms() > until)
		return rp_fail(err, RP_E_TIMEOUT,
			       "the response took more than ten minutes: nothing was "
			       "sent");
	/* People have talked meanwhile: the card's own time begins anew. */
	s->wait = ctx_wait(v->ctx, JOB_MS_MAX);
	rc = gids_response(s, response, err);
	rp_wipe(response, sizeof response);
	if (rc == RP_E_CARD_REFUSED) {
		rc = rp_context(err, rc, "the response does not answer this challenge");
		(void)snprintf(err->field, sizeof err->field, "response");
	}
	return rc == RP_OK ? new_pin(v, s, err) : rc;
}
