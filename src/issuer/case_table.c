/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/case_table.h"

#include "base/text.h"

#define NO CASE_STATES_N
#define READY CASE_READY
#define GRANT CASE_GRANTED
#define DONE CASE_DONE
#define FAIL CASE_FAILED
#define UNKNOWN CASE_UNKNOWN
#define ENDED CASE_CANCELLED
#define OVER CASE_EXPIRED
#define NAY CASE_REFUSED

/*
 * A done case ends; a failed or unknown one may be granted again, and is settled whenever the card's MAC is
 * seen. Source: docs/server.md, "States of a case"; design paper, section 7.
 */
static const enum case_state table[CASE_STATES_N][CASE_EVENTS_N] = {
	/* clang-format off */
	/*                 EVIDENCE  GRANT  MORE  SAME  GRANT_OVER  CANCEL  TIME_OVER  REFUSE */
	[CASE_OPEN]      = {READY,    NO,    NO,   NO,   NO,         ENDED,  OVER,      NAY},
	[CASE_READY]     = {NO,       GRANT, NO,   NO,   NO,         ENDED,  OVER,      NAY},
	[CASE_GRANTED]   = {NO,       NO,    DONE, FAIL, UNKNOWN,    NO,     NO,        NO},
	[CASE_DONE]      = {NO,       NO,    NO,   NO,   NO,         NO,     NO,        NO},
	[CASE_FAILED]    = {NO,       GRANT, NO,   NO,   NO,         NO,     NO,        NO},
	[CASE_UNKNOWN]   = {NO,       GRANT, DONE, FAIL, NO,         NO,     NO,        NO},
	[CASE_CANCELLED] = {NO,       NO,    NO,   NO,   NO,         NO,     NO,        NO},
	[CASE_EXPIRED]   = {NO,       NO,    NO,   NO,   NO,         NO,     NO,        NO},
	[CASE_REFUSED]   = {NO,       NO,    NO,   NO,   NO,         NO,     NO,        NO},
	/* clang-format on */
};

static const char *const state_words[CASE_STATES_N] = {
#define STATE_WORD(name, word) [CASE_##name] = word,
	CASE_STATES(STATE_WORD)
#undef STATE_WORD
};

static const char *const event_texts[CASE_EVENTS_N] = {
#define EVENT_TEXT(name, text) [CASE_EV_##name] = text,
	CASE_EVENTS(EVENT_TEXT)
#undef EVENT_TEXT
};

enum case_state case_next(enum case_state from, enum case_event event)
{
	return from < CASE_STATES_N && event < CASE_EVENTS_N ? table[from][event] : NO;
}

bool case_at_end(enum case_state s)
{
	for (enum case_event e = 0; e < CASE_EVENTS_N; e++)
		if (case_next(s, e) != NO)
			return false;
	return true;
}

const char *case_state_word(enum case_state s)
{
	return s < CASE_STATES_N ? state_words[s] : "";
}

enum case_state case_state_from_word(const char *word)
{
	const size_t k = text_index(state_words, CASE_STATES_N, word);

	return (enum case_state)k;
}

const char *case_event_text(enum case_event e)
{
	return e < CASE_EVENTS_N ? event_texts[e] : "";
}
