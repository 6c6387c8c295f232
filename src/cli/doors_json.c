/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner's answer for programs: machine words for what a script decides by, translated
 * sentences for what it shows. The keys of the contract come first; all others may be added to.
 */
#include "cli/doors.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *bits_json(const struct bit_words *words, unsigned bits)
{
	json_t *list = json_array();

	for (; words->bit != 0; words++)
		if ((bits & words->bit) != 0)
			(void)json_array_append_new(list,
						    json_string(words->word)); /* it fails in json_pack */
	return list;
}

/* null for no msgid, else its translation */
static json_t *sentence(const char *msgid)
{
	return msgid[0] != '\0' ? json_text(_(msgid)) : json_null();
}

static json_t *step_json(const struct doors_step *s)
{
	return json_pack("{s:s, s:o, s:i, s:i, s:o, s:b, s:o, s:b, s:b}", "id", doors_step_word(s->id),
			 "text", sentence(doors_step_text(s->id)), "tries_cost", s->cost, "at_stake",
			 s->at_stake, "slot", json_text(rp_slot_word(s->slot)), "other_card",
			 (int)s->other_card, "tries_left", json_tries(s->tries_left), "last_try",
			 (int)s->last_try, "last_way", (int)s->last_way);
}

static json_t *steps_json(const struct doors_out *out)
{
	json_t *list = json_array();

	for (size_t i = 0; i < out->n_steps; i++)
		(void)json_array_append_new(list, step_json(&out->steps[i]));
	return list;
}

/* null where the hours are not known */
static json_t *opening_json(const struct inquiry *q, const struct doors_door *d, rp_slot slot)
{
	struct opening o;
	char text[256], next[32] = "";

	doors_opening(q, d, slot, &o);
	if (o.when == NULL)
		return json_null();
	doors_opening_text(&o, text, sizeof text);
	if (o.has_next)
		doors_iso(o.next, next, sizeof next);
	return json_pack("{s:b, s:s, s:o, s:o}", "open", (int)o.state.open, "reason",
			 hours_reason_word(o.state.reason), "text", json_text(text), "opens_at",
			 json_text(next));
}

/* What every door says; a shut one says it, too, so that a script finds the same keys. */
static json_t *door_json(const struct inquiry *q, const struct doors_out *out, const struct doors_door *d)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:b, s:o, s:b, s:o}", "door",
			 doors_word(d->id), "reason", json_text(doors_reason_word(d->reason)), "reason_text",
			 sentence(doors_reason_text(d->reason)), "title", sentence(doors_title(d->id)),
			 "where", bits_json(doors_where_words, d->where), "bring",
			 bits_json(doors_bring_words, d->bring), "lives",
			 json_text(doors_lives_word(d->lives)), "tries_cost", d->tries_cost, "at_stake",
			 d->at_stake, "last_way", (int)d->last_way, "needs", json_text(rp_slot_word(d->with)),
			 "closed_now", (int)d->closed_now, "opening", opening_json(q, d, out->slot));
}

/* Whom to ask; null where the office is not known. */
static json_t *office_json(const struct inquiry *q, const struct doors_out *out)
{
	const struct office *o = q->office;

	if (o == NULL || out->recommended.id != DOORS_COUNTER)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:b, s:o}", "id", o->id, "name",
			 json_text(doors_of_lang(o->name_en, o->name_ja, o->name_zh)), "address",
			 json_text(doors_of_lang(o->ask->address_en, o->ask->address_ja, o->ask->address_zh)),
			 "telephone", json_text(o->ask->telephone), "fax", json_text(o->ask->fax),
			 "appointment", (int)o->rules->appointment, "source", json_text(o->source));
}

/* Whom to ask, and the issuer's pages, as the configuration has them. */
static json_t *contacts_json(const struct inquiry *q, const struct doors_out *out)
{
	struct contact_line lines[CONTACT_KINDS];
	const size_t n = contacts_of(&q->a->conf, q->facts.profile, out->recommended.id == DOORS_REISSUE,
				     lines);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "what", lines[i].what, "label",
							    json_text(lines[i].label), "text",
							    json_text(lines[i].text)));
	return list;
}

static json_t *list_json(enum document_list list)
{
	json_t *j = json_array();

	for (size_t i = 0; i < DOCUMENT_KINDS; i++)
		if (documents[i].list == list)
			(void)json_array_append_new(j, json_pack("{s:s, s:o}", "id", documents[i].word,
								 "text", sentence(documents[i].name_en)));
	return j;
}

/* The lists that the counter's steps speak of; null for other doors. */
static json_t *documents_json(const struct doors_out *out)
{
	return doors_wants_documents(out)
		       ? json_pack("{s:o, s:o}", "a", list_json(LIST_A), "b", list_json(LIST_B))
		       : json_null();
}

/* The recommended door of `out`, with its steps. */
static json_t *way_json(const struct inquiry *q, const struct doors_out *out)
{
	json_t *j = door_json(q, out, &out->recommended);
	char command[64];

	doors_command(q, out, command, sizeof command);
	if (json_object_set_new(j, "steps", steps_json(out)) == 0 &&
	    json_object_set_new(j, "command", json_text(command)) == 0 &&
	    json_object_set_new(j, "office", office_json(q, out)) == 0 &&
	    json_object_set_new(j, "contacts", contacts_json(q, out)) == 0 &&
	    json_object_set_new(j, "documents", documents_json(out)) == 0)
		return j;
	json_decref(j);
	return NULL;
}

static json_t *open_json(const struct inquiry *q, const struct doors_out *out)
{
	json_t *list = json_array();

	for (size_t i = 0; i < out->n_open; i++)
		(void)json_array_append_new(list, door_json(q, out, &out->open[i]));
	return list;
}

static json_t *shut_json(const struct inquiry *q, const struct doors_out *out)
{
	json_t *list = json_array();

	for (size_t i = 0; i < out->n_shut; i++) {
		json_t *j = door_json(q, out, &out->shut[i]);

		(void)json_object_set_new(j, "opens", sentence(doors_opens(out, &out->shut[i])));
		(void)json_array_append_new(list, j);
	}
	return list;
}

static json_t *traps_json(const struct doors_out *out)
{
	json_t *list = json_array();

	for (size_t i = 0; i < out->n_traps; i++)
		(void)json_array_append_new(list,
					    json_pack("{s:s, s:o}", "id", doors_trap_word(out->traps[i]),
						      "text", sentence(doors_trap_text(out->traps[i]))));
	return list;
}

/* The names of what was not said, as options take them. */
static json_t *not_said_json(const struct inquiry *q, rp_slot slot)
{
	json_t *list = json_array();
	char names[128], options[256];

	doors_not_said(q, slot, names, sizeof names, options, sizeof options);
	for (const char *name = names; name[0] != '\0';) {
		const size_t len = strcspn(name, ",");

		(void)json_array_append_new(list, json_stringn(name, len));
		name += len;
		name += strspn(name, ", ");
	}
	return list;
}

static json_t *plan_json(const struct inquiry *q, const struct plan *plan)
{
	const struct doors_out *out = &plan->out;
	const struct rp_pin_facts *pin = facts_pin(&q->facts, out->slot);
	char since[16] = "";
	json_t *j;

	if (date_is_valid(out->since))
		(void)snprintf(since, sizeof since, "%04d-%02d-%02d", out->since.year, out->since.month,
			       out->since.day);
	j = json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "slot",
		rp_slot_word(out->slot), "state", rp_pin_state_word(out->state), "recommended",
		way_json(q, out), "open", open_json(q, out), "shut", shut_json(q, out), "traps",
		traps_json(out), "tries_left", json_tries(pin != NULL ? pin->tries_left : RP_TRIES_UNKNOWN),
		"tries_max", json_tries(pin != NULL ? pin->tries_max : RP_TRIES_UNKNOWN), "why",
		json_text(doors_reason_word(out->why)), "why_text", sentence(doors_reason_text(out->why)),
		"since", json_text(since), "not_said", not_said_json(q, out->slot));
	if (j != NULL && q->door != DOORS_NONE)
		(void)json_object_set_new(j, "chosen", way_json(q, &plan->chosen));
	return j;
}

/* Whose answer it is; null without a card. */
static json_t *with_card(const struct inquiry *q, json_t *j)
{
	if (json_object_set_new(j, "reader", json_text(q->reader)) == 0 &&
	    json_object_set_new(j, "card", q->reader != NULL ? json_card(&q->facts) : json_null()) == 0 &&
	    json_object_set_new(j, "issuer", doors_issuer_json(q)) == 0 &&
	    (q->a->o.receipt == NULL || json_object_set_new(j, "revocation", doors_receipt_json(q)) == 0))
		return j;
	json_decref(j);
	return NULL;
}

rp_code doors_json(const struct inquiry *q, const struct plan *plans, struct trouble *t)
{
	json_t *list;

	if (q->named)
		return json_show(with_card(q, plan_json(q, &plans[0])), t);
	list = json_array();
	for (size_t i = 0; i < q->n; i++)
		(void)json_array_append_new(list, plan_json(q, &plans[i]));
	return json_show(with_card(q, json_pack("{s:o}", "pins", list)), t);
}
