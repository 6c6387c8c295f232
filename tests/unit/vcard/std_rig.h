/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of the standard families: commands as hex, whole answers, a card that is put
 * away and taken out again. Each test starts with a fresh copy of a card that was made once,
 * for its keys take their time.
 */
#ifndef REPIN_TESTS_STD_RIG_H
#define REPIN_TESTS_STD_RIG_H

#include "base/bytes.h"
#include "vcard/vcard.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Another application of every such card: GlobalPlatform's card manager. */
#define OTHER_APPLICATION "00A4040008A000000151000000"

static char std_folder[] = "/tmp/repin-std-XXXXXX";
static struct vcard *card;
static uint8_t answer[8192]; /* data of the last command, in whole */
static size_t answer_len;

/* --- driving the card --- */

/* One command, no GET RESPONSE. */
static inline uint16_t send_bytes(const uint8_t *cmd, size_t len)
{
	answer_len = vcard_transmit(card, cmd, len, answer, sizeof answer);
	assert_in_range(answer_len, 2, sizeof answer);
	answer_len -= 2;
	return (uint16_t)(answer[answer_len] << 8 | answer[answer_len + 1]);
}

static inline uint16_t send(const char *hex)
{
	uint8_t cmd[1024];
	size_t len = 0;

	assert_true(hex_read(hex, cmd, sizeof cmd, &len));
	return send_bytes(cmd, len);
}

/* A command and all of its answer. */
static inline uint16_t fetch(const char *hex)
{
	static uint8_t whole[sizeof answer];
	size_t n = 0;
	uint16_t sw = send(hex);

	while (sw >> 8 == 0x61) {
		memcpy(whole + n, answer, answer_len);
		n += answer_len;
		sw = send("00C0000000");
	}
	assert_in_range(n + answer_len, 0, sizeof whole);
	memmove(answer + n, answer, answer_len);
	memcpy(answer, whole, n);
	answer_len += n;
	return sw;
}

static inline void assert_answer(const char *hex)
{
	uint8_t want[256];
	size_t len = 0;

	assert_true(hex_read(hex, want, sizeof want, &len));
	assert_int_equal(answer_len, len);
	assert_memory_equal(answer, want, len);
}

static inline void std_path(const char *name, char ret[64])
{
	assert_true(snprintf(ret, 64, "%s/%s", std_folder, name) < 64);
}

static inline void load(const char *name)
{
	char path[64];

	std_path(name, path);
	assert_int_equal(vcard_load(path, &card, NULL), RP_OK);
}

/* The same card after it was put away and taken out again. */
static inline void reload(void)
{
	vcard_free(card);
	load("work");
}

/* --- set-up and clean-up --- */

/* For a group's set-up: the card that each test gets a copy of. */
static inline int std_make(const struct vcard_spec *spec)
{
	char path[64];

	if (mkdtemp(std_folder) == NULL)
		return -1;
	std_path("first", path);
	if (vcard_make(spec, &card, NULL) != RP_OK || vcard_keep(card, path, NULL) != RP_OK)
		return -1;
	vcard_free(card);
	card = NULL;
	return 0;
}

static inline int std_fresh(void **state)
{
	char path[64];

	(void)state;
	load("first");
	std_path("work", path);
	return vcard_keep(card, path, NULL) == RP_OK ? 0 : -1;
}

static inline int std_put_away(void **state)
{
	(void)state;
	vcard_free(card);
	card = NULL;
	return 0;
}

static inline int std_drop(void **state)
{
	static const char *const names[] = {"first", "work"};
	char path[64];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		std_path(names[i], path);
		(void)unlink(path);
	}
	return rmdir(std_folder);
}

#define STD_TEST(test) cmocka_unit_test_setup_teardown(test, std_fresh, std_put_away)

/* --- signatures --- */

/* DigestInfo of SHA-256 (RFC 8017, 9.2 note 1) over "repin". */
static inline void digest_info(uint8_t ret[51])
{
	static const uint8_t head[] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

	memcpy(ret, head, sizeof head);
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, "repin", 5, ret + sizeof head), 0);
}

static inline void assert_signed_by(const uint8_t *cert, size_t cert_len, uint8_t *signature)
{
	unsigned char text[] = "repin", *der = malloc(cert_len);
	gnutls_datum_t cert_datum = {.data = der, .size = (unsigned)cert_len};
	gnutls_datum_t data = {.data = text, .size = 5}, sig = {.data = signature, .size = 256};
	gnutls_x509_crt_t crt;
	gnutls_pubkey_t key;

	assert_non_null(der);
	memcpy(der, cert, cert_len);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_pubkey_init(&key), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &cert_datum, GNUTLS_X509_FMT_DER), 0);
	assert_int_equal(gnutls_pubkey_import_x509(key, crt, 0), 0);
	assert_int_equal(gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &sig), 0);
	gnutls_pubkey_deinit(key);
	gnutls_x509_crt_deinit(crt);
	free(der);
}

/* Header, one byte of length, the DigestInfo, Le. */
static inline uint16_t sign_digest(const char *header)
{
	uint8_t cmd[5 + 51 + 1] = {0};
	size_t len = 0;

	assert_true(hex_read(header, cmd, 4, &len));
	cmd[4] = 51;
	digest_info(cmd + 5);
	return send_bytes(cmd, sizeof cmd);
}

#endif
