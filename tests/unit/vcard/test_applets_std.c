/* SPDX-License-Identifier: Apache-2.0 */
/* What the three standard families have in common: rules of a new card, and no command that hurts them. */
#include "std_rig.h"

/* --- all of them --- */

#define ADMIN_KEY "A0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7"

static void test_new_cards_keep_the_rules(void **state)
{
	static const struct vcard_spec bad[] = {
		{.family = "piv", .pins = "pin=12345"},	       {.family = "piv", .pins = "pin=12345a"},
		{.family = "piv", .pins = "puk=123456789"},    {.family = "piv", .number = "123"},
		{.family = "openpgp", .pins = "pw1=12345"},    {.family = "openpgp", .pins = "rc=1234567"},
		{.family = "openpgp", .pins = "pw3="},	       {.family = "openpgp", .number = "0000000G"},
		{.family = "openpgp", .number = "0000000001"}, {.family = "gids", .pins = "pin=123"},
		{.family = "gids", .pins = "admin=00"},	       {.family = "gids", .number = "too short"},
		{.family = "piv", .pins = "admin=" ADMIN_KEY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct rp_error err = RP_ERROR_INIT;

		assert_int_equal(vcard_make(&bad[i], &card, &err), RP_E_USAGE);
	}
}

/* A serial number alone is one of a test card; the card's own number has the maker before it. */
static void test_openpgp_numbers(void **state)
{
	static const char *const asked[] = {NULL, "0000002a", "00060000002a"};
	static const char *const given[] = {"FFFF00000001", "FFFF0000002A", "00060000002A"};
	static const char *const told[] = {"D276000124010304FFFF000000010000",
					   "D276000124010304FFFF0000002A0000",
					   "D27600012401030400060000002A0000"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct vcard_spec spec = {.family = "openpgp", .number = asked[i]};

		assert_int_equal(vcard_make(&spec, &card, NULL), RP_OK);
		assert_string_equal(card->number, given[i]);
		assert_int_equal(send("00A4040006D27600012401"), 0x9000);
		assert_int_equal(send("00CA004F00"), 0x9000);
		assert_answer(told[i]);
		vcard_free(card);
		card = NULL;
	}
}

static void make(const char *family)
{
	const struct vcard_spec spec = {.family = family};

	assert_int_equal(vcard_make(&spec, &card, NULL), RP_OK);
}

static void test_an_admin_key_of_its_own(void **state)
{
	const struct vcard_spec spec = {.family = "gids", .pins = "admin=" ADMIN_KEY ",pin=1234"};
	const json_t *key;

	(void)state;
	assert_int_equal(vcard_make(&spec, &card, NULL), RP_OK);
	key = json_object_get(card->extra, "admin");
	assert_string_equal(json_string_value(key), ADMIN_KEY);
	assert_int_equal(send("00A4040009A00000039742544659"), 0x9000);
	assert_int_equal(send("002000800431323334"), 0x9000);
	vcard_free(card);
	card = NULL;
}

static void test_answers_in_pieces(void **state)
{
	uint8_t whole[61];

	(void)state;
	make("piv");
	assert_int_equal(send("00A4040009A00000030800001000"), 0x9000);
	assert_int_equal(send("00CB3FFF055C035FC10200"), 0x9000);
	assert_int_equal(answer_len, sizeof whole);
	memcpy(whole, answer, sizeof whole);
	assert_int_equal(send("00CB3FFF055C035FC10208"), 0x6135);
	assert_memory_equal(answer, whole, 8);
	assert_int_equal(send("00C0000010"), 0x6125);
	assert_memory_equal(answer, whole + 8, 16);
	assert_int_equal(send("00C0010000"), 0x6A86);
	assert_int_equal(send("00C0000025"), 0x9000);
	assert_memory_equal(answer, whole + 24, 37);
	assert_int_equal(send("00C0000025"), 0x6985);
	/* Extended length takes it in one; another command throws the rest away. */
	assert_int_equal(send("00CB3FFF0000055C035FC1050000"), 0x9000);
	assert_in_range(answer_len, 512, sizeof answer);
	assert_int_equal(send("00CB3FFF055C035FC10208"), 0x6135);
	assert_int_equal(send("00200080"), 0x63C3);
	assert_int_equal(send("00C0000000"), 0x6985);
	vcard_free(card);
	card = NULL;
}

static void test_commands_in_pieces(void **state)
{
	uint8_t piece[5 + 255] = {0x10, 0xDA, 0x00, 0x5B, 255};
	uint16_t sw = 0x9000;

	(void)state;
	make("openpgp");
	assert_int_equal(send("00A4040006D27600012401"), 0x9000);
	assert_int_equal(send("00200083083132333435363738"), 0x9000);
	assert_int_equal(send("10DA005B0341 4243"), 0x9000);
	assert_int_equal(send("00CA005B00"), 0x9000); /* ends the chain */
	assert_int_equal(send("00DA005B0144"), 0x9000);
	assert_int_equal(send("00CA005B00"), 0x9000);
	assert_answer("44");
	assert_int_equal(send("10DA005B034142 43"), 0x9000);
	assert_int_equal(send("10DA005B"), 0x9000);
	assert_int_equal(send("00DA005B024445"), 0x9000);
	assert_int_equal(send("00CA005B00"), 0x9000);
	assert_answer("4142434445");
	assert_int_equal(send("1020008106313233343536"), 0x6884);
	for (int i = 0; i < 17 && sw == 0x9000; i++)
		sw = send_bytes(piece, sizeof piece);
	assert_int_equal(sw, 0x6700);
	assert_int_equal(send("00DA005B0146"), 0x9000);
	assert_int_equal(send("00CA005B00"), 0x9000);
	assert_answer("46");
	vcard_free(card);
	card = NULL;
}

/* Nothing is told as done that is not in the file. */
static void test_a_card_that_cannot_save(void **state)
{
	(void)state;
	make("gids");
	assert_int_equal(send("00A4040009A00000039742544659"), 0x9000);
	assert_int_equal(send("0020008006313233343536"), 0x9000);
	memcpy(card->path, "/nowhere/at/all", 16);
	assert_int_equal(send("00DBA01009DF2206010000000000"), 0x6581);
	assert_int_equal(send("00CBA010045C02DF2200"), 0x6581);
	card->path[0] = '\0';
	assert_int_equal(send("00CBA010045C02DF2200"), 0x9000);
	assert_answer("DF2206000000000000");
	memcpy(card->path, "/nowhere/at/all", 16);
	assert_int_equal(send("00DBA01004DF400101"), 0x6581);
	card->path[0] = '\0';
	assert_int_equal(send("00CBA010045C02DF4000"), 0x6A88);
	memcpy(card->path, "/nowhere/at/all", 16);
	assert_int_equal(send("002400800C313233343536363534333231"), 0x6581);
	card->path[0] = '\0';
	assert_int_equal(send("0020008006313233343536"), 0x9000);
	vcard_free(card);
	card = NULL;
}

/* Commands of anyone: half of them with a header that means something, so that they get far. */
static size_t hostile(uint32_t *seed, uint8_t cmd[300])
{
	static const uint8_t ins[] = {0x20, 0x22, 0x24, 0x2A, 0x2C, 0x47, 0x84, 0x87,
				      0x88, 0xA4, 0xA5, 0xC0, 0xCA, 0xCB, 0xDA, 0xDB};
	static const uint8_t tags[] = {0x7C, 0x5C, 0x81, 0x82, 0x83, 0x84, 0x60, 0x70, 0x7F, 0xDF};
	size_t len;

	for (size_t i = 0; i < 300; i++) {
		*seed = *seed * 1664525u + 1013904223u;
		cmd[i] = (uint8_t)(*seed >> 24);
	}
	len = (size_t)(cmd[290] << 8 | cmd[291]) % 290;
	if (cmd[292] < 128 && len >= 7) {
		cmd[0] = (cmd[293] & 7) == 0 ? 0x10 : 0x00;
		cmd[1] = ins[cmd[294] % sizeof ins];
		cmd[4] = (uint8_t)(len - 5 < 256 ? len - 5 : 0);
		cmd[5] = tags[cmd[295] % sizeof tags];
		if ((cmd[296] & 3) != 0)
			cmd[6] = (uint8_t)(len - 7);
		if ((cmd[297] & 1) != 0)
			cmd[3] = 0x80 | (cmd[3] & 3);
		if ((cmd[297] & 2) != 0)
			cmd[2] = cmd[1] == 0xCB || cmd[1] == 0xDB ? 0x3F : 0x00;
	}
	return len;
}

static void test_hostile_commands(void **state)
{
	static const char *const selects[] = {"00A4040009A00000030800001000", "00A4040006D27600012401",
					      "00A4040009A00000039742544659"};
	static const char *const families[] = {"piv", "openpgp", "gids"};
	uint32_t seed = 20261122;

	(void)state;
	for (size_t f = 0; f < 3; f++) {
		make(families[f]);
		for (int i = 0; i < 20000; i++) {
			uint8_t cmd[300];
			const size_t len = hostile(&seed, cmd);

			if (i % 64 == 0)
				assert_int_equal(send(selects[f]), 0x9000);
			(void)send_bytes(cmd, len);
		}
		vcard_free(card);
		card = NULL;
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_cards_keep_the_rules),
		cmocka_unit_test(test_openpgp_numbers),
		cmocka_unit_test(test_an_admin_key_of_its_own),
		cmocka_unit_test(test_answers_in_pieces),
		cmocka_unit_test(test_commands_in_pieces),
		cmocka_unit_test(test_a_card_that_cannot_save),
		cmocka_unit_test(test_hostile_commands),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
