/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reset by the issuer that goes wrong: the issuer refuses or is away, the card is cut, damaged or
 * hostile, the person cancels. What is said must be what stands on the card.
 */
#include "reset_rig.h"

static const struct want kiosk = {"mynumber", RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", "NEWPIN9",
				  "kiosk",    NULL,	    "case-1",	  false};
static const struct want counter = {"mynumber", RP_SLOT_JUKI, RP_SLOT_NONE, NULL, "9753",
				    "counter",	NULL,	      "case-1",	    false};
static const struct want by_code = {"hicos",	 RP_SLOT_PIN,	 RP_SLOT_NONE, NULL, "newPin99",
				    "user-code", PLAY_USER_CODE, NULL,	       false};
static const struct want help_desk = {"gids",	   RP_SLOT_PIN, RP_SLOT_NONE, NULL, "654321",
				      "help-desk", NULL,	"case-1",     false};

static const struct want *const wants[] = {&kiosk, &counter, &by_code, &help_desk};
#define N_WANTS (sizeof wants / sizeof wants[0])

static const char *id_of(const struct want *w)
{
	return rp_slot_word(w->slot);
}

static const char *old_of(const struct want *w)
{
	if (w == &kiosk)
		return "ABC123";
	return w == &counter ? "1234" : "123456";
}

/* Which of the two stands on the card; any third one fails the test. */
static bool is_new(const struct rig *r, const struct want *w)
{
	const bool fresh = holds(r, id_of(w), w->fresh);

	assert_true(fresh || holds(r, id_of(w), old_of(w)));
	if (w == &counter)
		assert_true(holds(r, "juki-common", fresh ? w->fresh : old_of(w)));
	return fresh;
}

/* Nothing was done to the card, nothing is said to be, and it is nobody's. */
static void nothing_changed(const struct rig *r, const struct want *w)
{
	assert_false(is_new(r, w));
	assert_int_equal(vreader_all_tries(&r->v), r->before);
	/* Cancelled at the VERIFY itself nobody knows whether it still went out. */
	if (r->err.code != RP_E_INTERRUPTED || r->err.slot != w->other)
		assert_int_equal(r->err.tries_spent, 0);
	assert_false(r->err.in_doubt && r->err.code != RP_E_INTERRUPTED);
	assert_true(nobody_is_logged_in(r));
}

/* --- the issuer --- */

static void an_issuer_that_says_no_or_nothing_changes_nothing(void **state)
{
	static const struct {
		enum play_call call;
		unsigned at;
	} calls[] = {{PLAY_NONCE, 1}, {PLAY_PRESENCE, 1}, {PLAY_NONCE, 2}, {PLAY_GRANT, 1}};
	static const rp_code fails[] = {RP_E_ISSUER_REFUSED, RP_E_ISSUER_AWAY, RP_E_FAULT};

	(void)state;
	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 4; i++)
			for (size_t f = 0; f < 3; f++) {
				struct rig r;

				start(&r, wants[k]->family);
				r.p.fails = calls[i].call;
				r.p.fails_at = calls[i].at;
				r.p.fails_with = fails[f];
				r.p.problem = RP_PROBLEM_STOPPED;
				assert_int_equal(reset(&r, wants[k]), fails[f]);
				assert_int_equal(r.err.code, fails[f]);
				if (fails[f] == RP_E_ISSUER_REFUSED)
					assert_int_equal(r.err.problem, RP_PROBLEM_STOPPED);
				nothing_changed(&r, wants[k]);
				assert_int_equal(vreader_count(&r.v, 0x82) + vreader_count(&r.v, 0x2C), 0);
				if (calls[i].call != PLAY_GRANT)
					assert_int_equal(vreader_count_data(&r.v, 0x20), 0);
				stop(&r);
			}
}

static void a_reset_of_which_the_issuer_hears_no_end_is_done_all_the_same(void **state)
{
	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct rp_issuer_facts f;
		struct rig r;

		start(&r, wants[k]->family);
		r.p.fails = PLAY_PRESENCE;
		r.p.fails_at = 2;
		r.p.fails_with = RP_E_ISSUER_AWAY;
		assert_int_equal(reset(&r, wants[k]), RP_OK);
		assert_false(r.done.reported);
		assert_true(is_new(&r, wants[k]));
		assert_false(r.p.done);
		/* the next look settles it */
		refresh(&r);
		assert_int_equal(rp_issuer_look(r.card, &r.p.port, wants[k]->slot, &r.shown, &f, &r.err),
				 RP_OK);
		assert_string_equal(f.settled_state, "done");
		stop(&r);
	}
}

static void no_pin_is_asked_of_a_card_that_the_issuer_has_stopped(void **state)
{
	static const struct {
		const char *status, *halted;
		enum rp_problem problem;
	} rows[] = {{"suspended", NULL, RP_PROBLEM_CARD_SUSPENDED},
		    {"revoked", NULL, RP_PROBLEM_CARD_REVOKED},
		    {"active", "copy", RP_PROBLEM_CARD_HALTED}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct rig r;

		start(&r, "mynumber");
		r.p.status = rows[i].status;
		r.p.halted = rows[i].halted;
		assert_int_equal(reset(&r, &kiosk), RP_E_ISSUER_REFUSED);
		assert_int_equal(r.err.problem, rows[i].problem);
		assert_int_equal(reserve(&r, RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", false), RP_E_ISSUER_REFUSED);
		nothing_changed(&r, &kiosk);
		assert_int_equal(vreader_count_data(&r.v, 0x20), 0);
		stop(&r);
	}
}

static void a_reservation_that_is_not_opened_costs_nothing(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	r.p.fails = PLAY_RESERVE;
	r.p.fails_at = 1;
	r.p.fails_with = RP_E_ISSUER_AWAY;
	assert_int_equal(reserve(&r, RP_SLOT_SIGN, RP_SLOT_AUTH, "1234", false), RP_E_ISSUER_AWAY);
	nothing_changed(&r, &kiosk);
	stop(&r);
}

static void a_wrong_cryptogram_is_reported_as_failed(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	r.p.wrong_cryptogram = true;
	assert_int_equal(reset(&r, &kiosk), RP_E_CARD_REFUSED);
	assert_int_equal(r.err.sw, 0x6300);
	nothing_changed(&r, &kiosk);
	assert_int_equal(vreader_count(&r.v, 0x2C), 0);
	assert_true(r.p.failed && !r.p.done);
	stop(&r);
}

static void a_grant_of_another_length_is_not_used(void **state)
{
	static const size_t lengths[] = {8, 15, 17, 40};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < N_WANTS; k++) {
			struct rig r;

			if (wants[k] == &help_desk && lengths[i] == 40)
				continue;
			start(&r, wants[k]->family);
			r.p.cryptogram_len = lengths[i];
			assert_int_equal(reset(&r, wants[k]), RP_E_ISSUER_AWAY);
			nothing_changed(&r, wants[k]);
			assert_int_equal(vreader_count(&r.v, 0x82) + vreader_count(&r.v, 0x2C), 0);
			stop(&r);
		}
}

static void a_new_pin_that_the_card_does_not_take_is_reported_as_failed(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	vreader_faults(&r.v, "ins 2C instead 6A80\n");
	assert_int_equal(reset(&r, &kiosk), RP_E_CARD_REFUSED);
	assert_int_equal(r.err.sw, 0x6A80);
	nothing_changed(&r, &kiosk);
	assert_true(r.p.failed);
	stop(&r);
}

/* --- time and cancelling --- */

static unsigned stop_at_call;

static void cancel_now(struct play_issuer *p, enum play_call call)
{
	(void)call;
	if (p->n == stop_at_call)
		rp_cancel(p->v->hook_arg);
}

static void cancelled_while_the_issuer_thinks_nothing_is_done(void **state)
{
	(void)state;
	for (size_t k = 0; k < 3; k++)
		for (stop_at_call = 1; stop_at_call <= 4; stop_at_call++) {
			struct rig r;
			rp_code rc;

			start(&r, wants[k]->family);
			r.v.hook_arg = r.ctx;
			r.p.before = cancel_now;
			rc = reset(&r, wants[k]);
			assert_int_equal(rc, stop_at_call == 4 && wants[k]->current != NULL ? RP_E_INTERRUPTED
											    : RP_E_CANCELLED);
			nothing_changed(&r, wants[k]);
			assert_int_equal(vreader_count(&r.v, 0x82), 0);
			stop(&r);
		}
}

static void cancelled_behind_the_new_pin_it_is_done_and_told(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	r.v.hook_arg = r.ctx;
	r.p.before = cancel_now;
	stop_at_call = 5;
	assert_int_equal(reset(&r, &kiosk), RP_OK);
	assert_true(r.done.reported && r.p.done);
	assert_true(is_new(&r, &kiosk));
	stop(&r);
}

static void cancel_at_the_new_pin(struct vreader *v, const uint8_t *cmd, size_t len)
{
	(void)len;
	if (cmd[1] == 0x2C)
		rp_cancel(v->hook_arg);
}

static void cancelled_at_the_new_pin_its_answer_and_the_count_are_still_heard(void **state)
{
	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct rig r;

		start(&r, wants[k]->family);
		r.v.hook_arg = r.ctx;
		r.v.before_command = cancel_at_the_new_pin;
		assert_int_equal(reset(&r, wants[k]), RP_OK);
		assert_true(r.done.reported && r.p.done);
		assert_true(is_new(&r, wants[k]));
		stop(&r);
	}
}

static unsigned cancel_at;

static void cancel_command(struct vreader *v, const uint8_t *cmd, size_t len)
{
	(void)cmd;
	(void)len;
	if (v->n + 1 == cancel_at)
		rp_cancel(v->hook_arg);
}

/* The command at which it is cancelled is still answered; the next one does not go out. */
static void cancelled_at_any_command_it_is_never_half_done(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_WANTS; k++) {
		unsigned done = 0;

		for (cancel_at = 1; done == 0 || cancel_at <= done; cancel_at++) {
			struct rig r;
			rp_code rc;

			start(&r, wants[k]->family);
			r.v.hook_arg = r.ctx;
			r.v.before_command = cancel_command;
			rc = reset(&r, wants[k]);
			r.v.before_command = NULL;
			if (rc == RP_OK) {
				assert_true(is_new(&r, wants[k]));
				done = done == 0 ? r.v.n : done;
			} else {
				assert_true(rc == RP_E_CANCELLED || rc == RP_E_INTERRUPTED);
				nothing_changed(&r, wants[k]);
				assert_int_equal(vreader_count(&r.v, 0x2C), 0);
				if (rc == RP_E_CANCELLED)
					assert_int_equal(vreader_count_data(&r.v, 0x20), 0);
			}
			stop(&r);
		}
	}
}

static void think_long(struct play_issuer *p, enum play_call call)
{
	const struct timespec t = {.tv_nsec = 60000000};

	(void)p;
	if (call == PLAY_GRANT)
		(void)nanosleep(&t, NULL);
}

static void an_issuer_that_thinks_too_long_is_away(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	rp_ctx_timeout(r.ctx, 50);
	r.p.before = think_long;
	assert_int_equal(reset(&r, &counter), RP_E_ISSUER_AWAY);
	nothing_changed(&r, &counter);
	assert_int_equal(vreader_count(&r.v, 0x82), 0);
	stop(&r);
}

/* --- the card --- */

static const char *const kinds[] = {"cut-before", "cut-after", "sw 6F00",  "sw 6581", "instead 6F00",
				    "empty",	  "short",     "long 600", "mute",    "remove"};
#define N_KINDS (sizeof kinds / sizeof kinds[0])

/* One fault at one command: what is said of it is true. False: the job was over before. */
static bool with_fault(const struct want *w, unsigned at, const char *kind)
{
	struct rig r;
	char script[64];
	bool reached, fresh;
	rp_code rc;

	start(&r, w->family);
	(void)snprintf(script, sizeof script, "apdu %u %s\n", at, kind);
	vreader_faults(&r.v, script);
	rp_ctx_timeout(r.ctx, 20);
	rc = reset(&r, w);
	reached = r.v.n >= at;
	fresh = is_new(&r, w);
	assert_int_equal(vreader_all_tries(&r.v), r.before);
	if (rc == RP_OK) {
		assert_true(fresh);
		if (r.done.reported)
			assert_true(r.p.done || r.p.word_done);
	} else {
		assert_true(!fresh || r.err.in_doubt);
		assert_true(r.err.tries_spent == 0 ||
			    (r.err.tries_spent == RP_SPENT_UNKNOWN && r.err.slot == w->other));
	}
	assert_false(r.p.done && !fresh);
	assert_false(r.p.failed && fresh);
	/* nothing is said of a card that was taken out: it lost its power with everything on it */
	stop(&r);
	return reached;
}

static void any_fault_at_any_command_ends_in_the_truth(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_WANTS; k++)
		for (size_t i = 0; i < N_KINDS; i++) {
			unsigned at = 1;

			while (with_fault(wants[k], at, kinds[i]))
				at++;
			assert_true(at > 8);
		}
}

/* The answer was lost in a word that tells nothing, and the count tells. */
static void a_doubtful_answer_is_settled_by_the_count(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	vreader_faults(&r.v, "ins 2C sw 6F00\n");
	assert_int_equal(reset(&r, &kiosk), RP_OK);
	assert_true(is_new(&r, &kiosk) && r.p.done);
	stop(&r);
	start(&r, "mynumber");
	vreader_faults(&r.v, "ins 2C instead 6F00\n");
	assert_int_equal(reset(&r, &kiosk), RP_E_CARD_REFUSED);
	nothing_changed(&r, &kiosk);
	assert_true(r.p.failed);
	stop(&r);
}

/* It says 9000 and does nothing. */
static void a_card_that_lies_about_the_reset_is_not_believed(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber");
	vreader_faults(&r.v, "ins 2C instead 9000\n");
	assert_int_equal(reset(&r, &kiosk), RP_E_CARD_REPLY);
	assert_true(r.err.in_doubt);
	assert_int_equal(r.err.slot, RP_SLOT_SIGN);
	assert_true(r.p.failed && !r.p.done);
	stop(&r);
}

/* Another program, or the card itself, has turned the PIN off after the VERIFY. */
static void a_key_that_does_not_sign_costs_nothing(void **state)
{
	static const char *const scripts[] = {"ins 2A instead 6982\n", "ins 2A reply 9000\n",
					      "ins 2A reply 01029000\n", "ins B0 instead 6982\n",
					      "ins B0 reply 30030201019000\n"};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct rig r;
		rp_code rc;

		start(&r, "mynumber");
		vreader_faults(&r.v, scripts[i]);
		rc = reset(&r, &kiosk);
		assert_true(rc == RP_E_CARD_REFUSED || rc == RP_E_CARD_REPLY);
		nothing_changed(&r, &kiosk);
		assert_int_equal(play_count(&r.p, PLAY_GRANT), 0);
		stop(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_issuer_that_says_no_or_nothing_changes_nothing),
		cmocka_unit_test(a_reset_of_which_the_issuer_hears_no_end_is_done_all_the_same),
		cmocka_unit_test(no_pin_is_asked_of_a_card_that_the_issuer_has_stopped),
		cmocka_unit_test(a_reservation_that_is_not_opened_costs_nothing),
		cmocka_unit_test(a_wrong_cryptogram_is_reported_as_failed),
		cmocka_unit_test(a_grant_of_another_length_is_not_used),
		cmocka_unit_test(a_new_pin_that_the_card_does_not_take_is_reported_as_failed),
		cmocka_unit_test(cancelled_while_the_issuer_thinks_nothing_is_done),
		cmocka_unit_test(cancelled_behind_the_new_pin_it_is_done_and_told),
		cmocka_unit_test(cancelled_at_the_new_pin_its_answer_and_the_count_are_still_heard),
		cmocka_unit_test(cancelled_at_any_command_it_is_never_half_done),
		cmocka_unit_test(an_issuer_that_thinks_too_long_is_away),
		cmocka_unit_test(any_fault_at_any_command_ends_in_the_truth),
		cmocka_unit_test(a_doubtful_answer_is_settled_by_the_count),
		cmocka_unit_test(a_card_that_lies_about_the_reset_is_not_believed),
		cmocka_unit_test(a_key_that_does_not_sign_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
