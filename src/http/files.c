/* SPDX-License-Identifier: Apache-2.0 */
/* The pages, read whole at start: nothing that a request says becomes the name of a file. */
#include "http/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (512 << 10)

const char *const files_headers[] = {
	"Content-Security-Policy",
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
	"font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
	"Referrer-Policy",
	"no-referrer",
	"Cross-Origin-Opener-Policy",
	"same-origin",
	"Cross-Origin-Resource-Policy",
	"same-origin",
	"X-Frame-Options",
	"DENY",
	NULL,
};

static const char *type_of(const char *name)
{
	static const struct {
		const char *end, *type;
	} types[] = {
		{".html", "text/html; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".mjs", "text/javascript; charset=utf-8"},
		{".json", "application/json; charset=utf-8"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".webmanifest", "application/manifest+json"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++)
		if (strcmp(dot, types[i].end) == 0)
			return types[i].type;
	return NULL;
}

static char *read_whole(const char *path, size_t *ret_len)
{
	FILE *in = fopen(path, "re");
	char *bytes = in != NULL ? malloc(FILE_MAX) : NULL;
	size_t n = bytes != NULL ? fread(bytes, 1, FILE_MAX, in) : 0;
	const bool good = bytes != NULL && n < FILE_MAX && !ferror(in);

	if (in != NULL)
		(void)fclose(in);
	if (!good) {
		free(bytes);
		return NULL;
	}
	*ret_len = n;
	return bytes;
}

static rp_code load_one(const char *dir, const char *sub, const char *name, struct files *ret,
			struct rp_error *err)
{
	const char *type = type_of(name);
	struct file *f;
	char path[1024];
	int n;

	if (type == NULL)
		return RP_OK;
	if (ret->n == FILES_MAX)
		return rp_fail(err, RP_E_CONFIG, "%s has more than %d pages", dir, FILES_MAX);
	f = &ret->f[ret->n];
	(void)snprintf(path, sizeof path, "%s%s/%s", dir, sub, name);
	n = snprintf(f->path, sizeof f->path, "%s/%s", sub, name);
	f->type = type;
	f->bytes = n > 0 && (size_t)n < sizeof f->path ? read_whole(path, &f->len) : NULL;
	if (f->bytes == NULL)
		return rp_fail(err, RP_E_CONFIG, "%s cannot be read", path);
	ret->n++;
	return RP_OK;
}

static rp_code load_folder(const char *dir, const char *sub, bool deeper, struct files *ret,
			   struct rp_error *err)
{
	char path[1024], below[64];
	const struct dirent *e;
	rp_code rc = RP_OK;
	DIR *d;

	(void)snprintf(path, sizeof path, "%s%s", dir, sub);
	d = opendir(path);
	if (d == NULL)
		return rp_fail(err, RP_E_CONFIG, "the pages cannot be read in %s: %s", path, strerror(errno));
	while (rc == RP_OK && (e = readdir(d)) != NULL) {
		struct stat st;

		if (e->d_name[0] == '.' || strlen(e->d_name) > 60)
			continue;
		(void)snprintf(path, sizeof path, "%s%s/%s", dir, sub, e->d_name);
		if (stat(path, &st) != 0)
			continue;
		(void)snprintf(below, sizeof below, "/%s", e->d_name);
		if (S_ISDIR(st.st_mode) && deeper)
			rc = load_folder(dir, below, false, ret, err);
		else if (S_ISREG(st.st_mode))
			rc = load_one(dir, sub, e->d_name, ret, err);
	}
	(void)closedir(d);
	return rc;
}

rp_code files_load(const char *dir, struct files *ret, struct rp_error *err)
{
	rp_code rc = load_folder(dir, "", true, ret, err);

	if (rc == RP_OK && files_find(ret, "/index.html") == NULL)
		rc = rp_fail(err, RP_E_CONFIG, "%s has no index.html", dir);
	return rc;
}

void files_free(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->f[i].bytes);
	f->n = 0;
}

const struct file *files_find(const struct files *f, const char *path)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->f[i].path, path) == 0)
			return &f->f[i];
	return NULL;
}

void files_answer(const struct files *f, const char *path, struct http_answer *ret)
{
	const struct file *found = files_find(f, path);

	if (found == NULL)
		http_text(ret, 404, "text/plain; charset=utf-8", "not found\n");
	else
		http_bytes(ret, 200, found->type, found->bytes, found->len);
}

bool files_beside(const char *const *places, int how, char *ret, size_t cap)
{
	char exe[512];
	const ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	char *slash;

	if (n <= 0)
		return false;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	for (; *places != NULL; places++)
		if (snprintf(ret, cap, "%s%s", exe, *places) < (int)cap && access(ret, how) == 0)
			return true;
	return false;
}

bool files_place(char *ret, size_t cap)
{
	static const char *const pages[] = {"/../share/repin/web", "/../../web", NULL};

	return files_beside(pages, R_OK, ret, cap);
}
