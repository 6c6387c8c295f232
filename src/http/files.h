/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of a folder, read whole at start: nothing that a request says becomes the name of a file. */
#ifndef REPIN_HTTP_FILES_H
#define REPIN_HTTP_FILES_H

#include "base/error.h"

#include <stddef.h>

#define FILES_MAX 64

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

/* Reads the pages below `dir`. Errors: RP_E_CONFIG (none there, too many, too large). */
RP_MUST_CHECK rp_code files_load(const char *dir, struct files *ret, struct rp_error *err);
void files_free(struct files *f);
const struct file *files_find(const struct files *f, const char *path);

#endif
