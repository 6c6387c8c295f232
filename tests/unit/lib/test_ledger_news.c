/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger concludes about others. The lines of each case are written as they stand in
 * a file; the sweep at the end plays out every short story of ours and theirs on a counter and
 * asks one thing: is anybody ever accused falsely?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/ledger.h"
#include <cmocka.h>

#define HEAD "repin-ledger 1\ncard mynumber 2345\n"

static struct ledger l;

static void read_lines(const char *lines)
{
	char text[4096];

	(void)snprintf(text, sizeof text, "%s%s", HEAD, lines);
	if (!ledger_read(text, &l))
		fail_msg("not a ledger:\n%s", text);
}

/* --- two lines --- */

struct pair {
	const char *before, *now; /* state and tries of both places */
	int spent;
	bool any, unsure;
	enum rp_ledger_kind kind;
	int tries;
};

static const struct pair pairs[] = {
	{"ready 5 -", "ready 5 -", 0, false, false, RP_LEDGER_NOTHING, 0},
	{"ready 5 -", "ready 3 -", 0, false, false, RP_LEDGER_USED, 2},
	{"ready 5 -", "ready 1 -", 0, false, false, RP_LEDGER_USED, 4},
	{"ready 5 -", "locked 0 -", 0, false, false, RP_LEDGER_LOCKED, 5},
	{"ready 3 -", "ready 5 -", 0, false, false, RP_LEDGER_SET_BACK, 0},
	{"locked 0 -", "ready 5 -", 0, false, false, RP_LEDGER_UNLOCKED, 0},
	{"locked 0 -", "locked 0 -", 0, false, false, RP_LEDGER_NOTHING, 0},
	/* our own are taken off */
	{"ready 5 -", "ready 4 -", 1, true, false, RP_LEDGER_NOTHING, 0},
	{"ready 5 -", "ready 3 -", 1, true, false, RP_LEDGER_USED, 1},
	{"ready 5 -", "ready 5 -", 1, true, false, RP_LEDGER_NOTHING, 0},
	{"ready 1 -", "locked 0 -", 1, true, false, RP_LEDGER_NOTHING, 0},
	{"ready 2 -", "locked 0 -", 1, true, false, RP_LEDGER_LOCKED, 1},
	{"ready 3 -", "ready 5 -", 0, true, false, RP_LEDGER_NOTHING, 0},
	{"locked 0 -", "ready 5 -", 0, true, false, RP_LEDGER_NOTHING, 0},
	/* a job of ours without an end */
	{"ready 5 -", "ready 3 -", 0, true, true, RP_LEDGER_USED, 2},
	{"ready 5 -", "ready 5 -", 0, true, true, RP_LEDGER_NOTHING, 0},
	/* what is not known says nothing */
	{"ready - -", "ready 3 -", 0, false, false, RP_LEDGER_NOTHING, 0},
	{"ready 5 -", "ready - -", 0, false, false, RP_LEDGER_NOTHING, 0},
	{"unknown - -", "locked 0 -", 0, false, false, RP_LEDGER_NOTHING, 0},
	{"ready 5 -", "unknown - -", 0, false, false, RP_LEDGER_NOTHING, 0},
	{"not-set - -", "ready 3 -", 0, false, false, RP_LEDGER_NOTHING, 0},
	{"ready 1 -", "not-set - -", 0, false, false, RP_LEDGER_NOTHING, 0},
	/* dead because another secret died: its own counter did not move */
	{"ready 10 -", "dead - -", 0, false, false, RP_LEDGER_NOTHING, 0},
	{"ready 10 -", "dead 0 -", 0, false, false, RP_LEDGER_LOCKED, 10},
	/* one PIN in two places */
	{"ready 3 3", "ready 2 3", 0, false, false, RP_LEDGER_USED, 1},
	{"ready 3 3", "ready 2 2", 0, false, false, RP_LEDGER_USED, 1},
	{"ready 1 3", "ready 1 2", 0, false, false, RP_LEDGER_USED, 1},
	{"ready 3 1", "ready 2 1", 1, true, false, RP_LEDGER_NOTHING, 0},
	{"ready 3 3", "locked 0 3", 0, false, false, RP_LEDGER_LOCKED, 3},
	{"locked 0 3", "locked 0 2", 0, false, false, RP_LEDGER_USED, 1},
	{"ready 2 3", "ready 3 3", 0, false, false, RP_LEDGER_SET_BACK, 0},
	{"ready 2 2", "ready 3 2", 0, false, false, RP_LEDGER_NOTHING, 0},
	{"ready 2 -", "ready 1 3", 0, false, false, RP_LEDGER_USED, 1},
};

static void two_lines_say_no_more_than_is_certain(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		const struct pair *p = &pairs[i];
		const struct ledger_ours ours = {.spent = p->spent, .any = p->any, .unsure = p->unsure};
		struct rp_ledger_news news = {0};
		char lines[160];

		(void)snprintf(lines, sizeof lines, "look 1 2 sign %s - - -\nlook 3 4 sign %s - - -\n",
			       p->before, p->now);
		read_lines(lines);
		if (!ledger_compare(&l.line[0], &l.line[1], &ours, &news))
			news = (struct rp_ledger_news){0};
		if (news.kind != p->kind || news.tries != p->tries ||
		    (p->kind == RP_LEDGER_USED && news.unsure != p->unsure))
			fail_msg("case %zu, %s -> %s: %s %d%s", i, p->before, p->now,
				 rp_ledger_kind_word(news.kind), news.tries, news.unsure ? " unsure" : "");
	}
}

/* --- all lines --- */

struct story {
	const char *what, *lines;
	enum rp_ledger_kind kind;
	int tries;
	bool unsure;
	int64_t since_s, until_s;
};

#define LOOK5 "look 100 200 sign ready 5 - - - -\n"
#define BEGIN(at, job) "change " #at " - sign unknown - - - - " job "\n"
#define END(from, to, rest, job) "change " #from " " #to " sign " rest " " job "\n"

static const struct story stories[] = {
	{"nothing noted", "", RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"one look has nothing to be compared with", "look 1 1 sign ready 2 - - - -\n", RP_LEDGER_NOTHING, 0,
	 false, 0, 0},
	{"two tries used elsewhere", LOOK5 "look 300 400 sign ready 3 - - - -\n", RP_LEDGER_USED, 2, false,
	 200, 300},
	{"used on two days: from before the first to the second",
	 LOOK5 "look 300 400 sign ready 4 - - - -\nlook 500 500 sign ready 2 - - - -\n", RP_LEDGER_USED, 3,
	 false, 200, 500},
	{"used and then locked",
	 LOOK5 "look 300 400 sign ready 4 - - - -\nlook 500 500 sign locked 0 - - - -\n", RP_LEDGER_LOCKED, 5,
	 false, 200, 500},
	{"set back: told by the look that sees it",
	 LOOK5 "look 300 400 sign ready 4 - - - -\nlook 500 500 sign ready 5 - - - -\n", RP_LEDGER_SET_BACK,
	 0, false, 400, 500},
	{"set back and used again: the old ones are paid",
	 LOOK5 "look 300 400 sign ready 2 - - - -\nlook 500 600 sign ready 5 - - - -\n"
	       "look 700 700 sign ready 4 - - - -\n",
	 RP_LEDGER_USED, 1, false, 600, 700},
	{"unlocked elsewhere", "look 1 2 sign locked 0 - - - -\nlook 3 3 sign ready 5 - - - -\n",
	 RP_LEDGER_UNLOCKED, 0, false, 2, 3},
	{"tries that another program's login hides change nothing",
	 LOOK5 "look 300 300 sign ready - - - - -\nlook 400 400 sign ready 4 - - - -\n", RP_LEDGER_USED, 1,
	 false, 200, 400},
	{"another PIN is another matter", LOOK5 "look 300 300 auth ready 1 - - - -\n", RP_LEDGER_NOTHING, 0,
	 false, 0, 0},
	{"a clock set back leaves no span", LOOK5 "look 150 150 sign ready 4 - - - -\n", RP_LEDGER_USED, 1,
	 false, 0, 150},
	{"a PIN that came and went",
	 LOOK5 "look 300 300 sign ready 4 - - - -\nlook 400 400 sign not-set - - - - -\n"
	       "look 500 500 sign ready 3 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	/* our own jobs */
	{"our wrong entry",
	 LOOK5 END(300, 301, "ready 4 - 1 pin-wrong", "0000000A") "look 400 400 sign ready 4 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"our wrong entry, tries not told",
	 LOOK5 END(300, 301, "unknown - - 1 pin-wrong", "0000000A") "look 400 400 sign ready 4 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"our wrong entry and one of others",
	 LOOK5 END(300, 301, "ready 4 - 1 pin-wrong", "0000000A") "look 400 400 sign ready 3 - - - -\n",
	 RP_LEDGER_USED, 1, false, 301, 400},
	{"others first, then ours",
	 LOOK5 END(300, 301, "ready 3 - 1 pin-wrong", "0000000A") "look 400 400 sign ready 3 - - - -\n",
	 RP_LEDGER_USED, 1, false, 200, 300},
	{"another program came between the look and our job",
	 LOOK5 END(300, 301, "ready 3 - 0 tries-changed", "0000000A"), RP_LEDGER_USED, 2, false, 200, 300},
	{"our right entry sets the count back",
	 LOOK5 "look 300 300 sign ready 3 - - - -\n" END(400, 401, "ready 5 - 0 ok",
							 "0000000A") "look 500 500 sign ready 5 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"our right entry, tries not told: nothing to compare with",
	 "look 1 2 sign ready 3 - - - -\n" END(4, 5, "unknown - - 0 ok",
					       "0000000A") "look 6 6 sign ready 5 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"a failed job may have set the count back",
	 "look 1 2 sign ready 3 - - - -\n" END(4, 5, "unknown - - 0 card-removed",
					       "0000000A") "look 6 6 sign ready 5 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"a wrong entry that told which PIN is valid",
	 LOOK5 "resolve 300 301 sign ready 4 - 1 ok 0000000A\nlook 400 400 sign ready 4 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"and which paid back nothing that others used",
	 LOOK5 "look 300 300 sign ready 4 - - - -\nresolve 400 401 sign ready 3 - 1 ok 0000000A\n",
	 RP_LEDGER_USED, 1, false, 200, 300},
	/* jobs without an end */
	{"a killed job: elsewhere or here",
	 LOOK5 BEGIN(300, "0000000A") "look 900 900 sign ready 4 - - - -\n", RP_LEDGER_USED, 1, true, 200,
	 900},
	{"a killed job, seen at once", LOOK5 BEGIN(300, "0000000A") "look 301 301 sign ready 4 - - - -\n",
	 RP_LEDGER_USED, 1, true, 200, 301},
	{"a killed job that set the count back is not somebody's right entry",
	 "look 1 2 sign ready 2 - - - -\n" BEGIN(300, "0000000A") "look 900 900 sign ready 5 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"after the doubt all is certain again",
	 LOOK5 BEGIN(300,
		     "0000000A") "look 900 950 sign ready 5 - - - -\nlook 999 999 sign ready 4 - - - -\n",
	 RP_LEDGER_USED, 1, false, 950, 999},
	{"the card was gone before it answered",
	 LOOK5 END(300, 301, "unknown - - - card-removed", "0000000A") "look 900 900 sign ready 4 - - - -\n",
	 RP_LEDGER_USED, 1, true, 200, 900},
	/* others of ours at the same time */
	{"a look in the middle of our job, which then ended",
	 LOOK5 BEGIN(300, "0000000A") "look 300 300 sign ready 5 - - - -\nlook 301 301 sign ready 4 - - - "
				      "-\n" END(300, 302, "ready 4 - 1 pin-wrong", "0000000A"),
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"a look that was written after our job's end",
	 LOOK5 BEGIN(300, "0000000A") "look 301 301 sign ready 5 - - - -\n" END(
		 300, 302, "ready 4 - 1 pin-wrong", "0000000A") "look 500 500 sign ready 4 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"two jobs at once, both wrong",
	 LOOK5 BEGIN(300, "0000000A") BEGIN(300, "0000000B")
		 END(300, 302, "ready 4 - 1 pin-wrong", "0000000A")
			 END(300, 303, "ready 3 - 1 pin-wrong", "0000000B"),
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"two jobs at once, one right: nobody knows in which order",
	 LOOK5 BEGIN(300, "0000000A") BEGIN(300, "0000000B") END(300, 302, "ready 5 - 0 ok", "0000000B")
		 END(300, 303, "ready 4 - 1 pin-wrong", "0000000A") "look 400 400 sign ready 4 - - - -\n",
	 RP_LEDGER_NOTHING, 0, false, 0, 0},
	{"one of two jobs was killed",
	 LOOK5 BEGIN(300, "0000000A") BEGIN(300, "0000000B")
		 END(300, 302, "ready 4 - 1 pin-wrong", "0000000B") "look 900 900 sign ready 3 - - - -\n",
	 RP_LEDGER_USED, 1, true, 200, 900},
};

static void lines_tell_what_is_still_missing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
		const struct story *s = &stories[i];
		struct rp_ledger_news n;

		read_lines(s->lines);
		ledger_conclude(&l, RP_SLOT_SIGN, &n);
		if (n.kind != s->kind || n.tries != s->tries || n.unsure != s->unsure ||
		    n.since_s != s->since_s || n.until_s != s->until_s)
			fail_msg("%s: %s %d%s, %lld to %lld", s->what, rp_ledger_kind_word(n.kind), n.tries,
				 n.unsure ? " unsure" : "", (long long)n.since_s, (long long)n.until_s);
		/* asked twice it says the same */
		ledger_conclude(&l, RP_SLOT_SIGN, &n);
		assert_int_equal(n.kind, s->kind);
	}
}

static void each_line_says_what_it_brought(void **state)
{
	struct rp_ledger_news n;

	(void)state;
	read_lines(LOOK5 "look 300 400 sign ready 4 - - - -\n" END(
		500, 501, "ready 3 - 1 pin-wrong", "0000000A") "look 600 600 sign ready 5 - - - -\n");
	ledger_conclude(&l, RP_SLOT_SIGN, &n);
	assert_int_equal(l.line[0].elsewhere.kind, RP_LEDGER_NOTHING);
	assert_int_equal(l.line[1].elsewhere.kind, RP_LEDGER_USED);
	assert_int_equal(l.line[2].elsewhere.kind, RP_LEDGER_NOTHING);
	assert_int_equal(l.line[3].elsewhere.kind, RP_LEDGER_SET_BACK);
}

/* --- every short story --- */

/* What happens at one moment; a look goes before each job of ours, as the command line does. */
enum deed { THEIRS_WRONG, THEIRS_RIGHT, LOOK, OURS_WRONG, OURS_WRONG_UNTOLD, OURS_RIGHT, OURS_LOST, DEEDS };

#define FULL 3

struct play {
	int tries, now_s, theirs; /* theirs: tries of others that are still missing, at most */
	int lost;		  /* jobs of ours without an end since the count was full */
	unsigned job;
};

static void play_look(struct play *p)
{
	const struct rp_pin_facts pin = {.slot = RP_SLOT_SIGN,
					 .state = p->tries > 0 ? RP_PIN_READY : RP_PIN_LOCKED,
					 .tries_left = p->tries,
					 .ref_tries = {p->tries, RP_TRIES_UNKNOWN},
					 .n_refs = 1};

	(void)ledger_look(&l, &pin, p->now_s);
}

static void play_right(struct play *p)
{
	p->tries = FULL;
	p->theirs = p->lost = 0;
}

static void play_job(struct play *p, enum deed d)
{
	struct ledger_job job = {.why = RP_LEDGER_CHANGE, .slot = RP_SLOT_SIGN, .begun_s = p->now_s};
	struct rp_error err = RP_ERROR_INIT;
	struct rp_outcome done = {.after = {.slot = RP_SLOT_SIGN, .state = RP_PIN_READY, .n_refs = 1}};

	play_look(p);
	if (p->tries == 0)
		return;
	(void)snprintf(job.id, sizeof job.id, "%08X", ++p->job);
	ledger_begin(&l, &job);
	err.slot = RP_SLOT_SIGN;
	if (d == OURS_RIGHT) {
		play_right(p);
		done.after.tries_left = done.after.ref_tries[0] = p->tries;
		ledger_end(&l, &job, p->now_s + 1, RP_OK, &done, &err);
		return;
	}
	p->tries--;
	if (d == OURS_LOST) {
		p->lost++;
		return;
	}
	err.tries_spent = 1;
	err.tries_left = d == OURS_WRONG ? p->tries : RP_TRIES_UNKNOWN;
	ledger_end(&l, &job, p->now_s + 1, RP_E_PIN_WRONG, NULL, &err);
}

static void play_deed(struct play *p, enum deed d)
{
	p->now_s += 1000;
	switch (d) {
	case THEIRS_WRONG:
		p->theirs += p->tries > 0;
		p->tries -= p->tries > 0;
		break;
	case THEIRS_RIGHT:
		if (p->tries > 0)
			play_right(p);
		break;
	case LOOK:
		play_look(p);
		break;
	case OURS_WRONG:
	case OURS_WRONG_UNTOLD:
	case OURS_RIGHT:
	case OURS_LOST:
	case DEEDS:
		play_job(p, d);
		break;
	}
}

static void judge(const struct play *p, unsigned story)
{
	struct rp_ledger_news n;

	ledger_conclude(&l, RP_SLOT_SIGN, &n);
	if (n.kind != RP_LEDGER_USED && n.kind != RP_LEDGER_LOCKED)
		return;
	if (n.unsure ? n.tries > p->theirs + p->lost : n.tries > p->theirs)
		fail_msg("story %u: %d tries%s, but others used %d and lost jobs %d", story, n.tries,
			 n.unsure ? " (unsure)" : "", p->theirs, p->lost);
}

static void nobody_is_ever_accused_falsely(void **state)
{
	const unsigned length = 6;
	unsigned stories_n = 1, told = 0;

	(void)state;
	for (unsigned i = 0; i < length; i++)
		stories_n *= DEEDS;
	for (unsigned story = 0; story < stories_n; story++) {
		struct play p = {.tries = FULL, .now_s = 1000};
		struct rp_ledger_news n;
		unsigned rest = story;

		l = (struct ledger){.profile = "mynumber"};
		play_look(&p);
		for (unsigned i = 0; i < length; i++, rest /= DEEDS) {
			play_deed(&p, (enum deed)(rest % DEEDS));
			if (rest % DEEDS >= LOOK) /* what nobody here has looked at is not told */
				judge(&p, story);
		}
		p.now_s += 1000;
		play_look(&p);
		judge(&p, story);
		ledger_conclude(&l, RP_SLOT_SIGN, &n);
		told += n.kind == RP_LEDGER_USED || n.kind == RP_LEDGER_LOCKED;
	}
	assert_true(told > stories_n / 4); /* and it does speak */
}

/* What others used and nobody set back is told in full when we did nothing. */
static void what_others_used_is_told_in_full(void **state)
{
	(void)state;
	for (unsigned story = 0; story < 3 * 3 * 3 * 3 * 3; story++) {
		struct play p = {.tries = FULL, .now_s = 1000};
		struct rp_ledger_news n;
		unsigned rest = story;

		l = (struct ledger){.profile = "mynumber"};
		play_look(&p);
		for (unsigned i = 0; i < 5; i++, rest /= 3) {
			static const enum deed deeds[] = {THEIRS_WRONG, LOOK, OURS_WRONG};

			play_deed(&p, deeds[rest % 3]);
		}
		p.now_s += 1000;
		play_look(&p);
		ledger_conclude(&l, RP_SLOT_SIGN, &n);
		assert_int_equal(n.tries, p.theirs);
		assert_false(n.unsure);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_lines_say_no_more_than_is_certain),
		cmocka_unit_test(lines_tell_what_is_still_missing),
		cmocka_unit_test(each_line_says_what_it_brought),
		cmocka_unit_test(nobody_is_ever_accused_falsely),
		cmocka_unit_test(what_others_used_is_told_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
