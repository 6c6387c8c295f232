/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What administrators look at and keep in order besides the calls of issuer.h: lists of people and
 * things, whose cards are whose, and which anchors two people agreed to. Errors: the store's; where
 * `by` is asked for also role.
 */
#ifndef REPIN_ISSUER_LISTS_H
#define REPIN_ISSUER_LISTS_H

#include "issuer/issuer.h"

/*
 * Calls fn for every row (row_terminal, row_group, row_operator, row_stop, row_approval) in one
 * transaction.
 */
enum issuer_list { LIST_TERMINALS, LIST_GROUPS, LIST_OPERATORS, LIST_STOPS, LIST_APPROVALS };
RP_MUST_CHECK rp_code issuer_list(issuer *i, enum issuer_list what, store_row_fn *fn, void *arg,
				  struct rp_error *err);

/*
 * What an operator reads on the console, as JSON: "me", "terminals", "groups", "operators", "offices",
 * "documents", "stops" or "approvals". A session is enough, no desk is asked for. Errors: sign-in, role,
 * not-found (no such list).
 */
RP_MUST_CHECK rp_code issuer_console(issuer *i, const struct issuer_peer *who, const char *name,
				     char **ret_json, struct rp_error *err);

/* This card is one of the operator's own: nobody handles their own card. */
RP_MUST_CHECK rp_code issuer_operator_card(issuer *i, const char *by, const char *name, const char *profile,
					   const char *number, struct rp_error *err);

/*
 * New certificates of a card that is enrolled: the others of it stay, a PIN's old key proves
 * nothing any more, and what was open for the card ends. Errors: not-found, certificate refusals,
 * RP_E_USAGE.
 */
RP_MUST_CHECK rp_code issuer_card_renew(issuer *i, const char *by, const struct issuer_card *c,
					struct rp_error *err);

/*
 * The file of anchors must be the one that two people agreed to (its SHA-256). The first one ever
 * is taken as it is. Errors: four-eyes (another file), RP_E_STORE*.
 */
RP_MUST_CHECK rp_code issuer_anchors_agreed(issuer *i, const uint8_t sha256[32], struct rp_error *err);
/* The same judgement, and nothing is written: a first file counts as agreed to. */
RP_MUST_CHECK rp_code issuer_anchors_look(issuer *i, const uint8_t sha256[32], struct rp_error *err);

/* May this operator do one of these roles' acts? roles: "admin,approver". Errors: role. */
RP_MUST_CHECK rp_code issuer_may(issuer *i, const char *by, const char *roles, struct rp_error *err);

/* The offices that the rules know. */
void issuer_offices(void (*each)(void *arg, const char *id, const char *municipality, const char *name_en,
				 const char *name_ja),
		    void *arg);

#endif
