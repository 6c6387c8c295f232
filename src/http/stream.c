/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers without an end. libmicrohttpd asks for bytes; when there are none the connection is suspended, and
 * http_wake resumes it. A reader that is slow is never waited for: its socket is full, nothing is asked of
 * `next`, and the caller's own bound ends it.
 */
#include "http/internal.h"

#include <microhttpd.h>
#include <stdlib.h>

#define STREAM_BLOCK 4096

static ssize_t give(void *arg, uint64_t at, char *ret, size_t cap)
{
	struct streaming *s = arg;
	ssize_t n;

	(void)at;
	/* The lock is held over both, so that a wake between them is not lost. */
	(void)pthread_mutex_lock(&s->h->streams_lock);
	n = atomic_load(&s->h->stopping) ? -1 : s->s.next(s->s.state, ret, cap);
	if (n == 0) {
		s->waits = true;
		MHD_suspend_connection(s->mhd);
	}
	(void)pthread_mutex_unlock(&s->h->streams_lock);
	return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static void forget(void *arg)
{
	struct streaming *s = arg, **at;

	(void)pthread_mutex_lock(&s->h->streams_lock);
	for (at = &s->h->streams; *at != NULL && *at != s;)
		at = &(*at)->next;
	if (*at != NULL)
		*at = s->next;
	(void)pthread_mutex_unlock(&s->h->streams_lock);
	if (s->s.end != NULL)
		s->s.end(s->s.state);
	free(s);
}

struct MHD_Response *stream_response(struct req *r)
{
	struct streaming *s = calloc(1, sizeof *s);
	struct MHD_Response *m;

	if (s == NULL) {
		if (r->out.stream.end != NULL)
			r->out.stream.end(r->out.stream.state);
		return NULL;
	}
	*s = (struct streaming){.h = r->h, .mhd = r->mhd, .s = r->out.stream};
	(void)pthread_mutex_lock(&r->h->streams_lock);
	s->next = r->h->streams;
	r->h->streams = s;
	(void)pthread_mutex_unlock(&r->h->streams_lock);
	m = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, give, s, forget);
	if (m == NULL)
		forget(s);
	return m;
}

void http_wake(http *h)
{
	(void)pthread_mutex_lock(&h->streams_lock);
	for (struct streaming *s = h->streams; s != NULL; s = s->next)
		if (s->waits) {
			s->waits = false;
			MHD_resume_connection(s->mhd);
		}
	(void)pthread_mutex_unlock(&h->streams_lock);
}
