/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test CA: RSA-2048 keys for virtual cards with X.509 v3 certificates. Its own key and
 * certificate stand together in one PEM file, which is made when it is missing. It certifies
 * whatever it is given, for nobody; its name says so.
 */
#ifndef REPIN_VCARD_VCA_H
#define REPIN_VCARD_VCA_H

#include "vcard/vcard.h"

#define VCA_NAME "Repin Test CA - not for real use"

struct vca;

/*
 * The CA of this file; several processes that make it at the same time get the same one.
 * Errors: RP_E_CONFIG when the file is there but holds no CA, RP_E_FAULT when it cannot be made.
 */
RP_MUST_CHECK rp_code vca_open(const char *path, struct vca **ret, struct rp_error *err);
/* The CA that lives as long as this process, for cards made without a file; borrowed, never to be freed. */
RP_MUST_CHECK rp_code vca_of_this_run(struct vca **ret, struct rp_error *err);
void vca_free(struct vca *ca);

/* The CA's own certificate, DER, allocated. Errors: RP_E_NO_MEMORY, RP_E_FAULT. */
RP_MUST_CHECK rp_code vca_certificate(const struct vca *ca, uint8_t **ret, size_t *ret_len,
				      struct rp_error *err);

/*
 * Makes a key and its certificate: SHA-256, random serial, from now for five years, key usage
 * digitalSignature, for is_signature also nonRepudiation (RFC 5280, 4.2.1.3).
 * Errors: RP_E_USAGE when subject is no name, RP_E_FAULT. ret->id is left alone.
 */
RP_MUST_CHECK rp_code vca_issue(const struct vca *ca, const char *subject, bool is_signature,
				struct vkey *ret, struct rp_error *err);

/* Gets a key whose DER came from a file ready to sign. Errors: RP_E_CONFIG when it is no RSA-2048 key. */
RP_MUST_CHECK rp_code vkey_ready(struct vkey *k, struct rp_error *err);
void vkey_clear(struct vkey *k);

/* Text as a value in a subject, what RFC 4514 gives a meaning escaped. False when it does not fit. */
bool vca_name_value(const char *text, char *ret, size_t cap);

#endif
