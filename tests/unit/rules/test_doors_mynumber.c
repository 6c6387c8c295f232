/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of the My Number Card: sentences of seeds 000, 002 and 004. A comment names the
 * text and quotes the sentence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/doors.h"
#include "unit/rules/doors_scene.h"

/* --- seed 000: convenience-store reset --- */

/* "a streamlined process allows you to reset either your signature or user authentication PIN through
 * convenience store terminals ... one PIN is active - you remember it - while the other is
 * locked or forgotten" */
static void s000_either_pin_is_reset_at_a_kiosk_with_the_other(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	kit_goes(&k, DOORS_KIOSK);
	locked("mynumber", RP_SLOT_AUTH, RP_SLOT_SIGN);
	kit_goes(&k, DOORS_KIOSK);
	/* forgotten, not locked */
	kit_new(&k, "mynumber", RP_SLOT_SIGN);
	kit_knows(&k, RP_SLOT_AUTH);
	kit_goes(&k, DOORS_KIOSK);
	kit_new(&k, "mynumber", RP_SLOT_AUTH);
	kit_knows(&k, RP_SLOT_SIGN);
	kit_goes(&k, DOORS_KIOSK);
}

/* "If you want to reset your signature PIN ... you'll be prompted to enter your user authentication PIN"
 * "Conversely, resetting your user authentication PIN requires inputting your signature PIN."
 * "Mutual Authentication: One active PIN unlocks the ability to reset the other." */
static void s000_mutual_authentication(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	kit_goes(&k, DOORS_KIOSK);
	assert_int_equal(k.out.steps[kit_step(&k, DOORS_DO_KIOSK_PROVE)].slot, RP_SLOT_AUTH);
	assert_int_equal(k.out.recommended.with, RP_SLOT_AUTH);
	locked("mynumber", RP_SLOT_AUTH, RP_SLOT_SIGN);
	kit_goes(&k, DOORS_KIOSK);
	assert_int_equal(k.out.steps[kit_step(&k, DOORS_DO_KIOSK_PROVE)].slot, RP_SLOT_SIGN);
	/* not every chain resets the second one */
	assert_true(kit_says(&k, DOORS_DO_GO_TO_KIOSK_BOTH));
	assert_false(kit_says(&k, DOORS_DO_GO_TO_KIOSK));
}

/* "Before heading to a convenience store, you must first make a reservation using a smartphone app."
 * "App Reservation: A smartphone app reservation is required before visiting a convenience store." */
static void s000_reservation_comes_before_the_shop(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	k.card.ours = false;
	kit_goes(&k, DOORS_KIOSK);
	says_before(DOORS_DO_RESERVE_JLIS, DOORS_DO_GO_TO_KIOSK);
	assert_true(k.out.recommended.bring & DOORS_BRING_SMARTPHONE);
	assert_false(kit_says(&k, DOORS_DO_RESERVE));
	k.card.ours = true;
	kit_goes(&k, DOORS_KIOSK);
	says_before(DOORS_DO_RESERVE, DOORS_DO_GO_TO_KIOSK);
	/* one that is open is not made again */
	k.in.now_s = NOW;
	k.in.issuer =
		(struct doors_issuer){.known = true, .case_door = DOORS_KIOSK, .case_ends_s = NOW + HOUR};
	kit_goes(&k, DOORS_KIOSK);
	assert_true(kit_says(&k, DOORS_DO_RESERVED));
	assert_false(kit_says(&k, DOORS_DO_RESERVE));
}

/* "you'll need to complete the process within 24 hours of making the reservation"
 * Seed 004: "If 24 hours have passed since the preparation was completed, please start over
 * from the beginning." */
static void s000_24_hours(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	k.in.now_s = NOW;
	kit_goes(&k, DOORS_KIOSK);
	says_before(DOORS_DO_RESERVE, DOORS_DO_WITHIN_24_HOURS);
	assert_int_equal(k.out.recommended.lives, DOORS_LIVES_24_HOURS);
	assert_false(kit_traps(&k, DOORS_TRAP_RESERVATION_OVER));
	/* over at the very second */
	k.in.issuer = (struct doors_issuer){.known = true, .case_door = DOORS_KIOSK, .case_ends_s = NOW};
	kit_goes(&k, DOORS_KIOSK);
	assert_true(kit_traps(&k, DOORS_TRAP_RESERVATION_OVER));
	says_before(DOORS_DO_RESERVE, DOORS_DO_GO_TO_KIOSK);
	assert_true(text_has(doors_trap_text(DOORS_TRAP_RESERVATION_OVER), "start again from the beginning"));
	/* a reservation made while the kiosks stay closed for longer would be over before they open */
	k.in.issuer = (struct doors_issuer){0};
	k.in.kiosk = (struct doors_place){DOORS_CLOSED_NOW_TILL, NOW + 24 * HOUR};
	k.in.office = (struct doors_place){DOORS_CLOSED_NOW_TILL, NOW + 30 * HOUR};
	kit_goes(&k, DOORS_KIOSK);
	says_before(DOORS_DO_RESERVE_LATER, DOORS_DO_RESERVE);
	k.in.kiosk.opens_s = NOW + 24 * HOUR - 1;
	kit_goes(&k, DOORS_KIOSK);
	assert_false(kit_says(&k, DOORS_DO_RESERVE_LATER));
}

/* "allowing you to resolve PIN issues outside of standard government office hours" */
static void s000_kiosk_is_open_when_the_office_is_not(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	k.in.office = (struct doors_place){DOORS_CLOSED_NOW_TILL, NOW + HOUR};
	kit_goes(&k, DOORS_KIOSK);
	kit_is_shut(&k, DOORS_COUNTER, DOORS_WHY_CLOSED_NOW);
	assert_int_equal(kit_shut(&k, DOORS_COUNTER)->opens_s, NOW + HOUR);
	/* who has no other way is sent there all the same, with the hour */
	locked("mynumber", RP_SLOT_TEXT, RP_SLOT_NONE);
	k.in.office = (struct doors_place){DOORS_CLOSED_NOW_TILL, NOW + HOUR};
	kit_goes(&k, DOORS_COUNTER);
	assert_true(k.out.recommended.closed_now);
	assert_int_equal(k.out.recommended.opens_s, NOW + HOUR);
}

/* "If your PIN for certificate issuance support or resident registration is locked, this convenience store
 * method won't work. You'll need to visit your local municipal office"; "Limitations: ...";
 * "Two PIN Types: ..."
 * Seed 004: "The PIN for the Basic Resident Registration Card and the PIN for card surface input assistance
 * cannot be reset at convenience stores, etc." */
static void s000_text_and_juki_are_the_counters(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_TEXT, RP_SLOT_JUKI};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		locked("mynumber", slots[i], RP_SLOT_AUTH);
		kit_knows(&k, RP_SLOT_SIGN);
		kit_goes(&k, DOORS_COUNTER);
		kit_is_shut(&k, DOORS_KIOSK, DOORS_WHY_NOT_AT_KIOSK);
	}
}

/* "the biggest mistake people make is repeatedly attempting to guess ... incorrect attempts accumulate"
 * "If you're even slightly unsure, don't keep trying. Rather, check any notes"
 * "if you can't recall your PIN after checking your records, initiate the reset process instantly" */
static void s000_do_not_guess_look_in_the_notes_reset_at_once(void **state)
{
	static const enum doors_held unsure[] = {DOORS_HELD_NO, DOORS_HELD_NOT_SURE};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		kit_new(&k, "mynumber", RP_SLOT_SIGN);
		k.in.held[RP_SLOT_SIGN] = unsure[i];
		kit_knows(&k, RP_SLOT_AUTH);
		kit_goes(&k, DOORS_KIOSK);
		assert_int_equal(k.out.steps[0].id, DOORS_DO_NOT_GUESS);
		assert_int_equal(k.out.steps[1].id, DOORS_DO_LOOK_IN_NOTES);
		assert_int_equal(k.out.steps[2].id, DOORS_DO_RESERVE);
		kit_is_shut(&k, DOORS_CHANGE, DOORS_WHY_NOT_KNOWN);
		assert_true(text_has(doors_reason_opens(DOORS_WHY_NOT_KNOWN), "in your notes"));
	}
	assert_true(text_has(doors_step_text(DOORS_DO_NOT_GUESS), "wrong entries add up"));
	/* no step of any answer is "try it" */
	assert_false(kit_says(&k, DOORS_DO_CHANGE_HERE));
	/* who is sure needs no such word */
	kit_knows(&k, RP_SLOT_SIGN);
	kit_goes(&k, DOORS_CHANGE);
	assert_false(kit_says(&k, DOORS_DO_NOT_GUESS));
}

/* --- seed 002: My Number support --- */

/* ※15歳未満の方には署名用電子証明書は発行されません。(twice) */
static void s002_no_signature_pin_under_15(void **state)
{
	(void)state;
	kit_new(&k, "mynumber", RP_SLOT_SIGN);
	kit_state(&k, RP_SLOT_SIGN, RP_PIN_NOT_SET);
	k.in.birth = (struct date){2015, 6, 3};
	k.in.today = (struct date){2026, 11, 22};
	kit_goes(&k, DOORS_COUNTER);
	/* why, from when, where */
	assert_int_equal(k.out.why, DOORS_WHY_UNDER_15);
	assert_int_equal(date_compare(k.out.since, (struct date){2030, 6, 3}), 0);
	assert_true(text_has(doors_reason_opens(k.out.why), "counter of the municipality"));
	assert_int_equal(k.out.recommended.reason, DOORS_WHY_TOO_YOUNG);
	assert_true(k.out.recommended.closed_now && kit_says(&k, DOORS_DO_WAIT_TILL_15));
	assert_true(kit_says(&k, DOORS_DO_APPLY_MISSING) && kit_says(&k, DOORS_DO_BRING_SELF));
	assert_true(kit_traps(&k, DOORS_TRAP_NO_SIGNATURE_UNDER_15));
	kit_is_shut(&k, DOORS_KIOSK, DOORS_WHY_NOT_SET);
	/* on the birthday it can be had, and not a day before; born on 29 February: 1 March */
	k.in.today = (struct date){2030, 6, 2};
	kit_ask(&k);
	assert_int_equal(k.out.why, DOORS_WHY_UNDER_15);
	k.in.today = (struct date){2030, 6, 3};
	kit_goes(&k, DOORS_COUNTER);
	assert_int_equal(k.out.why, DOORS_WHY_NO_SIGNATURE);
	assert_false(k.out.recommended.closed_now || k.out.under_15);
	k.in.birth = (struct date){2016, 2, 29};
	kit_ask(&k);
	assert_int_equal(date_compare(k.out.since, (struct date){2031, 3, 1}), 0);
	/* so a child's user authentication PIN has no kiosk */
	k.in.slot = RP_SLOT_AUTH;
	kit_goes(&k, DOORS_COUNTER);
	kit_is_shut(&k, DOORS_KIOSK, DOORS_WHY_OTHER_NOT_SET);
}

/* Why a PIN is not there, where no age is known, for a ward, and for the other slots. */
static void s002_not_set_is_answered_with_why(void **state)
{
	(void)state;
	kit_new(&k, "mynumber", RP_SLOT_SIGN);
	kit_state(&k, RP_SLOT_SIGN, RP_PIN_NOT_SET);
	kit_goes(&k, DOORS_COUNTER);
	assert_int_equal(k.out.why, DOORS_WHY_NO_SIGNATURE);
	k.in.ward = true;
	kit_ask(&k);
	assert_int_equal(k.out.why, DOORS_WHY_WARD);
	k.in.ward = false;
	k.in.age = DOORS_UNDER_15;
	kit_ask(&k);
	assert_int_equal(k.out.why, DOORS_WHY_UNDER_15);
	assert_int_equal(k.out.since.year, 0);
	kit_new(&k, "mynumber", RP_SLOT_AUTH);
	kit_state(&k, RP_SLOT_AUTH, RP_PIN_NOT_SET);
	kit_goes(&k, DOORS_COUNTER);
	assert_int_equal(k.out.why, DOORS_WHY_NO_AUTHENTICATION);
	kit_new(&k, "openpgp", RP_SLOT_RC);
	kit_state(&k, RP_SLOT_RC, RP_PIN_NOT_SET);
	kit_knows(&k, RP_SLOT_PW3);
	kit_goes(&k, DOORS_RESETTING_CODE);
	assert_int_equal(k.out.why, DOORS_WHY_NO_RESETTING_CODE);
	assert_true(kit_says(&k, DOORS_DO_SET_RESETTING_CODE));
}

/* マイナンバーカードをお持ちのうえ、住民票のある市区町村の窓口で「暗証番号の初期化・再設定」手続きを行うことができます。
 * 1. カードを持参し、市区町村窓口へ行く 2. 申請する 3. 窓口で新しい暗証番号を設定する */
static void s002_the_counter_resets_every_pin_of_the_card(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_SIGN, RP_SLOT_AUTH, RP_SLOT_TEXT, RP_SLOT_JUKI};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		locked("mynumber", slots[i], RP_SLOT_NONE);
		kit_goes(&k, DOORS_COUNTER);
		assert_true(k.out.recommended.bring & DOORS_BRING_CARD);
		says_before(DOORS_DO_GO_TO_COUNTER, DOORS_DO_BRING_SELF);
		says_before(DOORS_DO_BRING_SELF, DOORS_DO_SET_NEW_AT_COUNTER);
		assert_true(
			text_has(doors_step_text(DOORS_DO_GO_TO_COUNTER), "where the holder is registered"));
	}
}

/* 署名用電子証明書の暗証番号がロックまたは不明で、利用者証明用電子証明書の暗証番号(数字4桁)がわかる場合は、
 * コンビニのキオスク端末や専用スマホアプリで初期化・再設定することも可能です。(three times) */
static void s002_signature_pin_by_kiosk_and_app(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	kit_goes(&k, DOORS_KIOSK);
	assert_non_null(kit_open(&k, DOORS_COUNTER));
	/* the app makes the reservation; it resets no PIN of the card */
	kit_is_shut(&k, DOORS_APP, DOORS_WHY_APP_IS_FOR_PHONES);
}

/* すべての暗証番号がわからない場合は…住民登録のある市区町村窓口での再設定が必要です。; 両方がわからない場合は… */
static void s002_both_unknown_is_the_counter(void **state)
{
	(void)state;
	kit_new(&k, "mynumber", RP_SLOT_SIGN);
	kit_goes(&k, DOORS_COUNTER);
	kit_is_shut(&k, DOORS_KIOSK, DOORS_WHY_OTHER_NOT_KNOWN);
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	kit_state(&k, RP_SLOT_AUTH, RP_PIN_LOCKED);
	kit_goes(&k, DOORS_COUNTER);
	kit_is_shut(&k, DOORS_KIOSK, DOORS_WHY_OTHER_LOCKED);
	/*
	 * the other PIN stands at its last try: sure or not, the counter is better, and the kiosk
	 * stays open
	 */
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	kit_wrong(&k, RP_SLOT_AUTH, 2);
	kit_goes(&k, DOORS_COUNTER);
	assert_int_equal(kit_open(&k, DOORS_KIOSK)->reason, DOORS_WHY_LAST_TRY);
	kit_wrong(&k, RP_SLOT_AUTH, 1);
	kit_goes(&k, DOORS_KIOSK);
}

/* ※他のサービスでの入力ミスも通算されます。※正しく入力できるとカウントは0にリセットされます。 */
static void s002_entries_elsewhere_count(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_SIGN, RP_SLOT_AUTH, RP_SLOT_TEXT, RP_SLOT_JUKI};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		kit_new(&k, "mynumber", slots[i]);
		kit_ask(&k);
		assert_true(kit_traps(&k, DOORS_TRAP_COUNTS_ELSEWHERE));
	}
	assert_true(text_has(doors_trap_text(DOORS_TRAP_COUNTS_ELSEWHERE),
			     "in every program and service count together"));
}

/* 「利用者証明用電子証明書」と「券面事項入力補助AP」の暗証番号が一致していない
 * 「券面事項入力補助APの暗証番号も同じ」というチェックが初期状態で入っている
 * 2つの暗証番号が異なるままチェックが入っていると…3回間違えるとロック */
static void s002_untick_the_same_pin_before_the_reset(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_AUTH, RP_SLOT_TEXT};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		locked("mynumber", slots[i], RP_SLOT_NONE);
		kit_goes(&k, DOORS_COUNTER);
		assert_true(kit_traps(&k, DOORS_TRAP_TWO_APPLICATIONS));
		says_before(DOORS_DO_UNTICK_SAME_PIN, DOORS_DO_GO_TO_COUNTER);
		kit_new(&k, "mynumber", slots[i]);
		kit_knows(&k, slots[i]);
		kit_goes(&k, DOORS_CHANGE);
		says_before(DOORS_DO_UNTICK_SAME_PIN, DOORS_DO_CHANGE_HERE);
	}
	locked("mynumber", RP_SLOT_AUTH, RP_SLOT_SIGN);
	kit_goes(&k, DOORS_KIOSK);
	says_before(DOORS_DO_UNTICK_SAME_PIN, DOORS_DO_RESERVE);
	/* the others are not sent along by that tick */
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	kit_ask(&k);
	assert_false(kit_says(&k, DOORS_DO_UNTICK_SAME_PIN) || kit_traps(&k, DOORS_TRAP_TWO_APPLICATIONS));
}

/* 暗証番号を忘れたり、すでに何度か別番号を入力した場合…窓口またはコンビニ端末で暗証番号の再設定を行ってください。 */
static void s002_after_several_wrong_entries_the_reset(void **state)
{
	(void)state;
	kit_new(&k, "mynumber", RP_SLOT_SIGN);
	kit_knows(&k, RP_SLOT_SIGN);
	kit_wrong(&k, RP_SLOT_SIGN, 3);
	kit_goes(&k, DOORS_COUNTER);
	kit_knows(&k, RP_SLOT_AUTH);
	kit_goes(&k, DOORS_KIOSK);
}

/* --- seed 004: city counter --- */

/* "If you forget your PIN or if your PIN is locked, the following procedures are required at City Hall"
 * "please note that the PIN for the electronic certificate can only be processed at convenience stores": of
 * the card's PINs only these two also there */
static void s004_counter_for_all_kiosk_for_certificates(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_JUKI, RP_SLOT_SIGN);
	kit_knows(&k, RP_SLOT_AUTH);
	kit_goes(&k, DOORS_COUNTER);
	kit_new(&k, "mynumber", RP_SLOT_JUKI);
	kit_goes(&k, DOORS_COUNTER);
	locked("mynumber", RP_SLOT_AUTH, RP_SLOT_SIGN);
	kit_goes(&k, DOORS_KIOSK);
	assert_non_null(kit_open(&k, DOORS_COUNTER));
}

/* "To reset the password for the signature electronic certificate, you will need the password for the user
 * certificate electronic certificate. If you are unsure, you will need to go through the
 * procedures at City Hall"
 * "To reset the password for the user authentication electronic certificate, you will need ... signature" */
static void s004_unsure_of_the_other_pin_is_the_counter(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_NONE);
	k.in.held[RP_SLOT_AUTH] = DOORS_HELD_NOT_SURE;
	kit_goes(&k, DOORS_COUNTER);
	assert_int_equal(k.out.steps[0].id, DOORS_DO_NOT_GUESS);
	assert_int_equal(k.out.steps[1].id, DOORS_DO_LOOK_IN_NOTES);
	kit_is_shut(&k, DOORS_KIOSK, DOORS_WHY_OTHER_NOT_KNOWN);
	locked("mynumber", RP_SLOT_AUTH, RP_SLOT_NONE);
	k.in.held[RP_SLOT_SIGN] = DOORS_HELD_NOT_SURE;
	kit_goes(&k, DOORS_COUNTER);
}

/* "Personal Application: 1. My Number Card 2. Identity verification documents A1 point or B1 point"
 * "Application for Legal Representative (for those under 15 years old and adult wards)"
 * "Voluntary Agent ... the PIN reset cannot be done on the same day" (and "the PIN cannot be changed") */
static void s004_each_applicant_hears_what_to_bring(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_TEXT, RP_SLOT_NONE);
	kit_goes(&k, DOORS_COUNTER);
	assert_true(kit_says(&k, DOORS_DO_BRING_SELF) && !kit_says(&k, DOORS_DO_BRING_REPRESENTATIVE));
	assert_true(k.out.recommended.bring & DOORS_BRING_DOCUMENTS);
	k.in.who = APPLICANT_REPRESENTATIVE;
	kit_goes(&k, DOORS_COUNTER);
	assert_true(kit_says(&k, DOORS_DO_BRING_REPRESENTATIVE) && !kit_says(&k, DOORS_DO_BRING_SELF));
	k.in.age = DOORS_15_OR_OLDER;
	kit_goes(&k, DOORS_COUNTER);
	assert_true(kit_says(&k, DOORS_DO_NOT_REPRESENTED) && !kit_says(&k, DOORS_DO_BRING_REPRESENTATIVE));
	k.in.ward = true;
	kit_goes(&k, DOORS_COUNTER);
	assert_true(kit_says(&k, DOORS_DO_BRING_REPRESENTATIVE) && !kit_says(&k, DOORS_DO_NOT_REPRESENTED));
	k.in.ward = false;
	k.in.who = APPLICANT_AGENT;
	kit_goes(&k, DOORS_COUNTER);
	says_before(DOORS_DO_AGENT_FIRST_VISIT, DOORS_DO_AGENT_SECOND_VISIT);
	assert_true(
		text_has(doors_step_text(DOORS_DO_AGENT_FIRST_VISIT), "The PIN is never set on that day"));
	/* the second visit: the case is open */
	k.in.issuer = (struct doors_issuer){.known = true, .case_door = DOORS_COUNTER};
	kit_goes(&k, DOORS_COUNTER);
	assert_true(kit_says(&k, DOORS_DO_GO_ON_WITH_CASE) && !kit_says(&k, DOORS_DO_AGENT_FIRST_VISIT));
}

/* A holder under 15 or an adult ward cannot apply, nor send an agent (design, section 8). */
static void s004_under_15_and_wards_are_represented(void **state)
{
	(void)state;
	for (int ward = 0; ward < 2; ward++) {
		for (int agent = 0; agent < 2; agent++) {
			locked("mynumber", RP_SLOT_AUTH, RP_SLOT_NONE);
			k.in.age = ward ? DOORS_15_OR_OLDER : DOORS_UNDER_15;
			k.in.ward = ward;
			k.in.who = agent ? APPLICANT_AGENT : APPLICANT_SELF;
			kit_goes(&k, DOORS_COUNTER);
			says_before(DOORS_DO_BRING_SOMEBODY, DOORS_DO_BRING_REPRESENTATIVE);
			assert_false(kit_says(&k, DOORS_DO_BRING_SELF) ||
				     kit_says(&k, DOORS_DO_AGENT_FIRST_VISIT));
		}
	}
	/* the birthday decides, where it is known */
	locked("mynumber", RP_SLOT_AUTH, RP_SLOT_NONE);
	k.in.age = DOORS_UNDER_15;
	k.in.birth = (struct date){1990, 1, 1};
	k.in.today = (struct date){2026, 11, 22};
	kit_goes(&k, DOORS_COUNTER);
	assert_true(kit_says(&k, DOORS_DO_BRING_SELF) && !k.out.under_15);
}

/* J-LIS: the reset app compares the holder's face with the photo in the chip, so nobody can be sent. */
static void s004_kiosk_is_for_the_holder_in_person(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	k.in.who = APPLICANT_AGENT;
	kit_goes(&k, DOORS_COUNTER);
	assert_int_equal(kit_open(&k, DOORS_KIOSK)->reason, DOORS_WHY_IN_PERSON);
}

/*
 * "If you want to change the PIN ... at the City Hall or Branch Office. You can also use the Mynaportal or
 * the Public Personal Authentication Service ... on your home computer"; "an IC card reader/writer is required"
 * "Note: If you do not know your PIN, please refer to the above" (the reset); "(PIN
 * verification is required)" */
static void s004_change_at_home_or_at_the_counter(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_SIGN, RP_SLOT_AUTH, RP_SLOT_TEXT, RP_SLOT_JUKI};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		kit_new(&k, "mynumber", slots[i]);
		kit_ask(&k);
		kit_is_shut(&k, DOORS_CHANGE, DOORS_WHY_NOT_KNOWN);
		kit_knows(&k, slots[i]);
		kit_goes(&k, DOORS_CHANGE);
		assert_int_equal(k.out.recommended.where, DOORS_AT_HOME | DOORS_AT_DESK);
		assert_true(k.out.recommended.bring & DOORS_BRING_READER);
		assert_int_equal(k.out.steps[kit_step(&k, DOORS_DO_CHANGE_HERE)].slot, slots[i]);
	}
}

/* --- beyond the seeds --- */

/* A reservation that is open is finished rather than a visit begun; a PIN known for sure needs neither. */
static void what_is_under_way_is_finished(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH);
	k.in.now_s = NOW;
	k.in.issuer =
		(struct doors_issuer){.known = true, .case_door = DOORS_COUNTER, .case_ends_s = NOW + HOUR};
	kit_goes(&k, DOORS_COUNTER);
	k.in.issuer.case_ends_s = NOW;
	kit_goes(&k, DOORS_KIOSK);
	/* what nobody asked the issuer about is not believed */
	k.in.issuer = (struct doors_issuer){.case_door = DOORS_COUNTER, .revoked = true, .code_wrong = 3};
	kit_goes(&k, DOORS_KIOSK);
	k.in.issuer = (struct doors_issuer){.known = true, .case_door = DOORS_KIOSK};
	kit_state(&k, RP_SLOT_SIGN, RP_PIN_READY);
	kit_knows(&k, RP_SLOT_SIGN);
	kit_goes(&k, DOORS_CHANGE);
}

/* The codes are printed: nothing to forget, nothing to guess, and what a lock means is not public. */
static void printed_codes_send_to_the_counter(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_CODE_A, RP_SLOT_CODE_B};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		kit_new(&k, "mynumber", slots[i]);
		kit_goes(&k, DOORS_COUNTER);
		assert_int_equal(k.out.steps[0].id, DOORS_DO_ASK_ABOUT_CODE);
		kit_is_shut(&k, DOORS_CHANGE, DOORS_WHY_FIXED);
	}
}

static void set_valid_to(const char *date)
{
	(void)snprintf(k.card.valid_to, sizeof k.card.valid_to, "%s", date);
}

static void an_expired_card_is_said_to_be(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_TEXT, RP_SLOT_NONE);
	k.in.today = (struct date){2026, 11, 22};
	set_valid_to("2026-11-22");
	kit_ask(&k);
	assert_false(kit_traps(&k, DOORS_TRAP_CARD_EXPIRED));
	set_valid_to("2026-11-21");
	kit_ask(&k);
	assert_true(kit_traps(&k, DOORS_TRAP_CARD_EXPIRED));
	set_valid_to("soon");
	kit_ask(&k);
	assert_false(kit_traps(&k, DOORS_TRAP_CARD_EXPIRED));
}

/* What is given up for good is asked about once more; what is gone already is not. */
static void reissue_of_a_living_card_asks_first(void **state)
{
	(void)state;
	locked("mynumber", RP_SLOT_TEXT, RP_SLOT_NONE);
	k.in.issuer = (struct doors_issuer){.known = true, .revoked = true};
	kit_goes(&k, DOORS_REISSUE);
	assert_false(kit_says(&k, DOORS_DO_BE_SURE));
	kit_is_shut(&k, DOORS_COUNTER, DOORS_WHY_REVOKED);
	assert_true(kit_says(&k, DOORS_DO_APPLY_AT_MUNICIPALITY));
	locked("piv", RP_SLOT_PIN, RP_SLOT_NONE);
	kit_goes(&k, DOORS_REISSUE);
	says_before(DOORS_DO_BE_SURE, DOORS_DO_ASK_ISSUER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene(s000_either_pin_is_reset_at_a_kiosk_with_the_other),
		scene(s000_mutual_authentication),
		scene(s000_reservation_comes_before_the_shop),
		scene(s000_24_hours),
		scene(s000_kiosk_is_open_when_the_office_is_not),
		scene(s000_text_and_juki_are_the_counters),
		scene(s000_do_not_guess_look_in_the_notes_reset_at_once),
		scene(s002_no_signature_pin_under_15),
		scene(s002_not_set_is_answered_with_why),
		scene(s002_the_counter_resets_every_pin_of_the_card),
		scene(s002_signature_pin_by_kiosk_and_app),
		scene(s002_both_unknown_is_the_counter),
		scene(s002_entries_elsewhere_count),
		scene(s002_untick_the_same_pin_before_the_reset),
		scene(s002_after_several_wrong_entries_the_reset),
		scene(s004_counter_for_all_kiosk_for_certificates),
		scene(s004_unsure_of_the_other_pin_is_the_counter),
		scene(s004_each_applicant_hears_what_to_bring),
		scene(s004_under_15_and_wards_are_represented),
		scene(s004_kiosk_is_for_the_holder_in_person),
		scene(s004_change_at_home_or_at_the_counter),
		scene(what_is_under_way_is_finished),
		scene(printed_codes_send_to_the_counter),
		scene(an_expired_card_is_said_to_be),
		scene(reissue_of_a_living_card_asks_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
