/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PC/SC transport, as its callers see it: hands each call to the worker (pcsc_worker.h),
 * waits, and says what PC/SC's answer means. These two files alone know PC/SC.
 */
#include "card/pcsc_worker.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <reader.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SMALL_COMMAND 512
/* How long a cancelled wait for readers may take to come back before it is left behind. */
#define CANCEL_GRACE_MS 1000

static void start_call(struct pcsc *p, enum op op, int64_t deadline_ms)
{
	ssize_t n;

	(void)pthread_mutex_lock(&p->lock);
	p->op = op;
	p->deadline_ms = deadline_ms;
	p->running = true;
	(void)pthread_mutex_unlock(&p->lock);
	do {
		n = write(p->call_fd[1], "", 1);
	} while (n < 0 && errno == EINTR);
}

/* True when the worker finished; false on time-out or cancel. */
static bool await(struct pcsc *p, const struct rp_wait *w)
{
	struct pollfd fds[2] = {{.fd = p->done_fd[0], .events = POLLIN},
				{.fd = w->cancel_fd, .events = POLLIN}};
	uint8_t byte;

	for (;;) {
		int r = poll(fds, w->cancel_fd >= 0 ? 2 : 1, wait_left_ms(w));

		if (r < 0 && errno == EINTR)
			continue;
		/* A call that has come back counts, even when cancel came at the same time. */
		if (fds[0].revents != 0)
			return read(p->done_fd[0], &byte, 1) == 1;
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
		return rp_fail(err, RP_E_CARD_BUSY,
			       "another program holds the card, or the reader does not answer");
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

static rp_code call(struct pcsc *p, enum op op, const struct rp_wait *w, const char *what,
		    struct rp_error *err)
{
	if (p->lost)
		return rp_fail(err, RP_E_CARD_TIMEOUT, "%s: the card service is still away", what);
	if (wait_cancelled(w))
		return rp_fail(err, RP_E_CANCELLED, "%s: cancelled before it began", what);
	start_call(p, op, w->deadline_ms);
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

static rp_code pcsc_wait(void *self, const struct rp_wait *w, const struct reader_list *seen,
			 struct rp_error *err)
{
	struct pcsc *p = self;
	/* PC/SC wakes up at the deadline by itself; the grace is for its answer. */
	const struct rp_wait grace = {.deadline_ms = clock_ms() + CANCEL_GRACE_MS, .cancel_fd = -1};

	p->list = *seen;
	start_call(p, OP_WAIT, w->deadline_ms);
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
	return rp_secret_append(p->cmd, cmd, len) ? RP_OK
						  : rp_fail(err, RP_E_FAULT, "a command outgrew its buffer");
}

static rp_code take_answer(struct pcsc *p, uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct wr w = wr_of(ret, cap);

	wr_put(&w, p->rsp, p->rsp_len);
	rp_wipe(p->rsp, p->rsp_len <= sizeof p->rsp ? p->rsp_len : sizeof p->rsp);
	/* Some drivers, vpcd among them, report a card that left in the middle so. */
	if (p->rsp_len == 0)
		return rp_fail(err, RP_E_CARD_IO, "the card gave no answer: it may have been taken out");
	if (w.failed || p->rsp_len > sizeof p->rsp)
		return rp_fail(err, RP_E_CARD_REPLY, "the card's answer is longer than asked for");
	*ret_len = w.len;
	return RP_OK;
}

static rp_code pcsc_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len,
			     uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
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
static rp_code pcsc_features(void *self, const struct rp_wait *w, struct pad_features *ret,
			     struct rp_error *err)
{
	uint8_t buf[256];
	size_t len = 0;
	struct pad_features f = {0};
	struct rd r;
	rp_code rc = pcsc_control(self, w, (uint32_t)CM_IOCTL_GET_FEATURE_REQUEST, (const uint8_t *)"", 0,
				  buf, sizeof buf, &len, err);

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
	bool away, left;

	if (!p->lost)
		(void)call(p, OP_QUIT, &w, "ending", NULL);
	(void)pthread_mutex_lock(&p->lock);
	away = p->running;
	p->abandoned = away || p->lost;
	left = p->abandoned;
	(void)pthread_mutex_unlock(&p->lock);
	if (left) {
		(void)pthread_detach(p->thread);
		/* It came back in the meantime and waits: wake it once more to end. */
		if (!away)
			start_call(p, OP_QUIT, 0);
		return;
	}
	(void)pthread_join(p->thread, NULL);
	pcsc_state_free(p);
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

/* The thread, without the signals that are the program's own thread's business. */
static int start_thread(struct pcsc *p)
{
	sigset_t all, old;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&p->thread, NULL, pcsc_work, p);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

rp_code transport_pcsc(struct transport *ret, struct rp_error *err)
{
	struct pcsc *p = calloc(1, sizeof *p);

	if (p == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the card service");
	p->call_fd[0] = p->call_fd[1] = p->done_fd[0] = p->done_fd[1] = -1;
	(void)pthread_mutex_init(&p->lock, NULL);
	if (rp_secret_new(SMALL_COMMAND, &p->cmd, NULL) != RP_OK || pipe2(p->call_fd, O_CLOEXEC) != 0 ||
	    pipe2(p->done_fd, O_CLOEXEC) != 0 || start_thread(p) != 0) {
		pcsc_state_free(p);
		return rp_fail(err, RP_E_NO_MEMORY, "no thread for the card service: %s", strerror(errno));
	}
	*ret = (struct transport){.ops = &pcsc_ops, .self = p};
	return RP_OK;
}
