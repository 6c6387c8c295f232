/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/documents.h"

#include <assert.h>
#include <string.h>

enum { AGE_TO_APPLY = 15 }; /* seed 004: "for those under 15 years old and adult wards" */

/* Documents of a person that count, by list. */
struct points {
	int a, b;
};

/* What one person has to show: either of the two. */
struct need {
	enum applicant applicant;
	enum counter_act act;
	enum document_owner whose;
	const struct points *either; /* two */
	bool supplement;	     /* a single document of list A may be supplemented */
	enum document_rule rule;
};

static const struct points one_of_any[2] = {{1, 0}, {0, 1}}, two_with_a[2] = {{2, 0}, {1, 1}};

/*
 * Sources: the rows of their rules. A representative shows the documents "in addition to the
 * above", so the holder's document is needed for a reset by a representative too.
 */
static const struct need needs[] = {
	{APPLICANT_SELF, ACT_RESET, OWNER_HOLDER, one_of_any, false, RULE_HOLDER_DOCUMENT},
	{APPLICANT_REPRESENTATIVE, ACT_RESET, OWNER_HOLDER, one_of_any, false, RULE_HOLDER_DOCUMENT},
	{APPLICANT_REPRESENTATIVE, ACT_RESET, OWNER_APPLICANT, two_with_a, true,
	 RULE_REPRESENTATIVE_DOCUMENTS},
	{APPLICANT_REPRESENTATIVE, ACT_CHANGE, OWNER_APPLICANT, two_with_a, true,
	 RULE_REPRESENTATIVE_DOCUMENTS},
	{APPLICANT_AGENT, ACT_RESET, OWNER_HOLDER, one_of_any, false, RULE_HOLDER_DOCUMENT},
	{APPLICANT_AGENT, ACT_RESET, OWNER_APPLICANT, two_with_a, false, RULE_AGENT_DOCUMENTS},
	{APPLICANT_AGENT, ACT_CHANGE, OWNER_HOLDER, one_of_any, false, RULE_HOLDER_DOCUMENT},
	{APPLICANT_AGENT, ACT_CHANGE, OWNER_APPLICANT, two_with_a, false, RULE_AGENT_DOCUMENTS},
};

static void add(struct document_result *r, enum document_rule rule, size_t shown)
{
	assert(r->n_findings < FINDINGS_MAX);
	r->findings[r->n_findings++] = (struct document_finding){rule, shown};
}

static void add_if(struct document_result *r, bool found, enum document_rule rule)
{
	if (found)
		add(r, rule, FINDING_GENERAL);
}

static bool is_under_age(const struct counter_case *c)
{
	return c->holder_age >= 0 && c->holder_age < AGE_TO_APPLY;
}

static bool is_first_visit(const struct counter_case *c)
{
	return c->applicant == APPLICANT_AGENT && !date_is_set(c->letter_sent);
}

static bool register_is_waived(const struct counter_case *c)
{
	return c->same_household == FACT_YES && c->domicile_in_city == FACT_YES;
}

/* --- one document --- */

static const struct document_row *row_of(const struct document_shown *d)
{
	return &documents[(unsigned)d->kind < DOCUMENT_KINDS ? d->kind : DOC_NONE];
}

static bool is_asked_for(const struct counter_case *c, const struct document_shown *d)
{
	if (row_of(d)->list == LIST_POWER)
		return c->applicant == APPLICANT_REPRESENTATIVE;
	return d->whose == OWNER_HOLDER || c->applicant != APPLICANT_SELF;
}

static bool is_possible(struct date d)
{
	return !date_is_set(d) || date_is_valid(d);
}

/* DOCUMENT_RULES: the days are in order. */
static enum document_rule wrong_with_days(struct date today, const struct document_shown *d)
{
	const struct document_row *row = row_of(d);

	if (!is_possible(d->issued) || !is_possible(d->valid_from) || !is_possible(d->valid_to))
		return RULE_DATE_WRONG;
	if (date_is_set(d->issued) && date_compare(d->issued, today) > 0)
		return RULE_DATE_WRONG;
	if (date_is_set(d->valid_from) && date_compare(d->valid_from, today) > 0)
		return RULE_NOT_YET_VALID;
	if (date_is_set(d->valid_to) && date_compare(d->valid_to, today) < 0)
		return RULE_EXPIRED;
	if (row->expires && !date_is_set(d->valid_to))
		return RULE_VALIDITY_MISSING;
	if (date_is_set(row->issued_from) && !date_is_set(d->issued))
		return RULE_ISSUE_DATE_MISSING;
	if (date_is_set(row->issued_from) && date_compare(d->issued, row->issued_from) < 0)
		return RULE_ISSUED_TOO_EARLY;
	return DOCUMENT_RULES;
}

/* DOCUMENT_RULES: it says who the person is. */
static enum document_rule wrong_with_match(const struct document_shown *d)
{
	const struct document_row *row = row_of(d);

	if (row->list == LIST_POWER)
		return d->name_matches ? DOCUMENT_RULES : RULE_NAMES_BOTH;
	if (!d->name_matches || !(d->birth_matches || d->address_matches))
		return row->must_show ? RULE_SHOWS_TOO_LITTLE : RULE_NO_MATCH;
	if (row->named_by_clerk && (d->named[0] == '\0' || d->reason[0] == '\0'))
		return RULE_OTHER_UNNAMED;
	return DOCUMENT_RULES;
}

/* DOCUMENT_RULES: nothing is wrong with this document, taken alone. */
static enum document_rule wrong_with(const struct counter_case *c, const struct document_shown *d)
{
	enum document_rule wrong;

	if (row_of(d)->list == LIST_NONE)
		return RULE_KIND_UNKNOWN;
	if (!is_asked_for(c, d))
		return RULE_NOBODYS;
	/* A holder has one My Number Card, and it is the card that this is about. */
	if (d->whose == OWNER_HOLDER && (d->kind == DOC_A_MY_NUMBER_CARD || d->kind == DOC_B_MY_NUMBER_CARD))
		return RULE_CARD_ITSELF;
	wrong = wrong_with_days(c->today, d);
	return wrong != DOCUMENT_RULES ? wrong : wrong_with_match(d);
}

static enum document_kind paper_of(const struct document_shown *d)
{
	const enum document_kind paper = row_of(d)->paper;

	return paper != DOC_NONE ? paper : d->kind;
}

static bool is_same_paper(const struct document_shown *x, const struct document_shown *y)
{
	if (x->whose != y->whose || paper_of(x) != paper_of(y))
		return false;
	return !row_of(x)->named_by_clerk || strcmp(x->named, y->named) == 0;
}

/* Of one paper entered twice, the entry of list A counts, else the first one. */
static bool is_repeat(const struct counter_case *c, size_t i)
{
	const struct document_shown *d = &c->shown[i];

	for (size_t j = 0; j < c->n_shown; j++) {
		const struct document_shown *other = &c->shown[j];
		const enum document_list list = row_of(d)->list, others = row_of(other)->list;

		if (j == i || !is_same_paper(d, other) || wrong_with(c, other) != DOCUMENT_RULES)
			continue;
		if (others < list || (others == list && j < i))
			return true;
	}
	return false;
}

static enum document_rule wrong_with_entry(const struct counter_case *c, size_t i)
{
	const enum document_rule wrong = wrong_with(c, &c->shown[i]);

	return wrong == DOCUMENT_RULES && is_repeat(c, i) ? RULE_SAME_PAPER : wrong;
}

/* --- what one person has shown --- */

static struct points points_of(const struct counter_case *c, enum document_owner whose, bool with_others)
{
	struct points p = {0, 0};

	for (size_t i = 0; i < c->n_shown; i++) {
		const struct document_shown *d = &c->shown[i];
		const struct document_row *row = row_of(d);

		if (d->whose != whose || (row->named_by_clerk && !with_others))
			continue;
		if (wrong_with_entry(c, i) != DOCUMENT_RULES)
			continue;
		p.a += row->list == LIST_A;
		p.b += row->list == LIST_B;
	}
	return p;
}

static bool is_met(const struct need *n, struct points p)
{
	for (size_t i = 0; i < 2; i++)
		if (p.a >= n->either[i].a && p.b >= n->either[i].b)
			return true;
	return false;
}

static void check_need(const struct counter_case *c, const struct need *n, struct document_result *r)
{
	const struct points all = points_of(c, n->whose, true), listed = points_of(c, n->whose, false);
	const bool single = n->supplement && all.a == 1 && all.b == 0;
	const bool pin = c->card_pin_confirmed || c->current_pin_verified;
	const bool resident = c->applicant_resident == FACT_YES;

	if (is_met(n, listed))
		return;
	if (is_met(n, all)) {
		add(r, RULE_OTHER_TAKEN, FINDING_GENERAL);
	} else if (single && (pin || resident)) {
		add_if(r, pin, RULE_SINGLE_A_PIN);
		add_if(r, resident, RULE_SINGLE_A_HEARING);
		add_if(r, listed.a == 0, RULE_OTHER_TAKEN);
	} else {
		add(r, n->rule, FINDING_GENERAL);
		add_if(r, single, RULE_SUPPLEMENT);
	}
}

static bool has_paper(const struct counter_case *c, enum document_kind kind)
{
	for (size_t i = 0; i < c->n_shown; i++)
		if (c->shown[i].kind == kind && wrong_with(c, &c->shown[i]) == DOCUMENT_RULES)
			return true;
	return false;
}

/* --- the case --- */

static void check_refusals(const struct counter_case *c, struct document_result *r)
{
	const bool young = is_under_age(c), ward = c->holder_is_ward;
	const bool elsewhere = c->holder_municipality[0] != '\0' &&
			       strcmp(c->holder_municipality, c->office_municipality) != 0;
	const bool second_visit = c->applicant == APPLICANT_AGENT && date_is_valid(c->letter_sent);

	add_if(r, c->on_smartphone, RULE_SMARTPHONE);
	add_if(r, elsewhere, RULE_OTHER_OFFICE);
	add_if(r, c->applicant == APPLICANT_SELF && young, RULE_SELF_UNDER_15);
	add_if(r, c->applicant == APPLICANT_SELF && ward, RULE_SELF_WARD);
	add_if(r, c->applicant == APPLICANT_REPRESENTATIVE && c->holder_age >= AGE_TO_APPLY && !ward,
	       RULE_NOT_REPRESENTED);
	add_if(r, c->applicant == APPLICANT_AGENT && young, RULE_AGENT_UNDER_15);
	add_if(r, c->applicant == APPLICANT_AGENT && ward, RULE_AGENT_WARD);
	add_if(r, second_visit && date_compare(c->letter_sent, c->today) >= 0, RULE_AGENT_SAME_DAY);
}

static void check_facts(const struct counter_case *c, struct document_result *r)
{
	add_if(r, !date_is_valid(c->today) || !is_possible(c->letter_sent), RULE_DAY);
	add_if(r, c->holder_municipality[0] == '\0', RULE_MUNICIPALITY);
	add_if(r, c->holder_age < 0, RULE_AGE);
	add_if(r, !c->card_present, RULE_CARD);
}

static void check_representation(const struct counter_case *c, struct document_result *r)
{
	const bool waived = register_is_waived(c), young = is_under_age(c);

	if (c->applicant != APPLICANT_REPRESENTATIVE)
		return;
	add_if(r, c->act == ACT_CHANGE && !c->representative_present, RULE_REPRESENTATIVE_PRESENT);
	add_if(r, young && !waived && !has_paper(c, DOC_FAMILY_REGISTER), RULE_FAMILY_REGISTER);
	add_if(r, young && waived, RULE_REGISTER_NOT_NEEDED);
	add_if(r, c->holder_is_ward && !has_paper(c, DOC_GUARDIANSHIP), RULE_GUARDIANSHIP);
}

static void check_evidence(const struct counter_case *c, struct document_result *r)
{
	add_if(r, c->act == ACT_CHANGE && !c->current_pin_verified, RULE_CURRENT_PIN);
	add_if(r, c->applicant == APPLICANT_AGENT && !c->answer_brought, RULE_AGENT_ANSWER);
	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
		if (needs[i].applicant == c->applicant && needs[i].act == c->act)
			check_need(c, &needs[i], r);
	check_representation(c, r);
	for (size_t i = 0; i < c->n_shown; i++) {
		const enum document_rule wrong = wrong_with_entry(c, i);

		if (wrong != DOCUMENT_RULES)
			add(r, wrong, i);
	}
}

static bool has_class(const struct document_result *r, enum rule_class class)
{
	for (size_t i = 0; i < r->n_findings; i++)
		if (document_rules[r->findings[i].rule].class == class)
			return true;
	return false;
}

void documents_check(const struct counter_case *c, struct document_result *ret)
{
	assert(c->n_shown <= DOCUMENTS_SHOWN_MAX);
	*ret = (struct document_result){.verdict = VERDICT_REFUSED};
	check_refusals(c, ret);
	if (ret->n_findings > 0)
		return;
	check_facts(c, ret);
	if (is_first_visit(c))
		add(ret, RULE_LETTER, FINDING_GENERAL);
	else
		check_evidence(c, ret);

	if (has_class(ret, CLASS_MISSING))
		ret->verdict = VERDICT_NOT_ENOUGH;
	else if (is_first_visit(c))
		ret->verdict = VERDICT_LETTER;
	else
		ret->verdict = has_class(ret, CLASS_CLERK) ? VERDICT_CLERK : VERDICT_ENOUGH;
}

const char *document_verdict_word(enum document_verdict v)
{
	static const char *const words[VERDICTS] = {
		[VERDICT_REFUSED] = "refused", [VERDICT_NOT_ENOUGH] = "not-enough", [VERDICT_CLERK] = "clerk",
		[VERDICT_LETTER] = "letter",   [VERDICT_ENOUGH] = "enough",
	};

	return (unsigned)v < VERDICTS ? words[v] : words[VERDICT_REFUSED];
}

enum document_kind document_of_word(const char *word)
{
	for (unsigned k = DOC_NONE + 1; k < DOCUMENT_KINDS; k++)
		if (strcmp(documents[k].word, word) == 0)
			return (enum document_kind)k;
	return DOC_NONE;
}
