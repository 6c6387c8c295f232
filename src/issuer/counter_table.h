/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of an application at a counter, and of a place in its queue, with what moves them: two full
 * const tables. Pure. docs/server.md, "The counter".
 */
#ifndef REPIN_ISSUER_COUNTER_TABLE_H
#define REPIN_ISSUER_COUNTER_TABLE_H

/* X(name, word) */
#define APPLY_STATES(X)                                                                                      \
	X(OPEN, "open")                                                                                      \
	X(LETTER, "letter") /* an agent's first visit is over: the holder is asked by letter */              \
	X(ASKED, "asked")   /* accepted by one clerk; the office asks for a second */                        \
	X(ACCEPTED, "accepted")                                                                              \
	X(REFUSED, "refused")                                                                                \
	X(CANCELLED, "cancelled")                                                                            \
	X(EXPIRED, "expired")

enum apply_state {
#define APPLY_STATE_ENUM(name, word) APPLY_##name,
	APPLY_STATES(APPLY_STATE_ENUM)
#undef APPLY_STATE_ENUM
		APPLY_STATES_N
};

enum apply_event {
	APPLY_EV_SHEET, /* facts and documents are entered */
	APPLY_EV_SEND,	/* the inquiry letter */
	APPLY_EV_ACCEPT,
	APPLY_EV_ASK,	 /* accepted, and a second person is to agree */
	APPLY_EV_AGREE,	 /* that person does */
	APPLY_EV_RETURN, /* or does not: the sheet is open again */
	APPLY_EV_REFUSE,
	APPLY_EV_CANCEL, /* by who applies */
	APPLY_EV_TIME_OVER,
	APPLY_EVENTS_N
};

/* APPLY_STATES_N where the table has no way. */
enum apply_state apply_next(enum apply_state from, enum apply_event event);
const char *apply_state_word(enum apply_state s);
/* APPLY_STATES_N when it is none. */
enum apply_state apply_state_from_word(const char *word);

#define VISIT_STATES(X)                                                                                      \
	X(FREE, "free") /* a time that can be booked */                                                      \
	X(HELD, "held") /* somebody waits, or has booked */                                                  \
	X(CALLED, "called")                                                                                  \
	X(IN_PROGRESS, "in-progress")                                                                        \
	X(FINISHED, "finished")                                                                              \
	X(MISSED, "missed")

enum visit_state {
#define VISIT_STATE_ENUM(name, word) VISIT_##name,
	VISIT_STATES(VISIT_STATE_ENUM)
#undef VISIT_STATE_ENUM
		VISIT_STATES_N
};

/* X(name, word); the words are those of the API. */
#define VISIT_EVENTS(X)                                                                                      \
	X(HOLD, "hold")                                                                                      \
	X(RELEASE, "release") /* a booking is given back */                                                  \
	X(CALL, "call")                                                                                      \
	X(BEGIN, "begin")                                                                                    \
	X(FINISH, "finish")                                                                                  \
	X(MISS, "miss") /* called, and nobody came */                                                        \
	X(RETURN, "return")

enum visit_event {
#define VISIT_EVENT_ENUM(name, word) VISIT_EV_##name,
	VISIT_EVENTS(VISIT_EVENT_ENUM)
#undef VISIT_EVENT_ENUM
		VISIT_EVENTS_N
};

/* VISIT_STATES_N where the table has no way. */
enum visit_state visit_next(enum visit_state from, enum visit_event event);
const char *visit_state_word(enum visit_state s);
enum visit_state visit_state_from_word(const char *word);
/* VISIT_EVENTS_N when it is none. */
enum visit_event visit_event_from_word(const char *word);

#endif
