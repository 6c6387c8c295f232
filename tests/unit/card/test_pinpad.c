/* SPDX-License-Identifier: Apache-2.0 */
/* Entry on the reader's keys, with a simulated pad that builds the command from the template. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "support/vreader.h"
#include <cmocka.h>

struct pad_bench {
	struct vreader v;
	rp_ctx *ctx;
	rp_card *card;
	struct rp_card_facts shown;
	struct rp_outcome out;
	struct rp_error err;
};

static void look(struct pad_bench *b, const char *family)
{
	*b = (struct pad_bench){.err = RP_ERROR_INIT};
	b->ctx = vreader_open(&b->v, vreader_make(family, NULL, false));
	b->v.has_pad = true;
	assert_int_equal(rp_card_open(b->ctx, NULL, &b->card, NULL), RP_OK);
	assert_int_equal(
		rp_card_read(b->card, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, &b->shown, NULL), RP_OK);
	vreader_forget(&b->v);
}

static void put_away(struct pad_bench *b)
{
	rp_card_close(b->card);
	vreader_close(&b->v, b->ctx);
}

static void type(struct pad_bench *b, const char *current, const char *fresh, const char *again)
{
	b->v.pad_current = current;
	b->v.pad_new = fresh;
	b->v.pad_again = again;
}

static void the_pad_is_found(void **state)
{
	struct pad_bench b;
	struct rp_pad pad;

	(void)state;
	look(&b, "mynumber");
	assert_int_equal(rp_pad_of(b.card, &pad, NULL), RP_OK);
	assert_true(pad.verify && pad.modify);
	b.v.has_pad = false;
	assert_int_equal(rp_pad_of(b.card, &pad, NULL), RP_OK);
	assert_false(pad.verify || pad.modify);
	put_away(&b);
}

struct pad_row {
	const char *family;
	rp_slot slot;
	const char *id, *current, *fresh, *wrong;
	int max;
};

static const struct pad_row rows[] = {
	{"mynumber", RP_SLOT_AUTH, "auth", "1234", "5678", "9999", 3},
	{"mynumber", RP_SLOT_TEXT, "text", "1234", "5678", "9999", 3},
	{"piv", RP_SLOT_PIN, "pin", "123456", "87654321", "999999", 3},
};

static void a_pin_typed_on_the_pad_is_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct pad_row *r = &rows[i];
		struct pad_bench b;
		struct rp_job job;
		const struct vpin *p;

		look(&b, r->family);
		job = (struct rp_job){.slot = r->slot, .shown = &b.shown};
		type(&b, r->current, r->fresh, r->fresh);
		if (rp_pad_change(b.card, &job, &b.out, &b.err) != RP_OK)
			fail_msg("%s %s: %s", r->family, r->id, b.err.story);
		p = vcard_pin(b.v.card, r->id);
		assert_int_equal(p->len, strlen(r->fresh));
		assert_memory_equal(p->value, r->fresh, p->len);
		assert_int_equal(p->tries, r->max);
		assert_false(p->verified);
		put_away(&b);
	}
}

static void a_wrong_one_costs_one_try(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct pad_row *r = &rows[i];
		struct pad_bench b;
		struct rp_job job;

		look(&b, r->family);
		job = (struct rp_job){.slot = r->slot, .shown = &b.shown};
		type(&b, r->wrong, r->fresh, r->fresh);
		assert_int_equal(rp_pad_verify(b.card, &job, &b.out, &b.err), RP_E_PIN_WRONG);
		assert_int_equal(b.err.tries_left, r->max - 1);
		assert_int_equal(vreader_tries(&b.v, r->id), r->max - 1);
		put_away(&b);
	}
}

static void what_the_pad_says_of_itself_spends_nothing(void **state)
{
	static const struct {
		uint16_t sw;
		rp_code rc;
	} says[] = {{0x6400, RP_E_TIMEOUT},
		    {0x6401, RP_E_CANCELLED},
		    {0x6402, RP_E_INPUT_MISMATCH},
		    {0x6403, RP_E_INPUT_LENGTH}};

	(void)state;
	for (size_t i = 0; i < sizeof says / sizeof says[0]; i++) {
		struct pad_bench b;
		struct rp_job job;

		look(&b, "mynumber");
		job = (struct rp_job){.slot = RP_SLOT_AUTH, .shown = &b.shown};
		type(&b, "1234", "5678", "5678");
		b.v.pad_says = says[i].sw;
		assert_int_equal(rp_pad_verify(b.card, &job, &b.out, &b.err), says[i].rc);
		assert_int_equal(b.err.tries_spent, 0);
		assert_int_equal(vreader_tries(&b.v, "auth"), 3);
		put_away(&b);
	}
}

static void two_different_new_entries_change_nothing(void **state)
{
	struct pad_bench b;
	struct rp_job job;

	(void)state;
	look(&b, "mynumber");
	job = (struct rp_job){.slot = RP_SLOT_AUTH, .shown = &b.shown};
	type(&b, "1234", "5678", "5679");
	assert_int_equal(rp_pad_change(b.card, &job, &b.out, &b.err), RP_E_INPUT_MISMATCH);
	assert_memory_equal(vcard_pin(b.v.card, "auth")->value, "1234", 4);
	assert_int_equal(vreader_tries(&b.v, "auth"), 3);
	put_away(&b);
}

/* The pad cannot fold letters, cannot do two places at once, and guards still hold. */
static void what_a_pad_cannot_do_is_refused_before_anyone_types(void **state)
{
	struct pad_bench b;
	struct rp_job job;

	(void)state;
	look(&b, "mynumber");
	type(&b, "1234", "5678", "5678");
	job = (struct rp_job){.slot = RP_SLOT_SIGN, .shown = &b.shown};
	assert_int_equal(rp_pad_change(b.card, &job, &b.out, &b.err), RP_E_NOT_OFFERED);
	job.slot = RP_SLOT_JUKI;
	assert_int_equal(rp_pad_change(b.card, &job, &b.out, &b.err), RP_E_NOT_OFFERED);
	b.v.has_pad = false;
	job.slot = RP_SLOT_AUTH;
	assert_int_equal(rp_pad_change(b.card, &job, &b.out, &b.err), RP_E_NOT_OFFERED);
	b.v.has_pad = true;
	vcard_pin(b.v.card, "auth")->tries = 1;
	assert_int_equal(rp_card_read(b.card, RP_READ_PINS | RP_READ_CARD, &b.shown, NULL), RP_OK);
	assert_int_equal(rp_pad_verify(b.card, &job, &b.out, &b.err), RP_E_LAST_TRY);
	assert_int_equal(vreader_tries(&b.v, "auth"), 1);
	put_away(&b);
}

/* The proven PIN has set the counter back; what is lost after that is the new one alone. */
static void a_cut_after_the_proof_has_spent_nothing(void **state)
{
	struct pad_bench b;
	struct rp_job job;

	(void)state;
	for (unsigned done = 0; done < 2; done++) {
		look(&b, "mynumber");
		job = (struct rp_job){.slot = RP_SLOT_AUTH, .shown = &b.shown};
		type(&b, "1234", "5678", "5678");
		vreader_faults(&b.v, done ? "ins 24 cut-after\n" : "ins 24 cut-before\n");
		assert_int_equal(rp_pad_change(b.card, &job, &b.out, &b.err), RP_E_CARD_GONE);
		assert_int_equal(b.err.tries_spent, 0);
		assert_true(b.err.in_doubt);
		assert_int_equal(vreader_tries(&b.v, "auth"), 3);
		put_away(&b);
	}
}

/* The current PIN was proven: "cancelled" would say that no PIN was sent. */
static void leaving_at_the_new_pin_is_no_plain_cancel(void **state)
{
	struct pad_bench b;
	struct rp_job job;

	(void)state;
	for (uint16_t says = 0x6400; says <= 0x6401; says++) {
		look(&b, "mynumber");
		job = (struct rp_job){.slot = RP_SLOT_AUTH, .shown = &b.shown};
		type(&b, "1234", "5678", "5678");
		b.v.pad_says_to_new = says;
		assert_int_equal(rp_pad_change(b.card, &job, &b.out, &b.err), RP_E_INTERRUPTED);
		assert_int_equal(b.err.code, RP_E_INTERRUPTED);
		assert_int_equal(b.err.tries_spent, 0);
		assert_false(b.err.in_doubt);
		put_away(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pad_is_found),
		cmocka_unit_test(a_pin_typed_on_the_pad_is_changed),
		cmocka_unit_test(a_wrong_one_costs_one_try),
		cmocka_unit_test(what_the_pad_says_of_itself_spends_nothing),
		cmocka_unit_test(two_different_new_entries_change_nothing),
		cmocka_unit_test(what_a_pad_cannot_do_is_refused_before_anyone_types),
		cmocka_unit_test(a_cut_after_the_proof_has_spent_nothing),
		cmocka_unit_test(leaving_at_the_new_pin_is_no_plain_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
