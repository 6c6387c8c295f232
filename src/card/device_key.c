/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key of a phone in a file, where no secure element keeps it. Whoever can read the file is the phone,
 * unlocked; so nobody but its owner may.
 */
#include "card/device_key.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "card/late_gnutls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_BYTES 2048

struct rp_device_key {
	gnutls_x509_privkey_t x509;
	gnutls_privkey_t key;
	uint8_t spki[RP_DEVICE_KEY_MAX]; /* the public half in DER */
	size_t spki_len;
	char terminal[65];
};

/* SubjectPublicKeyInfo of an uncompressed point of P-256, as far as it is the same for all (RFC 5480, 2). */
static const uint8_t p256_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48,
				    0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
				    0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
#define P256_SPKI 91

static rp_code library(const struct late_gnutls **ret, struct rp_error *err)
{
	*ret = late_gnutls();
	return *ret != NULL ? RP_OK : rp_fail(err, RP_E_CONFIG, "GnuTLS (libgnutls30) cannot be loaded");
}

/* GnuTLS only reads them, and says so nowhere: the pointer loses its const by its bytes. */
static gnutls_datum_t datum(const char *bytes, size_t len)
{
	gnutls_datum_t d = {.size = (unsigned)len};

	memcpy(&d.data, &bytes, sizeof d.data); /* checked: both are pointers of the same size */
	return d;
}

/* --- a new one --- */

static rp_code make_pem(const struct late_gnutls *g, char ret[PEM_BYTES], size_t *ret_len,
			struct rp_error *err)
{
	gnutls_x509_privkey_t key = NULL;
	size_t len = PEM_BYTES;
	bool good = g->gnutls_x509_privkey_init(&key) == GNUTLS_E_SUCCESS;

	good = good && g->gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
						       GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
						       0) == GNUTLS_E_SUCCESS;
	good = good && g->gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, ret, &len) == GNUTLS_E_SUCCESS;
	if (key != NULL)
		g->gnutls_x509_privkey_deinit(key);
	if (!good)
		return rp_fail(err, RP_E_FAULT, "a key could not be made");
	*ret_len = len;
	return RP_OK;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

rp_code rp_device_key_make(const char *path, struct rp_error *err)
{
	const struct late_gnutls *g;
	char pem[PEM_BYTES];
	size_t len = 0;
	rp_code rc = library(&g, err);
	bool good;
	int fd;

	if (rc == RP_OK)
		rc = make_pem(g, pem, &len, err);
	if (rc != RP_OK)
		return rc;
	/* O_EXCL: a key that is there may be registered, and is never written over. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		rc = rp_fail(err, RP_E_CONFIG, "the key %s cannot be made: %s", path, strerror(errno));
	} else {
		good = write_all(fd, pem, len) && fsync(fd) == 0;
		good = close(fd) == 0 && good;
		if (!good) {
			rc = rp_fail(err, RP_E_CONFIG, "the key %s cannot be written", path);
			(void)unlink(path);
		}
	}
	rp_wipe(pem, sizeof pem);
	return rc;
}

/* --- one that is there --- */

static rp_code read_pem(const char *path, char ret[PEM_BYTES], size_t *ret_len, struct rp_error *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	rp_code rc = RP_OK;
	ssize_t n = -1;

	if (fd < 0)
		return rp_fail(err, RP_E_CONFIG, "the phone's key %s cannot be opened: %s", path,
			       strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		rc = rp_fail(err, RP_E_CONFIG, "the phone's key %s is no file", path);
	else if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		rc = rp_fail(err, RP_E_CONFIG, "the phone's key %s can be read by others: chmod 600", path);
	else
		n = read(fd, ret, PEM_BYTES);
	(void)close(fd);
	if (rc == RP_OK && (n <= 0 || n == PEM_BYTES))
		rc = rp_fail(err, RP_E_CONFIG, "the phone's key %s cannot be read", path);
	if (rc == RP_OK)
		*ret_len = (size_t)n;
	return rc;
}

static bool take_public(const struct late_gnutls *g, struct rp_device_key *k)
{
	struct hash_part part = {.p = k->spki};
	uint8_t hash[SHA256_LEN];
	gnutls_pubkey_t pub = NULL;
	bool good = g->gnutls_pubkey_init(&pub) == GNUTLS_E_SUCCESS;

	k->spki_len = sizeof k->spki;
	good = good && g->gnutls_pubkey_import_privkey(pub, k->key, 0, 0) == GNUTLS_E_SUCCESS &&
	       g->gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, k->spki, &k->spki_len) == GNUTLS_E_SUCCESS;
	if (pub != NULL)
		g->gnutls_pubkey_deinit(pub);
	if (!good || k->spki_len != P256_SPKI || memcmp(k->spki, p256_head, sizeof p256_head) != 0)
		return false;
	part.len = k->spki_len;
	hash_sha256(&part, 1, hash);
	(void)hex_of(hash, sizeof hash, k->terminal, sizeof k->terminal);
	return true;
}

static bool import(const struct late_gnutls *g, struct rp_device_key *k, const char *pem, size_t len)
{
	const gnutls_datum_t in = datum(pem, len);

	return g->gnutls_x509_privkey_init(&k->x509) == GNUTLS_E_SUCCESS &&
	       g->gnutls_x509_privkey_import(k->x509, &in, GNUTLS_X509_FMT_PEM) == GNUTLS_E_SUCCESS &&
	       g->gnutls_privkey_init(&k->key) == GNUTLS_E_SUCCESS &&
	       g->gnutls_privkey_import_x509(k->key, k->x509, 0) == GNUTLS_E_SUCCESS && take_public(g, k);
}

void rp_device_key_close(rp_device_key *k)
{
	const struct late_gnutls *g = late_gnutls();

	if (k == NULL)
		return;
	if (k->key != NULL)
		g->gnutls_privkey_deinit(k->key);
	if (k->x509 != NULL)
		g->gnutls_x509_privkey_deinit(k->x509);
	free(k);
}

rp_code rp_device_key_open(const char *path, rp_device_key **ret, struct rp_error *err)
{
	const struct late_gnutls *g;
	rp_device_key *k;
	char pem[PEM_BYTES];
	size_t len = 0;
	rp_code rc = library(&g, err);

	if (rc == RP_OK)
		rc = read_pem(path, pem, &len, err);
	if (rc != RP_OK)
		return rc;
	k = calloc(1, sizeof *k);
	if (k == NULL)
		rc = rp_fail(err, RP_E_NO_MEMORY, "no memory for the phone's key");
	else if (!import(g, k, pem, len))
		rc = rp_fail(err, RP_E_CONFIG, "%s holds no key of P-256 in PEM", path);
	rp_wipe(pem, sizeof pem);
	if (rc != RP_OK) {
		rp_device_key_close(k);
		return rc;
	}
	*ret = k;
	return RP_OK;
}

const char *rp_device_key_terminal(const rp_device_key *k)
{
	return k->terminal;
}

rp_code rp_device_key_sign(const rp_device_key *k, const char *lines, size_t len, struct rp_device *ret,
			   struct rp_error *err)
{
	const struct late_gnutls *g = late_gnutls();
	const gnutls_datum_t in = datum(lines, len);
	gnutls_datum_t sig = {0};
	bool good = g->gnutls_privkey_sign_data(k->key, GNUTLS_DIG_SHA256, 0, &in, &sig) == GNUTLS_E_SUCCESS;

	good = good && sig.size <= sizeof ret->signature;
	if (good) {
		*ret = (struct rp_device){.key_len = k->spki_len, .signature_len = sig.size};
		memcpy(ret->key, k->spki, k->spki_len);	    /* checked: arrays of the same size */
		memcpy(ret->signature, sig.data, sig.size); /* checked: it fits */
	}
	if (sig.data != NULL)
		(*g->free)(sig.data);
	return good ? RP_OK : rp_fail(err, RP_E_FAULT, "the phone's key did not sign");
}
