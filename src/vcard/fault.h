/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fault scripts: what goes wrong, when. One line each, "#" comments:
 *
 *     apdu 7 cut-before            power goes before command 7 is executed
 *     apdu 7 cut-after             it is executed, the answer is lost
 *     ins 24 cut-after             the same for the first command with INS 24
 *     ins 24 #2 sw 6983            executed, but this status word is told (the second 24)
 *     ins 20 instead 9000          not executed, this status word is told
 *     apdu 3 reply 6F00AABB        executed, exactly these bytes are told
 *     apdu 3 empty | short | long N   no bytes, one byte, N bytes
 *     apdu 3 delay 500             milliseconds
 *     apdu 3 mute                  never answers
 *     apdu 3 remove                the card leaves the reader before the command
 *     apdu 3 grab                  another program resets the card and tries a wrong PIN before it
 *
 * Numbers count the commands since the script was read, from 1. A rule serves once. "long N" is
 * filler with the true status word at its end. Delay and grab go along with another rule for the
 * same command; of the others the first in the script serves.
 */
#ifndef REPIN_VCARD_FAULT_H
#define REPIN_VCARD_FAULT_H

#include "vcard/vcard.h"

struct faults;

/* Errors: RP_E_CONFIG, the story names the line. */
RP_MUST_CHECK rp_code faults_parse(const char *text, struct faults **ret, struct rp_error *err);
void faults_free(struct faults *f);

/* What became of one command. */
enum fault_result {
	FAULT_ANSWER,  /* *ret_len bytes in ret (may be 0 or 1) */
	FAULT_MUTE,    /* never answers */
	FAULT_CUT,     /* power went: card was reset, no answer */
	FAULT_REMOVED, /* the card left the reader */
};

/* vcard_transmit with faults; f may be NULL. delay_ms: how long the caller shall wait before it answers. */
enum fault_result fault_transmit(struct faults *f, struct vcard *c, const uint8_t *cmd, size_t len,
				 uint8_t *ret, size_t cap, size_t *ret_len, unsigned *ret_delay_ms);

/*
 * The diary: one line per command, "n command answer | tries before | tries after", in hex; "-" for
 * no answer. It ends early where cap does. May hold PINs.
 */
void vcard_diary_line(const struct vcard *c, unsigned n, const uint8_t *cmd, size_t len, const uint8_t *rsp,
		      size_t rsp_len, const char *before, char *ret, size_t cap);
/* "sign=5 auth=3 juki=3 juki-common=3" */
void vcard_tries(const struct vcard *c, char *ret, size_t cap);

#endif
