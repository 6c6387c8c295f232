/* SPDX-License-Identifier: Apache-2.0 */
/* What the log shows to others: checkpoints, receipts, proofs. Hashes are in base64, as in checkpoints. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/log_tree.h"
#include "issuer/revoke_table.h"

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static json_t *hash_text(const uint8_t hash[TLOG_HASH])
{
	char text[48];

	return base64_of(hash, TLOG_HASH, text, sizeof text) ? json_string(text) : NULL;
}

static json_t *proof_array(const struct tlog_proof *p)
{
	json_t *all = json_array();

	for (size_t k = 0; k < p->n; k++)
		if (json_array_append_new(all, hash_text(p->hash[k])) != 0) {
			json_decref(all);
			return NULL;
		}
	return all;
}

/* Dumps what is whole; one member that could not be made is no memory. */
static rp_code answer(const json_t *line, size_t members, char **ret_json, struct rp_error *err)
{
	char *text = json_object_size(line) == members ? json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS)
						       : NULL;

	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the log's answer");
	*ret_json = text;
	return RP_OK;
}

/* --- the checkpoint --- */

static rp_code read_head(struct store_tx *tx, void *arg, struct rp_error *err)
{
	return log_head(tx, arg, err);
}

rp_code issuer_checkpoint(issuer *i, char *ret, size_t cap, struct rp_error *err)
{
	const struct store_opts opts = {.read_only = true};
	struct row_head head;
	size_t len;
	rp_code rc = issuer_work(i, &opts, read_head, &head, err);

	if (rc != RP_OK)
		return rp_context(err, rc, "reading the log's checkpoint");
	len = strlen(head.note);
	if (len == 0)
		return rp_refuse(err, RP_PROBLEM_NOT_READY, "nothing in the log is sealed yet");
	if (len >= cap)
		return rp_fail(err, RP_E_FAULT, "no room for a checkpoint of %zu bytes", len);
	memcpy(ret, head.note, len + 1); /* checked: above */
	return RP_OK;
}

/* --- receipts --- */

struct receipt {
	struct row_entry entry;
	struct row_head head;
	struct tlog_proof proof;
	bool found, sealed;
	enum revoke_state revocation; /* REVOKE_STATES_N: it is of something else */
};

static void receipt_freep(struct receipt **r)
{
	free(*r);
}

/*
 * The state of the certificates together: as far as the one that is least far. One that the CA refused comes
 * before all, for people have to look at it.
 */
static rp_code keep_state(void *arg, const void *row, struct rp_error *err)
{
	static const enum revoke_state order[] = {REVOKE_REFUSED,  REVOKE_WITHDRAWN, REVOKE_ASKED,
						  REVOKE_APPROVED, REVOKE_SENT,	     REVOKE_CONFIRMED};
	struct receipt *r = arg;
	const enum revoke_state s = revoke_state_from_word(((const struct row_revocation *)row)->state);

	(void)err;
	for (size_t k = 0; k < sizeof order / sizeof order[0] && order[k] != r->revocation; k++)
		if (order[k] == s)
			r->revocation = s;
	return RP_OK;
}

static rp_code read_revocation(struct store_tx *tx, struct receipt *r, struct rp_error *err)
{
	struct row_revocation row = {0};

	r->revocation = REVOKE_STATES_N;
	memcpy(row.receipt, r->entry.receipt, sizeof row.receipt);
	return store_each(tx, ST_REVOCATION_BY_RECEIPT, &row, keep_state, r, err);
}

static rp_code read_receipt(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct receipt *r = arg;
	/* the head first: what it says is sealed stays so */
	rp_code rc = log_head(tx, &r->head, err);

	if (rc == RP_OK)
		rc = store_get(tx, ST_ENTRY_BY_RECEIPT, &r->entry, &r->found, err);
	if (rc == RP_OK && r->found)
		rc = read_revocation(tx, r, err);
	if (rc != RP_OK || !r->found)
		return rc;
	r->sealed = r->entry.leaf >= 0 && r->entry.leaf < r->head.size;
	if (!r->sealed)
		return RP_OK;
	return tlog_inclusion((uint64_t)r->entry.leaf, (uint64_t)r->head.size, log_node, tx, &r->proof, err);
}

static rp_code say_receipt(const struct receipt *r, char **ret_json, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *line = json_object();
	const bool erased = log_is_erased(&r->entry);
	const char *state = !r->sealed ? "waiting" : erased ? "erased" : "sealed";
	const bool follows = r->revocation != REVOKE_STATES_N;

	(void)json_object_set_new(line, "receipt", json_string(r->entry.receipt));
	(void)json_object_set_new(line, "state", json_string(state));
	if (follows)
		(void)json_object_set_new(line, "revocation", json_string(revoke_state_word(r->revocation)));
	/* before it has its seal nothing of it is certain */
	if (!r->sealed)
		return answer(line, 2 + follows, ret_json, err);
	(void)json_object_set_new(line, "leaf", json_integer(r->entry.leaf));
	(void)json_object_set_new(line, "size", json_integer(r->head.size));
	(void)json_object_set_new(line, "proof", proof_array(&r->proof));
	(void)json_object_set_new(line, "checkpoint", json_string(r->head.note));
	if (erased) {
		(void)json_object_set_new(line, "digest", hash_text(r->entry.digest));
		return answer(line, 7 + follows, ret_json, err);
	}
	(void)json_object_set_new(line, "entry", json_string(r->entry.body));
	(void)json_object_set_new(line, "salt", hash_text(r->entry.salt));
	return answer(line, 8 + follows, ret_json, err);
}

rp_code issuer_receipt(issuer *i, const char *receipt, char **ret_json, struct rp_error *err)
{
	const struct store_opts opts = {.read_only = true};
	RP_AUTO(receipt_freep) struct receipt *r = calloc(1, sizeof *r);
	rp_code rc;

	if (r == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a receipt");
	if (!code32_read(receipt, LOG_RECEIPT_CHARS, r->entry.receipt))
		return rp_refuse(err, RP_PROBLEM_NOT_FOUND, "this is not a receipt's number");
	rc = issuer_work(i, &opts, read_receipt, r, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "reading a receipt");
	if (!r->found)
		return rp_refuse(err, RP_PROBLEM_NOT_FOUND, "the log has no such receipt");
	return say_receipt(r, ret_json, err);
}

/* --- consistency --- */

struct between {
	uint64_t from, to;
	struct tlog_proof proof;
};

static rp_code read_between(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct between *b = arg;
	struct row_head head;
	rp_code rc = log_head(tx, &head, err);

	if (rc != RP_OK)
		return rc;
	if (b->to > (uint64_t)head.size)
		return rp_refuse(err, RP_PROBLEM_NOT_FOUND, "the log has %" PRId64 " leaves", head.size);
	return tlog_consistency(b->from, b->to, log_node, tx, &b->proof, err);
}

rp_code issuer_consistency(issuer *i, uint64_t from, uint64_t to, char **ret_json, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *line = NULL;
	const struct store_opts opts = {.read_only = true};
	struct between b = {.from = from, .to = to};
	rp_code rc;

	if (from == 0 || from > to)
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "sizes from 1 on, the smaller one first");
	rc = issuer_work(i, &opts, read_between, &b, err);
	if (rc != RP_OK)
		return rc;
	line = json_object();
	(void)json_object_set_new(line, "from", json_integer((json_int_t)from));
	(void)json_object_set_new(line, "to", json_integer((json_int_t)to));
	(void)json_object_set_new(line, "proof", proof_array(&b.proof));
	return answer(line, 3, ret_json, err);
}
