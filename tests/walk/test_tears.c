/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 8 against what is worse than a cut: the process is killed at each command, the answer comes
 * damaged, a second job is cut before the first one was resolved, two cards and two programs at once.
 */
#include "walk/cases.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static unsigned n_runs;

static const char *case_story(void *arg)
{
	return c_words(arg);
}

/* --- what is true --- */

static int holding(const struct walk *w, const struct f_slot *s, int value)
{
	int n = 0;

	for (int i = 0; i < s->n_refs; i++)
		n += w->m.ref[s->at + i].value == value;
	return n;
}

static bool is_true(const struct walk *w, const struct f_slot *s, enum rp_answer answer)
{
	switch (answer) {
	case RP_ANSWER_OLD:
		return holding(w, s, C_OLD) == s->n_refs;
	case RP_ANSWER_NEW:
		return holding(w, s, C_NEW) == s->n_refs;
	case RP_ANSWER_SPLIT:
		return holding(w, s, C_OLD) == 1 && holding(w, s, C_NEW) == 1;
	case RP_ANSWER_UNKNOWN:
		break;
	}
	return true;
}

static size_t notes(struct walk *w, struct rp_intent ret[4])
{
	struct rp_error err = RP_ERROR_INIT;
	size_t n = 0;

	walk_look(w, 0, false);
	if (rp_intents(w->ctx, &w->shown, ret, 4, &n, &err) != RP_OK)
		walk_fail(w, "no notes: %s", err.story);
	return n;
}

static void notes_are_true(struct walk *w, const struct c_case *c)
{
	struct rp_intent in[4];
	const size_t n = notes(w, in);

	for (size_t i = 0; i < n; i++)
		if (!is_true(w, c_slot(c), in[i].answer))
			walk_fail(w, "the note says %s, and that is not so", rp_answer_word(in[i].answer));
}

static void forget_all(struct walk *w)
{
	struct rp_intent in[4];

	while (notes(w, in) > 0)
		assert_int_equal(rp_intent_forget(w->ctx, &in[0], NULL), RP_OK);
}

static int spent_since(const struct walk *w, const int before[M_REFS])
{
	int spent = 0;

	for (int i = 0; i < f_n_refs(w->f); i++)
		if (w->truth[i]->tries < before[i])
			spent += before[i] - w->truth[i]->tries;
	return spent;
}

/* --- killed at each command --- */

/* The job in a process of its own that dies at the cut; its card lives on in a file. True when it died. */
static bool killed_job(struct walk *w, const struct c_case *c)
{
	char path[96];
	struct vcard *after = NULL;
	int status = 0;
	pid_t child;

	(void)snprintf(path, sizeof path, "%s/card.json", dir);
	assert_int_equal(vcard_keep(w->card, path, NULL), RP_OK);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct rp_outcome out;

		vreader_forget(&w->v);
		w->v.cut_at = c->job.cut;
		w->v.cut_done = c->job.done;
		w->v.cut_kills = true;
		(void)walk_run(w, &c->job, &out, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	w->card->path[0] = '\0';
	assert_int_equal(vcard_load(path, &after, NULL), RP_OK);
	memcpy(w->card->pins, after->pins, sizeof w->card->pins);
	w->card->dead = after->dead;
	vcard_free(after);
	return WIFSIGNALED(status);
}

static void kill_everywhere(struct walk *w, const struct c_case *row)
{
	static struct c_case c;
	bool died = true;

	c = *row;
	w->story = case_story;
	w->story_arg = &c;
	if (!walk_sets(c.f, &c.job) || c.before == C_ONE_TRY || c.before == C_DIFFER)
		return;
	for (c.job.cut = 1; died; c.job.cut++)
		for (int done = 0; done < 2; done++) {
			int before[M_REFS];

			c.job.done = done;
			c_prepare(w, &c);
			for (int i = 0; i < f_n_refs(w->f); i++)
				before[i] = w->truth[i]->tries;
			died = killed_job(w, &c);
			if (spent_since(w, before) > 1)
				walk_fail(w, "the dead job has spent more than a try");
			walk_believe_card(w);
			walk_reopen(w);
			notes_are_true(w, &c);
			forget_all(w);
			n_runs++;
		}
}

static void a_killed_job_leaves_the_truth(void **state)
{
	(void)state;
	n_runs = 0;
	c_all(kill_everywhere, dir);
	print_message("# killed %u times\n", n_runs);
	assert_true(n_runs > 500);
}

/* --- damaged answers --- */

/* Executed or not: the answers of a card that is damaged, not of one that lies about the tries. */
static const char *const faults[] = {"sw 6F00", "sw 6581", "instead 6F00", "instead 6400",
				     "empty",	"short",   "mute"};

static bool damaged_job(struct walk *w, const struct c_case *c, const char *fault, bool *ret_open)
{
	const struct f_slot *s = c_slot(c);
	struct rp_outcome out;
	struct rp_error err = RP_ERROR_INIT;
	int before[M_REFS], spent, news;
	char script[32];
	rp_code rc;

	c_prepare(w, c);
	for (int i = 0; i < f_n_refs(w->f); i++)
		before[i] = w->truth[i]->tries;
	(void)snprintf(script, sizeof script, "apdu %u %s\n", c->job.cut, fault);
	vreader_forget(&w->v);
	vreader_faults(&w->v, script);
	rp_ctx_timeout(w->ctx, c->job.kind == W_ASK ? 25 : 5); /* a signature takes its time */
	rc = walk_run(w, &c->job, &out, &err);
	vreader_faults(&w->v, NULL);
	walk_believe_card(w);
	spent = spent_since(w, before);
	news = holding(w, s, C_NEW);
	if (spent > 1)
		walk_fail(w, "%s: %d tries spent", fault, spent);
	if (rc != RP_OK && err.tries_spent >= 0 && err.tries_spent != spent)
		walk_fail(w, "%s: %s: %d spent told, %d true", fault, rp_code_word(rc), err.tries_spent,
			  spent);
	if (rc == RP_OK && walk_sets(c->f, &c->job) && news != s->n_refs)
		walk_fail(w, "%s: done is said, and it is not", fault);
	if (rc != RP_OK && news > 0 && !err.in_doubt && rc != RP_E_HALF_DONE)
		walk_fail(w, "%s: %s, no doubt, and the new PIN is set", fault, rp_code_word(rc));
	*ret_open = rc != RP_OK && (err.in_doubt || rc == RP_E_HALF_DONE);
	return w->v.n >= c->job.cut;
}

static void damage_everywhere(struct walk *w, const struct c_case *row)
{
	static struct c_case c;
	bool open = false;

	c = *row;
	w->story = case_story;
	w->story_arg = &c;
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		for (c.job.cut = 1; damaged_job(w, &c, faults[i], &open); c.job.cut++) {
			struct rp_intent in[4];

			walk_reopen(w);
			notes_are_true(w, &c);
			if (notes(w, in) != open)
				walk_fail(w, "%s: %zu notes, and %s", faults[i], notes(w, in),
					  open ? "a doubt" : "no doubt");
			forget_all(w);
			n_runs++;
		}
}

static void a_damaged_answer_is_no_certainty(void **state)
{
	(void)state;
	n_runs = 0;
	c_all(damage_everywhere, dir);
	print_message("# %u damaged answers\n", n_runs);
	assert_true(n_runs > 2000);
}

/* --- a second job before the first one was resolved --- */

struct twice {
	const char *family;
	int slot;
	const char *cut; /* the command that sets the PIN */
};

static const struct twice twices[] = {
	{"mynumber", 0, "ins 24"}, {"mynumber", 3, "ins 32"}, {"mynumber", 3, "ins 32 #2"},
	{"aosign", 0, "ins 24"},   {"piv", 0, "ins 24"},      {"piv", 1, "ins 24"},
	{"openpgp", 0, "ins 24"},  {"gids", 0, "ins 24"},     {"hicos", 0, "ins 24"},
};

static void tear(struct walk *w, const struct twice *t, int old, int fresh, bool done)
{
	const struct w_job j = {.kind = W_CHANGE, .slot = t->slot, .entry = old, .fresh = fresh};
	struct rp_outcome out;
	struct rp_error err = RP_ERROR_INIT;
	char script[48];

	walk_look(w, 0, false);
	(void)snprintf(script, sizeof script, "%s %s\n", t->cut, done ? "cut-after" : "cut-before");
	vreader_faults(&w->v, script);
	if (walk_run(w, &j, &out, &err) == RP_OK || (!err.in_doubt && err.code != RP_E_HALF_DONE))
		walk_fail(w, "the job was not torn: %s", err.story);
	vreader_faults(&w->v, NULL);
	walk_believe_card(w);
	walk_reopen(w);
}

/* The note's own old and new PIN: is the answer so? */
static bool holds(const struct walk *w, const struct f_slot *s, enum rp_answer a, const int pins[2])
{
	const int old = holding(w, s, pins[0]), new = holding(w, s, pins[1]);

	if (a == RP_ANSWER_SPLIT)
		return old == 1 && new == 1;
	return a == RP_ANSWER_UNKNOWN || (a == RP_ANSWER_OLD ? old : new) == s->n_refs;
}

/* Resolves note i with its own two PINs, when it may be resolved. */
static void resolve_note(struct walk *w, const struct twice *t, const struct rp_intent *in, const int pins[2])
{
	const struct f_slot *s = &w->f->slot[t->slot];
	const struct rp_job job = {.slot = s->slot, .shown = &w->shown, .last_try_ok = true};
	struct rp_error err = RP_ERROR_INIT;
	struct rp_resolution res;
	const rp_code rc = rp_resolve(w->c, in, &job, walk_entry(w, t->slot, RP_ENTRY_CURRENT, pins[0]),
				      walk_entry(w, t->slot, RP_ENTRY_CURRENT, pins[1]), &res, &err);

	walk_believe_card(w);
	if (rc == RP_OK && !holds(w, s, res.answer, pins))
		walk_fail(w, "%s: found out %s, and that is not so", t->cut, rp_answer_word(res.answer));
}

static void tear_twice(struct walk *w, const struct twice *t, bool first, bool second, bool oldest_first)
{
	const struct f_slot *s = &w->f->slot[t->slot];
	int pins[2][2] = {{C_OLD, C_NEW}, {C_OLD, C_OTHER}};
	struct rp_intent in[4];
	size_t n;

	walk_restore(w);
	tear(w, t, C_OLD, C_NEW, first);
	/* the holder finds the valid one by himself; with two places that differ no second change begins */
	pins[1][0] = w->m.ref[s->at].value;
	if (s->n_refs == 2 && w->m.ref[s->at + 1].value != pins[1][0])
		return;
	tear(w, t, pins[1][0], C_OTHER, second);
	n = notes(w, in);
	if (n != 2)
		walk_fail(w, "%zu notes", n);
	for (size_t i = 0; i < n; i++)
		if (!holds(w, s, in[i].answer, pins[i]))
			walk_fail(w, "note %zu says %s", i, rp_answer_word(in[i].answer));
	resolve_note(w, t, &in[oldest_first ? 0 : 1], pins[oldest_first ? 0 : 1]);
	for (int round = 0; round < 4 && (n = notes(w, in)) > 0; round++)
		resolve_note(w, t, &in[n - 1], pins[n - 1]);
	if (notes(w, in) != 0)
		walk_fail(w, "no end of finding out");
}

static void the_later_of_two_torn_jobs_comes_first(void **state)
{
	static struct walk w;

	(void)state;
	for (size_t i = 0; i < sizeof twices / sizeof twices[0]; i++) {
		int family = 0;

		while (strcmp(f_families[family].name, twices[i].family) != 0)
			family++;
		walk_start(&w, &f_families[family], dir);
		for (unsigned bits = 0; bits < 8; bits++) {
			tear_twice(&w, &twices[i], bits & 1, bits & 2, bits & 4);
			walk_restore(&w);
			forget_all(&w);
		}
		walk_end(&w);
	}
}

static void die_at_a_secret(struct vreader *v, const uint8_t *cmd, size_t len)
{
	(void)v;
	if (f_is_secret(cmd, len))
		(void)raise(SIGKILL);
}

/* The first job died before it sent anything: its note alone would say that the old PIN is valid. */
static void an_earlier_note_is_no_answer_while_a_later_one_is_open(void **state)
{
	static struct walk w;
	const struct twice t = {"mynumber", 0, "ins 24"};
	const struct w_job j = {.kind = W_CHANGE, .slot = 0, .entry = C_OLD, .fresh = C_NEW};
	struct rp_intent in[4];
	struct rp_outcome out;
	int status = 0;
	pid_t child;

	(void)state;
	walk_start(&w, &f_families[0], dir);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		w.v.before_command = die_at_a_secret;
		_exit(walk_run(&w, &j, &out, NULL) == RP_OK);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(notes(&w, in), 1);
	assert_int_equal(in[0].answer, RP_ANSWER_OLD);
	tear(&w, &t, C_OLD, C_OTHER, true);
	assert_int_equal(notes(&w, in), 2);
	assert_true(in[0].superseded && !in[1].superseded);
	assert_int_equal(in[0].answer, RP_ANSWER_UNKNOWN);
	assert_int_equal(in[1].answer, RP_ANSWER_UNKNOWN);
	resolve_note(&w, &t, &in[1], (int[]){C_OLD, C_OTHER});
	assert_int_equal(notes(&w, in), 0);
	walk_end(&w);
}

/*
 * OpenPGP: a resetting code with one character too many is taken, and the card then has a PIN that nobody
 * typed. Cut before that is found out, the unlock may not be told as done, though the PIN is not locked.
 */
static void an_unlock_by_a_code_too_long_is_not_told_as_done(void **state)
{
	static struct walk w;
	rp_secret *code = entry_of("openpgp", RP_SLOT_RC, RP_ENTRY_CURRENT, "resetcodeX");
	struct rp_error err = RP_ERROR_INIT;
	struct rp_intent in[4];
	struct rp_outcome out;
	struct rp_job job;
	size_t n = 0;

	(void)state;
	walk_start(&w, &f_families[5], dir);
	assert_string_equal(w.f->name, "openpgp");
	w.truth[0]->tries = 0;
	w.m.ref[0].tries = 0;
	walk_look(&w, 0, false);
	job = (struct rp_job){.slot = RP_SLOT_PW1, .shown = &w.shown};
	vreader_faults(&w.v, "ins 20 cut-before\n");
	assert_int_equal(rp_pin_unlock(w.c, &job, code, walk_entry(&w, 0, RP_ENTRY_NEW, C_NEW), &out, &err),
			 RP_E_CARD_GONE);
	assert_true(err.in_doubt);
	vreader_faults(&w.v, NULL);
	assert_int_equal(w.truth[0]->len, strlen("X1234567"));
	walk_reopen(&w);
	assert_int_equal(rp_card_read(w.c, RP_READ_PINS | RP_READ_CARD, &w.shown, NULL), RP_OK);
	assert_int_equal(rp_intents(w.ctx, &w.shown, in, 4, &n, NULL), RP_OK);
	assert_int_equal(n, 1);
	assert_int_equal(in[0].answer, RP_ANSWER_UNKNOWN);
	rp_secret_free(code);
	walk_end(&w);
}

/* --- two cards, and two programs --- */

static void two_cards_do_not_mix(void **state)
{
	static struct walk a, b;
	struct twice t = {"mynumber", 0, "ins 24"};
	struct rp_intent in_a[4], in_b[4], all[8];
	struct rp_resolution res;
	struct rp_job job;
	size_t n = 0;

	(void)state;
	walk_start(&a, &f_families[0], dir);
	walk_start_number(&b, &f_families[0], dir, "999999999999999");
	tear(&a, &t, C_OLD, C_NEW, true);
	tear(&b, &t, C_OLD, C_NEW, false);
	assert_int_equal(notes(&a, in_a), 1);
	assert_int_equal(notes(&b, in_b), 1);
	assert_string_not_equal(in_a[0].card, in_b[0].card);
	assert_int_equal(rp_intents(a.ctx, NULL, all, 8, &n, NULL), RP_OK);
	assert_int_equal(n, 2);
	/* the note of one card on the other one: nothing is sent */
	vreader_forget(&b.v);
	job = (struct rp_job){.slot = RP_SLOT_SIGN, .shown = &b.shown, .last_try_ok = true};
	assert_int_equal(
		rp_resolve(b.c, &in_a[0], &job, NULL, walk_entry(&b, 0, RP_ENTRY_CURRENT, C_NEW), &res, NULL),
		RP_E_CARD_CHANGED);
	assert_int_equal(b.v.n, 0);
	resolve_note(&a, &t, &in_a[0], (int[]){C_OLD, C_NEW});
	assert_int_equal(notes(&a, in_a), 0);
	assert_int_equal(notes(&b, in_b), 1);
	resolve_note(&b, &t, &in_b[0], (int[]){C_OLD, C_NEW});
	assert_int_equal(notes(&b, in_b), 0);
	assert_int_equal(a.m.ref[0].value, C_NEW);
	assert_int_equal(b.m.ref[0].value, C_OLD);
	walk_end(&a);
	walk_end(&b);
}

/* What another program sees of our job while it runs. */
struct witness {
	rp_ctx *ctx;
	struct rp_intent in[4];
	size_t n;
	rp_code forget;
};

static void witness(struct walk *w, void *arg)
{
	struct witness *x = arg;

	assert_int_equal(rp_intents(x->ctx, &w->shown, x->in, 4, &x->n, NULL), RP_OK);
	x->forget = x->n > 0 ? rp_intent_forget(x->ctx, &x->in[0], NULL) : RP_OK;
}

static void nothing_more(struct walk *w, void *arg)
{
	(void)w;
	(void)arg;
}

/* PIV: after the change the card is reset and asked again, and there the other program has its chance. */
static void a_running_job_is_not_resolved_by_another_program(void **state)
{
	static struct walk w, other;
	const struct w_job j = {.kind = W_CHANGE, .slot = 0, .entry = C_OLD, .fresh = C_NEW};
	struct witness x = {.n = 99};
	struct rp_outcome out;

	(void)state;
	walk_start(&w, &f_families[4], dir);
	walk_start(&other, &f_families[4], dir);
	assert_string_equal(w.f->name, "piv");
	x.ctx = other.ctx;
	w.other = witness;
	w.other_on_model = nothing_more;
	w.other_arg = &x;
	w.other_at_begin = 2;
	vreader_forget(&w.v);
	assert_int_equal(walk_run(&w, &j, &out, NULL), RP_OK);
	assert_int_equal(x.n, 1);
	assert_true(x.in[0].running);
	assert_int_equal(x.forget, RP_E_JOURNAL);
	assert_int_equal(notes(&other, x.in), 0);
	walk_end(&w);
	walk_end(&other);
}

static int make_dir(void **state)
{
	(void)state;
	/* In memory where there is such a place: a thousand notes are synced here. */
	(void)snprintf(dir, sizeof dir, "%s/repin-tears-XXXXXX",
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
		cmocka_unit_test_setup_teardown(a_killed_job_leaves_the_truth, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_damaged_answer_is_no_certainty, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(the_later_of_two_torn_jobs_comes_first, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(an_earlier_note_is_no_answer_while_a_later_one_is_open,
						make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(an_unlock_by_a_code_too_long_is_not_told_as_done, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(two_cards_do_not_mix, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_running_job_is_not_resolved_by_another_program, make_dir,
						drop_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
