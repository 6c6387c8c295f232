/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pki.h"

#include <dirent.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY 86400

static void must(int rc, const char *what)
{
	if (rc >= 0)
		return;
	(void)fprintf(stderr, "pki: %s: %s\n", what, gnutls_strerror(rc));
	abort();
}

void pki_begin(char ret_dir[128])
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(ret_dir, 128, "%s/repin-pki-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(ret_dir) == NULL)
		must(-1, ret_dir);
}

void pki_end(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return;
	for (e = readdir(d); e != NULL; e = readdir(d))
		(void)unlinkat(dirfd(d), e->d_name, 0);
	(void)closedir(d);
	(void)rmdir(dir);
}

void pki_path(const char *dir, const char *name, const char *ending, char ret[192])
{
	(void)snprintf(ret, 192, "%s/%s.%s", dir, name, ending);
}

/* Written beside and renamed, as files are that somebody reads meanwhile. */
static void put(const char *dir, const char *name, const char *ending, const gnutls_datum_t *text)
{
	char path[192], beside[192];
	FILE *f;

	pki_path(dir, name, ending, path);
	pki_path(dir, name, "new", beside);
	f = fopen(beside, "w");
	if (f == NULL || fwrite(text->data, 1, text->size, f) != text->size || fclose(f) != 0 ||
	    chmod(beside, strcmp(ending, "key") == 0 ? 0600 : 0644) != 0 || rename(beside, path) != 0)
		must(-1, path);
}

static void get(const char *dir, const char *name, const char *ending, gnutls_datum_t *ret)
{
	char path[192];

	pki_path(dir, name, ending, path);
	must(gnutls_load_file(path, ret), path);
}

static gnutls_x509_privkey_t new_key(const char *dir, const char *name)
{
	gnutls_x509_privkey_t key;
	gnutls_datum_t pem = {0};

	must(gnutls_x509_privkey_init(&key), "key");
	must(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
					  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
	     "key");
	must(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), "key");
	put(dir, name, "key", &pem);
	gnutls_free(pem.data);
	return key;
}

static gnutls_x509_privkey_t read_key(const char *dir, const char *name)
{
	gnutls_x509_privkey_t key;
	gnutls_datum_t pem = {0};

	get(dir, name, "key", &pem);
	must(gnutls_x509_privkey_init(&key), name);
	must(gnutls_x509_privkey_import(key, &pem, GNUTLS_X509_FMT_PEM), name);
	gnutls_free(pem.data);
	return key;
}

static gnutls_x509_crt_t read_cert(const char *dir, const char *name)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t pem = {0};

	get(dir, name, "pem", &pem);
	must(gnutls_x509_crt_init(&crt), name);
	must(gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM), name);
	gnutls_free(pem.data);
	return crt;
}

static gnutls_x509_crt_t fill(const char *dir, const struct pki_cert *c, gnutls_x509_privkey_t key)
{
	const time_t now = time(NULL);
	gnutls_x509_crt_t crt;
	char dn[96];
	const bool ca = c->purpose == PKI_CA;

	(void)dir;
	must(gnutls_x509_crt_init(&crt), c->name);
	must(gnutls_x509_crt_set_version(crt, 3), c->name);
	must(gnutls_x509_crt_set_serial(crt, &c->serial, 1), c->name);
	(void)snprintf(dn, sizeof dn, "CN=%s,O=Repin tests", c->name);
	must(gnutls_x509_crt_set_dn(crt, dn, NULL), c->name);
	must(gnutls_x509_crt_set_key(crt, key), c->name);
	must(gnutls_x509_crt_set_activation_time(crt, c->from != 0 ? c->from : now - 3600), c->name);
	must(gnutls_x509_crt_set_expiration_time(crt, c->until != 0 ? c->until : now + DAY), c->name);
	must(gnutls_x509_crt_set_basic_constraints(crt, ca, -1), c->name);
	must(gnutls_x509_crt_set_key_usage(crt, ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
						   : GNUTLS_KEY_DIGITAL_SIGNATURE),
	     c->name);
	if (c->purpose == PKI_SERVER) {
		const uint8_t loopback[4] = {127, 0, 0, 1};

		must(gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0), c->name);
		must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback, 4,
							  GNUTLS_FSAN_SET),
		     c->name);
		must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9,
							  GNUTLS_FSAN_APPEND),
		     c->name);
	}
	if (c->purpose == PKI_CLIENT)
		must(gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_CLIENT, 0), c->name);
	return crt;
}

void pki_cert(const char *dir, const struct pki_cert *c)
{
	const bool own = strcmp(c->name, c->ca) == 0;
	gnutls_x509_privkey_t key = new_key(dir, c->name), ca_key = own ? key : read_key(dir, c->ca);
	gnutls_x509_crt_t crt = fill(dir, c, key), ca = own ? crt : read_cert(dir, c->ca);
	gnutls_datum_t pem = {0};

	must(gnutls_x509_crt_sign2(crt, ca, ca_key, GNUTLS_DIG_SHA256, 0), c->name);
	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), c->name);
	put(dir, c->name, "pem", &pem);
	gnutls_free(pem.data);
	if (!own) {
		gnutls_x509_crt_deinit(ca);
		gnutls_x509_privkey_deinit(ca_key);
	}
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

void pki_ca(const char *dir, const char *name)
{
	pki_cert(dir, &(struct pki_cert){.name = name, .ca = name, .purpose = PKI_CA, .serial = 1});
}

void pki_crl(const char *dir, const char *name, const char *ca, uint8_t revoked, time_t until)
{
	gnutls_x509_privkey_t key = read_key(dir, ca);
	gnutls_x509_crt_t crt = read_cert(dir, ca);
	const time_t now = time(NULL);
	const uint8_t number = 1;
	gnutls_x509_crl_t crl;
	gnutls_datum_t pem = {0};

	must(gnutls_x509_crl_init(&crl), name);
	must(gnutls_x509_crl_set_version(crl, 2), name);
	must(gnutls_x509_crl_set_number(crl, &number, 1), name);
	must(gnutls_x509_crl_set_this_update(crl, now - DAY), name);
	must(gnutls_x509_crl_set_next_update(crl, until != 0 ? until : now + DAY), name);
	if (revoked != 0)
		must(gnutls_x509_crl_set_crt_serial(crl, &revoked, 1, now - 60), name);
	must(gnutls_x509_crl_sign2(crl, crt, key, GNUTLS_DIG_SHA256, 0), name);
	must(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &pem), name);
	put(dir, name, "crl", &pem);
	gnutls_free(pem.data);
	gnutls_x509_crl_deinit(crl);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

void pki_fingerprint(const char *dir, const char *name, uint8_t ret[32])
{
	gnutls_x509_crt_t crt = read_cert(dir, name);
	size_t len = 32;

	must(gnutls_x509_crt_get_fingerprint(crt, GNUTLS_DIG_SHA256, ret, &len), name);
	gnutls_x509_crt_deinit(crt);
}
