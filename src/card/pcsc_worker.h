/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that calls PC/SC, and the state it shares with transport_pcsc.c. A call into the
 * service can stay away for ever (a card that dies inside an APDU, a reader that hangs), so
 * every call is made here while the caller waits with its deadline and its cancel descriptor.
 * A worker that is still away when the wait ends is left behind: it owns the state from then
 * on, and when it comes back it resets the card, lets go of it, wipes and ends.
 */
#ifndef REPIN_CARD_PCSC_WORKER_H
#define REPIN_CARD_PCSC_WORKER_H

#include "base/secret.h"
#include "card/transport.h"

#include <pthread.h>
#include <winscard.h>
#include <wintypes.h>

enum op { OP_LIST, OP_WAIT, OP_OPEN, OP_BEGIN, OP_TRANSMIT, OP_CONTROL, OP_END, OP_CLOSE, OP_QUIT };

struct pcsc {
	pthread_t thread;
	pthread_mutex_t lock;
	/*
	 * One byte for each call, and one for each answer. Pipes and no condition variable: the
	 * kernel knows that their writer is about to sleep, and keeps both threads on one processor;
	 * otherwise each of a look's thirty hand-overs may have to wake another one.
	 */
	int call_fd[2], done_fd[2];
	bool running;		/* the worker is inside a call */
	_Atomic bool abandoned; /* nobody waits any more: the worker frees all */
	bool lost;		/* the caller gave up on it */
	bool has_ctx, has_card, in_transaction;
	SCARDCONTEXT ctx;
	SCARDHANDLE card;
	DWORD protocol;
	/* the call */
	enum op op;
	LONG rv;
	int64_t deadline_ms;
	char reader[READER_NAME_MAX];
	uint8_t atr[ATR_MAX];
	size_t atr_len;
	struct reader_list list;
	bool was_reset;
	enum transport_end how;
	DWORD control_code;
	rp_secret *cmd; /* guarded: it may hold a PIN */
	uint8_t rsp[RESPONSE_MAX + 16];
	DWORD rsp_len;
};

/* The thread: arg is the struct pcsc. */
void *pcsc_work(void *arg);
/* Lets go of the card and frees the state: by the caller when the thread has ended, else by the thread. */
void pcsc_state_free(struct pcsc *p);

#endif
