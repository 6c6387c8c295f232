/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many cards from a file: a JSON object on each line, 500 in one transaction, refused lines told
 * and passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "issuer/enrol.h"
#include "issuer/enrol_line.h"

#define BATCH 500
#define BATCH_AGAIN 3
/* --- many --- */

struct many {
	issuer *i;
	const char *by;
	void (*progress)(void *arg, const struct issuer_many *m, const char *refused);
	void *arg;
	struct issuer_many at;
	struct enrol_line line;
	struct enrolment batch[BATCH];
	uint64_t line_of[BATCH];
	enum enrol_bar bar[BATCH];
	size_t n;
	uint64_t line_no;
};

static void many_freep(struct many **m)
{
	if (*m == NULL)
		return;
	enrol_line_clear(&(*m)->line);
	free(*m);
}

static void refuse_line(struct many *m, uint64_t line, const char *why)
{
	char told[256];

	m->at.refused++;
	(void)snprintf(told, sizeof told, "line %llu: %s", (unsigned long long)line, why);
	if (m->progress != NULL)
		m->progress(m->arg, &m->at, told);
}

static rp_code batch_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct many *m = arg;
	rp_code rc = by_may(tx, m->by, ROLE_ADMIN, err);

	for (size_t k = 0; rc == RP_OK && k < m->n; k++)
		rc = enrol_put(tx, m->by, &m->batch[k], &m->bar[k], err);
	return rc;
}

static rp_code put_batch(struct many *m, struct rp_error *err)
{
	const struct store_opts o = {0};
	rp_code rc = RP_E_CONFLICT;

	if (m->n == 0)
		return RP_OK;
	/*
	 * A conflict is somebody who enrols the same card at this moment: the next look finds it.
	 */
	for (int again = 0; rc == RP_E_CONFLICT && again < BATCH_AGAIN; again++)
		rc = issuer_work(m->i, &o, batch_work, m, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "lines %llu to %llu were not enrolled",
				  (unsigned long long)m->line_of[0],
				  (unsigned long long)m->line_of[m->n - 1]);
	for (size_t k = 0; k < m->n; k++)
		if (m->bar[k] != ENROL_PUT)
			refuse_line(m, m->line_of[k], enrol_bar_text(m->bar[k]));
		else
			m->at.done++;
	m->n = 0;
	if (m->progress != NULL)
		m->progress(m->arg, &m->at, NULL);
	return RP_OK;
}

static rp_code take_line(struct many *m, const char *text, size_t len, struct rp_error *err)
{
	struct rp_error why = RP_ERROR_INIT;
	char what[96] = "";
	json_t *card;
	bool good;
	rp_code rc;

	card = json_parse(text, len, what);
	good = card != NULL && enrol_line_take(&m->line, card, what);
	json_decref(card);
	if (!good) {
		refuse_line(m, m->line_no, what);
		return RP_OK;
	}
	rc = enrol_ready(m->i, &m->line.card, &m->batch[m->n], &why);
	if (enrol_ends_all(rc, &why)) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	if (rc != RP_OK) {
		refuse_line(m, m->line_no, why.story);
		return RP_OK;
	}
	m->line_of[m->n++] = m->line_no;
	return m->n == BATCH ? put_batch(m, err) : RP_OK;
}

static void text_freep(char **text)
{
	free(*text);
}

static rp_code take_file(struct many *m, FILE *f, struct rp_error *err)
{
	RP_AUTO(text_freep) char *text = NULL;
	size_t cap = 0;
	ssize_t len;
	rp_code rc = RP_OK;

	while (rc == RP_OK && (len = getline(&text, &cap, f)) >= 0) {
		m->line_no++;
		m->at.bytes += (uint64_t)len;
		while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
			text[--len] = '\0';
		if (len > 0)
			rc = take_line(m, text, (size_t)len, err);
		/* It may have held a user code. */
		rp_wipe(text, (size_t)len);
	}
	if (rc == RP_OK && ferror(f) != 0)
		rc = rp_fail(err, RP_E_USAGE, "the file cannot be read to its end: %s", strerror(errno));
	return rc == RP_OK ? put_batch(m, err) : rc;
}

static FILE *open_file(const char *path, uint64_t *ret_bytes)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct stat st;

	if (fd >= 0 && f == NULL)
		(void)close(fd);
	if (f != NULL && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		*ret_bytes = (uint64_t)st.st_size;
	return f;
}

rp_code issuer_enrol_file(issuer *i, const char *by, const char *path,
			  void (*progress)(void *arg, const struct issuer_many *m, const char *refused),
			  void *arg, struct issuer_many *ret, struct rp_error *err)
{
	RP_AUTO(many_freep) struct many *m = calloc(1, sizeof *m);
	FILE *f;
	rp_code rc;

	if (m == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for many cards");
	m->i = i;
	m->by = by;
	m->progress = progress;
	m->arg = arg;
	f = open_file(path, &m->at.bytes_all);
	if (f == NULL)
		return rp_fail(err, RP_E_USAGE, "%s cannot be opened: %s", path, strerror(errno));
	rc = take_file(m, f, err);
	(void)fclose(f);
	/* What was done stays done, also when the rest could not be. */
	*ret = m->at;
	return rc;
}
