/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine saw of a card's tries over time: of the card in the reader, or of all cards
 * that it has met; and wiping it, which asks once.
 */
#include "cli/cli.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define CARDS_MAX 256
#define ROWS_SHOWN 31 /* that is a screen */

/* --- as JSON --- */

static json_t *tries_json(int n)
{
	return n == RP_TRIES_UNKNOWN ? json_null() : json_integer(n);
}

static json_t *when_json(int64_t when_s)
{
	char when[32];

	when_rfc3339(when_s, when, sizeof when);
	return json_text(when);
}

static json_t *line_json(const char *profile, const struct rp_ledger_line *l)
{
	const bool has_result = l->why != RP_LEDGER_LOOK && l->last_s != 0;
	json_t *places = l->n_refs == 2 ? json_pack("[o, o]", tries_json(l->ref_tries[0]),
						    tries_json(l->ref_tries[1]))
					: NULL;

	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o*, s:o, s:o, s:o*}", "id",
			 rp_slot_word(l->slot), "name", words_pin(profile, l->slot), "why",
			 rp_ledger_why_word(l->why), "first", when_json(l->first_s), "last",
			 when_json(l->last_s), "state", rp_pin_state_word(l->state), "tries_left",
			 tries_json(l->tries_left), "tries_left_places", places, "result",
			 has_result ? json_text(rp_code_word(l->result)) : json_null(), "tries_spent",
			 has_result ? tries_json(l->tries_spent) : json_null(), "elsewhere",
			 elsewhere_json(&l->elsewhere));
}

static json_t *card_json(const struct rp_ledger_card *c, const struct rp_ledger_line *lines, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(
			list, line_json(c->profile, &lines[i])); /* told by its number of lines */
	if (json_array_size(list) != n) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "profile", c->profile, "tail", json_text(c->tail),
			 "first", when_json(c->first_s), "last", when_json(c->last_s), "lines", list);
}

/* --- in words --- */

static const char *who_text(enum rp_ledger_why why)
{
	switch (why) {
	case RP_LEDGER_LOOK:
		break;
	case RP_LEDGER_CHANGE:
		return _("here: change");
	case RP_LEDGER_UNLOCK:
		return _("here: unlock");
	case RP_LEDGER_VERIFY:
		return _("here: check");
	case RP_LEDGER_RESOLVE:
		return _("here: resolve");
	case RP_LEDGER_RESET:
		return _("here: reset");
	}
	return _("seen");
}

static const char *outcome_text(const struct rp_ledger_line *l)
{
	if (l->why == RP_LEDGER_LOOK)
		return "";
	if (l->last_s == 0)
		return _("it has no known end");
	if (l->result == RP_OK)
		return l->tries_spent == 0 ? _("done") : _("done; one try was spent");
	if (l->tries_spent == 0)
		return _("not done; no try was spent");
	return l->tries_spent == 1 ? _("not done; one try was spent") : _("not done; a try may be spent");
}

static void elsewhere_text(const struct rp_ledger_news *n, char *ret, size_t cap)
{
	const unsigned long count = (unsigned long)n->tries;

	switch (n->kind) {
	case RP_LEDGER_USED:
	case RP_LEDGER_LOCKED:
		(void)snprintf(ret, cap,
			       n->unsure ? ngettext("%d try was used, here or elsewhere",
						    "%d tries were used, here or elsewhere", count)
					 : ngettext("%d try was used", "%d tries were used", count),
			       n->tries);
		return;
	case RP_LEDGER_SET_BACK:
		(void)snprintf(ret, cap, "%s", _("a right entry set the count back"));
		return;
	case RP_LEDGER_UNLOCKED:
		(void)snprintf(ret, cap, "%s", _("it was unlocked"));
		return;
	case RP_LEDGER_NOTHING:
		break;
	}
	ret[0] = '\0';
}

static void add_row(struct table *t, int64_t from_s, int64_t to_s, rp_slot slot, int left, const char *who,
		    const char *what, enum style style)
{
	char from[32] = "", to[32] = "", tries[8] = "-";

	if (from_s > 0)
		when_short(from_s, from, sizeof from);
	if (to_s > 0)
		when_short(to_s, to, sizeof to);
	if (left >= 0)
		(void)snprintf(tries, sizeof tries, "%d", left);
	table_row(t);
	table_cell(t, 0, STYLE_PLAIN, from);
	table_cell(t, 1, STYLE_PLAIN, strcmp(from, to) != 0 ? to : "");
	table_cell(t, 2, STYLE_PLAIN, rp_slot_word(slot));
	table_cell(t, 3, STYLE_PLAIN, tries);
	table_cell(t, 4, style, who);
	table_cell(t, 5, style, what);
}

/* A look that shows what the line before about this PIN showed adds nothing for people. */
static bool is_new(const struct rp_ledger_line *lines, size_t at)
{
	const struct rp_ledger_line *l = &lines[at];

	if (l->why != RP_LEDGER_LOOK)
		return true;
	for (size_t i = at; i > 0; i--)
		if (lines[i - 1].slot == l->slot)
			return lines[i - 1].state != l->state || lines[i - 1].tries_left != l->tries_left;
	return true;
}

static unsigned rows_of(const struct rp_ledger_line *lines, size_t at)
{
	return (lines[at].elsewhere.kind != RP_LEDGER_NOTHING ? 1u : 0u) + (is_new(lines, at) ? 1u : 0u);
}

/* What others did stands in a row of its own, before the look or job that brought it to light. */
static void add_line(struct table *t, const struct rp_ledger_line *lines, size_t at)
{
	const struct rp_ledger_line *l = &lines[at];
	const struct rp_ledger_news *n = &l->elsewhere;
	char what[128];

	if (n->kind != RP_LEDGER_NOTHING) {
		elsewhere_text(n, what, sizeof what);
		add_row(t, n->since_s, n->until_s, l->slot, l->tries_left, _("elsewhere"), what,
			n->kind == RP_LEDGER_USED || n->kind == RP_LEDGER_LOCKED ? STYLE_CARE : STYLE_GOOD);
	}
	if (is_new(lines, at))
		add_row(t, l->first_s, l->last_s, l->slot, l->tries_left, who_text(l->why), outcome_text(l),
			STYLE_PLAIN);
}

static rp_code show_lines(const struct rp_ledger_line *lines, size_t n, struct trouble *t)
{
	RP_AUTO(table_free) struct table table = {0};
	const char *const heads[] = {_("From"),	      _("To"),	_("PIN"),
				     _("Tries left"), _("Who"), _("What happened")};
	size_t rows = 0, first = n;

	while (first > 0 && rows + rows_of(lines, first - 1) <= ROWS_SHOWN)
		rows += rows_of(lines, --first);
	table_row(&table);
	for (size_t c = 0; c < sizeof heads / sizeof heads[0]; c++)
		table_cell(&table, c, STYLE_HEAD, heads[c]);
	for (size_t i = first; i < n; i++)
		add_line(&table, lines, i);
	if (!table_show(&table, OUT_RESULT, 0))
		return rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the table");
	if (first > 0)
		out_parf(OUT_RESULT, 0,
			 ngettext("%zu older line is not shown here; --json has them all.",
				  "%zu older lines are not shown here; --json has them all.", first),
			 first);
	return RP_OK;
}

static rp_code show_card(struct app *a, const struct rp_ledger_card *c, json_t *list, struct trouble *t)
{
	static struct rp_ledger_line lines[RP_LEDGER_LINES_MAX];
	size_t n = 0;
	rp_code rc = rp_ledger_list(a->ctx, c->card, lines, RP_LEDGER_LINES_MAX, &n, &t->err);

	if (rc != RP_OK)
		return rc;
	if (!a->o.json)
		return show_lines(lines, n, t);
	return json_array_append_new(list, card_json(c, lines, n)) == 0
		       ? RP_OK
		       : rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the answer");
}

static void say_tail(const struct rp_ledger_card *c)
{
	if (c->tail[0] != '\0')
		out_parf(OUT_RESULT, 0, _("%s, its number ends in %s"), words_family(c->profile), c->tail);
	else
		out_para(OUT_RESULT, 0, words_family(c->profile));
}

/* --- showing --- */

static rp_code show_cards(struct app *a, const struct rp_ledger_card *cards, size_t n, struct trouble *t)
{
	json_t *list = a->o.json ? json_array() : NULL;
	rp_code rc = RP_OK;

	for (size_t i = 0; i < n && rc == RP_OK; i++) {
		if (a->o.all && !a->o.json && i > 0)
			out_gap(OUT_RESULT);
		if (a->o.all && !a->o.json)
			say_tail(&cards[i]);
		rc = show_card(a, &cards[i], list, t);
	}
	if (rc == RP_OK && a->o.json)
		return json_show(json_pack("{s:s, s:o}", "ledger", "on", "cards", list), t);
	json_decref(list);
	return rc;
}

static rp_code show_off(struct app *a, struct trouble *t)
{
	static struct rp_ledger_card kept[CARDS_MAX];
	size_t n = 0;
	rp_code rc = rp_ledger_cards(a->ctx, NULL, kept, CARDS_MAX, &n, &t->err);

	if (rc != RP_OK)
		return rc;
	if (a->o.json)
		return json_show(json_pack("{s:s, s:[], s:i}", "ledger", "off", "cards", "kept", (int)n), t);
	out_parf(OUT_RESULT, 0, _("The ledger is switched off in %s: nothing is noted or read."),
		 a->conf.path);
	if (n > 0)
		out_parf(OUT_RESULT, 0,
			 ngettext("What it noted before of %zu card is still kept. 'repin ledger --wipe "
				  "--all' removes it.",
				  "What it noted before of %zu cards is still kept. 'repin ledger --wipe "
				  "--all' removes it.",
				  n),
			 n);
	return RP_OK;
}

static rp_code show_all(struct app *a, struct trouble *t)
{
	static struct rp_ledger_card cards[CARDS_MAX];
	size_t n = 0;
	rp_code rc = rp_ledger_cards(a->ctx, NULL, cards, CARDS_MAX, &n, &t->err);

	if (rc != RP_OK)
		return rc;
	if (n == 0 && !a->o.json)
		out_para(OUT_RESULT, 0, _("Nothing is noted of any card."));
	return show_cards(a, cards, n, t);
}

/* Without a card there is still what was noted of others. */
static rp_code no_card(rp_code rc, struct trouble *t)
{
	char next[sizeof t->next];

	t->err.code = rc;
	if (rc != RP_E_NO_CARD && rc != RP_E_NO_READER && rc != RP_E_NO_SERVICE)
		return rc;
	trouble_explain(t);
	(void)snprintf(next, sizeof next, "%s%s%s", t->next, t->next[0] != '\0' ? " " : "",
		       _("'repin ledger --all' shows what is noted of all cards, without a card."));
	(void)snprintf(t->next, sizeof t->next, "%s", next);
	return rc;
}

static rp_code read_card(struct app *a, unsigned what, rp_card **ret, struct rp_card_facts *ret_facts,
			 struct trouble *t)
{
	rp_code rc = app_look(a, what | RP_READ_CARD | RP_READ_ONCE, ret, ret_facts, t);

	t->profile = ret_facts->profile;
	return rc == RP_OK ? RP_OK : no_card(rc, t);
}

static rp_code show_one(struct app *a, struct trouble *t)
{
	__attribute__((cleanup(app_card_freep))) rp_card *card = NULL;
	struct rp_card_facts facts = {0};
	struct rp_ledger_card known;
	struct elsewhere ignored;
	size_t n = 0;
	rp_code rc = read_card(a, RP_READ_PINS, &card, &facts, t);

	if (rc != RP_OK)
		return rc;
	elsewhere_look(a, &facts, &ignored);
	rc = rp_ledger_cards(a->ctx, &facts, &known, 1, &n, &t->err);
	if (rc != RP_OK)
		return rc;
	if (!a->o.json) {
		say_card(OUT_RESULT, rp_card_reader(card), &facts);
		out_gap(OUT_RESULT);
	}
	if (facts.number[0] == '\0' && !a->o.json)
		out_para(OUT_RESULT, 0,
			 _("This card does not tell its number, so it cannot be known again, and nothing is "
			   "noted of it."));
	else if (n == 0 && !a->o.json)
		out_para(OUT_RESULT, 0, _("Nothing is noted of this card."));
	return show_cards(a, &known, n, t);
}

/* --- wiping --- */

static rp_code agree(struct app *a, struct trouble *t)
{
	RP_AUTO(job_free) struct job j = {.a = a, .tty = -1};
	bool agreed = a->o.yes;
	rp_code rc;

	if (agreed)
		return RP_OK;
	if (prompt_open(&j.tty, t) != RP_OK)
		return trouble_say(t, RP_E_USAGE,
				   _("Add --yes if what is noted shall be wiped without being asked."),
				   _("There is no terminal to ask on; nothing was wiped."));
	out_talk_on(j.tty);
	rc = job_agrees(&j,
			a->o.all ? _("Wipe what this machine has noted of all cards? Type 'yes' to go on, "
				     "anything else stops:")
				 : _("Wipe what this machine has noted of this card? Type 'yes' to go on, "
				     "anything else stops:"),
			&agreed, t);
	if (rc == RP_OK && !agreed)
		rc = trouble_say(t, RP_E_CANCELLED, NULL, _("Nothing was wiped."));
	return rc;
}

static rp_code wipe(struct app *a, const char *card, struct trouble *t)
{
	size_t n = 0;
	rp_code rc = agree(a, t);

	if (rc == RP_OK)
		rc = rp_ledger_wipe(a->ctx, card, &n, &t->err);
	if (rc != RP_OK)
		return rc;
	if (a->o.json)
		return json_show(json_pack("{s:i}", "wiped", (int)n), t);
	out_parf(OUT_RESULT, 0,
		 ngettext("What was noted of %zu card is wiped.", "What was noted of %zu cards is wiped.", n),
		 n);
	return RP_OK;
}

static rp_code wipe_one(struct app *a, struct trouble *t)
{
	__attribute__((cleanup(app_card_freep))) rp_card *card = NULL;
	struct rp_card_facts facts = {0};
	struct rp_ledger_card known;
	size_t n = 0;
	rp_code rc = read_card(a, 0, &card, &facts, t);

	if (rc == RP_OK)
		rc = rp_ledger_cards(a->ctx, &facts, &known, 1, &n, &t->err);
	if (rc != RP_OK)
		return rc;
	/* People want to see which card they are asked about. */
	if (!a->o.json) {
		say_card(OUT_RESULT, rp_card_reader(card), &facts);
		out_gap(OUT_RESULT);
	}
	if (n > 0)
		return wipe(a, known.card, t);
	if (a->o.json)
		return json_show(json_pack("{s:i}", "wiped", 0), t);
	out_para(OUT_RESULT, 0, _("Nothing is noted of this card."));
	return RP_OK;
}

static rp_code check_line(const struct app *a, struct trouble *t)
{
	if (a->o.n_args > 0)
		return trouble_say(t, RP_E_USAGE, _("'repin --help' shows how."),
				   _("'%s' takes no further words."), a->o.command);
	if (a->o.yes && !a->o.wipe)
		return trouble_say(t, RP_E_USAGE, _("'repin --help' shows how."),
				   _("The option --%s goes with --wipe alone."), "yes");
	if (a->o.all && a->o.reader != NULL)
		return trouble_say(t, RP_E_USAGE, _("'repin --help' shows how."),
				   _("The option --%s does not go with '%s'."), "reader", "--all");
	return RP_OK;
}

rp_code cmd_ledger(struct app *a, struct trouble *t)
{
	rp_code rc = check_line(a, t);

	if (rc == RP_OK)
		rc = app_ctx(a, t);
	if (rc == RP_OK) {
		rc = app_notes(a, &t->err);
		if (rc == RP_E_JOURNAL)
			return trouble_say(t, rc, _("'repin doctor' tells more."),
					   _("The place of this machine's notes cannot be used."));
	}
	if (rc != RP_OK)
		return rc;
	if (a->o.wipe)
		return a->o.all ? wipe(a, NULL, t) : wipe_one(a, t);
	if (a->conf.ledger_off)
		return show_off(a, t);
	return a->o.all ? show_all(a, t) : show_one(a, t);
}
