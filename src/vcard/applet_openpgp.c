/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenPGP application as in "Functional Specification of the OpenPGP application on ISO
 * Smart Card Operating Systems", version 3.4: PW1 (81 for signatures, 82 for all else),
 * PW3 (83), the resetting code, a signature key and an authentication key (RSA-2048). The
 * card number is the maker's number (4 hexadecimal digits) and the serial number (8); a
 * serial number alone is one of the maker FFFF, which marks a test card. Not there:
 * decryption key, key import and generation, KDF-DO.
 *
 * Where the specification leaves a choice:
 *   - Any value that is presented and is not the password is a wrong one and is counted,
 *     whatever its length.
 *   - In CHANGE REFERENCE DATA and RESET RETRY COUNTER the old value is tried before the
 *     new one is looked at, so the length of the old one is told to nobody for free.
 *   - A resetting code that is not set answers as a locked one (its counter is zero).
 *   - A new value ends the security statuses that the old one had opened.
 */
#include "vcard/applet_openpgp.h"

#include "vcard/applet_util.h"
#include "vcard/vtlv.h"

#include <string.h>

static const uint8_t pgp_name[] = {0xD2, 0x76, 0x00, 0x01, 0x24, 0x01};

static struct vpin *pin_of(struct vcard *c, uint8_t reference)
{
	switch (reference) {
	case 0x81:
	case 0x82:
		return applet_pin(c, "pw1");
	case 0x83:
		return applet_pin(c, "pw3");
	default:
		return NULL;
	}
}

static bool *status_of(struct pgp *s, uint8_t reference)
{
	switch (reference) {
	case 0x81:
		return &s->sign_ok;
	case 0x82:
		return &s->other_ok;
	default:
		return &s->admin_ok;
	}
}

/* vpin.verified is for the diary: someone is logged in with this password. */
static void tell_status(struct vcard *c, const struct pgp *s)
{
	struct vpin *pw1 = vcard_pin(c, "pw1"), *pw3 = vcard_pin(c, "pw3"), *rc = vcard_pin(c, "rc");

	if (pw1 != NULL)
		pw1->verified = s->sign_ok || s->other_ok;
	if (pw3 != NULL)
		pw3->verified = s->admin_ok;
	if (rc != NULL)
		rc->verified = false;
}

/* 3.4: 7.2.2. */
static uint16_t pgp_verify(struct vcard *c, struct pgp *s, const struct vcmd *cmd)
{
	struct vpin *p = pin_of(c, cmd->p2);
	bool *status = status_of(s, cmd->p2);
	enum vcheck check;

	if (cmd->p1 != 0x00 && cmd->p1 != 0xFF)
		return 0x6A86;
	if (p == NULL)
		return 0x6A88;
	if (cmd->p1 == 0xFF) {
		if (cmd->lc != 0)
			return 0x6A80;
		*status = false;
		return 0x9000;
	}
	if (cmd->lc == 0)
		return *status ? 0x9000 : (uint16_t)(0x63C0 | p->tries);
	check = vpin_check(c, p, cmd->data, cmd->lc);
	*status = check == VCHECK_OK;
	return vpin_sw(p, check, 0x6983);
}

static bool new_length_ok(const struct vpin *p, size_t len)
{
	return len >= (p->slot == RP_SLOT_PW1 ? PGP_PW1_MIN : PGP_PW3_MIN) && len <= PGP_PW_MAX;
}

static void drop_status(struct pgp *s, const struct vpin *p)
{
	if (p->slot == RP_SLOT_PW1)
		s->sign_ok = s->other_ok = false;
	else
		s->admin_ok = false;
}

static uint16_t set_new(struct vcard *c, struct pgp *s, struct vpin *p, const uint8_t *bytes, size_t len)
{
	if (!new_length_ok(p, len))
		return 0x6A80;
	if (!vpin_set(c, p, bytes, len, 0))
		return 0x6581;
	drop_status(s, p);
	return 0x9000;
}

/* old || new: `known` decides over the old one, `target` gets the new one. */
static uint16_t replace(struct vcard *c, struct pgp *s, struct vpin *known, struct vpin *target,
			const struct vcmd *cmd)
{
	struct vstd_pair pair;
	enum vcheck check;
	bool was;
	uint16_t sw;

	if (cmd->lc == 0)
		return 0x6700;
	pair = vstd_split(known, cmd);
	was = known->verified;
	check = vpin_check(c, known, pair.old, pair.old_len);
	if (check != VCHECK_OK) {
		drop_status(s, target);
		return vpin_sw(known, check, 0x6983);
	}
	sw = set_new(c, s, target, pair.new, pair.new_len);
	if (sw != 0x9000)
		known->verified = was; /* the right code sets its counter back, and opens nothing */
	return sw;
}

/* 3.4: 7.2.3. */
static uint16_t pgp_change(struct vcard *c, struct pgp *s, const struct vcmd *cmd)
{
	struct vpin *p = pin_of(c, cmd->p2);

	if (cmd->p1 != 0)
		return 0x6A86;
	if (cmd->p2 == 0x82 || p == NULL)
		return 0x6A88;
	return replace(c, s, p, p, cmd);
}

/* 3.4: 7.2.4. */
static uint16_t pgp_reset_counter(struct vcard *c, struct pgp *s, const struct vcmd *cmd)
{
	struct vpin *pw1 = applet_pin(c, "pw1"), *rc = applet_pin(c, "rc");

	if (cmd->p1 != 0x00 && cmd->p1 != 0x02)
		return 0x6A86;
	if (cmd->p2 != 0x81 || pw1 == NULL)
		return 0x6A88;
	if (cmd->p1 == 0x02)
		return s->admin_ok ? set_new(c, s, pw1, cmd->data, cmd->lc) : 0x6982;
	if (rc == NULL)
		return 0x6983;
	return replace(c, s, rc, pw1, cmd);
}

/* --- keys --- */

/* 3.4: 7.2.10. A DigestInfo of at most 40 % of the modulus (7.2.10.1). */
#define DIGEST_INFO_MAX 102

static uint16_t sign(const struct vkey *key, const struct vcmd *cmd, struct wr *out)
{
	uint8_t signature[256];

	if (key == NULL)
		return 0x6A88;
	if (cmd->lc == 0 || cmd->lc > DIGEST_INFO_MAX)
		return 0x6700;
	if (!vkey_sign(key, cmd->data, cmd->lc, signature))
		return 0x6F00;
	wr_put(out, signature, sizeof signature);
	return 0x9000;
}

static uint16_t pgp_operation(struct vcard *c, struct pgp *s, const struct vcmd *cmd, struct wr *out)
{
	uint16_t sw;

	if (cmd->p1 == 0x80 && cmd->p2 == 0x86)
		return s->other_ok ? 0x6A88 : 0x6982; /* no decryption key */
	if (cmd->p1 != 0x9E || cmd->p2 != 0x9A)
		return 0x6A86;
	if (!s->sign_ok)
		return 0x6982;
	sw = sign(vcard_key(c, "sign"), cmd, out);
	if (sw != 0x9000)
		return sw;
	if (!pgp_count_signature(c)) {
		out->len = 0;
		return 0x6581;
	}
	if (pgp_one_signature(c))
		s->sign_ok = false;
	return 0x9000;
}

/* 3.4: 7.2.13. */
static uint16_t pgp_internal_authenticate(struct vcard *c, const struct pgp *s, const struct vcmd *cmd,
					  struct wr *out)
{
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return 0x6A86;
	if (!s->other_ok)
		return 0x6982;
	return sign(vcard_key(c, "auth"), cmd, out);
}

/* 3.4: 7.2.14, reading alone (P1 = 81); a new key pair is not made here. */
static uint16_t pgp_public_key(struct vcard *c, const struct pgp *s, const struct vcmd *cmd, struct wr *out)
{
	const struct vkey *key = NULL;
	struct vstd_public public;

	if (cmd->p1 == 0x80 && cmd->p2 == 0)
		return s->admin_ok ? 0x6A81 : 0x6982;
	if (cmd->p1 != 0x81 || cmd->p2 != 0)
		return 0x6A86;
	if (cmd->lc < 2)
		return 0x6700;
	if (cmd->data[0] == 0xB6)
		key = vcard_key(c, "sign");
	else if (cmd->data[0] == 0xA4)
		key = vcard_key(c, "auth");
	else if (cmd->data[0] != 0xB8)
		return 0x6A80;
	if (key == NULL)
		return 0x6A88;
	if (!vstd_public_key(key, &public))
		return 0x6F00;
	vstd_put_public(out, &public);
	return 0x9000;
}

/* 3.4: 7.2.15. */
static uint16_t pgp_challenge(const struct vcmd *cmd, struct wr *out)
{
	uint8_t bytes[256];
	const size_t n = cmd->le == 0 || cmd->le > sizeof bytes ? sizeof bytes : cmd->le;

	if (cmd->p1 != 0 || cmd->p2 != 0)
		return 0x6A86;
	if (!v_random(bytes, n))
		return 0x6F00;
	wr_put(out, bytes, n);
	return 0x9000;
}

/* --- the application --- */

static uint16_t pgp_select(struct vcard *c, bool again, struct wr *out)
{
	struct pgp *s = c->scratch;
	uint8_t aid[16];

	/* 3.4: 7.2.1 leaves it open what a second SELECT does; this card logs out. */
	if (again) {
		s->sign_ok = s->other_ok = s->admin_ok = false;
		s->occurrence = 0;
		tell_status(c, s);
	}
	pgp_aid(c, aid);
	vtlv_head(out, 0x6F, 2 + sizeof aid);
	vtlv_put(out, 0x84, aid, sizeof aid);
	return 0x9000;
}

static uint16_t dispatch(struct vcard *c, struct pgp *s, const struct vcmd *cmd, struct wr *out)
{
	switch (cmd->ins) {
	case 0x20:
		return pgp_verify(c, s, cmd);
	case 0x24:
		return pgp_change(c, s, cmd);
	case 0x2A:
		return pgp_operation(c, s, cmd, out);
	case 0x2C:
		return pgp_reset_counter(c, s, cmd);
	case 0x47:
		return pgp_public_key(c, s, cmd, out);
	case 0x84:
		return pgp_challenge(cmd, out);
	case 0x88:
		return pgp_internal_authenticate(c, s, cmd, out);
	case 0xA4:
		return 0x6A82;
	case 0xA5:
		return pgp_select_data(s, cmd);
	case 0xCA:
		return pgp_get_data(c, s, cmd, out);
	case 0xDA:
		return pgp_put_data(c, s, cmd);
	case 0xDB: /* key import */
		return s->admin_ok ? 0x6A81 : 0x6982;
	default:
		return 0x6D00;
	}
}

static uint16_t pgp_command(struct vcard *c, const struct vcmd *cmd, struct wr *out)
{
	struct pgp *s = c->scratch;
	uint16_t sw = dispatch(c, s, cmd, out);

	tell_status(c, s);
	return sw;
}

static const struct vstd_app pgp_app = {
	.aid = pgp_name,
	.aid_len = sizeof pgp_name,
	.chained = (const uint8_t[]){0x2A, 0x88, 0xDA, 0xDB},
	.n_chained = 4,
	.state_size = sizeof(struct pgp),
	.select = pgp_select,
	.command = pgp_command,
};

/* --- a new card --- */

static rp_code check_pins(struct vcard *c, struct rp_error *err)
{
	for (size_t i = 0; i < c->n_pins; i++) {
		const struct vpin *p = &c->pins[i];

		if (!p->set && p->slot == RP_SLOT_RC)
			continue;
		if (!p->set || !new_length_ok(p, p->len))
			return rp_fail(err, RP_E_USAGE, "%s of an OpenPGP card has %d to %d bytes", p->id,
				       p->slot == RP_SLOT_PW1 ? PGP_PW1_MIN : PGP_PW3_MIN, PGP_PW_MAX);
	}
	return RP_OK;
}

static rp_code set_number(struct vcard *c, struct rp_error *err)
{
	const char *asked = c->spec->number;
	rp_code rc;

	if (asked == NULL || strlen(asked) != 8)
		return vstd_number(c, 12, "FFFF00000001", err);
	rc = vstd_number(c, 8, "", err);
	if (rc == RP_OK) {
		memmove(c->number + 4, c->number, 9);
		memset(c->number, 'F', 4);
	}
	return rc;
}

static rp_code pgp_make(struct vcard *c, struct rp_error *err)
{
	rp_code rc;

	if (vcard_add_pin(c, "pw1", RP_SLOT_PW1, 3) == NULL ||
	    vcard_add_pin(c, "pw3", RP_SLOT_PW3, 3) == NULL || vcard_add_pin(c, "rc", RP_SLOT_RC, 3) == NULL)
		return rp_fail(err, RP_E_FAULT, "no room for the PINs");
	rc = check_pins(c, err);
	if (rc == RP_OK)
		rc = set_number(c, err);
	if (rc == RP_OK)
		rc = vstd_add_key(c, "sign", true, err);
	if (rc == RP_OK)
		rc = vstd_add_key(c, "auth", false, err);
	return rc != RP_OK ? rc : pgp_make_objects(c, err);
}

static void pgp_reset(struct vcard *c)
{
	vstd_reset(c, &pgp_app);
}

static uint16_t pgp_process(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	return vstd_process(c, &pgp_app, cmd, rsp);
}

/* Its historical bytes are those of DO 5F52 (3.4: 6). */
static const uint8_t pgp_atr[] = {0x3B, 0x8A, 0x80, 0x01, 0x00, 0x31, 0xC5, 0x73,
				  0xC0, 0x01, 0xC0, 0x00, 0x90, 0x00, 0x1D};

const struct vfamily vfamily_openpgp = {
	.name = "openpgp",
	.default_pins = "pw1=123456,pw3=12345678,rc=",
	.atr = pgp_atr,
	.atr_len = sizeof pgp_atr,
	.make = pgp_make,
	.reset = pgp_reset,
	.process = pgp_process,
};
