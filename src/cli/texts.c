/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said about each PIN: which one is meant, what its limit is and what follows, and
 * why something is not done here. One row per PIN of a family, so that a new family brings a
 * row and its translations, not code. The ways back are rules/doors.h's (way.c).
 *
 * Sources: the holders' pages of J-LIS and municipalities (My Number), of NDN (AOSign) and
 * of the Taiwanese GPKI (HiCOS); the specifications of PIV, OpenPGP and GIDS.
 */
#include "cli/cli.h"

#include <string.h>

struct pin_text {
	const char *profile;
	rp_slot slot;
	const char *which;     /* which PIN is meant */
	const char *limit;     /* %d: wrong entries that lock it */
	const char *no_change; /* why `change` is not for it */
	const char *no_unlock; /* why `unlock` is not for it, NULL: the way back says it */
	const char *unknown;   /* why the state cannot be told */
};

#define CODE_WHY                                                                                             \
	N_("The card carries this code from its issue, and nobody can change it. It follows from data "      \
	   "printed on the card.")
#define PHONE_WHY                                                                                            \
	N_("The PINs of certificates on a smartphone are changed and reset only in the Mynaportal app on "   \
	   "that smartphone, not here and not at a counter.")
#define TWO_PINS                                                                                             \
	N_("This is the 4-digit PIN of the user authentication certificate, for logging in (for example to " \
	   "Mynaportal) and at reception desks. The PIN of the card surface input support is another one, "  \
	   "even where both are the same four digits: each is changed and locked on its own.")
#define HICOS_TOOL                                                                                           \
	N_("Use the HiCOS card tool of Chunghwa Telecom, or the page of the card's issuer for unlocking "    \
	   "and setting a new PIN with the user code. Never use 'Unlock PIN' of SafeSign or another "        \
	   "foreign tool: it can ruin the card.")

static const struct pin_text texts[] = {
	{.profile = "mynumber",
	 .slot = RP_SLOT_SIGN,
	 .which = N_("This is the long password of 6 to 16 letters and digits, for signing. Its letters are "
		     "always sent in upper case. It is not one of the 4-digit PINs."),
	 .limit = N_("%d wrong entries in a row lock this PIN. Then it must be reset: at a convenience "
		     "store, if you know the PIN of the user authentication certificate, or at the counter "
		     "of your municipality.")},
	{.profile = "mynumber",
	 .slot = RP_SLOT_AUTH,
	 .which = TWO_PINS,
	 .limit = N_("%d wrong entries in a row lock this PIN. Then it must be reset: at a convenience store "
		     "that resets this PIN, if you know the PIN of the signature certificate, or at the "
		     "counter of your municipality.")},
	{.profile = "mynumber",
	 .slot = RP_SLOT_TEXT,
	 .which = N_("This is the 4-digit PIN with which programs read name, address and My Number from the "
		     "card. The PIN of the user authentication certificate is another one, even where both "
		     "are the same four digits: each is changed and locked on its own."),
	 .limit = N_("%d wrong entries in a row lock this PIN. Then only the counter of your municipality "
		     "can reset it.")},
	{.profile = "mynumber",
	 .slot = RP_SLOT_JUKI,
	 .which = N_("This is the 4-digit PIN that is asked at the counter, for example after moving. The "
		     "card keeps it in two places, and both are changed."),
	 .limit = N_("%d wrong entries in a row lock this PIN. Then only the counter of your municipality "
		     "can reset it.")},
	{.profile = "mynumber", .slot = RP_SLOT_CODE_A, .no_change = CODE_WHY, .no_unlock = CODE_WHY},
	{.profile = "mynumber", .slot = RP_SLOT_CODE_B, .no_change = CODE_WHY, .no_unlock = CODE_WHY},
	{.profile = "mynumber-mobile", .slot = RP_SLOT_SIGN, .no_change = PHONE_WHY, .no_unlock = PHONE_WHY},
	{.profile = "mynumber-mobile", .slot = RP_SLOT_AUTH, .no_change = PHONE_WHY, .no_unlock = PHONE_WHY},
	{.profile = "aosign",
	 .slot = RP_SLOT_PIN,
	 .which = N_("If you have never changed it, it is the PIN printed in the letter 'About the PIN' that "
		     "came with this card. If you have changed it, it is the PIN that you chose for the card "
		     "in the reader."),
	 .limit = N_("%d wrong entries in a row lock the card. Then it must be unlocked with the PIN of the "
		     "letter. Ten wrong entries in a row while unlocking make the card useless for good: it "
		     "must be revoked, and a new one applied for.")},
	{.profile = "aosign",
	 .slot = RP_SLOT_LETTER,
	 .which = N_("It is the PIN printed in the letter 'About the PIN' that came with this card, not the "
		     "one that you chose later."),
	 .limit = N_("%d wrong entries in a row of the PIN of the letter make the card useless for good, "
		     "even while its PIN still works. Then it must be revoked, and a new one applied for."),
	 .no_change = N_("The PIN of the letter stays as it is printed. Only the PIN of the card can be "
			 "changed: run 'repin change pin'."),
	 .no_unlock = N_("The PIN of the letter cannot be unlocked. It is what unlocks the card: run 'repin "
			 "unlock pin'.")},
	{.profile = "hicos",
	 .slot = RP_SLOT_PIN,
	 .which = N_("If you have never changed it, it is the first PIN that the card's issuer told you."),
	 .limit = N_("%d wrong entries in a row lock this PIN. Then it must be unlocked with the user code "
		     "on the issuer's page."),
	 .no_change = HICOS_TOOL,
	 .no_unlock = HICOS_TOOL,
	 .unknown = N_("No public and safe way is known to ask a HiCOS card how many tries are left, so "
		       "Repin does not ask.")},
	{.profile = "hicos",
	 .slot = RP_SLOT_USER_CODE,
	 .no_change = N_("The user code is kept by the card's issuer, not on the card. It is changed on the "
			 "issuer's page."),
	 .no_unlock = N_("The user code is kept by the card's issuer, not on the card. It is reset on the "
			 "issuer's page."),
	 .unknown = N_("Only the card's issuer knows the user code and its tries; the card does not.")},
	{.profile = "piv",
	 .slot = RP_SLOT_PIN,
	 .which = N_("This is the PIN of the card's PIV application, not of its OpenPGP or FIDO part."),
	 .limit = N_("%d wrong entries in a row lock this PIN. Then it must be unlocked with the PUK.")},
	{.profile = "piv",
	 .slot = RP_SLOT_PUK,
	 .which = N_("This is the PUK, which unlocks the PIN. It is not the PIN."),
	 .limit = N_("%d wrong entries in a row lock the PUK. A locked PUK cannot be unlocked; if the PIN is "
		     "lost too, only who issued the card can help."),
	 .no_unlock = N_("Nothing on the card unlocks the PUK. Ask who issued the card.")},
	{.profile = "openpgp",
	 .slot = RP_SLOT_PW1,
	 .which = N_("This is the user PIN, for signing and decrypting. It is not the admin PIN."),
	 .limit = N_("%d wrong entries in a row lock this PIN. Then it must be unlocked with the resetting "
		     "code or the admin PIN.")},
	{.profile = "openpgp",
	 .slot = RP_SLOT_PW3,
	 .which = N_("This is the admin PIN, for managing the card. It is not the user PIN."),
	 .limit = N_("%d wrong entries in a row lock the admin PIN for good. Then the card can no longer be "
		     "managed unless everything on it, keys included, is erased."),
	 .no_unlock = N_("Nothing unlocks the admin PIN.")},
	{.profile = "openpgp",
	 .slot = RP_SLOT_RC,
	 .which =
		 N_("It is the resetting code that was set together with the card. It is not the admin PIN."),
	 .limit = N_("%d wrong entries in a row lock the resetting code. Then the admin PIN is the only way "
		     "to unlock the user PIN."),
	 .no_change = N_("The resetting code is set with the admin PIN, by the program that manages the "
			 "card's keys."),
	 .no_unlock = N_("The resetting code is set anew with the admin PIN, by the program that manages the "
			 "card's keys.")},
	{.profile = "gids",
	 .slot = RP_SLOT_PIN,
	 .limit = N_("%d wrong entries in a row lock this PIN. Then the help desk of the card's issuer must "
		     "unlock it."),
	 .no_unlock = N_(
		 "This card is unlocked by the help desk of its issuer. By telephone: 'repin unlock pin "
		 "--by-phone'; on-line, for a case that it opens: 'repin reset pin --case ID'.")},
};

static const struct pin_text *find(const char *profile, rp_slot slot)
{
	static const struct pin_text none = {0};

	for (size_t i = 0; profile != NULL && i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].slot == slot && strcmp(texts[i].profile, profile) == 0)
			return &texts[i];
	return &none;
}

static const char *say(const char *text)
{
	return text != NULL ? _(text) : NULL;
}

const char *text_which(const char *profile, rp_slot slot)
{
	return say(find(profile, slot)->which);
}

const char *text_limit(const char *profile, rp_slot slot)
{
	const char *own = find(profile, slot)->limit;

	return own != NULL ? _(own) : _("%d wrong entries in a row lock this PIN.");
}

const char *text_no_change(const char *profile, rp_slot slot)
{
	return say(find(profile, slot)->no_change);
}

const char *text_no_unlock(const char *profile, rp_slot slot)
{
	return say(find(profile, slot)->no_unlock);
}

const char *text_state_unknown(const char *profile, rp_slot slot)
{
	return say(find(profile, slot)->unknown);
}

const char *text_success(const char *profile, enum deed deed)
{
	if (strcmp(profile, "hicos") == 0 && deed == DEED_RESET)
		return _("If this PIN ever locks, come back here with the user code. Never use 'Unlock PIN' "
			 "of "
			 "another program: it can ruin the card.");
	if (strcmp(profile, "aosign") != 0)
		return NULL;
	if (deed == DEED_UNLOCK)
		return _("Keep the letter: its PIN still unlocks this card, and the letter is never issued "
			 "again. Store it apart from the PIN that you have just set.");
	return _("Keep the letter 'About the PIN': the PIN printed in it still unlocks this card if it ever "
		 "locks, and the letter is never issued again. Store it apart from the new PIN.");
}
