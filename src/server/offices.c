/* SPDX-License-Identifier: Apache-2.0 */
/* The offices of an issuer: every *.office file of the folder `offices` beside repind.conf. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "rules/office_file.h"
#include "server/files.h"
#include "server/repind.h"

#define OFFICE_FILES_MAX 64

/* For the life of the program: offices() points into them. */
static struct offices all;

struct report {
	const char *path;
	unsigned errors, advice;
};

static void say_finding(void *arg, unsigned line, enum office_fault fault, const char *what)
{
	struct report *r = arg;
	const struct office_fault_row *row = &office_faults[fault];

	*(row->advice ? &r->advice : &r->errors) += 1;
	(void)fprintf(stderr, "%s:%u: %s: %s%s%s %s (%s)\n", r->path, line, row->advice ? "advice" : "error",
		      what, what[0] != '\0' ? ": " : "", row->wrong, row->remedy, row->word);
}

static void office_file_freep(struct office_file **f)
{
	free(*f);
}

/* *ret_text holds the texts of *ret: they live and go together. */
static rp_code read_one(const char *path, struct report *r, char **ret_text, struct office_file **ret,
			struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *text = NULL;
	RP_AUTO(office_file_freep) struct office_file *f = calloc(1, sizeof *f);
	const struct date today = datetime_from_unix((int64_t)time(NULL), JAPAN_OFFSET_MIN).date;
	size_t len = 0;
	rp_code rc;

	*r = (struct report){.path = path};
	if (f == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an office file");
	rc = files_read(path, OFFICE_FILE_BYTES, &text, &len, err);
	if (rc != RP_OK)
		return rc;
	if (!office_file_read(text, len, today, say_finding, r, f))
		return rp_fail(err, RP_E_CONFIG, "%s: %u findings are errors, so it is not taken", path,
			       r->errors);
	*ret_text = text;
	*ret = f;
	text = NULL;
	f = NULL;
	return RP_OK;
}

/* Takes a file's offices into the list. Its memory stays for the life of the program. */
static rp_code take_one(const char *path, struct office **list, size_t *n, struct rp_error *err)
{
	struct office_file *f = NULL;
	struct office *more;
	struct report r;
	char *text = NULL;
	rp_code rc = read_one(path, &r, &text, &f, err);

	if (rc != RP_OK)
		return rc;
	for (size_t k = 0; k < f->n; k++)
		for (size_t o = 0; o < *n; o++)
			if (strcmp((*list)[o].id, f->offices[k].id) == 0)
				return rp_fail(err, RP_E_CONFIG, "%s: office %s stands in another file too",
					       path, f->offices[k].id);
	more = realloc(*list, (*n + f->n) * sizeof *more);
	if (more == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the offices");
	/* checked: realloc, above */
	memcpy(more + *n, f->offices, f->n * sizeof *more);
	*list = more;
	*n += f->n;
	return RP_OK;
}

rp_code offices_load(const char *dir, struct rp_error *err)
{
	struct office *list = NULL;
	char pattern[SETTINGS_PATH + 32];
	glob_t found;
	size_t n = 0;
	int how;
	rp_code rc = RP_OK;

	(void)snprintf(pattern, sizeof pattern, "%s/offices", dir);
	if (access(pattern, F_OK) != 0 && errno == ENOENT)
		return RP_OK;
	(void)snprintf(pattern, sizeof pattern, "%s/offices/*.office", dir);
	how = glob(pattern, GLOB_ERR, NULL, &found);
	if (how == GLOB_NOMATCH)
		return RP_OK;
	if (how != 0)
		return rp_fail(err, RP_E_CONFIG, "%s/offices cannot be read", dir);
	for (size_t k = 0; rc == RP_OK && k < found.gl_pathc; k++)
		rc = take_one(found.gl_pathv[k], &list, &n, err);
	globfree(&found);
	if (rc != RP_OK)
		return rc;
	all = (struct offices){list, n};
	offices_use(&all);
	return RP_OK;
}

/* --- check, add --- */

rp_code cmd_office_check(struct app *a, struct rp_error *err)
{
	RP_AUTO(office_file_freep) struct office_file *f = NULL;
	RP_AUTO(files_text_freep) char *text = NULL;
	struct report r;
	rp_code rc = read_one(a->args.arg[0], &r, &text, &f, err);

	if (rc == RP_OK)
		(void)printf("%s: %zu offices, no errors, %u pieces of advice\n", r.path, f->n, r.advice);
	return rc;
}

/* A new file beside the old one, then in its place: a reader sees one or the other. */
static rp_code put_file(const char *folder, const char *id, const char *from, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *text = NULL;
	char path[SETTINGS_PATH + 64], fresh[SETTINGS_PATH + 80];
	size_t len = 0;
	rp_code rc = files_read(from, OFFICE_FILE_BYTES, &text, &len, err);

	if (rc == RP_OK && mkdir(folder, 0755) != 0 && errno != EEXIST)
		rc = rp_fail(err, RP_E_CONFIG, "%s cannot be made: %s", folder, strerror(errno));
	(void)snprintf(path, sizeof path, "%s/%s.office", folder, id);
	(void)snprintf(fresh, sizeof fresh, "%s.new", path);
	if (rc == RP_OK)
		(void)unlink(fresh);
	if (rc == RP_OK)
		rc = files_put(fresh, 0644, text, len, err);
	if (rc == RP_OK && rename(fresh, path) != 0)
		rc = rp_fail(err, RP_E_CONFIG, "%s cannot be put: %s", path, strerror(errno));
	if (rc == RP_OK)
		(void)printf("%s\n", path);
	return rc;
}

rp_code cmd_office_add(struct app *a, struct rp_error *err)
{
	RP_AUTO(office_file_freep) struct office_file *f = NULL;
	RP_AUTO(files_text_freep) char *text = NULL;
	const char *from = app_text(a, OPT_FILE, ""), *id = "";
	char folder[SETTINGS_PATH + 16];
	struct report r;
	rp_code rc;

	if (from[0] == '\0')
		return rp_fail(err, RP_E_USAGE, "office add needs --file FILE");
	rc = app_settings(a, err);
	if (rc == RP_OK)
		rc = read_one(from, &r, &text, &f, err);
	if (rc != RP_OK)
		return rc;
	for (size_t k = 0; k < f->n; k++)
		id = f->offices[k].main ? f->offices[k].id : id;
	/* The example is known without a file; an office of a file that is there is replaced with it. */
	for (size_t k = 0; k < f->n; k++) {
		const struct office *other = office_named(f->offices[k].id);

		if (other != NULL && strcmp(other->municipality, f->offices[k].municipality) != 0)
			return rp_fail(err, RP_E_CONFLICT, "office %s is there, of municipality %s",
				       other->id, other->municipality);
	}
	(void)snprintf(folder, sizeof folder, "%s/offices", a->set->dir);
	rc = put_file(folder, id, from, err);
	if (rc == RP_OK)
		(void)printf("The server knows it after its next start.\n");
	return rc;
}
