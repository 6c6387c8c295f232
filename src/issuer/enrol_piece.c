/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of a file that an operator's page sends: what takes time first, without a transaction, then all of
 * its cards in one. Whoever sends a piece again, because the answer was lost, finds its cards there.
 */
#include <stdlib.h>

#include "issuer/enrol.h"
#include "issuer/enrol_line.h"
#include "issuer/view_in.h"

#define PIECE_AGAIN 3

static const char *const bar_words[] = {
	[ENROL_PUT] = "enrolled", [ENROL_THERE] = "there", [ENROL_NO_SOURCE] = "no-source"};

struct piece {
	const struct issuer_peer *who;
	struct viewer viewer;
	struct enrol_line line;
	size_t n; /* cards that are ready */
	struct enrolment card[ENROL_PIECE_MAX];
	enum enrol_bar bar[ENROL_PIECE_MAX];
	size_t place[ENROL_PIECE_MAX];	/* in the piece */
	char why[ENROL_PIECE_MAX][160]; /* by the place; "": not refused */
};

static void piece_freep(struct piece **p)
{
	if (*p == NULL)
		return;
	enrol_line_clear(&(*p)->line);
	free(*p);
}

static rp_code who_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct piece *p = arg;

	return viewer_load(tx, p->who, ROLE_ADMIN, &p->viewer, err);
}

static rp_code put_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct piece *p = arg;
	rp_code rc = who_work(tx, arg, err);

	for (size_t k = 0; rc == RP_OK && k < p->n; k++)
		rc = enrol_put(tx, p->viewer.op.name, &p->card[k], &p->bar[k], err);
	return rc;
}

static rp_code make_ready(issuer *i, struct piece *p, json_t *cards, struct rp_error *err)
{
	size_t place;
	json_t *card;

	json_array_foreach(cards, place, card)
	{
		struct rp_error why = RP_ERROR_INIT;
		char what[96] = "";
		rp_code rc;

		if (!enrol_line_take(&p->line, card, what)) {
			(void)snprintf(p->why[place], sizeof p->why[0], "%s", what);
			continue;
		}
		rc = enrol_ready(i, &p->line.card, &p->card[p->n], &why);
		if (enrol_ends_all(rc, &why)) {
			if (err != NULL)
				*err = why;
			return rc;
		}
		if (rc != RP_OK)
			(void)snprintf(p->why[place], sizeof p->why[0], "%.159s", why.story);
		else
			p->place[p->n++] = place;
	}
	return RP_OK;
}

static rp_code told(const struct piece *p, size_t n, char **ret_json, struct rp_error *err)
{
	RP_AUTO(view_freep) json_t *rows = json_array();
	RP_AUTO(view_freep) json_t *all = NULL;
	rp_code rc = rows != NULL ? RP_OK : rp_fail(err, RP_E_NO_MEMORY, "no memory for the answer");

	for (size_t place = 0, k = 0; rc == RP_OK && place < n; place++) {
		const bool ready = k < p->n && p->place[k] == place;

		rc = view_keep(rows,
			       ready ? json_pack("{s:s}", "state", bar_words[p->bar[k]])
				     : json_pack("{s:s,s:s}", "state", "refused", "why", p->why[place]),
			       err);
		k += ready;
	}
	if (rc != RP_OK)
		return rc;
	all = json_pack("{s:O}", "rows", rows);
	return view_text(all, ret_json, err);
}

rp_code issuer_enrol_piece(issuer *i, const struct issuer_peer *who, json_t *cards, char **ret_json,
			   struct rp_error *err)
{
	RP_AUTO(piece_freep) struct piece *p = calloc(1, sizeof *p);
	const struct store_opts look = {.read_only = true}, put = {0};
	rp_code rc;

	if (p == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for many cards");
	if (json_array_size(cards) > ENROL_PIECE_MAX)
		return rp_fail(err, RP_E_USAGE, "at most %d cards in a piece", ENROL_PIECE_MAX);
	p->who = who;
	/* Before anything that costs: whoever may not enrol gets no work done. */
	rc = issuer_work(i, &look, who_work, p, err);
	if (rc == RP_OK)
		rc = make_ready(i, p, cards, err);
	if (rc != RP_OK)
		return rc;
	/* A conflict is somebody who enrols the same card at this moment: the next look finds it. */
	rc = RP_E_CONFLICT;
	for (int again = 0; rc == RP_E_CONFLICT && again < PIECE_AGAIN; again++)
		rc = issuer_work(i, &put, put_work, p, err);
	return rc == RP_OK ? told(p, json_array_size(cards), ret_json, err) : rc;
}
