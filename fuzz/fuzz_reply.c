/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile card: the input is its ATR and its answers (blocks.h). It is listed, opened, looked
 * at, and has every PIN verified, changed and unlocked, whichever family it claims to be.
 */
#include "jobs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed feed;
	struct transport t;
	rp_ctx *ctx;

	feed_start(&feed, data, size, false, &t);
	ctx = jobs_ctx(&t);
	jobs_all(&feed, ctx);
	rp_ctx_free(ctx);
	return 0;
}
