/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints and verifier keys, which anybody may hand to us. The first byte chooses: a note as it
 * is; a text that our key has signed; a signed text with more lines behind it; a verifier key.
 */
#include "judge.h"

#include "base/bytes.h"
#include "tlog/tlog.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGIN "log.example"
#define TEXT_MAX 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t key[32], secret[64];

static void make_key(void)
{
	static const uint8_t seed[32] = {7};

	judge_that(sodium_init() >= 0 && crypto_sign_seed_keypair(key, secret, seed) == 0, "no key");
}

static rp_code sign(void *arg, const void *text, size_t len, uint8_t ret[64], struct rp_error *err)
{
	(void)arg;
	(void)err;
	return crypto_sign_detached(ret, NULL, text, len, secret) == 0 ? RP_OK : RP_E_FAULT;
}

/* What is taken begins like what we would write ourselves; what is not leaves no trace. */
static bool read_it(const char *note, size_t len)
{
	struct tlog_checkpoint c = {.size = 4711};
	char ours[TLOG_NOTE_MAX];
	const char *end;
	bool good = tlog_note_read(note, len, ORIGIN, key, &c);

	judge_that(good || (c.size == 4711 && c.origin[0] == '\0'), "refused, and yet told");
	if (!good)
		return false;
	judge_that(tlog_note(&c, key, sign, NULL, ours, sizeof ours, NULL) == RP_OK,
		   "read, but not writable");
	end = strstr(ours, "\n\n");
	judge_that(end != NULL && (size_t)(end - ours) < len &&
			   memcmp(ours, note, (size_t)(end - ours) + 1) == 0,
		   "two texts of one checkpoint");
	return true;
}

static void raw(const uint8_t *bytes, size_t len)
{
	(void)read_it((const char *)bytes, len);
}

/* The text up to `cut`, an empty line, our signature, and the rest. */
static void signed_text(const uint8_t *bytes, size_t cut, size_t len)
{
	static const char dash[] = "\n\xE2\x80\x94 " ORIGIN " ";
	const struct hash_part id[] = {{ORIGIN "\n\x01", sizeof ORIGIN + 1}, {key, sizeof key}};
	uint8_t hash[SHA256_LEN], sig[68];
	char b64[128], *note = malloc(len + 256);
	struct wr w = wr_of(note, len + 256);

	judge_that(note != NULL, "no memory");
	hash_sha256(id, 2, hash);
	memcpy(sig, hash, 4);
	judge_that(sign(NULL, bytes, cut, sig + 4, NULL) == RP_OK &&
			   base64_of(sig, sizeof sig, b64, sizeof b64),
		   "no signature");
	wr_put(&w, bytes, cut);
	wr_put(&w, dash, sizeof dash - 1);
	wr_put(&w, b64, strlen(b64));
	wr_u8(&w, '\n');
	wr_put(&w, bytes + cut, len - cut);
	judge_that(!w.failed, "no room");
	if (read_it(note, w.len))
		judge_that(cut > 0 && bytes[cut - 1] == '\n', "a text without an end");
	free(note);
}

static void whole_text(const uint8_t *bytes, size_t len)
{
	signed_text(bytes, len, len);
}

static void text_and_lines(const uint8_t *bytes, size_t len)
{
	const uint8_t *cut = len == 0 ? NULL : memchr(bytes, '\0', len);

	if (cut != NULL)
		signed_text(bytes, (size_t)(cut - bytes), len);
}

static void vkey(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1), origin[TLOG_ORIGIN_MAX + 1] = "", again[256];
	uint8_t k[32];

	judge_that(text != NULL, "no memory");
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	if (tlog_vkey_read(text, origin, k)) {
		judge_that(tlog_vkey(origin, k, again, sizeof again), "read, but not writable");
		judge_that(strlen(again) == strlen(text), "two lengths of one key");
	} else {
		judge_that(origin[0] == '\0', "refused, and yet told");
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const takers[])(const uint8_t *bytes, size_t len) = {raw, whole_text, text_and_lines,
									   vkey};
	uint8_t *copy;

	if (size == 0 || size > TEXT_MAX)
		return 0;
	make_key();
	copy = malloc(size);
	judge_that(copy != NULL, "no memory");
	/* the end of the copy is the end of its memory */
	memcpy(copy, data, size);
	takers[data[0] % (sizeof takers / sizeof takers[0])](copy + 1, size - 1);
	free(copy);
	return 0;
}
