/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/vexport.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vcard/applet_mynumber.h"

#define BASE64_MAX(len) (((len) + 2) / 3 * 4 + 1)

/* Whose PIN lets a key sign. docs/wire.md has ours; cards.md the others. */
static const struct guard {
	const char *family, *key;
	rp_slot slot;
} guards[] = {
	{"mynumber", "sign", RP_SLOT_SIGN},
	{"mynumber", "auth", RP_SLOT_AUTH},
	{"mynumber-mobile", "sign", RP_SLOT_SIGN},
	{"mynumber-mobile", "auth", RP_SLOT_AUTH},
	{"aosign", "sign", RP_SLOT_PIN},
	{"hicos", "sign", RP_SLOT_PIN},
	{"piv", "auth", RP_SLOT_PIN},
	{"openpgp", "sign", RP_SLOT_PW1},
	{"gids", "auth", RP_SLOT_PIN},
};

static json_t *certificate_json(const struct vkey *k)
{
	const size_t cap = BASE64_MAX(k->cert_len);
	char *text = malloc(cap);
	json_t *j = text != NULL && base64_of(k->cert_der, k->cert_len, text, cap) ? json_string(text) : NULL;

	free(text);
	return j;
}

static json_t *certificates_json(struct vcard *c)
{
	json_t *all = json_object();
	bool good = all != NULL;

	for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
		const struct vkey *k = strcmp(guards[i].family, c->family->name) == 0
					       ? vcard_key(c, guards[i].key)
					       : NULL;

		if (good && k != NULL)
			good = json_object_set_new(all, rp_slot_word(guards[i].slot), certificate_json(k)) ==
			       0;
	}
	if (good)
		return all;
	json_decref(all);
	return NULL;
}

static json_t *municipality_json(struct vcard *c)
{
	const struct vfile *f = strcmp(c->family->name, "mynumber") == 0
					? vcard_file(c, MY_FILE(MY_NONE, 0x00F0))
					: NULL;

	return f != NULL ? json_stringn((const char *)f->bytes, f->len) : json_string("");
}

rp_code vcard_export(struct vcard *c, char **ret, struct rp_error *err)
{
	json_t *admin = json_object_get(c->extra, "admin");
	json_t *card = json_pack("{s:s,s:s,s:o,s:o}", "profile", c->family->name, "number", c->number,
				 "municipality", municipality_json(c), "certificates", certificates_json(c));
	char *text = NULL;

	if (card != NULL && (admin == NULL || json_object_set(card, "gids_key", admin) == 0))
		text = json_dumps(card, JSON_COMPACT);
	json_decref(card);
	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for what an issuer gets to know");
	*ret = text;
	return RP_OK;
}
