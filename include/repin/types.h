/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared words of Repin: result codes, the error, slots, families and the
 * facts that a card tells. Plain values without handles, so that the card layer
 * fills them, the rules read them, and screens and JSON show them.
 *
 * Text in these structs is UTF-8, always terminated, and free of control
 * characters even when a hostile card sent it.
 */
#ifndef REPIN_TYPES_H
#define REPIN_TYPES_H

#include "repin/problems.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What librepin exports. */
#define RP_API __attribute__((visibility("default")))
#define RP_MUST_CHECK __attribute__((warn_unused_result))
#define RP_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/*
 * Every result: name, number (never reused), word in JSON, exit status of the
 * command line (design: the command-line contract), and what happened in English.
 */
#define RP_CODES(X)                                                                                          \
	X(OK, 0, "ok", 0, "done")                                                                            \
	X(E_FAULT, 1, "fault", 1, "a fault of ours")                                                         \
	X(E_NO_MEMORY, 2, "no-memory", 1, "no memory left")                                                  \
	X(E_JOURNAL, 3, "journal", 1, "this machine's notes cannot be written or read")                      \
	X(E_USAGE, 10, "usage", 2, "wrong usage")                                                            \
	X(E_INPUT_MISSING, 11, "input-missing", 2, "a secret that is needed was not given")                  \
	X(E_INPUT_FORMAT, 12, "input-format", 2, "the secrets are not written as they must be")              \
	X(E_INPUT_EMPTY, 13, "input-empty", 2, "the entry is empty")                                         \
	X(E_INPUT_LENGTH, 14, "input-length", 2, "the entry is too short or too long")                       \
	X(E_INPUT_CHARS, 15, "input-characters", 2, "the entry holds characters not allowed")                \
	X(E_INPUT_BLANKS, 16, "input-blanks", 2, "the entry begins or ends with a blank")                    \
	X(E_INPUT_ALL_SAME, 17, "input-all-same", 2, "the entry repeats one character")                      \
	X(E_INPUT_MISMATCH, 18, "input-mismatch", 2, "the two entries differ")                               \
	X(E_SLOT_UNKNOWN, 19, "slot-unknown", 2, "this card has no such PIN")                                \
	X(E_NOT_OFFERED, 20, "not-offered", 2, "this cannot be done here for this PIN")                      \
	X(E_CONFIG, 21, "config", 2, "the configuration is wrong")                                           \
	X(E_CONFLICT, 22, "conflict", 2, "there is one of this name already, or none")                       \
	X(E_INPUT_WEAK, 23, "input-weak", 2, "the new PIN is weak, and that was not agreed to")              \
	X(E_NO_SERVICE, 30, "no-pcscd", 3, "the smart card service does not run")                            \
	X(E_NO_PERMISSION, 31, "no-permission", 3, "the smart card service refuses this user")               \
	X(E_NO_READER, 32, "no-reader", 3, "no card reader is connected")                                    \
	X(E_NO_CARD, 33, "no-card", 3, "no card is in the reader")                                           \
	X(E_CARD_MUTE, 34, "card-mute", 3, "the card does not answer")                                       \
	X(E_CARD_UNKNOWN, 35, "card-unknown", 3, "no profile knows this card")                               \
	X(E_CARD_CHANGED, 36, "card-changed", 3, "this is not the card that was shown")                      \
	X(E_TRIES_CHANGED, 37, "tries-changed", 3, "the tries are not those that were shown")                \
	X(E_PIN_WRONG, 40, "pin-wrong", 4, "the PIN was wrong")                                              \
	X(E_SECRET_WRONG, 41, "secret-wrong", 4, "the unlocking secret was wrong")                           \
	X(E_PIN_DIFFERS, 42, "pin-differs", 4, "the PIN is right in one of its two places only")             \
	X(E_LOCKED, 50, "pin-locked", 5, "the PIN is locked")                                                \
	X(E_SECRET_LOCKED, 51, "secret-locked", 5, "the unlocking secret is locked")                         \
	X(E_DEAD, 52, "card-dead", 5, "the card is dead")                                                    \
	X(E_NOT_SET, 53, "not-set", 5, "this PIN is not set on the card")                                    \
	X(E_LAST_TRY, 60, "last-try", 6, "one try is left, and it was not consented to")                     \
	X(E_CARD_IO, 70, "card-failed", 7, "the card or the reader failed")                                  \
	X(E_CARD_GONE, 71, "card-removed", 7, "the card was taken out")                                      \
	X(E_CARD_RESET, 72, "card-reset", 7, "the card was reset")                                           \
	X(E_CARD_REPLY, 73, "card-reply", 7, "the card's answer makes no sense")                             \
	X(E_CARD_REFUSED, 74, "card-refused", 7, "the card refused a step")                                  \
	X(E_CARD_TIMEOUT, 75, "card-timeout", 7, "the card did not answer in time")                          \
	X(E_INTERRUPTED, 77, "interrupted", 7, "interrupted while the card was at work")                     \
	X(E_HALF_DONE, 76, "half-done", 7, "only one of the two places was changed")                         \
	X(E_ISSUER_REFUSED, 80, "issuer-refused", 8, "the issuer refused")                                   \
	X(E_ISSUER_AWAY, 90, "issuer-unreachable", 9, "the issuer cannot be reached")                        \
	X(E_STORE, 91, "store", 1, "the database failed")                                                    \
	X(E_STORE_AWAY, 92, "store-unreachable", 1, "the database cannot be reached")                        \
	X(E_TOKEN, 93, "token", 1, "the issuer's keys cannot be used")                                       \
	X(E_CANCELLED, 100, "cancelled", 10, "cancelled")                                                    \
	X(E_TIMEOUT, 101, "timeout", 10, "timed out")                                                        \
	X(E_CARD_BUSY, 102, "card-busy", 10, "another program holds the card")

typedef enum rp_code {
#define RP_CODE_ENUM(name, number, word, exit, text) RP_##name = number,
	RP_CODES(RP_CODE_ENUM)
#undef RP_CODE_ENUM
} rp_code;

/*
 * PIN slots. The numbers of sign … pin are on the wire (the issuer reset's SS byte)
 * and are never reused. X(name, number, word on the command line and in JSON)
 */
#define RP_SLOTS(X)                                                                                          \
	X(SIGN, 1, "sign")                                                                                   \
	X(AUTH, 2, "auth")                                                                                   \
	X(TEXT, 3, "text")                                                                                   \
	X(JUKI, 4, "juki")                                                                                   \
	X(PIN, 5, "pin")                                                                                     \
	X(LETTER, 6, "letter")                                                                               \
	X(PUK, 7, "puk")                                                                                     \
	X(PW1, 8, "pw1")                                                                                     \
	X(PW3, 9, "pw3")                                                                                     \
	X(RC, 10, "rc")                                                                                      \
	X(USER_CODE, 11, "user-code")                                                                        \
	X(CODE_A, 12, "code-a")                                                                              \
	X(CODE_B, 13, "code-b")

typedef enum rp_slot {
	RP_SLOT_NONE = 0,
#define RP_SLOT_ENUM(name, number, word) RP_SLOT_##name = number,
	RP_SLOTS(RP_SLOT_ENUM)
#undef RP_SLOT_ENUM
} rp_slot;

typedef enum rp_pin_state {
	RP_PIN_UNKNOWN = 0, /* the card has no public, safe way to tell */
	RP_PIN_READY,
	RP_PIN_LOCKED,	/* no try left; another door is open */
	RP_PIN_DEAD,	/* no try left and only re-issue is left */
	RP_PIN_NOT_SET, /* the card does not have this PIN */
} rp_pin_state;

/* Characters that a PIN may have; all are single bytes of ASCII. */
enum rp_charset {
	RP_CHARS_DIGITS,      /* 0-9 */
	RP_CHARS_UPPER_ALNUM, /* A-Z 0-9 */
	RP_CHARS_ALNUM,	      /* A-Z a-z 0-9 */
	RP_CHARS_GRAPHIC,     /* 21…7E: no blank */
	RP_CHARS_PRINTABLE,   /* 20…7E */
};

#define RP_TRIES_UNKNOWN (-1)
#define RP_SPENT_UNKNOWN (-1)

/* What a card tells of one PIN without spending a try. */
struct rp_pin_facts {
	rp_slot slot;
	rp_pin_state state;
	int tries_left;	  /* RP_TRIES_UNKNOWN, or 0…15; of two references the lower */
	int tries_max;	  /* RP_TRIES_UNKNOWN, or 1…15 */
	int ref_tries[2]; /* per reference, where one PIN is kept in two places (juki) */
	unsigned n_refs;  /* 1 or 2 */
	bool verified;	  /* someone is logged in with it at this moment */
};

#define RP_PINS_MAX 8

struct rp_card_facts {
	const char *profile;  /* "mynumber", …; static */
	char number[48];      /* "" = the card does not tell it */
	char holder[256];     /* "" = not told without a PIN */
	char municipality[8]; /* mynumber: code of the issuing municipality, 5 digits; else "" */
	char valid_from[11];  /* "YYYY-MM-DD" or "" */
	char valid_to[11];    /* the same */
	struct rp_pin_facts pins[RP_PINS_MAX];
	size_t n_pins;
	unsigned apdus_pins; /* APDUs sent to identify the card and ask for the PINs */
	unsigned apdus_card; /* APDUs sent for number, holder and validity */
	bool ours;	     /* the card carries our reset application, or our own AID answered */
};

/* What a job did: for the screen, JSON and the bench. */
struct rp_outcome {
	struct rp_pin_facts after; /* the slot as it is now; state unknown when it could not be read */
	int tries_spent;	   /* 0, 1 or RP_SPENT_UNKNOWN */
	unsigned apdus;
};

/*
 * An error belongs to the caller; nothing in it is on the heap. `story` is English for
 * logs and support; programs make the sentence for people from `code` and the numbers.
 * No secret is ever in it.
 */
struct rp_error {
	rp_code code;
	rp_slot slot;		 /* RP_SLOT_NONE: not about one PIN */
	uint16_t sw;		 /* status word, 0 when no card spoke */
	int tries_left;		 /* RP_TRIES_UNKNOWN or 0…15 */
	int tries_spent;	 /* 0, 1 or RP_SPENT_UNKNOWN */
	long pcsc;		 /* PC/SC return value, 0 when none */
	bool in_doubt;		 /* a new PIN was on its way: the old one or the new one is valid now */
	enum rp_problem problem; /* why the issuer refused (RP_E_ISSUER_REFUSED), else none */
	bool spent_at_issuer;	 /* tries_left and tries_spent are those of a code that the issuer keeps */
	bool of_source; /* slot and tries are those of the card that a phone's certificates came from */
	char field[24]; /* the secret's name ("new"), when the error is about an entry */
	char story[384];
};

#define RP_ERROR_INIT                                                                                        \
	{                                                                                                    \
		.tries_left = RP_TRIES_UNKNOWN                                                               \
	}

#endif
