/* SPDX-License-Identifier: Apache-2.0 */
/* One process of `repin`: what it is given, what it tells, and how it ends. A shell script stands for it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/clock.h"
#include <cmocka.h>

static struct agent a;
static char dir[64], steps[512];

/* The program is these lines of sh. */
static void program(const char *lines)
{
	FILE *f;

	(void)snprintf(a.repin, sizeof a.repin, "%s/repin", dir);
	(void)unlink(a.repin);
	f = fopen(a.repin, "w");
	assert_non_null(f);
	assert_true(fprintf(f, "#!/bin/sh\n%s\n", lines) > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(a.repin, 0700), 0);
}

static int fresh(void **state)
{
	(void)state;
	memset(&a, 0, sizeof a);
	a.lang = lang_of("ja");
	steps[0] = '\0';
	(void)snprintf(dir, sizeof dir, "/tmp/repin-run-XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int gone(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return system(command); /* checked: the name is ours */
}

static const char *text_of(const struct run *r, const char *key)
{
	const char *text = json_string_value(json_object_get(r->answer, key));

	return text != NULL ? text : "";
}

static void it_gets_its_arguments_and_nothing_behind_them_is_an_option(void **state)
{
	struct run r;

	(void)state;
	program("printf '{\"args\":\"%s\"}' \"$*\"");
	a.config = "/etc/x.conf";
	run_begin(&r, &a, "--reader two");
	run_command(&r, "change", "--help");
	assert_int_equal(run_wait(&r, &a, NULL), RP_OK);
	assert_int_equal(r.status, 0);
	assert_string_equal(text_of(&r, "args"),
			    "--json --pages --lang ja --config /etc/x.conf --reader --reader two "
			    "-- change --help");
	run_end(&r);
}

static void take_step(void *arg, const char *line)
{
	(void)arg;
	(void)snprintf(steps + strlen(steps), sizeof steps - strlen(steps), "[%s]", line);
}

static void secrets_come_by_3_and_steps_go_by_4(void **state)
{
	rp_secret *s = NULL;
	struct run r;

	(void)state;
	program("in=$(cat <&3)\n"
		"printf 'identify One.\\nset Two' >&4; sleep 0.1; printf ' words.\\n' >&4\n"
		"printf '{\"got\":\"%s\",\"env\":\"%s\",\"in\":\"%s\"}' \"$in\" \"$(env | grep -c 1357)\" "
		"\"$(cat)\"\n"
		"echo noise >&2\nexit 4");
	assert_int_equal(rp_secret_from("current=1357\n", 13, &s, NULL), RP_OK);
	run_begin(&r, &a, NULL);
	r.secrets = s;
	r.step = take_step;
	assert_int_equal(run_wait(&r, &a, NULL), RP_OK);
	assert_int_equal(r.status, 4);
	assert_string_equal(text_of(&r, "got"), "current=1357");
	assert_string_equal(text_of(&r, "env"), "0");
	assert_string_equal(text_of(&r, "in"), "");
	assert_string_equal(steps, "[identify One.][set Two words.]");
	run_end(&r);
	rp_secret_free(s);
}

static void it_inherits_no_descriptor(void **state)
{
	/* As a socket of another page would be: without O_CLOEXEC. */
	const int mine = fcntl(1, F_DUPFD, 300), low = fcntl(1, F_DUPFD, 70);
	char lines[160];
	struct run r;

	(void)state;
	assert_true(mine >= 0 && low >= 0);
	(void)snprintf(lines, sizeof lines,
		       "n=0; for f in %d %d; do [ -e /proc/$$/fd/$f ] && n=$((n+1)); done; printf "
		       "'{\"n\":\"%%s\"}' $n",
		       mine, low);
	program(lines);
	run_begin(&r, &a, NULL);
	assert_int_equal(run_wait(&r, &a, NULL), RP_OK);
	assert_string_equal(text_of(&r, "n"), "0");
	run_end(&r);
	(void)close(mine);
	(void)close(low);
}

static void an_answer_that_is_none_is_none(void **state)
{
	static const char *const programs[] = {"exit 0", "echo '{'", "kill -9 $$",
					       "printf 'x%0200000d' 1; exit 3"};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		program(programs[i]);
		run_begin(&r, &a, NULL);
		assert_int_equal(run_wait(&r, &a, NULL), RP_OK);
		assert_null(r.answer);
		assert_int_equal(r.status, i == 2 ? -1 : i == 3 ? 3 : 0);
		run_end(&r);
	}
	(void)snprintf(a.repin, sizeof a.repin, "/nowhere/repin");
	run_begin(&r, &a, NULL);
	assert_int_equal(run_wait(&r, &a, NULL), RP_OK);
	assert_int_equal(r.status, 127);
	assert_null(r.answer);
	run_end(&r);
}

static void one_that_floods_is_heard_to_the_limit(void **state)
{
	const int64_t began = clock_ms();
	struct run r;

	(void)state;
	program("head -c 3000000 /dev/zero | tr '\\0' x");
	run_begin(&r, &a, NULL);
	assert_int_equal(run_wait(&r, &a, NULL), RP_OK);
	assert_null(r.answer);
	assert_true(clock_ms() - began < 20000);
	run_end(&r);
}

static void *cancel_soon(void *arg)
{
	struct run *r = arg;

	(void)nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
	run_cancel(r);
	return NULL;
}

static void it_is_cancelled_as_by_a_signal(void **state)
{
	const int64_t began = clock_ms();
	pthread_t thread;
	struct run r;

	(void)state;
	program("trap 'echo \"{\\\"error\\\":1}\"; exit 10' TERM\nsleep 20 >/dev/null 3<&- 4>&- & wait");
	run_begin(&r, &a, NULL);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &r), 0);
	assert_int_equal(run_wait(&r, &a, NULL), RP_OK);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(r.status, 10);
	assert_true(clock_ms() - began < 30000);
	run_end(&r);
	/* Nobody is told to end when it is over. */
	run_cancel(&r);
	assert_int_equal(r.pid, 0);
}

static void one_that_was_cancelled_before_its_start_ends_at_once(void **state)
{
	const int64_t began = clock_ms();
	struct run r;

	(void)state;
	program("exec sleep 20");
	run_begin(&r, &a, NULL);
	run_cancel(&r);
	assert_int_equal(run_wait(&r, &a, NULL), RP_OK);
	assert_int_equal(r.status, -1);
	assert_true(clock_ms() - began < 10000);
	run_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_gets_its_arguments_and_nothing_behind_them_is_an_option,
						fresh, gone),
		cmocka_unit_test_setup_teardown(secrets_come_by_3_and_steps_go_by_4, fresh, gone),
		cmocka_unit_test_setup_teardown(it_inherits_no_descriptor, fresh, gone),
		cmocka_unit_test_setup_teardown(an_answer_that_is_none_is_none, fresh, gone),
		cmocka_unit_test_setup_teardown(one_that_floods_is_heard_to_the_limit, fresh, gone),
		cmocka_unit_test_setup_teardown(it_is_cancelled_as_by_a_signal, fresh, gone),
		cmocka_unit_test_setup_teardown(one_that_was_cancelled_before_its_start_ends_at_once, fresh,
						gone),
	};

	if (rp_secret_start(NULL, NULL) != RP_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
