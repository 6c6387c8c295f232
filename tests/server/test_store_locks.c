/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite alone: a program that leaves takes the write-ahead log away when it finds no lock of others.
 * POSIX locks belong to a process, and go when it closes any descriptor of the file.
 */
#include "server/store_kit.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* SQLite's SHARED lock: 510 bytes behind the pending byte at 1 GiB and the reserved one (sqlite3 os.h). */
#define SHARED_FIRST 0x40000002
#define SHARED_SIZE 510

/* As another process sees it. */
static bool is_locked(void)
{
	int status = 0;
	const pid_t pid = fork();

	if (pid == 0) {
		const int fd = open(kit.url + strlen("sqlite:"), O_RDWR);
		struct flock l = {.l_type = F_WRLCK,
				  .l_whence = SEEK_SET,
				  .l_start = SHARED_FIRST,
				  .l_len = SHARED_SIZE};

		_exit(fd >= 0 && fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void a_connection_that_is_open_locks_the_file_for_others_to_see(void **state)
{
	(void)state;
	assert_true(is_locked());
	store_close(kit.s);
	assert_false(is_locked());
	kit.s = kit_store(NULL);
}

static void a_connection_more_drops_no_lock_of_the_others(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	store *other = kit_store(NULL);

	(void)state;
	assert_ok(store_ready(other, &err), &err);
	assert_true(is_locked());
	store_close(other);
	assert_true(is_locked());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_connection_that_is_open_locks_the_file_for_others_to_see,
						kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(a_connection_more_drops_no_lock_of_the_others, kit_setup,
						kit_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
