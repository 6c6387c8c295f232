/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a revocation is, for `repin doors --receipt`: a dead card has no MAC that would tell the issuer
 * which one it is, so the number of the receipt asks. No answer is no error; a number that is none is.
 */
#include "cli/doors.h"
#include "cli/issuer.h"

#include <jansson.h>
#include <string.h>

#define MOST_MS 3000

static const struct {
	const char *state, *text;
} states[] = {
	{"asked", N_("Your request to have the card revoked waits for a second person at the issuer.")},
	{"approved", N_("Your request to have the card revoked is approved and goes to the authority next.")},
	{"sent",
	 N_("The revocation is on its way to the authority or done. A letter that is found again now does "
	    "not make the card usable.")},
	{"confirmed", N_("The card is revoked. Apply for a new one, if you have not done so.")},
	{"refused", N_("The authority did not take the request. People at the issuer look at it: ask them.")},
	{"withdrawn", N_("The request was taken back; nothing was revoked.")},
	{"", N_("This receipt is not that of a revocation.")},
};
#define STATES (sizeof states / sizeof states[0])

static void take(struct inquiry *q, const json_t *answer)
{
	const char *state = json_string_value(json_object_get(answer, "revocation"));

	q->revocation = STATES - 1;
	for (size_t k = 0; state != NULL && k < STATES; k++)
		if (strcmp(states[k].state, state) == 0)
			q->revocation = k;
}

rp_code doors_ask_receipt(struct inquiry *q, struct trouble *t)
{
	RP_AUTO(issuer_close) struct issuer_link l = {0};
	json_t *answer = NULL;
	rp_code rc;

	if (q->a->o.receipt == NULL)
		return RP_OK;
	rc = issuer_client(q->a, MOST_MS, &l.c, t);
	if (rc == RP_OK)
		rc = client_receipt(l.c, q->a->o.receipt, &answer, &t->err);
	q->receipt_away = rc == RP_E_ISSUER_AWAY || rc == RP_E_TIMEOUT;
	if (q->receipt_away) {
		trouble_start(t);
		return RP_OK;
	}
	if (rc == RP_OK)
		take(q, answer);
	json_decref(answer);
	return rc;
}

static const char *text_of(const struct inquiry *q)
{
	return q->receipt_away
		       ? _("The issuer cannot be reached; how far your request is cannot be told now.")
		       : _(states[q->revocation].text);
}

void doors_say_receipt(const struct inquiry *q)
{
	if (q->a->o.receipt == NULL)
		return;
	out_para(OUT_RESULT, 0, text_of(q));
	out_gap(OUT_RESULT);
}

json_t *doors_receipt_json(const struct inquiry *q)
{
	if (q->a->o.receipt == NULL)
		return json_null();
	return json_pack("{s:b, s:o, s:s}", "reached", !q->receipt_away, "state",
			 json_text(q->receipt_away ? "" : states[q->revocation].state), "message",
			 text_of(q));
}
