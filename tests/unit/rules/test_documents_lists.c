/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two lists of documents and when one counts. Each sentence of seed 004 that decides it is
 * a test and stands in its comment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/snapshot.h"
#include "unit/rules/counter.h"

/* "Identification documents must be valid and within their expiration date." */
static void documents_must_be_valid_on_the_day(void **state)
{
	struct counter_case c = come(APPLICANT_SELF, ACT_RESET);
	struct document_shown *d = holder_shows(&c, DOC_A_PASSPORT);

	(void)state;
	d->valid_to = yesterday;
	says(&c, VERDICT_NOT_ENOUGH, RULE_EXPIRED);
	d->valid_to = today; /* the last day is a valid one */
	gives(&c, VERDICT_ENOUGH);
	d->valid_from = tomorrow;
	d->valid_to = (struct date){2030, 1, 1};
	says(&c, VERDICT_NOT_ENOUGH, RULE_NOT_YET_VALID);
	d->valid_from = today;
	gives(&c, VERDICT_ENOUGH);
	d->valid_to = (struct date){0};
	says(&c, VERDICT_NOT_ENOUGH, RULE_VALIDITY_MISSING);
	d->kind = DOC_B_PENSION_BOOK; /* bears none */
	gives(&c, VERDICT_ENOUGH);
	d->valid_to = (struct date){2027, 2, 29};
	says(&c, VERDICT_NOT_ENOUGH, RULE_DATE_WRONG);
	d->valid_to = (struct date){0};
	d->issued = tomorrow;
	says(&c, VERDICT_NOT_ENOUGH, RULE_DATE_WRONG);
	d->issued = (struct date){0};
	d->valid_from = (struct date){2026, 11, 0};
	says(&c, VERDICT_NOT_ENOUGH, RULE_DATE_WRONG);
}

/* "... must match the Certificate of Residence with either "name and date of birth" or "name and address"." */
static void documents_must_match_the_residence_register(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 8; bits++) {
		struct counter_case c = come(APPLICANT_SELF, ACT_RESET);
		struct document_shown *d = holder_shows(&c, DOC_A_PASSPORT);
		const bool name = bits & 1, birth = bits & 2, address = bits & 4;
		const bool counts = (name && birth) || (name && address);

		d->name_matches = name;
		d->birth_matches = birth;
		d->address_matches = address;
		gives(&c, counts ? VERDICT_ENOUGH : VERDICT_NOT_ENOUGH);
		if (!counts)
			says(&c, VERDICT_NOT_ENOUGH, RULE_NO_MATCH);
	}
}

/* "Driving History Certificate (limited to those issued on or after April 1, 2012)" */
static void a_driving_history_certificate_counts_from_april_2012(void **state)
{
	struct counter_case c = come(APPLICANT_SELF, ACT_RESET);
	struct document_shown *d = holder_shows(&c, DOC_A_DRIVING_HISTORY);

	(void)state;
	d->valid_to = (struct date){0}; /* bears none */
	d->issued = (struct date){2012, 4, 1};
	gives(&c, VERDICT_ENOUGH);
	d->issued = (struct date){2012, 3, 31};
	says(&c, VERDICT_NOT_ENOUGH, RULE_ISSUED_TOO_EARLY);
	d->issued = (struct date){0};
	says(&c, VERDICT_NOT_ENOUGH, RULE_ISSUE_DATE_MISSING);
}

/*
 * "Student ID (one that includes "name and date of birth" or "name and address")"
 * "Employee ID (one that includes "name and date of birth" or "name and address")"
 */
static void student_and_employee_ids_count_when_they_show_enough(void **state)
{
	static const enum document_kind kinds[] = {DOC_B_STUDENT_ID, DOC_B_EMPLOYEE_ID};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct counter_case c = come(APPLICANT_SELF, ACT_RESET);
		struct document_shown *d = holder_shows(&c, kinds[i]);

		gives(&c, VERDICT_ENOUGH);
		d->birth_matches = false; /* a name and a photo only */
		says(&c, VERDICT_NOT_ENOUGH, RULE_SHOWS_TOO_LITTLE);
		d->address_matches = true;
		gives(&c, VERDICT_ENOUGH);
		d->name_matches = false;
		says(&c, VERDICT_NOT_ENOUGH, RULE_SHOWS_TOO_LITTLE);
	}
}

/* "... etc.", at the end of list A and of list B */
static void what_the_lists_do_not_name_the_clerk_decides(void **state)
{
	static const enum document_kind kinds[] = {DOC_A_OTHER, DOC_B_OTHER};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct counter_case c = come(APPLICANT_SELF, ACT_RESET);
		struct document_shown *d = holder_shows(&c, kinds[i]);

		says(&c, VERDICT_CLERK, RULE_OTHER_TAKEN);
		d->reason = "";
		says(&c, VERDICT_NOT_ENOUGH, RULE_OTHER_UNNAMED);
		d->reason = "issued by a ministry, with a photo";
		d->named = "";
		says(&c, VERDICT_NOT_ENOUGH, RULE_OTHER_UNNAMED);
		d->named = "seaman's book";
		holder_shows(&c, DOC_B_MEDICAL);
		gives(&c, VERDICT_ENOUGH); /* no need to decide */
		does_not_say(&c, RULE_OTHER_TAKEN);
	}
}

static void one_paper_is_counted_once(void **state)
{
	struct counter_case c = come_for_child(ACT_RESET);

	(void)state;
	c.same_household = c.domicile_in_city = FACT_YES;
	holder_shows(&c, DOC_B_HEALTH_INSURANCE);
	applicant_shows(&c, DOC_A_PASSPORT);
	applicant_shows(&c, DOC_A_PASSPORT)->named = "the other one"; /* names are for "etc." only */
	says(&c, VERDICT_NOT_ENOUGH, RULE_SAME_PAPER);
	c.shown[2].kind = DOC_A_DRIVER_LICENSE;
	gives(&c, VERDICT_ENOUGH);
	/* An expired one that lies there too takes nothing away from the valid one. */
	applicant_shows(&c, DOC_A_PASSPORT);
	c.shown[1].valid_to = yesterday;
	says(&c, VERDICT_ENOUGH, RULE_EXPIRED);
	does_not_say(&c, RULE_SAME_PAPER);
}

static void a_family_register_proves_nobodys_identity(void **state)
{
	struct counter_case c = come(APPLICANT_SELF, ACT_RESET);

	(void)state;
	holder_shows(&c, DOC_FAMILY_REGISTER);
	says(&c, VERDICT_NOT_ENOUGH, RULE_NOBODYS);
	c.shown[0].kind = DOC_GUARDIANSHIP;
	says(&c, VERDICT_NOT_ENOUGH, RULE_NOBODYS);
}

static void two_others_are_two_when_they_are_named_differently(void **state)
{
	struct counter_case c = come_for_child(ACT_RESET);

	(void)state;
	c.same_household = c.domicile_in_city = FACT_YES;
	applicant_shows(&c, DOC_A_OTHER);
	applicant_shows(&c, DOC_A_OTHER);
	says(&c, VERDICT_NOT_ENOUGH, RULE_SAME_PAPER);
	c.shown[1].named = "pilot's licence";
	holder_shows(&c, DOC_B_HEALTH_INSURANCE);
	says(&c, VERDICT_CLERK, RULE_OTHER_TAKEN);
	c.shown[1].kind = DOC_B_OTHER;
	gives(&c, VERDICT_CLERK);
	c.shown[1].named = "seaman's book"; /* entered in both lists: one paper */
	says(&c, VERDICT_NOT_ENOUGH, RULE_SAME_PAPER);
}

/*
 * "Note: If you have a public identification document with a photo, it may be possible to verify your
 * identity with just one document (as a supplement to the identity verification documents, confirmation
 * of the IC password, or for those registered as residents in the city, a hearing will be conducted)."
 */
static void a_single_photo_id_may_be_supplemented(void **state)
{
	struct counter_case c = come_for_child(ACT_RESET);

	(void)state;
	c.same_household = c.domicile_in_city = FACT_YES;
	holder_shows(&c, DOC_B_HEALTH_INSURANCE);
	applicant_shows(&c, DOC_A_DRIVER_LICENSE);
	says(&c, VERDICT_NOT_ENOUGH, RULE_SUPPLEMENT);
	c.applicant_resident = FACT_NO;
	gives(&c, VERDICT_NOT_ENOUGH);
	c.applicant_resident = FACT_YES;
	says(&c, VERDICT_CLERK, RULE_SINGLE_A_HEARING);
	does_not_say(&c, RULE_SINGLE_A_PIN);
	c.applicant_resident = FACT_UNKNOWN;
	c.card_pin_confirmed = true;
	says(&c, VERDICT_CLERK, RULE_SINGLE_A_PIN);
	does_not_say(&c, RULE_SINGLE_A_HEARING);
	c.shown[1].kind = DOC_B_PENSION_BOOK; /* no photo */
	says(&c, VERDICT_NOT_ENOUGH, RULE_REPRESENTATIVE_DOCUMENTS);
	does_not_say(&c, RULE_SUPPLEMENT);
	c.shown[1].kind = DOC_A_OTHER;
	c.shown[1].named = "seaman's book";
	c.shown[1].reason = "with a photo";
	says(&c, VERDICT_CLERK, RULE_OTHER_TAKEN);
	says(&c, VERDICT_CLERK, RULE_SINGLE_A_PIN);

	/* In a change the current PIN is such a confirmation. */
	c = come_for_child(ACT_CHANGE);
	c.same_household = c.domicile_in_city = FACT_YES;
	applicant_shows(&c, DOC_A_DRIVER_LICENSE);
	says(&c, VERDICT_CLERK, RULE_SINGLE_A_PIN);
}

/* The supplement stands for documents of the representative, for nothing else. */
static void the_supplement_replaces_nothing_else(void **state)
{
	struct counter_case c = come_for_child(ACT_RESET);

	(void)state;
	c.applicant_resident = FACT_YES;
	c.card_pin_confirmed = true;
	applicant_shows(&c, DOC_A_DRIVER_LICENSE);
	says(&c, VERDICT_NOT_ENOUGH, RULE_FAMILY_REGISTER);
	says(&c, VERDICT_NOT_ENOUGH, RULE_HOLDER_DOCUMENT);
	applicant_shows(&c, DOC_FAMILY_REGISTER);
	holder_shows(&c, DOC_B_HEALTH_INSURANCE);
	gives(&c, VERDICT_CLERK);
}

static void kinds_outside_the_table_do_not_count(void **state)
{
	static const int kinds[] = {DOC_NONE, DOCUMENT_KINDS, DOCUMENT_KINDS + 1000, -1};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct counter_case c = come(APPLICANT_SELF, ACT_RESET);

		holder_shows(&c, DOC_A_PASSPORT)->kind = (enum document_kind)kinds[i];
		says(&c, VERDICT_NOT_ENOUGH, RULE_KIND_UNKNOWN);
	}
}

/* Every entry of both lists, as the page writes them (List of Identity Verification Documents). */
static void the_lists_are_the_pages(void **state)
{
	static const char *const page_a[] = {"Driver's License",
					     "My Number Card (with photo)",
					     "Basic Resident Registration Card (with photo)",
					     "Passport",
					     "Disability Certificate",
					     "Driving History Certificate",
					     "Residence Card (with photo)",
					     "Special Permanent Resident Certificate (with photo)"};
	static const char *const page_b[] = {"My Number Card (without photo)",
					     "Health Insurance Card or Qualification Confirmation Document",
					     "Long-Term Care Insurance Card",
					     "Pension book or Basic Pension Number Notification",
					     "Pension Certificate",
					     "Public Assistance Recipient Certificate",
					     "Medical Certificate",
					     "Maternal and Child Health Handbook",
					     "Certificate of Birth Registration",
					     "Residence Card (",
					     "Special Permanent Resident Certificate (",
					     "Student ID",
					     "Employee ID"};
	unsigned a = 0, b = 0;

	(void)state;
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++) {
		const struct document_row *row = &documents[k];
		const bool in_list = (row->list == LIST_A || row->list == LIST_B) && !row->named_by_clerk;
		const char *expected = row->list == LIST_A ? page_a[in_list ? a : 0]
							   : page_b[in_list ? b : 0];

		if (!in_list)
			continue;
		assert_int_equal(strncasecmp(row->name_en, expected, strlen(expected)), 0);
		a += row->list == LIST_A;
		b += row->list == LIST_B;
	}
	assert_int_equal(a, sizeof page_a / sizeof page_a[0]);
	assert_int_equal(b, sizeof page_b / sizeof page_b[0]);
	assert_true(documents[DOC_A_OTHER].named_by_clerk && documents[DOC_A_OTHER].list == LIST_A);
	assert_true(documents[DOC_B_OTHER].named_by_clerk && documents[DOC_B_OTHER].list == LIST_B);
}

static void every_row_is_whole(void **state)
{
	(void)state;
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++) {
		const struct document_row *row = &documents[k];

		assert_true(strlen(row->word) > 2 && strlen(row->name_en) > 2 && strlen(row->name_ja) > 2);
		assert_non_null(row->source);
		assert_int_equal(document_of_word(row->word), k); /* no word twice */
		if (row->paper != DOC_NONE)
			assert_true(documents[row->paper].paper == DOC_NONE &&
				    documents[row->paper].list == LIST_A);
	}
	assert_int_equal(document_of_word("no such"), DOC_NONE);
	for (unsigned r = 0; r < DOCUMENT_RULES; r++) {
		const struct document_rule_row *row = &document_rules[r];

		assert_true(strlen(row->word) > 2 && strlen(row->text) > 20 && strlen(row->source) > 3);
		assert_int_equal(row->text[strlen(row->text) - 1], '.');
		for (unsigned i = 0; i < r; i++) {
			assert_string_not_equal(row->word, document_rules[i].word);
			assert_true(document_rules[i].class <= row->class); /* as they are read out */
		}
	}
	assert_string_equal(document_verdict_word(VERDICT_ENOUGH), "enough");
	assert_string_equal(document_verdict_word((enum document_verdict)99), "refused");
}

static void write_document(FILE *out, const struct document_row *row)
{
	static const char *const lists[] = {"-", "A", "B", "power"};

	(void)fprintf(out, "document %s, list %s: %s, %s\n", row->word, lists[row->list], row->name_en,
		      row->name_ja);
	if (row->paper != DOC_NONE)
		(void)fprintf(out, "  the same paper as %s\n", documents[row->paper].word);
	if (row->expires || row->must_show || row->named_by_clerk)
		(void)fprintf(out, " %s%s%s\n", row->expires ? " bears a last day" : "",
			      row->must_show ? " must show enough" : "",
			      row->named_by_clerk ? " the clerk names it" : "");
	if (date_is_set(row->issued_from))
		(void)fprintf(out, "  issued from %04d-%02d-%02d\n", row->issued_from.year,
			      row->issued_from.month, row->issued_from.day);
	(void)fprintf(out, "  %s\n", row->source);
}

static void the_tables_are_as_reviewed(void **state)
{
	static const char *const classes[] = {"refused", "missing", "clerk", "not counted", "note"};
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_non_null(out);
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
		write_document(out, &documents[k]);
	for (unsigned r = 0; r < DOCUMENT_RULES; r++)
		(void)fprintf(out, "rule %s, %s: %s\n  %s\n", document_rules[r].word,
			      classes[document_rules[r].class], document_rules[r].text,
			      document_rules[r].source);
	assert_int_equal(fclose(out), 0);
	snapshot_check("documents.txt", text);
	free(text);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_must_be_valid_on_the_day),
		cmocka_unit_test(documents_must_match_the_residence_register),
		cmocka_unit_test(a_driving_history_certificate_counts_from_april_2012),
		cmocka_unit_test(student_and_employee_ids_count_when_they_show_enough),
		cmocka_unit_test(what_the_lists_do_not_name_the_clerk_decides),
		cmocka_unit_test(one_paper_is_counted_once),
		cmocka_unit_test(a_family_register_proves_nobodys_identity),
		cmocka_unit_test(two_others_are_two_when_they_are_named_differently),
		cmocka_unit_test(a_single_photo_id_may_be_supplemented),
		cmocka_unit_test(the_supplement_replaces_nothing_else),
		cmocka_unit_test(kinds_outside_the_table_do_not_count),
		cmocka_unit_test(the_lists_are_the_pages),
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(the_tables_are_as_reviewed),
	};

	if (argc > 1)
		snapshot_folder = argv[1];
	return cmocka_run_group_tests_name("documents_lists", tests, NULL, NULL);
}
