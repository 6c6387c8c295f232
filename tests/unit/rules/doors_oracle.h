/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The design's table of doors, read a second time: which door is open, which is the right one,
 * and what its steps are. Shares no code and no table with src/rules, so that one wrong row is
 * not wrong twice. To be included after cmocka.h.
 */
#ifndef REPIN_TESTS_DOORS_ORACLE_H
#define REPIN_TESTS_DOORS_ORACLE_H

#include "unit/rules/doors_kit.h"

#define NOW 1800000000
#define HOUR 3600

static inline bool in_family(const struct kit *k, const char *profile)
{
	return k->card.profile[0] == profile[0] && strcmp(k->card.profile, profile) == 0;
}

static inline struct rp_pin_facts pin(const struct kit *k, rp_slot slot)
{
	for (size_t i = 0; i < k->card.n_pins; i++)
		if (k->card.pins[i].slot == slot)
			return k->card.pins[i];
	return (struct rp_pin_facts){.tries_left = RP_TRIES_UNKNOWN, .tries_max = RP_TRIES_UNKNOWN};
}

static inline bool is_gone(const struct kit *k, rp_slot slot)
{
	return pin(k, slot).state == RP_PIN_LOCKED || pin(k, slot).state == RP_PIN_DEAD;
}

static inline bool has(const struct kit *k, rp_slot slot)
{
	return k->in.held[slot] == DOORS_HELD_YES && !is_gone(k, slot) &&
	       pin(k, slot).state != RP_PIN_NOT_SET;
}

static inline bool last(const struct kit *k, rp_slot slot)
{
	return pin(k, slot).tries_left == 1;
}

static inline bool is_lost(const struct kit *k)
{
	return k->in.issuer.revoked || pin(k, k->in.slot).state == RP_PIN_DEAD ||
	       (in_family(k, "aosign") && is_gone(k, RP_SLOT_LETTER));
}

static inline bool is_open(const struct kit *k, enum doors_id door)
{
	const rp_slot s = k->in.slot;

	if (door == DOORS_REISSUE || is_lost(k))
		return door == DOORS_REISSUE;
	switch (door) {
	case DOORS_CHANGE:
		return s != RP_SLOT_LETTER && s != RP_SLOT_USER_CODE && s != RP_SLOT_RC &&
		       s < RP_SLOT_CODE_A && has(k, s);
	case DOORS_KIOSK:
		return in_family(k, "mynumber") && pin(k, s).state != RP_PIN_NOT_SET &&
		       ((s == RP_SLOT_SIGN && has(k, RP_SLOT_AUTH)) ||
			(s == RP_SLOT_AUTH && has(k, RP_SLOT_SIGN)));
	case DOORS_COUNTER:
		return in_family(k, "mynumber");
	case DOORS_APP:
		return in_family(k, "mynumber-mobile");
	case DOORS_LETTER:
		return in_family(k, "aosign") && has(k, RP_SLOT_LETTER);
	case DOORS_USER_CODE:
		return in_family(k, "hicos") && s == RP_SLOT_PIN &&
		       k->in.held[RP_SLOT_USER_CODE] == DOORS_HELD_YES && k->in.issuer.code_wrong < 3;
	case DOORS_USER_CODE_RESET:
		return in_family(k, "hicos");
	case DOORS_PUK:
		return in_family(k, "piv") && s == RP_SLOT_PIN && has(k, RP_SLOT_PUK);
	case DOORS_RESETTING_CODE:
		return in_family(k, "openpgp") && s != RP_SLOT_PW3 &&
		       ((s == RP_SLOT_PW1 && has(k, RP_SLOT_RC)) || has(k, RP_SLOT_PW3));
	case DOORS_HELP_DESK:
		return in_family(k, "gids");
	case DOORS_NONE:
	case DOORS_REISSUE:
	case DOORS_IDS:
		break;
	}
	return false;
}

static inline bool is_later(const struct kit *k, enum doors_id door)
{
	if (door == DOORS_COUNTER && k->in.slot == RP_SLOT_SIGN &&
	    pin(k, RP_SLOT_SIGN).state == RP_PIN_NOT_SET && k->in.age == DOORS_UNDER_15)
		return true;
	return (door == DOORS_COUNTER && k->in.office.hours == DOORS_CLOSED_NOW_TILL) ||
	       (door == DOORS_KIOSK && k->in.kiosk.hours == DOORS_CLOSED_NOW_TILL) ||
	       (door == DOORS_HELP_DESK && k->in.help_desk.hours == DOORS_CLOSED_NOW_TILL);
}

/* Two wrong in a row, one where three lock. */
static inline bool guessed(const struct kit *k, rp_slot slot)
{
	const struct rp_pin_facts p = pin(k, slot);
	const int wrong = p.tries_left < 0 ? 0 : p.tries_max - p.tries_left;

	return wrong >= 2 || (wrong == 1 && p.tries_max == 3);
}

static inline bool is_doubtful(const struct kit *k, enum doors_id door)
{
	const rp_slot s = k->in.slot;
	const bool other = k->in.who != APPLICANT_SELF;

	switch (door) {
	case DOORS_CHANGE:
		return guessed(k, s);
	case DOORS_KIOSK:
		return other || last(k, s == RP_SLOT_SIGN ? RP_SLOT_AUTH : RP_SLOT_SIGN);
	case DOORS_APP:
		return other;
	case DOORS_LETTER:
		return last(k, RP_SLOT_LETTER);
	case DOORS_USER_CODE:
		return k->in.issuer.code_wrong == 2;
	case DOORS_PUK:
		return last(k, RP_SLOT_PUK);
	case DOORS_RESETTING_CODE:
		return !(s == RP_SLOT_PW1 && has(k, RP_SLOT_RC) && !last(k, RP_SLOT_RC)) &&
		       !(has(k, RP_SLOT_PW3) && !last(k, RP_SLOT_PW3));
	case DOORS_NONE:
	case DOORS_COUNTER:
	case DOORS_USER_CODE_RESET:
	case DOORS_HELP_DESK:
	case DOORS_REISSUE:
	case DOORS_IDS:
		break;
	}
	return false;
}

/*
 * The one door to take: sound before doubtful, a change or what is under way before all, now
 * before later, then in the order of the ids.
 */
static inline enum doors_id right_door(const struct kit *k)
{
	enum doors_id best = DOORS_REISSUE;
	int best_rank = 6;

	for (enum doors_id d = DOORS_CHANGE; d < DOORS_REISSUE; d = (enum doors_id)(d + 1)) {
		const bool first = d == DOORS_CHANGE ||
				   (k->in.issuer.case_door == d &&
				    (k->in.issuer.case_ends_s == 0 || k->in.issuer.case_ends_s > NOW));
		const int rank = (is_doubtful(k, d) ? 4 : first ? 0 : 2) + is_later(k, d);

		if (is_open(k, d) && rank < best_rank) {
			best = d;
			best_rank = rank;
		}
	}
	return best;
}

/* --- where, with what, for how long --- */

static inline enum doors_lives lives_of(enum doors_id door)
{
	switch (door) {
	case DOORS_KIOSK:
		return DOORS_LIVES_24_HOURS;
	case DOORS_COUNTER:
		return DOORS_LIVES_DAY;
	case DOORS_USER_CODE_RESET:
		return DOORS_LIVES_DAYS;
	case DOORS_APP:
	case DOORS_USER_CODE:
	case DOORS_PUK:
	case DOORS_RESETTING_CODE:
	case DOORS_HELP_DESK:
		return DOORS_LIVES_MINUTES;
	case DOORS_NONE:
	case DOORS_CHANGE:
	case DOORS_LETTER:
	case DOORS_REISSUE:
	case DOORS_IDS:
		break;
	}
	return DOORS_LIVES_ALWAYS;
}

static inline unsigned where_of(const struct kit *k, enum doors_id door)
{
	static const unsigned places[DOORS_IDS] = {
		[DOORS_CHANGE] = DOORS_AT_HOME,
		[DOORS_KIOSK] = DOORS_AT_KIOSK,
		[DOORS_COUNTER] = DOORS_AT_DESK,
		[DOORS_APP] = DOORS_IN_APP,
		[DOORS_LETTER] = DOORS_AT_HOME,
		[DOORS_USER_CODE] = DOORS_AT_HOME | DOORS_AT_DESK,
		[DOORS_USER_CODE_RESET] = DOORS_AT_HOME | DOORS_AT_DESK,
		[DOORS_PUK] = DOORS_AT_HOME,
		[DOORS_RESETTING_CODE] = DOORS_AT_HOME,
		[DOORS_HELP_DESK] = DOORS_AT_HOME | DOORS_BY_PHONE,
		[DOORS_REISSUE] = DOORS_AT_ISSUER,
	};

	if (door == DOORS_CHANGE && in_family(k, "mynumber-mobile"))
		return DOORS_IN_APP;
	return places[door] | (door == DOORS_CHANGE && in_family(k, "mynumber") ? DOORS_AT_DESK : 0);
}

static inline unsigned bring_of(const struct kit *k, enum doors_id door)
{
	const bool phone = in_family(k, "mynumber-mobile"), sign = k->in.slot == RP_SLOT_SIGN;
	const unsigned here = DOORS_BRING_CARD | DOORS_BRING_READER;

	if (door == DOORS_CHANGE && phone)
		return DOORS_BRING_SMARTPHONE;
	if (door == DOORS_KIOSK || (door == DOORS_APP && sign) || (door == DOORS_REISSUE && phone))
		return DOORS_BRING_CARD | DOORS_BRING_SMARTPHONE;
	if (door == DOORS_COUNTER || (door == DOORS_REISSUE && in_family(k, "mynumber")))
		return DOORS_BRING_CARD | DOORS_BRING_DOCUMENTS;
	if (door == DOORS_APP)
		return DOORS_BRING_SMARTPHONE;
	if (door == DOORS_LETTER)
		return DOORS_BRING_LETTER | (k->in.slot == RP_SLOT_PIN ? here : 0);
	return door == DOORS_REISSUE ? DOORS_BRING_CARD : here;
}

/* Which of two keys opens openpgp's door: the resetting code, unless the admin PIN is the safer one. */
static inline bool by_resetting_code(const struct kit *k)
{
	return k->in.slot == RP_SLOT_PW1 && has(k, RP_SLOT_RC) &&
	       (!last(k, RP_SLOT_RC) || !has(k, RP_SLOT_PW3) || last(k, RP_SLOT_PW3));
}

/* Is the user code reset by a proof with the card's PIN, rather than by a one-time code? */
static inline bool by_pin(const struct kit *k)
{
	return k->in.slot == RP_SLOT_USER_CODE && has(k, RP_SLOT_PIN) && !last(k, RP_SLOT_PIN) &&
	       pin(k, RP_SLOT_USER_CODE).state != RP_PIN_NOT_SET;
}

static inline rp_slot with_of(const struct kit *k, enum doors_id door)
{
	switch (door) {
	case DOORS_CHANGE:
		return k->in.slot;
	case DOORS_KIOSK:
		return k->in.slot == RP_SLOT_SIGN ? RP_SLOT_AUTH : RP_SLOT_SIGN;
	case DOORS_LETTER:
		return RP_SLOT_LETTER;
	case DOORS_USER_CODE:
		return RP_SLOT_USER_CODE;
	case DOORS_USER_CODE_RESET:
		return by_pin(k) ? RP_SLOT_PIN : RP_SLOT_NONE;
	case DOORS_PUK:
		return RP_SLOT_PUK;
	case DOORS_RESETTING_CODE:
		return by_resetting_code(k) ? RP_SLOT_RC : RP_SLOT_PW3;
	case DOORS_NONE:
	case DOORS_COUNTER:
	case DOORS_APP:
	case DOORS_HELP_DESK:
	case DOORS_REISSUE:
	case DOORS_IDS:
		break;
	}
	return RP_SLOT_NONE;
}

/* --- steps --- */

struct expected {
	enum doors_step_id id[DOORS_STEPS_MAX];
	rp_slot stake[DOORS_STEPS_MAX];
	size_t n;
};

static inline void expect(struct expected *e, bool when, enum doors_step_id id, rp_slot stake)
{
	if (!when)
		return;
	assert_true(e->n < DOORS_STEPS_MAX);
	e->id[e->n] = id;
	e->stake[e->n++] = stake;
}

static inline void expect_words(struct expected *e, bool when, enum doors_step_id id)
{
	expect(e, when, id, RP_SLOT_NONE);
}

static inline bool under_way(const struct kit *k, enum doors_id door)
{
	return k->in.issuer.case_door == door &&
	       (k->in.issuer.case_ends_s == 0 || k->in.issuer.case_ends_s > NOW);
}

/* Does a better door than this one wait for something that may stand in the notes? */
static inline bool notes_help(const struct kit *k, enum doors_id door)
{
	const enum doors_held *held = k->in.held;
	const rp_slot s = k->in.slot;

	if (in_family(k, "mynumber") && (s == RP_SLOT_SIGN || s == RP_SLOT_AUTH)) {
		const rp_slot other = s == RP_SLOT_SIGN ? RP_SLOT_AUTH : RP_SLOT_SIGN;

		return door > DOORS_KIOSK && held[other] != DOORS_HELD_YES && !is_gone(k, other) &&
		       pin(k, other).state != RP_PIN_NOT_SET && pin(k, s).state != RP_PIN_NOT_SET;
	}
	if (in_family(k, "mynumber-mobile"))
		return s == RP_SLOT_SIGN && k->in.card_sign != DOORS_HELD_YES;
	if (in_family(k, "aosign"))
		return door > DOORS_LETTER && held[RP_SLOT_LETTER] != DOORS_HELD_YES &&
		       pin(k, RP_SLOT_LETTER).state != RP_PIN_NOT_SET;
	if (in_family(k, "hicos") && s == RP_SLOT_PIN)
		return door > DOORS_USER_CODE && held[RP_SLOT_USER_CODE] != DOORS_HELD_YES &&
		       k->in.issuer.code_wrong < 3;
	if (in_family(k, "hicos"))
		return pin(k, s).state != RP_PIN_NOT_SET && held[RP_SLOT_PIN] != DOORS_HELD_YES &&
		       !is_gone(k, RP_SLOT_PIN) && pin(k, RP_SLOT_PIN).state != RP_PIN_NOT_SET;
	if (in_family(k, "piv") && s == RP_SLOT_PIN)
		return door > DOORS_PUK && held[RP_SLOT_PUK] != DOORS_HELD_YES && !is_gone(k, RP_SLOT_PUK) &&
		       pin(k, RP_SLOT_PUK).state != RP_PIN_NOT_SET;
	if (in_family(k, "openpgp") && s != RP_SLOT_PW3 && door > DOORS_RESETTING_CODE)
		return (s == RP_SLOT_PW1 && held[RP_SLOT_RC] != DOORS_HELD_YES && !is_gone(k, RP_SLOT_RC) &&
			pin(k, RP_SLOT_RC).state != RP_PIN_NOT_SET) ||
		       (held[RP_SLOT_PW3] != DOORS_HELD_YES && !is_gone(k, RP_SLOT_PW3) &&
			pin(k, RP_SLOT_PW3).state != RP_PIN_NOT_SET);
	return false;
}

static inline void expect_first(const struct kit *k, enum doors_id door, struct expected *e)
{
	const enum rp_pin_state state = pin(k, k->in.slot).state;
	const bool printed = k->in.slot >= RP_SLOT_CODE_A || k->in.slot == RP_SLOT_LETTER;
	const bool guess = !printed && k->in.held[k->in.slot] != DOORS_HELD_YES &&
			   (state == RP_PIN_READY || state == RP_PIN_UNKNOWN);
	const bool letter = k->in.held[RP_SLOT_LETTER] == DOORS_HELD_YES;

	if (is_lost(k) || door == DOORS_CHANGE || (!guess && !notes_help(k, door)))
		return;
	expect_words(e, true, DOORS_DO_NOT_GUESS);
	expect_words(e, !in_family(k, "aosign"), DOORS_DO_LOOK_IN_NOTES);
	expect_words(e, in_family(k, "aosign") && letter, DOORS_DO_LOOK_IN_LETTER);
	expect_words(e, in_family(k, "aosign") && !letter, DOORS_DO_LOOK_FOR_LETTER);
}

static inline void expect_change(const struct kit *k, struct expected *e)
{
	const bool phone = in_family(k, "mynumber-mobile"), aosign = in_family(k, "aosign");
	const bool vendor = in_family(k, "hicos") && !k->card.ours;

	expect_words(e, phone && k->in.who != APPLICANT_SELF, DOORS_DO_APP_HOLDER_ONLY);
	expect_words(e, aosign, DOORS_DO_CHANGE_FIRST_PIN);
	expect(e, phone, DOORS_DO_CHANGE_IN_APP, k->in.slot);
	expect(e, vendor, DOORS_DO_CHANGE_VENDOR, k->in.slot);
	expect(e, !phone && !vendor, DOORS_DO_CHANGE_HERE, k->in.slot);
	expect_words(e, aosign && k->in.held[RP_SLOT_LETTER] == DOORS_HELD_YES, DOORS_DO_KEEP_LETTER);
}

static inline void expect_kiosk(const struct kit *k, struct expected *e)
{
	const bool sign = k->in.slot == RP_SLOT_SIGN, reserved = under_way(k, DOORS_KIOSK);
	const rp_slot other = sign ? RP_SLOT_AUTH : RP_SLOT_SIGN;

	expect_words(e, !reserved && k->in.kiosk.opens_s >= NOW + 24 * HOUR, DOORS_DO_RESERVE_LATER);
	expect(e, !reserved, k->card.ours ? DOORS_DO_RESERVE : DOORS_DO_RESERVE_JLIS, other);
	expect_words(e, true, reserved ? DOORS_DO_RESERVED : DOORS_DO_WITHIN_24_HOURS);
	expect_words(e, true, sign ? DOORS_DO_GO_TO_KIOSK : DOORS_DO_GO_TO_KIOSK_BOTH);
	expect(e, true, DOORS_DO_KIOSK_PROVE, other);
	expect_words(e, true, DOORS_DO_SET_NEW);
}

static inline void expect_counter(const struct kit *k, struct expected *e)
{
	const bool set = pin(k, k->in.slot).state != RP_PIN_NOT_SET, later = under_way(k, DOORS_COUNTER);
	const bool young = k->in.age == DOORS_UNDER_15, wait = young && k->in.slot == RP_SLOT_SIGN && !set;
	const bool needs_one = k->in.ward || (young && !wait), self = k->in.who == APPLICANT_SELF;
	const bool represents = !(wait && !k->in.ward) && k->in.who == APPLICANT_REPRESENTATIVE;
	const bool none = represents && !needs_one && k->in.age == DOORS_15_OR_OLDER;
	const bool agent = k->in.who == APPLICANT_AGENT && !needs_one && !wait;

	if (k->in.slot >= RP_SLOT_CODE_A) {
		expect_words(e, true, DOORS_DO_ASK_ABOUT_CODE);
		expect_words(e, true, DOORS_DO_GO_TO_COUNTER);
		return;
	}
	expect_words(e, wait, DOORS_DO_WAIT_TILL_15);
	expect_words(e, later, DOORS_DO_GO_ON_WITH_CASE);
	expect_words(e, true, DOORS_DO_GO_TO_COUNTER);
	expect_words(e, !needs_one && (self || wait), DOORS_DO_BRING_SELF);
	expect_words(e, needs_one && !represents, DOORS_DO_BRING_SOMEBODY);
	expect_words(e, none, DOORS_DO_NOT_REPRESENTED);
	expect_words(e, !none && (needs_one || represents), DOORS_DO_BRING_REPRESENTATIVE);
	expect_words(e, agent && !later, DOORS_DO_AGENT_FIRST_VISIT);
	expect_words(e, agent, DOORS_DO_AGENT_SECOND_VISIT);
	expect_words(e, true, set ? DOORS_DO_SET_NEW_AT_COUNTER : DOORS_DO_APPLY_MISSING);
}

static inline void expect_app(const struct kit *k, struct expected *e)
{
	const bool sign = k->in.slot == RP_SLOT_SIGN, set = pin(k, k->in.slot).state != RP_PIN_NOT_SET;

	expect_words(e, k->in.who != APPLICANT_SELF, DOORS_DO_APP_HOLDER_ONLY);
	expect_words(e, sign && k->in.card_sign != DOORS_HELD_YES, DOORS_DO_CARD_FIRST);
	expect_words(e, true, set ? DOORS_DO_APP_RESET : DOORS_DO_APPLY_IN_APP);
	expect(e, sign, DOORS_DO_APP_CARD_PROOF, RP_SLOT_SIGN);
	expect_words(e, !sign, DOORS_DO_APP_UNLOCK_PHONE);
	expect_words(e, true, DOORS_DO_SET_NEW);
}

static inline void expect_user_code(const struct kit *k, bool reset, struct expected *e)
{
	if (reset && by_pin(k)) {
		expect_words(e, !k->card.ours, DOORS_DO_OPEN_ISSUER_PAGE);
		expect_words(e, true, DOORS_DO_CHECK_CARD_DATA);
		expect(e, true, DOORS_DO_PROVE_BY_PIN, RP_SLOT_PIN);
		expect_words(e, true, DOORS_DO_SET_USER_CODE);
		return;
	}
	expect_words(e, reset && !under_way(k, DOORS_USER_CODE_RESET), DOORS_DO_ASK_CODE_RESET);
	expect_words(e, reset, DOORS_DO_WAIT_FOR_CODE);
	expect_words(e, reset, DOORS_DO_SET_USER_CODE);
	if (k->in.slot == RP_SLOT_USER_CODE)
		return;
	expect_words(e, !k->card.ours, DOORS_DO_OPEN_ISSUER_PAGE);
	expect_words(e, true, DOORS_DO_CHECK_CARD_DATA);
	expect(e, true, DOORS_DO_ENTER_USER_CODE, RP_SLOT_USER_CODE);
	expect_words(e, true, DOORS_DO_SET_NEW);
}

static inline void expect_secret(const struct kit *k, enum doors_id door, struct expected *e)
{
	const bool by_rc = by_resetting_code(k);

	if (door == DOORS_LETTER) {
		expect_words(e, k->in.slot == RP_SLOT_PIN, DOORS_DO_TAKE_LETTER);
		expect(e, k->in.slot == RP_SLOT_PIN, DOORS_DO_ENTER_LETTER_PIN, RP_SLOT_LETTER);
		expect_words(e, k->in.slot == RP_SLOT_PIN, DOORS_DO_SET_NEW);
		expect_words(e, k->in.slot == RP_SLOT_LETTER, DOORS_DO_LETTER_IS_KEY);
		expect_words(e, true, DOORS_DO_KEEP_LETTER);
		return;
	}
	expect(e, door == DOORS_PUK, DOORS_DO_ENTER_PUK, RP_SLOT_PUK);
	expect(e, door == DOORS_RESETTING_CODE && by_rc, DOORS_DO_ENTER_RESETTING_CODE, RP_SLOT_RC);
	expect(e, door == DOORS_RESETTING_CODE && !by_rc, DOORS_DO_ENTER_ADMIN_PIN, RP_SLOT_PW3);
	expect_words(e, true, k->in.slot == RP_SLOT_RC ? DOORS_DO_SET_RESETTING_CODE : DOORS_DO_SET_NEW);
}

static inline void expect_reissue(const struct kit *k, struct expected *e)
{
	const rp_slot s = k->in.slot;
	const bool alive = !is_lost(k), aosign = in_family(k, "aosign"),
		   revoke = aosign || in_family(k, "hicos");

	expect_words(
		e, alive && (s == RP_SLOT_LETTER || s == RP_SLOT_PUK || s == RP_SLOT_PW3 || s == RP_SLOT_RC),
		DOORS_DO_CARD_WORKS_ON);
	expect_words(e, alive, aosign ? DOORS_DO_BE_SURE_LETTER_LOST : DOORS_DO_BE_SURE);
	expect_words(e, in_family(k, "mynumber"), DOORS_DO_APPLY_AT_MUNICIPALITY);
	expect_words(e, in_family(k, "mynumber-mobile"), DOORS_DO_APPLY_IN_APP);
	expect_words(e, revoke, DOORS_DO_REVOKE);
	expect_words(e, revoke, DOORS_DO_APPLY_AGAIN);
	expect_words(e, in_family(k, "piv") || in_family(k, "gids"), DOORS_DO_ASK_ISSUER);
	expect_words(e, in_family(k, "openpgp"), DOORS_DO_ERASE_ALL);
}

static inline void expect_steps(const struct kit *k, enum doors_id door, struct expected *e)
{
	const bool two_pins = in_family(k, "mynumber") &&
			      (k->in.slot == RP_SLOT_AUTH || k->in.slot == RP_SLOT_TEXT);

	expect_first(k, door, e);
	expect_words(e, two_pins && door != DOORS_REISSUE && pin(k, k->in.slot).state != RP_PIN_NOT_SET,
		     DOORS_DO_UNTICK_SAME_PIN);
	switch (door) {
	case DOORS_CHANGE:
		expect_change(k, e);
		break;
	case DOORS_KIOSK:
		expect_kiosk(k, e);
		break;
	case DOORS_COUNTER:
		expect_counter(k, e);
		break;
	case DOORS_APP:
		expect_app(k, e);
		break;
	case DOORS_USER_CODE:
	case DOORS_USER_CODE_RESET:
		expect_user_code(k, door == DOORS_USER_CODE_RESET, e);
		break;
	case DOORS_LETTER:
	case DOORS_PUK:
	case DOORS_RESETTING_CODE:
		expect_secret(k, door, e);
		break;
	case DOORS_HELP_DESK:
		expect_words(e, true, DOORS_DO_CALL_HELP_DESK);
		expect_words(e, true, DOORS_DO_HELP_DESK_ANSWERS);
		expect_words(e, true, DOORS_DO_SET_NEW);
		break;
	case DOORS_REISSUE:
		expect_reissue(k, e);
		break;
	case DOORS_NONE:
	case DOORS_IDS:
		break;
	}
}

/* --- traps --- */

/* The traps of a question, as bits of their numbers. */
static inline unsigned traps_of(const struct kit *k)
{
	const rp_slot s = k->in.slot;
	const bool card = in_family(k, "mynumber"), aosign = in_family(k, "aosign"),
		   hicos = in_family(k, "hicos");
	unsigned t = 0;

	t |= card && (s == RP_SLOT_AUTH || s == RP_SLOT_TEXT) ? 1u << DOORS_TRAP_TWO_APPLICATIONS : 0;
	t |= card || in_family(k, "mynumber-mobile") || (aosign && s == RP_SLOT_PIN)
		     ? 1u << DOORS_TRAP_COUNTS_ELSEWHERE
		     : 0;
	t |= card && (s == RP_SLOT_SIGN || s == RP_SLOT_AUTH) && k->in.age == DOORS_UNDER_15
		     ? 1u << DOORS_TRAP_NO_SIGNATURE_UNDER_15
		     : 0;
	t |= aosign && !is_lost(k) ? 1u << DOORS_TRAP_LETTER_KILLS : 0;
	t |= hicos ? 1u << DOORS_TRAP_NO_FOREIGN_UNLOCK | 1u << DOORS_TRAP_CASE_COUNTS : 0;
	t |= k->in.issuer.case_door == DOORS_KIOSK && !under_way(k, DOORS_KIOSK)
		     ? 1u << DOORS_TRAP_RESERVATION_OVER
		     : 0;
	t |= pin(k, s).state == RP_PIN_UNKNOWN ? 1u << DOORS_TRAP_TRIES_NOT_TOLD : 0;
	return t;
}

#endif
