/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include <cmocka.h>
#include <malloc.h>

/* --- every free() of json.c and Jansson comes by here (the linker's --wrap) --- */

void __real_free(void *p);
void __wrap_free(void *p);

static const char *watched; /* NULL: not watching */
static unsigned freed_with_it;

void __wrap_free(void *p)
{
	if (p != NULL && watched != NULL &&
	    memmem(p, malloc_usable_size(p), watched, strlen(watched)) != NULL)
		freed_with_it++;
	__real_free(p);
}

static json_t *parse(const char *text)
{
	char what[96] = "";
	json_t *root = json_parse(text, strlen(text), what);

	if (root == NULL)
		fail_msg("%s: %s", text, what);
	return root;
}

static void refused(const char *text, size_t len, const char *why)
{
	char what[96] = "";
	json_t *root = json_parse(text, len, what);

	assert_null(root);
	assert_string_equal(what, why);
}

static void refused_text(const char *text, const char *why)
{
	refused(text, strlen(text), why);
}

static void an_object_comes_apart_member_by_member(void **state)
{
	static const char *const words[] = {"kiosk", "counter"};
	json_t *root = parse("{\"t\":\"\u96fb\u8a71\",\"h\":\"00fFA0\",\"b\":\"AAEC\",\"i\":-7,\"y\":true,"
			     "\"w\":\"counter\",\"o\":{\"n\":null}}");
	char text[8];
	uint8_t hex[3];
	uint8_t bytes[4];
	size_t len = 0, word = 9;
	int64_t number = 0;
	bool yes = false;
	struct jin in, inner;

	(void)state;
	json_in(&in, root);
	jin_text(&in, "t", 6, 7, text);
	jin_hex(&in, "h", hex, sizeof hex);
	jin_base64(&in, "b", bytes, sizeof bytes, &len);
	jin_int(&in, "i", -7, 7, &number);
	jin_bool(&in, "y", &yes);
	jin_word(&in, "w", words, 2, &word);
	json_in(&inner, jin_object(&in, "o"));
	assert_false(jin_has(&inner, "n"));
	assert_false(jin_has(&in, "nothing"));
	assert_true(jin_done(&inner));
	assert_true(jin_done(&in));
	assert_string_equal(text, "\u96fb\u8a71");
	assert_memory_equal(hex, "\x00\xff\xa0", 3);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "\x00\x01\x02", 3);
	assert_int_equal(number, -7);
	assert_true(yes);
	assert_int_equal(word, 1);
	json_decref(root);
}

static void what_is_no_object_is_refused(void **state)
{
	(void)state;
	refused_text("", "it is empty");
	refused_text("[]", "it is not an object");
	refused_text("7", "it is not JSON");
	refused_text("{\"a\":1", "it ends too early");
	refused_text("{\"a\":\"1", "it ends too early");
	refused_text("{'a':1}", "it is not JSON");
	refused_text("{\"a\":1}x", "something stands after its end");
	refused_text("{\"a\":01}", "it is not JSON");
	refused_text("{\"a\":NaN}", "it is not JSON");
	refused_text("\xEF\xBB\xBF{}", "it is not JSON");
	refused_text("{\"a\":99999999999999999999}", "a number is too large");
	refused_text("{\"a\":1e999}", "a number is too large");
}

static void members_that_stand_there_twice_are_refused(void **state)
{
	(void)state;
	refused_text("{\"a\":1,\"a\":1}", "a member stands there twice");
	refused_text("{\"o\":{\"a\":1,\"\\u0061\":2}}", "a member stands there twice");
}

static void depth_ends_at_eight(void **state)
{
	json_t *root = parse("{\"a\":[[[[[[[\"[[[[[[[[[\\\"{{\"]]]]]]]}");

	(void)state;
	json_decref(root);
	refused_text("{\"a\":[[[[[[[[1]]]]]]]]}", "it is nested too deep");
	refused_text("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}",
		     "it is nested too deep");
}

static void length_ends_at_its_limit(void **state)
{
	char *text = malloc(JSON_BYTES_MAX + 2);

	(void)state;
	assert_non_null(text);
	(void)snprintf(text, JSON_BYTES_MAX + 2, "{\"a\":\"%0*d\"}", JSON_BYTES_MAX - 8, 0);
	assert_int_equal(strlen(text), JSON_BYTES_MAX);
	json_decref(parse(text));
	text[JSON_BYTES_MAX] = ' ';
	refused(text, JSON_BYTES_MAX + 1, "it is too long");
	free(text);
}

static void texts_that_are_not_utf8_or_hold_a_nul_are_refused(void **state)
{
	(void)state;
	refused_text("{\"a\":\"\\u0000\"}", "a text holds the character U+0000");
	refused_text("{\"\\u0000\":1}", "a text holds the character U+0000");
	refused("{\"a\":\"\0\"}", 9, "it is not JSON");
	refused_text("{\"a\":\"\xC0\xAF\"}", "it is not UTF-8");
	refused_text("{\"a\":\"\xED\xA0\x80\"}", "it is not UTF-8");
	refused_text("{\"a\":\"\xE3\x81\"}", "it is not UTF-8");
	refused_text("{\"a\":\"\\uD800\"}", "it is not JSON");
}

static void what_is_wrong_never_repeats_a_value(void **state)
{
	static const char *const bad[] = {"{\"code\":\"Code12}", "{\"code\":Code12}", "{\"code\":\"Code12\"",
					  "{Code12}"};
	json_t *root = parse("{\"Code12\":1}");
	struct jin in;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char what[96] = "";

		assert_null(json_parse(bad[i], strlen(bad[i]), what));
		assert_null(strstr(what, "Code12"));
	}
	json_in(&in, root);
	assert_false(jin_done(&in));
	assert_null(strstr(in.what, "Code12"));
	json_decref(root);
}

enum kind { K_TEXT, K_HEX, K_BASE64, K_INT, K_BOOL, K_WORD, K_SECRET, K_OBJECT };

/* Takes member "m" as `kind` and compares what is wrong; *ret is left alone then. */
static void taken(const char *text, enum kind kind, const char *why)
{
	static const char *const words[] = {"kiosk", "counter"};
	json_t *root = parse(text);
	char room[16] = "untouched";
	uint8_t bytes[4] = {1, 2, 3, 4};
	size_t len = 77;
	int64_t number = 77;
	bool yes = false;
	rp_secret *secret = NULL;
	struct jin in;

	json_in(&in, root);
	if (kind == K_TEXT)
		jin_text(&in, "m", 2, 4, room);
	else if (kind == K_HEX)
		jin_hex(&in, "m", bytes, sizeof bytes);
	else if (kind == K_BASE64)
		jin_base64(&in, "m", bytes, sizeof bytes, &len);
	else if (kind == K_INT)
		jin_int(&in, "m", 0, 9, &number);
	else if (kind == K_BOOL)
		jin_bool(&in, "m", &yes);
	else if (kind == K_WORD)
		jin_word(&in, "m", words, 2, &len);
	else if (kind == K_SECRET)
		jin_secret(&in, "m", 6, 10, &secret);
	else
		assert_null(jin_object(&in, "m"));
	if (jin_done(&in))
		fail_msg("taken: %s", text);
	if (strcmp(in.what, why) != 0)
		fail_msg("%s: %s, not %s", text, in.what, why);
	assert_string_equal(room, "untouched");
	if (kind != K_BASE64) /* its room may hold a beginning */
		assert_memory_equal(bytes, "\1\2\3\4", 4);
	assert_int_equal(len, 77);
	assert_int_equal(number, 77);
	assert_false(yes);
	assert_null(secret);
	json_decref(root);
}

static void a_member_that_does_not_fit_is_named(void **state)
{
	(void)state;
	taken("{}", K_TEXT, "m is missing");
	taken("{\"m\":null}", K_TEXT, "m is not a text");
	taken("{\"m\":1}", K_TEXT, "m is not a text");
	taken("{\"m\":\"a\"}", K_TEXT, "m is too short");
	taken("{\"m\":\"abcde\"}", K_TEXT, "m is too long");
	taken("{\"m\":\"a\\nb\"}", K_TEXT, "m holds a control character");
	taken("{\"m\":\"a\\u007f\"}", K_TEXT, "m holds a control character");
	taken("{\"m\":\"a\\u0085\"}", K_TEXT, "m holds a control character");
	taken("{\"m\":\"0011223\"}", K_HEX, "m is too short");
	taken("{\"m\":\"001122334\"}", K_HEX, "m is too long");
	taken("{\"m\":\"00 11223\"}", K_HEX, "m is not hexadecimal");
	taken("{\"m\":\"0011223g\"}", K_HEX, "m is not hexadecimal");
	taken("{\"m\":\"\"}", K_BASE64, "m is too short");
	taken("{\"m\":\"AAAAAAAAA\"}", K_BASE64, "m is too long");
	taken("{\"m\":\"AA\"}", K_BASE64, "m is not base64, or too long");
	taken("{\"m\":\"A=A=\"}", K_BASE64, "m is not base64, or too long");
	taken("{\"m\":\"AAAAAAA=\"}", K_BASE64, "m is not base64, or too long");
	taken("{\"m\":\"1\"}", K_INT, "m is not a whole number");
	taken("{\"m\":1.0}", K_INT, "m is not a whole number");
	taken("{\"m\":-1}", K_INT, "m is too small");
	taken("{\"m\":10}", K_INT, "m is too large");
	taken("{\"m\":1}", K_BOOL, "m is neither true nor false");
	taken("{\"m\":\"app\"}", K_WORD, "m is not one of the words it may be");
	taken("{\"m\":[\"kiosk\"]}", K_WORD, "m is not a text");
	taken("{\"m\":\"short\"}", K_SECRET, "m is too short");
	taken("{\"m\":123456}", K_SECRET, "m is not a text");
	taken("{\"m\":[]}", K_OBJECT, "m is not an object");
}

static void the_first_thing_wrong_stays(void **state)
{
	json_t *root = parse("{\"a\":1,\"b\":\"x\"}");
	char text[8] = "same";
	struct jin in;

	(void)state;
	json_in(&in, root);
	jin_text(&in, "a", 1, 7, text);
	jin_text(&in, "b", 1, 7, text);
	jin_fail(&in, "b", "is something else");
	assert_false(jin_has(&in, "b"));
	assert_null(jin_object(&in, "b"));
	assert_false(jin_done(&in));
	assert_string_equal(in.what, "a is not a text");
	assert_string_equal(text, "same");
	json_in(&in, NULL);
	assert_false(jin_done(&in));
	json_decref(root);
}

static void a_member_that_nobody_asked_for_is_refused(void **state)
{
	json_t *root = parse("{\"a\":1,\"b\":2}");
	int64_t number = 0;
	struct jin in;

	(void)state;
	json_in(&in, root);
	jin_int(&in, "a", 0, 9, &number);
	assert_false(jin_done(&in));
	assert_string_equal(in.what, "a member is there that nobody knows");
	json_decref(root);
}

static void a_secret_leaves_nothing_in_the_tree(void **state)
{
	static const char zeros[16];
	json_t *root = parse("{\"code\":\"Code12\",\"long\":\"Code12Code12\"}");
	rp_secret *secret = NULL, *none = NULL;
	struct jin in;

	(void)state;
	json_in(&in, root);
	jin_secret(&in, "code", 6, 10, &secret);
	jin_secret(&in, "long", 6, 10, &none);
	assert_non_null(secret);
	assert_null(none);
	assert_int_equal(rp_secret_len(secret), 6);
	assert_memory_equal(rp_secret_bytes(secret), "Code12", 6);
	assert_memory_equal(json_string_value(json_object_get(root, "code")), zeros, 6);
	assert_memory_equal(json_string_value(json_object_get(root, "long")), zeros, 12);
	rp_secret_free(secret);
	json_decref(root);
}

static void nothing_is_freed_with_a_secret_in_it(void **state)
{
	/* Long enough for the lexer's buffer to grow, which frees a copy. */
	static const char text[] = "{\"code\":\"SeCrEt12345678901234567890\",\"x\":1}";
	char what[96];
	json_t *root = NULL;

	(void)state;
	json_decref(parse("{}"));
	freed_with_it = 0;
	watched = "SeCrEt1234";
	root = json_parse(text, sizeof text - 1, what);
	json_decref(root);
	assert_null(json_parse(text, sizeof text - 3, what));
	assert_null(json_parse(text, 30, what));
	watched = NULL;
	assert_int_equal(freed_with_it, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_comes_apart_member_by_member),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(members_that_stand_there_twice_are_refused),
		cmocka_unit_test(depth_ends_at_eight),
		cmocka_unit_test(length_ends_at_its_limit),
		cmocka_unit_test(texts_that_are_not_utf8_or_hold_a_nul_are_refused),
		cmocka_unit_test(what_is_wrong_never_repeats_a_value),
		cmocka_unit_test(a_member_that_does_not_fit_is_named),
		cmocka_unit_test(the_first_thing_wrong_stays),
		cmocka_unit_test(a_member_that_nobody_asked_for_is_refused),
		cmocka_unit_test(a_secret_leaves_nothing_in_the_tree),
		cmocka_unit_test(nothing_is_freed_with_a_secret_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
