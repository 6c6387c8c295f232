/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of notes: whole files, for their owner alone, naming nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state.h"
#include <cmocka.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[64];

static int make_top(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof top, "/tmp/repin-state-XXXXXX");
	return mkdtemp(top) == NULL;
}

static int drop_top(void **state)
{
	char command[96];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", top);
	return system(command);
}

static struct state opened(const char *below)
{
	struct state s;
	char dir[128];
	struct rp_error err = RP_ERROR_INIT;

	(void)snprintf(dir, sizeof dir, "%s/%s", top, below);
	if (state_open(dir, "journal", &s, &err) != RP_OK)
		fail_msg("%s", err.story);
	return s;
}

static unsigned mode_of(const struct state *s, const char *name)
{
	char path[STATE_PATH_MAX + 64];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/%s", s->dir, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void everything_is_for_the_owner_alone(void **state)
{
	struct state s = opened("a/b/c");

	(void)state;
	assert_int_equal(state_write(&s, "journal/x", "hello", true, NULL, NULL), RP_OK);
	assert_int_equal(mode_of(&s, "."), 0700);
	assert_int_equal(mode_of(&s, "journal"), 0700);
	assert_int_equal(mode_of(&s, "journal/x"), 0600);
	assert_int_equal(mode_of(&s, "key"), 0600);
}

static void a_place_that_others_can_write_to_is_refused(void **state)
{
	struct state s = opened("d"), again;
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	assert_int_equal(chmod(s.dir, 0777), 0);
	assert_int_equal(state_open(s.dir, "journal", &again, &err), RP_E_JOURNAL);
	assert_int_equal(chmod(s.dir, 0700), 0);
	assert_int_equal(state_open("not/whole", "journal", &again, &err), RP_E_JOURNAL);
}

static void a_card_has_one_name_here_and_another_elsewhere(void **state)
{
	struct state a = opened("a"), a2 = opened("a"), b = opened("b");
	char one[STATE_CARD_LEN + 1], two[STATE_CARD_LEN + 1], other[STATE_CARD_LEN + 1];

	(void)state;
	state_card(&a, "mynumber", "123456789012345", one);
	state_card(&a2, "mynumber", "123456789012345", two);
	assert_string_equal(one, two);
	assert_int_equal(strlen(one), STATE_CARD_LEN);
	state_card(&b, "mynumber", "123456789012345", other);
	assert_string_not_equal(one, other);
	state_card(&a, "aosign", "123456789012345", other);
	assert_string_not_equal(one, other);
	state_card(&a, "mynumber", "123456789012346", other);
	assert_string_not_equal(one, other);
	assert_string_equal(state_tail("123456789012345"), "2345");
	assert_string_equal(state_tail("12"), "12");
}

static int open_new(const struct state *s, const char *name)
{
	char path[STATE_PATH_MAX + 64];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", s->dir, name);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	return fd;
}

static void a_file_is_written_whole_and_locked(void **state)
{
	struct state s = opened("e");
	char text[32];
	size_t len = 99;
	int fd = -1, again;

	(void)state;
	assert_int_equal(state_read(&s, "journal/x", text, sizeof text, &len, NULL), RP_OK);
	assert_int_equal(len, 0);
	assert_int_equal(state_write(&s, "journal/x", "one", true, &fd, NULL), RP_OK);
	again = open_new(&s, "journal/x");
	assert_int_equal(flock(again, LOCK_EX | LOCK_NB), -1); /* held by whoever wrote it */
	(void)close(again);
	assert_int_equal(state_read(&s, "journal/x", text, sizeof text, &len, NULL), RP_OK);
	assert_string_equal(text, "one");
	assert_int_equal(state_write(&s, "journal/x", "two and more", false, NULL, NULL), RP_OK);
	assert_int_equal(state_read(&s, "journal/x", text, sizeof text, &len, NULL), RP_OK);
	assert_string_equal(text, "two and more");
	(void)close(fd);
	assert_int_equal(state_remove(&s, "journal/x", NULL), RP_OK);
	assert_int_equal(state_remove(&s, "journal/x", NULL), RP_OK);
	assert_int_equal(state_read(&s, "journal/x", text, sizeof text, &len, NULL), RP_OK);
	assert_int_equal(len, 0);
}

static void a_file_that_is_too_long_is_not_cut(void **state)
{
	struct state s = opened("f");
	char text[4] = "old";
	size_t len = 99;

	(void)state;
	assert_int_equal(state_write(&s, "journal/x", "longer", false, NULL, NULL), RP_OK);
	assert_int_equal(state_read(&s, "journal/x", text, sizeof text, &len, NULL), RP_E_JOURNAL);
	assert_int_equal(len, 99);
}

static bool count(void *arg, const char *name)
{
	unsigned *n = arg;

	assert_true(strncmp(name, "journal/", 8) == 0);
	(*n)++;
	return true;
}

static void half_written_files_are_not_listed(void **state)
{
	struct state s = opened("g");
	unsigned n = 0;

	(void)state;
	assert_int_equal(state_write(&s, "journal/a", "1", false, NULL, NULL), RP_OK);
	assert_int_equal(state_write(&s, "journal/b", "2", false, NULL, NULL), RP_OK);
	assert_int_equal(state_write(&s, "journal/c.1234.new", "3", false, NULL, NULL), RP_OK);
	assert_int_equal(state_each(&s, "journal", count, &n, NULL), RP_OK);
	assert_int_equal(n, 2);
}

/* Eight processes meet an empty directory: one key comes out of it. */
static void one_key_for_all_processes(void **state)
{
	char cards[8][STATE_CARD_LEN + 1];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (int i = 0; i < 8; i++) {
		if (fork() == 0) {
			struct state s = opened("together");
			char name[STATE_CARD_LEN + 1];

			state_card(&s, "piv", "1", name);
			_exit(write(fds[1], name, sizeof name) != sizeof name);
		}
	}
	for (int i = 0; i < 8; i++)
		assert_int_equal(read(fds[0], cards[i], sizeof cards[i]), sizeof cards[i]);
	for (int i = 0; i < 8; i++) {
		int status = 1;

		(void)wait(&status);
		assert_int_equal(status, 0);
		assert_string_equal(cards[i], cards[0]);
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void a_lock_is_waited_for(void **state)
{
	struct state s = opened("h");
	int first = -1, second = -1;

	(void)state;
	assert_int_equal(state_lock(&s, "lock", &first, NULL), RP_OK);
	assert_int_equal(state_lock(&s, "lock", &second, NULL), RP_E_JOURNAL);
	(void)close(first);
	assert_int_equal(state_lock(&s, "lock", &second, NULL), RP_OK);
	(void)close(second);
}

static void no_home_is_an_error_with_a_reason(void **state)
{
	struct state s;
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	(void)unsetenv("XDG_STATE_HOME");
	(void)unsetenv("HOME");
	assert_int_equal(state_open(NULL, "journal", &s, &err), RP_E_JOURNAL);
	assert_non_null(strstr(err.story, "home"));
	(void)setenv("XDG_STATE_HOME", top, 1);
	assert_int_equal(state_open(NULL, "journal", &s, &err), RP_OK);
	assert_non_null(strstr(s.dir, "/repin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_for_the_owner_alone),
		cmocka_unit_test(a_place_that_others_can_write_to_is_refused),
		cmocka_unit_test(a_card_has_one_name_here_and_another_elsewhere),
		cmocka_unit_test(a_file_is_written_whole_and_locked),
		cmocka_unit_test(a_file_that_is_too_long_is_not_cut),
		cmocka_unit_test(half_written_files_are_not_listed),
		cmocka_unit_test(one_key_for_all_processes),
		cmocka_unit_test(a_lock_is_waited_for),
		cmocka_unit_test(no_home_is_an_error_with_a_reason),
	};

	return cmocka_run_group_tests(tests, make_top, drop_top);
}
