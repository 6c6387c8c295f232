/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that takes the bytes of a card apart without asking it again: objects, certificates,
 * texts, status words. The first byte chooses what; the rest is the input, in memory of its own,
 * so that one step beyond its end is seen.
 */
#include "judge.h"

#include "base/bytes.h"
#include "base/text.h"
#include "card/cert.h"
#include "card/tlv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const uint8_t *start, size_t len, unsigned depth)
{
	struct rd r = rd_of(start, len);
	const uint8_t *at = start;
	struct tlv t, found;

	while (tlv_next(&r, &t)) {
		judge_that(t.tag != 0 && t.value >= at + 2, "an object without a header");
		judge_that(t.value <= start + len && t.len <= (size_t)(start + len - t.value),
			   "an object outside");
		at = t.value + t.len;
		judge_that(r.p == at, "the cursor is somewhere else");
		judge_that(tlv_find(rd_of(start, len), t.tag, &found) && found.value <= t.value,
			   "not found, and there");
		if (depth < 6)
			walk(t.value, t.len, depth + 1);
	}
	judge_that(r.failed || r.left == 0, "it ended before its bytes did");
}

static void objects(const uint8_t *bytes, size_t len)
{
	static const uint32_t paths[][4] = {
		{0x53, 0x70, 0}, {0x53, 0x34, 0}, {0x65, 0x5B, 0}, {0x7F49, 0x5FC102, 0xDF20, 0}, {0}};
	struct tlv t;

	walk(bytes, len, 0);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (tlv_path(rd_of(bytes, len), paths[i], &t))
			judge_that(t.value >= bytes && t.value + t.len <= bytes + len,
				   "a path that leads outside");
}

static void certificate(const uint8_t *bytes, size_t len)
{
	struct rp_card_facts f = {.profile = "piv", .holder = "untouched"};
	const size_t n = cert_der_length(bytes, len);

	judge_that(n == 0 || n >= 3, "a certificate shorter than its header");
	if (cert_facts(bytes, len, (len & 1) != 0 ? CERT_COMMON_NAME : CERT_SUBJECT, &f))
		judge_facts(&f);
	else
		judge_that(strcmp(f.holder, "untouched") == 0, "no certificate, and facts of one");
}

static void clean(const uint8_t *bytes, size_t len)
{
	char small[8], big[512], again[512];

	text_clean(bytes, len, small, sizeof small);
	text_clean(bytes, len, big, sizeof big);
	judge_that(strlen(small) < sizeof small && strlen(big) < sizeof big, "a text without an end");
	/* what is clean stays as it is, and what was cut is the beginning of the whole */
	judge_that(strncmp(small, big, strlen(small)) == 0, "two texts of the same bytes");
	text_clean(big, strlen(big), again, sizeof again);
	judge_that(strcmp(big, again) == 0, "what was clean is not");
	judge_that(text_width(small) <= 2 * sizeof small, "a text wider than its bytes");
	for (const char *p = big; *p != '\0'; p++)
		judge_that((unsigned char)*p >= 0x20 && *p != 0x7F, "a control character");
}

static void fold(const uint8_t *bytes, size_t len)
{
	RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *once = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *twice = NULL;
	struct text_fold done;

	judge_that(rp_secret_from(bytes, len, &typed, NULL) == RP_OK, "no memory");
	if (text_fold(typed, (len & 1) != 0, &once, &done, NULL) != RP_OK) {
		judge_that(once == NULL, "an error, and a result");
		return;
	}
	judge_that(rp_secret_len(once) > 0 && rp_secret_len(once) <= len,
		   "folding makes nothing longer, nor nothing of it");
	judge_that(text_fold(once, (len & 1) != 0, &twice, &done, NULL) == RP_OK,
		   "what was folded does not fold");
	judge_that(rp_secret_equal(once, twice) && !done.width && !done.upper,
		   "folding twice is not folding once");
}

static void hex(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1), back[2 * 64 + 1];
	uint8_t got[64];
	size_t n = 0;

	judge_that(text != NULL, "no memory");
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	if (hex_read(text, got, sizeof got, &n))
		judge_that(n <= len / 2 && hex_of(got, n, back, sizeof back), "more bytes than hex digits");
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const takers[])(const uint8_t *bytes, size_t len) = {objects, certificate, clean, fold,
									   hex};
	uint8_t *copy;

	if (size == 0)
		return 0;
	copy = malloc(size);
	judge_that(copy != NULL, "no memory");
	/* the end of the copy is the end of its memory */
	memcpy(copy, data, size);
	takers[data[0] % (sizeof takers / sizeof takers[0])](copy + 1, size - 1);
	free(copy);
	return 0;
}
