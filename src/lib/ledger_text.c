/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ledger as text, and how lines come into it. A line is
 *
 *     why first last slot state tries tries-of-the-second-place spent result job
 *
 * with '-' for what there is not: "look 1763000000 1763086400 sign ready 5 - - - -".
 */
#include "lib/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIELDS 10
#define FIELD_MAX 32
#define TIME_MAX 253402300799 /* the end of the year 9999 */
#define HEAD "repin-ledger 1\ncard "

static const char *const whys[] = {
	[RP_LEDGER_LOOK] = "look",     [RP_LEDGER_CHANGE] = "change",	[RP_LEDGER_UNLOCK] = "unlock",
	[RP_LEDGER_VERIFY] = "verify", [RP_LEDGER_RESOLVE] = "resolve", [RP_LEDGER_RESET] = "reset",
};
#define N_WHYS (sizeof whys / sizeof whys[0])

const char *rp_ledger_why_word(enum rp_ledger_why why)
{
	return (unsigned)why < N_WHYS ? whys[why] : "";
}

const char *rp_ledger_kind_word(enum rp_ledger_kind kind)
{
	static const char *const words[] = {
		[RP_LEDGER_NOTHING] = "",	   [RP_LEDGER_USED] = "used",
		[RP_LEDGER_LOCKED] = "locked",	   [RP_LEDGER_SET_BACK] = "set-back",
		[RP_LEDGER_UNLOCKED] = "unlocked",
	};

	return (unsigned)kind < sizeof words / sizeof words[0] ? words[kind] : "";
}

/* --- reading --- */

/* Decimal digits alone, or "-" for `none`. */
static bool read_number(const char *word, int64_t max, int64_t none, int64_t *ret)
{
	int64_t v = 0;

	if (strcmp(word, "-") == 0) {
		*ret = none;
		return true;
	}
	for (size_t i = 0; word[i] != '\0'; i++) {
		if (word[i] < '0' || word[i] > '9' || v > max)
			return false;
		v = v * 10 + (word[i] - '0');
	}
	*ret = v;
	return word[0] != '\0' && v <= max;
}

static bool read_small(const char *word, int max, int *ret)
{
	int64_t v = 0;

	if (!read_number(word, max, RP_TRIES_UNKNOWN, &v))
		return false;
	*ret = (int)v;
	return true;
}

static bool read_why(const char *word, enum rp_ledger_why *ret)
{
	for (size_t i = 0; i < N_WHYS; i++)
		if (strcmp(whys[i], word) == 0) {
			*ret = (enum rp_ledger_why)i;
			return true;
		}
	return false;
}

static bool read_state(const char *word, rp_pin_state *ret)
{
	for (int i = RP_PIN_UNKNOWN; i <= RP_PIN_NOT_SET; i++)
		if (strcmp(rp_pin_state_word((rp_pin_state)i), word) == 0) {
			*ret = (rp_pin_state)i;
			return true;
		}
	return false;
}

static bool read_result(const char *word, rp_code *ret)
{
	static const rp_code codes[] = {
#define LEDGER_CODE(name, number, word, exit, text) RP_##name,
		RP_CODES(LEDGER_CODE)
#undef LEDGER_CODE
	};

	*ret = RP_OK;
	if (strcmp(word, "-") == 0)
		return true;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(rp_code_word(codes[i]), word) == 0) {
			*ret = codes[i];
			return true;
		}
	return false;
}

static bool read_job(const char *word, bool is_look, char *ret, size_t cap)
{
	if (strcmp(word, "-") == 0)
		return is_look;
	(void)snprintf(ret, cap, "%s", word);
	return !is_look && strlen(word) == cap - 1 && strspn(word, "0123456789ABCDEF") == cap - 1;
}

static int lower_of(const struct rp_ledger_line *l)
{
	if (l->state == RP_PIN_DEAD)
		return 0; /* whatever this PIN's own counter says */
	if (l->ref_tries[0] < 0 || l->n_refs < 2)
		return l->ref_tries[0];
	return l->ref_tries[1] < l->ref_tries[0] ? l->ref_tries[1] : l->ref_tries[0];
}

static bool read_fields(char field[FIELDS][FIELD_MAX], struct rp_ledger_line *ret)
{
	struct rp_ledger_line l = {0};
	bool is_look, good = read_why(field[0], &l.why);

	is_look = l.why == RP_LEDGER_LOOK;
	good = good && read_number(field[1], TIME_MAX, -1, &l.first_s) && l.first_s >= 0 &&
	       read_number(field[2], TIME_MAX, 0, &l.last_s) && (!is_look || strcmp(field[2], "-") != 0) &&
	       read_state(field[4], &l.state) && read_small(field[5], 15, &l.ref_tries[0]) &&
	       read_small(field[6], 15, &l.ref_tries[1]) && read_small(field[7], 1, &l.tries_spent) &&
	       read_result(field[8], &l.result) && read_job(field[9], is_look, l.job, sizeof l.job);
	l.slot = rp_slot_from_word(field[3]);
	l.n_refs = l.ref_tries[1] >= 0 ? 2 : 1;
	l.tries_left = lower_of(&l);
	if (good && l.slot != RP_SLOT_NONE)
		*ret = l;
	return good && l.slot != RP_SLOT_NONE;
}

/* Takes a line of words with one blank between them apart; *text moves behind it. */
static bool read_line(const char **text, struct rp_ledger_line *ret)
{
	char field[FIELDS][FIELD_MAX];
	const char *p = *text;

	for (int i = 0; i < FIELDS; i++) {
		const size_t len = strcspn(p, " \n");

		if (len == 0 || len >= FIELD_MAX || p[len] != (i + 1 < FIELDS ? ' ' : '\n'))
			return false;
		(void)snprintf(field[i], FIELD_MAX, "%.*s", (int)len, p);
		p += len + 1;
	}
	*text = p;
	return read_fields(field, ret);
}

static bool read_head(const char **text, struct ledger *ret)
{
	const char *p = *text;
	size_t len;

	if (strncmp(p, HEAD, strlen(HEAD)) != 0)
		return false;
	p += strlen(HEAD);
	len = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (len == 0 || len >= sizeof ret->profile || p[len] != ' ')
		return false;
	(void)snprintf(ret->profile, sizeof ret->profile, "%.*s", (int)len, p);
	p += len + 1;
	len = strcspn(p, " \n");
	if (len == 0 || len >= sizeof ret->tail || p[len] != '\n')
		return false;
	(void)snprintf(ret->tail, sizeof ret->tail, "%.*s", (int)len, p);
	if (strcmp(ret->tail, "-") == 0)
		ret->tail[0] = '\0';
	*text = p + len + 1;
	return true;
}

bool ledger_read(const char *text, struct ledger *ret)
{
	const char *p = text;

	*ret = (struct ledger){0};
	if (!read_head(&p, ret))
		return false;
	for (; p[0] != '\0'; ret->n++)
		if (ret->n == LEDGER_LINES || !read_line(&p, &ret->line[ret->n]))
			return false;
	return true;
}

/* --- writing --- */

static const char *number_or_none(int64_t v, bool is_there, char *ret, size_t cap)
{
	if (is_there)
		(void)snprintf(ret, cap, "%" PRId64, v);
	return is_there ? ret : "-";
}

static int print_line(const struct rp_ledger_line *l, char *ret, size_t cap)
{
	const bool is_look = l->why == RP_LEDGER_LOOK, has_ended = l->last_s != 0;
	char last[24], first_ref[8], second_ref[8], spent[8];

	return snprintf(ret, cap, "%s %" PRId64 " %s %s %s %s %s %s %s %s\n", rp_ledger_why_word(l->why),
			l->first_s, number_or_none(l->last_s, is_look || has_ended, last, sizeof last),
			rp_slot_word(l->slot), rp_pin_state_word(l->state),
			number_or_none(l->ref_tries[0], l->ref_tries[0] >= 0, first_ref, sizeof first_ref),
			number_or_none(l->ref_tries[1], l->n_refs == 2 && l->ref_tries[1] >= 0, second_ref,
				       sizeof second_ref),
			number_or_none(l->tries_spent, !is_look && l->tries_spent >= 0, spent, sizeof spent),
			is_look || !has_ended ? "-" : rp_code_word(l->result),
			l->job[0] != '\0' ? l->job : "-");
}

bool ledger_write(const struct ledger *l, char *ret, size_t cap)
{
	int n = snprintf(ret, cap, HEAD "%s %s\n", l->profile, l->tail[0] != '\0' ? l->tail : "-");
	size_t at = 0;

	for (size_t i = 0; n > 0 && (size_t)n < cap - at; i++) {
		at += (size_t)n;
		if (i == l->n)
			return true;
		n = print_line(&l->line[i], ret + at, cap - at);
	}
	return false;
}

/* --- lines --- */

static struct rp_ledger_line *last_of(struct ledger *l, rp_slot slot)
{
	for (size_t i = l->n; i > 0; i--)
		if (l->line[i - 1].slot == slot)
			return &l->line[i - 1];
	return NULL;
}

/* The oldest line goes, but never the newest of a PIN: it is what the next look is compared with. */
static void make_room(struct ledger *l)
{
	size_t at = 0;

	if (l->n < LEDGER_LINES)
		return;
	while (at + 1 < l->n && last_of(l, l->line[at].slot) == &l->line[at])
		at++;
	for (; at + 1 < l->n; at++)
		l->line[at] = l->line[at + 1];
	l->n--;
}

static void append(struct ledger *l, const struct rp_ledger_line *line)
{
	make_room(l);
	l->line[l->n++] = *line;
}

/* A dead card may answer for a PIN whose own tries nobody has used. */
static bool tells_own_tries(const char *profile, const struct rp_pin_facts *pin)
{
	struct rp_pin_info info;

	if (pin->state == RP_PIN_NOT_SET)
		return false;
	return pin->state != RP_PIN_DEAD || (rp_pin_info(profile, pin->slot, &info) && info.locked_is_dead);
}

static void take_facts(struct rp_ledger_line *l, const char *profile, const struct rp_pin_facts *pin)
{
	l->state = pin->state;
	l->n_refs = pin->n_refs == 2 ? 2 : 1;
	l->ref_tries[0] = pin->n_refs > 0 ? pin->ref_tries[0] : pin->tries_left;
	l->ref_tries[1] = pin->n_refs == 2 ? pin->ref_tries[1] : RP_TRIES_UNKNOWN;
	if (!tells_own_tries(profile, pin)) {
		l->n_refs = 1;
		l->ref_tries[0] = l->ref_tries[1] = RP_TRIES_UNKNOWN;
	}
	l->tries_left = lower_of(l);
}

static bool is_telling(const struct rp_ledger_line *l)
{
	if (l->state == RP_PIN_NOT_SET || l->state == RP_PIN_DEAD)
		return true;
	return l->state != RP_PIN_UNKNOWN && l->ref_tries[0] >= 0 && l->ref_tries[0] <= 15 &&
	       (l->n_refs < 2 || (l->ref_tries[1] >= 0 && l->ref_tries[1] <= 15));
}

static bool is_same(const struct rp_ledger_line *a, const struct rp_ledger_line *b)
{
	return a->state == b->state && a->n_refs == b->n_refs && a->ref_tries[0] == b->ref_tries[0] &&
	       (a->n_refs < 2 || a->ref_tries[1] == b->ref_tries[1]);
}

bool ledger_look(struct ledger *l, const struct rp_pin_facts *pin, int64_t now_s)
{
	struct rp_ledger_line look = {.slot = pin->slot,
				      .why = RP_LEDGER_LOOK,
				      .first_s = now_s,
				      .last_s = now_s,
				      .tries_spent = RP_SPENT_UNKNOWN};
	struct rp_ledger_line *last = last_of(l, pin->slot);

	take_facts(&look, l->profile, pin);
	if (!is_telling(&look))
		return false;
	if (last == NULL || last->why != RP_LEDGER_LOOK || !is_same(last, &look)) {
		append(l, &look);
		return true;
	}
	/* A clock that was set back must not leave a time in the future for ever. */
	if (now_s <= last->last_s + LEDGER_REFRESH_S && now_s >= last->last_s - LEDGER_REFRESH_S)
		return false;
	last->last_s = now_s;
	last->first_s = now_s < last->first_s ? now_s : last->first_s;
	return true;
}

/* --- jobs --- */

static struct rp_ledger_line line_of(const struct ledger_job *job, rp_slot slot)
{
	struct rp_ledger_line l = {.slot = slot,
				   .why = job->why,
				   .first_s = job->begun_s,
				   .state = RP_PIN_UNKNOWN,
				   .tries_left = RP_TRIES_UNKNOWN,
				   .ref_tries = {RP_TRIES_UNKNOWN, RP_TRIES_UNKNOWN},
				   .n_refs = 1,
				   .tries_spent = RP_SPENT_UNKNOWN};

	(void)snprintf(l.job, sizeof l.job, "%s", job->id);
	return l;
}

void ledger_begin(struct ledger *l, const struct ledger_job *job)
{
	const rp_slot slots[] = {job->slot, job->code};

	for (size_t i = 0; i < 2; i++)
		if (slots[i] != RP_SLOT_NONE) {
			const struct rp_ledger_line line = line_of(job, slots[i]);

			append(l, &line);
		}
}

/* What a failed job tells of this PIN. */
static void take_error(struct rp_ledger_line *l, const struct ledger_job *job, const struct rp_error *err)
{
	const rp_slot proves = job->code != RP_SLOT_NONE ? job->code : job->slot;
	const bool about = err->slot == l->slot || (err->slot != job->slot && proves == l->slot);

	l->tries_spent = about && !err->spent_at_issuer ? err->tries_spent : 0;
	/* Of a PIN in two places an answer tells the tries of one. */
	if (err->slot != l->slot || job->two || err->spent_at_issuer || err->tries_left < 0 ||
	    err->tries_left > 15)
		return;
	l->ref_tries[0] = err->tries_left;
	l->state = err->tries_left > 0 ? RP_PIN_READY : RP_PIN_LOCKED;
}

static void end_one(struct ledger *l, const struct ledger_job *job, const struct rp_ledger_line *end)
{
	struct rp_ledger_line *last = last_of(l, end->slot);

	if (last != NULL && last->last_s == 0 && last->why != RP_LEDGER_LOOK &&
	    strcmp(last->job, job->id) == 0)
		*last = *end;
	else
		append(l, end);
}

void ledger_end(struct ledger *l, const struct ledger_job *job, int64_t now_s, rp_code rc,
		const struct rp_outcome *done, const struct rp_error *err)
{
	const rp_slot slots[] = {job->slot, job->code};

	for (size_t i = 0; i < 2; i++) {
		struct rp_ledger_line end = line_of(job, slots[i]);

		if (slots[i] == RP_SLOT_NONE)
			continue;
		end.last_s = now_s > 0 ? now_s : 1;
		end.result = rc;
		end.tries_spent = 0;
		if (rc != RP_OK) {
			take_error(&end, job, err);
		} else if (i == 0) {
			end.tries_spent = done->tries_spent;
			take_facts(&end, l->profile, &done->after);
		}
		if (!is_telling(&end))
			end.ref_tries[0] = end.ref_tries[1] = RP_TRIES_UNKNOWN;
		end.tries_left = lower_of(&end);
		end_one(l, job, &end);
	}
}
