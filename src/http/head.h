/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a request, judged without a socket: method, address and the few header fields that are
 * read at all. What is there twice, odd, or of another protocol's spirit (Transfer-Encoding, a query) is
 * refused, because two readers of one request that differ are how requests are smuggled.
 *
 *     struct head in = {.method = …, .url = …}; head_add(&in, name, value) for each field; head_check
 */
#ifndef REPIN_HTTP_HEAD_H
#define REPIN_HTTP_HEAD_H

#include "http/http.h"

#define HEAD_FIELDS_MAX 64

enum head_field {
	HEAD_HOST,
	HEAD_TYPE,
	HEAD_LENGTH,
	HEAD_TRANSFER,
	HEAD_ENCODING,
	HEAD_KEY,
	HEAD_AUTH,
	HEAD_ORIGIN,
	HEAD_SITE,
	HEAD_MODE,
	HEAD_UPGRADE,
	HEAD_N
};

struct head {
	const char *method, *url; /* the address as it was sent, nothing unescaped */
	bool query;		  /* a '?' stood in it */
	struct {
		const char *value;
		unsigned n;
	} field[HEAD_N];
	unsigned fields;
};

void head_add(struct head *h, const char *name, const char *value);

struct head_result {
	const struct http_route *route; /* NULL: none, or not this method */
	size_t body_len;
	bool whole;	   /* the body's length is known, so that what follows can be told from it */
	const char *what;  /* for the answer, NULL: nothing to tell */
	const char *allow; /* for method-not-allowed: "GET", "POST" or "GET, POST" */
};

/* RP_PROBLEM_NONE, and *request has what the head told; else why not. *ret is filled in any case. */
enum rp_problem head_check(const struct head *h, const struct http_route *routes, size_t n,
			   struct http_request *request, struct head_result *ret);

#endif
