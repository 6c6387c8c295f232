/* SPDX-License-Identifier: Apache-2.0 */
/* What nobody asks for: the sweeper, and notices on their way to the holder. */
#include "server/people_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MINUTE_MS INT64_C(60000)

static struct irig rig;
static struct vcard *card;
static struct rp_error err;
static uint8_t desk[32];
static char program[128], heard[128];

static int setup(void **state)
{
	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	memset(&between, 0, sizeof between);
	irig_open(&rig, NULL);
	irig_terminal(&rig, "desk-1", "desk", "hicos:pin", "inagi", desk);
	card = irig_card(&rig, "hicos", "TP00000000000001");
	irig_enrol(&rig, card);
	(void)snprintf(heard, sizeof heard, "%s/heard", rig.folder);
	(void)unlink(heard);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vcard_free(card);
	irig_close(&rig);
	return 0;
}

/* A case with a burnt grant, by the card's user code. */
static void grant(struct rp_presence *p, struct rp_grant *g)
{
	const struct issuer_peer home = {.source = "192.0.2.1"};
	rp_secret *code = irig_secret(IRIG_CODE);
	const struct rp_evidence e = {.door = "user-code", .user_code = code};

	irig_show(&rig, card, RP_SLOT_PIN, p);
	irig_ok(issuer_grant(rig.i, &home, irig_new_key(), p, &e, g, &err), &err);
	rp_secret_free(code);
}

static void case_is(const char *case_id, const char *state)
{
	struct row_case row = {0};

	(void)snprintf(row.id, sizeof row.id, "%s", case_id);
	assert_true(irig_get(&rig, ST_CASE_GET, &row));
	assert_string_equal(row.state, state);
}

static void a_grant_that_nobody_settles_is_unknown_after_two_minutes(void **state)
{
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	grant(&p, &g);
	rig.ahead_ms = MINUTE_MS;
	irig_ok(issuer_sweep(rig.i, &err), &err);
	case_is(g.case_id, "granted");
	rig.ahead_ms = 2 * MINUTE_MS + 1000;
	irig_ok(issuer_sweep(rig.i, &err), &err);
	case_is(g.case_id, "unknown");
	assert_int_equal(irig_logged(&rig, "unknown", "unknown"), 1);
	assert_int_equal(irig_noticed(&rig, "unknown"), 1);
	/* Once: the next round finds nothing. */
	irig_ok(issuer_sweep(rig.i, &err), &err);
	assert_int_equal(irig_noticed(&rig, "unknown"), 1);
}

static void the_cards_mac_settles_what_the_sweeper_called_unknown(void **state)
{
	const struct issuer_peer home = {.source = "192.0.2.1"};
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	grant(&p, &g);
	assert_int_equal(irig_reset(card, RP_SLOT_PIN, &g, "864297"), 0x9000);
	rig.ahead_ms = 3 * MINUTE_MS;
	irig_ok(issuer_sweep(rig.i, &err), &err);
	case_is(g.case_id, "unknown");
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
	assert_string_equal(facts.settled, g.case_id);
	assert_string_equal(facts.settled_state, "done");
	case_is(g.case_id, "done");
}

static void put_case(const char *case_id, const char *state, int64_t until_ms)
{
	struct row_case row = {.slot = RP_SLOT_PIN, .door = "user-code", .until_ms = until_ms};

	assert_true(hash_card_id(IRIG_NAME, "hicos", card->number, row.card_id));
	(void)snprintf(row.id, sizeof row.id, "%s", case_id);
	(void)snprintf(row.state, sizeof row.state, "%s", state);
	irig_run(&rig, ST_CASE_INSERT, &row);
}

static void what_is_over_expires_and_nothing_unwrites_it(void **state)
{
	(void)state;
	put_case("A", "open", 1000);
	put_case("B", "ready", 1000);
	put_case("C", "ready", INT64_MAX / 2);
	put_case("D", "failed", 1000);
	put_case("E", "done", 1000);
	irig_ok(issuer_sweep(rig.i, &err), &err);
	case_is("A", "expired");
	case_is("B", "expired");
	case_is("C", "ready");
	case_is("D", "failed");
	case_is("E", "done");
	assert_int_equal(irig_logged(&rig, "expired", "expired"), 2);
	irig_ok(issuer_sweep(rig.i, &err), &err);
	assert_int_equal(irig_logged(&rig, "expired", "expired"), 2);
}

static void grant_the_case(void)
{
	struct row_case row = {.id = "A", .state = "granted", .grants = 1, .until_ms = INT64_MAX / 2};

	irig_run(&rig, ST_CASE_STATE, &row);
}

static void a_case_that_was_granted_meanwhile_is_left_alone(void **state)
{
	(void)state;
	put_case("A", "ready", 1000);
	/* The first transaction finds it, the second would end it. */
	between.at_work = grant_the_case;
	between.at_work_in = 2;
	irig_ok(issuer_sweep(rig.i, &err), &err);
	case_is("A", "granted");
}

static void a_thousand_cases_take_two_rounds(void **state)
{
	char case_id[8];

	(void)state;
	for (int n = 0; n < 600; n++) {
		(void)snprintf(case_id, sizeof case_id, "N%d", n);
		put_case(case_id, "open", 1000 + n);
	}
	irig_ok(issuer_sweep(rig.i, &err), &err);
	case_is("N499", "expired");
	case_is("N599", "open");
	irig_ok(issuer_sweep(rig.i, &err), &err);
	case_is("N599", "expired");
}

static void what_has_served_is_forgotten(void **state)
{
	struct row_idempotency old = {.key = "OLD-OLD-OLD-OLD-OLD", .state = "done", .made_ms = 1000};
	struct row_nonce nonce = {.nonce = {1}, .until_ms = 1000};
	struct row_idempotency young = {.key = "YOUNG-YOUNG-YOUNG-YOU", .state = "done"};

	(void)state;
	young.made_ms = INT64_MAX / 2;
	irig_run(&rig, ST_IDEM_INSERT, &old);
	irig_run(&rig, ST_IDEM_INSERT, &young);
	irig_run(&rig, ST_NONCE_USE, &nonce);
	irig_ok(issuer_sweep(rig.i, &err), &err);
	assert_false(irig_get(&rig, ST_IDEM_GET, &old));
	assert_true(irig_get(&rig, ST_IDEM_GET, &young));
	/* It is not there any more, so it can be put again. */
	irig_run(&rig, ST_NONCE_USE, &nonce);
}

/* --- notices --- */

static void write_program(const char *text)
{
	FILE *f;

	(void)snprintf(program, sizeof program, "%s/program", rig.folder);
	f = fopen(program, "w");
	assert_non_null(f);
	assert_true(fprintf(f, "#!/bin/sh\n%s\n", text) > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(program, 0700), 0);
}

/* What the program wrote down; "" for nothing. */
static const char *heard_text(void)
{
	static char text[8192];
	FILE *f = fopen(heard, "r");
	size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;

	if (f != NULL)
		(void)fclose(f);
	text[n] = '\0';
	return text;
}

static unsigned lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void a_notice_is_handed_over_once(void **state)
{
	char text[512];
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	(void)snprintf(text, sizeof text, "cat >>%s", heard);
	write_program(text);
	grant(&p, &g);
	assert_int_equal(irig_noticed(&rig, "grant"), 1);
	irig_ok(issuer_notify(rig.i, program, &err), &err);
	assert_int_equal(irig_noticed(&rig, "grant"), 0);
	assert_int_equal(lines(heard_text()), 1);
	assert_non_null(strstr(heard_text(), "TP00000000000001"));
	assert_non_null(strstr(heard_text(), g.receipt));
	assert_null(strstr(heard_text(), IRIG_CODE));
	irig_ok(issuer_notify(rig.i, program, &err), &err);
	assert_int_equal(lines(heard_text()), 1);
}

static void a_program_that_fails_gets_it_again(void **state)
{
	char text[512];
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	grant(&p, &g);
	write_program("cat >/dev/null; exit 3");
	irig_ok(issuer_notify(rig.i, program, &err), &err);
	assert_int_equal(irig_noticed(&rig, "grant"), 1);
	irig_ok(issuer_notify(rig.i, "/nonexistent/program", &err), &err);
	assert_int_equal(irig_noticed(&rig, "grant"), 1);
	(void)snprintf(text, sizeof text, "cat >>%s", heard);
	write_program(text);
	irig_ok(issuer_notify(rig.i, program, &err), &err);
	assert_int_equal(irig_noticed(&rig, "grant"), 0);
	assert_int_equal(lines(heard_text()), 1);
}

static void a_program_that_does_not_read_does_not_hold_us(void **state)
{
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	grant(&p, &g);
	write_program("exit 0");
	irig_ok(issuer_notify(rig.i, program, &err), &err);
	assert_int_equal(irig_noticed(&rig, "grant"), 0);
}

static void a_program_gets_none_of_our_environment(void **state)
{
	char text[512];
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	assert_int_equal(setenv("REPIN_TEST_SECRET", "in the environment", 1), 0);
	(void)snprintf(text, sizeof text, "env >%s; ls -l /proc/self/fd >>%s", heard, heard);
	write_program(text);
	grant(&p, &g);
	irig_ok(issuer_notify(rig.i, program, &err), &err);
	assert_null(strstr(heard_text(), "REPIN_TEST_SECRET"));
	assert_null(strstr(heard_text(), "SOFTHSM"));
	/* No descriptor of the database or the token either. */
	assert_null(strstr(heard_text(), "/db"));
	assert_null(strstr(heard_text(), "tokens"));
}

static void without_a_program_notices_wait(void **state)
{
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	grant(&p, &g);
	irig_ok(issuer_notify(rig.i, NULL, &err), &err);
	assert_int_equal(irig_noticed(&rig, "grant"), 1);
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
		TEST(a_grant_that_nobody_settles_is_unknown_after_two_minutes),
		TEST(the_cards_mac_settles_what_the_sweeper_called_unknown),
		TEST(what_is_over_expires_and_nothing_unwrites_it),
		TEST(a_case_that_was_granted_meanwhile_is_left_alone),
		TEST(a_thousand_cases_take_two_rounds),
		TEST(what_has_served_is_forgotten),
		TEST(a_notice_is_handed_over_once),
		TEST(a_program_that_fails_gets_it_again),
		TEST(a_program_that_does_not_read_does_not_hold_us),
		TEST(a_program_gets_none_of_our_environment),
		TEST(without_a_program_notices_wait),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
