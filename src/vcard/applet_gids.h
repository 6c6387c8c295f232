/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GIDS: what its two files share. applet_gids.c has the PIN, the admin key and the
 * signature, applet_gids_fs.c the files that Windows' and OpenSC's minidriver read.
 * Not for other families.
 */
#ifndef REPIN_VCARD_APPLET_GIDS_H
#define REPIN_VCARD_APPLET_GIDS_H

#include "vcard/vstd.h"

enum gids_challenge { GIDS_NO_CHALLENGE, GIDS_ONE_WAY, GIDS_MUTUAL };

struct gids {
	struct vstd_io io;
	bool admin_chosen; /* MSE named the admin key */
	bool admin_ok;	   /* and it has authenticated */
	enum gids_challenge waiting;
	uint8_t theirs[16], ours[16]; /* R1 and R2 */
	uint8_t algorithm;	      /* of the signature, by MSE; 0 = no key chosen */
};

/* The files of a new card; its key "auth" is there. */
RP_MUST_CHECK rp_code gids_make_files(struct vcard *c, struct rp_error *err);
/* GET DATA and PUT DATA on A0xx and EF.ATR; 3FFF is answered elsewhere. */
uint16_t gids_read_object(struct vcard *c, const struct gids *s, const struct vcmd *cmd, struct wr *out);
uint16_t gids_write_object(struct vcard *c, const struct gids *s, const struct vcmd *cmd);
/* SELECT by file identifier. */
uint16_t gids_select_file(const struct vcmd *cmd, struct wr *out);

#endif
