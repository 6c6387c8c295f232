/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page shows a card in one process, and the job runs in another: the text that the first one gave says what
 * the person saw, and the second stops when the card is another, or somebody else has used tries meanwhile.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static bool add(char *ret, size_t cap, const char *text)
{
	const size_t at = strlen(ret);

	return snprintf(ret + at, cap - at, "%s", text) < (int)(cap - at);
}

bool expect_text(const struct rp_card_facts *f, char *ret, size_t cap)
{
	char one[48];

	ret[0] = '\0';
	if (!add(ret, cap, f->number) || !add(ret, cap, ":"))
		return false;
	for (size_t i = 0; i < f->n_pins; i++) {
		const struct rp_pin_facts *p = &f->pins[i];

		if (p->tries_left == RP_TRIES_UNKNOWN)
			(void)snprintf(one, sizeof one, "%s%s=?", i > 0 ? "," : "", rp_slot_word(p->slot));
		else
			(void)snprintf(one, sizeof one, "%s%s=%d", i > 0 ? "," : "", rp_slot_word(p->slot),
				       p->tries_left);
		if (!add(ret, cap, one))
			return false;
	}
	return true;
}

rp_code expect_check(const char *text, const struct rp_card_facts *f, struct rp_error *err)
{
	char now[512];
	const char *tries = strrchr(text, ':');
	const size_t number = tries != NULL ? (size_t)(tries - text) : 0;

	if (tries == NULL)
		return rp_fail(err, RP_E_USAGE, "--expect takes the 'expect' of 'repin view'");
	if (!expect_text(f, now, sizeof now))
		return rp_fail(err, RP_E_FAULT, "the card tells too much");
	if (strlen(f->number) != number || strncmp(f->number, text, number) != 0)
		return rp_fail(err, RP_E_CARD_CHANGED, "the card has another number than the one that was shown");
	if (strcmp(now, text) != 0)
		return rp_fail(err, RP_E_TRIES_CHANGED, "the tries were %s and are %s", tries + 1,
			       strrchr(now, ':') + 1);
	return RP_OK;
}
