/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/issuer.h"

#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* Why the PIN is locked; looked at before anything is asked. */
static rp_code check_cause(const char *cause, struct trouble *t)
{
	static const char *const words[] = {"forgotten", "typed-wrong", "another-program", "not-said"};

	for (size_t k = 0; cause != NULL && k < sizeof words / sizeof words[0]; k++)
		if (strcmp(cause, words[k]) == 0)
			return RP_OK;
	return cause == NULL
		       ? RP_OK
		       : trouble_say(t, RP_E_USAGE, NULL,
				     _("The option --cause takes forgotten, typed-wrong, another-program or "
				       "not-said. Nothing was sent."));
}

rp_code issuer_client(struct app *a, int64_t most_ms, client **ret, struct trouble *t)
{
	struct client_conf conf = {.timeout_ms = a->o.timeout_s * 1000};
	struct rp_wait w = {.deadline_ms = INT64_MAX, .cancel_fd = a->cancel_fd};
	rp_code rc = check_cause(a->o.cause, t);

	if (rc == RP_OK)
		rc = app_conf(a, t);
	if (rc != RP_OK)
		return rc;
	if (a->conf.issuer_url[0] == '\0')
		return trouble_say(
			t, RP_E_CONFIG,
			_("Name its server with issuer-url in the configuration (see repin.conf(5))."),
			_("This machine does not know the card's issuer."));
	conf.url = a->conf.issuer_url;
	conf.console_url = or_null(a->conf.console_url);
	conf.ca_file = or_null(a->conf.issuer_ca);
	conf.cert_file = or_null(a->conf.terminal_cert);
	conf.key_file = or_null(a->conf.terminal_key);
	rc = client_new(&conf, ret, &t->err);
	if (rc != RP_OK)
		return rc;
	if (most_ms > 0)
		w.deadline_ms = clock_ms() + most_ms;
	client_wait(*ret, &w);
	return RP_OK;
}

/* --- the port, with what it does said to whoever shows the steps --- */

static rp_code ask_nonce(void *arg, uint8_t ret[16], struct rp_error *err)
{
	const struct issuer_link *l = arg;

	/* The second one goes into the proof that is made next. */
	if (l->proves && l->shown)
		step_say(l->a, STEP_PROVE);
	return l->inner.nonce(l->inner.arg, ret, err);
}

static rp_code ask_presence(void *arg, const struct rp_presence *p, struct rp_issuer_facts *ret,
			    struct rp_error *err)
{
	struct issuer_link *l = arg;

	step_say(l->a, l->granted ? STEP_SETTLE : STEP_ISSUER);
	l->shown = l->proves;
	return l->inner.presence(l->inner.arg, p, ret, err);
}

static rp_code ask_reserve(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			   struct rp_case *ret, char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	const struct issuer_link *l = arg;

	step_say(l->a, STEP_GRANT);
	return l->inner.reserve(l->inner.arg, p, e, ret, ret_receipt, err);
}

static rp_code ask_grant(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			 struct rp_grant *ret, struct rp_error *err)
{
	struct issuer_link *l = arg;
	rp_code rc;

	step_say(l->a, STEP_GRANT);
	rc = l->inner.grant(l->inner.arg, p, e, ret, err);
	if (rc == RP_OK) {
		l->granted = true;
		step_say(l->a, STEP_SET);
	}
	return rc;
}

static rp_code give_word(void *arg, const struct rp_grant *g, bool done, const uint8_t *answer, size_t len,
			 struct rp_error *err)
{
	const struct issuer_link *l = arg;

	step_say(l->a, STEP_SETTLE);
	return l->inner.word(l->inner.arg, g, done, answer, len, err);
}

static rp_code ask_user_code(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			     char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	const struct issuer_link *l = arg;

	step_say(l->a, STEP_GRANT);
	return l->inner.user_code(l->inner.arg, p, e, ret_receipt, err);
}

static rp_code ask_device(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			  char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	const struct issuer_link *l = arg;

	step_say(l->a, STEP_GRANT);
	return l->inner.device(l->inner.arg, p, e, ret_receipt, err);
}

static rp_code sign_as_phone(void *arg, const char *lines, size_t len, struct rp_device *ret,
			     struct rp_error *err)
{
	const struct issuer_link *l = arg;

	return rp_device_key_sign(l->a->key, lines, len, ret, err);
}

/* The link must stay where it is from now on. */
static void say_steps(struct issuer_link *l, const struct app *a)
{
	l->a = a;
	l->inner = l->port;
	l->port = (struct rp_issuer_port){.arg = l,
					  .issuer = l->inner.issuer,
					  .terminal = l->inner.terminal,
					  .nonce = ask_nonce,
					  .presence = ask_presence,
					  .reserve = ask_reserve,
					  .grant = ask_grant,
					  .word = give_word,
					  .user_code = ask_user_code,
					  .device = ask_device};
	if (a->key == NULL)
		return;
	l->port.terminal = rp_device_key_terminal(a->key);
	l->port.sign = sign_as_phone;
}

/* As the system that made the check gave it; only the issuer can tell whether it is good. */
static rp_code read_evidence(const char *path, struct issuer_link *l, struct trouble *t)
{
	FILE *f = fopen(path, "re");
	size_t len = 0;
	bool whole = false;

	l->external = malloc(RP_EXTERNAL_MAX);
	if (f != NULL && l->external != NULL) {
		len = fread(l->external, 1, RP_EXTERNAL_MAX, f);
		whole = ferror(f) == 0 && fgetc(f) == EOF;
	}
	if (f != NULL)
		(void)fclose(f);
	if (len == 0 || !whole)
		return trouble_say(t, RP_E_USAGE,
				   _("Give the file as the system that made the check wrote it."),
				   _("%s cannot be read, or is no such evidence. Nothing was sent."), path);
	l->port.external = l->external;
	l->port.external_len = len;
	return RP_OK;
}

rp_code issuer_connect(struct app *a, int64_t most_ms, struct issuer_link *ret, struct trouble *t)
{
	struct issuer_link l = {0};
	rp_code rc = issuer_client(a, most_ms, &l.c, t);

	if (rc == RP_OK)
		rc = client_port(l.c, &l.port, &t->err);
	if (rc != RP_OK) {
		issuer_close(&l);
		return rc;
	}
	*ret = l;
	if (a->o.steps_fd >= 0 || a->key != NULL)
		say_steps(ret, a);
	ret->port.cause = a->o.cause;
	if (a->o.evidence == NULL)
		return RP_OK;
	rc = read_evidence(a->o.evidence, ret, t);
	if (rc != RP_OK)
		issuer_close(ret);
	return rc;
}

void issuer_close(struct issuer_link *l)
{
	if (l->c != NULL)
		client_free(l->c);
	l->c = NULL;
	free(l->external);
	l->external = NULL;
}

bool issuer_is_terminal(const struct app *a)
{
	return a->conf.terminal_cert[0] != '\0';
}

/* --- refusals --- */

/* Only these two stand for a try; a code that is missing or over was not compared. */
static rp_code code_of(const struct rp_error *e)
{
	if (e->problem == RP_PROBLEM_CODE_WRONG ||
	    (e->problem == RP_PROBLEM_CODE_BLOCKED && e->tries_spent != 0))
		return RP_E_SECRET_WRONG;
	if (e->problem == RP_PROBLEM_CODE_BLOCKED)
		return RP_E_SECRET_LOCKED;
	return e->code;
}

rp_code issuer_failed(struct job *j, rp_code rc, enum secret_name field, struct trouble *t)
{
	if (rc == RP_E_ISSUER_REFUSED) {
		rc = t->err.code = code_of(&t->err);
		if (rc != RP_E_ISSUER_REFUSED && field == SECRET_USER_CODE)
			t->err.slot = RP_SLOT_USER_CODE;
		if (rc != RP_E_ISSUER_REFUSED && field != SECRETS_N)
			(void)snprintf(t->err.field, sizeof t->err.field, "%s", secret_word(field));
	}
	return job_failed(j, rc, t);
}

rp_code issuer_refuse(struct job *j, enum rp_problem problem, struct trouble *t)
{
	rp_code rc;

	trouble_start(t);
	rc = rp_refuse(&t->err, problem, "told before a secret was asked");
	t->err.tries_spent = 0;
	t->err.slot = j->slot;
	return issuer_failed(j, rc, SECRETS_N, t);
}

/* Does the table send this PIN through a door that an issuer opens? */
static bool has_door(const struct job *j, bool any_door)
{
	for (size_t i = 0; i < n_doors_rows; i++) {
		const struct doors_row *r = &doors_rows[i];
		const bool ours = r->door == DOORS_KIOSK ||
				  (any_door &&
				   (r->door == DOORS_COUNTER || r->door == DOORS_USER_CODE ||
				    r->door == DOORS_USER_CODE_RESET || r->door == DOORS_HELP_DESK));

		if (ours && r->never == DOORS_WHY_NONE && r->slot == j->slot &&
		    strcmp(r->profile, j->facts.profile) == 0)
			return true;
	}
	return false;
}

static rp_code no_nonce(void *arg, uint8_t ret[16], struct rp_error *err)
{
	(void)arg, (void)ret;
	return rp_fail(err, RP_E_ISSUER_AWAY, "the card has a reset application; nobody is asked yet");
}

static rp_slot any_slot(const struct rp_card_facts *f)
{
	for (size_t i = 0; i < f->n_pins; i++)
		if (f->pins[i].slot <= RP_SLOT_PIN && f->pins[i].state != RP_PIN_NOT_SET)
			return f->pins[i].slot;
	return RP_SLOT_NONE;
}

rp_code issuer_probe(rp_card *card, struct rp_card_facts *f, struct rp_error *err)
{
	const struct rp_issuer_port nobody = {.issuer = "", .terminal = "", .nonce = no_nonce};
	const rp_slot slot = any_slot(f);
	struct rp_issuer_facts told;
	struct rp_error why = RP_ERROR_INIT;
	rp_code rc;

	if (f->ours || slot == RP_SLOT_NONE)
		return RP_OK;
	/* It selects the application, and asks for a number only when that has answered. */
	rc = rp_issuer_look(card, &nobody, slot, f, &told, &why);
	f->ours = rc == RP_E_ISSUER_AWAY;
	if (rc == RP_E_ISSUER_AWAY || rc == RP_E_NOT_OFFERED)
		return RP_OK;
	if (err != NULL)
		*err = why;
	return rc;
}

rp_code issuer_offers(struct job *j, bool any_door, struct trouble *t)
{
	const char *name = words_pin(j->facts.profile, j->slot);
	rp_code rc;

	if (!has_door(j, any_door)) {
		(void)job_refuse(j, j->slot, RP_E_NOT_OFFERED, t);
		return trouble_say(t, RP_E_NOT_OFFERED, NULL,
				   any_door ? _("The issuer does not reset this here: %s.")
					    : _("There is no reservation for this: %s."),
				   name);
	}
	if (strcmp(j->facts.profile, "gids") == 0)
		return RP_OK;
	rc = issuer_probe(j->card, &j->facts, &t->err);
	if (rc != RP_OK)
		return job_failed(j, rc, t);
	if (j->facts.ours)
		return RP_OK;
	(void)job_refuse(j, j->slot, RP_E_NOT_OFFERED, t);
	return trouble_say(t, RP_E_NOT_OFFERED, NULL,
			   _("This card's reset is its issuer's own. Nothing of it was sent to the card."));
}

/* --- words --- */

void issuer_left_text(int64_t left_s, char *ret, size_t cap)
{
	const int64_t minutes = left_s > 0 ? (left_s + 59) / 60 : 0;
	const unsigned days = (unsigned)(minutes / 1440), hours = (unsigned)(minutes / 60),
		       rest = (unsigned)(minutes % 60);
	char first[64];

	if (hours > 48) {
		(void)snprintf(ret, cap, ngettext("%u day", "%u days", days), days);
		return;
	}
	(void)snprintf(first, sizeof first, ngettext("%u hour", "%u hours", hours), hours);
	if (hours > 0 && rest == 0)
		(void)snprintf(ret, cap, "%s", first);
	else
		(void)snprintf(ret, cap, "%s%s", hours > 0 ? first : "", hours > 0 ? text_gap() : "");
	if (hours > 0 && rest == 0)
		return;
	(void)snprintf(ret + strlen(ret), cap - strlen(ret), ngettext("%u minute", "%u minutes", rest), rest);
}

void issuer_say_settled(const struct rp_issuer_facts *f)
{
	if (f->settled[0] == '\0')
		return;
	if (strcmp(f->settled_state, "done") == 0)
		out_parf(OUT_TALK, 0,
			 _("The issuer did not know the end of an earlier reset (%s); the card has just "
			   "shown it "
			   "that it was done."),
			 f->settled);
	else
		out_parf(OUT_TALK, 0,
			 _("The issuer did not know the end of an earlier reset (%s); the card has just "
			   "shown it "
			   "that it was not done."),
			 f->settled);
}

json_t *issuer_case_json(const struct rp_case *c)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:b}", "case", c->id, "slot", rp_slot_word(c->slot),
			 "door", c->door, "state", c->state, "left_s",
			 c->left_s >= 0 ? json_integer(c->left_s) : json_null(), "here", (int)c->here);
}

/* --- kiosks, from the issuer's public page --- */

/* A text of the page as a terminal may show it. */
static const char *text_in(const json_t *group, const char *name, char *ret, size_t cap)
{
	const char *text = json_string_value(json_object_get(group, name));

	text_clean(text != NULL ? text : "", text != NULL ? strlen(text) : 0, ret, cap);
	return ret;
}

/* "mynumber:sign" among "mynumber:sign,mynumber:auth" */
static bool serves(const json_t *group, const struct job *j)
{
	const char *slots = json_string_value(json_object_get(group, "slots"));
	const char *klass = json_string_value(json_object_get(group, "class"));
	char wanted[64];

	(void)snprintf(wanted, sizeof wanted, "%s:%s", j->facts.profile, rp_slot_word(j->slot));
	if (slots == NULL || klass == NULL || strcmp(klass, "kiosk") != 0)
		return false;
	while (*slots != '\0') {
		const size_t len = strcspn(slots, ",");

		if (len == strlen(wanted) && strncmp(slots, wanted, len) == 0)
			return true;
		slots += len + (slots[len] == ',' ? 1 : 0);
	}
	return false;
}

bool issuer_say_kiosks(const struct issuer_link *l, const struct job *j)
{
	const json_t *groups = json_object_get(client_public(l->c), "groups");
	char who[128], places[256], hours[128];
	bool any = false;

	for (size_t i = 0; i < json_array_size(groups); i++) {
		const json_t *g = json_array_get(groups, i);

		if (!serves(g, j))
			continue;
		any = true;
		out_parf(OUT_RESULT, 2, "%s: %s (%s)", text_in(g, "operator", who, sizeof who),
			 text_in(g, "places", places, sizeof places),
			 text_in(g, "hours", hours, sizeof hours));
	}
	return any;
}

json_t *issuer_kiosks_json(const struct issuer_link *l, const struct job *j)
{
	const json_t *groups = json_object_get(client_public(l->c), "groups");
	char who[128], places[256], hours[128];
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(groups); i++) {
		const json_t *g = json_array_get(groups, i);

		if (serves(g, j)) /* a failed list fails in json_pack */
			(void)json_array_append_new(
				list,
				json_pack("{s:o, s:o, s:o}", "operator",
					  json_text(text_in(g, "operator", who, sizeof who)), "places",
					  json_text(text_in(g, "places", places, sizeof places)), "hours",
					  json_text(text_in(g, "hours", hours, sizeof hours))));
	}
	return list;
}
