/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS server that says what a test wants, in a process of its own: so what the client's memory holds is the
 * client's, and a peer that hangs hangs alone. Certificates are made anew in each run.
 *
 *     peer_files -> peer_start(script) -> the client asks peer_url() -> peer_stop -> peer_asked()
 */
#ifndef REPIN_TESTS_TLS_PEER_H
#define REPIN_TESTS_TLS_PEER_H

#include <stdbool.h>
#include <stddef.h>

/* What the server does with one request, in the order of the script; the last one is repeated. */
enum peer_act {
	PEER_ANSWERS, /* status, type and body */
	PEER_CLOSES,  /* reads the request and closes without a word */
	PEER_HANGS,   /* reads the request and says nothing */
	PEER_CUTS,    /* begins an answer and closes in its middle */
};

struct peer_step {
	enum peer_act act;
	int status;
	const char *type; /* NULL: application/json, or application/problem+json from 400 on */
	const char *body;
	size_t pad;	     /* so many blanks more in the body */
	const char *headers; /* more of them, each ended by CR LF; NULL: none */
};

struct peer {
	int pid, listener;
	unsigned port;
	bool wants_certificate; /* set before peer_start */
	bool plain;		/* no TLS */
	char dir[64];		/* ca.pem, server.pem, server.key, other-ca.pem, desk.pem, desk.key, asked */
	char url[64];
};

/* A directory with keys and certificates; aborts the test when it cannot be made. */
void peer_files(struct peer *p);
void peer_start(struct peer *p, const struct peer_step *steps, size_t n);
void peer_stop(struct peer *p);
/* Everything that was asked, requests one after the other as they came; malloc'd text. */
char *peer_asked(const struct peer *p);
/* How many requests came, and how many connections were opened. */
unsigned peer_requests(const struct peer *p);
unsigned peer_connections(const struct peer *p);
void peer_remove(struct peer *p);

#endif
