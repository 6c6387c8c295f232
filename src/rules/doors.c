/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/doors.h"

#include <string.h>

#define DAY_S (24 * 60 * 60)

/* More rows than a slot has; test_doors.c tells when that ends. */
#define SLOT_ROWS_MAX 8

/* The rows of one slot. */
struct rows {
	const struct doors_row *at;
	size_t n;
};

/* What holds for one row: why it is shut, not open now, not the one to take; and its rank. */
struct verdict {
	enum doors_reason shut, closed, doubtful;
	int rank;
};

/* The question, and what is asked about it: as it is, or "what if this PIN locks too?" */
struct view {
	const struct doors_in *in;
	struct rows rows;
	rp_slot locked; /* RP_SLOT_NONE: as it is */
	bool dead, revoked, under_15;
	unsigned cases; /* those that hold for every door */
	struct verdict verdict[SLOT_ROWS_MAX];
};

static struct rows rows_of(const char *profile, rp_slot slot)
{
	struct rows r = {0};

	for (size_t i = 0; profile != NULL && i < n_doors_rows; i++) {
		const bool mine = doors_rows[i].slot == slot && strcmp(doors_rows[i].profile, profile) == 0;

		if (mine && r.n < SLOT_ROWS_MAX && r.n++ == 0)
			r.at = &doors_rows[i];
		if (!mine && r.n > 0)
			break;
	}
	return r;
}

bool doors_know(const char *profile, rp_slot slot)
{
	return rows_of(profile, slot).n > 0;
}

/* --- facts --- */

/* What the card says of a slot; state and tries unknown where it says nothing. */
static struct rp_pin_facts pin_of(const struct view *v, rp_slot slot)
{
	const struct rp_card_facts *card = v->in->card;
	struct rp_pin_facts f = {.slot = slot, .tries_left = RP_TRIES_UNKNOWN, .tries_max = RP_TRIES_UNKNOWN};

	for (size_t i = 0; i < card->n_pins; i++)
		if (card->pins[i].slot == slot)
			f = card->pins[i];
	if (slot == v->locked) {
		f.state = RP_PIN_LOCKED;
		f.tries_left = 0;
	}
	return f;
}

static bool is_used_up(const struct view *v, rp_slot slot)
{
	const enum rp_pin_state s = pin_of(v, slot).state;

	return s == RP_PIN_LOCKED || s == RP_PIN_DEAD;
}

static bool is_held(const struct view *v, rp_slot slot)
{
	return v->in->held[slot] == DOORS_HELD_YES;
}

/* Dead as a whole: the slot says so, or the secret is used up with which the card dies. */
static bool is_dead(const struct view *v)
{
	if (pin_of(v, v->in->slot).state == RP_PIN_DEAD)
		return true;
	for (size_t i = 0; i < v->rows.n; i++)
		if (v->rows.at[i].kills && is_used_up(v, v->rows.at[i].with))
			return true;
	return false;
}

static bool is_not_set(const struct view *v)
{
	return pin_of(v, v->in->slot).state == RP_PIN_NOT_SET;
}

static bool is_under_15(const struct doors_in *in)
{
	const int years = date_age_on(in->birth, in->today);

	return years >= 0 ? years < 15 : in->age == DOORS_UNDER_15;
}

/* A PIN that the card does not have because its holder is a child. */
static bool is_too_young(const struct view *v)
{
	return v->in->slot == RP_SLOT_SIGN && is_not_set(v) && v->under_15;
}

/* Wrong user codes that the issuer counted, when it told. */
static int code_wrong(const struct view *v)
{
	if (v->locked == RP_SLOT_USER_CODE)
		return DOORS_CODE_TRIES;
	return v->in->issuer.known ? v->in->issuer.code_wrong : 0;
}

/* True while a case of this door is under way: an old one opens nothing. */
static bool has_case(const struct doors_in *in, enum doors_id door)
{
	return in->issuer.known && in->issuer.case_door == door &&
	       (in->issuer.case_ends_s == 0 || in->issuer.case_ends_s > in->now_s);
}

/* --- shut, closed, doubtful --- */

static enum doors_reason need_current(const struct view *v, rp_slot slot)
{
	if (pin_of(v, slot).state == RP_PIN_NOT_SET)
		return DOORS_WHY_NOT_SET;
	if (is_used_up(v, slot))
		return DOORS_WHY_LOCKED;
	return is_held(v, slot) ? DOORS_WHY_NONE : DOORS_WHY_NOT_KNOWN;
}

static enum doors_reason need_other(const struct view *v, rp_slot other)
{
	if (is_not_set(v))
		return DOORS_WHY_NOT_SET;
	if (pin_of(v, other).state == RP_PIN_NOT_SET)
		return DOORS_WHY_OTHER_NOT_SET;
	if (is_used_up(v, other))
		return DOORS_WHY_OTHER_LOCKED;
	return is_held(v, other) ? DOORS_WHY_NONE : DOORS_WHY_OTHER_NOT_KNOWN;
}

static enum doors_reason need_secret(const struct view *v, rp_slot secret)
{
	if (pin_of(v, secret).state == RP_PIN_NOT_SET)
		return DOORS_WHY_SECRET_NOT_SET;
	if (is_used_up(v, secret))
		return DOORS_WHY_SECRET_LOCKED;
	if (is_held(v, secret))
		return DOORS_WHY_NONE;
	return secret == RP_SLOT_LETTER ? DOORS_WHY_LETTER_LOST : DOORS_WHY_SECRET_NOT_KNOWN;
}

static enum doors_reason need_code(const struct view *v)
{
	if (code_wrong(v) >= DOORS_CODE_TRIES)
		return DOORS_WHY_CODE_BLOCKED;
	return is_held(v, RP_SLOT_USER_CODE) ? DOORS_WHY_NONE : DOORS_WHY_SECRET_NOT_KNOWN;
}

/* Why the door is shut; DOORS_WHY_NONE when it is open, or opens by itself. */
static enum doors_reason why_shut(const struct view *v, const struct doors_row *row)
{
	if (row->door == DOORS_REISSUE)
		return DOORS_WHY_NONE;
	if (v->dead)
		return DOORS_WHY_DEAD;
	if (v->revoked)
		return DOORS_WHY_REVOKED;
	if (row->never != DOORS_WHY_NONE)
		return row->never;
	switch (row->need) {
	case DOORS_NEED_NOTHING:
		break;
	case DOORS_NEED_CURRENT:
		return need_current(v, row->with);
	case DOORS_NEED_OTHER:
		return need_other(v, row->with);
	case DOORS_NEED_SECRET:
		return need_secret(v, row->with);
	case DOORS_NEED_CODE:
		return need_code(v);
	case DOORS_NEED_CARD_SIGN:
		return v->in->card_sign == DOORS_HELD_YES ? DOORS_WHY_NONE : DOORS_WHY_OTHER_NOT_KNOWN;
	}
	return DOORS_WHY_NONE;
}

static const struct doors_place *place_of(const struct doors_in *in, enum doors_id door)
{
	static const struct doors_place always = {0};

	if (door == DOORS_COUNTER)
		return &in->office;
	if (door == DOORS_KIOSK)
		return &in->kiosk;
	return door == DOORS_HELP_DESK ? &in->help_desk : &always;
}

/* Why an open door cannot be gone through at this moment, though it will be. */
static enum doors_reason why_closed(const struct view *v, const struct doors_row *row)
{
	if (row->door == DOORS_COUNTER && is_too_young(v))
		return DOORS_WHY_TOO_YOUNG;
	return place_of(v->in, row->door)->hours == DOORS_CLOSED_NOW_TILL ? DOORS_WHY_CLOSED_NOW
									  : DOORS_WHY_NONE;
}

static bool one_left(const struct rp_pin_facts *f)
{
	return f->tries_left == 1 && f->tries_max != 1;
}

/*
 * After two wrong entries in a row, one where three lock, a reset is better than another try.
 * Source: NDN FAQ Q31-F (after two or three of ten); seed 000 (do not guess on).
 */
static bool was_wrong(const struct rp_pin_facts *f)
{
	if (f->tries_left < 0 || f->tries_max < 0)
		return one_left(f);
	return one_left(f) || f->tries_max - f->tries_left >= (f->tries_max <= 3 ? 1 : 2);
}

/* Why an open door is not the one to take while there is another. */
static enum doors_reason why_doubtful(const struct view *v, const struct doors_row *row)
{
	const struct rp_pin_facts with = pin_of(v, row->with);

	if (row->need == DOORS_NEED_CURRENT && was_wrong(&with))
		return DOORS_WHY_WRONG_ENTRIES;
	if ((row->need == DOORS_NEED_OTHER || row->need == DOORS_NEED_SECRET) && one_left(&with))
		return DOORS_WHY_LAST_TRY;
	if (row->need == DOORS_NEED_CODE && code_wrong(v) == DOORS_CODE_TRIES - 1)
		return DOORS_WHY_LAST_TRY;
	return row->in_person && v->in->who != APPLICANT_SELF ? DOORS_WHY_IN_PERSON : DOORS_WHY_NONE;
}

/* --- steps --- */

static unsigned who_applies(const struct view *v)
{
	const struct doors_in *in = v->in;
	const bool needs_one = in->ward || v->under_15;
	const bool grown = in->age == DOORS_15_OR_OLDER || date_age_on(in->birth, in->today) >= 15;
	const unsigned not_self = in->who == APPLICANT_SELF ? 0 : DOORS_WHEN_NOT_SELF;

	/* It is had at 15, and at 15 the holder applies. */
	if (is_too_young(v) && !in->ward)
		return not_self | DOORS_WHEN_SELF;
	if (in->who == APPLICANT_REPRESENTATIVE)
		return not_self | (grown && !needs_one ? DOORS_WHEN_UNWARDED : DOORS_WHEN_REPRESENTATIVE);
	if (needs_one)
		return not_self | DOORS_WHEN_WARDED | DOORS_WHEN_REPRESENTATIVE;
	return in->who == APPLICANT_SELF ? DOORS_WHEN_SELF : not_self | DOORS_WHEN_AGENT;
}

static bool is_over(const struct doors_in *in)
{
	return in->issuer.known && in->issuer.case_door == DOORS_KIOSK && !has_case(in, DOORS_KIOSK);
}

static bool is_expired(const struct doors_in *in)
{
	struct date end;

	return date_is_valid(in->today) && date_from_text(in->card->valid_to, &end) &&
	       date_compare(end, in->today) < 0;
}

static unsigned general_cases(const struct view *v)
{
	const struct doors_in *in = v->in;
	const enum rp_pin_state state = pin_of(v, in->slot).state;
	const struct doors_place *kiosk = &in->kiosk;
	unsigned c = who_applies(v);

	c |= in->card->ours ? DOORS_WHEN_OURS : DOORS_WHEN_REAL;
	c |= kiosk->hours == DOORS_CLOSED_NOW_TILL && kiosk->opens_s >= in->now_s + DAY_S ? DOORS_WHEN_FAR
											  : 0;
	c |= state == RP_PIN_NOT_SET ? DOORS_WHEN_NOT_SET : DOORS_WHEN_SET;
	c |= state == RP_PIN_UNKNOWN ? DOORS_WHEN_NOT_TOLD : 0;
	c |= v->dead || v->revoked ? 0 : DOORS_WHEN_ALIVE;
	c |= is_held(v, RP_SLOT_LETTER) ? DOORS_WHEN_LETTER : 0;
	c |= v->under_15 ? DOORS_WHEN_UNDER_15 : 0;
	c |= in->ward ? DOORS_WHEN_WARD : 0;
	c |= is_over(in) ? DOORS_WHEN_OVER : 0;
	c |= is_expired(in) ? DOORS_WHEN_EXPIRED : 0;
	return c;
}

/*
 * Lower is better; each of the first three comes twice, open now and open later. A PIN that is
 * known for sure needs no case to be finished first.
 */
enum rank { RANK_FIRST = 0, RANK_SOUND = 2, RANK_DOUBTFUL = 4, RANK_REISSUE = 6, RANK_SHUT };

static struct verdict verdict_of(const struct view *v, const struct doors_row *row)
{
	struct verdict d = {.shut = why_shut(v, row), .rank = RANK_SHUT};
	int later;

	if (d.shut != DOORS_WHY_NONE)
		return d;
	d.closed = why_closed(v, row);
	d.doubtful = why_doubtful(v, row);
	later = d.closed != DOORS_WHY_NONE;
	if (row->door == DOORS_REISSUE)
		d.rank = RANK_REISSUE;
	else if (d.doubtful != DOORS_WHY_NONE)
		d.rank = RANK_DOUBTFUL + later;
	else if (row->door == DOORS_CHANGE || has_case(v->in, row->door))
		d.rank = RANK_FIRST + later;
	else
		d.rank = RANK_SOUND + later;
	return d;
}

static const struct verdict *verdict(const struct view *v, const struct doors_row *row)
{
	return &v->verdict[row - v->rows.at];
}

static struct view view_of(const struct doors_in *in)
{
	struct view v = {.in = in, .rows = rows_of(in->card->profile, in->slot)};

	if (v.rows.n == 0)
		return v;
	v.dead = is_dead(&v);
	v.revoked = in->issuer.known && in->issuer.revoked;
	v.under_15 = is_under_15(in);
	v.cases = general_cases(&v);
	for (size_t i = 0; i < v.rows.n; i++)
		v.verdict[i] = verdict_of(&v, &v.rows.at[i]);
	return v;
}

/* Is this step said, going through this door? */
static bool is_said(const struct view *v, const struct doors_row *row, const struct doors_row_step *step)
{
	const unsigned cases = v->cases | (has_case(v->in, row->door) ? DOORS_WHEN_CASE : DOORS_WHEN_NO_CASE);

	return (step->when & ~cases) == 0;
}

/* When this PIN locks too, is nothing left but re-issue? */
static bool is_last_way(const struct view *v, rp_slot stake)
{
	struct view after = *v;

	after.locked = stake;
	after.dead = is_dead(&after);
	for (size_t i = 0; i < after.rows.n; i++)
		if (after.rows.at[i].door != DOORS_REISSUE &&
		    why_shut(&after, &after.rows.at[i]) == DOORS_WHY_NONE)
			return false;
	return true;
}

static struct doors_step step_of(const struct view *v, const struct doors_row_step *row)
{
	struct doors_step s = {.id = row->id,
			       .cost = row->cost,
			       .slot = row->stake,
			       .other_card = row->other_card,
			       .tries_left = RP_TRIES_UNKNOWN};

	if (row->stake == RP_SLOT_NONE)
		return s;
	s.at_stake = 1;
	/* Of another card nothing is known here, and its own doors bring it back. */
	if (row->other_card)
		return s;
	if (row->stake == RP_SLOT_USER_CODE)
		s.tries_left = v->in->issuer.known ? DOORS_CODE_TRIES - code_wrong(v) : RP_TRIES_UNKNOWN;
	else
		s.tries_left = pin_of(v, row->stake).tries_left;
	s.last_try = s.tries_left == 1;
	s.last_way = is_last_way(v, row->stake);
	return s;
}

static void add_step(struct doors_out *out, struct doors_step s)
{
	out->steps[out->n_steps++] = s;
}

static void say(struct doors_out *out, enum doors_step_id id)
{
	add_step(out, (struct doors_step){.id = id, .tries_left = RP_TRIES_UNKNOWN});
}

/* Can this PIN be guessed at? What is printed cannot, and a locked one is past it. */
static bool can_be_guessed(const struct view *v)
{
	const enum rp_pin_state state = pin_of(v, v->in->slot).state;

	for (size_t i = 0; i < v->rows.n; i++)
		if (v->rows.at[i].never == DOORS_WHY_FIXED)
			return false;
	return !is_held(v, v->in->slot) && (state == RP_PIN_READY || state == RP_PIN_UNKNOWN);
}

/* Would something that stands in the holder's notes open a better door than this one? */
static bool notes_would_help(const struct view *v, const struct doors_row *best)
{
	for (const struct doors_row *row = v->rows.at; row < best; row++) {
		const enum doors_reason why = verdict(v, row)->shut;

		if (why == DOORS_WHY_OTHER_NOT_KNOWN)
			return true;
		if (row->door != best->door &&
		    (why == DOORS_WHY_SECRET_NOT_KNOWN || why == DOORS_WHY_LETTER_LOST))
			return true;
	}
	return false;
}

/* Does a letter open a door of this slot? */
static bool has_letter(const struct view *v)
{
	for (size_t i = 0; i < v->rows.n; i++)
		if (v->rows.at[i].with == RP_SLOT_LETTER)
			return true;
	return false;
}

/* The first steps of everybody who does not know: no guess, then the notes, then the door at once. */
static void add_first_steps(const struct view *v, const struct doors_row *best, struct doors_out *out)
{
	if (v->dead || v->revoked || best->door == DOORS_CHANGE)
		return;
	if (!can_be_guessed(v) && !notes_would_help(v, best))
		return;
	say(out, DOORS_DO_NOT_GUESS);
	if (!has_letter(v))
		say(out, DOORS_DO_LOOK_IN_NOTES);
	else
		say(out, is_held(v, RP_SLOT_LETTER) ? DOORS_DO_LOOK_IN_LETTER : DOORS_DO_LOOK_FOR_LETTER);
}

static void add_steps(const struct view *v, const struct doors_row *best, struct doors_out *out)
{
	add_first_steps(v, best, out);
	for (size_t i = 0; i < DOORS_ROW_STEPS && best->steps[i].id != DOORS_DO_NOTHING; i++)
		if (is_said(v, best, &best->steps[i]))
			add_step(out, step_of(v, &best->steps[i]));
}

/* --- doors --- */

/* What going through the door asks for; nobody goes through one that is shut. */
static void add_stakes(const struct view *v, const struct doors_row *row, struct doors_door *d)
{
	for (size_t i = 0; i < DOORS_ROW_STEPS && row->steps[i].id != DOORS_DO_NOTHING; i++) {
		struct doors_step s;

		if (!is_said(v, row, &row->steps[i]))
			continue;
		s = step_of(v, &row->steps[i]);
		d->tries_cost += s.cost;
		d->at_stake += s.at_stake;
		d->last_way |= s.last_way;
	}
}

/* The best row; of one door's rows too when `door` is not DOORS_NONE. Never NULL for a slot with rows. */
static const struct doors_row *best_of(const struct view *v, enum doors_id door)
{
	const struct doors_row *best = NULL;

	for (size_t i = 0; i < v->rows.n; i++) {
		const struct doors_row *row = &v->rows.at[i];

		if (door != DOORS_NONE && row->door != door)
			continue;
		if (best == NULL || verdict(v, row)->rank < verdict(v, best)->rank)
			best = row;
	}
	return best;
}

static void add_door(const struct view *v, const struct doors_row *row, struct doors_out *out)
{
	const struct verdict *said = verdict(v, row);
	const bool shut = said->shut != DOORS_WHY_NONE;
	struct doors_door d = {.id = row->door,
			       .with = row->with,
			       .reason = shut ? said->shut : said->doubtful,
			       .where = row->where,
			       .bring = row->bring,
			       .lives = row->lives,
			       .row = row};

	if (said->closed != DOORS_WHY_NONE) {
		d.closed_now = true;
		d.reason = said->closed;
		d.opens_s = said->closed == DOORS_WHY_CLOSED_NOW ? place_of(v->in, row->door)->opens_s : 0;
	}
	if (!shut)
		add_stakes(v, row, &d);
	if (row->door == out->recommended.id)
		out->recommended = d;
	else if (shut || d.closed_now)
		out->shut[out->n_shut++] = d;
	else
		out->open[out->n_open++] = d;
}

/* --- the rest of the answer --- */

/* Is a row about this slot, in this case? */
static bool is_about(const struct view *v, const char *profile, rp_slot slot, unsigned when)
{
	return (slot == RP_SLOT_NONE || slot == v->in->slot) && (when & ~v->cases) == 0 &&
	       (profile == NULL || strcmp(profile, v->in->card->profile) == 0);
}

static enum doors_reason why_not_set(const struct view *v)
{
	for (size_t i = 0; is_not_set(v) && i < n_doors_whys; i++) {
		const struct doors_why_row *w = &doors_whys[i];

		if (is_about(v, w->profile, w->slot, w->when))
			return w->why;
	}
	return DOORS_WHY_NONE;
}

/* The 15th birthday; of those born on 29 February the day after it (rules/date.h). */
static struct date birthday_15(struct date birth)
{
	const struct date d = {birth.year + 15, birth.month, birth.day};

	return date_is_valid(d) ? d : (struct date){d.year, 3, 1};
}

static void add_traps(const struct view *v, struct doors_out *out)
{
	for (size_t i = 0; i < n_doors_traps && out->n_traps < DOORS_TRAPS_MAX; i++) {
		const struct doors_trap_row *t = &doors_traps[i];

		if (is_about(v, t->profile, t->slot, t->when))
			out->traps[out->n_traps++] = t->trap;
	}
}

/* The answer with `best` in first place. */
static void answer(const struct view *v, const struct doors_row *best, struct doors_out *ret_out)
{
	const struct doors_in *in = v->in;

	*ret_out = (struct doors_out){
		.slot = in->slot, .recommended = {.id = best->door}, .under_15 = v->under_15};
	ret_out->state = v->dead ? RP_PIN_DEAD : pin_of(v, in->slot).state;
	ret_out->why = why_not_set(v);
	if (ret_out->why == DOORS_WHY_UNDER_15 && date_is_valid(in->birth))
		ret_out->since = birthday_15(in->birth);
	add_steps(v, best, ret_out);
	/* Each door once, in the table's order, as the best of its rows. */
	for (size_t i = 0; i < v->rows.n; i++)
		if (best_of(v, v->rows.at[i].door) == &v->rows.at[i])
			add_door(v, &v->rows.at[i], ret_out);
	add_traps(v, ret_out);
}

bool doors_plan(const struct doors_in *in, struct doors_out *ret_out)
{
	const struct view v = view_of(in);

	if (v.rows.n == 0)
		return false;
	answer(&v, best_of(&v, DOORS_NONE), ret_out);
	return true;
}

bool doors_plan_by(const struct doors_in *in, enum doors_id door, struct doors_out *ret_out)
{
	const struct view v = view_of(in);
	const struct doors_row *row = door == DOORS_NONE ? NULL : best_of(&v, door);

	if (row == NULL || verdict(&v, row)->shut != DOORS_WHY_NONE)
		return false;
	answer(&v, row, ret_out);
	return true;
}
