/* SPDX-License-Identifier: Apache-2.0 */
/* The kiosk: a reservation from elsewhere by one proof, and a second proof there. */
#include "server/issuer_kiosk_kit.h"
#include "rules/hours.h"
#include <time.h>

/* --- the whole way --- */

static void one_known_pin_sets_the_other_at_a_kiosk(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_SIGN, RP_SLOT_AUTH};
	static const char *const fresh[] = {"NEW123", "4321"};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct rp_issuer_facts facts;
		struct rp_presence p;
		struct rp_case c;
		struct rp_grant g;

		irig_ok(reserve(&home, card, slots[k], &c), &err);
		assert_string_equal(c.state, "ready");
		assert_in_range(c.left_s, 24 * 3600 - 5, 24 * 3600);
		irig_show(&rig, card, slots[k], &p);
		irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
		assert_int_equal(facts.n_cases, 1);
		assert_false(facts.cases[0].here);
		irig_show(&rig, card, slots[k], &p);
		irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
		assert_string_equal(facts.cases[0].id, c.id);
		assert_true(facts.cases[0].here);
		irig_ok(grant(&at_kiosk, card, slots[k], c.id, &g), &err);
		assert_string_equal(g.case_id, c.id);
		state_is(c.id, "granted");
		assert_int_equal(irig_reset(card, slots[k], &g, fresh[k]), 0x9000);
		irig_show_with(&rig, card, slots[k], g.nonce, &p);
		irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
		assert_string_equal(facts.settled, c.id);
		assert_string_equal(facts.settled_state, "done");
		assert_int_equal(facts.n_cases, 0);
		state_is(c.id, "done");
	}
	assert_int_equal(irig_logged(&rig, "reserve", "ok"), 2);
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 2);
	assert_int_equal(irig_noticed(&rig, "grant"), 2);
}

/* --- who may --- */

static void a_reservation_is_never_opened_at_a_kiosk(void **state)
{
	struct rp_case c;

	(void)state;
	irig_refused(reserve(&at_kiosk, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_refused(reserve(&at_desk, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_ok(reserve(&at_app, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
}

static int setup_desk_only(void **state)
{
	struct issuer_conf conf = irig_conf(&rig);

	(void)state;
	conf.reserve_from[0] = "desk";
	conf.reserve_from[1] = NULL;
	begin(&conf);
	return 0;
}

static void the_issuer_says_from_where_reservations_may_come(void **state)
{
	struct rp_case c;

	(void)state;
	irig_refused(reserve(&home, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_refused(reserve(&at_app, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_refused(reserve(&at_kiosk, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_ok(reserve(&at_desk, card, RP_SLOT_SIGN, &c), &err);
}

static void a_grant_of_the_kiosk_is_given_at_a_kiosk_that_may(void **state)
{
	uint8_t sign_only[32];
	const struct issuer_peer at_other = {.fingerprint = sign_only};
	struct row_terminal lock = {.name = "kiosk 1", .locked = 1, .lock_reason = "test"};
	struct rp_case c, d;
	struct rp_grant g;

	(void)state;
	irig_terminal(&rig, "kiosk 2", "kiosk", "mynumber:sign", "", sign_only);
	irig_ok(reserve(&home, card, RP_SLOT_AUTH, &c), &err);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &d), &err);
	irig_refused(grant(&home, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_CLASS);
	irig_refused(grant(&at_desk, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_CLASS);
	irig_refused(grant(&at_app, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_CLASS);
	irig_refused(grant(&at_other, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_CAPABILITY);
	irig_run(&rig, ST_TERMINAL_LOCK, &lock);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_TERMINAL_LOCKED);
	lock.locked = 0;
	irig_run(&rig, ST_TERMINAL_LOCK, &lock);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_AUTH, c.id, &g), &err);
	irig_ok(grant(&at_other, card, RP_SLOT_SIGN, d.id, &g), &err);
}

static void a_capability_is_a_whole_word_of_the_list(void **state)
{
	static const char *const lists[] = {"",
					    "mynumber",
					    "mynumber:",
					    "mynumber:s",
					    "mynumber:signature",
					    "xmynumber:sign",
					    "mynumber:sign2,mynumber:sig",
					    "mynumber:auth,hicos:sign",
					    ",,",
					    "mynumber:auth,mynumber:sign"};
	const size_t n = sizeof lists / sizeof lists[0];
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	for (size_t k = 0; k < n; k++) {
		uint8_t fingerprint[32];
		const struct issuer_peer there = {.fingerprint = fingerprint};
		char name[16];

		(void)snprintf(name, sizeof name, "kiosk %zu", k + 10);
		irig_terminal(&rig, name, "kiosk", lists[k], "", fingerprint);
		if (k + 1 < n)
			irig_refused(grant(&there, card, RP_SLOT_SIGN, c.id, &g), &err,
				     RP_PROBLEM_CAPABILITY);
		else
			irig_ok(grant(&there, card, RP_SLOT_SIGN, c.id, &g), &err);
	}
}

static void text_and_juki_are_sent_to_the_counter(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_TEXT, RP_SLOT_JUKI};
	struct rp_proof proof = {0};
	struct rp_presence p;
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		irig_show(&rig, card, slots[k], &p);
		irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err,
			     RP_PROBLEM_CAPABILITY);
		assert_string_equal(rp_problem_door(err.problem), "counter");
		irig_refused(grant_with(&at_kiosk, irig_new_key(), &p, "x", &proof, &g), &err,
			     RP_PROBLEM_CAPABILITY);
	}
}

/* --- 24 hours --- */

#define DAY (INT64_C(24) * 3600 * 1000)

static void a_reservation_lives_24_hours_and_nothing_renews_it(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	later(DAY - 60000);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
	assert_in_range(facts.cases[0].left_s, 1, 60);
	later(60000);
	/* Before a sweeper has written anything. */
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_RESERVATION_OVER);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
	assert_int_equal(facts.n_cases, 0);
	irig_ok(issuer_sweep(rig.i, &err), &err);
	state_is(c.id, "expired");
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_RESERVATION_OVER);
	/* A clock that is set back brings nothing back. */
	rig.ahead_ms = 0;
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_RESERVATION_OVER);
	state_is(c.id, "expired");
	assert_int_equal(between.cryptograms, 0);
}

/* The clock of Japan is put to this minute of tomorrow, less so many ms. */
static void tomorrow_at(int minute, int64_t less_ms)
{
	const int64_t now = (int64_t)time(NULL) * 1000, offset = JAPAN_OFFSET_MIN * INT64_C(60000);

	rig.ahead_ms = ((now + offset) / DAY + 1) * DAY - offset + minute * INT64_C(60000) - less_ms - now;
	later(0);
}

static void hours_are(const char *hours)
{
	struct row_group g = {
		.name = "group of kiosk 1", .klass = "kiosk", .slots = "mynumber:sign,mynumber:auth"};

	(void)snprintf(g.hours, sizeof g.hours, "%s", hours);
	irig_run(&rig, ST_GROUP_PUT, &g);
}

static void kiosks_grant_within_their_hours_alone(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_case c, d;
	struct rp_grant g;

	(void)state;
	hours_are("mon-sun 6:30-23:00");
	tomorrow_at(AT(6, 30), 8000);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(reserve(&home, card, RP_SLOT_AUTH, &d), &err);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_KIOSK_CLOSED);
	assert_non_null(strstr(err.story, " 06:30 (mon-sun 6:30-23:00)"));
	state_is(c.id, "ready");
	later(8000);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
	assert_int_equal(irig_reset(card, RP_SLOT_SIGN, &g, "NEW123"), 0x9000);
	irig_show_with(&rig, card, RP_SLOT_SIGN, g.nonce, &p);
	irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
	/* What was begun before the end is finished behind it. */
	tomorrow_at(AT(23, 0), 8000);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_AUTH, d.id, &g), &err);
	assert_int_equal(irig_reset(card, RP_SLOT_AUTH, &g, "4321"), 0x9000);
	rig.ahead_ms += 8000;
	irig_show_with(&rig, card, RP_SLOT_AUTH, g.nonce, &p);
	irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
	assert_string_equal(facts.settled_state, "done");
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_KIOSK_CLOSED);
	state_is(c.id, "ready");
	/* A text of an older version is shown, and no more than that. */
	hours_are("around the clock, but for maintenance");
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
}

static void a_reservation_is_good_to_its_last_moment(void **state)
{
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	later(DAY - 30000);
	irig_ok(issuer_sweep(rig.i, &err), &err);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
	/* A second grant of it is bound to the same day. */
	later(30000);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_RESERVATION_OVER);
}

static void there_is_one_reservation_per_pin_and_a_new_one_cancels_the_old(void **state)
{
	struct rp_case first, second, auth, theirs;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &first), &err);
	irig_ok(reserve(&home, card, RP_SLOT_AUTH, &auth), &err);
	irig_ok(reserve(&home, other, RP_SLOT_SIGN, &theirs), &err);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &second), &err);
	state_is(first.id, "cancelled");
	state_is(auth.id, "ready");
	state_is(theirs.id, "ready");
	assert_int_equal(irig_logged(&rig, "cancel", "cancelled"), 1);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, first.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
	/* Those of another PIN or card are none. */
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, auth.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, theirs.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, second.id, &g), &err);
}

static void without_a_reservation_there_is_no_grant(void **state)
{
	struct rp_grant g;

	(void)state;
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, NULL, &g), &err, RP_PROBLEM_NO_RESERVATION);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, "no such case", &g), &err,
		     RP_PROBLEM_NO_RESERVATION);
	assert_string_equal(rp_problem_door(err.problem), "kiosk");
	assert_int_equal(between.cryptograms, 0);
}

static void a_reservation_ends_when_it_was_used(void **state)
{
	struct rp_presence p;
	struct rp_issuer_facts facts;
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
	assert_int_equal(irig_reset(card, RP_SLOT_SIGN, &g, "NEW123"), 0x9000);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_CASE_STATE);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, NULL, &g), &err, RP_PROBLEM_NO_RESERVATION);
}

static void a_holder_cancels_only_what_is_theirs_and_not_begun(void **state)
{
	const char *key = irig_new_key();
	struct rp_presence p, theirs;
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_show(&rig, other, RP_SLOT_SIGN, &theirs);
	irig_refused(issuer_cancel(rig.i, &home, irig_new_key(), &theirs, c.id, &err), &err, RP_PROBLEM_CASE);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	irig_ok(issuer_cancel(rig.i, &home, key, &p, c.id, &err), &err);
	irig_ok(issuer_cancel(rig.i, &home, key, &p, c.id, &err), &err);
	state_is(c.id, "cancelled");
	assert_int_equal(irig_logged(&rig, "cancel", NULL), 1);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
	irig_show(&rig, card, RP_SLOT_AUTH, &p);
	irig_refused(issuer_cancel(rig.i, &home, irig_new_key(), &p, c.id, &err), &err,
		     RP_PROBLEM_CASE_STATE);
	state_is(c.id, "granted");
}

/* --- what stops it --- */

static void a_card_that_changes_its_state_loses_its_reservation(void **state)
{
	struct rp_case c, d;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(issuer_card_status(rig.i, "console", "mynumber", card->number, "suspended", "lost", &err),
		&err);
	state_is(c.id, "cancelled");
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_CARD_SUSPENDED);
	irig_refused(reserve(&home, card, RP_SLOT_SIGN, &d), &err, RP_PROBLEM_CARD_SUSPENDED);
	irig_ok(issuer_card_status(rig.i, "console", "mynumber", card->number, "active", "found", &err),
		&err);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
}

static void a_stop_takes_effect_at_the_next_request(void **state)
{
	struct row_stop row = {.id = "s1", .reason = "test", .made_by = "a", .made_ms = 1};
	static const char *const stops[][3] = {
		{"kiosk", "", ""}, {"", "mynumber", ""}, {"", "", "group of kiosk 1"}, {"", "", ""}};
	struct rp_case c, d;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	for (unsigned k = 0; k < 4; k++) {
		(void)snprintf(row.id, sizeof row.id, "s%u", k);
		(void)snprintf(row.door, sizeof row.door, "%s", stops[k][0]);
		(void)snprintf(row.profile, sizeof row.profile, "%s", stops[k][1]);
		(void)snprintf(row.grp, sizeof row.grp, "%s", stops[k][2]);
		row.lifted_ms = 0;
		irig_run(&rig, ST_STOP_PUT, &row);
		irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_STOPPED);
		if (k != 2)
			irig_refused(reserve(&home, card, RP_SLOT_SIGN, &d), &err, RP_PROBLEM_STOPPED);
		row.lifted_ms = 2;
		irig_run(&rig, ST_STOP_LIFT, &row);
	}
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
}

static int setup_external(void **state)
{
	struct issuer_conf conf = irig_conf(&rig);

	(void)state;
	conf.n_external = 1;
	conf.external[0] = (struct external_row){.profile = "mynumber", .door = "kiosk", .name = "face"};
	begin(&conf);
	return 0;
}

static void a_door_that_asks_for_a_check_made_elsewhere_stays_shut_without_it(void **state)
{
	struct rp_case c;

	(void)state;
	irig_refused(reserve(&home, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_EVIDENCE_EXTERNAL);
}

static void a_token_that_fails_burns_nothing_at_a_kiosk(void **state)
{
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	between.cryptogram_fails = 1;
	assert_int_equal(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), RP_E_TOKEN);
	state_is(c.id, "ready");
	assert_int_equal(irig_logged(&rig, "grant", NULL), 0);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define T_WITH(name, how) cmocka_unit_test_setup_teardown(name, how, teardown)
	const struct CMUnitTest tests[] = {
		T(one_known_pin_sets_the_other_at_a_kiosk),
		T(a_reservation_is_never_opened_at_a_kiosk),
		T_WITH(the_issuer_says_from_where_reservations_may_come, setup_desk_only),
		T(a_grant_of_the_kiosk_is_given_at_a_kiosk_that_may),
		T(kiosks_grant_within_their_hours_alone),
		T(a_capability_is_a_whole_word_of_the_list),
		T(text_and_juki_are_sent_to_the_counter),
		T(a_reservation_lives_24_hours_and_nothing_renews_it),
		T(a_reservation_is_good_to_its_last_moment),
		T(there_is_one_reservation_per_pin_and_a_new_one_cancels_the_old),
		T(without_a_reservation_there_is_no_grant),
		T(a_reservation_ends_when_it_was_used),
		T(a_holder_cancels_only_what_is_theirs_and_not_begun),
		T(a_card_that_changes_its_state_loses_its_reservation),
		T(a_stop_takes_effect_at_the_next_request),
		T_WITH(a_door_that_asks_for_a_check_made_elsewhere_stays_shut_without_it, setup_external),
		T(a_token_that_fails_burns_nothing_at_a_kiosk),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_kiosk", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
