/* SPDX-License-Identifier: Apache-2.0 */
#include "server/routes.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of a body: a card and a proof with its certificate, as base64; or a card and codes; or less. */
#define WITH_PROOF 8192
#define WITH_CARD 2048
#define WITH_CERTIFICATES 16384
#define SMALL 1024
#define WITH_SHEET 6144 /* twelve documents with their words */

const struct http_route api_routes[] = {
	{HTTP_GET, "/v1/issuer", false, 0, route_issuer},
	{HTTP_GET, "/v1/nonce", false, 0, route_nonce},
	{HTTP_POST, "/v1/presence", false, WITH_CARD, route_presence},
	{HTTP_POST, "/v1/cases", true, WITH_PROOF, route_reserve},
	{HTTP_POST, "/v1/cases/*/cancel", true, WITH_CARD, route_cancel},
	{HTTP_POST, "/v1/grants", true, WITH_PROOF, route_grant},
	{HTTP_POST, "/v1/grants/*/word", true, SMALL, route_word},
	{HTTP_POST, "/v1/user-code", true, WITH_PROOF, route_user_code},
	{HTTP_POST, "/v1/devices", true, WITH_PROOF, route_device},
	{HTTP_POST, "/v1/operator/sessions", false, SMALL, route_sign_in},
	{HTTP_POST, "/v1/operator/sessions/end", false, SMALL, route_sign_out},
	{HTTP_POST, "/v1/operator/decisions", true, WITH_CARD, route_decide},
	{HTTP_POST, "/v1/operator/revocations", true, WITH_CERTIFICATES, route_revoke},
	{HTTP_POST, "/v1/operator/revocations/*/decision", true, SMALL, route_revoke_decide},
	{HTTP_GET, "/v1/operator/visits", false, 0, route_visits},
	{HTTP_GET, "/v1/operator/visits/days/*", false, 0, route_visits_day},
	{HTTP_POST, "/v1/operator/visits", true, SMALL, route_visit_new},
	{HTTP_POST, "/v1/operator/visits/*/events", true, SMALL, route_visit_event},
	{HTTP_GET, "/v1/operator/applications", false, 0, route_applications},
	{HTTP_GET, "/v1/operator/applications/*", false, 0, route_application},
	{HTTP_POST, "/v1/operator/applications", true, WITH_CARD, route_apply},
	{HTTP_POST, "/v1/operator/applications/*/sheet", true, WITH_SHEET, route_sheet},
	{HTTP_POST, "/v1/operator/applications/*/decision", true, SMALL, route_application_decide},
	{HTTP_POST, "/v1/operator/applications/*/agreement", true, SMALL, route_application_agree},
	{HTTP_POST, "/v1/operator/applications/*/letter", true, SMALL, route_letter},
	{HTTP_POST, "/v1/operator/applications/*/answer", true, SMALL, route_letter_answer},
	{HTTP_POST, "/v1/operator/cases", false, SMALL, route_view_cases},
	{HTTP_GET, "/v1/operator/cases/*", false, 0, route_view_case},
	{HTTP_POST, "/v1/operator/cards/look", false, SMALL, route_view_cards},
	{HTTP_POST, "/v1/operator/cards/enrol", false, JSON_BYTES_MAX, route_enrol},
	{HTTP_GET, "/v1/operator/statistics/*", false, 0, route_view_statistics},
	{HTTP_GET, "/v1/operator/lists/*", false, 0, route_console},
	{HTTP_GET, "/v1/log/checkpoint", false, 0, route_checkpoint},
	{HTTP_GET, "/v1/log/key", false, 0, route_key},
	{HTTP_GET, "/v1/log/receipts/*", false, 0, route_receipt},
	{HTTP_GET, "/v1/log/consistency/*", false, 0, route_consistency},
};
const size_t n_api_routes = sizeof api_routes / sizeof api_routes[0];

static bool begins(const struct http_route *r, const char *prefix)
{
	return strncmp(r->path, prefix, strlen(prefix)) == 0;
}

/*
 * What operators ask is on a listener of its own when there is one; the log, which their page checks, is on
 * both.
 */
static bool serves(const struct http_route *r, bool console, bool public)
{
	return begins(r, "/v1/operator/") ? console : public || begins(r, "/v1/log/");
}

const struct http_route metrics_routes[] = {
	{HTTP_GET, "/healthz", false, 0, route_health},
	{HTTP_GET, "/readyz", false, 0, route_ready},
	{HTTP_GET, "/metrics", false, 0, route_metrics},
};
const size_t n_metrics_routes = sizeof metrics_routes / sizeof metrics_routes[0];

/* What one listener serves of the API, and of the pages; the rows must live as long as it does. */
static size_t take_routes(const struct server *s, bool console, bool public, struct http_route to[])
{
	size_t n = 0;

	for (size_t k = 0; k < n_api_routes; k++)
		if (serves(&api_routes[k], console, public))
			to[n++] = api_routes[k];
	return pages_routes(s->pages, console, public, to, n);
}

static rp_code start_api(const struct server_conf *c, struct server *s, struct rp_error *err)
{
	const size_t most = n_api_routes + pages_most(c->pages);
	struct http_conf api = c->api, console = c->console;
	const bool apart = console.listen != NULL;
	rp_code rc;

	s->pages = c->pages;
	s->routes = calloc(2 * most, sizeof *s->routes);
	if (s->routes == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the addresses");
	api.headers = console.headers = files_headers;
	rc = http_start(&api, s->routes, take_routes(s, !apart, true, s->routes), s, &s->api, err);
	if (rc != RP_OK || !apart)
		return rc;
	rc = http_start(&console, s->routes + most, take_routes(s, true, false, s->routes + most), s,
			&s->console, err);
	return rp_context(err, rc, "the listener for operators");
}

rp_code server_start(const struct server_conf *c, issuer *i, server **ret, struct rp_error *err)
{
	struct server *s = calloc(1, sizeof *s);
	struct http_conf metrics = c->metrics;
	rp_code rc;

	if (s == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the server");
	s->issuer = i;
	rc = start_api(c, s, err);
	if (rc == RP_OK && metrics.listen != NULL) {
		/* Few ask, and they must not take what the API needs. */
		metrics.threads = metrics.threads != 0 ? metrics.threads : 1;
		metrics.workers = metrics.workers != 0 ? metrics.workers : 2;
		metrics.connections = metrics.connections != 0 ? metrics.connections : 64;
		rc = http_start(&metrics, metrics_routes, n_metrics_routes, s, &s->metrics, err);
		if (rc != RP_OK)
			rc = rp_context(err, rc, "the listener for metrics");
	}
	if (rc != RP_OK) {
		server_stop(s);
		return rc;
	}
	*ret = s;
	return RP_OK;
}

unsigned server_port(const server *s)
{
	return http_port(s->api);
}

unsigned server_console_port(const server *s)
{
	return s->console != NULL ? http_port(s->console) : 0;
}

unsigned server_metrics_port(const server *s)
{
	return s->metrics != NULL ? http_port(s->metrics) : 0;
}

void server_stop(server *s)
{
	if (s == NULL)
		return;
	/* The second one asks for numbers of the first. */
	http_stop(s->metrics);
	http_stop(s->console);
	http_stop(s->api);
	free(s->routes);
	free(s);
}
