/* SPDX-License-Identifier: Apache-2.0 */
/* A new token with the keys of version 1. */
#include "keys/token.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct maker {
	CK_FUNCTION_LIST *fn;
	const struct keys_conf *conf;
	CK_SESSION_HANDLE session;
};

/* --- keys --- */

#define ATTRIBUTES_MAX 16

struct template
{
	CK_ATTRIBUTE a[ATTRIBUTES_MAX];
	CK_ULONG n;
};

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static void add(struct template *t, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	assert(t->n < ATTRIBUTES_MAX);
	t->a[t->n++] = (CK_ATTRIBUTE){type, p11_loose(value), len};
}

static void add_flag(struct template *t, CK_ATTRIBUTE_TYPE type, bool on)
{
	add(t, type, on ? &yes : &no, sizeof yes);
}

/* A key that stays on the token, called `name`. */
static struct template key_template(const char *name)
{
	struct template t = {.n = 0};

	add_flag(&t, CKA_TOKEN, true);
	add(&t, CKA_LABEL, name, strlen(name));
	add(&t, CKA_ID, name, strlen(name));
	return t;
}

static struct template secret_template(const char *name)
{
	struct template t = key_template(name);

	add_flag(&t, CKA_PRIVATE, true);
	add_flag(&t, CKA_SENSITIVE, true);
	add_flag(&t, CKA_EXTRACTABLE, false);
	return t;
}

/* 32 random bytes that may be used for this and for nothing else. */
static rp_code make_secret(const struct maker *m, const char *name, CK_MECHANISM_TYPE mechanism, bool derive,
			   bool encrypt, bool sign, struct rp_error *err)
{
	struct template t = secret_template(name);
	CK_MECHANISM how = {mechanism, NULL, 0};
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	CK_ULONG len = 32;
	CK_RV rv;

	add(&t, CKA_VALUE_LEN, &len, sizeof len);
	add_flag(&t, CKA_DERIVE, derive);
	add_flag(&t, CKA_ENCRYPT, encrypt);
	add_flag(&t, CKA_DECRYPT, encrypt);
	add_flag(&t, CKA_SIGN, sign);
	add_flag(&t, CKA_VERIFY, false);
	add_flag(&t, CKA_WRAP, false);
	add_flag(&t, CKA_UNWRAP, false);
	rv = m->fn->C_GenerateKey(m->session, &how, t.a, t.n, &key);
	return rv == CKR_OK ? RP_OK : p11_fail(err, rv, "making the key %s", name);
}

/* Source: RFC 8410, 3, id-Ed25519; PKCS#11 3.0, 2.3.5 (the curve by its OID or by its name). */
static const uint8_t ed25519_oid[] = {0x06, 0x03, 0x2B, 0x65, 0x70};
static const uint8_t ed25519_name[] = {0x13, 12, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'};

static CK_RV make_pair(const struct maker *m, const char *name, const uint8_t *curve, size_t len)
{
	struct template public = key_template(name), private = secret_template(name);
	CK_MECHANISM how = {CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL, 0};
	CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE, private_key = CK_INVALID_HANDLE;

	add(&public, CKA_EC_PARAMS, curve, len);
	add_flag(&public, CKA_PRIVATE, false);
	add_flag(&public, CKA_VERIFY, true);
	add_flag(&private, CKA_SIGN, true);
	/* A token may take its own word for what is not said. */
	add_flag(&private, CKA_SIGN_RECOVER, false);
	add_flag(&private, CKA_DECRYPT, false);
	add_flag(&private, CKA_DERIVE, false);
	add_flag(&private, CKA_UNWRAP, false);
	return m->fn->C_GenerateKeyPair(m->session, &how, public.a, public.n, private.a, private.n,
					&public_key, &private_key);
}

static rp_code make_seal(const struct maker *m, const char *name, struct rp_error *err)
{
	CK_RV rv = make_pair(m, name, ed25519_oid, sizeof ed25519_oid);

	if (rv != CKR_OK && !p11_is_gone(rv))
		rv = make_pair(m, name, ed25519_name, sizeof ed25519_name);
	return rv == CKR_OK ? RP_OK : p11_fail(err, rv, "making the key %s", name);
}

static rp_code make_pepper(const struct maker *m, const char *name, struct rp_error *err)
{
	return make_secret(m, name, CKM_GENERIC_SECRET_KEY_GEN, false, false, true, err);
}

/* It signs its own check value. */
static rp_code make_wrap(const struct maker *m, const char *name, struct rp_error *err)
{
	return make_secret(m, name, CKM_AES_KEY_GEN, false, true, true, err);
}

static rp_code make_keys(const struct maker *m, struct rp_error *err)
{
	rp_code rc = make_secret(m, "reset-1", CKM_AES_KEY_GEN, true, false, false, err);

	if (rc == RP_OK)
		rc = make_pepper(m, "pepper-1", err);
	if (rc == RP_OK)
		rc = make_wrap(m, "wrap-1", err);
	return rc != RP_OK ? rc : make_seal(m, "seal-1", err);
}

/* --- the token --- */

static void free_slots(CK_SLOT_ID **slots)
{
	free(*slots);
}

/* The first slot whose token is blank. Errors: RP_E_CONFLICT when the label is taken, RP_E_TOKEN. */
static rp_code free_slot(const struct maker *m, CK_SLOT_ID *ret, struct rp_error *err)
{
	RP_AUTO(free_slots) CK_SLOT_ID *slots = NULL;
	CK_ULONG n = 0;
	bool found = false;
	rp_code rc = token_slots(m->fn, &slots, &n, err);

	for (CK_ULONG i = 0; rc == RP_OK && i < n; i++) {
		CK_TOKEN_INFO info;

		if (m->fn->C_GetTokenInfo(slots[i], &info) != CKR_OK)
			continue;
		if (info.flags & CKF_TOKEN_INITIALIZED) {
			if (token_label_is(info.label, m->conf->token))
				return rp_fail(err, RP_E_CONFLICT,
					       "a token \"%s\" is there already: choose another label",
					       m->conf->token);
		} else if (!found) {
			*ret = slots[i];
			found = true;
		}
	}
	if (rc == RP_OK && !found)
		return rp_fail(err, RP_E_TOKEN, "module %s has no blank token: connect one", m->conf->module);
	return rc;
}

static rp_code init_token(const struct maker *m, CK_SLOT_ID slot, const rp_secret *so_pin,
			  struct rp_error *err)
{
	CK_UTF8CHAR label[32];
	const size_t len = strlen(m->conf->token);
	CK_RV rv;

	if (len == 0 || len > sizeof label)
		return rp_fail(err, RP_E_TOKEN, "a token's label has 1 to 32 bytes, not %zu", len);
	memset(label, ' ', sizeof label);
	memcpy(label, m->conf->token, len); /* checked: just above */
	rv = m->fn->C_InitToken(slot, p11_loose(rp_secret_bytes(so_pin)), rp_secret_len(so_pin), label);
	return rv == CKR_OK ? RP_OK : p11_fail(err, rv, "initialising token \"%s\"", m->conf->token);
}

/* Before anything is made: a token that is half made can only be removed by hand. */
static rp_code pins_fit(const struct maker *m, CK_SLOT_ID slot, const rp_secret *so_pin, struct rp_error *err)
{
	CK_TOKEN_INFO info;
	CK_RV rv = m->fn->C_GetTokenInfo(slot, &info);
	const size_t a = rp_secret_len(m->conf->pin), b = rp_secret_len(so_pin);

	if (rv != CKR_OK)
		return p11_fail(err, rv, "asking the blank token for its rules");
	if (a < info.ulMinPinLen || a > info.ulMaxPinLen || b < info.ulMinPinLen || b > info.ulMaxPinLen)
		return rp_fail(err, RP_E_TOKEN,
			       "a PIN of token \"%s\" has %lu to %lu characters: choose others",
			       m->conf->token, info.ulMinPinLen, info.ulMaxPinLen);
	return RP_OK;
}

static CK_RV log_in(const struct maker *m, CK_USER_TYPE who, const rp_secret *pin)
{
	return m->fn->C_Login(m->session, who, p11_loose(rp_secret_bytes(pin)), rp_secret_len(pin));
}

static rp_code fill(const struct maker *m, const rp_secret *so_pin, struct rp_error *err)
{
	const rp_secret *pin = m->conf->pin;
	CK_RV rv = log_in(m, CKU_SO, so_pin);

	if (rv == CKR_OK)
		rv = m->fn->C_InitPIN(m->session, p11_loose(rp_secret_bytes(pin)), rp_secret_len(pin));
	if (rv == CKR_OK)
		rv = m->fn->C_Logout(m->session);
	if (rv == CKR_OK)
		rv = log_in(m, CKU_USER, pin);
	return rv == CKR_OK ? make_keys(m, err) : p11_fail(err, rv, "setting the token's PIN");
}

/* The slot may have got another number (SoftHSM), so the label finds it. */
static rp_code find_and_fill(struct maker *m, const rp_secret *so_pin, struct rp_error *err)
{
	char serial[17];
	CK_SLOT_ID slot = 0;
	CK_RV rv;
	rp_code rc = token_find(m->fn, m->conf->module, m->conf->token, &slot, serial, err);

	if (rc != RP_OK)
		return rc;
	rv = m->fn->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &m->session);
	if (rv != CKR_OK)
		return p11_fail(err, rv, "opening a session on the new token");
	rc = fill(m, so_pin, err);
	(void)m->fn->C_CloseSession(m->session); /* what was made is on the token */
	return rc;
}

static rp_code make_in(struct p11 *p, const struct keys_conf *c, const rp_secret *so_pin,
		       struct rp_error *err)
{
	struct maker m = {.fn = p->fn, .conf = c};
	CK_SLOT_ID slot = 0;
	rp_code rc = free_slot(&m, &slot, err);

	if (rc == RP_OK)
		rc = pins_fit(&m, slot, so_pin, err);
	if (rc == RP_OK)
		rc = init_token(&m, slot, so_pin, err);
	if (rc != RP_OK)
		return rc;
	rc = find_and_fill(&m, so_pin, err);
	return rc == RP_OK ? rc
			   : rp_context(err, rc, "token \"%s\" is half made: remove it and begin again",
					c->token);
}

rp_code keys_make_token(const struct keys_conf *c, const rp_secret *so_pin, struct rp_error *err)
{
	struct p11 *p = NULL;
	rp_code rc;

	if (c->token == NULL || c->pin == NULL)
		return rp_fail(err, RP_E_TOKEN, "a new token needs a label and a PIN: set them");
	rc = p11_load(c->module, &p, err);
	if (rc != RP_OK)
		return rc;
	rc = RP_E_TOKEN;
	if (!p11_enter_alone(p)) {
		p11_drop(p);
		return rp_fail(err, rc, "the PKCS#11 module %s does not answer", c->module);
	}
	rc = make_in(p, c, so_pin, err);
	p11_leave(p);
	p11_drop(p);
	return rc;
}

/* --- a further version --- */

static rp_code next_in(struct p11 *p, const struct keys_conf *c, enum keys_use use, const char *name,
		       struct rp_error *err)
{
	struct maker m = {.fn = p->fn, .conf = c};
	char serial[17];
	CK_SLOT_ID slot = 0;
	CK_RV rv;
	rp_code rc = token_find(m.fn, c->module, c->token, &slot, serial, err);

	if (rc != RP_OK)
		return rc;
	rv = m.fn->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &m.session);
	if (rv != CKR_OK)
		return p11_fail(err, rv, "opening a session on the token");
	/* All sessions of a process are signed in together. */
	rv = log_in(&m, CKU_USER, c->pin);
	if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN)
		rc = p11_fail(err, rv, "signing in at the token");
	if (rc == RP_OK)
		rc = use == KEYS_PEPPER ? make_pepper(&m, name, err) : make_wrap(&m, name, err);
	(void)m.fn->C_CloseSession(m.session);
	return rc;
}

rp_code keys_make_next(const struct keys_conf *c, enum keys_use use, unsigned version, struct rp_error *err)
{
	struct p11 *p = NULL;
	char name[24];
	rp_code rc;

	if (use != KEYS_PEPPER && use != KEYS_WRAP)
		return rp_fail(err, RP_E_NOT_OFFERED, "a further version is made of pepper and wrap alone");
	(void)snprintf(name, sizeof name, "%s-%u", use == KEYS_PEPPER ? "pepper" : "wrap", version);
	rc = p11_load(c->module, &p, err);
	if (rc != RP_OK)
		return rc;
	if (!p11_enter_alone(p)) {
		p11_drop(p);
		return rp_fail(err, RP_E_TOKEN, "the PKCS#11 module %s does not answer", c->module);
	}
	rc = next_in(p, c, use, name, err);
	p11_leave(p);
	p11_drop(p);
	return rc;
}
