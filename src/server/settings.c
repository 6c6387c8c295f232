/* SPDX-License-Identifier: Apache-2.0 */
#include "server/settings.h"

#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"

#define SQLITE_SCHEME "sqlite:"
#define KEEP_CASES_LEAST 30

/* libconfuse reports through a callback without an argument of ours. */
static _Thread_local char settings_said[256];

static void keep_said(cfg_t *cfg, const char *fmt, va_list ap)
{
	/* Without the line: libconfuse 3.3 counts one with a comment twice. The key is named. */
	(void)cfg;
	(void)vsnprintf(settings_said, sizeof settings_said, fmt, ap);
}

/* What a text is for; a path is made whole. */
enum text_kind { IS_WORD, IS_PATH, IS_DATABASE };

/* Every key that holds a text: where it goes, and what must be there. */
static const struct text_row {
	const char *key;
	size_t offset, cap;
	enum text_kind kind;
	bool needed;
} texts[] = {
#define TEXT(key, field, kind, needed)                                                                       \
	{                                                                                                    \
		key, offsetof(struct settings, field), sizeof((struct settings *)0)->field, kind, needed     \
	}
	TEXT("name", name, IS_WORD, true),
	TEXT("log-origin", log_origin, IS_WORD, true),
	TEXT("database", database, IS_DATABASE, true),
	TEXT("pkcs11-module", module, IS_PATH, true),
	TEXT("pkcs11-token", token, IS_WORD, true),
	TEXT("pkcs11-pin-file", pin_file, IS_PATH, true),
	TEXT("softhsm-conf", softhsm, IS_PATH, false),
	TEXT("listen", listen, IS_WORD, true),
	TEXT("console-listen", console, IS_WORD, false),
	TEXT("metrics-listen", metrics, IS_WORD, false),
	TEXT("pages", pages, IS_PATH, false),
	TEXT("tls-certificate", tls_certificate, IS_PATH, true),
	TEXT("tls-key", tls_key, IS_PATH, true),
	TEXT("terminal-ca", terminal_ca, IS_PATH, true),
	TEXT("terminal-ca-key", terminal_ca_key, IS_PATH, false),
	TEXT("terminal-crl", terminal_crl, IS_PATH, false),
	TEXT("anchors", anchors, IS_PATH, true),
	TEXT("crl", crl, IS_PATH, false),
	TEXT("notice-program", notice_program, IS_PATH, false),
	TEXT("revocation-program", revocation_program, IS_PATH, false),
	TEXT("revocation-config", revocation_config, IS_PATH, false),
	TEXT("four-eyes", four_eyes, IS_WORD, false),
#undef TEXT
};

static const struct number_row {
	const char *key;
	size_t offset;
	long max;
} numbers[] = {
	{"database-connections", offsetof(struct settings, database_connections), 256},
	{"pkcs11-sessions", offsetof(struct settings, sessions), 1024},
	{"threads", offsetof(struct settings, threads), 256},
	{"connections", offsetof(struct settings, connections), 100000},
	{"connections-per-address", offsetof(struct settings, per_address), 100000},
	{"idle-seconds", offsetof(struct settings, idle_s), 3600},
	{"argon2-places", offsetof(struct settings, argon2_places), 64},
	{"revocation-seconds", offsetof(struct settings, revocation_s), 600},
	{"revocation-wait-seconds", offsetof(struct settings, revocation_wait_s), 3600},
	{"card-acts-a-day", offsetof(struct settings, card_acts), 1000000},
	{"keep-cases-days", offsetof(struct settings, keep_days[FORGET_CASES]), 36500},
	{"keep-codes-days", offsetof(struct settings, keep_days[FORGET_CODES]), 36500},
	{"keep-notices-days", offsetof(struct settings, keep_days[FORGET_NOTICES]), 36500},
	{"keep-approvals-days", offsetof(struct settings, keep_days[FORGET_APPROVALS]), 36500},
	{"keep-applications-days", offsetof(struct settings, keep_days[FORGET_APPLICATIONS]), 36500},
	{"keep-visits-days", offsetof(struct settings, keep_days[FORGET_VISITS]), 36500},
};

static const struct flag_row {
	const char *key;
	size_t offset;
	cfg_bool_t unless; /* what counts when it is not there */
} flags[] = {
	{"ha", offsetof(struct settings, ha), cfg_false},
	{"crl-optional", offsetof(struct settings, crl_optional), cfg_false},
	{"two-people", offsetof(struct settings, two_people), cfg_true},
	{"proxy-v2", offsetof(struct settings, proxy_v2), cfg_false},
};

#define N(rows) (sizeof rows / sizeof rows[0])

static rp_code bad(struct rp_error *err, const struct settings *s, const char *key, const char *why)
{
	return rp_fail(err, RP_E_CONFIG, "%s: %s %s", s->path, key, why);
}

/* The text as it is meant: a path that is not whole is taken from the file's directory. */
static int whole(const struct settings *s, enum text_kind kind, const char *text, char *ret, size_t cap)
{
	const size_t scheme = strlen(SQLITE_SCHEME);

	if (kind == IS_PATH && text[0] != '/')
		return snprintf(ret, cap, "%s/%s", s->dir, text);
	if (kind == IS_DATABASE && strncmp(text, SQLITE_SCHEME, scheme) == 0 && text[scheme] != '/')
		return snprintf(ret, cap, "%s%s/%s", SQLITE_SCHEME, s->dir, text + scheme);
	return snprintf(ret, cap, "%s", text);
}

static rp_code take_texts(cfg_t *cfg, struct settings *s, struct rp_error *err)
{
	for (size_t i = 0; i < N(texts); i++) {
		const struct text_row *row = &texts[i];
		const char *text = cfg_getstr(cfg, row->key);
		int n;

		if ((text == NULL || text[0] == '\0') && row->needed)
			return bad(err, s, row->key, "is missing");
		if (text == NULL || text[0] == '\0')
			continue;
		n = whole(s, row->kind, text, (char *)s + row->offset, row->cap);
		if (n < 0 || (size_t)n >= row->cap)
			return bad(err, s, row->key, "is too long");
	}
	return RP_OK;
}

static rp_code take_numbers(cfg_t *cfg, struct settings *s, struct rp_error *err)
{
	for (size_t i = 0; i < N(numbers); i++) {
		const long n = cfg_getint(cfg, numbers[i].key);

		if (n < 0 || n > numbers[i].max)
			return bad(err, s, numbers[i].key, "is out of its range");
		*(unsigned *)(void *)((char *)s + numbers[i].offset) = (unsigned)n;
	}
	for (size_t i = 0; i < N(flags); i++)
		*(bool *)((char *)s + flags[i].offset) = cfg_getbool(cfg, flags[i].key) == cfg_true;
	return RP_OK;
}

static rp_code take_reserve_from(cfg_t *cfg, struct settings *s, struct rp_error *err)
{
	static const char *const classes[] = {"home", "app", "desk"};

	for (unsigned i = 0; i < cfg_size(cfg, "reserve-from"); i++) {
		const char *word = cfg_getnstr(cfg, "reserve-from", i);
		size_t k = 0;

		/*
		 * Never "kiosk": of the two proofs of a kiosk reset the first is given elsewhere.
		 */
		while (k < N(classes) && strcmp(word, classes[k]) != 0)
			k++;
		if (k == N(classes))
			return bad(err, s, "reserve-from", "may hold \"home\", \"app\" and \"desk\" only");
		if (s->n_reserve_from == N(classes))
			return bad(err, s, "reserve-from", "repeats itself");
		(void)snprintf(s->reserve_from[s->n_reserve_from++], sizeof s->reserve_from[0], "%s", word);
	}
	return RP_OK;
}

/* The words of a row, split at single blanks; false when there are not n of them. */
static bool split(const char *text, char words[][SETTINGS_WORD], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const size_t len = strcspn(text, " ");

		if (len == 0 || len >= SETTINGS_WORD)
			return false;
		(void)snprintf(words[i], SETTINGS_WORD, "%.*s", (int)len, text);
		text += len;
		if (i + 1 < n && *text++ != ' ')
			return false;
	}
	return text[0] == '\0';
}

/* "NAME KEY": an Ed25519 key of a system that makes checks for us. */
static rp_code take_external_key(struct settings *s, const char *text, struct rp_error *err)
{
	struct settings_key *k = &s->external_keys[s->n_external_keys];
	char words[2][SETTINGS_WORD];
	size_t len = 0;

	if (s->n_external_keys == SETTINGS_EXTERNAL)
		return bad(err, s, "external-keys", "has more than eight keys");
	if (!split(text, words, 2) || strlen(words[0]) >= sizeof k->name ||
	    !hex_read(words[1], k->key, sizeof k->key, &len) || len != sizeof k->key)
		return bad(err, s, "external-keys", "must hold \"NAME KEY\" with an Ed25519 key in hex");
	for (unsigned i = 0; i < s->n_external_keys; i++)
		if (strcmp(s->external_keys[i].name, words[0]) == 0)
			return bad(err, s, "external-keys", "has a name twice");
	(void)snprintf(k->name, sizeof k->name, "%s", words[0]);
	s->n_external_keys++;
	return RP_OK;
}

/* "PROFILE DOOR SLOT NAME": one row of the doors table that also asks for what this key has signed. */
static rp_code take_external_row(struct settings *s, const char *text, struct rp_error *err)
{
	struct settings_external *row = &s->external[s->n_external];
	char words[4][SETTINGS_WORD];

	if (s->n_external == SETTINGS_EXTERNAL)
		return bad(err, s, "external", "has more than eight rows");
	if (!split(text, words, 4) || strlen(words[0]) >= sizeof row->profile ||
	    strlen(words[1]) >= sizeof row->door)
		return bad(err, s, "external", "must hold rows \"PROFILE DOOR SLOT NAME\", SLOT may be *");
	(void)snprintf(row->profile, sizeof row->profile, "%s", words[0]);
	(void)snprintf(row->door, sizeof row->door, "%s", words[1]);
	row->slot = rp_slot_from_word(words[2]);
	if (row->slot == RP_SLOT_NONE && strcmp(words[2], "*") != 0)
		return bad(err, s, "external", "names a PIN that is none");
	for (row->key = 0; row->key < s->n_external_keys; row->key++)
		if (strcmp(s->external_keys[row->key].name, words[3]) == 0) {
			s->n_external++;
			return RP_OK;
		}
	return bad(err, s, "external", "names a key that external-keys does not have");
}

static rp_code take_external(cfg_t *cfg, struct settings *s, struct rp_error *err)
{
	rp_code rc = RP_OK;

	for (unsigned i = 0; rc == RP_OK && i < cfg_size(cfg, "external-keys"); i++)
		rc = take_external_key(s, cfg_getnstr(cfg, "external-keys", i), err);
	for (unsigned i = 0; rc == RP_OK && i < cfg_size(cfg, "external"); i++)
		rc = take_external_row(s, cfg_getnstr(cfg, "external", i), err);
	return rc;
}

static rp_code check_together(const struct settings *s, struct rp_error *err)
{
	if (s->crl[0] == '\0' && !s->crl_optional)
		return bad(err, s, "crl",
			   "is missing: without revocation lists a revoked card looks good "
			   "(crl-optional = yes accepts that)");
	/* Within its time a case that failed may be granted again. */
	if (s->keep_days[FORGET_CASES] > 0 && s->keep_days[FORGET_CASES] < KEEP_CASES_LEAST)
		return bad(err, s, "keep-cases-days", "must be 30 or more");
	return RP_OK;
}

static rp_code take(cfg_t *cfg, struct settings *s, struct rp_error *err)
{
	rp_code rc = take_texts(cfg, s, err);

	if (rc == RP_OK)
		rc = take_numbers(cfg, s, err);
	if (rc == RP_OK)
		rc = take_reserve_from(cfg, s, err);
	if (rc == RP_OK)
		rc = take_external(cfg, s, err);
	return rc == RP_OK ? check_together(s, err) : rc;
}

static cfg_t *new_cfg(void)
{
	static char reserve_from[] = "{\"home\", \"app\"}", none[] = "{}";
	cfg_opt_t *opts = calloc(N(texts) + N(numbers) + N(flags) + 4, sizeof *opts);
	const cfg_opt_t end = CFG_END();
	cfg_t *cfg;
	size_t n = 0;

	if (opts == NULL)
		return NULL;
	for (size_t i = 0; i < N(texts); i++)
		opts[n++] = (cfg_opt_t)CFG_STR(texts[i].key, NULL, CFGF_NONE);
	for (size_t i = 0; i < N(numbers); i++)
		opts[n++] = (cfg_opt_t)CFG_INT(numbers[i].key, 0, CFGF_NONE);
	for (size_t i = 0; i < N(flags); i++)
		opts[n++] = (cfg_opt_t)CFG_BOOL(flags[i].key, flags[i].unless, CFGF_NONE);
	opts[n++] = (cfg_opt_t)CFG_STR_LIST("reserve-from", reserve_from, CFGF_NONE);
	opts[n++] = (cfg_opt_t)CFG_STR_LIST("external-keys", none, CFGF_NONE);
	opts[n++] = (cfg_opt_t)CFG_STR_LIST("external", none, CFGF_NONE);
	opts[n] = end;
	/* libconfuse copies the table. */
	cfg = cfg_init(opts, CFGF_NONE);
	free(opts);
	return cfg;
}

static rp_code find_file(const char *path, struct settings *s, struct rp_error *err)
{
	struct stat st;
	const bool is_dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	const int n = snprintf(s->path, sizeof s->path, "%s%s", path, is_dir ? "/repind.conf" : "");
	char *slash, *here;
	bool fits;

	if (n < 0 || (size_t)n >= sizeof s->path)
		return rp_fail(err, RP_E_CONFIG, "the path of the configuration is too long");
	(void)snprintf(s->dir, sizeof s->dir, "%s", s->path);
	slash = strrchr(s->dir, '/');
	if (slash != NULL)
		*slash = '\0';
	here = realpath(slash == NULL ? "." : s->dir[0] == '\0' ? "/" : s->dir, NULL);
	if (here == NULL)
		return rp_fail(err, RP_E_CONFIG, "there is no directory of %s", s->path);
	fits = snprintf(s->dir, sizeof s->dir, "%s", here) < (int)sizeof s->dir;
	free(here);
	return fits ? RP_OK : rp_fail(err, RP_E_CONFIG, "the path of the configuration is too long");
}

static rp_code parse(struct settings *s, struct rp_error *err)
{
	cfg_t *cfg = new_cfg();
	rp_code rc = RP_OK;

	if (cfg == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the configuration");
	settings_said[0] = '\0';
	(void)cfg_set_error_function(cfg, keep_said);
	if (cfg_parse(cfg, s->path) != CFG_SUCCESS)
		rc = rp_fail(err, RP_E_CONFIG, "%s: %s", s->path,
			     settings_said[0] != '\0' ? settings_said : "cannot be read");
	if (rc == RP_OK)
		rc = take(cfg, s, err);
	(void)cfg_free(cfg);
	return rc;
}

rp_code settings_read(const char *path, struct settings **ret, struct rp_error *err)
{
	RP_AUTO(settings_freep) struct settings *s = calloc(1, sizeof *s);
	rp_code rc;

	if (s == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the configuration");
	rc = find_file(path, s, err);
	if (rc == RP_OK)
		rc = parse(s, err);
	if (rc != RP_OK)
		return rc;
	*ret = s;
	s = NULL;
	return RP_OK;
}

void settings_freep(struct settings **s)
{
	free(*s);
	*s = NULL;
}

static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

void settings_issuer(const struct settings *s, struct issuer_conf *ret)
{
	*ret = (struct issuer_conf){
		.name = s->name,
		.log_origin = s->log_origin,
		.anchors_file = s->anchors,
		.crl_file = or_null(s->crl),
		.crl_optional = s->crl_optional,
		.argon2_places = s->argon2_places,
		.card_acts = s->card_acts,
		.four_eyes = or_null(s->four_eyes),
		.two_people = s->two_people,
		.n_external = s->n_external,
	};
	for (unsigned i = 0; i < s->n_reserve_from; i++)
		ret->reserve_from[i] = s->reserve_from[i];
	for (unsigned i = 0; i < s->n_external; i++) {
		const struct settings_key *k = &s->external_keys[s->external[i].key];

		ret->external[i].profile = s->external[i].profile;
		ret->external[i].door = s->external[i].door;
		ret->external[i].slot = s->external[i].slot;
		ret->external[i].name = k->name;
		memcpy(ret->external[i].key, k->key, sizeof ret->external[i].key);
	}
}

void settings_server(const struct settings *s, struct server_conf *ret)
{
	*ret = (struct server_conf){
		.api =
			{
				.listen = s->listen,
				.cert_file = s->tls_certificate,
				.key_file = s->tls_key,
				.client_ca_file = s->terminal_ca,
				.client_crl_file = or_null(s->terminal_crl),
				.threads = s->threads,
				.connections = s->connections,
				.per_address = s->per_address,
				.idle_s = s->idle_s,
				.proxy_v2_from_loopback = s->proxy_v2,
			},
		.metrics = {.listen = or_null(s->metrics), .threads = 1},
	};
	/* The same trust and limits, and far fewer who ask. */
	ret->console = ret->api;
	ret->console.listen = or_null(s->console);
	ret->console.threads = 1;
}

void settings_store(const struct settings *s, struct store_conf *ret)
{
	*ret = (struct store_conf){.url = s->database, .connections = s->database_connections, .ha = s->ha};
}
