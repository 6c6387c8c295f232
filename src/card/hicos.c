/* SPDX-License-Identifier: Apache-2.0 */
#include "card/hicos.h"

#include "card/late_gnutls.h"

#include <string.h>

#define BLOCK 8
#define BODY 24

/* Encrypts len bytes in place. */
static bool cbc(const rp_secret *key, const uint8_t iv[BLOCK], uint8_t *bytes, size_t len)
{
	const struct late_gnutls *g = late_gnutls();
	const uint8_t *key_bytes = rp_secret_bytes(key);
	/* GnuTLS only reads the key, but does not say so. */
	gnutls_datum_t k = {.data = (unsigned char *)(uintptr_t)key_bytes, .size = HICOS_KEY_LEN};
	uint8_t iv_copy[BLOCK];
	gnutls_datum_t v = {.data = iv_copy, .size = BLOCK};
	gnutls_cipher_hd_t h;
	bool good;

	memcpy(iv_copy, iv, BLOCK);
	if (g == NULL || g->gnutls_cipher_init(&h, GNUTLS_CIPHER_3DES_CBC, &k, &v) != 0)
		return false;
	good = g->gnutls_cipher_encrypt(h, bytes, len) == 0;
	g->gnutls_cipher_deinit(h);
	return good;
}

/* Last block of 3DES-CBC, IV zero, over the ten bytes and 80 00 00 00 00 00. */
static bool mac(const rp_secret *key, const uint8_t pin[HICOS_PIN_FIELD], uint8_t ret[BLOCK],
		uint8_t work[16])
{
	static const uint8_t zero[BLOCK];

	memcpy(work, pin, HICOS_PIN_FIELD);
	memset(work + HICOS_PIN_FIELD, 0, 16 - HICOS_PIN_FIELD);
	work[HICOS_PIN_FIELD] = 0x80;
	if (!cbc(key, zero, work, 16))
		return false;
	memcpy(ret, work + BLOCK, BLOCK);
	return true;
}

static bool build(const rp_secret *key, const rp_secret *pin, uint8_t *frame, uint8_t *work)
{
	uint8_t *body = frame + BLOCK;

	rp_random(frame, BLOCK);
	memset(body, 0xFF, HICOS_PIN_FIELD);
	memcpy(body, rp_secret_bytes(pin),
	       rp_secret_len(pin)); /* checked: at most HICOS_PIN_FIELD, see below */
	if (!mac(key, body, body + HICOS_PIN_FIELD, work))
		return false;
	memset(body + 18, BODY - 18, BODY - 18); /* PKCS#7 */
	return cbc(key, frame, body, BODY);
}

rp_code hicos_frame(const rp_secret *key, const rp_secret *pin, rp_secret **ret_frame, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *frame = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *work = NULL;
	rp_code rc;

	if (rp_secret_len(key) != HICOS_KEY_LEN || rp_secret_len(pin) == 0 ||
	    rp_secret_len(pin) > HICOS_PIN_FIELD)
		return rp_fail(err, RP_E_FAULT,
			       "a HiCOS frame needs a key of 24 bytes and a PIN of at most 10");
	rc = rp_secret_new(HICOS_FRAME_LEN, &frame, err);
	if (rc == RP_OK)
		rc = rp_secret_new(16, &work, err);
	if (rc != RP_OK)
		return rc;
	if (!build(key, pin, rp_secret_room(frame, HICOS_FRAME_LEN), rp_secret_room(work, 16)))
		return rp_fail(err, RP_E_FAULT, "the cipher for HiCOS cards does not work");
	*ret_frame = frame;
	frame = NULL;
	return RP_OK;
}
