/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between the issuer's domain and what it calls: the linker hands these calls to the test (--wrap),
 * which counts them, and lets one fail where a test wants it.
 */
#ifndef REPIN_TESTS_ISSUER_BETWEEN_H
#define REPIN_TESTS_ISSUER_BETWEEN_H

#include "support/issuer_rig.h"

struct between {
	unsigned works; /* transactions that were begun */
	unsigned argon2;
	unsigned cryptograms, peppers;
	/* the nth from now on fails with RP_E_TOKEN; 0: none */
	unsigned cryptogram_fails, pepper_fails;
	/* after the nth transaction from now on the process is as good as dead: RP_E_STORE_AWAY though it was committed */
	unsigned commit_lost;
	/* called before each Argon2, once */
	void (*at_argon2)(void);
};
extern struct between between;

#endif
