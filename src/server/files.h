/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of repind: new ones that are whole or not there, and secrets that only their owner can
 * read.
 */
#ifndef REPIN_SERVER_FILES_H
#define REPIN_SERVER_FILES_H

#include "base/secret.h"

/*
 * Makes a file that must not be there yet, with this mode, synced. Errors: RP_E_CONFLICT (it is
 * there), RP_E_CONFIG.
 */
RP_MUST_CHECK rp_code files_put(const char *path, unsigned mode, const void *bytes, size_t len,
				struct rp_error *err);
/* The same with mode 0600 and a final newline. */
RP_MUST_CHECK rp_code files_put_secret(const char *path, const rp_secret *s, struct rp_error *err);
/*
 * A secret of one line, without its end. The file must be its owner's alone (mode 0600 or less,
 * ours or root's). Errors: RP_E_CONFIG with what is wrong, RP_E_NO_MEMORY.
 */
RP_MUST_CHECK rp_code files_secret(const char *path, size_t max, rp_secret **ret, struct rp_error *err);
/*
 * A whole file of at most `max` bytes, malloc'd and terminated. Errors: RP_E_CONFIG,
 * RP_E_NO_MEMORY.
 */
RP_MUST_CHECK rp_code files_read(const char *path, size_t max, char **ret, size_t *ret_len,
				 struct rp_error *err);

/* So many random characters of 64 (six bits each): PINs of the token, passwords. */
RP_MUST_CHECK rp_code files_random_text(size_t chars, rp_secret **ret, struct rp_error *err);

void files_text_freep(char **text);

#endif
