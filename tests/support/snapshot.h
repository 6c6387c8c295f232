/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as text beside the tests, so that a changed row shows as a diff in review. A test
 * writes its text and compares it with the file; with REPIN_UPDATE_SNAPSHOTS=1 in the
 * environment it writes the file instead, and the person looks at the diff.
 */
#ifndef REPIN_TESTS_SNAPSHOT_H
#define REPIN_TESTS_SNAPSHOT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *snapshot_folder =
	"tests/snapshots"; /* from argv[1]; the default fits the project's own folder */

static inline FILE *snapshot_file(const char *name, const char *mode)
{
	char path[1024];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", snapshot_folder, name);
	f = fopen(path, mode);
	if (f == NULL)
		fail_msg("%s cannot be opened; REPIN_UPDATE_SNAPSHOTS=1 makes it", path);
	return f;
}

/* Line by line, for a whole table in one message helps nobody. */
static inline void snapshot_compare(const char *name, FILE *f, const char *text)
{
	char *line = NULL;
	size_t cap = 0;
	unsigned number = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, f)) >= 0) {
		const size_t now = strcspn(text, "\n") + 1;

		number++;
		if (*text == '\0')
			fail_msg("%s, line %u, is in the table no more: %s", name, number, line);
		if ((size_t)n != now || memcmp(line, text, now) != 0)
			fail_msg("%s, line %u:\nwas: %snow: %.*s", name, number, line, (int)now, text);
		text += now;
	}
	if (*text != '\0')
		fail_msg("%s ends before: %.*s", name, (int)strcspn(text, "\n"), text);
	free(line);
}

/* `text` is whole lines. */
static inline void snapshot_check(const char *name, const char *text)
{
	const char *update = getenv("REPIN_UPDATE_SNAPSHOTS");
	const bool write = update != NULL && strcmp(update, "1") == 0;
	FILE *f = snapshot_file(name, write ? "w" : "r");

	if (write)
		assert_true(fputs(text, f) >= 0);
	else
		snapshot_compare(name, f, text);
	assert_int_equal(fclose(f), 0);
}

#endif
