/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators read on the console: people, things, and what waits. Each list names the roles that may
 * read it; no row leaves with a password, a key, or anything about a holder.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "issuer/lists.h"
#include "issuer/people.h"
#include "rules/documents.h"
#include "rules/hours.h"

struct reading {
	const struct issuer_peer *who;
	const char *name;
	json_t *rows;
};

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static rp_code keep(json_t *rows, json_t *row, struct rp_error *err)
{
	return json_array_append_new(rows, row) == 0 ? RP_OK
						     : rp_fail(err, RP_E_NO_MEMORY, "no memory for a list");
}

static rp_code keep_terminal(void *arg, const void *row, struct rp_error *err)
{
	const struct row_terminal *t = row;

	return keep(arg,
		    json_pack("{s:s,s:s,s:s,s:s,s:b,s:s,s:I}", "name", t->name, "class", t->klass, "group",
			      t->grp, "office", t->office, "locked", t->locked != 0, "reason", t->lock_reason,
			      "since_ms", (json_int_t)t->enrolled_ms),
		    err);
}

static rp_code keep_group(void *arg, const void *row, struct rp_error *err)
{
	const struct row_group *g = row;

	return keep(arg,
		    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "name", g->name, "class", g->klass, "slots",
			      g->slots, "operated_by", g->operator_name, "places", g->places, "hours",
			      g->hours, "listed", g->listed != 0),
		    err);
}

static json_t *person(const struct row_operator *o)
{
	return json_pack("{s:s,s:s,s:s}", "name", o->name, "roles", o->roles, "office", o->office);
}

static rp_code keep_operator(void *arg, const void *row, struct rp_error *err)
{
	const struct row_operator *o = row;
	json_t *j = person(o);

	if (j != NULL) {
		(void)json_object_set_new(j, "disabled", json_boolean(o->disabled != 0));
		(void)json_object_set_new(j, "locked", json_boolean(o->tries_left == 0));
		(void)json_object_set_new(j, "since_ms", json_integer(o->made_ms));
	}
	return keep(arg, j, err);
}

static rp_code keep_stop(void *arg, const void *row, struct rp_error *err)
{
	const struct row_stop *s = row;

	return keep(arg,
		    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "id", s->id, "door", s->door, "profile",
			      s->profile, "group", s->grp, "reason", s->reason, "by", s->made_by, "since_ms",
			      (json_int_t)s->made_ms),
		    err);
}

/* Not its arguments: they may hold a card's number. */
static rp_code keep_approval(void *arg, const void *row, struct rp_error *err)
{
	const struct row_approval *a = row;

	return keep(arg,
		    json_pack("{s:s,s:s,s:s,s:I,s:I}", "id", a->id, "act", a->act, "by", a->asked_by,
			      "since_ms", (json_int_t)a->made_ms, "until_ms", (json_int_t)a->until_ms),
		    err);
}

/* --- which lists there are, and who reads them --- */

static rp_code read_terminals(struct store_tx *tx, json_t *rows, struct rp_error *err)
{
	struct row_terminal row = {0};

	return store_each(tx, ST_TERMINAL_ALL, &row, keep_terminal, rows, err);
}

static rp_code read_groups(struct store_tx *tx, json_t *rows, struct rp_error *err)
{
	struct row_group row = {0};

	return store_each(tx, ST_GROUP_ALL, &row, keep_group, rows, err);
}

static rp_code read_operators(struct store_tx *tx, json_t *rows, struct rp_error *err)
{
	struct row_operator row = {0};

	return store_each(tx, ST_OPERATOR_ALL, &row, keep_operator, rows, err);
}

static rp_code read_offices(struct store_tx *tx, json_t *rows, struct rp_error *err)
{
	rp_code rc = RP_OK;

	(void)tx; /* they are data of the rules */
	for (size_t k = 0; rc == RP_OK && k < offices()->n; k++)
		rc = keep(rows,
			  json_pack("{s:s,s:s,s:s,s:s}", "id", offices()->at[k].id, "municipality",
				    offices()->at[k].municipality, "name_en", offices()->at[k].name_en,
				    "name_ja", offices()->at[k].name_ja),
			  err);
	return rc;
}

static const char *list_word(enum document_list l)
{
	return l == LIST_A ? "a" : l == LIST_B ? "b" : "power";
}

/* What a desk shows to choose from; the words of its sheet. */
static rp_code read_documents(struct store_tx *tx, json_t *rows, struct rp_error *err)
{
	rp_code rc = RP_OK;

	(void)tx; /* they are data of the rules */
	for (size_t k = DOC_NONE + 1; rc == RP_OK && k < DOCUMENT_KINDS; k++) {
		const struct document_row *d = &documents[k];

		rc = keep(rows,
			  json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:b}", "kind", d->word, "list",
				    list_word(d->list), "name_en", d->name_en, "name_ja", d->name_ja,
				    "expires", d->expires, "issued", date_is_set(d->issued_from), "named",
				    d->named_by_clerk),
			  err);
	}
	return rc;
}

static rp_code read_stops(struct store_tx *tx, json_t *rows, struct rp_error *err)
{
	struct row_stop row = {0};

	return store_each(tx, ST_STOP_ACTIVE, &row, keep_stop, rows, err);
}

static rp_code read_approvals(struct store_tx *tx, json_t *rows, struct rp_error *err)
{
	struct row_approval row = {.until_ms = store_now(tx)};

	return store_each(tx, ST_APPROVAL_ASKED, &row, keep_approval, rows, err);
}

static const struct console_row {
	const char *name;
	unsigned roles;
	rp_code (*read)(struct store_tx *tx, json_t *rows, struct rp_error *err); /* NULL: who asks */
} lists[] = {
	{"me", ROLES_ALL, NULL},
	{"terminals", ROLE_APPROVER | ROLE_AUDITOR | ROLE_ADMIN, read_terminals},
	{"groups", ROLE_APPROVER | ROLE_AUDITOR | ROLE_ADMIN, read_groups},
	{"operators", ROLE_AUDITOR | ROLE_ADMIN, read_operators},
	{"offices", ROLES_ALL, read_offices},
	{"documents", ROLES_ALL, read_documents},
	{"stops", ROLES_ALL, read_stops},
	{"approvals", ROLE_APPROVER | ROLE_AUDITOR | ROLE_ADMIN, read_approvals},
};

static const struct console_row *list_named(const char *name)
{
	for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
		if (strcmp(lists[k].name, name) == 0)
			return &lists[k];
	return NULL;
}

static rp_code read_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct reading *r = arg;
	const struct console_row *list = list_named(r->name);
	struct row_operator op = {0};
	unsigned has = 0;
	rp_code rc = session_load(tx, r->who, &op, err);

	(void)json_array_clear(r->rows);
	if (rc != RP_OK)
		return rc;
	if (list == NULL)
		return rp_refuse(err, RP_PROBLEM_NOT_FOUND, "there is no such list");
	if (!roles_read(op.roles, &has) || (has & list->roles) == 0)
		return rp_refuse(err, RP_PROBLEM_ROLE, "%s", op.roles);
	return list->read != NULL ? list->read(tx, r->rows, err) : keep(r->rows, person(&op), err);
}

rp_code issuer_console(issuer *i, const struct issuer_peer *who, const char *name, char **ret_json,
		       struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *rows = json_array();
	RP_AUTO(json_freep) json_t *all = NULL;
	struct reading r = {.who = who, .name = name, .rows = rows};
	const struct store_opts o = {.read_only = true};
	char *text;
	rp_code rc = rows != NULL ? issuer_work(i, &o, read_work, &r, err)
				  : rp_fail(err, RP_E_NO_MEMORY, "no memory for a list");

	if (rc != RP_OK)
		return rc;
	all = json_pack("{s:O}", "rows", rows);
	text = all != NULL ? json_dumps(all, JSON_COMPACT) : NULL;
	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a list");
	*ret_json = text;
	return RP_OK;
}
