/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person, other programs and a bad reader: the first block is the ATR, the second one what is
 * done, a byte each, the rest are answers and events (feed.h). Nothing that is done in whatever
 * order may break a promise that the judge knows.
 */
#include "asks.h"
#include "deeds.h"
#include "jobs.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEEDS_MAX 64

struct person {
	struct feed feed;
	rp_ctx *ctx;
	rp_card *card;
	struct rp_card_facts shown;
	bool last_ok, impossible;
};

static void list(const struct person *p)
{
	struct rp_reader readers[RP_PINS_MAX];
	size_t n = 0;

	if (rp_readers(p->ctx, readers, RP_PINS_MAX, &n, NULL) == RP_OK)
		judge_that(n == 1, "readers that are not there");
}

static void shut(struct person *p)
{
	rp_card_close(p->card);
	p->card = NULL;
}

static void reopen(struct person *p)
{
	shut(p);
	if (rp_card_open(p->ctx, FEED_READER, &p->card, NULL) != RP_OK)
		p->card = NULL;
}

static void look(struct person *p, unsigned what)
{
	if (p->card == NULL || jobs_read(&p->feed, p->card, what, &p->shown) != RP_OK)
		return;
	p->impossible = false;
}

static void job(struct person *p, enum job_kind kind, unsigned pin, unsigned way)
{
	rp_code rc;

	if (p->card == NULL || pin >= p->shown.n_pins)
		return;
	p->feed.judge.nothing_may_go = p->impossible;
	rc = jobs_run(&p->feed, p->card, kind, &p->shown, p->shown.pins[pin].slot, way, p->last_ok);
	judge_that(!p->impossible || rc != RP_OK, "success on a card that was not shown");
}

static bool is_ask(enum deed deed)
{
	return deed >= DO_ASK_LOOK && deed <= DO_ASK_PHONE;
}

static void do_ask(struct person *p, enum deed deed, unsigned pin)
{
	rp_code rc;

	if (p->card == NULL || pin >= p->shown.n_pins)
		return;
	p->feed.judge.nothing_may_go = p->impossible;
	rc = asks_run(&p->feed, p->card, (enum ask)(deed - DO_ASK_LOOK), &p->shown, p->shown.pins[pin].slot,
		      p->last_ok);
	/* a look sends no PIN, and compares the number alone */
	judge_that(!p->impossible || deed == DO_ASK_LOOK || rc != RP_OK,
		   "success on a card that was not shown");
}

static void ask_pad(struct person *p)
{
	struct rp_pad pad;

	if (p->card != NULL && rp_pad_of(p->card, &pad, NULL) == RP_OK)
		judge_that(pad.verify == p->feed.pad, "a pad that is not there");
}

/* A number with a control character in it, and a count of 77: no card tells these. */
static void falsify(struct person *p, bool number)
{
	if (number) {
		memcpy(p->shown.number, "\x01", 2);
		p->impossible = true;
	} else if (p->shown.n_pins > 0) {
		for (size_t i = 0; i < p->shown.n_pins; i++)
			p->shown.pins[i].tries_left = 77;
		p->impossible = true;
	}
}

static bool is_job(enum deed deed)
{
	return deed >= DO_VERIFY && deed <= DO_PAD_CHANGE;
}

static void do_job(struct person *p, enum deed deed, unsigned pin)
{
	static const enum job_kind kinds[] = {
		[DO_VERIFY] = JOB_VERIFY,	  [DO_CHANGE] = JOB_CHANGE,
		[DO_UNLOCK] = JOB_UNLOCK,	  [DO_UNLOCK_OTHER_WAY] = JOB_UNLOCK,
		[DO_PAD_VERIFY] = JOB_PAD_VERIFY, [DO_PAD_CHANGE] = JOB_PAD_CHANGE};

	job(p, kinds[deed], pin, deed == DO_UNLOCK_OTHER_WAY ? 1 : 0);
}

static bool is_look(enum deed deed)
{
	return deed == DO_READ || deed == DO_LOOK || deed == DO_LOOK_ONCE;
}

static void do_look(struct person *p, enum deed deed, unsigned arg)
{
	const unsigned all = RP_READ_PINS | RP_READ_CARD;

	if (deed == DO_READ)
		look(p, arg);
	else if (deed == DO_LOOK_ONCE)
		look(p, all | RP_READ_ONCE);
	else
		look(p, all | RP_READ_FOR_JOB | ((arg & 1) != 0 ? RP_READ_HIDDEN : 0));
}

/* What is neither a look nor a job. */
static void do_other(struct person *p, enum deed deed)
{
	if (deed == DO_LIST)
		list(p);
	else if (deed == DO_OPEN)
		reopen(p);
	else if (deed == DO_CLOSE)
		shut(p);
	else if (deed == DO_PAD_ASK)
		ask_pad(p);
	else if (deed == DO_LAST_OK)
		p->last_ok = !p->last_ok;
	else if (deed == DO_PAD_PLUG)
		p->feed.pad = !p->feed.pad;
	else if (deed == DO_SWAP || deed == DO_COUNT)
		falsify(p, deed == DO_SWAP);
	else if (deed == DO_BEGIN_BUSY || deed == DO_BEGIN_GONE)
		p->feed.next_begin = deed == DO_BEGIN_BUSY ? RP_E_CARD_BUSY : RP_E_CARD_GONE;
	else if (deed == DO_CANCEL)
		rp_cancel(p->ctx);
	else if (deed == DO_LOSE_KEY)
		rp_secret_freep(&p->ctx->hicos_key);
	else if (deed == DO_FORGET)
		p->shown = (struct rp_card_facts){0};
}

static void do_one(struct person *p, enum deed deed, unsigned arg)
{
	if (is_job(deed))
		do_job(p, deed, arg);
	else if (is_ask(deed))
		do_ask(p, deed, arg);
	else if (is_look(deed))
		do_look(p, deed, arg);
	else
		do_other(p, deed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct person p = {.card = NULL};
	struct transport t;
	struct block deeds = {.len = 0};

	feed_start(&p.feed, data, size, true, &t);
	p.ctx = jobs_ctx(&t);
	if (!blocks_next(&p.feed.blocks, &deeds) || deeds.event != 0)
		deeds.len = 0;
	for (size_t i = 0; i < deeds.len && i < DEEDS_MAX; i++)
		do_one(&p, (enum deed)((deeds.bytes[i] & 0x1F) % DEEDS), deeds.bytes[i] >> 5);
	rp_card_close(p.card);
	rp_ctx_free(p.ctx);
	return 0;
}
