/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token in a process of its own, for tests that kill it: p11-kit 0.24 carries neither derivation
 * nor CMAC nor Ed25519 to another process (docs/decisions.md 86). `far_token SOCKET MODULE` is that
 * process; far_module.so is the PKCS#11 module that asks it, at the socket of $REPIN_FAR_TOKEN. Both
 * see one piece of memory at one address, so that a call is its arguments put there, one byte each
 * way, and the same pointers on both sides. It carries what `repind` asks in serving cards and
 * operators, no more.
 */
#ifndef REPIN_TESTS_FAR_TOKEN_H
#define REPIN_TESTS_FAR_TOKEN_H

#include <p11-kit/pkcs11.h>
#include <stddef.h>
#include <stdint.h>

/* High above what the kernel gives out, and outside what the sanitizers keep for themselves. */
#define FAR_AT ((void *)0x500000000000)
#define FAR_ROOM 65536

enum far_op {
	FAR_SLOTS,
	FAR_TOKEN_INFO,
	FAR_OPEN,
	FAR_CLOSE,
	FAR_LOGIN,
	FAR_FIND_INIT,
	FAR_FIND,
	FAR_FIND_FINAL,
	FAR_ATTRIBUTES,
	FAR_DERIVE,
	FAR_DESTROY,
	FAR_SIGN_INIT,
	FAR_SIGN,
	FAR_SIGN_UPDATE,
	FAR_SIGN_FINAL,
	FAR_ENCRYPT_INIT,
	FAR_ENCRYPT,
	FAR_DECRYPT_INIT,
	FAR_DECRYPT,
};

/* u and p in the order of the function's own arguments; what p points at is in room. */
struct far_call {
	enum far_op op;
	CK_RV rv;
	CK_ULONG u[4];
	void *p[3];
	size_t used;
	uint8_t room[FAR_ROOM];
};

#endif
