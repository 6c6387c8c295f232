/* SPDX-License-Identifier: Apache-2.0 */
/* A card shows itself: what is checked before the database, what its count settles, what is told. */
#include "server/issuer_between.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "issuer/shown.h"

static struct irig rig;
static struct vcard *hicos, *mynumber;
static const struct issuer_peer home = {.source = "192.0.2.1"};
static struct rp_error err;

static int setup(void **state)
{
	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	irig_open(&rig, NULL);
	hicos = irig_card(&rig, "hicos", "TP00000000000001");
	mynumber = irig_card(&rig, "mynumber", "123456789012345");
	irig_enrol(&rig, hicos);
	irig_enrol(&rig, mynumber);
	memset(&between, 0, sizeof between);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vcard_free(hicos);
	vcard_free(mynumber);
	irig_close(&rig);
	return 0;
}

static rp_code presence(const struct rp_presence *p, struct rp_issuer_facts *ret)
{
	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_presence(rig.i, &home, p, ret, &err);
}

/* A grant by the user code for what `p` shows. */
static void grant(const struct rp_presence *p, struct rp_grant *ret)
{
	rp_secret *code = irig_secret(IRIG_CODE);
	const struct rp_evidence e = {.door = "user-code", .user_code = code};

	irig_ok(issuer_grant(rig.i, &home, irig_new_key(), p, &e, ret, &err), &err);
	rp_secret_free(code);
}

static int64_t known_resets(const struct vcard *c, rp_slot slot, char ret_halted[16])
{
	struct row_card_slot row = {.slot = slot};

	assert_true(hash_card_id(IRIG_NAME, c->family->name, c->number, row.card_id));
	if (!irig_get(&rig, ST_SLOT_GET, &row))
		row.resets = 0;
	memcpy(ret_halted, row.halted, sizeof row.halted);
	return row.resets;
}

/* --- before the database --- */

static void a_card_that_shows_itself_is_told_what_is_open(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.card_status, "active");
	assert_string_equal(facts.halted, "");
	assert_string_equal(facts.user_code, "active");
	assert_int_equal(facts.user_code_tries, 3);
	assert_int_equal(facts.n_cases, 0);
	assert_string_equal(facts.settled, "");
	irig_show(&rig, mynumber, RP_SLOT_SIGN, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.user_code, "none");
	assert_int_equal(facts.user_code_tries, RP_TRIES_UNKNOWN);
}

/* Every call about a card, with this presence and evidence that would be right. */
static void all_calls_refuse(const struct rp_presence *p, enum rp_problem problem)
{
	rp_secret *code = irig_secret(IRIG_CODE), *fresh = irig_secret("Fresh123");
	const struct rp_evidence grant_it = {.door = "user-code", .user_code = code},
				 set_it = {.new_code = fresh}, reserve_it = {.door = "kiosk"};
	char receipt[RP_ISSUER_ID], story[sizeof err.story];
	struct rp_issuer_facts facts;
	struct rp_grant g;
	struct rp_case c;

	irig_refused(presence(p, &facts), &err, problem);
	memcpy(story, err.story, sizeof story);
	irig_refused(issuer_grant(rig.i, &home, irig_new_key(), p, &grant_it, &g, &err), &err, problem);
	assert_string_equal(err.story, story);
	irig_refused(issuer_reserve(rig.i, &home, irig_new_key(), p, &reserve_it, &c, receipt, &err), &err,
		     problem);
	assert_string_equal(err.story, story);
	irig_refused(issuer_set_code(rig.i, &home, irig_new_key(), p, &set_it, receipt, &err), &err, problem);
	assert_string_equal(err.story, story);
	irig_refused(issuer_cancel(rig.i, &home, irig_new_key(), p, "some case", &err), &err, problem);
	assert_string_equal(err.story, story);
	assert_int_equal(err.tries_left, RP_TRIES_UNKNOWN);
	rp_secret_free(code);
	rp_secret_free(fresh);
}

static void without_a_right_mac_every_call_gets_one_answer_and_nothing_is_asked_or_counted(void **state)
{
	struct rp_presence good, p;

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &good);
	memset(&between, 0, sizeof between);
	for (unsigned wrong = 0; wrong < 9; wrong++) {
		p = good;
		p.mac[0] ^= (uint8_t)(wrong == 0);
		p.mac[15] ^= (uint8_t)(wrong == 1 ? 0x80 : 0);
		p.challenge[7] ^= (uint8_t)(wrong == 2);
		p.resets = (uint16_t)(p.resets + (wrong == 3));
		p.slot = wrong == 4 ? RP_SLOT_SIGN : wrong == 5 ? RP_SLOT_USER_CODE : p.slot;
		p.key = wrong == 6 ? 2 : p.key;
		p.profile = wrong == 7 ? "mynumber" : p.profile;
		p.number[3] = (char)(wrong == 8 ? '9' : p.number[3]);
		all_calls_refuse(&p, RP_PROBLEM_CARD_NOT_SHOWN);
	}
	p = good;
	p.profile = "nobody has heard of this family";
	all_calls_refuse(&p, RP_PROBLEM_CARD_NOT_SHOWN);
	assert_int_equal(between.works, 0);
	assert_int_equal(between.argon2, 0);
	assert_int_equal(between.peppers, 0);
	assert_int_equal(between.cryptograms, 0);
}

static void a_card_that_is_not_enrolled_gets_the_same_answer(void **state)
{
	struct vcard *other = irig_card(&rig, "hicos", "TP00000000000002");
	struct rp_presence p;

	(void)state;
	irig_show(&rig, other, RP_SLOT_PIN, &p);
	all_calls_refuse(&p, RP_PROBLEM_CARD_NOT_SHOWN);
	assert_string_equal(err.story, "The card was not shown to the issuer");
	assert_int_equal(between.argon2, 0);
	vcard_free(other);
}

static void a_card_with_a_key_of_another_version_than_its_row_gets_the_same_answer(void **state)
{
	struct row_card row = {.status = "active", .key_version = 7, .profile = "hicos"};
	struct vcard *other = irig_card(&rig, "hicos", "TP00000000000002");
	struct rp_presence p;

	(void)state;
	assert_true(hash_card_id(IRIG_NAME, "hicos", other->number, row.card_id));
	(void)snprintf(row.number, sizeof row.number, "%s", other->number);
	irig_run(&rig, ST_CARD_INSERT, &row);
	irig_show(&rig, other, RP_SLOT_PIN, &p);
	all_calls_refuse(&p, RP_PROBLEM_CARD_NOT_SHOWN);
	vcard_free(other);
}

static void a_card_of_a_family_without_mac_cannot_show_itself(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p = {.profile = "gids", .number = "0001", .slot = RP_SLOT_PIN};

	(void)state;
	irig_ok(issuer_nonce(rig.i, p.nonce, &err), &err);
	irig_refused(presence(&p, &facts), &err, RP_PROBLEM_CARD_NOT_SHOWN);
}

/* --- nonces --- */

static void a_nonce_that_is_not_ours_is_refused_before_the_card_is_looked_at(void **state)
{
	struct rp_presence p;
	uint8_t nonce[16];
	int64_t at;

	(void)state;
	irig_ok(issuer_nonce(rig.i, nonce, &err), &err);
	for (size_t k = 0; k < sizeof nonce; k++) {
		nonce[k] ^= 1;
		assert_false(nonce_read(rig.i, nonce, issuer_now_ms(rig.i), &at));
		nonce[k] ^= 1;
	}
	assert_true(nonce_read(rig.i, nonce, issuer_now_ms(rig.i), &at));
	nonce[15] ^= 1;
	irig_show_with(&rig, hicos, RP_SLOT_PIN, nonce, &p);
	all_calls_refuse(&p, RP_PROBLEM_NONCE_OLD);
	memset(nonce, 0, sizeof nonce);
	irig_show_with(&rig, hicos, RP_SLOT_PIN, nonce, &p);
	all_calls_refuse(&p, RP_PROBLEM_NONCE_OLD);
	assert_int_equal(between.works, 0);
}

static void a_nonce_serves_five_minutes_and_not_a_moment_longer(void **state)
{
	const int64_t now = issuer_now_ms(rig.i);
	uint8_t nonce[16];
	int64_t at;

	(void)state;
	nonce_make(rig.i, now - NONCE_LIVES_MS, nonce);
	assert_true(nonce_read(rig.i, nonce, now, &at));
	assert_int_equal(at, now - NONCE_LIVES_MS);
	assert_false(nonce_read(rig.i, nonce, now + 1, &at));
	assert_false(nonce_read(rig.i, nonce, now + (INT64_C(1) << 32), &at));
	assert_false(nonce_read(rig.i, nonce, now + (INT64_C(1) << 32) - NONCE_LIVES_MS, &at));
}

static void a_nonce_from_the_future_is_none(void **state)
{
	const int64_t now = issuer_now_ms(rig.i);
	uint8_t nonce[16];
	int64_t at;

	(void)state;
	nonce_make(rig.i, now + 1000, nonce); /* as much as two machines may differ */
	assert_true(nonce_read(rig.i, nonce, now, &at));
	nonce_make(rig.i, now + 1001, nonce);
	assert_false(nonce_read(rig.i, nonce, now, &at));
	nonce_make(rig.i, now + (INT64_C(1) << 32), nonce);
	assert_false(nonce_read(rig.i, nonce, now, &at));
}

static void the_databases_clock_decides_about_a_nonce(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	rig.ahead_ms = 4 * 60 * 1000;
	irig_ok(presence(&p, &facts), &err);
	/* Ours has not heard yet that it is later by now. */
	rig.ahead_ms = 5 * 60 * 1000 + 1000;
	irig_refused(presence(&p, &facts), &err, RP_PROBLEM_NONCE_OLD);
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
	/* Back again: what was too old stays so. */
	rig.ahead_ms = 0;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
}

/* --- settling --- */

static void a_count_one_higher_settles_the_grant_as_done(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct row_grant row = {0};
	struct row_case c = {0};
	struct rp_grant g;
	char halted[16];

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	grant(&p, &g);
	assert_int_equal(irig_reset(hicos, RP_SLOT_PIN, &g, "654321"), 0x9000);
	irig_show_with(&rig, hicos, RP_SLOT_PIN, g.nonce, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.settled, g.case_id);
	assert_string_equal(facts.settled_state, "done");
	assert_int_equal(facts.n_cases, 0);
	memcpy(row.id, g.id, sizeof row.id);
	assert_true(irig_get(&rig, ST_GRANT_GET, &row));
	assert_string_equal(row.state, "done");
	assert_string_equal(row.settled_by, "mac");
	memcpy(c.id, g.case_id, sizeof c.id);
	assert_true(irig_get(&rig, ST_CASE_GET, &c));
	assert_string_equal(c.state, "done");
	assert_int_equal(known_resets(hicos, RP_SLOT_PIN, halted), 1);
	assert_int_equal(irig_logged(&rig, "done", "mac"), 1);
	assert_int_equal(irig_noticed(&rig, "done"), 1);
	/* Once: the next look says nothing of it. */
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.settled, "");
	assert_int_equal(irig_logged(&rig, "done", NULL), 1);
}

static void a_count_that_is_the_same_settles_it_as_failed_only_by_a_nonce_newer_than_the_grant(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence before, p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &before);
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	grant(&p, &g);
	/* What was on its way before the grant says nothing about it. */
	irig_ok(presence(&before, &facts), &err);
	assert_string_equal(facts.settled, "");
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.settled, "");
	assert_int_equal(facts.n_cases, 1);
	assert_string_equal(facts.cases[0].state, "granted");
	irig_show_with(&rig, hicos, RP_SLOT_PIN, g.nonce, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.settled, g.case_id);
	assert_string_equal(facts.settled_state, "failed");
	assert_int_equal(facts.n_cases, 1);
	assert_string_equal(facts.cases[0].state, "failed");
	assert_true(facts.cases[0].here);
	assert_int_equal(irig_logged(&rig, "failed", "mac"), 1);
}

static void an_unknown_grant_is_settled_whenever_the_card_is_seen_again(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	for (unsigned used = 0; used < 2; used++) {
		irig_show(&rig, hicos, RP_SLOT_PIN, &p);
		grant(&p, &g);
		if (used == 1)
			assert_int_equal(irig_reset(hicos, RP_SLOT_PIN, &g, "654321"), 0x9000);
		rig.ahead_ms += 3 * 60 * 1000;
		irig_ok(issuer_sweep(rig.i, &err), &err);
		assert_int_equal(irig_noticed(&rig, "unknown"), used + 1);
		rig.ahead_ms += INT64_C(30) * 24 * 3600 * 1000;
		(void)issuer_now_ms(rig.i);
		irig_show(&rig, hicos, RP_SLOT_PIN, &p);
		(void)presence(&p, &facts); /* the nonce was made before we heard of the time */
		irig_show(&rig, hicos, RP_SLOT_PIN, &p);
		irig_ok(presence(&p, &facts), &err);
		assert_string_equal(facts.halted, "");
		assert_int_equal(irig_logged(&rig, used == 1 ? "done" : "failed", "mac"), 1);
		irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	}
}

static void settle_halted(struct vcard *c, const char *why)
{
	rp_secret *code = irig_secret(IRIG_CODE);
	const struct rp_evidence e = {.door = "user-code", .user_code = code};
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	irig_show(&rig, c, RP_SLOT_PIN, &p);
	irig_refused(issuer_grant(rig.i, &home, irig_new_key(), &p, &e, &g, &err), &err,
		     RP_PROBLEM_CARD_HALTED);
	irig_show(&rig, c, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.halted, why);
	assert_int_equal(facts.user_code_tries, 3);
	assert_int_equal(irig_logged(&rig, "halt", why), 1);
	assert_int_equal(irig_noticed(&rig, "halted"), 1);
	rp_secret_free(code);
}

static struct vpin *pin_of(struct vcard *c, rp_slot slot)
{
	for (size_t k = 0; k < c->n_pins; k++)
		if (c->pins[k].slot == slot)
			return &c->pins[k];
	fail_msg("no such PIN");
	return NULL;
}

static void a_count_lower_than_known_is_a_copy_and_stops_the_card(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;
	char halted[16];

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	grant(&p, &g);
	assert_int_equal(irig_reset(hicos, RP_SLOT_PIN, &g, "654321"), 0x9000);
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
	pin_of(hicos, RP_SLOT_PIN)->resets = 0;
	settle_halted(hicos, "copy");
	/* The real one does not start it again. */
	pin_of(hicos, RP_SLOT_PIN)->resets = 1;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.halted, "copy");
	assert_int_equal(known_resets(hicos, RP_SLOT_PIN, halted), 1);
}

static void a_count_that_nobody_granted_is_an_old_database_and_stops_the_card(void **state)
{
	(void)state;
	pin_of(hicos, RP_SLOT_PIN)->resets = 1;
	settle_halted(hicos, "database");
}

static void one_open_grant_explains_one_reset_and_not_two(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	grant(&p, &g);
	pin_of(hicos, RP_SLOT_PIN)->resets = 2;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.halted, "database");
	assert_string_equal(facts.settled, "");
}

static void a_failed_grant_explains_no_reset_any_more(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	grant(&p, &g);
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.settled_state, "failed");
	pin_of(hicos, RP_SLOT_PIN)->resets = 1;
	settle_halted(hicos, "database");
}

static void a_halted_card_stops_in_all_its_pins_until_an_approver_has_decided(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	char halted[16];

	(void)state;
	pin_of(mynumber, RP_SLOT_TEXT)->resets = 4;
	irig_show(&rig, mynumber, RP_SLOT_TEXT, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.halted, "database");
	for (rp_slot s = RP_SLOT_SIGN; s <= RP_SLOT_JUKI; s++) {
		irig_show(&rig, mynumber, s, &p);
		irig_ok(presence(&p, &facts), &err);
		assert_string_equal(facts.halted, "database");
	}
	assert_int_equal(irig_logged(&rig, "halt", NULL), 1);
	assert_int_equal(known_resets(mynumber, RP_SLOT_TEXT, halted), 0);
}

static void a_terminal_that_is_locked_or_unknown_learns_nothing_but_settles(void **state)
{
	uint8_t desk[32], nobody[32] = {1};
	struct issuer_peer locked = {.fingerprint = desk}, unknown = {.fingerprint = nobody};
	struct row_terminal row = {.name = "desk 1", .locked = 1, .lock_reason = "test"};
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_terminal(&rig, "desk 1", "desk", "hicos:pin", "office", desk);
	irig_run(&rig, ST_TERMINAL_LOCK, &row);
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	grant(&p, &g);
	assert_int_equal(irig_reset(hicos, RP_SLOT_PIN, &g, "654321"), 0x9000);
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_refused(issuer_presence(rig.i, &locked, &p, &facts, &err), &err, RP_PROBLEM_TERMINAL_LOCKED);
	assert_int_equal(irig_logged(&rig, "done", "mac"), 1);
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_refused(issuer_presence(rig.i, &unknown, &p, &facts, &err), &err, RP_PROBLEM_TERMINAL);
}

static void a_source_that_is_wrong_too_often_waits_and_others_do_not(void **state)
{
	const struct issuer_peer other = {.source = "192.0.2.2"};
	struct rp_issuer_facts facts;
	struct rp_presence p;

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	p.mac[0] ^= 1;
	for (unsigned k = 0; k < 60; k++)
		irig_refused(presence(&p, &facts), &err, RP_PROBLEM_CARD_NOT_SHOWN);
	p.mac[0] ^= 1;
	irig_refused(presence(&p, &facts), &err, RP_PROBLEM_TOO_MANY);
	irig_ok(issuer_presence(rig.i, &other, &p, &facts, &err), &err);
}

/* --- opening --- */

static void refuses_to_open(const struct issuer_conf *c)
{
	issuer *i = NULL;

	err = (struct rp_error)RP_ERROR_INIT;
	assert_int_equal(issuer_open(c, rig.k, rig.s, &i, &err), RP_E_CONFIG);
	assert_null(i);
	assert_int_not_equal(strlen(err.story), 0);
}

static void an_issuer_whose_configuration_is_wrong_does_not_open(void **state)
{
	struct issuer_conf c = irig_conf(&rig);
	struct rp_issuer_facts facts;
	struct rp_presence p;

	(void)state;
	c.reserve_from[1] = "kiosk";
	refuses_to_open(&c);
	c = irig_conf(&rig);
	c.name = "";
	refuses_to_open(&c);
	c = irig_conf(&rig);
	c.anchors_file = "/nowhere";
	refuses_to_open(&c);
	c = irig_conf(&rig);
	c.crl_file = NULL;
	refuses_to_open(&c);
	c = irig_conf(&rig);
	c.n_external = 9;
	refuses_to_open(&c);
	/* Keys and store were left open: they are the other issuer's. */
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
}

static void warnings(void *arg, enum log_level level, const char *line)
{
	*(unsigned *)arg += level == LOG_LVL_WARN && strstr(line, "issuer.crl") != NULL;
}

static void an_issuer_without_revocation_lists_says_so_at_its_start(void **state)
{
	struct issuer_conf c = irig_conf(&rig);
	unsigned said = 0;

	(void)state;
	c.crl_file = NULL;
	c.crl_optional = true;
	irig_close(&rig);
	log_to(warnings, &said, LOG_LVL_WARN);
	irig_open(&rig, &c);
	log_to(NULL, NULL, LOG_LVL_WARN);
	assert_int_equal(said, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_card_that_shows_itself_is_told_what_is_open),
		T(without_a_right_mac_every_call_gets_one_answer_and_nothing_is_asked_or_counted),
		T(a_card_that_is_not_enrolled_gets_the_same_answer),
		T(a_card_with_a_key_of_another_version_than_its_row_gets_the_same_answer),
		T(a_card_of_a_family_without_mac_cannot_show_itself),
		T(a_nonce_that_is_not_ours_is_refused_before_the_card_is_looked_at),
		T(a_nonce_serves_five_minutes_and_not_a_moment_longer),
		T(a_nonce_from_the_future_is_none),
		T(the_databases_clock_decides_about_a_nonce),
		T(a_count_one_higher_settles_the_grant_as_done),
		T(a_count_that_is_the_same_settles_it_as_failed_only_by_a_nonce_newer_than_the_grant),
		T(an_unknown_grant_is_settled_whenever_the_card_is_seen_again),
		T(a_count_lower_than_known_is_a_copy_and_stops_the_card),
		T(a_count_that_nobody_granted_is_an_old_database_and_stops_the_card),
		T(one_open_grant_explains_one_reset_and_not_two),
		T(a_failed_grant_explains_no_reset_any_more),
		T(a_halted_card_stops_in_all_its_pins_until_an_approver_has_decided),
		T(a_terminal_that_is_locked_or_unknown_learns_nothing_but_settles),
		T(an_issuer_whose_configuration_is_wrong_does_not_open),
		T(an_issuer_without_revocation_lists_says_so_at_its_start),
		T(a_source_that_is_wrong_too_often_waits_and_others_do_not),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_presence", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
