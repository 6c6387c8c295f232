/* SPDX-License-Identifier: Apache-2.0 */
#include "support/issuer_rig.h"

#include <ftw.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "issuer/log.h"

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"
#define TOKEN "issuer of a test"
#define FOREVER_MS (INT64_C(400) * 24 * 3600 * 1000)

static int64_t real_ms(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &t), 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t clock_of(void *arg)
{
	return real_ms() + ((struct irig *)arg)->ahead_ms;
}

rp_secret *irig_secret(const char *text)
{
	rp_secret *s = NULL;

	assert_int_equal(rp_secret_from(text, strlen(text), &s, NULL), RP_OK);
	return s;
}

const char *irig_new_key(void)
{
	static char made[8][40];
	static unsigned n;
	char *key = made[n++ % 8];

	code32_new(25, key);
	return key;
}

/* --- once --- */

static void write_file(const char *path, const void *bytes, size_t len)
{
	char fresh[128];
	FILE *f;

	(void)snprintf(fresh, sizeof fresh, "%s.new", path);
	f = fopen(fresh, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(fresh, path), 0);
}

static struct keys_conf keys_of(const struct irig *r)
{
	return (struct keys_conf){.module = SOFTHSM, .token = TOKEN, .pin = r->pin};
}

static void make_token(struct irig *r)
{
	struct rp_error err = RP_ERROR_INIT;
	char path[128], conf[256];

	(void)snprintf(path, sizeof path, "%s/tokens", r->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(conf, sizeof conf,
		       "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", path);
	(void)snprintf(path, sizeof path, "%s/softhsm2.conf", r->folder);
	write_file(path, conf, strlen(conf));
	assert_int_equal(setenv("SOFTHSM2_CONF", path, 1), 0);
	r->pin = irig_secret("pin of the test's token");
	r->so_pin = irig_secret("officer of the test's token");
	const struct keys_conf c = keys_of(r);
	irig_ok(keys_make_token(&c, r->so_pin, &err), &err);
}

void irig_begin(struct irig *r)
{
	struct rp_error err = RP_ERROR_INIT;

	*r = (struct irig){.folder = "/tmp/repin-issuer-XXXXXX"};
	assert_non_null(mkdtemp(r->folder));
	(void)snprintf(r->ca, sizeof r->ca, "%s/ca.pem", r->folder);
	(void)snprintf(r->crl, sizeof r->crl, "%s/crl.pem", r->folder);
	make_token(r);
	irig_ok(vca_open(r->ca, &r->vca, &err), &err);
	irig_revoke(r, NULL, FOREVER_MS);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void irig_end(struct irig *r)
{
	rp_secret_free(r->pin);
	rp_secret_free(r->so_pin);
	vca_free(r->vca);
	(void)nftw(r->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- the issuer --- */

static void empty_postgres(const char *url)
{
	PGconn *pg = PQconnectdb(url);
	PGresult *r;

	if (PQstatus(pg) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(pg));
	r = PQexec(pg, "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s", PQerrorMessage(pg));
	PQclear(r);
	PQfinish(pg);
}

static void empty_database(struct irig *r)
{
	static const char *const names[] = {"db", "db-wal", "db-shm"};
	const char *pg = getenv("REPIN_PG_URL");

	if (pg != NULL) {
		empty_postgres(pg);
		(void)snprintf(r->url, sizeof r->url, "%s", pg);
		return;
	}
	for (size_t k = 0; k < 3; k++) {
		char path[128];

		(void)snprintf(path, sizeof path, "%s/%s", r->folder, names[k]);
		(void)unlink(path);
	}
	(void)snprintf(r->url, sizeof r->url, "sqlite:%s/db", r->folder);
}

struct issuer_conf irig_conf(const struct irig *r)
{
	return (struct issuer_conf){.name = IRIG_NAME,
				    .log_origin = "repin.test/log",
				    .anchors_file = r->ca,
				    .crl_file = r->crl,
				    .reserve_from = {"home", "app", NULL}};
}

static void start(struct irig *r, const struct issuer_conf *conf)
{
	const struct keys_conf kc = keys_of(r);
	const struct store_conf sc = {.url = r->url, .clock = clock_of, .clock_arg = r};
	struct rp_error err = RP_ERROR_INIT;

	irig_ok(keys_open(&kc, &r->k, &err), &err);
	irig_ok(store_open(&sc, &r->s, &err), &err);
	irig_ok(store_migrate(r->s, &err), &err);
	irig_ok(issuer_open(conf, r->k, r->s, &r->i, &err), &err);
}

void irig_open(struct irig *r, const struct issuer_conf *like)
{
	const struct issuer_conf conf = like != NULL ? *like : irig_conf(r);
	struct rp_error err = RP_ERROR_INIT;

	empty_database(r);
	r->ahead_ms = 0;
	start(r, &conf);
	irig_ok(log_begin(r->i, &err), &err);
}

void irig_restart(struct irig *r)
{
	const struct issuer_conf conf = irig_conf(r);

	irig_close(r);
	start(r, &conf);
}

void irig_close(struct irig *r)
{
	issuer_close(r->i);
	r->i = NULL;
	r->k = NULL;
	r->s = NULL;
}

/* --- rows --- */

struct one {
	enum store_stmt stmt;
	void *row;
	size_t size;
	bool found;
	unsigned n;
	const char *act, *outcome;
};

static rp_code run_one(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct one *o = arg;

	return store_run_sized(tx, o->stmt, o->row, o->size, NULL, err);
}

void irig_run_sized(struct irig *r, enum store_stmt stmt, void *row, size_t size)
{
	const struct store_opts opts = {0};
	struct one o = {.stmt = stmt, .row = row, .size = size};
	struct rp_error err = RP_ERROR_INIT;

	irig_ok(store_work(r->s, &opts, run_one, &o, &err), &err);
}

static rp_code get_one(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct one *o = arg;

	return store_get_sized(tx, o->stmt, o->row, o->size, &o->found, err);
}

bool irig_get_sized(struct irig *r, enum store_stmt stmt, void *row, size_t size)
{
	const struct store_opts opts = {0};
	struct one o = {.stmt = stmt, .row = row, .size = size};
	struct rp_error err = RP_ERROR_INIT;

	irig_ok(store_work(r->s, &opts, get_one, &o, &err), &err);
	return o.found;
}

static rp_code count_row(void *arg, const void *row, struct rp_error *err)
{
	(void)row;
	(void)err;
	((struct one *)arg)->n++;
	return RP_OK;
}

static rp_code count_all(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct one *o = arg;

	o->n = 0;
	return store_each_sized(tx, o->stmt, o->row, o->size, count_row, o, err);
}

unsigned irig_count_sized(struct irig *r, enum store_stmt stmt, void *row, size_t size)
{
	const struct store_opts opts = {0};
	struct one o = {.stmt = stmt, .row = row, .size = size};
	struct rp_error err = RP_ERROR_INIT;

	irig_ok(store_work(r->s, &opts, count_all, &o, &err), &err);
	return o.n;
}

static bool has_word(const char *body, const char *name, const char *value)
{
	char member[160];

	(void)snprintf(member, sizeof member, "\"%s\":\"%s\"", name, value);
	return value == NULL || strstr(body, member) != NULL;
}

static rp_code count_entry(void *arg, const void *row, struct rp_error *err)
{
	struct one *o = arg;
	const struct row_entry *e = row;

	(void)err;
	o->n += has_word(e->body, "act", o->act) && has_word(e->body, "outcome", o->outcome);
	return RP_OK;
}

static rp_code count_entries(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_entry row = {.leaf = 0};
	struct one *o = arg;
	rp_code rc;

	o->n = 0;
	rc = store_each(tx, ST_ENTRY_UNSEALED, &row, count_entry, o, err);
	row = (struct row_entry){.leaf = 0};
	return rc == RP_OK ? store_each(tx, ST_ENTRY_RANGE, &row, count_entry, o, err) : rc;
}

unsigned irig_logged(struct irig *r, const char *act, const char *outcome)
{
	const struct store_opts opts = {0};
	struct one o = {.act = act, .outcome = outcome};
	struct rp_error err = RP_ERROR_INIT;

	irig_ok(store_work(r->s, &opts, count_entries, &o, &err), &err);
	return o.n;
}

static rp_code count_notice(void *arg, const void *row, struct rp_error *err)
{
	struct one *o = arg;

	(void)err;
	o->n += strcmp(((const struct row_outbox *)row)->kind, o->act) == 0;
	return RP_OK;
}

static rp_code count_notices(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_outbox row = {0};
	struct one *o = arg;

	o->n = 0;
	return store_each(tx, ST_OUTBOX_DUE, &row, count_notice, o, err);
}

unsigned irig_noticed(struct irig *r, const char *kind)
{
	const struct store_opts opts = {0};
	struct one o = {.act = kind};
	struct rp_error err = RP_ERROR_INIT;

	irig_ok(store_work(r->s, &opts, count_notices, &o, &err), &err);
	return o.n;
}

void irig_terminal(struct irig *r, const char *name, const char *klass, const char *slots, const char *office,
		   uint8_t ret_fingerprint[32])
{
	struct row_group g = {.listed = 1};
	struct row_terminal t = {.enrolled_ms = real_ms()};
	const struct hash_part part = {name, strlen(name)};

	(void)snprintf(g.name, sizeof g.name, "group of %s", name);
	(void)snprintf(g.klass, sizeof g.klass, "%s", klass);
	(void)snprintf(g.slots, sizeof g.slots, "%s", slots);
	irig_run(r, ST_GROUP_PUT, &g);
	hash_sha256(&part, 1, t.fingerprint);
	(void)snprintf(t.name, sizeof t.name, "%s", name);
	(void)snprintf(t.klass, sizeof t.klass, "%s", klass);
	(void)snprintf(t.grp, sizeof t.grp, "%s", g.name);
	(void)snprintf(t.office, sizeof t.office, "%s", office);
	irig_run(r, ST_TERMINAL_INSERT, &t);
	memcpy(ret_fingerprint, t.fingerprint, 32);
}
