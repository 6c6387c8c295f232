/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one seam between Repin and a card. Real readers (PC/SC), a virtual card in
 * this process, a script player, a recorder, a simulated PIN pad and the fuzzers
 * are implementations of it; nothing above it knows which one it has.
 *
 * Order: list, wait; open -> (begin -> transmit… -> end)… -> close. One card at a
 * time per transport. Every call that can wait obeys struct rp_wait, also when the
 * card, the reader or the service never answers; after such a time-out inside
 * transmit the transport is lost, and only close and free may follow.
 * close may come twice: see run.
 *
 * The bytes handed to transmit may hold a PIN: an implementation neither logs nor
 * keeps them, and wipes its own copies.
 */
#ifndef REPIN_CARD_TRANSPORT_H
#define REPIN_CARD_TRANSPORT_H

#include "base/clock.h"
#include "base/error.h"

#define ATR_MAX 33
#define READER_NAME_MAX 128
#define READERS_MAX 16
#define RESPONSE_MAX 65538 /* extended data and the status word */
#define COMMAND_MAX 65544

enum reader_card { READER_EMPTY, READER_CARD, READER_MUTE, READER_BUSY, READER_GONE };

struct reader_info {
	char name[READER_NAME_MAX];
	enum reader_card card;
	uint8_t atr[ATR_MAX];
	size_t atr_len;
	uint32_t events; /* changes with every insertion and removal */
};

struct reader_list {
	struct reader_info r[READERS_MAX];
	size_t n;
};

enum transport_end {
	END_LEAVE, /* the card stays as it is */
	END_RESET, /* the card is reset: nobody inherits our login */
};

/* What PC/SC part 10 calls features; 0 = the reader has not got it. */
struct pad_features {
	uint32_t verify_direct; /* control codes of the reader */
	uint32_t modify_direct;
	uint32_t properties;
};

/*
 * A piece of work that is several calls. It touches `arg` and the transport and nothing else, calls
 * neither wait, run nor free, and sends no secret. The service may hang inside one of its calls: then
 * the piece is left behind with its arg, on a thread of its own.
 */
struct transport_work {
	void (*run)(void *arg);
	void (*drop)(void *arg); /* frees arg when its caller has gone */
	void *arg;
};

struct transport_ops {
	/* The readers and what is in them; spends nothing, sends nothing to a card. */
	rp_code (*list)(void *self, const struct rp_wait *w, struct reader_list *ret, struct rp_error *err);
	/* Returns RP_OK when a reader or card differs from `seen`, RP_E_TIMEOUT or RP_E_CANCELLED. */
	rp_code (*wait)(void *self, const struct rp_wait *w, const struct reader_list *seen,
			struct rp_error *err);
	/* Connects, shared. Errors: NO_READER, NO_CARD, CARD_MUTE, CARD_BUSY, NO_SERVICE, NO_PERMISSION. */
	rp_code (*open)(void *self, const struct rp_wait *w, const char *reader, uint8_t atr[ATR_MAX],
			size_t *ret_atr_len, struct rp_error *err);
	/*
	 * Begins the transaction: no other program reaches the card until end().
	 * *ret_was_reset: someone reset the card since open or the last end.
	 * Errors: CARD_BUSY on time-out, CARD_GONE.
	 */
	rp_code (*begin)(void *self, const struct rp_wait *w, bool *ret_was_reset, struct rp_error *err);
	/*
	 * One command, one answer (data and status word) of at most cap bytes.
	 * Errors: CARD_GONE, CARD_RESET, CARD_IO, CARD_TIMEOUT, CANCELLED (then the transport is lost).
	 */
	rp_code (*transmit)(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len, uint8_t *ret,
			    size_t cap, size_t *ret_len, struct rp_error *err);
	/* PIN-pad features of the open reader; all zero when it has none. */
	rp_code (*features)(void *self, const struct rp_wait *w, struct pad_features *ret,
			    struct rp_error *err);
	/* A reader command (PIN entry on the pad); its answer ends with a status word of card or pad. */
	rp_code (*control)(void *self, const struct rp_wait *w, uint32_t code, const uint8_t *in, size_t len,
			   uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err);
	rp_code (*end)(void *self, enum transport_end how, struct rp_error *err);
	/*
	 * Lets the card go. Called by a piece of work it may go on behind the piece; the next call
	 * from outside, close among them, waits for its end.
	 */
	void (*close)(void *self);
	/*
	 * Runs a piece of work where its calls need not be handed to another thread one by one, and
	 * waits for its end; NULL where that is no matter. RP_OK: it ran to its end, and arg is the
	 * caller's again. Else it did not begin or was left behind: arg is gone, or goes when the piece
	 * comes back, and no call of it is begun any more. Errors: those of the call that it hangs
	 * in; the transport is lost then.
	 */
	rp_code (*run)(void *self, const struct rp_wait *w, const struct transport_work *work,
		       struct rp_error *err);
	void (*free)(void *self);
};

struct transport {
	const struct transport_ops *ops;
	void *self;
};

void transport_free(struct transport *t);
/* Runs a piece of work on any transport. Errors: see run. */
RP_MUST_CHECK rp_code transport_run(const struct transport *t, const struct rp_wait *w,
				    const struct transport_work *work, struct rp_error *err);

/*
 * PC/SC. The calls run on a thread of their own, so that one that never returns can
 * be left behind. Errors: RP_E_NO_MEMORY. (The service is first asked by list or open.)
 */
RP_MUST_CHECK rp_code transport_pcsc(struct transport *ret, struct rp_error *err);

/*
 * A virtual card in this process. The card is behind three functions, so that this
 * layer does not know the virtual card. transmit and pad_control return the answer's
 * length (a broken card may answer 0 or 1 bytes), or one of the two below.
 */
#define DIRECT_REMOVED SIZE_MAX	    /* the card left the reader */
#define DIRECT_NEVER (SIZE_MAX - 1) /* it never answers: the caller waits for its deadline */
struct direct_card {
	void *card;
	size_t (*atr)(void *card, uint8_t *ret, size_t cap); /* 0: no card in the reader */
	void (*reset)(void *card);
	size_t (*transmit)(void *card, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap);
	/* May be NULL. Called before each begin(): where another program gets at the card. */
	void (*before_begin)(void *card);
	/* May be NULL: a simulated PIN pad. Same contract as transport_ops.features and control. */
	void (*pad_features)(void *card, struct pad_features *ret);
	size_t (*pad_control)(void *card, uint32_t code, const uint8_t *in, size_t len, uint8_t *ret,
			      size_t cap);
};
RP_MUST_CHECK rp_code transport_direct(const struct direct_card *card, const char *reader,
				       struct transport *ret, struct rp_error *err);

/*
 * Plays a script and fails (CARD_IO, story names the line) on the first command that
 * differs. Lines: "> hex" command (".." = any byte), "< hex" answer, "atr hex",
 * "reset", "remove", "mute", "#" comment. The text is copied.
 * Errors: RP_E_CONFIG with the line.
 */
RP_MUST_CHECK rp_code transport_script(const char *script, struct transport *ret, struct rp_error *err);
/* Lines of the script not played yet; 0 = all used. */
size_t transport_script_left(const struct transport *t);

/*
 * Wraps another transport (takes it over) and writes what passes as a script to `out`,
 * with the data of commands that may hold a secret written as "##".
 */
typedef void transport_write(void *arg, const char *line);
RP_MUST_CHECK rp_code transport_record(struct transport *inner, transport_write *out, void *arg,
				       struct transport *ret, struct rp_error *err);

#endif
