/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's database: SQLite or PostgreSQL behind one face. Every statement stands once, in
 * statements.c, as a row: SQL with $1, $2, … that both engines take, which fields of which struct
 * go in, and which come out. Nobody else knows SQL.
 *
 *     store_open -> store_migrate (or store_ready) -> store_work… -> store_close
 *
 * A piece of work runs in one transaction, which locks the card's row first, and is run again
 * from its beginning when the database asks for that (40001, 40P01, SQLITE_BUSY): it therefore
 * changes nothing outside its transaction but its own arg, and starts that anew. It must not
 * begin another work: on SQLite that would wait for itself.
 */
#ifndef REPIN_STORE_STORE_H
#define REPIN_STORE_STORE_H

#include "store/rows.h"

typedef struct store store;
struct store_tx;

struct store_conf {
	const char *url;      /* "sqlite:/whole/path" or a libpq connection URI */
	unsigned connections; /* most at once; 0: 8 */
	bool ha;	      /* ready only with a synchronous standby (PostgreSQL) */
	/* Tests: the database's time in Unix ms instead of its own clock; NULL: its own. */
	int64_t (*clock)(void *arg);
	void *clock_arg;
};

/* Errors: RP_E_CONFIG (an address that is none), RP_E_STORE_AWAY, RP_E_STORE, RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code store_open(const struct store_conf *c, store **ret, struct rp_error *err);
void store_close(store *s);
/* Takes the schema to this program's version; forward only. Errors: RP_E_STORE (also: it is newer). */
RP_MUST_CHECK rp_code store_migrate(store *s, struct rp_error *err);
/*
 * Schema is this program's, the clock is not more than a minute behind the highest time seen, and
 * with `ha` a synchronous standby is connected. Errors: RP_E_STORE with what is wrong, RP_E_STORE_AWAY.
 */
RP_MUST_CHECK rp_code store_ready(store *s, struct rp_error *err);
/* What store_ready judges, as numbers: for whoever says what to do about each. */
struct store_health {
	int64_t schema, wanted; /* the database's version, 0 = none; this program's */
	bool standby;		/* with `ha`: a synchronous standby is connected */
	/* 0 unless the schema is ours: the database's clock, how far the highest time is ahead of it. */
	int64_t clock_ms, behind_ms;
};
/* Changes nothing. Errors: RP_E_STORE, RP_E_STORE_AWAY. */
RP_MUST_CHECK rp_code store_look(store *s, struct store_health *ret, struct rp_error *err);
bool store_is_postgres(const store *s);

struct store_opts {
	const uint8_t *card_id; /* its row is locked before anything else; NULL: no card */
	/*
	 * Settles a COMMIT whose answer was lost, when the work has written this row (IDEM_INSERT or
	 * IDEM_RESULT); else, and with NULL, such is RP_E_STORE_AWAY, "it is not known".
	 */
	const char *idempotency_key;
	bool read_only; /* sees one state of the database; takes no lock */
};

/*
 * What happens in one transaction. RP_OK commits. Everything else rolls back and is handed
 * through, so a refusal that must leave a row behind (a count) is no failure of the work: keep
 * it in `arg`, return RP_OK, refuse afterwards.
 */
typedef rp_code store_work_fn(struct store_tx *tx, void *arg, struct rp_error *err);
/*
 * Errors: the work's; RP_E_STORE; RP_E_CONFLICT (of a statement whose answer came late);
 * RP_E_STORE_AWAY: nothing of it was committed, unless the story says that this is not known.
 */
RP_MUST_CHECK rp_code store_work(store *s, const struct store_opts *o, store_work_fn *work, void *arg,
				 struct rp_error *err);

/* Unix ms of the database at the begin of this transaction; never less than the highest seen. */
int64_t store_now(const struct store_tx *tx);

/*
 * The statements. `row` is the struct that the statement's row in statements.c names (its size is
 * checked): fields that go in are read from it, fields that come out are written to it.
 *   get    at most one row comes out; *ret_found tells
 *   each   calls fn for every row, in the statement's order, until fn does not return RP_OK
 *   run    *ret_n rows were changed; NULL: exactly one has to be, else RP_E_CONFLICT (also for a key
 *          that is there already)
 * After RP_E_CONFLICT of a statement that changed no row the work may go on; every other failure of
 * the database ends the transaction, even when the work passes over it. With ret_n NULL those that
 * statements.c marks `later` may be sent only with the next one; their failure then comes with that,
 * or from store_work. Whoever wants to decide by the answer gives ret_n.
 * Errors: RP_E_STORE, RP_E_STORE_AWAY, RP_E_CONFLICT; RP_E_USAGE: a text that is not UTF-8 or has no
 * end, or a statement that writes in a work that only reads.
 */
enum store_stmt {
#define STORE_STMT(name) ST_##name,
#include "store/statements.inc"
#undef STORE_STMT
	ST_N
};
#define store_get(tx, stmt, row, ret_found, err) store_get_sized(tx, stmt, row, sizeof *(row), ret_found, err)
#define store_run(tx, stmt, row, ret_n, err) store_run_sized(tx, stmt, row, sizeof *(row), ret_n, err)
#define store_each(tx, stmt, row, fn, arg, err) store_each_sized(tx, stmt, row, sizeof *(row), fn, arg, err)
/*
 * A hint: this statement is asked for with these fields going in (get, each, run) before the work ends. On
 * PostgreSQL it travels with what is waited for next, so that several cost one round trip; on SQLite nothing
 * happens. It is executed in the order of these calls. What was read is read again when the work has
 * written rows of the same kind since. One that writes is executed now, so it has to be asked for whatever
 * comes, or the work has to fail: else RP_E_FAULT from store_work.
 */
#define store_ahead(tx, stmt, row, err) store_ahead_sized(tx, stmt, row, sizeof *(row), err)
typedef rp_code store_row_fn(void *arg, const void *row, struct rp_error *err);

RP_MUST_CHECK rp_code store_get_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size,
				      bool *ret_found, struct rp_error *err);
RP_MUST_CHECK rp_code store_ahead_sized(struct store_tx *tx, enum store_stmt stmt, const void *row,
					size_t size, struct rp_error *err);
RP_MUST_CHECK rp_code store_run_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size,
				      size_t *ret_n, struct rp_error *err);
RP_MUST_CHECK rp_code store_each_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size,
				       store_row_fn *fn, void *arg, struct rp_error *err);

#endif
