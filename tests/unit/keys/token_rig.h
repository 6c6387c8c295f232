/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SoftHSM of the test's own: its folder, tokens on it, and what a test does to a token beside
 * `keys` (raw PKCS#11, while no `keys` is open).
 */
#ifndef REPIN_TESTS_TOKEN_RIG_H
#define REPIN_TESTS_TOKEN_RIG_H

#include "keys/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <p11-kit/pkcs11.h>

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"
#define RIG_PIN "token pin of the test"
#define RIG_SO_PIN "officer's pin of the test"

struct rig {
	char folder[64];
	rp_secret *pin, *so_pin;
};

/* Sets SOFTHSM2_CONF to an empty folder; rig_end removes it. */
void rig_begin(struct rig *r);
void rig_end(struct rig *r);
/* Makes a token and its keys. */
void rig_token(struct rig *r, const char *label);
struct keys_conf rig_conf(const struct rig *r, const char *module, const char *label);
keys *rig_open(const struct rig *r, const char *module, const char *label);

/* --- raw PKCS#11 on SoftHSM, logged in, while no `keys` is open --- */

struct raw {
	CK_FUNCTION_LIST *fn;
	CK_SESSION_HANDLE session;
};
struct raw raw_begin(const char *label);
void raw_end(struct raw *w);
/* All objects of this label are destroyed; how many there were. */
unsigned raw_destroy(struct raw *w, const char *name);
/* A secret key with this value; what it may do is the token's default and `derive`. */
void raw_import(struct raw *w, const char *name, CK_KEY_TYPE type, const void *value, size_t len, bool derive,
		bool extractable);

/* A flag of the one object of this class and label. */
bool raw_flag(struct raw *w, CK_OBJECT_CLASS class, const char *name, CK_ATTRIBUTE_TYPE type);

/* --- the module of fail_module.c --- */

/* As fail_module.c exports them. */
struct fail_controls {
	/* The next `times` calls of this function answer `rv`, after `after` that go through. */
	void (*next)(const char *function, CK_RV rv, unsigned after, unsigned times);
	long (*sessions)(void); /* open now */
	long (*session_peak)(void);
	long (*objects)(void);		      /* session objects that SoftHSM finds */
	unsigned long (*starts)(void);	      /* C_Initialize that went through */
	unsigned long (*misuses)(void);	      /* calls during C_Finalize, or on handles of another start */
	unsigned long (*calls)(const char *); /* of this function */
	void (*session_limit)(long n);	      /* CKR_SESSION_COUNT beyond; 0: none */
	void (*delay)(unsigned ms);	      /* before a planned answer */
	int (*made)(CK_ATTRIBUTE_TYPE);	      /* of the object made last; -1: the token does not tell */
};
struct fail_controls fail_controls(void);

#endif
