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
 *     contact = {"aosign telephone 00-0000-0000"}           # whom to ask, as the issuer publishes it
 */
#ifndef REPIN_BASE_CONF_H
#define REPIN_BASE_CONF_H

#include "base/secret.h"

/* What an issuer publishes for the holders of its cards. */
enum conf_contact_kind {
	CONTACT_TELEPHONE, /* of its help desk */
	CONTACT_HOURS,	   /* when that is there */
	CONTACT_HELP_PAGE, /* pages: https:// */
	CONTACT_REVOCATION_PAGE,
	CONTACT_APPLICATION_PAGE, /* for a new card */
	CONTACT_PORTAL,		  /* leaflets, shops, set-up */
	CONTACT_KINDS
};
extern const char *const conf_contact_words[CONTACT_KINDS]; /* as the file has them */

struct conf_contact {
	char profile[24]; /* "*": every family */
	enum conf_contact_kind kind;
	char text[200];
};

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
	/* NULL = none */
	struct conf_contact *contacts;
	size_t n_contacts;
};

/*
 * Reads `path`, or when it is NULL the first of $XDG_CONFIG_HOME/repin/repin.conf
 * (~/.config), /etc/repin/repin.conf; no file at all is an empty configuration.
 * Errors: RP_E_CONFIG with file and key; also for a key file that cannot be read, is
 * not 24 bytes of hex, or can be read by others, for a path that is no whole one, for an
 * issuer's address that does not begin with https://, for half a terminal, and for a
 * contact that is not as above.
 */
RP_MUST_CHECK rp_code conf_read(const char *path, struct conf *ret, struct rp_error *err);
void conf_free(struct conf *c);
/* What is known of this family, else of every one; NULL: nothing. Borrowed. */
const char *conf_contact(const struct conf *c, const char *profile, enum conf_contact_kind kind);

#endif
