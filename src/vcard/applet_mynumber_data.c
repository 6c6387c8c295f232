/* SPDX-License-Identifier: Apache-2.0 */
/*
 * My Number Card: its files, and how a new card is made. Layouts are those that jpki/myna and
 * soltia48/myna-card read; every value is made up, and nobody's: the individual number fails its
 * check digit, the address and the name do not exist.
 *
 * Ours, because nothing is public: the tries of the codes (10); a card without signature PIN has
 * neither that PIN's files (6A82) nor its mark in 0008. Files that hold the authorities' keys and
 * signatures, or pictures, are not on this card (6A82): text 0003 to 0008, visual 0003 to 0006.
 */
#include "vcard/applet_mynumber.h"
#include "vcard/applet_util.h"
#include "vcard/vder.h"
#include "vcard/vtlv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MY_SIGN_TRIES = 5, MY_TRIES = 3, MY_CODE_TRIES = 10 };
enum { MY_NUMBER_LEN = 15, MY_MOBILE_NUMBER_LEN = 16, MY_MUNICIPALITY_LEN = 5 };

#define MY_DIGITS "0123456789"
#define MY_HOLDER "見本　花子"
#define MY_ADDRESS "東京都見本市見本町１丁目２番３号"
#define MY_BIRTH "20000101"
#define MY_SEX "2"
#define MY_EXPIRY "20350101"
#define MY_MUNICIPALITY "13225" /* the town of the example counter */

static const uint8_t aids[][MY_AID_LEN] = {
	[MY_JPKI] = {0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01},
	[MY_TEXT] = {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08},
	[MY_VISUAL] = {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02},
	[MY_JUKI] = {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x01},
	[MY_COMMON] = {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00},
};

/*
 * Files, keys and references: OpenSC (jpki.h, pkcs15-jpki.c), myna-card (src/ap/). Who opens what: the same,
 * and myna (src/cli.rs) for 000A of the phone. Who is changed how: myna-card.
 */
static const struct my_ef efs[] = {
	{.app = MY_JPKI, .fid = 0x01, .kind = MY_DATA, .need = {"sign"}, .on = MY_BOTH},
	{.app = MY_JPKI, .fid = 0x02, .kind = MY_DATA, .on = MY_BOTH},
	{.app = MY_JPKI, .fid = 0x06, .kind = MY_DATA, .on = MY_BOTH},
	{.app = MY_JPKI, .fid = 0x08, .kind = MY_DATA, .on = MY_BOTH},
	{.app = MY_JPKI, .fid = 0x0A, .kind = MY_DATA, .on = MY_CARD},
	{.app = MY_JPKI, .fid = 0x0A, .kind = MY_DATA, .need = {"auth"}, .on = MY_MOBILE},
	{.app = MY_JPKI, .fid = 0x0B, .kind = MY_DATA, .on = MY_BOTH},
	{.app = MY_JPKI, .fid = 0x17, .kind = MY_KEY, .id = "auth", .need = {"auth"}, .on = MY_BOTH},
	{.app = MY_JPKI, .fid = 0x18, .kind = MY_PIN, .id = "auth", .change = MY_ISO, .on = MY_BOTH},
	{.app = MY_JPKI, .fid = 0x1A, .kind = MY_KEY, .id = "sign", .need = {"sign"}, .on = MY_BOTH},
	{.app = MY_JPKI, .fid = 0x1B, .kind = MY_PIN, .id = "sign", .change = MY_ISO, .on = MY_BOTH},
	{.app = MY_TEXT, .fid = 0x01, .kind = MY_DATA, .need = {"text", "code-a"}, .on = MY_CARD},
	{.app = MY_TEXT, .fid = 0x02, .kind = MY_DATA, .need = {"text", "code-b"}, .on = MY_CARD},
	{.app = MY_TEXT, .fid = 0x11, .kind = MY_PIN, .id = "text", .change = MY_ISO, .on = MY_CARD},
	{.app = MY_TEXT, .fid = 0x12, .kind = MY_PIN, .id = NULL, .on = MY_CARD},
	{.app = MY_TEXT, .fid = 0x14, .kind = MY_PIN, .id = "code-a", .on = MY_CARD},
	{.app = MY_TEXT, .fid = 0x15, .kind = MY_PIN, .id = "code-b", .on = MY_CARD},
	{.app = MY_VISUAL, .fid = 0x01, .kind = MY_DATA, .need = {"visual-birth"}, .on = MY_CARD},
	{.app = MY_VISUAL, .fid = 0x02, .kind = MY_DATA, .need = {"visual-b", "visual-a"}, .on = MY_CARD},
	{.app = MY_VISUAL, .fid = 0x11, .kind = MY_PIN, .id = "visual-birth", .on = MY_CARD},
	{.app = MY_VISUAL, .fid = 0x12, .kind = MY_PIN, .id = "visual-b", .on = MY_CARD},
	{.app = MY_VISUAL, .fid = 0x13, .kind = MY_PIN, .id = "visual-a", .on = MY_CARD},
	{.app = MY_JUKI, .fid = 0x1C, .kind = MY_PIN, .id = "juki", .change = MY_JICSAP, .on = MY_CARD},
	{.app = MY_COMMON, .fid = 0x01, .kind = MY_RECORD, .on = MY_CARD},
	{.app = MY_COMMON,
	 .fid = 0x1C,
	 .kind = MY_PIN,
	 .id = "juki-common",
	 .change = MY_JICSAP,
	 .on = MY_CARD},
};

static bool is_mobile(const struct vcard *c)
{
	return c->family == &vfamily_mynumber_mobile;
}

static bool is_there(struct vcard *c, const struct my_ef *ef)
{
	switch (ef->kind) {
	case MY_PIN:
		return ef->id == NULL || applet_pin(c, ef->id) != NULL;
	case MY_KEY:
		return vcard_key(c, ef->id) != NULL;
	case MY_DATA:
	case MY_RECORD:
		return vcard_file(c, MY_FILE(ef->app, ef->fid)) != NULL;
	}
	return false;
}

const struct my_ef *my_ef_find(struct vcard *c, int app, uint32_t fid)
{
	const uint8_t on = is_mobile(c) ? MY_MOBILE : MY_CARD;
	size_t i;

	for (i = 0; i < sizeof efs / sizeof efs[0]; i++)
		if (efs[i].app == app && efs[i].fid == fid && (efs[i].on & on) != 0)
			return is_there(c, &efs[i]) ? &efs[i] : NULL;
	return NULL;
}

int my_app_find(const struct vcard *c, const uint8_t *name, size_t len)
{
	const int last = is_mobile(c) ? MY_JPKI : MY_COMMON;
	int app;

	if (len == 0 || len > MY_AID_LEN)
		return MY_NONE;
	for (app = MY_JPKI; app <= last; app++)
		if (memcmp(aids[app], name, len) == 0)
			return app;
	return MY_NONE;
}

const uint8_t *my_app_aid(int app)
{
	return app >= MY_JPKI && app <= MY_COMMON ? aids[app] : NULL;
}

/* EF 0006, a CK_TOKEN_INFO of PKCS#11 with big-endian numbers (myna-card, src/ap/jpki.rs). */
static rp_code add_token_info(struct vcard *c, struct rp_error *err)
{
	uint8_t bytes[160];
	struct wr w = wr_of(bytes, sizeof bytes);
	char text[33];

	snprintf(text, sizeof text, "%-32s", is_mobile(c) ? "JPKIAPGPSETOKEN" : "JPKIAPICCTOKEN2");
	wr_put(&w, text, 32);
	wr_fill(&w, '0', 30);
	wr_put(&w, "01", 2);
	wr_put(&w, "E16R01NJ        ", 16);
	snprintf(text, sizeof text, "%016llu", strtoull(c->number, NULL, 10));
	wr_put(&w, text, 16);
	wr_u32(&w, 0x0000040D); /* RNG, login required, user PIN and token initialised */
	wr_u32(&w, 1);		/* sessions: at most, now; then the same for writing */
	wr_u32(&w, 0);
	wr_u32(&w, 1);
	wr_u32(&w, 0);
	wr_u32(&w, 16); /* PIN at most, at least */
	wr_u32(&w, 6);
	wr_fill(&w, 0xFF, 16); /* memory sizes: not available */
	wr_put(&w, "0301", 4);
	wr_fill(&w, '9', 16);
	return applet_add_file(c, MY_FILE(MY_JPKI, 0x0006), &w, err);
}

static rp_code add_certificate(struct vcard *c, uint32_t fid, const char *key_id, struct rp_error *err)
{
	const struct vkey *k = vcard_key(c, key_id);

	return vcard_add_file(c, MY_FILE(MY_JPKI, fid), k->cert_der, k->cert_len, err);
}

/* The name stands in the signature certificate alone: the other one can be read by everybody. */
static rp_code add_keys(struct vcard *c, const char *holder, struct rp_error *err)
{
	rp_code rc = RP_OK;

	if (applet_pin(c, "auth") != NULL) {
		rc = applet_add_key(c, "auth", false, "CN=", c->number,
				    ",OU=user authentication,O=Repin virtual card,C=JP", err);
		if (rc == RP_OK)
			rc = add_certificate(c, 0x000A, "auth", err);
	}
	if (rc == RP_OK && applet_pin(c, "sign") != NULL) {
		rc = applet_add_key(c, "sign", true, "CN=", holder, ",OU=signature,O=Repin virtual card,C=JP",
				    err);
		if (rc == RP_OK)
			rc = add_certificate(c, 0x0001, "sign", err);
	}
	return rc;
}

/* One test CA stands for both authorities. */
static rp_code add_ca(struct vcard *c, struct rp_error *err)
{
	uint8_t *der = NULL;
	size_t len = 0;
	rp_code rc = applet_ca_certificate(c, &der, &len, err);

	if (rc == RP_OK)
		rc = vcard_add_file(c, MY_FILE(MY_JPKI, 0x0002), der, len, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, MY_FILE(MY_JPKI, 0x000B), der, len, err);
	free(der);
	return rc;
}

/* 8F = there; 00 = not is a guess of myna-card's, and so ours. */
static rp_code add_jpki(struct vcard *c, struct rp_error *err)
{
	const uint8_t there[3] = {applet_pin(c, "sign") != NULL ? 0x8F : 0x00,
				  applet_pin(c, "auth") != NULL ? 0x8F : 0x00, 0x00};
	rp_code rc = add_token_info(c, err);

	if (rc == RP_OK)
		rc = add_ca(c, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, MY_FILE(MY_JPKI, 0x0008), there, sizeof there, err);
	return rc;
}

/* FF20 { DF21 offsets from the start of the file, DF22 name, DF23 address, DF24 birth, DF25 sex }. */
static rp_code add_attributes(struct vcard *c, const char *holder, struct rp_error *err)
{
	const char *values[4] = {holder, MY_ADDRESS, MY_BIRTH, MY_SEX};
	uint8_t bytes[512], inside[480], table[8];
	struct wr w = wr_of(bytes, sizeof bytes), in = wr_of(inside, sizeof inside);
	struct wr t = wr_of(table, sizeof table);
	size_t at[4], i;

	for (i = 0; i < 4; i++) {
		at[i] = in.len;
		vder_text(&in, 0xDF22 + (uint32_t)i, values[i]);
	}
	/* The table counts from the start of the file, its own head included. */
	vtlv_head(&w, 0xFF20, 2 + 1 + sizeof table + in.len);
	for (i = 0; i < 4; i++)
		wr_u16(&t, (uint16_t)(w.len + 2 + 1 + sizeof table + at[i]));
	vtlv_put(&w, 0xDF21, table, sizeof table);
	wr_put(&w, inside, in.len);
	w.failed = w.failed || in.failed;
	return applet_add_file(c, MY_FILE(MY_TEXT, 0x0002), &w, err);
}

static rp_code add_text(struct vcard *c, const char *holder, struct rp_error *err)
{
	const struct vpin *code_a = applet_pin(c, "code-a");
	uint8_t bytes[17];
	struct wr w = wr_of(bytes, sizeof bytes);

	vtlv_head(&w, 0xFF10, 12);
	if (code_a != NULL && code_a->len == 12)
		wr_put(&w, code_a->value, 12);
	else
		wr_fill(&w, '0', 12);
	wr_fill(&w, 0xFF, 2);
	if (applet_add_file(c, MY_FILE(MY_TEXT, 0x0001), &w, err) != RP_OK)
		return RP_E_FAULT;
	return add_attributes(c, holder, err);
}

/* Without what makes them useful elsewhere: pictures and signatures. */
static rp_code add_visual(struct vcard *c, struct rp_error *err)
{
	uint8_t birth[32], face[64];
	struct wr b = wr_of(birth, sizeof birth), f = wr_of(face, sizeof face);
	rp_code rc;

	vder_text(&b, 0xDF11, MY_BIRTH);
	vder_wrap(&b, 0, 0xFF10);
	vder_text(&f, 0xDF22, MY_BIRTH);
	vder_text(&f, 0xDF23, MY_SEX);
	vder_text(&f, 0xDF29, MY_EXPIRY);
	vder_wrap(&f, 0, 0xFF20);
	rc = applet_add_file(c, MY_FILE(MY_VISUAL, 0x0001), &b, err);
	return rc == RP_OK ? applet_add_file(c, MY_FILE(MY_VISUAL, 0x0002), &f, err) : rc;
}

/*
 * The record of the common application as myna-card found it: tag 01, length 1C, and 28
 * digits: serial (15), municipality (5), expiry (8). The same values stand in data objects.
 */
static rp_code add_common(struct vcard *c, struct rp_error *err)
{
	const char *town = c->spec->municipality != NULL ? c->spec->municipality : MY_MUNICIPALITY;
	uint8_t bytes[30];
	struct wr w = wr_of(bytes, sizeof bytes);
	rp_code rc;

	if (strlen(town) != MY_MUNICIPALITY_LEN || strspn(town, MY_DIGITS) != MY_MUNICIPALITY_LEN)
		return rp_fail(err, RP_E_USAGE, "a municipality has %d digits", MY_MUNICIPALITY_LEN);
	vtlv_head(&w, 0x01, MY_NUMBER_LEN + MY_MUNICIPALITY_LEN + strlen(MY_EXPIRY));
	wr_put(&w, c->number, MY_NUMBER_LEN);
	wr_put(&w, town, MY_MUNICIPALITY_LEN);
	wr_put(&w, MY_EXPIRY, strlen(MY_EXPIRY));
	rc = applet_add_file(c, MY_FILE(MY_COMMON, 0x0001), &w, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, MY_FILE(MY_NONE, 0x0045), c->number, MY_NUMBER_LEN, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, MY_FILE(MY_NONE, 0x00F0), town, MY_MUNICIPALITY_LEN, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, MY_FILE(MY_NONE, 0x00F2), MY_EXPIRY, strlen(MY_EXPIRY), err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, MY_FILE(MY_NONE, 0x5F51), c->family->atr + 1, c->family->atr_len - 1,
				    err);
	return rc;
}

/* The visual application repeats the codes of the text application, with counters of their own. */
static bool add_visual_pin(struct vcard *c, const char *id, const struct vpin *from, size_t len)
{
	struct vpin *p = vcard_add_pin(c, id, RP_SLOT_NONE, MY_CODE_TRIES);

	if (p == NULL)
		return false;
	p->set = from != NULL && from->len >= len;
	if (p->set) {
		memcpy(p->value, from->value, len);
		p->len = (uint8_t)len;
	}
	return true;
}

static bool add_card_pins(struct vcard *c)
{
	const struct vpin *code_a, *code_b;

	if (vcard_add_pin(c, "text", RP_SLOT_TEXT, MY_TRIES) == NULL ||
	    vcard_add_pin(c, "juki", RP_SLOT_JUKI, MY_TRIES) == NULL ||
	    vcard_add_pin(c, "juki-common", RP_SLOT_JUKI, MY_TRIES) == NULL ||
	    vcard_add_pin(c, "code-a", RP_SLOT_CODE_A, MY_CODE_TRIES) == NULL ||
	    vcard_add_pin(c, "code-b", RP_SLOT_CODE_B, MY_CODE_TRIES) == NULL)
		return false;
	code_a = applet_pin(c, "code-a");
	code_b = applet_pin(c, "code-b");
	return add_visual_pin(c, "visual-birth", code_b, 6) &&
	       add_visual_pin(c, "visual-b", code_b, code_b == NULL ? 0 : code_b->len) &&
	       add_visual_pin(c, "visual-a", code_a, code_a == NULL ? 0 : code_a->len);
}

rp_code my_make(struct vcard *c, struct rp_error *err)
{
	const char *holder = c->spec->holder != NULL ? c->spec->holder : MY_HOLDER;
	rp_code rc;

	rc = is_mobile(c) ? applet_number(c, MY_MOBILE_NUMBER_LEN, MY_DIGITS, "2000000000000001", err)
			  : applet_number(c, MY_NUMBER_LEN, MY_DIGITS, "123456789012345", err);
	if (rc != RP_OK)
		return rc;
	if (vcard_add_pin(c, "sign", RP_SLOT_SIGN, MY_SIGN_TRIES) == NULL ||
	    vcard_add_pin(c, "auth", RP_SLOT_AUTH, MY_TRIES) == NULL || (!is_mobile(c) && !add_card_pins(c)))
		return rp_fail(err, RP_E_FAULT, "the virtual card has no room for its PINs");
	rc = add_keys(c, holder, err);
	if (rc == RP_OK)
		rc = add_jpki(c, err);
	if (rc != RP_OK || is_mobile(c))
		return rc;
	rc = add_text(c, holder, err);
	if (rc == RP_OK)
		rc = add_visual(c, err);
	return rc == RP_OK ? add_common(c, err) : rc;
}
