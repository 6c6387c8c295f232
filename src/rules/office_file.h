/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An office file: one municipality, its main office and branches, their hours and rules, as text that
 * people write and review. Keys are strict: whatever is not known, missing, twice or wrong is a finding
 * with its line, what is wrong and what to do; with one error the file is not taken at all.
 *
 * Lines are `key = value`, `[office ID]`, `# comment` and empty ones; repind-office(5) has the keys.
 */
#ifndef REPIN_RULES_OFFICE_FILE_H
#define REPIN_RULES_OFFICE_FILE_H

#include "rules/hours.h"

#define OFFICE_FILE_BYTES 65536
#define OFFICES_OF_FILE 32
#define OWN_DAYS_OF_FILE 1024

/* What is found in a file: each has its words below. */
enum office_fault {
	OFFICE_TOO_LONG,
	OFFICE_NOT_UTF8,
	OFFICE_NOT_A_LINE,
	OFFICE_BAD_SECTION,
	OFFICE_ID_TWICE,
	OFFICE_TOO_MANY,
	OFFICE_KEY_UNKNOWN,
	OFFICE_KEY_TWICE,
	OFFICE_KEY_MISSING,
	OFFICE_VALUE_EMPTY,
	OFFICE_VALUE_LONG,
	OFFICE_BAD_CODE,
	OFFICE_BAD_PHONE,
	OFFICE_BAD_POSTCODE,
	OFFICE_BAD_WORD,
	OFFICE_SAME_DAY,
	OFFICE_BAD_HOURS,
	OFFICE_BAD_DATE,
	OFFICE_DAY_ORDER,
	OFFICE_NO_OFFICE,
	OFFICE_NO_MAIN,
	OFFICE_TWO_MAIN,
	OFFICE_NEVER_OPEN,
	OFFICE_DAYS_OVER,    /* advice */
	OFFICE_DAY_IS_USUAL, /* advice */
	OFFICE_HOLIDAYS_END, /* advice */
	OFFICE_FAULTS
};

struct office_fault_row {
	const char *word; /* for JSON and tests */
	bool advice;	  /* the file is taken all the same */
	const char *wrong, *remedy;
};

extern const struct office_fault_row office_faults[OFFICE_FAULTS];

/* line: from 1; 0 = the file as a whole. `what` is the key, word or section it is about; "" = none. */
typedef void office_finding(void *arg, unsigned line, enum office_fault fault, const char *what);

/* A file that was read. Its texts point into the caller's text. Large: not for the stack. */
struct office_file {
	struct office offices[OFFICES_OF_FILE];
	size_t n;
	struct contact ask;
	struct office_rules rules;
	struct calendar calendars[OFFICES_OF_FILE];
	struct yearly_closing closings[OFFICES_OF_FILE];
	struct own_day days[OWN_DAYS_OF_FILE];
	size_t n_days;
};

/*
 * Reads `text` (`len` bytes and a zero after them; it is cut into pieces in place and must live as long as
 * `ret`). `today` is for the advice about days that are over. Every finding goes to `each`, in order of
 * the lines, those about the whole at the end. True when there was no error; else *ret is not to be used.
 */
bool office_file_read(char *text, size_t len, struct date today, office_finding *each, void *arg,
		      struct office_file *ret);

#endif
