/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that a page shows of a card, in one object: facts, names and rules of each PIN, what can be
 * done with it here and now and which entries that needs, jobs that were cut, and what the issuer
 * told. For programs alone.
 */
#include "cli/doors.h"
#include "cli/phone.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct view {
	struct app *a;
	struct inquiry q; /* card, issuer */
	struct noted noted;
	rp_card *card;
	struct phone_source source; /* in the app */
};

/* NULL stands for null; a failed member fails in json_pack. */
static json_t *or_null(json_t *j)
{
	return j != NULL ? j : json_null();
}

static const char *chars_word(enum rp_charset c)
{
	static const char *const words[] = {[RP_CHARS_DIGITS] = "digits",
					    [RP_CHARS_UPPER_ALNUM] = "upper-alnum",
					    [RP_CHARS_ALNUM] = "alnum",
					    [RP_CHARS_GRAPHIC] = "graphic",
					    [RP_CHARS_PRINTABLE] = "printable"};

	return words[c];
}

static json_t *rules_json(const char *profile, rp_slot slot)
{
	struct rp_pin_info info;
	char format[128];

	if (!rp_pin_info(profile, slot, &info))
		return json_null();
	words_format(&info, format, sizeof format);
	return json_pack("{s:i, s:i, s:s, s:s, s:b, s:b, s:s}", "len_min", (int)info.len_min, "len_max",
			 (int)info.len_max, "characters", chars_word(info.chars_new), "current_characters",
			 chars_word(info.chars_current), "to_upper", (int)info.to_upper, "refuse_all_same",
			 (int)info.refuse_all_same, "text", format);
}

/* --- what can be done --- */

/* Whose try a wrong entry costs, and what the person must know of that PIN before. */
static json_t *stake_json(const struct view *v, rp_slot slot, int left, int max, bool at_issuer)
{
	const char *profile = v->q.facts.profile, *which = text_which(profile, slot);
	const char *limit = text_limit(profile, slot);
	char text[768] = "";

	if (limit != NULL && max != RP_TRIES_UNKNOWN && !at_issuer)
		(void)snprintf(text, sizeof text, limit, max);
	return json_pack("{s:s, s:s, s:o, s:o, s:b, s:o, s:o}", "slot", rp_slot_word(slot), "name",
			 words_pin(profile, slot), "tries_left", json_tries(left), "tries_max",
			 json_tries(max), "at_issuer", (int)at_issuer, "which", json_text(which), "limit",
			 json_text(text));
}

static json_t *pin_stake(const struct view *v, rp_slot slot)
{
	const struct rp_pin_facts *p = facts_pin(&v->q.facts, slot);

	return stake_json(v, slot, p != NULL ? p->tries_left : RP_TRIES_UNKNOWN,
			  p != NULL ? p->tries_max : RP_TRIES_UNKNOWN, false);
}

static json_t *job_of(const char *secret, const char *second, rp_slot rules_of, json_t *stake, bool last_try,
		      const struct view *v)
{
	return json_pack("{s:[s, s*], s:s, s:o, s:o, s:b}", "secrets", secret, second, "secret_title",
			 words_secret(secret), "secret_rules",
			 or_null(rules_of != RP_SLOT_NONE ? rules_json(v->q.facts.profile, rules_of) : NULL),
			 "stake", stake, "last_try", (int)last_try);
}

static bool is_usable(const struct rp_pin_facts *p)
{
	return p == NULL || p->state == RP_PIN_READY || p->state == RP_PIN_UNKNOWN;
}

static bool is_last(const struct rp_pin_facts *p)
{
	return p != NULL && p->state == RP_PIN_READY && p->tries_left == 1;
}

static json_t *change_json(const struct view *v, const struct rp_pin_facts *p, const struct rp_pin_info *info)
{
	if (!can_change(v->a, &v->q.facts, info) || !is_usable(p) || (info->app_only && v->a->key == NULL))
		return json_null();
	return job_of("current", "new", p->slot, pin_stake(v, p->slot), is_last(p), v);
}

/* The help desk answers the card's challenge; no secret that the holder keeps, and no try, is at stake. */
static json_t *by_phone_json(const struct view *v)
{
	json_t *one = job_of("new", NULL, RP_SLOT_NONE, json_null(), false, v);

	(void)json_object_set_new(one, "last_way", json_false());
	(void)json_object_set_new(one, "by_phone", json_true());
	return one;
}

/* Every usable way of unlocking, the first one first. */
static json_t *unlock_json(const struct view *v, const struct rp_pin_facts *p, const struct rp_pin_info *info)
{
	json_t *ways;

	/* Of PINs the app touches the phone's alone. */
	if (v->a->o.device_key != NULL)
		return json_null();
	ways = json_array();
	if (strcmp(v->q.facts.profile, "gids") == 0 && p->state != RP_PIN_DEAD && p->state != RP_PIN_NOT_SET)
		(void)json_array_append_new(ways, by_phone_json(v));
	for (size_t i = 0; i < info->n_unlocks && p->state != RP_PIN_DEAD && p->state != RP_PIN_NOT_SET;
	     i++) {
		const struct rp_unlock_info *way = &info->unlock[i];
		const struct rp_pin_facts *code = facts_pin(&v->q.facts, way->code);
		json_t *one;

		if ((way->ours && !v->q.facts.ours) || !is_usable(code))
			continue;
		one = job_of(way->secret, "new", way->code, pin_stake(v, way->code), is_last(code), v);
		(void)json_object_set_new(one, "last_way", json_boolean(way->last_way));
		(void)json_array_append_new(ways, one); /* a failed list fails in json_pack */
	}
	if (json_array_size(ways) == 0) {
		json_decref(ways);
		return json_null();
	}
	return ways;
}

/* The issuer opens a reservation for cards of its own, from anywhere but a kiosk. */
static json_t *reserve_json(const struct view *v, const struct rp_pin_facts *p)
{
	const rp_slot other = kiosk_other(v->q.facts.profile, p->slot);
	const struct rp_pin_facts *pin = facts_pin(&v->q.facts, other);

	if (other == RP_SLOT_NONE || !v->q.asked.reached || issuer_is_terminal(v->a) || !v->q.facts.ours ||
	    pin == NULL || !is_usable(pin) || p->state == RP_PIN_NOT_SET)
		return json_null();
	return job_of("other", NULL, other, pin_stake(v, other), is_last(pin), v);
}

/* Why not, in the words that the command would say. */
static json_t *refusal_json(struct trouble *t)
{
	trouble_explain(t);
	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o}", "code", rp_code_word(t->err.code), "problem",
			 t->err.problem != RP_PROBLEM_NONE ? json_text(rp_problem_slug(t->err.problem))
							   : json_null(),
			 "message", t->message, "next", json_text(t->next), "way", json_text(t->way), "door",
			 json_text(t->door));
}

static json_t *planned_json(const struct view *v, const struct reset_plan *p)
{
	const char *secret = p->secret == SECRETS_N ? "new" : secret_word(p->secret);
	const bool alone = p->secret == SECRETS_N;
	json_t *stake = p->stake.slot != RP_SLOT_NONE ? stake_json(v, p->stake.slot, p->stake.tries_left,
								   p->stake.tries_max, p->at_issuer)
						      : json_null();
	json_t *j = job_of(secret, alone ? NULL : "new", p->stake.slot, stake, is_last(&p->stake), v);
	char left[64] = "";

	if (p->left_s >= 0)
		issuer_left_text(p->left_s, left, sizeof left);
	(void)json_object_set_new(j, "door", json_string(doors_word(p->door)));
	(void)json_object_set_new(j, "case", json_text(p->case_id));
	(void)json_object_set_new(j, "left_s", p->left_s >= 0 ? json_integer(p->left_s) : json_null());
	(void)json_object_set_new(j, "left_text", json_text(left));
	return j;
}

/* A user code that is lost with the card's PIN known is set anew by either: this PIN, or a letter's code. */
static json_t *ways_json(const struct view *v, const struct reset_plan *p)
{
	struct reset_plan by_letter = *p;

	if (p->door != DOORS_USER_CODE_RESET || p->secret != SECRET_CURRENT)
		return planned_json(v, p);
	by_letter.secret = SECRET_RESPONSE;
	by_letter.stake = (struct rp_pin_facts){.slot = RP_SLOT_NONE};
	return json_pack("[o, o]", planned_json(v, p), planned_json(v, &by_letter));
}

/* --- the app on a phone --- */

/* With the signature PIN of the card that the phone's certificates came from; null: it is in no reader. */
static json_t *by_source_json(const struct view *v, const char *second)
{
	const struct rp_card_facts *f = &v->source.facts;
	const struct rp_pin_facts *pin = facts_pin(f, RP_SLOT_SIGN);
	const char *limit = text_limit(f->profile != NULL ? f->profile : "", RP_SLOT_SIGN);
	char text[512] = "", expect[EXPECT_TEXT];

	if (v->source.card == NULL || pin == NULL || !is_usable(pin) || !expect_text(f, expect))
		return json_null();
	if (limit != NULL && pin->tries_max != RP_TRIES_UNKNOWN)
		(void)snprintf(text, sizeof text, limit, pin->tries_max);
	return json_pack(
		"{s:[s, s*], s:s, s:o, s:{s:s, s:s, s:o, s:o, s:b, s:o, s:s}, s:b, s:s, s:{s:s, s:s, s:s}}",
		"secrets", "other", second, "secret_title", words_secret("other"), "secret_rules",
		or_null(rules_json(f->profile, RP_SLOT_SIGN)), "stake", "slot", "card-sign", "name",
		words_pin(f->profile, RP_SLOT_SIGN), "tries_left", json_tries(pin->tries_left), "tries_max",
		json_tries(pin->tries_max), "at_issuer", 0, "which",
		json_text(text_which(f->profile, RP_SLOT_SIGN)), "limit", text, "last_try",
		is_last(pin) ? 1 : 0, "door", doors_word(DOORS_APP), "source", "reader",
		rp_card_reader(v->source.card), "expect", expect, "number", f->number);
}

/* Why not: the card is missing, or its signature PIN cannot prove. */
static json_t *source_why_json(const struct view *v)
{
	const struct rp_pin_facts *pin = facts_pin(&v->source.facts, RP_SLOT_SIGN);

	return json_pack(
		"{s:s, s:n, s:s, s:n, s:n, s:s}", "code", v->source.card == NULL ? "no-card" : "locked",
		"problem", "message",
		v->source.card == NULL || pin == NULL
			? _("Put the My Number Card that the smartphone's certificates came from on the "
			    "other reader. No try was spent.")
			: _("The signature PIN of the card that the smartphone's certificates came from "
			    "is locked. Reset that one first: at a kiosk or at the counter."),
		"next", "way", "door", doors_word(DOORS_APP));
}

static json_t *phone_reset_json(const struct view *v, const struct rp_pin_facts *p, json_t **ret_why)
{
	json_t *j;

	if (!v->q.facts.ours)
		return json_null();
	if (p->slot != RP_SLOT_SIGN && v->a->key == NULL)
		return json_null();
	if (p->slot != RP_SLOT_SIGN)
		return json_pack("{s:[s], s:s, s:n, s:n, s:b, s:s}", "secrets", "new", "secret_title",
				 words_secret("new"), "secret_rules", "stake", "last_try", 0, "door",
				 doors_word(DOORS_APP));
	j = by_source_json(v, "new");
	if (json_is_null(j))
		*ret_why = source_why_json(v);
	if (v->a->key != NULL)
		return j;
	json_decref(j);
	return json_null();
}

/* The phone's key, made and registered: for the signature PIN's row. NULL: no page but the app's has it. */
static json_t *device_json(const struct view *v, const struct rp_pin_facts *p)
{
	if (v->a->o.device_key == NULL || !phone_is(&v->q.facts) || p->slot != RP_SLOT_SIGN ||
	    !v->q.facts.ours || !v->q.asked.reached)
		return NULL;
	return by_source_json(v, NULL);
}

/* What `repin reset` would ask for; else why it would refuse. *ret_why is given in that case. */
static json_t *reset_json(const struct view *v, const struct rp_pin_facts *p, const struct rp_pin_info *info,
			  json_t **ret_why)
{
	static struct trouble t; /* too large for the stack */
	/* As if on a terminal: no secret is missing yet. */
	struct job j = {.a = v->a, .deed = DEED_RESET, .slot = p->slot, .tty = 0, .card = v->card};
	struct reset_plan plan;

	*ret_why = NULL;
	if (!v->q.asked.reached || p->state == RP_PIN_NOT_SET)
		return json_null();
	j.facts = v->q.facts;
	j.info = *info;
	j.pin = *p;
	trouble_start(&t);
	if (phone_may(&j, &t) != RP_OK) {
		*ret_why = refusal_json(&t);
		return json_null();
	}
	if (v->a->o.device_key != NULL)
		return phone_reset_json(v, p, ret_why);
	if (reset_may(&j, &t) == RP_OK && reset_plan(&j, &v->q.asked.facts, &plan, &t) == RP_OK)
		return ways_json(v, &plan);
	*ret_why = refusal_json(&t);
	return json_null();
}

/* --- one PIN --- */

/* The state in a word, without the mark that a table has before it. */
static const char *state_text(const struct rp_pin_facts *p)
{
	const char *marked = words_state(p), *blank = strchr(marked, ' ');

	return blank != NULL ? blank + 1 : marked;
}

static json_t *way_json(const struct view *v, const struct rp_pin_facts *p)
{
	struct way w;

	if (!way_back(&v->q.facts, p->slot, false, &w))
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:s}", "door", json_text(doors_word(w.door)), "door_else",
			 json_text(doors_word(w.door_else)), "title", json_text(_(doors_title(w.door))),
			 "text", w.text);
}

/* What others did to this PIN, with its sentence; NULL: nothing. */
static json_t *news_json(const struct view *v, rp_slot slot)
{
	const struct rp_ledger_news *n = elsewhere_of(&v->noted.elsewhere, slot);
	json_t *j = elsewhere_json(n);
	char text[512];

	if (j == NULL)
		return NULL;
	elsewhere_sentence(n, words_pin(v->q.facts.profile, slot), text, sizeof text);
	(void)json_object_set_new(j, "text", json_text(text));
	return j;
}

static json_t *jobs_json(const struct view *v, const struct rp_pin_facts *p, const struct rp_pin_info *info)
{
	json_t *why = NULL, *reset = reset_json(v, p, info, &why);

	return json_pack("{s:o*, s:o, s:o, s:o, s:o, s:o}", "device", device_json(v, p), "change",
			 change_json(v, p, info), "unlock", unlock_json(v, p, info), "reserve",
			 reserve_json(v, p), "reset", reset, "reset_why", or_null(why));
}

static json_t *view_pin(const struct view *v, const struct rp_pin_facts *p)
{
	const char *profile = v->q.facts.profile;
	struct rp_pin_info info = {0};
	char tries[64];
	json_t *j;

	if (!rp_pin_info(profile, p->slot, &info))
		info.slot = p->slot;
	words_tries(p, tries, sizeof tries);
	j = json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "id",
		      rp_slot_word(p->slot), "name", words_pin(profile, p->slot), "local_name",
		      json_text(words_local(profile, p->slot)), "state", rp_pin_state_word(p->state),
		      "state_text", state_text(p), "tries_left", json_tries(p->tries_left), "tries_max",
		      json_tries(p->tries_max), "tries_text", tries, "which",
		      json_text(text_which(profile, p->slot)), "unknown",
		      json_text(p->state == RP_PIN_UNKNOWN ? text_state_unknown(profile, p->slot) : NULL),
		      "rules", rules_json(profile, p->slot), "way", way_json(v, p), "news",
		      or_null(news_json(v, p->slot)), "secret_only", (int)info.secret_only, "two_places",
		      (int)(p->n_refs == 2 && p->ref_tries[0] != p->ref_tries[1]));
	if (j == NULL || json_object_set_new(j, "jobs", jobs_json(v, p, &info)) != 0 ||
	    json_object_set_new(j, "no_change", json_text(text_no_change(profile, p->slot))) != 0 ||
	    json_object_set_new(j, "no_unlock", json_text(text_no_unlock(profile, p->slot))) != 0) {
		json_decref(j);
		return NULL;
	}
	return j;
}

/* A user code is no PIN of the card, and the page shows it beside them where the issuer knows of one. */
static void add_user_code(const struct view *v, json_t *pins)
{
	const struct rp_issuer_facts *f = &v->q.asked.facts;
	struct rp_pin_facts code = {.slot = RP_SLOT_USER_CODE,
				    .tries_left = f->user_code_tries,
				    .tries_max = DOORS_CODE_TRIES,
				    .n_refs = 1};

	if (!v->q.asked.reached || strcmp(v->q.facts.profile, "hicos") != 0 ||
	    strcmp(f->user_code, "none") == 0)
		return;
	code.state = strcmp(f->user_code, "blocked") == 0 ? RP_PIN_LOCKED : RP_PIN_READY;
	(void)json_array_append_new(pins, view_pin(v, &code));
}

/* --- jobs that were cut --- */

static json_t *cuts_json(const struct view *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->noted.n_cut; i++) {
		const struct rp_intent *in = &v->noted.cut[i];
		const char *deed = in->code == RP_SLOT_NONE ? "change"
				   : in->code == in->slot   ? "reset"
							    : "unlock";
		char when[96];

		when_long(in->begun_s, when, sizeof when);
		(void)json_array_append_new(list,
					    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "note", in->id,
						      "slot", rp_slot_word(in->slot), "name",
						      words_pin(v->q.facts.profile, in->slot), "job", deed,
						      "begun_text", when, "answer",
						      in->running ? "running" : rp_answer_word(in->answer)));
	}
	return list;
}

/* --- the whole --- */

/* NULL: this is no app. */
static const char *phone_state(const struct app *a)
{
	return a->o.device_key == NULL ? NULL : a->key != NULL ? "key" : "new";
}

static json_t *whole(struct view *v)
{
	const struct rp_card_facts *f = &v->q.facts;
	char expect[EXPECT_TEXT];
	json_t *pins = json_array(), *card = json_card(f);
	const bool terminal = issuer_is_terminal(v->a);

	for (size_t i = 0; i < f->n_pins; i++)
		(void)json_array_append_new(pins, view_pin(v, &f->pins[i]));
	add_user_code(v, pins);
	if (!expect_text(f, expect) ||
	    json_object_set_new(card, "title", json_text(words_family(f->profile))) != 0 ||
	    json_object_set_new(card, "ours", json_boolean(f->ours)) != 0) {
		json_decref(pins);
		json_decref(card);
		return NULL;
	}
	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:b, s:s*}", "reader", rp_card_reader(v->card),
			 "card", card, "expect", expect, "pins", pins, "cuts", cuts_json(v), "issuer",
			 doors_issuer_json(&v->q), "terminal", (int)terminal, "phone", phone_state(v->a));
}

rp_code cmd_view(struct app *a, struct trouble *t)
{
	__attribute__((cleanup(app_card_freep))) rp_card *card = NULL;
	static struct view v;	     /* large */
	static struct trouble quiet; /* too */
	struct rp_error ignored;
	bool has_notes;
	rp_code rc;

	if (a->o.n_args > 0 || !a->o.json)
		return trouble_say(t, RP_E_USAGE, _("'repin status' shows the card to people."),
				   _("The command 'view' is for programs: it takes --json and no name."));
	v = (struct view){.a = a, .q = {.a = a}};
	rc = app_conf(a, t);
	if (rc == RP_OK)
		rc = app_look(
			a, RP_READ_PINS | RP_READ_CARD | (a->conf.issuer_url[0] == '\0' ? RP_READ_ONCE : 0u),
			&card, &v.q.facts, t);
	t->profile = v.q.facts.profile;
	if (rc != RP_OK)
		return rc;
	v.card = card;
	v.q.reader = rp_card_reader(card);
	/* The issuer may tell how a cut reset has ended: notes are open before it, and read behind it. */
	has_notes = app_notes(a, &ignored) == RP_OK;
	doors_ask_issuer(&v.q, card);
	if (has_notes)
		noted_read(a, &v.q.facts, &v.noted);
	if (a->o.device_key != NULL && phone_is(&v.q.facts)) {
		trouble_start(&quiet);
		/* Without it the page says that it is missing. */
		(void)!phone_source_find(a, rp_card_reader(card), &v.source, &quiet);
	}
	rc = json_show(whole(&v), t);
	phone_source_free(&v.source);
	return rc;
}
