/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file of the card programs. Strict: an unknown key is an error that
 * names it, so that a typing mistake never switches a rule off.
 *
 *     hicos-transport-key-file = "/etc/repin/hicos.key"   # 24 bytes hex, 3DES
 *     state-directory = "/var/lib/repin"                   # journal and ledger
 *     ledger = no                                          # yes unless told
 */
#ifndef REPIN_BASE_CONF_H
#define REPIN_BASE_CONF_H

#include "base/secret.h"

struct conf {
	char path[512];	      /* the file that was read; "" = none */
	rp_secret *hicos_key; /* NULL = not configured */
	char state_dir[512];  /* a whole path; "" = the usual place */
	bool ledger_off;      /* what was seen of a card's tries is neither noted nor read */
};

/*
 * Reads `path`, or when it is NULL the first of $XDG_CONFIG_HOME/repin/repin.conf
 * (~/.config), /etc/repin/repin.conf; no file at all is an empty configuration.
 * Errors: RP_E_CONFIG with file and key; also for a key file that cannot be read, is
 * not 24 bytes of hex, or can be read by others, and for a state directory that is no
 * whole path.
 */
RP_MUST_CHECK rp_code conf_read(const char *path, struct conf *ret, struct rp_error *err);
void conf_free(struct conf *c);

#endif
