/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two languages of tests and practice: card dialogues (transport_script) and fault scripts.
 * The first byte chooses, the rest is the text; what can be read is also played.
 */
#include "cards.h"
#include "judge.h"

#include "lib/ctx.h"
#include "vcard/fault.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_through(struct transport *t)
{
	struct rp_error err = RP_ERROR_INIT;
	struct rp_card_facts facts;
	rp_card *card = NULL;
	rp_ctx *ctx = NULL;

	judge_that(ctx_on(t, &ctx, NULL) == RP_OK, "no context");
	if (rp_card_open(ctx, NULL, &card, &err) == RP_OK &&
	    rp_card_read(card, RP_READ_PINS | RP_READ_CARD | RP_READ_HIDDEN, &facts, &err) == RP_OK)
		judge_facts(&facts);
	rp_card_close(card);
	rp_ctx_free(ctx);
}

static void dialogue(const char *text)
{
	struct rp_error err = RP_ERROR_INIT;
	struct transport t = {.ops = NULL};
	const rp_code rc = transport_script(text, &t, &err);

	judge_that(rc == RP_OK || (rc == RP_E_CONFIG && strstr(err.story, "line ") != NULL),
		   "an error without its line");
	if (rc == RP_OK)
		look_through(&t);
}

static void play(struct faults *f)
{
	static const uint8_t commands[][9] = {
		{0x00, 0xA4, 0x04, 0x00, 0x02, 0xA0, 0x00},
		{0x00, 0x20, 0x00, 0x81},
		{0x00, 0x20, 0x00, 0x81, 0x04, '9', '9', '9', '9'},
		{0x00, 0x24, 0x00, 0x81, 0x04, '9', '9', '9', '9'},
		{0x00, 0xB0, 0x00, 0x00, 0x00},
	};
	static const size_t lengths[] = {7, 4, 9, 9, 5};
	static uint8_t answer[1024];
	struct vcard *card = cards_fresh(0);

	for (size_t i = 0; i < 20; i++) {
		unsigned delay_ms = 0;
		size_t n = 0;
		const enum fault_result r = fault_transmit(f, card, commands[i % 5], lengths[i % 5], answer,
							   sizeof answer, &n, &delay_ms);

		judge_that(n <= sizeof answer, "more bytes than there was room for");
		if (r == FAULT_REMOVED)
			return;
	}
}

static void fault_script(const char *text)
{
	struct rp_error err = RP_ERROR_INIT;
	struct faults *f = NULL;
	const rp_code rc = faults_parse(text, &f, &err);

	judge_that(rc == RP_OK || (rc == RP_E_CONFIG && strstr(err.story, "line ") != NULL),
		   "an error without its line");
	judge_that((rc == RP_OK) == (f != NULL), "an error, and a script");
	if (rc == RP_OK)
		play(f);
	faults_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	judge_that(text != NULL, "no memory");
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if ((data[0] & 1) == 0)
		dialogue(text);
	else
		fault_script(text);
	free(text);
	return 0;
}
