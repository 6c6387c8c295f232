/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the issuer's log: an issuer on an empty database (store_kit.h) and a token of SoftHSM that a
 * program makes once, acts to log, and SQL beside the store for whoever changes a log behind its back.
 */
#ifndef REPIN_TESTS_LOG_KIT_H
#define REPIN_TESTS_LOG_KIT_H

#include "server/store_kit.h"

#include "issuer/log_tree.h"

#define LOG_ORIGIN "log.example/test"

extern struct issuer *kit_issuer; /* on kit.s, its log begun: leaf 0 is there */

/* cmocka's, for the group: the token. */
int log_group_setup(void **state);
int log_group_teardown(void **state);
/* For each test. */
int log_setup(void **state);
int log_setup_empty(void **state); /* the log not begun */
int log_teardown(void **state);

/* Another issuer on the same database and token, with a store of its own. */
struct issuer *log_issuer_new(void);
void log_issuer_end(struct issuer *i);

/* In a process that a test has started: kit_issuer on that test's token and database. */
void log_child_setup(const char *url);

/* One act in a transaction of its own. */
void log_one(const char *act, char ret_receipt[ROW_ID]);
/* n acts in one transaction; the receipt of the last. */
void log_many(size_t n, char ret_receipt[ROW_ID]);
/* Seals all; asserts that `want` entries were open. */
void log_seal_all(uint64_t want);
/* n entries, sealed; with leaf 0 the tree has n + 1 leaves. */
void log_fill(size_t n);
/* The audit is content and counts so many leaves. */
void log_good(uint64_t size);
/* The audit ends with RP_E_STORE and these words. */
void log_bad(const char *exported, const char *words);

/* SQL on the test's database by another connection. */
void log_sql(const char *fmt, ...) RP_PRINTF(1, 2);
/* A literal of bytes for this engine, in a buffer of the kit's own. */
const char *log_bytes(const void *bytes, size_t len);
/* The row of a leaf. */
struct row_entry log_leaf_row(int64_t leaf);
struct row_head log_head_row(void);

/* check_log.py on what the issuer gives out; asserts its status (0 or 1). */
void log_judge(const char *mode, const char *json, const char *note, const char *other_note, int status);

#endif
