/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/agent.h"

rp_code practice_start(struct agent *a, struct rp_error *err)
{
	(void)a;
	return rp_fail(err, RP_E_CONFIG, "practice needs cards");
}

void practice_stop(struct agent *a)
{
	(void)a;
}

void practice_act(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	(void)a, (void)r;
	answer_error(ret, 500, "fault", "none");
}
