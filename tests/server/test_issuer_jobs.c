/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librepin's jobs on virtual cards against the whole issuer: from a look to the card's word of the end, and
 * what becomes of it when an answer is lost on the way.
 */
#include "server/issuer_between.h"

#include <stdio.h>
#include <string.h>

#include "issuer/internal.h"
#include "support/issuer_port.h"
#include "support/vreader.h"

static struct irig rig;
static struct issuer_port at;
static struct vreader v;
static rp_ctx *ctx;
static rp_card *card;
static struct rp_card_facts shown;
static uint8_t kiosk[32];
static struct rp_error err;

static void look(void)
{
	irig_ok(rp_card_read(card, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, &shown, &err), &err);
}

/* The issuer, and this card of its in a reader. */
static void begin(const char *family, const char *number)
{
	struct vcard *c;
	rp_secret *key = NULL;

	err = (struct rp_error)RP_ERROR_INIT;
	memset(&between, 0, sizeof between);
	irig_open(&rig, NULL);
	c = irig_card(&rig, family, number);
	irig_enrol(&rig, c);
	irig_terminal(&rig, "kiosk 1", "kiosk", "mynumber:sign,mynumber:auth", "", kiosk);
	ctx = vreader_open(&v, c);
	assert_int_equal(rp_secret_from(c->transport_key, 24, &key, NULL), RP_OK);
	assert_int_equal(rp_ctx_hicos_key(ctx, key, NULL), RP_OK);
	rp_secret_free(key);
	irig_ok(rp_card_open(ctx, NULL, &card, &err), &err);
	look();
	issuer_port_start(&at, rig.i, IRIG_NAME, NULL);
}

static int teardown(void **state)
{
	(void)state;
	rp_card_close(card);
	vreader_close(&v, ctx);
	irig_close(&rig);
	return 0;
}

static int setup_mynumber(void **state)
{
	(void)state;
	begin("mynumber", "123456789012345");
	return 0;
}

static int setup_hicos(void **state)
{
	(void)state;
	begin("hicos", "TP00000000000001");
	return 0;
}

static int setup_gids(void **state)
{
	(void)state;
	begin("gids", "524550494E0000000000000000000002");
	return 0;
}

static rp_code reset_as(rp_slot slot, rp_slot other, const char *current, const char *fresh,
			const struct rp_evidence *e, struct rp_reset_done *ret)
{
	const struct rp_job job = {.slot = slot, .shown = &shown};
	rp_secret *now = current != NULL ? entry_of(shown.profile, other, RP_ENTRY_CURRENT, current) : NULL;
	rp_secret *next = entry_of(shown.profile, slot, RP_ENTRY_NEW, fresh);
	rp_code rc;

	err = (struct rp_error)RP_ERROR_INIT;
	rc = rp_issuer_reset(card, &at.port, &job, other, now, next, e, ret, &err);
	rp_secret_free(now);
	rp_secret_free(next);
	return rc;
}

static bool holds(const char *id, const char *value)
{
	const struct vpin *p = vcard_pin(v.card, id);

	return p != NULL && p->len == strlen(value) && memcmp(p->value, value, p->len) == 0;
}

/* --- the kiosk --- */

static void a_signature_pin_that_is_forgotten_is_reserved_at_home_and_set_at_a_kiosk(void **state)
{
	const struct rp_job job = {.slot = RP_SLOT_SIGN, .shown = &shown};
	rp_secret *auth = entry_of("mynumber", RP_SLOT_AUTH, RP_ENTRY_CURRENT, "1234");
	char receipt[RP_ISSUER_ID], *json = NULL;
	struct rp_issuer_facts facts;
	struct rp_reset_done done;
	struct rp_case c;

	(void)state;
	vcard_pin(v.card, "sign")->tries = 0;
	look();
	irig_ok(rp_issuer_reserve(card, &at.port, &job, RP_SLOT_AUTH, auth, &c, receipt, &err), &err);
	issuer_port_start(&at, rig.i, IRIG_NAME, kiosk);
	look();
	irig_ok(rp_issuer_look(card, &at.port, RP_SLOT_SIGN, &shown, &facts, &err), &err);
	assert_int_equal(facts.n_cases, 1);
	assert_true(facts.cases[0].here);
	const struct rp_evidence e = {.door = "kiosk", .case_id = facts.cases[0].id};
	irig_ok(reset_as(RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", "NEWPIN9", &e, &done), &err);
	assert_true(done.reported);
	assert_string_equal(done.case_id, c.id);
	assert_true(holds("sign", "NEWPIN9"));
	assert_int_equal(done.done.after.tries_left, 5);
	assert_int_equal(irig_logged(&rig, "done", "mac"), 1);
	/* Both receipts name entries that are in the log. */
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	irig_ok(issuer_receipt(rig.i, receipt, &json, &err), &err);
	free(json);
	irig_ok(issuer_receipt(rig.i, done.receipt, &json, &err), &err);
	free(json);
	rp_secret_free(auth);
}

static void at_home_the_kiosks_door_stays_shut(void **state)
{
	const struct rp_job job = {.slot = RP_SLOT_SIGN, .shown = &shown};
	rp_secret *auth = entry_of("mynumber", RP_SLOT_AUTH, RP_ENTRY_CURRENT, "1234");
	char receipt[RP_ISSUER_ID];
	struct rp_reset_done done;
	struct rp_case c;

	(void)state;
	irig_ok(rp_issuer_reserve(card, &at.port, &job, RP_SLOT_AUTH, auth, &c, receipt, &err), &err);
	look();
	const struct rp_evidence e = {.door = "kiosk", .case_id = c.id};
	irig_refused(reset_as(RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", "NEWPIN9", &e, &done), &err,
		     RP_PROBLEM_CLASS);
	assert_true(holds("sign", "ABC123"));
	rp_secret_free(auth);
}

/* --- user codes --- */

static rp_code by_code(const char *typed, const char *fresh, struct rp_reset_done *ret)
{
	rp_secret *code = irig_secret(typed);
	const struct rp_evidence e = {.door = "user-code", .user_code = code};
	rp_code rc;

	look();
	rc = reset_as(RP_SLOT_PIN, RP_SLOT_NONE, NULL, fresh, &e, ret);
	rp_secret_free(code);
	return rc;
}

static void the_user_code_sets_a_pin_at_home(void **state)
{
	struct rp_reset_done done;

	(void)state;
	vcard_pin(v.card, "pin")->tries = 0;
	irig_refused(by_code("Wrong1", "newPin99", &done), &err, RP_PROBLEM_CODE_WRONG);
	assert_true(err.spent_at_issuer);
	assert_int_equal(err.tries_left, 2);
	irig_ok(by_code(IRIG_CODE, "newPin99", &done), &err);
	assert_true(done.reported && holds("pin", "newPin99"));
	assert_int_equal(irig_logged(&rig, "done", "mac"), 1);
}

static const char *lost_call;
static unsigned lost_left;

static rp_code lose(void *arg, const char *call, struct rp_error *e)
{
	(void)arg;
	if (lost_left == 0 || strcmp(call, lost_call) != 0)
		return RP_OK;
	lost_left--;
	return rp_fail(e, RP_E_ISSUER_AWAY, "as the test wants it");
}

static void a_grant_whose_answer_was_lost_is_settled_by_the_next_look(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_reset_done done;

	(void)state;
	at.after = lose;
	lost_call = "grant";
	lost_left = 1;
	assert_int_equal(by_code(IRIG_CODE, "newPin99", &done), RP_E_ISSUER_AWAY);
	assert_true(holds("pin", "123456"));
	look();
	irig_ok(rp_issuer_look(card, &at.port, RP_SLOT_PIN, &shown, &facts, &err), &err);
	assert_string_equal(facts.settled_state, "failed");
	irig_ok(by_code(IRIG_CODE, "newPin99", &done), &err);
	assert_true(holds("pin", "newPin99"));
}

static unsigned presences;

/* The first presence of a reset introduces the card; the second is that of its end. */
static rp_code lose_end(void *arg, const char *call, struct rp_error *e)
{
	(void)arg;
	if (strcmp(call, "presence") != 0 || ++presences != 2)
		return RP_OK;
	return rp_fail(e, RP_E_ISSUER_AWAY, "as the test wants it");
}

static void a_reset_whose_end_was_not_reported_is_settled_by_the_next_look(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_reset_done done;

	(void)state;
	at.before = lose_end;
	presences = 0;
	irig_ok(by_code(IRIG_CODE, "newPin99", &done), &err);
	assert_false(done.reported);
	assert_true(holds("pin", "newPin99"));
	assert_int_equal(irig_logged(&rig, "done", NULL), 0);
	look();
	irig_ok(rp_issuer_look(card, &at.port, RP_SLOT_PIN, &shown, &facts, &err), &err);
	assert_string_equal(facts.settled, done.case_id);
	assert_string_equal(facts.settled_state, "done");
	assert_string_equal(facts.halted, "");
}

static void a_card_that_gives_a_mac_is_settled_by_no_word(void **state)
{
	struct row_grant which = {.slot = RP_SLOT_PIN};
	struct rp_reset_done done;

	(void)state;
	at.before = lose_end;
	presences = 0;
	irig_ok(by_code(IRIG_CODE, "newPin99", &done), &err);
	assert_true(hash_card_id(IRIG_NAME, "hicos", shown.number, which.card_id));
	assert_true(irig_get(&rig, ST_GRANT_UNSETTLED, &which));
	irig_refused(issuer_word(rig.i, &at.who, irig_new_key(), which.id, false, NULL, 0, &err), &err,
		     RP_PROBLEM_CASE);
	assert_int_equal(irig_count(&rig, ST_GRANT_UNSETTLED, &which), 1);
}

static void the_cards_pin_sets_a_new_user_code(void **state)
{
	const struct rp_job job = {.slot = RP_SLOT_PIN, .shown = &shown};
	rp_secret *pin = entry_of("hicos", RP_SLOT_PIN, RP_ENTRY_CURRENT, "123456");
	rp_secret *fresh = irig_secret("Fresh12");
	const struct rp_evidence e = {.new_code = fresh};
	char receipt[RP_ISSUER_ID];
	struct rp_reset_done done;

	(void)state;
	irig_ok(rp_issuer_code(card, &at.port, &job, pin, &e, receipt, &err), &err);
	irig_refused(by_code(IRIG_CODE, "newPin99", &done), &err, RP_PROBLEM_CODE_WRONG);
	irig_ok(by_code("Fresh12", "newPin99", &done), &err);
	assert_true(holds("pin", "newPin99"));
	rp_secret_free(pin);
	rp_secret_free(fresh);
}

/* --- GIDS: a card without a MAC --- */

static const uint8_t wrong_answer[40];

/* The help desk's case with its one-time code, as issuer_decide opens it. */
static void open_case(struct row_case *ret, char ret_code[16])
{
	struct row_one_time_code otc;
	struct row_case c = {.slot = RP_SLOT_PIN, .door = "help-desk", .state = "ready"};

	id_new(c.id);
	id_new(c.receipt);
	assert_true(hash_card_id(IRIG_NAME, "gids", shown.number, c.card_id));
	c.opened_ms = c.changed_ms = issuer_now_ms(rig.i);
	c.until_ms = c.opened_ms + case_lives_ms(DOORS_HELP_DESK);
	irig_run(&rig, ST_CASE_INSERT, &c);
	irig_ok(code_make_one_time(rig.i, c.card_id, ret_code, &otc, &err), &err);
	(void)snprintf(otc.purpose, sizeof otc.purpose, "%s", OTC_FOR_CASE);
	(void)snprintf(otc.case_id, sizeof otc.case_id, "%s", c.id);
	otc.until_ms = c.until_ms;
	irig_run(&rig, ST_OTC_PUT, &otc);
	*ret = c;
}

static rp_code by_help_desk(const char *typed, const char *case_id, struct rp_reset_done *ret)
{
	rp_secret *code = irig_secret(typed);
	const struct rp_evidence e = {.door = "help-desk", .one_time = code, .case_id = case_id};
	rp_code rc;

	look();
	rc = reset_as(RP_SLOT_PIN, RP_SLOT_NONE, NULL, "654321", &e, ret);
	rp_secret_free(code);
	return rc;
}

static void a_help_desks_code_sets_the_pin_of_a_card_without_mac(void **state)
{
	struct row_one_time_code otc = {.purpose = OTC_FOR_CASE};
	struct rp_reset_done done;
	struct row_case c;
	char code[16];

	(void)state;
	open_case(&c, code);
	irig_ok(by_help_desk(code, c.id, &done), &err);
	assert_true(done.reported && holds("pin", "654321"));
	assert_true(irig_get(&rig, ST_CASE_GET, &c));
	assert_string_equal(c.state, "done");
	assert_int_equal(irig_logged(&rig, "done", "word, proven"), 1);
	assert_int_equal(irig_noticed(&rig, "done"), 1);
	/* The code has served. */
	memcpy(otc.card_id, c.card_id, sizeof otc.card_id);
	memcpy(otc.case_id, c.id, sizeof otc.case_id);
	assert_false(irig_get(&rig, ST_OTC_GET, &otc));
	irig_refused(by_help_desk(code, c.id, &done), &err, RP_PROBLEM_CASE_STATE);
}

static void a_help_desks_code_is_counted_and_a_typing_slip_is_not(void **state)
{
	struct rp_reset_done done;
	struct row_case c;
	char code[16], wrong[16], slip[16];

	(void)state;
	open_case(&c, code);
	memcpy(slip, code, sizeof slip);
	slip[3] = slip[3] == 'A' ? 'B' : 'A';
	for (unsigned k = 0; k < 5; k++)
		irig_refused(by_help_desk(slip, c.id, &done), &err, RP_PROBLEM_CODE_WRONG);
	for (unsigned k = 0; k < 3; k++) {
		code32_new(OTC_CHARS, wrong);
		irig_refused(by_help_desk(wrong, c.id, &done), &err,
			     k < 2 ? RP_PROBLEM_CODE_WRONG : RP_PROBLEM_CODE_BLOCKED);
		assert_int_equal(err.tries_left, 2 - (int)k);
	}
	irig_refused(by_help_desk(code, c.id, &done), &err, RP_PROBLEM_CODE_BLOCKED);
	assert_true(holds("pin", "123456"));
}

/* A number can be read on a card: who has no more is told nothing, not even that there is such a card. */
static void a_stranger_learns_nothing_of_a_card_without_mac(void **state)
{
	struct row_card row = {.status = "suspended"};
	rp_secret *code;
	struct rp_presence p = {.profile = "gids", .slot = RP_SLOT_PIN};
	char typed[16], story[sizeof err.story] = "";
	struct row_case c;
	struct rp_grant g;

	(void)state;
	open_case(&c, typed);
	code = irig_secret(typed);
	for (unsigned k = 0; k < 5; k++) {
		const struct rp_evidence e = {.door = "help-desk",
					      .one_time = code,
					      .case_id = k == 0	  ? NULL
							 : k == 1 ? "no such case"
								  : c.id,
					      .r1 = wrong_answer,
					      .r2 = wrong_answer};

		if (k == 4) {
			memcpy(row.card_id, c.card_id, sizeof row.card_id);
			irig_run(&rig, ST_CARD_STATUS, &row);
		}
		(void)snprintf(p.number, sizeof p.number, "%s",
			       k == 2 ? "524550494E00000000000000000000FF" : shown.number);
		p.profile = k == 3 ? "hicos" : "gids";
		irig_ok(issuer_nonce(rig.i, p.nonce, &err), &err);
		if (k == 3) {
			irig_refused(issuer_grant(rig.i, &at.who, irig_new_key(), &p, &e, &g, &err), &err,
				     RP_PROBLEM_CARD_NOT_SHOWN);
			continue;
		}
		if (k == 4) { /* who has the case is told */
			irig_refused(issuer_grant(rig.i, &at.who, irig_new_key(), &p, &e, &g, &err), &err,
				     RP_PROBLEM_CARD_SUSPENDED);
			continue;
		}
		irig_refused(issuer_grant(rig.i, &at.who, irig_new_key(), &p, &e, &g, &err), &err,
			     RP_PROBLEM_CASE);
		if (k > 0)
			assert_string_equal(err.story, story);
		memcpy(story, err.story, sizeof story);
	}
	const struct rp_evidence guess = {.door = "help-desk",
					  .one_time = code,
					  .case_id = "no such case",
					  .r1 = wrong_answer,
					  .r2 = wrong_answer};
	irig_ok(issuer_nonce(rig.i, p.nonce, &err), &err);
	irig_refused(issuer_grant(rig.i, &at.who, irig_new_key(), &p, &guess, &g, &err), &err,
		     RP_PROBLEM_CASE);
	assert_int_equal(between.argon2, 1); /* the help desk's own */
	rp_secret_free(code);
}

static void without_the_help_desks_case_there_is_nothing(void **state)
{
	struct rp_reset_done done;
	struct row_case c;
	char code[16];

	(void)state;
	open_case(&c, code);
	irig_refused(by_help_desk(code, NULL, &done), &err, RP_PROBLEM_CASE);
	irig_refused(by_help_desk(code, "no such case", &done), &err, RP_PROBLEM_CASE);
	rig.ahead_ms += 31 * 60 * 1000;
	irig_ok(issuer_sweep(rig.i, &err), &err); /* the clock is heard of */
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	irig_refused(by_help_desk(code, c.id, &done), &err, RP_PROBLEM_CASE_STATE);
}

static char spoilt_grant[RP_ISSUER_ID];

static rp_code lose_word(void *arg, const char *call, struct rp_error *e)
{
	(void)arg;
	if (strcmp(call, "word") != 0)
		return RP_OK;
	return rp_fail(e, RP_E_ISSUER_AWAY, "as the test wants it");
}

static void a_wrong_answer_of_the_card_is_taken_by_its_word_and_logged(void **state)
{
	struct row_grant which = {.slot = RP_SLOT_PIN};
	uint8_t other_terminal[32];
	struct issuer_peer other = {.fingerprint = other_terminal};
	const char *key = irig_new_key();
	struct rp_reset_done done;
	struct row_case c;
	char code[16];

	(void)state;
	irig_terminal(&rig, "desk 1", "desk", "", "office", other_terminal);
	open_case(&c, code);
	at.before = lose_word;
	irig_ok(by_help_desk(code, c.id, &done), &err);
	assert_false(done.reported);
	memcpy(which.card_id, c.card_id, sizeof which.card_id);
	assert_int_equal(irig_count(&rig, ST_GRANT_UNSETTLED, &which), 1);
	assert_true(irig_get(&rig, ST_GRANT_UNSETTLED, &which));
	(void)snprintf(spoilt_grant, sizeof spoilt_grant, "%s", which.id);
	irig_refused(issuer_word(rig.i, &other, irig_new_key(), spoilt_grant, true, wrong_answer, 40, &err),
		     &err, RP_PROBLEM_CASE);
	irig_refused(issuer_word(rig.i, &at.who, irig_new_key(), "no such grant", true, NULL, 0, &err), &err,
		     RP_PROBLEM_CASE);
	irig_ok(issuer_word(rig.i, &at.who, key, spoilt_grant, true, wrong_answer, 40, &err), &err);
	irig_ok(issuer_word(rig.i, &at.who, key, spoilt_grant, true, wrong_answer, 40, &err), &err);
	assert_int_equal(irig_logged(&rig, "done", "word, answer wrong"), 1);
	assert_true(irig_get(&rig, ST_GRANT_GET, &which));
	assert_string_equal(which.settled_by, "word");
	irig_refused(issuer_word(rig.i, &at.who, irig_new_key(), spoilt_grant, false, NULL, 0, &err), &err,
		     RP_PROBLEM_CASE_STATE);
}

int main(void)
{
#define T(name, how) cmocka_unit_test_setup_teardown(name, how, teardown)
	const struct CMUnitTest tests[] = {
		T(a_signature_pin_that_is_forgotten_is_reserved_at_home_and_set_at_a_kiosk, setup_mynumber),
		T(at_home_the_kiosks_door_stays_shut, setup_mynumber),
		T(the_user_code_sets_a_pin_at_home, setup_hicos),
		T(a_grant_whose_answer_was_lost_is_settled_by_the_next_look, setup_hicos),
		T(a_reset_whose_end_was_not_reported_is_settled_by_the_next_look, setup_hicos),
		T(a_card_that_gives_a_mac_is_settled_by_no_word, setup_hicos),
		T(the_cards_pin_sets_a_new_user_code, setup_hicos),
		T(a_help_desks_code_sets_the_pin_of_a_card_without_mac, setup_gids),
		T(a_help_desks_code_is_counted_and_a_typing_slip_is_not, setup_gids),
		T(a_stranger_learns_nothing_of_a_card_without_mac, setup_gids),
		T(without_the_help_desks_case_there_is_nothing, setup_gids),
		T(a_wrong_answer_of_the_card_is_taken_by_its_word_and_logged, setup_gids),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_jobs", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
