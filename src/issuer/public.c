/* SPDX-License-Identifier: Apache-2.0 */
/* The public page: what anybody may know of this issuer without showing a card. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "issuer/people.h"
#include "rules/hours.h"
#include "tlog/tlog.h"

static void json_freep(json_t **j)
{
	json_decref(*j);
}

/* Doors that this issuer's server serves; the others of the table need no issuer. */
static bool is_ours(enum doors_id door)
{
	return door == DOORS_KIOSK || door == DOORS_COUNTER || door == DOORS_USER_CODE ||
	       door == DOORS_USER_CODE_RESET || door == DOORS_HELP_DESK || door == DOORS_APP;
}

static json_t *doors_json(void)
{
	json_t *list = json_array();

	for (size_t k = 0; list != NULL && k < n_doors_rows; k++) {
		const struct doors_row *r = &doors_rows[k];

		if (!is_ours(r->door) || r->never != DOORS_WHY_NONE)
			continue;
		if (json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s}", "profile", r->profile, "slot",
							  rp_slot_word(r->slot), "door", doors_word(r->door),
							  "lives", doors_lives_word(r->lives))) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *offices_json(void)
{
	json_t *list = json_array();

	for (size_t k = 0; list != NULL && k < offices()->n; k++) {
		const struct office *o = &offices()->at[k];

		if (json_array_append_new(
			    list, json_pack("{s:s,s:s,s:s,s:s,s:s?,s:s?}", "id", o->id, "name", o->name_ja,
					    "name_en", o->name_en, "municipality", o->municipality,
					    "telephone", o->ask != NULL ? o->ask->telephone : NULL, "address",
					    o->ask != NULL ? o->ask->address_ja : NULL)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* --- kiosk groups --- */

static rp_code keep_group(void *arg, const void *row, struct rp_error *err)
{
	const struct row_group *g = row;
	json_t *one;

	if (g->listed == 0)
		return RP_OK;
	one = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "name", g->name, "class", g->klass, "slots", g->slots,
			"operator", g->operator_name, "places", g->places, "hours", g->hours);
	return json_array_append_new(arg, one) == 0
		       ? RP_OK
		       : rp_fail(err, RP_E_NO_MEMORY, "no memory for the public page");
}

static rp_code groups_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_group row = {0};

	(void)json_array_clear(arg);
	return store_each(tx, ST_GROUP_ALL, &row, keep_group, arg, err);
}

static rp_code log_key(issuer *i, char *ret, size_t cap, struct rp_error *err)
{
	uint8_t key[32];
	rp_code rc = keys_seal_public(i->keys, keys_version(i->keys, KEYS_SEAL), key, err);

	if (rc == RP_OK && !tlog_vkey(i->log_origin, key, ret, cap))
		rc = rp_fail(err, RP_E_FAULT, "the log's key does not fit its text");
	return rc;
}

static json_t *reserve_json(const issuer *i)
{
	json_t *list = json_array();

	if (list == NULL || (i->reserve_home && json_array_append_new(list, json_string("home")) != 0) ||
	    (i->reserve_app && json_array_append_new(list, json_string("app")) != 0) ||
	    (i->reserve_desk && json_array_append_new(list, json_string("desk")) != 0)) {
		json_decref(list);
		return NULL;
	}
	return list;
}

rp_code issuer_public(issuer *i, char **ret_json, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *groups = json_array();
	RP_AUTO(json_freep) json_t *page = NULL;
	const struct store_opts o = {.read_only = true};
	char vkey[512];
	char *text;
	rp_code rc = groups == NULL ? rp_fail(err, RP_E_NO_MEMORY, "no memory for the public page")
				    : issuer_work(i, &o, groups_work, groups, err);

	if (rc == RP_OK)
		rc = log_key(i, vkey, sizeof vkey, err);
	if (rc != RP_OK)
		return rc;
	page = json_pack("{s:s,s:o,s:O,s:o,s:o,s:s}", "issuer", i->name, "doors", doors_json(), "groups",
			 groups, "offices", offices_json(), "reserve_from", reserve_json(i), "log_key", vkey);
	text = page != NULL ? json_dumps(page, JSON_COMPACT) : NULL;
	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the public page");
	*ret_json = text;
	return RP_OK;
}
