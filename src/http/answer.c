/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop_body(struct http_answer *a)
{
	if (a->body != NULL)
		rp_wipe(a->body, a->len);
	free(a->body);
	a->body = NULL;
	a->len = 0;
}

void http_bytes(struct http_answer *a, int status, const char *type, const void *bytes, size_t len)
{
	drop_body(a);
	a->body = bytes != NULL ? malloc(len + 1) : NULL;
	if (a->body != NULL) {
		memcpy(a->body, bytes, len /* checked: what was made */);
		a->body[len] = '\0';
		a->len = len;
	}
	a->status = a->body != NULL ? status : 0;
	a->type = type;
}

void http_text(struct http_answer *a, int status, const char *type, const char *text)
{
	http_bytes(a, status, type, text, text != NULL ? strlen(text) : 0);
}

void http_json(struct http_answer *a, int status, json_t *j)
{
	drop_body(a);
	a->body = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	a->len = a->body != NULL ? strlen(a->body) : 0;
	a->status = a->body != NULL ? status : 0;
	a->type = "application/json";
	json_decref(j);
}

static enum rp_problem problem_of(const struct rp_error *err)
{
	if (err->code == RP_E_ISSUER_REFUSED && err->problem != RP_PROBLEM_NONE)
		return err->problem;
	if (err->code == RP_E_STORE || err->code == RP_E_STORE_AWAY || err->code == RP_E_TOKEN)
		return RP_PROBLEM_NOT_READY;
	return RP_PROBLEM_FAULT;
}

/*
 * What comes after the title in a story, where the asker may know it: about their own request, or about
 * what any asker may know. Before the card's MAC nothing about a card may be told by a detail.
 */
static const char *detail_of(enum rp_problem p, const char *story)
{
	static const enum rp_problem told[] = {
		RP_PROBLEM_MALFORMED,	  RP_PROBLEM_TOO_LARGE,	   RP_PROBLEM_METHOD,
		RP_PROBLEM_MEDIA_TYPE,	  RP_PROBLEM_STOPPED,	   RP_PROBLEM_OFFICE,
		RP_PROBLEM_OFFICE_CLOSED, RP_PROBLEM_KIOSK_CLOSED, RP_PROBLEM_CODE_RULE};
	const char *title = rp_problem_title(p), *at = strstr(story, title);

	for (size_t i = 0; at != NULL && i < sizeof told / sizeof told[0]; i++)
		if (told[i] == p && strncmp(at + strlen(title), ": ", 2) == 0)
			return at + strlen(title) + 2;
	return NULL;
}

static const char *wait_of(enum rp_problem p)
{
	if (p == RP_PROBLEM_BUSY)
		return "1";
	if (p == RP_PROBLEM_NOT_READY)
		return "5";
	if (p == RP_PROBLEM_TOO_MANY)
		return "30";
	return p == RP_PROBLEM_CRL_OLD ? "60" : "";
}

void http_problem(struct http_answer *a, const struct rp_error *err)
{
	const enum rp_problem p = problem_of(err);
	const bool counted = err->spent_at_issuer && err->tries_left != RP_TRIES_UNKNOWN;
	const char *detail = detail_of(p, err->story), *next = rp_problem_door(p);
	char type[96];
	json_t *j;

	(void)snprintf(type, sizeof type, "urn:repin:problem:%s", rp_problem_slug(p));
	j = json_pack("{s:s,s:s,s:i,s:s*,s:s,s:s*}", "type", type, "title", rp_problem_title(p), "status",
		      rp_problem_status(p), "detail", detail, "safe",
		      counted && err->tries_spent == 1
			      ? "nothing was changed on the card; one try of the code is spent"
			      : "nothing was changed on the card",
		      "next", next[0] != '\0' ? next : NULL);
	if (j != NULL && counted)
		(void)json_object_set_new(j, "tries_left", json_integer(err->tries_left));
	if (j != NULL && counted && err->tries_spent != RP_SPENT_UNKNOWN)
		(void)json_object_set_new(j, "tries_spent", json_integer(err->tries_spent));
	http_json(a, rp_problem_status(p), j);
	a->type = "application/problem+json";
	(void)snprintf(a->retry_after, sizeof a->retry_after, "%s", wait_of(p));
	(void)snprintf(a->story, sizeof a->story, "%s", err->story);
}
