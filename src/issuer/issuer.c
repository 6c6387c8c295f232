/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "issuer/sources.h"
#include "issuer/x509.h"
#include "rules/hours.h"

/* How long an observation of the database's clock is the best one: ours may run faster by then. */
#define AHEAD_LIVES_MS (10 * SECOND_MS)

#define NONCE_LABEL "REPIN-NONCE-1"

/* --- time --- */

/* The database's time is at least `db_ms` now. */
void issuer_saw_time(issuer *i, int64_t db_ms)
{
	int64_t here = clock_ms();

	pthread_mutex_lock(&i->lock);
	if (db_ms - here > i->ahead_ms || here - i->ahead_at_ms > AHEAD_LIVES_MS) {
		i->ahead_ms = db_ms - here;
		i->ahead_at_ms = here;
	}
	pthread_mutex_unlock(&i->lock);
}

int64_t issuer_now_ms(issuer *i)
{
	pthread_mutex_lock(&i->lock);
	int64_t ahead = i->ahead_ms;
	pthread_mutex_unlock(&i->lock);
	return clock_ms() + ahead;
}

struct timed {
	issuer *i;
	store_work_fn *work;
	void *arg;
};

static rp_code timed_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct timed *t = arg;

	issuer_saw_time(t->i, store_now(tx));
	return t->work(tx, t->arg, err);
}

rp_code issuer_work(issuer *i, const struct store_opts *o, store_work_fn *work, void *arg,
		    struct rp_error *err)
{
	struct timed t = {.i = i, .work = work, .arg = arg};

	return store_work(i->store, o, timed_work, &t, err);
}

/* --- counts --- */

static const char *const count_names[ISSUER_COUNTS] = {
	[COUNT_PRESENCE] = "presences",	    [COUNT_NOT_SHOWN] = "cards_not_shown",
	[COUNT_RESERVED] = "reservations",  [COUNT_GRANTED] = "grants",
	[COUNT_DONE] = "resets_done",	    [COUNT_FAILED] = "resets_failed",
	[COUNT_CODE_WRONG] = "codes_wrong", [COUNT_CODE_BLOCKED] = "codes_blocked",
	[COUNT_HALTED] = "cards_halted",    [COUNT_REFUSED] = "refusals",
	[COUNT_BUSY] = "argon2_busy",
};

void issuer_count(issuer *i, enum issuer_count what)
{
	pthread_mutex_lock(&i->lock);
	i->counts[what]++;
	pthread_mutex_unlock(&i->lock);
}

void issuer_counts(issuer *i, void (*each)(void *arg, const char *name, const char *labels, uint64_t n),
		   void *arg)
{
	uint64_t counts[ISSUER_COUNTS];

	pthread_mutex_lock(&i->lock);
	for (size_t k = 0; k < ISSUER_COUNTS; k++)
		counts[k] = i->counts[k];
	pthread_mutex_unlock(&i->lock);
	for (size_t k = 0; k < ISSUER_COUNTS; k++)
		each(arg, count_names[k], "", counts[k]);
	forget_counts(i, each, arg);
}

/* --- may it serve? --- */

rp_code seal_ahead(struct store_tx *tx, struct rp_error *err)
{
	const struct row_entry oldest = {0};

	return store_ahead(tx, ST_ENTRY_OLDEST_OPEN, &oldest, err);
}

/* How long the oldest entry has been waiting for its seal; 0: none does. */
static rp_code seal_waits(struct store_tx *tx, int64_t *ret_ms, struct rp_error *err)
{
	struct row_entry oldest = {0};
	bool found;
	rp_code rc = store_get(tx, ST_ENTRY_OLDEST_OPEN, &oldest, &found, err);

	if (rc != RP_OK)
		return rp_context(err, rc, "looking how far the log is sealed");
	*ret_ms = found ? store_now(tx) - oldest.made_ms : 0;
	return RP_OK;
}

rp_code seal_in_time(struct store_tx *tx, struct rp_error *err)
{
	int64_t waits_ms;
	rp_code rc = seal_waits(tx, &waits_ms, err);

	if (rc == RP_OK && waits_ms > SEAL_LATE_MS)
		return rp_refuse(err, RP_PROBLEM_NOT_READY, "the log is not sealed in time");
	return rc;
}

static rp_code seal_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	(void)arg;
	return seal_in_time(tx, err);
}

static rp_code waits_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	return seal_waits(tx, arg, err);
}

rp_code issuer_seal_waits(issuer *i, int64_t *ret_ms, struct rp_error *err)
{
	const struct store_opts look = {.read_only = true};

	return issuer_work(i, &look, waits_work, ret_ms, err);
}

rp_code issuer_ready(issuer *i, struct rp_error *err)
{
	const struct store_opts look = {.read_only = true};
	rp_code rc = store_ready(i->store, err);

	if (rc == RP_OK)
		rc = log_check_keys(i, err);
	return rc == RP_OK ? issuer_work(i, &look, seal_work, NULL, err) : rc;
}

/* --- open and close --- */

static rp_code take_reserve(issuer *i, const struct issuer_conf *c, struct rp_error *err)
{
	for (size_t k = 0; k < 4 && c->reserve_from[k] != NULL; k++) {
		const char *word = c->reserve_from[k];

		if (strcmp(word, "home") == 0)
			i->reserve_home = true;
		else if (strcmp(word, "app") == 0)
			i->reserve_app = true;
		else if (strcmp(word, "desk") == 0)
			i->reserve_desk = true;
		else
			return rp_fail(
				err, RP_E_CONFIG,
				"reservations from \"%s\": it must be home, app or desk, never a kiosk",
				word);
	}
	return RP_OK;
}

/* A row that no door has would never ask, and nobody would notice. */
static bool is_row(const struct external_row *r)
{
	const enum doors_id door = doors_from_word(r->door);

	if (r->slot != RP_SLOT_NONE)
		return door_row(r->profile, r->slot, door) != NULL;
	for (size_t k = 0; k < n_doors_rows; k++)
		if (door_row(r->profile, doors_rows[k].slot, door) != NULL)
			return true;
	return false;
}

static rp_code take_external(issuer *i, const struct issuer_conf *c, struct rp_error *err)
{
	if (c->n_external > sizeof i->external / sizeof i->external[0])
		return rp_fail(err, RP_E_CONFIG, "more than 8 doors that ask for external evidence");
	for (size_t k = 0; k < c->n_external; k++) {
		const struct external_row *from = &c->external[k];
		struct external_row *to = &i->external[k];
		const char *texts[] = {from->profile, from->door, from->name};
		const char **own[] = {&to->profile, &to->door, &to->name};

		if (!is_row(from))
			return rp_fail(err, RP_E_CONFIG, "external: the table of doors has no %s of %s",
				       from->door, from->profile);
		*to = *from;
		for (size_t n = 0; n < 3; n++) {
			rp_code rc = text_put(i->external_text[k][n], sizeof i->external_text[k][n], texts[n],
					      err);

			if (rc != RP_OK)
				return rc;
			*own[n] = i->external_text[k][n];
		}
	}
	i->n_external = c->n_external;
	return RP_OK;
}

/* A misspelt office would go without its second person, so every name has to be one. */
static rp_code take_four_eyes(issuer *i, const char *list, struct rp_error *err)
{
	for (const char *at = list; *at != '\0';) {
		const size_t n = strcspn(at, ",");
		size_t k = 0;

		while (k < offices()->n &&
		       (strncmp(offices()->at[k].id, at, n) != 0 || offices()->at[k].id[n] != '\0'))
			k++;
		if (n == 0 || k == offices()->n)
			return rp_fail(err, RP_E_CONFIG, "four-eyes: '%.*s' is no office", (int)n, at);
		at += n;
		if (*at == ',' && *++at == '\0')
			return rp_fail(err, RP_E_CONFIG, "four-eyes ends in a comma");
	}
	return text_put(i->four_eyes, sizeof i->four_eyes, list, err);
}

static rp_code take_conf(issuer *i, const struct issuer_conf *c, struct rp_error *err)
{
	rp_code rc;

	if (c->name == NULL || c->name[0] == '\0' || c->log_origin == NULL || c->anchors_file == NULL)
		return rp_fail(err, RP_E_CONFIG, "the issuer needs a name, a log name and anchors");
	if (c->crl_file == NULL && !c->crl_optional)
		return rp_fail(err, RP_E_CONFIG,
			       "no revocation list is configured; an issuer without any has to say so");
	rc = text_put(i->name, sizeof i->name, c->name, err);
	if (rc == RP_OK)
		rc = text_put(i->log_origin, sizeof i->log_origin, c->log_origin, err);
	if (rc == RP_OK && c->four_eyes != NULL)
		rc = take_four_eyes(i, c->four_eyes, err);
	if (rc == RP_OK)
		rc = take_reserve(i, c, err);
	if (rc == RP_OK)
		rc = take_external(i, c, err);
	i->places = c->argon2_places != 0 ? c->argon2_places : 2;
	i->two_people = c->two_people;
	i->card_acts = c->card_acts > 0 ? c->card_acts : CARD_ACTS_A_DAY;
	return rc;
}

/* One key for nonces, made from the pepper once: a nonce must cost the token nothing. */
static rp_code make_keys(issuer *i, keys *k, struct rp_error *err)
{
	const struct hash_part parts[] = {{NONCE_LABEL, sizeof NONCE_LABEL - 1}, {i->name, strlen(i->name)}};

	i->pepper = keys_version(k, KEYS_PEPPER);
	return keys_pepper(k, i->pepper, parts, 2, i->nonce_key, err);
}

/* The time is all that it comes for. */
static rp_code look_at_clock(struct store_tx *tx, void *arg, struct rp_error *err)
{
	(void)tx;
	(void)arg;
	(void)err;
	return RP_OK;
}

static void issuer_freep(issuer **i)
{
	issuer_close(*i);
}

rp_code issuer_open(const struct issuer_conf *c, keys *k, store *s, issuer **ret, struct rp_error *err)
{
	RP_AUTO(issuer_freep) issuer *i = calloc(1, sizeof *i);
	const struct store_opts look = {.read_only = true};
	rp_code rc;

	if (i == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the issuer");
	pthread_mutex_init(&i->lock, NULL);
	i->ahead_ms = INT64_MIN / 2;
	i->store = s; /* keys and store become ours with the success below */
	rc = take_conf(i, c, err);
	if (rc == RP_OK)
		rc = x509_trust_open(c->anchors_file, c->crl_file, &i->trust, err);
	if (rc == RP_OK)
		rc = sources_new(&i->sources, err);
	if (rc == RP_OK)
		rc = make_keys(i, k, err);
	if (rc == RP_OK)
		rc = issuer_work(i, &look, look_at_clock, NULL, err);
	i->store = NULL;
	if (rc != RP_OK)
		return rp_context(err, rc, "opening the issuer");
	if (c->crl_file == NULL)
		log_event(LOG_LVL_WARN, "issuer.crl", "file=none: no certificate counts as revoked");
	i->keys = k;
	i->store = s;
	*ret = i;
	i = NULL;
	return RP_OK;
}

void issuer_close(issuer *i)
{
	if (i == NULL)
		return;
	x509_trust_close(i->trust);
	sources_free(i->sources);
	keys_close(i->keys);
	store_close(i->store);
	pthread_mutex_destroy(&i->lock);
	rp_wipe(i->nonce_key, sizeof i->nonce_key);
	free(i);
}
