/* SPDX-License-Identifier: Apache-2.0 */
/* A server of ours on loopback, asked over raw sockets. */
#include "serve_rig.h"
#include <pthread.h>

static struct asker two;

/* --- answers --- */

static void every_answer_carries_its_headers(void **state)
{
	http *h = serve_usual();
	char value[128], id[128];

	(void)state;
	open_one(h);
	assert_int_equal(get_hello(&one), 200);
	assert_string_equal(ask_header(&one, "Content-Type", value, sizeof value), "application/json");
	assert_string_equal(ask_header(&one, "Cache-Control", value, sizeof value), "no-store");
	assert_string_equal(ask_header(&one, "X-Content-Type-Options", value, sizeof value), "nosniff");
	assert_non_null(ask_header(&one, "X-Request-Id", id, sizeof id));
	assert_non_null(strstr(one.body, id));
	assert_non_null(strstr(one.body, "\"source\":\"127.0.0.1\""));
	assert_int_equal(ask(&one, "GET /none HTTP/1.1\r\n" HOST "\r\n"), 404);
	assert_string_equal(ask_header(&one, "Content-Type", value, sizeof value),
			    "application/problem+json");
	assert_string_equal(ask_header(&one, "Cache-Control", value, sizeof value), "no-store");
	assert_int_equal(ask(&one, "PUT /hello HTTP/1.1\r\n" HOST "\r\n"), 405);
	assert_string_equal(ask_header(&one, "Allow", value, sizeof value), "GET");
	ask_close(&one);
	http_stop(h);
}

static void a_handler_that_says_nothing_is_a_fault(void **state)
{
	http *h = serve_usual();

	(void)state;
	open_one(h);
	assert_int_equal(ask(&one, "GET /nothing HTTP/1.1\r\n" HOST "\r\n"), 500);
	assert_non_null(strstr(one.body, "urn:repin:problem:fault"));
	assert_int_equal(get_hello(&one), 200);
	ask_close(&one);
	http_stop(h);
}

static void a_connection_serves_many_requests(void **state)
{
	http *h = serve_usual();
	struct http_counts counts;

	(void)state;
	open_one(h);
	for (int i = 0; i < 20; i++)
		assert_int_equal(get_hello(&one), 200);
	http_counts(h, &counts);
	assert_int_equal(counts.requests, 20);
	assert_int_equal(counts.by_class[2], 20);
	assert_int_equal(counts.connections, 1);
	ask_close(&one);
	http_stop(h);
}

static void requests_sent_at_once_are_answered_in_their_order(void **state)
{
	http *h = serve_usual();
	char text[2048] = "";

	(void)state;
	open_one(h);
	for (int i = 0; i < 10; i++) {
		const size_t len = strlen(text);

		(void)snprintf(text + len, sizeof text - len, "GET /hello/n%d HTTP/1.1\r\n" HOST "\r\n", i);
	}
	assert_true(ask_say(&one, text));
	for (int i = 0; i < 10; i++) {
		char want[32];

		assert_true(ask_answer(&one));
		(void)snprintf(want, sizeof want, "\"arg\":\"n%d\"", i);
		assert_non_null(strstr(one.body, want));
	}
	ask_close(&one);
	http_stop(h);
}

/* --- bodies --- */

#define POST_ECHO "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"

static void a_body_comes_whole_however_it_is_cut(void **state)
{
	static const char text[] = POST_ECHO "Content-Length: 13\r\n\r\n{\"a\":\"\\u00e9\"";
	http *h = serve_usual();

	(void)state;
	open_one(h);
	for (size_t i = 0; i < sizeof text - 1; i++) {
		assert_true(ask_send(&one, text + i, 1));
		if (i % 8 == 0)
			sleep_ms(1);
	}
	assert_true(ask_answer(&one));
	assert_string_equal(one.body, "{\"a\":\"\\u00e9\"");
	ask_close(&one);
	http_stop(h);
}

static void a_long_body_passes_up_to_its_limit(void **state)
{
	http *h = serve_usual();
	static char body[40001], head[256];

	(void)state;
	memset(body, 'x', sizeof body);
	open_one(h);
	(void)snprintf(head, sizeof head, POST_ECHO "Content-Length: %d\r\n\r\n", 40000);
	assert_true(ask_say(&one, head));
	assert_true(ask_send(&one, body, 40000));
	assert_true(ask_answer(&one));
	assert_int_equal(one.status, 200);
	assert_int_equal(strlen(one.body), 40000);
	/* One more: refused, dropped, and the connection lives. */
	(void)snprintf(head, sizeof head, POST_ECHO "Content-Length: %d\r\n\r\n", 40001);
	assert_true(ask_say(&one, head));
	assert_true(ask_send(&one, body, 40001));
	assert_true(ask_answer(&one));
	assert_int_equal(one.status, 413);
	assert_int_equal(get_hello(&one), 200);
	/* Far more is refused before it is sent, and the connection ends. */
	assert_int_equal(ask(&one, POST_ECHO "Content-Length: 100000000\r\n\r\n"), 413);
	assert_true(ask_ended(&one, 3000));
	ask_close(&one);
	http_stop(h);
}

static void what_must_be_there_with_a_body_is_asked_for(void **state)
{
	http *h = serve_usual();

	(void)state;
	open_one(h);
	assert_int_equal(ask(&one, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}"), 415);
	assert_int_equal(ask(&one, "POST /key HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
				   "Content-Length: 2\r\n\r\n{}"),
			 400);
	assert_int_equal(ask(&one, "POST /key HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
				   "Idempotency-Key: 0123456789abcdef\r\nContent-Length: 2\r\n\r\n{}"),
			 200);
	assert_int_equal(ask(&one, "POST /nobody HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}"), 413);
	assert_int_equal(ask(&one, "POST /nobody HTTP/1.1\r\n" HOST "\r\n"), 200);
	assert_int_equal(ask(&one, POST_ECHO "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), 400);
	assert_true(ask_ended(&one, 3000));
	ask_close(&one);
	http_stop(h);
}

/* --- what is no request --- */

static void what_is_no_request_hurts_nobody(void **state)
{
	static const char *const bad[] = {
		"\r\n\r\n\r\n",
		"GET\r\n\r\n",
		"GET /hello\r\n\r\n",
		"GET /hello HTTP/9.9\r\n" HOST "\r\n",
		"GET /hello HTTP/1.1\r\n\r\n",
		"GET /hello HTTP/1.1\r\n" HOST HOST "\r\n",
		"GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n",
		"GET /hello?x=1 HTTP/1.1\r\n" HOST "\r\n",
		"GET /hello#x HTTP/1.1\r\n" HOST "\r\n",
		"GET /%68ello HTTP/1.1\r\n" HOST "\r\n",
		"GET http://localhost/hello HTTP/1.1\r\n" HOST "\r\n",
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Type: application/json\r\nContent-Length: -2\r\n\r\n{}",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
		"GET /hello HTTP/1.1\r\n" HOST "Authorization: Basic YTpi\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"\x0D\x0A\x0D\x0A",
		"GET /hello HTTP/1.1\r\n" HOST "Broken header\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost: local\r\n host\r\n\r\n",
	};
	http *h = serve_usual();

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		int status;

		open_one(h);
		status = ask(&one, bad[i]);
		if (status != 0 && (status < 400 || status > 499) && status != 505)
			fail_msg("%zu: %d", i, status);
		ask_close(&one);
		open_one(h);
		assert_int_equal(get_hello(&one), 200);
		ask_close(&one);
	}
	http_stop(h);
}

static void a_head_that_does_not_end_is_refused(void **state)
{
	static char line[30000];
	http *h = serve_usual();
	int status;

	(void)state;
	memset(line, 'a', sizeof line - 1);
	open_one(h);
	assert_true(ask_say(&one, "GET /hello HTTP/1.1\r\n" HOST "X-Long: "));
	(void)ask_say(&one, line);
	status = ask(&one, "\r\n\r\n");
	assert_true(status == 0 || status == 413 || status == 431);
	ask_close(&one);
	open_one(h);
	assert_true(ask_say(&one, "GET /hello HTTP/1.1\r\n" HOST));
	for (int i = 0; i < 200; i++)
		(void)ask_say(&one, "X-Many: 1\r\n");
	assert_int_equal(ask(&one, "\r\n"), 400);
	ask_close(&one);
	http_stop(h);
}

/* --- time --- */

/* Sends byte after byte until nobody takes them; how long that took. */
static int64_t drip(struct asker *a, const char *text)
{
	const int64_t begin = clock_ms();

	while (clock_ms() - begin < 8000) {
		if (!ask_send(a, *text != '\0' ? text : "a", 1) || ask_ended(a, 0))
			break;
		text += *text != '\0';
		sleep_ms(50);
	}
	return clock_ms() - begin;
}

static void a_request_that_drips_is_ended(void **state)
{
	http *h = serve_usual();
	int64_t took;

	(void)state;
	open_one(h);
	took = drip(&one, "GET /");
	assert_in_range(took, 900, 7000);
	ask_close(&one);
	open_one(h);
	assert_true(ask_say(&one, POST_ECHO "Content-Length: 30000\r\n\r\n"));
	took = drip(&one, "");
	assert_in_range(took, 900, 7000);
	ask_close(&one);
	http_stop(h);
}

static void a_connection_that_is_idle_is_ended(void **state)
{
	http *h = serve_usual();
	struct http_counts counts;

	(void)state;
	open_one(h);
	assert_int_equal(get_hello(&one), 200);
	assert_false(ask_ended(&one, 1000));
	assert_true(ask_ended(&one, 4000));
	ask_close(&one);
	sleep_ms(50);
	http_counts(h, &counts);
	assert_int_equal(counts.connections, 0);
	http_stop(h);
}

static void a_slow_handler_does_not_hold_up_others(void **state)
{
	http *h = serve_usual();

	(void)state;
	let_go = false;
	open_one(h);
	assert_true(ask_say(&one, "GET /slow HTTP/1.1\r\n" HOST "\r\n"));
	while (in_slow == 0)
		sleep_ms(1);
	assert_true(ask_open(&two, http_port(h)));
	for (int i = 0; i < 5; i++)
		assert_int_equal(get_hello(&two), 200);
	/* It takes longer than a request may, and is not ended for that. */
	sleep_ms(2500);
	let_go = true;
	assert_true(ask_answer(&one));
	assert_string_equal(one.body, "done");
	ask_close(&one);
	ask_close(&two);
	http_stop(h);
}

/* --- stopping --- */

static void *stop_it(void *h)
{
	http_stop(h);
	return NULL;
}

static void a_stop_finishes_what_runs_and_takes_no_more(void **state)
{
	http *h = serve_usual();
	const unsigned port = http_port(h);
	pthread_t stopper;
	char value[32];

	(void)state;
	let_go = false;
	open_one(h);
	assert_true(ask_open(&two, port));
	assert_int_equal(get_hello(&two), 200);
	assert_true(ask_say(&one, "GET /slow HTTP/1.1\r\n" HOST "\r\n"));
	while (in_slow == 0)
		sleep_ms(1);
	assert_int_equal(pthread_create(&stopper, NULL, stop_it, h), 0);
	sleep_ms(200);
	/* Whoever comes now is told so, or not taken. */
	assert_int_equal(get_hello(&two), 503);
	assert_string_equal(ask_header(&two, "Connection", value, sizeof value), "close");
	ask_close(&two);
	assert_false(ask_open(&two, port));
	let_go = true;
	assert_true(ask_answer(&one));
	assert_int_equal(one.status, 200);
	assert_string_equal(one.body, "done");
	assert_string_equal(ask_header(&one, "Connection", value, sizeof value), "close");
	assert_int_equal(pthread_join(stopper, NULL), 0);
	ask_close(&one);
}

static void a_stop_does_not_wait_for_idle_connections(void **state)
{
	http *h = serve_usual();
	int64_t begin;

	(void)state;
	open_one(h);
	assert_int_equal(get_hello(&one), 200);
	begin = clock_ms();
	http_stop(h);
	assert_in_range(clock_ms() - begin, 0, 3000);
	assert_true(ask_ended(&one, 1000));
	ask_close(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_carries_its_headers),
		cmocka_unit_test(a_handler_that_says_nothing_is_a_fault),
		cmocka_unit_test(a_connection_serves_many_requests),
		cmocka_unit_test(requests_sent_at_once_are_answered_in_their_order),
		cmocka_unit_test(a_body_comes_whole_however_it_is_cut),
		cmocka_unit_test(a_long_body_passes_up_to_its_limit),
		cmocka_unit_test(what_must_be_there_with_a_body_is_asked_for),
		cmocka_unit_test(what_is_no_request_hurts_nobody),
		cmocka_unit_test(a_head_that_does_not_end_is_refused),
		cmocka_unit_test(a_request_that_drips_is_ended),
		cmocka_unit_test(a_connection_that_is_idle_is_ended),
		cmocka_unit_test(a_slow_handler_does_not_hold_up_others),
		cmocka_unit_test(a_stop_finishes_what_runs_and_takes_no_more),
		cmocka_unit_test(a_stop_does_not_wait_for_idle_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
