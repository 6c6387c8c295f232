/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/head.h"
#include "http/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VERIFY_AGAIN_MS 60000 /* a certificate may end, or be revoked, while its connection lives */

int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- its life --- */

void request_connection(void *arg, struct MHD_Connection *c, void **conn,
			enum MHD_ConnectionNotificationCode what)
{
	http *h = arg;
	const union MHD_ConnectionInfo *info;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
		*conn = info != NULL ? conns_begin(&h->conns, info->connect_fd) : NULL;
	} else if (*conn != NULL) {
		const struct conn *ending = *conn;

		conns_drop(&h->conns, ending->fd);
		*conn = NULL;
	}
}

void *request_begin(void *arg, const char *uri, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct req *r = calloc(1, sizeof *r);
	uint8_t id[8];

	if (r == NULL || info == NULL || info->socket_context == NULL) {
		free(r);
		return NULL;
	}
	r->h = arg;
	r->conn = info->socket_context;
	r->mhd = c;
	r->query = strchr(uri, '?') != NULL;
	rp_random(id, sizeof id);
	(void)hex_of(id, sizeof id, r->in.id, sizeof r->in.id);
	(void)snprintf(r->in.source, sizeof r->in.source, "%s", r->conn->source);
	conn_is(r->conn, CONN_REQUEST);
	atomic_fetch_add(&r->h->live, 1);
	return r;
}

static void free_wiped(void *p, size_t len)
{
	if (p != NULL)
		rp_wipe(p, len);
	free(p);
}

static void drop_body(struct req *r)
{
	free_wiped(r->body, r->body_len);
	r->body = NULL;
	r->in.body = "";
}

void request_end(void *arg, struct MHD_Connection *c, void **req, enum MHD_RequestTerminationCode why)
{
	struct req *r = *req;
	http *h = arg;

	(void)c;
	(void)why;
	*req = NULL;
	if (r == NULL)
		return;
	drop_body(r);
	free_wiped(r->out.body, r->out.len);
	if (r->out.stream.end != NULL)
		r->out.stream.end(r->out.stream.state); /* it was never sent */
	conn_is(r->conn, CONN_IDLE);
	free_wiped(r, sizeof *r);
	atomic_fetch_sub(&h->live, 1);
}

/* --- the answer --- */

struct sent_body {
	char *bytes;
	size_t len;
};

static void body_was_sent(void *arg)
{
	struct sent_body *b = arg;

	free_wiped(b->bytes, b->len);
	free(b);
}

static void count_answer(struct req *r)
{
	static const int64_t ends_ms[HTTP_BUCKETS] = HTTP_BUCKETS_MS;
	const int64_t took_us = now_us() - r->began_us;
	http *h = r->h;
	size_t at = 0;

	while (at < HTTP_BUCKETS && took_us > 1000 * ends_ms[at])
		at++;
	h->count.requests++;
	h->count.bytes_out += r->out.len;
	h->count.by_class[r->out.status / 100 % 6]++;
	h->count.duration[at]++;
	h->count.duration_us += (uint64_t)took_us;
	log_event(r->out.status >= 500 ? LOG_LVL_WARN : LOG_LVL_INFO, "http.request",
		  "id=%s from=%s method=%s route=%s status=%d us=%lld%s%s%s", r->in.id, r->in.source,
		  r->in.method == HTTP_GET ? "GET" : "POST", r->route != NULL ? r->route->path : "-",
		  r->out.status, (long long)took_us, r->out.story[0] != '\0' ? " story=\"" : "", r->out.story,
		  r->out.story[0] != '\0' ? "\"" : "");
}

static void put_headers(const struct req *r, struct MHD_Response *m)
{
	const char *type = r->out.type != NULL ? r->out.type : "application/json";

	(void)MHD_add_response_header(m, "Content-Type", type);
	(void)MHD_add_response_header(m, "Cache-Control", "no-store");
	(void)MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
	(void)MHD_add_response_header(m, "X-Request-Id", r->in.id);
	if (r->out.retry_after[0] != '\0')
		(void)MHD_add_response_header(m, "Retry-After", r->out.retry_after);
	if (r->allow != NULL)
		(void)MHD_add_response_header(m, "Allow", r->allow);
	if (r->out.status == 401)
		(void)MHD_add_response_header(m, "WWW-Authenticate", "Bearer");
	if (r->close || atomic_load(&r->h->stopping))
		(void)MHD_add_response_header(m, "Connection", "close");
	for (const char *const *at = r->h->headers; at != NULL && at[0] != NULL; at += 2)
		(void)MHD_add_response_header(m, at[0], at[1]);
}

static enum MHD_Result send_stream(struct req *r)
{
	struct MHD_Response *m = stream_response(r);
	enum MHD_Result sent;

	r->out.stream = (struct http_stream){0};
	if (m == NULL)
		return MHD_NO;
	put_headers(r, m);
	count_answer(r);
	r->state = REQ_SENT;
	conn_is(r->conn, CONN_STREAM);
	sent = MHD_queue_response(r->mhd, (unsigned)r->out.status, m);
	MHD_destroy_response(m);
	return sent;
}

static enum MHD_Result send_answer(struct req *r)
{
	struct sent_body *b;
	struct MHD_Response *m;
	enum MHD_Result sent;

	if (r->out.stream.next != NULL)
		return send_stream(r);
	b = malloc(sizeof *b);
	if (r->out.status < 100 || r->out.status > 599 || r->out.body == NULL) {
		struct rp_error err;

		(void)rp_fail(&err, RP_E_FAULT, "no answer was made");
		http_problem(&r->out, &err);
	}
	if (b == NULL || r->out.body == NULL) {
		free(b);
		return MHD_NO;
	}
	*b = (struct sent_body){.bytes = r->out.body, .len = r->out.len};
	m = MHD_create_response_from_buffer_with_free_callback_cls(b->len, b->bytes, body_was_sent, b);
	if (m == NULL) {
		free(b);
		return MHD_NO;
	}
	r->out.body = NULL;
	put_headers(r, m);
	count_answer(r);
	r->state = REQ_SENT;
	conn_is(r->conn, CONN_ANSWER);
	sent = MHD_queue_response(r->mhd, (unsigned)r->out.status, m);
	MHD_destroy_response(m);
	return sent;
}

static void make_problem(struct req *r, enum rp_problem p, const char *what)
{
	struct rp_error err;

	(void)rp_refuse(&err, p, "%s", what != NULL ? what : "");
	http_problem(&r->out, &err);
}

/*
 * A body that is not wanted is read and dropped while it is short, so that the connection lives on:
 * libmicrohttpd closes one that is answered before its body was read, also when there is none. A long body,
 * or one whose end is not known, ends the connection behind the answer.
 */
static enum MHD_Result refuse(struct req *r, enum rp_problem p, const struct head_result *head)
{
	make_problem(r, p, head->what);
	r->allow = head->allow;
	if (head->whole && !r->close && head->body_len <= JSON_BYTES_MAX) {
		r->state = REQ_DROP;
		return MHD_YES;
	}
	r->close = true;
	return send_answer(r);
}

/* --- the head --- */

static enum MHD_Result add_field(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len,
				 const char *value, size_t value_len)
{
	struct head *head = arg;

	(void)kind;
	(void)name_len;
	(void)value_len;
	head_add(head, name, value != NULL ? value : "");
	return MHD_YES;
}

/* False: what the peer showed does not verify. */
static bool verify_peer(struct req *r)
{
	struct conn *conn = r->conn;
	const union MHD_ConnectionInfo *info;
	const char *why = NULL;

	if (r->h->trust == NULL)
		return true;
	if (conn->verified_ms == 0 || clock_ms() - conn->verified_ms > VERIFY_AGAIN_MS) {
		info = MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		if (info == NULL || info->tls_session == NULL)
			return false;
		conn->word = trust_check(r->h->trust, info->tls_session, conn->fingerprint, &why);
		conn->verified_ms = clock_ms();
	}
	if (conn->word == TRUST_BAD) {
		char hex[65] = "";

		(void)hex_of(conn->fingerprint, sizeof conn->fingerprint, hex, sizeof hex);
		r->h->count.bad_certificates++;
		log_event(LOG_LVL_WARN, "http.certificate", "id=%s from=%s sha256=%s why=\"%s\"", r->in.id,
			  r->in.source, hex, why != NULL ? why : "as before");
	}
	r->in.has_certificate = conn->word == TRUST_GOOD;
	if (r->in.has_certificate)
		memcpy(r->in.fingerprint, conn->fingerprint, sizeof r->in.fingerprint);
	return conn->word != TRUST_BAD;
}

static enum MHD_Result take_head(struct req *r, const char *url, const char *method)
{
	struct head head = {.method = method, .url = url, .query = r->query};
	struct head_result result;
	enum rp_problem p;

	r->began_us = now_us();
	r->in.body = "";
	(void)MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, add_field, &head);
	p = head_check(&head, r->h->routes, r->h->n_routes, &r->in, &result);
	r->route = result.route;
	r->body_len = result.body_len;
	if (r->h->allows != NULL && (p == RP_PROBLEM_MALFORMED || !r->h->allows(r->h->arg, &r->in))) {
		http_text(&r->out, 403, "text/plain; charset=utf-8", "refused\n");
		r->close = true;
		/* What came behind the head may be a secret all the same: it is read, and wiped with that. */
		if (!result.whole || r->body_len == 0 || r->body_len > JSON_BYTES_MAX)
			return send_answer(r);
		r->state = REQ_DROP;
		return MHD_YES;
	}
	if (!verify_peer(r)) {
		r->close = true;
		result.what = result.allow = NULL;
		return refuse(r, RP_PROBLEM_TERMINAL, &result);
	}
	if (p == RP_PROBLEM_NONE && atomic_load(&r->h->stopping)) {
		r->close = true;
		p = RP_PROBLEM_NOT_READY;
	}
	if (p != RP_PROBLEM_NONE)
		return refuse(r, p, &result);
	if (r->body_len > 0)
		r->body = calloc(1, r->body_len + 1);
	if (r->body_len > 0 && r->body == NULL)
		return refuse(r, RP_PROBLEM_BUSY, &result);
	r->state = REQ_BODY;
	return MHD_YES;
}

/* --- the body, and the hand-over --- */

static enum MHD_Result take_body(struct req *r, const char *upload, size_t *len)
{
	const size_t n = *len;

	*len = 0;
	r->h->count.bytes_in += n;
	if (r->state == REQ_BODY) {
		if (n > r->body_len - r->body_got)
			return MHD_NO;
		memcpy(r->body + r->body_got, upload, n /* checked: fits */);
		r->body_got += n;
	}
	/* The library's buffer is not wiped when the connection ends, and the text may hold a code. */
	rp_wipe((void *)(uintptr_t)upload, n);
	return MHD_YES;
}

static enum MHD_Result hand_over(struct req *r)
{
	if (r->body != NULL) {
		r->in.body = r->body;
		r->in.body_len = r->body_got;
	}
	r->began_us = now_us();
	r->state = REQ_WORK;
	conn_is(r->conn, CONN_WORK);
	MHD_suspend_connection(r->mhd);
	if (pool_put(&r->h->pool, r))
		return MHD_YES;
	make_problem(r, RP_PROBLEM_BUSY, NULL);
	r->state = REQ_DONE;
	MHD_resume_connection(r->mhd);
	return MHD_YES;
}

void request_work(struct req *r)
{
	struct MHD_Connection *c = r->mhd;

	r->route->handle(r->h->arg, &r->in, &r->out);
	drop_body(r);
	rp_wipe(r->in.bearer, sizeof r->in.bearer);
	r->state = REQ_DONE;
	/* From here on the request is the daemon's thread's. */
	MHD_resume_connection(c);
}

enum MHD_Result request_handle(void *arg, struct MHD_Connection *c, const char *url, const char *method,
			       const char *version, const char *upload, size_t *upload_len, void **req)
{
	struct req *r = *req;

	(void)arg;
	(void)c;
	(void)version;
	if (r == NULL)
		return MHD_NO;
	switch (atomic_load(&r->state)) {
	case REQ_HEAD:
		return take_head(r, url, method);
	case REQ_BODY:
	case REQ_DROP:
		if (*upload_len > 0)
			return take_body(r, upload, upload_len);
		return atomic_load(&r->state) == REQ_BODY ? hand_over(r) : send_answer(r);
	case REQ_DONE:
		return send_answer(r);
	case REQ_WORK:
	case REQ_SENT:
		break;
	}
	return MHD_NO;
}
