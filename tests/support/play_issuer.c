/* SPDX-License-Identifier: Apache-2.0 */
#include "support/play_issuer.h"

#include "base/error.h"
#include "vcard/vca.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

unsigned play_count(const struct play_issuer *p, enum play_call call)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->n; i++)
		n += p->log[i].call == call;
	return n;
}

static rp_code note(struct play_issuer *p, enum play_call call, struct rp_error *err)
{
	rp_code rc = RP_OK;

	assert_true(p->n < PLAY_LOG);
	p->log[p->n].call = call;
	p->log[p->n++].at = p->v->n;
	if (p->before != NULL)
		p->before(p, call);
	if (call == p->fails && play_count(p, call) == p->fails_at) {
		rc = p->fails_with;
		(void)rp_fail(err, rc, "as the test wants it");
		if (rc == RP_E_ISSUER_REFUSED)
			rc = rp_refuse(err, p->problem, "as the test wants it");
	}
	p->log[p->n - 1].rc = rc;
	return rc;
}

static rp_code refuse(struct play_issuer *p, enum rp_problem problem, struct rp_error *err)
{
	p->log[p->n - 1].rc = RP_E_ISSUER_REFUSED;
	return rp_refuse(err, problem, "played");
}

static void random_bytes(void *ret, size_t len)
{
	assert_int_equal(gnutls_rnd(GNUTLS_RND_NONCE, ret, len), 0);
}

/* --- checksums --- */

static void card_id(const struct vcard *c, const char *profile, const char *number, uint8_t ret[16])
{
	uint8_t text[200], digest[32];
	const int n = snprintf((char *)text, sizeof text, "REPIN1%c%s%c%s%c%s", (char)strlen("test"), "test",
			       (char)strlen(profile), profile, (char)strlen(number), number);

	(void)c;
	assert_true(n > 0 && (size_t)n < sizeof text);
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, text, (size_t)n, digest), 0);
	memcpy(ret, digest, 16);
}

static void cmac(const struct play_issuer *p, uint8_t purpose, const struct rp_presence *at, bool with_nonce,
		 uint8_t ret[16])
{
	uint8_t text[52] = {purpose};
	size_t len = 17;

	card_id(p->v->card, at->profile, at->number, text + 1);
	text[len++] = (uint8_t)at->slot;
	text[len++] = (uint8_t)(at->resets >> 8);
	text[len++] = (uint8_t)at->resets;
	if (with_nonce)
		memcpy(text + len, at->nonce, 16);
	len += with_nonce ? 16 : 0;
	memcpy(text + len, at->challenge, 16);
	len += 16;
	assert_int_equal(gnutls_hmac_fast(GNUTLS_MAC_AES_CMAC_128, p->v->card->reset_key, 16, text, len, ret),
			 0);
}

static bool is_nonce(const struct play_issuer *p, const uint8_t nonce[16])
{
	for (unsigned i = 0; i < p->n_nonces; i++)
		if (memcmp(p->nonces[i], nonce, 16) == 0)
			return true;
	return false;
}

static bool is_present(const struct play_issuer *p, const struct rp_presence *at)
{
	uint8_t mac[16];

	cmac(p, 0x01, at, true, mac);
	return at->key == 1 && is_nonce(p, at->nonce) && memcmp(mac, at->mac, sizeof mac) == 0;
}

/* --- proofs --- */

static void hex_line(const uint8_t bytes[16], char ret[33])
{
	for (int i = 0; i < 16; i++)
		(void)snprintf(ret + (ptrdiff_t)(2 * i), 3, "%02X", bytes[i]);
}

static bool is_signed(const struct rp_proof *proof, const char *text)
{
	const gnutls_datum_t der = {proof->certificate, (unsigned)proof->certificate_len},
			     data = {(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)},
			     sig = {(unsigned char *)(uintptr_t)proof->signature,
				    (unsigned)proof->signature_len};
	gnutls_x509_crt_t crt;
	gnutls_pubkey_t key;
	bool good;

	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_pubkey_init(&key), 0);
	good = gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) == 0 &&
	       gnutls_pubkey_import_x509(key, crt, 0) == 0 &&
	       gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &sig) >= 0;
	gnutls_pubkey_deinit(key);
	gnutls_x509_crt_deinit(crt);
	return good;
}

/* The proof is one by the key that is enrolled for its PIN, over our own lines. */
static bool is_proven(struct play_issuer *p, const char *purpose, const char *case_id,
		      const struct rp_presence *at, const struct rp_proof *proof)
{
	const char *const key_ids[] = {
		[RP_SLOT_SIGN] = "sign", [RP_SLOT_AUTH] = "auth", [RP_SLOT_PIN] = "sign"};
	const struct vkey *key;
	char text[640], nonce[33];

	if (proof == NULL)
		return false;
	key = vcard_key(p->v->card, key_ids[proof->slot]);
	assert_non_null(key);
	hex_line(at->nonce, nonce);
	(void)snprintf(text, sizeof text,
		       "REPIN-PROOF-1\npurpose %s\nissuer test\ncase %s\nterminal home\nprofile %s\ncard %s\n"
		       "slot %s\nnonce %s\n",
		       purpose, case_id == NULL ? "-" : case_id, at->profile, at->number,
		       strcmp(purpose, "user-code-reset") == 0 ? "-" : rp_slot_word(at->slot), nonce);
	memcpy(p->proof_nonce, at->nonce, 16);
	return key->cert_len == proof->certificate_len &&
	       memcmp(key->cert_der, proof->certificate, key->cert_len) == 0 && is_signed(proof, text);
}

/* --- the port --- */

static rp_code port_nonce(void *arg, uint8_t ret[16], struct rp_error *err)
{
	struct play_issuer *p = arg;
	rp_code rc = note(p, PLAY_NONCE, err);

	if (rc != RP_OK)
		return rc;
	random_bytes(p->nonces[p->n_nonces], 16);
	memcpy(ret, p->nonces[p->n_nonces++], 16);
	return RP_OK;
}

static rp_code port_presence(void *arg, const struct rp_presence *at, struct rp_issuer_facts *ret,
			     struct rp_error *err)
{
	struct play_issuer *p = arg;
	struct rp_issuer_facts f = {.user_code_tries = p->code_tries};
	rp_code rc = note(p, PLAY_PRESENCE, err);

	if (rc != RP_OK)
		return rc;
	if (!is_present(p, at))
		return refuse(p, RP_PROBLEM_CARD_NOT_SHOWN, err);
	(void)snprintf(f.card_status, sizeof f.card_status, "%s", p->status != NULL ? p->status : "active");
	(void)snprintf(f.halted, sizeof f.halted, "%s", p->halted != NULL ? p->halted : "");
	(void)snprintf(f.user_code, sizeof f.user_code, "active");
	if (p->has_granted && at->slot == p->granted) {
		p->done = at->resets == p->granted_resets + 1;
		p->failed = at->resets == p->granted_resets;
		(void)snprintf(f.settled, sizeof f.settled, "case-1");
		(void)snprintf(f.settled_state, sizeof f.settled_state, "%s", p->done ? "done" : "failed");
	}
	*ret = f;
	return RP_OK;
}

static rp_code port_reserve(void *arg, const struct rp_presence *at, const struct rp_evidence *e,
			    struct rp_case *ret, char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	struct play_issuer *p = arg;
	rp_code rc = note(p, PLAY_RESERVE, err);

	if (rc != RP_OK)
		return rc;
	if (!is_present(p, at))
		return refuse(p, RP_PROBLEM_CARD_NOT_SHOWN, err);
	if (!is_proven(p, "reserve", NULL, at, e->proof) || strcmp(e->door, "kiosk") != 0)
		return refuse(p, RP_PROBLEM_PROOF_WRONG, err);
	*ret = (struct rp_case){.slot = at->slot, .left_s = 86400};
	(void)snprintf(ret->id, sizeof ret->id, "case-1");
	(void)snprintf(ret_receipt, RP_ISSUER_ID, "receipt-1");
	return RP_OK;
}

/* 3DES-CBC, IV zero: the test card's admin key is 00 01 … 17. */
static void admin_encrypt(uint8_t *bytes, size_t len)
{
	uint8_t key_bytes[24], iv_bytes[8] = {0};
	gnutls_datum_t key = {.data = key_bytes, .size = 24}, iv = {.data = iv_bytes, .size = 8};
	gnutls_cipher_hd_t cipher;

	for (uint8_t i = 0; i < 24; i++)
		key_bytes[i] = i;
	assert_int_equal(gnutls_cipher_init(&cipher, GNUTLS_CIPHER_3DES_CBC, &key, &iv), 0);
	assert_int_equal(gnutls_cipher_encrypt(cipher, bytes, len), 0);
	gnutls_cipher_deinit(cipher);
}

rp_code play_response(void *arg, const uint8_t challenge[8], uint8_t ret[8], struct rp_error *err)
{
	(void)arg;
	(void)err;
	memcpy(ret, challenge, 8);
	admin_encrypt(ret, 8);
	return RP_OK;
}

static void gids_message_of(struct play_issuer *p, const struct rp_evidence *e, struct rp_grant *g)
{
	assert_non_null(e->r2);
	memcpy(p->r1, e->r1, 16);
	memcpy(p->r2, e->r2, 16);
	memcpy(g->cryptogram, e->r2, 16);
	memcpy(g->cryptogram + 16, e->r1, 16);
	random_bytes(g->cryptogram + 32, 7);
	g->cryptogram[39] = 0x80;
	admin_encrypt(g->cryptogram, 40);
	g->cryptogram_len = 40;
}

static rp_code check_evidence(struct play_issuer *p, const struct rp_presence *at,
			      const struct rp_evidence *e, struct rp_error *err)
{
	if (p->needs_proof && !is_proven(p, "reset", p->case_id, at, e->proof))
		return refuse(p, RP_PROBLEM_PROOF_WRONG, err);
	if (e->user_code == NULL ||
	    (rp_secret_len(e->user_code) == strlen(PLAY_USER_CODE) &&
	     memcmp(rp_secret_bytes(e->user_code), PLAY_USER_CODE, strlen(PLAY_USER_CODE)) == 0))
		return RP_OK;
	(void)refuse(p, RP_PROBLEM_CODE_WRONG, err);
	err->slot = RP_SLOT_USER_CODE;
	err->tries_left = --p->code_tries;
	err->tries_spent = 1;
	err->spent_at_issuer = true;
	return RP_E_ISSUER_REFUSED;
}

static rp_code port_grant(void *arg, const struct rp_presence *at, const struct rp_evidence *e,
			  struct rp_grant *ret, struct rp_error *err)
{
	struct play_issuer *p = arg;
	struct rp_grant g = {.cryptogram_len = 16};
	rp_code rc = note(p, PLAY_GRANT, err);

	if (rc != RP_OK)
		return rc;
	memcpy(p->mac_nonce, at->nonce, 16);
	if (e->r1 == NULL && !is_present(p, at))
		return refuse(p, RP_PROBLEM_CARD_NOT_SHOWN, err);
	rc = check_evidence(p, at, e, err);
	if (rc != RP_OK)
		return rc;
	if (e->r1 != NULL)
		gids_message_of(p, e, &g);
	else
		cmac(p, 0x02, at, false, g.cryptogram);
	g.cryptogram[0] ^= p->wrong_cryptogram;
	if (p->cryptogram_len != 0)
		g.cryptogram_len = p->cryptogram_len;
	(void)snprintf(g.case_id, sizeof g.case_id, "case-1");
	(void)snprintf(g.receipt, sizeof g.receipt, "receipt-2");
	random_bytes(g.nonce, sizeof g.nonce);
	memcpy(p->nonces[p->n_nonces++], g.nonce, 16);
	memcpy(p->grant_nonce, g.nonce, 16);
	p->has_granted = true;
	p->granted = at->slot;
	p->granted_resets = at->resets;
	*ret = g;
	return RP_OK;
}

static rp_code port_word(void *arg, const struct rp_grant *g, bool done, const uint8_t *answer, size_t len,
			 struct rp_error *err)
{
	struct play_issuer *p = arg;
	uint8_t right[40];
	rp_code rc = note(p, PLAY_WORD, err);

	if (rc != RP_OK)
		return rc;
	assert_string_equal(g->case_id, "case-1");
	p->word_done = done;
	if (!done)
		return RP_OK;
	/* R1 || R2 || Z2: of CBC with a fixed IV the beginning is known. */
	assert_int_equal(len, 40);
	memcpy(right, p->r1, 16);
	memcpy(right + 16, p->r2, 16);
	admin_encrypt(right, 32);
	assert_memory_equal(answer, right, 32);
	return RP_OK;
}

static rp_code port_user_code(void *arg, const struct rp_presence *at, const struct rp_evidence *e,
			      char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	struct play_issuer *p = arg;
	rp_code rc = note(p, PLAY_CODE, err);

	if (rc != RP_OK)
		return rc;
	if (!is_present(p, at))
		return refuse(p, RP_PROBLEM_CARD_NOT_SHOWN, err);
	if (e->one_time == NULL && !is_proven(p, "user-code-reset", NULL, at, e->proof))
		return refuse(p, RP_PROBLEM_PROOF_WRONG, err);
	assert_true(rp_secret_len(e->new_code) < sizeof p->new_code);
	memcpy(p->new_code, rp_secret_bytes(e->new_code), rp_secret_len(e->new_code));
	(void)snprintf(ret_receipt, RP_ISSUER_ID, "receipt-3");
	return RP_OK;
}

void play_start(struct play_issuer *p, struct vreader *v)
{
	*p = (struct play_issuer){.v = v, .code_tries = 3};
	p->port = (struct rp_issuer_port){.arg = p,
					  .issuer = "test",
					  .terminal = "home",
					  .nonce = port_nonce,
					  .presence = port_presence,
					  .reserve = port_reserve,
					  .grant = port_grant,
					  .word = port_word,
					  .user_code = port_user_code};
}
