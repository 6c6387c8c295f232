/* SPDX-License-Identifier: Apache-2.0 */
/* A new user code: by the card's PIN, or by a one-time code that is counted before it is compared. */
#include "server/issuer_between.h"

#include <stdio.h>
#include <string.h>

#include "issuer/internal.h"

static struct irig rig;
static struct vcard *card;
static const struct issuer_peer home = {.source = "192.0.2.1"};
static struct rp_error err;
static char receipt[RP_ISSUER_ID];

static int setup(void **state)
{
	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	irig_open(&rig, NULL);
	card = irig_card(&rig, "hicos", "TP00000000000001");
	irig_enrol(&rig, card);
	memset(&between, 0, sizeof between);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vcard_free(card);
	irig_close(&rig);
	return 0;
}

/* --- asking --- */

static struct proof_lines lines_of(const struct rp_presence *p)
{
	return (struct proof_lines){.purpose = "user-code-reset",
				    .issuer = IRIG_NAME,
				    .terminal = "home",
				    .profile = p->profile,
				    .number = p->number,
				    .nonce = p->nonce};
}

static rp_code set_with(const char *key, const struct rp_presence *p, const struct rp_proof *proof,
			const char *one_time, const char *fresh)
{
	rp_secret *code = irig_secret(fresh), *typed = one_time != NULL ? irig_secret(one_time) : NULL;
	const struct rp_evidence e = {.proof = proof, .one_time = typed, .new_code = code};
	rp_code rc;

	err = (struct rp_error)RP_ERROR_INIT;
	rc = issuer_set_code(rig.i, &home, key, p, &e, receipt, &err);
	rp_secret_free(code);
	rp_secret_free(typed);
	return rc;
}

static rp_code by_pin(const char *fresh)
{
	struct rp_presence p;
	struct rp_proof proof;
	rp_code rc;

	irig_show(&rig, card, RP_SLOT_PIN, &p);
	const struct proof_lines lines = lines_of(&p);
	irig_prove(card, RP_SLOT_PIN, &lines, &proof);
	rc = set_with(irig_new_key(), &p, &proof, NULL, fresh);
	irig_proof_clear(&proof);
	return rc;
}

static rp_code by_letter(const char *one_time, const char *fresh)
{
	struct rp_presence p;

	irig_show(&rig, card, RP_SLOT_PIN, &p);
	return set_with(irig_new_key(), &p, NULL, one_time, fresh);
}

static rp_code grant_by(const char *typed)
{
	rp_secret *code = irig_secret(typed);
	const struct rp_evidence e = {.door = "user-code", .user_code = code};
	struct rp_presence p;
	struct rp_grant g;
	rp_code rc;

	irig_show(&rig, card, RP_SLOT_PIN, &p);
	err = (struct rp_error)RP_ERROR_INIT;
	rc = issuer_grant(rig.i, &home, irig_new_key(), &p, &e, &g, &err);
	rp_secret_free(code);
	return rc;
}

/* The letter's code, as issuer_user_code_letter writes it. */
static void send_letter(char ret_code[16])
{
	struct row_one_time_code row;
	uint8_t id[CARD_ID_LEN];

	assert_true(hash_card_id(IRIG_NAME, "hicos", card->number, id));
	irig_ok(code_make_one_time(rig.i, id, ret_code, &row, &err), &err);
	(void)snprintf(row.purpose, sizeof row.purpose, "%s", OTC_FOR_USER_CODE);
	row.issued_ms = issuer_now_ms(rig.i);
	row.until_ms = row.issued_ms + OTC_LIVES_MS;
	irig_run(&rig, ST_OTC_PUT, &row);
}

static bool letter_row(struct row_one_time_code *ret)
{
	*ret = (struct row_one_time_code){.purpose = OTC_FOR_USER_CODE};
	assert_true(hash_card_id(IRIG_NAME, "hicos", card->number, ret->card_id));
	return irig_get(&rig, ST_OTC_GET, ret);
}

static void block(void)
{
	irig_refused(grant_by("Wrong1"), &err, RP_PROBLEM_CODE_WRONG);
	irig_refused(grant_by("Wrong2"), &err, RP_PROBLEM_CODE_WRONG);
	irig_refused(grant_by("Wrong3"), &err, RP_PROBLEM_CODE_BLOCKED);
}

/* --- by the card's PIN --- */

static void the_cards_pin_replaces_a_code_that_is_forgotten_or_blocked(void **state)
{
	(void)state;
	irig_ok(by_pin("Fresh12"), &err);
	irig_refused(grant_by(IRIG_CODE), &err, RP_PROBLEM_CODE_WRONG);
	irig_ok(grant_by("Fresh12"), &err);
	block();
	irig_ok(by_pin("Again99"), &err);
	irig_ok(grant_by("Again99"), &err);
	assert_int_equal(irig_logged(&rig, "user-code", "ok"), 2);
	assert_int_equal(irig_noticed(&rig, "user-code"), 2);
	assert_int_not_equal(strlen(receipt), 0);
}

static void a_proof_for_another_purpose_or_slot_sets_no_code(void **state)
{
	struct rp_presence p;
	struct rp_proof proof;

	(void)state;
	for (unsigned which = 0; which < 6; which++) {
		irig_show(&rig, card, RP_SLOT_PIN, &p);
		struct proof_lines lines = lines_of(&p);
		lines.purpose = which == 0 ? "reset" : which == 1 ? "sign-in" : lines.purpose;
		lines.slot = which == 2 ? "pin" : NULL;
		lines.case_id = which == 3 ? "X" : NULL;
		lines.issuer = which == 4 ? "another" : lines.issuer;
		lines.terminal = which == 5 ? "desk" : lines.terminal;
		irig_prove(card, RP_SLOT_PIN, &lines, &proof);
		irig_refused(set_with(irig_new_key(), &p, &proof, NULL, "Fresh12"), &err,
			     RP_PROBLEM_PROOF_WRONG);
		irig_proof_clear(&proof);
	}
	assert_int_equal(between.argon2, 0);
	irig_ok(grant_by(IRIG_CODE), &err);
}

static void a_nonce_sets_one_code(void **state)
{
	const char *key = irig_new_key();
	struct rp_presence p;
	struct rp_proof proof;
	char first[RP_ISSUER_ID];

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	const struct proof_lines lines = lines_of(&p);
	irig_prove(card, RP_SLOT_PIN, &lines, &proof);
	irig_ok(set_with(key, &p, &proof, NULL, "Fresh12"), &err);
	memcpy(first, receipt, sizeof first);
	irig_ok(set_with(key, &p, &proof, NULL, "Fresh12"), &err);
	assert_string_equal(receipt, first);
	assert_int_equal(irig_logged(&rig, "user-code", NULL), 1);
	irig_refused(set_with(key, &p, &proof, NULL, "Other12"), &err, RP_PROBLEM_KEY_REUSED);
	irig_refused(set_with(irig_new_key(), &p, &proof, NULL, "Other12"), &err, RP_PROBLEM_NONCE_OLD);
	irig_proof_clear(&proof);
	irig_ok(grant_by("Fresh12"), &err);
}

static void a_new_code_has_6_to_10_letters_and_digits(void **state)
{
	static const char *const bad[] = {"",
					  "Short",
					  "Toolong1234",
					  "with-dash",
					  "with blank",
					  ("C\xC3\xB6"
					   "de12")};

	(void)state;
	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
		irig_refused(by_pin(bad[k]), &err, RP_PROBLEM_CODE_RULE);
	irig_ok(by_pin("abcdef"), &err);
	irig_ok(by_pin("1234567890"), &err);
	irig_refused(by_letter(NULL, "Fresh12"), &err, RP_PROBLEM_EVIDENCE_MISSING);
}

/* --- by the letter --- */

static void the_letters_code_sets_a_new_one_once(void **state)
{
	struct row_one_time_code row;
	char code[16], typed[24];

	(void)state;
	block();
	send_letter(code);
	/* As people write it. */
	(void)snprintf(typed, sizeof typed, "%.5s-%s", code, code + 5);
	irig_ok(by_letter(typed, "Fresh12"), &err);
	assert_false(letter_row(&row));
	irig_ok(grant_by("Fresh12"), &err);
	irig_refused(by_letter(code, "Again99"), &err, RP_PROBLEM_CODE_MISSING);
	irig_ok(grant_by("Fresh12"), &err);
}

static void the_letters_code_is_counted_before_it_is_compared(void **state)
{
	struct row_one_time_code row;
	char code[16], wrong[16];

	(void)state;
	send_letter(code);
	for (unsigned k = 0; k < 3; k++) {
		code32_new(OTC_CHARS, wrong);
		irig_refused(by_letter(wrong, "Fresh12"), &err,
			     k < 2 ? RP_PROBLEM_CODE_WRONG : RP_PROBLEM_CODE_BLOCKED);
		assert_int_equal(err.tries_left, 2 - (int)k);
		assert_true(letter_row(&row));
		assert_int_equal(row.tries_left, 2 - (int)k);
	}
	between.argon2 = 0;
	irig_refused(by_letter(code, "Fresh12"), &err, RP_PROBLEM_CODE_BLOCKED);
	assert_int_equal(between.argon2, 0);
	/* The user code itself was not touched. */
	irig_ok(grant_by(IRIG_CODE), &err);
}

static void a_process_that_dies_before_the_letters_compare_has_counted_once(void **state)
{
	const char *key = irig_new_key();
	struct row_one_time_code row;
	struct rp_presence p;
	char code[16];

	(void)state;
	send_letter(code);
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	between.pepper_fails = 2;
	assert_int_equal(set_with(key, &p, NULL, code, "Fresh12"), RP_E_TOKEN);
	assert_true(letter_row(&row));
	assert_int_equal(row.tries_left, 2);
	irig_ok(set_with(key, &p, NULL, code, "Fresh12"), &err);
	irig_ok(grant_by("Fresh12"), &err);
}

static void a_letter_lives_14_days(void **state)
{
	char code[16];

	(void)state;
	send_letter(code);
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	rig.ahead_ms += OTC_LIVES_MS;
	irig_ok(issuer_sweep(rig.i, &err), &err); /* the clock is heard of */
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	irig_refused(by_letter(code, "Fresh12"), &err, RP_PROBLEM_CODE_EXPIRED);
}

static void a_letter_of_another_card_opens_nothing(void **state)
{
	struct vcard *mine = card, *other = irig_card(&rig, "hicos", "TP00000000000002");
	struct row_one_time_code row;
	char code[16];

	(void)state;
	irig_enrol(&rig, other);
	send_letter(code);
	card = other;
	irig_refused(by_letter(code, "Fresh12"), &err, RP_PROBLEM_CODE_MISSING);
	card = mine;
	assert_true(letter_row(&row));
	card = other;
	assert_true(hash_card_id(IRIG_NAME, "hicos", other->number, row.card_id));
	irig_run(&rig, ST_OTC_PUT, &row);
	irig_refused(by_letter(code, "Fresh12"), &err, RP_PROBLEM_CODE_WRONG);
	card = mine;
	vcard_free(other);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_cards_pin_replaces_a_code_that_is_forgotten_or_blocked),
		T(a_proof_for_another_purpose_or_slot_sets_no_code),
		T(a_nonce_sets_one_code),
		T(a_new_code_has_6_to_10_letters_and_digits),
		T(the_letters_code_sets_a_new_one_once),
		T(the_letters_code_is_counted_before_it_is_compared),
		T(a_process_that_dies_before_the_letters_compare_has_counted_once),
		T(a_letter_lives_14_days),
		T(a_letter_of_another_card_opens_nothing),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_set_code", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
