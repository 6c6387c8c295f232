/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store_kit.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

struct kit kit;
static struct rows each_rows;

bool kit_on_postgres(void)
{
	return getenv("REPIN_PG_URL") != NULL;
}

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

static void raw_sqlite(const char *sql)
{
	sqlite3 *db;
	char *why = NULL;

	assert_int_equal(sqlite3_open(kit.url + strlen("sqlite:"), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(db);
}

static void raw_postgres(const char *sql)
{
	PGconn *pg = PQconnectdb(kit.url);
	PGresult *r = PQexec(pg, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(pg));
	PQclear(r);
	PQfinish(pg);
}

void kit_raw(const char *sql)
{
	if (kit_on_postgres())
		raw_postgres(sql);
	else
		raw_sqlite(sql);
}

static void remove_files(void)
{
	static const char *const names[] = {"/db", "/db-wal", "/db-shm"};
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s%s", kit.dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(kit.dir);
}

store *kit_store(const struct store_conf *like)
{
	struct store_conf c = like != NULL ? *like : (struct store_conf){0};
	struct rp_error err = RP_ERROR_INIT;
	store *s = NULL;

	c.url = kit.url;
	assert_ok(store_open(&c, &s, &err), &err);
	return s;
}

int kit_setup_bare(void **state)
{
	const char *pg = getenv("REPIN_PG_URL");

	(void)state;
	kit.s = NULL;
	if (pg != NULL) {
		/* TCP for those who need it, else the socket. */
		const char *socket = getenv("REPIN_PG_SOCKET");

		(void)snprintf(kit.url, sizeof kit.url, "%s", socket != NULL ? socket : pg);
		empty_postgres(pg);
	} else {
		(void)snprintf(kit.dir, sizeof kit.dir, "/tmp/repin-test-store-XXXXXX");
		assert_non_null(mkdtemp(kit.dir));
		(void)snprintf(kit.url, sizeof kit.url, "sqlite:%s/db", kit.dir);
	}
	kit.s = kit_store(NULL);
	return 0;
}

int kit_setup(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	kit_setup_bare(state);
	assert_ok(store_migrate(kit.s, &err), &err);
	return 0;
}

void kit_reopen(const struct store_conf *like)
{
	store_close(kit.s);
	kit.s = kit_store(like);
}

int kit_teardown(void **state)
{
	(void)state;
	rows_free(&each_rows);
	store_close(kit.s);
	kit.s = NULL;
	if (!kit_on_postgres())
		remove_files();
	return 0;
}

/* --- rows --- */

/* Values that the schema's checks allow. */
static const char *allowed(const struct statement *st, const char *field)
{
	static const struct {
		const char *row, *field, *value;
	} rows[] = {
		{"row_card", "status", "active"},     {"row_card_slot", "halted", "database"},
		{"row_terminal", "klass", "kiosk"},   {"row_group", "klass", "kiosk"},
		{"row_user_code", "state", "active"}, {"row_case", "state", "open"},
		{"row_grant", "state", "burnt"},      {"row_idempotency", "state", "pending"},
		{"row_approval", "state", "asked"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].row, st->row) == 0 && strcmp(rows[i].field, field) == 0)
			return rows[i].value;
	return NULL;
}

/* To the last byte: a few letters, then characters of three bytes each (U+533A). */
static void fill_text(char *at, size_t size, size_t seed)
{
	size_t i = 0;

	while (i == 0 || (i + 1 < size && (size - 1 - i) % 3 != 0))
		at[i++] = (char)('a' + seed % 26);
	for (; i + 3 < size; i += 3)
		memcpy(at + i, "\xE5\x8C\xBA", 3);
	at[i] = '\0';
}

static int64_t number(const struct field *f, unsigned seed)
{
	if (strcmp(f->name, "resets") == 0)
		return 65535 - seed;
	if (strcmp(f->name, "leaf") == 0)
		return -1;
	return INT64_MAX - seed - f->at; /* no two fields are the same */
}

static void fill_field(const struct statement *st, const struct field *f, uint8_t *at, unsigned seed)
{
	const char *value = f->kind == FIELD_TEXT ? allowed(st, f->name) : NULL;
	const int64_t n = number(f, seed);
	struct row_bytes b = {.len = ROW_BYTES};

	memset(b.p, (int)seed, sizeof b.p);
	if (value != NULL)
		(void)snprintf((char *)at, f->size, "%s", value);
	else if (f->kind == FIELD_TEXT)
		fill_text((char *)at, f->size, seed + f->at);
	else if (f->kind == FIELD_INT)
		memcpy(at, &n, sizeof n);
	else if (f->kind == FIELD_BYTES)
		memcpy(at, &b, sizeof b);
	else if (f->kind == FIELD_FIXED)
		memset(at, (int)((0x80 + seed + f->at) & 0xFF), f->size);
}

void kit_fill(enum store_stmt stmt, void *row, unsigned seed)
{
	const struct statement *st = &store_statements[stmt];

	memset(row, 0, st->size);
	for (size_t i = 0; i < st->n_in; i++)
		fill_field(st, &st->in[i], (uint8_t *)row + st->in[i].at, seed);
}

void kit_same(enum store_stmt stmt, const void *a, const void *b)
{
	const struct statement *st = &store_statements[stmt];

	for (size_t i = 0; i < st->n_out; i++) {
		const struct field *f = &st->out[i];
		const uint8_t *pa = (const uint8_t *)a + f->at, *pb = (const uint8_t *)b + f->at;

		if (f->kind == FIELD_TEXT ? strcmp((const char *)pa, (const char *)pb) != 0
					  : memcmp(pa, pb, f->size) != 0)
			fail_msg("%s: '%s' came out as another value", st->name, f->name);
	}
}

/* --- statements --- */

static rp_code in_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	kit_fn *const *fn = arg;

	(void)err;
	(*fn)(tx);
	return RP_OK;
}

void kit_work_on(store *s, const struct store_opts *o, kit_fn *fn)
{
	struct rp_error err = RP_ERROR_INIT;

	assert_ok(store_work(s, o, in_work, &fn, &err), &err);
}

void kit_work(kit_fn *fn)
{
	const struct store_opts o = {0};

	kit_work_on(kit.s, &o, fn);
}

struct alone {
	enum store_stmt stmt;
	void *row;
	size_t size;
};

static rp_code run_alone(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct alone *a = arg;

	return store_run_sized(tx, a->stmt, a->row, a->size, NULL, err);
}

rp_code kit_run_alone(store *s, enum store_stmt stmt, void *row, size_t size, struct rp_error *err)
{
	const struct store_opts o = {0};
	struct alone a = {stmt, row, size};

	return store_work(s, &o, run_alone, &a, err);
}

void kit_run_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size)
{
	struct rp_error err = RP_ERROR_INIT;

	kit.used[stmt]++;
	assert_ok(store_run_sized(tx, stmt, row, size, NULL, &err), &err);
}

size_t kit_count_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size)
{
	struct rp_error err = RP_ERROR_INIT;
	size_t n = 0;

	kit.used[stmt]++;
	assert_ok(store_run_sized(tx, stmt, row, size, &n, &err), &err);
	return n;
}

bool kit_get_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size)
{
	struct rp_error err = RP_ERROR_INIT;
	bool found = false;

	kit.used[stmt]++;
	assert_ok(store_get_sized(tx, stmt, row, size, &found, &err), &err);
	return found;
}

static rp_code keep(void *arg, const void *row, struct rp_error *err)
{
	struct rows *r = arg;

	(void)err;
	r->p = reallocarray(r->p, r->n + 1, r->st->size);
	assert_non_null(r->p);
	memcpy(r->p + r->n++ * r->st->size, row, r->st->size);
	return RP_OK;
}

const void *kit_each_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size, size_t *ret_n)
{
	struct rp_error err = RP_ERROR_INIT;

	kit.used[stmt]++;
	rows_free(&each_rows);
	each_rows.st = &store_statements[stmt];
	assert_ok(store_each_sized(tx, stmt, row, size, keep, &each_rows, &err), &err);
	*ret_n = each_rows.n;
	return each_rows.p;
}

void kit_card(struct store_tx *tx, uint8_t id, struct row_card *ret)
{
	kit_fill(ST_CARD_INSERT, ret, id);
	memset(ret->card_id, id, sizeof ret->card_id);
	(void)snprintf(ret->number, sizeof ret->number, "N%03u", id);
	RUN(tx, CARD_INSERT, ret);
}
