/* SPDX-License-Identifier: Apache-2.0 */
/* The states of a case: the whole table as text, and what may never be in it. */
#include "support/snapshot.h"

#include "issuer/case_table.h"

static void the_table_is_as_reviewed(void **state)
{
	static char text[8192];
	size_t n = 0;

	(void)state;
	for (enum case_state s = 0; s < CASE_STATES_N; s++)
		for (enum case_event e = 0; e < CASE_EVENTS_N; e++) {
			const enum case_state next = case_next(s, e);

			n += (size_t)snprintf(text + n, sizeof text - n, "%-10s %-26s %s\n",
					      case_state_word(s), case_event_text(e),
					      next == CASE_STATES_N ? "-" : case_state_word(next));
		}
	snapshot_check("cases.txt", text);
}

static void what_has_ended_stays_so(void **state)
{
	static const enum case_state ends[] = {CASE_DONE, CASE_CANCELLED, CASE_EXPIRED, CASE_REFUSED};

	(void)state;
	for (size_t k = 0; k < 4; k++)
		assert_true(case_at_end(ends[k]));
	assert_false(case_at_end(CASE_FAILED));
	assert_false(case_at_end(CASE_UNKNOWN));
}

static void nothing_is_done_that_was_not_granted_and_nothing_granted_without_evidence(void **state)
{
	(void)state;
	for (enum case_state s = 0; s < CASE_STATES_N; s++)
		for (enum case_event e = 0; e < CASE_EVENTS_N; e++) {
			const enum case_state next = case_next(s, e);

			if (next == CASE_DONE)
				assert_true((s == CASE_GRANTED || s == CASE_UNKNOWN) &&
					    e == CASE_EV_RESETS_MORE);
			if (next == CASE_GRANTED)
				assert_true(s != CASE_OPEN && e == CASE_EV_GRANT);
			if (next == CASE_EXPIRED)
				assert_true(s == CASE_OPEN || s == CASE_READY);
			assert_true(next != CASE_OPEN);
		}
}

static void what_is_out_of_the_table_has_no_way(void **state)
{
	(void)state;
	assert_int_equal(case_next(CASE_STATES_N, CASE_EV_GRANT), CASE_STATES_N);
	assert_int_equal(case_next(CASE_READY, CASE_EVENTS_N), CASE_STATES_N);
	assert_string_equal(case_state_word(CASE_STATES_N), "");
	assert_string_equal(case_event_text(CASE_EVENTS_N), "");
	assert_int_equal(case_state_from_word("nonsense"), CASE_STATES_N);
	for (enum case_state s = 0; s < CASE_STATES_N; s++)
		assert_int_equal(case_state_from_word(case_state_word(s)), s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_as_reviewed),
		cmocka_unit_test(what_has_ended_stays_so),
		cmocka_unit_test(nothing_is_done_that_was_not_granted_and_nothing_granted_without_evidence),
		cmocka_unit_test(what_is_out_of_the_table_has_no_way),
	};

	if (argc > 1)
		snapshot_folder = argv[1];
	return cmocka_run_group_tests_name("case_table", tests, NULL, NULL);
}
