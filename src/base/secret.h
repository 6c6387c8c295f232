/* SPDX-License-Identifier: Apache-2.0 */
/* Guarded bytes (the contract is in repin/secret.h), and wiping of everything else. */
#ifndef REPIN_BASE_SECRET_H
#define REPIN_BASE_SECRET_H

#include "base/error.h"
#include "repin/secret.h"

/*
 * Adds len bytes and gives the place where they are to be written, inside the guarded
 * pages: for encoders, so that a secret is never built elsewhere. NULL when it would not fit.
 */
uint8_t *rp_secret_room(rp_secret *s, size_t len);
/* Fills with random bytes of the kernel's generator. */
void rp_random(void *bytes, size_t len);
/* Wipes len bytes in a way the compiler does not remove. */
void rp_wipe(void *bytes, size_t len);
/*
 * BLAKE2b of len bytes under a key, into hash_len (16 to 64) bytes: names that tell nothing
 * to whoever does not have the key.
 */
void rp_keyed_hash(const uint8_t *key, size_t key_len, const void *bytes, size_t len, uint8_t *ret,
		   size_t hash_len);

#endif
