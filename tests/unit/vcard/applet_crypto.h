/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the applets: the DigestInfo of a message, and signatures checked against a certificate. */
#ifndef REPIN_TESTS_APPLET_CRYPTO_H
#define REPIN_TESTS_APPLET_CRYPTO_H

#include "applet_rig.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

enum { DIGEST_INFO_LEN = 51 };

static inline void digest_info(const void *text, size_t len, uint8_t ret[DIGEST_INFO_LEN])
{
	static const uint8_t head[] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

	memcpy(ret, head, sizeof head);
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, text, len, ret + sizeof head), 0);
}

/* True when sig is the RSA signature (PKCS#1 v1.5, SHA-256) of text by the key of this certificate. */
static inline bool signed_by(const uint8_t *der, size_t der_len, const char *text, const uint8_t *sig,
			     size_t sig_len)
{
	gnutls_x509_crt_t crt;
	gnutls_pubkey_t pub;
	gnutls_datum_t d = {.size = (unsigned)der_len}, t = {.size = (unsigned)strlen(text)},
		       s = {.size = (unsigned)sig_len};
	int rc;

	memcpy(&d.data, &der, sizeof d.data);
	memcpy(&t.data, &text, sizeof t.data);
	memcpy(&s.data, &sig, sizeof s.data);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER), 0);
	assert_int_equal(gnutls_pubkey_import_x509(pub, crt, 0), 0);
	rc = gnutls_pubkey_verify_data2(pub, GNUTLS_SIGN_RSA_SHA256, 0, &t, &s);
	gnutls_pubkey_deinit(pub);
	gnutls_x509_crt_deinit(crt);
	return rc >= 0;
}

/* True when the second certificate's key has signed the first one, which names it as its issuer. */
static inline bool certified_by(const uint8_t *der, size_t der_len, const uint8_t *ca, size_t ca_len)
{
	gnutls_x509_crt_t crt, issuer;
	gnutls_datum_t d = {.size = (unsigned)der_len}, i = {.size = (unsigned)ca_len};
	unsigned status = 1;

	memcpy(&d.data, &der, sizeof d.data);
	memcpy(&i.data, &ca, sizeof i.data);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_init(&issuer), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER), 0);
	assert_int_equal(gnutls_x509_crt_import(issuer, &i, GNUTLS_X509_FMT_DER), 0);
	assert_int_equal(gnutls_x509_crt_verify(crt, &issuer, 1, 0, &status), 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_crt_deinit(issuer);
	return status == 0;
}

/* The subject as RFC 4514 text. */
static inline void subject_of(const uint8_t *der, size_t len, char *ret, size_t cap)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t d = {.size = (unsigned)len};

	memcpy(&d.data, &der, sizeof d.data);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER), 0);
	assert_int_equal(gnutls_x509_crt_get_dn(crt, ret, &cap), 0);
	gnutls_x509_crt_deinit(crt);
}

#endif
