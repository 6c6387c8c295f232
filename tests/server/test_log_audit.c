/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever may write into the database changes the log: the audit says what, the seal does not build on it. */
#include "server/log_kit.h"

#define N 14 /* leaves: levels 0 to 3, and none of them whole */

static int filled(void **state)
{
	log_setup(state);
	for (int k = 0; k < 4; k++)
		log_fill(3);
	log_fill(1);
	log_good(N);
	return 0;
}

/* Salt, body and digest that fit each other, at a leaf that had others. */
static void replace_entry(int64_t leaf, const char *body)
{
	struct row_entry e = log_leaf_row(leaf);
	const struct hash_part parts[] = {{e.salt, sizeof e.salt}, {body, strlen(body)}};

	hash_sha256(parts, 2, e.digest);
	log_sql("UPDATE entry SET body = '%s', digest = %s WHERE leaf = %lld", body,
		log_bytes(e.digest, sizeof e.digest), (long long)leaf);
}

/* The body of a leaf with another outcome. */
static void changed_body(int64_t leaf, char ret[ROW_JSON])
{
	const struct row_entry e = log_leaf_row(leaf);
	char *at;

	memcpy(ret, e.body, ROW_JSON);
	at = strstr(ret, "\"outcome\":\"ok\"");
	assert_non_null(at);
	memcpy(at, "\"outcome\":\"no\"", 14);
}

/* What the seal does with such a log: nothing. */
static void is_not_sealed_on(void)
{
	const struct row_head before = log_head_row();
	struct rp_error err = RP_ERROR_INIT;
	char receipt[ROW_ID];
	uint64_t n = 4711;

	log_one("test", receipt);
	assert_int_equal(issuer_seal(kit_issuer, &n, &err), RP_E_STORE);
	assert_int_equal(n, 4711);
	assert_int_equal(log_head_row().size, before.size);
}

/* --- entries --- */

static void a_changed_text_is_found(void **state)
{
	(void)state;
	log_sql("UPDATE entry SET body = replace(body, 'kiosk-1', 'kiosk-2') WHERE leaf = 7");
	log_bad(NULL, "leaf 7 (receipt ");
	log_bad(NULL, "its text is not what was written");
}

static void a_changed_text_with_its_digest_is_found(void **state)
{
	char body[ROW_JSON];

	(void)state;
	changed_body(7, body);
	replace_entry(7, body);
	log_bad(NULL, "is not the entry that was sealed there");
	log_bad(NULL, "leaf 7 (receipt ");
}

static void a_changed_salt_is_found(void **state)
{
	(void)state;
	log_sql("UPDATE entry SET salt = (SELECT salt FROM entry WHERE leaf = 3) WHERE leaf = 13");
	log_bad(NULL, "leaf 13 (receipt ");
}

static void another_card_or_receipt_in_the_row_is_found(void **state)
{
	char receipt[ROW_ID];

	(void)state;
	log_sql("UPDATE entry SET card_id = (SELECT card_id FROM entry WHERE leaf = 2) WHERE leaf = 4");
	log_bad(NULL, "its row is that of another entry");
	log_sql("UPDATE entry SET card_id = (SELECT card_id FROM entry WHERE leaf = 1) WHERE leaf = 4");
	log_good(N);
	code32_new(LOG_RECEIPT_CHARS, receipt);
	log_sql("UPDATE entry SET receipt = '%s' WHERE leaf = 4", receipt);
	log_bad(NULL, "leaf 4 (receipt ");
}

static void an_entry_that_was_taken_out_is_found(void **state)
{
	(void)state;
	log_sql("DELETE FROM entry WHERE leaf = 5");
	log_bad(NULL, "leaf 5 is missing");
	log_sql("DELETE FROM entry WHERE leaf = 0");
	log_bad(NULL, "leaf 0 is missing");
}

static void entries_that_were_cut_off_are_found(void **state)
{
	(void)state;
	log_sql("DELETE FROM entry WHERE leaf >= 11");
	log_bad(NULL, "the log was cut: the tree has 14 leaves, and the entries end after 11");
	log_sql("DELETE FROM entry");
	log_bad(NULL, "the entries end after 0");
}

static void a_leaf_that_stands_twice_is_found(void **state)
{
	(void)state;
	log_sql("DROP INDEX entry_leaf");
	log_sql("UPDATE entry SET leaf = 5 WHERE leaf = 6");
	log_bad(NULL, "leaf 5 stands twice");
}

/* Entries are read by the thousand: the twin is the first that is not. */
static void a_leaf_that_stands_twice_is_found_between_two_readings(void **state)
{
	(void)state;
	log_fill(1005 - N);
	log_sql("DROP INDEX entry_leaf");
	log_sql("UPDATE entry SET leaf = 999 WHERE leaf = 1000");
	log_bad(NULL, "leaf 999 stands twice");
}

static void a_copy_of_an_entry_is_found(void **state)
{
	char receipt[ROW_ID];

	(void)state;
	code32_new(LOG_RECEIPT_CHARS, receipt);
	log_sql("INSERT INTO entry (receipt, card_id, salt, digest, body, leaf, made_ms) "
		"SELECT '%s', card_id, salt, digest, body, -1, made_ms FROM entry WHERE leaf = 5",
		receipt);
	log_bad(NULL, "an entry that waits for its seal");
	log_seal_all(1);
	log_bad(NULL, "leaf 14 (receipt ");
	log_bad(NULL, "its row is that of another entry");
}

static void entries_that_changed_places_are_found(void **state)
{
	(void)state;
	log_sql("UPDATE entry SET leaf = 999 WHERE leaf = 3");
	log_sql("UPDATE entry SET leaf = 3 WHERE leaf = 9");
	log_sql("UPDATE entry SET leaf = 9 WHERE leaf = 999");
	log_bad(NULL, "the log's order was changed: leaf 3 (receipt ");
	log_bad(NULL, "was sealed as leaf 9");
}

static void a_number_beyond_the_tree_is_found(void **state)
{
	char receipt[ROW_ID];

	(void)state;
	log_one("test", receipt);
	log_sql("UPDATE entry SET leaf = %d WHERE leaf = -1", N);
	log_bad(NULL, "leaf 14 has a number, but the tree has only 14 leaves");
}

static void an_entry_that_is_changed_before_its_seal_is_found(void **state)
{
	char receipt[ROW_ID];

	(void)state;
	log_one("test", receipt);
	log_sql("UPDATE entry SET body = replace(body, 'kiosk-1', 'kiosk-2') WHERE leaf = -1");
	log_bad(NULL, "an entry that waits for its seal");
	log_seal_all(1);
	log_bad(NULL, "leaf 14 (receipt ");
}

static void an_entry_that_nobody_ordered_to_erase_is_found(void **state)
{
	static const uint8_t zeros[32];

	(void)state;
	log_sql("UPDATE entry SET body = '', salt = %s WHERE leaf = 8", log_bytes(zeros, sizeof zeros));
	log_bad(NULL, "leaf 8 was erased, and no entry says on whose order");
	/* with another digest it is not the entry either */
	log_sql("UPDATE entry SET digest = (SELECT digest FROM entry WHERE leaf = 2) WHERE leaf = 8");
	log_bad(NULL, "the log's order was changed: leaf 8");
	log_sql("UPDATE entry SET digest = %s WHERE leaf = 8", log_bytes(zeros, sizeof zeros));
	log_bad(NULL, "leaf 8 (receipt ");
}

/* --- the tree --- */

static void each_changed_node_is_found_by_its_place(void **state)
{
	static const uint8_t hash[TLOG_HASH] = {0x66};
	char words[64];

	(void)state;
	for (unsigned level = 0; level <= 3; level++) {
		for (unsigned idx = 0; idx < (unsigned)N >> level; idx++) {
			log_sql("CREATE TABLE was AS SELECT hash FROM node WHERE level = %u AND idx = %u",
				level, idx);
			log_sql("UPDATE node SET hash = %s WHERE level = %u AND idx = %u",
				log_bytes(hash, sizeof hash), level, idx);
			(void)snprintf(words, sizeof words, "node (%u, %u) of the log was changed", level,
				       idx);
			log_bad(NULL, words);
			log_sql("DELETE FROM node WHERE level = %u AND idx = %u", level, idx);
			(void)snprintf(words, sizeof words, "node (%u, %u) of the log is missing", level,
				       idx);
			log_bad(NULL, words);
			log_sql("INSERT INTO node (level, idx, hash) SELECT %u, %u, hash FROM was", level,
				idx);
			log_sql("DROP TABLE was");
		}
	}
	log_good(N);
}

static void a_changed_head_is_found_and_not_built_upon(void **state)
{
	(void)state;
	log_sql("UPDATE head SET root = (SELECT root FROM checkpoint WHERE size = 7)");
	log_bad(NULL,
		"the log's head was changed: it has size 14, and what was signed has 14 with another root");
	is_not_sealed_on();
}

static void a_head_that_nobody_signed_is_found_and_not_built_upon(void **state)
{
	(void)state;
	log_sql("UPDATE head SET note = replace(note, 'log.example', 'log.sample')");
	log_bad(NULL, "the log's head was changed: this issuer has not signed it");
	is_not_sealed_on();
}

static void changed_nodes_are_not_built_upon(void **state)
{
	(void)state;
	log_sql("UPDATE node SET hash = (SELECT hash FROM node WHERE level = 3 AND idx = 0) "
		"WHERE level = 1 AND idx = 6");
	is_not_sealed_on();
}

static void a_head_of_a_smaller_size_is_found_and_not_built_upon(void **state)
{
	(void)state;
	/* an older head with its own signature: the nodes go on beyond it */
	log_sql("UPDATE head SET size = 7, root = (SELECT root FROM checkpoint WHERE size = 7), "
		"note = (SELECT note FROM checkpoint WHERE size = 7)");
	log_bad(NULL, "leaf 13 has a number, but the tree has only 7 leaves");
	is_not_sealed_on();
}

static void a_head_that_is_gone_is_found(void **state)
{
	(void)state;
	log_sql("DELETE FROM head");
	log_bad(NULL, "the log's head is missing");
}

static void a_changed_checkpoint_is_found(void **state)
{
	(void)state;
	log_sql("UPDATE checkpoint SET root = (SELECT root FROM checkpoint WHERE size = 4) WHERE size = 7");
	log_bad(NULL, "the log's checkpoint of size 7 was changed");
	log_sql("UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 4) WHERE size = 7");
	log_bad(NULL, "the log's checkpoint of size 7 was changed");
	log_sql("DELETE FROM checkpoint WHERE size = 7");
	log_good(N);
	log_sql("DELETE FROM checkpoint WHERE size = 14");
	log_bad(NULL, "the log's checkpoint of size 14 is missing");
}

/* --- against what left the machine --- */

static void exported_at(int size, char note[TLOG_NOTE_MAX])
{
	struct rp_error err = RP_ERROR_INIT;

	while (log_head_row().size < size)
		log_fill(1);
	assert_ok(issuer_checkpoint(kit_issuer, note, TLOG_NOTE_MAX, &err), &err);
}

static void a_log_that_goes_on_holds_what_was_exported(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	char note[TLOG_NOTE_MAX];
	uint64_t good = 0;

	(void)state;
	exported_at(N + 1, note);
	assert_ok(issuer_audit(kit_issuer, note, &good, &err), &err);
	log_fill(6);
	log_sql("DELETE FROM checkpoint WHERE size = %d", N + 1);
	assert_ok(issuer_audit(kit_issuer, note, &good, &err), &err);
	assert_int_equal(good, N + 7);
}

static void a_log_that_was_set_back_is_smaller_than_what_was_exported(void **state)
{
	char note[TLOG_NOTE_MAX];

	(void)state;
	exported_at(N + 3, note);
	/* all that a restore of an old backup would leave */
	log_sql("UPDATE head SET size = 7, root = (SELECT root FROM checkpoint WHERE size = 7), "
		"note = (SELECT note FROM checkpoint WHERE size = 7)");
	log_sql("DELETE FROM checkpoint WHERE size > 7");
	log_sql("DELETE FROM entry WHERE leaf >= 7");
	for (int level = 0; level < 6; level++)
		log_sql("DELETE FROM node WHERE level = %d AND idx >= %d", level, 7 >> level);
	log_good(7);
	log_bad(note, "the log was cut: it has 7 leaves, the exported checkpoint 17");
}

static void a_log_that_was_written_anew_is_not_what_was_exported(void **state)
{
	char note[TLOG_NOTE_MAX];

	(void)state;
	exported_at(N + 1, note);
	/* the same token seals other entries: only what left the machine can tell */
	log_teardown(state);
	filled(state);
	log_fill(9);
	log_good(N + 9);
	log_bad(note,
		"the log was rewritten: its first 15 leaves have another root than the exported checkpoint");
}

static void what_is_no_checkpoint_of_this_log_is_refused(void **state)
{
	static const char *const notes[] = {"", "x", LOG_ORIGIN "\n1\n"};
	struct rp_error err = RP_ERROR_INIT;
	char note[TLOG_NOTE_MAX];
	uint64_t good = 4711;

	(void)state;
	for (size_t k = 0; k < sizeof notes / sizeof notes[0]; k++)
		assert_int_equal(issuer_audit(kit_issuer, notes[k], &good, &err), RP_E_USAGE);
	exported_at(N, note);
	note[strlen(LOG_ORIGIN) + 1] = '2';
	assert_int_equal(issuer_audit(kit_issuer, note, &good, &err), RP_E_USAGE);
	assert_int_equal(good, 4711);
}

#define AUDIT_TEST(name) cmocka_unit_test_setup_teardown(name, filled, log_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AUDIT_TEST(a_changed_text_is_found),
		AUDIT_TEST(a_changed_text_with_its_digest_is_found),
		AUDIT_TEST(a_changed_salt_is_found),
		AUDIT_TEST(another_card_or_receipt_in_the_row_is_found),
		AUDIT_TEST(an_entry_that_was_taken_out_is_found),
		AUDIT_TEST(entries_that_were_cut_off_are_found),
		AUDIT_TEST(a_leaf_that_stands_twice_is_found),
		AUDIT_TEST(a_leaf_that_stands_twice_is_found_between_two_readings),
		AUDIT_TEST(a_copy_of_an_entry_is_found),
		AUDIT_TEST(entries_that_changed_places_are_found),
		AUDIT_TEST(a_number_beyond_the_tree_is_found),
		AUDIT_TEST(an_entry_that_is_changed_before_its_seal_is_found),
		AUDIT_TEST(an_entry_that_nobody_ordered_to_erase_is_found),
		AUDIT_TEST(each_changed_node_is_found_by_its_place),
		AUDIT_TEST(a_changed_head_is_found_and_not_built_upon),
		AUDIT_TEST(a_head_that_nobody_signed_is_found_and_not_built_upon),
		AUDIT_TEST(changed_nodes_are_not_built_upon),
		AUDIT_TEST(a_head_of_a_smaller_size_is_found_and_not_built_upon),
		AUDIT_TEST(a_head_that_is_gone_is_found),
		AUDIT_TEST(a_changed_checkpoint_is_found),
		AUDIT_TEST(a_log_that_goes_on_holds_what_was_exported),
		AUDIT_TEST(a_log_that_was_set_back_is_smaller_than_what_was_exported),
		AUDIT_TEST(a_log_that_was_written_anew_is_not_what_was_exported),
		AUDIT_TEST(what_is_no_checkpoint_of_this_log_is_refused),
	};

	return cmocka_run_group_tests(tests, log_group_setup, log_group_teardown);
}
