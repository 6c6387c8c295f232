/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask: start secrets, keys, and the heads of requests. Sockets' owners are tests/agent's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/clock.h"
#include <cmocka.h>

int64_t __wrap_clock_ms(void);

static int64_t now = 1000000;

int64_t __wrap_clock_ms(void)
{
	return now;
}

static struct agent a;

static int fresh(void **state)
{
	(void)state;
	memset(&a, 0, sizeof a);
	guard_init(&a.guard, getuid());
	guard_port(&a.guard, 45678);
	return 0;
}

static void a_start_secret_serves_once(void **state)
{
	char secret[SECRET_TEXT + 1], key[SECRET_TEXT + 1] = "", other[SECRET_TEXT + 1] = "";

	(void)state;
	guard_secret(&a.guard, KEY_PAGE, secret);
	assert_int_equal(strlen(secret), SECRET_TEXT);
	assert_true(guard_trade(&a.guard, secret, key));
	assert_int_equal(strlen(key), SECRET_TEXT);
	assert_string_not_equal(key, secret);
	assert_false(guard_trade(&a.guard, secret, other));
	assert_string_equal(other, "");
}

static void it_serves_for_two_minutes(void **state)
{
	char secret[SECRET_TEXT + 1], key[SECRET_TEXT + 1];

	(void)state;
	guard_secret(&a.guard, KEY_PAGE, secret);
	now += SECRET_LIVES_MS;
	assert_false(guard_trade(&a.guard, secret, key));
	guard_secret(&a.guard, KEY_PAGE, secret);
	now += SECRET_LIVES_MS - 1;
	assert_true(guard_trade(&a.guard, secret, key));
}

static void what_is_no_secret_is_none(void **state)
{
	char secret[SECRET_TEXT + 1], key[SECRET_TEXT + 1];
	/* A place that is free has a hash of zeros. */
	const char *const wrong[] = {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(guard_trade(&a.guard, wrong[i], key));
	guard_secret(&a.guard, KEY_PAGE, secret);
	secret[5] = secret[5] == 'A' ? 'B' : 'A';
	assert_false(guard_trade(&a.guard, secret, key));
	/* A wrong one does not use the right one up. */
	guard_secret(&a.guard, KEY_PAGE, secret);
	assert_false(guard_trade(&a.guard, "x", key));
	assert_true(guard_trade(&a.guard, secret, key));
}

static void of_many_secrets_the_oldest_goes(void **state)
{
	char secret[GUARD_SECRETS + 1][SECRET_TEXT + 1], key[SECRET_TEXT + 1];

	(void)state;
	for (size_t i = 0; i <= GUARD_SECRETS; i++) {
		guard_secret(&a.guard, KEY_PAGE, secret[i]);
		now += 10;
	}
	assert_false(guard_trade(&a.guard, secret[0], key));
	for (size_t i = 1; i <= GUARD_SECRETS; i++)
		assert_true(guard_trade(&a.guard, secret[i], key));
}

/* A request that is allowed, to be spoilt in one thing. */
static struct http_request good(const char *key)
{
	struct http_request r = {.method = HTTP_POST, .path = "/api/look"};

	(void)snprintf(r.host, sizeof r.host, "127.0.0.1:45678");
	(void)snprintf(r.origin, sizeof r.origin, "http://127.0.0.1:45678");
	(void)snprintf(r.site, sizeof r.site, "same-origin");
	(void)snprintf(r.bearer, sizeof r.bearer, "%s", key);
	return r;
}

static void a_key(char ret[SECRET_TEXT + 1])
{
	char secret[SECRET_TEXT + 1];

	guard_secret(&a.guard, KEY_PAGE, secret);
	assert_true(guard_trade(&a.guard, secret, ret));
}

/* A PIN is typed in the customer's window alone, and the clerk's work is done from the clerk's page alone. */
static void at_a_desk_each_key_opens_its_own(void **state)
{
	char clerk[SECRET_TEXT + 1], customer[SECRET_TEXT + 1], secret[SECRET_TEXT + 1];
	static const struct {
		const char *path;
		bool clerk, customer;
	} rows[] = {{"/api/jobs", false, true},
		    {"/api/look", true, true},
		    {"/api/counter/customer", true, false},
		    {"/api/counter/sign-out", true, false},
		    {"/api/operator/applications", true, false}};
	struct http_request r;

	(void)state;
	a_key(clerk);
	guard_secret(&a.guard, KEY_CUSTOMER, secret);
	assert_true(guard_trade(&a.guard, secret, customer));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		a.mode = AGENT_DESK;
		r = good(clerk);
		r.path = rows[i].path;
		assert_int_equal(guard_allows(&a, &r), rows[i].clerk);
		r = good(customer);
		r.path = rows[i].path;
		assert_int_equal(guard_allows(&a, &r), rows[i].customer);
		a.mode = AGENT_HOLDER; /* where there is no customer's window */
		r = good(clerk);
		r.path = rows[i].path;
		assert_true(guard_allows(&a, &r));
	}
}

static void a_request_needs_host_origin_and_key(void **state)
{
	char key[SECRET_TEXT + 1];
	struct http_request r;
	static const char *const hosts[] = {"",
					    "localhost:45678",
					    "127.0.0.1",
					    "127.0.0.1:4567",
					    "127.0.0.1:456789",
					    "evil.example",
					    "127.0.0.1:45678.evil.example"};
	static const char *const origins[] = {"",
					      "null",
					      "http://localhost:45678",
					      "https://127.0.0.1:45678",
					      "http://127.0.0.1:45678/",
					      "http://127.0.0.1:45679",
					      "http://evil.example"};
	static const char *const sites[] = {"cross-site", "same-site", "none"};

	(void)state;
	a_key(key);
	r = good(key);
	assert_true(guard_allows(&a, &r));
	r.site[0] = '\0'; /* a browser that does not send it */
	assert_true(guard_allows(&a, &r));
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		r = good(key);
		(void)snprintf(r.host, sizeof r.host, "%s", hosts[i]);
		assert_false(guard_allows(&a, &r));
	}
	for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
		r = good(key);
		(void)snprintf(r.origin, sizeof r.origin, "%s", origins[i]);
		assert_false(guard_allows(&a, &r));
	}
	for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
		r = good(key);
		(void)snprintf(r.site, sizeof r.site, "%s", sites[i]);
		assert_false(guard_allows(&a, &r));
	}
	r = good("");
	assert_false(guard_allows(&a, &r));
	key[0] = key[0] == 'A' ? 'B' : 'A';
	r = good(key);
	assert_false(guard_allows(&a, &r));
}

static void the_start_and_the_stream_are_the_exceptions(void **state)
{
	char key[SECRET_TEXT + 1];
	struct http_request r;

	(void)state;
	a_key(key);
	r = good("");
	r.path = "/api/start";
	assert_true(guard_allows(&a, &r));
	r.method = HTTP_GET;
	assert_false(guard_allows(&a, &r));
	/* A fetch of our own page by GET carries no Origin. */
	r = good(key);
	r.method = HTTP_GET;
	r.path = "/api/events";
	r.origin[0] = '\0';
	assert_true(guard_allows(&a, &r));
	(void)snprintf(r.site, sizeof r.site, "cross-site");
	assert_false(guard_allows(&a, &r));
	r = good("");
	r.method = HTTP_GET;
	r.path = "/api/events";
	assert_false(guard_allows(&a, &r));
}

static void a_key_goes_when_there_are_many_newer_ones(void **state)
{
	char key[SECRET_TEXT + 1], newer[SECRET_TEXT + 1];
	struct http_request r;

	(void)state;
	a_key(key);
	for (size_t i = 0; i + 1 < GUARD_KEYS; i++)
		a_key(newer);
	r = good(key);
	assert_true(guard_allows(&a, &r));
	a_key(newer);
	assert_false(guard_allows(&a, &r));
	r = good(newer);
	assert_true(guard_allows(&a, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_start_secret_serves_once, fresh),
		cmocka_unit_test_setup(it_serves_for_two_minutes, fresh),
		cmocka_unit_test_setup(what_is_no_secret_is_none, fresh),
		cmocka_unit_test_setup(of_many_secrets_the_oldest_goes, fresh),
		cmocka_unit_test_setup(at_a_desk_each_key_opens_its_own, fresh),
		cmocka_unit_test_setup(a_request_needs_host_origin_and_key, fresh),
		cmocka_unit_test_setup(the_start_and_the_stream_are_the_exceptions, fresh),
		cmocka_unit_test_setup(a_key_goes_when_there_are_many_newer_ones, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
