/* SPDX-License-Identifier: Apache-2.0 */
#include "card/cert.h"

#include "base/bytes.h"
#include "base/text.h"
#include "card/late_gnutls.h"

#include <limits.h>
#include <string.h>
#include <time.h>

size_t cert_der_length(const uint8_t *head, size_t len)
{
	struct rd r = rd_of(head, len);
	uint8_t first;
	size_t body = 0;

	if (rd_u8(&r) != 0x30)
		return 0;
	first = rd_u8(&r);
	if (first < 0x81 || first > 0x83) /* under 128 bytes is no certificate, 16 MiB neither */
		return 0;
	for (int i = first & 0x0F; i > 0; i--)
		body = body << 8 | rd_u8(&r);
	return r.failed ? 0 : body + 2 + (first & 0x0F);
}

static bool date_of(time_t t, char ret[11])
{
	struct tm tm;

	if (t == (time_t)-1 || gmtime_r(&t, &tm) == NULL)
		return false;
	return strftime(ret, 11, "%Y-%m-%d", &tm) == 10;
}

static bool holder_of(const struct late_gnutls *g, gnutls_x509_crt_t crt, enum cert_holder how, char *ret,
		      size_t cap)
{
	char name[1024];
	size_t len = sizeof name;
	gnutls_datum_t dn = {0};

	if (how == CERT_COMMON_NAME &&
	    g->gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &len) == 0) {
		text_clean(name, strnlen(name, sizeof name), ret, cap);
		return true;
	}
	/* dn3 gives the last name first (RFC 4514); its older form keeps the order of the card. */
	if (g->gnutls_x509_crt_get_dn3(crt, &dn, GNUTLS_X509_DN_FLAG_COMPAT) != 0)
		return false;
	text_clean(dn.data, dn.size, ret, cap);
	(*g->free)(dn.data);
	return true;
}

bool cert_facts(const uint8_t *der, size_t len, enum cert_holder how, struct rp_card_facts *ret)
{
	const struct late_gnutls *g = late_gnutls();
	struct rp_card_facts f = {0};
	gnutls_datum_t d;
	gnutls_x509_crt_t crt;
	bool good;

	if (g == NULL || len > UINT_MAX || g->gnutls_x509_crt_init(&crt) != 0)
		return false;
	d.data = (unsigned char *)(uintptr_t)der; /* GnuTLS only reads it, but does not say so */
	d.size = (unsigned)len;
	good = g->gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER) == 0 &&
	       date_of(g->gnutls_x509_crt_get_activation_time(crt), f.valid_from) &&
	       date_of(g->gnutls_x509_crt_get_expiration_time(crt), f.valid_to) &&
	       holder_of(g, crt, how, f.holder, sizeof f.holder);
	g->gnutls_x509_crt_deinit(crt);
	if (!good)
		return false;
	memcpy(ret->valid_from, f.valid_from, sizeof f.valid_from);
	memcpy(ret->valid_to, f.valid_to, sizeof f.valid_to);
	memcpy(ret->holder, f.holder, sizeof f.holder);
	return true;
}
