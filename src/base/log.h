/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key=value lines on one sink. Levels: err = someone must act, warn = went on
 * without, info = life of a job, debug = the rest. It refuses secrets: an rp_secret
 * is opaque and no printf format takes one (a compile error, which a test keeps), and
 * tools/check-banned.sh finds a call that reaches into one.
 */
#ifndef REPIN_BASE_LOG_H
#define REPIN_BASE_LOG_H

#include "base/secret.h"

enum log_level { LOG_LVL_ERR, LOG_LVL_WARN, LOG_LVL_INFO, LOG_LVL_DEBUG };

typedef void log_sink(void *arg, enum log_level level, const char *line);

/* NULL sink = silence (the default). Lines above `max` are dropped. */
void log_to(log_sink *sink, void *arg, enum log_level max);
void log_to_stderr(enum log_level max);
bool log_wants(enum log_level level);

/* One event: log_event(LOG_LVL_INFO, "card.open", "reader=%s atr=%s", …). */
void log_event(enum log_level level, const char *event, const char *fmt, ...) RP_PRINTF(3, 4);

#endif
