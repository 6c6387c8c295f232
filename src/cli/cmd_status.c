/* SPDX-License-Identifier: Apache-2.0 */
/* Every PIN of the card: state, tries left of how many, and the next step where one is needed. */
#include "cli/way.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static rp_code wanted_slots(const struct app *a, rp_slot *ret, bool *ret_hidden, struct trouble *t)
{
	for (size_t i = 0; i < a->o.n_args; i++) {
		ret[i] = rp_slot_from_word(a->o.args[i]);
		if (ret[i] == RP_SLOT_NONE)
			return trouble_say(t, RP_E_SLOT_UNKNOWN,
					   _("'repin status' without a name shows all PINs of the card."),
					   _("No card has a PIN with the name '%s'."), a->o.args[i]);
		if (ret[i] == RP_SLOT_CODE_A || ret[i] == RP_SLOT_CODE_B)
			*ret_hidden = true;
	}
	return RP_OK;
}

static bool is_among(const struct rp_pin_facts *pins, size_t n, rp_slot slot)
{
	for (size_t i = 0; i < n; i++)
		if (pins[i].slot == slot)
			return true;
	return false;
}

/* Keeps the named slots, in that order; one that the issuer alone knows is shown as unknown. */
static rp_code choose(struct rp_card_facts *f, const rp_slot *wanted, size_t n, struct trouble *t)
{
	struct rp_pin_facts kept[RP_PINS_MAX];
	size_t n_kept = 0;
	char slots[128];

	for (size_t i = 0; i < n && n_kept < RP_PINS_MAX; i++) {
		const struct rp_pin_facts *pin = facts_pin(f, wanted[i]);
		struct rp_pin_info info;

		if (is_among(kept, n_kept, wanted[i]))
			continue;
		if (pin != NULL) {
			kept[n_kept++] = *pin;
			continue;
		}
		if (!rp_pin_info(f->profile, wanted[i], &info)) {
			words_slots(f->profile, slots, sizeof slots);
			t->err.slot = wanted[i];
			return trouble_say(t, RP_E_SLOT_UNKNOWN, NULL,
					   _("This card (%s) has no PIN with the name '%s'. It has: %s."),
					   words_family(f->profile), rp_slot_word(wanted[i]), slots);
		}
		kept[n_kept++] = (struct rp_pin_facts){.slot = wanted[i],
						       .state = RP_PIN_UNKNOWN,
						       .tries_left = RP_TRIES_UNKNOWN,
						       .tries_max = info.tries_max,
						       .n_refs = 1};
	}
	for (size_t i = 0; i < n_kept; i++)
		f->pins[i] = kept[i];
	f->n_pins = n_kept;
	return RP_OK;
}

/* NULL when there is none: the key is left out then. */
static json_t *cut_json(const struct rp_intent *in, size_t n)
{
	json_t *list = n > 0 ? json_array() : NULL;

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(
			list, /* a failed list fails in json_pack */
			json_pack("{s:s, s:s, s:s}", "id", in[i].id, "slot", rp_slot_word(in[i].slot),
				  "answer", in[i].running ? "running" : rp_answer_word(in[i].answer)));
	return list;
}

static json_t *pin_json(const struct rp_pin_facts *p, const struct noted *n)
{
	json_t *pin = json_pin(p), *elsewhere = elsewhere_json(elsewhere_of(&n->elsewhere, p->slot));

	if (elsewhere != NULL && json_object_set_new(pin, "elsewhere", elsewhere) != 0) {
		json_decref(pin);
		return NULL;
	}
	return pin;
}

static rp_code show_json(const char *reader, const struct rp_card_facts *f, const struct noted *n,
			 struct trouble *t)
{
	json_t *pins = json_array();

	for (size_t i = 0; i < f->n_pins; i++)
		if (json_array_append_new(pins, pin_json(&f->pins[i], n)) != 0) {
			json_decref(pins);
			return rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the answer");
		}
	return json_show(json_pack("{s:o, s:o, s:o, s:I, s:I, s:o*}", "reader", json_text(reader), "card",
				   json_card(f), "pins", pins, "apdus", (json_int_t)f->apdus_pins,
				   "apdus_card", (json_int_t)f->apdus_card, "cut",
				   cut_json(n->cut, n->n_cut)),
			 t);
}

static rp_code show_table(const struct rp_card_facts *f, struct trouble *t)
{
	RP_AUTO(table_free) struct table table = {0};
	const char *const heads[] = {_("PIN"), _("Name"), _("State"), _("Tries left"), _("Format")};
	char text[128];

	table_row(&table);
	for (size_t c = 0; c < sizeof heads / sizeof heads[0]; c++)
		table_cell(&table, c, STYLE_HEAD, heads[c]);
	for (size_t i = 0; i < f->n_pins; i++) {
		const struct rp_pin_facts *pin = &f->pins[i];
		struct rp_pin_info info = {0};

		if (!rp_pin_info(f->profile, pin->slot, &info))
			info.len_max = 0; /* no rules known: the column shows that */
		table_row(&table);
		table_cell(&table, 0, STYLE_PLAIN, rp_slot_word(pin->slot));
		table_cell(&table, 1, STYLE_PLAIN, words_pin(f->profile, pin->slot));
		table_cell(&table, 2, words_style(pin), words_state(pin));
		words_tries(pin, text, sizeof text);
		table_cell(&table, 3, words_style(pin), text);
		words_format(&info, text, sizeof text);
		table_cell(&table, 4, STYLE_PLAIN, text);
	}
	if (!table_show(&table, OUT_RESULT, 0))
		return rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the table");
	return RP_OK;
}

/* What to do about each PIN; "" where it is as it should be. */
typedef char advice_text[768];

static void advise(const struct rp_card_facts *f, const struct rp_pin_facts *pin, advice_text ret)
{
	const char *unknown = text_state_unknown(f->profile, pin->slot);
	struct way way;

	ret[0] = '\0';
	if (pin->state == RP_PIN_UNKNOWN && unknown != NULL)
		(void)snprintf(ret, sizeof(advice_text), "%s", unknown);
	if (pin->state == RP_PIN_UNKNOWN || (pin->state == RP_PIN_READY && pin->tries_left != 1))
		return;
	if (way_back(f, pin->slot, false, &way))
		(void)snprintf(ret, sizeof(advice_text), "%s", way.text);
}

static void say_note(const struct rp_pin_facts *pin)
{
	const char *name = rp_slot_word(pin->slot);

	if (pin->state == RP_PIN_READY && pin->tries_left == 1)
		out_parf(OUT_RESULT, 0, _("%s: one more wrong entry locks it. Do not guess."), name);
	else if (pin->state == RP_PIN_READY && pin->tries_left >= 0 && pin->tries_left < pin->tries_max)
		out_parf(OUT_RESULT, 0,
			 ngettext("%s: %d wrong entry was made since the last right one, here or in another "
				  "program. A right entry sets the count back.",
				  "%s: %d wrong entries were made since the last right one, here or in "
				  "another program. A right entry sets the count back.",
				  (unsigned long)(pin->tries_max - pin->tries_left)),
			 name, pin->tries_max - pin->tries_left);
	if (pin->n_refs == 2 && pin->ref_tries[0] != pin->ref_tries[1])
		out_parf(OUT_RESULT, 0,
			 _("%s: the card keeps this PIN in two places, and their tries differ: %d and %d. "
			   "The lower number counts."),
			 name, pin->ref_tries[0], pin->ref_tries[1]);
	if (pin->verified)
		out_parf(OUT_RESULT, 0, _("%s: another program is logged in with this PIN at this moment."),
			 name);
}

/* The names of this PIN and of the later ones that need the same step. */
static void name_all(const struct rp_card_facts *f, const advice_text *advice, size_t first, char *ret,
		     size_t cap)
{
	size_t at = 0;

	ret[0] = '\0';
	for (size_t i = first; i < f->n_pins; i++) {
		int n;

		if (strcmp(advice[i], advice[first]) != 0)
			continue;
		n = snprintf(ret + at, cap - at, "%s%s", at > 0 ? ", " : "", rp_slot_word(f->pins[i].slot));
		if (n < 0 || (size_t)n >= cap - at)
			return;
		at += (size_t)n;
	}
}

/* What to do, once for all PINs that need the same. */
static void say_advice(const struct rp_card_facts *f, const advice_text *advice, size_t i)
{
	const char *tool = text_no_unlock(f->profile, f->pins[i].slot);
	char names[128];

	if (advice[i][0] == '\0')
		return;
	for (size_t before = 0; before < i; before++)
		if (strcmp(advice[before], advice[i]) == 0)
			return;
	name_all(f, advice, i, names, sizeof names);
	out_parf(OUT_RESULT, 0, "%s: %s", names, advice[i]);
	/* Where the card keeps silent, its issuer's own tools are the way. */
	if (f->pins[i].state == RP_PIN_UNKNOWN && tool != NULL)
		out_para(OUT_RESULT, 4, tool);
}

static rp_code show(const char *reader, const struct rp_card_facts *f, const struct noted *n,
		    struct trouble *t)
{
	static advice_text advice[RP_PINS_MAX]; /* too large for the stack */
	bool advised = false;
	rp_code rc;

	say_card(OUT_RESULT, reader, f);
	out_gap(OUT_RESULT);
	rc = show_table(f, t);
	if (rc != RP_OK)
		return rc;
	out_gap(OUT_RESULT);
	for (size_t i = 0; i < f->n_pins; i++) {
		advise(f, &f->pins[i], advice[i]);
		advised = advised || advice[i][0] != '\0';
	}
	for (size_t i = 0; i < f->n_pins; i++) {
		const struct rp_ledger_news *news = elsewhere_of(&n->elsewhere, f->pins[i].slot);

		say_note(&f->pins[i]);
		if (news != NULL)
			elsewhere_say(OUT_RESULT, news);
		say_advice(f, (const advice_text *)advice, i);
	}
	for (size_t i = 0; i < n->n_cut; i++) {
		resolve_say_cut(&n->cut[i]);
		out_para(OUT_RESULT, 4, _("Which PIN is valid now, 'repin resolve' finds out."));
	}
	if (advised)
		out_para(OUT_RESULT, 0, _("'repin doors' shows every way back, step by step."));
	out_para(OUT_RESULT, 0, _("Looking spent no try."));
	return RP_OK;
}

rp_code cmd_status(struct app *a, struct trouble *t)
{
	__attribute__((cleanup(app_card_freep))) rp_card *card = NULL;
	struct rp_card_facts facts = {0};
	static struct noted noted; /* large */
	rp_slot wanted[OPTS_ARGS_MAX];
	bool hidden = false;
	rp_code rc = wanted_slots(a, wanted, &hidden, t);

	if (rc == RP_OK)
		rc = app_look(a, RP_READ_PINS | RP_READ_CARD | RP_READ_ONCE | (hidden ? RP_READ_HIDDEN : 0u),
			      &card, &facts, t);
	t->profile = facts.profile;
	if (rc == RP_OK)
		noted_read(a, &facts, &noted);
	if (rc == RP_OK && a->o.n_args > 0)
		rc = choose(&facts, wanted, a->o.n_args, t);
	if (rc != RP_OK)
		return rc;
	if (a->o.json)
		return show_json(rp_card_reader(card), &facts, &noted, t);
	out_hold();
	rc = show(rp_card_reader(card), &facts, &noted, t);
	out_release();
	return rc;
}
