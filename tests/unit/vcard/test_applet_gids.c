/* SPDX-License-Identifier: Apache-2.0 */
/* The GIDS application, byte for byte as its specification and GidsApplet have it. */
#include "std_rig.h"

#define GIDS "00A4040009A00000039742544659"
#define GIDS_MSE "0022C1A403830180"
#define PIN "313233343536"
#define PIN_WRONG "313233343537"
#define EIGHT "3132333435363738"

/* 3DES-CBC with the test admin key, or with another one. */
static void admin_encrypt(uint8_t *bytes, size_t len, bool right_key)
{
	uint8_t key_bytes[24], iv_bytes[8] = {0};
	gnutls_datum_t key = {.data = key_bytes, .size = 24}, iv = {.data = iv_bytes, .size = 8};
	gnutls_cipher_hd_t cipher;

	for (uint8_t i = 0; i < 24; i++)
		key_bytes[i] = right_key ? i : (uint8_t)(2 * i + 0x40);
	assert_int_equal(gnutls_cipher_init(&cipher, GNUTLS_CIPHER_3DES_CBC, &key, &iv), 0);
	assert_int_equal(gnutls_cipher_encrypt(cipher, bytes, len), 0);
	gnutls_cipher_deinit(cipher);
}

static uint16_t admin_one_way(bool right_key)
{
	uint8_t cmd[5 + 12 + 1] = {0x00, 0x87, 0x00, 0x00, 0x0C, 0x7C, 0x0A, 0x82, 0x08};

	assert_int_equal(send(GIDS_MSE), 0x9000);
	assert_int_equal(send("00870000047C02810000"), 0x9000);
	assert_int_equal(answer_len, 12);
	assert_memory_equal(answer, "\x7C\x0A\x81\x08", 4);
	memcpy(cmd + 9, answer + 4, 8);
	admin_encrypt(cmd + 9, 8, right_key);
	return send_bytes(cmd, sizeof cmd);
}

static uint16_t admin_mutual(bool right_key, uint8_t padding)
{
	uint8_t cmd[5 + 44 + 1] = {0x00, 0x87, 0x00, 0x00, 0x2C, 0x7C, 0x2A, 0x82, 0x28};

	assert_int_equal(send(GIDS_MSE), 0x9000);
	assert_int_equal(send("00870000147C128110" EIGHT EIGHT "00"), 0x9000);
	assert_int_equal(answer_len, 20);
	assert_memory_equal(answer, "\x7C\x12\x81\x10", 4);
	memcpy(cmd + 9, answer + 4, 16);
	memcpy(cmd + 25, "1234567812345678", 16);
	cmd[48] = padding;
	admin_encrypt(cmd + 9, 40, right_key);
	return send_bytes(cmd, sizeof cmd);
}

static void test_gids_files(void **state)
{
	(void)state;
	assert_int_equal(send(GIDS "00"), 0x9000);
	assert_answer("61124F0BA0000003974254465902017303 4001C0");
	assert_int_equal(send("00CB3FFF045C027F7100"), 0x9000);
	assert_answer("7F7106970103930103");
	assert_int_equal(send("00CB3FFF045C027F7300"), 0x6A88);
	assert_int_equal(send("00CBA000045C02DF1F00"), 0x9000);
	assert_memory_equal(answer, "\xDF\x1F\x81\xA9\x01mscp", 9);
	assert_int_equal(send("00CBA012045C02DF2000"), 0x9000);
	assert_answer("DF2010000102030405060708090A0B0C0D0E0F");
	assert_int_equal(send("00CBA010045C02DF2200"), 0x9000);
	assert_answer("DF2206000000000000");
	assert_int_equal(fetch("00CBA010045C02DF2400"), 0x9000);
	assert_int_equal(send("00CBA010045C02DF9900"), 0x6A88);
	assert_int_equal(send("00CBA0FF045C02DF2400"), 0x6A82);
	assert_int_equal(send("00CBA013045C02DF2400"), 0x6982);
	assert_int_equal(fetch("00CB3FFF0A7008840181A5037F498000"), 0x9000);
	assert_memory_equal(answer, "\x7F\x49\x82\x01\x09\x81\x82\x01\x00", 9);
	assert_int_equal(send("00DBA01009DF2206010000000000"), 0x6982);
	assert_int_equal(send("0020008006" PIN), 0x9000);
	assert_int_equal(send("00DBA01009DF2206010000000000"), 0x9000);
	assert_int_equal(send("00DBA01203DF200100"), 0x6982);
	reload();
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(send("00CBA010045C02DF2200"), 0x9000);
	assert_answer("DF2206010000000000");
	assert_int_equal(send("00A4000C023FFF"), 0x9000);
	assert_int_equal(send("00A4000C023FFE"), 0x6A82);
}

static void test_gids_pin(void **state)
{
	(void)state;
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(send("00200080"), 0x63C3);
	assert_int_equal(send("0020008006" PIN_WRONG), 0x63C2);
	assert_int_equal(send("0020008003313233"), 0x63C2);
	assert_int_equal(send("0020008011" EIGHT EIGHT "31"), 0x63C2);
	assert_int_equal(send("0020008006" PIN), 0x9000);
	assert_int_equal(send("00200080"), 0x63C3);
	assert_int_equal(send("0024018003313233"), 0x6700);
	assert_int_equal(send("0024018004 31323334"), 0x9000);
	assert_int_equal(send("00200082"), 0x9000);
	assert_int_equal(send("0024018006" PIN), 0x6982);
	assert_int_equal(send("0024008008 31323334 35363738"), 0x9000);
	assert_int_equal(send("0024008009 31323334 35363738 39"), 0x63C2);
	assert_int_equal(send("0024008014 35363738" EIGHT EIGHT), 0x9000);
	assert_int_equal(send("0024008007 31323334353637"), 0x63C3);
	assert_int_equal(send("0024008012" EIGHT EIGHT "3132"), 0x6700);
	assert_int_equal(send("002400810C" PIN PIN), 0x6A88);
	assert_int_equal(send("002401800C" PIN PIN), 0x9000);
	vcard_reset(card);
	assert_int_equal(send(GIDS), 0x9000);
	for (int left = 2; left >= 0; left--)
		assert_int_equal(send("0020008006" PIN), 0x63C0 | left);
	assert_int_equal(send("002000800C" PIN PIN), 0x6983);
	assert_int_equal(send("00200080"), 0x6983);
	assert_int_equal(send("0024008018" PIN PIN PIN PIN), 0x6983);
	reload();
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(send("00CB3FFF045C027F7100"), 0x9000);
	assert_answer("7F7106970100930103");
	assert_int_equal(send("0020008106" PIN), 0x6A88);
}

static void test_gids_admin(void **state)
{
	(void)state;
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(send("00870000047C02810000"), 0x6985); /* no MSE */
	assert_int_equal(send("0022C1A403830181"), 0x6A88);
	assert_int_equal(admin_one_way(false), 0x6982);
	assert_int_equal(send("002C028006363534333231"), 0x6982);
	for (int left = 2; left >= 0; left--)
		assert_int_equal(send("0020008006" PIN_WRONG), 0x63C0 | left);
	assert_int_equal(admin_one_way(true), 0x9000);
	assert_int_equal(send("002C008006363534333231"), 0x6A86);
	assert_int_equal(send("002C028106363534333231"), 0x6A88);
	assert_int_equal(send("002C028003363534"), 0x6700);
	assert_int_equal(send("002C028006363534333231"), 0x9000);
	assert_int_equal(send("002C028006" PIN), 0x6982); /* one unlock for each authentication */
	assert_int_equal(send("0020008006363534333231"), 0x9000);
}

static void test_gids_challenge_serves_once(void **state)
{
	uint8_t response[18];

	(void)state;
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(send(GIDS_MSE), 0x9000);
	assert_int_equal(send("00870000047C02810000"), 0x9000);
	memcpy(response, "\x00\x87\x00\x00\x0C\x7C\x0A\x82\x08", 9);
	memcpy(response + 9, answer + 4, 8);
	response[17] = 0;
	admin_encrypt(response + 9, 8, true);
	assert_int_equal(send("00200080"), 0x63C3);
	assert_int_equal(send_bytes(response, sizeof response), 0x6985);
	assert_int_equal(send("002C028006" PIN), 0x6982);
	assert_int_equal(admin_one_way(true), 0x9000);
	assert_int_equal(send_bytes(response, sizeof response), 0x6985);
	assert_int_equal(send("002C028006" PIN), 0x6982);
	assert_int_equal(admin_mutual(false, 0x80), 0x6982);
	assert_int_equal(admin_mutual(true, 0x81), 0x6982);
	reload();
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(admin_mutual(true, 0x80), 0x9000);
	assert_int_equal(answer_len, 44);
	assert_int_equal(send("002C028006" PIN), 0x9000);
	/* The old response does not fit a new challenge. */
	assert_int_equal(send(GIDS_MSE), 0x9000);
	assert_int_equal(send("00870000047C02810000"), 0x9000);
	assert_int_equal(send_bytes(response, sizeof response), 0x6982);
	assert_int_equal(send("00870000027C00"), 0x6A80);
	assert_int_equal(send("0087000001 7C"), 0x6A80);
	assert_int_equal(send("00870000047C02820000"), 0x6985);
	assert_int_equal(send("00870000057C03810131"), 0x6A80);
}

static void test_gids_admin_right_goes(void **state)
{
	(void)state;
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(admin_one_way(true), 0x9000);
	assert_int_equal(send("00200082"), 0x9000);
	assert_int_equal(send("002C028006" PIN), 0x6982);
	assert_int_equal(admin_one_way(true), 0x9000);
	assert_int_equal(send(OTHER_APPLICATION), 0x9000);
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(send("002C028006" PIN), 0x6982);
	assert_int_equal(admin_one_way(true), 0x9000);
	vcard_reset(card);
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(send("002C028006" PIN), 0x6982);
	assert_int_equal(send("00870000027C00"), 0x6985);
}

/* The minidriver's certificate file: zlib with one stored block. */
static void test_gids_signs(void **state)
{
	uint8_t signature[256];
	size_t len;

	(void)state;
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(sign_digest("002A9E9A"), 0x6985);
	assert_int_equal(send("002241B606800157840181"), 0x6982);
	assert_int_equal(send("0020008006" PIN), 0x9000);
	assert_int_equal(send("002241B606800157840182"), 0x6A88);
	assert_int_equal(send("002241B606800147840181"), 0x6A80);
	assert_int_equal(send("002241B606800157840181"), 0x9000);
	assert_int_equal(sign_digest("002A9E9A"), 0x9000);
	assert_int_equal(answer_len, 256);
	memcpy(signature, answer, 256);
	assert_int_equal(fetch("00CBA010045C02DF2400"), 0x9000);
	len = (size_t)(answer[8] << 8 | answer[7]);
	assert_memory_equal(answer + 9, "\x78\x01\x01", 3);
	assert_signed_by(answer + 16, len, signature);
	assert_int_equal(send("00200082"), 0x9000);
	assert_int_equal(sign_digest("002A9E9A"), 0x6982);
}

/* The whole padded block by the client, in a command of extended length. */
static void test_gids_signs_a_padded_block(void **state)
{
	uint8_t cmd[7 + 256 + 2] = {0x00, 0x2A, 0x9E, 0x9A, 0x00, 0x01, 0x00, 0x00, 0x01};
	uint8_t first[256];

	(void)state;
	memset(cmd + 9, 0xFF, 256 - 3 - 51);
	digest_info(cmd + 7 + 256 - 51);
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(send("0020008006" PIN), 0x9000);
	assert_int_equal(send("002241B606800157840181"), 0x9000);
	assert_int_equal(sign_digest("002A9E9A"), 0x9000);
	memcpy(first, answer, sizeof first);
	assert_int_equal(send("002241B606800117840181"), 0x9000);
	assert_int_equal(send_bytes(cmd, sizeof cmd), 0x9000);
	assert_memory_equal(answer, first, sizeof first);
	cmd[8] = 0x02;
	assert_int_equal(send_bytes(cmd, sizeof cmd), 0x6A80);
	assert_int_equal(send("002A9E9B00"), 0x6A86);
}

static void test_gids_malformed(void **state)
{
	(void)state;
	assert_int_equal(send(GIDS), 0x9000);
	assert_int_equal(send("00A40000023FFF00"), 0x9000);
	assert_answer("620C820138 83023FFF 8C03033030");
	assert_int_equal(send("00A4000C013F"), 0x6700);
	assert_int_equal(send("00CB2F01025C0000"), 0x9000);
	assert_answer("4301F4 4703080180 460A526570696E2074657374");
	assert_int_equal(send("00CBA010025C0000"), 0x6100);
	assert_int_equal(send("00CBA010035C01DF00"), 0x6A80);
	assert_int_equal(send("00CBA01100025C0000"), 0x6700);
	assert_int_equal(send("00CBA011025C0000"), 0x6982);
	assert_int_equal(send("00CB3FFF045C027F7400"), 0x6A88);
	assert_int_equal(send("00CB3FFF035C017F00"), 0x6A80);
	assert_int_equal(fetch("00CB3FFF057003840181 00"), 0x9000);
	assert_int_equal(send("00CB3FFF057003840182 00"), 0x6A88);
	assert_int_equal(send("00CB3FFF04700283 0000"), 0x6A80);
	assert_int_equal(send("00CB3FFF055C82FFFF7F00"), 0x6A80);
	assert_int_equal(send("0022C1A402830080"), 0x6A80);
	assert_int_equal(send("0022F300"), 0x6A81);
	assert_int_equal(send("002241B603800157"), 0x6A80);
	assert_int_equal(send("0020008006" PIN), 0x9000);
	assert_int_equal(send("00DBA01003DF2204"), 0x6A80);
	assert_int_equal(send("00DBA01003810100"), 0x6A80);
	/* Responses of another length than the challenge's. */
	assert_int_equal(send(GIDS_MSE), 0x9000);
	assert_int_equal(send("00870000047C02810000"), 0x9000);
	assert_int_equal(send("00870000057C03820131"), 0x6982);
	assert_int_equal(send("00870000147C128110" EIGHT EIGHT "00"), 0x9000);
	assert_int_equal(send("008700000C7C0A8208" EIGHT), 0x6982);
	assert_int_equal(send("00870001047C02810000"), 0x6A86);
}

static int make_card(void **state)
{
	static const struct vcard_spec spec = {.family = "gids",
					       .number = "000102030405060708090A0B0C0D0E0F"};

	(void)state;
	return std_make(&spec);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STD_TEST(test_gids_files),
		STD_TEST(test_gids_pin),
		STD_TEST(test_gids_admin),
		STD_TEST(test_gids_challenge_serves_once),
		STD_TEST(test_gids_admin_right_goes),
		STD_TEST(test_gids_signs),
		STD_TEST(test_gids_signs_a_padded_block),
		STD_TEST(test_gids_malformed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_card, std_drop);
}
