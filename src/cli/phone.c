/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The app on a phone, whose key is in the file of --device-key. Of PINs it changes and resets those
 * of the certificates that the phone keeps, alone; for the signature PIN and for the phone's key
 * itself the card that the certificates came from lies in a reader of its own, and its signature PIN
 * proves.
 */
#include "cli/phone.h"

#include "base/secret.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PHONE "mynumber-mobile"
#define SOURCE "mynumber"

rp_code phone_key(struct app *a, struct trouble *t)
{
	/* A page is shown before there is a key: to make one is what it offers then. */
	if (a->key != NULL || (a->o.run == cmd_view && access(a->o.device_key, F_OK) != 0))
		return RP_OK;
	if (a->conf.terminal_cert[0] != '\0')
		return trouble_say(t, RP_E_CONFIG, _("Run it without --device-key."),
				   _("This machine is a terminal of the issuer; it is no phone."));
	return rp_device_key_open(a->o.device_key, &a->key, &t->err);
}

bool phone_is(const struct rp_card_facts *f)
{
	return f->profile != NULL && strcmp(f->profile, PHONE) == 0;
}

/* --- the right door for the others --- */

static rp_code in_app_only(struct job *j, struct trouble *t)
{
	(void)job_refuse(j, j->slot, RP_E_NOT_OFFERED, t);
	t->door = doors_word(DOORS_APP);
	return trouble_say(t, RP_E_NOT_OFFERED, text_no_change(PHONE, j->slot),
			   _("This is no smartphone: %s. Nothing was sent."), _(doors_title(DOORS_APP)));
}

static rp_code no_card_here(struct job *j, struct trouble *t)
{
	(void)job_refuse(j, j->slot, RP_E_NOT_OFFERED, t);
	return trouble_say(
		t, RP_E_NOT_OFFERED,
		_("For the card's PINs take the way that is shown for the card. A reservation for a kiosk "
		  "can be opened here, too."),
		_("The app changes and resets only the PINs of the smartphone's certificates."));
}

rp_code phone_may(struct job *j, struct trouble *t)
{
	const bool is_app = j->a->o.device_key != NULL;
	rp_code rc;

	if (!is_app && !phone_is(&j->facts))
		return RP_OK;
	if (!is_app)
		return in_app_only(j, t);
	if (j->deed == DEED_RESERVE)
		return RP_OK;
	if (!phone_is(&j->facts))
		return no_card_here(j, t);
	rc = issuer_probe(j->card, &j->facts, &t->err);
	if (rc != RP_OK)
		return job_failed(j, rc, t);
	if (j->facts.ours)
		return RP_OK;
	(void)job_refuse(j, j->slot, RP_E_NOT_OFFERED, t);
	return trouble_say(
		t, RP_E_NOT_OFFERED, NULL,
		_("These certificates' PINs are their issuer's own app's. Nothing of it was sent."));
}

/* --- the card that the certificates came from --- */

static rp_code no_source(struct trouble *t)
{
	return trouble_say(
		t, RP_E_NO_CARD,
		_("Put the My Number Card that the smartphone's certificates came from on the other "
		  "reader. No try was spent."),
		_("The card that the smartphone's certificates came from is missing."));
}

static rp_code look_at(struct app *a, const char *reader, struct phone_source *ret, struct trouble *t)
{
	rp_code rc = app_second(a, &ret->ctx, &t->err);

	if (rc == RP_OK)
		rc = rp_card_look(ret->ctx, reader, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, &ret->card,
				  &ret->facts, &t->err);
	if (rc != RP_OK)
		phone_source_free(ret);
	return rc;
}

/* The one My Number Card among the other readers. */
static rp_code find_source(struct app *a, const char *phone, struct phone_source *ret, struct trouble *t)
{
	const struct rp_reader *readers = NULL;
	size_t n = 0;
	rp_code rc = app_readers(a, &readers, &n, &t->err);

	for (size_t i = 0; i < n && rc == RP_OK; i++) {
		struct phone_source one = {0};

		if (readers[i].state == RP_READER_EMPTY || strcmp(readers[i].name, phone) == 0)
			continue;
		/* What cannot be read is not the card; its error would hide the one that is. */
		if (look_at(a, readers[i].name, &one, t) != RP_OK) {
			trouble_start(t);
			continue;
		}
		if (strcmp(one.facts.profile, SOURCE) != 0) {
			phone_source_free(&one);
			continue;
		}
		if (ret->card != NULL) {
			phone_source_free(&one);
			return trouble_say(t, RP_E_USAGE, _("Choose one with --card-reader."),
					   _("There are My Number Cards in several readers."));
		}
		*ret = one;
	}
	return rc;
}

rp_code phone_source_find(struct app *a, const char *phone, struct phone_source *ret, struct trouble *t)
{
	RP_AUTO(phone_source_free) struct phone_source found = {0};
	rp_code rc = a->o.card_reader != NULL ? look_at(a, a->o.card_reader, &found, t)
					      : find_source(a, phone, &found, t);

	if (rc != RP_OK)
		return rc;
	if (found.card == NULL || strcmp(found.facts.profile, SOURCE) != 0)
		return no_source(t);
	*ret = found;
	found = (struct phone_source){0};
	return RP_OK;
}

void phone_source_free(struct phone_source *s)
{
	rp_card_close(s->card);
	app_second_free(s->ctx);
	*s = (struct phone_source){0};
}

/* --- its signature PIN --- */

/* A job about the source card, for its words; what it owns is the phone's job's. */
static void second_job(const struct job *j, const struct phone_source *s, struct job *ret)
{
	const struct rp_pin_facts *pin = facts_pin(&s->facts, RP_SLOT_SIGN);

	*ret = (struct job){.a = j->a, .deed = j->deed, .slot = RP_SLOT_SIGN, .tty = j->tty, .card = s->card};
	ret->facts = s->facts;
	(void)!rp_pin_info(SOURCE, RP_SLOT_SIGN, &ret->info);
	if (pin != NULL)
		ret->pin = *pin;
	ret->todo =
		(struct rp_job){.slot = RP_SLOT_SIGN, .shown = &s->facts, .last_try_ok = j->a->o.last_try};
}

static rp_code check_source(struct job *of, struct trouble *t)
{
	if (of->a->o.card_expect != NULL) {
		rp_code rc = expect_check(of->a->o.card_expect, &of->facts, t);

		if (rc != RP_OK)
			return job_failed(of, rc, t);
	}
	if (of->pin.state == RP_PIN_LOCKED)
		return job_refuse(of, RP_SLOT_SIGN, RP_E_LOCKED, t);
	if (of->pin.state == RP_PIN_NOT_SET)
		return job_refuse(of, RP_SLOT_SIGN, RP_E_NOT_SET, t);
	return RP_OK;
}

rp_code phone_ask_source(struct job *j, const struct phone_source *s, struct job *of, struct trouble *t)
{
	rp_code rc;

	second_job(j, s, of);
	rc = check_source(of, t);
	if (rc != RP_OK)
		return rc;
	say_card(OUT_TALK, rp_card_reader(s->card), &s->facts);
	out_gap(OUT_TALK);
	job_say_stakes(of, RP_SLOT_SIGN, &of->pin);
	rc = job_consent(of, &of->pin, t);
	if (rc != RP_OK)
		return rc;
	of->given = j->given;
	rc = ask_first(of, SECRET_OTHER, RP_SLOT_SIGN, t);
	j->given = of->given;
	of->given = (struct secrets){0};
	return rc;
}

rp_code phone_source_failed(struct job *of, rp_code rc, struct trouble *t)
{
	if (!of->a->o.json)
		out_parf(OUT_ERROR, 0, _("This is about the card: %s. Nothing was changed on the phone."),
			 words_pin(of->facts.profile, RP_SLOT_SIGN));
	return job_failed(of, rc, t);
}

void phone_asked_free(struct job *of)
{
	rp_secret_freep(&of->first);
}

/* --- a new PIN --- */

static rp_code check_names(struct job *j, bool by_card, struct trouble *t)
{
	const enum secret_name names[] = {SECRET_NEW, by_card ? SECRET_OTHER : SECRETS_N, SECRETS_N};

	return job_names(j, names, t);
}

static rp_code ask_and_set(struct job *j, struct issuer_link *l, const struct phone_source *s,
			   struct rp_reset_done *ret, struct trouble *t)
{
	const bool by_card = s->card != NULL;
	RP_AUTO(phone_asked_free) struct job of = {0};
	struct rp_source source;
	rp_code rc = RP_OK;

	out_parf(OUT_TALK, 0, _("To be set: %s"), words_pin(j->facts.profile, j->slot));
	if (by_card)
		rc = phone_ask_source(j, s, &of, t);
	if (rc == RP_OK)
		rc = ask_fresh(j, t);
	if (rc != RP_OK)
		return rc;
	l->proves = by_card;
	source = (struct rp_source){.card = s->card, .job = of.todo, .current = of.first};
	rc = rp_issuer_reset_phone(j->card, &l->port, &j->todo, by_card ? &source : NULL, j->fresh, ret,
				   &t->err);
	if (rc != RP_OK && t->err.of_source)
		return phone_source_failed(&of, rc, t);
	return rc == RP_OK ? RP_OK : issuer_failed(j, rc, SECRETS_N, t);
}

rp_code phone_reset(struct job *j, struct trouble *t)
{
	const struct reset_plan plan = {.door = DOORS_APP, .card_slot = j->slot, .left_s = -1};
	const bool by_card = j->slot == RP_SLOT_SIGN;
	RP_AUTO(issuer_close) struct issuer_link l = {0};
	RP_AUTO(phone_source_free) struct phone_source s = {0};
	struct rp_issuer_facts told = {0};
	struct rp_reset_done done = {0};
	rp_code rc = check_names(j, by_card, t);

	if (rc == RP_OK)
		rc = issuer_connect(j->a, 0, &l, t);
	if (rc == RP_OK)
		rc = rp_issuer_look(j->card, &l.port, j->slot, &j->facts, &told, &t->err);
	if (rc != RP_OK)
		return issuer_failed(j, rc, SECRETS_N, t);
	issuer_say_settled(&told);
	rc = reset_check_card(j, &told, t);
	if (rc == RP_OK && by_card)
		rc = phone_source_find(j->a, rp_card_reader(j->card), &s, t);
	if (rc == RP_OK)
		rc = ask_and_set(j, &l, &s, &done, t);
	return rc == RP_OK ? reset_done(j, &plan, &done, t) : rc;
}
