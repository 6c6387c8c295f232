/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where words go: paragraphs wrapped to the terminal, tables aligned by what it shows.
 * Into a pipe a paragraph is one line, so that scripts and people can search it.
 */
#include "cli/cli.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MAX 100 /* longer lines are hard to read */
#define PARA_MAX 3584

static bool only_ascii, json_only, result_failed;
static int talk_fd = -1;

/* What is held back between out_hold and out_release, all for one descriptor. */
static struct {
	char text[8192];
	size_t len;
	int fd;
	unsigned depth;
} held;

void out_start(bool ascii, bool json)
{
	only_ascii = ascii;
	json_only = json;
}

bool out_is_ascii(void)
{
	return only_ascii;
}

void out_talk_on(int tty_fd)
{
	talk_fd = tty_fd;
}

static int fd_of(enum out_to to)
{
	switch (to) {
	case OUT_RESULT:
		return STDOUT_FILENO;
	case OUT_TALK:
		if (talk_fd >= 0)
			return talk_fd;
		return json_only ? -1 : STDOUT_FILENO;
	case OUT_ERROR:
		break;
	}
	return STDERR_FILENO;
}

static void write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			/* Only the loss of a result changes the exit status. */
			result_failed = result_failed || fd == STDOUT_FILENO;
			return;
		}
		p += n;
		len -= (size_t)n;
	}
}

static void let_out(void)
{
	write_all(held.fd, held.text, held.len);
	held.len = 0;
}

void out_hold(void)
{
	held.depth++;
}

void out_release(void)
{
	if (held.depth > 0 && --held.depth == 0)
		let_out();
}

static void put(int fd, const char *text, size_t len)
{
	/* Order stays, also between standard output and standard error. */
	if (held.fd != fd || len > sizeof held.text - held.len)
		let_out();
	if (held.depth == 0 || len > sizeof held.text) {
		write_all(fd, text, len);
		return;
	}
	held.fd = fd;
	memcpy(held.text + held.len, text, len); /* checked: both ifs above */
	held.len += len;
}

void out_text(enum out_to to, const char *text)
{
	const int fd = fd_of(to);

	if (fd < 0)
		return;
	if (!only_ascii) {
		put(fd, text, strlen(text));
		return;
	}
	while (text[0] != '\0') {
		size_t plain = 0;

		while (text[plain] != '\0' && (unsigned char)text[plain] < 0x80)
			plain++;
		put(fd, text, plain);
		text += plain;
		if (text[0] == '\0')
			break;
		put(fd, "?", 1);
		for (text++; ((unsigned char)text[0] & 0xC0) == 0x80; text++)
			;
	}
}

bool out_good(void)
{
	let_out();
	return !result_failed;
}

void out_gap(enum out_to to)
{
	out_text(to, "\n");
}

/* 0: not a terminal, lines are not wrapped. */
static size_t width_of(enum out_to to)
{
	const int fd = fd_of(to);
	struct winsize size = {0};

	if (fd < 0 || !isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	if (size.ws_col < 40)
		return 40;
	return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
}

static size_t char_len(const char *p)
{
	size_t n = 1;

	while (((unsigned char)p[n] & 0xC0) == 0x80)
		n++;
	return n;
}

static size_t char_width(const char *p, size_t len)
{
	char one[8];

	(void)snprintf(one, sizeof one, "%.*s", (int)(len < sizeof one ? len : sizeof one - 1), p);
	return text_width(one);
}

/* Japanese and Chinese lines do not begin with these. */
static bool may_begin_line(const char *p)
{
	static const char *const never[] = {"。", "、", "，", "．", "）", "」", "』", "：",
					    "；", "？", "！", "・", "ー", "〉", "》"};

	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (strncmp(p, never[i], strlen(never[i])) == 0)
			return false;
	return true;
}

static bool may_end_line(const char *p, size_t len)
{
	static const char *const never[] = {"（", "「", "『", "〈", "《"};

	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (strlen(never[i]) == len && strncmp(p, never[i], len) == 0)
			return false;
	return true;
}

/* Bytes of text that fit on a line of `room` columns; at least one character. */
static size_t line_len(const char *text, size_t room)
{
	size_t at = 0, used = 0, last = 0;

	while (text[at] != '\0') {
		const size_t len = char_len(text + at);
		const size_t width = char_width(text + at, len);

		if (text[at] == ' ')
			last = at;
		else if (used + width > room)
			return last > 0 ? last : at + (at == 0 ? len : 0);
		used += width;
		at += len;
		if (width == 2 && may_end_line(text + at - len, len) && used <= room &&
		    may_begin_line(text + at))
			last = at;
	}
	return at;
}

void out_item(enum out_to to, unsigned indent, const char *mark, const char *text)
{
	const size_t width = width_of(to), used = text_width(mark);
	const int gap = used < indent ? (int)(indent - used) : used > 0;
	char line[PARA_MAX + 64];

	if (fd_of(to) < 0)
		return;
	for (bool first = true; text[0] != '\0'; first = false) {
		const size_t len = width == 0 ? strlen(text) : line_len(text, width - indent);

		(void)snprintf(line, sizeof line, "%s%*s%.*s\n", first ? mark : "", first ? gap : (int)indent,
			       "", (int)len, text);
		out_text(to, line);
		text += len;
		text += strspn(text, " ");
	}
}

void out_para(enum out_to to, unsigned indent, const char *text)
{
	out_item(to, indent, "", text);
}

void out_parf(enum out_to to, unsigned indent, const char *fmt, ...)
{
	char text[PARA_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	out_para(to, indent, text);
}

void table_row(struct table *t)
{
	if (t->rows == TABLE_ROWS)
		t->failed = true;
	else
		t->rows++;
}

void table_cell(struct table *t, size_t col, enum style style, const char *text)
{
	if (t->failed || t->rows == 0 || col >= TABLE_COLS) {
		t->failed = true;
		return;
	}
	free(t->cell[t->rows - 1][col]);
	t->cell[t->rows - 1][col] = strdup(text);
	t->style[t->rows - 1][col] = (unsigned char)style;
	if (t->cell[t->rows - 1][col] == NULL)
		t->failed = true;
	if (col + 1 > t->cols)
		t->cols = col + 1;
}

void table_free(struct table *t)
{
	for (size_t r = 0; r < TABLE_ROWS; r++)
		for (size_t c = 0; c < TABLE_COLS; c++)
			free(t->cell[r][c]);
	*t = (struct table){0};
}

static const char *style_start(enum style style)
{
	static const char *const seq[] = {"", "\033[32m", "\033[33m", "\033[1;31m", "\033[1m"};

	return seq[style];
}

static bool is_coloured(enum out_to to)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(fd_of(to)) && (no == NULL || no[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

static void show_cell(const struct table *t, enum out_to to, size_t r, size_t c, size_t width, bool colour)
{
	const char *text = t->cell[r][c] != NULL ? t->cell[r][c] : "";
	const bool styled = colour && t->style[r][c] != STYLE_PLAIN;
	const size_t used = text_width(text);
	char blanks[128];

	if (styled)
		out_text(to, style_start(t->style[r][c]));
	out_text(to, text);
	if (styled)
		out_text(to, "\033[0m");
	if (c + 1 == t->cols)
		return;
	(void)snprintf(blanks, sizeof blanks, "%*s", (int)(width - used + 2), "");
	out_text(to, blanks);
}

bool table_show(const struct table *t, enum out_to to, unsigned indent)
{
	size_t width[TABLE_COLS] = {0};
	const bool colour = fd_of(to) >= 0 && is_coloured(to);
	char blanks[64];

	if (t->failed)
		return false;
	for (size_t r = 0; r < t->rows; r++)
		for (size_t c = 0; c < t->cols; c++) {
			const size_t w = t->cell[r][c] != NULL ? text_width(t->cell[r][c]) : 0;

			width[c] = w > width[c] ? w : width[c];
		}
	(void)snprintf(blanks, sizeof blanks, "%*s", (int)indent, "");
	out_hold();
	for (size_t r = 0; r < t->rows; r++) {
		out_text(to, blanks);
		for (size_t c = 0; c < t->cols; c++)
			show_cell(t, to, r, c, width[c], colour);
		out_gap(to);
	}
	out_release();
	return true;
}
