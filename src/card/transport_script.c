/* SPDX-License-Identifier: Apache-2.0 */
#include "card/transport.h"

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum line_kind { LINE_COMMAND, LINE_ANSWER, LINE_RESET, LINE_REMOVE, LINE_MUTE };

struct script_line {
	enum line_kind kind;
	unsigned number;      /* in the text, from 1 */
	uint8_t *bytes, *any; /* any[i] = 1: byte i may be anything */
	size_t len;
};

struct script {
	uint8_t atr[ATR_MAX];
	size_t atr_len;
	struct script_line *lines;
	size_t n, at;
	bool open, removed;
};

static int nibble(char c)
{
	const char *digits = "0123456789ABCDEFabcdef", *p = c == '\0' ? NULL : strchr(digits, c);

	if (p == NULL)
		return -1;
	return (int)(p - digits) < 16 ? (int)(p - digits) : (int)(p - digits) - 6;
}

/* Hex with ".." for any byte; false on anything else. */
static bool read_pattern(const char *text, struct script_line *l)
{
	l->bytes = calloc(strlen(text) / 2 + 1, 1);
	l->any = calloc(strlen(text) / 2 + 1, 1);
	if (l->bytes == NULL || l->any == NULL)
		return false;
	for (const char *p = text; *p != '\0';) {
		int hi, lo;

		if (*p == ' ') {
			p++;
			continue;
		}
		if (p[0] == '.' && p[1] == '.') {
			l->any[l->len++] = 1;
			p += 2;
			continue;
		}
		hi = nibble(p[0]);
		lo = hi < 0 ? -1 : nibble(p[1]);
		if (lo < 0)
			return false;
		l->bytes[l->len++] = (uint8_t)(hi << 4 | lo);
		p += 2;
	}
	return true;
}

static bool parse_line(struct script *s, char *text, unsigned number)
{
	struct script_line l = {.number = number};
	char *hash = strchr(text, '#');

	if (hash != NULL)
		*hash = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	while (strlen(text) > 0 && text[strlen(text) - 1] == ' ')
		text[strlen(text) - 1] = '\0';
	if (*text == '\0')
		return true;
	if (strncmp(text, "atr ", 4) == 0)
		return hex_read(text + 4, s->atr, sizeof s->atr, &s->atr_len);
	if (strcmp(text, "reset") == 0)
		l.kind = LINE_RESET;
	else if (strcmp(text, "remove") == 0)
		l.kind = LINE_REMOVE;
	else if (strcmp(text, "mute") == 0)
		l.kind = LINE_MUTE;
	else if (text[0] == '>' || text[0] == '<')
		l.kind = text[0] == '>' ? LINE_COMMAND : LINE_ANSWER;
	else
		return false;
	s->lines[s->n++] = l;
	return l.kind > LINE_ANSWER || read_pattern(text + 1, &s->lines[s->n - 1]);
}

static void script_free(void *self)
{
	struct script *s = self;

	for (size_t i = 0; i < s->n; i++) {
		free(s->lines[i].bytes);
		free(s->lines[i].any);
	}
	free(s->lines);
	free(s);
}

static rp_code script_list(void *self, const struct rp_wait *w, struct reader_list *ret, struct rp_error *err)
{
	struct script *s = self;

	(void)w;
	(void)err;
	*ret = (struct reader_list){.n = 1};
	(void)snprintf(ret->r[0].name, sizeof ret->r[0].name, "script");
	ret->r[0].card = s->removed ? READER_EMPTY : READER_CARD;
	return RP_OK;
}

static rp_code script_wait(void *self, const struct rp_wait *w, const struct reader_list *seen,
			   struct rp_error *err)
{
	(void)self;
	(void)w;
	(void)seen;
	return rp_fail(err, RP_E_TIMEOUT, "nothing happens in a script");
}

static rp_code script_open(void *self, const struct rp_wait *w, const char *reader, uint8_t atr[ATR_MAX],
			   size_t *ret_atr_len, struct rp_error *err)
{
	struct script *s = self;
	struct wr out = wr_of(atr, ATR_MAX);

	(void)w;
	(void)reader;
	if (s->removed)
		return rp_fail(err, RP_E_NO_CARD, "the card is gone");
	wr_put(&out, s->atr, s->atr_len);
	*ret_atr_len = out.len;
	s->open = true;
	return RP_OK;
}

static rp_code script_begin(void *self, const struct rp_wait *w, bool *ret_was_reset, struct rp_error *err)
{
	struct script *s = self;

	(void)w;
	if (s->removed || !s->open)
		return rp_fail(err, RP_E_CARD_GONE, "the card is gone");
	*ret_was_reset = false;
	return RP_OK;
}

static bool matches(const struct script_line *l, const uint8_t *cmd, size_t len)
{
	if (l->kind != LINE_COMMAND || l->len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!l->any[i] && l->bytes[i] != cmd[i])
			return false;
	return true;
}

static rp_code script_answer(struct script *s, uint8_t *ret, size_t cap, size_t *ret_len,
			     struct rp_error *err)
{
	const struct script_line *l = s->at < s->n ? &s->lines[s->at++] : NULL;
	struct wr w = wr_of(ret, cap);

	if (l == NULL)
		return rp_fail(err, RP_E_CARD_IO, "the script ends where an answer must stand");
	switch (l->kind) {
	case LINE_RESET:
		return rp_fail(err, RP_E_CARD_RESET, "the card was reset");
	case LINE_REMOVE:
		s->removed = true;
		return rp_fail(err, RP_E_CARD_GONE, "the card was taken out");
	case LINE_MUTE:
		return rp_fail(err, RP_E_CARD_TIMEOUT, "the card did not answer in time");
	case LINE_COMMAND:
		return rp_fail(err, RP_E_CARD_IO, "line %u of the script: an answer must stand here",
			       l->number);
	case LINE_ANSWER:
		break;
	}
	wr_put(&w, l->bytes, l->len);
	if (w.failed)
		return rp_fail(err, RP_E_CARD_REPLY, "the card's answer is longer than asked for");
	*ret_len = w.len;
	return RP_OK;
}

static rp_code script_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len,
			       uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct script *s = self;
	const struct script_line *l = s->at < s->n ? &s->lines[s->at] : NULL;

	(void)w;
	if (s->removed || !s->open)
		return rp_fail(err, RP_E_CARD_GONE, "the card is gone");
	if (l == NULL)
		return rp_fail(err, RP_E_CARD_IO, "the script has ended before %s",
			       len > 1 ? "a command" : "a byte");
	if (!matches(l, cmd, len))
		return rp_fail(err, RP_E_CARD_IO, "line %u of the script: another command came", l->number);
	s->at++;
	return script_answer(s, ret, cap, ret_len, err);
}

static rp_code script_features(void *self, const struct rp_wait *w, struct pad_features *ret,
			       struct rp_error *err)
{
	(void)self;
	(void)w;
	(void)err;
	*ret = (struct pad_features){0};
	return RP_OK;
}

static rp_code script_control(void *self, const struct rp_wait *w, uint32_t code, const uint8_t *in,
			      size_t len, uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	(void)self, (void)w, (void)code, (void)in, (void)len, (void)ret, (void)cap, (void)ret_len;
	return rp_fail(err, RP_E_CARD_IO, "a script has no PIN pad");
}

static rp_code script_end(void *self, enum transport_end how, struct rp_error *err)
{
	(void)self, (void)how, (void)err;
	return RP_OK;
}

static void script_close(void *self)
{
	struct script *s = self;

	s->open = false;
}

static const struct transport_ops script_ops = {
	.list = script_list,
	.wait = script_wait,
	.open = script_open,
	.begin = script_begin,
	.transmit = script_transmit,
	.features = script_features,
	.control = script_control,
	.end = script_end,
	.close = script_close,
	.free = script_free,
};

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

rp_code transport_script(const char *script, struct transport *ret, struct rp_error *err)
{
	struct script *s = calloc(1, sizeof *s);
	char *copy = strdup(script), *rest = copy, *line;
	unsigned number = 0;

	if (s != NULL)
		s->lines = calloc(count_lines(script), sizeof *s->lines);
	if (s == NULL || copy == NULL || s->lines == NULL) {
		free(copy);
		if (s != NULL)
			script_free(s);
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a script");
	}
	while ((line = strsep(&rest, "\n")) != NULL) {
		number++;
		if (parse_line(s, line, number))
			continue;
		free(copy);
		script_free(s);
		return rp_fail(err, RP_E_CONFIG, "line %u of the script cannot be read", number);
	}
	free(copy);
	*ret = (struct transport){.ops = &script_ops, .self = s};
	return RP_OK;
}

size_t transport_script_left(const struct transport *t)
{
	const struct script *s = t->self;

	return s->n - s->at;
}
