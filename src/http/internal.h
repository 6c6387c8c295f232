/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of src/http share. The road of a request:
 *
 *     front.c    accepts, counts, reads a PROXY header, hands the socket to a daemon
 *     request.c  on the daemon's thread: head, body, then suspend
 *     pool.c     on a worker: the handler, then resume
 *     request.c  on the daemon's thread: the answer
 *
 * There is one libmicrohttpd daemon, with one thread, for each of `threads`, because its own pool of threads
 * cannot be given sockets that somebody else accepted. It waits with poll: with epoll, 0.9.75 asks a client
 * that stands still in its TLS handshake again and again, a whole processor until the idle time ends.
 */
#ifndef REPIN_HTTP_INTERNAL_H
#define REPIN_HTTP_INTERNAL_H

#include "http/conns.h"
#include "http/http.h"
#include "http/trust.h"

#define THREADS_MAX 32
#define WORKERS_MAX 256
#define WAITING_PER_WORKER 64

struct MHD_Daemon;
struct MHD_Connection;

enum req_state { REQ_HEAD, REQ_BODY, REQ_DROP, REQ_WORK, REQ_DONE, REQ_SENT };

struct req {
	http *h;
	struct conn *conn;
	struct MHD_Connection *mhd;
	_Atomic enum req_state state;
	const struct http_route *route; /* NULL: refused before there was one */
	struct http_request in;
	struct http_answer out;
	char *body;
	size_t body_len, body_got;
	const char *allow; /* of a 405 */
	bool query, close; /* close: the connection ends with this answer */
	struct streaming *streaming;
	int64_t began_us;
	struct req *next;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct req *first, **last;
	bool ending;
	pthread_t threads[WORKERS_MAX];
	unsigned n, waiting;
};

/* A stream that is being sent; the list's lock guards it. */
struct streaming {
	http *h;
	struct MHD_Connection *mhd;
	struct http_stream s;
	bool waits; /* suspended until there is more */
	struct streaming *next;
};

struct http {
	const struct http_route *routes;
	size_t n_routes;
	void *arg;
	struct trust *trust; /* NULL: no client certificates are asked for */
	bool proxy;
	int listen_fd, wake_fd;
	unsigned port;
	struct MHD_Daemon *daemons[THREADS_MAX];
	unsigned n_daemons, next_daemon;
	struct conns conns;
	struct pool pool;
	bool (*admits)(void *arg, int fd);
	bool (*allows)(void *arg, const struct http_request *r);
	const char *const *headers;
	pthread_mutex_t streams_lock;
	struct streaming *streams;
	pthread_t front;
	bool has_front;
	atomic_bool stopping;
	atomic_uint live; /* requests between their first line and their end */
	struct {
		_Atomic uint64_t requests, refused, bytes_in, bytes_out, by_class[6], bad_certificates,
			duration[HTTP_BUCKETS + 1], duration_us;
	} count;
};

/* listen.c: Errors: RP_E_CONFIG. */
RP_MUST_CHECK rp_code listen_on(const char *address, bool loopback_only, int *ret_fd, unsigned *ret_port,
				struct rp_error *err);

/* daemon.c: the daemons of `h` with their TLS. Errors: RP_E_CONFIG, RP_E_FAULT. */
RP_MUST_CHECK rp_code daemons_start(http *h, const struct http_conf *c, struct rp_error *err);
void daemons_stop(http *h);
/* Gives them a socket, which they close. */
void daemons_take(http *h, int fd, const struct sockaddr *address, socklen_t len);

/* front.c: a thread that accepts and watches. Errors: RP_E_FAULT. */
RP_MUST_CHECK rp_code front_start(http *h, struct rp_error *err);
void front_stop(http *h);

/* pool.c: Errors: RP_E_FAULT. */
RP_MUST_CHECK rp_code pool_start(struct pool *p, unsigned n, struct rp_error *err);
/* Waits for what runs and what waits. */
void pool_stop(struct pool *p);
/* False: more wait than could be served while somebody still waits for the answer. */
RP_MUST_CHECK bool pool_put(struct pool *p, struct req *r);

/* request.c: on a worker. */
void request_work(struct req *r);

/* stream.c: the response of a stream, which takes it over; NULL: no memory (and the stream has ended). */
struct MHD_Response *stream_response(struct req *r);

int64_t now_us(void);

#endif
