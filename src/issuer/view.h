/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators look at on the console: cases, cards, counts. Nothing here changes anything. A session
 * is enough, no desk is asked for. Whoever belongs to an office sees what is that office's; each call
 * names its roles in view_*.c. Answers are JSON as docs/openapi.yaml has it, malloc'd.
 */
#ifndef REPIN_ISSUER_VIEW_H
#define REPIN_ISSUER_VIEW_H

#include "issuer/issuer.h"

#define VIEW_ROWS 50 /* cases at a card */
#define VIEW_ROWS_MAX 100
#define VIEW_SCAN_MAX 1000 /* cases that one page looks at; the LIMIT of the statements */

/* What is searched for; "" and 0 fit everything. */
struct view_search {
	char state[16], door[24], profile[24], office[ROW_NAME];
	char card_profile[24], number[48]; /* both, or neither: the card */
	char name[ROW_ID];		   /* of a case, or of a receipt */
	rp_slot slot;			   /* RP_SLOT_NONE: any */
	int64_t from_ms;		   /* opened then or later */
	int64_t to_ms;			   /* opened before */
	char cursor[ROW_ID + 16];
	int64_t limit; /* 1 to VIEW_ROWS_MAX */
};
/* Errors: sign-in, role (an auditor who has a card number), malformed (a cursor that is none). */
RP_MUST_CHECK rp_code view_cases(issuer *i, const struct issuer_peer *who, const struct view_search *s,
				 char **ret_json, struct rp_error *err);
/* Errors: sign-in, not-found (also: of another office). */
RP_MUST_CHECK rp_code view_case(issuer *i, const struct issuer_peer *who, const char *id, char **ret_json,
				struct rp_error *err);
/* The cards of this number; profile "": of every family. Errors: sign-in, role, own-card. */
RP_MUST_CHECK rp_code view_cards(issuer *i, const struct issuer_peer *who, const char *profile,
				 const char *number, char **ret_json, struct rp_error *err);
/*
 * `what`: "resets_2026-11-01_2026-11-27", with ".csv" behind it for comma-separated values (*ret_csv).
 * Errors: sign-in, role, not-found (no such counts), malformed (days that are none, or too many).
 */
RP_MUST_CHECK rp_code view_statistics(issuer *i, const struct issuer_peer *who, const char *what,
				      char **ret_text, bool *ret_csv, struct rp_error *err);

#endif
