/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/revoke_table.h"

#include "base/text.h"

#define NO REVOKE_STATES_N
#define APPR REVOKE_APPROVED
#define SENT REVOKE_SENT
#define CONF REVOKE_CONFIRMED
#define NAY REVOKE_REFUSED
#define BACK REVOKE_WITHDRAWN

/* Nothing leads back from sent: the CA may have revoked it already. Source: docs/server.md, "A dead card". */
static const enum revoke_state table[REVOKE_STATES_N][REVOKE_EVENTS_N] = {
	/* clang-format off */
	/*                     APPROVE  WITHDRAW  SEND  CONFIRM  REFUSE */
	[REVOKE_ASKED]     = {APPR,    BACK,     NO,   NO,      NO},
	[REVOKE_APPROVED]  = {NO,      BACK,     SENT, NO,      NO},
	[REVOKE_SENT]      = {NO,      NO,       SENT, CONF,    NAY},
	[REVOKE_CONFIRMED] = {NO,      NO,       NO,   NO,      NO},
	[REVOKE_REFUSED]   = {NO,      NO,       NO,   NO,      NO},
	[REVOKE_WITHDRAWN] = {NO,      NO,       NO,   NO,      NO},
	/* clang-format on */
};

static const char *const words[REVOKE_STATES_N] = {
#define STATE_WORD(name, word) [REVOKE_##name] = word,
	REVOKE_STATES(STATE_WORD)
#undef STATE_WORD
};

enum revoke_state revoke_next(enum revoke_state from, enum revoke_event event)
{
	return from < REVOKE_STATES_N && event < REVOKE_EVENTS_N ? table[from][event] : NO;
}

const char *revoke_state_word(enum revoke_state s)
{
	return s < REVOKE_STATES_N ? words[s] : "";
}

enum revoke_state revoke_state_from_word(const char *word)
{
	const size_t k = text_index(words, REVOKE_STATES_N, word);

	return (enum revoke_state)k;
}
