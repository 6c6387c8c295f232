/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/bytes.h"
#include "base/hash.h"

#include <ctype.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Jansson copies a string several times while it reads it (lexer's buffer, its growth, the value) and
 * frees the copies as they are. So whatever it frees is wiped: a body may hold a user code.
 */
static void free_wiped(void *p)
{
	if (p == NULL)
		return;
	rp_wipe(p, malloc_usable_size(p));
	free(p);
}

static void use_wiping_free(void)
{
	json_set_alloc_funcs(malloc, free_wiped);
}

/* Before anything is built: Jansson would take two thousand levels. */
static bool too_deep(const uint8_t *p, size_t len)
{
	unsigned depth = 0;
	bool text = false;

	for (size_t i = 0; i < len; i++) {
		if (text) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				text = false;
		} else if (p[i] == '"') {
			text = true;
		} else if (p[i] == '{' || p[i] == '[') {
			depth++;
			if (depth > JSON_DEPTH_MAX)
				return true;
		} else if ((p[i] == '}' || p[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

/* Jansson's own message quotes the text around the place, which may be a secret. */
static const char *why_not(const json_error_t *e)
{
	const enum json_error_code code = json_error_code(e);

	if (code == json_error_duplicate_key)
		return "a member stands there twice";
	if (code == json_error_null_character || code == json_error_null_byte_in_key)
		return "a text holds the character U+0000";
	if (code == json_error_invalid_utf8)
		return "it is not UTF-8";
	if (code == json_error_premature_end_of_input)
		return "it ends too early";
	if (code == json_error_end_of_input_expected)
		return "something stands after its end";
	if (code == json_error_numeric_overflow)
		return "a number is too large";
	return "it is not JSON";
}

static void say(char what[96], const char *why)
{
	(void)snprintf(what, 96, "%s", why);
}

json_t *json_parse(const void *bytes, size_t len, char what[96])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	json_error_t e;
	json_t *root;

	(void)pthread_once(&once, use_wiping_free);
	if (len == 0 || len > JSON_BYTES_MAX) {
		say(what, len == 0 ? "it is empty" : "it is too long");
		return NULL;
	}
	if (too_deep(bytes, len)) {
		say(what, "it is nested too deep");
		return NULL;
	}
	root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &e);
	if (root == NULL) {
		say(what, why_not(&e));
		return NULL;
	}
	if (!json_is_object(root)) {
		say(what, "it is not an object");
		json_decref(root);
		return NULL;
	}
	return root;
}

void json_in(struct jin *in, json_t *object)
{
	*in = (struct jin){.object = object};
	if (!json_is_object(object))
		jin_fail(in, "", "is not an object");
}

void jin_fail(struct jin *in, const char *name, const char *why)
{
	if (in->failed)
		return;
	in->failed = true;
	(void)snprintf(in->what, sizeof in->what, "%s%s%s", name, name[0] != '\0' ? " " : "", why);
}

static bool is_seen(const struct jin *in, const char *name)
{
	for (size_t i = 0; i < in->n_seen; i++)
		if (strcmp(in->seen[i], name) == 0)
			return true;
	return false;
}

static void note_seen(struct jin *in, const char *name)
{
	if (is_seen(in, name))
		return;
	if (in->n_seen == sizeof in->seen / sizeof in->seen[0]) {
		jin_fail(in, name, "is one too many of ours");
		return;
	}
	in->seen[in->n_seen++] = name;
}

/* The member, borrowed; NULL when it is not there or something was wrong before. */
static json_t *take(struct jin *in, const char *name)
{
	json_t *v;

	if (in->failed)
		return NULL;
	note_seen(in, name);
	v = json_object_get(in->object, name);
	if (v == NULL)
		jin_fail(in, name, "is missing");
	return in->failed ? NULL : v;
}

/* C0, DEL, and C1 (two bytes in UTF-8, which Jansson has checked). */
static bool has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const uint8_t c = (uint8_t)s[i];

		if (c < 0x20 || c == 0x7F)
			return true;
		if (c == 0xC2 && i + 1 < len && (uint8_t)s[i + 1] < 0xA0)
			return true;
	}
	return false;
}

static json_t *take_text(struct jin *in, const char *name, size_t min, size_t max)
{
	json_t *v = take(in, name);
	size_t len;

	if (v == NULL)
		return NULL;
	if (!json_is_string(v)) {
		jin_fail(in, name, "is not a text");
		return NULL;
	}
	len = json_string_length(v);
	if (len < min || len > max)
		jin_fail(in, name, len < min ? "is too short" : "is too long");
	else if (has_control(json_string_value(v), len))
		jin_fail(in, name, "holds a control character");
	return in->failed ? NULL : v;
}

void jin_text(struct jin *in, const char *name, size_t min, size_t max, char *ret)
{
	const json_t *v = take_text(in, name, min, max);

	if (v != NULL)
		memcpy(ret, json_string_value(v), json_string_length(v) + 1);
}

void jin_hex(struct jin *in, const char *name, uint8_t *ret, size_t len)
{
	const json_t *v = take_text(in, name, 2 * len, 2 * len);
	const char *text;
	size_t got;

	if (v == NULL)
		return;
	text = json_string_value(v);
	for (size_t i = 0; i < 2 * len; i++)
		if (!isxdigit((unsigned char)text[i])) {
			jin_fail(in, name, "is not hexadecimal");
			return;
		}
	if (!hex_read(text, ret, len, &got) || got != len)
		jin_fail(in, name, "is not hexadecimal");
}

void jin_base64(struct jin *in, const char *name, uint8_t *ret, size_t cap, size_t *ret_len)
{
	const json_t *v = take_text(in, name, 1, (cap + 2) / 3 * 4);

	if (v != NULL && !base64_read(json_string_value(v), ret, cap, ret_len))
		jin_fail(in, name, "is not base64, or too long");
}

void jin_int(struct jin *in, const char *name, int64_t min, int64_t max, int64_t *ret)
{
	const json_t *v = take(in, name);

	if (v == NULL)
		return;
	if (!json_is_integer(v))
		jin_fail(in, name, "is not a whole number");
	else if (json_integer_value(v) < min || json_integer_value(v) > max)
		jin_fail(in, name, json_integer_value(v) < min ? "is too small" : "is too large");
	else
		*ret = json_integer_value(v);
}

void jin_bool(struct jin *in, const char *name, bool *ret)
{
	const json_t *v = take(in, name);

	if (v == NULL)
		return;
	if (!json_is_boolean(v))
		jin_fail(in, name, "is neither true nor false");
	else
		*ret = json_is_true(v);
}

void jin_word(struct jin *in, const char *name, const char *const *words, size_t n, size_t *ret)
{
	const json_t *v = take_text(in, name, 1, 63);

	if (v == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], json_string_value(v)) == 0) {
			*ret = i;
			return;
		}
	jin_fail(in, name, "is not one of the words it may be");
}

static void wipe_text(json_t *v)
{
	const char *text = json_string_value(v);

	/* Jansson's strings are ours to overwrite, whatever its const says; the length stays. */
	if (text != NULL)
		rp_wipe((void *)(uintptr_t)text, json_string_length(v));
}

void jin_secret(struct jin *in, const char *name, size_t min, size_t max, rp_secret **ret)
{
	json_t *v = take_text(in, name, min, max);
	rp_secret *s = NULL;

	if (v != NULL && rp_secret_from(json_string_value(v), json_string_length(v), &s, NULL) != RP_OK)
		jin_fail(in, name, "finds no memory");
	if (is_seen(in, name))
		wipe_text(json_object_get(in->object, name));
	if (s != NULL)
		*ret = s;
}

json_t *jin_array(struct jin *in, const char *name, size_t max)
{
	json_t *v = take(in, name);

	if (v != NULL && (!json_is_array(v) || json_array_size(v) > max)) {
		jin_fail(in, name, "is no list, or too long a one");
		return NULL;
	}
	return v;
}

json_t *jin_object(struct jin *in, const char *name)
{
	json_t *v = take(in, name);

	if (v != NULL && !json_is_object(v)) {
		jin_fail(in, name, "is not an object");
		return NULL;
	}
	return v;
}

bool jin_has(struct jin *in, const char *name)
{
	const json_t *v;

	if (in->failed)
		return false;
	v = json_object_get(in->object, name);
	if (json_is_null(v))
		note_seen(in, name);
	return v != NULL && !json_is_null(v);
}

bool jin_done(struct jin *in)
{
	if (in->failed)
		return false;
	for (void *at = json_object_iter(in->object); at != NULL; at = json_object_iter_next(in->object, at))
		/* Its name is a stranger's text: it is not repeated. */
		if (!is_seen(in, json_object_iter_key(at)))
			jin_fail(in, "", "a member is there that nobody knows");
	return !in->failed;
}
