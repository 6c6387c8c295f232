/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counter's calculator: who may apply for what, with what. Each sentence of seed 004 that
 * it decides is a test and stands in its comment; all combinations are in
 * test_documents_sweep.c, the documents themselves in test_documents_lists.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/hours.h"
#include "unit/rules/counter.h"

/* "At City Hall and Branch Offices, you cannot reset the PIN for the smartphone electronic certificate." */
/* "At City Hall and Branch Offices, you cannot change the PIN for the smartphone electronic certificate." */
static void a_counter_sets_no_pin_of_a_smartphone(void **state)
{
	(void)state;
	for (unsigned act = ACT_RESET; act <= ACT_CHANGE; act++) {
		struct counter_case c = come(APPLICANT_SELF, (enum counter_act)act);

		holder_shows(&c, DOC_A_PASSPORT);
		c.current_pin_verified = true;
		gives(&c, VERDICT_ENOUGH);
		c.on_smartphone = true;
		says(&c, VERDICT_REFUSED, RULE_SMARTPHONE);
	}
}

/* Reset, "Personal Application 1. My Number Card 2. Identity verification documents A1 point or B1 point" */
static void the_holder_shows_the_card_and_one_document(void **state)
{
	struct counter_case c = come(APPLICANT_SELF, ACT_RESET);

	(void)state;
	says(&c, VERDICT_NOT_ENOUGH, RULE_HOLDER_DOCUMENT);
	holder_shows(&c, DOC_A_PASSPORT);
	gives(&c, VERDICT_ENOUGH);
	c.card_present = false;
	says(&c, VERDICT_NOT_ENOUGH, RULE_CARD);

	c = come(APPLICANT_SELF, ACT_RESET);
	holder_shows(&c, DOC_B_HEALTH_INSURANCE);
	gives(&c, VERDICT_ENOUGH);
}

/* The same sentence: point 1 is the card, so point 2 is another document. */
static void the_card_itself_is_not_counted(void **state)
{
	struct counter_case c = come(APPLICANT_SELF, ACT_RESET);

	(void)state;
	holder_shows(&c, DOC_A_MY_NUMBER_CARD);
	says(&c, VERDICT_NOT_ENOUGH, RULE_CARD_ITSELF);
	c.shown[0].kind = DOC_B_MY_NUMBER_CARD;
	says(&c, VERDICT_NOT_ENOUGH, RULE_CARD_ITSELF);
	c.card_pin_confirmed = true;
	c.applicant_resident = FACT_YES;
	gives(&c, VERDICT_NOT_ENOUGH);
}

/* Change, "Personal Application: My Number Card (PIN verification is required)" */
static void a_change_needs_the_card_and_its_pin(void **state)
{
	struct counter_case c = come(APPLICANT_SELF, ACT_CHANGE);

	(void)state;
	says(&c, VERDICT_NOT_ENOUGH, RULE_CURRENT_PIN);
	c.card_pin_confirmed = true; /* another PIN of the card is not the one to change */
	says(&c, VERDICT_NOT_ENOUGH, RULE_CURRENT_PIN);
	c.current_pin_verified = true;
	gives(&c, VERDICT_ENOUGH);
	c.card_present = false;
	says(&c, VERDICT_NOT_ENOUGH, RULE_CARD);
}

/* "Application for Legal Representative (for those under 15 years old and adult wards)" */
static void who_is_represented_cannot_apply_alone(void **state)
{
	struct counter_case c = come(APPLICANT_SELF, ACT_RESET);

	(void)state;
	holder_shows(&c, DOC_A_PASSPORT);
	c.holder_age = 14;
	says(&c, VERDICT_REFUSED, RULE_SELF_UNDER_15);
	c.holder_age = 15;
	gives(&c, VERDICT_ENOUGH);
	c.holder_is_ward = true;
	says(&c, VERDICT_REFUSED, RULE_SELF_WARD);
	c.holder_is_ward = false;
	c.holder_age = date_age_on((struct date){2011, 11, 21}, today);
	says(&c, VERDICT_REFUSED, RULE_SELF_UNDER_15); /* fifteen tomorrow */
	c.holder_age = date_age_on((struct date){2011, 11, 20}, today);
	gives(&c, VERDICT_ENOUGH);
	c.holder_age = -1;
	says(&c, VERDICT_NOT_ENOUGH, RULE_AGE);
}

/* The same sentence: for no others. */
static void who_is_not_represented_has_no_representative(void **state)
{
	struct counter_case c = come_for_child(ACT_RESET);

	(void)state;
	c.holder_age = 15;
	says(&c, VERDICT_REFUSED, RULE_NOT_REPRESENTED);
	c.holder_age = 14;
	does_not_say(&c, RULE_NOT_REPRESENTED);
	c.holder_age = 40;
	c.holder_is_ward = true;
	does_not_say(&c, RULE_NOT_REPRESENTED);
}

/* Reset by a representative: "In addition to the above, the following documents are required." */
static void a_representative_shows_the_holders_documents_too(void **state)
{
	struct counter_case c = come_for_child(ACT_RESET);

	(void)state;
	applicant_shows(&c, DOC_A_PASSPORT);
	applicant_shows(&c, DOC_A_DRIVER_LICENSE);
	applicant_shows(&c, DOC_FAMILY_REGISTER);
	says(&c, VERDICT_NOT_ENOUGH, RULE_HOLDER_DOCUMENT);
	holder_shows(&c, DOC_B_MATERNAL_HANDBOOK);
	gives(&c, VERDICT_ENOUGH);
	c.card_present = false;
	says(&c, VERDICT_NOT_ENOUGH, RULE_CARD);
}

/* "1. Identification documents of the agent A2 points or A1 points + B1 points" */
static void a_representative_shows_two_of_a_or_one_of_each(void **state)
{
	static const struct {
		enum document_kind one, two;
		enum document_verdict verdict;
	} sets[] = {
		{DOC_A_PASSPORT, DOC_A_DRIVER_LICENSE, VERDICT_ENOUGH},
		{DOC_A_PASSPORT, DOC_B_PENSION_BOOK, VERDICT_ENOUGH},
		{DOC_B_PENSION_BOOK, DOC_A_MY_NUMBER_CARD,
		 VERDICT_ENOUGH}, /* it is the representative's own */
		{DOC_B_PENSION_BOOK, DOC_B_HEALTH_INSURANCE, VERDICT_NOT_ENOUGH},
		{DOC_A_PASSPORT, DOC_A_PASSPORT, VERDICT_NOT_ENOUGH},
		{DOC_A_RESIDENCE_CARD, DOC_B_RESIDENCE_CARD, VERDICT_NOT_ENOUGH}, /* one paper */
		{DOC_A_PASSPORT, DOC_FAMILY_REGISTER, VERDICT_NOT_ENOUGH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		struct counter_case c = come_for_child(ACT_RESET);

		c.same_household = c.domicile_in_city = FACT_YES;
		holder_shows(&c, DOC_B_MATERNAL_HANDBOOK);
		applicant_shows(&c, sets[i].one);
		applicant_shows(&c, sets[i].two);
		gives(&c, sets[i].verdict);
		if (sets[i].verdict == VERDICT_NOT_ENOUGH)
			says(&c, VERDICT_NOT_ENOUGH, RULE_REPRESENTATIVE_DOCUMENTS);
	}
}

/* A holder's documents do not speak for the representative, nor the other way round. */
static void documents_speak_for_their_own_person_only(void **state)
{
	struct counter_case c = come_for_child(ACT_RESET);

	(void)state;
	c.same_household = c.domicile_in_city = FACT_YES;
	holder_shows(&c, DOC_A_PASSPORT);
	holder_shows(&c, DOC_B_HEALTH_INSURANCE);
	holder_shows(&c, DOC_A_DISABILITY);
	says(&c, VERDICT_NOT_ENOUGH, RULE_REPRESENTATIVE_DOCUMENTS);

	c = come_for_child(ACT_RESET);
	c.same_household = c.domicile_in_city = FACT_YES;
	for (unsigned k = DOC_A_DRIVER_LICENSE; k < DOC_A_DRIVER_LICENSE + 4; k++)
		applicant_shows(&c, (enum document_kind)k);
	says(&c, VERDICT_NOT_ENOUGH, RULE_HOLDER_DOCUMENT);

	c = come(APPLICANT_SELF, ACT_RESET);
	applicant_shows(&c, DOC_A_PASSPORT);
	says(&c, VERDICT_NOT_ENOUGH, RULE_NOBODYS);
}

/*
 * "2. If the person is under 15 years old, a copy of the family register (not required if the person and
 * their legal representative are in the same household and the person's registered domicile is within
 * Inagi City) ..."
 */
static void the_family_register_has_one_exception(void **state)
{
	(void)state;
	for (unsigned household = FACT_UNKNOWN; household <= FACT_YES; household++) {
		for (unsigned domicile = FACT_UNKNOWN; domicile <= FACT_YES; domicile++) {
			struct counter_case c = come_for_child(ACT_CHANGE);
			const bool waived = household == FACT_YES && domicile == FACT_YES;

			applicant_shows(&c, DOC_A_PASSPORT);
			applicant_shows(&c, DOC_B_HEALTH_INSURANCE);
			c.same_household = (enum fact)household;
			c.domicile_in_city = (enum fact)domicile;
			says(&c, waived ? VERDICT_ENOUGH : VERDICT_NOT_ENOUGH,
			     waived ? RULE_REGISTER_NOT_NEEDED : RULE_FAMILY_REGISTER);
			applicant_shows(&c, DOC_FAMILY_REGISTER);
			gives(&c, VERDICT_ENOUGH);
		}
	}
}

/* The same sentence: "If the person is under 15"; and "3. Certificate of Registered Matters for Adult Guardianship" */
static void a_ward_needs_the_guardianship_certificate_instead(void **state)
{
	struct counter_case c = come_for_child(ACT_CHANGE);

	(void)state;
	c.holder_age = 70;
	c.holder_is_ward = true;
	c.same_household = c.domicile_in_city = FACT_YES; /* no exception for wards */
	applicant_shows(&c, DOC_A_PASSPORT);
	applicant_shows(&c, DOC_B_HEALTH_INSURANCE);
	says(&c, VERDICT_NOT_ENOUGH, RULE_GUARDIANSHIP);
	does_not_say(&c, RULE_FAMILY_REGISTER);
	applicant_shows(&c, DOC_FAMILY_REGISTER);
	says(&c, VERDICT_NOT_ENOUGH, RULE_GUARDIANSHIP);
	applicant_shows(&c, DOC_GUARDIANSHIP);
	gives(&c, VERDICT_ENOUGH);
	c.shown[3].name_matches = false;
	says(&c, VERDICT_NOT_ENOUGH, RULE_NAMES_BOTH);
	c.shown[3].name_matches = true;
	c.shown[3].valid_to = yesterday;
	says(&c, VERDICT_NOT_ENOUGH, RULE_EXPIRED);
}

/* "Please note that procedures can only be completed with the attendance of a legal representative." (change) */
static void a_change_needs_the_representative_present(void **state)
{
	struct counter_case c = come_for_child(ACT_CHANGE);

	(void)state;
	c.same_household = c.domicile_in_city = FACT_YES;
	applicant_shows(&c, DOC_A_PASSPORT);
	applicant_shows(&c, DOC_A_DRIVER_LICENSE);
	gives(&c, VERDICT_ENOUGH);
	c.representative_present = false;
	says(&c, VERDICT_NOT_ENOUGH, RULE_REPRESENTATIVE_PRESENT);
	c.representative_present = true;
	c.current_pin_verified = false;
	says(&c, VERDICT_NOT_ENOUGH, RULE_CURRENT_PIN);
}

/* "Note: In the case of applying for a voluntary agent, the PIN reset cannot be done on the same day." */
/* "Note: In the case of a voluntary agent application, the PIN cannot be changed on the same day." */
static void an_agent_never_gets_a_pin_on_the_first_day(void **state)
{
	(void)state;
	for (unsigned act = ACT_RESET; act <= ACT_CHANGE; act++) {
		struct counter_case c = come(APPLICANT_AGENT, (enum counter_act)act);

		says(&c, VERDICT_LETTER, RULE_LETTER);
		c.current_pin_verified = c.card_pin_confirmed = c.answer_brought = true;
		c.applicant_resident = FACT_YES;
		holder_shows(&c, DOC_A_PASSPORT);
		applicant_shows(&c, DOC_A_PASSPORT);
		applicant_shows(&c, DOC_A_DRIVER_LICENSE);
		says(&c, VERDICT_LETTER, RULE_LETTER); /* whatever lies on the desk */
		c.letter_sent = today;
		says(&c, VERDICT_REFUSED, RULE_AGENT_SAME_DAY);
		c.letter_sent = tomorrow;
		says(&c, VERDICT_REFUSED, RULE_AGENT_SAME_DAY);
		c.letter_sent = yesterday;
		gives(&c, VERDICT_ENOUGH);
	}
}

/* Design, section 8, after other cities' practice: the answer, and both persons' documents. */
static void an_agent_comes_again_with_answer_and_documents(void **state)
{
	struct counter_case c = come(APPLICANT_AGENT, ACT_RESET);

	(void)state;
	c.letter_sent = yesterday;
	says(&c, VERDICT_NOT_ENOUGH, RULE_AGENT_ANSWER);
	c.answer_brought = true;
	says(&c, VERDICT_NOT_ENOUGH, RULE_HOLDER_DOCUMENT);
	holder_shows(&c, DOC_B_HEALTH_INSURANCE);
	says(&c, VERDICT_NOT_ENOUGH, RULE_AGENT_DOCUMENTS);
	applicant_shows(&c, DOC_A_MY_NUMBER_CARD);
	c.card_pin_confirmed = true; /* the supplement is not for agents */
	c.applicant_resident = FACT_YES;
	says(&c, VERDICT_NOT_ENOUGH, RULE_AGENT_DOCUMENTS);
	applicant_shows(&c, DOC_B_STUDENT_ID);
	gives(&c, VERDICT_ENOUGH);
	c.act = ACT_CHANGE;
	says(&c, VERDICT_NOT_ENOUGH, RULE_CURRENT_PIN);
	c.act = ACT_RESET;
	c.card_present = false;
	says(&c, VERDICT_NOT_ENOUGH, RULE_CARD);
	c.letter_sent = (struct date){0};
	says(&c, VERDICT_NOT_ENOUGH, RULE_CARD); /* the first visit needs it too */
}

static void who_cannot_apply_cannot_send_an_agent(void **state)
{
	struct counter_case c = come(APPLICANT_AGENT, ACT_RESET);

	(void)state;
	c.holder_age = 14;
	says(&c, VERDICT_REFUSED, RULE_AGENT_UNDER_15);
	c.holder_age = 40;
	c.holder_is_ward = true;
	says(&c, VERDICT_REFUSED, RULE_AGENT_WARD);
}

/* Design, section 8: "another office refuses and names the right one." */
static void another_citys_card_is_sent_to_its_city(void **state)
{
	static const struct office others[] = {
		{.id = "inagi", .name_en = "Inagi City Hall", .municipality = "13225", .main = true},
		{.id = "tama", .name_en = "Tama City Hall", .municipality = "13224", .main = true},
	};
	struct counter_case c = come(APPLICANT_SELF, ACT_RESET);

	(void)state;
	holder_shows(&c, DOC_A_PASSPORT);
	c.holder_municipality = "13224";
	says(&c, VERDICT_REFUSED, RULE_OTHER_OFFICE);
	assert_string_equal(office_of(others, 2, c.holder_municipality)->name_en, "Tama City Hall");
	c.holder_municipality = "";
	says(&c, VERDICT_NOT_ENOUGH, RULE_MUNICIPALITY);
	c.office_municipality = "";
	gives(&c, VERDICT_NOT_ENOUGH); /* two unknown ones are not the same one */
	c.holder_municipality = "13225";
	says(&c, VERDICT_REFUSED, RULE_OTHER_OFFICE);
}

static void a_day_that_is_none_decides_nothing(void **state)
{
	struct counter_case c = come(APPLICANT_SELF, ACT_RESET);

	(void)state;
	holder_shows(&c, DOC_A_PASSPORT);
	c.today = (struct date){2026, 11, 31};
	says(&c, VERDICT_NOT_ENOUGH, RULE_DAY);
	c.today = (struct date){0};
	says(&c, VERDICT_NOT_ENOUGH, RULE_DAY);
	c = come(APPLICANT_AGENT, ACT_RESET);
	c.letter_sent = (struct date){2026, 2, 30};
	says(&c, VERDICT_NOT_ENOUGH, RULE_DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_sets_no_pin_of_a_smartphone),
		cmocka_unit_test(the_holder_shows_the_card_and_one_document),
		cmocka_unit_test(the_card_itself_is_not_counted),
		cmocka_unit_test(a_change_needs_the_card_and_its_pin),
		cmocka_unit_test(who_is_represented_cannot_apply_alone),
		cmocka_unit_test(who_is_not_represented_has_no_representative),
		cmocka_unit_test(a_representative_shows_the_holders_documents_too),
		cmocka_unit_test(a_representative_shows_two_of_a_or_one_of_each),
		cmocka_unit_test(documents_speak_for_their_own_person_only),
		cmocka_unit_test(the_family_register_has_one_exception),
		cmocka_unit_test(a_ward_needs_the_guardianship_certificate_instead),
		cmocka_unit_test(a_change_needs_the_representative_present),
		cmocka_unit_test(an_agent_never_gets_a_pin_on_the_first_day),
		cmocka_unit_test(an_agent_comes_again_with_answer_and_documents),
		cmocka_unit_test(who_cannot_apply_cannot_send_an_agent),
		cmocka_unit_test(another_citys_card_is_sent_to_its_city),
		cmocka_unit_test(a_day_that_is_none_decides_nothing),
	};

	return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
