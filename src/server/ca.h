/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small authority of our own: `repind init` makes one for the server's TLS certificate and one
 * for those of terminals, and `repind terminal enrol` lets the second certify a kiosk or desk. An
 * installation with an authority of its own puts its files into repind.conf instead. Keys are ECDSA
 * P-256; files are PEM, keys 0600.
 *
 *     ca_make (once) -> ca_open -> ca_issue_server | ca_issue_terminal -> ca_freep
 */
#ifndef REPIN_SERVER_CA_H
#define REPIN_SERVER_CA_H

#include "base/hash.h"

struct ca;

/*
 * Makes key and certificate of an authority in two files that must not be there. Errors:
 * RP_E_CONFLICT, RP_E_CONFIG, RP_E_FAULT.
 */
RP_MUST_CHECK rp_code ca_make(const char *name, const char *cert_path, const char *key_path,
			      struct rp_error *err);
/* Errors: RP_E_CONFIG (also a key that others can read, or that is not the certificate's). */
RP_MUST_CHECK rp_code ca_open(const char *cert_path, const char *key_path, struct ca **ret,
			      struct rp_error *err);
void ca_freep(struct ca **ca);

/*
 * A new key with its certificate, in two files that must not be there. Server: purpose "TLS
 * server", for every host of the list (name or address; NULL-terminated). Terminal: purpose "TLS
 * client"; *ret is the SHA-256 of the certificate, its name towards the issuer.
 */
RP_MUST_CHECK rp_code ca_issue_server(const struct ca *ca, const char *const hosts[], const char *cert_path,
				      const char *key_path, struct rp_error *err);
RP_MUST_CHECK rp_code ca_issue_terminal(const struct ca *ca, const char *name, const char *cert_path,
					const char *key_path, uint8_t ret[SHA256_LEN], struct rp_error *err);

/*
 * From when until when a file holds, in Unix seconds: every certificate of it, or with `crl` every
 * revocation list (until its next update). Errors: RP_E_CONFIG.
 */
struct ca_span {
	int64_t from, until;
};
RP_MUST_CHECK rp_code ca_span_of(const char *path, bool crl, struct ca_span *ret, struct rp_error *err);

/*
 * SHA-256 of the first certificate in a PEM file, which must verify for "TLS client" under the
 * authorities of another one. Errors: RP_E_CONFIG with what is wrong.
 */
RP_MUST_CHECK rp_code ca_terminal_fingerprint(const char *cert_path, const char *ca_path,
					      uint8_t ret[SHA256_LEN], struct rp_error *err);

/* DER, malloc'd, of a certificate in PEM or DER. Errors: RP_E_CONFIG. */
RP_MUST_CHECK rp_code ca_der(const char *bytes, size_t len, uint8_t **ret, size_t *ret_len,
			     struct rp_error *err);

/*
 * Copies the certificates alone out of a PEM file, which may hold keys too. Errors: RP_E_CONFIG
 * (none), RP_E_CONFLICT.
 */
RP_MUST_CHECK rp_code ca_copy_certificates(const char *from, const char *to, struct rp_error *err);

#endif
