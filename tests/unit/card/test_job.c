/* SPDX-License-Identifier: Apache-2.0 */
/* What a job does to a card, on virtual cards of all families: the right thing, once, or nothing. */
#include "job_rig.h"

struct change_row {
	const char *family;
	rp_slot slot;
	const char *id; /* the virtual card's name of it */
	const char *current, *fresh, *wrong;
	int max;
};

static const struct change_row changes[] = {
	{"mynumber", RP_SLOT_SIGN, "sign", "ABC123", "NEW456", "XYZ999", 5},
	{"mynumber", RP_SLOT_AUTH, "auth", "1234", "5678", "9999", 3},
	{"mynumber", RP_SLOT_TEXT, "text", "1234", "5678", "9999", 3},
	{"mynumber", RP_SLOT_JUKI, "juki", "1234", "5678", "9999", 3},
	{"aosign", RP_SLOT_PIN, "pin", "12345678", "newPin99", "00000001", 10},
	{"hicos", RP_SLOT_PIN, "pin", "123456", "newPin99", "999999", 3},
	{"piv", RP_SLOT_PIN, "pin", "123456", "87654321", "999999", 3},
	{"piv", RP_SLOT_PUK, "puk", "12345678", "87654321", "99999999", 3},
	{"openpgp", RP_SLOT_PW1, "pw1", "123456", "a longer one", "999999", 3},
	{"openpgp", RP_SLOT_PW3, "pw3", "12345678", "another one", "99999999", 3},
	{"gids", RP_SLOT_PIN, "pin", "123456", "7654321", "999999", 3},
};
#define N_CHANGES (sizeof changes / sizeof changes[0])

static void a_right_pin_is_changed_and_the_card_is_reset(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CHANGES; i++) {
		const struct change_row *r = &changes[i];
		struct bench b;

		look(&b, vreader_make(r->family, NULL, true));
		if (change(&b, r->slot, r->current, r->fresh, false) != RP_OK)
			fail_msg("%s %s: %s", r->family, r->id, b.err.story);
		assert_value(&b, r->id, r->fresh);
		if (r->slot == RP_SLOT_JUKI)
			assert_value(&b, "juki-common", r->fresh);
		assert_int_equal(vreader_tries(&b.v, r->id), r->max);
		assert_int_equal(b.out.tries_spent, 0);
		assert_int_equal(b.out.apdus, b.v.n);
		if (r->slot != RP_SLOT_PUK) { /* no card tells a PUK's tries */
			assert_int_equal(b.out.after.tries_left, r->max);
			assert_int_equal(b.out.after.state, RP_PIN_READY);
		}
		assert_true(nobody_is_logged_in(&b));
		put_away(&b);
	}
}

static void a_wrong_pin_costs_one_try_and_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CHANGES; i++) {
		const struct change_row *r = &changes[i];
		struct bench b;
		int before;

		look(&b, vreader_make(r->family, NULL, true));
		before = vreader_all_tries(&b.v);
		assert_int_equal(change(&b, r->slot, r->wrong, r->fresh, false), RP_E_PIN_WRONG);
		assert_value(&b, r->id, r->current);
		assert_int_equal(vreader_all_tries(&b.v), before - 1);
		assert_int_equal(b.err.slot, r->slot);
		assert_int_equal(b.err.tries_spent, 1);
		assert_int_equal(b.err.tries_left, r->max - 1);
		assert_int_equal(b.err.sw & 0xFFF0, 0x63C0);
		assert_true(nobody_is_logged_in(&b));
		put_away(&b);
	}
}

static void the_last_try_is_guarded_then_spent_then_locked(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CHANGES; i++) {
		const struct change_row *r = &changes[i];
		struct bench b;

		if (r->slot == RP_SLOT_PUK)
			continue; /* its tries are not told: nothing can guard it, and the program says so */
		look(&b, vreader_make(r->family, NULL, true));
		for (int n = r->max - 1; n > 0; n--) {
			assert_int_equal(change(&b, r->slot, r->wrong, r->fresh, false), RP_E_PIN_WRONG);
			assert_int_equal(b.err.tries_left, n);
			refresh(&b);
		}
		assert_int_equal(change(&b, r->slot, r->current, r->fresh, false), RP_E_LAST_TRY);
		assert_int_equal(vreader_tries(&b.v, r->id), 1);
		assert_int_equal(vreader_count_data(&b.v, 0x20) + vreader_count(&b.v, 0x24) +
					 vreader_count(&b.v, 0x32),
				 0);
		assert_int_equal(b.err.tries_spent, 0);
		assert_int_equal(change(&b, r->slot, r->wrong, r->fresh, true), RP_E_PIN_WRONG);
		assert_int_equal(b.err.tries_left, 0);
		assert_int_equal(b.err.tries_spent, 1);
		refresh(&b);
		assert_int_equal(change(&b, r->slot, r->current, r->fresh, true), RP_E_LOCKED);
		assert_int_equal(b.err.tries_spent, 0);
		assert_int_equal(vreader_count_data(&b.v, 0x20) + vreader_count(&b.v, 0x24) +
					 vreader_count(&b.v, 0x32),
				 0);
		assert_value(&b, r->id, r->current);
		put_away(&b);
	}
}

/* A card with the same PINs, and another number where its family keeps one. */
static struct vcard *other_card(const char *family)
{
	static const struct {
		const char *family, *number;
	} numbers[] = {
		{"mynumber", "999999999999999"}, {"aosign", "9999999999999999"},
		{"hicos", "XC00000000099999"},	 {"piv", "99999999999999999999999999999999"},
		{"openpgp", "99999999"},	 {"gids", "99999999999999999999999999999999"},
	};
	const char *number = NULL;

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (strcmp(numbers[i].family, family) == 0)
			number = numbers[i].number;
	return vreader_make_number(family, NULL, true, number);
}

/* Promise 4: another card of the same kind was put in while the person typed. */
static void a_swapped_card_gets_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CHANGES; i++) {
		const struct change_row *r = &changes[i];
		struct bench b;

		look(&b, vreader_make(r->family, NULL, true));
		b.v.next = other_card(r->family);
		assert_int_equal(change(&b, r->slot, r->current, r->fresh, true), RP_E_CARD_CHANGED);
		assert_int_equal(vreader_count_data(&b.v, 0x20) + vreader_count(&b.v, 0x24) +
					 vreader_count(&b.v, 0x32) + vreader_count(&b.v, 0x2C),
				 0);
		assert_value(&b, r->id, r->current);
		put_away(&b);
	}
}

static void spend_one(struct vreader *v, void *arg)
{
	const char *id = arg;

	for (size_t i = 0; i < v->card->n_pins; i++)
		if (strcmp(v->card->pins[i].id, id) == 0 && v->card->pins[i].tries > 0)
			v->card->pins[i].tries--;
}

static void log_in(struct vreader *v, void *arg)
{
	const char *id = arg;

	for (size_t i = 0; i < v->card->n_pins; i++)
		if (strcmp(v->card->pins[i].id, id) == 0)
			v->card->pins[i].verified = true;
}

/* Promise 4: another program spent a try while the person typed. */
static void changed_tries_stop_the_job(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CHANGES; i++) {
		const struct change_row *r = &changes[i];
		struct bench b;
		char id[16];

		if (r->slot == RP_SLOT_PUK)
			continue;
		look(&b, vreader_make(r->family, NULL, true));
		(void)snprintf(id, sizeof id, "%s", r->id);
		b.v.before_begin = spend_one;
		b.v.hook_arg = id;
		assert_int_equal(change(&b, r->slot, r->current, r->fresh, true), RP_E_TRIES_CHANGED);
		assert_int_equal(vreader_count_data(&b.v, 0x20) + vreader_count(&b.v, 0x24) +
					 vreader_count(&b.v, 0x32),
				 0);
		assert_int_equal(b.err.tries_left, r->max - 1);
		put_away(&b);
	}
}

/* CVE-2023-40660's class: somebody else's login must not stand in for ours. */
static void a_foreign_login_neither_hides_tries_nor_helps(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CHANGES; i++) {
		const struct change_row *r = &changes[i];
		struct bench b;
		char id[16];

		look(&b, vreader_make(r->family, NULL, true));
		(void)snprintf(id, sizeof id, "%s", r->id);
		b.v.before_begin = log_in;
		b.v.hook_arg = id;
		assert_int_equal(change(&b, r->slot, r->wrong, r->fresh, false), RP_E_PIN_WRONG);
		assert_value(&b, r->id, r->current);
		put_away(&b);
	}
}

/* --- juki: one PIN in two places --- */

static void juki_wrong_in_one_place_spends_one_try_and_changes_none(void **state)
{
	struct bench b;
	struct vcard *card = vreader_make("mynumber", NULL, false);

	(void)state;
	memcpy(vcard_pin(card, "juki-common")->value, "7777", 4);
	look(&b, card);
	assert_int_equal(change(&b, RP_SLOT_JUKI, "1234", "5678", false), RP_E_PIN_DIFFERS);
	assert_value(&b, "juki", "1234");
	assert_value(&b, "juki-common", "7777");
	assert_int_equal(vreader_tries(&b.v, "juki"), 3);
	assert_int_equal(vreader_tries(&b.v, "juki-common"), 2);
	refresh(&b);
	assert_int_equal(b.shown.pins[3].tries_left, 2); /* the lower of the two */
	put_away(&b);
	card = vreader_make("mynumber", NULL, false);
	memcpy(vcard_pin(card, "juki")->value, "7777", 4);
	look(&b, card);
	assert_int_equal(change(&b, RP_SLOT_JUKI, "1234", "5678", false), RP_E_PIN_WRONG);
	assert_int_equal(vreader_tries(&b.v, "juki"), 2);
	assert_int_equal(vreader_tries(&b.v, "juki-common"), 3);
	put_away(&b);
}

static void juki_cut_between_the_places_is_told_as_half_done(void **state)
{
	struct bench b;

	(void)state;
	look(&b, vreader_make("mynumber", NULL, false));
	vreader_faults(&b.v, "ins 32 #2 cut-before\n");
	assert_int_equal(change(&b, RP_SLOT_JUKI, "1234", "5678", false), RP_E_HALF_DONE);
	assert_value(&b, "juki-common", "5678");
	assert_value(&b, "juki", "1234");
	assert_int_equal(vreader_tries(&b.v, "juki"), 3);
	put_away(&b);
	look(&b, vreader_make("mynumber", NULL, false));
	vreader_faults(&b.v, "ins 32 instead 6F00\n");
	assert_int_equal(change(&b, RP_SLOT_JUKI, "1234", "5678", false), RP_E_CARD_REFUSED);
	assert_value(&b, "juki-common", "1234");
	assert_value(&b, "juki", "1234");
	put_away(&b);
}

/* Promise 7: each VERIFY with data follows a SELECT of its file; queries alone use short identifiers. */
static void every_verify_follows_a_select_of_its_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct bench b;

		look(&b, vreader_make("mynumber", NULL, false));
		assert_int_equal(change(&b, changes[i].slot, changes[i].current, changes[i].fresh, false),
				 RP_OK);
		for (unsigned k = 0; k < b.v.n; k++) {
			if (b.v.log[k].head[1] != 0x20 || b.v.log[k].len <= 5)
				continue;
			assert_true(k > 0);
			assert_memory_equal(b.v.log[k - 1].head, "\x00\xA4\x02\x0C", 4);
			assert_int_equal(b.v.log[k].head[3], 0x80);
		}
		put_away(&b);
	}
}

static void an_empty_secret_never_becomes_a_verify(void **state)
{
	struct bench b;
	struct rp_job job;
	rp_secret *empty = NULL, *fresh;

	(void)state;
	assert_int_equal(rp_secret_new(4, &empty, NULL), RP_OK);
	for (size_t i = 0; i < N_CHANGES; i++) {
		const struct change_row *r = &changes[i];

		look(&b, vreader_make(r->family, NULL, true));
		job = (struct rp_job){.slot = r->slot, .shown = &b.shown};
		assert_int_equal(rp_pin_verify(b.card, &job, empty, &b.out, &b.err), RP_E_FAULT);
		assert_int_equal(vreader_count_data(&b.v, 0x20), 0);
		put_away(&b);
	}
	look(&b, vreader_make("mynumber", NULL, true));
	fresh = entry_of("mynumber", RP_SLOT_AUTH, RP_ENTRY_NEW, "5678");
	job = (struct rp_job){.slot = RP_SLOT_AUTH, .shown = &b.shown};
	assert_int_equal(rp_pin_change(b.card, &job, empty, fresh, &b.out, &b.err), RP_E_FAULT);
	assert_value(&b, "auth", "1234");
	rp_secret_free(fresh);
	rp_secret_free(empty);
	put_away(&b);
}

/*
 * OpenPGP and GIDS cards get old and new PIN without padding and split them by themselves: they would take
 * the end of a current PIN that is too long for the beginning of the new one, and say 9000.
 */
static void a_current_pin_of_another_length_is_a_wrong_one(void **state)
{
	static const struct {
		const char *family, *id, *pins;
		rp_slot slot;
		const char *valid, *longer, *shorter,
			*begins; /* a new one that begins with what is missing */
	} rows[] = {
		{"gids", "pin", "pin=12345", RP_SLOT_PIN, "12345", "123456", "1234", "5678901"},
		{"openpgp", "pw1", "pw1=1234567", RP_SLOT_PW1, "1234567", "12345678", "123456", "7654321"},
		{"openpgp", "pw3", "pw3=123456789", RP_SLOT_PW3, "123456789", "1234567890", "12345678",
		 "987654321"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct bench b;

		look(&b, vreader_make(rows[i].family, rows[i].pins, false));
		assert_int_equal(change(&b, rows[i].slot, rows[i].longer, "7777777777", false),
				 RP_E_PIN_WRONG);
		assert_int_equal(b.err.tries_spent, 1);
		refresh(&b);
		assert_int_equal(change(&b, rows[i].slot, rows[i].shorter, rows[i].begins, true),
				 RP_E_PIN_WRONG);
		assert_value(&b, rows[i].id, rows[i].valid);
		put_away(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_pin_is_changed_and_the_card_is_reset),
		cmocka_unit_test(a_wrong_pin_costs_one_try_and_changes_nothing),
		cmocka_unit_test(the_last_try_is_guarded_then_spent_then_locked),
		cmocka_unit_test(a_swapped_card_gets_nothing),
		cmocka_unit_test(changed_tries_stop_the_job),
		cmocka_unit_test(a_foreign_login_neither_hides_tries_nor_helps),
		cmocka_unit_test(juki_wrong_in_one_place_spends_one_try_and_changes_none),
		cmocka_unit_test(juki_cut_between_the_places_is_told_as_half_done),
		cmocka_unit_test(every_verify_follows_a_select_of_its_file),
		cmocka_unit_test(an_empty_secret_never_becomes_a_verify),
		cmocka_unit_test(a_current_pin_of_another_length_is_a_wrong_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
