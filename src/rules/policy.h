/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this PIN be set? Two classes of answer: *refused*, what the slot's issuer refuses, each
 * with its source; and *advised against*, what goes through after one confirmation. A PIN that
 * is already on the card is looked at for its length and characters only, because its holder
 * must be able to leave a weak one.
 *
 *     fold the entry (the caller) -> policy_check -> refused? stop : advised? ask once : go on
 *
 * Pure: no I/O, no allocation, no clock, constant memory. The entry is read where it lies and
 * copied nowhere, and no answer holds a part of it. Texts are English msgids; programs
 * translate them.
 */
#ifndef REPIN_RULES_POLICY_H
#define REPIN_RULES_POLICY_H

#include "repin/types.h"
#include "rules/date.h"

enum policy_severity {
	POLICY_REFUSED, /* the issuer refuses it: nothing is sent */
	POLICY_ADVISED, /* weak: goes through after one confirmation */
	POLICY_NOTE,	/* no finding: what must be said honestly about the rules themselves */
};

enum policy_entry {
	POLICY_CURRENT, /* a PIN that is on the card: length and characters only */
	POLICY_NEW,	/* one that shall be set */
};

/* The rules, in the order in which findings are told. */
enum policy_rule_id {
	POLICY_TOO_SHORT,
	POLICY_TOO_LONG,
	POLICY_CHARACTERS,
	POLICY_NO_LETTER,
	POLICY_NO_DIGIT,
	POLICY_ALL_SAME,
	POLICY_SEQUENCE,
	POLICY_BIRTHDAY,
	POLICY_DATE,
	POLICY_TELEPHONE,
	POLICY_CARD_NUMBER,
	POLICY_SAME_AS_BEFORE,
	POLICY_OTHER_PROGRAMS,
	POLICY_RULES
};

struct policy_rule {
	const char *id; /* stable, for JSON: "too-short" */
	enum policy_severity severity;
	rp_code code;	    /* what a refusal is for the command line; RP_OK where the rule only advises */
	const char *text;   /* English msgid, whole sentences */
	const char *source; /* of the rule; of a refusal by length or characters the slot's row has it */
};

extern const struct policy_rule policy_rules[POLICY_RULES];

/* Which years people of a card's country write a birthday with, besides the common ones. */
enum policy_years {
	POLICY_YEARS_COMMON,
	POLICY_YEARS_JAPAN,  /* also the year of the era: 1985 is Showa 60 */
	POLICY_YEARS_TAIWAN, /* also the year of the Republic: 1985 is 74 */
};

/* What one PIN slot of a family takes. */
struct policy_row {
	const char *profile;
	rp_slot slot;
	uint8_t len_min, len_max; /* characters, which are bytes */
	enum rp_charset chars_current, chars_new;
	enum policy_years years;
	const char *source;	  /* of length and characters */
	const char *all_same;	  /* source of "one character repeated is refused"; NULL: advised against */
	const char *letter_digit; /* source of "a letter and a digit are needed"; NULL: not needed */
};

extern const struct policy_row policy_rows[];
extern const size_t n_policy_rows;

/* NULL when the family has no such slot. */
const struct policy_row *policy_row_of(const char *profile, rp_slot slot);

/* What is known about the holder and may not be in the PIN. All of it may be missing. */
struct policy_known {
	struct date birth;	 /* year 0: not known */
	const char *telephone;	 /* as it is written, with blanks and dashes; NULL: not known */
	const char *card_number; /* NULL or "": not known */
	const uint8_t *current;	 /* the PIN before this one, folded; NULL: not known */
	size_t current_len;
};

struct policy_finding {
	enum policy_rule_id rule;
	enum policy_severity severity;
	const char *id, *text, *source;
	rp_code code;
};

/* No entry can break more rules at once: length, or the others. */
#define POLICY_FINDINGS_MAX 8

struct policy_findings {
	size_t n, n_refused; /* the refusals come first */
	struct policy_finding at[POLICY_FINDINGS_MAX];
};

/*
 * Judges `len` bytes of an entry that was folded already (half-width; upper case where the
 * slot folds). `known` may be NULL. Advice is given only for an entry that is not refused.
 * False, with *ret untouched, when the family has no such slot.
 */
bool policy_check(const char *profile, rp_slot slot, enum policy_entry kind, const uint8_t *entry, size_t len,
		  const struct policy_known *known, struct policy_findings *ret);

#endif
