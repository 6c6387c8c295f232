/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "issuer/view_in.h"

#define SEE_NUMBERS (ROLES_ALL & ~ROLE_AUDITOR)

rp_code viewer_load(struct store_tx *tx, const struct issuer_peer *who, unsigned roles, struct viewer *ret,
		    struct rp_error *err)
{
	rp_code rc = session_load(tx, who, &ret->op, err);

	if (rc != RP_OK)
		return rc;
	if (!roles_read(ret->op.roles, &ret->roles) || (ret->roles & roles) == 0)
		return rp_refuse(err, RP_PROBLEM_ROLE, "%s", ret->op.roles);
	return RP_OK;
}

bool viewer_sees_numbers(const struct viewer *v)
{
	return (v->roles & SEE_NUMBERS) != 0;
}

bool viewer_sees_office(const struct viewer *v, const char *office)
{
	return v->op.office[0] == '\0' || office[0] == '\0' || strcmp(v->op.office, office) == 0;
}

json_t *view_case_row(const struct viewer *v, const struct row_case_page *c)
{
	return json_pack("{s:s,s:s,s:s*,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:s}", "id", c->id,
			 "profile", c->profile, "number", viewer_sees_numbers(v) ? c->number : NULL, "slot",
			 rp_slot_word((rp_slot)c->slot), "door", c->door, "state", c->state, "cause",
			 c->cause, "terminal", c->terminal, "office", c->office, "by", c->operator_name,
			 "grants", (json_int_t)c->grants, "opened_ms", (json_int_t)c->opened_ms, "until_ms",
			 (json_int_t)c->until_ms, "changed_ms", (json_int_t)c->changed_ms, "receipt",
			 c->receipt);
}

rp_code view_keep(json_t *rows, json_t *row, struct rp_error *err)
{
	return json_array_append_new(rows, row) == 0 ? RP_OK
						     : rp_fail(err, RP_E_NO_MEMORY, "no memory for a list");
}

rp_code view_text(const json_t *j, char **ret, struct rp_error *err)
{
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;

	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for what was asked for");
	*ret = text;
	return RP_OK;
}
