/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases on the console: searched for, page by page, and one with its whole history. A page looks at a
 * thousand cases at most, whatever is searched for; its cursor is the last one that it looked at, so that
 * cases which come meanwhile shift nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "issuer/view_in.h"

#define CURSOR_DIGITS 15
#define ID_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

struct searching {
	issuer *i;
	const struct issuer_peer *who;
	const struct view_search *s;
	uint8_t card_id[CARD_ID_LEN];
	struct row_case_page from; /* where the page begins */
	/* in the transaction */
	struct viewer viewer;
	json_t *rows;
	size_t looked;
	bool full;
	char next[ROW_ID + 16];
};

/* --- the cursor --- */

static bool cursor_read(const char *text, struct row_case_page *ret)
{
	const size_t digits = strspn(text, "0123456789");
	const char *id = text + digits + 1;

	if (digits == 0 || digits > CURSOR_DIGITS || text[digits] != '-' || id[0] == '\0' ||
	    strlen(id) >= sizeof ret->id || strspn(id, ID_CHARS) != strlen(id))
		return false;
	ret->opened_ms = (int64_t)strtoll(text, NULL, 10);
	(void)snprintf(ret->id, sizeof ret->id, "%s", id);
	return true;
}

/* --- what fits --- */

static bool is_word(const char *wanted, const char *has)
{
	return wanted[0] == '\0' || strcmp(wanted, has) == 0;
}

static bool fits(const struct searching *j, const struct row_case_page *c)
{
	const struct view_search *s = j->s;

	return viewer_sees_office(&j->viewer, c->office) && is_word(s->state, c->state) &&
	       is_word(s->door, c->door) && is_word(s->profile, c->profile) &&
	       is_word(s->office, c->office) && (s->slot == RP_SLOT_NONE || s->slot == (rp_slot)c->slot) &&
	       c->opened_ms >= s->from_ms && (s->to_ms == 0 || c->opened_ms < s->to_ms);
}

static rp_code take(void *arg, const void *row, struct rp_error *err)
{
	const struct row_case_page *c = row;
	struct searching *j = arg;

	if (j->full)
		return RP_OK;
	j->looked++;
	(void)snprintf(j->next, sizeof j->next, "%" PRId64 "-%s", c->opened_ms, c->id);
	if (!fits(j, c))
		return RP_OK;
	j->full = json_array_size(j->rows) + 1 >= (size_t)j->s->limit;
	return view_keep(j->rows, view_case_row(&j->viewer, c), err);
}

/* --- by name --- */

/* The case that an entry of the log is about; "" when it is about none, or erased. */
static void case_of_entry(const struct row_entry *e, char ret[ROW_ID])
{
	RP_AUTO(view_freep) json_t *line = json_loads(e->body, JSON_REJECT_DUPLICATES, NULL);
	const char *id = json_string_value(json_object_get(line, "case"));

	ret[0] = '\0';
	if (id != NULL)
		(void)snprintf(ret, ROW_ID, "%s", id);
}

static rp_code find_named(struct store_tx *tx, const char *name, struct row_case_page *ret, bool *ret_found,
			  struct rp_error *err)
{
	struct row_entry e = {.leaf = -1};
	rp_code rc;

	(void)snprintf(ret->id, sizeof ret->id, "%s", name);
	rc = store_get(tx, ST_CASE_WHOLE, ret, ret_found, err);
	if (rc != RP_OK || *ret_found || !code32_read(name, LOG_RECEIPT_CHARS, e.receipt))
		return rc;
	rc = store_get(tx, ST_ENTRY_BY_RECEIPT, &e, ret_found, err);
	if (rc != RP_OK || !*ret_found)
		return rc;
	case_of_entry(&e, ret->id);
	return store_get(tx, ST_CASE_WHOLE, ret, ret_found, err);
}

static rp_code search_named(struct store_tx *tx, struct searching *j, struct rp_error *err)
{
	struct row_case_page c = {0};
	bool found = false;
	rp_code rc = find_named(tx, j->s->name, &c, &found, err);

	if (rc == RP_OK && found && j->s->number[0] != '\0')
		found = memcmp(c.card_id, j->card_id, CARD_ID_LEN) == 0;
	return rc == RP_OK && found ? take(j, &c, err) : rc;
}

/* --- a page --- */

static rp_code search_page(struct store_tx *tx, struct searching *j, struct rp_error *err)
{
	struct row_case_page row = j->from;
	const char *office = j->viewer.op.office[0] != '\0' ? j->viewer.op.office : j->s->office;
	enum store_stmt page = ST_CASE_PAGE;

	if (j->s->number[0] != '\0') {
		memcpy(row.card_id, j->card_id, sizeof row.card_id);
		page = ST_CASE_PAGE_CARD;
	} else if (office[0] != '\0') {
		(void)snprintf(row.office, sizeof row.office, "%s", office);
		page = ST_CASE_PAGE_OFFICE;
	}
	return store_each(tx, page, &row, take, j, err);
}

static rp_code search_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct searching *j = arg;
	rp_code rc = viewer_load(tx, j->who, ROLES_ALL, &j->viewer, err);

	(void)json_array_clear(j->rows);
	j->looked = 0;
	j->full = false;
	if (rc != RP_OK)
		return rc;
	if (j->s->number[0] != '\0' && !viewer_sees_numbers(&j->viewer))
		return rp_refuse(err, RP_PROBLEM_ROLE, "%s", j->viewer.op.roles);
	return j->s->name[0] != '\0' ? search_named(tx, j, err) : search_page(tx, j, err);
}

static rp_code begin_at(struct searching *j, struct rp_error *err)
{
	const struct view_search *s = j->s;

	j->from = (struct row_case_page){.opened_ms = s->to_ms != 0 ? s->to_ms : INT64_MAX,
					 .from_ms = s->from_ms};
	if (s->cursor[0] != '\0' && !cursor_read(s->cursor, &j->from))
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "the cursor is none of ours");
	return s->number[0] == '\0' ? RP_OK : card_id_of(j->i, s->card_profile, s->number, j->card_id, err);
}

rp_code view_cases(issuer *i, const struct issuer_peer *who, const struct view_search *s, char **ret_json,
		   struct rp_error *err)
{
	RP_AUTO(view_freep) json_t *rows = json_array();
	RP_AUTO(view_freep) json_t *all = NULL;
	struct searching j = {.i = i, .who = who, .s = s, .rows = rows};
	const struct store_opts o = {.read_only = true};
	rp_code rc = rows != NULL ? begin_at(&j, err) : rp_fail(err, RP_E_NO_MEMORY, "no memory for cases");
	bool more;

	if (rc == RP_OK)
		rc = issuer_work(i, &o, search_work, &j, err);
	if (rc != RP_OK)
		return rc;
	more = s->name[0] == '\0' && (j.full || j.looked >= VIEW_SCAN_MAX);
	all = json_pack("{s:O,s:s*}", "rows", rows, "next", more ? j.next : NULL);
	return view_text(all, ret_json, err);
}

/* --- one case --- */

struct showing {
	const struct issuer_peer *who;
	const char *id;
	json_t *evidence, *grants, *log;
	struct viewer viewer;
	struct row_case_page c;
};

static rp_code keep_evidence(void *arg, const void *row, struct rp_error *err)
{
	const struct row_evidence *e = row;

	return view_keep(arg,
			 json_pack("{s:s,s:s,s:s,s:I}", "kind", e->kind, "purpose", e->purpose, "by",
				   e->by_name, "at_ms", (json_int_t)e->at_ms),
			 err);
}

static rp_code keep_grant(void *arg, const void *row, struct rp_error *err)
{
	const struct row_grant *g = row;

	return view_keep(arg,
			 json_pack("{s:s,s:s,s:s,s:s,s:I,s:I}", "id", g->id, "terminal", g->terminal, "state",
				   g->state, "settled_by", g->settled_by, "made_ms", (json_int_t)g->made_ms,
				   "settled_ms", (json_int_t)g->settled_ms),
			 err);
}

static const char *word_of(const json_t *line, const char *name)
{
	const char *text = json_string_value(json_object_get(line, name));

	return text != NULL ? text : "";
}

/* Of the card's entries those that name this case. */
static rp_code keep_entry(void *arg, const void *row, struct rp_error *err)
{
	const struct row_entry *e = row;
	struct showing *j = arg;
	RP_AUTO(view_freep) json_t *line = json_loads(e->body, JSON_REJECT_DUPLICATES, NULL);
	json_t *entry;

	if (strcmp(word_of(line, "case"), j->c.id) != 0)
		return RP_OK;
	entry = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "receipt", e->receipt, "act", word_of(line, "act"),
			  "outcome", word_of(line, "outcome"), "by", word_of(line, "operator"), "terminal",
			  word_of(line, "terminal"), "at_ms", (json_int_t)e->made_ms);
	if (entry != NULL && e->leaf >= 0)
		(void)json_object_set_new(entry, "leaf", json_integer(e->leaf));
	return view_keep(j->log, entry, err);
}

static rp_code history(struct store_tx *tx, struct showing *j, struct rp_error *err)
{
	struct row_evidence evidence = {0};
	struct row_grant grant = {0};
	struct row_entry entry = {.made_ms = j->c.opened_ms};
	rp_code rc;

	memcpy(evidence.case_id, j->c.id, sizeof evidence.case_id);
	memcpy(grant.case_id, j->c.id, sizeof grant.case_id);
	memcpy(entry.card_id, j->c.card_id, sizeof entry.card_id);
	rc = store_each(tx, ST_EVIDENCE_OF, &evidence, keep_evidence, j->evidence, err);
	if (rc == RP_OK)
		rc = store_each(tx, ST_GRANT_OF, &grant, keep_grant, j->grants, err);
	return rc == RP_OK ? store_each(tx, ST_ENTRY_OF_CARD, &entry, keep_entry, j, err) : rc;
}

static rp_code show_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct showing *j = arg;
	bool found = false;
	rp_code rc = viewer_load(tx, j->who, ROLES_ALL, &j->viewer, err);

	(void)json_array_clear(j->evidence);
	(void)json_array_clear(j->grants);
	(void)json_array_clear(j->log);
	j->c = (struct row_case_page){0};
	if (rc == RP_OK && text_put(j->c.id, sizeof j->c.id, j->id, NULL) == RP_OK)
		rc = store_get(tx, ST_CASE_WHOLE, &j->c, &found, err);
	if (rc != RP_OK)
		return rc;
	if (!found || !viewer_sees_office(&j->viewer, j->c.office))
		return rp_refuse(err, RP_PROBLEM_NOT_FOUND,
				 "there is no such case, or it is another office's");
	return history(tx, j, err);
}

rp_code view_case(issuer *i, const struct issuer_peer *who, const char *id, char **ret_json,
		  struct rp_error *err)
{
	RP_AUTO(view_freep) json_t *evidence = json_array();
	RP_AUTO(view_freep) json_t *grants = json_array();
	RP_AUTO(view_freep) json_t *log = json_array();
	RP_AUTO(view_freep) json_t *all = NULL;
	struct showing j = {.who = who, .id = id, .evidence = evidence, .grants = grants, .log = log};
	const struct store_opts o = {.read_only = true};
	rp_code rc = evidence != NULL && grants != NULL && log != NULL
			     ? issuer_work(i, &o, show_work, &j, err)
			     : rp_fail(err, RP_E_NO_MEMORY, "no memory for a case");

	if (rc != RP_OK)
		return rc;
	all = json_pack("{s:o,s:s,s:s,s:O,s:O,s:O}", "case", view_case_row(&j.viewer, &j.c), "reason",
			j.c.reason, "identified_by", j.c.identified_by, "evidence", evidence, "grants",
			grants, "log", log);
	return view_text(all, ret_json, err);
}
