/* SPDX-License-Identifier: Apache-2.0 */
/* The issuer's log: entries, their seal, receipts and proofs, erasing. Changed logs are test_log_audit.c. */
#include "server/log_kit.h"

#include <jansson.h>

/* What the token does when the seal asks it (linked with --wrap). */
static rp_code seal_answers;
rp_code __real_keys_seal(keys *k, unsigned version, const void *bytes, size_t len, uint8_t ret[64],
			 struct rp_error *err);
rp_code __wrap_keys_seal(keys *k, unsigned version, const void *bytes, size_t len, uint8_t ret[64],
			 struct rp_error *err);
rp_code __wrap_keys_seal(keys *k, unsigned version, const void *bytes, size_t len, uint8_t ret[64],
			 struct rp_error *err)
{
	if (seal_answers != RP_OK)
		return rp_fail(err, seal_answers, "the token is away");
	return __real_keys_seal(k, version, bytes, len, ret, err);
}

static char *receipt_of(const char *receipt)
{
	struct rp_error err = RP_ERROR_INIT;
	char *text = NULL;

	assert_ok(issuer_receipt(kit_issuer, receipt, &text, &err), &err);
	return text;
}

static const char *member(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	if (s == NULL)
		fail_msg("no member %s", name);
	return s;
}

static void checkpoint(char note[TLOG_NOTE_MAX])
{
	struct rp_error err = RP_ERROR_INIT;

	assert_ok(issuer_checkpoint(kit_issuer, note, TLOG_NOTE_MAX, &err), &err);
}

/* --- beginning --- */

static void leaf_0_holds_the_check_values_of_the_token(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	const struct row_entry e = log_leaf_row(0);
	char values[1024];

	(void)state;
	assert_ok(keys_check_values(kit_issuer->keys, values, sizeof values, &err), &err);
	assert_non_null(strstr(e.body, "\"act\":\"keys\""));
	assert_non_null(strstr(e.body, values));
	assert_ok(log_check_keys(kit_issuer, &err), &err);
	log_good(1);
}

static void a_log_begins_once(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	assert_int_equal(log_begin(kit_issuer, &err), RP_E_CONFLICT);
	log_fill(3);
	assert_int_equal(log_begin(kit_issuer, &err), RP_E_CONFLICT);
	log_good(4);
}

static void a_log_in_which_something_waits_has_begun(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	char receipt[ROW_ID];

	(void)state;
	log_one("test", receipt);
	assert_int_equal(log_begin(kit_issuer, &err), RP_E_CONFLICT);
}

static void nothing_else_becomes_leaf_0(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	char receipt[ROW_ID];
	uint64_t n = 4711;

	(void)state;
	log_one("test", receipt);
	assert_int_equal(issuer_seal(kit_issuer, &n, &err), RP_E_STORE);
	assert_non_null(strstr(err.story, "the log has not begun"));
	assert_int_equal(log_head_row().size, 0);
}

static void an_empty_log_has_no_checkpoint_and_is_no_token_s(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	char note[TLOG_NOTE_MAX] = "untouched";

	(void)state;
	assert_int_equal(issuer_checkpoint(kit_issuer, note, sizeof note, &err), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.problem, RP_PROBLEM_NOT_READY);
	assert_string_equal(note, "untouched");
	assert_int_equal(log_check_keys(kit_issuer, &err), RP_E_STORE);
	log_good(0);
}

static void another_token_is_told_by_name(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	struct row_entry e = log_leaf_row(0);
	char *at = strstr(e.body, "\"reset-1\":\"");
	uint8_t leaf[TLOG_HASH];
	const struct hash_part parts[] = {{e.salt, sizeof e.salt}, {e.body, strlen(e.body)}};

	(void)state;
	assert_non_null(at);
	/* changed alone, it is a changed log */
	at[11] = at[11] == '0' ? '1' : '0';
	log_sql("UPDATE entry SET body = '%s' WHERE leaf = 0", e.body);
	assert_int_equal(log_check_keys(kit_issuer, &err), RP_E_STORE);
	/* with digest and leaf, it is another token's log */
	hash_sha256(parts, 2, e.digest);
	tlog_leaf_of(e.digest, leaf);
	log_sql("UPDATE entry SET digest = %s WHERE leaf = 0", log_bytes(e.digest, sizeof e.digest));
	log_sql("UPDATE node SET hash = %s WHERE level = 0 AND idx = 0", log_bytes(leaf, sizeof leaf));
	assert_int_equal(log_check_keys(kit_issuer, &err), RP_E_TOKEN);
	assert_non_null(strstr(err.story, "reset-1 is another one"));
	log_bad(NULL, "the log was rewritten: its first 1 leaves have another root than the signed");
}

/* --- entries --- */

static rp_code write_full(struct store_tx *tx, void *arg, struct rp_error *err)
{
	static const uint8_t card[CARD_ID_LEN] = {0xAB, 1};
	const struct log_act act = {.act = "grant",
				    .card_id = card,
				    .case_id = "CASE1",
				    .slot = RP_SLOT_AUTH,
				    .door = "counter",
				    .terminal = "desk-3",
				    .operator_name = "aoki",
				    .outcome = "ok",
				    .reason = "\"quoted\", \xE5\x8C\xBA and \x01"};

	return log_entry(tx, &act, arg, err);
}

static void an_entry_is_one_line_with_its_members_in_order(void **state)
{
	const struct store_opts opts = {.read_only = false};
	struct rp_error err = RP_ERROR_INIT;
	char receipt[ROW_ID], want[ROW_JSON];
	struct row_entry e;

	(void)state;
	assert_ok(store_work(kit.s, &opts, write_full, receipt, &err), &err);
	log_seal_all(1);
	e = log_leaf_row(1);
	(void)snprintf(want, sizeof want,
		       "{\"act\":\"grant\",\"card\":\"AB010000000000000000000000000000\",\"case\":\"CASE1\","
		       "\"door\":\"counter\",\"operator\":\"aoki\",\"outcome\":\"ok\","
		       "\"reason\":\"\\\"quoted\\\", \xE5\x8C\xBA and \\u0001\",\"receipt\":\"%s\","
		       "\"slot\":\"auth\",\"terminal\":\"desk-3\",\"time\":%lld}",
		       receipt, (long long)e.made_ms);
	assert_string_equal(e.body, want);
	assert_true(strlen(receipt) == LOG_RECEIPT_CHARS + 1 && log_digest_good(&e));
	assert_int_equal(e.card_id[0], 0xAB);
	log_good(2);
}

struct bad_act {
	struct log_act act;
	rp_code rc;
	char receipt[ROW_ID];
};

static rp_code write_bad(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct bad_act *b = arg;

	b->rc = log_entry(tx, &b->act, b->receipt, err);
	return RP_OK;
}

static void an_entry_without_act_or_that_is_no_text_is_not_written(void **state)
{
	const struct store_opts opts = {.read_only = false};
	static char huge[ROW_JSON + 1];
	struct bad_act acts[] = {
		{.act = {.act = NULL}},
		{.act = {.act = ""}},
		{.act = {.act = "x", .reason = "no \xFF UTF-8"}},
		{.act = {.act = "x", .reason = huge}},
	};

	(void)state;
	memset(huge, 'x', sizeof huge - 1);
	for (size_t k = 0; k < sizeof acts / sizeof acts[0]; k++) {
		(void)snprintf(acts[k].receipt, sizeof acts[k].receipt, "untouched");
		assert_int_equal(store_work(kit.s, &opts, write_bad, &acts[k], NULL), RP_OK);
		assert_int_equal(acts[k].rc, RP_E_FAULT);
		assert_string_equal(acts[k].receipt, "untouched");
	}
	log_seal_all(0);
}

static rp_code write_and_refuse(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct log_act act = {.act = "grant"};
	rp_code rc = log_entry(tx, &act, arg, err);

	return rc != RP_OK ? rc : rp_refuse(err, RP_PROBLEM_DOOR, "after all");
}

static void an_act_that_is_rolled_back_leaves_no_entry(void **state)
{
	const struct store_opts opts = {.read_only = false};
	struct rp_error err = RP_ERROR_INIT;
	char gone[ROW_ID], kept[ROW_ID], *text = NULL;

	(void)state;
	assert_int_equal(store_work(kit.s, &opts, write_and_refuse, gone, &err), RP_E_ISSUER_REFUSED);
	log_one("test", kept);
	/* its id is used up, where ids come from a sequence; its leaf is not */
	log_seal_all(1);
	assert_string_equal(log_leaf_row(1).receipt, kept);
	assert_int_equal(issuer_receipt(kit_issuer, gone, &text, &err), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.problem, RP_PROBLEM_NOT_FOUND);
	log_good(2);
}

/* --- the seal --- */

static void leaves_are_dense_whatever_the_ids_are(void **state)
{
	char gone[ROW_ID], receipt[ROW_ID];

	(void)state;
	for (int k = 0; k < 5; k++) {
		/* ids of entries that are gone leave gaps (SQLite gives the highest one again) */
		log_one("gone", gone);
		log_many(2, receipt);
		log_sql("DELETE FROM entry WHERE receipt = '%s'", gone);
		log_seal_all(2);
	}
	for (int64_t leaf = 1; leaf <= 10; leaf++)
		assert_int_equal(log_leaf_row(leaf).leaf, leaf);
	log_good(11);
}

static void a_round_takes_a_thousand(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	char receipt[ROW_ID];
	uint64_t n = 0;

	(void)state;
	log_many(2100, receipt);
	assert_ok(issuer_seal(kit_issuer, &n, &err), &err);
	assert_int_equal(n, 1000);
	log_seal_all(1100);
	assert_string_equal(log_leaf_row(2100).receipt, receipt);
	log_good(2101);
}

static void a_round_without_entries_signs_nothing(void **state)
{
	const struct row_head before = log_head_row();

	(void)state;
	seal_answers = RP_E_TOKEN;
	log_seal_all(0);
	seal_answers = RP_OK;
	assert_memory_equal(before.root, log_head_row().root, TLOG_HASH);
	assert_int_equal(before.at_ms, log_head_row().at_ms);
}

static void without_its_token_nothing_is_sealed_and_nothing_lost(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	char receipt[ROW_ID];
	uint64_t n = 4711;

	(void)state;
	log_many(5, receipt);
	seal_answers = RP_E_TOKEN;
	assert_int_equal(issuer_seal(kit_issuer, &n, &err), RP_E_TOKEN);
	seal_answers = RP_OK;
	assert_int_equal(n, 4711);
	assert_int_equal(log_head_row().size, 1);
	log_good(1);
	log_seal_all(5);
	log_good(6);
}

static void every_size_that_was_signed_begins_the_next(void **state)
{
	char notes[8][TLOG_NOTE_MAX];
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	for (size_t k = 0; k < 8; k++) {
		checkpoint(notes[k]);
		log_fill(k + 1);
	}
	for (size_t b = 1; b < 8; b++) {
		const uint64_t to = 1 + b * (b + 1) / 2, from = 1 + (b - 1) * b / 2;
		char *json = NULL;

		assert_ok(issuer_consistency(kit_issuer, from, to, &json, &err), &err);
		log_judge("consistency", json, notes[b - 1], notes[b], 0);
		free(json);
	}
}

static void the_head_that_is_shown_is_the_one_that_is_stored(void **state)
{
	char note[TLOG_NOTE_MAX], small[8] = "small";
	struct rp_error err = RP_ERROR_INIT;
	struct tlog_checkpoint c;
	uint8_t key[32];

	(void)state;
	log_fill(6);
	checkpoint(note);
	assert_string_equal(note, log_head_row().note);
	assert_ok(keys_seal_public(kit_issuer->keys, 1, key, &err), &err);
	assert_true(tlog_note_read(note, strlen(note), LOG_ORIGIN, key, &c));
	assert_int_equal(c.size, 7);
	assert_memory_equal(c.root, log_head_row().root, TLOG_HASH);
	assert_int_equal(issuer_checkpoint(kit_issuer, small, sizeof small, &err), RP_E_FAULT);
	assert_string_equal(small, "small");
}

/* --- receipts --- */

static void a_receipt_waits_and_then_proves_its_entry(void **state)
{
	char receipt[ROW_ID], typed[2 * ROW_ID] = "", note[TLOG_NOTE_MAX], *text;
	json_t *j;

	(void)state;
	log_fill(4);
	log_one("grant", receipt);
	text = receipt_of(receipt);
	j = json_loads(text, 0, NULL);
	assert_string_equal(member(j, "state"), "waiting");
	assert_int_equal(json_object_size(j), 2);
	json_decref(j);
	checkpoint(note);
	log_judge("receipt", text, note, NULL, 1);
	free(text);
	log_seal_all(1);
	/* as people type it */
	for (size_t k = 0; receipt[k] != '\0'; k++)
		(void)snprintf(typed + strlen(typed), 4, "%s%c", k % 5 == 0 ? "-" : "",
			       receipt[k] >= 'A' ? receipt[k] + 32 : receipt[k]);
	text = receipt_of(typed);
	j = json_loads(text, 0, NULL);
	assert_string_equal(member(j, "state"), "sealed");
	assert_string_equal(member(j, "receipt"), receipt);
	assert_string_equal(member(j, "entry"), log_leaf_row(5).body);
	assert_int_equal(json_integer_value(json_object_get(j, "leaf")), 5);
	log_judge("receipt", text, member(j, "checkpoint"), NULL, 0);
	json_decref(j);
	free(text);
}

static void a_receipt_that_nobody_was_given_is_not_found(void **state)
{
	static const char *const typed[] = {"", "x", "00000000000000000000U", "../../etc/passwd"};
	struct rp_error err = RP_ERROR_INIT;
	char other[ROW_ID], *text = NULL;

	(void)state;
	code32_new(LOG_RECEIPT_CHARS, other);
	assert_int_equal(issuer_receipt(kit_issuer, other, &text, &err), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.problem, RP_PROBLEM_NOT_FOUND);
	for (size_t k = 0; k < sizeof typed / sizeof typed[0]; k++) {
		assert_int_equal(issuer_receipt(kit_issuer, typed[k], &text, &err), RP_E_ISSUER_REFUSED);
		assert_int_equal(err.problem, RP_PROBLEM_NOT_FOUND);
	}
	assert_null(text);
}

static void sizes_that_the_log_does_not_have_prove_nothing(void **state)
{
	static const struct {
		uint64_t from, to;
		enum rp_problem problem;
	} bad[] = {
		{0, 3, RP_PROBLEM_MALFORMED},
		{3, 2, RP_PROBLEM_MALFORMED},
		{1, 6, RP_PROBLEM_NOT_FOUND},
		{6, UINT64_MAX, RP_PROBLEM_NOT_FOUND},
	};
	struct rp_error err = RP_ERROR_INIT;
	char *json = NULL;

	(void)state;
	log_fill(4);
	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
		assert_int_equal(issuer_consistency(kit_issuer, bad[k].from, bad[k].to, &json, &err),
				 RP_E_ISSUER_REFUSED);
		assert_int_equal(err.problem, bad[k].problem);
	}
	assert_null(json);
}

/* --- erasing --- */

struct erasure {
	const char *receipt;
	char order[ROW_ID];
};

static rp_code erase(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct erasure *e = arg;

	return log_erase(tx, e->receipt, "aoki", "asked for by the holder", e->order, err);
}

static rp_code try_erase(const char *receipt, char order[ROW_ID])
{
	const struct store_opts opts = {.read_only = false};
	struct erasure e = {.receipt = receipt};
	rp_code rc = store_work(kit.s, &opts, erase, &e, NULL);

	if (rc == RP_OK && order != NULL)
		memcpy(order, e.order, ROW_ID);
	return rc;
}

static void an_erased_entry_still_verifies_and_says_so(void **state)
{
	struct log_audited all;
	struct rp_error err = RP_ERROR_INIT;
	char receipt[ROW_ID], order[ROW_ID], *text;
	json_t *j;

	(void)state;
	log_fill(3);
	log_one("grant", receipt);
	log_seal_all(1);
	assert_int_equal(try_erase(receipt, order), RP_OK);
	/* before and after the order has its seal */
	assert_ok(log_audit(kit_issuer, NULL, &all, &err), &err);
	assert_true(all.size == 5 && all.erased == 1 && all.waiting == 1);
	log_seal_all(1);
	assert_ok(log_audit(kit_issuer, NULL, &all, &err), &err);
	assert_true(all.size == 6 && all.erased == 1 && all.waiting == 0);
	text = receipt_of(receipt);
	j = json_loads(text, 0, NULL);
	assert_string_equal(member(j, "state"), "erased");
	assert_null(json_object_get(j, "entry"));
	assert_null(json_object_get(j, "salt"));
	log_judge("receipt", text, member(j, "checkpoint"), NULL, 0);
	json_decref(j);
	free(text);
	assert_string_equal(log_leaf_row(4).body, "");
	assert_non_null(strstr(log_leaf_row(5).body, "\"erased\":4,"));
	assert_non_null(strstr(log_leaf_row(5).body, "\"operator\":\"aoki\""));
}

static void what_the_log_leans_on_is_not_erased(void **state)
{
	char receipt[ROW_ID], order[ROW_ID];

	(void)state;
	assert_int_equal(try_erase(log_leaf_row(0).receipt, NULL), RP_E_NOT_OFFERED);
	assert_int_equal(try_erase("nothing", NULL), RP_E_CONFLICT);
	log_one("test", receipt);
	assert_int_equal(try_erase(receipt, NULL), RP_E_CONFLICT);
	log_seal_all(1);
	assert_int_equal(try_erase(receipt, order), RP_OK);
	assert_int_equal(try_erase(receipt, NULL), RP_E_CONFLICT);
	log_seal_all(1);
	assert_int_equal(try_erase(order, NULL), RP_E_NOT_OFFERED);
	log_good(3);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, log_setup, log_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(leaf_0_holds_the_check_values_of_the_token),
		LOG_TEST(a_log_begins_once),
		cmocka_unit_test_setup_teardown(a_log_in_which_something_waits_has_begun, log_setup_empty,
						log_teardown),
		cmocka_unit_test_setup_teardown(nothing_else_becomes_leaf_0, log_setup_empty, log_teardown),
		cmocka_unit_test_setup_teardown(an_empty_log_has_no_checkpoint_and_is_no_token_s,
						log_setup_empty, log_teardown),
		LOG_TEST(another_token_is_told_by_name),
		LOG_TEST(an_entry_is_one_line_with_its_members_in_order),
		LOG_TEST(an_entry_without_act_or_that_is_no_text_is_not_written),
		LOG_TEST(an_act_that_is_rolled_back_leaves_no_entry),
		LOG_TEST(leaves_are_dense_whatever_the_ids_are),
		LOG_TEST(a_round_takes_a_thousand),
		LOG_TEST(a_round_without_entries_signs_nothing),
		LOG_TEST(without_its_token_nothing_is_sealed_and_nothing_lost),
		LOG_TEST(every_size_that_was_signed_begins_the_next),
		LOG_TEST(the_head_that_is_shown_is_the_one_that_is_stored),
		LOG_TEST(a_receipt_waits_and_then_proves_its_entry),
		LOG_TEST(a_receipt_that_nobody_was_given_is_not_found),
		LOG_TEST(sizes_that_the_log_does_not_have_prove_nothing),
		LOG_TEST(an_erased_entry_still_verifies_and_says_so),
		LOG_TEST(what_the_log_leans_on_is_not_erased),
	};

	return cmocka_run_group_tests(tests, log_group_setup, log_group_teardown);
}
