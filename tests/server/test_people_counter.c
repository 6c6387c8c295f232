/* SPDX-License-Identifier: Apache-2.0 */
/* What is applied for at the counter, on which documents; the agent's two visits. The rules of seed 004. */
#include "server/counter_kit.h"

/* --- the holder --- */

static void s004_the_holder_with_one_document_gets_a_case_that_the_desk_is_granted(void **state)
{
	struct rp_grant grant;
	char case_id[RP_ISSUER_ID];
	uint64_t sealed = 0;

	(void)state;
	irig_ok(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err);
	assert_string_equal(word("state"), "open");
	assert_string_equal(word("verdict"), "not-enough");
	irig_refused(decide_as(&at_desk, COUNTER_ACCEPT), &err, RP_PROBLEM_EVIDENCE_MISSING);
	enter(GOOD_SELF);
	assert_string_equal(word("verdict"), "enough");
	irig_ok(decide_as(&at_desk, COUNTER_ACCEPT), &err);
	assert_string_equal(word("state"), "accepted");
	(void)snprintf(case_id, sizeof case_id, "%s",
		       json_string_value(json_array_get(json_object_get(said, "cases"), 0)));
	irig_ok(issuer_seal(rig.i, &sealed, &err), &err); /* the clock was moved */
	/* Not at a kiosk, not at another office's desk; then at this one, once. */
	struct issuer_peer other = at_desk;
	other.fingerprint = far_desk;
	irig_refused(grant_as(&other, case_id, &grant), &err, RP_PROBLEM_OFFICE);
	other.fingerprint = kiosk;
	irig_refused(grant_as(&other, case_id, &grant), &err, RP_PROBLEM_CLASS);
	irig_ok(grant_as(&at_desk, case_id, &grant), &err);
	assert_int_equal(irig_reset(my, RP_SLOT_TEXT, &grant, "4321"), 0x9000);
	assert_int_equal(irig_logged(&rig, "decision", "ok"), 1);
	assert_int_equal(irig_logged(&rig, "application", "accepted"), 1);
}

static void s004_under_15_and_wards_do_not_apply_themselves(void **state)
{
	(void)state;
	irig_ok(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err);
	enter("{\"facts\":{\"holder_age\":14,\"card_present\":true,\"registered_here\":\"yes\"},"
	      "\"documents\":[]}");
	assert_string_equal(word("verdict"), "refused");
	irig_refused(decide_as(&at_desk, COUNTER_ACCEPT), &err, RP_PROBLEM_EVIDENCE_MISSING);
	enter("{\"facts\":{\"holder_age\":80,\"ward\":true,\"card_present\":true,\"registered_here\":\"yes\"}"
	      ",\"documents\":[]}");
	assert_string_equal(word("verdict"), "refused");
	irig_refused(decide_as(&at_desk, COUNTER_ACCEPT), &err, RP_PROBLEM_EVIDENCE_MISSING);
}

static void s004_a_change_needs_the_card_and_its_pin(void **state)
{
	(void)state;
	irig_ok(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_CHANGE, NULL), &err);
	enter("{\"facts\":{\"holder_age\":40,\"card_present\":true,\"registered_here\":\"yes\"},"
	      "\"documents\":[]}");
	assert_string_equal(word("verdict"), "not-enough");
	irig_refused(decide_as(&at_desk, COUNTER_ACCEPT), &err, RP_PROBLEM_EVIDENCE_MISSING);
	enter("{\"facts\":{\"holder_age\":40,\"card_present\":true,\"registered_here\":\"yes\",\"current_pin_"
	      "verified\":true},"
	      "\"documents\":[]}");
	assert_string_equal(word("verdict"), "enough");
	irig_ok(decide_as(&at_desk, COUNTER_ACCEPT), &err);
	/* Nothing is granted for it: the card itself checks the PIN. */
	assert_int_equal(json_array_size(json_object_get(said, "cases")), 0);
}

static void s004_a_document_must_be_valid_today_and_match(void **state)
{
	(void)state;
	irig_ok(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err);
	enter("{\"facts\":{\"holder_age\":40,\"card_present\":true,\"registered_here\":\"yes\"},"
	      "\"documents\":["
	      "{\"kind\":\"passport\",\"whose\":\"holder\",\"name\":true,\"birth\":true,"
	      "\"valid_to\":\"2020-01-01\"}]}");
	assert_string_equal(word("verdict"), "not-enough");
	enter("{\"facts\":{\"holder_age\":40,\"card_present\":true,\"registered_here\":\"yes\"},"
	      "\"documents\":["
	      "{\"kind\":\"passport\",\"whose\":\"holder\",\"name\":true,\"valid_to\":\"2099-01-01\"}]}");
	assert_string_equal(word("verdict"), "not-enough");
	irig_refused(decide_as(&at_desk, COUNTER_ACCEPT), &err, RP_PROBLEM_EVIDENCE_MISSING);
}

static void s004_a_representative_shows_two_documents_and_the_register(void **state)
{
	(void)state;
	irig_ok(open_as(&at_desk, CARD, APPLICANT_REPRESENTATIVE, ACT_RESET, NULL), &err);
	enter("{\"facts\":{\"holder_age\":10,\"card_present\":true,\"registered_here\":\"yes\","
	      "\"representative_present\":true},"
	      "\"documents\":["
	      "{\"kind\":\"health-insurance\",\"whose\":\"holder\",\"name\":true,\"birth\":true,"
	      "\"valid_to\":\"2099-01-01\"},"
	      "{\"kind\":\"driver-license\",\"whose\":\"applicant\",\"name\":true,\"birth\":true,"
	      "\"valid_to\":\"2099-01-01\"},"
	      "{\"kind\":\"health-insurance\",\"whose\":\"applicant\",\"name\":true,\"birth\":true,"
	      "\"valid_to\":\"2099-01-01\"}]}");
	assert_string_equal(word("verdict"), "not-enough"); /* the register is missing */
	enter("{\"facts\":{\"holder_age\":10,\"card_present\":true,\"registered_here\":\"yes\","
	      "\"representative_present\":true,"
	      "\"same_household\":\"yes\",\"domicile_in_city\":\"yes\"},\"documents\":["
	      "{\"kind\":\"health-insurance\",\"whose\":\"holder\",\"name\":true,\"birth\":true,"
	      "\"valid_to\":\"2099-01-01\"},"
	      "{\"kind\":\"driver-license\",\"whose\":\"applicant\",\"name\":true,\"birth\":true,"
	      "\"valid_to\":\"2099-01-01\"},"
	      "{\"kind\":\"health-insurance\",\"whose\":\"applicant\",\"name\":true,\"birth\":true,"
	      "\"valid_to\":\"2099-01-01\"}]}");
	assert_string_equal(word("verdict"), "enough");
	irig_ok(decide_as(&at_desk, COUNTER_ACCEPT), &err);
}

/* --- the agent --- */

#define AGENT_SECOND                                                                                         \
	"{\"facts\":{\"holder_age\":40,\"card_present\":true,\"registered_here\":\"yes\"},\"documents\":["   \
	"{\"kind\":\"driver-license\",\"whose\":\"holder\",\"name\":true,\"birth\":true,"                    \
	"\"valid_to\":\"2099-01-01\"},"                                                                      \
	"{\"kind\":\"driver-license\",\"whose\":\"applicant\",\"name\":true,\"birth\":true,"                 \
	"\"valid_to\":\"2099-01-01\"},"                                                                      \
	"{\"kind\":\"health-insurance\",\"whose\":\"applicant\",\"name\":true,\"birth\":true,"               \
	"\"valid_to\":\"2099-01-01\"}]}"

static void agents_first_visit(char code[16])
{
	irig_ok(open_as(&at_desk, CARD, APPLICANT_AGENT, ACT_RESET, NULL), &err);
	enter("{\"facts\":{\"holder_age\":40,\"card_present\":true,\"registered_here\":\"yes\"},"
	      "\"documents\":[]}");
	assert_string_equal(word("verdict"), "letter");
	irig_refused(decide_as(&at_desk, COUNTER_ACCEPT), &err, RP_PROBLEM_EVIDENCE_MISSING);
	irig_ok(letter_as(&at_desk, code), &err);
	assert_int_equal(strlen(code), 11);
	assert_string_equal(word("state"), "letter");
}

static void s004_an_agent_gets_nothing_on_the_same_day(void **state)
{
	char code[16] = "";

	(void)state;
	agents_first_visit(code);
	/* The server refuses it, whatever a page sends: the answer, the sheet, the decision. */
	irig_refused(answer_as(&at_desk, code), &err, RP_PROBLEM_EVIDENCE_MISSING);
	irig_ok(enter_as(&at_desk, AGENT_SECOND), &err);
	assert_string_equal(word("verdict"), "refused");
	irig_refused(decide_as(&at_desk, COUNTER_ACCEPT), &err, RP_PROBLEM_EVIDENCE_MISSING);
	irig_refused(letter_as(&at_desk, code), &err, RP_PROBLEM_EVIDENCE_MISSING);
}

static void s004_an_agent_comes_again_with_the_holders_answer(void **state)
{
	char code[16] = "";

	(void)state;
	agents_first_visit(code);
	go_to(9, 0);
	sign_in_all();
	irig_ok(enter_as(&at_desk, AGENT_SECOND), &err);
	assert_string_equal(word("verdict"), "not-enough"); /* the answer is missing */
	irig_refused(decide_as(&at_desk, COUNTER_ACCEPT), &err, RP_PROBLEM_EVIDENCE_MISSING);
	irig_ok(answer_as(&at_desk, code), &err);
	assert_string_equal(word("verdict"), "enough");
	/* It serves once. */
	irig_refused(answer_as(&at_desk, code), &err, RP_PROBLEM_CASE_STATE);
	irig_ok(decide_as(&at_desk, COUNTER_ACCEPT), &err);
	assert_int_equal(json_array_size(json_object_get(said, "cases")), 1);
}

static void an_answer_has_three_tries_counted_before_they_are_compared(void **state)
{
	char code[16] = "", wrong[16] = "";

	(void)state;
	agents_first_visit(code);
	/* The code of another letter: its check character is right. */
	irig_ok(open_as(&at_desk, CARD, APPLICANT_AGENT, ACT_RESET, NULL), &err);
	char first[64];
	(void)snprintf(first, sizeof first, "%s", app);
	enter("{\"facts\":{\"holder_age\":40,\"card_present\":true,\"registered_here\":\"yes\"},"
	      "\"documents\":[]}");
	irig_ok(letter_as(&at_desk, wrong), &err);
	go_to(9, 0);
	sign_in_all();
	irig_refused(answer_as(&at_desk, code), &err, RP_PROBLEM_CODE_WRONG);
	assert_int_equal(err.tries_left, 2);
	irig_refused(answer_as(&at_desk, "0"), &err, RP_PROBLEM_CODE_WRONG); /* a slip: not counted */
	irig_refused(answer_as(&at_desk, code), &err, RP_PROBLEM_CODE_WRONG);
	assert_int_equal(err.tries_left, 1);
	irig_refused(answer_as(&at_desk, code), &err, RP_PROBLEM_CODE_BLOCKED);
	irig_refused(answer_as(&at_desk, wrong), &err, RP_PROBLEM_CODE_BLOCKED);
}

static rp_code letter_with(const char *key, char ret_code[16])
{
	char *text = NULL;

	err = (struct rp_error)RP_ERROR_INIT;
	return heard(counter_letter(rig.i, &at_desk, key, app, ret_code, &text, &err), &text);
}

static void a_letter_is_printed_again_at_once_alone_and_the_first_code_is_none_then(void **state)
{
	const char *key = irig_new_key();
	char first[16] = "", again[16] = "";

	(void)state;
	irig_ok(open_as(&at_desk, CARD, APPLICANT_AGENT, ACT_RESET, NULL), &err);
	enter("{\"facts\":{\"holder_age\":40,\"card_present\":true,\"registered_here\":\"yes\"},"
	      "\"documents\":[]}");
	irig_ok(letter_with(key, first), &err);
	irig_ok(letter_with(key, again), &err);
	assert_string_not_equal(first, again);
	assert_int_equal(irig_logged(&rig, "application-letter", "letter"), 2);
	/* Who asks later would have a code that no holder has seen. */
	char later[16] = "";
	rig.ahead_ms += 11 * 60 * 1000;
	irig_refused(letter_with(key, later), &err, RP_PROBLEM_CASE_STATE);
	go_to(9, 0);
	sign_in_all();
	irig_refused(answer_as(&at_desk, first), &err, RP_PROBLEM_CODE_WRONG);
	irig_ok(answer_as(&at_desk, again), &err);
}

static void the_same_wrong_answer_again_spends_and_says_the_same(void **state)
{
	const char *key = irig_new_key();
	char code[16] = "", *text = NULL;
	rp_secret *secret = irig_secret("00000000000");

	(void)state;
	agents_first_visit(code);
	go_to(9, 0);
	sign_in_all();
	for (int k = 0; k < 2; k++) {
		err = (struct rp_error)RP_ERROR_INIT;
		irig_refused(counter_answer(rig.i, &at_desk, key, app, secret, &text, &err), &err,
			     RP_PROBLEM_CODE_WRONG);
		assert_int_equal(err.tries_left, 2);
		assert_int_equal(err.tries_spent, 1);
	}
	rp_secret_free(secret);
	irig_ok(answer_as(&at_desk, code), &err);
}

static void after_a_restore_no_answer_serves_again(void **state)
{
	char code[16] = "", note[1024] = "";
	uint64_t sealed = 0;

	(void)state;
	agents_first_visit(code);
	irig_ok(issuer_seal(rig.i, &sealed, &err), &err);
	irig_ok(issuer_checkpoint(rig.i, note, sizeof note, &err), &err);
	irig_ok(issuer_recover(rig.i, "console", note, &err), &err);
	go_to(9, 0);
	sign_in_all();
	irig_refused(answer_as(&at_desk, code), &err, RP_PROBLEM_CASE_STATE);
	irig_ok(show_as(&at_desk), &err);
	assert_string_equal(word("state"), "expired");
}

static void a_letter_ends_after_fourteen_days(void **state)
{
	char code[16] = "";

	(void)state;
	agents_first_visit(code);
	rig.ahead_ms += 15 * DAY * 1000;
	go_to(9, 0);
	sign_in_all();
	irig_refused(answer_as(&at_desk, code), &err, RP_PROBLEM_CODE_EXPIRED);
	irig_ok(issuer_sweep(rig.i, &err), &err);
	irig_ok(show_as(&at_desk), &err);
	assert_string_equal(word("state"), "expired");
	irig_refused(enter_as(&at_desk, AGENT_SECOND), &err, RP_PROBLEM_CASE_STATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(s004_the_holder_with_one_document_gets_a_case_that_the_desk_is_granted),
		TEST(s004_under_15_and_wards_do_not_apply_themselves),
		TEST(s004_a_change_needs_the_card_and_its_pin),
		TEST(s004_a_document_must_be_valid_today_and_match),
		TEST(s004_a_representative_shows_two_documents_and_the_register),
		TEST(s004_an_agent_gets_nothing_on_the_same_day),
		TEST(s004_an_agent_comes_again_with_the_holders_answer),
		TEST(an_answer_has_three_tries_counted_before_they_are_compared),
		TEST(a_letter_is_printed_again_at_once_alone_and_the_first_code_is_none_then),
		TEST(the_same_wrong_answer_again_spends_and_says_the_same),
		TEST(after_a_restore_no_answer_serves_again),
		TEST(a_letter_ends_after_fourteen_days),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
