/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seal beside others and without an end: two sealers, entries that commit in another order than they were
 * written, a database that fails at any statement, and a process that is killed at any moment.
 */
#include "server/log_kit.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	unsigned calls; /* of store_run since it was armed */
	unsigned at;	/* the one at which it happens; 0: none */
	enum { FAIL, KILL_BEFORE, KILL_AFTER } what;
} trap;

rp_code __real_store_run_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size,
			       size_t *ret_n, struct rp_error *err);
rp_code __wrap_store_run_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size,
			       size_t *ret_n, struct rp_error *err);
rp_code __wrap_store_run_sized(struct store_tx *tx, enum store_stmt stmt, void *row, size_t size,
			       size_t *ret_n, struct rp_error *err)
{
	const bool now = trap.at != 0 && ++trap.calls == trap.at;
	rp_code rc;

	if (now && trap.what == FAIL)
		return rp_fail(err, RP_E_STORE, "the disk is full");
	if (now && trap.what == KILL_BEFORE)
		(void)raise(SIGKILL);
	rc = __real_store_run_sized(tx, stmt, row, size, ret_n, err);
	if (now && trap.what == KILL_AFTER)
		(void)raise(SIGKILL);
	return rc;
}

/* What happens while a sealer that has read the head waits for the token. */
static void (*meanwhile)(void);

rp_code __real_keys_seal(keys *k, unsigned version, const void *bytes, size_t len, uint8_t ret[64],
			 struct rp_error *err);
rp_code __wrap_keys_seal(keys *k, unsigned version, const void *bytes, size_t len, uint8_t ret[64],
			 struct rp_error *err);
rp_code __wrap_keys_seal(keys *k, unsigned version, const void *bytes, size_t len, uint8_t ret[64],
			 struct rp_error *err)
{
	void (*what)(void) = meanwhile;

	meanwhile = NULL;
	if (what != NULL)
		what();
	return __real_keys_seal(k, version, bytes, len, ret, err);
}

static uint64_t seal_once(struct issuer *i)
{
	struct rp_error err = RP_ERROR_INIT;
	uint64_t n = 0;

	assert_ok(issuer_seal(i, &n, &err), &err);
	return n;
}

/* --- two sealers --- */

struct sealer {
	pthread_t thread;
	struct issuer *issuer;
	_Atomic bool *stop;
	uint64_t sealed;
	rp_code rc;
	struct rp_error err;
};

static void *seal_on_and_on(void *arg)
{
	struct sealer *s = arg;
	bool last = false;

	while (s->rc == RP_OK && !last) {
		uint64_t n = 0;

		last = *s->stop;
		s->rc = issuer_seal(s->issuer, &n, &s->err);
		s->sealed += n;
	}
	return NULL;
}

static void two_sealers_number_each_entry_once(void **state)
{
	struct sealer sealers[2] = {{.rc = RP_OK}, {.rc = RP_OK}};
	_Atomic bool stop = false;
	char receipt[ROW_ID];
	uint64_t all = 0;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		sealers[k].issuer = log_issuer_new();
		sealers[k].stop = &stop;
		assert_int_equal(pthread_create(&sealers[k].thread, NULL, seal_on_and_on, &sealers[k]), 0);
	}
	for (size_t k = 0; k < 60; k++)
		log_many(1 + k % 5, receipt);
	stop = true;
	for (size_t k = 0; k < 2; k++) {
		assert_int_equal(pthread_join(sealers[k].thread, NULL), 0);
		assert_ok(sealers[k].rc, &sealers[k].err);
		all += sealers[k].sealed;
		log_issuer_end(sealers[k].issuer);
	}
	all += seal_once(kit_issuer);
	assert_int_equal(all, 12 * (1 + 2 + 3 + 4 + 5));
	log_good(all + 1);
}

/* --- an audit beside all of it --- */

struct erasure {
	const char *receipt;
	char order[ROW_ID];
};

static rp_code erase(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct erasure *e = arg;

	return log_erase(tx, e->receipt, "aoki", "asked for", e->order, err);
}

static void *write_seal_and_erase(void *arg)
{
	const struct store_opts opts = {.read_only = false};
	struct sealer *s = arg;
	char receipt[ROW_ID] = "";

	while (s->rc == RP_OK && !*s->stop) {
		struct erasure e = {.receipt = receipt};

		log_many(3, receipt);
		s->rc = issuer_seal(s->issuer, &s->sealed, &s->err);
		if (s->rc == RP_OK)
			s->rc = store_work(s->issuer->store, &opts, erase, &e, &s->err);
	}
	return NULL;
}

static void an_audit_may_run_beside_a_sealer(void **state)
{
	struct sealer s = {.rc = RP_OK};
	_Atomic bool stop = false;
	struct log_audited all = {0};
	rp_code rc = RP_OK;
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	s.issuer = log_issuer_new();
	s.stop = &stop;
	assert_int_equal(pthread_create(&s.thread, NULL, write_seal_and_erase, &s), 0);
	while (rc == RP_OK && all.erased < 40)
		rc = log_audit(kit_issuer, NULL, &all, &err);
	stop = true;
	assert_int_equal(pthread_join(s.thread, NULL), 0);
	assert_ok(rc, &err);
	assert_ok(s.rc, &s.err);
	log_issuer_end(s.issuer);
	while (seal_once(kit_issuer) > 0)
		;
	log_good((uint64_t)log_head_row().size);
}

/* --- one that comes second --- */

/* Another one seals, from the same head, what the first is about to seal, and more. */
static void another_seals(void)
{
	struct issuer *other = log_issuer_new();
	char receipt[ROW_ID];

	log_many(2, receipt);
	assert_int_equal(seal_once(other), 5);
	log_issuer_end(other);
}

static void who_comes_second_has_sealed_nothing(void **state)
{
	struct row_head head;
	char receipt[ROW_ID];

	(void)state;
	log_many(3, receipt);
	meanwhile = another_seals;
	assert_int_equal(seal_once(kit_issuer), 0);
	assert_null(meanwhile);
	head = log_head_row();
	assert_int_equal(head.size, 6);
	log_good(6);
	log_fill(2);
	log_good(8);
}

/* --- the order of commits --- */

struct slow_act {
	pthread_t thread;
	store *s;
	int written[2], go[2]; /* pipes */
	char receipt[ROW_ID];
	rp_code rc;
};

static rp_code write_slowly(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct slow_act *a = arg;
	const struct log_act act = {.act = "slow"};
	rp_code rc = log_entry(tx, &act, a->receipt, err);
	char c = 'x';

	/* the statement is at the server, and has its id */
	if (rc == RP_OK) {
		struct row_entry e = {.leaf = -1};
		bool found;

		memcpy(e.receipt, a->receipt, sizeof e.receipt);
		rc = store_get(tx, ST_ENTRY_BY_RECEIPT, &e, &found, err);
	}
	if (write(a->written[1], &c, 1) != 1 || read(a->go[0], &c, 1) != 1)
		return RP_E_FAULT;
	return rc;
}

static void *act_slowly(void *arg)
{
	const struct store_opts opts = {.read_only = false};
	struct slow_act *a = arg;

	a->rc = store_work(a->s, &opts, write_slowly, a, NULL);
	return NULL;
}

static void an_entry_that_commits_late_is_sealed_late_and_not_lost(void **state)
{
	struct slow_act slow = {.rc = RP_E_FAULT};
	char quick[ROW_ID], c = 'x';
	struct row_entry first, second;

	(void)state;
	slow.s = kit_store(NULL);
	assert_true(pipe(slow.written) == 0 && pipe(slow.go) == 0);
	assert_int_equal(pthread_create(&slow.thread, NULL, act_slowly, &slow), 0);
	assert_int_equal(read(slow.written[0], &c, 1), 1);
	log_one("quick", quick);
	log_seal_all(1);
	assert_int_equal(write(slow.go[1], &c, 1), 1);
	assert_int_equal(pthread_join(slow.thread, NULL), 0);
	assert_int_equal(slow.rc, RP_OK);
	log_seal_all(1);
	first = log_leaf_row(1);
	second = log_leaf_row(2);
	assert_string_equal(first.receipt, quick);
	assert_string_equal(second.receipt, slow.receipt);
	assert_true(second.id < first.id);
	log_good(3);
	store_close(slow.s);
	for (size_t k = 0; k < 2; k++) {
		(void)close(slow.written[k]);
		(void)close(slow.go[k]);
	}
}

/* --- failures --- */

static void a_database_that_fails_at_any_statement_leaves_the_log_as_it_was(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	char receipt[ROW_ID];
	uint64_t n = 4711;
	unsigned at = 0;
	rp_code rc;

	(void)state;
	log_many(4, receipt);
	do {
		trap.what = FAIL;
		trap.calls = 0;
		trap.at = ++at;
		rc = issuer_seal(kit_issuer, &n, &err);
		trap.at = 0;
		if (rc != RP_OK) {
			assert_int_equal(rc, RP_E_STORE);
			assert_int_equal(n, 4711);
			log_good(1);
		}
	} while (rc != RP_OK && at < 100);
	assert_int_equal(n, 4);
	/* head, four entries, seven nodes above and with four leaves, checkpoint: all were tried */
	assert_true(at > 12);
	log_good(5);
}

/* --- the end of a process --- */

/* This program again: a sealer in a process of its own. Its status, as waitpid gives it. */
static pid_t start(const char *mode, unsigned at, int out)
{
	char number[16];
	pid_t pid;

	(void)snprintf(number, sizeof number, "%u", at);
	pid = fork();
	if (pid == 0) {
		(void)dup2(out, STDOUT_FILENO);
		(void)execl("/proc/self/exe", "test_log_race", mode, kit.url, number, (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

static int end_of(pid_t pid)
{
	int how = 0;

	assert_int_equal(waitpid(pid, &how, 0), pid);
	return how;
}

static void killed_at_each_statement(const char *mode)
{
	char receipt[ROW_ID];
	unsigned at = 0;
	int how;

	log_many(4, receipt);
	do {
		how = end_of(start(mode, ++at, STDERR_FILENO));
		if (WIFSIGNALED(how)) {
			assert_int_equal(WTERMSIG(how), SIGKILL);
			log_good(1);
		}
	} while (WIFSIGNALED(how) && at < 100);
	assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
	assert_true(at > 12);
	log_good(5);
	log_seal_all(0);
}

static void a_sealer_killed_before_any_statement_leaves_the_log_as_it_was(void **state)
{
	(void)state;
	killed_at_each_statement("before");
}

static void a_sealer_killed_after_any_statement_leaves_the_log_as_it_was(void **state)
{
	(void)state;
	killed_at_each_statement("after");
}

/* Receipts that the process handed out before it was killed, one on a line. */
static size_t read_receipts(int fd, char (*ret)[ROW_ID], size_t n, size_t cap)
{
	FILE *f = fdopen(fd, "r");
	char line[ROW_ID + 2];

	assert_non_null(f);
	while (n < cap && fgets(line, sizeof line, f) != NULL) {
		char *end = strchr(line, '\n');

		if (end == NULL) /* cut by the kill */
			break;
		*end = '\0';
		(void)snprintf(ret[n++], ROW_ID, "%s", line);
	}
	(void)fclose(f);
	return n;
}

static void whatever_was_handed_out_survives_a_kill_at_any_moment(void **state)
{
	static char receipts[20000][ROW_ID];
	const struct timespec at_a_time = {0, 23 * 1000 * 1000};
	size_t n = 0;

	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		struct pollfd first;
		int out[2];
		pid_t pid;

		assert_int_equal(pipe(out), 0);
		pid = start("write", 0, out[1]);
		(void)close(out[1]);
		first = (struct pollfd){.fd = out[0], .events = POLLIN};
		assert_int_equal(poll(&first, 1, 30000), 1);
		for (unsigned k = 0; k <= round % 4; k++)
			(void)nanosleep(&at_a_time, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_true(WIFSIGNALED(end_of(pid)));
		n = read_receipts(out[0], receipts, n, sizeof receipts / sizeof receipts[0]);
	}
	assert_true(n >= 8);
	/* what the last one was about to commit may still be under way */
	log_one("last", receipts[n++]);
	while (seal_once(kit_issuer) > 0)
		;
	for (size_t k = 0; k < n; k++) {
		struct rp_error err = RP_ERROR_INIT;
		char *text = NULL;

		assert_ok(issuer_receipt(kit_issuer, receipts[k], &text, &err), &err);
		assert_non_null(strstr(text, "\"state\":\"sealed\""));
		free(text);
	}
	log_good((uint64_t)log_head_row().size);
	assert_true((size_t)log_head_row().size >= n + 1);
}

/* --- the process that is killed --- */

static int child_main(const char *mode, const char *url, const char *at)
{
	char receipt[ROW_ID];

	log_child_setup(url);
	trap.at = (unsigned)strtoul(at, NULL, 10);
	trap.what = strcmp(mode, "before") == 0 ? KILL_BEFORE : KILL_AFTER;
	if (strcmp(mode, "write") != 0)
		return seal_once(kit_issuer) == 4 ? 0 : 1;
	for (unsigned k = 0;; k++) {
		log_one("child", receipt);
		printf("%s\n", receipt);
		(void)fflush(stdout);
		if (k % 3 == 2)
			(void)seal_once(kit_issuer);
	}
}

#define RACE_TEST(name) cmocka_unit_test_setup_teardown(name, log_setup, log_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		RACE_TEST(two_sealers_number_each_entry_once),
		RACE_TEST(an_audit_may_run_beside_a_sealer),
		RACE_TEST(a_database_that_fails_at_any_statement_leaves_the_log_as_it_was),
		RACE_TEST(a_sealer_killed_before_any_statement_leaves_the_log_as_it_was),
		RACE_TEST(a_sealer_killed_after_any_statement_leaves_the_log_as_it_was),
		RACE_TEST(whatever_was_handed_out_survives_a_kill_at_any_moment),
		/* SQLite lets one writer in at a time: there, the last two cannot come about. */
		RACE_TEST(who_comes_second_has_sealed_nothing),
		RACE_TEST(an_entry_that_commits_late_is_sealed_late_and_not_lost),
	};
	const size_t n = sizeof tests / sizeof tests[0];

	if (argc == 4)
		return child_main(argv[1], argv[2], argv[3]);
	return _cmocka_run_group_tests("log_race", tests, kit_on_postgres() ? n : n - 2, log_group_setup,
				       log_group_teardown);
}
