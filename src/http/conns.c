/* SPDX-License-Identifier: Apache-2.0 */
#include "http/conns.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};

/* Sixteen bytes of the address, IPv4 as an IPv4-mapped one. */
static void whole_address(const struct sockaddr *address, uint8_t ret[16])
{
	memset(ret, 0, 16);
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof in);
		memcpy(ret, mapped, sizeof mapped);
		memcpy(ret + sizeof mapped, &in.sin_addr, 4);
	} else if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, address, sizeof in);
		memcpy(ret, &in.sin6_addr, 16);
	}
}

static bool is_v4(const uint8_t a[16])
{
	return memcmp(a, mapped, sizeof mapped) == 0;
}

bool address_is_loopback(const struct sockaddr *address)
{
	static const uint8_t one[16] = {[15] = 1};
	uint8_t a[16];

	whole_address(address, a);
	return is_v4(a) ? a[12] == 127 : memcmp(a, one, sizeof one) == 0;
}

static struct conn **fd_place(struct conns *c, int fd)
{
	struct conn **at = &c->by_fd[(unsigned)fd % CONN_BUCKETS];

	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next_fd;
	return at;
}

static struct conn **address_bucket(struct conns *c, const uint8_t address[16])
{
	unsigned h = 2166136261u; /* FNV-1a; who fills one bucket is slowed down alone */

	for (size_t i = 0; i < 16; i++)
		h = (h ^ address[i]) * 16777619u;
	return &c->by_address[h % CONN_BUCKETS];
}

void conns_init(struct conns *c, unsigned max, unsigned per_address, unsigned idle_s, unsigned request_s)
{
	*c = (struct conns){.max = max,
			    .per_address = per_address,
			    .idle_ms = 1000 * (int64_t)idle_s,
			    .request_ms = 1000 * (int64_t)request_s};
	(void)pthread_mutex_init(&c->lock, NULL);
}

/* With the lock held. */
static void take_out(struct conns *c, struct conn **at)
{
	struct conn *conn = *at, **other = address_bucket(c, conn->address);

	*at = conn->next_fd;
	while (*other != conn)
		other = &(*other)->next_address;
	*other = conn->next_address;
	c->n--;
	free(conn);
}

void conns_clear(struct conns *c)
{
	for (size_t i = 0; i < CONN_BUCKETS; i++)
		while (c->by_fd[i] != NULL)
			take_out(c, &c->by_fd[i]);
	(void)pthread_mutex_destroy(&c->lock);
}

/* With the lock held: how many there are from this address. */
static unsigned count_from(struct conns *c, const uint8_t address[16])
{
	unsigned n = 0;

	for (const struct conn *at = *address_bucket(c, address); at != NULL; at = at->next_address)
		n += memcmp(at->address, address, 16) == 0;
	return n;
}

static void put_in(struct conns *c, struct conn *conn)
{
	struct conn **at = fd_place(c, conn->fd), **bucket;

	/* One that libmicrohttpd gave up before it told us of it; its descriptor is in use again. */
	if (*at != NULL)
		take_out(c, at);
	at = &c->by_fd[(unsigned)conn->fd % CONN_BUCKETS];
	conn->next_fd = *at;
	*at = conn;
	bucket = address_bucket(c, conn->address);
	conn->next_address = *bucket;
	*bucket = conn;
	c->n++;
}

bool conns_admit(struct conns *c, int fd, const struct sockaddr *address)
{
	struct conn *conn = calloc(1, sizeof *conn);
	bool room;

	if (conn == NULL)
		return false;
	conn->fd = fd;
	conn->loopback = address_is_loopback(address);
	whole_address(address, conn->address);
	if (is_v4(conn->address))
		(void)inet_ntop(AF_INET, conn->address + 12, conn->source, sizeof conn->source);
	else
		(void)inet_ntop(AF_INET6, conn->address, conn->source, sizeof conn->source);
	if (!is_v4(conn->address))
		memset(conn->address + 8, 0, 8);
	conn_is(conn, CONN_NEW);
	(void)pthread_mutex_lock(&c->lock);
	room = c->n < c->max && (conn->loopback || count_from(c, conn->address) < c->per_address);
	if (room)
		put_in(c, conn);
	(void)pthread_mutex_unlock(&c->lock);
	if (!room)
		free(conn);
	return room;
}

struct conn *conns_begin(struct conns *c, int fd)
{
	struct conn *conn;

	(void)pthread_mutex_lock(&c->lock);
	conn = *fd_place(c, fd);
	if (conn != NULL)
		conn->started = true;
	(void)pthread_mutex_unlock(&c->lock);
	return conn;
}

void conns_drop(struct conns *c, int fd)
{
	struct conn **at;

	(void)pthread_mutex_lock(&c->lock);
	at = fd_place(c, fd);
	if (*at != NULL)
		take_out(c, at);
	(void)pthread_mutex_unlock(&c->lock);
}

unsigned conns_count(struct conns *c)
{
	unsigned n;

	(void)pthread_mutex_lock(&c->lock);
	n = c->n;
	(void)pthread_mutex_unlock(&c->lock);
	return n;
}

void conn_is(struct conn *conn, enum conn_phase phase)
{
	atomic_store(&conn->mark, clock_ms() * 8 + (int64_t)phase);
}

static bool is_overdue(const struct conns *c, struct conn *conn, int64_t now)
{
	const int64_t mark = atomic_load(&conn->mark), since = mark / 8;

	switch ((enum conn_phase)(mark % 8)) {
	case CONN_NEW:
	case CONN_REQUEST:
	case CONN_ANSWER:
		return now - since > c->request_ms;
	case CONN_IDLE:
		/* A second more, in which libmicrohttpd closes those that are quiet. */
		return now - since > c->idle_ms + 1000;
	case CONN_WORK:
	case CONN_STREAM:
		break;
	}
	return false;
}

/* With the lock held: the one at *at is late, or all are to end. Returns the next one's place. */
static struct conn **cut_one(struct conns *c, struct conn **at)
{
	struct conn *conn = *at;

	if (!conn->started) {
		/* It was given up without a word; its descriptor may be somebody else's by now. */
		take_out(c, at);
		return at;
	}
	if (!conn->cut)
		(void)shutdown(conn->fd, SHUT_RDWR);
	conn->cut = true;
	return &conn->next_fd;
}

static void cut_those(struct conns *c, bool all)
{
	const int64_t now = clock_ms();

	(void)pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < CONN_BUCKETS; i++)
		for (struct conn **at = &c->by_fd[i]; *at != NULL;)
			at = all || is_overdue(c, *at, now) ? cut_one(c, at) : &(*at)->next_fd;
	(void)pthread_mutex_unlock(&c->lock);
}

void conns_watch(struct conns *c)
{
	cut_those(c, false);
}

void conns_cut(struct conns *c)
{
	cut_those(c, true);
}
