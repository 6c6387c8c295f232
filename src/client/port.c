/* SPDX-License-Identifier: Apache-2.0 */
/* What librepin's issuer jobs ask: cards, evidence, and strict reading of the answers (docs/openapi.yaml). */
#include "client/wire.h"

#include "base/secret.h"

#include <stdio.h>
#include <string.h>

/* --- what is sent --- */

static void put_card(struct body *b, const struct rp_presence *p)
{
	body_open(b, "card");
	body_text(b, "profile", p->profile);
	body_text(b, "number", p->number);
	body_text(b, "slot", rp_slot_word(p->slot));
	body_number(b, "key", p->key);
	body_hex(b, "nonce", p->nonce, sizeof p->nonce);
	body_hex(b, "challenge", p->challenge, sizeof p->challenge);
	body_number(b, "resets", p->resets);
	body_hex(b, "mac", p->mac, sizeof p->mac);
	body_close(b);
}

static void put_proof(struct body *b, const struct rp_proof *p)
{
	body_open(b, "proof");
	body_text(b, "slot", rp_slot_word(p->slot));
	body_base64(b, "certificate", p->certificate, p->certificate_len);
	body_base64(b, "signature", p->signature, p->signature_len);
	body_close(b);
}

static void put_device(struct body *b, const struct rp_device *d)
{
	body_open(b, "device");
	body_base64(b, "key", d->key, d->key_len);
	body_base64(b, "signature", d->signature, d->signature_len);
	body_close(b);
}

static void put_cause(struct body *b, const struct rp_evidence *e)
{
	if (e->cause != NULL)
		body_text(b, "cause", e->cause);
}

static void put_evidence(struct body *b, const struct rp_evidence *e)
{
	if (e->user_code != NULL)
		body_secret(b, "user_code", e->user_code);
	if (e->one_time != NULL)
		body_secret(b, "code", e->one_time);
	if (e->proof != NULL)
		put_proof(b, e->proof);
	if (e->external != NULL)
		body_base64(b, "external", e->external, e->external_len);
	if (e->r1 != NULL)
		body_hex(b, "r1", e->r1, 16);
	if (e->r2 != NULL)
		body_hex(b, "r2", e->r2, 16);
}

/* --- what comes back --- */

static void take_slot(struct jin *in, rp_slot *ret)
{
	char word[16] = "";

	jin_text(in, "slot", 1, sizeof word - 1, word);
	*ret = rp_slot_from_word(word);
	if (!in->failed && *ret == RP_SLOT_NONE)
		jin_fail(in, "slot", "is no PIN that is known");
}

static void take_case(struct jin *in, struct rp_case *ret)
{
	answer_id(in, "id", 1, ret->id);
	take_slot(in, &ret->slot);
	jin_text(in, "door", 1, sizeof ret->door - 1, ret->door);
	jin_text(in, "state", 1, sizeof ret->state - 1, ret->state);
	jin_int(in, "left_s", -1, INT64_C(366) * 86400, &ret->left_s);
	jin_bool(in, "here", &ret->here);
}

static void take_cases(struct jin *in, json_t *list, struct rp_issuer_facts *ret)
{
	if (!json_is_array(list) || json_array_size(list) > RP_CASES_MAX)
		jin_fail(in, "cases", "is no list, or too long a one");
	while (!in->failed && ret->n_cases < json_array_size(list)) {
		struct jin one;

		json_in(&one, json_array_get(list, ret->n_cases));
		take_case(&one, &ret->cases[ret->n_cases++]);
		if (one.failed)
			jin_fail(in, "cases", one.what);
	}
}

static void take_facts(struct jin *in, struct rp_issuer_facts *ret)
{
	static const char *const codes[] = {"none", "active", "blocked"};
	int64_t tries = RP_TRIES_UNKNOWN;
	size_t code = 0;

	jin_text(in, "card_status", 1, sizeof ret->card_status - 1, ret->card_status);
	jin_text(in, "halted", 0, sizeof ret->halted - 1, ret->halted);
	jin_word(in, "user_code", codes, 3, &code);
	(void)snprintf(ret->user_code, sizeof ret->user_code, "%s", codes[code]);
	if (jin_has(in, "user_code_tries"))
		jin_int(in, "user_code_tries", RP_TRIES_UNKNOWN, 15, &tries);
	ret->user_code_tries = (int)tries;
	answer_id(in, "settled", 0, ret->settled);
	jin_text(in, "settled_state", 0, sizeof ret->settled_state - 1, ret->settled_state);
	take_cases(in, json_object_get(in->object, "cases"), ret);
}

/* --- the port --- */

static rp_code ask_nonce(void *arg, uint8_t ret[16], struct rp_error *err)
{
	RP_AUTO(wire_json_free) json_t *j = NULL;
	const struct question q = {.path = "/v1/nonce"};
	uint8_t nonce[16] = {0};
	struct jin in;
	rp_code rc = wire_ask(arg, &q, &j, err);

	if (rc != RP_OK)
		return rc;
	json_in(&in, j);
	jin_hex(&in, "nonce", nonce, sizeof nonce);
	rc = answer_end(arg, q.path, &in, err);
	if (rc == RP_OK)
		memcpy(ret, nonce, sizeof nonce);
	return rc;
}

static rp_code show_card(void *arg, const struct rp_presence *p, struct rp_issuer_facts *ret,
			 struct rp_error *err)
{
	static const char path[] = "/v1/presence";
	RP_AUTO(wire_json_free) json_t *j = NULL;
	RP_AUTO(body_free) struct body b = {0};
	struct rp_issuer_facts facts = {0};
	struct jin in;
	rp_code rc = body_start(&b, err);

	if (rc != RP_OK)
		return rc;
	put_card(&b, p);
	if (p->wish != NULL)
		body_text(&b, "wish", p->wish);
	rc = wire_post(arg, path, &b, false, &j, err);
	if (rc != RP_OK)
		return rc;
	json_in(&in, j);
	take_facts(&in, &facts);
	if (p->wish != NULL) {
		jin_text(&in, "wish", 1, sizeof facts.wish - 1, facts.wish);
		answer_id(&in, "wish_receipt", 0, facts.wish_receipt);
	}
	rc = answer_end(arg, path, &in, err);
	if (rc == RP_OK)
		*ret = facts;
	return rc;
}

static rp_code open_reservation(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
				struct rp_case *ret, char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	static const char path[] = "/v1/cases";
	RP_AUTO(wire_json_free) json_t *j = NULL;
	RP_AUTO(body_free) struct body b = {0};
	char receipt[RP_ISSUER_ID] = "";
	struct rp_case opened = {0};
	struct jin in;
	rp_code rc = body_start(&b, err);

	if (rc != RP_OK)
		return rc;
	put_card(&b, p);
	body_text(&b, "door", e->door != NULL ? e->door : "kiosk");
	put_evidence(&b, e);
	put_cause(&b, e);
	if (e->device != NULL)
		put_device(&b, e->device);
	rc = wire_post(arg, path, &b, false, &j, err);
	if (rc != RP_OK)
		return rc;
	json_in(&in, j);
	take_case(&in, &opened);
	answer_id(&in, "receipt", 1, receipt);
	rc = answer_end(arg, path, &in, err);
	if (rc != RP_OK)
		return rc;
	*ret = opened;
	memcpy(ret_receipt, receipt, sizeof receipt);
	return RP_OK;
}

/* A cryptogram is as long as its family's: 16 bytes, or 40 (gids). */
static void take_cryptogram(struct jin *in, struct rp_grant *ret)
{
	char text[2 * sizeof ret->cryptogram + 1] = "";

	jin_text(in, "cryptogram", 32, sizeof text - 1, text);
	ret->cryptogram_len = strlen(text) / 2;
	if (!in->failed && ret->cryptogram_len != 16 && ret->cryptogram_len != sizeof ret->cryptogram)
		jin_fail(in, "cryptogram", "has a length that no card takes");
	jin_hex(in, "cryptogram", ret->cryptogram, ret->cryptogram_len);
}

static rp_code get_grant(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			 struct rp_grant *ret, struct rp_error *err)
{
	static const char path[] = "/v1/grants";
	RP_AUTO(wire_json_free) json_t *j = NULL;
	RP_AUTO(body_free) struct body b = {0};
	struct rp_grant g = {0};
	struct jin in;
	rp_code rc = body_start(&b, err);

	if (rc != RP_OK)
		return rc;
	put_card(&b, p);
	body_text(&b, "door", e->door != NULL ? e->door : "");
	if (e->case_id != NULL)
		body_text(&b, "case", e->case_id);
	body_open(&b, "evidence");
	put_evidence(&b, e);
	body_close(&b);
	put_cause(&b, e);
	if (e->device != NULL)
		put_device(&b, e->device);
	rc = wire_post_as(arg, path, &b, e->key, &j, err);
	if (rc != RP_OK)
		return rc;
	json_in(&in, j);
	answer_id(&in, "case_id", 1, g.case_id);
	answer_id(&in, "id", 1, g.id);
	answer_id(&in, "receipt", 1, g.receipt);
	take_cryptogram(&in, &g);
	jin_hex(&in, "nonce", g.nonce, sizeof g.nonce);
	rc = answer_end(arg, path, &in, err);
	if (rc == RP_OK)
		*ret = g;
	rp_wipe(&g, sizeof g);
	return rc;
}

static rp_code give_word(void *arg, const struct rp_grant *g, bool done, const uint8_t *answer, size_t len,
			 struct rp_error *err)
{
	RP_AUTO(wire_json_free) json_t *j = NULL;
	RP_AUTO(body_free) struct body b = {0};
	char path[32 + RP_ISSUER_ID];
	rp_code rc = body_start(&b, err);

	if (rc != RP_OK)
		return rc;
	(void)snprintf(path, sizeof path, "/v1/grants/%s/word", g->id);
	body_bool(&b, "done", done);
	if (answer != NULL)
		body_hex(&b, "answer", answer, len);
	return wire_post(arg, path, &b, false, &j, err);
}

static rp_code post_for_receipt(client *c, const char *path, struct body *b, char ret_receipt[RP_ISSUER_ID],
				struct rp_error *err)
{
	RP_AUTO(wire_json_free) json_t *j = NULL;
	char receipt[RP_ISSUER_ID] = "";
	struct jin in;
	rp_code rc = wire_post(c, path, b, false, &j, err);

	if (rc != RP_OK)
		return rc;
	json_in(&in, j);
	answer_id(&in, "receipt", 1, receipt);
	rc = answer_end(c, path, &in, err);
	if (rc == RP_OK)
		memcpy(ret_receipt, receipt, sizeof receipt);
	return rc;
}

static rp_code set_code(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	RP_AUTO(body_free) struct body b = {0};
	rp_code rc = body_start(&b, err);

	if (rc != RP_OK)
		return rc;
	put_card(&b, p);
	put_evidence(&b, e);
	if (e->new_code != NULL)
		body_secret(&b, "new_code", e->new_code);
	return post_for_receipt(arg, "/v1/user-code", &b, ret_receipt, err);
}

static rp_code register_phone(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			      char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	RP_AUTO(body_free) struct body b = {0};
	rp_code rc = body_start(&b, err);

	if (rc != RP_OK)
		return rc;
	put_card(&b, p);
	if (e->proof != NULL)
		put_proof(&b, e->proof);
	if (e->device != NULL)
		put_device(&b, e->device);
	return post_for_receipt(arg, "/v1/devices", &b, ret_receipt, err);
}

static bool has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7F)
			return true;
	return false;
}

/* The page is for people and may grow; only the name is needed, and it goes into the proof's lines. */
static rp_code learn(client *c, struct rp_error *err)
{
	const struct question q = {.path = "/v1/issuer"};
	json_t *j = NULL;
	const char *name;
	rp_code rc = wire_ask(c, &q, &j, err);

	if (rc != RP_OK)
		return rc;
	name = json_string_value(json_object_get(j, "issuer"));
	if (name == NULL || name[0] == '\0' || strlen(name) >= sizeof c->issuer || has_control(name)) {
		json_decref(j);
		return wire_nonsense(c, &q, "issuer is no name", err);
	}
	(void)snprintf(c->issuer, sizeof c->issuer, "%s", name);
	json_decref(c->known);
	c->known = j;
	return RP_OK;
}

rp_code client_port(client *c, struct rp_issuer_port *ret, struct rp_error *err)
{
	rp_code rc = learn(c, err);

	if (rc == RP_OK)
		*ret = (struct rp_issuer_port){.arg = c,
					       .issuer = c->issuer,
					       .terminal = c->terminal,
					       .nonce = ask_nonce,
					       .presence = show_card,
					       .reserve = open_reservation,
					       .grant = get_grant,
					       .word = give_word,
					       .user_code = set_code,
					       .device = register_phone};
	return rc;
}
