/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/sources.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "issuer/issuer.h"

#define WINDOW_MS INT64_C(60000)
#define SETS 512 /* a power of two */
#define WAYS 4

struct source {
	uint64_t name; /* keyed hash of address or fingerprint; 0: free */
	int64_t from_ms;
	unsigned wrong;
};

struct sources {
	pthread_mutex_t lock;
	uint8_t key[32]; /* so that nobody chooses who shares a place */
	struct source at[SETS][WAYS];
};

rp_code sources_new(struct sources **ret, struct rp_error *err)
{
	struct sources *s = calloc(1, sizeof *s);

	if (s == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the limits of sources");
	pthread_mutex_init(&s->lock, NULL);
	rp_random(s->key, sizeof s->key);
	*ret = s;
	return RP_OK;
}

void sources_free(struct sources *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static uint64_t name_of(const struct sources *s, const struct issuer_peer *who)
{
	const char *source = who->source != NULL ? who->source : "";
	uint8_t hash[16];
	uint64_t name;

	if (who->fingerprint != NULL)
		rp_keyed_hash(s->key, sizeof s->key, who->fingerprint, 32, hash, sizeof hash);
	else
		rp_keyed_hash(s->key, sizeof s->key, source, strlen(source), hash, sizeof hash);
	memcpy(&name, hash, sizeof name);
	return name | 1; /* never 0 */
}

/* Its place, or NULL. */
static struct source *find(struct sources *s, uint64_t name)
{
	struct source *set = s->at[(name >> 1) & (SETS - 1)];

	for (size_t k = 0; k < WAYS; k++)
		if (set[k].name == name)
			return &set[k];
	return NULL;
}

/* Its place, made from the oldest of its set when it has none. */
static struct source *place(struct sources *s, uint64_t name)
{
	struct source *set = s->at[(name >> 1) & (SETS - 1)];
	struct source *found = find(s, name), *oldest = &set[0];

	if (found != NULL)
		return found;
	for (size_t k = 1; k < WAYS; k++)
		if (set[k].from_ms < oldest->from_ms)
			oldest = &set[k];
	*oldest = (struct source){.name = name, .from_ms = INT64_MIN / 2};
	return oldest;
}

bool sources_may(struct sources *s, const struct issuer_peer *who, int64_t now_ms)
{
	uint64_t name = name_of(s, who);
	const struct source *p;
	bool may;

	pthread_mutex_lock(&s->lock);
	p = find(s, name);
	may = p == NULL || p->wrong < SOURCE_WRONG_A_MINUTE || now_ms - p->from_ms >= WINDOW_MS;
	pthread_mutex_unlock(&s->lock);
	return may;
}

void sources_wrong(struct sources *s, const struct issuer_peer *who, int64_t now_ms)
{
	uint64_t name = name_of(s, who);
	struct source *p;

	pthread_mutex_lock(&s->lock);
	p = place(s, name);
	if (now_ms - p->from_ms >= WINDOW_MS) {
		p->from_ms = now_ms;
		p->wrong = 0;
	}
	p->wrong++;
	pthread_mutex_unlock(&s->lock);
}
