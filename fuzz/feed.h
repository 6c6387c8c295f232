/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transport fed by the fuzzer's bytes, in the format of OpenSC's fuzzed reader: blocks, each
 * after a little-endian length of two bytes. The first block is the ATR, each further one
 * the answer to whatever is sent. Lengths from FEED_EVENTS on are no blocks but events: the
 * card leaves, is reset, is silent, the reader fails.
 *
 * It is the oracle too: it counts the commands that carry a PIN, and ends the process when
 * a promise is broken.
 */
#ifndef REPIN_FUZZ_FEED_H
#define REPIN_FUZZ_FEED_H

#include "lib/ctx.h"

#define FEED_EVENTS 0xFFFCu
#define FEED_REMOVED 0xFFFCu
#define FEED_RESET 0xFFFDu
#define FEED_SILENT 0xFFFEu
#define FEED_FAILED 0xFFFFu

struct feed {
	const uint8_t *p;
	size_t left;
	bool dead; /* an event ended the session: nothing more may be sent */
	bool in_transaction;
	unsigned verifies;     /* VERIFY with data since feed_job */
	unsigned sets;	       /* CHANGE, CHANGE KEY, RESET RETRY COUNTER since feed_job */
	bool may_send_secrets; /* inside a job */
	bool dirty;	       /* a secret went out and the card was not reset since */
};

/* A context on this input; the feed must outlive it. NULL when out of memory. */
rp_ctx *feed_open(struct feed *f, const uint8_t *data, size_t size);
/* Before a job: from now on secrets may go out. */
void feed_job(struct feed *f);
/* After it: checks what went out, and the error's fields when rc is one. */
void feed_check(struct feed *f, rp_slot slot, rp_code rc, const struct rp_error *err);

/* Entries that every family's slots accept; NULL when the slot takes none. Freed by the caller. */
rp_secret *feed_entry(const char *profile, rp_slot slot, enum rp_entry kind, unsigned which);

/* One job on a slot, chosen by `what`: verify, change, unlock by each way, pad. */
void feed_run_job(struct feed *f, rp_card *card, const struct rp_card_facts *shown, rp_slot slot,
		  unsigned what);

#endif
