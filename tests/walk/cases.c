/* SPDX-License-Identifier: Apache-2.0 */
#include "walk/cases.h"

#include <stdio.h>

static const char *const kinds[] = {
	"verify", "change", "unlock", "verify on the pad", "change on the pad", "the issuer for"};
static const char *const states[] = {"", ", one try left", ", locked", ", two places that differ"};

const struct f_slot *c_slot(const struct c_case *c)
{
	return &c->f->slot[c->job.slot];
}

static const struct f_slot *secret_of_case(const struct c_case *c)
{
	return walk_secret(c->f, &c->job);
}

const char *c_words(const struct c_case *c)
{
	static char text[160];

	(void)snprintf(text, sizeof text, "%s %s by %s, %s entry%s, cut %s command %u", kinds[c->job.kind],
		       rp_slot_word(c_slot(c)->slot),
		       secret_of_case(c) != NULL ? rp_slot_word(secret_of_case(c)->slot) : "nothing",
		       c->job.entry == C_OLD ? "right" : "wrong", states[c->before],
		       c->job.done ? "after" : "before", c->job.cut);
	return text;
}

static void put(struct walk *w, int ref, int value, int tries)
{
	const char *text = f_slot_of_ref(w->f, ref)->value[value];
	struct vpin *p = w->truth[ref];

	p->len = (uint8_t)snprintf((char *)p->value, sizeof p->value, "%s", text);
	p->tries = (uint8_t)tries;
	w->m.ref[ref].value = value;
	w->m.ref[ref].tries = tries;
}

void c_prepare(struct walk *w, const struct c_case *c)
{
	const struct f_slot *s = c_slot(c), *secret = secret_of_case(c);

	walk_restore(w);
	if (c->before == C_LOCKED)
		put(w, s->at, C_OLD, 0);
	for (int i = 0; c->before == C_ONE_TRY && secret != NULL && i < secret->n_refs; i++)
		put(w, secret->at + i, C_OLD, 1);
	if (c->before == C_DIFFER)
		put(w, s->at + 1, C_OTHER, s->max);
	walk_look(w, 0, false);
}

static bool makes_sense(const struct c_case *c)
{
	const struct f_slot *s = c_slot(c);

	switch (c->job.kind) {
	case W_VERIFY:
		if (s->kept)
			return false;
		break;
	case W_CHANGE:
		if (s->change == F_FIXED)
			return false;
		break;
	case W_UNLOCK:
		if (c->job.unlock >= c->f->n_unlocks || c->job.slot != c->f->unlock[c->job.unlock].slot)
			return false;
		break;
	case W_PAD_VERIFY:
	case W_PAD_CHANGE:
		if (!s->pad || (c->job.kind == W_PAD_CHANGE && s->change == F_FIXED))
			return false;
		break;
	case W_ASK:
		if (c->job.slot != c->f->ask[c->job.ask].slot)
			return false;
		/* No PIN proves it: there is none to be wrong, or to be used up. */
		if (secret_of_case(c) == NULL && (c->job.entry != C_OLD || c->before == C_ONE_TRY))
			return false;
		return c->before != C_DIFFER;
	case W_KINDS:
		return false;
	}
	return c->before == C_LOCKED ? c->job.kind == W_UNLOCK : c->before != C_DIFFER || s->n_refs == 2;
}

/* `which`: unlock, or what the issuer is asked for. */
static void all_of_job(c_each *each, struct walk *w, enum w_kind kind, int slot, int which)
{
	for (int before = 0; before < C_BEFORES; before++)
		for (int wrong = 0; wrong < 2; wrong++) {
			const struct c_case c = {.f = w->f,
						 .job = {.kind = kind,
							 .slot = slot,
							 .unlock = kind == W_UNLOCK ? which : 0,
							 .ask = kind == W_ASK ? which : 0,
							 .entry = wrong ? C_OTHER : C_OLD,
							 .fresh = C_NEW,
							 .consent = before == C_ONE_TRY},
						 .before = (enum c_before)before};

			if (makes_sense(&c))
				each(w, &c);
		}
}

static int n_which(const struct f_family *f, enum w_kind kind)
{
	if (kind == W_UNLOCK)
		return f->n_unlocks;
	return kind == W_ASK ? f->n_asks : 1;
}

void c_all(c_each *each, const char *notes)
{
	static struct walk w;

	for (int i = 0; i < f_n_families; i++) {
		walk_start(&w, &f_families[i], notes);
		for (int slot = 0; slot < w.f->n_slots; slot++)
			for (int kind = W_VERIFY; kind < W_KINDS; kind++)
				for (int k = 0; k < n_which(w.f, (enum w_kind)kind); k++)
					all_of_job(each, &w, (enum w_kind)kind, slot, k);
		walk_end(&w);
	}
}
