/* SPDX-License-Identifier: Apache-2.0 */
/* Grants by the user code: counted before compared, once; burnt before sent, once. */
#include "server/issuer_code_kit.h"

/* --- the right code --- */

static void the_right_code_gives_a_grant_that_the_card_takes(void **state)
{
	struct row_case c = {0};
	struct rp_grant g;

	(void)state;
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
	assert_int_equal(irig_reset(card, RP_SLOT_PIN, &g, "654321"), 0x9000);
	tries_are(3, "active");
	memcpy(c.id, g.case_id, sizeof c.id);
	assert_true(irig_get(&rig, ST_CASE_GET, &c));
	assert_string_equal(c.state, "granted");
	assert_string_equal(c.door, "user-code");
	assert_string_equal(c.terminal, "home");
	assert_string_equal(c.receipt, g.receipt);
	assert_int_equal(irig_logged(&rig, "code", "counted"), 1);
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 1);
	assert_int_equal(irig_noticed(&rig, "grant"), 1);
	struct row_evidence e = {0};
	memcpy(e.case_id, g.case_id, sizeof e.case_id);
	assert_int_equal(irig_count(&rig, ST_EVIDENCE_OF, &e), 1);
}

static void nothing_that_is_kept_holds_code_or_cryptogram(void **state)
{
	char path[160], hex[48];
	static uint8_t bytes[1 << 20];
	struct rp_grant g;

	(void)state;
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
	(void)ask_anew("Wrong9", &g);
	if (getenv("REPIN_PG_URL") != NULL)
		return; /* its files are the server's own; what is written is the same */
	assert_true(hex_of(g.cryptogram, 16, hex, sizeof hex));
	for (unsigned k = 0; k < 2; k++) {
		(void)snprintf(path, sizeof path, "%s/db%s", rig.folder, k == 0 ? "" : "-wal");
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		const size_t n = fread(bytes, 1, sizeof bytes, f);
		(void)fclose(f);
		assert_null(memmem(bytes, n, IRIG_CODE, strlen(IRIG_CODE)));
		assert_null(memmem(bytes, n, "Wrong9", 6));
		assert_null(memmem(bytes, n, g.cryptogram, 16));
		assert_null(memmem(bytes, n, hex, 32));
	}
}

static void case_counts_and_what_no_code_can_be_is_not_counted(void **state)
{
	static const char *const none[] = {"",
					   "Code1",
					   "Code1234567",
					   "Code 1",
					   "Code-12",
					   ("C\xC3\xB6"
					    "de12")};
	struct rp_grant g;

	(void)state;
	for (size_t k = 0; k < sizeof none / sizeof none[0]; k++)
		irig_refused(ask_anew(none[k], &g), &err, RP_PROBLEM_MALFORMED);
	tries_are(3, "active");
	irig_refused(ask_anew("code12", &g), &err, RP_PROBLEM_CODE_WRONG);
	irig_refused(ask_anew("CODE12", &g), &err, RP_PROBLEM_CODE_WRONG);
	tries_are(1, "active");
}

static void a_right_code_sets_the_count_back(void **state)
{
	struct rp_grant g;

	(void)state;
	irig_refused(ask_anew("Wrong1", &g), &err, RP_PROBLEM_CODE_WRONG);
	refused_about_code(RP_PROBLEM_CODE_WRONG, 2, 1);
	irig_refused(ask_anew("Wrong2", &g), &err, RP_PROBLEM_CODE_WRONG);
	refused_about_code(RP_PROBLEM_CODE_WRONG, 1, 1);
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
	tries_are(3, "active");
}

/* --- wrong codes --- */

static void the_third_wrong_code_blocks_the_code_and_not_the_card(void **state)
{
	const int card_tries = card->pins[0].tries;
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_refused(ask_anew("Wrong1", &g), &err, RP_PROBLEM_CODE_WRONG);
	irig_refused(ask_anew("Wrong2", &g), &err, RP_PROBLEM_CODE_WRONG);
	irig_refused(ask_anew("Wrong3", &g), &err, RP_PROBLEM_CODE_BLOCKED);
	refused_about_code(RP_PROBLEM_CODE_BLOCKED, 0, 1);
	assert_string_equal(rp_problem_door(err.problem), "user-code-reset");
	tries_are(0, "blocked");
	assert_int_equal(irig_noticed(&rig, "blocked"), 1);
	between.argon2 = 0;
	irig_refused(ask_anew(IRIG_CODE, &g), &err, RP_PROBLEM_CODE_BLOCKED);
	refused_about_code(RP_PROBLEM_CODE_BLOCKED, 0, 0);
	assert_int_equal(between.argon2, 0);
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
	assert_string_equal(facts.user_code, "blocked");
	assert_string_equal(facts.card_status, "active");
	assert_int_equal(card->pins[0].tries, card_tries);
	assert_int_equal(grants_open(), 0);
	assert_int_equal(cases_open(), 0);
	assert_int_equal(irig_logged(&rig, "code", "code-wrong"), 2);
	assert_int_equal(irig_logged(&rig, "code", "code-blocked"), 1);
}

static void a_row_that_is_copied_to_another_card_matches_nothing(void **state)
{
	struct vcard *mine = card, *other = irig_card(&rig, "hicos", "TP00000000000002");
	struct row_user_code row = code_row(mine), theirs;
	struct rp_grant g;

	(void)state;
	irig_enrol(&rig, other);
	theirs = code_row(other);
	memcpy(row.card_id, theirs.card_id, sizeof row.card_id);
	irig_run(&rig, ST_USER_CODE_PUT, &row);
	card = other;
	irig_refused(ask_anew(IRIG_CODE, &g), &err, RP_PROBLEM_CODE_WRONG);
	card = mine;
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
	vcard_free(other);
}

/* docs/server.md and design paper, section 7: put together here by hand. */
static void what_is_kept_of_a_code_holds_the_card_twice(void **state)
{
	static const char salt_label[] = "REPIN-CODE-SALT-1", label[] = "REPIN-USER-CODE-1";
	const struct row_user_code row = code_row(card);
	const struct hash_part salted[] = {
		{salt_label, strlen(salt_label)}, {row.salt, 16}, {row.card_id, 16}};
	const uint8_t version[4] = {0, 0, 0, 1};
	uint8_t salt[32], hash[32], mac[32];

	(void)state;
	hash_sha256(salted, 3, salt);
	irig_ok(hash_argon2id(IRIG_CODE, strlen(IRIG_CODE), salt, hash, &err), &err);
	const struct hash_part parts[] = {
		{label, strlen(label)}, {row.card_id, 16}, {version, 4}, {hash, 32}};
	irig_ok(keys_pepper(rig.k, 1, parts, 4, mac, &err), &err);
	assert_memory_equal(row.mac, mac, sizeof mac);
	assert_int_equal(row.version, 1);
}

/* --- count before compare --- */

static const char *watched_key;

static void look_while_comparing(void)
{
	tries_are(2, "active");
	assert_true(request_is(watched_key, "pending"));
	assert_int_equal(irig_logged(&rig, "code", "counted"), 1);
	assert_int_equal(grants_open(), 0);
}

static void the_try_is_counted_and_committed_before_the_code_is_compared(void **state)
{
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	watched_key = irig_new_key();
	between.at_argon2 = look_while_comparing;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(ask(watched_key, &p, IRIG_CODE, &g), &err);
	assert_int_equal(between.argon2, 1);
	assert_true(request_is(watched_key, "done"));
}

static void ask_while_comparing(void)
{
	const char *key = irig_new_key();
	struct rp_presence p;
	struct rp_grant g;

	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_refused(ask(key, &p, IRIG_CODE, &g), &err, RP_PROBLEM_BUSY);
	tries_are(2, "active"); /* the first one's */
	assert_true(request_is(key, ""));
}

static void without_a_place_for_argon2_nothing_is_counted(void **state)
{
	struct rp_grant g;

	(void)state;
	between.at_argon2 = ask_while_comparing;
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
	tries_are(3, "active");
	/* The place was given back. */
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
}

static void a_process_that_dies_before_the_compare_has_counted_once(void **state)
{
	const char *key = irig_new_key(), *wrong_key = irig_new_key();
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	between.pepper_fails = 2; /* the first names the request */
	assert_int_equal(ask(key, &p, IRIG_CODE, &g), RP_E_TOKEN);
	tries_are(2, "active");
	assert_true(request_is(key, "pending"));
	/* Another code under the same key is another request. */
	irig_refused(ask(key, &p, "Wrong1", &g), &err, RP_PROBLEM_KEY_REUSED);
	tries_are(2, "active");
	/* The same one is compared and not counted again. */
	irig_ok(ask(key, &p, IRIG_CODE, &g), &err);
	tries_are(3, "active");
	assert_int_equal(irig_logged(&rig, "code", "counted"), 1);
	assert_int_equal(irig_reset(card, RP_SLOT_PIN, &g, "654321"), 0x9000);

	irig_show(&rig, card, RP_SLOT_PIN, &p);
	between.pepper_fails = 2;
	assert_int_equal(ask(wrong_key, &p, "Wrong1", &g), RP_E_TOKEN);
	irig_refused(ask(wrong_key, &p, "Wrong1", &g), &err, RP_PROBLEM_CODE_WRONG);
	refused_about_code(RP_PROBLEM_CODE_WRONG, 2, 1);
	irig_refused(ask(wrong_key, &p, "Wrong1", &g), &err, RP_PROBLEM_CODE_WRONG);
	refused_about_code(RP_PROBLEM_CODE_WRONG, 2, 1);
	tries_are(2, "active");
}

static void the_last_try_that_was_counted_and_not_compared_is_still_its_owners(void **state)
{
	const char *key = irig_new_key();
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_refused(ask_anew("Wrong1", &g), &err, RP_PROBLEM_CODE_WRONG);
	irig_refused(ask_anew("Wrong2", &g), &err, RP_PROBLEM_CODE_WRONG);
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	between.pepper_fails = 2;
	assert_int_equal(ask(key, &p, IRIG_CODE, &g), RP_E_TOKEN);
	tries_are(0, "active");
	irig_refused(ask_anew(IRIG_CODE, &g), &err, RP_PROBLEM_CODE_BLOCKED);
	irig_ok(ask(key, &p, IRIG_CODE, &g), &err);
	tries_are(3, "active");
}

struct guess {
	pthread_t thread;
	struct rp_presence p;
	char key[40], typed[12];
	rp_code rc;
	struct rp_error err;
	struct rp_grant g;
};

static void *guess_one(void *arg)
{
	struct guess *u = arg;
	rp_secret *code = irig_secret(u->typed);
	const struct rp_evidence e = {.door = "user-code", .user_code = code};

	u->err = (struct rp_error)RP_ERROR_INIT;
	u->rc = issuer_grant(rig.i, &home, u->key, &u->p, &e, &u->g, &u->err);
	rp_secret_free(code);
	return NULL;
}

static void run_all(struct guess *all, size_t n)
{
	for (size_t k = 0; k < n; k++)
		assert_int_equal(pthread_create(&all[k].thread, NULL, guess_one, &all[k]), 0);
	for (size_t k = 0; k < n; k++)
		assert_int_equal(pthread_join(all[k].thread, NULL), 0);
}

static void many_guesses_at_the_same_time_are_three(void **state)
{
	struct guess all[10] = {0};
	unsigned compared = 0;

	(void)state;
	for (unsigned k = 0; k < 10; k++) {
		irig_show(&rig, card, RP_SLOT_PIN, &all[k].p);
		(void)snprintf(all[k].key, sizeof all[k].key, "%s", irig_new_key());
		(void)snprintf(all[k].typed, sizeof all[k].typed, "Wrong%u", k);
	}
	run_all(all, 10);
	for (unsigned k = 0; k < 10; k++) {
		assert_int_equal(all[k].rc, RP_E_ISSUER_REFUSED);
		compared += all[k].err.tries_spent == 1;
	}
	assert_int_equal(compared, 3);
	assert_int_equal(irig_logged(&rig, "code", "counted"), 3);
	tries_are(0, "blocked");
}

static void one_request_sent_many_times_at_once_is_one_grant(void **state)
{
	struct guess all[6] = {0};

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &all[0].p);
	(void)snprintf(all[0].key, sizeof all[0].key, "%s", irig_new_key());
	(void)snprintf(all[0].typed, sizeof all[0].typed, "%s", IRIG_CODE);
	for (unsigned k = 1; k < 6; k++)
		all[k] = all[0];
	run_all(all, 6);
	for (unsigned k = 0; k < 6; k++) {
		irig_ok(all[k].rc, &all[k].err);
		assert_true(same_grant(&all[k].g, &all[0].g));
	}
	assert_int_equal(grants_open(), 1);
	assert_int_equal(irig_logged(&rig, "grant", NULL), 1);
	assert_int_equal(irig_logged(&rig, "code", "counted"), 1);
}

/* --- what is refused before anything is counted --- */

static void stop_with(const char *door, const char *profile, bool lifted)
{
	struct row_stop row = {.reason = "test", .made_by = "a", .made_ms = 1, .lifted_ms = 2};

	(void)snprintf(row.id, sizeof row.id, "stop %s %s", door, profile);
	(void)snprintf(row.door, sizeof row.door, "%s", door);
	(void)snprintf(row.profile, sizeof row.profile, "%s", profile);
	if (!lifted) {
		row.lifted_ms = 0;
		irig_run(&rig, ST_STOP_PUT, &row);
	} else {
		irig_run(&rig, ST_STOP_LIFT, &row);
	}
}

static void stops_and_cards_that_are_not_active_count_nothing(void **state)
{
	struct row_card row = {.status = "suspended"};
	struct rp_grant g;

	(void)state;
	assert_true(hash_card_id(IRIG_NAME, "hicos", card->number, row.card_id));
	irig_run(&rig, ST_CARD_STATUS, &row);
	irig_refused(ask_anew(IRIG_CODE, &g), &err, RP_PROBLEM_CARD_SUSPENDED);
	(void)snprintf(row.status, sizeof row.status, "revoked");
	irig_run(&rig, ST_CARD_STATUS, &row);
	irig_refused(ask_anew(IRIG_CODE, &g), &err, RP_PROBLEM_CARD_REVOKED);
	(void)snprintf(row.status, sizeof row.status, "active");
	irig_run(&rig, ST_CARD_STATUS, &row);
	static const char *const stops[][2] = {{"user-code", ""}, {"", "hicos"}, {"", ""}};
	for (size_t k = 0; k < 3; k++) {
		stop_with(stops[k][0], stops[k][1], false);
		irig_refused(ask_anew(IRIG_CODE, &g), &err, RP_PROBLEM_STOPPED);
		stop_with(stops[k][0], stops[k][1], true);
	}
	stop_with("kiosk", "", false);
	stop_with("", "mynumber", false);
	tries_are(3, "active");
	assert_int_equal(between.argon2, 0);
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
}

static void a_log_that_is_not_sealed_in_time_stops_grants(void **state)
{
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_ok(issuer_ready(rig.i, &err), &err);
	rig.ahead_ms += 11 * 1000; /* the enrolment waits for its seal */
	irig_refused(issuer_ready(rig.i, &err), &err, RP_PROBLEM_NOT_READY);
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_refused(ask(irig_new_key(), &p, IRIG_CODE, &g), &err, RP_PROBLEM_NOT_READY);
	tries_are(3, "active");
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	irig_ok(issuer_ready(rig.i, &err), &err);
	irig_ok(ask(irig_new_key(), &p, IRIG_CODE, &g), &err);
}

static void the_door_is_gone_through_where_the_table_says(void **state)
{
	uint8_t kiosk[32], desk[32];
	const struct issuer_peer at_kiosk = {.fingerprint = kiosk}, at_desk = {.fingerprint = desk};
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_terminal(&rig, "kiosk 1", "kiosk", "hicos:pin", "", kiosk);
	irig_terminal(&rig, "desk 1", "desk", "", "office", desk);
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_refused(ask_at(&at_kiosk, irig_new_key(), &p, IRIG_CODE, NULL, &g), &err, RP_PROBLEM_CLASS);
	irig_ok(ask_at(&at_desk, irig_new_key(), &p, IRIG_CODE, NULL, &g), &err);
}

static void a_card_has_thirty_acts_a_day(void **state)
{
	struct rp_grant g;
	unsigned n;

	(void)state;
	for (n = 0; n < 40 && ask_anew(IRIG_CODE, &g) == RP_OK; n++)
		irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	assert_int_equal(n, 30);
	assert_int_equal(err.problem, RP_PROBLEM_TOO_MANY);
	tries_are(3, "active");
	rig.ahead_ms += INT64_C(24) * 3600 * 1000 + 60000;
	(void)ask_anew(IRIG_CODE, &g); /* the clock is heard of */
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	irig_ok(ask_anew(IRIG_CODE, &g), &err);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define T_WITH(name, how) cmocka_unit_test_setup_teardown(name, how, teardown)
	const struct CMUnitTest tests[] = {
		T(the_right_code_gives_a_grant_that_the_card_takes),
		T(nothing_that_is_kept_holds_code_or_cryptogram),
		T(case_counts_and_what_no_code_can_be_is_not_counted),
		T(a_right_code_sets_the_count_back),
		T(the_third_wrong_code_blocks_the_code_and_not_the_card),
		T(a_row_that_is_copied_to_another_card_matches_nothing),
		T(what_is_kept_of_a_code_holds_the_card_twice),
		T(the_try_is_counted_and_committed_before_the_code_is_compared),
		T_WITH(without_a_place_for_argon2_nothing_is_counted, setup_one_place),
		T(a_process_that_dies_before_the_compare_has_counted_once),
		T(the_last_try_that_was_counted_and_not_compared_is_still_its_owners),
		T_WITH(many_guesses_at_the_same_time_are_three, setup_many_places),
		T_WITH(one_request_sent_many_times_at_once_is_one_grant, setup_many_places),
		T(stops_and_cards_that_are_not_active_count_nothing),
		T(a_log_that_is_not_sealed_in_time_stops_grants),
		T(the_door_is_gone_through_where_the_table_says),
		T(a_card_has_thirty_acts_a_day),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_code", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
