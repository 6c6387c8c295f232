/* SPDX-License-Identifier: Apache-2.0 */
#include "http/head.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const field_names[HEAD_N] = {
	[HEAD_HOST] = "Host",
	[HEAD_TYPE] = "Content-Type",
	[HEAD_LENGTH] = "Content-Length",
	[HEAD_TRANSFER] = "Transfer-Encoding",
	[HEAD_ENCODING] = "Content-Encoding",
	[HEAD_KEY] = "Idempotency-Key",
	[HEAD_AUTH] = "Authorization",
	[HEAD_ORIGIN] = "Origin",
	[HEAD_SITE] = "Sec-Fetch-Site",
	[HEAD_MODE] = "Sec-Fetch-Mode",
	[HEAD_UPGRADE] = "Upgrade",
};

static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

void head_add(struct head *h, const char *name, const char *value)
{
	h->fields++;
	for (size_t i = 0; i < HEAD_N; i++)
		if (strcasecmp(name, field_names[i]) == 0) {
			h->field[i].value = value;
			h->field[i].n++;
		}
}

static bool is_of(const char *text, size_t min, size_t max, const char *also)
{
	const size_t len = strlen(text);

	if (len < min || len > max)
		return false;
	for (size_t i = 0; i < len; i++)
		if (strchr(alnum, text[i]) == NULL && strchr(also, text[i]) == NULL)
			return false;
	return true;
}

/* --- the address --- */

/* True when `url` is `path`, whose '*' stands for one segment; *ret_arg has it. */
static bool matches(const char *path, const char *url, char ret_arg[65])
{
	const char *star = strchr(path, '*');
	const size_t before = star != NULL ? (size_t)(star - path) : 0;
	char segment[65];
	size_t len;

	if (star == NULL) {
		ret_arg[0] = '\0';
		return strcmp(path, url) == 0;
	}
	if (strncmp(path, url, before) != 0)
		return false;
	len = strcspn(url + before, "/");
	if (len >= sizeof segment || strcmp(url + before + len, star + 1) != 0)
		return false;
	(void)snprintf(segment, sizeof segment, "%.*s", (int)len, url + before);
	if (!is_of(segment, 1, 64, "-_."))
		return false;
	(void)snprintf(ret_arg, 65, "%s", segment);
	return true;
}

static enum rp_problem find_route(const struct head *h, const struct http_route *routes, size_t n,
				  struct http_request *request, struct head_result *ret)
{
	bool get = false, post = false;

	for (size_t i = 0; i < n; i++) {
		const char *method = routes[i].method == HTTP_GET ? "GET" : "POST";

		if (!matches(routes[i].path, h->url, request->arg))
			continue;
		if (strcmp(h->method, method) == 0) {
			ret->route = &routes[i];
			request->method = routes[i].method;
			request->path = h->url;
			return RP_PROBLEM_NONE;
		}
		get |= routes[i].method == HTTP_GET;
		post |= routes[i].method == HTTP_POST;
	}
	if (!get && !post)
		return RP_PROBLEM_NOT_FOUND;
	ret->allow = get && post ? "GET, POST" : get ? "GET" : "POST";
	return RP_PROBLEM_METHOD;
}

/* --- the fields --- */

static enum rp_problem malformed(struct head_result *ret, const char *what)
{
	ret->what = what;
	return RP_PROBLEM_MALFORMED;
}

static enum rp_problem read_length(const struct head *h, struct head_result *ret)
{
	const char *text = h->field[HEAD_LENGTH].value;

	if (h->field[HEAD_TRANSFER].n > 0)
		return malformed(ret, "Transfer-Encoding is not taken here");
	if (h->field[HEAD_LENGTH].n > 1)
		return malformed(ret, "Content-Length stands there twice");
	ret->whole = true;
	if (text == NULL)
		return RP_PROBLEM_NONE;
	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text)) {
		ret->whole = false;
		return malformed(ret, "Content-Length is no number");
	}
	/* More than nine digits is more than any route takes. */
	if (strlen(text) > 9) {
		ret->whole = false;
		return RP_PROBLEM_TOO_LARGE;
	}
	for (size_t i = 0; text[i] != '\0'; i++)
		ret->body_len = ret->body_len * 10 + (size_t)(text[i] - '0');
	return RP_PROBLEM_NONE;
}

static enum rp_problem read_host(const struct head *h, struct http_request *request, struct head_result *ret)
{
	const char *host = h->field[HEAD_HOST].value;

	if (h->field[HEAD_HOST].n != 1)
		return malformed(ret, "there must be exactly one Host");
	if (!is_of(host, 1, sizeof request->host - 1, ".:[]-_"))
		return malformed(ret, "Host is not the name of one");
	(void)snprintf(request->host, sizeof request->host, "%s", host);
	return RP_PROBLEM_NONE;
}

/* What a browser says of where a request comes from. */
static enum rp_problem read_origin(const struct head *h, struct http_request *request,
				   struct head_result *ret)
{
	const char *origin = h->field[HEAD_ORIGIN].value, *site = h->field[HEAD_SITE].value;
	const char *mode = h->field[HEAD_MODE].value;

	if (h->field[HEAD_ORIGIN].n > 1 || h->field[HEAD_SITE].n > 1 || h->field[HEAD_MODE].n > 1)
		return malformed(ret, "Origin or Sec-Fetch-… stands there twice");
	if (origin != NULL && !is_of(origin, 1, sizeof request->origin - 1, ".:[]-_/"))
		return malformed(ret, "Origin is not one");
	if (site != NULL && !is_of(site, 1, sizeof request->site - 1, "-"))
		return malformed(ret, "Sec-Fetch-Site is not one");
	if (mode != NULL && !is_of(mode, 1, sizeof request->mode - 1, "-"))
		return malformed(ret, "Sec-Fetch-Mode is not one");
	if (h->field[HEAD_UPGRADE].n > 0)
		return malformed(ret, "no other protocol is spoken here");
	(void)snprintf(request->origin, sizeof request->origin, "%s", origin != NULL ? origin : "");
	(void)snprintf(request->site, sizeof request->site, "%s", site != NULL ? site : "");
	(void)snprintf(request->mode, sizeof request->mode, "%s", mode != NULL ? mode : "");
	return RP_PROBLEM_NONE;
}

static bool is_json(const char *type)
{
	static const char json[] = "application/json";

	if (type == NULL || strncasecmp(type, json, sizeof json - 1) != 0)
		return false;
	type += sizeof json - 1;
	type += strspn(type, " \t");
	if (*type == '\0')
		return true;
	if (*type != ';')
		return false;
	type += 1;
	type += strspn(type, " \t");
	return strcasecmp(type, "charset=utf-8") == 0 || strcasecmp(type, "charset=\"utf-8\"") == 0;
}

static enum rp_problem check_body(const struct head *h, const struct head_result *ret)
{
	if (ret->body_len == 0)
		return RP_PROBLEM_NONE;
	if (ret->body_len > ret->route->body_max)
		return RP_PROBLEM_TOO_LARGE;
	if (h->field[HEAD_TYPE].n != 1 || !is_json(h->field[HEAD_TYPE].value) ||
	    h->field[HEAD_ENCODING].n > 0)
		return RP_PROBLEM_MEDIA_TYPE;
	return RP_PROBLEM_NONE;
}

static enum rp_problem read_key(const struct head *h, struct http_request *request, struct head_result *ret)
{
	const char *key = h->field[HEAD_KEY].value;

	if (h->field[HEAD_KEY].n > 1)
		return malformed(ret, "Idempotency-Key stands there twice");
	if (key == NULL)
		return ret->route->needs_key ? malformed(ret, "Idempotency-Key is missing") : RP_PROBLEM_NONE;
	if (!is_of(key, 16, 36, "-"))
		return malformed(ret, "Idempotency-Key is not 16 to 36 letters, digits or '-'");
	(void)snprintf(request->idempotency_key, sizeof request->idempotency_key, "%s", key);
	return RP_PROBLEM_NONE;
}

static enum rp_problem read_bearer(const struct head *h, struct http_request *request,
				   struct head_result *ret)
{
	const char *auth = h->field[HEAD_AUTH].value;

	if (h->field[HEAD_AUTH].n > 1)
		return malformed(ret, "Authorization stands there twice");
	if (auth == NULL)
		return RP_PROBLEM_NONE;
	if (strncasecmp(auth, "Bearer ", 7) != 0 ||
	    !is_of(auth + 7, 1, sizeof request->bearer - 1, "-._~+/="))
		return malformed(ret, "Authorization is not a Bearer token");
	(void)snprintf(request->bearer, sizeof request->bearer, "%s", auth + 7);
	return RP_PROBLEM_NONE;
}

enum rp_problem head_check(const struct head *h, const struct http_route *routes, size_t n,
			   struct http_request *request, struct head_result *ret)
{
	enum rp_problem p;

	*ret = (struct head_result){0};
	p = read_length(h, ret);
	if (p == RP_PROBLEM_NONE && h->fields > HEAD_FIELDS_MAX)
		p = malformed(ret, "there are too many header fields");
	if (p == RP_PROBLEM_NONE)
		p = read_host(h, request, ret);
	if (p == RP_PROBLEM_NONE)
		p = read_origin(h, request, ret);
	if (p == RP_PROBLEM_NONE && h->query)
		p = malformed(ret, "no address here takes a query");
	if (p == RP_PROBLEM_NONE)
		p = find_route(h, routes, n, request, ret);
	if (p == RP_PROBLEM_NONE)
		p = check_body(h, ret);
	if (p == RP_PROBLEM_NONE)
		p = read_key(h, request, ret);
	if (p == RP_PROBLEM_NONE)
		p = read_bearer(h, request, ret);
	return p;
}
