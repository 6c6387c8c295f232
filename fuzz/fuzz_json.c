/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON of strangers: the first bytes say which members are taken as what, up to a zero byte; the rest is
 * the text. What is taken keeps its limits; what is refused leaves its room alone.
 */
#include "judge.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"card", "door", "nonce", "key", "proof", "a", "code", "done"};

static void judge_text(const char *text, size_t max)
{
	judge_that(strlen(text) >= 1 && strlen(text) <= max, "a text outside its lengths");
	for (const char *p = text; *p != '\0'; p++)
		judge_that((unsigned char)*p >= 0x20 && *p != 0x7F, "a control character");
}

static void take_text(struct jin *in, const char *name)
{
	char text[24] = "untouched";

	jin_text(in, name, 1, sizeof text - 1, text);
	if (in->failed)
		judge_that(strcmp(text, "untouched") == 0, "a text that was refused, and taken");
	else
		judge_text(text, sizeof text - 1);
}

static void take_bytes(struct jin *in, const char *name)
{
	uint8_t hex[17], base64[33];
	size_t len = 99;

	hex[16] = base64[32] = 0xA5;
	if ((name[0] & 1) != 0)
		jin_hex(in, name, hex, 16);
	else
		jin_base64(in, name, base64, 32, &len);
	judge_that(hex[16] == 0xA5 && base64[32] == 0xA5, "bytes behind the room");
	judge_that(len <= 32 || len == 99, "more bytes than there is room for");
}

static void take_number(struct jin *in, const char *name)
{
	int64_t n = 77;

	jin_int(in, name, 0, 65535, &n);
	judge_that(n >= 0 && n <= 65535, "a number out of its range");
}

static void take_secret(struct jin *in, const char *name)
{
	RP_AUTO(rp_secret_freep) rp_secret *s = NULL;
	const char *left;

	jin_secret(in, name, 1, 64, &s);
	judge_that(s == NULL || rp_secret_len(s) <= 64, "a secret that is too long");
	judge_that(in->failed == (s == NULL), "a secret, or a failure");
	left = json_string_value(json_object_get(in->object, name));
	for (size_t i = 0; s != NULL && i < rp_secret_len(s); i++)
		judge_that(left[i] == '\0', "a secret is left in the tree");
}

static void take_word(struct jin *in, const char *name)
{
	static const char *const words[] = {"kiosk", "counter", "user-code"};
	size_t word = 0;

	jin_word(in, name, words, 3, &word);
	judge_that(word < 3, "no such word");
}

static void take_one(struct jin *in, uint8_t how, struct jin *inner, bool *has_inner)
{
	const char *name = names[how % 8];
	bool yes = false;
	json_t *o;

	switch (how / 8 % 8) {
	case 0:
		take_text(in, name);
		break;
	case 1:
		take_bytes(in, name);
		break;
	case 2:
		take_number(in, name);
		break;
	case 3:
		jin_bool(in, name, &yes);
		break;
	case 4:
		take_word(in, name);
		break;
	case 5:
		take_secret(in, name);
		break;
	case 6:
		(void)jin_has(in, name);
		break;
	default:
		o = jin_object(in, name);
		if (o != NULL && !*has_inner) {
			json_in(inner, o);
			*has_inner = true;
		}
	}
}

static unsigned depth_of(const json_t *j)
{
	unsigned deepest = 0;
	const char *name;
	json_t *v;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)j, name, v) deepest = depth_of(v) > deepest ? depth_of(v)
											     : deepest;
	json_array_foreach(j, i, v) deepest = depth_of(v) > deepest ? depth_of(v) : deepest;
	return json_is_object(j) || json_is_array(j) ? deepest + 1 : 0;
}

/* What was parsed is written and parsed again to the same. */
static void again(const json_t *root)
{
	char what[96], *text = json_dumps(root, JSON_COMPACT);
	json_t *back;

	judge_that(text != NULL, "it cannot be written");
	back = json_parse(text, strlen(text), what);
	/* An escape may be longer than what it stands for, and a real number lose digits. */
	if (back != NULL && strpbrk(text, ".eE") == NULL)
		judge_that(json_equal(root, back) == 1, "it comes back as something else");
	json_decref(back);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = memchr(data, 0, size);
	const size_t n = zero != NULL ? (size_t)(zero - data) : 0;
	struct jin in, inner = {0};
	bool has_inner = false;
	char what[96] = "";
	json_t *root;

	if (zero == NULL || n > 64)
		return 0;
	root = json_parse(zero + 1, size - n - 1, what);
	judge_that((root == NULL) == (what[0] != '\0'), "refused without a word, or taken with one");
	if (root == NULL)
		return 0;
	judge_that(depth_of(root) <= JSON_DEPTH_MAX, "deeper than allowed");
	again(root);
	json_in(&in, root);
	for (size_t i = 0; i < n; i++)
		take_one(has_inner && (i & 1) != 0 ? &inner : &in, data[i], &inner, &has_inner);
	judge_that(jin_done(&in) == !in.failed, "done, and failed");
	judge_that(in.failed == (in.what[0] != '\0'), "failed without a word");
	judge_that(memchr(in.what, 0, sizeof in.what) != NULL, "words without an end");
	json_decref(root);
	return 0;
}
