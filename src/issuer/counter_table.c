/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/counter_table.h"

#include "base/text.h"

#define NO APPLY_STATES_N
#define OPEN APPLY_OPEN
#define LETTER APPLY_LETTER
#define ASKED APPLY_ASKED
#define YES APPLY_ACCEPTED
#define NAY APPLY_REFUSED
#define ENDED APPLY_CANCELLED
#define OVER APPLY_EXPIRED

/* A letter goes out once; after it only an answer, entered in the sheet, leads on. */
static const enum apply_state applications[APPLY_STATES_N][APPLY_EVENTS_N] = {
	/* clang-format off */
	/*                  SHEET   SEND    ACCEPT ASK    AGREE RETURN REFUSE CANCEL TIME_OVER */
	[APPLY_OPEN]      = {OPEN,   LETTER, YES,   ASKED, NO,   NO,    NAY,   ENDED, OVER},
	[APPLY_LETTER]    = {LETTER, NO,     YES,   ASKED, NO,   NO,    NAY,   ENDED, OVER},
	[APPLY_ASKED]     = {NO,     NO,     NO,    NO,    YES,  OPEN,  NAY,   ENDED, OVER},
	[APPLY_ACCEPTED]  = {NO,     NO,     NO,    NO,    NO,   NO,    NO,    NO,    NO},
	[APPLY_REFUSED]   = {NO,     NO,     NO,    NO,    NO,   NO,    NO,    NO,    NO},
	[APPLY_CANCELLED] = {NO,     NO,     NO,    NO,    NO,   NO,    NO,    NO,    NO},
	[APPLY_EXPIRED]   = {NO,     NO,     NO,    NO,    NO,   NO,    NO,    NO,    NO},
	/* clang-format on */
};

static const char *const apply_words[APPLY_STATES_N] = {
#define APPLY_WORD(name, word) [APPLY_##name] = word,
	APPLY_STATES(APPLY_WORD)
#undef APPLY_WORD
};

enum apply_state apply_next(enum apply_state from, enum apply_event event)
{
	return from < APPLY_STATES_N && event < APPLY_EVENTS_N ? applications[from][event] : APPLY_STATES_N;
}

const char *apply_state_word(enum apply_state s)
{
	return s < APPLY_STATES_N ? apply_words[s] : "";
}

enum apply_state apply_state_from_word(const char *word)
{
	const size_t k = text_index(apply_words, APPLY_STATES_N, word);

	return (enum apply_state)k;
}

#undef NO
#define NO VISIT_STATES_N
#define FREE VISIT_FREE
#define HELD VISIT_HELD
#define CALLED VISIT_CALLED
#define BUSY VISIT_IN_PROGRESS
#define DONE VISIT_FINISHED
#define MISSED VISIT_MISSED

/* Who was missed may come back on the same day, to the place that they had. */
static const enum visit_state visits[VISIT_STATES_N][VISIT_EVENTS_N] = {
	/* clang-format off */
	/*                    HOLD  RELEASE CALL    BEGIN FINISH MISS    RETURN */
	[VISIT_FREE]        = {HELD, NO,     NO,     NO,   NO,    NO,     NO},
	[VISIT_HELD]        = {NO,   FREE,   CALLED, NO,   NO,    MISSED, NO},
	[VISIT_CALLED]      = {NO,   NO,     CALLED, BUSY, NO,    MISSED, HELD},
	[VISIT_IN_PROGRESS] = {NO,   NO,     NO,     NO,   DONE,  NO,     HELD},
	[VISIT_FINISHED]    = {NO,   NO,     NO,     NO,   NO,    NO,     NO},
	[VISIT_MISSED]      = {NO,   NO,     NO,     NO,   NO,    NO,     HELD},
	/* clang-format on */
};

static const char *const visit_words[VISIT_STATES_N] = {
#define VISIT_WORD(name, word) [VISIT_##name] = word,
	VISIT_STATES(VISIT_WORD)
#undef VISIT_WORD
};

static const char *const visit_event_words[VISIT_EVENTS_N] = {
#define VISIT_EVENT_WORD(name, word) [VISIT_EV_##name] = word,
	VISIT_EVENTS(VISIT_EVENT_WORD)
#undef VISIT_EVENT_WORD
};

enum visit_state visit_next(enum visit_state from, enum visit_event event)
{
	return from < VISIT_STATES_N && event < VISIT_EVENTS_N ? visits[from][event] : VISIT_STATES_N;
}

const char *visit_state_word(enum visit_state s)
{
	return s < VISIT_STATES_N ? visit_words[s] : "";
}

enum visit_state visit_state_from_word(const char *word)
{
	const size_t k = text_index(visit_words, VISIT_STATES_N, word);

	return (enum visit_state)k;
}

enum visit_event visit_event_from_word(const char *word)
{
	const size_t k = text_index(visit_event_words, VISIT_EVENTS_N, word);

	return (enum visit_event)k;
}
