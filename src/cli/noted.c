/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

void noted_read(struct app *a, const struct rp_card_facts *f, struct noted *ret)
{
	struct rp_error ignored;

	ret->n_cut = ret->elsewhere.n = 0;
	if (app_notes(a, &ignored) != RP_OK)
		return;
	if (rp_intents(a->ctx, f, ret->cut, sizeof ret->cut / sizeof ret->cut[0], &ret->n_cut, NULL) != RP_OK)
		ret->n_cut = 0;
	ret->n_cut = resolve_latest(ret->cut, ret->n_cut);
	elsewhere_look(a, f, &ret->elsewhere);
}
