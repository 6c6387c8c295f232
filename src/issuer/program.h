/* SPDX-License-Identifier: Apache-2.0 */
/* A program of the installation's, run once: arguments as they are, no shell, a time limit. */
#ifndef REPIN_ISSUER_PROGRAM_H
#define REPIN_ISSUER_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Its exit status, or -1: it could not be started, took longer than timeout_ms, or a signal ended it.
 * `input` is its standard input; what it writes goes to ret (NULL: nowhere), terminated, cut at cap.
 * argv ends in NULL; of the environment it gets PATH alone.
 */
int program_run(const char *const argv[], const char *input, char *ret, size_t cap, int64_t timeout_ms);

#endif
