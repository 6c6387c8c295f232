/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the issuer's domain share: the issuer itself, its transactions, who asks, ids,
 * idempotency, codes, cases and notices. Nothing outside src/issuer includes it.
 *
 *     issuer_work(i, &opts, work, arg) -> inside: peer_load, idem_look, …, log_entry, notice_put, idem_done
 *
 * A work may run again from its beginning (store.h): it starts its arg anew. Errors: where a function
 * says nothing else, the store's.
 */
#ifndef REPIN_ISSUER_INTERNAL_H
#define REPIN_ISSUER_INTERNAL_H

#include <pthread.h>

#include "issuer/case_table.h"
#include "issuer/issuer.h"
#include "issuer/log.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

#define NONCE_LIVES_MS (5 * MINUTE_MS)
#define GRANT_LIVES_MS (2 * MINUTE_MS)
#define CASE_GRANTS_MAX 4 /* the first and three more */
#define SEAL_LATE_MS (10 * SECOND_MS)
#define CODE_TRIES DOORS_CODE_TRIES
#define OTC_TRIES 3
#define OTC_CHARS 10 /* and a check character */
#define OTC_LIVES_MS (14 * DAY_MS)
#define OTC_FOR_USER_CODE "user-code-reset" /* purposes of one-time codes; the case of the first is "" */
#define OTC_FOR_CASE "case"
#define CARD_ACTS_A_DAY 30 /* unless told otherwise */

struct x509_trust;
struct sources;

struct issuer {
	keys *keys;
	store *store;
	char name[ROW_NAME], log_origin[ROW_TEXT];
	char four_eyes[ROW_TEXT]; /* offices, with commas */
	bool reserve_home, reserve_app, reserve_desk;
	unsigned two_people;
	unsigned card_acts;		 /* grants, reservations and tries of codes of one card in a day */
	struct external_row external[8]; /* their texts are in external_text */
	char external_text[8][3][ROW_NAME];
	size_t n_external;
	unsigned pepper; /* newest version */
	uint8_t nonce_key[32];
	struct x509_trust *trust;
	struct sources *sources;
	pthread_mutex_t lock; /* of what follows */
	unsigned places;      /* of Argon2 that are free */
	int64_t ahead_ms;     /* the database's time = clock_ms() + this, at least */
	int64_t ahead_at_ms;  /* when that was seen, on clock_ms() */
	uint64_t counts[32];  /* enum issuer_count */
};

/* For issuer_counts: what was ever forgotten, by kind (forget.c). */
void forget_counts(issuer *i, void (*each)(void *arg, const char *name, const char *labels, uint64_t n),
		   void *arg);

/* --- transactions and time (issuer.c) --- */

/* store_work, and the database's time is taken note of. */
RP_MUST_CHECK rp_code issuer_work(issuer *i, const struct store_opts *o, store_work_fn *work, void *arg,
				  struct rp_error *err);
/* Takes note of the database's time, as store_now has just told it; for a work that is not issuer_work's. */
void issuer_saw_time(issuer *i, int64_t db_ms);
/* The database's time without asking it: never ahead of it, behind by what an answer takes. */
int64_t issuer_now_ms(issuer *i);

/* Errors: not-ready (an entry waits for its seal for more than ten seconds). */
RP_MUST_CHECK rp_code seal_in_time(struct store_tx *tx, struct rp_error *err);
/* …_ahead: what the function of that name reads is asked for soon (store_ahead). */
RP_MUST_CHECK rp_code seal_ahead(struct store_tx *tx, struct rp_error *err);

/* For the metrics; the order of the names in issuer.c. */
enum issuer_count {
	COUNT_PRESENCE,
	COUNT_NOT_SHOWN,
	COUNT_RESERVED,
	COUNT_GRANTED,
	COUNT_DONE,
	COUNT_FAILED,
	COUNT_CODE_WRONG,
	COUNT_CODE_BLOCKED,
	COUNT_HALTED,
	COUNT_REFUSED,
	COUNT_BUSY,
	ISSUER_COUNTS
};
void issuer_count(issuer *i, enum issuer_count what);

/* --- ids and texts (ids.c) --- */

/* A new id that cannot be guessed: 25 base-32 characters and their check. */
void id_new(char ret[ROW_ID]);
/* Copies a text into a field; what does not fit is a fault of ours: RP_E_FAULT. */
RP_MUST_CHECK rp_code text_put(char *ret, size_t cap, const char *text, struct rp_error *err);
/* The id of a card of this issuer. Errors: RP_E_USAGE (a text that is too long). */
RP_MUST_CHECK rp_code card_id_of(const issuer *i, const char *profile, const char *number,
				 uint8_t ret[CARD_ID_LEN], struct rp_error *err);

/* --- who asks (peer.c) --- */

struct peer {
	char klass[8];	     /* "home", "kiosk", "desk", "app" */
	char name[ROW_NAME]; /* of the terminal, or "home" */
	char line[65];	     /* as the proof's lines have it: fingerprint (a phone's key) in hex, or "home" */
	char grp[ROW_NAME], office[ROW_NAME];
};
/* Errors: terminal-unknown, terminal-locked. */
RP_MUST_CHECK rp_code peer_load(struct store_tx *tx, const struct issuer_peer *who, struct peer *ret,
				struct rp_error *err);
/* Its row is asked for soon (store_ahead). */
RP_MUST_CHECK rp_code peer_ahead(struct store_tx *tx, const struct issuer_peer *who, struct rp_error *err);
/* SHA-256 of a phone's public key. */
void device_hash(const struct rp_device *d, uint8_t ret[32]);
/* What the proof's lines call this peer; needs no database. */
void peer_line(const struct issuer_peer *who, char ret[65]);
/*
 * Does the peer's group have this PIN in its capabilities? ret_hours (may be NULL): the group's, ROW_TEXT
 * bytes.
 */
RP_MUST_CHECK rp_code peer_may_reset(struct store_tx *tx, const struct peer *p, const char *profile,
				     rp_slot slot, char *ret_hours, bool *ret, struct rp_error *err);
/*
 * Are kiosks with these hours open now? A text in no form that we read says nothing, nor does a year whose
 * holidays we do not know. Errors: kiosk-closed, with the next opening.
 */
RP_MUST_CHECK rp_code peer_open(const char *hours, int64_t now_ms, struct rp_error *err);

/* --- idempotency (idem.c) --- */

struct idem {
	char key[ROW_ID];
	uint8_t card_id[CARD_ID_LEN];
	uint8_t request[32];
	/* as found by idem_look */
	bool found, pending;
	enum rp_problem problem; /* what it led to: RP_PROBLEM_NONE is success */
	char result[ROW_JSON];
};
/*
 * Names the request: HMAC(pepper) over `what` and all parts, each with its length, so that no two
 * requests have the same. card_id NULL: not about a card. Errors: malformed (a key that is none), RP_E_TOKEN.
 */
RP_MUST_CHECK rp_code idem_name(issuer *i, const char *key, const uint8_t *card_id, const char *what,
				const struct hash_part *parts, size_t n, struct idem *ret,
				struct rp_error *err);
/* Looks it up. Errors: idempotency-key-reused (another request has this key). */
RP_MUST_CHECK rp_code idem_ahead(struct store_tx *tx, const struct idem *d, struct rp_error *err);
RP_MUST_CHECK rp_code idem_look(struct store_tx *tx, struct idem *d, struct rp_error *err);
/* The same whatever the request was: card_id and all that it led to become those of the row. */
RP_MUST_CHECK rp_code idem_find(struct store_tx *tx, struct idem *d, struct rp_error *err);
/* Writes it as pending, before what is counted is compared. */
RP_MUST_CHECK rp_code idem_pending(struct store_tx *tx, struct idem *d, struct rp_error *err);
/* Writes what it led to; `result` is JSON without anything secret, or "". */
RP_MUST_CHECK rp_code idem_done(struct store_tx *tx, struct idem *d, enum rp_problem problem,
				const char *result, struct rp_error *err);

/* --- codes: user codes and one-time codes (code.c) --- */

/* A place for Argon2. False: none is free; nothing may be counted then. */
RP_MUST_CHECK bool place_take(issuer *i);
void place_give(issuer *i);

enum code_kind { CODE_USER, CODE_ONE_TIME };
/*
 * HMAC(pepper-version, kind, card id, version, Argon2id(code, SHA-256(salt, card id))): a row that is copied
 * to another card matches nothing. Takes 20 ms and a place, which the caller has. Errors: RP_E_TOKEN,
 * RP_E_NO_MEMORY.
 */
RP_MUST_CHECK rp_code code_mac(issuer *i, enum code_kind kind, unsigned version,
			       const uint8_t card_id[CARD_ID_LEN], const uint8_t salt[16],
			       const rp_secret *code, uint8_t ret[32], struct rp_error *err);
/* 6 to 10 ASCII letters and digits; case counts. */
RP_MUST_CHECK bool code_fits(const rp_secret *code);
/* A one-time code as typed, in the form it is hashed in. Errors: code-wrong, not counted: a typing slip. */
RP_MUST_CHECK rp_code code_typed_one_time(const rp_secret *typed, rp_secret **ret, struct rp_error *err);
/* Rows of a new code, ready to be put: salt, HMAC, version, tries, times. Takes a place as above. */
RP_MUST_CHECK rp_code code_make_user(issuer *i, const uint8_t card_id[CARD_ID_LEN], const rp_secret *code,
				     struct row_user_code *ret, struct rp_error *err);
/* Makes the code too: ret_code is for the holder. Purpose, case and times are the caller's to fill in. */
RP_MUST_CHECK rp_code code_make_one_time(issuer *i, const uint8_t card_id[CARD_ID_LEN], char ret_code[16],
					 struct row_one_time_code *ret, struct rp_error *err);

/* --- cases (cases.c) --- */

/* How long a case of this door lives from its opening. */
int64_t case_lives_ms(enum doors_id door);
/* A new case in state open: id, times, limits from `now`. The caller fills in the rest and inserts it. */
void case_new(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], rp_slot slot, enum doors_id door,
	      struct row_case *ret);
/* One step by the table, in memory. Errors: as case_move. */
RP_MUST_CHECK rp_code case_step(struct row_case *c, int64_t now_ms, enum case_event event,
				struct rp_error *err);
/* Why the PIN is locked, as its holder says (NULL, "": nothing was said). What was said first stays. */
RP_MUST_CHECK rp_code case_cause(struct row_case *c, const char *cause, struct rp_error *err);
/* Moves it by the table and writes it. Errors: case-state (the table has no such way; it is logged). */
RP_MUST_CHECK rp_code case_move(struct store_tx *tx, struct row_case *c, enum case_event event,
				struct rp_error *err);
/* The row of the doors table that issuer and planner share; NULL: there is none, or it says never. */
const struct doors_row *door_row(const char *profile, rp_slot slot, enum doors_id door);
/*
 * Errors: door; terminal-capability (the counter does it) where the table says never and has a counter,
 * app-only where it has the app.
 */
RP_MUST_CHECK rp_code door_check(const char *profile, rp_slot slot, enum doors_id door, struct rp_error *err);
/* Errors: stopped. `grp` may be "". */
RP_MUST_CHECK rp_code stops_ahead(struct store_tx *tx, struct rp_error *err);
RP_MUST_CHECK rp_code stops_check(struct store_tx *tx, const char *door, const char *profile, const char *grp,
				  struct rp_error *err);
/* Errors: card-suspended, card-revoked. */
RP_MUST_CHECK rp_code card_active(const struct row_card *c, struct rp_error *err);
/* Counts an act of this card; errors: too-many-requests. */
/* It counts: card_limit has to follow, or the work fails. */
RP_MUST_CHECK rp_code card_limit_ahead(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN],
				       const char *what, struct rp_error *err);
RP_MUST_CHECK rp_code card_limit(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], const char *what,
				 int64_t most, struct rp_error *err);
/* Cancels what is open or ready of this card (RP_SLOT_NONE: of every slot, NULL: every door), and logs it. */
/* The open cases of a card. */
RP_MUST_CHECK rp_code cases_ahead(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN],
				  struct rp_error *err);
RP_MUST_CHECK rp_code cases_cancel(struct store_tx *tx, const struct row_card *card, rp_slot slot,
				   const char *door, const char *by, struct rp_error *err);
/*
 * A notice to the holder, sent later: kind "grant", "done", "unknown", "blocked", "code", "halted". The body
 * says card number, profile, PIN, door and receipt; nothing secret.
 */
RP_MUST_CHECK rp_code notice_put(struct store_tx *tx, const struct row_card *card, const char *kind,
				 rp_slot slot, const char *door, const char *receipt, struct rp_error *err);
/*
 * An approver has decided that a halted slot is in order: its count becomes `resets`, every slot of the card
 * goes on. The caller logs who. Errors: conflict when it is not halted.
 */
RP_MUST_CHECK rp_code slot_lift(struct store_tx *tx, const uint8_t card_id[CARD_ID_LEN], rp_slot slot,
				int64_t resets, struct rp_error *err);

#endif
