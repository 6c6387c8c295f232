/* SPDX-License-Identifier: Apache-2.0 */
/* What operators look at: cases, cards, counts. A search is a POST: no card's number stands in an address. */
#include "issuer/enrol_line.h"
#include "issuer/view.h"
#include "server/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
#define CASE_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define LATEST_MS INT64_C(253402300799000) /* the end of the year 9999 */

static void answer(struct http_answer *ret, rp_code rc, const char *type, char *text,
		   const struct rp_error *err)
{
	if (rc != RP_OK)
		http_problem(ret, err);
	else
		http_text(ret, 200, type, text);
	free(text);
}

static void take_state(struct jin *in, struct view_search *s)
{
	static const char *const states[] = {"open",	"ready",     "granted", "done",	  "failed",
					     "unknown", "cancelled", "expired", "refused"};
	size_t state = 0;

	jin_word(in, "state", states, sizeof states / sizeof states[0], &state);
	if (!in->failed)
		(void)snprintf(s->state, sizeof s->state, "%s", states[state]);
}

static void take_chars(struct jin *in, const char *name, size_t max, char *ret)
{
	jin_text(in, name, 1, max, ret);
	if (!in->failed && strspn(ret, NAME_CHARS) != strlen(ret))
		jin_fail(in, name, "holds a character that no such name has");
}

/* A time and a case: "1790000000000-0123456789ABCDEFGHJKMNPQRZ". */
static void take_cursor(struct jin *in, struct view_search *s)
{
	size_t digits;

	take_chars(in, "cursor", sizeof s->cursor - 1, s->cursor);
	digits = strspn(s->cursor, "0123456789");
	if (!in->failed && (digits == 0 || digits > 15 || s->cursor[digits] != '-' ||
			    s->cursor[digits + 1] == '\0' || strlen(s->cursor + digits + 1) >= ROW_ID ||
			    s->cursor[digits + 1 + strspn(s->cursor + digits + 1, CASE_CHARS)] != '\0'))
		jin_fail(in, "cursor", "is none of ours");
}

static void take_card(struct jin *outer, struct view_search *s)
{
	json_t *object = jin_object(outer, "card");
	struct jin in;

	if (object == NULL)
		return;
	json_in(&in, object);
	body_word(&in, "profile", sizeof s->card_profile - 1, s->card_profile);
	jin_text(&in, "number", 1, sizeof s->number - 1, s->number);
	if (!jin_done(&in))
		jin_fail(outer, "card", "is no family and number");
}

static void take_search(struct jin *in, struct view_search *s)
{
	s->slot = RP_SLOT_NONE;
	if (jin_has(in, "state"))
		take_state(in, s);
	if (jin_has(in, "door"))
		body_word(in, "door", sizeof s->door - 1, s->door);
	if (jin_has(in, "profile"))
		body_word(in, "profile", sizeof s->profile - 1, s->profile);
	if (jin_has(in, "slot"))
		s->slot = body_slot(in);
	if (jin_has(in, "office"))
		jin_text(in, "office", 1, sizeof s->office - 1, s->office);
	if (jin_has(in, "card"))
		take_card(in, s);
	if (jin_has(in, "name"))
		take_chars(in, "name", sizeof s->name - 1, s->name);
	if (jin_has(in, "from_ms"))
		jin_int(in, "from_ms", 0, LATEST_MS, &s->from_ms);
	if (jin_has(in, "to_ms"))
		jin_int(in, "to_ms", 1, LATEST_MS, &s->to_ms);
	if (jin_has(in, "cursor"))
		take_cursor(in, s);
	jin_int(in, "limit", 1, VIEW_ROWS_MAX, &s->limit);
}

void route_view_cases(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct view_search search = {0};
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		take_search(&b.in, &search);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = view_cases(s->issuer, &who.peer, &search, &text, &err);
	answer(ret, rc, "application/json", text, &err);
}

void route_view_case(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	rp_code rc;

	asker_of(r, &who);
	rc = view_case(s->issuer, &who.peer, r->arg, &text, &err);
	answer(ret, rc, "application/json", text, &err);
}

void route_view_cards(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	char profile[24] = "", number[48] = "";
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		jin_text(&b.in, "number", 1, sizeof number - 1, number);
		if (jin_has(&b.in, "profile"))
			body_word(&b.in, "profile", sizeof profile - 1, profile);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = view_cards(s->issuer, &who.peer, profile, number, &text, &err);
	answer(ret, rc, "application/json", text, &err);
}

void route_enrol(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	json_t *cards = NULL;
	char *text = NULL;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		cards = jin_array(&b.in, "cards", ENROL_PIECE_MAX);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = issuer_enrol_piece(s->issuer, &who.peer, cards, &text, &err);
	answer(ret, rc, "application/json", text, &err);
}

void route_view_statistics(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	bool csv = false;
	rp_code rc;

	asker_of(r, &who);
	rc = view_statistics(s->issuer, &who.peer, r->arg, &text, &csv, &err);
	answer(ret, rc, csv ? "text/csv; charset=utf-8" : "application/json", text, &err);
}
