/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init: a directory with everything that an issuer's server needs, ready to serve. repind.conf is
 * written last of the files, so that a directory without it is one that was cut short; nothing is
 * ever written over.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "issuer/log.h"
#include "server/ca.h"
#include "server/files.h"
#include "server/repind.h"

#define MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define TOKEN "repin"
#define PIN_CHARS 32
#define LISTEN "127.0.0.1:8443"
#define HOSTS_MAX 12

struct init {
	struct app *a;
	const char *dir;
	bool ask;
	char name[ROW_NAME], origin[SETTINGS_WORD];
	const char *hosts[HOSTS_MAX + 1];
	char host_name[256];
	char console[32]; /* where operators are served, unless told */
};

/* --- files --- */

/* DIR/name; its own buffer, which must be large enough for it. */
#define PATH_OF(in, name, buffer, err) path_of(in, name, buffer, sizeof(buffer), err)
static rp_code path_of(const struct init *in, const char *name, char *ret, size_t cap, struct rp_error *err)
{
	return snprintf(ret, cap, "%s/%s", in->dir, name) < (int)cap
		       ? RP_OK
		       : rp_fail(err, RP_E_USAGE, "%s is too long a path", in->dir);
}

static rp_code make_dir(const struct init *in, struct rp_error *err)
{
	DIR *d;
	const struct dirent *e;
	unsigned n = 0;

	if (mkdir(in->dir, 0700) == 0)
		return RP_OK;
	if (errno != EEXIST)
		return rp_fail(err, RP_E_CONFIG, "%s cannot be made: %s", in->dir, strerror(errno));
	d = opendir(in->dir);
	if (d == NULL)
		return rp_fail(err, RP_E_CONFLICT, "%s is there and is no directory of ours", in->dir);
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	(void)closedir(d);
	if (n > 0)
		return rp_fail(err, RP_E_CONFLICT,
			       "%s is not empty; init makes a directory anew and changes none", in->dir);
	return chmod(in->dir, 0700) == 0
		       ? RP_OK
		       : rp_fail(err, RP_E_CONFIG, "%s is not ours: %s", in->dir, strerror(errno));
}

static rp_code make_pin(const struct init *in, const char *name, rp_secret **ret, struct rp_error *err)
{
	char path[SETTINGS_PATH];
	rp_code rc = PATH_OF(in, name, path, err);

	if (rc == RP_OK)
		rc = files_random_text(PIN_CHARS, ret, err);
	return rc == RP_OK ? files_put_secret(path, *ret, err) : rc;
}

static rp_code make_token(const struct init *in, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *pin = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *so_pin = NULL;
	struct keys_conf c = {.module = MODULE, .token = TOKEN};
	rp_code rc = make_pin(in, "token.pin", &pin, err);

	if (rc == RP_OK)
		rc = make_pin(in, "token-so.pin", &so_pin, err);
	c.pin = pin;
	return rc == RP_OK ? keys_make_token(&c, so_pin, err) : rc;
}

static rp_code make_authority(const struct init *in, const char *what, const char *cert_name,
			      const char *key_name, struct rp_error *err)
{
	char cert[SETTINGS_PATH], key[SETTINGS_PATH], name[2 * SETTINGS_WORD];
	rp_code rc = PATH_OF(in, cert_name, cert, err);

	if (rc == RP_OK)
		rc = PATH_OF(in, key_name, key, err);
	(void)snprintf(name, sizeof name, "%.40s %s", in->name, what);
	return rc == RP_OK ? ca_make(name, cert, key, err) : rc;
}

static rp_code open_tls_ca(const struct init *in, struct ca **ret, struct rp_error *err)
{
	char cert[SETTINGS_PATH], key[SETTINGS_PATH];
	rp_code rc = PATH_OF(in, "tls-ca.pem", cert, err);

	if (rc == RP_OK)
		rc = PATH_OF(in, "tls-ca.key", key, err);
	return rc == RP_OK ? ca_open(cert, key, ret, err) : rc;
}

static rp_code make_server_certificate(const struct init *in, struct rp_error *err)
{
	RP_AUTO(ca_freep) struct ca *ca = NULL;
	char cert[SETTINGS_PATH], key[SETTINGS_PATH];
	rp_code rc = open_tls_ca(in, &ca, err);

	if (rc == RP_OK)
		rc = PATH_OF(in, "tls.pem", cert, err);
	if (rc == RP_OK)
		rc = PATH_OF(in, "tls.key", key, err);
	return rc == RP_OK ? ca_issue_server(ca, in->hosts, cert, key, err) : rc;
}

/* Without --anchors an authority for cards is made too, for a place that has no cards yet. */
static rp_code make_anchors(const struct init *in, struct rp_error *err)
{
	const char *from = in->a->args.value[OPT_ANCHORS];
	char to[SETTINGS_PATH];
	rp_code rc = PATH_OF(in, "anchors.pem", to, err);

	if (rc != RP_OK || from != NULL)
		return rc == RP_OK ? ca_copy_certificates(from, to, err) : rc;
	return make_authority(in, "cards", "anchors.pem", "anchors.key", err);
}

static rp_code make_crl(const struct init *in, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *text = NULL;
	const char *from = in->a->args.value[OPT_CRL];
	char to[SETTINGS_PATH];
	size_t len = 0;
	rp_code rc = PATH_OF(in, "crl.pem", to, err);

	if (rc != RP_OK || from == NULL)
		return rc;
	rc = files_read(from, 64 * 1024 * 1024, &text, &len, err);
	return rc == RP_OK ? files_put(to, 0644, text, len, err) : rc;
}

/* --- repind.conf --- */

/* No value of ours holds a quote or a backslash; one of the person's may. */
static bool is_plain(const char *text)
{
	return text[strcspn(text, "\"\\\n")] == '\0';
}

static int conf_text(const struct init *in, char **ret)
{
	const struct app *a = in->a;
	const bool crl = a->args.value[OPT_CRL] != NULL;

	return asprintf(ret,
			"# Made by repind init; repind.conf(5) has every key.\n"
			"# Paths that do not begin with / are taken from this file's directory.\n"
			"name = \"%s\"\n"
			"log-origin = \"%s\"\n"
			"database = \"%s\"\n"
			"\n"
			"pkcs11-module = \"" MODULE "\"\n"
			"pkcs11-token = \"" TOKEN "\"\n"
			"pkcs11-pin-file = \"token.pin\"\n"
			"softhsm-conf = \"softhsm2.conf\"\n"
			"\n"
			"listen = \"%s\"\n"
			"console-listen = \"%s\"\n"
			"metrics-listen = \"%s\"\n"
			"tls-certificate = \"tls.pem\"\n"
			"tls-key = \"tls.key\"\n"
			"terminal-ca = \"terminal-ca.pem\"\n"
			"terminal-ca-key = \"terminal-ca.key\"\n"
			"\n"
			"anchors = \"anchors.pem\"\n"
			"%s\n"
			"\n"
			"reserve-from = {\"home\", \"app\"}\n"
			"two-people = %s\n",
			in->name, in->origin, app_text(a, OPT_DATABASE, "sqlite:repin.db"),
			app_text(a, OPT_LISTEN, LISTEN), app_text(a, OPT_CONSOLE, in->console),
			app_text(a, OPT_METRICS, "127.0.0.1:9464"),
			crl ? "crl = \"crl.pem\"" : "crl-optional = yes # a revoked card looks good",
			a->args.value[OPT_ONE_PERSON] != NULL ? "no" : "yes");
}

static rp_code make_conf(const struct init *in, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *text = NULL;
	char path[SETTINGS_PATH];
	rp_code rc = PATH_OF(in, "repind.conf", path, err);

	if (rc != RP_OK)
		return rc;
	if (conf_text(in, &text) < 0) {
		text = NULL; /* asprintf leaves it undefined */
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for repind.conf");
	}
	/* An address of PostgreSQL may hold a password. */
	return files_put(path, 0600, text, strlen(text), err);
}

/* --- questions --- */

static rp_code question(const struct init *in, enum opt o, const char *text, const char *fallback, char *ret,
			size_t cap, struct rp_error *err)
{
	const char *given = in->a->args.value[o];
	rp_code rc = RP_OK;

	if (given == NULL && in->ask)
		rc = ask_line(text, fallback, ret, cap, err);
	else if (snprintf(ret, cap, "%s", given != NULL ? given : fallback) >= (int)cap)
		rc = rp_fail(err, RP_E_USAGE, "%s: too long", text);
	if (rc == RP_OK && (ret[0] == '\0' || !is_plain(ret)))
		rc = rp_fail(err, RP_E_USAGE, "%s: no quotes, no backslashes, and not empty", text);
	return rc;
}

/* On this machine alone, at the next port; any free one where the API takes any. */
static void find_console(struct init *in)
{
	const char *port = strrchr(app_text(in->a, OPT_LISTEN, LISTEN), ':');
	const unsigned long n = port != NULL ? strtoul(port + 1, NULL, 10) : 0;

	(void)snprintf(in->console, sizeof in->console, "127.0.0.1:%lu", n > 0 && n < 65535 ? n + 1 : 0);
}

static rp_code take_answers(struct init *in, struct rp_error *err)
{
	static const enum opt plain[] = {OPT_DATABASE, OPT_LISTEN, OPT_CONSOLE, OPT_METRICS};
	size_t n = 0;
	rp_code rc = question(in, OPT_NAME, "Name of the issuer", "example", in->name, sizeof in->name, err);

	if (rc == RP_OK)
		rc = question(in, OPT_ORIGIN, "Name of its log", in->name, in->origin, sizeof in->origin,
			      err);
	for (size_t k = 0; rc == RP_OK && k < sizeof plain / sizeof plain[0]; k++)
		if (!is_plain(app_text(in->a, plain[k], "")))
			rc = rp_fail(err, RP_E_USAGE, "no quotes and no backslashes in options");
	for (size_t k = 0; rc == RP_OK && k < in->a->args.n_many && n < HOSTS_MAX - 4; k++)
		if (in->a->args.many[k].opt == OPT_HOST)
			in->hosts[n++] = in->a->args.many[k].value;
	find_console(in);
	if (gethostname(in->host_name, sizeof in->host_name - 1) == 0 && in->host_name[0] != '\0')
		in->hosts[n++] = in->host_name;
	in->hosts[n++] = "localhost";
	in->hosts[n++] = "127.0.0.1";
	in->hosts[n] = "::1";
	return rc;
}

/* --- operators --- */

static rp_code make_operator(struct init *in, const char *name, struct rp_error *err)
{
	char dir[SETTINGS_PATH], chosen[ROW_NAME];
	struct new_operator o = {.name = name, .roles = "admin,approver,auditor", .office = "", .dir = dir};
	rp_code rc = PATH_OF(in, "operators", dir, err);

	if (rc != RP_OK || !in->ask)
		return rc == RP_OK ? operator_generate(in->a, &o, err) : rc;
	rc = ask_line("Name of an administrator", name, chosen, sizeof chosen, err);
	o.name = chosen;
	o.dir = NULL;
	rp_secret_freep(&in->a->secrets.s[SECRET_PASSWORD]);
	if (rc == RP_OK)
		rc = ask_secret(&in->a->secrets, SECRET_PASSWORD, "Password", true, &o.password, err);
	if (rc == RP_OK)
		rc = operator_put(in->a, &o, err);
	return rc;
}

/* Two, because two must agree. */
static rp_code make_operators(struct init *in, struct rp_error *err)
{
	rp_code rc = make_operator(in, "admin1", err);

	return rc == RP_OK ? make_operator(in, "admin2", err) : rc;
}

/* --- all --- */

static rp_code make_files(struct init *in, struct rp_error *err)
{
	rp_code rc = make_authority(in, "TLS", "tls-ca.pem", "tls-ca.key", err);

	if (rc == RP_OK)
		rc = make_server_certificate(in, err);
	if (rc == RP_OK)
		rc = make_authority(in, "terminals", "terminal-ca.pem", "terminal-ca.key", err);
	if (rc == RP_OK)
		rc = make_anchors(in, err);
	if (rc == RP_OK)
		rc = make_crl(in, err);
	if (rc == RP_OK)
		rc = token_make_files(in->dir, err);
	return rc == RP_OK ? make_conf(in, err) : rc;
}

static rp_code fill(struct init *in, struct rp_error *err)
{
	struct app *a = in->a;
	rp_code rc;

	a->args.value[OPT_CONFIG] = in->dir;
	rc = app_settings(a, err);
	if (rc == RP_OK)
		rc = make_token(in, err);
	if (rc == RP_OK)
		rc = app_store(a, err);
	if (rc == RP_OK)
		rc = store_migrate(a->s, err);
	if (a->s != NULL)
		store_close(a->s);
	a->s = NULL;
	if (rc == RP_OK)
		rc = app_open_unchecked(a, err);
	if (rc == RP_OK)
		rc = log_begin(a->i, err);
	(void)snprintf(a->by, sizeof a->by, "console");
	if (rc == RP_OK)
		rc = app_check_anchors(a, err);
	if (rc == RP_OK)
		rc = make_operators(in, err);
	return rc == RP_OK ? token_seal_files(a->set, err) : rc;
}

static rp_code make_all(struct init *in, struct rp_error *err)
{
	rp_code rc = make_dir(in, err);
	char *whole;

	if (rc != RP_OK)
		return rc;
	/* SoftHSM takes whole paths alone. */
	whole = realpath(in->dir, NULL);
	if (whole == NULL)
		return rp_fail(err, RP_E_CONFIG, "%s: %s", in->dir, strerror(errno));
	in->dir = whole;
	rc = make_files(in, err);
	if (rc == RP_OK)
		rc = fill(in, err);
	if (rc == RP_OK)
		(void)printf("%s is ready: repind --config %s serve\n", in->dir, in->dir);
	if (rc == RP_OK && !in->ask)
		(void)printf("passwords and TOTP secrets of admin1 and admin2 are in %s/operators\n",
			     in->dir);
	app_close(in->a);
	free(whole);
	return rc == RP_OK ? RP_OK : rp_context(err, rc, "the directory is not whole, remove it");
}

rp_code cmd_init(struct app *a, struct rp_error *err)
{
	struct init in = {.a = a,
			  .dir = a->args.arg[0],
			  .ask = a->args.value[OPT_NO_QUESTIONS] == NULL && isatty(STDIN_FILENO) == 1 &&
				 ask_can()};
	rp_code rc = take_answers(&in, err);

	return rc == RP_OK ? make_all(&in, err) : rc;
}
