/* SPDX-License-Identifier: Apache-2.0 */
/* revocation ask, approve, withdraw, list */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "issuer/revoke.h"
#include "server/repind.h"

rp_code cmd_revocation_ask(struct app *a, struct rp_error *err)
{
	RP_AUTO(card_files_clear) struct card_files files = {0};
	struct issuer_revocation r = {.reason = a->args.arg[0],
				      .identified_by = a->args.value[OPT_IDENTIFIED_BY],
				      .loss_certain = a->args.value[OPT_LOSS_IS_CERTAIN] != NULL};
	struct issuer_card card = {0};
	struct issuer_revoking done;
	rp_code rc = which_card(a, &r.profile, &r.number, err);

	if (rc == RP_OK)
		rc = take_certificates(a, &files, &card, err);
	memcpy(r.certs, card.certs, sizeof r.certs);
	r.n_certs = card.n_certs;
	if (rc == RP_OK)
		rc = issuer_revoke_ask(a->i, a->by, &r, &done, err);
	if (rc == RP_OK)
		(void)printf("%s: %s\nreceipt for the holder: %s\n", done.id, done.state, done.receipt);
	return rc;
}

rp_code cmd_revocation_approve(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open_by(a, err);

	if (rc == RP_OK)
		rc = issuer_revoke_approve(a->i, a->by, a->args.arg[0], err);
	if (rc == RP_OK)
		(void)printf("approved: it is sent to the authority until that confirms it\n");
	return rc;
}

rp_code cmd_revocation_withdraw(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open_by(a, err);

	if (rc == RP_OK)
		rc = issuer_revoke_withdraw(a->i, a->by, a->args.arg[0], err);
	if (rc == RP_OK)
		(void)printf("withdrawn: the card stays as it is\n");
	return rc;
}

static void print_row(void *arg, const struct row_revocation *r, const struct row_card *card)
{
	(void)arg;
	(void)printf("%s\t%s\t%s\t%s\t%s\t%s\ttries %" PRId64 "\tasked by %s%s%s\n", r->id, r->state,
		     r->reason, card->profile, card->number, rp_slot_word((rp_slot)r->slot), r->tries,
		     r->asked_by, r->approved_by[0] != '\0' ? ", approved by " : "", r->approved_by);
}

rp_code cmd_revocation_list(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open(a, err);

	return rc == RP_OK ? issuer_revoke_list(a->i, print_row, NULL, err) : rc;
}
