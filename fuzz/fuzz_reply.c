/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a hostile card: to reading all there is, and to one job on each of its PINs. */
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f;
	struct rp_card_facts facts;
	rp_ctx *ctx = feed_open(&f, data, size);
	rp_card *card = NULL;

	if (ctx == NULL)
		return 0;
	if (rp_card_open(ctx, NULL, &card, NULL) == RP_OK &&
	    rp_card_read(card, RP_READ_PINS | RP_READ_CARD | RP_READ_HIDDEN | RP_READ_FOR_JOB, &facts,
			 NULL) == RP_OK)
		for (size_t i = 0; i < facts.n_pins && !f.dead; i++)
			feed_run_job(&f, card, &facts, facts.pins[i].slot, (unsigned)(f.left & 0xFF));
	rp_card_close(card);
	rp_ctx_free(ctx);
	return 0;
}
