/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fuzz_session can do, a byte each: the lower five bits are the deed, the upper three choose
 * a PIN, a way or what to read. Numbers stay, or the seeds mean something else.
 */
#ifndef REPIN_FUZZ_DEEDS_H
#define REPIN_FUZZ_DEEDS_H

enum deed {
	DO_LIST,
	DO_OPEN,
	DO_CLOSE,
	DO_READ,
	DO_VERIFY,
	DO_CHANGE,
	DO_UNLOCK,
	DO_UNLOCK_OTHER_WAY,
	DO_PAD_VERIFY,
	DO_PAD_CHANGE,
	DO_PAD_ASK,
	DO_LAST_OK,
	DO_PAD_PLUG,
	DO_SWAP,  /* another card than the one that was shown */
	DO_COUNT, /* other tries than those that were shown */
	DO_BEGIN_BUSY,
	DO_BEGIN_GONE,
	DO_CANCEL,
	DO_LOOK,      /* everything, as before a job */
	DO_FORGET,    /* nothing was shown */
	DO_LOOK_ONCE, /* everything, when nothing follows */
	DO_LOSE_KEY,  /* no transport key of the issuer any more */
	DO_ASK_LOOK,  /* with the issuer's help from here on */
	DO_ASK_RESERVE,
	DO_ASK_RESET,
	DO_ASK_PHONE,
	DEEDS
};

#endif
