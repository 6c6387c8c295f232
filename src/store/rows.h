/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the issuer keeps, as plain structs: one for each table of schema/001.sql, with the same
 * names. Texts are terminated; times are Unix milliseconds of the database's clock, 0 = none; bytes
 * of fixed length are arrays, others carry their length. Nothing here is a PIN.
 */
#ifndef REPIN_STORE_ROWS_H
#define REPIN_STORE_ROWS_H

#include "base/hash.h"

#define ROW_ID 40   /* ids of cases, grants, entries and the like, with the NUL */
#define ROW_NAME 64 /* names of people and things */
#define ROW_TEXT 256
#define ROW_BYTES 192
#define ROW_JSON 2048

struct row_bytes {
	size_t len;
	uint8_t p[ROW_BYTES];
};

/* "active", "suspended" or "revoked". Only active cards get grants. */
struct row_card {
	uint8_t card_id[CARD_ID_LEN];
	char profile[24];
	char number[48];
	char status[16];
	int64_t key_version;	   /* of the reset key; 0: this card gives no MAC */
	char municipality[8];	   /* code of where the holder is registered; "" */
	struct row_bytes gids_key; /* admin key, wrapped for this card; empty: none */
	uint8_t source_card
		[CARD_ID_LEN];	/* mynumber-mobile: the card that its certificate came from; zeros: none */
	uint8_t device_key[32]; /* mynumber-mobile: SHA-256 of the device's public key; zeros: none */
	uint8_t replaced_by[CARD_ID_LEN]; /* zeros: not replaced */
	int64_t enrolled_ms;
};

struct row_card_slot {
	uint8_t card_id[CARD_ID_LEN];
	int64_t slot;
	int64_t resets;	   /* as the issuer knows it */
	int64_t learnt_ms; /* since when; an answer to an older nonce may be of before */
	char halted[16];   /* "", "copy" (lower than known) or "database" (higher, and nobody granted it) */
	int64_t halted_ms;
};

/* The certificate of one slot, as enrolled. */
struct row_card_key {
	uint8_t card_id[CARD_ID_LEN];
	int64_t slot;
	uint8_t key_hash[32];	 /* SHA-256 of the SubjectPublicKeyInfo */
	uint8_t issuer_hash[32]; /* SHA-256 of the issuer's name in DER */
	struct row_bytes serial;
	int64_t not_before_ms, not_after_ms;
	int64_t enrolled_ms;
};

struct row_terminal {
	uint8_t fingerprint[32]; /* SHA-256 of its certificate */
	char name[ROW_NAME];
	char klass[8]; /* "kiosk", "desk" or "app" */
	char grp[ROW_NAME];
	char office[ROW_NAME];
	int64_t locked; /* 0 or 1 */
	char lock_reason[ROW_TEXT];
	int64_t enrolled_ms;
};

struct row_group {
	char name[ROW_NAME];
	char klass[8];
	char slots[ROW_TEXT];	      /* what it may reset: "mynumber:sign,mynumber:auth" */
	char operator_name[ROW_TEXT]; /* who runs the kiosks */
	char places[ROW_TEXT];	      /* where they stand, in words */
	char hours[ROW_TEXT];	      /* "mon-sun 06:30-23:00" */
	int64_t listed;		      /* 1: public entry */
};

struct row_operator {
	char name[ROW_NAME];
	char roles[ROW_TEXT]; /* "clerk,approver,help-desk,auditor,admin" */
	char office[ROW_NAME];
	char password[ROW_TEXT]; /* Argon2id: version$salt$hash, our own text */
	struct row_bytes totp;	 /* wrapped for this name */
	int64_t totp_step;	 /* the last one that was taken: each serves once */
	int64_t tries_left;	 /* of password and TOTP together; counted before the compare */
	int64_t tries_ms;	 /* when it was last counted */
	int64_t disabled;
	int64_t made_ms;
};

struct row_operator_card {
	char name[ROW_NAME];
	uint8_t card_id[CARD_ID_LEN];
};

struct row_session {
	uint8_t token_hash[32]; /* SHA-256 of the bearer token */
	char name[ROW_NAME];
	uint8_t terminal[32]; /* fingerprint of the desk it was opened at; zeros: none */
	int64_t until_ms;
};

/* "active" or "blocked". */
struct row_user_code {
	uint8_t card_id[CARD_ID_LEN];
	int64_t version;  /* of the pepper */
	uint8_t salt[16]; /* the card id is mixed in by the issuer */
	uint8_t mac[32];
	char state[16];
	int64_t tries_left;
	int64_t set_ms;
};

struct row_one_time_code {
	uint8_t card_id[CARD_ID_LEN];
	char purpose[24]; /* "user-code-reset", "case" */
	char case_id[ROW_ID];
	int64_t version;
	uint8_t salt[16];
	uint8_t mac[32];
	int64_t tries_left;
	int64_t issued_ms, until_ms;
};

struct row_case {
	char id[ROW_ID];
	uint8_t card_id[CARD_ID_LEN];
	int64_t slot;
	char door[24];
	char state[16];
	char terminal[ROW_NAME]; /* where it was opened: name of the terminal, or "home" */
	char office[ROW_NAME];
	char operator_name[ROW_NAME]; /* who opened it at a desk; "" */
	char reason[ROW_TEXT];	      /* as the operator gave it */
	char identified_by[ROW_TEXT]; /* how the caller was identified */
	int64_t grants;		      /* how many there were */
	int64_t opened_ms, until_ms, changed_ms;
	char receipt[ROW_ID]; /* of the entry that opened it */
	char cause[16];	      /* why the PIN is locked, as the holder says: issuer/cause.h */
};

/* A case with its card, on a page: `opened_ms` and `id` go in as the place where the page begins. */
struct row_case_page {
	char id[ROW_ID];
	uint8_t card_id[CARD_ID_LEN];
	int64_t slot;
	char door[24], state[16];
	char terminal[ROW_NAME], office[ROW_NAME], operator_name[ROW_NAME];
	char reason[ROW_TEXT], identified_by[ROW_TEXT];
	int64_t grants, opened_ms, until_ms, changed_ms;
	char receipt[ROW_ID];
	char cause[16];
	char profile[24], number[48];
	int64_t from_ms; /* goes in; no column */
};

/* How many there were; names nobody. */
struct row_count {
	char office[ROW_NAME]; /* goes in, as do from_ms and to_ms */
	int64_t from_ms, to_ms;
	char door[24], state[16], profile[24], cause[16];
	int64_t slot, hour, n;
};

struct row_evidence {
	char case_id[ROW_ID];
	uint8_t card_id[CARD_ID_LEN];
	char kind[24]; /* "proof", "user-code", "one-time-code", "operator", "external" */
	char purpose[24];
	char by_name[ROW_NAME]; /* operator, or terminal */
	char detail[ROW_TEXT];
	int64_t at_ms;
};

struct row_grant {
	char id[ROW_ID];
	char case_id[ROW_ID];
	uint8_t card_id[CARD_ID_LEN];
	int64_t slot;
	char terminal[ROW_NAME];
	int64_t key_version;
	uint8_t challenge[16];
	int64_t resets;	     /* of the card when it was granted */
	char state[16];	     /* "burnt", "done", "failed", "unknown" */
	char settled_by[16]; /* "mac" or "word" (a card that gives no MAC) */
	int64_t made_ms, settled_ms;
};

/* state "pending": counted, not yet compared; "done": `result` is what it led to. */
struct row_idempotency {
	char key[ROW_ID];
	uint8_t card_id[CARD_ID_LEN]; /* zeros: not about a card */
	uint8_t request[32];	      /* HMAC under the pepper: a body may hold a user code */
	char state[16];
	char problem[32];      /* slug of the refusal; "" */
	char result[ROW_JSON]; /* JSON without anything secret: ids */
	int64_t made_ms;
};

struct row_nonce {
	uint8_t nonce[16];
	int64_t until_ms;
};

/* An act, in the log when it is sealed: leaf -1 until then. */
struct row_entry {
	int64_t id; /* given by the database; no order is meant by it */
	char receipt[ROW_ID];
	uint8_t card_id[CARD_ID_LEN];
	uint8_t salt[32];
	uint8_t digest[32];  /* SHA-256(salt || body) */
	char body[ROW_JSON]; /* "" and salt zeros: erased */
	int64_t leaf;
	int64_t made_ms;
};

struct row_node {
	int64_t level, idx;
	uint8_t hash[32];
};

struct row_head {
	int64_t size;
	uint8_t root[32];
	char note[1024]; /* the signed checkpoint */
	int64_t at_ms;
	int64_t old_size; /* HEAD_MOVE: the size that it is moved from; no column, not read */
};

struct row_outbox {
	int64_t id;
	uint8_t card_id[CARD_ID_LEN];
	char kind[24];
	char body[ROW_JSON];
	int64_t made_ms, sent_ms, tries;
};

struct row_stop {
	char id[ROW_ID];
	char door[24], profile[24], grp[ROW_NAME]; /* "" = every one */
	char reason[ROW_TEXT];
	char made_by[ROW_NAME], lifted_by[ROW_NAME], lifted_by2[ROW_NAME];
	int64_t made_ms, lifted_ms;
};

/* A thing that two people must agree to. */
struct row_approval {
	char id[ROW_ID];
	char act[32];
	char args[ROW_JSON]; /* what is to be done, as JSON */
	char asked_by[ROW_NAME], agreed_by[ROW_NAME];
	char state[16]; /* "asked", "done", "refused" */
	int64_t made_ms, until_ms;
};

/* One certificate that the CA is to revoke; those of one card that were asked for together share the id. */
struct row_revocation {
	char id[ROW_ID];
	uint8_t card_id[CARD_ID_LEN];
	int64_t slot;
	uint8_t issuer_hash[32];
	struct row_bytes serial;
	char reason[16]; /* "dead", "letter-lost" or "wish" */
	char state[16];	 /* issuer/revoke_table.h */
	int64_t tries;	 /* how often it was sent */
	int64_t next_ms; /* not again before this */
	char asked_by[ROW_NAME], approved_by[ROW_NAME];
	char identified_by[ROW_TEXT]; /* how the holder was identified */
	int64_t asked_ms, changed_ms;
	char receipt[ROW_ID]; /* of the entry that asked for it */
};

/* What a revocation is sent with, until it has ended. */
struct row_revocation_paper {
	char id[ROW_ID];
	int64_t slot;
	char certificate[4096]; /* DER in base64 */
	char request[8192];	/* the CA's protocol, in base64, the same in every try; "" before the first */
};

struct row_limit {
	uint8_t card_id[CARD_ID_LEN];
	char what[24];
	int64_t from_ms, n;
};

/* A place in the queue of an office's day; it names nobody. */
struct row_visit {
	char id[ROW_ID];
	char office[ROW_NAME];
	int64_t day;	      /* 20261126, where the office is */
	int64_t number;	      /* of the day, from 1 */
	char kind[16];	      /* "walk-in" or "booked" */
	char wish[16];	      /* "reset", "change", "letter" or "answer" */
	char state[16];	      /* "free", "held", "called", "in-progress", "finished", "missed" */
	char clerk[ROW_NAME]; /* who called; "" */
	char desk[ROW_NAME];
	int64_t at_ms; /* booked for; 0: walk-in */
	int64_t made_ms, called_ms, begun_ms, ended_ms;
	int64_t to_day; /* VISIT_SPAN: the last one; no column, not read */
	char was[16];	/* VISIT_MOVE: the state that it is moved from; no column, not read */
};

/* What somebody applies for at a counter, for one card: one or more PINs, on documents. */
struct row_application {
	char id[ROW_ID];
	uint8_t card_id[CARD_ID_LEN];
	char office[ROW_NAME];
	char visit[ROW_ID];   /* "" */
	char applicant[16];   /* "self", "representative", "agent" */
	char wishes[64];      /* "sign:reset,juki:change" */
	char facts[ROW_JSON]; /* as the clerk entered them; nothing that names a person */
	char shown[ROW_JSON]; /* documents: kind, dates and match, never a number */
	char state[16];	      /* counter_table.h */
	char verdict[16];     /* of the sheet as it was last entered */
	char reason[ROW_TEXT];
	char clerk[ROW_NAME], approver[ROW_NAME];
	char supervisor[ROW_NAME]; /* who opened it outside the hours; "" */
	char cases[ROW_TEXT];	   /* ids of the cases that it led to, with commas */
	int64_t opened_ms, letter_ms, answer_ms, until_ms, changed_ms;
	char receipt[ROW_ID];
	char cause[16];
};

struct row_meta {
	char name[32];
	char value[ROW_JSON];
};

#endif
