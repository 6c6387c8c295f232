/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librepin: see, change and unlock the PINs of a certificate IC card without losing a try.
 *
 *     rp_secret_start -> rp_ctx_new -> rp_readers
 *                                   -> rp_card_open -> rp_card_read          (spends nothing)
 *                                      (or both: rp_card_look)
 *                                                   -> rp_entry_check        (nothing is sent)
 *                                                   -> rp_pin_change | rp_pin_unlock | rp_pin_verify
 *                                                   -> rp_card_close
 *
 * Rules that hold for every caller: reading spends no try; one call of change, unlock or
 * verify spends at most one; nothing is cached, retried or guessed; a job whose card or
 * tries are not those the caller was shown stops with nothing sent; the last try is spent
 * only when the caller says so. A context and its cards belong to one thread at a time;
 * rp_cancel may be called from any thread and from a signal handler.
 *
 * Errors in `err` (may be NULL); outputs stay untouched on failure. Strings are UTF-8.
 */
#ifndef REPIN_REPIN_H
#define REPIN_REPIN_H

#include "repin/secret.h"
#include "repin/words.h"

typedef struct rp_ctx rp_ctx;
typedef struct rp_card rp_card;

/* "0.1.0" */
RP_API const char *rp_version(void);

/*
 * A context on the PC/SC service. The service is not asked yet.
 * Errors: RP_E_NO_MEMORY, RP_E_FAULT.
 */
RP_API RP_MUST_CHECK rp_code rp_ctx_new(rp_ctx **ret, struct rp_error *err);
RP_API void rp_ctx_free(rp_ctx *ctx); /* NULL is fine; close cards first */
/*
 * How long one call may wait for service, reader and card, in milliseconds (default 30,000;
 * a job never over 60,000).
 */
RP_API void rp_ctx_timeout(rp_ctx *ctx, unsigned ms);
/*
 * This program is the app on a phone. Without it the PINs of the certificates that a phone keeps are only
 * looked at and verified: a change is RP_E_NOT_OFFERED.
 */
RP_API void rp_ctx_app(rp_ctx *ctx);
/*
 * The issuer's 3DES transport key for HiCOS cards (24 bytes); copied. Without it no PIN
 * goes to such a card. Errors: RP_E_CONFIG (other length), RP_E_NO_MEMORY.
 */
RP_API RP_MUST_CHECK rp_code rp_ctx_hicos_key(rp_ctx *ctx, const rp_secret *key, struct rp_error *err);
/* Ends the running call, and every later one, with RP_E_CANCELLED. Async-signal-safe. */
RP_API void rp_cancel(rp_ctx *ctx);

enum rp_reader_state {
	RP_READER_EMPTY,
	RP_READER_CARD,
	RP_READER_MUTE, /* a card is in it and does not answer: upside down, dirty, or no chip card */
	RP_READER_BUSY, /* another program uses the card alone */
};

struct rp_reader {
	char name[128];
	enum rp_reader_state state;
	uint8_t atr[33];
	size_t atr_len;
	uint32_t events; /* changes with every insertion and removal */
};

/*
 * The readers and what is in them, at most cap; nothing is sent to a card. No reader is
 * RP_OK with *ret_n = 0. Errors: RP_E_NO_SERVICE, RP_E_NO_PERMISSION, RP_E_TIMEOUT, RP_E_CANCELLED.
 */
RP_API RP_MUST_CHECK rp_code rp_readers(rp_ctx *ctx, struct rp_reader *ret, size_t cap, size_t *ret_n,
					struct rp_error *err);

/*
 * Waits until a reader or a card is another than rp_readers last told for this context, at most as long as
 * the context's time-out; spends and sends nothing. Errors: RP_E_TIMEOUT (all is as it was), RP_E_CANCELLED,
 * RP_E_NO_SERVICE, RP_E_NO_PERMISSION; RP_E_USAGE before rp_readers was asked.
 */
RP_API RP_MUST_CHECK rp_code rp_readers_wait(rp_ctx *ctx, struct rp_error *err);

/*
 * Opens the card in `reader` (whole name, or a part that only one reader's name has; NULL =
 * the only card there is). Its family is found out by rp_card_read. Spends nothing.
 * Errors: RP_E_NO_READER, RP_E_NO_CARD, RP_E_CARD_MUTE, RP_E_CARD_BUSY,
 * RP_E_USAGE (several cards and no reader named), RP_E_NO_SERVICE, RP_E_NO_PERMISSION,
 * RP_E_TIMEOUT, RP_E_CANCELLED, RP_E_CARD_IO and its kin.
 */
RP_API RP_MUST_CHECK rp_code rp_card_open(rp_ctx *ctx, const char *reader, rp_card **ret,
					  struct rp_error *err);
RP_API void rp_card_close(rp_card *card);		/* NULL is fine */
RP_API const char *rp_card_reader(const rp_card *card); /* full name, borrowed */

#define RP_READ_PINS 1u	  /* states and tries of all PINs that are shown */
#define RP_READ_CARD 2u	  /* number, holder, validity */
#define RP_READ_HIDDEN 4u /* also the PINs that are shown only when named */
#define RP_READ_FOR_JOB                                                                                      \
	8u /* before a change: tries of a PIN that someone left verified are made visible by a reset */
#define RP_READ_ONCE 16u /* nothing follows but rp_card_close: the card is let go at once */
/*
 * What the card tells; with what = 0 its family alone. Spends nothing.
 * Errors: RP_E_CARD_UNKNOWN, RP_E_CARD_BUSY, RP_E_CARD_IO and its kin, RP_E_TIMEOUT, RP_E_CANCELLED.
 */
RP_API RP_MUST_CHECK rp_code rp_card_read(rp_card *card, unsigned what, struct rp_card_facts *ret,
					  struct rp_error *err);
/*
 * rp_card_open and rp_card_read at one stroke, which is quicker; when either fails, nothing is
 * open. Errors: theirs.
 */
RP_API RP_MUST_CHECK rp_code rp_card_look(rp_ctx *ctx, const char *reader, unsigned what, rp_card **ret,
					  struct rp_card_facts *ret_facts, struct rp_error *err);

/* --- what the profiles say --- */

struct rp_unlock_info {
	rp_slot code;	    /* whose secret: letter, puk, rc, pw3 */
	const char *secret; /* its name for the command line: "letter", "puk", "resetting-code", "admin" */
	bool last_way;	    /* when it locks, the card is dead */
	bool ours;
	const char *source;
};

struct rp_pin_info {
	rp_slot slot;
	unsigned len_min, len_max; /* characters; 0, 0 = not known */
	enum rp_charset chars_current, chars_new;
	bool to_upper; /* typed a-z are sent as A-Z */
	bool refuse_all_same;
	int tries_max; /* RP_TRIES_UNKNOWN or 1…15 */
	bool can_change;
	bool app_only;	  /* the telephone's own application changes it */
	bool hidden;	  /* shown only when named */
	bool issuer_only; /* not on the card */
	bool secret_only; /* opens another PIN rather than being one */
	bool locked_is_dead;
	bool ours; /* some command for it is our own design */
	bool tries_are_told;
	struct rp_unlock_info unlock[2];
	size_t n_unlocks;
	const char *source;
};

struct rp_profile_info {
	const char *name;  /* "mynumber" */
	const char *title; /* English; programs translate it */
	const char *source;
	struct rp_pin_info pins[RP_PINS_MAX];
	size_t n_pins;
};

/* How many families there are, and each of them; false when i is too large. */
RP_API size_t rp_profile_count(void);
RP_API RP_MUST_CHECK bool rp_profile(size_t i, struct rp_profile_info *ret);
RP_API RP_MUST_CHECK bool rp_profile_of(const char *name, struct rp_profile_info *ret);
/* The rules of one PIN; false when the family has no such slot. */
RP_API RP_MUST_CHECK bool rp_pin_info(const char *profile, rp_slot slot, struct rp_pin_info *ret);

/* --- entries --- */

enum rp_entry {
	RP_ENTRY_CURRENT, /* a PIN that is on the card: length and characters only */
	RP_ENTRY_NEW,	  /* one that shall be set */
};

struct rp_folded {
	bool width; /* full-width characters were made half-width */
	bool upper; /* a-z were made A-Z */
};

/*
 * Checks an entry against the slot's rules and gives the bytes that would be sent. The
 * card is not touched. Never truncates. Errors: RP_E_INPUT_*, RP_E_SLOT_UNKNOWN.
 */
RP_API RP_MUST_CHECK rp_code rp_entry_check(const char *profile, rp_slot slot, enum rp_entry kind,
					    const rp_secret *typed, rp_secret **ret_sent,
					    struct rp_folded *ret_folded, struct rp_error *err);

/* --- jobs: each spends at most one try --- */

struct rp_job {
	rp_slot slot;
	const struct rp_card_facts *shown; /* what the person saw: number and tries must still be these */
	bool last_try_ok;		   /* the person agreed to spend the last try */
	unsigned way;			   /* unlock: index into rp_pin_info.unlock */
};

/*
 * Changes the PIN. `current` and `fresh` come from rp_entry_check.
 * Errors: RP_E_CARD_CHANGED, RP_E_TRIES_CHANGED, RP_E_LAST_TRY, RP_E_LOCKED, RP_E_DEAD,
 * RP_E_NOT_SET, RP_E_NOT_OFFERED (nothing sent); RP_E_PIN_WRONG (one try);
 * RP_E_CARD_* (err->tries_spent tells), RP_E_HALF_DONE; RP_E_CARD_BUSY, RP_E_TIMEOUT,
 * RP_E_CANCELLED before anything was sent.
 */
RP_API RP_MUST_CHECK rp_code rp_pin_change(rp_card *card, const struct rp_job *job, const rp_secret *current,
					   const rp_secret *fresh, struct rp_outcome *ret,
					   struct rp_error *err);
/* Sets a new PIN and full tries with the secret that the holder keeps. Errors: as above, with
 * RP_E_SECRET_WRONG and RP_E_SECRET_LOCKED for the secret. */
RP_API RP_MUST_CHECK rp_code rp_pin_unlock(rp_card *card, const struct rp_job *job, const rp_secret *code,
					   const rp_secret *fresh, struct rp_outcome *ret,
					   struct rp_error *err);
/* Proves the PIN and resets the card. Errors: as rp_pin_change. */
RP_API RP_MUST_CHECK rp_code rp_pin_verify(rp_card *card, const struct rp_job *job, const rp_secret *current,
					   struct rp_outcome *ret, struct rp_error *err);

/* --- readers with a PIN pad (PC/SC part 10): the PIN never reaches this machine --- */

struct rp_pad {
	bool verify, modify; /* what the pad can do */
};

/* Errors: RP_E_CARD_IO. A reader without a pad is RP_OK with nothing set. */
RP_API RP_MUST_CHECK rp_code rp_pad_of(rp_card *card, struct rp_pad *ret, struct rp_error *err);
/*
 * The same as rp_pin_verify and rp_pin_change with entry on the reader's keys. Errors also:
 * RP_E_NOT_OFFERED (the pad or the family cannot), RP_E_TIMEOUT and RP_E_CANCELLED (6400,
 * 6401: nothing sent), RP_E_INPUT_MISMATCH (6402), RP_E_INPUT_LENGTH (6403).
 */
RP_API RP_MUST_CHECK rp_code rp_pad_verify(rp_card *card, const struct rp_job *job, struct rp_outcome *ret,
					   struct rp_error *err);
RP_API RP_MUST_CHECK rp_code rp_pad_change(rp_card *card, const struct rp_job *job, struct rp_outcome *ret,
					   struct rp_error *err);

/* --- after a cut --- */

/*
 * From now on every change and unlock of this context is noted down, synced, before anything
 * that could spend a try is sent, in `dir` (a whole path; NULL: $XDG_STATE_HOME/repin, else
 * ~/.local/state/repin), and struck out when its outcome is known. A job whose note cannot be
 * written stops with RP_E_JOURNAL and nothing sent. No note holds a PIN or a card's number.
 * Without this call nothing is noted. Errors: RP_E_JOURNAL, RP_E_NO_MEMORY.
 */
RP_API RP_MUST_CHECK rp_code rp_ctx_notes(rp_ctx *ctx, const char *dir, struct rp_error *err);

/* Which PIN is valid after a job that was cut. */
enum rp_answer {
	RP_ANSWER_UNKNOWN, /* cannot know: the old one or the new one; an entry would tell */
	RP_ANSWER_OLD,	   /* the PIN from before the job */
	RP_ANSWER_NEW,	   /* the one that the job was to set */
	RP_ANSWER_SPLIT,   /* one of its two places has the new one, the other the old one */
};

/* A job that was begun and of which no end was noted. */
struct rp_intent {
	char id[40];	       /* its name: letters, digits and '-' */
	int64_t begun_s;       /* Unix time */
	const char *profile;   /* static */
	char card[33];	       /* stands for the card; tells nothing elsewhere */
	char tail[5];	       /* the last characters of the card's number */
	rp_slot slot;	       /* whose PIN was to be set */
	rp_slot code;	       /* unlock: whose secret; the same as slot: the issuer; NONE: change */
	rp_pin_state state;    /* before the job */
	int tries_left;	       /* before the job */
	unsigned n_refs;       /* 1 or 2 */
	char marks[3];	       /* for each place: '-' old, '?' not known, '+' new */
	char key[33];	       /* reset: the idempotency key of the grant that was asked for; "" */
	bool running;	       /* its job still runs */
	bool superseded;       /* a later job on this PIN did not end either: that one is resolved first */
	enum rp_answer answer; /* what is known without an entry */
};

/*
 * The jobs that were cut, the oldest first, at most cap: of the card that `facts` tells of, with
 * its answer as the card stands now, or with facts = NULL of all cards. Nothing is sent. What an
 * earlier one of two jobs on the same PIN left is not known while the later one is open.
 * Errors: RP_E_JOURNAL, also without rp_ctx_notes.
 */
RP_API RP_MUST_CHECK rp_code rp_intents(rp_ctx *ctx, const struct rp_card_facts *facts, struct rp_intent *ret,
					size_t cap, size_t *ret_n, struct rp_error *err);

struct rp_resolution {
	enum rp_answer answer;
	struct rp_outcome done; /* the slot as it is now; tries_spent 1 when the entry was wrong */
};

/*
 * Finds out by an entry that the holder agreed to. `current` is the PIN from before the job,
 * `fresh` the one it was to set, each from rp_entry_check; one of them may be NULL, and `fresh`
 * is tried first. A PIN in two places of which one was set is finished with both. Spends at most
 * one try. A right entry tells for certain; a wrong one tells that the other PIN is valid, provided
 * that it was typed as it was then. The note is struck out when the answer is old or new.
 * Errors: as rp_pin_change; RP_E_PIN_WRONG when the entry settles nothing; RP_E_INPUT_MISSING
 * with err->field when the other PIN is needed as well; RP_E_JOURNAL, also for a note that is
 * superseded.
 */
RP_API RP_MUST_CHECK rp_code rp_resolve(rp_card *card, const struct rp_intent *intent,
					const struct rp_job *job, const rp_secret *current,
					const rp_secret *fresh, struct rp_resolution *ret,
					struct rp_error *err);
/* Strikes a note out, whatever the answer. Errors: RP_E_JOURNAL, also while its job runs. */
RP_API RP_MUST_CHECK rp_code rp_intent_forget(rp_ctx *ctx, const struct rp_intent *intent,
					      struct rp_error *err);
/* "old", "new", "cannot-know", "split". */
RP_API const char *rp_answer_word(enum rp_answer a);

/* --- the ledger: what this machine saw of a card's tries over time --- */

/*
 * From now on each job of this context is noted in the ledger, too (off: no longer). It tells
 * our own tries from those of others; a job never fails because of it. Needs rp_ctx_notes.
 */
RP_API void rp_ctx_ledger(rp_ctx *ctx, bool on);

/* What others did: another program, another machine, another user of this one. */
enum rp_ledger_kind {
	RP_LEDGER_NOTHING,
	RP_LEDGER_USED,	    /* tries were used */
	RP_LEDGER_LOCKED,   /* the last of them, too */
	RP_LEDGER_SET_BACK, /* a right entry, or a change, set the count back */
	RP_LEDGER_UNLOCKED, /* a locked PIN has tries again */
};

struct rp_ledger_news {
	rp_slot slot;
	enum rp_ledger_kind kind;
	int tries;	 /* how many were used; 0 for the other kinds */
	bool unsure;	 /* or by a job of ours of which no end is known */
	int64_t since_s; /* Unix time: after this moment; 0 = not known */
	int64_t until_s; /* and before this one */
};

/*
 * Notes what rp_card_read told of the card's PINs, and tells what others did: tries that they
 * used while these are missing, all else for a day. A look that shows nothing new is not written.
 * A card that does not tell its number is not noted, for it could be any. *ret_n is 0 when
 * there is nothing to tell. A file that cannot be read or written is no error: the log tells
 * of it, and the ledger says less. Errors: RP_E_JOURNAL (without rp_ctx_notes), RP_E_NO_MEMORY.
 */
RP_API RP_MUST_CHECK rp_code rp_ledger_note(rp_ctx *ctx, const struct rp_card_facts *facts,
					    struct rp_ledger_news ret[RP_PINS_MAX], size_t *ret_n,
					    struct rp_error *err);

struct rp_ledger_card {
	char card[33];		 /* stands for the card; tells nothing elsewhere */
	char profile[24];	 /* "mynumber" */
	char tail[5];		 /* the last characters of its number, "" when it is a short one */
	int64_t first_s, last_s; /* Unix times: the oldest and the newest that is noted */
};

/*
 * The cards that are noted, the one seen last first, at most cap: the one that `facts` tells of,
 * or with facts = NULL all. Errors: RP_E_JOURNAL, RP_E_NO_MEMORY.
 */
RP_API RP_MUST_CHECK rp_code rp_ledger_cards(rp_ctx *ctx, const struct rp_card_facts *facts,
					     struct rp_ledger_card *ret, size_t cap, size_t *ret_n,
					     struct rp_error *err);

enum rp_ledger_why {
	RP_LEDGER_LOOK, /* someone looked */
	RP_LEDGER_CHANGE,
	RP_LEDGER_UNLOCK,
	RP_LEDGER_VERIFY,
	RP_LEDGER_RESOLVE,
	RP_LEDGER_RESET, /* by the issuer */
};

struct rp_ledger_line {
	rp_slot slot;
	enum rp_ledger_why why;
	int64_t first_s;    /* Unix time: first seen so; a job: its begin */
	int64_t last_s;	    /* last seen so; a job: its end, 0 = no end is known */
	rp_pin_state state; /* as far as that look or job told */
	int tries_left;	    /* of two references the lower */
	int ref_tries[2];
	unsigned n_refs;
	rp_code result;			 /* of a job */
	int tries_spent;		 /* by it */
	char job[9];			 /* its name; "" = a look */
	struct rp_ledger_news elsewhere; /* what others did since the line before about this PIN */
};

#define RP_LEDGER_LINES_MAX 200
/*
 * What is noted of one card (its `card` of rp_ledger_cards), the oldest first, at most cap.
 * Errors: RP_E_JOURNAL, RP_E_NO_MEMORY.
 */
RP_API RP_MUST_CHECK rp_code rp_ledger_list(rp_ctx *ctx, const char *card, struct rp_ledger_line *ret,
					    size_t cap, size_t *ret_n, struct rp_error *err);
/*
 * Removes what is noted of one card, or with card = NULL of all; *ret_n cards were there.
 * Errors: RP_E_JOURNAL.
 */
RP_API RP_MUST_CHECK rp_code rp_ledger_wipe(rp_ctx *ctx, const char *card, size_t *ret_n,
					    struct rp_error *err);
/* "used", "locked", "set-back", "unlocked"; "" for nothing. */
RP_API const char *rp_ledger_kind_word(enum rp_ledger_kind kind);
/* "look", "change", "unlock", "verify", "resolve", "reset". */
RP_API const char *rp_ledger_why_word(enum rp_ledger_why why);

/*
 * Tries whether notes can be written, and says where they are. Errors: RP_E_JOURNAL (without
 * rp_ctx_notes too).
 */
RP_API RP_MUST_CHECK rp_code rp_notes_check(rp_ctx *ctx, char *ret_dir, size_t cap, struct rp_error *err);

#endif
