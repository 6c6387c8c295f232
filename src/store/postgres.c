/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store on PostgreSQL. A connection stays in libpq's pipeline mode: what need not be waited
 * for (BEGIN, the lock, the clock, statements that are `later`) lies in a queue and travels with the next
 * statement that is waited for, or with COMMIT. Each wait is one round trip, ended by a Sync;
 * inside BEGIN … COMMIT a Sync commits nothing.
 *
 * Everything is prepared once for a connection and travels in binary form, never as a part of SQL.
 */
#include "store/engine.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Oids of pg_type.dat; they never change. */
enum { OID_BYTES = 17, OID_INT = 20, OID_TEXT = 25 };

/* At most so many without a wait: their answers fit any socket's buffer, so nobody waits for each other. */
#define QUEUE_MAX 64
#define QUEUE_ROOM 8 /* more for the engine's own */

/* The engine's own statements; numbers follow those of the store. */
enum { OWN_BEGIN = ST_N, OWN_BEGIN_READ, OWN_LOCK, OWN_TIME, OWN_NOTE, OWN_COMMIT, OWN_ROLLBACK, OWN_END };

/*
 * BEGIN_READ has one state of the database for the whole work, as SQLite gives it; it cannot meet a
 * serialization failure. TIME comes behind the lock: time spent waiting for it is past.
 */
static const struct {
	const char *name, *sql;
	size_t n_in;
	Oid in[2];
} own[] = {
	{"BEGIN", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", 0, {0}},
	{"BEGIN_READ", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, {0}},
	{"LOCK", "SELECT 1 FROM card WHERE card_id = $1 FOR UPDATE", 1, {OID_BYTES}},
	{"TIME",
	 "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, value::bigint FROM meta "
	 "WHERE name = 'highest-ms'",
	 0,
	 {0}},
	{"NOTE",
	 "UPDATE meta SET value = $1::text WHERE name IN (SELECT name FROM meta WHERE name = 'highest-ms' "
	 "AND value::bigint < $1 FOR UPDATE SKIP LOCKED)",
	 1,
	 {OID_INT}},
	{"COMMIT", "COMMIT", 0, {0}},
	{"ROLLBACK", "ROLLBACK", 0, {0}},
};

enum item_kind { ITEM_PREPARE, ITEM_RUN, ITEM_LATER };
struct item {
	enum item_kind kind;
	int number;
};

struct pg_conn {
	struct conn head;
	PGconn *pg;
	struct item queue[QUEUE_MAX + QUEUE_ROOM];
	size_t n;
	bool update_waits; /* a LATER_UPDATE is in the queue */
	bool not_done;	   /* the database has said no before it came to COMMIT */
	bool prepared[OWN_END];
	bool has_time;
	int64_t clock, written;
};

static struct pg_conn *mine(struct conn *c)
{
	return (struct pg_conn *)c;
}

static const char *name_of(int number)
{
	return number < ST_N ? store_statements[number].name : own[number - ST_N].name;
}

/* --- failures --- */

static rp_code lost(struct pg_conn *c, const char *what, struct rp_error *err)
{
	const char *why = PQerrorMessage(c->pg);

	c->head.lost = true;
	return rp_fail(err, RP_E_STORE_AWAY, "%s: %.*s", what, (int)strcspn(why, "\n"), why);
}

/* What a SQLSTATE means for us. Source: PostgreSQL 15, appendix A. */
static rp_code meaning(struct pg_conn *c, const char *state)
{
	if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0) {
		c->head.again = true;
		return RP_E_STORE;
	}
	if (strcmp(state, "23505") == 0 || strcmp(state, "23503") == 0)
		return RP_E_CONFLICT;
	/* Not the primary any more, shut down, or the connection's own failures. */
	if (strcmp(state, "25006") == 0 || strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0) {
		c->head.lost = true;
		return RP_E_STORE_AWAY;
	}
	/* No room, or a lock that does not come free. */
	if (strncmp(state, "53", 2) == 0 || strcmp(state, "55P03") == 0)
		return RP_E_STORE_AWAY;
	return RP_E_STORE;
}

/* The primary message names tables and constraints; the detail, which has the values, is left out. */
static rp_code refused(struct pg_conn *c, const char *what, const PGresult *r, struct rp_error *err)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (state == NULL || PQstatus(c->pg) == CONNECTION_BAD)
		return lost(c, what, err);
	return rp_fail(err, meaning(c, state), "%s: %s (%s)", what, text != NULL ? text : "no message",
		       state);
}

/* --- the queue --- */

static int64_t number_at(const PGresult *r, int row, int col)
{
	struct {
		uint8_t b[8];
	} v;
	uint64_t n = 0;

	if (PQgetlength(r, row, col) != 8)
		return 0;
	memcpy(v.b, PQgetvalue(r, row, col), sizeof v.b);
	for (size_t i = 0; i < 8; i++)
		n = n << 8 | v.b[i];
	return (int64_t)n;
}

static rp_code take_time(struct pg_conn *c, const PGresult *r, struct rp_error *err)
{
	if (PQntuples(r) != 1)
		return rp_fail(err, RP_E_STORE, "meta has no 'highest-ms'");
	c->clock = number_at(r, 0, 0);
	c->written = number_at(r, 0, 1);
	c->has_time = true;
	return RP_OK;
}

/* One answer of the queue. */
static rp_code take(struct pg_conn *c, const struct item *item, const PGresult *r, struct rp_error *err)
{
	ExecStatusType status = PQresultStatus(r);
	const char *what = name_of(item->number);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		return refused(c, what, r, err);
	if (item->kind == ITEM_PREPARE)
		c->prepared[item->number] = true;
	else if (item->kind == ITEM_LATER && strcmp(PQcmdTuples((PGresult *)(uintptr_t)r), "1") != 0)
		return rp_fail(err, RP_E_CONFLICT, "%s: %s rows were changed and not one", what,
			       PQcmdTuples((PGresult *)(uintptr_t)r));
	else if (item->number == OWN_TIME)
		return take_time(c, r, err);
	else if (item->number == OWN_COMMIT && strcmp(PQcmdStatus((PGresult *)(uintptr_t)r), "COMMIT") != 0)
		return rp_fail(err, RP_E_STORE, "COMMIT: the database rolled back");
	return RP_OK;
}

/* The answer to the next item, and the NULL behind it. False: there is none any more. */
static bool next_answer(struct pg_conn *c, PGresult **ret)
{
	PGresult *more;

	*ret = PQgetResult(c->pg);
	if (*ret == NULL)
		return false;
	while ((more = PQgetResult(c->pg)) != NULL) {
		PQclear(*ret);
		*ret = more;
	}
	return PQstatus(c->pg) != CONNECTION_BAD || PQresultErrorField(*ret, PG_DIAG_SQLSTATE) != NULL;
}

static bool synced(struct pg_conn *c)
{
	PGresult *r = PQgetResult(c->pg);
	bool good = r != NULL && PQresultStatus(r) == PGRES_PIPELINE_SYNC;

	PQclear(r);
	return good;
}

static void clear(PGresult **r)
{
	PQclear(*r);
}

/*
 * One round trip: all that is in the queue is answered. The first failure counts; the last answer, when it
 * was none, is the caller's.
 */
static rp_code wait_all(struct pg_conn *c, PGresult **ret_last, struct rp_error *err)
{
	RP_AUTO(clear) PGresult *r = NULL;
	struct rp_error later;
	rp_code rc = RP_OK;
	const size_t n = c->n;

	c->n = 0;
	c->update_waits = c->not_done = false;
	if (PQpipelineSync(c->pg) != 1)
		return lost(c, "sending", err);
	for (size_t i = 0; i < n; i++) {
		rp_code one;

		PQclear(r);
		if (!next_answer(c, &r)) {
			rp_code away = lost(c, name_of(c->queue[i].number), &later);
			if (rc == RP_OK && err != NULL)
				*err = later;
			return rc == RP_OK ? away : rc;
		}
		c->head.answered = true;
		if (rc != RP_OK && PQresultStatus(r) == PGRES_PIPELINE_ABORTED)
			continue;
		one = take(c, &c->queue[i], r, rc == RP_OK ? err : &later);
		rc = rc == RP_OK ? one : rc;
		if (one != RP_OK && c->queue[i].number != OWN_COMMIT)
			c->not_done = c->not_done || PQresultErrorField(r, PG_DIAG_SQLSTATE) != NULL;
	}
	if (!synced(c))
		c->head.lost = true;
	if (rc == RP_OK && c->head.lost)
		return lost(c, "waiting", err);
	if (rc == RP_OK && ret_last != NULL) {
		*ret_last = r;
		r = NULL;
	}
	return rc;
}

static void put_int(uint8_t at[8], int64_t n)
{
	for (size_t i = 0; i < 8; i++)
		at[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
}

static size_t types_of(int number, Oid ret[CELLS_MAX])
{
	const struct statement *st;

	if (number >= ST_N) {
		memcpy(ret, own[number - ST_N].in, sizeof own[0].in);
		return own[number - ST_N].n_in;
	}
	st = &store_statements[number];
	for (size_t i = 0; i < st->n_in; i++)
		ret[i] = st->in[i].kind == FIELD_TEXT				      ? OID_TEXT
			 : st->in[i].kind == FIELD_INT || st->in[i].kind == FIELD_NOW ? OID_INT
										      : OID_BYTES;
	return st->n_in;
}

static bool is_queued(const struct pg_conn *c, int number)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->queue[i].kind == ITEM_PREPARE && c->queue[i].number == number)
			return true;
	return false;
}

static bool send_prepare(struct pg_conn *c, int number)
{
	Oid types[CELLS_MAX];
	size_t n = types_of(number, types);
	const char *sql = number < ST_N ? store_statements[number].sql : own[number - ST_N].sql;

	if (c->prepared[number] || is_queued(c, number))
		return true;
	c->queue[c->n++] = (struct item){ITEM_PREPARE, number};
	return PQsendPrepare(c->pg, name_of(number), sql, (int)n, types) == 1;
}

/* Into the queue, nothing is waited for. */
static rp_code enqueue(struct pg_conn *c, enum item_kind kind, int number, const struct cell *in, size_t n,
		       struct rp_error *err)
{
	const char *values[CELLS_MAX];
	int lengths[CELLS_MAX], formats[CELLS_MAX];
	uint8_t ints[CELLS_MAX][8];

	for (size_t i = 0; i < n; i++) {
		put_int(ints[i], in[i].n);
		values[i] = in[i].p != NULL ? in[i].p : (const char *)ints[i];
		lengths[i] = in[i].p != NULL ? (int)in[i].len : 8;
		formats[i] = 1;
	}
	if (!send_prepare(c, number))
		return lost(c, name_of(number), err);
	c->queue[c->n++] = (struct item){kind, number};
	if (PQsendQueryPrepared(c->pg, name_of(number), (int)n, values, lengths, formats, 1) != 1)
		return lost(c, name_of(number), err);
	return RP_OK;
}

static rp_code enqueue_own(struct pg_conn *c, int number, struct rp_error *err)
{
	return enqueue(c, ITEM_RUN, number, NULL, 0, err);
}

/* --- connections --- */

static rp_code now_exec(struct pg_conn *c, const char *sql, PGresult **ret, struct rp_error *err)
{
	PGresult *r = PQexec(c->pg, sql);
	ExecStatusType status = PQresultStatus(r);
	rp_code rc = RP_OK;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		rc = refused(c, "the database", r, err);
	if (rc == RP_OK && ret != NULL)
		*ret = r;
	else
		PQclear(r);
	return rc;
}

/* Notices go nowhere: they are about what we know, and would land on standard error. */
static void no_notice(void *arg, const PGresult *r)
{
	(void)arg;
	(void)r;
}

static rp_code set_up(struct pg_conn *c, struct rp_error *err)
{
	/* A client that hangs, or is cut off without a word, must not hold a card's lock for ever. */
	static const char limits[] =
		"SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'";
	const char *encoding = PQparameterStatus(c->pg, "server_encoding");
	rp_code rc;

	PQsetNoticeReceiver(c->pg, no_notice, NULL);
	if (PQserverVersion(c->pg) < 130000)
		return rp_fail(err, RP_E_STORE, "the database is PostgreSQL %d; 13 is the least",
			       PQserverVersion(c->pg) / 10000);
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return rp_fail(err, RP_E_STORE, "the database's encoding is %s and must be UTF8",
			       encoding != NULL ? encoding : "unknown");
	rc = now_exec(c, limits, NULL, err);
	if (rc == RP_OK && PQenterPipelineMode(c->pg) != 1)
		return lost(c, "pipeline mode", err);
	return rc;
}

/* libpq quotes an address that it cannot read, password and all: its words about that are left out. */
static rp_code check_address(const char *url, struct rp_error *err)
{
	char *why = NULL;
	PQconninfoOption *o = PQconninfoParse(url, &why);

	PQfreemem(why);
	if (o == NULL)
		return rp_fail(err, RP_E_CONFIG, "the database's address is not a PostgreSQL connection URI");
	PQconninfoFree(o);
	return RP_OK;
}

static void postgres_close(struct conn *conn)
{
	PQfinish(mine(conn)->pg);
	free(conn);
}

static rp_code postgres_open(store *s, struct conn **ret, struct rp_error *err)
{
	/* What stands before dbname, the address overrides; client_encoding is ours. */
	const char *const names[] = {"connect_timeout",	 "keepalives_idle",  "keepalives_interval",
				     "keepalives_count", "tcp_user_timeout", "application_name",
				     "dbname",		 "client_encoding",  NULL};
	const char *const values[] = {"5", "15", "5", "3", "30000", "repind", s->url, "UTF8", NULL};
	struct pg_conn *c;
	rp_code rc = check_address(s->url, err);

	if (rc != RP_OK)
		return rc;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a connection to the database");
	c->pg = PQconnectdbParams(names, values, 1);
	if (c->pg == NULL)
		rc = rp_fail(err, RP_E_NO_MEMORY, "no memory for a connection to the database");
	else if (PQstatus(c->pg) != CONNECTION_OK)
		rc = lost(c, "the database cannot be reached", err);
	else
		rc = set_up(c, err);
	if (rc != RP_OK) {
		postgres_close(&c->head);
		return rc;
	}
	*ret = &c->head;
	return RP_OK;
}

/* An idle server sends nothing: when there is something to read, it is its farewell. */
static bool postgres_alive(struct conn *conn)
{
	PGconn *pg = mine(conn)->pg;
	struct pollfd fd = {.fd = PQsocket(pg), .events = POLLIN};

	if (PQstatus(pg) != CONNECTION_OK || fd.fd < 0)
		return false;
	if (poll(&fd, 1, 0) == 0)
		return true;
	return PQconsumeInput(pg) == 1 && PQstatus(pg) == CONNECTION_OK;
}

/* --- transactions --- */

static rp_code postgres_begin(struct conn *conn, const uint8_t *card_id, bool timed, struct rp_error *err)
{
	struct pg_conn *c = mine(conn);
	const struct cell id = {.p = card_id, .len = CARD_ID_LEN};
	rp_code rc = enqueue_own(c, conn->read_only ? OWN_BEGIN_READ : OWN_BEGIN, err);

	c->has_time = false;
	if (rc == RP_OK && card_id != NULL && !conn->read_only)
		rc = enqueue(c, ITEM_RUN, OWN_LOCK, &id, 1, err);
	if (rc == RP_OK && timed)
		rc = enqueue_own(c, OWN_TIME, err);
	return rc;
}

static rp_code postgres_time(struct conn *conn, int64_t *ret_clock, int64_t *ret_written,
			     struct rp_error *err)
{
	struct pg_conn *c = mine(conn);
	rp_code rc = c->has_time ? RP_OK : wait_all(c, NULL, err);

	if (rc != RP_OK)
		return rc;
	*ret_clock = c->clock;
	*ret_written = c->written;
	return RP_OK;
}

static rp_code rows_out(const PGresult *r, struct rows *ret, struct rp_error *err)
{
	const struct statement *st = ret->st;
	struct cell cells[CELLS_MAX];

	if ((size_t)PQnfields(r) != st->n_out)
		return rp_fail(err, RP_E_STORE, "%s: %d columns came out", st->name, PQnfields(r));
	for (int row = 0; row < PQntuples(r); row++) {
		rp_code rc;

		for (int i = 0; i < (int)st->n_out; i++) {
			if (PQgetisnull(r, row, i))
				return rp_fail(err, RP_E_STORE, "%s: the database holds nothing as '%s'",
					       st->name, st->out[i].name);
			cells[i] = (struct cell){.p = PQgetvalue(r, row, i),
						 .len = (size_t)PQgetlength(r, row, i)};
			if (PQftype(r, i) == OID_INT)
				cells[i] = (struct cell){.n = number_at(r, row, i)};
		}
		rc = rows_add(ret, cells, err);
		if (rc != RP_OK)
			return rc;
	}
	return RP_OK;
}

static rp_code postgres_exec(struct conn *conn, const struct statement *st, const struct cell *in,
			     struct rows *ret, size_t *ret_n, struct rp_error *err)
{
	struct pg_conn *c = mine(conn);
	RP_AUTO(clear) PGresult *r = NULL;
	rp_code rc = enqueue(c, ITEM_RUN, (int)(st - store_statements), in, st->n_in, err);

	if (rc == RP_OK)
		rc = wait_all(c, &r, err);
	if (rc != RP_OK)
		return rc;
	*ret_n = strtoul(PQcmdTuples(r), NULL, 10);
	return rows_out(r, ret, err);
}

static rp_code postgres_later(struct conn *conn, const struct statement *st, const struct cell *in,
			      struct rp_error *err)
{
	struct pg_conn *c = mine(conn);
	rp_code rc = enqueue(c, ITEM_LATER, (int)(st - store_statements), in, st->n_in, err);

	if (st->later == LATER_UPDATE)
		c->update_waits = true;
	return rc == RP_OK && c->n >= QUEUE_MAX ? wait_all(c, NULL, err) : rc;
}

static rp_code postgres_commit(struct conn *conn, int64_t highest, struct rp_error *err)
{
	struct pg_conn *c = mine(conn);
	const struct cell note = {.n = highest};
	/* An UPDATE that met no row is no failure for SQL, and COMMIT would go through. */
	rp_code rc = c->update_waits ? wait_all(c, NULL, err) : RP_OK;

	if (rc == RP_OK && highest >= 0)
		rc = enqueue(c, ITEM_RUN, OWN_NOTE, &note, 1, err);
	if (rc == RP_OK)
		rc = enqueue_own(c, OWN_COMMIT, err);
	if (rc != RP_OK)
		return rc;
	rc = wait_all(c, NULL, err);
	conn->doubt = conn->lost && !c->not_done;
	return rc;
}

static void postgres_rollback(struct conn *conn)
{
	struct pg_conn *c = mine(conn);

	if (c->n > 0)
		(void)wait_all(c, NULL, NULL); /* the work has failed already */
	if (!conn->lost && PQtransactionStatus(c->pg) != PQTRANS_IDLE &&
	    (enqueue_own(c, OWN_ROLLBACK, NULL) != RP_OK || wait_all(c, NULL, NULL) != RP_OK))
		conn->lost = true;
	if (PQtransactionStatus(c->pg) != PQTRANS_IDLE)
		conn->lost = true;
}

/* --- outside the statements --- */

/* One text of SQL right now; it may hold several statements. */
static rp_code plain(struct pg_conn *c, const char *sql, PGresult **ret, struct rp_error *err)
{
	rp_code rc = c->n > 0 ? wait_all(c, NULL, err) : RP_OK;

	if (rc != RP_OK)
		return rc;
	if (PQexitPipelineMode(c->pg) != 1)
		return lost(c, "pipeline mode", err);
	rc = now_exec(c, sql, ret, err);
	if (PQenterPipelineMode(c->pg) != 1)
		c->head.lost = true;
	return rc;
}

static rp_code one_number(struct pg_conn *c, const char *sql, int64_t *ret, struct rp_error *err)
{
	RP_AUTO(clear) PGresult *r = NULL;
	rp_code rc = plain(c, sql, &r, err);

	if (rc == RP_OK)
		*ret = PQntuples(r) == 1 ? strtoll(PQgetvalue(r, 0, 0), NULL, 10) : 0;
	return rc;
}

static rp_code postgres_version(struct conn *conn, bool to_change, int64_t *ret, struct rp_error *err)
{
	/* The number is ours alone: "repin". */
	static const char lock[] =
		"SET LOCAL lock_timeout = '5min'; SELECT pg_advisory_xact_lock(491327547758)";
	struct pg_conn *c = mine(conn);
	int64_t there;
	rp_code rc = to_change ? plain(c, lock, NULL, err) : RP_OK;

	if (rc == RP_OK)
		rc = one_number(c, "SELECT count(to_regclass('meta'))", &there, err);
	if (rc != RP_OK)
		return rc;
	if (there == 0) {
		*ret = 0;
		return RP_OK;
	}
	return one_number(c, "SELECT value FROM meta WHERE name = 'schema'", ret, err);
}

static rp_code postgres_script(struct conn *conn, const char *sql, struct rp_error *err)
{
	return plain(mine(conn), sql, NULL, err);
}

static rp_code postgres_standby(struct conn *conn, bool *ret, struct rp_error *err)
{
	int64_t n;
	rp_code rc = one_number(
		mine(conn), "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')",
		&n, err);

	if (rc == RP_OK)
		*ret = n > 0;
	return rc;
}

static rp_code with_key(struct pg_conn *c, const char *sql, int n, const char *key, const uint8_t *tx,
			PGresult **ret, struct rp_error *err)
{
	const Oid types[] = {OID_TEXT, OID_BYTES};
	const char *const values[] = {key, (const char *)tx};
	const int lengths[] = {(int)strlen(key), TX_ID_LEN}, formats[] = {1, 1};
	PGresult *r = PQexecParams(c->pg, sql, n, types, values, lengths, formats, 0);
	rp_code rc = RP_OK;

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		rc = refused(c, "the idempotency row", r, err);
	if (rc == RP_OK && ret != NULL)
		*ret = r;
	else
		PQclear(r);
	return rc;
}

/*
 * The lost transaction may still be open over there. A row that it has inserted stops our INSERT until it
 * is over; one that it has changed stops our SELECT. When it was committed we commit, too: the lock is written
 * to the log behind it, so a synchronous standby has both before we say so.
 */
static rp_code postgres_settle(struct conn *conn, const char *key, const uint8_t *tx, bool *ret_committed,
			       struct rp_error *err)
{
	static const char insert[] =
		"INSERT INTO idempotency (key, card_id, request, state, problem, result, made_ms, "
		"tx) VALUES ($1, '', '', 'pending', '', '', 0, '') ON CONFLICT DO NOTHING";
	static const char look[] = "SELECT (tx = $2)::int FROM idempotency WHERE key = $1 FOR UPDATE";
	RP_AUTO(clear) PGresult *r = NULL;
	struct pg_conn *c = mine(conn);
	bool there;
	rp_code rc = plain(c, "BEGIN; SET LOCAL lock_timeout = '3s'", NULL, err);

	if (rc == RP_OK && PQexitPipelineMode(c->pg) != 1)
		rc = lost(c, "pipeline mode", err);
	if (rc == RP_OK)
		rc = with_key(c, insert, 1, key, tx, NULL, err);
	if (rc == RP_OK)
		rc = with_key(c, look, 2, key, tx, &r, err);
	if (rc != RP_OK)
		return rc;
	there = PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), "1") == 0;
	rc = now_exec(c, there ? "COMMIT" : "ROLLBACK", NULL, err);
	if (rc == RP_OK)
		*ret_committed = there;
	return rc;
}

static const char *const words[][2] = {
	{"int", "BIGINT"},  {"text", "TEXT COLLATE \"C\""},
	{"bytes", "BYTEA"}, {"id", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"},
	{"hex", "'\\x"},    {"strict", ""},
	{NULL, NULL},
};

const struct engine engine_postgres = {
	.open = postgres_open,
	.close = postgres_close,
	.alive = postgres_alive,
	.begin = postgres_begin,
	.time = postgres_time,
	.exec = postgres_exec,
	.later = postgres_later,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.settle = postgres_settle,
	.version = postgres_version,
	.script = postgres_script,
	.standby = postgres_standby,
	.words = words,
};
