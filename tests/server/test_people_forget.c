/* SPDX-License-Identifier: Apache-2.0 */
/* Retention: what is told first, what goes with a case, what never goes, and that the log still verifies. */
#include "server/people_kit.h"

#include <stdio.h>
#include <string.h>

#include "issuer/log.h"

#define DAY_MS INT64_C(86400000)

static struct irig rig;
static struct vcard *card;
static struct rp_error err;
static const struct issuer_peer home = {.source = "192.0.2.1"};

static int setup(void **state)
{
	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	memset(&between, 0, sizeof between);
	irig_open(&rig, NULL);
	card = irig_card(&rig, "hicos", "TP00000000000001");
	irig_enrol(&rig, card);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vcard_free(card);
	irig_close(&rig);
	return 0;
}

static void reset(bool use, struct rp_grant *g)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	rp_secret *code = irig_secret(IRIG_CODE);
	const struct rp_evidence e = {.door = "user-code", .user_code = code};

	irig_show(&rig, card, RP_SLOT_PIN, &p);
	irig_ok(issuer_grant(rig.i, &home, irig_new_key(), &p, &e, g, &err), &err);
	if (use)
		assert_int_equal(irig_reset(card, RP_SLOT_PIN, g, "654321"), 0x9000);
	irig_show_with(&rig, card, RP_SLOT_PIN, g->nonce, &p);
	if (use)
		irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
	rp_secret_free(code);
}

static uint64_t forget(enum forget_kind k, bool really)
{
	uint64_t n = 99;

	irig_ok(issuer_forget(rig.i, "console", k, 30, really, &n, &err), &err);
	return n;
}

static bool there(const struct rp_grant *g, size_t *ret_evidence)
{
	struct row_evidence e = {0};
	struct row_case c = {0};
	struct row_grant row = {0};

	memcpy(c.id, g->case_id, sizeof c.id);
	memcpy(row.id, g->id, sizeof row.id);
	memcpy(e.case_id, g->case_id, sizeof e.case_id);
	*ret_evidence = irig_count(&rig, ST_EVIDENCE_OF, &e);
	assert_int_equal(irig_get(&rig, ST_CASE_GET, &c), irig_get(&rig, ST_GRANT_GET, &row));
	return irig_get(&rig, ST_CASE_GET, &c);
}

static void seal_all(void)
{
	uint64_t n = 0;

	do
		irig_ok(issuer_seal(rig.i, &n, &err), &err);
	while (n > 0);
}

static void a_case_goes_with_all_that_refers_to_it_and_the_log_still_verifies(void **state)
{
	struct rp_grant done, unsettled;
	struct log_audited seen;
	uint64_t before;
	size_t n;

	(void)state;
	reset(true, &done);
	reset(false, &unsettled);
	rig.ahead_ms += 29 * DAY_MS;
	irig_ok(issuer_sweep(rig.i, &err), &err);
	assert_int_equal(forget(FORGET_CASES, true), 0);
	rig.ahead_ms += 2 * DAY_MS;
	assert_int_equal(forget(FORGET_CASES, false), 1);
	assert_true(there(&done, &n));
	assert_int_equal(n, 1);
	assert_int_equal(irig_logged(&rig, "forget", NULL), 0);
	assert_int_equal(forget(FORGET_CASES, true), 1);
	assert_false(there(&done, &n));
	assert_int_equal(n, 0);
	/* Of this one the card may still tell. */
	assert_true(there(&unsettled, &n));
	assert_int_equal(forget(FORGET_CASES, true), 0);
	assert_int_equal(irig_logged(&rig, "forget", "cases 1"), 1);
	/* Its entries are all there: only two people erase. */
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 2);
	assert_int_equal(irig_logged(&rig, "done", "mac"), 1);
	seal_all();
	irig_ok(log_audit(rig.i, NULL, &seen, &err), &err);
	before = seen.size;
	assert_true(before > 5);
	assert_int_equal(seen.erased, 0);
	/* And the card goes on with the count it had. */
	rig.ahead_ms += 1000;
	reset(true, &done);
}

static void notices_that_wait_and_codes_that_live_stay(void **state)
{
	char code[16];

	(void)state;
	irig_ok(issuer_user_code_letter(rig.i, "console", "hicos", "TP00000000000001", code, &err), &err);
	assert_int_equal(forget(FORGET_CODES, false), 0);
	rig.ahead_ms += 40 * DAY_MS; /* 14 days of life, 26 over */
	assert_int_equal(forget(FORGET_CODES, true), 0);
	rig.ahead_ms += 5 * DAY_MS;
	assert_int_equal(forget(FORGET_CODES, true), 1);
	assert_int_equal(forget(FORGET_CODES, true), 0);
	assert_int_equal(forget(FORGET_NOTICES, true), 0); /* nobody has sent it */
}

static void only_an_admin_may_and_days_are_needed(void **state)
{
	struct person clerk = person_make(&rig, "clerk", "clerk", "inagi");
	struct person admin = person_make(&rig, "admin", "admin", "");
	uint64_t n = 0;

	(void)state;
	irig_refused(issuer_forget(rig.i, "clerk", FORGET_CASES, 30, true, &n, &err), &err, RP_PROBLEM_ROLE);
	irig_ok(issuer_forget(rig.i, "admin", FORGET_CASES, 30, true, &n, &err), &err);
	err = (struct rp_error)RP_ERROR_INIT;
	assert_int_equal(issuer_forget(rig.i, "admin", FORGET_CASES, 0, true, &n, &err), RP_E_USAGE);
	person_clear(&clerk);
	person_clear(&admin);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_case_goes_with_all_that_refers_to_it_and_the_log_still_verifies, setup, teardown),
		cmocka_unit_test_setup_teardown(notices_that_wait_and_codes_that_live_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(only_an_admin_may_and_days_are_needed, setup, teardown),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("people_forget", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
