/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "base/secret.h"
#include <cmocka.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void starts_with_core_files_off(void **state)
{
	struct rlimit core;
	bool locked = false;

	(void)state;
	assert_int_equal(rp_secret_start(&locked, NULL), RP_OK);
	assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
	assert_int_equal(core.rlim_cur, 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
}

static void holds_and_refuses_what_does_not_fit(void **state)
{
	rp_secret *s = NULL;

	(void)state;
	assert_int_equal(rp_secret_new(4, &s, NULL), RP_OK);
	assert_true(rp_secret_append(s, "abc", 3));
	assert_false(rp_secret_append(s, "de", 2));
	assert_int_equal(rp_secret_len(s), 3); /* nothing was added */
	assert_true(rp_secret_push(s, 'd'));
	assert_false(rp_secret_push(s, 'e'));
	assert_null(rp_secret_room(s, 1));
	assert_memory_equal(rp_secret_bytes(s), "abcd", 4);
	rp_secret_free(s);
	rp_secret_free(NULL);
}

static void truncating_wipes_the_rest(void **state)
{
	rp_secret *s = NULL;

	(void)state;
	assert_int_equal(rp_secret_from("123456", 6, &s, NULL), RP_OK);
	rp_secret_truncate(s, 2);
	assert_int_equal(rp_secret_len(s), 2);
	assert_memory_equal(rp_secret_bytes(s) + 2, "\0\0\0\0", 4);
	rp_secret_truncate(s, 5);
	assert_int_equal(rp_secret_len(s), 2);
	rp_secret_clear(s);
	assert_int_equal(rp_secret_len(s), 0);
	assert_memory_equal(rp_secret_bytes(s), "\0\0", 2);
	rp_secret_free(s);
}

static void equality_is_of_content(void **state)
{
	rp_secret *a = NULL, *b = NULL, *c = NULL;

	(void)state;
	assert_int_equal(rp_secret_from("1234", 4, &a, NULL), RP_OK);
	assert_int_equal(rp_secret_from("1234", 4, &b, NULL), RP_OK);
	assert_int_equal(rp_secret_from("12345", 5, &c, NULL), RP_OK);
	assert_true(rp_secret_equal(a, b));
	assert_false(rp_secret_equal(a, c));
	assert_false(rp_secret_equal(a, NULL));
	assert_false(rp_secret_equal(NULL, NULL));
	rp_secret_freep(&a);
	assert_null(a);
	rp_secret_free(b);
	rp_secret_free(c);
}

static void absurd_sizes_are_an_error(void **state)
{
	struct rp_error err;
	rp_secret *s = NULL;

	(void)state;
	assert_int_equal(rp_secret_new(SIZE_MAX, &s, &err), RP_E_NO_MEMORY);
	assert_int_equal(rp_secret_new(SIZE_MAX / 2, &s, &err), RP_E_NO_MEMORY);
	assert_null(s);
}

/* A write past the end must not go unseen: the guard page ends the process. */
static void a_write_past_the_end_is_fatal(void **state)
{
	pid_t pid = fork();
	int status = 0;

	(void)state;
	if (pid == 0) {
		rp_secret *s = NULL;
		volatile uint8_t *p;

		(void)signal(SIGSEGV, SIG_DFL);
		if (rp_secret_new(16, &s, NULL) != RP_OK)
			_exit(1);
		p = rp_secret_room(s, 16);
		p[16 + 64] = 1;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_with_core_files_off),
		cmocka_unit_test(holds_and_refuses_what_does_not_fit),
		cmocka_unit_test(truncating_wipes_the_rest),
		cmocka_unit_test(equality_is_of_content),
		cmocka_unit_test(absurd_sizes_are_an_error),
		cmocka_unit_test(a_write_past_the_end_is_fatal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
