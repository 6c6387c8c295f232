/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/files.h"
#include "server/repind.h"

/*
 * SoftHSM takes whole paths alone, and a directory of ours may be moved: so its file is written
 * anew whenever it does not say where the token lies now. Source: softhsm2.conf(5).
 */
static int conf_text(const char *dir, char *ret, size_t cap)
{
	return snprintf(ret, cap,
			"# Made by repind; directories.tokendir follows the directory when it is moved.\n"
			"directories.tokendir = %s/tokens\n"
			"objectstore.backend = file\n"
			"log.level = ERROR\n"
			"slots.removable = false\n",
			dir);
}

static rp_code write_conf(const char *dir, const char *path, struct rp_error *err)
{
	char text[SETTINGS_PATH + 256], fresh[SETTINGS_PATH + 8];
	const int n = conf_text(dir, text, sizeof text);
	rp_code rc;

	if (n < 0 || (size_t)n >= sizeof text ||
	    snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
		return rp_fail(err, RP_E_CONFIG, "%s is too long a path", path);
	(void)remove(fresh); /* of a run that was cut */
	rc = files_put(fresh, 0600, text, (size_t)n, err);
	if (rc == RP_OK && rename(fresh, path) != 0)
		rc = rp_fail(err, RP_E_CONFIG, "%s cannot be written: %s", path, strerror(errno));
	return rc;
}

rp_code token_make_files(const char *dir, struct rp_error *err)
{
	char path[SETTINGS_PATH];

	if (snprintf(path, sizeof path, "%s/tokens", dir) >= (int)sizeof path || mkdir(path, 0700) != 0)
		return rp_fail(err, RP_E_CONFIG, "%s/tokens cannot be made: %s", dir, strerror(errno));
	(void)snprintf(path, sizeof path, "%s/softhsm2.conf", dir);
	return write_conf(dir, path, err);
}

static int without_writing(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	return kind == FTW_F ? chmod(path, 0400) : 0;
}

rp_code token_seal_files(const struct settings *s, struct rp_error *err)
{
	char path[SETTINGS_PATH + 8];

	if (s->softhsm[0] == '\0')
		return RP_OK;
	(void)snprintf(path, sizeof path, "%s/tokens", s->dir);
	if (nftw(path, without_writing, 16, FTW_PHYS) != 0)
		return rp_fail(err, RP_E_CONFIG, "%s cannot be made read-only: %s", path, strerror(errno));
	return RP_OK;
}

/* True for a file of ours whose token directory is not where the file is. */
static bool has_moved(const char *dir, const char *text)
{
	char now[SETTINGS_PATH + 256];

	(void)conf_text(dir, now, sizeof now);
	return strncmp(text, now, strcspn(now, "\n")) == 0 && strcmp(text, now) != 0;
}

/* Whether softhsm2.conf names another place than where the directory is now. */
static rp_code look_whether_moved(const struct settings *s, bool *ret, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *text = NULL;
	size_t len = 0;
	rp_code rc = files_read(s->softhsm, 4096, &text, &len, err);

	if (rc == RP_OK)
		*ret = has_moved(s->dir, text);
	return rc;
}

static rp_code name_conf(const struct settings *s, struct rp_error *err)
{
	/* SoftHSM reads it when it is loaded; no thread of ours runs yet. */
	return setenv("SOFTHSM2_CONF", s->softhsm, 1) == 0
		       ? RP_OK
		       : rp_fail(err, RP_E_NO_MEMORY, "no memory for SOFTHSM2_CONF");
}

rp_code token_use(const struct settings *s, struct rp_error *err)
{
	bool moved = false;
	rp_code rc;

	if (s->softhsm[0] == '\0')
		return RP_OK;
	rc = look_whether_moved(s, &moved, err);
	if (rc == RP_OK && moved)
		rc = write_conf(s->dir, s->softhsm, err);
	return rc == RP_OK ? name_conf(s, err) : rc;
}

rp_code token_use_as_is(const struct settings *s, struct rp_error *err)
{
	bool moved = false;
	rp_code rc;

	if (s->softhsm[0] == '\0')
		return RP_OK;
	rc = look_whether_moved(s, &moved, err);
	if (rc == RP_OK && moved)
		rc = rp_fail(err, RP_E_CONFIG, "%s names the place where this directory was before",
			     s->softhsm);
	return rc == RP_OK ? name_conf(s, err) : rc;
}
