/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors that explain. A function that can fail returns rp_code and takes a
 * struct rp_error last (NULL allowed). rp_fail() makes the error and returns its
 * code; rp_context() puts a sentence in front on the way up, so that the story
 * reads from the goal to the cause. Never put a secret into a story.
 */
#ifndef REPIN_BASE_ERROR_H
#define REPIN_BASE_ERROR_H

#include "repin/words.h"

/* Scope-bound clean-up: RP_AUTO(apdu_free) struct apdu cmd = {0}; */
#define RP_AUTO(fn) __attribute__((cleanup(fn)))

/*
 * Makes an error: all fields set, story from `fmt`. Returns `code`.
 * tries_spent is set to 0: whoever may have spent one says so afterwards.
 */
rp_code rp_fail(struct rp_error *err, rp_code code, const char *fmt, ...) RP_PRINTF(3, 4);

/* An issuer's refusal: RP_E_ISSUER_REFUSED with its problem; the story is its title and `fmt`. */
rp_code rp_refuse(struct rp_error *err, enum rp_problem problem, const char *fmt, ...) RP_PRINTF(3, 4);

/* Puts "<fmt>: " before the story and hands `code` through. */
rp_code rp_context(struct rp_error *err, rp_code code, const char *fmt, ...) RP_PRINTF(3, 4);

#endif
