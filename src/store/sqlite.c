/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store on SQLite: a file, one writer at a time. BEGIN IMMEDIATE is the lock of the card's row
 * and of everything else. Within this process writers queue at a mutex, which is fair enough and costs
 * nothing; SQLite's own waiting (busy_timeout) polls, and is for other processes.
 */
#include "store/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUSY_MS 5000
#define TIME_SQL "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'highest-ms'), 0)"
#define NOTE_SQL "UPDATE meta SET value = $1 WHERE name = 'highest-ms' AND CAST(value AS INTEGER) < $1"

struct sqlite_conn {
	struct conn head;
	store *s;
	sqlite3 *db;
	bool writing; /* we hold s->writer */
	sqlite3_stmt *stmts[ST_N], *time, *note;
};

static struct sqlite_conn *mine(struct conn *c)
{
	return (struct sqlite_conn *)c;
}

/* The engine's text holds names of tables and columns, never a value. */
static rp_code fail(struct sqlite_conn *c, const char *what, struct rp_error *err)
{
	int rc = sqlite3_extended_errcode(c->db);

	switch (rc & 0xFF) {
	case SQLITE_BUSY:
		c->head.again = true;
		return rp_fail(err, RP_E_STORE, "%s: %s", what, sqlite3_errmsg(c->db));
	case SQLITE_CONSTRAINT:
		if (rc == SQLITE_CONSTRAINT_CHECK || rc == SQLITE_CONSTRAINT_NOTNULL ||
		    rc == SQLITE_CONSTRAINT_DATATYPE)
			break;
		return rp_fail(err, RP_E_CONFLICT, "%s: %s", what, sqlite3_errmsg(c->db));
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CANTOPEN:
		c->head.lost = true;
		break;
	case SQLITE_NOMEM:
		return rp_fail(err, RP_E_NO_MEMORY, "%s: no memory", what);
	default:
		break;
	}
	return rp_fail(err, RP_E_STORE, "%s: %s", what, sqlite3_errmsg(c->db));
}

static rp_code run(struct sqlite_conn *c, const char *sql, const char *what, struct rp_error *err)
{
	return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? RP_OK : fail(c, what, err);
}

static rp_code prepared(struct sqlite_conn *c, const char *sql, const char *what, sqlite3_stmt **st,
			struct rp_error *err)
{
	if (*st == NULL &&
	    sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK)
		return fail(c, what, err);
	return RP_OK;
}

static void sqlite_close(struct conn *conn)
{
	struct sqlite_conn *c = mine(conn);

	for (size_t i = 0; i < ST_N; i++)
		sqlite3_finalize(c->stmts[i]);
	sqlite3_finalize(c->time);
	sqlite3_finalize(c->note);
	sqlite3_close(c->db);
	if (c->writing)
		pthread_mutex_unlock(&c->s->writer);
	free(c);
}

/*
 * For the owner alone, the files beside it too: SQLite gives them the mode of the first. A file that is
 * there is not opened: closing it would drop every POSIX lock that this process has on it, also those of
 * its other connections, and the next program to leave would take the WAL away from under them.
 * Source: sqlite.org, "How To Corrupt An SQLite Database File", 2.2.
 */
static rp_code make_file(const char *path, struct rp_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return rp_fail(err, RP_E_STORE_AWAY, "the database %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return RP_OK;
}

static rp_code connect_to(struct sqlite_conn *c, struct rp_error *err)
{
	/* secure_delete: what is erased does not stay in free pages. */
	static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
				      "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; "
				      "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;";
	rp_code rc = make_file(c->s->url, err);

	if (rc != RP_OK)
		return rc;
	if (sqlite3_open_v2(c->s->url, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return c->db != NULL ? fail(c, "opening the database", err)
				     : rp_fail(err, RP_E_NO_MEMORY, "no memory for the database");
	sqlite3_extended_result_codes(c->db, 1);
	sqlite3_busy_timeout(c->db, BUSY_MS);
	return run(c, pragmas, "opening the database", err);
}

static rp_code sqlite_open(store *s, struct conn **ret, struct rp_error *err)
{
	struct sqlite_conn *c = calloc(1, sizeof *c);
	rp_code rc;

	if (c == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the database");
	c->s = s;
	rc = connect_to(c, err);
	if (rc != RP_OK) {
		sqlite_close(&c->head);
		return rc;
	}
	*ret = &c->head;
	return RP_OK;
}

static bool sqlite_alive(struct conn *conn)
{
	(void)conn;
	return true;
}

static void release(struct sqlite_conn *c)
{
	if (c->writing)
		pthread_mutex_unlock(&c->s->writer);
	c->writing = false;
}

static rp_code sqlite_begin(struct conn *conn, const uint8_t *card_id, bool timed, struct rp_error *err)
{
	struct sqlite_conn *c = mine(conn);
	rp_code rc;

	(void)card_id; /* the whole file is locked */
	(void)timed;
	conn->answered = true;
	if (conn->read_only)
		return run(c, "PRAGMA query_only = ON; BEGIN", "BEGIN", err);
	pthread_mutex_lock(&c->s->writer);
	c->writing = true;
	rc = run(c, "BEGIN IMMEDIATE", "BEGIN", err);
	if (rc != RP_OK)
		release(c);
	return rc;
}

static void end_read(struct sqlite_conn *c)
{
	if (c->head.read_only &&
	    sqlite3_exec(c->db, "PRAGMA query_only = OFF", NULL, NULL, NULL) != SQLITE_OK)
		c->head.lost = true;
}

static void sqlite_rollback(struct conn *conn)
{
	struct sqlite_conn *c = mine(conn);

	/* A failure may have ended the transaction already. */
	if (!sqlite3_get_autocommit(c->db) && sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		conn->lost = true;
	end_read(c);
	release(c);
}

static rp_code note_time(struct sqlite_conn *c, int64_t highest, struct rp_error *err)
{
	rp_code rc = prepared(c, NOTE_SQL, "the highest time", &c->note, err);

	if (rc != RP_OK)
		return rc;
	sqlite3_bind_int64(c->note, 1, highest);
	if (sqlite3_step(c->note) != SQLITE_DONE)
		rc = fail(c, "the highest time", err);
	sqlite3_reset(c->note);
	return rc;
}

static rp_code sqlite_commit(struct conn *conn, int64_t highest, struct rp_error *err)
{
	struct sqlite_conn *c = mine(conn);
	rp_code rc = highest >= 0 ? note_time(c, highest, err) : RP_OK;

	if (rc != RP_OK)
		return rc;
	rc = run(c, "COMMIT", "COMMIT", err);
	conn->doubt = conn->lost; /* the disk failed: what it has got, nobody knows */
	if (rc != RP_OK)
		return rc; /* to be rolled back */
	end_read(c);
	release(c);
	return RP_OK;
}

static rp_code sqlite_time(struct conn *conn, int64_t *ret_clock, int64_t *ret_written, struct rp_error *err)
{
	struct sqlite_conn *c = mine(conn);
	struct timespec t;
	rp_code rc = prepared(c, TIME_SQL, "the time", &c->time, err);

	if (rc != RP_OK)
		return rc;
	(void)clock_gettime(CLOCK_REALTIME, &t); /* cannot fail with this clock */
	if (sqlite3_step(c->time) == SQLITE_ROW) {
		*ret_clock = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
		*ret_written = sqlite3_column_int64(c->time, 0);
	} else {
		rc = fail(c, "the time", err);
	}
	sqlite3_reset(c->time);
	return rc;
}

/* SQLite numbers $1, $2 in the order in which it meets them. */
static int place_of(sqlite3_stmt *st, size_t i)
{
	char name[8];

	(void)snprintf(name, sizeof name, "$%zu", i + 1);
	return sqlite3_bind_parameter_index(st, name);
}

static rp_code bind(struct sqlite_conn *c, const struct statement *st, sqlite3_stmt *s, const struct cell *in,
		    struct rp_error *err)
{
	for (size_t i = 0; i < st->n_in; i++) {
		int at = place_of(s, i), rc;

		if (in[i].p == NULL)
			rc = sqlite3_bind_int64(s, at, in[i].n);
		else if (st->in[i].kind == FIELD_TEXT)
			rc = sqlite3_bind_text64(s, at, in[i].p, in[i].len, SQLITE_STATIC, SQLITE_UTF8);
		else
			rc = sqlite3_bind_blob64(s, at, in[i].p, in[i].len, SQLITE_STATIC);
		if (rc != SQLITE_OK)
			return fail(c, st->name, err);
	}
	return RP_OK;
}

/* One row. An empty blob has no pointer; a value of another type becomes one that fits no field. */
static rp_code row_out(struct rows *ret, sqlite3_stmt *s, struct rp_error *err)
{
	struct cell cells[CELLS_MAX];

	for (int i = 0; i < (int)ret->st->n_out; i++) {
		int type = sqlite3_column_type(s, i);

		cells[i] = (struct cell){0};
		if (type == SQLITE_INTEGER) {
			cells[i].n = sqlite3_column_int64(s, i);
			continue;
		}
		if (type != SQLITE_TEXT && type != SQLITE_BLOB)
			return rp_fail(err, RP_E_STORE, "%s: the database holds nothing as '%s'",
				       ret->st->name, ret->st->out[i].name);
		cells[i].p = sqlite3_column_blob(s, i);
		cells[i].len = (size_t)sqlite3_column_bytes(s, i);
		if (cells[i].p == NULL)
			cells[i].p = "";
	}
	return rows_add(ret, cells, err);
}

static rp_code steps(struct sqlite_conn *c, sqlite3_stmt *s, struct rows *ret, struct rp_error *err)
{
	for (;;) {
		int step = sqlite3_step(s);
		rp_code rc;

		if (step == SQLITE_DONE)
			return RP_OK;
		if (step != SQLITE_ROW)
			return fail(c, ret->st->name, err);
		rc = row_out(ret, s, err);
		if (rc != RP_OK)
			return rc;
	}
}

static rp_code sqlite_run(struct conn *conn, const struct statement *st, const struct cell *in,
			  struct rows *ret, size_t *ret_n, struct rp_error *err)
{
	struct sqlite_conn *c = mine(conn);
	sqlite3_stmt **s = &c->stmts[st - store_statements];
	rp_code rc = prepared(c, st->sql, st->name, s, err);

	if (rc != RP_OK)
		return rc;
	rc = bind(c, st, *s, in, err);
	if (rc == RP_OK)
		rc = steps(c, *s, ret, err);
	if (rc == RP_OK)
		*ret_n = sqlite3_stmt_readonly(*s) ? 0 : (size_t)sqlite3_changes(c->db);
	sqlite3_reset(*s);
	sqlite3_clear_bindings(*s);
	return rc;
}

static rp_code sqlite_later(struct conn *conn, const struct statement *st, const struct cell *in,
			    struct rp_error *err)
{
	RP_AUTO(rows_free) struct rows none = {.st = st};
	size_t n;
	rp_code rc = sqlite_run(conn, st, in, &none, &n, err);

	if (rc != RP_OK || n == 1)
		return rc;
	return rp_fail(err, RP_E_CONFLICT, "%s: %zu rows were changed and not one", st->name, n);
}

static rp_code one_number(struct sqlite_conn *c, const char *sql, int64_t *ret, struct rp_error *err)
{
	sqlite3_stmt *s = NULL;
	rp_code rc = prepared(c, sql, "the schema's version", &s, err);

	if (rc != RP_OK)
		return rc;
	if (sqlite3_step(s) == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	else
		rc = fail(c, "the schema's version", err);
	sqlite3_finalize(s);
	return rc;
}

static rp_code sqlite_version(struct conn *conn, bool to_change, int64_t *ret, struct rp_error *err)
{
	int64_t there;
	rp_code rc = one_number(mine(conn), "SELECT count(*) FROM sqlite_master WHERE name = 'meta'", &there,
				err);

	(void)to_change; /* BEGIN IMMEDIATE has locked it */
	if (rc != RP_OK)
		return rc;
	if (there == 0) {
		*ret = 0;
		return RP_OK;
	}
	return one_number(mine(conn), "SELECT CAST(max(value) AS INTEGER) FROM meta WHERE name = 'schema'",
			  ret, err);
}

static rp_code sqlite_script(struct conn *conn, const char *sql, struct rp_error *err)
{
	return run(mine(conn), sql, "the schema", err);
}

static rp_code sqlite_standby(struct conn *conn, bool *ret, struct rp_error *err)
{
	(void)conn;
	(void)err;
	*ret = false;
	return RP_OK;
}

static const char *const words[][2] = {
	{"int", "INTEGER"}, {"text", "TEXT"},	   {"bytes", "BLOB"}, {"id", "INTEGER PRIMARY KEY"},
	{"hex", "X'"},	    {"strict", " STRICT"}, {NULL, NULL},
};

const struct engine engine_sqlite = {
	.open = sqlite_open,
	.close = sqlite_close,
	.alive = sqlite_alive,
	.begin = sqlite_begin,
	.time = sqlite_time,
	.exec = sqlite_run,
	.later = sqlite_later,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.version = sqlite_version,
	.script = sqlite_script,
	.standby = sqlite_standby,
	.words = words,
};
