/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit reads the whole log and believes nothing that it can compute: salt and body make the
 * digest, the digest makes the leaf, leaves make nodes, nodes make the root, the root is what the seal
 * signed, and it holds what was exported. The first thing that is not so ends it. It may run beside a
 * sealer: what is below the head that it read never changes again.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "issuer/log_tree.h"

#define BATCH 1000 /* ENTRY_RANGE gives no more */

/* What is kept of an entry's row until its place in the tree is looked at. */
struct seen {
	uint64_t leaf;
	uint8_t hash[TLOG_HASH];
	char receipt[ROW_ID];
	bool erased;
};

/* A growing list of leaf numbers. */
struct list {
	uint64_t *p;
	size_t n, cap;
};

/* All that a batch changes: begun anew when the database asks for its transaction again. */
struct progress {
	uint64_t next; /* leaves that are good */
	struct {
		uint64_t idx;
		uint8_t hash[TLOG_HASH];
	} edge[TLOG_LEVELS + 1][2]; /* the last two nodes on each level, as computed */
	size_t n_erased, n_orders;
};

struct audit {
	issuer *i;
	struct store_tx *tx;
	struct row_head head, newer;
	struct tlog_checkpoint exported; /* size 0: none */
	struct progress done, at;
	struct list erased; /* leaves without body */
	struct list orders; /* leaves that an entry says were erased */
	struct seen batch[BATCH];
	size_t n_batch;
	uint64_t waiting;
	struct row_entry row;
};

static void audit_freep(struct audit **a)
{
	if (*a != NULL) {
		free((*a)->erased.p);
		free((*a)->orders.p);
	}
	free(*a);
}

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static rp_code list_add(struct list *l, size_t *n, uint64_t leaf, struct rp_error *err)
{
	if (*n == l->cap) {
		const size_t cap = l->cap == 0 ? 64 : 2 * l->cap;
		uint64_t *p = realloc(l->p, cap * sizeof *p);

		if (p == NULL)
			return rp_fail(err, RP_E_NO_MEMORY, "no memory for an audit");
		l->p = p;
		l->cap = cap;
	}
	l->p[(*n)++] = leaf;
	return RP_OK;
}

/* --- one entry by itself --- */

/* The line says which row it belongs to, so that rows cannot swap receipts or cards. */
static bool line_fits_row(const json_t *line, const struct row_entry *e)
{
	static const uint8_t nobody[CARD_ID_LEN];
	const char *receipt = json_string_value(json_object_get(line, "receipt"));
	const char *card = json_string_value(json_object_get(line, "card"));
	uint8_t id[CARD_ID_LEN] = {0};
	size_t n = 0;

	if (receipt == NULL || strcmp(receipt, e->receipt) != 0)
		return false;
	if (card == NULL)
		return hash_equal(e->card_id, nobody, CARD_ID_LEN);
	return hex_read(card, id, sizeof id, &n) && n == sizeof id && hash_equal(e->card_id, id, sizeof id);
}

/* Whether the row agrees with itself, and what it says of erasing. */
static rp_code check_row(struct audit *a, const struct row_entry *e, const char *where, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *line = NULL;
	const json_t *erased;

	if (!log_digest_good(e))
		return rp_fail(err, RP_E_STORE,
			       "%s (receipt %s) was changed: its text is not what was written", where,
			       e->receipt);
	if (log_is_erased(e))
		return RP_OK;
	line = json_loads(e->body, JSON_REJECT_DUPLICATES, NULL);
	if (!line_fits_row(line, e))
		return rp_fail(err, RP_E_STORE,
			       "%s (receipt %s) was changed: its row is that of another entry", where,
			       e->receipt);
	erased = json_object_get(line, "erased");
	if (!json_is_integer(erased))
		return RP_OK;
	return list_add(&a->orders, &a->at.n_orders, (uint64_t)json_integer_value(erased), err);
}

static rp_code take_sealed(void *arg, const void *row, struct rp_error *err)
{
	struct audit *a = arg;
	const struct row_entry *e = row;
	struct seen *s = &a->batch[a->n_batch];
	char where[40];
	rp_code rc;

	if (a->n_batch == BATCH)
		return rp_fail(err, RP_E_FAULT, "more entries than were asked for");
	(void)snprintf(where, sizeof where, "leaf %" PRId64, e->leaf);
	rc = check_row(a, e, where, err);
	s->erased = log_is_erased(e);
	s->leaf = (uint64_t)e->leaf;
	tlog_leaf_of(e->digest, s->hash);
	memcpy(s->receipt, e->receipt, sizeof s->receipt);
	a->n_batch++;
	return rc;
}

/* --- its place in the tree --- */

/* A leaf that is not the stored node: who is right, the row or the node? */
static rp_code blame(struct audit *a, const struct seen *s, struct rp_error *err)
{
	static const char changed[] = "leaf %" PRIu64 " (receipt %s) is not the entry that was sealed there";
	struct tlog_proof proof;
	uint8_t node[TLOG_HASH];

	if (tlog_inclusion(s->leaf, (uint64_t)a->head.size, log_node, a->tx, &proof, NULL) == RP_OK &&
	    tlog_included(s->leaf, (uint64_t)a->head.size, s->hash, &proof, a->head.root))
		return rp_fail(err, RP_E_STORE,
			       "node (0, %" PRIu64 ") of the log was changed; its entry is right", s->leaf);
	for (uint64_t other = 0; other < (uint64_t)a->head.size; other++)
		if (log_node(a->tx, 0, other, node, NULL) == RP_OK && hash_equal(node, s->hash, TLOG_HASH))
			return rp_fail(err, RP_E_STORE,
				       "the log's order was changed: leaf %" PRIu64
				       " (receipt %s) is the entry that was "
				       "sealed as leaf %" PRIu64,
				       s->leaf, s->receipt, other);
	return rp_fail(err, RP_E_STORE, changed, s->leaf, s->receipt);
}

static rp_code edge_read(void *arg, unsigned level, uint64_t index, uint8_t ret[TLOG_HASH],
			 struct rp_error *err)
{
	const struct audit *a = arg;

	if (level > TLOG_LEVELS || a->at.edge[level][index % 2].idx != index)
		return rp_fail(err, RP_E_FAULT, "the audit lost node (%u, %" PRIu64 ")", level, index);
	memcpy(ret, a->at.edge[level][index % 2].hash, TLOG_HASH);
	return RP_OK;
}

/* Every node that is computed is the one that is stored; check_leaf has looked at the leaf itself. */
static rp_code edge_write(void *arg, unsigned level, uint64_t index, const uint8_t hash[TLOG_HASH],
			  struct rp_error *err)
{
	struct audit *a = arg;
	uint8_t node[TLOG_HASH];
	rp_code rc;

	a->at.edge[level][index % 2].idx = index;
	memcpy(a->at.edge[level][index % 2].hash, hash, TLOG_HASH);
	if (level == 0)
		return RP_OK;
	rc = log_node(a->tx, level, index, node, err);
	if (rc == RP_OK && !hash_equal(node, hash, TLOG_HASH))
		return rp_fail(err, RP_E_STORE, "node (%u, %" PRIu64 ") of the log was changed", level,
			       index);
	return rc;
}

/* What was signed when the tree had this size: the checkpoint in the store, and the exported one. */
static rp_code check_size(struct audit *a, uint64_t size, struct rp_error *err)
{
	struct row_head kept = {.size = (int64_t)size};
	char what[48];
	uint8_t root[TLOG_HASH];
	bool found = false;
	rp_code rc = store_get(a->tx, ST_CHECKPOINT_GET, &kept, &found, err);

	(void)snprintf(what, sizeof what, "checkpoint of size %" PRIu64, size);
	if (rc == RP_OK && !found && size == (uint64_t)a->head.size)
		return rp_fail(err, RP_E_STORE, "the log's %s is missing", what);
	if (rc != RP_OK || (!found && size != a->exported.size))
		return rc;
	if (found)
		rc = log_head_check(a->i, &kept, what, err);
	if (rc == RP_OK)
		rc = tlog_root(size, edge_read, a, root, err);
	if (rc != RP_OK)
		return rc;
	if ((found && !hash_equal(kept.root, root, TLOG_HASH)) ||
	    (size == a->exported.size && !hash_equal(a->exported.root, root, TLOG_HASH)))
		return rp_fail(
			err, RP_E_STORE,
			"the log was rewritten: its first %" PRIu64 " leaves have another root than the %s "
			"checkpoint",
			size, found && !hash_equal(kept.root, root, TLOG_HASH) ? "signed" : "exported");
	return RP_OK;
}

static rp_code check_leaf(struct audit *a, const struct seen *s, struct rp_error *err)
{
	const uint64_t next = a->at.next;
	uint8_t node[TLOG_HASH];
	rp_code rc;

	if (s->leaf > next)
		return rp_fail(err, RP_E_STORE, "leaf %" PRIu64 " is missing: its entry was taken out", next);
	rc = log_node(a->tx, 0, next, node, err);
	if (rc != RP_OK)
		return rc;
	if (!hash_equal(node, s->hash, TLOG_HASH))
		return blame(a, s, err);
	rc = tlog_append(next, s->hash, edge_read, edge_write, a, err);
	if (rc == RP_OK)
		rc = check_size(a, next + 1, err);
	if (rc == RP_OK && s->erased)
		rc = list_add(&a->erased, &a->at.n_erased, next, err);
	a->at.next++;
	return rc;
}

static rp_code read_batch(struct audit *a, uint64_t from, struct rp_error *err)
{
	a->n_batch = 0;
	a->row = (struct row_entry){.leaf = (int64_t)from};
	return store_each(a->tx, ST_ENTRY_RANGE, &a->row, take_sealed, a, err);
}

/*
 * Up to a thousand leaves below the head. The last row of a full batch is left to the next one, which
 * reads its twin too, if it has one.
 */
static rp_code walk(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct audit *a = arg;
	size_t n;
	rp_code rc;

	a->tx = tx;
	a->at = a->done;
	rc = read_batch(a, a->at.next, err);
	n = a->n_batch < BATCH ? a->n_batch : BATCH - 1;
	for (size_t k = 0; k < n && rc == RP_OK && a->at.next < (uint64_t)a->head.size; k++) {
		const struct seen *s = &a->batch[k];

		if (k + 1 < a->n_batch && s[1].leaf == s->leaf)
			return rp_fail(err, RP_E_STORE, "leaf %" PRIu64 " stands twice (receipts %s and %s)",
				       s->leaf, s->receipt, s[1].receipt);
		rc = check_leaf(a, s, err);
	}
	if (rc == RP_OK && a->n_batch == 0)
		return rp_fail(err, RP_E_STORE,
			       "the log was cut: the tree has %" PRId64
			       " leaves, and the entries end after %" PRIu64,
			       a->head.size, a->at.next);
	return rc;
}

/* --- what lies beyond the head that was read --- */

static rp_code take_waiting(void *arg, const void *row, struct rp_error *err)
{
	struct audit *a = arg;

	a->waiting++;
	return check_row(a, row, "an entry that waits for its seal", err);
}

/* Erasures are looked for here too: they may have been ordered a moment ago. */
static rp_code tail(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct audit *a = arg;
	uint64_t from = (uint64_t)a->head.size;
	rp_code rc;

	a->tx = tx;
	a->at = a->done;
	a->waiting = 0;
	/* in this order, because entries move from the waiting ones to the sealed ones */
	rc = store_each(tx, ST_ENTRY_UNSEALED, &a->row, take_waiting, a, err);
	do {
		if (rc == RP_OK)
			rc = read_batch(a, from, err);
		if (rc == RP_OK && a->n_batch > 0)
			from = a->batch[a->n_batch - 1].leaf + 1;
	} while (rc == RP_OK && a->n_batch == BATCH);
	if (rc == RP_OK)
		rc = log_head(tx, &a->newer, err);
	if (rc == RP_OK && from > (uint64_t)a->newer.size)
		return rp_fail(err, RP_E_STORE,
			       "leaf %" PRIu64 " has a number, but the tree has only %" PRId64 " leaves",
			       from - 1, a->newer.size);
	return rc;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static rp_code check_erased(struct audit *a, struct rp_error *err)
{
	const size_t n = a->done.n_orders;

	if (n > 0)
		qsort(a->orders.p, n, sizeof *a->orders.p, by_number);
	for (size_t k = 0; k < a->done.n_erased; k++)
		if (n == 0 ||
		    bsearch(&a->erased.p[k], a->orders.p, n, sizeof *a->orders.p, by_number) == NULL)
			return rp_fail(err, RP_E_STORE,
				       "leaf %" PRIu64 " was erased, and no entry says on whose order",
				       a->erased.p[k]);
	return RP_OK;
}

/* --- all of it --- */

static rp_code read_head(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct audit *a = arg;

	return log_head(tx, &a->head, err);
}

static rp_code take_exported(struct audit *a, const char *exported, struct rp_error *err)
{
	bool good;
	rp_code rc;

	if (exported == NULL)
		return RP_OK;
	rc = log_note_read(a->i, exported, &a->exported, &good, err);
	if (rc != RP_OK)
		return rc;
	if (!good)
		return rp_fail(err, RP_E_USAGE, "this is not a checkpoint that this issuer signed");
	return RP_OK;
}

static rp_code check_end(struct audit *a, struct rp_error *err)
{
	uint8_t root[TLOG_HASH];
	rp_code rc = tlog_root((uint64_t)a->head.size, edge_read, a, root, err);

	if (rc != RP_OK)
		return rc;
	if (!hash_equal(root, a->head.root, TLOG_HASH))
		return rp_fail(err, RP_E_STORE,
			       "the log's head was changed: its root is not that of its leaves");
	return check_erased(a, err);
}

static rp_code audit(struct audit *a, struct rp_error *err)
{
	const struct store_opts opts = {.read_only = true};
	rp_code rc = issuer_work(a->i, &opts, read_head, a, err);

	if (rc == RP_OK)
		rc = log_head_check(a->i, &a->head, "head", err);
	if (rc == RP_OK && a->exported.size > (uint64_t)a->head.size)
		return rp_fail(err, RP_E_STORE,
			       "the log was cut: it has %" PRId64 " leaves, the exported checkpoint %" PRIu64,
			       a->head.size, a->exported.size);
	while (rc == RP_OK && a->done.next < (uint64_t)a->head.size) {
		rc = issuer_work(a->i, &opts, walk, a, err);
		a->done = a->at;
	}
	if (rc == RP_OK)
		rc = issuer_work(a->i, &opts, tail, a, err);
	a->done = a->at;
	return rc == RP_OK ? check_end(a, err) : rc;
}

rp_code log_audit(issuer *i, const char *exported, struct log_audited *ret, struct rp_error *err)
{
	RP_AUTO(audit_freep) struct audit *a = calloc(1, sizeof *a);
	rp_code rc;

	if (a == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an audit");
	a->i = i;
	rc = take_exported(a, exported, err);
	if (rc == RP_OK)
		rc = audit(a, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "auditing the log");
	*ret = (struct log_audited){a->done.next, a->done.n_erased, a->waiting};
	return RP_OK;
}

rp_code issuer_audit(issuer *i, const char *exported, uint64_t *ret_size, struct rp_error *err)
{
	struct log_audited all;
	rp_code rc = log_audit(i, exported, &all, err);

	if (rc == RP_OK)
		*ret_size = all.size;
	return rc;
}
