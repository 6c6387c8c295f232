/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 10: a card, a reader or a service that hangs does not hang us. Every call into the service
 * that a look or a job makes stays away once: the caller has its answer in time or, when it
 * cancels, at once, lets go of all it has, and nothing more is sent when the call comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/service.h"
#include "support/vreader.h"
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define SHORT_MS 120  /* a wait that is meant to end */
#define LONG_MS 20000 /* one that is not */
#define PATIENCE_MS 5000
#define PROMPT_MS 1500 /* what "at once" may take on a machine that is busy */
#define ALL (RP_READ_PINS | RP_READ_CARD | RP_READ_HIDDEN | RP_READ_FOR_JOB)
#define MANY 200

/* --- allocations that fail (linked with --wrap) --- */

static atomic_uint fail_in; /* the n-th from now on fails; 0 = none */
static atomic_bool failed;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
char *__real_strdup(const char *s);
int __real_pipe2(int fds[2], int flags);
int __real_eventfd(unsigned n, int flags);
int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
char *__wrap_strdup(const char *s);
int __wrap_pipe2(int fds[2], int flags);
int __wrap_eventfd(unsigned n, int flags);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg);

static bool fails(void)
{
	unsigned n = service_inside() ? 0 : atomic_load(&fail_in);

	while (n > 0 && !atomic_compare_exchange_weak(&fail_in, &n, n - 1))
		continue;
	if (n == 1)
		atomic_store(&failed, true);
	return n == 1;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

int __wrap_pipe2(int fds[2], int flags)
{
	errno = EMFILE;
	return fails() ? -1 : __real_pipe2(fds, flags);
}

int __wrap_eventfd(unsigned n, int flags)
{
	errno = EMFILE;
	return fails() ? -1 : __real_eventfd(n, flags);
}

int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg)
{
	return fails() ? EAGAIN : __real_pthread_create(t, a, run, arg);
}

/* --- what can be done with a card --- */

struct scene {
	struct vcard *card;
	rp_ctx *ctx;
	rp_card *open;
	struct rp_card_facts facts;
	struct rp_error err;
};

typedef rp_code deed(struct scene *s);

static rp_code look_once(struct scene *s)
{
	return rp_card_look(s->ctx, NULL, ALL | RP_READ_ONCE, &s->open, &s->facts, &s->err);
}

static rp_code look_at_reader(struct scene *s)
{
	return rp_card_look(s->ctx, "tests", ALL, &s->open, &s->facts, &s->err);
}

static rp_code open_and_read(struct scene *s)
{
	rp_code rc = rp_card_open(s->ctx, NULL, &s->open, &s->err);

	return rc == RP_OK ? rp_card_read(s->open, ALL | RP_READ_ONCE, &s->facts, &s->err) : rc;
}

static rp_code list_readers(struct scene *s)
{
	struct rp_reader readers[4];
	size_t n = 0;

	return rp_readers(s->ctx, readers, 4, &n, &s->err);
}

static rp_code change_sign(struct scene *s)
{
	const struct rp_job job = {.slot = RP_SLOT_SIGN, .shown = &s->facts};
	struct rp_outcome out;
	rp_secret *old, *new;
	rp_code rc;

	rc = look_at_reader(s);
	if (rc != RP_OK)
		return rc;
	old = entry_of("mynumber", RP_SLOT_SIGN, RP_ENTRY_CURRENT, "ABC123");
	new = entry_of("mynumber", RP_SLOT_SIGN, RP_ENTRY_NEW, "NEW456");
	rc = rp_pin_change(s->open, &job, old, new, &out, &s->err);
	rp_secret_free(old);
	rp_secret_free(new);
	return rc;
}

static deed *const deeds[] = {look_once, open_and_read, list_readers, change_sign};
#define N_DEEDS (sizeof deeds / sizeof deeds[0])
static deed *const looks[] = {look_once, look_at_reader, open_and_read, list_readers};
#define N_LOOKS (sizeof looks / sizeof looks[0])

static void set_up(struct scene *s, unsigned timeout_ms)
{
	*s = (struct scene){.card = vreader_make("mynumber", NULL, true), .err = RP_ERROR_INIT};
	service_start(s->card);
	assert_int_equal(rp_ctx_new(&s->ctx, &s->err), RP_OK);
	rp_ctx_timeout(s->ctx, timeout_ms);
}

static void let_go(struct scene *s)
{
	rp_card_close(s->open);
	s->open = NULL;
	rp_ctx_free(s->ctx);
	s->ctx = NULL;
}

static void tear_down(struct scene *s)
{
	if (s->ctx != NULL)
		let_go(s);
	/* Nobody is inside the service any more. */
	if (service_count(SERVICE_ESTABLISH) > 0)
		assert_true(service_wait(SERVICE_RELEASE, 1));
	vcard_free(s->card);
}

/* Calls that reach the card, or take it. */
static unsigned touches(void)
{
	return service_count(SERVICE_CONNECT) + service_count(SERVICE_RECONNECT) +
	       service_count(SERVICE_BEGIN) + service_count(SERVICE_TRANSMIT) +
	       service_count(SERVICE_CONTROL) + service_count(SERVICE_END);
}

/* All that the caller had is gone, and the call that stayed away comes back. */
static void check_return(void)
{
	const unsigned before = touches(), all = service_all();
	const bool had_card = service_count(SERVICE_CONNECT) > service_count(SERVICE_DISCONNECT);

	service_go();
	assert_true(service_wait(SERVICE_RELEASE, 1));
	assert_int_equal(touches(), before);
	assert_in_range(service_all() - all, 0, 2); /* the card let go of, and the service */
	if (had_card) {
		assert_int_equal(service_count(SERVICE_DISCONNECT), 1);
		assert_true(service_was_reset());
	}
	(void)usleep(2000); /* for its last steps, so that a sanitizer sees them */
}

/* --- it hangs --- */

/* True when the deed got as far as call n. */
static bool hang_at(deed *do_it, unsigned n)
{
	struct scene s;
	int64_t start;
	bool hung;
	rp_code rc;

	set_up(&s, SHORT_MS);
	service_hang_at(n);
	start = clock_ms();
	rc = do_it(&s);
	hung = rc != RP_OK;
	if (hung) {
		/* To end a transaction it waits five seconds, with the answer in hand. */
		assert_in_range(clock_ms() - start, 0,
				(service_count(SERVICE_END) == 1 ? PATIENCE_MS : 0) + PROMPT_MS);
		assert_true(rp_code_exit(rc) == 10 || (do_it == change_sign && rp_code_exit(rc) == 7));
		assert_int_equal(s.err.code, rc);
		assert_true(s.err.story[0] != '\0');
		start = clock_ms();
		let_go(&s);
		assert_in_range(clock_ms() - start, 0, PROMPT_MS);
		check_return();
	}
	service_go();
	tear_down(&s);
	return hung;
}

static void any_call_that_hangs_ends_in_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_DEEDS; i++) {
		unsigned n = 1;

		while (hang_at(deeds[i], n))
			n++;
		assert_in_range(n, 4, MANY);
	}
}

static void *cancel_when_it_hangs(void *arg)
{
	if (service_wait_hang())
		rp_cancel(arg);
	return NULL;
}

/* True when the deed got as far as call n. */
static bool cancel_at(deed *do_it, unsigned n)
{
	struct scene s;
	pthread_t canceller;
	int64_t start;
	bool hung;
	rp_code rc;

	set_up(&s, LONG_MS);
	service_hang_at(n);
	assert_int_equal(pthread_create(&canceller, NULL, cancel_when_it_hangs, s.ctx), 0);
	start = clock_ms();
	rc = do_it(&s);
	hung = rc != RP_OK;
	if (!hung) { /* for the canceller to come back */
		service_hang_at(service_all() + 1);
		(void)list_readers(&s);
	}
	(void)pthread_join(canceller, NULL);
	if (hung) {
		assert_in_range(clock_ms() - start, 0,
				(service_count(SERVICE_END) == 1 ? PATIENCE_MS : 0) + PROMPT_MS);
		/* With a PIN on its way it is no plain cancel. */
		assert_true(rc == RP_E_CANCELLED || (do_it == change_sign && rc == RP_E_INTERRUPTED));
		let_go(&s);
		check_return();
	}
	service_go();
	tear_down(&s);
	return hung;
}

static void any_call_that_hangs_can_be_cancelled(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_DEEDS; i++) {
		unsigned n = 1;

		while (cancel_at(deeds[i], n))
			n++;
		assert_in_range(n, 4, MANY);
	}
}

struct late_cancel {
	rp_ctx *ctx;
	unsigned after_us;
};

static void *cancel_late(void *arg)
{
	const struct late_cancel *l = arg;

	(void)usleep(l->after_us);
	rp_cancel(l->ctx);
	return NULL;
}

/* Where the two threads happen to be: for the sanitizers above all. */
static void a_cancel_or_an_end_of_time_may_come_at_any_moment(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct scene s;
		struct late_cancel late;
		pthread_t canceller;
		rp_code rc;

		set_up(&s, i % 4 == 0 ? i % 3 : LONG_MS);
		late = (struct late_cancel){.ctx = s.ctx, .after_us = i * 2};
		assert_int_equal(pthread_create(&canceller, NULL, cancel_late, &late), 0);
		rc = look_once(&s);
		assert_true(rc == RP_OK || rp_code_exit(rc) == 10);
		(void)pthread_join(canceller, NULL);
		tear_down(&s);
		assert_int_equal(service_count(SERVICE_DISCONNECT), service_count(SERVICE_CONNECT));
	}
}

/* The call comes back while the context is still there: the card is not kept until it is freed. */
static void a_card_that_comes_back_late_is_let_go_of(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, SHORT_MS);
	service_hang_at(7); /* the first command */
	assert_int_equal(look_once(&s), RP_E_TIMEOUT);
	assert_int_equal(service_count(SERVICE_TRANSMIT), 1);
	service_go();
	assert_true(service_wait(SERVICE_DISCONNECT, 1));
	assert_true(service_was_reset());
	/* and the context is of no use any more, and says so */
	assert_int_equal(rp_code_exit(look_once(&s)), 10);
	assert_int_equal(service_count(SERVICE_TRANSMIT), 1);
	rp_ctx_free(s.ctx);
	s.ctx = NULL;
	assert_true(service_wait(SERVICE_RELEASE, 1));
	tear_down(&s);
}

/* --- it does not hang, and time or patience ends between two calls --- */

static rp_ctx *to_cancel;
static unsigned slow_ms;

/* Runs where the look runs, outside the service. */
static void slow_log(void *arg, enum log_level level, const char *line)
{
	(void)arg, (void)level;
	if (strncmp(line, "event=apdu ", 11) != 0)
		return;
	if (to_cancel != NULL)
		rp_cancel(to_cancel);
	(void)usleep(slow_ms * 1000);
	to_cancel = NULL;
	slow_ms = 0;
}

static void time_that_ends_between_two_calls_costs_the_look_alone(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, SHORT_MS);
	slow_ms = 3 * SHORT_MS;
	log_to(slow_log, NULL, LOG_LVL_DEBUG);
	assert_int_equal(look_once(&s), RP_E_TIMEOUT);
	log_to(NULL, NULL, LOG_LVL_ERR);
	assert_int_equal(service_count(SERVICE_TRANSMIT), 1);
	/* The card was let go of, and the context is as good as new. */
	assert_int_equal(service_count(SERVICE_DISCONNECT), 1);
	assert_int_equal(service_count(SERVICE_RELEASE), 0);
	rp_ctx_timeout(s.ctx, LONG_MS);
	assert_int_equal(look_once(&s), RP_OK);
	assert_int_equal(s.facts.pins[0].tries_left, 5);
	tear_down(&s);
}

static void a_cancel_between_two_calls_is_obeyed_at_the_next(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, LONG_MS);
	to_cancel = s.ctx;
	slow_ms = SHORT_MS;
	log_to(slow_log, NULL, LOG_LVL_DEBUG);
	assert_int_equal(look_once(&s), RP_E_CANCELLED);
	log_to(NULL, NULL, LOG_LVL_ERR);
	assert_int_equal(service_count(SERVICE_TRANSMIT), 1);
	let_go(&s);
	assert_int_equal(service_count(SERVICE_DISCONNECT), 1);
	assert_int_equal(service_count(SERVICE_RELEASE), 1);
	tear_down(&s);
}

/* --- waiting for a card --- */

static void *cancel_by_fd(void *arg)
{
	const int *fd = arg;

	(void)usleep(SHORT_MS * 1000);
	if (write(*fd, "12345678", 8) != 8)
		abort();
	return NULL;
}

static void a_wait_for_a_card_ends_in_time_and_when_cancelled(void **state)
{
	struct vcard *card = vreader_make("mynumber", NULL, false);
	int fd = eventfd(0, EFD_CLOEXEC);
	const struct rp_wait shortly = {.deadline_ms = clock_ms() + SHORT_MS, .cancel_fd = -1};
	const struct rp_wait longer = {.deadline_ms = clock_ms() + LONG_MS, .cancel_fd = -1};
	const struct rp_wait by_fd = {.deadline_ms = longer.deadline_ms, .cancel_fd = fd};
	struct reader_list seen;
	struct transport t;
	pthread_t canceller;

	(void)state;
	service_start(card);
	assert_int_equal(transport_pcsc(&t, NULL), RP_OK);
	assert_int_equal(t.ops->list(t.self, &longer, &seen, NULL), RP_OK);
	assert_int_equal(t.ops->wait(t.self, &shortly, &seen, NULL), RP_E_TIMEOUT);
	assert_int_equal(pthread_create(&canceller, NULL, cancel_by_fd, &fd), 0);
	assert_int_equal(t.ops->wait(t.self, &by_fd, &seen, NULL), RP_E_CANCELLED);
	(void)pthread_join(canceller, NULL);
	/* and the transport is as good as new */
	assert_int_equal(t.ops->list(t.self, &longer, &seen, NULL), RP_OK);
	assert_int_equal(seen.n, 1);
	/* A service that does not come back from it either is left behind. */
	service_hang_at(service_all() + 2);
	assert_int_equal(t.ops->wait(t.self, &shortly, &seen, NULL), RP_E_TIMEOUT);
	transport_free(&t);
	service_go();
	assert_true(service_wait(SERVICE_RELEASE, 1));
	(void)close(fd);
	vcard_free(card);
}

/* --- it works --- */

static void a_context_serves_for_many_looks_and_jobs(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, LONG_MS);
	for (unsigned i = 1; i <= 20; i++) {
		assert_int_equal(looks[i % N_LOOKS](&s), RP_OK);
		if (looks[i % N_LOOKS] != list_readers)
			assert_string_equal(rp_card_reader(s.open), "Reader of the tests 00");
		rp_card_close(s.open);
		s.open = NULL;
		/* closed is let go of, also where the look had begun with it */
		assert_int_equal(service_count(SERVICE_DISCONNECT), service_count(SERVICE_CONNECT));
	}
	service_reset_once();
	assert_int_equal(look_at_reader(&s), RP_OK);
	assert_int_equal(service_count(SERVICE_RECONNECT), 1);
	rp_card_close(s.open);
	assert_int_equal(change_sign(&s), RP_OK);
	let_go(&s);
	assert_int_equal(service_count(SERVICE_RELEASE), 1);
	assert_int_equal(service_count(SERVICE_ESTABLISH), 1);
	tear_down(&s);
}

static void a_look_that_lets_the_card_go_is_the_last(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, LONG_MS);
	assert_int_equal(look_once(&s), RP_OK);
	assert_true(service_wait(SERVICE_DISCONNECT, 1)); /* at once, not with rp_card_close */
	assert_int_equal(rp_card_read(s.open, ALL, &s.facts, &s.err), RP_E_CARD_GONE);
	assert_int_equal(service_count(SERVICE_BEGIN), 1);
	tear_down(&s);
}

/* --- what a hang costs that comes when the answer is there --- */

static void a_card_that_hangs_as_it_is_let_go_of_costs_no_answer(void **state)
{
	struct scene s;
	unsigned n;
	int64_t start;

	(void)state;
	set_up(&s, LONG_MS);
	assert_int_equal(look_once(&s), RP_OK);
	assert_true(service_wait(SERVICE_DISCONNECT, 1));
	n = service_all();
	tear_down(&s);

	set_up(&s, LONG_MS);
	service_hang_at(n);
	start = clock_ms();
	assert_int_equal(look_once(&s), RP_OK);
	assert_in_range(clock_ms() - start, 0, PROMPT_MS);
	assert_int_equal(s.facts.pins[0].tries_left, 5);
	let_go(&s); /* five seconds of patience, once */
	assert_in_range(clock_ms() - start, PATIENCE_MS - 100, PATIENCE_MS + PROMPT_MS);
	service_go();
	assert_true(service_wait(SERVICE_RELEASE, 1));
	tear_down(&s);
}

/* --- no memory, no thread, no descriptors --- */

static bool starve_at(deed *do_it, unsigned n)
{
	struct scene s = {.card = vreader_make("mynumber", NULL, true), .err = RP_ERROR_INIT};
	rp_code rc;

	service_start(s.card);
	atomic_store(&failed, false);
	atomic_store(&fail_in, n);
	rc = rp_ctx_new(&s.ctx, &s.err);
	if (rc == RP_OK)
		rc = do_it(&s);
	atomic_store(&fail_in, 0);
	if (atomic_load(&failed))
		assert_true(rc == RP_E_NO_MEMORY || rc == RP_E_FAULT);
	else
		assert_int_equal(rc, RP_OK);
	assert_int_equal(vcard_pin(s.card, "sign")->tries, 5);
	tear_down(&s);
	return atomic_load(&failed);
}

static void any_allocation_that_fails_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_LOOKS; i++) {
		unsigned n = 1;

		while (starve_at(looks[i], n))
			n++;
		assert_in_range(n, 5, MANY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_context_serves_for_many_looks_and_jobs),
		cmocka_unit_test(a_look_that_lets_the_card_go_is_the_last),
		cmocka_unit_test(any_call_that_hangs_ends_in_time),
		cmocka_unit_test(any_call_that_hangs_can_be_cancelled),
		cmocka_unit_test(a_cancel_or_an_end_of_time_may_come_at_any_moment),
		cmocka_unit_test(a_card_that_comes_back_late_is_let_go_of),
		cmocka_unit_test(time_that_ends_between_two_calls_costs_the_look_alone),
		cmocka_unit_test(a_cancel_between_two_calls_is_obeyed_at_the_next),
		cmocka_unit_test(a_card_that_hangs_as_it_is_let_go_of_costs_no_answer),
		cmocka_unit_test(a_wait_for_a_card_ends_in_time_and_when_cancelled),
		cmocka_unit_test(any_allocation_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
