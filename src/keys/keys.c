/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/keys.h"

#include "base/bytes.h"
#include "keys/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSIONS_USUAL 8
#define SESSIONS_MAX 256

/* --- open and close --- */

void keys_close(keys *k)
{
	if (k == NULL)
		return;
	if (k->module != NULL && k->up && k->starts == k->module->starts) {
		for (unsigned i = 0; i < k->n_idle; i++)
			(void)k->module->fn->C_CloseSession(k->idle[i]); /* nobody waits for it */
		(void)k->module->fn->C_CloseSession(k->login);
	}
	p11_drop(k->module);
	(void)pthread_cond_destroy(&k->freed);
	(void)pthread_mutex_destroy(&k->lock);
	rp_secret_free(k->pin);
	free(k->idle);
	free(k->label);
	free(k->path);
	free(k);
}

static void close_keys(keys **k)
{
	keys_close(*k);
}

static rp_code new_keys(const struct keys_conf *c, keys **ret, struct rp_error *err)
{
	keys *k = calloc(1, sizeof *k);
	pthread_condattr_t attr;

	if (k == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the issuer's keys");
	(void)pthread_mutex_init(&k->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&k->freed, &attr);
	(void)pthread_condattr_destroy(&attr);
	k->sessions_wanted = c->sessions == 0		   ? SESSIONS_USUAL
			     : c->sessions <= SESSIONS_MAX ? c->sessions
							   : SESSIONS_MAX;
	k->idle = calloc(k->sessions_wanted, sizeof *k->idle);
	k->path = strdup(c->module);
	k->label = strdup(c->token);
	if (k->idle == NULL || k->path == NULL || k->label == NULL) {
		keys_close(k);
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the issuer's keys");
	}
	*ret = k;
	return RP_OK;
}

rp_code keys_open(const struct keys_conf *c, keys **ret, struct rp_error *err)
{
	RP_AUTO(close_keys) keys *k = NULL;
	rp_code rc;

	if (c->module == NULL || c->token == NULL || c->pin == NULL)
		return rp_fail(
			err, RP_E_TOKEN,
			"the issuer's keys need a PKCS#11 module, a token's label and its PIN: set them");
	rc = new_keys(c, &k, err);
	if (rc == RP_OK)
		rc = rp_secret_from(rp_secret_bytes(c->pin), rp_secret_len(c->pin), &k->pin, err);
	if (rc == RP_OK)
		rc = p11_load(c->module, &k->module, err);
	if (rc != RP_OK)
		return rc;
	if (!p11_enter_alone(k->module))
		return rp_fail(err, RP_E_TOKEN, "the PKCS#11 module %s does not answer", k->path);
	rc = token_connect(k, err);
	p11_leave(k->module);
	if (rc != RP_OK)
		return rc;
	*ret = k;
	k = NULL;
	return RP_OK;
}

unsigned keys_version(const keys *k, enum keys_use use)
{
	keys *locked = p11_loose(k); /* its lock alone is changed */
	unsigned newest = 0;

	(void)pthread_mutex_lock(&locked->lock);
	for (size_t i = 0; i < k->rows.n; i++)
		if (k->rows.row[i].use == use && k->rows.row[i].version > newest)
			newest = k->rows.row[i].version;
	(void)pthread_mutex_unlock(&locked->lock);
	return newest;
}

/* --- the key of a card --- */

enum card_key { CARD_KEY_SIGNS, CARD_KEY_LEAVES };

/* Kcard as a session object, which ends with the lease. Source: docs/wire.md, section 1. */
static rp_code derive_card_key(struct lease *l, const uint8_t id[CARD_ID_LEN], enum card_key purpose,
			       struct rp_error *err)
{
	CK_AES_CBC_ENCRYPT_DATA_PARAMS data = {.pData = p11_loose(id), .length = CARD_ID_LEN}; /* IV zero */
	CK_MECHANISM m = {CKM_AES_CBC_ENCRYPT_DATA, &data, sizeof data};
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_AES;
	CK_ULONG len = 16;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_BBOOL leaves = purpose == CARD_KEY_LEAVES, stays = !leaves;
	CK_ATTRIBUTE want[] = {
		{CKA_CLASS, &class, sizeof class},
		{CKA_KEY_TYPE, &type, sizeof type},
		{CKA_VALUE_LEN, &len, sizeof len},
		{CKA_TOKEN, &no, sizeof no},
		{CKA_PRIVATE, &yes, sizeof yes},
		{CKA_SENSITIVE, &stays, sizeof stays},
		{CKA_EXTRACTABLE, &leaves, sizeof leaves},
		{CKA_SIGN, &stays, sizeof stays},
		{CKA_VERIFY, &no, sizeof no},
		{CKA_ENCRYPT, &no, sizeof no},
		{CKA_DECRYPT, &no, sizeof no},
		{CKA_DERIVE, &no, sizeof no},
		{CKA_WRAP, &no, sizeof no},
		{CKA_UNWRAP, &no, sizeof no},
	};
	CK_RV rv = l->fn->C_DeriveKey(l->session, &m, l->key.key, want, sizeof want / sizeof want[0],
				      &l->made);

	if (rv == CKR_OK)
		return RP_OK;
	l->made = CK_INVALID_HANDLE;
	return lease_fail(l, rv, err, "deriving a card's key from reset-%u", l->key.version);
}

/* CMAC under Kcard. Source: docs/wire.md, section 1; NIST SP 800-38B. */
static rp_code card_mac(keys *k, unsigned version, const uint8_t id[CARD_ID_LEN], const uint8_t *bytes,
			size_t len, uint8_t ret[16], struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	rp_code rc = lease_begin(k, KEYS_RESET, version, &l, err);

	if (rc == RP_OK)
		rc = derive_card_key(&l, id, CARD_KEY_SIGNS, err);
	if (rc == RP_OK)
		rc = lease_sign(&l, CKM_AES_CMAC, l.made, bytes, len, ret, 16, err);
	return rc;
}

/* 01 or 02 || card id || SS || resets || what follows. */
static struct wr card_words(uint8_t kind, const struct keys_card *c, uint8_t *room, size_t cap)
{
	struct wr w = wr_of(room, cap);

	wr_u8(&w, kind);
	wr_put(&w, c->id, CARD_ID_LEN);
	wr_u8(&w, c->slot);
	wr_u16(&w, c->resets);
	return w;
}

rp_code keys_presence_mac(keys *k, const struct keys_card *c, const uint8_t nonce[16],
			  const uint8_t challenge[16], uint8_t ret[16], struct rp_error *err)
{
	uint8_t bytes[20 + 32];
	struct wr w = card_words(0x01, c, bytes, sizeof bytes);

	wr_put(&w, nonce, 16);
	wr_put(&w, challenge, 16);
	return card_mac(k, c->version, c->id, bytes, w.len, ret, err);
}

rp_code keys_cryptogram(keys *k, const struct keys_card *c, const uint8_t challenge[16], uint8_t ret[16],
			struct rp_error *err)
{
	uint8_t bytes[20 + 16];
	struct wr w = card_words(0x02, c, bytes, sizeof bytes);

	wr_put(&w, challenge, 16);
	return card_mac(k, c->version, c->id, bytes, w.len, ret, err);
}

rp_code keys_card_key(keys *k, unsigned version, const uint8_t id[CARD_ID_LEN], rp_secret **ret,
		      struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	RP_AUTO(rp_secret_freep) rp_secret *s = NULL;
	CK_ATTRIBUTE value = {CKA_VALUE, NULL, 16};
	rp_code rc = rp_secret_new(16, &s, err);
	CK_RV rv;

	if (rc == RP_OK)
		rc = lease_begin(k, KEYS_RESET, version, &l, err);
	if (rc == RP_OK)
		rc = derive_card_key(&l, id, CARD_KEY_LEAVES, err);
	if (rc != RP_OK)
		return rc;
	value.pValue = rp_secret_room(s, 16);
	rv = l.fn->C_GetAttributeValue(l.session, l.made, &value, 1);
	if (rv != CKR_OK || value.ulValueLen != 16)
		return lease_fail(&l, rv != CKR_OK ? rv : CKR_GENERAL_ERROR, err,
				  "taking a card's key out for its personalisation");
	*ret = s;
	s = NULL;
	return RP_OK;
}

/* --- pepper and seal --- */

rp_code keys_pepper(keys *k, unsigned version, const struct hash_part *parts, size_t n, uint8_t ret[32],
		    struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	CK_MECHANISM m = {CKM_SHA256_HMAC, NULL, 0};
	uint8_t out[32];
	CK_ULONG got = sizeof out;
	CK_RV rv;
	rp_code rc = lease_begin(k, KEYS_PEPPER, version, &l, err);

	if (rc != RP_OK)
		return rc;
	rv = l.fn->C_SignInit(l.session, &m, l.key.key);
	for (size_t i = 0; i < n && rv == CKR_OK; i++)
		if (parts[i].len > 0)
			rv = l.fn->C_SignUpdate(l.session, p11_loose(parts[i].p), parts[i].len);
	if (rv == CKR_OK)
		rv = l.fn->C_SignFinal(l.session, out, &got);
	if (rv != CKR_OK || got != sizeof out)
		return lease_fail(&l, rv != CKR_OK ? rv : CKR_GENERAL_ERROR, err,
				  "a checksum under pepper-%u", version);
	memcpy(ret, out, sizeof out);
	return RP_OK;
}

rp_code keys_seal(keys *k, unsigned version, const void *bytes, size_t len, uint8_t ret[64],
		  struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	rp_code rc = lease_begin(k, KEYS_SEAL, version, &l, err);

	return rc != RP_OK ? rc : lease_sign(&l, CKM_EDDSA, l.key.key, bytes, len, ret, 64, err);
}

rp_code keys_seal_public(keys *k, unsigned version, uint8_t ret[32], struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	uint8_t point[64];
	CK_ATTRIBUTE value = {CKA_EC_POINT, point, sizeof point};
	CK_RV rv;
	rp_code rc = lease_begin(k, KEYS_SEAL, version, &l, err);

	if (rc != RP_OK)
		return rc;
	rv = l.fn->C_GetAttributeValue(l.session, l.key.public_key, &value, 1);
	/* An OCTET STRING of 32 bytes; some tokens leave the two bytes of its head out. */
	if (rv == CKR_OK && value.ulValueLen == 34 && point[0] == 0x04 && point[1] == 32)
		memcpy(ret, point + 2, 32);
	else if (rv == CKR_OK && value.ulValueLen == 32)
		memcpy(ret, point, 32);
	else
		return lease_fail(&l, rv != CKR_OK ? rv : CKR_GENERAL_ERROR, err,
				  "reading the public key of seal-%u", version);
	return RP_OK;
}

/* --- check values --- */

static const uint8_t zeros[16];

/* Source: docs/server.md, "Keys on the token". */
static rp_code check_value(keys *k, const struct key_row *row, uint8_t ret[32], size_t *ret_len,
			   struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	rp_code rc;

	*ret_len = row->use == KEYS_RESET || row->use == KEYS_WRAP ? 16 : 32;
	switch (row->use) {
	case KEYS_RESET:
		return card_mac(k, row->version, zeros, zeros, sizeof zeros, ret, err);
	case KEYS_PEPPER:
		return keys_pepper(k, row->version, NULL, 0, ret, err);
	case KEYS_SEAL:
		return keys_seal_public(k, row->version, ret, err);
	case KEYS_WRAP:
	case KEYS_USES:
		break;
	}
	rc = lease_begin(k, KEYS_WRAP, row->version, &l, err);
	return rc != RP_OK ? rc : lease_sign(&l, CKM_AES_CMAC, l.key.key, zeros, sizeof zeros, ret, 16, err);
}

static int by_name(const void *a, const void *b)
{
	const struct key_row *x = a, *y = b;
	const int words = strcmp(use_word(x->use), use_word(y->use));

	return words != 0 ? words : (x->version > y->version) - (x->version < y->version);
}

static rp_code put_check_values(keys *k, const struct key_rows *rows, char *ret, size_t cap,
				struct rp_error *err)
{
	size_t at = 0;

	for (size_t i = 0; i < rows->n; i++) {
		uint8_t value[32];
		char hex[2 * sizeof value + 1];
		size_t len = 0;
		int wrote;
		rp_code rc = check_value(k, &rows->row[i], value, &len, err);

		if (rc != RP_OK)
			return rc;
		wrote = hex_of(value, len, hex, sizeof hex)
				? snprintf(ret + at, cap - at, "%c\"%s-%u\":\"%s\"", i == 0 ? '{' : ',',
					   use_word(rows->row[i].use), rows->row[i].version, hex)
				: -1;
		if (wrote < 0 || (size_t)wrote + 1 >= cap - at) /* and one for the last brace */
			return rp_fail(err, RP_E_FAULT, "no room for the check values of %zu keys", rows->n);
		at += (size_t)wrote;
	}
	ret[at] = '}';
	ret[at + 1] = '\0';
	return RP_OK;
}

rp_code keys_check_values(keys *k, char *ret, size_t cap, struct rp_error *err)
{
	struct key_rows rows;
	char *text;
	rp_code rc;

	(void)pthread_mutex_lock(&k->lock);
	rows = k->rows;
	(void)pthread_mutex_unlock(&k->lock);
	qsort(rows.row, rows.n, sizeof rows.row[0], by_name);
	text = cap > 0 ? malloc(cap) : NULL;
	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the check values");
	rc = put_check_values(k, &rows, text, cap, err);
	if (rc == RP_OK)
		memcpy(ret, text, strlen(text) + 1); /* checked: it was made in as many bytes */
	free(text);
	return rc;
}
