/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and reading a card. Neither sends a secret, and both make many calls, so each is one
 * piece of work (card/transport.h): handed to the thread that calls the card service as a whole.
 *
 * All that such a piece touches is its struct look. It is ours before and after, and the
 * transport's in between; a card that hangs takes it along.
 */
#include "lib/ctx.h"

#include <stdlib.h>
#include <string.h>

struct look {
	struct session s;
	bool opens, reads;
	char *wanted; /* the reader to open; NULL: the only card */
	unsigned what;
	struct reader_list list;
	struct rp_card_facts facts;
	struct rp_error err;
	rp_code rc;
};

static bool has_card(const struct reader_info *r)
{
	return r->card == READER_CARD || r->card == READER_MUTE || r->card == READER_BUSY;
}

/* The reader that is meant: by whole name, by a part that is unique, or the only one with a card. */
static rp_code choose(const struct reader_list *list, const char *wanted, const char **ret,
		      struct rp_error *err)
{
	size_t hits = 0, at = 0, cards = 0;

	if (list->n == 0)
		return rp_fail(err, RP_E_NO_READER, "no card reader is connected");
	for (size_t i = 0; i < list->n; i++) {
		const struct reader_info *r = &list->r[i];
		const bool whole = wanted != NULL && strcmp(r->name, wanted) == 0;

		cards += has_card(r);
		if (whole || (wanted == NULL ? has_card(r) : strstr(r->name, wanted) != NULL)) {
			at = i;
			hits = whole ? 1 : hits + 1;
		}
		if (whole)
			break;
	}
	if (hits > 1)
		return rp_fail(err, RP_E_USAGE, "%zu readers fit: name one", hits);
	if (hits == 0 && wanted != NULL)
		return rp_fail(err, RP_E_NO_READER, "no reader is called %s", wanted);
	if (hits == 0 || (wanted != NULL && cards == 0))
		return rp_fail(err, RP_E_NO_CARD, "no card is in a reader");
	*ret = list->r[at].name;
	return RP_OK;
}

static rp_code open_wanted(struct look *l)
{
	struct session *s = &l->s;
	const char *name = NULL;
	rp_code rc = s->t.ops->list(s->t.self, &s->wait, &l->list, &l->err);

	if (rc == RP_OK)
		rc = choose(&l->list, l->wanted, &name, &l->err);
	return rc == RP_OK ? session_open(s, name, &l->err) : rc;
}

static void look_run(void *arg)
{
	struct look *l = arg;

	l->rc = l->opens ? open_wanted(l) : RP_OK;
	if (l->rc == RP_OK && l->reads)
		l->rc = job_read(&l->s, l->what, &l->facts, &l->err);
}

static void look_free(struct look *l)
{
	if (l != NULL)
		free(l->wanted);
	free(l);
}

static void look_drop(void *arg)
{
	struct look *l = arg;

	session_free(&l->s);
	look_free(l);
}

/* Runs it; *l is NULL afterwards when it was left behind. */
static rp_code look_do(struct look **l, struct rp_error *err)
{
	const struct transport_work work = {.run = look_run, .drop = look_drop, .arg = *l};
	const struct transport t = (*l)->s.t;
	const struct rp_wait w = (*l)->s.wait;
	rp_code rc;

	(*l)->err = (struct rp_error)RP_ERROR_INIT;
	rc = transport_run(&t, &w, &work, err);
	if (rc == RP_OK) {
		if ((*l)->rc != RP_OK && err != NULL)
			*err = (*l)->err;
		return (*l)->rc;
	}
	*l = NULL;
	/* No secret was sent: it is a plain time-out. */
	if (rc == RP_E_CARD_TIMEOUT) {
		rc = RP_E_TIMEOUT;
		if (err != NULL)
			err->code = rc;
	}
	return rp_context(err, rc, "looking at the card");
}

/* One that opens; its session is new. */
static rp_code look_new(rp_ctx *ctx, const char *reader, struct look **ret, struct rp_error *err)
{
	struct look *l = calloc(1, sizeof *l);
	rp_code rc;

	if (l != NULL && reader != NULL)
		l->wanted = strdup(reader);
	if (l == NULL || (reader != NULL && l->wanted == NULL)) {
		look_free(l);
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a look at the card");
	}
	l->opens = true;
	rc = session_init(&l->s, &ctx->t, err);
	l->s.wait = ctx_wait(ctx, UINT32_MAX);
	if (rc != RP_OK) {
		look_free(l);
		return rc;
	}
	*ret = l;
	return RP_OK;
}

/* Opens, and reads too unless ret_facts is NULL. */
static rp_code open_card(rp_ctx *ctx, const char *reader, unsigned what, rp_card **ret,
			 struct rp_card_facts *ret_facts, struct rp_error *err)
{
	rp_card *card = calloc(1, sizeof *card);
	struct look *l = NULL;
	rp_code rc;

	if (card == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a card");
	card->ctx = ctx;
	rc = look_new(ctx, reader, &l, err);
	if (rc == RP_OK) {
		l->reads = ret_facts != NULL;
		l->what = what;
		rc = look_do(&l, err);
	}
	if (l != NULL)
		card->s = l->s;
	if (rc != RP_OK) {
		look_free(l);
		rp_card_close(card);
		return rc;
	}
	session_end(&card->s);
	if (ret_facts != NULL)
		*ret_facts = l->facts;
	look_free(l);
	*ret = card;
	return RP_OK;
}

rp_code rp_card_open(rp_ctx *ctx, const char *reader, rp_card **ret, struct rp_error *err)
{
	return open_card(ctx, reader, 0, ret, NULL, err);
}

rp_code rp_card_look(rp_ctx *ctx, const char *reader, unsigned what, rp_card **ret,
		     struct rp_card_facts *ret_facts, struct rp_error *err)
{
	return open_card(ctx, reader, what, ret, ret_facts, err);
}

rp_code rp_card_read(rp_card *card, unsigned what, struct rp_card_facts *ret, struct rp_error *err)
{
	struct look *l = calloc(1, sizeof *l);
	rp_code rc;

	if (l == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a look at the card");
	*l = (struct look){.s = card->s, .reads = true, .what = what};
	l->s.hicos_key = NULL; /* borrowed, and not for a look */
	l->s.wait = ctx_wait(card->ctx, UINT32_MAX);
	rc = look_do(&l, err);
	if (l == NULL) {
		session_lost(&card->s);
		return rc;
	}
	card->s = l->s;
	session_end(&card->s);
	if (rc == RP_OK)
		*ret = l->facts;
	look_free(l);
	return rc;
}
