/* SPDX-License-Identifier: Apache-2.0 */
#include "card/sign.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "card/facts.h"

#include <string.h>

/* RFC 8017, 9.2 note 1: DigestInfo of a SHA-256 value. */
static const uint8_t sha256_info[] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
#define INFO_LEN (sizeof sha256_info + SHA256_LEN)
#define HALF 128
#define SIGNATURE_MIN 256 /* RSA-2048 */

bool sign_can(const struct pin_row *row)
{
	return row->sign.how != SIGN_NONE;
}

static void digest_info(const void *text, size_t len, uint8_t ret[INFO_LEN])
{
	const struct hash_part part = {.p = text, .len = len};

	memcpy(ret, sha256_info, sizeof sha256_info);
	hash_sha256(&part, 1, ret + sizeof sha256_info);
}

static rp_code select_file(struct session *s, uint16_t ef, const char *what, struct rp_error *err)
{
	uint16_t sw = 0;
	rp_code rc = session_select_ef(s, ef, &sw, err);

	if (rc != RP_OK)
		return rc;
	return sw == 0x9000 ? RP_OK : session_refused(s, sw, what, err);
}

/* One piece of a signature, of exactly `len` bytes unless that is 0. */
static rp_code piece(struct session *s, const struct apdu *a, size_t len, struct signature *ret,
		     struct rp_error *err)
{
	struct wr w = wr_of(ret->bytes + ret->len, sizeof ret->bytes - ret->len);
	struct response r;
	rp_code rc = session_send(s, a, &r, err);

	if (rc != RP_OK)
		return rc;
	if (r.sw != 0x9000)
		return session_refused(s, r.sw, "signing", err);
	wr_put(&w, r.data, r.len);
	if (w.failed || (len > 0 && r.len != len))
		return rp_fail(err, RP_E_CARD_REPLY, "signing: the card answered %zu bytes", r.len);
	ret->len += r.len;
	return RP_OK;
}

/* OpenSC card-jpki.c, jpki_compute_signature; the PIN's VERIFY lasts as long as the application. */
static rp_code sign_jpki(struct session *s, const struct pin_row *row, const uint8_t info[INFO_LEN],
			 struct signature *ret, struct rp_error *err)
{
	const struct apdu a = {
		.cla = 0x80, .ins = 0x2A, .p1 = 0x00, .p2 = 0x80, .data = info, .lc = INFO_LEN, .le = 256};
	rp_code rc = select_file(s, row->sign.key, "selecting the key", err);

	return rc == RP_OK ? piece(s, &a, 0, ret, err) : rc;
}

/* open-gpki-pkcs11 src/apdu/gen1.rs: the host pads, the card does the bare RSA operation. */
static rp_code sign_hicos(struct session *s, const struct pin_row *row, const uint8_t info[INFO_LEN],
			  struct signature *ret, struct rp_error *err)
{
	const uint8_t key = (uint8_t)row->sign.key;
	uint8_t block[2 * HALF];
	const struct apdu first = {
		.cla = 0x80, .ins = 0xEA, .p1 = 0x82, .p2 = key, .data = block, .lc = HALF};
	const struct apdu second = {.cla = 0x80,
				    .ins = 0xEA,
				    .p1 = 0x02,
				    .p2 = key,
				    .data = block + HALF,
				    .lc = HALF,
				    .le = HALF};
	const struct apdu rest = {.cla = 0x80, .ins = 0xC1, .p1 = 0x00, .p2 = 0x80, .le = HALF};
	struct response r;
	rp_code rc;

	memset(block, 0xFF, sizeof block);
	block[0] = 0x00;
	block[1] = 0x01;
	block[sizeof block - INFO_LEN - 1] = 0x00;
	memcpy(block + sizeof block - INFO_LEN, info, INFO_LEN);
	rc = session_send(s, &first, &r, err);
	if (rc == RP_OK && r.sw != 0x9000)
		rc = session_refused(s, r.sw, "signing", err);
	if (rc == RP_OK)
		rc = piece(s, &second, HALF, ret, err);
	return rc == RP_OK ? piece(s, &rest, HALF, ret, err) : rc;
}

static rp_code sign_info(struct session *s, const struct pin_row *row, const uint8_t info[INFO_LEN],
			 struct signature *ret, struct rp_error *err)
{
	switch (row->sign.how) {
	case SIGN_JPKI:
		return sign_jpki(s, row, info, ret, err);
	case SIGN_HICOS:
		return sign_hicos(s, row, info, ret, err);
	case SIGN_NONE:
		break;
	}
	return rp_fail(err, RP_E_NOT_OFFERED, "%s opens no key that could prove it", rp_slot_word(row->slot));
}

rp_code sign_proof(struct session *s, const struct pin_row *row, const rp_secret *pin, const void *text,
		   size_t len, struct signature *ret, struct rp_error *err)
{
	const uint8_t cla = row->sign.how == SIGN_HICOS ? 0x80 : 0x00;
	struct signature sig = {0};
	uint8_t info[INFO_LEN];
	rp_code rc;

	if (!sign_can(row))
		return rp_fail(err, RP_E_NOT_OFFERED, "%s opens no key that could prove it",
			       rp_slot_word(row->slot));
	digest_info(text, len, info);
	rc = pin_verify(s, row, pin, err);
	if (rc != RP_OK)
		return rc;
	rc = sign_info(s, row, info, &sig, err);
	if (rc == RP_OK && sig.len < SIGNATURE_MIN)
		rc = rp_fail(err, RP_E_CARD_REPLY, "the card's signature has %zu bytes", sig.len);
	/* Behind the PIN on some cards (My Number's signature certificate, telephones). */
	if (rc == RP_OK)
		rc = select_file(s, row->sign.cert, "selecting the certificate", err);
	if (rc == RP_OK)
		rc = facts_certificate(s, cla, &sig.certificate, &sig.certificate_len, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "with %s proven to the card", rp_slot_word(row->slot));
	*ret = sig;
	return RP_OK;
}
