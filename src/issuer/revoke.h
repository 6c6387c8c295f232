/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card that no door opens any more: its certificates are revoked by their CA, and a new card is
 * applied for. One person asks, an approver agrees, and a round sends it until the CA has answered.
 *
 *     issuer_revoke_ask -> issuer_revoke_approve -> issuer_revoke_round …
 *
 * Errors: refusals, RP_E_STORE*.
 */
#ifndef REPIN_ISSUER_REVOKE_H
#define REPIN_ISSUER_REVOKE_H

#include "issuer/issuer.h"
#include "issuer/revoke_table.h"

struct issuer_revocation {
	const char *profile, *number;
	const char *reason;	   /* "dead", "letter-lost" or "wish" */
	const char *identified_by; /* how the holder was identified */
	bool loss_certain;	   /* letter-lost: the holder has confirmed it */
	/* All certificates of the card that are not revoked yet: the CA is asked with them. */
	struct issuer_cert certs[4];
	size_t n_certs;
};
struct issuer_revoking {
	char id[RP_ISSUER_ID], receipt[RP_ISSUER_ID];
	char state[16];
};

/*
 * `by` a clerk, the help desk or an admin. The receipt is the holder's, who follows it with
 * issuer_receipt. Where one person is enough it is approved at once. Errors: loss-not-certain,
 * card-revoked, case-state (asked for already), key-unknown (a certificate that is none of this card).
 */
RP_MUST_CHECK rp_code issuer_revoke_ask(issuer *i, const char *by, const struct issuer_revocation *r,
					struct issuer_revoking *ret, struct rp_error *err);
/* `by` an approver, and another one than who asked. Errors: four-eyes, case-state. */
RP_MUST_CHECK rp_code issuer_revoke_approve(issuer *i, const char *by, const char *id, struct rp_error *err);
/* Until it is sent. Errors: revocation-sent, case-state. */
RP_MUST_CHECK rp_code issuer_revoke_withdraw(issuer *i, const char *by, const char *id, struct rp_error *err);

/*
 * The same for an operator who is signed in at a desk of their office, as who->session says; with an
 * idempotency key. Errors: also terminal-class, sign-in, office, idempotency-key-reused.
 */
RP_MUST_CHECK rp_code issuer_revoke_ask_at(issuer *i, const struct issuer_peer *who, const char *key,
					   const struct issuer_revocation *r, struct issuer_revoking *ret,
					   struct rp_error *err);
RP_MUST_CHECK rp_code issuer_revoke_decide_at(issuer *i, const struct issuer_peer *who, const char *key,
					      const char *id, bool approve, struct rp_error *err);

/* The newest, each row and its card. */
RP_MUST_CHECK rp_code issuer_revoke_list(issuer *i,
					 void (*each)(void *arg, const struct row_revocation *r,
						      const struct row_card *card),
					 void *arg, struct rp_error *err);

/*
 * How it is sent (docs/server.md has the program's contract): `PROGRAM make|send CONFIG REASON`, at most
 * timeout_ms long; then again after wait_ms, twice that, … up to an hour.
 */
struct revoke_conf {
	const char *program; /* NULL: they wait */
	const char *config;  /* of the program: the CA's address and our key for it */
	int64_t timeout_ms, wait_ms;
};
/* One round: what is due. Any number of servers may run it. */
RP_MUST_CHECK rp_code issuer_revoke_round(issuer *i, const struct revoke_conf *c, struct rp_error *err);

/* --- for the files of src/issuer --- */

/* The name of who is signed in at this desk; the role is asked of it by the act. Errors: desk_load's. */
RP_MUST_CHECK rp_code revoke_desk(struct store_tx *tx, const struct issuer_peer *who, char ret_name[ROW_NAME],
				  struct rp_error *err);

/* One step of the table, in memory. Errors: revocation-sent, case-state. */
RP_MUST_CHECK rp_code revoke_step(struct row_revocation *row, int64_t now_ms, enum revoke_event event,
				  struct rp_error *err);
#define REVOKE_ROWS 8
struct revoke_rows {
	struct row_revocation at[REVOKE_ROWS];
	size_t n;
};
/* The rows of one request, by its id. Errors: not-found. */
RP_MUST_CHECK rp_code revoke_load(struct store_tx *tx, const char *id, struct revoke_rows *ret,
				  struct rp_error *err);

#endif
