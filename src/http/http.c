/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "http/internal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define STOP_MS 10000
#define DESCRIPTORS_OF_OURS 128 /* besides connections: databases, tokens, files */

static unsigned or_else(unsigned n, unsigned usual, unsigned most)
{
	if (n == 0)
		n = usual;
	return n < most ? n : most;
}

static struct http_conf with_usual(const struct http_conf *c)
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct http_conf ret = *c;

	ret.threads = or_else(c->threads, cpus > 0 ? (unsigned)cpus : 1, THREADS_MAX);
	ret.workers = or_else(c->workers, 16, WORKERS_MAX);
	ret.connections = or_else(c->connections, 1024, 100000);
	ret.per_address = or_else(c->per_address, 64, 100000);
	ret.idle_s = or_else(c->idle_s, 30, 86400);
	ret.request_s = or_else(c->request_s, 15, 600);
	return ret;
}

/* As many descriptors as connections may need. */
static rp_code raise_limit(unsigned connections, struct rp_error *err)
{
	const rlim_t want = connections + DESCRIPTORS_OF_OURS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want)
		return RP_OK;
	limit.rlim_cur = want;
	if (limit.rlim_max < want || setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return rp_fail(
			err, RP_E_CONFIG,
			"%u connections need a limit of %u open files, and %lu is the most that is allowed",
			connections, (unsigned)want, (unsigned long)limit.rlim_max);
	return RP_OK;
}

static rp_code start(http *h, const struct http_conf *c, struct rp_error *err)
{
	const bool plain = c->cert_file == NULL && c->key_file == NULL;
	rp_code rc;

	if (plain && c->client_ca_file != NULL)
		return rp_fail(err, RP_E_CONFIG, "client certificates need TLS, and there is no certificate");
	if (c->client_ca_file == NULL && c->client_crl_file != NULL)
		return rp_fail(err, RP_E_CONFIG, "%s is a revocation list without an authority",
			       c->client_crl_file);
	rc = raise_limit(c->connections, err);
	if (rc == RP_OK && c->client_ca_file != NULL)
		rc = trust_new(c->client_ca_file, c->client_crl_file, &h->trust, err);
	if (rc == RP_OK)
		rc = listen_on(c->listen, plain, &h->listen_fd, &h->port, err);
	if (rc != RP_OK)
		return rc;
	h->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->wake_fd < 0)
		return rp_fail(err, RP_E_FAULT, "no event descriptor");
	rc = pool_start(&h->pool, c->workers, err);
	if (rc == RP_OK)
		rc = daemons_start(h, c, err);
	if (rc == RP_OK)
		rc = front_start(h, err);
	return rc;
}

rp_code http_start(const struct http_conf *c, const struct http_route *routes, size_t n, void *arg,
		   http **ret, struct rp_error *err)
{
	const struct http_conf conf = with_usual(c);
	http *h = calloc(1, sizeof *h);
	sigset_t all, before;
	rp_code rc;

	if (h == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the server");
	h->routes = routes;
	h->n_routes = n;
	h->arg = arg;
	h->proxy = conf.proxy_v2_from_loopback;
	h->admits = conf.admits;
	h->allows = conf.allows;
	h->headers = conf.headers;
	(void)pthread_mutex_init(&h->streams_lock, NULL);
	h->listen_fd = h->wake_fd = -1;
	conns_init(&h->conns, conf.connections, conf.per_address, conf.idle_s, conf.request_s);
	/* Signals are for the program's own thread. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	rc = start(h, &conf, err);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != RP_OK) {
		http_stop(h);
		return rc;
	}
	*ret = h;
	return RP_OK;
}

unsigned http_port(const http *h)
{
	return h->port;
}

void http_counts(const http *h, struct http_counts *ret)
{
	/* The lock of the connections is the one thing that is not const in it. */
	http *mine = (http *)(uintptr_t)h;

	*ret = (struct http_counts){.requests = h->count.requests,
				    .refused = h->count.refused,
				    .connections = conns_count(&mine->conns),
				    .bytes_in = h->count.bytes_in,
				    .bytes_out = h->count.bytes_out,
				    .bad_certificates = h->count.bad_certificates,
				    .duration_us = h->count.duration_us};
	for (size_t i = 0; i < 6; i++)
		ret->by_class[i] = h->count.by_class[i];
	for (size_t i = 0; i <= HTTP_BUCKETS; i++)
		ret->duration[i] = h->count.duration[i];
}

static void wait_for_requests(http *h)
{
	const int64_t until = clock_ms() + STOP_MS;

	while (atomic_load(&h->live) > 0 && clock_ms() < until)
		(void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	if (atomic_load(&h->live) > 0)
		conns_cut(&h->conns);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

void http_stop(http *h)
{
	if (h == NULL)
		return;
	atomic_store(&h->stopping, true);
	front_stop(h);
	close_fd(h->listen_fd);
	http_wake(h);
	wait_for_requests(h);
	/* The handlers first: libmicrohttpd must not be stopped while a connection is suspended. */
	pool_stop(&h->pool);
	daemons_stop(h);
	close_fd(h->wake_fd);
	conns_clear(&h->conns);
	trust_free(h->trust);
	(void)pthread_mutex_destroy(&h->streams_lock);
	free(h);
}
