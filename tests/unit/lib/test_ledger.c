/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger on virtual cards: what it says after real jobs of ours and deeds of others. */
#include "ledger_rig.h"

static void tries_that_others_used_are_told_until_they_are_back(void **state)
{
	struct bench b;
	struct said s;

	(void)state;
	start(&b, vreader_make("mynumber", NULL, false));
	others_use(&b, "sign", 3);
	for (int i = 0; i < 3; i++) {
		s = note(&b);
		assert_said(&s, RP_SLOT_SIGN, RP_LEDGER_USED, 2, false);
	}
	assert_int_equal(change(&b, RP_SLOT_SIGN, "WRONG1", "NEW456", false), RP_E_PIN_WRONG);
	s = note(&b);
	assert_said(&s, RP_SLOT_SIGN, RP_LEDGER_USED, 2, false); /* ours is not among them */
	others_use(&b, "sign", 5);
	s = note(&b);
	assert_said(&s, RP_SLOT_SIGN, RP_LEDGER_SET_BACK, 0, false);
	assert_int_equal(change(&b, RP_SLOT_SIGN, "ABC123", "NEW456", false), RP_OK);
	assert_int_equal(note(&b).n, 0); /* and what is ours now is not theirs */
	put_away(&b);
}

static void our_own_entries_are_never_elsewhere(void **state)
{
	struct bench b;

	(void)state;
	start(&b, vreader_make("mynumber", NULL, false));
	assert_int_equal(change(&b, RP_SLOT_AUTH, "9999", "8305", false), RP_E_PIN_WRONG);
	assert_int_equal(note(&b).n, 0);
	assert_int_equal(change(&b, RP_SLOT_AUTH, "9999", "8305", false), RP_E_PIN_WRONG);
	assert_int_equal(note(&b).n, 0);
	assert_int_equal(change(&b, RP_SLOT_AUTH, "1234", "8305", true), RP_OK);
	assert_int_equal(note(&b).n, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(change(&b, RP_SLOT_AUTH, "9999", "1234", true), RP_E_PIN_WRONG);
		assert_int_equal(note(&b).n, 0);
	}
	assert_int_equal(b.shown.pins[1].state, RP_PIN_LOCKED); /* by us, and nobody else is named */
	put_away(&b);
}

/* The answer to a wrong entry tells the tries of one place, and the other may have fewer. */
static void a_pin_in_two_places_is_compared_place_by_place(void **state)
{
	static const char *const places[] = {"juki", "juki-common"};

	(void)state;
	for (int place = 0; place < 2; place++) {
		struct said s;
		struct bench b;

		start(&b, vreader_make("mynumber", NULL, false));
		others_use(&b, places[place], 1);
		s = note(&b);
		assert_said(&s, RP_SLOT_JUKI, RP_LEDGER_USED, 2, false);
		/* wrong in the first place, whichever has fewer tries */
		assert_int_equal(change(&b, RP_SLOT_JUKI, "9999", "5678", true), RP_E_PIN_WRONG);
		s = note(&b);
		assert_said(&s, RP_SLOT_JUKI, RP_LEDGER_USED, 2, false);
		assert_int_equal(rp_ledger_wipe(b.ctx, NULL, &s.n, &b.err), RP_OK);
		put_away(&b);
	}
}

static void unlocking_is_ours_in_both_of_its_secrets(void **state)
{
	struct bench b;
	struct said s;

	(void)state;
	start(&b, vreader_make("aosign", NULL, false));
	others_use(&b, "pin", 0);
	s = note(&b);
	assert_said(&s, RP_SLOT_PIN, RP_LEDGER_LOCKED, 10, false);
	assert_int_equal(unlock(&b, RP_SLOT_PIN, 0, "99999998", "newPin99", false), RP_E_SECRET_WRONG);
	s = note(&b);
	assert_said(&s, RP_SLOT_PIN, RP_LEDGER_LOCKED, 10, false); /* of the letter's nothing */
	assert_int_equal(unlock(&b, RP_SLOT_PIN, 0, "12345678", "newPin99", false), RP_OK);
	assert_int_equal(note(&b).n, 0);
	put_away(&b);
}

static void a_card_that_we_killed_was_killed_by_nobody_else(void **state)
{
	struct bench b;

	(void)state;
	start(&b, vreader_make("aosign", NULL, false));
	for (int i = 0; i < 10; i++) {
		assert_int_equal(note(&b).n, 0);
		(void)!unlock(&b, RP_SLOT_PIN, 0, "99999998", "newPin99", true);
	}
	refresh(&b);
	assert_int_equal(b.shown.pins[0].state, RP_PIN_DEAD);
	assert_int_equal(note(&b).n, 0);
	put_away(&b);
}

static void a_card_that_others_killed_is_told_once_for_its_letter(void **state)
{
	struct bench b;
	struct said s;

	(void)state;
	start(&b, vreader_make("aosign", NULL, false));
	others_use(&b, "letter", 0);
	s = note(&b);
	assert_said(&s, RP_SLOT_LETTER, RP_LEDGER_LOCKED, 10, false);
	put_away(&b);
}

static void a_card_without_a_number_is_not_noted(void **state)
{
	struct bench b;
	struct rp_ledger_card cards[4];
	size_t n = 99;

	(void)state;
	look(&b, vreader_make("mynumber", NULL, false));
	keep_ledger(&b);
	b.shown.number[0] = '\0';
	for (uint8_t left = 5; left > 2; left--) {
		struct said s = {.n = 99};

		others_use(&b, "sign", left);
		assert_int_equal(rp_ledger_note(b.ctx, &b.shown, s.news, &s.n, &b.err), RP_OK);
		assert_int_equal(s.n, 0);
	}
	assert_int_equal(change(&b, RP_SLOT_AUTH, "1234", "8305", false), RP_E_CARD_CHANGED);
	assert_int_equal(rp_ledger_cards(b.ctx, NULL, cards, 4, &n, &b.err), RP_OK);
	assert_int_equal(n, 0);
	put_away(&b);
}

/* Cut with the PIN on its way: the try that is gone may be ours. */
static void a_cut_job_makes_it_elsewhere_or_here(void **state)
{
	struct bench b;
	struct said s;
	struct vcard *card;

	(void)state;
	start(&b, vreader_make("aosign", NULL, false));
	vreader_faults(&b.v, "ins 24 cut-after\n");
	assert_int_not_equal(change(&b, RP_SLOT_PIN, "wrong123", "newPin99", false), RP_OK);
	assert_int_equal(b.err.tries_spent, RP_SPENT_UNKNOWN);
	card = b.v.card;
	b.v.card = NULL;
	put_away(&b);
	vcard_reset(card);
	look(&b, card);
	keep_ledger(&b);
	s = note(&b);
	assert_int_equal(vreader_tries(&b.v, "pin"), 9);
	assert_said(&s, RP_SLOT_PIN, RP_LEDGER_USED, 1, true);
	put_away(&b);
}

/* Killed between the note and its end. */
static void a_killed_job_is_never_blamed_on_others(void **state)
{
	const struct pin_row row = {.slot = RP_SLOT_SIGN, .n_refs = 1};
	struct ledger_seen seen;
	struct bench b;
	struct said s;

	(void)state;
	start(&b, vreader_make("mynumber", NULL, false));
	if (fork() == 0) {
		const struct job j = {.kind = JOB_CHANGE, .row = &row, .shown = &b.shown};

		ledger_job_begins(b.ctx, &j, &seen);
		_exit(0);
	}
	assert_true(wait(NULL) > 0);
	others_use(&b, "sign", 4);
	s = note(&b);
	assert_said(&s, RP_SLOT_SIGN, RP_LEDGER_USED, 1, true);
	put_away(&b);
}

/* --- every job, cut at every command --- */

struct one_job {
	const char *family, *pins;
	rp_slot slot;
	const char *secret, *fresh;
	bool unlocks;
	unsigned way;
};

static const struct one_job jobs[] = {
	{"mynumber", NULL, RP_SLOT_SIGN, "WRONG1", "NEW456", false, 0},
	{"mynumber", NULL, RP_SLOT_SIGN, "ABC123", "NEW456", false, 0},
	{"mynumber", NULL, RP_SLOT_JUKI, "9999", "5678", false, 0},
	{"mynumber", NULL, RP_SLOT_JUKI, "1234", "5678", false, 0},
	{"aosign", NULL, RP_SLOT_PIN, "99999998", "newPin99", false, 0},
	{"aosign", NULL, RP_SLOT_PIN, "99999998", "newPin99", true, 0},
	{"aosign", NULL, RP_SLOT_PIN, "12345678", "newPin99", true, 0},
	{"hicos", NULL, RP_SLOT_PIN, "999999", "newPin99", false, 0},
	{"piv", NULL, RP_SLOT_PIN, "999999", "654321", false, 0},
	{"piv", NULL, RP_SLOT_PIN, "99999999", "654321", true, 0},
	{"openpgp", NULL, RP_SLOT_PW1, "999999", "654321", false, 0},
	{"openpgp", "rc=resetcode", RP_SLOT_PW1, "wrongcode", "654321", true, 0},
	{"openpgp", "rc=resetcode", RP_SLOT_PW1, "resetcode", "654321", true, 0},
	{"openpgp", NULL, RP_SLOT_PW1, "99999999", "654321", true, 1},
	{"openpgp", NULL, RP_SLOT_PW1, "12345678", "654321", true, 1},
	{"gids", NULL, RP_SLOT_PIN, "999999", "654321", false, 0},
};

/* One try is missing everywhere before the job, so that a right entry of ours shows as a rise. */
static void spend_one_each(struct vcard *c)
{
	for (size_t i = 0; i < c->n_pins; i++)
		if (c->pins[i].set && c->pins[i].tries > 2)
			c->pins[i].tries--;
}

/* False when the job ended before command n. */
static bool cut_one(const struct one_job *j, const char *kind, unsigned n)
{
	struct bench b;
	struct vcard *card = vreader_make(j->family, j->pins, true);
	struct said s;
	char script[64];
	size_t wiped;
	bool reached;

	spend_one_each(card);
	start(&b, card);
	(void)snprintf(script, sizeof script, "apdu %u %s\n", n, kind);
	vreader_faults(&b.v, script);
	rp_ctx_timeout(b.ctx, 5);
	if (j->unlocks)
		(void)!unlock(&b, j->slot, j->way, j->secret, j->fresh, true);
	else
		(void)!change(&b, j->slot, j->secret, j->fresh, true);
	reached = b.v.n >= n;
	b.v.card = NULL;
	put_away(&b);
	vcard_reset(card);
	look(&b, card);
	keep_ledger(&b);
	s = note(&b);
	for (size_t i = 0; i < s.n; i++)
		if (!s.news[i].unsure)
			fail_msg("%s %s %s, %s at %u: %s %d of %s is said to be elsewhere", j->family,
				 j->unlocks ? "unlock" : "change", j->secret, kind, n,
				 rp_ledger_kind_word(s.news[i].kind), s.news[i].tries,
				 rp_slot_word(s.news[i].slot));
	assert_int_equal(rp_ledger_wipe(b.ctx, NULL, &wiped, &b.err), RP_OK);
	put_away(&b);
	return reached;
}

static void no_cut_of_our_jobs_accuses_anybody(void **state)
{
	static const char *const kinds[] = {"cut-before", "cut-after", "sw 6F00", "mute"};

	(void)state;
	for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
		for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
			for (unsigned n = 1; n < 60; n++)
				if (!cut_one(&jobs[i], kinds[k], n))
					break;
}

/* --- for people --- */

static void what_is_listed_is_what_was_noted(void **state)
{
	static struct rp_ledger_line lines[LEDGER_LINES];
	struct rp_ledger_card cards[4] = {0};
	struct bench b, other;
	size_t n = 0;

	(void)state;
	start(&b, vreader_make("mynumber", NULL, false));
	others_use(&b, "auth", 2);
	(void)note(&b);
	assert_int_equal(change(&b, RP_SLOT_AUTH, "9999", "8305", false), RP_E_PIN_WRONG);
	start(&other, vreader_make("aosign", NULL, false));
	assert_int_equal(rp_ledger_cards(b.ctx, NULL, cards, 4, &n, &b.err), RP_OK);
	assert_int_equal(n, 2);
	assert_int_equal(rp_ledger_cards(b.ctx, &b.shown, cards, 4, &n, &b.err), RP_OK);
	assert_int_equal(n, 1);
	assert_string_equal(cards[0].profile, "mynumber");
	assert_string_equal(cards[0].tail, "2345");
	assert_true(cards[0].first_s > 0 && cards[0].last_s >= cards[0].first_s);
	assert_int_equal(rp_ledger_list(b.ctx, cards[0].card, lines, LEDGER_LINES, &n, &b.err), RP_OK);
	assert_int_equal(n, 6); /* four PINs, one that moved, one job */
	assert_int_equal(lines[4].elsewhere.kind, RP_LEDGER_USED);
	assert_int_equal(lines[5].why, RP_LEDGER_CHANGE);
	assert_int_equal(lines[5].result, RP_E_PIN_WRONG);
	assert_int_equal(lines[5].tries_spent, 1);
	assert_int_equal(lines[5].tries_left, 1);
	assert_int_equal(lines[5].elsewhere.kind, RP_LEDGER_NOTHING);
	assert_int_equal(rp_ledger_list(b.ctx, cards[0].card, lines, 2, &n, &b.err), RP_OK);
	assert_int_equal(n, 2);
	assert_int_equal(rp_ledger_list(b.ctx, "../../key", lines, 2, &n, &b.err), RP_E_JOURNAL);
	put_away(&other);
	put_away(&b);
}

static void wiping_leaves_nothing(void **state)
{
	struct rp_ledger_card card;
	char path[160], beside[200];
	struct bench b, other;
	size_t n = 0;

	(void)state;
	start(&b, vreader_make("mynumber", NULL, false));
	path_of_only(path, sizeof path);
	(void)snprintf(beside, sizeof beside, "%s.broken", path);
	put_file(beside, "x", 1);
	(void)snprintf(beside, sizeof beside, "%s.0011223344556677.new", path);
	put_file(beside, "x", 1);
	start(&other, vreader_make("aosign", NULL, false));
	assert_int_equal(files_below("ledger"), 4);
	assert_int_equal(rp_ledger_cards(b.ctx, &b.shown, &card, 1, &n, &b.err), RP_OK);
	assert_int_equal(rp_ledger_wipe(b.ctx, card.card, &n, &b.err), RP_OK);
	assert_int_equal(n, 1);
	assert_int_equal(files_below("ledger"), 1);
	assert_int_equal(rp_ledger_wipe(b.ctx, "", &n, &b.err), RP_E_JOURNAL);
	assert_int_equal(rp_ledger_wipe(b.ctx, NULL, &n, &b.err), RP_OK);
	assert_int_equal(n, 1);
	assert_int_equal(files_below("ledger"), 0);
	assert_int_equal(rp_ledger_wipe(b.ctx, NULL, &n, &b.err), RP_OK);
	assert_int_equal(n, 0);
	assert_int_equal(note(&b).n, 0); /* and begins anew */
	assert_int_equal(files_below("ledger"), 1);
	put_away(&other);
	put_away(&b);
}

static void without_notes_or_switched_off_nothing_is_kept(void **state)
{
	struct bench b;
	struct said s;
	size_t n;

	(void)state;
	look(&b, vreader_make("mynumber", NULL, false));
	rp_ctx_ledger(b.ctx, true);
	assert_int_equal(rp_ledger_note(b.ctx, &b.shown, s.news, &s.n, &b.err), RP_E_JOURNAL);
	assert_int_equal(rp_ledger_wipe(b.ctx, NULL, &n, &b.err), RP_E_JOURNAL);
	assert_int_equal(change(&b, RP_SLOT_AUTH, "1234", "8305", false), RP_OK);
	assert_int_equal(files_below("."), 0);
	assert_int_equal(rp_ctx_notes(b.ctx, dir, &b.err), RP_OK);
	rp_ctx_ledger(b.ctx, false);
	refresh(&b);
	assert_int_equal(change(&b, RP_SLOT_AUTH, "8305", "1234", false), RP_OK);
	assert_int_equal(files_below("ledger"), 0);
	put_away(&b);
}

static void words_are_there(void **state)
{
	(void)state;
	assert_string_equal(rp_ledger_kind_word(RP_LEDGER_NOTHING), "");
	assert_string_equal(rp_ledger_kind_word(RP_LEDGER_SET_BACK), "set-back");
	assert_string_equal(rp_ledger_why_word(RP_LEDGER_RESOLVE), "resolve");
	assert_string_equal(rp_ledger_why_word((enum rp_ledger_why)99), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tries_that_others_used_are_told_until_they_are_back),
		TEST(our_own_entries_are_never_elsewhere),
		TEST(a_pin_in_two_places_is_compared_place_by_place),
		TEST(unlocking_is_ours_in_both_of_its_secrets),
		TEST(a_card_that_we_killed_was_killed_by_nobody_else),
		TEST(a_card_that_others_killed_is_told_once_for_its_letter),
		TEST(a_card_without_a_number_is_not_noted),
		TEST(a_cut_job_makes_it_elsewhere_or_here),
		TEST(a_killed_job_is_never_blamed_on_others),
		TEST(no_cut_of_our_jobs_accuses_anybody),
		TEST(what_is_listed_is_what_was_noted),
		TEST(wiping_leaves_nothing),
		TEST(without_notes_or_switched_off_nothing_is_kept),
		TEST(words_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
