/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/vstate.h"

#include "base/bytes.h"
#include "repin/words.h"
#include "vcard/vca.h"
#include "vcard/vio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	VERSION = 1,
	STATE_MAX = 1024 * 1024,
	BYTES_MAX = 70 * 1024, /* one file of a card; extended length cannot read more in one go */
};

#define WARNING "A test card: its PINs and keys stand here in the clear. Never put a real one into it."

/* --- writing --- */

static json_t *hex_json(const void *bytes, size_t len)
{
	char *text = malloc(2 * len + 1);
	json_t *j = NULL;

	if (text != NULL && hex_of(bytes, len, text, 2 * len + 1))
		j = json_string(text);
	free(text);
	return j;
}

static json_t *pins_json(const struct vcard *c)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->n_pins; i++) {
		const struct vpin *p = &c->pins[i];
		json_t *pin = json_pack("{s:s, s:s, s:o, s:i, s:i, s:b, s:i}", "id", p->id, "slot",
					rp_slot_word(p->slot), "value", hex_json(p->value, p->len), "tries",
					(int)p->tries, "max", (int)p->max, "set", (int)p->set, "resets",
					(int)p->resets);

		if (json_array_append_new(list, pin) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *reset_json(const struct vcard *c)
{
	if (!c->has_reset)
		return json_null();
	return json_pack("{s:o, s:o}", "key", hex_json(c->reset_key, sizeof c->reset_key), "card-id",
			 hex_json(c->card_id, sizeof c->card_id));
}

/* Everything but keys and files. json_pack fails for any NULL in it. */
static char *head_text(const struct vcard *c)
{
	json_t *j = json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:O, s:o}", "repin-card",
			      VERSION, "warning", WARNING, "family", c->family->name, "number", c->number,
			      "issuer", c->issuer, "atr", hex_json(c->atr, c->atr_len), "dead", (int)c->dead,
			      "pins", pins_json(c), "reset", reset_json(c), "extra", c->extra,
			      "transport-key", hex_json(c->transport_key, sizeof c->transport_key));
	char *text = j == NULL ? NULL : json_dumps(j, JSON_INDENT(1));

	json_decref(j);
	return text;
}

static void put_text(struct wr *w, const char *text)
{
	wr_put(w, text, strlen(text));
}

static void put_hex(struct wr *w, const void *bytes, size_t len)
{
	if (w->failed || !hex_of(bytes, len, (char *)w->p + w->len, w->cap - w->len))
		w->failed = true;
	else
		w->len += 2 * len;
}

static void put_keys(struct wr *w, const struct vcard *c)
{
	size_t i;

	put_text(w, ",\n \"keys\": [");
	for (i = 0; i < c->n_keys; i++) {
		const struct vkey *k = &c->keys[i];

		put_text(w, i > 0 ? ",\n  {\"id\": \"" : "\n  {\"id\": \"");
		put_text(w, k->id);
		put_text(w, "\", \"key\": \"");
		put_hex(w, k->key_der, k->key_len);
		put_text(w, "\", \"certificate\": \"");
		put_hex(w, k->cert_der, k->cert_len);
		put_text(w, "\"}");
	}
	put_text(w, "]");
}

static void put_files(struct wr *w, const struct vcard *c)
{
	char start[64];
	size_t i;

	put_text(w, ",\n \"files\": [");
	for (i = 0; i < c->n_files; i++) {
		const struct vfile *f = &c->files[i];

		(void)snprintf(start, sizeof start, "%s\n  {\"id\": %lu, \"bytes\": \"", i > 0 ? "," : "",
			       (unsigned long)f->id);
		put_text(w, start);
		put_hex(w, f->bytes, f->len);
		put_text(w, "\"}");
	}
	put_text(w, "]");
}

/* Enough for keys and files and what stands around them. */
static size_t room_for_bytes(const struct vcard *c)
{
	size_t n = 64, i;

	for (i = 0; i < c->n_keys; i++)
		n += 128 + 2 * (c->keys[i].key_len + c->keys[i].cert_len);
	for (i = 0; i < c->n_files; i++)
		n += 64 + 2 * c->files[i].len;
	return n;
}

/*
 * The text of the state, for free(); NULL when there is no memory. Keys and files are nearly all
 * of it, and nothing in them needs escaping: they are written without jansson, which takes ten
 * times as long, and a card is saved twice in each VERIFY.
 */
static char *state_text(const struct vcard *c)
{
	char *head = head_text(c), *text = NULL;
	const size_t cap = head == NULL ? 0 : strlen(head) + room_for_bytes(c);
	struct wr w;

	if (head != NULL)
		text = malloc(cap);
	w = wr_of(text, text == NULL ? 0 : cap);
	if (text != NULL)
		wr_put(&w, head, strlen(head) - strlen("\n}"));
	put_keys(&w, c);
	put_files(&w, c);
	wr_put(&w, "\n}\n", sizeof "\n}\n");
	free(head);
	if (w.failed) {
		free(text);
		return NULL;
	}
	return text;
}

static rp_code write_state(const struct vcard *c, const char *path, struct rp_error *err)
{
	char *text = state_text(c);
	rp_code rc;

	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "the card's state could not be put into words");
	rc = vio_replace(path, text, strlen(text), err);
	free(text);
	return rc;
}

bool vcard_save(struct vcard *c)
{
	c->save_failed = c->path[0] != '\0' && write_state(c, c->path, NULL) != RP_OK;
	c->saves++;
	return !c->save_failed;
}

static rp_code check_path(const char *path, struct rp_error *err)
{
	const size_t len = strlen(path);

	if (len == 0 || len >= VCARD_PATH_MAX)
		return rp_fail(err, RP_E_USAGE, "the name of a state file has 1 to %d bytes",
			       VCARD_PATH_MAX - 1);
	return RP_OK;
}

static void set_path(struct vcard *c, const char *path)
{
	memcpy(c->path, path, strlen(path) + 1);
	c->save_failed = false;
}

rp_code vcard_keep(struct vcard *c, const char *path, struct rp_error *err)
{
	rp_code rc = check_path(path, err);

	if (rc == RP_OK)
		rc = write_state(c, path, err);
	if (rc == RP_OK)
		set_path(c, path);
	return rc;
}

static rp_code create_state(const struct vcard *c, const char *path, bool *ret_made, struct rp_error *err)
{
	char *text = state_text(c);
	rp_code rc;

	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "the card's state could not be put into words");
	rc = vio_create(path, text, strlen(text), ret_made, err);
	free(text);
	return rc;
}

rp_code vcard_keep_new(struct vcard *c, const char *path, struct rp_error *err)
{
	bool made = false;
	rp_code rc = check_path(path, err);

	if (rc == RP_OK)
		rc = create_state(c, path, &made, err);
	if (rc != RP_OK)
		return rc;
	if (!made)
		return rp_fail(err, RP_E_USAGE, "%s exists already", path);
	set_path(c, path);
	return RP_OK;
}

/* --- reading --- */

static rp_code bad(struct rp_error *err, const char *what)
{
	return rp_fail(err, RP_E_CONFIG, "%s", what);
}

/* Hex into a buffer of the caller; false when it is none or longer. */
static bool bytes_of(const char *hex, uint8_t *ret, size_t cap, size_t *ret_len)
{
	return hex_read(hex, ret, cap, ret_len);
}

static bool exactly(const char *hex, uint8_t *ret, size_t len)
{
	size_t got = 0;

	return hex_read(hex, ret, len, &got) && got == len;
}

/* Hex into memory for free(). */
static bool bytes_alloc(const char *hex, uint8_t **ret, size_t *ret_len)
{
	const size_t cap = strlen(hex) / 2;
	uint8_t *p;

	if (cap > BYTES_MAX)
		return false;
	p = malloc(cap > 0 ? cap : 1);
	if (p == NULL || !hex_read(hex, p, cap, ret_len)) {
		free(p);
		return false;
	}
	*ret = p;
	return true;
}

static bool copy_name(const char *text, char *ret, size_t cap)
{
	const size_t len = strlen(text);

	if (len >= cap)
		return false;
	memcpy(ret, text, len + 1);
	return true;
}

static bool is_name(const char *id)
{
	return id[0] != '\0' && id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static rp_code load_pin(struct vcard *c, json_t *j, struct rp_error *err)
{
	struct vpin p = {0};
	const char *id, *slot, *value;
	json_int_t tries, max, resets;
	size_t len = 0;
	int set;

	if (json_unpack_ex(j, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:I, s:I, s:b, s:I}", "id", &id, "slot",
			   &slot, "value", &value, "tries", &tries, "max", &max, "set", &set, "resets",
			   &resets) != 0)
		return bad(err, "a PIN lacks something or has something else in it");
	if (!is_name(id) || !copy_name(id, p.id, sizeof p.id) || vcard_pin(c, id) != NULL)
		return bad(err, "a PIN has no good name of its own");
	p.slot = rp_slot_from_word(slot);
	/* A card may have references that are no slot of a person's: they are written "". */
	if (p.slot == RP_SLOT_NONE && slot[0] != '\0')
		return bad(err, "a PIN is of a slot that does not exist");
	if (!bytes_of(value, p.value, sizeof p.value, &len) || (set && len == 0))
		return bad(err, "the value of a PIN is not 1 to 128 bytes of hex");
	if (max < 1 || max > 15 || tries < 0 || tries > max || resets < 0 || resets > UINT16_MAX)
		return bad(err, "the counters of a PIN are out of range");
	p.len = (uint8_t)len;
	p.tries = (uint8_t)tries;
	p.max = (uint8_t)max;
	p.set = set != 0;
	p.resets = (uint16_t)resets;
	c->pins[c->n_pins++] = p;
	return RP_OK;
}

static rp_code load_key(struct vcard *c, json_t *j, struct rp_error *err)
{
	struct vkey *k = &c->keys[c->n_keys];
	const char *id, *key, *cert;

	if (json_unpack_ex(j, NULL, JSON_STRICT, "{s:s, s:s, s:s}", "id", &id, "key", &key, "certificate",
			   &cert) != 0)
		return bad(err, "a key lacks something or has something else in it");
	if (!is_name(id) || vcard_key(c, id) != NULL || !copy_name(id, k->id, sizeof k->id))
		return bad(err, "a key has no good name of its own");
	c->n_keys++; /* from here on vcard_free clears it */
	if (!bytes_alloc(key, &k->key_der, &k->key_len) || !bytes_alloc(cert, &k->cert_der, &k->cert_len) ||
	    k->cert_len == 0)
		return bad(err, "a key or certificate is not in hex");
	return vkey_ready(k, err);
}

static rp_code load_file(struct vcard *c, json_t *j, struct rp_error *err)
{
	const char *hex;
	json_int_t id;
	uint8_t *bytes = NULL;
	size_t len = 0;
	rp_code rc;

	if (json_unpack_ex(j, NULL, JSON_STRICT, "{s:I, s:s}", "id", &id, "bytes", &hex) != 0)
		return bad(err, "a file lacks something or has something else in it");
	if (id < 0 || id > UINT32_MAX)
		return bad(err, "the number of a file is out of range");
	if (!bytes_alloc(hex, &bytes, &len))
		return bad(err, "the bytes of a file are not in hex, or too many");
	rc = vcard_add_file(c, (uint32_t)id, bytes, len, err);
	free(bytes);
	return rc == RP_OK ? RP_OK : bad(err, "two files have the same number");
}

typedef rp_code load_item(struct vcard *c, json_t *j, struct rp_error *err);

static rp_code load_list(struct vcard *c, json_t *list, size_t max, load_item *load, struct rp_error *err)
{
	rp_code rc = RP_OK;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > max)
		return bad(err, "a list is no list or too long");
	for (i = 0; i < json_array_size(list) && rc == RP_OK; i++)
		rc = load(c, json_array_get(list, i), err);
	return rc;
}

static rp_code load_reset(struct vcard *c, json_t *j, struct rp_error *err)
{
	const char *key, *id;

	if (json_is_null(j))
		return RP_OK;
	if (json_unpack_ex(j, NULL, JSON_STRICT, "{s:s, s:s}", "key", &key, "card-id", &id) != 0 ||
	    !exactly(key, c->reset_key, sizeof c->reset_key) || !exactly(id, c->card_id, sizeof c->card_id))
		return bad(err, "the reset application is not a key and a card id of 16 bytes");
	c->has_reset = true;
	return RP_OK;
}

/* Everything but the lists. */
struct head {
	const char *family, *number, *issuer, *atr, *transport_key;
	json_t *pins, *keys, *files, *reset, *extra;
	int dead;
};

static rp_code read_head(json_t *j, struct head *ret, struct rp_error *err)
{
	const json_t *version = json_object_get(j, "repin-card");
	const char *warning;
	json_int_t number;
	json_error_t at;

	if (!json_is_integer(version))
		return bad(err, "it is not the state of a virtual card");
	if (json_integer_value(version) != VERSION)
		return rp_fail(err, RP_E_CONFIG,
			       "it is of version %" JSON_INTEGER_FORMAT ", and only version %d is known",
			       json_integer_value(version), VERSION);
	if (json_unpack_ex(j, &at, JSON_STRICT,
			   "{s:I, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:s, s:o, s:o}", "repin-card",
			   &number, "warning", &warning, "family", &ret->family, "number", &ret->number,
			   "issuer", &ret->issuer, "atr", &ret->atr, "dead", &ret->dead, "pins", &ret->pins,
			   "reset", &ret->reset, "extra", &ret->extra, "transport-key", &ret->transport_key,
			   "keys", &ret->keys, "files", &ret->files) != 0)
		return rp_fail(err, RP_E_CONFIG, "it is not well formed: %s", at.text);
	return RP_OK;
}

static rp_code take_head(struct vcard *c, const struct head *h, struct rp_error *err)
{
	c->family = vfamily_named(h->family);
	if (c->family == NULL)
		return bad(err, "its card family does not exist");
	if (!copy_name(h->number, c->number, sizeof c->number) ||
	    !copy_name(h->issuer, c->issuer, sizeof c->issuer))
		return bad(err, "its number or issuer is too long");
	if (!bytes_of(h->atr, c->atr, sizeof c->atr, &c->atr_len) || c->atr_len < 2)
		return bad(err, "its ATR is not 2 to 33 bytes of hex");
	if (!exactly(h->transport_key, c->transport_key, sizeof c->transport_key))
		return bad(err, "its transport key is not 24 bytes of hex");
	if (!json_is_object(h->extra))
		return bad(err, "what its family keeps is no object");
	c->extra = json_incref(h->extra);
	c->dead = h->dead != 0;
	return RP_OK;
}

static rp_code load(struct vcard *c, json_t *j, struct rp_error *err)
{
	struct head h;
	rp_code rc = read_head(j, &h, err);

	if (rc == RP_OK)
		rc = take_head(c, &h, err);
	if (rc == RP_OK)
		rc = load_list(c, h.pins, VCARD_PINS_MAX, load_pin, err);
	if (rc == RP_OK)
		rc = load_list(c, h.keys, VCARD_KEYS_MAX, load_key, err);
	if (rc == RP_OK)
		rc = load_list(c, h.files, VCARD_FILES_MAX, load_file, err);
	if (rc == RP_OK)
		rc = load_reset(c, h.reset, err);
	if (rc == RP_OK && c->family->load != NULL)
		rc = c->family->load(c, err);
	return rc;
}

static rp_code parse(const char *path, json_t **ret, struct rp_error *err)
{
	json_error_t at;
	char *text = NULL;
	size_t len = 0;
	rp_code rc = vio_read_file(path, STATE_MAX, &text, &len, err);

	if (rc != RP_OK)
		return rc;
	*ret = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
	free(text);
	if (*ret == NULL)
		return rp_fail(err, RP_E_CONFIG, "%s is no virtual card: line %d: %s", path, at.line,
			       at.text);
	return RP_OK;
}

rp_code vcard_load(const char *path, struct vcard **ret, struct rp_error *err)
{
	struct vcard *c = NULL;
	json_t *j = NULL;
	rp_code rc = check_path(path, err);

	if (rc == RP_OK)
		rc = parse(path, &j, err);
	if (rc != RP_OK)
		return rc;
	c = calloc(1, sizeof *c);
	rc = c == NULL ? rp_fail(err, RP_E_NO_MEMORY, "no memory for a card") : load(c, j, err);
	json_decref(j);
	if (rc != RP_OK) {
		vcard_free(c);
		return rp_context(err, rc, "%s is no virtual card", path);
	}
	set_path(c, path);
	vcard_reset(c);
	*ret = c;
	return RP_OK;
}
