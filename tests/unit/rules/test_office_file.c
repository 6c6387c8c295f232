/* SPDX-License-Identifier: Apache-2.0 */
/* The linter of office files: the shipped file has no finding; each kind of mistake is found at its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/office_file.h"

static struct office_file file;
static char text[2 * OFFICE_FILE_BYTES];
static const struct date today = {2026, 11, 27};

struct findings {
	struct {
		unsigned line;
		enum office_fault fault;
		char what[64];
	} at[64];
	size_t n;
};
static struct findings got;

static void keep(void *arg, unsigned line, enum office_fault fault, const char *what)
{
	struct findings *f = arg;

	assert_true(f->n < sizeof f->at / sizeof f->at[0]);
	f->at[f->n].line = line;
	f->at[f->n].fault = fault;
	(void)snprintf(f->at[f->n++].what, sizeof f->at[0].what, "%.63s", what);
}

static bool read_text(struct date day)
{
	got.n = 0;
	return office_file_read(text, strlen(text), day, keep, &got, &file);
}

static void ship(void)
{
	(void)snprintf(text, sizeof text, "%s", (const char *)office_example_text);
}

/* The first `old` becomes `new`; returns the line it stands on. */
static unsigned put(const char *old, const char *new)
{
	char *at = strstr(text, old);
	char *rest;
	unsigned line = 1;

	assert_non_null(at);
	rest = strdup(at + strlen(old));
	assert_non_null(rest);
	for (const char *c = text; c < at; c++)
		line += *c == '\n';
	(void)snprintf(at, sizeof text - (size_t)(at - text), "%s%s", new, rest);
	free(rest);
	return line;
}

static void the_shipped_file_has_no_finding(void **state)
{
	(void)state;
	ship();
	assert_true(read_text(today));
	assert_int_equal(got.n, 0);
	assert_int_equal(file.n, 3);
	assert_string_equal(file.offices[2].name_zh, "稻城市役所 若葉台出張所");
	assert_false(file.rules.appointment || file.rules.second_clerk);
	assert_int_equal(file.offices[0].when->n_own_days, 36);
}

static const struct mistake {
	const char *old, *new;
	enum office_fault fault;
	unsigned below; /* lines below the place of `old`; 99 = about the whole, line 0; 98 = any line */
} mistakes[] = {
	{"fax = 0", "fax 0", OFFICE_NOT_A_LINE, 0},
	{"fax = 0", "\xE3\x81 = 0", OFFICE_NOT_UTF8, 0},
	{"[office inagi]", "[branch inagi]", OFFICE_BAD_SECTION, 0},
	{"[office inagi]", "[office Inagi]", OFFICE_BAD_SECTION, 0},
	{"[office inagi-hirao]", "[office inagi]", OFFICE_ID_TWICE, 0},
	{"appointment = no", "walk-ins = no", OFFICE_KEY_UNKNOWN, 0},
	{"telephone = 042-378-2111", "weekdays = 8:30-17:00", OFFICE_KEY_UNKNOWN, 0},
	{"fax = 042-377-4781\n", "telephone = 042-377-4781\n", OFFICE_KEY_TWICE, 0},
	{"name-zh = 稻城市役所 市民課\n", "", OFFICE_KEY_MISSING, 98},
	{"days-source = ", "# ", OFFICE_KEY_MISSING, 98},
	{"fax = 042-377-4781", "fax =", OFFICE_VALUE_EMPTY, 0},
	{"municipality = 13225", "municipality = 1322", OFFICE_BAD_CODE, 0},
	{"telephone = 042-378-2111", "telephone = 042-378--2111", OFFICE_BAD_PHONE, 0},
	{"postcode = 206-8601", "postcode = 2068601", OFFICE_BAD_POSTCODE, 0},
	{"second-clerk = no", "second-clerk = maybe", OFFICE_BAD_WORD, 0},
	{"kind = branch", "kind = small", OFFICE_BAD_WORD, 0},
	{"agent-same-day = no", "agent-same-day = yes", OFFICE_SAME_DAY, 0},
	{"weekdays = 8:30-17:00", "weekdays = 17:00-8:30", OFFICE_BAD_HOURS, 0},
	{"weekdays = 8:30-17:00", "weekdays = 8:30-12:00 11:00-17:00", OFFICE_BAD_HOURS, 0},
	{"weekdays = 8:30-17:00", "weekdays = 8:30-24:30", OFFICE_BAD_HOURS, 0},
	{"weekdays = 8:30-17:00", "weekdays = 8.30-17.00", OFFICE_BAD_HOURS, 0},
	{"day = 2026-02-08 8:30-11:45 13:00-17:00", "day = 2026-02-30 8:30-11:45", OFFICE_BAD_DATE, 0},
	{"day = 2026-02-08 8:30-11:45 13:00-17:00", "day = 2026-02-08", OFFICE_BAD_HOURS, 0},
	{"closed = 12-29..01-03", "closed = 12-29..02-30", OFFICE_BAD_DATE, 0},
	{"day = 2026-02-08", "day = 2026-01-11", OFFICE_DAY_ORDER, 0},
	{"kind = main", "kind = branch", OFFICE_NO_MAIN, 99},
	{"kind = branch", "kind = main", OFFICE_TWO_MAIN, 98},
	{"day = 2026-02-08 8:30-11:45 13:00-17:00", "day = 2026-02-09 8:30-17:00", OFFICE_DAY_IS_USUAL, 98},
	{"day = 2028-12-10", "day = 2098-12-10", OFFICE_HOLIDAYS_END, 0},
};

static void each_mistake_is_found_at_its_line(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof mistakes / sizeof mistakes[0]; k++) {
		const struct mistake *m = &mistakes[k];
		bool found = false, took;
		unsigned line;

		ship();
		line = m->below == 99 ? put(m->old, m->new) * 0 : put(m->old, m->new);
		took = read_text(today);
		for (size_t n = 0; n < got.n; n++)
			found = found || (got.at[n].fault == m->fault &&
					  (m->below == 98 ? got.at[n].line > 0 : got.at[n].line == line));
		if (!found || took != office_faults[m->fault].advice)
			fail_msg("%s -> %s: %s at line %u is not found, or taken is %d", m->old, m->new,
				 office_faults[m->fault].word, line, took);
	}
}

static void the_rest_is_found_too(void **state)
{
	(void)state;
	(void)snprintf(text, sizeof text, "# nothing\n");
	assert_false(read_text(today));
	assert_int_equal(got.at[got.n - 1].fault, OFFICE_NO_OFFICE);
	ship();
	(void)put("weekdays = 8:30-17:00\nnational-holidays = closed\n# Ours",
		  "national-holidays = closed\n# Ours");
	assert_true(read_text(today)); /* its days are enough */
	ship();
	assert_true(read_text((struct date){2029, 1, 1}));
	assert_int_equal(got.n, 1);
	assert_int_equal(got.at[0].fault, OFFICE_DAYS_OVER);
	memset(text, '#', OFFICE_FILE_BYTES + 1);
	text[OFFICE_FILE_BYTES + 1] = '\0';
	assert_false(read_text(today));
	assert_int_equal(got.at[0].fault, OFFICE_TOO_LONG);
}

static void every_fault_has_its_words(void **state)
{
	(void)state;
	for (size_t k = 0; k < OFFICE_FAULTS; k++) {
		assert_non_null(office_faults[k].word);
		assert_true(strlen(office_faults[k].wrong) > 10 && strlen(office_faults[k].remedy) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_file_has_no_finding),
		cmocka_unit_test(each_mistake_is_found_at_its_line),
		cmocka_unit_test(the_rest_is_found_too),
		cmocka_unit_test(every_fault_has_its_words),
	};

	return cmocka_run_group_tests_name("office_file", tests, NULL, NULL);
}
