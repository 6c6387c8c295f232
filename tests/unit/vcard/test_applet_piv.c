/* SPDX-License-Identifier: Apache-2.0 */
/* The PIV application, byte for byte as NIST SP 800-73-4 has it. */
#include "std_rig.h"

#define PIV "00A4040009A00000030800001000"
#define PIV_PIN "3132333435 36FFFF"
#define PIV_WRONG "3132333435 37FFFF"
#define PIV_PUK "3132333435363738"
#define PIV_WRONG_PUK "3132333435363739"

/* GENERAL AUTHENTICATE with the whole padded block, in two pieces. */
static uint16_t piv_sign(uint8_t key)
{
	uint8_t block[266] = {0x7C, 0x82, 0x01, 0x06, 0x82, 0x00, 0x81, 0x82, 0x01, 0x00, 0x00, 0x01};
	uint8_t cmd[5 + 255 + 1] = {0x10, 0x87, 0x07, key, 200};
	uint16_t sw;

	memset(block + 12, 0xFF, 256 - 3 - 51);
	digest_info(block + sizeof block - 51);
	memcpy(cmd + 5, block, 200);
	sw = send_bytes(cmd, 205);
	if (sw != 0x9000)
		return sw;
	cmd[0] = 0x00;
	cmd[4] = (uint8_t)(sizeof block - 200);
	memcpy(cmd + 5, block + 200, sizeof block - 200);
	cmd[5 + sizeof block - 200] = 0x00;
	sw = send_bytes(cmd, 5 + sizeof block - 200 + 1);
	if (sw >> 8 == 0x61) {
		uint8_t first[256];

		memcpy(first, answer, 256);
		sw = send("00C0000000");
		memmove(answer + 256, answer, answer_len);
		memcpy(answer, first, 256);
		answer_len += 256;
	}
	return sw;
}

static void test_piv_selects(void **state)
{
	(void)state;
	assert_int_equal(send("00CB3FFF035C017E00"), 0x6D00);
	assert_int_equal(send("00A404000BA0000003080000100001 0000"), 0x9000);
	assert_memory_equal(
		answer, "\x61\x26\x4F\x06\x00\x00\x10\x00\x01\x00\x79\x07\x4F\x05\xA0\x00\x00\x03\x08", 19);
	assert_int_equal(send("00A4040005A00000030800"), 0x9000);
	assert_int_equal(send("00A4040004A000000300"), 0x6A82);
	assert_int_equal(send("00A404000AA000000308000010000200"), 0x6A82);
	assert_int_equal(send("00A404000CA0000003080000100001000000"), 0x6A82);
	assert_int_equal(send("00A4040006D2760001240100"), 0x6A82);
	assert_int_equal(send("00A404000AD392F00026010000000100"), 0x6A82);
	/* And it is still selected. */
	assert_int_equal(send("00200080"), 0x63C3);
}

static void test_piv_objects(void **state)
{
	(void)state;
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("00CB3FFF035C017E00"), 0x9000);
	assert_answer("7E124F0BA0000003080000100001005F2F024000");
	assert_int_equal(fetch("00CB3FFF055C035FC10200"), 0x9000);
	assert_int_equal(answer_len, 2 + 27 + 18 + 10 + 2 + 2);
	assert_memory_equal(answer + 29, "\x34\x10\x52\x45\x50\x49\x4E", 7);
	assert_int_equal(fetch("00CB3FFF055C035FC10700"), 0x9000);
	assert_int_equal(send("00CB3FFF055C035FC10500") >> 8, 0x61);
	assert_int_equal(fetch("00CB3FFF055C035FC10500"), 0x9000);
	assert_memory_equal(answer, "\x53\x82", 2);
	assert_memory_equal(answer + answer_len - 5, "\x71\x01\x00\xFE\x00", 5);
	assert_int_equal(fetch("00CB3FFF055C035FC10A00"), 0x9000);
	assert_int_equal(fetch("00CB3FFF055C035FC10B00"), 0x6A82);
	assert_int_equal(send("00CB3FFF00"), 0x6A80);
	assert_int_equal(send("00CB3FFF055C045FC10500"), 0x6A80);
	assert_int_equal(send("00CB3FFE055C035FC10500"), 0x6A86);
	assert_int_equal(send("00C0000000"), 0x6985);
	assert_int_equal(send("01CB3FFF035C017E00"), 0x6E00);
}

static void test_piv_verify(void **state)
{
	(void)state;
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("00200080"), 0x63C3);
	assert_int_equal(send("0020008008" PIV_WRONG), 0x63C2);
	assert_int_equal(send("0020008008" PIV_PIN), 0x9000);
	assert_int_equal(send("00200080"), 0x9000);
	assert_int_equal(send("0020FF80"), 0x9000);
	assert_int_equal(send("00200080"), 0x63C3);
	assert_int_equal(send("0020008008" PIV_PIN), 0x9000);
	assert_int_equal(send("0020008008" PIV_WRONG), 0x63C2);
	assert_int_equal(send("00200080"), 0x63C2);
	/* Malformed: told and not counted. */
	assert_int_equal(send("0020008006313233343536"), 0x6A80);
	assert_int_equal(send("00200080083132333435FFFFFF"), 0x6A80);
	assert_int_equal(send("0020008008313233343536FF37"), 0x6A80);
	assert_int_equal(send("00200080083132333435366162"), 0x6A80);
	assert_int_equal(send("00200080"), 0x63C2);
	assert_int_equal(send("0020008108" PIV_PUK), 0x6A88);
	assert_int_equal(send("0020000008" PIV_PIN), 0x6A88);
	assert_int_equal(send("0020018008" PIV_PIN), 0x6A86);
	assert_int_equal(send("0020FF8008" PIV_PIN), 0x6A80);
	assert_int_equal(send("1020008008" PIV_PIN), 0x6884);
}

static void test_piv_status_is_volatile(void **state)
{
	(void)state;
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("0020008008" PIV_WRONG), 0x63C2);
	assert_int_equal(send("0020008008" PIV_WRONG), 0x63C1);
	vcard_reset(card);
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("00200080"), 0x63C1);
	reload();
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("00200080"), 0x63C1);
	assert_int_equal(send("0020008008" PIV_PIN), 0x9000);
	/* SELECT of what is selected, and of what is not there, changes nothing (part 2, 3.1.1). */
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("00A404000701020304050607"), 0x6A82);
	assert_int_equal(send("00200080"), 0x9000);
	assert_int_equal(send(OTHER_APPLICATION), 0x9000);
	assert_int_equal(send("00200080"), 0x6D00);
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("00200080"), 0x63C3);
	assert_int_equal(send("0020008008" PIV_PIN), 0x9000);
	vcard_reset(card);
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("00200080"), 0x63C3);
}

static void test_piv_change(void **state)
{
	(void)state;
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("0024008010" PIV_WRONG "363534333231FFFF"), 0x63C2);
	assert_int_equal(send("0024008010" PIV_PIN "3635343332FFFFFF"), 0x6A80);
	assert_int_equal(send("0024008010" PIV_WRONG "3635343332FFFFFF"), 0x6A80);
	assert_int_equal(send("002400800C313233343536363534333231"), 0x6A80);
	assert_int_equal(send("00200080"), 0x63C2);
	assert_int_equal(send("0024008010" PIV_PIN "363534333231FFFF"), 0x9000);
	assert_int_equal(send("00200080"), 0x9000);
	reload();
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("0020008008" PIV_PIN), 0x63C2);
	assert_int_equal(send("0020008008363534333231FFFF"), 0x9000);
	assert_int_equal(send("0024008110" PIV_PUK "4142434445464748"), 0x9000);
	assert_int_equal(send("0024008110" PIV_PUK "4142434445464748"), 0x63C2);
	assert_int_equal(send("0024018010" PIV_PIN PIV_PIN), 0x6A86);
	assert_int_equal(send("0024009B10" PIV_PIN PIV_PIN), 0x6A88);
}

static void test_piv_unlock(void **state)
{
	(void)state;
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("0020008008" PIV_WRONG), 0x63C2);
	assert_int_equal(send("0020008008" PIV_WRONG), 0x63C1);
	assert_int_equal(send("0020008008" PIV_WRONG), 0x63C0);
	assert_int_equal(send("0020008008" PIV_PIN), 0x6983);
	assert_int_equal(send("00200080"), 0x6983);
	assert_int_equal(send("0024008010" PIV_PIN "363534333231FFFF"), 0x6983);
	assert_int_equal(send("002C008010" PIV_WRONG_PUK "363534333231FFFF"), 0x63C2);
	assert_int_equal(send("002C008010" PIV_PUK "3635343332FFFFFF"), 0x6A80);
	assert_int_equal(send("002C018008" PIV_PUK), 0x6A86);
	assert_int_equal(send("002C008110" PIV_PUK PIV_PUK), 0x6A88);
	assert_int_equal(send("00200080"), 0x6983);
	assert_int_equal(send("002C008010" PIV_PUK "363534333231FFFF"), 0x9000);
	assert_int_equal(send("00200080"), 0x63C3);
	assert_int_equal(send("0020008008363534333231FFFF"), 0x9000);
	/* The right PUK had its own counter set back. A wrong one logs out. */
	assert_int_equal(send("002C008010" PIV_WRONG_PUK "363534333231FFFF"), 0x63C2);
	assert_int_equal(send("00200080"), 0x63C3);
	assert_int_equal(send("002C008010" PIV_WRONG_PUK "363534333231FFFF"), 0x63C1);
	assert_int_equal(send("002C008010" PIV_WRONG_PUK "363534333231FFFF"), 0x63C0);
	assert_int_equal(send("002C008010" PIV_PUK "363534333231FFFF"), 0x6983);
	reload();
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(send("002C008010" PIV_PUK "363534333231FFFF"), 0x6983);
}

static void assert_piv_signature(const char *object)
{
	uint8_t signature[256];

	assert_int_equal(answer_len, 264);
	assert_memory_equal(answer, "\x7C\x82\x01\x04\x82\x82\x01\x00", 8);
	memcpy(signature, answer + 8, sizeof signature);
	assert_int_equal(fetch(object), 0x9000);
	assert_memory_equal(answer + 4, "\x70\x82", 2);
	assert_signed_by(answer + 8, (size_t)(answer[6] << 8 | answer[7]), signature);
}

static void test_piv_signs(void **state)
{
	(void)state;
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(piv_sign(0x9A), 0x6982);
	assert_int_equal(send("0020008008" PIV_PIN), 0x9000);
	assert_int_equal(piv_sign(0x9A), 0x9000);
	assert_piv_signature("00CB3FFF055C035FC10500");
	/* 9C wants the PIN in the command before, each time. */
	assert_int_equal(piv_sign(0x9C), 0x6982);
	assert_int_equal(send("0020008008" PIV_PIN), 0x9000);
	assert_int_equal(piv_sign(0x9C), 0x9000);
	assert_piv_signature("00CB3FFF055C035FC10A00");
	assert_int_equal(piv_sign(0x9C), 0x6982);
	assert_int_equal(send("0020008008" PIV_PIN), 0x9000);
	assert_int_equal(send("00CB3FFF035C017E00"), 0x9000);
	assert_int_equal(piv_sign(0x9C), 0x6982);
	assert_int_equal(send("0020008008" PIV_PIN), 0x9000);
	assert_int_equal(send(PIV), 0x9000);
	assert_int_equal(piv_sign(0x9C), 0x6982);
	assert_int_equal(piv_sign(0x9A), 0x9000);
	assert_int_equal(piv_sign(0x9D), 0x6A86);
	assert_int_equal(send("0087039B047C02800000"), 0x6A86);
	assert_int_equal(send("0087079A047C02820000"), 0x6A80);
	assert_int_equal(send("0087079A087C0682008102001000"), 0x6A80);
}

static int make_card(void **state)
{
	static const struct vcard_spec spec = {.family = "piv", .holder = "Hanako Test"};

	(void)state;
	return std_make(&spec);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STD_TEST(test_piv_selects), STD_TEST(test_piv_objects),
		STD_TEST(test_piv_verify),  STD_TEST(test_piv_status_is_volatile),
		STD_TEST(test_piv_change),  STD_TEST(test_piv_unlock),
		STD_TEST(test_piv_signs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_card, std_drop);
}
