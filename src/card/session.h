/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One card and what we know of its state: which family, which application is selected,
 * whether somebody's PIN stands verified because of us. All card traffic goes through
 * session_send, and only between session_begin and session_end; whoever sent a secret
 * ends with a reset of the card, so that nobody inherits the login.
 *
 * After an error of the transport (removed, reset, silent) the session is broken: nothing
 * more is sent, and session_end only lets go. Nothing resumes by itself.
 */
#ifndef REPIN_CARD_SESSION_H
#define REPIN_CARD_SESSION_H

#include "card/apdu.h"
#include "card/profile.h"

#define SESSION_APP_NONE (-1)
#define SESSION_APP_RESET (-2) /* our reset application */

/*
 * Who notes down what a job is about to do to a PIN, so that a cut can be answered for
 * (lib/journal.c). The calls come from inside the transaction, around the commands themselves.
 */
struct watch {
	void *arg;
	/* Card and tries are as shown; nothing was sent yet. Not RP_OK: nothing is. */
	rp_code (*begins)(void *arg, struct rp_error *err);
	/* The next command carries the new PIN for reference `ref`. Not RP_OK: it is not sent. */
	rp_code (*goes)(void *arg, unsigned ref, struct rp_error *err);
	/* The card answered it: the new PIN is set, or certainly is not. Without this nobody knows. */
	void (*came)(void *arg, unsigned ref, bool set);
};

struct session {
	struct transport t;	    /* borrowed */
	struct rp_wait wait;	    /* of the running call; set by the caller */
	const struct profile *p;    /* NULL until identified */
	const rp_secret *hicos_key; /* borrowed; NULL = not configured */
	const struct watch *watch;  /* of the running job; NULL: nobody */
	char reader[READER_NAME_MAX];
	uint8_t atr[ATR_MAX];
	size_t atr_len;
	bool open, in_transaction, broken;
	bool secret_sent;  /* something that may leave a login went out */
	bool ours;	   /* our reset application or our own AID answered */
	uint8_t reset_key; /* key number of the reset application, as its SELECT told it last */
	int app;	   /* selected aids[] index or SESSION_APP_… */
	uint16_t ef;	   /* selected file, 0 = none */
	unsigned apdus;
	uint8_t *buf; /* RESPONSE_MAX bytes */
};

/* Errors: RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code session_init(struct session *s, const struct transport *t, struct rp_error *err);
void session_free(struct session *s); /* closes */

/* Connects to the card in this reader. Errors: those of transport open. */
RP_MUST_CHECK rp_code session_open(struct session *s, const char *reader, struct rp_error *err);

/* Begins the transaction. Errors: those of transport begin; RP_E_CARD_GONE when it broke before. */
RP_MUST_CHECK rp_code session_begin(struct session *s, struct rp_error *err);
/* Ends it: with a reset when a secret was sent. Safe to call when none is open. */
void session_end(struct session *s);
/*
 * Ends the transaction and lets the card go in one, as it is: for a look that nothing follows.
 * pcscd takes up to ten milliseconds over the end of a transaction alone, so that others get
 * their turn; letting go gives it to them at once. With a secret sent it is session_end first.
 * In a piece of work (transport.h) it may go on behind it; session_free waits for its end.
 */
void session_leave(struct session *s);
/* A copy of the session was left behind with its answers' buffer: this one is over. */
void session_lost(struct session *s);
/* Resets the card inside the job (end with reset, begin again): makes an old login go away. */
RP_MUST_CHECK rp_code session_reset(struct session *s, struct rp_error *err);

/* Forgets what was selected and what the card has shown: for another family, or an unknown state. */
void session_forget(struct session *s);

/* One command. Any status word is RP_OK. Errors: transport errors, RP_E_CARD_REPLY. */
RP_MUST_CHECK rp_code session_send(struct session *s, const struct apdu *a, struct response *ret,
				   struct rp_error *err);

/* Selects aids[app] unless it is selected. *ret_sw = 9000 then. Errors: transport errors. */
RP_MUST_CHECK rp_code session_select(struct session *s, int app, uint16_t *ret_sw, struct rp_error *err);
/* Selects an elementary file of the selected application unless it is selected. */
RP_MUST_CHECK rp_code session_select_ef(struct session *s, uint16_t ef, uint16_t *ret_sw,
					struct rp_error *err);
/* Selects our reset application; *ret_there = it answered. No other command of ours may follow if not. */
RP_MUST_CHECK rp_code session_select_reset_app(struct session *s, bool *ret_there, struct rp_error *err);

/* Meaning of a status word for this card's family. */
enum sw_outcome session_meaning(const struct session *s, uint16_t sw);
/* RP_E_CARD_REFUSED with the status word, for a step that had to work. */
rp_code session_refused(const struct session *s, uint16_t sw, const char *step, struct rp_error *err);

#endif
