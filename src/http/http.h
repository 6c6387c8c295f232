/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thin face over libmicrohttpd and GnuTLS, for repind and repin-agent. It owns listening, TLS, client
 * certificates, limits and the shape of answers; what an address means is a table of the caller.
 *
 *     http_start(conf, routes) -> requests on threads of its own -> http_stop
 *
 * libmicrohttpd only *requests* a client certificate. Here each one is verified, on each connection:
 * chain to the configured authority, validity, purpose "TLS client", revocation list. Whoever shows none
 * is a home machine; one that does not verify gets 401 terminal-unknown on every route, and the connection
 * ends. What a certificate may do is asked of the database on every request, by its SHA-256, not here.
 *
 * A request is read whole, within its route's limit, before a handler sees it. Handlers may block (a
 * database, a token, Argon2): they run on `workers` threads while the connection is suspended.
 */
#ifndef REPIN_HTTP_HTTP_H
#define REPIN_HTTP_HTTP_H

#include "base/json.h"

struct http_request;
struct http_conf {
	const char *listen;		  /* "127.0.0.1:8443", "[::1]:0"; port 0: a free one, see http_port */
	const char *cert_file, *key_file; /* PEM; both NULL: plain HTTP (loopback alone is accepted then) */
	const char *client_ca_file;	  /* PEM; NULL: no client certificates are asked for */
	/*
	 * PEM or NULL; past its nextUpdate every client certificate is refused. Read again when it changes,
	 * as the authority's file is (new names in the latter are hinted to clients from the next start on).
	 */
	const char *client_crl_file;
	unsigned threads;	     /* for the network; 0: as many as processors */
	unsigned workers;	     /* for handlers; 0: 16 */
	unsigned connections;	     /* most at once; 0: 1024 */
	unsigned per_address;	     /* most at once from one address (IPv6: /64); 0: 64; loopback is free */
	unsigned idle_s;	     /* between two requests; 0: 30 */
	unsigned request_s;	     /* for a handshake, a request, an answer to pass; 0: 15 */
	bool proxy_v2_from_loopback; /* a peer on loopback begins with a PROXY v2 header (our balancer) */
	/*
	 * For a service on loopback whose other side is a browser. Each may be NULL; `arg` is http_start's.
	 * admits: on a new connection's socket, before a byte is read; false ends it without an answer.
	 * allows: on a request's head, whatever its address; false is 403 without a word, its body unread.
	 */
	bool (*admits)(void *arg, int fd);
	bool (*allows)(void *arg, const struct http_request *r);
	const char *const *headers; /* name, value, name, value, …, NULL: on every answer */
};

enum http_method { HTTP_GET, HTTP_POST };

/* One request, valid during its handler. */
struct http_request {
	enum http_method method;
	const char *path; /* "/v1/nonce" */
	char arg[65];	  /* what stood at the '*' of the route: 1-64 of A-Z a-z 0-9 - _ . ; else "" */
	const char *body; /* borrowed, wiped after the handler; ends with a NUL that is not counted */
	size_t body_len;
	char host[128];		  /* the one Host header: letters, digits and .:[]-_ */
	char origin[128];	  /* the one Origin header, as it came; "" = none */
	char site[16];		  /* Sec-Fetch-Site: "same-origin", "none", …; "" = none */
	char mode[16];		  /* Sec-Fetch-Mode: "navigate", "cors", …; "" = none */
	char idempotency_key[40]; /* 16-36 of A-Z a-z 0-9 -; "" = none */
	char bearer[96];	  /* of Authorization: Bearer; "" = none */
	bool has_certificate;	  /* a client certificate that verified */
	uint8_t fingerprint[32];  /* its SHA-256 */
	char source[64];	  /* the peer's address, of the socket or PROXY v2; never a header */
	char id[17];		  /* of this request, for logs; the answer has it as X-Request-Id */
};

/*
 * An answer without an end, in place of a body: events for a page. All three are called on the network's
 * threads, one at a time, and must not block.
 */
struct http_stream {
	/* Up to cap bytes; 0: nothing now, asked again after http_wake; -1: the end. */
	ssize_t (*next)(void *state, char *ret, size_t cap);
	void (*end)(void *state); /* the connection is gone; once */
	void *state;
};

/* The answer; the handler fills it, http frees it (wiped: it may hold a code or a session). */
struct http_answer {
	int status;	  /* 0 until filled: 500 then */
	const char *type; /* "application/json" unless set; static */
	char *body;	  /* malloc'd */
	size_t len;
	struct http_stream stream; /* next != NULL: instead of the body */
	char retry_after[8];	   /* seconds, or "" */
	char story[384];	   /* why not, for the log alone */
};

/* Takes the JSON over (also when it is NULL: 500). */
void http_json(struct http_answer *a, int status, json_t *j);
void http_text(struct http_answer *a, int status, const char *type, const char *text);
/* A copy of these bytes. */
void http_bytes(struct http_answer *a, int status, const char *type, const void *bytes, size_t len);
/*
 * The problem answer of a failed call (RFC 9457): type "urn:repin:problem:SLUG", title, status, detail (where
 * it tells the caller something), "safe" (what was not touched), "next" (a door's word), tries_left where
 * a code was counted. RP_E_ISSUER_REFUSED has its own; RP_E_STORE*, RP_E_TOKEN are not-ready, everything
 * else is fault, with no detail. The story goes to the log.
 */
void http_problem(struct http_answer *a, const struct rp_error *err);

typedef void http_handler(void *arg, const struct http_request *r, struct http_answer *ret);

struct http_route {
	enum http_method method;
	const char *path; /* one asterisk at most, which stands for one whole segment */
	bool needs_key;	  /* an idempotency key is asked for */
	size_t body_max;  /* 0: no body is taken; at most JSON_BYTES_MAX */
	http_handler *handle;
};

/* Upper ends, in milliseconds, of the classes in which durations are counted; one more has the rest. */
#define HTTP_BUCKETS_MS                                                                                      \
	{                                                                                                    \
		1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000                                         \
	}
#define HTTP_BUCKETS 12

struct http_counts { /* for metrics */
	uint64_t requests, refused, connections, bytes_in, bytes_out;
	uint64_t by_class[6]; /* by status / 100 */
	uint64_t bad_certificates;
	uint64_t duration[HTTP_BUCKETS + 1]; /* each class alone, from the whole request to its answer */
	uint64_t duration_us;		     /* all together */
};

typedef struct http http;
/* Errors: RP_E_CONFIG (address, files), RP_E_FAULT. The table and arg must live as long as it. */
RP_MUST_CHECK rp_code http_start(const struct http_conf *c, const struct http_route *routes, size_t n,
				 void *arg, http **ret, struct rp_error *err);
unsigned http_port(const http *h);
/* There is something for the streams: each is asked for more. From any thread. */
void http_wake(http *h);
void http_counts(const http *h, struct http_counts *ret);
/*
 * Takes no more, finishes what is under way (at most 10 s), then closes. A handler that runs longer has lost
 * its connection, but is waited for: it uses `arg`. NULL is fine.
 */
void http_stop(http *h);

#endif
