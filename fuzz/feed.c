/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>

static rp_code feed_list(void *self, const struct rp_wait *w, struct reader_list *ret, struct rp_error *err)
{
	const struct feed *f = self;

	(void)w, (void)err;
	*ret = (struct reader_list){.n = 1};
	(void)snprintf(ret->r[0].name, sizeof ret->r[0].name, "%s", FEED_READER);
	ret->r[0].card = READER_CARD;
	ret->r[0].atr_len = f->atr_len;
	memcpy(ret->r[0].atr, f->atr, f->atr_len);
	return RP_OK;
}

static rp_code feed_wait(void *self, const struct rp_wait *w, const struct reader_list *seen,
			 struct rp_error *err)
{
	(void)self, (void)w, (void)seen;
	return rp_fail(err, RP_E_TIMEOUT, "nothing happens");
}

static rp_code feed_open(void *self, const struct rp_wait *w, const char *reader, uint8_t atr[ATR_MAX],
			 size_t *ret_atr_len, struct rp_error *err)
{
	struct feed *f = self;

	(void)w, (void)reader, (void)err;
	judge_open(&f->judge);
	memcpy(atr, f->atr, f->atr_len);
	*ret_atr_len = f->atr_len;
	return RP_OK;
}

static rp_code feed_begin(void *self, const struct rp_wait *w, bool *ret_was_reset, struct rp_error *err)
{
	struct feed *f = self;
	const rp_code rc = f->next_begin;

	judge_that(w->deadline_ms != INT64_MAX, "a wait without an end");
	f->next_begin = RP_OK;
	if (rc != RP_OK)
		return rp_fail(err, rc, "as the input wants it");
	if (wait_cancelled(w))
		return rp_fail(err, RP_E_CANCELLED, "cancelled");
	judge_begin(&f->judge);
	*ret_was_reset = f->blocks.left % 2 == 1;
	return RP_OK;
}

static rp_code happen(unsigned event, size_t cap, size_t *ret_len, struct rp_error *err)
{
	switch (event) {
	case FEED_RESET:
		return rp_fail(err, RP_E_CARD_RESET, "reset");
	case FEED_SILENT:
		return rp_fail(err, RP_E_CARD_TIMEOUT, "silent");
	case FEED_CANCELLED:
		return rp_fail(err, RP_E_CANCELLED, "cancelled");
	case FEED_FAILED:
		return rp_fail(err, RP_E_CARD_IO, "failed");
	case FEED_TOO_LONG:
		*ret_len = cap + 1;
		return RP_OK;
	case FEED_REMOVED:
	default:
		return rp_fail(err, RP_E_CARD_GONE, "removed");
	}
}

static rp_code next_answer(struct feed *f, uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct block b;
	size_t n;

	if (!blocks_next(&f->blocks, &b))
		return happen(FEED_REMOVED, cap, ret_len, err); /* the input is used up: so is the card */
	if (b.event != 0)
		return happen(b.event, cap, ret_len, err);
	n = b.len < cap ? b.len : cap;
	if (n > 0)
		memcpy(ret, b.bytes, n);
	*ret_len = n;
	return RP_OK;
}

static rp_code feed_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len,
			     uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct feed *f = self;
	size_t n = 0;
	rp_code rc = RP_OK;

	judge_that(w->deadline_ms != INT64_MAX, "a wait without an end");
	judge_command(&f->judge, cmd, len);
	/* what lies behind the answer is as forbidden as what lies behind the buffer */
	ASAN_UNPOISON_MEMORY_REGION(ret, cap);
	if (f->card != NULL)
		n = f->card(f->card_arg, cmd, len, ret, cap);
	else
		rc = next_answer(f, ret, cap, &n, err);
	judge_answer(&f->judge, n > cap ? RP_E_CARD_REPLY : rc, ret, n);
	if (rc != RP_OK)
		return rc;
	if (f->note != NULL)
		f->note(f->card_arg, ret, n);
	if (n < cap)
		ASAN_POISON_MEMORY_REGION(ret + n, cap - n);
	*ret_len = n;
	return RP_OK;
}

/* In the making of corpora every pad and card says yes. */
static rp_code pad_answer(struct feed *f, uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	if (f->card == NULL)
		return next_answer(f, ret, cap, ret_len, err);
	memcpy(ret, "\x90\x00", 2);
	*ret_len = 2;
	f->note(f->card_arg, ret, 2);
	return RP_OK;
}

#define PAD_VERIFY 0x42330006
#define PAD_MODIFY 0x42330007

static rp_code feed_features(void *self, const struct rp_wait *w, struct pad_features *ret,
			     struct rp_error *err)
{
	const struct feed *f = self;

	(void)w, (void)err;
	*ret = f->pad ? (struct pad_features){.verify_direct = PAD_VERIFY, .modify_direct = PAD_MODIFY}
		      : (struct pad_features){0};
	return RP_OK;
}

static rp_code feed_control(void *self, const struct rp_wait *w, uint32_t code, const uint8_t *in, size_t len,
			    uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct feed *f = self;
	struct judge *j = &f->judge;
	/* PC/SC part 10: the command's header stands behind the fixed part, whose length the code tells */
	const size_t head = code == PAD_MODIFY ? 24 : 19;
	rp_code rc;

	(void)w;
	judge_that(j->in_transaction && !j->broken, "the pad outside a transaction");
	judge_that(code == PAD_VERIFY || code == PAD_MODIFY, "a command that the reader did not offer");
	judge_that(len >= head + 5, "a pad's command without a template");
	judge_that(memmem(in, len, PIN_CURRENT, 4) == NULL && memmem(in, len, PIN_FRESH, 4) == NULL,
		   "a PIN for the pad");
	judge_that(!j->nothing_may_go, "the pad is used on a card that is not the one that was shown");
	judge_that(j->at < j->n_plan && j->plan[j->at].ins == in[head + 1],
		   "another command than the job has here");
	judge_that(j->at == 0 || j->answered_9000, "the pad is used again after a refusal");
	j->at++;
	j->answered_9000 = false;
	j->lost = j->secret_in_transaction = true;
	rc = pad_answer(f, ret, cap, ret_len, err);
	judge_answer(j, rc == RP_OK && *ret_len > cap ? RP_E_CARD_REPLY : rc, ret,
		     rc == RP_OK ? *ret_len : 0);
	return rc;
}

static rp_code feed_end(void *self, enum transport_end how, struct rp_error *err)
{
	struct feed *f = self;

	(void)err;
	judge_end(&f->judge, how);
	if (f->card_reset != NULL && how == END_RESET)
		f->card_reset(f->card_arg);
	return RP_OK;
}

static void feed_close(void *self)
{
	struct feed *f = self;

	judge_close(&f->judge);
}

static void feed_free(void *self)
{
	(void)self; /* borrowed */
}

static const struct transport_ops feed_ops = {
	.list = feed_list,
	.wait = feed_wait,
	.open = feed_open,
	.begin = feed_begin,
	.transmit = feed_transmit,
	.features = feed_features,
	.control = feed_control,
	.end = feed_end,
	.close = feed_close,
	.free = feed_free,
};

void feed_start(struct feed *f, const uint8_t *data, size_t size, bool events, struct transport *ret)
{
	struct block b;

	*f = (struct feed){.blocks = {.p = data, .left = size, .events = events}};
	if (blocks_next(&f->blocks, &b) && b.event == 0) {
		f->atr_len = b.len < ATR_MAX ? b.len : ATR_MAX;
		if (f->atr_len > 0)
			memcpy(f->atr, b.bytes, f->atr_len);
	}
	*ret = (struct transport){.ops = &feed_ops, .self = f};
}
