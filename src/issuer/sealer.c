/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seal. Leaf numbers are given in the order in which this reads committed entries, never by their ids:
 * those are given before the commit, and commits come in any order. Whoever moves the head from the size that
 * was read has won; the row lock of that move keeps another sealer waiting, who then finds another size.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/log_tree.h"

#define ROUND_MAX 1000				/* entries; ENTRY_UNSEALED gives no more */
#define NODES_MAX (2 * ROUND_MAX + TLOG_LEVELS) /* that so many leaves can complete */

struct open_entry {
	int64_t id;
	uint8_t digest[TLOG_HASH];
};

struct round {
	issuer *i;
	struct store_tx *tx;
	struct row_head head; /* as it was found */
	struct row_head next; /* as it is to be */
	struct row_entry row; /* what goes to the store */
	bool lost;	      /* another sealer moved it */
	size_t n_open, n_nodes;
	/* The last two nodes on each level that this round has made: all that appending asks for again. */
	const struct row_node *edge[TLOG_LEVELS + 1][2];
	struct open_entry open[ROUND_MAX];
	struct row_node nodes[NODES_MAX];
};

static void round_freep(struct round **r)
{
	free(*r);
}

static rp_code take_open(void *arg, const void *row, struct rp_error *err)
{
	struct round *r = arg;
	const struct row_entry *e = row;

	/* the first leaf of all is that of log_begin, or there is none */
	if (r->head.size == 0 && r->n_open == 0 && strncmp(e->body, LOG_BEGINS, strlen(LOG_BEGINS)) != 0)
		return rp_fail(err, RP_E_STORE,
			       "the log has not begun: its leaf 0 is missing; run `repind init`");
	if (r->n_open == ROUND_MAX)
		return rp_fail(err, RP_E_FAULT, "more entries in a round than were asked for");
	r->open[r->n_open].id = e->id;
	memcpy(r->open[r->n_open].digest, e->digest, TLOG_HASH);
	r->n_open++;
	return RP_OK;
}

static rp_code read_node(void *arg, unsigned level, uint64_t index, uint8_t ret[TLOG_HASH],
			 struct rp_error *err)
{
	struct round *r = arg;
	const struct row_node *made = r->edge[level][index % 2];

	if (made == NULL || made->idx != (int64_t)index)
		return log_node(r->tx, level, index, ret, err);
	memcpy(ret, made->hash, TLOG_HASH);
	return RP_OK;
}

static rp_code write_node(void *arg, unsigned level, uint64_t index, const uint8_t hash[TLOG_HASH],
			  struct rp_error *err)
{
	struct round *r = arg;
	struct row_node *node = &r->nodes[r->n_nodes];

	if (r->n_nodes == NODES_MAX)
		return rp_fail(err, RP_E_FAULT, "a round of the seal makes too many nodes");
	*node = (struct row_node){.level = level, .idx = (int64_t)index};
	memcpy(node->hash, hash, TLOG_HASH);
	r->edge[level][index % 2] = node;
	r->n_nodes++;
	return RP_OK;
}

static rp_code sign(void *arg, const void *text, size_t len, uint8_t ret[64], struct rp_error *err)
{
	issuer *i = arg;

	return keys_seal(i->keys, keys_version(i->keys, KEYS_SEAL), text, len, ret, err);
}

/* A head that somebody else made is not built upon: our signature would make it good. */
static rp_code check_ground(struct round *r, struct rp_error *err)
{
	uint8_t root[TLOG_HASH];
	rp_code rc = log_head_check(r->i, &r->head, "head", err);

	if (rc == RP_OK)
		rc = tlog_root((uint64_t)r->head.size, log_node, r->tx, root, err);
	if (rc != RP_OK)
		return rc;
	if (r->head.size > 0 && !hash_equal(root, r->head.root, TLOG_HASH))
		return rp_fail(err, RP_E_STORE, "the log's nodes were changed: their root is not the head's");
	return RP_OK;
}

/* Appends what is open, in memory, and signs the head that results. */
static rp_code build(struct round *r, struct rp_error *err)
{
	struct tlog_checkpoint c = {.size = (uint64_t)r->head.size + r->n_open};
	const unsigned version = keys_version(r->i->keys, KEYS_SEAL);
	uint8_t leaf[TLOG_HASH], key[32];
	rp_code rc;

	for (size_t k = 0; k < r->n_open; k++) {
		tlog_leaf_of(r->open[k].digest, leaf);
		rc = tlog_append((uint64_t)r->head.size + k, leaf, read_node, write_node, r, err);
		if (rc != RP_OK)
			return rc;
	}
	rc = text_put(c.origin, sizeof c.origin, r->i->log_origin, err);
	if (rc == RP_OK)
		rc = tlog_root(c.size, read_node, r, c.root, err);
	if (rc == RP_OK)
		rc = keys_seal_public(r->i->keys, version, key, err);
	if (rc == RP_OK)
		rc = tlog_note(&c, key, sign, r->i, r->next.note, sizeof r->next.note, err);
	r->next.size = (int64_t)c.size;
	memcpy(r->next.root, c.root, TLOG_HASH);
	return rc;
}

/* From size to size: no row changed means that another sealer was here since the head was read. */
static rp_code move_head(struct round *r, struct rp_error *err)
{
	size_t n = 0;
	rp_code rc;

	r->next.old_size = r->head.size;
	r->next.at_ms = store_now(r->tx);
	rc = store_run(r->tx, ST_HEAD_MOVE, &r->next, &n, err);
	if (rc != RP_OK)
		return rc;
	r->lost = n == 0;
	return r->lost ? rp_fail(err, RP_E_CONFLICT, "another sealer was first") : RP_OK;
}

static rp_code write_round(struct round *r, struct rp_error *err)
{
	rp_code rc = RP_OK;

	for (size_t k = 0; k < r->n_open && rc == RP_OK; k++) {
		r->row = (struct row_entry){.id = r->open[k].id, .leaf = r->head.size + (int64_t)k};
		rc = store_run(r->tx, ST_ENTRY_SEAL, &r->row, NULL, err);
	}
	for (size_t k = 0; k < r->n_nodes && rc == RP_OK; k++)
		rc = store_run(r->tx, ST_NODE_PUT, &r->nodes[k], NULL, err);
	if (rc == RP_OK)
		rc = store_run(r->tx, ST_CHECKPOINT_PUT, &r->next, NULL, err);
	return rc;
}

static rp_code seal(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct round *r = arg;
	rp_code rc;

	r->tx = tx;
	r->lost = false;
	r->n_open = 0;
	r->n_nodes = 0;
	memset(r->edge, 0, sizeof r->edge);
	/* The head first: what is sealed after this is missing among the open ones, and the move fails. */
	rc = log_head(tx, &r->head, err);
	if (rc == RP_OK)
		rc = store_each(tx, ST_ENTRY_UNSEALED, &r->row, take_open, r, err);
	if (rc != RP_OK || r->n_open == 0)
		return rc;
	rc = check_ground(r, err);
	if (rc == RP_OK)
		rc = build(r, err);
	if (rc == RP_OK)
		rc = move_head(r, err);
	if (rc == RP_OK)
		rc = write_round(r, err);
	return rc;
}

rp_code issuer_seal(issuer *i, uint64_t *ret_sealed, struct rp_error *err)
{
	RP_AUTO(round_freep) struct round *r = calloc(1, sizeof *r);
	const struct store_opts opts = {.read_only = false};
	rp_code rc;

	if (r == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for sealing the log");
	r->i = i;
	rc = issuer_work(i, &opts, seal, r, err);
	/* a winner has the head's row to itself: what is there already is damage, not another sealer */
	if (rc == RP_E_CONFLICT && !r->lost)
		rc = rp_fail(err, RP_E_STORE, "the log goes on beyond its head of size %" PRId64,
			     r->head.size);
	if (rc != RP_OK && !r->lost)
		return rp_context(err, rc, "sealing the log");
	*ret_sealed = r->lost ? 0 : r->n_open;
	return RP_OK;
}
