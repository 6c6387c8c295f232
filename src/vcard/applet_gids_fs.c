/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a GIDS card. GIDS has BER-TLV files (A0xx) with one access rule each and
 * data objects in them; the minidriver keeps its own small file system in one of those,
 * the master file. Its form is in no specification: it is known from what OpenSC writes
 * and reads (card-gids.c and .h), and the container map from the Windows Smart Card
 * Minidriver Specification.
 */
#include "vcard/applet_gids.h"

#include "vcard/applet_util.h"
#include "vcard/vtlv.h"

#include <string.h>

#define FILE_ID(ef, object) ((uint32_t)(ef) << 16 | (object))

enum access { ACCESS_ALWAYS, ACCESS_ADMIN, ACCESS_USER_OR_ADMIN, ACCESS_NEVER };

static const struct ef {
	uint16_t id;
	enum access read, write;
	uint8_t descriptor; /* 38 directory, 39 BER-TLV, 18 key */
	uint8_t rule[4];    /* 8C: access mode byte, then one byte for each of its bits */
	size_t rule_len;
} efs[] = {
	{0x3FFF, ACCESS_NEVER, ACCESS_NEVER, 0x38, {0x03, 0x30, 0x30}, 3},
	{0xA000, ACCESS_ALWAYS, ACCESS_USER_OR_ADMIN, 0x39, {0x03, 0x30, 0x00}, 3},
	{0xA010, ACCESS_ALWAYS, ACCESS_USER_OR_ADMIN, 0x39, {0x03, 0x30, 0x00}, 3},
	{0xA011, ACCESS_NEVER, ACCESS_USER_OR_ADMIN, 0x39, {0x03, 0x30, 0xFF}, 3},
	{0xA012, ACCESS_ALWAYS, ACCESS_ADMIN, 0x39, {0x03, 0x20, 0x00}, 3},
	{0xA013, ACCESS_USER_OR_ADMIN, ACCESS_USER_OR_ADMIN, 0x39, {0x03, 0x30, 0x30}, 3},
	{0xA014, ACCESS_ADMIN, ACCESS_ADMIN, 0x39, {0x03, 0x20, 0x20}, 3},
	{0xB080, ACCESS_NEVER, ACCESS_NEVER, 0x18, {0x87, 0x00, 0x20, 0xFF}, 4},
	{0xB081, ACCESS_NEVER, ACCESS_NEVER, 0x18, {0x87, 0x10, 0x10, 0x00}, 4},
};

static const struct ef *ef_of(uint16_t id)
{
	for (size_t i = 0; i < sizeof efs / sizeof efs[0]; i++) {
		if (efs[i].id == id)
			return &efs[i];
	}
	return NULL;
}

static bool allowed(struct vcard *c, const struct gids *s, enum access a)
{
	const struct vpin *pin = applet_pin(c, "pin");
	const bool user = pin != NULL && pin->verified;

	switch (a) {
	case ACCESS_ALWAYS:
		return true;
	case ACCESS_ADMIN:
		return s->admin_ok;
	case ACCESS_USER_OR_ADMIN:
		return user || s->admin_ok;
	case ACCESS_NEVER:
		break;
	}
	return false;
}

/* --- commands --- */

uint16_t gids_select_file(const struct vcmd *cmd, struct wr *out)
{
	const struct ef *ef;

	if (cmd->p1 != 0 || (cmd->p2 != 0x00 && cmd->p2 != 0x04 && cmd->p2 != 0x0C))
		return 0x6A86;
	if (cmd->lc != 2)
		return 0x6700;
	ef = ef_of((uint16_t)(cmd->data[0] << 8 | cmd->data[1]));
	if (ef == NULL)
		return 0x6A82;
	if (cmd->p2 == 0x0C)
		return 0x9000;
	vtlv_head(out, 0x62, 3 + 4 + 2 + ef->rule_len);
	vtlv_u8(out, 0x82, ef->descriptor);
	vtlv_put(out, 0x83, cmd->data, 2);
	vtlv_put(out, 0x8C, ef->rule, ef->rule_len);
	return 0x9000;
}

/* EF.ATR: issuer's services, capabilities, and who made the card. */
static uint16_t read_ef_atr(struct wr *out)
{
	static const char maker[] = "Repin test";

	vtlv_u8(out, 0x43, 0xF4);
	vtlv_put(out, 0x47, "\x08\x01\x80", 3);
	vtlv_put(out, 0x46, maker, sizeof maker - 1);
	return 0x9000;
}

/* The tag list 5C with one tag of two bytes, or none (0: all objects). */
static bool read_tag_list(const struct vcmd *cmd, uint16_t *ret_tag)
{
	struct rd data = rd_of(cmd->data, cmd->lc), list;
	uint32_t tag;

	if (!vtlv_next(&data, &tag, &list) || tag != 0x5C || !rd_done(&data))
		return false;
	if (list.left != 0 && list.left != 2)
		return false;
	*ret_tag = list.left == 0 ? 0 : rd_u16(&list);
	return true;
}

uint16_t gids_read_object(struct vcard *c, const struct gids *s, const struct vcmd *cmd, struct wr *out)
{
	const uint16_t id = (uint16_t)(cmd->p1 << 8 | cmd->p2);
	const struct ef *ef = ef_of(id);
	uint16_t tag;
	bool found = false;

	if (!read_tag_list(cmd, &tag))
		return 0x6A80;
	if (id == 0x2F01)
		return read_ef_atr(out);
	if (ef == NULL || ef->descriptor != 0x39)
		return 0x6A82;
	if (!allowed(c, s, ef->read))
		return 0x6982;
	for (size_t i = 0; i < c->n_files; i++) {
		const struct vfile *f = &c->files[i];

		if (f->id >> 16 != id || (tag != 0 && (f->id & 0xFFFF) != tag))
			continue;
		vtlv_put(out, f->id & 0xFFFF, f->bytes, f->len);
		found = true;
	}
	return found ? 0x9000 : 0x6A88;
}

/* Room for what a person's use adds; the files of the card itself stay writable. */
#define OBJECTS_MAX 32

uint16_t gids_write_object(struct vcard *c, const struct gids *s, const struct vcmd *cmd)
{
	const uint16_t id = (uint16_t)(cmd->p1 << 8 | cmd->p2);
	const struct ef *ef = ef_of(id);
	struct rd data = rd_of(cmd->data, cmd->lc), value;
	uint32_t tag;

	if (ef == NULL || ef->descriptor != 0x39)
		return 0x6A82;
	if (!allowed(c, s, ef->write))
		return 0x6982;
	if (!vtlv_next(&data, &tag, &value) || !rd_done(&data) || tag < 0xDF00 || tag > 0xDFFF)
		return 0x6A80;
	if (vcard_file(c, FILE_ID(id, tag)) == NULL && c->n_files >= OBJECTS_MAX)
		return 0x6A84;
	return vstd_write_file(c, FILE_ID(id, tag), value.p, value.left) ? 0x9000 : 0x6581;
}

/* --- a new card --- */

/* Numbers in the minidriver's files are little-endian. */
static void put_le(struct wr *w, uint32_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		wr_u8(w, (uint8_t)v);
}

static void put_name(struct wr *w, const char *name)
{
	const size_t len = strlen(name);

	wr_put(w, name, len);
	wr_fill(w, 0, 9 - len);
}

/* One byte 01, then 28 bytes for each file: directory, name, object, file. */
static rp_code add_master_file(struct vcard *c, struct rp_error *err)
{
	static const struct {
		const char *directory, *name;
		uint16_t object, ef;
	} entries[] = {
		{"mscp", "", 0, 0xA000},
		{"", "cardid", 0xDF20, 0xA012},
		{"", "cardapps", 0xDF21, 0xA010},
		{"", "cardcf", 0xDF22, 0xA010},
		{"mscp", "cmapfile", 0xDF23, 0xA010},
		{"mscp", "kxc00", 0xDF24, 0xA010},
	};
	uint8_t bytes[256];
	struct wr w = wr_of(bytes, sizeof bytes);

	wr_u8(&w, 1);
	for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
		put_name(&w, entries[i].directory);
		put_name(&w, entries[i].name);
		put_le(&w, 0, 2);
		put_le(&w, entries[i].object, 4);
		put_le(&w, entries[i].ef, 4);
	}
	return applet_add_file(c, FILE_ID(0xA000, 0xDF1F), &w, err);
}

/* One container, valid and the default one, with a key for exchange and signature of 2048 bits. */
static rp_code add_containers(struct vcard *c, struct rp_error *err)
{
	static const char name[] = "Repin test key";
	uint8_t bytes[128];
	struct wr map = wr_of(bytes, sizeof bytes);
	rp_code rc;

	for (size_t i = 0; i < 40; i++)
		put_le(&map, i < sizeof name ? (uint8_t)name[i] : 0, 2);
	put_le(&map, 0x03, 1);
	put_le(&map, 0, 1);
	put_le(&map, 0, 2);
	put_le(&map, 2048, 2);
	rc = applet_add_file(c, FILE_ID(0xA010, 0xDF23), &map, err);
	if (rc != RP_OK)
		return rc;
	/* The key map: 01, then state, algorithm, kind, key file, and two fields of unknown meaning. */
	map = wr_of(bytes, sizeof bytes);
	wr_u8(&map, 1);
	put_le(&map, 1, 4);
	put_le(&map, 0x07, 1);
	put_le(&map, 0x9A, 1);
	put_le(&map, 0xB081, 2);
	put_le(&map, 0xFFFF, 2);
	put_le(&map, 0, 2);
	return applet_add_file(c, FILE_ID(0xA000, 0xDF20), &map, err);
}

/* RFC 1950: one zlib stream whose blocks are stored, not squeezed; readers inflate it all the same. */
static void put_zlib(struct wr *w, const uint8_t *bytes, size_t len)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < len; i++) {
		a = (a + bytes[i]) % 65521;
		b = (b + a) % 65521;
	}
	wr_u16(w, 0x7801);
	wr_u8(w, 0x01);
	put_le(w, (uint32_t)len, 2);
	put_le(w, ~(uint32_t)len, 2);
	wr_put(w, bytes, len);
	wr_u32(w, b << 16 | a);
}

/* The minidriver's form of a certificate: 01 00, its length, and a zlib stream. */
static rp_code add_certificate(struct vcard *c, struct rp_error *err)
{
	const struct vkey *key = vcard_key(c, "auth");
	uint8_t bytes[3072];
	struct wr w = wr_of(bytes, sizeof bytes);

	if (key == NULL || key->cert_len > sizeof bytes)
		return rp_fail(err, RP_E_FAULT, "the certificate cannot be put on the card");
	put_le(&w, 1, 2);
	put_le(&w, (uint32_t)key->cert_len, 2);
	put_zlib(&w, key->cert_der, key->cert_len);
	return applet_add_file(c, FILE_ID(0xA010, 0xDF24), &w, err);
}

rp_code gids_make_files(struct vcard *c, struct rp_error *err)
{
	uint8_t id[16];
	size_t len = 0;
	rp_code rc;

	if (!hex_read(c->number, id, sizeof id, &len) || len != sizeof id)
		return rp_fail(err, RP_E_FAULT, "the card number is no card identifier");
	rc = add_master_file(c, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, FILE_ID(0xA012, 0xDF20), id, sizeof id, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, FILE_ID(0xA010, 0xDF21), "mscp\0\0\0\0", 8, err);
	if (rc == RP_OK)
		rc = vcard_add_file(c, FILE_ID(0xA010, 0xDF22), "\0\0\0\0\0\0", 6, err);
	if (rc == RP_OK)
		rc = add_containers(c, err);
	return rc != RP_OK ? rc : add_certificate(c, err);
}
