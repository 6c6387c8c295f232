/* SPDX-License-Identifier: Apache-2.0 */
/* Unlocking with the kept secret, cards that could be real, and what a card may answer. */
#include "job_rig.h"

/* --- unlock --- */

static void lock_pin(struct bench *b, const char *id)
{
	struct vpin *p = vcard_pin(b->v.card, id);

	p->tries = 0;
	refresh(b);
}

struct unlock_row_t {
	const char *family;
	rp_slot slot;
	const char *id;
	unsigned way;
	const char *code_id, *code, *wrong, *fresh;
	int max, code_max;
	const char *pins;
};

static const struct unlock_row_t unlocks[] = {
	{"aosign", RP_SLOT_PIN, "pin", 0, "letter", "12345678", "00000009", "newPin99", 10, 10, NULL},
	{"piv", RP_SLOT_PIN, "pin", 0, "puk", "12345678", "00000009", "654321", 3, 3, NULL},
	{"openpgp", RP_SLOT_PW1, "pw1", 0, "rc", "resetcode", "00000009", "654321", 3, 3, "rc=resetcode"},
	{"openpgp", RP_SLOT_PW1, "pw1", 1, "pw3", "12345678", "00000009", "654321", 3, 3, NULL},
};
#define N_UNLOCKS (sizeof unlocks / sizeof unlocks[0])

static void a_locked_pin_is_unlocked_with_the_kept_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_UNLOCKS; i++) {
		const struct unlock_row_t *r = &unlocks[i];
		struct bench b;

		look(&b, vreader_make(r->family, r->pins, false));
		lock_pin(&b, r->id);
		if (unlock(&b, r->slot, r->way, r->code, r->fresh, false) != RP_OK)
			fail_msg("%s by %s: %s", r->family, r->code_id, b.err.story);
		assert_value(&b, r->id, r->fresh);
		assert_int_equal(vreader_tries(&b.v, r->id), r->max);
		assert_int_equal(vreader_tries(&b.v, r->code_id), r->code_max);
		assert_int_equal(b.out.after.tries_left, r->max);
		assert_true(nobody_is_logged_in(&b));
		/* a forgotten PIN that still works is reset the same way */
		refresh(&b);
		assert_int_equal(unlock(&b, r->slot, r->way, r->code, r->fresh, false), RP_OK);
		put_away(&b);
	}
}

static void a_wrong_secret_costs_one_of_its_own_tries(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_UNLOCKS; i++) {
		const struct unlock_row_t *r = &unlocks[i];
		struct bench b;

		look(&b, vreader_make(r->family, r->pins, false));
		lock_pin(&b, r->id);
		assert_int_equal(unlock(&b, r->slot, r->way, r->wrong, r->fresh, false), RP_E_SECRET_WRONG);
		assert_int_equal(vreader_tries(&b.v, r->code_id), r->code_max - 1);
		assert_int_equal(vreader_tries(&b.v, r->id), 0);
		assert_int_equal(b.err.tries_left, r->code_max - 1);
		assert_int_equal(b.err.tries_spent, 1);
		put_away(&b);
	}
}

/* Seed 001: ten wrong letter PINs in a row and the card is dead, even while its PIN works. */
static void aosign_dies_after_ten_wrong_letter_pins(void **state)
{
	struct bench b;

	(void)state;
	look(&b, vreader_make("aosign", NULL, false));
	for (int left = 9; left > 0; left--) {
		assert_int_equal(unlock(&b, RP_SLOT_PIN, 0, "00000009", "newPin99", false),
				 RP_E_SECRET_WRONG);
		assert_int_equal(b.err.tries_left, left);
		refresh(&b);
	}
	assert_int_equal(unlock(&b, RP_SLOT_PIN, 0, "00000009", "newPin99", false), RP_E_LAST_TRY);
	assert_int_equal(vreader_tries(&b.v, "letter"), 1);
	assert_int_equal(unlock(&b, RP_SLOT_PIN, 0, "00000009", "newPin99", true), RP_E_SECRET_WRONG);
	assert_int_equal(b.err.tries_left, 0);
	refresh(&b);
	assert_int_equal(b.shown.pins[0].state, RP_PIN_DEAD);
	assert_int_equal(b.shown.pins[1].state, RP_PIN_DEAD);
	assert_int_equal(unlock(&b, RP_SLOT_PIN, 0, "12345678", "newPin99", true), RP_E_DEAD);
	assert_int_equal(change(&b, RP_SLOT_PIN, "12345678", "newPin99", true), RP_E_DEAD);
	assert_int_equal(vreader_count(&b.v, 0x24) + vreader_count(&b.v, 0x2C), 0);
	put_away(&b);
}

static void a_right_letter_pin_sets_both_counters_back(void **state)
{
	struct bench b;

	(void)state;
	look(&b, vreader_make("aosign", NULL, false));
	assert_int_equal(unlock(&b, RP_SLOT_PIN, 0, "00000009", "newPin99", false), RP_E_SECRET_WRONG);
	refresh(&b);
	assert_int_equal(change(&b, RP_SLOT_PIN, "00000009", "newPin99", false), RP_E_PIN_WRONG);
	refresh(&b);
	assert_int_equal(unlock(&b, RP_SLOT_PIN, 0, "12345678", "newPin99", false), RP_OK);
	assert_int_equal(vreader_tries(&b.v, "letter"), 10);
	assert_int_equal(vreader_tries(&b.v, "pin"), 10);
	put_away(&b);
}

/* --- cards that could be real --- */

static void hicos_that_could_be_real_is_neither_changed_nor_verified(void **state)
{
	struct bench b;

	(void)state;
	look(&b, vreader_make("hicos", NULL, false));
	assert_int_equal(change(&b, RP_SLOT_PIN, "123456", "newPin99", true), RP_E_NOT_OFFERED);
	for (unsigned i = 0; i < b.v.n; i++)
		assert_int_not_equal(b.v.log[i].head[0], 0x8C);
	assert_int_equal(vreader_tries(&b.v, "pin"), 3);
	put_away(&b);
}

static void the_telephones_pins_are_not_changed_here(void **state)
{
	struct bench b;

	(void)state;
	look(&b, vreader_make("mynumber-mobile", NULL, true));
	assert_int_equal(change(&b, RP_SLOT_SIGN, "ABC123", "NEW456", true), RP_E_NOT_OFFERED);
	assert_int_equal(b.v.n, 0);
	put_away(&b);
}

static void a_pin_that_the_card_has_not_got_is_refused(void **state)
{
	struct bench b;

	(void)state;
	look(&b, vreader_make("mynumber", "sign=", false));
	assert_int_equal(change(&b, RP_SLOT_SIGN, "ABC123", "NEW456", true), RP_E_NOT_SET);
	assert_int_equal(vreader_count_data(&b.v, 0x20), 0);
	put_away(&b);
}

/* --- what a card may answer --- */

static void only_9000_is_success(void **state)
{
	static const char *const sws[] = {"6100", "6200", "6283", "6300", "6581", "6982",
					  "6985", "6A80", "6F00", "9001", "8000"};

	(void)state;
	for (size_t i = 0; i < sizeof sws / sizeof sws[0]; i++) {
		struct bench b;
		char script[64];

		look(&b, vreader_make("mynumber", NULL, false));
		(void)snprintf(script, sizeof script, "ins 24 instead %s\n", sws[i]);
		vreader_faults(&b.v, script);
		assert_int_not_equal(change(&b, RP_SLOT_AUTH, "1234", "5678", false), RP_OK);
		assert_value(&b, "auth", "1234");
		assert_int_equal(b.err.tries_spent, 0);
		assert_int_equal(rp_code_exit(b.err.code), 7);
		put_away(&b);
	}
}

/* An answer that leaves open whether a try was spent: the card is asked, and the truth is told. */
static void an_unclear_answer_is_settled_by_the_counter(void **state)
{
	struct bench b;

	(void)state;
	look(&b, vreader_make("aosign", NULL, false));
	vreader_faults(&b.v, "ins 24 sw 6F00\n"); /* executed with a wrong PIN, and answered with nonsense */
	assert_int_equal(change(&b, RP_SLOT_PIN, "00000009", "newPin99", false), RP_E_CARD_REFUSED);
	assert_int_equal(b.err.tries_spent, 1);
	assert_int_equal(b.err.tries_left, 9);
	put_away(&b);
	look(&b, vreader_make("aosign", NULL, false));
	vreader_faults(&b.v, "ins 24 instead 6F00\n"); /* not executed */
	assert_int_equal(change(&b, RP_SLOT_PIN, "00000009", "newPin99", false), RP_E_CARD_REFUSED);
	assert_int_equal(b.err.tries_spent, 0);
	put_away(&b);
}

static void a_card_pulled_with_the_pin_on_its_way_is_unknown(void **state)
{
	static const char *const cuts[] = {"ins 20 #2 cut-before\n", "ins 20 #2 cut-after\n",
					   "ins 20 #2 remove\n"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct bench b;

		look(&b, vreader_make("mynumber", NULL, false));
		vreader_faults(&b.v, cuts[i]);
		assert_int_equal(change(&b, RP_SLOT_AUTH, "9999", "5678", false), RP_E_CARD_GONE);
		assert_int_equal(b.err.tries_spent, RP_SPENT_UNKNOWN);
		assert_int_equal(b.err.slot, RP_SLOT_AUTH);
		assert_false(b.err.in_doubt); /* no new PIN was on its way */
		assert_true(vreader_tries(&b.v, "auth") >= 2);
		put_away(&b);
	}
}

static void a_card_pulled_with_the_new_pin_on_its_way_is_in_doubt(void **state)
{
	static const char *const cuts[] = {"ins 24 cut-before\n", "ins 24 cut-after\n"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct bench b;

		look(&b, vreader_make("mynumber", NULL, false));
		vreader_faults(&b.v, cuts[i]);
		assert_int_equal(change(&b, RP_SLOT_AUTH, "1234", "5678", false), RP_E_CARD_GONE);
		assert_true(b.err.in_doubt);
		assert_int_equal(b.err.tries_spent, 0);
		assert_value(&b, "auth", i == 0 ? "1234" : "5678");
		put_away(&b);
	}
}

static void a_silent_card_times_out(void **state)
{
	struct bench b;
	int64_t start;

	(void)state;
	look(&b, vreader_make("mynumber", NULL, false));
	rp_ctx_timeout(b.ctx, 100);
	vreader_faults(&b.v, "ins 20 #2 mute\n"); /* the VERIFY with data */
	start = clock_ms();
	assert_int_equal(change(&b, RP_SLOT_AUTH, "1234", "5678", false), RP_E_CARD_TIMEOUT);
	assert_int_equal(b.err.tries_spent, RP_SPENT_UNKNOWN);
	assert_true(clock_ms() - start < 2000);
	put_away(&b);
	look(&b, vreader_make("mynumber", NULL, false));
	rp_ctx_timeout(b.ctx, 100);
	vreader_faults(&b.v, "apdu 1 mute\n");
	assert_int_equal(change(&b, RP_SLOT_AUTH, "1234", "5678", false), RP_E_TIMEOUT);
	assert_int_equal(b.err.tries_spent, 0);
	assert_int_equal(rp_code_exit(b.err.code), 10);
	put_away(&b);
}

static void cancelled_before_it_begins_sends_nothing(void **state)
{
	struct bench b;

	(void)state;
	look(&b, vreader_make("mynumber", NULL, false));
	rp_cancel(b.ctx);
	assert_int_equal(change(&b, RP_SLOT_AUTH, "1234", "5678", false), RP_E_CANCELLED);
	assert_int_equal(b.v.n, 0);
	put_away(&b);
}

static void verify_proves_and_logs_out(void **state)
{
	struct bench b;
	struct rp_job job;
	rp_secret *pin;

	(void)state;
	look(&b, vreader_make("mynumber", NULL, false));
	job = (struct rp_job){.slot = RP_SLOT_SIGN, .shown = &b.shown};
	pin = entry_of("mynumber", RP_SLOT_SIGN, RP_ENTRY_CURRENT,
		       "abc123"); /* folded: the card compares bytes */
	assert_int_equal(rp_pin_verify(b.card, &job, pin, &b.out, &b.err), RP_OK);
	assert_true(nobody_is_logged_in(&b));
	assert_int_equal(b.out.after.tries_left, 5);
	rp_secret_free(pin);
	put_away(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_locked_pin_is_unlocked_with_the_kept_secret),
		cmocka_unit_test(a_wrong_secret_costs_one_of_its_own_tries),
		cmocka_unit_test(aosign_dies_after_ten_wrong_letter_pins),
		cmocka_unit_test(a_right_letter_pin_sets_both_counters_back),
		cmocka_unit_test(hicos_that_could_be_real_is_neither_changed_nor_verified),
		cmocka_unit_test(the_telephones_pins_are_not_changed_here),
		cmocka_unit_test(a_pin_that_the_card_has_not_got_is_refused),
		cmocka_unit_test(only_9000_is_success),
		cmocka_unit_test(an_unclear_answer_is_settled_by_the_counter),
		cmocka_unit_test(a_card_pulled_with_the_pin_on_its_way_is_unknown),
		cmocka_unit_test(a_card_pulled_with_the_new_pin_on_its_way_is_in_doubt),
		cmocka_unit_test(a_silent_card_times_out),
		cmocka_unit_test(cancelled_before_it_begins_sends_nothing),
		cmocka_unit_test(verify_proves_and_logs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
