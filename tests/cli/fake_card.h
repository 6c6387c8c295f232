/* SPDX-License-Identifier: Apache-2.0 */
/* What fake_card.c and fake_issuer.c read from the card's file, and write to the log of calls. */
#ifndef REPIN_TESTS_FAKE_CARD_H
#define REPIN_TESTS_FAKE_CARD_H

#include "base/error.h"
#include "base/secret.h"
#include "cli/cli.h"

void log_line(const char *text);
/* The rest of the n-th line that begins with this word; NULL when there is none. Static buffer. */
const char *line_of(const char *word, unsigned n);
/* The next word of a line; "" at its end. */
const char *next_word(const char **line, char *ret, size_t cap);
int next_number(const char **line, int base);
/* Fails as the line of this word says: CODE-WORD [SLUG]. */
rp_code fail_as(const char *step, struct rp_error *err);
/* What the line "job" says. */
rp_code job_result(const struct rp_job *job, struct rp_outcome *ret, struct rp_error *err);

#endif
