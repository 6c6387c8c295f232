/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/proof.h"
#include <cmocka.h>

static void assert_hex(const void *bytes, size_t len, const char *want)
{
	char text[129];

	assert_true(hex_of(bytes, len, text, sizeof text));
	assert_string_equal(text, want);
}

static void sha256_of_parts_is_that_of_the_whole(void **state)
{
	const struct hash_part abc[] = {{"a", 1}, {NULL, 0}, {"bc", 2}};
	uint8_t h[SHA256_LEN];

	(void)state;
	hash_sha256(abc, 3, h); /* FIPS 180-4, example "abc" */
	assert_hex(h, 32, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
	hash_sha256(NULL, 0, h);
	assert_hex(h, 32, "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
}

static void card_id_is_that_of_the_test_vector(void **state)
{
	uint8_t id[CARD_ID_LEN];
	char long_name[257];

	(void)state;
	assert_true(hash_card_id("test", "mynumber", "123456789012345", id));
	assert_hex(id, 16, "E1ECEA6655EA38D3F62EE14BFF658766");
	/* no two different triples make one text */
	assert_true(hash_card_id("testm", "ynumber", "123456789012345", id));
	assert_int_not_equal(id[0], 0xE1);
	memset(long_name, 'x', 256);
	long_name[256] = '\0';
	assert_false(hash_card_id(long_name, "mynumber", "1", id));
	assert_true(hash_card_id(long_name + 1, "mynumber", "1", id));
}

static void ed25519_takes_the_rfc_s_signature_and_no_other(void **state)
{
	/* RFC 8032 7.1, test 2 */
	uint8_t key[32], sig[64], msg[] = {0x72};
	size_t n;

	(void)state;
	assert_true(
		hex_read("3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C", key, 32, &n));
	assert_true(hex_read("92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DA"
			     "085AC1E43E15996E458F3613D0F11D8C387B2EAEB4302AEEB00D291612BB0C00",
			     sig, 64, &n));
	assert_true(hash_ed25519_good(key, msg, 1, sig));
	msg[0] ^= 1;
	assert_false(hash_ed25519_good(key, msg, 1, sig));
}

static void argon2id_depends_on_everything(void **state)
{
	uint8_t salt[16] = {0}, a[32], b[32];

	(void)state;
	assert_int_equal(hash_argon2id("Code12", 6, salt, a, NULL), RP_OK);
	assert_int_equal(hash_argon2id("Code12", 6, salt, b, NULL), RP_OK);
	assert_memory_equal(a, b, 32);
	salt[15] = 1;
	assert_int_equal(hash_argon2id("Code12", 6, salt, b, NULL), RP_OK);
	assert_memory_not_equal(a, b, 32);
}

static void base64_is_strict(void **state)
{
	uint8_t bytes[8];
	char text[16];
	size_t n = 99;

	(void)state;
	assert_true(base64_of("\xFF\xEF", 2, text, sizeof text));
	assert_string_equal(text, "/+8=");
	assert_false(base64_of("\xFF\xEF", 2, text, 4));
	assert_true(base64_read("/+8=", bytes, sizeof bytes, &n));
	assert_int_equal(n, 2);
	assert_false(base64_read("/+8", bytes, sizeof bytes, &n));
	assert_false(base64_read("/+ 8=", bytes, sizeof bytes, &n));
	assert_false(base64_read("_-8=", bytes, sizeof bytes, &n));
	assert_false(base64_read("AAAAAAAAAAAA", bytes, sizeof bytes, &n));
	assert_int_equal(n, 2);
	for (int c = 1; c < 256; c++) {
		char typed[5] = {'A', (char)c, 'A', 'A', '\0'};

		assert_true(base64_read(typed, bytes, sizeof bytes, &n) ==
			    ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			     c == '+' || c == '/'));
	}
}

static void codes_for_people_find_slips(void **state)
{
	char code[12], typed[24], back[12];

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		code32_new(10, code);
		assert_int_equal(strlen(code), 11);
		assert_true(code32_read(code, 10, back));
		assert_string_equal(back, code);
		for (unsigned i = 0; i < 11; i++) {
			memcpy(typed, code, 12);
			typed[i] = code[i] == '7' ? '8' : '7';
			assert_false(code32_read(typed, 10, back));
		}
	}
	assert_true(code32_read("0000 0000-00 0", 10, back));
	assert_true(code32_read("oooo oooo-oo o", 10, back));
	assert_string_equal(back, "00000000000");
	assert_false(code32_read("0000000000", 10, back));
	assert_false(code32_read("000000000000", 10, back));
	assert_false(code32_read("U0000000000", 10, back));
	assert_false(code32_read("", 10, back));
}

static void proof_lines_are_as_written_down(void **state)
{
	const uint8_t nonce[16] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
				   0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F};
	struct proof_lines p = {"reserve",	   "test", NULL, "home", "mynumber",
				"123456789012345", "sign", nonce};
	const char want[] = "REPIN-PROOF-1\npurpose reserve\nissuer test\ncase -\nterminal home\n"
			    "profile mynumber\ncard 123456789012345\nslot sign\n"
			    "nonce 101112131415161718191A1B1C1D1E1F\n";
	char text[PROOF_LINES_MAX], number[300];

	(void)state;
	assert_int_equal(proof_text(&p, text), strlen(want));
	assert_memory_equal(text, want, strlen(want));
	p.number = "1\nslot auth";
	assert_int_equal(proof_text(&p, text), 0);
	p.number = "";
	assert_int_equal(proof_text(&p, text), 0);
	memset(number, '1', sizeof number);
	number[299] = '\0';
	p.number = p.issuer = p.terminal = number;
	assert_int_equal(proof_text(&p, text), 0);
}

static void problems_have_words_both_ways(void **state)
{
	struct rp_error err;

	(void)state;
	for (enum rp_problem p = RP_PROBLEM_NONE + 1; p < RP_PROBLEMS_N; p++)
		assert_int_equal(rp_problem_from_slug(rp_problem_slug(p)), p);
	assert_int_equal(rp_problem_from_slug("no-such"), RP_PROBLEM_NONE);
	assert_int_equal(rp_problem_from_slug(NULL), RP_PROBLEM_NONE);
	assert_string_equal(rp_problem_slug((enum rp_problem)999), "fault");
	assert_int_equal(rp_refuse(&err, RP_PROBLEM_CODE_BLOCKED, "card %d", 1), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.problem, RP_PROBLEM_CODE_BLOCKED);
	assert_string_equal(err.story, "The code is blocked: card 1");
	assert_string_equal(rp_problem_door(err.problem), "user-code-reset");
	assert_int_equal(rp_problem_status(err.problem), 403);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_of_parts_is_that_of_the_whole),
		cmocka_unit_test(card_id_is_that_of_the_test_vector),
		cmocka_unit_test(ed25519_takes_the_rfc_s_signature_and_no_other),
		cmocka_unit_test(argon2id_depends_on_everything),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test(codes_for_people_find_slips),
		cmocka_unit_test(proof_lines_are_as_written_down),
		cmocka_unit_test(problems_have_words_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
