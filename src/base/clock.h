/* SPDX-License-Identifier: Apache-2.0 */
/* Time as an argument: deadlines on the monotonic clock, and cancelling. */
#ifndef REPIN_BASE_CLOCK_H
#define REPIN_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds of a clock that never jumps. */
int64_t clock_ms(void);

/* How long a wait may last, and what ends it early. */
struct rp_wait {
	int64_t deadline_ms; /* on clock_ms(); INT64_MAX = none */
	int cancel_fd;	     /* readable = cancelled; -1 = cannot be */
};

/* Milliseconds left, at least 0, at most INT32_MAX, for poll(). -1 = no deadline. */
int wait_left_ms(const struct rp_wait *w);
/* True when cancel_fd is readable. */
bool wait_cancelled(const struct rp_wait *w);

#endif
