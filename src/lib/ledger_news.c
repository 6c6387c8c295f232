/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the lines of a PIN say about others. The rule of this file is never to accuse anybody
 * falsely: what our jobs spent is taken off, what cannot be known says nothing, and a job of
 * ours of which no end is known makes "elsewhere" into "elsewhere or here".
 */
#include "lib/ledger.h"

#include <string.h>

/* --- two lines --- */

static bool is_known(const struct rp_ledger_line *l)
{
	if (l->state == RP_PIN_UNKNOWN || l->state == RP_PIN_NOT_SET)
		return false;
	return l->ref_tries[0] >= 0 && (l->n_refs < 2 || l->ref_tries[1] >= 0);
}

static int lower(const struct rp_ledger_line *l)
{
	return l->n_refs == 2 && l->ref_tries[1] < l->ref_tries[0] ? l->ref_tries[1] : l->ref_tries[0];
}

/* Of a PIN in two places the place that lost more: one wrong entry may have met both, or one. */
static int fall_of(const struct rp_ledger_line *before, const struct rp_ledger_line *now)
{
	int first, second;

	if (before->n_refs != 2 || now->n_refs != 2)
		return lower(before) - lower(now);
	first = before->ref_tries[0] - now->ref_tries[0];
	second = before->ref_tries[1] - now->ref_tries[1];
	return first > second ? first : second;
}

bool ledger_compare(const struct rp_ledger_line *before, const struct rp_ledger_line *now,
		    const struct ledger_ours *ours, struct rp_ledger_news *ret)
{
	struct rp_ledger_news news = {.slot = now->slot};
	int fall;

	if (!is_known(before) || !is_known(now))
		return false;
	fall = fall_of(before, now);
	if (fall > ours->spent) {
		news.kind = lower(now) == 0 && lower(before) > 0 ? RP_LEDGER_LOCKED : RP_LEDGER_USED;
		news.tries = fall - ours->spent;
		news.unsure = ours->unsure;
	} else if (fall <= 0 && lower(now) > lower(before) && !ours->any) {
		news.kind = lower(before) == 0 ? RP_LEDGER_UNLOCKED : RP_LEDGER_SET_BACK;
	} else {
		return false;
	}
	*ret = news;
	return true;
}

/* --- all lines of one PIN --- */

/* A walk along the lines: what was last known, and what we did since. */
struct walk {
	const struct rp_ledger_line *base; /* NULL: nothing is known to compare with */
	struct ledger_ours ours;	   /* since base */
	unsigned open;			   /* jobs of ours that were begun and have not ended */
	int64_t open_until;		   /* they have no end when none came by then */
	struct rp_ledger_news missing;	   /* tries that others used and that are still gone */
	struct rp_ledger_news rise;	   /* what the line at which the walk stands brought */
	struct rp_ledger_line *within;	   /* a look in the middle of a job of ours */
};

static void start_anew(struct walk *w, const struct rp_ledger_line *base)
{
	w->base = base;
	w->ours = (struct ledger_ours){0};
}

static void add_missing(struct walk *w, const struct rp_ledger_news *news)
{
	struct rp_ledger_news all = *news;

	if (w->missing.kind != RP_LEDGER_NOTHING) {
		all.tries += w->missing.tries;
		all.unsure = all.unsure || w->missing.unsure;
		all.since_s = w->missing.since_s;
	}
	w->missing = all;
}

/* A line that tells the tries, while no job of ours is under way: base moves here. */
static void settle(struct walk *w, const struct rp_ledger_line *at, struct rp_ledger_news *ret)
{
	struct rp_ledger_news news;

	if (w->base != NULL && ledger_compare(w->base, at, &w->ours, &news)) {
		/* A clock that was set back between the two leaves no span that means anything. */
		news.since_s = w->base->last_s <= at->first_s ? w->base->last_s : 0;
		news.until_s = at->first_s;
		if (news.kind == RP_LEDGER_USED || news.kind == RP_LEDGER_LOCKED)
			add_missing(w, &news);
		else
			w->rise = news;
		*ret = news;
	}
	if (w->base != NULL && lower(at) > lower(w->base))
		w->missing = (struct rp_ledger_news){0};
	start_anew(w, at);
}

static void walk_look(struct walk *w, struct rp_ledger_line *at)
{
	if (at->state == RP_PIN_NOT_SET) {
		/* A PIN that is set one day begins with a counter of its own. */
		start_anew(w, NULL);
		w->missing = (struct rp_ledger_news){0};
	}
	if (!is_known(at))
		return;
	if (w->open > 0 && at->first_s < w->open_until) {
		w->within = at; /* what the job did is told when it has ended, or never */
		return;
	}
	w->ours.any = w->ours.any || w->open > 0;
	w->ours.unsure = w->ours.unsure || w->open > 0;
	w->open = 0;
	settle(w, at, &at->elsewhere);
}

/* The lines end in the middle of a job of ours: what was seen there is told with that doubt. */
static void stop_within(struct walk *w)
{
	if (w->open == 0 || w->within == NULL)
		return;
	w->ours.any = w->ours.unsure = true;
	settle(w, w->within, &w->within->elsewhere);
}

static void walk_begin(struct walk *w, const struct rp_ledger_line *at)
{
	const int64_t until = at->first_s + LEDGER_JOB_S;

	w->open_until = w->open > 0 && w->open_until > until ? w->open_until : until;
	w->open++;
	w->within = NULL;
	w->ours.any = true;
}

/* A job's begin stands in a line of its own only when other lines came before its end. */
static bool has_begin(const struct ledger *l, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (l->line[i].slot == l->line[end].slot && l->line[i].last_s == 0 &&
		    strcmp(l->line[i].job, l->line[end].job) == 0)
			return true;
	return false;
}

static void walk_end(struct walk *w, struct rp_ledger_line *at, bool begun)
{
	const bool right = at->result == RP_OK && at->tries_spent == 0;

	w->within = NULL;
	if (begun && w->open > 0)
		w->open--;
	if (right) {
		/* We have set the count back ourselves; jobs still under way make even that unsure. */
		start_anew(w, w->open == 0 && is_known(at) ? at : NULL);
		w->ours.any = w->open > 0;
		w->missing = (struct rp_ledger_news){0};
		return;
	}
	w->ours.any = true;
	if (at->tries_spent == RP_SPENT_UNKNOWN)
		w->ours.unsure = true;
	else
		w->ours.spent += at->tries_spent;
	if (w->open == 0 && is_known(at))
		settle(w, at, &at->elsewhere);
}

void ledger_conclude(struct ledger *l, rp_slot slot, struct rp_ledger_news *ret)
{
	struct walk w = {0};

	for (size_t i = 0; i < l->n; i++) {
		struct rp_ledger_line *at = &l->line[i];

		if (at->slot != slot)
			continue;
		at->elsewhere = w.rise = (struct rp_ledger_news){0};
		if (at->why == RP_LEDGER_LOOK)
			walk_look(&w, at);
		else if (at->last_s == 0)
			walk_begin(&w, at);
		else
			walk_end(&w, at, has_begin(l, i));
	}
	stop_within(&w);
	*ret = w.missing.kind != RP_LEDGER_NOTHING ? w.missing : w.rise;
}
