/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/receipt.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char *receipt_word(enum receipt_verdict v)
{
	static const char *const words[] = {
		[RECEIPT_SEALED] = "sealed",	 [RECEIPT_ERASED] = "erased",
		[RECEIPT_WAITING] = "waiting",	 [RECEIPT_NONSENSE] = "nonsense",
		[RECEIPT_UNSIGNED] = "unsigned", [RECEIPT_OTHER] = "other",
		[RECEIPT_CHANGED] = "changed",	 [RECEIPT_SHRUNK] = "shrunk",
		[RECEIPT_FORKED] = "forked",
	};

	return words[v];
}

void receipt_free(struct receipt *r)
{
	json_decref(r->entry);
	r->entry = NULL;
}

static const char *text_of(const json_t *answer, const char *name)
{
	const char *text = json_string_value(json_object_get(answer, name));

	return text != NULL ? text : "";
}

static bool hash_of(const char *text, uint8_t ret[TLOG_HASH])
{
	size_t n = 0;

	return base64_read(text, ret, TLOG_HASH, &n) && n == TLOG_HASH;
}

/* A proof that is longer than any tree is high is none. */
static bool proof_of(const json_t *answer, struct tlog_proof *ret)
{
	const json_t *list = json_object_get(answer, "proof");

	ret->n = json_array_size(list);
	if (!json_is_array(list) || ret->n > sizeof ret->hash / sizeof ret->hash[0])
		return false;
	for (size_t k = 0; k < ret->n; k++) {
		const char *one = json_string_value(json_array_get(list, k));

		if (one == NULL || !hash_of(one, ret->hash[k]))
			return false;
	}
	return true;
}

/* The leaf from what was told; false when that is not whole. */
static bool leaf_of(const json_t *answer, bool erased, uint8_t ret[TLOG_HASH])
{
	const json_t *entry = json_object_get(answer, "entry");
	uint8_t bytes[TLOG_HASH];

	if (!hash_of(text_of(answer, erased ? "digest" : "salt"), bytes) ||
	    (!erased && !json_is_string(entry)))
		return false;
	if (erased)
		tlog_leaf_of(bytes, ret);
	else
		tlog_leaf(bytes, json_string_value(entry), json_string_length(entry), ret);
	return true;
}

static bool signed_by(const json_t *answer, const char *vkey, struct tlog_checkpoint *ret)
{
	const char *note = text_of(answer, "checkpoint");
	char origin[TLOG_ORIGIN_MAX + 1];
	uint8_t key[32];

	return tlog_vkey_read(vkey, origin, key) && tlog_note_read(note, strlen(note), origin, key, ret);
}

enum receipt_verdict receipt_check(const json_t *answer, const char *number, const char *vkey,
				   struct receipt *ret)
{
	const char *state = text_of(answer, "state");
	const bool erased = strcmp(state, "erased") == 0;
	const json_t *leaf_no = json_object_get(answer, "leaf");
	struct receipt r = {.entry = NULL};
	struct tlog_proof proof;
	uint8_t leaf[TLOG_HASH];

	(void)snprintf(r.number, sizeof r.number, "%s", number);
	if (strcmp(text_of(answer, "receipt"), number) != 0)
		return RECEIPT_OTHER;
	if (strcmp(state, "waiting") == 0) {
		*ret = r;
		return RECEIPT_WAITING;
	}
	if ((!erased && strcmp(state, "sealed") != 0) || !json_is_integer(leaf_no) ||
	    json_integer_value(leaf_no) < 0 || !proof_of(answer, &proof) || !leaf_of(answer, erased, leaf))
		return RECEIPT_NONSENSE;
	if (!signed_by(answer, vkey, &r.at))
		return RECEIPT_UNSIGNED;
	if (!tlog_included((uint64_t)json_integer_value(leaf_no), r.at.size, leaf, &proof, r.at.root))
		return RECEIPT_CHANGED;
	if (!erased) {
		r.entry = json_loads(text_of(answer, "entry"), JSON_REJECT_DUPLICATES, NULL);
		/* the entry names its own receipt, so that no other one can be shown for it */
		if (strcmp(text_of(r.entry, "receipt"), number) != 0) {
			receipt_free(&r);
			return RECEIPT_OTHER;
		}
	}
	*ret = r;
	return erased ? RECEIPT_ERASED : RECEIPT_SEALED;
}

enum receipt_verdict receipt_grown(const struct tlog_checkpoint *before, const struct tlog_checkpoint *now,
				   const json_t *answer)
{
	struct tlog_proof proof = {.n = 0};

	if (now->size < before->size)
		return RECEIPT_SHRUNK;
	if (now->size > before->size && !proof_of(answer, &proof))
		return RECEIPT_FORKED;
	return tlog_consistent(before->size, before->root, now->size, now->root, &proof) ? RECEIPT_SEALED
											 : RECEIPT_FORKED;
}
