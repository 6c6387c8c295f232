/* SPDX-License-Identifier: Apache-2.0 */
/* What pages are told: in order, whole, and nothing that was to be forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include <cmocka.h>

int64_t __wrap_clock_ms(void);

static int64_t now = 5000;

int64_t __wrap_clock_ms(void)
{
	return now;
}

static struct hub hub;

static int fresh(void **state)
{
	(void)state;
	hub_init(&hub);
	return 0;
}

static int gone(void **state)
{
	(void)state;
	hub_free(&hub);
	return 0;
}

static struct http_stream open_page(void)
{
	struct http_stream s = {0};

	assert_int_equal(events_open(&hub, &s, NULL), RP_OK);
	return s;
}

/* All that this page is told now, read in pieces of `piece` bytes; static. */
static const char *told(const struct http_stream *s, size_t piece)
{
	static char all[200000];
	size_t n = 0;
	ssize_t got;

	while ((got = s->next(s->state, all + n, piece)) > 0)
		n += (size_t)got;
	all[n] = '\0';
	return got < 0 ? "closed" : all;
}

static void say(const char *name, const char *json)
{
	events_say(&hub, name, strdup(json));
}

static void pages_are_told_in_order_and_whole(void **state)
{
	const struct http_stream one = open_page(), two = open_page();
	const char *wanted = "event: readers\ndata: {\"a\":1}\n\nevent: card\ndata: {\"b\":2}\n\n";

	(void)state;
	assert_string_equal(told(&one, 100), "retry: 1000\n\n");
	say("readers", "{\"a\":1}");
	say("card", "{\"b\":2}");
	assert_string_equal(told(&one, 100), wanted);
	assert_string_equal(told(&one, 100), "");
	/* However small the pieces are. */
	assert_string_equal(told(&two, 1) + strlen("retry: 1000\n\n"), wanted);
	one.end(one.state);
	two.end(two.state);
}

static void a_page_that_comes_new_is_told_how_things_are(void **state)
{
	struct http_stream s;

	(void)state;
	say("readers", "1");
	say("card", "2");
	say("readers", "3");
	say("ping", "{}");
	s = open_page();
	assert_string_equal(told(&s, 100),
			    "retry: 1000\n\nevent: readers\ndata: 3\n\nevent: card\ndata: 2\n\n");
	say("card", "4");
	assert_string_equal(told(&s, 100), "event: card\ndata: 4\n\n");
	s.end(s.state);
}

static void what_is_forgotten_is_told_to_nobody(void **state)
{
	const struct http_stream late = open_page();
	struct http_stream fresh_page;

	(void)state;
	(void)told(&late, 100);
	say("card", "{\"number\":\"1234\"}");
	say("end", "{\"receipt\":\"R\"}");
	events_forget(&hub, EVENT_CARD);
	events_forget(&hub, EVENT_END);
	say("gone", "{}");
	fresh_page = open_page();
	assert_string_equal(told(&fresh_page, 100), "retry: 1000\n\n");
	/* Nor to a page that has not read it yet. */
	assert_null(strstr(told(&late, 100), "1234"));
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		assert_true(hub.ring[i] == NULL || strstr(hub.ring[i], "number") == NULL);
	late.end(late.state);
	fresh_page.end(fresh_page.state);
}

static void a_page_that_is_too_slow_is_closed(void **state)
{
	const struct http_stream slow = open_page(), late = open_page();

	(void)state;
	(void)told(&slow, 100);
	(void)told(&late, 100);
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		say("ping", "{}");
	assert_int_equal(strlen(told(&late, 100)), EVENTS_KEPT * strlen("event: ping\ndata: {}\n\n"));
	say("ping", "{}");
	assert_string_equal(told(&slow, 100), "closed");
	assert_string_equal(told(&late, 100), "event: ping\ndata: {}\n\n");
	slow.end(slow.state);
	late.end(late.state);
}

static void pages_are_counted(void **state)
{
	struct http_stream one, two;
	int64_t left = 0;

	(void)state;
	assert_int_equal(events_pages(&hub, &left), 0);
	one = open_page();
	two = open_page();
	assert_int_equal(events_pages(&hub, &left), 2);
	one.end(one.state);
	now += 700;
	two.end(two.state);
	assert_int_equal(events_pages(&hub, &left), 0);
	assert_true(left == now);
}

static void no_memory_for_an_event_is_no_event(void **state)
{
	const struct http_stream s = open_page();

	(void)state;
	(void)told(&s, 100);
	events_say(&hub, "card", NULL);
	events_say_json(&hub, "card", NULL);
	assert_string_equal(told(&s, 100), "");
	events_say_json(&hub, "card", json_pack("{s:s}", "text", "a\nb"));
	assert_string_equal(told(&s, 100), "event: card\ndata: {\"text\":\"a\\nb\"}\n\n");
	s.end(s.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pages_are_told_in_order_and_whole, fresh, gone),
		cmocka_unit_test_setup_teardown(a_page_that_comes_new_is_told_how_things_are, fresh, gone),
		cmocka_unit_test_setup_teardown(what_is_forgotten_is_told_to_nobody, fresh, gone),
		cmocka_unit_test_setup_teardown(a_page_that_is_too_slow_is_closed, fresh, gone),
		cmocka_unit_test_setup_teardown(pages_are_counted, fresh, gone),
		cmocka_unit_test_setup_teardown(no_memory_for_an_event_is_no_event, fresh, gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
