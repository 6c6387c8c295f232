/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to COMMIT is lost: a proxy cuts the connection there, and the store has to find out. */
#include "server/store_kit.h"

#include "server/proxy.h"

#include <time.h>

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

static struct proxy *proxy;

static int proxied_setup(void **state)
{
	const char *url = getenv("REPIN_PG_URL"), *port = strrchr(url, ':');
	struct rp_error err = RP_ERROR_INIT;

	kit_setup(state);
	proxy = proxy_new((int)strtol(port + 1, NULL, 10));
	(void)snprintf(kit.url, sizeof kit.url, "%.*s:%d%s", (int)(port - url), url, proxy_port(proxy),
		       strchr(port, '/'));
	kit_reopen(NULL);
	assert_ok(store_ready(kit.s, &err), &err);
	return 0;
}

static int proxied_teardown(void **state)
{
	(void)kit_teardown(state);
	proxy_free(proxy);
	return 0;
}

static rp_code note_and_write(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_idempotency i = {.key = "key", .state = "pending"};
	struct row_meta m = {.name = "it"};
	const bool *exists = arg;
	rp_code rc;

	(void)store_now(tx); /* the server has answered in this transaction */
	rc = store_run(tx, ST_META_PUT, &m, NULL, err);
	if (rc != RP_OK)
		return rc;
	if (!*exists)
		return store_run(tx, ST_IDEM_INSERT, &i, NULL, err);
	(void)snprintf(i.state, sizeof i.state, "done");
	return store_run(tx, ST_IDEM_RESULT, &i, NULL, err);
}

static void put_key(struct store_tx *tx)
{
	struct row_idempotency i = {.key = "key", .state = "pending"};

	RUN(tx, IDEM_INSERT, &i);
}

/* The rows that a cut in this way leaves, and what is said. */
static void cut(enum proxy_cut how, const char *key, bool exists, rp_code code, bool there, const char *story)
{
	const struct store_opts o = {.idempotency_key = key};
	struct rp_error err = RP_ERROR_INIT;

	if (exists)
		kit_work(put_key);
	proxy_cut_at(proxy, "COMMIT", how);
	assert_int_equal(store_work(kit.s, &o, note_and_write, &exists, &err), code);
	assert_true(proxy_has_cut(proxy));
	if (code != RP_OK && strstr(err.story, story) == NULL)
		fail_msg("%s", err.story);
	kit_work(look_for_it);
	assert_int_equal(is_there, there);
}

static void a_commit_that_arrived_is_found(void **state)
{
	(void)state;
	cut(CUT_AFTER, "key", false, RP_OK, true, "");
}

static void a_commit_that_did_not_arrive_is_found_missing(void **state)
{
	(void)state;
	cut(CUT_BEFORE, "key", false, RP_E_STORE_AWAY, false, "nothing was committed");
}

static void a_row_of_an_earlier_work_is_not_taken_for_this_ones(void **state)
{
	(void)state;
	cut(CUT_BEFORE, "key", true, RP_E_STORE_AWAY, false, "nothing was committed");
}

static void a_changed_row_of_this_work_is_found(void **state)
{
	(void)state;
	cut(CUT_AFTER, "key", true, RP_OK, true, "");
}

static void a_commit_that_would_arrive_late_does_not(void **state)
{
	(void)state;
	cut(CUT_LATE, "key", false, RP_E_STORE_AWAY, false, "nothing was committed");
	nap_ms(700);
	kit_work(look_for_it);
	assert_false(is_there);
}

static void a_change_that_would_arrive_late_does_not(void **state)
{
	(void)state;
	cut(CUT_LATE, "key", true, RP_E_STORE_AWAY, false, "nothing was committed");
	nap_ms(700);
	kit_work(look_for_it);
	assert_false(is_there);
}

static void without_a_key_it_is_said_that_nobody_knows(void **state)
{
	(void)state;
	cut(CUT_AFTER, NULL, false, RP_E_STORE_AWAY, true, "not known");
}

static void a_key_that_was_not_written_tells_nothing(void **state)
{
	(void)state;
	cut(CUT_AFTER, "another", false, RP_E_STORE_AWAY, true, "not known");
}

static void a_cut_before_commit_is_no_doubt(void **state)
{
	const struct store_opts o = {.idempotency_key = "key"};
	struct rp_error err = RP_ERROR_INIT;
	bool exists = false;

	(void)state;
	assert_int_equal(store_work(kit.s, &o, note_and_write, &exists, &err), RP_OK);
	proxy_cut_at(proxy, "META_PUT", CUT_AFTER);
	exists = true;
	assert_int_equal(store_work(kit.s, &o, note_and_write, &exists, &err), RP_E_STORE_AWAY);
	assert_true(proxy_has_cut(proxy));
	assert_non_null(strstr(err.story, "nothing was committed"));
}

#define PROXIED(fn, sentence)                                                                                \
	{                                                                                                    \
		sentence, fn, proxied_setup, proxied_teardown, NULL                                          \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROXIED(a_commit_that_arrived_is_found, "a COMMIT that arrived is found"),
		PROXIED(a_commit_that_did_not_arrive_is_found_missing,
			"a COMMIT that did not arrive is found missing"),
		PROXIED(a_row_of_an_earlier_work_is_not_taken_for_this_ones,
			"a row of an earlier work is not taken for this one's"),
		PROXIED(a_changed_row_of_this_work_is_found, "a row that this work has changed is found"),
		PROXIED(a_commit_that_would_arrive_late_does_not,
			"a COMMIT that would arrive late does not any more"),
		PROXIED(a_change_that_would_arrive_late_does_not,
			"a change that would arrive late does not any more"),
		PROXIED(without_a_key_it_is_said_that_nobody_knows,
			"without a key it is said that nobody knows"),
		PROXIED(a_key_that_was_not_written_tells_nothing,
			"a key that the work did not write tells nothing"),
		PROXIED(a_cut_before_commit_is_no_doubt, "a cut before COMMIT is no doubt"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
