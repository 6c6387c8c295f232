/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/fault.h"

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RULES_MAX = 256,
	LINE_MAX_LEN = 1024,
	REPLY_MAX = 400,
	DELAY_MAX_MS = 3600 * 1000,
	NUMBER_MAX = 1000000
};

enum action { CUT_BEFORE, CUT_AFTER, SW, INSTEAD, REPLY, EMPTY, SHORT, LONG, DELAY, MUTE, REMOVE, GRAB };

/* What stands behind the word of an action. */
enum argument { NOTHING, STATUS, BYTES, LENGTH, MILLISECONDS };

static const struct action_row {
	const char *word;
	enum action action;
	enum argument argument;
} actions[] = {
	{"cut-before", CUT_BEFORE, NOTHING},
	{"cut-after", CUT_AFTER, NOTHING},
	{"sw", SW, STATUS},
	{"instead", INSTEAD, STATUS},
	{"reply", REPLY, BYTES},
	{"empty", EMPTY, NOTHING},
	{"short", SHORT, NOTHING},
	{"long", LONG, LENGTH},
	{"delay", DELAY, MILLISECONDS},
	{"mute", MUTE, NOTHING},
	{"remove", REMOVE, NOTHING},
	{"grab", GRAB, NOTHING},
};

struct rule {
	bool by_ins;
	uint8_t ins;
	unsigned long number; /* which command of all, or of those with this INS */
	unsigned long seen;   /* commands with this INS so far */
	enum action action;
	unsigned long value; /* status word, length, milliseconds */
	uint8_t bytes[REPLY_MAX];
	size_t len;
	bool served;
};

struct faults {
	struct rule *rules;
	size_t n;
	unsigned long commands;
};

/* --- reading a script --- */

/* The next word of a line, cut out of it; NULL at its end. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t\r");
	const size_t len = strcspn(word, " \t\r");

	if (len == 0)
		return NULL;
	*line = word + len + (word[len] != '\0');
	word[len] = '\0';
	return word;
}

static bool read_number(const char *word, unsigned long max, unsigned long *ret)
{
	unsigned long n = 0;
	size_t i;

	if (word == NULL || word[0] == '\0')
		return false;
	for (i = 0; word[i] != '\0'; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		n = 10 * n + (unsigned long)(word[i] - '0');
		if (n > max)
			return false;
	}
	*ret = n;
	return true;
}

static bool read_hex(const char *word, uint8_t *ret, size_t cap, size_t *ret_len)
{
	return word != NULL && hex_read(word, ret, cap, ret_len) && *ret_len > 0;
}

/* "apdu N" or "ins HH [#K]"; a word read too far comes back in *ret_action. */
static bool read_when(char **line, struct rule *r, const char **ret_action)
{
	const char *kind = next_word(line), *which = next_word(line), *word = NULL;
	size_t len = 0;

	if (kind == NULL || which == NULL)
		return false;
	r->number = 1;
	r->by_ins = strcmp(kind, "ins") == 0;
	if (r->by_ins) {
		if (strlen(which) != 2 || !read_hex(which, &r->ins, 1, &len))
			return false;
	} else if (strcmp(kind, "apdu") != 0 || !read_number(which, NUMBER_MAX, &r->number)) {
		return false;
	}
	word = next_word(line);
	if (r->by_ins && word != NULL && word[0] == '#') {
		if (!read_number(word + 1, NUMBER_MAX, &r->number))
			return false;
		word = next_word(line);
	}
	*ret_action = word;
	return word != NULL && r->number > 0;
}

static bool read_argument(char **line, enum argument kind, struct rule *r)
{
	const char *word = kind == NOTHING ? NULL : next_word(line);

	switch (kind) {
	case NOTHING:
		return true;
	case STATUS:
		if (word == NULL || strlen(word) != 4 || !read_hex(word, r->bytes, 2, &r->len))
			return false;
		r->value = (unsigned long)(r->bytes[0] << 8 | r->bytes[1]);
		return true;
	case BYTES:
		return read_hex(word, r->bytes, sizeof r->bytes, &r->len);
	case LENGTH:
		return read_number(word, VCARD_RESPONSE_MAX, &r->value);
	case MILLISECONDS:
		return read_number(word, DELAY_MAX_MS, &r->value);
	}
	return false;
}

static const struct action_row *action_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(actions[i].word, word) == 0)
			return &actions[i];
	return NULL;
}

static bool read_rule(char *line, struct rule *ret)
{
	struct rule r = {0};
	const struct action_row *row;
	const char *word = NULL;

	if (!read_when(&line, &r, &word))
		return false;
	row = action_of(word);
	if (row == NULL || !read_argument(&line, row->argument, &r) || next_word(&line) != NULL)
		return false;
	r.action = row->action;
	*ret = r;
	return true;
}

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t\r")] == '\0';
}

/* A comment begins with "#" at the start of a word, but a "#2" behind something else counts commands. */
static void cut_comment(char *line)
{
	const size_t first = strspn(line, " \t\r");
	size_t i;

	for (i = first; line[i] != '\0'; i++) {
		const bool starts = i == first || strchr(" \t", line[i - 1]) != NULL;
		const bool counts = i > first && line[i + 1] >= '0' && line[i + 1] <= '9';

		if (line[i] == '#' && starts && !counts) {
			line[i] = '\0';
			return;
		}
	}
}

static rp_code add_line(struct faults *f, const char *text, size_t len, unsigned number, struct rp_error *err)
{
	char line[LINE_MAX_LEN];

	if (len >= sizeof line)
		return rp_fail(err, RP_E_CONFIG, "line %u of the fault script is too long", number);
	memcpy(line, text, len);
	line[len] = '\0';
	cut_comment(line);
	if (is_blank(line))
		return RP_OK;
	if (f->n == RULES_MAX)
		return rp_fail(err, RP_E_CONFIG, "line %u of the fault script: more than %d rules", number,
			       RULES_MAX);
	if (!read_rule(line, &f->rules[f->n]))
		return rp_fail(err, RP_E_CONFIG, "line %u of the fault script is no rule: \"%.*s\"", number,
			       (int)(len < 100 ? len : 100), text);
	f->n++;
	return RP_OK;
}

rp_code faults_parse(const char *text, struct faults **ret, struct rp_error *err)
{
	struct faults *f = calloc(1, sizeof *f);
	unsigned number = 1;
	rp_code rc = RP_OK;

	if (f != NULL)
		f->rules = calloc(RULES_MAX, sizeof *f->rules);
	if (f == NULL || f->rules == NULL) {
		faults_free(f);
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a fault script");
	}
	while (rc == RP_OK && *text != '\0') {
		const size_t len = strcspn(text, "\n");

		rc = add_line(f, text, len, number++, err);
		text += len + (text[len] != '\0');
	}
	if (rc != RP_OK) {
		faults_free(f);
		return rc;
	}
	*ret = f;
	return RP_OK;
}

void faults_free(struct faults *f)
{
	if (f == NULL)
		return;
	free(f->rules);
	free(f);
}

/* --- playing it --- */

/* True when the rule's moment is this command; counts the INS also for a rule that has served. */
static bool is_due(struct rule *r, unsigned long number, const uint8_t *cmd, size_t len)
{
	if (!r->by_ins)
		return !r->served && r->number == number;
	if (len < 2 || cmd[1] != r->ins)
		return false;
	r->seen++;
	return !r->served && r->number == r->seen;
}

/* Another program: the card is reset, and a wrong value tried on the first PIN that has a try left. */
static void grab(struct vcard *c)
{
	uint8_t wrong[VCARD_PIN_MAX];
	size_t i;

	vcard_reset(c);
	for (i = 0; i < c->n_pins; i++) {
		struct vpin *p = &c->pins[i];

		if (!p->set || p->len == 0 || p->tries == 0)
			continue;
		memcpy(wrong, p->value, p->len);
		wrong[0] ^= 0x01;
		(void)vpin_check(c, p, wrong, p->len); /* wrong, and that is the purpose */
		return;
	}
}

/* Delay and grab go along with what the command gets; of the rest the first in the script serves. */
static const struct rule *take_due(struct faults *f, struct vcard *c, const uint8_t *cmd, size_t len,
				   unsigned *ret_delay_ms)
{
	const struct rule *due = NULL;
	size_t i;

	f->commands++;
	for (i = 0; i < f->n; i++) {
		struct rule *r = &f->rules[i];

		if (!is_due(r, f->commands, cmd, len))
			continue;
		r->served = true;
		if (r->action == DELAY)
			*ret_delay_ms += (unsigned)r->value;
		else if (r->action == GRAB)
			grab(c);
		else if (due == NULL)
			due = r;
	}
	return due;
}

static size_t put(uint8_t *ret, size_t cap, const uint8_t *bytes, size_t len)
{
	const size_t n = len < cap ? len : cap;

	if (n > 0)
		memcpy(ret, bytes, n);
	return n;
}

/* `len` bytes with the true status word at their end: a client that trusts lengths trips over it. */
static size_t make_long(uint8_t *ret, size_t cap, size_t true_len, size_t len)
{
	uint8_t sw[2] = {0};

	if (len > cap)
		len = cap;
	if (len < 2)
		return len;
	memcpy(sw, ret + true_len - 2, 2);
	memset(ret, 0xEE, len - 2);
	memcpy(ret + len - 2, sw, 2);
	return len;
}

/* The actions behind which the command is executed; *ret_len holds the length of the true answer. */
static enum fault_result spoil(const struct rule *r, struct vcard *c, uint8_t *ret, size_t cap,
			       size_t *ret_len)
{
	if (r->action == CUT_AFTER) {
		vcard_reset(c);
		*ret_len = 0;
		return FAULT_CUT;
	}
	if (r->action == SW || r->action == REPLY)
		*ret_len = put(ret, cap, r->bytes, r->len);
	else if (r->action == EMPTY)
		*ret_len = 0;
	else if (r->action == SHORT)
		*ret_len = *ret_len > 0 ? 1 : 0;
	else if (r->action == LONG)
		*ret_len = make_long(ret, cap, *ret_len, r->value);
	return FAULT_ANSWER;
}

enum fault_result fault_transmit(struct faults *f, struct vcard *c, const uint8_t *cmd, size_t len,
				 uint8_t *ret, size_t cap, size_t *ret_len, unsigned *ret_delay_ms)
{
	const struct rule *due;

	*ret_len = 0;
	*ret_delay_ms = 0;
	due = f == NULL ? NULL : take_due(f, c, cmd, len, ret_delay_ms);
	if (due != NULL && due->action == MUTE)
		return FAULT_MUTE;
	if (due != NULL && (due->action == CUT_BEFORE || due->action == REMOVE)) {
		vcard_reset(c);
		return due->action == REMOVE ? FAULT_REMOVED : FAULT_CUT;
	}
	if (due != NULL && due->action == INSTEAD) {
		*ret_len = put(ret, cap, due->bytes, due->len);
		return FAULT_ANSWER;
	}
	*ret_len = vcard_transmit(c, cmd, len, ret, cap);
	return due == NULL ? FAULT_ANSWER : spoil(due, c, ret, cap, ret_len);
}

/* --- the diary --- */

/* Appends text; what does not fit is left out. */
static void say(char *ret, size_t cap, size_t *at, const char *text)
{
	const size_t room = cap - *at - 1, len = strlen(text), n = len < room ? len : room;

	memcpy(ret + *at, text, n);
	*at += n;
	ret[*at] = '\0';
}

static void say_hex(char *ret, size_t cap, size_t *at, const uint8_t *bytes, size_t len)
{
	char pair[3];
	size_t i;

	if (len == 0)
		say(ret, cap, at, "-");
	for (i = 0; i < len && *at + 2 < cap; i++)
		if (hex_of(bytes + i, 1, pair, sizeof pair))
			say(ret, cap, at, pair);
}

void vcard_diary_line(const struct vcard *c, unsigned n, const uint8_t *cmd, size_t len, const uint8_t *rsp,
		      size_t rsp_len, const char *before, char *ret, size_t cap)
{
	char after[512], number[16];
	size_t at = 0;

	if (cap == 0)
		return;
	ret[0] = '\0';
	vcard_tries(c, after, sizeof after);
	(void)snprintf(number, sizeof number, "%u ", n);
	say(ret, cap, &at, number);
	say_hex(ret, cap, &at, cmd, len);
	say(ret, cap, &at, " ");
	say_hex(ret, cap, &at, rsp, rsp == NULL ? 0 : rsp_len);
	say(ret, cap, &at, " | ");
	say(ret, cap, &at, before);
	say(ret, cap, &at, " | ");
	say(ret, cap, &at, after);
}

void vcard_tries(const struct vcard *c, char *ret, size_t cap)
{
	size_t at = 0, i;
	char number[8];

	if (cap == 0)
		return;
	ret[0] = '\0';
	for (i = 0; i < c->n_pins; i++) {
		if (!c->pins[i].set)
			continue; /* the card is without it, so it has no tries to lose */
		if (at > 0)
			say(ret, cap, &at, " ");
		say(ret, cap, &at, c->pins[i].id);
		(void)snprintf(number, sizeof number, "=%u", (unsigned)c->pins[i].tries);
		say(ret, cap, &at, number);
	}
}
