/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ca.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/files.h"

#define DAY (24 * 3600)
#define CA_DAYS 3653
#define SERVER_DAYS 1826
#define TERMINAL_DAYS 1096
#define PEM_MAX 65536
#define SPAN_MAX (64 * 1024 * 1024) /* revocation lists grow */
#define CHAIN_MAX 64

struct ca {
	gnutls_x509_crt_t cert;
	gnutls_x509_privkey_t key;
};

static void key_freep(gnutls_x509_privkey_t *k)
{
	if (*k != NULL)
		gnutls_x509_privkey_deinit(*k);
}

static void cert_freep(gnutls_x509_crt_t *c)
{
	if (*c != NULL)
		gnutls_x509_crt_deinit(*c);
}

static void list_freep(gnutls_x509_trust_list_t *l)
{
	if (*l != NULL)
		gnutls_x509_trust_list_deinit(*l, 1);
}

static void datum_freep(gnutls_datum_t *d)
{
	if (d->data != NULL)
		rp_wipe(d->data, d->size);
	gnutls_free(d->data);
}

void ca_freep(struct ca **ca)
{
	if (*ca == NULL)
		return;
	cert_freep(&(*ca)->cert);
	key_freep(&(*ca)->key);
	free(*ca);
	*ca = NULL;
}

static rp_code gnutls_said(struct rp_error *err, int n, const char *what)
{
	return rp_fail(err, RP_E_FAULT, "%s: %s", what, gnutls_strerror(n));
}

static rp_code new_key(gnutls_x509_privkey_t *ret, struct rp_error *err)
{
	int n = gnutls_x509_privkey_init(ret);

	if (n == 0)
		n = gnutls_x509_privkey_generate(*ret, GNUTLS_PK_ECDSA,
						 GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	return n == 0 ? RP_OK : gnutls_said(err, n, "a key cannot be made");
}

/* What every certificate has; `is_ca` decides the usage. Source: RFC 5280, 4.1.2 and 4.2.1. */
static int fill(gnutls_x509_crt_t c, gnutls_x509_privkey_t key, const char *name, int days, bool is_ca)
{
	const time_t now = time(NULL);
	uint8_t serial[16], id[20];
	size_t id_len = sizeof id;
	int n = gnutls_x509_crt_set_version(c, 3);

	rp_random(serial, sizeof serial);
	serial[0] = (uint8_t)((serial[0] & 0x7F) | 0x40); /* positive, and of its full length */
	if (n == 0)
		n = gnutls_x509_crt_set_serial(c, serial, sizeof serial);
	if (n == 0)
		n = gnutls_x509_crt_set_key(c, key);
	if (n == 0)
		n = gnutls_x509_crt_set_dn_by_oid(c, GNUTLS_OID_X520_COMMON_NAME, 0, name,
						  (unsigned)strlen(name));
	/* An hour back, for clocks that are not quite together. */
	if (n == 0)
		n = gnutls_x509_crt_set_activation_time(c, now - 3600);
	if (n == 0)
		n = gnutls_x509_crt_set_expiration_time(c, now + (time_t)days * DAY);
	if (n == 0)
		n = gnutls_x509_crt_set_basic_constraints(c, is_ca, is_ca ? 0 : -1);
	if (n == 0)
		n = gnutls_x509_crt_set_key_usage(c, is_ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
							   : GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (n == 0)
		n = gnutls_x509_crt_get_key_id(c, GNUTLS_KEYID_USE_SHA1, id, &id_len);
	return n == 0 ? gnutls_x509_crt_set_subject_key_id(c, id, id_len) : n;
}

static rp_code put_pem(gnutls_x509_crt_t c, gnutls_x509_privkey_t k, const char *cert_path,
		       const char *key_path, struct rp_error *err)
{
	RP_AUTO(datum_freep) gnutls_datum_t cert = {NULL, 0};
	RP_AUTO(datum_freep) gnutls_datum_t key = {NULL, 0};
	int n = gnutls_x509_crt_export2(c, GNUTLS_X509_FMT_PEM, &cert);
	rp_code rc;

	if (n == 0)
		n = gnutls_x509_privkey_export2(k, GNUTLS_X509_FMT_PEM, &key);
	if (n != 0)
		return gnutls_said(err, n, "a certificate cannot be written");
	rc = files_put(key_path, 0600, key.data, key.size, err);
	return rc == RP_OK ? files_put(cert_path, 0644, cert.data, cert.size, err) : rc;
}

rp_code ca_make(const char *name, const char *cert_path, const char *key_path, struct rp_error *err)
{
	RP_AUTO(key_freep) gnutls_x509_privkey_t key = NULL;
	RP_AUTO(cert_freep) gnutls_x509_crt_t cert = NULL;
	rp_code rc = new_key(&key, err);
	int n;

	if (rc != RP_OK)
		return rc;
	n = gnutls_x509_crt_init(&cert);
	if (n == 0)
		n = fill(cert, key, name, CA_DAYS, true);
	if (n == 0)
		n = gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0);
	if (n != 0)
		return gnutls_said(err, n, "the authority's certificate cannot be made");
	return put_pem(cert, key, cert_path, key_path, err);
}

static rp_code read_cert(const char *path, gnutls_x509_crt_t *ret, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *pem = NULL;
	gnutls_datum_t d;
	size_t len = 0;
	rp_code rc = files_read(path, PEM_MAX, &pem, &len, err);

	if (rc != RP_OK)
		return rc;
	d = (gnutls_datum_t){(uint8_t *)pem, (unsigned)len};
	if (gnutls_x509_crt_init(ret) != 0 || gnutls_x509_crt_import(*ret, &d, GNUTLS_X509_FMT_PEM) != 0)
		return rp_fail(err, RP_E_CONFIG, "%s holds no certificate in PEM", path);
	return RP_OK;
}

static rp_code read_key(const char *path, gnutls_x509_privkey_t *ret, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *pem = NULL;
	gnutls_datum_t d;
	size_t len = 0;
	bool good;
	rp_code rc = files_read(path, PEM_MAX, &pem, &len, err);

	if (rc != RP_OK)
		return rc;
	d = (gnutls_datum_t){(uint8_t *)pem, (unsigned)len};
	good = gnutls_x509_privkey_init(ret) == 0 &&
	       gnutls_x509_privkey_import(*ret, &d, GNUTLS_X509_FMT_PEM) == 0;
	rp_wipe(pem, len);
	return good ? RP_OK : rp_fail(err, RP_E_CONFIG, "%s holds no private key in PEM", path);
}

/* True when both have the same public key. */
static bool belong(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key)
{
	uint8_t a[32], b[32];
	size_t a_len = sizeof a, b_len = sizeof b;

	return gnutls_x509_crt_get_key_id(cert, GNUTLS_KEYID_USE_SHA256, a, &a_len) == 0 &&
	       gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, b, &b_len) == 0 &&
	       a_len == b_len && hash_equal(a, b, sizeof a);
}

rp_code ca_open(const char *cert_path, const char *key_path, struct ca **ret, struct rp_error *err)
{
	RP_AUTO(ca_freep) struct ca *ca = calloc(1, sizeof *ca);
	rp_code rc;

	if (ca == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the authority");
	rc = read_cert(cert_path, &ca->cert, err);
	if (rc == RP_OK)
		rc = read_key(key_path, &ca->key, err);
	if (rc == RP_OK && !belong(ca->cert, ca->key))
		rc = rp_fail(err, RP_E_CONFIG, "%s is not the key of %s", key_path, cert_path);
	if (rc != RP_OK)
		return rc;
	*ret = ca;
	ca = NULL;
	return RP_OK;
}

static int add_host(gnutls_x509_crt_t c, const char *host)
{
	uint8_t address[16];

	if (inet_pton(AF_INET, host, address) == 1)
		return gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_IPADDRESS, address, 4,
							    GNUTLS_FSAN_APPEND);
	if (inet_pton(AF_INET6, host, address) == 1)
		return gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_IPADDRESS, address, 16,
							    GNUTLS_FSAN_APPEND);
	return gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host),
						    GNUTLS_FSAN_APPEND);
}

/* Signs and writes; with hosts it is a server's certificate, without a terminal's. */
static rp_code issue(const struct ca *ca, const char *name, const char *const *hosts, const char *cert_path,
		     const char *key_path, uint8_t *ret_hash, struct rp_error *err)
{
	RP_AUTO(key_freep) gnutls_x509_privkey_t key = NULL;
	RP_AUTO(cert_freep) gnutls_x509_crt_t cert = NULL;
	size_t len = SHA256_LEN;
	rp_code rc = new_key(&key, err);
	int n;

	if (rc != RP_OK)
		return rc;
	n = gnutls_x509_crt_init(&cert);
	if (n == 0)
		n = fill(cert, key, name, hosts != NULL ? SERVER_DAYS : TERMINAL_DAYS, false);
	if (n == 0)
		n = gnutls_x509_crt_set_key_purpose_oid(
			cert, hosts != NULL ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT, 0);
	for (size_t i = 0; n == 0 && hosts != NULL && hosts[i] != NULL; i++)
		n = add_host(cert, hosts[i]);
	if (n == 0)
		n = gnutls_x509_crt_sign2(cert, ca->cert, ca->key, GNUTLS_DIG_SHA256, 0);
	if (n == 0 && ret_hash != NULL)
		n = gnutls_x509_crt_get_fingerprint(cert, GNUTLS_DIG_SHA256, ret_hash, &len);
	if (n != 0)
		return gnutls_said(err, n, "a certificate cannot be made");
	return put_pem(cert, key, cert_path, key_path, err);
}

rp_code ca_issue_server(const struct ca *ca, const char *const hosts[], const char *cert_path,
			const char *key_path, struct rp_error *err)
{
	return issue(ca, hosts[0], hosts, cert_path, key_path, NULL, err);
}

rp_code ca_issue_terminal(const struct ca *ca, const char *name, const char *cert_path, const char *key_path,
			  uint8_t ret[SHA256_LEN], struct rp_error *err)
{
	return issue(ca, name, NULL, cert_path, key_path, ret, err);
}

/* All certificates of a PEM file, for the trust list to own. */
static rp_code trust(gnutls_x509_trust_list_t list, const char *path, struct rp_error *err)
{
	const int n = gnutls_x509_trust_list_add_trust_file(list, path, NULL, GNUTLS_X509_FMT_PEM, 0, 0);

	return n > 0 ? RP_OK : rp_fail(err, RP_E_CONFIG, "%s holds no certificate in PEM", path);
}

rp_code ca_terminal_fingerprint(const char *cert_path, const char *ca_path, uint8_t ret[SHA256_LEN],
				struct rp_error *err)
{
	static const char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
	gnutls_typed_vdata_st wanted = {GNUTLS_DT_KEY_PURPOSE_OID, (uint8_t *)(uintptr_t)purpose, 0};
	RP_AUTO(cert_freep) gnutls_x509_crt_t cert = NULL;
	RP_AUTO(list_freep) gnutls_x509_trust_list_t list = NULL;
	unsigned status = 0;
	size_t len = SHA256_LEN;
	rp_code rc = read_cert(cert_path, &cert, err);

	if (rc == RP_OK && gnutls_x509_trust_list_init(&list, 0) != 0)
		rc = rp_fail(err, RP_E_NO_MEMORY, "no memory for certificates");
	if (rc == RP_OK)
		rc = trust(list, ca_path, err);
	if (rc != RP_OK)
		return rc;
	if (gnutls_x509_trust_list_verify_crt2(list, &cert, 1, &wanted, 1, 0, &status, NULL) != 0 ||
	    status != 0)
		return rp_fail(err, RP_E_CONFIG,
			       "%s is no certificate of a terminal's under %s that is valid now", cert_path,
			       ca_path);
	if (gnutls_x509_crt_get_fingerprint(cert, GNUTLS_DIG_SHA256, ret, &len) != 0)
		return rp_fail(err, RP_E_FAULT, "the certificate's SHA-256 cannot be had");
	return RP_OK;
}

static void narrow(struct ca_span *s, time_t from, time_t until)
{
	if (from > s->from)
		s->from = from;
	/* -1: none is given (a list without a next update). */
	if (until != (time_t)-1 && until < s->until)
		s->until = until;
}

static unsigned span_of_certificates(const gnutls_datum_t *pem, struct ca_span *s)
{
	gnutls_x509_crt_t *all = NULL;
	unsigned n = 0;

	if (gnutls_x509_crt_list_import2(&all, &n, pem, GNUTLS_X509_FMT_PEM, 0) < 0)
		return 0;
	for (unsigned k = 0; k < n; k++) {
		narrow(s, gnutls_x509_crt_get_activation_time(all[k]),
		       gnutls_x509_crt_get_expiration_time(all[k]));
		gnutls_x509_crt_deinit(all[k]);
	}
	gnutls_free(all);
	return n;
}

static unsigned span_of_lists(const gnutls_datum_t *pem, struct ca_span *s)
{
	gnutls_x509_crl_t *all = NULL;
	unsigned n = 0;

	if (gnutls_x509_crl_list_import2(&all, &n, pem, GNUTLS_X509_FMT_PEM, 0) < 0)
		return 0;
	for (unsigned k = 0; k < n; k++) {
		narrow(s, gnutls_x509_crl_get_this_update(all[k]), gnutls_x509_crl_get_next_update(all[k]));
		gnutls_x509_crl_deinit(all[k]);
	}
	gnutls_free(all);
	return n;
}

rp_code ca_span_of(const char *path, bool crl, struct ca_span *ret, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *text = NULL;
	struct ca_span s = {INT64_MIN, INT64_MAX};
	gnutls_datum_t pem;
	size_t len = 0;
	rp_code rc = files_read(path, SPAN_MAX, &text, &len, err);

	if (rc != RP_OK)
		return rc;
	pem = (gnutls_datum_t){(uint8_t *)text, (unsigned)len};
	if ((crl ? span_of_lists(&pem, &s) : span_of_certificates(&pem, &s)) == 0)
		return rp_fail(err, RP_E_CONFIG, "%s holds no %s in PEM", path,
			       crl ? "revocation list" : "certificate");
	*ret = s;
	return RP_OK;
}

/* One certificate's PEM onto the end of a text that has room for it. */
static bool append(char *text, size_t cap, size_t *len, gnutls_x509_crt_t cert)
{
	size_t n = cap - *len;

	if (gnutls_x509_crt_export(cert, GNUTLS_X509_FMT_PEM, text + *len, &n) != 0)
		return false;
	*len += n;
	return true;
}

rp_code ca_copy_certificates(const char *from, const char *to, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *pem = NULL;
	RP_AUTO(files_text_freep) char *out = malloc(2 * PEM_MAX);
	gnutls_x509_crt_t certs[CHAIN_MAX];
	unsigned n = CHAIN_MAX;
	size_t len = 0, out_len = 0;
	bool good = out != NULL;
	gnutls_datum_t d;
	rp_code rc = files_read(from, PEM_MAX, &pem, &len, err);

	if (rc != RP_OK)
		return rc;
	d = (gnutls_datum_t){(uint8_t *)pem, (unsigned)len};
	if (gnutls_x509_crt_list_import(certs, &n, &d, GNUTLS_X509_FMT_PEM, 0) <= 0)
		n = 0;
	rp_wipe(pem, len);
	for (unsigned i = 0; i < n; i++) {
		good = good && append(out, 2 * PEM_MAX, &out_len, certs[i]);
		gnutls_x509_crt_deinit(certs[i]);
	}
	if (!good || n == 0)
		return rp_fail(err, RP_E_CONFIG, "%s holds no certificates in PEM, or more than %d", from,
			       CHAIN_MAX);
	return files_put(to, 0644, out, out_len, err);
}

rp_code ca_der(const char *bytes, size_t len, uint8_t **ret, size_t *ret_len, struct rp_error *err)
{
	RP_AUTO(cert_freep) gnutls_x509_crt_t cert = NULL;
	RP_AUTO(datum_freep) gnutls_datum_t out = {NULL, 0};
	const gnutls_datum_t in = {(uint8_t *)(uintptr_t)bytes, (unsigned)len};
	uint8_t *der;

	if (gnutls_x509_crt_init(&cert) != 0 ||
	    (gnutls_x509_crt_import(cert, &in, GNUTLS_X509_FMT_PEM) != 0 &&
	     gnutls_x509_crt_import(cert, &in, GNUTLS_X509_FMT_DER) != 0) ||
	    gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_DER, &out) != 0)
		return rp_fail(err, RP_E_CONFIG, "no certificate");
	der = malloc(out.size);
	if (der == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a certificate");
	memcpy(der, out.data, out.size); /* checked: allocated with this size */
	*ret = der;
	*ret_len = out.size;
	return RP_OK;
}
