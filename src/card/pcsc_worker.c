/* SPDX-License-Identifier: Apache-2.0 */
#include "card/pcsc_worker.h"

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_PAUSE_US 50000

/* Somebody waits still: the next step may be begun. */
static bool is_wanted(struct pcsc *p)
{
	bool wanted;

	(void)pthread_mutex_lock(&p->lock);
	wanted = p->gave_up == RP_OK;
	(void)pthread_mutex_unlock(&p->lock);
	return wanted;
}

static LONG do_context(struct pcsc *p)
{
	LONG rv;

	if (p->has_ctx && SCardIsValidContext(p->ctx) == SCARD_S_SUCCESS)
		return SCARD_S_SUCCESS;
	rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->ctx);
	p->has_ctx = rv == SCARD_S_SUCCESS;
	return rv;
}

static enum reader_card state_of(DWORD flags)
{
	if (flags & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE))
		return READER_GONE;
	if (flags & SCARD_STATE_MUTE)
		return READER_MUTE;
	if (flags & SCARD_STATE_EXCLUSIVE)
		return READER_BUSY;
	return flags & SCARD_STATE_PRESENT ? READER_CARD : READER_EMPTY;
}

static void keep_state(struct reader_info *r, const SCARD_READERSTATE *s)
{
	size_t n = s->cbAtr <= ATR_MAX ? s->cbAtr : ATR_MAX;
	struct wr w = wr_of(r->atr, sizeof r->atr);

	r->card = state_of(s->dwEventState);
	r->events = (uint32_t)(s->dwEventState >> 16);
	wr_put(&w, s->rgbAtr, r->card == READER_CARD || r->card == READER_BUSY ? n : 0);
	r->atr_len = w.len;
}

/* Fills list and states; the names in states point into list. */
static LONG read_names(struct pcsc *p, SCARD_READERSTATE *states)
{
	char names[READERS_MAX * (READER_NAME_MAX + 1) + 1];
	DWORD len = sizeof names;
	LONG rv = SCardListReaders(p->ctx, NULL, names, &len);

	p->list.n = 0;
	if (rv != SCARD_S_SUCCESS)
		return rv;
	for (const char *s = names; s < names + len && *s != '\0' && p->list.n < READERS_MAX;
	     s += strlen(s) + 1) {
		struct reader_info *r = &p->list.r[p->list.n];

		*r = (struct reader_info){0};
		(void)snprintf(r->name, sizeof r->name, "%s", s);
		states[p->list.n++] = (SCARD_READERSTATE){.szReader = r->name,
							  .dwCurrentState = SCARD_STATE_UNAWARE};
	}
	return SCARD_S_SUCCESS;
}

static LONG list_once(struct pcsc *p)
{
	SCARD_READERSTATE states[READERS_MAX];
	LONG rv = do_context(p);

	if (rv == SCARD_S_SUCCESS)
		rv = read_names(p, states);
	if (rv != SCARD_S_SUCCESS || !is_wanted(p))
		return rv;
	rv = SCardGetStatusChange(p->ctx, 0, states, (DWORD)p->list.n);
	if (rv != SCARD_S_SUCCESS && rv != SCARD_E_TIMEOUT)
		return rv;
	for (size_t i = 0; i < p->list.n; i++)
		keep_state(&p->list.r[i], &states[i]);
	return SCARD_S_SUCCESS;
}

/*
 * A context ends with the service that gave it, and SCardIsValidContext asks this side alone: after a
 * restart every call on the old one fails. With a card open it stays: that session is over, and must not
 * go on at another service.
 */
static bool is_stale(const struct pcsc *p, LONG rv)
{
	return p->has_ctx && !p->has_card &&
	       (rv == SCARD_E_NO_SERVICE || rv == SCARD_E_SERVICE_STOPPED || rv == SCARD_E_INVALID_HANDLE ||
		rv == SCARD_F_COMM_ERROR);
}

static LONG do_list(struct pcsc *p)
{
	LONG rv = list_once(p);

	if (!is_stale(p, rv) || !is_wanted(p))
		return rv;
	(void)SCardReleaseContext(p->ctx);
	p->has_ctx = false;
	return list_once(p);
}

/* p->list holds what the caller has seen; returns when it is no longer so. */
static LONG do_wait(struct pcsc *p)
{
	SCARD_READERSTATE states[READERS_MAX + 1];
	size_t n = 0;
	LONG rv = do_context(p);
	int64_t left;

	if (rv != SCARD_S_SUCCESS)
		return rv;
	for (; n < p->list.n; n++) {
		const DWORD present = p->list.r[n].card == READER_EMPTY ? SCARD_STATE_EMPTY
									: SCARD_STATE_PRESENT;

		states[n] = (SCARD_READERSTATE){.szReader = p->list.r[n].name,
						.dwCurrentState = present | (DWORD)p->list.r[n].events << 16};
	}
	/* New readers are announced under this name; its count of readers is in the upper half. */
	states[n] = (SCARD_READERSTATE){.szReader = "\\\\?PnP?\\Notification",
					.dwCurrentState = (DWORD)p->list.n << 16};
	left = p->deadline_ms == INT64_MAX ? INT64_MAX : p->deadline_ms - clock_ms();
	return SCardGetStatusChange(p->ctx,
				    left >= INFINITE ? INFINITE
				    : left < 0	     ? 0
						     : (DWORD)left,
				    states, (DWORD)n + 1);
}

/* The ATR that the last list brought, or none: it is a hint at the family and no more. */
static bool atr_from_list(struct pcsc *p)
{
	for (size_t i = 0; i < p->list.n; i++) {
		const struct reader_info *r = &p->list.r[i];
		struct wr w = wr_of(p->atr, sizeof p->atr);

		if (strcmp(r->name, p->reader) != 0 || r->atr_len == 0)
			continue;
		wr_put(&w, r->atr, r->atr_len);
		p->atr_len = w.len;
		return true;
	}
	return false;
}

static LONG do_connect(struct pcsc *p)
{
	while (is_wanted(p)) {
		const LONG rv = SCardConnect(p->ctx, p->reader, SCARD_SHARE_SHARED,
					     SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &p->card, &p->protocol);

		/* Another program has the card alone; it may let go before our time is up. */
		if (rv != SCARD_E_SHARING_VIOLATION || clock_ms() >= p->deadline_ms)
			return rv;
		(void)usleep(BUSY_PAUSE_US);
	}
	return SCARD_E_CANCELLED;
}

static LONG do_open(struct pcsc *p)
{
	DWORD state = 0, proto = 0, atr_len = sizeof p->atr, name_len = 0;
	LONG rv = do_context(p);

	if (rv == SCARD_S_SUCCESS)
		rv = do_connect(p);
	if (rv != SCARD_S_SUCCESS)
		return rv;
	p->has_card = true;
	if (atr_from_list(p))
		return SCARD_S_SUCCESS;
	rv = SCardStatus(p->card, NULL, &name_len, &state, &proto, p->atr, &atr_len);
	p->atr_len = rv == SCARD_S_SUCCESS && atr_len <= ATR_MAX ? atr_len : 0;
	return rv == SCARD_W_RESET_CARD ? SCARD_S_SUCCESS : rv;
}

static LONG do_begin(struct pcsc *p)
{
	LONG rv = SCardBeginTransaction(p->card);

	p->was_reset = false;
	/* Someone reset the card since we last had it: take note, and take it again. */
	for (int i = 0; rv == SCARD_W_RESET_CARD && i < 3 && is_wanted(p); i++) {
		p->was_reset = true;
		rv = SCardReconnect(p->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
				    SCARD_LEAVE_CARD, &p->protocol);
		if (rv == SCARD_S_SUCCESS)
			rv = is_wanted(p) ? SCardBeginTransaction(p->card) : SCARD_E_CANCELLED;
	}
	p->in_transaction = rv == SCARD_S_SUCCESS;
	return rv;
}

/* The copy that may hold a PIN is not kept longer than the call. */
static void forget_command(struct pcsc *p)
{
	if (p->guarded != NULL)
		rp_secret_clear(p->guarded);
	p->cmd = NULL;
}

static LONG do_transmit(struct pcsc *p)
{
	const SCARD_IO_REQUEST *pci = p->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
	LONG rv;

	p->rsp_dirty = true;
	p->rsp_len = sizeof p->rsp;
	rv = SCardTransmit(p->card, pci, p->cmd, (DWORD)p->cmd_len, NULL, p->rsp, &p->rsp_len);
	forget_command(p);
	return rv;
}

static LONG do_control(struct pcsc *p)
{
	LONG rv;

	p->rsp_dirty = true;
	p->rsp_len = 0;
	rv = SCardControl(p->card, p->control_code, p->cmd, (DWORD)p->cmd_len, p->rsp, sizeof p->rsp,
			  &p->rsp_len);
	forget_command(p);
	return rv;
}

static LONG do_end(struct pcsc *p)
{
	p->in_transaction = false;
	return SCardEndTransaction(p->card, p->how == END_RESET ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
}

static void let_go(struct pcsc *p, DWORD how)
{
	if (p->has_card)
		(void)SCardDisconnect(p->card, how); /* nothing can be done about it */
	p->has_card = false;
	p->in_transaction = false;
}

static void release(struct pcsc *p)
{
	if (p->has_ctx)
		(void)SCardReleaseContext(p->ctx);
	p->has_ctx = false;
}

static LONG do_step(struct pcsc *p, enum op op)
{
	switch (op) {
	case OP_LIST:
		return do_list(p);
	case OP_WAIT:
		return do_wait(p);
	case OP_OPEN:
		return do_open(p);
	case OP_BEGIN:
		return do_begin(p);
	case OP_TRANSMIT:
		return do_transmit(p);
	case OP_CONTROL:
		return do_control(p);
	case OP_END:
		return do_end(p);
	case OP_CLOSE:
		let_go(p, SCARD_LEAVE_CARD);
		return SCARD_S_SUCCESS;
	case OP_QUIT:
		let_go(p, SCARD_LEAVE_CARD);
		release(p);
		return SCARD_S_SUCCESS;
	case OP_RUN:
		break; /* not a step */
	}
	return SCARD_E_UNEXPECTED;
}

void pcsc_step(struct pcsc *p, enum op op)
{
	bool refused;
	LONG rv;

	(void)pthread_mutex_lock(&p->lock);
	refused = p->gave_up != RP_OK;
	p->inside = !refused;
	if (!refused)
		p->op = op;
	(void)pthread_mutex_unlock(&p->lock);
	p->refused = refused;
	if (refused)
		return;
	rv = do_step(p, op);
	(void)pthread_mutex_lock(&p->lock);
	p->inside = false;
	p->refused = p->lost;
	p->rv = rv;
	(void)pthread_mutex_unlock(&p->lock);
}

void pcsc_state_free(struct pcsc *p)
{
	/* Left behind inside a call, the card may hold a login that nobody asked for. */
	let_go(p, p->lost ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
	release(p);
	rp_secret_free(p->guarded);
	if (p->rsp_dirty)
		rp_wipe(p->rsp, sizeof p->rsp);
	for (int i = 0; i < 2; i++) {
		(void)close(p->call_fd[i]);
		(void)close(p->done_fd[i]);
	}
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

static void run_work(struct pcsc *p)
{
	const struct transport_work work = p->work;
	bool left;

	work.run(work.arg);
	(void)pthread_mutex_lock(&p->lock);
	left = p->lost;
	(void)pthread_mutex_unlock(&p->lock);
	/* Its caller cannot be lost from here on: it waits. */
	if (left)
		work.drop(work.arg);
}

static void tell(struct pcsc *p)
{
	(void)pthread_mutex_lock(&p->lock);
	p->answers++;
	(void)pthread_mutex_unlock(&p->lock);
	/* A full pipe cannot be: there are two answers at most that nobody has read. */
	while (write(p->done_fd[1], "", 1) != 1)
		continue;
}

enum then {
	THEN_WAIT,
	THEN_END,  /* whoever asked for it joins us and frees the state */
	THEN_FREE, /* the state is ours */
};

/* After `op`, which was handed over. */
static enum then answer(struct pcsc *p, enum op op)
{
	const bool closing = p->closing;
	bool lost, abandoned;

	(void)pthread_mutex_lock(&p->lock);
	lost = p->lost;
	abandoned = p->abandoned;
	(void)pthread_mutex_unlock(&p->lock);
	if (lost) {
		let_go(p, SCARD_RESET_CARD);
		return abandoned ? THEN_FREE : THEN_WAIT;
	}
	tell(p);
	if (closing) {
		pcsc_step(p, OP_CLOSE);
		tell(p);
	}
	return op == OP_QUIT ? THEN_END : THEN_WAIT;
}

static enum then next(struct pcsc *p)
{
	bool abandoned;
	enum op op;
	uint8_t byte;

	/* signals are blocked here, and the pipe is ours: it can only be a call */
	while (read(p->call_fd[0], &byte, 1) != 1)
		continue;
	(void)pthread_mutex_lock(&p->lock);
	abandoned = p->abandoned;
	op = p->op;
	(void)pthread_mutex_unlock(&p->lock);
	if (abandoned)
		return THEN_FREE;
	if (op == OP_RUN)
		run_work(p);
	else
		pcsc_step(p, op);
	return answer(p, op);
}

void *pcsc_work(void *arg)
{
	struct pcsc *p = arg;
	enum then then = THEN_WAIT;

	while (then == THEN_WAIT)
		then = next(p);
	if (then == THEN_FREE)
		pcsc_state_free(p);
	return NULL;
}
