/* SPDX-License-Identifier: Apache-2.0 */
#include "base/conf.h"

#include "base/bytes.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HICOS_KEY_LEN 24
#define KEY_FILE_MAX 256

/* libconfuse reports through a callback without an argument of ours. */
static _Thread_local char conf_said[256];

static void keep_said(cfg_t *cfg, const char *fmt, va_list ap)
{
	/* Without the line: libconfuse 3.3 counts one with a comment twice. The option is named. */
	(void)cfg;
	(void)vsnprintf(conf_said, sizeof conf_said, fmt, ap);
}

static bool find_file(char *path, size_t cap)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg != NULL && xdg[0] == '/')
		(void)snprintf(path, cap, "%s/repin/repin.conf", xdg);
	else if (home != NULL && home[0] == '/')
		(void)snprintf(path, cap, "%s/.config/repin/repin.conf", home);
	else
		path[0] = '\0';
	if (path[0] != '\0' && access(path, F_OK) == 0)
		return true;
	(void)snprintf(path, cap, "%s", "/etc/repin/repin.conf");
	if (access(path, F_OK) == 0)
		return true;
	path[0] = '\0';
	return false;
}

static rp_code open_key_file(const char *path, int *ret_fd, struct rp_error *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return rp_fail(err, RP_E_CONFIG, "the key file %s cannot be opened: %s", path,
			       strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) != 0) {
		(void)close(fd);
		return rp_fail(err, RP_E_CONFIG,
			       "the key file %s must be a file that only its owner can read (chmod 600)",
			       path);
	}
	*ret_fd = fd;
	return RP_OK;
}

static rp_code read_key(const char *path, rp_secret **ret, struct rp_error *err)
{
	char text[KEY_FILE_MAX + 1];
	uint8_t key[HICOS_KEY_LEN];
	size_t key_len = 0;
	ssize_t n;
	int fd = -1;
	bool good;
	rp_code rc = open_key_file(path, &fd, err);

	if (rc != RP_OK)
		return rc;
	n = read(fd, text, KEY_FILE_MAX);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	good = n > 0 && hex_read(text, key, sizeof key, &key_len) && key_len == sizeof key;
	rp_wipe(text, sizeof text);
	rc = good ? rp_secret_from(key, sizeof key, ret, err)
		  : rp_fail(err, RP_E_CONFIG, "the key file %s must hold %d bytes as hex", path,
			    HICOS_KEY_LEN);
	rp_wipe(key, sizeof key);
	return rc;
}

static rp_code take_state_dir(const char *dir, struct conf *c, struct rp_error *err)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (dir[0] != '/' || len >= sizeof c->state_dir)
		return rp_fail(err, RP_E_CONFIG, "state-directory must be a whole path, like /var/lib/repin");
	(void)snprintf(c->state_dir, sizeof c->state_dir, "%.*s", (int)len, dir);
	return RP_OK;
}

/* A whole path, so that it means the same wherever the program is started. */
static rp_code take_path(cfg_t *cfg, const char *key, char *ret, size_t cap, struct rp_error *err)
{
	const char *path = cfg_getstr(cfg, key);

	if (path == NULL)
		return RP_OK;
	if (path[0] != '/' || strlen(path) >= cap)
		return rp_fail(err, RP_E_CONFIG, "%s must be a whole path, like /etc/repin/file.pem", key);
	(void)snprintf(ret, cap, "%s", path);
	return RP_OK;
}

/* GnuTLS reads the key itself; here it is only seen to that nobody else can. */
static rp_code check_terminal_key(const char *path, struct rp_error *err)
{
	int fd = -1;
	rp_code rc = open_key_file(path, &fd, err);

	if (rc == RP_OK)
		(void)close(fd);
	return rc;
}

static rp_code take_issuer(cfg_t *cfg, struct conf *c, struct rp_error *err)
{
	const char *url = cfg_getstr(cfg, "issuer-url"), *console = cfg_getstr(cfg, "console-url"),
		   *log_key = cfg_getstr(cfg, "issuer-log-key");
	rp_code rc = take_path(cfg, "issuer-ca-file", c->issuer_ca, sizeof c->issuer_ca, err);

	if (rc == RP_OK)
		rc = take_path(cfg, "terminal-certificate-file", c->terminal_cert, sizeof c->terminal_cert,
			       err);
	if (rc == RP_OK)
		rc = take_path(cfg, "terminal-key-file", c->terminal_key, sizeof c->terminal_key, err);
	if (rc != RP_OK)
		return rc;
	if (url != NULL && (strncmp(url, "https://", 8) != 0 || strlen(url) >= sizeof c->issuer_url))
		return rp_fail(err, RP_E_CONFIG,
			       "issuer-url must begin with https://, like https://issuer.example:8443");
	(void)snprintf(c->issuer_url, sizeof c->issuer_url, "%s", url != NULL ? url : "");
	if (console != NULL &&
	    (strncmp(console, "https://", 8) != 0 || strlen(console) >= sizeof c->console_url))
		return rp_fail(err, RP_E_CONFIG,
			       "console-url must begin with https://, like https://issuer.example:8444");
	(void)snprintf(c->console_url, sizeof c->console_url, "%s", console != NULL ? console : "");
	if (log_key != NULL && (strlen(log_key) >= sizeof c->log_key || strchr(log_key, '+') == NULL))
		return rp_fail(err, RP_E_CONFIG,
			       "issuer-log-key must be the line that the issuer publishes, like "
			       "log.example+1a2b3c4d+AQ...");
	(void)snprintf(c->log_key, sizeof c->log_key, "%s", log_key != NULL ? log_key : "");
	if ((c->terminal_cert[0] == '\0') != (c->terminal_key[0] == '\0'))
		return rp_fail(err, RP_E_CONFIG,
			       "terminal-certificate-file and terminal-key-file go together");
	if (url == NULL && (c->console_url[0] != '\0' || c->issuer_ca[0] != '\0' ||
			    c->terminal_cert[0] != '\0' || c->log_key[0] != '\0'))
		return rp_fail(err, RP_E_CONFIG,
			       "issuer-url is missing; the other keys of an issuer need it");
	return c->terminal_key[0] != '\0' ? check_terminal_key(c->terminal_key, err) : RP_OK;
}

const char *const conf_contact_words[CONTACT_KINDS] = {
	[CONTACT_TELEPHONE] = "telephone",
	[CONTACT_HOURS] = "hours",
	[CONTACT_HELP_PAGE] = "help-page",
	[CONTACT_REVOCATION_PAGE] = "revocation-page",
	[CONTACT_APPLICATION_PAGE] = "application-page",
	[CONTACT_PORTAL] = "portal",
};

/* Shown to people, opened as a link: nothing else may come through. */
static bool is_good(enum conf_contact_kind kind, const char *text)
{
	static const char page[] = "https://";
	const bool words = kind == CONTACT_HOURS, phone = kind == CONTACT_TELEPHONE;

	if (text[0] == '\0')
		return false;
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7F)
			return false;
	if (words)
		return true;
	if (phone)
		return strspn(text, "0123456789+-() ") == strlen(text);
	return strncmp(text, page, sizeof page - 1) == 0 && strlen(text) >= sizeof page &&
	       strpbrk(text, " \"<>") == NULL;
}

/* "FAMILY WHAT TEXT" */
static bool read_contact(const char *row, struct conf_contact *ret)
{
	const size_t family = strcspn(row, " "),
		     what = row[family] != '\0' ? strcspn(row + family + 1, " ") : 0;
	const char *word = row + family + 1, *text = word + what + 1;
	struct conf_contact c = {.kind = 0};

	if (family == 0 || family >= sizeof c.profile || what == 0 || word[what] == '\0')
		return false;
	memcpy(c.profile, row, family); /* checked: above; the zero is there */
	while (c.kind < CONTACT_KINDS && (strlen(conf_contact_words[c.kind]) != what ||
					  strncmp(conf_contact_words[c.kind], word, what) != 0))
		c.kind++;
	if (c.kind == CONTACT_KINDS || strlen(text) >= sizeof c.text || !is_good(c.kind, text))
		return false;
	(void)snprintf(c.text, sizeof c.text, "%s", text);
	*ret = c;
	return true;
}

static rp_code take_contacts(cfg_t *cfg, struct conf *c, struct rp_error *err)
{
	const unsigned n = cfg_size(cfg, "contact");

	if (n == 0)
		return RP_OK;
	c->contacts = calloc(n, sizeof *c->contacts);
	if (c->contacts == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the configuration");
	for (unsigned i = 0; i < n; i++) {
		const char *row = cfg_getnstr(cfg, "contact", i);
		struct conf_contact *at = &c->contacts[i];

		if (!read_contact(row, at))
			return rp_fail(
				err, RP_E_CONFIG,
				"contact must hold rows \"FAMILY WHAT TEXT\" (a telephone number, hours, "
				"or a page that begins with https://), and not \"%.60s\"",
				row);
		for (unsigned k = 0; k < i; k++)
			if (c->contacts[k].kind == at->kind &&
			    strcmp(c->contacts[k].profile, at->profile) == 0)
				return rp_fail(err, RP_E_CONFIG, "contact has the %s of %s twice",
					       conf_contact_words[at->kind], at->profile);
		c->n_contacts = i + 1;
	}
	return RP_OK;
}

const char *conf_contact(const struct conf *c, const char *profile, enum conf_contact_kind kind)
{
	const char *every = NULL;

	for (size_t i = 0; i < c->n_contacts; i++) {
		const struct conf_contact *at = &c->contacts[i];

		if (at->kind == kind && strcmp(at->profile, profile) == 0)
			return at->text;
		if (at->kind == kind && strcmp(at->profile, "*") == 0)
			every = at->text;
	}
	return every;
}

static rp_code take(cfg_t *cfg, struct conf *c, struct rp_error *err)
{
	const char *dir = cfg_getstr(cfg, "state-directory"),
		   *key_file = cfg_getstr(cfg, "hicos-transport-key-file");
	rp_code rc = dir != NULL ? take_state_dir(dir, c, err) : RP_OK;

	c->ledger_off = cfg_getbool(cfg, "ledger") == cfg_false;
	if (rc == RP_OK)
		rc = take_issuer(cfg, c, err);
	if (rc == RP_OK)
		rc = take_contacts(cfg, c, err);
	return rc == RP_OK && key_file != NULL ? read_key(key_file, &c->hicos_key, err) : rc;
}

/* Its table of options does not share a frame with the configuration. */
__attribute__((noinline)) static rp_code read_file(const char *path, struct conf *c, struct rp_error *err)
{
	static char none[] = "{}";
	cfg_opt_t opts[] = {CFG_STR("hicos-transport-key-file", NULL, CFGF_NONE),
			    CFG_STR("state-directory", NULL, CFGF_NONE),
			    CFG_STR("issuer-url", NULL, CFGF_NONE),
			    CFG_STR("console-url", NULL, CFGF_NONE),
			    CFG_STR("issuer-ca-file", NULL, CFGF_NONE),
			    CFG_STR("issuer-log-key", NULL, CFGF_NONE),
			    CFG_STR("terminal-certificate-file", NULL, CFGF_NONE),
			    CFG_STR("terminal-key-file", NULL, CFGF_NONE),
			    CFG_STR_LIST("contact", none, CFGF_NONE),
			    CFG_BOOL("ledger", cfg_true, CFGF_NONE),
			    CFG_END()};
	cfg_t *cfg = cfg_init(opts, CFGF_NONE);
	rp_code rc = RP_OK;

	if (cfg == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the configuration");
	conf_said[0] = '\0';
	(void)cfg_set_error_function(cfg, keep_said);
	if (cfg_parse(cfg, path) != CFG_SUCCESS)
		rc = rp_fail(err, RP_E_CONFIG, "%s: %s", path,
			     conf_said[0] != '\0' ? conf_said : "cannot be read");
	if (rc == RP_OK)
		rc = take(cfg, c, err);
	(void)cfg_free(cfg);
	return rc;
}

rp_code conf_read(const char *path, struct conf *ret, struct rp_error *err)
{
	struct conf c = {0};
	rp_code rc = RP_OK;

	if (path != NULL)
		(void)snprintf(c.path, sizeof c.path, "%s", path);
	if (path != NULL || find_file(c.path, sizeof c.path))
		rc = read_file(c.path, &c, err);
	if (rc != RP_OK) {
		conf_free(&c);
		return rc;
	}
	*ret = c;
	return RP_OK;
}

void conf_free(struct conf *c)
{
	rp_secret_freep(&c->hicos_key);
	free(c->contacts);
	c->contacts = NULL;
	c->n_contacts = 0;
}
