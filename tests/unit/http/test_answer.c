/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include <cmocka.h>

/* The answer's JSON; the caller lets it go. */
static json_t *problem(const struct rp_error *err, struct http_answer *a)
{
	char what[96];
	json_t *j;

	*a = (struct http_answer){0};
	http_problem(a, err);
	assert_string_equal(a->type, "application/problem+json");
	j = json_parse(a->body, a->len, what);
	assert_non_null(j);
	free(a->body);
	a->body = NULL;
	return j;
}

static const char *text(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL ? s : "";
}

static void every_refusal_is_a_problem_with_its_status(void **state)
{
	struct http_answer a;
	struct rp_error err;

	(void)state;
	for (enum rp_problem p = RP_PROBLEM_NONE + 1; p < RP_PROBLEMS_N; p++) {
		char type[96];
		json_t *j;

		assert_int_equal(rp_refuse(&err, p, "the card 123 of kiosk 7"), RP_E_ISSUER_REFUSED);
		j = problem(&err, &a);
		(void)snprintf(type, sizeof type, "urn:repin:problem:%s", rp_problem_slug(p));
		assert_string_equal(text(j, "type"), type);
		assert_string_equal(text(j, "title"), rp_problem_title(p));
		assert_string_equal(text(j, "next"), rp_problem_door(p));
		assert_string_equal(text(j, "safe"), "nothing was changed on the card");
		assert_int_equal(json_integer_value(json_object_get(j, "status")), rp_problem_status(p));
		assert_int_equal(a.status, rp_problem_status(p));
		assert_null(json_object_get(j, "tries_left"));
		assert_non_null(strstr(a.story, "the card 123 of kiosk 7"));
		json_decref(j);
	}
}

static void details_are_told_only_where_they_tell_nothing_about_a_card(void **state)
{
	struct http_answer a;
	struct rp_error err;
	json_t *j;

	(void)state;
	(void)rp_refuse(&err, RP_PROBLEM_CARD_NOT_SHOWN, "no such card");
	j = problem(&err, &a);
	assert_null(json_object_get(j, "detail"));
	json_decref(j);
	(void)rp_refuse(&err, RP_PROBLEM_MALFORMED, "card.key is too large");
	(void)rp_context(&err, err.code, "granting");
	j = problem(&err, &a);
	assert_string_equal(text(j, "detail"), "card.key is too large");
	json_decref(j);
	(void)rp_refuse(&err, RP_PROBLEM_MALFORMED, "%s", "");
	j = problem(&err, &a);
	assert_null(json_object_get(j, "detail"));
	json_decref(j);
}

static void tries_are_told_where_a_code_was_counted(void **state)
{
	struct http_answer a;
	struct rp_error err;
	json_t *j;

	(void)state;
	(void)rp_refuse(&err, RP_PROBLEM_CODE_WRONG, "%s", "");
	err.spent_at_issuer = true;
	err.tries_left = 2;
	err.tries_spent = 1;
	j = problem(&err, &a);
	assert_int_equal(json_integer_value(json_object_get(j, "tries_left")), 2);
	assert_int_equal(json_integer_value(json_object_get(j, "tries_spent")), err.tries_spent);
	assert_true(json_is_integer(json_object_get(j, "tries_spent")));
	assert_non_null(strstr(text(j, "safe"), "one try of the code is spent"));
	json_decref(j);
}

static void faults_tell_nothing(void **state)
{
	static const struct {
		rp_code code;
		const char *type;
		int status;
	} rows[] = {{RP_E_STORE, "urn:repin:problem:not-ready", 503},
		    {RP_E_STORE_AWAY, "urn:repin:problem:not-ready", 503},
		    {RP_E_TOKEN, "urn:repin:problem:not-ready", 503},
		    {RP_E_FAULT, "urn:repin:problem:fault", 500},
		    {RP_E_NO_MEMORY, "urn:repin:problem:fault", 500},
		    {RP_E_USAGE, "urn:repin:problem:fault", 500}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct http_answer a;
		struct rp_error err;
		json_t *j;

		(void)rp_fail(&err, rows[i].code, "disk /dev/x is full");
		j = problem(&err, &a);
		assert_string_equal(text(j, "type"), rows[i].type);
		assert_int_equal(a.status, rows[i].status);
		assert_null(json_object_get(j, "detail"));
		assert_string_equal(a.story, "disk /dev/x is full");
		json_decref(j);
	}
}

static void who_must_wait_is_told_how_long(void **state)
{
	struct http_answer a = {0};
	struct rp_error err;

	(void)state;
	(void)rp_refuse(&err, RP_PROBLEM_BUSY, "%s", "");
	json_decref(problem(&err, &a));
	assert_string_equal(a.retry_after, "1");
	(void)rp_refuse(&err, RP_PROBLEM_CODE_WRONG, "%s", "");
	json_decref(problem(&err, &a));
	assert_string_equal(a.retry_after, "");
}

static void json_that_could_not_be_made_is_no_answer(void **state)
{
	struct http_answer a = {0};

	(void)state;
	http_json(&a, 200, json_pack("{s:i}", "a", 1));
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "{\"a\":1}");
	http_json(&a, 200, NULL);
	assert_int_equal(a.status, 0);
	assert_null(a.body);
	http_text(&a, 200, "text/plain", "x\n");
	assert_int_equal(a.len, 2);
	assert_string_equal(a.type, "text/plain");
	free(a.body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_is_a_problem_with_its_status),
		cmocka_unit_test(details_are_told_only_where_they_tell_nothing_about_a_card),
		cmocka_unit_test(tries_are_told_where_a_code_was_counted),
		cmocka_unit_test(faults_tell_nothing),
		cmocka_unit_test(who_must_wait_is_told_how_long),
		cmocka_unit_test(json_that_could_not_be_made_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
