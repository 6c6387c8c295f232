/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a program: when it ends, looks through all memory that it can read for the
 * patterns of REPIN_SEARCH_REVERSED (turned round, parted by commas) and writes what it found
 * to REPIN_SEARCH_REPORT. Guarded pages that cannot be read any more were unmapped: fine.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#define CHUNK 65536
#define OVERLAP 64

static char buffer[CHUNK + OVERLAP];

/* Does the reversed pattern stand at p? */
static int matches(const char *p, const char *reversed, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != reversed[len - 1 - i])
			return 0;
	return 1;
}

static void search_chunk(FILE *out, const char *map, size_t n, const char *patterns)
{
	for (const char *p = patterns; *p != '\0';) {
		const size_t len = strcspn(p, ",");

		for (size_t i = 0; len > 0 && i + len <= n; i++)
			if (matches(buffer + i, p, len))
				fprintf(out, "found pattern %zu in %s", (size_t)(p - patterns), map);
		p += len + (p[len] == ',');
	}
}

static void search_map(FILE *out, int mem, const char *map, const char *patterns)
{
	unsigned long start, end;
	char perms[8];

	if (sscanf(map, "%lx-%lx %7s", &start, &end, perms) != 3 || perms[0] != 'r')
		return;
	if (start <= (unsigned long)buffer && (unsigned long)buffer < end)
		return; /* our own window */
	for (unsigned long at = start; at < end; at += CHUNK) {
		ssize_t n = pread(mem, buffer, sizeof buffer, (off_t)at);

		if (n > 0)
			search_chunk(out, map, (size_t)n, patterns);
	}
}

__attribute__((destructor)) static void at_the_end(void)
{
	const char *patterns = getenv("REPIN_SEARCH_REVERSED"), *report = getenv("REPIN_SEARCH_REPORT");
	char line[512];
	FILE *maps, *out;
	int mem;

	if (patterns == NULL || report == NULL)
		return;
	(void)prctl(PR_SET_DUMPABLE, 1); /* else even the process itself may not open its memory */
	maps = fopen("/proc/self/maps", "r");
	mem = open("/proc/self/mem", O_RDONLY);
	out = fopen(report, "w");
	if (maps == NULL || mem < 0 || out == NULL)
		return;
	setvbuf(out, NULL, _IONBF, 0);
	while (fgets(line, sizeof line, maps) != NULL)
		search_map(out, mem, line, patterns);
	fprintf(out, "searched\n");
	fclose(out);
	fclose(maps);
	close(mem);
}
