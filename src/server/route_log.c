/* SPDX-License-Identifier: Apache-2.0 */
/* What anybody may read: who the issuer is, and the log with its proofs. */
#include "server/routes.h"
#include "tlog/tlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_text(char **text)
{
	free(*text);
}

/* Text of the domain's that is JSON already. */
static void answer_json_text(struct http_answer *ret, rp_code rc, const char *text,
			     const struct rp_error *err)
{
	if (rc != RP_OK)
		http_problem(ret, err);
	else
		http_text(ret, 200, "application/json", text);
}

void route_issuer(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(free_text) char *text = NULL;
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	rp_code rc = issuer_public(s->issuer, &text, &err);

	(void)r;
	answer_json_text(ret, rc, text, &err);
}

void route_checkpoint(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	char text[TLOG_NOTE_MAX];
	struct server *s = arg;

	(void)r;
	if (issuer_checkpoint(s->issuer, text, sizeof text, &err) != RP_OK)
		http_problem(ret, &err);
	else
		http_text(ret, 200, "text/plain; charset=utf-8", text);
}

/* The verifier's key, which the public page tells too; here as a line that a program can take. */
void route_key(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(free_text) char *text = NULL;
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	char what[96], line[512];
	const char *key;
	json_t *page = NULL;
	rp_code rc = issuer_public(s->issuer, &text, &err);

	(void)r;
	if (rc == RP_OK)
		page = json_parse(text, strlen(text), what);
	key = json_string_value(json_object_get(page, "log_key"));
	if (rc == RP_OK && key == NULL)
		rc = rp_fail(&err, RP_E_FAULT, "the public page has no key of the log");
	if (rc != RP_OK) {
		http_problem(ret, &err);
	} else {
		(void)snprintf(line, sizeof line, "%s\n", key);
		http_text(ret, 200, "text/plain; charset=utf-8", line);
	}
	json_decref(page);
}

void route_receipt(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(free_text) char *text = NULL;
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	rp_code rc = issuer_receipt(s->issuer, r->arg, &text, &err);

	answer_json_text(ret, rc, text, &err);
}

/* A size of the log: digits without a zero before them, at most 15 of them. */
static const char *take_size(const char *text, uint64_t *ret)
{
	const size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 15 || (len > 1 && text[0] == '0'))
		return NULL;
	*ret = strtoull(text, NULL, 10);
	return text + len;
}

void route_consistency(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(free_text) char *text = NULL;
	struct rp_error err = RP_ERROR_INIT;
	uint64_t from = 0, to = 0;
	struct server *s = arg;
	const char *at = take_size(r->arg, &from);
	rp_code rc;

	if (at != NULL)
		at = at[0] == '-' ? take_size(at + 1, &to) : NULL;
	if (at == NULL || at[0] != '\0')
		rc = malformed(&err, "the address ends in two sizes, as in 5-17");
	else
		rc = issuer_consistency(s->issuer, from, to, &text, &err);
	answer_json_text(ret, rc, text, &err);
}
