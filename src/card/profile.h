/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a card family is, as data. A family is one file in card/profiles/: const rows,
 * each with its source and a mark whether the bytes are public or ours. The code that
 * acts on rows is in pin.c and facts.c; a new family needs no change there unless its
 * cards speak a way that no row can say.
 */
#ifndef REPIN_CARD_PROFILE_H
#define REPIN_CARD_PROFILE_H

#include "card/sw.h"

enum row_origin {
	ROW_PUBLIC, /* the bytes stand in a public source */
	ROW_OURS,   /* our own design: only to a card that showed our reset application or own AID */
};

struct aid_row {
	const char *name; /* "jpki", for people and logs */
	uint8_t aid[16];
	uint8_t len;
	uint8_t cla; /* of SELECT: 00; 80 on HiCOS */
	uint8_t p1;  /* of SELECT: 04 by name, 00 by file identifier */
	uint8_t p2;  /* of SELECT: 00 FCI, 04 FCP, 0C nothing */
	bool le;     /* Le 00 follows */
	enum row_origin origin;
	const char *source;
};

/* How the tries of a PIN are asked for without spending one. */
enum status_how {
	STATUS_NONE,	     /* no public, safe way: unknown */
	STATUS_EMPTY_VERIFY, /* VERIFY without data on the reference, after SELECT of its EF if it has one */
	STATUS_SFI_VERIFY,   /* VERIFY without data, P2 = 80 + short file identifier; falls back to the EF */
	STATUS_OPENPGP_C4,   /* data object C4, counters at its end */
	STATUS_RESET_APP,    /* GET DATA of our reset application (ours) */
};

enum change_how {
	CHANGE_NONE,
	CHANGE_OLD_NEW,	      /* 24 P1=00: old ‖ new, padded as the row says */
	CHANGE_VERIFY_NEW,    /* VERIFY, then 24 P1=01: new */
	CHANGE_VERIFY_JICSAP, /* VERIFY, then 80 32: new (JICSAP CHANGE KEY) */
	CHANGE_HICOS,	      /* protected VERIFY, then our protected change */
};

enum unlock_how {
	UNLOCK_NONE,
	UNLOCK_CODE_NEW,   /* 2C P1=00: code ‖ new, padded as the rows say */
	UNLOCK_VERIFY_NEW, /* VERIFY of the code's own reference, then 2C P1=02: new */
};

/* Where a PIN is filled up to pad_to bytes with pad_byte. */
enum pad_how {
	PAD_NONE,
	PAD_ALL,   /* wherever it goes (PIV) */
	PAD_FIRST, /* only where another value follows it in one command, so that the card can split them */
	PAD_FRAME, /* inside a protected frame (HiCOS) */
};

/* One key reference on the card. A PIN has one, the resident-registry PIN two. */
struct pin_ref {
	uint8_t app;	/* index into profile.aids */
	uint16_t ef;	/* file to SELECT before VERIFY; 0 = none */
	uint8_t p2;	/* reference in VERIFY and CHANGE */
	uint8_t p2_sfi; /* reference for STATUS_SFI_VERIFY */
};

struct unlock_row {
	rp_slot code;	    /* slot whose secret opens it: letter, puk, rc, pw3 */
	const char *secret; /* its name for --secrets-fd: "letter", "puk", "resetting-code", "admin" */
	enum unlock_how how;
	bool last_way; /* when this secret locks, nothing but re-issue is left (the card is dead) */
	enum row_origin origin;
	const char *source;
};

/* How the key that a PIN opens signs: the proof of this PIN to the issuer. */
enum sign_how {
	SIGN_NONE,
	SIGN_JPKI,  /* SELECT of the key's file, 80 2A 00 80 with a DigestInfo */
	SIGN_HICOS, /* the host's PKCS#1 block in two halves: 80 EA 82, 80 EA 02, 80 C1 */
};

struct sign_row {
	enum sign_how how;
	uint16_t key;  /* file, or key reference */
	uint16_t cert; /* file that begins with its certificate */
	const char *source;
};

struct pin_row {
	rp_slot slot;
	struct pin_ref ref[2];
	uint8_t n_refs;
	uint8_t len_min, len_max; /* characters = bytes */
	enum rp_charset chars_current, chars_new;
	bool to_upper; /* the client folds a-z to A-Z (signature PIN) */
	bool refuse_all_same;
	enum pad_how pad;
	uint8_t pad_to, pad_byte;
	int tries_max; /* RP_TRIES_UNKNOWN or 1…15 */
	enum status_how status;
	uint8_t status_arg; /* STATUS_OPENPGP_C4: offset of the counter; STATUS_RESET_APP: slot number */
	enum change_how change;
	struct unlock_row unlock[2]; /* in the order in which they are offered */
	uint8_t n_unlocks;
	struct sign_row sign;
	bool secret_only;    /* not a PIN of its own but what unlocks another (letter, puk, rc) */
	bool hidden;	     /* shown only when named (codes A and B) */
	bool issuer_only;    /* not on the card: known to the issuer only (user code) */
	bool locked_is_dead; /* no door but re-issue when its tries are used up */
	enum row_origin status_origin, change_origin;
	const char *source; /* of the rules: length, characters, tries */
	const char *status_source, *change_source;
};

/* How number, holder and validity are read. Each reads what it can and leaves the rest empty. */
enum facts_how {
	FACTS_NONE,
	FACTS_JPKI_COMMON, /* common application, record 1: number, expiry */
	FACTS_JPKI_TOKEN,  /* token information 0006: serial; certificate 000A when free */
	FACTS_AOSIGN,	   /* ours: EF 0001 number, EF 0002 certificate */
	FACTS_HICOS,	   /* 0900/0903 number, 5030/08F2 first certificate */
	FACTS_PIV,	   /* CHUID GUID, certificate 5FC105 */
	FACTS_OPENPGP,	   /* AID serial, cardholder name */
	FACTS_GIDS,	   /* card identifier */
};

/* How the family is told from the others after its first SELECT. */
enum confirm_how {
	CONFIRM_SELECT,	      /* the SELECT says it all */
	CONFIRM_JPKI_PHONE,   /* token label must be a telephone's */
	CONFIRM_HICOS_NUMBER, /* 0903 must read as two letters and 14 digits */
};

struct atr_row {
	uint8_t atr[33], len;
	const char *source;
};

struct profile {
	const char *name;  /* "mynumber" */
	const char *title; /* English name of the family, translated by programs */
	const struct aid_row *aids;
	size_t n_aids;
	uint8_t first; /* aids[first] identifies the family */
	enum confirm_how confirm;
	const struct atr_row *atrs;
	size_t n_atrs;
	const struct pin_row *pins;
	size_t n_pins;
	const struct sw_row *sws;
	size_t n_sws;
	enum facts_how facts;
	bool query_says_verified; /* the empty VERIFY answers 9000 when verified (ISO), not always 63CX */
	bool app_only;		  /* changes are the telephone app's (mynumber-mobile) */
	bool reset_app;		  /* our reset application may be on it */
	bool gids_admin;	  /* an admin key by the public scheme (gids_admin.h) */
	const char *source;
};

extern const struct profile profile_mynumber, profile_mynumber_mobile, profile_aosign, profile_hicos,
	profile_piv, profile_openpgp, profile_gids;
/* All families, in the order in which an unknown ATR is tried. */
extern const struct profile *const profiles[];
extern const size_t n_profiles;

const struct profile *profile_by_name(const char *name);
/* The family that lists this ATR; NULL when none does. */
const struct profile *profile_by_atr(const uint8_t *atr, size_t len);
const struct pin_row *profile_pin(const struct profile *p, rp_slot slot);
const char *charset_word(enum rp_charset c);
bool charset_has(enum rp_charset c, uint8_t byte);

#endif
