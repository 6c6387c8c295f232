/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, the schema's version, and the time, on both engines. */
#include "server/store_kit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t told_ms; /* what the test's clock says */

static int64_t told(void *arg)
{
	(void)arg;
	return told_ms;
}

static const struct store_conf on_told = {.clock = told};

/* --- addresses --- */

static void assert_address(const char *url, rp_code code)
{
	const struct store_conf c = {.url = url};
	struct rp_error err = RP_ERROR_INIT;
	store *s = NULL;

	assert_int_equal(store_open(&c, &s, &err), code);
	assert_null(s);
	assert_null(strstr(err.story, "MARKER"));
}

static void an_address_that_is_none_is_told(void **state)
{
	(void)state;
	assert_address("", RP_E_CONFIG);
	assert_address("mysql://MARKER@localhost/db", RP_E_CONFIG);
	assert_address("sqlite:relative/path", RP_E_CONFIG);
	assert_address("sqlite:/nowhere/at/all/db", RP_E_STORE_AWAY);
	assert_address("sqlite:/dev/null", RP_E_STORE);
	/* Not as libpq says it: it would show the password. */
	assert_address("postgresql://user:MARKER@[::1/db", RP_E_CONFIG);
	assert_address("postgresql://user:MARKER@localhost/db?no_such_thing=1", RP_E_CONFIG);
	assert_address("postgresql://user:MARKER@127.0.0.1:1/db", RP_E_STORE_AWAY);
}

/*
 * True when another process would find this one's lock on the file, as SQLite looks for it when it closes a
 * database: 510 bytes from 2 behind the first GiB (its file format, "os.h"). Asked by a child, because
 * to look from here would drop the lock.
 */
static bool others_see_our_lock(void)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510};
	const pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		const int fd = open(kit.url + strlen("sqlite:"), O_RDWR | O_CLOEXEC);

		_exit(fd < 0 || fcntl(fd, F_GETLK, &l) != 0 ? 2 : l.l_type != F_UNLCK ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 2);
	return WEXITSTATUS(status) == 1;
}

static void look_at_time(struct store_tx *tx)
{
	assert_true(store_now(tx) > 0);
}

static void open_another(struct store_tx *tx)
{
	const struct store_opts o = {.read_only = true};

	(void)tx;
	kit_work_on(kit.s, &o, look_at_time);
}

static void another_connection_does_not_drop_the_lock_of_the_first(void **state)
{
	(void)state;
	if (kit_on_postgres()) {
		assert_true(store_is_postgres(kit.s));
		return;
	}
	assert_true(others_see_our_lock());
	kit_work(open_another); /* inside another transaction, so that it needs a connection of its own */
	assert_true(others_see_our_lock());
}

static void the_file_is_its_owners_alone(void **state)
{
	static const char *const names[] = {"", "-wal", "-shm"};
	char path[KIT_URL + 8];
	struct stat st;

	(void)state;
	if (kit_on_postgres()) {
		assert_true(store_is_postgres(kit.s));
		return;
	}
	assert_false(store_is_postgres(kit.s));
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s%s", kit.url + strlen("sqlite:"), names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
}

/* --- the schema --- */

static void assert_not_ready(store *s, const char *why)
{
	struct rp_error err = RP_ERROR_INIT;

	assert_int_equal(store_ready(s, &err), RP_E_STORE);
	if (strstr(err.story, why) == NULL)
		fail_msg("%s", err.story);
}

static void a_database_without_a_schema_is_not_ready(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	struct row_meta m = {.name = "it"};

	(void)state;
	assert_not_ready(kit.s, "version 0");
	assert_int_equal(kit_run_alone(kit.s, ST_META_PUT, &m, sizeof m, &err), RP_E_STORE);
	assert_ok(store_migrate(kit.s, &err), &err);
	assert_ok(store_ready(kit.s, &err), &err);
	assert_ok(kit_run_alone(kit.s, ST_META_PUT, &m, sizeof m, &err), &err);
	assert_ok(store_migrate(kit.s, &err), &err); /* there is nothing to do */
}

static void *migrate(void *arg)
{
	struct rp_error *err = arg;
	store *s = kit_store(NULL);

	err->code = store_migrate(s, err);
	store_close(s);
	return NULL;
}

static void two_programs_may_migrate_at_once(void **state)
{
	struct rp_error err[4] = {RP_ERROR_INIT, RP_ERROR_INIT, RP_ERROR_INIT, RP_ERROR_INIT};
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, migrate, &err[i]), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (size_t i = 0; i < 4; i++)
		if (err[i].code != RP_OK)
			fail_msg("%s", err[i].story);
	assert_ok(store_ready(kit.s, &err[0]), &err[0]);
}

static void a_newer_schema_is_refused(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	kit_raw("UPDATE meta SET value = '99' WHERE name = 'schema'");
	assert_int_equal(store_migrate(kit.s, &err), RP_E_STORE);
	assert_non_null(strstr(err.story, "version 99"));
	assert_not_ready(kit.s, "version 99");
}

static void a_step_that_fails_leaves_nothing(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	kit_raw("CREATE TABLE outbox (x INTEGER)"); /* in the way of a late part of the step */
	assert_int_equal(store_migrate(kit.s, &err), RP_E_STORE);
	assert_not_ready(kit.s, "version 0");
	kit_raw("DROP TABLE outbox");
	assert_ok(store_migrate(kit.s, &err), &err);
}

static void with_ha_a_standby_must_be_there(void **state)
{
	const struct store_conf ha = {.ha = true};

	(void)state;
	kit_reopen(&ha);
	assert_not_ready(kit.s, "standby");
}

/* --- the time --- */

static int64_t now_seen;

static void see_now(struct store_tx *tx)
{
	struct row_nonce n = {.until_ms = 0};

	now_seen = store_now(tx);
	assert_int_equal(store_now(tx), now_seen); /* one for the whole work */
	(void)COUNT(tx, NONCE_FORGET, &n);
}

static int64_t now_at(int64_t clock)
{
	told_ms = clock;
	kit_work(see_now);
	return now_seen;
}

static void time_is_the_databases(void **state)
{
	struct timespec t;

	(void)state;
	kit_work(see_now);
	(void)clock_gettime(CLOCK_REALTIME, &t);
	assert_in_range((uint64_t)now_seen, (uint64_t)(t.tv_sec - 10) * 1000,
			(uint64_t)(t.tv_sec + 1) * 1000);
}

static void time_never_goes_back(void **state)
{
	(void)state;
	kit_reopen(&on_told);
	assert_int_equal(now_at(1000000), 1000000);
	assert_int_equal(now_at(1000500), 1000500);
	assert_int_equal(now_at(900000), 1000500);
	assert_int_equal(now_at(1000501), 1000501);
}

static int64_t written;

static void read_written(struct store_tx *tx)
{
	struct row_meta m = {.name = "highest-ms"};

	assert_true(GET(tx, META_GET, &m));
	written = strtoll(m.value, NULL, 10);
}

static void the_highest_time_is_written_once_a_second(void **state)
{
	unsigned writes = 0;
	int64_t last = 0;

	(void)state;
	kit_reopen(&on_told);
	for (int64_t t = 0; t < 5000; t += 100) {
		(void)now_at(2000000 + t);
		kit_work(read_written);
		writes += written != last;
		last = written;
		assert_true(2000000 + t - written < 1000);
	}
	assert_int_equal(writes, 5);
}

static void the_highest_time_outlives_the_program(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	kit_reopen(&on_told);
	assert_int_equal(now_at(9000000), 9000000);
	kit_reopen(&on_told);
	assert_int_equal(now_at(8000000), 9000000);
	assert_not_ready(kit.s, "1000 s behind");
	told_ms = 9000000 - STORE_CLOCK_BEHIND_MS;
	assert_ok(store_ready(kit.s, &err), &err);
	told_ms--;
	assert_not_ready(kit.s, "behind");
}

static void two_admins_may_set_the_time_back(void **state)
{
	struct row_meta m = {.name = "highest-ms", .value = "5000000"};
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	kit_reopen(&on_told);
	assert_int_equal(now_at(9000000), 9000000);
	assert_int_equal(now_at(5000000), 9000000);
	assert_ok(kit_run_alone(kit.s, ST_META_PUT, &m, sizeof m, &err), &err);
	assert_int_equal(now_at(5000100), 5000100);
	assert_ok(store_ready(kit.s, &err), &err);
}

static void work_that_only_reads_has_the_time_too(void **state)
{
	const struct store_opts reading = {.read_only = true};

	(void)state;
	kit_reopen(&on_told);
	(void)now_at(7000000);
	told_ms = 6000000;
	kit_work_on(kit.s, &reading, read_written);
	assert_int_equal(written, 7000000);
}

#define T(fn, sentence)                                                                                      \
	{                                                                                                    \
		sentence, fn, kit_setup, kit_teardown, NULL                                                  \
	}
#define BARE(fn, sentence)                                                                                   \
	{                                                                                                    \
		sentence, fn, kit_setup_bare, kit_teardown, NULL                                             \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_address_that_is_none_is_told,
		  "an address that is none is told, without the password in it"),
		T(the_file_is_its_owners_alone, "the file is its owner's alone"),
		T(another_connection_does_not_drop_the_lock_of_the_first,
		  "another connection does not drop the first one's lock on the file"),
		BARE(a_database_without_a_schema_is_not_ready, "a database without a schema is not ready"),
		BARE(two_programs_may_migrate_at_once, "two programs may migrate at once"),
		T(a_newer_schema_is_refused, "a schema newer than the program is refused"),
		BARE(a_step_that_fails_leaves_nothing, "a step that fails leaves nothing behind"),
		T(with_ha_a_standby_must_be_there, "with ha a synchronous standby must be there"),
		T(time_is_the_databases, "the time is the database's"),
		T(time_never_goes_back, "the time never goes back, whatever the clock does"),
		T(the_highest_time_is_written_once_a_second, "the highest time is written once a second"),
		T(the_highest_time_outlives_the_program, "the highest time outlives the program"),
		T(two_admins_may_set_the_time_back, "the highest time set back in meta is obeyed"),
		T(work_that_only_reads_has_the_time_too, "work that only reads has the time, too"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
