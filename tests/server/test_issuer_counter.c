/* SPDX-License-Identifier: Apache-2.0 */
/* A counter's decision, carried out at a desk of its office; and the table of doors as what is enforced. */
#include "server/issuer_between.h"

#include <stdio.h>
#include <string.h>

#include "issuer/internal.h"

static struct irig rig;
static struct vcard *card, *hicos;
static uint8_t desk[32], far_desk[32], kiosk[32], narrow_desk[32];
static const struct issuer_peer home = {.source = "192.0.2.1"}, at_desk = {.fingerprint = desk},
				at_far_desk = {.fingerprint = far_desk}, at_kiosk = {.fingerprint = kiosk},
				at_narrow_desk = {.fingerprint = narrow_desk};
static struct rp_error err;

static int setup(void **state)
{
	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	irig_open(&rig, NULL);
	card = irig_card(&rig, "mynumber", "123456789012345");
	hicos = irig_card(&rig, "hicos", "TP00000000000001");
	irig_enrol(&rig, card);
	irig_enrol(&rig, hicos);
	const char *all = "mynumber:sign,mynumber:auth,mynumber:text,mynumber:juki";
	irig_terminal(&rig, "desk 1", "desk", all, "inagi", desk);
	irig_terminal(&rig, "desk 2", "desk", all, "tama", far_desk);
	irig_terminal(&rig, "desk 3", "desk", "mynumber:sign", "inagi", narrow_desk);
	irig_terminal(&rig, "kiosk 1", "kiosk", all, "", kiosk);
	memset(&between, 0, sizeof between);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vcard_free(card);
	vcard_free(hicos);
	irig_close(&rig);
	return 0;
}

/* A case that a clerk has decided; as issuer_decide writes it. */
static void decided(rp_slot slot, const char *word, struct row_case *ret)
{
	struct row_case c = {.slot = slot, .door = "counter", .office = "inagi", .operator_name = "clerk"};

	id_new(c.id);
	id_new(c.receipt);
	(void)snprintf(c.state, sizeof c.state, "%s", word);
	assert_true(hash_card_id(IRIG_NAME, "mynumber", card->number, c.card_id));
	c.opened_ms = c.changed_ms = issuer_now_ms(rig.i);
	c.until_ms = c.opened_ms + case_lives_ms(DOORS_COUNTER);
	irig_run(&rig, ST_CASE_INSERT, &c);
	*ret = c;
}

static rp_code grant_at(const struct issuer_peer *who, rp_slot slot, const char *case_id,
			struct rp_grant *ret)
{
	const struct rp_evidence e = {.door = "counter", .case_id = case_id};
	struct rp_presence p;

	err = (struct rp_error)RP_ERROR_INIT;
	irig_show(&rig, card, slot, &p);
	return issuer_grant(rig.i, who, irig_new_key(), &p, &e, ret, &err);
}

static void every_pin_of_the_card_is_set_at_the_counter_that_decided(void **state)
{
	static const char *const fresh[] = {"NEW123", "4321", "4321", "4321"};

	(void)state;
	for (rp_slot s = RP_SLOT_SIGN; s <= RP_SLOT_JUKI; s++) {
		struct rp_issuer_facts facts;
		struct rp_presence p;
		struct rp_grant g;
		struct row_case c;

		decided(s, "ready", &c);
		irig_show(&rig, card, s, &p);
		irig_ok(issuer_presence(rig.i, &at_far_desk, &p, &facts, &err), &err);
		assert_int_equal(facts.n_cases, 1);
		assert_false(facts.cases[0].here);
		irig_show(&rig, card, s, &p);
		irig_ok(issuer_presence(rig.i, &at_desk, &p, &facts, &err), &err);
		assert_true(facts.cases[0].here);
		irig_ok(grant_at(&at_desk, s, c.id, &g), &err);
		assert_int_equal(irig_reset(card, s, &g, fresh[s - RP_SLOT_SIGN]), 0x9000);
		irig_show_with(&rig, card, s, g.nonce, &p);
		irig_ok(issuer_presence(rig.i, &at_desk, &p, &facts, &err), &err);
		assert_string_equal(facts.settled_state, "done");
	}
}

static void a_decision_is_carried_out_nowhere_else(void **state)
{
	struct rp_grant g;
	struct row_case c, open;

	(void)state;
	decided(RP_SLOT_TEXT, "ready", &c);
	decided(RP_SLOT_AUTH, "open", &open);
	irig_refused(grant_at(&home, RP_SLOT_TEXT, c.id, &g), &err, RP_PROBLEM_CLASS);
	irig_refused(grant_at(&at_kiosk, RP_SLOT_TEXT, c.id, &g), &err, RP_PROBLEM_CLASS);
	irig_refused(grant_at(&at_far_desk, RP_SLOT_TEXT, c.id, &g), &err, RP_PROBLEM_OFFICE);
	irig_refused(grant_at(&at_narrow_desk, RP_SLOT_TEXT, c.id, &g), &err, RP_PROBLEM_CAPABILITY);
	irig_refused(grant_at(&at_desk, RP_SLOT_JUKI, c.id, &g), &err, RP_PROBLEM_CASE);
	irig_refused(grant_at(&at_desk, RP_SLOT_TEXT, "no such case", &g), &err, RP_PROBLEM_CASE);
	/* One that waits for a second person. */
	irig_refused(grant_at(&at_desk, RP_SLOT_AUTH, open.id, &g), &err, RP_PROBLEM_CASE_STATE);
	assert_int_equal(between.cryptograms, 0);
	rig.ahead_ms += case_lives_ms(DOORS_COUNTER);
	irig_ok(issuer_sweep(rig.i, &err), &err); /* the clock is heard of */
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
	irig_refused(grant_at(&at_desk, RP_SLOT_TEXT, c.id, &g), &err, RP_PROBLEM_CASE_STATE);
}

/* --- the table of doors --- */

static bool row_of(const char *profile, rp_slot slot, enum doors_id door, bool *ret_never)
{
	for (size_t k = 0; k < n_doors_rows; k++) {
		if (doors_rows[k].slot != slot || doors_rows[k].door != door ||
		    strcmp(doors_rows[k].profile, profile) != 0)
			continue;
		*ret_never = doors_rows[k].never != DOORS_WHY_NONE;
		return true;
	}
	return false;
}

static void a_door_is_open_here_exactly_where_the_planners_table_has_it(void **state)
{
	static const char *const profiles[] = {"mynumber", "mynumber-mobile", "aosign", "hicos",
					       "piv",	   "openpgp",	      "gids",	"nobody"};
	unsigned open = 0;

	(void)state;
	for (size_t k = 0; k < sizeof profiles / sizeof profiles[0]; k++)
		for (rp_slot s = RP_SLOT_NONE; s <= RP_SLOT_CODE_B; s++)
			for (enum doors_id d = DOORS_NONE; d < DOORS_IDS; d++) {
				bool never = false;
				const bool there = row_of(profiles[k], s, d, &never) && !never;

				assert_int_equal(door_row(profiles[k], s, d) != NULL, there);
				assert_int_equal(door_check(profiles[k], s, d, &err) == RP_OK, there);
				open += there;
			}
	assert_true(open > 10);
	/* aosign has no reset by its issuer: its one way back is on the card. */
	for (enum doors_id d = DOORS_KIOSK; d <= DOORS_HELP_DESK; d++)
		if (d != DOORS_LETTER)
			irig_refused(door_check("aosign", RP_SLOT_PIN, d, &err), &err, RP_PROBLEM_DOOR);
}

static void doors_that_need_no_issuer_or_are_none_get_no_grant(void **state)
{
	static const char *const doors[] = {"change", "letter",	  "puk",   "resetting-code", "re-issue",
					    "",	      "nobody's", "kiosk", "user-code-reset"};
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	for (size_t k = 0; k < sizeof doors / sizeof doors[0]; k++) {
		const struct rp_evidence e = {.door = doors[k], .case_id = "x"};

		irig_show(&rig, hicos, RP_SLOT_PIN, &p);
		irig_refused(issuer_grant(rig.i, &home, irig_new_key(), &p, &e, &g, &err), &err,
			     RP_PROBLEM_DOOR);
	}
	const struct rp_evidence none = {0};
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_refused(issuer_grant(rig.i, &home, irig_new_key(), &p, &none, &g, &err), &err, RP_PROBLEM_DOOR);
	assert_int_equal(between.cryptograms, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(every_pin_of_the_card_is_set_at_the_counter_that_decided),
		T(a_decision_is_carried_out_nowhere_else),
		T(a_door_is_open_here_exactly_where_the_planners_table_has_it),
		T(doors_that_need_no_issuer_or_are_none_get_no_grant),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_counter", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
