/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a case and what moves them: state x event, a full const table (docs/server.md, "States of a
 * case"). Pure.
 */
#ifndef REPIN_ISSUER_CASE_TABLE_H
#define REPIN_ISSUER_CASE_TABLE_H

#include <stdbool.h>

/* X(name, word) */
#define CASE_STATES(X)                                                                                       \
	X(OPEN, "open")                                                                                      \
	X(READY, "ready")                                                                                    \
	X(GRANTED, "granted")                                                                                \
	X(DONE, "done")                                                                                      \
	X(FAILED, "failed")                                                                                  \
	X(UNKNOWN, "unknown")                                                                                \
	X(CANCELLED, "cancelled")                                                                            \
	X(EXPIRED, "expired")                                                                                \
	X(REFUSED, "refused")

enum case_state {
#define CASE_STATE_ENUM(name, word) CASE_##name,
	CASE_STATES(CASE_STATE_ENUM)
#undef CASE_STATE_ENUM
		CASE_STATES_N
};

#define CASE_EVENTS(X)                                                                                       \
	X(EVIDENCE, "evidence complete")                                                                     \
	X(GRANT, "grant")                                                                                    \
	X(RESETS_MORE, "MAC seen, resets + 1")                                                               \
	X(RESETS_SAME, "MAC seen, resets the same")                                                          \
	X(GRANT_OVER, "time of the grant over")                                                              \
	X(CANCEL, "cancel, new reservation")                                                                 \
	X(TIME_OVER, "time over")                                                                            \
	X(REFUSE, "operator refuses")

enum case_event {
#define CASE_EVENT_ENUM(name, word) CASE_EV_##name,
	CASE_EVENTS(CASE_EVENT_ENUM)
#undef CASE_EVENT_ENUM
		CASE_EVENTS_N
};

/* CASE_STATES_N where the table has no way. */
enum case_state case_next(enum case_state from, enum case_event event);
/* True when no event leads out of it. */
bool case_at_end(enum case_state s);

const char *case_state_word(enum case_state s);
/* CASE_STATES_N when it is none. */
enum case_state case_state_from_word(const char *word);
const char *case_event_text(enum case_event e);

#endif
