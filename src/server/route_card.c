/* SPDX-License-Identifier: Apache-2.0 */
/* Cards: what a terminal or a holder's machine asks on the way to a new PIN. */
#include "base/bytes.h"
#include "server/routes.h"

#include <string.h>

#define KEY_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"

void route_nonce(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct server *s = arg;
	struct rp_error err = RP_ERROR_INIT;
	uint8_t nonce[16];

	(void)r;
	if (issuer_nonce(s->issuer, nonce, &err) != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 200, json_pack("{s:o}", "nonce", hex_json(nonce, sizeof nonce)));
}

static json_t *case_json(const struct rp_case *c)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:I,s:b}", "id", c->id, "slot", rp_slot_word(c->slot), "door",
			 c->door, "state", c->state, "left_s", (json_int_t)c->left_s, "here", c->here);
}

static json_t *facts_json(const struct rp_issuer_facts *f)
{
	const bool asked = f->wish[0] != '\0';
	json_t *cases = json_array();

	for (size_t i = 0; i < f->n_cases; i++)
		if (json_array_append_new(cases, case_json(&f->cases[i])) != 0) {
			json_decref(cases);
			return NULL;
		}
	return json_pack("{s:s,s:s,s:s,s:o,s:o,s:s,s:s,s:s*,s:s*}", "card_status", f->card_status, "halted",
			 f->halted, "user_code", f->user_code, "user_code_tries",
			 f->user_code_tries == RP_TRIES_UNKNOWN ? json_null()
								: json_integer(f->user_code_tries),
			 "cases", cases, "settled", f->settled, "settled_state", f->settled_state, "wish",
			 asked ? f->wish : NULL, "wish_receipt", asked ? f->wish_receipt : NULL);
}

void route_presence(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct rp_issuer_facts facts = {0};
	char wish[RP_ISSUER_ID] = "";
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		body_card(&b);
		if (jin_has(&b.in, "wish")) {
			jin_text(&b.in, "wish", 16, 36, wish);
			if (!b.in.failed && strspn(wish, KEY_CHARS) != strlen(wish))
				jin_fail(&b.in, "wish", "is no idempotency key");
			b.card.wish = wish;
		}
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = issuer_presence(s->issuer, &who.peer, &b.card, &facts, &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 200, facts_json(&facts));
}

static json_t *reserved_json(const struct rp_case *c, const char *receipt)
{
	json_t *j = case_json(c);

	if (j != NULL && json_object_set_new(j, "receipt", json_string(receipt)) != 0) {
		json_decref(j);
		return NULL;
	}
	return j;
}

void route_reserve(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	char receipt[RP_ISSUER_ID] = "";
	struct rp_case opened = {0};
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		body_card(&b);
		body_door(&b);
		body_proof(&b, &b.in);
		body_external(&b, &b.in);
		body_device(&b, &who);
		b.evidence.cause = body_cause(&b.in);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = issuer_reserve(s->issuer, &who.peer, r->idempotency_key, &b.card, &b.evidence, &opened,
				    receipt, &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 201, reserved_json(&opened, receipt));
}

void route_cancel(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		body_card(&b);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK && strlen(r->arg) >= RP_ISSUER_ID)
		rc = rp_refuse(&err, RP_PROBLEM_NOT_FOUND, "the case's name is too long");
	if (rc == RP_OK)
		rc = issuer_cancel(s->issuer, &who.peer, r->idempotency_key, &b.card, r->arg, &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 200, json_pack("{s:s,s:s}", "id", r->arg, "state", "cancelled"));
}

static json_t *grant_json(const struct rp_grant *g)
{
	return json_pack("{s:s,s:s,s:s,s:o,s:o}", "case_id", g->case_id, "id", g->id, "receipt", g->receipt,
			 "cryptogram", hex_json(g->cryptogram, g->cryptogram_len), "nonce",
			 hex_json(g->nonce, sizeof g->nonce));
}

static void take_grant(struct body *b)
{
	body_card(b);
	body_door(b);
	if (jin_has(&b->in, "case")) {
		jin_text(&b->in, "case", 1, sizeof b->case_id - 1, b->case_id);
		b->evidence.case_id = b->case_id;
	}
	body_evidence(b);
}

void route_grant(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct rp_grant grant = {0};
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		take_grant(&b);
		body_device(&b, &who);
		b.evidence.cause = body_cause(&b.in);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK) {
		rc = issuer_grant(s->issuer, &who.peer, r->idempotency_key, &b.card, &b.evidence, &grant,
				  &err);
		count_grant(s, b.door, rc);
	}
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 201, grant_json(&grant));
	rp_wipe(&grant, sizeof grant);
}

/* Hex of 1 to `cap` bytes, when it is there. */
static void take_hex(struct jin *in, const char *name, uint8_t *ret, size_t cap, size_t *ret_len)
{
	char text[129] = "";

	if (!jin_has(in, name))
		return;
	jin_text(in, name, 2, 2 * cap, text);
	if (!in->failed)
		jin_hex(in, name, ret, strlen(text) / 2);
	if (!in->failed)
		*ret_len = strlen(text) / 2;
}

void route_word(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	uint8_t answer[64];
	size_t len = 0;
	bool done = false;
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		jin_bool(&b.in, "done", &done);
		take_hex(&b.in, "answer", answer, sizeof answer, &len);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK && strlen(r->arg) >= RP_ISSUER_ID)
		rc = rp_refuse(&err, RP_PROBLEM_NOT_FOUND, "the grant's name is too long");
	if (rc == RP_OK)
		rc = issuer_word(s->issuer, &who.peer, r->idempotency_key, r->arg, done,
				 len > 0 ? answer : NULL, len, &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 200, json_pack("{s:s,s:b}", "id", r->arg, "done", done));
}

void route_user_code(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	char receipt[RP_ISSUER_ID] = "";
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		body_card(&b);
		body_proof(&b, &b.in);
		body_external(&b, &b.in);
		body_code(&b.in, "code", &b.one_time);
		jin_secret(&b.in, "new_code", 1, CODE_MAX, &b.new_code);
		rc = body_end(&b, &err);
	}
	b.evidence.one_time = b.one_time;
	b.evidence.new_code = b.new_code;
	if (rc == RP_OK)
		rc = issuer_set_code(s->issuer, &who.peer, r->idempotency_key, &b.card, &b.evidence, receipt,
				     &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 200, json_pack("{s:s}", "receipt", receipt));
}

void route_device(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	char receipt[RP_ISSUER_ID] = "";
	struct server *s = arg;
	struct asker_is who;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		body_card(&b);
		body_proof(&b, &b.in);
		body_device(&b, &who);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = issuer_device(s->issuer, &who.peer, r->idempotency_key, &b.card, &b.evidence, receipt,
				   &err);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 200, json_pack("{s:s}", "receipt", receipt));
}
