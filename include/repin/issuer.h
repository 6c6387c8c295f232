/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs that need the card's issuer: reserve, reset, and what the issuer knows. librepin drives the
 * card and does no networking; whoever calls gives it a port, four functions that ask the issuer
 * (src/client has them over HTTPS, tests call the issuer's domain itself). They are called while the card is
 * held, inside one transaction of at most 60 s, so each must obey its own time-out.
 *
 *     rp_issuer_look      shows the card to the issuer: what is open              (spends no try)
 *     rp_issuer_reserve   proves the other PIN, opens a reservation               (one entry)
 *     rp_issuer_reset     [proves the other PIN,] grant, new PIN, settled         (one entry or none)
 *     rp_issuer_code      proves a PIN, or hands over a one-time code, for a new user code
 *
 * Nothing of this goes to a card without our reset application, but GIDS, whose scheme is public.
 */
#ifndef REPIN_ISSUER_H
#define REPIN_ISSUER_H

#include "repin/repin.h"

#define RP_ISSUER_ID 40
#define RP_EXTERNAL_MAX 1024 /* bytes of a check made elsewhere */

/* The card's answer to the issuer's nonce (docs/wire.md, section 1). */
struct rp_presence {
	const char *profile;
	char number[48];
	rp_slot slot;
	unsigned key; /* its key number, as the card's SELECT told it */
	uint8_t nonce[16], challenge[16], mac[16];
	uint16_t resets;
	/*
	 * Presence alone: the idempotency key of a grant that was asked for and of which no end is known.
	 * The issuer tells what it led to (`wish` of the facts), and burns none for it any more. NULL: none.
	 */
	const char *wish;
};

/* A signature by the PIN of `slot` over the proof's lines. */
struct rp_proof {
	rp_slot slot;
	uint8_t *certificate; /* DER, of the proving key; malloc'd */
	size_t certificate_len;
	uint8_t signature[512];
	size_t signature_len;
};
RP_API void rp_proof_clear(struct rp_proof *p);

/*
 * A signature by the key of a phone over the proof's lines: the phone gives it only while it is unlocked. The
 * key is of P-256, because that is what the secure elements of phones keep.
 */
#define RP_DEVICE_KEY_MAX 128
#define RP_DEVICE_SIG_MAX 80
struct rp_device {
	uint8_t key[RP_DEVICE_KEY_MAX]; /* public, SubjectPublicKeyInfo in DER */
	size_t key_len;
	uint8_t signature[RP_DEVICE_SIG_MAX]; /* ECDSA with SHA-256, Ecdsa-Sig-Value in DER */
	size_t signature_len;
};

/*
 * The key of a phone in a file of PEM. Errors: RP_E_CONFIG (no key of P-256, not ours alone (mode
 * 600), or a new one's file is there already), RP_E_NO_MEMORY, RP_E_FAULT.
 */
typedef struct rp_device_key rp_device_key;
RP_API RP_MUST_CHECK rp_code rp_device_key_make(const char *path, struct rp_error *err);
RP_API RP_MUST_CHECK rp_code rp_device_key_open(const char *path, rp_device_key **ret, struct rp_error *err);
RP_API void rp_device_key_close(rp_device_key *k);
/* What the proof's lines name as terminal: SHA-256 of the public key, 64 hex digits; the key's. */
RP_API const char *rp_device_key_terminal(const rp_device_key *k);
RP_API RP_MUST_CHECK rp_code rp_device_key_sign(const rp_device_key *k, const char *lines, size_t len,
						struct rp_device *ret, struct rp_error *err);

/* What the proof's lines say besides card, slot and nonce. */
enum rp_purpose { RP_FOR_RESERVE, RP_FOR_RESET, RP_FOR_USER_CODE, RP_FOR_DEVICE, RP_FOR_SIGN_IN };
/* "reserve", "reset", "user-code-reset", "device", "sign-in" */
RP_API const char *rp_purpose_word(enum rp_purpose p);

/* A case that the issuer has under way for this card. */
struct rp_case {
	char id[RP_ISSUER_ID];
	rp_slot slot;
	char door[24];	/* "kiosk", "user-code", "counter", "help-desk" */
	char state[16]; /* "open", "ready", "granted", "failed", "unknown" */
	int64_t left_s; /* until its time is over, by the issuer's clock; -1: no end */
	bool here;	/* it can be finished at this terminal */
};
#define RP_CASES_MAX 8

/* What the issuer knows, told only after the card's MAC. */
struct rp_issuer_facts {
	char card_status[16]; /* "active", "suspended", "revoked" */
	char halted[16];      /* "", "copy", "database" */
	char user_code[16];   /* "none", "active", "blocked" */
	int user_code_tries;  /* RP_TRIES_UNKNOWN when there is none */
	struct rp_case cases[RP_CASES_MAX];
	size_t n_cases;
	char settled[RP_ISSUER_ID]; /* the case that this very presence settled; "" */
	char settled_state[16];	    /* "done" or "failed" */
	/*
	 * Of rp_presence.wish: "" (not asked), "none" (no grant, and none will be), "refused", "pending"
	 * (a code was counted and not compared), "granted" (not settled), "done", "failed"
	 */
	char wish[16];
	char wish_receipt[RP_ISSUER_ID]; /* of that grant; "" */
};
#define RP_KEY_LEN 32 /* hex digits of an idempotency key of ours */

/* The issuer's permission, burnt. */
struct rp_grant {
	char case_id[RP_ISSUER_ID], id[RP_ISSUER_ID], receipt[RP_ISSUER_ID];
	uint8_t cryptogram[40]; /* 16; gids on-line 40, by telephone 8 */
	size_t cryptogram_len;
	uint8_t nonce[16]; /* for the end */
};

/* What is asked for with a grant or a reservation; every pointer may be NULL. */
struct rp_evidence {
	const char *door;    /* "kiosk", …; reservation: "kiosk" */
	const char *case_id; /* NULL: a new one */
	const struct rp_proof *proof;
	const rp_secret *user_code; /* as typed, checked */
	const rp_secret *one_time;  /* one-time code */
	const rp_secret *new_code;  /* user-code reset: the one to set */
	const uint8_t *r1, *r2;	    /* gids: its two random numbers (16 each); presence is without MAC then */
	/* A check made elsewhere, with its signature: the text as that system gave it. NULL: none. */
	const uint8_t *external;
	size_t external_len;
	const struct rp_device *device; /* the app on a phone */
	/* Why the PIN is locked: "forgotten", "typed-wrong", "another-program", "not-said". NULL: none. */
	const char *cause;
	/* The request's idempotency key, as it stands in the journal; NULL: one that is made. */
	const char *key;
};

struct rp_issuer_port {
	void *arg;
	/* The issuer's name and our terminal, as the proof's lines have them ("home" or 64 hex digits). */
	const char *issuer, *terminal;
	/* A check made elsewhere, for each evidence that has none of its own. NULL: none. */
	const uint8_t *external;
	size_t external_len;
	/* Why the PIN is locked, for each evidence that says nothing of it. NULL: nothing is said. */
	const char *cause;
	rp_code (*nonce)(void *arg, uint8_t ret[16], struct rp_error *err);
	rp_code (*presence)(void *arg, const struct rp_presence *p, struct rp_issuer_facts *ret,
			    struct rp_error *err);
	rp_code (*reserve)(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			   struct rp_case *ret, char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
	rp_code (*grant)(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			 struct rp_grant *ret, struct rp_error *err);
	/* A card that gives no MAC: what the terminal saw. */
	rp_code (*word)(void *arg, const struct rp_grant *g, bool done, const uint8_t *answer, size_t len,
			struct rp_error *err);
	rp_code (*user_code)(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			     char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
	/*
	 * The app on a phone, where `terminal` is the SHA-256 of the phone's key: signs the proof's lines by
	 * that key, and makes it the one of the phone's certificates. Both NULL: this is no phone.
	 */
	rp_code (*sign)(void *arg, const char *lines, size_t len, struct rp_device *ret,
			struct rp_error *err);
	rp_code (*device)(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			  char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
};

/*
 * Shows the card to the issuer for `slot`. Spends nothing. Where notes are kept and a reset of this PIN
 * by the issuer was cut, it asks what that one's grant came to as well, and the note learns it. Errors:
 * RP_E_NOT_OFFERED (a card without our reset application: its reset is its issuer's own), RP_E_ISSUER_*,
 * RP_E_CARD_*, RP_E_CARD_CHANGED.
 */
RP_API RP_MUST_CHECK rp_code rp_issuer_look(rp_card *card, const struct rp_issuer_port *port, rp_slot slot,
					    const struct rp_card_facts *shown, struct rp_issuer_facts *ret,
					    struct rp_error *err);
/*
 * Proves the PIN of `other` and opens a reservation for job->slot. job->shown and last_try_ok are about
 * `other`, too. Errors: as rp_pin_verify (with err->slot = other), RP_E_ISSUER_*. An issuer that refuses
 * or is away after the proof has cost no try: a right entry sets the count back.
 */
RP_API RP_MUST_CHECK rp_code rp_issuer_reserve(rp_card *card, const struct rp_issuer_port *port,
					       const struct rp_job *job, rp_slot other,
					       const rp_secret *current, struct rp_case *ret,
					       char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
struct rp_reset_done {
	struct rp_outcome done;
	char case_id[RP_ISSUER_ID], receipt[RP_ISSUER_ID];
	bool reported; /* the issuer has the card's word of the end; else it gets it at the next look */
};
/*
 * Sets a new PIN by the issuer's grant. `other` and `current`: the PIN that proves (RP_SLOT_NONE, NULL: the
 * door needs none). The evidence's proof is made here. The intent is noted in the journal.
 * Errors: as rp_pin_change; RP_E_ISSUER_REFUSED and RP_E_ISSUER_AWAY: nothing was changed on the card;
 * RP_E_CARD_* after the grant (err->in_doubt tells whether the new PIN was on its way).
 */
RP_API RP_MUST_CHECK rp_code rp_issuer_reset(rp_card *card, const struct rp_issuer_port *port,
					     const struct rp_job *job, rp_slot other,
					     const rp_secret *current, const rp_secret *fresh,
					     const struct rp_evidence *evidence, struct rp_reset_done *ret,
					     struct rp_error *err);
/*
 * The card that a phone's certificates came from, in a reader of its own. Its signature PIN proves: job.slot
 * is RP_SLOT_SIGN, job.shown and job.last_try_ok are about that card.
 */
struct rp_source {
	rp_card *card;
	struct rp_job job;
	const rp_secret *current; /* its signature PIN, checked */
};
/*
 * Sets a new PIN of the certificates on a phone (`card`, mynumber-mobile), in the app. `source`: for
 * the signature PIN; NULL for the one of user authentication, which the phone's key alone opens.
 * Both cards are held at once. Errors: as rp_issuer_reset; err->of_source tells that PIN and tries
 * are the source card's. RP_E_NOT_OFFERED: the port is no phone's, or the card is none of a phone.
 */
RP_API RP_MUST_CHECK rp_code rp_issuer_reset_phone(rp_card *card, const struct rp_issuer_port *port,
						   const struct rp_job *job, const struct rp_source *source,
						   const rp_secret *fresh, struct rp_reset_done *ret,
						   struct rp_error *err);
/*
 * Makes the port's key the one of the certificates on a phone. One entry at the source card; nothing on the
 * phone's certificates changes. job->slot is RP_SLOT_SIGN. Errors: as rp_issuer_reset_phone.
 */
RP_API RP_MUST_CHECK rp_code rp_issuer_register(rp_card *card, const struct rp_issuer_port *port,
						const struct rp_job *job, const struct rp_source *source,
						char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
/* Sets a new user code (HiCOS) by a proof with the card's PIN (`current`) or evidence->one_time. */
RP_API RP_MUST_CHECK rp_code rp_issuer_code(rp_card *card, const struct rp_issuer_port *port,
					    const struct rp_job *job, const rp_secret *current,
					    const struct rp_evidence *evidence,
					    char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
/*
 * GIDS by telephone: gets the card's challenge and holds the transaction until `ask` has got the response
 * from the person (it may take 10 minutes; it shows the challenge and returns 8 bytes), then sets the
 * new PIN. A response that does not answer the challenge is RP_E_CARD_REFUSED with err->field "response".
 */
typedef rp_code rp_ask_response(void *arg, const uint8_t challenge[8], uint8_t ret[8], struct rp_error *err);
RP_API RP_MUST_CHECK rp_code rp_issuer_by_phone(rp_card *card, const struct rp_job *job, rp_ask_response *ask,
						void *arg, const rp_secret *fresh, struct rp_outcome *ret,
						struct rp_error *err);

#endif
