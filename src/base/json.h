/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON from strangers, strictly: UTF-8, no duplicate keys, a limit on bytes and depth, and every
 * member taken must be of its kind, in its length, and known. A struct jin walks over one object:
 *
 *     struct jin in; json_in(&in, root);
 *     jin_text(&in, "profile", 1, 23, profile);  jin_hex(&in, "nonce", nonce, 16);  …
 *     if (!jin_done(&in)) -> in.what says which member is wrong, for the caller's answer
 *
 * Once something was wrong, everything after it is left alone; ask once at the end. A value is
 * never part of `what`.
 */
#ifndef REPIN_BASE_JSON_H
#define REPIN_BASE_JSON_H

#include "base/secret.h"

#include <jansson.h>

#define JSON_BYTES_MAX 65536
#define JSON_DEPTH_MAX 8

/*
 * NULL when it is no JSON object within the limits; `what` (96 bytes) says why. From the first call on
 * all that Jansson frees in this process is wiped.
 */
json_t *json_parse(const void *bytes, size_t len, char what[96]);

struct jin {
	json_t *object; /* borrowed */
	const char *seen[40];
	size_t n_seen;
	bool failed;
	char what[96];
};

void json_in(struct jin *in, json_t *object);
/*
 * Each: the member must be there and fit, else failed, and ret is left alone (but for jin_base64's room).
 * Text has min to max bytes and no control characters.
 */
void jin_text(struct jin *in, const char *name, size_t min, size_t max, char *ret); /* max + 1 bytes */
void jin_hex(struct jin *in, const char *name, uint8_t *ret, size_t len);	    /* exactly len bytes */
void jin_base64(struct jin *in, const char *name, uint8_t *ret, size_t cap, size_t *ret_len);
void jin_int(struct jin *in, const char *name, int64_t min, int64_t max, int64_t *ret);
void jin_bool(struct jin *in, const char *name, bool *ret);
/* One of the words; *ret is its index. */
void jin_word(struct jin *in, const char *name, const char *const *words, size_t n, size_t *ret);
/* A text that is secret, into guarded memory; the string in the JSON tree is wiped. */
void jin_secret(struct jin *in, const char *name, size_t min, size_t max, rp_secret **ret);
/* A list of at most `max`, borrowed; NULL when failed. */
json_t *jin_array(struct jin *in, const char *name, size_t max);
/* An object, borrowed; NULL when failed. */
json_t *jin_object(struct jin *in, const char *name);
/* True when the member is there (and not null): then one of the above takes it. */
bool jin_has(struct jin *in, const char *name);
/* True when nothing failed and no member is left that nobody asked for. */
bool jin_done(struct jin *in);
/* From now on failed, with these words. */
void jin_fail(struct jin *in, const char *name, const char *why);

#endif
