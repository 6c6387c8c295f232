/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger noticed of others: "two tries were used elsewhere since Tuesday". Elsewhere
 * is all that is not a job of this user's Repin: other programs, other machines, other people.
 */
#include "cli/cli.h"

#include <jansson.h>
#include <stdio.h>

void elsewhere_look(struct app *a, const struct rp_card_facts *f, struct elsewhere *ret)
{
	ret->n = 0;
	if (a->conf.ledger_off)
		return;
	if (rp_ledger_note(a->ctx, f, ret->news, &ret->n, NULL) != RP_OK)
		ret->n = 0; /* it knows nothing, and nobody's job stops for that */
}

const struct rp_ledger_news *elsewhere_of(const struct elsewhere *e, rp_slot slot)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->news[i].slot == slot)
			return &e->news[i];
	return NULL;
}

static void used_text(const struct rp_ledger_news *n, const char *name, const char *since, char *ret,
		      size_t cap)
{
	const unsigned long count = (unsigned long)n->tries;
	const char *fmt;

	if (n->kind == RP_LEDGER_LOCKED && n->unsure)
		fmt = ngettext("%s: %d try was used since %s, elsewhere or by a job here that was "
			       "interrupted; that locked it.",
			       "%s: %d tries were used since %s, elsewhere or by a job here that was "
			       "interrupted; that locked it.",
			       count);
	else if (n->kind == RP_LEDGER_LOCKED)
		fmt = ngettext("%s: %d try was used elsewhere since %s; that locked it.",
			       "%s: %d tries were used elsewhere since %s; that locked it.", count);
	else if (n->unsure)
		fmt = ngettext("%s: %d try was used since %s, elsewhere or by a job here that was "
			       "interrupted.",
			       "%s: %d tries were used since %s, elsewhere or by a job here that was "
			       "interrupted.",
			       count);
	else
		fmt = ngettext("%s: %d try was used elsewhere since %s.",
			       "%s: %d tries were used elsewhere since %s.", count);
	(void)snprintf(ret, cap, fmt, name, n->tries, since);
}

void elsewhere_sentence(const struct rp_ledger_news *n, const char *name, char *ret, size_t cap)
{
	char since[128];

	ret[0] = '\0';
	if (n->since_s > 0)
		when_long(n->since_s, since, sizeof since);
	else
		/* TRANSLATORS: instead of a date, in "used elsewhere since %s" */
		(void)snprintf(since, sizeof since, "%s", _("the last look here"));
	switch (n->kind) {
	case RP_LEDGER_USED:
	case RP_LEDGER_LOCKED:
		used_text(n, name, since, ret, cap);
		return;
	case RP_LEDGER_SET_BACK:
		(void)snprintf(ret, cap, _("%s: a right entry elsewhere has set the count back since %s."),
			       name, since);
		return;
	case RP_LEDGER_UNLOCKED:
		(void)snprintf(ret, cap, _("%s: it was unlocked elsewhere since %s."), name, since);
		return;
	case RP_LEDGER_NOTHING:
		return;
	}
}

void elsewhere_say(enum out_to to, const struct rp_ledger_news *n)
{
	char text[512];

	elsewhere_sentence(n, rp_slot_word(n->slot), text, sizeof text);
	if (text[0] != '\0')
		out_para(to, 0, text);
}

json_t *elsewhere_json(const struct rp_ledger_news *n)
{
	char since[32], until[32];

	if (n == NULL || n->kind == RP_LEDGER_NOTHING)
		return NULL;
	when_rfc3339(n->since_s, since, sizeof since);
	when_rfc3339(n->until_s, until, sizeof until);
	return json_pack("{s:s, s:i, s:o, s:o, s:b}", "kind", rp_ledger_kind_word(n->kind), "tries", n->tries,
			 "since", json_text(since), "until", json_text(until), "maybe_here", n->unsure);
}
