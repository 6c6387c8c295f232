/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/counter_in.h"
#include "issuer/view_table.h"

rp_code table_begin(struct view_table *t, bool labels, struct rp_error *err)
{
	*t = (struct view_table){
		.labels = labels ? json_array() : NULL, .series = json_array(), .columns = json_array()};
	if (t->series == NULL || t->columns == NULL || (labels && t->labels == NULL) ||
	    json_array_append_new(t->columns, json_array()) != 0)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for counts");
	return RP_OK;
}

void table_end(struct view_table *t)
{
	json_decref(t->labels);
	json_decref(t->series);
	json_decref(t->columns);
}

static rp_code no_memory(struct rp_error *err)
{
	return rp_fail(err, RP_E_NO_MEMORY, "no memory for counts");
}

rp_code table_series(struct view_table *t, const char *name, json_t *empty, struct rp_error *err)
{
	const size_t n = json_array_size(json_array_get(t->columns, 0));
	json_t *column = json_array();
	int bad = json_array_append_new(t->series, json_string(name));

	for (size_t k = 0; bad == 0 && k < n; k++)
		bad = json_array_append(column, empty);
	json_decref(empty);
	bad = bad == 0 ? json_array_append_new(t->columns, column) : (json_decref(column), bad);
	return bad == 0 ? RP_OK : no_memory(err);
}

rp_code table_row(struct view_table *t, int64_t x, const char *label, struct rp_error *err)
{
	json_t *xs = json_array_get(t->columns, 0);
	int bad = json_array_append_new(
		xs, json_integer(label != NULL ? (json_int_t)json_array_size(xs) : (json_int_t)x));

	if (bad == 0 && label != NULL)
		bad = json_array_append_new(t->labels, json_string(label));
	for (size_t k = 1; bad == 0 && k < json_array_size(t->columns); k++)
		bad = json_array_append_new(json_array_get(t->columns, k), json_integer(0));
	return bad == 0 ? RP_OK : no_memory(err);
}

/* The place of a series among the columns; 0: it is not there. */
static size_t series_at(const struct view_table *t, const char *name)
{
	json_t *one;
	size_t k;

	json_array_foreach(t->series, k, one) if (strcmp(json_string_value(one), name) == 0) return k + 1;
	return 0;
}

rp_code table_add(struct view_table *t, const char *series, int64_t n, struct rp_error *err)
{
	size_t at = series_at(t, series), last;
	json_t *column;
	rp_code rc = RP_OK;

	if (at == 0) {
		rc = table_series(t, series, json_integer(0), err);
		at = json_array_size(t->series);
	}
	if (rc != RP_OK)
		return rc;
	column = json_array_get(t->columns, at);
	last = json_array_size(column) - 1;
	n += json_integer_value(json_array_get(column, last));
	return json_array_set_new(column, last, json_integer(n)) == 0 ? RP_OK : no_memory(err);
}

rp_code table_none(struct view_table *t, const char *series, struct rp_error *err)
{
	json_t *column = json_array_get(t->columns, series_at(t, series));

	return json_array_set_new(column, json_array_size(column) - 1, json_null()) == 0 ? RP_OK
											 : no_memory(err);
}

int64_t table_x(const struct view_table *t)
{
	const json_t *xs = json_array_get(t->columns, 0);
	const size_t n = json_array_size(xs);

	return n == 0 ? INT64_MIN : (int64_t)json_integer_value(json_array_get(xs, n - 1));
}

const char *table_label(const struct view_table *t)
{
	const size_t n = json_array_size(t->labels);

	return n == 0 ? "" : json_string_value(json_array_get(t->labels, n - 1));
}

/* --- comma-separated values (RFC 4180): our words and numbers alone, so nothing needs quotes --- */

static void write_x(FILE *to, const struct view_table *t, size_t row)
{
	const json_t *x = json_array_get(json_array_get(t->columns, 0), row);
	const struct datetime at = counter_local((int64_t)json_integer_value(x) * SECOND_MS);

	if (t->labels != NULL)
		(void)fputs(json_string_value(json_array_get(t->labels, row)), to);
	else
		(void)fprintf(to, "%04d-%02d-%02d %02d:%02d", at.date.year, at.date.month, at.date.day,
			      at.minute / 60, at.minute % 60);
}

static void write_row(FILE *to, const struct view_table *t, size_t row)
{
	write_x(to, t, row);
	for (size_t k = 1; k < json_array_size(t->columns); k++) {
		const json_t *v = json_array_get(json_array_get(t->columns, k), row);

		(void)fputc(',', to);
		if (json_is_integer(v))
			(void)fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	}
	(void)fputs("\r\n", to);
}

rp_code table_csv(const struct view_table *t, char **ret, struct rp_error *err)
{
	const size_t rows = json_array_size(json_array_get(t->columns, 0));
	char *text = NULL;
	size_t len = 0, k;
	FILE *to = open_memstream(&text, &len);
	json_t *name;
	bool bad;

	if (to == NULL)
		return no_memory(err);
	(void)fputs(t->labels != NULL ? "pin" : "hour", to);
	json_array_foreach(t->series, k, name)(void) fprintf(to, ",%s", json_string_value(name));
	(void)fputs("\r\n", to);
	for (k = 0; k < rows; k++)
		write_row(to, t, k);
	bad = ferror(to) != 0;
	if (fclose(to) != 0 || bad) {
		free(text);
		return no_memory(err);
	}
	*ret = text;
	return RP_OK;
}
