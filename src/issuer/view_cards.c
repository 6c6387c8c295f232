/* SPDX-License-Identifier: Apache-2.0 */
/* A card on the console, found by its whole number: who has a part of one finds nobody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/view_in.h"

#define CARDS_MAX 8 /* families that can share a number */
#define MAY_LOOK (ROLE_CLERK | ROLE_APPROVER | ROLE_HELP_DESK | ROLE_ADMIN)

struct looking {
	const struct issuer_peer *who;
	const char *profile, *number;
	json_t *rows;
	struct viewer viewer;
	struct row_card *cards; /* CARDS_MAX */
	size_t n_cards;
};

static rp_code note_card(void *arg, const void *row, struct rp_error *err)
{
	const struct row_card *c = row;
	struct looking *j = arg;

	(void)err;
	if ((j->profile[0] == '\0' || strcmp(c->profile, j->profile) == 0) && j->n_cards < CARDS_MAX)
		j->cards[j->n_cards++] = *c;
	return RP_OK;
}

/* --- PINs: what was reset, what has a certificate --- */

static json_t *slot_row(json_t *rows, int64_t slot)
{
	const char *word = rp_slot_word((rp_slot)slot);
	json_t *row;
	size_t k;

	json_array_foreach(rows, k, row) if (strcmp(json_string_value(json_object_get(row, "slot")), word) ==
					     0) return row;
	row = json_pack("{s:s}", "slot", word);
	return json_array_append_new(rows, row) == 0 ? row : NULL;
}

static rp_code keep_slot(void *arg, const void *row, struct rp_error *err)
{
	const struct row_card_slot *s = row;
	json_t *to = slot_row(arg, s->slot);

	if (to == NULL || json_object_set_new(to, "resets", json_integer(s->resets)) != 0 ||
	    json_object_set_new(to, "halted", json_string(s->halted)) != 0)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a card");
	return RP_OK;
}

static rp_code keep_key(void *arg, const void *row, struct rp_error *err)
{
	const struct row_card_key *k = row;
	json_t *to = slot_row(arg, k->slot);

	if (to == NULL ||
	    json_object_set_new(to, "certificate_from_ms", json_integer(k->not_before_ms)) != 0 ||
	    json_object_set_new(to, "certificate_to_ms", json_integer(k->not_after_ms)) != 0)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a card");
	return RP_OK;
}

static rp_code read_slots(struct store_tx *tx, const struct row_card *card, json_t *rows,
			  struct rp_error *err)
{
	struct row_card_slot slot = {0};
	struct row_card_key key = {0};
	rp_code rc;

	memcpy(slot.card_id, card->card_id, sizeof slot.card_id);
	memcpy(key.card_id, card->card_id, sizeof key.card_id);
	rc = store_each(tx, ST_SLOT_OF, &slot, keep_slot, rows, err);
	return rc == RP_OK ? store_each(tx, ST_KEY_OF, &key, keep_key, rows, err) : rc;
}

/* --- its code, cases and revocations --- */

static rp_code read_code(struct store_tx *tx, const struct row_card *card, json_t *code, struct rp_error *err)
{
	struct row_user_code row = {0};
	bool found = false;
	rp_code rc;

	memcpy(row.card_id, card->card_id, sizeof row.card_id);
	rc = store_get(tx, ST_USER_CODE_GET, &row, &found, err);
	if (rc != RP_OK)
		return rc;
	if (json_object_set_new(code, "state", json_string(found ? row.state : "none")) != 0)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a card");
	if (!found)
		return RP_OK;
	(void)json_object_set_new(code, "tries_left", json_integer(row.tries_left));
	(void)json_object_set_new(code, "set_ms", json_integer(row.set_ms));
	return RP_OK;
}

struct keeping {
	const struct viewer *viewer;
	json_t *rows;
};

static rp_code keep_case(void *arg, const void *row, struct rp_error *err)
{
	const struct row_case_page *c = row;
	struct keeping *k = arg;

	if (json_array_size(k->rows) >= VIEW_ROWS || !viewer_sees_office(k->viewer, c->office))
		return RP_OK;
	return view_keep(k->rows, view_case_row(k->viewer, c), err);
}

static rp_code keep_revocation(void *arg, const void *row, struct rp_error *err)
{
	const struct row_revocation *r = row;

	return view_keep(arg,
			 json_pack("{s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:I,s:I,s:s}", "id", r->id, "slot",
				   rp_slot_word((rp_slot)r->slot), "reason", r->reason, "state", r->state,
				   "tries", (json_int_t)r->tries, "by", r->asked_by, "approved_by",
				   r->approved_by, "asked_ms", (json_int_t)r->asked_ms, "changed_ms",
				   (json_int_t)r->changed_ms, "receipt", r->receipt),
			 err);
}

static rp_code read_acts(struct store_tx *tx, const struct looking *j, const struct row_card *card,
			 json_t *cases, json_t *revocations, struct rp_error *err)
{
	struct row_case_page c = {.opened_ms = INT64_MAX};
	struct keeping k = {&j->viewer, cases};
	struct row_revocation r = {0};
	rp_code rc;

	memcpy(c.card_id, card->card_id, sizeof c.card_id);
	memcpy(r.card_id, card->card_id, sizeof r.card_id);
	rc = store_each(tx, ST_CASE_PAGE_CARD, &c, keep_case, &k, err);
	return rc == RP_OK ? store_each(tx, ST_REVOCATION_OF_CARD, &r, keep_revocation, revocations, err)
			   : rc;
}

static bool is_replaced(const struct row_card *c)
{
	static const uint8_t none[CARD_ID_LEN];

	return memcmp(c->replaced_by, none, sizeof none) != 0;
}

static rp_code keep_card(struct store_tx *tx, const struct looking *j, const struct row_card *c,
			 struct rp_error *err)
{
	json_t *slots = json_array(), *cases = json_array(), *revocations = json_array(),
	       *code = json_object();
	json_t *row = json_pack("{s:s,s:s,s:s,s:s,s:b,s:I,s:o,s:o,s:o,s:o}", "profile", c->profile, "number",
				c->number, "status", c->status, "municipality", c->municipality, "replaced",
				is_replaced(c), "enrolled_ms", (json_int_t)c->enrolled_ms, "user_code", code,
				"slots", slots, "cases", cases, "revocations", revocations);
	rp_code rc = view_keep(j->rows, row, err);

	if (rc == RP_OK)
		rc = read_slots(tx, c, slots, err);
	if (rc == RP_OK)
		rc = read_code(tx, c, code, err);
	return rc == RP_OK ? read_acts(tx, j, c, cases, revocations, err) : rc;
}

static rp_code look_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct looking *j = arg;
	struct row_card find = {0};
	rp_code rc = viewer_load(tx, j->who, MAY_LOOK, &j->viewer, err);

	(void)json_array_clear(j->rows);
	j->n_cards = 0;
	if (rc == RP_OK)
		rc = text_put(find.number, sizeof find.number, j->number, err);
	if (rc == RP_OK)
		rc = store_each(tx, ST_CARD_BY_NUMBER, &find, note_card, j, err);
	for (size_t k = 0; rc == RP_OK && k < j->n_cards; k++) {
		rc = by_not_own(tx, j->viewer.op.name, j->cards[k].card_id, err);
		if (rc == RP_OK)
			rc = keep_card(tx, j, &j->cards[k], err);
	}
	return rc;
}

rp_code view_cards(issuer *i, const struct issuer_peer *who, const char *profile, const char *number,
		   char **ret_json, struct rp_error *err)
{
	RP_AUTO(view_freep) json_t *rows = json_array();
	RP_AUTO(view_freep) json_t *all = NULL;
	struct looking j = {.who = who, .profile = profile, .number = number, .rows = rows};
	const struct store_opts o = {.read_only = true};
	j.cards = calloc(CARDS_MAX, sizeof *j.cards);
	rp_code rc = rows != NULL && j.cards != NULL ? issuer_work(i, &o, look_work, &j, err)
						     : rp_fail(err, RP_E_NO_MEMORY, "no memory for a card");

	free(j.cards);
	if (rc != RP_OK)
		return rc;
	all = json_pack("{s:O}", "rows", rows);
	return view_text(all, ret_json, err);
}
