/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/vpcd.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MESSAGE_MAX = 65535, /* what the length of two bytes can say */
	RETRY_MS = 50,
	SEND_MS = 5000,
	LINE_CAP = 2 * (MESSAGE_MAX + VCARD_RESPONSE_MAX) + 1024,
	POWER_OFF = 0x00,
	POWER_ON = 0x01,
	RESET = 0x02,
	GET_ATR = 0x04,
};

/* The card and its place: sock -1 = not in the reader. */
struct place {
	struct vcard *c;
	const struct vpcd_options *o;
	int sock, signals;
	int64_t come_back_ms; /* when it goes in again; INT64_MAX = when it is told to */
	int64_t give_up_ms;   /* until when vpcd must have answered */
	bool ready, mute, stop;
	rp_code result;
	unsigned n; /* commands so far */
	size_t in_len;
	uint8_t in[2 + MESSAGE_MAX];
	uint8_t out[2 + VCARD_RESPONSE_MAX];
	char line[LINE_CAP];
};

static void diary(struct place *p, const char *text)
{
	if (p->o->trace == NULL)
		return;
	(void)fprintf(p->o->trace, "%s\n", text); /* a diary that cannot be written does not stop the card */
	(void)fflush(p->o->trace);
}

/* --- in and out of the reader --- */

/* The card leaves the reader and loses its power; back after delay_ms, -1 = when it is told to. */
static void take_out(struct place *p, int delay_ms, const char *why)
{
	if (p->sock >= 0) {
		close(p->sock);
		diary(p, why);
	}
	p->sock = -1;
	p->in_len = 0;
	p->mute = false;
	p->come_back_ms = delay_ms < 0 ? INT64_MAX : clock_ms() + delay_ms;
	p->give_up_ms = delay_ms < 0 ? INT64_MAX : p->come_back_ms + p->o->wait_ms;
	vcard_reset(p->c);
}

static void put_in(struct place *p)
{
	if (p->sock >= 0)
		return;
	p->come_back_ms = clock_ms();
	p->give_up_ms = p->come_back_ms + p->o->wait_ms;
}

static void take_signal(struct place *p)
{
	struct signalfd_siginfo s;

	if (read(p->signals, &s, sizeof s) != (ssize_t)sizeof s)
		return;
	if (s.ssi_signo == SIGUSR1)
		take_out(p, -1, "# taken out");
	else if (s.ssi_signo == SIGUSR2)
		put_in(p);
	else
		p->stop = true;
}

/* Waits for the signals, and for `events` of a socket, until the time; true when the socket has them. */
static bool wait_for(struct place *p, int fd, short events, int64_t until_ms)
{
	const struct rp_wait w = {.deadline_ms = until_ms, .cancel_fd = -1};
	struct pollfd fds[2] = {{.fd = p->signals, .events = POLLIN}, {.fd = fd, .events = events}};

	if (poll(fds, 2, wait_left_ms(&w)) <= 0)
		return false;
	if (fds[0].revents != 0)
		take_signal(p);
	return fds[1].revents != 0;
}

/* One attempt at one address; -1 when nobody answers there. */
static int connect_to(struct place *p, const struct addrinfo *a)
{
	const int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	const int on = 1;
	int why = 0;
	socklen_t len = sizeof why;

	if (fd < 0)
		return -1;
	if (connect(fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS)
		why = errno;
	else if (!wait_for(p, fd, POLLOUT, p->give_up_ms) ||
		 getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0)
		why = ETIMEDOUT;
	if (why != 0) {
		close(fd);
		return -1;
	}
	/* Without these two each command costs its client 40 ms: vpcd sends length and body apart. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
	return fd;
}

static void give_up(struct place *p, struct rp_error *err, const char *what)
{
	p->result = rp_fail(err, RP_E_FAULT, "%s at %s port %s", what, p->o->host, p->o->port);
	p->stop = true;
}

static void try_connect(struct place *p, const struct addrinfo *addresses, struct rp_error *err)
{
	const struct addrinfo *a;
	int fd = -1;

	for (a = addresses; a != NULL && fd < 0 && !p->stop; a = a->ai_next)
		fd = connect_to(p, a);
	if (p->come_back_ms == INT64_MAX || p->stop) { /* taken out, or ended, while it tried */
		if (fd >= 0)
			close(fd);
		return;
	}
	if (fd < 0) {
		p->come_back_ms = clock_ms() + RETRY_MS;
		if (p->come_back_ms > p->give_up_ms)
			give_up(p, err, p->ready ? "vpcd has gone" : "vpcd does not run");
		return;
	}
	p->sock = fd;
	p->give_up_ms = p->ready ? INT64_MAX : clock_ms() + p->o->wait_ms;
	diary(p, "# put in");
}

/* --- messages --- */

static void answer(struct place *p, size_t len)
{
	const int64_t until = clock_ms() + SEND_MS;
	size_t done = 0;

	if (len > MESSAGE_MAX)
		len = MESSAGE_MAX;
	p->out[0] = (uint8_t)(len >> 8);
	p->out[1] = (uint8_t)len;
	while (done < len + 2 && p->sock >= 0) {
		const ssize_t n = send(p->sock, p->out + done, len + 2 - done, MSG_NOSIGNAL);

		if (n > 0)
			done += (size_t)n;
		else if (errno == EAGAIN && clock_ms() < until)
			(void)wait_for(p, p->sock, POLLOUT, until);
		else if (errno != EINTR)
			take_out(p, RETRY_MS, "# vpcd has gone");
	}
}

/* Holds the answer back; false when meanwhile the card was taken out or vpcd went. */
static bool rest(struct place *p, unsigned delay_ms)
{
	const int64_t until = clock_ms() + (int64_t)delay_ms;

	while (!p->stop && p->sock >= 0 && clock_ms() < until)
		if (wait_for(p, p->sock, POLLRDHUP, until) && p->sock >= 0)
			take_out(p, RETRY_MS, "# vpcd has gone");
	return !p->stop && p->sock >= 0;
}

static void do_apdu(struct place *p, const uint8_t *cmd, size_t len)
{
	enum fault_result what;
	unsigned delay_ms = 0;
	char before[512];
	size_t n = 0;

	vcard_tries(p->c, before, sizeof before);
	what = fault_transmit(p->o->faults, p->c, cmd, len, p->out + 2, sizeof p->out - 2, &n, &delay_ms);
	p->n++;
	if (p->o->trace != NULL) {
		vcard_diary_line(p->c, p->n, cmd, len, p->out + 2, n, before, p->line, sizeof p->line);
		diary(p, p->line);
	}
	if (!rest(p, delay_ms))
		return;
	switch (what) {
	case FAULT_ANSWER:
		answer(p, n);
		return;
	case FAULT_MUTE:
		diary(p, "# mute from here on");
		p->mute = true;
		return;
	case FAULT_CUT:
		take_out(p, p->o->reinsert_ms, "# power was cut");
		return;
	case FAULT_REMOVED:
		take_out(p, -1, "# removed");
		p->stop = true;
		return;
	}
}

static void tell_atr(struct place *p)
{
	const bool first = !p->ready;

	p->ready = true;
	p->give_up_ms = INT64_MAX;
	memcpy(p->out + 2, p->c->atr, p->c->atr_len);
	answer(p, p->c->atr_len);
	if (first && p->o->ready != NULL) {
		(void)fputs("ready\n", p->o->ready); /* whoever started us may have stopped listening */
		(void)fflush(p->o->ready);
	}
}

static void do_message(struct place *p, const uint8_t *bytes, size_t len)
{
	const uint8_t control = len == 1 ? bytes[0] : 0xFF;

	if (p->mute)
		return;
	if (control == GET_ATR) {
		tell_atr(p);
	} else if (control == POWER_OFF || control == POWER_ON || control == RESET) {
		vcard_reset(p->c);
		diary(p, control == RESET ? "# reset" : control == POWER_ON ? "# power on" : "# power off");
	} else {
		do_apdu(p, bytes, len);
	}
}

/* All whole messages that have come. A message may end the connection, and then nothing is left. */
static void do_messages(struct place *p)
{
	size_t at = 0;

	while (p->sock >= 0 && !p->stop && p->in_len - at >= 2) {
		const size_t len = (size_t)p->in[at] << 8 | p->in[at + 1];

		if (p->in_len - at - 2 < len)
			break;
		do_message(p, p->in + at + 2, len);
		at += 2 + len;
	}
	if (p->sock < 0 || at == 0)
		return;
	p->in_len -= at;
	memmove(p->in, p->in + at, p->in_len);
}

static void receive(struct place *p)
{
	const ssize_t n = recv(p->sock, p->in + p->in_len, sizeof p->in - p->in_len, 0);
	const int on = 1;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		take_out(p, RETRY_MS, "# vpcd has gone");
		return;
	}
	/* The kernel drops this wish after each receive. */
	(void)setsockopt(p->sock, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
	p->in_len += (size_t)n;
	do_messages(p);
}

static void loop(struct place *p, const struct addrinfo *addresses, struct rp_error *err)
{
	put_in(p);
	while (!p->stop) {
		if (p->sock >= 0) {
			if (wait_for(p, p->sock, POLLIN, p->give_up_ms) && p->sock >= 0)
				receive(p);
			else if (clock_ms() > p->give_up_ms)
				give_up(p, err,
					"vpcd never asked for the ATR (another card in this reader?)");
		} else if (clock_ms() >= p->come_back_ms) {
			try_connect(p, addresses, err);
		} else {
			(void)wait_for(p, -1, 0, p->come_back_ms);
		}
	}
	if (p->sock >= 0)
		close(p->sock);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

rp_code vpcd_run(struct vcard *c, const struct vpcd_options *o, struct rp_error *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *addresses = NULL;
	struct place *p;
	rp_code rc;
	int n;

	n = getaddrinfo(o->host, o->port, &hints, &addresses);
	if (n != 0)
		return rp_fail(err, RP_E_USAGE, "%s:%s is no address: %s", o->host, o->port, gai_strerror(n));
	p = calloc(1, sizeof *p);
	if (p != NULL) {
		p->c = c;
		p->o = o;
		p->sock = -1;
		p->signals = open_signals();
		if (p->signals < 0)
			p->result = rp_fail(err, RP_E_FAULT, "cannot wait for signals: %s", strerror(errno));
		else
			loop(p, addresses, err);
		if (p->signals >= 0)
			close(p->signals);
	}
	rc = p == NULL ? rp_fail(err, RP_E_NO_MEMORY, "no memory for a card in a reader") : p->result;
	free(p);
	freeaddrinfo(addresses);
	return rc;
}
