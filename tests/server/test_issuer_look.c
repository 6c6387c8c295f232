/* SPDX-License-Identifier: Apache-2.0 */
/* A card that shows itself costs the database no commit when there is nothing to settle. */
#include "server/issuer_between.h"

#include <string.h>

static struct irig rig;
static struct vcard *hicos;
static const struct issuer_peer home = {.source = "192.0.2.1"};
static struct rp_error err;

static int setup(void **state)
{
	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	irig_open(&rig, NULL);
	hicos = irig_card(&rig, "hicos", "TP00000000000001");
	irig_enrol(&rig, hicos);
	memset(&between, 0, sizeof between);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vcard_free(hicos);
	irig_close(&rig);
	return 0;
}

static rp_code presence(const struct rp_presence *p, struct rp_issuer_facts *ret)
{
	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_presence(rig.i, &home, p, ret, &err);
}

/* A grant by the user code for what `p` shows. */
static void grant(const struct rp_presence *p, struct rp_grant *ret)
{
	rp_secret *code = irig_secret(IRIG_CODE);
	const struct rp_evidence e = {.door = "user-code", .user_code = code};

	irig_ok(issuer_grant(rig.i, &home, irig_new_key(), p, &e, ret, &err), &err);
	rp_secret_free(code);
}

/* No lock, and no commit that waits for the disk. */
static void a_card_whose_count_settles_nothing_only_reads(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_grant g;

	(void)state;
	irig_show(&rig, hicos, RP_SLOT_PIN, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_int_equal(between.works, 1);
	assert_int_equal(between.writing, 0);
	grant(&p, &g);
	between.works = between.writing = 0;
	irig_ok(presence(&p, &facts), &err); /* older than the grant: settles nothing */
	assert_int_equal(between.works, 1);
	assert_int_equal(between.writing, 0);
	irig_show_with(&rig, hicos, RP_SLOT_PIN, g.nonce, &p);
	irig_ok(presence(&p, &facts), &err);
	assert_string_equal(facts.settled_state, "failed");
	assert_int_equal(between.works, 3);
	assert_int_equal(between.writing, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_card_whose_count_settles_nothing_only_reads, setup,
						teardown),
	};

	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_look", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
