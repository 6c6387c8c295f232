/* SPDX-License-Identifier: Apache-2.0 */
/* Statements and time inside a piece of work. */
#include "store/engine.h"

#include <string.h>

rp_code conn_failed(struct conn *c, rp_code rc, const struct rp_error *why, struct rp_error *err)
{
	if (c->failed == RP_OK) {
		c->failed = rc;
		c->why = *why;
	}
	if (err != NULL)
		*err = *why;
	return rc;
}

rp_code conn_time(store *s, struct conn *c, struct rp_error *err)
{
	struct rp_error why = RP_ERROR_INIT;
	int64_t clock, written;
	rp_code rc;

	if (c->timed)
		return RP_OK;
	rc = s->engine->time(c, &clock, &written, &why);
	if (rc != RP_OK)
		return conn_failed(c, rc, &why, err);
	if (s->clock != NULL)
		clock = s->clock(s->clock_arg);
	c->now = times_see(s->times, clock, written);
	c->timed = true;
	return RP_OK;
}

int64_t store_now(const struct store_tx *tx)
{
	/* A time that cannot be had fails the transaction at its next statement or its end. */
	if (conn_time(tx->s, tx->c, NULL) != RP_OK)
		return times_last(tx->s->times);
	return tx->c->now;
}

bool statement_reads(const struct statement *st)
{
	return strncmp(st->sql, "SELECT", 6) == 0;
}

static bool needs_now(const struct statement *st)
{
	for (size_t i = 0; i < st->n_in; i++)
		if (st->in[i].kind == FIELD_NOW)
			return true;
	return false;
}

/* Checks the call and makes the cells. */
static rp_code prepare(struct store_tx *tx, enum store_stmt stmt, const void *row, size_t size,
		       struct cell in[CELLS_MAX], struct rp_error *err)
{
	const struct statement *st = &store_statements[stmt];
	struct cell_extras x = {.tx = tx->id};
	rp_code rc;

	if (tx->c->failed != RP_OK) {
		if (err != NULL)
			*err = tx->c->why;
		return tx->c->failed;
	}
	if (size != st->size)
		return rp_fail(err, RP_E_FAULT, "%s: the row is not a %s", st->name, st->row);
	if (tx->c->read_only && !statement_reads(st))
		return rp_fail(err, RP_E_USAGE, "%s: this work only reads", st->name);
	if (needs_now(st)) {
		rc = conn_time(tx->s, tx->c, err);
		if (rc != RP_OK)
			return rc;
		x.now = tx->c->now;
	}
	return cells_of(st, row, &x, in, err);
}

/* A COMMIT whose answer is lost can be settled by a row that was written under the work's own key. */
static void note_key(struct store_tx *tx, enum store_stmt stmt, const void *row)
{
	const struct row_idempotency *r = row;

	if ((stmt == ST_IDEM_INSERT || stmt == ST_IDEM_RESULT) && tx->o->idempotency_key != NULL &&
	    strcmp(r->key, tx->o->idempotency_key) == 0)
		tx->c->settles = true;
}

static rp_code exec(struct store_tx *tx, enum store_stmt stmt, const void *row, size_t size, struct rows *ret,
		    size_t *ret_n, struct rp_error *err)
{
	struct rp_error why = RP_ERROR_INIT;
	struct cell in[CELLS_MAX];
	rp_code rc = prepare(tx, stmt, row, size, in, err);

	if (rc != RP_OK)
		return rc;
	*ret = (struct rows){.st = &store_statements[stmt], .model = row};
	rc = tx->s->engine->exec(tx->c, ret->st, in, ret, ret_n, &why);
	if (rc != RP_OK)
		return conn_failed(tx->c, rc, &why, err);
	note_key(tx, stmt, row);
	return RP_OK;
}

rp_code store_ahead_sized(struct store_tx *tx, enum store_stmt stmt, const void *row, size_t size,
			  struct rp_error *err)
{
	struct rp_error why = RP_ERROR_INIT;
	struct cell in[CELLS_MAX];
	rp_code rc;

	/* One that is `later` waits for nothing anyway. */
	if (tx->s->engine->ahead == NULL || store_statements[stmt].later != LATER_NOT)
		return RP_OK;
	rc = prepare(tx, stmt, row, size, in, err);
	if (rc != RP_OK)
		return rc;
	rc = tx->s->engine->ahead(tx->c, &store_statements[stmt], in, &why);
	return rc == RP_OK ? RP_OK : conn_failed(tx->c, rc, &why, err);
}

rp_code store_get_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size, bool *ret_found,
			struct rp_error *err)
{
	RP_AUTO(rows_free) struct rows rows = {0};
	size_t n;
	rp_code rc = exec(tx, stmt, row, size, &rows, &n, err);

	if (rc != RP_OK)
		return rc;
	if (rows.n > 1)
		return rp_fail(err, RP_E_STORE, "%s: %zu rows came out where one is the most",
			       store_statements[stmt].name, rows.n);
	if (rows.n == 1)
		memcpy(row, rows.p, size); /* checked: it is the statement's row */
	*ret_found = rows.n == 1;
	return RP_OK;
}

static rp_code not_one(enum store_stmt stmt, size_t n, struct rp_error *err)
{
	return rp_fail(err, RP_E_CONFLICT, "%s: %zu rows were changed and not one",
		       store_statements[stmt].name, n);
}

static rp_code run_later(struct store_tx *tx, enum store_stmt stmt, const void *row, size_t size,
			 struct rp_error *err)
{
	struct rp_error why = RP_ERROR_INIT;
	struct cell in[CELLS_MAX];
	rp_code rc = prepare(tx, stmt, row, size, in, err);

	if (rc != RP_OK)
		return rc;
	rc = tx->s->engine->later(tx->c, &store_statements[stmt], in, &why);
	if (rc != RP_OK)
		return conn_failed(tx->c, rc, &why, err);
	note_key(tx, stmt, row);
	return RP_OK;
}

rp_code store_run_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size, size_t *ret_n,
			struct rp_error *err)
{
	RP_AUTO(rows_free) struct rows rows = {0};
	size_t n;
	rp_code rc;

	if (ret_n == NULL && store_statements[stmt].later != LATER_NOT)
		return run_later(tx, stmt, row, size, err);
	rc = exec(tx, stmt, row, size, &rows, &n, err);
	if (rc != RP_OK)
		return rc;
	if (ret_n == NULL && n != 1)
		return not_one(stmt, n, err);
	if (rows.n == 1)
		memcpy(row, rows.p, size); /* checked: it is the statement's row */
	if (ret_n != NULL)
		*ret_n = n;
	return RP_OK;
}

rp_code store_each_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size, store_row_fn *fn,
			 void *arg, struct rp_error *err)
{
	RP_AUTO(rows_free) struct rows rows = {0};
	size_t n;
	rp_code rc = exec(tx, stmt, row, size, &rows, &n, err);

	for (size_t i = 0; i < rows.n && rc == RP_OK; i++)
		rc = fn(arg, rows.p + i * size, err);
	return rc;
}
