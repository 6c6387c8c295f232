/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page shows a card in one process, and the job runs in another: the text that the first one gave
 * says what the person saw, and the second stops when the card is another, or somebody else has
 * used tries meanwhile. It goes over the command line, which every user of the machine can read: no
 * number stands in it.
 */
#include "cli/cli.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <stdio.h>
#include <string.h>

#define CARD_BYTES 8

static bool add(char *ret, size_t cap, const char *text)
{
	const size_t at = strlen(ret);

	return snprintf(ret + at, cap - at, "%s", text) < (int)(cap - at);
}

/* 16 digits that stand for the card. */
static void add_card(const struct rp_card_facts *f, char *ret, size_t cap)
{
	const struct hash_part parts[] = {{"repin-expect", sizeof "repin-expect"},
					  {f->profile, strlen(f->profile) + 1},
					  {f->number, strlen(f->number)}};
	uint8_t hash[SHA256_LEN];

	hash_sha256(parts, sizeof parts / sizeof parts[0], hash);
	(void)hex_of(hash, CARD_BYTES, ret, cap);
}

bool expect_text(const struct rp_card_facts *f, char ret[EXPECT_TEXT])
{
	char one[48];

	add_card(f, ret, EXPECT_TEXT);
	for (size_t i = 0; i < f->n_pins; i++) {
		const struct rp_pin_facts *p = &f->pins[i];

		if (p->tries_left == RP_TRIES_UNKNOWN)
			(void)snprintf(one, sizeof one, "%s%s=?", i > 0 ? "," : ":", rp_slot_word(p->slot));
		else
			(void)snprintf(one, sizeof one, "%s%s=%d", i > 0 ? "," : ":", rp_slot_word(p->slot),
				       p->tries_left);
		if (!add(ret, EXPECT_TEXT, one))
			return false;
	}
	return true;
}

rp_code expect_check(const char *text, const struct rp_card_facts *f, struct trouble *t)
{
	const size_t card = strspn(text, "0123456789ABCDEF");
	char now[EXPECT_TEXT];

	if (card != (size_t)CARD_BYTES * 2 || text[card] != ':')
		return trouble_say(t, RP_E_USAGE, _("'repin --help' shows how."),
				   _("The option --%s takes the key '%s' of 'repin view'."), "expect",
				   "expect");
	if (!expect_text(f, now))
		return rp_fail(&t->err, RP_E_FAULT, "the card tells too much");
	if (strncmp(now, text, card) != 0)
		return rp_fail(&t->err, RP_E_CARD_CHANGED, "this is not the card that was shown");
	if (strcmp(now, text) != 0)
		return rp_fail(&t->err, RP_E_TRIES_CHANGED, "the tries were %s and are %s", text + card + 1,
			       now + card + 1);
	return RP_OK;
}
