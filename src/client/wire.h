/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to the issuer's server and its answer: address, TLS, time, repeats, and the shape of what
 * comes back. What is asked stands in port.c and operator.c; bodies are made by body.c.
 */
#ifndef REPIN_CLIENT_WIRE_H
#define REPIN_CLIENT_WIRE_H

#include "client/client.h"
#include "client/late_curl.h"

#define CLIENT_PATH 512

struct client {
	const struct late_curl *curl;
	CURLM *multi; /* keeps the connection between questions */
	CURL *easy;
	char base[CLIENT_PATH];	   /* "https://issuer.example:8443" */
	char console[CLIENT_PATH]; /* for what operators ask; "": base */
	char ca_file[CLIENT_PATH], cert_file[CLIENT_PATH], key_file[CLIENT_PATH]; /* "": none */
	char terminal[65];
	unsigned timeout_ms;
	struct rp_wait wait;
	char issuer[256];
	json_t *known;	  /* the public page */
	rp_secret *token; /* of the operator's session */
	/* of the question under way */
	char *answer;
	size_t answer_len;
	bool too_large;
	char said[CURL_ERROR_SIZE];
};

struct question {
	const char *path;      /* "/v1/nonce" */
	const rp_secret *body; /* NULL: GET */
	bool signed_in;	       /* with the operator's session */
	const char *key;       /* idempotency key; NULL: one is made */
};

/*
 * Asks, at most three times while there is no answer. *ret is an object to be freed by json_decref.
 * Errors: those of client.h.
 */
RP_MUST_CHECK rp_code wire_ask(client *c, const struct question *q, json_t **ret, struct rp_error *err);

void wire_json_free(json_t **j);

/* SHA-256 of the DER of a PEM file's first certificate, as 64 upper-case hex digits. Errors: RP_E_CONFIG. */
RP_MUST_CHECK rp_code wire_fingerprint(const char *cert_file, char ret[65], struct rp_error *err);

/* An answer that is none of ours. `what` names the member, never its value. */
rp_code wire_nonsense(const client *c, const struct question *q, const char *what, struct rp_error *err);

/* --- answer.c: strict reading of what came back --- */

/* A refusal (application/problem+json), or RP_E_ISSUER_AWAY when it is none of ours. Never RP_OK. */
rp_code answer_problem(const client *c, const struct question *q, long status, json_t *j,
		       struct rp_error *err);

/* What a walk over an answer found. Errors: RP_E_ISSUER_AWAY. */
RP_MUST_CHECK rp_code answer_end(const client *c, const char *path, const struct jin *in,
				 struct rp_error *err);
/* The name of a case, grant or receipt: it is printed and goes into addresses. */
void answer_id(struct jin *in, const char *name, size_t min, char ret[RP_ISSUER_ID]);

/* --- body.c: JSON text in guarded memory --- */

struct body {
	rp_secret *s;
	bool failed;  /* it did not fit, or there was no memory */
	bool started; /* the next member needs a comma */
};

#define BODY_MAX 16384

RP_MUST_CHECK rp_code body_start(struct body *b, struct rp_error *err); /* with its opening brace */
void body_free(struct body *b);
/* Ends the text. Errors: RP_E_USAGE when it became too long. */
RP_MUST_CHECK rp_code body_end(struct body *b, struct rp_error *err);
void body_open(struct body *b, const char *name); /* an object as a member */
void body_close(struct body *b);
void body_text(struct body *b, const char *name, const char *text);
void body_secret(struct body *b, const char *name, const rp_secret *s);
void body_list(struct body *b, const char *name); /* body_item … body_close, body_list_end */
void body_item(struct body *b);
void body_list_end(struct body *b);
void body_hex(struct body *b, const char *name, const uint8_t *bytes, size_t len);
void body_base64(struct body *b, const char *name, const uint8_t *bytes, size_t len);
void body_number(struct body *b, const char *name, unsigned long n);
void body_bool(struct body *b, const char *name, bool v);
/* Ends the body and sends it. Errors: those of body_end and wire_ask. */
RP_MUST_CHECK rp_code wire_post(client *c, const char *path, struct body *b, bool signed_in, json_t **ret,
				struct rp_error *err);
/* The same with an idempotency key of the caller's (NULL: one is made). */
RP_MUST_CHECK rp_code wire_post_as(client *c, const char *path, struct body *b, const char *key, json_t **ret,
				   struct rp_error *err);

#endif
