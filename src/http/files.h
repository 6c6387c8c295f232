/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of a folder, read whole at start: nothing that a request says becomes the name of a file. */
#ifndef REPIN_HTTP_FILES_H
#define REPIN_HTTP_FILES_H

#include "http/http.h"

#include <stddef.h>

#define FILES_MAX 128

struct file {
	char path[80]; /* "/style.css" */
	const char *type;
	char *bytes;
	size_t len;
};

struct files {
	struct file f[FILES_MAX];
	size_t n;
};

/* For http_conf.headers: a page of ours runs our own files alone and is framed by nobody. */
extern const char *const files_headers[];

/*
 * The first of `places` ("/../share/repin/web", …, NULL) that is there, beside this program: installed,
 * staged, or in Meson's own folders. `how` is access(2)'s; false when none is there.
 */
RP_MUST_CHECK bool files_beside(const char *const *places, int how, char *ret, size_t cap);
/* files_beside for the pages. */
RP_MUST_CHECK bool files_place(char *ret, size_t cap);
/* Reads the pages below `dir`. Errors: RP_E_CONFIG (none there, too many, too large). */
RP_MUST_CHECK rp_code files_load(const char *dir, struct files *ret, struct rp_error *err);
void files_free(struct files *f);
/* NULL: none of that path. */
const struct file *files_find(const struct files *f, const char *path);
/* That file, or 404. */
void files_answer(const struct files *f, const char *path, struct http_answer *ret);

#endif
