/* SPDX-License-Identifier: Apache-2.0 */
/* One card as docs/openapi.yaml's Card has it: a line of a file, or an object of a piece. */
#include "issuer/enrol_line.h"

#include <stdio.h>
#include <string.h>

void enrol_line_clear(struct enrol_line *l)
{
	rp_secret_freep(&l->user_code);
	rp_secret_freep(&l->gids_key);
	memset(&l->card, 0, sizeof l->card);
	l->profile[0] = l->number[0] = l->municipality[0] = '\0';
}

static void take_certificates(struct enrol_line *l, json_t *object, struct jin *outer)
{
	struct jin in;
	const char *slot;
	json_t *value;

	json_in(&in, object);
	json_object_foreach(object, slot, value)
	{
		struct issuer_cert *c = &l->card.certs[l->card.n_certs];

		if (l->card.n_certs == ENROL_CERTS || rp_slot_from_word(slot) == RP_SLOT_NONE) {
			jin_fail(outer, "certificates", "holds too many, or one of no PIN");
			return;
		}
		jin_base64(&in, slot, l->der[l->card.n_certs], ENROL_CERT_MAX, &c->len);
		c->slot = rp_slot_from_word(slot);
		c->der = l->der[l->card.n_certs];
		l->card.n_certs++;
	}
	if (!jin_done(&in))
		jin_fail(outer, "certificates", "must be DER in base64");
}

static void take_members(struct enrol_line *l, json_t *root, struct jin *in)
{
	uint8_t key[24];
	json_t *certs;

	json_in(in, root);
	jin_text(in, "profile", 1, sizeof l->profile - 1, l->profile);
	jin_text(in, "number", 1, sizeof l->number - 1, l->number);
	if (jin_has(in, "municipality"))
		jin_text(in, "municipality", 0, sizeof l->municipality - 1, l->municipality);
	if (jin_has(in, "source")) {
		jin_text(in, "source", 1, sizeof l->source - 1, l->source);
		l->card.source = l->source;
	}
	if (jin_has(in, "user_code"))
		jin_secret(in, "user_code", 1, 64, &l->user_code);
	if (jin_has(in, "gids_key")) {
		jin_hex(in, "gids_key", key, sizeof key);
		if (!in->failed && rp_secret_from(key, sizeof key, &l->gids_key, NULL) != RP_OK)
			jin_fail(in, "gids_key", "has no place in memory");
		rp_wipe(key, sizeof key);
	}
	certs = jin_has(in, "certificates") ? jin_object(in, "certificates") : NULL;
	if (certs != NULL)
		take_certificates(l, certs, in);
}

bool enrol_line_take(struct enrol_line *l, json_t *card, char what[96])
{
	struct jin in;
	bool good;

	enrol_line_clear(l);
	take_members(l, card, &in);
	good = jin_done(&in);
	if (!good)
		(void)snprintf(what, 96, "%s", in.what);
	l->card.profile = l->profile;
	l->card.number = l->number;
	l->card.municipality = l->municipality;
	l->card.user_code = l->user_code;
	l->card.gids_key = l->gids_key;
	return good;
}
