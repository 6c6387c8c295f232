/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs that the issuer allows, on virtual cards with a played issuer: what is asked in which order, what
 * a card without our reset application gets, and who pays for what goes wrong.
 */
#include "reset_rig.h"

static const struct want resets[] = {
	{"mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", "NEWPIN9", "kiosk", NULL, "case-1", false},
	{"mynumber", RP_SLOT_AUTH, RP_SLOT_SIGN, "ABC123", "9753", "kiosk", NULL, "case-1", false},
	{"mynumber", RP_SLOT_TEXT, RP_SLOT_NONE, NULL, "9753", "counter", NULL, "case-1", false},
	{"mynumber", RP_SLOT_JUKI, RP_SLOT_NONE, NULL, "9753", "counter", NULL, "case-1", false},
	{"mynumber-mobile", RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", "NEWPIN9", "app", NULL, NULL, false},
	{"hicos", RP_SLOT_PIN, RP_SLOT_NONE, NULL, "newPin99", "user-code", PLAY_USER_CODE, NULL, false},
};
#define N_RESETS (sizeof resets / sizeof resets[0])

static const char *id_of(rp_slot slot)
{
	return rp_slot_word(slot);
}

static void lock(struct rig *r, rp_slot slot)
{
	for (size_t i = 0; i < r->v.card->n_pins; i++)
		if (r->v.card->pins[i].slot == slot)
			r->v.card->pins[i].tries = 0;
	refresh(r);
}

/* --- it works --- */

static void a_locked_pin_gets_a_new_value_and_full_tries(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RESETS; i++) {
		const struct want *w = &resets[i];
		struct rig r;
		const struct vpin *p;

		start(&r, w->family);
		p = vcard_pin(r.v.card, id_of(w->slot));
		lock(&r, w->slot);
		assert_int_equal(reset(&r, w), RP_OK);
		assert_true(holds(&r, id_of(w->slot), w->fresh));
		assert_int_equal(p->tries, p->max);
		assert_int_equal(p->resets, 1);
		assert_int_equal(r.done.done.after.state, RP_PIN_READY);
		assert_int_equal(r.done.done.after.tries_left, p->max);
		assert_int_equal(r.done.done.tries_spent, 0);
		assert_string_equal(r.done.case_id, "case-1");
		assert_string_equal(r.done.receipt, "receipt-2");
		assert_true(r.done.reported && r.p.done);
		assert_true(nobody_is_logged_in(&r));
		assert_int_equal(r.v.begins, 1); /* one transaction */
		stop(&r);
	}
}

static void a_pin_that_is_only_forgotten_is_reset_as_well(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	assert_int_equal(reset(&r, &resets[0]), RP_OK);
	assert_true(holds(&r, "sign", "NEWPIN9"));
	stop(&r);
}

static void both_places_of_juki_are_set_by_one_command(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	vcard_pin(r.v.card, "juki")->tries = 1;
	vcard_pin(r.v.card, "juki-common")->tries = 0;
	refresh(&r);
	assert_int_equal(reset(&r, &resets[3]), RP_OK);
	assert_true(holds(&r, "juki", "9753") && holds(&r, "juki-common", "9753"));
	assert_int_equal(vreader_tries(&r.v, "juki") + vreader_tries(&r.v, "juki-common"), 6);
	assert_int_equal(vreader_count(&r.v, 0x2C), 1);
	stop(&r);
}

/* --- the order --- */

static void no_pin_goes_to_the_card_before_the_issuer_has_taken_its_mac(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RESETS; i++) {
		static const enum play_call order[] = {PLAY_NONCE, PLAY_PRESENCE, PLAY_NONCE, PLAY_GRANT,
						       PLAY_PRESENCE};
		struct rig r;

		start(&r, resets[i].family);
		assert_int_equal(reset(&r, &resets[i]), RP_OK);
		assert_int_equal(r.p.n, 5);
		for (unsigned k = 0; k < 5; k++)
			assert_int_equal(r.p.log[k].call, order[k]);
		assert_true(find_ins(&r, 0x88, 0) < r.p.log[1].at);
		assert_true(find_ins(&r, 0x20, 0) >= r.p.log[2].at);
		assert_true(find_ins(&r, 0x2C, 0) >= r.p.log[3].at);
		stop(&r);
	}
}

static void the_proof_and_the_mac_carry_one_nonce_that_was_not_used_before(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	assert_int_equal(reset(&r, &resets[0]), RP_OK);
	assert_memory_equal(r.p.proof_nonce, r.p.mac_nonce, 16);
	assert_memory_equal(r.p.mac_nonce, r.p.nonces[1], 16);
	assert_memory_not_equal(r.p.mac_nonce, r.p.nonces[0], 16);
	stop(&r);
}

static void nothing_comes_between_challenge_cryptogram_and_new_pin(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RESETS; i++) {
		struct rig r;
		unsigned at;

		start(&r, resets[i].family);
		assert_int_equal(reset(&r, &resets[i]), RP_OK);
		at = find_ins(&r, 0x82, 0);
		assert_true(at > 0 && at + 2 < r.v.n);
		assert_int_equal(r.v.log[at - 1].head[1], 0x88);
		assert_int_equal(r.v.log[at + 1].head[1], 0x2C);
		assert_int_equal(r.v.log[at + 2].head[1], 0x88);
		stop(&r);
	}
}

/* --- looking, reserving, a new user code --- */

static void a_look_tells_what_the_issuer_knows_and_spends_nothing(void **state)
{
	struct rig r;
	struct rp_issuer_facts f;

	(void)state;
	start(&r, "hicos");
	assert_int_equal(rp_issuer_look(r.card, &r.p.port, RP_SLOT_PIN, &r.shown, &f, &r.err), RP_OK);
	assert_string_equal(f.card_status, "active");
	assert_int_equal(f.user_code_tries, 3);
	assert_int_equal(r.p.n, 2);
	assert_int_equal(vreader_all_tries(&r.v), r.before);
	assert_int_equal(vreader_count_data(&r.v, 0x20) + vreader_count(&r.v, 0x82), 0);
	stop(&r);
}

static void a_reservation_is_opened_by_the_other_pin(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	vcard_pin(r.v.card, "sign")->tries = 1;
	refresh(&r);
	assert_int_equal(reserve(&r, RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", false), RP_OK);
	assert_string_equal(r.opened.id, "case-1");
	assert_int_equal(r.opened.slot, RP_SLOT_SIGN);
	assert_string_equal(r.receipt, "receipt-1");
	assert_memory_equal(r.p.proof_nonce, r.p.nonces[1], 16);
	assert_int_equal(vreader_all_tries(&r.v), r.before);
	assert_true(nobody_is_logged_in(&r));
	refresh(&r);
	assert_int_equal(reserve(&r, RP_SLOT_AUTH, RP_SLOT_SIGN, "ABC123", false), RP_E_LAST_TRY);
	assert_int_equal(reserve(&r, RP_SLOT_AUTH, RP_SLOT_SIGN, "ABC123", true), RP_OK);
	stop(&r);
}

static void a_new_user_code_is_proven_by_the_pin_or_by_a_code_once(void **state)
{
	struct rig r;
	rp_secret *pin, *new_code, *once;
	struct rp_evidence e = {.door = "user-code-reset"};
	struct rp_job job;

	(void)state;
	start(&r, "hicos");
	pin = entry_of("hicos", RP_SLOT_PIN, RP_ENTRY_CURRENT, "123456");
	new_code = secret_of("Another1");
	once = secret_of("0123456789X");
	e.new_code = new_code;
	job = (struct rp_job){.slot = RP_SLOT_PIN, .shown = &r.shown};
	assert_int_equal(rp_issuer_code(r.card, &r.p.port, &job, pin, &e, r.receipt, &r.err), RP_OK);
	assert_string_equal(r.p.new_code, "Another1");
	assert_string_equal(r.receipt, "receipt-3");
	assert_int_equal(vreader_count_data(&r.v, 0x20), 1);
	assert_true(nobody_is_logged_in(&r));
	lock(&r, RP_SLOT_PIN);
	e.one_time = once;
	assert_int_equal(rp_issuer_code(r.card, &r.p.port, &job, NULL, &e, r.receipt, &r.err), RP_OK);
	assert_int_equal(vreader_count_data(&r.v, 0x20), 0);
	/* one of the two, not both and not none */
	assert_int_equal(rp_issuer_code(r.card, &r.p.port, &job, pin, &e, r.receipt, &r.err), RP_E_FAULT);
	e.one_time = NULL;
	assert_int_equal(rp_issuer_code(r.card, &r.p.port, &job, NULL, &e, r.receipt, &r.err), RP_E_FAULT);
	rp_secret_free(pin);
	rp_secret_free(new_code);
	rp_secret_free(once);
	stop(&r);
}

/* --- a card that could be a real one --- */

static void all_calls_are_not_offered(struct rig *r, const struct want *w)
{
	struct rp_issuer_facts f;
	struct rp_evidence e = {.door = "user-code-reset"};
	const struct rp_job job = {.slot = w->slot, .shown = &r->shown};
	rp_secret *once = secret_of("0123456789X");

	e.one_time = once;
	assert_int_equal(rp_issuer_look(r->card, &r->p.port, w->slot, &r->shown, &f, &r->err),
			 RP_E_NOT_OFFERED);
	assert_int_equal(reset(r, w), RP_E_NOT_OFFERED);
	assert_int_equal(rp_issuer_code(r->card, &r->p.port, &job, NULL, &e, r->receipt, &r->err),
			 RP_E_NOT_OFFERED);
	if (w->current != NULL)
		assert_int_equal(reserve(r, w->slot, w->other, w->current, false), RP_E_NOT_OFFERED);
	rp_secret_free(once);
	assert_int_equal(r->p.n, 0);
	assert_int_equal(ours_sent(r), 0);
	assert_int_equal(vreader_all_tries(&r->v), r->before);
}

static void a_card_without_our_application_gets_its_select_and_nothing_else_of_ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_RESETS; i++) {
		struct rig r;

		start_on(&r, vreader_make(resets[i].family, NULL, false));
		all_calls_are_not_offered(&r, &resets[i]);
		stop(&r);
	}
}

static void families_with_a_public_way_have_no_door_of_ours(void **state)
{
	static const struct want others[] = {
		{"piv", RP_SLOT_PIN, RP_SLOT_NONE, NULL, "654321", "counter", NULL, NULL, false},
		{"openpgp", RP_SLOT_PW1, RP_SLOT_NONE, NULL, "654321", "counter", NULL, NULL, false},
		{"aosign", RP_SLOT_PIN, RP_SLOT_NONE, NULL, "newPin99", "counter", NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct rig r;

		start(&r, others[i].family);
		all_calls_are_not_offered(&r, &others[i]);
		assert_int_equal(r.v.n, 0);
		stop(&r);
	}
}

static void only_the_five_slots_are_reset_and_only_a_key_proves(void **state)
{
	static const struct want wrong[] = {
		{"mynumber", RP_SLOT_SIGN, RP_SLOT_TEXT, "1234", "NEWPIN9", "kiosk", NULL, NULL, false},
		{"mynumber", RP_SLOT_SIGN, RP_SLOT_SIGN, "ABC123", "NEWPIN9", "kiosk", NULL, NULL, false},
		{"mynumber", RP_SLOT_CODE_A, RP_SLOT_NONE, NULL, "123456789012", "counter", NULL, NULL,
		 false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct rig r;

		start(&r, wrong[i].family);
		assert_int_equal(reset(&r, &wrong[i]), RP_E_NOT_OFFERED);
		assert_int_equal(r.v.n + r.p.n, 0);
		stop(&r);
	}
}

/* --- it is the card, and the tries, that were shown --- */

static void another_card_gets_nothing(void **state)
{
	struct rig r;
	struct rp_issuer_facts f;

	(void)state;
	start(&r, "mynumber");
	r.v.next = vreader_make_number("mynumber", NULL, true, "999999999999999");
	assert_int_equal(reset(&r, &resets[0]), RP_E_CARD_CHANGED);
	assert_int_equal(reserve(&r, RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", false), RP_E_CARD_CHANGED);
	assert_int_equal(rp_issuer_look(r.card, &r.p.port, RP_SLOT_SIGN, &r.shown, &f, &r.err),
			 RP_E_CARD_CHANGED);
	assert_int_equal(ours_sent(&r) + r.p.n, 0);
	stop(&r);
}

static void tries_that_are_not_those_shown_stop_the_job(void **state)
{
	static const char *const ids[] = {"sign", "auth"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct rig r;

		start(&r, "mynumber");
		vcard_pin(r.v.card, ids[i])->tries--;
		assert_int_equal(reset(&r, &resets[0]), RP_E_TRIES_CHANGED);
		assert_int_equal(reserve(&r, RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", false), RP_E_TRIES_CHANGED);
		assert_int_equal(ours_sent(&r) + r.p.n, 0);
		stop(&r);
	}
}

static void the_last_try_of_the_proving_pin_is_not_spent_unasked(void **state)
{
	struct rig r;
	struct want w = resets[0];

	(void)state;
	start(&r, "mynumber");
	vcard_pin(r.v.card, "auth")->tries = 1;
	refresh(&r);
	assert_int_equal(reset(&r, &w), RP_E_LAST_TRY);
	assert_int_equal(r.err.slot, RP_SLOT_AUTH);
	assert_int_equal(reserve(&r, RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", false), RP_E_LAST_TRY);
	assert_int_equal(ours_sent(&r) + r.p.n, 0);
	w.last_ok = true;
	assert_int_equal(reset(&r, &w), RP_OK);
	assert_int_equal(vreader_tries(&r.v, "auth"), 3);
	stop(&r);
}

static void a_locked_pin_proves_nothing(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	lock(&r, RP_SLOT_AUTH);
	assert_int_equal(reset(&r, &resets[0]), RP_E_LOCKED);
	assert_int_equal(r.err.slot, RP_SLOT_AUTH);
	assert_int_equal(ours_sent(&r) + r.p.n, 0);
	stop(&r);
}

/* --- wrong entries --- */

static void a_wrong_other_pin_costs_one_try_and_no_grant_is_asked_for(void **state)
{
	struct rig r;
	struct want w = resets[0];

	(void)state;
	start(&r, "mynumber");
	w.current = "0000";
	assert_int_equal(reset(&r, &w), RP_E_PIN_WRONG);
	assert_int_equal(r.err.slot, RP_SLOT_AUTH);
	assert_int_equal(r.err.tries_left, 2);
	assert_int_equal(r.err.tries_spent, 1);
	assert_false(r.err.spent_at_issuer);
	assert_int_equal(play_count(&r.p, PLAY_GRANT), 0);
	assert_int_equal(vreader_all_tries(&r.v), r.before - 1);
	refresh(&r);
	assert_int_equal(reserve(&r, RP_SLOT_SIGN, RP_SLOT_AUTH, "0000", false), RP_E_PIN_WRONG);
	assert_int_equal(play_count(&r.p, PLAY_RESERVE), 0);
	assert_int_equal(vreader_all_tries(&r.v), r.before - 1);
	assert_true(nobody_is_logged_in(&r));
	stop(&r);
}

static void a_wrong_user_code_is_counted_by_the_issuer_alone(void **state)
{
	struct rig r;
	struct want w = resets[5];

	(void)state;
	start(&r, "hicos");
	w.code = "Wrong12";
	assert_int_equal(reset(&r, &w), RP_E_ISSUER_REFUSED);
	assert_int_equal(r.err.problem, RP_PROBLEM_CODE_WRONG);
	assert_true(r.err.spent_at_issuer);
	assert_int_equal(r.err.tries_left, 2);
	assert_int_equal(r.err.tries_spent, 1);
	assert_int_equal(vreader_all_tries(&r.v), r.before);
	assert_int_equal(vreader_count(&r.v, 0x82) + vreader_count(&r.v, 0x2C), 0);
	stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_locked_pin_gets_a_new_value_and_full_tries),
		cmocka_unit_test(a_pin_that_is_only_forgotten_is_reset_as_well),
		cmocka_unit_test(both_places_of_juki_are_set_by_one_command),
		cmocka_unit_test(no_pin_goes_to_the_card_before_the_issuer_has_taken_its_mac),
		cmocka_unit_test(the_proof_and_the_mac_carry_one_nonce_that_was_not_used_before),
		cmocka_unit_test(nothing_comes_between_challenge_cryptogram_and_new_pin),
		cmocka_unit_test(a_look_tells_what_the_issuer_knows_and_spends_nothing),
		cmocka_unit_test(a_reservation_is_opened_by_the_other_pin),
		cmocka_unit_test(a_new_user_code_is_proven_by_the_pin_or_by_a_code_once),
		cmocka_unit_test(a_card_without_our_application_gets_its_select_and_nothing_else_of_ours),
		cmocka_unit_test(families_with_a_public_way_have_no_door_of_ours),
		cmocka_unit_test(only_the_five_slots_are_reset_and_only_a_key_proves),
		cmocka_unit_test(another_card_gets_nothing),
		cmocka_unit_test(tries_that_are_not_those_shown_stop_the_job),
		cmocka_unit_test(the_last_try_of_the_proving_pin_is_not_spent_unasked),
		cmocka_unit_test(a_locked_pin_proves_nothing),
		cmocka_unit_test(a_wrong_other_pin_costs_one_try_and_no_grant_is_asked_for),
		cmocka_unit_test(a_wrong_user_code_is_counted_by_the_issuer_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
