/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent ahead, on both engines: a hint that changes no answer. */
#include "server/store_kit.h"

static const struct store_opts plain = {0};

static void put_two(struct store_tx *tx)
{
	struct row_meta a = {.name = "a", .value = "1"}, b = {.name = "b", .value = "2"};

	RUN(tx, META_PUT, &a);
	RUN(tx, META_PUT, &b);
}

static void ask_for_two(struct store_tx *tx)
{
	struct row_meta a = {.name = "a"}, b = {.name = "b"}, none = {.name = "c"};
	struct row_nonce other = {.until_ms = 1};

	assert_int_equal(store_ahead(tx, ST_META_GET, &a, NULL), RP_OK);
	assert_int_equal(store_ahead(tx, ST_META_GET, &none, NULL), RP_OK);
	assert_int_equal(store_ahead(tx, ST_META_GET, &b, NULL), RP_OK);
	RUN(tx, NONCE_USE, &other);
	assert_true(GET(tx, META_GET, &b));
	assert_string_equal(b.value, "2");
	assert_true(GET(tx, META_GET, &a));
	assert_string_equal(a.value, "1");
	assert_true(GET(tx, META_GET, &a)); /* and asked again */
	assert_string_equal(a.value, "1");
	assert_false(GET(tx, META_GET, &none));
}

static void what_is_sent_ahead_is_there_when_it_is_asked_for(void **state)
{
	(void)state;
	kit_work(put_two);
	kit_work(ask_for_two);
}

static void write_in_between(struct store_tx *tx)
{
	struct row_meta a = {.name = "a"}, next = {.name = "a", .value = "3"};

	assert_int_equal(store_ahead(tx, ST_META_GET, &a, NULL), RP_OK);
	RUN(tx, META_PUT, &next);
	assert_true(GET(tx, META_GET, &a));
	assert_string_equal(a.value, "3");
}

static void write_later_in_between(struct store_tx *tx)
{
	struct row_card c;
	struct row_card_slot slot = {.slot = 1}, next = {.slot = 1, .resets = 7};

	kit_card(tx, 1, &c);
	memcpy(slot.card_id, c.card_id, CARD_ID_LEN);
	memcpy(next.card_id, c.card_id, CARD_ID_LEN);
	assert_int_equal(store_ahead(tx, ST_SLOT_GET, &slot, NULL), RP_OK);
	(void)store_now(tx);
	RUN(tx, SLOT_PUT, &next); /* nobody waits for this one */
	assert_true(GET(tx, SLOT_GET, &slot));
	assert_int_equal(slot.resets, 7);
}

static void what_was_read_ahead_of_a_write_is_read_again(void **state)
{
	(void)state;
	kit_work(put_two);
	kit_work(write_in_between);
	kit_work(write_later_in_between);
}

static rp_code use_ahead(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_nonce nonce = {.until_ms = 1};
	struct row_limit limit = {.what = "acts"};
	bool found;
	rp_code rc = store_ahead(tx, ST_NONCE_USE, &nonce, err);

	if (rc == RP_OK)
		rc = store_ahead(tx, ST_LIMIT_COUNT, &limit, err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_NONCE_USE, &nonce, NULL, err);
	if (rc != RP_OK)
		return rc;
	rc = store_get(tx, ST_LIMIT_COUNT, &limit, &found, err);
	*(int64_t *)arg = limit.n;
	return rc;
}

static void what_is_written_ahead_is_written_once_and_its_answer_decides(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	int64_t n = 0;

	(void)state;
	assert_ok(store_work(kit.s, &plain, use_ahead, &n, &err), &err);
	assert_int_equal(n, 1);
	n = 0;
	/* The nonce is there; what was counted behind it is taken back. */
	assert_int_equal(store_work(kit.s, &plain, use_ahead, &n, &err), RP_E_CONFLICT);
	assert_int_equal(n, 0);
	kit_raw("DELETE FROM nonce");
	assert_ok(store_work(kit.s, &plain, use_ahead, &n, &err), &err);
	assert_int_equal(n, 2);
}

#define T(fn, sentence)                                                                                      \
	{                                                                                                    \
		sentence, fn, kit_setup, kit_teardown, NULL                                                  \
	}
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_sent_ahead_is_there_when_it_is_asked_for,
		  "what is sent ahead is there when it is asked for"),
		T(what_was_read_ahead_of_a_write_is_read_again,
		  "what was read ahead of a write is read again"),
		T(what_is_written_ahead_is_written_once_and_its_answer_decides,
		  "what is written ahead is written once, and its answer decides"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
