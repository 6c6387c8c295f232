/* SPDX-License-Identifier: Apache-2.0 */
/* Revocations, at a desk. */
#include "issuer/revoke.h"
#include "server/routes.h"

#include <stdlib.h>
#include <string.h>

#define CERTS 4

struct asked {
	struct issuer_revocation r; /* points to the rest */
	char profile[24], number[48], identified_by[ROW_TEXT];
	uint8_t der[CERTS][CERTIFICATE_MAX];
};

static void asked_freep(struct asked **a)
{
	free(*a);
}

static void take_certificate(struct jin *outer, json_t *object, struct asked *a)
{
	const size_t at = a->r.n_certs;
	struct jin in;

	if (!json_is_object(object)) {
		jin_fail(outer, "certificates", "holds what is no object");
		return;
	}
	json_in(&in, object);
	a->r.certs[at].slot = body_slot(&in);
	a->r.certs[at].der = a->der[at];
	jin_base64(&in, "certificate", a->der[at], CERTIFICATE_MAX, &a->r.certs[at].len);
	a->r.n_certs++;
	if (!jin_done(&in))
		jin_fail(outer, "certificates", "is not of PINs and their certificates");
}

static void take_asked(struct jin *in, struct asked *a)
{
	static const char *const reasons[] = {"dead", "letter-lost", "wish"};
	json_t *list;
	size_t k = 0;

	body_word(in, "profile", sizeof a->profile - 1, a->profile);
	jin_text(in, "number", 1, sizeof a->number - 1, a->number);
	jin_word(in, "reason", reasons, 3, &k);
	jin_text(in, "identified_by", 1, sizeof a->identified_by - 1, a->identified_by);
	if (jin_has(in, "loss_is_certain"))
		jin_bool(in, "loss_is_certain", &a->r.loss_certain);
	list = jin_array(in, "certificates", CERTS);
	for (size_t n = 0; !in->failed && n < json_array_size(list); n++)
		take_certificate(in, json_array_get(list, n), a);
	a->r.reason = reasons[k];
	a->r.profile = a->profile;
	a->r.number = a->number;
	a->r.identified_by = a->identified_by;
}

void route_revoke(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	RP_AUTO(asked_freep) struct asked *a = calloc(1, sizeof *a);
	struct rp_error err = RP_ERROR_INIT;
	struct issuer_revoking done = {0};
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = a != NULL ? body_begin(r, &b, &err)
			       : rp_fail(&err, RP_E_NO_MEMORY, "no memory for a body");

	asker_of(r, &who);
	if (rc == RP_OK) {
		take_asked(&b.in, a);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = issuer_revoke_ask_at(s->issuer, &who.peer, r->idempotency_key, &a->r, &done, &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 201,
			  json_pack("{s:s,s:s,s:s}", "id", done.id, "receipt", done.receipt, "state",
				    done.state));
}

void route_revoke_decide(void *arg, const struct http_request *r, struct http_answer *ret)
{
	static const char *const words[] = {"approve", "withdraw"};
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	size_t k = 0;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		jin_word(&b.in, "decision", words, 2, &k);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK && strlen(r->arg) >= RP_ISSUER_ID)
		rc = rp_refuse(&err, RP_PROBLEM_NOT_FOUND, "the revocation's name is too long");
	if (rc == RP_OK)
		rc = issuer_revoke_decide_at(s->issuer, &who.peer, r->idempotency_key, r->arg, k == 0, &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 200,
			  json_pack("{s:s,s:s}", "id", r->arg, "state", k == 0 ? "approved" : "withdrawn"));
}
