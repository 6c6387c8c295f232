/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases at a counter for the tests: who comes, what they show, what the calculator says of it.
 */
#ifndef REPIN_TESTS_COUNTER_H
#define REPIN_TESTS_COUNTER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/documents.h"

static const struct date today = {2026, 11, 20}, tomorrow = {2026, 11, 21}, yesterday = {2026, 11, 19};

/* An adult of the city who has come with the card and nothing else. */
static inline struct counter_case come(enum applicant applicant, enum counter_act act)
{
	return (struct counter_case){
		.applicant = applicant,
		.act = act,
		.today = today,
		.office_municipality = "13225",
		.holder_municipality = "13225",
		.holder_age = 40,
		.card_present = true,
	};
}

/* The representative of a child of 9, who has come along. */
static inline struct counter_case come_for_child(enum counter_act act)
{
	struct counter_case c = come(APPLICANT_REPRESENTATIVE, act);

	c.holder_age = 9;
	c.representative_present = true;
	c.current_pin_verified = act == ACT_CHANGE;
	return c;
}

static inline struct document_shown *show(struct counter_case *c, enum document_kind kind,
					  enum document_owner whose)
{
	struct document_shown *d = &c->shown[c->n_shown++];

	*d = (struct document_shown){
		.kind = kind,
		.whose = whose,
		.issued = {2020, 4, 1},
		.valid_to = tomorrow,
		.name_matches = true,
		.birth_matches = true,
		.named = "",
		.reason = "",
	};
	if (documents[kind].named_by_clerk) {
		d->named = "seaman's book";
		d->reason = "issued by a ministry, with a photo";
	}
	return d;
}

static inline struct document_shown *holder_shows(struct counter_case *c, enum document_kind kind)
{
	return show(c, kind, OWNER_HOLDER);
}

static inline struct document_shown *applicant_shows(struct counter_case *c, enum document_kind kind)
{
	return show(c, kind, OWNER_APPLICANT);
}

static inline bool has(const struct document_result *r, enum document_rule rule)
{
	for (size_t i = 0; i < r->n_findings; i++)
		if (r->findings[i].rule == rule)
			return true;
	return false;
}

static inline void gives(const struct counter_case *c, enum document_verdict expected)
{
	struct document_result r;

	documents_check(c, &r);
	assert_string_equal(document_verdict_word(r.verdict), document_verdict_word(expected));
}

/* The verdict, and the finding that explains it. */
static inline void says(const struct counter_case *c, enum document_verdict expected, enum document_rule rule)
{
	struct document_result r;

	gives(c, expected);
	documents_check(c, &r);
	if (!has(&r, rule))
		fail_msg("does not say %s", document_rules[rule].word);
}

static inline void does_not_say(const struct counter_case *c, enum document_rule rule)
{
	struct document_result r;

	documents_check(c, &r);
	assert_false(has(&r, rule));
}

#endif
