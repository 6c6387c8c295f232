/* SPDX-License-Identifier: Apache-2.0 */
/* What only a server can do to us: conflicts that it finds, connections that break, restarts, a standby. */
#include "server/store_kit.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const struct store_opts plain = {0};

static void nap_ms(long ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

static bool is_there;

static void look_for_it(struct store_tx *tx)
{
	struct row_meta m = {.name = "it"};

	is_there = GET(tx, META_GET, &m);
}

/* --- what the server wants from its beginning --- */

/* Entries fail with `state` as often as `times` says. */
static void make_fail(const char *state, int times)
{
	char sql[1024];

	(void)snprintf(sql, sizeof sql,
		       "CREATE SEQUENCE failures; CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql "
		       "AS $f$ BEGIN "
		       "IF nextval('failures') <= %d THEN RAISE EXCEPTION 'on purpose' USING ERRCODE = '%s'; "
		       "END IF; "
		       "RETURN NEW; END $f$; CREATE TRIGGER fails BEFORE INSERT ON entry FOR EACH ROW "
		       "EXECUTE FUNCTION fails()",
		       times, state);
	kit_raw(sql);
}

static rp_code one_entry(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_entry e;
	struct row_meta m = {.name = "it"};
	unsigned *times = arg;
	rp_code rc;

	++*times;
	kit_fill(ST_ENTRY_INSERT, &e, 1);
	rc = store_run(tx, ST_ENTRY_INSERT, &e, NULL, err);
	return rc == RP_OK ? store_run(tx, ST_META_PUT, &m, NULL, err) : rc;
}

static void a_serialization_failure_runs_the_work_again(void **state)
{
	static const char *const states[] = {"40001", "40P01"};
	struct rp_error err = RP_ERROR_INIT;
	unsigned times = 0;

	for (size_t i = 0; i < 2; i++) {
		if (i > 0) {
			kit_teardown(state);
			kit_setup(state);
		}
		times = 0;
		make_fail(states[i], 3);
		assert_ok(store_work(kit.s, &plain, one_entry, &times, &err), &err);
		assert_int_equal(times, 4);
		kit_work(look_for_it);
		assert_true(is_there);
	}
}

static void a_work_that_never_gets_through_is_given_up(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	unsigned times = 0;

	(void)state;
	make_fail("40001", 1000);
	assert_int_equal(store_work(kit.s, &plain, one_entry, &times, &err), RP_E_STORE);
	assert_int_equal(times, 12);
	assert_non_null(strstr(err.story, "given up after 12 attempts"));
	kit_work(look_for_it);
	assert_false(is_there);
}

static void another_failure_is_not_tried_again(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	unsigned times = 0;

	(void)state;
	make_fail("22012", 1000);
	assert_int_equal(store_work(kit.s, &plain, one_entry, &times, &err), RP_E_STORE);
	assert_int_equal(times, 1);
	assert_non_null(strstr(err.story, "on purpose (22012)"));
}

struct crossing {
	const char *first, *second;
	pthread_barrier_t *meet;
	unsigned times;
	rp_code rc;
	struct rp_error err;
};

static rp_code cross(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct crossing *c = arg;
	const char *const names[] = {c->first, c->second};
	size_t n;

	c->times++;
	for (size_t i = 0; i < 2; i++) {
		struct row_terminal t = {.locked = 1};
		rp_code rc;

		(void)snprintf(t.name, sizeof t.name, "%s", names[i]);
		rc = store_run(tx, ST_TERMINAL_LOCK, &t, &n, err);
		if (rc != RP_OK)
			return rc;
		assert_int_equal(n, 1);
		if (i == 0 && c->times == 1)
			pthread_barrier_wait(c->meet);
	}
	return RP_OK;
}

static void *crossing(void *arg)
{
	struct crossing *c = arg;

	c->rc = store_work(kit.s, &plain, cross, c, &c->err);
	return NULL;
}

static void two_terminals(struct store_tx *tx)
{
	struct row_terminal t;

	for (unsigned i = 0; i < 2; i++) {
		kit_fill(ST_TERMINAL_INSERT, &t, i);
		(void)snprintf(t.name, sizeof t.name, "%c", 'a' + (int)i);
		RUN(tx, TERMINAL_INSERT, &t);
	}
}

static void of_a_deadlock_both_get_through(void **state)
{
	pthread_barrier_t meet;
	pthread_t threads[2];
	struct crossing c[2] = {{.first = "a", .second = "b", .meet = &meet},
				{.first = "b", .second = "a", .meet = &meet}};

	(void)state;
	kit_work(two_terminals);
	pthread_barrier_init(&meet, NULL, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, crossing, &c[i]), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	pthread_barrier_destroy(&meet);
	assert_ok(c[0].rc, &c[0].err);
	assert_ok(c[1].rc, &c[1].err);
	assert_in_range(c[0].times + c[1].times, 3, 6); /* one of them at least once more */
}

/* --- locks and sight --- */

static void two_cards(struct store_tx *tx)
{
	struct row_card c;

	kit_card(tx, 1, &c);
	kit_card(tx, 2, &c);
}

struct waiting {
	uint8_t card[CARD_ID_LEN];
	int64_t took_ms;
};

static rp_code nothing(struct store_tx *tx, void *arg, struct rp_error *err)
{
	(void)arg;
	(void)err;
	(void)store_now(tx);
	return RP_OK;
}

static int64_t monotonic_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *work_on_card(void *arg)
{
	struct waiting *w = arg;
	const struct store_opts o = {.card_id = w->card};
	const int64_t from = monotonic_ms();

	if (store_work(kit.s, &o, nothing, NULL, NULL) == RP_OK)
		w->took_ms = monotonic_ms() - from;
	return NULL;
}

/* Holds its card for half a second, while others want it and another one. */
static rp_code hold(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct waiting *w = arg;
	pthread_t *threads = (pthread_t *)(w + 2);

	(void)err;
	(void)store_now(tx);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work_on_card, &w[i]), 0);
	nap_ms(500);
	return RP_OK;
}

static void a_work_waits_for_its_card_and_no_other(void **state)
{
	struct {
		struct waiting w[2];
		pthread_t threads[2];
	} both = {.w = {{.took_ms = -1}, {.took_ms = -1}}};
	const struct store_opts o = {.card_id = both.w[0].card};

	(void)state;
	memset(both.w[0].card, 1, CARD_ID_LEN);
	memset(both.w[1].card, 2, CARD_ID_LEN);
	kit_work(two_cards);
	assert_int_equal(store_work(kit.s, &o, hold, &both, NULL), RP_OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(both.threads[i], NULL), 0);
	assert_true(both.w[0].took_ms >= 400);
	assert_in_range(both.w[1].took_ms, 0, 300);
}

static void reading_sees_one_state(struct store_tx *tx)
{
	struct row_limit n = {0};

	assert_true(GET(tx, CARD_COUNT, &n));
	assert_int_equal(n.n, 0);
	kit_work(two_cards); /* by another connection */
	assert_true(GET(tx, CARD_COUNT, &n));
	assert_int_equal(n.n, 0);
}

static void work_that_only_reads_sees_one_state_of_the_database(void **state)
{
	const struct store_opts reading = {.read_only = true};

	(void)state;
	kit_work_on(kit.s, &reading, reading_sees_one_state);
}

/* --- the row of the highest time --- */

static int64_t told_ms;

static int64_t told(void *arg)
{
	(void)arg;
	return told_ms += 1000; /* so that every transaction has a time to write down */
}

static void forget_nonces(struct store_tx *tx)
{
	struct row_nonce n = {.until_ms = 0};

	(void)store_now(tx);
	(void)COUNT(tx, NONCE_FORGET, &n);
}

static void nobody_waits_for_the_row_of_the_highest_time(void **state)
{
	const struct store_conf on_told = {.clock = told};
	PGconn *pg = PQconnectdb(kit.url);
	PGresult *r = PQexec(pg, "BEGIN; UPDATE meta SET value = '1' WHERE name = 'highest-ms'");
	const int64_t from = monotonic_ms();

	(void)state;
	assert_int_equal(PQresultStatus(r), PGRES_COMMAND_OK);
	kit_reopen(&on_told);
	for (int i = 0; i < 5; i++)
		kit_work(forget_nonces);
	assert_in_range(monotonic_ms() - from, 0, 4000);
	PQclear(r);
	PQfinish(pg);
}

/* --- connections that break --- */

static void end_all_connections(void)
{
	kit_raw("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = "
		"'repind'");
}

static rp_code lose_it(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_meta m = {.name = "it"};
	unsigned *times = arg;
	rp_code rc = store_run(tx, ST_META_PUT, &m, NULL, err);

	++*times;
	if (rc != RP_OK)
		return rc;
	end_all_connections();
	return store_run(tx, ST_META_PUT, &m, NULL, err);
}

static void a_connection_lost_before_commit_has_committed_nothing(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	unsigned times = 0;

	(void)state;
	assert_int_equal(store_work(kit.s, &plain, lose_it, &times, &err), RP_E_STORE_AWAY);
	assert_int_equal(times, 1);
	assert_non_null(strstr(err.story, "nothing was committed"));
	kit_work(look_for_it); /* the pool has a new one by itself */
	assert_false(is_there);
}

static void connections_that_died_while_idle_are_not_noticed(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		end_all_connections();
		kit_work(look_for_it);
	}
}

static void a_restart_of_the_server_is_not_noticed(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	const char *keeper = getenv("REPIN_PG_KEEPER");

	(void)state;
	assert_non_null(keeper);
	assert_ok(store_ready(kit.s, &err), &err);
	kit_raw("CREATE UNLOGGED TABLE gone_after_restart (x int)");
	assert_int_equal(kill((pid_t)strtol(keeper, NULL, 10), SIGUSR1), 0);
	for (int i = 0; i < 200 && store_ready(kit.s, &err) == RP_OK; i++)
		nap_ms(10); /* it has not stopped yet */
	assert_int_equal(err.code, RP_E_STORE_AWAY);
	for (int i = 0; i < 1000 && store_ready(kit.s, &err) != RP_OK; i++)
		nap_ms(20);
	kit_work(look_for_it);
}

/* --- what is sent ahead --- */

static rp_code see_old(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_meta it = {.name = "it"};
	rp_code rc = store_ahead(tx, ST_META_GET, &it, err);

	(void)store_now(tx); /* the only wait: the answer comes along */
	kit_raw("INSERT INTO meta VALUES ('it', 'is there by now')");
	return rc == RP_OK ? store_get(tx, ST_META_GET, &it, arg, err) : rc;
}

static void what_is_sent_ahead_travels_with_the_next_wait(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	bool found = true;

	(void)state;
	assert_ok(store_work(kit.s, &plain, see_old, &found, &err), &err);
	assert_false(found);
}

static rp_code look_away(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct row_meta it = {.name = "it"};

	(void)arg;
	return store_ahead(tx, ST_META_PUT, &it, err);
}

static void what_is_written_ahead_and_never_asked_for_is_not_committed(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	assert_int_equal(store_work(kit.s, &plain, look_away, NULL, &err), RP_E_FAULT);
	kit_work(look_for_it);
	assert_false(is_there);
}

/* --- addresses --- */

static void assert_opens(const char *format, rp_code code)
{
	const char *url = getenv("REPIN_PG_URL"), *port = strrchr(url, ':') + 1;
	struct rp_error err = RP_ERROR_INIT;
	char text[KIT_URL];
	const struct store_conf c = {.url = text};
	store *s = NULL;

	(void)snprintf(text, sizeof text, format, (int)strtol(port, NULL, 10));
	assert_int_equal(store_open(&c, &s, &err), code);
	store_close(s);
}

static void the_address_is_libpqs(void **state)
{
	(void)state;
	assert_opens("postgresql://repin@127.0.0.1:1,127.0.0.1:%d/postgres?target_session_attrs=read-write",
		     RP_OK);
	assert_opens("postgresql://repin@127.0.0.1:%d/postgres?target_session_attrs=standby",
		     RP_E_STORE_AWAY);
	assert_opens("postgresql://repin@127.0.0.1:%d/no_such_database", RP_E_STORE_AWAY);
}

static void a_commit_outlives_the_server_however_the_database_is_set(void **state)
{
	static const char *const forgetful[] = {"off", "local"};
	char sql[128];

	(void)state;
	kit_raw("CREATE FUNCTION needs_on() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN "
		"IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'it is off'; END IF; "
		"RETURN NEW; END $f$; CREATE TRIGGER needs_on BEFORE INSERT OR UPDATE ON meta FOR EACH ROW "
		"EXECUTE FUNCTION needs_on()");
	for (size_t i = 0; i < 2; i++) {
		struct row_meta m = {.name = "it"};
		struct rp_error err = RP_ERROR_INIT;
		rp_code rc;

		(void)snprintf(sql, sizeof sql, "ALTER DATABASE postgres SET synchronous_commit = %s",
			       forgetful[i]);
		kit_raw(sql);
		kit_reopen(NULL);
		rc = kit_run_alone(kit.s, ST_META_PUT, &m, sizeof m, &err);
		kit_raw("ALTER DATABASE postgres RESET synchronous_commit");
		assert_ok(rc, &err);
	}
}

static void a_database_of_another_encoding_is_refused(void **state)
{
	(void)state;
	kit_raw("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
	assert_opens("postgresql://repin@127.0.0.1:%d/latin", RP_E_STORE);
	kit_raw("DROP DATABASE latin");
}

/* --- a standby --- */

static pid_t receive_wal(const char *dir)
{
	char program[256], url[KIT_URL + 64], dir_arg[128];
	char *const argv[] = {
		program, (char *)(uintptr_t) "--synchronous", (char *)(uintptr_t) "-n", dir_arg, url, NULL};
	pid_t pid;

	(void)snprintf(program, sizeof program, "%s/pg_receivewal", getenv("REPIN_PG_BIN"));
	(void)snprintf(dir_arg, sizeof dir_arg, "-D%s", dir);
	(void)snprintf(url, sizeof url, "-d%s&application_name=standby", getenv("REPIN_PG_URL"));
	assert_int_equal(posix_spawn(&pid, program, NULL, NULL, argv, environ), 0);
	return pid;
}

static void remove_wal(const char *dir)
{
	char command[160];
	char *const argv[] = {(char *)(uintptr_t) "rm", (char *)(uintptr_t) "-rf", command, NULL};
	pid_t pid;

	(void)snprintf(command, sizeof command, "%s", dir);
	assert_int_equal(posix_spawnp(&pid, "rm", NULL, NULL, argv, environ), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void with_ha_a_synchronous_standby_makes_it_ready(void **state)
{
	const struct store_conf ha = {.ha = true};
	struct rp_error err = RP_ERROR_INIT;
	char dir[] = "/tmp/repin-test-wal-XXXXXX";
	pid_t pid;
	rp_code rc;

	(void)state;
	assert_non_null(mkdtemp(dir));
	kit_reopen(&ha);
	assert_int_equal(store_ready(kit.s, &err), RP_E_STORE);
	pid = receive_wal(dir);
	nap_ms(300);
	assert_int_equal(store_ready(kit.s, &err), RP_E_STORE); /* connected, and not synchronous */
	kit_raw("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
	kit_raw("SELECT pg_reload_conf()");
	rc = RP_E_STORE;
	for (int i = 0; i < 250 && rc != RP_OK; i++) {
		nap_ms(20);
		rc = store_ready(kit.s, &err);
	}
	kit_raw("ALTER SYSTEM RESET synchronous_standby_names");
	kit_raw("SELECT pg_reload_conf()");
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	remove_wal(dir);
	assert_ok(rc, &err);
}

#define T(fn, sentence)                                                                                      \
	{                                                                                                    \
		sentence, fn, kit_setup, kit_teardown, NULL                                                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_serialization_failure_runs_the_work_again, "a serialization failure runs the work again"),
		T(a_work_that_never_gets_through_is_given_up, "a work that never gets through is given up"),
		T(another_failure_is_not_tried_again, "another failure is not tried again"),
		T(of_a_deadlock_both_get_through, "of a deadlock both get through"),
		T(a_work_waits_for_its_card_and_no_other, "a work waits for its card and no other"),
		T(work_that_only_reads_sees_one_state_of_the_database,
		  "work that only reads sees one state of the database"),
		T(nobody_waits_for_the_row_of_the_highest_time,
		  "nobody waits for the row of the highest time"),
		T(what_is_sent_ahead_travels_with_the_next_wait,
		  "what is sent ahead travels with the next wait"),
		T(what_is_written_ahead_and_never_asked_for_is_not_committed,
		  "what is written ahead and never asked for is not committed"),
		T(a_connection_lost_before_commit_has_committed_nothing,
		  "a connection lost before COMMIT has committed nothing"),
		T(connections_that_died_while_idle_are_not_noticed,
		  "connections that died while idle are not noticed"),
		T(a_restart_of_the_server_is_not_noticed, "after a restart of the server all goes on"),
		T(the_address_is_libpqs, "several hosts and target_session_attrs are libpq's"),
		T(a_commit_outlives_the_server_however_the_database_is_set,
		  "a commit outlives the server, however the database is set"),
		T(a_database_of_another_encoding_is_refused, "a database of another encoding is refused"),
		T(with_ha_a_synchronous_standby_makes_it_ready,
		  "with ha a synchronous standby makes it ready"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
