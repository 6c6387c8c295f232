/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's domain, played: it notes what it was asked and answers what it was told to. For tests and
 * fuzzers of what lies above it; the real one is held against the same addresses in tests/server.
 */
#ifndef REPIN_TESTS_PLAY_DOMAIN_H
#define REPIN_TESTS_PLAY_DOMAIN_H

#include "issuer/issuer.h"

struct play {
	/* What it answers: an error when `fail.code` is not RP_OK. */
	struct rp_error fail;
	bool no_public_key;
	/* What it was asked, last. */
	unsigned calls;
	bool declined;	  /* the domain itself found what it was asked malformed */
	const char *call; /* the function's name without issuer_ */
	bool has_fingerprint, has_session;
	uint8_t fingerprint[32], session[32];
	char source[64], key[64];
	char profile[32], door[32], case_id[64], text[600];
	struct rp_presence card; /* its profile points to `profile` */
	bool has_proof, has_r, done;
	rp_slot proof_slot;
	uint8_t certificate[4096], signature[512], r1[16], r2[16], answer[64];
	size_t certificate_len, signature_len, answer_len;
	char user_code[80], one_time[80], new_code[80], password[300];
	uint64_t from, to;
};
extern struct play play;

/* Forgets all; gives what stands for an issuer. */
issuer *play_domain(void);

#endif
