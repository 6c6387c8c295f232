/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PIV card application as in NIST SP 800-73-4 (part 1: objects, part 2: commands), with
 * the PIN (80), the PUK (81) and two RSA-2048 keys: 9A (PIN) and 9C (PIN always). The card
 * number is the GUID of the CHUID, 32 hexadecimal digits. There is no global PIN, nothing
 * biometric, and no management key (9B): whatever needs one is 6982.
 *
 * Where the specification leaves a choice:
 *   - A presented PIN that breaks the format of part 2, 2.4.3 is 6A80 and is not counted.
 *     (Part 2, 3.2.1 also allows 63CX, counted; 3.2.2 and 3.2.3 know 6A80 only.)
 *   - A blocked reference is 6983 before its format is looked at.
 *   - RESET RETRY COUNTER sets the PUK's own counter back after a right PUK.
 *   - "PIN always" is taken at its word: the VERIFY must be the very command before the
 *     signature.
 */
#include "vcard/applet_util.h"
#include "vcard/vstd.h"
#include "vcard/vtlv.h"

#include <string.h>

#define ALGORITHM_RSA_2048 0x07
#define REF_PIN 0x80
#define REF_PUK 0x81
#define KEY_9A 0x9A
#define KEY_9C 0x9C

#define PIN_FIELD 8
#define PIN_MIN 6

#define OBJECT_CHUID 0x5FC102
#define OBJECT_CERT_9A 0x5FC105
#define OBJECT_CCC 0x5FC107
#define OBJECT_CERT_9C 0x5FC10A
#define OBJECT_DISCOVERY 0x7E

static const uint8_t piv_aid[] = {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00};

struct piv {
	struct vstd_io io;
	bool fresh; /* the last command was a right VERIFY of the PIN */
};

/* --- reference data --- */

/* Length without the padding; false when the field is no reference data of its kind (part 2, 2.4.3). */
static bool read_field(const uint8_t field[PIN_FIELD], bool digits, size_t *ret_len)
{
	size_t len = PIN_FIELD;

	while (len > 0 && field[len - 1] == 0xFF)
		len--;
	if (len < PIN_MIN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (digits ? field[i] < '0' || field[i] > '9' : field[i] == 0xFF)
			return false;
	}
	*ret_len = len;
	return true;
}

static bool rule_holds(const struct vpin *p)
{
	uint8_t field[PIN_FIELD];
	size_t len;

	if (p->len > PIN_FIELD)
		return false;
	memset(field, 0xFF, sizeof field);
	memcpy(field, p->value, p->len);
	return read_field(field, p->slot == RP_SLOT_PIN, &len) && len == p->len;
}

static uint16_t pin_status(const struct vpin *pin)
{
	if (pin->verified)
		return 0x9000;
	return pin->tries == 0 ? 0x6983 : (uint16_t)(0x63C0 | pin->tries);
}

/* Part 2, 3.2.1. */
static uint16_t piv_verify(struct vcard *c, struct piv *s, const struct vcmd *cmd)
{
	struct vpin *pin = applet_pin(c, "pin");
	enum vcheck check;
	size_t len;

	if (cmd->p1 != 0x00 && cmd->p1 != 0xFF)
		return 0x6A86;
	if (cmd->p2 != REF_PIN || pin == NULL)
		return 0x6A88;
	if (cmd->p1 == 0xFF) {
		if (cmd->lc != 0)
			return 0x6A80;
		pin->verified = false;
		return 0x9000;
	}
	if (cmd->lc == 0)
		return pin_status(pin);
	if (pin->tries == 0)
		return 0x6983;
	if (cmd->lc != PIN_FIELD || !read_field(cmd->data, true, &len))
		return 0x6A80;
	check = vpin_check(c, pin, cmd->data, len);
	pin->verified = s->fresh = check == VCHECK_OK;
	return vpin_sw(pin, check, 0x6983);
}

/* old || new with `known` deciding over the old one; a right one sets `target`. */
static uint16_t replace(struct vcard *c, struct vpin *known, struct vpin *target, const struct vcmd *cmd)
{
	size_t old_len, new_len;
	enum vcheck check;

	if (known->tries == 0)
		return 0x6983;
	if (cmd->lc != 2 * PIN_FIELD || !read_field(cmd->data, known->slot == RP_SLOT_PIN, &old_len) ||
	    !read_field(cmd->data + PIN_FIELD, target->slot == RP_SLOT_PIN, &new_len))
		return 0x6A80;
	check = vpin_check(c, known, cmd->data, old_len);
	if (check != VCHECK_OK) {
		target->verified = false;
		return vpin_sw(known, check, 0x6983);
	}
	if (!vpin_set(c, target, cmd->data + PIN_FIELD, new_len, 0))
		return 0x6581;
	return 0x9000;
}

/* Part 2, 3.2.2. */
static uint16_t piv_change(struct vcard *c, const struct vcmd *cmd)
{
	struct vpin *p = applet_pin(c, cmd->p2 == REF_PUK ? "puk" : "pin");
	uint16_t sw;

	if (cmd->p1 != 0)
		return 0x6A86;
	if ((cmd->p2 != REF_PIN && cmd->p2 != REF_PUK) || p == NULL)
		return 0x6A88;
	sw = replace(c, p, p, cmd);
	if (sw == 0x9000)
		p->verified = true;
	return sw;
}

/* Part 2, 3.2.3. A success leaves the security status of the PIN as it was. */
static uint16_t piv_reset_counter(struct vcard *c, const struct vcmd *cmd)
{
	struct vpin *pin = applet_pin(c, "pin"), *puk = applet_pin(c, "puk");
	bool verified;
	uint16_t sw;

	if (cmd->p1 != 0)
		return 0x6A86;
	if (cmd->p2 != REF_PIN || pin == NULL || puk == NULL)
		return 0x6A88;
	verified = pin->verified;
	sw = replace(c, puk, pin, cmd);
	if (sw == 0x9000)
		pin->verified = verified;
	puk->verified = false;
	return sw;
}

/* --- objects --- */

/* Part 2, 3.1.2. */
static uint16_t piv_get_data(struct vcard *c, const struct vcmd *cmd, struct wr *out)
{
	struct rd data = rd_of(cmd->data, cmd->lc);
	struct rd name;
	uint32_t tag, id = 0;
	const struct vfile *f;

	if (cmd->p1 != 0x3F || cmd->p2 != 0xFF)
		return 0x6A86;
	if (!vtlv_next(&data, &tag, &name) || tag != 0x5C || !rd_done(&data) || name.left == 0 ||
	    name.left > 3)
		return 0x6A80;
	while (name.left > 0)
		id = id << 8 | rd_u8(&name);
	f = vcard_file(c, id);
	if (f == NULL)
		return 0x6A82;
	/* The discovery object is its own template; all others come in 53. */
	vtlv_put(out, id == OBJECT_DISCOVERY ? OBJECT_DISCOVERY : 0x53, f->bytes, f->len);
	return 0x9000;
}

/* --- keys --- */

static uint16_t sign(const struct vkey *key, const struct vcmd *cmd, struct wr *out)
{
	struct rd outer, part, info;
	uint8_t signature[256];

	if (!vtlv_find(rd_of(cmd->data, cmd->lc), 0x7C, &outer) || !vtlv_find(outer, 0x82, &part) ||
	    part.left != 0 || !vtlv_find(outer, 0x81, &part) || !vstd_strip_padding(part, &info))
		return 0x6A80;
	if (!vkey_sign(key, info.p, info.left, signature))
		return 0x6F00;
	vtlv_head(out, 0x7C, sizeof signature + 4);
	vtlv_put(out, 0x82, signature, sizeof signature);
	return 0x9000;
}

/* Part 2, 3.2.4. */
static uint16_t piv_authenticate(struct vcard *c, const struct vcmd *cmd, bool fresh, struct wr *out)
{
	const struct vpin *pin = applet_pin(c, "pin");
	const struct vkey *key = NULL;

	if (cmd->p1 == ALGORITHM_RSA_2048 && cmd->p2 == KEY_9A)
		key = vcard_key(c, "auth");
	else if (cmd->p1 == ALGORITHM_RSA_2048 && cmd->p2 == KEY_9C)
		key = vcard_key(c, "sign");
	if (key == NULL)
		return 0x6A86;
	if (pin == NULL || !pin->verified || (cmd->p2 == KEY_9C && !fresh))
		return 0x6982;
	return sign(key, cmd, out);
}

/* --- the application --- */

/* Part 2, 3.1.1: a second SELECT changes no security status, but it stands between a PIN and key 9C. */
static uint16_t piv_select(struct vcard *c, bool again, struct wr *out)
{
	struct piv *s = c->scratch;
	static const char label[] = "Repin test PIV card";
	uint8_t inner[64];
	struct wr w = wr_of(inner, sizeof inner);

	(void)again;
	s->fresh = false;
	vtlv_put(&w, 0x4F, piv_aid + 5, sizeof piv_aid - 5);
	vtlv_head(&w, 0x79, 7);
	vtlv_put(&w, 0x4F, piv_aid, 5);
	vtlv_put(&w, 0x50, label, sizeof label - 1);
	vtlv_put(out, 0x61, w.p, w.len);
	return w.failed ? 0x6F00 : 0x9000;
}

static uint16_t piv_command(struct vcard *c, const struct vcmd *cmd, struct wr *out)
{
	struct piv *s = c->scratch;
	const bool fresh = s->fresh;

	s->fresh = false;
	switch (cmd->ins) {
	case 0x20:
		return piv_verify(c, s, cmd);
	case 0x24:
		return piv_change(c, cmd);
	case 0x2C:
		return piv_reset_counter(c, cmd);
	case 0x87:
		return piv_authenticate(c, cmd, fresh, out);
	case 0xCB:
		return piv_get_data(c, cmd, out);
	case 0x47: /* GENERATE and PUT DATA: after the management key only */
	case 0xDB:
		return 0x6982;
	case 0xA4:
		return 0x6A82;
	default:
		return 0x6D00;
	}
}

static const struct vstd_app piv_app = {
	.aid = piv_aid,
	.aid_len = sizeof piv_aid,
	.chained = (const uint8_t[]){0x87, 0xDB},
	.n_chained = 2,
	.state_size = sizeof(struct piv),
	.select = piv_select,
	.command = piv_command,
};

/* --- a new card --- */

/* Part 1, 3.1.2. The FASC-N is that of issuers outside the government: all numbers nines. */
static rp_code add_chuid(struct vcard *c, struct rp_error *err)
{
	static const uint8_t fasc_n[25] = {
		0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68,
		0x58, 0x21, 0x08, 0x42, 0x10, 0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB,
	};
	uint8_t bytes[96], guid[16];
	struct wr w = wr_of(bytes, sizeof bytes);
	size_t len = 0;

	if (!hex_read(c->number, guid, sizeof guid, &len) || len != sizeof guid)
		return rp_fail(err, RP_E_FAULT, "the card number is no GUID");
	vtlv_put(&w, 0x30, fasc_n, sizeof fasc_n);
	vtlv_put(&w, 0x34, guid, sizeof guid);
	vtlv_put(&w, 0x35, "20991231", 8);
	vtlv_put(&w, 0x3E, NULL, 0);
	vtlv_put(&w, 0xFE, NULL, 0);
	return vcard_add_file(c, OBJECT_CHUID, bytes, w.len, err);
}

/* Part 1, 3.1.1 and appendix A: the card identifier F0 and the fields that PIV leaves at fixed values. */
static rp_code add_ccc(struct vcard *c, struct rp_error *err)
{
	static const uint8_t one_byte[][2] = {{0xF1, 0x21}, {0xF2, 0x21}};
	static const uint8_t empty[] = {0xF3, 0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE};
	uint8_t bytes[96], id[21] = {0xA0, 0x00, 0x00, 0x01, 0x16, 0xFF, 0x02};
	struct wr w = wr_of(bytes, sizeof bytes);
	size_t len = 0;

	/* 14 bytes are the card's own: those of the GUID without its first two. */
	if (!hex_read(c->number + 4, id + 7, sizeof id - 7, &len) || len != sizeof id - 7)
		return rp_fail(err, RP_E_FAULT, "the card number is no GUID");
	vtlv_put(&w, 0xF0, id, sizeof id);
	for (size_t i = 0; i < 2; i++)
		vtlv_u8(&w, one_byte[i][0], one_byte[i][1]);
	vtlv_u8(&w, 0xF4, 0x00);
	vtlv_u8(&w, 0xF5, 0x10);
	for (size_t i = 0; i < sizeof empty; i++)
		vtlv_put(&w, empty[i], NULL, 0);
	return vcard_add_file(c, OBJECT_CCC, bytes, w.len, err);
}

/* Part 1, appendix A: certificate, "not compressed", no error detection code. */
static rp_code add_certificate(struct vcard *c, uint32_t id, const char *key_id, struct rp_error *err)
{
	const struct vkey *key = vcard_key(c, key_id);
	uint8_t bytes[3072];
	struct wr w = wr_of(bytes, sizeof bytes);

	if (key == NULL)
		return rp_fail(err, RP_E_FAULT, "the key %s is missing", key_id);
	vtlv_put(&w, 0x70, key->cert_der, key->cert_len);
	vtlv_u8(&w, 0x71, 0x00);
	vtlv_put(&w, 0xFE, NULL, 0);
	if (w.failed)
		return rp_fail(err, RP_E_FAULT, "the certificate %s is too long", key_id);
	return vcard_add_file(c, id, bytes, w.len, err);
}

static rp_code add_keys(struct vcard *c, struct rp_error *err)
{
	rp_code rc = vstd_add_key(c, "auth", false, err);

	if (rc == RP_OK)
		rc = vstd_add_key(c, "sign", true, err);
	if (rc == RP_OK)
		rc = add_certificate(c, OBJECT_CERT_9A, "auth", err);
	if (rc == RP_OK)
		rc = add_certificate(c, OBJECT_CERT_9C, "sign", err);
	return rc;
}

static rp_code piv_make(struct vcard *c, struct rp_error *err)
{
	/* Part 1, 3.3.2: this application's PIN alone opens it. */
	static const uint8_t discovery[] = {
		0x4F, 0x0B, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00,
		0x10, 0x00, 0x01, 0x00, 0x5F, 0x2F, 0x02, 0x40, 0x00,
	};
	const struct vpin *pin = vcard_add_pin(c, "pin", RP_SLOT_PIN, 3);
	const struct vpin *puk = vcard_add_pin(c, "puk", RP_SLOT_PUK, 3);
	rp_code rc;

	if (pin == NULL || puk == NULL)
		return rp_fail(err, RP_E_FAULT, "no room for the PINs");
	if (!rule_holds(pin))
		return rp_fail(err, RP_E_USAGE, "a PIV PIN has 6 to 8 digits");
	if (!rule_holds(puk))
		return rp_fail(err, RP_E_USAGE, "a PIV PUK has 6 to 8 characters");
	rc = vstd_number(c, 32, "524550494E0040008000000000000001", err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, OBJECT_DISCOVERY, discovery, sizeof discovery, err);
	if (rc == RP_OK)
		rc = add_chuid(c, err);
	if (rc == RP_OK)
		rc = add_ccc(c, err);
	return rc != RP_OK ? rc : add_keys(c, err);
}

static void piv_reset(struct vcard *c)
{
	vstd_reset(c, &piv_app);
}

static uint16_t piv_process(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	return vstd_process(c, &piv_app, cmd, rsp);
}

/* No real card's: the historical bytes say "REPIN-P". */
static const uint8_t piv_atr[] = {0x3B, 0x87, 0x80, 0x01, 'R', 'E', 'P', 'I', 'N', '-', 'P', 0x3B};

const struct vfamily vfamily_piv = {
	.name = "piv",
	.default_pins = "pin=123456,puk=12345678",
	.atr = piv_atr,
	.atr_len = sizeof piv_atr,
	.make = piv_make,
	.reset = piv_reset,
	.process = piv_process,
};
