/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside src/store: the table of statements, and what an engine has to do. An engine knows no
 * statement: it binds cells, runs, and hands cells back. store.c drives it:
 *
 *     open -> (begin -> exec | later… -> commit | rollback)… -> close
 *
 * After a failure the flags of `struct conn` say what may be done about it.
 */
#ifndef REPIN_STORE_ENGINE_H
#define REPIN_STORE_ENGINE_H

#include "store/store.h"

#include <pthread.h>

enum field_kind {
	FIELD_TEXT,  /* terminated char array */
	FIELD_INT,   /* int64_t */
	FIELD_FIXED, /* uint8_t array, always whole */
	FIELD_BYTES, /* struct row_bytes */
	FIELD_ZEROS, /* goes in as that many zero bytes, whatever stands in the row */
	FIELD_NOW,   /* goes in as store_now */
	FIELD_TX,    /* goes in as the transaction's own random id */
};

struct field {
	const char *name; /* of field and column */
	enum field_kind kind;
	uint16_t at, size;
};

/* May its answer be waited for later, together with the next one's? */
enum later {
	LATER_NOT,    /* the caller decides by it */
	LATER_INSERT, /* one row or a failure of SQL: as late as COMMIT */
	LATER_UPDATE, /* the same, and no row is a failure, too */
};

struct statement {
	const char *name, *sql, *row;
	size_t size; /* of the row */
	const struct field *in, *out;
	size_t n_in, n_out;
	enum later later;
};
extern const struct statement store_statements[ST_N];
/* It changes nothing. */
bool statement_reads(const struct statement *st);

/* One value on its way in or out. */
struct cell {
	const void *p; /* NULL: a number */
	size_t len;
	int64_t n;
};
#define CELLS_MAX 24

/* --- fields.c --- */

/* Values that no row holds. */
struct cell_extras {
	int64_t now;
	const uint8_t *tx; /* TX_ID_LEN */
};
#define TX_ID_LEN 16
/* Errors: RP_E_USAGE: a text that is not terminated or not UTF-8, bytes that are too many. */
RP_MUST_CHECK rp_code cells_of(const struct statement *st, const void *row, const struct cell_extras *x,
			       struct cell ret[CELLS_MAX], struct rp_error *err);
/* All or nothing. Errors: RP_E_STORE: a value that does not fit its field. */
RP_MUST_CHECK rp_code cells_into(const struct statement *st, const struct cell *cells, void *row,
				 struct rp_error *err);

/* Rows as they come out, one struct after the other. */
struct rows {
	const struct statement *st;
	const void *model; /* each row begins as a copy of it */
	uint8_t *p;
	size_t n, cap;
};
void rows_free(struct rows *r);
RP_MUST_CHECK rp_code rows_add(struct rows *r, const struct cell *cells, struct rp_error *err);

/* --- engines --- */

/* The head of every engine's connection. */
struct conn {
	bool read_only; /* of the transaction; set before `begin` */
	bool lost;	/* the connection cannot be used any more */
	bool again;	/* the database wants the whole transaction from its beginning */
	bool doubt;	/* COMMIT was sent, its answer did not come */
	bool answered;	/* something good came back in this transaction */
	bool reused;	/* it has served before */
	bool timed;	/* `now` is known */
	bool settles;	/* the idempotency row was written */
	int64_t now;
	rp_code failed; /* of a statement: then there is no COMMIT */
	struct rp_error why;
};

struct engine {
	/* A connection that is ready. Errors: RP_E_STORE_AWAY, RP_E_STORE, RP_E_NO_MEMORY. */
	rp_code (*open)(store *s, struct conn **ret, struct rp_error *err);
	void (*close)(struct conn *c);
	/* An idle connection is still good, as far as can be seen without asking the database. */
	bool (*alive)(struct conn *c);
	/* Locks the card's row (NULL: none). `timed`: `time` may be asked for (there is a schema). */
	rp_code (*begin)(struct conn *c, const uint8_t *card_id, bool timed, struct rp_error *err);
	/* The database's clock at the begin, and the highest time that is written down. */
	rp_code (*time)(struct conn *c, int64_t *ret_clock, int64_t *ret_written, struct rp_error *err);
	/* Rows that come out are added to `ret`; *ret_n rows were changed. */
	rp_code (*exec)(struct conn *c, const struct statement *st, const struct cell *in, struct rows *ret,
			size_t *ret_n, struct rp_error *err);
	/* For a statement that is `later`: has to change one row, gives none, may fail with the next. */
	rp_code (*later)(struct conn *c, const struct statement *st, const struct cell *in,
			 struct rp_error *err);
	/* Will be asked for with `exec` soon: may be sent before that. NULL: there is nothing to gain. */
	rp_code (*ahead)(struct conn *c, const struct statement *st, const struct cell *in,
			 struct rp_error *err);
	/* `highest` >= 0: the time to write down along with it. */
	rp_code (*commit)(struct conn *c, int64_t highest, struct rp_error *err);
	void (*rollback)(struct conn *c);
	/*
	 * Was `tx`, which wrote the idempotency row `key` on the connection `broken`, committed? Ends
	 * what that may still be doing first. NULL: there is no way to find out.
	 */
	rp_code (*settle)(struct conn *c, const struct conn *broken, const char *key, const uint8_t *tx,
			  bool *ret_committed, struct rp_error *err);
	/* In a transaction. Version of the schema, 0 = none; to_change: nobody else changes it. */
	rp_code (*version)(struct conn *c, bool to_change, int64_t *ret, struct rp_error *err);
	rp_code (*script)(struct conn *c, const char *sql, struct rp_error *err);
	/* A synchronous standby is connected. */
	rp_code (*standby)(struct conn *c, bool *ret, struct rp_error *err);
	/* The words of schema/ in braces, and what this engine makes of them; ends with NULL. */
	const char *const (*words)[2];
};
extern const struct engine engine_sqlite, engine_postgres;

/* --- store.c --- */

struct store {
	const struct engine *engine;
	char *url; /* without "sqlite:" */
	unsigned max;
	bool ha;
	int64_t (*clock)(void *arg);
	void *clock_arg;
	struct pool *pool;
	struct times *times;
	pthread_mutex_t writer; /* SQLite: one writer at a time; those of this process queue here */
};

struct store_tx {
	store *s;
	struct conn *c;
	const struct store_opts *o;
	uint8_t id[TX_ID_LEN];
};

/* Keeps the first failure of a statement for the end of the transaction, and hands it through. */
rp_code conn_failed(struct conn *c, rp_code rc, const struct rp_error *why, struct rp_error *err);
/* Takes a connection for a transaction and forgets the last one's flags. Errors: pool_take's. */
RP_MUST_CHECK rp_code conn_take(store *s, bool fresh, bool read_only, struct conn **ret,
				struct rp_error *err);
/* Time of this transaction. Errors: those of `time`. */
RP_MUST_CHECK rp_code conn_time(store *s, struct conn *c, struct rp_error *err);

/* --- pool.c --- */

struct pool *pool_new(store *s);
void pool_free(struct pool *p);
/* Waits while all are taken, half a minute at most. Errors: those of open. */
RP_MUST_CHECK rp_code pool_take(struct pool *p, bool fresh, struct conn **ret, struct rp_error *err);
/* Closes one that is lost. */
void pool_give(struct pool *p, struct conn *c);

/* --- clock.c --- */

struct times *times_new(void);
void times_free(struct times *t);
/* The time of a transaction, from the clock at its begin and the highest that is written down. */
int64_t times_see(struct times *t, int64_t clock, int64_t written);
/* The highest time seen. */
int64_t times_last(struct times *t);
/* At most once a second: the time that the caller has to write down; else -1. */
int64_t times_due(struct times *t, int64_t now);

/* --- schema.c --- */

#define STORE_CLOCK_BEHIND_MS 60000
/* This program's. */
extern const int64_t store_schema_version;
/* Text of a step (from 1) in an engine's words; malloc'd. Errors: RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code schema_text(const struct engine *e, int64_t step, char **ret, struct rp_error *err);

#endif
