/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guarded bytes: the only home of a PIN between keyboard and APDU.
 * Each lives on its own locked pages between guard pages, is left out of core
 * files, and is wiped when freed. No function turns one into text, and the log
 * does not take one.
 */
#ifndef REPIN_SECRET_H
#define REPIN_SECRET_H

#include "repin/types.h"

typedef struct rp_secret rp_secret;

/*
 * Forbids core files and tracing of this process. Call at start. *ret_locked tells whether
 * pages can be locked in memory (RLIMIT_MEMLOCK): a program that takes secrets warns when
 * not. NULL: not asked. Errors: RP_E_FAULT.
 */
RP_API RP_MUST_CHECK rp_code rp_secret_start(bool *ret_locked, struct rp_error *err);

/* An empty secret that can hold `cap` bytes. Errors: RP_E_NO_MEMORY. */
RP_API RP_MUST_CHECK rp_code rp_secret_new(size_t cap, rp_secret **ret, struct rp_error *err);
/* A secret with a copy of len bytes (tests, and bytes that never were secret). */
RP_API RP_MUST_CHECK rp_code rp_secret_from(const void *bytes, size_t len, rp_secret **ret,
					    struct rp_error *err);

RP_API size_t rp_secret_len(const rp_secret *s);
RP_API size_t rp_secret_cap(const rp_secret *s);
RP_API const uint8_t *rp_secret_bytes(const rp_secret *s); /* borrowed, valid until the next change */
/* Adds one byte or several; false when it would not fit (nothing is added). */
RP_API RP_MUST_CHECK bool rp_secret_push(rp_secret *s, uint8_t byte);
RP_API RP_MUST_CHECK bool rp_secret_append(rp_secret *s, const void *bytes, size_t len);
/* Shortens to len bytes and wipes the rest; longer than it is: no effect. */
RP_API void rp_secret_truncate(rp_secret *s, size_t len);
/* Empties and wipes. */
RP_API void rp_secret_clear(rp_secret *s);
/* Constant time in the content; the lengths are not hidden. NULL equals nothing. */
RP_API bool rp_secret_equal(const rp_secret *a, const rp_secret *b);

RP_API void rp_secret_free(rp_secret *s); /* wipes; NULL is fine */
RP_API void rp_secret_freep(rp_secret **s);
#endif
