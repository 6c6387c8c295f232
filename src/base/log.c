/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static log_sink *the_sink;
static void *the_arg;
static enum log_level the_max;

void log_to(log_sink *sink, void *arg, enum log_level max)
{
	the_sink = sink;
	the_arg = arg;
	the_max = max;
}

static void to_stderr(void *arg, enum log_level level, const char *line)
{
	/* The prefix is read by systemd's journal as a priority. */
	static const char *const prefix[] = {"<3>", "<4>", "<6>", "<7>"};

	(void)arg;
	(void)fprintf(stderr, "%s%s\n", prefix[level], line);
}

void log_to_stderr(enum log_level max)
{
	log_to(to_stderr, NULL, max);
}

bool log_wants(enum log_level level)
{
	return the_sink != NULL && level <= the_max;
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	char line[1024];
	int n;
	va_list ap;

	if (!log_wants(level))
		return;
	n = snprintf(line, sizeof line, "event=%s ", event);
	if (n < 0 || (size_t)n >= sizeof line)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line + n, sizeof line - (size_t)n, fmt, ap);
	va_end(ap);
	/* One event is one line, whatever a reader's or card's name holds. */
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20)
			*p = '?';
	the_sink(the_arg, level, line);
}
