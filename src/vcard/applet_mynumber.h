/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two halves of the My Number families share: the table of elementary files
 * (applet_mynumber_data.c, with how a card is made) for the commands (applet_mynumber.c).
 */
#ifndef REPIN_VCARD_APPLET_MYNUMBER_H
#define REPIN_VCARD_APPLET_MYNUMBER_H

#include "vcard/vcard.h"

/* Values of card->app. */
enum { MY_NONE = 0, MY_JPKI, MY_TEXT, MY_VISUAL, MY_JUKI, MY_COMMON, MY_RESET };

enum my_kind { MY_DATA, MY_RECORD, MY_PIN, MY_KEY };

/* How the reference is changed: 00 24 01 (JPKI, text), 80 32 00 (juki, common), or never by the holder. */
enum my_change { MY_NEVER, MY_ISO, MY_JICSAP };

struct my_ef {
	uint8_t app;
	uint16_t fid;
	enum my_kind kind;
	const char *id;	     /* MY_PIN: the reference, NULL = blocked for ever; MY_KEY: the key */
	const char *need[2]; /* one of these references opens it; none named = free */
	enum my_change change;
	uint8_t on; /* MY_CARD, MY_MOBILE or both */
};
enum { MY_CARD = 1, MY_MOBILE = 2, MY_BOTH = 3 };

/* The file's content in card->files. Data objects of the power-up state have app 0 and their tag. */
#define MY_FILE(app, fid) ((uint32_t)(app) << 16 | (fid))

/* The elementary file when this card has it, else NULL. */
const struct my_ef *my_ef_find(struct vcard *c, int app, uint32_t fid);
/* The application that has this name, or a name beginning so; MY_NONE when there is none. */
int my_app_find(const struct vcard *c, const uint8_t *name, size_t len);
/* The whole name of an application; NULL for MY_NONE and MY_RESET. */
const uint8_t *my_app_aid(int app);
#define MY_AID_LEN 10

rp_code my_make(struct vcard *c, struct rp_error *err);

#endif
