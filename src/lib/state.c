/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/state.h"

#include "base/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_HERE (STATE_PATH_MAX + STATE_NAME_MAX + 48)
#define LOCK_PAUSE_US 10000
#define LOCK_PAUSES 300

static rp_code fail(struct rp_error *err, const char *what, const char *path)
{
	return rp_fail(err, RP_E_JOURNAL, "%s %s: %s", what, path, strerror(errno));
}

/* --- the directory --- */

static bool default_dir(char *ret, size_t cap)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n = -1;

	if (xdg != NULL && xdg[0] == '/')
		n = snprintf(ret, cap, "%s/repin", xdg);
	else if (home != NULL && home[0] == '/')
		n = snprintf(ret, cap, "%s/.local/state/repin", home);
	return n > 0 && (size_t)n < cap;
}

/* So that a new or removed name is on the disk. */
static rp_code sync_dir(const char *file, struct rp_error *err)
{
	char dir[PATH_MAX_HERE];
	int fd, r;

	(void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(file, '/') - file), file);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, "cannot open", dir);
	r = fsync(fd);
	(void)close(fd);
	return r == 0 ? RP_OK : fail(err, "cannot sync", dir);
}

/* A directory that is missing, and its name on the disk: what is written into it later must be found. */
static rp_code make_dir(const char *path, mode_t mode, struct rp_error *err)
{
	if (mkdir(path, mode) == 0)
		return sync_dir(path, err);
	return errno == EEXIST ? RP_OK : fail(err, "cannot make", path);
}

/* Every part of the path that is missing; the last one for its owner alone. */
static rp_code make_path(const char *path, struct rp_error *err)
{
	char part[PATH_MAX_HERE];
	rp_code rc = RP_OK;

	for (size_t i = 1; rc == RP_OK && path[i] != '\0'; i++) {
		if (path[i] != '/')
			continue;
		(void)snprintf(part, sizeof part, "%.*s", (int)i, path);
		rc = make_dir(part, 0755, err);
	}
	return rc == RP_OK ? make_dir(path, 0700, err) : rc;
}

static rp_code check_dir(const char *path, struct rp_error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return fail(err, "cannot look at", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		return rp_fail(err, RP_E_JOURNAL,
			       "%s must be a directory of this user that nobody else can write to", path);
	return RP_OK;
}

static rp_code path_of(const struct state *s, const char *name, char *ret, size_t cap, struct rp_error *err)
{
	const int n = snprintf(ret, cap, "%s/%s", s->dir, name);

	return n > 0 && (size_t)n < cap ? RP_OK
					: rp_fail(err, RP_E_JOURNAL, "too long a path: %s/%s", s->dir, name);
}

/* --- files --- */

static bool write_all(int fd, const char *p, size_t len)
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

/* A file beside `path` that nobody else has, locked. */
static int open_beside(const char *path, char *ret_temp, size_t cap)
{
	uint8_t random[8];
	char hex[2 * sizeof random + 1];
	int fd;

	rp_random(random, sizeof random);
	(void)hex_of(random, sizeof random, hex, sizeof hex);
	(void)snprintf(ret_temp, cap, "%s.%s.new", path, hex);
	fd = open(ret_temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		(void)unlink(ret_temp);
		return -1;
	}
	return fd;
}

rp_code state_write(const struct state *s, const char *name, const char *text, bool sync, int *ret_fd,
		    struct rp_error *err)
{
	char path[PATH_MAX_HERE], temp[PATH_MAX_HERE + 24];
	rp_code rc = path_of(s, name, path, sizeof path, err);
	int fd;

	if (rc != RP_OK)
		return rc;
	fd = open_beside(path, temp, sizeof temp);
	if (fd < 0)
		return fail(err, "cannot make", temp);
	if (!write_all(fd, text, strlen(text)) || (sync && fsync(fd) != 0) || rename(temp, path) != 0) {
		rc = fail(err, "cannot write", path);
		(void)unlink(temp);
	}
	if (rc == RP_OK && sync)
		rc = sync_dir(path, err);
	if (rc != RP_OK || ret_fd == NULL)
		(void)close(fd);
	else
		*ret_fd = fd;
	return rc;
}

static rp_code read_open(int fd, const char *path, char *ret, size_t cap, size_t *ret_len,
			 struct rp_error *err)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, ret + len, cap - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, "cannot read", path);
		len += (size_t)n;
	} while (n != 0 && len < cap - 1);
	ret[len] = '\0';
	if (strlen(ret) != len || len == cap - 1)
		return rp_fail(err, RP_E_JOURNAL, "%s is not a file of Repin's", path);
	*ret_len = len;
	return RP_OK;
}

rp_code state_read(const struct state *s, const char *name, char *ret, size_t cap, size_t *ret_len,
		   struct rp_error *err)
{
	char path[PATH_MAX_HERE];
	rp_code rc = path_of(s, name, path, sizeof path, err);
	int fd;

	if (rc != RP_OK)
		return rc;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) {
		ret[0] = '\0';
		*ret_len = 0;
		return RP_OK;
	}
	if (fd < 0)
		return fail(err, "cannot open", path);
	rc = read_open(fd, path, ret, cap, ret_len, err);
	(void)close(fd);
	return rc;
}

rp_code state_remove(const struct state *s, const char *name, struct rp_error *err)
{
	char path[PATH_MAX_HERE];
	rp_code rc = path_of(s, name, path, sizeof path, err);

	if (rc == RP_OK && unlink(path) != 0 && errno != ENOENT)
		return fail(err, "cannot remove", path);
	return rc;
}

rp_code state_each(const struct state *s, const char *sub, bool (*each)(void *arg, const char *name),
		   void *arg, struct rp_error *err)
{
	char path[PATH_MAX_HERE], name[STATE_NAME_MAX + 32];
	rp_code rc = path_of(s, sub, path, sizeof path, err);
	const struct dirent *e;
	DIR *d;

	if (rc != RP_OK)
		return rc;
	d = opendir(path);
	if (d == NULL)
		return fail(err, "cannot open", path);
	while ((e = readdir(d)) != NULL) {
		const size_t len = strlen(e->d_name);

		/* What a killed process left half written ends in ".new": it never was a file of ours. */
		if (e->d_name[0] == '.' || len >= STATE_NAME_MAX || strstr(e->d_name, ".new") != NULL)
			continue;
		(void)snprintf(name, sizeof name, "%s/%s", sub, e->d_name);
		if (!each(arg, name))
			break;
	}
	(void)closedir(d);
	return RP_OK;
}

rp_code state_lock(const struct state *s, const char *name, int *ret_fd, struct rp_error *err)
{
	char path[PATH_MAX_HERE];
	rp_code rc = path_of(s, name, path, sizeof path, err);
	int fd, r;

	if (rc != RP_OK)
		return rc;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(err, "cannot open", path);
	r = flock(fd, LOCK_EX | LOCK_NB);
	for (int i = 0; r != 0 && i < LOCK_PAUSES; i++) {
		(void)usleep(LOCK_PAUSE_US);
		r = flock(fd, LOCK_EX | LOCK_NB);
	}
	if (r != 0) {
		rc = fail(err, "cannot lock", path);
		(void)close(fd);
		return rc;
	}
	*ret_fd = fd;
	return RP_OK;
}

/* --- the key --- */

static bool take_key(struct state *s, const char *hex)
{
	size_t len = 0;

	return hex_read(hex, s->key, sizeof s->key, &len) && len == sizeof s->key;
}

/* Made once; of two processes that make it at once, one wins and both use that one. */
static rp_code find_key(struct state *s, struct rp_error *err)
{
	static const char name[] = "key";
	char hex[2 * sizeof s->key + 2] = "";
	size_t len = 0;
	int lock = -1;
	rp_code rc = state_read(s, name, hex, sizeof hex, &len, err);

	if (rc == RP_OK && len > 0)
		return take_key(s, hex) ? RP_OK : rp_fail(err, RP_E_JOURNAL, "%s/key is not a key", s->dir);
	if (rc == RP_OK)
		rc = state_lock(s, "lock", &lock, err);
	if (rc == RP_OK)
		rc = state_read(s, name, hex, sizeof hex, &len, err);
	if (rc == RP_OK && (len == 0 || !take_key(s, hex))) {
		rp_random(s->key, sizeof s->key);
		(void)hex_of(s->key, sizeof s->key, hex, sizeof hex);
		rc = state_write(s, name, hex, true, NULL, err);
	}
	if (lock >= 0)
		(void)close(lock);
	return rc;
}

rp_code state_open(const char *dir, const char *sub, struct state *ret, struct rp_error *err)
{
	struct state s = {0};
	char path[PATH_MAX_HERE];
	rp_code rc;

	if (dir == NULL && !default_dir(s.dir, sizeof s.dir))
		return rp_fail(err, RP_E_JOURNAL, "there is no home directory to keep notes in");
	if (dir != NULL && (dir[0] != '/' || strlen(dir) >= sizeof s.dir))
		return rp_fail(err, RP_E_JOURNAL, "%s: not a whole path, or too long", dir);
	if (dir != NULL)
		(void)snprintf(s.dir, sizeof s.dir, "%s", dir);
	rc = path_of(&s, sub, path, sizeof path, err);
	if (rc == RP_OK && access(path, F_OK) != 0) {
		rc = make_path(s.dir, err);
		if (rc == RP_OK)
			rc = make_dir(path, 0700, err);
	}
	if (rc == RP_OK)
		rc = check_dir(s.dir, err);
	if (rc == RP_OK)
		rc = find_key(&s, err);
	if (rc == RP_OK)
		*ret = s;
	return rc;
}

void state_card(const struct state *s, const char *profile, const char *number, char *ret)
{
	char text[96];
	uint8_t hash[STATE_CARD_LEN / 2];

	(void)snprintf(text, sizeof text, "repin-card\n%s\n%s", profile, number);
	rp_keyed_hash(s->key, sizeof s->key, text, strlen(text), hash, sizeof hash);
	(void)hex_of(hash, sizeof hash, ret, STATE_CARD_LEN + 1);
}

const char *state_tail(const char *number)
{
	const size_t len = strlen(number);

	return len > STATE_TAIL_LEN ? number + len - STATE_TAIL_LEN : number;
}
