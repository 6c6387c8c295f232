/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

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

/* Puts the line, with its members in the order of their names, into a row that is otherwise ready to go. */
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

rp_code log_entry(struct store_tx *tx, const struct log_act *act, char ret_receipt[ROW_ID],
		  struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *line = json_object();
	struct row_entry row = {.made_ms = store_now(tx)};
	rp_code rc;

	if (act->act == NULL || act->act[0] == '\0')
		return rp_fail(err, RP_E_FAULT, "an entry of the log without an act");
	code32_new(LOG_RECEIPT_CHARS, row.receipt);
	if (act->card_id != NULL)
		memcpy(row.card_id, act->card_id, CARD_ID_LEN);
	if (line == NULL || !say_all(line, act, row.receipt, row.made_ms))
		return rp_fail(err, RP_E_FAULT, "an entry of the log (%s) cannot be written as JSON",
			       act->act);
	rc = put(tx, line, &row, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "writing the log's entry of %s", act->act);
	memcpy(ret_receipt, row.receipt, sizeof row.receipt);
	return RP_OK;
}
