/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner's answer for people: the one door to take on top with its steps, what each step
 * puts at stake, then what is good to know, the other doors that are open, and those that are
 * shut with the reason. PINs that have the same answer are shown together.
 */
#include "cli/doors.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define STEP_INDENT 4

static bool head(const char *text)
{
	RP_AUTO(table_free) struct table t = {0};

	table_row(&t);
	table_cell(&t, 0, STYLE_HEAD, text);
	return table_show(&t, OUT_RESULT, 0);
}

/* --- which PINs --- */

/* Would the same words follow? The PINs' own states stand above them. */
static bool same_doors(const struct doors_door *a, size_t n_a, const struct doors_door *b, size_t n_b)
{
	for (size_t i = 0; n_a == n_b && i < n_a; i++)
		if (a[i].id != b[i].id || a[i].reason != b[i].reason)
			return false;
	return n_a == n_b;
}

static bool same_answer(const struct doors_out *a, const struct doors_out *b)
{
	if (a->recommended.id != b->recommended.id || a->why != b->why || a->n_steps != b->n_steps ||
	    a->n_traps != b->n_traps)
		return false;
	for (size_t i = 0; i < a->n_steps; i++)
		if (a->steps[i].id != b->steps[i].id || a->steps[i].slot != b->steps[i].slot)
			return false;
	for (size_t i = 0; i < a->n_traps; i++)
		if (a->traps[i] != b->traps[i])
			return false;
	return same_doors(a->open, a->n_open, b->open, b->n_open) &&
	       same_doors(a->shut, a->n_shut, b->shut, b->n_shut);
}

static void add_pin(const struct inquiry *q, rp_slot slot, struct table *t)
{
	const struct rp_pin_facts *told = q->reader != NULL ? facts_pin(&q->facts, slot) : NULL;
	struct rp_pin_facts pin = {.tries_left = RP_TRIES_UNKNOWN, .tries_max = RP_TRIES_UNKNOWN};
	char tries[32];

	if (told != NULL)
		pin = *told;
	table_row(t);
	table_cell(t, 0, STYLE_HEAD, rp_slot_word(slot));
	table_cell(t, 1, STYLE_PLAIN, words_pin(q->facts.profile, slot));
	table_cell(t, 2, words_style(&pin), words_state(&pin));
	words_tries(&pin, tries, sizeof tries);
	table_cell(t, 3, words_style(&pin), tries);
}

void doors_show_pins(const struct inquiry *q, enum out_to to)
{
	RP_AUTO(table_free) struct table t = {0};

	for (size_t i = 0; i < q->n; i++)
		add_pin(q, q->slots[i], &t);
	(void)table_show(&t, to, 0);
}

/* This PIN and the later ones with the same answer. */
static bool say_pins(const struct inquiry *q, const struct plan *plans, size_t first)
{
	RP_AUTO(table_free) struct table t = {0};

	for (size_t i = first; i < q->n; i++)
		if (same_answer(&plans[first].out, &plans[i].out))
			add_pin(q, q->slots[i], &t);
	return table_show(&t, OUT_RESULT, 0);
}

/* --- one door, with its steps --- */

/* What the entry of a step costs, and what hangs on it. */
static void say_stake(const struct inquiry *q, const struct doors_step *s)
{
	const char *name = words_pin(q->facts.profile, s->slot);

	if (s->at_stake == 0)
		return;
	if (s->other_card)
		out_para(OUT_RESULT, STEP_INDENT,
			 _("Costs no try when right, one of that card's when wrong."));
	else if (s->tries_left == RP_TRIES_UNKNOWN)
		out_parf(OUT_RESULT, STEP_INDENT,
			 _("Costs no try when right, one when wrong; how many are left is not told here: "
			   "%s."),
			 name);
	else
		out_parf(OUT_RESULT, STEP_INDENT,
			 _("Costs no try when right, one of the %d left when wrong: %s."), s->tries_left,
			 name);
	if (s->last_try)
		out_para(OUT_RESULT, STEP_INDENT,
			 _("This is the LAST try: type it only when it is certain."));
	if (s->last_way)
		out_para(OUT_RESULT, STEP_INDENT, _("When it locks, nothing but a new card is left."));
}

static void say_steps(const struct inquiry *q, const struct doors_out *out)
{
	char number[8];

	for (size_t i = 0; i < out->n_steps; i++) {
		(void)snprintf(number, sizeof number, "%2zu.", i + 1);
		out_item(OUT_RESULT, STEP_INDENT, number, _(doors_step_text(out->steps[i].id)));
		say_stake(q, &out->steps[i]);
	}
}

/* Labels and what stands behind them, in one column; "" is left out. */
struct facts_list {
	const char *label[18];
	char text[18][1536];
	size_t n;
};

static char *add_fact(struct facts_list *l, const char *label)
{
	l->label[l->n] = label;
	l->text[l->n][0] = '\0';
	return l->text[l->n++];
}

static void say_facts(const struct facts_list *l)
{
	size_t width = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->text[i][0] != '\0' && text_width(l->label[i]) > width)
			width = text_width(l->label[i]);
	for (size_t i = 0; i < l->n; i++)
		if (l->text[i][0] != '\0')
			out_item(OUT_RESULT, (unsigned)width + 2, l->label[i], l->text[i]);
}

/* Whom to ask, where the office is known. */
static void add_office(const struct inquiry *q, struct facts_list *l)
{
	const struct office *o = q->office;
	char *text = add_fact(l, _("Office"));

	if (o == NULL) {
		(void)snprintf(text, sizeof l->text[0], "%s",
			       _("that of the municipality where the holder is registered; its hours are "
				 "not known here"));
		return;
	}
	(void)snprintf(text, sizeof l->text[0], "%s%s%s", doors_of_lang(o->name_en, o->name_ja, o->name_zh),
		       _(", "), doors_of_lang(o->ask->address_en, o->ask->address_ja, o->ask->address_zh));
	(void)snprintf(add_fact(l, _("Telephone")), sizeof l->text[0], "%s", o->ask->telephone);
	(void)snprintf(add_fact(l, _("Fax")), sizeof l->text[0], "%s", o->ask->fax);
	if (o->rules->appointment)
		(void)snprintf(add_fact(l, _("Appointment")), sizeof l->text[0], "%s",
			       _("The office serves by appointment alone. Ask it for a time before you go."));
}

static void add_place(const struct inquiry *q, const struct doors_out *out, struct facts_list *l)
{
	struct opening opening;
	char text[256];

	doors_opening(q, &out->recommended, out->slot, &opening);
	if (out->recommended.id == DOORS_KIOSK)
		doors_chains(out->slot, add_fact(l, _("Shops")), sizeof l->text[0]);
	if (out->recommended.id == DOORS_COUNTER)
		add_office(q, l);
	if (opening.when == NULL)
		return;
	doors_opening_text(&opening, text, sizeof text);
	(void)snprintf(add_fact(l, _("Hours")), sizeof l->text[0], "%s%s%s", text,
		       out->recommended.id == DOORS_COUNTER ? text_gap() : "",
		       out->recommended.id == DOORS_COUNTER
			       ? _("Ask before you go: these hours are those of its public page.")
			       : "");
}

static void add_contacts(const struct inquiry *q, const struct doors_out *out, struct facts_list *l)
{
	struct contact_line lines[CONTACT_KINDS];
	const size_t n = contacts_of(&q->a->conf, q->facts.profile, out->recommended.id == DOORS_REISSUE,
				     lines);

	for (size_t i = 0; i < n; i++)
		(void)snprintf(add_fact(l, lines[i].label), sizeof l->text[0], "%s", lines[i].text);
}

static void say_particulars(const struct inquiry *q, const struct doors_out *out)
{
	static struct facts_list l; /* too large for the stack */
	const struct doors_door *d = &out->recommended;
	const char *lives = doors_lives_text(d->lives), *local = words_local(q->facts.profile, out->slot);

	l.n = 0;
	doors_bits(doors_where_words, d->where, add_fact(&l, _("Where")), sizeof l.text[0]);
	doors_bits(doors_bring_words, d->bring, add_fact(&l, _("Bring")), sizeof l.text[0]);
	(void)snprintf(add_fact(&l, _("Time")), sizeof l.text[0], "%s", lives != NULL ? lives : "");
	add_place(q, out, &l);
	add_contacts(q, out, &l);
	/* What to say there, and what to look for in the papers. */
	if (local != NULL && !out_is_ascii())
		(void)snprintf(add_fact(&l, _("On paper")), sizeof l.text[0], "%s", local);
	doors_command(q, out, add_fact(&l, _("Command")), sizeof l.text[0]);
	say_facts(&l);
}

/* The lists that the counter's steps speak of. */
static void say_lists(void)
{
	static struct facts_list l;

	l.n = 0;
	doors_documents(LIST_A, add_fact(&l, _("List A")), sizeof l.text[0]);
	doors_documents(LIST_B, add_fact(&l, _("List B")), sizeof l.text[0]);
	say_facts(&l);
	out_gap(OUT_RESULT);
}

/* --- the rest --- */

/* Why the card does not have this PIN, and how it can be had. */
static void say_missing(const struct doors_out *out)
{
	const char *opens = doors_reason_opens(out->why);

	if (out->why == DOORS_WHY_NONE)
		return;
	out_para(OUT_RESULT, 0, _(doors_reason_text(out->why)));
	if (opens[0] != '\0')
		out_para(OUT_RESULT, 0, _(opens));
	if (date_is_valid(out->since))
		out_parf(OUT_RESULT, 0, _("It can be had from %04d-%02d-%02d on."), out->since.year,
			 out->since.month, out->since.day);
	out_gap(OUT_RESULT);
}

static unsigned id_width(const struct doors_door *doors, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		if (strlen(doors_word(doors[i].id)) > width)
			width = strlen(doors_word(doors[i].id));
	return (unsigned)width + 2;
}

/* How to see another door's steps. Giving the card up, or another try, is nothing to be led to. */
static void say_door_option(const struct doors_out *out)
{
	for (size_t i = 0; i < out->n_open; i++)
		if (out->open[i].id != DOORS_REISSUE && out->open[i].reason == DOORS_WHY_NONE) {
			out_parf(OUT_RESULT, 0,
				 _("The steps of one of them: the same command with --door %s"),
				 doors_word(out->open[i].id));
			return;
		}
}

static bool say_open(const struct doors_out *out)
{
	const unsigned indent = id_width(out->open, out->n_open);
	bool good;

	if (out->n_open == 0)
		return true;
	good = head(_("Also open"));
	for (size_t i = 0; i < out->n_open; i++) {
		const struct doors_door *d = &out->open[i];

		out_item(OUT_RESULT, indent, doors_word(d->id), _(doors_title(d->id)));
		if (d->reason != DOORS_WHY_NONE)
			out_para(OUT_RESULT, indent, _(doors_reason_text(d->reason)));
	}
	say_door_option(out);
	out_gap(OUT_RESULT);
	return good;
}

static bool say_shut(const struct inquiry *q, const struct doors_out *out)
{
	const unsigned indent = id_width(out->shut, out->n_shut);
	char text[256];
	bool good;

	if (out->n_shut == 0)
		return true;
	good = head(_("Shut"));
	for (size_t i = 0; i < out->n_shut; i++) {
		const struct doors_door *d = &out->shut[i];
		const char *opens = doors_opens(out, d);
		struct opening opening;

		doors_opening(q, d, out->slot, &opening);
		out_item(OUT_RESULT, indent, doors_word(d->id), _(doors_reason_text(d->reason)));
		if (d->reason == DOORS_WHY_CLOSED_NOW && opening.when != NULL) {
			doors_opening_text(&opening, text, sizeof text);
			out_para(OUT_RESULT, indent, text);
		} else if (opens[0] != '\0') {
			out_parf(OUT_RESULT, indent, _("What would open it: %s"), _(opens));
		}
	}
	out_gap(OUT_RESULT);
	return good;
}

static bool say_traps(const struct doors_out *out)
{
	bool good;

	if (out->n_traps == 0)
		return true;
	good = head(_("Take care"));
	for (size_t i = 0; i < out->n_traps; i++)
		out_item(OUT_RESULT, 2, "-", _(doors_trap_text(out->traps[i])));
	out_gap(OUT_RESULT);
	return good;
}

/* What was not said, because with it another door may be open. */
static void say_not_said(const struct inquiry *q, const struct doors_out *out)
{
	char names[128], options[256];

	doors_not_said(q, out->slot, names, sizeof names, options, sizeof options);
	if (names[0] == '\0')
		return;
	out_parf(OUT_RESULT, 0,
		 _("Not said, so taken as not known: %s. If it is known, another door may be open: repin "
		   "doors %s%s"),
		 names, rp_slot_word(out->slot), options);
	out_gap(OUT_RESULT);
}

/* The way itself, after what it rests on. */
static bool say_way(const struct inquiry *q, const struct doors_out *out, bool by_choice)
{
	const bool missing = out->why != DOORS_WHY_NONE;
	char title[256];

	say_missing(out);
	/* Nobody gives a card up for a PIN that it never had. */
	if (missing && out->recommended.id == DOORS_REISSUE && !by_choice)
		return true;
	say_not_said(q, out);
	(void)snprintf(title, sizeof title, by_choice ? _("This way: %s") : _("The way to take: %s"),
		       _(doors_title(out->recommended.id)));
	/* The doors' titles speak of a PIN that is there. */
	if (!head(missing ? _("The way to get it") : title))
		return false;
	if (!missing && (out->recommended.closed_now || by_choice) &&
	    out->recommended.reason != DOORS_WHY_NONE)
		out_para(OUT_RESULT, 0, _(doors_reason_text(out->recommended.reason)));
	say_steps(q, out);
	if (out->recommended.at_stake > 0 && out->recommended.tries_cost == 0)
		out_para(OUT_RESULT, 0, _("No step costs a try while every entry is right."));
	out_gap(OUT_RESULT);
	say_particulars(q, out);
	out_gap(OUT_RESULT);
	return true;
}

/* One PIN, or several with one answer: everything. */
static bool say_whole(const struct inquiry *q, const struct plan *plan)
{
	const bool by_choice = q->door != DOORS_NONE;
	const struct doors_out *out = by_choice ? &plan->chosen : &plan->out;

	if (!say_way(q, out, by_choice))
		return false;
	if (doors_wants_documents(out))
		say_lists();
	return say_traps(out) && say_open(out) && say_shut(q, out);
}

/* Nothing is wrong: one line for each PIN, for the day when it is forgotten. */
static bool say_each(const struct inquiry *q, const struct plan *plans)
{
	bool good = head(_("When a PIN is forgotten or locks:"));
	unsigned indent = 0;
	struct way way;
	char said[256];

	for (size_t i = 0; i < q->n; i++)
		if (strlen(rp_slot_word(q->slots[i])) + 2 > indent)
			indent = (unsigned)strlen(rp_slot_word(q->slots[i])) + 2;
	for (size_t i = 0; i < q->n; i++) {
		const char *slot = rp_slot_word(q->slots[i]);

		/* With anything said the planner's answer is to it; without, both halves are told. */
		if (q->a->o.know != NULL || q->a->o.have != NULL || q->a->o.not_sure != NULL ||
		    !way_back(&q->facts, q->slots[i], true, &way))
			out_item(OUT_RESULT, indent, slot, _(doors_title(plans[i].out.recommended.id)));
		else
			out_item(OUT_RESULT, indent, slot, way.text);
	}
	out_gap(OUT_RESULT);
	doors_said(q, said, sizeof said);
	out_parf(OUT_RESULT, 0, _("The steps of one: repin doors %s%s"), rp_slot_word(q->slots[0]), said);
	return good;
}

/* Was this answer shown with an earlier PIN? */
static bool is_shown(const struct plan *plans, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (same_answer(&plans[before].out, &plans[i].out))
			return true;
	return false;
}

/* Several answers: each way with its steps; what is beside it has a command of its own. */
static bool say_several(const struct inquiry *q, const struct plan *plans)
{
	bool lists = false;
	char said[256];

	doors_said(q, said, sizeof said);
	for (size_t i = 0; i < q->n; i++) {
		const struct doors_out *out = &plans[i].out;

		if (is_shown(plans, i))
			continue;
		if (!say_pins(q, plans, i))
			return false;
		out_gap(OUT_RESULT);
		if (!say_way(q, out, false))
			return false;
		out_parf(OUT_RESULT, 0, _("What to take care of, and the other doors: repin doors %s%s"),
			 rp_slot_word(out->slot), said);
		out_gap(OUT_RESULT);
		lists |= doors_wants_documents(out);
	}
	if (lists)
		say_lists();
	return true;
}

static size_t count_answers(const struct inquiry *q, const struct plan *plans)
{
	size_t n = 0;

	for (size_t i = 0; i < q->n; i++)
		n += !is_shown(plans, i);
	return n;
}

rp_code doors_show(const struct inquiry *q, const struct plan *plans, struct trouble *t)
{
	bool good;

	if (q->reader != NULL && !q->card_shown) {
		say_card(OUT_RESULT, q->reader, &q->facts);
		out_gap(OUT_RESULT);
	}
	doors_say_issuer(q);
	doors_say_receipt(q);
	if (!q->named && !q->troubled) {
		good = say_each(q, plans);
	} else if (count_answers(q, plans) > 1) {
		good = say_several(q, plans);
	} else {
		good = say_pins(q, plans, 0);
		out_gap(OUT_RESULT);
		good = good && say_whole(q, &plans[0]);
	}
	if (!good)
		return rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the doors");
	if (q->reader != NULL)
		out_para(OUT_RESULT, 0, _("Looking spent no try."));
	return RP_OK;
}
