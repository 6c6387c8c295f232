/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doors, reasons, steps and traps in words: a stable id for JSON and one English msgid each.
 * A sentence names no program and no screen, so that the command line, the pages and a clerk
 * can all say it.
 */
#include "rules/doors.h"

#include <string.h>

#define N_(text) (text)

struct word {
	const char *word, *text;
};

static const struct word doors[DOORS_IDS] = {
	[DOORS_CHANGE] = {"change", N_("Change it with the current PIN")},
	[DOORS_KIOSK] = {"kiosk", N_("Reset it at a kiosk in a convenience store")},
	[DOORS_COUNTER] = {"counter", N_("Reset it at the counter of your municipality")},
	[DOORS_APP] = {"app", N_("Reset it in the app on the smartphone")},
	[DOORS_LETTER] = {"letter", N_("Unlock it with the PIN of the letter")},
	[DOORS_USER_CODE] = {"user-code", N_("Set a new one with the user code")},
	[DOORS_USER_CODE_RESET] = {"user-code-reset", N_("Have the user code reset")},
	[DOORS_PUK] = {"puk", N_("Unlock it with the PUK")},
	[DOORS_RESETTING_CODE] = {"resetting-code", N_("Unlock it with the resetting code or the admin PIN")},
	[DOORS_HELP_DESK] = {"help-desk", N_("Have it unlocked by the help desk")},
	[DOORS_REISSUE] = {"re-issue", N_("Give the card up and get a new one")},
};

static const char *const lives[] = {
	[DOORS_LIVES_ALWAYS] = "always",     [DOORS_LIVES_MINUTES] = "minutes",
	[DOORS_LIVES_24_HOURS] = "24-hours", [DOORS_LIVES_DAY] = "day-or-visits",
	[DOORS_LIVES_DAYS] = "days",
};

struct reason_text {
	const char *word, *text, *opens;
};

static const struct reason_text reasons[DOORS_REASONS] = {
	[DOORS_WHY_NOT_KNOWN] = {"not-known", N_("It needs the current PIN, and that is not known for sure."),
				 N_("The PIN, if you find it in your notes.")},
	[DOORS_WHY_LOCKED] = {"locked", N_("The PIN is locked."),
			      N_("A reset; after it the PIN can be changed again.")},
	[DOORS_WHY_DEAD] = {"dead", N_("The card is dead: no PIN can bring it back."), ""},
	[DOORS_WHY_REVOKED] = {"revoked",
			       N_("The card is revoked: even with a working PIN nothing accepts it."), ""},
	[DOORS_WHY_NOT_SET] = {"not-set", N_("The card does not have this PIN."), ""},
	[DOORS_WHY_FIXED] = {"fixed", N_("It is printed and stays as it is."), ""},
	[DOORS_WHY_OTHER_NOT_KNOWN] =
		{"other-not-known",
		 N_("It needs the PIN of the other certificate, and that is not known for sure."),
		 N_("The PIN of the other certificate, if you find it in your notes.")},
	[DOORS_WHY_OTHER_LOCKED] =
		{"other-locked", N_("It needs the PIN of the other certificate, and that is locked too."),
		 N_("A reset of the other PIN; whoever resets that can reset this one as well.")},
	[DOORS_WHY_OTHER_NOT_SET] =
		{"other-not-set",
		 N_("It needs the PIN of the other certificate, and the card does not have that."), ""},
	[DOORS_WHY_NOT_AT_KIOSK] = {"not-at-kiosk",
				    N_("Kiosks reset the PINs of the two certificates only, not this one."),
				    ""},
	[DOORS_WHY_PHONE_ONLY] =
		{"phone-only",
		 N_("The PINs of a smartphone's certificates are reset and changed in the app on that "
		    "smartphone only: not at a kiosk, not at a counter, not on a web page."),
		 ""},
	[DOORS_WHY_APP_IS_FOR_PHONES] =
		{"app-is-for-phones",
		 N_("The app resets the PINs of the smartphone's certificates only, not those of "
		    "the card."),
		 ""},
	[DOORS_WHY_SECRET_NOT_KNOWN] =
		{"secret-not-known", N_("It needs a code that is not known for sure."),
		 N_("The code, if you find it in your notes or in the papers of the card.")},
	[DOORS_WHY_LETTER_LOST] =
		{"letter-lost",
		 N_("It needs the letter that came with the card, and that is not at hand. The letter is "
		    "never issued again, and the issuer keeps no PIN."),
		 N_("The letter, if you find it.")},
	[DOORS_WHY_SECRET_LOCKED] = {"secret-locked", N_("It needs a code that is locked itself."), ""},
	[DOORS_WHY_SECRET_NOT_SET] = {"secret-not-set",
				      N_("It needs a code that was never set on this card."), ""},
	[DOORS_WHY_CODE_BLOCKED] = {"code-blocked",
				    N_("The user code is blocked after three wrong entries in a row."),
				    N_("A reset of the user code.")},
	[DOORS_WHY_CODE_AT_ISSUER] = {"code-at-issuer",
				      N_("The user code is kept by the card's issuer, not on the card."),
				      N_("A reset of the user code gives a new one.")},
	[DOORS_WHY_FOREIGN_UNLOCK] =
		{"foreign-unlock",
		 N_("Never use 'Unlock PIN' of SafeSign or of another foreign program: it can make the "
		    "card useless."),
		 ""},
	[DOORS_WHY_ISSUER_KEEPS_NO_PIN] =
		{"issuer-keeps-no-pin",
		 N_("The issuer keeps no PIN and can reset none. Its help desk only guides you "
		    "through the unlocking with the letter."),
		 ""},
	[DOORS_WHY_CLOSED_NOW] = {"closed-now", N_("It is closed at this hour."), N_("The next opening.")},
	[DOORS_WHY_TOO_YOUNG] = {"too-young", N_("It can be had only from the 15th birthday."),
				 N_("The 15th birthday.")},
	[DOORS_WHY_WRONG_ENTRIES] =
		{"wrong-entries",
		 N_("Wrong entries stand against this PIN already: a reset is safer than another try."), ""},
	[DOORS_WHY_LAST_TRY] = {"last-try", N_("One try is left for the code that it needs."), ""},
	[DOORS_WHY_IN_PERSON] = {"in-person", N_("Only the holder in person can go this way."), ""},
	[DOORS_WHY_UNDER_15] =
		{"under-15",
		 N_("No signature certificate is issued to holders under 15, so the card has no such "
		    "PIN."),
		 N_("It can be applied for from the 15th birthday, at the counter of the municipality "
		    "where the holder is registered.")},
	[DOORS_WHY_WARD] =
		{"ward",
		 N_("As a rule no signature certificate is issued to adult wards, so the card has no such "
		    "PIN."),
		 N_("The counter of the municipality where the holder is registered tells whether it can be "
		    "had.")},
	[DOORS_WHY_NO_SIGNATURE] =
		{"no-signature-certificate",
		 N_("The card holds no signature certificate, so it has no such PIN. Holders under 15 "
		    "get none."),
		 N_("Those who are 15 or older can apply for it at any time, at the counter of the "
		    "municipality where they are registered.")},
	[DOORS_WHY_NO_AUTHENTICATION] =
		{"no-authentication-certificate",
		 N_("The card holds no user authentication certificate with a PIN."),
		 N_("It can be applied for at any time, at the counter of the municipality "
		    "where the holder is registered.")},
	[DOORS_WHY_NO_RESETTING_CODE] =
		{"no-resetting-code", N_("No resetting code was set on this card; it is made without one."),
		 N_("Whoever knows the admin PIN can set one at any time.")},
	[DOORS_WHY_NEVER_SET] = {"never-set", N_("This PIN was not set when the card was made."),
				 N_("Who issued the card can tell where it can be had.")},
};

static const struct word steps[DOORS_STEPS] = {
	[DOORS_DO_NOT_GUESS] = {"do-not-guess",
				N_("Do not guess: wrong entries add up, in whatever program they are made.")},
	[DOORS_DO_LOOK_IN_NOTES] = {"look-in-notes",
				    N_("Look for your PINs and codes in your notes and in the papers that "
				       "came with the card. What is not there, do not try: go on at once.")},
	[DOORS_DO_LOOK_IN_LETTER] =
		{"look-in-letter",
		 N_("Look in the letter that came with the card: unless you have changed the PIN, it is the "
		    "one printed there. If you have changed it, go on at once.")},
	[DOORS_DO_LOOK_FOR_LETTER] =
		{"look-for-letter",
		 N_("Look for the letter that came with the card, and in your notes: unless you have changed "
		    "the PIN, it is the one printed in the letter, and that one also unlocks the card.")},
	[DOORS_DO_UNTICK_SAME_PIN] =
		{"untick-same-pin",
		 N_("In the other program untick 'the PIN of the card surface input support is the "
		    "same' before you set the new PIN. Left ticked, it spends the other PIN's tries.")},
	[DOORS_DO_CHANGE_HERE] = {"enter-current", N_("Enter the current PIN, and the new one twice.")},
	[DOORS_DO_CHANGE_FIRST_PIN] =
		{"which-current-pin",
		 N_("If you have never changed it, the current PIN is the one printed in the letter; "
		    "otherwise the one that you chose for the card in the reader.")},
	[DOORS_DO_CHANGE_IN_APP] =
		{"enter-current-in-app",
		 N_("In the Mynaportal app on that smartphone choose to change the PIN: enter the "
		    "current one, and the new one twice.")},
	[DOORS_DO_CHANGE_VENDOR] =
		{"enter-current-in-vendor-tool",
		 N_("In the HiCOS card tool, or on the page of the card's issuer, choose to change the "
		    "PIN: enter the current one, and the new one twice.")},
	[DOORS_DO_RESERVE_LATER] =
		{"reserve-later",
		 N_("The kiosks stay closed for more than a day: reserve only when they open within 24 "
		    "hours.")},
	[DOORS_DO_RESERVE] = {"reserve",
			      N_("Reserve the reset: enter the PIN of the other certificate as proof.")},
	[DOORS_DO_RESERVE_JLIS] =
		{"reserve-in-app",
		 N_("Reserve in the reset app of J-LIS on a smartphone: it takes a picture of the card, "
		    "asks for the PIN of the other certificate, and compares your face with the photo in "
		    "the chip.")},
	[DOORS_DO_WITHIN_24_HOURS] =
		{"within-24-hours",
		 N_("From then you have 24 hours. After them start again from the beginning.")},
	[DOORS_DO_RESERVED] = {"reserved", N_("Your reservation is open already; go before it ends.")},
	[DOORS_DO_GO_TO_KIOSK] =
		{"go-to-kiosk",
		 N_("Go to a convenience store whose kiosk resets the PIN of the signature certificate.")},
	[DOORS_DO_GO_TO_KIOSK_BOTH] =
		{"go-to-kiosk-both",
		 N_("Go to a convenience store whose kiosk also resets the PIN of the user "
		    "authentication certificate; not every chain does.")},
	[DOORS_DO_KIOSK_PROVE] = {"prove-at-kiosk",
				  N_("Put the card on the kiosk and enter the PIN of the other "
				     "certificate once more.")},
	[DOORS_DO_SET_NEW] = {"set-new", N_("Choose the new PIN and enter it twice.")},
	[DOORS_DO_WAIT_TILL_15] = {"wait-till-15",
				   N_("Wait for the 15th birthday: before it nobody can get it.")},
	[DOORS_DO_GO_ON_WITH_CASE] = {"go-on-with-case",
				      N_("A case is open at the counter already: go on with it there.")},
	[DOORS_DO_GO_TO_COUNTER] =
		{"go-to-counter",
		 N_("Take the card to the counter of the municipality where the holder is registered; "
		    "other municipalities cannot help.")},
	[DOORS_DO_BRING_SELF] =
		{"bring-self",
		 N_("Bring one identity document of list A or one of list B; the card itself is not "
		    "counted.")},
	[DOORS_DO_BRING_SOMEBODY] =
		{"representative-must-apply",
		 N_("A holder under 15 or an adult ward cannot apply, and cannot send an agent: the "
		    "legal representative has to come.")},
	[DOORS_DO_NOT_REPRESENTED] =
		{"holder-or-agent",
		 N_("A legal representative applies for a holder under 15 or an adult ward only: this "
		    "holder has to come, or to send an agent.")},
	[DOORS_DO_BRING_REPRESENTATIVE] =
		{"bring-representative",
		 N_("Bring what the holder would bring, and the representative's documents: two "
		    "of list A, or one of A and one of B; for a child under 15 the family "
		    "register, for a ward the certificate of guardianship.")},
	[DOORS_DO_AGENT_FIRST_VISIT] =
		{"agent-first-visit",
		 N_("First visit: the agent applies with the card. The office sends a letter to the "
		    "holder's registered address. The PIN is never set on that day.")},
	[DOORS_DO_AGENT_SECOND_VISIT] =
		{"agent-second-visit",
		 N_("Second visit: the agent brings the holder's sealed answer, the card, and both "
		    "persons' documents.")},
	[DOORS_DO_SET_NEW_AT_COUNTER] = {"set-new-at-counter",
					 N_("Type the new PIN there yourself; the clerk does not see it.")},
	[DOORS_DO_APPLY_MISSING] = {"apply-for-it",
				    N_("Apply there for what the card lacks, and choose its PIN.")},
	[DOORS_DO_ASK_ABOUT_CODE] =
		{"ask-about-code",
		 N_("The code follows from what is printed on the card, so it cannot be forgotten. What "
		    "can be done for a locked one is not public: ask.")},
	[DOORS_DO_CARD_FIRST] =
		{"card-first",
		 N_("First give the My Number Card itself a working signature PIN, through its own doors: "
		    "the app asks for it.")},
	[DOORS_DO_APP_RESET] = {"start-in-app",
				N_("In the Mynaportal app on that smartphone choose to reset the PIN of its "
				   "certificate.")},
	[DOORS_DO_APP_CARD_PROOF] =
		{"prove-by-card",
		 N_("Enter the signature PIN of the My Number Card and hold the card to the phone.")},
	[DOORS_DO_APP_UNLOCK_PHONE] = {"unlock-phone",
				       N_("Unlock the phone as you always do; no PIN of the card is "
					  "needed.")},
	[DOORS_DO_APP_HOLDER_ONLY] = {"holder-only",
				      N_("The holder has to do this, on the holder's own phone.")},
	[DOORS_DO_TAKE_LETTER] =
		{"take-letter",
		 N_("Take the letter that came with the card. The help desk of the issuer guides you if you "
		    "wish.")},
	[DOORS_DO_ENTER_LETTER_PIN] =
		{"enter-letter-pin",
		 N_("Enter the PIN printed in the letter, character by character, not one that you "
		    "chose later.")},
	[DOORS_DO_KEEP_LETTER] =
		{"keep-letter",
		 N_("Keep the letter, apart from the new PIN: it is never issued again, and its PIN still "
		    "unlocks this card.")},
	[DOORS_DO_LETTER_IS_KEY] =
		{"letter-is-key",
		 N_("Nothing has to be done: the PIN of the letter never changes, and it is what unlocks "
		    "the card's own PIN.")},
	[DOORS_DO_ENTER_PUK] = {"enter-puk", N_("Enter the PUK.")},
	[DOORS_DO_ENTER_RESETTING_CODE] = {"enter-resetting-code", N_("Enter the resetting code.")},
	[DOORS_DO_ENTER_ADMIN_PIN] = {"enter-admin-pin", N_("Enter the admin PIN (PW3).")},
	[DOORS_DO_SET_RESETTING_CODE] =
		{"set-resetting-code",
		 N_("Set a new resetting code with the program that manages the card's keys.")},
	[DOORS_DO_OPEN_ISSUER_PAGE] =
		{"open-issuer-page",
		 N_("Open the page of the card's issuer for unlocking a card and setting a new PIN.")},
	[DOORS_DO_CHECK_CARD_DATA] =
		{"check-card-data",
		 N_("Check that number, holder and validity on the screen are those of your card.")},
	[DOORS_DO_ENTER_USER_CODE] =
		{"enter-user-code",
		 N_("Enter the user code: 6 to 10 characters, upper and lower case differ.")},
	[DOORS_DO_ASK_CODE_RESET] = {"ask-code-reset", N_("Ask the card's issuer to reset the user code.")},
	[DOORS_DO_PROVE_BY_PIN] = {"prove-by-pin", N_("Enter the card's PIN as proof.")},
	[DOORS_DO_WAIT_FOR_CODE] =
		{"one-time-code",
		 N_("You get a one-time code, by post or at the issuer's desk; it serves once.")},
	[DOORS_DO_SET_USER_CODE] = {"set-user-code", N_("Choose a new user code and enter it twice.")},
	[DOORS_DO_CALL_HELP_DESK] = {"call-help-desk",
				     N_("Call the help desk of the card's issuer and show who you are.")},
	[DOORS_DO_HELP_DESK_ANSWERS] =
		{"challenge-response",
		 N_("The card gives a challenge, and the help desk the response to it: on-line, or "
		    "read over the telephone.")},
	[DOORS_DO_CARD_WORKS_ON] =
		{"card-works-on",
		 N_("While the PIN of the card works, the card works on: only when that PIN is lost too "
		    "is there no way back.")},
	[DOORS_DO_BE_SURE] =
		{"be-sure",
		 N_("This card is given up for good. Be sure first that none of the PINs and codes can be "
		    "found.")},
	[DOORS_DO_BE_SURE_LETTER_LOST] =
		{"be-sure-letter-lost",
		 N_("Be sure first that the letter is lost: a letter found later does not revive a "
		    "revoked card.")},
	[DOORS_DO_ASK_ISSUER] =
		{"ask-issuer",
		 N_("Ask who issued the card: nobody else can make it usable again or give you a new one.")},
	[DOORS_DO_ERASE_ALL] = {"erase-all", N_("Everything on the card, its keys included, has to be erased "
						"and made anew. Revoke the old "
						"keys where others trust them.")},
	[DOORS_DO_REVOKE] = {"revoke", N_("Have the card revoked.")},
	[DOORS_DO_APPLY_AGAIN] = {"apply-again", N_("Apply for a new card.")},
	[DOORS_DO_APPLY_AT_MUNICIPALITY] =
		{"apply-at-municipality",
		 N_("Have the card replaced at the municipality where the holder is registered.")},
	[DOORS_DO_APPLY_IN_APP] =
		{"apply-in-app", N_("Apply for the smartphone's certificate in the Mynaportal app, with the "
				    "card and its signature PIN.")},
};

static const struct word traps[DOORS_TRAPS] = {
	[DOORS_TRAP_TWO_APPLICATIONS] =
		{"two-applications",
		 N_("User authentication and card surface input support have two PINs, each with its "
		    "own tries, even where both are the same four digits.")},
	[DOORS_TRAP_COUNTS_ELSEWHERE] =
		{"counts-elsewhere",
		 N_("Wrong entries in every program and service count together; a right one sets the "
		    "count back.")},
	[DOORS_TRAP_NO_SIGNATURE_UNDER_15] = {"no-signature-under-15",
					      N_("Holders under 15 have no signature PIN.")},
	[DOORS_TRAP_NO_FOREIGN_UNLOCK] =
		{"no-foreign-unlock",
		 N_("Never use 'Unlock PIN' of SafeSign or of another foreign program: it can make the "
		    "card useless.")},
	[DOORS_TRAP_LETTER_KILLS] =
		{"letter-kills",
		 N_("Ten wrong entries in a row of the letter's PIN make the card useless for good, even "
		    "while its own PIN still works.")},
	[DOORS_TRAP_CASE_COUNTS] = {"case-counts",
				    N_("The user code is not the PIN, and upper and lower case differ in it. "
				       "Three wrong entries in a row block it.")},
	[DOORS_TRAP_RESERVATION_OVER] =
		{"reservation-over",
		 N_("The 24 hours of your reservation are over: start again from the beginning.")},
	[DOORS_TRAP_TRIES_NOT_TOLD] =
		{"tries-not-told",
		 N_("This card does not tell how many tries are left. Take every entry for the last "
		    "one.")},
	[DOORS_TRAP_CARD_EXPIRED] =
		{"card-expired",
		 N_("The card's validity is over. A new PIN does not prolong it: ask for its renewal.")},
};

/* "" where a row is empty or the number is none: a screen never shows "(null)". */
static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

const char *doors_word(enum doors_id id)
{
	return id < DOORS_IDS ? or_empty(doors[id].word) : "";
}

const char *doors_title(enum doors_id id)
{
	return id < DOORS_IDS ? or_empty(doors[id].text) : "";
}

enum doors_id doors_from_word(const char *word)
{
	for (unsigned i = DOORS_NONE + 1; word != NULL && i < DOORS_IDS; i++)
		if (strcmp(doors[i].word, word) == 0)
			return (enum doors_id)i;
	return DOORS_NONE;
}

const char *doors_lives_word(enum doors_lives l)
{
	return l < sizeof lives / sizeof lives[0] ? lives[l] : "";
}

const char *doors_reason_word(enum doors_reason r)
{
	return r < DOORS_REASONS ? or_empty(reasons[r].word) : "";
}

const char *doors_reason_text(enum doors_reason r)
{
	return r < DOORS_REASONS ? or_empty(reasons[r].text) : "";
}

const char *doors_reason_opens(enum doors_reason r)
{
	return r < DOORS_REASONS ? or_empty(reasons[r].opens) : "";
}

const char *doors_step_word(enum doors_step_id s)
{
	return s < DOORS_STEPS ? or_empty(steps[s].word) : "";
}

const char *doors_step_text(enum doors_step_id s)
{
	return s < DOORS_STEPS ? or_empty(steps[s].text) : "";
}

const char *doors_trap_word(enum doors_trap t)
{
	return t < DOORS_TRAPS ? or_empty(traps[t].word) : "";
}

const char *doors_trap_text(enum doors_trap t)
{
	return t < DOORS_TRAPS ? or_empty(traps[t].text) : "";
}
