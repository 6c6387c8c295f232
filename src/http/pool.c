/* SPDX-License-Identifier: Apache-2.0 */
#include "http/internal.h"

#include <string.h>

static struct req *pool_get(struct pool *p)
{
	struct req *r;

	(void)pthread_mutex_lock(&p->lock);
	while (p->first == NULL && !p->ending)
		(void)pthread_cond_wait(&p->more, &p->lock);
	r = p->first;
	if (r != NULL) {
		p->first = r->next;
		p->waiting--;
		if (p->first == NULL)
			p->last = &p->first;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return r;
}

static void *worker(void *arg)
{
	struct pool *p = arg;

	for (struct req *r = pool_get(p); r != NULL; r = pool_get(p))
		request_work(r);
	return NULL;
}

rp_code pool_start(struct pool *p, unsigned n, struct rp_error *err)
{
	*p = (struct pool){0};
	p->last = &p->first;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->more, NULL);
	for (; p->n < n; p->n++) {
		const int rc = pthread_create(&p->threads[p->n], NULL, worker, p);

		if (rc != 0)
			return rp_fail(err, RP_E_FAULT, "no thread for requests: %s", strerror(rc));
	}
	return RP_OK;
}

void pool_stop(struct pool *p)
{
	if (p->last == NULL) /* never started */
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->ending = true;
	(void)pthread_cond_broadcast(&p->more);
	(void)pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n; i++)
		(void)pthread_join(p->threads[i], NULL);
	(void)pthread_cond_destroy(&p->more);
	(void)pthread_mutex_destroy(&p->lock);
}

bool pool_put(struct pool *p, struct req *r)
{
	bool room;

	r->next = NULL;
	(void)pthread_mutex_lock(&p->lock);
	room = p->waiting < WAITING_PER_WORKER * p->n;
	if (room) {
		*p->last = r;
		p->last = &r->next;
		p->waiting++;
		(void)pthread_cond_signal(&p->more);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return room;
}
