/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card service in this process: the functions of PC/SC, with one reader and a virtual card in
 * it. Any call of them can be made to stay away, as a reader, a card or the real service may; what
 * was begun when is the diary that judges "nothing is sent after giving up".
 */
#ifndef REPIN_TESTS_SERVICE_H
#define REPIN_TESTS_SERVICE_H

#include "vcard/vcard.h"

enum service_call {
	SERVICE_ESTABLISH,
	SERVICE_VALID,
	SERVICE_LIST,
	SERVICE_CHANGE,
	SERVICE_CONNECT,
	SERVICE_STATUS,
	SERVICE_RECONNECT,
	SERVICE_BEGIN,
	SERVICE_TRANSMIT,
	SERVICE_CONTROL,
	SERVICE_END,
	SERVICE_DISCONNECT,
	SERVICE_RELEASE,
	SERVICE_CALLS,
};

/* Begins anew with this card (borrowed) and an empty diary. No thread may be inside. */
void service_start(struct vcard *card);
/* The n-th call from the start, from 1, stays away until service_go; 0 = none. */
void service_hang_at(unsigned n);
/* Waits until a call stays away; false when none does for ten seconds. */
bool service_wait_hang(void);
/* Lets it come back; it then does what it was called for, as if the card had only been slow. */
void service_go(void);
/* Waits until the n-th call of this kind has ended; false when it does not in ten seconds. */
bool service_wait(enum service_call kind, unsigned n);
/* Calls begun since the start: of this kind, and all. */
unsigned service_count(enum service_call kind);
unsigned service_all(void);
/* The last disconnect reset the card. */
bool service_was_reset(void);
/* The next BeginTransaction says that the card was reset. */
void service_reset_once(void);
/* It ends and is started again: contexts of before are of no use. */
void service_restart(void);
/* This thread is inside the service: what it allocates there is not the product's. */
bool service_inside(void);

#endif
