/* SPDX-License-Identifier: Apache-2.0 */
/* A card as text has it, for enrolment: the members of docs/openapi.yaml's Card. */
#ifndef REPIN_ISSUER_ENROL_LINE_H
#define REPIN_ISSUER_ENROL_LINE_H

#include "base/json.h"
#include "issuer/issuer.h"

#define ENROL_CERT_MAX 8192 /* bytes of DER */
#define ENROL_CERTS 4

/* A card taken apart, with what it owns; begins as zeros. */
struct enrol_line {
	char profile[24], number[48], municipality[8], source[48];
	rp_secret *user_code, *gids_key;
	uint8_t der[ENROL_CERTS][ENROL_CERT_MAX];
	struct issuer_card card; /* points into the rest */
};

/* False with `what` when it is no card; what was taken before is cleared first. */
bool enrol_line_take(struct enrol_line *l, json_t *card, char what[96]);
void enrol_line_clear(struct enrol_line *l);

#define ENROL_PIECE_MAX 100
/*
 * A piece of a file, an array of at most ENROL_PIECE_MAX cards, put by whoever is signed in. *ret_json
 * is {"rows": […]} with a row for each card, in their order: "state" is enrolled, there, no-source or
 * refused (with "why", in English). The same piece again enrols nothing twice. Errors: sign-in, role,
 * busy, RP_E_USAGE (too many), RP_E_STORE*, RP_E_TOKEN: then nothing of the piece was enrolled.
 */
RP_MUST_CHECK rp_code issuer_enrol_piece(issuer *i, const struct issuer_peer *who, json_t *cards,
					 char **ret_json, struct rp_error *err);

#endif
