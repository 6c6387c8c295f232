/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card that is shown: first without the database (nonce, MAC), then inside the transaction of an act
 * (its row, the nonce's age, what its count settles).
 *
 *     shown_check -> issuer_work: scene_open -> changed? commit and again : the act
 */
#ifndef REPIN_ISSUER_SHOWN_H
#define REPIN_ISSUER_SHOWN_H

#include "base/proof.h"
#include "issuer/internal.h"
#include "issuer/x509.h"

/* --- nonces (nonce.c) --- */

/* One of ours: low 4 bytes of its Unix time in ms, 4 random, 8 of a MAC that covers the whole time. */
void nonce_make(issuer *i, int64_t at_ms, uint8_t ret[16]);
/* Its time. False: not ours, from the future, or older than five minutes. */
RP_MUST_CHECK bool nonce_read(const issuer *i, const uint8_t nonce[16], int64_t now_ms, int64_t *ret_ms);
/* Writes down that it was used. Errors: nonce-old. */
RP_MUST_CHECK rp_code nonce_use(struct store_tx *tx, const uint8_t nonce[16], int64_t nonce_ms,
				struct rp_error *err);

/* The same, sent already: nonce_use has to follow, or the work fails (store_ahead). */
RP_MUST_CHECK rp_code nonce_ahead(struct store_tx *tx, const uint8_t nonce[16], int64_t nonce_ms,
				  struct rp_error *err);

/* --- without the database (presence.c) --- */

struct shown {
	const struct rp_presence *p;
	uint8_t card_id[CARD_ID_LEN];
	int64_t nonce_ms;
	bool gives_mac; /* false: gids */
};
/* Nonce and MAC, and nothing else. Errors: nonce-old, card-not-shown, too-many-requests, RP_E_TOKEN. */
RP_MUST_CHECK rp_code shown_check(issuer *i, const struct issuer_peer *who, const struct rp_presence *p,
				  struct shown *ret, struct rp_error *err);
/* For a card that gives no MAC: the nonce alone. */
RP_MUST_CHECK rp_code shown_without_mac(issuer *i, const struct issuer_peer *who, const struct rp_presence *p,
					struct shown *ret, struct rp_error *err);

/* --- in the transaction --- */

struct scene {
	issuer *i;
	const struct issuer_peer *who;
	const struct shown *shown;
	const char *case_id; /* a card without MAC: the case that it is about */
	/*
	 * This act changes nothing but what the card's count settles: no lock and no synced commit
	 * until there is something to settle (`to_settle`). Then the work returns at once, and runs again
	 * with both.
	 */
	bool looks;
	/* by scene_open */
	struct store_tx *tx;
	int64_t now;
	struct row_card card;
	struct row_card_slot slot;
	struct peer peer;
	bool to_settle;
	bool changed; /* the card's count settled or halted something: commit this, then act */
	bool again;   /* so the work runs again; one that has nothing to refuse clears it and acts at once */
	bool unsettled;		       /* a grant of this slot is open still: the nonce is older than it */
	unsigned done, failed, halted; /* what was settled, for the counts */
	char settled[ROW_ID];	       /* the last case that the card's count settled; "" none */
	enum case_state settled_state;
};
/*
 * Opens the scene (what the act itself will read is sent ahead before this): row of the card, nonce by the
 * database's clock, settling, who asks. With `changed` nothing but this was done, and the work returns.
 * Errors: card-not-shown, nonce-old, peer_load's.
 */
RP_MUST_CHECK rp_code scene_open(struct store_tx *tx, struct scene *s, struct rp_error *err);
/* Runs work (whose arg begins with a struct scene) as long as its scene says again. */
RP_MUST_CHECK rp_code scene_work(struct scene *s, const char *idempotency_key, store_work_fn *work,
				 struct rp_error *err);
/*
 * May this PIN be reset for this card by this door from this peer, as far as the card's own evidence does not
 * matter? Errors: card-*, slot, door, terminal-class, stopped, not-ready (the seal is late).
 */
RP_MUST_CHECK rp_code scene_may(struct scene *s, rp_slot slot, enum doors_id door, struct rp_error *err);
/* What scene_may will read. */
RP_MUST_CHECK rp_code scene_may_ahead(struct store_tx *tx, struct rp_error *err);
/* The nonce, and the count of what is done with this card; nonce_use and card_limit have to follow. */
RP_MUST_CHECK rp_code scene_count_ahead(struct scene *s, struct rp_error *err);
/* An entry in the log about this scene. */
RP_MUST_CHECK rp_code scene_log(struct scene *s, const char *act, const struct row_case *c, rp_slot slot,
				const char *door, const char *outcome, char ret_receipt[ROW_ID],
				struct rp_error *err);
/* DOORS_AT_HOME for "home", … 0 for a class that nobody knows. */
unsigned peer_where(const struct peer *p);

/* The parts of a request that every act of a card has; n of them are put at `at`. */
#define SHOWN_PARTS 10
struct shown_parts {
	uint8_t fixed[9]; /* slot, key number, resets, is there a phone */
	char who[65];
};
size_t shown_parts(const struct issuer_peer *who, const struct shown *s, struct shown_parts *room,
		   struct hash_part at[SHOWN_PARTS]);

/* The same for what is asked for; secrets are named where they lie. */
#define EVIDENCE_PARTS 14
struct evidence_room {
	uint8_t given[12]; /* which of them there are */
	uint8_t slot[1];
};
size_t evidence_parts(const struct rp_evidence *e, struct evidence_room *room,
		      struct hash_part at[EVIDENCE_PARTS]);

/* --- proofs (proof.c) --- */

/* What the proof's lines must say besides card, terminal and nonce. */
struct proof_ask {
	const char *purpose, *case_id; /* case_id NULL: "-" */
	rp_slot target;		       /* RP_SLOT_NONE: "-" */
};
/* What is seen of a proof without the database: certificate, anchor, signature. */
struct proof_seen {
	enum rp_problem problem; /* RP_PROBLEM_NONE: good so far */
	char why[96];
	rp_slot slot;
	struct x509_facts cert;
};
/* The text that is signed; 0 when a value is none. */
size_t proof_lines_of(const issuer *i, const struct issuer_peer *who, const struct shown *s,
		      const struct proof_ask *ask, char ret[PROOF_LINES_MAX]);
void proof_look(issuer *i, const struct issuer_peer *who, const struct shown *s, const struct proof_ask *ask,
		const struct rp_proof *p, struct proof_seen *ret);
/* The rows that proof_check reads for a kiosk's proof. */
RP_MUST_CHECK rp_code proof_ahead(struct store_tx *tx, const struct shown *s, struct rp_error *err);
/*
 * The rest: the key is enrolled for `proving` of this card, and its certificate and that of `target`
 * (RP_SLOT_NONE: no other) are valid and not revoked. Errors: those of evidence.
 */
RP_MUST_CHECK rp_code proof_check(struct scene *s, const struct proof_seen *seen, rp_slot proving,
				  rp_slot target, struct rp_error *err);
/* The same with a PIN of another card, that of this id. Errors: source-card, and those of evidence. */
RP_MUST_CHECK rp_code proof_check_by(struct scene *s, const uint8_t by[CARD_ID_LEN],
				     const struct proof_seen *seen, rp_slot proving, rp_slot target,
				     struct rp_error *err);
/* The certificate of this PIN of the card is enrolled, valid and not revoked. */
RP_MUST_CHECK rp_code proof_target(struct scene *s, rp_slot target, struct rp_error *err);

/* --- phones (app.c) --- */

/* What is seen of a phone's signature without the database. */
struct device_seen {
	enum rp_problem problem; /* RP_PROBLEM_NONE: good so far; EVIDENCE_MISSING: there is none */
	uint8_t key_hash[32];
};
void device_look(issuer *i, const struct issuer_peer *who, const struct shown *s, const struct proof_ask *ask,
		 struct device_seen *ret);
/*
 * A phone whose key is registered, for this card or, of a My Number Card, for certificates that came from
 * it, makes a peer without a certificate one of class app. No signature: nothing is done. Errors:
 * device-unknown, proof-wrong.
 */
RP_MUST_CHECK rp_code device_check(struct scene *s, const struct device_seen *seen, struct rp_error *err);

#endif
