/* SPDX-License-Identifier: Apache-2.0 */
/* Terminals, groups, stops, and acts that two people carry out. */
#include "server/people_kit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "issuer/lists.h"
#include "issuer/log.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct irig rig;
static struct person ada, bob, clerk;
static struct rp_error err;
static char id[RP_ISSUER_ID];

static void open_with(unsigned two_people)
{
	struct issuer_conf conf = irig_conf(&rig);

	conf.two_people = two_people;
	err = (struct rp_error)RP_ERROR_INIT;
	memset(&between, 0, sizeof between);
	irig_open(&rig, &conf);
	ada = person_make(&rig, "ada", "admin", "");
	bob = person_make(&rig, "bob", "admin,approver", "");
	clerk = person_make(&rig, "clerk", "clerk", "inagi");
}

static int setup(void **state)
{
	(void)state;
	open_with(1);
	return 0;
}

static int setup_one_person(void **state)
{
	(void)state;
	open_with(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	person_clear(&ada);
	person_clear(&bob);
	person_clear(&clerk);
	irig_close(&rig);
	return 0;
}

/* --- two people --- */

static rp_code enrol_terminal(const char *by, const char *name)
{
	struct row_terminal t = {.klass = "desk", .office = "inagi"};

	memset(t.fingerprint, name[0], sizeof t.fingerprint);
	(void)snprintf(t.name, sizeof t.name, "%s", name);
	return issuer_terminal_enrol(rig.i, by, &t, id, &err);
}

static bool is_terminal(const char *name)
{
	struct row_terminal t = {0};

	(void)snprintf(t.name, sizeof t.name, "%s", name);
	return irig_get(&rig, ST_TERMINAL_BY_NAME, &t);
}

static void a_terminal_is_enrolled_when_another_one_agrees(void **state)
{
	(void)state;
	irig_ok(enrol_terminal("ada", "desk-1"), &err);
	assert_string_not_equal(id, "");
	assert_false(is_terminal("desk-1"));
	irig_refused(issuer_agree(rig.i, "ada", id, &err), &err, RP_PROBLEM_FOUR_EYES);
	irig_refused(issuer_agree(rig.i, "clerk", id, &err), &err, RP_PROBLEM_ROLE);
	assert_false(is_terminal("desk-1"));
	irig_ok(issuer_agree(rig.i, "bob", id, &err), &err);
	assert_true(is_terminal("desk-1"));
	assert_int_equal(irig_logged(&rig, "terminal", "ok"), 1);
	/* Once. */
	irig_refused(issuer_agree(rig.i, "console", id, &err), &err, RP_PROBLEM_CASE_STATE);
	irig_refused(issuer_agree(rig.i, "bob", "0000", &err), &err, RP_PROBLEM_CASE_STATE);
}

static void the_console_is_one_person(void **state)
{
	(void)state;
	irig_ok(enrol_terminal("console", "desk-1"), &err);
	irig_refused(issuer_agree(rig.i, "console", id, &err), &err, RP_PROBLEM_FOUR_EYES);
	irig_ok(issuer_agree(rig.i, "ada", id, &err), &err);
	assert_true(is_terminal("desk-1"));
}

static void an_approval_ends_after_seven_days(void **state)
{
	(void)state;
	irig_ok(enrol_terminal("ada", "desk-1"), &err);
	rig.ahead_ms = 7 * DAY_MS + 1000;
	irig_refused(issuer_agree(rig.i, "bob", id, &err), &err, RP_PROBLEM_CASE_STATE);
	assert_false(is_terminal("desk-1"));
}

static void whoever_asked_must_still_have_the_right(void **state)
{
	(void)state;
	irig_ok(enrol_terminal("ada", "desk-1"), &err);
	person_clear(&ada);
	ada = person_make(&rig, "ada", "auditor", "");
	irig_refused(issuer_agree(rig.i, "bob", id, &err), &err, RP_PROBLEM_ROLE);
	assert_false(is_terminal("desk-1"));
}

static void what_does_not_hold_any_more_is_not_done(void **state)
{
	char second[RP_ISSUER_ID];

	(void)state;
	irig_ok(enrol_terminal("ada", "desk-1"), &err);
	memcpy(second, id, sizeof second);
	irig_ok(enrol_terminal("ada", "desk-1"), &err);
	irig_ok(issuer_agree(rig.i, "bob", id, &err), &err);
	assert_int_equal(issuer_agree(rig.i, "bob", second, &err), RP_E_CONFLICT);
	/* Nothing of it was written: it waits as before. */
	assert_int_equal(irig_logged(&rig, "terminal", "ok"), 1);
	assert_int_equal(issuer_agree(rig.i, "bob", second, &err), RP_E_CONFLICT);
}

static void with_one_person_it_is_done_at_once(void **state)
{
	(void)state;
	irig_ok(enrol_terminal("ada", "desk-1"), &err);
	assert_string_equal(id, "");
	assert_true(is_terminal("desk-1"));
}

static void arguments_of_an_act_are_checked_when_it_is_asked_for(void **state)
{
	static const struct bad {
		const char *act, *args;
		enum rp_problem problem;
	} bad[] = {
		{"explode", "{}", RP_PROBLEM_MALFORMED},
		{"terminal", "{}", RP_PROBLEM_MALFORMED},
		{"terminal", "nothing", RP_PROBLEM_MALFORMED},
		{"lift-stop", "{\"id\":\"X\",\"more\":1}", RP_PROBLEM_MALFORMED},
		{"anchors", "{\"sha256\":\"12\"}", RP_PROBLEM_MALFORMED},
		{"recover", "{\"checkpoint\":\"AAAA\"}", RP_PROBLEM_MALFORMED},
		{"lift-halt", "{\"profile\":\"piv\",\"number\":\"1\",\"slot\":\"door\",\"resets\":1}",
		 RP_PROBLEM_MALFORMED},
	};

	(void)state;
	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
		irig_refused(issuer_ask(rig.i, "bob", bad[k].act, bad[k].args, id, &err), &err,
			     bad[k].problem);
	assert_int_equal(issuer_ask(rig.i, "ada", "lift-stop", "{\"id\":\"X\"}", id, &err), RP_E_CONFLICT);
}

static void a_kiosk_needs_a_group_and_a_desk_an_office(void **state)
{
	struct row_terminal t = {.name = "kiosk-1", .klass = "kiosk"};

	(void)state;
	irig_refused(issuer_terminal_enrol(rig.i, "ada", &t, id, &err), &err, RP_PROBLEM_MALFORMED);
	(void)snprintf(t.grp, sizeof t.grp, "stores");
	assert_int_equal(issuer_terminal_enrol(rig.i, "ada", &t, id, &err), RP_E_CONFLICT);
	struct row_group g = {.name = "stores", .klass = "desk", .slots = "mynumber:sign"};
	irig_ok(issuer_group_put(rig.i, "ada", &g, &err), &err);
	assert_int_equal(issuer_terminal_enrol(rig.i, "ada", &t, id, &err), RP_E_CONFLICT);
	(void)snprintf(g.klass, sizeof g.klass, "kiosk");
	irig_ok(issuer_group_put(rig.i, "ada", &g, &err), &err);
	irig_ok(issuer_terminal_enrol(rig.i, "ada", &t, id, &err), &err);
	(void)snprintf(g.slots, sizeof g.slots, "mynumber:door");
	assert_int_equal(issuer_group_put(rig.i, "ada", &g, &err), RP_E_USAGE);
}

static void a_stop_holds_until_two_lift_it(void **state)
{
	char stop[RP_ISSUER_ID] = "", args[96];
	struct row_stop row = {0};

	(void)state;
	irig_ok(issuer_stop(rig.i, "bob", "kiosk", "", "", "a doubt", stop, &err), &err);
	assert_int_equal(irig_count(&rig, ST_STOP_ACTIVE, &row), 1);
	(void)snprintf(args, sizeof args, "{\"id\":\"%s\"}", stop);
	irig_ok(issuer_ask(rig.i, "bob", "lift-stop", args, id, &err), &err);
	assert_int_equal(irig_count(&rig, ST_STOP_ACTIVE, &row), 1);
	irig_ok(issuer_agree(rig.i, "ada", id, &err), &err);
	assert_int_equal(irig_count(&rig, ST_STOP_ACTIVE, &row), 0);
	/* A stop of nothing, without a reason, of an unknown door. */
	assert_int_equal(issuer_stop(rig.i, "bob", "", "", "", "a doubt", stop, &err), RP_E_USAGE);
	assert_int_equal(issuer_stop(rig.i, "bob", "kiosk", "", "", "", stop, &err), RP_E_USAGE);
	assert_int_equal(issuer_stop(rig.i, "bob", "window", "", "", "a doubt", stop, &err), RP_E_USAGE);
	irig_refused(issuer_stop(rig.i, "clerk", "kiosk", "", "", "a doubt", stop, &err), &err,
		     RP_PROBLEM_ROLE);
}

static void other_anchors_need_two_people(void **state)
{
	static const uint8_t first[32] = {1}, second[32] = {2};
	char args[128], hex[65];

	(void)state;
	irig_ok(issuer_anchors_agreed(rig.i, first, &err), &err);
	irig_ok(issuer_anchors_agreed(rig.i, first, &err), &err);
	irig_refused(issuer_anchors_agreed(rig.i, second, &err), &err, RP_PROBLEM_FOUR_EYES);
	assert_true(hex_of(second, sizeof second, hex, sizeof hex));
	(void)snprintf(args, sizeof args, "{\"sha256\":\"%s\"}", hex);
	irig_ok(issuer_ask(rig.i, "console", "anchors", args, id, &err), &err);
	irig_refused(issuer_anchors_agreed(rig.i, second, &err), &err, RP_PROBLEM_FOUR_EYES);
	irig_ok(issuer_agree(rig.i, "bob", id, &err), &err);
	irig_ok(issuer_anchors_agreed(rig.i, second, &err), &err);
	irig_refused(issuer_anchors_agreed(rig.i, first, &err), &err, RP_PROBLEM_FOUR_EYES);
}

static void a_halted_card_goes_on_when_two_approvers_say_so(void **state)
{
	struct vcard *c = irig_card(&rig, "mynumber", "123456789012345");
	struct row_card_slot slot = {.slot = RP_SLOT_SIGN, .resets = 2, .halted = "copy"};
	const char *args =
		"{\"profile\":\"mynumber\",\"number\":\"123456789012345\",\"slot\":\"sign\",\"resets\":1}";
	struct person cara = person_make(&rig, "cara", "approver", "");

	(void)state;
	irig_enrol(&rig, c);
	assert_true(hash_card_id(IRIG_NAME, "mynumber", c->number, slot.card_id));
	irig_run(&rig, ST_SLOT_PUT, &slot);
	irig_refused(issuer_ask(rig.i, "ada", "lift-halt", args, id, &err), &err, RP_PROBLEM_ROLE);
	irig_ok(issuer_ask(rig.i, "bob", "lift-halt", args, id, &err), &err);
	/* Whose card it is does not agree to it. */
	irig_ok(issuer_operator_card(rig.i, "ada", "cara", "mynumber", c->number, &err), &err);
	irig_refused(issuer_agree(rig.i, "cara", id, &err), &err, RP_PROBLEM_OWN_CARD);
	irig_ok(issuer_agree(rig.i, "console", id, &err), &err);
	assert_true(irig_get(&rig, ST_SLOT_GET, &slot));
	assert_string_equal(slot.halted, "");
	assert_int_equal(slot.resets, 1);
	assert_int_equal(issuer_ask(rig.i, "bob", "lift-halt", args, id, &err), RP_E_CONFLICT);
	person_clear(&cara);
	vcard_free(c);
}

static void an_entry_is_erased_on_two_peoples_order(void **state)
{
	struct log_audited seen;
	uint64_t sealed = 0;
	char args[128], receipt[ROW_ID] = "";
	struct row_entry row = {.leaf = 2};

	(void)state;
	irig_ok(issuer_seal(rig.i, &sealed, &err), &err);
	assert_true(irig_get(&rig, ST_ENTRY_BY_LEAF, &row));
	memcpy(receipt, row.receipt, sizeof receipt);
	(void)snprintf(args, sizeof args, "{\"receipt\":\"%s\",\"reason\":\"a court's order\"}", receipt);
	irig_ok(issuer_ask(rig.i, "ada", "erase", args, id, &err), &err);
	irig_ok(issuer_agree(rig.i, "bob", id, &err), &err);
	irig_ok(issuer_seal(rig.i, &sealed, &err), &err);
	irig_ok(log_audit(rig.i, NULL, &seen, &err), &err);
	assert_int_equal(seen.erased, 1);
	assert_int_equal(issuer_ask(rig.i, "ada", "erase", args, id, &err), RP_E_CONFLICT);
}

static void after_a_restore_what_was_open_ends(void **state)
{
	static const struct {
		const char *id, *state, *after;
	} cases[] = {{"A", "open", "expired"},
		     {"B", "ready", "expired"},
		     {"C", "granted", "unknown"},
		     {"D", "unknown", "unknown"},
		     {"E", "done", "done"}};
	struct vcard *c = irig_card(&rig, "mynumber", "123456789012345");
	char note[1024] = "";
	uint64_t sealed = 0;

	(void)state;
	irig_enrol(&rig, c);
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		struct row_case row = {.slot = RP_SLOT_SIGN, .door = "kiosk", .until_ms = INT64_MAX / 2};

		assert_true(hash_card_id(IRIG_NAME, "mynumber", c->number, row.card_id));
		(void)snprintf(row.id, sizeof row.id, "%s", cases[k].id);
		(void)snprintf(row.state, sizeof row.state, "%s", cases[k].state);
		irig_run(&rig, ST_CASE_INSERT, &row);
	}
	irig_ok(issuer_seal(rig.i, &sealed, &err), &err);
	irig_ok(issuer_checkpoint(rig.i, note, sizeof note, &err), &err);
	irig_ok(issuer_recover(rig.i, "ada", note, &err), &err);
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		struct row_case row = {0};

		(void)snprintf(row.id, sizeof row.id, "%s", cases[k].id);
		assert_true(irig_get(&rig, ST_CASE_GET, &row));
		assert_string_equal(row.state, cases[k].after);
	}
	assert_int_equal(irig_logged(&rig, "recover", "ok"), 1);
	irig_refused(issuer_recover(rig.i, "ada", "no checkpoint", &err), &err, RP_PROBLEM_MALFORMED);
	vcard_free(c);
}

static void a_clock_that_ran_ahead_is_set_back_by_two(void **state)
{
	char args[64];

	(void)state;
	rig.ahead_ms = 30 * DAY_MS;
	irig_ok(issuer_sweep(rig.i, &err), &err); /* the database has seen that time */
	rig.ahead_ms = 30 * DAY_MS + 2000;
	irig_ok(issuer_sweep(rig.i, &err), &err);
	rig.ahead_ms = 0;
	assert_int_equal(issuer_ready(rig.i, &err), RP_E_STORE);
	(void)snprintf(args, sizeof args, "{\"now_ms\":%lld}", (long long)time(NULL) * 1000);
	irig_ok(issuer_ask(rig.i, "ada", "clock", args, id, &err), &err);
	assert_int_equal(issuer_ready(rig.i, &err), RP_E_STORE);
	irig_ok(issuer_agree(rig.i, "bob", id, &err), &err);
	assert_int_not_equal(issuer_ready(rig.i, &err), RP_E_STORE);
	/* Never forward: then every reservation would be over. */
	(void)snprintf(args, sizeof args, "{\"now_ms\":%lld}", (long long)time(NULL) * 1000 + 2 * DAY_MS);
	assert_int_equal(issuer_ask(rig.i, "ada", "clock", args, id, &err), RP_E_CONFLICT);
}

static void recovering_needs_two(void **state)
{
	char note[1024] = "";
	uint64_t sealed = 0;

	(void)state;
	irig_ok(issuer_seal(rig.i, &sealed, &err), &err);
	irig_ok(issuer_checkpoint(rig.i, note, sizeof note, &err), &err);
	irig_refused(issuer_recover(rig.i, "ada", note, &err), &err, RP_PROBLEM_FOUR_EYES);
}

static void a_terminal_is_locked_with_a_reason(void **state)
{
	uint8_t desk[32];

	(void)state;
	irig_terminal(&rig, "desk-1", "desk", "", "inagi", desk);
	assert_int_equal(issuer_terminal_lock(rig.i, "ada", "desk-1", true, "", &err), RP_E_USAGE);
	irig_refused(issuer_terminal_lock(rig.i, "clerk", "desk-1", true, "lost", &err), &err,
		     RP_PROBLEM_ROLE);
	assert_int_equal(issuer_terminal_lock(rig.i, "ada", "desk-2", true, "lost", &err), RP_E_CONFLICT);
	irig_ok(issuer_terminal_lock(rig.i, "ada", "desk-1", true, "lost", &err), &err);
	assert_int_equal(irig_logged(&rig, "terminal-lock", "ok"), 1);
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
#define TEST1(f) cmocka_unit_test_setup_teardown(f, setup_one_person, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_terminal_is_enrolled_when_another_one_agrees),
		TEST(the_console_is_one_person),
		TEST(an_approval_ends_after_seven_days),
		TEST(whoever_asked_must_still_have_the_right),
		TEST(what_does_not_hold_any_more_is_not_done),
		TEST1(with_one_person_it_is_done_at_once),
		TEST(arguments_of_an_act_are_checked_when_it_is_asked_for),
		TEST(a_kiosk_needs_a_group_and_a_desk_an_office),
		TEST(a_stop_holds_until_two_lift_it),
		TEST(other_anchors_need_two_people),
		TEST(a_halted_card_goes_on_when_two_approvers_say_so),
		TEST(an_entry_is_erased_on_two_peoples_order),
		TEST1(after_a_restore_what_was_open_ends),
		TEST(a_clock_that_ran_ahead_is_set_back_by_two),
		TEST(recovering_needs_two),
		TEST(a_terminal_is_locked_with_a_reason),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
