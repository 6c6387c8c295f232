/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the client talks to, how long, how often, and what it takes for an answer. */
#include "kit.h"

#include <unistd.h>

static rp_code ask_nonce(void)
{
	uint8_t nonce[16] = {0};
	rp_code rc;

	err = (struct rp_error)RP_ERROR_INIT;
	rc = port.nonce(port.arg, nonce, &err);
	assert_int_equal(nonce[15], rc == RP_OK ? 0x0F : 0);
	return rc;
}

static void a_number_is_asked_for_and_read(void **state)
{
	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS(NONCE)));
	assert_string_equal(port.issuer, "test");
	assert_string_equal(port.terminal, "home");
	assert_non_null(json_object_get(client_public(one), "more"));
	assert_int_equal(ask_nonce(), RP_OK);
	assert_true(was_asked("GET /v1/issuer HTTP/1.1\r\n"));
	assert_true(was_asked("GET /v1/nonce HTTP/1.1\r\n"));
	assert_false(was_asked("Idempotency-Key"));
	assert_false(was_asked("Authorization"));
}

static void one_connection_serves_many_questions(void **state)
{
	(void)state;
	start(STEPS(SAYS(ISSUER), SAYS(NONCE)));
	for (int i = 0; i < 5; i++)
		assert_int_equal(ask_nonce(), RP_OK);
	assert_int_equal(peer_requests(&peer), 6);
	assert_int_equal(peer_connections(&peer), 1);
}

static void only_https_addresses_are_taken(void **state)
{
	static const char *const bad[] = {"http://127.0.0.1:1", "https://",	      "https://a/b",
					  "https://u:p@a",	"https://a?b",	      "ftp://a",
					  "HTTPS://a",		"https://:8443",      "https://a\r\nb",
					  "file:///etc/passwd", "https://a//",	      "",
					  "https://a b",	"https://[::1]/v1/x", "https://a#b"};
	client *c = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct client_conf conf = {.url = bad[i]};

		assert_int_equal(client_new(&conf, &c, &err), RP_E_CONFIG);
		assert_null(c);
	}
	assert_int_equal(client_new(&(struct client_conf){.url = NULL}, &c, &err), RP_E_CONFIG);
	assert_int_equal(client_new(&(struct client_conf){.url = "https://[::1]:8443/"}, &c, &err), RP_OK);
	client_free(c);
}

static void half_a_terminal_is_refused(void **state)
{
	char key[128], ca[128];
	struct client_conf conf = {.url = "https://a", .key_file = key};
	client *c = NULL;

	(void)state;
	(void)snprintf(key, sizeof key, "%s/desk.key", peer.dir);
	(void)snprintf(ca, sizeof ca, "%s/none.pem", peer.dir);
	assert_int_equal(client_new(&conf, &c, &err), RP_E_CONFIG);
	conf.cert_file = key; /* a key is no certificate */
	assert_int_equal(client_new(&conf, &c, &err), RP_E_CONFIG);
	conf.cert_file = ca;
	assert_int_equal(client_new(&conf, &c, &err), RP_E_CONFIG);
	assert_null(c);
}

static void a_server_of_another_authority_is_not_asked(void **state)
{
	char ca[128];
	const struct client_conf conf = {.url = peer.url, .ca_file = ca, .timeout_ms = 5000};

	(void)state;
	peer_start(&peer, STEPS(SAYS(ISSUER)));
	(void)snprintf(ca, sizeof ca, "%s/other-ca.pem", peer.dir);
	assert_int_equal(client_new(&conf, &one, &err), RP_OK);
	assert_int_equal(client_port(one, &port, &err), RP_E_ISSUER_AWAY);
	assert_int_equal(peer_requests(&peer), 0);
	assert_int_equal(peer_connections(&peer), 1); /* and not asked again */
}

static void a_certificate_for_another_name_is_not_trusted(void **state)
{
	char ca[128], url[64];
	const struct client_conf conf = {.url = url, .ca_file = ca, .timeout_ms = 5000};

	(void)state;
	peer_start(&peer, STEPS(SAYS(ISSUER)));
	(void)snprintf(ca, sizeof ca, "%s/ca.pem", peer.dir);
	(void)snprintf(url, sizeof url, "https://localhost:%u", peer.port);
	assert_int_equal(client_new(&conf, &one, &err), RP_OK);
	assert_int_equal(client_port(one, &port, &err), RP_E_ISSUER_AWAY);
	assert_int_equal(peer_requests(&peer), 0);
}

static void an_authority_that_cannot_be_read_is_a_fault_of_the_configuration(void **state)
{
	const struct client_conf conf = {.url = peer.url, .ca_file = "/nonexistent/ca.pem"};

	(void)state;
	peer_start(&peer, STEPS(SAYS(ISSUER)));
	assert_int_equal(client_new(&conf, &one, &err), RP_OK);
	assert_int_equal(client_port(one, &port, &err), RP_E_CONFIG);
}

static void a_server_without_tls_gets_nothing(void **state)
{
	(void)state;
	peer.plain = true;
	peer_start(&peer, STEPS(SAYS(ISSUER)));
	one = new_client(1000, false);
	assert_int_equal(client_port(one, &port, &err), RP_E_ISSUER_AWAY);
	assert_false(was_asked("/v1/issuer"));
}

static void proxies_of_the_environment_are_not_used(void **state)
{
	static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(setenv(names[i], "http://127.0.0.1:1", 1), 0);
	start(STEPS(SAYS(ISSUER), SAYS(NONCE)));
	assert_int_equal(ask_nonce(), RP_OK);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(unsetenv(names[i]), 0);
}

static void a_redirect_is_not_followed(void **state)
{
	(void)state;
	start(STEPS(
		SAYS(ISSUER),
		{.act = PEER_ANSWERS, .status = 307, .body = NONCE, .headers = "Location: /v1/issuer\r\n"}));
	assert_int_equal(ask_nonce(), RP_E_ISSUER_AWAY);
	assert_int_equal(peer_requests(&peer), 2);
}

static void an_answer_has_at_most_64_kib(void **state)
{
	(void)state;
	start(STEPS(
		SAYS(ISSUER),
		{.act = PEER_ANSWERS, .status = 200, .body = NONCE, .pad = JSON_BYTES_MAX - sizeof NONCE + 1},
		{.act = PEER_ANSWERS,
		 .status = 200,
		 .body = NONCE,
		 .pad = JSON_BYTES_MAX - sizeof NONCE + 2}));
	assert_int_equal(ask_nonce(), RP_OK);
	assert_int_equal(ask_nonce(), RP_E_ISSUER_AWAY);
	assert_non_null(strstr(err.story, "more than 65536 bytes"));
	assert_int_equal(peer_requests(&peer), 3); /* it is an answer: not asked again */
}

static void what_has_no_answer_is_asked_three_times(void **state)
{
	(void)state;
	start(STEPS(SAYS(ISSUER), {.act = PEER_CLOSES}));
	assert_int_equal(ask_nonce(), RP_E_ISSUER_AWAY);
	/* One that was open before may have been closed meanwhile: libcurl asks once more by itself. */
	assert_in_range(peer_requests(&peer), 4, 5);
}

static void half_an_answer_is_none(void **state)
{
	(void)state;
	start(STEPS(SAYS(ISSUER), {.act = PEER_CUTS, .status = 200, .body = NONCE}, SAYS(NONCE)));
	assert_int_equal(ask_nonce(), RP_OK);
	assert_int_equal(peer_requests(&peer), 3);
}

static void nobody_listening_is_away(void **state)
{
	(void)state;
	start(STEPS(SAYS(ISSUER)));
	peer_stop(&peer);
	assert_int_equal(ask_nonce(), RP_E_ISSUER_AWAY);
}

/* --- time --- */

static void a_server_that_hangs_is_given_up_after_three_attempts(void **state)
{
	const int64_t begin = clock_ms();

	(void)state;
	peer_start(&peer, STEPS({.act = PEER_HANGS}));
	one = new_client(200, false);
	assert_int_equal(client_port(one, &port, &err), RP_E_ISSUER_AWAY);
	assert_in_range(clock_ms() - begin, 600, 8000);
}

static void the_deadline_ends_all_attempts(void **state)
{
	const int64_t begin = clock_ms();
	const struct rp_wait w = {.deadline_ms = begin + 300, .cancel_fd = -1};

	(void)state;
	peer_start(&peer, STEPS({.act = PEER_HANGS}));
	one = new_client(20000, false);
	client_wait(one, &w);
	assert_int_equal(client_port(one, &port, &err), RP_E_TIMEOUT);
	assert_in_range(clock_ms() - begin, 300, 15000); /* not the 20 s of the client; valgrind is slow */
	assert_int_equal(client_port(one, &port, &err), RP_E_TIMEOUT); /* and every later call */
}

static void cancelling_ends_a_wait_at_once(void **state)
{
	int pipe_fds[2];
	struct rp_wait w = {.deadline_ms = INT64_MAX};
	int64_t begin;

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	w.cancel_fd = pipe_fds[0];
	peer_start(&peer, STEPS({.act = PEER_HANGS}));
	one = new_client(20000, false);
	client_wait(one, &w);
	begin = clock_ms();
	if (fork() == 0) {
		(void)usleep(200000);
		(void)!write(pipe_fds[1], "", 1);
		_exit(0);
	}
	assert_int_equal(client_port(one, &port, &err), RP_E_CANCELLED);
	assert_in_range(clock_ms() - begin, 100, 15000);
	assert_int_equal(client_port(one, &port, &err), RP_E_CANCELLED);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
}

/* --- refusals --- */

static void a_problem_is_a_refusal_with_its_name(void **state)
{
	(void)state;
	start(STEPS(SAYS(ISSUER),
		    REFUSES(403, "{\"type\":\"urn:repin:problem:card-halted\",\"title\":\"x\","
				 "\"status\":403,\"detail\":\"resets went back\",\"next\":\"counter\"}")));
	assert_int_equal(ask_nonce(), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.problem, RP_PROBLEM_CARD_HALTED);
	assert_int_equal(err.tries_left, RP_TRIES_UNKNOWN);
	assert_false(err.spent_at_issuer);
	assert_non_null(strstr(err.story, "resets went back"));
	assert_int_equal(peer_requests(&peer), 2);
}

static void every_problem_of_the_list_is_read(void **state)
{
	(void)state;
	for (enum rp_problem p = RP_PROBLEM_NONE + 1; p < RP_PROBLEMS_N; p++) {
		char text[128];

		(void)snprintf(text, sizeof text, "{\"type\":\"urn:repin:problem:%s\"}", rp_problem_slug(p));
		start(STEPS(SAYS(ISSUER), REFUSES(rp_problem_status(p), text)));
		assert_int_equal(ask_nonce(), RP_E_ISSUER_REFUSED);
		assert_int_equal(err.problem, p);
		(void)end(NULL);
	}
}

static void a_wrong_code_tells_the_tries_that_are_left_at_the_issuer(void **state)
{
	(void)state;
	start(STEPS(
		SAYS(ISSUER), REFUSES(403, "{\"type\":\"urn:repin:problem:code-wrong\",\"tries_left\":2}"),
		REFUSES(403, "{\"type\":\"urn:repin:problem:code-blocked\",\"tries_left\":0}"),
		REFUSES(403,
			"{\"type\":\"urn:repin:problem:code-blocked\",\"tries_left\":0,\"tries_spent\":1}"),
		REFUSES(403,
			"{\"type\":\"urn:repin:problem:code-blocked\",\"tries_left\":0,\"tries_spent\":0}")));
	assert_int_equal(ask_nonce(), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.tries_left, 2);
	assert_int_equal(err.tries_spent, 1);
	assert_true(err.spent_at_issuer);
	assert_int_equal(ask_nonce(), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.problem, RP_PROBLEM_CODE_BLOCKED);
	assert_int_equal(err.tries_left, 0);
	assert_int_equal(err.tries_spent, RP_SPENT_UNKNOWN); /* it did not tell */
	assert_true(err.spent_at_issuer);
	assert_int_equal(ask_nonce(), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.tries_spent, 1);
	assert_int_equal(ask_nonce(), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.tries_spent, 0);
}

static void a_reason_that_has_no_name_here_is_still_a_refusal(void **state)
{
	(void)state;
	start(STEPS(SAYS(ISSUER), REFUSES(403, "{\"type\":\"urn:repin:problem:of-tomorrow\"}")));
	assert_int_equal(ask_nonce(), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.problem, RP_PROBLEM_NONE);
}

/* Whatever else stands there is no answer of an issuer, and never a success. */
static void answers_that_are_none_of_ours_change_nothing(void **state)
{
	static const struct peer_step bad[] = {
		REFUSES(200, NONCE "x"),
		REFUSES(200, ""),
		REFUSES(200, "[]"),
		REFUSES(200, "{"),
		REFUSES(200, "{}"),
		REFUSES(200, "{\"nonce\":null}"),
		REFUSES(200, "{\"nonce\":7}"),
		REFUSES(200, "{\"nonce\":\"0001\"}"),
		REFUSES(200, "{\"nonce\":\"000102030405060708090A0B0C0D0E0G\"}"),
		REFUSES(200, "{\"nonce\":\"000102030405060708090A0B0C0D0E0F00\"}"),
		REFUSES(200, "{\"nonce\":\"000102030405060708090A0B0C0D0E0F\",\"nonce\":\"\"}"),
		REFUSES(204, NONCE),
		REFUSES(304, NONCE),
		REFUSES(502, "{\"type\":\"about:blank\"}"),
		REFUSES(403, "{\"type\":\"urn:repin:problem:\"}"),
		REFUSES(403, "{}"),
		REFUSES(403, "{\"type\":\"urn:repin:problem:code-wrong\",\"tries_left\":-1}"),
		REFUSES(403, "{\"type\":\"urn:repin:problem:code-wrong\",\"tries_left\":1000}"),
		REFUSES(403, "{\"type\":\"urn:repin:problem:code-wrong\",\"detail\":7}"),
		{.act = PEER_ANSWERS, .status = 200, .type = "text/html", .body = NONCE},
		{.act = PEER_ANSWERS, .status = 200, .type = "application/jsonx", .body = NONCE},
		{.act = PEER_ANSWERS,
		 .status = 403,
		 .type = "application/json",
		 .body = "{\"type\":\"urn:repin:problem:slot\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		start(STEPS(SAYS(ISSUER), bad[i]));
		assert_int_equal(ask_nonce(), RP_E_ISSUER_AWAY);
		assert_int_equal(err.tries_spent, 0);
		(void)end(NULL);
	}
}

static void an_issuer_without_a_name_is_none(void **state)
{
	static const char *const bad[] = {"{}", "{\"issuer\":\"\"}", "{\"issuer\":7}",
					  "{\"issuer\":\"a\\nb\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		peer_start(&peer, STEPS(SAYS(bad[i])));
		one = new_client(5000, false);
		port.issuer = NULL;
		assert_int_equal(client_port(one, &port, &err), RP_E_ISSUER_AWAY);
		assert_null(port.issuer);
		(void)end(NULL);
	}
}

/* --- terminals --- */

static void a_terminal_shows_its_certificate(void **state)
{
	(void)state;
	peer.wants_certificate = true;
	peer_start(&peer, STEPS(SAYS(ISSUER), SAYS(NONCE)));
	one = new_client(5000, true);
	assert_int_equal(client_port(one, &port, &err), RP_OK);
	assert_int_equal(strlen(port.terminal), 64);
	assert_int_equal(strspn(port.terminal, "0123456789ABCDEF"), 64);
	assert_int_equal(ask_nonce(), RP_OK);
	client_free(one);
	one = new_client(1000, false);
	assert_int_equal(client_port(one, &port, &err), RP_E_ISSUER_AWAY);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		T(a_number_is_asked_for_and_read),
		T(one_connection_serves_many_questions),
		T(only_https_addresses_are_taken),
		T(half_a_terminal_is_refused),
		T(a_server_of_another_authority_is_not_asked),
		T(a_certificate_for_another_name_is_not_trusted),
		T(an_authority_that_cannot_be_read_is_a_fault_of_the_configuration),
		T(a_server_without_tls_gets_nothing),
		T(proxies_of_the_environment_are_not_used),
		T(a_redirect_is_not_followed),
		T(an_answer_has_at_most_64_kib),
		T(what_has_no_answer_is_asked_three_times),
		T(half_an_answer_is_none),
		T(nobody_listening_is_away),
		T(a_server_that_hangs_is_given_up_after_three_attempts),
		T(the_deadline_ends_all_attempts),
		T(cancelling_ends_a_wait_at_once),
		T(a_problem_is_a_refusal_with_its_name),
		T(every_problem_of_the_list_is_read),
		T(a_wrong_code_tells_the_tries_that_are_left_at_the_issuer),
		T(a_reason_that_has_no_name_here_is_still_a_refusal),
		T(answers_that_are_none_of_ours_change_nothing),
		T(an_issuer_without_a_name_is_none),
		T(a_terminal_shows_its_certificate),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
