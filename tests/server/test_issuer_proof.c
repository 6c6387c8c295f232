/* SPDX-License-Identifier: Apache-2.0 */
/* The two proofs: every line, key and certificate of them counts. */
#include "server/issuer_kiosk_kit.h"

/* --- the proof --- */

/* Lines that differ from the right ones in one place. */
static bool change_line(unsigned which, struct proof_lines *l, const struct rp_presence *another)
{
	switch (which) {
	case 0:
		l->purpose = strcmp(l->purpose, "reset") == 0 ? "reserve" : "reset";
		return true;
	case 1:
		l->issuer = "another";
		return true;
	case 2:
		l->case_id = l->case_id == NULL ? "X" : NULL;
		return true;
	case 3:
		l->terminal = strcmp(l->terminal, "home") == 0
				      ? "0000000000000000000000000000000000000000000000000000000000000000"
				      : "home";
		return true;
	case 4:
		l->profile = "mynumber-mobile";
		return true;
	case 5:
		l->number = another->number;
		return true;
	case 6:
		l->slot = "text";
		return true;
	case 7:
		l->slot = NULL;
		return true;
	case 8:
		l->nonce = another->nonce;
		return true;
	case 9:
		l->purpose = "user-code-reset";
		return true;
	default:
		return false;
	}
}

static void every_line_of_both_proofs_counts(void **state)
{
	struct rp_presence p, another;
	struct rp_proof proof;
	struct rp_case c, d;
	struct rp_grant g;
	char terminal[65];

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_show(&rig, other, RP_SLOT_SIGN, &another);
	for (unsigned which = 0;; which++) {
		irig_show(&rig, card, RP_SLOT_SIGN, &p);
		struct proof_lines first = lines_of(&p, &home, "reserve", NULL, terminal);
		if (!change_line(which, &first, &another))
			break;
		irig_prove(card, RP_SLOT_AUTH, &first, &proof);
		irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &d), &err,
			     RP_PROBLEM_PROOF_WRONG);
		irig_proof_clear(&proof);

		struct proof_lines second = lines_of(&p, &at_kiosk, "reset", c.id, terminal);
		assert_true(change_line(which, &second, &another));
		irig_prove(card, RP_SLOT_AUTH, &second, &proof);
		irig_refused(grant_with(&at_kiosk, irig_new_key(), &p, c.id, &proof, &g), &err,
			     RP_PROBLEM_PROOF_WRONG);
		irig_proof_clear(&proof);
	}
	state_is(c.id, "ready");
	assert_int_equal(between.cryptograms, 0);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
}

static void a_proof_is_by_the_right_pin_of_this_card(void **state)
{
	struct rp_presence p;
	struct rp_proof proof;
	struct rp_case c;
	char terminal[65];

	(void)state;
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	const struct proof_lines lines = lines_of(&p, &home, "reserve", NULL, terminal);
	/* The very PIN that is to be reset. */
	irig_prove(card, RP_SLOT_SIGN, &lines, &proof);
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err, RP_PROBLEM_PROOF_WRONG);
	/* Its key, said to be that of the other. */
	proof.slot = RP_SLOT_AUTH;
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err, RP_PROBLEM_KEY_UNKNOWN);
	irig_proof_clear(&proof);
	/* Another card's key. */
	irig_prove(other, RP_SLOT_AUTH, &lines, &proof);
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err, RP_PROBLEM_KEY_UNKNOWN);
	irig_proof_clear(&proof);
	/* Our certificate over another key's signature. */
	irig_prove(card, RP_SLOT_AUTH, &lines, &proof);
	proof.signature[proof.signature_len / 2] ^= 1;
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err, RP_PROBLEM_PROOF_WRONG);
	proof.signature[proof.signature_len / 2] ^= 1;
	proof.signature_len = sizeof proof.signature + 1;
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err, RP_PROBLEM_PROOF_WRONG);
	proof.signature_len = 256;
	proof.certificate[20] ^= 1;
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err, RP_PROBLEM_CERT_INVALID);
	proof.certificate[20] ^= 1;
	proof.certificate_len -= 1;
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err, RP_PROBLEM_CERT_INVALID);
	irig_refused(reserve_with(&home, irig_new_key(), &p, NULL, &c), &err, RP_PROBLEM_EVIDENCE_MISSING);
	proof.certificate_len += 1;
	/* None of these has used the nonce up. */
	irig_ok(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err);
	irig_proof_clear(&proof);
}

static void a_certificate_of_another_ca_proves_nothing(void **state)
{
	struct rp_presence p;
	struct rp_proof proof;
	struct vca *stranger = NULL;
	struct vkey key = {.id = "auth"};
	const struct vkey kept = *irig_key(card, RP_SLOT_AUTH);
	struct vkey *slot = NULL;
	struct rp_case c;
	char terminal[65];

	(void)state;
	irig_ok(vca_of_this_run(&stranger, &err), &err);
	irig_ok(vca_issue(stranger, "CN=somebody,C=JP", false, &key, &err), &err);
	for (size_t k = 0; k < card->n_keys; k++)
		if (strcmp(card->keys[k].id, "auth") == 0)
			slot = &card->keys[k];
	*slot = key;
	(void)snprintf(slot->id, sizeof slot->id, "auth");
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	const struct proof_lines lines = lines_of(&p, &home, "reserve", NULL, terminal);
	irig_prove(card, RP_SLOT_AUTH, &lines, &proof);
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err, RP_PROBLEM_CERT_INVALID);
	irig_proof_clear(&proof);
	*slot = kept;
	vkey_clear(&key);
}

static void a_proof_opens_nothing_for_another_card_that_is_there(void **state)
{
	struct rp_presence p, theirs;
	struct rp_proof proof;
	struct rp_case c;
	char terminal[65];

	(void)state;
	/* A signature that somebody got from the holder, with the nonce of the thief's own card. */
	irig_show(&rig, other, RP_SLOT_SIGN, &theirs);
	p = theirs;
	(void)snprintf(p.number, sizeof p.number, "%s", card->number);
	const struct proof_lines lines = lines_of(&p, &home, "reserve", NULL, terminal);
	irig_prove(card, RP_SLOT_AUTH, &lines, &proof);
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err, RP_PROBLEM_CARD_NOT_SHOWN);
	irig_refused(reserve_with(&home, irig_new_key(), &theirs, &proof, &c), &err, RP_PROBLEM_PROOF_WRONG);
	irig_proof_clear(&proof);
}

static void a_nonce_serves_one_proof(void **state)
{
	const char *key = irig_new_key();
	struct rp_presence p, q;
	struct rp_proof proof;
	struct rp_case c, again;
	struct rp_grant g;
	char terminal[65];

	(void)state;
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	const struct proof_lines lines = lines_of(&p, &home, "reserve", NULL, terminal);
	irig_prove(card, RP_SLOT_AUTH, &lines, &proof);
	irig_ok(reserve_with(&home, key, &p, &proof, &c), &err);
	/* The same request gets the same reservation, another one with this nonce nothing. */
	irig_ok(reserve_with(&home, key, &p, &proof, &again), &err);
	assert_string_equal(again.id, c.id);
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &again), &err, RP_PROBLEM_NONCE_OLD);
	irig_proof_clear(&proof);

	irig_show(&rig, card, RP_SLOT_SIGN, &q);
	const struct proof_lines second = lines_of(&q, &at_kiosk, "reset", c.id, terminal);
	irig_prove(card, RP_SLOT_AUTH, &second, &proof);
	irig_ok(grant_with(&at_kiosk, irig_new_key(), &q, c.id, &proof, &g), &err);
	irig_refused(grant_with(&at_kiosk, irig_new_key(), &q, c.id, &proof, &g), &err, RP_PROBLEM_NONCE_OLD);
	irig_proof_clear(&proof);
	assert_int_equal(irig_logged(&rig, "grant", NULL), 1);
}

static void what_is_right_in_one_place_and_moment_opens_nothing_in_another(void **state)
{
	uint8_t next_kiosk[32];
	const struct issuer_peer at_next = {.fingerprint = next_kiosk};
	struct rp_presence p, old, q;
	struct rp_proof proof;
	struct rp_case c, d;
	struct rp_grant g;
	char terminal[65];

	(void)state;
	irig_terminal(&rig, "kiosk 2", "kiosk", "mynumber:sign,mynumber:auth", "", next_kiosk);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(reserve(&home, card, RP_SLOT_AUTH, &d), &err);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	const struct proof_lines lines = lines_of(&p, &at_kiosk, "reset", c.id, terminal);
	irig_prove(card, RP_SLOT_AUTH, &lines, &proof);
	/* Another terminal, another call, another case, another PIN, another card. */
	irig_refused(grant_with(&at_next, irig_new_key(), &p, c.id, &proof, &g), &err,
		     RP_PROBLEM_PROOF_WRONG);
	irig_refused(grant_with(&home, irig_new_key(), &p, c.id, &proof, &g), &err, RP_PROBLEM_CLASS);
	irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &d), &err, RP_PROBLEM_PROOF_WRONG);
	irig_refused(grant_with(&at_kiosk, irig_new_key(), &p, d.id, &proof, &g), &err,
		     RP_PROBLEM_NO_RESERVATION);
	q = p;
	q.slot = RP_SLOT_AUTH;
	irig_refused(grant_with(&at_kiosk, irig_new_key(), &q, d.id, &proof, &g), &err,
		     RP_PROBLEM_CARD_NOT_SHOWN);
	q = p;
	(void)snprintf(q.number, sizeof q.number, "%s", other->number);
	irig_refused(grant_with(&at_kiosk, irig_new_key(), &q, c.id, &proof, &g), &err,
		     RP_PROBLEM_CARD_NOT_SHOWN);
	/* Another moment, and the clock set back after it. */
	old = p;
	later(5 * 60 * 1000 + 1000);
	irig_refused(grant_with(&at_kiosk, irig_new_key(), &old, c.id, &proof, &g), &err,
		     RP_PROBLEM_NONCE_OLD);
	rig.ahead_ms = 0;
	irig_refused(grant_with(&at_kiosk, irig_new_key(), &old, c.id, &proof, &g), &err,
		     RP_PROBLEM_NONCE_OLD);
	irig_proof_clear(&proof);
	assert_int_equal(between.cryptograms, 0);
	state_is(c.id, "ready");
}

static void a_grant_for_a_challenge_that_is_gone_opens_nothing(void **state)
{
	struct rp_presence p, fresh;
	struct rp_proof proof;
	struct rp_case c;
	struct rp_grant g;
	char terminal[65];

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	const struct proof_lines lines = lines_of(&p, &at_kiosk, "reset", c.id, terminal);
	irig_prove(card, RP_SLOT_AUTH, &lines, &proof);
	irig_ok(grant_with(&at_kiosk, irig_new_key(), &p, c.id, &proof, &g), &err);
	irig_show(&rig, card, RP_SLOT_SIGN, &fresh);
	assert_int_equal(irig_reset(card, RP_SLOT_SIGN, &g, "NEW123"), 0x6300);
	irig_proof_clear(&proof);
}

static void both_certificates_must_be_valid_and_not_revoked(void **state)
{
	const struct vkey *proving = irig_key(card, RP_SLOT_AUTH), *target = irig_key(card, RP_SLOT_SIGN);
	struct rp_case c, d;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	for (unsigned k = 0; k < 2; k++) {
		irig_revoke(&rig, k == 0 ? proving : target, INT64_C(7) * 24 * 3600 * 1000);
		irig_refused(reserve(&home, card, RP_SLOT_SIGN, &d), &err, RP_PROBLEM_CERT_REVOKED);
		irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_CERT_REVOKED);
	}
	irig_revoke(&rig, irig_key(other, RP_SLOT_SIGN), INT64_C(7) * 24 * 3600 * 1000);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
	/* A list past its nextUpdate is no answer. */
	later(INT64_C(7) * 24 * 3600 * 1000 + 60000);
	irig_refused(reserve(&home, card, RP_SLOT_SIGN, &d), &err, RP_PROBLEM_CRL_OLD);
	irig_revoke(&rig, NULL, INT64_C(4000) * 24 * 3600 * 1000);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &d), &err);
	later(INT64_C(2000) * 24 * 3600 * 1000);
	irig_refused(reserve(&home, card, RP_SLOT_SIGN, &d), &err, RP_PROBLEM_CERT_INVALID);
}

static void a_certificate_that_the_issuer_does_not_know_sends_to_the_counter(void **state)
{
	struct row_card_key row = {.slot = RP_SLOT_AUTH};
	struct rp_case c;

	(void)state;
	assert_true(hash_card_id(IRIG_NAME, "mynumber", card->number, row.card_id));
	assert_true(irig_get(&rig, ST_KEY_GET, &row));
	row.key_hash[31] ^= 1;
	irig_run(&rig, ST_KEY_PUT, &row);
	irig_refused(reserve(&home, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_KEY_UNKNOWN);
	assert_string_equal(rp_problem_door(err.problem), "counter");
	row.key_hash[31] ^= 1;
	row.not_after_ms = 1;
	irig_run(&rig, ST_KEY_PUT, &row);
	irig_refused(reserve(&home, card, RP_SLOT_AUTH, &c), &err, RP_PROBLEM_CERT_INVALID);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(every_line_of_both_proofs_counts),
		T(a_proof_is_by_the_right_pin_of_this_card),
		T(a_certificate_of_another_ca_proves_nothing),
		T(a_proof_opens_nothing_for_another_card_that_is_there),
		T(a_nonce_serves_one_proof),
		T(what_is_right_in_one_place_and_moment_opens_nothing_in_another),
		T(a_grant_for_a_challenge_that_is_gone_opens_nothing),
		T(both_certificates_must_be_valid_and_not_revoked),
		T(a_certificate_that_the_issuer_does_not_know_sends_to_the_counter),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_proof", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
