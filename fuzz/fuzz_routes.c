/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests without a socket: "METHOD ADDRESS", header fields, an empty line, the body; through the same head and
 * the same handlers as repind's, over a domain that grants everything. Or, after the byte 0D, what a balancer
 * says first (PROXY v2). The judge: nothing that is not described reaches the domain, and every
 * answer is one that a client can read.
 */
#include "judge.h"

#include "http/head.h"
#include "http/proxy.h"
#include "server/routes.h"
#include "support/play_domain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void balancer(const uint8_t *data, size_t size)
{
	struct sockaddr_storage told;
	socklen_t told_len = 0;
	uint8_t *copy;
	size_t len;

	if (size < PROXY_HEAD)
		return;
	len = proxy_length(data);
	judge_that(len == 0 || (len >= PROXY_HEAD && len <= PROXY_MAX), "a length that is none");
	if (len == 0 || size < len)
		return;
	copy = malloc(len);
	judge_that(copy != NULL, "no memory");
	memcpy(copy, data, len);
	if (proxy_address(copy, len, &told, &told_len) == PROXY_TOLD)
		judge_that(told.ss_family == AF_INET || told.ss_family == AF_INET6,
			   "an address of no family");
	else
		judge_that(told_len == 0, "no address, and one");
	free(copy);
}

/* Cuts the next line off; NULL at the end. */
static char *line_of(char **rest)
{
	char *line = strsep(rest, "\n");

	if (line != NULL && line[0] != '\0' && line[strlen(line) - 1] == '\r')
		line[strlen(line) - 1] = '\0';
	return line;
}

static void look_at_request(const struct http_request *r, const struct http_route *route)
{
	judge_that(strspn(r->host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:[]-_") ==
			   strlen(r->host),
		   "a host that is none");
	judge_that(!route->needs_key || strlen(r->idempotency_key) >= 16, "a key is missing");
	judge_that(strchr(route->path, '*') == NULL || (r->arg[0] != '\0' && strchr(r->arg, '/') == NULL),
		   "a segment that is none");
	judge_that(r->body_len <= route->body_max, "a body that is too long");
}

static void look_at_answer(struct http_answer *a)
{
	char what[96];
	json_t *j = NULL;

	judge_that(a->body != NULL && a->len == strlen(a->body), "no answer");
	judge_that(a->status == 200 || a->status == 201 || (a->status >= 400 && a->status < 500), "a fault");
	if (strstr(a->type, "json") != NULL) {
		j = json_parse(a->body, a->len, what);
		judge_that(j != NULL, "an answer that is no JSON");
		judge_that(a->status < 400 || json_string_value(json_object_get(j, "type")) != NULL,
			   "a problem without a type");
	}
	judge_that((play.calls > 0 && !play.declined) == (a->status < 400),
		   "the domain was asked, or it was refused");
	json_decref(j);
	free(a->body);
}

static void look_at_card(void)
{
	judge_that(play.card.slot != RP_SLOT_NONE, "a card without a PIN");
	judge_that(play.card.number[0] != '\0' && play.profile[0] != '\0', "a card without a name");
	judge_that(play.card.key <= 255, "a key number of more than a byte");
	judge_that(play.signature_len <= 512 && play.certificate_len <= CERTIFICATE_MAX, "a proof too long");
}

static void request(char *text, size_t size)
{
	static struct server s;
	struct http_request r = {.source = "192.0.2.1", .body = ""};
	struct http_answer answer = {0};
	struct head_result result;
	struct head h = {0};
	char *rest = text, *line = line_of(&rest), *blank;

	blank = line != NULL ? strchr(line, ' ') : NULL;
	if (blank == NULL)
		return;
	*blank = '\0';
	h.method = line;
	h.url = blank + 1;
	h.query = strchr(h.url, '?') != NULL;
	for (line = line_of(&rest); line != NULL && line[0] != '\0'; line = line_of(&rest)) {
		char *colon = strstr(line, ": ");

		if (colon == NULL)
			return;
		*colon = '\0';
		head_add(&h, line, colon + 2);
	}
	if (head_check(&h, api_routes, n_api_routes, &r, &result) != RP_PROBLEM_NONE)
		return;
	r.body = rest != NULL ? rest : "";
	r.body_len = rest != NULL ? size - (size_t)(rest - text) : 0;
	if (r.body_len > result.route->body_max)
		return;
	look_at_request(&r, result.route);
	s.issuer = play_domain();
	result.route->handle(&s, &r, &answer);
	look_at_answer(&answer);
	if (play.calls > 0 && play.call != NULL &&
	    (strcmp(play.call, "grant") == 0 || strcmp(play.call, "presence") == 0))
		look_at_card();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size > 0 && data[0] == 0x0D) {
		balancer(data, size);
		return 0;
	}
	text = malloc(size + 1);
	judge_that(text != NULL, "no memory");
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	request(text, size);
	free(text);
	return 0;
}
