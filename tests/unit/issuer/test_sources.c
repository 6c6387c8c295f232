/* SPDX-License-Identifier: Apache-2.0 */
/* Limits per source: who was wrong too often waits, others do not, and the table never grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "issuer/issuer.h"
#include "issuer/sources.h"

static struct sources *sources;

static int setup(void **state)
{
	(void)state;
	return sources_new(&sources, NULL) == RP_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sources_free(sources);
	return 0;
}

static void a_source_waits_until_its_minute_is_over(void **state)
{
	const struct issuer_peer a = {.source = "192.0.2.1"}, b = {.source = "192.0.2.2"};

	(void)state;
	for (unsigned k = 0; k < SOURCE_WRONG_A_MINUTE; k++) {
		assert_true(sources_may(sources, &a, 1000 + k));
		sources_wrong(sources, &a, 1000 + k);
	}
	assert_false(sources_may(sources, &a, 2000));
	assert_true(sources_may(sources, &b, 2000));
	assert_false(sources_may(sources, &a, 60999));
	assert_true(sources_may(sources, &a, 61000));
	sources_wrong(sources, &a, 61000);
	assert_true(sources_may(sources, &a, 61000));
}

static void a_terminal_is_itself_whatever_its_address(void **state)
{
	const uint8_t one[32] = {1}, two[32] = {2};
	const struct issuer_peer a = {.fingerprint = one, .source = "192.0.2.1"},
				 moved = {.fingerprint = one, .source = "192.0.2.9"},
				 b = {.fingerprint = two, .source = "192.0.2.1"}, nobody = {.source = NULL};

	(void)state;
	for (unsigned k = 0; k < SOURCE_WRONG_A_MINUTE; k++)
		sources_wrong(sources, &a, 5);
	assert_false(sources_may(sources, &a, 5));
	assert_false(sources_may(sources, &moved, 5));
	assert_true(sources_may(sources, &b, 5));
	assert_true(sources_may(sources, &nobody, 5));
}

static void a_hundred_thousand_sources_need_no_more_memory(void **state)
{
	const struct issuer_peer a = {.source = "192.0.2.1"};
	char address[32];
	unsigned waiting = 0;

	(void)state;
	for (unsigned k = 0; k < 100000; k++) {
		const struct issuer_peer p = {.source = address};

		(void)snprintf(address, sizeof address, "10.%u.%u.%u", k >> 16, k >> 8 & 255, k & 255);
		assert_true(sources_may(sources, &p, k));
		sources_wrong(sources, &p, k);
	}
	/* The newest are known still. */
	for (unsigned k = 0; k < SOURCE_WRONG_A_MINUTE; k++)
		sources_wrong(sources, &a, 100000);
	waiting += !sources_may(sources, &a, 100000);
	assert_int_equal(waiting, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_source_waits_until_its_minute_is_over),
		T(a_terminal_is_itself_whatever_its_address),
		T(a_hundred_thousand_sources_need_no_more_memory),
	};

	return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
