/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements and the schema as they were reviewed, and what every row of the table keeps to: as many
 * $n as fields that go in, columns that bear the names of the fields that come out.
 */
#include "support/snapshot.h"

#include "store/engine.h"
#include <sqlite3.h>

static const char *kind_word(enum field_kind kind)
{
	switch (kind) {
	case FIELD_TEXT:
		return "text";
	case FIELD_INT:
		return "int";
	case FIELD_FIXED:
		return "fixed";
	case FIELD_BYTES:
		return "bytes";
	case FIELD_ZEROS:
		return "zeros";
	case FIELD_NOW:
		return "now";
	case FIELD_TX:
		return "tx";
	}
	return "?";
}

static void put_fields(FILE *f, const char *way, const struct field *fields, size_t n)
{
	if (n == 0)
		return;
	fprintf(f, "  %s", way);
	for (size_t i = 0; i < n; i++)
		fprintf(f, " %s:%s", fields[i].name, kind_word(fields[i].kind));
	fprintf(f, "\n");
}

static void the_statements_are_those_that_were_reviewed(void **state)
{
	static const char *const later[] = {"", " (later)", " (later, one row)"};
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < ST_N; i++) {
		const struct statement *st = &store_statements[i];

		fprintf(f, "%s: %s%s\n  %s\n", st->name, st->row, later[st->later], st->sql);
		put_fields(f, "in ", st->in, st->n_in);
		put_fields(f, "out", st->out, st->n_out);
	}
	assert_int_equal(fclose(f), 0);
	snapshot_check("store-statements.txt", text);
	free(text);
}

/* In PostgreSQL's words; SQLite's are tried below. */
static void the_schema_is_the_one_that_was_reviewed(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	char *all = NULL, *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&all, &len);

	(void)state;
	assert_non_null(f);
	for (int64_t i = 1; i <= store_schema_version; i++) {
		assert_int_equal(schema_text(&engine_postgres, i, &text, &err), RP_OK);
		fputs(text, f);
		free(text);
	}
	assert_int_equal(fclose(f), 0);
	snapshot_check("store-schema.txt", all);
	free(all);
}

/* A database with our schema, in memory. */
static sqlite3 *in_memory(void)
{
	struct rp_error err = RP_ERROR_INIT;
	sqlite3 *db;
	char *text;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (int64_t i = 1; i <= store_schema_version; i++) {
		assert_int_equal(schema_text(&engine_sqlite, i, &text, &err), RP_OK);
		assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
		free(text);
	}
	return db;
}

static void check_columns(const struct statement *st, sqlite3_stmt *s)
{
	if ((size_t)sqlite3_bind_parameter_count(s) != st->n_in)
		fail_msg("%s: %d parameters and %zu fields", st->name, sqlite3_bind_parameter_count(s),
			 st->n_in);
	if ((size_t)sqlite3_column_count(s) != st->n_out)
		fail_msg("%s: %d columns and %zu fields", st->name, sqlite3_column_count(s), st->n_out);
	for (size_t i = 0; i < st->n_out; i++)
		if (strcmp(sqlite3_column_name(s, (int)i), st->out[i].name) != 0)
			fail_msg("%s: column %s and field %s", st->name, sqlite3_column_name(s, (int)i),
				 st->out[i].name);
}

static void every_statement_has_its_fields(void **state)
{
	sqlite3 *db = in_memory();

	(void)state;
	for (size_t i = 0; i < ST_N; i++) {
		const struct statement *st = &store_statements[i];
		sqlite3_stmt *s = NULL;

		assert_non_null(st->name);
		assert_true(st->n_in <= CELLS_MAX && st->n_out <= CELLS_MAX);
		if (sqlite3_prepare_v2(db, st->sql, -1, &s, NULL) != SQLITE_OK)
			fail_msg("%s: %s", st->name, sqlite3_errmsg(db));
		check_columns(st, s);
		/* What is not waited for gives nothing, and what only reads says so with its first word. */
		assert_false(st->later != LATER_NOT && st->n_out > 0);
		assert_int_equal(sqlite3_stmt_readonly(s) != 0, strncmp(st->sql, "SELECT", 6) == 0);
		assert_int_equal(st->later == LATER_UPDATE,
				 st->later != LATER_NOT && strncmp(st->sql, "UPDATE", 6) == 0);
		sqlite3_finalize(s);
	}
	sqlite3_close(db);
}

static int count_columns(void *arg, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(int *)arg = (int)strtol(values[0], NULL, 10);
	return 0;
}

static void every_column_is_not_null(void **state)
{
	sqlite3 *db = in_memory();
	int nullable = -1;

	(void)state;
	assert_int_equal(sqlite3_exec(db,
				      "SELECT count(*) FROM sqlite_master m, pragma_table_info(m.name) c "
				      "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND "
				      "c.\"notnull\" = 0 AND c.pk = 0",
				      count_columns, &nullable, NULL),
			 SQLITE_OK);
	assert_int_equal(nullable, 0);
	sqlite3_close(db);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		{"the statements are those that were reviewed", the_statements_are_those_that_were_reviewed,
		 NULL, NULL, NULL},
		{"the schema is the one that was reviewed", the_schema_is_the_one_that_was_reviewed, NULL,
		 NULL, NULL},
		{"every statement has its fields", every_statement_has_its_fields, NULL, NULL, NULL},
		{"every column is not null", every_column_is_not_null, NULL, NULL, NULL},
	};

	if (argc > 1)
		snapshot_folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
