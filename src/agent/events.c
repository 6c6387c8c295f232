/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pages are told. Events stand in a ring, ready for the wire, and each page has its place in
 * it; one that is so slow that its place was used again is closed and comes back by itself. A page
 * that comes new is first told how things are: the last event of each kind.
 */
#include "agent/agent.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[EVENT_KINDS] = {
	[EVENT_READERS] = "readers",  [EVENT_CARD] = "card",   [EVENT_JOB] = "job",
	[EVENT_END] = "end",	      [EVENT_WORDS] = "words", [EVENT_PANEL] = "panel",
	[EVENT_CUSTOMER] = "customer"};

struct reader_of_events {
	struct hub *hub;
	uint64_t next;
	char *first; /* how things were when it came */
	const char *at;
	char *text; /* being sent */
};

void hub_init(struct hub *e)
{
	*e = (struct hub){.left_ms = clock_ms()};
	(void)pthread_mutex_init(&e->lock, NULL);
}

void hub_free(struct hub *e)
{
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		free(e->ring[i]);
	for (size_t i = 0; i < EVENT_KINDS; i++)
		free(e->last[i]);
	(void)pthread_mutex_destroy(&e->lock);
}

static void keep(char **place, const char *text)
{
	free(*place);
	*place = text != NULL ? strdup(text) : NULL;
}

void events_say(struct hub *e, const char *name, char *json)
{
	char *text = NULL;

	if (json == NULL || asprintf(&text, "event: %s\ndata: %s\n\n", name, json) < 0)
		text = NULL;
	free(json);
	if (text == NULL)
		return;
	(void)pthread_mutex_lock(&e->lock);
	for (size_t i = 0; i < EVENT_KINDS; i++)
		if (strcmp(kinds[i], name) == 0)
			keep(&e->last[i], text);
	free(e->ring[e->next % EVENTS_KEPT]);
	e->ring[e->next % EVENTS_KEPT] = text;
	e->next++;
	(void)pthread_mutex_unlock(&e->lock);
	if (e->h != NULL)
		http_wake(e->h);
}

void events_say_json(struct hub *e, const char *name, json_t *j)
{
	events_say(e, name, j != NULL ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL);
	json_decref(j);
}

void events_forget(struct hub *e, enum event_kind kind)
{
	(void)pthread_mutex_lock(&e->lock);
	keep(&e->last[kind], NULL);
	/* Nor is it kept in the ring for those that read it already. */
	for (uint64_t i = e->next > EVENTS_KEPT ? e->next - EVENTS_KEPT : 0; i < e->next; i++) {
		char *text = e->ring[i % EVENTS_KEPT];

		if (text != NULL && strncmp(text + 7, kinds[kind], strlen(kinds[kind])) == 0 &&
		    text[7 + strlen(kinds[kind])] == '\n')
			(void)snprintf(text, strlen(text) + 1, ": \n\n");
	}
	(void)pthread_mutex_unlock(&e->lock);
}

/* With the lock held: the next text that this page has not had, to be freed; NULL: none now. */
static char *next_text(struct reader_of_events *r, bool *ret_late)
{
	struct hub *e = r->hub;
	char *text;

	*ret_late = e->next - r->next > EVENTS_KEPT;
	if (r->first != NULL) {
		text = r->first;
		r->first = NULL;
		return text;
	}
	if (*ret_late || r->next == e->next)
		return NULL;
	return strdup(e->ring[r->next++ % EVENTS_KEPT]);
}

static ssize_t next(void *state, char *ret, size_t cap)
{
	struct reader_of_events *r = state;
	bool late = false;
	size_t n;

	if (r->text == NULL) {
		(void)pthread_mutex_lock(&r->hub->lock);
		r->text = next_text(r, &late);
		(void)pthread_mutex_unlock(&r->hub->lock);
		r->at = r->text;
	}
	if (r->text == NULL)
		return late ? -1 : 0;
	n = strlen(r->at) < cap ? strlen(r->at) : cap;
	memcpy(ret, r->at, n /* checked: at most cap */);
	r->at += n;
	if (*r->at == '\0') {
		free(r->text);
		r->text = NULL;
	}
	return (ssize_t)n;
}

static void end(void *state)
{
	struct reader_of_events *r = state;

	(void)pthread_mutex_lock(&r->hub->lock);
	r->hub->pages--;
	r->hub->left_ms = clock_ms();
	(void)pthread_mutex_unlock(&r->hub->lock);
	free(r->first);
	free(r->text);
	free(r);
}

/* With the lock held. */
static char *how_things_are(const struct hub *e)
{
	size_t len = sizeof "retry: 1000\n\n";
	char *text;

	for (size_t i = 0; i < EVENT_KINDS; i++)
		len += e->last[i] != NULL ? strlen(e->last[i]) : 0;
	text = malloc(len);
	if (text == NULL)
		return NULL;
	(void)snprintf(text, len, "retry: 1000\n\n");
	for (size_t i = 0; i < EVENT_KINDS; i++)
		if (e->last[i] != NULL)
			(void)snprintf(text + strlen(text), len - strlen(text), "%s", e->last[i]);
	return text;
}

rp_code events_open(struct hub *e, struct http_stream *ret, struct rp_error *err)
{
	struct reader_of_events *r = calloc(1, sizeof *r);

	if (r == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a stream");
	(void)pthread_mutex_lock(&e->lock);
	*r = (struct reader_of_events){.hub = e, .next = e->next, .first = how_things_are(e)};
	e->pages++;
	(void)pthread_mutex_unlock(&e->lock);
	*ret = (struct http_stream){.next = next, .end = end, .state = r};
	return RP_OK;
}

unsigned events_pages(struct hub *e, int64_t *ret_gone_ms)
{
	unsigned n;

	(void)pthread_mutex_lock(&e->lock);
	n = e->pages;
	*ret_gone_ms = e->left_ms;
	(void)pthread_mutex_unlock(&e->lock);
	return n;
}
