/* SPDX-License-Identifier: Apache-2.0 */
#include "card/transport.h"

void transport_free(struct transport *t)
{
	if (t->ops != NULL)
		t->ops->free(t->self);
	*t = (struct transport){0};
}

rp_code transport_run(const struct transport *t, const struct rp_wait *w, const struct transport_work *work,
		      struct rp_error *err)
{
	if (t->ops->run != NULL)
		return t->ops->run(t->self, w, work, err);
	work->run(work->arg);
	return RP_OK;
}
