/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An issuer for one virtual card, played by a test: it has the card's key and certificates, makes its own
 * checksums (GnuTLS), writes the proof's lines by itself, and notes who asked for what, when. It is
 * written from docs/wire.md and the design paper, and is no part of the issuer's own code.
 */
#ifndef REPIN_TESTS_PLAY_ISSUER_H
#define REPIN_TESTS_PLAY_ISSUER_H

#include "repin/issuer.h"
#include "support/vreader.h"

enum play_call {
	PLAY_NONE,
	PLAY_NONCE,
	PLAY_PRESENCE,
	PLAY_RESERVE,
	PLAY_GRANT,
	PLAY_WORD,
	PLAY_CODE,
	PLAY_CALLS
};

#define PLAY_LOG 16
#define PLAY_USER_CODE "Code12"

struct play_issuer {
	struct vreader *v;
	struct rp_issuer_port port;
	/* what happened, in its order; at: how many commands the card had got by then */
	struct {
		enum play_call call;
		unsigned at;
		rp_code rc;
	} log[PLAY_LOG];
	unsigned n;
	/* fails the nth call of a kind (counted from 1) */
	enum play_call fails;
	unsigned fails_at;
	rp_code fails_with;
	enum rp_problem problem;
	/* sees each call first */
	void (*before)(struct play_issuer *p, enum play_call call);
	const char *status, *halted;
	size_t cryptogram_len; /* 0: the right one */
	bool wrong_cryptogram;
	bool needs_proof;    /* a grant without a right proof of another PIN is refused */
	const char *case_id; /* that the proof's lines must name; NULL: "-" */
	int code_tries;
	/* what it knows */
	uint8_t nonces[PLAY_LOG][16];
	unsigned n_nonces;
	uint8_t proof_nonce[16], grant_nonce[16], mac_nonce[16];
	uint16_t granted_resets;
	rp_slot granted;
	bool has_granted, done, failed, word_done;
	uint8_t r1[16], r2[16];
	char new_code[16];
};

/* Its port speaks of the card in `v`. */
void play_start(struct play_issuer *p, struct vreader *v);
/* The help desk on the telephone: the right response of a test card. An rp_ask_response; arg is not used. */
rp_code play_response(void *arg, const uint8_t challenge[8], uint8_t ret[8], struct rp_error *err);
unsigned play_count(const struct play_issuer *p, enum play_call call);

#endif
