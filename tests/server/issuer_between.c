/* SPDX-License-Identifier: Apache-2.0 */
#include "server/issuer_between.h"

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

/* True when this is the one that fails. */
static bool counts_down(unsigned *n)
{
	return *n != 0 && --*n == 0;
}

rp_code __wrap_store_work(store *s, const struct store_opts *o, store_work_fn *work, void *arg,
			  struct rp_error *err)
{
	rp_code rc;

	between.works++;
	if (counts_down(&between.work_fails))
		return rp_fail(err, RP_E_STORE_AWAY, "as the test wants it");
	rc = __real_store_work(s, o, work, arg, err);
	if (rc == RP_OK && counts_down(&between.commit_lost))
		return rp_fail(err, RP_E_STORE_AWAY, "as the test wants it");
	return rc;
}

rp_code __wrap_keys_cryptogram(keys *k, const struct keys_card *c, const uint8_t challenge[16],
			       uint8_t ret[16], struct rp_error *err)
{
	between.cryptograms++;
	if (counts_down(&between.cryptogram_fails))
		return rp_fail(err, RP_E_TOKEN, "as the test wants it");
	return __real_keys_cryptogram(k, c, challenge, ret, err);
}

rp_code __wrap_keys_pepper(keys *k, unsigned version, const struct hash_part *parts, size_t n,
			   uint8_t ret[32], struct rp_error *err)
{
	between.peppers++;
	if (counts_down(&between.pepper_fails))
		return rp_fail(err, RP_E_TOKEN, "as the test wants it");
	return __real_keys_pepper(k, version, parts, n, ret, err);
}

rp_code __wrap_hash_argon2id(const void *secret, size_t len, const uint8_t salt[16], uint8_t ret[32],
			     struct rp_error *err)
{
	void (*at)(void) = between.at_argon2;

	between.argon2++;
	between.at_argon2 = NULL;
	if (at != NULL)
		at();
	return __real_hash_argon2id(secret, len, salt, ret, err);
}
