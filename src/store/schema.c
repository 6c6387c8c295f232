/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the schema, forward only; meta's 'schema' says how far a database is. */
#include "store/engine.h"
#include "store/schema_texts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const int64_t store_schema_version = sizeof schema_steps / sizeof schema_steps[0];

static const char *word_of(const struct engine *e, const char *word, size_t len)
{
	for (size_t i = 0; e->words[i][0] != NULL; i++)
		if (strlen(e->words[i][0]) == len && strncmp(e->words[i][0], word, len) == 0)
			return e->words[i][1];
	return NULL;
}

static void in_words_of(const struct engine *e, const char *text, FILE *f)
{
	for (const char *p = text; *p != '\0';) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		const char *word = end != NULL ? word_of(e, p + 1, (size_t)(end - p) - 1) : NULL;

		if (word == NULL) {
			fputc(*p++, f);
			continue;
		}
		fputs(word, f);
		p = end + 1;
	}
}

rp_code schema_text(const struct engine *e, int64_t step, char **ret, struct rp_error *err)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	if (f == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the schema");
	in_words_of(e, schema_steps[step - 1], f);
	if (fclose(f) != 0) {
		free(out);
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the schema");
	}
	*ret = out;
	return RP_OK;
}

static rp_code note_version(const struct engine *e, struct conn *c, int64_t version, struct rp_error *err)
{
	const struct statement *st = &store_statements[ST_META_PUT];
	struct row_meta m = {.name = "schema"};
	struct cell in[CELLS_MAX];
	struct rows none = {.st = st, .model = &m};
	size_t n;
	rp_code rc;

	(void)snprintf(m.value, sizeof m.value, "%" PRId64, version);
	rc = cells_of(st, &m, NULL, in, err);
	if (rc == RP_OK)
		rc = e->exec(c, st, in, &none, &n, err);
	rows_free(&none);
	return rc;
}

static rp_code step_to(const struct engine *e, struct conn *c, int64_t version, struct rp_error *err)
{
	char *sql = NULL;
	rp_code rc = schema_text(e, version, &sql, err);

	if (rc != RP_OK)
		return rc;
	rc = e->script(c, sql, err);
	free(sql);
	if (rc == RP_OK)
		rc = note_version(e, c, version, err);
	return rp_context(err, rc, "step %" PRId64 " of the schema", version);
}

static rp_code newer(int64_t version, struct rp_error *err)
{
	return rp_fail(err, RP_E_STORE,
		       "its schema has version %" PRId64 " and this program knows %" PRId64
		       ": the program is older than the database",
		       version, store_schema_version);
}

static rp_code forward(const struct engine *e, struct conn *c, struct rp_error *err)
{
	int64_t version;
	rp_code rc = e->begin(c, NULL, false, err);

	if (rc == RP_OK)
		rc = e->version(c, true, &version, err);
	if (rc != RP_OK)
		return rc;
	if (version > store_schema_version)
		return newer(version, err);
	while (rc == RP_OK && version < store_schema_version)
		rc = step_to(e, c, ++version, err);
	return rc == RP_OK ? e->commit(c, -1, err) : rc;
}

rp_code store_migrate(store *s, struct rp_error *err)
{
	struct conn *c;
	rp_code rc = conn_take(s, false, false, &c, err);

	if (rc == RP_OK) {
		rc = forward(s->engine, c, err);
		if (rc != RP_OK && !c->lost)
			s->engine->rollback(c);
		pool_give(s->pool, c);
	}
	return rp_context(err, rc, "preparing the database");
}

static rp_code look_at_clock(store *s, struct conn *c, struct store_health *h, struct rp_error *err)
{
	int64_t clock, written;
	rp_code rc = s->engine->time(c, &clock, &written, err);

	if (rc != RP_OK)
		return rc;
	h->clock_ms = s->clock != NULL ? s->clock(s->clock_arg) : clock;
	h->behind_ms = times_see(s->times, h->clock_ms, written) - h->clock_ms;
	return RP_OK;
}

/* Two transactions: the second one asks for a time, which only a schema has. */
static rp_code look(store *s, struct conn *c, struct store_health *h, struct rp_error *err)
{
	const struct engine *e = s->engine;
	rp_code rc = e->begin(c, NULL, false, err);

	if (rc == RP_OK)
		rc = e->version(c, false, &h->schema, err);
	if (rc == RP_OK && s->ha)
		rc = e->standby(c, &h->standby, err);
	if (rc == RP_OK)
		rc = e->commit(c, -1, err);
	if (rc != RP_OK || h->schema != store_schema_version)
		return rc;
	rc = e->begin(c, NULL, true, err);
	if (rc == RP_OK)
		rc = look_at_clock(s, c, h, err);
	return rc == RP_OK ? e->commit(c, -1, err) : rc;
}

rp_code store_look(store *s, struct store_health *ret, struct rp_error *err)
{
	struct store_health h = {.wanted = store_schema_version};
	struct conn *c;
	rp_code rc = conn_take(s, false, true, &c, err);

	if (rc == RP_OK) {
		rc = look(s, c, &h, err);
		if (rc != RP_OK && !c->lost)
			s->engine->rollback(c);
		pool_give(s->pool, c);
	}
	if (rc == RP_OK)
		*ret = h;
	return rc;
}

/* A minute less than the highest time is no small difference of two clocks any more. */
static rp_code judge(const store *s, const struct store_health *h, struct rp_error *err)
{
	if (h->schema > h->wanted)
		return newer(h->schema, err);
	if (h->schema < h->wanted)
		return rp_fail(err, RP_E_STORE,
			       "its schema has version %" PRId64 " and has to be taken to %" PRId64,
			       h->schema, h->wanted);
	if (s->ha && !h->standby)
		return rp_fail(err, RP_E_STORE, "no synchronous standby is connected to it");
	if (h->behind_ms <= STORE_CLOCK_BEHIND_MS)
		return RP_OK;
	return rp_fail(err, RP_E_STORE, "its clock is %" PRId64 " s behind the highest time seen",
		       h->behind_ms / 1000);
}

rp_code store_ready(store *s, struct rp_error *err)
{
	struct store_health h;
	rp_code rc = store_look(s, &h, err);

	if (rc == RP_OK)
		rc = judge(s, &h, err);
	return rp_context(err, rc, "the database is not ready");
}
