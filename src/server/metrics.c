/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second listener: is it alive, may it serve, and numbers in Prometheus' text form.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4).
 */
#include "server/routes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METRICS_MAX 32768

struct page {
	char *text;
	size_t len;
	char last[96]; /* the name whose # TYPE line stands already */
};

static void add(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct page *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(p->text + p->len, METRICS_MAX - p->len, fmt, ap);
	va_end(ap);
	/* A line that does not fit is left out whole. */
	if (n > 0 && (size_t)n < METRICS_MAX - p->len)
		p->len += (size_t)n;
	p->text[p->len] = '\0';
}

static void add_type(struct page *p, const char *name, const char *type, const char *help)
{
	add(p, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_one(struct page *p, const char *name, const char *type, const char *help, uint64_t n)
{
	add_type(p, name, type, help);
	add(p, "%s %" PRIu64 "\n", name, n);
}

static void add_durations(struct page *p, const struct http_counts *c)
{
	static const unsigned ends_ms[HTTP_BUCKETS] = HTTP_BUCKETS_MS;
	static const char name[] = "repin_http_request_duration_seconds";
	uint64_t sum = 0;

	add_type(p, name, "histogram", "From the whole request to its answer.");
	for (size_t i = 0; i < HTTP_BUCKETS; i++) {
		sum += c->duration[i];
		add(p, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, ends_ms[i] / 1000.0, sum);
	}
	sum += c->duration[HTTP_BUCKETS];
	add(p, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, sum);
	add(p, "%s_sum %.6f\n%s_count %" PRIu64 "\n", name, (double)c->duration_us / 1e6, name, sum);
}

static void add_http(struct page *p, const struct http_counts *c)
{
	add_type(p, "repin_http_requests_total", "counter", "Answers by class of their status.");
	for (unsigned i = 1; i < 6; i++)
		add(p, "repin_http_requests_total{class=\"%uxx\"} %" PRIu64 "\n", i, c->by_class[i]);
	add_one(p, "repin_http_connections", "gauge", "Connections that are open.", c->connections);
	add_one(p, "repin_http_connections_refused_total", "counter", "Connections over a limit.",
		c->refused);
	add_one(p, "repin_http_bad_certificates_total", "counter",
		"Requests with a client certificate that does not verify.", c->bad_certificates);
	add_one(p, "repin_http_body_in_bytes_total", "counter", "Bytes of bodies that came.", c->bytes_in);
	add_one(p, "repin_http_body_out_bytes_total", "counter", "Bytes of bodies that went.", c->bytes_out);
	add_durations(p, c);
}

/* Of the domain: it gives a name and, where there are some, labels such as door="kiosk". */
static void add_count(void *arg, const char *name, const char *labels, uint64_t n)
{
	struct page *p = arg;
	const bool gauge = strstr(name, "_now") != NULL || strstr(name, "_seconds") != NULL;
	char whole[96];

	(void)snprintf(whole, sizeof whole, "repin_%s%s", name, gauge ? "" : "_total");
	if (strcmp(whole, p->last) != 0)
		add(p, "# TYPE %s %s\n", whole, gauge ? "gauge" : "counter");
	memcpy(p->last, whole, sizeof whole);
	if (labels != NULL && labels[0] != '\0')
		add(p, "%s{%s} %" PRIu64 "\n", whole, labels, n);
	else
		add(p, "%s %" PRIu64 "\n", whole, n);
}

static const char *const doors[GRANT_DOORS_N] = GRANT_DOORS;

void count_grant(struct server *s, const char *door, rp_code rc)
{
	size_t at = 0;

	while (at < GRANT_DOORS_N - 1 && strcmp(doors[at], door) != 0)
		at++;
	s->grants[at][rc == RP_OK ? GRANT_MADE : rc == RP_E_ISSUER_REFUSED ? GRANT_REFUSED : GRANT_FAILED]++;
}

static void add_grants(struct page *p, struct server *s)
{
	static const char *const outcomes[GRANT_OUTCOMES] = {"granted", "refused", "failed"};
	static const char name[] = "repin_grant_requests_total";

	add_type(p, name, "counter", "Requests for a grant that were well-formed, by door and outcome.");
	for (size_t d = 0; d < GRANT_DOORS_N; d++)
		for (size_t o = 0; o < GRANT_OUTCOMES; o++)
			add(p, "%s{door=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", name, doors[d], outcomes[o],
			    (uint64_t)s->grants[d][o]);
}

void route_metrics(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct server *s = arg;
	struct page p = {.text = calloc(1, METRICS_MAX)};
	struct http_counts counts;
	struct rp_error err;
	int64_t waits_ms;

	(void)r;
	if (p.text == NULL) {
		(void)rp_fail(&err, RP_E_NO_MEMORY, "no memory for the metrics");
		http_problem(ret, &err);
		return;
	}
	http_counts(s->api, &counts);
	add_http(&p, &counts);
	add_grants(&p, s);
	issuer_counts(s->issuer, add_count, &p);
	add_one(&p, "repin_ready", "gauge", "1 when it may serve.", issuer_ready(s->issuer, NULL) == RP_OK);
	/* Left out when the database cannot tell: an old number would look like a good one. */
	if (issuer_seal_waits(s->issuer, &waits_ms, NULL) == RP_OK) {
		add_type(&p, "repin_log_seal_wait_seconds", "gauge",
			 "How long the oldest entry of the log has waited for its seal; over ten nothing is granted.");
		add(&p, "repin_log_seal_wait_seconds %.3f\n", (double)waits_ms / 1000.0);
	}
	http_text(ret, 200, "text/plain; version=0.0.4; charset=utf-8", p.text);
	free(p.text);
}

void route_health(void *arg, const struct http_request *r, struct http_answer *ret)
{
	(void)arg;
	(void)r;
	http_text(ret, 200, "text/plain; charset=utf-8", "alive\n");
}

void route_ready(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct server *s = arg;
	struct rp_error err = RP_ERROR_INIT;

	(void)r;
	if (issuer_ready(s->issuer, &err) != RP_OK)
		http_problem(ret, &err);
	else
		http_text(ret, 200, "text/plain; charset=utf-8", "ready\n");
}
