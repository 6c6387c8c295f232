/* SPDX-License-Identifier: Apache-2.0 */
/* The data objects of OpenPGP card 3.4: sections 4.3 and 4.4, and the commands on them. */
#include "vcard/applet_openpgp.h"

#include "vcard/applet_util.h"
#include "vcard/vtlv.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Tells apart the occurrences of the cardholder certificate: authentication, decryption, signature. */
#define CERT_FILE(occurrence) (0x7F2100u | (occurrence))
#define CERT_MAX 2048
#define OCCURRENCES 3

/* The keys count as made at this moment (2026-01-01 UTC), so that fingerprints do not move. */
#define KEY_TIME 1767225600u

enum access { ACCESS_ALWAYS, ACCESS_PW1, ACCESS_PW3, ACCESS_NEVER };

/* 4.4: objects that are stored as they are. */
static const struct object {
	uint16_t tag;
	enum access get, put;
	size_t max;
} objects[] = {
	{0x005B, ACCESS_ALWAYS, ACCESS_PW3, 39},  /* name */
	{0x005E, ACCESS_ALWAYS, ACCESS_PW3, 255}, /* login data */
	{0x5F2D, ACCESS_ALWAYS, ACCESS_PW3, 8},	  /* language preferences */
	{0x5F35, ACCESS_ALWAYS, ACCESS_PW3, 1},	  /* sex */
	{0x5F50, ACCESS_ALWAYS, ACCESS_PW3, 255}, /* URL of the public key */
	{0x0101, ACCESS_ALWAYS, ACCESS_PW1, 255}, /* private use */
	{0x0102, ACCESS_ALWAYS, ACCESS_PW3, 255},
	{0x0103, ACCESS_PW1, ACCESS_PW1, 255},
	{0x0104, ACCESS_PW3, ACCESS_PW3, 255},
	{0x00C7, ACCESS_NEVER, ACCESS_PW3, 20}, /* fingerprints: signature, decryption, authentication */
	{0x00C8, ACCESS_NEVER, ACCESS_PW3, 20},
	{0x00C9, ACCESS_NEVER, ACCESS_PW3, 20},
	{0x00CA, ACCESS_NEVER, ACCESS_PW3, 20}, /* fingerprints of certifying keys */
	{0x00CB, ACCESS_NEVER, ACCESS_PW3, 20},
	{0x00CC, ACCESS_NEVER, ACCESS_PW3, 20},
	{0x00CE, ACCESS_NEVER, ACCESS_PW3, 4}, /* dates of the keys */
	{0x00CF, ACCESS_NEVER, ACCESS_PW3, 4},
	{0x00D0, ACCESS_NEVER, ACCESS_PW3, 4},
};

static const struct object *object_of(uint16_t tag)
{
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
		if (objects[i].tag == tag)
			return &objects[i];
	}
	return NULL;
}

static bool allowed(const struct pgp *s, enum access a)
{
	switch (a) {
	case ACCESS_ALWAYS:
		return true;
	case ACCESS_PW1:
		return s->other_ok;
	case ACCESS_PW3:
		return s->admin_ok;
	case ACCESS_NEVER:
		break;
	}
	return false;
}

/* 4.2.1: RID, application, version 3.4, maker, serial number, two zeros. */
void pgp_aid(const struct vcard *c, uint8_t ret[16])
{
	static const uint8_t front[] = {0xD2, 0x76, 0x00, 0x01, 0x24, 0x01, 0x03, 0x04};
	size_t len = 0;

	memset(ret, 0, 16);
	memcpy(ret, front, sizeof front);
	/* Twelve digits, seen to when the card was made; a state file of other making gives zeros. */
	(void)hex_read(c->number, ret + sizeof front, 6, &len);
}

/* 3.4: 6. Service data and capabilities: selection by partial name too, chaining, extended length. */
static const uint8_t historical[] = {0x00, 0x31, 0xC5, 0x73, 0xC0, 0x01, 0xC0, 0x00, 0x90, 0x00};
/* Extended capabilities: GET CHALLENGE (255), PW status changeable, private objects, certificates. */
static const uint8_t capabilities[] = {0x58, 0x00, 0x00, 0xFF, CERT_MAX >> 8, CERT_MAX & 0xFF,
				       0x00, 0xFF, 0x00, 0x00};
/* Algorithm attributes: RSA, 2048 bits, exponent of 32 bits, private keys in standard form. */
static const uint8_t rsa_2048[] = {0x01, 0x08, 0x00, 0x00, 0x20, 0x00};
/* Extended length information: bytes of the longest command and answer. */
static const uint8_t lengths[] = {0x02, 0x02, 0x0C, 0x00, 0x02, 0x02, 0x0C, 0x00};

static void put_file(struct wr *out, uint32_t tag, struct vcard *c, uint32_t id)
{
	const struct vfile *f = vcard_file(c, id);

	vtlv_put(out, tag, f == NULL ? NULL : f->bytes, f == NULL ? 0 : f->len);
}

/* Three objects as one, each with its own number of bytes: C5, C6, CD. */
static void put_three(struct wr *out, uint8_t tag, struct vcard *c, const uint8_t files[3], size_t each)
{
	vtlv_head(out, tag, 3 * each);
	for (size_t i = 0; i < 3; i++) {
		const struct vfile *f = vcard_file(c, files[i]);

		if (f != NULL && f->len == each)
			wr_put(out, f->bytes, each);
		else
			wr_fill(out, 0, each);
	}
}

/* PW status bytes: validity of PW1, three longest lengths, three counters. */
static void put_pw_status(struct vcard *c, struct wr *out)
{
	const struct vpin *pw1 = applet_pin(c, "pw1"), *rc = applet_pin(c, "rc"), *pw3 = applet_pin(c, "pw3");

	wr_u8(out, pgp_one_signature(c) ? 0x00 : 0x01);
	wr_fill(out, PGP_PW_MAX, 3);
	wr_u8(out, pw1 == NULL ? 0 : pw1->tries);
	wr_u8(out, rc == NULL ? 0 : rc->tries);
	wr_u8(out, pw3 == NULL ? 0 : pw3->tries);
}

/* Key information: 00 no key, 02 a key that was brought in. */
static void put_key_status(struct vcard *c, struct wr *out)
{
	wr_u8(out, 0x01);
	wr_u8(out, vcard_key(c, "sign") != NULL ? 0x02 : 0x00);
	wr_u8(out, 0x02);
	wr_u8(out, 0x00);
	wr_u8(out, 0x03);
	wr_u8(out, vcard_key(c, "auth") != NULL ? 0x02 : 0x00);
}

static void put_discretionary(struct vcard *c, struct wr *out)
{
	static const uint8_t fingerprints[3] = {0xC7, 0xC8, 0xC9}, certifiers[3] = {0xCA, 0xCB, 0xCC},
			     dates[3] = {0xCE, 0xCF, 0xD0};

	vtlv_put(out, 0xC0, capabilities, sizeof capabilities);
	for (uint8_t tag = 0xC1; tag <= 0xC3; tag++)
		vtlv_put(out, tag, rsa_2048, sizeof rsa_2048);
	vtlv_head(out, 0xC4, 7);
	put_pw_status(c, out);
	put_three(out, 0xC5, c, fingerprints, 20);
	put_three(out, 0xC6, c, certifiers, 20);
	put_three(out, 0xCD, c, dates, 4);
	vtlv_head(out, 0xDE, 6);
	put_key_status(c, out);
}

static void put_application_related(struct vcard *c, struct wr *out)
{
	uint8_t inner[512], discretionary[384], aid[16];
	struct wr in = wr_of(inner, sizeof inner), d = wr_of(discretionary, sizeof discretionary);

	pgp_aid(c, aid);
	put_discretionary(c, &d);
	vtlv_put(&in, 0x4F, aid, sizeof aid);
	vtlv_put(&in, 0x5F52, historical, sizeof historical);
	vtlv_put(&in, 0x7F66, lengths, sizeof lengths);
	vtlv_put(&in, 0x73, d.p, d.len);
	vtlv_put(out, 0x6E, in.p, in.len);
	if (d.failed || in.failed)
		out->failed = true;
}

static void put_cardholder(struct vcard *c, struct wr *out)
{
	uint8_t inner[128];
	struct wr in = wr_of(inner, sizeof inner);

	put_file(&in, 0x5B, c, 0x5B);
	put_file(&in, 0x5F2D, c, 0x5F2D);
	put_file(&in, 0x5F35, c, 0x5F35);
	vtlv_put(out, 0x65, in.p, in.len);
	if (in.failed)
		out->failed = true;
}

/* Objects that are put together when they are asked for; false when the tag is none of them. */
static bool put_composed(struct vcard *c, uint16_t tag, struct wr *out)
{
	uint8_t aid[16];

	switch (tag) {
	case 0x004F:
		pgp_aid(c, aid);
		wr_put(out, aid, sizeof aid);
		return true;
	case 0x5F52:
		wr_put(out, historical, sizeof historical);
		return true;
	case 0x0065:
		put_cardholder(c, out);
		return true;
	case 0x006E:
		put_application_related(c, out);
		return true;
	case 0x007A:
		vtlv_head(out, 0x7A, 5);
		put_file(out, 0x93, c, PGP_FILE_SIGNATURES);
		return true;
	case 0x7F66:
		vtlv_put(out, 0x7F66, lengths, sizeof lengths);
		return true;
	case 0x00C4:
		put_pw_status(c, out);
		return true;
	default:
		return false;
	}
}

static uint16_t give_file(struct vcard *c, uint32_t id, struct wr *out)
{
	const struct vfile *f = vcard_file(c, id);

	if (f == NULL)
		return 0x6A88;
	wr_put(out, f->bytes, f->len);
	return 0x9000;
}

uint16_t pgp_get_data(struct vcard *c, const struct pgp *s, const struct vcmd *cmd, struct wr *out)
{
	const uint16_t tag = (uint16_t)(cmd->p1 << 8 | cmd->p2);
	const struct object *o = object_of(tag);

	if (cmd->lc != 0)
		return 0x6700;
	if (put_composed(c, tag, out))
		return 0x9000;
	if (tag == 0x7F21)
		return give_file(c, CERT_FILE(s->occurrence), out);
	if (o == NULL || o->get == ACCESS_NEVER)
		return 0x6A88;
	return allowed(s, o->get) ? give_file(c, tag, out) : 0x6982;
}

/* An empty resetting code takes it away; its counter is then told as zero. */
static uint16_t put_resetting_code(struct vcard *c, const struct vcmd *cmd)
{
	struct vpin *rc = vcard_pin(c, "rc");
	struct vpin before;

	if (rc == NULL)
		return 0x6A88;
	if (cmd->lc != 0 && (cmd->lc < PGP_PW3_MIN || cmd->lc > PGP_PW_MAX))
		return 0x6A80;
	before = *rc;
	rc->set = cmd->lc != 0;
	if (rc->set) {
		if (vpin_set(c, rc, cmd->data, cmd->lc, 0))
			return 0x9000;
	} else {
		rc->len = 0;
		rc->tries = rc->max;
		if (vcard_save(c))
			return 0x9000;
	}
	*rc = before;
	return 0x6581;
}

static uint16_t put_pw_validity(struct vcard *c, const struct vcmd *cmd)
{
	if (cmd->lc != 1 || cmd->data[0] > 1)
		return 0x6A80;
	return vstd_write_file(c, PGP_FILE_ONE_SIGNATURE, cmd->data, 1) ? 0x9000 : 0x6581;
}

uint16_t pgp_put_data(struct vcard *c, struct pgp *s, const struct vcmd *cmd)
{
	const uint16_t tag = (uint16_t)(cmd->p1 << 8 | cmd->p2);
	const struct object *o = object_of(tag);
	const bool special = tag == 0x00C4 || tag == 0x00D3 || tag == 0x7F21;
	uint32_t id;

	if (!special && o == NULL)
		return 0x6A88;
	if (!allowed(s, special ? ACCESS_PW3 : o->put))
		return 0x6982;
	if (tag == 0x00D3)
		return put_resetting_code(c, cmd);
	if (tag == 0x00C4)
		return put_pw_validity(c, cmd);
	if (cmd->lc > (special ? (size_t)CERT_MAX : o->max))
		return 0x6A80;
	id = special ? CERT_FILE(s->occurrence) : tag;
	return vstd_write_file(c, id, cmd->data, cmd->lc) ? 0x9000 : 0x6581;
}

uint16_t pgp_select_data(struct pgp *s, const struct vcmd *cmd)
{
	struct rd list, name;

	if (cmd->p2 != 0x04)
		return 0x6A86;
	if (!vtlv_find(rd_of(cmd->data, cmd->lc), 0x60, &list) || !vtlv_find(list, 0x5C, &name) ||
	    rd_u16(&name) != 0x7F21 || !rd_done(&name))
		return 0x6A80;
	if (cmd->p1 >= OCCURRENCES)
		return 0x6A88;
	s->occurrence = cmd->p1;
	return 0x9000;
}

bool pgp_count_signature(struct vcard *c)
{
	const struct vfile *f = vcard_file(c, PGP_FILE_SIGNATURES);
	uint8_t next[3];

	if (f == NULL || f->len != sizeof next)
		return false;
	memcpy(next, f->bytes, sizeof next);
	/* Three bytes; a full counter stays full. */
	if (memcmp(next, "\xFF\xFF\xFF", 3) != 0) {
		for (size_t i = sizeof next; i-- > 0 && ++next[i] == 0;)
			continue;
	}
	return vstd_write_file(c, PGP_FILE_SIGNATURES, next, sizeof next);
}

bool pgp_one_signature(struct vcard *c)
{
	const struct vfile *f = vcard_file(c, PGP_FILE_ONE_SIGNATURE);

	return f == NULL || f->len != 1 || f->bytes[0] == 0;
}

/* --- a new card --- */

/* RFC 4880, 12.2: SHA-1 over the public key packet of version 4. */
static bool fingerprint(const struct vkey *key, uint8_t ret[20])
{
	uint8_t packet[512];
	struct wr w = wr_of(packet, sizeof packet);
	struct vstd_public k;
	unsigned bits = 8;

	if (key == NULL || !vstd_public_key(key, &k))
		return false;
	for (uint8_t b = k.e[0]; bits > 0 && (b & 0x80) == 0; b = (uint8_t)(b << 1))
		bits--;
	wr_u8(&w, 0x99);
	wr_u16(&w, (uint16_t)(6 + 2 + sizeof k.n + 2 + k.e_len));
	wr_u8(&w, 4);
	wr_u32(&w, KEY_TIME);
	wr_u8(&w, 1);
	wr_u16(&w, (uint16_t)(8 * sizeof k.n));
	wr_put(&w, k.n, sizeof k.n);
	wr_u16(&w, (uint16_t)(8 * (k.e_len - 1) + bits));
	wr_put(&w, k.e, k.e_len);
	return !w.failed && gnutls_hash_fast(GNUTLS_DIG_SHA1, packet, w.len, ret) == 0;
}

static rp_code add_key_objects(struct vcard *c, const char *id, uint8_t print_tag, uint8_t date_tag,
			       unsigned cert, struct rp_error *err)
{
	const struct vkey *key = vcard_key(c, id);
	uint8_t print[20], date[4];
	struct wr w = wr_of(date, sizeof date);
	rp_code rc;

	if (key == NULL || key->cert_len > CERT_MAX || !fingerprint(key, print))
		return rp_fail(err, RP_E_FAULT, "the key %s cannot be described", id);
	wr_u32(&w, KEY_TIME);
	rc = vcard_add_file(c, print_tag, print, sizeof print, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, date_tag, date, sizeof date, err);
	return rc != RP_OK ? rc : vcard_add_file(c, CERT_FILE(cert), key->cert_der, key->cert_len, err);
}

/* The family name, then << and the given names, blanks as <. The last word is taken for the family name. */
static size_t name_of(const char *holder, char *ret, size_t cap)
{
	const char *family = strrchr(holder, ' ');
	size_t n = 0;

	if (family != NULL) {
		for (const char *p = family + 1; *p != '\0' && n < cap; p++)
			ret[n++] = *p;
		for (int i = 0; i < 2 && n < cap; i++)
			ret[n++] = '<';
	}
	for (const char *p = holder; *p != '\0' && p != family && n < cap; p++)
		ret[n++] = *p == ' ' ? '<' : *p;
	return n;
}

static rp_code add_empty_rest(struct vcard *c, struct rp_error *err)
{
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
		rp_code rc;

		if (vcard_file(c, objects[i].tag) != NULL)
			continue;
		rc = vcard_add_file(c, objects[i].tag, "", 0, err);
		if (rc != RP_OK)
			return rc;
	}
	return RP_OK;
}

rp_code pgp_make_objects(struct vcard *c, struct rp_error *err)
{
	char name[39];
	const size_t n = name_of(vstd_holder(c), name, sizeof name);
	rp_code rc = vcard_add_file(c, 0x5B, name, n, err);

	if (rc == RP_OK)
		rc = vcard_add_file(c, 0x5F2D, "en", 2, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, 0x5F35, "0", 1, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, PGP_FILE_SIGNATURES, "\0\0\0", 3, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, PGP_FILE_ONE_SIGNATURE, "\1", 1, err);
	if (rc == RP_OK)
		rc = add_key_objects(c, "sign", 0xC7, 0xCE, 2, err);
	if (rc == RP_OK)
		rc = add_key_objects(c, "auth", 0xC9, 0xD0, 0, err);
	return rc != RP_OK ? rc : add_empty_rest(c, err);
}
