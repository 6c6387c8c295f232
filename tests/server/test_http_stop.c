/* SPDX-License-Identifier: Apache-2.0 */
/* A stop while a handler takes longer than the ten seconds that are waited for. */
#include "../unit/http/serve_rig.h"

#include <pthread.h>

static atomic_bool stopped;

static void *stop_it(void *h)
{
	http_stop(h);
	stopped = true;
	return NULL;
}

static void a_handler_that_takes_too_long_loses_its_connection_and_is_waited_for(void **state)
{
	http *h = serve_usual();
	pthread_t stopper;
	int64_t begin;

	(void)state;
	let_go = false;
	open_one(h);
	assert_true(ask_say(&one, "GET /slow HTTP/1.1\r\n" HOST "\r\n"));
	while (in_slow == 0)
		sleep_ms(1);
	begin = clock_ms();
	assert_int_equal(pthread_create(&stopper, NULL, stop_it, h), 0);
	assert_true(ask_ended(&one, 14000));
	assert_in_range(clock_ms() - begin, 9900, 12000);
	sleep_ms(300);
	assert_false(stopped);
	assert_int_equal(in_slow, 1);
	let_go = true;
	assert_int_equal(pthread_join(stopper, NULL), 0);
	assert_int_equal(in_slow, 0);
	ask_close(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handler_that_takes_too_long_loses_its_connection_and_is_waited_for)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
