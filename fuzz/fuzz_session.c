/* SPDX-License-Identifier: Apache-2.0 */
/* A row of operations chosen by the input, on a card that answers what the input says. */
#include "feed.h"

#define STEPS_MAX 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One operation; false when the row ends. */
static bool step(struct feed *f, rp_ctx *ctx, rp_card **card, struct rp_card_facts *facts, bool *known,
		 uint8_t op)
{
	struct rp_error err = RP_ERROR_INIT;
	struct rp_pad pad;

	switch (op % 5) {
	case 0:
		rp_card_close(*card);
		*card = NULL;
		*known = false;
		f->dead = false;
		return rp_card_open(ctx, NULL, card, &err) == RP_OK;
	case 1:
		*known = rp_card_read(*card, op >> 3, facts, &err) == RP_OK;
		return true;
	case 2:
		return rp_pad_of(*card, &pad, &err) == RP_OK;
	default:
		if (*known && facts->n_pins > 0)
			feed_run_job(f, *card, facts, facts->pins[op % facts->n_pins].slot, op);
		return true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed f;
	struct rp_card_facts facts = {0};
	rp_ctx *ctx;
	rp_card *card = NULL;
	bool known = false;
	const uint8_t *ops = data;

	if (size < STEPS_MAX)
		return 0;
	ctx = feed_open(&f, data + STEPS_MAX, size - STEPS_MAX);
	if (ctx == NULL || !step(&f, ctx, &card, &facts, &known, 0)) {
		rp_ctx_free(ctx);
		return 0;
	}
	for (int i = 0; i < STEPS_MAX && card != NULL; i++)
		if (!step(&f, ctx, &card, &facts, &known, ops[i]))
			break;
	rp_card_close(card);
	rp_ctx_free(ctx);
	return 0;
}
