/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of cards: the only place of the issuer with GnuTLS. Anchors are read once; revocation lists
 * are read again when their file has changed. Any number of threads may call.
 *
 *     x509_trust_open -> x509_read (chain) -> x509_signed (proof) -> x509_valid (time, revocation)
 */
#ifndef REPIN_ISSUER_X509_H
#define REPIN_ISSUER_X509_H

#include "repin/issuer.h"
#include "store/rows.h"

struct x509_trust;

/*
 * crl NULL: no revocation lists, every certificate counts as not revoked. Errors: RP_E_CONFIG,
 * RP_E_NO_MEMORY.
 */
RP_MUST_CHECK rp_code x509_trust_open(const char *anchors, const char *crl, struct x509_trust **ret,
				      struct rp_error *err);
void x509_trust_close(struct x509_trust *t); /* NULL is fine */

/* What row_card_key holds of a certificate. */
struct x509_facts {
	uint8_t key_hash[32], issuer_hash[32];
	struct row_bytes serial;
	int64_t not_before_ms, not_after_ms; /* of certificate and anchor the narrower */
	bool signs;			     /* its key usage, where it has one, allows signatures */
};
/* Reads DER, and checks that an anchor has signed it. Time is not looked at. Errors: certificate-invalid. */
RP_MUST_CHECK rp_code x509_read(struct x509_trust *t, const uint8_t *der, size_t len, struct x509_facts *ret,
				struct rp_error *err);
/* Validity at now_ms and revocation. Errors: certificate-invalid, certificate-revoked, revocation-unknown. */
RP_MUST_CHECK rp_code x509_valid(struct x509_trust *t, const struct x509_facts *c, int64_t now_ms,
				 struct rp_error *err);
/* Does the certificate's key verify this signature over the text (SHA-256; RSA PKCS#1 or ECDSA)? */
RP_MUST_CHECK bool x509_signed(const uint8_t *der, size_t len, const void *text, size_t text_len,
			       const uint8_t *signature, size_t signature_len);
/* The same with a public key alone (SubjectPublicKeyInfo, DER), which is of P-256: a phone's. */
RP_MUST_CHECK bool x509_device_signed(const uint8_t *der, size_t len, const void *text, size_t text_len,
				      const uint8_t *signature, size_t signature_len);

#endif
