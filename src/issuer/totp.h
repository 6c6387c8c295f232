/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-time passwords by time: HMAC-SHA-1, steps of 30 seconds. Sources: RFC 6238 (4.2, appendix B),
 * RFC 4226 (5.3).
 */
#ifndef REPIN_ISSUER_TOTP_H
#define REPIN_ISSUER_TOTP_H

#include "base/secret.h"

#define TOTP_STEP_MS INT64_C(30000)
#define TOTP_KEY_LEN 20 /* as long as the hash, RFC 4226 4 R6 */
#define TOTP_DIGITS 6

/* The number of `digits` (6 to 8) for this step. Errors: RP_E_FAULT. */
RP_MUST_CHECK rp_code totp_code(const rp_secret *key, uint64_t step, unsigned digits, char ret[9],
				struct rp_error *err);
/*
 * Which of the steps step - 1, step and step + 1 has this code? The comparisons take the same time
 * for every code. *ret_step 0: none of them. Errors: RP_E_FAULT.
 */
RP_MUST_CHECK rp_code totp_find(const rp_secret *key, uint64_t step, const char *code, uint64_t *ret_step,
				struct rp_error *err);
/*
 * The key as base-32 of RFC 4648 without padding, as authenticators take it: 32 characters and NUL.
 */
void totp_base32(const rp_secret *key, char ret[33]);

#endif
