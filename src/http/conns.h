/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections that are open: how many, from whom, and in what they are since when. The front admits
 * and watches, libmicrohttpd's threads tell what happens; any thread may call.
 *
 *     conns_admit -> conns_begin -> conn_is … -> conns_drop
 */
#ifndef REPIN_HTTP_CONNS_H
#define REPIN_HTTP_CONNS_H

#include "http/trust.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define CONN_BUCKETS 1024

/* What a connection is in; each but WORK has an end. */
enum conn_phase {
	CONN_NEW,     /* its first request has not come */
	CONN_REQUEST, /* a request is being read */
	CONN_WORK,    /* a handler has it: as long as it takes */
	CONN_ANSWER,  /* the answer is being taken by the client */
	CONN_IDLE,
	CONN_STREAM, /* an answer without an end: its own rules */
};

struct conn {
	struct conn *next_fd, *next_address;
	int fd;
	bool loopback;
	bool started;	      /* libmicrohttpd has told of it: until its end the descriptor is its own */
	bool cut;	      /* told to end */
	uint8_t address[16];  /* that is counted: IPv4 mapped, of IPv6 the first 64 bits */
	char source[64];      /* the whole address in text */
	_Atomic int64_t mark; /* conn_phase in the lowest three bits, above them clock_ms() of its begin */
	/* What its certificate was at verified_ms; its own thread alone touches them. */
	int64_t verified_ms; /* 0: not asked yet */
	enum trust_word word;
	uint8_t fingerprint[32];
};

struct conns {
	pthread_mutex_t lock;
	struct conn *by_fd[CONN_BUCKETS], *by_address[CONN_BUCKETS];
	unsigned n, max, per_address;
	int64_t idle_ms, request_ms;
};

void conns_init(struct conns *c, unsigned max, unsigned per_address, unsigned idle_s, unsigned request_s);
void conns_clear(struct conns *c);
/* Counts a new connection; false when it is one too many. */
bool conns_admit(struct conns *c, int fd, const struct sockaddr *address);
/* libmicrohttpd has taken it: from now on it tells its end. NULL: not admitted. */
struct conn *conns_begin(struct conns *c, int fd);
/* Forgets it, before its descriptor is closed. */
void conns_drop(struct conns *c, int fd);
unsigned conns_count(struct conns *c);

void conn_is(struct conn *conn, enum conn_phase phase);
/* Ends what takes too long (shutdown; the connection's own thread then closes). */
void conns_watch(struct conns *c);
/* Ends all of them. */
void conns_cut(struct conns *c);

bool address_is_loopback(const struct sockaddr *address);

#endif
