/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/vcard.h"

#include "vcard/vca.h"
#include "vcard/vpin.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

const struct vfamily *vfamily_named(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < n_vfamilies; i++)
		if (strcmp(vfamilies[i]->name, name) == 0)
			return vfamilies[i];
	return NULL;
}

/* Every card that is not given one gets the published test key (docs/wire.md, section 3). */
static bool set_transport_key(struct vcard *c, const uint8_t *key)
{
	static const char text[] = "repin test transport key";
	uint8_t digest[32];

	if (key == NULL) {
		if (gnutls_hash_fast(GNUTLS_DIG_SHA256, text, sizeof text - 1, digest) != 0)
			return false;
		key = digest;
	}
	memcpy(c->transport_key, key, sizeof c->transport_key);
	return true;
}

static bool copy_text(const char *text, char *ret, size_t cap)
{
	const size_t len = strlen(text);

	if (len >= cap)
		return false;
	memcpy(ret, text, len + 1);
	return true;
}

/* A line of text that the state file and its readers can take: UTF-8 without control characters. */
static bool is_line(const char *text)
{
	json_t *j = json_string(text); /* refuses what is no UTF-8 */
	const bool good = j != NULL;
	size_t i;

	json_decref(j);
	for (i = 0; text[i] != '\0'; i++)
		if ((uint8_t)text[i] < 0x20 || text[i] == 0x7F)
			return false;
	return good;
}

static rp_code check_texts(const struct vcard_spec *s, struct rp_error *err)
{
	const char *texts[] = {s->number, s->issuer, s->holder, s->municipality};
	size_t i;

	for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i] != NULL && !is_line(texts[i]))
			return rp_fail(err, RP_E_USAGE,
				       "number, issuer, holder and municipality are UTF-8 without control "
				       "characters");
	return RP_OK;
}

/* What is the same for every family, before its own make. */
static rp_code prepare(struct vcard *c, const struct vcard_spec *spec, struct rp_error *err)
{
	rp_code rc = check_texts(spec, err);

	if (rc != RP_OK)
		return rc;
	c->spec = spec;
	c->extra = json_object();
	if (c->extra == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a card");
	if (!copy_text(spec->number != NULL ? spec->number : "", c->number, sizeof c->number))
		return rp_fail(err, RP_E_USAGE, "a card number has at most %zu characters",
			       sizeof c->number - 1);
	if (!copy_text(spec->issuer != NULL ? spec->issuer : "test", c->issuer, sizeof c->issuer))
		return rp_fail(err, RP_E_USAGE, "an issuer has at most %zu bytes", sizeof c->issuer - 1);
	if (c->family->atr_len >= 2 && c->family->atr_len <= sizeof c->atr) {
		memcpy(c->atr, c->family->atr, c->family->atr_len);
		c->atr_len = c->family->atr_len;
	}
	if (!set_transport_key(c, spec->transport_key))
		return rp_fail(err, RP_E_FAULT, "the test transport key could not be made");
	return spec->pins == NULL ? RP_OK : vpins_check(spec->pins, err);
}

static rp_code make(struct vcard *c, const struct vcard_spec *spec, struct rp_error *err)
{
	rp_code rc = prepare(c, spec, err);

	if (rc == RP_OK)
		rc = c->family->make(c, err);
	if (rc == RP_OK && spec->pins != NULL)
		rc = vpins_check_used(c, spec->pins, err);
	if (rc != RP_OK)
		return rc;
	if (spec->reset_key != NULL) {
		c->has_reset = true;
		memcpy(c->reset_key, spec->reset_key, sizeof c->reset_key);
		vreset_card_id(c->issuer, c->family->name, c->number, c->card_id);
	}
	c->spec = NULL;
	return RP_OK;
}

rp_code vcard_make(const struct vcard_spec *spec, struct vcard **ret, struct rp_error *err)
{
	const struct vfamily *family = vfamily_named(spec->family);
	struct vcard *c;
	rp_code rc;

	if (family == NULL)
		return rp_fail(err, RP_E_USAGE, "there is no card family called \"%s\"",
			       spec->family != NULL ? spec->family : "");
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a card");
	c->family = family;
	rc = make(c, spec, err);
	if (rc != RP_OK) {
		vcard_free(c);
		return rc;
	}
	vcard_reset(c);
	*ret = c;
	return RP_OK;
}

void vcard_free(struct vcard *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n_keys; i++)
		vkey_clear(&c->keys[i]);
	for (i = 0; i < c->n_files; i++)
		free(c->files[i].bytes);
	json_decref(c->extra);
	free(c->scratch);
	free(c);
}

void vcard_reset(struct vcard *c)
{
	size_t i;

	for (i = 0; i < c->n_pins; i++)
		c->pins[i].verified = false;
	c->app = 0;
	c->file = 0;
	vreset_forget(c);
	if (c->family->reset != NULL)
		c->family->reset(c);
}

static uint16_t process(struct vcard *c, const uint8_t *bytes, size_t len, struct vrsp *rsp)
{
	struct vcmd cmd;

	if (!vcmd_parse(bytes, len, &cmd)) {
		vreset_forget(c); /* "any other command", docs/wire.md, section 1 */
		return 0x6700;
	}
	return c->family->process(c, &cmd, rsp);
}

size_t vcard_transmit(struct vcard *c, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap)
{
	struct vrsp rsp = {.p = ret};
	uint16_t sw = 0x6581;

	if (cap < 2)
		return 0;
	rsp.cap = cap - 2;
	/* After a failed write the memory may be ahead of the file: nothing is done until they agree. */
	if (!c->save_failed || vcard_save(c))
		sw = process(c, cmd, len, &rsp);
	if (c->save_failed) {
		rsp.len = 0;
		sw = 0x6581;
	}
	ret[rsp.len] = (uint8_t)(sw >> 8);
	ret[rsp.len + 1] = (uint8_t)sw;
	return rsp.len + 2;
}

rp_code vcard_add_file(struct vcard *c, uint32_t id, const void *bytes, size_t len, struct rp_error *err)
{
	uint8_t *copy;

	if (c->n_files == VCARD_FILES_MAX)
		return rp_fail(err, RP_E_FAULT, "a card has at most %d files", VCARD_FILES_MAX);
	if (vcard_file(c, id) != NULL)
		return rp_fail(err, RP_E_FAULT, "the card has two files %08X", (unsigned)id);
	copy = malloc(len > 0 ? len : 1);
	if (copy == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a file of %zu bytes", len);
	if (len > 0)
		memcpy(copy, bytes, len);
	c->files[c->n_files++] = (struct vfile){.id = id, .bytes = copy, .len = len};
	return RP_OK;
}

struct vfile *vcard_file(struct vcard *c, uint32_t id)
{
	size_t i;

	for (i = 0; i < c->n_files; i++)
		if (c->files[i].id == id)
			return &c->files[i];
	return NULL;
}

uint16_t vfile_read(const struct vfile *f, size_t offset, size_t le, struct vrsp *rsp)
{
	size_t n;

	if (f == NULL)
		return 0x6A82;
	if (offset > f->len || (offset == f->len && offset > 0))
		return 0x6B00;
	n = f->len - offset;
	if (n > le)
		n = le;
	return vrsp_put(rsp, f->bytes + offset, n) ? 0x9000 : 0x6700;
}

rp_code vcard_add_key(struct vcard *c, const char *id, const char *subject, bool is_signature,
		      struct rp_error *err)
{
	const char *path = c->spec != NULL ? c->spec->ca_path : NULL;
	struct vca *ca = NULL;
	struct vkey key = {0};
	rp_code rc;

	if (c->n_keys == VCARD_KEYS_MAX || !copy_text(id, key.id, sizeof key.id))
		return rp_fail(err, RP_E_FAULT, "a card has at most %d keys, with short names",
			       VCARD_KEYS_MAX);
	rc = path != NULL ? vca_open(path, &ca, err) : vca_of_this_run(&ca, err);
	if (rc == RP_OK)
		rc = vca_issue(ca, subject, is_signature, &key, err);
	if (path != NULL)
		vca_free(ca);
	if (rc == RP_OK)
		c->keys[c->n_keys++] = key;
	return rc;
}

struct vkey *vcard_key(struct vcard *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->n_keys; i++)
		if (strcmp(c->keys[i].id, id) == 0)
			return &c->keys[i];
	return NULL;
}
