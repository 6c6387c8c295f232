/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random walks: the library on a virtual card, and the model of the counters beside them. Steps are
 * looks, entries right and wrong with and without consent to the last try, power cuts at any
 * command, other programs before and during a job, the issuer's reset, and a card that goes and
 * comes. After every step library, card and model agree.
 *
 *     test_walk STEPS
 *
 * REPIN_WALK_STEPS and REPIN_WALK_SEED are stronger. A failure names the seed that begins with the
 * walk that failed.
 */
#include "walk/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WALK_STEPS = 400, TOLD = 12 };

static uint64_t seed, n_steps = 20000;

/* --- chance --- */

static uint64_t chance_state;

/* splitmix64 */
static uint64_t chance(void)
{
	uint64_t z = chance_state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static int below(int n)
{
	return (int)(chance() % (uint64_t)n);
}

static bool in_100(int percent)
{
	return below(100) < percent;
}

static int wrong_value(const struct walk *w, int ref)
{
	return (w->m.ref[ref].value + 1 + below(F_VALUES - 1)) % F_VALUES;
}

/* --- what happened: the last acts for the message of a failure, and how often for the end --- */

enum seen {
	S_DONE,
	S_WRONG,
	S_LAST_TRY,
	S_LOCKED,
	S_DEAD,
	S_NOT_SET,
	S_TRIES_CHANGED,
	S_CUT,
	S_SPENT_UNKNOWN,
	S_DOUBT,
	S_HALF_DONE,
	S_DIFFERS,
	S_PAD,
	S_OTHER,
	S_RESET,
	S_REOPENED,
	S_ASKED,
	S_KINDS
};
static const char *const seen_names[S_KINDS] = {
	"done",		 "wrong",	  "last try refused", "found locked", "dead",		"not set",
	"tries changed", "cut",		  "spent unknown",    "in doubt",     "half done",	"differs",
	"on a pad",	 "other program", "issuer's reset",   "reopened",     "with the issuer"};
static unsigned long seen[S_KINDS];

static char told[TOLD][160];
static unsigned n_told;
static uint64_t walk_seed;
static int skill; /* how many of a hundred entries are right in this walk */

#define tell(...) (void)snprintf(told[n_told++ % TOLD], sizeof told[0], __VA_ARGS__)

static const char *story(void *arg)
{
	static char text[TOLD * 170 + 200];
	size_t at = 0;

	(void)arg;
	at += (size_t)snprintf(text, sizeof text,
			       "REPIN_WALK_SEED=%llu REPIN_WALK_STEPS=%d; the last steps:\n",
			       (unsigned long long)walk_seed, WALK_STEPS);
	for (unsigned i = n_told > TOLD ? n_told - TOLD : 0; i < n_told; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "  %u %s\n", i, told[i % TOLD]);
	return text;
}

static void count(const struct w_job *j, const struct w_outcome *o)
{
	static const struct {
		rp_code code;
		enum seen kind;
	} codes[] = {{RP_OK, S_DONE},
		     {RP_E_PIN_WRONG, S_WRONG},
		     {RP_E_SECRET_WRONG, S_WRONG},
		     {RP_E_LAST_TRY, S_LAST_TRY},
		     {RP_E_LOCKED, S_LOCKED},
		     {RP_E_SECRET_LOCKED, S_LOCKED},
		     {RP_E_DEAD, S_DEAD},
		     {RP_E_NOT_SET, S_NOT_SET},
		     {RP_E_TRIES_CHANGED, S_TRIES_CHANGED},
		     {RP_E_HALF_DONE, S_HALF_DONE},
		     {RP_E_PIN_DIFFERS, S_DIFFERS}};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		seen[codes[i].kind] += o->code == codes[i].code;
	seen[S_CUT] += o->cut;
	seen[S_SPENT_UNKNOWN] += o->spent < 0;
	seen[S_DOUBT] += o->in_doubt;
	seen[S_PAD] += j->kind == W_PAD_VERIFY || j->kind == W_PAD_CHANGE;
	seen[S_ASKED] += j->kind == W_ASK && o->code == RP_OK;
}

/* --- the steps --- */

/* What another program is about to do. */
struct act {
	int ref, old, fresh;
	bool changes;
};

static void act_on_card(struct walk *w, void *arg)
{
	const struct act *a = arg;
	const struct f_slot *s = f_slot_of_ref(w->f, a->ref);

	if (a->changes)
		f_other_changes(s, a->ref - s->at, w->card, a->old, a->fresh);
	else
		f_other_proves(s, a->ref - s->at, w->card, a->old);
}

static void act_on_model(struct walk *w, void *arg)
{
	const struct act *a = arg;
	const struct m_step step = {
		.prove = a->ref, .old = a->old, .set = a->changes ? a->ref : M_NONE, .fresh = a->fresh};

	(void)m_do(&w->m, &step);
	seen[S_OTHER]++;
}

/* False when the slot that chance chose is none for others. */
static bool choose_act(const struct walk *w, struct act *ret)
{
	const int ref = below(f_n_refs(w->f));
	const struct f_slot *s = f_slot_of_ref(w->f, ref);
	const bool changes = s->change != F_FIXED && in_100(20);

	if (s->kept && !changes)
		return false;
	/* A wrong old PIN in a change would be split by the card: that is not the point here. */
	*ret = (struct act){.ref = ref,
			    .old = changes || in_100(40) ? w->m.ref[ref].value : wrong_value(w, ref),
			    .fresh = below(F_VALUES),
			    .changes = changes};
	tell("another program %s %s with %s, new %s", changes ? "changes" : "proves", rp_slot_word(s->slot),
	     s->value[ret->old], s->value[ret->fresh]);
	return true;
}

static void other_step(struct walk *w)
{
	struct act a;

	if (!choose_act(w, &a))
		return;
	act_on_card(w, &a);
	act_on_model(w, &a);
	walk_check_card(w);
}

static void reset_step(struct walk *w)
{
	const struct f_slot *s = &w->f->slot[below(w->f->n_slots)];
	const unsigned cut = in_100(40) ? 1 + (unsigned)below(6) : 0;
	const int fresh = below(F_VALUES);
	const bool done = in_100(50);

	if (w->f->issuer == F_NO_ISSUER)
		return;
	tell("the issuer resets %s to %s, cut %u %s", rp_slot_word(s->slot), s->value[fresh], cut,
	     done ? "after" : "before");
	if (f_issuer_resets(w->f, s, w->card, fresh, cut, done))
		for (int i = 0; i < s->n_refs; i++)
			m_set(&w->m, s->at + i, fresh);
	seen[S_RESET]++;
	walk_check_card(w);
}

static void look_step(struct walk *w)
{
	const unsigned cut = in_100(25) ? 1 + (unsigned)below(20) : 0;
	const bool done = in_100(50);

	tell("a look, cut %u %s", cut, done ? "after" : "before");
	walk_look(w, cut, done);
}

static struct w_job choose_job(const struct walk *w)
{
	struct w_job j = {.kind = W_VERIFY, .slot = below(w->f->n_slots), .fresh = below(F_VALUES)};
	const struct f_slot *s;
	int ref;

	if (w->f->n_unlocks > 0 && in_100(35)) {
		j.kind = W_UNLOCK;
		j.unlock = below(w->f->n_unlocks);
		j.slot = w->f->unlock[j.unlock].slot;
	}
	s = &w->f->slot[j.slot];
	if (j.kind != W_UNLOCK && s->kept && s->change == F_FIXED)
		s = &w->f->slot[j.slot = 0];
	if (j.kind != W_UNLOCK && (s->kept || in_100(60)))
		j.kind = W_CHANGE;
	if (j.kind != W_UNLOCK && s->pad && !s->kept && in_100(20))
		j.kind = j.kind == W_CHANGE && s->change != F_FIXED ? W_PAD_CHANGE : W_PAD_VERIFY;
	ref = j.kind == W_UNLOCK ? w->f->slot[w->f->unlock[j.unlock].code].at : s->at;
	ref += in_100(50) ? s->n_refs - 1 : 0;
	j.entry = in_100(skill) ? w->m.ref[ref].value : wrong_value(w, ref);
	j.consent = in_100(40);
	j.cut = in_100(35) ? 1 + (unsigned)below(20) : 0;
	j.done = in_100(50);
	return j;
}

/* With the issuer's help, where there is one. */
static struct w_job choose_ask(const struct walk *w)
{
	struct w_job j = {.kind = W_ASK,
			  .ask = below(w->f->n_asks),
			  .fresh = below(F_VALUES),
			  .consent = in_100(40),
			  .cut = in_100(35) ? 1 + (unsigned)below(30) : 0,
			  .done = in_100(50)};
	const struct f_slot *by = walk_secret(w->f, &j);

	j.slot = w->f->ask[j.ask].slot;
	if (by != NULL)
		j.entry = in_100(skill) ? w->m.ref[by->at].value : wrong_value(w, by->at);
	return j;
}

static void job_step(struct walk *w)
{
	static const char *const words[] = {"verify",	  "change",	"unlock",
					    "pad-verify", "pad-change", "the issuer for"};
	const struct f_slot *secret;
	struct w_outcome o;
	struct w_job j;
	struct act a;

	/* Now and then the job follows a look that is not of today. */
	if (in_100(80))
		walk_look(w, 0, false);
	j = w->f->n_asks > 0 && in_100(15) ? choose_ask(w) : choose_job(w);
	secret = walk_secret(w->f, &j);
	if (in_100(12) && choose_act(w, &a)) {
		w->other = act_on_card;
		w->other_on_model = act_on_model;
		w->other_arg = &a;
	}
	tell("%s %s by %s entry %d, new %d, cut %u %s%s", words[j.kind],
	     rp_slot_word(w->f->slot[j.slot].slot), secret != NULL ? rp_slot_word(secret->slot) : "nothing",
	     j.entry, j.fresh, j.cut, j.done ? "after" : "before", j.consent ? ", last try allowed" : "");
	o = walk_job(w, &j);
	count(&j, &o);
}

static void reopen_step(struct walk *w)
{
	tell("the card goes and comes");
	walk_reopen(w);
	seen[S_REOPENED]++;
}

static void one_step(struct walk *w)
{
	const int dice = below(100);

	if (dice < 60)
		job_step(w);
	else if (dice < 80)
		look_step(w);
	else if (dice < 90)
		other_step(w);
	else if (dice < 96)
		reset_step(w);
	else
		reopen_step(w);
}

/* Something is locked, and nobody can help: not much happens any more. */
static bool is_hopeless(const struct walk *w)
{
	bool locked = false;

	for (int i = 0; i < f_n_refs(w->f); i++)
		locked = locked || m_tries(&w->m, i) == 0;
	return locked && w->f->issuer == F_NO_ISSUER;
}

static void library_card_and_model_agree(void **state)
{
	static struct walk w;
	uint64_t n = 0;

	(void)state;
	for (walk_seed = seed; n < n_steps; walk_seed++) {
		chance_state = walk_seed;
		n_told = 0;
		skill = 5 + 30 * below(4);
		walk_start(&w, &f_families[walk_seed % (uint64_t)f_n_families], NULL);
		w.story = story;
		for (int i = 0; i < WALK_STEPS && n < n_steps && !(is_hopeless(&w) && in_100(3)); i++, n++)
			one_step(&w);
		walk_end(&w);
	}
}

/* Walks that never get anywhere prove nothing; a few thousand steps may miss what is rare. */
static void the_walks_have_been_everywhere(void **state)
{
	(void)state;
	for (int i = 0; i < S_KINDS; i++)
		print_message("# %s: %lu\n", seen_names[i], seen[i]);
	for (int i = 0; i < S_KINDS && n_steps >= 500000; i++)
		if (seen[i] < n_steps / 20000)
			fail_msg("%s: only %lu times in %llu steps", seen_names[i], seen[i],
				 (unsigned long long)n_steps);
}

static uint64_t number(const char *text, uint64_t otherwise)
{
	return text != NULL && text[0] != '\0' ? strtoull(text, NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(library_card_and_model_agree),
		cmocka_unit_test(the_walks_have_been_everywhere),
	};
	uint32_t random;

	rp_random(&random, sizeof random);
	n_steps = number(getenv("REPIN_WALK_STEPS"), number(argc > 1 ? argv[1] : NULL, n_steps));
	seed = number(getenv("REPIN_WALK_SEED"), random);
	print_message("# REPIN_WALK_SEED=%llu REPIN_WALK_STEPS=%llu\n", (unsigned long long)seed,
		      (unsigned long long)n_steps);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
