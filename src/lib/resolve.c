/* SPDX-License-Identifier: Apache-2.0 */
/* What a cut left behind: told from the notes and the card, or found out by an entry. */
#include "lib/jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *rp_answer_word(enum rp_answer a)
{
	static const char *const words[] = {
		[RP_ANSWER_UNKNOWN] = "cannot-know",
		[RP_ANSWER_OLD] = "old",
		[RP_ANSWER_NEW] = "new",
		[RP_ANSWER_SPLIT] = "split",
	};

	return (unsigned)a < sizeof words / sizeof words[0] ? words[a] : "";
}

static enum rp_answer answer_of(const char *marks)
{
	if (strchr(marks, MARK_UNKNOWN) != NULL)
		return RP_ANSWER_UNKNOWN;
	if (marks[1] != '\0' && marks[0] != marks[1])
		return RP_ANSWER_SPLIT;
	return marks[0] == MARK_NEW ? RP_ANSWER_NEW : RP_ANSWER_OLD;
}

/*
 * An unlock, and a reset by the issuer, set the new PIN and a full counter in one: a PIN that was
 * locked and is not any more has the new one (unless the card may have split code and new PIN at
 * another place), and one that is still locked was not unlocked. The tries of a change prove nothing,
 * since any right entry anywhere sets them back as well.
 */
static enum rp_answer answer_now(const struct rp_intent *in, const struct rp_card_facts *f)
{
	const enum rp_answer noted = answer_of(in->marks);
	const struct profile *p = profile_by_name(in->profile);
	const bool splits = pin_code_splits(p, profile_pin(p, in->slot), in->code);

	if (noted != RP_ANSWER_UNKNOWN || in->code == RP_SLOT_NONE || in->state != RP_PIN_LOCKED)
		return noted;
	for (size_t i = 0; i < f->n_pins; i++) {
		if (f->pins[i].slot != in->slot)
			continue;
		if (f->pins[i].state == RP_PIN_READY)
			return splits ? RP_ANSWER_UNKNOWN : RP_ANSWER_NEW;
		if (f->pins[i].state == RP_PIN_LOCKED || f->pins[i].state == RP_PIN_DEAD)
			return RP_ANSWER_OLD;
	}
	return noted;
}

/* --- notes around a job --- */

static rp_code watch_begins(void *arg, struct rp_error *err)
{
	struct noted *n = arg;

	if (n->resumes)
		return journal_resume(n->state, &n->intent, &n->journal, err);
	return journal_begin(n->state, &n->intent, &n->journal, err);
}

static rp_code watch_goes(void *arg, unsigned ref, struct rp_error *err)
{
	struct noted *n = arg;

	return journal_goes(&n->journal, ref, err);
}

static void watch_came(void *arg, unsigned ref, bool set)
{
	struct noted *n = arg;

	journal_came(&n->journal, ref, set);
}

static void describe(struct noted *n, const struct rp_card_facts *f, const struct pin_row *row, rp_slot code)
{
	struct rp_intent *in = &n->intent;

	*in = (struct rp_intent){.profile = f->profile,
				 .slot = row->slot,
				 .code = code,
				 .tries_left = RP_TRIES_UNKNOWN,
				 .n_refs = row->n_refs};
	state_card(n->state, f->profile, f->number, in->card);
	(void)snprintf(in->tail, sizeof in->tail, "%s", state_tail(f->number));
	for (size_t i = 0; i < f->n_pins; i++)
		if (f->pins[i].slot == row->slot) {
			in->state = f->pins[i].state;
			in->tries_left = f->pins[i].tries_left;
		}
}

void noted_start(struct noted *n, const struct state *state, const struct rp_card_facts *shown,
		 const struct pin_row *row, rp_slot code)
{
	*n = (struct noted){
		.state = state,
		.journal = {.fd = -1},
		.watch = {.arg = n, .begins = watch_begins, .goes = watch_goes, .came = watch_came}};
	describe(n, shown, row, code);
}

/* What is known of this PIN now makes older doubts about it idle. */
static void forget_older(const struct noted *n)
{
	struct rp_intent all[16];
	struct rp_error ignored;
	size_t count = 0;

	if (journal_list(n->state, n->intent.card, all, sizeof all / sizeof all[0], &count, &ignored) !=
	    RP_OK)
		return;
	for (size_t i = 0; i < count; i++)
		if (all[i].slot == n->intent.slot && !all[i].running)
			(void)!journal_forget(n->state, &all[i], &ignored); /* it stays, and is still true */
}

void noted_end(struct noted *n, bool proven)
{
	if (journal_end(&n->journal) && proven)
		forget_older(n);
}

/* --- the public calls --- */

static rp_code need_notes(const rp_ctx *ctx, struct rp_error *err)
{
	return ctx->notes != NULL ? RP_OK : rp_fail(err, RP_E_JOURNAL, "no notes are kept");
}

rp_code rp_ctx_notes(rp_ctx *ctx, const char *dir, struct rp_error *err)
{
	struct state *s = malloc(sizeof *s);
	rp_code rc;

	if (s == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the notes' place");
	rc = state_open(dir, JOURNAL_DIR, s, err);
	if (rc != RP_OK) {
		free(s);
		return rc;
	}
	free(ctx->notes);
	ctx->notes = s;
	return RP_OK;
}

rp_code rp_intents(rp_ctx *ctx, const struct rp_card_facts *facts, struct rp_intent *ret, size_t cap,
		   size_t *ret_n, struct rp_error *err)
{
	char card[STATE_CARD_LEN + 1];
	size_t n = 0;
	rp_code rc = need_notes(ctx, err);

	if (rc == RP_OK && facts != NULL)
		state_card(ctx->notes, facts->profile, facts->number, card);
	if (rc == RP_OK)
		rc = journal_list(ctx->notes, facts != NULL ? card : NULL, ret, cap, &n, err);
	if (rc != RP_OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		ret[i].answer = facts != NULL ? answer_now(&ret[i], facts) : answer_of(ret[i].marks);
		if (ret[i].superseded)
			ret[i].answer = RP_ANSWER_UNKNOWN;
	}
	*ret_n = n;
	return RP_OK;
}

rp_code rp_intent_forget(rp_ctx *ctx, const struct rp_intent *intent, struct rp_error *err)
{
	rp_code rc = need_notes(ctx, err);

	return rc == RP_OK ? journal_forget(ctx->notes, intent, err) : rc;
}

static rp_code check_card(const rp_card *card, const struct rp_intent *intent, const struct rp_job *in,
			  struct rp_error *err)
{
	char name[STATE_CARD_LEN + 1];

	if (card->s.p == NULL || in->shown->profile == NULL)
		return rp_fail(err, RP_E_FAULT, "a job on a card that was not read");
	state_card(card->ctx->notes, in->shown->profile, in->shown->number, name);
	return strcmp(name, intent->card) == 0 && in->slot == intent->slot
		       ? RP_OK
		       : rp_fail(err, RP_E_CARD_CHANGED, "the note is about another card or PIN");
}

/* What a job left is known only when nothing is open that came after it. */
static rp_code check_latest(const rp_card *card, const struct rp_intent *intent, struct rp_error *err)
{
	struct rp_intent all[16];
	size_t n = 0;
	rp_code rc = journal_list(card->ctx->notes, intent->card, all, sizeof all / sizeof all[0], &n, err);

	for (size_t i = 0; rc == RP_OK && i < n; i++)
		if (all[i].slot == intent->slot && strcmp(all[i].id, intent->id) > 0)
			rc = rp_fail(err, RP_E_JOURNAL,
				     "a later job on this PIN did not end either: it is resolved first");
	return rc;
}

rp_code rp_resolve(rp_card *card, const struct rp_intent *intent, const struct rp_job *in,
		   const rp_secret *current, const rp_secret *fresh, struct rp_resolution *ret,
		   struct rp_error *err)
{
	struct rp_resolution r = {0};
	char marks[JOURNAL_REFS + 1];
	struct noted n;
	struct job j;
	rp_code rc = need_notes(card->ctx, err);

	if (rc == RP_OK)
		rc = check_card(card, intent, in, err);
	if (rc == RP_OK)
		rc = check_latest(card, intent, err);
	if (rc != RP_OK)
		return rc;
	(void)snprintf(marks, sizeof marks, "%s", intent->marks);
	j = (struct job){.kind = JOB_RESOLVE,
			 .row = profile_pin(card->s.p, in->slot),
			 .shown = in->shown,
			 .last_try_ok = in->last_try_ok,
			 .current = current,
			 .fresh = fresh,
			 .marks = marks,
			 .at_once = intent->code != RP_SLOT_NONE};
	noted_start(&n, card->ctx->notes, in->shown, j.row, intent->code);
	n.intent = *intent;
	n.resumes = true;
	j.watch = &n.watch;
	rc = card_job(card, &j, &r.done, err);
	noted_end(&n, rc == RP_OK && r.done.tries_spent == 0);
	if (rc != RP_OK)
		return rc;
	r.answer = answer_of(marks);
	*ret = r;
	return RP_OK;
}
