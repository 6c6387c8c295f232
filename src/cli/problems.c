/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the issuer refused, for people: one row for each problem of repin/problems.h. Its title there is for
 * logs. What every refusal has in common, that nothing was changed on the card, is added once.
 */
#include "cli/issuer.h"

#include <stdio.h>
#include <string.h>

struct problem_text {
	const char *message, *next;
};

#define UPDATE N_("Bring Repin up to date. If that does not help, report it, with the output of --verbose.")
#define LATER N_("Nothing was counted. Try again in a few minutes.")
#define ASK N_("Ask the card's issuer.")
#define AGAIN N_("Start again.")

static const struct problem_text texts[RP_PROBLEMS_N] = {
	[RP_PROBLEM_MALFORMED] = {N_("The issuer's service does not understand what this program asks."),
				  UPDATE},
	[RP_PROBLEM_NOT_FOUND] = {N_("The issuer's service does not know what was asked for."),
				  N_("Check the number, and issuer-url in repin.conf(5).")},
	[RP_PROBLEM_METHOD] = {N_("The issuer's service does not take this kind of request."), UPDATE},
	[RP_PROBLEM_TOO_LARGE] = {N_("The request is too large for the issuer's service."), UPDATE},
	[RP_PROBLEM_MEDIA_TYPE] = {N_("The issuer's service does not take this form of request."), UPDATE},
	[RP_PROBLEM_KEY_REUSED] = {N_("The issuer's service has seen this request with another content."),
				   AGAIN},
	[RP_PROBLEM_TOO_MANY] = {N_("The issuer was asked too often, by this machine or for this card."),
				 N_("Wait before you try again; for a card it may be until tomorrow.")},
	[RP_PROBLEM_BUSY] = {N_("The issuer's service is busy."), LATER},
	[RP_PROBLEM_NOT_READY] = {N_("The issuer's service is not ready."), LATER},
	[RP_PROBLEM_FAULT] = {N_("The issuer's service has a fault."), LATER},
	[RP_PROBLEM_TERMINAL] = {N_("The issuer does not know this machine as one of its terminals."),
				 N_("Check terminal-certificate-file in repin.conf(5), or have the terminal "
				    "enrolled.")},
	[RP_PROBLEM_TERMINAL_LOCKED] = {N_("The issuer has locked this terminal."), ASK},
	[RP_PROBLEM_CLASS] =
		{N_("This is not done at this kind of place."),
		 N_("'repin doors' tells where it is done: at home, at a kiosk or at a counter.")},
	[RP_PROBLEM_APP_ONLY] =
		{N_("The PINs of the certificates on a smartphone are reset in the app on that "
		    "smartphone, and nowhere else."),
		 N_("Open the app on the smartphone.")},
	[RP_PROBLEM_DEVICE] =
		{N_("The issuer does not know this smartphone as the one of these certificates."),
		 N_("Register it in the app, with the signature PIN of the card that its "
		    "certificates came from.")},
	[RP_PROBLEM_SOURCE_CARD] = {N_("This is not the card that the smartphone's certificates came from."),
				    N_("Hold your own My Number Card to it, and start again.")},
	[RP_PROBLEM_CAPABILITY] = {N_("This terminal may not reset this PIN."),
				   N_("Another kiosk may; 'repin reserve' and the issuer's page name them.")},
	[RP_PROBLEM_SIGN_IN] = {N_("The operator is not signed in, or no longer."), AGAIN},
	[RP_PROBLEM_SIGN_IN_WRONG] =
		{N_("The name, the password or the one-time password is not right."),
		 N_("Wrong ones are counted, and a one-time password serves once: wait for "
		    "the next one.")},
	[RP_PROBLEM_ROLE] = {N_("This operator's role does not allow it."), N_("Ask a colleague who may.")},
	[RP_PROBLEM_OWN_CARD] = {N_("Nobody decides about their own card."), N_("Ask a colleague.")},
	[RP_PROBLEM_OFFICE] = {N_("Another office is responsible for this card."),
			       N_("It is that of the municipality where the holder is registered.")},
	[RP_PROBLEM_FOUR_EYES] = {N_("A second person has to agree to this."), N_("Ask an approver.")},
	[RP_PROBLEM_CARD_NOT_SHOWN] =
		{N_("The issuer does not recognise this card."),
		 N_("Is it a card of this issuer? If so, lay it down or insert it again, "
		    "and start again.")},
	[RP_PROBLEM_NONCE_OLD] = {N_("It took too long, and the issuer's number is no longer valid."), AGAIN},
	[RP_PROBLEM_CARD_SUSPENDED] = {N_("The card's issuer has suspended this card."), ASK},
	[RP_PROBLEM_CARD_REVOKED] = {N_("This card is revoked: even with a working PIN nothing accepts it."),
				     N_("Apply for a new card.")},
	[RP_PROBLEM_CARD_HALTED] = {N_("What this card tells of its resets does not agree with the issuer's "
				       "records."),
				    N_("People at the issuer have to look at it first.")},
	[RP_PROBLEM_SLOT] = {N_("The issuer cannot reset this PIN."), NULL},
	[RP_PROBLEM_STOPPED] = {N_("The issuer has stopped this way for the moment."),
				N_("Try again later, or ask the issuer about another way.")},
	[RP_PROBLEM_DOOR] = {N_("This way is not open for this PIN."), NULL},
	[RP_PROBLEM_EVIDENCE_MISSING] = {N_("Something is missing that the issuer asks for on this way."),
					 ASK},
	[RP_PROBLEM_EVIDENCE_EXTERNAL] = {N_("The issuer also asks for a check that is made elsewhere."),
					  ASK},
	[RP_PROBLEM_NO_RESERVATION] = {N_("There is no reservation for this PIN."),
				       N_("Open one with the card's other PIN first: 'repin reserve'.")},
	[RP_PROBLEM_RESERVATION_OVER] =
		{N_("The 24 hours of the reservation are over. It cannot be made longer."),
		 N_("Open a new one: 'repin reserve'.")},
	[RP_PROBLEM_PROOF_WRONG] = {N_("The card's signature does not fit."),
				    N_("Start again; if it stays so, the counter can help.")},
	[RP_PROBLEM_KEY_UNKNOWN] = {N_("The issuer does not know the certificate of this card."),
				    N_("It may be a new one that is not enrolled yet.")},
	[RP_PROBLEM_CERT_INVALID] = {N_("A certificate of the card is not valid any more."),
				     N_("It has to be renewed first.")},
	[RP_PROBLEM_CERT_REVOKED] = {N_("A certificate of the card is revoked."), ASK},
	[RP_PROBLEM_CRL_OLD] = {N_("The issuer cannot find out at the moment whether the card is revoked."),
				LATER},
	[RP_PROBLEM_CODE_MISSING] =
		{N_("No user code is set for this card."),
		 N_("Have one set: 'repin reset user-code', with the card's PIN or with a "
		    "one-time code of the issuer.")},
	[RP_PROBLEM_CODE_WRONG] =
		{N_("The code is wrong."),
		 N_("Do not guess. Compare it with your notes, character by character; capital "
		    "and small letters of a user code are different ones. With --show you see "
		    "what you type.")},
	[RP_PROBLEM_CODE_BLOCKED] =
		{N_("The user code is blocked: three wrong entries were made in a row."),
		 N_("The card is not locked by this: if its PIN worked before, it works on. "
		    "Have the user code reset: 'repin reset user-code', with the card's PIN or "
		    "with a one-time code of the issuer.")},
	[RP_PROBLEM_CODE_EXPIRED] = {N_("The time of the one-time code is over."),
				     N_("Ask the issuer for a new one.")},
	[RP_PROBLEM_CODE_RULE] =
		{N_("The issuer does not take this new user code: it must have 6 to 10 letters "
		    "and digits."),
		 N_("Choose another one and start again.")},
	[RP_PROBLEM_LETTER_LIMIT] = {N_("A one-time code was sent for this card less than a week ago."),
				     N_("Wait for the letter, or have one handed out at the desk.")},
	[RP_PROBLEM_LOSS_NOT_CERTAIN] =
		{N_("A revoked card stays revoked, also when the letter is found again later."),
		 N_("Ask the holder to look once more; go on only when the loss is certain.")},
	[RP_PROBLEM_REVOCATION_SENT] =
		{N_("The revocation is on its way to the authority or done. A letter that is found again "
		    "now does not make the card usable."),
		 N_("Apply for a new card.")},
	[RP_PROBLEM_CASE] = {N_("The issuer has no such case for this card and this PIN."),
			     N_("Compare the number of the case with the paper.")},
	[RP_PROBLEM_CASE_STATE] = {N_("The case is over, or its time is: it does not allow this any more."),
				   N_("Ask for a new one.")},
	[RP_PROBLEM_GRANTS_USED] = {N_("This case was used as often as it may be."),
				    N_("Ask for a new one.")},
	[RP_PROBLEM_OFFICE_CLOSED] = {N_("The office is closed at this hour."),
				      N_("'repin doors' tells when it opens.")},
	[RP_PROBLEM_KIOSK_CLOSED] = {N_("This kiosk does not serve at this hour. Nothing was used up."),
				     N_("Come back within its hours; a reservation stays good for 24 hours.")},
};

const char *problem_message(enum rp_problem p)
{
	return p > RP_PROBLEM_NONE && p < RP_PROBLEMS_N && texts[p].message != NULL ? _(texts[p].message)
										    : NULL;
}

const char *problem_next(enum rp_problem p)
{
	return p > RP_PROBLEM_NONE && p < RP_PROBLEMS_N && texts[p].next != NULL ? _(texts[p].next) : NULL;
}

static void add(char *dst, size_t cap, const char *text)
{
	const size_t at = strlen(dst);

	if (text != NULL)
		(void)snprintf(dst + at, cap - at, "%s%s", at > 0 ? text_gap() : "", text);
}

static const char *message_of(const struct trouble *t)
{
	const bool one_time = strcmp(t->err.field, "response") == 0;

	if (t->err.problem == RP_PROBLEM_CODE_WRONG && one_time)
		return _("The one-time code is wrong.");
	if (t->err.problem == RP_PROBLEM_CODE_WRONG && strcmp(t->err.field, "user-code") == 0)
		return _("The user code is wrong.");
	if (t->err.problem == RP_PROBLEM_CODE_BLOCKED && one_time)
		return _("The one-time code is used up: three wrong entries were made in a row.");
	return problem_message(t->err.problem);
}

static const char *next_of(const struct trouble *t)
{
	if (t->err.problem == RP_PROBLEM_CODE_BLOCKED && strcmp(t->err.field, "response") == 0)
		return _("Ask the issuer for a new one.");
	return problem_next(t->err.problem);
}

void problem_explain(struct trouble *t)
{
	const int left = t->err.tries_left;
	char tries[160];

	add(t->message, sizeof t->message, message_of(t));
	if (t->err.spent_at_issuer && left > 0) {
		(void)snprintf(tries, sizeof tries,
			       ngettext("%d try is left, counted at the issuer.",
					"%d tries are left, counted at the issuer.", (unsigned long)left),
			       left);
		add(t->message, sizeof t->message, tries);
	}
	/* An operator has no card before them. */
	if (t->deed != DEED_HELPDESK)
		add(t->next, sizeof t->next, _("Nothing was changed on the card."));
	add(t->next, sizeof t->next, next_of(t));
	if (t->profile != NULL && strcmp(t->profile, "hicos") == 0)
		add(t->next, sizeof t->next, _(doors_trap_text(DOORS_TRAP_NO_FOREIGN_UNLOCK)));
}
