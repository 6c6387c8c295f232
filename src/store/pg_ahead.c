/* SPDX-License-Identifier: Apache-2.0 */
/* Statements that travel before they are asked for, and the answers that wait for whoever asks. */
#include "store/pg_queue.h"

#include "base/bytes.h"

#include <libpq-fe.h>
#include <string.h>

/* What goes in, one value behind the other, each after its length. False: too much for a hint. */
static bool what_goes_in(const struct statement *st, const struct cell *in, struct pg_ahead *ret)
{
	struct wr w = wr_of(ret->in, sizeof ret->in);

	for (size_t i = 0; i < st->n_in; i++) {
		const uint64_t n = (uint64_t)in[i].n;

		wr_u32(&w, in[i].p != NULL ? (uint32_t)in[i].len : UINT32_MAX);
		if (in[i].p != NULL) {
			wr_put(&w, in[i].p, in[i].len);
		} else {
			wr_u32(&w, (uint32_t)(n >> 32));
			wr_u32(&w, (uint32_t)(n & UINT32_MAX));
		}
	}
	ret->in_len = w.len;
	return !w.failed;
}

rp_code pg_ahead_send(struct pg_link *c, const struct statement *st, const struct cell *in,
		      struct rp_error *err)
{
	struct pg_ahead *a = &c->ahead[c->n_ahead];
	rp_code rc;

	/* Two: it may have to be prepared. */
	if (c->n_ahead == AHEAD_MAX || c->n + 2 > QUEUE_MAX || !what_goes_in(st, in, a))
		return RP_OK;
	if (!statement_reads(st))
		pg_ahead_forget(c, st);
	a->st = st;
	a->r = NULL;
	rc = pg_enqueue(c, ITEM_AHEAD, (int)(st - store_statements), in, st->n_in, err);
	if (rc == RP_OK)
		c->queue[c->n - 1].ahead = c->n_ahead++;
	return rc;
}

rp_code pg_ahead_take(struct pg_link *c, const struct statement *st, const struct cell *in,
		      struct pg_result **ret, struct rp_error *err)
{
	struct pg_ahead asked;
	rp_code rc;

	if (c->n_ahead == 0 || !what_goes_in(st, in, &asked))
		return RP_OK;
	for (size_t i = 0; i < c->n_ahead; i++) {
		struct pg_ahead *a = &c->ahead[i];

		if (a->st != st || a->in_len != asked.in_len ||
		    memcmp(a->in, asked.in, a->in_len) != 0) /* checked: what_goes_in wrote as many */
			continue;
		rc = a->r == NULL ? pg_wait(c, NULL, err) : RP_OK;
		if (rc != RP_OK)
			return rc;
		*ret = a->r;
		*a = (struct pg_ahead){0}; /* another time it is asked anew */
		return RP_OK;
	}
	return RP_OK;
}

void pg_ahead_forget(struct pg_link *c, const struct statement *st)
{
	for (size_t i = 0; i < c->n_ahead; i++)
		if (c->ahead[i].st != NULL && statement_reads(c->ahead[i].st) &&
		    strcmp(c->ahead[i].st->row, st->row) == 0)
			c->ahead[i].st = NULL;
}

const char *pg_ahead_unasked(const struct pg_link *c)
{
	for (size_t i = 0; i < c->n_ahead; i++)
		if (c->ahead[i].st != NULL && !statement_reads(c->ahead[i].st))
			return c->ahead[i].st->name;
	return NULL;
}

void pg_ahead_clear(struct pg_link *c)
{
	for (size_t i = 0; i < c->n_ahead; i++)
		PQclear(c->ahead[i].r);
	memset(c->ahead, 0, c->n_ahead * sizeof c->ahead[0]);
	c->n_ahead = 0;
}
