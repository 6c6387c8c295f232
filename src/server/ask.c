/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets from a descriptor or from the terminal, byte by byte into guarded memory. The terminal is
 * in its raw form while somebody types: nothing is echoed, and Ctrl-C is a byte that cancels, so
 * that no way out leaves the terminal silent.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "server/repind.h"

#define SECRET_MAX 256
#define ALL_MAX 4096

static const char *const names[SECRETS] = {"password", "totp", "user-code", "gids-key"};

void secrets_free(struct secrets *s)
{
	for (size_t i = 0; i < SECRETS; i++)
		rp_secret_freep(&s->s[i]);
}

static rp_code bad_line(struct rp_error *err, unsigned line, const char *why)
{
	return rp_fail(err, RP_E_INPUT_FORMAT, "line %u of the secrets %s", line, why);
}

static rp_code take_line(const uint8_t *p, size_t len, unsigned line, struct secrets *into,
			 struct rp_error *err)
{
	const uint8_t *equals = memchr(p, '=', len);
	const size_t name_len = equals != NULL ? (size_t)(equals - p) : 0;
	size_t k = 0;

	if (equals == NULL)
		return bad_line(err, line, "is not name=value");
	while (k < SECRETS &&
	       (strlen(names[k]) != name_len || strncmp(names[k], (const char *)p, name_len) != 0))
		k++;
	if (k == SECRETS)
		return bad_line(err, line, "begins with a name that is not known");
	if (into->s[k] != NULL)
		return bad_line(err, line, "repeats a name");
	if (len == name_len + 1)
		return bad_line(err, line, "has no value");
	for (size_t i = name_len + 1; i < len; i++)
		if (p[i] < 0x20 || p[i] == 0x7F)
			return bad_line(err, line, "holds a control character");
	return rp_secret_from(equals + 1, len - name_len - 1, &into->s[k], err);
}

static rp_code take_all(const rp_secret *all, struct secrets *into, struct rp_error *err)
{
	const uint8_t *p = rp_secret_bytes(all);
	size_t left = rp_secret_len(all);
	rp_code rc = RP_OK;

	for (unsigned line = 1; rc == RP_OK && left > 0; line++) {
		const uint8_t *end = memchr(p, '\n', left);

		if (end == NULL)
			return bad_line(err, line, "does not end; was it cut off?");
		rc = take_line(p, (size_t)(end - p), line, into, err);
		left -= (size_t)(end - p) + 1;
		p = end + 1;
	}
	return rc;
}

static rp_code read_all(int fd, rp_secret *all, struct rp_error *err)
{
	uint8_t byte = 0;
	rp_code rc = RP_OK;
	ssize_t n;

	while (rc == RP_OK && ((n = read(fd, &byte, 1)) == 1 || (n < 0 && errno == EINTR)))
		if (n == 1 && !rp_secret_push(all, byte))
			rc = rp_fail(err, RP_E_INPUT_FORMAT, "the secrets are longer than %d bytes", ALL_MAX);
	if (rc == RP_OK && n < 0)
		rc = rp_fail(err, RP_E_USAGE, "--secrets-fd cannot be read: %s", strerror(errno));
	rp_wipe(&byte, 1);
	return rc;
}

rp_code secrets_read(const char *fd_text, struct secrets *ret, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *all = NULL;
	struct secrets got = {.given = true};
	char *end = NULL;
	const long fd = strtol(fd_text, &end, 10);
	rp_code rc;

	if (fd_text[0] < '0' || fd_text[0] > '9' || *end != '\0' || fd > 1024 || fd == 1 || fd == 2)
		return rp_fail(err, RP_E_USAGE, "--secrets-fd %s is no descriptor to read from", fd_text);
	rc = rp_secret_new(ALL_MAX, &all, err);
	if (rc == RP_OK)
		rc = read_all((int)fd, all, err);
	(void)close((int)fd);
	if (rc == RP_OK)
		rc = take_all(all, &got, err);
	if (rc != RP_OK) {
		secrets_free(&got);
		return rc;
	}
	*ret = got;
	return RP_OK;
}

/* --- the terminal --- */

static int open_terminal(void)
{
	/* Not standard input: it may be a pipe. */
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

bool ask_can(void)
{
	const int fd = open_terminal();

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

static void say(int fd, const char *text)
{
	(void)!write(fd, text, strlen(text)); /* only looks are lost */
}

static void rub_out(rp_secret *into)
{
	size_t n = rp_secret_len(into);

	/* A whole character of UTF-8. */
	while (n > 0 && (rp_secret_bytes(into)[n - 1] & 0xC0) == 0x80)
		n--;
	rp_secret_truncate(into, n > 0 ? n - 1 : 0);
}

/* Keys until Enter; RP_E_CANCELLED by Ctrl-C, Ctrl-D and the end of the terminal. */
static rp_code keys_until_enter(int fd, rp_secret *into)
{
	uint8_t c = 0;
	rp_code rc = RP_E_CANCELLED;
	ssize_t n;

	while ((n = read(fd, &c, 1)) == 1 || (n < 0 && errno == EINTR)) {
		if (n != 1)
			continue;
		if (c == 3 || c == 4)
			break;
		if (c == '\r' || c == '\n') {
			rc = RP_OK;
			break;
		}
		if (c == 8 || c == 0x7F)
			rub_out(into);
		else if (c == 21)
			rp_secret_clear(into);
		else if (!rp_secret_push(into, c))
			rc = RP_E_INPUT_LENGTH;
		if (rc == RP_E_INPUT_LENGTH)
			break;
	}
	rp_wipe(&c, 1);
	return rc;
}

static rp_code ask_silently(int fd, const char *question, rp_secret *into, struct rp_error *err)
{
	struct termios before, raw;
	rp_code rc;

	if (tcgetattr(fd, &before) != 0)
		return rp_fail(err, RP_E_FAULT, "the terminal does not tell its mode: %s", strerror(errno));
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	/* What was typed ahead was not typed for this question. */
	if (tcsetattr(fd, TCSAFLUSH, &raw) != 0)
		return rp_fail(err, RP_E_FAULT, "the terminal's echo cannot be switched off: %s",
			       strerror(errno));
	say(fd, question);
	say(fd, ": ");
	rc = keys_until_enter(fd, into);
	(void)tcsetattr(fd, TCSAFLUSH, &before); /* nothing else can be done about it */
	say(fd, "\n");
	if (rc == RP_OK && rp_secret_len(into) == 0)
		rc = RP_E_INPUT_EMPTY;
	return rc == RP_OK ? RP_OK : rp_fail(err, rc, "%s: %s", question, rp_code_text(rc));
}

static rp_code ask_once(int fd, const char *question, rp_secret **ret, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
	rp_code rc = rp_secret_new(SECRET_MAX, &typed, err);

	if (rc == RP_OK)
		rc = ask_silently(fd, question, typed, err);
	if (rc != RP_OK)
		return rc;
	*ret = typed;
	typed = NULL;
	return RP_OK;
}

static rp_code ask_at(int fd, const char *question, bool twice, rp_secret **ret, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *first = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *again = NULL;
	rp_code rc = ask_once(fd, question, &first, err);

	if (rc == RP_OK && twice)
		rc = ask_once(fd, "The same again", &again, err);
	if (rc == RP_OK && twice && !rp_secret_equal(first, again))
		rc = rp_fail(err, RP_E_INPUT_MISMATCH, "the two entries differ");
	if (rc != RP_OK)
		return rc;
	*ret = first;
	first = NULL;
	return RP_OK;
}

rp_code ask_secret(struct secrets *s, enum secret_id id, const char *question, bool twice,
		   const rp_secret **ret, struct rp_error *err)
{
	rp_code rc = RP_OK;
	int fd;

	if (s->s[id] == NULL && s->given)
		return rp_fail(err, RP_E_INPUT_MISSING, "the secrets hold no line \"%s=…\"", names[id]);
	if (s->s[id] == NULL) {
		fd = open_terminal();
		if (fd < 0)
			return rp_fail(err, RP_E_INPUT_MISSING,
				       "there is no terminal to ask for the %s; give it with --secrets-fd N",
				       names[id]);
		rc = ask_at(fd, question, twice, &s->s[id], err);
		(void)close(fd);
	}
	if (rc == RP_OK)
		*ret = s->s[id];
	return rc;
}

rp_code ask_line(const char *question, const char *fallback, char *ret, size_t cap, struct rp_error *err)
{
	const int fd = open_terminal();
	FILE *tty = fd >= 0 ? fdopen(fd, "r+") : NULL;
	size_t len;
	bool good;

	if (tty == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return rp_fail(err, RP_E_INPUT_MISSING, "there is no terminal to ask at");
	}
	(void)fprintf(tty, "%s [%s]: ", question, fallback);
	(void)fflush(tty);
	good = fgets(ret, (int)cap, tty) != NULL;
	(void)fclose(tty);
	if (!good)
		return rp_fail(err, RP_E_CANCELLED, "cancelled at a question");
	len = strcspn(ret, "\n");
	if (ret[len] != '\n')
		return rp_fail(err, RP_E_INPUT_LENGTH, "the answer is too long");
	ret[len] = '\0';
	if (len == 0)
		(void)snprintf(ret, cap, "%s", fallback);
	return RP_OK;
}

bool secret_text(const rp_secret *s, char *ret, size_t cap)
{
	const size_t len = rp_secret_len(s);

	if (len >= cap)
		return false;
	for (size_t i = 0; i < len; i++)
		ret[i] = (char)rp_secret_bytes(s)[i];
	ret[len] = '\0';
	return true;
}
