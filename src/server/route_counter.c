/* SPDX-License-Identifier: Apache-2.0 */
/* The counter: its queue, and what is applied for. Answers are the domain's own JSON. */
#include "base/bytes.h"
#include "issuer/counter.h"
#include "server/routes.h"

#include <stdlib.h>
#include <string.h>

#define ID_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* `text` is the domain's, and goes with the answer. */
static void answer(struct http_answer *ret, rp_code rc, int status, char *text, struct rp_error *err)
{
	json_t *j = rc == RP_OK ? json_loads(text, 0, NULL) : NULL;

	free(text);
	if (rc != RP_OK)
		http_problem(ret, err);
	else
		http_json(ret, status, j);
}

typedef rp_code list_fn(issuer *i, const struct issuer_peer *who, char **ret_json, struct rp_error *err);

static void list(struct server *s, const struct http_request *r, list_fn *fn, struct http_answer *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	struct asker_is who;
	char *text = NULL;
	rp_code rc;

	asker_of(r, &who);
	rc = fn(s->issuer, &who.peer, &text, &err);
	answer(ret, rc, 200, text, &err);
}

/* --- the queue --- */

static rp_code today(issuer *i, const struct issuer_peer *who, char **ret_json, struct rp_error *err)
{
	return visit_list(i, who, NULL, ret_json, err);
}

void route_visits(void *arg, const struct http_request *r, struct http_answer *ret)
{
	list(arg, r, today, ret);
}

void route_visits_day(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	rp_code rc;

	asker_of(r, &who);
	rc = visit_list(s->issuer, &who.peer, r->arg, &text, &err);
	answer(ret, rc, 200, text, &err);
}

void route_visit_new(void *arg, const struct http_request *r, struct http_answer *ret)
{
	static const char *const wishes[] = {"reset", "change", "letter", "answer"};
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	bool is_free = false;
	int64_t at_ms = 0;
	char *text = NULL;
	size_t wish = 0;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		jin_word(&b.in, "wish", wishes, sizeof wishes / sizeof wishes[0], &wish);
		if (jin_has(&b.in, "at_ms"))
			jin_int(&b.in, "at_ms", 1, INT64_C(253402300799000), &at_ms);
		if (jin_has(&b.in, "free"))
			jin_bool(&b.in, "free", &is_free);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = visit_new(s->issuer, &who.peer, r->idempotency_key, wishes[wish], at_ms, is_free, &text,
			       &err);
	answer(ret, rc, 201, text, &err);
}

void route_visit_event(void *arg, const struct http_request *r, struct http_answer *ret)
{
	static const char *const events[] = {"hold", "release", "call", "begin", "finish", "miss", "return"};
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	size_t event = 0;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		jin_word(&b.in, "event", events, sizeof events / sizeof events[0], &event);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = visit_move(s->issuer, &who.peer, r->idempotency_key, r->arg, events[event], &text, &err);
	answer(ret, rc, 200, text, &err);
}

/* --- applications --- */

struct opening {
	struct counter_opening o; /* points to the rest */
	char profile[24], number[48], visit[ROW_ID], override[ROW_TEXT];
};

static void take_wishes(struct jin *in, struct counter_opening *o)
{
	static const char *const acts[] = {[ACT_RESET] = "reset", [ACT_CHANGE] = "change"};
	json_t *list = jin_array(in, "wishes", COUNTER_WISHES_MAX);

	for (size_t k = 0; k < json_array_size(list) && !in->failed; k++) {
		struct jin one;
		size_t act = 0;

		if (!json_is_object(json_array_get(list, k))) {
			jin_fail(in, "wishes", "holds something that is none");
			return;
		}
		json_in(&one, json_array_get(list, k));
		o->wishes[k].slot = body_slot(&one);
		jin_word(&one, "act", acts, sizeof acts / sizeof acts[0], &act);
		o->wishes[k].act = (enum counter_act)act;
		if (!jin_done(&one))
			jin_fail(in, "wishes", "holds one that is not right");
		o->n_wishes = k + 1;
	}
}

static void take_opening(struct jin *in, struct opening *t)
{
	static const char *const applicants[] = {[APPLICANT_SELF] = "self",
						 [APPLICANT_REPRESENTATIVE] = "representative",
						 [APPLICANT_AGENT] = "agent"};
	size_t applicant = 0;

	body_word(in, "profile", sizeof t->profile - 1, t->profile);
	jin_text(in, "number", 1, sizeof t->number - 1, t->number);
	jin_word(in, "applicant", applicants, sizeof applicants / sizeof applicants[0], &applicant);
	take_wishes(in, &t->o);
	if (jin_has(in, "visit")) {
		jin_text(in, "visit", 1, sizeof t->visit - 1, t->visit);
		if (!in->failed && strspn(t->visit, ID_CHARS) != strlen(t->visit))
			jin_fail(in, "visit", "is no name of ours");
		t->o.visit = t->visit;
	}
	t->o.cause = body_cause(in);
	if (jin_has(in, "override")) {
		jin_text(in, "override", 1, sizeof t->override - 1, t->override);
		t->o.override = t->override;
	}
	t->o.profile = t->profile;
	t->o.number = t->number;
	t->o.applicant = (enum applicant)applicant;
}

void route_apply(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct opening taken = {0};
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		take_opening(&b.in, &taken);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = counter_open(s->issuer, &who.peer, r->idempotency_key, &taken.o, &text, &err);
	answer(ret, rc, 201, text, &err);
}

void route_applications(void *arg, const struct http_request *r, struct http_answer *ret)
{
	list(arg, r, counter_list, ret);
}

void route_application(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	rp_code rc;

	asker_of(r, &who);
	rc = counter_show(s->issuer, &who.peer, r->arg, &text, &err);
	answer(ret, rc, 200, text, &err);
}

void route_sheet(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct counter_sheet *sheet = calloc(1, sizeof *sheet);
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK && sheet == NULL)
		rc = rp_fail(&err, RP_E_NO_MEMORY, "no memory for a sheet");
	if (rc == RP_OK) {
		counter_sheet_read(&b.in, sheet);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = counter_sheet(s->issuer, &who.peer, r->idempotency_key, r->arg, sheet, &text, &err);
	free(sheet);
	answer(ret, rc, 200, text, &err);
}

void route_application_decide(void *arg, const struct http_request *r, struct http_answer *ret)
{
	static const char *const words[] = {
		[COUNTER_ACCEPT] = "accept", [COUNTER_REFUSE] = "refuse", [COUNTER_CANCEL] = "cancel"};
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	char reason[ROW_TEXT] = "", *text = NULL;
	struct server *s = arg;
	struct asker_is who;
	size_t what = 0;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		jin_word(&b.in, "decision", words, sizeof words / sizeof words[0], &what);
		jin_text(&b.in, "reason", 1, sizeof reason - 1, reason);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = counter_decide(s->issuer, &who.peer, r->idempotency_key, r->arg,
				    (enum counter_decision)what, reason, &text, &err);
	answer(ret, rc, 200, text, &err);
}

void route_application_agree(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	bool agreed = false;
	char *text = NULL;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		jin_bool(&b.in, "agreed", &agreed);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = counter_agree(s->issuer, &who.peer, r->idempotency_key, r->arg, agreed, &text, &err);
	answer(ret, rc, 200, text, &err);
}

/* The code stands beside the application, once, to be printed on the letter. */
void route_letter(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	char code[16] = "", *text = NULL;
	struct server *s = arg;
	struct asker_is who;
	json_t *j = NULL;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK)
		rc = body_end(&b, &err);
	if (rc == RP_OK)
		rc = counter_letter(s->issuer, &who.peer, r->idempotency_key, r->arg, code, &text, &err);
	if (rc == RP_OK)
		j = json_pack("{s:o,s:s}", "application", json_loads(text, 0, NULL), "code", code);
	free(text);
	rp_wipe(code, sizeof code);
	if (rc != RP_OK)
		http_problem(ret, &err);
	else
		http_json(ret, 201, j);
}

void route_letter_answer(void *arg, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(body_free) struct body b = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;
	rp_code rc = body_begin(r, &b, &err);

	asker_of(r, &who);
	if (rc == RP_OK) {
		jin_secret(&b.in, "code", 1, CODE_MAX, &b.one_time);
		rc = body_end(&b, &err);
	}
	if (rc == RP_OK)
		rc = counter_answer(s->issuer, &who.peer, r->idempotency_key, r->arg, b.one_time, &text,
				    &err);
	answer(ret, rc, 200, text, &err);
}
