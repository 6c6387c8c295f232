/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/x509.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"

#define SERIAL_MAX 20 /* RFC 5280, 4.1.2.2 */

struct serial {
	uint8_t len;
	uint8_t p[SERIAL_MAX];
};

struct revoked {
	uint8_t issuer_hash[32];
	int64_t next_update_ms;
	struct serial *serials; /* sorted */
	size_t n;
};

struct lists {
	struct revoked *at;
	size_t n;
};

struct x509_trust {
	gnutls_x509_crt_t *anchors;
	unsigned n_anchors;
	char *crl_file;	       /* NULL: none */
	pthread_rwlock_t lock; /* of what follows */
	struct lists lists;
	struct stat seen; /* of the file, when it was read */
};

/* --- small helpers --- */

static void datum_clear(gnutls_datum_t *d)
{
	gnutls_free(d->data);
}

static void crt_clear(gnutls_x509_crt_t *c)
{
	if (*c != NULL)
		gnutls_x509_crt_deinit(*c);
}

static void pubkey_clear(gnutls_pubkey_t *k)
{
	if (*k != NULL)
		gnutls_pubkey_deinit(*k);
}

/* Without leading zeros, so that two encodings of one number are one. False: too long. */
static bool serial_of(const uint8_t *p, size_t len, struct serial *ret)
{
	while (len > 0 && *p == 0) {
		p++;
		len--;
	}
	if (len > SERIAL_MAX)
		return false;
	*ret = (struct serial){.len = (uint8_t)len};
	memcpy(ret->p, p, len); /* checked: above */
	return true;
}

static int serial_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct serial));
}

static int64_t ms_of(time_t t)
{
	return t == (time_t)-1 ? 0 : (int64_t)t * 1000;
}

static void sha256_of(const gnutls_datum_t *d, uint8_t ret[32])
{
	const struct hash_part part = {d->data, d->size};

	hash_sha256(&part, 1, ret);
}

/* --- revocation lists --- */

static void lists_clear(struct lists *l)
{
	for (size_t k = 0; k < l->n; k++)
		free(l->at[k].serials);
	free(l->at);
	*l = (struct lists){0};
}

static rp_code read_serials(gnutls_x509_crl_t crl, struct revoked *r, struct rp_error *err)
{
	const int n = gnutls_x509_crl_get_crt_count(crl);
	gnutls_x509_crl_iter_t iter = NULL;
	rp_code rc = RP_OK;

	if (n <= 0)
		return RP_OK;
	r->serials = calloc((size_t)n, sizeof *r->serials);
	if (r->serials == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for %d revoked certificates", n);
	while (rc == RP_OK && r->n < (size_t)n) {
		uint8_t serial[64];
		size_t len = sizeof serial;
		int got = gnutls_x509_crl_iter_crt_serial(crl, &iter, serial, &len, NULL);

		if (got == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (got < 0 || !serial_of(serial, len, &r->serials[r->n]))
			rc = rp_fail(err, RP_E_CONFIG, "a revocation list with an entry that is none");
		else
			r->n++;
	}
	gnutls_x509_crl_iter_deinit(iter);
	qsort(r->serials, r->n, sizeof *r->serials, serial_order);
	return rc;
}

/* What makes a list no list of ours; that it is old is judged at each use. */
#define CRL_BAD                                                                                              \
	(GNUTLS_CERT_SIGNATURE_FAILURE | GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA |          \
	 GNUTLS_CERT_INSECURE_ALGORITHM | GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE)

static rp_code read_list(const struct x509_trust *t, gnutls_x509_crl_t crl, struct revoked *r,
			 struct rp_error *err)
{
	gnutls_datum_t dn = {0};
	unsigned status = 0;

	if (gnutls_x509_crl_verify(crl, t->anchors, t->n_anchors, 0, &status) < 0 || (status & CRL_BAD) != 0)
		return rp_fail(err, RP_E_CONFIG, "a revocation list in %s is signed by no anchor",
			       t->crl_file);
	if (gnutls_x509_crl_get_raw_issuer_dn(crl, &dn) < 0)
		return rp_fail(err, RP_E_CONFIG, "a revocation list in %s names no issuer", t->crl_file);
	sha256_of(&dn, r->issuer_hash);
	datum_clear(&dn);
	r->next_update_ms = ms_of(gnutls_x509_crl_get_next_update(crl));
	return read_serials(crl, r, err);
}

static rp_code read_lists(const struct x509_trust *t, struct lists *ret, struct rp_error *err)
{
	RP_AUTO(datum_clear) gnutls_datum_t pem = {0};
	gnutls_x509_crl_t *crls = NULL;
	unsigned n = 0;
	struct lists l = {0};
	rp_code rc = RP_OK;

	if (gnutls_load_file(t->crl_file, &pem) < 0)
		return rp_fail(err, RP_E_CONFIG, "the revocation lists %s cannot be read", t->crl_file);
	if (gnutls_x509_crl_list_import2(&crls, &n, &pem, GNUTLS_X509_FMT_PEM, 0) < 0 || n == 0)
		return rp_fail(err, RP_E_CONFIG, "%s holds no revocation list in PEM", t->crl_file);
	l.at = calloc(n, sizeof *l.at);
	if (l.at == NULL)
		rc = rp_fail(err, RP_E_NO_MEMORY, "no memory for revocation lists");
	for (unsigned k = 0; k < n; k++) {
		if (rc == RP_OK)
			rc = read_list(t, crls[k], &l.at[l.n++], err);
		gnutls_x509_crl_deinit(crls[k]);
	}
	gnutls_free(crls);
	if (rc == RP_OK)
		*ret = l;
	else
		lists_clear(&l);
	return rc;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Reads the lists anew when their file has changed. One that is bad leaves those that were there. */
static void refresh(struct x509_trust *t)
{
	struct rp_error err = RP_ERROR_INIT;
	struct lists fresh = {0};
	struct stat now;
	bool same;

	if (t->crl_file == NULL || stat(t->crl_file, &now) != 0)
		return;
	pthread_rwlock_rdlock(&t->lock);
	same = same_file(&now, &t->seen);
	pthread_rwlock_unlock(&t->lock);
	if (same)
		return;
	const rp_code rc = read_lists(t, &fresh, &err);
	pthread_rwlock_wrlock(&t->lock);
	if (rc == RP_OK) {
		struct lists old = t->lists;

		t->lists = fresh;
		fresh = old;
	}
	t->seen = now;
	pthread_rwlock_unlock(&t->lock);
	lists_clear(&fresh);
	if (rc != RP_OK)
		log_event(LOG_LVL_ERR, "issuer.crl", "file=%s kept=old why=\"%s\"", t->crl_file, err.story);
	else
		log_event(LOG_LVL_INFO, "issuer.crl", "file=%s read=new", t->crl_file);
}

/* --- open and close --- */

static rp_code read_anchors(struct x509_trust *t, const char *file, struct rp_error *err)
{
	RP_AUTO(datum_clear) gnutls_datum_t pem = {0};

	if (gnutls_load_file(file, &pem) < 0)
		return rp_fail(err, RP_E_CONFIG, "the anchors %s cannot be read", file);
	if (gnutls_x509_crt_list_import2(&t->anchors, &t->n_anchors, &pem, GNUTLS_X509_FMT_PEM, 0) < 0 ||
	    t->n_anchors == 0)
		return rp_fail(err, RP_E_CONFIG, "%s holds no certificate in PEM", file);
	return RP_OK;
}

static void trust_freep(struct x509_trust **t)
{
	x509_trust_close(*t);
}

rp_code x509_trust_open(const char *anchors, const char *crl, struct x509_trust **ret, struct rp_error *err)
{
	RP_AUTO(trust_freep) struct x509_trust *t = calloc(1, sizeof *t);
	rp_code rc;

	if (t == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the anchors");
	pthread_rwlock_init(&t->lock, NULL);
	rc = read_anchors(t, anchors, err);
	if (rc == RP_OK && crl != NULL) {
		t->crl_file = strdup(crl);
		if (t->crl_file == NULL)
			return rp_fail(err, RP_E_NO_MEMORY, "no memory for the name of a file");
		(void)stat(crl, &t->seen); /* what cannot be looked at cannot be read either */
		rc = read_lists(t, &t->lists, err);
	}
	if (rc != RP_OK)
		return rc;
	*ret = t;
	t = NULL;
	return RP_OK;
}

void x509_trust_close(struct x509_trust *t)
{
	if (t == NULL)
		return;
	for (unsigned k = 0; k < t->n_anchors; k++)
		gnutls_x509_crt_deinit(t->anchors[k]);
	gnutls_free(t->anchors);
	lists_clear(&t->lists);
	free(t->crl_file);
	pthread_rwlock_destroy(&t->lock);
	free(t);
}

/* --- a certificate --- */

static rp_code crt_of(const uint8_t *der, size_t len, gnutls_x509_crt_t *ret, struct rp_error *err)
{
	const gnutls_datum_t d = {(uint8_t *)(uintptr_t)der, (unsigned)len}; /* GnuTLS reads it only */

	if (len > UINT16_MAX || gnutls_x509_crt_init(ret) < 0 ||
	    gnutls_x509_crt_import(*ret, &d, GNUTLS_X509_FMT_DER) < 0)
		return rp_refuse(err, RP_PROBLEM_CERT_INVALID, "it cannot be read");
	return RP_OK;
}

/* The anchor that signed it, NULL: none did. Time is judged apart. */
static gnutls_x509_crt_t signer_of(const struct x509_trust *t, gnutls_x509_crt_t crt)
{
	for (unsigned k = 0; k < t->n_anchors; k++) {
		unsigned status = 0;

		if (gnutls_x509_crt_check_issuer(crt, t->anchors[k]) == 0)
			continue;
		if (gnutls_x509_crt_verify(crt, &t->anchors[k], 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
					   &status) >= 0 &&
		    status == 0)
			return t->anchors[k];
	}
	return NULL;
}

/* RFC 5280, 4.2.1.3: without the extension every use is allowed. */
static bool may_sign(gnutls_x509_crt_t crt)
{
	unsigned usage = 0;
	int rc = gnutls_x509_crt_get_key_usage(crt, &usage, NULL);

	if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return true;
	return rc >= 0 && (usage & (GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION)) != 0;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool read_names(gnutls_x509_crt_t crt, struct x509_facts *f)
{
	RP_AUTO(datum_clear) gnutls_datum_t dn = {0};
	size_t len = sizeof f->key_hash;

	f->serial.len = sizeof f->serial.p;
	if (gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, f->key_hash, &len) < 0 ||
	    len != sizeof f->key_hash || gnutls_x509_crt_get_raw_issuer_dn(crt, &dn) < 0 ||
	    gnutls_x509_crt_get_serial(crt, f->serial.p, &f->serial.len) < 0)
		return false;
	sha256_of(&dn, f->issuer_hash);
	return true;
}

rp_code x509_read(struct x509_trust *t, const uint8_t *der, size_t len, struct x509_facts *ret,
		  struct rp_error *err)
{
	RP_AUTO(crt_clear) gnutls_x509_crt_t crt = NULL;
	struct x509_facts f = {0};
	gnutls_x509_crt_t anchor;
	rp_code rc = crt_of(der, len, &crt, err);

	if (rc != RP_OK)
		return rc;
	anchor = signer_of(t, crt);
	if (anchor == NULL)
		return rp_refuse(err, RP_PROBLEM_CERT_INVALID, "no anchor of this issuer has signed it");
	if (!read_names(crt, &f))
		return rp_refuse(err, RP_PROBLEM_CERT_INVALID, "key, issuer or serial cannot be read");
	f.not_before_ms = later(ms_of(gnutls_x509_crt_get_activation_time(crt)),
				ms_of(gnutls_x509_crt_get_activation_time(anchor)));
	f.not_after_ms = earlier(ms_of(gnutls_x509_crt_get_expiration_time(crt)),
				 ms_of(gnutls_x509_crt_get_expiration_time(anchor)));
	f.signs = may_sign(crt);
	*ret = f;
	return RP_OK;
}

/* --- validity --- */

static rp_code not_revoked(const struct lists *l, const struct x509_facts *c, int64_t now_ms,
			   struct rp_error *err)
{
	const struct revoked *r = NULL;
	struct serial serial;

	for (size_t k = 0; k < l->n; k++)
		if (memcmp(l->at[k].issuer_hash, c->issuer_hash, sizeof c->issuer_hash) == 0 &&
		    (r == NULL || l->at[k].next_update_ms > r->next_update_ms))
			r = &l->at[k];
	if (r == NULL)
		return rp_refuse(err, RP_PROBLEM_CRL_OLD, "there is no revocation list of its CA");
	if (!serial_of(c->serial.p, c->serial.len, &serial))
		return rp_refuse(err, RP_PROBLEM_CERT_INVALID, "its serial number is too long");
	/* Once revoked stays revoked, however old the list is. */
	if (r->n > 0 && bsearch(&serial, r->serials, r->n, sizeof serial, serial_order) != NULL)
		return rp_refuse(err, RP_PROBLEM_CERT_REVOKED, "%s", "");
	if (now_ms > r->next_update_ms)
		return rp_refuse(err, RP_PROBLEM_CRL_OLD, "the revocation list is older than it may be");
	return RP_OK;
}

rp_code x509_valid(struct x509_trust *t, const struct x509_facts *c, int64_t now_ms, struct rp_error *err)
{
	rp_code rc;

	if (now_ms < c->not_before_ms)
		return rp_refuse(err, RP_PROBLEM_CERT_INVALID, "its time has not begun");
	if (now_ms > c->not_after_ms)
		return rp_refuse(err, RP_PROBLEM_CERT_INVALID, "its time is over");
	if (t->crl_file == NULL)
		return RP_OK;
	refresh(t);
	pthread_rwlock_rdlock(&t->lock);
	rc = not_revoked(&t->lists, c, now_ms, err);
	pthread_rwlock_unlock(&t->lock);
	return rc;
}

/* --- a signature --- */

bool x509_signed(const uint8_t *der, size_t len, const void *text, size_t text_len, const uint8_t *signature,
		 size_t signature_len)
{
	RP_AUTO(crt_clear) gnutls_x509_crt_t crt = NULL;
	RP_AUTO(pubkey_clear) gnutls_pubkey_t key = NULL;
	const gnutls_datum_t data = {(uint8_t *)(uintptr_t)text, (unsigned)text_len};
	const gnutls_datum_t sig = {(uint8_t *)(uintptr_t)signature, (unsigned)signature_len};
	int algorithm;

	if (text_len > UINT16_MAX || signature_len > UINT16_MAX || crt_of(der, len, &crt, NULL) != RP_OK ||
	    gnutls_pubkey_init(&key) < 0 || gnutls_pubkey_import_x509(key, crt, 0) < 0)
		return false;
	algorithm = gnutls_pubkey_get_pk_algorithm(key, NULL);
	if (algorithm != GNUTLS_PK_RSA && algorithm != GNUTLS_PK_ECDSA)
		return false;
	return gnutls_pubkey_verify_data2(
		       key, algorithm == GNUTLS_PK_RSA ? GNUTLS_SIGN_RSA_SHA256 : GNUTLS_SIGN_ECDSA_SHA256, 0,
		       &data, &sig) >= 0;
}

bool x509_device_signed(const uint8_t *der, size_t len, const void *text, size_t text_len,
			const uint8_t *signature, size_t signature_len)
{
	RP_AUTO(pubkey_clear) gnutls_pubkey_t key = NULL;
	const gnutls_datum_t spki = {(uint8_t *)(uintptr_t)der, (unsigned)len};
	const gnutls_datum_t data = {(uint8_t *)(uintptr_t)text, (unsigned)text_len};
	const gnutls_datum_t sig = {(uint8_t *)(uintptr_t)signature, (unsigned)signature_len};
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;

	if (len > RP_DEVICE_KEY_MAX || text_len > UINT16_MAX || signature_len > UINT16_MAX ||
	    gnutls_pubkey_init(&key) < 0 || gnutls_pubkey_import(key, &spki, GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_pubkey_get_pk_algorithm(key, NULL) != GNUTLS_PK_ECDSA ||
	    gnutls_pubkey_export_ecc_raw2(key, &curve, NULL, NULL, 0) < 0 ||
	    curve != GNUTLS_ECC_CURVE_SECP256R1)
		return false;
	return gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &sig) >= 0;
}
