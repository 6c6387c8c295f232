/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the person says to `repin doors`: which PINs are known for sure, which codes are at
 * hand, who goes there. Names only; no PIN is asked, and no answer is ever repeated, because
 * somebody may type a PIN all the same.
 */
#include "cli/doors.h"

#include "base/secret.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 3
#define ANSWER_MAX 128
#define CARD_SIGN "card-sign" /* smartphone: the signature PIN of the card itself */

/* Names of --have and of --secrets-fd, for slots that have another one. */
static const struct {
	const char *word;
	rp_slot slot;
} codes[] = {{"resetting-code", RP_SLOT_RC}, {"admin", RP_SLOT_PW3}};

/* PINs and codes that open a door of the slots asked about. */
struct keys {
	rp_slot at[DOORS_SLOTS];
	size_t n;
	bool card_sign;
};

/* --- which keys matter --- */

static enum rp_pin_state state_of(const struct inquiry *q, rp_slot slot)
{
	const struct rp_pin_facts *pin = facts_pin(&q->facts, slot);

	return pin != NULL ? pin->state : RP_PIN_UNKNOWN;
}

static bool is_usable(enum rp_pin_state s)
{
	return s == RP_PIN_READY || s == RP_PIN_UNKNOWN;
}

static void add_key(struct keys *keys, rp_slot slot)
{
	for (size_t i = 0; i < keys->n; i++)
		if (keys->at[i] == slot)
			return;
	keys->at[keys->n++] = slot;
}

/* Does it matter for this row whether somebody knows its key? */
static bool matters(const struct inquiry *q, const struct doors_row *row)
{
	const enum rp_pin_state own = state_of(q, row->slot);
	const bool by_pin = row->need == DOORS_NEED_CURRENT || row->need == DOORS_NEED_OTHER;

	return row->never == DOORS_WHY_NONE && own != RP_PIN_DEAD && !(by_pin && own == RP_PIN_NOT_SET) &&
	       is_usable(state_of(q, row->with));
}

/* The keys of one slot's doors: PINs that people know, or codes that they keep. */
static void find_keys(const struct inquiry *q, rp_slot slot, bool pins, struct keys *ret)
{
	for (size_t i = 0; i < n_doors_rows; i++) {
		const struct doors_row *row = &doors_rows[i];
		const bool by_pin = row->need == DOORS_NEED_CURRENT || row->need == DOORS_NEED_OTHER;
		const bool by_code = row->need == DOORS_NEED_SECRET || row->need == DOORS_NEED_CODE;

		if (row->slot != slot || strcmp(row->profile, q->facts.profile) != 0 || !matters(q, row))
			continue;
		if ((pins && by_pin) || (!pins && by_code))
			add_key(ret, row->with);
		ret->card_sign |= pins && row->need == DOORS_NEED_CARD_SIGN;
	}
}

/* The name of a key as options take it. */
static const char *key_word(rp_slot slot)
{
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i].slot == slot)
			return codes[i].word;
	return rp_slot_word(slot);
}

static void add_word(char *ret, size_t cap, const char *between, const char *word)
{
	const size_t at = strlen(ret);

	(void)snprintf(ret + at, cap - at, "%s%s", at > 0 ? between : "", word);
}

/* Names of keys of which nothing was said, joined by `between`. */
static void name_keys(const struct inquiry *q, const struct keys *keys, const char *between, char *ret,
		      size_t cap)
{
	for (size_t i = 0; i < keys->n; i++)
		if (!q->said[keys->at[i]])
			add_word(ret, cap, between, key_word(keys->at[i]));
	if (keys->card_sign && !q->said_card_sign)
		add_word(ret, cap, between, CARD_SIGN);
}

/* What was said to be known or at hand, so that the options to add keep it. */
static void name_said(const struct inquiry *q, bool kept, char *ret, size_t cap)
{
	for (unsigned i = RP_SLOT_NONE + 1; i < DOORS_SLOTS; i++) {
		const rp_slot slot = (rp_slot)i;
		const bool is_code = slot == RP_SLOT_LETTER || slot == RP_SLOT_USER_CODE ||
				     slot == RP_SLOT_PUK || slot == RP_SLOT_RC || slot == RP_SLOT_PW3;

		if (q->said[slot] && q->in.held[slot] == DOORS_HELD_YES && is_code == kept)
			add_word(ret, cap, ",", key_word(slot));
	}
	if (!kept && q->said_card_sign && q->in.card_sign == DOORS_HELD_YES)
		add_word(ret, cap, ",", CARD_SIGN);
}

/* The options that say what was said, and also these keys. */
static void say_options(const struct inquiry *q, const struct keys *pins, const struct keys *kept, char *ret,
			size_t cap)
{
	static const char *const who[] = {[APPLICANT_SELF] = "",
					  [APPLICANT_REPRESENTATIVE] = " --as representative",
					  [APPLICANT_AGENT] = " --as agent"};
	const char *birth = q->a->o.birth, *profile = q->a->o.profile;
	char known[96] = "", held[96] = "";

	name_said(q, false, known, sizeof known);
	name_keys(q, pins, ",", known, sizeof known);
	name_said(q, true, held, sizeof held);
	name_keys(q, kept, ",", held, sizeof held);
	(void)snprintf(ret, cap, "%s%s%s%s%s%s%s%s%s%s", known[0] != '\0' ? " --know " : "", known,
		       held[0] != '\0' ? " --have " : "", held, who[q->in.who], q->in.ward ? " --ward" : "",
		       birth != NULL ? " --birth " : "", birth != NULL ? birth : "",
		       profile != NULL ? " --profile " : "", profile != NULL ? profile : "");
}

void doors_said(const struct inquiry *q, char *ret, size_t cap)
{
	const struct keys none = {.n = 0};

	say_options(q, &none, &none, ret, cap);
}

void doors_not_said(const struct inquiry *q, rp_slot slot, char *ret, size_t cap, char *ret_options,
		    size_t options_cap)
{
	struct keys pins = {.n = 0}, kept = {.n = 0};

	ret[0] = '\0';
	find_keys(q, slot, true, &pins);
	find_keys(q, slot, false, &kept);
	name_keys(q, &pins, ", ", ret, cap);
	name_keys(q, &kept, ", ", ret, cap);
	say_options(q, &pins, &kept, ret_options, options_cap);
}

/* --- lists of names --- */

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncmp(text, word, len) == 0;
}

static rp_slot slot_of(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (is_word(text, len, codes[i].word))
			return codes[i].slot;
	for (unsigned i = RP_SLOT_NONE + 1; i < DOORS_SLOTS; i++)
		if (is_word(text, len, rp_slot_word((rp_slot)i)))
			return (rp_slot)i;
	return RP_SLOT_NONE;
}

/* False for what is no name, and for a second word about one PIN: which would hold? */
static bool take_name(struct inquiry *q, const char *text, size_t len, enum doors_held held)
{
	const rp_slot slot = slot_of(text, len);

	if (is_word(text, len, CARD_SIGN)) {
		if (q->said_card_sign && q->in.card_sign != held)
			return false;
		q->said_card_sign = true;
		q->in.card_sign = held;
		return true;
	}
	if (slot == RP_SLOT_NONE || (q->said[slot] && q->in.held[slot] != held))
		return false;
	q->said[slot] = true;
	q->in.held[slot] = held;
	return true;
}

/* Bytes of a comma or blank at the beginning, also of wide ones. */
static size_t gap_len(const char *text)
{
	static const char *const gaps[] = {",", " ", "、", "，", "　"};

	for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++)
		if (strncmp(text, gaps[i], strlen(gaps[i])) == 0)
			return strlen(gaps[i]);
	return 0;
}

/* Takes names apart where they lie, because one may be a PIN that strayed. False when one is no name. */
static bool take_names(struct inquiry *q, const char *text, enum doors_held held, size_t *ret_n)
{
	for (*ret_n = 0; text[0] != '\0'; (*ret_n)++) {
		size_t len = 0;

		while (gap_len(text) > 0)
			text += gap_len(text);
		if (text[0] == '\0')
			break;
		while (text[len] != '\0' && gap_len(text + len) == 0)
			len++;
		if (!take_name(q, text, len, held))
			return false;
		text += len;
	}
	return true;
}

static bool take_who(const char *word, enum applicant *ret)
{
	static const char *const words[] = {[APPLICANT_SELF] = "self",
					    [APPLICANT_REPRESENTATIVE] = "representative",
					    [APPLICANT_AGENT] = "agent"};

	for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i], word) == 0 || (word[0] == (char)('1' + i) && word[1] == '\0')) {
			*ret = (enum applicant)i;
			return true;
		}
	return false;
}

/* --- options --- */

static rp_code names_option(struct inquiry *q, const char *option, const char *text, enum doors_held held,
			    struct trouble *t)
{
	size_t n = 0;

	/* Not repeated: it may be a PIN that strayed. */
	if (text != NULL && (!take_names(q, text, held, &n) || n == 0))
		return trouble_say(t, RP_E_USAGE, _("For example: repin doors sign --know auth"),
				   _("The option --%s takes names of PINs and codes, and each name stands in "
				     "one option."),
				   option);
	return RP_OK;
}

static rp_code slot_argument(struct inquiry *q, struct trouble *t)
{
	const struct opts *o = &q->a->o;

	if (o->n_args > 1)
		return trouble_say(t, RP_E_USAGE,
				   _("'repin doors' without a name shows all PINs that need a way back."),
				   _("Name one PIN only, for example: repin %s pin"), o->command);
	if (o->n_args == 0)
		return RP_OK;
	q->slots[0] = rp_slot_from_word(o->args[0]);
	if (q->slots[0] == RP_SLOT_NONE)
		return trouble_say(t, RP_E_SLOT_UNKNOWN, _("'repin status' shows the PINs of the card."),
				   _("No card has a PIN with the name '%s'."), o->args[0]);
	q->n = 1;
	q->named = true;
	t->err.slot = q->slots[0];
	return RP_OK;
}

static rp_code person_options(struct inquiry *q, struct trouble *t)
{
	const struct opts *o = &q->a->o;

	q->in.ward = o->ward;
	if (o->as != NULL && !take_who(o->as, &q->in.who))
		return trouble_say(t, RP_E_USAGE, NULL,
				   _("The option --as takes self, representative or agent."));
	if (o->birth != NULL && !date_from_text(o->birth, &q->in.birth))
		return trouble_say(t, RP_E_USAGE, NULL,
				   _("The option --birth takes a day of the calendar, as 2011-04-30."));
	return RP_OK;
}

static rp_code door_option(struct inquiry *q, struct trouble *t)
{
	const struct opts *o = &q->a->o;

	if (o->door == NULL)
		return RP_OK;
	q->door = doors_from_word(o->door);
	if (q->door == DOORS_NONE)
		return trouble_say(t, RP_E_USAGE, _("'repin doors' shows the doors with their names."),
				   _("No door has the name '%s'."), o->door);
	if (!q->named)
		return trouble_say(t, RP_E_USAGE, NULL, _("The option --door needs the name of a PIN."));
	return RP_OK;
}

rp_code doors_options(struct inquiry *q, struct trouble *t)
{
	const struct opts *o = &q->a->o;
	rp_code rc = slot_argument(q, t);

	if (rc == RP_OK)
		rc = names_option(q, "know", o->know, DOORS_HELD_YES, t);
	if (rc == RP_OK)
		rc = names_option(q, "have", o->have, DOORS_HELD_YES, t);
	if (rc == RP_OK)
		rc = names_option(q, "not-sure", o->not_sure, DOORS_HELD_NOT_SURE, t);
	if (rc == RP_OK)
		rc = person_options(q, t);
	return rc == RP_OK ? door_option(q, t) : rc;
}

rp_code doors_check(const struct inquiry *q, struct trouble *t)
{
	char slots[128];

	for (unsigned i = RP_SLOT_NONE + 1; i < DOORS_SLOTS; i++) {
		const rp_slot slot = (rp_slot)i;

		if ((!q->said[slot] && !(q->named && q->slots[0] == slot)) ||
		    doors_know(q->facts.profile, slot))
			continue;
		words_slots(q->facts.profile, slots, sizeof slots);
		return trouble_say(t, RP_E_SLOT_UNKNOWN, NULL,
				   _("This card (%s) has no PIN with the name '%s'. It has: %s."),
				   words_family(q->facts.profile), rp_slot_word(slot), slots);
	}
	if (q->said_card_sign && strcmp(q->facts.profile, "mynumber-mobile") != 0)
		return trouble_say(t, RP_E_SLOT_UNKNOWN, NULL,
				   _("The name %s is for certificates on a smartphone."), CARD_SIGN);
	return RP_OK;
}

/* --- questions --- */

static rp_code ask_line(struct inquiry *q, int tty, const char *question, char ret[ANSWER_MAX],
			struct trouble *t)
{
	const unsigned s = q->a->o.timeout_s;
	const struct rp_wait w = {.deadline_ms = s > 0 ? clock_ms() + (int64_t)s * 1000 : INT64_MAX,
				  .cancel_fd = q->a->cancel_fd};

	return prompt_line(tty, question, &w, ret, ANSWER_MAX, t);
}

static rp_code not_understood(struct trouble *t)
{
	return trouble_say(t, RP_E_USAGE, _("For example: repin doors sign --know auth"),
			   _("No answer was understood."));
}

/* Whatever was asked has been answered, be it with nothing. */
static void mark_said(struct inquiry *q, const struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		q->said[keys->at[i]] = true;
	q->said_card_sign |= keys->card_sign;
}

static void list_keys(const struct inquiry *q, const struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		out_item(OUT_TALK, 18, key_word(keys->at[i]), words_pin(q->facts.profile, keys->at[i]));
	if (keys->card_sign)
		out_item(OUT_TALK, 18, CARD_SIGN, _("the signature PIN of the My Number Card itself"));
}

/* Which of these? A name that is no key of the list is not understood. */
static rp_code ask_keys(struct inquiry *q, int tty, const struct keys *keys, const char *question,
			struct trouble *t)
{
	char answer[ANSWER_MAX] = "";
	size_t n = 0;

	list_keys(q, keys);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct inquiry answered = *q;
		rp_code rc = ask_line(q, tty, question, answer, t);
		bool good;

		if (rc != RP_OK)
			return rc;
		good = take_names(&answered, answer, DOORS_HELD_YES, &n);
		rp_wipe(answer, sizeof answer); /* somebody may have typed a PIN all the same */
		if (good && doors_check(&answered, t) == RP_OK) {
			*q = answered;
			mark_said(q, keys);
			out_gap(OUT_TALK);
			return RP_OK;
		}
		trouble_start(t);
		out_para(OUT_TALK, 0, _("Type the names on the left, not the PINs themselves."));
	}
	return not_understood(t);
}

/* Does anybody but the holder in person make a difference? */
static bool has_people(const struct inquiry *q)
{
	for (size_t s = 0; s < q->n; s++)
		for (size_t i = 0; i < n_doors_rows; i++)
			if (doors_rows[i].slot == q->slots[s] &&
			    strcmp(doors_rows[i].profile, q->facts.profile) == 0 &&
			    (doors_rows[i].in_person || doors_rows[i].door == DOORS_COUNTER))
				return true;
	return false;
}

static rp_code ask_who(struct inquiry *q, int tty, struct trouble *t)
{
	char answer[ANSWER_MAX] = "";

	out_item(OUT_TALK, 4, "1", _("the holder"));
	out_item(OUT_TALK, 4, "2", _("the legal representative (of a holder under 15, or of an adult ward)"));
	out_item(OUT_TALK, 4, "3", _("somebody else, for the holder"));
	for (unsigned round = 0; round < ROUNDS; round++) {
		rp_code rc = ask_line(q, tty, _("Who are you? Type the number (Enter: 1):"), answer, t);

		if (rc != RP_OK)
			return rc;
		if (answer[0] == '\0' || take_who(answer, &q->in.who)) {
			out_gap(OUT_TALK);
			return RP_OK;
		}
	}
	return not_understood(t);
}

/* Whoever is asked sees first which card and which PINs it is about. */
static void introduce(struct inquiry *q)
{
	if (q->reader != NULL) {
		say_card(OUT_TALK, q->reader, &q->facts);
		out_gap(OUT_TALK);
		q->card_shown = true;
	}
	doors_show_pins(q, OUT_TALK);
	out_gap(OUT_TALK);
	out_para(OUT_TALK, 0, _("To find the way: a few questions. No PIN is asked, and nothing is tried."));
	out_gap(OUT_TALK);
}

/* The questions that are left; none of them asks for a PIN. */
static rp_code ask_all(struct inquiry *q, int tty, struct trouble *t)
{
	const struct opts *o = &q->a->o;
	struct keys pins = {.n = 0}, kept = {.n = 0};
	bool which, what, who;
	rp_code rc = RP_OK;

	for (size_t i = 0; i < q->n; i++) {
		find_keys(q, q->slots[i], true, &pins);
		find_keys(q, q->slots[i], false, &kept);
	}
	which = o->know == NULL && o->not_sure == NULL && (pins.n > 0 || pins.card_sign);
	what = o->have == NULL && kept.n > 0;
	who = o->as == NULL && has_people(q);
	if (which || what || who)
		introduce(q);
	if (which)
		rc = ask_keys(q, tty, &pins,
			      _("Which of these PINs are known for sure? Type their names (Enter: none):"),
			      t);
	if (rc == RP_OK && what)
		rc = ask_keys(q, tty, &kept, _("Which of these are at hand? Type their names (Enter: none):"),
			      t);
	return rc == RP_OK && who ? ask_who(q, tty, t) : rc;
}

rp_code doors_ask(struct inquiry *q, struct trouble *t)
{
	int tty = -1;
	rp_code rc;

	if (q->a->o.json || (!q->named && !q->troubled) || isatty(STDIN_FILENO) == 0 ||
	    isatty(STDOUT_FILENO) == 0)
		return RP_OK;
	if (prompt_open(&tty, t) != RP_OK) {
		trouble_start(t); /* nobody to ask: what was not said is not known */
		return RP_OK;
	}
	out_talk_on(tty);
	rc = ask_all(q, tty, t);
	out_talk_on(-1);
	(void)close(tty);
	return rc;
}
