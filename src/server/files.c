/* SPDX-License-Identifier: Apache-2.0 */
#include "server/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fdp(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static bool write_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static rp_code make(const char *path, unsigned mode, const void *bytes, size_t len, bool newline,
		    struct rp_error *err)
{
	RP_AUTO(close_fdp)
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);

	if (fd < 0)
		return rp_fail(err, errno == EEXIST ? RP_E_CONFLICT : RP_E_CONFIG, "%s cannot be made: %s",
			       path, strerror(errno));
	if (write_all(fd, bytes, len) && (!newline || write_all(fd, (const uint8_t *)"\n", 1)) &&
	    fsync(fd) == 0)
		return RP_OK;
	(void)rp_fail(err, RP_E_CONFIG, "%s cannot be written: %s", path, strerror(errno));
	(void)unlink(path);
	return RP_E_CONFIG;
}

rp_code files_put(const char *path, unsigned mode, const void *bytes, size_t len, struct rp_error *err)
{
	return make(path, mode, bytes, len, false, err);
}

rp_code files_put_secret(const char *path, const rp_secret *s, struct rp_error *err)
{
	return make(path, 0600, rp_secret_bytes(s), rp_secret_len(s), true, err);
}

static rp_code open_own(const char *path, int *ret_fd, struct rp_error *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return rp_fail(err, RP_E_CONFIG, "%s cannot be opened: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) == 0 &&
	    (st.st_uid == geteuid() || st.st_uid == 0)) {
		*ret_fd = fd;
		return RP_OK;
	}
	(void)close(fd);
	return rp_fail(err, RP_E_CONFIG, "%s must be a file that only its owner can read (chmod 600)", path);
}

/* Byte by byte into guarded memory: no buffer of ours holds it. */
static rp_code read_line(int fd, const char *path, rp_secret *into, struct rp_error *err)
{
	uint8_t byte = 0;
	bool ended = false;
	ssize_t n;

	while ((n = read(fd, &byte, 1)) == 1) {
		if (ended)
			return rp_fail(err, RP_E_CONFIG, "%s holds more than one line", path);
		if (byte == '\n')
			ended = true;
		else if (!rp_secret_push(into, byte))
			return rp_fail(err, RP_E_CONFIG, "%s holds more than %zu bytes", path,
				       rp_secret_cap(into));
	}
	rp_wipe(&byte, sizeof byte);
	if (n < 0 || rp_secret_len(into) == 0)
		return rp_fail(err, RP_E_CONFIG, "%s %s", path, n < 0 ? "cannot be read" : "is empty");
	return RP_OK;
}

rp_code files_secret(const char *path, size_t max, rp_secret **ret, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *s = NULL;
	RP_AUTO(close_fdp) int fd = -1;
	rp_code rc = open_own(path, &fd, err);

	if (rc == RP_OK)
		rc = rp_secret_new(max, &s, err);
	if (rc == RP_OK)
		rc = read_line(fd, path, s, err);
	if (rc != RP_OK)
		return rc;
	*ret = s;
	s = NULL;
	return RP_OK;
}

rp_code files_read(const char *path, size_t max, char **ret, size_t *ret_len, struct rp_error *err)
{
	RP_AUTO(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	RP_AUTO(files_text_freep) char *text = fd >= 0 ? malloc(max + 2) : NULL;
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return rp_fail(err, RP_E_CONFIG, "%s cannot be opened: %s", path, strerror(errno));
	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for %s", path);
	while (len <= max && n > 0) {
		n = read(fd, text + len, max + 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0 || len > max)
		return rp_fail(err, RP_E_CONFIG, "%s %s", path, n < 0 ? "cannot be read" : "is too large");
	text[len] = '\0';
	*ret = text;
	*ret_len = len;
	text = NULL;
	return RP_OK;
}

rp_code files_random_text(size_t chars, rp_secret **ret, struct rp_error *err)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	RP_AUTO(rp_secret_freep) rp_secret *s = NULL;
	rp_code rc = rp_secret_new(chars, &s, err);

	if (rc != RP_OK)
		return rc;
	for (size_t i = 0; i < chars; i++) {
		uint8_t r = 0;

		rp_random(&r, 1);
		/* 64 divides 256: each character is as likely as the others. */
		if (!rp_secret_push(s, (uint8_t)alphabet[r % 64]))
			return rp_fail(err, RP_E_FAULT, "no room for a random text");
	}
	*ret = s;
	s = NULL;
	return RP_OK;
}

void files_text_freep(char **text)
{
	free(*text);
	*text = NULL;
}
