/* SPDX-License-Identifier: Apache-2.0 */
/* The states of a revocation and what moves them: state x event, a full const table. Pure. */
#ifndef REPIN_ISSUER_REVOKE_TABLE_H
#define REPIN_ISSUER_REVOKE_TABLE_H

#include <stdbool.h>

/* X(name, word) */
#define REVOKE_STATES(X)                                                                                     \
	X(ASKED, "asked")                                                                                    \
	X(APPROVED, "approved")                                                                              \
	X(SENT, "sent")                                                                                      \
	X(CONFIRMED, "confirmed")                                                                            \
	X(REFUSED, "refused")                                                                                \
	X(WITHDRAWN, "withdrawn")

enum revoke_state {
#define REVOKE_STATE_ENUM(name, word) REVOKE_##name,
	REVOKE_STATES(REVOKE_STATE_ENUM)
#undef REVOKE_STATE_ENUM
		REVOKE_STATES_N
};

enum revoke_event {
	REVOKE_EV_APPROVE,
	REVOKE_EV_WITHDRAW,
	REVOKE_EV_SEND,	   /* or send again, the same */
	REVOKE_EV_CONFIRM, /* the CA has revoked it, now or before */
	REVOKE_EV_REFUSE,  /* the CA never will */
	REVOKE_EVENTS_N
};

/* REVOKE_STATES_N where the table has no way. */
enum revoke_state revoke_next(enum revoke_state from, enum revoke_event event);
const char *revoke_state_word(enum revoke_state s);
/* REVOKE_STATES_N when it is none. */
enum revoke_state revoke_state_from_word(const char *word);

#endif
