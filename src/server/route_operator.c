/* SPDX-License-Identifier: Apache-2.0 */
/* Operators: signing in and out, and what they decide for a holder. */
#include "base/bytes.h"
#include "server/routes.h"

#include <string.h>

void route_sign_in(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(rp_secret_freep) rp_secret *password = NULL;
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	char name[ROW_NAME] = "", totp[9] = "", token[48] = "";
	int64_t until_ms = 0;
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		jin_text(&b.in, "name", 1, sizeof name - 1, name);
		jin_secret(&b.in, "password", 1, 256, &password);
		jin_text(&b.in, "totp", 6, 8, totp);
		if (!b.in.failed && strspn(totp, "0123456789") != strlen(totp))
			jin_fail(&b.in, "totp", "is not of digits");
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = issuer_sign_in(s->issuer, &who.peer, name, password, totp, token, &until_ms, &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 201, json_pack("{s:s,s:I}", "token", token, "until_ms", (json_int_t)until_ms));
	rp_wipe(token, sizeof token);
	rp_wipe(totp, sizeof totp);
}

void route_sign_out(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;

	asker_of(r, &who);
	/* It takes no member: an empty object, or nothing. */
	if (r->body_len > 0) {
		RP_AUTO(body_free) struct body b = {0};

		if (body_begin(r, &b, &err) != RP_OK || body_end(&b, &err) != RP_OK) {
			http_problem(ret, &err);
			return;
		}
	}
	if (issuer_sign_out(s->issuer, &who.peer, &err) != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 200, json_pack("{s:b}", "ended", 1));
}

struct decision {
	struct issuer_decision d; /* points to the rest */
	char profile[24], number[48], door[24], reason[ROW_TEXT], identified_by[ROW_TEXT];
	uint8_t challenge[8];
};

static void take_decision(struct jin *in, struct decision *t)
{
	body_word(in, "profile", sizeof t->profile - 1, t->profile);
	jin_text(in, "number", 1, sizeof t->number - 1, t->number);
	t->d.slot = body_slot(in);
	body_word(in, "door", sizeof t->door - 1, t->door);
	jin_text(in, "reason", 1, sizeof t->reason - 1, t->reason);
	jin_text(in, "identified_by", 1, sizeof t->identified_by - 1, t->identified_by);
	t->d.cause = body_cause(in);
	t->d.profile = t->profile;
	t->d.number = t->number;
	t->d.door = t->door;
	t->d.reason = t->reason;
	t->d.identified_by = t->identified_by;
	if (jin_has(in, "challenge")) {
		jin_hex(in, "challenge", t->challenge, sizeof t->challenge);
		t->d.challenge = t->challenge;
	}
}

static json_t *decided_json(const struct issuer_decided *d, bool by_phone)
{
	json_t *j = json_pack("{s:s,s:s,s:I,s:s*}", "case_id", d->case_id, "receipt", d->receipt, "until_ms",
			      (json_int_t)d->until_ms, "code", d->code[0] != '\0' ? d->code : NULL);

	if (j != NULL && by_phone &&
	    json_object_set_new(j, "response", hex_json(d->response, sizeof d->response)) != 0) {
		json_decref(j);
		return NULL;
	}
	return j;
}

void route_decide(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct issuer_decided decided = {0};
	struct decision taken = {0};
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		take_decision(&b.in, &taken);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = issuer_decide(s->issuer, &who.peer, r->idempotency_key, &taken.d, &decided, &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 201, decided_json(&decided, taken.d.challenge != NULL));
	rp_wipe(&decided, sizeof decided);
}
