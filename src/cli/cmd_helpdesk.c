/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of the line: an operator signs in and decides for a holder whose identity was made sure.
 * On-line the holder gets a case and a one-time code; by telephone the card's challenge is answered.
 */
#include "cli/issuer.h"

#include "base/phone.h"
#include "base/secret.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define TOTP_LEN 6

static rp_code missing(const char *option, struct trouble *t)
{
	return trouble_say(t, RP_E_USAGE, _("'repin helpdesk --help' shows all of them."),
			   _("The option --%s is needed."), option);
}

/* Both texts go into the issuer's log; longer ones are refused there. */
static rp_code check_options(const struct opts *o, struct trouble *t)
{
	struct rp_profile_info info;

	if (o->card == NULL)
		return missing("card", t);
	if (o->reason == NULL)
		return missing("reason", t);
	if (o->identified_by == NULL)
		return missing("identified-by", t);
	if (o->operator_name == NULL)
		return missing("operator", t);
	if (o->profile != NULL && !rp_profile_of(o->profile, &info))
		return trouble_say(t, RP_E_USAGE, _("'repin profiles' lists them all."),
				   _("No card family has the name '%s'."), o->profile);
	if (o->door != NULL && strcmp(o->door, "help-desk") != 0)
		return trouble_say(t, RP_E_USAGE,
				   _("At the counter a clerk decides on an application, with its documents."),
				   _("Cases are opened here for the door help-desk, not for '%s'."), o->door);
	return RP_OK;
}

/* The family: that of the door's usual cards, unless told. */
static void fill(const struct job *j, struct client_decision *d)
{
	const struct opts *o = &j->a->o;

	d->door = "help-desk";
	d->profile = o->profile != NULL ? o->profile : "gids";
	d->number = o->card;
	d->slot = j->slot;
	d->reason = o->reason;
	d->identified_by = o->identified_by;
	d->cause = o->cause;
}

static rp_code check_slot(struct job *j, const struct client_decision *d, struct trouble *t)
{
	char slots[128];

	if (doors_know(d->profile, j->slot))
		return RP_OK;
	words_slots(d->profile, slots, sizeof slots);
	return trouble_say(t, RP_E_SLOT_UNKNOWN, NULL,
			   _("This card (%s) has no PIN with the name '%s'. It has: %s."),
			   words_family(d->profile), rp_slot_word(j->slot), slots);
}

static rp_code read_challenge(struct job *j, uint8_t ret[8], struct trouble *t)
{
	for (unsigned round = 0;; round++) {
		RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
		rp_code rc = ask_plain(j, SECRET_CHALLENGE, _("The challenge that the holder reads out:"),
				       true, &typed, t);

		if (rc == RP_OK)
			rc = phone_typed(typed, ret, t);
		if (rc == RP_OK || !ask_again(j, t, rc, round))
			return rc;
	}
}

static rp_code read_totp(struct job *j, char ret[TOTP_LEN + 1], struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
	rp_code rc = ask_plain(j, SECRET_TOTP, _("One-time password of your device:"), true, &typed, t);

	if (rc != RP_OK)
		return rc;
	for (size_t i = 0; i < rp_secret_len(typed); i++)
		if (rp_secret_len(typed) != TOTP_LEN || rp_secret_bytes(typed)[i] < '0' ||
		    rp_secret_bytes(typed)[i] > '9')
			return trouble_say(t, RP_E_INPUT_CHARS, NULL,
					   _("A one-time password of a device has six digits."));
	for (size_t i = 0; i < TOTP_LEN; i++)
		ret[i] = (char)rp_secret_bytes(typed)[i];
	ret[TOTP_LEN] = '\0';
	return RP_OK;
}

rp_code helpdesk_sign_in(struct job *j, client *c, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *password = NULL;
	char totp[TOTP_LEN + 1] = "";
	rp_code rc = ask_plain(j, SECRET_PASSWORD, _("Your password:"), false, &password, t);

	if (rc == RP_OK)
		rc = read_totp(j, totp, t);
	if (rc == RP_OK)
		rc = client_sign_in(c, j->a->o.operator_name, password, totp, &t->err);
	rp_wipe(totp, sizeof totp);
	return rc;
}

static rp_code show_json(const struct job *j, const struct client_decision *d,
			 const struct client_decided *got, struct trouble *t)
{
	char groups[PHONE_TEXT] = "", hex[PHONE_HEX_TEXT] = "";

	if (got->has_response) {
		phone_of(got->response, groups);
		phone_hex_of(got->response, hex);
	}
	return json_show(json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "case", got->case_id,
				   "profile", d->profile, "slot", rp_slot_word(j->slot), "door", d->door,
				   "receipt", got->receipt, "code", json_text(got->code), "response",
				   json_text(groups), "response_hex", json_text(hex)),
			 t);
}

/* "ABCDE-FGHJK-M": as it is read out and typed. */
static void say_code(const char *code)
{
	char text[20];

	(void)snprintf(text, sizeof text, "%.5s-%.5s-%s", code, strlen(code) > 5 ? code + 5 : "",
		       strlen(code) > 10 ? code + 10 : "");
	out_parf(OUT_RESULT, 4, "%s", text);
	rp_wipe(text, sizeof text);
}

static rp_code show(const struct job *j, const struct client_decision *d, const struct client_decided *got,
		    struct trouble *t)
{
	if (j->a->o.json)
		return show_json(j, d, got, t);
	if (got->has_response) {
		out_para(OUT_RESULT, 0, _("Read this response to the holder, group by group:"));
		phone_say(OUT_RESULT, got->response);
	}
	out_parf(OUT_RESULT, 0, _("Case: %s"), got->case_id);
	if (got->code[0] != '\0') {
		out_para(OUT_RESULT, 0, _("The holder's one-time code; it is shown only now:"));
		say_code(got->code);
		out_parf(OUT_RESULT, 0, _("The holder goes on with: repin reset %s --case %s"),
			 rp_slot_word(j->slot), got->case_id);
	}
	out_parf(OUT_RESULT, 0, _("Receipt: %s"), got->receipt);
	return RP_OK;
}

static rp_code decide(struct job *j, struct trouble *t)
{
	RP_AUTO(issuer_close) struct issuer_link l = {0};
	struct client_decision d = {0};
	struct client_decided got = {0};
	uint8_t challenge[8];
	rp_code rc;

	fill(j, &d);
	rc = check_slot(j, &d, t);
	if (rc == RP_OK)
		rc = issuer_client(j->a, 0, &l.c, t);
	if (rc == RP_OK && j->a->o.by_phone) {
		d.challenge = challenge;
		rc = read_challenge(j, challenge, t);
	}
	if (rc == RP_OK)
		rc = helpdesk_sign_in(j, l.c, t);
	if (rc == RP_OK)
		rc = client_decide(l.c, &d, &got, &t->err);
	if (rc == RP_OK)
		rc = show(j, &d, &got, t);
	rp_wipe(&got, sizeof got);
	return rc;
}

rp_code cmd_helpdesk(struct app *a, struct trouble *t)
{
	static const enum secret_name on_line[] = {SECRET_PASSWORD, SECRET_TOTP, SECRETS_N};
	static const enum secret_name phone[] = {SECRET_PASSWORD, SECRET_TOTP, SECRET_CHALLENGE, SECRETS_N};
	RP_AUTO(job_free) struct job j = {.a = a, .deed = DEED_HELPDESK, .tty = -1};
	rp_code rc;

	t->deed = DEED_HELPDESK;
	if (revoke_is(&a->o))
		return revoke_run(&j, t);
	rc = check_options(&a->o, t);
	if (rc == RP_OK)
		rc = job_slot(&j, t);
	if (rc == RP_OK)
		rc = job_source(&j, t);
	if (rc == RP_OK)
		rc = job_names(&j, a->o.by_phone ? phone : on_line, t);
	return rc == RP_OK ? decide(&j, t) : rc;
}
