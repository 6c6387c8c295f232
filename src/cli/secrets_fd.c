/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets from a descriptor, for programs: lines "name=value". As strict as can be,
 * because a wrong guess here is a wrong PIN at the card: nothing is trimmed or repaired,
 * and a last line that does not end is a pipe that was cut.
 */
#include "cli/cli.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const words[SECRETS_N] = {
#define SECRET_WORD(name, word) word,
	SECRET_NAMES(SECRET_WORD)
#undef SECRET_WORD
};

const char *secret_word(enum secret_name name)
{
	return words[name];
}

bool secret_from_word(const char *word, size_t len, enum secret_name *ret)
{
	for (size_t i = 0; i < SECRETS_N; i++)
		if (strlen(words[i]) == len && strncmp(words[i], word, len) == 0) {
			*ret = (enum secret_name)i;
			return true;
		}
	return false;
}

void secrets_free(struct secrets *s)
{
	for (size_t i = 0; i < SECRETS_N; i++)
		rp_secret_freep(&s->s[i]);
}

static rp_code check_fd(int fd, struct trouble *t)
{
	const int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
		return trouble_say(t, RP_E_USAGE, NULL,
				   _("The secrets cannot be read from descriptor %d, which is for output."),
				   fd);
	if (flags < 0 || fstat(fd, &st) != 0)
		return trouble_say(t, RP_E_USAGE, _("For example: repin change sign --secrets-fd 3 3< FILE"),
				   _("The descriptor %d of --secrets-fd is not open."), fd);
	if ((flags & O_ACCMODE) == O_WRONLY || S_ISDIR(st.st_mode))
		return trouble_say(t, RP_E_USAGE, NULL,
				   _("The descriptor %d of --secrets-fd cannot be read."), fd);
	if (isatty(fd))
		return trouble_say(t, RP_E_USAGE,
				   _("Leave --secrets-fd away, and you will be asked without echo."),
				   _("The descriptor %d of --secrets-fd is a terminal."), fd);
	return RP_OK;
}

/* The usual handful of bytes fits on pages that can be locked even under a low limit. */
#define SECRETS_BYTES_FIRST 2048

static void wipe_byte(uint8_t *byte)
{
	rp_wipe(byte, 1);
}

static rp_code push(rp_secret **into, uint8_t byte, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *wider = NULL;
	rp_code rc;

	if (rp_secret_push(*into, byte))
		return RP_OK;
	if (rp_secret_cap(*into) == SECRETS_BYTES_MAX)
		return trouble_say(t, RP_E_INPUT_FORMAT, NULL, _("The secrets are longer than %d bytes."),
				   SECRETS_BYTES_MAX);
	rc = rp_secret_new(SECRETS_BYTES_MAX, &wider, &t->err);
	if (rc != RP_OK)
		return rc;
	if (!rp_secret_append(wider, rp_secret_bytes(*into), rp_secret_len(*into)) ||
	    !rp_secret_push(wider, byte))
		return rp_fail(&t->err, RP_E_FAULT, "wider memory holds less");
	rp_secret_free(*into);
	*into = wider;
	wider = NULL;
	return RP_OK;
}

static rp_code read_byte(int fd, const struct rp_wait *w, uint8_t *ret, bool *ret_end, struct trouble *t)
{
	struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = w->cancel_fd, .events = POLLIN}};

	for (;;) {
		const int n = poll(fds, 2, wait_left_ms(w));
		ssize_t got;

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return rp_fail(&t->err, RP_E_TIMEOUT, "the secrets did not end in time");
		if (n > 0 && fds[1].revents != 0)
			return rp_fail(&t->err, RP_E_CANCELLED, "cancelled while the secrets were read");
		got = n < 0 ? -1 : read(fd, ret, 1);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return trouble_say(t, RP_E_INPUT_FORMAT, NULL, _("The secrets cannot be read: %s."),
					   strerror(errno));
		*ret_end = got == 0;
		return RP_OK;
	}
}

/* One byte at a time: no buffer of ours but guarded memory ever holds it. */
static rp_code read_all(int fd, const struct rp_wait *w, rp_secret **into, struct trouble *t)
{
	RP_AUTO(wipe_byte) uint8_t byte = 0;
	bool is_end = false;
	rp_code rc;

	for (;;) {
		rc = read_byte(fd, w, &byte, &is_end, t);
		if (rc != RP_OK || is_end)
			return rc;
		rc = push(into, byte, t);
		if (rc != RP_OK)
			return rc;
	}
}

rp_code secrets_line(int fd, size_t cap, const struct rp_wait *w, rp_secret **ret, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *line = NULL;
	RP_AUTO(wipe_byte) uint8_t byte = 0;
	bool is_end = false, is_long = false;
	rp_code rc = rp_secret_new(cap, &line, &t->err);

	for (;;) {
		if (rc == RP_OK)
			rc = read_byte(fd, w, &byte, &is_end, t);
		if (rc != RP_OK)
			return rc;
		if (is_end)
			return rp_fail(&t->err, RP_E_CANCELLED, "no more lines come");
		if (byte == '\n')
			break;
		is_long = is_long || !rp_secret_push(line, byte);
	}
	if (is_long)
		return rp_fail(&t->err, RP_E_INPUT_LENGTH, "a line of more than %zu bytes", cap);
	*ret = line;
	line = NULL;
	return RP_OK;
}

static rp_code wrong_line(struct trouble *t, unsigned line, const char *sentence)
{
	return trouble_say(t, RP_E_INPUT_FORMAT,
			   _("Nothing was sent to the card. Correct the secrets and try again."), sentence,
			   line);
}

/* The value must be what a person could have typed; which characters a PIN may hold is checked later. */
static rp_code check_value(unsigned line, enum secret_name name, const rp_secret *value, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *folded = NULL;
	struct text_fold done;
	rp_code rc = text_fold(value, false, &folded, &done, &t->err);

	if (rc == RP_E_INPUT_EMPTY) {
		rc = rp_fail(&t->err, RP_E_INPUT_EMPTY, "an empty value in the secrets");
		(void)snprintf(t->err.field, sizeof t->err.field, "%s", secret_word(name));
		return rc;
	}
	if (rc == RP_E_INPUT_BLANKS)
		return wrong_line(t, line,
				  _("Line %u of the secrets: the value begins or ends with a blank."));
	if (rc == RP_E_INPUT_CHARS)
		return wrong_line(t, line,
				  _("Line %u of the secrets holds a control character or is not UTF-8."));
	return rc;
}

static rp_code take_line(const char *p, size_t len, unsigned line, struct secrets *into, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *value = NULL;
	const char *equals = memchr(p, '=', len);
	enum secret_name name;
	size_t name_len;
	rp_code rc;

	if (equals == NULL)
		return wrong_line(t, line, _("Line %u of the secrets is not name=value."));
	name_len = (size_t)(equals - p);
	if (!secret_from_word(p, name_len, &name))
		return wrong_line(t, line, _("Line %u of the secrets begins with a name that is not known."));
	if (into->s[name] != NULL)
		return wrong_line(t, line, _("Line %u of the secrets repeats a name."));
	rc = rp_secret_from(equals + 1, len - name_len - 1, &value, &t->err);
	if (rc == RP_OK)
		rc = check_value(line, name, value, t);
	if (rc != RP_OK)
		return rc;
	into->s[name] = value;
	value = NULL;
	return RP_OK;
}

static rp_code take_apart(const rp_secret *all, struct secrets *into, struct trouble *t)
{
	const char *p = (const char *)rp_secret_bytes(all);
	size_t left = rp_secret_len(all);

	for (unsigned line = 1; left > 0; line++) {
		const char *end = memchr(p, '\n', left);
		rp_code rc;

		if (end == NULL)
			return wrong_line(t, line, _("Line %u of the secrets does not end; was it cut off?"));
		rc = take_line(p, (size_t)(end - p), line, into, t);
		if (rc != RP_OK)
			return rc;
		left -= (size_t)(end - p) + 1;
		p = end + 1;
	}
	return RP_OK;
}

static void close_fd(int fd)
{
	(void)close(fd);
	/* Standard input stays taken: the next file to be opened must not become it. */
	if (fd == STDIN_FILENO)
		(void)open("/dev/null", O_RDONLY);
}

rp_code secrets_read(int fd, const struct rp_wait *w, struct secrets *ret, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *all = NULL;
	struct secrets got = {0};
	rp_code rc = check_fd(fd, t);

	if (rc != RP_OK)
		return rc;
	rc = rp_secret_new(SECRETS_BYTES_FIRST, &all, &t->err);
	if (rc == RP_OK)
		rc = read_all(fd, w, &all, t);
	close_fd(fd);
	if (rc == RP_OK)
		rc = take_apart(all, &got, t);
	if (rc != RP_OK) {
		secrets_free(&got);
		return rc;
	}
	*ret = got;
	return RP_OK;
}
