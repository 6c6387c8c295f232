/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "issuer/people.h"

rp_code people_case_log(struct store_tx *tx, const struct people_case *p, const struct row_case *c,
			const char *act, char ret_receipt[ROW_ID], struct rp_error *err)
{
	const struct log_act a = {.act = act,
				  .card_id = p->card->card_id,
				  .case_id = c->id,
				  .slot = p->slot,
				  .door = doors_word(p->door),
				  .terminal = p->peer->name,
				  .operator_name = p->op->name,
				  .outcome = "ok",
				  .reason = p->reason};

	return log_entry(tx, &a, ret_receipt, err);
}

static rp_code put_evidence(struct store_tx *tx, const struct people_case *p, const struct row_case *c,
			    struct rp_error *err)
{
	struct row_evidence e = {.kind = "operator", .purpose = "reset", .at_ms = store_now(tx)};
	rp_code rc = text_put(e.case_id, sizeof e.case_id, c->id, err);

	memcpy(e.card_id, p->card->card_id, sizeof e.card_id);
	if (rc == RP_OK)
		rc = text_put(e.by_name, sizeof e.by_name, p->op->name, err);
	if (rc == RP_OK)
		rc = text_put(e.detail, sizeof e.detail, p->identified_by, err);
	return rc == RP_OK ? store_run(tx, ST_EVIDENCE_INSERT, &e, NULL, err) : rc;
}

static rp_code fill(const struct people_case *p, struct row_case *c, struct rp_error *err)
{
	rp_code rc = text_put(c->terminal, sizeof c->terminal, p->peer->name, err);

	if (rc == RP_OK)
		rc = text_put(c->office, sizeof c->office, p->peer->office, err);
	if (rc == RP_OK)
		rc = text_put(c->operator_name, sizeof c->operator_name, p->op->name, err);
	if (rc == RP_OK)
		rc = text_put(c->reason, sizeof c->reason, p->reason, err);
	if (rc == RP_OK)
		rc = text_put(c->identified_by, sizeof c->identified_by, p->identified_by, err);
	return rc;
}

rp_code people_case_open(struct store_tx *tx, const struct people_case *p, struct row_case *ret,
			 struct rp_error *err)
{
	rp_code rc = cases_cancel(tx, p->card, p->slot, doors_word(p->door), p->op->name, err);

	if (rc != RP_OK)
		return rc;
	case_new(tx, p->card->card_id, p->slot, p->door, ret);
	rc = fill(p, ret, err);
	if (rc == RP_OK)
		rc = case_cause(ret, p->cause, err);
	if (rc == RP_OK)
		rc = people_case_log(tx, p, ret, "decision", ret->receipt, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_CASE_INSERT, ret, NULL, err);
	if (rc == RP_OK)
		rc = put_evidence(tx, p, ret, err);
	return rc == RP_OK ? case_move(tx, ret, CASE_EV_EVIDENCE, err) : rc;
}
