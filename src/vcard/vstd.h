/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the three standard families (piv, openpgp, gids) have in common: SELECT by name
 * with whole and right-truncated names, a card manager beside the application (so that
 * there is another application to select), command chaining and GET RESPONSE, and the
 * volatile memory in card->scratch.
 *
 * A family gives a struct vstd_app and calls vstd_process from its own process. Its
 * state struct begins with struct vstd_io, and is found with vstd_state.
 *
 * Sources: ISO/IEC 7816-4:2005 5.1.1.1 (chaining), 7.1.1 (SELECT), 7.6.1 (GET RESPONSE);
 * GlobalPlatform Card Specification 2.3.1, annex H (name of the card manager).
 */
#ifndef REPIN_VCARD_VSTD_H
#define REPIN_VCARD_VSTD_H

#include "base/bytes.h"
#include "vcard/vcard.h"

#define VSTD_IO_MAX 4096

/* A command that comes in pieces, and an answer that leaves in pieces. */
struct vstd_io {
	bool open;	 /* a chain waits for its next piece */
	uint8_t head[3]; /* INS, P1, P2 of the chain */
	size_t in_len, out_len, out_at;
	uint8_t in[VSTD_IO_MAX];
	uint8_t out[VSTD_IO_MAX];
};

/* Values of card->app. */
enum { VSTD_NOTHING = 0, VSTD_APP = 1, VSTD_CARD_MANAGER = 2 };

struct vstd_app {
	const uint8_t *aid;
	size_t aid_len;
	const uint8_t *chained; /* instructions that may come in pieces */
	size_t n_chained;
	size_t state_size;
	/* Its name was selected: the answer. `again`: it was selected already. */
	uint16_t (*select)(struct vcard *c, bool again, struct wr *out);
	/* Any command but SELECT by name and GET RESPONSE, whole and with class 00. */
	uint16_t (*command)(struct vcard *c, const struct vcmd *cmd, struct wr *out);
};

/*
 * The family's volatile state, zeroed when it is new; NULL when there is no memory. All of it, and every
 * security status, is gone with power, reset and the selection of another application.
 */
void *vstd_state(struct vcard *c, const struct vstd_app *app);
/* For vfamily.reset. */
void vstd_reset(struct vcard *c, const struct vstd_app *app);
/* For vfamily.process. */
uint16_t vstd_process(struct vcard *c, const struct vstd_app *app, const struct vcmd *cmd, struct vrsp *rsp);

/*
 * old || new of CHANGE REFERENCE DATA and RESET RETRY COUNTER without padding: the card
 * alone knows where the old one ends. A body that is shorter than the old one is given
 * whole as the old one, so that its wrongness is counted and no length is told.
 */
struct vstd_pair {
	const uint8_t *old, *new;
	size_t old_len, new_len;
};
struct vstd_pair vstd_split(const struct vpin *known, const struct vcmd *cmd);

/*
 * The card's number: the one asked for, or `otherwise`; `digits` hexadecimal digits, which become
 * capitals. Errors: RP_E_USAGE.
 */
RP_MUST_CHECK rp_code vstd_number(struct vcard *c, size_t digits, const char *otherwise,
				  struct rp_error *err);
/* While making: the holder's name that was asked for, or a test person's. */
const char *vstd_holder(const struct vcard *c);
/* A key whose certificate is for "CN=holder,O=Repin test card". Errors: as of applet_add_key. */
RP_MUST_CHECK rp_code vstd_add_key(struct vcard *c, const char *id, bool is_signature, struct rp_error *err);
/* Modulus (256 bytes) and exponent of the key's certificate. */
struct vstd_public {
	uint8_t n[256], e[8];
	size_t e_len;
};
bool vstd_public_key(const struct vkey *k, struct vstd_public *ret);
/* 7F49 { 81 modulus, 82 exponent } (ISO/IEC 7816-8). */
void vstd_put_public(struct wr *out, const struct vstd_public *key);

/* The DigestInfo of a whole EMSA-PKCS1-v1_5 block of 256 bytes (RFC 8017, 9.2); false for other paddings. */
bool vstd_strip_padding(struct rd block, struct rd *ret);

/* Replaces (or makes) a file and saves; false when it could not be saved, and nothing changed. */
bool vstd_write_file(struct vcard *c, uint32_t id, const void *bytes, size_t len);

#endif
