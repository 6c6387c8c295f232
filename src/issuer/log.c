/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "issuer/log_tree.h"

/* With LOG_ACT_KEYS the acts that the audit leans on: they are never erased. */
#define ACT_ERASE "erase"

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static void text_freep(char **s)
{
	free(*s);
}

/* Adds a member unless there is nothing to say; false when it cannot be a JSON text. */
static bool say(json_t *line, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return true;
	return json_object_set_new(line, name, json_string(value)) == 0;
}

static bool say_all(json_t *line, const struct log_act *a, const char *receipt, int64_t now_ms)
{
	char card[2 * CARD_ID_LEN + 1] = "";

	if (a->card_id != NULL && !hex_of(a->card_id, CARD_ID_LEN, card, sizeof card))
		return false;
	return json_object_set_new(line, "time", json_integer(now_ms)) == 0 && say(line, "act", a->act) &&
	       say(line, "receipt", receipt) && say(line, "card", card) && say(line, "case", a->case_id) &&
	       say(line, "slot", a->slot == RP_SLOT_NONE ? NULL : rp_slot_word(a->slot)) &&
	       say(line, "door", a->door) && say(line, "terminal", a->terminal) &&
	       say(line, "operator", a->operator_name) && say(line, "outcome", a->outcome) &&
	       say(line, "reason", a->reason);
}

/* Puts the line, with its members in the order of their names, into the log. */
static rp_code put(struct store_tx *tx, const json_t *line, struct row_entry *row, struct rp_error *err)
{
	RP_AUTO(text_freep) char *text = json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS);
	size_t len;

	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an entry of the log");
	len = strlen(text);
	if (len >= sizeof row->body)
		return rp_fail(err, RP_E_FAULT, "an entry of the log would have %zu bytes, more than %zu",
			       len, sizeof row->body - 1);
	memcpy(row->body, text, len + 1); /* checked: above */
	rp_random(row->salt, sizeof row->salt);
	const struct hash_part parts[] = {{row->salt, sizeof row->salt}, {row->body, len}};
	hash_sha256(parts, 2, row->digest);
	row->leaf = -1;
	return store_run(tx, ST_ENTRY_INSERT, row, NULL, err);
}

/* log_entry with one member more, which it takes over; NULL: none. */
static rp_code put_act(struct store_tx *tx, const struct log_act *act, const char *name, json_t *more,
		       char ret_receipt[ROW_ID], struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *line = json_object();
	struct row_entry row = {.made_ms = store_now(tx)};
	bool good = name == NULL || json_object_set_new(line, name, more) == 0;
	rp_code rc;

	if (act->act == NULL || act->act[0] == '\0')
		return rp_fail(err, RP_E_FAULT, "an entry of the log without an act");
	code32_new(LOG_RECEIPT_CHARS, row.receipt);
	if (act->card_id != NULL)
		memcpy(row.card_id, act->card_id, CARD_ID_LEN);
	if (!good || !say_all(line, act, row.receipt, row.made_ms))
		return rp_fail(err, RP_E_FAULT, "an entry of the log (%s) cannot be written as JSON",
			       act->act);
	rc = put(tx, line, &row, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "writing the log's entry of %s", act->act);
	memcpy(ret_receipt, row.receipt, sizeof row.receipt);
	return RP_OK;
}

rp_code log_entry(struct store_tx *tx, const struct log_act *act, char ret_receipt[ROW_ID],
		  struct rp_error *err)
{
	return put_act(tx, act, NULL, NULL, ret_receipt, err);
}

/* --- erasing --- */

/* True when this entry may be erased at all. */
static bool may_go(const struct row_entry *e)
{
	RP_AUTO(json_freep) json_t *line = json_loads(e->body, JSON_REJECT_DUPLICATES, NULL);
	const char *act = json_string_value(json_object_get(line, "act"));

	return act != NULL && strcmp(act, LOG_ACT_KEYS) != 0 && strcmp(act, ACT_ERASE) != 0;
}

rp_code log_erase(struct store_tx *tx, const char *receipt, const char *by, const char *reason,
		  char ret_receipt[ROW_ID], struct rp_error *err)
{
	const struct log_act act = {.act = ACT_ERASE, .operator_name = by, .reason = reason};
	struct row_entry e = {.leaf = -1};
	bool found = false;
	rp_code rc;

	if (!code32_read(receipt, LOG_RECEIPT_CHARS, e.receipt))
		return rp_fail(err, RP_E_CONFLICT, "this is not a receipt's number");
	rc = store_get(tx, ST_ENTRY_BY_RECEIPT, &e, &found, err);
	if (rc != RP_OK)
		return rc;
	if (!found)
		return rp_fail(err, RP_E_CONFLICT, "the log has no entry of receipt %s", e.receipt);
	if (e.leaf < 0)
		return rp_fail(err, RP_E_CONFLICT, "entry %s is not sealed yet; wait a second", e.receipt);
	if (log_is_erased(&e))
		return rp_fail(err, RP_E_CONFLICT, "entry %s is erased already", e.receipt);
	if (!may_go(&e))
		return rp_fail(err, RP_E_NOT_OFFERED, "entry %s stays: the log leans on it", e.receipt);
	rc = store_run(tx, ST_ENTRY_ERASE, &e, NULL, err);
	if (rc != RP_OK)
		return rc;
	return put_act(tx, &act, "erased", json_integer(e.leaf), ret_receipt, err);
}

/* --- leaf 0 --- */

static rp_code begin(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct log_act act = {.act = LOG_ACT_KEYS, .operator_name = "console"};
	struct row_entry open = {.leaf = -1};
	struct row_head head;
	char receipt[ROW_ID];
	bool some = false;
	rp_code rc = log_head(tx, &head, err);

	if (rc == RP_OK)
		rc = store_get(tx, ST_ENTRY_OLDEST_OPEN, &open, &some, err);
	if (rc != RP_OK)
		return rc;
	if (head.size != 0 || some)
		return rp_fail(err, RP_E_CONFLICT, "the log has begun already");
	return put_act(tx, &act, "checks", json_loads(arg, JSON_REJECT_DUPLICATES, NULL), receipt, err);
}

rp_code log_begin(issuer *i, struct rp_error *err)
{
	const struct store_opts opts = {.read_only = false};
	char checks[1024];
	uint64_t sealed = 0;
	rp_code rc = keys_check_values(i->keys, checks, sizeof checks, err);

	if (rc == RP_OK)
		rc = issuer_work(i, &opts, begin, checks, err);
	if (rc == RP_OK)
		rc = issuer_seal(i, &sealed, err);
	return rc == RP_OK ? RP_OK : rp_context(err, rc, "beginning the log");
}

/* Leaf 0, if it is what was sealed. */
static rp_code first_leaf(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_entry *e = arg;
	uint8_t leaf[TLOG_HASH], node[TLOG_HASH];
	bool found = false;
	rp_code rc;

	*e = (struct row_entry){.leaf = 0};
	rc = store_get(tx, ST_ENTRY_BY_LEAF, e, &found, err);
	if (rc != RP_OK)
		return rc;
	if (!found)
		return rp_fail(err, RP_E_STORE, "the log has no leaf 0; run `repind init`");
	rc = log_node(tx, 0, 0, node, err);
	if (rc != RP_OK)
		return rc;
	tlog_leaf_of(e->digest, leaf);
	if (!log_digest_good(e) || !hash_equal(leaf, node, sizeof leaf))
		return rp_fail(err, RP_E_STORE, "leaf 0 of the log was changed");
	return RP_OK;
}

rp_code log_check_keys(issuer *i, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *line = NULL;
	RP_AUTO(json_freep) json_t *now = NULL;
	const struct store_opts opts = {.read_only = true};
	struct row_entry e;
	char checks[1024];
	const char *name;
	json_t *told, *value;
	rp_code rc = issuer_work(i, &opts, first_leaf, &e, err);

	if (rc == RP_OK)
		rc = keys_check_values(i->keys, checks, sizeof checks, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "comparing the token with the log's leaf 0");
	line = json_loads(e.body, JSON_REJECT_DUPLICATES, NULL);
	told = json_object_get(line, "checks");
	if (json_object_size(told) == 0)
		return rp_fail(err, RP_E_STORE, "leaf 0 of the log holds no check values of keys");
	now = json_loads(checks, JSON_REJECT_DUPLICATES, NULL);
	json_object_foreach(
		told, name,
		value) if (!json_equal(value,
				       json_object_get(
					       now, name))) return rp_fail(err, RP_E_TOKEN,
									   "this is not the token that the "
									   "log began with: its key %s is %s",
									   name,
									   json_object_get(now, name) == NULL
										   ? "missing"
										   : "another one");
	return RP_OK;
}
