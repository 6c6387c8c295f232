/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences for pages (--pages): whoever reads them has buttons, not commands and options. One row for each
 * sentence of a terminal that names one; all others are the same in both places.
 */
#include "cli/cli.h"

#include <string.h>

static bool for_pages;

static const struct {
	const char *terminal, *page;
} others[] = {
	{"'repin ledger --wipe --all' removes it.",
	 N_("“What this machine saw” has a button that removes it.")},
	{"Reader '%s' has keys of its own: 'repin change --pinpad' uses them.",
	 N_("Reader '%s' has keys of its own; the program on the command line can use them.")},
	{"'repin resolve' with both PINs, the old and the new one, sets the new one in both places.",
	 N_("With both PINs, the old and the new one, the new one is set in both places.")},
	{"'repin resolve' on a terminal, or with the new PIN by --secrets-fd, finds out. A right entry "
	 "spends no "
	 "try, a wrong one spends one.",
	 N_("The new PIN finds out. A right entry spends no try, a wrong one spends one.")},
	{"Insert that card and run 'repin resolve' again.", N_("Put that card in.")},
	{"Memory could not be locked against being written to disk (ulimit -l). 'repin doctor' tells more.",
	 N_("Memory could not be locked against being written to disk. The check-up tells more.")},
	{"Bring Repin up to date. If that does not help, report it, with the output of --verbose.",
	 N_("Bring Repin up to date. If that does not help, report it.")},
	{"'repin doors' tells where it is done: at home, at a kiosk or at a counter.",
	 N_("The ways back tell where it is done: at home, at a kiosk or at a counter.")},
	{"Another kiosk may; 'repin reserve' and the issuer's page name them.",
	 N_("Another kiosk may; the reservation and the issuer's page name them.")},
	{"Open one with the card's other PIN first: 'repin reserve'.",
	 N_("Reserve first, with the card's other PIN: at home, in the app, or where Repin is installed.")},
	{"Open a new one: 'repin reserve'.", N_("Reserve anew, with the card's other PIN.")},
	{"Have one set: 'repin reset user-code', with the card's PIN or with a one-time code of the issuer.",
	 N_("Set a new user code, with the card's PIN or with a one-time code of the issuer.")},
	{"Do not guess. Compare it with your notes, character by character; capital and small letters of a "
	 "user "
	 "code are different ones. With --show you see what you type.",
	 N_("Do not guess. Compare it with your notes, character by character; capital and small letters of "
	    "a "
	    "user code are different ones. You can have your entry shown.")},
	{"The card is not locked by this: if its PIN worked before, it works on. Have the user code reset: "
	 "'repin reset user-code', with the card's PIN or with a one-time code of the issuer.",
	 N_("The card is not locked by this: if its PIN worked before, it works on. Set a new user code, "
	    "with "
	    "the card's PIN or with a one-time code of the issuer.")},
	{"Choose one with --card-reader.", N_("Leave only the right one in a reader.")},
	{"Name the file with --device-key FILE.", N_("Start the page with the key of the phone.")},
	{"Run it without --device-key.", N_("Start the page without the key of a phone.")},
	{"'repin doors' tells when it opens.", N_("The ways back tell when it opens.")},
	{"It opens a case and gives you a one-time code: then 'repin reset pin --case ID'. By telephone: "
	 "'repin "
	 "unlock pin --by-phone'. Nothing was sent to the card.",
	 N_("It opens a case and gives you a one-time code. Nothing was sent to the card.")},
	{"Only the counter can reset this PIN. What to bring: 'repin doors'. Nothing was sent to the card.",
	 N_("Only the counter can reset this PIN; the ways back tell what to bring. Nothing was sent to the "
	    "card.")},
	{"The PIN of the letter stays as it is printed. Only the PIN of the card can be changed: run 'repin "
	 "change pin'.",
	 N_("The PIN of the letter stays as it is printed. Only the PIN of the card can be changed.")},
	{"The PIN of the letter cannot be unlocked. It is what unlocks the card: run 'repin unlock pin'.",
	 N_("The PIN of the letter cannot be unlocked. It is what unlocks the card.")},
	{"Make sure that this card and this PIN are meant. With --show you see what you type.",
	 N_("Make sure that this card and this PIN are meant. You can have your entry shown.")},
	{"Unlock the PIN again. Compare the secret with your notes, character by character; with --show you "
	 "see "
	 "what you type.",
	 N_("Unlock the PIN again. Compare the secret with your notes, character by character; you can have "
	    "your entry shown.")},
	{"If this secret locks, the card is dead for good. Compare the entry with the paper, character by "
	 "character; with --show you see what you type. The help desk of the card's issuer can guide you.",
	 N_("If this secret locks, the card is dead for good. Compare the entry with the paper, character by "
	    "character; you can have your entry shown. The help desk of the card's issuer can guide you.")},
	{"Do not guess. Compare the entry with your notes, character by character; with --show you see what "
	 "you "
	 "type.",
	 N_("Do not guess. Compare the entry with your notes, character by character; you can have your "
	    "entry "
	    "shown.")},
	{"Nothing was sent to the card. If you are sure of the entry, add --last-try; if not, do not guess.",
	 N_("Nothing was sent to the card. If you are sure of the entry, say so before you go on; if not, do "
	    "not guess.")},
	{"Install it with 'sudo apt install pcscd' and start it with 'sudo systemctl start pcscd.socket'. "
	 "Then "
	 "run 'repin doctor'.",
	 N_("Install it with 'sudo apt install pcscd' and start it with 'sudo systemctl start pcscd.socket'. "
	    "This page sees it at once.")},
	{"'repin profiles' lists the kinds that it knows. Nothing that could spend a try was sent to the "
	 "card.",
	 N_("Nothing that could spend a try was sent to the card.")},
	{"Close the other program, run 'repin status' and start again.",
	 N_("Close the other program and start again.")},
	{"Make room on the disk, or name another directory with state-directory in repin.conf(5); with "
	 "--verbose "
	 "you see what failed.",
	 N_("Make room on the disk, or name another directory with state-directory in repin.conf(5).")},
	{"Nothing was changed on the card. Try again later; with --verbose you see what failed.",
	 N_("Nothing was changed on the card. Try again later.")},
	{"One place has the new PIN, the other the old one. Do not guess: 'repin resolve' with both PINs "
	 "makes "
	 "the two places the same. The counter of the municipality can set both anew, too.",
	 N_("One place has the new PIN, the other the old one. Do not guess: both PINs together make the two "
	    "places the same. The counter of the municipality can set both anew, too.")},
	{"Check that the card sits firmly and the reader's cable is fast, and run 'repin status' again.",
	 N_("Check that the card sits firmly and the reader's cable is fast. Then look again.")},
	{"Run 'repin status' to see the tries, and then choose another new PIN.",
	 N_("Choose another new PIN.")},
	{"Run 'repin status' to see the tries. The PIN is most likely still the old one.",
	 N_("The PIN is most likely still the old one.")},
	{"It is not certain whether the old or the new PIN is valid now; one of the two is. Do not try any "
	 "third "
	 "one. Run 'repin resolve': it finds out.",
	 N_("It is not certain whether the old or the new PIN is valid now; one of the two is. Do not try "
	    "any "
	    "third one. Put the card in again: this page finds out.")},
	{"No new PIN was sent: the old one is still valid. Run 'repin status' to see the tries, and then try "
	 "again.",
	 N_("No new PIN was sent: the old one is still valid. Put the card in again and try again.")},
	{"Try again; --timeout S allows S seconds.", N_("Try again.")},
	{"Correct the file (see repin.conf(5)), or name another one with --config.",
	 N_("Correct the file (see repin.conf(5)).")},
	{"Please report it, with the output of the same command with --verbose.", N_("Please report it.")},
	{"Choose one with --reader: %s.", N_("Leave one card in, or choose one of these readers: %s.")},
	{"This card is unlocked by the help desk of its issuer. By telephone: 'repin unlock pin --by-phone'; "
	 "on-line, for a case that it opens: 'repin reset pin --case ID'.",
	 N_("This card is unlocked by the help desk of its issuer.")},
	/* TRANSLATORS: the second %s is not shown */
	{"Way back: %s Steps: repin doors %s", N_("Way back: %s%.0s")},
};

void words_are_for_pages(void)
{
	for_pages = true;
}

const char *words_say(const char *text)
{
	for (size_t i = 0; for_pages && i < sizeof others / sizeof others[0]; i++)
		if (strcmp(others[i].terminal, text) == 0)
			return gettext(others[i].page);
	return gettext(text);
}
