/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key of a phone: made in a file that its owner alone reads, and registered at the issuer for the
 * certificates that the phone keeps, by the signature PIN of the card that they came from.
 */
#include "cli/phone.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *made(void)
{
	return _("Done. The phone's key is made. Whoever has this file is the phone: keep it for yourself.");
}

static const char *registered(void)
{
	return _("Done. The issuer knows this phone now. A phone that was registered before serves no more.");
}

static rp_code make(struct app *a, struct trouble *t)
{
	rp_code rc = rp_device_key_make(a->o.device_key, &t->err);

	if (rc != RP_OK && access(a->o.device_key, F_OK) == 0)
		return trouble_say(t, RP_E_USAGE,
				   _("It may be registered, and is never written over. Name another file."),
				   _("There is a key already: %s"), a->o.device_key);
	return rc;
}

/* `of`: a job of the card that the phone's certificates came from, empty. */
static rp_code register_it(struct job *j, struct job *of, struct trouble *t)
{
	RP_AUTO(issuer_close) struct issuer_link l = {0};
	RP_AUTO(phone_source_free) struct phone_source s = {0};
	char receipt[RP_ISSUER_ID] = "";
	struct rp_source source;
	rp_code rc = issuer_connect(j->a, 0, &l, t);

	if (rc == RP_OK)
		rc = phone_source_find(j->a, rp_card_reader(j->card), &s, t);
	if (rc != RP_OK)
		return job_failed(j, rc, t);
	out_para(OUT_TALK, 0,
		 _("To be registered: the key of this phone. It is done with the signature PIN of the card "
		   "that "
		   "the phone's certificates came from:"));
	rc = phone_ask_source(j, &s, of, t);
	if (rc != RP_OK)
		return rc;
	l.proves = true;
	source = (struct rp_source){.card = s.card, .job = of->todo, .current = of->first};
	rc = rp_issuer_register(j->card, &l.port, &j->todo, &source, receipt, &t->err);
	if (rc != RP_OK)
		return t->err.of_source ? phone_source_failed(of, rc, t) : issuer_failed(j, rc, SECRETS_N, t);
	if (j->a->o.json)
		return json_show(json_pack("{s:b, s:i, s:s, s:s}", "done", 1, "tries_spent", 0, "receipt",
					   receipt, "message", registered()),
				 t);
	out_para(OUT_RESULT, 0, registered());
	out_parf(OUT_RESULT, 0, _("Receipt: %s"), receipt);
	return RP_OK;
}

rp_code cmd_device(struct app *a, struct trouble *t)
{
	RP_AUTO(job_free) struct job j = {.a = a, .deed = DEED_DEVICE, .tty = -1};
	const bool only_make = a->o.n_args == 1 && strcmp(a->o.args[0], "new") == 0;
	struct job *of;
	rp_code rc = RP_OK;

	if (a->o.n_args > 0 && !only_make)
		return trouble_say(t, RP_E_USAGE, _("'repin --help' shows how."),
				   _("The command '%s' takes '%s' or nothing."), "device", "new");
	if (a->o.device_key == NULL)
		return trouble_say(t, RP_E_USAGE, _("Name the file with --device-key FILE."),
				   _("Which key? A phone's key is in a file."));
	if (only_make || access(a->o.device_key, F_OK) != 0)
		rc = make(a, t);
	if (rc == RP_OK && only_make) {
		if (a->o.json)
			return json_show(json_pack("{s:b, s:s}", "done", 1, "message", made()), t);
		out_para(OUT_RESULT, 0, made());
		return RP_OK;
	}
	/* The key is for both PINs of the phone; the first one stands for it. */
	a->o.args[0] = rp_slot_word(RP_SLOT_SIGN);
	a->o.n_args = 1;
	if (rc == RP_OK)
		rc = job_open(&j, t);
	if (rc != RP_OK)
		return rc;
	of = calloc(1, sizeof *of);
	rc = of != NULL ? register_it(&j, of, t) : rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for a job");
	if (of != NULL)
		phone_asked_free(of);
	free(of);
	return rc;
}
