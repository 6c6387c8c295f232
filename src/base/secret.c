/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define ALIGN 16u

struct rp_secret {
	size_t len, cap;
	uint8_t bytes[];
};

static bool pages_can_be_locked(void)
{
	static uint8_t probe[4096];
	bool ok = sodium_mlock(probe, sizeof probe) == 0;

	if (ok)
		(void)sodium_munlock(probe, sizeof probe); /* it holds zeros; nothing to save */
	return ok;
}

rp_code rp_secret_start(bool *ret_locked, struct rp_error *err)
{
	const struct rlimit none = {0, 0};

	/* The library for guarded memory starts with the first secret: a look at a card needs none. */
	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return rp_fail(err, RP_E_FAULT, "core files cannot be switched off");
	if (ret_locked != NULL)
		*ret_locked = pages_can_be_locked();
	return RP_OK;
}

rp_code rp_secret_new(size_t cap, rp_secret **ret, struct rp_error *err)
{
	rp_secret *s = NULL;

	if (sodium_init() < 0) /* at once when it has run before */
		return rp_fail(err, RP_E_FAULT, "the library for guarded memory cannot start");
	/* sodium_malloc puts the end at the guard page: a size that is no multiple of the
	 * alignment would put the beginning at an odd address. */
	if (cap <= SIZE_MAX - sizeof *s - ALIGN)
		s = sodium_malloc((sizeof *s + cap + ALIGN - 1) / ALIGN * ALIGN);
	if (s == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no guarded memory for %zu bytes", cap);
	s->len = 0;
	s->cap = cap;
	*ret = s;
	return RP_OK;
}

rp_code rp_secret_from(const void *bytes, size_t len, rp_secret **ret, struct rp_error *err)
{
	rp_secret *s = NULL;
	rp_code rc = rp_secret_new(len, &s, err);

	if (rc != RP_OK)
		return rc;
	if (!rp_secret_append(s, bytes, len)) {
		rp_secret_free(s);
		return rp_fail(err, RP_E_FAULT, "a secret does not hold its own length");
	}
	*ret = s;
	return RP_OK;
}

size_t rp_secret_len(const rp_secret *s)
{
	return s->len;
}

size_t rp_secret_cap(const rp_secret *s)
{
	return s->cap;
}

const uint8_t *rp_secret_bytes(const rp_secret *s)
{
	return s->bytes;
}

bool rp_secret_push(rp_secret *s, uint8_t byte)
{
	return rp_secret_append(s, &byte, 1);
}

bool rp_secret_append(rp_secret *s, const void *bytes, size_t len)
{
	if (len > s->cap - s->len)
		return false;
	if (len > 0)
		memcpy(s->bytes + s->len, bytes, len);
	s->len += len;
	return true;
}

uint8_t *rp_secret_room(rp_secret *s, size_t len)
{
	uint8_t *room = s->bytes + s->len;

	if (len > s->cap - s->len)
		return NULL;
	s->len += len;
	return room;
}

void rp_secret_truncate(rp_secret *s, size_t len)
{
	if (len >= s->len)
		return;
	sodium_memzero(s->bytes + len, s->len - len);
	s->len = len;
}

void rp_secret_clear(rp_secret *s)
{
	rp_secret_truncate(s, 0);
}

bool rp_secret_equal(const rp_secret *a, const rp_secret *b)
{
	if (a == NULL || b == NULL || a->len != b->len)
		return false;
	return sodium_memcmp(a->bytes, b->bytes, a->len) == 0;
}

void rp_secret_free(rp_secret *s)
{
	sodium_free(s); /* wipes before it unmaps; NULL is fine */
}

void rp_secret_freep(rp_secret **s)
{
	rp_secret_free(*s);
	*s = NULL;
}

void rp_wipe(void *bytes, size_t len)
{
	sodium_memzero(bytes, len);
}

void rp_random(void *bytes, size_t len)
{
	/* At once when it has run before; without randomness nobody can go on. */
	if (sodium_init() < 0)
		abort();
	randombytes_buf(bytes, len);
}

void rp_keyed_hash(const uint8_t *key, size_t key_len, const void *bytes, size_t len, uint8_t *ret,
		   size_t hash_len)
{
	/* Fails for lengths only that no caller uses. Before sodium_init it is slower and no different. */
	(void)crypto_generichash(ret, hash_len, bytes, len, key, key_len);
}
