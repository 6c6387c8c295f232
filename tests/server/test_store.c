/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of the store: every statement (works.h), and what holds for all of them. */
#include "server/works.h"

#define IN_ONE_WORK(fn, sentence)                                                                            \
	static void test_##fn(void **state)                                                                  \
	{                                                                                                    \
		(void)state;                                                                                 \
		kit_work(fn);                                                                                \
	}
STATEMENTS(IN_ONE_WORK)

static void every_statement_was_run(void **state)
{
	(void)state;
	for (size_t i = 0; i < ST_N; i++)
		if (kit.used[i] == 0)
			fail_msg("%s was not run", store_statements[i].name);
}

int main(void)
{
#define TEST_ROW(fn, sentence) {sentence, test_##fn, kit_setup, kit_teardown, NULL},
	const struct CMUnitTest tests[] = {
		STATEMENTS(TEST_ROW){"every statement was run", every_statement_was_run, NULL, NULL, NULL}};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
