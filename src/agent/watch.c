/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that sees readers and cards come and go, and tells the pages. */
#include "agent/agent.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK_S "6"    /* the slowest cards take two */
#define AGAIN_MS 500  /* after the service has gone */
#define WAIT_MS 60000 /* of one wait: then all is looked at again */
#define READERS 16

static const char *state_word(enum rp_reader_state s)
{
	static const char *const words[] = {[RP_READER_EMPTY] = "empty",
					    [RP_READER_CARD] = "card",
					    [RP_READER_MUTE] = "mute",
					    [RP_READER_BUSY] = "busy"};

	return words[s];
}

static const char *service_word(rp_code rc)
{
	if (rc == RP_OK)
		return "ok";
	return rc == RP_E_NO_PERMISSION ? "no-permission" : "stopped";
}

static void say_readers(struct agent *a, rp_code rc, const struct rp_reader *r, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s,s:s}", "name", r[i].name, "state", state_word(r[i].state)));
	events_say_json(&a->hub, "readers",
			json_pack("{s:s,s:o}", "service", service_word(rc), "readers", list));
}

static bool same(const struct rp_reader *r, size_t n, const struct rp_reader *was, size_t n_was)
{
	if (n != n_was)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(r[i].name, was[i].name) != 0 || r[i].state != was[i].state ||
		    r[i].events != was[i].events)
			return false;
	return true;
}

static void set_reader(struct agent *a, const char *name)
{
	(void)pthread_mutex_lock(&a->watch.lock);
	(void)snprintf(a->watch.reader, sizeof a->watch.reader, "%s", name);
	(void)pthread_mutex_unlock(&a->watch.lock);
}

static void get_reader(struct agent *a, char ret[128])
{
	(void)pthread_mutex_lock(&a->watch.lock);
	(void)snprintf(ret, 128, "%s", a->watch.reader);
	(void)pthread_mutex_unlock(&a->watch.lock);
}

/* Whose card a look without a name has shown; "" where it was none. */
static const char *reader_of(const json_t *answer)
{
	const char *name = json_string_value(json_object_get(answer, "reader"));

	return name != NULL ? name : "";
}

static bool is_shown(struct agent *a, const char *name)
{
	char shown[128];

	get_reader(a, shown);
	return name[0] != '\0' && strcmp(shown, name) == 0;
}

static void say_gone(struct agent *a, const char *reader)
{
	/* Nothing of a card that has gone is told to a page that comes later. */
	events_forget(&a->hub, EVENT_CARD);
	if (!job_runs(a)) {
		events_forget(&a->hub, EVENT_JOB);
		events_forget(&a->hub, EVENT_END);
	}
	events_say_json(&a->hub, "gone", json_pack("{s:s}", "reader", reader));
	set_reader(a, "");
}

/* An error that says that there is no card. */
static bool is_none(const json_t *answer)
{
	static const char *const none[] = {"no-card", "no-reader", "no-pcscd", "no-permission"};
	const char *code = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));

	for (size_t i = 0; code != NULL && i < sizeof none / sizeof none[0]; i++)
		if (strcmp(code, none[i]) == 0)
			return true;
	return false;
}

/* The card was moved while it was looked at, as it is while it is put in: it is looked at once more. */
static bool is_passing(const json_t *answer)
{
	static const char *const codes[] = {"card-reset", "card-removed", "card-failed", "card-mute"};
	const char *code = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));

	for (size_t i = 0; code != NULL && i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

static void pause_ms(unsigned ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	(void)nanosleep(&t, NULL);
}

static json_t *look(struct agent *a, const char *reader)
{
	json_t *answer = NULL;
	struct run r;

	run_begin_card(&r, a, reader);
	/* A card that says nothing is told soon: it may lie upside down, and somebody stands before it. */
	run_arg(&r, "--timeout");
	run_arg(&r, LOOK_S);
	run_command(&r, "view", NULL);
	if (run_wait(&r, a, NULL) == RP_OK)
		answer = json_incref(r.answer);
	run_end(&r);
	return answer;
}

void watch_look(struct agent *a, const char *reader, json_t **ret)
{
	char name[128];
	bool gone = false;
	json_t *answer;

	get_reader(a, name);
	if (reader != NULL)
		(void)snprintf(name, sizeof name, "%s", reader);
	/* Nobody waits for the answer, and there is no card to look at. */
	if (name[0] == '\0' && ret == NULL)
		return;
	(void)pthread_mutex_lock(&a->card);
	answer = look(a, name);
	if (is_passing(answer)) {
		json_decref(answer);
		pause_ms(AGAIN_MS);
		answer = look(a, name);
	}
	if (answer != NULL) {
		if (ret != NULL)
			*ret = json_incref(answer);
		gone = is_none(answer);
		if (!gone) {
			set_reader(a, name[0] != '\0' ? name : reader_of(answer));
			events_say_json(&a->hub, "card", json_incref(answer));
		}
	}
	json_decref(answer);
	(void)pthread_mutex_unlock(&a->card);
	if (gone && is_shown(a, name))
		say_gone(a, name);
}

/* Has this reader's card been put in, or another one in its place? */
static bool came(const struct rp_reader *r, const struct rp_reader *was, size_t n_was)
{
	for (size_t i = 0; i < n_was; i++)
		if (strcmp(r->name, was[i].name) == 0)
			return was[i].state != r->state || was[i].events != r->events;
	return true;
}

static void tell(struct agent *a, const struct rp_reader *r, size_t n, const struct rp_reader *was,
		 size_t n_was)
{
	char shown[128];
	bool there = false;

	get_reader(a, shown);
	for (size_t i = 0; i < n; i++)
		there |= strcmp(r[i].name, shown) == 0 && r[i].state != RP_READER_EMPTY;
	if (shown[0] != '\0' && !there) {
		say_gone(a, shown);
		shown[0] = '\0';
	}
	/* A job looks at the card itself when it has ended. */
	if (job_runs(a))
		return;
	for (size_t i = 0; i < n; i++) {
		if (r[i].state == RP_READER_EMPTY || (shown[0] != '\0' && strcmp(shown, r[i].name) != 0))
			continue;
		if (shown[0] == '\0' || came(&r[i], was, n_was))
			watch_look(a, r[i].name, NULL);
		return;
	}
}

/* Of several readers the one that this agent is for. */
static size_t keep_own(const struct agent *a, struct rp_reader *r, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (a->reader == NULL || strcmp(r[i].name, a->reader) == 0)
			r[kept++] = r[i];
	return kept;
}

static void *watch_main(void *arg)
{
	struct agent *a = arg;
	static struct rp_reader now[READERS], was[READERS]; /* too large for the stack; one thread is here */
	size_t n = 0, n_was = SIZE_MAX;
	rp_code said = RP_E_FAULT, rc;

	while (!atomic_load(&a->watch.stopping)) {
		n = 0;
		rc = rp_readers(a->watch.ctx, now, READERS, &n, NULL);
		n = keep_own(a, now, n);
		if (rc != said || n_was == SIZE_MAX || !same(now, n, was, n_was)) {
			said = rc;
			say_readers(a, rc, now, n);
			tell(a, now, n, was, n_was == SIZE_MAX ? 0 : n_was);
		}
		memcpy(was, now, sizeof was); /* checked: the same size */
		n_was = n;
		if (rc != RP_OK)
			pause_ms(AGAIN_MS);
		else if (rp_readers_wait(a->watch.ctx, NULL) == RP_E_NO_SERVICE)
			pause_ms(AGAIN_MS);
	}
	return NULL;
}

rp_code watch_start(struct agent *a, struct rp_error *err)
{
	rp_code rc = rp_ctx_new(&a->watch.ctx, err);

	(void)pthread_mutex_init(&a->watch.lock, NULL);
	if (rc != RP_OK)
		return rc;
	rp_ctx_timeout(a->watch.ctx, WAIT_MS);
	if (pthread_create(&a->watch.thread, NULL, watch_main, a) != 0)
		return rp_fail(err, RP_E_FAULT, "no thread for the readers");
	a->watch.started = true;
	return RP_OK;
}

void watch_stop(struct agent *a)
{
	if (!a->watch.started)
		return;
	atomic_store(&a->watch.stopping, true);
	rp_cancel(a->watch.ctx);
	(void)pthread_join(a->watch.thread, NULL);
	rp_ctx_free(a->watch.ctx);
	a->watch.started = false;
}
