/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What change and unlock have in common: which card, which PIN, what is at stake; then
 * refuse everything that cannot succeed before a secret is asked; then, after the
 * secrets, what was done. Nothing here spends a try.
 */
#include "cli/phone.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SECRETS_WAIT_MS 300000 /* a pipe that is never closed must not hold a batch job for ever */

const struct rp_pin_facts *facts_pin(const struct rp_card_facts *f, rp_slot slot)
{
	for (size_t i = 0; i < f->n_pins; i++)
		if (f->pins[i].slot == slot)
			return &f->pins[i];
	return NULL;
}

void job_free(struct job *j)
{
	secrets_free(&j->given);
	rp_secret_freep(&j->first);
	rp_secret_freep(&j->fresh);
	rp_card_close(j->card);
	out_talk_on(-1);
	if (j->tty >= 0)
		(void)close(j->tty);
}

static void say_line(struct table *t, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	table_row(t);
	table_cell(t, 0, STYLE_PLAIN, label);
	table_cell(t, 1, STYLE_HEAD, text);
}

void say_card(enum out_to to, const char *reader, const struct rp_card_facts *f)
{
	RP_AUTO(table_free) struct table t = {0};
	char valid[64] = "";

	if (f->valid_from[0] != '\0' && f->valid_to[0] != '\0')
		(void)snprintf(valid, sizeof valid, _("%s to %s"), f->valid_from, f->valid_to);
	else if (f->valid_to[0] != '\0')
		(void)snprintf(valid, sizeof valid, _("until %s"), f->valid_to);
	say_line(&t, _("Card"), words_family(f->profile));
	say_line(&t, _("Number"), f->number);
	say_line(&t, _("Holder"), f->holder);
	say_line(&t, _("Valid"), valid);
	say_line(&t, _("Reader"), reader);
	table_show(&t, to, 0); /* short of memory: the job goes on, and its errors still speak */
}

/* --- before the card is touched --- */

#define BIT(name) (1u << SECRET_##name)

/* Which names a command takes, and which it always needs. */
static const struct {
	unsigned allowed, needed;
} deed_names[] = {
	[DEED_CHANGE] = {BIT(NEW) | BIT(CURRENT), BIT(NEW) | BIT(CURRENT)},
	[DEED_UNLOCK] = {BIT(NEW) | BIT(LETTER) | BIT(PUK) | BIT(RESETTING_CODE) | BIT(ADMIN), BIT(NEW)},
	[DEED_RESOLVE] = {BIT(NEW) | BIT(CURRENT), 0},
	[DEED_RESERVE] = {BIT(OTHER), BIT(OTHER)},
	[DEED_DEVICE] = {BIT(OTHER), BIT(OTHER)},
	[DEED_RESET] = {BIT(NEW) | BIT(OTHER) | BIT(CURRENT) | BIT(USER_CODE) | BIT(RESPONSE), BIT(NEW)},
	[DEED_HELPDESK] = {BIT(PASSWORD) | BIT(TOTP) | BIT(CHALLENGE), BIT(PASSWORD) | BIT(TOTP)},
};

/* A name that is never needed is a caller's mistake, and mistakes about secrets are told. */
static rp_code check_names(struct job *j, unsigned allowed, unsigned needed, struct trouble *t)
{
	for (size_t i = 0; i < SECRETS_N; i++) {
		const bool is_given = j->given.s[i] != NULL;
		const char *name = secret_word((enum secret_name)i);

		if (is_given ? (allowed >> i & 1) != 0 : (needed >> i & 1) == 0)
			continue;
		(void)snprintf(t->err.field, sizeof t->err.field, "%s", name);
		if (is_given)
			return trouble_say(t, RP_E_USAGE, NULL,
					   _("The secret '%s' is not needed here; it was not used."), name);
		return trouble_say(t, RP_E_INPUT_MISSING, NULL,
				   _("The secret '%s' is needed and was not given."), name);
	}
	return RP_OK;
}

rp_code job_names(struct job *j, const enum secret_name *needed, struct trouble *t)
{
	unsigned bits = 0;

	for (; *needed != SECRETS_N; needed++)
		bits |= 1u << *needed;
	/* On a terminal nothing was given yet. */
	return check_names(j, bits, j->tty < 0 ? bits : 0, t);
}

rp_code job_source(struct job *j, struct trouble *t)
{
	const struct opts *o = &j->a->o;
	struct rp_wait w = {.cancel_fd = j->a->cancel_fd};
	rp_code rc;

	if (o->secrets_fd >= 0) {
		w.deadline_ms = clock_ms() +
				(o->timeout_s > 0 ? (int64_t)o->timeout_s * 1000 : SECRETS_WAIT_MS);
		rc = secrets_read(o->secrets_fd, &w, &j->given, t);
		return rc == RP_OK
			       ? check_names(j, deed_names[j->deed].allowed, deed_names[j->deed].needed, t)
			       : rc;
	}
	rc = prompt_open(&j->tty, t);
	/* The pad of the reader needs no terminal; it is only missed when the last try is at stake. */
	if (rc != RP_OK && o->pinpad) {
		t->message[0] = t->next[0] = '\0';
		return RP_OK;
	}
	if (rc == RP_OK)
		out_talk_on(j->tty);
	return rc;
}

rp_code job_slot(struct job *j, struct trouble *t)
{
	const struct opts *o = &j->a->o;

	if (o->n_args != 1)
		return trouble_say(
			t, RP_E_USAGE,
			_("'repin status' shows the PINs of the card, with the names to use here."),
			o->n_args == 0 ? _("Which PIN? Name one, for example: repin %s pin")
				       : _("Name one PIN only, for example: repin %s pin"),
			o->command);
	j->slot = rp_slot_from_word(o->args[0]);
	if (j->slot == RP_SLOT_NONE)
		return trouble_say(t, RP_E_SLOT_UNKNOWN, _("'repin status' shows the PINs of the card."),
				   _("No card has a PIN with the name '%s'."), o->args[0]);
	t->err.slot = j->slot;
	return RP_OK;
}

/* --- what cannot succeed is refused before a secret is asked --- */

rp_code job_refuse(struct job *j, rp_slot slot, rp_code code, struct trouble *t)
{
	const struct rp_pin_facts *pin = facts_pin(&j->facts, slot);

	trouble_start(t);
	(void)rp_fail(&t->err, code, "refused before a secret was asked");
	t->err.slot = slot;
	t->err.tries_left = pin != NULL	      ? pin->tries_left
			    : slot == j->slot ? j->pin.tries_left
					      : RP_TRIES_UNKNOWN;
	return job_failed(j, code, t);
}

static rp_code refuse(struct job *j, struct trouble *t, rp_code code)
{
	return job_refuse(j, j->slot, code, t);
}

static rp_code refuse_offer(struct job *j, struct trouble *t, const char *next)
{
	const char *name = words_pin(j->facts.profile, j->slot);
	const char *why = j->deed == DEED_CHANGE ? _("This cannot be changed here: %s.")
						 : _("This cannot be unlocked here: %s.");

	(void)refuse(j, t, RP_E_NOT_OFFERED);
	return trouble_say(t, RP_E_NOT_OFFERED, next, why, name);
}

bool can_change(const struct app *a, const struct rp_card_facts *f, const struct rp_pin_info *info)
{
	/* What is our own design goes to no card that could be a real one; HiCOS needs the key, too. */
	if (!info->can_change || info->app_only != (a->o.device_key != NULL) || info->issuer_only ||
	    info->hidden)
		return false;
	if (strcmp(f->profile, "hicos") == 0)
		return f->ours && a->conf.hicos_key != NULL;
	return !info->ours || f->ours;
}

static rp_code check_offer(struct job *j, struct trouble *t)
{
	if (j->deed == DEED_CHANGE && !can_change(j->a, &j->facts, &j->info))
		return refuse_offer(j, t, text_no_change(j->facts.profile, j->slot));
	if (j->deed == DEED_UNLOCK && j->info.n_unlocks == 0 && !j->a->o.by_phone)
		return refuse_offer(j, t, text_no_unlock(j->facts.profile, j->slot));
	if (DEED_IS_ISSUERS(j->deed))
		return j->pin.state == RP_PIN_NOT_SET ? refuse(j, t, RP_E_NOT_SET) : RP_OK;
	if (j->pin.state == RP_PIN_DEAD)
		return refuse(j, t, RP_E_DEAD);
	if (j->pin.state == RP_PIN_NOT_SET)
		return refuse(j, t, RP_E_NOT_SET);
	if (j->deed == DEED_CHANGE && j->pin.state == RP_PIN_LOCKED)
		return refuse(j, t, RP_E_LOCKED);
	return RP_OK;
}

static rp_code find_pin(struct job *j, struct trouble *t)
{
	const struct rp_pin_facts *pin = facts_pin(&j->facts, j->slot);
	char slots[128];

	if (!rp_pin_info(j->facts.profile, j->slot, &j->info)) {
		words_slots(j->facts.profile, slots, sizeof slots);
		return trouble_say(t, RP_E_SLOT_UNKNOWN, NULL,
				   _("This card (%s) has no PIN with the name '%s'. It has: %s."),
				   words_family(j->facts.profile), rp_slot_word(j->slot), slots);
	}
	j->pin = pin != NULL ? *pin
			     : (struct rp_pin_facts){.slot = j->slot,
						     .state = RP_PIN_UNKNOWN,
						     .tries_left = RP_TRIES_UNKNOWN,
						     .tries_max = j->info.tries_max};
	return RP_OK;
}

const struct rp_unlock_info *job_way(const struct job *j)
{
	return j->deed == DEED_UNLOCK && j->info.n_unlocks > j->todo.way ? &j->info.unlock[j->todo.way]
									 : NULL;
}

bool way_is_deadly(const struct job *j, const struct rp_unlock_info *way)
{
	struct rp_pin_info code;

	return way->last_way && rp_pin_info(j->facts.profile, way->code, &code) && code.locked_is_dead;
}

rp_code job_failed(struct job *j, rp_code rc, struct trouble *t)
{
	const struct rp_unlock_info *way = job_way(j);
	const struct rp_pin_facts *code = way != NULL ? facts_pin(&j->facts, way->code) : NULL;

	t->deed = j->deed;
	t->profile = j->facts.profile;
	t->tries_max = j->pin.tries_max;
	t->facts = j->facts;
	t->target = j->slot;
	if (t->err.slot == RP_SLOT_NONE)
		t->err.slot = j->slot;
	/* Another PIN than the one that the person is after: it proves. */
	if (DEED_IS_ISSUERS(j->deed) && t->err.slot != j->slot && facts_pin(&j->facts, t->err.slot) != NULL)
		t->tries_max = facts_pin(&j->facts, t->err.slot)->tries_max;
	if (way == NULL)
		return rc;
	t->secret = way->secret;
	t->code_slot = way->code;
	t->code_tries_max = code != NULL ? code->tries_max : RP_TRIES_UNKNOWN;
	t->last_way = way->last_way;
	t->deadly = way_is_deadly(j, way);
	return rc;
}

rp_code job_open(struct job *j, struct trouble *t)
{
	unsigned what = RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB;
	rp_code rc = job_slot(j, t);

	t->deed = j->deed;
	if (rc == RP_OK)
		rc = steps_check(&j->a->o, t);
	if (rc == RP_OK)
		rc = job_source(j, t);
	if (j->slot == RP_SLOT_CODE_A || j->slot == RP_SLOT_CODE_B)
		what |= RP_READ_HIDDEN;
	if (rc == RP_OK)
		rc = app_ctx(j->a, t);
	if (rc == RP_OK)
		rc = app_notes(j->a, &t->err);
	if (rc != RP_OK)
		return rc;
	step_say(j->a, STEP_IDENTIFY);
	rc = app_look(j->a, what, &j->card, &j->facts, t);
	if (rc != RP_OK)
		return rc;
	elsewhere_look(j->a, &j->facts, &j->elsewhere);
	if (j->a->o.expect != NULL) {
		rc = expect_check(j->a->o.expect, &j->facts, t);
		if (rc != RP_OK)
			return job_failed(j, rc, t);
	}
	j->todo = (struct rp_job){.slot = j->slot, .shown = &j->facts, .last_try_ok = j->a->o.last_try};
	say_card(OUT_TALK, rp_card_reader(j->card), &j->facts);
	out_gap(OUT_TALK);
	rc = find_pin(j, t);
	if (rc == RP_OK && (DEED_IS_ISSUERS(j->deed) || j->a->o.device_key != NULL))
		rc = phone_may(j, t);
	if (rc == RP_OK)
		rc = check_offer(j, t);
	return rc;
}

/* --- what is at stake --- */

/* What follows when this PIN locks: the way back as it will be then. */
static void say_way_then(const struct job *j, rp_slot slot)
{
	struct rp_card_facts then = j->facts;
	struct rp_pin_facts *pin = facts_pin_add(&then, slot);
	char line[1024];
	struct way way;

	if (pin == NULL)
		return;
	pin->state = RP_PIN_LOCKED;
	pin->tries_left = 0;
	if (!way_back(&then, j->slot, slot == j->slot, &way))
		return;
	way_line(&way, j->slot, line, sizeof line);
	out_para(OUT_TALK, 0, line);
}

static void say_limit(const struct job *j, rp_slot slot, int max)
{
	if (max != RP_TRIES_UNKNOWN) {
		out_parf(OUT_TALK, 0, text_limit(j->facts.profile, slot), max);
		return;
	}
	out_para(OUT_TALK, 0,
		 _("Too many wrong entries in a row lock it; how many, the card does not tell."));
	say_way_then(j, slot);
}

void job_say_stakes(struct job *j, rp_slot slot, const struct rp_pin_facts *pin)
{
	const char *profile = j->facts.profile, *local = words_local(profile, slot);
	const char *which = text_which(profile, slot);
	const int max = pin != NULL ? pin->tries_max : RP_TRIES_UNKNOWN;

	if (local != NULL && !out_is_ascii())
		out_parf(OUT_TALK, 0, _("PIN: %s (%s)"), words_pin(profile, slot), local);
	else
		out_parf(OUT_TALK, 0, _("PIN: %s"), words_pin(profile, slot));
	if (pin == NULL || pin->tries_left == RP_TRIES_UNKNOWN)
		out_para(OUT_TALK, 0, _("The card does not tell how many tries are left."));
	else if (max == RP_TRIES_UNKNOWN)
		out_parf(OUT_TALK, 0, _("Tries left: %d"), pin->tries_left);
	else
		out_parf(OUT_TALK, 0, _("Tries left: %d of %d"), pin->tries_left, max);
	if (elsewhere_of(&j->elsewhere, slot) != NULL)
		elsewhere_say(OUT_TALK, elsewhere_of(&j->elsewhere, slot));
	if (which != NULL)
		out_para(OUT_TALK, 0, which);
	say_limit(j, slot, max);
	out_para(OUT_TALK, 0,
		 _("Wrong entries add up over all services and programs that use this card; a right one sets "
		   "the count back."));
	out_gap(OUT_TALK);
}

static bool is_yes(const char *answer)
{
	answer += strspn(answer, " ");
	return strncasecmp(answer, "yes", 3) == 0 && answer[3 + strspn(answer + 3, " ")] == '\0';
}

static rp_code ask_line(struct job *j, const char *question, char *ret, size_t cap, struct trouble *t)
{
	const struct rp_wait w = job_wait(j);

	return prompt_line(j->tty, question, &w, ret, cap, t);
}

rp_code job_agrees(struct job *j, const char *question, bool *ret_agreed, struct trouble *t)
{
	char answer[16] = "";
	rp_code rc = ask_line(j, question, answer, sizeof answer, t);

	*ret_agreed = rc == RP_OK && is_yes(answer);
	return rc;
}

/* The last way's second guard: whoever types the digits has looked at the card that may die. */
static rp_code ask_digits(struct job *j, bool *ret_agreed, struct trouble *t)
{
	const size_t len = strlen(j->facts.number);
	const char *last = len >= 4 ? j->facts.number + len - 4 : j->facts.number;
	char answer[16] = "";
	rp_code rc;

	*ret_agreed = true;
	if (len == 0)
		return RP_OK;
	rc = ask_line(j, _("To go on, type the last four characters of the card's number:"), answer,
		      sizeof answer, t);
	if (rc == RP_OK)
		*ret_agreed = strcmp(answer, last) == 0;
	return rc;
}

static void say_last_try(struct job *j, const struct rp_pin_facts *pin, const struct rp_unlock_info *way)
{
	if (way != NULL && way_is_deadly(j, way)) {
		out_para(OUT_TALK, 0,
			 _("ONLY ONE TRY IS LEFT. If the entry is wrong, the card is dead for good and must "
			   "be replaced."));
		return;
	}
	if (way != NULL && way->last_way)
		out_para(
			OUT_TALK, 0,
			_("ONLY ONE TRY IS LEFT. If the entry is wrong, nothing unlocks this PIN any more."));
	else
		out_para(OUT_TALK, 0, _("ONLY ONE TRY IS LEFT. If the entry is wrong, it is locked."));
	say_way_then(j, pin->slot);
}

rp_code job_consent(struct job *j, const struct rp_pin_facts *pin, struct trouble *t)
{
	const struct rp_unlock_info *way = job_way(j);
	bool agreed = j->a->o.last_try;
	rp_code rc = RP_OK;

	if (pin == NULL || pin->tries_left != 1)
		return RP_OK;
	if (!agreed && j->tty >= 0) {
		say_last_try(j, pin, way);
		rc = job_agrees(j, _("Spend the last try? Type 'yes' to go on, anything else stops:"),
				&agreed, t);
	}
	if (rc == RP_OK && agreed && way != NULL && way->last_way && j->tty >= 0)
		rc = ask_digits(j, &agreed, t);
	if (rc != RP_OK)
		return job_failed(j, rc, t);
	if (!agreed) {
		(void)job_refuse(j, pin->slot, RP_E_LAST_TRY, t);
		t->err.tries_left = 1;
		return RP_E_LAST_TRY;
	}
	j->todo.last_try_ok = true;
	return RP_OK;
}

/* --- what was done --- */

static json_t *folded_json(const struct rp_folded *folded)
{
	json_t *list = json_array();

	if (folded->width)
		(void)json_array_append_new(list,
					    json_string("width")); /* a failed list fails in json_pack */
	if (folded->upper)
		(void)json_array_append_new(list, json_string("upper"));
	return list;
}

static const char *memory_warning(const struct app *a)
{
	return a->memory_locked ? NULL
				: _("Memory could not be locked against being written to disk (ulimit -l). "
				    "'repin doctor' tells more.");
}

/* Sentences for people, and beside them the rules' ids for scripts. NULL: no memory. */
static json_t *warnings_json(const struct job *j)
{
	const char *memory = memory_warning(j->a);
	json_t *list = json_array();

	if (memory != NULL)
		(void)json_array_append_new(list, json_text(memory)); /* a failed list fails in json_pack */
	for (size_t i = 0; i < j->advice.n; i++)
		(void)json_array_append_new(list, json_text(_(j->advice.at[i].text)));
	return list;
}

static json_t *advice_json(const struct job *j)
{
	json_t *list = json_array();

	for (size_t i = 0; i < j->advice.n; i++)
		(void)json_array_append_new(list, json_string(j->advice.at[i].id));
	return list;
}

static const char *done_text(const struct job *j)
{
	return j->deed == DEED_UNLOCK ? _("Done. The PIN is unlocked, and the new PIN is valid from now on.")
				      : _("Done. The new PIN is valid from now on.");
}

/* What to remember, a sentence each. */
static json_t *more_json(const struct job *j)
{
	const char *more = text_success(j->facts.profile, j->deed);
	json_t *list = json_array();

	/* A failed list fails in json_pack. */
	(void)json_array_append_new(list, json_text(_("Remember the new PIN, and tell it to nobody.")));
	if (more != NULL)
		(void)json_array_append_new(list, json_text(more));
	return list;
}

json_t *job_json(struct job *j, const struct rp_outcome *done)
{
	return json_pack("{s:s, s:b, s:{s:o}, s:[o], s:o, s:I, s:o, s:o, s:o, s:o}", "slot",
			 rp_slot_word(j->slot), "done", 1, "sent", "folded", folded_json(&j->folded), "pins",
			 json_pin(&done->after), "tries_spent",
			 done->tries_spent == RP_SPENT_UNKNOWN ? json_null()
							       : json_integer(done->tries_spent),
			 "apdus", (json_int_t)done->apdus, "warnings", warnings_json(j), "advice",
			 advice_json(j), "message", json_text(done_text(j)), "more", more_json(j));
}

/* A script is told what a person on a terminal has agreed to. */
static void say_advice(const struct job *j)
{
	for (size_t i = 0; i < j->advice.n && j->tty < 0; i++)
		out_parf(OUT_ERROR, 0, _("repin: The new PIN is weak. %s"), _(j->advice.at[i].text));
}

rp_code job_done(struct job *j, const struct rp_outcome *done, struct trouble *t)
{
	const char *more = text_success(j->facts.profile, j->deed);
	const struct rp_pin_facts *now = &done->after;

	if (j->a->o.json)
		return json_show(job_json(j, done), t);
	out_para(OUT_RESULT, 0, done_text(j));
	if (now->tries_left != RP_TRIES_UNKNOWN && now->tries_max != RP_TRIES_UNKNOWN)
		out_parf(OUT_RESULT, 0, _("Tries left now: %d of %d"), now->tries_left, now->tries_max);
	if (done->tries_spent == 0)
		out_parf(OUT_RESULT, 0,
			 ngettext("This cost no try and %u command to the card.",
				  "This cost no try and %u commands to the card.", done->apdus),
			 done->apdus);
	out_para(OUT_RESULT, 0, _("Remember the new PIN, and tell it to nobody."));
	if (more != NULL)
		out_para(OUT_RESULT, 0, more);
	say_advice(j);
	return RP_OK;
}
