/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which way back to a working PIN is open, and which one to take. The card is looked at,
 * which spends no try; the planner of src/rules decides; nothing is ever tried.
 */
#include "cli/doors.h"

#include <string.h>

/* The clock of the place: for ages, validity and hours. */
static int offset_of(const char *profile)
{
	if (strcmp(profile, "hicos") == 0)
		return 8 * 60;
	return strncmp(profile, "mynumber", 8) == 0 || strcmp(profile, "aosign") == 0 ? JAPAN_OFFSET_MIN : 0;
}

/* Without a card every PIN may be the one that is forgotten, and none is known to be locked. */
static rp_code ask_without_card(struct inquiry *q, struct trouble *t)
{
	struct rp_profile_info info;

	if (q->a->o.reader != NULL)
		return trouble_say(t, RP_E_USAGE, NULL, _("The option --%s does not go with '%s'."), "reader",
				   "--profile");
	if (!rp_profile_of(q->a->o.profile, &info))
		return trouble_say(t, RP_E_USAGE, _("'repin profiles' lists them all."),
				   _("No card family has the name '%s'."), q->a->o.profile);
	q->facts = (struct rp_card_facts){.profile = info.name};
	for (size_t i = 0; i < info.n_pins && q->facts.n_pins < RP_PINS_MAX; i++)
		if (!info.pins[i].hidden && !info.pins[i].issuer_only)
			q->facts.pins[q->facts.n_pins++] =
				(struct rp_pin_facts){.slot = info.pins[i].slot,
						      .state = RP_PIN_READY,
						      .tries_left = RP_TRIES_UNKNOWN,
						      .tries_max = RP_TRIES_UNKNOWN,
						      .n_refs = 1};
	return RP_OK;
}

static rp_code look(struct inquiry *q, rp_card **card, struct trouble *t)
{
	const bool hidden = q->named && (q->slots[0] == RP_SLOT_CODE_A || q->slots[0] == RP_SLOT_CODE_B);
	struct elsewhere ignored;
	unsigned what = RP_READ_PINS | RP_READ_CARD | (hidden ? RP_READ_HIDDEN : 0u);
	rp_code rc = app_conf(q->a, t);

	/* An issuer is asked with the card at hand. */
	if (q->a->conf.issuer_url[0] == '\0')
		what |= RP_READ_ONCE;
	if (rc == RP_OK)
		rc = app_look(q->a, what, card, &q->facts, t);
	t->profile = q->facts.profile;
	if (rc != RP_OK)
		return rc;
	if (app_notes(q->a, NULL) == RP_OK)
		elsewhere_look(q->a, &q->facts, &ignored); /* `status` tells of it */
	q->reader = rp_card_reader(*card);
	doors_ask_issuer(q, *card);
	return RP_OK;
}

static bool needs_way(const struct rp_pin_facts *pin)
{
	return pin->state == RP_PIN_LOCKED || pin->state == RP_PIN_DEAD || pin->state == RP_PIN_NOT_SET ||
	       (pin->state == RP_PIN_READY && pin->tries_left == 1 && pin->tries_max != 1);
}

/* The PINs that need a way back; where none does, all of them. */
static void choose_slots(struct inquiry *q)
{
	const struct rp_card_facts *f = &q->facts;

	for (size_t i = 0; i < f->n_pins && !q->named; i++)
		if (needs_way(&f->pins[i]))
			q->slots[q->n++] = f->pins[i].slot;
	q->troubled = q->n > 0 && !q->named;
	for (size_t i = 0; i < f->n_pins && !q->named && !q->troubled; i++)
		if (doors_know(f->profile, f->pins[i].slot))
			q->slots[q->n++] = f->pins[i].slot;
}

/*
 * Hours count only together: a kiosk that is closed at night must not send people to a
 * counter whose hours are not known.
 */
static void fill_question(struct inquiry *q)
{
	const int64_t now_s = app_now_s();

	q->now = datetime_from_unix(now_s, JAPAN_OFFSET_MIN);
	q->in.now_s = now_s;
	q->in.card = &q->facts;
	q->in.today = datetime_from_unix(now_s, offset_of(q->facts.profile)).date;
	q->office = office_of(offices()->at, offices()->n, q->facts.municipality);
	if (q->office == NULL || !datetime_is_valid(q->now))
		return;
	q->in.office = doors_place_of(q->office->when, q->now);
	q->in.kiosk = doors_place_of(kiosk_groups_example[0].when, q->now);
}

/* A door that is shut has no steps. */
static rp_code shut(const struct doors_out *out, enum doors_id door, struct trouble *t)
{
	const char *opens = "";
	enum doors_reason why = DOORS_WHY_NONE;

	for (size_t i = 0; i < out->n_shut; i++)
		if (out->shut[i].id == door) {
			why = out->shut[i].reason;
			opens = doors_opens(out, &out->shut[i]);
		}
	if (why == DOORS_WHY_NONE)
		return trouble_say(t, RP_E_NOT_OFFERED, _("'repin doors' shows the doors with their names."),
				   _("This PIN has no door with the name '%s'."), doors_word(door));
	return trouble_say(t, RP_E_NOT_OFFERED, opens[0] != '\0' ? _(opens) : NULL,
			   _("This door is shut. %s"), _(doors_reason_text(why)));
}

static rp_code plan(struct inquiry *q, struct plan *plans, struct trouble *t)
{
	for (size_t i = 0; i < q->n; i++) {
		q->in.slot = q->slots[i];
		doors_take_issuer(q, q->slots[i]);
		if (!doors_plan(&q->in, &plans[i].out))
			return rp_fail(&t->err, RP_E_FAULT, "the doors do not know %s",
				       rp_slot_word(q->slots[i]));
		if (q->reader == NULL)
			plans[i].out.state = RP_PIN_UNKNOWN;
		if (q->door == DOORS_NONE)
			continue;
		if (!doors_plan_by(&q->in, q->door, &plans[i].chosen))
			return shut(&plans[i].out, q->door, t);
		plans[i].chosen.state = plans[i].out.state;
	}
	return RP_OK;
}

rp_code cmd_doors(struct app *a, struct trouble *t)
{
	__attribute__((cleanup(app_card_freep))) rp_card *card = NULL;
	static struct plan plans[RP_PINS_MAX]; /* too large for the stack */
	struct inquiry q = {.a = a};
	rp_code rc = doors_options(&q, t);

	if (rc == RP_OK)
		rc = a->o.profile != NULL ? ask_without_card(&q, t) : look(&q, &card, t);
	if (rc == RP_OK)
		rc = doors_check(&q, t);
	if (rc == RP_OK)
		rc = doors_ask_receipt(&q, t);
	if (rc != RP_OK)
		return rc;
	choose_slots(&q);
	rc = doors_ask(&q, t);
	if (rc != RP_OK)
		return rc;
	fill_question(&q);
	rc = plan(&q, plans, t);
	if (rc != RP_OK)
		return rc;
	if (a->o.json)
		return doors_json(&q, plans, t);
	out_hold();
	rc = doors_show(&q, plans, t);
	out_release();
	return rc;
}
