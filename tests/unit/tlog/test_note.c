/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints as signed notes: what is written, and everything that must not be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tlog/tlog.h"
#include <cmocka.h>
#include <sodium.h>

#define ORIGIN "log.example/repin"
#define DASH "\xE2\x80\x94"

static uint8_t key[32], secret[64];

static int make_key(void **state)
{
	const uint8_t seed[32] = {7};

	(void)state;
	assert_true(sodium_init() >= 0);
	return crypto_sign_seed_keypair(key, secret, seed);
}

static rp_code sign(void *arg, const void *text, size_t len, uint8_t ret[64], struct rp_error *err)
{
	(void)err;
	assert_int_equal(crypto_sign_detached(ret, NULL, text, len, arg != NULL ? arg : secret), 0);
	return RP_OK;
}

static rp_code no_token(void *arg, const void *text, size_t len, uint8_t ret[64], struct rp_error *err)
{
	(void)arg;
	(void)text;
	(void)len;
	(void)ret;
	return rp_fail(err, RP_E_TOKEN, "the token is away");
}

static struct tlog_checkpoint checkpoint(uint64_t size)
{
	struct tlog_checkpoint c = {.origin = ORIGIN, .size = size};

	for (size_t i = 0; i < sizeof c.root; i++)
		c.root[i] = (uint8_t)(i * 11);
	return c;
}

static void make(uint64_t size, char note[TLOG_NOTE_MAX])
{
	const struct tlog_checkpoint c = checkpoint(size);

	assert_int_equal(tlog_note(&c, key, sign, NULL, note, TLOG_NOTE_MAX, NULL), RP_OK);
}

/* Any text, signed by our key: what the signature alone does not catch. */
static void sign_text(const char *text, char *ret, size_t cap)
{
	const uint8_t ten_one[] = {'\n', 1};
	uint8_t sig[68], id[32];
	char b64[128];

	hash_sha256((const struct hash_part[]){{ORIGIN, strlen(ORIGIN)}, {ten_one, 2}, {key, 32}}, 3, id);
	memcpy(sig, id, 4);
	assert_int_equal(crypto_sign_detached(sig + 4, NULL, (const uint8_t *)text, strlen(text), secret), 0);
	assert_true(base64_of(sig, sizeof sig, b64, sizeof b64));
	assert_true((size_t)snprintf(ret, cap, "%s\n" DASH " " ORIGIN " %s\n", text, b64) < cap);
}

static bool is_read(const char *note)
{
	struct tlog_checkpoint c = {.size = 4711};
	const bool good = tlog_note_read(note, strlen(note), ORIGIN, key, &c);

	/* what is refused leaves no trace */
	assert_true(good || (c.size == 4711 && c.origin[0] == '\0'));
	return good;
}

#define ROOT "AAsWISw3Qk1YY255hI+apbC7xtHc5/L9CBMeKTQ/SlU="

static void a_note_is_what_the_format_says(void **state)
{
	char note[TLOG_NOTE_MAX], by_hand[1024];
	const char *line;

	(void)state;
	make(9, note);
	sign_text(ORIGIN "\n9\n" ROOT "\n", by_hand, sizeof by_hand);
	assert_string_equal(note, by_hand);
	line = strstr(note, "\n\n");
	assert_non_null(line);
	assert_memory_equal(line + 2, DASH " " ORIGIN " ", strlen(DASH " " ORIGIN " "));
}

static void what_is_written_is_read(void **state)
{
	static const uint64_t sizes[] = {0, 1, 9, 10, 4294967296, UINT64_C(1) << TLOG_LEVELS};
	char note[TLOG_NOTE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		const struct tlog_checkpoint was = checkpoint(sizes[i]);
		struct tlog_checkpoint c;

		make(sizes[i], note);
		assert_true(tlog_note_read(note, strlen(note), ORIGIN, key, &c));
		assert_string_equal(c.origin, ORIGIN);
		assert_int_equal(c.size, sizes[i]);
		assert_memory_equal(c.root, was.root, TLOG_HASH);
	}
}

static void an_impossible_checkpoint_is_not_signed(void **state)
{
	static const char *const origins[] = {"", "a b", "a+b", "a\nb", "a\tb", "caf\xC3\xA9"};
	struct tlog_checkpoint c = checkpoint((UINT64_C(1) << TLOG_LEVELS) + 1);
	struct rp_error err = RP_ERROR_INIT;
	char note[TLOG_NOTE_MAX] = "untouched";

	(void)state;
	assert_int_equal(tlog_note(&c, key, sign, NULL, note, sizeof note, &err), RP_E_FAULT);
	for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
		c = checkpoint(1);
		(void)snprintf(c.origin, sizeof c.origin, "%s", origins[i]);
		assert_int_equal(tlog_note(&c, key, sign, NULL, note, sizeof note, &err), RP_E_FAULT);
	}
	c = checkpoint(1);
	assert_int_equal(tlog_note(&c, key, sign, NULL, note, 100, &err), RP_E_FAULT);
	assert_int_equal(tlog_note(&c, key, no_token, NULL, note, sizeof note, &err), RP_E_TOKEN);
	assert_non_null(strstr(err.story, "the token is away"));
	assert_string_equal(note, "untouched");
}

static void the_longest_origin_has_room(void **state)
{
	struct tlog_checkpoint c = checkpoint(UINT64_C(1) << TLOG_LEVELS), back;
	char note[TLOG_NOTE_MAX], vkey[256];

	(void)state;
	memset(c.origin, 'x', TLOG_ORIGIN_MAX);
	assert_int_equal(tlog_note(&c, key, sign, NULL, note, sizeof note, NULL), RP_OK);
	assert_true(tlog_note_read(note, strlen(note), c.origin, key, &back));
	assert_true(tlog_vkey(c.origin, key, vkey, sizeof vkey));
	assert_int_equal(tlog_note(&c, key, sign, NULL, note, strlen(note), NULL), RP_E_FAULT);
	assert_int_equal(tlog_note(&c, key, sign, NULL, note, strlen(note) + 1, NULL), RP_OK);
}

static void each_bit_of_a_note_counts(void **state)
{
	char note[TLOG_NOTE_MAX];
	struct tlog_checkpoint c;
	size_t len;

	(void)state;
	make(1234, note);
	len = strlen(note);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		note[bit / 8] = (char)(note[bit / 8] ^ (1 << bit % 8));
		if (tlog_note_read(note, len, ORIGIN, key, &c))
			fail_msg("taken with bit %zu of byte %zu flipped", bit % 8, bit / 8);
		note[bit / 8] = (char)(note[bit / 8] ^ (1 << bit % 8));
	}
	assert_true(tlog_note_read(note, len, ORIGIN, key, &c));
}

static void a_note_that_is_cut_or_goes_on_is_none(void **state)
{
	char note[TLOG_NOTE_MAX + 8];
	struct tlog_checkpoint c;
	size_t len;

	(void)state;
	make(1234, note);
	len = strlen(note);
	for (size_t n = 0; n < len; n++)
		assert_false(tlog_note_read(note, n, ORIGIN, key, &c));
	assert_false(tlog_note_read(NULL, 0, ORIGIN, key, &c));
	for (int last = 0; last < 256; last++) {
		note[len] = (char)last;
		assert_false(tlog_note_read(note, len + 1, ORIGIN, key, &c));
	}
}

static void the_text_is_strict_though_it_be_signed(void **state)
{
	static const char *const texts[] = {
		ORIGIN "\n9\n" ROOT "\n\n", /* an empty line within */
		ORIGIN "\r\n9\n" ROOT "\n", /* CR */
		ORIGIN "\n9\r\n" ROOT "\n",
		ORIGIN "\n9\n" ROOT "\r\n",
		ORIGIN "\n\n9\n" ROOT "\n",
		"\n" ORIGIN "\n9\n" ROOT "\n",
		"log.example\n9\n" ROOT "\n", /* other origins */
		ORIGIN "x\n9\n" ROOT "\n",
		ORIGIN " \n9\n" ROOT "\n",
		"LOG.example/repin\n9\n" ROOT "\n",
		ORIGIN "\n09\n" ROOT "\n", /* zeros in front, signs, blanks, hex */
		ORIGIN "\n00\n" ROOT "\n",
		ORIGIN "\n+9\n" ROOT "\n",
		ORIGIN "\n-9\n" ROOT "\n",
		ORIGIN "\n 9\n" ROOT "\n",
		ORIGIN "\n9 \n" ROOT "\n",
		ORIGIN "\n0x9\n" ROOT "\n",
		ORIGIN "\n9.0\n" ROOT "\n",
		ORIGIN "\n\n" ROOT "\n",
		ORIGIN "\n281474976710657\n" ROOT "\n", /* 2^48 + 1 */
		ORIGIN "\n9223372036854775808\n" ROOT "\n",
		ORIGIN "\n18446744073709551616\n" ROOT "\n", /* 2^64 */
		ORIGIN "\n18446744073709551625\n" ROOT "\n", /* 9 more */
		ORIGIN "\n99999999999999999999999999999999999999\n" ROOT "\n",
		ORIGIN "\n9\nAAsWISw3Qk1YY255hI+apbC7xtHc5/L9CBMeKTQ/SlU\n",  /* base64: no padding */
		ORIGIN "\n9\nAAsWISw3Qk1YY255hI+apbC7xtHc5/L9CBMeKTQ/SlV=\n", /* bits beyond the end */
		ORIGIN "\n9\nAAsWISw3Qk1YY255hI-apbC7xtHc5_L9CBMeKTQ_SlU=\n", /* the URL alphabet */
		ORIGIN "\n9\nAAsWISw3Qk1YY255hI+apbC7xtHc5/L9CBMeKTQ/\n",     /* 30 bytes */
		ORIGIN "\n9\nAAsWISw3Qk1YY255hI+apbC7xtHc5/L9CBMeKTQ/SlUA\n", /* 33 bytes */
		ORIGIN "\n9\n" ROOT "=\n",
		ORIGIN "\n9\n " ROOT "\n",
		ORIGIN "\n9\n" ROOT " \n",
		ORIGIN "\n9\n\n",
		ORIGIN "\n9\n",
		ORIGIN "\n",
		"",
		ORIGIN "\n9\n" ROOT, /* no LF */
	};
	char note[1024];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		sign_text(texts[i], note, sizeof note);
		if (is_read(note))
			fail_msg("text %zu was taken", i);
	}
}

static void extension_lines_are_passed_over_and_signed(void **state)
{
	char note[1024], *at;

	(void)state;
	sign_text(ORIGIN "\n9\n" ROOT "\nsome words\n" DASH " more\n", note, sizeof note);
	assert_true(is_read(note));
	at = strstr(note, "some");
	assert_non_null(at);
	*at = 'S';
	assert_false(is_read(note));
}

static void witnesses_may_sign_before_and_after_us(void **state)
{
	static const char other[] = DASH " witness.example " ROOT "\n";
	char note[TLOG_NOTE_MAX], all[2048];
	char *signature;

	(void)state;
	make(9, note);
	signature = strstr(note, "\n\n") + 2;
	(void)snprintf(all, sizeof all, "%.*s%s%s%s%s", (int)(signature - note), note, other, other,
		       signature, other);
	assert_true(is_read(all));
	/* our name with another key's id is somebody else too */
	(void)snprintf(all, sizeof all, "%s" DASH " " ORIGIN " " ROOT "\n", note);
	assert_true(is_read(all));
	/* but witnesses alone do not make a note of this log */
	(void)snprintf(all, sizeof all, "%.*s%s", (int)(signature - note), note, other);
	assert_false(is_read(all));
	(void)snprintf(all, sizeof all, "%.*s", (int)(signature - note), note);
	assert_false(is_read(all));
}

static void lines_of_signature_are_strict(void **state)
{
	static const char *const lines[] = {
		"x\n",
		"\n",
		"- witness.example " ROOT "\n",
		DASH "witness.example " ROOT "\n",
		DASH " witness.example\n",
		DASH " witness.example \n",
		DASH " witness.example  " ROOT "\n",
		DASH " " ROOT "\n",
		DASH "  " ROOT "\n",
		DASH " a+witness " ROOT "\n",
		DASH " witness AAAAAA==\n", /* an id and nothing */
		DASH " witness AAAAAAA\n",
		DASH " witness " ROOT "\r\n",
		DASH " witness " ROOT " x\n",
		DASH " witness " ROOT,
	};
	char note[TLOG_NOTE_MAX], all[2048];

	(void)state;
	make(9, note);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		(void)snprintf(all, sizeof all, "%s%s", note, lines[i]);
		if (is_read(all))
			fail_msg("line %zu was taken", i);
	}
}

static void a_wrong_signature_of_ours_beside_a_right_one_is_refused(void **state)
{
	char note[TLOG_NOTE_MAX], other[TLOG_NOTE_MAX], all[1600];

	(void)state;
	make(9, note);
	make(10, other);
	(void)snprintf(all, sizeof all, "%s%s", note, strstr(note, "\n\n") + 2);
	assert_true(is_read(all));
	(void)snprintf(all, sizeof all, "%s%s", note, strstr(other, "\n\n") + 2);
	assert_false(is_read(all));
}

static void another_key_or_origin_reads_nothing(void **state)
{
	uint8_t other_key[32], other_secret[64];
	struct tlog_checkpoint c = checkpoint(9);
	char note[TLOG_NOTE_MAX];

	(void)state;
	assert_int_equal(crypto_sign_keypair(other_key, other_secret), 0);
	make(9, note);
	assert_false(tlog_note_read(note, strlen(note), ORIGIN, other_key, &c));
	assert_false(tlog_note_read(note, strlen(note), "log.example", key, &c));
	assert_false(tlog_note_read(note, strlen(note), "", key, &c));
	/* our key id, somebody else's signature */
	assert_int_equal(tlog_note(&c, key, sign, other_secret, note, sizeof note, NULL), RP_OK);
	assert_false(is_read(note));
}

static void a_huge_note_is_not_looked_at(void **state)
{
	static const char witness[] = DASH " witness.example " ROOT "\n";
	char *all = calloc(1, TLOG_NOTE_READ_MAX + 4096);
	char note[TLOG_NOTE_MAX];

	(void)state;
	assert_non_null(all);
	make(9, note);
	memcpy(all, note, strlen(note));
	while (strlen(all) + strlen(witness) <= TLOG_NOTE_READ_MAX)
		memcpy(all + strlen(all), witness, strlen(witness));
	assert_true(is_read(all));
	memcpy(all + strlen(all), witness, strlen(witness));
	assert_false(is_read(all));
	/* one line without an end */
	memset(all, 'x', TLOG_NOTE_READ_MAX);
	assert_false(is_read(all));
	free(all);
}

static void a_vkey_goes_there_and_back(void **state)
{
	char vkey[256], origin[TLOG_ORIGIN_MAX + 1];
	uint8_t back[32];

	(void)state;
	assert_true(tlog_vkey(ORIGIN, key, vkey, sizeof vkey));
	assert_memory_equal(vkey, ORIGIN "+", strlen(ORIGIN) + 1);
	assert_true(tlog_vkey_read(vkey, origin, back));
	assert_string_equal(origin, ORIGIN);
	assert_memory_equal(back, key, 32);
	assert_false(tlog_vkey(ORIGIN, key, vkey, strlen(vkey)));
	assert_false(tlog_vkey("a b", key, vkey, sizeof vkey));
	assert_false(tlog_vkey("", key, vkey, sizeof vkey));
}

static void vkeys_of_others_are_read(void **state)
{
	/* published: the example of Go's package note, and the key of Go's checksum database */
	static const char *const known[] = {
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
	};
	char vkey[256], origin[TLOG_ORIGIN_MAX + 1];
	uint8_t k[32];

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		assert_true(tlog_vkey_read(known[i], origin, k));
		assert_true(tlog_vkey(origin, k, vkey, sizeof vkey));
		assert_string_equal(vkey, known[i]);
	}
}

static void a_vkey_that_is_wrong_anywhere_is_none(void **state)
{
	static const char *const bad[] = {
		"",
		"+",
		"++",
		"a+b+c",
		"PeterNeumann",
		"PeterNeumann+",
		"PeterNeumann+c74f20a3",
		"PeterNeumann+c74f20a3+",
		"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* id of another name */
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
		"PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* kind 02 */
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAA==",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
		"PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a33+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c7 f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	char origin[TLOG_ORIGIN_MAX + 1] = "untouched";
	uint8_t k[32] = {0x55};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (tlog_vkey_read(bad[i], origin, k))
			fail_msg("vkey %zu was taken", i);
	assert_string_equal(origin, "untouched");
	assert_int_equal(k[0], 0x55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_is_what_the_format_says),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(an_impossible_checkpoint_is_not_signed),
		cmocka_unit_test(the_longest_origin_has_room),
		cmocka_unit_test(each_bit_of_a_note_counts),
		cmocka_unit_test(a_note_that_is_cut_or_goes_on_is_none),
		cmocka_unit_test(the_text_is_strict_though_it_be_signed),
		cmocka_unit_test(extension_lines_are_passed_over_and_signed),
		cmocka_unit_test(witnesses_may_sign_before_and_after_us),
		cmocka_unit_test(lines_of_signature_are_strict),
		cmocka_unit_test(a_wrong_signature_of_ours_beside_a_right_one_is_refused),
		cmocka_unit_test(another_key_or_origin_reads_nothing),
		cmocka_unit_test(a_huge_note_is_not_looked_at),
		cmocka_unit_test(a_vkey_goes_there_and_back),
		cmocka_unit_test(vkeys_of_others_are_read),
		cmocka_unit_test(a_vkey_that_is_wrong_anywhere_is_none),
	};

	return cmocka_run_group_tests(tests, make_key, NULL);
}
