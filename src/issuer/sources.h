/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits per source, in this process's memory: a table of fixed size that counts what was wrong, by
 * address or by terminal. Right requests are not limited here (cards have limits of their own, in rows).
 */
#ifndef REPIN_ISSUER_SOURCES_H
#define REPIN_ISSUER_SOURCES_H

#include "base/error.h"

struct sources;
struct issuer_peer;

/* Wrong requests of one source in a minute, before it has to wait. */
#define SOURCE_WRONG_A_MINUTE 60

RP_MUST_CHECK rp_code sources_new(struct sources **ret, struct rp_error *err);
void sources_free(struct sources *s); /* NULL is fine */
/* May this source ask at `now_ms` (clock_ms())? */
RP_MUST_CHECK bool sources_may(struct sources *s, const struct issuer_peer *who, int64_t now_ms);
/* It asked something wrong. */
void sources_wrong(struct sources *s, const struct issuer_peer *who, int64_t now_ms);

#endif
