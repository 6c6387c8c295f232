/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual card in a virtual reader: the client of vsmartcard's vpcd, as its doc/api.txt has
 * it. Each message is a length of two bytes, big-endian, and that many bytes; a single byte
 * 00 is power off, 01 power on, 02 reset, 04 "tell the ATR" (an APDU of one such byte cannot be
 * told from it). vpcd asks for the ATR all the time to see whether a card is there. It cannot
 * pass on an empty answer: vpcd 3.3 waits on as for a mute card (seen with pcscd 1.9.9).
 */
#ifndef REPIN_VCARD_VPCD_H
#define REPIN_VCARD_VPCD_H

#include "vcard/fault.h"

#include <stdio.h>

struct vpcd_options {
	const char *host, *port; /* of vpcd: "127.0.0.1", "35963" */
	struct faults *faults;	 /* may be NULL */
	FILE *trace;		 /* the diary goes here; NULL = none */
	FILE *ready;		 /* gets the line "ready" when vpcd has asked for the ATR; may be NULL */
	int wait_ms;		 /* how long to look for vpcd, also when it has gone */
	int reinsert_ms;	 /* after a cut the card is back in the reader so much later */
};

/*
 * Is the card until SIGTERM or SIGINT, or until a fault takes it out for good. SIGUSR1 takes it
 * out of the reader, SIGUSR2 puts it in again. These four are blocked from here on.
 * Errors: RP_E_FAULT (vpcd cannot be reached or has gone, or it never asked for the ATR).
 */
RP_MUST_CHECK rp_code vpcd_run(struct vcard *c, const struct vpcd_options *o, struct rp_error *err);

#endif
