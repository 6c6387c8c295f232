/* SPDX-License-Identifier: Apache-2.0 */
/* The kiosk: a reservation from elsewhere by one proof, and a second proof there. */
#include "server/issuer_between.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "issuer/internal.h"

static struct irig rig;
static struct vcard *card, *other;
static uint8_t kiosk[32], desk[32], app[32];
static const struct issuer_peer home = {.source = "192.0.2.1"}, at_kiosk = {.fingerprint = kiosk},
				at_desk = {.fingerprint = desk}, at_app = {.fingerprint = app};
static struct rp_error err;

static void begin(const struct issuer_conf *conf)
{
	err = (struct rp_error)RP_ERROR_INIT;
	irig_revoke(&rig, NULL, INT64_C(400) * 24 * 3600 * 1000);
	irig_open(&rig, conf);
	card = irig_card(&rig, "mynumber", "123456789012345");
	other = irig_card(&rig, "mynumber", "123456789012346");
	irig_enrol(&rig, card);
	irig_enrol(&rig, other);
	irig_terminal(&rig, "kiosk 1", "kiosk", "mynumber:sign,mynumber:auth", "", kiosk);
	irig_terminal(&rig, "desk 1", "desk", "mynumber:sign,mynumber:auth", "office", desk);
	irig_terminal(&rig, "app 1", "app", "", "", app);
	memset(&between, 0, sizeof between);
}

static int setup(void **state)
{
	(void)state;
	begin(NULL);
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

/* --- asking --- */

/* What the card is to sign for this call. */
static struct proof_lines lines_of(const struct rp_presence *p, const struct issuer_peer *who,
				   const char *purpose, const char *case_id, char terminal[65])
{
	if (who->fingerprint == NULL)
		(void)snprintf(terminal, 65, "home");
	else
		assert_true(hex_of(who->fingerprint, 32, terminal, 65));
	return (struct proof_lines){.purpose = purpose,
				    .issuer = IRIG_NAME,
				    .case_id = case_id,
				    .terminal = terminal,
				    .profile = p->profile,
				    .number = p->number,
				    .slot = rp_slot_word(p->slot),
				    .nonce = p->nonce};
}

static rp_code reserve_with(const struct issuer_peer *who, const char *key, const struct rp_presence *p,
			    const struct rp_proof *proof, struct rp_case *ret)
{
	const struct rp_evidence e = {.door = "kiosk", .proof = proof};
	char receipt[RP_ISSUER_ID];

	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_reserve(rig.i, who, key, p, &e, ret, receipt, &err);
}

static rp_slot other_of(rp_slot slot)
{
	return slot == RP_SLOT_SIGN ? RP_SLOT_AUTH : RP_SLOT_SIGN;
}

static rp_code reserve(const struct issuer_peer *who, struct vcard *c, rp_slot slot, struct rp_case *ret)
{
	struct rp_presence p;
	struct rp_proof proof;
	char terminal[65];
	rp_code rc;

	irig_show(&rig, c, slot, &p);
	const struct proof_lines lines = lines_of(&p, who, "reserve", NULL, terminal);
	irig_prove(c, other_of(slot), &lines, &proof);
	rc = reserve_with(who, irig_new_key(), &p, &proof, ret);
	irig_proof_clear(&proof);
	return rc;
}

static rp_code grant_with(const struct issuer_peer *who, const char *key, const struct rp_presence *p,
			  const char *case_id, const struct rp_proof *proof, struct rp_grant *ret)
{
	const struct rp_evidence e = {.door = "kiosk", .case_id = case_id, .proof = proof};

	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_grant(rig.i, who, key, p, &e, ret, &err);
}

static rp_code grant(const struct issuer_peer *who, struct vcard *c, rp_slot slot, const char *case_id,
		     struct rp_grant *ret)
{
	struct rp_presence p;
	struct rp_proof proof;
	char terminal[65];
	rp_code rc;

	irig_show(&rig, c, slot, &p);
	const struct proof_lines lines = lines_of(&p, who, "reset", case_id, terminal);
	irig_prove(c, other_of(slot), &lines, &proof);
	rc = grant_with(who, irig_new_key(), &p, case_id, &proof, ret);
	irig_proof_clear(&proof);
	return rc;
}

/* The database's time moves on, and we hear of it; the log is sealed. */
static void later(int64_t ms)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;

	rig.ahead_ms += ms;
	irig_show(&rig, other, RP_SLOT_SIGN, &p);
	if (issuer_presence(rig.i, &home, &p, &facts, &err) != RP_OK)
		assert_int_equal(err.problem, RP_PROBLEM_NONCE_OLD); /* it was made before */
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
}

static void state_is(const char *case_id, const char *state)
{
	struct row_case c = {0};

	(void)snprintf(c.id, sizeof c.id, "%s", case_id);
	assert_true(irig_get(&rig, ST_CASE_GET, &c));
	assert_string_equal(c.state, state);
}

/* --- the whole way --- */

static void one_known_pin_sets_the_other_at_a_kiosk(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_SIGN, RP_SLOT_AUTH};
	static const char *const fresh[] = {"NEW123", "4321"};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct rp_issuer_facts facts;
		struct rp_presence p;
		struct rp_case c;
		struct rp_grant g;

		irig_ok(reserve(&home, card, slots[k], &c), &err);
		assert_string_equal(c.state, "ready");
		assert_in_range(c.left_s, 24 * 3600 - 5, 24 * 3600);
		irig_show(&rig, card, slots[k], &p);
		irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
		assert_int_equal(facts.n_cases, 1);
		assert_false(facts.cases[0].here);
		irig_show(&rig, card, slots[k], &p);
		irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
		assert_string_equal(facts.cases[0].id, c.id);
		assert_true(facts.cases[0].here);
		irig_ok(grant(&at_kiosk, card, slots[k], c.id, &g), &err);
		assert_string_equal(g.case_id, c.id);
		state_is(c.id, "granted");
		assert_int_equal(irig_reset(card, slots[k], &g, fresh[k]), 0x9000);
		irig_show_with(&rig, card, slots[k], g.nonce, &p);
		irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
		assert_string_equal(facts.settled, c.id);
		assert_string_equal(facts.settled_state, "done");
		assert_int_equal(facts.n_cases, 0);
		state_is(c.id, "done");
	}
	assert_int_equal(irig_logged(&rig, "reserve", "ok"), 2);
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 2);
	assert_int_equal(irig_noticed(&rig, "grant"), 2);
}

/* --- who may --- */

static void a_reservation_is_never_opened_at_a_kiosk(void **state)
{
	struct rp_case c;

	(void)state;
	irig_refused(reserve(&at_kiosk, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_refused(reserve(&at_desk, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_ok(reserve(&at_app, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
}

static int setup_desk_only(void **state)
{
	struct issuer_conf conf = irig_conf(&rig);

	(void)state;
	conf.reserve_from[0] = "desk";
	conf.reserve_from[1] = NULL;
	begin(&conf);
	return 0;
}

static void the_issuer_says_from_where_reservations_may_come(void **state)
{
	struct rp_case c;

	(void)state;
	irig_refused(reserve(&home, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_refused(reserve(&at_app, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_refused(reserve(&at_kiosk, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_CLASS);
	irig_ok(reserve(&at_desk, card, RP_SLOT_SIGN, &c), &err);
}

static void a_grant_of_the_kiosk_is_given_at_a_kiosk_that_may(void **state)
{
	uint8_t sign_only[32];
	const struct issuer_peer at_other = {.fingerprint = sign_only};
	struct row_terminal lock = {.name = "kiosk 1", .locked = 1, .lock_reason = "test"};
	struct rp_case c, d;
	struct rp_grant g;

	(void)state;
	irig_terminal(&rig, "kiosk 2", "kiosk", "mynumber:sign", "", sign_only);
	irig_ok(reserve(&home, card, RP_SLOT_AUTH, &c), &err);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &d), &err);
	irig_refused(grant(&home, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_CLASS);
	irig_refused(grant(&at_desk, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_CLASS);
	irig_refused(grant(&at_app, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_CLASS);
	irig_refused(grant(&at_other, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_CAPABILITY);
	irig_run(&rig, ST_TERMINAL_LOCK, &lock);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_AUTH, c.id, &g), &err, RP_PROBLEM_TERMINAL_LOCKED);
	lock.locked = 0;
	irig_run(&rig, ST_TERMINAL_LOCK, &lock);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_AUTH, c.id, &g), &err);
	irig_ok(grant(&at_other, card, RP_SLOT_SIGN, d.id, &g), &err);
}

static void text_and_juki_are_sent_to_the_counter(void **state)
{
	static const rp_slot slots[] = {RP_SLOT_TEXT, RP_SLOT_JUKI};
	struct rp_proof proof = {0};
	struct rp_presence p;
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		irig_show(&rig, card, slots[k], &p);
		irig_refused(reserve_with(&home, irig_new_key(), &p, &proof, &c), &err,
			     RP_PROBLEM_CAPABILITY);
		assert_string_equal(rp_problem_door(err.problem), "counter");
		irig_refused(grant_with(&at_kiosk, irig_new_key(), &p, "x", &proof, &g), &err,
			     RP_PROBLEM_CAPABILITY);
	}
}

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

/* --- 24 hours --- */

#define DAY (INT64_C(24) * 3600 * 1000)

static void a_reservation_lives_24_hours_and_nothing_renews_it(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	later(DAY - 60000);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
	assert_in_range(facts.cases[0].left_s, 1, 60);
	later(60000);
	/* Before a sweeper has written anything. */
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_RESERVATION_OVER);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
	assert_int_equal(facts.n_cases, 0);
	irig_ok(issuer_sweep(rig.i, &err), &err);
	state_is(c.id, "expired");
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_RESERVATION_OVER);
	/* A clock that is set back brings nothing back. */
	rig.ahead_ms = 0;
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_RESERVATION_OVER);
	state_is(c.id, "expired");
	assert_int_equal(between.cryptograms, 0);
}

static void a_reservation_is_good_to_its_last_moment(void **state)
{
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	later(DAY - 30000);
	irig_ok(issuer_sweep(rig.i, &err), &err);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
	/* A second grant of it is bound to the same day. */
	later(30000);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_RESERVATION_OVER);
}

static void there_is_one_reservation_per_pin_and_a_new_one_cancels_the_old(void **state)
{
	struct rp_case first, second, auth, theirs;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &first), &err);
	irig_ok(reserve(&home, card, RP_SLOT_AUTH, &auth), &err);
	irig_ok(reserve(&home, other, RP_SLOT_SIGN, &theirs), &err);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &second), &err);
	state_is(first.id, "cancelled");
	state_is(auth.id, "ready");
	state_is(theirs.id, "ready");
	assert_int_equal(irig_logged(&rig, "cancel", "cancelled"), 1);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, first.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
	/* Those of another PIN or card are none. */
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, auth.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, theirs.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, second.id, &g), &err);
}

static void without_a_reservation_there_is_no_grant(void **state)
{
	struct rp_grant g;

	(void)state;
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, NULL, &g), &err, RP_PROBLEM_NO_RESERVATION);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, "no such case", &g), &err,
		     RP_PROBLEM_NO_RESERVATION);
	assert_string_equal(rp_problem_door(err.problem), "kiosk");
	assert_int_equal(between.cryptograms, 0);
}

static void a_reservation_ends_when_it_was_used(void **state)
{
	struct rp_presence p;
	struct rp_issuer_facts facts;
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
	assert_int_equal(irig_reset(card, RP_SLOT_SIGN, &g, "NEW123"), 0x9000);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	irig_ok(issuer_presence(rig.i, &at_kiosk, &p, &facts, &err), &err);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_CASE_STATE);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, NULL, &g), &err, RP_PROBLEM_NO_RESERVATION);
}

static void a_holder_cancels_only_what_is_theirs_and_not_begun(void **state)
{
	const char *key = irig_new_key();
	struct rp_presence p, theirs;
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_show(&rig, other, RP_SLOT_SIGN, &theirs);
	irig_refused(issuer_cancel(rig.i, &home, irig_new_key(), &theirs, c.id, &err), &err, RP_PROBLEM_CASE);
	irig_show(&rig, card, RP_SLOT_SIGN, &p);
	irig_ok(issuer_cancel(rig.i, &home, key, &p, c.id, &err), &err);
	irig_ok(issuer_cancel(rig.i, &home, key, &p, c.id, &err), &err);
	state_is(c.id, "cancelled");
	assert_int_equal(irig_logged(&rig, "cancel", NULL), 1);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
	irig_show(&rig, card, RP_SLOT_AUTH, &p);
	irig_refused(issuer_cancel(rig.i, &home, irig_new_key(), &p, c.id, &err), &err,
		     RP_PROBLEM_CASE_STATE);
	state_is(c.id, "granted");
}

/* --- what stops it --- */

static void a_card_that_changes_its_state_loses_its_reservation(void **state)
{
	struct rp_case c, d;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	irig_ok(issuer_card_status(rig.i, "console", "mynumber", card->number, "suspended", "lost", &err),
		&err);
	state_is(c.id, "cancelled");
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_CARD_SUSPENDED);
	irig_refused(reserve(&home, card, RP_SLOT_SIGN, &d), &err, RP_PROBLEM_CARD_SUSPENDED);
	irig_ok(issuer_card_status(rig.i, "console", "mynumber", card->number, "active", "found", &err),
		&err);
	irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_NO_RESERVATION);
}

static void a_stop_takes_effect_at_the_next_request(void **state)
{
	struct row_stop row = {.id = "s1", .reason = "test", .made_by = "a", .made_ms = 1};
	static const char *const stops[][3] = {
		{"kiosk", "", ""}, {"", "mynumber", ""}, {"", "", "group of kiosk 1"}, {"", "", ""}};
	struct rp_case c, d;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	for (unsigned k = 0; k < 4; k++) {
		(void)snprintf(row.id, sizeof row.id, "s%u", k);
		(void)snprintf(row.door, sizeof row.door, "%s", stops[k][0]);
		(void)snprintf(row.profile, sizeof row.profile, "%s", stops[k][1]);
		(void)snprintf(row.grp, sizeof row.grp, "%s", stops[k][2]);
		row.lifted_ms = 0;
		irig_run(&rig, ST_STOP_PUT, &row);
		irig_refused(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err, RP_PROBLEM_STOPPED);
		if (k != 2)
			irig_refused(reserve(&home, card, RP_SLOT_SIGN, &d), &err, RP_PROBLEM_STOPPED);
		row.lifted_ms = 2;
		irig_run(&rig, ST_STOP_LIFT, &row);
	}
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
}

static int setup_external(void **state)
{
	struct issuer_conf conf = irig_conf(&rig);

	(void)state;
	conf.n_external = 1;
	conf.external[0] = (struct external_row){.profile = "mynumber", .door = "kiosk"};
	begin(&conf);
	return 0;
}

static void a_door_that_asks_for_a_check_made_elsewhere_stays_shut_without_it(void **state)
{
	struct rp_case c;

	(void)state;
	irig_refused(reserve(&home, card, RP_SLOT_SIGN, &c), &err, RP_PROBLEM_EVIDENCE_EXTERNAL);
}

static void a_token_that_fails_burns_nothing_at_a_kiosk(void **state)
{
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_ok(reserve(&home, card, RP_SLOT_SIGN, &c), &err);
	between.cryptogram_fails = 1;
	assert_int_equal(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), RP_E_TOKEN);
	state_is(c.id, "ready");
	assert_int_equal(irig_logged(&rig, "grant", NULL), 0);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_SIGN, c.id, &g), &err);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define T_WITH(name, how) cmocka_unit_test_setup_teardown(name, how, teardown)
	const struct CMUnitTest tests[] = {
		T(one_known_pin_sets_the_other_at_a_kiosk),
		T(a_reservation_is_never_opened_at_a_kiosk),
		T_WITH(the_issuer_says_from_where_reservations_may_come, setup_desk_only),
		T(a_grant_of_the_kiosk_is_given_at_a_kiosk_that_may),
		T(text_and_juki_are_sent_to_the_counter),
		T(every_line_of_both_proofs_counts),
		T(a_proof_is_by_the_right_pin_of_this_card),
		T(a_certificate_of_another_ca_proves_nothing),
		T(a_proof_opens_nothing_for_another_card_that_is_there),
		T(a_nonce_serves_one_proof),
		T(both_certificates_must_be_valid_and_not_revoked),
		T(a_certificate_that_the_issuer_does_not_know_sends_to_the_counter),
		T(a_reservation_lives_24_hours_and_nothing_renews_it),
		T(a_reservation_is_good_to_its_last_moment),
		T(there_is_one_reservation_per_pin_and_a_new_one_cancels_the_old),
		T(without_a_reservation_there_is_no_grant),
		T(a_reservation_ends_when_it_was_used),
		T(a_holder_cancels_only_what_is_theirs_and_not_begun),
		T(a_card_that_changes_its_state_loses_its_reservation),
		T(a_stop_takes_effect_at_the_next_request),
		T_WITH(a_door_that_asks_for_a_check_made_elsewhere_stays_shut_without_it, setup_external),
		T(a_token_that_fails_burns_nothing_at_a_kiosk),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests_name("issuer_kiosk", tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
