/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts for the console's plots. Nobody is in them: hours, doors, PINs, causes and seconds alone. What is
 * counted is bounded: days by DAYS_MAX, rows by the statements, which give one more than that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/counter_in.h"
#include "issuer/view_table.h"

#define DAYS_MAX 92
#define ROWS_MAX 200000
#define MAY_COUNT (ROLE_APPROVER | ROLE_AUDITOR | ROLE_ADMIN)
#define HOUR_S INT64_C(3600)

/* One visitor who was called, or missed. */
struct wait {
	int64_t hour;
	int64_t waited_s, served_s; /* served_s -1: not finished */
	bool booked, missed;
};

struct counting {
	const struct issuer_peer *who;
	const struct counting_row *what;
	struct date first, last;
	int64_t from_ms, to_ms;
	/* in the transaction */
	struct viewer viewer;
	struct view_table table;
	struct wait *waits;
	size_t n, n_waits;
};

static rp_code too_many(struct rp_error *err)
{
	return rp_refuse(err, RP_PROBLEM_MALFORMED,
			 "there is more than can be counted at once: take fewer days");
}

static struct row_count count_of(const struct counting *j)
{
	struct row_count row = {.from_ms = j->from_ms, .to_ms = j->to_ms};

	(void)snprintf(row.office, sizeof row.office, "%s", j->viewer.op.office);
	return row;
}

/* --- resets --- */

static rp_code count_reset(void *arg, const void *row, struct rp_error *err)
{
	const struct row_count *c = row;
	struct counting *j = arg;
	rp_code rc = RP_OK;

	j->n += (size_t)c->n;
	if (strcmp(c->state, case_state_word(CASE_DONE)) != 0)
		return RP_OK;
	if (table_x(&j->table) != c->hour * HOUR_S)
		rc = table_row(&j->table, c->hour * HOUR_S, NULL, err);
	return rc == RP_OK ? table_add(&j->table, c->door, c->n, err) : rc;
}

static rp_code resets(struct store_tx *tx, struct counting *j, struct rp_error *err)
{
	struct row_count row = count_of(j);

	return store_each(tx, ST_COUNT_RESETS, &row, count_reset, j, err);
}

/* --- lock-outs --- */

static rp_code count_cause(void *arg, const void *row, struct rp_error *err)
{
	const struct row_count *c = row;
	struct counting *j = arg;
	char label[48];
	rp_code rc = RP_OK;

	j->n += (size_t)c->n;
	(void)snprintf(label, sizeof label, "%s %s", c->profile, rp_slot_word((rp_slot)c->slot));
	if (strcmp(table_label(&j->table), label) != 0)
		rc = table_row(&j->table, 0, label, err);
	return rc == RP_OK ? table_add(&j->table, c->cause[0] != '\0' ? c->cause : "not-said", c->n, err)
			   : rc;
}

static rp_code lock_outs(struct store_tx *tx, struct counting *j, struct rp_error *err)
{
	static const char *const causes[] = {"forgotten", "typed-wrong", "another-program", "not-said"};
	struct row_count row = count_of(j);
	rp_code rc = RP_OK;

	for (size_t k = 0; rc == RP_OK && k < sizeof causes / sizeof causes[0]; k++)
		rc = table_series(&j->table, causes[k], json_integer(0), err);
	return rc == RP_OK ? store_each(tx, ST_COUNT_CAUSES, &row, count_cause, j, err) : rc;
}

/* --- waiting --- */

static rp_code note_wait(void *arg, const void *row, struct rp_error *err)
{
	const struct row_visit *v = row;
	struct counting *j = arg;
	const bool missed = strcmp(v->state, visit_state_word(VISIT_MISSED)) == 0;
	const int64_t since = v->at_ms != 0 ? v->at_ms : v->made_ms;
	struct wait w = {.booked = v->at_ms != 0, .missed = missed, .served_s = -1};

	(void)err;
	if (j->n++ >= ROWS_MAX || (!missed && v->called_ms == 0))
		return RP_OK;
	w.hour = (v->called_ms != 0 ? v->called_ms : since) / HOUR_MS;
	w.waited_s = v->called_ms > since ? (v->called_ms - since) / SECOND_MS : 0;
	if (v->begun_ms != 0 && v->ended_ms >= v->begun_ms)
		w.served_s = (v->ended_ms - v->begun_ms) / SECOND_MS;
	j->waits[j->n_waits++] = w;
	return RP_OK;
}

static int by_hour(const void *a, const void *b)
{
	const struct wait *x = a, *y = b;

	return x->hour < y->hour ? -1 : x->hour > y->hour ? 1 : 0;
}

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y ? 1 : 0;
}

/* Of n sorted values the one that `of_100` of a hundred do not exceed (nearest rank). */
static int64_t percentile(const int64_t *sorted, size_t n, size_t of_100)
{
	return sorted[(n * of_100 + 99) / 100 - 1];
}

static rp_code add_times(struct view_table *t, const struct wait *w, size_t n, int64_t *room,
			 struct rp_error *err)
{
	size_t waited = 0, served = 0;
	rp_code rc = RP_OK;

	for (size_t k = 0; k < n; k++)
		if (!w[k].missed)
			room[waited++] = w[k].waited_s;
	qsort(room, waited, sizeof *room, by_size);
	if (waited > 0)
		rc = table_add(t, "wait_median_s", percentile(room, waited, 50), err);
	if (waited > 0 && rc == RP_OK)
		rc = table_add(t, "wait_p90_s", percentile(room, waited, 90), err);
	for (size_t k = 0; k < n; k++)
		if (!w[k].missed && w[k].served_s >= 0)
			room[served++] = w[k].served_s;
	qsort(room, served, sizeof *room, by_size);
	if (served > 0 && rc == RP_OK)
		rc = table_add(t, "served_median_s", percentile(room, served, 50), err);
	if (rc == RP_OK && waited == 0)
		rc = table_none(t, "wait_median_s", err);
	if (rc == RP_OK && waited == 0)
		rc = table_none(t, "wait_p90_s", err);
	return rc == RP_OK && served == 0 ? table_none(t, "served_median_s", err) : rc;
}

/* The visitors of one hour. */
static rp_code add_hour(struct view_table *t, const struct wait *w, size_t n, int64_t *room,
			struct rp_error *err)
{
	rp_code rc = table_row(t, w[0].hour * HOUR_S, NULL, err);

	for (size_t k = 0; rc == RP_OK && k < n; k++)
		rc = table_add(t, w[k].missed ? "missed" : w[k].booked ? "booked" : "walk-in", 1, err);
	return rc == RP_OK ? add_times(t, w, n, room, err) : rc;
}

static rp_code waits_add(struct counting *j, struct rp_error *err)
{
	static const char *const series[] = {"booked",	      "walk-in",    "missed",
					     "wait_median_s", "wait_p90_s", "served_median_s"};
	int64_t *room = calloc(j->n_waits + 1, sizeof *room);
	rp_code rc = room != NULL ? RP_OK : rp_fail(err, RP_E_NO_MEMORY, "no memory for counts");

	for (size_t k = 0; rc == RP_OK && k < sizeof series / sizeof series[0]; k++)
		rc = table_series(&j->table, series[k], json_integer(0), err);
	qsort(j->waits, j->n_waits, sizeof *j->waits, by_hour);
	for (size_t k = 0, n; rc == RP_OK && k < j->n_waits; k += n) {
		for (n = 1; k + n < j->n_waits && j->waits[k + n].hour == j->waits[k].hour;)
			n++;
		rc = add_hour(&j->table, j->waits + k, n, room, err);
	}
	free(room);
	return rc;
}

static int64_t day_number(struct date d)
{
	return (int64_t)d.year * 10000 + d.month * 100 + d.day;
}

static rp_code waiting(struct store_tx *tx, struct counting *j, struct rp_error *err)
{
	struct row_visit row = {.day = day_number(j->first), .to_day = day_number(j->last)};
	rp_code rc;

	(void)snprintf(row.office, sizeof row.office, "%s", j->viewer.op.office);
	j->n_waits = 0;
	j->waits = calloc(ROWS_MAX, sizeof *j->waits);
	rc = j->waits != NULL ? store_each(tx, ST_VISIT_SPAN, &row, note_wait, j, err)
			      : rp_fail(err, RP_E_NO_MEMORY, "no memory for counts");
	if (rc == RP_OK)
		rc = waits_add(j, err);
	free(j->waits);
	j->waits = NULL;
	return rc;
}

/* --- which there are --- */

static const struct counting_row {
	const char *name;
	bool labels;
	rp_code (*count)(struct store_tx *tx, struct counting *j, struct rp_error *err);
} countings[] = {
	{"resets", false, resets},
	{"lock-outs", true, lock_outs},
	{"waiting", false, waiting},
};

static const struct counting_row *counting_named(const char *name)
{
	for (size_t k = 0; k < sizeof countings / sizeof countings[0]; k++)
		if (strcmp(countings[k].name, name) == 0)
			return &countings[k];
	return NULL;
}

static rp_code count_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct counting *j = arg;
	rp_code rc = viewer_load(tx, j->who, MAY_COUNT, &j->viewer, err);

	table_end(&j->table);
	j->n = 0;
	if (rc == RP_OK && j->what == NULL)
		rc = rp_refuse(err, RP_PROBLEM_NOT_FOUND, "there are no such counts");
	if (rc == RP_OK)
		rc = table_begin(&j->table, j->what->labels, err);
	if (rc == RP_OK)
		rc = j->what->count(tx, j, err);
	return rc == RP_OK && j->n > ROWS_MAX ? too_many(err) : rc;
}

static int64_t midnight_ms(struct date d)
{
	return date_to_days(d) * DAY_MS - JAPAN_OFFSET_MIN * MINUTE_MS;
}

/* "NAME_2026-11-01_2026-11-27"; its ".csv" has gone. */
static rp_code read_what(struct counting *j, char *what, struct rp_error *err)
{
	char *first = strchr(what, '_');
	char *last = first != NULL ? strchr(first + 1, '_') : NULL;

	if (last == NULL)
		return rp_refuse(err, RP_PROBLEM_NOT_FOUND, "there are no such counts");
	*first = *last = '\0';
	if (!date_from_text(first + 1, &j->first) || !date_from_text(last + 1, &j->last))
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "the days are none");
	const int32_t days = date_to_days(j->last) - date_to_days(j->first) + 1;
	if (days < 1 || days > DAYS_MAX)
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "1 to %d days can be counted at once", DAYS_MAX);
	j->what = counting_named(what);
	j->from_ms = midnight_ms(j->first);
	j->to_ms = midnight_ms(j->last) + DAY_MS;
	return RP_OK;
}

static rp_code table_json(const struct counting *j, char **ret, struct rp_error *err)
{
	RP_AUTO(view_freep)
	json_t *all = json_pack("{s:s,s:s,s:I,s:I,s:s,s:O*,s:O,s:O}", "name", j->what->name, "office",
				j->viewer.op.office, "from_ms", (json_int_t)j->from_ms, "to_ms",
				(json_int_t)j->to_ms, "x", j->what->labels ? "label" : "time", "labels",
				j->table.labels, "series", j->table.series, "columns", j->table.columns);

	return view_text(all, ret, err);
}

rp_code view_statistics(issuer *i, const struct issuer_peer *who, const char *what, char **ret_text,
			bool *ret_csv, struct rp_error *err)
{
	struct counting j = {.who = who};
	const struct store_opts o = {.read_only = true};
	char name[65];
	const size_t len = strlen(what);
	const bool csv = len > 4 && strcmp(what + len - 4, ".csv") == 0;
	rp_code rc;

	(void)snprintf(name, sizeof name, "%.*s", (int)(csv ? len - 4 : len), what);
	/* Whoever is nobody learns nothing of the address. */
	rc = who->session != NULL ? read_what(&j, name, err)
				  : rp_refuse(err, RP_PROBLEM_SIGN_IN, "this needs an operator");
	if (rc == RP_OK)
		rc = issuer_work(i, &o, count_work, &j, err);
	if (rc == RP_OK)
		rc = csv ? table_csv(&j.table, ret_text, err) : table_json(&j, ret_text, err);
	if (rc == RP_OK)
		*ret_csv = csv;
	table_end(&j.table);
	return rc;
}
