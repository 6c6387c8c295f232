/* SPDX-License-Identifier: Apache-2.0 */
/* The second listener, asked over its socket, beside an API that is used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/routes.h"
#include "support/asker.h"
#include "support/play_domain.h"
#include <cmocka.h>

#define HOST "Host: localhost\r\n"

static struct asker asker;
static server *s;

static int set_up(void **state)
{
	const struct server_conf c = {.api.listen = "127.0.0.1:0",
				      .console.listen = "127.0.0.1:0",
				      .metrics.listen = "127.0.0.1:0"};
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	if (server_start(&c, play_domain(), &s, &err) != RP_OK)
		fail_msg("%s", err.story);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	server_stop(s);
	s = NULL;
	return 0;
}

static int get(unsigned port, const char *path)
{
	char text[256];
	int status;

	assert_true(ask_open(&asker, port));
	(void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" HOST "\r\n", path);
	status = ask(&asker, text);
	ask_close(&asker);
	return status;
}

static void has_line(const char *line)
{
	char whole[256];

	(void)snprintf(whole, sizeof whole, "\n%s\n", line);
	if (strstr(asker.body, whole) == NULL)
		fail_msg("no line: %s", line);
}

static void health_is_the_process_and_readiness_the_issuer(void **state)
{
	(void)state;
	assert_int_equal(get(server_metrics_port(s), "/healthz"), 200);
	assert_int_equal(get(server_metrics_port(s), "/readyz"), 200);
	(void)rp_fail(&play.fail, RP_E_STORE_AWAY, "the database at 10.1.2.3 is gone");
	assert_int_equal(get(server_metrics_port(s), "/healthz"), 200);
	assert_int_equal(get(server_metrics_port(s), "/readyz"), 503);
	assert_null(strstr(asker.body, "10.1.2.3"));
	assert_int_equal(get(server_metrics_port(s), "/metrics"), 200);
	has_line("repin_ready 0");
	assert_null(strstr(asker.body, "repin_log_seal_wait_seconds"));
}

static void each_listener_has_its_own_addresses(void **state)
{
	(void)state;
	assert_int_equal(get(server_port(s), "/metrics"), 404);
	assert_int_equal(get(server_port(s), "/healthz"), 404);
	assert_int_equal(get(server_metrics_port(s), "/v1/nonce"), 404);
	assert_int_equal(get(server_console_port(s), "/v1/nonce"), 404);
	assert_int_equal(get(server_console_port(s), "/metrics"), 404);
	assert_int_equal(play.calls, 0);
	/* What is there for POST alone is known as such where it is served, and not known elsewhere. */
	assert_int_equal(get(server_console_port(s), "/v1/operator/sessions"), 405);
	assert_int_equal(get(server_port(s), "/v1/operator/sessions"), 404);
	assert_int_equal(get(server_metrics_port(s), "/v1/operator/sessions"), 404);
	assert_int_equal(get(server_port(s), "/v1/nonce"), 200);
}

static void ask_for_grant(const char *door)
{
	char body[512], text[1024];

	(void)snprintf(body, sizeof body,
		       "{\"card\":{\"profile\":\"gids\",\"number\":\"0A\",\"slot\":\"pin\"},\"door\":\"%s\","
		       "\"evidence\":{}}",
		       door);
	(void)snprintf(text, sizeof text,
		       "POST /v1/grants HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
		       "Idempotency-Key: 0123456789abcdef\r\nContent-Length: %zu\r\n\r\n%s",
		       strlen(body), body);
	assert_true(ask_open(&asker, server_port(s)));
	assert_int_not_equal(ask(&asker, text), 0);
	ask_close(&asker);
}

static void requests_and_grants_are_counted(void **state)
{
	(void)state;
	assert_int_equal(get(server_port(s), "/v1/nonce"), 200);
	assert_int_equal(get(server_port(s), "/none"), 404);
	ask_for_grant("kiosk");
	ask_for_grant("kiosk");
	(void)rp_refuse(&play.fail, RP_PROBLEM_CODE_WRONG, "%s", "");
	ask_for_grant("user-code");
	(void)rp_fail(&play.fail, RP_E_STORE, "no disk");
	ask_for_grant("evil\\\"}");
	ask_for_grant("window");
	play.fail.code = RP_OK;
	assert_int_equal(get(server_metrics_port(s), "/metrics"), 200);
	has_line("repin_http_requests_total{class=\"2xx\"} 3");
	has_line("repin_http_requests_total{class=\"4xx\"} 3");
	has_line("repin_http_requests_total{class=\"5xx\"} 1");
	has_line("repin_http_request_duration_seconds_count 7");
	has_line("repin_http_request_duration_seconds_bucket{le=\"+Inf\"} 7");
	has_line("repin_grant_requests_total{door=\"kiosk\",outcome=\"granted\"} 2");
	has_line("repin_grant_requests_total{door=\"user-code\",outcome=\"refused\"} 1");
	has_line("repin_grant_requests_total{door=\"other\",outcome=\"failed\"} 1");
	has_line("repin_grants_total{door=\"kiosk\"} 3");
	has_line("# TYPE repin_seal_lag_seconds gauge");
	has_line("repin_log_seal_wait_seconds 1.250");
	has_line("repin_ready 1");
}

/* Source: Prometheus' exposition formats, text-based format: NAME[{LABELS}] VALUE, or a comment. */
static void every_line_is_one_of_the_format(void **state)
{
	static char text[65536];
	char *rest = text;
	unsigned lines = 0;

	(void)state;
	assert_int_equal(get(server_metrics_port(s), "/metrics"), 200);
	(void)snprintf(text, sizeof text, "%s", asker.body);
	assert_int_equal(text[strlen(text) - 1], '\n');
	for (char *line = strsep(&rest, "\n"); line != NULL && line[0] != '\0'; line = strsep(&rest, "\n")) {
		const char *blank = strrchr(line, ' ');
		char *end = NULL;

		lines++;
		if (line[0] == '#') {
			assert_true(strncmp(line, "# HELP repin_", 13) == 0 ||
				    strncmp(line, "# TYPE repin_", 13) == 0);
			continue;
		}
		assert_int_equal(strncmp(line, "repin_", 6), 0);
		assert_non_null(blank);
		(void)strtod(blank + 1, &end);
		assert_int_equal(*end, '\0');
	}
	assert_true(lines > 50);
}

static void without_a_listener_for_metrics_there_is_none(void **state)
{
	const struct server_conf c = {.api.listen = "127.0.0.1:0"};
	server *other = NULL;

	(void)state;
	assert_int_equal(server_start(&c, play_domain(), &other, NULL), RP_OK);
	assert_int_equal(server_metrics_port(other), 0);
	server_stop(other);
}

static void a_listener_that_cannot_be_is_told(void **state)
{
	char taken[32];
	struct server_conf c = {.api.listen = "127.0.0.1:0", .metrics.listen = taken};
	struct rp_error err = RP_ERROR_INIT;
	server *other = NULL;

	(void)state;
	(void)snprintf(taken, sizeof taken, "127.0.0.1:%u", server_port(s));
	assert_int_equal(server_start(&c, play_domain(), &other, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "the listener for metrics"));
	assert_null(other);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(health_is_the_process_and_readiness_the_issuer),
		TEST(each_listener_has_its_own_addresses),
		TEST(requests_and_grants_are_counted),
		TEST(every_line_is_one_of_the_format),
		TEST(without_a_listener_for_metrics_there_is_none),
		TEST(a_listener_that_cannot_be_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
