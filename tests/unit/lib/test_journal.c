/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 8 at its root: the note is there before the command, says no more than is true, and
 * goes when all is known. The cuts of every job on every family are in test_cuts.c.
 */
#include "../card/job_rig.h"

#include "lib/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/repin-journal-XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int drop_dir(void **state)
{
	char command[96];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void look_noted(struct bench *b, struct vcard *card)
{
	look(b, card);
	assert_int_equal(rp_ctx_notes(b->ctx, dir, &b->err), RP_OK);
}

/* The card in another run of a program, an hour later. */
static void look_again(struct bench *b)
{
	struct vcard *card = b->v.card;

	b->v.card = NULL;
	put_away(b);
	vcard_reset(card);
	look_noted(b, card);
}

static size_t intents(struct bench *b, struct rp_intent *ret)
{
	size_t n = 99;

	assert_int_equal(rp_intents(b->ctx, &b->shown, ret, 4, &n, &b->err), RP_OK);
	return n;
}

static rp_code resolve(struct bench *b, const struct rp_intent *in, const char *current, const char *fresh,
		       struct rp_resolution *ret)
{
	const struct rp_job job = {.slot = in->slot, .shown = &b->shown};
	rp_secret *old = current == NULL ? NULL
					 : entry_of(b->shown.profile, in->slot, RP_ENTRY_CURRENT, current);
	rp_secret *new = fresh == NULL ? NULL : entry_of(b->shown.profile, in->slot, RP_ENTRY_CURRENT, fresh);
	rp_code rc = rp_resolve(b->card, in, &job, old, new, ret, &b->err);

	rp_secret_free(old);
	rp_secret_free(new);
	return rc;
}

static void a_job_that_ends_leaves_no_note(void **state)
{
	struct bench b;
	struct rp_intent in[4];

	(void)state;
	look_noted(&b, vreader_make("mynumber", NULL, false));
	assert_int_equal(change(&b, RP_SLOT_AUTH, "1234", "8305", false), RP_OK);
	assert_int_equal(intents(&b, in), 0);
	refresh(&b);
	assert_int_equal(change(&b, RP_SLOT_AUTH, "9999", "1234", false), RP_E_PIN_WRONG);
	assert_int_equal(intents(&b, in), 0);
	put_away(&b);
}

/* Cut at its CHANGE REFERENCE DATA, before or after the card has done it. */
static void cut_change(struct bench *b, const char *script)
{
	look_noted(b, vreader_make("mynumber", NULL, false));
	vreader_faults(&b->v, script);
	assert_int_not_equal(change(b, RP_SLOT_SIGN, "ABC123", "NEW456", false), RP_OK);
	assert_true(b->err.in_doubt);
	look_again(b);
}

static void a_cut_change_cannot_be_known_and_costs_nothing_to_find_out(void **state)
{
	static const char *const scripts[] = {"ins 24 cut-before\n", "ins 24 cut-after\n"};

	(void)state;
	for (int done = 0; done < 2; done++) {
		const enum rp_answer truth = done ? RP_ANSWER_NEW : RP_ANSWER_OLD;
		struct rp_resolution r = {0};
		struct rp_intent in[4];
		struct bench b;

		cut_change(&b, scripts[done]);
		assert_int_equal(intents(&b, in), 1);
		assert_int_equal(in[0].answer, RP_ANSWER_UNKNOWN);
		assert_int_equal(in[0].slot, RP_SLOT_SIGN);
		assert_false(in[0].running);
		assert_string_equal(in[0].tail, "2345");
		assert_int_equal(vreader_tries(&b.v, "sign"), 5);
		/* the right one of the two tells it, and spends nothing */
		assert_int_equal(resolve(&b, &in[0], done ? NULL : "ABC123", done ? "NEW456" : NULL, &r),
				 RP_OK);
		assert_int_equal(r.answer, truth);
		assert_int_equal(r.done.tries_spent, 0);
		assert_int_equal(vreader_tries(&b.v, "sign"), 5);
		assert_int_equal(intents(&b, in), 0);
		put_away(&b);
	}
}

static void the_wrong_one_of_the_two_tells_it_for_one_try(void **state)
{
	struct rp_resolution r = {0};
	struct rp_intent in[4];
	struct bench b;

	(void)state;
	cut_change(&b, "ins 24 cut-before\n");
	assert_int_equal(intents(&b, in), 1);
	assert_int_equal(resolve(&b, &in[0], NULL, "NEW456", &r), RP_OK);
	assert_int_equal(r.answer, RP_ANSWER_OLD);
	assert_int_equal(r.done.tries_spent, 1);
	assert_int_equal(vreader_tries(&b.v, "sign"), 4);
	assert_int_equal(intents(&b, in), 0);
	put_away(&b);
}

static void a_cut_before_the_new_pin_went_is_known(void **state)
{
	struct rp_intent in[4];
	struct bench b;

	(void)state;
	look_noted(&b, vreader_make("mynumber", NULL, false));
	/* the VERIFY is lost: the job is told apart from one whose new PIN was on its way */
	vreader_faults(&b.v, "ins 20 #2 cut-after\n");
	assert_int_not_equal(change(&b, RP_SLOT_SIGN, "ABC123", "NEW456", false), RP_OK);
	assert_false(b.err.in_doubt);
	look_again(&b);
	assert_int_equal(intents(&b, in), 0);
	put_away(&b);
}

static void an_unlock_tells_by_itself(void **state)
{
	static const char *const scripts[] = {"ins 2C cut-before\n", "ins 2C cut-after\n"};

	(void)state;
	for (int done = 0; done < 2; done++) {
		struct rp_intent in[4];
		struct bench b;

		look_noted(&b, vreader_make("aosign", NULL, false));
		for (int i = 0; i < 10; i++) {
			assert_int_equal(change(&b, RP_SLOT_PIN, "99999998", "newPin99", true),
					 RP_E_PIN_WRONG);
			refresh(&b);
		}
		vreader_faults(&b.v, scripts[done]);
		assert_int_not_equal(unlock(&b, RP_SLOT_PIN, 0, "12345678", "newPin99", false), RP_OK);
		assert_true(b.err.in_doubt);
		look_again(&b);
		assert_int_equal(intents(&b, in), 1);
		assert_int_equal(in[0].code, RP_SLOT_LETTER);
		assert_int_equal(in[0].answer, done ? RP_ANSWER_NEW : RP_ANSWER_OLD);
		put_away(&b);
		assert_int_equal(rmdir(dir), -1);
		(void)drop_dir(NULL);
		(void)make_dir(NULL);
	}
}

/* juki: the second place is set first. */
static void a_pin_in_two_places_is_finished(void **state)
{
	static const struct {
		const char *script, *marks;
		enum rp_answer answer;
		bool finishes;
	} cuts[] = {
		{"ins 32 cut-before\n", "-?", RP_ANSWER_UNKNOWN, false},
		{"ins 32 cut-after\n", "-?", RP_ANSWER_UNKNOWN, true},
		{"ins 20 #5 cut-before\n", "-+", RP_ANSWER_SPLIT, true},
		{"ins 32 #2 cut-before\n", "?+", RP_ANSWER_UNKNOWN, false},
		{"ins 32 #2 cut-after\n", "?+", RP_ANSWER_UNKNOWN, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct rp_resolution r = {0};
		struct rp_intent in[4];
		struct bench b;

		look_noted(&b, vreader_make("mynumber", NULL, false));
		vreader_faults(&b.v, cuts[i].script);
		assert_int_not_equal(change(&b, RP_SLOT_JUKI, "1234", "5678", false), RP_OK);
		look_again(&b);
		assert_int_equal(intents(&b, in), 1);
		assert_string_equal(in[0].marks, cuts[i].marks);
		assert_int_equal(in[0].answer, cuts[i].answer);
		assert_int_equal(resolve(&b, &in[0], "1234", "5678", &r), RP_OK);
		assert_int_equal(r.done.tries_spent, cuts[i].finishes ? 0 : 1);
		assert_int_equal(r.answer, cuts[i].finishes	     ? RP_ANSWER_NEW
					   : cuts[i].marks[1] == '+' ? RP_ANSWER_SPLIT
								     : RP_ANSWER_OLD);
		assert_int_equal(intents(&b, in), r.answer == RP_ANSWER_SPLIT ? 1 : 0);
		if (r.answer == RP_ANSWER_SPLIT) {
			refresh(&b);
			assert_int_equal(resolve(&b, &in[0], "1234", "5678", &r), RP_OK);
			assert_int_equal(r.answer, RP_ANSWER_NEW);
			assert_int_equal(intents(&b, in), 0);
		}
		refresh(&b);
		/* both places have it, or neither: a change over both goes through */
		assert_int_equal(
			change(&b, RP_SLOT_JUKI, r.answer == RP_ANSWER_NEW ? "5678" : "1234", "2580", false),
			RP_OK);
		put_away(&b);
	}
}

static void one_of_two_pins_is_not_enough_for_a_half_change(void **state)
{
	struct rp_resolution r = {0};
	struct rp_intent in[4];
	struct bench b;

	(void)state;
	look_noted(&b, vreader_make("mynumber", NULL, false));
	vreader_faults(&b.v, "ins 20 #5 cut-before\n");
	assert_int_not_equal(change(&b, RP_SLOT_JUKI, "1234", "5678", false), RP_OK);
	look_again(&b);
	assert_int_equal(intents(&b, in), 1);
	assert_int_equal(resolve(&b, &in[0], NULL, "5678", &r), RP_E_INPUT_MISSING);
	assert_string_equal(b.err.field, "current");
	assert_int_equal(vreader_tries(&b.v, "juki"), 3);
	/* a wrong one settles nothing, and the note stays */
	assert_int_equal(resolve(&b, &in[0], "9999", "5678", &r), RP_E_PIN_WRONG);
	assert_int_equal(b.err.tries_spent, 1);
	refresh(&b);
	assert_int_equal(intents(&b, in), 1);
	assert_int_equal(resolve(&b, &in[0], "1234", "5678", &r), RP_OK);
	assert_int_equal(r.answer, RP_ANSWER_NEW);
	put_away(&b);
}

static void the_last_try_is_guarded_here_too(void **state)
{
	struct rp_resolution r = {0};
	struct rp_intent in[4];
	struct bench b;

	(void)state;
	cut_change(&b, "ins 24 cut-before\n");
	for (int i = 0; i < 4; i++) {
		assert_int_equal(change(&b, RP_SLOT_SIGN, "WRONG1", "NEW456", false), RP_E_PIN_WRONG);
		refresh(&b);
	}
	assert_int_equal(intents(&b, in), 1);
	assert_int_equal(resolve(&b, &in[0], NULL, "NEW456", &r), RP_E_LAST_TRY);
	assert_int_equal(vreader_tries(&b.v, "sign"), 1);
	assert_int_equal(intents(&b, in), 1);
	put_away(&b);
}

static void another_card_is_not_asked(void **state)
{
	struct rp_resolution r = {0};
	struct rp_intent in[4];
	struct bench b;
	size_t n = 0;

	(void)state;
	cut_change(&b, "ins 24 cut-before\n");
	put_away(&b);
	look_noted(&b, vreader_make_number("mynumber", NULL, false, "999999999999999"));
	assert_int_equal(intents(&b, in), 0);
	assert_int_equal(rp_intents(b.ctx, NULL, in, 4, &n, NULL), RP_OK);
	assert_true(n >= 1);
	assert_int_equal(resolve(&b, &in[0], NULL, "NEW456", &r), RP_E_CARD_CHANGED);
	assert_int_equal(b.v.n, 0);
	assert_int_equal(rp_intent_forget(b.ctx, &in[0], NULL), RP_OK);
	put_away(&b);
}

static void a_change_that_succeeds_ends_older_doubts(void **state)
{
	struct rp_intent in[4];
	struct bench b;

	(void)state;
	cut_change(&b, "ins 24 cut-after\n");
	assert_int_equal(intents(&b, in), 1);
	assert_int_equal(change(&b, RP_SLOT_SIGN, "NEW456", "OTHER7", false), RP_OK);
	assert_int_equal(intents(&b, in), 0);
	put_away(&b);
}

static void without_a_note_nothing_is_sent(void **state)
{
	struct bench b;
	char path[96];

	(void)state;
	look_noted(&b, vreader_make("mynumber", NULL, false));
	/* the directory goes away under the job's feet */
	(void)snprintf(path, sizeof path, "rm -rf %s/journal && touch %s/journal", dir, dir);
	assert_int_equal(system(path), 0);
	assert_int_equal(change(&b, RP_SLOT_SIGN, "ABC123", "NEW456", false), RP_E_JOURNAL);
	assert_int_equal(b.err.tries_spent, 0);
	assert_int_equal(vreader_count_data(&b.v, 0x20), 0);
	put_away(&b);
	(void)drop_dir(NULL);
	(void)make_dir(NULL);
}

/* The note's file is locked by whoever runs the job: nobody resolves a job that runs. */
static void a_running_job_is_left_alone(void **state)
{
	struct rp_intent in = {.profile = "piv",
			       .card = "0123456789ABCDEF0123456789ABCDEF",
			       .slot = RP_SLOT_PIN,
			       .state = RP_PIN_READY,
			       .tries_left = 3,
			       .n_refs = 1};
	struct rp_intent all[4];
	struct journal j, other;
	struct state s;
	size_t n = 0;

	(void)state;
	assert_int_equal(state_open(dir, JOURNAL_DIR, &s, NULL), RP_OK);
	assert_int_equal(journal_begin(&s, &in, &j, NULL), RP_OK);
	assert_int_equal(journal_list(&s, in.card, all, 4, &n, NULL), RP_OK);
	assert_int_equal(n, 1);
	assert_true(all[0].running);
	assert_int_equal(journal_resume(&s, &all[0], &other, NULL), RP_E_JOURNAL);
	assert_int_equal(journal_forget(&s, &all[0], NULL), RP_E_JOURNAL);
	assert_int_equal(journal_goes(&j, 0, NULL), RP_OK);
	assert_false(journal_end(&j));
	assert_int_equal(journal_list(&s, in.card, all, 4, &n, NULL), RP_OK);
	assert_false(all[0].running);
	assert_string_equal(all[0].marks, "?");
	assert_int_equal(journal_forget(&s, &all[0], NULL), RP_OK);
	assert_int_equal(journal_forget(&s, &all[0], NULL), RP_E_JOURNAL);
}

/* Killed between "goes" and the answer: what is on the disk says "not known". */
static void a_kill_leaves_the_truth(void **state)
{
	struct rp_intent all[4];
	struct state s;
	size_t n = 0;
	int status;

	(void)state;
	assert_int_equal(state_open(dir, JOURNAL_DIR, &s, NULL), RP_OK);
	if (fork() == 0) {
		struct rp_intent in = {.profile = "piv",
				       .card = "0123456789ABCDEF0123456789ABCDEF",
				       .slot = RP_SLOT_PIN,
				       .tries_left = 3,
				       .n_refs = 1};
		struct journal j;

		if (journal_begin(&s, &in, &j, NULL) != RP_OK || journal_goes(&j, 0, NULL) != RP_OK)
			_exit(1);
		(void)raise(SIGKILL);
	}
	(void)wait(&status);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(journal_list(&s, "0123456789ABCDEF0123456789ABCDEF", all, 4, &n, NULL), RP_OK);
	assert_int_equal(n, 1);
	assert_string_equal(all[0].marks, "?");
	assert_false(all[0].running);
	assert_int_equal(journal_forget(&s, &all[0], NULL), RP_OK);
}

static void a_file_that_is_no_note_is_passed_over(void **state)
{
	static const char *const texts[] = {
		"",
		"repin-intent 1\n",
		"repin-intent 2\nbegun 1\ncard 0123456789ABCDEF0123456789ABCDEF\ntail 1\nprofile piv\nslot "
		"pin\ncode -\nstate ready\ntries 3\nmarks ?\n",
		"repin-intent 1\nbegun 1\ncard 0123456789ABCDEF0123456789ABCDEF\ntail 1\nprofile piv\nslot "
		"sign\ncode -\nstate ready\ntries 3\nmarks ?\n",
		"repin-intent 1\nbegun 1\ncard 0123456789ABCDEF0123456789ABCDEF\ntail 1\nprofile piv\nslot "
		"pin\ncode -\nstate ready\ntries 3\nmarks ??\n",
		"repin-intent 1\nbegun 1\ncard 0123456789ABCDEF0123456789ABCDEF\ntail 1\nprofile piv\nslot "
		"pin\ncode -\nstate ready\ntries 3\nmarks x\n",
		"repin-intent 1\nbegun 1\ncard 0123456789ABCDEF0123456789ABCDEF\ntail 1\nprofile piv\nslot "
		"pin\ncode -\nstate ready\ntries 3\nmarks ?",
	};
	struct rp_intent all[16];
	struct state s;
	size_t n = 99;
	char name[64];

	(void)state;
	assert_int_equal(state_open(dir, JOURNAL_DIR, &s, NULL), RP_OK);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		(void)snprintf(name, sizeof name, "journal/20261122T000000Z-0000000%zu", i);
		assert_int_equal(state_write(&s, name, texts[i], false, NULL, NULL), RP_OK);
	}
	assert_int_equal(state_write(&s, "journal/notes.txt", texts[1], false, NULL, NULL), RP_OK);
	assert_int_equal(journal_list(&s, NULL, all, 16, &n, NULL), RP_OK);
	assert_int_equal(n, 0);
}

/* No file of the directory holds a PIN or the card's number. */
static void no_note_holds_a_pin_or_a_number(void **state)
{
	struct bench b;
	char command[160];

	(void)state;
	cut_change(&b, "ins 24 cut-after\n");
	(void)snprintf(command, sizeof command,
		       "test -n \"$(ls %s/journal)\" && ! grep -rqE 'ABC123|NEW456|123456789012345' %s", dir,
		       dir);
	assert_int_equal(system(command), 0);
	put_away(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_job_that_ends_leaves_no_note, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_cut_change_cannot_be_known_and_costs_nothing_to_find_out,
						make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(the_wrong_one_of_the_two_tells_it_for_one_try, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(a_cut_before_the_new_pin_went_is_known, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(an_unlock_tells_by_itself, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_pin_in_two_places_is_finished, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(one_of_two_pins_is_not_enough_for_a_half_change, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(the_last_try_is_guarded_here_too, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(another_card_is_not_asked, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_change_that_succeeds_ends_older_doubts, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(without_a_note_nothing_is_sent, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_running_job_is_left_alone, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_kill_leaves_the_truth, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(a_file_that_is_no_note_is_passed_over, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(no_note_holds_a_pin_or_a_number, make_dir, drop_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
