/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One card job at a time: what a page asked for becomes a command line and lines of --secrets-fd,
 * and what the process says becomes events. The number and the tries that the page showed go along
 * (--expect): with another card, or with other tries, nothing is sent.
 */
#include "agent/agent.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

#define SECRETS_ROOM 2048
#define SECRET_LEN_MAX 256
#define RESPONSE_MAX 63 /* of a line of --response-fd */

static const char *const jobs[] = {"change", "unlock", "reserve", "reset", "resolve", "device"};
static const char *const secret_names[] = {"current",	     "new",   "other",	   "letter",  "puk",
					   "resetting-code", "admin", "user-code", "response"};

/* --- what a page asks for --- */

static bool add_line(rp_secret *to, const char *name, const rp_secret *value)
{
	return rp_secret_append(to, name, strlen(name)) && rp_secret_push(to, '=') &&
	       rp_secret_append(to, rp_secret_bytes(value), rp_secret_len(value)) && rp_secret_push(to, '\n');
}

/* Each goes from the body into guarded memory, and is wiped there; a line's end in one was refused by jin. */
static rp_code take_secrets(struct jin *in, rp_secret **ret, struct rp_error *err)
{
	rp_code rc = rp_secret_new(SECRETS_ROOM, ret, err);

	for (size_t i = 0; rc == RP_OK && i < sizeof secret_names / sizeof secret_names[0]; i++) {
		rp_secret *one = NULL;

		if (!jin_has(in, secret_names[i]))
			continue;
		jin_secret(in, secret_names[i], 0, SECRET_LEN_MAX, &one);
		if (one != NULL && !add_line(*ret, secret_names[i], one))
			rc = rp_fail(err, RP_E_INPUT_LENGTH, "the entries are too long");
		rp_secret_free(one);
	}
	return rc;
}

static void take_text(struct jin *in, const char *name, size_t cap, char *ret)
{
	ret[0] = '\0';
	if (jin_has(in, name))
		jin_text(in, name, 0, cap - 1, ret);
}

static void take_flag(struct jin *in, const char *name, bool *ret)
{
	*ret = false;
	if (jin_has(in, name))
		jin_bool(in, name, ret);
}

static rp_code take(struct desk *d, const struct agent *a, struct jin *in, struct rp_error *err)
{
	size_t which = 0;
	rp_code rc;

	jin_word(in, "job", jobs, sizeof jobs / sizeof jobs[0], &which);
	/* Whoever stands at a kiosk has come to finish a reservation, and the machine is nobody's. */
	if (a->mode == AGENT_KIOSK && strcmp(jobs[which], "reset") != 0)
		jin_fail(in, "job", "is none of a kiosk's");
	if (a->device_key == NULL && strcmp(jobs[which], "device") == 0)
		jin_fail(in, "job", "is the app's on a phone");
	(void)snprintf(d->job, sizeof d->job, "%s", jobs[which]);
	jin_text(in, "slot", 1, sizeof d->slot - 1, d->slot);
	jin_text(in, "reader", 1, sizeof d->reader - 1, d->reader);
	jin_text(in, "expect", 1, sizeof d->expect - 1, d->expect);
	take_text(in, "note", sizeof d->note, d->note);
	take_text(in, "case", sizeof d->case_id, d->case_id);
	take_text(in, "cause", sizeof d->cause, d->cause);
	if (d->cause[0] != '\0' && strcmp(d->job, "reserve") != 0 && strcmp(d->job, "reset") != 0)
		jin_fail(in, "cause", "goes with reserve and reset");
	take_text(in, "card_reader", sizeof d->card_reader, d->card_reader);
	take_text(in, "card_expect", sizeof d->card_expect, d->card_expect);
	if ((d->card_reader[0] == '\0') != (d->card_expect[0] == '\0'))
		jin_fail(in, "card_expect", "goes with card_reader");
	take_flag(in, "insist", &d->insist);
	take_flag(in, "last_try", &d->last_try);
	take_flag(in, "by_phone", &d->by_phone);
	if (d->by_phone && strcmp(d->job, "unlock") != 0)
		jin_fail(in, "by_phone", "goes with unlock alone");
	rc = take_secrets(in, &d->secrets, err);
	if (rc != RP_OK)
		return rc;
	return jin_done(in) ? RP_OK : rp_fail(err, RP_E_USAGE, "%s", in->what);
}

/* --- its life --- */

static void forget(struct desk *d)
{
	rp_secret_freep(&d->secrets);
	run_end(&d->run);
}

static void arguments(struct agent *a, struct desk *d)
{
	const bool resolves = strcmp(d->job, "resolve") == 0, registers = strcmp(d->job, "device") == 0;

	if (resolves)
		run_begin(&d->run, a, d->reader);
	else
		run_begin_card(&d->run, a, d->reader);
	/* A note knows its card. */
	if (!resolves) {
		run_arg(&d->run, "--expect");
		run_arg(&d->run, d->expect);
	}
	run_arg(&d->run, "--secrets-fd");
	run_arg(&d->run, "3");
	run_arg(&d->run, "--steps-fd");
	run_arg(&d->run, "4");
	if (!d->insist && !resolves && !registers && strcmp(d->job, "reserve") != 0)
		run_arg(&d->run, "--refuse-weak");
	if (d->last_try)
		run_arg(&d->run, "--last-try");
	if (d->by_phone) {
		run_arg(&d->run, "--by-phone");
		run_arg(&d->run, "--response-fd");
		run_arg(&d->run, "5");
		d->run.answers = true;
	}
	if (d->case_id[0] != '\0') {
		run_arg(&d->run, "--case");
		run_arg(&d->run, d->case_id);
	}
	/* The words are the command's to judge: a wrong one is refused before anything is sent. */
	if (d->cause[0] != '\0') {
		run_arg(&d->run, "--cause");
		run_arg(&d->run, d->cause);
	}
	if (d->card_reader[0] != '\0') {
		run_arg(&d->run, "--card-reader");
		run_arg(&d->run, d->card_reader);
		run_arg(&d->run, "--card-expect");
		run_arg(&d->run, d->card_expect);
	}
	run_command(&d->run, d->job, registers ? NULL : d->slot);
}

struct telling {
	struct agent *a;
	unsigned number;
};

/* "set The new PIN is being set." */
static void say_step(void *arg, const char *line)
{
	const struct telling *t = arg;
	const char *blank = strchr(line, ' ');
	char word[24];

	(void)snprintf(word, sizeof word, "%.*s", (int)strcspn(line, " "), line);
	events_say_json(&t->a->hub, "job",
			json_pack("{s:i,s:s,s:s}", "job", (int)t->number, "step", word, "text",
				  blank != NULL ? blank + 1 : ""));
}

static json_t *end_json(const struct desk *d)
{
	json_t *j = d->run.answer != NULL ? json_incref(d->run.answer) : json_object();

	if (d->run.answer == NULL)
		(void)json_object_set_new(j, "error",
					  json_pack("{s:s,s:n,s:s,s:s}", "code", "fault", "tries_spent",
						    "message",
						    "The program at the card ended without an answer.",
						    "next", "Take the card out, put it in again and look."));
	(void)json_object_set_new(j, "job", json_integer(d->number));
	(void)json_object_set_new(j, "ok", json_boolean(d->run.answer != NULL && d->run.status == 0));
	(void)json_object_set_new(j, "status", json_integer(d->run.status));
	(void)json_object_set_new(j, "did", json_string(d->job));
	(void)json_object_set_new(j, "slot", json_string(d->slot));
	return j;
}

static void *job_main(void *arg)
{
	struct agent *a = arg;
	struct desk *d = &a->desk;
	struct telling t = {.a = a, .number = d->number};
	struct rp_error err;
	char reader[sizeof d->reader];
	json_t *told;

	(void)snprintf(reader, sizeof reader, "%s", d->reader);
	d->run.step = say_step;
	d->run.arg = &t;
	d->run.secrets = d->secrets;
	(void)pthread_mutex_lock(&a->card);
	if (run_wait(&d->run, a, &err) != RP_OK)
		log_event(LOG_LVL_ERR, "job.run", "story=\"%s\"", err.story);
	(void)pthread_mutex_unlock(&a->card);
	log_event(LOG_LVL_INFO, "job.end", "number=%u job=%s slot=%s status=%d", d->number, d->job, d->slot,
		  d->run.status);
	told = end_json(d);
	/* Whoever hears the end may begin the next one. */
	(void)pthread_mutex_lock(&d->lock);
	forget(d);
	d->busy = false;
	events_forget(&a->hub, EVENT_JOB);
	events_say_json(&a->hub, "end", told);
	(void)pthread_mutex_unlock(&d->lock);
	/* How the card is now; there may be none. */
	watch_look(a, reader, NULL);
	return NULL;
}

bool job_runs(struct agent *a)
{
	bool busy;

	(void)pthread_mutex_lock(&a->desk.lock);
	busy = a->desk.busy;
	(void)pthread_mutex_unlock(&a->desk.lock);
	return busy;
}

/* With the lock held, and the desk taken. */
static rp_code begin(struct agent *a, struct jin *in, struct rp_error *err)
{
	struct desk *d = &a->desk;
	rp_code rc = take(d, a, in, err);

	if (rc != RP_OK) {
		rp_secret_freep(&d->secrets);
		return rc;
	}
	arguments(a, d);
	d->number++;
	events_forget(&a->hub, EVENT_END);
	if (pthread_create(&d->thread, NULL, job_main, a) != 0) {
		forget(d);
		return rp_fail(err, RP_E_FAULT, "no thread for a job");
	}
	d->joinable = true;
	return RP_OK;
}

/*
 * Takes the desk for a job; false: one is under way. The thread of the last one may still look at
 * the card.
 */
static bool take_desk(struct desk *d)
{
	pthread_t last;
	bool joinable;

	(void)pthread_mutex_lock(&d->lock);
	if (d->busy) {
		(void)pthread_mutex_unlock(&d->lock);
		return false;
	}
	d->busy = true;
	joinable = d->joinable;
	last = d->thread;
	d->joinable = false;
	(void)pthread_mutex_unlock(&d->lock);
	if (joinable)
		(void)pthread_join(last, NULL);
	return true;
}

void job_begin(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	struct desk *d = &a->desk;
	struct rp_error err;
	char what[96] = "";
	json_t *root = json_parse(r->body, r->body_len, what);
	struct jin in;
	rp_code rc;

	if (root == NULL) {
		answer_error(ret, 400, "usage", what);
		return;
	}
	json_in(&in, root);
	if (!take_desk(d)) {
		answer_error(ret, 409, "busy", "Another job is under way at the card.");
	} else {
		(void)pthread_mutex_lock(&d->lock);
		rc = begin(a, &in, &err);
		d->busy = rc == RP_OK;
		if (rc == RP_OK)
			http_json(ret, 202, json_pack("{s:i}", "job", (int)d->number));
		(void)pthread_mutex_unlock(&d->lock);
		if (rc != RP_OK)
			answer_error(ret, rc == RP_E_FAULT ? 500 : 400, "usage", err.story);
	}
	json_decref(root);
}

/* With the lock held. */
static bool give_answer(struct agent *a, int64_t number, const rp_secret *response)
{
	RP_AUTO(rp_secret_freep) rp_secret *line = NULL;
	struct rp_error err;

	return a->desk.busy && number == (int64_t)a->desk.number &&
	       rp_secret_new(RESPONSE_MAX + 1, &line, &err) == RP_OK &&
	       rp_secret_append(line, rp_secret_bytes(response), rp_secret_len(response)) &&
	       rp_secret_push(line, '\n') && run_answer(&a->desk.run, line);
}

void job_answer(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	RP_AUTO(rp_secret_freep) rp_secret *response = NULL;
	char what[96] = "";
	json_t *root = json_parse(r->body, r->body_len, what);
	int64_t number = 0;
	struct jin in;
	bool taken = false;

	if (root == NULL) {
		answer_error(ret, 400, "usage", what);
		return;
	}
	json_in(&in, root);
	jin_int(&in, "job", 1, INT32_MAX, &number);
	jin_secret(&in, "response", 1, RESPONSE_MAX, &response);
	if (jin_done(&in) && response != NULL) {
		(void)pthread_mutex_lock(&a->desk.lock);
		taken = give_answer(a, number, response);
		(void)pthread_mutex_unlock(&a->desk.lock);
		if (taken)
			http_json(ret, 200, json_object());
		else
			answer_error(ret, 409, "job", "This job waits for no answer.");
	} else {
		answer_error(ret, 400, "usage", in.what);
	}
	json_decref(root);
}

/* Of another job than the one that runs, the end was told already. */
void job_cancel(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	char what[96] = "";
	json_t *root = r->body_len == 0 ? json_object() : json_parse(r->body, r->body_len, what);
	int64_t number = 0;
	struct jin in;

	if (root == NULL) {
		answer_error(ret, 400, "usage", what);
		return;
	}
	json_in(&in, root);
	if (jin_has(&in, "job"))
		jin_int(&in, "job", 1, INT32_MAX, &number);
	if (jin_done(&in)) {
		(void)pthread_mutex_lock(&a->desk.lock);
		if (a->desk.busy && (number == 0 || number == (int64_t)a->desk.number))
			run_cancel(&a->desk.run);
		(void)pthread_mutex_unlock(&a->desk.lock);
		http_json(ret, 200, json_object());
	} else {
		answer_error(ret, 400, "usage", in.what);
	}
	json_decref(root);
}

void job_stop(struct agent *a)
{
	pthread_t thread;
	bool joinable;

	(void)pthread_mutex_lock(&a->desk.lock);
	joinable = a->desk.joinable;
	thread = a->desk.thread;
	a->desk.joinable = false;
	(void)pthread_mutex_unlock(&a->desk.lock);
	/* A job that has begun ends as it would: the card is in the middle of something. */
	if (joinable)
		(void)pthread_join(thread, NULL);
}
