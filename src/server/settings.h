/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repind.conf: everything that a server is told. Strict: an unknown key is an error that names it,
 * so that a typing mistake never switches a rule off. A path that does not begin with / is taken
 * from the directory of the file, so that a directory of `repind init` can be moved as a whole.
 * man/repind.conf.5 has every key.
 *
 *     settings_read -> … -> settings_freep
 */
#ifndef REPIN_SERVER_SETTINGS_H
#define REPIN_SERVER_SETTINGS_H

#include "issuer/issuer.h"
#include "server/server.h"

#define SETTINGS_PATH 512
#define SETTINGS_WORD 256
#define SETTINGS_EXTERNAL 8

struct settings {
	char path[SETTINGS_PATH]; /* of the file */
	char dir[SETTINGS_PATH];  /* of its directory */
	char name[SETTINGS_WORD], log_origin[SETTINGS_WORD];
	char database[SETTINGS_PATH];
	unsigned database_connections;
	bool ha;
	char module[SETTINGS_PATH], token[SETTINGS_WORD], pin_file[SETTINGS_PATH], softhsm[SETTINGS_PATH];
	unsigned sessions;
	char listen[SETTINGS_WORD], console[SETTINGS_WORD], metrics[SETTINGS_WORD];
	char pages[SETTINGS_PATH]; /* "": those beside this program */
	char tls_certificate[SETTINGS_PATH], tls_key[SETTINGS_PATH];
	char terminal_ca[SETTINGS_PATH], terminal_ca_key[SETTINGS_PATH], terminal_crl[SETTINGS_PATH];
	char anchors[SETTINGS_PATH], crl[SETTINGS_PATH];
	bool crl_optional, proxy_v2, two_people;
	char four_eyes[SETTINGS_PATH]; /* offices, with commas */
	char reserve_from[3][8];
	unsigned n_reserve_from;
	unsigned threads, connections, per_address, idle_s, argon2_places, card_acts;
	unsigned keep_days[FORGET_KINDS]; /* 0: for ever */
	char notice_program[SETTINGS_PATH];
	char revocation_program[SETTINGS_PATH], revocation_config[SETTINGS_PATH];
	unsigned revocation_s, revocation_wait_s; /* 0: 60, 15 */
	struct settings_key {
		char name[ROW_NAME];
		uint8_t key[32];
	} external_keys[SETTINGS_EXTERNAL];
	unsigned n_external_keys;
	struct settings_external {
		char profile[24], door[24];
		rp_slot slot; /* RP_SLOT_NONE: all */
		unsigned key; /* in external_keys */
	} external[SETTINGS_EXTERNAL];
	unsigned n_external;
};

/*
 * Reads the file, or DIR/repind.conf when `path` is a directory. Errors: RP_E_CONFIG with the file
 * and the key, RP_E_NO_MEMORY.
 */
RP_MUST_CHECK rp_code settings_read(const char *path, struct settings **ret, struct rp_error *err);
void settings_freep(struct settings **s);

/* Views of it for those who take it; they borrow from `s`. An empty text is NULL there. */
void settings_issuer(const struct settings *s, struct issuer_conf *ret);
void settings_server(const struct settings *s, struct server_conf *ret);
void settings_store(const struct settings *s, struct store_conf *ret);

#endif
