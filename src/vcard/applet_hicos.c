/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HiCOS, generation 1: the commands. Identification, files, the frame of the protected VERIFY,
 * signing and the public-key records are public (openhicos-pkcs11, its notes on generation 1).
 * Ours, and said so in docs/wire.md section 3: the MAC inside the frame, the change, the
 * transport key, the way to ask for the tries.
 *
 * Not public either, so a choice of ours: the earned status goes when another directory is
 * selected, and a change follows its VERIFY with no SELECT at all between them; a VERIFY that
 * finds no PIN file selected is 6A88; PIN and key files cannot be read (6982); of a public key
 * the record + 2 is the upper half, the words of each half in reversed order.
 */
#include "vcard/applet_hicos.h"
#include "vcard/applet_util.h"
#include "vcard/vstd.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { HI_APP_FILES = 0, HI_APP_RESET = 1 };
enum { HI_READ_MAX = 0xC8, HI_FRAME = 32, HI_IV = 8, HI_PIN_FIELD = 10, HI_MAC = 8 };

/* Historical bytes "CHTMOICA". */
static const uint8_t hi_atr[] = {0x3B, 0xB8, 0x13, 0x00, 0x81, 0x31, 0xFA, 0x52, 0x43,
				 0x48, 0x54, 0x4D, 0x4F, 0x49, 0x43, 0x41, 0xA5};

/* A signature needs three commands in a row. */
struct hi_state {
	bool fresh;	/* VERIFY was right, and nothing has been selected since */
	bool has_first; /* the first half of a block waits */
	bool has_rest;	/* the second half of a signature waits */
	uint8_t key_ref;
	uint8_t first[128], rest[128];
};

static uint16_t select_file(struct vcard *c, struct hi_state *s, const struct vcmd *cmd)
{
	const uint32_t df = c->file >> 16;
	uint32_t id;

	if (cmd->p1 != 0x00 || cmd->p2 != 0x00)
		return 0x6A86;
	if (cmd->lc != 2)
		return 0x6700;
	id = (uint32_t)cmd->data[0] << 8 | cmd->data[1];
	if (id == HI_MF || id == HI_DF_NUMBER || id == HI_DF_P15) {
		if (id != df)
			applet_forget_verified(c);
		c->file = HI_FILE(id, 0);
	} else if (vcard_file(c, HI_FILE(df, id)) != NULL) {
		c->file = HI_FILE(df, id);
	} else {
		return 0x6A82;
	}
	s->fresh = false;
	return 0x9000;
}

static bool is_secret(uint32_t file)
{
	return file == HI_FILE(HI_DF_P15, HI_EF_PIN) || file == HI_FILE(HI_DF_P15, HI_EF_KEYS);
}

static uint16_t read_binary(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const struct vfile *f = vcard_file(c, c->file);

	if (cmd->p1 & 0x80)
		return 0x6A86;
	if (cmd->lc != 0 || cmd->le == 0)
		return 0x6700;
	if (f == NULL)
		return 0x6986;
	if (is_secret(c->file))
		return 0x6982;
	if (cmd->le > HI_READ_MAX)
		return 0x6987;
	return vfile_read(f, (size_t)cmd->p1 << 8 | cmd->p2, cmd->le, rsp);
}

/* 3DES-CBC of len bytes in place. */
static bool crypt(const uint8_t key[24], const uint8_t iv[8], uint8_t *bytes, size_t len, bool encrypt)
{
	gnutls_datum_t k = {.size = 24}, v = {.size = 8};
	uint8_t key_copy[24], iv_copy[8];
	gnutls_cipher_hd_t h;
	int rc;

	memcpy(key_copy, key, sizeof key_copy);
	memcpy(iv_copy, iv, sizeof iv_copy);
	k.data = key_copy;
	v.data = iv_copy;
	if (gnutls_cipher_init(&h, GNUTLS_CIPHER_3DES_CBC, &k, &v) != 0)
		return false;
	rc = encrypt ? gnutls_cipher_encrypt(h, bytes, len) : gnutls_cipher_decrypt(h, bytes, len);
	gnutls_cipher_deinit(h);
	return rc == 0;
}

/*
 * Opens a protected frame: IV, then 3DES-CBC of (PIN padded with FF to 10 bytes, MAC, PKCS#7).
 * The MAC is the last block of 3DES-CBC with IV zero over those ten bytes and 80 00 00 00 00 00.
 */
static uint16_t open_frame(const struct vcard *c, const struct vcmd *cmd, uint8_t ret_pin[HI_PIN_FIELD],
			   size_t *ret_len)
{
	static const uint8_t zero[8];
	static const uint8_t padding[6] = {6, 6, 6, 6, 6, 6};
	uint8_t plain[HI_FRAME - HI_IV], mac[16] = {[HI_PIN_FIELD] = 0x80};
	size_t len = HI_PIN_FIELD;

	if (cmd->lc != HI_FRAME)
		return 0x6700;
	memcpy(plain, cmd->data + HI_IV, sizeof plain);
	if (!crypt(c->transport_key, cmd->data, plain, sizeof plain, false))
		return 0x6F00;
	memcpy(mac, plain, HI_PIN_FIELD);
	if (!crypt(c->transport_key, zero, mac, sizeof mac, true))
		return 0x6F00;
	if (!v_equal(plain + HI_PIN_FIELD, mac + 8, HI_MAC) ||
	    !v_equal(plain + HI_PIN_FIELD + HI_MAC, padding, sizeof padding))
		return 0x6988;
	while (len > 0 && plain[len - 1] == 0xFF)
		len--;
	memcpy(ret_pin, plain, HI_PIN_FIELD);
	*ret_len = len;
	return 0x9000;
}

static uint16_t verify(struct vcard *c, struct hi_state *s, const struct vcmd *cmd)
{
	struct vpin *p = applet_pin(c, "pin");
	uint8_t pin[HI_PIN_FIELD];
	enum vcheck check;
	size_t len;
	uint16_t sw;

	if (p == NULL || c->file != HI_FILE(HI_DF_P15, HI_EF_PIN))
		return 0x6A88;
	sw = open_frame(c, cmd, pin, &len);
	if (sw != 0x9000)
		return sw;
	check = vpin_check(c, p, pin, len);
	p->verified = check == VCHECK_OK;
	s->fresh = p->verified;
	return vpin_sw(p, check, 0x6983);
}

/* Refused, and it takes one try, as the author of openhicos saw: nothing may ever send one. */
static uint16_t plain_verify(struct vcard *c, struct hi_state *s)
{
	struct vpin *p = applet_pin(c, "pin");
	const uint8_t no_pin = 0xFF; /* padding: no PIN holds it */

	if (p != NULL) {
		(void)vpin_check(c, p, &no_pin, 1); /* wrong or locked, told as 6982 both ways */
		p->verified = false;
	}
	s->fresh = false;
	return 0x6982;
}

static uint16_t change(struct vcard *c, const struct hi_state *s, const struct vcmd *cmd)
{
	struct vpin *p = applet_pin(c, "pin");
	uint8_t pin[HI_PIN_FIELD];
	size_t len;
	uint16_t sw;

	if (p == NULL || !p->verified || !s->fresh)
		return 0x6982;
	sw = open_frame(c, cmd, pin, &len);
	if (sw != 0x9000)
		return sw;
	if (len < 6 || len > 8 || !applet_is_visible(pin, len))
		return 0x6A80;
	if (!vpin_set(c, p, pin, len, 0))
		return 0x6581;
	p->verified = true;
	return 0x9000;
}

static const struct vkey *key_of(struct vcard *c, uint8_t key_ref)
{
	if (key_ref == HI_KEY_SIGN)
		return vcard_key(c, "sign");
	if (key_ref == HI_KEY_KEYX)
		return vcard_key(c, "keyx");
	return NULL;
}

/* The card's part is the bare RSA operation, the host has padded. Where the padding ends; 0 = malformed. */
static size_t padding_len(const uint8_t block[256])
{
	size_t i = 2;

	if (block[0] != 0x00 || block[1] != 0x01)
		return 0;
	while (i < 256 && block[i] == 0xFF)
		i++;
	return i >= 10 && i < 255 && block[i] == 0x00 ? i + 1 : 0;
}

/* 80 EA 82 and 80 EA 02: the two halves of a padded block; the second one returns half the signature. */
static uint16_t sign(struct vcard *c, struct hi_state *s, const struct vcmd *cmd, bool has_first,
		     struct vrsp *rsp)
{
	const struct vkey *key = key_of(c, cmd->p2);
	const struct vpin *p = applet_pin(c, "pin");
	uint8_t block[256], sig[256];
	size_t at;

	if (cmd->p1 != 0x82 && cmd->p1 != 0x02)
		return 0x6A86;
	if (key == NULL || c->file >> 16 != HI_DF_P15)
		return 0x6A88;
	if (p == NULL || !p->verified)
		return 0x6982;
	if (cmd->lc != sizeof s->first)
		return 0x6700;
	if (cmd->p1 == 0x82) {
		memcpy(s->first, cmd->data, sizeof s->first);
		s->key_ref = cmd->p2;
		s->has_first = true;
		return 0x9000;
	}
	if (!has_first || s->key_ref != cmd->p2)
		return 0x6985;
	memcpy(block, s->first, 128);
	memcpy(block + 128, cmd->data, 128);
	at = padding_len(block);
	if (at == 0)
		return 0x6A80;
	if (!vkey_sign(key, block + at, sizeof block - at, sig) || !vrsp_put(rsp, sig, 128))
		return 0x6F00;
	memcpy(s->rest, sig + 128, sizeof s->rest);
	s->has_rest = true;
	return 0x9000;
}

static uint16_t rest_of_signature(const struct hi_state *s, const struct vcmd *cmd, bool has_rest,
				  struct vrsp *rsp)
{
	if (cmd->p1 != 0x00 || cmd->p2 != 0x80)
		return 0x6A86;
	if (!has_rest)
		return 0x6985;
	if (cmd->lc != 0 || cmd->le < sizeof s->rest)
		return 0x6700;
	return vrsp_put(rsp, s->rest, sizeof s->rest) ? 0x9000 : 0x6F00;
}

/* 128 bytes, the 32-bit words of `bytes` from the last to the first, zeros behind them. */
static void put_words(uint8_t ret[128], const uint8_t *bytes, size_t len)
{
	size_t i;

	memset(ret, 0, 128);
	for (i = 0; i + 4 <= len; i += 4)
		memcpy(ret + i, bytes + len - 4 - i, 4);
}

static uint16_t read_public_key(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const uint8_t key_ref = cmd->p1 >= HI_KEY_KEYX ? HI_KEY_KEYX : HI_KEY_SIGN;
	const struct vkey *key = key_of(c, key_ref);
	struct vstd_public pub;
	uint8_t answer[129] = {cmd->p1}, e[4] = {0};

	if (cmd->p2 != 0x00)
		return 0x6A86;
	if (cmd->lc != 0 || cmd->le < sizeof answer)
		return 0x6700;
	if (key == NULL || c->file >> 16 != HI_DF_P15)
		return 0x6A83;
	if (!vstd_public_key(key, &pub) || pub.e_len > sizeof e)
		return 0x6F00;
	memcpy(e + sizeof e - pub.e_len, pub.e, pub.e_len);
	if (cmd->p1 == key_ref)
		put_words(answer + 1, e, sizeof e);
	else if (cmd->p1 == key_ref + 2)
		put_words(answer + 1, pub.n, 128);
	else if (cmd->p1 == key_ref + 3)
		put_words(answer + 1, pub.n + 128, 128);
	else
		return 0x6A83;
	return vrsp_put(rsp, answer, sizeof answer) ? 0x9000 : 0x6F00;
}

/* A command to the file system; what waited for the next command is gone by now, but for its two flags. */
static uint16_t file_command(struct vcard *c, struct hi_state *s, const struct vcmd *cmd, struct vrsp *rsp)
{
	const bool has_first = s->has_first, has_rest = s->has_rest;

	s->has_first = false;
	s->has_rest = false;
	if (vcmd_is(cmd, 0x8C, 0x20, 0x00, 0x01))
		return verify(c, s, cmd);
	if (cmd->ins == 0x20)
		return plain_verify(c, s);
	if (vcmd_is(cmd, 0x8C, 0x24, 0x01, 0x01))
		return change(c, s, cmd);
	if (cmd->cla != 0x80)
		return 0x6E00;
	switch (cmd->ins) {
	case 0xA4:
		return select_file(c, s, cmd);
	case 0xB0:
		return read_binary(c, cmd, rsp);
	case 0xB2:
		return read_public_key(c, cmd, rsp);
	case 0xEA:
		return sign(c, s, cmd, has_first, rsp);
	case 0xC1:
		return rest_of_signature(s, cmd, has_rest, rsp);
	default:
		return 0x6D00;
	}
}

static uint16_t process(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	struct hi_state *s = c->scratch;
	uint16_t sw;

	if (s == NULL)
		return 0x6F00;
	if (vreset_select(c, cmd, rsp)) {
		memset(s, 0, sizeof *s);
		applet_forget_verified(c);
		c->app = HI_APP_RESET;
		c->file = HI_FILE(HI_MF, 0);
		return 0x9000;
	}
	/* Its class is 00 as everywhere; only the card's own SELECT leads out of it. */
	if (c->app == HI_APP_RESET && cmd->ins != 0xA4)
		return vreset_process(c, cmd, rsp);
	vreset_forget(c);
	sw = file_command(c, s, cmd, rsp);
	if (cmd->ins == 0xA4 && sw == 0x9000)
		c->app = HI_APP_FILES;
	return sw;
}

static void reset(struct vcard *c)
{
	free(c->scratch);
	c->scratch = calloc(1, sizeof(struct hi_state));
	c->app = HI_APP_FILES;
	c->file = HI_FILE(HI_MF, 0);
	applet_forget_verified(c);
	vreset_forget(c);
}

const struct vfamily vfamily_hicos = {
	.name = "hicos",
	.default_pins = "pin=123456",
	.atr = hi_atr,
	.atr_len = sizeof hi_atr,
	.make = hicos_make,
	.reset = reset,
	.process = process,
};
