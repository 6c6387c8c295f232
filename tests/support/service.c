/* SPDX-License-Identifier: Apache-2.0 */
#include "support/service.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <winscard.h>

#define READER "Reader of the tests 00"
#define WAIT_S 10

static struct {
	pthread_mutex_t lock;
	pthread_cond_t turn;
	struct vcard *card;
	unsigned all, hang_at;
	unsigned begun[SERVICE_CALLS], ended[SERVICE_CALLS];
	bool hangs, was_reset, say_reset, cancelled;
	LONG age; /* of the service: a context bears it */
} the = {.lock = PTHREAD_MUTEX_INITIALIZER, .turn = PTHREAD_COND_INITIALIZER};
static _Thread_local bool inside;

void service_start(struct vcard *card)
{
	(void)pthread_mutex_lock(&the.lock);
	the.card = card;
	the.all = the.hang_at = 0;
	memset(the.begun, 0, sizeof the.begun);
	memset(the.ended, 0, sizeof the.ended);
	the.hangs = the.was_reset = the.say_reset = the.cancelled = false;
	the.age = 1;
	(void)pthread_mutex_unlock(&the.lock);
}

void service_hang_at(unsigned n)
{
	(void)pthread_mutex_lock(&the.lock);
	the.hang_at = n;
	(void)pthread_mutex_unlock(&the.lock);
}

/* With the lock: false when the time is up. */
static bool wait_turn(void)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	return pthread_cond_timedwait(&the.turn, &the.lock, &until) == 0;
}

bool service_wait_hang(void)
{
	bool hangs;

	(void)pthread_mutex_lock(&the.lock);
	while (!the.hangs && wait_turn())
		continue;
	hangs = the.hangs;
	(void)pthread_mutex_unlock(&the.lock);
	return hangs;
}

bool service_wait(enum service_call kind, unsigned n)
{
	bool enough;

	(void)pthread_mutex_lock(&the.lock);
	while (the.ended[kind] < n && wait_turn())
		continue;
	enough = the.ended[kind] >= n;
	(void)pthread_mutex_unlock(&the.lock);
	return enough;
}

void service_go(void)
{
	(void)pthread_mutex_lock(&the.lock);
	the.hangs = false;
	the.hang_at = 0;
	(void)pthread_cond_broadcast(&the.turn);
	(void)pthread_mutex_unlock(&the.lock);
}

unsigned service_count(enum service_call kind)
{
	unsigned n;

	(void)pthread_mutex_lock(&the.lock);
	n = the.begun[kind];
	(void)pthread_mutex_unlock(&the.lock);
	return n;
}

unsigned service_all(void)
{
	unsigned n;

	(void)pthread_mutex_lock(&the.lock);
	n = the.all;
	(void)pthread_mutex_unlock(&the.lock);
	return n;
}

bool service_was_reset(void)
{
	bool was;

	(void)pthread_mutex_lock(&the.lock);
	was = the.was_reset;
	(void)pthread_mutex_unlock(&the.lock);
	return was;
}

void service_reset_once(void)
{
	(void)pthread_mutex_lock(&the.lock);
	the.say_reset = true;
	(void)pthread_mutex_unlock(&the.lock);
}

void service_restart(void)
{
	(void)pthread_mutex_lock(&the.lock);
	the.age++;
	(void)pthread_mutex_unlock(&the.lock);
}

bool service_inside(void)
{
	return inside;
}

/* Every function begins and ends with these two; the lock is held in between. */
static void begin(enum service_call kind)
{
	(void)pthread_mutex_lock(&the.lock);
	inside = true;
	the.begun[kind]++;
	if (++the.all == the.hang_at) {
		the.hangs = true;
		(void)pthread_cond_broadcast(&the.turn);
		while (the.hangs)
			(void)pthread_cond_wait(&the.turn, &the.lock);
	}
}

static LONG end(enum service_call kind, LONG rv)
{
	the.ended[kind]++;
	inside = false;
	(void)pthread_cond_broadcast(&the.turn);
	(void)pthread_mutex_unlock(&the.lock);
	return rv;
}

/* --- PC/SC --- */

LONG SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT ret)
{
	(void)scope, (void)a, (void)b;
	begin(SERVICE_ESTABLISH);
	*ret = the.age;
	return end(SERVICE_ESTABLISH, SCARD_S_SUCCESS);
}

LONG SCardReleaseContext(SCARDCONTEXT ctx)
{
	(void)ctx;
	begin(SERVICE_RELEASE);
	return end(SERVICE_RELEASE, SCARD_S_SUCCESS);
}

LONG SCardIsValidContext(SCARDCONTEXT ctx)
{
	(void)ctx;
	begin(SERVICE_VALID);
	return end(SERVICE_VALID, SCARD_S_SUCCESS);
}

LONG SCardListReaders(SCARDCONTEXT ctx, LPCSTR groups, LPSTR ret, LPDWORD len)
{
	(void)groups;
	begin(SERVICE_LIST);
	/* As the real one: a context looks valid from this side, and every call on it fails. */
	if (ctx != the.age)
		return end(SERVICE_LIST, SCARD_E_NO_SERVICE);
	memcpy(ret, READER "\0", sizeof READER + 1);
	*len = sizeof READER + 1;
	return end(SERVICE_LIST, SCARD_S_SUCCESS);
}

/* With the lock: true when SCardCancel came in time. */
static bool wait_cancel(DWORD timeout_ms)
{
	struct timespec until;
	bool cancelled;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(timeout_ms / 1000);
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!the.cancelled && pthread_cond_timedwait(&the.turn, &the.lock, &until) == 0)
		continue;
	cancelled = the.cancelled;
	the.cancelled = false;
	return cancelled;
}

LONG SCardGetStatusChange(SCARDCONTEXT ctx, DWORD timeout, SCARD_READERSTATE *states, DWORD n)
{
	(void)ctx;
	begin(SERVICE_CHANGE);
	if (timeout > 0) {
		/* Nothing ever changes here. */
		const bool cancelled = wait_cancel(timeout);

		return end(SERVICE_CHANGE, cancelled ? SCARD_E_CANCELLED : SCARD_E_TIMEOUT);
	}
	for (DWORD i = 0; i < n; i++) {
		states[i].dwEventState = SCARD_STATE_PRESENT;
		states[i].cbAtr = (DWORD)the.card->atr_len;
		memcpy(states[i].rgbAtr, the.card->atr, the.card->atr_len);
	}
	return end(SERVICE_CHANGE, SCARD_S_SUCCESS);
}

LONG SCardCancel(SCARDCONTEXT ctx)
{
	(void)ctx;
	(void)pthread_mutex_lock(&the.lock);
	the.cancelled = true;
	(void)pthread_cond_broadcast(&the.turn);
	(void)pthread_mutex_unlock(&the.lock);
	return SCARD_S_SUCCESS;
}

LONG SCardConnect(SCARDCONTEXT ctx, LPCSTR reader, DWORD share, DWORD wanted, LPSCARDHANDLE ret,
		  LPDWORD ret_proto)
{
	(void)ctx, (void)reader, (void)share, (void)wanted;
	begin(SERVICE_CONNECT);
	*ret = 1;
	*ret_proto = SCARD_PROTOCOL_T1;
	return end(SERVICE_CONNECT, SCARD_S_SUCCESS);
}

LONG SCardReconnect(SCARDHANDLE card, DWORD share, DWORD wanted, DWORD how, LPDWORD ret_proto)
{
	(void)card, (void)share, (void)wanted, (void)how;
	begin(SERVICE_RECONNECT);
	*ret_proto = SCARD_PROTOCOL_T1;
	return end(SERVICE_RECONNECT, SCARD_S_SUCCESS);
}

LONG SCardDisconnect(SCARDHANDLE card, DWORD how)
{
	(void)card;
	begin(SERVICE_DISCONNECT);
	the.was_reset = how == SCARD_RESET_CARD;
	if (the.was_reset)
		vcard_reset(the.card);
	return end(SERVICE_DISCONNECT, SCARD_S_SUCCESS);
}

LONG SCardStatus(SCARDHANDLE card, LPSTR name, LPDWORD name_len, LPDWORD state, LPDWORD proto, LPBYTE atr,
		 LPDWORD atr_len)
{
	(void)card, (void)name, (void)name_len, (void)state, (void)proto;
	begin(SERVICE_STATUS);
	memcpy(atr, the.card->atr, the.card->atr_len);
	*atr_len = (DWORD)the.card->atr_len;
	return end(SERVICE_STATUS, SCARD_S_SUCCESS);
}

LONG SCardBeginTransaction(SCARDHANDLE card)
{
	bool reset;

	(void)card;
	begin(SERVICE_BEGIN);
	reset = the.say_reset;
	the.say_reset = false;
	return end(SERVICE_BEGIN, reset ? SCARD_W_RESET_CARD : SCARD_S_SUCCESS);
}

LONG SCardEndTransaction(SCARDHANDLE card, DWORD how)
{
	(void)card;
	begin(SERVICE_END);
	if (how == SCARD_RESET_CARD)
		vcard_reset(the.card);
	return end(SERVICE_END, SCARD_S_SUCCESS);
}

LONG SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *pci, LPCBYTE cmd, DWORD len,
		   SCARD_IO_REQUEST *rpci, LPBYTE ret, LPDWORD ret_len)
{
	(void)card, (void)pci, (void)rpci;
	begin(SERVICE_TRANSMIT);
	*ret_len = (DWORD)vcard_transmit(the.card, cmd, len, ret, *ret_len);
	return end(SERVICE_TRANSMIT, SCARD_S_SUCCESS);
}

LONG SCardControl(SCARDHANDLE card, DWORD code, LPCVOID in, DWORD in_len, LPVOID ret, DWORD cap,
		  LPDWORD ret_len)
{
	(void)card, (void)code, (void)in, (void)in_len, (void)ret, (void)cap;
	begin(SERVICE_CONTROL);
	*ret_len = 0;
	return end(SERVICE_CONTROL, SCARD_E_UNSUPPORTED_FEATURE);
}
