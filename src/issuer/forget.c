/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention: rows that have served are forgotten after so many days, each kind after its own. What is
 * never forgotten here: entries of the log (they are erased, by two people), cards and what the card's
 * count settles, and a case of which a grant is not settled, for the card may still tell of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "issuer/people.h"

#define AT_ONCE 500

/* A kind of rows, and the statement that counts those that are older than a time. */
static const struct kind {
	const char *word;
	enum store_stmt count;
} kinds[FORGET_KINDS] = {
	[FORGET_CASES] = {"cases", ST_CASE_OLD_COUNT},
	[FORGET_CODES] = {"codes", ST_OTC_OLD_COUNT},
	[FORGET_NOTICES] = {"notices", ST_OUTBOX_OLD_COUNT},
	[FORGET_APPROVALS] = {"approvals", ST_APPROVAL_OLD_COUNT},
	[FORGET_APPLICATIONS] = {"applications", ST_APPLICATION_OLD_COUNT},
	[FORGET_VISITS] = {"visits", ST_VISIT_OLD_COUNT},
};

const char *forget_word(enum forget_kind k)
{
	return kinds[k].word;
}

struct some {
	struct row_case c[AT_ONCE];
	size_t n;
	struct row_outbox notice;
	struct row_approval approval;
	struct row_application application;
	struct row_visit visit;
	struct row_meta sum;
};

struct forget_job {
	const char *by;
	enum forget_kind kind;
	unsigned days;
	bool really;
	uint64_t n; /* counted, or deleted in this round */
	struct some *some;
};

static int64_t older_than(const struct store_tx *tx, const struct forget_job *j)
{
	return store_now(tx) - (int64_t)j->days * DAY_MS;
}

static rp_code count_old(struct store_tx *tx, struct forget_job *j, struct rp_error *err)
{
	struct row_limit row = {.from_ms = older_than(tx, j)};
	bool found;
	rp_code rc = store_get(tx, kinds[j->kind].count, &row, &found, err);

	if (rc == RP_OK)
		j->n = (uint64_t)row.n;
	return rc;
}

/* --- cases, with all that refers to them --- */

static rp_code keep(void *arg, const void *row, struct rp_error *err)
{
	struct some *s = arg;

	(void)err;
	if (s->n < AT_ONCE)
		s->c[s->n++] = *(const struct row_case *)row;
	return RP_OK;
}

static rp_code forget_case(struct store_tx *tx, struct row_case *c, struct rp_error *err)
{
	struct row_evidence evidence = {0};
	struct row_grant grant = {0};
	struct row_one_time_code code = {.purpose = OTC_FOR_CASE};
	size_t n;
	rp_code rc;

	memcpy(evidence.case_id, c->id, sizeof evidence.case_id);
	memcpy(grant.case_id, c->id, sizeof grant.case_id);
	memcpy(code.case_id, c->id, sizeof code.case_id);
	memcpy(code.card_id, c->card_id, sizeof code.card_id);
	rc = store_run(tx, ST_EVIDENCE_FORGET, &evidence, &n, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_GRANT_FORGET, &grant, &n, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_OTC_END, &code, &n, err);
	return rc == RP_OK ? store_run(tx, ST_CASE_FORGET, c, NULL, err) : rc;
}

static rp_code forget_cases(struct store_tx *tx, struct forget_job *j, struct rp_error *err)
{
	struct row_case old = {.changed_ms = older_than(tx, j)};
	rp_code rc;

	j->some->n = 0;
	rc = store_each(tx, ST_CASE_OLD, &old, keep, j->some, err);
	for (size_t k = 0; rc == RP_OK && k < j->some->n; k++)
		rc = forget_case(tx, &j->some->c[k], err);
	j->n = j->some->n;
	return rc;
}

/* --- the others --- */

static rp_code forget_rows(struct store_tx *tx, struct forget_job *j, struct rp_error *err)
{
	struct row_one_time_code code = {.until_ms = older_than(tx, j)};
	struct row_outbox *notice = &j->some->notice;
	struct row_approval *approval = &j->some->approval;
	size_t n = 0;
	rp_code rc;

	notice->sent_ms = approval->until_ms = code.until_ms;
	j->some->application.changed_ms = j->some->visit.made_ms = code.until_ms;
	if (j->kind == FORGET_CODES)
		rc = store_run(tx, ST_OTC_FORGET, &code, &n, err);
	else if (j->kind == FORGET_NOTICES)
		rc = store_run(tx, ST_OUTBOX_FORGET, notice, &n, err);
	else if (j->kind == FORGET_APPROVALS)
		rc = store_run(tx, ST_APPROVAL_FORGET, approval, &n, err);
	else if (j->kind == FORGET_APPLICATIONS)
		rc = store_run(tx, ST_APPLICATION_FORGET, &j->some->application, &n, err);
	else
		rc = store_run(tx, ST_VISIT_FORGET, &j->some->visit, &n, err);
	j->n = n;
	return rc;
}

/* How many of this kind were ever forgotten: for the metrics. */
static rp_code add_up(struct store_tx *tx, struct forget_job *j, struct rp_error *err)
{
	struct row_meta *row = &j->some->sum;
	uint64_t sum = j->n;
	bool found;
	rp_code rc;

	(void)snprintf(row->name, sizeof row->name, "forgotten-%s", kinds[j->kind].word);
	rc = store_get(tx, ST_META_GET, row, &found, err);
	if (rc != RP_OK)
		return rc;
	if (found)
		sum += strtoull(row->value, NULL, 10);
	(void)snprintf(row->value, sizeof row->value, "%" PRIu64, sum);
	return store_run(tx, ST_META_PUT, row, NULL, err);
}

static rp_code log_it(struct store_tx *tx, const struct forget_job *j, struct rp_error *err)
{
	char what[64], why[64];

	(void)snprintf(what, sizeof what, "%s %" PRIu64, kinds[j->kind].word, j->n);
	(void)snprintf(why, sizeof why, "older than %u days", j->days);
	return log_people(tx,
			  &(struct people_act){.act = "forget", .by = j->by, .outcome = what, .reason = why},
			  NULL, err);
}

static rp_code forget_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct forget_job *j = arg;
	rp_code rc = by_may(tx, j->by, ROLE_ADMIN, err);

	if (rc != RP_OK)
		return rc;
	if (!j->really)
		return count_old(tx, j, err);
	rc = j->kind == FORGET_CASES ? forget_cases(tx, j, err) : forget_rows(tx, j, err);
	if (rc != RP_OK || j->n == 0)
		return rc;
	rc = add_up(tx, j, err);
	return rc == RP_OK ? log_it(tx, j, err) : rc;
}

rp_code issuer_forget(issuer *i, const char *by, enum forget_kind kind, unsigned days, bool really,
		      uint64_t *ret, struct rp_error *err)
{
	struct forget_job j = {.by = by, .kind = kind, .days = days, .really = really};
	const struct store_opts look = {.read_only = true}, act = {0};
	uint64_t all = 0;
	rp_code rc;

	if (days == 0)
		return rp_fail(err, RP_E_USAGE, "no days are configured: nothing of it is forgotten");
	j.some = calloc(1, sizeof *j.some);
	if (j.some == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory to forget");
	/* Cases in rounds, so that no round holds the others up for long. */
	do {
		rc = issuer_work(i, really ? &act : &look, forget_work, &j, err);
		all += rc == RP_OK ? j.n : 0;
	} while (rc == RP_OK && really && kind == FORGET_CASES && j.n == AT_ONCE);
	free(j.some);
	if (rc == RP_OK)
		*ret = all;
	return rp_context(err, rc, "forgetting");
}

/* --- metrics --- */

struct forgotten {
	uint64_t n[FORGET_KINDS];
};

static rp_code sums_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct forgotten *f = arg;

	for (size_t k = 0; k < FORGET_KINDS; k++) {
		struct row_meta row = {0};
		bool found;
		rp_code rc;

		(void)snprintf(row.name, sizeof row.name, "forgotten-%s", kinds[k].word);
		rc = store_get(tx, ST_META_GET, &row, &found, err);
		if (rc != RP_OK)
			return rc;
		f->n[k] = found ? strtoull(row.value, NULL, 10) : 0;
	}
	return RP_OK;
}

void forget_counts(issuer *i, void (*each)(void *arg, const char *name, const char *labels, uint64_t n),
		   void *arg)
{
	const struct store_opts look = {.read_only = true};
	struct forgotten f = {0};
	char labels[32];

	/* Without a database there is no sum, and that it is away is told by another number. */
	if (issuer_work(i, &look, sums_work, &f, NULL) != RP_OK)
		return;
	for (size_t k = 0; k < FORGET_KINDS; k++) {
		(void)snprintf(labels, sizeof labels, "kind=\"%s\"", kinds[k].word);
		each(arg, "forgotten_rows", labels, f.n[k]);
	}
}
