/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKCS#11 module: loaded once for each path, initialised once for the process, shared by every
 * `keys` that uses it. A module that failed is finalized and initialised again, and for that
 * nobody may be inside it (PKCS#11 2.40, 5.4, C_Finalize): calls hold `use` for reading, the
 * restart holds it for writing.
 *
 *     p11_load -> p11_enter … calls … p11_leave -> p11_drop
 *
 * A module stays in the process until its end: unloading one that has threads of its own is a crash.
 */
#ifndef REPIN_KEYS_MODULE_H
#define REPIN_KEYS_MODULE_H

#include "base/error.h"

#include <p11-kit/pkcs11.h>
#include <pthread.h>

struct p11 {
	CK_FUNCTION_LIST *fn;
	pthread_rwlock_t use;
	unsigned long starts; /* how often it was initialised: handles of an earlier start mean nothing */
	bool up;	      /* initialised */
	bool one_at_a_time;   /* see module.c */
	/* of module.c, under its own lock */
	bool ours; /* this process' other users of the module did not initialise it */
	unsigned users;
	char *path;
	struct p11 *next;
};

/* Errors: RP_E_TOKEN (it cannot be loaded or does not start), RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code p11_load(const char *path, struct p11 **ret, struct rp_error *err);
void p11_drop(struct p11 *p); /* NULL is fine; the last one finalizes */

/* For many at a time, and for one alone. False when the module hangs: P11_WAIT_S is waited. */
#define P11_WAIT_S 15
RP_MUST_CHECK bool p11_enter(struct p11 *p);
RP_MUST_CHECK bool p11_enter_alone(struct p11 *p);
void p11_leave(struct p11 *p);

/* Finalizes and initialises again. The caller is alone in it. */
CK_RV p11_restart(struct p11 *p);

/* True when the answer may mean that the token or the way to it is gone; false when it is about this call. */
bool p11_is_gone(CK_RV rv);
/* RP_E_TOKEN, or RP_E_NO_MEMORY: "<fmt>: CKR_NAME (what to do)". Returns the code. */
rp_code p11_fail(struct rp_error *err, CK_RV rv, const char *fmt, ...) RP_PRINTF(3, 4);

/* The prototypes of PKCS#11 know no const; nothing is written through these. */
void *p11_loose(const void *p);

#endif
