/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses: the pages' files, and the API of docs/agent.md. */
#include "agent/agent.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX 8192
#define LIST_MAX 8
#define WORD_MAX 24

void answer_error(struct http_answer *ret, int status, const char *code, const char *message)
{
	http_json(ret, status,
		  json_pack("{s:{s:s,s:i,s:s,s:n}}", "error", "code", code, "tries_spent", 0, "message",
			    message, "next"));
}

/* --- the session --- */

static const char *const langs[] = {"en", "ja", "zh_TW"};

const char *lang_of(const char *word)
{
	for (size_t i = 0; i < sizeof langs / sizeof langs[0]; i++)
		if (strcmp(langs[i], word) == 0)
			return langs[i];
	return NULL;
}

/* NULL: none of ours. */
static const char *take_lang(struct jin *in)
{
	size_t which = 0;

	jin_word(in, "lang", langs, sizeof langs / sizeof langs[0], &which);
	return in->failed ? NULL : langs[which];
}

/* What was said of the card so far was said in another language. */
static void say_again(struct agent *a)
{
	if (!job_runs(a))
		watch_look(a, NULL, NULL);
}

static void post_start(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;
	char what[96] = "", secret[64] = "", key[SECRET_TEXT + 1];
	const char *was = a->lang, *lang;
	json_t *root = json_parse(r->body, r->body_len, what);
	struct jin in;

	if (root == NULL) {
		answer_error(ret, 400, "usage", what);
		return;
	}
	json_in(&in, root);
	jin_text(&in, "secret", SECRET_TEXT, SECRET_TEXT, secret);
	lang = take_lang(&in);
	if (!jin_done(&in)) {
		answer_error(ret, 400, "usage", in.what);
	} else if (!guard_trade(&a->guard, secret, key)) {
		log_event(LOG_LVL_WARN, "agent.start", "refused=1");
		answer_error(ret, 403, "start", "This page was opened with an address that has been used.");
	} else {
		a->lang = lang;
		http_json(ret, 200,
			  json_pack("{s:s,s:s,s:b,s:s,s:s}", "key", key, "mode", agent_mode_word(a->mode),
				    "phone", (int)(a->device_key != NULL), "version", rp_version(), "lang",
				    lang));
		rp_wipe(key, sizeof key);
		if (was != lang)
			say_again(a);
	}
	rp_wipe(secret, sizeof secret);
	json_decref(root);
}

static void post_proof(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;
	char what[96] = "";
	json_t *root = json_parse(r->body, r->body_len, what);
	uint8_t nonce[32] = {0};
	struct jin in;

	if (root == NULL) {
		answer_error(ret, 400, "usage", what);
		return;
	}
	json_in(&in, root);
	jin_hex(&in, "nonce", nonce, sizeof nonce);
	if (!jin_done(&in))
		answer_error(ret, 400, "usage", in.what);
	else
		http_json(ret, 200, json_pack("{s:o}", "proofs", guard_proofs(&a->guard, nonce)));
	json_decref(root);
}

static json_t *body_of(const struct http_request *r, struct http_answer *ret)
{
	char what[96] = "";
	json_t *root = r->body_len == 0 ? json_object() : json_parse(r->body, r->body_len, what);

	if (root == NULL)
		answer_error(ret, 400, "usage", what);
	return root;
}

static void post_lang(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;
	json_t *root = body_of(r, ret);
	const char *lang;
	struct jin in;

	if (root == NULL)
		return;
	json_in(&in, root);
	lang = take_lang(&in);
	if (!jin_done(&in)) {
		answer_error(ret, 400, "usage", in.what);
	} else {
		a->lang = lang;
		http_json(ret, 200, json_pack("{s:s}", "lang", lang));
		events_say_json(&a->hub, "words", json_pack("{s:s}", "lang", lang));
		say_again(a);
	}
	json_decref(root);
}

static void get_events(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;
	struct rp_error err;

	(void)r;
	if (events_open(&a->hub, &ret->stream, &err) != RP_OK) {
		answer_error(ret, 500, "fault", err.story);
		return;
	}
	/* Whoever said that it is closed was another one, or was loaded again. */
	atomic_store(&a->bye, false);
	ret->status = 200;
	ret->type = "text/event-stream";
}

static void post_bye(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;

	(void)r;
	atomic_store(&a->bye, true);
	/* That a stream is closed is noticed when something is written to it. */
	events_say(&a->hub, "ping", strdup("{}"));
	http_json(ret, 200, json_object());
}

/* --- what a process of `repin` answers at once --- */

/* An answer that is a list goes out under `name`. */
static void pass_on(struct run *r, const struct agent *a, const char *name, struct http_answer *ret)
{
	if (run_wait(r, a, NULL) != RP_OK || r->answer == NULL)
		answer_error(ret, 500, "fault", "The program at the card could not be asked.");
	else if (json_is_array(r->answer))
		http_json(ret, 200, json_pack("{s:O}", name, r->answer));
	else
		http_json(ret, 200, json_incref(r->answer));
	run_end(r);
}

static void simple(struct agent *a, const char *command, const char *option, const char *name,
		   struct http_answer *ret)
{
	struct run r;

	run_begin(&r, a, NULL);
	run_arg(&r, command);
	if (option != NULL)
		run_arg(&r, option);
	pass_on(&r, a, name, ret);
}

static void post_look(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;
	json_t *root = body_of(r, ret), *card = NULL;
	char reader[128] = "";
	struct jin in;

	if (root == NULL)
		return;
	json_in(&in, root);
	if (jin_has(&in, "reader"))
		jin_text(&in, "reader", 1, sizeof reader - 1, reader);
	if (!jin_done(&in))
		answer_error(ret, 400, "usage", in.what);
	else if (job_runs(a))
		answer_error(ret, 409, "busy", "A job is under way at the card.");
	else {
		watch_look(a, reader[0] != '\0' ? reader : NULL, &card);
		if (card != NULL)
			http_json(ret, 200, card);
		else
			answer_error(ret, 500, "fault", "The program at the card could not be asked.");
	}
	json_decref(root);
}

/* A list of words, as an option takes it. */
static void join_words(struct jin *in, const char *name, char *ret, size_t cap)
{
	const json_t *list;
	size_t i;
	json_t *one;

	ret[0] = '\0';
	if (!jin_has(in, name))
		return;
	list = jin_array(in, name, LIST_MAX);
	json_array_foreach(list, i, one)
	{
		const char *word = json_string_value(one);

		if (word == NULL || strlen(word) > WORD_MAX ||
		    strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(word)) {
			jin_fail(in, name, "is no list of words");
			return;
		}
		(void)snprintf(ret + strlen(ret), cap - strlen(ret), "%s%s", ret[0] != '\0' ? "," : "", word);
	}
}

struct doors_asked {
	char slot[WORD_MAX + 1], know[256], not_sure[256], have[256], as[WORD_MAX + 1], birth[16],
		door[WORD_MAX + 1], reader[128];
	bool ward;
};

static void take_doors(struct jin *in, struct doors_asked *q)
{
	jin_text(in, "slot", 1, sizeof q->slot - 1, q->slot);
	join_words(in, "know", q->know, sizeof q->know);
	join_words(in, "not_sure", q->not_sure, sizeof q->not_sure);
	join_words(in, "have", q->have, sizeof q->have);
	if (jin_has(in, "as"))
		jin_text(in, "as", 1, sizeof q->as - 1, q->as);
	if (jin_has(in, "birth"))
		jin_text(in, "birth", 1, sizeof q->birth - 1, q->birth);
	if (jin_has(in, "door"))
		jin_text(in, "door", 1, sizeof q->door - 1, q->door);
	if (jin_has(in, "reader"))
		jin_text(in, "reader", 1, sizeof q->reader - 1, q->reader);
	if (jin_has(in, "ward"))
		jin_bool(in, "ward", &q->ward);
}

static void option(struct run *r, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	run_arg(r, name);
	run_arg(r, value);
}

static void post_doors(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;
	json_t *root = body_of(r, ret);
	struct doors_asked q = {0};
	struct jin in;
	struct run run;

	if (root == NULL)
		return;
	json_in(&in, root);
	take_doors(&in, &q);
	if (!jin_done(&in)) {
		answer_error(ret, 400, "usage", in.what);
	} else {
		run_begin(&run, a, q.reader);
		option(&run, "--know", q.know);
		option(&run, "--not-sure", q.not_sure);
		option(&run, "--have", q.have);
		option(&run, "--as", q.as);
		option(&run, "--birth", q.birth);
		option(&run, "--door", q.door);
		if (q.ward)
			run_arg(&run, "--ward");
		run_command(&run, "doors", q.slot);
		(void)pthread_mutex_lock(&a->card);
		pass_on(&run, a, "doors", ret);
		(void)pthread_mutex_unlock(&a->card);
	}
	json_decref(root);
}

static void post_ledger(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;
	(void)r;
	simple(a, "ledger", "--all", "ledger", ret);
}

static void post_wipe(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;
	struct run run;

	(void)r;
	run_begin(&run, a, NULL);
	run_arg(&run, "ledger");
	run_arg(&run, "--wipe");
	run_arg(&run, "--all");
	run_arg(&run, "--yes");
	pass_on(&run, a, "ledger", ret);
}

static void post_doctor(void *arg, const struct http_request *r, struct http_answer *ret)
{
	(void)r;
	simple(arg, "doctor", NULL, "checks", ret);
}

static void post_jobs(void *arg, const struct http_request *r, struct http_answer *ret)
{
	job_begin(arg, r, ret);
}

static void post_cancel(void *arg, const struct http_request *r, struct http_answer *ret)
{
	job_cancel(arg, r, ret);
}

static void post_answer(void *arg, const struct http_request *r, struct http_answer *ret)
{
	job_answer(arg, r, ret);
}

static void post_practice(void *arg, const struct http_request *r, struct http_answer *ret)
{
	practice_act(arg, r, ret);
}

/* --- a desk --- */

static void post_sign_in(void *arg, const struct http_request *r, struct http_answer *ret)
{
	counter_sign_in(arg, r, ret);
}

static void post_sign_out(void *arg, const struct http_request *r, struct http_answer *ret)
{
	counter_sign_out(arg, r, ret);
}

static void get_who(void *arg, const struct http_request *r, struct http_answer *ret)
{
	counter_who(arg, r, ret);
}

static void post_window(void *arg, const struct http_request *r, struct http_answer *ret)
{
	counter_window(arg, r, ret);
}

static void post_customer(void *arg, const struct http_request *r, struct http_answer *ret)
{
	counter_customer(arg, r, ret);
}

static void any_operator(void *arg, const struct http_request *r, struct http_answer *ret)
{
	counter_pass(arg, r, ret);
}

/* --- the table --- */

static const char *start_page(enum agent_mode mode)
{
	return mode == AGENT_KIOSK  ? "/kiosk.html"
	       : mode == AGENT_APP  ? "/phone.html"
	       : mode == AGENT_DESK ? "/desk.html"
				    : "/index.html";
}

static void get_file(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct agent *a = arg;
	const char *path = r->path;

	if (strcmp(path, "/") == 0)
		path = start_page(a->mode);
	else if (strcmp(path, "/customer") == 0)
		path = "/customer.html";
	else if (strcmp(path, "/kiosk") == 0)
		path = "/kiosk.html";
	files_answer(&a->files, path, ret);
}

/* `modes`: of them, which has the address. */
#define IN(mode) (1u << (mode))
#define EVERYWHERE (IN(AGENT_MODES) - 1u)
#define PERSONAL (IN(AGENT_HOLDER) | IN(AGENT_APP) | IN(AGENT_PRACTICE))

static const struct {
	struct http_route route;
	unsigned modes;
} api[] = {
	{{HTTP_POST, "/api/start", false, 512, post_start}, EVERYWHERE},
	{{HTTP_POST, "/api/proof", false, 128, post_proof}, EVERYWHERE},
	{{HTTP_POST, "/api/lang", false, 64, post_lang}, EVERYWHERE},
	{{HTTP_GET, "/api/events", false, 0, get_events}, EVERYWHERE},
	{{HTTP_POST, "/api/look", false, 512, post_look}, EVERYWHERE},
	{{HTTP_POST, "/api/doors", false, 2048, post_doors}, EVERYWHERE},
	{{HTTP_POST, "/api/jobs", false, BODY_MAX, post_jobs}, EVERYWHERE},
	{{HTTP_POST, "/api/jobs/answer", false, 256, post_answer}, PERSONAL},
	{{HTTP_POST, "/api/jobs/cancel", false, 64, post_cancel}, EVERYWHERE},
	{{HTTP_POST, "/api/ledger", false, 64, post_ledger}, PERSONAL},
	{{HTTP_POST, "/api/ledger/wipe", false, 64, post_wipe}, PERSONAL},
	{{HTTP_POST, "/api/doctor", false, 64, post_doctor}, EVERYWHERE},
	{{HTTP_POST, "/api/bye", false, 64, post_bye}, EVERYWHERE},
	{{HTTP_POST, "/api/practice", false, 512, post_practice}, IN(AGENT_PRACTICE)},
	{{HTTP_POST, "/api/counter/sign-in", false, 1024, post_sign_in}, IN(AGENT_DESK)},
	{{HTTP_GET, "/api/counter/who", false, 0, get_who}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/counter/sign-out", false, 64, post_sign_out}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/counter/window", false, 64, post_window}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/counter/customer", false, 512, post_customer}, IN(AGENT_DESK)},
	{{HTTP_GET, "/api/operator/lists/*", false, 0, any_operator}, IN(AGENT_DESK)},
	{{HTTP_GET, "/api/operator/visits", false, 0, any_operator}, IN(AGENT_DESK)},
	{{HTTP_GET, "/api/operator/visits/days/*", false, 0, any_operator}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/operator/visits", false, BODY_MAX, any_operator}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/operator/visits/*/events", false, BODY_MAX, any_operator}, IN(AGENT_DESK)},
	{{HTTP_GET, "/api/operator/applications", false, 0, any_operator}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/operator/applications", false, BODY_MAX, any_operator}, IN(AGENT_DESK)},
	{{HTTP_GET, "/api/operator/applications/*", false, 0, any_operator}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/operator/applications/*/sheet", false, BODY_MAX, any_operator}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/operator/applications/*/decision", false, BODY_MAX, any_operator}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/operator/applications/*/agreement", false, BODY_MAX, any_operator},
	 IN(AGENT_DESK)},
	{{HTTP_POST, "/api/operator/applications/*/letter", false, BODY_MAX, any_operator}, IN(AGENT_DESK)},
	{{HTTP_POST, "/api/operator/applications/*/answer", false, BODY_MAX, any_operator}, IN(AGENT_DESK)},
};

rp_code routes_make(struct agent *a, struct http_route **ret, size_t *ret_n, struct rp_error *err)
{
	const size_t most = sizeof api / sizeof api[0] + a->files.n + 3;
	struct http_route *all = calloc(most, sizeof *all);
	size_t n = 0;

	if (all == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for addresses");
	for (size_t i = 0; i < sizeof api / sizeof api[0]; i++)
		if ((api[i].modes & IN(a->mode)) != 0)
			all[n++] = api[i].route;
	all[n++] = (struct http_route){HTTP_GET, "/", false, 0, get_file};
	if (a->mode == AGENT_DESK)
		all[n++] = (struct http_route){HTTP_GET, "/customer", false, 0, get_file};
	if (a->mode != AGENT_HOLDER && a->mode != AGENT_APP)
		all[n++] = (struct http_route){HTTP_GET, "/kiosk", false, 0, get_file};
	for (size_t i = 0; i < a->files.n; i++)
		all[n++] = (struct http_route){HTTP_GET, a->files.f[i].path, false, 0, get_file};
	*ret = all;
	*ret_n = n;
	return RP_OK;
}
