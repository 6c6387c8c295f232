/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AOSign. Nothing of the real card's wire is public: every byte here is ours and stands in
 * docs/wire.md, section 2. The rules behind it (two secrets of ten tries each, the letter
 * PIN as the way back, the dead card, what a PIN may look like) are the issuer's own page.
 *
 * Left open there, so ours: before its application is selected the card knows no command
 * (6985); what is not in the table of docs/wire.md is 6D00, 6E00 or 6A86.
 */
#include "vcard/applet_util.h"

#include <string.h>

enum { AO_APP = 1 };
enum { AO_FILE_NUMBER = 1, AO_FILE_CERT = 2 }; /* short file identifiers */
enum { AO_TRIES = 10, AO_OLD_LEN = 16, AO_NUMBER_LEN = 16 };

static const uint8_t ao_aid[] = {0xF0, 0x52, 0x45, 0x50, 0x49, 0x4E, 0x41, 0x4F, 0x53};
/* Historical bytes "REPIN-A". */
static const uint8_t ao_atr[] = {0x3B, 0x87, 0x80, 0x01, 0x52, 0x45, 0x50, 0x49, 0x4E, 0x2D, 0x41, 0x2A};

/* The counter of the letter PIN is asked too: power may go between the two saves of its last try. */
static bool is_dead(struct vcard *c)
{
	const struct vpin *letter = applet_pin(c, "letter");

	return c->dead || (letter != NULL && letter->tries == 0);
}

static struct vpin *reference(struct vcard *c, uint8_t p2)
{
	if (p2 == 0x81)
		return applet_pin(c, "pin");
	if (p2 == 0x82)
		return applet_pin(c, "letter");
	return NULL;
}

static bool acceptable(const uint8_t *pin, size_t len)
{
	bool differ = false;
	size_t i;

	if (len < 4 || len > 16)
		return false;
	for (i = 0; i < len; i++) {
		const uint8_t b = pin[i];

		if (!(b >= '0' && b <= '9') && !(b >= 'A' && b <= 'Z') && !(b >= 'a' && b <= 'z'))
			return false;
		differ = differ || b != pin[0];
	}
	return differ;
}

static uint16_t select_app(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	uint8_t fci[4 + sizeof ao_aid] = {0x6F, 2 + sizeof ao_aid, 0x84, sizeof ao_aid};

	if (cmd->p1 != 0x04 || (cmd->p2 != 0x00 && cmd->p2 != 0x0C))
		return 0x6A86;
	if (cmd->lc != sizeof ao_aid || memcmp(cmd->data, ao_aid, sizeof ao_aid) != 0)
		return 0x6A82;
	memcpy(fci + 4, ao_aid, sizeof ao_aid);
	applet_forget_verified(c);
	c->app = AO_APP;
	c->file = 0;
	if (cmd->p2 == 0x00 && !vrsp_put(rsp, fci, cmd->le < sizeof fci ? cmd->le : sizeof fci))
		return 0x6F00;
	return 0x9000;
}

static uint16_t read_binary(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const struct vfile *f;
	size_t offset = (size_t)cmd->p1 << 8 | cmd->p2;

	if (cmd->lc != 0 || cmd->le == 0)
		return 0x6700;
	if (cmd->p1 & 0x80) {
		if (vcard_file(c, cmd->p1 & 0x7F) == NULL)
			return 0x6A82;
		c->file = cmd->p1 & 0x7F;
		offset = cmd->p2;
	}
	f = vcard_file(c, c->file);
	if (f == NULL)
		return 0x6986;
	return vfile_read(f, offset, cmd->le, rsp);
}

static uint16_t verify(struct vcard *c, const struct vcmd *cmd)
{
	struct vpin *p = reference(c, cmd->p2);
	enum vcheck check;

	if (cmd->p1 != 0x00)
		return 0x6A86;
	if (p == NULL)
		return 0x6A88;
	if (is_dead(c) || p->tries == 0)
		return 0x6983;
	if (cmd->lc == 0)
		return (uint16_t)(0x63C0 | p->tries);
	if (cmd->p2 != 0x81)
		return 0x6A86; /* the letter PIN is taken together with a new PIN only */
	check = vpin_check(c, p, cmd->data, cmd->lc);
	p->verified = check == VCHECK_OK;
	return vpin_sw(p, check, 0x6983);
}

/* The first 16 bytes without their padding. */
static size_t old_len(const uint8_t *old)
{
	size_t len = AO_OLD_LEN;

	while (len > 0 && old[len - 1] == 0xFF)
		len--;
	return len;
}

/* Change and unlock: `secret` opens, then the PIN gets a new value. */
static uint16_t set_with(struct vcard *c, const struct vcmd *cmd, struct vpin *secret)
{
	struct vpin *pin = reference(c, 0x81);
	enum vcheck check;

	if (cmd->p1 != 0x00)
		return 0x6A86;
	if (cmd->p2 != 0x81 || pin == NULL || secret == NULL)
		return 0x6A88;
	if (is_dead(c) || secret->tries == 0)
		return 0x6983;
	if (cmd->lc < AO_OLD_LEN)
		return 0x6700;
	if (!acceptable(cmd->data + AO_OLD_LEN, cmd->lc - AO_OLD_LEN))
		return 0x6A80;
	check = vpin_check(c, secret, cmd->data, old_len(cmd->data));
	if (check != VCHECK_OK)
		return vpin_sw(secret, check, 0x6983);
	return vpin_set(c, pin, cmd->data + AO_OLD_LEN, cmd->lc - AO_OLD_LEN, 0) ? 0x9000 : 0x6581;
}

static uint16_t unlock(struct vcard *c, const struct vcmd *cmd)
{
	const uint16_t sw = set_with(c, cmd, reference(c, 0x82));

	if (!c->dead && is_dead(c)) {
		c->dead = true;
		if (!vcard_save(c))
			return 0x6581;
	}
	return sw;
}

static uint16_t sign(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const struct vpin *pin = reference(c, 0x81);
	const struct vkey *key = vcard_key(c, "sign");
	uint8_t sig[256];

	if (cmd->p1 != 0x9E || cmd->p2 != 0x9A)
		return 0x6A86;
	if (key == NULL)
		return 0x6A88;
	if (pin == NULL || !pin->verified || is_dead(c))
		return 0x6982;
	if (cmd->lc == 0 || cmd->lc > sizeof sig - 11 || cmd->le < sizeof sig)
		return 0x6700;
	if (!vkey_sign(key, cmd->data, cmd->lc, sig))
		return 0x6F00;
	return vrsp_put(rsp, sig, sizeof sig) ? 0x9000 : 0x6F00;
}

static uint16_t process(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	if (cmd->cla != 0x00)
		return 0x6E00;
	if (cmd->ins == 0xA4)
		return select_app(c, cmd, rsp);
	if (c->app != AO_APP)
		return 0x6985;
	switch (cmd->ins) {
	case 0xB0:
		return read_binary(c, cmd, rsp);
	case 0x20:
		return verify(c, cmd);
	case 0x24:
		return set_with(c, cmd, reference(c, cmd->p2));
	case 0x2C:
		return unlock(c, cmd);
	case 0x2A:
		return sign(c, cmd, rsp);
	default:
		return 0x6D00;
	}
}

static void reset(struct vcard *c)
{
	c->app = 0;
	c->file = 0;
	applet_forget_verified(c);
}

static rp_code make(struct vcard *c, struct rp_error *err)
{
	const char *holder = c->spec->holder != NULL ? c->spec->holder : "Taro Mihon";
	const struct vkey *key;
	rp_code rc;

	if (c->spec->reset_key != NULL)
		return rp_fail(err, RP_E_USAGE,
			       "an aosign card has no reset application: its letter PIN unlocks it");
	rc = applet_number(c, AO_NUMBER_LEN, "0123456789", "1234567890123456", err);
	if (rc != RP_OK)
		return rc;
	if (vcard_add_pin(c, "pin", RP_SLOT_PIN, AO_TRIES) == NULL ||
	    vcard_add_pin(c, "letter", RP_SLOT_LETTER, AO_TRIES) == NULL)
		return rp_fail(err, RP_E_FAULT, "the virtual card has no room for its PINs");
	rc = applet_add_key(c, "sign", true, "CN=", holder, ",O=Repin virtual card,C=JP", err);
	if (rc != RP_OK)
		return rc;
	rc = vcard_add_file(c, AO_FILE_NUMBER, c->number, AO_NUMBER_LEN, err);
	if (rc != RP_OK)
		return rc;
	key = vcard_key(c, "sign");
	return vcard_add_file(c, AO_FILE_CERT, key->cert_der, key->cert_len, err);
}

const struct vfamily vfamily_aosign = {
	.name = "aosign",
	.default_pins = "pin=12345678,letter=12345678",
	.atr = ao_atr,
	.atr_len = sizeof ao_atr,
	.make = make,
	.reset = reset,
	.process = process,
};
