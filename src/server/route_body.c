/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/hash.h"
#include "server/routes.h"

#include <stdlib.h>
#include <string.h>

void asker_of(const struct http_request *r, struct asker_is *ret)
{
	const struct hash_part token = {r->bearer, strlen(r->bearer)};

	*ret = (struct asker_is){.peer.source = r->source};
	if (r->has_certificate)
		ret->peer.fingerprint = r->fingerprint;
	if (token.len > 0) {
		hash_sha256(&token, 1, ret->session);
		ret->peer.session = ret->session;
	}
}

rp_code malformed(struct rp_error *err, const char *what)
{
	return rp_refuse(err, RP_PROBLEM_MALFORMED, "%s", what);
}

json_t *hex_json(const uint8_t *bytes, size_t len)
{
	char text[2 * 64 + 1];

	return hex_of(bytes, len, text, sizeof text) ? json_string(text) : NULL;
}

/* --- the whole --- */

rp_code body_begin(const struct http_request *r, struct body *b, struct rp_error *err)
{
	char what[96];

	b->root = json_parse(r->body, r->body_len, what);
	if (b->root == NULL)
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "the body cannot be taken: %s", what);
	json_in(&b->in, b->root);
	return RP_OK;
}

rp_code body_end(struct body *b, struct rp_error *err)
{
	return jin_done(&b->in) ? RP_OK : malformed(err, b->in.what);
}

void body_free(struct body *b)
{
	json_decref(b->root);
	free(b->proof.certificate);
	free(b->device);
	rp_secret_free(b->user_code);
	rp_secret_free(b->one_time);
	rp_secret_free(b->new_code);
	rp_wipe(b, sizeof *b);
}

/* An object within another: what is wrong in it is wrong in the whole. */
static void inner_end(struct jin *outer, const char *name, struct jin *inner)
{
	if (!outer->failed && !jin_done(inner)) {
		char what[96];

		memcpy(what, inner->what, sizeof what);
		what[60] = '\0'; /* room for the name before it */
		jin_fail(outer, name, what);
	}
}

/* --- parts --- */

void body_word(struct jin *in, const char *name, size_t max, char *ret)
{
	jin_text(in, name, 1, max, ret);
	if (!in->failed && strspn(ret, "abcdefghijklmnopqrstuvwxyz-") != strlen(ret))
		jin_fail(in, name, "holds a character that no such name has");
}

rp_slot body_slot(struct jin *in)
{
	char word[16] = "";
	rp_slot slot;

	jin_text(in, "slot", 1, sizeof word - 1, word);
	slot = rp_slot_from_word(word);
	if (!in->failed && (word[0] == '\0' || slot == RP_SLOT_NONE))
		jin_fail(in, "slot", "is no PIN that is known");
	return in->failed ? RP_SLOT_NONE : slot;
}

static void take_card(struct body *b, struct jin *in)
{
	int64_t key = 0, resets = 0;

	body_word(in, "profile", sizeof b->profile - 1, b->profile);
	jin_text(in, "number", 1, sizeof b->card.number - 1, b->card.number);
	b->card.profile = b->profile;
	b->card.slot = body_slot(in);
	/* A GIDS card gives no MAC, and then there is nothing that it answers. */
	if (!jin_has(in, "mac") && !in->failed && strcmp(b->profile, "gids") == 0)
		return;
	jin_int(in, "key", 0, 255, &key);
	jin_hex(in, "nonce", b->card.nonce, sizeof b->card.nonce);
	jin_hex(in, "challenge", b->card.challenge, sizeof b->card.challenge);
	jin_int(in, "resets", 0, 65535, &resets);
	jin_hex(in, "mac", b->card.mac, sizeof b->card.mac);
	b->card.key = (unsigned)key;
	b->card.resets = (uint16_t)resets;
}

void body_card(struct body *b)
{
	struct jin in;

	json_t *object = jin_object(&b->in, "card");

	if (object == NULL)
		return;
	json_in(&in, object);
	take_card(b, &in);
	inner_end(&b->in, "card:", &in);
}

void body_door(struct body *b)
{
	body_word(&b->in, "door", sizeof b->door - 1, b->door);
	b->evidence.door = b->door;
}

void body_code(struct jin *in, const char *name, rp_secret **ret)
{
	if (jin_has(in, name))
		jin_secret(in, name, 1, CODE_MAX, ret);
}

static void take_proof(struct body *b, struct jin *in)
{
	b->proof.slot = body_slot(in);
	b->proof.certificate = malloc(CERTIFICATE_MAX);
	if (b->proof.certificate == NULL) {
		jin_fail(in, "certificate", "finds no memory");
		return;
	}
	jin_base64(in, "certificate", b->proof.certificate, CERTIFICATE_MAX, &b->proof.certificate_len);
	jin_base64(in, "signature", b->proof.signature, sizeof b->proof.signature, &b->proof.signature_len);
}

void body_proof(struct body *b, struct jin *outer)
{
	struct jin in;
	json_t *object;

	if (!jin_has(outer, "proof"))
		return;
	object = jin_object(outer, "proof");
	if (object == NULL)
		return;
	json_in(&in, object);
	take_proof(b, &in);
	inner_end(outer, "proof:", &in);
	b->evidence.proof = &b->proof;
}

const char *body_cause(struct jin *in)
{
	static const char *const causes[] = {"forgotten", "typed-wrong", "another-program", "not-said"};
	size_t which = 0;

	if (!jin_has(in, "cause"))
		return NULL;
	jin_word(in, "cause", causes, sizeof causes / sizeof causes[0], &which);
	return in->failed ? NULL : causes[which];
}

void body_external(struct body *b, struct jin *in)
{
	if (!jin_has(in, "external"))
		return;
	jin_base64(in, "external", b->external, sizeof b->external, &b->evidence.external_len);
	b->evidence.external = b->external;
}

void body_device(struct body *b, struct asker_is *who)
{
	json_t *object = jin_has(&b->in, "device") ? jin_object(&b->in, "device") : NULL;
	struct rp_device *d;
	struct jin in;

	if (object == NULL)
		return;
	d = b->device = calloc(1, sizeof *b->device);
	if (d == NULL) {
		jin_fail(&b->in, "device", "finds no memory");
		return;
	}
	json_in(&in, object);
	jin_base64(&in, "key", d->key, sizeof d->key, &d->key_len);
	jin_base64(&in, "signature", d->signature, sizeof d->signature, &d->signature_len);
	inner_end(&b->in, "device:", &in);
	who->peer.device = d;
}

void body_evidence(struct body *b)
{
	json_t *object = jin_object(&b->in, "evidence");
	struct jin in;

	if (object == NULL)
		return;
	json_in(&in, object);
	body_code(&in, "user_code", &b->user_code);
	body_code(&in, "code", &b->one_time);
	body_proof(b, &in);
	body_external(b, &in);
	if (jin_has(&in, "r1") || jin_has(&in, "r2")) {
		jin_hex(&in, "r1", b->r1, sizeof b->r1);
		jin_hex(&in, "r2", b->r2, sizeof b->r2);
		b->evidence.r1 = b->r1;
		b->evidence.r2 = b->r2;
	}
	inner_end(&b->in, "evidence:", &in);
	b->evidence.user_code = b->user_code;
	b->evidence.one_time = b->one_time;
}
