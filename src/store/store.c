/* SPDX-License-Identifier: Apache-2.0 */
/* The store itself, and a piece of work from its begin to its end. Statements: tx.c. */
#include "store/engine.h"

#include "base/log.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS 8
#define TRIES 12       /* of a work that the database wants from its beginning */
#define SETTLE_TRIES 8 /* of finding out after a lost answer; about ten seconds */

static rp_code set_address(store *s, const char *url, struct rp_error *err)
{
	bool sqlite = strncmp(url, "sqlite:", 7) == 0;

	if (!sqlite && strncmp(url, "postgresql://", 13) != 0 && strncmp(url, "postgres://", 11) != 0)
		return rp_fail(err, RP_E_CONFIG,
			       "the database's address must begin with sqlite:/ or postgresql://");
	if (sqlite && url[7] != '/')
		return rp_fail(err, RP_E_CONFIG, "the path behind sqlite: must begin with /");
	s->engine = sqlite ? &engine_sqlite : &engine_postgres;
	s->url = strdup(sqlite ? url + 7 : url);
	return s->url != NULL ? RP_OK : rp_fail(err, RP_E_NO_MEMORY, "no memory for the database's address");
}

static rp_code make(store *s, const struct store_conf *c, struct rp_error *err)
{
	struct conn *first;
	rp_code rc;

	pthread_mutex_init(&s->writer, NULL);
	s->max = c->connections != 0 ? c->connections : CONNECTIONS;
	s->ha = c->ha;
	s->clock = c->clock;
	s->clock_arg = c->clock_arg;
	rc = set_address(s, c->url, err);
	if (rc != RP_OK)
		return rc;
	s->times = times_new();
	s->pool = pool_new(s);
	if (s->times == NULL || s->pool == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the database's connections");
	/* An address that leads nowhere is told at once. */
	rc = pool_take(s->pool, false, &first, err);
	if (rc == RP_OK)
		pool_give(s->pool, first);
	return rc;
}

rp_code store_open(const struct store_conf *c, store **ret, struct rp_error *err)
{
	store *s = calloc(1, sizeof *s);
	rp_code rc;

	if (s == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the database");
	rc = make(s, c, err);
	if (rc != RP_OK) {
		store_close(s);
		return rc;
	}
	*ret = s;
	return RP_OK;
}

void store_close(store *s)
{
	if (s == NULL)
		return;
	pool_free(s->pool);
	times_free(s->times);
	pthread_mutex_destroy(&s->writer);
	free(s->url);
	free(s);
}

bool store_is_postgres(const store *s)
{
	return s->engine == &engine_postgres;
}

rp_code conn_take(store *s, bool fresh, bool read_only, struct conn **ret, struct rp_error *err)
{
	struct conn *c;
	rp_code rc = pool_take(s->pool, fresh, &c, err);

	if (rc != RP_OK)
		return rc;
	c->read_only = read_only;
	c->again = c->doubt = c->answered = c->timed = c->settles = false;
	c->failed = RP_OK;
	*ret = c;
	return RP_OK;
}

/* 1, 2, 4 … 256 ms, a random half of it less: those who met do not meet again. */
static void nap(unsigned attempt)
{
	uint32_t r, most = UINT32_C(1000000) << (attempt < 9 ? attempt - 1 : 8);
	struct timespec t = {0};

	rp_random(&r, sizeof r);
	t.tv_nsec = (long)(most / 2 + r % (most / 2));
	(void)nanosleep(&t, NULL); /* one that is cut short is a shorter one */
}

/* Asks on new connections what became of `tx`. */
static rp_code find_out(const struct store_tx *tx, bool *ret_committed, struct rp_error *err)
{
	const struct engine *e = tx->s->engine;
	rp_code rc = RP_E_STORE_AWAY;

	for (unsigned i = 0; i < SETTLE_TRIES && rc != RP_OK; i++) {
		struct conn *c = NULL;

		if (i > 0)
			nap(i + 4);
		rc = e->open(tx->s, &c, err);
		if (rc != RP_OK)
			continue;
		rc = e->settle(c, tx->c, tx->o->idempotency_key, tx->id, ret_committed, err);
		e->close(c);
	}
	log_event(LOG_LVL_WARN, "store.settled", "result=%s",
		  rc != RP_OK	   ? "unknown"
		  : *ret_committed ? "committed"
				   : "absent");
	return rc;
}

/* COMMIT was sent and its answer is lost: the idempotency row tells. */
static rp_code settle(struct store_tx *tx, struct rp_error *err)
{
	struct rp_error why = tx->c->why;
	bool committed = false;
	rp_code rc = RP_E_STORE_AWAY;

	if (tx->s->engine->settle != NULL && tx->o->idempotency_key != NULL && tx->c->settles)
		rc = find_out(tx, &committed, &why);
	if (rc != RP_OK)
		return rp_fail(err, RP_E_STORE_AWAY,
			       "the answer to COMMIT was lost; it is not known whether it was done: %s",
			       why.story);
	if (committed)
		return RP_OK;
	return rp_fail(err, RP_E_STORE_AWAY, "the answer to COMMIT was lost; nothing was committed");
}

static rp_code finish(struct store_tx *tx, struct rp_error *err)
{
	struct conn *c = tx->c;
	int64_t due = c->timed && !c->read_only ? times_due(tx->s->times, c->now) : -1;
	rp_code rc;

	if (c->failed != RP_OK) { /* the work passed over it */
		if (err != NULL)
			*err = c->why;
		return c->failed;
	}
	c->why = (struct rp_error)RP_ERROR_INIT;
	rc = tx->s->engine->commit(c, due, &c->why);
	if (c->doubt)
		return settle(tx, err);
	if (rc != RP_OK && err != NULL)
		*err = c->why;
	return rc;
}

/* What came of one attempt. */
struct attempt {
	bool again; /* the database wants it from the beginning */
	bool stale; /* the connection had died before anything was asked */
	bool lost;
};

static rp_code once(store *s, const struct store_opts *o, bool fresh, store_work_fn *work, void *arg,
		    struct attempt *ret, struct rp_error *err)
{
	struct store_tx tx = {.s = s, .o = o};
	rp_code rc = conn_take(s, fresh, o->read_only, &tx.c, err);

	*ret = (struct attempt){0};
	if (rc != RP_OK)
		return rc;
	rp_random(tx.id, sizeof tx.id);
	rc = s->engine->begin(tx.c, o->card_id, true, err);
	if (rc == RP_OK)
		rc = work(&tx, arg, err);
	if (rc == RP_OK)
		rc = finish(&tx, err);
	if (rc != RP_OK && !tx.c->lost)
		s->engine->rollback(tx.c);
	ret->again = rc != RP_OK && tx.c->again;
	ret->lost = tx.c->lost && !tx.c->doubt;
	ret->stale = rc != RP_OK && ret->lost && tx.c->reused && !tx.c->answered;
	pool_give(s->pool, tx.c);
	return rc;
}

rp_code store_work(store *s, const struct store_opts *o, store_work_fn *work, void *arg, struct rp_error *err)
{
	struct attempt a;
	bool fresh = false;
	rp_code rc;

	for (unsigned i = 1;; i++) {
		rc = once(s, o, fresh, work, arg, &a, err);
		if (a.stale && !fresh) {
			fresh = true;
			continue;
		}
		if (!a.again)
			break;
		if (i >= TRIES)
			return rp_context(err, rc, "given up after %u attempts", i);
		nap(i);
	}
	return a.lost ? rp_context(err, rc, "the connection was lost; nothing was committed") : rc;
}
