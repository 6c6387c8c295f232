/* SPDX-License-Identifier: Apache-2.0 */
/* A grant is burnt before it is sent, and once. */
#include "server/issuer_code_kit.h"

/* --- burn before send, once --- */

static void a_token_that_fails_burns_nothing(void **state)
{
	const char *key = irig_new_key();
	struct rp_grant g = {.id = "untouched"};
	struct rp_presence p;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	between.cryptogram_fails = 1;
	assert_int_equal(ask(key, &p, IRIG_CODE, &g), RP_E_TOKEN);
	assert_string_equal(g.id, "untouched");
	assert_int_equal(grants_open(), 0);
	assert_int_equal(cases_open(), 0);
	assert_int_equal(irig_logged(&rig, "grant", NULL), 0);
	assert_int_equal(irig_noticed(&rig, "grant"), 0);
	irig_ok(ask(key, &p, IRIG_CODE, &g), &err);
	assert_int_equal(grants_open(), 1);
	tries_are(3, "active");
}

static void no_cryptogram_leaves_before_its_grant_is_written(void **state)
{
	const char *key = irig_new_key();
	struct rp_grant g = {.id = "untouched"}, again;
	struct rp_presence p;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	between.work_fails = 2; /* the second transaction is never begun */
	assert_int_equal(ask(key, &p, IRIG_CODE, &g), RP_E_STORE_AWAY);
	assert_string_equal(g.id, "untouched");
	assert_int_equal(grants_open(), 0);
	/* Committed, but we do not hear of it: the same request gets what was written. */
	between.commit_lost = 2;
	assert_int_equal(ask(key, &p, IRIG_CODE, &g), RP_E_STORE_AWAY);
	assert_string_equal(g.id, "untouched");
	assert_int_equal(grants_open(), 1);
	irig_ok(ask(key, &p, IRIG_CODE, &again), &err);
	assert_int_equal(grants_open(), 1);
	assert_int_equal(irig_reset(card, RP_SLOT_PIN, &again, "654321"), 0x9000);
}

static void the_same_request_gets_the_same_bytes_and_another_is_refused(void **state)
{
	const char *key = irig_new_key();
	struct rp_grant g, again;
	struct rp_presence p, other;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(ask(key, &p, IRIG_CODE, &g), &err);
	between.argon2 = 0;
	for (unsigned k = 0; k < 3; k++) {
		irig_ok(ask(key, &p, IRIG_CODE, &again), &err);
		assert_true(same_grant(&g, &again));
	}
	assert_int_equal(between.argon2, 0);
	assert_int_equal(grants_open(), 1);
	assert_int_equal(irig_logged(&rig, "grant", NULL), 1);
	irig_refused(ask(key, &p, "Other12", &again), &err, RP_PROBLEM_KEY_REUSED);
	irig_show(&rig, card, RP_SLOT_PIN, &other);
	irig_refused(ask(key, &other, IRIG_CODE, &again), &err, RP_PROBLEM_KEY_REUSED);
	tries_are(3, "active");
}

static void a_restart_changes_nothing_of_what_was_begun(void **state)
{
	const char *key = irig_new_key(), *dying = irig_new_key();
	struct rp_grant g, again;
	struct rp_presence p, q;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(ask(key, &p, IRIG_CODE, &g), &err);
	irig_restart(&rig);
	irig_ok(ask(key, &p, IRIG_CODE, &again), &err);
	assert_true(same_grant(&g, &again));
	irig_refused(ask(irig_new_key(), &p, IRIG_CODE, &again), &err, RP_PROBLEM_NONCE_OLD);
	assert_int_equal(irig_reset(card, RP_SLOT_PIN, &g, "654321"), 0x9000);
	/* Counted, then the process dies; its successor compares and does not count. */
	irig_show(&rig, card, RP_SLOT_PIN, &q);
	between.pepper_fails = 2;
	assert_int_equal(ask(dying, &q, IRIG_CODE, &g), RP_E_TOKEN);
	tries_are(2, "active");
	irig_restart(&rig);
	irig_ok(ask(dying, &q, IRIG_CODE, &g), &err);
	tries_are(3, "active");
	assert_int_equal(irig_logged(&rig, "code", "counted"), 2);
}

static void a_key_that_is_none_is_refused(void **state)
{
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_refused(ask("short", &p, IRIG_CODE, &g), &err, RP_PROBLEM_MALFORMED);
	irig_refused(ask(NULL, &p, IRIG_CODE, &g), &err, RP_PROBLEM_MALFORMED);
	irig_refused(ask("0123456789012345678901234567890123456789", &p, IRIG_CODE, &g), &err,
		     RP_PROBLEM_MALFORMED);
	irig_refused(ask("with a blank", &p, IRIG_CODE, &g), &err, RP_PROBLEM_MALFORMED);
}

static void a_presence_serves_one_grant(void **state)
{
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(ask(irig_new_key(), &p, IRIG_CODE, &g), &err);
	irig_refused(ask(irig_new_key(), &p, IRIG_CODE, &g), &err, RP_PROBLEM_NONCE_OLD);
	tries_are(3, "active");
	assert_int_equal(irig_logged(&rig, "code", "counted"), 1);
}

static void a_wrong_code_uses_its_nonce_up(void **state)
{
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_refused(ask(irig_new_key(), &p, "Wrong1", &g), &err, RP_PROBLEM_CODE_WRONG);
	irig_refused(ask(irig_new_key(), &p, IRIG_CODE, &g), &err, RP_PROBLEM_NONCE_OLD);
	tries_are(2, "active");
}

static void two_grants_are_never_open_for_one_pin(void **state)
{
	struct rp_presence first, second;
	struct rp_grant g;

	(void)state;
	/* Both nonces before the first grant: the second challenge is the one that lives on the card. */
	irig_show(&rig, card, RP_SLOT_PIN, &first);
	irig_show(&rig, card, RP_SLOT_PIN, &second);
	irig_ok(ask(irig_new_key(), &first, IRIG_CODE, &g), &err);
	irig_refused(ask(irig_new_key(), &second, IRIG_CODE, &g), &err, RP_PROBLEM_NONCE_OLD);
	assert_int_equal(grants_open(), 1);
	tries_are(3, "active");
	/* A newer one settles the first. */
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
	assert_int_equal(grants_open(), 1);
	assert_int_equal(irig_logged(&rig, "failed", "mac"), 1);
}

static void a_case_is_granted_four_times_and_then_not(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g, first;

	(void)state;
	irig_ok(ask_anew(IRIG_CODE, &first), &err);
	for (unsigned k = 2; k <= 5; k++) {
		irig_show(&rig, card, RP_SLOT_PIN, &p);
		if (k == 5) {
			irig_refused(ask_at(&home, irig_new_key(), &p, IRIG_CODE, first.case_id, &g), &err,
				     RP_PROBLEM_GRANTS_USED);
			break;
		}
		irig_ok(ask_at(&home, irig_new_key(), &p, IRIG_CODE, first.case_id, &g), &err);
		assert_string_equal(g.case_id, first.case_id);
		assert_string_not_equal(g.id, first.id);
	}
	tries_are(3, "active");
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
	assert_int_equal(facts.n_cases, 1);
	assert_false(facts.cases[0].here);
}

static void a_case_that_is_done_over_or_of_another_card_is_no_way(void **state)
{
	struct vcard *mine = card, *other = irig_card(&rig, "hicos", "TP00000000000002");
	struct rp_presence p;
	struct rp_grant g, h;

	(void)state;
	irig_enrol(&rig, other);
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
	irig_show(&rig, other, RP_SLOT_PIN, &p);
	irig_refused(ask_at(&home, irig_new_key(), &p, IRIG_CODE, g.case_id, &h), &err, RP_PROBLEM_CASE);
	irig_refused(ask_at(&home, irig_new_key(), &p, IRIG_CODE, "no such case", &h), &err, RP_PROBLEM_CASE);
	card = mine;
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	rig.ahead_ms += 31 * 60 * 1000;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	(void)ask(irig_new_key(), &p, IRIG_CODE, &h); /* the clock is heard of */
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_refused(ask_at(&home, irig_new_key(), &p, IRIG_CODE, g.case_id, &h), &err,
		     RP_PROBLEM_CASE_STATE);
	tries_are(3, "active");
	vcard_free(other);
}

/* What the card said before its reset was right once, and its nonces still are. */
static void an_answer_from_before_a_reset_is_old_and_no_copy(void **state)
{
	struct rp_presence before, asked, p;
	struct rp_issuer_facts facts;
	struct rp_grant g, again;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &before);
	irig_ok(issuer_presence(rig.i, &home, &before, &facts, &err), &err);
	irig_show(&rig, card, RP_SLOT_PIN, &asked);
	irig_ok(ask(irig_new_key(), &asked, IRIG_CODE, &g), &err);
	assert_int_equal(irig_reset(card, RP_SLOT_PIN, &g, "654321"), 0x9000);
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
	irig_refused(issuer_presence(rig.i, &home, &before, &facts, &err), &err, RP_PROBLEM_NONCE_OLD);
	irig_refused(ask(irig_new_key(), &asked, IRIG_CODE, &again), &err, RP_PROBLEM_NONCE_OLD);
	assert_int_equal(irig_logged(&rig, "halt", NULL), 0);
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
	assert_string_equal(facts.halted, "");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_token_that_fails_burns_nothing),
		T(no_cryptogram_leaves_before_its_grant_is_written),
		T(the_same_request_gets_the_same_bytes_and_another_is_refused),
		T(a_restart_changes_nothing_of_what_was_begun),
		T(a_key_that_is_none_is_refused),
		T(a_presence_serves_one_grant),
		T(a_wrong_code_uses_its_nonce_up),
		T(two_grants_are_never_open_for_one_pin),
		T(a_case_is_granted_four_times_and_then_not),
		T(a_case_that_is_done_over_or_of_another_card_is_no_way),
		T(an_answer_from_before_a_reset_is_old_and_no_copy),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_burn", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
