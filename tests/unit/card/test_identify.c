/* SPDX-License-Identifier: Apache-2.0 */
/* Every virtual card is taken for its own family and for no other, whatever its ATR says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/vreader.h"
#include <cmocka.h>

static const char *const families[] = {"mynumber", "mynumber-mobile", "aosign", "hicos",
				       "piv",	   "openpgp",	      "gids"};
#define N_FAMILIES (sizeof families / sizeof families[0])

static rp_code read_card(struct vreader *v, rp_ctx *ctx, unsigned what, struct rp_card_facts *f,
			 struct rp_error *err)
{
	rp_card *card = NULL;
	rp_code rc = rp_card_open(ctx, NULL, &card, err);

	vreader_forget(v);
	if (rc == RP_OK)
		rc = rp_card_read(card, what, f, err);
	rp_card_close(card);
	return rc;
}

static void each_family_is_known_by_its_atr(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FAMILIES; i++) {
		struct vreader v = {0};
		rp_ctx *ctx = vreader_open(&v, vreader_make(families[i], NULL, true));
		struct rp_card_facts f;
		struct rp_error err = RP_ERROR_INIT;

		if (read_card(&v, ctx, RP_READ_PINS | RP_READ_CARD, &f, &err) != RP_OK)
			fail_msg("%s: %s", families[i], err.story);
		assert_string_equal(f.profile, families[i]);
		assert_true(strlen(f.number) > 0);
		vreader_close(&v, ctx);
	}
}

static void each_family_is_known_behind_a_foreign_atr(void **state)
{
	/* the ATR of each family in turn, and one that nobody knows */
	static const uint8_t unknown[] = {0x3B, 0x00};
	struct vcard *atrs[N_FAMILIES];

	(void)state;
	for (size_t i = 0; i < N_FAMILIES; i++)
		atrs[i] = vreader_make(families[i], NULL, false);
	for (size_t i = 0; i < N_FAMILIES; i++) {
		struct vreader v = {0};
		rp_ctx *ctx = vreader_open(&v, vreader_make(families[i], NULL, false));

		for (size_t j = 0; j <= N_FAMILIES; j++) {
			struct rp_card_facts f;
			struct rp_error err = RP_ERROR_INIT;
			const uint8_t *atr = j < N_FAMILIES ? atrs[j]->atr : unknown;

			v.card->atr_len = j < N_FAMILIES ? atrs[j]->atr_len : sizeof unknown;
			memcpy(v.card->atr, atr, v.card->atr_len);
			if (read_card(&v, ctx, RP_READ_PINS, &f, &err) != RP_OK)
				fail_msg("%s with the ATR of %zu: %s", families[i], j, err.story);
			assert_string_equal(f.profile, families[i]);
			/* identifying spends nothing: no VERIFY with data, no change, no reset */
			assert_int_equal(vreader_count_data(&v, 0x20), 0);
			assert_int_equal(vreader_count(&v, 0x24) + vreader_count(&v, 0x2C) +
						 vreader_count(&v, 0x32),
					 0);
			assert_int_equal(vreader_count(&v, 0x88) + vreader_count(&v, 0x82), 0);
		}
		vreader_close(&v, ctx);
	}
	for (size_t i = 0; i < N_FAMILIES; i++)
		vcard_free(atrs[i]);
}

static size_t dumb_atr(void *arg, uint8_t *ret, size_t cap)
{
	(void)arg;
	assert_true(cap >= 2);
	ret[0] = 0x3B;
	ret[1] = 0x00;
	return 2;
}

static void dumb_reset(void *arg)
{
	(void)arg;
}

static size_t dumb_transmit(void *arg, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap)
{
	const uint16_t *sw = arg;

	(void)cmd;
	(void)len;
	assert_true(cap >= 2);
	ret[0] = (uint8_t)(*sw >> 8);
	ret[1] = (uint8_t)*sw;
	return 2;
}

/* Also one that says 9000 to everything, as some cards do to any SELECT. */
static void a_card_of_no_family_is_unknown(void **state)
{
	static const uint16_t sws[] = {0x6A82, 0x6D00, 0x6E00, 0x6F00, 0x6985};

	(void)state;
	for (size_t i = 0; i < sizeof sws / sizeof sws[0]; i++) {
		uint16_t sw = sws[i];
		const struct direct_card d = {
			.card = &sw, .atr = dumb_atr, .reset = dumb_reset, .transmit = dumb_transmit};
		struct transport t;
		rp_ctx *ctx = NULL;
		rp_card *card = NULL;
		struct rp_card_facts f;

		assert_int_equal(transport_direct(&d, "dumb", &t, NULL), RP_OK);
		assert_int_equal(ctx_on(&t, &ctx, NULL), RP_OK);
		assert_int_equal(rp_card_open(ctx, NULL, &card, NULL), RP_OK);
		assert_int_equal(rp_card_read(card, RP_READ_PINS, &f, NULL), RP_E_CARD_UNKNOWN);
		rp_card_close(card);
		rp_ctx_free(ctx);
	}
}

struct count_row {
	const char *family;
	unsigned pins; /* most APDUs for the PINs */
	unsigned card; /* most for number, holder and validity */
};

/* The budget of a status: design.md section 11. */
static void status_keeps_its_budget(void **state)
{
	static const struct count_row rows[] = {
		{"mynumber", 9, 1}, {"aosign", 3, 10}, {"piv", 2, 8}, {"openpgp", 4, 2}, {"gids", 2, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct vreader v = {0};
		rp_ctx *ctx = vreader_open(&v, vreader_make(rows[i].family, NULL, false));
		struct rp_card_facts f;

		/* a first look learns the ATR's family; standard cards are found by SELECT */
		assert_int_equal(read_card(&v, ctx, RP_READ_PINS | RP_READ_CARD, &f, NULL), RP_OK);
		assert_int_equal(f.apdus_pins + f.apdus_card, v.n);
		if (strcmp(rows[i].family, "mynumber") == 0 || strcmp(rows[i].family, "aosign") == 0)
			assert_true(f.apdus_pins <= rows[i].pins);
		assert_true(f.apdus_card <= rows[i].card);
		vreader_close(&v, ctx);
	}
}

static const struct rp_pin_facts *pin_of(const struct rp_card_facts *f, rp_slot slot)
{
	for (size_t i = 0; i < f->n_pins; i++)
		if (f->pins[i].slot == slot)
			return &f->pins[i];
	fail_msg("no %s", rp_slot_word(slot));
	return NULL;
}

static void my_number_tells_number_expiry_and_four_pins(void **state)
{
	struct vreader v = {0};
	rp_ctx *ctx = vreader_open(&v, vreader_make("mynumber", NULL, false));
	struct rp_card_facts f;

	(void)state;
	assert_int_equal(read_card(&v, ctx, RP_READ_PINS | RP_READ_CARD, &f, NULL), RP_OK);
	assert_string_equal(f.number, "123456789012345");
	assert_string_equal(f.holder, "");
	assert_int_equal(strlen(f.valid_to), 10);
	assert_int_equal(f.n_pins, 4);
	assert_int_equal(pin_of(&f, RP_SLOT_SIGN)->tries_left, 5);
	assert_int_equal(pin_of(&f, RP_SLOT_AUTH)->tries_left, 3);
	assert_int_equal(pin_of(&f, RP_SLOT_TEXT)->tries_left, 3);
	assert_int_equal(pin_of(&f, RP_SLOT_JUKI)->tries_left, 3);
	assert_int_equal(pin_of(&f, RP_SLOT_JUKI)->n_refs, 2);
	assert_int_equal(f.apdus_pins, 9);
	assert_int_equal(f.apdus_card, 1);
	assert_int_equal(read_card(&v, ctx, RP_READ_PINS | RP_READ_HIDDEN, &f, NULL), RP_OK);
	assert_int_equal(f.n_pins, 6);
	vreader_close(&v, ctx);
}

static void a_card_without_signature_pin_says_not_set(void **state)
{
	struct vreader v = {0};
	rp_ctx *ctx = vreader_open(&v, vreader_make("mynumber", "sign=", false));
	struct rp_card_facts f;

	(void)state;
	assert_int_equal(read_card(&v, ctx, RP_READ_PINS, &f, NULL), RP_OK);
	assert_int_equal(pin_of(&f, RP_SLOT_SIGN)->state, RP_PIN_NOT_SET);
	assert_int_equal(pin_of(&f, RP_SLOT_AUTH)->state, RP_PIN_READY);
	vreader_close(&v, ctx);
}

/* Promise 12: what could be a real HiCOS card gets nothing that is ours but one SELECT. */
static void hicos_without_reset_application_gets_public_commands_only(void **state)
{
	struct vreader v = {0};
	rp_ctx *ctx = vreader_open(&v, vreader_make("hicos", NULL, false));
	struct rp_card_facts f;
	unsigned asked = 0;

	(void)state;
	assert_int_equal(read_card(&v, ctx, RP_READ_PINS | RP_READ_CARD, &f, NULL), RP_OK);
	assert_int_equal(pin_of(&f, RP_SLOT_PIN)->state, RP_PIN_UNKNOWN);
	assert_int_equal(pin_of(&f, RP_SLOT_PIN)->tries_left, RP_TRIES_UNKNOWN);
	assert_false(f.ours);
	assert_true(strlen(f.number) == 16);
	assert_true(strlen(f.holder) > 0);
	for (unsigned i = 0; i < v.n; i++) {
		const uint8_t cla = v.log[i].head[0], ins = v.log[i].head[1];
		const bool is_select_of_ours = cla == 0x00 && ins == 0xA4;

		asked += is_select_of_ours;
		assert_true(is_select_of_ours || (cla == 0x80 && (ins == 0xA4 || ins == 0xB0)));
	}
	assert_int_equal(asked, 1);
	vreader_close(&v, ctx);
	ctx = vreader_open(&v, vreader_make("hicos", NULL, true));
	assert_int_equal(read_card(&v, ctx, RP_READ_PINS, &f, NULL), RP_OK);
	assert_int_equal(pin_of(&f, RP_SLOT_PIN)->tries_left, 3);
	assert_true(f.ours);
	vreader_close(&v, ctx);
}

static void cards_without_our_application_never_see_our_commands(void **state)
{
	static const char *const some[] = {"mynumber", "mynumber-mobile", "piv", "openpgp", "gids"};

	(void)state;
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
		struct vreader v = {0};
		rp_ctx *ctx = vreader_open(&v, vreader_make(some[i], NULL, false));
		struct rp_card_facts f;

		assert_int_equal(read_card(&v, ctx, RP_READ_PINS | RP_READ_CARD | RP_READ_HIDDEN, &f, NULL),
				 RP_OK);
		for (unsigned k = 0; k < v.n; k++) {
			assert_int_not_equal(v.log[k].head[1], 0x88);
			assert_int_not_equal(v.log[k].head[1], 0x82);
			assert_int_not_equal(v.log[k].head[1], 0x2C);
		}
		vreader_close(&v, ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_family_is_known_by_its_atr),
		cmocka_unit_test(each_family_is_known_behind_a_foreign_atr),
		cmocka_unit_test(a_card_of_no_family_is_unknown),
		cmocka_unit_test(status_keeps_its_budget),
		cmocka_unit_test(my_number_tells_number_expiry_and_four_pins),
		cmocka_unit_test(a_card_without_signature_pin_says_not_set),
		cmocka_unit_test(hicos_without_reset_application_gets_public_commands_only),
		cmocka_unit_test(cards_without_our_application_never_see_our_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
