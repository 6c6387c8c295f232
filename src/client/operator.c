/* SPDX-License-Identifier: Apache-2.0 */
/* What operators of the help desk ask, and receipts, which anybody may ask for who has the number. */
#include "client/wire.h"

#include "base/log.h"
#include "base/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* It becomes a line of a request. */
static bool is_token(const rp_secret *s)
{
	for (size_t i = 0; i < rp_secret_len(s); i++)
		if (rp_secret_bytes(s)[i] <= ' ' || rp_secret_bytes(s)[i] >= 0x7F)
			return false;
	return true;
}

rp_code client_sign_in(client *c, const char *name, const rp_secret *password, const char *totp,
		       struct rp_error *err)
{
	static const char path[] = "/v1/operator/sessions";
	RP_AUTO(wire_json_free) json_t *j = NULL;
	RP_AUTO(body_free) struct body b = {0};
	RP_AUTO(rp_secret_freep) rp_secret *token = NULL;
	struct jin in;
	rp_code rc = body_start(&b, err);

	if (rc != RP_OK)
		return rc;
	body_text(&b, "name", name);
	body_secret(&b, "password", password);
	body_text(&b, "totp", totp);
	rc = wire_post(c, path, &b, false, &j, err);
	if (rc != RP_OK)
		return rc;
	json_in(&in, j);
	jin_secret(&in, "token", 20, 95, &token);
	if (token != NULL && !is_token(token))
		jin_fail(&in, "token", "cannot stand in a request");
	rc = answer_end(c, path, &in, err);
	if (rc != RP_OK)
		return rc;
	rp_secret_free(c->token);
	c->token = token;
	token = NULL;
	return RP_OK;
}

void client_sign_out(client *c)
{
	RP_AUTO(wire_json_free) json_t *j = NULL;
	RP_AUTO(body_free) struct body b = {0};

	if (c->token == NULL)
		return;
	if (body_start(&b, NULL) == RP_OK &&
	    wire_post(c, "/v1/operator/sessions/end", &b, true, &j, NULL) != RP_OK)
		log_event(LOG_LVL_INFO, "operator.signed-out", "told=0");
	rp_secret_freep(&c->token);
}

/* Nothing that an address could take for something else. */
static bool is_below_operator(const char *path)
{
	return strncmp(path, "/v1/operator/", 13) == 0 && strlen(path) < CLIENT_PATH / 2 &&
	       strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_/") ==
		       strlen(path);
}

rp_code client_pass(client *c, const char *path, const rp_secret *body, const char *key, json_t **ret,
		    struct rp_error *err)
{
	const struct question q = {.path = path, .body = body, .signed_in = true, .key = key};

	if (!is_below_operator(path))
		return rp_fail(err, RP_E_USAGE, "this is no address of an operator's");
	return wire_ask(c, &q, ret, err);
}

static void put_decision(struct body *b, const struct client_decision *d)
{
	body_text(b, "profile", d->profile);
	body_text(b, "number", d->number);
	body_text(b, "slot", rp_slot_word(d->slot));
	body_text(b, "door", d->door);
	body_text(b, "reason", d->reason);
	body_text(b, "identified_by", d->identified_by);
	if (d->cause != NULL)
		body_text(b, "cause", d->cause);
	if (d->challenge != NULL)
		body_hex(b, "challenge", d->challenge, 8);
}

static void take_decided(struct jin *in, bool by_phone, struct client_decided *ret)
{
	answer_id(in, "case_id", 1, ret->case_id);
	answer_id(in, "receipt", 1, ret->receipt);
	if (jin_has(in, "code"))
		jin_text(in, "code", 0, sizeof ret->code - 1, ret->code);
	ret->has_response = jin_has(in, "response");
	if (ret->has_response)
		jin_hex(in, "response", ret->response, sizeof ret->response);
	if (by_phone && !ret->has_response)
		jin_fail(in, "response", "is missing");
}

rp_code client_decide(client *c, const struct client_decision *d, struct client_decided *ret,
		      struct rp_error *err)
{
	static const char path[] = "/v1/operator/decisions";
	RP_AUTO(wire_json_free) json_t *j = NULL;
	RP_AUTO(body_free) struct body b = {0};
	struct client_decided got = {0};
	struct jin in;
	rp_code rc = body_start(&b, err);

	if (rc != RP_OK)
		return rc;
	put_decision(&b, d);
	rc = wire_post(c, path, &b, true, &j, err);
	if (rc != RP_OK)
		return rc;
	json_in(&in, j);
	take_decided(&in, d->challenge != NULL, &got);
	rc = answer_end(c, path, &in, err);
	if (rc == RP_OK)
		*ret = got;
	rp_wipe(&got, sizeof got);
	return rc;
}

static void put_revocation(struct body *b, const struct client_revocation *r)
{
	body_text(b, "profile", r->profile);
	body_text(b, "number", r->number);
	body_text(b, "reason", r->reason);
	body_text(b, "identified_by", r->identified_by);
	if (r->loss_certain)
		body_bool(b, "loss_is_certain", true);
	body_list(b, "certificates");
	for (size_t k = 0; k < r->n_certs; k++) {
		body_item(b);
		body_text(b, "slot", rp_slot_word(r->certs[k].slot));
		body_text(b, "certificate", r->certs[k].base64);
		body_close(b);
	}
	body_list_end(b);
}

rp_code client_revoke(client *c, const struct client_revocation *r, struct client_revoking *ret,
		      struct rp_error *err)
{
	static const char path[] = "/v1/operator/revocations";
	RP_AUTO(wire_json_free) json_t *j = NULL;
	RP_AUTO(body_free) struct body b = {0};
	struct client_revoking got = {0};
	struct jin in;
	rp_code rc = body_start(&b, err);

	if (rc != RP_OK)
		return rc;
	put_revocation(&b, r);
	rc = wire_post(c, path, &b, true, &j, err);
	if (rc != RP_OK)
		return rc;
	json_in(&in, j);
	answer_id(&in, "id", 1, got.id);
	answer_id(&in, "receipt", 1, got.receipt);
	jin_text(&in, "state", 1, sizeof got.state - 1, got.state);
	rc = answer_end(c, path, &in, err);
	if (rc == RP_OK)
		*ret = got;
	return rc;
}

static bool is_number(const char *text)
{
	const size_t n = strlen(text);

	return n > 0 && n < RP_ISSUER_ID &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

rp_code client_revoke_decide(client *c, const char *id, bool approve, struct rp_error *err)
{
	RP_AUTO(wire_json_free) json_t *j = NULL;
	RP_AUTO(body_free) struct body b = {0};
	char path[64 + RP_ISSUER_ID];
	rp_code rc;

	if (!is_number(id))
		return rp_fail(err, RP_E_USAGE, "this is no revocation's number");
	(void)snprintf(path, sizeof path, "/v1/operator/revocations/%s/decision", id);
	rc = body_start(&b, err);
	if (rc != RP_OK)
		return rc;
	body_text(&b, "decision", approve ? "approve" : "withdraw");
	return wire_post(c, path, &b, true, &j, err);
}

rp_code client_receipt(client *c, const char *receipt, json_t **ret, struct rp_error *err)
{
	char path[32 + RP_ISSUER_ID];
	const struct question q = {.path = path};

	if (receipt[0] == '\0' || strlen(receipt) >= RP_ISSUER_ID ||
	    strspn(receipt, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") !=
		    strlen(receipt))
		return rp_fail(err, RP_E_USAGE, "this is no receipt's number");
	(void)snprintf(path, sizeof path, "/v1/log/receipts/%s", receipt);
	return wire_ask(c, &q, ret, err);
}

rp_code client_consistency(client *c, uint64_t from, uint64_t to, json_t **ret, struct rp_error *err)
{
	char path[80];
	const struct question q = {.path = path};

	(void)snprintf(path, sizeof path, "/v1/log/consistency/%" PRIu64 "-%" PRIu64, from, to);
	return wire_ask(c, &q, ret, err);
}
