/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the HTTP side share: the table of addresses, the parts of a body that several of them
 * take, and who asks. A handler takes a request apart, calls the domain once, and answers.
 *
 *     body_begin -> body_card, body_proof, jin_… -> body_end -> issuer_… -> http_json or http_problem
 */
#ifndef REPIN_SERVER_ROUTES_H
#define REPIN_SERVER_ROUTES_H

#include "server/server.h"

#define CERTIFICATE_MAX 4096 /* DER; those of cards have a third of it */
#define CODE_MAX 64	     /* of what people type as a code, in bytes */

/* Requests for a grant, by door (one more: no door of ours) and by what came of them. */
#define GRANT_DOORS                                                                                          \
	{                                                                                                    \
		"kiosk", "counter", "user-code", "user-code-reset", "help-desk", "app", "other"              \
	}
#define GRANT_DOORS_N 7
enum grant_outcome { GRANT_MADE, GRANT_REFUSED, GRANT_FAILED, GRANT_OUTCOMES };

struct server {
	issuer *issuer;
	http *api, *console, *metrics;
	const struct files *pages; /* NULL: none */
	struct http_route *routes; /* of the first two */
	_Atomic uint64_t grants[GRANT_DOORS_N][GRANT_OUTCOMES];
};

/* The addresses of the API, and of the second listener; `arg` of both is the server. */
extern const struct http_route api_routes[];
extern const size_t n_api_routes;
extern const struct http_route metrics_routes[];
extern const size_t n_metrics_routes;

/* Who asks, as the domain wants it. */
struct asker_is {
	struct issuer_peer peer;
	uint8_t session[32]; /* SHA-256 of the bearer token */
};
void asker_of(const struct http_request *r, struct asker_is *ret);

/* What a body gave. `card` and `evidence` point into it. */
struct body {
	json_t *root;
	struct jin in; /* over root */
	char profile[24];
	struct rp_presence card;
	struct rp_evidence evidence;
	char door[24], case_id[RP_ISSUER_ID];
	struct rp_proof proof;
	rp_secret *user_code, *one_time, *new_code;
	uint8_t r1[16], r2[16];
	uint8_t external[RP_EXTERNAL_MAX];
	struct rp_device *device;
};
void body_free(struct body *b); /* wiped */

/* Errors: malformed. After a failure the functions below do nothing, and body_end tells. */
RP_MUST_CHECK rp_code body_begin(const struct http_request *r, struct body *b, struct rp_error *err);
void body_card(struct body *b);
void body_door(struct body *b);
/* The slot's word; RP_SLOT_NONE when failed. */
rp_slot body_slot(struct jin *in);
/* The name of a family or a door: 1 to max of a-z and '-'; max + 1 bytes. */
void body_word(struct jin *in, const char *name, size_t max, char *ret);
/* Members of an object: the proof, when it is there; a code, when it is there. */
void body_proof(struct body *b, struct jin *in);
void body_code(struct jin *in, const char *name, rp_secret **ret);
/* Why the PIN is locked, when it is there: a static word; else NULL. */
const char *body_cause(struct jin *in);
/* A check made elsewhere, when it is there. */
void body_external(struct body *b, struct jin *in);
/* The signature of a phone, when it is there: who asks is that phone then. */
void body_device(struct body *b, struct asker_is *who);
/* The member "evidence" of a grant. */
void body_evidence(struct body *b);
RP_MUST_CHECK rp_code body_end(struct body *b, struct rp_error *err);
/* A refusal of the request itself. */
rp_code malformed(struct rp_error *err, const char *what);

json_t *hex_json(const uint8_t *bytes, size_t len); /* NULL without memory */

/* route_card.c */
http_handler route_nonce, route_presence, route_reserve, route_cancel, route_grant, route_word,
	route_user_code, route_device;
/* route_operator.c */
http_handler route_sign_in, route_sign_out, route_decide;
/* route_console.c */
http_handler route_console;
/* route_view.c */
http_handler route_view_cases, route_view_case, route_view_cards, route_view_statistics, route_enrol;
/* route_revoke.c */
http_handler route_revoke, route_revoke_decide;
http_handler route_visits, route_visits_day, route_visit_new, route_visit_event;
http_handler route_applications, route_application, route_apply, route_sheet, route_application_decide,
	route_application_agree, route_letter, route_letter_answer;
/* route_log.c */
http_handler route_issuer, route_checkpoint, route_key, route_receipt, route_consistency;
/* pages.c: the addresses of the pages that this listener serves, put behind those that are in `to`. */
size_t pages_routes(const struct files *pages, bool console, bool public, struct http_route to[], size_t n);
size_t pages_most(const struct files *pages);
/* metrics.c */
void count_grant(struct server *s, const char *door, rp_code rc);
http_handler route_health, route_ready, route_metrics;

#endif
