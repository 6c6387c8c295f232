/* SPDX-License-Identifier: Apache-2.0 */
/* A server of ours on loopback for a test, with what it serves. Included once, by the test. */
#ifndef REPIN_TESTS_SERVE_RIG_H
#define REPIN_TESTS_SERVE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/http.h"
#include "support/asker.h"
#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HOST "Host: localhost\r\n"

static struct asker one;

static void sleep_ms(long ms)
{
	(void)nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* --- what it serves --- */

static atomic_int in_slow;
static atomic_bool let_go;

static void hello(void *arg, const struct http_request *r, struct http_answer *ret)
{
	(void)arg;
	http_json(ret, 200, json_pack("{s:s,s:s,s:s}", "source", r->source, "id", r->id, "arg", r->arg));
}

static void echo(void *arg, const struct http_request *r, struct http_answer *ret)
{
	(void)arg;
	assert_int_equal(r->body[r->body_len], 0);
	http_text(ret, 200, "text/plain", r->body);
}

static void slow(void *arg, const struct http_request *r, struct http_answer *ret)
{
	(void)arg;
	(void)r;
	in_slow++;
	while (!let_go)
		sleep_ms(5);
	in_slow--;
	http_text(ret, 200, "text/plain", "done");
}

static void says_nothing(void *arg, const struct http_request *r, struct http_answer *ret)
{
	(void)arg;
	(void)r;
	(void)ret;
}

static const struct http_route routes[] = {
	{HTTP_GET, "/hello", false, 0, hello},	  {HTTP_GET, "/hello/*", false, 0, hello},
	{HTTP_POST, "/echo", false, 40000, echo}, {HTTP_POST, "/key", true, 100, echo},
	{HTTP_GET, "/slow", false, 0, slow},	  {HTTP_GET, "/nothing", false, 0, says_nothing},
	{HTTP_POST, "/nobody", false, 0, hello},
};

#define UNUSED __attribute__((unused))

UNUSED static http *serve(struct http_conf c)
{
	struct rp_error err = RP_ERROR_INIT;
	http *h = NULL;

	c.listen = "127.0.0.1:0";
	if (http_start(&c, routes, sizeof routes / sizeof routes[0], NULL, &h, &err) != RP_OK)
		fail_msg("%s", err.story);
	return h;
}

UNUSED static http *serve_usual(void)
{
	return serve((struct http_conf){.threads = 2, .workers = 2, .request_s = 1, .idle_s = 2});
}

UNUSED static void open_one(http *h)
{
	assert_true(ask_open(&one, http_port(h)));
}

UNUSED static int get_hello(struct asker *a)
{
	return ask(a, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
}

#endif
