/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of transactions: the database's clock, but never less than the highest that was seen by
 * this process or written down ('highest-ms' in meta). It is written down by one transaction a
 * second, which takes it along right before its COMMIT (and passes the row over when another has
 * it), so nobody waits for that row and no commit is made for it.
 */
#include "store/engine.h"

#include <pthread.h>
#include <stdlib.h>

#define WRITE_EVERY_MS 1000

struct times {
	pthread_mutex_t lock;
	int64_t highest; /* seen */
	int64_t written; /* as it was last read from meta */
	int64_t noted;	 /* when we last handed one out for writing */
};

struct times *times_new(void)
{
	struct times *t = calloc(1, sizeof *t);

	if (t != NULL)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

void times_free(struct times *t)
{
	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t);
}

int64_t times_see(struct times *t, int64_t clock, int64_t written)
{
	int64_t now;

	pthread_mutex_lock(&t->lock);
	/*
	 * Two admins may set the time in meta back after a clock was wrong; every node then forgets what it
	 * saw. By more than a minute, because less never stops the service, and because two
	 * transactions may read meta in the other order.
	 */
	if (written < t->written - STORE_CLOCK_BEHIND_MS) {
		t->highest = written;
		t->noted = 0;
	}
	t->written = written;
	if (written > t->highest)
		t->highest = written;
	if (clock > t->highest)
		t->highest = clock;
	now = t->highest;
	pthread_mutex_unlock(&t->lock);
	return now;
}

int64_t times_last(struct times *t)
{
	int64_t last;

	pthread_mutex_lock(&t->lock);
	last = t->highest;
	pthread_mutex_unlock(&t->lock);
	return last;
}

int64_t times_due(struct times *t, int64_t now)
{
	int64_t due = -1;

	pthread_mutex_lock(&t->lock);
	if (now > t->written && now - t->noted >= WRITE_EVERY_MS) {
		t->noted = now;
		due = now;
	}
	pthread_mutex_unlock(&t->lock);
	return due;
}
