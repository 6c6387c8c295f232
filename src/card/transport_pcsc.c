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

static bool on_worker(const struct pcsc *p)
{
	return pthread_equal(pthread_self(), p->thread) != 0;
}

static void poke(struct pcsc *p)
{
	ssize_t n;

	do {
		n = write(p->call_fd[1], "", 1);
	} while (n < 0 && errno == EINTR);
}

static void start_call(struct pcsc *p, enum op op, int64_t deadline_ms)
{
	(void)pthread_mutex_lock(&p->lock);
	p->op = op;
	p->deadline_ms = deadline_ms;
	p->gave_up = RP_OK;
	p->due++;
	(void)pthread_mutex_unlock(&p->lock);
	poke(p);
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

/* From here on no step into PC/SC is begun. True: the worker is inside one, and is left behind. */
static bool give_up(struct pcsc *p, const struct rp_wait *w)
{
	const rp_code why = wait_cancelled(w) ? RP_E_CANCELLED : RP_E_TIMEOUT;
	bool lost;

	(void)pthread_mutex_lock(&p->lock);
	/* When it has answered meanwhile, what it is inside of now is the close behind the answer. */
	lost = p->inside && p->answers < p->due;
	if (p->answers < p->due)
		p->gave_up = why;
	if (lost) /* only then: outside, the worker reads it without the lock */
		p->lost = true;
	(void)pthread_mutex_unlock(&p->lock);
	return lost;
}

/*
 * Waits for the worker's next answer. False: it was left behind. Given up while it is outside PC/SC,
 * it answers soon: it is about to ask for its next step, or to end.
 */
static bool answered(struct pcsc *p, const struct rp_wait *w)
{
	const struct rp_wait soon = {.deadline_ms = INT64_MAX, .cancel_fd = -1};

	return await(p, w) || (!give_up(p, w) && await(p, &soon));
}

/* Nobody waits any more for `op`, or it was not begun for that reason. */
static rp_code gone(const struct pcsc *p, enum op op, struct rp_error *err)
{
	if (p->gave_up == RP_E_CANCELLED)
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

/* Waits until the card that a piece of work closed behind itself is let go. False: left behind. */
static bool settle(struct pcsc *p, const struct rp_wait *w)
{
	if (!p->closing)
		return true;
	p->closing = false;
	p->due++;
	return answered(p, w);
}

/* May something be handed over? */
static rp_code ready(struct pcsc *p, const struct rp_wait *w, const char *what, struct rp_error *err)
{
	if (wait_cancelled(w))
		return rp_fail(err, RP_E_CANCELLED, "%s: cancelled before it began", what);
	if (p->lost)
		return rp_fail(err, RP_E_CARD_TIMEOUT, "%s: the card service is still away", what);
	return settle(p, w) ? RP_OK : gone(p, OP_CLOSE, err);
}

/* Hands it over and waits. False: left behind. */
static bool hand_over(struct pcsc *p, enum op op, const struct rp_wait *w)
{
	start_call(p, op, w->deadline_ms);
	return answered(p, w);
}

static rp_code call(struct pcsc *p, enum op op, const struct rp_wait *w, const char *what,
		    struct rp_error *err)
{
	if (on_worker(p)) {
		/* A piece of work's own step: its caller watches deadline and cancel. */
		p->deadline_ms = w->deadline_ms;
		pcsc_step(p, op);
	} else {
		rp_code rc = ready(p, w, what, err);

		if (rc != RP_OK)
			return rc;
		if (!hand_over(p, op, w))
			return gone(p, op, err);
	}
	if (p->refused)
		return gone(p, op, err);
	return p->rv == SCARD_S_SUCCESS ? RP_OK : said(p->rv, what, err);
}

static rp_code pcsc_run(void *self, const struct rp_wait *w, const struct transport_work *work,
			struct rp_error *err)
{
	struct pcsc *p = self;
	rp_code rc = ready(p, w, "asking the card service", err);

	if (rc != RP_OK) {
		work->drop(work->arg);
		return rc;
	}
	p->work = *work;
	return hand_over(p, OP_RUN, w) ? RP_OK : gone(p, p->op, err);
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
	rp_code rc = ready(p, w, "waiting for a card", err);

	if (rc != RP_OK)
		return rc;
	p->list = *seen;
	start_call(p, OP_WAIT, w->deadline_ms);
	if (!await(p, w)) {
		/* PC/SC wakes up at the deadline by itself; the grace is for its answer. */
		const struct rp_wait grace = {.deadline_ms = clock_ms() + CANCEL_GRACE_MS, .cancel_fd = -1};

		(void)SCardCancel(p->ctx);
		(void)answered(p, &grace);
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

/* A worker that is left behind with a command keeps it: a copy, but for a work, which stays with its own. */
static rp_code load_command(struct pcsc *p, const uint8_t *cmd, size_t len, struct rp_error *err)
{
	if (!on_worker(p)) {
		if (p->guarded == NULL || len > rp_secret_cap(p->guarded)) {
			const size_t cap = len > SMALL_COMMAND ? len : SMALL_COMMAND;
			rp_code rc;

			rp_secret_freep(&p->guarded);
			rc = rp_secret_new(cap, &p->guarded, err);
			if (rc != RP_OK)
				return rc;
		}
		rp_secret_clear(p->guarded);
		if (!rp_secret_append(p->guarded, cmd, len))
			return rp_fail(err, RP_E_FAULT, "a command outgrew its buffer");
		cmd = rp_secret_bytes(p->guarded);
	}
	p->cmd = cmd;
	p->cmd_len = len;
	return RP_OK;
}

static rp_code send_command(struct pcsc *p, enum op op, const struct rp_wait *w, const uint8_t *cmd,
			    size_t len, struct rp_error *err)
{
	rp_code rc = load_command(p, cmd, len, err);

	if (rc == RP_OK)
		rc = call(p, op, w, op == OP_TRANSMIT ? "sending to the card" : "asking the reader", err);
	/* Also when it was not sent. (A worker that is inside with it clears it when it comes back.) */
	if (!p->lost && p->guarded != NULL)
		rp_secret_clear(p->guarded);
	return rc;
}

static rp_code take_answer(struct pcsc *p, uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct wr w = wr_of(ret, cap);

	wr_put(&w, p->rsp, p->rsp_len);
	rp_wipe(p->rsp, p->rsp_len <= sizeof p->rsp ? p->rsp_len : sizeof p->rsp);
	p->rsp_dirty = false;
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
		rc = send_command(p, OP_TRANSMIT, w, cmd, len, err);
	return rc == RP_OK ? take_answer(p, ret, cap, ret_len, err) : rc;
}

static rp_code pcsc_control(void *self, const struct rp_wait *w, uint32_t code, const uint8_t *in, size_t len,
			    uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct pcsc *p = self;
	rp_code rc = p->lost ? rp_fail(err, RP_E_CARD_TIMEOUT, "the reader did not answer before") : RP_OK;

	if (rc != RP_OK)
		return rc;
	p->control_code = code;
	rc = send_command(p, OP_CONTROL, w, in, len, err);
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

	if (p->lost)
		return;
	if (on_worker(p))
		p->closing = p->has_card;
	else if (settle(p, &w) && p->has_card)
		(void)call(p, OP_CLOSE, &w, "closing", NULL);
}

static void pcsc_free(void *self)
{
	struct pcsc *p = self;
	const struct rp_wait w = {.deadline_ms = clock_ms() + 5000, .cancel_fd = -1};

	if (!p->lost)
		(void)call(p, OP_QUIT, &w, "ending", NULL);
	if (!p->lost) {
		(void)pthread_join(p->thread, NULL);
		pcsc_state_free(p);
		return;
	}
	(void)pthread_detach(p->thread);
	(void)pthread_mutex_lock(&p->lock);
	p->abandoned = true;
	poke(p); /* it may have come back in the meantime; under the lock, because it frees the pipe */
	(void)pthread_mutex_unlock(&p->lock);
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
	.run = pcsc_run,
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
	struct pcsc *p = malloc(sizeof *p);

	if (p == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the card service");
	memset(p, 0, offsetof(struct pcsc, rsp));
	p->call_fd[0] = p->call_fd[1] = p->done_fd[0] = p->done_fd[1] = -1;
	(void)pthread_mutex_init(&p->lock, NULL);
	if (pipe2(p->call_fd, O_CLOEXEC) != 0 || pipe2(p->done_fd, O_CLOEXEC) != 0 || start_thread(p) != 0) {
		pcsc_state_free(p);
		return rp_fail(err, RP_E_NO_MEMORY, "no thread for the card service: %s", strerror(errno));
	}
	*ret = (struct transport){.ops = &pcsc_ops, .self = p};
	return RP_OK;
}
