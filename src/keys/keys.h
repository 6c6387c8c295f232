/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's keys, which live in a token behind PKCS#11 and never leave it (SoftHSM 2 unless
 * configured otherwise). One key for one use; what is derived from one is a session object that is
 * destroyed after use. Names on the token end in a version: "reset-1", "pepper-1", "seal-1", "wrap-1".
 *
 *     keys_make_token (once) -> keys_open -> keys_check against what the log's leaf 0 says -> use
 *
 * Any number of threads may call; sessions are pooled. A token that goes away makes every call
 * fail with RP_E_TOKEN (story: what to do), and the next call tries to come back. The module may be
 * restarted for that (C_Finalize), under whoever else uses it in this process by other means than
 * `keys`. A process that has SIGPIPE at its default ignores it from keys_open on.
 */
#ifndef REPIN_KEYS_KEYS_H
#define REPIN_KEYS_KEYS_H

#include "base/hash.h"
#include "base/secret.h"

typedef struct keys keys;

struct keys_conf {
	const char *module;   /* path of the PKCS#11 module */
	const char *token;    /* label of the token */
	const rp_secret *pin; /* user PIN of the token */
	unsigned sessions;    /* most at once; 0: 8 */
};

/*
 * Initialises a free slot of the module as token `label` with both PINs, and makes the four keys of
 * version 1. Errors: RP_E_TOKEN, RP_E_CONFLICT when a token of this label is there.
 */
RP_MUST_CHECK rp_code keys_make_token(const struct keys_conf *c, const rp_secret *so_pin,
				      struct rp_error *err);

/* Errors: RP_E_TOKEN (no module, no token, wrong PIN, a key is missing), RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code keys_open(const struct keys_conf *c, keys **ret, struct rp_error *err);
void keys_close(keys *k); /* NULL is fine */

/* Newest version of a use that is on the token. */
enum keys_use { KEYS_RESET, KEYS_PEPPER, KEYS_SEAL, KEYS_WRAP, KEYS_USES };
unsigned keys_version(const keys *k, enum keys_use use);

/*
 * Makes a further version of `pepper` or `wrap` on the token. Whoever has it open already finds it when they
 * open it anew. Errors: RP_E_NOT_OFFERED (another use), RP_E_TOKEN.
 */
RP_MUST_CHECK rp_code keys_make_next(const struct keys_conf *c, enum keys_use use, unsigned version,
				     struct rp_error *err);

/*
 * Check values of all keys (docs/server.md, "Keys on the token") as one JSON line without blanks,
 * {"pepper-1":"hex","reset-1":…} in the order of names. cap 1024 suffices for 3 versions of each.
 * Errors: RP_E_TOKEN.
 */
RP_MUST_CHECK rp_code keys_check_values(keys *k, char *ret, size_t cap, struct rp_error *err);

/* What both checksums of the reset application speak about (docs/wire.md, section 1). */
struct keys_card {
	unsigned version; /* of the reset key */
	uint8_t id[CARD_ID_LEN];
	uint8_t slot;
	uint16_t resets;
};
/* Errors: RP_E_TOKEN (also for a version that is not there). */
RP_MUST_CHECK rp_code keys_presence_mac(keys *k, const struct keys_card *c, const uint8_t nonce[16],
					const uint8_t challenge[16], uint8_t ret[16], struct rp_error *err);
RP_MUST_CHECK rp_code keys_cryptogram(keys *k, const struct keys_card *c, const uint8_t challenge[16],
				      uint8_t ret[16], struct rp_error *err);
/* Kcard itself, for the personaliser alone; 16 bytes. The caller logs it. Errors: RP_E_TOKEN. */
RP_MUST_CHECK rp_code keys_card_key(keys *k, unsigned version, const uint8_t id[CARD_ID_LEN], rp_secret **ret,
				    struct rp_error *err);

/* HMAC-SHA-256 under pepper-V over the parts. Errors: RP_E_TOKEN. */
RP_MUST_CHECK rp_code keys_pepper(keys *k, unsigned version, const struct hash_part *parts, size_t n,
				  uint8_t ret[32], struct rp_error *err);

/* Ed25519 under seal-V. Errors: RP_E_TOKEN. */
RP_MUST_CHECK rp_code keys_seal(keys *k, unsigned version, const void *bytes, size_t len, uint8_t ret[64],
				struct rp_error *err);
RP_MUST_CHECK rp_code keys_seal_public(keys *k, unsigned version, uint8_t ret[32], struct rp_error *err);

/*
 * Secrets that are imported once and kept in rows: authenticated encryption under wrap-V, bound to
 * `row` (the card id or the operator's name: a blob copied to another row does not open).
 * The blob is at most KEYS_WRAPPED_MAX bytes for a secret of up to 64.
 * Errors: RP_E_TOKEN; unwrap also RP_E_FAULT for a blob that does not open.
 */
#define KEYS_WRAPPED_MAX 128
RP_MUST_CHECK rp_code keys_wrap(keys *k, const rp_secret *secret, const struct hash_part *row, uint8_t *ret,
				size_t cap, size_t *ret_len, struct rp_error *err);
RP_MUST_CHECK rp_code keys_unwrap(keys *k, const uint8_t *blob, size_t len, const struct hash_part *row,
				  rp_secret **ret, struct rp_error *err);

/*
 * GIDS admin key (24 bytes, 3DES) that is wrapped for this card. Source: Microsoft minidriver
 * specification; GidsApplet; OpenSC card-gids.c (cards.md 6.1).
 *   response   3DES-CBC, IV zero, of the card's 8-byte challenge: for the telephone
 *   mutual     3DES-CBC, IV zero, of R2(16) || R1(16) || Z1(7 random and 80): 40 bytes
 *   proves     true when the card's 40-byte answer holds R1 || R2 the other way round under the same key
 * Errors: RP_E_TOKEN, RP_E_FAULT.
 */
RP_MUST_CHECK rp_code keys_gids_response(keys *k, const uint8_t *blob, size_t len,
					 const uint8_t id[CARD_ID_LEN], const uint8_t challenge[8],
					 uint8_t ret[8], struct rp_error *err);
RP_MUST_CHECK rp_code keys_gids_mutual(keys *k, const uint8_t *blob, size_t len,
				       const uint8_t id[CARD_ID_LEN], const uint8_t r1[16],
				       const uint8_t r2[16], uint8_t ret[40], struct rp_error *err);
RP_MUST_CHECK rp_code keys_gids_proves(keys *k, const uint8_t *blob, size_t len,
				       const uint8_t id[CARD_ID_LEN], const uint8_t r1[16],
				       const uint8_t r2[16], const uint8_t answer[40], bool *ret,
				       struct rp_error *err);

#endif
