/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of ours that people write: transport scripts, fault scripts, hex, and what is typed. */
#include "base/bytes.h"
#include "base/text.h"
#include "lib/ctx.h"
#include "vcard/fault.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play(const char *text)
{
	struct transport t;
	rp_ctx *ctx = NULL;
	rp_card *card = NULL;
	struct rp_card_facts f;

	if (transport_script(text, &t, NULL) != RP_OK)
		return;
	if (ctx_on(&t, &ctx, NULL) != RP_OK)
		return;
	if (rp_card_open(ctx, NULL, &card, NULL) == RP_OK && rp_card_read(card, 15, &f, NULL) == RP_OK &&
	    f.profile == NULL)
		__builtin_trap();
	rp_card_close(card);
	rp_ctx_free(ctx);
}

static void fold(const uint8_t *data, size_t size)
{
	rp_secret *typed = NULL, *sent = NULL;
	struct text_fold done;

	if (rp_secret_from(data, size, &typed, NULL) != RP_OK)
		return;
	/* folding never makes an entry longer, and never lets a control character through */
	if (text_fold(typed, size % 2 == 0, &sent, &done, NULL) == RP_OK) {
		if (rp_secret_len(sent) > size ||
		    memchr(rp_secret_bytes(sent), '\0', rp_secret_len(sent)) != NULL)
			__builtin_trap();
	}
	rp_secret_free(sent);
	rp_secret_free(typed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), clean[64];
	struct faults *faults = NULL;
	uint8_t bytes[32];
	size_t n;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	play(text);
	if (faults_parse(text, &faults, NULL) == RP_OK)
		faults_free(faults);
	(void)hex_read(text, bytes, sizeof bytes, &n);
	text_clean(data, size, clean, sizeof clean);
	fold(data, size < 512 ? size : 512);
	free(text);
	return 0;
}
