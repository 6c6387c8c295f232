/* SPDX-License-Identifier: Apache-2.0 */
#include "cards.h"

#include "judge.h"

#include <stdlib.h>
#include <string.h>

#define FAMILIES_MAX 8

/* A card, and what of it a command can change. */
struct stored {
	struct vcard *card;
	struct vcard was; /* its plain values; pointers in here belong to the card or are copies of ours */
	json_t *extra;
	struct vfile files[VCARD_FILES_MAX];
};

static const char *pins_of(const char *family)
{
	static const char *const rows[][2] = {
		{"mynumber", "sign=246824,auth=2468,text=2468,juki=2468"},
		{"mynumber-mobile", "sign=246824,auth=2468"},
		{"aosign", "pin=246824,letter=246824"},
		{"hicos", "pin=246824"},
		{"piv", "pin=246824,puk=246824"},
		{"openpgp", "pw1=246824,pw3=24682468,rc=24682468"},
		{"gids", "pin=246824"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i][0], family) == 0)
			return rows[i][1];
	return NULL;
}

static struct vfile copy_file(const struct vfile *f)
{
	struct vfile copy = *f;

	copy.bytes = malloc(f->len > 0 ? f->len : 1);
	judge_that(copy.bytes != NULL, "no memory");
	if (f->len > 0)
		memcpy(copy.bytes, f->bytes, f->len);
	return copy;
}

static void make(struct stored *s, const char *family)
{
	static const uint8_t key[16] = {0xbf, 0xcf, 0x19, 0x4c, 0xd2, 0x2b, 0xb6, 0xa7,
					0xbb, 0x18, 0x7b, 0x05, 0x9f, 0xb9, 0xde, 0xc2};
	const bool resets = strncmp(family, "mynumber", 8) == 0 || strcmp(family, "hicos") == 0;
	const struct vcard_spec spec = {
		.family = family, .pins = pins_of(family), .reset_key = resets ? key : NULL};

	judge_that(vcard_make(&spec, &s->card, NULL) == RP_OK, "a card could not be made");
	vcard_reset(s->card);
	s->was = *s->card;
	s->extra = json_deep_copy(s->card->extra);
	for (size_t i = 0; i < s->card->n_files; i++)
		s->files[i] = copy_file(&s->card->files[i]);
}

static void restore(struct stored *s)
{
	struct vcard *c = s->card;

	for (size_t i = 0; i < c->n_files; i++)
		free(c->files[i].bytes);
	json_decref(c->extra);
	free(c->scratch);
	*c = s->was;
	c->scratch = NULL;
	c->extra = json_deep_copy(s->extra);
	for (size_t i = 0; i < c->n_files; i++)
		c->files[i] = copy_file(&s->files[i]);
	vcard_reset(c);
}

struct vcard *cards_fresh(size_t family)
{
	static struct stored all[FAMILIES_MAX];
	struct stored *s = &all[family];

	judge_that(family < n_vfamilies && family < FAMILIES_MAX, "no such family");
	if (s->card == NULL)
		make(s, vfamilies[family]->name);
	restore(s);
	return s->card;
}
