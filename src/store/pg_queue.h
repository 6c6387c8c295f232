/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the PostgreSQL engine: a connection and its queue. It stays in libpq's pipeline mode:
 * what need not be waited for (BEGIN, the lock, the clock, statements that are `later`) lies in a queue and
 * travels with the next statement that is waited for, or with COMMIT; so does what will be asked for soon
 * (pg_ahead.c), whose answers are kept until then. Each wait is one round trip, ended by a Sync; inside
 * BEGIN … COMMIT a Sync commits nothing.
 *
 * Everything is prepared once for a connection and travels in binary form, never as a part of SQL.
 */
#ifndef REPIN_STORE_PG_QUEUE_H
#define REPIN_STORE_PG_QUEUE_H

#include "store/engine.h"

/* libpq's PGconn and PGresult. */
struct pg_conn;
struct pg_result;

/* Oids of pg_type.dat; they never change. */
enum { OID_BYTES = 17, OID_INT = 20, OID_TEXT = 25 };

/* At most so many without a wait: their answers fit any socket's buffer, so nobody waits for each other. */
#define QUEUE_MAX 64
#define QUEUE_ROOM 8 /* more for the engine's own */

/*
 * What can be prepared has a number: the store's statements, the same in the form that fails when no row
 * is changed (ONE_ROW + statement), and the engine's own.
 */
#define ONE_ROW ((int)ST_N)
enum {
	OWN_BEGIN = 2 * ST_N,
	OWN_BEGIN_READ,
	OWN_LOCK,
	OWN_TIME,
	OWN_NOTE,
	OWN_COMMIT,
	OWN_ROLLBACK,
	OWN_END
};

enum item_kind { ITEM_PREPARE, ITEM_RUN, ITEM_LATER, ITEM_AHEAD };
struct item {
	enum item_kind kind;
	int number;
	size_t ahead; /* of ITEM_AHEAD: where its answer is kept */
};

/* A statement that was sent before it is asked for: what went in, and its answer once it is there. */
#define AHEAD_MAX 16
#define AHEAD_IN_MAX 128
struct pg_ahead {
	const struct statement *st; /* NULL: taken or out of date */
	struct pg_result *r;
	uint8_t in[AHEAD_IN_MAX];
	size_t in_len;
};

struct pg_link {
	struct conn head;
	struct pg_conn *pg;
	struct item queue[QUEUE_MAX + QUEUE_ROOM];
	size_t n;
	bool not_done;		/* the database has said no before it came to COMMIT */
	int64_t backend, began; /* the server's process, and when it began in its own microseconds */
	bool prepared[OWN_END];
	bool has_time;
	int64_t clock, written;
	struct pg_ahead ahead[AHEAD_MAX];
	size_t n_ahead;
};

/* A connection that failed: RP_E_STORE_AWAY with libpq's words. */
rp_code pg_lost(struct pg_link *c, const char *what, struct rp_error *err);
/* What the server refused, by its SQLSTATE. */
rp_code pg_refused(struct pg_link *c, const char *what, const struct pg_result *r, struct rp_error *err);
/* For RP_AUTO. */
void pg_clear(struct pg_result **r);
/* A bigint in binary form. */
int64_t pg_number_at(const struct pg_result *r, int row, int col);

/* Into the queue, nothing is waited for. Errors: RP_E_STORE_AWAY. */
RP_MUST_CHECK rp_code pg_enqueue(struct pg_link *c, enum item_kind kind, int number, const struct cell *in,
				 size_t n, struct rp_error *err);
RP_MUST_CHECK rp_code pg_enqueue_own(struct pg_link *c, int number, struct rp_error *err);
/*
 * One round trip: all that is in the queue is answered. The first failure counts; the last answer, when it
 * was none, is the caller's (NULL: is dropped). Errors: RP_E_STORE, RP_E_STORE_AWAY, RP_E_CONFLICT.
 */
RP_MUST_CHECK rp_code pg_wait(struct pg_link *c, struct pg_result **ret_last, struct rp_error *err);

/* --- pg_ahead.c --- */

/* Into the queue; no room is no failure: it is a hint. Errors: RP_E_STORE_AWAY. */
RP_MUST_CHECK rp_code pg_ahead_send(struct pg_link *c, const struct statement *st, const struct cell *in,
				    struct rp_error *err);
/* The answer, when this statement was sent with this going in; else *ret stays. Errors: pg_wait's. */
RP_MUST_CHECK rp_code pg_ahead_take(struct pg_link *c, const struct statement *st, const struct cell *in,
				    struct pg_result **ret, struct rp_error *err);
/* `st` writes: what was read of its kind of row is out of date. */
void pg_ahead_forget(struct pg_link *c, const struct statement *st);
/* Name of a statement that wrote and whose answer nobody looked at; NULL: none. */
const char *pg_ahead_unasked(const struct pg_link *c);
void pg_ahead_clear(struct pg_link *c);

#endif
