/* SPDX-License-Identifier: Apache-2.0 */
/* One thread that accepts connections, reads what a balancer says first, and watches how long they take. */
#include "http/internal.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PENDING_MAX 64
#define PENDING_MS 5000 /* for the balancer's header */
#define ACCEPTS_MAX 64	/* in one round, so that the watch is kept */
#define REFRESH_MS 10000

/* A balancer's connection whose header has not come whole. */
struct pending {
	int fd;
	int64_t until_ms;
	struct sockaddr_storage own;
	socklen_t own_len;
	uint8_t bytes[PROXY_MAX];
	size_t got, want;
};

struct front {
	http *h;
	struct pending pending[PENDING_MAX];
	size_t n_pending;
	int64_t watched_ms, refreshed_ms;
};

static void refuse(http *h, int fd)
{
	h->count.refused++;
	(void)close(fd);
}

static void admit(http *h, int fd, const struct sockaddr_storage *address, socklen_t len)
{
	const struct sockaddr *a = (const struct sockaddr *)address;

	if (conns_admit(&h->conns, fd, a))
		daemons_take(h, fd, a, len);
	else
		refuse(h, fd);
}

static void await_header(struct front *f, int fd, const struct sockaddr_storage *own, socklen_t len)
{
	if (f->n_pending == PENDING_MAX) {
		refuse(f->h, fd);
		return;
	}
	f->pending[f->n_pending++] = (struct pending){.fd = fd,
						      .until_ms = clock_ms() + PENDING_MS,
						      .own = *own,
						      .own_len = len,
						      .want = PROXY_HEAD};
}

/* False when there is nobody (or nobody can be taken now). */
static bool accept_one(struct front *f)
{
	struct sockaddr_storage from = {0};
	socklen_t len = sizeof from;
	const int fd = accept4(f->h->listen_fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		/* Out of descriptors or memory: the listening socket stays readable, so wait a little. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			log_event(LOG_LVL_ERR, "http.accept", "error=\"%s\"", strerror(errno));
			(void)nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
		}
		return errno == EINTR || errno == ECONNABORTED;
	}
	if (f->h->admits != NULL && !f->h->admits(f->h->arg, fd)) {
		refuse(f->h, fd);
		return true;
	}
	if (f->h->proxy && address_is_loopback((const struct sockaddr *)&from))
		await_header(f, fd, &from, len);
	else
		admit(f->h, fd, &from, len);
	return true;
}

enum went { WENT_ON, WENT_IN, WENT_WRONG };

/* Reads exactly the header's bytes and none behind them: those are of TLS. */
static enum went read_header(struct front *f, struct pending *p)
{
	struct sockaddr_storage told = p->own;
	socklen_t len = p->own_len;
	const ssize_t got = recv(p->fd, p->bytes + p->got, p->want - p->got, 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return WENT_ON;
	if (got <= 0)
		return WENT_WRONG;
	p->got += (size_t)got;
	if (p->got < p->want)
		return WENT_ON;
	if (p->want == PROXY_HEAD) {
		p->want = proxy_length(p->bytes);
		if (p->want == 0)
			return WENT_WRONG;
		if (p->got < p->want)
			return WENT_ON;
	}
	if (proxy_address(p->bytes, p->got, &told, &len) == PROXY_BAD)
		return WENT_WRONG;
	admit(f->h, p->fd, &told, len);
	return WENT_IN;
}

static void go_on_with_pending(struct front *f, const struct pollfd *polled)
{
	const int64_t now = clock_ms();
	const size_t n = f->n_pending;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct pending *p = &f->pending[i];
		enum went w = polled[i].revents != 0 ? read_header(f, p) : WENT_ON;

		if (w == WENT_ON && now > p->until_ms)
			w = WENT_WRONG;
		if (w == WENT_WRONG)
			refuse(f->h, p->fd);
		if (w == WENT_ON && kept != i)
			f->pending[kept] = *p;
		kept += w == WENT_ON;
	}
	f->n_pending = kept;
}

static void watch(struct front *f)
{
	const int64_t now = clock_ms();

	if (now - f->watched_ms >= 500) {
		f->watched_ms = now;
		conns_watch(&f->h->conns);
	}
	if (f->h->trust != NULL && now - f->refreshed_ms >= REFRESH_MS) {
		f->refreshed_ms = now;
		trust_refresh(f->h->trust);
	}
}

static void run(struct front *f)
{
	struct pollfd fds[PENDING_MAX + 2];

	while (!atomic_load(&f->h->stopping)) {
		fds[0] = (struct pollfd){.fd = f->h->wake_fd, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = f->h->listen_fd, .events = POLLIN};
		for (size_t i = 0; i < f->n_pending; i++)
			fds[2 + i] = (struct pollfd){.fd = f->pending[i].fd, .events = POLLIN};
		if (poll(fds, (nfds_t)(2 + f->n_pending), 500) < 0 && errno != EINTR)
			log_event(LOG_LVL_ERR, "http.front", "poll=\"%s\"", strerror(errno));
		go_on_with_pending(f, fds + 2);
		for (unsigned i = 0; fds[1].revents != 0 && i < ACCEPTS_MAX && accept_one(f); i++)
			continue;
		watch(f);
	}
	for (size_t i = 0; i < f->n_pending; i++)
		(void)close(f->pending[i].fd);
}

static void *front_main(void *arg)
{
	struct front *f = arg;

	run(f);
	free(f);
	return NULL;
}

rp_code front_start(http *h, struct rp_error *err)
{
	struct front *f = calloc(1, sizeof *f);
	int rc;

	if (f == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for connections");
	f->h = h;
	f->watched_ms = f->refreshed_ms = clock_ms();
	rc = pthread_create(&h->front, NULL, front_main, f);
	if (rc != 0) {
		free(f);
		return rp_fail(err, RP_E_FAULT, "no thread for connections: %s", strerror(rc));
	}
	h->has_front = true;
	return RP_OK;
}

void front_stop(http *h)
{
	const uint64_t one = 1;

	if (!h->has_front)
		return;
	(void)!write(h->wake_fd, &one, sizeof one);
	(void)pthread_join(h->front, NULL);
	h->has_front = false;
}
