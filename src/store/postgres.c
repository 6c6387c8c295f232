/* SPDX-License-Identifier: Apache-2.0 */
/* The store on PostgreSQL: connections, transactions, and what goes around the statements. */
#include "store/pg_queue.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* When a process of the server began. */
#define BEGAN "(extract(epoch FROM backend_start) * 1000000)::bigint"

static struct pg_link *mine(struct conn *c)
{
	return (struct pg_link *)c;
}

/* --- connections --- */

static rp_code now_exec(struct pg_link *c, const char *sql, PGresult **ret, struct rp_error *err)
{
	PGresult *r = PQexec(c->pg, sql);
	ExecStatusType status = PQresultStatus(r);
	rp_code rc = RP_OK;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		rc = pg_refused(c, "the database", r, err);
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

static rp_code who_serves(struct pg_link *c, struct rp_error *err)
{
	RP_AUTO(pg_clear) PGresult *r = NULL;
	rp_code rc = now_exec(c, "SELECT pid, " BEGAN " FROM pg_stat_activity WHERE pid = pg_backend_pid()",
			      &r, err);

	if (rc != RP_OK)
		return rc;
	if (PQntuples(r) != 1)
		return rp_fail(err, RP_E_STORE, "the server does not tell its process");
	c->backend = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	c->began = strtoll(PQgetvalue(r, 0, 1), NULL, 10);
	return RP_OK;
}

static rp_code check_server(struct pg_link *c, struct rp_error *err)
{
	const char *encoding = PQparameterStatus(c->pg, "server_encoding");

	if (PQserverVersion(c->pg) < 140000)
		return rp_fail(err, RP_E_STORE, "the database is PostgreSQL %d; 14 is the least",
			       PQserverVersion(c->pg) / 10000);
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return rp_fail(err, RP_E_STORE, "the database's encoding is %s and must be UTF8",
			       encoding != NULL ? encoding : "unknown");
	return RP_OK;
}

static rp_code set_up(struct pg_link *c, struct rp_error *err)
{
	/*
	 * A client that hangs, or is cut off without a word, must not hold a card's lock for ever. A COMMIT
	 * that is answered must outlive the server, however the database is set: what was granted was sent.
	 * `off` and `local` are the values that forget; the others stay. Source: PostgreSQL 15, 20.5.
	 */
	static const char limits[] =
		"SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'; "
		"SELECT set_config('synchronous_commit', 'on', false) "
		"WHERE current_setting('synchronous_commit') IN ('off', 'local')";
	rp_code rc = check_server(c, err);

	PQsetNoticeReceiver(c->pg, no_notice, NULL);
	if (rc == RP_OK)
		rc = now_exec(c, limits, NULL, err);
	if (rc == RP_OK)
		rc = who_serves(c, err);
	if (rc == RP_OK && PQenterPipelineMode(c->pg) != 1)
		return pg_lost(c, "pipeline mode", err);
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
	pg_ahead_clear(mine(conn));
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
	struct pg_link *c;
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
		rc = pg_lost(c, "the database cannot be reached", err);
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
	return poll(&fd, 1, 0) == 0;
}

/* --- transactions --- */

static rp_code postgres_begin(struct conn *conn, const uint8_t *card_id, bool timed, struct rp_error *err)
{
	struct pg_link *c = mine(conn);
	const struct cell id = {.p = card_id, .len = CARD_ID_LEN};
	rp_code rc = pg_enqueue_own(c, conn->read_only ? OWN_BEGIN_READ : OWN_BEGIN, err);

	pg_ahead_clear(c);
	c->has_time = false;
	if (rc == RP_OK && card_id != NULL && !conn->read_only)
		rc = pg_enqueue(c, ITEM_RUN, OWN_LOCK, &id, 1, err);
	if (rc == RP_OK && timed)
		rc = pg_enqueue_own(c, OWN_TIME, err);
	return rc;
}

static rp_code postgres_time(struct conn *conn, int64_t *ret_clock, int64_t *ret_written,
			     struct rp_error *err)
{
	struct pg_link *c = mine(conn);
	rp_code rc = c->has_time ? RP_OK : pg_wait(c, NULL, err);

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
				cells[i] = (struct cell){.n = pg_number_at(r, row, i)};
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
	struct pg_link *c = mine(conn);
	RP_AUTO(pg_clear) PGresult *r = NULL;
	rp_code rc = pg_ahead_take(c, st, in, &r, err);

	if (rc == RP_OK && r == NULL) {
		if (!statement_reads(st))
			pg_ahead_forget(c, st);
		rc = pg_enqueue(c, ITEM_RUN, (int)(st - store_statements), in, st->n_in, err);
		if (rc == RP_OK)
			rc = pg_wait(c, &r, err);
	}
	if (rc != RP_OK)
		return rc;
	*ret_n = strtoul(PQcmdTuples(r), NULL, 10);
	return rows_out(r, ret, err);
}

static rp_code postgres_later(struct conn *conn, const struct statement *st, const struct cell *in,
			      struct rp_error *err)
{
	struct pg_link *c = mine(conn);
	const int form = st->later == LATER_UPDATE ? ONE_ROW : 0;
	rp_code rc = pg_enqueue(c, ITEM_LATER, form + (int)(st - store_statements), in, st->n_in, err);

	pg_ahead_forget(c, st);
	return rc == RP_OK && c->n >= QUEUE_MAX ? pg_wait(c, NULL, err) : rc;
}

static rp_code postgres_ahead(struct conn *conn, const struct statement *st, const struct cell *in,
			      struct rp_error *err)
{
	return pg_ahead_send(mine(conn), st, in, err);
}

static rp_code postgres_commit(struct conn *conn, int64_t highest, struct rp_error *err)
{
	struct pg_link *c = mine(conn);
	const struct cell note = {.n = highest};
	const char *unasked = pg_ahead_unasked(c);
	rp_code rc = RP_OK;

	if (unasked != NULL)
		return rp_fail(err, RP_E_FAULT, "%s was sent ahead, and nobody looked at its answer",
			       unasked);
	if (highest >= 0)
		rc = pg_enqueue(c, ITEM_RUN, OWN_NOTE, &note, 1, err);
	if (rc != RP_OK)
		return rc;
	c->not_done = false;
	rc = pg_enqueue_own(c, OWN_COMMIT, err);
	if (rc == RP_OK)
		rc = pg_wait(c, NULL, err);
	conn->doubt = conn->lost && !c->not_done;
	return rc;
}

static void postgres_rollback(struct conn *conn)
{
	struct pg_link *c = mine(conn);

	/* When something in the queue fails, ROLLBACK is passed over: once more then. */
	for (int i = 0; i < 2 && !conn->lost && (c->n > 0 || PQtransactionStatus(c->pg) != PQTRANS_IDLE);
	     i++) {
		rp_code rc = pg_enqueue_own(c, OWN_ROLLBACK, NULL);

		if (rc == RP_OK)
			rc = pg_wait(c, NULL, NULL);
		(void)rc; /* the state below tells */
	}
	if (PQtransactionStatus(c->pg) != PQTRANS_IDLE)
		conn->lost = true;
}

/* --- outside the statements --- */

/* One text of SQL right now; it may hold several statements. */
static rp_code plain(struct pg_link *c, const char *sql, PGresult **ret, struct rp_error *err)
{
	rp_code rc = c->n > 0 ? pg_wait(c, NULL, err) : RP_OK;

	if (rc != RP_OK)
		return rc;
	if (PQexitPipelineMode(c->pg) != 1)
		return pg_lost(c, "pipeline mode", err);
	rc = now_exec(c, sql, ret, err);
	if (PQenterPipelineMode(c->pg) != 1)
		c->head.lost = true;
	return rc;
}

static rp_code one_number(struct pg_link *c, const char *sql, int64_t *ret, struct rp_error *err)
{
	RP_AUTO(pg_clear) PGresult *r = NULL;
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
	struct pg_link *c = mine(conn);
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

/*
 * The process that had our COMMIT may not have read it yet, and would when we have looked already. So it is
 * ended first. It may be gone, and its number another's: then the time of its beginning differs.
 */
static rp_code end_backend(struct pg_link *c, const struct pg_link *broken, struct rp_error *err)
{
	char sql[256];
	int64_t alive;
	rp_code rc;

	/* CASE: of an AND the planner would try the cheap side first, on everybody. */
	(void)snprintf(sql, sizeof sql,
		       "SELECT count(*) FROM pg_stat_activity WHERE CASE WHEN pid = %" PRId64 " AND " BEGAN
		       " = %" PRId64 " THEN NOT pg_terminate_backend(pid, 5000) ELSE false END",
		       broken->backend, broken->began);
	rc = one_number(c, sql, &alive, err);
	if (rc != RP_OK || alive == 0)
		return rc;
	return rp_fail(err, RP_E_STORE_AWAY, "the server's process of the broken connection does not end");
}

static rp_code look_for_key(struct pg_link *c, const char *key, const uint8_t *tx, bool *ret,
			    struct rp_error *err)
{
	static const char sql[] = "SELECT (tx = $2)::int FROM idempotency WHERE key = $1 FOR UPDATE";
	const Oid types[] = {OID_TEXT, OID_BYTES};
	const char *const values[] = {key, (const char *)tx};
	const int lengths[] = {(int)strlen(key), TX_ID_LEN}, formats[] = {1, 1};
	RP_AUTO(pg_clear) PGresult *r = PQexecParams(c->pg, sql, 2, types, values, lengths, formats, 0);

	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		return pg_refused(c, "the idempotency row", r, err);
	*ret = PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), "1") == 0;
	return RP_OK;
}

/*
 * The row is locked, so that our COMMIT has something to write: a synchronous standby then has got that and
 * what stands before it in the log, the lost COMMIT, too, before we say that it was done.
 */
static rp_code postgres_settle(struct conn *conn, const struct conn *broken, const char *key,
			       const uint8_t *tx, bool *ret_committed, struct rp_error *err)
{
	struct pg_link *c = mine(conn);
	bool there = false;
	rp_code rc = end_backend(c, (const struct pg_link *)broken, err);

	if (rc == RP_OK)
		rc = plain(c, "BEGIN", NULL, err);
	if (rc == RP_OK && PQexitPipelineMode(c->pg) != 1)
		rc = pg_lost(c, "pipeline mode", err);
	if (rc == RP_OK)
		rc = look_for_key(c, key, tx, &there, err);
	if (rc == RP_OK)
		rc = now_exec(c, "COMMIT", NULL, err);
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
	.ahead = postgres_ahead,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.settle = postgres_settle,
	.version = postgres_version,
	.script = postgres_script,
	.standby = postgres_standby,
	.words = words,
};
