/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/repind.h"

#define WIDTH 40
#define EVERY_MS 100

void progress_draw(struct progress *p, uint64_t done, uint64_t all, const char *note)
{
	const int64_t now = clock_ms();
	const unsigned filled = all > 0 ? (unsigned)(done >= all ? WIDTH : done * WIDTH / all) : 0;
	unsigned i;

	p->bar = isatty(STDERR_FILENO) == 1;
	if (!p->bar || (now - p->drawn_ms < EVERY_MS && done < all))
		return;
	p->drawn_ms = now;
	(void)fprintf(stderr, "\r%s [", p->what);
	for (i = 0; i < WIDTH; i++)
		(void)fputc(i < filled ? '#' : '.', stderr);
	(void)fprintf(stderr, "] %3u%%  %s", all > 0 ? (unsigned)(done >= all ? 100 : done * 100 / all) : 100,
		      note);
	(void)fflush(stderr);
}

void progress_end(struct progress *p)
{
	if (p->bar && p->drawn_ms != 0)
		(void)fputc('\n', stderr);
	p->drawn_ms = 0;
}
