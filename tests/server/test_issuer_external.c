/* SPDX-License-Identifier: Apache-2.0 */
/* Checks made elsewhere: for whom they are, how long and how often they serve, and what a refusal costs. */
#include "server/issuer_kiosk_kit.h"

#include <sodium.h>

static uint8_t public_key[32], secret_key[64];

static int setup_external(void **state)
{
	struct issuer_conf conf = irig_conf(&rig);

	(void)state;
	assert_int_equal(crypto_sign_keypair(public_key, secret_key), 0);
	conf.n_external = 1;
	conf.external[0] = (struct external_row){
		.profile = "mynumber", .door = "kiosk", .slot = RP_SLOT_SIGN, .name = "face-desk"};
	memcpy(conf.external[0].key, public_key, sizeof public_key);
	begin(&conf);
	return 0;
}

struct lines {
	const char *issuer, *key, *kind, *purpose, *profile, *card, *slot, *case_id, *id;
	int64_t ago_s;
	char text[1024];
	size_t len;
};

static const struct lines good = {.issuer = IRIG_NAME,
				  .key = "face-desk",
				  .kind = "face",
				  .purpose = "reserve",
				  .profile = "mynumber",
				  .card = "123456789012345",
				  .slot = "sign",
				  .case_id = "-"};

static void sign(struct lines *l)
{
	uint8_t random[16], sig[64];
	char id[33], base64[96];
	int n;

	rp_random(random, sizeof random);
	assert_true(hex_of(random, sizeof random, id, sizeof id));
	n = snprintf(
		l->text, sizeof l->text,
		"REPIN-EXTERNAL-1\nissuer %s\nkey %s\nkind %s\npurpose %s\nprofile %s\ncard %s\nslot %s\n"
		"case %s\ntime %lld\nid %s\n",
		l->issuer, l->key, l->kind, l->purpose, l->profile, l->card, l->slot, l->case_id,
		(long long)(issuer_now_ms(rig.i) / 1000 - l->ago_s), l->id != NULL ? l->id : id);
	assert_int_equal(
		crypto_sign_detached(sig, NULL, (const uint8_t *)l->text, (unsigned long long)n, secret_key),
		0);
	assert_true(base64_of(sig, sizeof sig, base64, sizeof base64));
	n += snprintf(l->text + n, sizeof l->text - (size_t)n, "signature %s\n", base64);
	l->len = (size_t)n;
}

static rp_code reserve_by(const struct lines *l, rp_slot slot, struct rp_case *ret)
{
	struct rp_presence p;
	struct rp_proof proof;
	struct rp_evidence e = {.door = "kiosk", .proof = &proof};
	char receipt[RP_ISSUER_ID], terminal[65];
	struct proof_lines lines;
	rp_code rc;

	irig_show(&rig, card, slot, &p);
	lines = lines_of(&p, &home, "reserve", NULL, terminal);
	irig_prove(card, slot == RP_SLOT_SIGN ? RP_SLOT_AUTH : RP_SLOT_SIGN, &lines, &proof);
	if (l != NULL) {
		e.external = (const uint8_t *)l->text;
		e.external_len = l->len;
	}
	err = (struct rp_error)RP_ERROR_INIT;
	rc = issuer_reserve(rig.i, &home, irig_new_key(), &p, &e, ret, receipt, &err);
	irig_proof_clear(&proof);
	return rc;
}

static void it_opens_its_row_once_and_is_logged_by_kind_and_key(void **state)
{
	struct lines l = good;
	struct rp_case c;

	(void)state;
	irig_refused(reserve_by(NULL, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_EVIDENCE_EXTERNAL);
	assert_int_equal(irig_logged(&rig, "external", NULL), 0); /* nothing was brought */
	sign(&l);
	irig_ok(reserve_by(&l, RP_SLOT_SIGN, &c), &err);
	assert_int_equal(irig_logged(&rig, "external", "ok"), 1);
	irig_refused(reserve_by(&l, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_EVIDENCE_EXTERNAL);
	assert_non_null(strstr(err.story, "served already"));
	assert_int_equal(irig_logged(&rig, "external", "evidence-external"), 1);
	/* The reservation of before is as it was. */
	assert_int_equal(irig_logged(&rig, "reserve", "ok"), 1);
	/* The other row asks for none. */
	irig_ok(reserve_by(NULL, RP_SLOT_AUTH, &c), &err);
}

static void what_is_not_for_this_act_is_refused_and_logged(void **state)
{
	struct lines wrong[10];
	struct rp_case c;
	unsigned n = 0;

	(void)state;
	for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++)
		wrong[k] = good;
	wrong[n++].issuer = "another";
	wrong[n++].key = "another";
	wrong[n++].purpose = "reset";
	wrong[n++].profile = "hicos";
	wrong[n++].card = "123456789012346";
	wrong[n++].slot = "auth";
	wrong[n++].case_id = "ABCDEFGH";
	wrong[n++].ago_s = 5 * 60 + 2;
	wrong[n++].ago_s = -70;
	wrong[n++].id = "0123456789abcdef0123456789abcdef"; /* one spelling, so that it serves once */
	for (unsigned k = 0; k < n; k++) {
		sign(&wrong[k]);
		irig_refused(reserve_by(&wrong[k], RP_SLOT_SIGN, &c), &err, RP_PROBLEM_EVIDENCE_EXTERNAL);
	}
	assert_int_equal(irig_logged(&rig, "external", "evidence-external"), n);
	assert_int_equal(irig_logged(&rig, "reserve", NULL), 0);
}

static void one_changed_byte_is_seen(void **state)
{
	struct lines l = good, changed;
	struct rp_case c;

	(void)state;
	sign(&l);
	for (size_t at = 5; at < l.len; at += 37) {
		changed = l;
		changed.text[at] = changed.text[at] == '1' ? '2' : '1';
		irig_refused(reserve_by(&changed, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_EVIDENCE_EXTERNAL);
	}
	changed = l;
	changed.len--; /* without its last line's end */
	irig_refused(reserve_by(&changed, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_EVIDENCE_EXTERNAL);
	/* Nothing of this has used it up. */
	irig_ok(reserve_by(&l, RP_SLOT_SIGN, &c), &err);
}

static rp_code grant_by(const struct lines *l, const char *case_id, struct rp_grant *ret)
{
	struct rp_presence p;
	struct rp_proof proof;
	struct rp_evidence e = {.door = "kiosk", .case_id = case_id, .proof = &proof};
	struct proof_lines lines;
	char terminal[65];
	rp_code rc;

	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	lines = lines_of(&p, &at_kiosk, "reset", case_id, terminal);
	irig_prove(card, RP_SLOT_AUTH, &lines, &proof);
	e.external = l != NULL ? (const uint8_t *)l->text : NULL;
	e.external_len = l != NULL ? l->len : 0;
	err = (struct rp_error)RP_ERROR_INIT;
	rc = issuer_grant(rig.i, &at_kiosk, irig_new_key(), &p, &e, ret, &err);
	irig_proof_clear(&proof);
	return rc;
}

static void a_grant_wants_its_own_for_its_case(void **state)
{
	struct lines opened = good, l = good;
	struct rp_grant g;
	struct rp_case c;

	(void)state;
	sign(&opened);
	irig_ok(reserve_by(&opened, RP_SLOT_SIGN, &c), &err);
	irig_refused(grant_by(NULL, c.id, &g), &err, RP_PROBLEM_EVIDENCE_EXTERNAL);
	irig_refused(grant_by(&opened, c.id, &g), &err, RP_PROBLEM_EVIDENCE_EXTERNAL);
	l.purpose = "reset";
	sign(&l);
	irig_refused(grant_by(&l, c.id, &g), &err, RP_PROBLEM_EVIDENCE_EXTERNAL); /* for no case */
	assert_int_equal(between.cryptograms, 0);
	l.case_id = c.id;
	sign(&l);
	irig_ok(grant_by(&l, c.id, &g), &err);
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 1);
	assert_int_equal(irig_logged(&rig, "external", "ok"), 2);
}

static void a_row_that_no_door_has_is_a_mistake_of_the_configuration(void **state)
{
	struct issuer_conf conf = irig_conf(&rig);
	issuer *i = NULL;

	(void)state;
	conf.n_external = 1;
	conf.external[0] = (struct external_row){
		.profile = "mynumber", .door = "kiosk", .slot = RP_SLOT_TEXT, .name = "n"};
	assert_int_equal(issuer_open(&conf, rig.k, rig.s, &i, &err), RP_E_CONFIG);
	conf.external[0].slot = RP_SLOT_NONE;
	conf.external[0].profile = "mynumbr";
	assert_int_equal(issuer_open(&conf, rig.k, rig.s, &i, &err), RP_E_CONFIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_opens_its_row_once_and_is_logged_by_kind_and_key,
						setup_external, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_for_this_act_is_refused_and_logged,
						setup_external, teardown),
		cmocka_unit_test_setup_teardown(one_changed_byte_is_seen, setup_external, teardown),
		cmocka_unit_test_setup_teardown(a_grant_wants_its_own_for_its_case, setup_external, teardown),
		cmocka_unit_test_setup_teardown(a_row_that_no_door_has_is_a_mistake_of_the_configuration,
						setup, teardown),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_external", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
