/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that threads share: the last one given back is the first one taken. */
#include "store/engine.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define WAIT_S 30

struct pool {
	store *s;
	pthread_mutex_t lock;
	pthread_cond_t given;
	unsigned taken; /* by callers */
	unsigned n_idle;
	struct conn *idle[];
};

struct pool *pool_new(store *s)
{
	struct pool *p = calloc(1, sizeof *p + s->max * sizeof p->idle[0]);
	pthread_condattr_t attr;

	if (p == NULL)
		return NULL;
	p->s = s;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->given, &attr);
	pthread_condattr_destroy(&attr);
	return p;
}

void pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	while (p->n_idle > 0)
		p->s->engine->close(p->idle[--p->n_idle]);
	pthread_cond_destroy(&p->given);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* Takes a place and, where there is one, an idle connection. */
static rp_code place(struct pool *p, struct conn **ret, struct rp_error *err)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&p->lock);
	while (p->taken == p->s->max && rc == 0)
		rc = pthread_cond_timedwait(&p->given, &p->lock, &until);
	if (p->taken == p->s->max) {
		pthread_mutex_unlock(&p->lock);
		return rp_fail(err, RP_E_STORE_AWAY,
			       "all %u connections to the database have been taken for %d s", p->s->max,
			       WAIT_S);
	}
	p->taken++;
	*ret = p->n_idle > 0 ? p->idle[--p->n_idle] : NULL;
	pthread_mutex_unlock(&p->lock);
	return RP_OK;
}

static void leave(struct pool *p, struct conn *idle)
{
	pthread_mutex_lock(&p->lock);
	p->taken--;
	if (idle != NULL)
		p->idle[p->n_idle++] = idle;
	pthread_cond_signal(&p->given);
	pthread_mutex_unlock(&p->lock);
}

rp_code pool_take(struct pool *p, bool fresh, struct conn **ret, struct rp_error *err)
{
	struct conn *c = NULL;
	rp_code rc = place(p, &c, err);

	if (rc != RP_OK)
		return rc;
	if (c != NULL && (fresh || !p->s->engine->alive(c))) {
		p->s->engine->close(c);
		c = NULL;
	}
	if (c == NULL)
		rc = p->s->engine->open(p->s, &c, err);
	else
		c->reused = true;
	if (rc != RP_OK) {
		leave(p, NULL);
		return rc;
	}
	*ret = c;
	return RP_OK;
}

void pool_give(struct pool *p, struct conn *c)
{
	if (c->lost) {
		p->s->engine->close(c);
		c = NULL;
	}
	leave(p, c);
}
