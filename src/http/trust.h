/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a client certificate is believed: the authority's certificates and its revocation list, read from
 * files and read again when they change. The only place that judges a client certificate.
 */
#ifndef REPIN_HTTP_TRUST_H
#define REPIN_HTTP_TRUST_H

#include "base/error.h"

struct trust;

/* Errors: RP_E_CONFIG with the file's name; RP_E_NO_MEMORY. `crl_file` may be NULL: there are no lists. */
RP_MUST_CHECK rp_code trust_new(const char *ca_file, const char *crl_file, struct trust **ret,
				struct rp_error *err);
void trust_free(struct trust *t);
/* Reads files that have changed. What cannot be read leaves what was; the log tells. */
void trust_refresh(struct trust *t);

enum trust_word { TRUST_NONE, TRUST_GOOD, TRUST_BAD };

/*
 * What the peer of a TLS session (a gnutls_session_t) showed. ret_fingerprint, SHA-256 of its certificate,
 * is filled when one was shown; *ret_why is English for the log.
 */
enum trust_word trust_check(struct trust *t, void *tls_session, uint8_t ret_fingerprint[32],
			    const char **ret_why);

#endif
