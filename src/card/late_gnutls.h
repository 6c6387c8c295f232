/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GnuTLS, loaded when it is first needed: for a certificate, a HiCOS frame or the key of a phone. Loading
 * it with the program costs more time than a whole look at a My Number Card, which needs
 * neither (bench/). Its interface number (libgnutls.so.30) is part of its promise to callers.
 */
#ifndef REPIN_CARD_LATE_GNUTLS_H
#define REPIN_CARD_LATE_GNUTLS_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define LATE_GNUTLS(X)                                                                                       \
	X(gnutls_x509_crt_init)                                                                              \
	X(gnutls_x509_crt_deinit)                                                                            \
	X(gnutls_x509_crt_import)                                                                            \
	X(gnutls_x509_crt_get_activation_time)                                                               \
	X(gnutls_x509_crt_get_expiration_time)                                                               \
	X(gnutls_x509_crt_get_dn_by_oid)                                                                     \
	X(gnutls_x509_crt_get_dn3)                                                                           \
	X(gnutls_cipher_init)                                                                                \
	X(gnutls_cipher_encrypt)                                                                             \
	X(gnutls_cipher_deinit)                                                                              \
	X(gnutls_x509_privkey_init)                                                                          \
	X(gnutls_x509_privkey_deinit)                                                                        \
	X(gnutls_x509_privkey_generate)                                                                      \
	X(gnutls_x509_privkey_export)                                                                        \
	X(gnutls_x509_privkey_import)                                                                        \
	X(gnutls_privkey_init)                                                                               \
	X(gnutls_privkey_deinit)                                                                             \
	X(gnutls_privkey_import_x509)                                                                        \
	X(gnutls_privkey_sign_data)                                                                          \
	X(gnutls_pubkey_init)                                                                                \
	X(gnutls_pubkey_deinit)                                                                              \
	X(gnutls_pubkey_import_privkey)                                                                      \
	X(gnutls_pubkey_export)

struct late_gnutls {
#define LATE_FIELD(name) __typeof__(&name) name;
	LATE_GNUTLS(LATE_FIELD)
#undef LATE_FIELD
	void (**free)(void *); /* gnutls_free is a variable */
};

/* The functions, or NULL when the library cannot be loaded. Loaded once; safe from any thread. */
const struct late_gnutls *late_gnutls(void);

#endif
