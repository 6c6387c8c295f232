/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every statement of the store once, by topic: each of these runs in one transaction on an empty
 * database. What goes in comes out, and what a statement must not do it does not.
 */
#ifndef REPIN_TESTS_WORKS_H
#define REPIN_TESTS_WORKS_H

#include "server/store_kit.h"

/* X(function, sentence) */
#define STATEMENTS(X)                                                                                        \
	X(cards, "cards are kept, found by a beginning of their number, counted")                            \
	X(slots_and_keys, "slots and keys are put and replaced")                                             \
	X(terminals, "terminals and groups are kept, and locked by name")                                    \
	X(operators, "an operator's tries are counted and a step serves once")                               \
	X(sessions, "a session ends at its time, and when it is ended")                                      \
	X(user_codes, "a user code's tries end at zero, and a blocked one has none")                         \
	X(one_time_codes, "a one-time code's tries end at zero")                                             \
	X(cases, "cases are kept, listed by state, time and card")                                           \
	X(a_case_without_an_end_does_not_end, "a case without an end does not end")                          \
	X(evidence, "evidence is listed in order of time")                                                   \
	X(grants, "grants are unsettled until they are settled")                                             \
	X(idempotency_and_nonces, "an idempotency key and a nonce serve once, and are forgotten in time")    \
	X(entries, "entries are sealed once, and erased without their digest")                               \
	X(the_tree, "the head moves from its size alone, and one size has one root")                         \
	X(outbox, "a notice is due until it is sent")                                                        \
	X(stops_and_approvals, "a stop is lifted once, and an approval given once")                          \
	X(forgetting, "what is old is counted and forgotten, and nothing else")                              \
	X(revocations, "a certificate is asked to be revoked once, and due until the CA has answered")       \
	X(limits_and_meta, "a limit counts in its window")                                                   \
	X(the_counter, "a queue and its applications")                                                       \
	X(pages, "pages of cases begin behind their cursor")                                                 \
	X(counts, "cases are counted in a span, of an office or of all")                                     \
	X(of_one, "what there is of a card, a case and some days is listed")

/* How many rows of a kind are older than this; wants a struct row_limit limit. */
#define COUNTED(tx, name, before)                                                                            \
	(limit = (struct row_limit){.from_ms = (before)}, assert_true(GET(tx, name, &limit)), limit.n)

#define WORK_DECLARED(fn, sentence) void fn(struct store_tx *tx);
STATEMENTS(WORK_DECLARED)

#endif
