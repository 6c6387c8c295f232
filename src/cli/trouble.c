/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors in words: what happened, what it cost, what is the next step. Wrong, locked,
 * dead, card gone and reader trouble never share a sentence: people who read the wrong
 * one go on guessing.
 */
#include "cli/issuer.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void trouble_start(struct trouble *t)
{
	*t = (struct trouble){
		.err = RP_ERROR_INIT, .tries_max = RP_TRIES_UNKNOWN, .code_tries_max = RP_TRIES_UNKNOWN};
}

const char *text_gap(void)
{
	return strcmp(i18n_lang(), "en") == 0 ? " " : "";
}

static void add_text(char *dst, size_t cap, const char *text)
{
	const size_t at = strlen(dst);

	if (text != NULL)
		(void)snprintf(dst + at, cap - at, "%s%s", at > 0 ? text_gap() : "", text);
}

static void add_message(struct trouble *t, const char *fmt, ...) RP_PRINTF(2, 3);
static void add_message(struct trouble *t, const char *fmt, ...)
{
	char text[sizeof t->message];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	add_text(t->message, sizeof t->message, text);
}

static void add_next(struct trouble *t, const char *text)
{
	add_text(t->next, sizeof t->next, text);
}

rp_code trouble_say(struct trouble *t, rp_code code, const char *next, const char *fmt, ...)
{
	va_list ap;

	/* tries_left and slot may have been set by who knows them; a refusal of ours spends nothing. */
	t->err.code = code;
	t->err.tries_spent = 0;
	va_start(ap, fmt);
	(void)vsnprintf(t->message, sizeof t->message, fmt, ap);
	va_end(ap);
	(void)snprintf(t->next, sizeof t->next, "%s", next != NULL ? next : "");
	return code;
}

static void say_chars(struct trouble *t, const char *what)
{
	switch (t->has_rules ? t->rules.chars_new : RP_CHARS_PRINTABLE) {
	case RP_CHARS_DIGITS:
		add_message(t, _("The entry '%s' may hold digits 0-9 only."), what);
		return;
	case RP_CHARS_UPPER_ALNUM:
	case RP_CHARS_ALNUM:
		add_message(t, _("The entry '%s' may hold letters A-Z and digits 0-9 only."), what);
		return;
	case RP_CHARS_GRAPHIC:
		add_message(t,
			    _("The entry '%s' may hold letters, digits and signs of a plain keyboard only, "
			      "and no blank."),
			    what);
		return;
	case RP_CHARS_PRINTABLE:
		break;
	}
	add_message(t, _("The entry '%s' may hold letters, digits and signs of a plain keyboard only."),
		    what);
}

static void say_length(struct trouble *t, const char *what)
{
	if (what[0] == '\0')
		add_message(t, _("An entry on the keys of the reader was too short or too long."));
	else if (!t->has_rules || t->rules.len_max == 0)
		add_message(t, _("The entry '%s' is too short or too long."), what);
	else if (t->rules.len_min == t->rules.len_max)
		add_message(t, _("The entry '%s' must have exactly %u characters."), what, t->rules.len_max);
	else
		add_message(t, _("The entry '%s' must have %u to %u characters."), what, t->rules.len_min,
			    t->rules.len_max);
}

static void explain_entry(struct trouble *t)
{
	const char *what = words_secret(t->err.field);

	switch (t->rule_text != NULL ? (int)RP_OK : (int)t->err.code) {
	case RP_OK:
		add_message(t, "%s", _(t->rule_text));
		break;
	case RP_E_INPUT_MISSING:
		add_message(t, _("The secret '%s' is needed and was not given."), t->err.field);
		break;
	case RP_E_INPUT_FORMAT:
		add_message(t, _("The secrets are not written as they must be: one name=value per line, each "
				 "line ended."));
		break;
	case RP_E_INPUT_EMPTY:
		add_message(t, _("The entry '%s' is empty."), what);
		break;
	case RP_E_INPUT_LENGTH:
		say_length(t, what);
		break;
	case RP_E_INPUT_CHARS:
		say_chars(t, what);
		break;
	case RP_E_INPUT_BLANKS:
		add_message(t, _("The entry '%s' begins or ends with a blank."), what);
		break;
	case RP_E_INPUT_ALL_SAME:
		add_message(t,
			    _("The entry '%s' repeats one character; the card's issuer does not allow that."),
			    what);
		break;
	default:
		add_message(t, _("The two entries of the new PIN differ."));
		break;
	}
	add_next(t, _("Nothing was sent to the card. Correct the entry and try again."));
}

static void say_tries(struct trouble *t, int max)
{
	const int left = t->err.tries_left;

	if (left <= 0)
		return;
	if (max == RP_TRIES_UNKNOWN)
		add_message(t, ngettext("%d try is left.", "%d tries are left.", (unsigned long)left), left);
	else
		add_message(
			t,
			ngettext("%d of %d tries is left.", "%d of %d tries are left.", (unsigned long)left),
			left, max);
}

/* Two wrong in a row, or one where three lock: a reset costs less than the next guess. */
static bool is_time_to_stop(const struct trouble *t)
{
	const int max = t->tries_max, left = t->err.tries_left;

	if (left == RP_TRIES_UNKNOWN)
		return false;
	return left <= 1 || (max != RP_TRIES_UNKNOWN && max - left >= (max <= 3 ? 1 : 2));
}

static void explain_wrong_pin(struct trouble *t)
{
	if (t->profile != NULL && strcmp(t->profile, "aosign") == 0)
		add_message(t, _("The PIN is not correct.")); /* the card software's own sentence */
	else
		add_message(t, _("The PIN was wrong."));
	say_tries(t, t->tries_max);
	if (t->err.tries_left == 0) {
		add_message(t, _("That was the last try: the PIN is locked now."));
		return;
	}
	add_next(t, _("Wrong entries add up over all services and programs that use this card; a right one "
		      "sets the count back."));
	if (is_time_to_stop(t))
		add_next(t, _("Do not guess any further. Look into your notes; if the PIN is not there, have "
			      "it reset now."));
	else
		add_next(t, _("Make sure that this card and this PIN are meant. With --show you see what you "
			      "type."));
}

static void explain_wrong_secret(struct trouble *t)
{
	add_message(t, _("The secret for unlocking was wrong: %s."),
		    words_secret(t->secret != NULL ? t->secret : ""));
	/* Code and new PIN go to such a card without a mark between them (docs/decisions.md, 24). */
	if (t->err.in_doubt) {
		add_message(t,
			    _("The card took its end for the beginning of the new PIN: neither the old PIN "
			      "nor the new one is valid now."));
		add_next(t, _("Unlock the PIN again. Compare the secret with your notes, character by "
			      "character; with --show you see what you type."));
		return;
	}
	say_tries(t, t->code_tries_max);
	if (t->err.tries_left == 0) {
		add_message(t, t->deadly ? _("That was the last try: the card is dead now.")
					 : _("That was the last try: this secret is locked now."));
		return;
	}
	if (t->deadly)
		add_next(t, _("If this secret locks, the card is dead for good. Compare the entry with the "
			      "paper, character by character; with --show you see what you type. The help "
			      "desk of the card's issuer can guide you."));
	else
		add_next(t, _("Do not guess. Compare the entry with your notes, character by character; with "
			      "--show you see what you type."));
}

static void explain_locked(struct trouble *t)
{
	if (t->err.code == RP_E_SECRET_LOCKED) {
		add_message(t, _("The secret for unlocking is locked: %s."),
			    words_secret(t->secret != NULL ? t->secret : ""));
		return;
	}
	if (t->profile != NULL && strcmp(t->profile, "aosign") == 0 && t->deed == DEED_CHANGE)
		add_message(
			t,
			_("The PIN could not be changed. The IC card is locked.")); /* its own sentence, too */
	else
		add_message(t, _("This PIN is locked: too many wrong entries were made in a row."));
}

static void explain_last_try(struct trouble *t)
{
	if (t->deadly)
		add_message(t, _("Only one try is left. If the entry is wrong, the card is dead for good."));
	else if (t->last_way)
		add_message(
			t,
			_("Only one try is left. If the entry is wrong, nothing unlocks this PIN any more."));
	else
		add_message(t, _("Only one try is left. If the entry is wrong, it is locked."));
	add_next(t, _("Nothing was sent to the card. If you are sure of the entry, add --last-try; if not, "
		      "do not guess."));
}

static void explain_pin(struct trouble *t)
{
	switch ((int)t->err.code) {
	case RP_E_PIN_WRONG:
		explain_wrong_pin(t);
		break;
	case RP_E_SECRET_WRONG:
		explain_wrong_secret(t);
		break;
	case RP_E_DEAD:
		if (t->profile != NULL && strcmp(t->profile, "aosign") == 0)
			add_message(t, _("The card is dead: the secret that could unlock it is used up."));
		else
			add_message(t, _("This PIN is locked for good."));
		break;
	case RP_E_NOT_SET:
		add_message(t, _("The card does not have this PIN."));
		break;
	case RP_E_PIN_DIFFERS:
		add_message(t, _("The card keeps this PIN in two places, and it is right in one of them "
				 "only. Nothing was changed."));
		say_tries(t, t->tries_max);
		break;
	case RP_E_LAST_TRY:
		explain_last_try(t);
		break;
	default:
		explain_locked(t);
		break;
	}
}

struct place_text {
	rp_code code;
	const char *message, *next;
};

static const struct place_text places[] = {
	{RP_E_NO_SERVICE, N_("The smart card service (pcscd) does not run."),
	 N_("Install it with 'sudo apt install pcscd' and start it with 'sudo systemctl start pcscd.socket'. "
	    "Then run 'repin doctor'.")},
	{RP_E_NO_PERMISSION, N_("The smart card service refuses you."),
	 N_("Log in at the machine itself rather than from afar, or have its administrator allow you the "
	    "smart card service (polkit action org.debian.pcsc-lite.access_pcsc).")},
	{RP_E_NO_READER, N_("No card reader is connected."),
	 N_("Connect the reader, wait a moment and try again.")},
	{RP_E_NO_CARD, N_("No card is in the reader."),
	 N_("Insert the card, or lay it on the reader, and try again.")},
	{RP_E_CARD_MUTE, N_("A card is in the reader, but it does not answer."),
	 N_("Take it out and insert it the right way round: chip first, chip side up on most readers. If "
	    "that does not help, wipe the chip with a dry cloth. A card without a chip never answers.")},
	{RP_E_CARD_UNKNOWN, N_("Repin does not know this kind of card."),
	 N_("'repin profiles' lists the kinds that it knows. Nothing that could spend a try was sent to the "
	    "card.")},
	{RP_E_CARD_CHANGED, N_("This is not the card that was shown before. Nothing was sent to it."),
	 N_("Insert the card that you mean and start again.")},
	{RP_E_TRIES_CHANGED,
	 N_("Meanwhile the tries left are others than those shown: another program has used the card. "
	    "Nothing was sent."),
	 N_("Close the other program, run 'repin status' and start again.")},
	{RP_E_CARD_BUSY, N_("Another program uses the card and does not let go of it."),
	 N_("Close programs that use the card (browser, mail, card software of other issuers, gpg-agent), or "
	    "take the card out and insert it again. Then try again.")},
	{RP_E_JOURNAL,
	 N_("Repin notes down what it is about to do to a card before it does it, and that cannot be "
	    "written. No new PIN was sent to the card."),
	 N_("Make room on the disk, or name another directory with state-directory in repin.conf(5); with "
	    "--verbose you see what failed.")},
	{RP_E_ISSUER_REFUSED, N_("The card's issuer refused."),
	 N_("Nothing was changed on the card. Ask the issuer.")},
	{RP_E_ISSUER_AWAY, N_("The card's issuer cannot be reached."),
	 N_("Nothing was changed on the card. Try again later; with --verbose you see what failed.")},
	{RP_E_NO_MEMORY, N_("There is not enough memory."), N_("Close other programs and try again.")},
	{RP_E_CARD_GONE, N_("The card was taken out in the middle."), NULL},
	{RP_E_CARD_RESET, N_("The card was reset in the middle, by another program or a bad contact."), NULL},
	{RP_E_CARD_REPLY, N_("The card gave an answer that makes no sense."), NULL},
	{RP_E_CARD_REFUSED, N_("The card refused a step."), NULL},
	{RP_E_CARD_TIMEOUT, N_("The card did not answer in time."), NULL},
	{RP_E_INTERRUPTED, N_("It was interrupted while the card was at work."), NULL},
	{RP_E_CARD_IO, N_("The card or the reader failed."), NULL},
	{RP_E_HALF_DONE, N_("The card keeps this PIN in two places, and only one of them was changed."),
	 NULL},
};

/* 6A80 to a command that carries a new PIN: the one refusal that the person can mend. */
static bool is_new_pin_refused(const struct trouble *t)
{
	return t->err.code == RP_E_CARD_REFUSED && t->err.sw == 0x6A80 && t->deed != DEED_NONE;
}

static bool explain_place(struct trouble *t)
{
	if (is_new_pin_refused(t)) {
		add_message(t, _("The card does not accept this new PIN. It was not set."));
		return true;
	}
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (places[i].code == t->err.code) {
			add_message(t, "%s", _(places[i].message));
			add_next(t, places[i].next != NULL ? _(places[i].next) : NULL);
			return true;
		}
	return false;
}

/* In the middle of a job the first question is which PIN is valid now. */
static void add_next_in_middle(struct trouble *t)
{
	if (t->err.code == RP_E_HALF_DONE)
		add_next(t,
			 _("One place has the new PIN, the other the old one. Do not guess: 'repin resolve' "
			   "with both PINs makes the two places the same. The counter of the "
			   "municipality can set both anew, too."));
	else if (t->deed == DEED_RESERVE)
		add_next(t, _("No reservation was opened, and no PIN was changed. Start again."));
	else if (t->deed == DEED_RESET && !t->err.in_doubt && !is_new_pin_refused(t))
		add_next(t,
			 _("No new PIN was set: the PIN is as it was before. Run the same command again; the "
			   "issuer finds out from the card what was done."));
	else if (t->deed == DEED_NONE)
		add_next(t, _("Check that the card sits firmly and the reader's cable is fast, and run "
			      "'repin status' again."));
	else if (is_new_pin_refused(t))
		add_next(t, _("Run 'repin status' to see the tries, and then choose another new PIN."));
	else if (t->err.code == RP_E_CARD_REFUSED)
		add_next(t,
			 _("Run 'repin status' to see the tries. The PIN is most likely still the old one."));
	else if (t->err.in_doubt)
		add_next(t, _("It is not certain whether the old or the new PIN is valid now; one of the two "
			      "is. Do not try any third one. Run 'repin resolve': it finds out."));
	else
		add_next(t,
			 _("No new PIN was sent: the old one is still valid. Run 'repin status' to see the "
			   "tries, and then try again."));
}

/* A job on a card, of which people want to know whether their PIN was sent. */
static bool touches_card(const struct trouble *t)
{
	return t->deed != DEED_NONE && t->deed != DEED_HELPDESK;
}

static void explain_rest(struct trouble *t)
{
	switch ((int)t->err.code) {
	case RP_E_CANCELLED:
		add_message(t, !touches_card(t) ? _("Cancelled.")
						: _("Cancelled. No PIN was sent to the card."));
		break;
	case RP_E_TIMEOUT:
		add_message(t, !touches_card(t) ? _("It took too long.")
						: _("It took too long. No PIN was sent to the card."));
		add_next(t, _("Try again; --timeout S allows S seconds."));
		break;
	case RP_E_CONFIG:
		add_message(t, _("The configuration is wrong: %s."), t->err.story);
		add_next(t, _("Correct the file (see repin.conf(5)), or name another one with --config."));
		break;
	case RP_E_SLOT_UNKNOWN:
		add_message(t, _("This card has no such PIN."));
		break;
	case RP_E_NOT_OFFERED:
		add_message(t, _("This cannot be done here for this PIN."));
		break;
	case RP_E_USAGE:
		add_message(t, _("The command was not used correctly: %s."), t->err.story);
		add_next(t, _("'repin --help' shows how."));
		break;
	default:
		add_message(t, _("Something went wrong inside Repin: %s."), t->err.story);
		add_next(t, _("Please report it, with the output of the same command with --verbose."));
		break;
	}
}

/* The facts as they are after this error: what was typed wrong counts. */
static void age_facts(struct trouble *t)
{
	struct rp_pin_facts *pin = facts_pin_add(&t->facts, t->err.slot);

	if (pin == NULL)
		return;
	if (t->err.tries_left != RP_TRIES_UNKNOWN)
		pin->tries_left = t->err.tries_left;
	switch ((int)t->err.code) {
	case RP_E_PIN_WRONG:
	case RP_E_SECRET_WRONG:
		if (t->err.tries_left == 0)
			pin->state = t->deadly ? RP_PIN_DEAD : RP_PIN_LOCKED;
		break;
	case RP_E_LOCKED:
	case RP_E_SECRET_LOCKED:
		pin->state = RP_PIN_LOCKED;
		break;
	case RP_E_DEAD:
		pin->state = RP_PIN_DEAD;
		break;
	case RP_E_NOT_SET:
		pin->state = RP_PIN_NOT_SET;
		break;
	default:
		break;
	}
}

/* A refusal of the issuer names its own next door: the planner does not know what the issuer knows. */
static void find_next_door(struct trouble *t)
{
	const enum doors_id door = doors_from_word(rp_problem_door(t->err.problem));
	struct way way;

	if (t->facts.profile == NULL || t->target == RP_SLOT_NONE ||
	    !way_by(&t->facts, t->target, door, &way))
		return;
	t->door = doors_word(way.door);
	way_line(&way, t->target, t->way, sizeof t->way);
}

/* Every error about a PIN ends with its way back, and so does what is not offered and says nothing else. */
static void find_way(struct trouble *t)
{
	const rp_code code = t->err.code;
	const bool wrong = code == RP_E_PIN_WRONG || code == RP_E_PIN_DIFFERS;
	const bool asked_for = (code >= RP_E_PIN_WRONG && code <= RP_E_LAST_TRY) ||
			       (code == RP_E_NOT_OFFERED && t->next[0] == '\0');
	struct way way;

	if (t->err.problem != RP_PROBLEM_NONE) {
		find_next_door(t);
		return;
	}
	if (!asked_for || t->facts.profile == NULL || t->target == RP_SLOT_NONE)
		return;
	age_facts(t);
	if (!way_back(&t->facts, t->target, wrong, &way))
		return;
	t->door = doors_word(way.door);
	t->door_else = doors_word(way.door_else);
	way_line(&way, t->target, t->way, sizeof t->way);
}

static void explain(struct trouble *t)
{
	const int exit_status = rp_code_exit(t->err.code);

	t->next[0] = '\0';
	if (t->err.problem != RP_PROBLEM_NONE) {
		problem_explain(t);
	} else if (explain_place(t)) {
		if (exit_status == 7)
			add_next_in_middle(t);
	} else if (t->err.code >= RP_E_INPUT_MISSING && t->err.code <= RP_E_INPUT_MISMATCH) {
		explain_entry(t);
	} else if (t->err.code >= RP_E_PIN_WRONG && t->err.code <= RP_E_LAST_TRY) {
		explain_pin(t);
	} else {
		explain_rest(t);
	}
}

void trouble_explain(struct trouble *t)
{
	if (t->message[0] == '\0')
		explain(t);
	if (t->way[0] == '\0')
		find_way(t);
}

static void say_spent(const struct trouble *t)
{
	if (t->err.tries_spent == 1 && t->err.spent_at_issuer)
		out_para(OUT_ERROR, 7, _("One try of the code was spent, at the issuer; none on the card."));
	else if (t->err.tries_spent == 1)
		out_para(OUT_ERROR, 7, _("One try was spent."));
	else if (t->err.tries_spent == RP_SPENT_UNKNOWN)
		out_para(OUT_ERROR, 7, _("It is not known whether a try was spent."));
	else if (t->deed != DEED_NONE && t->deed != DEED_HELPDESK)
		out_para(OUT_ERROR, 7, _("No try was spent."));
}

void trouble_show(struct trouble *t, bool json)
{
	trouble_explain(t);
	if (t->err.story[0] != '\0')
		log_event(LOG_LVL_ERR, "failed", "code=%s sw=%04X pcsc=%08lX story=\"%s\"",
			  rp_code_word(t->err.code), (unsigned)t->err.sw,
			  (unsigned long)t->err.pcsc & 0xFFFFFFFFul, t->err.story);
	if (json) {
		add_next(t, t->way[0] != '\0' ? t->way : NULL);
		json_trouble(t);
		return;
	}
	out_parf(OUT_ERROR, 0, "repin: %s", t->message);
	say_spent(t);
	if (t->next[0] != '\0')
		out_para(OUT_ERROR, 7, t->next);
	if (t->way[0] != '\0')
		out_para(OUT_ERROR, 7, t->way);
}
