/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 1: zero tries. Whatever is read, refused, cancelled, timed out or cut before the
 * person's entry goes out spends none; one entry spends at most one. Judged by the virtual
 * card's own counters, over every family, and over a fault at every command.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/vreader.h"
#include <cmocka.h>

static const char *const families[] = {"mynumber", "mynumber-mobile", "aosign", "hicos",
				       "piv",	   "openpgp",	      "gids"};
#define N_FAMILIES (sizeof families / sizeof families[0])
#define READ_ALL (RP_READ_PINS | RP_READ_CARD | RP_READ_HIDDEN | RP_READ_FOR_JOB)

static void reading_a_hundred_times_spends_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FAMILIES; i++) {
		struct vreader v = {0};
		rp_ctx *ctx = vreader_open(&v, vreader_make(families[i], NULL, true));
		const int before = vreader_all_tries(&v);

		for (int n = 0; n < 100; n++) {
			rp_card *card = NULL;
			struct rp_card_facts f;

			assert_int_equal(rp_card_open(ctx, NULL, &card, NULL), RP_OK);
			assert_int_equal(rp_card_read(card, READ_ALL, &f, NULL), RP_OK);
			rp_card_close(card);
			vreader_forget(&v);
		}
		assert_int_equal(vreader_all_tries(&v), before);
		vreader_close(&v, ctx);
	}
}

static const char *const fault_kinds[] = {"cut-before",	  "cut-after",	  "sw 6F00", "sw 63C2",
					  "instead 9000", "instead 63C1", "empty",   "short",
					  "long 600",	  "mute",	  "remove",  "reply 9000"};
#define N_FAULTS (sizeof fault_kinds / sizeof fault_kinds[0])

/* One fault at command n while a card is read: true when the job got as far as n. */
static bool read_with_fault(struct vcard *card, unsigned n, const char *kind)
{
	struct vreader v = {0};
	rp_ctx *ctx = vreader_open(&v, card);
	const int before = vreader_all_tries(&v);
	struct rp_card_facts f;
	rp_card *c = NULL;
	char script[64];
	rp_code rc = RP_OK;
	bool reached;

	(void)snprintf(script, sizeof script, "apdu %u %s\n", n, kind);
	vreader_faults(&v, script);
	rp_ctx_timeout(ctx, 5);
	if (rp_card_open(ctx, NULL, &c, NULL) == RP_OK)
		rc = rp_card_read(c, READ_ALL, &f, NULL);
	(void)rc; /* any result is fine; the counters decide */
	reached = v.n >= n;
	assert_int_equal(vreader_all_tries(&v), before);
	assert_int_equal(vreader_count(&v, 0x24) + vreader_count(&v, 0x2C) + vreader_count(&v, 0x32), 0);
	assert_int_equal(vreader_count_data(&v, 0x20), 0);
	rp_card_close(c);
	v.card = NULL;
	rp_ctx_free(ctx);
	faults_free(v.faults);
	return reached;
}

static void any_fault_at_any_command_of_a_reading_spends_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FAMILIES; i++) {
		struct vcard *card = vreader_make(families[i], NULL, true);

		for (size_t k = 0; k < N_FAULTS; k++)
			for (unsigned n = 1; n < 60; n++)
				if (!read_with_fault(card, n, fault_kinds[k]))
					break;
		vcard_free(card);
	}
}

struct one_job {
	const char *family, *pins;
	rp_slot slot;
	const char *secret, *fresh;
	bool unlocks;
	unsigned way;
};

static const struct one_job jobs[] = {
	{"mynumber", NULL, RP_SLOT_SIGN, "WRONG1", "NEW456", false, 0},
	{"mynumber", NULL, RP_SLOT_JUKI, "9999", "5678", false, 0},
	{"mynumber", NULL, RP_SLOT_JUKI, "1234", "5678", false, 0},
	{"mynumber", NULL, RP_SLOT_TEXT, "1234", "5678", false, 0},
	{"aosign", NULL, RP_SLOT_PIN, "99999998", "newPin99", false, 0},
	{"aosign", NULL, RP_SLOT_PIN, "99999998", "newPin99", true, 0},
	{"aosign", NULL, RP_SLOT_PIN, "12345678", "newPin99", true, 0},
	{"hicos", NULL, RP_SLOT_PIN, "999999", "newPin99", false, 0},
	{"piv", NULL, RP_SLOT_PIN, "999999", "654321", false, 0},
	{"piv", NULL, RP_SLOT_PIN, "99999999", "654321", true, 0},
	{"openpgp", "rc=resetcode", RP_SLOT_PW1, "wrongcode", "654321", true, 0},
	{"openpgp", NULL, RP_SLOT_PW1, "99999999", "654321", true, 1},
	{"gids", NULL, RP_SLOT_PIN, "999999", "654321", false, 0},
};
#define N_JOBS (sizeof jobs / sizeof jobs[0])

static int tries_spent(const struct vcard *c, const uint8_t before[VCARD_PINS_MAX])
{
	int spent = 0;

	for (size_t i = 0; i < c->n_pins; i++)
		if (c->pins[i].tries < before[i])
			spent += before[i] - c->pins[i].tries;
	return spent;
}

static rp_code do_job(rp_card *c, const struct rp_card_facts *shown, const struct one_job *j,
		      struct rp_error *err)
{
	const struct rp_job job = {.slot = j->slot, .shown = shown, .way = j->way};
	struct rp_outcome out;
	struct rp_pin_info info;
	rp_secret *secret, *fresh;
	rp_code rc;

	assert_true(rp_pin_info(j->family, j->slot, &info));
	secret = entry_of(j->family, j->unlocks ? info.unlock[j->way].code : j->slot, RP_ENTRY_CURRENT,
			  j->secret);
	fresh = entry_of(j->family, j->slot, RP_ENTRY_NEW, j->fresh);
	rc = j->unlocks ? rp_pin_unlock(c, &job, secret, fresh, &out, err)
			: rp_pin_change(c, &job, secret, fresh, &out, err);
	rp_secret_free(secret);
	rp_secret_free(fresh);
	return rc;
}

/* One job with one fault at its nth command; false when the job is over before n. */
static bool job_with_fault(const struct one_job *j, struct vcard *card, unsigned n, const char *kind)
{
	const struct vcard saved = *card;
	struct vreader v = {0};
	rp_ctx *ctx = vreader_open(&v, card);
	struct rp_card_facts shown;
	rp_card *c = NULL;
	rp_secret *key = NULL;
	uint8_t before[VCARD_PINS_MAX];
	struct rp_error err = RP_ERROR_INIT;
	char script[64];
	bool reached;
	int spent;
	rp_code rc;

	assert_int_equal(rp_secret_from(card->transport_key, 24, &key, NULL), RP_OK);
	assert_int_equal(rp_ctx_hicos_key(ctx, key, NULL), RP_OK);
	rp_secret_free(key);
	assert_int_equal(rp_card_open(ctx, NULL, &c, NULL), RP_OK);
	assert_int_equal(rp_card_read(c, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, &shown, NULL), RP_OK);
	vreader_forget(&v);
	for (size_t i = 0; i < card->n_pins; i++)
		before[i] = card->pins[i].tries;
	(void)snprintf(script, sizeof script, "apdu %u %s\n", n, kind);
	vreader_faults(&v, script);
	rp_ctx_timeout(ctx, 5);
	rc = do_job(c, &shown, j, &err);
	reached = v.n >= n;
	spent = tries_spent(card, before);
	assert_in_range(spent, 0, 1);
	/* what we say about the tries is never less than what happened */
	if (rc != RP_OK && err.tries_spent >= 0)
		assert_int_equal(err.tries_spent, spent);
	if (rp_code_exit(rc) == 2 || rp_code_exit(rc) == 3 || rp_code_exit(rc) == 6 || rp_code_exit(rc) == 10)
		assert_int_equal(spent, 0);
	rp_card_close(c);
	rp_ctx_free(ctx);
	faults_free(v.faults);
	/* the card as it was, for the next round */
	memcpy(card->pins, saved.pins, sizeof saved.pins);
	card->dead = saved.dead;
	vcard_reset(card);
	return reached;
}

/* Faults that lie about the tries are left out: a card that lies can make us say anything. */
static bool tells_the_truth(const char *kind)
{
	return strncmp(kind, "sw 63", 5) != 0 && strncmp(kind, "instead", 7) != 0 &&
	       strncmp(kind, "reply", 5) != 0;
}

static void any_fault_at_any_command_of_a_job_costs_at_most_one_try(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_JOBS; i++) {
		struct vcard *card = vreader_make(jobs[i].family, jobs[i].pins, true);

		for (size_t k = 0; k < N_FAULTS; k++)
			for (unsigned n = 1; n < 40 && tells_the_truth(fault_kinds[k]); n++)
				if (!job_with_fault(&jobs[i], card, n, fault_kinds[k]))
					break;
		vcard_free(card);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_a_hundred_times_spends_nothing),
		cmocka_unit_test(any_fault_at_any_command_of_a_reading_spends_nothing),
		cmocka_unit_test(any_fault_at_any_command_of_a_job_costs_at_most_one_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
