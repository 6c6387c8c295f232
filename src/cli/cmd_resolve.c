/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a cut: which PIN is valid? What the notes and the card tell is said at once; the rest
 * is found out by an entry, when the person agrees to it (or gave it by --secrets-fd, which
 * is agreeing). At most one try is spent for each PIN. A reset by the issuer has its request's
 * key in the note: the issuer says whether a grant was made for it and, by the card's count,
 * whether that set the PIN; what has not come to it by then gets none any more.
 */
#include "cli/issuer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define NOTES_MAX 8

/* --- words --- */

void resolve_say_cut(const struct rp_intent *in)
{
	char when[32];

	when_short(in->begun_s, when, sizeof when);
	out_parf(OUT_RESULT, 0,
		 in->code == RP_SLOT_NONE ? _("%s: a change of this PIN was begun on %s and did not end.")
		 : in->code == in->slot
			 ? _("%s: a reset of this PIN by the issuer was begun on %s and did not end.")
			 : _("%s: unlocking this PIN was begun on %s and did not end."),
		 rp_slot_word(in->slot), when);
}

/* What is valid now. `spent`: told by an entry that was wrong. */
static const char *answer_text(const struct rp_intent *in, enum rp_answer answer, bool spent)
{
	const bool unlocks = in->code != RP_SLOT_NONE;

	switch (answer) {
	case RP_ANSWER_OLD:
		if (spent)
			return _("The entry is not the PIN, so the old PIN is the valid one, provided that "
				 "you typed the new PIN as you chose it then.");
		return unlocks ? _("It was not unlocked: it is as it was before.")
			       : _("The old PIN is valid: the new one was not set.");
	case RP_ANSWER_NEW:
		if (spent)
			return _("The entry is not the PIN, so the new PIN is the valid one, provided that "
				 "you typed the old PIN as it was.");
		return unlocks ? _("It is unlocked, and the new PIN is valid.") : _("The new PIN is valid.");
	case RP_ANSWER_SPLIT:
		return _("The card keeps this PIN in two places: one has the new PIN, the other still the "
			 "old one.");
	case RP_ANSWER_UNKNOWN:
		break;
	}
	return _("It cannot be known whether the old or the new PIN is valid; one of the two is. Do not try "
		 "any third one.");
}

/* What to do about an answer that is not yet one PIN; NULL when there is nothing. */
static const char *next_text(enum rp_answer answer, bool can_enter)
{
	if (answer == RP_ANSWER_SPLIT && can_enter)
		return _("'repin resolve' with both PINs, the old and the new one, sets the new one in both "
			 "places.");
	if (answer == RP_ANSWER_UNKNOWN && can_enter)
		return _("'repin resolve' on a terminal, or with the new PIN by --secrets-fd, finds out. A "
			 "right entry spends no try, a wrong one spends one.");
	return NULL;
}

/* --- what the issuer knows --- */

#define ASK_MS 5000

struct resolving {
	struct job j;
	json_t *answers;
	/* what the issuer told of the cut reset of this PIN */
	rp_slot asked;
	bool away;
	struct rp_issuer_facts told;
};

/* The issuer's part of this note; NULL: none. */
static const struct rp_issuer_facts *told_of(const struct resolving *r, const struct rp_intent *in)
{
	return r->asked == in->slot && in->key[0] != '\0' && r->told.wish[0] != '\0' ? &r->told : NULL;
}

static const char *wish_text(const char *wish)
{
	static const struct {
		const char *wish, *text;
	} said[] = {
		{"none", N_("The issuer made no grant for it, and will make none.")},
		{"refused", N_("The issuer refused it.")},
		{"pending", N_("The issuer had counted a code for it and made no grant.")},
		{"granted", N_("The issuer made a grant for it and does not know yet whether it was used.")},
		{"failed", N_("The issuer made a grant for it; the card shows that it was not used.")},
		{"done", N_("The issuer made a grant for it; the card shows that it was used.")},
	};

	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
		if (strcmp(said[i].wish, wish) == 0)
			return _(said[i].text);
	return NULL;
}

static void say_wish(const struct resolving *r, const struct rp_intent *in)
{
	const struct rp_issuer_facts *f = told_of(r, in);

	if (r->j.a->o.json || r->asked != in->slot || in->key[0] == '\0')
		return;
	if (r->away)
		out_para(OUT_RESULT, 0,
			 _("The issuer cannot be asked now whether it made a grant for it. Nothing is lost: "
			   "the card itself tells it at its next visit."));
	if (f == NULL)
		return;
	if (wish_text(f->wish) != NULL)
		out_para(OUT_RESULT, 0, wish_text(f->wish));
	if (f->wish_receipt[0] != '\0')
		out_parf(OUT_RESULT, 0, _("Receipt: %s"), f->wish_receipt);
}

/* It helps and is never needed: without an answer all goes on as without an issuer. */
static void ask_issuer(struct resolving *r, const struct rp_intent *in, size_t n)
{
	RP_AUTO(issuer_close) struct issuer_link l = {0};
	static struct trouble quiet; /* too large for the stack */
	rp_code rc;

	while (n > 0 && (in[n - 1].key[0] == '\0' || in[n - 1].running))
		n--;
	if (n == 0 || r->j.a->conf.issuer_url[0] == '\0' || strcmp(in[n - 1].profile, "gids") == 0)
		return;
	r->asked = in[n - 1].slot;
	trouble_start(&quiet);
	rc = issuer_connect(r->j.a, ASK_MS, &l, &quiet);
	if (rc == RP_OK)
		rc = rp_issuer_look(r->j.card, &l.port, r->asked, &r->j.facts, &r->told, &quiet.err);
	r->away = rc != RP_OK;
}

/* --- JSON --- */

static const char *deed_word(const struct rp_intent *in)
{
	return in->code == RP_SLOT_NONE ? "change" : in->code == in->slot ? "reset" : "unlock";
}

static rp_code add_json(struct resolving *r, const struct rp_intent *in, const char *answer,
			const char *message, const char *next, const struct rp_outcome *done,
			const struct rp_pin_facts *pin)
{
	const int left = done != NULL ? done->after.tries_left : pin != NULL ? pin->tries_left : -1;
	const struct rp_issuer_facts *f = told_of(r, in);
	char begun[32];

	when_rfc3339(in->begun_s, begun, sizeof begun);
	return json_array_append_new(
		       r->answers,
		       json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:i, s:s, s:o, s:o, s:o}", "id", in->id,
				 "slot", rp_slot_word(in->slot), "deed", deed_word(in), "begun",
				 json_text(begun), "card", in->tail, "answer", answer, "tries_left",
				 left >= 0 ? json_integer(left) : json_null(), "tries_spent",
				 done != NULL && done->tries_spent == 1 ? 1 : 0, "message", message, "next",
				 json_text(next), "grant", json_text(f != NULL ? f->wish : NULL), "receipt",
				 json_text(f != NULL && f->wish_receipt[0] != '\0' ? f->wish_receipt
										   : NULL))) == 0
		       ? RP_OK
		       : RP_E_NO_MEMORY;
}

/* --- one note --- */

static void resolving_free(struct resolving *r)
{
	json_decref(r->answers);
	job_free(&r->j);
}

static bool can_enter(const struct resolving *r, const struct rp_pin_facts *pin)
{
	const char *profile = r->j.facts.profile;

	if (pin == NULL || pin->state == RP_PIN_LOCKED || pin->state == RP_PIN_DEAD ||
	    pin->state == RP_PIN_NOT_SET)
		return false;
	/* The commands for it are our own, and go to no card that could be a real one. */
	if (strcmp(profile, "hicos") == 0)
		return r->j.facts.ours && r->j.a->conf.hicos_key != NULL;
	return true;
}

/* The way back, until the next call; NULL when there is none. */
static const char *way_of(const struct rp_card_facts *f, rp_slot slot)
{
	/* Too large for the stack. */
	static char line[1024];
	static struct way way;

	if (!way_back(f, slot, false, &way))
		return NULL;
	way_line(&way, slot, line, sizeof line);
	return line;
}

static rp_code say_answer(struct resolving *r, const struct rp_intent *in, enum rp_answer answer,
			  const struct rp_outcome *done, struct trouble *t)
{
	const struct rp_pin_facts *pin = facts_pin(&r->j.facts, in->slot);
	const bool spent = done != NULL && done->tries_spent == 1, open = can_enter(r, pin);
	const char *text = answer_text(in, answer, spent), *next = next_text(answer, open);
	const bool shut = pin != NULL && !open && pin->state != RP_PIN_READY && pin->state != RP_PIN_UNKNOWN;

	if (shut && answer == RP_ANSWER_UNKNOWN)
		next = way_of(&r->j.facts, in->slot);
	if (r->j.a->o.json)
		return add_json(r, in, rp_answer_word(answer), text, next, done, pin) == RP_OK
			       ? RP_OK
			       : rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the answer");
	out_para(OUT_RESULT, 0, text);
	if (shut && answer == RP_ANSWER_UNKNOWN)
		out_para(OUT_RESULT, 0, _("It is locked now, so no entry can find out."));
	if (spent)
		out_para(OUT_RESULT, 0, _("One try was spent."));
	pin = done != NULL ? &done->after : pin;
	if (pin != NULL && pin->tries_left > 0)
		out_parf(OUT_RESULT, 0,
			 ngettext("%d try is left.", "%d tries are left.", (unsigned long)pin->tries_left),
			 pin->tries_left);
	if (next != NULL)
		out_para(OUT_RESULT, 0, next);
	return RP_OK;
}

static void stake(struct resolving *r, const struct rp_intent *in)
{
	const struct rp_pin_facts *pin = facts_pin(&r->j.facts, in->slot);

	r->j.slot = in->slot;
	r->j.todo =
		(struct rp_job){.slot = in->slot, .shown = &r->j.facts, .last_try_ok = r->j.a->o.last_try};
	if (pin != NULL)
		r->j.pin = *pin;
	if (!rp_pin_info(r->j.facts.profile, in->slot, &r->j.info))
		r->j.info = (struct rp_pin_info){0};
}

/*
 * The new PIN twice: a slip of the finger would point at the wrong one of the two PINs. The old
 * one as well where a place is known to hold it still.
 */
static rp_code ask_both(struct resolving *r, const struct rp_intent *in, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *once = NULL;
	rp_code rc;

	if (in->answer == RP_ANSWER_SPLIT) {
		rc = ask_first(&r->j, SECRET_CURRENT, in->slot, t);
		if (rc != RP_OK)
			return rc;
		once = r->j.first;
		r->j.first = NULL;
		rc = ask_first(&r->j, SECRET_NEW, in->slot, t);
		r->j.fresh = r->j.first;
		r->j.first = once;
		once = NULL;
		return rc;
	}
	rc = ask_first(&r->j, SECRET_NEW, in->slot, t);
	if (rc != RP_OK)
		return rc;
	once = r->j.first;
	r->j.first = NULL;
	out_para(OUT_TALK, 0, _("Once more, so that a slip of the finger costs nothing."));
	rc = ask_first(&r->j, SECRET_NEW, in->slot, t);
	if (rc == RP_OK && !rp_secret_equal(once, r->j.first))
		rc = rp_fail(&t->err, RP_E_INPUT_MISMATCH, "the two entries of the new PIN differ");
	if (rc != RP_OK)
		return rc;
	r->j.fresh = once;
	rp_secret_freep(&r->j.first);
	once = NULL;
	return RP_OK;
}

/* The PINs from the descriptor, checked; whichever was given. */
static rp_code take_given(struct resolving *r, const struct rp_intent *in, struct trouble *t)
{
	rp_code rc = RP_OK;

	if (r->j.given.s[SECRET_NEW] != NULL) {
		rc = ask_first(&r->j, SECRET_NEW, in->slot, t);
		r->j.fresh = r->j.first;
		r->j.first = NULL;
	}
	if (rc == RP_OK && r->j.given.s[SECRET_CURRENT] != NULL)
		rc = ask_first(&r->j, SECRET_CURRENT, in->slot, t);
	return rc;
}

static rp_code agree(struct resolving *r, const struct rp_intent *in, bool *ret_agreed, struct trouble *t)
{
	job_say_stakes(&r->j, in->slot, facts_pin(&r->j.facts, in->slot));
	if (in->answer == RP_ANSWER_SPLIT)
		out_para(OUT_TALK, 0,
			 _("With the old and the new PIN both places are made the same. Right entries spend "
			   "no try; a wrong one spends one."));
	else
		out_para(OUT_TALK, 0,
			 _("The new PIN tells: if it is right, it is valid and no try is spent; if it is "
			   "wrong, one try is spent and the old PIN is valid."));
	return job_agrees(&r->j, _("Enter it now? Type 'yes' to go on, anything else leaves it open:"),
			  ret_agreed, t);
}

/* The note as it is now, after marks may have moved. False when it is gone. */
static bool note_again(struct resolving *r, struct rp_intent *in)
{
	struct rp_intent all[NOTES_MAX];
	size_t n = 0;

	if (rp_intents(r->j.a->ctx, &r->j.facts, all, NOTES_MAX, &n, NULL) != RP_OK)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].id, in->id) == 0) {
			*in = all[i];
			return true;
		}
	return false;
}

static rp_code try_entries(struct resolving *r, struct rp_intent *in, struct rp_resolution *ret,
			   struct trouble *t)
{
	rp_code rc;

	step_say(r->j.a, STEP_PROVE);
	rc = rp_resolve(r->j.card, in, &r->j.todo, r->j.first, r->j.fresh, ret, &t->err);

	/* The new PIN is right in one place, and the other one wants the old PIN first. */
	if (rc == RP_E_INPUT_MISSING && r->j.tty >= 0 && note_again(r, in) && in->answer == RP_ANSWER_SPLIT) {
		trouble_start(t);
		out_para(OUT_TALK, 0, answer_text(in, RP_ANSWER_SPLIT, false));
		rc = ask_first(&r->j, SECRET_CURRENT, in->slot, t);
		if (rc == RP_OK)
			rc = rp_resolve(r->j.card, in, &r->j.todo, r->j.first, r->j.fresh, ret, &t->err);
	}
	return rc;
}

/* By an entry: on RP_OK *ret_asked tells whether one was made. */
static rp_code by_entry(struct resolving *r, struct rp_intent *in, bool *ret_asked, struct rp_resolution *ret,
			struct trouble *t)
{
	const bool given = r->j.given.s[SECRET_NEW] != NULL || r->j.given.s[SECRET_CURRENT] != NULL;
	bool agreed = given;
	rp_code rc = RP_OK;

	*ret_asked = false;
	if (!can_enter(r, facts_pin(&r->j.facts, in->slot)) || (!given && r->j.tty < 0))
		return RP_OK;
	stake(r, in);
	if (!given)
		rc = agree(r, in, &agreed, t);
	if (rc != RP_OK || !agreed)
		return rc;
	rc = job_consent(&r->j, facts_pin(&r->j.facts, in->slot), t);
	if (rc == RP_OK)
		rc = given ? take_given(r, in, t) : ask_both(r, in, t);
	if (rc == RP_OK)
		rc = try_entries(r, in, ret, t);
	rp_secret_freep(&r->j.first);
	rp_secret_freep(&r->j.fresh);
	if (rc != RP_OK)
		return job_failed(&r->j, rc, t);
	*ret_asked = true;
	return RP_OK;
}

static rp_code resolve_one(struct resolving *r, struct rp_intent *in, struct trouble *t)
{
	struct rp_resolution found = {0};
	bool asked = false;
	rp_code rc;

	if (!r->j.a->o.json)
		resolve_say_cut(in);
	if (in->running) {
		if (r->j.a->o.json)
			return add_json(r, in, "running",
					_("Another program is still at it: nothing to resolve yet."), NULL,
					NULL, NULL);
		out_para(OUT_RESULT, 0, _("Another program is still at it: nothing to resolve yet."));
		return RP_OK;
	}
	say_wish(r, in);
	if (in->answer == RP_ANSWER_OLD || in->answer == RP_ANSWER_NEW) {
		rc = say_answer(r, in, in->answer, NULL, t);
		return rc == RP_OK ? rp_intent_forget(r->j.a->ctx, in, &t->err) : rc;
	}
	rc = by_entry(r, in, &asked, &found, t);
	if (rc != RP_OK)
		return rc;
	return say_answer(r, in, asked ? found.answer : in->answer, asked ? &found.done : NULL, t);
}

/* --- all notes --- */

static rp_code read_secrets(struct resolving *r, struct trouble *t)
{
	const struct opts *o = &r->j.a->o;
	struct rp_wait w = {.cancel_fd = r->j.a->cancel_fd, .deadline_ms = clock_ms() + 300000};
	rp_code rc;

	if (o->timeout_s > 0)
		w.deadline_ms = clock_ms() + (int64_t)o->timeout_s * 1000;
	if (o->secrets_fd < 0) {
		/* No terminal: what is known without an entry is told all the same. */
		if (!o->json && prompt_open(&r->j.tty, t) == RP_OK)
			out_talk_on(r->j.tty);
		trouble_start(t);
		return RP_OK;
	}
	rc = secrets_read(o->secrets_fd, &w, &r->j.given, t);
	for (size_t i = 0; rc == RP_OK && i < SECRETS_N; i++)
		if (r->j.given.s[i] != NULL && i != SECRET_NEW && i != SECRET_CURRENT) {
			(void)snprintf(t->err.field, sizeof t->err.field, "%s",
				       secret_word((enum secret_name)i));
			rc = trouble_say(t, RP_E_USAGE, NULL,
					 _("The secret '%s' is not needed here; it was not used."),
					 t->err.field);
		}
	return rc;
}

static rp_code nothing(struct resolving *r, struct trouble *t)
{
	if (r->j.a->o.json)
		return json_show(json_pack("{s:[]}", "answers"), t);
	out_para(OUT_RESULT, 0, _("No change was cut: there is nothing to resolve."));
	return RP_OK;
}

static rp_code other_card(const struct rp_intent *in, struct trouble *t)
{
	char when[32];

	when_short(in->begun_s, when, sizeof when);
	t->profile = in->profile;
	return trouble_say(t, RP_E_CARD_CHANGED, _("Insert that card and run 'repin resolve' again."),
			   _("The job that was cut (%s, %s) was on another card: %s, its number ends in %s."),
			   rp_slot_word(in->slot), when, words_family(in->profile),
			   in->tail[0] != '\0' ? in->tail : "-");
}

static rp_code no_card(const struct rp_intent *in, struct trouble *t)
{
	char next[512];

	(void)snprintf(next, sizeof next,
		       _("Insert the card on which the job was cut: %s, its number ends in %s."),
		       words_family(in->profile), in->tail[0] != '\0' ? in->tail : "-");
	return trouble_say(t, RP_E_NO_CARD, next, _("No card is in the reader."));
}

size_t resolve_latest(struct rp_intent *in, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!in[i].superseded)
			in[kept++] = in[i];
	return kept;
}

/* Keeps the notes of the named PIN alone. */
static size_t keep_slot(struct rp_intent *in, size_t n, rp_slot slot)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (slot == RP_SLOT_NONE || in[i].slot == slot)
			in[kept++] = in[i];
	return kept;
}

/* One entry cannot be meant for two PINs. */
static rp_code check_given(const struct resolving *r, const struct rp_intent *in, size_t n, struct trouble *t)
{
	size_t open = 0;

	for (size_t i = 0; i < n; i++)
		open += !in[i].running && in[i].answer != RP_ANSWER_OLD && in[i].answer != RP_ANSWER_NEW;
	if (open < 2 || (r->j.given.s[SECRET_NEW] == NULL && r->j.given.s[SECRET_CURRENT] == NULL))
		return RP_OK;
	return trouble_say(t, RP_E_USAGE,
			   _("Name the PIN that the entries are for, for example: repin "
			     "resolve sign"),
			   _("Several jobs were cut, and one entry cannot be meant for all of them."));
}

static rp_code resolve_card(struct resolving *r, const struct rp_intent *first, rp_slot slot,
			    struct trouble *t)
{
	static struct rp_intent in[NOTES_MAX]; /* too large for the stack */
	size_t n = 0;
	rp_code rc;

	step_say(r->j.a, STEP_IDENTIFY);
	rc = app_look(r->j.a, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB | RP_READ_HIDDEN, &r->j.card,
		      &r->j.facts, t);

	if (rc == RP_E_NO_CARD)
		return no_card(first, t);
	if (rc == RP_OK)
		rc = rp_intents(r->j.a->ctx, &r->j.facts, in, NOTES_MAX, &n, &t->err);
	if (rc != RP_OK)
		return rc;
	elsewhere_look(r->j.a, &r->j.facts, &r->j.elsewhere);
	t->profile = r->j.facts.profile;
	if (r->j.a->o.expect != NULL)
		rc = expect_check(r->j.a->o.expect, &r->j.facts, t);
	if (rc != RP_OK)
		return job_failed(&r->j, rc, t);
	if (n == 0)
		return other_card(first, t);
	n = keep_slot(in, resolve_latest(in, n), slot);
	if (n == 0)
		return nothing(r, t);
	ask_issuer(r, in, n);
	for (size_t i = 0; i < n; i++)
		(void)note_again(r, &in[i]);
	rc = check_given(r, in, n, t);
	if (rc == RP_OK && !r->j.a->o.json) {
		say_card(OUT_RESULT, rp_card_reader(r->j.card), &r->j.facts);
		out_gap(OUT_RESULT);
	}
	for (size_t i = 0; rc == RP_OK && i < n; i++)
		if (i == 0 || note_again(r, &in[i]))
			rc = resolve_one(r, &in[i], t);
	if (rc == RP_OK && r->j.a->o.json)
		rc = json_show(json_pack("{s:O}", "answers", r->answers), t);
	return rc;
}

rp_code cmd_resolve(struct app *a, struct trouble *t)
{
	RP_AUTO(resolving_free)
	struct resolving r = {.j = {.a = a, .deed = DEED_RESOLVE, .tty = -1}, .answers = json_array()};
	static struct rp_intent in[NOTES_MAX]; /* too large for the stack */
	rp_slot slot = RP_SLOT_NONE;
	size_t n = 0;
	rp_code rc;

	if (a->o.n_args == 1)
		slot = rp_slot_from_word(a->o.args[0]);
	if (a->o.n_args > 1 || (a->o.n_args == 1 && slot == RP_SLOT_NONE))
		return trouble_say(t, RP_E_USAGE, _("'repin status' shows the PINs of the card."),
				   _("Name one PIN, or none for all that were cut."));
	rc = steps_check(&a->o, t);
	if (rc == RP_OK)
		rc = read_secrets(&r, t);
	if (rc == RP_OK)
		rc = app_ctx(a, t);
	if (rc == RP_OK)
		rc = app_notes(a, &t->err);
	if (rc == RP_OK)
		rc = rp_intents(a->ctx, NULL, in, NOTES_MAX, &n, &t->err);
	if (rc != RP_OK)
		return rc;
	return n == 0 ? nothing(&r, t) : resolve_card(&r, &in[0], slot, t);
}
