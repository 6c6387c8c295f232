/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in: counted before compared, each step once, five wrong and then a wait; sessions. */
#include "server/people_kit.h"

#include <stdio.h>
#include <string.h>

#include "issuer/lists.h"

#define MINUTE_MS INT64_C(60000)

static struct irig rig;
static struct person alice;
static struct rp_error err;
static const struct issuer_peer office = {.source = "192.0.2.1"};
static char token[48];

static int setup(void **state)
{
	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	memset(&between, 0, sizeof between);
	irig_open(&rig, NULL);
	alice = person_make(&rig, "alice", "clerk,admin", "inagi");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	person_clear(&alice);
	irig_close(&rig);
	return 0;
}

static rp_code sign_in(const char *name, const char *password, int off)
{
	char code[9] = "";

	person_code(&rig, &alice, off, code);
	return person_try(&rig, &office, name, password, code, token, &err);
}

static struct row_operator row_of(const char *name)
{
	struct row_operator row = {0};

	(void)snprintf(row.name, sizeof row.name, "%s", name);
	assert_true(irig_get(&rig, ST_OPERATOR_GET, &row));
	return row;
}

static void the_right_entries_open_a_session_of_eight_hours(void **state)
{
	struct row_session row = {.until_ms = 1};

	(void)state;
	irig_ok(sign_in("alice", PASSWORD, 0), &err);
	assert_int_equal(strlen(token), 43);
	hash_sha256(&(struct hash_part){token, 43}, 1, row.token_hash);
	assert_true(irig_get(&rig, ST_SESSION_GET, &row));
	assert_string_equal(row.name, "alice");
	assert_int_equal(irig_logged(&rig, "sign-in", "ok"), 1);
	/* Seven hours later it is one, nine hours later not any more. */
	const struct issuer_peer who = {.source = "192.0.2.1", .session = row.token_hash};
	rig.ahead_ms = 9 * 60 * MINUTE_MS;
	irig_refused(issuer_sign_out(rig.i, &who, &err), &err, RP_PROBLEM_SIGN_IN);
}

static void each_step_serves_once_and_never_backwards(void **state)
{
	(void)state;
	irig_ok(sign_in("alice", PASSWORD, 0), &err);
	irig_refused(sign_in("alice", PASSWORD, 0), &err, RP_PROBLEM_SIGN_IN_WRONG);
	irig_refused(sign_in("alice", PASSWORD, -1), &err, RP_PROBLEM_SIGN_IN_WRONG);
	irig_ok(sign_in("alice", PASSWORD, 1), &err);
}

static void a_code_of_another_minute_is_wrong(void **state)
{
	(void)state;
	irig_refused(sign_in("alice", PASSWORD, 3), &err, RP_PROBLEM_SIGN_IN_WRONG);
	irig_refused(sign_in("alice", PASSWORD, -3), &err, RP_PROBLEM_SIGN_IN_WRONG);
}

static int64_t tries_at_compare;

static void look_at_tries(void)
{
	tries_at_compare = row_of("alice").tries_left;
}

static void a_try_is_counted_before_it_is_compared(void **state)
{
	(void)state;
	between.at_argon2 = look_at_tries;
	irig_ok(sign_in("alice", PASSWORD, 0), &err);
	assert_int_equal(tries_at_compare, 4);
	assert_int_equal(row_of("alice").tries_left, 5);
}

static void a_cut_at_the_compare_has_cost_the_try(void **state)
{
	(void)state;
	between.work_fails = 2; /* the second transaction */
	assert_int_equal(sign_in("alice", PASSWORD, 0), RP_E_STORE_AWAY);
	assert_int_equal(row_of("alice").tries_left, 4);
}

static void five_wrong_ones_lock_for_fifteen_minutes_of_the_database(void **state)
{
	(void)state;
	for (int n = 0; n < 5; n++)
		irig_refused(sign_in("alice", "wrong horse", 0), &err, RP_PROBLEM_SIGN_IN_WRONG);
	assert_int_equal(row_of("alice").tries_left, 0);
	assert_int_equal(irig_logged(&rig, "sign-in", "locked"), 1);
	/* The right one is not even compared, and answered alike. */
	irig_refused(sign_in("alice", PASSWORD, 0), &err, RP_PROBLEM_SIGN_IN_WRONG);
	rig.ahead_ms = 14 * MINUTE_MS;
	irig_refused(sign_in("alice", PASSWORD, 0), &err, RP_PROBLEM_SIGN_IN_WRONG);
	rig.ahead_ms = 15 * MINUTE_MS + 1000;
	irig_ok(sign_in("alice", PASSWORD, 0), &err);
	assert_int_equal(row_of("alice").tries_left, 5);
}

static void a_wait_in_between_is_no_new_wait(void **state)
{
	(void)state;
	for (int n = 0; n < 5; n++)
		irig_refused(sign_in("alice", "wrong horse", 0), &err, RP_PROBLEM_SIGN_IN_WRONG);
	rig.ahead_ms = 10 * MINUTE_MS;
	irig_refused(sign_in("alice", "wrong horse", 0), &err, RP_PROBLEM_SIGN_IN_WRONG);
	rig.ahead_ms = 16 * MINUTE_MS;
	irig_ok(sign_in("alice", PASSWORD, 0), &err);
}

static void nobodys_name_is_answered_alike_and_writes_nothing(void **state)
{
	const unsigned logged = irig_logged(&rig, NULL, NULL);

	(void)state;
	irig_refused(sign_in("mallory", PASSWORD, 0), &err, RP_PROBLEM_SIGN_IN_WRONG);
	assert_int_equal(between.argon2, 2); /* alice's password was made with the first */
	assert_int_equal(irig_logged(&rig, NULL, NULL), logged);
}

static const struct issuer_peer *other_peer;
static rp_code rc_inside;

static void sign_in_inside(void)
{
	rp_secret *password = irig_secret(PASSWORD);
	struct rp_error inner = RP_ERROR_INIT;
	char inner_token[48];
	int64_t until = 0;

	rc_inside = issuer_sign_in(rig.i, other_peer, "alice", password, "000000", inner_token, &until,
				   &inner);
	assert_string_equal(rp_problem_slug(inner.problem), "busy");
	rp_secret_free(password);
}

static void a_second_one_finds_no_place_and_loses_no_try(void **state)
{
	struct issuer_conf conf = irig_conf(&rig);

	(void)state;
	person_clear(&alice);
	irig_close(&rig);
	conf.argon2_places = 1;
	irig_open(&rig, &conf);
	alice = person_make(&rig, "alice", "clerk", "inagi");
	other_peer = &office;
	between.at_argon2 = sign_in_inside;
	irig_ok(sign_in("alice", PASSWORD, 0), &err);
	assert_int_equal(rc_inside, RP_E_ISSUER_REFUSED);
	assert_int_equal(row_of("alice").tries_left, 5);
}

static void a_session_serves_at_its_terminal_alone(void **state)
{
	uint8_t desk[32], other[32], hash[32];

	(void)state;
	irig_terminal(&rig, "desk-1", "desk", "mynumber:text", "inagi", desk);
	irig_terminal(&rig, "desk-2", "desk", "mynumber:text", "inagi", other);
	struct issuer_peer at = {.fingerprint = desk, .source = "192.0.2.2"};
	person_session(&rig, &at, &alice, 0, hash);
	const struct issuer_peer elsewhere = {.fingerprint = other, .source = "192.0.2.2", .session = hash};
	const struct issuer_peer home = {.source = "192.0.2.2", .session = hash};
	irig_refused(issuer_sign_out(rig.i, &elsewhere, &err), &err, RP_PROBLEM_SIGN_IN);
	irig_refused(issuer_sign_out(rig.i, &home, &err), &err, RP_PROBLEM_SIGN_IN);
	at.session = hash;
	irig_ok(issuer_sign_out(rig.i, &at, &err), &err);
	irig_refused(issuer_sign_out(rig.i, &at, &err), &err, RP_PROBLEM_SIGN_IN);
}

static void a_new_password_ends_the_old_one_and_its_codes(void **state)
{
	struct person again = person_make(&rig, "alice", "clerk", "inagi");
	char code[9] = "";

	(void)state;
	person_code(&rig, &alice, 0, code);
	irig_refused(person_try(&rig, &office, "alice", PASSWORD, code, token, &err), &err,
		     RP_PROBLEM_SIGN_IN_WRONG);
	person_code(&rig, &again, 0, code);
	irig_ok(person_try(&rig, &office, "alice", PASSWORD, code, token, &err), &err);
	person_clear(&again);
}

static rp_code find_password(void *arg, const void *row, struct rp_error *e)
{
	(void)arg;
	(void)e;
	assert_null(strstr(((const struct row_operator *)row)->password, PASSWORD));
	return RP_OK;
}

static void a_password_is_not_kept(void **state)
{
	(void)state;
	irig_ok(issuer_list(rig.i, LIST_OPERATORS, find_password, NULL, &err), &err);
	assert_memory_equal(row_of("alice").password, "1$", 2);
}

static void names_roles_and_passwords_are_checked(void **state)
{
	static const struct bad {
		const char *name, *roles, *password;
		rp_code code;
	} bad[] = {
		{"console", "admin", PASSWORD, RP_E_USAGE},
		{"", "admin", PASSWORD, RP_E_USAGE},
		{"a b", "admin", PASSWORD, RP_E_USAGE},
		{"../a", "admin", PASSWORD, RP_E_USAGE},
		{"bob", "", PASSWORD, RP_E_USAGE},
		{"bob", "boss", PASSWORD, RP_E_USAGE},
		{"bob", "clerk,", PASSWORD, RP_E_USAGE},
		{"bob", "clerk,,admin", PASSWORD, RP_E_USAGE},
		{"bob", "admin", "short", RP_E_INPUT_LENGTH},
	};

	(void)state;
	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
		rp_secret *password = irig_secret(bad[k].password);
		char totp[64];

		assert_int_equal(issuer_operator_put(rig.i, "console", bad[k].name, bad[k].roles, "",
						     password, totp, &err),
				 bad[k].code);
		rp_secret_free(password);
	}
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
		TEST(the_right_entries_open_a_session_of_eight_hours),
		TEST(each_step_serves_once_and_never_backwards),
		TEST(a_code_of_another_minute_is_wrong),
		TEST(a_try_is_counted_before_it_is_compared),
		TEST(a_cut_at_the_compare_has_cost_the_try),
		TEST(five_wrong_ones_lock_for_fifteen_minutes_of_the_database),
		TEST(a_wait_in_between_is_no_new_wait),
		TEST(nobodys_name_is_answered_alike_and_writes_nothing),
		TEST(a_second_one_finds_no_place_and_loses_no_try),
		TEST(a_session_serves_at_its_terminal_alone),
		TEST(a_new_password_ends_the_old_one_and_its_codes),
		TEST(a_password_is_not_kept),
		TEST(names_roles_and_passwords_are_checked),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
