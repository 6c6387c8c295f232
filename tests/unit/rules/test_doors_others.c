/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of AOSign and HiCOS cards and of the smartphone's certificates, sentences of seeds
 * 001, 003 and 004; of PIV, OpenPGP and GIDS. A comment names the text and quotes the
 * sentence.
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

/* --- seed 001: AOSign --- */

/* Q31-A: 「PIN(暗証番号)について」に記載されていますので、ご確認ください。; Q31-G: the same */
static void s001_the_pin_stands_in_the_letter(void **state)
{
	(void)state;
	kit_new(&k, "aosign", RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_LETTER);
	kit_goes(&k, DOORS_LETTER);
	assert_int_equal(k.out.steps[0].id, DOORS_DO_NOT_GUESS);
	assert_int_equal(k.out.steps[1].id, DOORS_DO_LOOK_IN_LETTER);
	/* the letter is not at hand: first look for it */
	k.in.held[RP_SLOT_LETTER] = DOORS_HELD_NOT_SURE;
	kit_ask(&k);
	assert_int_equal(k.out.steps[1].id, DOORS_DO_LOOK_FOR_LETTER);
}

/* Q31-A: 用紙は再発行ができませんので、なくさないよう大切に保管してください。
 * Q31-B: 「ICカードのロック解除」に必要になります。変更後のPIN(暗証番号)とは区別して厳重に保管してください。 */
static void s001_keep_the_letter_apart(void **state)
{
	(void)state;
	locked("aosign", RP_SLOT_PIN, RP_SLOT_LETTER);
	kit_goes(&k, DOORS_LETTER);
	assert_true(kit_says(&k, DOORS_DO_KEEP_LETTER));
	assert_true(text_has(doors_step_text(DOORS_DO_KEEP_LETTER),
			     "apart from the new PIN: it is never issued again"));
	kit_new(&k, "aosign", RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_LETTER);
	kit_goes(&k, DOORS_CHANGE);
	says_before(DOORS_DO_CHANGE_HERE, DOORS_DO_KEEP_LETTER);
}

/* Q31-B: PIN(暗証番号)の変更は、必要に応じて何度でも可能です。
 * Q31-B, 6.1: 今回初めて…「PIN(暗証番号)について」に記載のPIN / PINを変更済みの場合は、挿入しているAOSignICカードのPIN */
static void s001_change_any_number_of_times(void **state)
{
	(void)state;
	kit_new(&k, "aosign", RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_PIN);
	for (int i = 0; i < 3; i++)
		kit_goes(&k, DOORS_CHANGE);
	assert_int_equal(k.out.recommended.lives, DOORS_LIVES_ALWAYS);
	says_before(DOORS_DO_CHANGE_FIRST_PIN, DOORS_DO_CHANGE_HERE);
	assert_true(kit_open(&k, DOORS_REISSUE) != NULL);
}

/* Q31-B to E: 連続して10回誤入力した場合…ロックした状態となります。ロックした場合、「ロック解除」が必要となります。
 * Q31-D, E: 「PIN(暗証番号)について」をご用意のうえ、当社ヘルプデスクにお問い合わせください。 */
static void s001_locked_is_unlocked_with_the_letter(void **state)
{
	(void)state;
	locked("aosign", RP_SLOT_PIN, RP_SLOT_LETTER);
	kit_goes(&k, DOORS_LETTER);
	kit_is_shut(&k, DOORS_CHANGE, DOORS_WHY_LOCKED);
	assert_true(k.out.recommended.bring & DOORS_BRING_LETTER);
	assert_true(text_has(doors_step_text(DOORS_DO_TAKE_LETTER), "help desk"));
	assert_int_equal(k.out.steps[kit_step(&k, DOORS_DO_ENTER_LETTER_PIN)].slot, RP_SLOT_LETTER);
}

/* Q31-B: 誤入力回数は、正しいPIN(暗証番号)が入力されるまでクリアされません。 */
static void s001_only_a_right_entry_sets_the_count_back(void **state)
{
	(void)state;
	kit_new(&k, "aosign", RP_SLOT_PIN);
	kit_ask(&k);
	assert_true(kit_traps(&k, DOORS_TRAP_COUNTS_ELSEWHERE));
	assert_true(
		text_has(doors_trap_text(DOORS_TRAP_COUNTS_ELSEWHERE), "a right one sets the count back"));
}

/* Q31-B to E: ロック解除の操作において…10回誤入力した場合は使用できなくなり…失効および、発行の申込が必要 */
static void s001_ten_wrong_in_the_unlock_kill_the_card(void **state)
{
	(void)state;
	locked("aosign", RP_SLOT_PIN, RP_SLOT_LETTER);
	kit_goes(&k, DOORS_LETTER);
	assert_true(k.out.recommended.last_way &&
		    k.out.steps[kit_step(&k, DOORS_DO_ENTER_LETTER_PIN)].last_way);
	assert_false(k.out.steps[kit_step(&k, DOORS_DO_ENTER_LETTER_PIN)].last_try);
	assert_true(kit_traps(&k, DOORS_TRAP_LETTER_KILLS));
	/* its last try is flagged on top: it is guarded twice */
	kit_wrong(&k, RP_SLOT_LETTER, 9);
	kit_goes(&k, DOORS_LETTER);
	assert_true(k.out.steps[kit_step(&k, DOORS_DO_ENTER_LETTER_PIN)].last_try);
	assert_int_equal(k.out.recommended.reason, DOORS_WHY_LAST_TRY);
	/* used up: dead, even while the card's own PIN still works */
	kit_new(&k, "aosign", RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_LETTER);
	kit_state(&k, RP_SLOT_LETTER, RP_PIN_DEAD);
	kit_goes(&k, DOORS_REISSUE);
	assert_int_equal(k.out.state, RP_PIN_DEAD);
	kit_is_shut(&k, DOORS_CHANGE, DOORS_WHY_DEAD);
	kit_is_shut(&k, DOORS_LETTER, DOORS_WHY_DEAD);
	says_before(DOORS_DO_REVOKE, DOORS_DO_APPLY_AGAIN);
	assert_false(kit_says(&k, DOORS_DO_BE_SURE_LETTER_LOST));
	assert_false(kit_says(&k, DOORS_DO_NOT_GUESS));
}

/* Q31-F: 誤入力が2~3回になった時点で、PIN(暗証番号)のリセットをおすすめします。 */
static void s001_after_two_wrong_entries_the_reset(void **state)
{
	(void)state;
	kit_new(&k, "aosign", RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_LETTER);
	kit_wrong(&k, RP_SLOT_PIN, 1);
	kit_goes(&k, DOORS_CHANGE);
	kit_wrong(&k, RP_SLOT_PIN, 2);
	kit_goes(&k, DOORS_LETTER);
	assert_int_equal(kit_open(&k, DOORS_CHANGE)->reason, DOORS_WHY_WRONG_ENTRIES);
	/* one where three lock, two where five do */
	kit_new(&k, "mynumber", RP_SLOT_AUTH);
	kit_knows(&k, RP_SLOT_AUTH);
	kit_knows(&k, RP_SLOT_SIGN);
	kit_goes(&k, DOORS_CHANGE);
	kit_wrong(&k, RP_SLOT_AUTH, 1);
	kit_goes(&k, DOORS_KIOSK);
	k.in.slot = RP_SLOT_SIGN;
	kit_wrong(&k, RP_SLOT_AUTH, 0);
	kit_wrong(&k, RP_SLOT_SIGN, 1);
	kit_goes(&k, DOORS_CHANGE);
	kit_wrong(&k, RP_SLOT_SIGN, 2);
	kit_goes(&k, DOORS_KIOSK);
	/* A card may not tell how many there were at first: one left is enough to know. */
	kit_new(&k, "piv", RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_PUK);
	kit_pin(&k, RP_SLOT_PIN)->tries_max = RP_TRIES_UNKNOWN;
	kit_pin(&k, RP_SLOT_PIN)->tries_left = 2;
	kit_goes(&k, DOORS_CHANGE);
	kit_pin(&k, RP_SLOT_PIN)->tries_left = 1;
	kit_goes(&k, DOORS_PUK);
}

/* Q31-G: PIN(暗証番号)を忘れてしまった場合、PIN(暗証番号)のリセットをおすすめします。 */
static void s001_forgotten_is_reset_with_the_letter(void **state)
{
	(void)state;
	kit_new(&k, "aosign", RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_LETTER);
	kit_goes(&k, DOORS_LETTER);
	says_before(DOORS_DO_TAKE_LETTER, DOORS_DO_ENTER_LETTER_PIN);
	says_before(DOORS_DO_ENTER_LETTER_PIN, DOORS_DO_SET_NEW);
}

/* Q31-G: 紛失されている場合、当社ではPIN(暗証番号)を保管することができないため…利用することができなくなります。
 * Q31-G: 速やかに失効手続を行い、また新たにAOSignICカードの発行申込を行ってください。 */
static void s001_letter_lost_is_reissue(void **state)
{
	(void)state;
	locked("aosign", RP_SLOT_PIN, RP_SLOT_NONE);
	kit_goes(&k, DOORS_REISSUE);
	kit_is_shut(&k, DOORS_LETTER, DOORS_WHY_LETTER_LOST);
	kit_is_shut(&k, DOORS_HELP_DESK, DOORS_WHY_ISSUER_KEEPS_NO_PIN);
	says_before(DOORS_DO_REVOKE, DOORS_DO_APPLY_AGAIN);
	kit_new(&k, "aosign", RP_SLOT_PIN);
	kit_goes(&k, DOORS_REISSUE);
	/* A PIN that is known still opens the card, to its last try, which is the last way out. */
	kit_knows(&k, RP_SLOT_PIN);
	kit_goes(&k, DOORS_CHANGE);
	kit_wrong(&k, RP_SLOT_PIN, 9);
	kit_goes(&k, DOORS_CHANGE);
	assert_true(k.out.steps[kit_step(&k, DOORS_DO_CHANGE_HERE)].last_try);
	assert_true(k.out.steps[kit_step(&k, DOORS_DO_CHANGE_HERE)].last_way);
}

/* Q31-G: 失効手続が完了後、…発見されても失効済のAOSignICカードはご利用できません。
 * Q31-G: そのため、紛失確定してからのお手続をおすすめします。 */
static void s001_reissue_asks_first_that_the_loss_is_certain(void **state)
{
	(void)state;
	locked("aosign", RP_SLOT_PIN, RP_SLOT_NONE);
	kit_goes(&k, DOORS_REISSUE);
	says_before(DOORS_DO_LOOK_FOR_LETTER, DOORS_DO_BE_SURE_LETTER_LOST);
	says_before(DOORS_DO_BE_SURE_LETTER_LOST, DOORS_DO_REVOKE);
	assert_true(text_has(doors_step_text(DOORS_DO_BE_SURE_LETTER_LOST),
			     "a letter found later does not revive a revoked card"));
	/* found after the revocation: it opens nothing */
	k.in.issuer = (struct doors_issuer){.known = true, .revoked = true};
	kit_knows(&k, RP_SLOT_LETTER);
	kit_goes(&k, DOORS_REISSUE);
	kit_is_shut(&k, DOORS_LETTER, DOORS_WHY_REVOKED);
	assert_false(kit_says(&k, DOORS_DO_BE_SURE_LETTER_LOST));
}

/* The letter's own slot: it never changes; while the card's PIN works, a lost one is no haste. */
static void s001_the_letter_itself(void **state)
{
	(void)state;
	kit_new(&k, "aosign", RP_SLOT_LETTER);
	kit_knows(&k, RP_SLOT_LETTER);
	kit_goes(&k, DOORS_LETTER);
	assert_int_equal(k.out.recommended.at_stake, 0);
	kit_is_shut(&k, DOORS_CHANGE, DOORS_WHY_FIXED);
	k.in.held[RP_SLOT_LETTER] = DOORS_HELD_NO;
	kit_goes(&k, DOORS_REISSUE);
	says_before(DOORS_DO_CARD_WORKS_ON, DOORS_DO_BE_SURE_LETTER_LOST);
}

/* --- seed 003: HiCOS --- */

/* 若忘記PIN碼或鍵入PIN碼失誤達3次以上，造成卡片鎖住，請使用此功能
 * 選擇卡片後，確認卡片內容無誤。 輸入…用戶代碼(英文字母有大小寫區別) 輸入新的PIN碼 */
static void s003_user_code_sets_a_new_pin(void **state)
{
	(void)state;
	locked("hicos", RP_SLOT_PIN, RP_SLOT_USER_CODE);
	kit_goes(&k, DOORS_USER_CODE);
	says_before(DOORS_DO_CHECK_CARD_DATA, DOORS_DO_ENTER_USER_CODE);
	says_before(DOORS_DO_ENTER_USER_CODE, DOORS_DO_SET_NEW);
	assert_true(kit_traps(&k, DOORS_TRAP_CASE_COUNTS));
	kit_new(&k, "hicos", RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_USER_CODE);
	kit_goes(&k, DOORS_USER_CODE);
	assert_int_equal(k.out.steps[0].id, DOORS_DO_NOT_GUESS);
	assert_true(text_has(doors_step_text(DOORS_DO_ENTER_USER_CODE),
			     "6 to 10 characters, upper and lower case differ"));
}

/* 請勿使用SafeSign CSP軟體中『Unlock PIN』的功能來解PIN碼，以免造成卡片無法使用。(twice) */
static void s003_never_a_foreign_unlock(void **state)
{
	(void)state;
	for (int real = 0; real < 2; real++) {
		locked("hicos", RP_SLOT_PIN, RP_SLOT_NONE);
		k.card.ours = real == 0;
		kit_ask(&k);
		kit_is_shut(&k, DOORS_PUK, DOORS_WHY_FOREIGN_UNLOCK);
		assert_true(kit_traps(&k, DOORS_TRAP_NO_FOREIGN_UNLOCK));
	}
	assert_true(
		text_has(doors_reason_text(DOORS_WHY_FOREIGN_UNLOCK), "Never use 'Unlock PIN' of SafeSign"));
	assert_string_equal(doors_reason_opens(DOORS_WHY_FOREIGN_UNLOCK), "");
}

/* 如忘記用戶代碼，請進行用戶代碼重設，取得新的用戶代碼後，再進行鎖卡解碼 / 重設PIN碼。(twice) */
static void s003_forgotten_user_code_is_reset_first(void **state)
{
	(void)state;
	locked("hicos", RP_SLOT_PIN, RP_SLOT_NONE);
	kit_goes(&k, DOORS_USER_CODE_RESET);
	says_before(DOORS_DO_LOOK_IN_NOTES, DOORS_DO_ASK_CODE_RESET);
	says_before(DOORS_DO_ASK_CODE_RESET, DOORS_DO_SET_USER_CODE);
	says_before(DOORS_DO_SET_USER_CODE, DOORS_DO_ENTER_USER_CODE);
	says_before(DOORS_DO_ENTER_USER_CODE, DOORS_DO_SET_NEW);
	/* the code's own slot: by the card's PIN while it works, else by a one-time code */
	k.in.slot = RP_SLOT_USER_CODE;
	kit_goes(&k, DOORS_USER_CODE_RESET);
	assert_true(kit_says(&k, DOORS_DO_WAIT_FOR_CODE));
	kit_state(&k, RP_SLOT_PIN, RP_PIN_READY);
	kit_knows(&k, RP_SLOT_PIN);
	kit_goes(&k, DOORS_USER_CODE_RESET);
	assert_true(kit_says(&k, DOORS_DO_PROVE_BY_PIN));
	assert_false(kit_says(&k, DOORS_DO_WAIT_FOR_CODE));
	kit_is_shut(&k, DOORS_CHANGE, DOORS_WHY_CODE_AT_ISSUER);
	/* one that is on its way is not asked for again */
	kit_new(&k, "hicos", RP_SLOT_PIN);
	k.in.issuer = (struct doors_issuer){.known = true, .case_door = DOORS_USER_CODE_RESET};
	kit_knows(&k, RP_SLOT_USER_CODE);
	kit_goes(&k, DOORS_USER_CODE_RESET);
	assert_false(kit_says(&k, DOORS_DO_ASK_CODE_RESET));
	assert_true(kit_says(&k, DOORS_DO_WAIT_FOR_CODE));
}

/* 若還記得正確的用戶代碼，但作業時，鍵入用戶代碼失誤達3次以上，造成卡片無法使用，請進行用戶代碼重設。(twice) */
static void s003_blocked_user_code_is_reset_first(void **state)
{
	(void)state;
	locked("hicos", RP_SLOT_PIN, RP_SLOT_USER_CODE);
	k.in.issuer = (struct doors_issuer){.known = true, .code_wrong = 1};
	kit_goes(&k, DOORS_USER_CODE);
	assert_int_equal(k.out.steps[kit_step(&k, DOORS_DO_ENTER_USER_CODE)].tries_left, 2);
	k.in.issuer.code_wrong = 2;
	kit_goes(&k, DOORS_USER_CODE_RESET);
	assert_int_equal(kit_open(&k, DOORS_USER_CODE)->reason, DOORS_WHY_LAST_TRY);
	k.in.issuer.code_wrong = 3;
	kit_goes(&k, DOORS_USER_CODE_RESET);
	kit_is_shut(&k, DOORS_USER_CODE, DOORS_WHY_CODE_BLOCKED);
	/* the code, never a PIN that still works */
	kit_state(&k, RP_SLOT_PIN, RP_PIN_READY);
	kit_knows(&k, RP_SLOT_PIN);
	kit_goes(&k, DOORS_CHANGE);
}

/* A real HiCOS card tells no tries: it gets an answer all the same, in words that name its vendor's tool. */
static void s003_real_card_gets_an_answer(void **state)
{
	(void)state;
	kit_new(&k, "hicos", RP_SLOT_PIN);
	k.card.ours = false;
	kit_state(&k, RP_SLOT_PIN, RP_PIN_UNKNOWN);
	kit_knows(&k, RP_SLOT_USER_CODE);
	kit_goes(&k, DOORS_USER_CODE);
	assert_true(kit_says(&k, DOORS_DO_OPEN_ISSUER_PAGE) && kit_traps(&k, DOORS_TRAP_TRIES_NOT_TOLD));
	kit_knows(&k, RP_SLOT_PIN);
	kit_goes(&k, DOORS_CHANGE);
	assert_true(kit_says(&k, DOORS_DO_CHANGE_VENDOR) && !kit_says(&k, DOORS_DO_CHANGE_HERE));
	assert_true(text_has(doors_step_text(DOORS_DO_CHANGE_VENDOR), "HiCOS card tool"));
	k.card.ours = true;
	kit_goes(&k, DOORS_CHANGE);
	assert_true(kit_says(&k, DOORS_DO_CHANGE_HERE) && !kit_says(&k, DOORS_DO_OPEN_ISSUER_PAGE));
}

/* --- seed 004: the smartphone --- */

/* "At City Hall and Branch Offices, you cannot reset the PIN for the smartphone electronic certificate."
 * "With the Mynaportal app, you can only reset the PIN for the smartphone electronic certificate."
 * "cannot be done on the web version of Mynaportal"; "(You cannot reset the PIN for the smartphone ...)" */
static void s004_smartphone_pins_are_the_apps(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_SIGN, RP_SLOT_AUTH};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		locked("mynumber-mobile", slots[i], RP_SLOT_NONE);
		k.in.card_sign = DOORS_HELD_YES;
		kit_goes(&k, DOORS_APP);
		kit_is_shut(&k, DOORS_COUNTER, DOORS_WHY_PHONE_ONLY);
		kit_is_shut(&k, DOORS_KIOSK, DOORS_WHY_PHONE_ONLY);
		/* "Changing the PIN for the smartphone ... is only supported through the Mynaportal app" */
		kit_state(&k, slots[i], RP_PIN_READY);
		kit_knows(&k, slots[i]);
		kit_goes(&k, DOORS_CHANGE);
		assert_int_equal(k.out.recommended.where, DOORS_IN_APP);
		assert_true(kit_says(&k, DOORS_DO_CHANGE_IN_APP));
	}
	assert_true(text_has(doors_reason_text(DOORS_WHY_PHONE_ONLY), "not on a web page"));
	/* and the app resets nothing of the card */
	for (rp_slot slot = RP_SLOT_SIGN; slot <= RP_SLOT_JUKI; slot = (rp_slot)(slot + 1)) {
		locked("mynumber", slot, RP_SLOT_NONE);
		kit_ask(&k);
		kit_is_shut(&k, DOORS_APP, DOORS_WHY_APP_IS_FOR_PHONES);
	}
}

/* The phone's signature PIN is proven by the card's (Mynaportal manual); who lacks that gets it first. */
static void s004_smartphone_sign_needs_the_cards(void **state)
{
	(void)state;
	locked("mynumber-mobile", RP_SLOT_SIGN, RP_SLOT_NONE);
	k.in.card_sign = DOORS_HELD_YES;
	kit_goes(&k, DOORS_APP);
	assert_true(k.out.steps[kit_step(&k, DOORS_DO_APP_CARD_PROOF)].other_card);
	assert_false(kit_says(&k, DOORS_DO_CARD_FIRST) || kit_says(&k, DOORS_DO_NOT_GUESS));
	k.in.card_sign = DOORS_HELD_NOT_SURE;
	kit_goes(&k, DOORS_APP);
	assert_int_equal(k.out.steps[0].id, DOORS_DO_NOT_GUESS);
	says_before(DOORS_DO_CARD_FIRST, DOORS_DO_APP_CARD_PROOF);
	/* the other one asks for the phone's own lock only */
	locked("mynumber-mobile", RP_SLOT_AUTH, RP_SLOT_NONE);
	kit_goes(&k, DOORS_APP);
	assert_true(kit_says(&k, DOORS_DO_APP_UNLOCK_PHONE));
	assert_int_equal(k.out.recommended.at_stake, 0);
	k.in.who = APPLICANT_AGENT;
	kit_goes(&k, DOORS_APP);
	assert_true(kit_says(&k, DOORS_DO_APP_HOLDER_ONLY));
	/* not there at all: it is applied for */
	kit_new(&k, "mynumber-mobile", RP_SLOT_SIGN);
	kit_state(&k, RP_SLOT_SIGN, RP_PIN_NOT_SET);
	kit_goes(&k, DOORS_APP);
	assert_true(kit_says(&k, DOORS_DO_APPLY_IN_APP) && !kit_says(&k, DOORS_DO_APP_RESET));
}

/* --- PIV, OpenPGP, GIDS --- */

/* SP 800-73-4: the PUK resets the PIN; nothing resets the PUK. */
static void piv_is_unlocked_with_the_puk(void **state)
{
	(void)state;
	locked("piv", RP_SLOT_PIN, RP_SLOT_PUK);
	kit_goes(&k, DOORS_PUK);
	assert_int_equal(k.out.steps[kit_step(&k, DOORS_DO_ENTER_PUK)].slot, RP_SLOT_PUK);
	assert_true(k.out.recommended.last_way);
	assert_int_equal(k.out.steps[kit_step(&k, DOORS_DO_ENTER_PUK)].tries_left, RP_TRIES_UNKNOWN);
	/* a PIN that is known keeps a way open, should the PUK lock */
	kit_state(&k, RP_SLOT_PIN, RP_PIN_READY);
	kit_knows(&k, RP_SLOT_PIN);
	kit_wrong(&k, RP_SLOT_PIN, 1);
	kit_goes(&k, DOORS_PUK);
	assert_false(k.out.recommended.last_way);
	kit_state(&k, RP_SLOT_PIN, RP_PIN_LOCKED);
	kit_state(&k, RP_SLOT_PUK, RP_PIN_LOCKED);
	kit_goes(&k, DOORS_REISSUE);
	kit_is_shut(&k, DOORS_PUK, DOORS_WHY_SECRET_LOCKED);
	kit_new(&k, "piv", RP_SLOT_PUK);
	kit_goes(&k, DOORS_REISSUE);
	says_before(DOORS_DO_CARD_WORKS_ON, DOORS_DO_BE_SURE);
	kit_knows(&k, RP_SLOT_PUK);
	kit_goes(&k, DOORS_CHANGE);
}

/* OpenPGP card 3.4: resetting code or PW3; a resetting code need not be set. */
static void openpgp_has_two_keys_to_one_door(void **state)
{
	(void)state;
	locked("openpgp", RP_SLOT_PW1, RP_SLOT_RC);
	kit_knows(&k, RP_SLOT_PW3);
	kit_goes(&k, DOORS_RESETTING_CODE);
	assert_int_equal(k.out.recommended.with, RP_SLOT_RC);
	assert_false(k.out.recommended.last_way);
	kit_wrong(&k, RP_SLOT_RC, 2);
	kit_goes(&k, DOORS_RESETTING_CODE);
	assert_int_equal(k.out.recommended.with, RP_SLOT_PW3);
	kit_state(&k, RP_SLOT_RC, RP_PIN_NOT_SET);
	kit_goes(&k, DOORS_RESETTING_CODE);
	assert_true(kit_says(&k, DOORS_DO_ENTER_ADMIN_PIN) && k.out.recommended.last_way);
	k.in.held[RP_SLOT_PW3] = DOORS_HELD_NO;
	kit_goes(&k, DOORS_REISSUE);
	kit_is_shut(&k, DOORS_RESETTING_CODE, DOORS_WHY_SECRET_NOT_SET);
	says_before(DOORS_DO_BE_SURE, DOORS_DO_ERASE_ALL);
	kit_new(&k, "openpgp", RP_SLOT_PW3);
	kit_state(&k, RP_SLOT_PW3, RP_PIN_LOCKED);
	kit_goes(&k, DOORS_REISSUE);
	assert_true(kit_says(&k, DOORS_DO_CARD_WORKS_ON));
	kit_new(&k, "openpgp", RP_SLOT_RC);
	kit_goes(&k, DOORS_REISSUE);
	assert_true(kit_says(&k, DOORS_DO_CARD_WORKS_ON));
	kit_new(&k, "openpgp", RP_SLOT_PW3);
	kit_knows(&k, RP_SLOT_PW3);
	kit_goes(&k, DOORS_CHANGE);
}

static void gids_is_unlocked_by_the_help_desk(void **state)
{
	(void)state;
	locked("gids", RP_SLOT_PIN, RP_SLOT_NONE);
	kit_goes(&k, DOORS_HELP_DESK);
	says_before(DOORS_DO_CALL_HELP_DESK, DOORS_DO_HELP_DESK_ANSWERS);
	says_before(DOORS_DO_HELP_DESK_ANSWERS, DOORS_DO_SET_NEW);
	assert_true(k.out.recommended.where & DOORS_BY_PHONE);
	k.in.help_desk = (struct doors_place){DOORS_CLOSED_NOW_TILL, NOW + HOUR};
	kit_goes(&k, DOORS_HELP_DESK);
	assert_true(k.out.recommended.closed_now);
	assert_int_equal(k.out.recommended.opens_s, NOW + HOUR);
	assert_int_equal(k.out.recommended.reason, DOORS_WHY_CLOSED_NOW);
	kit_state(&k, RP_SLOT_PIN, RP_PIN_DEAD);
	kit_goes(&k, DOORS_REISSUE);
	assert_true(kit_says(&k, DOORS_DO_ASK_ISSUER) && !kit_says(&k, DOORS_DO_BE_SURE));
	kit_new(&k, "gids", RP_SLOT_PIN);
	kit_knows(&k, RP_SLOT_PIN);
	kit_goes(&k, DOORS_CHANGE);
}

/* A HiCOS card that is revoked or dead has its own last steps. */
static void hicos_reissue(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_PIN, RP_SLOT_USER_CODE};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		kit_new(&k, "hicos", slots[i]);
		k.in.issuer = (struct doors_issuer){.known = true, .revoked = true};
		kit_goes(&k, DOORS_REISSUE);
		says_before(DOORS_DO_REVOKE, DOORS_DO_APPLY_AGAIN);
		assert_false(kit_says(&k, DOORS_DO_BE_SURE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene(s001_the_pin_stands_in_the_letter),
		scene(s001_keep_the_letter_apart),
		scene(s001_change_any_number_of_times),
		scene(s001_locked_is_unlocked_with_the_letter),
		scene(s001_only_a_right_entry_sets_the_count_back),
		scene(s001_ten_wrong_in_the_unlock_kill_the_card),
		scene(s001_after_two_wrong_entries_the_reset),
		scene(s001_forgotten_is_reset_with_the_letter),
		scene(s001_letter_lost_is_reissue),
		scene(s001_reissue_asks_first_that_the_loss_is_certain),
		scene(s001_the_letter_itself),
		scene(s003_user_code_sets_a_new_pin),
		scene(s003_never_a_foreign_unlock),
		scene(s003_forgotten_user_code_is_reset_first),
		scene(s003_blocked_user_code_is_reset_first),
		scene(s003_real_card_gets_an_answer),
		scene(s004_smartphone_pins_are_the_apps),
		scene(s004_smartphone_sign_needs_the_cards),
		scene(piv_is_unlocked_with_the_puk),
		scene(openpgp_has_two_keys_to_one_door),
		scene(gids_is_unlocked_by_the_help_desk),
		scene(hicos_reissue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
