/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log_kit.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "unit/keys/token_rig.h"

struct issuer *kit_issuer;
static struct rig token;
static keys *token_keys;

int log_group_setup(void **state)
{
	(void)state;
	rig_begin(&token);
	rig_token(&token, "log");
	token_keys = rig_open(&token, SOFTHSM, "log");
	return 0;
}

int log_group_teardown(void **state)
{
	(void)state;
	keys_close(token_keys);
	rig_end(&token);
	return 0;
}

/* Only what the log needs of an issuer: no anchors, no places, no sources. */
static struct issuer *issuer_on(store *s)
{
	struct issuer *i = calloc(1, sizeof *i);

	assert_non_null(i);
	i->keys = token_keys;
	i->store = s;
	i->ahead_ms = INT64_MIN / 2;
	(void)snprintf(i->name, sizeof i->name, "test");
	(void)snprintf(i->log_origin, sizeof i->log_origin, "%s", LOG_ORIGIN);
	assert_int_equal(pthread_mutex_init(&i->lock, NULL), 0);
	return i;
}

int log_setup_empty(void **state)
{
	kit_setup(state);
	kit_issuer = issuer_on(kit.s);
	return 0;
}

int log_setup(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	log_setup_empty(state);
	assert_ok(log_begin(kit_issuer, &err), &err);
	return 0;
}

int log_teardown(void **state)
{
	pthread_mutex_destroy(&kit_issuer->lock);
	free(kit_issuer);
	kit_issuer = NULL;
	return kit_teardown(state);
}

struct issuer *log_issuer_new(void)
{
	return issuer_on(kit_store(NULL));
}

void log_child_setup(const char *url)
{
	struct rig same = {.folder = ""}; /* its place is in the environment */

	assert_int_equal(rp_secret_from(RIG_PIN, strlen(RIG_PIN), &same.pin, NULL), RP_OK);
	token_keys = rig_open(&same, SOFTHSM, "log");
	rp_secret_free(same.pin);
	(void)snprintf(kit.url, sizeof kit.url, "%s", url);
	kit.s = kit_store(NULL);
	kit_issuer = issuer_on(kit.s);
}

void log_issuer_end(struct issuer *i)
{
	store_close(i->store);
	pthread_mutex_destroy(&i->lock);
	free(i);
}

/* --- acts --- */

struct acts {
	const char *act;
	size_t n;
	char *ret_receipt;
};

static rp_code write_acts(struct store_tx *tx, void *arg, struct rp_error *err)
{
	static const uint8_t card[CARD_ID_LEN] = {0xCA, 0x4D};
	const struct acts *a = arg;
	rp_code rc = RP_OK;

	for (size_t k = 0; k < a->n && rc == RP_OK; k++) {
		const struct log_act act = {.act = a->act,
					    .card_id = k % 2 == 0 ? card : NULL,
					    .slot = RP_SLOT_SIGN,
					    .door = "kiosk",
					    .terminal = "kiosk-1",
					    .outcome = "ok"};

		rc = log_entry(tx, &act, a->ret_receipt, err);
	}
	return rc;
}

static void write_to_log(const char *act, size_t n, char ret_receipt[ROW_ID])
{
	const struct store_opts opts = {.read_only = false};
	struct acts a = {act, n, ret_receipt};
	struct rp_error err = RP_ERROR_INIT;

	assert_ok(store_work(kit_issuer->store, &opts, write_acts, &a, &err), &err);
}

void log_one(const char *act, char ret_receipt[ROW_ID])
{
	write_to_log(act, 1, ret_receipt);
}

void log_many(size_t n, char ret_receipt[ROW_ID])
{
	write_to_log("test", n, ret_receipt);
}

void log_seal_all(uint64_t want)
{
	struct rp_error err = RP_ERROR_INIT;
	uint64_t all = 0, n = 0;

	do {
		assert_ok(issuer_seal(kit_issuer, &n, &err), &err);
		all += n;
	} while (n > 0);
	assert_int_equal(all, want);
}

void log_fill(size_t n)
{
	char receipt[ROW_ID];

	log_many(n, receipt);
	log_seal_all(n);
}

void log_good(uint64_t size)
{
	struct rp_error err = RP_ERROR_INIT;
	uint64_t good = 0;

	assert_ok(issuer_audit(kit_issuer, NULL, &good, &err), &err);
	assert_int_equal(good, size);
}

void log_bad(const char *exported, const char *words)
{
	struct rp_error err = RP_ERROR_INIT;
	uint64_t good = 4711;
	rp_code rc = issuer_audit(kit_issuer, exported, &good, &err);

	if (rc != RP_E_STORE || strstr(err.story, words) == NULL)
		fail_msg("not \"%s\" but %s: %s", words, rp_code_word(rc), rc == RP_OK ? "" : err.story);
	assert_int_equal(good, 4711);
}

/* --- behind the store's back --- */

static void sql_on_sqlite(const char *text)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open(kit.url + strlen("sqlite:"), &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void sql_on_postgres(const char *text)
{
	PGconn *pg = PQconnectdb(kit.url);
	PGresult *r = PQexec(pg, text);

	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", text, PQerrorMessage(pg));
	PQclear(r);
	PQfinish(pg);
}

void log_sql(const char *fmt, ...)
{
	char text[8192];
	va_list ap;

	va_start(ap, fmt);
	assert_true((size_t)vsnprintf(text, sizeof text, fmt, ap) < sizeof text);
	va_end(ap);
	if (kit_on_postgres())
		sql_on_postgres(text);
	else
		sql_on_sqlite(text);
}

const char *log_bytes(const void *bytes, size_t len)
{
	static char text[4][160];
	static unsigned next;
	char *at = text[next++ % 4], hex[130];

	assert_true(hex_of(bytes, len, hex, sizeof hex));
	(void)snprintf(at, sizeof text[0], "%s%s'", kit_on_postgres() ? "'\\x" : "x'", hex);
	return at;
}

struct one_row {
	struct row_entry entry;
	struct row_head head;
	bool found;
};

static rp_code read_entry(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct one_row *r = arg;

	return store_get(tx, ST_ENTRY_BY_LEAF, &r->entry, &r->found, err);
}

struct row_entry log_leaf_row(int64_t leaf)
{
	const struct store_opts opts = {.read_only = true};
	struct one_row r = {.entry.leaf = leaf};

	assert_int_equal(store_work(kit_issuer->store, &opts, read_entry, &r, NULL), RP_OK);
	assert_true(r.found);
	return r.entry;
}

static rp_code read_head(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct one_row *r = arg;

	return log_head(tx, &r->head, err);
}

struct row_head log_head_row(void)
{
	const struct store_opts opts = {.read_only = true};
	struct one_row r = {.found = false};

	assert_int_equal(store_work(kit_issuer->store, &opts, read_head, &r, NULL), RP_OK);
	return r.head;
}

/* --- the judge --- */

static void put_file(char path[128], const char *name, const char *text)
{
	FILE *f;

	(void)snprintf(path, 128, "%s/%s", token.folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

void log_judge(const char *mode, const char *json, const char *note, const char *other_note, int status)
{
	char files[3][128], vkey[256];
	uint8_t key[32];
	int how = 0;
	pid_t pid;

	assert_int_equal(keys_seal_public(token_keys, 1, key, NULL), RP_OK);
	assert_true(tlog_vkey(LOG_ORIGIN, key, vkey, sizeof vkey));
	put_file(files[0], "json", json);
	put_file(files[1], "note", note);
	put_file(files[2], "other", other_note != NULL ? other_note : "");
	pid = fork();
	if (pid == 0) {
		const char *args[] = {"python3", CHECK_LOG, mode, files[0], files[1], vkey, NULL, NULL};

		if (other_note != NULL) {
			args[5] = files[2];
			args[6] = vkey;
		}
		(void)dup2(STDERR_FILENO, STDOUT_FILENO); /* our output is TAP */
		(void)execvp("python3", (char *const *)(uintptr_t)args);
		_exit(127);
	}
	assert_true(pid > 0 && waitpid(pid, &how, 0) == pid);
	assert_true(WIFEXITED(how));
	assert_int_equal(WEXITSTATUS(how), status);
}
