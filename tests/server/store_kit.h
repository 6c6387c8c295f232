/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the store: an empty database for each test, on SQLite in a temporary directory or, where
 * REPIN_PG_URL names a server that is ours (tools/with-postgres), on PostgreSQL; and rows whose every
 * field is as large as it may be.
 */
#ifndef REPIN_TESTS_STORE_KIT_H
#define REPIN_TESTS_STORE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/engine.h"
#include <cmocka.h>

#define KIT_URL 512

struct kit {
	store *s;
	char url[KIT_URL];
	char dir[64]; /* SQLite */
	unsigned used[ST_N];
};
extern struct kit kit;

bool kit_on_postgres(void);
/* cmocka's: an empty database with the schema, and its end. */
int kit_setup(void **state);
int kit_teardown(void **state);
/* The same without the schema. */
int kit_setup_bare(void **state);
/* SQL as it stands, past the store. */
void kit_raw(const char *sql);
/* Another store on the same database. */
store *kit_store(const struct store_conf *like);
void kit_reopen(const struct store_conf *like);

/* Every field that goes into `stmt` full: texts to the last byte, numbers as large as they may be. */
void kit_fill(enum store_stmt stmt, void *row, unsigned seed);
/* All fields that come out of `stmt` are the same. */
void kit_same(enum store_stmt stmt, const void *a, const void *b);

/* One transaction whose statements are asserted. */
typedef void kit_fn(struct store_tx *tx);
void kit_work(kit_fn *fn);
void kit_work_on(store *s, const struct store_opts *o, kit_fn *fn);
/* What a work of one statement comes to. */
rp_code kit_run_alone(store *s, enum store_stmt stmt, void *row, size_t size, struct rp_error *err);

void kit_run_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size);
size_t kit_count_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size);
bool kit_get_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size);
/* Rows one after the other in the kit's own memory; *ret_n of them. */
const void *kit_each_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size, size_t *ret_n);
#define RUN(tx, stmt, row) kit_run_sized(tx, ST_##stmt, row, sizeof *(row))
#define COUNT(tx, stmt, row) kit_count_sized(tx, ST_##stmt, row, sizeof *(row))
#define GET(tx, stmt, row) kit_get_sized(tx, ST_##stmt, row, sizeof *(row))
#define EACH(tx, stmt, row, n) kit_each_sized(tx, ST_##stmt, row, sizeof *(row), n)

#define assert_ok(call, err)                                                                                 \
	do {                                                                                                 \
		if ((call) != RP_OK)                                                                         \
			fail_msg("%s: %s", rp_code_word((err)->code), (err)->story);                         \
	} while (0)

/* A card, and an operator, that others refer to. */
void kit_card(struct store_tx *tx, uint8_t id, struct row_card *ret);

#endif
