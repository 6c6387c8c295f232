/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenPGP card 3.4: what its two files share. applet_openpgp.c has passwords and keys,
 * applet_openpgp_do.c the data objects. Not for other families.
 */
#ifndef REPIN_VCARD_APPLET_OPENPGP_H
#define REPIN_VCARD_APPLET_OPENPGP_H

#include "vcard/vstd.h"

#define PGP_PW1_MIN 6
#define PGP_PW3_MIN 8
#define PGP_PW_MAX 64

/* The number of these tags is where the card keeps them; they are no objects of their own outside. */
#define PGP_FILE_ONE_SIGNATURE 0xC4 /* one byte: 00 = PW1 (81) is good for one signature */
#define PGP_FILE_SIGNATURES 0x93    /* three bytes: signatures made */

struct pgp {
	struct vstd_io io;
	/* Security statuses. One PW1 has two of them, so they are not in its vpin. */
	bool sign_ok;	    /* PW1 as 81 */
	bool other_ok;	    /* PW1 as 82 */
	bool admin_ok;	    /* PW3 */
	uint8_t occurrence; /* of the cardholder certificate, by SELECT DATA */
};

/* Creates the data objects of a new card; its keys "sign" and "auth" are there. */
RP_MUST_CHECK rp_code pgp_make_objects(struct vcard *c, struct rp_error *err);
/* GET DATA, PUT DATA, SELECT DATA (3.4: 7.2.6, 7.2.8, 7.2.5). */
uint16_t pgp_get_data(struct vcard *c, const struct pgp *s, const struct vcmd *cmd, struct wr *out);
uint16_t pgp_put_data(struct vcard *c, struct pgp *s, const struct vcmd *cmd);
uint16_t pgp_select_data(struct pgp *s, const struct vcmd *cmd);
/* Counts one signature and saves; false when it could not. */
bool pgp_count_signature(struct vcard *c);
/* True when PW1 (81) is good for one signature only. */
bool pgp_one_signature(struct vcard *c);
/* The whole name of the application with the card's number in it. */
void pgp_aid(const struct vcard *c, uint8_t ret[16]);

#endif
