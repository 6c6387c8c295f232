/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenPGP application, byte for byte as OpenPGP card 3.4 has it. */
#include "std_rig.h"

#define PGP "00A4040006D27600012401"
#define PW1 "313233343536"
#define PW1_WRONG "313233343537"
#define PW3 "3132333435363738"
#define RC "3837363534333231"

static void test_openpgp_objects(void **state)
{
	(void)state;
	assert_int_equal(send(PGP "00"), 0x9000);
	assert_int_equal(send("00CA004F00"), 0x9000);
	assert_answer("D2760001240103 04FFFF0000002A0000");
	assert_int_equal(send("00CA006500"), 0x9000);
	assert_answer("65 17 5B0C 546573743C3C48616E616B6F 5F2D02656E 5F350130");
	assert_int_equal(send("00CA00C400"), 0x9000);
	assert_answer("01404040030303");
	assert_int_equal(send("00CA007A00"), 0x9000);
	assert_answer("7A059303000000");
	assert_int_equal(fetch("00CA006E00"), 0x9000);
	assert_int_equal(answer[0], 0x6E);
	assert_int_equal(fetch("00CA7F2100"), 0x9000);
	assert_memory_equal(answer, "\x30\x82", 2);
	assert_int_equal(send("00CA00F900"), 0x6A88);
	assert_int_equal(send("00CA010300"), 0x6982);
	assert_int_equal(send("00DA005B03414243"), 0x6982);
	assert_int_equal(send("0020008308" PW3), 0x9000);
	assert_int_equal(send("00DA005B03414243"), 0x9000);
	assert_int_equal(send("00DA005B28" PW3 PW3 PW3 PW3 PW3), 0x6A80);
	reload();
	assert_int_equal(send(PGP "00"), 0x9000);
	assert_int_equal(send("00CA005B00"), 0x9000);
	assert_answer("414243");
}

static void test_openpgp_verify(void **state)
{
	(void)state;
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(send("00200081"), 0x63C3);
	assert_int_equal(send("0020008106" PW1_WRONG), 0x63C2);
	assert_int_equal(send("00200082"), 0x63C2);
	assert_int_equal(send("0020008206" PW1), 0x9000);
	assert_int_equal(send("00200082"), 0x9000);
	assert_int_equal(send("00200081"), 0x63C3);
	assert_int_equal(send("0020008106" PW1), 0x9000);
	assert_int_equal(send("0020FF82"), 0x9000);
	assert_int_equal(send("00200082"), 0x63C3);
	assert_int_equal(send("00200081"), 0x9000);
	assert_int_equal(send("00200083"), 0x63C3);
	assert_int_equal(send("0020008308" PW3), 0x9000);
	assert_int_equal(send("00200083"), 0x9000);
	assert_int_equal(send(OTHER_APPLICATION), 0x9000);
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(send("00200081"), 0x63C3);
	assert_int_equal(send("00200083"), 0x63C3);
	assert_int_equal(send("0020008106" PW1), 0x9000);
	vcard_reset(card);
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(send("00200081"), 0x63C3);
	/* Any other length is a wrong value. */
	assert_int_equal(send("0020008101 31"), 0x63C2);
	assert_int_equal(send("0020008107" PW1 "37"), 0x63C1);
	assert_int_equal(send("0020008408" PW3), 0x6A88);
	assert_int_equal(send("0020018106" PW1), 0x6A86);
	assert_int_equal(send("00200081 48" PW3 PW3 PW3 PW3 PW3 PW3 PW3 PW3 PW3), 0x63C0);
	assert_int_equal(send("0020008206" PW1), 0x6983);
	assert_int_equal(send("00200082"), 0x63C0);
	reload();
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(send("00CA00C400"), 0x9000);
	assert_answer("01404040000303");
}

static void test_openpgp_change(void **state)
{
	(void)state;
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(send("002400810C" PW1_WRONG "363534333231"), 0x63C2);
	assert_int_equal(send("002400810B" PW1 "3635343332"), 0x6A80);
	assert_int_equal(send("00200081"), 0x63C3);
	assert_int_equal(send("0024008103313233"), 0x63C2);
	assert_int_equal(send("00240081"), 0x6700);
	assert_int_equal(send("002400810E" PW1 "3635343332313039"), 0x9000);
	assert_int_equal(send("0024008110" PW3 "4142434445464748"), 0x63C2);
	assert_int_equal(send("0024008310" PW3 "4142434445464748"), 0x9000);
	assert_int_equal(send("002400820C" PW1 PW1), 0x6A88);
	assert_int_equal(send("002401810C" PW1 PW1), 0x6A86);
	reload();
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(send("0020008108 3635343332313039"), 0x9000);
	assert_int_equal(send("0020008308 4142434445464748"), 0x9000);
}

static void test_openpgp_unlock(void **state)
{
	(void)state;
	assert_int_equal(send(PGP), 0x9000);
	for (int left = 2; left >= 0; left--)
		assert_int_equal(send("0020008106" PW1_WRONG), 0x63C0 | left);
	assert_int_equal(send("002400810C" PW1 "363534333231"), 0x6983);
	assert_int_equal(send("002C008106" PW1), 0x63C2);
	assert_int_equal(send("002C00810B" RC "363534"), 0x6A80);
	assert_int_equal(send("002C00810E" RC "363534333231"), 0x9000);
	assert_int_equal(send("00200081"), 0x63C3);
	assert_int_equal(send("0020008106363534333231"), 0x9000);
	/* By PW3. */
	assert_int_equal(send("002C028106" PW1), 0x6982);
	assert_int_equal(send("0020008308" PW3), 0x9000);
	assert_int_equal(send("002C0281053132333435"), 0x6A80);
	assert_int_equal(send("002C028106" PW1), 0x9000);
	assert_int_equal(send("0020008106" PW1), 0x9000);
	assert_int_equal(send("002C018106" PW1), 0x6A86);
	assert_int_equal(send("002C008206" PW1), 0x6A88);
	/* A wrong resetting code locks itself. */
	for (int left = 2; left >= 0; left--)
		assert_int_equal(send("002C00810E" PW3 "363534333231"), 0x63C0 | left);
	assert_int_equal(send("002C00810E" RC "363534333231"), 0x6983);
	/* PW3 sets a new one, and takes it away. */
	assert_int_equal(send("00DA00D3073132333435 3637"), 0x6A80);
	assert_int_equal(send("00DA00D30941424344454647 4849"), 0x9000);
	reload();
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(send("002C00810F4142434445464748 49363534333231"), 0x9000);
	assert_int_equal(send("00DA00D3"), 0x6982);
	assert_int_equal(send("0020008308" PW3), 0x9000);
	assert_int_equal(send("00DA00D3"), 0x9000);
	assert_int_equal(send("00CA00C400"), 0x9000);
	assert_answer("01404040030003");
	assert_int_equal(send("002C00810E" RC "363534333231"), 0x6983);
}

static void test_openpgp_signs(void **state)
{
	uint8_t signature[256];

	(void)state;
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(sign_digest("002A9E9A"), 0x6982);
	assert_int_equal(send("0020008206" PW1), 0x9000);
	assert_int_equal(sign_digest("002A9E9A"), 0x6982);
	assert_int_equal(sign_digest("00880000"), 0x9000);
	memcpy(signature, answer, 256);
	assert_int_equal(fetch("00CA7F2100"), 0x9000);
	assert_signed_by(answer, answer_len, signature);
	assert_int_equal(send("0020008106" PW1), 0x9000);
	assert_int_equal(sign_digest("002A9E9A"), 0x9000);
	memcpy(signature, answer, 256);
	assert_int_equal(send("00A50204 06 60045C027F21"), 0x9000);
	assert_int_equal(fetch("00CA7F2100"), 0x9000);
	assert_signed_by(answer, answer_len, signature);
	assert_int_equal(sign_digest("002A9E9A"), 0x9000);
	assert_int_equal(send("00CA007A00"), 0x9000);
	assert_answer("7A059303000002");
	assert_int_equal(send("0020008308" PW3), 0x9000);
	assert_int_equal(send("00DA00C40100"), 0x9000);
	assert_int_equal(sign_digest("002A9E9A"), 0x9000);
	assert_int_equal(sign_digest("002A9E9A"), 0x6982);
	assert_int_equal(fetch("0047810002B60000"), 0x9000);
	assert_int_equal(answer_len, 5 + 4 + 256 + 5);
	assert_int_equal(fetch("0047810002B80000"), 0x6A88);
	assert_int_equal(send("00840000 08"), 0x9000);
	assert_int_equal(answer_len, 8);
}

static void test_openpgp_malformed(void **state)
{
	(void)state;
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(send("00CA5F5200"), 0x9000);
	assert_answer("0031C573C001C0009000");
	assert_int_equal(send("00CA7F6600"), 0x9000);
	assert_answer("7F66 08 02020C00 02020C00");
	assert_int_equal(send("00CA006E0131"), 0x6700);
	assert_int_equal(send("0020FF810131"), 0x6A80);
	assert_int_equal(send("0047800002B60000"), 0x6982);
	assert_int_equal(send("0047820002B60000"), 0x6A86);
	assert_int_equal(send("00478100"), 0x6700);
	assert_int_equal(fetch("0047810002A40000"), 0x9000);
	assert_int_equal(send("0047810002B50000"), 0x6A80);
	assert_int_equal(send("00A5030406 60045C027F21"), 0x6A88);
	assert_int_equal(send("00A5000406 60045C027F22"), 0x6A80);
	assert_int_equal(send("00A5000006 60045C027F21"), 0x6A86);
	assert_int_equal(send("0088000001 3100"), 0x6982);
	assert_int_equal(send("002A808600"), 0x6982);
	assert_int_equal(send("0020008206" PW1), 0x9000);
	assert_int_equal(send("0020008106" PW1), 0x9000);
	assert_int_equal(send("002A808600"), 0x6A88);
	assert_int_equal(send("002A9E9B00"), 0x6A86);
	assert_int_equal(send("002A9E9A"), 0x6700);
	assert_int_equal(send("00880000"), 0x6700);
	assert_int_equal(send("00DA00C40101"), 0x6982);
	assert_int_equal(send("0020008308" PW3), 0x9000);
	assert_int_equal(send("00DA00C40102"), 0x6A80);
	assert_int_equal(send("00DA00FF0102"), 0x6A88);
	assert_int_equal(send("0047800002B60000"), 0x6A81);
	assert_int_equal(send("002C0281"), 0x6A80);
	assert_int_equal(send("002C0081"), 0x6700);
	assert_int_equal(send("00CA00C400"), 0x9000);
	assert_answer("01404040030303");
}

/* What could not be saved was not done: the resetting code and the counter of signatures. */
static void test_openpgp_cannot_save(void **state)
{
	char path[sizeof card->path];

	(void)state;
	memcpy(path, card->path, sizeof path);
	assert_int_equal(send(PGP), 0x9000);
	assert_int_equal(send("0020008106" PW1), 0x9000);
	assert_int_equal(send("0020008308" PW3), 0x9000);
	memcpy(card->path, "/nowhere/at/all", 16);
	assert_int_equal(send("00DA00D308" PW3), 0x6581);
	memcpy(card->path, path, sizeof path);
	assert_int_equal(send("002C00810E" RC PW1), 0x9000);
	assert_int_equal(send("0020008106" PW1), 0x9000);
	memcpy(card->path, "/nowhere/at/all", 16);
	assert_int_equal(sign_digest("002A9E9A"), 0x6581);
	assert_int_equal(answer_len, 0);
	memcpy(card->path, path, sizeof path);
	assert_int_equal(send("00CA007A00"), 0x9000);
	assert_answer("7A059303000000");
}

static int make_card(void **state)
{
	static const struct vcard_spec spec = {
		.family = "openpgp", .holder = "Hanako Test", .pins = "rc=87654321", .number = "0000002a"};

	(void)state;
	return std_make(&spec);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		STD_TEST(test_openpgp_objects),	    STD_TEST(test_openpgp_verify),
		STD_TEST(test_openpgp_change),	    STD_TEST(test_openpgp_unlock),
		STD_TEST(test_openpgp_signs),	    STD_TEST(test_openpgp_malformed),
		STD_TEST(test_openpgp_cannot_save),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_card, std_drop);
}
