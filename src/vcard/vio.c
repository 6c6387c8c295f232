/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/vio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_CAP = 1024 };

static void free_text(char **p)
{
	free(*p);
}

rp_code vio_read_fd(int fd, size_t max, char **ret, size_t *ret_len, struct rp_error *err)
{
	RP_AUTO(free_text) char *text = malloc(max + 2);
	size_t len = 0;
	ssize_t n;

	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory to read %zu bytes", max);
	do {
		n = read(fd, text + len, max + 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rp_fail(err, RP_E_CONFIG, "cannot be read: %s", strerror(errno));
		len += (size_t)n;
	} while (n != 0 && len <= max);
	if (len > max)
		return rp_fail(err, RP_E_CONFIG, "is longer than %zu bytes", max);
	text[len] = '\0';
	*ret = text;
	*ret_len = len;
	text = NULL;
	return RP_OK;
}

static rp_code read_regular(int fd, const char *path, size_t max, char **ret, size_t *ret_len,
			    struct rp_error *err)
{
	struct stat st;
	rp_code rc;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return rp_fail(err, RP_E_CONFIG, "%s is not an ordinary file", path);
	rc = vio_read_fd(fd, max, ret, ret_len, err);
	return rc == RP_OK ? RP_OK : rp_context(err, rc, "%s", path);
}

rp_code vio_read_file(const char *path, size_t max, char **ret, size_t *ret_len, struct rp_error *err)
{
	/* O_NONBLOCK: a pipe in this place must be refused, not waited for. */
	const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	rp_code rc;

	if (fd < 0 && errno == ELOOP)
		return rp_fail(err, RP_E_CONFIG, "%s is a symbolic link, which could point anywhere", path);
	if (fd < 0)
		return rp_fail(err, RP_E_CONFIG, "cannot open %s: %s", path, strerror(errno));
	rc = read_regular(fd, path, max, ret, ret_len, err);
	close(fd);
	return rc;
}

static bool write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* Writes and closes; false with errno. */
static bool fill(int fd, const void *bytes, size_t len)
{
	const bool written = write_all(fd, bytes, len);
	const int why = errno;

	if (close(fd) != 0)
		return false;
	errno = why;
	return written;
}

/* What a killed program left under this name goes; O_EXCL then keeps us off links put there. */
static int open_beside(const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(path, flags, 0600);

	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, 0600);
	return fd;
}

rp_code vio_replace(const char *path, const void *bytes, size_t len, struct rp_error *err)
{
	char beside[PATH_CAP];
	int fd, why;

	if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside)
		return rp_fail(err, RP_E_FAULT, "cannot write %s: the name is too long", path);
	fd = open_beside(beside);
	if (fd < 0)
		return rp_fail(err, RP_E_FAULT, "cannot write %s: %s", beside, strerror(errno));
	if (fill(fd, bytes, len) && rename(beside, path) == 0)
		return RP_OK;
	why = errno;
	(void)unlink(beside);
	return rp_fail(err, RP_E_FAULT, "cannot write %s: %s", path, strerror(why));
}

rp_code vio_create(const char *path, const void *bytes, size_t len, bool *ret_made, struct rp_error *err)
{
	char beside[PATH_CAP];
	int fd, why = 0;

	/* A name of its own: several may make the same file at the same time, and link() lets one win. */
	if ((size_t)snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= sizeof beside)
		return rp_fail(err, RP_E_FAULT, "cannot write %s: the name is too long", path);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return rp_fail(err, RP_E_FAULT, "cannot write %s: %s", path, strerror(errno));
	if (!fill(fd, bytes, len) || link(beside, path) != 0)
		why = errno;
	(void)unlink(beside);
	if (why != 0 && why != EEXIST)
		return rp_fail(err, RP_E_FAULT, "cannot write %s: %s", path, strerror(why));
	*ret_made = why == 0;
	return RP_OK;
}
