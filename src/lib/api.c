/* SPDX-License-Identifier: Apache-2.0 */
/* One function per public name: argument checks, and a call into the card layer. */
#include "lib/jobs.h"
#include "lib/ledger.h"

#include "card/pinpad.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TIMEOUT_MS 30000

_Static_assert(RP_READ_PINS == JOB_READ_PINS && RP_READ_CARD == JOB_READ_CARD &&
		       RP_READ_HIDDEN == JOB_READ_HIDDEN && RP_READ_FOR_JOB == JOB_READ_FOR_JOB &&
		       RP_READ_ONCE == JOB_READ_ONCE,
	       "the public flags are the job's");

const char *rp_version(void)
{
	return REPIN_VERSION;
}

/* --- context --- */

rp_code ctx_on(struct transport *t, rp_ctx **ret, struct rp_error *err)
{
	rp_ctx *ctx = calloc(1, sizeof *ctx);

	if (ctx == NULL) {
		transport_free(t);
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a context");
	}
	*ctx = (rp_ctx){
		.t = *t, .timeout_ms = TIMEOUT_MS, .cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	*t = (struct transport){0};
	if (ctx->cancel_fd < 0) {
		rp_ctx_free(ctx);
		return rp_fail(err, RP_E_FAULT, "no descriptor left for cancelling");
	}
	*ret = ctx;
	return RP_OK;
}

rp_code rp_ctx_new(rp_ctx **ret, struct rp_error *err)
{
	struct transport t;
	rp_code rc = transport_pcsc(&t, err);

	return rc == RP_OK ? ctx_on(&t, ret, err) : rc;
}

void rp_ctx_free(rp_ctx *ctx)
{
	if (ctx == NULL)
		return;
	transport_free(&ctx->t);
	rp_secret_free(ctx->hicos_key);
	free(ctx->notes);
	free(ctx->seen);
	if (ctx->cancel_fd >= 0)
		(void)close(ctx->cancel_fd);
	free(ctx);
}

void rp_ctx_timeout(rp_ctx *ctx, unsigned ms)
{
	ctx->timeout_ms = ms;
}

void rp_ctx_app(rp_ctx *ctx)
{
	ctx->app = true;
}

rp_code rp_ctx_hicos_key(rp_ctx *ctx, const rp_secret *key, struct rp_error *err)
{
	rp_secret *copy = NULL;
	rp_code rc;

	if (rp_secret_len(key) != 24)
		return rp_fail(err, RP_E_CONFIG, "the transport key of HiCOS cards has 24 bytes");
	rc = rp_secret_from(rp_secret_bytes(key), rp_secret_len(key), &copy, err);
	if (rc != RP_OK)
		return rc;
	rp_secret_free(ctx->hicos_key);
	ctx->hicos_key = copy;
	return RP_OK;
}

void rp_cancel(rp_ctx *ctx)
{
	const uint64_t one = 1;

	/* write() is async-signal-safe; a full counter already says what we want to say */
	if (write(ctx->cancel_fd, &one, sizeof one) < 0)
		return;
}

struct rp_wait ctx_wait(const rp_ctx *ctx, unsigned max_ms)
{
	const unsigned ms = ctx->timeout_ms < max_ms ? ctx->timeout_ms : max_ms;

	return (struct rp_wait){.deadline_ms = clock_ms() + ms, .cancel_fd = ctx->cancel_fd};
}

/* --- readers --- */

static enum rp_reader_state reader_state(enum reader_card c)
{
	switch (c) {
	case READER_CARD:
		return RP_READER_CARD;
	case READER_MUTE:
		return RP_READER_MUTE;
	case READER_BUSY:
		return RP_READER_BUSY;
	case READER_EMPTY:
	case READER_GONE:
		break;
	}
	return RP_READER_EMPTY;
}

rp_code rp_readers(rp_ctx *ctx, struct rp_reader *ret, size_t cap, size_t *ret_n, struct rp_error *err)
{
	const struct rp_wait w = ctx_wait(ctx, UINT32_MAX);
	struct reader_list list = {0};
	rp_code rc = ctx->t.ops->list(ctx->t.self, &w, &list, err);

	if (rc != RP_OK)
		return rc;
	if (ctx->seen == NULL)
		ctx->seen = malloc(sizeof *ctx->seen);
	if (ctx->seen == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the readers");
	*ctx->seen = list;
	*ret_n = list.n < cap ? list.n : cap;
	for (size_t i = 0; i < *ret_n; i++) {
		ret[i] = (struct rp_reader){.state = reader_state(list.r[i].card),
					    .atr_len = list.r[i].atr_len,
					    .events = list.r[i].events};
		(void)snprintf(ret[i].name, sizeof ret[i].name, "%s", list.r[i].name);
		memcpy(ret[i].atr, list.r[i].atr, sizeof ret[i].atr); /* checked: the same size */
	}
	return RP_OK;
}

rp_code rp_readers_wait(rp_ctx *ctx, struct rp_error *err)
{
	const struct rp_wait w = ctx_wait(ctx, UINT32_MAX);

	if (ctx->seen == NULL)
		return rp_fail(err, RP_E_USAGE, "a wait begins with what rp_readers told");
	return ctx->t.ops->wait(ctx->t.self, &w, ctx->seen, err);
}

void rp_card_close(rp_card *card)
{
	if (card == NULL)
		return;
	session_free(&card->s);
	free(card);
}

const char *rp_card_reader(const rp_card *card)
{
	return card->s.reader;
}

/* --- jobs --- */

rp_code card_job(rp_card *card, struct job *j, struct rp_outcome *ret, struct rp_error *err)
{
	struct rp_error own = RP_ERROR_INIT;
	struct rp_error *told = err != NULL ? err : &own;
	struct ledger_seen seen;
	rp_code rc;

	card->s.wait = ctx_wait(card->ctx, JOB_MS_MAX);
	card->s.hicos_key = card->ctx->hicos_key;
	ledger_job_begins(card->ctx, j, &seen);
	rc = job_run(&card->s, j, ret, told);
	ledger_job_ends(card->ctx, j, &seen, rc, ret, told);
	return rc;
}

/* rp_intent.code */
static rp_slot code_of(const struct job *j)
{
	if (j->kind == JOB_RESET)
		return j->row->slot;
	return j->way != NULL ? j->way->code : RP_SLOT_NONE;
}

rp_code card_job_noted(rp_card *card, struct job *j, struct rp_outcome *ret, struct rp_error *err)
{
	struct noted n;
	rp_code rc;

	if (card->ctx->notes == NULL || j->shown->profile == NULL || j->kind == JOB_VERIFY ||
	    j->kind == JOB_PAD_VERIFY)
		return card_job(card, j, ret, err);
	noted_start(&n, card->ctx->notes, j->shown, j->row, code_of(j));
	if (j->key != NULL)
		(void)snprintf(n.intent.key, sizeof n.intent.key, "%s", j->key);
	j->watch = &n.watch;
	rc = card_job(card, j, ret, err);
	noted_end(&n, rc == RP_OK);
	return rc;
}

static rp_code run(rp_card *card, enum job_kind kind, const struct rp_job *in, const rp_secret *current,
		   const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err)
{
	struct job j = {.kind = kind,
			.shown = in->shown,
			.last_try_ok = in->last_try_ok,
			.current = current,
			.fresh = fresh};

	if (card->s.p == NULL)
		return rp_fail(err, RP_E_FAULT, "a job on a card that was not read");
	j.row = profile_pin(card->s.p, in->slot);
	if (j.row == NULL || j.row->issuer_only)
		return rp_fail(err, RP_E_SLOT_UNKNOWN, "this card has no PIN %s", rp_slot_word(in->slot));
	if (kind == JOB_UNLOCK) {
		if (in->way >= j.row->n_unlocks)
			return rp_fail(err, RP_E_NOT_OFFERED, "%s is not unlocked this way",
				       rp_slot_word(in->slot));
		j.way = &j.row->unlock[in->way];
	}
	if (card->s.p->app_only && !card->ctx->app && kind != JOB_VERIFY && kind != JOB_PAD_VERIFY)
		return rp_fail(err, RP_E_NOT_OFFERED, "%s is changed in the app on the phone alone",
			       rp_slot_word(in->slot));
	if (kind == JOB_CHANGE && j.row->change == CHANGE_NONE)
		return rp_fail(err, RP_E_NOT_OFFERED, "%s is not changed here", rp_slot_word(in->slot));
	return card_job_noted(card, &j, ret, err);
}

rp_code rp_pin_change(rp_card *card, const struct rp_job *job, const rp_secret *current,
		      const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err)
{
	return run(card, JOB_CHANGE, job, current, fresh, ret, err);
}

rp_code rp_pin_unlock(rp_card *card, const struct rp_job *job, const rp_secret *code, const rp_secret *fresh,
		      struct rp_outcome *ret, struct rp_error *err)
{
	return run(card, JOB_UNLOCK, job, code, fresh, ret, err);
}

rp_code rp_pin_verify(rp_card *card, const struct rp_job *job, const rp_secret *current,
		      struct rp_outcome *ret, struct rp_error *err)
{
	return run(card, JOB_VERIFY, job, current, NULL, ret, err);
}

rp_code rp_pad_of(rp_card *card, struct rp_pad *ret, struct rp_error *err)
{
	struct pad_features f = {0};
	rp_code rc;

	card->s.wait = ctx_wait(card->ctx, UINT32_MAX);
	rc = pinpad_features(&card->s, &f, err);
	if (rc == RP_OK)
		*ret = (struct rp_pad){.verify = f.verify_direct != 0, .modify = f.modify_direct != 0};
	return rc;
}

rp_code rp_pad_verify(rp_card *card, const struct rp_job *job, struct rp_outcome *ret, struct rp_error *err)
{
	return run(card, JOB_PAD_VERIFY, job, NULL, NULL, ret, err);
}

rp_code rp_pad_change(rp_card *card, const struct rp_job *job, struct rp_outcome *ret, struct rp_error *err)
{
	return run(card, JOB_PAD_CHANGE, job, NULL, NULL, ret, err);
}
