/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <limits.h>
#include <poll.h>
#include <time.h>

int64_t clock_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail with this clock */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int wait_left_ms(const struct rp_wait *w)
{
	int64_t left;

	if (w->deadline_ms == INT64_MAX)
		return -1;
	left = w->deadline_ms - clock_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

bool wait_cancelled(const struct rp_wait *w)
{
	struct pollfd fd = {.fd = w->cancel_fd, .events = POLLIN};

	return w->cancel_fd >= 0 && poll(&fd, 1, 0) == 1;
}
