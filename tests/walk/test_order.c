/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order behind promise 8: when a command with a secret goes to the card, the note about it is on
 * the disk, by name and content, and locked; when it carries the new PIN, the mark says so. Not "is
 * written": the calls that bring it to the disk are watched.
 */
#include "walk/cases.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

/* --- what is on the disk: these stand before the C library's --- */

enum { FILES = 32, DIRS = 16 };

static struct {
	ino_t ino;
	char text[512];
	bool name; /* its directory was synced while it had its name */
} disk[FILES];
static size_t n_disk;
static char new_dirs[DIRS][256]; /* made, and their parents not synced yet */
static size_t n_new_dirs;
static unsigned n_syncs;
static bool marks_fail; /* the disk takes no more marks */

static size_t file_of(ino_t ino)
{
	size_t i = 0;

	while (i < n_disk && disk[i].ino != ino)
		i++;
	if (i == FILES)
		fail_msg("more files than a job needs");
	if (i == n_disk) {
		memset(&disk[i], 0, sizeof disk[i]);
		disk[n_disk++].ino = ino;
	}
	return i;
}

static void dir_is_synced(int fd)
{
	char path[64], dir[256] = "";
	const struct dirent *e;
	size_t kept = 0;
	DIR *d = NULL;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (readlink(path, dir, sizeof dir - 1) < 0 || (d = opendir(dir)) == NULL)
		fail_msg("which directory is it?");
	while ((e = readdir(d)) != NULL)
		if (e->d_type == DT_REG && strstr(e->d_name, ".new") == NULL)
			disk[file_of(e->d_ino)].name = true;
	(void)closedir(d);
	for (size_t i = 0; i < n_new_dirs; i++)
		if (strlen(dir) != (size_t)(strrchr(new_dirs[i], '/') - new_dirs[i]) ||
		    strncmp(new_dirs[i], dir, strlen(dir)) != 0)
			memmove(new_dirs[kept++], new_dirs[i], sizeof new_dirs[0]);
	n_new_dirs = kept;
}

static void is_synced(int fd)
{
	char path[64];
	struct stat st;
	size_t i;
	int again;

	n_syncs++;
	assert_int_equal(fstat(fd, &st), 0);
	if (S_ISDIR(st.st_mode)) {
		dir_is_synced(fd);
		return;
	}
	i = file_of(st.st_ino);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(again >= 0);
	memset(disk[i].text, 0, sizeof disk[i].text);
	assert_true(read(again, disk[i].text, sizeof disk[i].text - 1) >= 0);
	(void)close(again);
}

int fsync(int fd)
{
	is_synced(fd);
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	if (marks_fail) {
		errno = EIO;
		return -1;
	}
	is_synced(fd);
	return (int)syscall(SYS_fdatasync, fd);
}

int mkdir(const char *path, mode_t mode)
{
	const int r = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);

	if (r == 0 && n_new_dirs < DIRS)
		(void)snprintf(new_dirs[n_new_dirs++], sizeof new_dirs[0], "%s", path);
	return r;
}

/* --- the judge --- */

static char base[64], dir[96];
static unsigned n_secrets, n_sets;
static const struct walk *judged;

static bool sets(const uint8_t *cmd)
{
	return cmd[1] == 0x24 || cmd[1] == 0x2C || cmd[1] == 0x32;
}

static bool is_locked(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool locked;

	assert_true(fd >= 0);
	locked = flock(fd, LOCK_SH | LOCK_NB) != 0;
	(void)close(fd);
	return locked;
}

/* The one note there is, as it is on the disk. */
static const char *note_on_disk(void)
{
	char path[192];
	const struct dirent *e;
	const char *text = NULL;
	unsigned n = 0;
	DIR *d;

	(void)snprintf(path, sizeof path, "%s/journal", dir);
	d = opendir(path);
	if (d == NULL)
		walk_fail(judged, "no directory of notes");
	while ((e = readdir(d)) != NULL) {
		if (e->d_type != DT_REG)
			continue;
		n++;
		text = disk[file_of(e->d_ino)].name ? disk[file_of(e->d_ino)].text : "";
		(void)snprintf(path, sizeof path, "%s/journal/%s", dir, e->d_name);
	}
	(void)closedir(d);
	if (n != 1)
		walk_fail(judged, "%u notes while a secret goes out", n);
	if (!is_locked(path))
		walk_fail(judged, "the note is not locked while its job runs");
	return text;
}

static void judge(struct vreader *v, const uint8_t *cmd, size_t len)
{
	const char *text, *marks;

	(void)v;
	if (!f_is_secret(cmd, len))
		return;
	n_secrets++;
	n_sets += sets(cmd);
	text = note_on_disk();
	marks = strstr(text, "\nmarks ");
	if (marks == NULL)
		walk_fail(judged, "INS %02X goes out, and the note is not on the disk", cmd[1]);
	if (sets(cmd) && strchr(marks, '?') == NULL)
		walk_fail(judged, "the new PIN goes out, and the disk says %s", marks + 1);
	if (!sets(cmd) && n_sets == 0 && strchr(marks, '?') != NULL)
		walk_fail(judged, "nothing new went out, and the disk says %s", marks + 1);
	if (n_new_dirs != 0)
		walk_fail(judged, "%s is not on the disk", new_dirs[0]);
}

static const char *case_story(void *arg)
{
	return c_words(arg);
}

static void watch_job(struct walk *w, const struct c_case *row)
{
	static struct c_case c;
	struct rp_outcome out;
	struct rp_error err = RP_ERROR_INIT;

	c = *row;
	w->story = case_story;
	w->story_arg = &c;
	judged = w;
	if (!walk_sets(c.f, &c.job) || c.before == C_DIFFER)
		return;
	c_prepare(w, &c);
	n_disk = n_sets = 0;
	w->v.before_command = judge;
	if ((walk_run(w, &c.job, &out, &err) == RP_OK) != (c.job.entry == C_OLD))
		walk_fail(w, "%s", err.story);
	w->v.before_command = NULL;
}

static void the_note_is_on_the_disk_before_the_command_goes(void **state)
{
	(void)state;
	c_all(watch_job, dir);
	print_message("# %u commands with secrets, %u syncs\n", n_secrets, n_syncs);
	assert_true(n_secrets > 100 && n_syncs > 100);
}

static void no_new_pin_goes(struct vreader *v, const uint8_t *cmd, size_t len)
{
	(void)v;
	(void)len;
	if (sets(cmd))
		walk_fail(judged, "INS %02X goes out, and its mark could not be written", cmd[1]);
}

/* A disk that fails between the note and the mark: the current PIN was proven perhaps, and that is all. */
static void break_disk(struct walk *w, const struct c_case *row)
{
	static struct c_case c;
	struct rp_outcome out;
	struct rp_error err = RP_ERROR_INIT;
	struct rp_intent in[4];
	size_t n = 0;

	c = *row;
	w->story = case_story;
	w->story_arg = &c;
	judged = w;
	if (!walk_sets(c.f, &c.job) || c.before == C_DIFFER || c.job.entry != C_OLD)
		return;
	c_prepare(w, &c);
	n_disk = 0;
	w->v.before_command = no_new_pin_goes;
	marks_fail = true;
	if (walk_run(w, &c.job, &out, &err) != RP_E_JOURNAL || err.tries_spent != 0 || err.in_doubt)
		walk_fail(w, "%s, %d spent, doubt %d", rp_code_word(err.code), err.tries_spent, err.in_doubt);
	marks_fail = false;
	w->v.before_command = NULL;
	assert_int_equal(rp_intents(w->ctx, &w->shown, in, 4, &n, NULL), RP_OK);
	if (n != 0)
		walk_fail(w, "a note is left, and nothing was sent");
	for (int i = 0; i < f_n_refs(w->f); i++)
		if (c.before != C_ONE_TRY && c.before != C_LOCKED && w->truth[i]->tries != w->m.ref[i].tries)
			walk_fail(w, "a try was spent");
}

static void without_its_mark_no_new_pin_goes(void **state)
{
	(void)state;
	c_all(break_disk, dir);
}

static int make_base(void **state)
{
	(void)state;
	(void)snprintf(base, sizeof base, "%s/repin-order-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(base) == NULL)
		return 1;
	n_new_dirs = 0;
	/* Made with the first job: on a machine where nothing was ever noted. */
	(void)snprintf(dir, sizeof dir, "%s/state/repin", base);
	return 0;
}

static int drop_base(void **state)
{
	char command[96];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", base);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_note_is_on_the_disk_before_the_command_goes, make_base,
						drop_base),
		cmocka_unit_test_setup_teardown(without_its_mark_no_new_pin_goes, make_base, drop_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
