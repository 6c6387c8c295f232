/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librepin's port to an issuer in this process: it asks the domain itself (issuer.h), without HTTP between.
 * For tests and benchmarks.
 */
#ifndef REPIN_TESTS_ISSUER_PORT_H
#define REPIN_TESTS_ISSUER_PORT_H

#include "issuer/issuer.h"

struct issuer_port {
	issuer *i;
	struct issuer_peer who;
	char terminal[65];
	char key[40]; /* of the last call that had one */
	/* sees each call first, by the name of its function; its answer is the call's unless it is RP_OK */
	rp_code (*before)(void *arg, const char *call, struct rp_error *err);
	/* the same after it has been answered: an answer that is lost on the way */
	rp_code (*after)(void *arg, const char *call, struct rp_error *err);
	void *arg;
	struct rp_issuer_port port;
};

/* `name` is the issuer's; `fingerprint` NULL: a home machine. Both are borrowed. */
void issuer_port_start(struct issuer_port *p, issuer *i, const char *name, const uint8_t *fingerprint);

#endif
