/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The issuer's service over HTTPS: each address of docs/openapi.yaml takes a request apart, calls the
 * domain (src/issuer) and puts its answer together; nothing is decided here. A second listener has what
 * operators ask, and a third one tells health and metrics to whoever runs it.
 *
 *     issuer_open -> server_start -> requests, on threads of its own -> server_stop -> issuer_close
 *
 * It does no sealing and no sweeping: whoever starts it does (issuer_seal, issuer_sweep, issuer_notify).
 */
#ifndef REPIN_SERVER_SERVER_H
#define REPIN_SERVER_SERVER_H

#include "http/files.h"
#include "issuer/issuer.h"

struct server_conf {
	struct http_conf api;	   /* what terminals and holders speak to */
	struct http_conf console;  /* what operators speak to; `listen` NULL: the API has their addresses */
	const struct files *pages; /* of the console and the receipt; borrowed, NULL: not served */
	struct http_conf metrics;  /* /healthz, /readyz, /metrics; `listen` NULL: not served */
};

typedef struct server server;

/*
 * Listens and serves. The issuer is borrowed and must live until server_stop has returned. Errors:
 * RP_E_CONFIG (an address, a certificate file), RP_E_FAULT, RP_E_NO_MEMORY.
 */
RP_MUST_CHECK rp_code server_start(const struct server_conf *c, issuer *i, server **ret,
				   struct rp_error *err);
/* The ports that are listened on (for port 0 in the configuration); 0 when not served. */
unsigned server_port(const server *s);
unsigned server_console_port(const server *s);
unsigned server_metrics_port(const server *s);
/* Takes no more requests, finishes what is under way (at most 10 s), closes. NULL is fine. */
void server_stop(server *s);

#endif
