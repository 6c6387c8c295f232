/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that are wrapped for a row, on a real token. */
#include "token_rig.h"

static struct rig rig;
static keys *k;
static const struct hash_part row = {"card 1", 6}, other_row = {"card 2", 6};

static int begin(void **state)
{
	(void)state;
	rig_begin(&rig);
	rig_token(&rig, "issuer");
	k = rig_open(&rig, SOFTHSM, "issuer");
	return 0;
}

static int end(void **state)
{
	(void)state;
	keys_close(k);
	rig_end(&rig);
	return 0;
}

static size_t wrap(const void *secret, size_t len, const struct hash_part *for_row,
		   uint8_t ret[KEYS_WRAPPED_MAX])
{
	rp_secret *s = NULL;
	size_t got = 0;

	assert_int_equal(rp_secret_from(secret, len, &s, NULL), RP_OK);
	assert_int_equal(keys_wrap(k, s, for_row, ret, KEYS_WRAPPED_MAX, &got, NULL), RP_OK);
	rp_secret_free(s);
	return got;
}

static void assert_shut(const uint8_t *blob, size_t len, const struct hash_part *for_row, rp_code want)
{
	struct rp_error err = RP_ERROR_INIT;
	rp_secret *s = NULL;

	if (keys_unwrap(k, blob, len, for_row, &s, &err) != want)
		fail_msg("not %s: %s", rp_code_word(want), err.story);
	assert_null(s);
}

static void a_wrapped_secret_opens_to_itself(void **state)
{
	uint8_t blob[KEYS_WRAPPED_MAX], secret[64];
	rp_secret *s = NULL;

	(void)state;
	for (uint8_t i = 0; i < sizeof secret; i++)
		secret[i] = (uint8_t)(i * 7 + 1);
	for (size_t len = 1; len <= sizeof secret; len += len < 16 ? 1 : 6) {
		const size_t n = wrap(secret, len, &row, blob);

		assert_int_equal(n, len + 31);
		assert_int_equal(keys_unwrap(k, blob, n, &row, &s, NULL), RP_OK);
		assert_int_equal(rp_secret_len(s), len);
		assert_memory_equal(rp_secret_bytes(s), secret, len);
		rp_secret_free(s);
	}
}

static void wrapping_twice_gives_two_texts_without_the_secret_in_them(void **state)
{
	uint8_t a[KEYS_WRAPPED_MAX], b[KEYS_WRAPPED_MAX];
	const char secret[] = "twelve bytes";
	const size_t len = wrap(secret, 12, &row, a);

	(void)state;
	assert_int_equal(wrap(secret, 12, &row, b), len);
	assert_memory_not_equal(a, b, len);
	assert_memory_not_equal(a + 3, b + 3, 12); /* the IV is never the same */
	assert_null(memmem(a, len, secret, 12));
}

static void a_blob_that_was_copied_to_another_row_does_not_open(void **state)
{
	const struct hash_part shorter = {"card ", 5}, longer = {"card 12", 7}, none = {"", 0};
	uint8_t blob[KEYS_WRAPPED_MAX];
	const size_t len = wrap("admin key", 9, &row, blob);
	rp_secret *s = NULL;

	(void)state;
	assert_shut(blob, len, &other_row, RP_E_FAULT);
	assert_shut(blob, len, &shorter, RP_E_FAULT);
	assert_shut(blob, len, &longer, RP_E_FAULT);
	assert_shut(blob, len, &none, RP_E_FAULT);
	assert_int_equal(keys_unwrap(k, blob, len, &row, &s, NULL), RP_OK); /* and the token is as before */
	rp_secret_free(s);
}

static void no_bit_of_a_blob_can_be_changed_and_no_byte_taken_or_added(void **state)
{
	uint8_t blob[KEYS_WRAPPED_MAX] = {0};
	const size_t len = wrap("admin key", 9, &row, blob);
	rp_secret *s = NULL;

	(void)state;
	for (size_t i = 0; i < len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			blob[i] ^= (uint8_t)(1u << bit);
			/* Bytes 1 and 2 name a version of wrap that is not there. */
			assert_shut(blob, len, &row, i == 1 || i == 2 ? RP_E_TOKEN : RP_E_FAULT);
			blob[i] ^= (uint8_t)(1u << bit);
		}
	for (size_t n = 0; n <= sizeof blob; n++)
		if (n != len)
			assert_shut(blob, n, &row, RP_E_FAULT);
	assert_int_equal(keys_unwrap(k, blob, len, &row, &s, NULL), RP_OK);
	rp_secret_free(s);
}

static void a_blob_of_another_token_does_not_open(void **state)
{
	uint8_t blob[KEYS_WRAPPED_MAX];
	const size_t len = wrap("admin key", 9, &row, blob);
	keys *other;
	rp_secret *s = NULL;

	(void)state;
	rig_token(&rig, "other");
	other = rig_open(&rig, SOFTHSM, "other");
	assert_int_equal(keys_unwrap(other, blob, len, &row, &s, NULL), RP_E_FAULT);
	keys_close(other);
}

static void what_does_not_fit_is_not_wrapped(void **state)
{
	uint8_t blob[KEYS_WRAPPED_MAX], name[256] = {1};
	const struct hash_part long_row = {name, 256}, longest_row = {name, 255};
	rp_secret *s = NULL;
	size_t len = 77;

	(void)state;
	memset(blob, 0x55, sizeof blob);
	assert_int_equal(rp_secret_new(65, &s, NULL), RP_OK);
	assert_int_equal(keys_wrap(k, s, &row, blob, sizeof blob, &len, NULL), RP_E_FAULT); /* empty */
	for (int i = 0; i < 65; i++)
		assert_true(rp_secret_push(s, 'x'));
	assert_int_equal(keys_wrap(k, s, &row, blob, sizeof blob, &len, NULL), RP_E_FAULT);
	rp_secret_truncate(s, 64);
	assert_int_equal(keys_wrap(k, s, &row, blob, 94, &len, NULL), RP_E_FAULT);
	assert_int_equal(keys_wrap(k, s, &long_row, blob, sizeof blob, &len, NULL), RP_E_FAULT);
	assert_int_equal(len, 77);
	assert_int_equal(blob[0], 0x55);
	assert_int_equal(keys_wrap(k, s, &longest_row, blob, 95, &len, NULL), RP_OK);
	assert_int_equal(len, 95);
	rp_secret_free(s);
}

static void an_admin_key_of_another_length_or_card_is_refused(void **state)
{
	static const uint8_t id[CARD_ID_LEN] = {1}, other_id[CARD_ID_LEN] = {2}, zeros[40];
	const struct hash_part card = {id, sizeof id};
	uint8_t blob[KEYS_WRAPPED_MAX], out[40];
	struct rp_error err = RP_ERROR_INIT;
	bool proves = true;
	size_t len = wrap("sixteen bytes...", 16, &card, blob);

	(void)state;
	memset(out, 0x55, sizeof out);
	assert_int_equal(keys_gids_response(k, blob, len, id, zeros, out, &err), RP_E_FAULT);
	assert_non_null(strstr(err.story, "has 24 bytes, not 16"));
	len = wrap("twenty-four bytes of key", 24, &card, blob);
	assert_int_equal(keys_gids_response(k, blob, len, other_id, zeros, out, &err), RP_E_FAULT);
	assert_non_null(strstr(err.story, "another row's"));
	assert_int_equal(keys_gids_mutual(k, blob, len, other_id, zeros, zeros, out, NULL), RP_E_FAULT);
	assert_int_equal(keys_gids_proves(k, blob, len, other_id, zeros, zeros, zeros, &proves, NULL),
			 RP_E_FAULT);
	assert_true(proves);
	assert_int_equal(out[0], 0x55);
	assert_int_equal(keys_gids_response(k, blob, len, id, zeros, out, NULL), RP_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrapped_secret_opens_to_itself),
		cmocka_unit_test(wrapping_twice_gives_two_texts_without_the_secret_in_them),
		cmocka_unit_test(a_blob_that_was_copied_to_another_row_does_not_open),
		cmocka_unit_test(no_bit_of_a_blob_can_be_changed_and_no_byte_taken_or_added),
		cmocka_unit_test(a_blob_of_another_token_does_not_open),
		cmocka_unit_test(what_does_not_fit_is_not_wrapped),
		cmocka_unit_test(an_admin_key_of_another_length_or_card_is_refused),
	};

	return cmocka_run_group_tests_name("wrapped secrets", tests, begin, end);
}
