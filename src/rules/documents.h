/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counter's calculator: is what lies on the desk enough to set a PIN of this card for this
 * person today, and if not, what is missing, in sentences that a clerk can read out.
 *
 * documents_check() is asked again whenever a document or a fact is added. It decides nothing
 * that the page of the city leaves to people: such a case comes out as VERDICT_CLERK, and the
 * clerk decides and writes the reason. Whether the office is open is rules/hours.h.
 *
 * No number and no image of a document is ever an input; only its kind, dates and match.
 *
 * Source: seed 004 (the public page of Inagi city, 2023-08-08); for agents also the practice of
 * other cities, marked so in the rows.
 */
#ifndef REPIN_RULES_DOCUMENTS_H
#define REPIN_RULES_DOCUMENTS_H

#include <stddef.h>

#include "rules/date.h"

enum document_list {
	LIST_NONE,
	LIST_A,	    /* "A government-issued photo ID" */
	LIST_B,	    /* "B No Photo ID" */
	LIST_POWER, /* shows that the representative is one; proves nobody's identity */
};

/* In the order of the page's lists. */
enum document_kind {
	DOC_NONE,
	DOC_A_DRIVER_LICENSE,
	DOC_A_MY_NUMBER_CARD,
	DOC_A_JUKI_CARD,
	DOC_A_PASSPORT,
	DOC_A_DISABILITY,
	DOC_A_DRIVING_HISTORY,
	DOC_A_RESIDENCE_CARD,
	DOC_A_SPECIAL_PERMANENT,
	DOC_A_OTHER,
	DOC_B_MY_NUMBER_CARD,
	DOC_B_HEALTH_INSURANCE,
	DOC_B_CARE_INSURANCE,
	DOC_B_PENSION_BOOK,
	DOC_B_PENSION_CERTIFICATE,
	DOC_B_PUBLIC_ASSISTANCE,
	DOC_B_MEDICAL,
	DOC_B_MATERNAL_HANDBOOK,
	DOC_B_BIRTH_REGISTRATION,
	DOC_B_RESIDENCE_CARD,
	DOC_B_SPECIAL_PERMANENT,
	DOC_B_STUDENT_ID,
	DOC_B_EMPLOYEE_ID,
	DOC_B_OTHER,
	DOC_FAMILY_REGISTER,
	DOC_GUARDIANSHIP,
	DOCUMENT_KINDS
};

/* A row of the lists. */
struct document_row {
	const char *word; /* in JSON */
	const char *name_en, *name_ja;
	const char *source;
	enum document_list list;
	enum document_kind paper; /* the row that is the same paper: a person has one of the two */
	bool expires;		  /* always bears a last day, so it has to be entered */
	bool must_show;		  /* not every one shows name and birth date, or name and address */
	bool named_by_clerk;	  /* "etc.": the clerk names it and gives the reason */
	struct date issued_from;  /* counts only when issued then or later; year 0 = any */
};

/* By kind; the row of DOC_NONE belongs to no list. */
extern const struct document_row documents[DOCUMENT_KINDS];

enum document_owner { OWNER_HOLDER, OWNER_APPLICANT /* representative or agent */ };

/* One document on the desk, as the clerk enters it. */
struct document_shown {
	enum document_kind kind;
	enum document_owner whose;
	struct date issued, valid_from, valid_to; /* year 0 = not printed on it */
	/* It shows that, and it is what the residence register says of the person; for the
	 * papers of LIST_POWER `name` is: they name the holder and the representative. */
	bool name_matches, birth_matches, address_matches;
	const char *named;  /* what an "etc." document is; "" for others */
	const char *reason; /* why the clerk takes an "etc." document; "" for others */
};

#define DOCUMENTS_SHOWN_MAX 12

enum applicant {
	APPLICANT_SELF,
	APPLICANT_REPRESENTATIVE, /* legal: of a holder under 15, or of an adult ward */
	APPLICANT_AGENT,	  /* voluntary */
};

enum counter_act {
	ACT_RESET,  /* the PIN is locked or not known */
	ACT_CHANGE, /* the PIN is known */
};

enum fact { FACT_UNKNOWN, FACT_NO, FACT_YES };

/* What the office's register, the card and the applicant say. Texts are never NULL. */
struct counter_case {
	enum applicant applicant;
	enum counter_act act;
	struct date today;
	const char *office_municipality; /* code, 5 digits; who plans a visit passes the holder's */
	const char *holder_municipality; /* the same, "" = not known yet */
	int holder_age;			 /* full years today (date_age_on), -1 = not known */
	bool holder_is_ward;		 /* an adult under guardianship */
	bool on_smartphone;		 /* it is about a PIN of a smartphone certificate */
	bool card_present;		 /* the card itself lies on the desk */
	bool current_pin_verified;	 /* the card took the current PIN of the slot to change */
	bool card_pin_confirmed;	 /* the card took another of its PINs; either is a supplement */
	enum fact same_household;	 /* holder and representative live in one */
	enum fact domicile_in_city;	 /* the holder's registered domicile (honseki) is in the city */
	enum fact applicant_resident;	 /* who stands here is registered as a resident of the city */
	bool representative_present;
	struct date letter_sent; /* agent: day of the first visit; year 0 = this is the first */
	bool answer_brought;	 /* agent: the holder's answer to the letter, as it has to be */
	struct document_shown shown[DOCUMENTS_SHOWN_MAX];
	size_t n_shown; /* at most DOCUMENTS_SHOWN_MAX */
};

enum document_verdict {
	VERDICT_REFUSED,    /* not here, or not in this way: the findings say where and how */
	VERDICT_NOT_ENOUGH, /* the findings say what is missing */
	VERDICT_CLERK,	    /* may be enough: a clerk decides and writes the reason */
	VERDICT_LETTER,	    /* agent's first visit: the letter goes out; no PIN is set today */
	VERDICT_ENOUGH,
	VERDICTS
};

enum rule_class {
	CLASS_REFUSED,	   /* ends the application here */
	CLASS_MISSING,	   /* has to be brought, shown or done */
	CLASS_CLERK,	   /* a clerk has to decide it */
	CLASS_NOT_COUNTED, /* why one document does not count; the finding names it */
	CLASS_NOTE,	   /* to know */
};

/* By class; what each means stands in document_rules[]. */
enum document_rule {
	RULE_OTHER_OFFICE,
	RULE_SMARTPHONE,
	RULE_SELF_UNDER_15,
	RULE_SELF_WARD,
	RULE_NOT_REPRESENTED,
	RULE_AGENT_UNDER_15,
	RULE_AGENT_WARD,
	RULE_AGENT_SAME_DAY,
	RULE_DAY,
	RULE_MUNICIPALITY,
	RULE_AGE,
	RULE_CARD,
	RULE_CURRENT_PIN,
	RULE_HOLDER_DOCUMENT,
	RULE_REPRESENTATIVE_PRESENT,
	RULE_REPRESENTATIVE_DOCUMENTS,
	RULE_FAMILY_REGISTER,
	RULE_GUARDIANSHIP,
	RULE_AGENT_ANSWER,
	RULE_AGENT_DOCUMENTS,
	RULE_SINGLE_A_PIN,
	RULE_SINGLE_A_HEARING,
	RULE_OTHER_TAKEN,
	RULE_KIND_UNKNOWN,
	RULE_CARD_ITSELF,
	RULE_NOBODYS,
	RULE_DATE_WRONG,
	RULE_NOT_YET_VALID,
	RULE_EXPIRED,
	RULE_VALIDITY_MISSING,
	RULE_ISSUE_DATE_MISSING,
	RULE_ISSUED_TOO_EARLY,
	RULE_NO_MATCH,
	RULE_SHOWS_TOO_LITTLE,
	RULE_NAMES_BOTH,
	RULE_OTHER_UNNAMED,
	RULE_SAME_PAPER,
	RULE_SUPPLEMENT,
	RULE_REGISTER_NOT_NEEDED,
	RULE_LETTER,
	DOCUMENT_RULES
};

struct document_rule_row {
	const char *word; /* in JSON */
	enum rule_class class;
	const char *text; /* English msgid, whole sentences */
	const char *source;
};

extern const struct document_rule_row document_rules[DOCUMENT_RULES];

#define FINDING_GENERAL SIZE_MAX
#define FINDINGS_MAX (DOCUMENTS_SHOWN_MAX + 16)

struct document_finding {
	enum document_rule rule;
	size_t shown; /* index of the document it is about, FINDING_GENERAL = about none */
};

struct document_result {
	enum document_verdict verdict;
	struct document_finding findings[FINDINGS_MAX]; /* as a clerk reads them out */
	size_t n_findings;
};

/*
 * Judges a case. With no documents shown it tells what this person has to bring. A refused
 * case tells the refusals only; office_of() of rules/hours.h names the right office.
 * Source: seed 004, "Required Documents" and "List of Identity Verification Documents".
 */
void documents_check(const struct counter_case *c, struct document_result *ret);

/* "enough", "not-enough", … for JSON; static. */
const char *document_verdict_word(enum document_verdict v);
/* The kind of that word; DOC_NONE for a word that is none. */
enum document_kind document_of_word(const char *word);

#endif
