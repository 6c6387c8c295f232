/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the virtual card: read whole and bounded, written all or nothing. No fsync: a
 * test card must outlive a killed program, not a power failure of the machine.
 */
#ifndef REPIN_VCARD_VIO_H
#define REPIN_VCARD_VIO_H

#include "base/error.h"

/* Everything up to the end, with a NUL behind it. RP_E_CONFIG when it is longer than max or unreadable. */
RP_MUST_CHECK rp_code vio_read_fd(int fd, size_t max, char **ret, size_t *ret_len, struct rp_error *err);
/* The same for an ordinary file; a symbolic link, a device or a pipe is refused. */
RP_MUST_CHECK rp_code vio_read_file(const char *path, size_t max, char **ret, size_t *ret_len,
				    struct rp_error *err);

/* Puts the bytes (mode 0600) in the place of path, whatever is there. Errors: RP_E_FAULT. */
RP_MUST_CHECK rp_code vio_replace(const char *path, const void *bytes, size_t len, struct rp_error *err);
/* Makes path (mode 0600) with the bytes in it; *ret_made false when somebody else has made it before. */
RP_MUST_CHECK rp_code vio_create(const char *path, const void *bytes, size_t len, bool *ret_made,
				 struct rp_error *err);

#endif
