/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define BROKEN(cond)                                                                                         \
	do {                                                                                                 \
		if (cond)                                                                                    \
			__builtin_trap();                                                                    \
	} while (0)

/* The next length, or removal at the end of the input. */
static unsigned next_len(struct feed *f)
{
	unsigned len;

	if (f->left < 2)
		return FEED_REMOVED;
	len = f->p[0] | (unsigned)f->p[1] << 8;
	f->p += 2;
	f->left -= 2;
	if (len >= FEED_EVENTS)
		return len;
	return len < f->left ? len : (unsigned)f->left;
}

static size_t take(struct feed *f, unsigned len, uint8_t *ret, size_t cap)
{
	const size_t n = len < cap ? len : cap;

	memcpy(ret, f->p, n);
	f->p += len;
	f->left -= len;
	return n;
}

static rp_code f_list(void *self, const struct rp_wait *w, struct reader_list *ret, struct rp_error *err)
{
	(void)self;
	(void)w;
	(void)err;
	*ret = (struct reader_list){.n = 1};
	memcpy(ret->r[0].name, "fuzz", 5);
	ret->r[0].card = READER_CARD;
	return RP_OK;
}

static rp_code f_wait(void *self, const struct rp_wait *w, const struct reader_list *seen,
		      struct rp_error *err)
{
	(void)self, (void)w, (void)seen;
	return rp_fail(err, RP_E_TIMEOUT, "nothing happens");
}

static rp_code f_open(void *self, const struct rp_wait *w, const char *reader, uint8_t atr[ATR_MAX],
		      size_t *ret_len, struct rp_error *err)
{
	struct feed *f = self;
	const unsigned len = next_len(f);

	(void)w, (void)reader;
	if (len >= FEED_EVENTS)
		return rp_fail(err, RP_E_NO_CARD, "no card");
	*ret_len = take(f, len, atr, ATR_MAX);
	return RP_OK;
}

static rp_code f_begin(void *self, const struct rp_wait *w, bool *ret_was_reset, struct rp_error *err)
{
	struct feed *f = self;

	(void)w;
	if (f->dead)
		return rp_fail(err, RP_E_CARD_GONE, "gone");
	f->in_transaction = true;
	*ret_was_reset = f->left % 2 == 1;
	return RP_OK;
}

/* Promise 1, 2 and 7 on the wire. */
static void watch(struct feed *f, const uint8_t *cmd, size_t len)
{
	const bool has_data = len > 5;

	BROKEN(f->dead || !f->in_transaction || len < 4);
	if (cmd[1] == 0x20 && has_data) {
		BROKEN(!f->may_send_secrets);
		f->verifies++;
		f->dirty = true;
	}
	if (cmd[1] == 0x24 || cmd[1] == 0x32 || cmd[1] == 0x2C) {
		BROKEN(!f->may_send_secrets || !has_data);
		f->sets++;
		f->dirty = true;
	}
	/* a VERIFY with data names the selected file, never a short identifier */
	BROKEN(cmd[1] == 0x20 && has_data && cmd[3] > 0x90);
}

static rp_code event(struct feed *f, unsigned what, struct rp_error *err)
{
	f->dead = true;
	switch (what) {
	case FEED_RESET:
		return rp_fail(err, RP_E_CARD_RESET, "reset");
	case FEED_SILENT:
		return rp_fail(err, RP_E_CARD_TIMEOUT, "silent");
	case FEED_FAILED:
		return rp_fail(err, RP_E_CARD_IO, "failed");
	default:
		return rp_fail(err, RP_E_CARD_GONE, "gone");
	}
}

static rp_code f_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len, uint8_t *ret,
			  size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct feed *f = self;
	const unsigned n = next_len(f);

	(void)w;
	watch(f, cmd, len);
	if (n >= FEED_EVENTS)
		return event(f, n, err);
	*ret_len = take(f, n, ret, cap);
	return RP_OK;
}

static rp_code f_features(void *self, const struct rp_wait *w, struct pad_features *ret, struct rp_error *err)
{
	struct feed *f = self;

	(void)w, (void)err;
	*ret = (struct pad_features){0};
	if (f->left % 2 == 0)
		*ret = (struct pad_features){.verify_direct = 1, .modify_direct = 2};
	return RP_OK;
}

static rp_code f_control(void *self, const struct rp_wait *w, uint32_t code, const uint8_t *in, size_t len,
			 uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct feed *f = self;
	const unsigned n = next_len(f);

	(void)w, (void)in, (void)len;
	BROKEN(!f->may_send_secrets || f->dead);
	f->dirty = true;
	if (code == 1)
		f->verifies++;
	else
		f->sets++;
	if (n >= FEED_EVENTS)
		return event(f, n, err);
	*ret_len = take(f, n, ret, cap);
	return RP_OK;
}

static rp_code f_end(void *self, enum transport_end how, struct rp_error *err)
{
	struct feed *f = self;

	(void)err;
	/* whoever sent a secret ends with a reset */
	BROKEN(f->dirty && how != END_RESET);
	f->dirty = false;
	f->in_transaction = false;
	return RP_OK;
}

static void f_close(void *self)
{
	(void)self;
}

static const struct transport_ops feed_ops = {
	.list = f_list,
	.wait = f_wait,
	.open = f_open,
	.begin = f_begin,
	.transmit = f_transmit,
	.features = f_features,
	.control = f_control,
	.end = f_end,
	.close = f_close,
	.free = f_close,
};

rp_ctx *feed_open(struct feed *f, const uint8_t *data, size_t size)
{
	struct transport t = {.ops = &feed_ops, .self = f};
	rp_ctx *ctx = NULL;
	uint8_t key[24] = {1, 2, 3};
	rp_secret *secret = NULL;

	*f = (struct feed){.p = data, .left = size};
	if (ctx_on(&t, &ctx, NULL) != RP_OK)
		return NULL;
	if (rp_secret_from(key, sizeof key, &secret, NULL) != RP_OK ||
	    rp_ctx_hicos_key(ctx, secret, NULL) != RP_OK)
		BROKEN(true);
	rp_secret_free(secret);
	return ctx;
}

void feed_job(struct feed *f)
{
	f->verifies = f->sets = 0;
	f->may_send_secrets = true;
}

void feed_check(struct feed *f, rp_slot slot, rp_code rc, const struct rp_error *err)
{
	const bool juki = slot == RP_SLOT_JUKI;

	f->may_send_secrets = false;
	/* One consented entry: one command that can cost a try; the two places of juki are the exception. */
	BROKEN(f->verifies > (juki ? 3u : 1u));
	BROKEN(f->sets > (juki ? 2u : 1u));
	if (rc == RP_OK)
		return;
	BROKEN(err->code != rc);
	BROKEN(err->tries_left < -1 || err->tries_left > 15);
	BROKEN(err->tries_spent < -1 || err->tries_spent > 15);
	BROKEN(strnlen(err->story, sizeof err->story) == sizeof err->story);
	/* these say that nothing was sent */
	if (rp_code_exit(rc) == 3 || rp_code_exit(rc) == 6 || rp_code_exit(rc) == 5)
		BROKEN(err->tries_spent != 0);
}

rp_secret *feed_entry(const char *profile, rp_slot slot, enum rp_entry kind, unsigned which)
{
	static const char *const texts[] = {"ABC123",	"1234",		"12345678",
					    "Code1234", "123456789012", "12345678901234"};
	struct rp_folded folded;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const char *text = texts[(i + which) % (sizeof texts / sizeof texts[0])];
		rp_secret *typed = NULL, *sent = NULL;
		rp_code rc;

		if (rp_secret_from(text, strlen(text), &typed, NULL) != RP_OK)
			return NULL;
		rc = rp_entry_check(profile, slot, kind, typed, &sent, &folded, NULL);
		rp_secret_free(typed);
		if (rc == RP_OK)
			return sent;
	}
	return NULL;
}

static rp_code run_kind(rp_card *card, struct rp_job *job, const struct rp_pin_info *info,
			const char *profile, unsigned what, struct rp_error *err)
{
	const unsigned kind = what % 5;
	struct rp_outcome out;
	rp_secret *a = NULL, *b = feed_entry(profile, job->slot, RP_ENTRY_NEW, what / 5);
	rp_code rc = RP_E_FAULT;

	job->way = kind == 2 && info->n_unlocks > 1 ? 1 : 0;
	if (kind == 1 || kind == 2)
		a = info->n_unlocks > 0
			    ? feed_entry(profile, info->unlock[job->way].code, RP_ENTRY_CURRENT, what)
			    : NULL;
	else
		a = feed_entry(profile, job->slot, RP_ENTRY_CURRENT, what);
	if (kind == 0 && a != NULL && b != NULL)
		rc = rp_pin_change(card, job, a, b, &out, err);
	else if ((kind == 1 || kind == 2) && a != NULL && b != NULL)
		rc = rp_pin_unlock(card, job, a, b, &out, err);
	else if (kind == 3 && a != NULL)
		rc = rp_pin_verify(card, job, a, &out, err);
	else if (kind == 4)
		rc = what & 0x40 ? rp_pad_change(card, job, &out, err) : rp_pad_verify(card, job, &out, err);
	else
		err->code = rc;
	rp_secret_free(a);
	rp_secret_free(b);
	return rc;
}

void feed_run_job(struct feed *f, rp_card *card, const struct rp_card_facts *shown, rp_slot slot,
		  unsigned what)
{
	struct rp_job job = {.slot = slot, .shown = shown, .last_try_ok = (what & 0x80) != 0};
	struct rp_error err = RP_ERROR_INIT;
	struct rp_pin_info info;
	rp_code rc;

	if (!rp_pin_info(shown->profile, slot, &info))
		return;
	feed_job(f);
	rc = run_kind(card, &job, &info, shown->profile, what, &err);
	feed_check(f, slot, rc, &err);
}
