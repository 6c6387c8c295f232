/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a wrapped secret looks like, and how it is opened within a lease.
 *
 *     01 | version of wrap (2) | IV (12) | ciphertext | tag (16)     AES-256-GCM (NIST SP 800-38D)
 *     additional data: "repin wrapped" || the first three bytes || the row
 */
#ifndef REPIN_KEYS_WRAPPED_H
#define REPIN_KEYS_WRAPPED_H

#include "keys/token.h"

/* A lease of the key that the blob names. Errors: RP_E_TOKEN, RP_E_FAULT (it is no blob). */
RP_MUST_CHECK rp_code wrapped_lease(keys *k, const uint8_t *blob, size_t len, struct lease *ret,
				    struct rp_error *err);
/* Errors: RP_E_FAULT (it does not open: changed, or of another row), RP_E_TOKEN, RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code wrapped_open(struct lease *l, const uint8_t *blob, size_t len,
				   const struct hash_part *row, rp_secret **ret, struct rp_error *err);

#endif
