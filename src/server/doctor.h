/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check-up of a server's installation. Each check says one finding or more: what is well, what is worth
 * knowing, what is wrong and what to do about it. A check goes on where the one before it failed and its own
 * subject still makes sense. Nothing is changed, and nothing secret is told.
 */
#ifndef REPIN_SERVER_DOCTOR_H
#define REPIN_SERVER_DOCTOR_H

#include "server/repind.h"

enum doctor_level { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_PROBLEM };

struct doctor {
	struct app *a;
	int64_t now;   /* Unix seconds of this machine */
	rp_code first; /* of the first problem */
	unsigned problems, notes;
};

/* `id` names the check; `next`: what to do, NULL where nothing is. `code` counts for a problem alone. */
void doctor_found(struct doctor *d, const char *id, enum doctor_level level, rp_code code, const char *next,
		  const char *fmt, ...) RP_PRINTF(6, 7);
#define doctor_ok(d, id, ...) doctor_found(d, id, DOCTOR_OK, RP_OK, NULL, __VA_ARGS__)

/* --- doctor_files.c: what lies in files --- */
void doctor_offices(struct doctor *d);
void doctor_permissions(struct doctor *d);
void doctor_certificates(struct doctor *d);
void doctor_programs(struct doctor *d);
void doctor_pages(struct doctor *d);
void doctor_disk(struct doctor *d);

/* --- doctor_net.c: who answers --- */
/* The authority to which revocations are sent, where `revocation-program` is set. */
void doctor_authority(struct doctor *d);
void doctor_service(struct doctor *d);

#endif
