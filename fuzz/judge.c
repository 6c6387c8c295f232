/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include "vcard/vcard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void judge_that(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "judge: %s\n", what);
	abort();
}

/* --- the plan of a job: which commands carry its PINs --- */

static void add(struct judge *j, uint8_t ins, bool current, bool fresh)
{
	judge_that(j->n_plan < JUDGE_STEPS, "a job of more steps than any has");
	j->plan[j->n_plan++] = (struct judge_step){ins, current, fresh};
}

static void plan_change(struct judge *j, const struct pin_row *row)
{
	switch (row->change) {
	case CHANGE_OLD_NEW:
		if (row->pad == PAD_NONE) /* the card alone knows where the old one ends: proven first */
			add(j, 0x20, true, false);
		add(j, 0x24, true, true);
		return;
	case CHANGE_VERIFY_NEW:
	case CHANGE_HICOS:
		add(j, 0x20, true, false);
		add(j, 0x24, false, true);
		return;
	case CHANGE_VERIFY_JICSAP: /* both are proven, one is changed, the other proven again and changed */
		add(j, 0x20, true, false);
		add(j, 0x20, true, false);
		add(j, 0x32, false, true);
		add(j, 0x20, true, false);
		add(j, 0x32, false, true);
		return;
	case CHANGE_NONE:
		return;
	}
}

static void plan_unlock(struct judge *j, const struct unlock_row *way)
{
	if (way->how == UNLOCK_CODE_NEW)
		add(j, 0x2C, true, true);
	if (way->how == UNLOCK_CODE_NEW && way->code == RP_SLOT_RC) /* not padded: proven afterwards */
		add(j, 0x20, false, true);
	if (way->how == UNLOCK_VERIFY_NEW) {
		add(j, 0x20, true, false);
		add(j, 0x2C, false, true);
	}
}

/* The pad's own commands: no PIN passes through us. */
static void plan_pad_change(struct judge *j, const struct pin_row *row)
{
	if (row->change == CHANGE_VERIFY_NEW)
		add(j, 0x20, false, false);
	add(j, 0x24, false, false);
}

void judge_job(struct judge *j, enum job_kind kind, const struct pin_row *row, const struct unlock_row *way)
{
	j->n_plan = j->at = 0;
	j->nothing_may_go = j->answered_9000 = j->lost = false;
	j->issuer = j->accepted = j->granted = j->asks_count = j->settled = false;
	j->pad = kind == JOB_PAD_VERIFY || kind == JOB_PAD_CHANGE;
	if (row == NULL)
		return;
	switch (kind) {
	case JOB_VERIFY:
		for (unsigned i = 0; i < row->n_refs; i++)
			add(j, 0x20, true, false);
		break;
	case JOB_CHANGE:
		plan_change(j, row);
		break;
	case JOB_UNLOCK:
		plan_unlock(j, way);
		break;
	case JOB_PAD_VERIFY:
		add(j, 0x20, false, false);
		break;
	case JOB_PAD_CHANGE:
		plan_pad_change(j, row);
		break;
	case JOB_RESOLVE: /* needs a place for notes: tests/walk goes through it */
	case JOB_SHOW:
	case JOB_PROVE:
	case JOB_RESET: /* judge_ask */
		break;
	}
}

void judge_ask(struct judge *j, bool proves, bool sets)
{
	judge_job(j, JOB_VERIFY, NULL, NULL);
	j->issuer = true;
	if (proves)
		add(j, 0x20, true, false);
	if (sets)
		add(j, 0x2C, false, true);
}

/* --- what goes over --- */

void judge_open(struct judge *j)
{
	j->broken = j->in_transaction = false;
}

void judge_begin(struct judge *j)
{
	judge_that(!j->in_transaction, "a transaction inside another one");
	judge_that(!j->broken, "a transaction with a card that is lost");
	j->in_transaction = true;
	j->secret_in_transaction = j->ours_shown = false;
}

static bool is_frame(const struct vcmd *c)
{
	return c->cla == 0x8C;
}

static bool is_key_command(const struct vcmd *c)
{
	return c->ins == 0x20 || c->ins == 0x24 || c->ins == 0x2C || c->ins == 0x32;
}

static void check_secret_command(struct judge *j, const struct vcmd *c, bool current, bool fresh)
{
	const struct judge_step *step = &j->plan[j->at];

	judge_that(!j->nothing_may_go, "a PIN goes to a card that is not the one that was shown");
	judge_that(j->at < j->n_plan, "more commands with a PIN than the job has");
	judge_that(j->at == 0 || j->answered_9000, "a PIN goes out after one that was not answered 9000");
	judge_that(step->ins == c->ins, "a PIN in another command than the job has here");
	/* what is in a frame only the card can tell */
	judge_that(is_frame(c) || (step->current == current && step->fresh == fresh),
		   "another PIN than the job has here");
	judge_that(!is_frame(c) || j->ours_shown, "a command of ours to a card that could be real");
	/* design: short identifiers are for questions; 80 is the selected file, 81…83 are references */
	judge_that(c->p2 < 0x90, "a PIN for a file that is named by its short identifier");
	judge_that(!j->issuer || j->accepted, "a PIN before the issuer has said yes");
	judge_that(!j->issuer || c->ins != 0x2C || j->granted, "a new PIN without a grant");
	j->at++;
	j->answered_9000 = false;
	j->lost = j->awaited = true;
	j->secret_in_transaction = true;
}

static void check_ours(const struct judge *j, const struct vcmd *c)
{
	if (c->ins == 0x82 || c->ins == 0x88) {
		judge_that(j->issuer && !j->nothing_may_go, "a command of the issuer's");
		judge_that(j->ours_shown, "a command of the issuer's to a card that could be real");
		judge_that(c->ins == 0x88 || j->granted, "a cryptogram that nobody gave");
	}
	/* GET DATA of the reset application, docs/wire.md section 1 */
	if (c->cla == 0x00 && c->ins == 0xCA && c->p1 == 0x01)
		judge_that(j->ours_shown, "the reset application is asked on a card without it");
}

/* GET RESPONSE goes on with the answer before it. */
static void note_select(struct judge *j, const struct vcmd *c)
{
	static const uint8_t aid[] = {0xF0, 0x52, 0x45, 0x50, 0x49, 0x4E, 0x31};

	if (c->ins == 0xC0)
		return;
	j->asks_ours = c->ins == 0xA4 && c->lc == sizeof aid && memcmp(c->data, aid, sizeof aid) == 0;
	j->answer_len = 0;
}

void judge_command(struct judge *j, const uint8_t *cmd, size_t len)
{
	struct vcmd c;
	bool current, fresh;

	judge_that(j->in_transaction, "a command outside a transaction");
	judge_that(!j->broken, "a command to a card that is lost");
	judge_that(vcmd_parse(cmd, len, &c), "a command that is none");
	current = memmem(cmd, len, PIN_CURRENT, 4) != NULL;
	fresh = memmem(cmd, len, PIN_FRESH, 4) != NULL;
	if (is_frame(&c) || (is_key_command(&c) && c.lc > 0))
		check_secret_command(j, &c, current, fresh);
	else
		judge_that(!current && !fresh, "a PIN where none belongs");
	check_ours(j, &c);
	j->asks_count = c.ins == 0x88 && j->at > 0 && j->at == j->n_plan;
	note_select(j, &c);
}

/* docs/wire.md, section 1: version 01, key number, card id; 18 bytes in all */
static bool shows_ours(struct judge *j, const uint8_t *bytes, size_t len)
{
	if (j->answer_len == 0 && len > 2)
		j->answer_first = bytes[0];
	j->answer_len += len - 2;
	return j->asks_ours && j->answer_len == 18 && j->answer_first == 0x01;
}

void judge_answer(struct judge *j, rp_code rc, const uint8_t *bytes, size_t len)
{
	bool ours;

	if (rc != RP_OK || len < 2) {
		j->broken = true;
		return;
	}
	j->lost = false;
	j->settled = j->settled || j->asks_count;
	if (j->awaited && bytes[len - 2] != 0x61) {
		j->awaited = false;
		j->sw = (uint16_t)(bytes[len - 2] << 8 | bytes[len - 1]);
	}
	ours = shows_ours(j, bytes, len);
	if (memcmp(bytes + len - 2, "\x90\x00", 2) != 0)
		return;
	j->answered_9000 = true;
	j->ours_shown = j->ours_shown || ours;
}

void judge_end(struct judge *j, enum transport_end how)
{
	judge_that(j->in_transaction, "the end of no transaction");
	judge_that(!j->secret_in_transaction || how == END_RESET,
		   "a PIN went out, and the card was not reset");
	j->in_transaction = false;
}

/* The service ends a transaction when its program lets go, but it resets nothing. */
void judge_close(struct judge *j)
{
	judge_that(!j->in_transaction || !j->secret_in_transaction, "let go with a PIN proven");
	j->in_transaction = false;
}

/* --- what comes out --- */

static void check_text(const char *text, size_t cap)
{
	judge_that(strnlen(text, cap) < cap, "a text without an end");
	for (const char *p = text; *p != '\0'; p++)
		judge_that((unsigned char)*p >= 0x20 && *p != 0x7F, "a control character from a card");
}

static void check_tries(int tries)
{
	judge_that(tries >= RP_TRIES_UNKNOWN && tries <= 15, "tries that no counter has");
}

/* Codes by which programs say that no PIN was sent (repin.h; the exit statuses 3, 6 and 10). */
static bool says_nothing_was_sent(rp_code rc)
{
	const int status = rp_code_exit(rc);

	return status == 3 || status == 6 || status == 10 || rc == RP_E_NOT_OFFERED;
}

/*
 * ISO 7816-4: 62 and 64 changed nothing, 67 to 6E come before anything is done, 63CX is a wrong
 * secret. After all others, and after silence, the new PIN may be in the card or not.
 */
static bool may_be_set(const struct judge *j, const struct judge_step *last)
{
	const unsigned sw1 = j->sw >> 8;

	if (j->awaited)
		return true;
	if (last->ins == 0x20) /* the proof of a PIN that is set */
		return j->sw != 0x9000;
	return j->sw != 0x9000 && sw1 != 0x62 && sw1 != 0x64 && (sw1 < 0x67 || sw1 > 0x6E) &&
	       (j->sw & 0xFFF0) != 0x63C0;
}

static void check_spent(const struct judge *j, rp_code rc, const struct rp_error *err)
{
	const struct judge_step *last = j->at > 0 ? &j->plan[j->at - 1] : NULL;

	judge_that(err->tries_spent >= RP_SPENT_UNKNOWN && err->tries_spent <= 1,
		   "one job spends one try at most");
	/* a pad that says 6400 or 6401 has sent nothing, though it was asked */
	judge_that(!says_nothing_was_sent(rc) || j->at == 0 || (j->pad && j->at == 1),
		   "a PIN was sent, and it says not");
	if (last == NULL) {
		judge_that(err->tries_spent == 0 && !err->in_doubt,
			   "a try spent, or a doubt, with nothing sent");
		return;
	}
	if (j->pad)
		return;
	if (j->settled) { /* the card's count has decided, or contradicted */
		judge_that(last->fresh || !err->in_doubt, "a doubt about no new PIN");
		return;
	}
	judge_that(!j->lost || !last->current || err->tries_spent == RP_SPENT_UNKNOWN,
		   "nobody knows that no try was spent");
	judge_that(err->in_doubt == (last->fresh && may_be_set(j, last)),
		   "a doubt about a new PIN, or none, and it is not so");
}

void judge_result(const struct judge *j, rp_code rc, const struct rp_error *err)
{
	judge_that(!j->in_transaction, "a job left its transaction open");
	if (rc == RP_OK) {
		judge_that(j->at == j->n_plan && (j->at == 0 || j->answered_9000),
			   "success without all steps answered 9000");
		return;
	}
	judge_that(err->code == rc, "two codes for one error");
	check_tries(err->tries_left);
	check_spent(j, rc, err);
	check_text(err->story, sizeof err->story);
	check_text(err->field, sizeof err->field);
	/* six digits: four could be a status word */
	judge_that(strstr(err->story, PIN_CURRENT "24") == NULL && strstr(err->story, PIN_FRESH "13") == NULL,
		   "a PIN in a story");
}

static void check_pin(const struct rp_pin_facts *f)
{
	judge_that(f->slot != RP_SLOT_NONE && rp_slot_word(f->slot)[0] != '\0', "a PIN without a name");
	judge_that(f->state >= RP_PIN_UNKNOWN && f->state <= RP_PIN_NOT_SET, "a state that is none");
	check_tries(f->tries_left);
	check_tries(f->tries_max);
	check_tries(f->ref_tries[0]);
	check_tries(f->ref_tries[1]);
	judge_that(f->n_refs == 1 || f->n_refs == 2, "a PIN in no place");
	judge_that(f->tries_left <= 0 || f->state == RP_PIN_READY, "tries of a PIN that is not ready");
	judge_that(f->tries_left != 0 || f->state == RP_PIN_LOCKED || f->state == RP_PIN_DEAD,
		   "no tries, and not locked");
}

static void check_date(const char *text)
{
	judge_that(text[0] == '\0' || (strlen(text) == 10 && text[4] == '-' && text[7] == '-'),
		   "a date that is none");
}

void judge_facts(const struct rp_card_facts *f)
{
	judge_that(f->profile != NULL && profile_by_name(f->profile) != NULL, "a card of no family");
	judge_that(f->n_pins <= RP_PINS_MAX, "too many PINs");
	for (size_t i = 0; i < f->n_pins; i++)
		check_pin(&f->pins[i]);
	check_text(f->number, sizeof f->number);
	check_text(f->holder, sizeof f->holder);
	check_text(f->municipality, sizeof f->municipality);
	check_text(f->valid_from, sizeof f->valid_from);
	check_text(f->valid_to, sizeof f->valid_to);
	check_date(f->valid_from);
	check_date(f->valid_to);
}

void judge_outcome(const struct rp_outcome *o)
{
	judge_that(o->tries_spent == 0, "a success that cost a try");
	check_tries(o->after.tries_left);
	judge_that(o->after.slot != RP_SLOT_NONE, "an outcome of no PIN");
}
