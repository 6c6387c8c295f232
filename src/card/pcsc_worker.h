/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that calls PC/SC, and the state it shares with transport_pcsc.c. A call into the
 * service can stay away for ever (a card that dies inside an APDU, a reader that hangs), so
 * every call is made here while the caller waits with its deadline and its cancel descriptor:
 * one call at a time, or a piece of work (transport.h) that makes many.
 *
 * When the wait ends first, the caller says so under the lock (gave_up), and no step into PC/SC is
 * begun any more. A worker that is outside PC/SC at that moment runs code of ours and comes back
 * soon: the caller waits for that, and nothing is lost. One that is inside is left behind (lost):
 * when it comes back it resets the card, lets go of it, finishes and drops its work, in which every
 * further step fails, and waits for the caller to leave it the state too (abandoned), to wipe it and end.
 */
#ifndef REPIN_CARD_PCSC_WORKER_H
#define REPIN_CARD_PCSC_WORKER_H

#include "base/secret.h"
#include "card/transport.h"

#include <pthread.h>
#include <winscard.h>
#include <wintypes.h>

enum op { OP_LIST, OP_WAIT, OP_OPEN, OP_BEGIN, OP_TRANSMIT, OP_CONTROL, OP_END, OP_CLOSE, OP_RUN, OP_QUIT };

struct pcsc {
	pthread_t thread;
	pthread_mutex_t lock;
	/*
	 * One byte for each call, and one for each answer. Pipes and no condition variable: the
	 * kernel knows that their writer is about to sleep, and keeps both threads on one processor;
	 * otherwise each hand-over may have to wake another one.
	 */
	int call_fd[2], done_fd[2];
	/* Under the lock, from here to abandoned. */
	enum op op;	  /* what was handed over, or the step that its work has come to */
	bool inside;	  /* the worker is inside PC/SC */
	unsigned answers; /* that it has given since the start */
	rp_code gave_up;  /* RP_OK, or why nobody waits any more: no step is begun */
	bool lost;	  /* left behind inside PC/SC */
	bool abandoned;	  /* the state is the worker's */
	/* One side's at a time: the worker's from what is handed over to its answer. */
	bool has_ctx, has_card, in_transaction;
	bool closing; /* a work has closed the card: the worker answers, lets it go, and answers again */
	SCARDCONTEXT ctx;
	SCARDHANDLE card;
	DWORD protocol;
	/* the call */
	unsigned due; /* answers: the caller's count of those that it waits for, or has had */
	bool refused; /* the step was not begun, or nobody waits for what came of it */
	struct transport_work work;
	LONG rv;
	int64_t deadline_ms;
	char reader[READER_NAME_MAX];
	uint8_t atr[ATR_MAX];
	size_t atr_len;
	struct reader_list list;
	bool was_reset;
	enum transport_end how;
	DWORD control_code;
	const uint8_t *cmd; /* what is sent: `guarded`, or a work's own bytes */
	size_t cmd_len;
	rp_secret *guarded; /* a copy of what may hold a PIN; NULL until one is sent */
	DWORD rsp_len;
	bool rsp_dirty;			/* rsp holds what a card said */
	uint8_t rsp[RESPONSE_MAX + 16]; /* last: a start that clears it pays for pages that nobody uses */
};

/* The thread: arg is the struct pcsc. */
void *pcsc_work(void *arg);
/* One step into PC/SC, by the worker; p->rv is what came of it, unless p->refused. */
void pcsc_step(struct pcsc *p, enum op op);
/* Lets go of the card and frees the state: by the caller when the thread has ended, else by the thread. */
void pcsc_state_free(struct pcsc *p);

#endif
