/* SPDX-License-Identifier: Apache-2.0 */
/* The card in a process of its own; the test is the vpcd that it finds. */
#include "base/clock.h"
#include "dummy.h"
#include "vcard/vpcd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { WAIT_MS = 5000, SHORT_MS = 300 };

struct reader {
	int listener, sock, ready;
	pid_t card;
};

static int listen_somewhere(char *ret_port, size_t cap)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof a;

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(ret_port, cap, "%d", ntohs(a.sin_port));
	return fd;
}

static int be_the_card(const char *port, const char *script, const char *trace, int ready, int wait_ms)
{
	struct vpcd_options o = {.host = "127.0.0.1", .port = port, .wait_ms = wait_ms, .reinsert_ms = 100};
	struct rp_error err = RP_ERROR_INIT;
	struct vcard *c = dummy_card(NULL);
	rp_code rc = RP_OK;

	o.ready = fdopen(ready, "w");
	if (script != NULL)
		rc = faults_parse(script, &o.faults, &err);
	if (trace != NULL)
		o.trace = fopen(trace, "w");
	if (rc == RP_OK)
		rc = vpcd_run(c, &o, &err);
	if (rc != RP_OK)
		(void)fprintf(stderr, "# the card says: %s\n", err.story);
	faults_free(o.faults);
	if (o.trace != NULL)
		(void)fclose(o.trace);
	if (o.ready != NULL)
		(void)fclose(o.ready);
	vcard_free(c);
	return (int)rc;
}

static struct reader start(const char *script, const char *trace, int wait_ms)
{
	struct reader r = {.sock = -1};
	char port[8];
	int ends[2];

	r.listener = listen_somewhere(port, sizeof port);
	assert_int_equal(pipe(ends), 0);
	r.card = fork();
	assert_true(r.card >= 0);
	if (r.card == 0) {
		close(ends[0]);
		close(r.listener);
		_exit(be_the_card(port, script, trace, ends[1], wait_ms));
	}
	close(ends[1]);
	r.ready = ends[0];
	return r;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

static void take_card(struct reader *r)
{
	if (r->sock >= 0)
		close(r->sock);
	assert_true(readable(r->listener, WAIT_MS));
	r->sock = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(r->sock >= 0);
}

static void put(struct reader *r, const char *hex)
{
	uint8_t bytes[600];
	size_t len = 0;

	assert_true(hex_read(hex, bytes, sizeof bytes, &len));
	assert_int_equal(send(r->sock, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* What comes within the time: an answer in hex, "closed", or "" for nothing. */
static const char *get(struct reader *r, int ms)
{
	static char hex[1300];
	uint8_t head[2], body[600];
	size_t len;
	ssize_t n;

	if (!readable(r->sock, ms))
		return "";
	n = recv(r->sock, head, 2, MSG_WAITALL);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return "closed";
	assert_int_equal(n, 2);
	len = (size_t)(head[0] << 8 | head[1]);
	assert_true(len <= sizeof body);
	if (len > 0)
		assert_int_equal(recv(r->sock, body, len, MSG_WAITALL), (ssize_t)len);
	assert_true(hex_of(body, len, hex, sizeof hex));
	return len == 0 ? "empty" : hex;
}

static void asks(struct reader *r, const char *message, const char *answer)
{
	put(r, message);
	assert_string_equal(get(r, WAIT_MS), answer);
}

#define GET_ATR "000104"
#define ATR "3B828001445512"
#define VERIFY "000B" RIGHT_SIGN
#define WRONG "0009" WRONG_SIGN
#define VERIFIED "000500CA008101"

/* As a reader does: take the card, look, switch it on. */
static struct reader start_ready(const char *script, const char *trace)
{
	struct reader r = start(script, trace, WAIT_MS);
	char line[16] = "";

	take_card(&r);
	asks(&r, GET_ATR, ATR);
	assert_true(readable(r.ready, WAIT_MS));
	assert_int_equal(read(r.ready, line, sizeof line), 6);
	assert_string_equal(line, "ready\n");
	put(&r, "000101");
	return r;
}

static int ends_with(struct reader *r)
{
	int status = -1, i;

	for (i = 0; i < 500; i++) {
		if (waitpid(r->card, &status, WNOHANG) == r->card)
			break;
		(void)usleep(10000);
	}
	if (i == 500) {
		(void)kill(r->card, SIGKILL);
		(void)waitpid(r->card, &status, 0);
		fail_msg("the card does not end");
	}
	if (r->sock >= 0)
		close(r->sock);
	close(r->listener);
	close(r->ready);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void stop(struct reader *r)
{
	assert_int_equal(kill(r->card, SIGTERM), 0);
	assert_int_equal(ends_with(r), 0);
}

static void a_card_speaks_the_protocol(void **state)
{
	struct reader r = start_ready(NULL, NULL);

	(void)state;
	asks(&r, VERIFY, "9000");
	asks(&r, GET_ATR, ATR); /* being looked at changes nothing */
	asks(&r, VERIFIED, "019000");
	put(&r, "000102");
	asks(&r, VERIFIED, "009000");
	asks(&r, VERIFY, "9000");
	put(&r, "000100000101");
	asks(&r, VERIFIED, "009000");
	asks(&r, "000155", "6700"); /* one byte that is no control */
	asks(&r, "0000", "6700");
	stop(&r);
}

static void messages_come_in_any_pieces(void **state)
{
	struct reader r = start_ready(NULL, NULL);
	const char *byte;

	(void)state;
	for (byte = WRONG; *byte != '\0'; byte += 2) {
		char one[3] = {byte[0], byte[1], '\0'};

		put(&r, one);
		(void)usleep(2000);
	}
	assert_string_equal(get(&r, WAIT_MS), "63C4");
	put(&r, GET_ATR WRONG GET_ATR "0004002000");
	assert_string_equal(get(&r, WAIT_MS), ATR);
	assert_string_equal(get(&r, WAIT_MS), "63C3");
	assert_string_equal(get(&r, WAIT_MS), ATR);
	assert_string_equal(get(&r, SHORT_MS), "");
	asks(&r, "81", "63C3");
	stop(&r);
}

static void the_longest_message_is_answered(void **state)
{
	static uint8_t message[2 + 65535];
	struct reader r = start_ready(NULL, NULL);

	(void)state;
	memset(message, 0xFF, 2);
	assert_int_equal(send(r.sock, message, sizeof message, MSG_NOSIGNAL), (ssize_t)sizeof message);
	assert_string_equal(get(&r, WAIT_MS), "6700");
	stop(&r);
}

/* Like vpcd, which sends length and body apart with Nagle's algorithm on: a lazy client costs 40 ms each. */
static void a_hundred_commands_take_no_time(void **state)
{
	struct reader r = start_ready(NULL, NULL);
	const int64_t begin = clock_ms();
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		put(&r, "0004");
		asks(&r, "00200081", "63C5");
	}
	assert_true(clock_ms() - begin < 2000);
	stop(&r);
}

static void a_mute_card_stays_mute(void **state)
{
	struct reader r = start_ready("apdu 2 mute", NULL);

	(void)state;
	asks(&r, WRONG, "63C4");
	put(&r, WRONG);
	assert_string_equal(get(&r, SHORT_MS), "");
	put(&r, GET_ATR "000100000101" WRONG);
	assert_string_equal(get(&r, SHORT_MS), "");
	stop(&r);
}

static void a_cut_card_comes_back_without_an_answer(void **state)
{
	struct reader r = start_ready("ins 20 #2 cut-after\n", NULL);

	(void)state;
	asks(&r, VERIFY, "9000");
	put(&r, WRONG);
	assert_string_equal(get(&r, WAIT_MS), "closed");
	assert_false(readable(r.listener, 50)); /* back after 100 ms */
	take_card(&r);
	asks(&r, GET_ATR, ATR);
	asks(&r, VERIFIED, "009000");
	asks(&r, "000400200081", "63C4");
	stop(&r);
}

static void a_removed_card_ends_its_program(void **state)
{
	struct reader r = start_ready("apdu 1 remove\n", NULL);

	(void)state;
	put(&r, WRONG);
	assert_string_equal(get(&r, WAIT_MS), "closed");
	assert_int_equal(ends_with(&r), 0);
}

static void a_delayed_answer_comes_late(void **state)
{
	struct reader r = start_ready("apdu 1 delay 400\napdu 2 delay 60000\napdu 3 delay 60000\n", NULL);

	(void)state;
	put(&r, WRONG);
	assert_string_equal(get(&r, 100), "");
	assert_string_equal(get(&r, WAIT_MS), "63C4");
	put(&r, WRONG);
	close(r.sock); /* nobody waits for it any more */
	r.sock = -1;
	take_card(&r);
	asks(&r, GET_ATR, ATR);
	put(&r, WRONG);
	(void)usleep(50000);
	stop(&r); /* in the middle of a delay */
}

static void signals_take_it_out_and_put_it_in(void **state)
{
	struct reader r = start_ready(NULL, NULL);

	(void)state;
	asks(&r, VERIFY, "9000");
	assert_int_equal(kill(r.card, SIGUSR1), 0);
	assert_string_equal(get(&r, WAIT_MS), "closed");
	assert_false(readable(r.listener, SHORT_MS));
	assert_int_equal(kill(r.card, SIGUSR1), 0); /* it is out already */
	assert_int_equal(kill(r.card, SIGUSR2), 0);
	take_card(&r);
	asks(&r, GET_ATR, ATR);
	asks(&r, VERIFIED, "009000");
	assert_int_equal(kill(r.card, SIGUSR2), 0); /* it is in already */
	asks(&r, VERIFIED, "009000");
	assert_int_equal(kill(r.card, SIGINT), 0);
	assert_int_equal(ends_with(&r), 0);
}

static void a_card_outlives_its_reader(void **state)
{
	struct reader r = start_ready(NULL, NULL);

	(void)state;
	asks(&r, WRONG, "63C4");
	take_card(&r); /* closes the old connection */
	asks(&r, GET_ATR, ATR);
	asks(&r, "000400200081", "63C4");
	stop(&r);
}

static void without_a_reader_it_gives_up(void **state)
{
	struct reader r = start(NULL, NULL, 200);

	(void)state;
	close(r.listener);
	r.listener = dup(r.ready); /* for ends_with to close */
	assert_int_equal(ends_with(&r), RP_E_FAULT);

	r = start(NULL, NULL, 200); /* a reader that never looks: it has another card */
	take_card(&r);
	assert_int_equal(ends_with(&r), RP_E_FAULT);
}

static void the_diary_tells_all(void **state)
{
	struct reader r;
	char text[600] = "";
	FILE *f;

	(void)state;
	r = start_ready("apdu 2 cut-before\n", dummy_path("diary"));
	asks(&r, WRONG, "63C4");
	put(&r, "000400200081");
	assert_string_equal(get(&r, WAIT_MS), "closed");
	take_card(&r);
	asks(&r, GET_ATR, ATR);
	put(&r, "000102");
	asks(&r, "000400200081", "63C4");
	stop(&r);
	f = fopen(dummy_path("diary"), "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof text - 1, f) > 0);
	(void)fclose(f);
	assert_string_equal(text, "# put in\n# power on\n"
				  "1 " WRONG_SIGN " 63C4 | sign=5 auth=3 | sign=4 auth=3\n"
				  "2 00200081 - | sign=4 auth=3 | sign=4 auth=3\n"
				  "# power was cut\n# put in\n# reset\n"
				  "3 00200081 63C4 | sign=4 auth=3 | sign=4 auth=3\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_speaks_the_protocol),
		cmocka_unit_test(messages_come_in_any_pieces),
		cmocka_unit_test(the_longest_message_is_answered),
		cmocka_unit_test(a_hundred_commands_take_no_time),
		cmocka_unit_test(a_mute_card_stays_mute),
		cmocka_unit_test(a_cut_card_comes_back_without_an_answer),
		cmocka_unit_test(a_removed_card_ends_its_program),
		cmocka_unit_test(a_delayed_answer_comes_late),
		cmocka_unit_test(signals_take_it_out_and_put_it_in),
		cmocka_unit_test(a_card_outlives_its_reader),
		cmocka_unit_test(without_a_reader_it_gives_up),
		cmocka_unit_test(the_diary_tells_all),
	};

	return cmocka_run_group_tests_name("vcard in a reader", tests, dummy_enter, dummy_leave);
}
