/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what the issuer tells of a receipt what its log has sealed? Pure: the answer, the key and the newest
 * checkpoint that this machine has seen go in, a verdict comes out. No question is asked here.
 */
#ifndef REPIN_CLI_RECEIPT_H
#define REPIN_CLI_RECEIPT_H

#include "base/json.h"
#include "tlog/tlog.h"

enum receipt_verdict {
	RECEIPT_SEALED,	  /* the entry stands in the log, unchanged */
	RECEIPT_ERASED,	  /* something stood there, and was erased */
	RECEIPT_WAITING,  /* it has no seal yet: nothing of it is certain */
	RECEIPT_NONSENSE, /* the answer has not the shape of one */
	RECEIPT_UNSIGNED, /* the checkpoint has no good signature of the log's key */
	RECEIPT_OTHER,	  /* the entry is that of another receipt */
	RECEIPT_CHANGED,  /* the entry does not stand in the log that was signed */
	RECEIPT_SHRUNK,	  /* the log has fewer leaves than before */
	RECEIPT_FORKED,	  /* it is not the log that was seen before, grown */
};

struct receipt {
	char number[64];	   /* as the issuer's log writes it */
	struct tlog_checkpoint at; /* the log that was signed */
	json_t *entry;		   /* for json_decref; NULL: not sealed */
};

/* One word for programs. */
const char *receipt_word(enum receipt_verdict v);
void receipt_free(struct receipt *r);
/* `vkey`: the key that counts. *ret is filled when the verdict is one of the first three. */
enum receipt_verdict receipt_check(const json_t *answer, const char *number, const char *vkey,
				   struct receipt *ret);
/*
 * RECEIPT_SEALED when `now` is `before`, grown. `proof`: the issuer's answer; NULL where the sizes are
 * equal.
 */
enum receipt_verdict receipt_grown(const struct tlog_checkpoint *before, const struct tlog_checkpoint *now,
				   const json_t *proof);

#endif
