/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ledger.h"

#include "base/bytes.h"
#include "base/log.h"
#include "lib/ctx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_NAME "ledger.lock"
#define ASIDE_END ".broken"
#define PATH_LEN (STATE_PATH_MAX + STATE_NAME_MAX + 16)

/* One card's ledger in memory, with the name of its file below the state directory. */
struct book {
	const struct state *state;
	char name[STATE_NAME_MAX];
	struct ledger l;
	char text[LEDGER_TEXT_MAX];
	bool is_there, is_broken; /* as it was read last */
};

static rp_code need_notes(const rp_ctx *ctx, struct rp_error *err)
{
	return ctx->notes != NULL ? RP_OK : rp_fail(err, RP_E_JOURNAL, "no notes are kept");
}

static rp_code book_new(rp_ctx *ctx, const char *card, struct book **ret, struct rp_error *err)
{
	struct book *b;
	rp_code rc = need_notes(ctx, err);

	if (rc != RP_OK)
		return rc;
	b = calloc(1, sizeof *b);
	if (b == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for the ledger");
	b->state = ctx->notes;
	(void)snprintf(b->name, sizeof b->name, "%s/%s", LEDGER_DIR, card);
	*ret = b;
	return RP_OK;
}

static void book_free(struct book **b)
{
	free(*b);
	*b = NULL;
}

/* --- one file --- */

static void say_trouble(const char *what, const char *name, const struct rp_error *err)
{
	log_event(LOG_LVL_WARN, what, "name=%s story=\"%s\"", name, err->story);
}

/* A file that is broken or none of ours counts as empty; it is kept aside when it would be written. */
static void book_read(struct book *b)
{
	struct rp_error err = RP_ERROR_INIT;
	size_t len = 0;
	rp_code rc = state_read(b->state, b->name, b->text, sizeof b->text, &len, &err);

	b->is_there = rc != RP_OK || len > 0;
	b->is_broken = rc != RP_OK || (len > 0 && !ledger_read(b->text, &b->l));
	if (rc != RP_OK)
		say_trouble("ledger.read", b->name, &err);
	if (!b->is_there || b->is_broken)
		b->l = (struct ledger){0};
}

static void path_of(const struct state *s, const char *name, const char *end, char *ret, size_t cap)
{
	(void)snprintf(ret, cap, "%s/%s%s", s->dir, name, end);
}

/* The first broken file is kept for whoever wants to know why; a second one is not worth the room. */
static void keep_aside(const struct book *b)
{
	char path[PATH_LEN], aside[PATH_LEN];

	path_of(b->state, b->name, "", path, sizeof path);
	path_of(b->state, b->name, ASIDE_END, aside, sizeof aside);
	if (access(aside, F_OK) != 0 && rename(path, aside) == 0)
		log_event(LOG_LVL_WARN, "ledger.aside", "name=%s", b->name);
}

struct oldest {
	const struct state *state;
	size_t n;
	char name[STATE_NAME_MAX + 32];
	struct timespec when;
};

static bool is_card(const char *card)
{
	return strlen(card) == STATE_CARD_LEN && strspn(card, "0123456789ABCDEF") == STATE_CARD_LEN;
}

static bool look_for_oldest(void *arg, const char *name)
{
	struct oldest *o = arg;
	char path[PATH_LEN];
	struct stat st;

	path_of(o->state, name, "", path, sizeof path);
	if (!is_card(name + strlen(LEDGER_DIR) + 1) || stat(path, &st) != 0)
		return true;
	if (o->n == 0 || st.st_mtim.tv_sec < o->when.tv_sec ||
	    (st.st_mtim.tv_sec == o->when.tv_sec && st.st_mtim.tv_nsec < o->when.tv_nsec)) {
		o->when = st.st_mtim;
		(void)snprintf(o->name, sizeof o->name, "%s", name);
	}
	o->n++;
	return true;
}

/* Before a new file: a machine that sees many cards must not gather them for ever. */
static void make_place(const struct state *s)
{
	struct oldest o = {.state = s};
	struct rp_error err = RP_ERROR_INIT;
	char path[PATH_LEN];

	path_of(s, LEDGER_DIR, "", path, sizeof path);
	if (mkdir(path, 0700) == 0 || state_each(s, LEDGER_DIR, look_for_oldest, &o, &err) != RP_OK)
		return;
	if (o.n >= LEDGER_CARDS && state_remove(s, o.name, &err) != RP_OK)
		say_trouble("ledger.room", o.name, &err);
}

static rp_code book_write(struct book *b, bool sync, struct rp_error *err)
{
	if (!ledger_write(&b->l, b->text, sizeof b->text))
		return rp_fail(err, RP_E_FAULT, "a ledger outgrew its buffer");
	if (b->is_broken)
		keep_aside(b);
	if (!b->is_there)
		make_place(b->state);
	return state_write(b->state, b->name, b->text, sync, NULL, err);
}

/* Reads again under the lock, lets `edit` work on it, and writes when that says so. */
static rp_code book_edit(struct book *b, bool (*edit)(struct ledger *l, void *arg), void *arg, bool sync,
			 struct rp_error *err)
{
	int lock = -1;
	rp_code rc = state_lock(b->state, LOCK_NAME, &lock, err);

	if (rc != RP_OK)
		return rc;
	book_read(b);
	if (edit(&b->l, arg))
		rc = book_write(b, sync, err);
	(void)close(lock);
	return rc;
}

static void describe(struct ledger *l, const struct rp_card_facts *f)
{
	const char *tail = strlen(f->number) >= 2 * STATE_TAIL_LEN ? state_tail(f->number) : "";

	(void)snprintf(l->profile, sizeof l->profile, "%s", f->profile);
	(void)snprintf(l->tail, sizeof l->tail, "%s", tail);
	for (size_t i = 0; l->tail[i] != '\0'; i++)
		if (l->tail[i] < '!' || l->tail[i] > '~')
			l->tail[i] = '?'; /* a line is made of words */
}

/* --- looks --- */

struct looking {
	const struct rp_card_facts *facts;
	int64_t now_s;
};

static bool edit_look(struct ledger *l, void *arg)
{
	const struct looking *k = arg;
	bool changed = false;

	describe(l, k->facts);
	for (size_t i = 0; i < k->facts->n_pins; i++)
		if (ledger_look(l, &k->facts->pins[i], k->now_s))
			changed = true;
	return changed;
}

static size_t collect_news(struct ledger *l, const struct looking *k, struct rp_ledger_news *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < k->facts->n_pins; i++) {
		struct rp_ledger_news news;
		bool stays;

		ledger_conclude(l, k->facts->pins[i].slot, &news);
		stays = news.kind == RP_LEDGER_USED || news.kind == RP_LEDGER_LOCKED;
		if (news.kind == RP_LEDGER_NOTHING || (!stays && k->now_s - news.until_s > LEDGER_NEWS_S))
			continue;
		if (news.since_s > k->now_s)
			news.since_s = 0; /* the clock was set back since */
		ret[n++] = news;
	}
	return n;
}

rp_code rp_ledger_note(rp_ctx *ctx, const struct rp_card_facts *facts, struct rp_ledger_news ret[RP_PINS_MAX],
		       size_t *ret_n, struct rp_error *err)
{
	__attribute__((cleanup(book_free))) struct book *b = NULL;
	struct looking k = {.facts = facts, .now_s = (int64_t)time(NULL)};
	struct rp_error why = RP_ERROR_INIT;
	char card[STATE_CARD_LEN + 1];
	rp_code rc = need_notes(ctx, err);

	if (rc != RP_OK)
		return rc;
	*ret_n = 0;
	if (facts->number[0] == '\0')
		return RP_OK;
	state_card(ctx->notes, facts->profile, facts->number, card);
	rc = book_new(ctx, card, &b, err);
	if (rc != RP_OK)
		return rc;
	book_read(b);
	/* Looked at without the lock first: mostly there is nothing to write. */
	if (edit_look(&b->l, &k) && book_edit(b, edit_look, &k, false, &why) != RP_OK)
		say_trouble("ledger.look", b->name, &why);
	*ret_n = collect_news(&b->l, &k, ret);
	return RP_OK;
}

/* --- jobs --- */

void rp_ctx_ledger(rp_ctx *ctx, bool on)
{
	ctx->ledger = on;
}

static enum rp_ledger_why why_of(enum job_kind kind)
{
	switch (kind) {
	case JOB_CHANGE:
	case JOB_PAD_CHANGE:
		return RP_LEDGER_CHANGE;
	case JOB_UNLOCK:
		return RP_LEDGER_UNLOCK;
	case JOB_RESOLVE:
		return RP_LEDGER_RESOLVE;
	case JOB_RESET:
		return RP_LEDGER_RESET;
	case JOB_VERIFY:
	case JOB_PAD_VERIFY:
	case JOB_PROVE:
	case JOB_SHOW:
		break;
	}
	return RP_LEDGER_VERIFY;
}

/* Whose secret is entered besides the PIN that the job is about. */
static rp_slot code_of(const struct job *j)
{
	if (j->kind == JOB_RESET)
		return j->other != NULL ? j->other->slot : RP_SLOT_NONE;
	return j->way != NULL ? j->way->code : RP_SLOT_NONE;
}

static struct book *book_of_job(rp_ctx *ctx, const struct job *j)
{
	struct book *b = NULL;
	char card[STATE_CARD_LEN + 1];

	state_card(ctx->notes, j->shown->profile, j->shown->number, card);
	return book_new(ctx, card, &b, NULL) == RP_OK ? b : NULL;
}

struct editing {
	const struct job *j;
	const struct ledger_seen *seen;
	rp_code rc;
	const struct rp_outcome *done;
	const struct rp_error *err;
};

static bool edit_begin(struct ledger *l, void *arg)
{
	const struct editing *e = arg;

	describe(l, e->j->shown);
	ledger_begin(l, &e->seen->job);
	return true;
}

static bool edit_end(struct ledger *l, void *arg)
{
	const struct editing *e = arg;

	describe(l, e->j->shown);
	ledger_end(l, &e->seen->job, (int64_t)time(NULL), e->rc, e->done, e->err);
	return true;
}

void ledger_job_begins(rp_ctx *ctx, const struct job *j, struct ledger_seen *ret)
{
	__attribute__((cleanup(book_free))) struct book *b = NULL;
	struct editing e = {.j = j, .seen = ret};
	struct rp_error why = RP_ERROR_INIT;
	uint8_t random[4];

	*ret = (struct ledger_seen){.job = {.why = why_of(j->kind),
					    .slot = j->row->slot,
					    .code = code_of(j),
					    .two = j->row->n_refs == 2,
					    .begun_s = (int64_t)time(NULL)}};
	ret->on = ctx->ledger && ctx->notes != NULL && j->kind != JOB_SHOW && j->shown->profile != NULL &&
		  j->shown->number[0] != '\0';
	if (!ret->on)
		return;
	rp_random(random, sizeof random);
	(void)hex_of(random, sizeof random, ret->job.id, sizeof ret->job.id);
	b = book_of_job(ctx, j);
	/* On the disk before anything is sent: after a cut it stands between others and the blame. */
	ret->begun = b != NULL && book_edit(b, edit_begin, &e, true, &why) == RP_OK;
	if (!ret->begun && b != NULL)
		say_trouble("ledger.begin", b->name, &why);
}

void ledger_job_ends(rp_ctx *ctx, const struct job *j, const struct ledger_seen *seen, rp_code rc,
		     const struct rp_outcome *done, const struct rp_error *err)
{
	__attribute__((cleanup(book_free))) struct book *b = seen->on ? book_of_job(ctx, j) : NULL;
	struct rp_error here = *err, why = RP_ERROR_INIT;
	struct editing e = {.j = j, .seen = seen, .rc = rc, .done = done, .err = &here};

	/* The other card's own job has noted what was spent there. */
	if (err->of_source) {
		here.slot = j->row->slot;
		here.tries_left = RP_TRIES_UNKNOWN;
		here.tries_spent = 0;
	}
	if (b == NULL || book_edit(b, edit_end, &e, false, &why) == RP_OK)
		return;
	say_trouble("ledger.end", b->name, &why);
	/* A ledger that knows nothing of this job would take its try for another's: better none. */
	if (!seen->begun && state_remove(b->state, b->name, &why) != RP_OK)
		say_trouble("ledger.end", b->name, &why);
}

/* --- for people --- */

struct gathering {
	struct book *b;
	const char *only; /* NULL: all cards */
	struct rp_ledger_card *ret;
	size_t cap, n;
};

static struct rp_ledger_card card_of(const struct ledger *l, const char *card)
{
	struct rp_ledger_card c = {0};

	(void)snprintf(c.card, sizeof c.card, "%s", card);
	(void)snprintf(c.profile, sizeof c.profile, "%s", l->profile);
	(void)snprintf(c.tail, sizeof c.tail, "%s", l->tail);
	for (size_t i = 0; i < l->n; i++) {
		const struct rp_ledger_line *at = &l->line[i];
		const int64_t last_s = at->last_s != 0 ? at->last_s : at->first_s;

		c.first_s = i == 0 || at->first_s < c.first_s ? at->first_s : c.first_s;
		c.last_s = last_s > c.last_s ? last_s : c.last_s;
	}
	return c;
}

static bool gather_one(void *arg, const char *name)
{
	struct gathering *g = arg;
	const char *card = name + strlen(LEDGER_DIR) + 1;

	if (!is_card(card) || (g->only != NULL && strcmp(g->only, card) != 0))
		return true;
	(void)snprintf(g->b->name, sizeof g->b->name, "%s", name);
	book_read(g->b);
	/* A broken file says nothing, but whoever asks for this card can have it wiped. */
	if (g->b->l.n > 0 || g->only != NULL)
		g->ret[g->n++] = card_of(&g->b->l, card);
	return g->n < g->cap;
}

static int last_first(const void *a, const void *b)
{
	const int64_t x = ((const struct rp_ledger_card *)a)->last_s;
	const int64_t y = ((const struct rp_ledger_card *)b)->last_s;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Without a directory nothing was ever noted. */
static bool is_kept(const struct state *s)
{
	char path[PATH_LEN];

	path_of(s, LEDGER_DIR, "", path, sizeof path);
	return access(path, F_OK) == 0;
}

rp_code rp_ledger_cards(rp_ctx *ctx, const struct rp_card_facts *facts, struct rp_ledger_card *ret,
			size_t cap, size_t *ret_n, struct rp_error *err)
{
	__attribute__((cleanup(book_free))) struct book *b = NULL;
	struct gathering g = {.ret = ret, .cap = cap};
	char card[STATE_CARD_LEN + 1];
	rp_code rc = book_new(ctx, "", &b, err);

	if (rc != RP_OK)
		return rc;
	g.b = b;
	if (facts != NULL) {
		state_card(ctx->notes, facts->profile, facts->number, card);
		g.only = card;
	}
	if (cap > 0 && is_kept(ctx->notes))
		rc = state_each(ctx->notes, LEDGER_DIR, gather_one, &g, err);
	if (rc != RP_OK)
		return rc;
	qsort(ret, g.n, sizeof *ret, last_first);
	*ret_n = g.n;
	return RP_OK;
}

rp_code rp_ledger_list(rp_ctx *ctx, const char *card, struct rp_ledger_line *ret, size_t cap, size_t *ret_n,
		       struct rp_error *err)
{
	__attribute__((cleanup(book_free))) struct book *b = NULL;
	rp_code rc;

	if (!is_card(card))
		return rp_fail(err, RP_E_JOURNAL, "no card has such a name");
	rc = book_new(ctx, card, &b, err);
	if (rc != RP_OK)
		return rc;
	book_read(b);
	for (size_t i = 0; i < b->l.n; i++) {
		struct rp_ledger_news ignored;

		ledger_conclude(&b->l, b->l.line[i].slot, &ignored);
	}
	for (*ret_n = 0; *ret_n < b->l.n && *ret_n < cap; (*ret_n)++)
		ret[*ret_n] = b->l.line[*ret_n];
	return RP_OK;
}

/* All that belongs to the card, also what is kept aside or was left half written. */
static rp_code wipe_below(const char *dir, const char *card, size_t *ret_n, struct rp_error *err)
{
	const size_t len = card != NULL ? strlen(card) : 0;
	rp_code rc = RP_OK;
	const struct dirent *e;
	DIR *d = opendir(dir);

	if (d == NULL)
		return errno == ENOENT
			       ? RP_OK
			       : rp_fail(err, RP_E_JOURNAL, "cannot open %s: %s", dir, strerror(errno));
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    (card != NULL && strncmp(e->d_name, card, len) != 0))
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0) == 0)
			*ret_n += is_card(e->d_name);
		else if (errno != ENOENT && rc == RP_OK)
			rc = rp_fail(err, RP_E_JOURNAL, "cannot remove %s/%s: %s", dir, e->d_name,
				     strerror(errno));
	}
	(void)closedir(d);
	return rc;
}

rp_code rp_ledger_wipe(rp_ctx *ctx, const char *card, size_t *ret_n, struct rp_error *err)
{
	char dir[PATH_LEN];
	size_t n = 0;
	int lock = -1;
	rp_code rc = need_notes(ctx, err);

	if (rc == RP_OK && card != NULL && !is_card(card))
		rc = rp_fail(err, RP_E_JOURNAL, "no card has such a name");
	if (rc == RP_OK)
		rc = state_lock(ctx->notes, LOCK_NAME, &lock, err);
	if (rc != RP_OK)
		return rc;
	path_of(ctx->notes, LEDGER_DIR, "", dir, sizeof dir);
	rc = wipe_below(dir, card, &n, err);
	(void)close(lock);
	if (rc == RP_OK)
		*ret_n = n;
	return rc;
}

rp_code rp_notes_check(rp_ctx *ctx, char *ret_dir, size_t cap, struct rp_error *err)
{
	static const char name[] = "check";
	rp_code rc = need_notes(ctx, err);

	if (rc == RP_OK)
		rc = state_write(ctx->notes, name, "repin writes here\n", false, NULL, err);
	if (rc == RP_OK)
		rc = state_remove(ctx->notes, name, err);
	if (rc == RP_OK)
		(void)snprintf(ret_dir, cap, "%s", ctx->notes->dir);
	return rc;
}
