/* SPDX-License-Identifier: Apache-2.0 */
#include "card/transport.h"

#include "base/bytes.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct direct {
	struct direct_card card;
	char reader[READER_NAME_MAX];
	bool open, in_transaction;
	bool lost; /* the card hangs */
	bool removed;
	uint32_t events;
};

static rp_code direct_list(void *self, const struct rp_wait *w, struct reader_list *ret, struct rp_error *err)
{
	struct direct *d = self;
	struct reader_info *r = &ret->r[0];

	(void)w;
	(void)err;
	*ret = (struct reader_list){.n = 1};
	(void)snprintf(r->name, sizeof r->name, "%s", d->reader);
	r->atr_len = d->removed ? 0 : d->card.atr(d->card.card, r->atr, sizeof r->atr);
	r->card = r->atr_len > 0 ? READER_CARD : READER_EMPTY;
	r->events = d->events;
	return RP_OK;
}

/* Waits for the deadline or a cancel, as a reader does in which nothing happens. */
static rp_code direct_sleep(const struct rp_wait *w, struct rp_error *err)
{
	struct pollfd fd = {.fd = w->cancel_fd, .events = POLLIN};

	if (poll(&fd, w->cancel_fd >= 0 ? 1 : 0, wait_left_ms(w)) == 1)
		return rp_fail(err, RP_E_CANCELLED, "cancelled while waiting");
	return rp_fail(err, RP_E_TIMEOUT, "nothing happened in time");
}

static rp_code direct_wait(void *self, const struct rp_wait *w, const struct reader_list *seen,
			   struct rp_error *err)
{
	struct reader_list now;
	rp_code rc = direct_list(self, w, &now, err);

	if (rc != RP_OK)
		return rc;
	if (seen->n != now.n || seen->r[0].card != now.r[0].card || seen->r[0].events != now.r[0].events)
		return RP_OK;
	return direct_sleep(w, err);
}

static rp_code direct_open(void *self, const struct rp_wait *w, const char *reader, uint8_t atr[ATR_MAX],
			   size_t *ret_atr_len, struct rp_error *err)
{
	struct direct *d = self;
	size_t n;

	(void)w;
	if (strcmp(reader, d->reader) != 0)
		return rp_fail(err, RP_E_NO_READER, "there is no reader %s", reader);
	n = d->removed ? 0 : d->card.atr(d->card.card, atr, ATR_MAX);
	if (n == 0)
		return rp_fail(err, RP_E_NO_CARD, "no card is in %s", reader);
	d->open = true;
	d->lost = false;
	d->card.reset(d->card.card);
	*ret_atr_len = n;
	return RP_OK;
}

static rp_code direct_begin(void *self, const struct rp_wait *w, bool *ret_was_reset, struct rp_error *err)
{
	struct direct *d = self;

	if (wait_cancelled(w))
		return rp_fail(err, RP_E_CANCELLED, "cancelled before the job began");
	if (d->card.before_begin != NULL)
		d->card.before_begin(d->card.card);
	if (d->removed || !d->open)
		return rp_fail(err, RP_E_CARD_GONE, "the card is gone");
	d->in_transaction = true;
	*ret_was_reset = false;
	return RP_OK;
}

static rp_code direct_answer(struct direct *d, const struct rp_wait *w, size_t n, size_t cap, size_t *ret_len,
			     struct rp_error *err)
{
	rp_code rc;

	if (n == DIRECT_REMOVED) {
		d->removed = true;
		d->events++;
		return rp_fail(err, RP_E_CARD_GONE, "the card was taken out");
	}
	if (n == DIRECT_NEVER) {
		d->lost = true;
		rc = direct_sleep(w, err);
		return rc == RP_E_TIMEOUT ? rp_fail(err, RP_E_CARD_TIMEOUT, "the card did not answer in time")
					  : rc;
	}
	if (n > cap)
		return rp_fail(err, RP_E_CARD_REPLY, "the card's answer is longer than asked for");
	*ret_len = n;
	return RP_OK;
}

static rp_code direct_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len,
			       uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct direct *d = self;

	if (d->lost)
		return rp_fail(err, RP_E_CARD_TIMEOUT, "the card did not answer before");
	if (d->removed || !d->open)
		return rp_fail(err, RP_E_CARD_GONE, "the card is gone");
	if (wait_cancelled(w))
		return rp_fail(err, RP_E_CANCELLED, "cancelled before the command was sent");
	return direct_answer(d, w, d->card.transmit(d->card.card, cmd, len, ret, cap), cap, ret_len, err);
}

static rp_code direct_features(void *self, const struct rp_wait *w, struct pad_features *ret,
			       struct rp_error *err)
{
	struct direct *d = self;

	(void)w;
	(void)err;
	*ret = (struct pad_features){0};
	if (d->card.pad_features != NULL)
		d->card.pad_features(d->card.card, ret);
	return RP_OK;
}

static rp_code direct_control(void *self, const struct rp_wait *w, uint32_t code, const uint8_t *in,
			      size_t len, uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct direct *d = self;

	if (d->card.pad_control == NULL)
		return rp_fail(err, RP_E_CARD_IO, "this reader takes no commands");
	return direct_answer(d, w, d->card.pad_control(d->card.card, code, in, len, ret, cap), cap, ret_len,
			     err);
}

static rp_code direct_end(void *self, enum transport_end how, struct rp_error *err)
{
	struct direct *d = self;

	(void)err;
	if (d->in_transaction && how == END_RESET && !d->removed)
		d->card.reset(d->card.card);
	d->in_transaction = false;
	return RP_OK;
}

static void direct_close(void *self)
{
	struct direct *d = self;

	d->open = false;
	d->in_transaction = false;
}

static const struct transport_ops direct_ops = {
	.list = direct_list,
	.wait = direct_wait,
	.open = direct_open,
	.begin = direct_begin,
	.transmit = direct_transmit,
	.features = direct_features,
	.control = direct_control,
	.end = direct_end,
	.close = direct_close,
	.free = free,
};

rp_code transport_direct(const struct direct_card *card, const char *reader, struct transport *ret,
			 struct rp_error *err)
{
	struct direct *d = calloc(1, sizeof *d);

	if (d == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a reader");
	d->card = *card;
	(void)snprintf(d->reader, sizeof d->reader, "%s", reader);
	*ret = (struct transport){.ops = &direct_ops, .self = d};
	return RP_OK;
}
