/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/enrol.h"

#include <stdlib.h>
#include <string.h>

#include "issuer/lists.h"
#include "issuer/x509.h"

#define GIDS_KEY_LEN 24
#define MUNICIPALITY_DIGITS 5
#define PHONE "mynumber-mobile"
#define SOURCE "mynumber" /* the family that a phone's certificates come from */

/* Families, and whether their cards may carry our reset application (docs/wire.md, section 1). */
static const struct family {
	const char *name;
	bool gives_mac;
} families[] = {
	{"mynumber", true}, {"mynumber-mobile", true}, {"aosign", false}, {"hicos", true},
	{"piv", false},	    {"openpgp", false},	       {"gids", false},
};

static const struct family *family_of(const char *profile)
{
	for (size_t k = 0; k < sizeof families / sizeof families[0]; k++)
		if (strcmp(families[k].name, profile) == 0)
			return &families[k];
	return NULL;
}

static bool is_municipality(const char *text)
{
	return text[0] == '\0' ||
	       (strlen(text) == MUNICIPALITY_DIGITS && strspn(text, "0123456789") == MUNICIPALITY_DIGITS);
}

static rp_code check_card(const struct issuer_card *c, struct rp_error *err)
{
	const size_t len = c->number != NULL ? strlen(c->number) : 0;

	if (c->profile == NULL || family_of(c->profile) == NULL)
		return rp_fail(err, RP_E_USAGE, "profile: no family of this name");
	if (len == 0 || len >= sizeof((struct row_card *)0)->number)
		return rp_fail(err, RP_E_USAGE, "number: missing or too long");
	for (size_t k = 0; k < len; k++)
		if (c->number[k] < 0x20 || c->number[k] > 0x7E)
			return rp_fail(err, RP_E_USAGE, "number: only ASCII");
	if (c->municipality != NULL && !is_municipality(c->municipality))
		return rp_fail(err, RP_E_USAGE, "municipality: five digits");
	if (c->source != NULL && strcmp(c->profile, PHONE) != 0)
		return rp_fail(err, RP_E_USAGE, "source: for " PHONE " alone");
	if (c->gids_key != NULL &&
	    (strcmp(c->profile, "gids") != 0 || rp_secret_len(c->gids_key) != GIDS_KEY_LEN))
		return rp_fail(err, RP_E_USAGE, "gids_key: 24 bytes, and for gids alone");
	if (c->user_code != NULL && (strcmp(c->profile, "hicos") != 0 || !code_fits(c->user_code)))
		return rp_fail(err, RP_E_USAGE, "user_code: 6 to 10 letters and digits, and for hicos alone");
	return RP_OK;
}

static rp_code ready_key(issuer *i, const struct issuer_card *c, size_t at, struct enrolment *e,
			 struct rp_error *err)
{
	struct row_card_key *row = &e->keys[e->n_keys];
	const struct issuer_cert *cert = &c->certs[at];
	struct x509_facts facts;
	rp_code rc = x509_read(i->trust, cert->der, cert->len, &facts, err);

	if (rc == RP_OK)
		rc = x509_valid(i->trust, &facts, issuer_now_ms(i), err);
	if (rc != RP_OK)
		return rp_context(err, rc, "certificate of %s", rp_slot_word(cert->slot));
	for (size_t k = 0; k < e->n_keys; k++)
		if (e->keys[k].slot == (int64_t)cert->slot)
			return rp_fail(err, RP_E_USAGE, "certificates: two of one PIN");
	memset(row, 0, sizeof *row);
	memcpy(row->card_id, e->card.card_id, sizeof row->card_id);
	memcpy(row->key_hash, facts.key_hash, sizeof row->key_hash);
	memcpy(row->issuer_hash, facts.issuer_hash, sizeof row->issuer_hash);
	row->slot = (int64_t)cert->slot;
	row->serial = facts.serial;
	row->not_before_ms = facts.not_before_ms;
	row->not_after_ms = facts.not_after_ms;
	e->n_keys++;
	return RP_OK;
}

static rp_code ready_secrets(issuer *i, const struct issuer_card *c, struct enrolment *e,
			     struct rp_error *err)
{
	const struct hash_part row = {e->card.card_id, sizeof e->card.card_id};
	rp_code rc = RP_OK;

	if (c->gids_key != NULL)
		rc = keys_wrap(i->keys, c->gids_key, &row, e->card.gids_key.p, sizeof e->card.gids_key.p,
			       &e->card.gids_key.len, err);
	if (rc != RP_OK || c->user_code == NULL)
		return rc;
	if (!place_take(i))
		return rp_refuse(err, RP_PROBLEM_BUSY, "all places for codes are taken");
	rc = code_make_user(i, e->card.card_id, c->user_code, &e->user_code, err);
	place_give(i);
	e->with_code = rc == RP_OK;
	return rc;
}

rp_code enrol_ready(issuer *i, const struct issuer_card *c, struct enrolment *ret, struct rp_error *err)
{
	rp_code rc = check_card(c, err);

	if (rc != RP_OK)
		return rc;
	memset(ret, 0, sizeof *ret);
	rc = card_id_of(i, c->profile, c->number, ret->card.card_id, err);
	if (rc == RP_OK)
		rc = text_put(ret->card.profile, sizeof ret->card.profile, c->profile, err);
	if (rc == RP_OK)
		rc = text_put(ret->card.number, sizeof ret->card.number, c->number, err);
	if (rc == RP_OK)
		rc = text_put(ret->card.municipality, sizeof ret->card.municipality, c->municipality, err);
	if (rc == RP_OK && c->source != NULL)
		rc = card_id_of(i, SOURCE, c->source, ret->card.source_card, err);
	if (rc == RP_OK)
		rc = text_put(ret->card.status, sizeof ret->card.status, "active", err);
	if (family_of(c->profile)->gives_mac)
		ret->card.key_version = keys_version(i->keys, KEYS_RESET);
	for (size_t k = 0; rc == RP_OK && k < c->n_certs; k++)
		rc = ready_key(i, c, k, ret, err);
	return rc == RP_OK ? ready_secrets(i, c, ret, err) : rc;
}

static rp_code put_rows(struct store_tx *tx, const struct enrolment *e, struct rp_error *err)
{
	struct row_card card = e->card;
	rp_code rc;

	card.enrolled_ms = store_now(tx);
	rc = store_run(tx, ST_CARD_INSERT, &card, NULL, err);
	for (size_t k = 0; rc == RP_OK && k < e->n_keys; k++) {
		struct row_card_key key = e->keys[k];

		key.enrolled_ms = card.enrolled_ms;
		rc = store_run(tx, ST_KEY_PUT, &key, NULL, err);
	}
	if (rc == RP_OK && e->with_code) {
		struct row_user_code code = e->user_code;

		code.set_ms = card.enrolled_ms;
		rc = store_run(tx, ST_USER_CODE_PUT, &code, NULL, err);
	}
	return rc;
}

const char *enrol_bar_text(enum enrol_bar b)
{
	return b == ENROL_THERE ? "this card is enrolled already"
				: "source: the number of the card that its certificates came from, which "
				  "is enrolled and active";
}

static rp_code find_bar(struct store_tx *tx, const struct enrolment *e, enum enrol_bar *ret,
			struct rp_error *err)
{
	struct row_card row = e->card;
	bool found = false;
	rp_code rc = store_get(tx, ST_CARD_BY_ID, &row, &found, err);

	*ret = found ? ENROL_THERE : ENROL_PUT;
	if (rc != RP_OK || found || strcmp(e->card.profile, PHONE) != 0)
		return rc;
	memcpy(row.card_id, e->card.source_card, sizeof row.card_id);
	rc = store_get(tx, ST_CARD_BY_ID, &row, &found, err);
	if (rc == RP_OK && (!found || strcmp(row.status, "active") != 0))
		*ret = ENROL_NO_SOURCE;
	return rc;
}

bool enrol_ends_all(rp_code rc, const struct rp_error *why)
{
	return rc != RP_OK && rc != RP_E_USAGE &&
	       (rc != RP_E_ISSUER_REFUSED || why->problem == RP_PROBLEM_BUSY);
}

rp_code enrol_put(struct store_tx *tx, const char *by, const struct enrolment *e, enum enrol_bar *ret,
		  struct rp_error *err)
{
	const struct people_act act = {.act = "enrol", .by = by, .card_id = e->card.card_id};
	rp_code rc = find_bar(tx, e, ret, err);

	/* Asked first: a conflict would end the whole transaction, and the cards beside it. */
	if (rc != RP_OK || *ret != ENROL_PUT)
		return rc;
	rc = put_rows(tx, e, err);
	return rc == RP_OK ? log_people(tx, &act, NULL, err) : rc;
}

/* The old card gets its successor: it is revoked, and has none yet. */
static rp_code replace(struct store_tx *tx, const uint8_t old_id[CARD_ID_LEN], const struct enrolment *e,
		       struct rp_error *err)
{
	static const uint8_t none[CARD_ID_LEN];
	struct row_card old;
	rp_code rc = card_load(tx, old_id, &old, err);

	if (rc != RP_OK)
		return rp_context(err, rc, "the card that is replaced");
	if (strcmp(old.status, "revoked") != 0)
		return rp_fail(err, RP_E_CONFLICT,
			       "the card that is replaced is not revoked (repind revocation)");
	if (memcmp(old.replaced_by, none, sizeof none) != 0)
		return rp_fail(err, RP_E_CONFLICT, "the old card has been replaced already");
	memcpy(old.replaced_by, e->card.card_id, sizeof old.replaced_by);
	return store_run(tx, ST_CARD_STATUS, &old, NULL, err);
}

struct one {
	const uint8_t *replaces; /* NULL: none */
	const char *by;
	const struct enrolment *e;
	enum enrol_bar bar;
};

static rp_code one_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct one *o = arg;
	rp_code rc = by_may(tx, o->by, ROLE_ADMIN, err);

	if (rc == RP_OK)
		rc = enrol_put(tx, o->by, o->e, &o->bar, err);
	return rc == RP_OK && o->replaces != NULL && o->bar == ENROL_PUT ? replace(tx, o->replaces, o->e, err)
									 : rc;
}

static void enrolment_freep(struct enrolment **e)
{
	free(*e);
}

rp_code issuer_enrol(issuer *i, const char *by, const struct issuer_card *c, struct rp_error *err)
{
	RP_AUTO(enrolment_freep) struct enrolment *e = calloc(1, sizeof *e);
	uint8_t old[CARD_ID_LEN];
	struct store_opts o = {0};
	struct one one = {.by = by, .e = e};
	rp_code rc;

	if (e == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a card");
	rc = enrol_ready(i, c, e, err);
	if (rc == RP_OK && c->replaces_profile != NULL) {
		rc = card_id_of(i, c->replaces_profile, c->replaces_number, old, err);
		one.replaces = o.card_id = old;
	}
	if (rc == RP_OK)
		rc = issuer_work(i, &o, one_work, &one, err);
	if (rc == RP_OK && one.bar != ENROL_PUT)
		rc = rp_fail(err, RP_E_CONFLICT, "%s", enrol_bar_text(one.bar));
	return rc;
}

/* --- new certificates --- */

static rp_code renew_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct one *o = arg;
	const struct people_act act = {.act = "renew", .by = o->by, .card_id = o->e->card.card_id};
	struct row_card card;
	rp_code rc = by_may(tx, o->by, ROLE_ADMIN, err);

	if (rc == RP_OK)
		rc = card_load(tx, o->e->card.card_id, &card, err);
	if (rc == RP_OK)
		rc = by_not_own(tx, o->by, card.card_id, err);
	for (size_t k = 0; rc == RP_OK && k < o->e->n_keys; k++) {
		struct row_card_key key = o->e->keys[k];

		key.enrolled_ms = store_now(tx);
		rc = store_run(tx, ST_KEY_PUT, &key, NULL, err);
	}
	/* A reservation was opened by a proof of the old key. */
	if (rc == RP_OK)
		rc = cases_cancel(tx, &card, RP_SLOT_NONE, NULL, o->by, err);
	return rc == RP_OK ? log_people(tx, &act, NULL, err) : rc;
}

rp_code issuer_card_renew(issuer *i, const char *by, const struct issuer_card *c, struct rp_error *err)
{
	RP_AUTO(enrolment_freep) struct enrolment *e = calloc(1, sizeof *e);
	struct one one = {.by = by, .e = e};
	rp_code rc;

	if (e == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a card");
	if (c->n_certs == 0 || c->user_code != NULL || c->gids_key != NULL)
		return rp_fail(err, RP_E_USAGE, "certificates, and nothing else, are renewed");
	rc = enrol_ready(i, c, e, err);
	if (rc == RP_OK)
		rc = issuer_work(i, &(struct store_opts){.card_id = e->card.card_id}, renew_work, &one, err);
	return rc;
}
