/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes seed inputs for fuzz_reply and fuzz_session: what each virtual card answers when
 * it is read and one job is done on each of its PINs. Run once, when a job changes:
 *
 *     ninja -C BUILD fuzz/seeds && BUILD/fuzz/seeds fuzz/corpus
 */
#include "feed.h"

#include "vcard/vcard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 12

static FILE *out;

static void block(const uint8_t *bytes, size_t len)
{
	(void)fputc((int)(len & 0xFF), out);
	(void)fputc((int)(len >> 8), out);
	(void)fwrite(bytes, 1, len, out);
}

static size_t s_atr(void *arg, uint8_t *ret, size_t cap)
{
	const struct vcard *c = arg;

	if (c->atr_len > cap)
		abort();
	memcpy(ret, c->atr, c->atr_len);
	return c->atr_len;
}

static void s_reset(void *arg)
{
	vcard_reset(arg);
}

static size_t s_transmit(void *arg, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap)
{
	const size_t n = vcard_transmit(arg, cmd, len, ret, cap);

	block(ret, n);
	return n;
}

/* Reads, and does the job `what` on each PIN. */
static void play(struct vcard *c, unsigned what)
{
	struct direct_card d = {.card = c, .atr = s_atr, .reset = s_reset, .transmit = s_transmit};
	struct transport t;
	struct feed unused = {0};
	struct rp_card_facts facts;
	rp_ctx *ctx = NULL;
	rp_card *card = NULL;
	rp_secret *key = NULL;

	if (transport_direct(&d, "seeds", &t, NULL) != RP_OK || ctx_on(&t, &ctx, NULL) != RP_OK ||
	    rp_secret_from(c->transport_key, 24, &key, NULL) != RP_OK ||
	    rp_ctx_hicos_key(ctx, key, NULL) != RP_OK)
		abort();
	block(c->atr, c->atr_len);
	if (rp_card_open(ctx, NULL, &card, NULL) != RP_OK ||
	    rp_card_read(card, RP_READ_PINS | RP_READ_CARD | RP_READ_HIDDEN | RP_READ_FOR_JOB, &facts,
			 NULL) != RP_OK)
		abort();
	for (size_t i = 0; i < facts.n_pins; i++)
		feed_run_job(&unused, card, &facts, facts.pins[i].slot, what);
	rp_secret_free(key);
	rp_card_close(card);
	rp_ctx_free(ctx);
}

static void seed(const char *dir, const char *target, const char *family, unsigned what)
{
	static const uint8_t key[16] = {7};
	static const uint8_t steps[STEPS] = {0x79, 3, 4, 8, 9, 13, 14, 18, 19, 23, 24, 28};
	const bool can = strncmp(family, "mynumber", 8) == 0 || strcmp(family, "hicos") == 0;
	const struct vcard_spec spec = {.family = family, .reset_key = can ? key : NULL};
	struct vcard *c = NULL;
	char path[512];

	(void)snprintf(path, sizeof path, "%s/%s/%s-%u", dir, target, family, what);
	out = fopen(path, "wb");
	if (out == NULL || vcard_make(&spec, &c, NULL) != RP_OK)
		abort();
	if (strcmp(target, "session") == 0)
		(void)fwrite(steps, 1, sizeof steps, out);
	play(c, what);
	vcard_free(c);
	(void)fclose(out);
}

int main(int argc, char **argv)
{
	static const char *const families[] = {"mynumber", "mynumber-mobile", "aosign", "hicos",
					       "piv",	   "openpgp",	      "gids"};

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		for (unsigned what = 0; what < 4; what++)
			seed(argv[1], what % 2 == 0 ? "reply" : "session", families[i], 0x80 + what);
	return 0;
}
