/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file of the card programs. Strict: an unknown key is an error that
 * names it, so that a typing mistake never switches a rule off.
 *
 *     hicos-transport-key-file = "/etc/repin/hicos.key"   # 24 bytes hex, 3DES
 *     state-directory = "/var/lib/repin"                   # journal and ledger
 *     ledger = no                                          # yes unless told
 *     issuer-url = "https://issuer.example:8443"           # its server
 *     issuer-ca-file = "/etc/repin/issuer-ca.pem"          # who signed its certificate; else the system's
 *     issuer-log-key = "log.example+1a2b3c4d+AQ…"          # the key that its log is signed with
 *     terminal-certificate-file = "/etc/repin/desk.pem"    # this machine is a terminal of the issuer
 *     terminal-key-file = "/etc/repin/desk.key"
 */
#ifndef REPIN_BASE_CONF_H
#define REPIN_BASE_CONF_H

#include "base/secret.h"

struct conf {
	char path[512];	       /* the file that was read; "" = none */
	rp_secret *hicos_key;  /* NULL = not configured */
	char state_dir[512];   /* a whole path; "" = the usual place */
	bool ledger_off;       /* what was seen of a card's tries is neither noted nor read */
	char issuer_url[256];  /* "" = no issuer is known here */
	char console_url[256]; /* "" = operators are served there as well */
	char issuer_ca[256];   /* "" = the system's authorities */
	char log_key[192];     /* C2SP verifier key of its log; "" = the one that was told first */
	char terminal_cert[256], terminal_key[256]; /* both or none */
};

/*
 * Reads `path`, or when it is NULL the first of $XDG_CONFIG_HOME/repin/repin.conf
 * (~/.config), /etc/repin/repin.conf; no file at all is an empty configuration.
 * Errors: RP_E_CONFIG with file and key; also for a key file that cannot be read, is
 * not 24 bytes of hex, or can be read by others, for a path that is no whole one, for an
 * issuer's address that does not begin with https://, and for half a terminal.
 */
RP_MUST_CHECK rp_code conf_read(const char *path, struct conf *ret, struct rp_error *err);
void conf_free(struct conf *c);

#endif
