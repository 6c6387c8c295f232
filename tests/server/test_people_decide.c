/* SPDX-License-Identifier: Apache-2.0 */
/* What operators decide for holders: who may, where, about whose card; codes, and responses by telephone. */
#include "server/people_kit.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "issuer/lists.h"

static struct irig rig;
static struct person clerk, helper;
static struct vcard *my, *gids;
static uint8_t desk[32], far_desk[32], kiosk[32], clerk_session[32], helper_session[32];
static struct issuer_peer at_desk, help;
static struct issuer_decided decided;
static struct rp_error err;

static int setup(void **state)
{
	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	memset(&between, 0, sizeof between);
	memset(&decided, 0, sizeof decided);
	irig_open(&rig, NULL);
	irig_terminal(&rig, "desk-1", "desk", "mynumber:text", "inagi", desk);
	irig_terminal(&rig, "desk-9", "desk", "mynumber:text", "elsewhere", far_desk);
	irig_terminal(&rig, "kiosk-1", "kiosk", "mynumber:sign", "", kiosk);
	clerk = person_make(&rig, "clerk", "clerk", "inagi");
	helper = person_make(&rig, "helper", "help-desk", "inagi");
	at_desk = (struct issuer_peer){.fingerprint = desk, .source = "192.0.2.1"};
	help = at_desk;
	person_session(&rig, &at_desk, &clerk, 0, clerk_session);
	person_session(&rig, &help, &helper, 0, helper_session);
	at_desk.session = clerk_session;
	help.session = helper_session;
	my = irig_card(&rig, "mynumber", "123456789012345");
	gids = irig_card(&rig, "gids", "524550494E0000000000000000000002");
	irig_enrol(&rig, my);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	person_clear(&clerk);
	person_clear(&helper);
	vcard_free(my);
	vcard_free(gids);
	irig_close(&rig);
	return 0;
}

/* The test card's admin key: 00 01 … 17 (docs/wire.md, section 4). */
static void enrol_gids(void)
{
	uint8_t bytes[24];
	rp_secret *key = NULL;

	for (size_t k = 0; k < sizeof bytes; k++)
		bytes[k] = (uint8_t)k;
	assert_int_equal(rp_secret_from(bytes, sizeof bytes, &key, NULL), RP_OK);
	const struct issuer_card c = {.profile = "gids", .number = gids->number, .gids_key = key};
	irig_ok(issuer_enrol(rig.i, "console", &c, &err), &err);
	rp_secret_free(key);
}

static struct issuer_decision counter(void)
{
	return (struct issuer_decision){.profile = "mynumber",
					.number = "123456789012345",
					.slot = RP_SLOT_TEXT,
					.door = "counter",
					.reason = "forgotten",
					.identified_by = "driving licence"};
}

static struct issuer_decision help_desk(const uint8_t *challenge)
{
	return (struct issuer_decision){.profile = "gids",
					.number = gids->number,
					.slot = RP_SLOT_PIN,
					.door = "help-desk",
					.reason = "forgotten",
					.identified_by = "called back",
					.challenge = challenge};
}

static rp_code decide_with(const char *key, const struct issuer_peer *who, const struct issuer_decision *d)
{
	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_decide(rig.i, who, key, d, &decided, &err);
}

static rp_code decide(const struct issuer_peer *who, const struct issuer_decision *d)
{
	return decide_with(irig_new_key(), who, d);
}

static struct row_case case_row(void)
{
	struct row_case row = {0};

	memcpy(row.id, decided.case_id, sizeof row.id);
	assert_true(irig_get(&rig, ST_CASE_GET, &row));
	return row;
}

static void another_decision_takes_the_place_of_the_first(void **state)
{
	const struct issuer_decision d = help_desk(NULL);
	char first[RP_ISSUER_ID];

	(void)state;
	enrol_gids();
	irig_ok(decide(&help, &d), &err);
	memcpy(first, decided.case_id, sizeof first);
	irig_ok(decide(&help, &d), &err);
	assert_string_not_equal(first, decided.case_id);
	memcpy(decided.case_id, first, sizeof first);
	assert_string_equal(case_row().state, "cancelled");
}

static void it_needs_a_desk_of_the_operators_office_and_a_session(void **state)
{
	const struct issuer_decision d = help_desk(NULL);
	struct issuer_peer who = help;

	(void)state;
	enrol_gids();
	who.session = NULL;
	irig_refused(decide(&who, &d), &err, RP_PROBLEM_SIGN_IN);
	who = (struct issuer_peer){.source = "192.0.2.1", .session = helper_session};
	irig_refused(decide(&who, &d), &err, RP_PROBLEM_TERMINAL);
	/* The session is of desk-1. */
	who = (struct issuer_peer){.fingerprint = far_desk, .source = "192.0.2.1", .session = helper_session};
	irig_refused(decide(&who, &d), &err, RP_PROBLEM_SIGN_IN);
	who.fingerprint = kiosk;
	irig_refused(decide(&who, &d), &err, RP_PROBLEM_CLASS);
	/* A session at a desk of another office. */
	who.fingerprint = far_desk;
	uint8_t session[32];
	person_session(&rig, &who, &helper, 1, session);
	who.session = session;
	irig_refused(decide(&who, &d), &err, RP_PROBLEM_OFFICE);
	assert_int_equal(irig_logged(&rig, "decision", NULL), 0);
}

static void a_locked_desk_may_nothing(void **state)
{
	const struct issuer_decision d = help_desk(NULL);

	(void)state;
	enrol_gids();
	irig_ok(issuer_terminal_lock(rig.i, "console", "desk-1", true, "stolen", &err), &err);
	irig_refused(decide(&help, &d), &err, RP_PROBLEM_TERMINAL_LOCKED);
	irig_ok(issuer_terminal_lock(rig.i, "console", "desk-1", false, NULL, &err), &err);
	irig_ok(decide(&help, &d), &err);
}

static void each_door_has_its_role(void **state)
{
	const struct issuer_decision c = counter(), h = help_desk(NULL);

	(void)state;
	enrol_gids();
	irig_refused(decide(&at_desk, &h), &err, RP_PROBLEM_ROLE);
	/* No step of an application at the counter can be left out (test_people_counter.c). */
	irig_refused(decide(&at_desk, &c), &err, RP_PROBLEM_DOOR);
}

static void nobody_handles_their_own_card(void **state)
{
	const struct issuer_decision d = help_desk(NULL);

	(void)state;
	enrol_gids();
	irig_ok(issuer_operator_card(rig.i, "console", "helper", "gids", gids->number, &err), &err);
	irig_refused(decide(&help, &d), &err, RP_PROBLEM_OWN_CARD);
}

static void only_active_cards_and_open_doors(void **state)
{
	struct issuer_decision d = help_desk(NULL);
	char id[RP_ISSUER_ID];

	(void)state;
	enrol_gids();
	d.slot = RP_SLOT_PUK;
	irig_refused(decide(&help, &d), &err, RP_PROBLEM_DOOR);
	d = help_desk(NULL);
	d.door = "kiosk";
	irig_refused(decide(&help, &d), &err, RP_PROBLEM_DOOR);
	d = help_desk(NULL);
	d.reason = "";
	irig_refused(decide(&help, &d), &err, RP_PROBLEM_EVIDENCE_MISSING);
	d = help_desk(NULL);
	d.number = "524550494E0000000000000000000009";
	irig_refused(decide(&help, &d), &err, RP_PROBLEM_NOT_FOUND);
	d = help_desk(NULL);
	irig_ok(issuer_stop(rig.i, "console", "help-desk", "", "", "doubt", id, &err), &err);
	irig_refused(decide(&help, &d), &err, RP_PROBLEM_STOPPED);
	irig_ok(issuer_card_status(rig.i, "console", "gids", d.number, "suspended", "lost", &err), &err);
	irig_refused(decide(&help, &d), &err, RP_PROBLEM_CARD_SUSPENDED);
}

static void the_help_desk_gives_a_one_time_code_on_line(void **state)
{
	const struct issuer_decision d = help_desk(NULL);
	struct row_one_time_code row = {.purpose = "case"};

	(void)state;
	enrol_gids();
	irig_ok(decide(&help, &d), &err);
	assert_int_equal(strlen(decided.code), 11);
	assert_true(hash_card_id(IRIG_NAME, "gids", gids->number, row.card_id));
	memcpy(row.case_id, decided.case_id, sizeof row.case_id);
	assert_true(irig_get(&rig, ST_OTC_GET, &row));
	assert_int_equal(row.tries_left, 3);
	assert_int_equal(irig_noticed(&rig, "code"), 1);
	assert_string_equal(case_row().state, "ready");
}

static void the_same_request_is_the_same_case_with_another_code(void **state)
{
	const struct issuer_decision d = help_desk(NULL);
	const char *key = irig_new_key();
	struct issuer_decided first;

	(void)state;
	enrol_gids();
	irig_ok(decide_with(key, &help, &d), &err);
	first = decided;
	irig_ok(decide_with(key, &help, &d), &err);
	assert_string_equal(first.case_id, decided.case_id);
	assert_string_equal(first.receipt, decided.receipt);
	assert_string_not_equal(first.code, decided.code);
	assert_int_equal(irig_logged(&rig, "decision", "ok"), 1);
	struct issuer_decision other = d;
	other.reason = "something else";
	irig_refused(decide_with(key, &help, &other), &err, RP_PROBLEM_KEY_REUSED);
}

static void by_telephone_the_cards_challenge_is_answered_once_granted(void **state)
{
	/* Of another 3DES: key 00…17, block 00 11 … 77, ECB (openssl enc -des-ede3 -nopad). */
	static const uint8_t challenge[8] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};
	static const uint8_t answer[8] = {0x97, 0xA2, 0x5B, 0xA8, 0x2B, 0x56, 0x4F, 0x4C};
	const struct issuer_decision d = help_desk(challenge);
	const char *key = irig_new_key();

	(void)state;
	enrol_gids();
	irig_ok(decide_with(key, &help, &d), &err);
	assert_memory_equal(decided.response, answer, sizeof answer);
	assert_string_equal(decided.code, "");
	assert_string_equal(case_row().state, "granted");
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 1);
	assert_int_equal(irig_noticed(&rig, "grant"), 1);
	/* Asked again: computed again, not granted again. */
	memset(decided.response, 0, sizeof decided.response);
	irig_ok(decide_with(key, &help, &d), &err);
	assert_memory_equal(decided.response, answer, sizeof answer);
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 1);
	assert_int_equal(case_row().grants, 1);
}

static void a_response_that_was_not_committed_does_not_leave(void **state)
{
	static const uint8_t challenge[8] = {1};
	const struct issuer_decision d = help_desk(challenge);

	(void)state;
	enrol_gids();
	between.work_fails = 1;
	assert_int_equal(decide(&help, &d), RP_E_STORE_AWAY);
	assert_int_equal(decided.response[0], 0);
	assert_string_equal(decided.case_id, "");
}

static int begin(void **state)
{
	(void)state;
	irig_begin(&rig);
	return 0;
}

static int end(void **state)
{
	(void)state;
	irig_end(&rig);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_decision_takes_the_place_of_the_first),
		TEST(it_needs_a_desk_of_the_operators_office_and_a_session),
		TEST(a_locked_desk_may_nothing),
		TEST(each_door_has_its_role),
		TEST(nobody_handles_their_own_card),
		TEST(only_active_cards_and_open_doors),
		TEST(the_help_desk_gives_a_one_time_code_on_line),
		TEST(the_same_request_is_the_same_case_with_another_code),
		TEST(by_telephone_the_cards_challenge_is_answered_once_granted),
		TEST(a_response_that_was_not_committed_does_not_leave),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
