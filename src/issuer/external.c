/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/external.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define FIRST "REPIN-EXTERNAL-1"
#define SIGNATURE "signature "
#define LIVES_MS (5 * MINUTE_MS)
#define AHEAD_MS MINUTE_MS /* of another system's clock */
#define TEXT_MAX RP_EXTERNAL_MAX

static rp_code refuse(struct rp_error *err, const char *why)
{
	return rp_refuse(err, RP_PROBLEM_EVIDENCE_EXTERNAL, "%s", why);
}

static bool asks(const struct external_row *row, const struct scene *s, enum doors_id door)
{
	return strcmp(row->profile, s->card.profile) == 0 && strcmp(row->door, doors_word(door)) == 0 &&
	       (row->slot == RP_SLOT_NONE || row->slot == s->shown->p->slot);
}

static bool is_asked(const struct scene *s, enum doors_id door)
{
	for (size_t k = 0; k < s->i->n_external; k++)
		if (asks(&s->i->external[k], s, door))
			return true;
	return false;
}

/* --- the statement --- */

struct statement {
	char text[TEXT_MAX + 1];
	size_t signed_len; /* of the lines before the signature */
	uint8_t signature[64];
	char key[ROW_NAME], kind[24], case_id[ROW_ID], time[20], id[33];
};

/* The value of "\nNAME value\n"; each name stands there once, or the lines made anew differ. */
static bool take(const struct statement *t, const char *name, char *ret, size_t cap)
{
	char wanted[16];
	const char *at;
	size_t len;

	(void)snprintf(wanted, sizeof wanted, "\n%s ", name);
	at = strstr(t->text, wanted);
	if (at == NULL || at >= t->text + t->signed_len)
		return false;
	at += strlen(wanted);
	len = strcspn(at, "\n");
	if (len == 0 || len >= cap)
		return false;
	(void)snprintf(ret, cap, "%.*s", (int)len, at);
	return true;
}

static bool read_signature(struct statement *t)
{
	const char *at = strstr(t->text, "\n" SIGNATURE);
	char base64[96];
	size_t len;

	if (at == NULL)
		return false;
	t->signed_len = (size_t)(at + 1 - t->text);
	at += 1 + strlen(SIGNATURE);
	len = strcspn(at, "\n");
	if (len >= sizeof base64 || strcmp(at + len, "\n") != 0)
		return false;
	(void)snprintf(base64, sizeof base64, "%.*s", (int)len, at);
	return base64_read(base64, t->signature, sizeof t->signature, &len) && len == sizeof t->signature;
}

static bool read_statement(const struct rp_evidence *e, struct statement *ret)
{
	struct statement t = {0};

	if (e->external_len > TEXT_MAX || memchr(e->external, '\0', e->external_len) != NULL)
		return false;
	memcpy(t.text, e->external, e->external_len); /* checked: at most TEXT_MAX */
	if (!read_signature(&t) || !take(&t, "key", t.key, sizeof t.key) ||
	    !take(&t, "kind", t.kind, sizeof t.kind) || !take(&t, "case", t.case_id, sizeof t.case_id) ||
	    !take(&t, "time", t.time, sizeof t.time) || !take(&t, "id", t.id, sizeof t.id) ||
	    strspn(t.kind, "abcdefghijklmnopqrstuvwxyz-") != strlen(t.kind) ||
	    strspn(t.time, "0123456789") != strlen(t.time) || strlen(t.time) > 12 || strlen(t.id) != 32 ||
	    strspn(t.id, "0123456789ABCDEF") != 32)
		return false;
	*ret = t;
	return true;
}

/* All that must be so for this act, with what only the statement knows: made anew and compared whole. */
static bool is_for(const struct scene *s, const struct external_ask *ask, const struct statement *t)
{
	const struct rp_presence *p = s->shown->p;
	char text[TEXT_MAX];
	const int n = snprintf(
		text, sizeof text,
		FIRST "\nissuer %s\nkey %s\nkind %s\npurpose %s\nprofile %s\ncard %s\nslot %s\n"
		      "case %s\ntime %s\nid %s\n",
		s->i->name, t->key, t->kind, ask->purpose, s->card.profile, p->number, rp_slot_word(p->slot),
		ask->e->case_id != NULL ? ask->e->case_id : "-", t->time, t->id);

	return n > 0 && (size_t)n == t->signed_len &&
	       memcmp(text, t->text, (size_t)n /* checked: the same length */) == 0;
}

static bool is_signed(const struct scene *s, enum doors_id door, const struct statement *t)
{
	for (size_t k = 0; k < s->i->n_external; k++) {
		const struct external_row *row = &s->i->external[k];

		if (asks(row, s, door) && strcmp(row->name, t->key) == 0)
			return hash_ed25519_good(row->key, t->text, t->signed_len, t->signature);
	}
	return false;
}

static rp_code check_time(const struct scene *s, const struct external_ask *ask, int64_t time_ms,
			  struct rp_error *err)
{
	const int64_t lives = LIVES_MS + (ask->counted ? MINUTE_MS : 0);

	if (time_ms > s->now + AHEAD_MS)
		return refuse(err, "it is from the future");
	return s->now - time_ms <= lives ? RP_OK : refuse(err, "it is older than five minutes");
}

rp_code external_check(const struct scene *s, const struct external_ask *ask, struct external_seen *ret,
		       struct rp_error *err)
{
	struct external_seen seen = {.given = true};
	struct hash_part parts[2];
	uint8_t digest[SHA256_LEN];
	struct statement t;
	rp_code rc;

	*ret = (struct external_seen){0};
	if (!is_asked(s, ask->door))
		return RP_OK;
	if (ask->e == NULL || ask->e->external == NULL)
		return refuse(err, "");
	if (!read_statement(ask->e, &t))
		return refuse(err, "it is no such statement");
	if (!is_signed(s, ask->door, &t))
		return refuse(err, "no key that is configured for this way has signed it");
	if (!is_for(s, ask, &t))
		return refuse(err, "it is for another card, PIN, case or purpose");
	seen.time_ms = strtoll(t.time, NULL, 10) * SECOND_MS;
	rc = check_time(s, ask, seen.time_ms, err);
	if (rc != RP_OK)
		return rc;
	memcpy(seen.kind, t.kind, sizeof seen.kind);
	memcpy(seen.key, t.key, sizeof seen.key);
	parts[0] = (struct hash_part){t.id, strlen(t.id)};
	parts[1] = (struct hash_part){t.key, strlen(t.key)};
	hash_sha256(parts, 2, digest);
	memcpy(seen.once, digest, sizeof seen.once);
	*ret = seen;
	return RP_OK;
}

/* --- the act --- */

static rp_code write_log(struct scene *s, const char *case_id, enum doors_id door, const char *outcome,
			 const char *reason, struct rp_error *err)
{
	char receipt[ROW_ID];
	const struct log_act a = {.act = "external",
				  .card_id = s->card.card_id,
				  .case_id = case_id,
				  .slot = s->shown->p->slot,
				  .door = doors_word(door),
				  .terminal = s->peer.name,
				  .outcome = outcome,
				  .reason = reason};

	return log_entry(s->tx, &a, receipt, err);
}

static rp_code write_evidence(struct scene *s, const struct external_seen *seen, const struct row_case *c,
			      struct rp_error *err)
{
	struct row_evidence row = {.kind = "external", .at_ms = s->now};
	rp_code rc = text_put(row.by_name, sizeof row.by_name, seen->key, err);

	memcpy(row.case_id, c->id, sizeof row.case_id);
	memcpy(row.card_id, c->card_id, sizeof row.card_id);
	if (rc == RP_OK)
		rc = text_put(row.detail, sizeof row.detail, seen->kind, err);
	return rc == RP_OK ? store_run(s->tx, ST_EVIDENCE_INSERT, &row, NULL, err) : rc;
}

rp_code external_take(struct scene *s, const struct external_seen *seen, const struct row_case *c,
		      enum doors_id door, struct rp_error *err)
{
	struct rp_error quiet = RP_ERROR_INIT;
	char reason[64 + ROW_NAME];
	rp_code rc;

	if (!seen->given)
		return RP_OK;
	/* Kept for as long as it could be shown again: its own time and a clock's that is ahead. */
	rc = nonce_use(s->tx, seen->once, seen->time_ms + AHEAD_MS + MINUTE_MS, &quiet);
	if (rc == RP_E_ISSUER_REFUSED)
		return refuse(err, "it has served already");
	if (rc != RP_OK) {
		*err = quiet;
		return rc;
	}
	(void)snprintf(reason, sizeof reason, "%s by %s", seen->kind, seen->key);
	rc = write_log(s, c != NULL ? c->id : NULL, door, "ok", reason, err);
	return rc == RP_OK && c != NULL ? write_evidence(s, seen, c, err) : rc;
}

/* --- a refusal --- */

struct refusal {
	struct scene scene; /* first: scene_work hands it over */
	enum doors_id door;
	const char *why;
};

static rp_code refusal_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct refusal *r = arg;
	rp_code rc = scene_open(tx, &r->scene, err);

	if (rc != RP_OK || r->scene.changed)
		return rc;
	/* As many as a card may act in a day: nobody fills the log with them. */
	rc = card_limit(tx, r->scene.card.card_id, "acts", r->scene.i->card_acts, err);
	return rc == RP_OK ? write_log(&r->scene, NULL, r->door, "evidence-external", r->why, err) : rc;
}

void external_note_refusal(struct scene *s, enum doors_id door, const struct rp_evidence *e,
			   const struct rp_error *why)
{
	struct rp_error quiet = RP_ERROR_INIT;
	struct refusal *r;

	if (why == NULL || why->problem != RP_PROBLEM_EVIDENCE_EXTERNAL || e->external == NULL)
		return;
	r = calloc(1, sizeof *r);
	if (r == NULL)
		return;
	r->scene = (struct scene){.i = s->i, .who = s->who, .shown = s->shown, .case_id = s->case_id};
	r->door = door;
	r->why = why->story;
	(void)!scene_work(&r->scene, NULL, refusal_work, &quiet);
	free(r);
}
