/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pg_queue.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	 "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, "
	 "coalesce((SELECT value::bigint FROM meta WHERE name = 'highest-ms'), 0)",
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

#define DIVISION_BY_ZERO "22012" /* see sql_of */

static const char *name_of(int number)
{
	return number < OWN_BEGIN ? store_statements[number % ST_N].name : own[number - OWN_BEGIN].name;
}

/* --- failures --- */

rp_code pg_lost(struct pg_link *c, const char *what, struct rp_error *err)
{
	const char *why = PQerrorMessage(c->pg);

	c->head.lost = true;
	return rp_fail(err, RP_E_STORE_AWAY, "%s: %.*s", what, (int)strcspn(why, "\n"), why);
}

/* What a SQLSTATE means for us. Source: PostgreSQL 15, appendix A. */
static rp_code meaning(struct pg_link *c, const char *state)
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
rp_code pg_refused(struct pg_link *c, const char *what, const PGresult *r, struct rp_error *err)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (state == NULL || PQstatus(c->pg) == CONNECTION_BAD)
		return pg_lost(c, what, err);
	return rp_fail(err, meaning(c, state), "%s: %s (%s)", what, text != NULL ? text : "no message",
		       state);
}

/* --- the queue --- */

int64_t pg_number_at(const PGresult *r, int row, int col)
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

static void take_time(struct pg_link *c, const PGresult *r)
{
	c->clock = pg_number_at(r, 0, 0);
	c->written = pg_number_at(r, 0, 1);
	c->has_time = true;
}

static bool is_one_row(int number)
{
	return number >= ONE_ROW && number < OWN_BEGIN;
}

static bool is_state(const PGresult *r, const char *state)
{
	const char *is = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	return is != NULL && strcmp(is, state) == 0;
}

/* One answer of the queue. */
static rp_code take(struct pg_link *c, const struct item *item, const PGresult *r, struct rp_error *err)
{
	ExecStatusType status = PQresultStatus(r);
	const char *what = name_of(item->number);

	if (is_one_row(item->number) && is_state(r, DIVISION_BY_ZERO))
		return rp_fail(err, RP_E_CONFLICT, "%s: no row was changed", what);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		return pg_refused(c, what, r, err);
	if (item->kind == ITEM_PREPARE)
		c->prepared[item->number] = true;
	else if (item->kind == ITEM_LATER && strcmp(PQcmdTuples((PGresult *)(uintptr_t)r), "1") != 0)
		return rp_fail(err, RP_E_CONFLICT, "%s: %s rows were changed and not one", what,
			       PQcmdTuples((PGresult *)(uintptr_t)r));
	else if (item->number == OWN_TIME)
		take_time(c, r);
	else if (item->number == OWN_COMMIT && strcmp(PQcmdStatus((PGresult *)(uintptr_t)r), "COMMIT") != 0)
		return rp_fail(err, RP_E_STORE, "COMMIT: the database rolled back");
	return RP_OK;
}

/* The answer to the next item, and the NULL behind it. False: there is none any more. */
static bool next_answer(struct pg_link *c, PGresult **ret)
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

static bool synced(struct pg_link *c)
{
	PGresult *r = PQgetResult(c->pg);
	bool good = r != NULL && PQresultStatus(r) == PGRES_PIPELINE_SYNC;

	PQclear(r);
	return good;
}

void pg_clear(PGresult **r)
{
	PQclear(*r);
}

rp_code pg_wait(struct pg_link *c, PGresult **ret_last, struct rp_error *err)
{
	RP_AUTO(pg_clear) PGresult *r = NULL;
	struct rp_error later;
	rp_code rc = RP_OK;
	const size_t n = c->n;

	c->n = 0;
	c->not_done = false;
	if (PQpipelineSync(c->pg) != 1)
		return pg_lost(c, "sending", err);
	for (size_t i = 0; i < n; i++) {
		rp_code one;

		pg_clear(&r);
		r = NULL;
		if (!next_answer(c, &r)) {
			rp_code away = pg_lost(c, name_of(c->queue[i].number), &later);
			if (rc == RP_OK && err != NULL)
				*err = later;
			return rc == RP_OK ? away : rc;
		}
		if (rc != RP_OK && PQresultStatus(r) == PGRES_PIPELINE_ABORTED)
			continue;
		one = take(c, &c->queue[i], r, rc == RP_OK ? err : &later);
		rc = rc == RP_OK ? one : rc;
		c->head.answered = c->head.answered || one == RP_OK;
		if (one == RP_OK && c->queue[i].kind == ITEM_AHEAD) {
			c->ahead[c->queue[i].ahead].r = r;
			r = NULL;
			continue;
		}
		if (one != RP_OK && c->queue[i].number != OWN_COMMIT)
			c->not_done = c->not_done || PQresultErrorField(r, PG_DIAG_SQLSTATE) != NULL;
	}
	if (!synced(c))
		c->head.lost = true;
	if (rc == RP_OK && c->head.lost)
		return pg_lost(c, "waiting", err);
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

	if (number >= OWN_BEGIN) {
		memcpy(ret, own[number - OWN_BEGIN].in, sizeof own[0].in);
		return own[number - OWN_BEGIN].n_in;
	}
	st = &store_statements[number % ST_N];
	for (size_t i = 0; i < st->n_in; i++)
		ret[i] = st->in[i].kind == FIELD_TEXT				      ? OID_TEXT
			 : st->in[i].kind == FIELD_INT || st->in[i].kind == FIELD_NOW ? OID_INT
										      : OID_BYTES;
	return st->n_in;
}

static bool is_queued(const struct pg_link *c, int number)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->queue[i].kind == ITEM_PREPARE && c->queue[i].number == number)
			return true;
	return false;
}

/*
 * An UPDATE that meets no row is no failure for SQL, and COMMIT, which may already be on its way behind
 * it, would go through. So one that is not waited for divides by the number of its rows.
 */
static char *sql_of(int number)
{
	const char *frame = is_one_row(number) ? "WITH u AS (%s RETURNING 1) SELECT 1 / count(*) FROM u"
					       : "%s";
	char *sql = NULL;

	if (asprintf(&sql, frame,
		     number < OWN_BEGIN ? store_statements[number % ST_N].sql : own[number - OWN_BEGIN].sql) <
	    0)
		return NULL;
	return sql;
}

/* The name under which it is prepared. */
static void plan_of(int number, char ret[64])
{
	(void)snprintf(ret, 64, "%s%s", name_of(number), is_one_row(number) ? ", one row" : "");
}

static bool send_prepare(struct pg_link *c, int number)
{
	Oid types[CELLS_MAX];
	size_t n = types_of(number, types);
	char *sql, plan[64];
	bool sent;

	if (c->prepared[number] || is_queued(c, number))
		return true;
	sql = sql_of(number);
	c->queue[c->n++] = (struct item){.kind = ITEM_PREPARE, .number = number};
	plan_of(number, plan);
	sent = sql != NULL && PQsendPrepare(c->pg, plan, sql, (int)n, types) == 1;
	free(sql);
	return sent;
}

rp_code pg_enqueue(struct pg_link *c, enum item_kind kind, int number, const struct cell *in, size_t n,
		   struct rp_error *err)
{
	const char *values[CELLS_MAX];
	int lengths[CELLS_MAX], formats[CELLS_MAX];
	uint8_t ints[CELLS_MAX][8];
	char plan[64];

	for (size_t i = 0; i < n; i++) {
		put_int(ints[i], in[i].n);
		values[i] = in[i].p != NULL ? in[i].p : (const char *)ints[i];
		lengths[i] = in[i].p != NULL ? (int)in[i].len : 8;
		formats[i] = 1;
	}
	if (!send_prepare(c, number))
		return pg_lost(c, name_of(number), err);
	plan_of(number, plan);
	c->queue[c->n++] = (struct item){.kind = kind, .number = number};
	if (PQsendQueryPrepared(c->pg, plan, (int)n, values, lengths, formats, 1) != 1)
		return pg_lost(c, name_of(number), err);
	return RP_OK;
}

rp_code pg_enqueue_own(struct pg_link *c, int number, struct rp_error *err)
{
	return pg_enqueue(c, ITEM_RUN, number, NULL, 0, err);
}
