/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's log, as the other parts of the issuer write it and as the seal, the receipts and the audit
 * read it (issuer.h has those). An act and its entry commit in one transaction:
 *
 *     inside the act's own store_work: …, log_entry(tx, &act, receipt, err), …
 *
 * An entry is one line of JSON (docs/server.md, "The log"). Nothing secret goes into it: no PIN, no code, no
 * document's number, no cryptogram.
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

#endif
