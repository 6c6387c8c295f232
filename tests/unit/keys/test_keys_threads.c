/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads on one token: right answers, no more sessions than allowed, one way back for all. */
#include "token_rig.h"

#include <pthread.h>

#define THREADS 8
#define ROUNDS 200

static struct rig rig;
static struct fail_controls fail;

struct worker {
	pthread_t thread;
	keys *k;
	struct keys_card card;
	uint8_t want_mac[16], want_hmac[32];
	unsigned refused, wrong, other;
};

static const uint8_t zeros[16];

static int begin(void **state)
{
	(void)state;
	rig_begin(&rig);
	rig_token(&rig, "issuer");
	fail = fail_controls();
	return 0;
}

static int end(void **state)
{
	(void)state;
	rig_end(&rig);
	return 0;
}

static void note(struct worker *w, rp_code rc, bool same)
{
	if (rc == RP_E_TOKEN)
		w->refused++;
	else if (rc != RP_OK)
		w->other++;
	else if (!same)
		w->wrong++;
}

/* No assertion in here: cmocka's are for the thread of the test. */
static void *work(void *arg)
{
	struct worker *w = arg;
	const struct hash_part part = {w->card.id, CARD_ID_LEN};

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t out[32] = {0};
		rp_code rc = keys_presence_mac(w->k, &w->card, zeros, zeros, out, NULL);

		note(w, rc, memcmp(out, w->want_mac, 16) == 0);
		rc = keys_pepper(w->k, 1, &part, 1, out, NULL);
		note(w, rc, memcmp(out, w->want_hmac, 32) == 0);
	}
	return NULL;
}

static void prepare(struct worker *all, keys *k)
{
	for (uint8_t i = 0; i < THREADS; i++) {
		const struct hash_part part = {all[i].card.id, CARD_ID_LEN};

		all[i] = (struct worker){.k = k, .card = {.version = 1, .id = {i}, .slot = 1, .resets = i}};
		assert_int_equal(keys_presence_mac(k, &all[i].card, zeros, zeros, all[i].want_mac, NULL),
				 RP_OK);
		assert_int_equal(keys_pepper(k, 1, &part, 1, all[i].want_hmac, NULL), RP_OK);
	}
}

static unsigned run(struct worker *all)
{
	unsigned refused = 0;

	for (int i = 0; i < THREADS; i++) {
		all[i].refused = 0;
		assert_int_equal(pthread_create(&all[i].thread, NULL, work, &all[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(all[i].thread, NULL), 0);
		assert_int_equal(all[i].wrong, 0);
		assert_int_equal(all[i].other, 0);
		refused += all[i].refused;
	}
	assert_int_equal(fail.objects(), 0);
	assert_int_equal(fail.misuses(), 0);
	return refused;
}

static keys *open_with(unsigned sessions)
{
	struct keys_conf c = rig_conf(&rig, FAIL_MODULE, "issuer");
	struct rp_error err = RP_ERROR_INIT;
	keys *k = NULL;

	c.sessions = sessions;
	if (keys_open(&c, &k, &err) != RP_OK)
		fail_msg("%s", err.story);
	return k;
}

static void eight_threads_share_three_sessions_and_each_gets_its_own_answers(void **state)
{
	struct worker all[THREADS];
	keys *k = open_with(3);

	(void)state;
	prepare(all, k);
	assert_int_equal(run(all), 0);
	assert_in_range(fail.session_peak(), 3, 4); /* and the login's own */
	keys_close(k);
	assert_int_equal(fail.sessions(), 0);
}

static void a_token_that_gives_fewer_sessions_sets_the_limit(void **state)
{
	struct worker all[THREADS];
	keys *k = open_with(8);

	(void)state;
	fail.session_limit(3);
	prepare(all, k);
	assert_int_equal(run(all), 0);
	fail.session_limit(0);
	keys_close(k);
}

static void a_token_that_goes_once_fails_one_call_and_is_restarted_once_for_all(void **state)
{
	struct worker all[THREADS];
	keys *k = open_with(4);
	const unsigned long starts = fail.starts();

	(void)state;
	prepare(all, k);
	fail.next("C_Sign", CKR_DEVICE_REMOVED, 300, 1);
	assert_int_equal(run(all), 1);
	assert_int_equal(fail.starts(), starts + 1);
	keys_close(k);
}

static void a_token_that_goes_again_and_again_is_come_back_to_each_time(void **state)
{
	struct worker all[THREADS];
	keys *k = open_with(4);
	const unsigned long starts = fail.starts();

	(void)state;
	prepare(all, k);
	fail.next("C_SignInit", CKR_SESSION_HANDLE_INVALID, 50, 40);
	/* One for each time, and some who found it gone three times in a row. */
	assert_in_range(run(all), 1, 40 + THREADS * 13);
	assert_in_range(fail.starts(), starts + 1, starts + 40);
	assert_int_equal(run(all), 0);
	keys_close(k);
}

static void a_way_back_that_fails_is_one_failure_for_all_who_waited(void **state)
{
	struct worker all[THREADS];
	keys *k = open_with(4);
	unsigned long starts, logins;
	uint8_t out[32];

	(void)state;
	prepare(all, k);
	fail.next("C_SignFinal", CKR_DEVICE_REMOVED, 0, 1);
	assert_int_equal(keys_pepper(k, 1, NULL, 0, out, NULL), RP_E_TOKEN);
	starts = fail.starts();
	logins = fail.calls("C_Login");
	fail.next("C_Login", CKR_DEVICE_ERROR, 0, 1);
	fail.delay(300);
	/*
	 * Who waited shares the failure; who came later begins anew. Which of them the lock lets in first is
	 * not said: where that is the one who failed, it has come back before the others look.
	 */
	assert_in_range(run(all), 1, THREADS);
	fail.delay(0);
	assert_int_equal(fail.starts(), starts + 2);
	assert_int_equal(fail.calls("C_Login"), logins + 2);
	keys_close(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_threads_share_three_sessions_and_each_gets_its_own_answers),
		cmocka_unit_test(a_token_that_gives_fewer_sessions_sets_the_limit),
		cmocka_unit_test(a_token_that_goes_once_fails_one_call_and_is_restarted_once_for_all),
		cmocka_unit_test(a_token_that_goes_again_and_again_is_come_back_to_each_time),
		cmocka_unit_test(a_way_back_that_fails_is_one_failure_for_all_who_waited),
	};

	return cmocka_run_group_tests_name("many threads on one token", tests, begin, end);
}
