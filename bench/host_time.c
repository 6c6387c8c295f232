/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host time of a job beyond the card's own: the whole job on a virtual card in this
 * process, less the time that the card took for its answers. Prints microseconds, the
 * median of many rounds, and the commands. Then the same with a note of each job (the journal),
 * which is synced to the disk twice before the new PIN goes out: what the disk takes for that.
 */
#include "lib/ctx.h"
#include "vcard/vcard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 201

static double card_us;

static double now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static size_t b_atr(void *arg, uint8_t *ret, size_t cap)
{
	const struct vcard *c = arg;

	if (c->atr_len > cap)
		return 0;
	memcpy(ret, c->atr, c->atr_len);
	return c->atr_len;
}

static void b_reset(void *arg)
{
	vcard_reset(arg);
}

static size_t b_transmit(void *arg, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap)
{
	const double start = now_us();
	const size_t n = vcard_transmit(arg, cmd, len, ret, cap);

	card_us += now_us() - start;
	return n;
}

struct bench_job {
	const char *family;
	rp_slot slot;
	const char *a, *b; /* changed from one to the other and back */
	const char *code;  /* unlock with it; NULL = change */
};

static const struct bench_job jobs[] = {
	{"mynumber", RP_SLOT_SIGN, "ABC123", "NEW456", NULL},
	{"mynumber", RP_SLOT_AUTH, "1234", "5678", NULL},
	{"mynumber", RP_SLOT_JUKI, "1234", "5678", NULL},
	{"aosign", RP_SLOT_PIN, "12345678", "newPin99", NULL},
	{"aosign", RP_SLOT_PIN, "12345678", "newPin99", "12345678"},
	{"hicos", RP_SLOT_PIN, "123456", "newPin9", NULL},
	{"piv", RP_SLOT_PIN, "123456", "654321", NULL},
	{"piv", RP_SLOT_PIN, "123456", "654321", "12345678"},
	{"openpgp", RP_SLOT_PW1, "123456", "654321", NULL},
	{"gids", RP_SLOT_PIN, "123456", "654321", NULL},
};

static rp_secret *sent(const struct bench_job *j, rp_slot slot, enum rp_entry kind, const char *text)
{
	rp_secret *typed = NULL, *out = NULL;
	struct rp_folded folded;

	if (rp_secret_from(text, strlen(text), &typed, NULL) != RP_OK ||
	    rp_entry_check(j->family, slot, kind, typed, &out, &folded, NULL) != RP_OK)
		abort();
	rp_secret_free(typed);
	return out;
}

/* One job; its host time in microseconds, and its commands. */
static double one(rp_card *card, const struct rp_card_facts *shown, const struct bench_job *j,
		  const char *from, const char *to, unsigned *ret_apdus)
{
	const struct rp_job job = {.slot = j->slot, .shown = shown};
	struct rp_pin_info info;
	struct rp_outcome out;
	struct rp_error err = RP_ERROR_INIT;
	rp_secret *current, *fresh;
	double start;
	rp_code rc;

	if (!rp_pin_info(j->family, j->slot, &info))
		abort();
	start = now_us();
	card_us = 0;
	current = sent(j, j->code != NULL ? info.unlock[0].code : j->slot, RP_ENTRY_CURRENT,
		       j->code != NULL ? j->code : from);
	fresh = sent(j, j->slot, RP_ENTRY_NEW, to);
	rc = j->code != NULL ? rp_pin_unlock(card, &job, current, fresh, &out, &err)
			     : rp_pin_change(card, &job, current, fresh, &out, &err);
	rp_secret_free(current);
	rp_secret_free(fresh);
	if (rc != RP_OK) {
		(void)fprintf(stderr, "%s: %s\n", j->family, err.story);
		exit(1);
	}
	*ret_apdus = out.apdus;
	return now_us() - start - card_us;
}

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static rp_ctx *open_card(const struct bench_job *j, struct vcard **ret_card)
{
	static const uint8_t key[16] = {1};
	const struct vcard_spec spec = {.family = j->family,
					.reset_key = strcmp(j->family, "hicos") == 0 ? key : NULL};
	struct transport t;
	struct direct_card d = {.atr = b_atr, .reset = b_reset, .transmit = b_transmit};
	rp_secret *hicos = NULL;
	rp_ctx *ctx = NULL;

	if (vcard_make(&spec, ret_card, NULL) != RP_OK)
		abort();
	d.card = *ret_card;
	if (transport_direct(&d, "bench", &t, NULL) != RP_OK || ctx_on(&t, &ctx, NULL) != RP_OK ||
	    rp_secret_from((*ret_card)->transport_key, 24, &hicos, NULL) != RP_OK ||
	    rp_ctx_hicos_key(ctx, hicos, NULL) != RP_OK)
		abort();
	rp_secret_free(hicos);
	return ctx;
}

/* Rounds of one job, in ascending order; with `notes` each is noted down in that directory. */
static void rounds(const struct bench_job *j, const char *notes, double us[ROUNDS], unsigned *ret_apdus)
{
	struct vcard *v = NULL;
	rp_ctx *ctx = open_card(j, &v);
	rp_card *card = NULL;
	struct rp_card_facts shown;

	if ((notes != NULL && rp_ctx_notes(ctx, notes, NULL) != RP_OK) ||
	    rp_card_open(ctx, NULL, &card, NULL) != RP_OK ||
	    rp_card_read(card, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, &shown, NULL) != RP_OK)
		abort();
	for (int i = 0; i < ROUNDS; i++)
		us[i] = one(card, &shown, j, i % 2 == 0 ? j->a : j->b, i % 2 == 0 ? j->b : j->a, ret_apdus);
	qsort(us, ROUNDS, sizeof us[0], ascending);
	rp_card_close(card);
	rp_ctx_free(ctx);
	vcard_free(v);
}

static void measure(const struct bench_job *j, const char *notes)
{
	double bare[ROUNDS], noted[ROUNDS];
	unsigned apdus = 0;

	rounds(j, NULL, bare, &apdus);
	rounds(j, notes, noted, &apdus);
	(void)printf("%-9s %-6s %-7s %6u %12.0f %12.0f %16.0f\n", j->family, rp_slot_word(j->slot),
		     j->code != NULL ? "unlock" : "change", apdus, bare[ROUNDS / 2], bare[ROUNDS * 99 / 100],
		     noted[ROUNDS / 2]);
}

int main(void)
{
	char notes[] = "/tmp/repin-bench-XXXXXX", remove[64];

	if (mkdtemp(notes) == NULL)
		return 1;
	(void)printf("%-9s %-6s %-7s %6s %12s %12s %16s\n", "family", "slot", "job", "APDUs", "host us p50",
		     "host us p99", "with note, p50");
	for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
		measure(&jobs[i], notes);
	(void)snprintf(remove, sizeof remove, "rm -rf %s", notes);
	return system(remove) == 0 ? 0 : 1;
}
