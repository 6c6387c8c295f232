/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin key of a GIDS card: opened from its row, put into the token as a session object that
 * encrypts and does nothing else, and gone with the lease. Source of the messages: keys.h.
 */
#include "base/bytes.h"
#include "keys/wrapped.h"

#include <string.h>

#define DES3_LEN 24

/* Tokens may insist on it; the cipher does not look at this bit. Source: FIPS 46-3. */
static uint8_t with_odd_parity(uint8_t byte)
{
	return (uint8_t)((byte & 0xFE) | (__builtin_parity(byte & 0xFE) ^ 1));
}

static rp_code import_admin_key(struct lease *l, const rp_secret *opened, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *key = NULL;
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_DES3;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_RV rv;
	rp_code rc = rp_secret_new(DES3_LEN, &key, err);

	if (rc != RP_OK)
		return rc;
	for (size_t i = 0; i < DES3_LEN; i++)
		if (!rp_secret_push(key, with_odd_parity(rp_secret_bytes(opened)[i])))
			return rp_fail(err, RP_E_FAULT, "a secret does not hold its own length");
	CK_ATTRIBUTE want[] = {
		{CKA_CLASS, &class, sizeof class},
		{CKA_KEY_TYPE, &type, sizeof type},
		{CKA_VALUE, p11_loose(rp_secret_bytes(key)), DES3_LEN},
		{CKA_TOKEN, &no, sizeof no},
		{CKA_PRIVATE, &yes, sizeof yes},
		{CKA_SENSITIVE, &yes, sizeof yes},
		{CKA_EXTRACTABLE, &no, sizeof no},
		{CKA_ENCRYPT, &yes, sizeof yes},
		{CKA_DECRYPT, &no, sizeof no},
		{CKA_SIGN, &no, sizeof no},
		{CKA_VERIFY, &no, sizeof no},
		{CKA_DERIVE, &no, sizeof no},
		{CKA_WRAP, &no, sizeof no},
		{CKA_UNWRAP, &no, sizeof no},
	};
	rv = l->fn->C_CreateObject(l->session, want, sizeof want / sizeof want[0], &l->made);
	if (rv == CKR_OK)
		return RP_OK;
	l->made = CK_INVALID_HANDLE;
	return lease_fail(l, rv, err, "putting a card's admin key into the token");
}

/* A lease whose `made` is the card's admin key. */
static rp_code admin_lease(keys *k, const uint8_t *blob, size_t len, const uint8_t id[CARD_ID_LEN],
			   struct lease *ret, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *opened = NULL;
	const struct hash_part row = {id, CARD_ID_LEN};
	rp_code rc = wrapped_lease(k, blob, len, ret, err);

	if (rc == RP_OK)
		rc = wrapped_open(ret, blob, len, &row, &opened, err);
	if (rc == RP_OK && rp_secret_len(opened) != DES3_LEN)
		rc = rp_fail(err, RP_E_FAULT, "the admin key of a GIDS card has %d bytes, not %zu", DES3_LEN,
			     rp_secret_len(opened));
	return rc != RP_OK ? rc : import_admin_key(ret, opened, err);
}

/* 3DES-CBC with IV zero, no padding. */
static rp_code admin_encrypt(struct lease *l, const uint8_t *bytes, size_t len, uint8_t *ret,
			     struct rp_error *err)
{
	uint8_t iv[8] = {0}, out[40];
	CK_MECHANISM m = {CKM_DES3_CBC, iv, sizeof iv};
	CK_ULONG got = sizeof out;
	CK_RV rv = l->fn->C_EncryptInit(l->session, &m, l->made);

	if (rv == CKR_OK)
		rv = l->fn->C_Encrypt(l->session, p11_loose(bytes), len, out, &got);
	if (rv != CKR_OK || got != len || len > sizeof out)
		return lease_fail(l, rv != CKR_OK ? rv : CKR_GENERAL_ERROR, err,
				  "encrypting with a card's admin key");
	memcpy(ret, out, len); /* checked: no more than out holds */
	return RP_OK;
}

rp_code keys_gids_response(keys *k, const uint8_t *blob, size_t len, const uint8_t id[CARD_ID_LEN],
			   const uint8_t challenge[8], uint8_t ret[8], struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	rp_code rc = admin_lease(k, blob, len, id, &l, err);

	return rc != RP_OK ? rc : admin_encrypt(&l, challenge, 8, ret, err);
}

rp_code keys_gids_mutual(keys *k, const uint8_t *blob, size_t len, const uint8_t id[CARD_ID_LEN],
			 const uint8_t r1[16], const uint8_t r2[16], uint8_t ret[40], struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	uint8_t bytes[40], z1[7];
	struct wr w = wr_of(bytes, sizeof bytes);
	rp_code rc = admin_lease(k, blob, len, id, &l, err);

	if (rc != RP_OK)
		return rc;
	rp_random(z1, sizeof z1);
	wr_put(&w, r2, 16);
	wr_put(&w, r1, 16);
	wr_put(&w, z1, sizeof z1);
	wr_u8(&w, 0x80);
	rc = admin_encrypt(&l, bytes, w.len, ret, err);
	rp_wipe(bytes, sizeof bytes);
	rp_wipe(z1, sizeof z1);
	return rc;
}

/*
 * CBC goes from front to back: the four blocks of R1 || R2 are known before Z2 is, so they are
 * encrypted and compared, and the key need not decrypt.
 */
rp_code keys_gids_proves(keys *k, const uint8_t *blob, size_t len, const uint8_t id[CARD_ID_LEN],
			 const uint8_t r1[16], const uint8_t r2[16], const uint8_t answer[40], bool *ret,
			 struct rp_error *err)
{
	RP_AUTO(lease_end) struct lease l = {0};
	uint8_t bytes[32], want[32];
	struct wr w = wr_of(bytes, sizeof bytes);
	rp_code rc = admin_lease(k, blob, len, id, &l, err);

	if (rc != RP_OK)
		return rc;
	wr_put(&w, r1, 16);
	wr_put(&w, r2, 16);
	rc = admin_encrypt(&l, bytes, w.len, want, err);
	if (rc == RP_OK)
		*ret = hash_equal(want, answer, sizeof want);
	return rc;
}
