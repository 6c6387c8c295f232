/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/vca.h"
#include "vcard/vio.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	KEY_BITS = 2048,
	CARD_YEARS = 5, /* as long as a signature certificate of a My Number card at most */
	CA_YEARS = 20,
	SERIAL_LEN = 16,
	CA_FILE_MAX = 64 * 1024,
};

struct vca {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t cert;
};

static void free_key(gnutls_x509_privkey_t *k)
{
	if (*k != NULL)
		gnutls_x509_privkey_deinit(*k);
}

static void free_cert(gnutls_x509_crt_t *c)
{
	if (*c != NULL)
		gnutls_x509_crt_deinit(*c);
}

static void free_datum(gnutls_datum_t *d)
{
	gnutls_free(d->data);
}

static void free_ca(struct vca **ca)
{
	vca_free(*ca);
}

void vca_free(struct vca *ca)
{
	if (ca == NULL)
		return;
	free_key(&ca->key);
	free_cert(&ca->cert);
	free(ca);
}

/* The story of a GnuTLS call that failed. */
static rp_code failed(int rc, const char *what, struct rp_error *err)
{
	return rp_fail(err, rc == GNUTLS_E_MEMORY_ERROR ? RP_E_NO_MEMORY : RP_E_FAULT, "%s failed: %s", what,
		       gnutls_strerror(rc));
}

static rp_code make_key(gnutls_x509_privkey_t *ret, struct rp_error *err)
{
	RP_AUTO(free_key) gnutls_x509_privkey_t key = NULL;
	int rc = gnutls_x509_privkey_init(&key);

	if (rc >= 0)
		rc = gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, KEY_BITS, 0);
	if (rc < 0)
		return failed(rc, "making an RSA key", err);
	*ret = key;
	key = NULL;
	return RP_OK;
}

/* The same day so many years on; 29 February becomes 1 March. */
static time_t in_years(time_t from, int years)
{
	struct tm t;

	if (gmtime_r(&from, &t) == NULL)
		return from;
	t.tm_year += years;
	return timegm(&t);
}

static int set_serial(gnutls_x509_crt_t cert)
{
	uint8_t serial[SERIAL_LEN];

	if (!v_random(serial, sizeof serial))
		return GNUTLS_E_RANDOM_FAILED;
	serial[0] = (uint8_t)((serial[0] & 0x3F) | 0x40); /* positive, and always of the same length */
	return gnutls_x509_crt_set_serial(cert, serial, sizeof serial);
}

static int set_key_id(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key)
{
	uint8_t id[20];
	size_t len = sizeof id;
	const int rc = gnutls_x509_privkey_get_key_id(key, 0, id, &len);

	return rc < 0 ? rc : gnutls_x509_crt_set_subject_key_id(cert, id, len);
}

/* What every certificate has: version, key, serial, validity, usage. */
static int set_frame(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, int years, unsigned usage)
{
	const time_t now = time(NULL);
	int rc = gnutls_x509_crt_set_version(cert, 3);

	if (rc >= 0)
		rc = gnutls_x509_crt_set_key(cert, key);
	if (rc >= 0)
		rc = set_serial(cert);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_activation_time(cert, now);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_expiration_time(cert, in_years(now, years));
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_usage(cert, usage);
	if (rc >= 0)
		rc = set_key_id(cert, key);
	return rc;
}

static int fill_ca_cert(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key)
{
	int rc = set_frame(cert, key, CA_YEARS, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);

	if (rc >= 0)
		rc = gnutls_x509_crt_set_dn(cert, "CN=" VCA_NAME, NULL);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_basic_constraints(cert, 1, 0);
	if (rc >= 0)
		rc = gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0);
	return rc;
}

static rp_code make_ca(struct vca **ret, struct rp_error *err)
{
	RP_AUTO(free_ca) struct vca *ca = calloc(1, sizeof *ca);
	rp_code code;
	int rc;

	if (ca == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the test CA");
	code = make_key(&ca->key, err);
	if (code != RP_OK)
		return code;
	rc = gnutls_x509_crt_init(&ca->cert);
	if (rc >= 0)
		rc = fill_ca_cert(ca->cert, ca->key);
	if (rc < 0)
		return failed(rc, "making the test CA", err);
	*ret = ca;
	ca = NULL;
	return RP_OK;
}

static bool is_pair(const struct vca *ca)
{
	uint8_t a[20] = {0}, b[20] = {1};
	size_t a_len = sizeof a, b_len = sizeof b;

	return gnutls_x509_privkey_get_key_id(ca->key, 0, a, &a_len) >= 0 &&
	       gnutls_x509_crt_get_key_id(ca->cert, 0, b, &b_len) >= 0 && memcmp(a, b, sizeof a) == 0;
}

static rp_code read_ca(const char *path, struct vca **ret, struct rp_error *err)
{
	RP_AUTO(free_ca) struct vca *ca = calloc(1, sizeof *ca);
	gnutls_datum_t pem = {0};
	size_t len = 0;
	char *text = NULL;
	rp_code code;
	int rc;

	if (ca == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the test CA");
	code = vio_read_file(path, CA_FILE_MAX, &text, &len, err);
	if (code != RP_OK)
		return code;
	pem.data = (unsigned char *)text;
	pem.size = (unsigned)len;
	rc = gnutls_x509_privkey_init(&ca->key);
	if (rc >= 0)
		rc = gnutls_x509_privkey_import(ca->key, &pem, GNUTLS_X509_FMT_PEM);
	if (rc >= 0)
		rc = gnutls_x509_crt_init(&ca->cert);
	if (rc >= 0)
		rc = gnutls_x509_crt_import(ca->cert, &pem, GNUTLS_X509_FMT_PEM);
	free(text);
	if (rc < 0)
		return rp_fail(err, RP_E_CONFIG, "%s does not hold the key and certificate of a CA: %s", path,
			       gnutls_strerror(rc));
	if (!is_pair(ca))
		return rp_fail(err, RP_E_CONFIG,
			       "%s holds a key and a certificate that do not belong together", path);
	*ret = ca;
	ca = NULL;
	return RP_OK;
}

static rp_code write_ca(const struct vca *ca, const char *path, struct rp_error *err)
{
	RP_AUTO(free_datum) gnutls_datum_t key = {0};
	RP_AUTO(free_datum) gnutls_datum_t cert = {0};
	int rc = gnutls_x509_privkey_export2(ca->key, GNUTLS_X509_FMT_PEM, &key);
	bool made = false;
	char *text;
	rp_code code;

	if (rc >= 0)
		rc = gnutls_x509_crt_export2(ca->cert, GNUTLS_X509_FMT_PEM, &cert);
	if (rc < 0)
		return failed(rc, "writing the test CA", err);
	text = malloc(cert.size + key.size);
	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the test CA");
	memcpy(text, cert.data, cert.size);
	memcpy(text + cert.size, key.data, key.size);
	/* Whoever lost a race takes what the winner made: the caller reads the file in any case. */
	code = vio_create(path, text, cert.size + key.size, &made, err);
	free(text);
	return code;
}

rp_code vca_open(const char *path, struct vca **ret, struct rp_error *err)
{
	rp_code code;

	if (access(path, F_OK) != 0 && errno == ENOENT) {
		RP_AUTO(free_ca) struct vca *fresh = NULL;

		code = make_ca(&fresh, err);
		if (code == RP_OK)
			code = write_ca(fresh, path, err);
		if (code != RP_OK)
			return rp_context(err, code, "the test CA is missing and could not be made");
	}
	return read_ca(path, ret, err);
}

rp_code vca_of_this_run(struct vca **ret, struct rp_error *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct vca *ca; /* one for all cards: making a key takes a good part of a second */
	rp_code code = RP_OK;

	(void)pthread_mutex_lock(&lock);
	if (ca == NULL)
		code = make_ca(&ca, err);
	if (code == RP_OK)
		*ret = ca;
	(void)pthread_mutex_unlock(&lock);
	return code;
}

static int fill_card_cert(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, const struct vca *ca,
			  bool is_signature)
{
	const unsigned usage = GNUTLS_KEY_DIGITAL_SIGNATURE | (is_signature ? GNUTLS_KEY_NON_REPUDIATION : 0);
	uint8_t id[20];
	size_t len = sizeof id;
	int rc = set_frame(cert, key, CARD_YEARS, usage);

	if (rc >= 0)
		rc = gnutls_x509_crt_set_basic_constraints(cert, 0, -1);
	if (rc >= 0)
		rc = gnutls_x509_crt_get_subject_key_id(ca->cert, id, &len, NULL);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_authority_key_id(cert, id, len);
	if (rc >= 0)
		rc = gnutls_x509_crt_sign2(cert, ca->cert, ca->key, GNUTLS_DIG_SHA256, 0);
	return rc;
}

/* A copy that free() takes, whatever allocator GnuTLS uses. */
static bool copy_datum(const gnutls_datum_t *d, uint8_t **ret, size_t *ret_len)
{
	uint8_t *p = malloc(d->size);

	if (p == NULL)
		return false;
	memcpy(p, d->data, d->size);
	*ret = p;
	*ret_len = d->size;
	return true;
}

rp_code vca_certificate(const struct vca *ca, uint8_t **ret, size_t *ret_len, struct rp_error *err)
{
	RP_AUTO(free_datum) gnutls_datum_t der = {0};
	const int rc = gnutls_x509_crt_export2(ca->cert, GNUTLS_X509_FMT_DER, &der);

	if (rc < 0)
		return failed(rc, "writing the test CA's certificate", err);
	if (!copy_datum(&der, ret, ret_len))
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a certificate");
	return RP_OK;
}

/* Both as DER into ret; what was taken before a failure is the caller's to clear. */
static int export_pair(gnutls_x509_privkey_t key, gnutls_x509_crt_t cert, struct vkey *ret)
{
	RP_AUTO(free_datum) gnutls_datum_t key_der = {0};
	RP_AUTO(free_datum) gnutls_datum_t cert_der = {0};
	int rc = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_DER, &key_der);

	if (rc >= 0)
		rc = gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_DER, &cert_der);
	if (rc < 0)
		return rc;
	if (!copy_datum(&key_der, &ret->key_der, &ret->key_len) ||
	    !copy_datum(&cert_der, &ret->cert_der, &ret->cert_len))
		return GNUTLS_E_MEMORY_ERROR;
	return 0;
}

rp_code vca_issue(const struct vca *ca, const char *subject, bool is_signature, struct vkey *ret,
		  struct rp_error *err)
{
	RP_AUTO(free_key) gnutls_x509_privkey_t key = NULL;
	RP_AUTO(free_cert) gnutls_x509_crt_t cert = NULL;
	RP_AUTO(vkey_clear) struct vkey made = {0};
	rp_code code = make_key(&key, err);
	const char *at = "";
	int rc;

	if (code != RP_OK)
		return code;
	rc = gnutls_x509_crt_init(&cert);
	if (rc < 0)
		return failed(rc, "making a certificate", err);
	if (gnutls_x509_crt_set_dn(cert, subject, &at) < 0)
		return rp_fail(err, RP_E_USAGE, "a certificate cannot have the name \"%s\"", subject);
	rc = fill_card_cert(cert, key, ca, is_signature);
	if (rc >= 0)
		rc = export_pair(key, cert, &made);
	if (rc < 0)
		return failed(rc, "making a certificate", err);
	code = vkey_ready(&made, err);
	if (code != RP_OK)
		return code;
	memcpy(made.id, ret->id, sizeof made.id);
	*ret = made;
	made = (struct vkey){0};
	return RP_OK;
}

static void free_privkey(gnutls_privkey_t *k)
{
	if (*k != NULL)
		gnutls_privkey_deinit(*k);
}

rp_code vkey_ready(struct vkey *k, struct rp_error *err)
{
	RP_AUTO(free_privkey) gnutls_privkey_t priv = NULL;
	const gnutls_datum_t der = {.data = k->key_der, .size = (unsigned)k->key_len};
	unsigned bits = 0;
	int rc = gnutls_privkey_init(&priv);

	if (rc < 0)
		return failed(rc, "reading a key", err);
	if (gnutls_privkey_import_x509_raw(priv, &der, GNUTLS_X509_FMT_DER, NULL, 0) < 0 ||
	    gnutls_privkey_get_pk_algorithm(priv, &bits) != GNUTLS_PK_RSA || bits != KEY_BITS)
		return rp_fail(err, RP_E_CONFIG, "the key \"%s\" is not an RSA key of %d bits", k->id,
			       KEY_BITS);
	k->priv = priv;
	priv = NULL;
	return RP_OK;
}

void vkey_clear(struct vkey *k)
{
	if (k->priv != NULL)
		gnutls_privkey_deinit(k->priv);
	free(k->key_der);
	free(k->cert_der);
	*k = (struct vkey){0};
}

bool vkey_sign(const struct vkey *k, const uint8_t *bytes, size_t len, uint8_t sig[256])
{
	RP_AUTO(free_datum) gnutls_datum_t made = {0};
	gnutls_datum_t text;

	if (k == NULL || k->priv == NULL || len == 0 || len > KEY_BITS / 8 - 11)
		return false;
	/* GnuTLS takes the text through a pointer that is not const, and does not change it. */
	memcpy(&text.data, &bytes, sizeof text.data);
	text.size = (unsigned)len;
	/* The flag of TLS 1.0: padding type 1 around these very bytes, no DigestInfo of GnuTLS' own. */
	if (gnutls_privkey_sign_hash(k->priv, 0, GNUTLS_PRIVKEY_SIGN_FLAG_TLS1_RSA, &text, &made) < 0)
		return false;
	if (made.size != KEY_BITS / 8)
		return false;
	memcpy(sig, made.data, made.size);
	return true;
}

bool vca_name_value(const char *text, char *ret, size_t cap)
{
	size_t n = 0, i;

	for (i = 0; text[i] != '\0'; i++) {
		const bool blank_at_end = text[i] == ' ' && (i == 0 || text[i + 1] == '\0');
		const bool escape = strchr(",+\"\\<>;=#", text[i]) != NULL || blank_at_end;

		if (n + (escape ? 2 : 1) >= cap)
			return false;
		if (escape)
			ret[n++] = '\\';
		ret[n++] = text[i];
	}
	if (n >= cap)
		return false;
	ret[n] = '\0';
	return true;
}

bool v_random(void *bytes, size_t len)
{
	return gnutls_rnd(GNUTLS_RND_KEY, bytes, len) == 0;
}

bool v_equal(const void *a, const void *b, size_t len)
{
	return gnutls_memcmp(a, b, len) == 0;
}
