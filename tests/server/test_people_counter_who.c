/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do which step at the counter, when and where; its queue. */
#include "issuer/counter_in.h"
#include "server/counter_kit.h"

/* --- hours, offices, people --- */

static void s004_outside_the_hours_a_supervisor_opens_it_and_it_is_logged(void **state)
{
	(void)state;
	go_to(17, 0);
	sign_in_all();
	irig_refused(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err,
		     RP_PROBLEM_OFFICE_CLOSED);
	irig_refused(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, "he came far"), &err,
		     RP_PROBLEM_ROLE);
	irig_ok(open_as(&by_boss, CARD, APPLICANT_SELF, ACT_RESET, "he came far"), &err);
	assert_string_equal(word("supervisor"), "boss");
	assert_int_equal(irig_logged(&rig, "application-override", "open"), 1);
}

static void s004_another_citys_holder_is_sent_to_their_own_office(void **state)
{
	const struct issuer_card elsewhere = {
		.profile = "mynumber", .number = "123456789012399", .municipality = "13101"};

	(void)state;
	irig_ok(issuer_enrol(rig.i, "console", &elsewhere, &err), &err);
	irig_refused(open_as(&at_desk, "123456789012399", APPLICANT_SELF, ACT_RESET, NULL), &err,
		     RP_PROBLEM_OFFICE);
}

static void nobody_handles_their_own_card(void **state)
{
	(void)state;
	irig_ok(open_as(&by_second, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err);
	irig_ok(issuer_operator_card(rig.i, "console", "clerk", "mynumber", CARD, &err), &err);
	irig_refused(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err, RP_PROBLEM_OWN_CARD);
	irig_refused(enter_as(&at_desk, GOOD_SELF), &err, RP_PROBLEM_OWN_CARD);
	irig_refused(decide_as(&at_desk, COUNTER_ACCEPT), &err, RP_PROBLEM_OWN_CARD);
	irig_refused(show_as(&at_desk), &err, RP_PROBLEM_OWN_CARD);
}

static void a_second_person_agrees_where_the_office_asks_for_it(void **state)
{
	(void)state;
	irig_ok(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err);
	enter(GOOD_SELF);
	irig_refused(agree_as(&by_second, true), &err, RP_PROBLEM_CASE_STATE);
	irig_ok(decide_as(&at_desk, COUNTER_ACCEPT), &err);
	assert_string_equal(word("state"), "asked");
	assert_int_equal(json_array_size(json_object_get(said, "cases")), 0);
	irig_refused(agree_as(&at_desk, true), &err, RP_PROBLEM_FOUR_EYES);
	/* Not agreed: open again, and decided anew. */
	irig_ok(agree_as(&by_second, false), &err);
	assert_string_equal(word("state"), "open");
	irig_ok(decide_as(&at_desk, COUNTER_ACCEPT), &err);
	irig_ok(agree_as(&by_boss, true), &err);
	assert_string_equal(word("state"), "accepted");
	assert_string_equal(word("approver"), "boss");
	assert_int_equal(json_array_size(json_object_get(said, "cases")), 1);
	assert_int_equal(irig_logged(&rig, "decision", "ok"), 1);
}

static void the_same_request_again_is_the_same_application(void **state)
{
	const struct counter_opening o = {
		.profile = "mynumber", .number = CARD, .wishes = {{RP_SLOT_TEXT, ACT_RESET}}, .n_wishes = 1};
	const char *key = irig_new_key();
	char *text = NULL;
	char first[64];

	(void)state;
	irig_ok(heard(counter_open(rig.i, &at_desk, key, &o, &text, &err), &text), &err);
	(void)snprintf(first, sizeof first, "%s", word("id"));
	text = NULL;
	irig_ok(heard(counter_open(rig.i, &at_desk, key, &o, &text, &err), &text), &err);
	assert_string_equal(word("id"), first);
	assert_int_equal(irig_logged(&rig, "application", "open"), 1);
}

static void smartphone_pins_are_not_the_counters(void **state)
{
	struct counter_opening o = {.profile = "mynumber-mobile",
				    .number = "X",
				    .wishes = {{RP_SLOT_SIGN, ACT_RESET}},
				    .n_wishes = 1};
	char *text = NULL;

	(void)state;
	irig_refused(counter_open(rig.i, &at_desk, irig_new_key(), &o, &text, &err), &err,
		     RP_PROBLEM_APP_ONLY);
}

/* --- who may do which step: everybody tries every call, on an application that is there --- */

typedef rp_code step_fn(const struct issuer_peer *who);

static rp_code try_open(const struct issuer_peer *who)
{
	return open_as(who, CARD, APPLICANT_SELF, ACT_RESET, NULL);
}

static rp_code try_sheet(const struct issuer_peer *who)
{
	return enter_as(who, GOOD_SELF);
}

static rp_code try_accept(const struct issuer_peer *who)
{
	return decide_as(who, COUNTER_ACCEPT);
}

static rp_code try_agree(const struct issuer_peer *who)
{
	return agree_as(who, true);
}

static rp_code try_letter(const struct issuer_peer *who)
{
	char code[16];

	return letter_as(who, code);
}

static rp_code try_answer(const struct issuer_peer *who)
{
	return answer_as(who, "00000000000");
}

static rp_code try_list(const struct issuer_peer *who)
{
	char *text = NULL;

	return heard(counter_list(rig.i, who, &text, &err), &text);
}

static rp_code try_visits(const struct issuer_peer *who)
{
	char *text = NULL;

	return heard(visit_list(rig.i, who, NULL, &text, &err), &text);
}

static rp_code try_visit(const struct issuer_peer *who)
{
	char *text = NULL;

	return heard(visit_new(rig.i, who, irig_new_key(), "reset", 0, false, &text, &err), &text);
}

static rp_code try_call(const struct issuer_peer *who)
{
	char *text = NULL;

	return heard(visit_move(rig.i, who, irig_new_key(), "X", "call", &text, &err), &text);
}

static void nobody_else_does_any_step(void **state)
{
	static step_fn *const steps[] = {try_open,   try_sheet, try_accept, try_agree, show_as, try_letter,
					 try_answer, try_list,	try_visits, try_visit, try_call};
	static const struct {
		const char *roles;
		enum rp_problem problem;
	} others[] = {
		{"help-desk", RP_PROBLEM_ROLE}, {"auditor", RP_PROBLEM_ROLE}, {"admin", RP_PROBLEM_ROLE}};
	struct issuer_peer nobody = at_desk, home = {.source = "192.0.2.1", .session = sessions[0]};
	struct issuer_peer at_kiosk = at_desk;

	(void)state;
	irig_ok(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err);
	nobody.session = NULL;
	at_kiosk.fingerprint = kiosk;
	for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
		char mine[64];

		(void)snprintf(mine, sizeof mine, "%s", app);
		err = (struct rp_error)RP_ERROR_INIT;
		irig_refused(steps[s](&nobody), &err, RP_PROBLEM_SIGN_IN);
		irig_refused(steps[s](&home), &err, RP_PROBLEM_TERMINAL);
		irig_refused(steps[s](&at_kiosk), &err, RP_PROBLEM_CLASS);
		for (size_t k = 0; k < sizeof others / sizeof others[0]; k++) {
			char name[64];
			uint8_t session[32];
			struct issuer_peer who = at_desk;

			(void)snprintf(name, sizeof name, "p%zu-%zu", s, k);
			struct person p = person_make(&rig, name, others[k].roles, "inagi");
			who.session = NULL;
			person_session(&rig, &who, &p, 0, session);
			who.session = session;
			irig_refused(steps[s](&who), &err, others[k].problem);
			person_clear(&p);
		}
		assert_string_equal(app, mine);
	}
	/* A clerk of a branch, at the branch's desk: this office's application is none there. */
	struct issuer_peer there = {.fingerprint = far_desk, .source = "192.0.2.1"};
	struct person p = person_make(&rig, "hirao", "clerk,approver", "inagi-hirao");
	uint8_t session[32];
	person_session(&rig, &there, &p, 0, session);
	there.session = session;
	person_clear(&p);
	irig_refused(show_as(&there), &err, RP_PROBLEM_NOT_FOUND);
	irig_refused(try_sheet(&there), &err, RP_PROBLEM_NOT_FOUND);
	irig_refused(try_accept(&there), &err, RP_PROBLEM_NOT_FOUND);
	irig_refused(try_agree(&there), &err, RP_PROBLEM_NOT_FOUND);
	assert_int_equal(irig_logged(&rig, "decision", NULL), 0);
}

/* --- the queue --- */

static void a_visitor_waits_is_called_and_served(void **state)
{
	char *text = NULL;
	char id[64];

	(void)state;
	for (int k = 1; k <= 2; k++) {
		irig_ok(try_visit(&at_desk), &err);
		assert_int_equal(json_integer_value(json_object_get(said, "number")), k);
		assert_string_equal(word("state"), "held");
	}
	(void)snprintf(id, sizeof id, "%s", word("id"));
	irig_refused(visit_move(rig.i, &at_desk, irig_new_key(), id, "begin", &text, &err), &err,
		     RP_PROBLEM_CASE_STATE);
	static const char *const way[] = {"call", "miss", "return", "call", "begin", "finish"};
	for (size_t k = 0; k < sizeof way / sizeof way[0]; k++) {
		text = NULL;
		irig_ok(heard(visit_move(rig.i, &at_desk, irig_new_key(), id, way[k], &text, &err), &text),
			&err);
	}
	assert_string_equal(word("state"), "finished");
	assert_string_equal(word("desk"), "desk-1");
	irig_ok(try_visits(&at_desk), &err);
	assert_int_equal(json_array_size(json_object_get(said, "visits")), 2);
}

static void a_visitor_is_called_to_one_desk_alone(void **state)
{
	struct issuer_peer other = {.source = "192.0.2.1"};
	uint8_t fingerprint[32], session[32];
	char *text = NULL;
	char id[64];

	(void)state;
	irig_terminal(&rig, "desk-2", "desk", "mynumber:text", "inagi", fingerprint);
	other.fingerprint = fingerprint;
	person_session(&rig, &other, &second, 1, session);
	other.session = session;
	irig_ok(try_visit(&at_desk), &err);
	(void)snprintf(id, sizeof id, "%s", word("id"));
	irig_ok(heard(visit_move(rig.i, &at_desk, irig_new_key(), id, "call", &text, &err), &text), &err);
	irig_refused(visit_move(rig.i, &other, irig_new_key(), id, "call", &text, &err), &err,
		     RP_PROBLEM_CASE_STATE);
	irig_ok(heard(visit_move(rig.i, &at_desk, irig_new_key(), id, "call", &text, &err), &text), &err);
	assert_string_equal(word("desk"), "desk-1");
	/* An application names a place that this office has. */
	struct counter_opening o = {.profile = "mynumber",
				    .number = CARD,
				    .wishes = {{RP_SLOT_TEXT, ACT_RESET}},
				    .n_wishes = 1,
				    .visit = "NOSUCHPLACE"};
	irig_refused(counter_open(rig.i, &at_desk, irig_new_key(), &o, &text, &err), &err,
		     RP_PROBLEM_NOT_FOUND);
	o.visit = id;
	irig_ok(heard(counter_open(rig.i, &at_desk, irig_new_key(), &o, &text, &err), &text), &err);
	assert_string_equal(word("visit"), id);
}

static void what_has_ended_is_forgotten_in_time(void **state)
{
	uint64_t n = 99;

	(void)state;
	irig_ok(try_visit(&at_desk), &err);
	irig_ok(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err);
	irig_ok(decide_as(&at_desk, COUNTER_CANCEL), &err);
	rig.ahead_ms += 31 * DAY * 1000;
	irig_ok(issuer_sweep(rig.i, &err), &err);
	irig_ok(issuer_forget(rig.i, "console", FORGET_APPLICATIONS, 30, true, &n, &err), &err);
	assert_int_equal(n, 1);
	irig_ok(issuer_forget(rig.i, "console", FORGET_VISITS, 30, true, &n, &err), &err);
	assert_int_equal(n, 1);
	irig_ok(issuer_forget(rig.i, "console", FORGET_VISITS, 30, true, &n, &err), &err);
	assert_int_equal(n, 0);
}

static void a_booked_time_is_within_the_hours_and_missed_when_it_has_passed(void **state)
{
	const int64_t at = now_s() * 1000;
	char *text = NULL;
	char id[64];

	(void)state;
	irig_refused(
		visit_new(rig.i, &at_desk, irig_new_key(), "reset", at + 8 * 3600 * 1000, false, &text, &err),
		&err, RP_PROBLEM_OFFICE_CLOSED);
	irig_refused(visit_new(rig.i, &at_desk, irig_new_key(), "reset", at - 1000, false, &text, &err), &err,
		     RP_PROBLEM_MALFORMED);
	irig_ok(heard(visit_new(rig.i, &at_desk, irig_new_key(), "reset", at + 3600 * 1000, true, &text,
				&err),
		      &text),
		&err);
	assert_string_equal(word("state"), "free");
	(void)snprintf(id, sizeof id, "%s", word("id"));
	text = NULL;
	irig_ok(heard(visit_move(rig.i, &at_desk, irig_new_key(), id, "hold", &text, &err), &text), &err);
	rig.ahead_ms += DAY * 1000;
	irig_ok(issuer_sweep(rig.i, &err), &err);
	struct row_visit row = {0};
	(void)snprintf(row.id, sizeof row.id, "%s", id);
	assert_true(irig_get(&rig, ST_VISIT_GET, &row));
	assert_string_equal(row.state, "missed");
}

/* What is booked for a day is seen on that day's list alone, by its office. */
static void a_days_queue_is_listed_by_its_day(void **state)
{
	const int64_t soon = (now_s() + 3600) * 1000;
	const struct date today = counter_local(soon).date, next = date_add_days(today, 1);
	char day[16], other[16];
	char *text = NULL;
	char id[64];

	(void)state;
	(void)snprintf(day, sizeof day, "%04d-%02d-%02d", today.year, today.month, today.day);
	(void)snprintf(other, sizeof other, "%04d-%02d-%02d", next.year, next.month, next.day);
	irig_ok(heard(visit_new(rig.i, &at_desk, irig_new_key(), "reset", soon, true, &text, &err), &text),
		&err);
	(void)snprintf(id, sizeof id, "%s", word("id"));
	irig_ok(visit_list(rig.i, &at_desk, day, &text, &err), &err);
	assert_non_null(strstr(text, id));
	free(text);
	irig_ok(visit_list(rig.i, &at_desk, other, &text, &err), &err);
	assert_string_equal(text, "{\"visits\":[]}");
	free(text);
	irig_refused(visit_list(rig.i, &at_desk, "2026-13-01", &text, &err), &err, RP_PROBLEM_MALFORMED);
}

static void the_tables_are_whole(void **state)
{
	(void)state;
	for (unsigned s = 0; s < APPLY_STATES_N; s++) {
		const enum apply_state state_ = apply_state_from_word(apply_state_word((enum apply_state)s));
		bool ends = s >= APPLY_ACCEPTED;

		assert_int_equal(state_, s);
		for (unsigned e = 0; e < APPLY_EVENTS_N; e++)
			if (apply_next((enum apply_state)s, (enum apply_event)e) != APPLY_STATES_N)
				assert_false(ends);
		if (!ends)
			assert_int_equal(apply_next((enum apply_state)s, APPLY_EV_TIME_OVER), APPLY_EXPIRED);
	}
	for (unsigned e = 0; e < VISIT_EVENTS_N; e++)
		assert_int_equal(visit_next(VISIT_FINISHED, (enum visit_event)e), VISIT_STATES_N);
}

/* The rules of an office's own file: no walk-ins, and a second person for each application. */
static void an_offices_own_rules_are_in_force(void **state)
{
	static const struct office_rules strict = {.appointment = true, .second_clerk = true};
	const struct offices before = *offices();
	struct office own = before.at[0];
	const int64_t soon = (now_s() + 3600) * 1000;
	char *text = NULL;

	(void)state;
	own.rules = &strict;
	offices_use(&(struct offices){&own, 1});
	irig_refused(try_visit(&at_desk), &err, RP_PROBLEM_OFFICE_CLOSED);
	assert_non_null(strstr(err.story, "appointment"));
	irig_ok(heard(visit_new(rig.i, &at_desk, irig_new_key(), "reset", soon, false, &text, &err), &text),
		&err);
	irig_ok(open_as(&at_desk, CARD, APPLICANT_SELF, ACT_RESET, NULL), &err);
	irig_ok(enter_as(&at_desk, GOOD_SELF), &err);
	irig_ok(decide_as(&at_desk, COUNTER_ACCEPT), &err);
	assert_string_equal(word("state"), "asked");
	offices_use(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tables_are_whole),
		TEST(s004_outside_the_hours_a_supervisor_opens_it_and_it_is_logged),
		TEST(s004_another_citys_holder_is_sent_to_their_own_office),
		TEST(nobody_handles_their_own_card),
		cmocka_unit_test_setup_teardown(a_second_person_agrees_where_the_office_asks_for_it,
						setup_two, teardown),
		TEST(the_same_request_again_is_the_same_application),
		TEST(smartphone_pins_are_not_the_counters),
		TEST(nobody_else_does_any_step),
		TEST(an_offices_own_rules_are_in_force),
		TEST(a_visitor_waits_is_called_and_served),
		TEST(a_visitor_is_called_to_one_desk_alone),
		TEST(what_has_ended_is_forgotten_in_time),
		TEST(a_days_queue_is_listed_by_its_day),
		TEST(a_booked_time_is_within_the_hours_and_missed_when_it_has_passed),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
