/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of the reset application, the signature by a PIN's key, and the admin key of GIDS, byte
 * by byte from docs/wire.md and the public sources; and what a hostile card gets by its answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card/gids_admin.h"
#include "card/reset_app.h"
#include "card/sign.h"
#include "base/bytes.h"
#include "support/vreader.h"
#include <cmocka.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#define SELECT_OURS "> 00A40400 07 F0524550494E31 00\n"
#define OURS "< 01 01 e1ecea6655ea38d3f62ee14bff658766 9000\n"
#define ASK "> 00880001 10 101112131415161718191a1b1c1d1e1f 22\n"

static const uint8_t nonce[16] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
				  0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f};

/* A session on a card that answers as the script says. */
struct scripted {
	struct transport t;
	struct session s;
	struct rp_error err;
};

static void start(struct scripted *x, const char *profile, const char *script)
{
	*x = (struct scripted){.err = RP_ERROR_INIT};
	assert_int_equal(transport_script(script, &x->t, &x->err), RP_OK);
	assert_int_equal(session_init(&x->s, &x->t, &x->err), RP_OK);
	assert_int_equal(session_open(&x->s, "Scripted reader", &x->err), RP_OK);
	assert_int_equal(session_begin(&x->s, &x->err), RP_OK);
	x->s.p = profile_by_name(profile);
}

static void stop(struct scripted *x)
{
	if (transport_script_left(&x->t) != 0)
		fail_msg("%zu lines were not reached: %s", transport_script_left(&x->t), x->err.story);
	session_free(&x->s);
	transport_free(&x->t);
}

/* --- the reset application --- */

static void the_published_vector_is_what_goes_over_the_wire(void **state)
{
	static const uint8_t cryptogram[16] = {0x2c, 0x2c, 0x65, 0xb7, 0x77, 0xb9, 0xad, 0x2f,
					       0xb5, 0x3a, 0x0a, 0x78, 0x31, 0x96, 0xb0, 0x03};
	static const uint8_t mac[16] = {0xdb, 0x32, 0x55, 0x5a, 0xaf, 0x7c, 0x80, 0xd8,
					0xfb, 0xc9, 0xd1, 0x73, 0x9d, 0x96, 0x5b, 0x55};
	rp_secret *fresh = secret_of("NEWPIN9");
	struct reset_answer a = {.resets = 99};
	struct scripted x;

	(void)state;
	start(&x, "mynumber",
	      SELECT_OURS OURS ASK
	      "< a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 0000 db32555aaf7c80d8fbc9d1739d965b55 9000\n"
	      "> 00820001 10 2c2c65b777b9ad2fb53a0a783196b003\n"
	      "< 9000\n"
	      "> 002C0201 07 4E455750494E39\n"
	      "< 9000\n");
	assert_int_equal(reset_app_ask(&x.s, RP_SLOT_SIGN, nonce, &a, &x.err), RP_OK);
	assert_int_equal(x.s.reset_key, 1);
	assert_int_equal(a.resets, 0);
	assert_int_equal(a.challenge[0], 0xa0);
	assert_int_equal(a.challenge[15], 0xaf);
	assert_memory_equal(a.mac, mac, 16);
	assert_false(x.s.secret_sent);
	assert_int_equal(reset_app_open(&x.s, RP_SLOT_SIGN, cryptogram, &x.err), RP_OK);
	assert_true(x.s.secret_sent); /* so that the right dies with the job, whatever comes */
	assert_int_equal(reset_app_set(&x.s, profile_pin(x.s.p, RP_SLOT_SIGN), fresh, &x.err), RP_OK);
	rp_secret_free(fresh);
	stop(&x);
}

static void the_slots_have_their_numbers_on_the_wire(void **state)
{
	static const struct {
		const char *profile;
		rp_slot slot;
		const char *ask;
	} rows[] = {{"mynumber", RP_SLOT_SIGN, "> 00880001"},
		    {"mynumber", RP_SLOT_AUTH, "> 00880002"},
		    {"mynumber", RP_SLOT_TEXT, "> 00880003"},
		    {"mynumber", RP_SLOT_JUKI, "> 00880004"},
		    {"hicos", RP_SLOT_PIN, "> 00880005"}};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct reset_answer a;
		struct scripted x;
		char script[512];

		(void)snprintf(script, sizeof script,
			       SELECT_OURS OURS "%s 10 101112131415161718191a1b1c1d1e1f 22\n< 6A88\n",
			       rows[i].ask);
		start(&x, rows[i].profile, script);
		assert_int_equal(reset_app_ask(&x.s, rows[i].slot, nonce, &a, &x.err), RP_E_CARD_REFUSED);
		assert_int_equal(x.err.sw, 0x6A88);
		stop(&x);
	}
}

/* Whatever is not its answer, byte for byte, is a card that could be a real one. */
static void a_select_that_is_answered_otherwise_ends_it(void **state)
{
	static const char *const answers[] = {"6A82",
					      "6E00",
					      "6D00",
					      "9000",
					      "6283",
					      "01 01 e1ecea6655ea38d3f62ee14bff6587 9000",
					      "01 01 e1ecea6655ea38d3f62ee14bff65876600 9000",
					      "02 01 e1ecea6655ea38d3f62ee14bff658766 9000",
					      "01 01 e1ecea6655ea38d3f62ee14bff658766 6283"};
	static const uint8_t cryptogram[16];
	rp_secret *fresh = secret_of("NEWPIN9");

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct reset_answer a;
		struct scripted x;
		char script[256];

		(void)snprintf(script, sizeof script, SELECT_OURS "< %s\n", answers[i]);
		start(&x, "mynumber", script);
		assert_int_equal(reset_app_ask(&x.s, RP_SLOT_SIGN, nonce, &a, &x.err), RP_E_NOT_OFFERED);
		assert_false(x.s.ours);
		/* and nobody gets round it */
		assert_int_equal(reset_app_open(&x.s, RP_SLOT_SIGN, cryptogram, &x.err), RP_E_FAULT);
		assert_int_equal(reset_app_set(&x.s, profile_pin(x.s.p, RP_SLOT_SIGN), fresh, &x.err),
				 RP_E_FAULT);
		assert_int_equal(x.s.apdus, 1);
		stop(&x);
	}
	rp_secret_free(fresh);
}

static void families_that_cannot_carry_it_are_not_even_asked(void **state)
{
	static const char *const families[] = {"piv", "openpgp", "gids", "aosign"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct scripted x;

		start(&x, families[i], "> 00A4\n");
		assert_int_equal(reset_app_select(&x.s, &x.err), RP_E_NOT_OFFERED);
		assert_int_equal(x.s.apdus, 0);
		session_free(&x.s);
		transport_free(&x.t);
	}
}

static void an_answer_of_another_length_is_none(void **state)
{
	static const char *const answers[] = {
		"9000", "a0 9000", "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 0000 9000",
		"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 0000 db32555aaf7c80d8fbc9d1739d965b 9000",
		"a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 0000 db32555aaf7c80d8fbc9d1739d965b5500 9000"};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct reset_answer a = {.resets = 7};
		struct scripted x;
		char script[512];

		(void)snprintf(script, sizeof script, SELECT_OURS OURS ASK "< %s\n", answers[i]);
		start(&x, "mynumber", script);
		assert_int_equal(reset_app_ask(&x.s, RP_SLOT_SIGN, nonce, &a, &x.err), RP_E_CARD_REPLY);
		assert_int_equal(a.resets, 7);
		stop(&x);
	}
}

static void the_new_pin_is_never_empty_and_its_refusals_are_told(void **state)
{
	static const struct {
		const char *sw;
		bool in_doubt;
	} rows[] = {{"6982", false}, {"6A80", false}, {"63C2", false}, {"6581", true}, {"6F00", true}};
	rp_secret *fresh = secret_of("NEWPIN9"), *none = NULL;
	struct scripted x;

	(void)state;
	assert_int_equal(rp_secret_new(16, &none, NULL), RP_OK);
	for (size_t i = 0; i < 5; i++) {
		char script[256];

		(void)snprintf(script, sizeof script, SELECT_OURS OURS "> 002C0201 07 4E455750494E39\n< %s\n",
			       rows[i].sw);
		start(&x, "mynumber", script);
		assert_int_equal(reset_app_select(&x.s, &x.err), RP_OK);
		assert_int_equal(reset_app_set(&x.s, profile_pin(x.s.p, RP_SLOT_SIGN), fresh, &x.err),
				 RP_E_CARD_REFUSED);
		assert_int_equal(x.err.slot, RP_SLOT_SIGN);
		assert_int_equal(x.err.tries_spent, 0);
		assert_int_equal(x.err.in_doubt, rows[i].in_doubt);
		stop(&x);
	}
	start(&x, "mynumber", SELECT_OURS OURS);
	assert_int_equal(reset_app_select(&x.s, &x.err), RP_OK);
	assert_int_equal(reset_app_set(&x.s, profile_pin(x.s.p, RP_SLOT_SIGN), none, &x.err), RP_E_FAULT);
	stop(&x);
	rp_secret_free(fresh);
	rp_secret_free(none);
}

/* --- signatures --- */

static bool is_signed(const struct signature *sig, const char *text)
{
	const gnutls_datum_t der = {sig->certificate, (unsigned)sig->certificate_len},
			     data = {(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)},
			     bytes = {(unsigned char *)(uintptr_t)sig->bytes, (unsigned)sig->len};
	gnutls_x509_crt_t crt;
	gnutls_pubkey_t key;
	bool good;

	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_pubkey_init(&key), 0);
	good = gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) == 0 &&
	       gnutls_pubkey_import_x509(key, crt, 0) == 0 &&
	       gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &bytes) >= 0;
	gnutls_pubkey_deinit(key);
	gnutls_x509_crt_deinit(crt);
	return good;
}

/* A virtual card in a session of its own. */
static void start_virtual(struct vreader *v, rp_ctx **ctx, rp_card **card, const char *family)
{
	struct rp_card_facts f;

	*ctx = vreader_open(v, vreader_make(family, NULL, true));
	assert_int_equal(rp_card_open(*ctx, NULL, card, NULL), RP_OK);
	assert_int_equal(rp_card_read(*card, 0, &f, NULL), RP_OK);
	assert_int_equal(session_begin(&(*card)->s, NULL), RP_OK);
}

static void each_key_proves_its_own_pin(void **state)
{
	static const struct {
		const char *family;
		rp_slot slot;
		const char *pin, *key;
	} rows[] = {{"mynumber", RP_SLOT_SIGN, "ABC123", "sign"},
		    {"mynumber", RP_SLOT_AUTH, "1234", "auth"},
		    {"mynumber-mobile", RP_SLOT_AUTH, "1234", "auth"},
		    {"hicos", RP_SLOT_PIN, "123456", "sign"}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct vreader v = {0};
		struct signature sig = {0};
		struct rp_error err = RP_ERROR_INIT;
		const struct vkey *key;
		rp_ctx *ctx;
		rp_card *card;
		rp_secret *pin = secret_of(rows[i].pin), *transport = NULL;
		bool there = false;

		start_virtual(&v, &ctx, &card, rows[i].family);
		assert_int_equal(rp_secret_from(v.card->transport_key, 24, &transport, NULL), RP_OK);
		card->s.hicos_key = transport;
		assert_int_equal(session_select_reset_app(&card->s, &there, &err), RP_OK);
		assert_int_equal(sign_proof(&card->s, profile_pin(card->s.p, rows[i].slot), pin, "text\n", 5,
					    &sig, &err),
				 RP_OK);
		key = vcard_key(v.card, rows[i].key);
		assert_int_equal(sig.certificate_len, key->cert_len);
		assert_memory_equal(sig.certificate, key->cert_der, key->cert_len);
		assert_int_equal(sig.len, 256);
		assert_true(is_signed(&sig, "text\n"));
		assert_false(is_signed(&sig, "test\n"));
		free(sig.certificate);
		rp_secret_free(pin);
		rp_secret_free(transport);
		rp_card_close(card);
		vreader_close(&v, ctx);
	}
}

static void a_pin_without_a_key_of_its_own_is_not_entered(void **state)
{
	struct scripted x;
	struct signature sig = {0};
	rp_secret *pin = secret_of("1234");

	(void)state;
	start(&x, "mynumber", "> 00A4\n");
	assert_false(sign_can(profile_pin(x.s.p, RP_SLOT_TEXT)));
	assert_int_equal(sign_proof(&x.s, profile_pin(x.s.p, RP_SLOT_TEXT), pin, "text\n", 5, &sig, &x.err),
			 RP_E_NOT_OFFERED);
	assert_int_equal(x.s.apdus, 0);
	rp_secret_free(pin);
	session_free(&x.s);
	transport_free(&x.t);
}

/* --- GIDS --- */

#define SELECT_GIDS "> 00A40400 09 A00000039742544659 00\n< 9000\n"
#define CHOOSE "> 0022C1A4 03 830180\n"

static void the_admin_key_is_asked_as_the_public_clients_ask_it(void **state)
{
	static const uint8_t response[8] = {1, 2, 3, 4, 5, 6, 7, 8}, message[40] = {0xEE};
	uint8_t challenge[8], r2[16], answer[40];
	struct scripted x;

	(void)state;
	start(&x, "gids",
	      SELECT_GIDS CHOOSE "< 9000\n"
				 "> 00870000 04 7C028100 00\n"
				 "< 7C0A8108 A0A1A2A3A4A5A6A7 9000\n"
				 "> 00870000 0C 7C0A8208 0102030405060708\n"
				 "< 9000\n");
	assert_int_equal(gids_challenge(&x.s, challenge, &x.err), RP_OK);
	assert_int_equal(challenge[7], 0xA7);
	assert_int_equal(gids_response(&x.s, response, &x.err), RP_OK);
	assert_true(x.s.secret_sent);
	stop(&x);
	start(&x, "gids",
	      SELECT_GIDS CHOOSE "< 9000\n"
				 "> 00870000 14 7C128110 101112131415161718191a1b1c1d1e1f 00\n"
				 "< 7C128110 A0A1A2A3A4A5A6A7A8A9AAABACADAEAF 9000\n"
				 "> 00870000 2C 7C2A8228 EE 00000000000000000000000000000000000000 "
				 "0000000000000000000000000000000000000000 00\n"
				 "< 7C2A8228 BB000000000000000000000000000000000000 "
				 "000000000000000000000000000000000000000000 9000\n");
	assert_int_equal(gids_mutual(&x.s, nonce, r2, &x.err), RP_OK);
	assert_int_equal(r2[15], 0xAF);
	assert_int_equal(gids_message(&x.s, message, answer, &x.err), RP_OK);
	assert_int_equal(answer[0], 0xBB);
	stop(&x);
}

static void a_challenge_that_is_no_challenge_is_refused(void **state)
{
	static const char *const answers[] = {"9000",
					      "7C 9000",
					      "7C00 9000",
					      "7C0A8108A0A1A2A3A4A5A6 9000",
					      "7C0A8109A0A1A2A3A4A5A6A7 9000",
					      "7C098107A0A1A2A3A4A5A6 9000",
					      "7C0A8208A0A1A2A3A4A5A6A7 9000",
					      "7C128110A0A1A2A3A4A5A6A7A8A9AAABACADAEAF 9000"};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		uint8_t challenge[8];
		struct scripted x;
		char script[256];

		(void)snprintf(script, sizeof script,
			       SELECT_GIDS CHOOSE "< 9000\n> 00870000 04 7C028100 00\n< %s\n", answers[i]);
		start(&x, "gids", script);
		assert_int_equal(gids_challenge(&x.s, challenge, &x.err), RP_E_CARD_REPLY);
		stop(&x);
	}
}

static void a_card_without_an_admin_key_has_no_such_door(void **state)
{
	uint8_t challenge[8];
	struct scripted x;

	(void)state;
	start(&x, "gids", SELECT_GIDS CHOOSE "< 6A88\n");
	assert_int_equal(gids_challenge(&x.s, challenge, &x.err), RP_E_NOT_OFFERED);
	stop(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_vector_is_what_goes_over_the_wire),
		cmocka_unit_test(the_slots_have_their_numbers_on_the_wire),
		cmocka_unit_test(a_select_that_is_answered_otherwise_ends_it),
		cmocka_unit_test(families_that_cannot_carry_it_are_not_even_asked),
		cmocka_unit_test(an_answer_of_another_length_is_none),
		cmocka_unit_test(the_new_pin_is_never_empty_and_its_refusals_are_told),
		cmocka_unit_test(each_key_proves_its_own_pin),
		cmocka_unit_test(a_pin_without_a_key_of_its_own_is_not_entered),
		cmocka_unit_test(the_admin_key_is_asked_as_the_public_clients_ask_it),
		cmocka_unit_test(a_challenge_that_is_no_challenge_is_refused),
		cmocka_unit_test(a_card_without_an_admin_key_has_no_such_door),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
