/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small authority for tests: its certificate, those it signs, its revocation list, all as PEM files in
 * a directory of the test's own (NAME.pem, NAME.key). Whatever fails ends the program with a word.
 */
#ifndef REPIN_TESTS_PKI_H
#define REPIN_TESTS_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A directory below TMPDIR, /tmp else; removed with what is in it by pki_end. */
void pki_begin(char ret_dir[128]);
void pki_end(const char *dir);
void pki_path(const char *dir, const char *name, const char *ending, char ret[192]);

void pki_ca(const char *dir, const char *name);

enum pki_purpose { PKI_SERVER, PKI_CLIENT, PKI_NO_PURPOSE, PKI_CA };

struct pki_cert {
	const char *name, *ca;
	enum pki_purpose purpose;
	time_t from, until; /* 0: an hour ago, in a day */
	uint8_t serial;
};
void pki_cert(const char *dir, const struct pki_cert *c);

/* NAME.crl of `ca`, with one serial revoked (0: none), until then (0: in a day). */
void pki_crl(const char *dir, const char *name, const char *ca, uint8_t revoked, time_t until);

/* SHA-256 of the certificate NAME.pem. */
void pki_fingerprint(const char *dir, const char *name, uint8_t ret[32]);

#endif
