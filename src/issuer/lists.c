/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/lists.h"

#include <string.h>

#include "base/bytes.h"
#include "issuer/people.h"
#include "rules/hours.h"

/* --- lists --- */

struct list_job {
	enum issuer_list what;
	store_row_fn *fn;
	void *arg;
};

static rp_code list_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct list_job *j = arg;
	struct row_terminal terminal = {0};
	struct row_group group = {0};
	struct row_operator op = {0};
	struct row_stop stop = {0};

	switch (j->what) {
	case LIST_TERMINALS:
		return store_each(tx, ST_TERMINAL_ALL, &terminal, j->fn, j->arg, err);
	case LIST_GROUPS:
		return store_each(tx, ST_GROUP_ALL, &group, j->fn, j->arg, err);
	case LIST_OPERATORS:
		return store_each(tx, ST_OPERATOR_ALL, &op, j->fn, j->arg, err);
	case LIST_STOPS:
		return store_each(tx, ST_STOP_ACTIVE, &stop, j->fn, j->arg, err);
	case LIST_APPROVALS:
		break;
	}
	return rp_fail(err, RP_E_FAULT, "no such list");
}

static rp_code approvals_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct list_job *j = arg;
	struct row_approval row = {.until_ms = store_now(tx)};

	return store_each(tx, ST_APPROVAL_ASKED, &row, j->fn, j->arg, err);
}

rp_code issuer_list(issuer *i, enum issuer_list what, store_row_fn *fn, void *arg, struct rp_error *err)
{
	struct list_job j = {.what = what, .fn = fn, .arg = arg};
	const struct store_opts o = {.read_only = true};

	return issuer_work(i, &o, what == LIST_APPROVALS ? approvals_work : list_work, &j, err);
}

/* --- roles --- */

struct may_job {
	const char *by;
	unsigned roles;
};

static rp_code may_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct may_job *j = arg;

	return by_may(tx, j->by, j->roles, err);
}

rp_code issuer_may(issuer *i, const char *by, const char *roles, struct rp_error *err)
{
	struct may_job j = {.by = by};
	const struct store_opts o = {.read_only = true};

	if (!roles_read(roles, &j.roles))
		return rp_fail(err, RP_E_USAGE, "\"%s\" are no roles", roles);
	return issuer_work(i, &o, may_work, &j, err);
}

/* --- own cards --- */

struct own_job {
	const char *by;
	struct row_operator_card row;
};

static rp_code own_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct own_job *j = arg;
	struct row_operator_card row = j->row;
	struct row_operator op = {0};
	bool found = false;
	rp_code rc = by_may(tx, j->by, ROLE_ADMIN, err);

	memcpy(op.name, row.name, sizeof op.name);
	if (rc == RP_OK)
		rc = store_get(tx, ST_OPERATOR_GET, &op, &found, err);
	if (rc == RP_OK && !found)
		rc = rp_fail(err, RP_E_CONFLICT, "there is no operator of this name");
	if (rc == RP_OK)
		rc = store_get(tx, ST_OPERATOR_CARD_GET, &row, &found, err);
	if (rc == RP_OK && !found)
		rc = store_run(tx, ST_OPERATOR_CARD_PUT, &row, NULL, err);
	if (rc != RP_OK)
		return rc;
	return log_people(
		tx,
		&(struct people_act){
			.act = "operator-card", .by = j->by, .card_id = row.card_id, .reason = row.name},
		NULL, err);
}

rp_code issuer_operator_card(issuer *i, const char *by, const char *name, const char *profile,
			     const char *number, struct rp_error *err)
{
	struct own_job j = {.by = by};
	const struct store_opts o = {0};
	rp_code rc = card_id_of(i, profile, number, j.row.card_id, err);

	if (rc == RP_OK)
		rc = text_put(j.row.name, sizeof j.row.name, name, err);
	return rc == RP_OK ? issuer_work(i, &o, own_work, &j, err) : rc;
}

/* --- anchors --- */

struct anchors_look {
	const char *now; /* hex */
	bool known;	 /* there is one that was agreed to, and it is this one */
};

static rp_code anchors_look_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_meta row = {.name = "anchors"};
	struct anchors_look *look = arg;
	rp_code rc = store_get(tx, ST_META_GET, &row, &look->known, err);

	if (rc != RP_OK)
		return rc;
	if (look->known && strcmp(row.value, look->now) != 0)
		return rp_refuse(err, RP_PROBLEM_FOUR_EYES,
				 "the file of anchors is not the one that was agreed to (repind anchors)");
	return RP_OK;
}

static rp_code anchors_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_meta row = {.name = "anchors"};
	const char *now = arg;
	struct anchors_look look = {.now = now};
	rp_code rc = anchors_look_work(tx, &look, err);

	if (rc != RP_OK || look.known)
		return rc;
	rc = text_put(row.value, sizeof row.value, now, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_META_PUT, &row, NULL, err);
	if (rc == RP_OK)
		rc = log_people(tx,
				&(struct people_act){
					.act = "anchors", .by = CONSOLE, .outcome = "first", .reason = now},
				NULL, err);
	return rc;
}

rp_code issuer_anchors_agreed(issuer *i, const uint8_t sha256[32], struct rp_error *err)
{
	const struct store_opts o = {0};
	char hex[65] = "";

	if (!hex_of(sha256, 32, hex, sizeof hex))
		return rp_fail(err, RP_E_FAULT, "the hash of the anchors cannot be written");
	return issuer_work(i, &o, anchors_work, hex, err);
}

rp_code issuer_anchors_look(issuer *i, const uint8_t sha256[32], struct rp_error *err)
{
	const struct store_opts o = {.read_only = true};
	char hex[65] = "";
	struct anchors_look look = {.now = hex};

	if (!hex_of(sha256, 32, hex, sizeof hex))
		return rp_fail(err, RP_E_FAULT, "the hash of the anchors cannot be written");
	return issuer_work(i, &o, anchors_look_work, &look, err);
}

/* --- offices --- */

void issuer_offices(void (*each)(void *arg, const char *id, const char *municipality, const char *name_en,
				 const char *name_ja),
		    void *arg)
{
	for (size_t k = 0; k < offices()->n; k++)
		each(arg, offices()->at[k].id, offices()->at[k].municipality, offices()->at[k].name_en,
		     offices()->at[k].name_ja);
}
