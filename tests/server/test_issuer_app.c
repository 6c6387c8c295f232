/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The app on a phone: its key is registered by the signature PIN of the card that the phone's certificates
 * came from; the PIN for signatures needs that PIN and the phone, that for authentication the unlocked phone.
 */
#include "server/issuer_kiosk_kit.h"

#include <gnutls/abstract.h>

static struct vcard *phone, *foreign;
static gnutls_privkey_t device, stranger;

/* --- a phone's key --- */

static void make_key(gnutls_privkey_t *ret, gnutls_ecc_curve_t curve)
{
	assert_int_equal(gnutls_privkey_init(ret), 0);
	assert_int_equal(gnutls_privkey_generate(*ret, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(curve), 0), 0);
}

static void public_of(gnutls_privkey_t key, struct rp_device *ret)
{
	gnutls_pubkey_t pub;
	size_t len = sizeof ret->key;

	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(pub, key, 0, 0), 0);
	assert_int_equal(gnutls_pubkey_export(pub, GNUTLS_X509_FMT_DER, ret->key, &len), 0);
	ret->key_len = len;
	gnutls_pubkey_deinit(pub);
}

static void device_signs(gnutls_privkey_t key, const char *text, size_t len, struct rp_device *ret)
{
	const gnutls_datum_t data = {(unsigned char *)(uintptr_t)text, (unsigned)len};
	gnutls_datum_t sig;

	assert_int_equal(gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA256, 0, &data, &sig), 0);
	assert_true(sig.size <= sizeof ret->signature);
	memcpy(ret->signature, sig.data, sig.size);
	ret->signature_len = sig.size;
	gnutls_free(sig.data);
}

/* --- asking --- */

/* What is asked, and each thing that can be wrong about it. */
struct asked {
	struct vcard *card; /* whose PIN */
	rp_slot slot;
	const struct vcard *by; /* the card whose signature PIN proves; NULL: none does */
	rp_slot by_slot;
	gnutls_privkey_t key;		   /* NULL: the web */
	const uint8_t *fingerprint;	   /* of a terminal */
	const char *purpose, *device_says; /* what the card, and what the phone signs */
	const char *number;		   /* in the lines; NULL: the card's */
	const char *case_id;
	const char *slot_line; /* "-": of a registration */
};

/* The request of it, kept so that it can be sent again. */
struct request {
	struct rp_presence p;
	struct rp_proof proof;
	struct rp_device device;
	struct issuer_peer who;
	struct rp_evidence e;
	const char *key;
};

static void put_together(const struct asked *a, struct request *r)
{
	char terminal[65], text[PROOF_LINES_MAX];
	uint8_t hash[32];
	struct proof_lines lines;
	size_t len;

	*r = (struct request){.who = {.source = "192.0.2.1", .fingerprint = a->fingerprint}};
	r->key = irig_new_key();
	if (a->key != NULL) {
		public_of(a->key, &r->device);
		r->who.device = &r->device;
	}
	irig_show(&rig, a->card, a->slot, &r->p);
	lines = lines_of(&r->p, &r->who, a->purpose, a->case_id, terminal);
	if (a->key != NULL && a->fingerprint == NULL) {
		device_hash(&r->device, hash);
		assert_true(hex_of(hash, sizeof hash, terminal, sizeof terminal));
	}
	if (a->number != NULL)
		lines.number = a->number;
	if (a->slot_line != NULL)
		lines.slot = NULL;
	if (a->by != NULL)
		irig_prove(a->by, a->by_slot, &lines, &r->proof);
	r->e = (struct rp_evidence){.door = "app", .case_id = a->case_id};
	r->e.proof = a->by != NULL ? &r->proof : NULL;
	lines.purpose = a->device_says != NULL ? a->device_says : a->purpose;
	len = proof_text(&lines, text);
	if (a->key != NULL)
		device_signs(a->key, text, len, &r->device);
}

static rp_code send_grant(struct request *r, struct rp_grant *ret)
{
	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_grant(rig.i, &r->who, r->key, &r->p, &r->e, ret, &err);
}

static rp_code app_grant(const struct asked *a, struct rp_grant *ret)
{
	struct request r;
	rp_code rc;

	put_together(a, &r);
	rc = send_grant(&r, ret);
	irig_proof_clear(&r.proof);
	return rc;
}

static rp_code enrol_device(const struct asked *a)
{
	char receipt[RP_ISSUER_ID];
	struct request r;
	rp_code rc;

	put_together(a, &r);
	err = (struct rp_error)RP_ERROR_INIT;
	rc = issuer_device(rig.i, &r.who, r.key, &r.p, &r.e, receipt, &err);
	irig_proof_clear(&r.proof);
	return rc;
}

static struct asked for_device(void)
{
	return (struct asked){.card = phone,
			      .slot = RP_SLOT_SIGN,
			      .by = card,
			      .by_slot = RP_SLOT_SIGN,
			      .key = device,
			      .purpose = "device",
			      .slot_line = "-"};
}

static struct asked for_sign(void)
{
	return (struct asked){.card = phone,
			      .slot = RP_SLOT_SIGN,
			      .by = card,
			      .by_slot = RP_SLOT_SIGN,
			      .key = device,
			      .purpose = "reset"};
}

static struct asked for_auth(void)
{
	return (struct asked){.card = phone, .slot = RP_SLOT_AUTH, .key = device, .purpose = "reset"};
}

static int setup_phone(void **state)
{
	struct asked now;

	(void)state;
	begin(NULL);
	phone = irig_card(&rig, "mynumber-mobile", "2000000000000001");
	foreign = irig_card(&rig, "mynumber-mobile", "2000000000000002");
	irig_enrol_phone(&rig, phone, "123456789012345");
	irig_enrol_phone(&rig, foreign, "123456789012346");
	now = for_device();
	irig_ok(enrol_device(&now), &err);
	now.card = foreign;
	now.by = other;
	now.key = stranger;
	irig_ok(enrol_device(&now), &err);
	memset(&between, 0, sizeof between);
	return 0;
}

static int teardown_phone(void **state)
{
	vcard_free(phone);
	vcard_free(foreign);
	return teardown(state);
}

/* --- the whole way --- */

static void both_pins_of_a_phone_are_set_in_its_app(void **state)
{
	static const char *const fresh[] = {"NEW123", "4321"};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		const struct asked a = k == 0 ? for_sign() : for_auth();
		struct rp_issuer_facts facts;
		struct rp_presence p;
		struct rp_grant g;

		irig_ok(app_grant(&a, &g), &err);
		state_is(g.case_id, "granted");
		assert_int_equal(irig_reset(phone, a.slot, &g, fresh[k]), 0x9000);
		irig_show_with(&rig, phone, a.slot, g.nonce, &p);
		irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
		assert_string_equal(facts.settled, g.case_id);
		assert_string_equal(facts.settled_state, "done");
		state_is(g.case_id, "done");
	}
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 2);
	assert_int_equal(irig_noticed(&rig, "grant"), 2);
	assert_int_equal(irig_logged(&rig, "done", "mac"), 2);
	assert_int_equal(irig_noticed(&rig, "done"), 2);
}

/* --- where --- */

static void everywhere_else_the_app_is_named_and_nothing_is_granted(void **state)
{
	const uint8_t *const terminals[] = {NULL, kiosk, desk};
	static const rp_slot slots[] = {RP_SLOT_SIGN, RP_SLOT_AUTH};
	static const char *const doors[] = {"app", "kiosk", "counter", "user-code"};

	(void)state;
	for (size_t t = 0; t < 3; t++)
		for (size_t s = 0; s < 2; s++)
			for (size_t d = 0; d < sizeof doors / sizeof doors[0]; d++) {
				struct asked a = s == 0 ? for_sign() : for_auth();
				rp_secret *code = irig_secret(IRIG_CODE);
				struct request r;
				struct rp_grant g;

				a.slot = slots[s];
				a.fingerprint = terminals[t];
				a.key = NULL; /* the web */
				put_together(&a, &r);
				r.e.door = doors[d];
				r.e.user_code = r.e.one_time = code;
				irig_refused(send_grant(&r, &g), &err, RP_PROBLEM_APP_ONLY);
				assert_string_equal(rp_problem_door(err.problem), "app");
				irig_proof_clear(&r.proof);
				rp_secret_free(code);
			}
	assert_int_equal(between.cryptograms, 0);
}

static void a_kiosk_or_a_desk_stays_one_whatever_key_it_brings(void **state)
{
	const uint8_t *const terminals[] = {kiosk, desk};

	(void)state;
	for (size_t t = 0; t < 2; t++) {
		struct asked a = for_sign(), b = for_auth(), c = for_device();
		struct rp_grant g;

		a.fingerprint = b.fingerprint = c.fingerprint = terminals[t];
		irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_APP_ONLY);
		irig_refused(app_grant(&b, &g), &err, RP_PROBLEM_APP_ONLY);
		irig_refused(enrol_device(&c), &err, RP_PROBLEM_APP_ONLY);
	}
	assert_int_equal(between.cryptograms, 0);
}

static void a_terminal_of_class_app_is_no_phone_that_somebody_has_unlocked(void **state)
{
	struct asked a = for_auth();
	struct rp_grant g;

	(void)state;
	a.fingerprint = app;
	a.key = NULL;
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_EVIDENCE_MISSING);
	a.key = device;
	irig_ok(app_grant(&a, &g), &err);
}

/* --- the phone --- */

static void only_the_key_of_this_phone_opens_it(void **state)
{
	struct asked a = for_auth(), b = for_sign();
	struct rp_grant g;

	(void)state;
	a.key = b.key = stranger;
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_DEVICE);
	irig_refused(app_grant(&b, &g), &err, RP_PROBLEM_DEVICE);
	assert_string_equal(rp_problem_door(err.problem), "app");
	a = for_auth();
	a.device_says = "reserve";
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_PROOF_WRONG);
	a.device_says = "device";
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_PROOF_WRONG);
	a.device_says = NULL;
	a.number = "2000000000000002";
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_PROOF_WRONG);
	assert_int_equal(between.cryptograms, 0);
}

static void a_phone_that_was_never_registered_has_no_key_of_zeros(void **state)
{
	struct row_card row = {0};
	struct asked a = for_auth();
	struct rp_grant g;

	(void)state;
	assert_true(hash_card_id(IRIG_NAME, "mynumber-mobile", "2000000000000001", row.card_id));
	irig_run(&rig, ST_CARD_DEVICE, &row);
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_DEVICE);
}

static void a_new_key_ends_the_old_one(void **state)
{
	struct asked a = for_device(), old = for_auth(), fresh = for_auth();
	gnutls_privkey_t key;
	struct rp_grant g;

	(void)state;
	make_key(&key, GNUTLS_ECC_CURVE_SECP256R1);
	a.key = fresh.key = key;
	irig_refused(app_grant(&fresh, &g), &err, RP_PROBLEM_DEVICE);
	irig_ok(enrol_device(&a), &err);
	irig_refused(app_grant(&old, &g), &err, RP_PROBLEM_DEVICE);
	irig_ok(app_grant(&fresh, &g), &err);
	assert_int_equal(irig_logged(&rig, "device", "ok"), 3);
	assert_int_equal(irig_noticed(&rig, "device"), 3);
	gnutls_privkey_deinit(key);
}

static void a_key_is_of_p_256_and_registered_by_the_card_alone(void **state)
{
	struct asked a = for_device();
	gnutls_privkey_t key;

	(void)state;
	make_key(&key, GNUTLS_ECC_CURVE_SECP224R1);
	a.key = key;
	irig_refused(enrol_device(&a), &err, RP_PROBLEM_PROOF_WRONG);
	gnutls_privkey_deinit(key);
	a.key = NULL;
	irig_refused(enrol_device(&a), &err, RP_PROBLEM_EVIDENCE_MISSING);
	a = for_device();
	a.by = NULL;
	irig_refused(enrol_device(&a), &err, RP_PROBLEM_EVIDENCE_MISSING);
	a.by = other;
	irig_refused(enrol_device(&a), &err, RP_PROBLEM_SOURCE_CARD);
	/* Whoever knows a PIN of the phone alone gets no further with it. */
	a.by = phone;
	irig_refused(enrol_device(&a), &err, RP_PROBLEM_SOURCE_CARD);
	a.by = card;
	a.by_slot = RP_SLOT_AUTH;
	irig_refused(enrol_device(&a), &err, RP_PROBLEM_PROOF_WRONG);
	a.by_slot = RP_SLOT_SIGN;
	a.purpose = "reset";
	irig_refused(enrol_device(&a), &err, RP_PROBLEM_PROOF_WRONG);
	a = for_device();
	a.card = card;
	irig_refused(enrol_device(&a), &err, RP_PROBLEM_DOOR);
	assert_int_equal(irig_logged(&rig, "device", "ok"), 2);
}

/* --- the card that the certificates came from --- */

static void the_signature_pin_is_proven_by_the_card_that_the_certificates_came_from(void **state)
{
	struct asked a = for_sign();
	struct rp_grant g;

	(void)state;
	a.by = NULL;
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_EVIDENCE_MISSING);
	a.by = other;
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_SOURCE_CARD);
	assert_string_equal(rp_problem_door(err.problem), "app");
	a.by = phone;
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_SOURCE_CARD);
	a.by = card;
	a.by_slot = RP_SLOT_AUTH;
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_PROOF_WRONG);
	assert_int_equal(between.cryptograms, 0);
	a.by_slot = RP_SLOT_SIGN;
	irig_ok(app_grant(&a, &g), &err);
}

static void a_proof_for_anything_else_sets_no_pin(void **state)
{
	static const char *const others[] = {"reserve", "user-code-reset", "device", "sign-in"};
	struct rp_grant g;

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		struct asked a = for_sign();

		a.purpose = others[k];
		a.device_says = "reset";
		irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_PROOF_WRONG);
	}
	assert_int_equal(between.cryptograms, 0);
}

static void a_card_that_is_revoked_or_halted_opens_no_phone(void **state)
{
	struct asked a = for_sign(), b = for_auth();
	struct row_card_slot slot = {.slot = RP_SLOT_SIGN, .halted = "copy"};
	struct rp_grant g;

	(void)state;
	irig_ok(issuer_card_status(rig.i, "console", "mynumber", card->number, "suspended", "test", &err),
		&err);
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_CARD_SUSPENDED);
	irig_refused(app_grant(&b, &g), &err, RP_PROBLEM_CARD_SUSPENDED);
	irig_ok(issuer_card_status(rig.i, "console", "mynumber", card->number, "active", "test", &err), &err);
	assert_true(hash_card_id(IRIG_NAME, "mynumber", card->number, slot.card_id));
	irig_run(&rig, ST_SLOT_PUT, &slot);
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_CARD_HALTED);
	slot.halted[0] = '\0';
	irig_run(&rig, ST_SLOT_PUT, &slot);
	irig_revoke(&rig, irig_key(phone, RP_SLOT_AUTH), INT64_C(3600) * 1000);
	irig_refused(app_grant(&b, &g), &err, RP_PROBLEM_CERT_REVOKED);
	irig_revoke(&rig, irig_key(card, RP_SLOT_SIGN), INT64_C(3600) * 1000);
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_CERT_REVOKED);
	irig_ok(app_grant(&b, &g), &err);
}

/* --- once, and for minutes --- */

static void a_request_is_good_once_and_a_repeat_gets_the_same(void **state)
{
	const struct asked a = for_sign(), b = for_auth();
	struct rp_grant g, again;
	struct request r;

	(void)state;
	put_together(&a, &r);
	irig_ok(send_grant(&r, &g), &err);
	irig_ok(send_grant(&r, &again), &err);
	assert_string_equal(g.id, again.id);
	assert_memory_equal(g.cryptogram, again.cryptogram, 16);
	assert_int_equal(irig_logged(&rig, "grant", "ok"), 1);
	/* Sent by somebody who has seen it: another key, the same nonce. */
	r.key = irig_new_key();
	irig_refused(send_grant(&r, &again), &err, RP_PROBLEM_NONCE_OLD);
	irig_proof_clear(&r.proof);
	/* The same key, another signature. */
	put_together(&b, &r);
	irig_ok(send_grant(&r, &g), &err);
	r.device.signature[r.device.signature_len - 1] ^= 1;
	irig_refused(send_grant(&r, &g), &err, RP_PROBLEM_KEY_REUSED);
}

static void a_case_of_the_app_lives_for_minutes(void **state)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;
	struct asked a = for_auth();
	struct rp_grant g;

	(void)state;
	irig_ok(app_grant(&a, &g), &err);
	/* Not used: the card says so, and the case may be granted again. */
	irig_show_with(&rig, phone, RP_SLOT_AUTH, g.nonce, &p);
	irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
	state_is(g.case_id, "failed");
	char id[RP_ISSUER_ID];
	memcpy(id, g.case_id, sizeof id);
	a.case_id = id;
	irig_ok(app_grant(&a, &g), &err);
	irig_show_with(&rig, phone, RP_SLOT_AUTH, g.nonce, &p);
	irig_ok(issuer_presence(rig.i, &home, &p, &facts, &err), &err);
	later(INT64_C(31) * 60 * 1000);
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_CASE_STATE);
	a.case_id = NULL;
	irig_ok(app_grant(&a, &g), &err);
}

static void a_token_that_fails_burns_nothing_in_the_app(void **state)
{
	const struct asked a = for_auth();
	struct rp_grant g;

	(void)state;
	between.cryptogram_fails = 1;
	assert_int_not_equal(app_grant(&a, &g), RP_OK);
	assert_int_equal(irig_logged(&rig, "grant", NULL), 0);
	irig_ok(app_grant(&a, &g), &err);
}

static void a_stop_of_the_door_is_kept(void **state)
{
	const struct asked a = for_auth();
	char id[RP_ISSUER_ID];
	struct rp_grant g;

	(void)state;
	irig_ok(issuer_stop(rig.i, "console", "app", "", "", "test", id, &err), &err);
	irig_refused(app_grant(&a, &g), &err, RP_PROBLEM_STOPPED);
}

/* --- a reservation for the card, in the app --- */

static rp_code app_reserve(struct asked *a, struct rp_case *ret)
{
	char receipt[RP_ISSUER_ID];
	struct request r;
	rp_code rc;

	a->purpose = "reserve";
	put_together(a, &r);
	r.e.door = "kiosk";
	err = (struct rp_error)RP_ERROR_INIT;
	rc = issuer_reserve(rig.i, &r.who, r.key, &r.p, &r.e, ret, receipt, &err);
	irig_proof_clear(&r.proof);
	return rc;
}

static int setup_app_only(void **state)
{
	struct issuer_conf conf = irig_conf(&rig);
	struct asked a;

	(void)state;
	conf.reserve_from[0] = "app";
	conf.reserve_from[1] = NULL;
	begin(&conf);
	phone = irig_card(&rig, "mynumber-mobile", "2000000000000001");
	foreign = irig_card(&rig, "mynumber-mobile", "2000000000000002");
	irig_enrol_phone(&rig, phone, "123456789012345");
	a = for_device();
	irig_ok(enrol_device(&a), &err);
	return 0;
}

static void the_app_reserves_for_the_card_that_its_certificates_came_from(void **state)
{
	struct asked a = {.card = card, .slot = RP_SLOT_AUTH, .by = card, .by_slot = RP_SLOT_SIGN};
	struct rp_case c;
	struct rp_grant g;

	(void)state;
	irig_refused(app_reserve(&a, &c), &err, RP_PROBLEM_CLASS);
	a.key = stranger;
	irig_refused(app_reserve(&a, &c), &err, RP_PROBLEM_DEVICE);
	a.key = device;
	irig_ok(app_reserve(&a, &c), &err);
	irig_ok(grant(&at_kiosk, card, RP_SLOT_AUTH, c.id, &g), &err);
	/* Another person's card in the same reader. */
	a.card = other;
	a.by = other;
	irig_refused(app_reserve(&a, &c), &err, RP_PROBLEM_DEVICE);
	/* A phone has no kiosk. */
	a.card = phone;
	a.slot = RP_SLOT_AUTH;
	a.by = phone;
	irig_refused(app_reserve(&a, &c), &err, RP_PROBLEM_APP_ONLY);
	a = (struct asked){.card = card, .slot = RP_SLOT_AUTH, .by = card, .by_slot = RP_SLOT_SIGN};
	a.key = device;
	irig_ok(issuer_card_status(rig.i, "console", "mynumber-mobile", phone->number, "revoked", "test",
				   &err),
		&err);
	irig_refused(app_reserve(&a, &c), &err, RP_PROBLEM_DEVICE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup_phone, teardown_phone)
	const struct CMUnitTest tests[] = {
		T(both_pins_of_a_phone_are_set_in_its_app),
		T(everywhere_else_the_app_is_named_and_nothing_is_granted),
		T(a_kiosk_or_a_desk_stays_one_whatever_key_it_brings),
		T(a_terminal_of_class_app_is_no_phone_that_somebody_has_unlocked),
		T(only_the_key_of_this_phone_opens_it),
		T(a_phone_that_was_never_registered_has_no_key_of_zeros),
		T(a_new_key_ends_the_old_one),
		T(a_key_is_of_p_256_and_registered_by_the_card_alone),
		T(the_signature_pin_is_proven_by_the_card_that_the_certificates_came_from),
		T(a_proof_for_anything_else_sets_no_pin),
		T(a_card_that_is_revoked_or_halted_opens_no_phone),
		T(a_request_is_good_once_and_a_repeat_gets_the_same),
		T(a_case_of_the_app_lives_for_minutes),
		T(a_token_that_fails_burns_nothing_in_the_app),
		T(a_stop_of_the_door_is_kept),
		cmocka_unit_test_setup_teardown(the_app_reserves_for_the_card_that_its_certificates_came_from,
						setup_app_only, teardown_phone),
	};
	int failed;

	irig_begin(&rig);
	make_key(&device, GNUTLS_ECC_CURVE_SECP256R1);
	make_key(&stranger, GNUTLS_ECC_CURVE_SECP256R1);
	failed = cmocka_run_group_tests_name("issuer_app", tests, NULL, NULL);
	gnutls_privkey_deinit(device);
	gnutls_privkey_deinit(stranger);
	irig_end(&rig);
	return failed;
}
