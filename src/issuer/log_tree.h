/* SPDX-License-Identifier: Apache-2.0 */
/* The log's tree as it lies in the store: for log.c, sealer.c and audit.c. */
#ifndef REPIN_ISSUER_LOG_TREE_H
#define REPIN_ISSUER_LOG_TREE_H

#include "issuer/internal.h"
#include "tlog/tlog.h"

/* The act of leaf 0, and how its line begins. */
#define LOG_ACT_KEYS "keys"
#define LOG_BEGINS "{\"act\":\"" LOG_ACT_KEYS "\","

/* A tlog_read; `tx` is the transaction. A node that is missing is RP_E_STORE. */
RP_MUST_CHECK rp_code log_node(void *tx, unsigned level, uint64_t index, uint8_t ret[TLOG_HASH],
			       struct rp_error *err);
/* Errors: RP_E_STORE when there is none. */
RP_MUST_CHECK rp_code log_head(struct store_tx *tx, struct row_head *ret, struct rp_error *err);
/* Reads a note that any version of this issuer's seal has signed. Errors: RP_E_TOKEN; *ret_good tells. */
RP_MUST_CHECK rp_code log_note_read(issuer *i, const char *note, struct tlog_checkpoint *ret, bool *ret_good,
				    struct rp_error *err);
/*
 * The row's note is ours and says its size and root, or all is empty. `what` names it in the story ("head").
 * Errors: RP_E_STORE, RP_E_TOKEN.
 */
RP_MUST_CHECK rp_code log_head_check(issuer *i, const struct row_head *head, const char *what,
				     struct rp_error *err);
/* True when salt and body are erased. */
bool log_is_erased(const struct row_entry *e);
/* True when the digest is that of salt and body (of an erased entry nothing can be said: true). */
bool log_digest_good(const struct row_entry *e);

#endif
