/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "issuer/people.h"

rp_code desk_needed(const struct issuer_peer *who, struct rp_error *err)
{
	if (who->session != NULL && who->fingerprint != NULL)
		return RP_OK;
	return rp_refuse(err, who->session == NULL ? RP_PROBLEM_SIGN_IN : RP_PROBLEM_TERMINAL,
			 "this needs a desk and an operator");
}

rp_code desk_load(struct store_tx *tx, const struct issuer_peer *who, unsigned roles, struct peer *ret_peer,
		  struct row_operator *ret_op, struct rp_error *err)
{
	unsigned has = 0;
	rp_code rc = desk_needed(who, err);

	if (rc == RP_OK)
		rc = peer_load(tx, who, ret_peer, err);
	if (rc == RP_OK && strcmp(ret_peer->klass, "desk") != 0)
		rc = rp_refuse(err, RP_PROBLEM_CLASS, "this is done at a desk");
	if (rc == RP_OK)
		rc = session_load(tx, who, ret_op, err);
	if (rc == RP_OK && (!roles_read(ret_op->roles, &has) || (has & roles) == 0))
		rc = rp_refuse(err, RP_PROBLEM_ROLE, "%s", ret_op->roles);
	if (rc == RP_OK && (ret_op->office[0] == '\0' || strcmp(ret_op->office, ret_peer->office) != 0))
		rc = rp_refuse(err, RP_PROBLEM_OFFICE, "this desk is of another office than the operator");
	return rc;
}
