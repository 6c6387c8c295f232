/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The people's side of the issuer, for the files of src/issuer: who an operator is, what their
 * roles allow, and the acts that two people carry out. `by` in the calls of issuer.h is an
 * operator's name, or "console" for whoever may read the token's PIN on the server itself.
 */
#ifndef REPIN_ISSUER_PEOPLE_H
#define REPIN_ISSUER_PEOPLE_H

#include "issuer/internal.h"

#define CONSOLE "console"
#define SIGN_IN_TRIES 5
#define SIGN_IN_LOCK_MS (15 * MINUTE_MS)
#define SESSION_LIVES_MS (8 * HOUR_MS)
#define APPROVAL_LIVES_MS (7 * DAY_MS)
#define LETTER_EVERY_MS (7 * DAY_MS)

/* Roles, as bits; the words stand in operator.c. */
#define ROLE_CLERK 1u
#define ROLE_APPROVER 2u
#define ROLE_HELP_DESK 4u
#define ROLE_AUDITOR 8u
#define ROLE_ADMIN 16u
#define ROLES_ALL 31u

/* Bits of "clerk,admin"; false when a word is none, or there is none at all. */
RP_MUST_CHECK bool roles_read(const char *text, unsigned *ret);

/* The operator of who->session, which must be of this terminal. Errors: sign-in. */
RP_MUST_CHECK rp_code session_load(struct store_tx *tx, const struct issuer_peer *who,
				   struct row_operator *ret, struct rp_error *err);
/* Nobody without both is asked for anything that costs. Errors: sign-in, terminal-unknown. */
RP_MUST_CHECK rp_code desk_needed(const struct issuer_peer *who, struct rp_error *err);
/*
 * The desk, and who is signed in at it with one of these roles; it is of their office. Errors: desk_needed's,
 * terminal-*, sign-in, role, office.
 */
RP_MUST_CHECK rp_code desk_load(struct store_tx *tx, const struct issuer_peer *who, unsigned roles,
				struct peer *ret_peer, struct row_operator *ret_op, struct rp_error *err);
/* May `by` do this? "console" may everything. Errors: role (also for a name that is nobody's). */
RP_MUST_CHECK rp_code by_may(struct store_tx *tx, const char *by, unsigned roles, struct rp_error *err);
/* Errors: own-card. */
RP_MUST_CHECK rp_code by_not_own(struct store_tx *tx, const char *by, const uint8_t card_id[CARD_ID_LEN],
				 struct rp_error *err);
/* The card of profile and number. Errors: not-found. */
RP_MUST_CHECK rp_code card_load(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], struct row_card *ret,
				struct rp_error *err);

/* Password as it stands in the row: "1$salt$hash". Takes 20 ms and the memory of Argon2. */
RP_MUST_CHECK rp_code password_make(const rp_secret *password, char ret[ROW_TEXT], struct rp_error *err);
/* Takes as long for a text that is none ("" for an operator who is not there). */
RP_MUST_CHECK rp_code password_right(const rp_secret *password, const char *row, bool *ret,
				     struct rp_error *err);

/*
 * One entry of the log about an act of people's. NULL where there is none; a receipt that nobody
 * wants may be NULL.
 */
struct people_act {
	const char *act, *by, *outcome, *reason;
	const uint8_t *card_id;
	const char *terminal;
};
RP_MUST_CHECK rp_code log_people(struct store_tx *tx, const struct people_act *a, char ret_receipt[ROW_ID],
				 struct rp_error *err);

/* A case that an operator's decision opens, ready at once: that decision is its evidence. */
struct people_case {
	const struct row_card *card;
	const struct peer *peer;
	const struct row_operator *op;
	rp_slot slot;
	enum doors_id door;
	const char *reason, *identified_by;
	const char *cause; /* as the holder says; NULL, "": nothing was said */
};
/* Cancels what is open of this slot and door, writes the case with its evidence, and logs the decision. */
RP_MUST_CHECK rp_code people_case_open(struct store_tx *tx, const struct people_case *p, struct row_case *ret,
				       struct rp_error *err);
/* An entry about it. */
RP_MUST_CHECK rp_code people_case_log(struct store_tx *tx, const struct people_case *p,
				      const struct row_case *c, const char *act, char ret_receipt[ROW_ID],
				      struct rp_error *err);

#endif
