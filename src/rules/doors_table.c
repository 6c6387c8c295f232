/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every door of every PIN slot. A family that comes new brings its rows here; rows of a slot
 * stand together, the better door first, re-issue last. tests/snapshots/doors.txt shows the
 * table as text, so that a changed row shows as a diff.
 */
#include "rules/doors.h"

#define SRC_CHANGE_JP                                                                                        \
	"Inagi city page, \"Regarding the change of the PIN\" (at home, Mynaportal, JPKI client; counter)"
#define SRC_KIOSK                                                                                            \
	"J-LIS PIN reset service, terms of use; Inagi city page, \"Resetting PIN at Convenience Stores\""
#define SRC_KIOSK_NOT "Inagi city page (registration card and card surface PINs: not at convenience stores)"
#define SRC_COUNTER "Inagi city page, \"PIN Reset at City Hall and Branch Office\""
#define SRC_APP "Inagi city page, \"Resetting PIN on the Mynaportal App\"; Mynaportal manual 04-07"
#define SRC_NDN "NDN FAQ Q31-B to Q31-G"
#define SRC_XCA "XCA page on unlocking a card and setting a new PIN (user code, 3 tries, its own reset)"
#define SRC_PIV "NIST SP 800-73-4 part 2, 3.2.2 and 3.2.3"
#define SRC_PGP "OpenPGP card 3.4, 4.3 and 7.2.2 to 7.2.4"
#define SRC_GIDS "Microsoft minidriver specification (challenge and response); GidsApplet GidsPINManager.java"
#define SRC_CMP "RFC 9810 and RFC 4210 (revocation request)"
#define SRC_CODES                                                                                            \
	"jpki/myna src/cli.rs (codes follow from what is printed; what a lock of theirs means is not "       \
	"public)"

/* A step that is only said, one that takes an entry, and one that takes an entry of another card's PIN. */
#define SAY(step, cases)                                                                                     \
	{                                                                                                    \
		.id = (step), .when = (cases)                                                                \
	}
#define ENTER(step, cases, whose)                                                                            \
	{                                                                                                    \
		.id = (step), .when = (cases), .stake = (whose)                                              \
	}
#define ENTER_OTHER(step, cases, whose)                                                                      \
	{                                                                                                    \
		.id = (step), .when = (cases), .stake = (whose), .other_card = true                          \
	}
#define HERE(name) ENTER(DOORS_DO_CHANGE_HERE, 0, name)

#define AT_HAND_HERE (DOORS_BRING_CARD | DOORS_BRING_READER)

/* --- doors that several slots have alike --- */

#define CHANGE_OF(family, name, ...)                                                                         \
	{                                                                                                    \
		.profile = (family), .slot = (name), .door = DOORS_CHANGE, .need = DOORS_NEED_CURRENT,       \
		.with = (name), .conditions = "the current PIN is known and not locked", __VA_ARGS__         \
	}
#define NEVER(family, name, id, why, from)                                                                   \
	{                                                                                                    \
		.profile = (family), .slot = (name), .door = (id), .never = (why), .conditions = "never",    \
		.source = from                                                                               \
	}
#define REISSUE_OF(family, name, ...)                                                                        \
	{                                                                                                    \
		.profile = (family), .slot = (name), .door = DOORS_REISSUE, .where = DOORS_AT_ISSUER,        \
		.conditions = "revocation by the issuer's CA, then a new application", __VA_ARGS__           \
	}

/* The kiosk of a certificate's PIN: proof of the other one, reservation, proof at the kiosk. */
#define KIOSK_OF(name, other, go, first)                                                                     \
	{                                                                                                    \
		.profile = "mynumber", .slot = (name), .door = DOORS_KIOSK, .need = DOORS_NEED_OTHER,        \
		.with = (other), .in_person = true, .where = DOORS_AT_KIOSK,                                 \
		.bring = DOORS_BRING_CARD | DOORS_BRING_SMARTPHONE, .lives = DOORS_LIVES_24_HOURS,           \
		.steps = {first SAY(DOORS_DO_RESERVE_LATER, DOORS_WHEN_NO_CASE | DOORS_WHEN_FAR),            \
			  ENTER(DOORS_DO_RESERVE, DOORS_WHEN_NO_CASE | DOORS_WHEN_OURS, (other)),            \
			  ENTER(DOORS_DO_RESERVE_JLIS, DOORS_WHEN_NO_CASE | DOORS_WHEN_REAL, (other)),       \
			  SAY(DOORS_DO_WITHIN_24_HOURS, DOORS_WHEN_NO_CASE),                                 \
			  SAY(DOORS_DO_RESERVED, DOORS_WHEN_CASE),                                           \
			  SAY((go), 0),                                                                      \
			  ENTER(DOORS_DO_KIOSK_PROVE, 0, (other)),                                           \
			  SAY(DOORS_DO_SET_NEW, 0)},                                                         \
		.conditions = "the other certificate's PIN is known and works; both certificates are "       \
			      "valid; the holder",                                                           \
		.source = SRC_KIOSK                                                                          \
	}
#define COUNTER_OF(name, first)                                                                              \
	{                                                                                                    \
		.profile = "mynumber", .slot = (name), .door = DOORS_COUNTER, .where = DOORS_AT_DESK,        \
		.bring = DOORS_BRING_CARD | DOORS_BRING_DOCUMENTS, .lives = DOORS_LIVES_DAY,                 \
		.steps = {first SAY(DOORS_DO_GO_ON_WITH_CASE, DOORS_WHEN_CASE),                              \
			  SAY(DOORS_DO_GO_TO_COUNTER, 0),                                                    \
			  SAY(DOORS_DO_BRING_SELF, DOORS_WHEN_SELF),                                         \
			  SAY(DOORS_DO_BRING_SOMEBODY, DOORS_WHEN_WARDED),                                   \
			  SAY(DOORS_DO_NOT_REPRESENTED, DOORS_WHEN_UNWARDED),                                \
			  SAY(DOORS_DO_BRING_REPRESENTATIVE, DOORS_WHEN_REPRESENTATIVE),                     \
			  SAY(DOORS_DO_AGENT_FIRST_VISIT, DOORS_WHEN_AGENT | DOORS_WHEN_NO_CASE),            \
			  SAY(DOORS_DO_AGENT_SECOND_VISIT, DOORS_WHEN_AGENT),                                \
			  SAY(DOORS_DO_SET_NEW_AT_COUNTER, DOORS_WHEN_SET),                                  \
			  SAY(DOORS_DO_APPLY_MISSING, DOORS_WHEN_NOT_SET)},                                  \
		.conditions = "documents by applicant kind; the municipality where the holder is "           \
			      "registered; in its hours",                                                    \
		.source = SRC_COUNTER                                                                        \
	}
#define REISSUE_MYNUMBER(name)                                                                               \
	REISSUE_OF(                                                                                          \
		"mynumber", (name), .bring = DOORS_BRING_CARD | DOORS_BRING_DOCUMENTS,                       \
		.steps = {SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_APPLY_AT_MUNICIPALITY, 0)},  \
		.source = SRC_CMP "; municipal pages on issuing a card again")

/* Other PIN, same digits: the tick in another program that sends one for both. */
#define UNTICK SAY(DOORS_DO_UNTICK_SAME_PIN, DOORS_WHEN_SET),
#define TOO_YOUNG SAY(DOORS_DO_WAIT_TILL_15, DOORS_WHEN_NOT_SET | DOORS_WHEN_UNDER_15),
#define NOTHING_FIRST
#define HOME .where = DOORS_AT_HOME, .bring = AT_HAND_HERE
#define MYNUMBER_HOME .where = DOORS_AT_HOME | DOORS_AT_DESK, .bring = AT_HAND_HERE, .source = SRC_CHANGE_JP
#define IN_APP .where = DOORS_IN_APP, .bring = DOORS_BRING_SMARTPHONE, .source = SRC_APP

const struct doors_row doors_rows[] = {
	/* --- My Number Card --- */
	CHANGE_OF("mynumber", RP_SLOT_SIGN, .steps = {HERE(RP_SLOT_SIGN)}, MYNUMBER_HOME),
	KIOSK_OF(RP_SLOT_SIGN, RP_SLOT_AUTH, DOORS_DO_GO_TO_KIOSK, NOTHING_FIRST),
	COUNTER_OF(RP_SLOT_SIGN, TOO_YOUNG),
	NEVER("mynumber", RP_SLOT_SIGN, DOORS_APP, DOORS_WHY_APP_IS_FOR_PHONES, SRC_APP),
	REISSUE_MYNUMBER(RP_SLOT_SIGN),

	CHANGE_OF("mynumber", RP_SLOT_AUTH, .steps = {UNTICK HERE(RP_SLOT_AUTH)}, MYNUMBER_HOME),
	KIOSK_OF(RP_SLOT_AUTH, RP_SLOT_SIGN, DOORS_DO_GO_TO_KIOSK_BOTH, UNTICK),
	COUNTER_OF(RP_SLOT_AUTH, UNTICK),
	NEVER("mynumber", RP_SLOT_AUTH, DOORS_APP, DOORS_WHY_APP_IS_FOR_PHONES, SRC_APP),
	REISSUE_MYNUMBER(RP_SLOT_AUTH),

	CHANGE_OF("mynumber", RP_SLOT_TEXT, .steps = {UNTICK HERE(RP_SLOT_TEXT)}, MYNUMBER_HOME),
	NEVER("mynumber", RP_SLOT_TEXT, DOORS_KIOSK, DOORS_WHY_NOT_AT_KIOSK, SRC_KIOSK_NOT),
	COUNTER_OF(RP_SLOT_TEXT, UNTICK),
	NEVER("mynumber", RP_SLOT_TEXT, DOORS_APP, DOORS_WHY_APP_IS_FOR_PHONES, SRC_APP),
	REISSUE_MYNUMBER(RP_SLOT_TEXT),

	CHANGE_OF("mynumber", RP_SLOT_JUKI, .steps = {HERE(RP_SLOT_JUKI)}, MYNUMBER_HOME),
	NEVER("mynumber", RP_SLOT_JUKI, DOORS_KIOSK, DOORS_WHY_NOT_AT_KIOSK, SRC_KIOSK_NOT),
	COUNTER_OF(RP_SLOT_JUKI, NOTHING_FIRST),
	NEVER("mynumber", RP_SLOT_JUKI, DOORS_APP, DOORS_WHY_APP_IS_FOR_PHONES, SRC_APP),
	REISSUE_MYNUMBER(RP_SLOT_JUKI),

	/* Printed on the card: nothing to forget, and nobody changes them. */
	NEVER("mynumber", RP_SLOT_CODE_A, DOORS_CHANGE, DOORS_WHY_FIXED, SRC_CODES),
	{.profile = "mynumber",
	 .slot = RP_SLOT_CODE_A,
	 .door = DOORS_COUNTER,
	 .where = DOORS_AT_DESK,
	 .bring = DOORS_BRING_CARD | DOORS_BRING_DOCUMENTS,
	 .lives = DOORS_LIVES_DAY,
	 .steps = {SAY(DOORS_DO_ASK_ABOUT_CODE, 0), SAY(DOORS_DO_GO_TO_COUNTER, 0)},
	 .conditions = "what the counter can do for a code is not public",
	 .source = SRC_CODES},
	REISSUE_MYNUMBER(RP_SLOT_CODE_A),
	NEVER("mynumber", RP_SLOT_CODE_B, DOORS_CHANGE, DOORS_WHY_FIXED, SRC_CODES),
	{.profile = "mynumber",
	 .slot = RP_SLOT_CODE_B,
	 .door = DOORS_COUNTER,
	 .where = DOORS_AT_DESK,
	 .bring = DOORS_BRING_CARD | DOORS_BRING_DOCUMENTS,
	 .lives = DOORS_LIVES_DAY,
	 .steps = {SAY(DOORS_DO_ASK_ABOUT_CODE, 0), SAY(DOORS_DO_GO_TO_COUNTER, 0)},
	 .conditions = "what the counter can do for a code is not public",
	 .source = SRC_CODES},
	REISSUE_MYNUMBER(RP_SLOT_CODE_B),

	/* --- My Number certificates on a smartphone --- */
	CHANGE_OF("mynumber-mobile", RP_SLOT_SIGN,
		  .steps = {SAY(DOORS_DO_APP_HOLDER_ONLY, DOORS_WHEN_NOT_SELF),
			    ENTER(DOORS_DO_CHANGE_IN_APP, 0, RP_SLOT_SIGN)},
		  IN_APP),
	{.profile = "mynumber-mobile",
	 .slot = RP_SLOT_SIGN,
	 .door = DOORS_APP,
	 .need = DOORS_NEED_CARD_SIGN,
	 .in_person = true,
	 .where = DOORS_IN_APP,
	 .bring = DOORS_BRING_SMARTPHONE | DOORS_BRING_CARD,
	 .lives = DOORS_LIVES_MINUTES,
	 .steps = {SAY(DOORS_DO_APP_HOLDER_ONLY, DOORS_WHEN_NOT_SELF),
		   SAY(DOORS_DO_APP_RESET, DOORS_WHEN_SET), SAY(DOORS_DO_APPLY_IN_APP, DOORS_WHEN_NOT_SET),
		   ENTER_OTHER(DOORS_DO_APP_CARD_PROOF, 0, RP_SLOT_SIGN), SAY(DOORS_DO_SET_NEW, 0)},
	 .conditions = "a proof by the signature PIN of the card that the certificate was issued from",
	 .source = SRC_APP},
	{.profile = "mynumber-mobile",
	 .slot = RP_SLOT_SIGN,
	 .door = DOORS_APP,
	 .in_person = true,
	 .where = DOORS_IN_APP,
	 .bring = DOORS_BRING_SMARTPHONE | DOORS_BRING_CARD,
	 .lives = DOORS_LIVES_MINUTES,
	 .steps = {SAY(DOORS_DO_APP_HOLDER_ONLY, DOORS_WHEN_NOT_SELF), SAY(DOORS_DO_CARD_FIRST, 0),
		   SAY(DOORS_DO_APP_RESET, DOORS_WHEN_SET), SAY(DOORS_DO_APPLY_IN_APP, DOORS_WHEN_NOT_SET),
		   ENTER_OTHER(DOORS_DO_APP_CARD_PROOF, 0, RP_SLOT_SIGN), SAY(DOORS_DO_SET_NEW, 0)},
	 .conditions = "the card first gets a working signature PIN, by its own doors",
	 .source = SRC_APP},
	NEVER("mynumber-mobile", RP_SLOT_SIGN, DOORS_KIOSK, DOORS_WHY_PHONE_ONLY, SRC_APP),
	NEVER("mynumber-mobile", RP_SLOT_SIGN, DOORS_COUNTER, DOORS_WHY_PHONE_ONLY, SRC_APP),
	REISSUE_OF("mynumber-mobile", RP_SLOT_SIGN, .bring = DOORS_BRING_SMARTPHONE | DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_APPLY_IN_APP, 0)},
		   .source = SRC_APP),

	CHANGE_OF("mynumber-mobile", RP_SLOT_AUTH,
		  .steps = {SAY(DOORS_DO_APP_HOLDER_ONLY, DOORS_WHEN_NOT_SELF),
			    ENTER(DOORS_DO_CHANGE_IN_APP, 0, RP_SLOT_AUTH)},
		  IN_APP),
	{.profile = "mynumber-mobile",
	 .slot = RP_SLOT_AUTH,
	 .door = DOORS_APP,
	 .in_person = true,
	 .where = DOORS_IN_APP,
	 .bring = DOORS_BRING_SMARTPHONE,
	 .lives = DOORS_LIVES_MINUTES,
	 .steps = {SAY(DOORS_DO_APP_HOLDER_ONLY, DOORS_WHEN_NOT_SELF),
		   SAY(DOORS_DO_APP_RESET, DOORS_WHEN_SET), SAY(DOORS_DO_APPLY_IN_APP, DOORS_WHEN_NOT_SET),
		   SAY(DOORS_DO_APP_UNLOCK_PHONE, 0), SAY(DOORS_DO_SET_NEW, 0)},
	 .conditions = "a signature by the device key, which the phone gives only when unlocked",
	 .source = SRC_APP},
	NEVER("mynumber-mobile", RP_SLOT_AUTH, DOORS_KIOSK, DOORS_WHY_PHONE_ONLY, SRC_APP),
	NEVER("mynumber-mobile", RP_SLOT_AUTH, DOORS_COUNTER, DOORS_WHY_PHONE_ONLY, SRC_APP),
	REISSUE_OF("mynumber-mobile", RP_SLOT_AUTH, .bring = DOORS_BRING_SMARTPHONE | DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_APPLY_IN_APP, 0)},
		   .source = SRC_APP),

	/* --- AOSign: the letter is the only door besides change --- */
	CHANGE_OF("aosign", RP_SLOT_PIN, HOME,
		  .steps = {SAY(DOORS_DO_CHANGE_FIRST_PIN, 0), HERE(RP_SLOT_PIN),
			    SAY(DOORS_DO_KEEP_LETTER, DOORS_WHEN_LETTER)},
		  .source = SRC_NDN),
	{.profile = "aosign",
	 .slot = RP_SLOT_PIN,
	 .door = DOORS_LETTER,
	 .need = DOORS_NEED_SECRET,
	 .with = RP_SLOT_LETTER,
	 .kills = true,
	 .where = DOORS_AT_HOME,
	 .bring = AT_HAND_HERE | DOORS_BRING_LETTER,
	 .steps = {SAY(DOORS_DO_TAKE_LETTER, 0), ENTER(DOORS_DO_ENTER_LETTER_PIN, 0, RP_SLOT_LETTER),
		   SAY(DOORS_DO_SET_NEW, 0), SAY(DOORS_DO_KEEP_LETTER, 0)},
	 .conditions = "the letter is at hand; ten wrong entries in a row of its PIN kill the card",
	 .source = SRC_NDN},
	NEVER("aosign", RP_SLOT_PIN, DOORS_HELP_DESK, DOORS_WHY_ISSUER_KEEPS_NO_PIN, SRC_NDN),
	REISSUE_OF("aosign", RP_SLOT_PIN, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_BE_SURE_LETTER_LOST, DOORS_WHEN_ALIVE), SAY(DOORS_DO_REVOKE, 0),
			     SAY(DOORS_DO_APPLY_AGAIN, 0)},
		   .source = SRC_NDN "; " SRC_CMP),

	NEVER("aosign", RP_SLOT_LETTER, DOORS_CHANGE, DOORS_WHY_FIXED, SRC_NDN),
	{.profile = "aosign",
	 .slot = RP_SLOT_LETTER,
	 .door = DOORS_LETTER,
	 .need = DOORS_NEED_SECRET,
	 .with = RP_SLOT_LETTER,
	 .kills = true,
	 .where = DOORS_AT_HOME,
	 .bring = DOORS_BRING_LETTER,
	 .steps = {SAY(DOORS_DO_LETTER_IS_KEY, 0), SAY(DOORS_DO_KEEP_LETTER, 0)},
	 .conditions = "the letter is at hand: nothing has to be done",
	 .source = SRC_NDN},
	REISSUE_OF("aosign", RP_SLOT_LETTER, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_CARD_WORKS_ON, DOORS_WHEN_ALIVE),
			     SAY(DOORS_DO_BE_SURE_LETTER_LOST, DOORS_WHEN_ALIVE), SAY(DOORS_DO_REVOKE, 0),
			     SAY(DOORS_DO_APPLY_AGAIN, 0)},
		   .source = SRC_NDN "; " SRC_CMP),

	/* --- HiCOS --- */
	CHANGE_OF("hicos", RP_SLOT_PIN, HOME,
		  .steps = {ENTER(DOORS_DO_CHANGE_VENDOR, DOORS_WHEN_REAL, RP_SLOT_PIN),
			    ENTER(DOORS_DO_CHANGE_HERE, DOORS_WHEN_OURS, RP_SLOT_PIN)},
		  .source = SRC_XCA "; MOICA page on changing the PIN"),
	{.profile = "hicos",
	 .slot = RP_SLOT_PIN,
	 .door = DOORS_USER_CODE,
	 .need = DOORS_NEED_CODE,
	 .with = RP_SLOT_USER_CODE,
	 .where = DOORS_AT_HOME | DOORS_AT_DESK,
	 .bring = AT_HAND_HERE,
	 .lives = DOORS_LIVES_MINUTES,
	 .steps = {SAY(DOORS_DO_OPEN_ISSUER_PAGE, DOORS_WHEN_REAL), SAY(DOORS_DO_CHECK_CARD_DATA, 0),
		   ENTER(DOORS_DO_ENTER_USER_CODE, 0, RP_SLOT_USER_CODE), SAY(DOORS_DO_SET_NEW, 0)},
	 .conditions = "the user code is known and not blocked; 3 tries, counted at the issuer",
	 .source = SRC_XCA},
	{.profile = "hicos",
	 .slot = RP_SLOT_PIN,
	 .door = DOORS_USER_CODE_RESET,
	 .where = DOORS_AT_HOME | DOORS_AT_DESK,
	 .bring = AT_HAND_HERE,
	 .lives = DOORS_LIVES_DAYS,
	 .steps = {SAY(DOORS_DO_ASK_CODE_RESET, DOORS_WHEN_NO_CASE), SAY(DOORS_DO_WAIT_FOR_CODE, 0),
		   SAY(DOORS_DO_SET_USER_CODE, 0), SAY(DOORS_DO_OPEN_ISSUER_PAGE, DOORS_WHEN_REAL),
		   SAY(DOORS_DO_CHECK_CARD_DATA, 0), ENTER(DOORS_DO_ENTER_USER_CODE, 0, RP_SLOT_USER_CODE),
		   SAY(DOORS_DO_SET_NEW, 0)},
	 .conditions =
		 "user code forgotten or blocked: a one-time code by post or at the desk, then the user code",
	 .source = SRC_XCA},
	NEVER("hicos", RP_SLOT_PIN, DOORS_PUK, DOORS_WHY_FOREIGN_UNLOCK, SRC_XCA),
	REISSUE_OF("hicos", RP_SLOT_PIN, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_REVOKE, 0),
			     SAY(DOORS_DO_APPLY_AGAIN, 0)},
		   .source = SRC_CMP),

	NEVER("hicos", RP_SLOT_USER_CODE, DOORS_CHANGE, DOORS_WHY_CODE_AT_ISSUER, SRC_XCA),
	{.profile = "hicos",
	 .slot = RP_SLOT_USER_CODE,
	 .door = DOORS_USER_CODE_RESET,
	 .need = DOORS_NEED_OTHER,
	 .with = RP_SLOT_PIN,
	 .where = DOORS_AT_HOME | DOORS_AT_DESK,
	 .bring = AT_HAND_HERE,
	 .lives = DOORS_LIVES_DAYS,
	 .steps = {SAY(DOORS_DO_OPEN_ISSUER_PAGE, DOORS_WHEN_REAL), SAY(DOORS_DO_CHECK_CARD_DATA, 0),
		   ENTER(DOORS_DO_PROVE_BY_PIN, 0, RP_SLOT_PIN), SAY(DOORS_DO_SET_USER_CODE, 0)},
	 .conditions = "a proof with the card's PIN",
	 .source = SRC_XCA},
	{.profile = "hicos",
	 .slot = RP_SLOT_USER_CODE,
	 .door = DOORS_USER_CODE_RESET,
	 .where = DOORS_AT_HOME | DOORS_AT_DESK,
	 .bring = AT_HAND_HERE,
	 .lives = DOORS_LIVES_DAYS,
	 .steps = {SAY(DOORS_DO_ASK_CODE_RESET, DOORS_WHEN_NO_CASE), SAY(DOORS_DO_WAIT_FOR_CODE, 0),
		   SAY(DOORS_DO_SET_USER_CODE, 0)},
	 .conditions = "a one-time code by post or handed out at the desk",
	 .source = SRC_XCA},
	REISSUE_OF("hicos", RP_SLOT_USER_CODE, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_REVOKE, 0),
			     SAY(DOORS_DO_APPLY_AGAIN, 0)},
		   .source = SRC_CMP),

	/* --- PIV --- */
	CHANGE_OF("piv", RP_SLOT_PIN, HOME, .steps = {HERE(RP_SLOT_PIN)}, .source = SRC_PIV),
	{.profile = "piv",
	 .slot = RP_SLOT_PIN,
	 .door = DOORS_PUK,
	 .need = DOORS_NEED_SECRET,
	 .with = RP_SLOT_PUK,
	 .where = DOORS_AT_HOME,
	 .bring = AT_HAND_HERE,
	 .lives = DOORS_LIVES_MINUTES,
	 .steps = {ENTER(DOORS_DO_ENTER_PUK, 0, RP_SLOT_PUK), SAY(DOORS_DO_SET_NEW, 0)},
	 .conditions = "the PUK is known and not locked",
	 .source = SRC_PIV},
	REISSUE_OF("piv", RP_SLOT_PIN, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_ASK_ISSUER, 0)},
		   .source = SRC_PIV "; " SRC_CMP),
	CHANGE_OF("piv", RP_SLOT_PUK, HOME, .steps = {HERE(RP_SLOT_PUK)}, .source = SRC_PIV),
	REISSUE_OF("piv", RP_SLOT_PUK, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_CARD_WORKS_ON, DOORS_WHEN_ALIVE),
			     SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_ASK_ISSUER, 0)},
		   .source = SRC_PIV "; " SRC_CMP),

	/* --- OpenPGP --- */
	CHANGE_OF("openpgp", RP_SLOT_PW1, HOME, .steps = {HERE(RP_SLOT_PW1)}, .source = SRC_PGP),
	{.profile = "openpgp",
	 .slot = RP_SLOT_PW1,
	 .door = DOORS_RESETTING_CODE,
	 .need = DOORS_NEED_SECRET,
	 .with = RP_SLOT_RC,
	 .where = DOORS_AT_HOME,
	 .bring = AT_HAND_HERE,
	 .lives = DOORS_LIVES_MINUTES,
	 .steps = {ENTER(DOORS_DO_ENTER_RESETTING_CODE, 0, RP_SLOT_RC), SAY(DOORS_DO_SET_NEW, 0)},
	 .conditions = "a resetting code was set, is known and not locked",
	 .source = SRC_PGP},
	{.profile = "openpgp",
	 .slot = RP_SLOT_PW1,
	 .door = DOORS_RESETTING_CODE,
	 .need = DOORS_NEED_SECRET,
	 .with = RP_SLOT_PW3,
	 .where = DOORS_AT_HOME,
	 .bring = AT_HAND_HERE,
	 .lives = DOORS_LIVES_MINUTES,
	 .steps = {ENTER(DOORS_DO_ENTER_ADMIN_PIN, 0, RP_SLOT_PW3), SAY(DOORS_DO_SET_NEW, 0)},
	 .conditions = "the admin PIN (PW3) is known and not locked",
	 .source = SRC_PGP},
	REISSUE_OF("openpgp", RP_SLOT_PW1, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_ERASE_ALL, 0)},
		   .source = SRC_PGP),
	CHANGE_OF("openpgp", RP_SLOT_PW3, HOME, .steps = {HERE(RP_SLOT_PW3)}, .source = SRC_PGP),
	REISSUE_OF("openpgp", RP_SLOT_PW3, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_CARD_WORKS_ON, DOORS_WHEN_ALIVE),
			     SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_ERASE_ALL, 0)},
		   .source = SRC_PGP),
	{.profile = "openpgp",
	 .slot = RP_SLOT_RC,
	 .door = DOORS_RESETTING_CODE,
	 .need = DOORS_NEED_SECRET,
	 .with = RP_SLOT_PW3,
	 .where = DOORS_AT_HOME,
	 .bring = AT_HAND_HERE,
	 .lives = DOORS_LIVES_MINUTES,
	 .steps = {ENTER(DOORS_DO_ENTER_ADMIN_PIN, 0, RP_SLOT_PW3), SAY(DOORS_DO_SET_RESETTING_CODE, 0)},
	 .conditions = "the admin PIN (PW3) sets a new resetting code",
	 .source = SRC_PGP},
	REISSUE_OF("openpgp", RP_SLOT_RC, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_CARD_WORKS_ON, DOORS_WHEN_ALIVE),
			     SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_ERASE_ALL, 0)},
		   .source = SRC_PGP),

	/* --- GIDS --- */
	CHANGE_OF("gids", RP_SLOT_PIN, HOME, .steps = {HERE(RP_SLOT_PIN)}, .source = SRC_GIDS),
	{.profile = "gids",
	 .slot = RP_SLOT_PIN,
	 .door = DOORS_HELP_DESK,
	 .where = DOORS_AT_HOME | DOORS_BY_PHONE,
	 .bring = AT_HAND_HERE,
	 .lives = DOORS_LIVES_MINUTES,
	 .steps = {SAY(DOORS_DO_CALL_HELP_DESK, 0), SAY(DOORS_DO_HELP_DESK_ANSWERS, 0),
		   SAY(DOORS_DO_SET_NEW, 0)},
	 .conditions = "the help desk knows the caller; in its hours",
	 .source = SRC_GIDS},
	REISSUE_OF("gids", RP_SLOT_PIN, .bring = DOORS_BRING_CARD,
		   .steps = {SAY(DOORS_DO_BE_SURE, DOORS_WHEN_ALIVE), SAY(DOORS_DO_ASK_ISSUER, 0)},
		   .source = SRC_GIDS "; " SRC_CMP),
};
const size_t n_doors_rows = sizeof doors_rows / sizeof doors_rows[0];

#define SRC_TWO "support page of a signing service, \"locked though the PIN is new\" (seed 002)"

const struct doors_trap_row doors_traps[] = {
	{"mynumber", RP_SLOT_AUTH, DOORS_TRAP_TWO_APPLICATIONS, 0, SRC_TWO},
	{"mynumber", RP_SLOT_TEXT, DOORS_TRAP_TWO_APPLICATIONS, 0, SRC_TWO},
	{"mynumber", RP_SLOT_NONE, DOORS_TRAP_COUNTS_ELSEWHERE, 0, SRC_TWO},
	{"mynumber-mobile", RP_SLOT_NONE, DOORS_TRAP_COUNTS_ELSEWHERE, 0, SRC_TWO},
	{"mynumber", RP_SLOT_SIGN, DOORS_TRAP_NO_SIGNATURE_UNDER_15, DOORS_WHEN_UNDER_15, SRC_TWO},
	{"mynumber", RP_SLOT_AUTH, DOORS_TRAP_NO_SIGNATURE_UNDER_15, DOORS_WHEN_UNDER_15, SRC_TWO},
	{"aosign", RP_SLOT_PIN, DOORS_TRAP_COUNTS_ELSEWHERE, 0, SRC_NDN},
	{"aosign", RP_SLOT_NONE, DOORS_TRAP_LETTER_KILLS, DOORS_WHEN_ALIVE, SRC_NDN},
	{"hicos", RP_SLOT_NONE, DOORS_TRAP_NO_FOREIGN_UNLOCK, 0, SRC_XCA},
	{"hicos", RP_SLOT_NONE, DOORS_TRAP_CASE_COUNTS, 0, SRC_XCA},
	{NULL, RP_SLOT_NONE, DOORS_TRAP_RESERVATION_OVER, DOORS_WHEN_OVER,
	 "Inagi city page (24 hours: start over)"},
	{NULL, RP_SLOT_NONE, DOORS_TRAP_TRIES_NOT_TOLD, DOORS_WHEN_NOT_TOLD,
	 "docs/wire.md (what no card may be asked)"},
	{NULL, RP_SLOT_NONE, DOORS_TRAP_CARD_EXPIRED, DOORS_WHEN_EXPIRED, SRC_KIOSK},
};
const size_t n_doors_traps = sizeof doors_traps / sizeof doors_traps[0];

#define SRC_CERTIFICATES                                                                                     \
	"municipal pages on the certificates (none for signing under 15, as a rule none for adult wards)"

const struct doors_why_row doors_whys[] = {
	{"mynumber", RP_SLOT_SIGN, DOORS_WHY_UNDER_15, DOORS_WHEN_UNDER_15, SRC_CERTIFICATES "; seed 002"},
	{"mynumber", RP_SLOT_SIGN, DOORS_WHY_WARD, DOORS_WHEN_WARD, SRC_CERTIFICATES},
	{"mynumber", RP_SLOT_SIGN, DOORS_WHY_NO_SIGNATURE, 0, SRC_CERTIFICATES},
	{"mynumber", RP_SLOT_AUTH, DOORS_WHY_NO_AUTHENTICATION, 0, SRC_CERTIFICATES},
	{"openpgp", RP_SLOT_RC, DOORS_WHY_NO_RESETTING_CODE, 0, SRC_PGP},
	{NULL, RP_SLOT_NONE, DOORS_WHY_NEVER_SET, 0, "ours: no family says more"},
};
const size_t n_doors_whys = sizeof doors_whys / sizeof doors_whys[0];
