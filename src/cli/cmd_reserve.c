/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reservation for a kiosk: the card's other PIN is proven to the issuer, from home, and within 24 hours a
 * kiosk resets this one.
 */
#include "cli/issuer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static rp_code check_other(struct job *j, rp_slot other, const struct rp_pin_facts *pin, struct trouble *t)
{
	if (pin != NULL && pin->state == RP_PIN_LOCKED)
		return job_refuse(j, other, RP_E_LOCKED, t);
	if (pin != NULL && pin->state == RP_PIN_DEAD)
		return job_refuse(j, other, RP_E_DEAD, t);
	if (pin != NULL && pin->state == RP_PIN_NOT_SET)
		return job_refuse(j, other, RP_E_NOT_SET, t);
	return RP_OK;
}

static const char *take_it(void)
{
	return _("Take the card to a kiosk in this time. There the PIN that you have just entered is asked "
		 "again, and then you set the new one.");
}

static void until_text(const struct rp_case *c, char *ret, size_t cap)
{
	char left[64], until[96];

	issuer_left_text(c->left_s, left, sizeof left);
	when_long(app_now_s() + c->left_s, until, sizeof until);
	/* TRANSLATORS: how long ("24 hours"), and the moment of its end */
	(void)snprintf(ret, cap, _("It is valid for %s: until %s. It cannot be made longer."), left, until);
}

static rp_code reserved_json(struct job *j, const struct issuer_link *l, const struct rp_case *c,
			     const char *receipt, struct trouble *t)
{
	char until[32] = "", text[256] = "";

	if (c->left_s >= 0) {
		when_rfc3339(app_now_s() + c->left_s, until, sizeof until);
		until_text(c, text, sizeof text);
	}
	return json_show(json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:o, s:s, s:[s*, s]}", "case", c->id,
				   "slot", rp_slot_word(j->slot), "door", c->door, "until", json_text(until),
				   "left_s", c->left_s >= 0 ? json_integer(c->left_s) : json_null(),
				   "receipt", receipt, "issuer", l->port.issuer, "kiosks",
				   issuer_kiosks_json(l, j), "message",
				   _("Done. The reservation is open. No try was spent."), "more",
				   text[0] != '\0' ? text : NULL, take_it()),
			 t);
}

static rp_code reserved(struct job *j, const struct issuer_link *l, const struct rp_case *c,
			const char *receipt, struct trouble *t)
{
	char text[256];

	if (j->a->o.json)
		return reserved_json(j, l, c, receipt, t);
	out_para(OUT_RESULT, 0, _("Done. The reservation is open. No try was spent."));
	if (c->left_s >= 0) {
		until_text(c, text, sizeof text);
		out_para(OUT_RESULT, 0, text);
	}
	out_para(OUT_RESULT, 0, take_it());
	out_para(OUT_RESULT, 0, _("Kiosks that reset this PIN:"));
	if (!issuer_say_kiosks(l, j))
		out_para(OUT_RESULT, 2, _("The issuer's page names none; ask the issuer."));
	out_parf(OUT_RESULT, 0, _("Case: %s"), c->id);
	out_parf(OUT_RESULT, 0, _("Receipt: %s"), receipt);
	return RP_OK;
}

static rp_code reserve(struct job *j, struct trouble *t)
{
	const rp_slot other = kiosk_other(j->facts.profile, j->slot);
	const struct rp_pin_facts *pin = facts_pin(&j->facts, other);
	RP_AUTO(issuer_close) struct issuer_link l = {0};
	char receipt[RP_ISSUER_ID] = "";
	struct rp_case opened = {0};
	rp_code rc = check_other(j, other, pin, t);

	if (rc == RP_OK)
		rc = issuer_connect(j->a, 0, &l, t);
	if (rc != RP_OK)
		return job_failed(j, rc, t);
	out_parf(OUT_TALK, 0, _("To be reset: %s. It is done with the other PIN:"),
		 words_pin(j->facts.profile, j->slot));
	job_say_stakes(j, other, pin);
	rc = job_consent(j, pin, t);
	if (rc == RP_OK)
		rc = ask_first(j, SECRET_OTHER, other, t);
	l.proves = true;
	if (rc == RP_OK)
		rc = rp_issuer_reserve(j->card, &l.port, &j->todo, other, j->first, &opened, receipt,
				       &t->err);
	return rc == RP_OK ? reserved(j, &l, &opened, receipt, t) : issuer_failed(j, rc, SECRET_OTHER, t);
}

rp_code cmd_reserve(struct app *a, struct trouble *t)
{
	RP_AUTO(job_free) struct job j = {.a = a, .deed = DEED_RESERVE, .tty = -1};
	rp_code rc = job_open(&j, t);

	if (rc == RP_OK)
		rc = issuer_offers(&j, false, t);
	return rc == RP_OK ? reserve(&j, t) : rc;
}
