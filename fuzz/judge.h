/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches everything that goes to a card and everything that comes out of the library, and
 * aborts when a promise is broken, whatever the card answers:
 *
 *   - commands go over only inside a transaction, and none after the transport failed;
 *   - each command is well-formed (read back by the virtual card's parser);
 *   - a PIN stands only in the commands that its job is made of, in their order, each once, and
 *     none of them follows one that was not answered 9000;
 *   - a VERIFY with a PIN never names its file by a short identifier;
 *   - a transaction in which a PIN went out ends with a reset;
 *   - what is ours (docs/wire.md) goes only to a card that showed our reset application or AID; what is
 *     the issuer's only in its jobs, no PIN before it has said yes, and no new one before its grant;
 *   - success means that all of the job was answered 9000, and an error says truly whether a try
 *     can have been spent;
 *   - numbers and texts that come out are in their ranges.
 */
#ifndef REPIN_FUZZ_JUDGE_H
#define REPIN_FUZZ_JUDGE_H

#include "card/job.h"

/* The PINs of all fuzzers: these four digits over and over, as long as the slot wants. */
#define PIN_CURRENT "2468"
#define PIN_FRESH "1357"

#define JUDGE_STEPS 5

struct judge_step {
	uint8_t ins;
	bool current, fresh; /* which PINs are in it */
};

struct judge {
	struct judge_step plan[JUDGE_STEPS];
	size_t n_plan, at;   /* commands with PINs that belong to the job, and how many went out */
	bool nothing_may_go; /* the person was shown something that cannot be true */
	bool answered_9000;  /* the last of them */
	bool lost;	     /* the last of them never got an answer */
	bool awaited;	     /* nor one that ends it: 61XX goes on */
	uint16_t sw;	     /* the answer that ended it */
	bool pad;	     /* the PINs are typed on the reader */
	/* a job with the issuer's help: what it said yes to, and did the card tell its count at the end? */
	bool issuer, accepted, granted, asks_count, settled;
	bool in_transaction, broken;
	bool secret_in_transaction;
	bool ours_shown; /* in this transaction */
	/* whether our reset application was asked for, and what came, also in pieces (61XX) */
	bool asks_ours;
	uint8_t answer_first;
	size_t answer_len;
};

/* Says what is broken and aborts unless `good`. */
void judge_that(bool good, const char *what);

/* What the transport tells. */
void judge_open(struct judge *j);
void judge_begin(struct judge *j);
void judge_command(struct judge *j, const uint8_t *cmd, size_t len);
void judge_answer(struct judge *j, rp_code rc, const uint8_t *bytes, size_t len);
void judge_end(struct judge *j, enum transport_end how);
void judge_close(struct judge *j);

/* What whoever drives the library tells. A job with NULL row may send no PIN at all. */
void judge_job(struct judge *j, enum job_kind kind, const struct pin_row *row, const struct unlock_row *way);
/* The same of a job with the issuer's help: a PIN proves, a new one is set. */
void judge_ask(struct judge *j, bool proves, bool sets);
void judge_result(const struct judge *j, rp_code rc, const struct rp_error *err);
void judge_facts(const struct rp_card_facts *f);
void judge_outcome(const struct rp_outcome *o);

#endif
