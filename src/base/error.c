/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

rp_code rp_fail(struct rp_error *err, rp_code code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return code;
	*err = (struct rp_error)RP_ERROR_INIT;
	err->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(err->story, sizeof err->story, fmt,
			ap); /* a long story ends early, and that is fine */
	va_end(ap);
	return code;
}

rp_code rp_refuse(struct rp_error *err, enum rp_problem problem, const char *fmt, ...)
{
	char detail[sizeof err->story];
	va_list ap;

	if (err == NULL)
		return RP_E_ISSUER_REFUSED;
	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	(void)rp_fail(err, RP_E_ISSUER_REFUSED, "%s%s%s", rp_problem_title(problem),
		      detail[0] != '\0' ? ": " : "", detail);
	err->problem = problem;
	return RP_E_ISSUER_REFUSED;
}

rp_code rp_context(struct rp_error *err, rp_code code, const char *fmt, ...)
{
	char story[sizeof err->story];
	va_list ap;
	int n;

	if (err == NULL || code == RP_OK)
		return code;
	va_start(ap, fmt);
	n = vsnprintf(story, sizeof story, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof story)
		return code;
	(void)snprintf(story + n, sizeof story - (size_t)n, ": %s", err->story);
	(void)snprintf(err->story, sizeof err->story, "%s", story);
	return code;
}

struct code_row {
	rp_code code;
	const char *word;
	int exit;
	const char *text;
};

static const struct code_row codes[] = {
#define CODE_ROW(name, number, word, exit, text) {RP_##name, word, exit, text},
	RP_CODES(CODE_ROW)
#undef CODE_ROW
};

static const struct code_row *code_row(rp_code code)
{
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i].code == code)
			return &codes[i];
	return &codes[1]; /* a number that is no code is a fault of ours */
}

const char *rp_code_word(rp_code code)
{
	return code_row(code)->word;
}

const char *rp_code_text(rp_code code)
{
	return code_row(code)->text;
}

int rp_code_exit(rp_code code)
{
	return code_row(code)->exit;
}

struct slot_row {
	rp_slot slot;
	const char *word;
};

static const struct slot_row slots[] = {
#define SLOT_ROW(name, number, word) {RP_SLOT_##name, word},
	RP_SLOTS(SLOT_ROW)
#undef SLOT_ROW
};

const char *rp_slot_word(rp_slot slot)
{
	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
		if (slots[i].slot == slot)
			return slots[i].word;
	return "";
}

rp_slot rp_slot_from_word(const char *word)
{
	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
		if (strcmp(slots[i].word, word) == 0)
			return slots[i].slot;
	return RP_SLOT_NONE;
}

const char *rp_pin_state_word(rp_pin_state state)
{
	switch (state) {
	case RP_PIN_READY:
		return "ready";
	case RP_PIN_LOCKED:
		return "locked";
	case RP_PIN_DEAD:
		return "dead";
	case RP_PIN_NOT_SET:
		return "not-set";
	case RP_PIN_UNKNOWN:
		break;
	}
	return "unknown";
}

/* --- problems --- */

struct problem_row {
	const char *slug, *title, *door;
	int status;
};

static const struct problem_row problems[RP_PROBLEMS_N] = {
#define PROBLEM_ROW(name, slug, status, title, door) [RP_PROBLEM_##name] = {slug, title, door, status},
	RP_PROBLEMS(PROBLEM_ROW)
#undef PROBLEM_ROW
};

static const struct problem_row *problem_row(enum rp_problem p)
{
	return p > RP_PROBLEM_NONE && p < RP_PROBLEMS_N ? &problems[p] : &problems[RP_PROBLEM_FAULT];
}

const char *rp_problem_slug(enum rp_problem p)
{
	return problem_row(p)->slug;
}

const char *rp_problem_title(enum rp_problem p)
{
	return problem_row(p)->title;
}

const char *rp_problem_door(enum rp_problem p)
{
	return problem_row(p)->door;
}

int rp_problem_status(enum rp_problem p)
{
	return problem_row(p)->status;
}

enum rp_problem rp_problem_from_slug(const char *slug)
{
	for (enum rp_problem p = RP_PROBLEM_NONE + 1; p < RP_PROBLEMS_N; p++)
		if (slug != NULL && strcmp(problems[p].slug, slug) == 0)
			return p;
	return RP_PROBLEM_NONE;
}
