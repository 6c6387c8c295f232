/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card's key on its way to whoever personalises the card: RSAES-OAEP with SHA-256 and an empty label,
 * for their public key. Any library opens it:
 *
 *     base64 -d | openssl pkeyutl -decrypt -inkey PRIVATE.pem -pkeyopt rsa_padding_mode:oaep \
 *         -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
 *
 * GnuTLS 3.7 has no OAEP and SoftHSM has it with SHA-1 alone, so the padding is here and the power is GMP's.
 */
#ifndef REPIN_SERVER_WRAP_KEY_H
#define REPIN_SERVER_WRAP_KEY_H

#include "repin/secret.h"

#include "base/error.h"

#define WRAP_BYTES 1024 /* of the longest modulus: 8192 bits */

/*
 * `pem`: a public key ("PUBLIC KEY") or a certificate, RSA of 2048 to 8192 bits; `ret_name` its SHA-256 (of the
 * SubjectPublicKeyInfo) in hex, for the log. Errors: RP_E_CONFIG (no such key, too short), RP_E_NO_MEMORY.
 * Source: RFC 8017, 7.1.1.
 */
struct wrap_key;
RP_MUST_CHECK rp_code wrap_key_read(const char *pem, size_t len, struct wrap_key **ret, struct rp_error *err);
void wrap_key_freep(struct wrap_key **k);
const char *wrap_key_name(const struct wrap_key *k);
/* `*ret_len` bytes, as long as the modulus. Errors: RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code wrap_key_for(const struct wrap_key *k, const rp_secret *secret, uint8_t ret[WRAP_BYTES],
				   size_t *ret_len, struct rp_error *err);

#endif
