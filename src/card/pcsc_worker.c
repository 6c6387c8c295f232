/* SPDX-License-Identifier: Apache-2.0 */
#include "card/pcsc_worker.h"

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_PAUSE_US 50000

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

static LONG do_list(struct pcsc *p)
{
	SCARD_READERSTATE states[READERS_MAX];
	LONG rv = do_context(p);

	if (rv == SCARD_S_SUCCESS)
		rv = read_names(p, states);
	if (rv != SCARD_S_SUCCESS)
		return rv;
	rv = SCardGetStatusChange(p->ctx, 0, states, (DWORD)p->list.n);
	if (rv != SCARD_S_SUCCESS && rv != SCARD_E_TIMEOUT)
		return rv;
	for (size_t i = 0; i < p->list.n; i++)
		keep_state(&p->list.r[i], &states[i]);
	return SCARD_S_SUCCESS;
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

static LONG do_open(struct pcsc *p)
{
	DWORD state = 0, proto = 0, atr_len = sizeof p->atr, name_len = 0;
	LONG rv = do_context(p);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	for (;;) {
		rv = SCardConnect(p->ctx, p->reader, SCARD_SHARE_SHARED,
				  SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &p->card, &p->protocol);
		/* Another program has the card alone; it may let go before our time is up. */
		if (rv != SCARD_E_SHARING_VIOLATION || clock_ms() >= p->deadline_ms || p->abandoned)
			break;
		(void)usleep(BUSY_PAUSE_US);
	}
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
	for (int i = 0; rv == SCARD_W_RESET_CARD && i < 3; i++) {
		p->was_reset = true;
		rv = SCardReconnect(p->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
				    SCARD_LEAVE_CARD, &p->protocol);
		if (rv == SCARD_S_SUCCESS)
			rv = SCardBeginTransaction(p->card);
	}
	p->in_transaction = rv == SCARD_S_SUCCESS;
	return rv;
}

static LONG do_transmit(struct pcsc *p)
{
	const SCARD_IO_REQUEST *pci = p->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
	LONG rv;

	p->rsp_len = sizeof p->rsp;
	rv = SCardTransmit(p->card, pci, rp_secret_bytes(p->cmd), rp_secret_len(p->cmd), NULL, p->rsp,
			   &p->rsp_len);
	rp_secret_clear(p->cmd);
	return rv;
}

static LONG do_control(struct pcsc *p)
{
	LONG rv;

	p->rsp_len = 0;
	rv = SCardControl(p->card, p->control_code, rp_secret_bytes(p->cmd), rp_secret_len(p->cmd), p->rsp,
			  sizeof p->rsp, &p->rsp_len);
	rp_secret_clear(p->cmd);
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

static LONG do_call(struct pcsc *p)
{
	switch (p->op) {
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
		break;
	}
	return SCARD_S_SUCCESS;
}

void pcsc_state_free(struct pcsc *p)
{
	/* Left behind inside a call, the card may hold a login that nobody asked for. */
	let_go(p, p->abandoned ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
	if (p->has_ctx)
		(void)SCardReleaseContext(p->ctx);
	rp_secret_free(p->cmd);
	rp_wipe(p->rsp, sizeof p->rsp);
	for (int i = 0; i < 2; i++) {
		(void)close(p->call_fd[i]);
		(void)close(p->done_fd[i]);
	}
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

/* After one call; true when it was the last. *ret_tell: somebody waits for the answer. */
static bool finish(struct pcsc *p, LONG rv, bool *ret_tell)
{
	bool quit;

	(void)pthread_mutex_lock(&p->lock);
	p->rv = rv;
	p->running = false;
	quit = p->op == OP_QUIT || p->abandoned;
	*ret_tell = !p->abandoned;
	(void)pthread_mutex_unlock(&p->lock);
	return quit;
}

void *pcsc_work(void *arg)
{
	struct pcsc *p = arg;
	bool quit = false, tell = true;
	uint8_t byte;

	while (!quit) {
		if (read(p->call_fd[0], &byte, 1) != 1)
			continue; /* signals are blocked here, and the pipe is ours: it can only be a call */
		quit = finish(p, do_call(p), &tell);
		/* a full pipe cannot be: there is one call at a time */
		if (tell && write(p->done_fd[1], &byte, 1) != 1)
			continue;
	}
	if (!tell)
		pcsc_state_free(p);
	return NULL;
}
