/* SPDX-License-Identifier: Apache-2.0 */
/* The help desk's door of a GIDS card: on-line, where both sides prove themselves, and by telephone. */
#include "reset_rig.h"

static const struct want on_line = {"gids",	 RP_SLOT_PIN, RP_SLOT_NONE, NULL, "654321",
				    "help-desk", NULL,	      "case-1",	    false};

static void a_grant_on_line_sets_the_pin_and_the_word_has_the_cards_answer(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "gids");
	vcard_pin(r.v.card, "pin")->tries = 0;
	refresh(&r);
	assert_int_equal(reset(&r, &on_line), RP_OK);
	assert_true(holds(&r, "pin", "654321"));
	assert_int_equal(vreader_tries(&r.v, "pin"), 3);
	assert_true(r.p.word_done && r.done.reported);
	assert_string_equal(r.done.case_id, "case-1");
	assert_int_equal(play_count(&r.p, PLAY_PRESENCE), 0);
	/* the application, the key, two messages, the PIN: nothing in between */
	assert_int_equal(vreader_count(&r.v, 0x22), 1);
	assert_int_equal(vreader_count(&r.v, 0x87), 2);
	assert_true(nobody_is_logged_in(&r));
	/* and again: R1 is another one each time */
	refresh(&r);
	vcard_pin(r.v.card, "pin")->tries = 2;
	refresh(&r);
	assert_int_equal(reset(&r, &on_line), RP_OK);
	stop(&r);
}

static void a_wrong_message_is_told_as_not_done(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "gids");
	r.p.word_done = true;
	r.p.wrong_cryptogram = true;
	assert_int_equal(reset(&r, &on_line), RP_E_CARD_REFUSED);
	assert_int_equal(r.err.tries_spent, 0);
	assert_int_equal(play_count(&r.p, PLAY_WORD), 1);
	assert_false(r.p.word_done);
	assert_true(holds(&r, "pin", "123456"));
	assert_int_equal(vreader_all_tries(&r.v), r.before);
	assert_int_equal(vreader_count(&r.v, 0x2C), 0);
	stop(&r);
}

static void of_a_new_pin_that_is_in_doubt_no_word_is_given(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "gids");
	vreader_faults(&r.v, "ins 2C cut-after\n");
	assert_int_equal(reset(&r, &on_line), RP_E_CARD_GONE);
	assert_true(r.err.in_doubt);
	assert_int_equal(play_count(&r.p, PLAY_WORD), 0);
	stop(&r);
}

static void a_word_that_does_not_arrive_leaves_it_done(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "gids");
	r.p.fails = PLAY_WORD;
	r.p.fails_at = 1;
	r.p.fails_with = RP_E_ISSUER_AWAY;
	assert_int_equal(reset(&r, &on_line), RP_OK);
	assert_false(r.done.reported);
	assert_true(holds(&r, "pin", "654321"));
	stop(&r);
}

static void a_card_without_a_mac_is_not_looked_at(void **state)
{
	struct rp_issuer_facts f;
	struct rig r;

	(void)state;
	start(&r, "gids");
	assert_int_equal(rp_issuer_look(r.card, &r.p.port, RP_SLOT_PIN, &r.shown, &f, &r.err),
			 RP_E_NOT_OFFERED);
	assert_int_equal(r.v.n + r.p.n, 0);
	stop(&r);
}

/* --- by telephone --- */

struct call {
	unsigned n;
	bool wrong;
	rp_code rc;
	uint8_t challenge[8];
	struct rig *r;
	unsigned at; /* commands by then */
};

static rp_code help_desk(void *arg, const uint8_t challenge[8], uint8_t ret[8], struct rp_error *err)
{
	struct call *c = arg;

	c->n++;
	c->at = c->r->v.n;
	memcpy(c->challenge, challenge, 8);
	if (c->rc != RP_OK) {
		if (err != NULL)
			err->code = c->rc;
		return c->rc;
	}
	assert_int_equal(play_response(NULL, challenge, ret, err), RP_OK);
	ret[7] ^= c->wrong;
	return RP_OK;
}

static rp_code by_phone(struct rig *r, struct call *c)
{
	const struct rp_job job = {.slot = RP_SLOT_PIN, .shown = &r->shown};
	rp_secret *fresh = entry_of(r->shown.profile, RP_SLOT_PIN, RP_ENTRY_NEW, "654321");
	rp_code rc;

	c->r = r;
	r->err = (struct rp_error)RP_ERROR_INIT;
	rc = rp_issuer_by_phone(r->card, &job, help_desk, c, fresh, &r->out, &r->err);
	rp_secret_free(fresh);
	return rc;
}

static void the_right_response_sets_the_pin(void **state)
{
	struct call c = {0};
	struct rig r;

	(void)state;
	start(&r, "gids");
	vcard_pin(r.v.card, "pin")->tries = 0;
	refresh(&r);
	assert_int_equal(by_phone(&r, &c), RP_OK);
	assert_int_equal(c.n, 1);
	assert_true(holds(&r, "pin", "654321"));
	assert_int_equal(r.out.after.tries_left, 3);
	/* the challenge dies with any other command: the response is the next one */
	assert_int_equal(r.v.log[c.at].head[1], 0x87);
	assert_int_equal(r.v.log[c.at + 1].head[1], 0x2C);
	assert_int_equal(r.v.begins, 1);
	assert_true(nobody_is_logged_in(&r));
	stop(&r);
}

static void a_wrong_response_sets_nothing_and_says_which_entry_it_was(void **state)
{
	struct call c = {.wrong = true};
	struct rig r;

	(void)state;
	start(&r, "gids");
	assert_int_equal(by_phone(&r, &c), RP_E_CARD_REFUSED);
	assert_string_equal(r.err.field, "response");
	assert_int_equal(r.err.sw, 0x6982);
	assert_int_equal(r.err.tries_spent, 0);
	assert_true(holds(&r, "pin", "123456"));
	assert_int_equal(vreader_all_tries(&r.v), r.before);
	stop(&r);
}

static void hung_up_nothing_more_is_sent(void **state)
{
	static const rp_code codes[] = {RP_E_CANCELLED, RP_E_TIMEOUT, RP_E_INPUT_FORMAT};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct call c = {.rc = codes[i]};
		struct rig r;

		start(&r, "gids");
		assert_int_equal(by_phone(&r, &c), codes[i]);
		assert_int_equal(r.v.n, c.at);
		assert_int_equal(vreader_all_tries(&r.v), r.before);
		stop(&r);
	}
}

static void cards_without_the_scheme_have_no_such_door(void **state)
{
	static const char *const families[] = {"mynumber", "hicos", "piv", "aosign"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct call c = {0};
		const struct rp_job job = {.slot = i == 0 ? RP_SLOT_SIGN : RP_SLOT_PIN};
		struct rp_job with = job;
		rp_secret *fresh = secret_of("654321");
		struct rig r;

		start(&r, families[i]);
		c.r = &r;
		with.shown = &r.shown;
		assert_int_equal(rp_issuer_by_phone(r.card, &with, help_desk, &c, fresh, &r.out, &r.err),
				 RP_E_NOT_OFFERED);
		assert_int_equal(r.v.n + c.n, 0);
		rp_secret_free(fresh);
		stop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_grant_on_line_sets_the_pin_and_the_word_has_the_cards_answer),
		cmocka_unit_test(a_wrong_message_is_told_as_not_done),
		cmocka_unit_test(of_a_new_pin_that_is_in_doubt_no_word_is_given),
		cmocka_unit_test(a_word_that_does_not_arrive_leaves_it_done),
		cmocka_unit_test(a_card_without_a_mac_is_not_looked_at),
		cmocka_unit_test(the_right_response_sets_the_pin),
		cmocka_unit_test(a_wrong_response_sets_nothing_and_says_which_entry_it_was),
		cmocka_unit_test(hung_up_nothing_more_is_sent),
		cmocka_unit_test(cards_without_the_scheme_have_no_such_door),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
