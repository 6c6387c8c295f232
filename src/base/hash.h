/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, and the few texts in which bytes travel. The checksums of cards and keys live elsewhere. */
#ifndef REPIN_BASE_HASH_H
#define REPIN_BASE_HASH_H

#include "base/error.h"

#define SHA256_LEN 32

/* SHA-256 of the parts one after the other. Source: FIPS 180-4. */
struct hash_part {
	const void *p;
	size_t len;
};
void hash_sha256(const struct hash_part *parts, size_t n, uint8_t ret[SHA256_LEN]);

/*
 * The card id: first 16 bytes of SHA-256("REPIN1" || issuer || profile || number), the last three
 * each after one length byte. False when one of them is longer than 255 bytes.
 * Source: design paper, "The issuer reset, on the wire" (docs/wire.md, section 1).
 */
#define CARD_ID_LEN 16
RP_MUST_CHECK bool hash_card_id(const char *issuer, const char *profile, const char *number,
				uint8_t ret[CARD_ID_LEN]);

/* True when Ed25519 `sig` is that of `key` over the bytes. Source: RFC 8032. */
RP_MUST_CHECK bool hash_ed25519_good(const uint8_t key[32], const void *bytes, size_t len,
				     const uint8_t sig[64]);

/*
 * Argon2id, 19 MiB and 2 passes (RFC 9106; OWASP's least). `salt` 16 bytes. Takes about 20 ms and
 * the memory: the caller limits how many run at once. Errors: RP_E_NO_MEMORY.
 */
RP_MUST_CHECK rp_code hash_argon2id(const void *secret, size_t len, const uint8_t salt[16], uint8_t ret[32],
				    struct rp_error *err);

/* Equal in constant time. */
bool hash_equal(const void *a, const void *b, size_t len);

/* Standard base64 with padding (RFC 4648, 4), terminated; false when cap is too small. */
RP_MUST_CHECK bool base64_of(const void *bytes, size_t len, char *ret, size_t cap);
/* Strict: no blanks, right padding. False otherwise, or when more than cap bytes. */
RP_MUST_CHECK bool base64_read(const char *text, uint8_t *ret, size_t cap, size_t *ret_len);

/*
 * Base-32 for people: Crockford's alphabet (no I, L, O, U), `chars` random characters and a check
 * character (Luhn modulo 32: every single wrong character is found, and every swap of neighbours but
 * of 0 and Z). `ret` has chars + 2 bytes.
 */
void code32_new(unsigned chars, char *ret);
/*
 * Upper-cases, takes I and L for 1 and O for 0, drops blanks and '-'. False when the check character
 * is wrong.
 */
RP_MUST_CHECK bool code32_read(const char *typed, unsigned chars, char *ret);

#endif
