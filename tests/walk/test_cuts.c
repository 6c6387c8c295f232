/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 8: power goes before and after every command of every job on every family. Then another
 * run of a program looks at what is left: what it says without an entry is never wrong and costs
 * nothing, and with the holder's entry it finds out for at most one try, also when it is cut itself.
 * Judged by the PINs and counters that stand on the virtual card.
 */
#include "walk/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static unsigned n_cuts, n_notes, n_answers, n_second_cuts;

static const char *case_story(void *arg)
{
	return c_words(arg);
}

/* --- what is said, against what is true --- */

/* Does every reference hold what the answer says? */
static bool is_true(const struct walk *w, const struct f_slot *s, enum rp_answer answer)
{
	int news = 0, olds = 0;

	for (int i = 0; i < s->n_refs; i++) {
		news += w->m.ref[s->at + i].value == C_NEW;
		olds += w->m.ref[s->at + i].value == C_OLD;
	}
	switch (answer) {
	case RP_ANSWER_OLD:
		return olds == s->n_refs;
	case RP_ANSWER_NEW:
		return news == s->n_refs;
	case RP_ANSWER_SPLIT:
		return s->n_refs == 2 && news == 1 && olds == 1;
	case RP_ANSWER_UNKNOWN:
		break;
	}
	return true;
}

/* The notes about this card; each says nothing that is not so. */
static size_t notes(struct walk *w, const struct c_case *c, struct rp_intent ret[4])
{
	struct rp_error err = RP_ERROR_INIT;
	size_t n = 0;

	walk_look(w, 0, false);
	if (rp_intents(w->ctx, &w->shown, ret, 4, &n, &err) != RP_OK)
		walk_fail(w, "no notes: %s", err.story);
	walk_check_card(w);
	for (size_t i = 0; i < n; i++) {
		if (!is_true(w, c_slot(c), ret[i].answer))
			walk_fail(w, "the note says %s, and that is not so", rp_answer_word(ret[i].answer));
		if (ret[i].running || ret[i].slot != c_slot(c)->slot)
			walk_fail(w, "the note is about another job");
	}
	return n;
}

/* --- finding out --- */

struct tries {
	int left[M_REFS], value[M_REFS];
};

static struct tries tries_now(const struct walk *w)
{
	struct tries t;

	for (int i = 0; i < f_n_refs(w->f); i++) {
		t.left[i] = w->m.ref[i].tries;
		t.value[i] = w->m.ref[i].value;
	}
	return t;
}

/* How many tries went. No PIN is another one but juki's first place, which may have been finished. */
static int spent_since(struct walk *w, const struct c_case *c, const struct tries *before, bool both)
{
	int spent = 0;

	walk_believe_card(w);
	for (int i = 0; i < f_n_refs(w->f); i++) {
		if (w->m.ref[i].tries < before->left[i])
			spent += before->left[i] - w->m.ref[i].tries;
		if (w->m.ref[i].value == before->value[i])
			continue;
		if (!both || c_slot(c)->n_refs != 2 || i != c_slot(c)->at || w->m.ref[i].value != C_NEW)
			walk_fail(w, "finding out has changed %s", w->truth[i]->id);
	}
	if (spent > 1)
		walk_fail(w, "finding out has spent %d tries", spent);
	return spent;
}

enum given { G_NEW = 1, G_OLD = 2, G_BOTH = 3 };

struct finding {
	rp_code rc;
	bool cut;
	int spent;
	struct rp_resolution res;
	struct rp_error err;
};

static struct finding find_out(struct walk *w, const struct c_case *c, const struct rp_intent *in,
			       enum given given, bool consent, unsigned cut, bool done)
{
	const struct rp_job job = {.slot = c_slot(c)->slot, .shown = &w->shown, .last_try_ok = consent};
	const rp_secret *old = walk_entry(w, c->job.slot, RP_ENTRY_CURRENT, C_OLD);
	const rp_secret *new = walk_entry(w, c->job.slot, RP_ENTRY_CURRENT, C_NEW);
	const struct tries before = tries_now(w);
	struct finding f = {.err = RP_ERROR_INIT};

	vreader_forget(&w->v);
	w->v.cut_at = cut;
	w->v.cut_done = done;
	f.rc = rp_resolve(w->c, in, &job, (given & G_OLD) != 0 ? old : NULL,
			  (given & G_NEW) != 0 ? new : NULL, &f.res, &f.err);
	w->v.cut_at = 0;
	f.cut = cut != 0 && w->v.n >= cut;
	f.spent = spent_since(w, c, &before, given == G_BOTH);
	if (f.cut) {
		n_second_cuts++;
		walk_reopen(w);
		return f;
	}
	if (f.rc == RP_OK && f.res.done.tries_spent != f.spent)
		walk_fail(w, "finding out: %d spent told, %d true", f.res.done.tries_spent, f.spent);
	if (f.rc != RP_OK && f.err.tries_spent >= 0 && f.err.tries_spent != f.spent)
		walk_fail(w, "%s: %d spent told, %d true", rp_code_word(f.rc), f.err.tries_spent, f.spent);
	if (f.rc == RP_OK && !is_true(w, c_slot(c), f.res.answer))
		walk_fail(w, "found out %s, and that is not so", rp_answer_word(f.res.answer));
	return f;
}

static bool is_one_pin(enum rp_answer a)
{
	return a == RP_ANSWER_OLD || a == RP_ANSWER_NEW;
}

/* Without a try nobody can find out, and nobody says that he has. */
static bool is_locked(const struct walk *w, const struct c_case *c)
{
	for (int i = 0; i < c_slot(c)->n_refs; i++)
		if (m_tries(&w->m, c_slot(c)->at + i) == 0)
			return true;
	return false;
}

/* With the right entries, one after the other while the holder agrees: at its end one PIN is known. */
static void find_out_all(struct walk *w, const struct c_case *c)
{
	struct rp_intent in[4];
	struct finding f;
	int rounds = 0;

	if (notes(w, c, in) == 0 || is_locked(w, c))
		return;
	while (notes(w, c, in) > 0) {
		if (is_one_pin(in[0].answer)) {
			assert_int_equal(rp_intent_forget(w->ctx, &in[0], NULL), RP_OK);
			continue;
		}
		f = find_out(w, c, &in[0], G_BOTH, true, 0, false);
		if (f.rc != RP_OK)
			walk_fail(w, "finding out: %s: %s", rp_code_word(f.rc), f.err.story);
		if (is_one_pin(f.res.answer) != (notes(w, c, in) == 0))
			walk_fail(w, "the note is not struck out when all is known, and only then");
		if (++rounds > 2)
			walk_fail(w, "no end of finding out");
	}
	n_answers++;
	if (!is_true(w, c_slot(c), RP_ANSWER_OLD) && !is_true(w, c_slot(c), RP_ANSWER_NEW))
		walk_fail(w, "at the end the PIN is neither the old nor the new one");
}

/* What one entry alone tells: all of it, but for a PIN in two places. */
static void find_out_by_one(struct walk *w, const struct c_case *c, enum given given)
{
	struct rp_intent in[4];
	struct finding f;

	if (notes(w, c, in) == 0 || is_one_pin(in[0].answer) || is_locked(w, c))
		return;
	f = find_out(w, c, &in[0], given, true, 0, false);
	if (c_slot(c)->n_refs == 2 && f.rc == RP_E_INPUT_MISSING) {
		if (f.spent != 0 || strcmp(f.err.field, given == G_NEW ? "current" : "new") != 0)
			walk_fail(w, "%s is said to be needed, %d spent", f.err.field, f.spent);
	} else if (f.rc != RP_OK) {
		walk_fail(w, "finding out by one: %s: %s", rp_code_word(f.rc), f.err.story);
	} else if (c_slot(c)->n_refs == 1 && (!is_one_pin(f.res.answer) || notes(w, c, in) != 0)) {
		walk_fail(w, "one right entry does not tell");
	}
}

/* One try is left: without consent nothing goes out. */
static void the_last_try_is_asked_for(struct walk *w, const struct c_case *c)
{
	const struct f_slot *s = c_slot(c);
	struct rp_intent in[4];
	struct finding f;

	if (notes(w, c, in) == 0 || is_one_pin(in[0].answer) || is_locked(w, c) || s->untold)
		return;
	for (int i = 0; i < s->n_refs; i++) {
		w->truth[s->at + i]->tries = 1;
		w->m.ref[s->at + i].tries = 1;
	}
	(void)notes(w, c, in);
	f = find_out(w, c, &in[0], G_BOTH, false, 0, false);
	if (f.rc != RP_E_LAST_TRY || f.spent != 0)
		walk_fail(w, "with one try left: %s", rp_code_word(f.rc));
}

/* --- every cut --- */

typedef void after_cut(struct walk *w, const struct c_case *c);

/* The job, cut; false when it was over before. */
static bool cut_job(struct walk *w, const struct c_case *c)
{
	struct rp_intent in[4];
	struct w_outcome o;
	size_t n;

	c_prepare(w, c);
	o = walk_job(w, &c->job);
	n = notes(w, c, in);
	if (n != (o.in_doubt || o.code == RP_E_HALF_DONE ? 1 : 0))
		walk_fail(w, "%s, doubt %d, and %zu notes", rp_code_word(o.code), o.in_doubt, n);
	if (n > 0 && (in[0].answer == RP_ANSWER_UNKNOWN) != (strchr(in[0].marks, '?') != NULL) &&
	    c->before != C_LOCKED)
		walk_fail(w, "marks %s, and the answer is %s", in[0].marks, rp_answer_word(in[0].answer));
	n_notes += (unsigned)n;
	return o.cut;
}

static void forget_all(struct walk *w, const struct c_case *c)
{
	struct rp_intent in[4];

	while (notes(w, c, in) > 0)
		assert_int_equal(rp_intent_forget(w->ctx, &in[0], NULL), RP_OK);
}

static void each_cut(struct walk *w, const struct c_case *row, after_cut *after)
{
	static struct c_case c;
	bool cut = true;

	c = *row;
	w->story = case_story;
	w->story_arg = &c;
	for (c.job.cut = 1; cut; c.job.cut++)
		for (int done = 0; done < 2; done++) {
			c.job.done = done;
			cut = cut_job(w, &c);
			if (cut && after != NULL)
				after(w, &c);
			forget_all(w, &c);
			n_cuts += cut;
		}
}

static void after_nothing(struct walk *w, const struct c_case *c)
{
	each_cut(w, c, NULL);
}

static void after_all(struct walk *w, const struct c_case *c)
{
	each_cut(w, c, find_out_all);
}

static void by_the_new(struct walk *w, const struct c_case *c)
{
	find_out_by_one(w, c, G_NEW);
}

static void by_the_old(struct walk *w, const struct c_case *c)
{
	find_out_by_one(w, c, G_OLD);
}

static void after_one(struct walk *w, const struct c_case *c)
{
	each_cut(w, c, by_the_new);
	each_cut(w, c, by_the_old);
}

static void after_last_try(struct walk *w, const struct c_case *c)
{
	each_cut(w, c, the_last_try_is_asked_for);
}

/* The resolver is cut at each of its own commands, and run again. */
static void after_cut_resolver(struct walk *w, const struct c_case *row)
{
	static struct c_case c;
	struct rp_intent in[4];
	unsigned last = 0;

	c = *row;
	w->story = case_story;
	w->story_arg = &c;
	for (c.job.cut = 1; last == 0 || c.job.cut <= last; c.job.cut++)
		for (unsigned n = 1, more = 1; more; n++)
			for (int done = 0; done < 4; done++) {
				c.job.done = done & 1;
				if (!cut_job(w, &c))
					last = c.job.cut;
				more = notes(w, &c, in) > 0 && !is_one_pin(in[0].answer) &&
				       find_out(w, &c, &in[0], G_BOTH, true, n, done > 1).cut;
				find_out_all(w, &c);
				forget_all(w, &c);
				if (!more && done > 1)
					break;
			}
}

static void what_is_said_after_a_cut_is_so(void **state)
{
	(void)state;
	n_cuts = n_notes = 0;
	c_all(after_nothing, dir);
	print_message("# %u cuts, %u notes\n", n_cuts, n_notes);
	assert_true(n_cuts > 1000 && n_notes > 50);
}

static void the_right_entries_tell_for_at_most_one_try(void **state)
{
	(void)state;
	n_answers = 0;
	c_all(after_all, dir);
	print_message("# %u answers\n", n_answers);
}

static void one_of_the_two_entries_tells_as_well(void **state)
{
	(void)state;
	c_all(after_one, dir);
}

static void the_last_try_is_not_spent_unasked(void **state)
{
	(void)state;
	c_all(after_last_try, dir);
}

static void a_resolver_that_is_cut_itself_is_run_again(void **state)
{
	(void)state;
	c_all(after_cut_resolver, dir);
	print_message("# %u cuts of the resolver\n", n_second_cuts);
	assert_true(n_second_cuts > 200);
}

static int make_dir(void **state)
{
	(void)state;
	/* In memory where there is such a place: a thousand notes are synced here. */
	(void)snprintf(dir, sizeof dir, "%s/repin-cuts-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(dir) == NULL;
}

static int drop_dir(void **state)
{
	char command[96];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_said_after_a_cut_is_so, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(the_right_entries_tell_for_at_most_one_try, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(one_of_the_two_entries_tells_as_well, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(the_last_try_is_not_spent_unasked, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_resolver_that_is_cut_itself_is_run_again, make_dir,
						drop_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
