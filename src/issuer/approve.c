/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two people: the first asks, the second, who must be another one, agrees, and only then it is
 * done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/acts.h"

struct approve {
	issuer *i;
	const char *by;
	const struct act *act;
	struct row_approval row;
	struct act_args args;
};

static void approve_freep(struct approve **a)
{
	free(*a);
}

static rp_code check(struct store_tx *tx, const struct approve *a, struct rp_error *err)
{
	return a->act->check != NULL ? a->act->check(tx, &a->args, err) : RP_OK;
}

static rp_code run_act(struct store_tx *tx, const struct approve *a, struct rp_error *err)
{
	char said[ROW_TEXT] = "", reason[ROW_TEXT + 2 * ROW_NAME + 32];
	const struct people_act entry = {
		.act = a->act->name,
		.by = a->by,
		.reason = reason,
		.terminal = strcmp(a->act->name, "terminal") == 0 ? a->args.terminal.name : NULL,
		.card_id = strcmp(a->act->name, "lift-halt") == 0 ? a->args.halt.card_id : NULL};
	rp_code rc = check(tx, a, err);

	if (rc == RP_OK)
		rc = a->act->run(a->i, tx, &a->args, said, err);
	if (rc != RP_OK)
		return rc;
	if (a->args.second[0] != '\0')
		(void)snprintf(reason, sizeof reason, "%s (asked for by %s)", said, a->args.by);
	else
		(void)snprintf(reason, sizeof reason, "%s", said);
	return log_people(tx, &entry, NULL, err);
}

/* --- the first --- */

static rp_code ask_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct approve *a = arg;
	rp_code rc = by_may(tx, a->by, a->act->roles, err);

	if (rc == RP_OK && a->i->two_people == 0)
		return run_act(tx, a, err);
	if (rc == RP_OK)
		rc = check(tx, a, err);
	a->row.made_ms = store_now(tx);
	a->row.until_ms = a->row.made_ms + APPROVAL_LIVES_MS;
	if (rc == RP_OK)
		rc = store_run(tx, ST_APPROVAL_PUT, &a->row, NULL, err);
	if (rc == RP_OK)
		rc = log_people(tx, &(struct people_act){.act = "asked", .by = a->by, .reason = a->act->name},
				NULL, err);
	return rc;
}

static rp_code ask(struct approve *a, const char *args_json, struct rp_error *err)
{
	const struct store_opts o = {0};
	rp_code rc = act_read(a->i, a->act, args_json, &a->args, err);

	if (rc == RP_OK)
		rc = text_put(a->args.by, sizeof a->args.by, a->by, err);
	if (rc == RP_OK)
		rc = text_put(a->row.asked_by, sizeof a->row.asked_by, a->by, err);
	if (rc == RP_OK)
		rc = text_put(a->row.act, sizeof a->row.act, a->act->name, err);
	if (rc == RP_OK)
		rc = text_put(a->row.state, sizeof a->row.state, "asked", err);
	if (rc == RP_OK)
		rc = text_put(a->row.args, sizeof a->row.args, args_json, err);
	id_new(a->row.id);
	return rc == RP_OK ? issuer_work(a->i, &o, ask_work, a, err) : rc;
}

rp_code issuer_ask(issuer *i, const char *by, const char *act, const char *args_json,
		   char ret_approval[RP_ISSUER_ID], struct rp_error *err)
{
	RP_AUTO(approve_freep) struct approve *a = calloc(1, sizeof *a);
	rp_code rc;

	if (a == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an approval");
	a->i = i;
	a->by = by;
	a->act = act_named(act);
	if (a->act == NULL)
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "there is no such act for two people");
	rc = ask(a, args_json, err);
	if (rc == RP_OK)
		(void)snprintf(ret_approval, RP_ISSUER_ID, "%s", i->two_people != 0 ? a->row.id : "");
	return rc;
}

/* --- the second --- */

static rp_code load(struct store_tx *tx, struct approve *a, struct rp_error *err)
{
	bool found = false;
	rp_code rc = store_get(tx, ST_APPROVAL_GET, &a->row, &found, err);

	if (rc != RP_OK)
		return rc;
	if (!found || strcmp(a->row.state, "asked") != 0 || a->row.until_ms <= store_now(tx))
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "nobody waits for this approval (any more)");
	if (strcmp(a->row.asked_by, a->by) == 0)
		return rp_refuse(err, RP_PROBLEM_FOUR_EYES, "%s asked for it", a->by);
	a->act = act_named(a->row.act);
	return a->act != NULL ? RP_OK : rp_fail(err, RP_E_FAULT, "an approval of an act that is none");
}

static rp_code agree_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct approve *a = arg;
	rp_code rc = load(tx, a, err);

	if (rc == RP_OK)
		rc = by_may(tx, a->by, a->act->roles, err);
	/* Whoever asked may have lost the right meanwhile. */
	if (rc == RP_OK)
		rc = by_may(tx, a->row.asked_by, a->act->roles, err);
	if (rc == RP_OK)
		rc = act_read(a->i, a->act, a->row.args, &a->args, err);
	if (rc == RP_OK)
		rc = text_put(a->args.by, sizeof a->args.by, a->row.asked_by, err);
	if (rc == RP_OK)
		rc = text_put(a->args.second, sizeof a->args.second, a->by, err);
	if (rc == RP_OK)
		rc = text_put(a->row.agreed_by, sizeof a->row.agreed_by, a->by, err);
	if (rc == RP_OK)
		rc = text_put(a->row.state, sizeof a->row.state, "done", err);
	/* Of two who agree at once one changes the row; the other finds nothing to change. */
	if (rc == RP_OK)
		rc = store_run(tx, ST_APPROVAL_STATE, &a->row, NULL, err);
	return rc == RP_OK ? run_act(tx, a, err) : rc;
}

rp_code issuer_agree(issuer *i, const char *by, const char *approval, struct rp_error *err)
{
	RP_AUTO(approve_freep) struct approve *a = calloc(1, sizeof *a);
	const struct store_opts o = {0};
	rp_code rc;

	if (a == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for an approval");
	a->i = i;
	a->by = by;
	if (strlen(approval) >= sizeof a->row.id)
		return rp_refuse(err, RP_PROBLEM_CASE_STATE, "no approval has such a number");
	rc = text_put(a->row.id, sizeof a->row.id, approval, err);
	return rc == RP_OK ? issuer_work(i, &o, agree_work, a, err) : rc;
}
