/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include <cmocka.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void fail_fills_everything(void **state)
{
	struct rp_error err;

	(void)state;
	memset(&err, 0x5A, sizeof err);
	assert_int_equal(rp_fail(&err, RP_E_PIN_WRONG, "answer %04X", 0x63C2), RP_E_PIN_WRONG);
	assert_int_equal(err.code, RP_E_PIN_WRONG);
	assert_int_equal(err.slot, RP_SLOT_NONE);
	assert_int_equal(err.sw, 0);
	assert_int_equal(err.tries_left, RP_TRIES_UNKNOWN);
	assert_int_equal(err.tries_spent, 0);
	assert_string_equal(err.story, "answer 63C2");
	assert_int_equal(rp_fail(NULL, RP_E_FAULT, "nobody listens"), RP_E_FAULT);
}

static void context_reads_from_goal_to_cause(void **state)
{
	struct rp_error err;

	(void)state;
	(void)rp_fail(&err, RP_E_CARD_IO, "the reader hung up");
	assert_int_equal(rp_context(&err, RP_E_CARD_IO, "selecting %s", "jpki"), RP_E_CARD_IO);
	assert_string_equal(err.story, "selecting jpki: the reader hung up");
	assert_int_equal(rp_context(&err, RP_OK, "no story for success"), RP_OK);
	assert_string_equal(err.story, "selecting jpki: the reader hung up");
}

static void long_stories_end_early_and_whole(void **state)
{
	struct rp_error err;
	char big[1000];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	(void)rp_fail(&err, RP_E_FAULT, "%s", big);
	assert_int_equal(strlen(err.story), sizeof err.story - 1);
	(void)rp_context(&err, RP_E_FAULT, "%s", big);
	assert_int_equal(strlen(err.story), sizeof err.story - 1);
}

/* Numbers, words and exit statuses are a contract: none twice, none missing. */
static void codes_are_one_to_one(void **state)
{
	static const struct {
		rp_code code;
		const char *word;
	} rows[] = {
#define ROW(name, number, word, exit, text) {RP_##name, word},
		RP_CODES(ROW)
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_string_equal(rp_code_word(rows[i].code), rows[i].word);
		assert_true(rp_code_exit(rows[i].code) >= 0 && rp_code_exit(rows[i].code) <= 10);
		assert_true(strlen(rp_code_text(rows[i].code)) > 3);
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(rows[i].code, rows[j].code);
			assert_string_not_equal(rows[i].word, rows[j].word);
		}
	}
	assert_string_equal(rp_code_word((rp_code)9999), "fault");
	assert_int_equal(rp_code_exit((rp_code)9999), 1);
}

static void slots_have_words_and_the_wire_numbers(void **state)
{
	(void)state;
	assert_int_equal(RP_SLOT_SIGN, 1);
	assert_int_equal(RP_SLOT_AUTH, 2);
	assert_int_equal(RP_SLOT_TEXT, 3);
	assert_int_equal(RP_SLOT_JUKI, 4);
	assert_int_equal(RP_SLOT_PIN, 5);
	assert_string_equal(rp_slot_word(RP_SLOT_CODE_A), "code-a");
	assert_int_equal(rp_slot_from_word("code-a"), RP_SLOT_CODE_A);
	assert_int_equal(rp_slot_from_word("Sign"), RP_SLOT_NONE);
	assert_int_equal(rp_slot_from_word(""), RP_SLOT_NONE);
	assert_string_equal(rp_slot_word(RP_SLOT_NONE), "");
	assert_string_equal(rp_pin_state_word(RP_PIN_NOT_SET), "not-set");
}

static char heard[2048];

static void listen(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	(void)snprintf(heard, sizeof heard, "%s", line);
}

static void log_is_one_line_per_event(void **state)
{
	(void)state;
	log_to(listen, NULL, LOG_LVL_INFO);
	log_event(LOG_LVL_INFO, "card.family", "reader=\"%s\"", "evil\nevent=forged\x1b[0m");
	assert_null(strchr(heard, '\n'));
	assert_null(strchr(heard, '\x1b'));
	heard[0] = '\0';
	log_event(LOG_LVL_DEBUG, "apdu", "x=%d", 1);
	assert_string_equal(heard, "");
	log_to(NULL, NULL, LOG_LVL_DEBUG);
	log_event(LOG_LVL_ERR, "nobody", "x=%d", 1);
	assert_false(log_wants(LOG_LVL_ERR));
}

static void waits_end_by_deadline_or_cancel(void **state)
{
	const int fd = eventfd(0, EFD_CLOEXEC);
	const struct rp_wait none = {.deadline_ms = INT64_MAX, .cancel_fd = -1};
	const struct rp_wait past = {.deadline_ms = clock_ms() - 5, .cancel_fd = fd};
	const uint64_t one = 1;

	(void)state;
	assert_int_equal(wait_left_ms(&none), -1);
	assert_false(wait_cancelled(&none));
	assert_int_equal(wait_left_ms(&past), 0);
	assert_false(wait_cancelled(&past));
	assert_int_equal(write(fd, &one, sizeof one), sizeof one);
	assert_true(wait_cancelled(&past));
	assert_true(wait_cancelled(&past)); /* and it stays so */
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_fills_everything),
		cmocka_unit_test(context_reads_from_goal_to_cause),
		cmocka_unit_test(long_stories_end_early_and_whole),
		cmocka_unit_test(codes_are_one_to_one),
		cmocka_unit_test(slots_have_words_and_the_wire_numbers),
		cmocka_unit_test(log_is_one_line_per_event),
		cmocka_unit_test(waits_end_by_deadline_or_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
