/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which way back to a working PIN is open for this PIN, of this card, for this person, now?
 *
 * doors_table.c holds every door of every slot as one const table with its sources; doors.c
 * reads it; doors_text.c says it. The command line asks it today, the issuer's server and the
 * pages read the same table.
 *
 *     fill struct doors_in (zero means: not said) -> doors_plan -> doors_out
 *
 * The answer has exactly one recommended door; re-issue is one, the last. A door serves a PIN
 * that is forgotten as well as one that is locked; only `change` needs a PIN that is known and
 * not locked. "Not sure" counts as not known. Nothing here advises to try a PIN.
 *
 * Pure: no I/O, no allocation, no clock; time is an argument. About 3 kB of stack.
 */
#ifndef REPIN_RULES_DOORS_H
#define REPIN_RULES_DOORS_H

#include "repin/types.h"
#include "rules/date.h"
#include "rules/documents.h"

/* --- words --- */

/* A way back. The words of doors_word() are the ids of `doors --json`. */
enum doors_id {
	DOORS_NONE,
	DOORS_CHANGE,
	DOORS_KIOSK,
	DOORS_COUNTER,
	DOORS_APP,
	DOORS_LETTER,
	DOORS_USER_CODE,
	DOORS_USER_CODE_RESET,
	DOORS_PUK,
	DOORS_RESETTING_CODE,
	DOORS_HELP_DESK,
	DOORS_REISSUE,
	DOORS_IDS
};

/* Where a door is gone through; bits. */
#define DOORS_AT_HOME 1u
#define DOORS_AT_KIOSK 2u
#define DOORS_AT_DESK 4u
#define DOORS_IN_APP 8u
#define DOORS_BY_PHONE 16u
#define DOORS_AT_ISSUER 32u

/* What to have at hand; bits. */
#define DOORS_BRING_CARD 1u
#define DOORS_BRING_READER 2u
#define DOORS_BRING_SMARTPHONE 4u
#define DOORS_BRING_DOCUMENTS 8u
#define DOORS_BRING_LETTER 16u

/* How long the right lives that the door gives. */
enum doors_lives {
	DOORS_LIVES_ALWAYS, /* nothing runs out */
	DOORS_LIVES_MINUTES,
	DOORS_LIVES_24_HOURS, /* from the moment the reservation's proof was accepted */
	DOORS_LIVES_DAY,      /* the day; two visits for a voluntary agent */
	DOORS_LIVES_DAYS,
};

/* Why a door is shut, closed, or open but not the one to take; and why a PIN is not there. */
enum doors_reason {
	DOORS_WHY_NONE,
	/* shut */
	DOORS_WHY_NOT_KNOWN,
	DOORS_WHY_LOCKED,
	DOORS_WHY_DEAD,
	DOORS_WHY_REVOKED,
	DOORS_WHY_NOT_SET,
	DOORS_WHY_FIXED,
	DOORS_WHY_OTHER_NOT_KNOWN,
	DOORS_WHY_OTHER_LOCKED,
	DOORS_WHY_OTHER_NOT_SET,
	DOORS_WHY_NOT_AT_KIOSK,
	DOORS_WHY_PHONE_ONLY,
	DOORS_WHY_APP_IS_FOR_PHONES,
	DOORS_WHY_SECRET_NOT_KNOWN,
	DOORS_WHY_LETTER_LOST,
	DOORS_WHY_SECRET_LOCKED,
	DOORS_WHY_SECRET_NOT_SET,
	DOORS_WHY_CODE_BLOCKED,
	DOORS_WHY_CODE_AT_ISSUER,
	DOORS_WHY_FOREIGN_UNLOCK,
	DOORS_WHY_ISSUER_KEEPS_NO_PIN,
	/* not now */
	DOORS_WHY_CLOSED_NOW,
	DOORS_WHY_TOO_YOUNG,
	/* open, but another is better */
	DOORS_WHY_WRONG_ENTRIES,
	DOORS_WHY_LAST_TRY,
	DOORS_WHY_IN_PERSON,
	/* the card does not have this PIN */
	DOORS_WHY_UNDER_15,
	DOORS_WHY_WARD,
	DOORS_WHY_NO_SIGNATURE,
	DOORS_WHY_NO_AUTHENTICATION,
	DOORS_WHY_NO_RESETTING_CODE,
	DOORS_WHY_NEVER_SET,
	DOORS_REASONS
};

enum doors_step_id {
	DOORS_DO_NOTHING,
	/* before any door */
	DOORS_DO_NOT_GUESS,
	DOORS_DO_LOOK_IN_NOTES,
	DOORS_DO_LOOK_IN_LETTER,
	DOORS_DO_LOOK_FOR_LETTER,
	DOORS_DO_UNTICK_SAME_PIN,
	/* change */
	DOORS_DO_CHANGE_HERE,
	DOORS_DO_CHANGE_FIRST_PIN,
	DOORS_DO_CHANGE_IN_APP,
	DOORS_DO_CHANGE_VENDOR,
	/* kiosk */
	DOORS_DO_RESERVE_LATER,
	DOORS_DO_RESERVE,
	DOORS_DO_RESERVE_JLIS,
	DOORS_DO_WITHIN_24_HOURS,
	DOORS_DO_RESERVED,
	DOORS_DO_GO_TO_KIOSK,
	DOORS_DO_GO_TO_KIOSK_BOTH,
	DOORS_DO_KIOSK_PROVE,
	DOORS_DO_SET_NEW,
	/* counter */
	DOORS_DO_WAIT_TILL_15,
	DOORS_DO_GO_ON_WITH_CASE,
	DOORS_DO_GO_TO_COUNTER,
	DOORS_DO_BRING_SELF,
	DOORS_DO_BRING_SOMEBODY,
	DOORS_DO_NOT_REPRESENTED,
	DOORS_DO_BRING_REPRESENTATIVE,
	DOORS_DO_AGENT_FIRST_VISIT,
	DOORS_DO_AGENT_SECOND_VISIT,
	DOORS_DO_SET_NEW_AT_COUNTER,
	DOORS_DO_APPLY_MISSING,
	DOORS_DO_ASK_ABOUT_CODE,
	/* app */
	DOORS_DO_CARD_FIRST,
	DOORS_DO_APP_RESET,
	DOORS_DO_APP_CARD_PROOF,
	DOORS_DO_APP_UNLOCK_PHONE,
	DOORS_DO_APP_HOLDER_ONLY,
	/* secrets that the holder keeps */
	DOORS_DO_TAKE_LETTER,
	DOORS_DO_ENTER_LETTER_PIN,
	DOORS_DO_KEEP_LETTER,
	DOORS_DO_LETTER_IS_KEY,
	DOORS_DO_ENTER_PUK,
	DOORS_DO_ENTER_RESETTING_CODE,
	DOORS_DO_ENTER_ADMIN_PIN,
	DOORS_DO_SET_RESETTING_CODE,
	/* user code */
	DOORS_DO_OPEN_ISSUER_PAGE,
	DOORS_DO_CHECK_CARD_DATA,
	DOORS_DO_ENTER_USER_CODE,
	DOORS_DO_ASK_CODE_RESET,
	DOORS_DO_PROVE_BY_PIN,
	DOORS_DO_WAIT_FOR_CODE,
	DOORS_DO_SET_USER_CODE,
	/* help desk */
	DOORS_DO_CALL_HELP_DESK,
	DOORS_DO_HELP_DESK_ANSWERS,
	/* re-issue */
	DOORS_DO_CARD_WORKS_ON,
	DOORS_DO_BE_SURE,
	DOORS_DO_BE_SURE_LETTER_LOST,
	DOORS_DO_ASK_ISSUER,
	DOORS_DO_ERASE_ALL,
	DOORS_DO_REVOKE,
	DOORS_DO_APPLY_AGAIN,
	DOORS_DO_APPLY_AT_MUNICIPALITY,
	DOORS_DO_APPLY_IN_APP,
	DOORS_STEPS
};

/* What goes wrong for others in the same place, said before it goes wrong here. */
enum doors_trap {
	DOORS_TRAP_NONE,
	DOORS_TRAP_TWO_APPLICATIONS,
	DOORS_TRAP_COUNTS_ELSEWHERE,
	DOORS_TRAP_NO_SIGNATURE_UNDER_15,
	DOORS_TRAP_NO_FOREIGN_UNLOCK,
	DOORS_TRAP_LETTER_KILLS,
	DOORS_TRAP_CASE_COUNTS,
	DOORS_TRAP_RESERVATION_OVER,
	DOORS_TRAP_TRIES_NOT_TOLD,
	DOORS_TRAP_CARD_EXPIRED,
	DOORS_TRAPS
};

/* --- the table --- */

/* What must be there before a door is open. */
enum doors_need {
	DOORS_NEED_NOTHING,
	DOORS_NEED_CURRENT, /* the slot's own PIN, known and not locked */
	DOORS_NEED_OTHER,   /* another PIN of the card (`with`), known and working */
	DOORS_NEED_SECRET,  /* a secret on the card that the holder keeps (`with`), at hand and not used up */
	DOORS_NEED_CODE,    /* the user code, known and not blocked at the issuer */
	DOORS_NEED_CARD_SIGN, /* the signature PIN of the card that the telephone's certificate came from */
};

/* When a row's step, or a trap, is said; all bits must hold. 0: always. */
#define DOORS_WHEN_REAL 0x00001u /* the card is not one with our reset application */
#define DOORS_WHEN_OURS 0x00002u
#define DOORS_WHEN_CASE 0x00004u /* the issuer has a case of this door under way */
#define DOORS_WHEN_NO_CASE 0x00008u
#define DOORS_WHEN_FAR 0x00010u	     /* the kiosk opens only when a reservation made now is over */
#define DOORS_WHEN_SELF 0x00020u     /* the holder applies, and may */
#define DOORS_WHEN_WARDED 0x00040u   /* the holder is under 15 or a ward, and no representative applies */
#define DOORS_WHEN_UNWARDED 0x00080u /* a representative applies for a holder who needs none */
#define DOORS_WHEN_REPRESENTATIVE 0x00100u /* a representative applies, or has to */
#define DOORS_WHEN_AGENT 0x00200u	   /* a voluntary agent applies, and may */
#define DOORS_WHEN_NOT_SELF 0x00400u	   /* whoever asks is not the holder */
#define DOORS_WHEN_SET 0x00800u		   /* the card has this PIN */
#define DOORS_WHEN_NOT_SET 0x01000u
#define DOORS_WHEN_ALIVE 0x02000u  /* neither dead nor revoked: re-issue would end a living card */
#define DOORS_WHEN_LETTER 0x04000u /* the letter is at hand */
#define DOORS_WHEN_UNDER_15 0x08000u
#define DOORS_WHEN_OVER 0x10000u     /* there was a reservation, and its time is over */
#define DOORS_WHEN_NOT_TOLD 0x20000u /* the card does not tell this PIN's tries */
#define DOORS_WHEN_WARD 0x80000u     /* the holder is an adult ward */
#define DOORS_WHEN_EXPIRED 0x40000u  /* the card's validity is over */

#define DOORS_ROW_STEPS 11

struct doors_row_step {
	enum doors_step_id id;
	unsigned when;
	rp_slot stake;	 /* whose PIN is entered; a wrong entry costs one of its tries */
	bool other_card; /* the PIN entered is one of another card */
	uint8_t cost;	 /* tries that are spent though all entries are right: none, in no row */
};

struct doors_row {
	const char *profile;
	rp_slot slot;
	enum doors_id door;
	enum doors_need need;
	rp_slot with;		 /* whose secret opens it; RP_SLOT_NONE: nobody's */
	enum doors_reason never; /* people look for this door here in vain; why */
	bool in_person;		 /* only the holder can go through it */
	bool kills;		 /* the card dies with the secret of `with`, whatever its PIN says */
	unsigned where, bring;
	enum doors_lives lives;
	struct doors_row_step steps[DOORS_ROW_STEPS]; /* ends at DOORS_DO_NOTHING */
	const char *conditions;			      /* English, for the reader of the table */
	const char *source;
};

/* The rows of a slot stand together, the better door first, re-issue last. */
extern const struct doors_row doors_rows[];
extern const size_t n_doors_rows;

struct doors_trap_row {
	const char *profile; /* NULL: every family */
	rp_slot slot;	     /* RP_SLOT_NONE: every slot */
	enum doors_trap trap;
	unsigned when;
	const char *source;
};

extern const struct doors_trap_row doors_traps[];
extern const size_t n_doors_traps;

/* Why a card does not have a PIN; the first row that fits tells. The last one fits every PIN. */
struct doors_why_row {
	const char *profile; /* NULL: every family */
	rp_slot slot;	     /* RP_SLOT_NONE: every slot */
	enum doors_reason why;
	unsigned when;
	const char *source;
};

extern const struct doors_why_row doors_whys[];
extern const size_t n_doors_whys;

/* --- the question --- */

enum doors_held {
	DOORS_HELD_NO,
	DOORS_HELD_NOT_SURE, /* counts as no, and calls for the notes */
	DOORS_HELD_YES,
};

enum doors_age {
	DOORS_AGE_UNKNOWN,
	DOORS_UNDER_15,
	DOORS_15_OR_OLDER,
};

enum doors_hours {
	DOORS_HOURS_UNKNOWN, /* treated as open */
	DOORS_OPEN_NOW,
	DOORS_CLOSED_NOW_TILL,
};

struct doors_place {
	enum doors_hours hours;
	int64_t opens_s; /* Unix time of the next opening, when closed; 0: not known */
};

/* Wrong user codes in a row after which the issuer's server blocks the code. */
#define DOORS_CODE_TRIES 3

/* What the issuer knows; all zero: not asked. */
struct doors_issuer {
	bool known;
	bool revoked;		 /* the card, or the certificate that the PIN guards */
	int code_wrong;		 /* wrong user codes in a row; DOORS_CODE_TRIES: blocked */
	enum doors_id case_door; /* a case under way for this slot; DOORS_KIOSK: a reservation */
	int64_t case_ends_s;	 /* Unix time; 0: no end */
};

#define DOORS_SLOTS (RP_SLOT_CODE_B + 1)

struct doors_in {
	const struct rp_card_facts *card;  /* profile, pins, ours and valid_to are read */
	rp_slot slot;			   /* which PIN it is about */
	enum doors_held held[DOORS_SLOTS]; /* known or at hand, by slot: PINs, letter, user code, PUK, … */
	enum doors_held card_sign;	   /* mynumber-mobile: the signature PIN of the holder's card */
	enum applicant who;		   /* who goes to the counter */
	bool ward;			   /* the holder is an adult ward */
	enum doors_age age;		   /* of the holder; used where `birth` is not known */
	struct date birth, today;	   /* year 0: not known */
	int64_t now_s;			   /* Unix time */
	struct doors_place office, kiosk, help_desk;
	struct doors_issuer issuer;
};

/* --- the answer --- */

/*
 * One step of the recommended door. `cost` is what it spends when the entry is right: nothing.
 * `at_stake` is what a wrong entry costs: one try of `slot` (RP_SLOT_NONE: of nothing).
 */
struct doors_step {
	enum doors_step_id id;
	int cost, at_stake;
	rp_slot slot;
	bool other_card; /* the PIN of `slot` is that of another card than this one */
	int tries_left;	 /* of `slot`, before the step; RP_TRIES_UNKNOWN */
	bool last_try;	 /* the entry is the last one that `slot` has */
	bool last_way;	 /* when `slot` locks, nothing but re-issue is left: say so, and ask once more */
};

struct doors_door {
	enum doors_id id;
	rp_slot with;		  /* whose secret opens it; RP_SLOT_NONE */
	enum doors_reason reason; /* why it is shut, closed now, or not the one to take */
	bool closed_now;	  /* it opens by itself, at `opens_s` */
	int64_t opens_s;	  /* 0: not known */
	unsigned where, bring;
	enum doors_lives lives;
	int tries_cost; /* tries spent when every entry is right */
	int at_stake;	/* entries of a PIN or code on the way */
	bool last_way;	/* one of its steps can spend the last way out */
	const struct doors_row *row;
};

/* A row's steps after "do not guess" and the notes; each door once; each trap once. */
#define DOORS_STEPS_MAX (DOORS_ROW_STEPS + 2)
#define DOORS_DOORS_MAX (DOORS_IDS - 1)
#define DOORS_TRAPS_MAX (DOORS_TRAPS - 1)

struct doors_out {
	rp_slot slot;
	enum rp_pin_state state; /* of the slot; a card that is dead as a whole makes every slot dead */
	enum doors_reason why;	 /* the card does not have this PIN: why; else DOORS_WHY_NONE */
	struct date since; /* from when it can be had (15th birthday); year 0: at any time, or not known */
	bool under_15;
	struct doors_door recommended;
	struct doors_step steps[DOORS_STEPS_MAX]; /* of the recommended door, in order */
	size_t n_steps;
	struct doors_door open[DOORS_DOORS_MAX]; /* the others */
	size_t n_open;
	struct doors_door shut[DOORS_DOORS_MAX];
	size_t n_shut;
	enum doors_trap traps[DOORS_TRAPS_MAX];
	size_t n_traps;
};

/*
 * Plans. False, with *ret_out untouched, when the family or its slot is not in the table.
 * Every combination of the question has an answer (tests/unit/rules/test_doors.c goes
 * through them all).
 */
bool doors_plan(const struct doors_in *in, struct doors_out *ret_out);

/*
 * The same for a person who takes `door` instead of the recommended one: its steps, with the
 * others beside it. False, with *ret_out untouched, when it is shut.
 */
bool doors_plan_by(const struct doors_in *in, enum doors_id door, struct doors_out *ret_out);

/* True when the table has this slot of this family. */
bool doors_know(const char *profile, rp_slot slot);

/* --- the words (doors_text.c); "" for what is none. Texts are English msgids. --- */

const char *doors_word(enum doors_id id);	    /* "user-code-reset" */
const char *doors_title(enum doors_id id);	    /* what the door is, in a few words */
enum doors_id doors_from_word(const char *word);    /* DOORS_NONE when it is none */
const char *doors_lives_word(enum doors_lives l);   /* "24-hours" */
const char *doors_reason_word(enum doors_reason r); /* "other-not-known" */
const char *doors_reason_text(enum doors_reason r);
const char *doors_reason_opens(enum doors_reason r); /* what would open the door; "" = nothing does */
const char *doors_step_word(enum doors_step_id s);
const char *doors_step_text(enum doors_step_id s);
const char *doors_trap_word(enum doors_trap t);
const char *doors_trap_text(enum doors_trap t);

#endif
