/* SPDX-License-Identifier: Apache-2.0 */
#include "server/issuer_between.h"

#include <pthread.h>

struct between between;

rp_code __real_store_work(store *s, const struct store_opts *o, store_work_fn *work, void *arg,
			  struct rp_error *err);
rp_code __wrap_store_work(store *s, const struct store_opts *o, store_work_fn *work, void *arg,
			  struct rp_error *err);
rp_code __real_keys_cryptogram(keys *k, const struct keys_card *c, const uint8_t challenge[16],
			       uint8_t ret[16], struct rp_error *err);
rp_code __wrap_keys_cryptogram(keys *k, const struct keys_card *c, const uint8_t challenge[16],
			       uint8_t ret[16], struct rp_error *err);
rp_code __real_keys_pepper(keys *k, unsigned version, const struct hash_part *parts, size_t n,
			   uint8_t ret[32], struct rp_error *err);
rp_code __wrap_keys_pepper(keys *k, unsigned version, const struct hash_part *parts, size_t n,
			   uint8_t ret[32], struct rp_error *err);
rp_code __real_hash_argon2id(const void *secret, size_t len, const uint8_t salt[16], uint8_t ret[32],
			     struct rp_error *err);
rp_code __wrap_hash_argon2id(const void *secret, size_t len, const uint8_t salt[16], uint8_t ret[32],
			     struct rp_error *err);

/* Tests let several threads ask. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* One more; true when this is the one that fails. */
static bool one_of(unsigned *count, unsigned *fails)
{
	bool it;

	pthread_mutex_lock(&lock);
	if (count != NULL)
		++*count;
	it = *fails != 0 && --*fails == 0;
	pthread_mutex_unlock(&lock);
	return it;
}

static void count_writing(const struct store_opts *o)
{
	pthread_mutex_lock(&lock);
	between.writing += o->read_only ? 0 : 1;
	pthread_mutex_unlock(&lock);
}

rp_code __wrap_store_work(store *s, const struct store_opts *o, store_work_fn *work, void *arg,
			  struct rp_error *err)
{
	rp_code rc;

	if (one_of(NULL, &between.at_work_in))
		between.at_work();
	if (one_of(&between.works, &between.work_fails))
		return rp_fail(err, RP_E_STORE_AWAY, "as the test wants it");
	count_writing(o);
	rc = __real_store_work(s, o, work, arg, err);
	if (rc == RP_OK && one_of(NULL, &between.commit_lost))
		return rp_fail(err, RP_E_STORE_AWAY, "as the test wants it");
	return rc;
}

rp_code __wrap_keys_cryptogram(keys *k, const struct keys_card *c, const uint8_t challenge[16],
			       uint8_t ret[16], struct rp_error *err)
{
	if (one_of(&between.cryptograms, &between.cryptogram_fails))
		return rp_fail(err, RP_E_TOKEN, "as the test wants it");
	return __real_keys_cryptogram(k, c, challenge, ret, err);
}

rp_code __wrap_keys_pepper(keys *k, unsigned version, const struct hash_part *parts, size_t n,
			   uint8_t ret[32], struct rp_error *err)
{
	if (one_of(&between.peppers, &between.pepper_fails))
		return rp_fail(err, RP_E_TOKEN, "as the test wants it");
	return __real_keys_pepper(k, version, parts, n, ret, err);
}

rp_code __wrap_hash_argon2id(const void *secret, size_t len, const uint8_t salt[16], uint8_t ret[32],
			     struct rp_error *err)
{
	void (*at)(void);

	pthread_mutex_lock(&lock);
	at = between.at_argon2;
	between.argon2++;
	between.at_argon2 = NULL;
	pthread_mutex_unlock(&lock);
	if (at != NULL)
		at();
	return __real_hash_argon2id(secret, len, salt, ret, err);
}
