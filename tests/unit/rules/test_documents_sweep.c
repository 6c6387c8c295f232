/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every applicant, act, age and fact, with every set of up to two documents of every kind, and
 * every set of three of the kinds that differ in a rule: the verdict is that of a second
 * reading of the page, kept here in the plainest form and sharing no table with the first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/documents.h"

static const struct date today = {2026, 11, 20}, yesterday = {2026, 11, 19}, next_year = {2027, 11, 20};

/* --- the second reading --- */

static bool is_a(enum document_kind k)
{
	return k == DOC_A_DRIVER_LICENSE || k == DOC_A_MY_NUMBER_CARD || k == DOC_A_JUKI_CARD ||
	       k == DOC_A_PASSPORT || k == DOC_A_DISABILITY || k == DOC_A_DRIVING_HISTORY ||
	       k == DOC_A_RESIDENCE_CARD || k == DOC_A_SPECIAL_PERMANENT || k == DOC_A_OTHER;
}

static bool is_b(enum document_kind k)
{
	return k == DOC_B_MY_NUMBER_CARD || k == DOC_B_HEALTH_INSURANCE || k == DOC_B_CARE_INSURANCE ||
	       k == DOC_B_PENSION_BOOK || k == DOC_B_PENSION_CERTIFICATE || k == DOC_B_PUBLIC_ASSISTANCE ||
	       k == DOC_B_MEDICAL || k == DOC_B_MATERNAL_HANDBOOK || k == DOC_B_BIRTH_REGISTRATION ||
	       k == DOC_B_RESIDENCE_CARD || k == DOC_B_SPECIAL_PERMANENT || k == DOC_B_STUDENT_ID ||
	       k == DOC_B_EMPLOYEE_ID || k == DOC_B_OTHER;
}

static bool is_other(enum document_kind k)
{
	return k == DOC_A_OTHER || k == DOC_B_OTHER;
}

static enum document_kind photo_variant(enum document_kind k)
{
	if (k == DOC_B_MY_NUMBER_CARD)
		return DOC_A_MY_NUMBER_CARD;
	if (k == DOC_B_RESIDENCE_CARD)
		return DOC_A_RESIDENCE_CARD;
	if (k == DOC_B_SPECIAL_PERMANENT)
		return DOC_A_SPECIAL_PERMANENT;
	return k == DOC_B_OTHER ? DOC_A_OTHER : k;
}

/* All documents of the sweep are valid and match, so that only kind and person decide. */
static void count(const struct counter_case *c, enum document_owner whose, bool others, int *ret_a,
		  int *ret_b)
{
	bool a[DOCUMENT_KINDS] = {false}, b[DOCUMENT_KINDS] = {false};

	*ret_a = *ret_b = 0;
	for (size_t i = 0; i < c->n_shown; i++) {
		const enum document_kind k = c->shown[i].kind;

		if (c->shown[i].whose != whose || (is_other(k) && !others))
			continue;
		if (whose == OWNER_HOLDER && photo_variant(k) == DOC_A_MY_NUMBER_CARD)
			continue;
		a[photo_variant(k)] |= is_a(k);
		b[photo_variant(k)] |= is_b(k);
	}
	for (size_t k = 0; k < DOCUMENT_KINDS; k++) {
		*ret_a += a[k];
		*ret_b += b[k] && !a[k];
	}
}

static bool shows(const struct counter_case *c, enum document_kind kind)
{
	for (size_t i = 0; i < c->n_shown; i++)
		if (c->shown[i].kind == kind)
			return true;
	return false;
}

/* What one person's documents are worth. */
static enum document_verdict worth(const struct counter_case *c, enum document_owner whose)
{
	const bool needs_one = whose == OWNER_HOLDER,
		   may_supplement = c->applicant == APPLICANT_REPRESENTATIVE;
	enum document_verdict v = VERDICT_NOT_ENOUGH;

	for (int others = 1; others >= 0; others--) {
		int a, b;

		count(c, whose, others, &a, &b);
		if (needs_one ? a + b >= 1 : a >= 2 || (a == 1 && b >= 1))
			v = others ? VERDICT_CLERK : VERDICT_ENOUGH;
		else if (others && !needs_one && may_supplement && a == 1 && b == 0 &&
			 (c->card_pin_confirmed || c->current_pin_verified ||
			  c->applicant_resident == FACT_YES))
			v = VERDICT_CLERK;
	}
	return v;
}

static enum document_verdict lower(enum document_verdict x, enum document_verdict y)
{
	return x < y ? x : y;
}

static enum document_verdict by_the_page(const struct counter_case *c)
{
	const bool young = c->holder_age < 15, represented = young || c->holder_is_ward;
	const bool rep = c->applicant == APPLICANT_REPRESENTATIVE, agent = c->applicant == APPLICANT_AGENT;
	const bool first = agent && c->letter_sent.year == 0;
	enum document_verdict v = VERDICT_ENOUGH;

	if (rep != represented)
		return VERDICT_REFUSED;
	if (agent && !first && date_compare(c->letter_sent, today) == 0)
		return VERDICT_REFUSED;
	if (!c->card_present)
		return VERDICT_NOT_ENOUGH;
	if (first)
		return VERDICT_LETTER;
	if (c->act == ACT_CHANGE && !c->current_pin_verified)
		return VERDICT_NOT_ENOUGH;
	if (agent && !c->answer_brought)
		return VERDICT_NOT_ENOUGH;
	if (rep && c->act == ACT_CHANGE && !c->representative_present)
		return VERDICT_NOT_ENOUGH;
	if (rep && young && !(c->same_household == FACT_YES && c->domicile_in_city == FACT_YES) &&
	    !shows(c, DOC_FAMILY_REGISTER))
		return VERDICT_NOT_ENOUGH;
	if (rep && c->holder_is_ward && !shows(c, DOC_GUARDIANSHIP))
		return VERDICT_NOT_ENOUGH;
	if (c->act == ACT_RESET || agent)
		v = lower(v, worth(c, OWNER_HOLDER));
	if (rep || agent)
		v = lower(v, worth(c, OWNER_APPLICANT));
	return v;
}

/* --- all cases --- */

static unsigned long n_checked, n_of[VERDICTS];
static size_t most_findings;

static struct document_shown paper(enum document_kind kind, enum document_owner whose)
{
	return (struct document_shown){
		.kind = kind,
		.whose = whose,
		.issued = {2020, 4, 1},
		.valid_to = next_year,
		.name_matches = true,
		.address_matches = true,
		.named = is_other(kind) ? "x" : "",
		.reason = is_other(kind) ? "y" : "",
	};
}

static void check(const struct counter_case *c)
{
	const enum document_verdict expected = by_the_page(c);
	struct document_result r;
	bool explained = false;

	documents_check(c, &r);
	if (r.verdict != expected)
		fail_msg("applicant %d act %d age %d ward %d documents %d/%d %d/%d %d/%d: %s, the page says "
			 "%s",
			 (int)c->applicant, (int)c->act, c->holder_age, c->holder_is_ward,
			 (int)c->shown[0].kind, (int)c->shown[0].whose, (int)c->shown[1].kind,
			 (int)c->shown[1].whose, (int)c->shown[2].kind, (int)c->shown[2].whose,
			 document_verdict_word(r.verdict), document_verdict_word(expected));
	/* A verdict that is not "enough" comes with its reason, "enough" with none. */
	for (size_t i = 0; i < r.n_findings; i++) {
		const enum rule_class class = document_rules[r.findings[i].rule].class;

		assert_int_equal(class == CLASS_NOT_COUNTED, r.findings[i].shown != FINDING_GENERAL);
		explained = explained || (r.verdict == VERDICT_REFUSED && class == CLASS_REFUSED) ||
			    (r.verdict == VERDICT_NOT_ENOUGH && class == CLASS_MISSING) ||
			    (r.verdict == VERDICT_CLERK && class == CLASS_CLERK) ||
			    (r.verdict == VERDICT_LETTER && r.findings[i].rule == RULE_LETTER);
		if (r.verdict == VERDICT_ENOUGH)
			assert_true(class == CLASS_NOT_COUNTED || class == CLASS_NOTE);
	}
	assert_true(explained || r.verdict == VERDICT_ENOUGH);
	most_findings = r.n_findings > most_findings ? r.n_findings : most_findings;
	n_of[r.verdict]++;
	n_checked++;
}

/* The facts that the documents do not change, and that matter for this applicant. */
static void with_every_fact(struct counter_case *c)
{
	const unsigned n = c->applicant == APPLICANT_SELF ? 4 : c->applicant == APPLICANT_AGENT ? 16 : 96;

	for (unsigned i = 0; i < n; i++) {
		unsigned rest = i / 4;

		c->card_present = i & 1;
		c->current_pin_verified = i & 2;
		if (c->applicant == APPLICANT_AGENT) {
			const struct date visits[4] = {{0}, today, yesterday, yesterday};

			c->letter_sent = visits[rest];
			c->answer_brought = rest == 3;
		} else if (c->applicant == APPLICANT_REPRESENTATIVE) {
			c->representative_present = rest & 1;
			rest /= 2;
			c->domicile_in_city = rest & 1 ? FACT_YES : FACT_UNKNOWN;
			rest /= 2;
			c->card_pin_confirmed = rest % 3 == 1;
			c->applicant_resident = rest % 3 == 2 ? FACT_YES : FACT_NO;
			c->same_household = rest / 3 ? FACT_YES : FACT_NO;
		}
		check(c);
	}
}

static void for_everyone(struct counter_case *c)
{
	static const struct {
		int age;
		bool ward;
	} holders[] = {{14, false}, {15, false}, {40, true}};

	for (unsigned applicant = APPLICANT_SELF; applicant <= APPLICANT_AGENT; applicant++) {
		for (unsigned act = ACT_RESET; act <= ACT_CHANGE; act++) {
			for (size_t h = 0; h < sizeof holders / sizeof holders[0]; h++) {
				struct counter_case one = *c;

				one.applicant = (enum applicant)applicant;
				one.act = (enum counter_act)act;
				one.holder_age = holders[h].age;
				one.holder_is_ward = holders[h].ward;
				with_every_fact(&one);
			}
		}
	}
}

static struct counter_case nobody_yet(void)
{
	return (struct counter_case){
		.today = today, .office_municipality = "13225", .holder_municipality = "13225"};
}

static void no_document_one_and_two_of_every_kind(void **state)
{
	enum { ITEMS = (DOCUMENT_KINDS - 1) * 2 };
	struct counter_case c = nobody_yet();

	(void)state;
	for_everyone(&c);
	for (int i = 0; i < ITEMS; i++) {
		c.n_shown = 1;
		c.shown[0] = paper((enum document_kind)(1 + i / 2), (enum document_owner)(i % 2));
		for_everyone(&c);
		for (int j = 0; j <= i; j++) {
			c.n_shown = 2;
			c.shown[1] = paper((enum document_kind)(1 + j / 2), (enum document_owner)(j % 2));
			for_everyone(&c);
		}
	}
}

static void three_of_the_kinds_that_differ(void **state)
{
	static const enum document_kind kinds[] = {
		DOC_A_DRIVER_LICENSE,	DOC_A_MY_NUMBER_CARD, DOC_A_OTHER,	   DOC_B_MY_NUMBER_CARD,
		DOC_B_HEALTH_INSURANCE, DOC_B_OTHER,	      DOC_FAMILY_REGISTER, DOC_GUARDIANSHIP,
	};
	enum { ITEMS = sizeof kinds / sizeof kinds[0] * 2 };
	struct counter_case c = nobody_yet();

	(void)state;
	c.n_shown = 3;
	for (int i = 0; i < ITEMS; i++) {
		c.shown[0] = paper(kinds[i / 2], (enum document_owner)(i % 2));
		for (int j = 0; j <= i; j++) {
			c.shown[1] = paper(kinds[j / 2], (enum document_owner)(j % 2));
			for (int k = 0; k <= j; k++) {
				c.shown[2] = paper(kinds[k / 2], (enum document_owner)(k % 2));
				for_everyone(&c);
			}
		}
	}
}

static void everything_that_a_representative_needs(struct counter_case *c)
{
	static const enum document_kind own[] = {DOC_A_DRIVER_LICENSE, DOC_B_OTHER, DOC_B_STUDENT_ID,
						 DOC_FAMILY_REGISTER, DOC_GUARDIANSHIP};

	*c = nobody_yet();
	c->shown[c->n_shown++] = paper(DOC_B_MATERNAL_HANDBOOK, OWNER_HOLDER);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		c->shown[c->n_shown++] = paper(own[i], OWNER_APPLICANT);
}

/* One document more never makes it worse, and the order on the desk does not matter. */
static void order_and_more_documents_do_no_harm(void **state)
{
	struct counter_case all;

	(void)state;
	everything_that_a_representative_needs(&all);
	for (unsigned bits = 0; bits < 64; bits++) {
		struct counter_case c = nobody_yet(), backwards = nobody_yet();
		struct document_result before, after;

		for (unsigned i = 0; i < 6; i++)
			if (bits & (1U << i))
				c.shown[c.n_shown++] = all.shown[i];
		for (size_t i = c.n_shown; i > 0; i--)
			backwards.shown[backwards.n_shown++] = c.shown[i - 1];
		for_everyone(&c);
		for_everyone(&backwards);
		c.applicant = APPLICANT_REPRESENTATIVE;
		c.holder_age = 9;
		c.card_present = true;
		documents_check(&c, &before);
		for (unsigned k = DOC_NONE; k < DOCUMENT_KINDS; k++) {
			struct counter_case more = c;

			more.shown[more.n_shown++] = paper((enum document_kind)k, OWNER_APPLICANT);
			documents_check(&more, &after);
			assert_true(after.verdict >= before.verdict);
		}
	}
}

/* The only document on which a case rests, with one thing wrong with it at a time. */
static void a_wrong_document_never_counts(void **state)
{
	(void)state;
	for (unsigned k = DOC_A_DRIVER_LICENSE; k <= DOC_B_OTHER; k++) {
		for (unsigned wrong = 0; wrong < 8; wrong++) {
			struct counter_case c = nobody_yet();
			struct document_shown *d = &c.shown[0];
			struct document_result r;

			c.holder_age = 40;
			c.card_present = true;
			c.n_shown = 1;
			*d = paper((enum document_kind)k, OWNER_HOLDER);
			d->valid_to = wrong == 1   ? yesterday
				      : wrong == 2 ? (struct date){2026, 13, 1}
						   : d->valid_to;
			d->valid_from = wrong == 3 ? next_year : (struct date){0};
			d->name_matches = wrong != 4;
			d->address_matches = wrong != 5;
			d->kind = wrong == 6 ? DOC_NONE : d->kind;
			d->whose = wrong == 7 ? OWNER_APPLICANT : OWNER_HOLDER;
			documents_check(&c, &r);
			if (wrong == 0 && photo_variant((enum document_kind)k) != DOC_A_MY_NUMBER_CARD)
				assert_int_equal(r.verdict, is_other((enum document_kind)k) ? VERDICT_CLERK
											    : VERDICT_ENOUGH);
			else
				assert_int_equal(r.verdict, VERDICT_NOT_ENOUGH);
		}
	}
}

static void a_full_desk_fits(void **state)
{
	struct counter_case c = nobody_yet();
	struct document_result r;

	(void)state;
	/* As much as can be wrong at once. */
	c.today = (struct date){2026, 2, 30};
	c.applicant = APPLICANT_REPRESENTATIVE;
	c.act = ACT_CHANGE;
	c.holder_age = 9;
	c.holder_is_ward = true;
	c.holder_municipality = "";
	for (c.n_shown = 0; c.n_shown < DOCUMENTS_SHOWN_MAX; c.n_shown++)
		c.shown[c.n_shown] = paper(DOC_NONE, OWNER_APPLICANT);
	documents_check(&c, &r);
	assert_int_equal(r.verdict, VERDICT_NOT_ENOUGH);
	assert_true(r.n_findings > DOCUMENTS_SHOWN_MAX + 6 && r.n_findings < FINDINGS_MAX);
}

static void the_sweep_met_every_verdict(void **state)
{
	(void)state;
	assert_true(n_checked > 500000);
	for (unsigned v = 0; v < VERDICTS; v++)
		assert_true(n_of[v] > 500);
	assert_true(most_findings < FINDINGS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_document_one_and_two_of_every_kind),
		cmocka_unit_test(three_of_the_kinds_that_differ),
		cmocka_unit_test(order_and_more_documents_do_no_harm),
		cmocka_unit_test(a_wrong_document_never_counts),
		cmocka_unit_test(a_full_desk_fits),
		cmocka_unit_test(the_sweep_met_every_verdict),
	};

	return cmocka_run_group_tests_name("documents_sweep", tests, NULL, NULL);
}
