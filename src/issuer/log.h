/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's log, as the other parts of the issuer write and question it (issuer.h has the seal, the
 * receipts and the audit). An act and its entry commit in one transaction:
 *
 *     inside the act's own work: …, log_entry(tx, &act, receipt, err), …
 *     at `repind init`: log_begin; before serving: log_check_keys
 *
 * An entry is one line of JSON (docs/server.md, "The log"). Nothing secret goes into it: no PIN, no code,
 * no document's number, no cryptogram.
 */
#ifndef REPIN_ISSUER_LOG_H
#define REPIN_ISSUER_LOG_H

#include "keys/keys.h"
#include "store/store.h"

/* Random characters of a receipt; one more checks them, as code32_new makes it. */
#define LOG_RECEIPT_CHARS 20

/* What is written. NULL, "" and RP_SLOT_NONE are left out of the line. */
struct log_act {
	const char *act;	/* one word: "reserve", "grant", "done", "stop", … */
	const uint8_t *card_id; /* CARD_ID_LEN; NULL: not about a card */
	const char *case_id;
	rp_slot slot;
	const char *door;
	const char *terminal;	   /* its name, or "home" */
	const char *operator_name; /* or "console" */
	const char *outcome;	   /* "ok", a problem's slug, a state */
	const char *reason;	   /* as somebody gave it: at most 512 bytes of UTF-8 */
};

/*
 * Writes an entry into the transaction; it gets its number when it is sealed. Errors: RP_E_FAULT (no act,
 * or a text that is too long or no UTF-8), the store's.
 */
RP_MUST_CHECK rp_code log_entry(struct store_tx *tx, const struct log_act *act, char ret_receipt[ROW_ID],
				struct rp_error *err);

/*
 * Erases entry and salt of what `receipt` names, and writes on whose order into the same transaction. The
 * leaf stays, so the tree still verifies, saying erased. Errors: RP_E_CONFLICT (no such entry, not sealed
 * yet, erased already), RP_E_NOT_OFFERED (key values and erasures stay), the store's.
 */
RP_MUST_CHECK rp_code log_erase(struct store_tx *tx, const char *receipt, const char *by, const char *reason,
				char ret_receipt[ROW_ID], struct rp_error *err);

struct issuer;

/*
 * Begins an empty log: leaf 0 holds the token's check values, sealed. Errors: RP_E_CONFLICT (it has begun),
 * RP_E_TOKEN, the store's.
 */
RP_MUST_CHECK rp_code log_begin(struct issuer *i, struct rp_error *err);
/*
 * Is the token the one of leaf 0? Every key that leaf 0 names must be there with that value; newer versions
 * may be there too. Errors: RP_E_TOKEN (another token), RP_E_STORE (leaf 0 is missing or changed).
 */
RP_MUST_CHECK rp_code log_check_keys(struct issuer *i, struct rp_error *err);

/* issuer_audit with all that it counted. */
struct log_audited {
	uint64_t size;	  /* leaves, all good */
	uint64_t erased;  /* of these */
	uint64_t waiting; /* entries that are not sealed yet */
};
RP_MUST_CHECK rp_code log_audit(struct issuer *i, const char *exported, struct log_audited *ret,
				struct rp_error *err);

#endif
