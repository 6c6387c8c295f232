/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators for tests of the people's side, on the issuer of support/issuer_rig.h: they know their
 * password and their one-time passwords, at the database's time.
 */
#ifndef REPIN_TESTS_PEOPLE_KIT_H
#define REPIN_TESTS_PEOPLE_KIT_H

#include "server/issuer_between.h"

#define PASSWORD "correct horse"

struct person {
	const char *name;
	rp_secret *key; /* of the one-time passwords */
};

/* `by` the console. To be cleared with person_clear. */
struct person person_make(struct irig *r, const char *name, const char *roles, const char *office);
void person_clear(struct person *p);
/* The step of the database's time now, and the code `off` steps from it. */
uint64_t person_step(const struct irig *r);
void person_code(const struct irig *r, const struct person *p, int off, char ret[9]);
/* Signs in with this password and code. */
rp_code person_try(struct irig *r, const struct issuer_peer *who, const char *name, const char *password,
		   const char *code, char ret_token[48], struct rp_error *err);
/* Signs in with what is right, a step later than before; the hash of the token. */
void person_session(struct irig *r, const struct issuer_peer *who, const struct person *p, int off,
		    uint8_t ret_hash[32]);

#endif
