/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve: the listeners of server.h, and the rounds that nobody asks for, each on a thread of its
 * own.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "issuer/log.h"
#include "issuer/revoke.h"
#include "server/repind.h"

#define REVOCATION_S 60
#define REVOCATION_WAIT_S 15

struct rounds {
	struct app *a;
	pthread_mutex_t lock;
	pthread_cond_t stop_now;
	bool stop;
};

struct round {
	struct rounds *all;
	const char *name;
	int every_ms;
	rp_code (*run)(struct app *a, struct rp_error *err);
	pthread_t thread;
	bool started;
};

/* Waits, or less long when the end has come: true. */
static bool wait_or_stop(struct rounds *r, int ms)
{
	struct timespec until;
	bool stop;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&r->lock);
	while (!r->stop && pthread_cond_timedwait(&r->stop_now, &r->lock, &until) != ETIMEDOUT)
		;
	stop = r->stop;
	pthread_mutex_unlock(&r->lock);
	return stop;
}

/*
 * A round that fails is told once, and again when it works: a database that is away for an hour is
 * one line.
 */
static void *run_rounds(void *arg)
{
	struct round *r = arg;
	rp_code last = RP_OK;

	do {
		struct rp_error err = RP_ERROR_INIT;
		const rp_code rc = r->run(r->all->a, &err);

		if (rc != RP_OK && rc != last)
			log_event(LOG_LVL_ERR, "round.failed", "round=%s code=%s story=\"%s\"", r->name,
				  rp_code_word(rc), err.story);
		if (rc == RP_OK && last != RP_OK)
			log_event(LOG_LVL_WARN, "round.works", "round=%s", r->name);
		last = rc;
	} while (!wait_or_stop(r->all, r->every_ms));
	return NULL;
}

static rp_code seal_round(struct app *a, struct rp_error *err)
{
	uint64_t sealed = 0;
	rp_code rc;

	/* A round takes a thousand entries at most: on until none is left. */
	do {
		rc = issuer_seal(a->i, &sealed, err);
	} while (rc == RP_OK && sealed > 0);
	return rc;
}

static rp_code sweep_round(struct app *a, struct rp_error *err)
{
	return issuer_sweep(a->i, err);
}

static rp_code notice_round(struct app *a, struct rp_error *err)
{
	return issuer_notify(a->i, a->set->notice_program[0] != '\0' ? a->set->notice_program : NULL, err);
}

static rp_code revocation_round(struct app *a, struct rp_error *err)
{
	const struct settings *s = a->set;
	const struct revoke_conf c = {
		.program = s->revocation_program[0] != '\0' ? s->revocation_program : NULL,
		.config = s->revocation_config,
		.timeout_ms = (s->revocation_s != 0 ? s->revocation_s : REVOCATION_S) * INT64_C(1000),
		.wait_ms = (s->revocation_wait_s != 0 ? s->revocation_wait_s : REVOCATION_WAIT_S) *
			   INT64_C(1000),
	};

	return issuer_revoke_round(a->i, &c, err);
}

/* --- start and stop --- */

static rp_code start_rounds(struct rounds *all, struct round *r, size_t n, struct rp_error *err)
{
	pthread_condattr_t attr;
	rp_code rc = RP_OK;

	(void)pthread_mutex_init(&all->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&all->stop_now, &attr);
	(void)pthread_condattr_destroy(&attr);
	for (size_t k = 0; rc == RP_OK && k < n; k++) {
		r[k].all = all;
		r[k].started = pthread_create(&r[k].thread, NULL, run_rounds, &r[k]) == 0;
		if (!r[k].started)
			rc = rp_fail(err, RP_E_FAULT, "a thread cannot be started");
	}
	return rc;
}

static void stop_rounds(struct rounds *all, struct round *r, size_t n)
{
	pthread_mutex_lock(&all->lock);
	all->stop = true;
	(void)pthread_cond_broadcast(&all->stop_now);
	pthread_mutex_unlock(&all->lock);
	for (size_t k = 0; k < n; k++)
		if (r[k].started)
			(void)pthread_join(r[k].thread, NULL);
	(void)pthread_cond_destroy(&all->stop_now);
	(void)pthread_mutex_destroy(&all->lock);
}

/* "127.0.0.1" of "127.0.0.1:0", with the port that is listened on */
static void say_listens(const char *what, const char *scheme, const char *listen, unsigned port)
{
	if (port != 0)
		(void)printf("repind: %s, %s://%.*s:%u\n", what, scheme, (int)(strrchr(listen, ':') - listen),
			     listen, port);
}

static void say_ready(const struct app *a, const server *s)
{
	say_listens("metrics", "http", a->set->metrics, server_metrics_port(s));
	say_listens("console", "https", a->set->console, server_console_port(s));
	say_listens("ready", "https", a->set->listen, server_port(s));
	(void)fflush(stdout);
	notify_service("READY=1");
}

/* Without its pages the service is there all the same: terminals and holders need none. */
static bool load_pages(const struct settings *set, struct files *ret)
{
	char found[SETTINGS_PATH] = "";
	struct rp_error err = RP_ERROR_INIT;
	const char *dir = set->pages;

	if (dir[0] == '\0' && files_place(found, sizeof found))
		dir = found;
	if (dir[0] == '\0')
		(void)rp_fail(&err, RP_E_CONFIG, "they are not installed beside this program");
	else if (files_load(dir, ret, &err) == RP_OK)
		return true;
	log_event(LOG_LVL_WARN, "serve.pages",
		  "served=0 story=\"%s\" next=\"the API is served; set pages in repind.conf to the folder of "
		  "the "
		  "pages and start again\"",
		  err.story);
	files_free(ret);
	return false;
}

static rp_code serve(struct app *a, const sigset_t *end, struct rp_error *err)
{
	static struct files pages; /* large */
	struct server_conf c;
	server *s = NULL;
	int got = 0;
	rp_code rc;

	settings_server(a->set, &c);
	c.pages = load_pages(a->set, &pages) ? &pages : NULL;
	rc = server_start(&c, a->i, &s, err);
	if (rc != RP_OK) {
		files_free(&pages);
		return rc;
	}
	say_ready(a, s);
	while (sigwait(end, &got) != 0)
		;
	notify_service("STOPPING=1");
	log_event(LOG_LVL_INFO, "serve.stops", "signal=%d", got);
	server_stop(s);
	files_free(&pages);
	return RP_OK;
}

/*
 * A token or database that is not the right one must not even listen. A log that waits for its seal
 * may: that is our work.
 */
static rp_code check_ready(struct app *a, struct rp_error *err)
{
	rp_code rc = log_check_keys(a->i, err);

	if (rc == RP_OK)
		rc = seal_round(a, err);
	return rc == RP_OK ? issuer_ready(a->i, err) : rc;
}

rp_code cmd_serve(struct app *a, struct rp_error *err)
{
	struct rounds all = {.a = a};
	struct round rounds[] = {
		{.name = "seal", .every_ms = 1000, .run = seal_round},
		{.name = "sweep", .every_ms = 10000, .run = sweep_round},
		{.name = "notices", .every_ms = 2000, .run = notice_round},
		{.name = "revocations", .every_ms = 1000, .run = revocation_round},
	};
	const size_t n = sizeof rounds / sizeof rounds[0];
	sigset_t end;
	rp_code rc;

	/* Every thread inherits it: the signals wait for sigwait alone. */
	(void)sigemptyset(&end);
	(void)sigaddset(&end, SIGTERM);
	(void)sigaddset(&end, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &end, NULL);
	rc = app_open(a, err);
	if (rc == RP_OK)
		rc = check_ready(a, err);
	if (rc != RP_OK)
		return rc;
	rc = start_rounds(&all, rounds, n, err);
	if (rc == RP_OK)
		rc = serve(a, &end, err);
	stop_rounds(&all, rounds, n);
	/* What was committed last gets its number before we go. */
	return rc == RP_OK ? seal_round(a, err) : rc;
}
