/* SPDX-License-Identifier: Apache-2.0 */
/* A transport that notes what goes over and hands it on to another one. */
#ifndef REPIN_TESTS_SPY_H
#define REPIN_TESTS_SPY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "card/transport.h"
#include <cmocka.h>

#define SENT_MAX 128

struct spy {
	struct transport inner;
	struct {
		uint8_t bytes[300];
		size_t len;
		uint16_t sw;
	} sent[SENT_MAX];
	unsigned n;
	unsigned cancel_at; /* the command that is interrupted by the person; 0 = none */
	unsigned begun_at;  /* how many had gone over when the transaction began */
	bool left_open;	    /* a transaction in which a secret went out ended without a reset */
	bool failed;	    /* a command was lost: the session is over */
	bool went_on;	    /* … and another one came all the same */
};

static bool holds_secret(const uint8_t *cmd, size_t len)
{
	return len > 5 && (cmd[1] == 0x20 || cmd[1] == 0x24 || cmd[1] == 0x2C || cmd[1] == 0x32);
}

static rp_code spy_list(void *self, const struct rp_wait *w, struct reader_list *ret, struct rp_error *err)
{
	struct spy *s = self;

	return s->inner.ops->list(s->inner.self, w, ret, err);
}

static rp_code spy_open(void *self, const struct rp_wait *w, const char *reader, uint8_t atr[ATR_MAX],
			size_t *ret_atr_len, struct rp_error *err)
{
	struct spy *s = self;

	return s->inner.ops->open(s->inner.self, w, reader, atr, ret_atr_len, err);
}

static rp_code spy_begin(void *self, const struct rp_wait *w, bool *ret_was_reset, struct rp_error *err)
{
	struct spy *s = self;

	s->begun_at = s->n;
	return s->inner.ops->begin(s->inner.self, w, ret_was_reset, err);
}

static rp_code spy_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len, uint8_t *ret,
			    size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct spy *s = self;
	rp_code rc;

	if (s->n == SENT_MAX)
		fail_msg("more commands than a job may need");
	s->went_on = s->went_on || s->failed;
	s->sent[s->n].len = len < sizeof s->sent[0].bytes ? len : sizeof s->sent[0].bytes;
	memcpy(s->sent[s->n].bytes, cmd, s->sent[s->n].len);
	if (s->n + 1 == s->cancel_at && w->cancel_fd >= 0)
		rc = rp_fail(err, RP_E_CANCELLED, "cancelled");
	else
		rc = s->inner.ops->transmit(s->inner.self, w, cmd, len, ret, cap, ret_len, err);
	if (rc == RP_OK && *ret_len >= 2)
		s->sent[s->n].sw = (uint16_t)(ret[*ret_len - 2] << 8 | ret[*ret_len - 1]);
	s->failed = s->failed || rc != RP_OK;
	s->n++;
	return rc;
}

static rp_code spy_end(void *self, enum transport_end how, struct rp_error *err)
{
	struct spy *s = self;

	for (unsigned k = s->begun_at; k < s->n; k++)
		s->left_open = s->left_open ||
			       (how != END_RESET && holds_secret(s->sent[k].bytes, s->sent[k].len));
	s->begun_at = s->n;
	return s->inner.ops->end(s->inner.self, how, err);
}

static void spy_close(void *self)
{
	struct spy *s = self;

	s->inner.ops->close(s->inner.self);
}

static void spy_free(void *self)
{
	struct spy *s = self;

	transport_free(&s->inner);
}

static const struct transport_ops spy_ops = {
	.list = spy_list,
	.open = spy_open,
	.begin = spy_begin,
	.transmit = spy_transmit,
	.end = spy_end,
	.close = spy_close,
	.free = spy_free,
};

#endif
