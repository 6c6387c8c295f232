/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of `repin-agent`, which serves the pages on loopback (docs/agent.md). It knows no card:
 * readers are watched through librepin, and whatever is done with a card is a process of `repin`.
 *
 *     guard.c    who may ask: the socket's owner, Host, Origin, the session's key
 *     events.c   what pages are told, as a stream
 *     run.c      one process of `repin`, with its secrets, steps and answer
 *     watch.c    readers and cards come and go -> events
 *     job.c      one card job at a time
 *     routes.c   the addresses
 *     control.c  a socket of our own user, for `repin-agent --open`
 *     practice.c virtual cards to practise on
 *     counter.c  a desk: the clerk's session with the issuer, the customer's window
 *
 * Threads: main (signals, idle end), http's own, watch, and one for each job that runs.
 */
#ifndef REPIN_AGENT_AGENT_H
#define REPIN_AGENT_AGENT_H

#include "http/files.h"
#include "http/http.h"
#include "repin/repin.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

struct agent;

enum agent_mode { AGENT_HOLDER, AGENT_KIOSK, AGENT_APP, AGENT_PRACTICE, AGENT_DESK, AGENT_MODES };

/* --- guard.c --- */

#define SECRET_TEXT 43 /* 32 random bytes in base64url */
#define SECRET_LIVES_MS 120000
#define GUARD_SECRETS 8
#define GUARD_KEYS 16

/* At a desk the clerk's page and the customer's open different addresses. */
enum key_kind { KEY_PAGE, KEY_CUSTOMER };

struct guard {
	pthread_mutex_t lock;
	char own[32]; /* "127.0.0.1:PORT" */
	uid_t users[2];
	size_t n_users;
	struct {
		uint8_t hash[32];
		int64_t until_ms; /* 0: free */
		enum key_kind kind;
	} secrets[GUARD_SECRETS];
	uint8_t keys[GUARD_KEYS][32]; /* SHA-256; the oldest goes when there are too many */
	enum key_kind kinds[GUARD_KEYS];
	size_t n_keys, next_key;
};

void guard_init(struct guard *g, uid_t also);
/* From now on this is what Host must say. */
void guard_port(struct guard *g, unsigned port);
/* Of http_conf; `arg` is the agent. */
bool guard_admits(void *arg, int fd);
bool guard_allows(void *arg, const struct http_request *r);
/* A start secret: serves once, within two minutes. */
void guard_secret(struct guard *g, enum key_kind kind, char ret[SECRET_TEXT + 1]);
/*
 * That this is the agent that gave the keys out, for a page whose stream broke: for each key the SHA-256
 * of its hash and the page's nonce. Whoever has taken the port meanwhile knows none of them. NULL: no memory.
 */
json_t *guard_proofs(struct guard *g, const uint8_t nonce[32]);
/* Trades it for a session's key of its kind; false: no such secret. */
RP_MUST_CHECK bool guard_trade(struct guard *g, const char *secret, char ret_key[SECRET_TEXT + 1]);

/* --- events.c --- */

#define EVENTS_KEPT 128

enum event_kind {
	EVENT_READERS,
	EVENT_CARD,
	EVENT_JOB,
	EVENT_END,
	EVENT_WORDS,
	EVENT_PANEL,
	EVENT_CUSTOMER,
	EVENT_KINDS
};

struct hub {
	pthread_mutex_t lock;
	char *ring[EVENTS_KEPT]; /* as they go over the wire */
	uint64_t next;		 /* the number of the one to come */
	char *last[EVENT_KINDS]; /* what a page that comes new is told first */
	unsigned pages;		 /* streams that are open */
	int64_t left_ms;	 /* when the last one went */
	http *h;
};

void hub_init(struct hub *e);
void hub_free(struct hub *e);
/* Tells every page; takes the text over (JSON on one line; NULL: nothing is told). */
void events_say(struct hub *e, const char *name, char *json);
void events_say_json(struct hub *e, const char *name, json_t *j);
/* What came of this kind is not told to pages that come new. */
void events_forget(struct hub *e, enum event_kind kind);
/* The stream of one page. Errors: RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code events_open(struct hub *e, struct http_stream *ret, struct rp_error *err);
/* How many pages are open; *ret_gone_ms since when none is. */
unsigned events_pages(struct hub *e, int64_t *ret_gone_ms);

/* --- run.c --- */

#define RUN_ARGS 40
#define RUN_ANSWER_MAX (1 << 20)

struct run {
	const char *args[RUN_ARGS]; /* after the program's name; each lives until the end */
	size_t n;
	const rp_secret *secrets; /* lines of --secrets-fd; NULL: none */
	bool answers;		  /* it is given lines while it runs (descriptor 5) */
	int answers_fd;		  /* where they go, under run.c's lock; -1: it does not run */
	void (*step)(void *arg, const char *line);
	void *arg;
	pid_t pid; /* while it runs, under run.c's lock; 0 else */
	bool cancelled;
	/* its end */
	int status;	/* its exit status; -1: it did not end by itself */
	json_t *answer; /* what it printed; NULL: none that can be read */
};

void run_arg(struct run *r, const char *arg);
/* Command and argument (NULL: none), behind which nothing is taken for an option. */
void run_command(struct run *r, const char *command, const char *arg);
/* --json, language, configuration, reader (NULL: none) and what the mode needs. */
void run_begin(struct run *r, const struct agent *a, const char *reader);
/* The same for a look at a card or a job on it, which the app on a phone has its key for. */
void run_begin_card(struct run *r, const struct agent *a, const char *reader);
/* Runs it to its end. Errors: RP_E_FAULT (it could not be started). */
RP_MUST_CHECK rp_code run_wait(struct run *r, const struct agent *a, struct rp_error *err);
/* Ends it as Ctrl-C would. From any thread. */
void run_cancel(struct run *r);
/* A line for a process that waits for one. From any thread. False: none is running that takes it. */
bool run_answer(struct run *r, const rp_secret *line);
void run_end(struct run *r);

/* --- watch.c --- */

struct watch {
	pthread_t thread;
	bool started;
	rp_ctx *ctx;
	pthread_mutex_t lock;
	atomic_bool stopping;
	char reader[128]; /* whose card is shown; "" = none */
};

RP_MUST_CHECK rp_code watch_start(struct agent *a, struct rp_error *err);
void watch_stop(struct agent *a);
/* Looks at the card again and tells it; reader NULL: the one that is shown. `ret` may be NULL. */
void watch_look(struct agent *a, const char *reader, json_t **ret);

/* --- job.c --- */

struct desk {
	pthread_mutex_t lock;
	pthread_t thread;
	bool joinable;
	bool busy;
	unsigned number;
	struct run run;
	rp_secret *secrets;
	char job[16], slot[24], reader[128], expect[160], note[48], case_id[48], cause[24];
	char card_reader[128],
		card_expect[160]; /* the card that a phone's certificates came from; "": none */
	bool insist, last_try, by_phone;
};

/* Begins a job that a page asked for. *ret: what the page is answered. */
void job_begin(struct agent *a, const struct http_request *r, struct http_answer *ret);
/* What the help desk said, for the job that waits for it. */
void job_answer(struct agent *a, const struct http_request *r, struct http_answer *ret);
void job_cancel(struct agent *a, const struct http_request *r, struct http_answer *ret);
bool job_runs(struct agent *a);
void job_stop(struct agent *a);

/* --- counter.c --- */

struct counter;

/* Errors: RP_E_CONFIG (the issuer's address or this desk's certificate is not configured). */
RP_MUST_CHECK rp_code counter_start(struct agent *a, struct rp_error *err);
void counter_stop(struct agent *a); /* signs out; may be called without a start */
void counter_sign_in(struct agent *a, const struct http_request *r, struct http_answer *ret);
void counter_sign_out(struct agent *a, const struct http_request *r, struct http_answer *ret);
/* Who is signed in; "": nobody. */
void counter_who(struct agent *a, const struct http_request *r, struct http_answer *ret);
/* "/api/operator/X" is the issuer's "/v1/operator/X". */
void counter_pass(struct agent *a, const struct http_request *r, struct http_answer *ret);
/* The address of a customer's window, which serves once. */
void counter_window(struct agent *a, const struct http_request *r, struct http_answer *ret);
/* What the program at the card speaks: the customer's language while it is a customer's turn. */
const char *counter_lang(const struct agent *a);
/* Whose turn it is: what the customer's window shows. */
void counter_customer(struct agent *a, const struct http_request *r, struct http_answer *ret);

/* --- routes.c --- */

/* The addresses: the pages and the API. *ret lives until the end. Errors: RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code routes_make(struct agent *a, struct http_route **ret, size_t *ret_n,
				  struct rp_error *err);
/* "en", "ja" or "zh_TW", static; NULL: no language of ours. */
const char *lang_of(const char *word);
/* {"error":{…}} in English words of ours, for what no `repin` has said. */
void answer_error(struct http_answer *ret, int status, const char *code, const char *message);

/* --- control.c --- */

/* The running agent of this user and mode opens a page: its start URL. False: none runs. */
RP_MUST_CHECK bool control_ask(enum agent_mode mode, char *ret_url, size_t cap);
/* Answers such questions, on a descriptor for main's poll; -1: there is no place for it. */
int control_listen(const struct agent *a);
void control_answer(struct agent *a, int fd);
void control_close(const struct agent *a, int fd);
/* Shows the page with the system's browser, or the one of `command`. */
RP_MUST_CHECK rp_code open_browser(const struct agent *a, const char *url, struct rp_error *err);

/* --- the program's state --- */

struct agent {
	enum agent_mode mode;
	_Atomic(const char *) lang;	    /* one of lang_of's */
	const char *config, *web, *browser; /* NULL: not given */
	const char *reader;		    /* the one that is watched; NULL: all */
	const char *device_key;		    /* mode app: the file of the phone's key; NULL: this is the web */
	char repin[512];		    /* the program that does the work */
	char cards[512];		    /* practice: where its cards are; "" = no practice */
	unsigned idle_s;
	struct guard guard;
	struct files files;
	struct hub hub;
	struct watch watch;
	struct desk desk;
	pthread_mutex_t card; /* one process of `repin` at the card at a time */
	struct practice *practice;
	struct counter *counter; /* desk alone */
	http *http;
	unsigned port;
	atomic_bool bye; /* a page said that it is closed, and none has come since */
};

const char *agent_mode_word(enum agent_mode mode);
void agent_url(struct agent *a, char *ret, size_t cap);

/* --- practice.c --- */

RP_MUST_CHECK rp_code practice_start(struct agent *a, struct rp_error *err);
void practice_stop(struct agent *a);
void practice_act(struct agent *a, const struct http_request *r, struct http_answer *ret);

#endif
