/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

/* The reader's own keys: the PIN never reaches this machine, and neither do its rules. */
static rp_code on_pad(struct job *j, struct rp_outcome *ret, struct trouble *t)
{
	struct rp_pad pad = {0};
	rp_code rc = rp_pad_of(j->card, &pad, &t->err);
	char format[128];

	if (rc != RP_OK)
		return rc;
	if (!pad.modify)
		return trouble_say(t, RP_E_NOT_OFFERED,
				   _("Leave --pinpad away, and the PINs are asked on this terminal."),
				   _("This reader has no keys on which a PIN can be changed."));
	words_format(&j->info, format, sizeof format);
	out_parf(OUT_TALK, 0,
		 _("Enter on the keys of the reader: the current PIN, then the new PIN twice (%s)."), format);
	return rp_pad_change(j->card, &j->todo, ret, &t->err);
}

static rp_code typed(struct job *j, struct rp_outcome *ret, struct trouble *t)
{
	rp_code rc = ask_first(j, SECRET_CURRENT, j->slot, t);

	if (rc == RP_OK)
		rc = ask_fresh(j, t);
	if (rc == RP_OK)
		step_say(j->a, STEP_SET);
	return rc == RP_OK ? rp_pin_change(j->card, &j->todo, j->first, j->fresh, ret, &t->err) : rc;
}

rp_code cmd_change(struct app *a, struct trouble *t)
{
	RP_AUTO(job_free) struct job j = {.a = a, .deed = DEED_CHANGE, .tty = -1};
	struct rp_outcome done = {0};
	rp_code rc = job_open(&j, t);

	if (rc != RP_OK)
		return rc;
	job_say_stakes(&j, j.slot, &j.pin);
	rc = job_consent(&j, &j.pin, t);
	if (rc == RP_OK)
		rc = a->o.pinpad ? on_pad(&j, &done, t) : typed(&j, &done, t);
	return rc == RP_OK ? job_done(&j, &done, t) : job_failed(&j, rc, t);
}
