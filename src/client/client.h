/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talks to an issuer's server: HTTPS by libcurl, its own certificate when this machine is a terminal.
 * client_port() is what librepin's issuer jobs ask through. Every POST carries an idempotency key made
 * before the first send and the same on every repeat; what has no answer is asked again (at most three
 * times, within the deadline), because the server answers a repeat alike.
 *
 * Errors: RP_E_ISSUER_REFUSED with err->problem and story; RP_E_ISSUER_AWAY (no connection, no trust in its
 * certificate, no answer, an answer that is no JSON of ours), RP_E_CONFIG, RP_E_CANCELLED, RP_E_TIMEOUT.
 */
#ifndef REPIN_CLIENT_CLIENT_H
#define REPIN_CLIENT_CLIENT_H

#include "base/clock.h"
#include "base/json.h"
#include "repin/issuer.h"

typedef struct client client;

struct client_conf {
	const char *url;		  /* "https://issuer.example:8443" */
	const char *console_url;	  /* where operators are served; NULL: there as well */
	const char *ca_file;		  /* PEM of who signed the server's certificate; NULL: the system's */
	const char *cert_file, *key_file; /* PEM of this terminal; NULL: a home machine */
	unsigned timeout_ms;		  /* of one request; 0: 10,000 */
};

/* Nothing is asked yet. Errors: RP_E_CONFIG (also for a certificate that cannot be read), RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code client_new(const struct client_conf *c, client **ret, struct rp_error *err);
void client_free(client *c);
/* All later calls end at this deadline or when cancelled. */
void client_wait(client *c, const struct rp_wait *w);

/* Asks the issuer who it is (GET /v1/issuer) and fills the port. The port lives as long as the client. */
RP_MUST_CHECK rp_code client_port(client *c, struct rp_issuer_port *ret, struct rp_error *err);
/* The issuer's public page, borrowed. After client_port. */
const json_t *client_public(const client *c);

/* Operators. */
RP_MUST_CHECK rp_code client_sign_in(client *c, const char *name, const rp_secret *password, const char *totp,
				     struct rp_error *err);
/* The token is forgotten here, and ended at the server where it can be reached. */
void client_sign_out(client *c);
/*
 * What a page of an operator asks, as it came, under the operator's session: `path` below /v1/operator/,
 * `body` NULL: GET, `key` the page's idempotency key (NULL: one is made). *ret: to be freed by json_decref.
 */
RP_MUST_CHECK rp_code client_pass(client *c, const char *path, const rp_secret *body, const char *key,
				  json_t **ret, struct rp_error *err);
struct client_decision {
	const char *profile, *number, *door, *reason, *identified_by;
	const char *cause; /* as the caller names it; NULL: nothing is said */
	rp_slot slot;
	const uint8_t *challenge; /* 8 bytes; NULL: on-line */
};
struct client_decided {
	char case_id[RP_ISSUER_ID], receipt[RP_ISSUER_ID], code[16];
	uint8_t response[8];
	bool has_response;
};
RP_MUST_CHECK rp_code client_decide(client *c, const struct client_decision *d, struct client_decided *ret,
				    struct rp_error *err);
/* Revocations: id, receipt and state. */
#define CLIENT_CERTS 4
struct client_revocation {
	const char *profile, *number, *reason, *identified_by;
	bool loss_certain;
	struct {
		rp_slot slot;
		const char *base64; /* of the DER */
	} certs[CLIENT_CERTS];
	size_t n_certs;
};
struct client_revoking {
	char id[RP_ISSUER_ID], receipt[RP_ISSUER_ID], state[16];
};
RP_MUST_CHECK rp_code client_revoke(client *c, const struct client_revocation *r, struct client_revoking *ret,
				    struct rp_error *err);
/* An approver agrees, or it is taken back. */
RP_MUST_CHECK rp_code client_revoke_decide(client *c, const char *id, bool approve, struct rp_error *err);
/* A receipt with its proof, as JSON to be freed by json_decref. */
RP_MUST_CHECK rp_code client_receipt(client *c, const char *receipt, json_t **ret, struct rp_error *err);
/* The proof that the log of `from` leaves is the beginning of that of `to`; the same. */
RP_MUST_CHECK rp_code client_consistency(client *c, uint64_t from, uint64_t to, json_t **ret,
					 struct rp_error *err);

#endif
