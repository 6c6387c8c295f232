/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the store is, without anything above it:
 *
 *     store_rate URL resets THREADS SECONDS   commits a second of the three transactions of a kiosk reset
 *     store_rate URL cards N                  cards a second, enrolled in transactions of 500
 *
 * A reset is reservation, grant and settling, with the statements that the issuer runs for them.
 */
#include "base/secret.h"
#include "store/store.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CARDS 2000
#define BATCH 500

static store *the_store;
static atomic_bool over;
static atomic_uint_fast64_t commits;

static void stop(const char *what, const struct rp_error *err)
{
	fprintf(stderr, "store_rate: %s: %s\n", what, err->story);
	exit(1);
}

static void must(rp_code rc, const char *what, const struct rp_error *err)
{
	if (rc != RP_OK)
		stop(what, err);
}

static double seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void card_id(uint64_t n, uint8_t ret[CARD_ID_LEN])
{
	memset(ret, 0, CARD_ID_LEN);
	memcpy(ret, &n, sizeof n);
	/* As a hash would: neighbours are far apart. */
	rp_keyed_hash((const uint8_t *)"0123456789abcdef", 16, ret, CARD_ID_LEN, ret, CARD_ID_LEN);
}

/* --- enrolment --- */

struct batch {
	uint64_t from, n;
};

static rp_code enrol(struct store_tx *tx, uint64_t n, struct rp_error *err)
{
	struct row_card card = {
		.profile = "mynumber", .status = "active", .key_version = 1, .municipality = "13225"};
	struct row_card_slot slot = {0};
	struct row_card_key key = {.serial = {.len = 16}};
	rp_code rc;

	card_id(n, card.card_id);
	(void)snprintf(card.number, sizeof card.number, "%015" PRIu64, n);
	card.enrolled_ms = key.enrolled_ms = store_now(tx);
	memcpy(slot.card_id, card.card_id, sizeof slot.card_id);
	memcpy(key.card_id, card.card_id, sizeof key.card_id);
	rp_random(key.key_hash, sizeof key.key_hash);
	rc = store_run(tx, ST_CARD_INSERT, &card, NULL, err);
	for (slot.slot = 1; slot.slot <= 4 && rc == RP_OK; slot.slot++)
		rc = store_run(tx, ST_SLOT_PUT, &slot, NULL, err);
	for (key.slot = 1; key.slot <= 2 && rc == RP_OK; key.slot++)
		rc = store_run(tx, ST_KEY_PUT, &key, NULL, err);
	return rc;
}

static rp_code enrol_batch(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct batch *b = arg;
	rp_code rc = RP_OK;

	for (uint64_t i = 0; i < b->n && rc == RP_OK; i++)
		rc = enrol(tx, b->from + i, err);
	return rc;
}

static void enrol_all(uint64_t from, uint64_t n)
{
	const struct store_opts o = {0};
	struct rp_error err = RP_ERROR_INIT;

	for (struct batch b = {.from = from}; b.from < from + n; b.from += BATCH) {
		b.n = from + n - b.from < BATCH ? from + n - b.from : BATCH;
		must(store_work(the_store, &o, enrol_batch, &b, &err), "enrolling", &err);
	}
}

static void cards(uint64_t n)
{
	const double from = seconds();

	enrol_all(CARDS, n); /* behind those of the resets */
	printf("cards=%" PRIu64 " rows=%" PRIu64 " cards_per_s=%.0f rows_per_s=%.0f\n", n, 7 * n,
	       (double)n / (seconds() - from), (double)(7 * n) / (seconds() - from));
}

/* --- resets --- */

struct reset {
	struct store_opts o;
	uint8_t card[CARD_ID_LEN];
	char key[ROW_ID], case_id[ROW_ID], grant_id[ROW_ID];
	int64_t resets;
};

static void new_id(char ret[ROW_ID])
{
	uint8_t r[16];

	rp_random(r, sizeof r);
	for (size_t i = 0; i < sizeof r; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", r[i]);
}

/* What stands in the way of failing early: 0 rows found is a failure here. */
static rp_code get_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size,
			 struct rp_error *err)
{
	bool found;
	rp_code rc = store_get_sized(tx, stmt, row, size, &found, err);

	return rc != RP_OK || found ? rc : rp_fail(err, RP_E_FAULT, "nothing was found");
}
#define get(tx, stmt, row, err) get_sized(tx, ST_##stmt, row, sizeof *(row), err)
#define run(tx, stmt, row, err) store_run(tx, ST_##stmt, row, NULL, err)

static rp_code pass(void *arg, const void *row, struct rp_error *err)
{
	(void)arg;
	(void)row;
	(void)err;
	return RP_OK;
}

/* Card, terminal, group, slot, keys, cases, stops: what is read before something is decided. */
static rp_code look(struct store_tx *tx, const struct reset *r, struct rp_error *err)
{
	struct row_idempotency idem = {0};
	struct row_terminal terminal = {0};
	struct row_group group = {.name = "kiosks"};
	struct row_card card = {0};
	struct row_card_slot slot = {.slot = 1};
	struct row_card_key key = {.slot = 1};
	struct row_case c = {0};
	struct row_stop stops = {0};
	bool found;
	rp_code rc;

	(void)snprintf(idem.key, sizeof idem.key, "%s", r->key);
	memcpy(card.card_id, r->card, CARD_ID_LEN);
	memcpy(slot.card_id, r->card, CARD_ID_LEN);
	memcpy(key.card_id, r->card, CARD_ID_LEN);
	memcpy(c.card_id, r->card, CARD_ID_LEN);
	/* All in one round trip, as the issuer asks. */
	rc = store_ahead(tx, ST_IDEM_GET, &idem, err);
	rc = rc == RP_OK ? store_ahead(tx, ST_TERMINAL_GET, &terminal, err) : rc;
	rc = rc == RP_OK ? store_ahead(tx, ST_GROUP_GET, &group, err) : rc;
	rc = rc == RP_OK ? store_ahead(tx, ST_CARD_BY_ID, &card, err) : rc;
	rc = rc == RP_OK ? store_ahead(tx, ST_SLOT_GET, &slot, err) : rc;
	rc = rc == RP_OK ? store_ahead(tx, ST_KEY_GET, &key, err) : rc;
	rc = rc == RP_OK ? store_ahead(tx, ST_CASE_OPEN_OF, &c, err) : rc;
	rc = rc == RP_OK ? store_ahead(tx, ST_STOP_ACTIVE, &stops, err) : rc;
	rc = rc == RP_OK ? store_get(tx, ST_IDEM_GET, &idem, &found, err) : rc;
	rc = rc == RP_OK ? get(tx, TERMINAL_GET, &terminal, err) : rc;
	rc = rc == RP_OK ? get(tx, GROUP_GET, &group, err) : rc;
	rc = rc == RP_OK ? get(tx, CARD_BY_ID, &card, err) : rc;
	rc = rc == RP_OK ? get(tx, SLOT_GET, &slot, err) : rc;
	rc = rc == RP_OK ? get(tx, KEY_GET, &key, err) : rc;
	rc = rc == RP_OK ? store_each(tx, ST_CASE_OPEN_OF, &c, pass, NULL, err) : rc;
	return rc == RP_OK ? store_each(tx, ST_STOP_ACTIVE, &stops, pass, NULL, err) : rc;
}

/* Entry, notice, idempotency: what every act leaves behind. */
static rp_code leave(struct store_tx *tx, const struct reset *r, const char *act, struct rp_error *err)
{
	struct row_entry entry = {.leaf = -1, .made_ms = store_now(tx)};
	struct row_outbox notice = {.made_ms = store_now(tx)};
	struct row_idempotency idem = {.state = "done", .made_ms = store_now(tx)};
	rp_code rc;

	memcpy(entry.card_id, r->card, CARD_ID_LEN);
	memcpy(notice.card_id, r->card, CARD_ID_LEN);
	memcpy(idem.card_id, r->card, CARD_ID_LEN);
	new_id(entry.receipt);
	rp_random(entry.salt, sizeof entry.salt);
	(void)snprintf(entry.body, sizeof entry.body,
		       "{\"act\":\"%s\",\"case\":\"%s\",\"door\":\"kiosk\",\"terminal\":\"kiosk "
		       "17\",\"outcome\":\"done\"}",
		       act, r->case_id);
	(void)snprintf(notice.kind, sizeof notice.kind, "%s", act);
	(void)snprintf(notice.body, sizeof notice.body, "{\"case\":\"%s\"}", r->case_id);
	(void)snprintf(idem.key, sizeof idem.key, "%s", r->key);
	(void)snprintf(idem.result, sizeof idem.result, "{\"case\":\"%s\",\"receipt\":\"%s\"}", r->case_id,
		       entry.receipt);
	rc = run(tx, ENTRY_INSERT, &entry, err);
	rc = rc == RP_OK ? run(tx, OUTBOX_PUT, &notice, err) : rc;
	return rc == RP_OK ? run(tx, IDEM_INSERT, &idem, err) : rc;
}

static rp_code use_nonce(struct store_tx *tx, struct rp_error *err)
{
	struct row_nonce n = {.until_ms = store_now(tx) + 300000};

	rp_random(n.nonce, sizeof n.nonce);
	return run(tx, NONCE_USE, &n, err);
}

static rp_code prove(struct store_tx *tx, const struct reset *r, const char *purpose, struct rp_error *err)
{
	struct row_evidence e = {.kind = "proof", .at_ms = store_now(tx)};

	memcpy(e.card_id, r->card, CARD_ID_LEN);
	(void)snprintf(e.case_id, sizeof e.case_id, "%s", r->case_id);
	(void)snprintf(e.purpose, sizeof e.purpose, "%s", purpose);
	return run(tx, EVIDENCE_INSERT, &e, err);
}

static rp_code reserve(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct reset *r = arg;
	struct row_case c = {.slot = 1, .door = "kiosk", .state = "ready", .terminal = "home"};
	rp_code rc = look(tx, r, err);

	c.opened_ms = c.changed_ms = store_now(tx);
	c.until_ms = c.opened_ms + 86400000;
	memcpy(c.card_id, r->card, CARD_ID_LEN);
	(void)snprintf(c.id, sizeof c.id, "%s", r->case_id);
	rc = rc == RP_OK ? use_nonce(tx, err) : rc;
	rc = rc == RP_OK ? run(tx, CASE_INSERT, &c, err) : rc;
	rc = rc == RP_OK ? prove(tx, r, "reserve", err) : rc;
	return rc == RP_OK ? leave(tx, r, "reserved", err) : rc;
}

static rp_code to_state(struct store_tx *tx, const struct reset *r, const char *state, struct rp_error *err)
{
	struct row_case c = {.grants = 1, .changed_ms = store_now(tx), .until_ms = store_now(tx) + 120000};

	(void)snprintf(c.id, sizeof c.id, "%s", r->case_id);
	(void)snprintf(c.state, sizeof c.state, "%s", state);
	return run(tx, CASE_STATE, &c, err);
}

static rp_code burn(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct reset *r = arg;
	struct row_grant g = {.slot = 1, .key_version = 1, .state = "burnt", .terminal = "kiosk 17"};
	rp_code rc = look(tx, r, err);

	g.made_ms = store_now(tx);
	memcpy(g.card_id, r->card, CARD_ID_LEN);
	(void)snprintf(g.id, sizeof g.id, "%s", r->grant_id);
	(void)snprintf(g.case_id, sizeof g.case_id, "%s", r->case_id);
	rp_random(g.challenge, sizeof g.challenge);
	rc = rc == RP_OK ? use_nonce(tx, err) : rc;
	rc = rc == RP_OK ? prove(tx, r, "reset", err) : rc;
	rc = rc == RP_OK ? run(tx, GRANT_INSERT, &g, err) : rc;
	rc = rc == RP_OK ? to_state(tx, r, "granted", err) : rc;
	return rc == RP_OK ? leave(tx, r, "granted", err) : rc;
}

static rp_code settle(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct reset *r = arg;
	struct row_grant g = {.state = "done", .settled_by = "mac"}, all = {.slot = 1};
	struct row_card_slot slot = {.slot = 1, .resets = r->resets};
	rp_code rc = look(tx, r, err);

	g.settled_ms = store_now(tx);
	(void)snprintf(g.id, sizeof g.id, "%s", r->grant_id);
	memcpy(all.card_id, r->card, CARD_ID_LEN);
	memcpy(slot.card_id, r->card, CARD_ID_LEN);
	rc = rc == RP_OK ? store_each(tx, ST_GRANT_UNSETTLED, &all, pass, NULL, err) : rc;
	rc = rc == RP_OK ? run(tx, GRANT_SETTLE, &g, err) : rc;
	rc = rc == RP_OK ? run(tx, SLOT_PUT, &slot, err) : rc;
	rc = rc == RP_OK ? to_state(tx, r, "done", err) : rc;
	return rc == RP_OK ? leave(tx, r, "done", err) : rc;
}

static void work(struct reset *r, store_work_fn *fn)
{
	struct rp_error err = RP_ERROR_INIT;

	new_id(r->key);
	r->o = (struct store_opts){.card_id = r->card, .idempotency_key = r->key};
	must(store_work(the_store, &r->o, fn, r, &err), "a reset", &err);
	commits++;
}

static void *resets(void *arg)
{
	uint32_t n;

	(void)arg;
	while (!over) {
		struct reset r = {.resets = 1};

		rp_random(&n, sizeof n);
		card_id(n % CARDS, r.card);
		new_id(r.case_id);
		new_id(r.grant_id);
		work(&r, reserve);
		work(&r, burn);
		work(&r, settle);
	}
	return NULL;
}

static rp_code set_the_scene(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_terminal t = {.name = "kiosk 17", .klass = "kiosk", .grp = "kiosks"};
	struct row_group g = {.name = "kiosks", .klass = "kiosk", .slots = "mynumber:sign,mynumber:auth"};
	size_t *fresh = arg;
	rp_code rc = store_run(tx, ST_TERMINAL_INSERT, &t, fresh, err);

	return rc == RP_OK ? run(tx, GROUP_PUT, &g, err) : rc;
}

static void run_resets(unsigned threads, unsigned how_long)
{
	const struct store_opts o = {0};
	struct rp_error err = RP_ERROR_INIT;
	pthread_t t[64];
	size_t fresh;
	double from;

	must(store_work(the_store, &o, set_the_scene, &fresh, &err), "the scene", &err);
	if (fresh == 1)
		enrol_all(0, CARDS);
	from = seconds();
	for (unsigned i = 0; i < threads; i++)
		(void)pthread_create(&t[i], NULL, resets, NULL);
	(void)nanosleep(&(struct timespec){.tv_sec = (time_t)how_long}, NULL);
	over = true;
	for (unsigned i = 0; i < threads; i++)
		(void)pthread_join(t[i], NULL);
	printf("threads=%u commits_per_s=%.0f resets_per_s=%.0f\n", threads,
	       (double)commits / (seconds() - from), (double)commits / 3 / (seconds() - from));
}

int main(int argc, char **argv)
{
	struct store_conf c = {.connections = 64};
	struct rp_error err = RP_ERROR_INIT;

	if (argc < 4) {
		fprintf(stderr, "usage: store_rate URL resets THREADS SECONDS | store_rate URL cards N\n");
		return 2;
	}
	c.url = argv[1];
	must(store_open(&c, &the_store, &err), "opening", &err);
	must(store_migrate(the_store, &err), "preparing", &err);
	if (strcmp(argv[2], "cards") == 0)
		cards(strtoull(argv[3], NULL, 10));
	else if (argc > 4 && strtoul(argv[3], NULL, 10) <= 64)
		run_resets((unsigned)strtoul(argv[3], NULL, 10), (unsigned)strtoul(argv[4], NULL, 10));
	store_close(the_store);
	return 0;
}
