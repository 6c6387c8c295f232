/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/token.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- coming back, alone in the module --- */

/* A wrong PIN is tried once: a token counts, and we must not be the one who locks it. */
static rp_code log_in(struct keys *k, CK_SESSION_HANDLE session, struct rp_error *err)
{
	CK_RV rv = k->module->fn->C_Login(session, CKU_USER, p11_loose(rp_secret_bytes(k->pin)),
					  rp_secret_len(k->pin));

	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return RP_OK;
	k->pin_refused = rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED || rv == CKR_PIN_LEN_RANGE;
	return p11_fail(err, rv, "logging in to token \"%s\"", k->label);
}

static rp_code log_in_and_look(struct keys *k, CK_SLOT_ID slot, struct rp_error *err)
{
	struct key_rows rows;
	CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
	rp_code rc;
	CK_RV rv = k->module->fn->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);

	if (rv != CKR_OK)
		return p11_fail(err, rv, "opening a session on token \"%s\"", k->label);
	rc = log_in(k, session, err);
	if (rc == RP_OK)
		rc = rows_find(k->module->fn, session, &rows, err);
	if (rc != RP_OK) {
		(void)k->module->fn->C_CloseSession(session); /* the cause is known already */
		return rc;
	}
	(void)pthread_mutex_lock(&k->lock);
	k->slot = slot;
	k->login = session;
	k->rows = rows;
	k->n_idle = k->n_open = 0;
	k->limit = k->sessions_wanted;
	k->up = true;
	(void)pthread_mutex_unlock(&k->lock);
	return RP_OK;
}

rp_code token_connect(struct keys *k, struct rp_error *err)
{
	struct p11 *p = k->module;
	char serial[sizeof k->serial] = "";
	CK_SLOT_ID slot = 0;
	rp_code rc;
	CK_RV rv = CKR_OK;

	if (k->pin_refused)
		return p11_fail(err, CKR_PIN_INCORRECT, "the PIN of token \"%s\" was refused", k->label);
	/* Another user of the module may have restarted it since our handles were given out. */
	if (!p->up || k->starts == p->starts)
		rv = p11_restart(p);
	if (rv != CKR_OK)
		return p11_fail(err, rv, "the PKCS#11 module %s does not start", k->path);
	k->starts = p->starts;
	rc = token_find(p->fn, k->path, k->label, &slot, serial, err);
	if (rc != RP_OK)
		return rc;
	if (k->serial[0] != '\0' && memcmp(serial, k->serial, sizeof serial) != 0)
		return rp_fail(err, RP_E_TOKEN,
			       "token \"%s\" is another one than before (serial number %.16s, was %.16s): "
			       "connect the "
			       "right one, or start again",
			       k->label, serial, k->serial);
	rc = log_in_and_look(k, slot, err);
	if (rc == RP_OK)
		memcpy(k->serial, serial, sizeof serial);
	return rc;
}

/* `seen`: attempts that had been made when the caller began. One made since then is the caller's too. */
static rp_code come_back(struct keys *k, unsigned long seen, struct rp_error *err)
{
	struct rp_error why = RP_ERROR_INIT;
	rp_code rc = RP_OK;

	if (!p11_enter_alone(k->module))
		return rp_fail(err, RP_E_TOKEN,
			       "token \"%s\" does not answer and holds its callers: restart its service, "
			       "then this one",
			       k->label);
	/* Nobody else is in here, so nobody changes these; the lock is for those who only look. */
	if (!k->up && k->attempts != seen) {
		why = k->last;
		rc = why.code;
	} else if (!k->up) {
		rc = token_connect(k, &why);
		(void)pthread_mutex_lock(&k->lock);
		k->attempts++;
		k->last = why;
		(void)pthread_mutex_unlock(&k->lock);
	}
	p11_leave(k->module);
	if (rc != RP_OK && err != NULL)
		*err = why;
	return rc;
}

/* --- sessions --- */

enum turn { TURN_IDLE, TURN_OPEN, TURN_DOWN, TURN_NONE };

/* The lock is held. */
static enum turn wait_turn(struct keys *k, CK_SESSION_HANDLE *ret)
{
	struct timespec end;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += P11_WAIT_S;
	while (k->up && k->n_idle == 0 && k->n_open >= k->limit)
		if (pthread_cond_timedwait(&k->freed, &k->lock, &end) == ETIMEDOUT)
			return TURN_NONE;
	if (!k->up)
		return TURN_DOWN;
	if (k->n_idle > 0) {
		*ret = k->idle[--k->n_idle];
		return TURN_IDLE;
	}
	k->n_open++;
	return TURN_OPEN;
}

static void mark_down(struct keys *k)
{
	(void)pthread_mutex_lock(&k->lock);
	k->up = false;
	(void)pthread_cond_broadcast(&k->freed);
	(void)pthread_mutex_unlock(&k->lock);
}

/* A session less; a token that gives fewer than we were told sets the limit. True when others are open. */
static bool one_less(struct keys *k, bool lower_limit)
{
	bool others;

	(void)pthread_mutex_lock(&k->lock);
	k->n_open--;
	others = k->n_open > 0;
	if (lower_limit && others)
		k->limit = k->n_open;
	(void)pthread_cond_signal(&k->freed);
	(void)pthread_mutex_unlock(&k->lock);
	return others;
}

/* RP_OK with *ret_down true: the token is gone, come back first. The caller is in the module. */
static rp_code take_session(struct keys *k, CK_SESSION_HANDLE *ret, bool *ret_down, struct rp_error *err)
{
	for (;;) {
		enum turn turn;
		CK_RV rv;

		(void)pthread_mutex_lock(&k->lock);
		turn = wait_turn(k, ret);
		(void)pthread_mutex_unlock(&k->lock);
		*ret_down = turn == TURN_DOWN;
		if (turn == TURN_NONE)
			return rp_fail(err, RP_E_TOKEN,
				       "all sessions of token \"%s\" are busy: try again, or allow more",
				       k->label);
		if (turn != TURN_OPEN)
			return RP_OK;
		rv = k->module->fn->C_OpenSession(k->slot, CKF_SERIAL_SESSION, NULL, NULL, ret);
		if (rv == CKR_OK)
			return RP_OK;
		if (one_less(k, rv == CKR_SESSION_COUNT) && rv == CKR_SESSION_COUNT)
			continue;
		if (p11_is_gone(rv))
			mark_down(k);
		return p11_fail(err, rv, "opening a session on token \"%s\"", k->label);
	}
}

static rp_code find_key(struct keys *k, enum keys_use use, unsigned version, struct key_row *ret,
			struct rp_error *err)
{
	for (size_t i = 0; i < k->rows.n; i++)
		if (k->rows.row[i].use == use && k->rows.row[i].version == version) {
			*ret = k->rows.row[i];
			return RP_OK;
		}
	return rp_fail(err, RP_E_TOKEN, "no key %s-%u is on token \"%s\": restore the token from its backup",
		       use_word(use), version, k->label);
}

/* --- leases --- */

static unsigned long attempts_of(struct keys *k)
{
	unsigned long n;

	(void)pthread_mutex_lock(&k->lock);
	n = k->attempts;
	(void)pthread_mutex_unlock(&k->lock);
	return n;
}

/* One go; *ret_down as above. In the module afterwards only when a lease was given. */
static rp_code try_lease(struct keys *k, enum keys_use use, unsigned version, struct lease *ret,
			 bool *ret_down, struct rp_error *err)
{
	struct lease l = {.k = k, .fn = k->module->fn, .made = CK_INVALID_HANDLE};
	rp_code rc;

	if (!p11_enter(k->module))
		return rp_fail(err, RP_E_TOKEN, "token \"%s\" does not answer: see whether its service runs",
			       k->label);
	/* Restarted by another user of the module: our handles may be those of other objects now. */
	if (k->starts != k->module->starts)
		mark_down(k);
	rc = find_key(k, use, version, &l.key, err);
	if (rc == RP_OK)
		rc = take_session(k, &l.session, ret_down, err);
	if (rc == RP_OK && !*ret_down)
		*ret = l;
	else
		p11_leave(k->module);
	return rc;
}

rp_code lease_begin(struct keys *k, enum keys_use use, unsigned version, struct lease *ret,
		    struct rp_error *err)
{
	for (int rounds = 0; rounds < 3; rounds++) {
		const unsigned long seen = attempts_of(k);
		bool down = false;
		rp_code rc = try_lease(k, use, version, ret, &down, err);

		if (rc != RP_OK || !down)
			return rc;
		rc = come_back(k, seen, err);
		if (rc != RP_OK)
			return rc;
	}
	return rp_fail(err, RP_E_TOKEN, "token \"%s\" goes away as often as it comes back: see its service",
		       k->label);
}

void lease_end(struct lease *l)
{
	struct keys *k = l->k;

	if (k == NULL)
		return;
	/* What cannot be destroyed goes with its session. */
	if (l->made != CK_INVALID_HANDLE && l->fn->C_DestroyObject(l->session, l->made) != CKR_OK)
		l->spoilt = true;
	if (l->gone) {
		mark_down(k);
	} else if (l->spoilt) {
		if (p11_is_gone(l->fn->C_CloseSession(l->session)))
			mark_down(k);
		(void)one_less(k, false);
	} else {
		(void)pthread_mutex_lock(&k->lock);
		k->idle[k->n_idle++] = l->session;
		(void)pthread_cond_signal(&k->freed);
		(void)pthread_mutex_unlock(&k->lock);
	}
	p11_leave(k->module);
	l->k = NULL;
}

rp_code lease_fail(struct lease *l, CK_RV rv, struct rp_error *err, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap); /* a long one ends early, and that is fine */
	va_end(ap);
	l->spoilt = true;
	l->gone = l->gone || p11_is_gone(rv);
	return p11_fail(err, rv, "%s", what);
}

rp_code lease_sign(struct lease *l, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE key, const void *bytes,
		   size_t len, uint8_t *ret, size_t want, struct rp_error *err)
{
	CK_MECHANISM m = {mechanism, NULL, 0};
	uint8_t out[64];
	CK_ULONG got = sizeof out;
	CK_RV rv = l->fn->C_SignInit(l->session, &m, key);

	if (rv == CKR_OK)
		rv = l->fn->C_Sign(l->session, p11_loose(bytes), len, out, &got);
	if (rv != CKR_OK)
		return lease_fail(l, rv, err, "a checksum under %s-%u", use_word(l->key.use), l->key.version);
	if (got != want || want > sizeof out)
		return lease_fail(l, CKR_GENERAL_ERROR, err, "%s-%u answers with %lu bytes instead of %zu",
				  use_word(l->key.use), l->key.version, got, want);
	memcpy(ret, out, want); /* checked: no more than out holds */
	return RP_OK;
}
