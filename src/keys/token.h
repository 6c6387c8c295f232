/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One token that is logged in to, its keys, and its sessions, of which each caller gets one for a
 * moment. What fails on the way marks the token as gone, and the next lease comes back to it, once
 * for all who wait.
 *
 *     RP_AUTO(lease_end) struct lease l = {0};
 *     rc = lease_begin(k, KEYS_RESET, version, &l, err);
 *     … l.fn->C_…(l.session, …) … on failure return lease_fail(&l, rv, err, "…")
 */
#ifndef REPIN_KEYS_TOKEN_H
#define REPIN_KEYS_TOKEN_H

#include "keys/keys.h"
#include "keys/module.h"

#define KEY_ROWS_MAX 64

struct key_row {
	enum keys_use use;
	unsigned version;
	CK_OBJECT_HANDLE key;	     /* secret, or private */
	CK_OBJECT_HANDLE public_key; /* of KEYS_SEAL */
};

struct key_rows {
	struct key_row row[KEY_ROWS_MAX];
	size_t n;
};

struct keys {
	struct p11 *module;
	char *path, *label;
	rp_secret *pin;
	unsigned sessions_wanted;
	CK_SESSION_HANDLE *idle; /* room for sessions_wanted */

	/* Changed by who is alone in the module; read by who is in it. */
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE login; /* never lent: with the last session the login would end */
	unsigned long starts;	 /* the module's start in which the handles are valid */
	char serial[17];	 /* of the token of the first time; "" before */
	bool pin_refused;

	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t freed;
	bool up;
	unsigned n_idle, n_open, limit;
	unsigned long attempts; /* to come back */
	struct rp_error last;	/* why the last one failed */
	struct key_rows rows;
};

struct lease {
	struct keys *k;
	CK_FUNCTION_LIST *fn;
	CK_SESSION_HANDLE session;
	struct key_row key;
	CK_OBJECT_HANDLE made; /* a session object that is destroyed at the end; or CK_INVALID_HANDLE */
	bool spoilt;	       /* an operation may be left in the session: it is closed, not lent again */
	bool gone;
};

/* Waits for a session, at most P11_WAIT_S. Errors: RP_E_TOKEN, also when there is no such version. */
RP_MUST_CHECK rp_code lease_begin(struct keys *k, enum keys_use use, unsigned version, struct lease *ret,
				  struct rp_error *err);
void lease_end(struct lease *l);
rp_code lease_fail(struct lease *l, CK_RV rv, struct rp_error *err, const char *fmt, ...) RP_PRINTF(4, 5);

/* Logs in. The caller is alone in the module. Errors: RP_E_TOKEN. */
RP_MUST_CHECK rp_code token_connect(struct keys *k, struct rp_error *err);

/* The slot that has the token `label`. `serial` has 17 bytes. Errors: RP_E_TOKEN when none or several do. */
RP_MUST_CHECK rp_code token_find(CK_FUNCTION_LIST *fn, const char *path, const char *label, CK_SLOT_ID *ret,
				 char *ret_serial, struct rp_error *err);
/* True when the blank-padded label of PKCS#11 is this text. */
bool token_label_is(const CK_UTF8CHAR padded[32], const char *label);
/* All slots with a token; *ret is to be freed. Errors: RP_E_TOKEN, RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code token_slots(CK_FUNCTION_LIST *fn, CK_SLOT_ID **ret, CK_ULONG *ret_n,
				  struct rp_error *err);

/* The keys on the token, by name and version. Errors: RP_E_TOKEN. */
RP_MUST_CHECK rp_code rows_find(CK_FUNCTION_LIST *fn, CK_SESSION_HANDLE session, struct key_rows *ret,
				struct rp_error *err);
const char *use_word(enum keys_use use);

/* One signature or checksum of exactly `want` bytes. Errors: RP_E_TOKEN. */
RP_MUST_CHECK rp_code lease_sign(struct lease *l, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE key,
				 const void *bytes, size_t len, uint8_t *ret, size_t want,
				 struct rp_error *err);

#endif
