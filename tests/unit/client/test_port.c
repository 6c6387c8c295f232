/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent for each question, word for word, and what is read from its answer. */
#include "kit.h"

#define CARD                                                                                                 \
	"\"card\":{\"profile\":\"mynumber\",\"number\":\"123456789012345\",\"slot\":\"sign\",\"key\":1,"     \
	"\"nonce\":\"101112131415161718191A1B1C1D1E1F\",\"challenge\":\"A0A1A2A3A4A5A6A7A8A9AAABACADAEAF\"," \
	"\"resets\":258,\"mac\":\"DB32555AAF7C80D8FBC9D1739D965B55\"}"
#define CASE                                                                                                 \
	"\"id\":\"C1\",\"slot\":\"sign\",\"door\":\"kiosk\",\"state\":\"open\",\"left_s\":86400,"            \
	"\"here\":false"
#define FACTS_WITH(cases)                                                                                    \
	"{\"card_status\":\"active\",\"halted\":\"\",\"user_code\":\"active\",\"user_code_tries\":2,"        \
	"\"cases\":[" cases "],\"settled\":\"C0\",\"settled_state\":\"done\",\"of_tomorrow\":1}"
#define GRANT                                                                                                \
	"{\"case_id\":\"C1\",\"id\":\"G1\",\"receipt\":\"R1\",\"cryptogram\":"                               \
	"\"2C2C65B757B9AD2FB53A0A783196B003\",\"nonce\":\"000102030405060708090A0B0C0D0E0F\"}"

static const struct rp_presence card = {
	.profile = "mynumber",
	.number = "123456789012345",
	.slot = RP_SLOT_SIGN,
	.key = 1,
	.nonce = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E,
		  0x1F},
	.challenge = {0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD,
		      0xAE, 0xAF},
	.mac = {0xDB, 0x32, 0x55, 0x5A, 0xAF, 0x7C, 0x80, 0xD8, 0xFB, 0xC9, 0xD1, 0x73, 0x9D, 0x96, 0x5B,
		0x55},
	.resets = 258,
};

static rp_secret *secret(const char *text)
{
	rp_secret *s = NULL;

	assert_int_equal(rp_secret_from(text, strlen(text), &s, NULL), RP_OK);
	return s;
}

/* The body of the last request is this. */
static bool was_sent(const char *body)
{
	char wanted[4096];

	(void)snprintf(wanted, sizeof wanted, "\r\n\r\n%s\n--end of request--", body);
	return was_asked(wanted);
}

static void a_card_is_shown_and_the_facts_are_read(void **state)
{
	struct rp_issuer_facts f = {0};

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS(FACTS_WITH("{" CASE "}"))));
	assert_int_equal(port.presence(port.arg, &card, &f, &err), RP_OK);
	assert_true(was_asked("POST /v1/presence HTTP/1.1\r\n"));
	assert_true(was_asked("Content-Type: application/json\r\n"));
	assert_true(was_sent("{" CARD "}"));
	assert_string_equal(f.card_status, "active");
	assert_string_equal(f.user_code, "active");
	assert_int_equal(f.user_code_tries, 2);
	assert_string_equal(f.settled, "C0");
	assert_string_equal(f.settled_state, "done");
	assert_int_equal(f.n_cases, 1);
	assert_string_equal(f.cases[0].id, "C1");
	assert_int_equal(f.cases[0].slot, RP_SLOT_SIGN);
	assert_int_equal(f.cases[0].left_s, 86400);
	assert_false(f.cases[0].here);
}

static void facts_that_do_not_fit_are_none(void **state)
{
#define NINE                                                                                                 \
	"{" CASE "},{" CASE "},{" CASE "},{" CASE "},{" CASE "},{" CASE "},{" CASE "},{" CASE "},{" CASE "}"
	static const char *const bad[] = {
		FACTS_WITH(NINE),
		FACTS_WITH("7"),
		FACTS_WITH("{}"),
		FACTS_WITH("{\"id\":\"C/"
			   "1\",\"slot\":\"sign\",\"door\":\"kiosk\",\"state\":\"open\",\"left_s\":1,"
			   "\"here\":true}"),
		FACTS_WITH(
			"{\"id\":\"C1\",\"slot\":\"nose\",\"door\":\"kiosk\",\"state\":\"open\",\"left_s\":1,"
			"\"here\":true}"),
		FACTS_WITH("{\"id\":\"C1\",\"slot\":\"sign\",\"door\":\"kiosk\",\"state\":\"open\",\"left_"
			   "s\":1.5,"
			   "\"here\":true}"),
		FACTS_WITH("{\"id\":\"C1\",\"slot\":\"sign\",\"door\":\"a door with far too long a name\","
			   "\"state\":\"open\",\"left_s\":1,\"here\":true}"),
		"{\"card_status\":\"active\"}",
		"{\"card_status\":\"active\",\"halted\":\"\",\"user_code\":\"maybe\",\"cases\":[],"
		"\"settled\":\"\","
		"\"settled_state\":\"\"}",
		"{\"card_status\":\"a\\u001b[31m\",\"halted\":\"\",\"user_code\":\"none\",\"cases\":[],"
		"\"settled\":\"\",\"settled_state\":\"\"}",
		"{\"card_status\":\"active\",\"halted\":\"\",\"user_code\":\"none\",\"cases\":{},\"settled\":"
		"\"\","
		"\"settled_state\":\"\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct rp_issuer_facts f = {.n_cases = 77};

		start(STEPS(SAYS(ISSUER), SAYS(bad[i])));
		assert_int_equal(port.presence(port.arg, &card, &f, &err), RP_E_ISSUER_AWAY);
		assert_int_equal(f.n_cases, 77);
		(void)end(NULL);
	}
}

static void a_reservation_is_opened_with_a_proof(void **state)
{
	uint8_t der[] = {0x30, 0x03, 0x02, 0x01, 0xFF};
	const struct rp_proof proof = {.slot = RP_SLOT_AUTH,
				       .certificate = der,
				       .certificate_len = sizeof der,
				       .signature = {1, 2, 3, 4},
				       .signature_len = 4};
	const struct rp_evidence e = {.door = "kiosk", .proof = &proof, .cause = "forgotten"};
	char receipt[RP_ISSUER_ID] = "";
	struct rp_case opened = {0};

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS("{" CASE ",\"receipt\":\"R1\"}")));
	assert_int_equal(port.reserve(port.arg, &card, &e, &opened, receipt, &err), RP_OK);
	assert_true(was_asked("POST /v1/cases HTTP/1.1\r\n"));
	assert_true(was_sent("{" CARD ",\"door\":\"kiosk\",\"proof\":{\"slot\":\"auth\",\"certificate\":"
			     "\"MAMCAf8=\",\"signature\":\"AQIDBA==\"},\"cause\":\"forgotten\"}"));
	assert_string_equal(opened.id, "C1");
	assert_string_equal(receipt, "R1");
}

static void a_user_code_reaches_the_issuer_as_it_was_typed(void **state)
{
	RP_AUTO(rp_secret_freep) rp_secret *code = secret("Co\"de\\1\x7f\x01\xC3\xA9");
	const struct rp_evidence e = {.door = "user-code", .user_code = code};
	struct rp_grant g = {0};

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS(GRANT)));
	assert_int_equal(port.grant(port.arg, &card, &e, &g, &err), RP_OK);
	assert_true(was_asked("POST /v1/grants HTTP/1.1\r\n"));
	assert_true(was_sent("{" CARD ",\"door\":\"user-code\",\"evidence\":{\"user_code\":"
			     "\"Co\\u0022de\\u005c1\\u007f\\u0001\xC3\xA9\"}}"));
	assert_string_equal(g.case_id, "C1");
	assert_string_equal(g.id, "G1");
	assert_string_equal(g.receipt, "R1");
	assert_int_equal(g.cryptogram_len, 16);
	assert_int_equal(g.cryptogram[15], 0x03);
	assert_int_equal(g.nonce[15], 0x0F);
}

static void a_case_goes_with_its_evidence(void **state)
{
	static const uint8_t r1[16] = {1}, r2[16] = {2};
	RP_AUTO(rp_secret_freep) rp_secret *code = secret("ABCDEFGHJKM");
	const struct rp_evidence e = {
		.door = "help-desk", .case_id = "C1", .one_time = code, .r1 = r1, .r2 = r2};
	struct rp_grant g = {0};

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS(GRANT)));
	assert_int_equal(port.grant(port.arg, &card, &e, &g, &err), RP_OK);
	assert_true(was_sent("{" CARD ",\"door\":\"help-desk\",\"case\":\"C1\",\"evidence\":{\"code\":"
			     "\"ABCDEFGHJKM\",\"r1\":\"01000000000000000000000000000000\","
			     "\"r2\":\"02000000000000000000000000000000\"}}"));
}

static void grants_that_do_not_fit_are_none(void **state)
{
#define GRANT_OF(id, cryptogram)                                                                             \
	"{\"case_id\":\"C1\",\"id\":\"" id "\",\"receipt\":\"R1\",\"cryptogram\":\"" cryptogram              \
	"\",\"nonce\":\"000102030405060708090A0B0C0D0E0F\"}"
	static const char *const bad[] = {
		GRANT_OF("", "2C2C65B757B9AD2FB53A0A783196B003"),
		GRANT_OF("../x", "2C2C65B757B9AD2FB53A0A783196B003"),
		GRANT_OF("G1", "2C2C65B757B9AD2FB53A0A783196B0"),
		GRANT_OF("G1", "2C2C65B757B9AD2FB53A0A783196B00"),
		GRANT_OF("G1", "2C2C65B757B9AD2FB53A0A783196B003FF"),
		GRANT_OF("G1", "ZC2C65B757B9AD2FB53A0A783196B003"),
		GRANT_OF("G1", ""),
	};
	const struct rp_evidence e = {.door = "kiosk"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct rp_grant g = {.cryptogram_len = 7};

		start(STEPS(SAYS(ISSUER), SAYS(bad[i])));
		assert_int_equal(port.grant(port.arg, &card, &e, &g, &err), RP_E_ISSUER_AWAY);
		assert_int_equal(g.cryptogram_len, 7);
		(void)end(NULL);
	}
}

static void the_same_idempotency_key_goes_with_every_attempt(void **state)
{
	const struct rp_evidence e = {.door = "kiosk"};
	struct rp_grant g = {0};
	char *text, *first, *second;

	(void)state;
	start(STEPS(SAYS(ISSUER), {.act = PEER_CUTS, .status = 200, .body = GRANT}, SAYS(GRANT),
		    SAYS(GRANT)));
	assert_int_equal(port.grant(port.arg, &card, &e, &g, &err), RP_OK);
	assert_int_equal(port.grant(port.arg, &card, &e, &g, &err), RP_OK);
	text = peer_asked(&peer);
	first = strstr(text, "Idempotency-Key: ");
	assert_non_null(first);
	second = strstr(first + 1, "Idempotency-Key: ");
	assert_non_null(second);
	assert_memory_equal(first, second, 17 + 32);
	assert_int_equal(strspn(first + 17, "0123456789ABCDEF"), 32);
	first = strstr(second + 1, "Idempotency-Key: ");
	assert_non_null(first);
	assert_memory_not_equal(first, second, 17 + 32); /* another act, another key */
	free(text);
}

static void the_terminals_word_is_given(void **state)
{
	static const uint8_t answer[] = {0xAB, 0xCD};
	const struct rp_grant g = {.id = "G1"};

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS("{}")));
	assert_int_equal(port.word(port.arg, &g, true, answer, sizeof answer, &err), RP_OK);
	assert_true(was_asked("POST /v1/grants/G1/word HTTP/1.1\r\n"));
	assert_true(was_sent("{\"done\":true,\"answer\":\"ABCD\"}"));
	assert_int_equal(port.word(port.arg, &g, false, NULL, 0, &err), RP_OK);
	assert_true(was_sent("{\"done\":false}"));
}

static void a_new_user_code_is_set_and_a_receipt_comes_back(void **state)
{
	RP_AUTO(rp_secret_freep) rp_secret *code = secret("ABCDEFGHJKM");
	RP_AUTO(rp_secret_freep) rp_secret *fresh = secret("Neu123");
	const struct rp_evidence e = {.one_time = code, .new_code = fresh};
	char receipt[RP_ISSUER_ID] = "";

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS("{\"receipt\":\"R2\"}"), SAYS("{\"receipt\":\"\"}")));
	assert_int_equal(port.user_code(port.arg, &card, &e, receipt, &err), RP_OK);
	assert_true(was_asked("POST /v1/user-code HTTP/1.1\r\n"));
	assert_true(was_sent("{" CARD ",\"code\":\"ABCDEFGHJKM\",\"new_code\":\"Neu123\"}"));
	assert_string_equal(receipt, "R2");
	assert_int_equal(port.user_code(port.arg, &card, &e, receipt, &err), RP_E_ISSUER_AWAY);
	assert_string_equal(receipt, "R2");
}

/* --- operators --- */

#define TOKEN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"

static void an_operator_signs_in_and_decides(void **state)
{
	static const uint8_t challenge[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	RP_AUTO(rp_secret_freep) rp_secret *password = secret("correct \"horse\"");
	const struct client_decision d = {.profile = "gids",
					  .number = "5",
					  .door = "help-desk",
					  .reason = "forgot it",
					  .identified_by = "called back",
					  .slot = RP_SLOT_PIN,
					  .challenge = challenge};
	struct client_decided got = {0};

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS("{\"token\":\"" TOKEN "\"}"),
		    SAYS("{\"case_id\":\"C9\",\"receipt\":\"R9\",\"code\":\"\",\"response\":"
			 "\"1122334455667788\"}")));
	assert_int_equal(client_decide(one, &d, &got, &err), RP_E_USAGE);
	assert_int_equal(client_sign_in(one, "ando", password, "123456", &err), RP_OK);
	assert_true(was_asked("POST /v1/operator/sessions HTTP/1.1\r\n"));
	assert_true(was_sent(
		"{\"name\":\"ando\",\"password\":\"correct \\u0022horse\\u0022\",\"totp\":\"123456\"}"));
	assert_int_equal(client_decide(one, &d, &got, &err), RP_OK);
	assert_true(was_asked("POST /v1/operator/decisions HTTP/1.1\r\n"));
	assert_true(was_asked("Authorization: Bearer " TOKEN "\r\n"));
	assert_true(was_sent("{\"profile\":\"gids\",\"number\":\"5\",\"slot\":\"pin\",\"door\":\"help-desk\","
			     "\"reason\":\"forgot it\",\"identified_by\":\"called back\","
			     "\"challenge\":\"0102030405060708\"}"));
	assert_string_equal(got.case_id, "C9");
	assert_true(got.has_response);
	assert_int_equal(got.response[7], 0x88);
}

static void a_decision_by_telephone_without_a_response_is_none(void **state)
{
	static const uint8_t challenge[8] = {0};
	RP_AUTO(rp_secret_freep) rp_secret *password = secret("x");
	struct client_decision d = {.profile = "gids",
				    .number = "5",
				    .door = "help-desk",
				    .reason = "r",
				    .identified_by = "i",
				    .slot = RP_SLOT_PIN,
				    .challenge = challenge};
	struct client_decided got = {0};

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS("{\"token\":\"" TOKEN "\"}"),
		    SAYS("{\"case_id\":\"C9\",\"receipt\":\"R9\",\"code\":\"7K2M9QXWD4T\"}")));
	assert_int_equal(client_sign_in(one, "ando", password, "123456", &err), RP_OK);
	assert_int_equal(client_decide(one, &d, &got, &err), RP_E_ISSUER_AWAY);
	d.challenge = NULL;
	assert_int_equal(client_decide(one, &d, &got, &err), RP_OK);
	assert_string_equal(got.code, "7K2M9QXWD4T");
	assert_false(got.has_response);
}

static void a_token_that_could_not_stand_in_a_header_is_none(void **state)
{
	RP_AUTO(rp_secret_freep) rp_secret *password = secret("x");
	const struct client_decision d = {.profile = "gids",
					  .number = "5",
					  .door = "help-desk",
					  .reason = "r",
					  .identified_by = "i",
					  .slot = RP_SLOT_PIN};
	struct client_decided got;

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS("{\"token\":\"abcdefghijklmnopqrstuvw xyz\"}"),
		    SAYS("{\"token\":\"short\"}")));
	assert_int_equal(client_sign_in(one, "ando", password, "1", &err), RP_E_ISSUER_AWAY);
	assert_int_equal(client_sign_in(one, "ando", password, "1", &err), RP_E_ISSUER_AWAY);
	assert_int_equal(client_decide(one, &d, &got, &err), RP_E_USAGE);
}

static void a_receipts_number_is_one_segment_of_the_address(void **state)
{
	static const char *const bad[] = {"", "../issuer", "a/b", "a?b", "a b", "a%2fb"};
	json_t *j = NULL;

	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS("{\"state\":\"waiting\"}")));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(client_receipt(one, bad[i], &j, &err), RP_E_USAGE);
	assert_int_equal(peer_requests(&peer), 1);
	assert_int_equal(client_receipt(one, "ABCDEFGHJKMNPQRSTVWX", &j, &err), RP_OK);
	assert_true(was_asked("GET /v1/log/receipts/ABCDEFGHJKMNPQRSTVWX HTTP/1.1\r\n"));
	assert_string_equal(json_string_value(json_object_get(j, "state")), "waiting");
	json_decref(j);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		T(a_card_is_shown_and_the_facts_are_read),
		T(facts_that_do_not_fit_are_none),
		T(a_reservation_is_opened_with_a_proof),
		T(a_user_code_reaches_the_issuer_as_it_was_typed),
		T(a_case_goes_with_its_evidence),
		T(grants_that_do_not_fit_are_none),
		T(the_same_idempotency_key_goes_with_every_attempt),
		T(the_terminals_word_is_given),
		T(a_new_user_code_is_set_and_a_receipt_comes_back),
		T(an_operator_signs_in_and_decides),
		T(a_decision_by_telephone_without_a_response_is_none),
		T(a_token_that_could_not_stand_in_a_header_is_none),
		T(a_receipts_number_is_one_segment_of_the_address),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
