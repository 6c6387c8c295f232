/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GIDS card edge as in Microsoft's "Generic Identity Device Specification", version 2.0,
 * and as its one public implementation (GidsApplet) behaves where the text is silent: the
 * PIN (80), the admin key (3DES, key file B080) and one RSA-2048 key (B081). The card
 * number is the minidriver's card identifier, 32 hexadecimal digits. No PUK (7F73: 6A88).
 *
 * From GidsApplet:
 *   - A presented PIN whose length no PIN can have (4 to 16) is 63CX and is not counted.
 *   - The empty VERIFY answers 63CX also when the PIN is verified.
 *   - A new PIN of a wrong length is 6700; a wrong cryptogram is 6982 and is not counted.
 *
 * Stricter than GidsApplet, so that a client's slip shows: without MSE there is no
 * challenge (6985), any other command ends a challenge, and a response that no challenge
 * waits for (6985) logs the admin out.
 *
 * The admin key of a test card is 00 01 02 … 17; "admin=" with 48 hexadecimal digits in
 * the list of PINs sets another.
 */
#include "vcard/applet_gids.h"

#include "vcard/applet_util.h"
#include "vcard/vtlv.h"

#include <gnutls/crypto.h>
#include <string.h>

#define REF_PIN 0x80
#define REF_LOG_OUT 0x82
#define PIN_MIN 4
#define PIN_MAX 16

#define ADMIN_KEY_ID 0x80
#define SIGN_KEY_ID 0x81
/* GIDS table of mechanisms: RSA-2048 with the padding made by the card, and by the client. */
#define ALGORITHM_PKCS1 0x57
#define ALGORITHM_RAW 0x17

static const uint8_t gids_aid[] = {0xA0, 0x00, 0x00, 0x03, 0x97, 0x42, 0x54, 0x46, 0x59, 0x02, 0x01};

static void log_out(struct vcard *c, struct gids *s)
{
	applet_forget_verified(c);
	s->admin_ok = s->admin_chosen = false;
	s->waiting = GIDS_NO_CHALLENGE;
}

/* --- the PIN --- */

static uint16_t tries_sw(const struct vpin *p)
{
	return (uint16_t)(0x63C0 | p->tries);
}

static uint16_t gids_verify(struct vcard *c, struct gids *s, const struct vcmd *cmd)
{
	struct vpin *pin = applet_pin(c, "pin");

	if (cmd->p1 != 0)
		return 0x6A86;
	if (cmd->p2 == REF_LOG_OUT) {
		log_out(c, s);
		return 0x9000;
	}
	if (cmd->p2 != REF_PIN || pin == NULL)
		return 0x6A88;
	if (pin->tries == 0)
		return 0x6983;
	if (cmd->lc < PIN_MIN || cmd->lc > PIN_MAX)
		return tries_sw(pin);
	return vpin_sw(pin, vpin_check(c, pin, cmd->data, cmd->lc), 0x6983);
}

static uint16_t set_new(struct vcard *c, struct vpin *pin, const uint8_t *bytes, size_t len)
{
	if (len < PIN_MIN || len > PIN_MAX)
		return 0x6700;
	return vpin_set(c, pin, bytes, len, 0) ? 0x9000 : 0x6581;
}

/* old || new; the old one is tried before the new one is looked at. */
static uint16_t change_both(struct vcard *c, struct vpin *pin, const struct vcmd *cmd)
{
	struct vstd_pair pair;
	enum vcheck check;
	bool was;
	uint16_t sw;

	if (pin->tries == 0)
		return 0x6983;
	if (cmd->lc < 2 * PIN_MIN || cmd->lc > 2 * PIN_MAX)
		return tries_sw(pin);
	pair = vstd_split(pin, cmd);
	was = pin->verified;
	check = vpin_check(c, pin, pair.old, pair.old_len);
	if (check != VCHECK_OK)
		return vpin_sw(pin, check, 0x6983);
	sw = set_new(c, pin, pair.new, pair.new_len);
	if (sw != 0x9000)
		pin->verified = was; /* the right PIN sets its counter back, and opens nothing by itself */
	return sw;
}

static uint16_t gids_change(struct vcard *c, const struct vcmd *cmd)
{
	struct vpin *pin = applet_pin(c, "pin");

	if (cmd->p1 > 1)
		return 0x6A86;
	if (cmd->p2 != REF_PIN || pin == NULL)
		return 0x6A88;
	if (cmd->p1 == 0)
		return change_both(c, pin, cmd);
	return pin->verified ? set_new(c, pin, cmd->data, cmd->lc) : 0x6982;
}

static uint16_t gids_reset_counter(struct vcard *c, struct gids *s, const struct vcmd *cmd)
{
	struct vpin *pin = applet_pin(c, "pin");
	uint16_t sw;

	if (cmd->p1 != 0x02)
		return 0x6A86;
	if (cmd->p2 != REF_PIN || pin == NULL)
		return 0x6A88;
	if (!s->admin_ok)
		return 0x6982;
	sw = set_new(c, pin, cmd->data, cmd->lc);
	if (sw == 0x9000)
		log_out(c, s);
	return sw;
}

/* --- the admin key --- */

static bool admin_key(const struct vcard *c, uint8_t ret[24])
{
	const char *text = json_string_value(json_object_get(c->extra, "admin"));
	size_t len = 0;

	return text != NULL && hex_read(text, ret, 24, &len) && len == 24;
}

/* 3DES-CBC, IV zero, no padding (GIDS says ECB; the minidriver's wire is CBC). */
static bool triple_des(const struct vcard *c, bool encrypt, uint8_t *bytes, size_t len)
{
	uint8_t key_bytes[24], iv_bytes[8] = {0};
	gnutls_datum_t key = {.data = key_bytes, .size = sizeof key_bytes};
	gnutls_datum_t iv = {.data = iv_bytes, .size = sizeof iv_bytes};
	gnutls_cipher_hd_t cipher;
	int r;

	if (!admin_key(c, key_bytes) || gnutls_cipher_init(&cipher, GNUTLS_CIPHER_3DES_CBC, &key, &iv) != 0)
		return false;
	r = encrypt ? gnutls_cipher_encrypt(cipher, bytes, len) : gnutls_cipher_decrypt(cipher, bytes, len);
	gnutls_cipher_deinit(cipher);
	return r == 0;
}

/* 7C { 81 R1 } or 7C { 81 }: the card's challenge, of the length of R1, else of 8 bytes. */
static uint16_t give_challenge(struct gids *s, struct rd theirs, struct wr *out)
{
	const size_t n = theirs.left == 0 ? 8 : 16;

	s->admin_ok = false;
	if (theirs.left != 0 && theirs.left != 16)
		return 0x6A80;
	if (!v_random(s->ours, n))
		return 0x6F00;
	memset(s->theirs, 0, sizeof s->theirs);
	if (theirs.left != 0)
		memcpy(s->theirs, theirs.p, 16);
	s->waiting = n == 8 ? GIDS_ONE_WAY : GIDS_MUTUAL;
	vtlv_head(out, 0x7C, 2 + n);
	vtlv_put(out, 0x81, s->ours, n);
	return 0x9000;
}

static uint16_t one_way(const struct vcard *c, struct gids *s, struct rd response)
{
	uint8_t plain[8];

	if (response.left != sizeof plain)
		return 0x6982;
	memcpy(plain, response.p, sizeof plain);
	if (!triple_des(c, false, plain, sizeof plain))
		return 0x6F00;
	s->admin_ok = v_equal(plain, s->ours, sizeof plain);
	return s->admin_ok ? 0x9000 : 0x6982;
}

/* R2 || R1 || Z1 with the padding byte 80 at its end, and the answer R1 || R2 || Z2. */
static uint16_t mutual(const struct vcard *c, struct gids *s, struct rd response, struct wr *out)
{
	uint8_t plain[40], wanted[32];

	if (response.left != sizeof plain)
		return 0x6982;
	memcpy(plain, response.p, sizeof plain);
	if (!triple_des(c, false, plain, sizeof plain))
		return 0x6F00;
	memcpy(wanted, s->ours, 16);
	memcpy(wanted + 16, s->theirs, 16);
	if (!v_equal(plain, wanted, sizeof wanted) || plain[39] != 0x80)
		return 0x6982;
	memcpy(plain, s->theirs, 16);
	memcpy(plain + 16, s->ours, 16);
	if (!v_random(plain + 32, 7) || !triple_des(c, true, plain, sizeof plain))
		return 0x6F00;
	s->admin_ok = true;
	vtlv_head(out, 0x7C, 2 + sizeof plain);
	vtlv_put(out, 0x82, plain, sizeof plain);
	return 0x9000;
}

static uint16_t gids_authenticate(const struct vcard *c, struct gids *s, const struct vcmd *cmd,
				  struct wr *out)
{
	const enum gids_challenge waiting = s->waiting;
	struct rd outer, part;

	s->waiting = GIDS_NO_CHALLENGE;
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return 0x6A86;
	if (!s->admin_chosen)
		return 0x6985;
	if (!vtlv_find(rd_of(cmd->data, cmd->lc), 0x7C, &outer))
		return 0x6A80;
	if (vtlv_find(outer, 0x81, &part))
		return give_challenge(s, part, out);
	if (!vtlv_find(outer, 0x82, &part))
		return 0x6A80;
	s->admin_ok = false;
	if (waiting == GIDS_NO_CHALLENGE)
		return 0x6985;
	return waiting == GIDS_ONE_WAY ? one_way(c, s, part) : mutual(c, s, part, out);
}

/* --- security environment and signature --- */

static bool one_byte(const struct vcmd *cmd, uint8_t tag, uint8_t *ret)
{
	struct rd value;

	if (!vtlv_find(rd_of(cmd->data, cmd->lc), tag, &value) || value.left != 1)
		return false;
	*ret = rd_u8(&value);
	return true;
}

/* The key file's rule opens its security environment to the PIN alone. */
static uint16_t choose_sign_key(struct vcard *c, struct gids *s, const struct vcmd *cmd)
{
	const struct vpin *pin = applet_pin(c, "pin");
	uint8_t algorithm, key;

	s->algorithm = 0;
	s->admin_chosen = false;
	if (!one_byte(cmd, 0x80, &algorithm) || !one_byte(cmd, 0x84, &key))
		return 0x6A80;
	if (key != SIGN_KEY_ID)
		return 0x6A88;
	if (algorithm != ALGORITHM_PKCS1 && algorithm != ALGORITHM_RAW)
		return 0x6A80;
	if (pin == NULL || !pin->verified)
		return 0x6982;
	s->algorithm = algorithm;
	return 0x9000;
}

static uint16_t gids_environment(struct vcard *c, struct gids *s, const struct vcmd *cmd)
{
	uint8_t key;

	if (cmd->p1 == 0x41 && cmd->p2 == 0xB6)
		return choose_sign_key(c, s, cmd);
	if ((cmd->p1 != 0x81 && cmd->p1 != 0xC1) || cmd->p2 != 0xA4)
		return 0x6A81;
	s->algorithm = 0;
	s->admin_chosen = false;
	if (!one_byte(cmd, 0x83, &key))
		return 0x6A80;
	if (key != ADMIN_KEY_ID)
		return 0x6A88;
	s->admin_chosen = true;
	return 0x9000;
}

static uint16_t gids_sign(struct vcard *c, const struct gids *s, const struct vcmd *cmd, struct wr *out)
{
	const struct vpin *pin = applet_pin(c, "pin");
	const struct vkey *key = vcard_key(c, "auth");
	struct rd info = rd_of(cmd->data, cmd->lc);
	uint8_t signature[256];

	if (cmd->p1 != 0x9E || cmd->p2 != 0x9A)
		return 0x6A86;
	if (s->algorithm == 0 || key == NULL)
		return 0x6985;
	if (pin == NULL || !pin->verified)
		return 0x6982;
	if (s->algorithm == ALGORITHM_RAW && !vstd_strip_padding(info, &info))
		return 0x6A80;
	if (info.left == 0 || info.left > sizeof signature - 11)
		return 0x6700;
	if (!vkey_sign(key, info.p, info.left, signature))
		return 0x6F00;
	wr_put(out, signature, sizeof signature);
	return 0x9000;
}

/* --- GET DATA of the application itself (3FFF) --- */

static uint16_t pin_object(struct vcard *c, uint16_t tag, struct wr *out)
{
	const struct vpin *pin = applet_pin(c, "pin");

	if ((tag != 0x7F71 && tag != 0x7F72) || pin == NULL)
		return 0x6A88;
	vtlv_head(out, tag, 6);
	vtlv_u8(out, 0x97, pin->tries);
	vtlv_u8(out, 0x93, pin->max);
	return 0x9000;
}

/* 70 { 84 key, A5 { 7F49 80 } }: the public key. */
static uint16_t public_object(struct vcard *c, struct rd template, struct wr *out)
{
	const struct vkey *key = vcard_key(c, "auth");
	struct vstd_public public;
	struct rd id;

	if (!vtlv_find(template, 0x84, &id) || id.left != 1)
		return 0x6A80;
	if (rd_u8(&id) != SIGN_KEY_ID || key == NULL)
		return 0x6A88;
	if (!vstd_public_key(key, &public))
		return 0x6F00;
	vstd_put_public(out, &public);
	return 0x9000;
}

static uint16_t gids_get_data(struct vcard *c, const struct gids *s, const struct vcmd *cmd, struct wr *out)
{
	struct rd data = rd_of(cmd->data, cmd->lc), value;
	uint32_t tag;

	if (cmd->p1 != 0x3F || cmd->p2 != 0xFF)
		return gids_read_object(c, s, cmd, out);
	if (!vtlv_next(&data, &tag, &value) || !rd_done(&data))
		return 0x6A80;
	if (tag == 0x70)
		return public_object(c, value, out);
	if (tag == 0x5C && value.left == 2)
		return pin_object(c, rd_u16(&value), out);
	return 0x6A80;
}

/* --- the application --- */

static uint16_t gids_select(struct vcard *c, bool again, struct wr *out)
{
	struct gids *s = c->scratch;

	if (again)
		log_out(c, s);
	s->algorithm = 0;
	vtlv_head(out, 0x61, 2 + sizeof gids_aid + 5);
	vtlv_put(out, 0x4F, gids_aid, sizeof gids_aid);
	vtlv_put(out, 0x73, "\x40\x01\xC0", 3); /* mechanisms: one-way and mutual authentication */
	return 0x9000;
}

static uint16_t gids_command(struct vcard *c, const struct vcmd *cmd, struct wr *out)
{
	struct gids *s = c->scratch;

	if (cmd->ins != 0x87)
		s->waiting = GIDS_NO_CHALLENGE;
	switch (cmd->ins) {
	case 0x20:
		return gids_verify(c, s, cmd);
	case 0x22:
		return gids_environment(c, s, cmd);
	case 0x24:
		return gids_change(c, cmd);
	case 0x2A:
		return gids_sign(c, s, cmd, out);
	case 0x2C:
		return gids_reset_counter(c, s, cmd);
	case 0x87:
		return gids_authenticate(c, s, cmd, out);
	case 0xA4:
		return gids_select_file(cmd, out);
	case 0xCB:
		return gids_get_data(c, s, cmd, out);
	case 0xDB:
		return gids_write_object(c, s, cmd);
	default:
		return 0x6D00;
	}
}

static const struct vstd_app gids_app = {
	.aid = gids_aid,
	.aid_len = sizeof gids_aid,
	.chained = (const uint8_t[]){0x2A, 0xDB},
	.n_chained = 2,
	.state_size = sizeof(struct gids),
	.select = gids_select,
	.command = gids_command,
};

/* --- a new card --- */

static rp_code keep_admin_key(struct vcard *c, struct rp_error *err)
{
	char text[64];
	uint8_t key[24];
	size_t len = 0;
	const char *wanted = vcard_wanted_pin(c, "admin", text, sizeof text);

	if (wanted == NULL || !hex_read(wanted, key, sizeof key, &len) || len != sizeof key)
		return rp_fail(err, RP_E_USAGE, "the admin key of a GIDS card has 48 hexadecimal digits");
	if (json_object_set_new(c->extra, "admin", json_string(wanted)) != 0)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the admin key");
	return RP_OK;
}

static rp_code gids_make(struct vcard *c, struct rp_error *err)
{
	const struct vpin *pin = vcard_add_pin(c, "pin", RP_SLOT_PIN, 3);
	rp_code rc;

	if (pin == NULL)
		return rp_fail(err, RP_E_FAULT, "no room for the PIN");
	if (!pin->set || pin->len < PIN_MIN || pin->len > PIN_MAX)
		return rp_fail(err, RP_E_USAGE, "a GIDS PIN has %d to %d characters", PIN_MIN, PIN_MAX);
	rc = keep_admin_key(c, err);
	if (rc == RP_OK)
		rc = vstd_number(c, 32, "524550494E0000000000000000000001", err);
	if (rc == RP_OK)
		rc = vstd_add_key(c, "auth", false, err);
	return rc != RP_OK ? rc : gids_make_files(c, err);
}

static void gids_reset(struct vcard *c)
{
	vstd_reset(c, &gids_app);
}

static uint16_t gids_process(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	return vstd_process(c, &gids_app, cmd, rsp);
}

/* No real card's: the historical bytes say "REPIN-G". */
static const uint8_t gids_atr[] = {0x3B, 0x87, 0x80, 0x01, 'R', 'E', 'P', 'I', 'N', '-', 'G', 0x2C};

const struct vfamily vfamily_gids = {
	.name = "gids",
	.default_pins = "pin=123456,admin=000102030405060708090A0B0C0D0E0F1011121314151617",
	.atr = gids_atr,
	.atr_len = sizeof gids_atr,
	.make = gids_make,
	.reset = gids_reset,
	.process = gids_process,
};
