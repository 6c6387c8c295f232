/* SPDX-License-Identifier: Apache-2.0 */
#include "server/wrap_key.h"

#include <gmp.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/secret.h"

#define BITS_MIN 2048
#define LIMBS (WRAP_BYTES * 8 / GMP_NUMB_BITS)

struct wrap_key {
	mpz_t n, e;
	size_t bytes; /* of the modulus */
	char name[2 * SHA256_LEN + 1];
};

/* --- the public key --- */

static void pubkey_freep(gnutls_pubkey_t *k)
{
	gnutls_pubkey_deinit(*k);
}

static void datum_freep(gnutls_datum_t *d)
{
	gnutls_free(d->data);
}

static int import_any(gnutls_pubkey_t k, const gnutls_datum_t *pem)
{
	gnutls_x509_crt_t cert;
	int rc = gnutls_pubkey_import(k, pem, GNUTLS_X509_FMT_PEM);

	if (rc >= 0 || gnutls_x509_crt_init(&cert) < 0)
		return rc;
	rc = gnutls_x509_crt_import(cert, pem, GNUTLS_X509_FMT_PEM);
	if (rc >= 0)
		rc = gnutls_pubkey_import_x509(k, cert, 0);
	gnutls_x509_crt_deinit(cert);
	return rc;
}

static bool name_it(gnutls_pubkey_t k, struct wrap_key *to)
{
	RP_AUTO(datum_freep) gnutls_datum_t der = {0};
	uint8_t digest[SHA256_LEN];

	if (gnutls_pubkey_export2(k, GNUTLS_X509_FMT_DER, &der) < 0)
		return false;
	hash_sha256(&(struct hash_part){der.data, der.size}, 1, digest);
	return hex_of(digest, sizeof digest, to->name, sizeof to->name);
}

rp_code wrap_key_read(const char *pem, size_t len, struct wrap_key **ret, struct rp_error *err)
{
	const gnutls_datum_t text = {(unsigned char *)(uintptr_t)pem, (unsigned)len};
	RP_AUTO(pubkey_freep) gnutls_pubkey_t k = NULL;
	RP_AUTO(datum_freep) gnutls_datum_t n = {0};
	RP_AUTO(datum_freep) gnutls_datum_t e = {0};
	RP_AUTO(wrap_key_freep) struct wrap_key *w = calloc(1, sizeof *w);
	unsigned bits = 0;

	if (w == NULL || gnutls_pubkey_init(&k) < 0)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a public key");
	mpz_init(w->n);
	mpz_init(w->e);
	if (import_any(k, &text) < 0 || gnutls_pubkey_get_pk_algorithm(k, &bits) != GNUTLS_PK_RSA ||
	    gnutls_pubkey_export_rsa_raw2(k, &n, &e, GNUTLS_EXPORT_FLAG_NO_LZ) < 0 || !name_it(k, w))
		return rp_fail(err, RP_E_CONFIG,
			       "this is no RSA public key, and no certificate of one, in PEM");
	mpz_import(w->n, n.size, 1, 1, 1, 0, n.data);
	mpz_import(w->e, e.size, 1, 1, 1, 0, e.data);
	if (bits < BITS_MIN || n.size > WRAP_BYTES || mpz_even_p(w->n) != 0 || mpz_cmp_ui(w->e, 3) < 0)
		return rp_fail(err, RP_E_CONFIG, "an RSA key of %u bits: it must have 2048 to 8192", bits);
	w->bytes = n.size;
	*ret = w;
	w = NULL;
	return RP_OK;
}

void wrap_key_freep(struct wrap_key **k)
{
	if (*k == NULL)
		return;
	mpz_clear((*k)->n);
	mpz_clear((*k)->e);
	free(*k);
	*k = NULL;
}

const char *wrap_key_name(const struct wrap_key *k)
{
	return k->name;
}

/* --- RSAES-OAEP --- */

/* RFC 8017, B.2.1: `to` is masked with what the seed grows to. */
static void mask(const uint8_t *seed, size_t seed_len, uint8_t *to, size_t len)
{
	uint8_t digest[SHA256_LEN];

	for (uint32_t count = 0; len > 0; count++) {
		const uint8_t c[4] = {(uint8_t)(count >> 24), (uint8_t)(count >> 16), (uint8_t)(count >> 8),
				      (uint8_t)count};
		const struct hash_part parts[] = {{seed, seed_len}, {c, sizeof c}};
		const size_t n = len < sizeof digest ? len : sizeof digest;

		hash_sha256(parts, 2, digest);
		for (size_t i = 0; i < n; i++)
			to[i] ^= digest[i];
		to += n;
		len -= n;
	}
	rp_wipe(digest, sizeof digest);
}

/* 00 || masked seed || masked (hash of the label || 00… || 01 || message) */
static void pad(const rp_secret *secret, uint8_t *em, size_t bytes)
{
	uint8_t *seed = em + 1, *db = em + 1 + SHA256_LEN;
	const size_t db_len = bytes - 1 - SHA256_LEN, len = rp_secret_len(secret);

	memset(em, 0, bytes);
	hash_sha256(NULL, 0, db);
	db[db_len - len - 1] = 1;
	memcpy(db + db_len - len, rp_secret_bytes(secret), len); /* checked: the caller knows its room */
	rp_random(seed, SHA256_LEN);
	mask(seed, SHA256_LEN, db, db_len);
	mask(db, db_len, seed, SHA256_LEN);
}

struct work {
	uint8_t em[WRAP_BYTES];
	mp_limb_t m[LIMBS], c[LIMBS];
	mp_limb_t *scratch;
	size_t n_scratch;
};

static void limbs_of(const uint8_t *bytes, size_t len, mp_limb_t *to, size_t n)
{
	memset(to, 0, n * sizeof *to);
	for (size_t i = 0; i < len; i++)
		to[i / sizeof *to] |= (mp_limb_t)bytes[len - 1 - i] << (8 * (i % sizeof *to));
}

rp_code wrap_key_for(const struct wrap_key *k, const rp_secret *secret, uint8_t ret[WRAP_BYTES],
		     size_t *ret_len, struct rp_error *err)
{
	const size_t n = mpz_size(k->n);
	const mp_bitcnt_t bits = mpz_sizeinbase(k->e, 2);
	struct work *w = calloc(1, sizeof *w);

	if (rp_secret_len(secret) + 2 * SHA256_LEN + 2 > k->bytes) {
		free(w);
		return rp_fail(err, RP_E_FAULT, "%zu bytes do not fit into this key", rp_secret_len(secret));
	}
	if (w != NULL) {
		/* In memory of our own, so that it can be wiped. */
		w->n_scratch = (size_t)mpn_sec_powm_itch((mp_size_t)n, bits, (mp_size_t)n);
		w->scratch = calloc(w->n_scratch, sizeof *w->scratch);
	}
	if (w == NULL || w->scratch == NULL) {
		free(w);
		return rp_fail(err, RP_E_NO_MEMORY, "no memory to wrap a key");
	}
	pad(secret, w->em, k->bytes);
	limbs_of(w->em, k->bytes, w->m, n);
	mpn_sec_powm(w->c, w->m, (mp_size_t)n, mpz_limbs_read(k->e), bits, mpz_limbs_read(k->n), (mp_size_t)n,
		     w->scratch);
	for (size_t i = 0; i < k->bytes; i++)
		ret[k->bytes - 1 - i] = (uint8_t)(w->c[i / sizeof *w->c] >> (8 * (i % sizeof *w->c)));
	*ret_len = k->bytes;
	rp_wipe(w->scratch, w->n_scratch * sizeof *w->scratch);
	free(w->scratch);
	rp_wipe(w, sizeof *w);
	free(w);
	return RP_OK;
}
