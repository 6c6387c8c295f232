/* SPDX-License-Identifier: Apache-2.0 */
/* A request for a grant that was cut: what its key tells afterwards, and that nothing comes of it. */
#include "server/issuer_between.h"

#include <stdio.h>
#include <string.h>

#include "issuer/internal.h"

static struct irig rig;
static struct vcard *card, *other;
static const struct issuer_peer home = {.source = "192.0.2.1"};
static struct rp_error err;

static int setup(void **state)
{
	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	irig_open(&rig, NULL);
	card = irig_card(&rig, "hicos", "TP00000000000001");
	other = irig_card(&rig, "hicos", "TP00000000000002");
	irig_enrol(&rig, card);
	irig_enrol(&rig, other);
	memset(&between, 0, sizeof between);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vcard_free(card);
	vcard_free(other);
	irig_close(&rig);
	return 0;
}

static rp_code grant(const char *key, const struct rp_presence *p, const char *code, struct rp_grant *ret)
{
	rp_secret *s = irig_secret(code);
	const struct rp_evidence e = {.door = "user-code", .user_code = s};
	rp_code rc;

	err = (struct rp_error)RP_ERROR_INIT;
	rc = issuer_grant(rig.i, &home, key, p, &e, ret, &err);
	rp_secret_free(s);
	return rc;
}

static rp_code ask_wish(struct vcard *c, const char *key, struct rp_issuer_facts *ret)
{
	struct rp_presence p;

	irig_show(&rig, c, RP_SLOT_PIN, &p);
	p.wish = key;
	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_presence(rig.i, &home, &p, ret, &err);
}

static void a_request_that_came_to_nothing_never_will(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	/* On its way when its terminal is cut, and slower than the look that comes after it. */
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(ask_wish(card, "1111111111111111", &facts), &err);
	assert_string_equal(facts.wish, "none");
	irig_refused(grant("1111111111111111", &p, IRIG_CODE, &g), &err, RP_PROBLEM_KEY_REUSED);
	assert_int_equal(between.argon2, 0);
	assert_int_equal(between.cryptograms, 0);
	assert_int_equal(irig_logged(&rig, "grant", NULL), 0);
	irig_ok(ask_wish(card, "1111111111111111", &facts), &err);
	assert_string_equal(facts.wish, "none");
	/* The next wish is its own. */
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(grant("2222222222222222", &p, IRIG_CODE, &g), &err);
}

static void a_grant_that_was_made_is_told_with_its_end(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	for (unsigned used = 0; used < 2; used++) {
		const char *key = used == 1 ? "used-used-used" : "not-used-not-used";

		irig_show(&rig, card, RP_SLOT_PIN, &p);
		irig_ok(grant(key, &p, IRIG_CODE, &g), &err);
		if (used == 1)
			assert_int_equal(irig_reset(card, RP_SLOT_PIN, &g, "654321"), 0x9000);
		for (unsigned again = 0; again < 2; again++) {
			irig_ok(ask_wish(card, key, &facts), &err);
			assert_string_equal(facts.wish, used == 1 ? "done" : "failed");
			assert_string_equal(facts.wish_receipt, g.receipt);
		}
		assert_string_equal(facts.settled, "");
	}
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 2);
	/* Without the question nothing is told of it. */
	irig_ok(ask_wish(card, NULL, &facts), &err);
	assert_string_equal(facts.wish, "");
}

static void a_refused_request_is_told_as_refused(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_refused(grant("wrong-code", &p, "Wrong123", &g), &err, RP_PROBLEM_CODE_WRONG);
	irig_ok(ask_wish(card, "wrong-code", &facts), &err);
	assert_string_equal(facts.wish, "refused");
	assert_string_equal(facts.wish_receipt, "");
}

static void another_card_learns_nothing_of_it(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(grant("of-the-first-card", &p, IRIG_CODE, &g), &err);
	irig_refused(ask_wish(other, "of-the-first-card", &facts), &err, RP_PROBLEM_KEY_REUSED);
	irig_refused(ask_wish(card, "short", &facts), &err, RP_PROBLEM_MALFORMED);
}

static void a_card_closes_as_many_as_it_may_act_in_a_day(void **state)
{
	struct rp_issuer_facts facts;
	rp_code rc = RP_OK;
	unsigned n = 0;

	(void)state;
	for (; n < 100 && rc == RP_OK; n++) {
		char key[24];

		(void)snprintf(key, sizeof key, "wish-number-%u", n);
		rc = ask_wish(card, key, &facts);
	}
	assert_int_equal(rc, RP_E_ISSUER_REFUSED);
	assert_int_equal(err.problem, RP_PROBLEM_TOO_MANY);
	assert_true(n > 5);
	irig_ok(ask_wish(card, NULL, &facts), &err);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_request_that_came_to_nothing_never_will, setup, teardown),
		cmocka_unit_test_setup_teardown(a_grant_that_was_made_is_told_with_its_end, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refused_request_is_told_as_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(another_card_learns_nothing_of_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_card_closes_as_many_as_it_may_act_in_a_day, setup,
						teardown),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_wish", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
