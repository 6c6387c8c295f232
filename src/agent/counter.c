/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's side of the counter: the clerk's session with the issuer, and the customer's window.
 *
 *     clerk's page -> /api/operator/… -> here, with this desk's certificate and the clerk's session -> issuer
 *     clerk's page -> /api/counter/customer -> event "customer" -> customer's page -> /api/jobs -> card
 *
 * The session's token stays here: the page has the key of its tab, no more. The customer's window has a key
 * of another kind, which opens no address of the clerk's, as the clerk's opens no job at a card: whoever
 * types a PIN does it in a window that the clerk has not.
 */
#include "agent/agent.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 63
#define ASK_MS 15000

struct counter {
	pthread_mutex_t lock; /* of the client: one question at a time */
	struct conf conf;
	client *c; /* NULL: nobody has signed in */
	char name[NAME_MAX_LEN + 1];
	_Atomic(const char *) lang; /* the customer's whose turn it is; NULL: nobody's turn */
};

const char *counter_lang(const struct agent *a)
{
	const char *theirs = a->counter != NULL ? a->counter->lang : NULL;

	return theirs != NULL ? theirs : a->lang;
}

rp_code counter_start(struct agent *a, struct rp_error *err)
{
	struct counter *k = calloc(1, sizeof *k);
	rp_code rc;

	if (k == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a counter");
	(void)pthread_mutex_init(&k->lock, NULL);
	a->counter = k;
	rc = conf_read(a->config, &k->conf, err);
	if (rc == RP_OK && (k->conf.issuer_url[0] == '\0' || k->conf.terminal_cert[0] == '\0'))
		rc = rp_fail(
			err, RP_E_CONFIG,
			"a desk needs issuer-url, terminal-certificate-file and terminal-key-file in the "
			"configuration (see repin.conf(5))");
	return rc;
}

/* With the lock held. */
static void sign_out(struct counter *k)
{
	const struct rp_wait w = {.deadline_ms = clock_ms() + ASK_MS, .cancel_fd = -1};

	if (k->c == NULL)
		return;
	client_wait(k->c, &w);
	client_sign_out(k->c);
	client_free(k->c);
	k->c = NULL;
}

void counter_stop(struct agent *a)
{
	struct counter *k = a->counter;

	if (k == NULL)
		return;
	sign_out(k);
	conf_free(&k->conf);
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
	a->counter = NULL;
}

/* A refusal goes on as the issuer gave it; what is not one is ours to tell. */
static void answer(struct http_answer *ret, rp_code rc, json_t *j, const struct rp_error *err)
{
	if (rc == RP_OK)
		http_json(ret, 200, j);
	else if (rc == RP_E_ISSUER_REFUSED)
		http_problem(ret, err);
	else if (rc == RP_E_USAGE)
		answer_error(ret, 400, "usage", err->story);
	else
		answer_error(ret, 503, rc == RP_E_CONFIG ? "config" : "issuer-away", err->story);
}

static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* --- the session --- */

struct signing {
	char name[NAME_MAX_LEN + 1], totp[9];
	rp_secret *password;
};

/* With the lock held. */
static rp_code sign_in(struct counter *k, const struct signing *s, struct rp_error *err)
{
	const struct rp_wait w = {.deadline_ms = clock_ms() + ASK_MS, .cancel_fd = -1};
	const struct client_conf conf = {
		.url = k->conf.issuer_url,
		.console_url = or_null(k->conf.console_url),
		.ca_file = or_null(k->conf.issuer_ca),
		.cert_file = k->conf.terminal_cert,
		.key_file = k->conf.terminal_key,
	};
	client *c = NULL;
	rp_code rc = client_new(&conf, &c, err);

	if (rc != RP_OK)
		return rc;
	client_wait(c, &w);
	rc = client_sign_in(c, s->name, s->password, s->totp, err);
	if (rc != RP_OK) {
		client_free(c);
		return rc;
	}
	sign_out(k);
	k->c = c;
	(void)snprintf(k->name, sizeof k->name, "%s", s->name);
	return RP_OK;
}

void counter_sign_in(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	struct counter *k = a->counter;
	struct rp_error err = RP_ERROR_INIT;
	struct signing s = {0};
	char what[96] = "";
	json_t *root = json_parse(r->body, r->body_len, what);
	struct jin in;
	rp_code rc;

	if (root == NULL) {
		answer_error(ret, 400, "usage", what);
		return;
	}
	json_in(&in, root);
	jin_text(&in, "name", 1, NAME_MAX_LEN, s.name);
	jin_text(&in, "totp", 6, sizeof s.totp - 1, s.totp);
	jin_secret(&in, "password", 1, 256, &s.password);
	if (!jin_done(&in)) {
		answer_error(ret, 400, "usage", in.what);
	} else {
		(void)pthread_mutex_lock(&k->lock);
		rc = sign_in(k, &s, &err);
		(void)pthread_mutex_unlock(&k->lock);
		answer(ret, rc, rc == RP_OK ? json_pack("{s:s}", "name", s.name) : NULL, &err);
	}
	rp_secret_free(s.password);
	rp_wipe(s.totp, sizeof s.totp);
	json_decref(root);
}

void counter_sign_out(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	struct counter *k = a->counter;

	(void)r;
	(void)pthread_mutex_lock(&k->lock);
	sign_out(k);
	(void)pthread_mutex_unlock(&k->lock);
	/* What the last one was shown is nobody's. */
	k->lang = NULL;
	events_forget(&a->hub, EVENT_CUSTOMER);
	events_forget(&a->hub, EVENT_END);
	events_say_json(&a->hub, "customer", json_object());
	http_json(ret, 200, json_object());
}

void counter_who(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	struct counter *k = a->counter;
	json_t *j;

	(void)r;
	(void)pthread_mutex_lock(&k->lock);
	j = json_pack("{s:s}", "name", k->c != NULL ? k->name : "");
	(void)pthread_mutex_unlock(&k->lock);
	http_json(ret, 200, j);
}

/* --- what the clerk asks of the issuer --- */

static rp_code body_of(const struct http_request *r, rp_secret **ret, struct rp_error *err)
{
	const char *text = r->body_len > 0 ? r->body : "{}";
	const size_t len = r->body_len > 0 ? r->body_len : 2;
	rp_code rc;

	*ret = NULL;
	if (r->method == HTTP_GET)
		return RP_OK;
	rc = rp_secret_new(len + 1, ret, err);
	if (rc == RP_OK && !rp_secret_append(*ret, text, len))
		rc = rp_fail(err, RP_E_FAULT, "a request did not fit");
	return rc;
}

/* With the lock held. */
static rp_code pass(struct counter *k, const struct http_request *r, const rp_secret *body, json_t **ret,
		    struct rp_error *err)
{
	const struct rp_wait w = {.deadline_ms = clock_ms() + ASK_MS, .cancel_fd = -1};
	const char *key = r->idempotency_key[0] != '\0' ? r->idempotency_key : NULL;
	char path[256];
	rp_code rc;

	if (k->c == NULL)
		return rp_refuse(err, RP_PROBLEM_SIGN_IN, "nobody is signed in at this desk");
	(void)snprintf(path, sizeof path, "/v1%s", r->path + strlen("/api"));
	client_wait(k->c, &w);
	rc = client_pass(k->c, path, body, key, ret, err);
	/* The issuer has ended the session: whoever comes next signs in. */
	if (rc == RP_E_ISSUER_REFUSED && err->problem == RP_PROBLEM_SIGN_IN) {
		client_free(k->c);
		k->c = NULL;
	}
	return rc;
}

void counter_pass(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	struct counter *k = a->counter;
	struct rp_error err = RP_ERROR_INIT;
	rp_secret *body = NULL;
	json_t *j = NULL;
	rp_code rc = body_of(r, &body, &err);

	if (rc == RP_OK) {
		(void)pthread_mutex_lock(&k->lock);
		rc = pass(k, r, body, &j, &err);
		(void)pthread_mutex_unlock(&k->lock);
	}
	rp_secret_free(body);
	answer(ret, rc, j, &err);
}

/* --- the customer's window --- */

void counter_window(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	char secret[SECRET_TEXT + 1], url[160];

	(void)r;
	guard_secret(&a->guard, KEY_CUSTOMER, secret);
	(void)snprintf(url, sizeof url, "/customer#%s.%s", secret, a->lang);
	rp_wipe(secret, sizeof secret);
	http_json(ret, 200, json_pack("{s:s}", "url", url));
	rp_wipe(url, sizeof url);
}

struct turn {
	char slot[24], job[16], number[48], case_id[48], lang[8];
};

static void take_turn(struct jin *in, struct turn *t)
{
	static const char *const acts[] = {"reset", "change"};
	size_t act = 0;

	jin_text(in, "slot", 1, sizeof t->slot - 1, t->slot);
	jin_word(in, "job", acts, 2, &act);
	(void)snprintf(t->job, sizeof t->job, "%s", acts[act]);
	/* Of the application: with another card on the reader the customer is asked for nothing. */
	jin_text(in, "number", 1, sizeof t->number - 1, t->number);
	if (jin_has(in, "case"))
		jin_text(in, "case", 1, sizeof t->case_id - 1, t->case_id);
	jin_text(in, "lang", 2, sizeof t->lang - 1, t->lang);
	if (!in->failed && lang_of(t->lang) == NULL)
		jin_fail(in, "lang", "is none of ours");
}

/* An empty body: it is nobody's turn. */
void counter_customer(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	char what[96] = "";
	json_t *root = r->body_len == 0 ? json_object() : json_parse(r->body, r->body_len, what);
	struct turn t = {0};
	struct jin in;

	if (root == NULL) {
		answer_error(ret, 400, "usage", what);
		return;
	}
	json_in(&in, root);
	if (json_object_size(root) > 0)
		take_turn(&in, &t);
	if (!jin_done(&in)) {
		answer_error(ret, 400, "usage", in.what);
	} else if (job_runs(a)) {
		answer_error(ret, 409, "busy", "A job is under way at the card.");
	} else {
		a->counter->lang = lang_of(t.lang);
		/*
		 * The next turn begins without the end of the last one. That end stands while it is
		 * nobody's turn: the clerk's page says so as soon as it hears of the end, and the
		 * customer's window may not have read it yet.
		 */
		if (a->counter->lang != NULL)
			events_forget(&a->hub, EVENT_END);
		events_say_json(&a->hub, "customer", json_incref(root));
		watch_look(a, NULL, NULL);
		http_json(ret, 200, json_object());
	}
	json_decref(root);
}
