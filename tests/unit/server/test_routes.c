/* SPDX-License-Identifier: Apache-2.0 */
/* From a body to the domain and back, on a domain that notes what it was asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "server/routes.h"
#include "support/play_domain.h"
#include <cmocka.h>

#define KEY "0123456789abcdef-0123"
#define CARD_OF(profile)                                                                                     \
	"\"card\":{\"profile\":\"" profile "\",\"number\":\"123456789012345\",\"slot\":\"sign\",\"key\":1,"  \
	"\"nonce\":\"101112131415161718191a1b1c1d1e1f\",\"challenge\":\"A0A1A2A3A4A5A6A7A8A9AAABACADAEAF\"," \
	"\"resets\":65535,\"mac\":\"DB32555AAF7C80D8FBC9D1739D965B55\"}"
#define CARD CARD_OF("mynumber")
#define PROOF "\"proof\":{\"slot\":\"auth\",\"certificate\":\"MAA=\",\"signature\":\"AAEC\"}"

static struct server srv;
static struct http_answer answer;
static json_t *said; /* the answer's JSON */

static int set_up(void **state)
{
	(void)state;
	srv.issuer = play_domain();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	json_decref(said);
	said = NULL;
	free(answer.body);
	answer = (struct http_answer){0};
	return 0;
}

static const struct http_route *route(enum http_method method, const char *path)
{
	for (size_t i = 0; i < n_api_routes; i++)
		if (api_routes[i].method == method && strcmp(api_routes[i].path, path) == 0)
			return &api_routes[i];
	fail_msg("no route %s", path);
	return NULL;
}

static int call(const struct http_route *r, const char *arg, const char *body,
		const struct http_request *with)
{
	struct http_request q = with != NULL ? *with : (struct http_request){.source = "192.0.2.1"};
	char what[96];

	(void)tear_down(NULL);
	q.method = r->method;
	q.path = r->path;
	q.body = body;
	q.body_len = strlen(body);
	assert_true(q.body_len <= r->body_max);
	(void)snprintf(q.arg, sizeof q.arg, "%s", arg);
	if (r->needs_key)
		(void)snprintf(q.idempotency_key, sizeof q.idempotency_key, "%s", KEY);
	r->handle(&srv, &q, &answer);
	assert_non_null(answer.body);
	if (strcmp(answer.type, "text/plain; charset=utf-8") != 0) {
		said = json_parse(answer.body, answer.len, what);
		assert_non_null(said);
	}
	return answer.status;
}

static int post(const char *path, const char *arg, const char *body)
{
	return call(route(HTTP_POST, path), arg, body, NULL);
}

static int get(const char *path, const char *arg)
{
	return call(route(HTTP_GET, path), arg, "", NULL);
}

static const char *text(const char *name)
{
	const char *s = json_string_value(json_object_get(said, name));

	return s != NULL ? s : "";
}

static void is_the_card(void)
{
	static const uint8_t nonce[16] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
					  0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f};

	assert_string_equal(play.profile, "mynumber");
	assert_string_equal(play.card.number, "123456789012345");
	assert_int_equal(play.card.slot, RP_SLOT_SIGN);
	assert_int_equal(play.card.key, 1);
	assert_int_equal(play.card.resets, 65535);
	assert_memory_equal(play.card.nonce, nonce, 16);
	assert_int_equal(play.card.challenge[15], 0xAF);
	assert_int_equal(play.card.mac[0], 0xDB);
}

static void is_the_proof(void)
{
	assert_true(play.has_proof);
	assert_int_equal(play.proof_slot, RP_SLOT_AUTH);
	assert_int_equal(play.certificate_len, 2);
	assert_memory_equal(play.certificate, "\x30\x00", 2);
	assert_int_equal(play.signature_len, 3);
	assert_memory_equal(play.signature, "\x00\x01\x02", 3);
}

/* --- each address --- */

static void a_nonce_is_given(void **state)
{
	(void)state;
	assert_int_equal(get("/v1/nonce", ""), 200);
	assert_string_equal(text("nonce"), "000102030405060708090A0B0C0D0E0F");
}

static void presence_hands_the_card_on_and_tells_what_is_open(void **state)
{
	json_t *one;

	(void)state;
	assert_int_equal(post("/v1/presence", "", "{" CARD "}"), 200);
	assert_string_equal(play.call, "presence");
	assert_string_equal(play.source, "192.0.2.1");
	assert_false(play.has_fingerprint);
	assert_false(play.has_session);
	is_the_card();
	assert_string_equal(text("card_status"), "active");
	assert_string_equal(text("halted"), "");
	assert_true(json_is_null(json_object_get(said, "user_code_tries")));
	assert_string_equal(text("settled_state"), "done");
	one = json_array_get(json_object_get(said, "cases"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "slot")), "sign");
	assert_int_equal(json_integer_value(json_object_get(one, "left_s")), 86399);
	assert_true(json_is_true(json_object_get(one, "here")));
}

static void who_asks_is_handed_on(void **state)
{
	struct http_request with = {
		.source = "192.0.2.9", .has_certificate = true, .fingerprint = {1, 2, 3}, .bearer = "tok"};
	const struct hash_part token = {"tok", 3};
	uint8_t hash[32];

	(void)state;
	hash_sha256(&token, 1, hash);
	assert_int_equal(call(route(HTTP_POST, "/v1/presence"), "", "{" CARD "}", &with), 200);
	assert_true(play.has_fingerprint);
	assert_memory_equal(play.fingerprint, with.fingerprint, 32);
	assert_true(play.has_session);
	assert_memory_equal(play.session, hash, 32);
}

static void a_reservation_takes_its_proof(void **state)
{
	(void)state;
	assert_int_equal(post("/v1/cases", "", "{" CARD ",\"door\":\"kiosk\"," PROOF "}"), 201);
	assert_string_equal(play.call, "reserve");
	assert_string_equal(play.key, KEY);
	assert_string_equal(play.door, "kiosk");
	is_the_card();
	is_the_proof();
	assert_string_equal(text("state"), "ready");
	assert_string_equal(text("receipt"), "0123456789ABCDEFGHJKP");
	/* Whether a proof is needed is the domain's to say. */
	assert_int_equal(post("/v1/cases", "", "{" CARD ",\"door\":\"kiosk\"}"), 201);
	assert_false(play.has_proof);
}

static void a_case_is_cancelled_by_its_card(void **state)
{
	(void)state;
	assert_int_equal(post("/v1/cases/*/cancel", "ABC", "{" CARD "}"), 200);
	assert_string_equal(play.call, "cancel");
	assert_string_equal(play.case_id, "ABC");
	is_the_card();
	assert_string_equal(text("state"), "cancelled");
	assert_int_equal(post("/v1/cases/*/cancel", "A23456789012345678901234567890123456789A", "{" CARD "}"),
			 404);
}

static void a_grant_takes_what_its_door_asks_for(void **state)
{
	(void)state;
	assert_int_equal(post("/v1/grants", "",
			      "{" CARD ",\"door\":\"kiosk\",\"case\":\"C1\",\"evidence\":{" PROOF "}}"),
			 201);
	assert_string_equal(play.call, "grant");
	assert_string_equal(play.case_id, "C1");
	is_the_proof();
	assert_string_equal(play.user_code, "");
	assert_string_equal(text("cryptogram"), "2C2C65B7000000000000000000000000");
	assert_string_equal(text("nonce"), "01020300000000000000000000000000");
	assert_int_equal(
		post("/v1/grants", "",
		     "{" CARD_OF("hicos") ",\"door\":\"user-code\",\"evidence\":{\"user_code\":\"Code12\"}}"),
		201);
	assert_string_equal(play.user_code, "Code12");
	assert_string_equal(play.case_id, "");
	assert_false(play.has_proof);
	assert_int_equal(post("/v1/grants", "",
			      "{" CARD ",\"door\":\"help-desk\",\"evidence\":{\"code\":\"0123456789X\"}}"),
			 201);
	assert_string_equal(play.one_time, "0123456789X");
}

static void a_gids_card_shows_itself_without_a_mac(void **state)
{
	static const char body[] =
		"{\"card\":{\"profile\":\"gids\",\"number\":\"0A\",\"slot\":\"pin\"},\"door\":\"help-desk\","
		"\"evidence\":{\"code\":\"x\",\"r1\":\"00000000000000000000000000000001\","
		"\"r2\":\"00000000000000000000000000000002\"}}";

	(void)state;
	assert_int_equal(post("/v1/grants", "", body), 201);
	assert_true(play.has_r);
	assert_int_equal(play.r1[15], 1);
	assert_int_equal(play.r2[15], 2);
	assert_int_equal(play.card.resets, 0);
	/* Others give one. */
	assert_int_equal(post("/v1/presence", "",
			      "{\"card\":{\"profile\":\"mynumber\",\"number\":\"0A\",\"slot\":\"sign\"}}"),
			 400);
}

static void a_terminals_word_is_taken(void **state)
{
	(void)state;
	assert_int_equal(post("/v1/grants/*/word", "G1", "{\"done\":true,\"answer\":\"0aFF\"}"), 200);
	assert_string_equal(play.call, "word");
	assert_string_equal(play.case_id, "G1");
	assert_true(play.done);
	assert_int_equal(play.answer_len, 2);
	assert_memory_equal(play.answer, "\x0a\xff", 2);
	assert_int_equal(post("/v1/grants/*/word", "G1", "{\"done\":false}"), 200);
	assert_false(play.done);
	assert_int_equal(play.answer_len, 0);
	assert_int_equal(post("/v1/grants/*/word", "G1", "{\"done\":false,\"answer\":\"0aF\"}"), 400);
}

static void a_new_user_code_takes_a_proof_or_a_code(void **state)
{
	(void)state;
	assert_int_equal(post("/v1/user-code", "", "{" CARD "," PROOF ",\"new_code\":\"Neu123\"}"), 200);
	assert_string_equal(play.call, "set_code");
	is_the_proof();
	assert_string_equal(play.new_code, "Neu123");
	assert_string_equal(play.one_time, "");
	assert_string_equal(text("receipt"), "0123456789ABCDEFGHJKP");
	assert_int_equal(
		post("/v1/user-code", "", "{" CARD ",\"code\":\"01234-56789-X\",\"new_code\":\"Neu123\"}"),
		200);
	assert_string_equal(play.one_time, "01234-56789-X");
}

static void operators_sign_in_and_out(void **state)
{
	struct http_request with = {.source = "192.0.2.9", .bearer = "tok"};

	(void)state;
	assert_int_equal(post("/v1/operator/sessions", "",
			      "{\"name\":\"aoki\",\"password\":\"four words\",\"totp\":\"123456\"}"),
			 201);
	assert_string_equal(play.text, "aoki|123456");
	assert_string_equal(play.password, "four words");
	assert_int_equal(strlen(text("token")), 43);
	assert_int_equal(json_integer_value(json_object_get(said, "until_ms")), INT64_C(1790000000000));
	assert_int_equal(call(route(HTTP_POST, "/v1/operator/sessions/end"), "", "{}", &with), 200);
	assert_string_equal(play.call, "sign_out");
	assert_true(play.has_session);
	assert_int_equal(call(route(HTTP_POST, "/v1/operator/sessions/end"), "", "", &with), 200);
	assert_int_equal(call(route(HTTP_POST, "/v1/operator/sessions/end"), "", "{\"a\":1}", &with), 400);
}

#define DECISION                                                                                             \
	"\"profile\":\"gids\",\"number\":\"0A\",\"slot\":\"pin\",\"door\":\"help-desk\",\"reason\":"         \
	"\"forgotten\","                                                                                     \
	"\"identified_by\":\"passport\""

static void operators_decide(void **state)
{
	(void)state;
	assert_int_equal(post("/v1/operator/decisions", "", "{" DECISION "}"), 201);
	assert_string_equal(play.text, "gids|0A|pin|forgotten|passport");
	assert_string_equal(play.door, "help-desk");
	assert_string_equal(text("code"), "0123456789X");
	assert_null(json_object_get(said, "response"));
	assert_int_equal(
		post("/v1/operator/decisions", "", "{" DECISION ",\"challenge\":\"0001020304050607\"}"), 201);
	assert_int_equal(play.answer_len, 8);
	assert_int_equal(play.answer[7], 7);
	assert_string_equal(text("response"), "0908070000000000");
	assert_null(json_object_get(said, "code"));
}

static void the_log_is_told(void **state)
{
	(void)state;
	assert_int_equal(get("/v1/log/checkpoint", ""), 200);
	assert_non_null(strstr(answer.body, "origin\n1\n"));
	assert_int_equal(get("/v1/log/key", ""), 200);
	assert_string_equal(answer.body, "log+12345678+AAAA\n");
	play.no_public_key = true;
	assert_int_equal(get("/v1/issuer", ""), 200);
	assert_string_equal(text("issuer"), "test");
	assert_int_equal(get("/v1/log/receipts/*", "ABC-1"), 200);
	assert_string_equal(play.text, "ABC-1");
	assert_string_equal(text("state"), "waiting");
	assert_int_equal(get("/v1/log/consistency/*", "1-20"), 200);
	assert_int_equal(play.from, 1);
	assert_int_equal(play.to, 20);
}

static void sizes_are_two_numbers(void **state)
{
	static const char *const bad[] = {"1",
					  "1-",
					  "-1",
					  "1-2-3",
					  "01-2",
					  "1-02",
					  "a-b",
					  "1.-2",
					  "1_2",
					  "",
					  "1234567890123456-1",
					  "1-99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (get("/v1/log/consistency/*", bad[i]) != 400)
			fail_msg("%s", bad[i]);
	assert_int_equal(play.calls, 0);
}

/* --- refusals --- */

static void refuse_code(void)
{
	(void)rp_refuse(&play.fail, RP_PROBLEM_CODE_WRONG, "%s", "");
	play.fail.tries_left = 2;
	play.fail.tries_spent = 1;
	play.fail.spent_at_issuer = true;
}

static void what_the_domain_refuses_is_a_problem(void **state)
{
	static const struct {
		enum http_method method;
		const char *path, *body;
	} rows[] = {
		{HTTP_GET, "/v1/nonce", ""},
		{HTTP_GET, "/v1/issuer", ""},
		{HTTP_GET, "/v1/log/checkpoint", ""},
		{HTTP_GET, "/v1/log/key", ""},
		{HTTP_GET, "/v1/log/receipts/*", ""},
		{HTTP_GET, "/v1/log/consistency/*", ""},
		{HTTP_POST, "/v1/presence", "{" CARD "}"},
		{HTTP_POST, "/v1/cases", "{" CARD ",\"door\":\"kiosk\"}"},
		{HTTP_POST, "/v1/cases/*/cancel", "{" CARD "}"},
		{HTTP_POST, "/v1/grants", "{" CARD ",\"door\":\"kiosk\",\"evidence\":{}}"},
		{HTTP_POST, "/v1/grants/*/word", "{\"done\":true}"},
		{HTTP_POST, "/v1/user-code", "{" CARD ",\"new_code\":\"Neu123\"}"},
		{HTTP_POST, "/v1/devices", "{" CARD "}"},
		{HTTP_POST, "/v1/operator/sessions",
		 "{\"name\":\"a\",\"password\":\"b\",\"totp\":\"123456\"}"},
		{HTTP_POST, "/v1/operator/sessions/end", "{}"},
		{HTTP_POST, "/v1/operator/decisions", "{" DECISION "}"},
		{HTTP_POST, "/v1/operator/revocations",
		 "{\"profile\":\"aosign\",\"number\":\"1\",\"reason\":\"dead\",\"identified_by\":\"licence\","
		 "\"certificates\":[]}"},
		{HTTP_POST, "/v1/operator/revocations/*/decision", "{\"decision\":\"approve\"}"},
		{HTTP_GET, "/v1/operator/visits", ""},
		{HTTP_GET, "/v1/operator/visits/days/*", ""},
		{HTTP_POST, "/v1/operator/visits", "{\"wish\":\"reset\"}"},
		{HTTP_POST, "/v1/operator/visits/*/events", "{\"event\":\"call\"}"},
		{HTTP_GET, "/v1/operator/applications", ""},
		{HTTP_GET, "/v1/operator/applications/*", ""},
		{HTTP_POST, "/v1/operator/applications",
		 "{\"profile\":\"mynumber\",\"number\":\"1\",\"applicant\":\"self\",\"wishes\":[]}"},
		{HTTP_POST, "/v1/operator/applications/*/sheet", "{\"facts\":{},\"documents\":[]}"},
		{HTTP_POST, "/v1/operator/applications/*/decision",
		 "{\"decision\":\"accept\",\"reason\":\"all there\"}"},
		{HTTP_POST, "/v1/operator/applications/*/agreement", "{\"agreed\":true}"},
		{HTTP_POST, "/v1/operator/applications/*/letter", "{}"},
		{HTTP_POST, "/v1/operator/applications/*/answer", "{\"code\":\"0123456789X\"}"},
		{HTTP_POST, "/v1/operator/cases", "{\"limit\":1}"},
		{HTTP_GET, "/v1/operator/cases/*", ""},
		{HTTP_POST, "/v1/operator/cards/look", "{\"number\":\"1\"}"},
		{HTTP_POST, "/v1/operator/cards/enrol", "{\"cards\":[]}"},
		{HTTP_GET, "/v1/operator/statistics/*", ""},
		{HTTP_GET, "/v1/operator/lists/*", ""},
	};

	(void)state;
	assert_int_equal(sizeof rows / sizeof rows[0], n_api_routes);
	refuse_code();
	for (size_t i = 0; i < n_api_routes; i++) {
		assert_int_equal(call(route(rows[i].method, rows[i].path), "1-2", rows[i].body, NULL), 403);
		assert_string_equal(answer.type, "application/problem+json");
		assert_string_equal(text("type"), "urn:repin:problem:code-wrong");
		assert_int_equal(json_integer_value(json_object_get(said, "tries_left")), 2);
		assert_int_equal(play.calls, i + 1);
	}
}

static void a_body_that_is_none_never_reaches_the_domain(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "{}", "{\"card\":1}", "{" CARD ",\"more\":1}", "null", "{" CARD "," CARD "}"};

	(void)state;
	for (size_t r = 0; r < n_api_routes; r++)
		for (size_t i = 0; api_routes[r].method == HTTP_POST && i < sizeof bad / sizeof bad[0]; i++) {
			if (strcmp(api_routes[r].path, "/v1/operator/sessions/end") == 0 &&
			    (i == 0 || i == 3))
				continue;
			if (strcmp(api_routes[r].path, "/v1/operator/applications/*/letter") == 0 && i == 3)
				continue;
			if (strlen(bad[i]) > api_routes[r].body_max)
				continue;
			if (call(&api_routes[r], "1-2", bad[i], NULL) != 400)
				fail_msg("%s takes %s", api_routes[r].path, bad[i]);
			assert_string_equal(text("type"), "urn:repin:problem:malformed");
			assert_string_not_equal(text("detail"), "");
		}
	assert_int_equal(play.calls, 0);
}

static void what_is_wrong_names_the_member_and_no_value(void **state)
{
	(void)state;
	assert_int_equal(post("/v1/user-code", "", "{" CARD ",\"new_code\":\"Sec\\nret\"}"), 400);
	assert_string_equal(text("detail"), "new_code holds a control character");
	assert_int_equal(
		post("/v1/grants", "", "{" CARD ",\"door\":\"kiosk\",\"evidence\":{\"user_code\":12345678}}"),
		400);
	assert_string_equal(text("detail"), "evidence: user_code is not a text");
	assert_int_equal(post("/v1/grants", "",
			      "{" CARD ",\"door\":\"kiosk\",\"evidence\":{\"proof\":{\"slot\":\"nope\"}}}"),
			 400);
	assert_string_equal(text("detail"), "evidence: proof: slot is no PIN that is known");
	assert_null(strstr(answer.body, "nope"));
}

static void bodies_of_full_size_pass(void **state)
{
	static char der[5465], body[9000];
	char *at = der;

	(void)state;
	/* 4096 bytes are 1365 groups of three and one byte. */
	for (int i = 0; i < 1365; i++, at += 4)
		memcpy(at, "AAAA", 4);
	memcpy(at, "AA==", 5);
	(void)snprintf(body, sizeof body,
		       "{" CARD ",\"door\":\"kiosk\",\"proof\":{\"slot\":\"auth\",\"certificate\":\"%s\","
		       "\"signature\":\"AAEC\"}}",
		       der);
	assert_int_equal(post("/v1/cases", "", body), 201);
	assert_int_equal(play.certificate_len, 4096);
	memcpy(at, "AAA=", 5);
	(void)snprintf(body, sizeof body,
		       "{" CARD ",\"door\":\"kiosk\",\"proof\":{\"slot\":\"auth\",\"certificate\":\"%s\","
		       "\"signature\":\"AAEC\"}}",
		       der);
	assert_int_equal(post("/v1/cases", "", body), 400);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_nonce_is_given),
		TEST(presence_hands_the_card_on_and_tells_what_is_open),
		TEST(who_asks_is_handed_on),
		TEST(a_reservation_takes_its_proof),
		TEST(a_case_is_cancelled_by_its_card),
		TEST(a_grant_takes_what_its_door_asks_for),
		TEST(a_gids_card_shows_itself_without_a_mac),
		TEST(a_terminals_word_is_taken),
		TEST(a_new_user_code_takes_a_proof_or_a_code),
		TEST(operators_sign_in_and_out),
		TEST(operators_decide),
		TEST(the_log_is_told),
		TEST(sizes_are_two_numbers),
		TEST(what_the_domain_refuses_is_a_problem),
		TEST(a_body_that_is_none_never_reaches_the_domain),
		TEST(what_is_wrong_names_the_member_and_no_value),
		TEST(bodies_of_full_size_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
