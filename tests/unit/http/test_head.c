/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/head.h"
#include <cmocka.h>

static void nothing(void *arg, const struct http_request *r, struct http_answer *ret)
{
	(void)arg;
	(void)r;
	(void)ret;
}

static const struct http_route routes[] = {
	{HTTP_GET, "/v1/nonce", false, 0, nothing},
	{HTTP_POST, "/v1/cases", true, 100, nothing},
	{HTTP_POST, "/v1/cases/*/cancel", true, 100, nothing},
	{HTTP_GET, "/v1/log/receipts/*", false, 0, nothing},
	{HTTP_GET, "/v1/both", false, 0, nothing},
	{HTTP_POST, "/v1/both", false, 10, nothing},
};
#define N_ROUTES (sizeof routes / sizeof routes[0])

static struct http_request request;
static struct head_result result;

/* `fields` is "Name: value|Name: value". */
static enum rp_problem check(const char *method, const char *url, const char *fields)
{
	struct head h = {.method = method, .url = url};
	char *text = strdup(fields), *rest = text;
	enum rp_problem p;

	assert_non_null(text);
	for (char *line = strsep(&rest, "|"); line != NULL && line[0] != '\0'; line = strsep(&rest, "|")) {
		char *colon = strstr(line, ": ");

		assert_non_null(colon);
		colon[0] = '\0';
		head_add(&h, line, colon + 2);
	}
	request = (struct http_request){0};
	p = head_check(&h, routes, N_ROUTES, &request, &result);
	free(text);
	return p;
}

#define HOST "Host: issuer.example:8443"
#define KEY "|Idempotency-Key: 0123456789abcdef"
#define JSON "|Content-Type: application/json"

static void a_plain_request_finds_its_route(void **state)
{
	(void)state;
	assert_int_equal(check("GET", "/v1/nonce", HOST), RP_PROBLEM_NONE);
	assert_ptr_equal(result.route, &routes[0]);
	assert_string_equal(request.host, "issuer.example:8443");
	assert_string_equal(request.path, "/v1/nonce");
	assert_string_equal(request.arg, "");
	assert_int_equal(check("POST", "/v1/both", "Host: [::1]:1|content-length: 10" JSON), RP_PROBLEM_NONE);
	assert_ptr_equal(result.route, &routes[5]);
	assert_int_equal(result.body_len, 10);
}

static void the_asterisk_is_one_checked_segment(void **state)
{
	char longest[128];

	(void)state;
	assert_int_equal(check("GET", "/v1/log/receipts/ABCD-efg_0.9", HOST), RP_PROBLEM_NONE);
	assert_string_equal(request.arg, "ABCD-efg_0.9");
	assert_int_equal(check("POST", "/v1/cases/c1/cancel", HOST KEY), RP_PROBLEM_NONE);
	assert_string_equal(request.arg, "c1");
	assert_int_equal(check("GET", "/v1/log/receipts/", HOST), RP_PROBLEM_NOT_FOUND);
	assert_int_equal(check("GET", "/v1/log/receipts/a/b", HOST), RP_PROBLEM_NOT_FOUND);
	assert_int_equal(check("GET", "/v1/log/receipts/%41", HOST), RP_PROBLEM_NOT_FOUND);
	assert_int_equal(check("GET", "/v1/log/receipts/a b", HOST), RP_PROBLEM_NOT_FOUND);
	assert_int_equal(check("POST", "/v1/cases//cancel", HOST KEY), RP_PROBLEM_NOT_FOUND);
	assert_int_equal(check("POST", "/v1/cases/../cancel/x", HOST KEY), RP_PROBLEM_NOT_FOUND);
	(void)snprintf(longest, sizeof longest, "/v1/log/receipts/%064d", 0);
	assert_int_equal(check("GET", longest, HOST), RP_PROBLEM_NONE);
	(void)snprintf(longest, sizeof longest, "/v1/log/receipts/%065d", 0);
	assert_int_equal(check("GET", longest, HOST), RP_PROBLEM_NOT_FOUND);
}

static void an_address_that_is_not_there_is_not_found(void **state)
{
	static const char *const urls[] = {
		"",	    "/",	   "/v1/nonce/",	 "/v1/Nonce", "//v1/nonce",
		"v1/nonce", "/v1/nonc%65", "https://a/v1/nonce", "*",	      "/v1/nonce\x01"};

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
		assert_int_equal(check("GET", urls[i], HOST), RP_PROBLEM_NOT_FOUND);
}

static void another_method_is_told_with_those_that_are_taken(void **state)
{
	(void)state;
	assert_int_equal(check("POST", "/v1/nonce", HOST), RP_PROBLEM_METHOD);
	assert_string_equal(result.allow, "GET");
	assert_int_equal(check("GET", "/v1/cases", HOST), RP_PROBLEM_METHOD);
	assert_string_equal(result.allow, "POST");
	assert_int_equal(check("DELETE", "/v1/both", HOST), RP_PROBLEM_METHOD);
	assert_string_equal(result.allow, "GET, POST");
	assert_int_equal(check("HEAD", "/v1/nonce", HOST), RP_PROBLEM_METHOD);
	assert_int_equal(check("get", "/v1/nonce", HOST), RP_PROBLEM_METHOD);
}

static void host_is_there_once_and_is_one(void **state)
{
	(void)state;
	assert_int_equal(check("GET", "/v1/nonce", ""), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("GET", "/v1/nonce", HOST "|" HOST), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("GET", "/v1/nonce", HOST "|host: other"), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("GET", "/v1/nonce", "Host: "), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("GET", "/v1/nonce", "Host: a b"), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("GET", "/v1/nonce", "Host: a@b"), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("GET", "/v1/nonce", "Host: a,b"), RP_PROBLEM_MALFORMED);
}

static void lengths_that_two_readers_could_read_differently_are_refused(void **state)
{
	(void)state;
	assert_int_equal(check("POST", "/v1/both", HOST JSON "|Transfer-Encoding: chunked"),
			 RP_PROBLEM_MALFORMED);
	assert_false(result.whole);
	assert_int_equal(
		check("POST", "/v1/both", HOST JSON "|Content-Length: 1|Transfer-Encoding: identity"),
		RP_PROBLEM_MALFORMED);
	assert_int_equal(check("POST", "/v1/both", HOST JSON "|Content-Length: 1|Content-Length: 1"),
			 RP_PROBLEM_MALFORMED);
	assert_false(result.whole);
	assert_int_equal(check("POST", "/v1/both", HOST JSON "|Content-Length: +1"), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("POST", "/v1/both", HOST JSON "|Content-Length: 1, 1"), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("POST", "/v1/both", HOST JSON "|Content-Length: -1"), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("POST", "/v1/both", HOST JSON "|Content-Length: 0x1"), RP_PROBLEM_MALFORMED);
}

static void a_body_is_within_its_routes_limit(void **state)
{
	(void)state;
	assert_int_equal(check("POST", "/v1/both", HOST JSON "|Content-Length: 11"), RP_PROBLEM_TOO_LARGE);
	assert_int_equal(check("GET", "/v1/nonce", HOST JSON "|Content-Length: 1"), RP_PROBLEM_TOO_LARGE);
	assert_int_equal(check("GET", "/v1/nonce", HOST "|Content-Length: 0"), RP_PROBLEM_NONE);
	assert_int_equal(check("POST", "/v1/both", HOST JSON "|Content-Length: 99999999999999999999"),
			 RP_PROBLEM_TOO_LARGE);
	assert_false(result.whole);
}

static void a_body_is_json_and_says_so(void **state)
{
	static const char *const good[] = {"application/json", "Application/JSON",
					   "application/json;charset=UTF-8",
					   "application/json; charset=\"utf-8\""};
	static const char *const bad[] = {"text/json",
					  "application/jsonp",
					  "application/json; charset=latin1",
					  "application/json, text/plain",
					  "",
					  "application/json;"};
	char fields[128];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		(void)snprintf(fields, sizeof fields, HOST "|Content-Length: 2|Content-Type: %s", good[i]);
		assert_int_equal(check("POST", "/v1/both", fields), RP_PROBLEM_NONE);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		(void)snprintf(fields, sizeof fields, HOST "|Content-Length: 2|Content-Type: %s", bad[i]);
		assert_int_equal(check("POST", "/v1/both", fields), RP_PROBLEM_MEDIA_TYPE);
	}
	assert_int_equal(check("POST", "/v1/both", HOST "|Content-Length: 2"), RP_PROBLEM_MEDIA_TYPE);
	assert_int_equal(check("POST", "/v1/both", HOST JSON JSON "|Content-Length: 2"),
			 RP_PROBLEM_MEDIA_TYPE);
	assert_int_equal(check("POST", "/v1/both", HOST JSON "|Content-Length: 2|Content-Encoding: gzip"),
			 RP_PROBLEM_MEDIA_TYPE);
}

static void an_idempotency_key_is_there_where_it_must_be(void **state)
{
	(void)state;
	assert_int_equal(check("POST", "/v1/cases", HOST), RP_PROBLEM_MALFORMED);
	assert_string_equal(result.what, "Idempotency-Key is missing");
	assert_int_equal(check("POST", "/v1/cases", HOST KEY), RP_PROBLEM_NONE);
	assert_string_equal(request.idempotency_key, "0123456789abcdef");
	assert_int_equal(check("POST", "/v1/cases", HOST KEY KEY), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("POST", "/v1/cases", HOST "|Idempotency-Key: 0123456789abcde"),
			 RP_PROBLEM_MALFORMED);
	assert_int_equal(check("POST", "/v1/cases", HOST "|Idempotency-Key: 0123456789abcdef_"),
			 RP_PROBLEM_MALFORMED);
	assert_int_equal(
		check("POST", "/v1/cases", HOST "|Idempotency-Key: 0123456789-123456789-123456789-12345"),
		RP_PROBLEM_NONE);
	assert_int_equal(
		check("POST", "/v1/cases", HOST "|Idempotency-Key: 0123456789-123456789-123456789-123456"),
		RP_PROBLEM_MALFORMED);
	assert_int_equal(check("POST", "/v1/both", HOST "|Idempotency-Key: \"0123456789abcdef\""),
			 RP_PROBLEM_MALFORMED);
}

static void a_bearer_token_is_taken_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(check("GET", "/v1/nonce", HOST "|Authorization: Bearer ab-_9"), RP_PROBLEM_NONE);
	assert_string_equal(request.bearer, "ab-_9");
	assert_int_equal(check("GET", "/v1/nonce", HOST "|Authorization: Basic YTpi"), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("GET", "/v1/nonce", HOST "|Authorization: Bearer "), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("GET", "/v1/nonce", HOST "|Authorization: Bearer a b"), RP_PROBLEM_MALFORMED);
	assert_int_equal(check("GET", "/v1/nonce", HOST "|Authorization: Bearer a|Authorization: Bearer a"),
			 RP_PROBLEM_MALFORMED);
}

static void a_query_and_too_many_fields_are_refused(void **state)
{
	struct head h = {.method = "GET", .url = "/v1/nonce", .query = true};

	(void)state;
	head_add(&h, "Host", "a");
	assert_int_equal(head_check(&h, routes, N_ROUTES, &request, &result), RP_PROBLEM_MALFORMED);
	h.query = false;
	for (int i = 1; i < HEAD_FIELDS_MAX; i++)
		head_add(&h, "X-Any", "a");
	assert_int_equal(head_check(&h, routes, N_ROUTES, &request, &result), RP_PROBLEM_NONE);
	head_add(&h, "X-Any", "a");
	assert_int_equal(head_check(&h, routes, N_ROUTES, &request, &result), RP_PROBLEM_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_request_finds_its_route),
		cmocka_unit_test(the_asterisk_is_one_checked_segment),
		cmocka_unit_test(an_address_that_is_not_there_is_not_found),
		cmocka_unit_test(another_method_is_told_with_those_that_are_taken),
		cmocka_unit_test(host_is_there_once_and_is_one),
		cmocka_unit_test(lengths_that_two_readers_could_read_differently_are_refused),
		cmocka_unit_test(a_body_is_within_its_routes_limit),
		cmocka_unit_test(a_body_is_json_and_says_so),
		cmocka_unit_test(an_idempotency_key_is_there_where_it_must_be),
		cmocka_unit_test(a_bearer_token_is_taken_and_nothing_else),
		cmocka_unit_test(a_query_and_too_many_fields_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
