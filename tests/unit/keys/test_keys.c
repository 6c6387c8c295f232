/* SPDX-License-Identifier: Apache-2.0 */
/* Every function of keys.h on a real token, and what is said when there is none. */
#include "token_rig.h"

#include "base/bytes.h"

#include <gnutls/crypto.h>
#include <stdlib.h>

static struct rig rig;
static keys *k; /* of token "issuer", whose reset-2 is the test vector's key */
static uint8_t card_id[CARD_ID_LEN];

static const uint8_t test_reset_key[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
					   16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
/* Made with `openssl enc` and `openssl mac` (OpenSSL 3.0) from that key. */
#define RESET_2_CHECK "9736565C307179163DFEE206132A34D2"
static const uint8_t test_pepper[32] = "a pepper that only tests know";

static int begin(void **state)
{
	struct raw w;

	(void)state;
	rig_begin(&rig);
	rig_token(&rig, "issuer");
	w = raw_begin("issuer");
	raw_import(&w, "reset-2", CKK_AES, test_reset_key, sizeof test_reset_key, true, false);
	raw_import(&w, "pepper-10", CKK_GENERIC_SECRET, test_pepper, sizeof test_pepper, false, false);
	raw_import(&w, "pepper-x", CKK_GENERIC_SECRET, test_pepper, sizeof test_pepper, false, true);
	raw_import(&w, "resets-1", CKK_AES, test_reset_key, sizeof test_reset_key, true, true);
	raw_end(&w);
	assert_true(hash_card_id("test", "mynumber", "123456789012345", card_id));
	k = rig_open(&rig, SOFTHSM, "issuer");
	return 0;
}

static int end(void **state)
{
	(void)state;
	keys_close(k);
	keys_close(NULL);
	rig_end(&rig);
	return 0;
}

static void assert_hex(const void *bytes, size_t len, const char *hex)
{
	char text[256];

	assert_true(hex_of(bytes, len, text, sizeof text));
	assert_string_equal(text, hex);
}

static void the_test_vector_of_the_wire_comes_out_of_a_real_token(void **state)
{
	const struct keys_card c = {.version = 2, .slot = RP_SLOT_SIGN, .resets = 0};
	struct keys_card card = c;
	uint8_t nonce[16], challenge[16], out[16];
	rp_secret *kcard = NULL;

	(void)state;
	memcpy(card.id, card_id, sizeof card.id);
	for (uint8_t i = 0; i < 16; i++) {
		nonce[i] = (uint8_t)(0x10 + i);
		challenge[i] = (uint8_t)(0xA0 + i);
	}
	assert_hex(card_id, 16, "E1ECEA6655EA38D3F62EE14BFF658766");
	assert_int_equal(keys_card_key(k, 2, card_id, &kcard, NULL), RP_OK);
	assert_int_equal(rp_secret_len(kcard), 16);
	assert_hex(rp_secret_bytes(kcard), 16, "BFCF194CD22BB6A7BB187B059FB9DEC2");
	rp_secret_free(kcard);
	assert_int_equal(keys_presence_mac(k, &card, nonce, challenge, out, NULL), RP_OK);
	assert_hex(out, 16, "DB32555AAF7C80D8FBC9D1739D965B55");
	assert_int_equal(keys_cryptogram(k, &card, challenge, out, NULL), RP_OK);
	assert_hex(out, 16, "2C2C65B777B9AD2FB53A0A783196B003");
}

static void every_part_of_the_message_changes_the_checksum(void **state)
{
	struct keys_card c = {.version = 1, .slot = RP_SLOT_SIGN, .resets = 0x0102};
	uint8_t nonce[16] = {1}, challenge[16] = {2}, first[16], out[16];

	(void)state;
	memcpy(c.id, card_id, sizeof c.id);
	assert_int_equal(keys_presence_mac(k, &c, nonce, challenge, first, NULL), RP_OK);
	c.slot = RP_SLOT_AUTH;
	assert_int_equal(keys_presence_mac(k, &c, nonce, challenge, out, NULL), RP_OK);
	assert_memory_not_equal(out, first, 16);
	c.slot = RP_SLOT_SIGN;
	c.resets = 0x0201;
	assert_int_equal(keys_presence_mac(k, &c, nonce, challenge, out, NULL), RP_OK);
	assert_memory_not_equal(out, first, 16);
	c.resets = 0x0102;
	c.id[15] ^= 1;
	assert_int_equal(keys_presence_mac(k, &c, nonce, challenge, out, NULL), RP_OK);
	assert_memory_not_equal(out, first, 16);
	c.id[15] ^= 1;
	c.version = 2;
	assert_int_equal(keys_presence_mac(k, &c, nonce, challenge, out, NULL), RP_OK);
	assert_memory_not_equal(out, first, 16);
	c.version = 1;
	nonce[15] = 1;
	assert_int_equal(keys_presence_mac(k, &c, nonce, challenge, out, NULL), RP_OK);
	assert_memory_not_equal(out, first, 16);
	nonce[15] = 0;
	assert_int_equal(keys_presence_mac(k, &c, nonce, challenge, out, NULL), RP_OK);
	assert_memory_equal(out, first, 16);
}

static void versions_are_the_newest_by_number(void **state)
{
	(void)state;
	assert_int_equal(keys_version(k, KEYS_RESET), 2);
	assert_int_equal(keys_version(k, KEYS_PEPPER),
			 10); /* not "10" < "2", and not the stranger pepper-x */
	assert_int_equal(keys_version(k, KEYS_SEAL), 1);
	assert_int_equal(keys_version(k, KEYS_WRAP), 1);
}

static void a_version_that_is_not_there_is_refused_by_name(void **state)
{
	const struct keys_card c = {.version = 3};
	struct rp_error err = RP_ERROR_INIT;
	const uint8_t zeros[16] = {0};
	uint8_t out[64];
	rp_secret *kcard = NULL;

	(void)state;
	memset(out, 0x55, sizeof out);
	assert_int_equal(keys_presence_mac(k, &c, zeros, zeros, out, &err), RP_E_TOKEN);
	assert_non_null(strstr(err.story, "no key reset-3 is on token \"issuer\""));
	assert_int_equal(keys_cryptogram(k, &c, zeros, out, NULL), RP_E_TOKEN);
	assert_int_equal(keys_card_key(k, 3, zeros, &kcard, NULL), RP_E_TOKEN);
	assert_null(kcard);
	assert_int_equal(keys_pepper(k, 2, NULL, 0, out, NULL), RP_E_TOKEN);
	assert_int_equal(keys_seal(k, 0, "x", 1, out, NULL), RP_E_TOKEN);
	assert_int_equal(keys_seal_public(k, 2, out, NULL), RP_E_TOKEN);
	for (size_t i = 0; i < sizeof out; i++)
		assert_int_equal(out[i], 0x55);
}

static void pepper_is_hmac_over_the_parts_one_after_the_other(void **state)
{
	const struct hash_part parts[] = {{"user-", 5}, {NULL, 0}, {"code", 4}};
	uint8_t out[32], want[32];

	(void)state;
	assert_int_equal(
		gnutls_hmac_fast(GNUTLS_MAC_SHA256, test_pepper, sizeof test_pepper, "user-code", 9, want),
		0);
	assert_int_equal(keys_pepper(k, 10, parts, 3, out, NULL), RP_OK);
	assert_memory_equal(out, want, 32);
	assert_int_equal(keys_pepper(k, 1, parts, 3, out, NULL), RP_OK);
	assert_memory_not_equal(out, want, 32);
	assert_int_equal(gnutls_hmac_fast(GNUTLS_MAC_SHA256, test_pepper, sizeof test_pepper, "", 0, want),
			 0);
	assert_int_equal(keys_pepper(k, 10, NULL, 0, out, NULL), RP_OK);
	assert_memory_equal(out, want, 32);
}

static void a_seal_is_good_under_the_public_key_and_over_these_bytes_alone(void **state)
{
	uint8_t public_key[32], sig[64];
	static uint8_t long_text[5000];

	(void)state;
	assert_int_equal(keys_seal_public(k, 1, public_key, NULL), RP_OK);
	assert_int_equal(keys_seal(k, 1, "tree head", 9, sig, NULL), RP_OK);
	assert_true(hash_ed25519_good(public_key, "tree head", 9, sig));
	assert_false(hash_ed25519_good(public_key, "tree heaD", 9, sig));
	assert_int_equal(keys_seal(k, 1, long_text, sizeof long_text, sig, NULL), RP_OK);
	assert_true(hash_ed25519_good(public_key, long_text, sizeof long_text, sig));
}

static void check_values_name_every_key_in_order(void **state)
{
	char text[1024], tail[128], hex[80];
	uint8_t public_key[32], hmac[32];
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	assert_int_equal(keys_check_values(k, text, sizeof text, NULL), RP_OK);
	assert_true(strncmp(text, "{\"pepper-1\":\"", 13) == 0);
	assert_int_equal(gnutls_hmac_fast(GNUTLS_MAC_SHA256, test_pepper, sizeof test_pepper, "", 0, hmac),
			 0);
	assert_true(hex_of(hmac, 32, hex, sizeof hex));
	(void)snprintf(tail, sizeof tail, "\",\"pepper-10\":\"%s\",\"reset-1\":\"", hex);
	assert_non_null(strstr(text, tail));
	assert_non_null(strstr(text, "\",\"reset-2\":\"" RESET_2_CHECK "\",\"seal-1\":\""));
	assert_int_equal(keys_seal_public(k, 1, public_key, NULL), RP_OK);
	assert_true(hex_of(public_key, 32, hex, sizeof hex));
	(void)snprintf(tail, sizeof tail, "\"seal-1\":\"%s\",\"wrap-1\":\"", hex);
	assert_non_null(strstr(text, tail));
	assert_int_equal(strlen(strstr(text, "\"wrap-1\":")), strlen("\"wrap-1\":") + 34 + 1);
	assert_int_equal(text[strlen(text) - 1], '}');
	for (size_t cap = 1; cap < strlen(text) + 1; cap += 13) {
		char small[1024];

		memset(small, '#', sizeof small);
		assert_int_equal(keys_check_values(k, small, cap, &err), RP_E_FAULT);
		assert_int_equal(small[0], '#');
	}
}

/* --- refusals --- */

static void assert_refused(const struct keys_conf *c, const char *words)
{
	struct rp_error err = RP_ERROR_INIT;
	keys *none = NULL;

	assert_int_equal(keys_open(c, &none, &err), RP_E_TOKEN);
	assert_null(none);
	if (strstr(err.story, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, err.story);
	assert_null(strstr(err.story, RIG_PIN));
}

static void what_is_missing_is_named_with_what_to_do(void **state)
{
	struct keys_conf c = rig_conf(&rig, "/nowhere/libsofthsm2.so", "issuer");

	(void)state;
	assert_refused(&c, "install it (softhsm2), or set the path of another");
	c.module = "/lib/x86_64-linux-gnu/libc.so.6";
	assert_refused(&c, "is no PKCS#11 module");
	c.module = "";
	assert_refused(&c, "no PKCS#11 module is set");
	c = rig_conf(&rig, SOFTHSM, "issue");
	assert_refused(&c, "has no token \"issue\"");
	c.token = NULL;
	assert_refused(&c, "set them");
}

static void a_wrong_pin_is_said_and_not_shown(void **state)
{
	struct keys_conf c = rig_conf(&rig, SOFTHSM, "other");
	rp_secret *wrong = NULL;

	(void)state;
	rig_token(&rig, "other");
	assert_int_equal(rp_secret_from("1234567", 7, &wrong, NULL), RP_OK);
	c.pin = wrong;
	assert_refused(
		&c,
		"logging in to token \"other\": CKR_PIN_INCORRECT (the PIN is wrong and is not tried again");
	rp_secret_free(wrong);
}

static void a_label_that_is_taken_is_a_conflict(void **state)
{
	struct keys_conf c = rig_conf(&rig, SOFTHSM, "issuer");
	struct rp_error err = RP_ERROR_INIT;
	uint8_t before[32], after[32];

	(void)state;
	assert_int_equal(keys_seal_public(k, 1, before, NULL), RP_OK);
	assert_int_equal(keys_make_token(&c, rig.so_pin, &err), RP_E_CONFLICT);
	assert_non_null(strstr(err.story, "\"issuer\" is there already"));
	assert_int_equal(keys_seal_public(k, 1, after, NULL), RP_OK);
	assert_memory_equal(before, after, 32);
	c.token = "123456789012345678901234567890123";
	assert_int_equal(keys_make_token(&c, rig.so_pin, &err), RP_E_TOKEN);
	assert_non_null(strstr(err.story, "1 to 32 bytes"));
}

static void a_pin_that_the_token_does_not_take_leaves_no_half_made_token(void **state)
{
	struct keys_conf c = rig_conf(&rig, SOFTHSM, "short");
	struct rp_error err = RP_ERROR_INIT;
	rp_secret *pin = NULL;

	(void)state;
	assert_int_equal(rp_secret_from("12", 2, &pin, NULL), RP_OK);
	c.pin = pin;
	assert_int_equal(keys_make_token(&c, rig.so_pin, &err), RP_E_TOKEN);
	assert_non_null(strstr(err.story, "a PIN of token \"short\" has 4 to 255 characters"));
	c.pin = rig.pin;
	assert_int_equal(keys_make_token(&c, pin, &err), RP_E_TOKEN);
	assert_refused(&c, "has no token \"short\"");
	rp_secret_free(pin);
}

static void each_key_of_a_new_token_serves_one_use_and_cannot_leave(void **state)
{
	static const struct {
		const char *name;
		CK_OBJECT_CLASS class;
		bool signs, encrypts, derives;
	} rows[] = {
		{"reset-1", CKO_SECRET_KEY, false, false, true},
		{"pepper-1", CKO_SECRET_KEY, true, false, false},
		{"wrap-1", CKO_SECRET_KEY, true, true, false}, /* signs its own check value */
		{"seal-1", CKO_PRIVATE_KEY, true, false, false},
	};
	struct raw w;

	(void)state;
	rig_token(&rig, "fresh");
	keys_close(k);
	w = raw_begin("fresh");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(raw_flag(&w, rows[i].class, rows[i].name, CKA_PRIVATE), true);
		assert_int_equal(raw_flag(&w, rows[i].class, rows[i].name, CKA_SENSITIVE), true);
		assert_int_equal(raw_flag(&w, rows[i].class, rows[i].name, CKA_EXTRACTABLE), false);
		assert_int_equal(raw_flag(&w, rows[i].class, rows[i].name, CKA_NEVER_EXTRACTABLE), true);
		assert_int_equal(raw_flag(&w, rows[i].class, rows[i].name, CKA_SIGN), rows[i].signs);
		assert_int_equal(raw_flag(&w, rows[i].class, rows[i].name, CKA_DERIVE), rows[i].derives);
		assert_int_equal(raw_flag(&w, rows[i].class, rows[i].name, CKA_DECRYPT), rows[i].encrypts);
		assert_int_equal(raw_flag(&w, rows[i].class, rows[i].name, CKA_UNWRAP), false);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(raw_flag(&w, CKO_SECRET_KEY, rows[i].name, CKA_ENCRYPT), rows[i].encrypts);
		assert_int_equal(raw_flag(&w, CKO_SECRET_KEY, rows[i].name, CKA_WRAP), false);
	}
	raw_end(&w);
	k = rig_open(&rig, SOFTHSM, "issuer");
}

static void two_tokens_of_one_process_do_not_disturb_each_other(void **state)
{
	uint8_t mine[32], theirs[32], again[32];
	keys *second, *third;

	(void)state;
	rig_token(&rig, "second");
	assert_int_equal(keys_seal_public(k, 1, mine, NULL), RP_OK);
	second = rig_open(&rig, SOFTHSM, "second");
	third = rig_open(&rig, SOFTHSM, "issuer");
	assert_int_equal(keys_seal_public(second, 1, theirs, NULL), RP_OK);
	assert_memory_not_equal(mine, theirs, 32);
	keys_close(second);
	assert_int_equal(keys_seal_public(third, 1, again, NULL), RP_OK);
	assert_memory_equal(mine, again, 32);
	keys_close(third);
	assert_int_equal(keys_seal_public(k, 1, again, NULL), RP_OK);
	assert_memory_equal(mine, again, 32);
	assert_int_equal(keys_pepper(k, 1, NULL, 0, again, NULL), RP_OK); /* still logged in */
}

/* `k` is closed meanwhile. */
static void damage(const char *destroy, const char *import, CK_KEY_TYPE type, bool extractable)
{
	struct raw w = raw_begin("damaged");

	if (destroy != NULL)
		assert_true(raw_destroy(&w, destroy) > 0);
	if (import != NULL)
		raw_import(&w, import, type, test_reset_key, sizeof test_reset_key, true, extractable);
	raw_end(&w);
}

static void a_token_whose_keys_are_not_right_is_refused(void **state)
{
	const struct keys_conf c = rig_conf(&rig, SOFTHSM, "damaged");

	(void)state;
	rig_token(&rig, "damaged");
	keys_close(k);
	damage("reset-1", NULL, 0, false);
	assert_refused(&c, "no key reset-N is on the token: restore the token from its backup");
	damage(NULL, "reset-1", CKK_AES, true);
	assert_refused(&c, "reset-1 could be taken out of the token");
	damage("reset-1", "reset-1", CKK_GENERIC_SECRET, false);
	assert_refused(&c, "reset-1 on the token is a key of another kind");
	damage("reset-1", "reset-1", CKK_AES, false);
	keys_close(rig_open(&rig, SOFTHSM, "damaged"));
	damage(NULL, "reset-1", CKK_AES, false);
	assert_refused(&c, "two keys on the token are called reset-1");
	damage("reset-1", "reset-1", CKK_AES, false);
	damage("seal-1", NULL, 0, false);
	assert_refused(&c, "no key seal-N is on the token");
	k = rig_open(&rig, SOFTHSM, "issuer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_test_vector_of_the_wire_comes_out_of_a_real_token),
		cmocka_unit_test(every_part_of_the_message_changes_the_checksum),
		cmocka_unit_test(versions_are_the_newest_by_number),
		cmocka_unit_test(a_version_that_is_not_there_is_refused_by_name),
		cmocka_unit_test(pepper_is_hmac_over_the_parts_one_after_the_other),
		cmocka_unit_test(a_seal_is_good_under_the_public_key_and_over_these_bytes_alone),
		cmocka_unit_test(check_values_name_every_key_in_order),
		cmocka_unit_test(what_is_missing_is_named_with_what_to_do),
		cmocka_unit_test(a_wrong_pin_is_said_and_not_shown),
		cmocka_unit_test(a_label_that_is_taken_is_a_conflict),
		cmocka_unit_test(a_pin_that_the_token_does_not_take_leaves_no_half_made_token),
		cmocka_unit_test(each_key_of_a_new_token_serves_one_use_and_cannot_leave),
		cmocka_unit_test(two_tokens_of_one_process_do_not_disturb_each_other),
		cmocka_unit_test(a_token_whose_keys_are_not_right_is_refused),
	};

	return cmocka_run_group_tests_name("the issuer's keys", tests, begin, end);
}
