/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "keys/wrapped.h"

#include <string.h>

#define FORMAT 0x01
#define HEAD_LEN 3
#define IV_LEN 12
#define TAG_LEN 16
#define SECRET_MAX 64
#define ROW_MAX 255
#define OVERHEAD (HEAD_LEN + IV_LEN + TAG_LEN)

static const char context[] = "repin wrapped";

struct gcm {
	uint8_t aad[sizeof context - 1 + HEAD_LEN + ROW_MAX];
	CK_GCM_PARAMS params;
	CK_MECHANISM mechanism;
};

/* `head` is borrowed: format, version, IV. */
static rp_code gcm_of(struct gcm *g, const uint8_t *head, const struct hash_part *row, struct rp_error *err)
{
	struct wr w = wr_of(g->aad, sizeof g->aad);

	wr_put(&w, context, sizeof context - 1);
	wr_put(&w, head, HEAD_LEN);
	wr_put(&w, row->p, row->len);
	if (w.failed || row->len == 0)
		return rp_fail(err, RP_E_FAULT, "a secret cannot be bound to a row's name of %zu bytes",
			       row->len);
	g->params = (CK_GCM_PARAMS){.pIv = p11_loose(head + HEAD_LEN),
				    .ulIvLen = IV_LEN,
				    .ulIvBits = 8 * IV_LEN,
				    .pAAD = g->aad,
				    .ulAADLen = w.len,
				    .ulTagBits = 8 * TAG_LEN};
	g->mechanism = (CK_MECHANISM){CKM_AES_GCM, &g->params, sizeof g->params};
	return RP_OK;
}

rp_code keys_wrap(keys *k, const rp_secret *secret, const struct hash_part *row, uint8_t *ret, size_t cap,
		  size_t *ret_len, struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	const unsigned version = keys_version(k, KEYS_WRAP);
	const size_t len = rp_secret_len(secret);
	uint8_t blob[KEYS_WRAPPED_MAX], iv[IV_LEN];
	struct wr w = wr_of(blob, sizeof blob);
	struct gcm g;
	CK_ULONG got = len + TAG_LEN;
	CK_RV rv;
	rp_code rc;

	if (len == 0 || len > SECRET_MAX || cap < len + OVERHEAD || version > UINT16_MAX)
		return rp_fail(err, RP_E_FAULT, "a secret of %zu bytes cannot be wrapped into %zu", len, cap);
	rp_random(iv, sizeof iv);
	wr_u8(&w, FORMAT);
	wr_u16(&w, (uint16_t)version);
	wr_put(&w, iv, sizeof iv);
	rc = gcm_of(&g, blob, row, err);
	if (rc == RP_OK)
		rc = lease_begin(k, KEYS_WRAP, version, &l, err);
	if (rc != RP_OK)
		return rc;
	rv = l.fn->C_EncryptInit(l.session, &g.mechanism, l.key.key);
	if (rv == CKR_OK)
		rv = l.fn->C_Encrypt(l.session, p11_loose(rp_secret_bytes(secret)), len, blob + w.len, &got);
	if (rv != CKR_OK || got != len + TAG_LEN)
		return lease_fail(&l, rv != CKR_OK ? rv : CKR_GENERAL_ERROR, err,
				  "wrapping a secret under wrap-%u", version);
	memcpy(ret, blob, len + OVERHEAD); /* checked: cap and blob hold it, see above */
	*ret_len = len + OVERHEAD;
	return RP_OK;
}

/* --- opening --- */

rp_code wrapped_lease(keys *k, const uint8_t *blob, size_t len, struct lease *ret, struct rp_error *err)
{
	struct rd r = rd_of(blob, len);
	const uint8_t format = rd_u8(&r);
	const uint16_t version = rd_u16(&r);

	if (format != FORMAT || len <= OVERHEAD || len > KEYS_WRAPPED_MAX)
		return rp_fail(err, RP_E_FAULT, "%zu bytes are no wrapped secret: the row is damaged", len);
	return lease_begin(k, KEYS_WRAP, version, ret, err);
}

/* Another session for the lease: nobody knows what a failure has left in the one it had. */
static bool renew_session(struct lease *l)
{
	(void)l->fn->C_CloseSession(l->session); /* gone either way */
	l->gone = l->fn->C_OpenSession(l->k->slot, CKF_SERIAL_SESSION, NULL, NULL, &l->session) != CKR_OK;
	return !l->gone;
}

/*
 * SoftHSM answers CKR_GENERAL_ERROR to a tag that is not right, as others do to a token that is
 * broken. So the token is asked for something that it must be able to do.
 */
static bool token_works(struct lease *l)
{
	uint8_t head[HEAD_LEN + IV_LEN] = {0}, out[16 + TAG_LEN], back[16 + TAG_LEN] = {0};
	const struct hash_part row = {"probe", 5};
	CK_ULONG got = sizeof out, back_len = sizeof back;
	struct gcm g;

	rp_random(head + HEAD_LEN, IV_LEN);
	return renew_session(l) && gcm_of(&g, head, &row, NULL) == RP_OK &&
	       l->fn->C_EncryptInit(l->session, &g.mechanism, l->key.key) == CKR_OK &&
	       l->fn->C_Encrypt(l->session, back, 16, out, &got) == CKR_OK &&
	       l->fn->C_DecryptInit(l->session, &g.mechanism, l->key.key) == CKR_OK &&
	       l->fn->C_Decrypt(l->session, out, got, back, &back_len) == CKR_OK && back_len == 16;
}

rp_code wrapped_open(struct lease *l, const uint8_t *blob, size_t len, const struct hash_part *row,
		     rp_secret **ret, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *s = NULL;
	const size_t head = HEAD_LEN + IV_LEN;
	struct gcm g;
	CK_ULONG got = len - head; /* some tokens want room for the tag too */
	CK_RV rv;
	rp_code rc = gcm_of(&g, blob, row, err);

	if (rc == RP_OK)
		rc = rp_secret_new(len - head, &s, err);
	if (rc != RP_OK)
		return rc;
	rv = l->fn->C_DecryptInit(l->session, &g.mechanism, l->key.key);
	if (rv != CKR_OK)
		return lease_fail(l, rv, err, "opening a wrapped secret with wrap-%u", l->key.version);
	rv = l->fn->C_Decrypt(l->session, p11_loose(blob + head), len - head, rp_secret_room(s, len - head),
			      &got);
	if (rv == CKR_OK && got != len - OVERHEAD)
		return lease_fail(l, CKR_GENERAL_ERROR, err, "wrap-%u opens to another length",
				  l->key.version);
	if (rv != CKR_OK &&
	    (rv == CKR_ENCRYPTED_DATA_INVALID || rv == CKR_ENCRYPTED_DATA_LEN_RANGE || token_works(l)))
		return rp_fail(err, RP_E_FAULT,
			       "a wrapped secret does not open: the row was changed, or its secret is "
			       "another row's");
	if (rv != CKR_OK)
		return lease_fail(l, rv, err, "opening a wrapped secret with wrap-%u", l->key.version);
	rp_secret_truncate(s, got);
	*ret = s;
	s = NULL;
	return RP_OK;
}

rp_code keys_unwrap(keys *k, const uint8_t *blob, size_t len, const struct hash_part *row, rp_secret **ret,
		    struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	rp_code rc = wrapped_lease(k, blob, len, &l, err);

	return rc != RP_OK ? rc : wrapped_open(&l, blob, len, row, ret, err);
}
