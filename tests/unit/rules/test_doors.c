/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors as a table: every row has its words, its source and its place, and stands in
 * tests/snapshots/doors.txt. test_doors_sweep.c puts every question there is, test_doors_mynumber.c
 * and test_doors_others.c have the sentences of the public texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/doors.h"
#include "rules/policy.h"
#include "support/snapshot.h"
#include "unit/rules/doors_kit.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* --- the table --- */

static const char *const need_words[] = {
	[DOORS_NEED_NOTHING] = "nothing", [DOORS_NEED_CURRENT] = "its own PIN",
	[DOORS_NEED_OTHER] = "other PIN", [DOORS_NEED_SECRET] = "secret",
	[DOORS_NEED_CODE] = "user code",  [DOORS_NEED_CARD_SIGN] = "the card's sign",
};

static const char *const when_words[] = {"real",     "ours",   "case",	   "no-case",	     "far",
					 "self",     "warded", "unwarded", "representative", "agent",
					 "not-self", "set",    "not-set",  "alive",	     "letter",
					 "under-15", "over",   "not-told", "expired",	     "ward"};
static const char *const where_words[] = {"home", "kiosk", "desk", "app", "phone", "issuer"};
static const char *const bring_words[] = {"card", "reader", "smartphone", "documents", "letter"};

static void put_bits(FILE *f, const char *label, unsigned bits, const char *const *words, size_t n)
{
	const char *before = label;

	for (size_t i = 0; i < n; i++) {
		if ((bits & 1u << i) == 0)
			continue;
		(void)fprintf(f, "%s%s", before, words[i]);
		before = "+";
	}
	assert_int_equal(bits >> n, 0);
}

static void put_step(FILE *f, const struct doors_row_step *s)
{
	(void)fprintf(f, "    %s", doors_step_word(s->id));
	put_bits(f, " when ", s->when, when_words, LENGTH(when_words));
	if (s->stake != RP_SLOT_NONE)
		(void)fprintf(f, ", stakes a try of %s%s", kit_slot_word(s->stake),
			      s->other_card ? " of the card" : "");
	(void)fprintf(f, ", costs %u\n", s->cost);
}

static void put_row(FILE *f, const struct doors_row *r)
{
	(void)fprintf(f, "%s %s: %s", r->profile, kit_slot_word(r->slot), doors_word(r->door));
	if (r->never != DOORS_WHY_NONE) {
		(void)fprintf(f, ", never: %s\n    %s\n", doors_reason_word(r->never), r->source);
		return;
	}
	(void)fprintf(f, ", needs %s", need_words[r->need]);
	if (r->with != RP_SLOT_NONE)
		(void)fprintf(f, " (%s)", kit_slot_word(r->with));
	put_bits(f, ", at ", r->where, where_words, LENGTH(where_words));
	put_bits(f, ", with ", r->bring, bring_words, LENGTH(bring_words));
	(void)fprintf(f, ", lives %s%s%s\n    %s\n    %s\n", doors_lives_word(r->lives),
		      r->in_person ? ", in person" : "", r->kills ? ", kills" : "", r->conditions, r->source);
	for (size_t i = 0; i < DOORS_ROW_STEPS && r->steps[i].id != DOORS_DO_NOTHING; i++)
		put_step(f, &r->steps[i]);
}

static void the_table_is_the_reviewed_one(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	for (size_t i = 0; i < n_doors_rows; i++)
		put_row(f, &doors_rows[i]);
	for (size_t i = 0; i < n_doors_traps; i++) {
		const struct doors_trap_row *t = &doors_traps[i];

		(void)fprintf(f, "trap %s %s: %s", t->profile != NULL ? t->profile : "*",
			      kit_slot_word(t->slot), doors_trap_word(t->trap));
		put_bits(f, " when ", t->when, when_words, LENGTH(when_words));
		(void)fprintf(f, "\n    %s\n", t->source);
	}
	for (size_t i = 0; i < n_doors_whys; i++) {
		const struct doors_why_row *w = &doors_whys[i];

		(void)fprintf(f, "not set %s %s: %s", w->profile != NULL ? w->profile : "*",
			      kit_slot_word(w->slot), doors_reason_word(w->why));
		put_bits(f, " when ", w->when, when_words, LENGTH(when_words));
		(void)fprintf(f, "\n    %s\n", w->source);
	}
	assert_int_equal(fclose(f), 0);
	snapshot_check("doors.txt", text);
	free(text);
}

static void check_row(const struct doors_row *r)
{
	assert_true(r->door > DOORS_NONE && r->door < DOORS_IDS);
	assert_true(strlen(r->source) >= 8 && strlen(r->conditions) > 0);
	if (r->never != DOORS_WHY_NONE) {
		assert_int_equal(r->steps[0].id, DOORS_DO_NOTHING);
		return;
	}
	assert_true(r->steps[0].id != DOORS_DO_NOTHING && r->where != 0);
	/* The last way out asks for nothing that somebody could lack. */
	assert_false(r->door == DOORS_REISSUE && (r->need != DOORS_NEED_NOTHING || r->in_person || r->kills));
	for (size_t i = 0; i < DOORS_ROW_STEPS && r->steps[i].id != DOORS_DO_NOTHING; i++) {
		assert_true(doors_step_text(r->steps[i].id)[0] != '\0');
		assert_int_equal(r->steps[i].cost, 0);
	}
}

static void every_row_has_its_words_and_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_doors_rows; i++)
		check_row(&doors_rows[i]);
	for (size_t i = 0; i < n_doors_traps; i++)
		assert_true(strlen(doors_traps[i].source) >= 8 &&
			    doors_trap_text(doors_traps[i].trap)[0] != '\0');
	for (size_t i = 0; i < n_doors_whys; i++)
		assert_true(strlen(doors_whys[i].source) >= 8 &&
			    doors_reason_opens(doors_whys[i].why)[0] != '\0');
}

/* As many rows of a slot as doors.c has place for. */
#define ROWS_MAX 8

/* doors.c takes the first row of a slot and those after it; a stray one would be lost. */
static void rows_of_a_slot_stand_together_and_end_with_reissue(void **state)
{
	size_t rows = 0;

	(void)state;
	for (size_t i = 0; i < n_doors_rows; i++) {
		const struct doors_row *r = &doors_rows[i], *next = r + 1;
		const bool last = i + 1 == n_doors_rows || next->slot != r->slot ||
				  strcmp(next->profile, r->profile) != 0;

		assert_int_equal(last, r->door == DOORS_REISSUE);
		assert_true(++rows <= ROWS_MAX);
		rows = last ? 0 : rows;
		for (size_t k = i + 1; last && k < n_doors_rows; k++)
			assert_true(doors_rows[k].slot != r->slot ||
				    strcmp(doors_rows[k].profile, r->profile) != 0);
	}
}

/* Every PIN that the policy knows has doors, and no other. */
static void every_slot_of_every_family_has_doors(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_policy_rows; i++)
		assert_true(doors_know(policy_rows[i].profile, policy_rows[i].slot));
	for (size_t i = 0; i < n_doors_rows; i++)
		assert_non_null(policy_row_of(doors_rows[i].profile, doors_rows[i].slot));
}

static void words_are_unique(const char *(*word)(unsigned), const char *(*text)(unsigned), unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		assert_true(word(i)[0] != '\0' && text(i)[0] != '\0');
		for (unsigned k = i + 1; k < n; k++)
			assert_string_not_equal(word(i), word(k));
	}
	assert_string_equal(word(0), "");
	assert_string_equal(text(n), "");
	assert_string_equal(word(n), "");
}

#define OF_NUMBER(name, type)                                                                                \
	static const char *name##_n(unsigned i)                                                              \
	{                                                                                                    \
		return name((type)i);                                                                        \
	}
OF_NUMBER(doors_word, enum doors_id)
OF_NUMBER(doors_title, enum doors_id)
OF_NUMBER(doors_reason_word, enum doors_reason)
OF_NUMBER(doors_reason_text, enum doors_reason)
OF_NUMBER(doors_step_word, enum doors_step_id)
OF_NUMBER(doors_step_text, enum doors_step_id)
OF_NUMBER(doors_trap_word, enum doors_trap)
OF_NUMBER(doors_trap_text, enum doors_trap)

static void every_id_has_a_word_and_a_sentence(void **state)
{
	static const char *const contract[] = {"change",	 "kiosk",     "counter",	 "app",
					       "letter",	 "user-code", "user-code-reset", "puk",
					       "resetting-code", "help-desk", "re-issue"};

	(void)state;
	words_are_unique(doors_word_n, doors_title_n, DOORS_IDS);
	words_are_unique(doors_reason_word_n, doors_reason_text_n, DOORS_REASONS);
	words_are_unique(doors_step_word_n, doors_step_text_n, DOORS_STEPS);
	words_are_unique(doors_trap_word_n, doors_trap_text_n, DOORS_TRAPS);
	/* The ids of `doors --json`, and no other. */
	assert_int_equal(LENGTH(contract), DOORS_IDS - 1);
	for (size_t i = 0; i < LENGTH(contract); i++) {
		assert_string_equal(doors_word((enum doors_id)(i + 1)), contract[i]);
		assert_int_equal(doors_from_word(contract[i]), i + 1);
	}
	assert_int_equal(doors_from_word("window"), DOORS_NONE);
	assert_int_equal(doors_from_word(NULL), DOORS_NONE);
}

static void what_is_no_slot_has_no_answer(void **state)
{
	struct kit k;

	(void)state;
	kit_new(&k, "mynumber", RP_SLOT_PIN);
	assert_false(doors_plan(&k.in, &k.out));
	kit_new(&k, "mynumber", RP_SLOT_NONE);
	assert_false(doors_plan(&k.in, &k.out));
	kit_new(&k, "moonbase", RP_SLOT_PIN);
	assert_false(doors_plan(&k.in, &k.out));
	assert_int_equal(k.out.n_steps, 0);
	assert_false(doors_know("moonbase", RP_SLOT_PIN));
	assert_false(doors_know(NULL, RP_SLOT_PIN));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_the_reviewed_one),
		cmocka_unit_test(every_row_has_its_words_and_source),
		cmocka_unit_test(rows_of_a_slot_stand_together_and_end_with_reissue),
		cmocka_unit_test(every_slot_of_every_family_has_doors),
		cmocka_unit_test(every_id_has_a_word_and_a_sentence),
		cmocka_unit_test(what_is_no_slot_has_no_answer),
	};

	if (argc > 1)
		snapshot_folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
