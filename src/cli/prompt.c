/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal. A secret goes byte by byte from read(2) into guarded memory: no stdio, no
 * line buffer, no string. While it is typed the terminal echoes nothing but the newline;
 * whatever ends the entry, the terminal is put back first.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ENTRY_MAX 512 /* 127 full-width characters, the longest PIN of any family, fit */

rp_code prompt_open(int *ret_fd, struct trouble *t)
{
	/* Not stdin: it may be a pipe, and a secret on it would have been in someone's history. */
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return trouble_say(
			t, RP_E_INPUT_MISSING,
			_("Run it in a terminal, or give the secrets with --secrets-fd N (see repin(1))."),
			_("There is no terminal to ask for the secrets."));
	*ret_fd = fd;
	return RP_OK;
}

/* Keys that would stop or kill the process would leave the terminal silent: here they are refused input. */
static void silence(struct termios *mode, bool show)
{
	mode->c_lflag |= (tcflag_t)(ICANON | ISIG | ECHONL);
	if (show)
		mode->c_lflag |= (tcflag_t)(ECHO | ECHOE);
	else
		mode->c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	mode->c_cc[VSUSP] = _POSIX_VDISABLE;
	mode->c_cc[VQUIT] = _POSIX_VDISABLE;
}

/* The next byte: 1, 0 at the end of input, or -1 with the code. */
static int next_byte(int fd, const struct rp_wait *w, uint8_t *ret, rp_code *ret_code)
{
	struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = w->cancel_fd, .events = POLLIN}};

	for (;;) {
		const int n = poll(fds, 2, wait_left_ms(w));
		ssize_t got;

		if (n < 0 && errno == EINTR)
			continue; /* the signal made cancel_fd readable, if it means us */
		if (n > 0 && fds[1].revents != 0)
			*ret_code = RP_E_CANCELLED;
		else if (n == 0)
			*ret_code = RP_E_TIMEOUT;
		else
			*ret_code = RP_E_FAULT;
		if (n <= 0 || fds[1].revents != 0)
			return -1;
		got = read(fd, ret, 1);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		/* A terminal that hung up reads as the end, which counts as Ctrl-D. */
		return got == 1 ? 1 : 0;
	}
}

static void wipe_byte(uint8_t *byte)
{
	rp_wipe(byte, 1);
}

/* Reads up to the end of the line; *ret_cut: it did not fit. */
static rp_code read_line(int fd, const struct rp_wait *w, rp_secret *into, bool *ret_cut)
{
	RP_AUTO(wipe_byte) uint8_t byte = 0;
	rp_code code = RP_OK;

	*ret_cut = false;
	for (;;) {
		const int n = next_byte(fd, w, &byte, &code);

		if (n < 0)
			return code;
		if (n == 0)
			return RP_E_CANCELLED;
		if (byte == '\n')
			break;
		if (!rp_secret_push(into, byte))
			*ret_cut = true;
	}
	return RP_OK;
}

static rp_code ask(int fd, const char *question, bool show, const struct rp_wait *w, rp_secret *into,
		   bool *ret_cut, struct trouble *t)
{
	struct termios before, during;
	rp_code rc;

	if (tcgetattr(fd, &before) != 0)
		return rp_fail(&t->err, RP_E_FAULT, "the terminal does not tell its mode: %s",
			       strerror(errno));
	during = before;
	silence(&during, show);
	/* What was typed ahead was not typed for this question. */
	if (tcsetattr(fd, TCSAFLUSH, &during) != 0)
		return rp_fail(&t->err, RP_E_FAULT, "the terminal's echo cannot be switched off: %s",
			       strerror(errno));
	out_text(OUT_TALK, question);
	out_text(OUT_TALK, " ");
	rc = read_line(fd, w, into, ret_cut);
	(void)tcsetattr(fd, TCSAFLUSH, &before); /* nothing else can be done about it */
	if (rc == RP_OK)
		return RP_OK;
	out_gap(OUT_TALK);
	if (rc == RP_E_FAULT)
		return rp_fail(&t->err, rc, "the terminal cannot be read: %s", strerror(errno));
	return rp_fail(&t->err, rc,
		       rc == RP_E_TIMEOUT ? "nobody answered the prompt in time" : "cancelled at the prompt");
}

rp_code prompt_secret(int fd, const char *question, bool show, const struct rp_wait *w, rp_secret **ret,
		      struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
	bool cut = false;
	rp_code rc = rp_secret_new(ENTRY_MAX, &typed, &t->err);

	if (rc != RP_OK)
		return rc;
	rc = ask(fd, question, show, w, typed, &cut, t);
	if (rc != RP_OK)
		return rc;
	if (cut)
		return rp_fail(&t->err, RP_E_INPUT_LENGTH, "the entry is longer than any PIN");
	*ret = typed;
	typed = NULL;
	return RP_OK;
}

rp_code prompt_line(int fd, const char *question, const struct rp_wait *w, char *ret, size_t cap,
		    struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
	bool cut = false;
	rp_code rc = rp_secret_new(cap - 1, &typed, &t->err);

	if (rc == RP_OK)
		rc = ask(fd, question, true, w, typed, &cut, t);
	if (rc != RP_OK)
		return rc;
	/* An answer, no secret; it holds cap - 1 bytes at most. */
	for (size_t i = 0; i < rp_secret_len(typed); i++)
		ret[i] = (char)rp_secret_bytes(typed)[i];
	ret[rp_secret_len(typed)] = '\0';
	return RP_OK;
}

void prompt_reveal(int fd, const rp_secret *s)
{
	const uint8_t *p = rp_secret_bytes(s);
	size_t left = rp_secret_len(s);

	/* Straight from guarded memory to the terminal, past every buffer. */
	while (left > 0) {
		const ssize_t n = write(fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		p += n;
		left -= (size_t)n;
	}
	(void)!write(fd, "\n", 1); /* only looks are lost */
}
