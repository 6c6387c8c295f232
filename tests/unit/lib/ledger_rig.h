/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual card with a ledger in a directory of its own. */
#ifndef REPIN_TESTS_LEDGER_RIG_H
#define REPIN_TESTS_LEDGER_RIG_H

#include "../card/job_rig.h"

#include "lib/ledger.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];

static inline int make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/repin-ledger-XXXXXX");
	return mkdtemp(dir) == NULL;
}

static inline int drop_dir(void **state)
{
	char command[96];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

struct said {
	struct rp_ledger_news news[RP_PINS_MAX];
	size_t n;
};

static inline void keep_ledger(struct bench *b)
{
	assert_int_equal(rp_ctx_notes(b->ctx, dir, &b->err), RP_OK);
	rp_ctx_ledger(b->ctx, true);
}

static inline struct said note(struct bench *b)
{
	struct said s = {.n = 99};

	refresh(b);
	assert_int_equal(rp_ledger_note(b->ctx, &b->shown, s.news, &s.n, &b->err), RP_OK);
	return s;
}

static inline void start(struct bench *b, struct vcard *card)
{
	look(b, card);
	keep_ledger(b);
	assert_int_equal(note(b).n, 0);
}

static inline void assert_said(const struct said *s, rp_slot slot, enum rp_ledger_kind kind, int tries,
			       bool unsure)
{
	assert_int_equal(s->n, 1);
	assert_int_equal(s->news[0].slot, slot);
	assert_int_equal(s->news[0].kind, kind);
	assert_int_equal(s->news[0].tries, tries);
	assert_int_equal(s->news[0].unsure, unsure);
	assert_true(s->news[0].since_s > 0 && s->news[0].until_s >= s->news[0].since_s);
}

static inline void others_use(struct bench *b, const char *pin, uint8_t left)
{
	vcard_pin(b->v.card, pin)->tries = left;
}

static inline void path_of_only(char *ret, size_t cap)
{
	char below[96];
	const struct dirent *e;
	DIR *d;

	(void)snprintf(below, sizeof below, "%s/ledger", dir);
	d = opendir(below);
	assert_non_null(d);
	ret[0] = '\0';
	while ((e = readdir(d)) != NULL)
		if (strlen(e->d_name) == STATE_CARD_LEN)
			(void)snprintf(ret, cap, "%s/%s", below, e->d_name);
	(void)closedir(d);
	assert_true(ret[0] != '\0');
}

static inline size_t slurp(const char *path, char *ret, size_t cap)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(ret, 1, cap - 1, f);
	ret[n] = '\0';
	(void)fclose(f);
	return n;
}

static inline void put_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline size_t files_below(const char *name)
{
	char below[96];
	const struct dirent *e;
	size_t n = 0;
	DIR *d;

	(void)snprintf(below, sizeof below, "%s/%s", dir, name);
	d = opendir(below);
	while (d != NULL && (e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	if (d != NULL)
		(void)closedir(d);
	return n;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, drop_dir)

#endif
