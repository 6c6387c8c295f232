/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person, other programs and a bad reader: the first block is the ATR, the second one what is
 * done, a byte each, the rest are answers and events (feed.h). Nothing that is done in whatever
 * order may break a promise that the judge knows.
 */
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

static void reopen(struct person *p)
{
	rp_card_close(p->card);
	p->card = NULL;
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

static void ask_pad(struct person *p)
{
	struct rp_pad pad;

	if (p->card != NULL && rp_pad_of(p->card, &pad, NULL) == RP_OK)
		judge_that(pad.verify == p->feed.pad, "a pad that is not there");
}

/* A number with a control character in it, and a count of 77: no card tells these. */
static void falsify(struct person *p, bool number, unsigned pin)
{
	if (number) {
		memcpy(p->shown.number, "\x01", 2);
		p->impossible = true;
	} else if (p->shown.n_pins > 0) {
		for (size_t i = 0; i < p->shown.n_pins; i++)
			p->shown.pins[i].tries_left = 77;
		p->impossible = true;
	}
	(void)pin;
}

static void do_one(struct person *p, enum deed deed, unsigned arg)
{
	switch (deed) {
	case DO_LIST:
		list(p);
		break;
	case DO_OPEN:
		reopen(p);
		break;
	case DO_CLOSE:
		rp_card_close(p->card);
		p->card = NULL;
		break;
	case DO_READ:
		look(p, arg & 7);
		break;
	case DO_LOOK_ONCE:
		look(p, RP_READ_PINS | RP_READ_CARD | RP_READ_ONCE);
		break;
	case DO_LOOK:
		look(p,
		     RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB | ((arg & 1) != 0 ? RP_READ_HIDDEN : 0));
		break;
	case DO_VERIFY:
		job(p, JOB_VERIFY, arg, 0);
		break;
	case DO_CHANGE:
		job(p, JOB_CHANGE, arg, 0);
		break;
	case DO_UNLOCK:
	case DO_UNLOCK_OTHER_WAY:
		job(p, JOB_UNLOCK, arg, deed == DO_UNLOCK ? 0 : 1);
		break;
	case DO_PAD_VERIFY:
		job(p, JOB_PAD_VERIFY, arg, 0);
		break;
	case DO_PAD_CHANGE:
		job(p, JOB_PAD_CHANGE, arg, 0);
		break;
	case DO_PAD_ASK:
		ask_pad(p);
		break;
	case DO_LAST_OK:
		p->last_ok = !p->last_ok;
		break;
	case DO_PAD_PLUG:
		p->feed.pad = !p->feed.pad;
		break;
	case DO_SWAP:
	case DO_COUNT:
		falsify(p, deed == DO_SWAP, arg);
		break;
	case DO_BEGIN_BUSY:
	case DO_BEGIN_GONE:
		p->feed.next_begin = deed == DO_BEGIN_BUSY ? RP_E_CARD_BUSY : RP_E_CARD_GONE;
		break;
	case DO_CANCEL:
		rp_cancel(p->ctx);
		break;
	case DO_FORGET:
		p->shown = (struct rp_card_facts){0};
		break;
	case DEEDS:
		break;
	}
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
