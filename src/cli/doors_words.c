/* SPDX-License-Identifier: Apache-2.0 */
/* What the planner says in bits and numbers, in words: places, things to bring, times. */
#include "cli/doors.h"

#include <stdio.h>
#include <string.h>

const struct bit_words doors_where_words[] = {
	{DOORS_AT_HOME, "home", N_("at home")},
	{DOORS_AT_KIOSK, "kiosk", N_("at a kiosk in a convenience store")},
	{DOORS_AT_DESK, "desk", N_("at the counter")},
	{DOORS_IN_APP, "app", N_("in the app on the smartphone")},
	{DOORS_BY_PHONE, "phone", N_("by telephone")},
	{DOORS_AT_ISSUER, "issuer", N_("at who issued the card")},
	{0, NULL, NULL},
};

const struct bit_words doors_bring_words[] = {
	{DOORS_BRING_CARD, "card", N_("the card")},
	{DOORS_BRING_READER, "reader", N_("a card reader")},
	{DOORS_BRING_SMARTPHONE, "smartphone", N_("a smartphone")},
	{DOORS_BRING_DOCUMENTS, "documents", N_("identity documents")},
	{DOORS_BRING_LETTER, "letter", N_("the letter that came with the card")},
	{0, NULL, NULL},
};

/* Adds an item to a list; what does not fit is left out whole. */
static void add_item(char *ret, size_t cap, const char *item)
{
	const size_t at = strlen(ret);
	/* TRANSLATORS: between the items of a list */
	const char *comma = at > 0 ? _(", ") : "";

	if (at + strlen(comma) + strlen(item) < cap)
		(void)snprintf(ret + at, cap - at, "%s%s", comma, item);
}

void doors_bits(const struct bit_words *words, unsigned bits, char *ret, size_t cap)
{
	ret[0] = '\0';
	for (; words->bit != 0; words++)
		if ((bits & words->bit) != 0)
			add_item(ret, cap, _(words->text));
}

const char *doors_lives_text(enum doors_lives l)
{
	switch (l) {
	case DOORS_LIVES_MINUTES:
		return _("minutes: do it in one go");
	case DOORS_LIVES_24_HOURS:
		return _("24 hours from the reservation on");
	case DOORS_LIVES_DAY:
		return _("one visit; an agent comes twice");
	case DOORS_LIVES_DAYS:
		return _("some days, until the one-time code is there");
	case DOORS_LIVES_ALWAYS:
		break;
	}
	return NULL;
}

const char *doors_of_lang(const char *en, const char *ja, const char *zh)
{
	if (strcmp(i18n_lang(), "ja") == 0)
		return ja;
	return strcmp(i18n_lang(), "zh_TW") == 0 ? zh : en;
}

/* --- hours --- */

/* The first operator whose kiosks reset this PIN; all keep the same hours. NULL: none does. */
static const struct kiosk_group *kiosk_of(rp_slot slot)
{
	for (size_t i = 0; i < n_kiosk_groups_example; i++)
		if (kiosk_resets(&kiosk_groups_example[i], slot))
			return &kiosk_groups_example[i];
	return NULL;
}

void doors_opening(const struct inquiry *q, const struct doors_door *door, rp_slot slot, struct opening *ret)
{
	const struct kiosk_group *kiosk = door->id == DOORS_KIOSK ? kiosk_of(slot) : NULL;

	*ret = (struct opening){.when = kiosk != NULL ? kiosk->when : NULL};
	if (door->id == DOORS_COUNTER && q->office != NULL)
		ret->when = q->office->when;
	if (ret->when == NULL)
		return;
	ret->state = calendar_state(ret->when, q->now);
	ret->has_next = !ret->state.open && calendar_next_opening(ret->when, q->now, &ret->next);
}

void doors_opening_text(const struct opening *o, char *ret, size_t cap)
{
	const char *now = _(hours_reason_text(o->state.reason));
	char then[128] = "", date[16];

	if (o->state.open && o->state.until >= 0)
		(void)snprintf(then, sizeof then, _("It closes at %02d:%02d."), o->state.until / 60,
			       o->state.until % 60);
	if (o->has_next) {
		(void)snprintf(date, sizeof date, "%04d-%02d-%02d", o->next.date.year, o->next.date.month,
			       o->next.date.day);
		(void)snprintf(then, sizeof then, _("It opens on %s at %02d:%02d."), date,
			       o->next.minute / 60, o->next.minute % 60);
	}
	(void)snprintf(ret, cap, "%s%s%s", now, then[0] != '\0' ? text_gap() : "", then);
}

struct doors_place doors_place_of(const struct calendar *c, struct datetime now)
{
	const struct hours_state state = calendar_state(c, now);
	struct doors_place p = {.hours = DOORS_OPEN_NOW};
	struct datetime next;

	if (state.open)
		return p;
	p.hours = state.reason == HOURS_UNKNOWN ? DOORS_HOURS_UNKNOWN : DOORS_CLOSED_NOW_TILL;
	if (p.hours == DOORS_CLOSED_NOW_TILL && calendar_next_opening(c, now, &next))
		p.opens_s =
			((int64_t)date_to_days(next.date) * MINUTES_OF_DAY + next.minute - JAPAN_OFFSET_MIN) *
			60;
	return p;
}

void doors_iso(struct datetime t, char *ret, size_t cap)
{
	(void)snprintf(ret, cap, "%04d-%02d-%02dT%02d:%02d+09:00", t.date.year, t.date.month, t.date.day,
		       t.minute / 60, t.minute % 60);
}

void doors_chains(rp_slot slot, char *ret, size_t cap)
{
	const bool japanese = strcmp(i18n_lang(), "ja") == 0;

	ret[0] = '\0';
	for (size_t i = 0; i < n_kiosk_groups_example; i++) {
		const struct kiosk_group *g = &kiosk_groups_example[i];

		if (kiosk_resets(g, slot))
			add_item(ret, cap, japanese ? g->operator_ja : g->operator_en);
	}
}

/* --- documents --- */

void doors_documents(enum document_list list, char *ret, size_t cap)
{
	ret[0] = '\0';
	for (size_t i = 0; i < DOCUMENT_KINDS; i++)
		if (documents[i].list == list)
			add_item(ret, cap, _(documents[i].name_en));
}

bool doors_wants_documents(const struct doors_out *out)
{
	return out->recommended.id == DOORS_COUNTER && (out->recommended.bring & DOORS_BRING_DOCUMENTS) != 0;
}

/* --- this program's own part --- */

/* The unlocking of `info` by the secret of `with`, if this program offers it for this card. */
static const struct rp_unlock_info *unlock_by(const struct inquiry *q, const struct rp_pin_info *info,
					      rp_slot with)
{
	for (size_t i = 0; i < info->n_unlocks; i++)
		if (info->unlock[i].code == with && (!info->unlock[i].ours || q->facts.ours))
			return &info->unlock[i];
	return NULL;
}

/* What the issuer's doors are gone through with here. */
static bool issuers_command(const struct inquiry *q, const struct doors_out *out, char *ret, size_t cap)
{
	const enum doors_id door = out->recommended.id;
	const char *slot = rp_slot_word(out->slot);

	if (door == DOORS_HELP_DESK && strcmp(q->facts.profile, "gids") == 0) {
		(void)snprintf(ret, cap, "repin unlock %s --by-phone", slot);
		return true;
	}
	if (q->a->conf.issuer_url[0] == '\0' || !q->facts.ours)
		return false;
	if (door == DOORS_KIOSK && q->in.issuer.case_door != DOORS_KIOSK)
		(void)snprintf(ret, cap, "repin reserve %s", slot);
	else if (door == DOORS_USER_CODE)
		(void)snprintf(ret, cap, "repin reset %s", slot);
	else if (door == DOORS_USER_CODE_RESET)
		(void)snprintf(ret, cap, "repin reset user-code");
	return ret[0] != '\0';
}

void doors_command(const struct inquiry *q, const struct doors_out *out, char *ret, size_t cap)
{
	const char *slot = rp_slot_word(out->slot);
	const struct doors_door *d = &out->recommended;
	const struct rp_unlock_info *unlock;
	struct rp_pin_info info;

	ret[0] = '\0';
	if (!rp_pin_info(q->facts.profile, out->slot, &info))
		return;
	if (d->id == DOORS_CHANGE) {
		if (can_change(q->a, &q->facts, &info))
			(void)snprintf(ret, cap, "repin change %s", slot);
		return;
	}
	if (issuers_command(q, out, ret, cap))
		return;
	unlock = unlock_by(q, &info, d->with);
	if (unlock == NULL || (d->id != DOORS_LETTER && d->id != DOORS_PUK && d->id != DOORS_RESETTING_CODE))
		return;
	/* Where there are two ways, the one is named. */
	if (info.n_unlocks > 1)
		(void)snprintf(ret, cap, "repin unlock %s --with %s", slot, unlock->secret);
	else
		(void)snprintf(ret, cap, "repin unlock %s", slot);
}

const char *doors_opens(const struct doors_out *out, const struct doors_door *d)
{
	bool reset = false;

	if (d->reason != DOORS_WHY_LOCKED)
		return doors_reason_opens(d->reason);
	for (size_t i = 0; i < out->n_open; i++)
		reset |= out->open[i].id != DOORS_REISSUE;
	for (size_t i = 0; i < out->n_shut; i++)
		reset |= &out->shut[i] != d && doors_reason_opens(out->shut[i].reason)[0] != '\0';
	return reset || out->recommended.id != DOORS_REISSUE ? doors_reason_opens(d->reason) : "";
}
