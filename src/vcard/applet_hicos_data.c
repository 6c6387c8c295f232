/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HiCOS, generation 1: its files, and how a new card is made. Paths, the form of the number, the
 * version text, the places of the certificates, key references and object ids are public
 * (openhicos-pkcs11). The PKCS#15 objects are a plain reading of PKCS #15 v1.1: what real ones hold
 * is not public (the real card's explicit tagging, which OpenSC mentions, is not copied).
 */
#include "vcard/applet_hicos.h"
#include "vcard/applet_util.h"
#include "vcard/vder.h"
#include "vcard/vtlv.h"

#include <stdlib.h>
#include <string.h>

enum { HI_TRIES = 3, HI_CERT_PLACE = 0x0700, HI_NUMBER_LEN = 16 };

#define HI_TEST_HOLDER "組織及團體憑證管理中心憑證測試中心" /* the name on the issuer's own example page */

/* The three certificates in their file, and the two keys (key NULL = the CA's, which is not on the card). */
static const struct hi_object {
	const char *key, *id, *label;
	uint8_t key_ref;
	uint8_t usage[3]; /* KeyUsageFlags of the private key, a DER BIT STRING's content */
	uint8_t usage_len;
	uint32_t place;
} objects[] = {
	{.key = "sign",
	 .id = "SIGN",
	 .label = "cert1",
	 .key_ref = HI_KEY_SIGN,
	 .usage = {0x06, 0x20, 0x40}, /* sign, nonRepudiation */
	 .usage_len = 3,
	 .place = 0},
	{.key = "keyx",
	 .id = "KEYX",
	 .label = "cert2",
	 .key_ref = HI_KEY_KEYX,
	 .usage = {0x02, 0x64}, /* decrypt, sign, unwrap */
	 .usage_len = 2,
	 .place = HI_CERT_PLACE},
	{.id = "CACert", .label = "CACert", .place = 2 * HI_CERT_PLACE},
};
enum { HI_OBJECTS = sizeof objects / sizeof objects[0] };

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BITS = 0x03,
	DER_OCTETS = 0x04,
	DER_ENUM = 0x0A,
	DER_UTF8 = 0x0C,
	DER_SEQUENCE = 0x30,
	DER_TYPE_ATTRIBUTES = 0xA1, /* [1] of every PKCS#15 object */
};

/* Path ::= SEQUENCE { path, index OPTIONAL, length [0] OPTIONAL }; len 0 = the whole file. */
static void put_path(struct wr *w, uint16_t ef, uint32_t index, uint32_t len)
{
	const uint8_t path[6] = {0x3F, 0x00, 0x50, 0x30, (uint8_t)(ef >> 8), (uint8_t)ef};
	const size_t from = w->len;

	vtlv_put(w, DER_OCTETS, path, sizeof path);
	if (len > 0) {
		vder_int(w, DER_INTEGER, index);
		vder_int(w, 0x80, len);
	}
	vder_wrap(w, from, DER_SEQUENCE);
}

/* CommonObjectAttributes; a private object is the PIN's. */
static void put_common(struct wr *w, const char *label, bool private)
{
	static const uint8_t flags[] = {0x07, 0x80}; /* private */
	const size_t from = w->len;

	vder_text(w, DER_UTF8, label);
	if (private) {
		vtlv_put(w, DER_BITS, flags, sizeof flags);
		vtlv_put(w, DER_OCTETS, "\x01", 1); /* authId, as in the AODF */
	}
	vder_wrap(w, from, DER_SEQUENCE);
}

/* An entry of PrKDF and PuKDF: CommonKeyAttributes, then value and modulus length. */
static void put_key(struct wr *w, const struct hi_object *o, bool private)
{
	static const uint8_t public_usage[] = {0x01, 0x8A}; /* encrypt, wrap, verify */
	const size_t from = w->len;
	size_t inner;

	put_common(w, o->label, private);
	inner = w->len;
	vder_text(w, DER_OCTETS, o->id);
	if (private)
		vtlv_put(w, DER_BITS, o->usage, o->usage_len);
	else
		vtlv_put(w, DER_BITS, public_usage, sizeof public_usage);
	vder_int(w, DER_INTEGER, o->key_ref);
	vder_wrap(w, inner, DER_SEQUENCE);
	inner = w->len;
	put_path(w, HI_EF_KEYS, 0, 0);
	vder_int(w, DER_INTEGER, 2048);
	vder_wrap(w, inner, DER_SEQUENCE);
	vder_wrap(w, inner, DER_TYPE_ATTRIBUTES);
	vder_wrap(w, from, DER_SEQUENCE);
}

static rp_code add_keys_file(struct vcard *c, uint16_t ef, bool private, struct rp_error *err)
{
	uint8_t bytes[256];
	struct wr w = wr_of(bytes, sizeof bytes);
	size_t i;

	for (i = 0; i < HI_OBJECTS; i++)
		if (objects[i].key != NULL)
			put_key(&w, &objects[i], private);
	return applet_add_file(c, HI_FILE(HI_DF_P15, ef), &w, err);
}

/* One entry of the CDF. */
static void put_certificate(struct wr *w, const struct hi_object *o, size_t len)
{
	const size_t from = w->len;
	size_t inner;

	put_common(w, o->label, false);
	inner = w->len;
	vder_text(w, DER_OCTETS, o->id);
	if (o->key == NULL)
		vtlv_put(w, DER_BOOLEAN, "\xFF", 1); /* authority */
	vder_wrap(w, inner, DER_SEQUENCE);
	inner = w->len;
	put_path(w, HI_EF_CERTS, o->place, (uint32_t)len);
	vder_wrap(w, inner, DER_SEQUENCE);
	vder_wrap(w, inner, DER_TYPE_ATTRIBUTES);
	vder_wrap(w, from, DER_SEQUENCE);
}

/* All certificates in one file at fixed places, and the CDF that names them. */
static rp_code fill_certificates(struct vcard *c, const uint8_t *ca, size_t ca_len, struct rp_error *err)
{
	static const uint8_t empty[HI_OBJECTS * HI_CERT_PLACE];
	uint8_t cdf[384];
	struct wr w = wr_of(cdf, sizeof cdf);
	const rp_code rc = vcard_add_file(c, HI_FILE(HI_DF_P15, HI_EF_CERTS), empty, sizeof empty, err);
	const struct vfile *f = vcard_file(c, HI_FILE(HI_DF_P15, HI_EF_CERTS));
	size_t i;

	if (rc != RP_OK)
		return rc;
	for (i = 0; i < HI_OBJECTS; i++) {
		const struct vkey *k = objects[i].key == NULL ? NULL : vcard_key(c, objects[i].key);
		const uint8_t *der = k == NULL ? ca : k->cert_der;
		const size_t len = k == NULL ? ca_len : k->cert_len;

		if (len > HI_CERT_PLACE)
			return rp_fail(err, RP_E_USAGE,
				       "a certificate of %zu bytes does not fit into its place", len);
		memcpy(f->bytes + objects[i].place, der, len);
		put_certificate(&w, &objects[i], len);
	}
	return applet_add_file(c, HI_FILE(HI_DF_P15, 0x4104), &w, err);
}

static rp_code add_certificates(struct vcard *c, struct rp_error *err)
{
	uint8_t *ca = NULL;
	size_t len = 0;
	rp_code rc = applet_ca_certificate(c, &ca, &len, err);

	if (rc == RP_OK)
		rc = fill_certificates(c, ca, len, err);
	free(ca);
	return rc;
}

/* The AODF: one local PIN, 6 to 8 characters, padded with FF to 10. */
static rp_code add_pin_object(struct vcard *c, struct rp_error *err)
{
	static const uint8_t flags[] = {0x02, 0xCC}; /* case-sensitive, local, initialized, needs-padding */
	uint8_t bytes[128];
	struct wr w = wr_of(bytes, sizeof bytes);
	size_t inner;

	put_common(&w, "PIN", false);
	inner = w.len;
	vtlv_put(&w, DER_OCTETS, "\x01", 1);
	vder_wrap(&w, inner, DER_SEQUENCE);
	inner = w.len;
	vtlv_put(&w, DER_BITS, flags, sizeof flags);
	vder_int(&w, DER_ENUM, 2); /* utf8: letters count too */
	vder_int(&w, DER_INTEGER, 6);
	vder_int(&w, DER_INTEGER, 10);
	vder_int(&w, DER_INTEGER, 8);
	vder_int(&w, 0x80, 1);
	vtlv_put(&w, DER_OCTETS, "\xFF", 1);
	put_path(&w, HI_EF_PIN, 0, 0);
	vder_wrap(&w, inner, DER_SEQUENCE);
	vder_wrap(&w, inner, DER_TYPE_ATTRIBUTES);
	vder_wrap(&w, 0, DER_SEQUENCE);
	return applet_add_file(c, HI_FILE(HI_DF_P15, 0x4108), &w, err);
}

static rp_code add_token_info(struct vcard *c, struct rp_error *err)
{
	static const uint8_t flags[] = {0x05, 0x60}; /* login required, random numbers */
	uint8_t bytes[128];
	struct wr w = wr_of(bytes, sizeof bytes);

	vder_int(&w, DER_INTEGER, 0);
	vder_text(&w, DER_OCTETS, c->number);
	vder_text(&w, DER_UTF8, "Chunghwa TeleCom Co., Ltd.");
	vder_text(&w, 0x80, "HiCOS PKI Smart Card");
	vtlv_put(&w, DER_BITS, flags, sizeof flags);
	vder_wrap(&w, 0, DER_SEQUENCE);
	return applet_add_file(c, HI_FILE(HI_DF_P15, 0x5032), &w, err);
}

/* EF.DIR, with the path that was seen in it although the directory is 5030. */
static rp_code add_dir(struct vcard *c, struct rp_error *err)
{
	static const uint8_t aid[] = {0xA0, 0x00, 0x00, 0x00, 0x63, 0x50, 0x4B, 0x43, 0x53, 0x2D, 0x31, 0x35};
	static const uint8_t path[] = {0x3F, 0x00, 0x08, 0x00};
	uint8_t bytes[96];
	struct wr w = wr_of(bytes, sizeof bytes);

	vtlv_put(&w, 0x4F, aid, sizeof aid);
	vder_text(&w, 0x50, "中華電信研究所");
	vtlv_put(&w, 0x51, path, sizeof path);
	vder_wrap(&w, 0, 0x61);
	return applet_add_file(c, HI_FILE(HI_MF, 0x2F00), &w, err);
}

/* The files that are there but hold nothing to read, and those with a few fixed bytes. */
static rp_code add_small_files(struct vcard *c, struct rp_error *err)
{
	static const uint8_t nothing[2] = {0};
	static const char version[] = "CHT V32N";
	/* DODF and its objects; secrets */
	static const uint16_t empty[] = {0x4107, 0x0870, HI_EF_PIN, HI_EF_KEYS};
	rp_code rc = vcard_add_file(c, HI_FILE(HI_DF_NUMBER, 0x0903), c->number, HI_NUMBER_LEN, err);
	size_t i;

	if (rc == RP_OK)
		rc = vcard_add_file(c, HI_FILE(HI_DF_NUMBER, 0x0905), version, sizeof version - 1, err);
	for (i = 0; rc == RP_OK && i < sizeof empty / sizeof empty[0]; i++)
		rc = vcard_add_file(c, HI_FILE(HI_DF_P15, empty[i]), nothing, sizeof nothing, err);
	return rc;
}

static rp_code set_number(struct vcard *c, struct rp_error *err)
{
	const rp_code rc = applet_number(c, HI_NUMBER_LEN, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
					 "XC00000000091349", err);

	if (rc == RP_OK &&
	    (strcspn(c->number, "0123456789") != 2 || strspn(c->number + 2, "0123456789") != 14))
		return rp_fail(err, RP_E_USAGE,
			       "the number of a hicos card is two capital letters and 14 digits");
	return rc;
}

static rp_code add_keys(struct vcard *c, struct rp_error *err)
{
	const char *holder = c->spec->holder != NULL ? c->spec->holder : HI_TEST_HOLDER;
	rp_code rc = applet_add_key(c, "sign", true, "O=", holder, ",C=TW", err);

	if (rc == RP_OK)
		rc = applet_add_key(c, "keyx", false, "O=", holder, ",C=TW", err);
	if (rc == RP_OK)
		rc = add_keys_file(c, 0x4100, true, err);
	return rc == RP_OK ? add_keys_file(c, 0x4101, false, err) : rc;
}

rp_code hicos_make(struct vcard *c, struct rp_error *err)
{
	static rp_code (*const steps[])(struct vcard *, struct rp_error *) = {
		set_number,	add_keys, add_certificates, add_pin_object,
		add_token_info, add_dir,  add_small_files,
	};
	rp_code rc = RP_OK;
	size_t i;

	if (vcard_add_pin(c, "pin", RP_SLOT_PIN, HI_TRIES) == NULL)
		return rp_fail(err, RP_E_FAULT, "the virtual card has no room for its PIN");
	for (i = 0; rc == RP_OK && i < sizeof steps / sizeof steps[0]; i++)
		rc = steps[i](c, err);
	return rc;
}
