/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between the issuer's domain and what it calls: the linker hands these calls to the test
 * (--wrap), which counts them, and lets one fail where a test wants it.
 */
#ifndef REPIN_TESTS_ISSUER_BETWEEN_H
#define REPIN_TESTS_ISSUER_BETWEEN_H

#include "support/issuer_rig.h"

struct between {
	unsigned works;	  /* transactions that were begun */
	unsigned writing; /* those of them that may write */
	unsigned argon2;
	unsigned cryptograms, peppers;
	/* the nth from now on fails with RP_E_TOKEN; 0: none */
	unsigned cryptogram_fails, pepper_fails;
	unsigned work_fails;  /* the nth transaction from now on is not begun: RP_E_STORE_AWAY */
	unsigned commit_lost; /* the nth is committed, and RP_E_STORE_AWAY nevertheless */
	/* called at the next Argon2, once */
	void (*at_argon2)(void);
	/* called before the nth transaction from now on, once */
	void (*at_work)(void);
	unsigned at_work_in;
};
extern struct between between;

#endif
