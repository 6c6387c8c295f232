/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that calls PC/SC. A call into the service can stay away for ever (a card
 * that dies inside an APDU, a reader that hangs), so every call is made by a worker thread
 * and the caller waits with its deadline and its cancel descriptor. A worker that is still
 * away when the wait ends is left behind: it owns the state from then on, and when it comes
 * back it resets the card, lets go of it, wipes and ends.
 */
#include "card/transport.h"

#include "base/bytes.h"
#include "base/secret.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <reader.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <winscard.h>
#include <wintypes.h>

#define SMALL_COMMAND 512
#define BUSY_PAUSE_US 50000
/* How long a cancelled wait for readers may take to come back before it is left behind. */
#define CANCEL_GRACE_MS 1000

enum op { OP_LIST, OP_WAIT, OP_OPEN, OP_BEGIN, OP_TRANSMIT, OP_CONTROL, OP_END, OP_CLOSE, OP_QUIT };

struct pcsc {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int done_fd;		/* written by the worker after each call */
	bool running;		/* the worker is inside a call */
	_Atomic bool abandoned;	/* nobody waits any more: the worker frees all */
	bool lost;		/* the caller gave up on it */
	bool has_ctx, has_card, in_transaction;
	SCARDCONTEXT ctx;
	SCARDHANDLE card;
	DWORD protocol;
	/* the call */
	enum op op;
	LONG rv;
	int64_t deadline_ms;
	char reader[READER_NAME_MAX];
	uint8_t atr[ATR_MAX];
	size_t atr_len;
	struct reader_list list;
	bool was_reset;
	enum transport_end how;
	DWORD control_code;
	rp_secret *cmd;		/* guarded: it may hold a PIN */
	uint8_t rsp[RESPONSE_MAX + 16];
	DWORD rsp_len;
};

/* --- what the worker does: PC/SC calls only --- */

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
	for (const char *s = names; s < names + len && *s != '\0' && p->list.n < READERS_MAX; s += strlen(s) + 1) {
		struct reader_info *r = &p->list.r[p->list.n];

		*r = (struct reader_info){0};
		(void)snprintf(r->name, sizeof r->name, "%s", s);
		states[p->list.n++] = (SCARD_READERSTATE){.szReader = r->name, .dwCurrentState = SCARD_STATE_UNAWARE};
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
		const DWORD present = p->list.r[n].card == READER_EMPTY ? SCARD_STATE_EMPTY : SCARD_STATE_PRESENT;

		states[n] = (SCARD_READERSTATE){.szReader = p->list.r[n].name,
						.dwCurrentState = present | (DWORD)p->list.r[n].events << 16};
	}
	/* New readers are announced under this name; its count of readers is in the upper half. */
	states[n] = (SCARD_READERSTATE){.szReader = "\\\\?PnP?\\Notification",
					.dwCurrentState = (DWORD)p->list.n << 16};
	left = p->deadline_ms == INT64_MAX ? INT64_MAX : p->deadline_ms - clock_ms();
	return SCardGetStatusChange(p->ctx, left >= INFINITE ? INFINITE : left < 0 ? 0 : (DWORD)left, states,
				    (DWORD)n + 1);
}

static LONG do_open(struct pcsc *p)
{
	DWORD state = 0, proto = 0, atr_len = sizeof p->atr, name_len = 0;
	LONG rv = do_context(p);

	if (rv != SCARD_S_SUCCESS)
		return rv;
	for (;;) {
		rv = SCardConnect(p->ctx, p->reader, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &p->card,
				  &p->protocol);
		/* Another program has the card alone; it may let go before our time is up. */
		if (rv != SCARD_E_SHARING_VIOLATION || clock_ms() >= p->deadline_ms || p->abandoned)
			break;
		(void)usleep(BUSY_PAUSE_US);
	}
	if (rv != SCARD_S_SUCCESS)
		return rv;
	p->has_card = true;
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
		rv = SCardReconnect(p->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD,
				    &p->protocol);
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
	rv = SCardTransmit(p->card, pci, rp_secret_bytes(p->cmd), rp_secret_len(p->cmd), NULL, p->rsp, &p->rsp_len);
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

static void state_free(struct pcsc *p)
{
	/* Left behind inside a call, the card may hold a login that nobody asked for. */
	let_go(p, p->abandoned ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
	if (p->has_ctx)
		(void)SCardReleaseContext(p->ctx);
	rp_secret_free(p->cmd);
	rp_wipe(p->rsp, sizeof p->rsp);
	(void)close(p->done_fd);
	(void)pthread_mutex_destroy(&p->lock);
	(void)pthread_cond_destroy(&p->wake);
	free(p);
}

static void *work(void *arg)
{
	struct pcsc *p = arg;
	bool quit = false;

	(void)pthread_mutex_lock(&p->lock);
	while (!quit) {
		LONG rv;

		while (!p->running)
			(void)pthread_cond_wait(&p->wake, &p->lock);
		(void)pthread_mutex_unlock(&p->lock);
		rv = do_call(p);
		(void)pthread_mutex_lock(&p->lock);
		p->rv = rv;
		p->running = false;
		quit = p->op == OP_QUIT || p->abandoned;
		if (!p->abandoned)
			(void)eventfd_write(p->done_fd, 1);
	}
	quit = p->abandoned;
	(void)pthread_mutex_unlock(&p->lock);
	if (quit)
		state_free(p);
	return NULL;
}

/* --- what the caller does --- */

static void start_call(struct pcsc *p, enum op op, const struct rp_wait *w)
{
	(void)pthread_mutex_lock(&p->lock);
	p->op = op;
	p->deadline_ms = w->deadline_ms;
	p->running = true;
	(void)pthread_cond_signal(&p->wake);
	(void)pthread_mutex_unlock(&p->lock);
}

/* True when the worker finished; false on time-out or cancel. */
static bool await(struct pcsc *p, const struct rp_wait *w)
{
	struct pollfd fds[2] = {{.fd = p->done_fd, .events = POLLIN}, {.fd = w->cancel_fd, .events = POLLIN}};
	eventfd_t n;

	for (;;) {
		int r = poll(fds, w->cancel_fd >= 0 ? 2 : 1, wait_left_ms(w));

		if (r < 0 && errno == EINTR)
			continue;
		/* A call that has come back counts, even when cancel came at the same time. */
		if (fds[0].revents != 0)
			return eventfd_read(p->done_fd, &n) == 0;
		return false;
	}
}

static rp_code give_up(struct pcsc *p, const struct rp_wait *w, struct rp_error *err)
{
	const bool cancelled = wait_cancelled(w);
	const enum op op = p->op;

	p->lost = true;
	if (cancelled)
		return rp_fail(err, RP_E_CANCELLED, "cancelled while waiting for the card service");
	if (op == OP_TRANSMIT || op == OP_CONTROL || op == OP_END)
		return rp_fail(err, RP_E_CARD_TIMEOUT, "the card did not answer in time");
	if (op == OP_BEGIN || op == OP_OPEN)
		return rp_fail(err, RP_E_CARD_BUSY, "another program holds the card, or the reader does not answer");
	return rp_fail(err, RP_E_TIMEOUT, "the card service did not answer in time");
}

/* libpcsclite says "no service" also when the socket is there and may not be used. */
static bool socket_forbidden(void)
{
	const char *path = getenv("PCSCLITE_CSOCK_NAME");

	if (path == NULL)
		path = "/run/pcscd/pcscd.comm";
	return access(path, F_OK) == 0 && access(path, R_OK | W_OK) != 0 && errno == EACCES;
}

static const struct {
	LONG rv;
	rp_code code;
} meanings[] = {
	{SCARD_E_NO_SERVICE, RP_E_NO_SERVICE},
	{SCARD_E_SERVICE_STOPPED, RP_E_NO_SERVICE},
	{SCARD_W_SECURITY_VIOLATION, RP_E_NO_PERMISSION},
	{SCARD_E_NO_READERS_AVAILABLE, RP_E_NO_READER},
	{SCARD_E_UNKNOWN_READER, RP_E_NO_READER},
	{SCARD_E_READER_UNAVAILABLE, RP_E_NO_READER},
	{SCARD_E_NO_SMARTCARD, RP_E_NO_CARD},
	{SCARD_W_UNRESPONSIVE_CARD, RP_E_CARD_MUTE},
	{SCARD_W_UNPOWERED_CARD, RP_E_CARD_MUTE},
	{SCARD_W_UNSUPPORTED_CARD, RP_E_CARD_MUTE},
	{SCARD_E_PROTO_MISMATCH, RP_E_CARD_MUTE},
	{SCARD_E_SHARING_VIOLATION, RP_E_CARD_BUSY},
	{SCARD_W_REMOVED_CARD, RP_E_CARD_GONE},
	{SCARD_W_RESET_CARD, RP_E_CARD_RESET},
	{SCARD_E_INSUFFICIENT_BUFFER, RP_E_CARD_REPLY},
	{SCARD_E_TIMEOUT, RP_E_TIMEOUT},
	{SCARD_E_CANCELLED, RP_E_CANCELLED},
};

static rp_code said(LONG rv, const char *what, struct rp_error *err)
{
	rp_code code = RP_E_CARD_IO;

	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].rv == rv)
			code = meanings[i].code;
	if (code == RP_E_NO_SERVICE && socket_forbidden())
		code = RP_E_NO_PERMISSION;
	(void)rp_fail(err, code, "%s: %s", what, pcsc_stringify_error(rv));
	if (err != NULL)
		err->pcsc = rv;
	return code;
}

static rp_code call(struct pcsc *p, enum op op, const struct rp_wait *w, const char *what, struct rp_error *err)
{
	if (p->lost)
		return rp_fail(err, RP_E_CARD_TIMEOUT, "%s: the card service is still away", what);
	if (wait_cancelled(w))
		return rp_fail(err, RP_E_CANCELLED, "%s: cancelled before it began", what);
	start_call(p, op, w);
	if (!await(p, w))
		return give_up(p, w, err);
	return p->rv == SCARD_S_SUCCESS ? RP_OK : said(p->rv, what, err);
}

static rp_code pcsc_list(void *self, const struct rp_wait *w, struct reader_list *ret, struct rp_error *err)
{
	struct pcsc *p = self;
	rp_code rc = call(p, OP_LIST, w, "listing the readers", err);

	if (rc == RP_E_NO_READER) {
		*ret = (struct reader_list){0};
		return RP_OK;
	}
	if (rc == RP_OK)
		*ret = p->list;
	return rc;
}

static rp_code pcsc_wait(void *self, const struct rp_wait *w, const struct reader_list *seen, struct rp_error *err)
{
	struct pcsc *p = self;
	/* PC/SC wakes up at the deadline by itself; the grace is for its answer. */
	const struct rp_wait grace = {.deadline_ms = clock_ms() + CANCEL_GRACE_MS, .cancel_fd = -1};

	p->list = *seen;
	start_call(p, OP_WAIT, w);
	if (!await(p, w)) {
		(void)SCardCancel(p->ctx);
		if (!await(p, &grace))
			return give_up(p, w, err);
		return wait_cancelled(w) ? rp_fail(err, RP_E_CANCELLED, "cancelled while waiting for a card")
					 : rp_fail(err, RP_E_TIMEOUT, "no card came in time");
	}
	return p->rv == SCARD_S_SUCCESS ? RP_OK : said(p->rv, "waiting for a card", err);
}

static rp_code pcsc_open(void *self, const struct rp_wait *w, const char *reader, uint8_t atr[ATR_MAX],
			 size_t *ret_atr_len, struct rp_error *err)
{
	struct pcsc *p = self;
	struct wr out = wr_of(atr, ATR_MAX);
	rp_code rc;

	if (strlen(reader) >= sizeof p->reader)
		return rp_fail(err, RP_E_NO_READER, "no reader has so long a name");
	(void)snprintf(p->reader, sizeof p->reader, "%s", reader);
	rc = call(p, OP_OPEN, w, "opening the card", err);
	if (rc == RP_E_CARD_GONE)
		return rp_fail(err, RP_E_NO_CARD, "the card was taken out before it could be opened");
	if (rc != RP_OK)
		return rc;
	wr_put(&out, p->atr, p->atr_len);
	*ret_atr_len = out.len;
	return RP_OK;
}

static rp_code pcsc_begin(void *self, const struct rp_wait *w, bool *ret_was_reset, struct rp_error *err)
{
	struct pcsc *p = self;
	rp_code rc = call(p, OP_BEGIN, w, "taking the card for this job", err);

	if (rc == RP_OK)
		*ret_was_reset = p->was_reset;
	return rc;
}

static rp_code load_command(struct pcsc *p, const uint8_t *cmd, size_t len, struct rp_error *err)
{
	rp_code rc;

	if (len > rp_secret_cap(p->cmd)) {
		rp_secret_freep(&p->cmd);
		rc = rp_secret_new(len, &p->cmd, err);
		if (rc != RP_OK)
			return rc;
	}
	rp_secret_clear(p->cmd);
	return rp_secret_append(p->cmd, cmd, len) ? RP_OK : rp_fail(err, RP_E_FAULT, "a command outgrew its buffer");
}

static rp_code take_answer(struct pcsc *p, uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct wr w = wr_of(ret, cap);

	wr_put(&w, p->rsp, p->rsp_len);
	rp_wipe(p->rsp, p->rsp_len <= sizeof p->rsp ? p->rsp_len : sizeof p->rsp);
	if (w.failed || p->rsp_len > sizeof p->rsp)
		return rp_fail(err, RP_E_CARD_REPLY, "the card's answer is longer than asked for");
	*ret_len = w.len;
	return RP_OK;
}

static rp_code pcsc_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len, uint8_t *ret,
			     size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct pcsc *p = self;
	rp_code rc = p->lost ? rp_fail(err, RP_E_CARD_TIMEOUT, "the card did not answer before") : RP_OK;

	if (rc == RP_OK)
		rc = load_command(p, cmd, len, err);
	if (rc == RP_OK)
		rc = call(p, OP_TRANSMIT, w, "sending to the card", err);
	return rc == RP_OK ? take_answer(p, ret, cap, ret_len, err) : rc;
}

static rp_code pcsc_control(void *self, const struct rp_wait *w, uint32_t code, const uint8_t *in, size_t len,
			    uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct pcsc *p = self;
	rp_code rc = p->lost ? rp_fail(err, RP_E_CARD_TIMEOUT, "the reader did not answer before") : RP_OK;

	if (rc == RP_OK)
		rc = load_command(p, in, len, err);
	p->control_code = code;
	if (rc == RP_OK)
		rc = call(p, OP_CONTROL, w, "asking the reader", err);
	return rc == RP_OK ? take_answer(p, ret, cap, ret_len, err) : rc;
}

/* PC/SC part 10: the answer is a row of tag (1), length 4, control code (4). */
static rp_code pcsc_features(void *self, const struct rp_wait *w, struct pad_features *ret, struct rp_error *err)
{
	uint8_t buf[256];
	size_t len = 0;
	struct pad_features f = {0};
	struct rd r;
	rp_code rc = pcsc_control(self, w, (uint32_t)CM_IOCTL_GET_FEATURE_REQUEST, (const uint8_t *)"", 0, buf, sizeof buf,
				 &len, err);

	/* A driver without any feature refuses the request: then the reader has no pad. */
	if (rc == RP_E_CARD_IO) {
		*ret = f;
		return RP_OK;
	}
	if (rc != RP_OK)
		return rc;
	for (r = rd_of(buf, len); r.left >= 6;) {
		const uint8_t tag = rd_u8(&r), n = rd_u8(&r);
		const uint32_t code = n == 4 ? rd_u32(&r) : 0;

		if (n != 4)
			break;
		if (tag == FEATURE_VERIFY_PIN_DIRECT)
			f.verify_direct = code;
		else if (tag == FEATURE_MODIFY_PIN_DIRECT)
			f.modify_direct = code;
	}
	*ret = f;
	return RP_OK;
}

static rp_code pcsc_end(void *self, enum transport_end how, struct rp_error *err)
{
	struct pcsc *p = self;
	const struct rp_wait w = {.deadline_ms = clock_ms() + 5000, .cancel_fd = -1};

	if (p->lost || !p->in_transaction)
		return RP_OK;
	p->how = how;
	return call(p, OP_END, &w, "letting go of the card", err);
}

static void pcsc_close(void *self)
{
	struct pcsc *p = self;
	const struct rp_wait w = {.deadline_ms = clock_ms() + 5000, .cancel_fd = -1};

	if (!p->lost && p->has_card)
		(void)call(p, OP_CLOSE, &w, "closing", NULL);
}

static void pcsc_free(void *self)
{
	struct pcsc *p = self;
	const struct rp_wait w = {.deadline_ms = clock_ms() + 5000, .cancel_fd = -1};
	bool away;

	if (!p->lost)
		(void)call(p, OP_QUIT, &w, "ending", NULL);
	(void)pthread_mutex_lock(&p->lock);
	away = p->running;
	p->abandoned = away || (p->lost && p->op != OP_QUIT);
	if (p->abandoned && !away) {
		/* It came back in the meantime and waits: wake it once more to end. */
		p->op = OP_QUIT;
		p->running = true;
		(void)pthread_cond_signal(&p->wake);
	}
	away = p->abandoned;
	(void)pthread_mutex_unlock(&p->lock);
	if (away) {
		(void)pthread_detach(p->thread);
		return;
	}
	(void)pthread_join(p->thread, NULL);
	state_free(p);
}

static const struct transport_ops pcsc_ops = {
	.list = pcsc_list,
	.wait = pcsc_wait,
	.open = pcsc_open,
	.begin = pcsc_begin,
	.transmit = pcsc_transmit,
	.features = pcsc_features,
	.control = pcsc_control,
	.end = pcsc_end,
	.close = pcsc_close,
	.free = pcsc_free,
};

rp_code transport_pcsc(struct transport *ret, struct rp_error *err)
{
	struct pcsc *p = calloc(1, sizeof *p);
	sigset_t all, old;
	int r;

	if (p == NULL || rp_secret_new(SMALL_COMMAND, &p->cmd, NULL) != RP_OK) {
		free(p);
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the card service");
	}
	p->done_fd = eventfd(0, EFD_CLOEXEC);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->wake, NULL);
	/* Signals are the program's own thread's business. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	r = p->done_fd < 0 ? EMFILE : pthread_create(&p->thread, NULL, work, p);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r != 0) {
		if (p->done_fd >= 0)
			(void)close(p->done_fd);
		rp_secret_free(p->cmd);
		free(p);
		return rp_fail(err, RP_E_NO_MEMORY, "no thread for the card service: %s", strerror(r));
	}
	*ret = (struct transport){.ops = &pcsc_ops, .self = p};
	return RP_OK;
}
