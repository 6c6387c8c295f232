/* SPDX-License-Identifier: Apache-2.0 */
#include "card/facts.h"

#include "base/bytes.h"
#include "base/text.h"
#include "card/cert.h"
#include "card/tlv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CERT_MAX 16384
#define HICOS_PIECE 0xC8

/* --- reading transparent files --- */

struct file_way {
	uint8_t cla;
	size_t piece; /* most bytes asked for at once */
};

static const struct file_way way_iso = {0x00, 256};
static const struct file_way way_hicos = {0x80, HICOS_PIECE};

/* One READ BINARY; *ret_len = 0 when the card gives nothing there. */
static rp_code read_piece(struct session *s, const struct file_way *way, uint8_t p1, uint8_t p2, size_t le,
			  struct wr *to, size_t *ret_len, struct rp_error *err)
{
	struct apdu a = {.cla = way->cla, .ins = 0xB0, .p1 = p1, .p2 = p2, .le = le};
	struct response r;
	rp_code rc = session_send(s, &a, &r, err);

	if (rc == RP_OK && way->cla == 0x80 && r.sw == 0x6987 && le > 16) {
		/* open-gpki-pkcs11: a card that finds Le too large gives 16 bytes at a time. */
		a.le = 16;
		rc = session_send(s, &a, &r, err);
	}
	if (rc != RP_OK)
		return rc;
	*ret_len = r.sw == 0x9000 || (r.sw & 0xFF00) == 0x6200 ? r.len : 0;
	if (*ret_len > le)
		return rp_fail(err, RP_E_CARD_REPLY, "READ BINARY: the card gave more than it was asked for");
	wr_put(to, r.data, *ret_len);
	return RP_OK;
}

/* Reads len bytes from offset of the selected file; fewer when the file ends. */
static rp_code read_file(struct session *s, const struct file_way *way, size_t offset, size_t len,
			 struct wr *to, struct rp_error *err)
{
	while (len > 0 && offset < 0x8000) {
		size_t got = 0;
		rp_code rc = read_piece(s, way, (uint8_t)(offset >> 8), (uint8_t)offset,
					len < way->piece ? len : way->piece, to, &got, err);

		if (rc != RP_OK)
			return rc;
		if (got == 0)
			break;
		offset += got;
		len -= got < len ? got : len;
	}
	return RP_OK;
}

/*
 * Reads the DER object that begins the selected file into CERT_MAX bytes; *ret_len = 0 when it
 * looks like no certificate.
 */
static rp_code read_der(struct session *s, const struct file_way *way, uint8_t *der, size_t *ret_len,
			struct rp_error *err)
{
	struct wr w = wr_of(der, CERT_MAX);
	size_t total;
	/* The first piece already brings the length: no extra command for the header alone. */
	rp_code rc = read_file(s, way, 0, way->piece, &w, err);

	total = rc == RP_OK ? cert_der_length(der, w.len) : 0;
	if (rc == RP_OK && total > w.len && total <= CERT_MAX)
		rc = read_file(s, way, w.len, total - w.len, &w, err);
	*ret_len = rc == RP_OK && !w.failed && w.len >= total ? total : 0;
	return rc;
}

/*
 * Takes the facts of the selected file's certificate. What is none leaves ret as it is: that is
 * no error, only nothing told.
 */
static rp_code read_certificate(struct session *s, const struct file_way *way, enum cert_holder how,
				struct rp_card_facts *ret, struct rp_error *err)
{
	uint8_t *der = malloc(CERT_MAX);
	size_t len = 0;
	rp_code rc;

	if (der == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a certificate");
	rc = read_der(s, way, der, &len, err);
	if (len > 0)
		(void)cert_facts(der, len, how, ret); /* not a certificate: nothing is told */
	free(der);
	return rc;
}

rp_code facts_certificate(struct session *s, uint8_t cla, uint8_t **ret, size_t *ret_len,
			  struct rp_error *err)
{
	uint8_t *der = malloc(CERT_MAX);
	size_t len = 0;
	rp_code rc;

	if (der == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a certificate");
	rc = read_der(s, cla == way_hicos.cla ? &way_hicos : &way_iso, der, &len, err);
	if (rc == RP_OK && len == 0)
		rc = rp_fail(err, RP_E_CARD_REPLY, "where a certificate should be the card has none");
	if (rc != RP_OK) {
		free(der);
		return rc;
	}
	*ret = der;
	*ret_len = len;
	return RP_OK;
}

static bool all_digits(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

static bool put_date(const uint8_t *yyyymmdd, char ret[11])
{
	if (!all_digits(yyyymmdd, 8))
		return false;
	(void)snprintf(ret, 11, "%.4s-%.2s-%.2s", (const char *)yyyymmdd, (const char *)yyyymmdd + 4,
		       (const char *)yyyymmdd + 6);
	return true;
}

/* --- My Number --- */

/* myna-card src/ap/common.rs: 01 1C, then serial (15), municipality (5), expiry YYYYMMDD */
static rp_code jpki_common(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	const struct apdu a = {.ins = 0xB2, .p1 = 0x01, .p2 = 0x0C, .le = 256};
	struct response r;
	struct rd rd;
	const uint8_t *v;
	uint16_t sw = 0;
	rp_code rc = session_select(s, 3, &sw, err);

	if (rc != RP_OK || sw != 0x9000)
		return rc;
	rc = session_send(s, &a, &r, err);
	if (rc != RP_OK)
		return rc;
	rd = rd_of(r.data, r.sw == 0x9000 ? r.len : 0);
	if (rd_u8(&rd) != 0x01 || rd_u8(&rd) != 28)
		return RP_OK;
	v = rd_take(&rd, 28);
	if (v == NULL || !all_digits(v, 28))
		return RP_OK;
	text_clean(v, 15, ret->number, sizeof ret->number);
	text_clean(v + 15, 5, ret->municipality, sizeof ret->municipality);
	(void)put_date(v + 20, ret->valid_to); /* digits: checked above */
	return RP_OK;
}

/* Token information: label in the first 32 bytes (PKCS#11 CK_TOKEN_INFO), serial at 80. */
static rp_code token_info(struct session *s, uint8_t info[96], size_t *ret_len, struct rp_error *err)
{
	struct wr w = wr_of(info, 96);
	uint16_t sw = 0;
	rp_code rc = session_select_ef(s, 0x0006, &sw, err);

	if (rc == RP_OK && sw == 0x9000)
		rc = read_file(s, &way_iso, 0, 96, &w, err);
	if (rc == RP_OK)
		*ret_len = w.len;
	return rc;
}

rp_code facts_is_phone(struct session *s, bool *ret_yes, struct rp_error *err)
{
	static const char *const labels[] = {"JPKIAPGPSETOKEN ", "JPKIAPIOSTOKEN "};
	uint8_t info[96];
	size_t len = 0;
	rp_code rc = token_info(s, info, &len, err);

	if (rc != RP_OK)
		return rc;
	*ret_yes = false;
	for (size_t i = 0; i < 2; i++) {
		const size_t n = strlen(labels[i]);

		if (len >= n && memcmp(info, labels[i], n) == 0) /* checked: len >= n */
			*ret_yes = true;
	}
	return RP_OK;
}

static rp_code jpki_token(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	uint8_t info[96];
	size_t len = 0;
	uint16_t sw = 0;
	rp_code rc = session_select(s, s->p->first, &sw, err);

	if (rc == RP_OK && sw == 0x9000)
		rc = token_info(s, info, &len, err);
	if (rc != RP_OK || len < 96)
		return rc;
	text_clean(info + 80, 16, ret->number, sizeof ret->number);
	for (size_t n = strlen(ret->number); n > 0 && ret->number[n - 1] == ' '; n--)
		ret->number[n - 1] = '\0';
	return RP_OK;
}

/* --- AOSign (docs/wire.md section 2) --- */

static rp_code aosign_number(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	uint8_t number[16];
	struct wr w = wr_of(number, sizeof number);
	size_t got = 0;
	uint16_t sw = 0;
	rp_code rc = session_select(s, 0, &sw, err);

	if (rc == RP_OK && sw == 0x9000)
		rc = read_piece(s, &way_iso, 0x81, 0, sizeof number, &w, &got, err);
	if (rc == RP_OK && got == sizeof number && all_digits(number, got))
		text_clean(number, got, ret->number, sizeof ret->number);
	return rc;
}

static rp_code aosign_certificate(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	uint8_t none[1];
	struct wr w = wr_of(none, sizeof none);
	size_t got = 0;
	/* Reading with the short identifier makes the file current. */
	rp_code rc = read_piece(s, &way_iso, 0x82, 0, 1, &w, &got, err);

	if (rc != RP_OK || got == 0)
		return rc;
	return read_certificate(s, &way_iso, CERT_COMMON_NAME, ret, err);
}

/* --- HiCOS --- */

static rp_code hicos_path(struct session *s, uint16_t df, uint16_t ef, bool *ret_there, struct rp_error *err)
{
	uint16_t sw = 0;
	rp_code rc;

	/* By path from the top each time: the reset application, or a file, may be current. */
	s->app = SESSION_APP_NONE;
	rc = session_select(s, 0, &sw, err);
	if (rc == RP_OK && sw == 0x9000)
		rc = session_select_ef(s, df, &sw, err);
	if (rc == RP_OK && sw == 0x9000)
		rc = session_select_ef(s, ef, &sw, err);
	*ret_there = rc == RP_OK && sw == 0x9000;
	return rc;
}

/* 0903: two letters and 14 digits */
static bool is_hicos_number(const uint8_t *p, size_t len)
{
	return len == 16 && p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'A' && p[1] <= 'Z' && all_digits(p + 2, 14);
}

static rp_code hicos_number(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	uint8_t number[16];
	struct wr w = wr_of(number, sizeof number);
	size_t got = 0;
	bool there = false;
	rp_code rc = hicos_path(s, 0x0900, 0x0903, &there, err);

	if (rc == RP_OK && there)
		rc = read_piece(s, &way_hicos, 0, 0, sizeof number, &w, &got, err);
	if (rc == RP_OK && is_hicos_number(number, got))
		text_clean(number, got, ret->number, sizeof ret->number);
	return rc;
}

rp_code facts_is_hicos(struct session *s, bool *ret_yes, struct rp_error *err)
{
	struct rp_card_facts f = {0};
	rp_code rc = hicos_number(s, &f, err);

	*ret_yes = rc == RP_OK && f.number[0] != '\0';
	return rc;
}

static rp_code hicos_certificate(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	bool there = false;
	rp_code rc = hicos_path(s, 0x5030, 0x08F2, &there, err);

	if (rc != RP_OK || !there)
		return rc;
	return read_certificate(s, &way_hicos, CERT_SUBJECT, ret, err);
}

/* --- PIV, OpenPGP, GIDS --- */

/* GET DATA into the session's buffer; *ret_len = 0 when the card has no such object. */
static rp_code get_data(struct session *s, uint8_t ins, uint16_t p1p2, const uint8_t *data, size_t lc,
			struct response *ret, struct rp_error *err)
{
	const struct apdu a = {.ins = ins,
			       .p1 = (uint8_t)(p1p2 >> 8),
			       .p2 = (uint8_t)p1p2,
			       .data = data,
			       .lc = lc,
			       .le = 256};
	rp_code rc = session_send(s, &a, ret, err);

	if (rc == RP_OK && ret->sw != 0x9000)
		ret->len = 0;
	return rc;
}

static rp_code piv_object(struct session *s, uint8_t last, struct tlv *ret, bool *ret_there,
			  struct rp_error *err)
{
	const uint8_t tag[5] = {0x5C, 0x03, 0x5F, 0xC1, last};
	struct response r;
	uint16_t sw = 0;
	rp_code rc = session_select(s, 0, &sw, err);

	if (rc == RP_OK)
		rc = get_data(s, 0xCB, 0x3FFF, tag, sizeof tag, &r, err);
	if (rc == RP_OK)
		*ret_there = tlv_find(rd_of(r.data, r.len), 0x53, ret);
	return rc;
}

/* The card's own identifier: GUID of the CHUID (SP 800-73-4 part 1, 3.1.2). */
static rp_code piv_number(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	struct tlv chuid, guid;
	bool there = false;
	rp_code rc = piv_object(s, 0x02, &chuid, &there, err);

	if (rc == RP_OK && there && tlv_find(rd_of(chuid.value, chuid.len), 0x34, &guid) && guid.len == 16)
		(void)hex_of(guid.value, guid.len, ret->number, sizeof ret->number); /* 33 fit into 48 */
	return rc;
}

static rp_code piv_certificate(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	struct tlv object, cert;
	bool there = false;
	rp_code rc = piv_object(s, 0x05, &object, &there, err);

	if (rc == RP_OK && there && tlv_find(rd_of(object.value, object.len), 0x70, &cert))
		(void)cert_facts(cert.value, cert.len, CERT_COMMON_NAME,
				 ret); /* compressed: nothing is told */
	return rc;
}

/* AID: RID, application, version (2), manufacturer (2), serial (4), 0000 */
static rp_code pgp_number(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	struct response r;
	uint16_t sw = 0;
	rp_code rc = session_select(s, 0, &sw, err);

	if (rc == RP_OK)
		rc = get_data(s, 0xCA, 0x004F, NULL, 0, &r, err);
	if (rc == RP_OK && r.len == 16)
		(void)hex_of(r.data + 8, 6, ret->number, sizeof ret->number); /* 13 fit into 48 */
	return rc;
}

/* OpenPGP 4.2.2 (ISO 7501-1): "Surname<<First<Second" is read as "First Second Surname". */
static void put_name(const struct tlv *name, char *ret, size_t cap)
{
	char raw[128], *first;

	text_clean(name->value, name->len, raw, sizeof raw);
	first = strstr(raw, "<<");
	if (first == NULL)
		(void)snprintf(ret, cap, "%s", raw);
	else
		(void)snprintf(ret, cap, "%s %.*s", first + 2, (int)(first - raw), raw);
	for (char *p = ret; *p != '\0'; p++)
		if (*p == '<')
			*p = ' ';
}

static rp_code pgp_name(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	struct response r;
	struct tlv outer, name;
	rp_code rc = get_data(s, 0xCA, 0x0065, NULL, 0, &r, err);
	struct rd rd = rd_of(r.data, rc == RP_OK ? r.len : 0);

	if (rc != RP_OK)
		return rc;
	/* Some cards leave the template's own tag away. */
	if (tlv_find(rd, 0x65, &outer))
		rd = rd_of(outer.value, outer.len);
	if (tlv_find(rd, 0x5B, &name))
		put_name(&name, ret->holder, sizeof ret->holder);
	return RP_OK;
}

/* The minidriver's "cardid" file: 16 bytes, data object DF20 of EF A012 on cards of this kind. */
static rp_code gids_number(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	static const uint8_t tag[4] = {0x5C, 0x02, 0xDF, 0x20};
	struct response r;
	struct tlv id;
	uint16_t sw = 0;
	rp_code rc = session_select(s, 0, &sw, err);

	if (rc == RP_OK)
		rc = get_data(s, 0xCB, 0xA012, tag, sizeof tag, &r, err);
	if (rc == RP_OK && tlv_find(rd_of(r.data, r.len), 0xDF20, &id) && id.len == 16)
		(void)hex_of(id.value, id.len, ret->number, sizeof ret->number); /* 33 fit into 48 */
	return rc;
}

/* --- which of them --- */

static rp_code number_of(struct session *s, struct rp_card_facts *f, struct rp_error *err)
{
	switch (s->p->facts) {
	case FACTS_NONE:
		return RP_OK;
	case FACTS_JPKI_COMMON:
		return jpki_common(s, f, err);
	case FACTS_JPKI_TOKEN:
		return jpki_token(s, f, err);
	case FACTS_AOSIGN:
		return aosign_number(s, f, err);
	case FACTS_HICOS:
		return hicos_number(s, f, err);
	case FACTS_PIV:
		return piv_number(s, f, err);
	case FACTS_OPENPGP:
		return pgp_number(s, f, err);
	case FACTS_GIDS:
		return gids_number(s, f, err);
	}
	return RP_OK;
}

static rp_code rest_of(struct session *s, struct rp_card_facts *f, struct rp_error *err)
{
	switch (s->p->facts) {
	case FACTS_AOSIGN:
		return aosign_certificate(s, f, err);
	case FACTS_HICOS:
		return hicos_certificate(s, f, err);
	case FACTS_PIV:
		return piv_certificate(s, f, err);
	case FACTS_OPENPGP:
		return pgp_name(s, f, err);
	case FACTS_NONE:
	case FACTS_JPKI_COMMON:
	case FACTS_JPKI_TOKEN: /* the certificate is behind the PIN */
	case FACTS_GIDS:
		break;
	}
	return RP_OK;
}

rp_code facts_number(struct session *s, char *ret, size_t cap, struct rp_error *err)
{
	struct rp_card_facts f = {0};
	rp_code rc = number_of(s, &f, err);

	if (rc != RP_OK)
		return rp_context(err, rc, "reading the card's number");
	(void)snprintf(ret, cap, "%s", f.number);
	return RP_OK;
}

rp_code facts_card(struct session *s, struct rp_card_facts *ret, struct rp_error *err)
{
	struct rp_card_facts f = {0};
	rp_code rc = number_of(s, &f, err);

	if (rc == RP_OK)
		rc = rest_of(s, &f, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "reading whose card it is");
	(void)snprintf(ret->number, sizeof ret->number, "%s", f.number);
	(void)snprintf(ret->holder, sizeof ret->holder, "%s", f.holder);
	(void)snprintf(ret->municipality, sizeof ret->municipality, "%s", f.municipality);
	(void)snprintf(ret->valid_from, sizeof ret->valid_from, "%s", f.valid_from);
	(void)snprintf(ret->valid_to, sizeof ret->valid_to, "%s", f.valid_to);
	return RP_OK;
}
