/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs.h"

#include "asks.h"

#include <string.h>

rp_ctx *jobs_ctx(struct transport *t)
{
	/* docs/wire.md, section 3: SHA-256 of "repin test transport key", first 24 bytes */
	static const uint8_t key[24] = {0x60, 0x1f, 0xd7, 0x45, 0x22, 0x37, 0xb2, 0x7c,
					0xe7, 0x97, 0x9d, 0x98, 0xf6, 0x5e, 0xf1, 0x06,
					0x6e, 0x97, 0xa7, 0x19, 0xc4, 0x74, 0x7e, 0x47};
	rp_secret *secret = NULL;
	rp_ctx *ctx = NULL;

	judge_that(ctx_on(t, &ctx, NULL) == RP_OK, "no context");
	judge_that(rp_secret_from(key, sizeof key, &secret, NULL) == RP_OK, "no memory");
	judge_that(rp_ctx_hicos_key(ctx, secret, NULL) == RP_OK, "no key");
	rp_secret_free(secret);
	return ctx;
}

/* Six digits where the slot takes them, so that a PIN is told from a status word. */
rp_secret *jobs_pin(const struct pin_row *row, const char *digits)
{
	const size_t len = row->len_min < 6 && row->len_max >= 6 ? 6 : row->len_min;
	rp_secret *typed = NULL, *sent = NULL;
	struct rp_folded folded;

	judge_that(rp_secret_new(len, &typed, NULL) == RP_OK, "no memory");
	for (size_t i = 0; i < len; i++)
		judge_that(rp_secret_push(typed, (uint8_t)digits[i % 4]), "no room");
	judge_that(entry_check(row, RP_ENTRY_NEW, typed, &sent, &folded, NULL) == RP_OK,
		   "a good PIN was refused");
	rp_secret_free(typed);
	return sent;
}

rp_code jobs_read(struct feed *f, rp_card *card, unsigned what, struct rp_card_facts *ret)
{
	struct rp_card_facts facts;
	struct rp_error err = RP_ERROR_INIT;
	rp_code rc;

	judge_job(&f->judge, JOB_VERIFY, NULL, NULL);
	rc = rp_card_read(card, what, &facts, &err);
	judge_result(&f->judge, rc, &err);
	if (rc != RP_OK)
		return rc;
	judge_facts(&facts);
	*ret = facts;
	return RP_OK;
}

static rp_code send_job(rp_card *card, enum job_kind kind, const struct rp_job *job, const rp_secret *current,
			const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err)
{
	switch (kind) {
	case JOB_VERIFY:
		return rp_pin_verify(card, job, current, ret, err);
	case JOB_CHANGE:
		return rp_pin_change(card, job, current, fresh, ret, err);
	case JOB_UNLOCK:
		return rp_pin_unlock(card, job, current, fresh, ret, err);
	case JOB_PAD_VERIFY:
		return rp_pad_verify(card, job, ret, err);
	case JOB_PAD_CHANGE:
	case JOB_RESOLVE:
	case JOB_SHOW:
	case JOB_PROVE:
	case JOB_RESET:
		break;
	}
	return rp_pad_change(card, job, ret, err);
}

static bool is_last(const struct rp_card_facts *shown, rp_slot slot)
{
	for (size_t i = 0; i < shown->n_pins; i++)
		if (shown->pins[i].slot == slot)
			return shown->pins[i].tries_left == 1;
	return false;
}

rp_code jobs_run(struct feed *f, rp_card *card, enum job_kind kind, const struct rp_card_facts *shown,
		 rp_slot slot, unsigned way, bool last_ok)
{
	const struct rp_job job = {.slot = slot, .shown = shown, .last_try_ok = last_ok, .way = way};
	const struct pin_row *row = card->s.p == NULL ? NULL : profile_pin(card->s.p, slot);
	const struct unlock_row *how = row != NULL && way < row->n_unlocks ? &row->unlock[way] : NULL;
	const struct pin_row *first = kind == JOB_UNLOCK && how != NULL ? profile_pin(card->s.p, how->code)
									: row;
	const bool must_stop = f->judge.nothing_may_go ||
			       (!last_ok && first != NULL && is_last(shown, first->slot));
	RP_AUTO(rp_secret_freep) rp_secret *current = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *fresh = NULL;
	struct rp_error err = RP_ERROR_INIT;
	struct rp_outcome out;
	rp_code rc;

	if (row == NULL || first == NULL)
		return RP_E_SLOT_UNKNOWN;
	current = jobs_pin(first, PIN_CURRENT);
	fresh = jobs_pin(row, PIN_FRESH);
	judge_job(&f->judge, kind, kind == JOB_UNLOCK && how == NULL ? NULL : row, how);
	f->judge.nothing_may_go = must_stop;
	rc = send_job(card, kind, &job, current, fresh, &out, &err);
	judge_result(&f->judge, rc, &err);
	if (rc == RP_OK)
		judge_outcome(&out);
	return rc;
}

/* The card opened anew, and looked at. */
static bool open_and_look(struct feed *f, rp_ctx *ctx, rp_card **card, struct rp_card_facts *ret)
{
	rp_card_close(*card);
	*card = NULL;
	if (rp_card_open(ctx, FEED_READER, card, NULL) != RP_OK)
		return false;
	return jobs_read(f, *card, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, ret) == RP_OK;
}

void jobs_all(struct feed *f, rp_ctx *ctx)
{
	/* the last number is the way of an unlock */
	static const struct {
		enum job_kind kind;
		unsigned way;
	} jobs[] = {{JOB_VERIFY, 0}, {JOB_CHANGE, 0}, {JOB_UNLOCK, 0}, {JOB_UNLOCK, 1}};
	struct rp_card_facts facts = {0};
	struct rp_reader readers[2];
	rp_card *card = NULL;
	size_t n = 0;
	bool good = rp_readers(ctx, readers, 2, &n, NULL) == RP_OK && n == 1 &&
		    open_and_look(f, ctx, &card, &facts);

	for (size_t k = 0; good && k < 4 * facts.n_pins; k++) {
		const rp_code rc = jobs_run(f, card, jobs[k % 4].kind, &facts, facts.pins[k / 4].slot,
					    jobs[k % 4].way, true);

		/* what was shown holds no more, or the card is lost */
		if (rc != RP_OK && rc != RP_E_NOT_OFFERED)
			good = open_and_look(f, ctx, &card, &facts);
	}
	for (size_t k = 0; good && k < facts.n_pins; k++) {
		const rp_code rc = asks_run(f, card, ASK_RESET, &facts, facts.pins[k].slot, true);

		if (rc != RP_OK && rc != RP_E_NOT_OFFERED)
			good = open_and_look(f, ctx, &card, &facts);
	}
	rp_card_close(card);
}
