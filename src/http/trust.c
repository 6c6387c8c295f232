/* SPDX-License-Identifier: Apache-2.0 */
#include "http/trust.h"
#include "base/log.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CHAIN_MAX 8

/* One reading of the files. */
struct anchors {
	gnutls_x509_trust_list_t list;
	gnutls_x509_crt_t *cas; /* those in the list */
	unsigned n_cas;
	gnutls_datum_t *crl_issuers; /* DER names of those who issued a list */
	size_t n_crls;
	time_t crl_until; /* the earliest nextUpdate */
};

struct trust {
	pthread_rwlock_t lock;
	struct anchors *anchors;
	char *ca_file, *crl_file;
	struct timespec ca_time, crl_time;
};

static void anchors_free(struct anchors *a)
{
	if (a == NULL)
		return;
	if (a->list != NULL)
		gnutls_x509_trust_list_deinit(a->list, 1);
	for (size_t i = 0; i < a->n_crls; i++)
		gnutls_free(a->crl_issuers[i].data);
	free(a->crl_issuers);
	gnutls_free(a->cas);
	free(a);
}

static void anchors_freep(struct anchors **a)
{
	anchors_free(*a);
}

static void datum_free(gnutls_datum_t *d)
{
	gnutls_free(d->data);
}

static rp_code unreadable(const char *file, int rc, struct rp_error *err)
{
	return rp_fail(err, RP_E_CONFIG, "%s cannot be taken: %s", file, gnutls_strerror(rc));
}

static rp_code read_cas(struct anchors *a, const char *file, struct rp_error *err)
{
	RP_AUTO(datum_free) gnutls_datum_t pem = {0};
	int rc = gnutls_load_file(file, &pem);

	if (rc == 0)
		rc = gnutls_x509_crt_list_import2(&a->cas, &a->n_cas, &pem, GNUTLS_X509_FMT_PEM, 0);
	if (rc < 0)
		return unreadable(file, rc, err);
	/* The list owns what it takes; the array is ours. */
	rc = gnutls_x509_trust_list_add_cas(a->list, a->cas, a->n_cas, 0);
	return rc == (int)a->n_cas ? RP_OK
				   : rp_fail(err, RP_E_CONFIG, "%s: not every certificate was taken", file);
}

/* An old one is taken, and refuses everybody until a new one comes; a foreign one is not. */
static rp_code note_crl(struct anchors *a, gnutls_x509_crl_t crl, const char *file, struct rp_error *err)
{
	const time_t until = gnutls_x509_crl_get_next_update(crl);
	unsigned status = 0;

	if (gnutls_x509_crl_verify(crl, a->cas, a->n_cas, 0, &status) != 0 ||
	    (status & ~(unsigned)GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED & ~(unsigned)GNUTLS_CERT_INVALID) !=
		    0)
		return rp_fail(err, RP_E_CONFIG, "%s: a list is not signed by the authority", file);
	if (until == (time_t)-1)
		return rp_fail(err, RP_E_CONFIG, "%s: a list does not say when the next one comes", file);
	if (gnutls_x509_crl_get_raw_issuer_dn(crl, &a->crl_issuers[a->n_crls]) != 0)
		return rp_fail(err, RP_E_CONFIG, "%s: a list has no issuer", file);
	a->n_crls++;
	if (a->n_crls == 1 || until < a->crl_until)
		a->crl_until = until;
	return RP_OK;
}

static rp_code read_crls(struct anchors *a, const char *file, struct rp_error *err)
{
	RP_AUTO(datum_free) gnutls_datum_t pem = {0};
	gnutls_x509_crl_t *crls = NULL;
	unsigned n = 0;
	rp_code code = RP_OK;
	int rc = gnutls_load_file(file, &pem);

	if (rc == 0)
		rc = gnutls_x509_crl_list_import2(&crls, &n, &pem, GNUTLS_X509_FMT_PEM, 0);
	if (rc < 0)
		return unreadable(file, rc, err);
	a->crl_issuers = calloc(n, sizeof *a->crl_issuers);
	if (a->crl_issuers == NULL)
		code = rp_fail(err, RP_E_NO_MEMORY, "no memory for %s", file);
	for (unsigned i = 0; i < n && code == RP_OK; i++)
		code = note_crl(a, crls[i], file, err);
	/* The trust list owns them from now on, taken or not. */
	rc = gnutls_x509_trust_list_add_crls(a->list, crls, n, 0, 0);
	gnutls_free(crls);
	if (code == RP_OK && rc != (int)n)
		code = rp_fail(err, RP_E_CONFIG, "%s: not every list was taken", file);
	return code;
}

static rp_code anchors_read(const char *ca_file, const char *crl_file, struct anchors **ret,
			    struct rp_error *err)
{
	RP_AUTO(anchors_freep) struct anchors *a = calloc(1, sizeof *a);
	rp_code rc;

	if (a == NULL || gnutls_x509_trust_list_init(&a->list, 0) != 0)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for %s", ca_file);
	rc = read_cas(a, ca_file, err);
	if (rc == RP_OK && crl_file != NULL)
		rc = read_crls(a, crl_file, err);
	if (rc != RP_OK)
		return rc;
	*ret = a;
	a = NULL;
	return RP_OK;
}

/* When the file was written; all zeros when it is not there. */
static struct timespec time_of(const char *file)
{
	struct stat st = {0};

	if (file == NULL || stat(file, &st) != 0)
		return (struct timespec){0};
	return st.st_mtim;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

rp_code trust_new(const char *ca_file, const char *crl_file, struct trust **ret, struct rp_error *err)
{
	struct trust *t = calloc(1, sizeof *t);
	rp_code rc = RP_OK;

	if (t == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the authority");
	(void)pthread_rwlock_init(&t->lock, NULL);
	t->ca_file = strdup(ca_file);
	t->crl_file = crl_file != NULL ? strdup(crl_file) : NULL;
	t->ca_time = time_of(ca_file);
	t->crl_time = time_of(crl_file);
	if (t->ca_file == NULL || (crl_file != NULL && t->crl_file == NULL))
		rc = rp_fail(err, RP_E_NO_MEMORY, "no memory for the authority");
	if (rc == RP_OK)
		rc = anchors_read(ca_file, crl_file, &t->anchors, err);
	if (rc != RP_OK) {
		trust_free(t);
		return rc;
	}
	*ret = t;
	return RP_OK;
}

void trust_free(struct trust *t)
{
	if (t == NULL)
		return;
	anchors_free(t->anchors);
	(void)pthread_rwlock_destroy(&t->lock);
	free(t->ca_file);
	free(t->crl_file);
	free(t);
}

void trust_refresh(struct trust *t)
{
	const struct timespec ca_time = time_of(t->ca_file), crl_time = time_of(t->crl_file);
	struct anchors *fresh = NULL, *old;
	struct rp_error err;

	if (same_time(ca_time, t->ca_time) && same_time(crl_time, t->crl_time))
		return;
	t->ca_time = ca_time;
	t->crl_time = crl_time;
	if (anchors_read(t->ca_file, t->crl_file, &fresh, &err) != RP_OK) {
		log_event(LOG_LVL_ERR, "http.authority", "kept=old why=\"%s\"", err.story);
		return;
	}
	(void)pthread_rwlock_wrlock(&t->lock);
	old = t->anchors;
	t->anchors = fresh;
	(void)pthread_rwlock_unlock(&t->lock);
	anchors_free(old);
	log_event(LOG_LVL_INFO, "http.authority", "read again");
}

/* --- judging --- */

struct chain {
	gnutls_x509_crt_t crt[CHAIN_MAX];
	unsigned n;
};

static void chain_free(struct chain *c)
{
	for (unsigned i = 0; i < c->n; i++)
		gnutls_x509_crt_deinit(c->crt[i]);
}

static bool chain_read(struct chain *c, const gnutls_datum_t *der, unsigned n)
{
	if (n > CHAIN_MAX)
		return false;
	for (; c->n < n; c->n++) {
		if (gnutls_x509_crt_init(&c->crt[c->n]) != 0)
			return false;
		if (gnutls_x509_crt_import(c->crt[c->n], &der[c->n], GNUTLS_X509_FMT_DER) != 0) {
			gnutls_x509_crt_deinit(c->crt[c->n]);
			return false;
		}
	}
	return true;
}

/* GnuTLS takes a certificate without purposes for one that has them all; a terminal's has to name it. */
static bool is_for_clients(gnutls_x509_crt_t crt)
{
	char oid[64];
	size_t len = sizeof oid;

	for (unsigned i = 0; gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &len, NULL) >= 0; i++) {
		if (strcmp(oid, GNUTLS_KP_TLS_WWW_CLIENT) == 0)
			return true;
		len = sizeof oid;
	}
	return false;
}

/* Is there a list of who issued it, and are all lists still good? GnuTLS asks neither. */
static const char *crl_missing(const struct anchors *a, gnutls_x509_crt_t crt, time_t now)
{
	RP_AUTO(datum_free) gnutls_datum_t issuer = {0};

	if (now >= a->crl_until)
		return "the revocation list is past its time";
	if (gnutls_x509_crt_get_raw_issuer_dn(crt, &issuer) != 0)
		return "it names no issuer";
	for (size_t i = 0; i < a->n_crls; i++)
		if (issuer.size == a->crl_issuers[i].size &&
		    memcmp(issuer.data, a->crl_issuers[i].data, issuer.size /* checked: equal */) == 0)
			return NULL;
	return "there is no revocation list of its issuer";
}

static const char *status_word(unsigned status)
{
	if ((status & GNUTLS_CERT_REVOKED) != 0)
		return "revoked";
	if ((status & GNUTLS_CERT_EXPIRED) != 0)
		return "expired";
	if ((status & GNUTLS_CERT_NOT_ACTIVATED) != 0)
		return "not valid yet";
	if ((status & GNUTLS_CERT_PURPOSE_MISMATCH) != 0)
		return "not for TLS clients";
	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0)
		return "not of this authority";
	return "does not verify";
}

/* NULL: it is good. */
static const char *why_bad(const struct anchors *a, struct chain *c, bool want_crl)
{
	gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
					 .data = (unsigned char[]){GNUTLS_KP_TLS_WWW_CLIENT}};
	const unsigned flags = GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM);
	unsigned status = 0;

	if (gnutls_x509_trust_list_verify_crt2(a->list, c->crt, c->n, &purpose, 1, flags, &status, NULL) != 0)
		return "cannot be verified";
	if (status != 0)
		return status_word(status);
	if (!is_for_clients(c->crt[0]))
		return "does not say that it is for TLS clients";
	return want_crl ? crl_missing(a, c->crt[0], time(NULL)) : NULL;
}

enum trust_word trust_check(struct trust *t, void *tls_session, uint8_t ret_fingerprint[32],
			    const char **ret_why)
{
	RP_AUTO(chain_free) struct chain chain = {0};
	gnutls_session_t session = tls_session;
	unsigned n = 0;
	const gnutls_datum_t *der = gnutls_certificate_get_peers(session, &n);
	size_t len = 32;

	*ret_why = NULL;
	if (der == NULL || n == 0)
		return TRUST_NONE;
	if (gnutls_fingerprint(GNUTLS_DIG_SHA256, &der[0], ret_fingerprint, &len) != 0 ||
	    !chain_read(&chain, der, n)) {
		*ret_why = "cannot be read";
		return TRUST_BAD;
	}
	(void)pthread_rwlock_rdlock(&t->lock);
	*ret_why = why_bad(t->anchors, &chain, t->crl_file != NULL);
	(void)pthread_rwlock_unlock(&t->lock);
	return *ret_why == NULL ? TRUST_GOOD : TRUST_BAD;
}
