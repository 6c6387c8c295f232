/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's domain: who gets which card's PIN reset, on what evidence, once. No HTTP, no SQL, no
 * PKCS#11 in it: those are src/server, src/store, src/keys. docs/server.md has the flow and the rules.
 *
 *     issuer_nonce -> issuer_presence -> issuer_reserve | issuer_grant | issuer_set_code -> issuer_presence
 *
 * A refusal is RP_E_ISSUER_REFUSED with err->problem (repin/problems.h); it has changed nothing on a
 * card, and what it counted is in err->tries_left with err->spent_at_issuer. Any number of threads may call.
 */
#ifndef REPIN_ISSUER_ISSUER_H
#define REPIN_ISSUER_ISSUER_H

#include "keys/keys.h"
#include "repin/issuer.h"
#include "rules/doors.h"
#include "store/store.h"

typedef struct issuer issuer;

struct issuer_conf {
	const char *name;	     /* of this issuer; part of every card id */
	const char *log_origin;	     /* of the log's checkpoints */
	const char *anchors_file;    /* PEM: the CAs whose certificates prove PINs */
	const char *crl_file;	     /* PEM; NULL: no revocation lists (only with `crl_optional`) */
	bool crl_optional;	     /* an installation without lists: said at start, in the log */
	const char *reserve_from[4]; /* "home", "app", "desk"; NULL-terminated */
	unsigned argon2_places;	     /* 0: 2 */
	unsigned two_people;	     /* 1: acts that need two people wait for the second */
	const char *four_eyes;	     /* offices whose applications a second person agrees to: "a,b"; NULL */
	unsigned card_acts;	     /* grants, reservations and tries of codes of one card in a day; 0: 30 */
	struct external_row {	     /* rows of the doors that also ask for external evidence */
		const char *profile, *door;
		rp_slot slot;	  /* RP_SLOT_NONE: every PIN of this door */
		const char *name; /* of the key; several rows for one door: any of their keys will do */
		uint8_t key[32];  /* Ed25519 of who signs it */
	} external[8];
	size_t n_external;
};

/* Takes keys and store over (closes neither on failure). Errors: RP_E_CONFIG, RP_E_STORE*, RP_E_TOKEN. */
RP_MUST_CHECK rp_code issuer_open(const struct issuer_conf *c, keys *k, store *s, issuer **ret,
				  struct rp_error *err);
void issuer_close(issuer *i);
/*
 * May it serve? The store is ready, the token's check values are those of the log's leaf 0, and sealing is
 * not more than ten seconds behind. Errors: RP_E_STORE*, RP_E_TOKEN, RP_E_ISSUER_REFUSED (not-ready).
 */
RP_MUST_CHECK rp_code issuer_ready(issuer *i, struct rp_error *err);
/*
 * How many ms the oldest entry of the log has been waiting for its seal; 0: none does. A server seals each
 * second. Errors: RP_E_STORE*.
 */
RP_MUST_CHECK rp_code issuer_seal_waits(issuer *i, int64_t *ret_ms, struct rp_error *err);

/* Who asks. `fingerprint` NULL: a home machine. Read from the terminal's row on every call. */
struct issuer_peer {
	const uint8_t *fingerprint;	/* SHA-256 of a client certificate that verified */
	const char *source;		/* address, for limits and the log */
	const uint8_t *session;		/* SHA-256 of an operator's bearer token; NULL: none */
	const struct rp_device *device; /* the app on a phone, by its own key; NULL: none */
};

/* --- cards: presence, cases, grants (presence.c, reserve.c, grant.c, code.c) --- */

/* A number of ours with its time and MAC (docs/server.md); nothing is stored. Errors: RP_E_TOKEN. */
RP_MUST_CHECK rp_code issuer_nonce(issuer *i, uint8_t ret[16], struct rp_error *err);
/*
 * The card's MAC: settles what it settles, and tells what is open. Without a right MAC one refusal
 * (card-not-shown, nonce-old) before anything else is done. Errors: refusals, RP_E_STORE*, RP_E_TOKEN.
 */
RP_MUST_CHECK rp_code issuer_presence(issuer *i, const struct issuer_peer *who, const struct rp_presence *p,
				      struct rp_issuer_facts *ret, struct rp_error *err);
/*
 * The calls below take an idempotency key and HMAC the request themselves: the same key and request get
 * the same answer, another request is refused (key-reused).
 */
RP_MUST_CHECK rp_code issuer_reserve(issuer *i, const struct issuer_peer *who, const char *key,
				     const struct rp_presence *p, const struct rp_evidence *e,
				     struct rp_case *ret, char ret_receipt[RP_ISSUER_ID],
				     struct rp_error *err);
RP_MUST_CHECK rp_code issuer_grant(issuer *i, const struct issuer_peer *who, const char *key,
				   const struct rp_presence *p, const struct rp_evidence *e,
				   struct rp_grant *ret, struct rp_error *err);
RP_MUST_CHECK rp_code issuer_word(issuer *i, const struct issuer_peer *who, const char *key,
				  const char *grant, bool done, const uint8_t *answer, size_t len,
				  struct rp_error *err);
RP_MUST_CHECK rp_code issuer_set_code(issuer *i, const struct issuer_peer *who, const char *key,
				      const struct rp_presence *p, const struct rp_evidence *e,
				      char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
/*
 * The key of a phone (who->device) becomes that of this card of mynumber-mobile, proven by the signature PIN
 * of the card that its certificates came from. One that was there before serves no more.
 */
RP_MUST_CHECK rp_code issuer_device(issuer *i, const struct issuer_peer *who, const char *key,
				    const struct rp_presence *p, const struct rp_evidence *e,
				    char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
RP_MUST_CHECK rp_code issuer_cancel(issuer *i, const struct issuer_peer *who, const char *key,
				    const struct rp_presence *p, const char *case_id, struct rp_error *err);

/* --- operators (operator.c) --- */

/*
 * *ret_token: 43 characters of base64url, shown once. Counts before it compares. Errors: sign-in-wrong,
 * refusals.
 */
RP_MUST_CHECK rp_code issuer_sign_in(issuer *i, const struct issuer_peer *who, const char *name,
				     const rp_secret *password, const char *totp, char ret_token[48],
				     int64_t *ret_until_ms, struct rp_error *err);
RP_MUST_CHECK rp_code issuer_sign_out(issuer *i, const struct issuer_peer *who, struct rp_error *err);

/* What an operator decides for a holder; who->session says who they are. */
struct issuer_decision {
	const char *profile, *number;
	rp_slot slot;
	const char *door; /* "help-desk"; the counter's are in counter.h */
	const char *reason, *identified_by;
	const char *cause;	  /* why the PIN is locked, as the holder says; NULL: nothing was said */
	const uint8_t *challenge; /* gids by telephone: 8 bytes; NULL: on-line or at the desk */
};
struct issuer_decided {
	char case_id[RP_ISSUER_ID], receipt[RP_ISSUER_ID];
	char code[16];	     /* one-time code for the holder, on-line; "" else */
	uint8_t response[8]; /* by telephone */
	int64_t until_ms;
};
RP_MUST_CHECK rp_code issuer_decide(issuer *i, const struct issuer_peer *who, const char *key,
				    const struct issuer_decision *d, struct issuer_decided *ret,
				    struct rp_error *err);

/* --- enrolment and administration (enrol.c, admin.c): `by` is the operator's name, or "console" --- */

struct issuer_card {
	const char *profile, *number, *municipality;
	const char *source;	    /* mynumber-mobile: number of the card that its certificates came from */
	const rp_secret *gids_key;  /* 24 bytes, gids */
	const rp_secret *user_code; /* hicos: the first one, NULL: none */
	struct issuer_cert {
		rp_slot slot;
		const uint8_t *der;
		size_t len;
	} certs[4];
	size_t n_certs;
	const char *replaces_profile, *replaces_number; /* the old card, revoked; NULL: none */
};
/*
 * Certificates are checked against the anchors. Errors: conflict (there; the old card is not revoked, or
 * has its successor), certificate refusals,
 * RP_E_USAGE.
 */
RP_MUST_CHECK rp_code issuer_enrol(issuer *i, const char *by, const struct issuer_card *c,
				   struct rp_error *err);
/*
 * Many, one JSON object a line (the members of docs/openapi.yaml's Card), in transactions of 500.
 * `progress` may
 * be NULL. A line that is refused is told and passed over. Errors: RP_E_STORE*, RP_E_USAGE (unreadable).
 */
struct issuer_many {
	uint64_t done, refused, bytes, bytes_all;
};
RP_MUST_CHECK rp_code issuer_enrol_file(issuer *i, const char *by, const char *path,
					void (*progress)(void *arg, const struct issuer_many *m,
							 const char *refused),
					void *arg, struct issuer_many *ret, struct rp_error *err);
RP_MUST_CHECK rp_code issuer_card_status(issuer *i, const char *by, const char *profile, const char *number,
					 const char *status, const char *reason, struct rp_error *err);
/* `how` it leaves the issuer, for the log: "plain", or for whose key it is wrapped. */
RP_MUST_CHECK rp_code issuer_card_key(issuer *i, const char *by, const char *profile, const char *number,
				      const char *how, rp_secret **ret, struct rp_error *err);
/*
 * A key of the token gets a further version: who may, and the entry, before it is made. *ret_version is
 * the one to make. Errors: role, RP_E_STORE*.
 */
RP_MUST_CHECK rp_code issuer_key_next(issuer *i, const char *by, enum keys_use use, const char *name,
				      unsigned *ret_version, struct rp_error *err);
/* A new one-time code for the user code of this card; shown once. One a week per card. */
RP_MUST_CHECK rp_code issuer_user_code_letter(issuer *i, const char *by, const char *profile,
					      const char *number, char ret_code[16], struct rp_error *err);
RP_MUST_CHECK rp_code issuer_group_put(issuer *i, const char *by, const struct row_group *g,
				       struct rp_error *err);
/* Two people: the first call makes an approval (*ret_approval), issuer_agree carries it out. */
RP_MUST_CHECK rp_code issuer_terminal_enrol(issuer *i, const char *by, const struct row_terminal *t,
					    char ret_approval[RP_ISSUER_ID], struct rp_error *err);
RP_MUST_CHECK rp_code issuer_terminal_lock(issuer *i, const char *by, const char *name, bool locked,
					   const char *reason, struct rp_error *err);
RP_MUST_CHECK rp_code issuer_operator_put(issuer *i, const char *by, const char *name, const char *roles,
					  const char *office, const rp_secret *password, char ret_totp[64],
					  struct rp_error *err);
RP_MUST_CHECK rp_code issuer_stop(issuer *i, const char *by, const char *door, const char *profile,
				  const char *grp, const char *reason, char ret_id[RP_ISSUER_ID],
				  struct rp_error *err);
RP_MUST_CHECK rp_code issuer_ask(issuer *i, const char *by, const char *act, const char *args_json,
				 char ret_approval[RP_ISSUER_ID], struct rp_error *err);
RP_MUST_CHECK rp_code issuer_agree(issuer *i, const char *by, const char *approval, struct rp_error *err);
/* After a restore: expires every open case, logs the gap to the last exported checkpoint. */
RP_MUST_CHECK rp_code issuer_recover(issuer *i, const char *by, const char *last_checkpoint,
				     struct rp_error *err);

/*
 * Retention: rows of a kind that ended more than `days` days ago. Without `really` they are counted alone;
 * with it they are deleted, and that is logged. `by` an admin. Errors: role, RP_E_USAGE (no days),
 * RP_E_STORE*.
 */
enum forget_kind {
	FORGET_CASES,
	FORGET_CODES,
	FORGET_NOTICES,
	FORGET_APPROVALS,
	FORGET_APPLICATIONS,
	FORGET_VISITS,
	FORGET_KINDS
};
const char *forget_word(enum forget_kind k); /* "cases", "codes", …: its word in repind.conf */
RP_MUST_CHECK rp_code issuer_forget(issuer *i, const char *by, enum forget_kind kind, unsigned days,
				    bool really, uint64_t *ret, struct rp_error *err);

/* --- the log and the background (log.c, sealer.c, sweeper.c) --- */

/* One round: numbers at most 1000 entries, stores nodes and the signed head. *ret_sealed entries. */
RP_MUST_CHECK rp_code issuer_seal(issuer *i, uint64_t *ret_sealed, struct rp_error *err);
/* One round: expires cases and grants' time, forgets old nonces and idempotency rows. */
RP_MUST_CHECK rp_code issuer_sweep(issuer *i, struct rp_error *err);
/* One round: hands due notices to `program` (body on its standard input); NULL: they wait. */
RP_MUST_CHECK rp_code issuer_notify(issuer *i, const char *program, struct rp_error *err);
/* The newest signed checkpoint. */
RP_MUST_CHECK rp_code issuer_checkpoint(issuer *i, char *ret, size_t cap, struct rp_error *err);
/* JSON of an entry with its inclusion proof and checkpoint; state "waiting" until sealed, "erased" after. malloc'd. */
RP_MUST_CHECK rp_code issuer_receipt(issuer *i, const char *receipt, char **ret_json, struct rp_error *err);
RP_MUST_CHECK rp_code issuer_consistency(issuer *i, uint64_t from, uint64_t to, char **ret_json,
					 struct rp_error *err);
/*
 * Reads the whole log: every leaf against its entry, every node, the head, and that it contains the
 * checkpoint `exported` (NULL: none). *ret_size leaves were good. Errors: RP_E_STORE with what is
 * changed, cut, missing or doubled.
 */
RP_MUST_CHECK rp_code issuer_audit(issuer *i, const char *exported, uint64_t *ret_size, struct rp_error *err);
/* The public page: issuer, doors, kiosk groups, offices, log key. malloc'd. */
RP_MUST_CHECK rp_code issuer_public(issuer *i, char **ret_json, struct rp_error *err);
/* For the metrics: name of a counter and its value. */
void issuer_counts(issuer *i, void (*each)(void *arg, const char *name, const char *labels, uint64_t n),
		   void *arg);

#endif
