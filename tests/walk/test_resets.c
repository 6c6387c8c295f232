/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only a reset by the issuer leaves behind: after a cut a PIN that was locked tells by itself, and
 * a PIN in two places is found out by one entry, for both were set in one. And what the ledger says of it.
 */
#include "walk/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { OLD = 0, NEW = 1, SIGN = 0, AUTH = 1, JUKI = 3 };

static char dir[64];

static struct w_job ask(const struct walk *w, int slot, int entry)
{
	struct w_job j = {.kind = W_ASK, .slot = slot, .entry = entry, .fresh = NEW};

	while (w->f->ask[j.ask].slot != slot || w->f->ask[j.ask].reserves)
		j.ask++;
	return j;
}

/* The reset, torn at the new PIN. */
static void tear(struct walk *w, int slot, bool done)
{
	const struct w_job j = ask(w, slot, OLD);
	struct rp_outcome out;
	struct rp_error err = RP_ERROR_INIT;

	walk_look(w, 0, false);
	vreader_faults(&w->v, done ? "ins 2C cut-after\n" : "ins 2C cut-before\n");
	assert_int_equal(walk_run(w, &j, &out, &err), RP_E_CARD_GONE);
	assert_true(err.in_doubt);
	assert_int_equal(err.tries_spent, 0);
	assert_int_equal(err.slot, w->f->slot[slot].slot);
	vreader_faults(&w->v, NULL);
	walk_believe_card(w);
	walk_reopen(w);
	walk_look(w, 0, false);
}

static size_t notes(struct walk *w, struct rp_intent ret[4])
{
	size_t n = 0;

	assert_int_equal(rp_intents(w->ctx, &w->shown, ret, 4, &n, NULL), RP_OK);
	return n;
}

static void forget_all(struct walk *w)
{
	struct rp_intent in[4];

	while (notes(w, in) > 0)
		assert_int_equal(rp_intent_forget(w->ctx, &in[0], NULL), RP_OK);
}

static void lock(struct walk *w, int slot)
{
	const struct f_slot *s = &w->f->slot[slot];

	for (int i = 0; i < s->n_refs; i++)
		w->truth[s->at + i]->tries = 0;
	walk_believe_card(w);
}

static void a_locked_pin_tells_by_itself_whether_it_was_reset(void **state)
{
	static const int slots[] = {SIGN, AUTH, 2, JUKI};
	static struct walk w;
	struct rp_intent in[4];

	(void)state;
	walk_start(&w, &f_families[0], dir);
	for (int i = 0; i < 8; i++) {
		const bool done = i & 1;

		walk_restore(&w);
		lock(&w, slots[i / 2]);
		tear(&w, slots[i / 2], done);
		assert_int_equal(notes(&w, in), 1);
		assert_int_equal(in[0].code, in[0].slot);
		assert_int_equal(in[0].answer, done ? RP_ANSWER_NEW : RP_ANSWER_OLD);
		forget_all(&w);
	}
	walk_end(&w);
}

static void one_entry_tells_of_both_places(void **state)
{
	static struct walk w;
	const struct rp_job job = {.slot = RP_SLOT_JUKI, .shown = &w.shown};
	struct rp_resolution res;
	struct rp_intent in[4];

	(void)state;
	walk_start(&w, &f_families[0], dir);
	assert_int_equal(w.f->slot[JUKI].slot, RP_SLOT_JUKI);
	for (int done = 0; done < 2; done++) {
		walk_restore(&w);
		tear(&w, JUKI, done);
		assert_int_equal(notes(&w, in), 1);
		assert_int_equal(in[0].answer, RP_ANSWER_UNKNOWN);
		vreader_forget(&w.v);
		assert_int_equal(rp_resolve(w.c, &in[0], &job, NULL,
					    walk_entry(&w, JUKI, RP_ENTRY_CURRENT, NEW), &res, NULL),
				 RP_OK);
		assert_int_equal(res.answer, done ? RP_ANSWER_NEW : RP_ANSWER_OLD);
		assert_int_equal(res.done.tries_spent, !done);
		assert_int_equal(vreader_count_data(&w.v, 0x20), 1);
		walk_believe_card(&w);
		walk_look(&w, 0, false);
		assert_int_equal(notes(&w, in), 0);
	}
	walk_end(&w);
}

/* --- the ledger --- */

/* The newest line about a slot. */
static struct rp_ledger_line last_line(struct walk *w, rp_slot slot)
{
	static struct rp_ledger_line lines[RP_LEDGER_LINES_MAX];
	struct rp_ledger_card card;
	struct rp_ledger_line ret = {0};
	size_t n = 0;

	assert_int_equal(rp_ledger_cards(w->ctx, &w->shown, &card, 1, &n, NULL), RP_OK);
	assert_int_equal(n, 1);
	assert_int_equal(rp_ledger_list(w->ctx, card.card, lines, RP_LEDGER_LINES_MAX, &n, NULL), RP_OK);
	for (size_t i = 0; i < n; i++)
		if (lines[i].slot == slot)
			ret = lines[i];
	return ret;
}

static void run(struct walk *w, const struct w_job *j, rp_code wanted)
{
	struct rp_outcome out;

	walk_look(w, 0, false);
	assert_int_equal(walk_run(w, j, &out, NULL), wanted);
	walk_believe_card(w);
}

static void the_ledger_knows_who_was_reset_and_who_proved_it(void **state)
{
	static struct walk w;
	struct rp_ledger_line sign, auth;
	struct w_job j;

	(void)state;
	walk_start(&w, &f_families[0], dir);
	rp_ctx_ledger(w.ctx, true);
	j = ask(&w, SIGN, OLD);
	run(&w, &j, RP_OK);
	sign = last_line(&w, RP_SLOT_SIGN);
	auth = last_line(&w, RP_SLOT_AUTH);
	assert_int_equal(sign.why, RP_LEDGER_RESET);
	assert_int_equal(sign.result, RP_OK);
	assert_int_equal(sign.tries_left, 5);
	assert_string_equal(rp_ledger_why_word(sign.why), "reset");
	assert_int_equal(auth.why, RP_LEDGER_RESET);
	assert_int_equal(auth.tries_spent, 0);
	/* a wrong other PIN is its own try, and none of the PIN that was to be set */
	j = ask(&w, SIGN, 2);
	run(&w, &j, RP_E_PIN_WRONG);
	assert_int_equal(last_line(&w, RP_SLOT_SIGN).tries_spent, 0);
	assert_int_equal(last_line(&w, RP_SLOT_AUTH).tries_spent, 1);
	assert_int_equal(last_line(&w, RP_SLOT_AUTH).tries_left, 2);
	/* a reservation proves a PIN, and is told as that */
	for (j.ask = 0; !w.f->ask[j.ask].reserves;)
		j.ask++;
	j.entry = OLD;
	run(&w, &j, RP_OK);
	assert_int_equal(last_line(&w, RP_SLOT_AUTH).why, RP_LEDGER_VERIFY);
	assert_int_equal(last_line(&w, RP_SLOT_AUTH).tries_left, 3);
	assert_int_equal(last_line(&w, RP_SLOT_SIGN).why, RP_LEDGER_RESET);
	walk_end(&w);
}

/* A try of the user code is the issuer's to count: the card's PIN has all of its own. */
static void a_try_at_the_issuer_is_none_of_the_card(void **state)
{
	static struct walk w;
	const struct rp_job job = {.slot = RP_SLOT_PIN, .shown = &w.shown};
	rp_secret *code = secret_of("Wrong99");
	const struct rp_evidence e = {.door = "user-code", .user_code = code};
	struct rp_error err = RP_ERROR_INIT;
	struct rp_reset_done done;

	(void)state;
	walk_start(&w, &f_families[3], dir);
	assert_string_equal(w.f->name, "hicos");
	rp_ctx_ledger(w.ctx, true);
	play_start(&w.issuer, &w.v);
	assert_int_equal(rp_issuer_reset(w.c, &w.issuer.port, &job, RP_SLOT_NONE, NULL,
					 walk_entry(&w, 0, RP_ENTRY_NEW, NEW), &e, &done, &err),
			 RP_E_ISSUER_REFUSED);
	assert_true(err.spent_at_issuer);
	assert_int_equal(err.tries_spent, 1);
	assert_int_equal(last_line(&w, RP_SLOT_PIN).why, RP_LEDGER_RESET);
	assert_int_equal(last_line(&w, RP_SLOT_PIN).result, RP_E_ISSUER_REFUSED);
	assert_int_equal(last_line(&w, RP_SLOT_PIN).tries_spent, 0);
	rp_secret_free(code);
	walk_end(&w);
}

static int make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "%s/repin-resets-XXXXXX",
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
		cmocka_unit_test_setup_teardown(a_locked_pin_tells_by_itself_whether_it_was_reset, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(one_entry_tells_of_both_places, make_dir, drop_dir),
		cmocka_unit_test_setup_teardown(the_ledger_knows_who_was_reset_and_who_proved_it, make_dir,
						drop_dir),
		cmocka_unit_test_setup_teardown(a_try_at_the_issuer_is_none_of_the_card, make_dir, drop_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
