/* SPDX-License-Identifier: Apache-2.0 */
/*
 * My Number Card and the smartphone's JPKI token: the commands. Sources: OpenSC (card-jpki.c and
 * the observations on a real card in its pull requests 801 and 959), jpki/myna, and
 * soltia48/myna-card, which quotes JICSAP 1.1 and reports what real cards answered.
 *
 * Not public, so a choice of ours: what follows a wrong VERIFY (the status it had earned is
 * gone), the answer to a change without VERIFY (6982) and to the change command of the other
 * applications (6D00), a PIN that is longer than any PIN (counted as a wrong one), and that a
 * refused SELECT leaves everything as it was. The card takes any new PIN of 1 to 16 bytes: the
 * rules are the client's. Not modelled: the issuer security domain by name, PSS, secure
 * messaging, terminal authentication, and the key of INTERNAL AUTHENTICATE.
 */
#include "vcard/applet_mynumber.h"
#include "vcard/applet_util.h"

#include <gnutls/crypto.h>
#include <string.h>

enum { MY_NEW_MAX = 16, MY_CHALLENGE_MAX = 256 };

/* The only ATR that OpenSC knows as JPKI; T=1, no historical bytes. */
static const uint8_t my_atr[] = {0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14};
/* What a reader composes for a contactless card without historical bytes; a phone's is not public. */
static const uint8_t my_mobile_atr[] = {0x3B, 0x80, 0x80, 0x01, 0x01};

static uint16_t select_app(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const int app = my_app_find(c, cmd->data, cmd->lc);
	uint8_t fci[4 + MY_AID_LEN] = {0x6F, 2 + MY_AID_LEN, 0x84, MY_AID_LEN};

	if (cmd->p2 != 0x0C && cmd->p2 != 0x00)
		return 0x6A86;
	if (app == MY_NONE)
		return 0x6A82;
	applet_forget_verified(c);
	c->app = app;
	c->file = 0;
	memcpy(fci + 4, my_app_aid(app), MY_AID_LEN);
	if (cmd->p2 == 0x00 && !vrsp_put(rsp, fci, cmd->le < sizeof fci ? cmd->le : sizeof fci))
		return 0x6F00;
	return 0x9000;
}

static uint16_t select_ef(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	uint8_t fci[6] = {0x6F, 4, 0x83, 2};

	if (cmd->p2 != 0x0C && cmd->p2 != 0x00)
		return 0x6A86;
	if (cmd->lc != 2)
		return 0x6700;
	if (my_ef_find(c, c->app, (uint32_t)cmd->data[0] << 8 | cmd->data[1]) == NULL)
		return 0x6A82;
	c->file = (uint32_t)cmd->data[0] << 8 | cmd->data[1];
	memcpy(fci + 4, cmd->data, 2);
	if (cmd->p2 == 0x00 && !vrsp_put(rsp, fci, cmd->le < sizeof fci ? cmd->le : sizeof fci))
		return 0x6F00;
	return 0x9000;
}

static uint16_t select_file(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	switch (cmd->p1) {
	case 0x04:
		return select_app(c, cmd, rsp);
	case 0x02:
		return select_ef(c, cmd, rsp);
	case 0x00:
		/* As myna-card saw it: no file is found by it, and without a name it leaves all as it is. */
		if (cmd->lc > 0)
			return 0x6A82;
		return c->app == MY_NONE ? 0x6A86 : 0x9000;
	default:
		return 0x6A86;
	}
}

/*
 * The file that a command means: the current one (number 0) or, by its short identifier,
 * another one, which thereby becomes the current one. *ret is NULL unless 9000.
 */
static uint16_t referenced(struct vcard *c, uint32_t sfi, const struct my_ef **ret)
{
	*ret = NULL;
	if (sfi == 0 && c->file == 0)
		return 0x6986;
	*ret = my_ef_find(c, c->app, sfi == 0 ? c->file : sfi);
	if (*ret == NULL)
		return 0x6A82;
	c->file = (*ret)->fid;
	return 0x9000;
}

/* The same for P2 of VERIFY, change and sign: 80, or 80 + short identifier. */
static uint16_t referenced_p2(struct vcard *c, uint8_t p2, enum my_kind kind, const struct my_ef **ret)
{
	uint16_t sw;

	*ret = NULL;
	if ((p2 & 0xE0) != 0x80)
		return 0x6A86;
	sw = referenced(c, p2 & 0x1F, ret);
	if (sw == 0x9000 && (*ret)->kind != kind)
		sw = 0x6981;
	return sw;
}

static bool is_open(struct vcard *c, const struct my_ef *ef)
{
	size_t i;

	if (ef->need[0] == NULL)
		return true;
	for (i = 0; i < 2 && ef->need[i] != NULL; i++) {
		const struct vpin *p = applet_pin(c, ef->need[i]);

		if (p != NULL && p->verified)
			return true;
	}
	return false;
}

static uint16_t verify(struct vcard *c, const struct vcmd *cmd)
{
	const struct my_ef *ef;
	struct vpin *p;
	enum vcheck check;
	uint16_t sw;

	if (cmd->p1 != 0x00)
		return 0x6A86;
	sw = referenced_p2(c, cmd->p2, MY_PIN, &ef);
	if (sw != 0x9000)
		return sw;
	p = ef->id == NULL ? NULL : applet_pin(c, ef->id);
	/* OpenSC pull request 959: the query tells neither that a PIN is verified nor 6984 when locked. */
	if (cmd->lc == 0)
		return (uint16_t)(0x63C0 | (p == NULL ? 0 : p->tries));
	if (p == NULL)
		return 0x6984;
	check = vpin_check(c, p, cmd->data, cmd->lc);
	p->verified = check == VCHECK_OK;
	return vpin_sw(p, check, 0x6984);
}

static uint16_t change(struct vcard *c, const struct vcmd *cmd, enum my_change way)
{
	const struct my_ef *ef;
	struct vpin *p;
	uint16_t sw;

	if (cmd->p1 != (way == MY_ISO ? 0x01 : 0x00))
		return 0x6A86;
	sw = referenced_p2(c, cmd->p2, MY_PIN, &ef);
	if (sw != 0x9000)
		return sw;
	p = ef->id == NULL ? NULL : applet_pin(c, ef->id);
	if (ef->change != way)
		return ef->change == MY_NEVER ? 0x6982 : 0x6D00;
	if (p == NULL || !p->verified)
		return 0x6982;
	if (cmd->lc == 0 || cmd->lc > MY_NEW_MAX)
		return 0x6700;
	if (!vpin_set(c, p, cmd->data, cmd->lc, 0))
		return 0x6581;
	p->verified = true;
	return 0x9000;
}

static uint16_t read_binary(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const bool short_id = cmd->p1 & 0x80;
	const size_t offset = short_id ? cmd->p2 : (size_t)cmd->p1 << 8 | cmd->p2;
	const struct my_ef *ef;
	uint16_t sw;

	if (short_id && cmd->p1 & 0x60)
		return 0x6A86;
	if (cmd->lc != 0 || cmd->le == 0)
		return 0x6700;
	sw = referenced(c, short_id ? cmd->p1 & 0x1F : 0, &ef);
	if (sw != 0x9000)
		return sw;
	if (ef->kind != MY_DATA)
		return 0x6981;
	if (!is_open(c, ef))
		return 0x6982;
	return vfile_read(vcard_file(c, MY_FILE(ef->app, ef->fid)), offset, cmd->le, rsp);
}

/* The record files here have one record each. */
static uint16_t read_record(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const struct my_ef *ef;
	const struct vfile *f;
	uint16_t sw;

	if ((cmd->p2 & 0x07) != 0x04 && (cmd->p2 & 0x07) != 0x05)
		return 0x6A86;
	if (cmd->lc != 0 || cmd->le == 0)
		return 0x6700;
	sw = referenced(c, cmd->p2 >> 3, &ef);
	if (sw != 0x9000)
		return sw;
	if (ef->kind != MY_RECORD)
		return 0x6981;
	if (!is_open(c, ef))
		return 0x6982;
	if (cmd->p1 != 1)
		return 0x6A83;
	f = vcard_file(c, MY_FILE(ef->app, ef->fid));
	if (cmd->le < f->len)
		return 0x6700;
	return vrsp_put(rsp, f->bytes, f->len) ? 0x9000 : 0x6F00;
}

static uint16_t get_challenge(const struct vcmd *cmd, struct vrsp *rsp)
{
	uint8_t random[MY_CHALLENGE_MAX];

	if (cmd->p1 != 0x00 || cmd->p2 != 0x00)
		return 0x6A86;
	if (cmd->lc != 0 || cmd->le == 0)
		return 0x6700;
	if (cmd->le > sizeof random)
		return 0x6985;
	return v_random(random, cmd->le) && vrsp_put(rsp, random, cmd->le) ? 0x9000 : 0x6F00;
}

/* Data objects answer before any application is selected, the contact ATR (5F51) always. */
static uint16_t get_data(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const uint32_t tag = (uint32_t)cmd->p1 << 8 | cmd->p2;
	const struct vfile *f = vcard_file(c, MY_FILE(MY_NONE, tag));

	if (cmd->lc != 0 || cmd->le == 0)
		return 0x6700;
	if (c->family != &vfamily_mynumber || f == NULL || (c->app != MY_NONE && tag != 0x5F51))
		return 0x6A88;
	if (cmd->le < f->len)
		return 0x6700;
	return vrsp_put(rsp, f->bytes, f->len) ? 0x9000 : 0x6F00;
}

/*
 * What is signed, by P1 (myna-card, src/ap/jpki.rs): 00 the given bytes (a DigestInfo), 01 their
 * SHA-256 bare, 02 the DigestInfo of the given SHA-256, 03 that of their SHA-256. 04 and 05 are PSS.
 */
static uint16_t to_be_signed(const struct vcmd *cmd, uint8_t ret[245], size_t *ret_len)
{
	static const uint8_t digest_info[19] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
						0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
	const size_t prefix = cmd->p1 >= 0x02 ? sizeof digest_info : 0;

	if (cmd->p1 > 0x05)
		return 0x6A86;
	if (cmd->p1 >= 0x04)
		return 0x6A81;
	if (cmd->lc == 0)
		return 0x6700;
	if (cmd->lc > (cmd->p1 == 0x00 ? 245 : 255) || (cmd->p1 == 0x02 && cmd->lc != 32))
		return 0x6985;
	memcpy(ret, digest_info, prefix);
	*ret_len = prefix + (cmd->p1 == 0x00 ? cmd->lc : 32);
	if (cmd->p1 == 0x00 || cmd->p1 == 0x02)
		memcpy(ret + prefix, cmd->data, cmd->lc);
	else if (gnutls_hash_fast(GNUTLS_DIG_SHA256, cmd->data, cmd->lc, ret + prefix) != 0)
		return 0x6F00;
	return 0x9000;
}

static uint16_t sign(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const struct my_ef *ef;
	uint8_t text[245], sig[256];
	size_t len;
	uint16_t sw = referenced_p2(c, cmd->p2, MY_KEY, &ef);

	if (sw != 0x9000)
		return sw;
	if (!is_open(c, ef))
		return 0x6982;
	sw = to_be_signed(cmd, text, &len);
	if (sw != 0x9000)
		return sw;
	if (cmd->le < sizeof sig)
		return 0x6700;
	if (!vkey_sign(vcard_key(c, ef->id), text, len, sig) || !vrsp_put(rsp, sig, sizeof sig))
		return 0x6F00;
	return 0x9000;
}

/* 9000 when the card speaks this class; myna-card's README has the answers to the others. */
static uint16_t class_sw(const struct vcmd *cmd)
{
	if ((cmd->cla & 0x70) != 0)
		return 0x6E00;
	if ((cmd->cla & 0x03) != 0)
		return 0x6881; /* one logical channel, whatever JICSAP asks for */
	if ((cmd->cla & 0x0C) != 0)
		return cmd->ins == 0xA4 ? 0x6882 : 0x69FC;
	return 0x9000;
}

static uint16_t process(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	uint16_t sw;

	if (vreset_select(c, cmd, rsp)) {
		applet_forget_verified(c);
		c->app = MY_RESET;
		c->file = 0;
		return 0x9000;
	}
	if (c->app == MY_RESET && cmd->ins != 0xA4)
		return vreset_process(c, cmd, rsp);
	vreset_forget(c);
	sw = class_sw(cmd);
	if (sw != 0x9000)
		return sw;
	switch (cmd->cla << 8 | cmd->ins) {
	case 0x00A4:
		return select_file(c, cmd, rsp);
	case 0x00B0:
		return read_binary(c, cmd, rsp);
	case 0x00B2:
		return read_record(c, cmd, rsp);
	case 0x0020:
		return verify(c, cmd);
	case 0x0024:
		return change(c, cmd, MY_ISO);
	case 0x8032:
		return change(c, cmd, MY_JICSAP);
	case 0x0084:
		return get_challenge(cmd, rsp);
	case 0x00CA:
	case 0x80CA:
		return get_data(c, cmd, rsp);
	case 0x802A:
		return sign(c, cmd, rsp);
	case 0x80FC:
		return 0x6700; /* the iPhone token's last-command indicator, as a card refuses it */
	default:
		return 0x6D00;
	}
}

static void reset(struct vcard *c)
{
	c->app = MY_NONE;
	c->file = 0;
	applet_forget_verified(c);
	vreset_forget(c);
}

const struct vfamily vfamily_mynumber = {
	.name = "mynumber",
	.default_pins = "sign=ABC123,auth=1234,text=1234,juki=1234,"
			"code-a=123456789012,code-b=12010120350042",
	.atr = my_atr,
	.atr_len = sizeof my_atr,
	.make = my_make,
	.reset = reset,
	.process = process,
};

const struct vfamily vfamily_mynumber_mobile = {
	.name = "mynumber-mobile",
	.default_pins = "sign=ABC123,auth=1234",
	.atr = my_mobile_atr,
	.atr_len = sizeof my_mobile_atr,
	.make = my_make,
	.reset = reset,
	.process = process,
};
