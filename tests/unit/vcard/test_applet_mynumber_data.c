/* SPDX-License-Identifier: Apache-2.0 */
/*
 * My Number Card and the phone's token: what their files hold, who opens them, and cards that are made
 * otherwise than by default. Layouts: jpki/myna and soltia48/myna-card.
 */
#include "applet_crypto.h"

#define JPKI "00A4040C0AD392F000260100000001"
#define TEXT "00A4040C0AD3921000310001010408"
#define VISUAL "00A4040C0AD3921000310001010402"
#define JUKI "00A4040C0AD3921000310001010401"
#define COMMON "00A4040C0AD3921000310001010100"
#define EF(fid) "00A4020C02" fid
#define QUERY "00200080"

static struct rig card, mobile, child;

static int make_cards(void **state)
{
	(void)state;
	rig_make(&card, &(struct vcard_spec){.family = "mynumber"});
	rig_make(&mobile, &(struct vcard_spec){.family = "mynumber-mobile"});
	rig_make(&child,
		 &(struct vcard_spec){.family = "mynumber", .pins = "sign=", .municipality = "01100"});
	return 0;
}

static int free_cards(void **state)
{
	(void)state;
	vcard_free(card.c);
	vcard_free(mobile.c);
	vcard_free(child.c);
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	rig_fresh(&card);
	rig_fresh(&mobile);
	rig_fresh(&child);
	return 0;
}

static void at(struct rig *r, const char *app, const char *ef)
{
	assert_sw(rig_hex(r, app), 0x9000);
	assert_sw(rig_hex(r, ef), 0x9000);
}

static void test_reading(void **state)
{
	(void)state;
	assert_sw(rig_hex(&card, "00B0000000"), 0x6986);
	at(&card, JPKI, EF("0001"));
	assert_sw(rig_hex(&card, "00B0000004"), 0x6982);
	assert_sw(rig_hex(&card, EF("000A")), 0x9000);
	assert_sw(rig_hex(&card, "00B0000004"), 0x9000);
	assert_int_equal(card.len, 4);
	assert_sw(rig_hex(&card, "00B07FFF00"), 0x6B00);
	assert_sw(rig_hex(&card, "00B00000"), 0x6700);
	assert_sw(rig_hex(&card, EF("0018")), 0x9000);
	assert_sw(rig_hex(&card, "00B0000000"), 0x6981);
	assert_sw(rig_hex(&card, EF("0017")), 0x9000);
	assert_sw(rig_hex(&card, "00B0000000"), 0x6981);
	assert_sw(rig_hex(&card, EF("0008")), 0x9000);
	assert_sw(rig_hex(&card, "00B0000000"), 0x9000);
	assert_data(&card, "8F8F00");
	assert_sw(rig_hex(&card, "00B0000300"), 0x6B00);
	assert_sw(rig_hex(&card, "00B0000100"), 0x9000);
	assert_data(&card, "8F00");
}

static void test_token_info(void **state)
{
	(void)state;
	at(&card, JPKI, EF("0006"));
	assert_sw(rig_hex(&card, "00B0000000"), 0x9000);
	assert_int_equal(card.len, 160);
	assert_memory_equal(card.data, "JPKIAPICCTOKEN2                 ", 32);
	assert_memory_equal(card.data + 32,
			    "00000000000000000000000000000001E16R01NJ        0123456789012345", 64);
	assert_memory_equal(card.data + 96,
			    "\0\0\x04\x0D\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\x10\0\0\0\x06", 28);
	assert_memory_equal(card.data + 124,
			    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 16);
	assert_memory_equal(card.data + 140, "03019999999999999999", 20);
	at(&mobile, JPKI, EF("0006"));
	assert_sw(rig_hex(&mobile, "00B0000000"), 0x9000);
	assert_memory_equal(mobile.data, "JPKIAPGPSETOKEN                 ", 32);
	assert_memory_equal(mobile.data + 80, "2000000000000001", 16);
}

static void test_common_record(void **state)
{
	(void)state;
	assert_sw(rig_hex(&card, COMMON), 0x9000);
	assert_sw(rig_hex(&card, "00B2010C00"), 0x9000);
	assert_int_equal(card.len, 30);
	assert_memory_equal(card.data,
			    "\x01\x1C"
			    "123456789012345"
			    "13225"
			    "20350101",
			    30);
	assert_sw(rig_hex(&card, "00B2020C00"), 0x6A83);
	assert_sw(rig_hex(&card, "00B0810000"), 0x6981);
	assert_sw(rig_hex(&card, EF("0001")), 0x9000);
	assert_sw(rig_hex(&card, "00B2010400"), 0x9000);
	assert_int_equal(card.len, 30);
	assert_sw(rig_hex(&child, COMMON), 0x9000);
	assert_sw(rig_hex(&child, "00B2010C00"), 0x9000);
	assert_memory_equal(child.data + 17, "01100", 5);
	/* The same before any application is selected, as data objects. */
	vcard_reset(card.c);
	assert_sw(rig_hex(&card, "00CA00F000"), 0x9000);
	assert_memory_equal(card.data, "13225", 5);
	assert_sw(rig_hex(&card, "80CA5F5100"), 0x9000);
	assert_data(&card, "E000FF8131FE4514");
	assert_sw(rig_hex(&card, JPKI), 0x9000);
	assert_sw(rig_hex(&card, "00CA00F000"), 0x6A88);
	assert_sw(rig_hex(&card, "00B2010C00"), 0x6981); /* here file 0001 is a certificate */
}

/* Who opens what in the text application: the PIN both files, each code its own. */
static void test_text_files(void **state)
{
	static const struct {
		const char *pin_ef, *pin;
		unsigned number, attributes;
	} rows[] = {
		{EF("0011"), "1234", 0x9000, 0x9000},
		{EF("0014"), "123456789012", 0x9000, 0x6982},
		{EF("0015"), "12010120350042", 0x6982, 0x9000},
	};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		at(&card, TEXT, rows[i].pin_ef);
		assert_sw(rig_hex(&card, "00B0810000"), 0x6982);
		assert_sw(rig_hex(&card, rows[i].pin_ef), 0x9000);
		assert_sw(rig_text(&card, QUERY, rows[i].pin), 0x9000);
		assert_sw(rig_hex(&card, "00B0810000"), rows[i].number);
		assert_sw(rig_hex(&card, "00B0820000"), rows[i].attributes);
	}
	assert_int_equal(card.len, 3 + 11 + 18 + 51 + 11 + 4);
	assert_memory_equal(card.data, "\xFF\x20\x5F\xDF\x21\x08\x00\x0E\x00\x20\x00\x53\x00\x5E\xDF\x22\x0F",
			    17);
	assert_memory_equal(card.data + 0x20, "\xDF\x23", 2);
	assert_memory_equal(card.data + 0x53,
			    "\xDF\x24\x08"
			    "20000101",
			    11);
	assert_memory_equal(card.data + 0x5E,
			    "\xDF\x25\x01"
			    "2",
			    4);
	at(&card, TEXT, EF("0011"));
	assert_sw(rig_text(&card, QUERY, "1234"), 0x9000);
	assert_sw(rig_hex(&card, "00B0810000"), 0x9000);
	assert_data(&card, "FF100C 313233343536373839303132 FFFF");
}

/* The phone: the same application, its own label, nothing else, and the certificate behind the PIN. */
static void test_mobile(void **state)
{
	(void)state;
	assert_sw(rig_hex(&mobile, TEXT), 0x6A82);
	assert_sw(rig_hex(&mobile, VISUAL), 0x6A82);
	assert_sw(rig_hex(&mobile, JUKI), 0x6A82);
	assert_sw(rig_hex(&mobile, COMMON), 0x6A82);
	at(&mobile, JPKI, EF("000A"));
	assert_sw(rig_hex(&mobile, "00B0000004"), 0x6982);
	assert_sw(rig_hex(&mobile, EF("0018")), 0x9000);
	assert_sw(rig_text(&mobile, QUERY, "1234"), 0x9000);
	assert_sw(rig_hex(&mobile, EF("000A")), 0x9000);
	assert_sw(rig_hex(&mobile, "00B0000004"), 0x9000);
	assert_sw(rig_hex(&mobile, EF("000B")), 0x9000);
	assert_sw(rig_hex(&mobile, "00B0000004"), 0x9000);
}

/* Made with "sign=": no signature PIN, key or certificate. The rest is as ever. */
static void test_card_without_signature(void **state)
{
	(void)state;
	assert_sw(rig_hex(&child, JPKI), 0x9000);
	assert_sw(rig_hex(&child, EF("001B")), 0x6A82);
	assert_sw(rig_hex(&child, EF("001A")), 0x6A82);
	assert_sw(rig_hex(&child, EF("0001")), 0x6A82);
	assert_sw(rig_hex(&child, "0020009B"), 0x6A82);
	assert_sw(rig_hex(&child, "00B0880000"), 0x9000);
	assert_data(&child, "008F00");
	assert_sw(rig_hex(&child, EF("0018")), 0x9000);
	assert_sw(rig_text(&child, QUERY, "1234"), 0x9000);
}

static void test_names_on_certificates(void **state)
{
	struct vcard_spec spec = {
		.family = "mynumber-mobile", .holder = "Mihon, \"T\" + Co; #1 \\ <x>=y ", .pins = "auth="};
	static struct rig r;
	char text[256];
	struct vkey *k;

	(void)state;
	rig_make(&r, &spec);
	k = vcard_key(r.c, "sign");
	subject_of(k->cert_der, k->cert_len, text, sizeof text);
	assert_string_equal(text, "C=JP,O=Repin virtual card,OU=signature,CN=Mihon\\, \\\"T\\\" \\+ Co\\; #1 "
				  "\\\\ \\<x\\>=y\\ ");
	assert_null(vcard_key(r.c, "auth"));
	vcard_free(r.c);
	/* Everybody can read the other one: no name in it. */
	k = vcard_key(card.c, "auth");
	subject_of(k->cert_der, k->cert_len, text, sizeof text);
	assert_null(strstr(text, "見本"));
	k = vcard_key(card.c, "sign");
	subject_of(k->cert_der, k->cert_len, text, sizeof text);
	assert_non_null(strstr(text, "見本　花子"));
}

static void test_numbers_that_are_none(void **state)
{
	static const struct vcard_spec bad[] = {
		{.family = "mynumber", .number = "12345678901234"},
		{.family = "mynumber", .number = "12345678901234X"},
		{.family = "mynumber", .municipality = "1322"},
		{.family = "mynumber-mobile", .number = "123456789012345"},
		{.family = "aosign", .number = "123456789012345"},
		{.family = "hicos", .number = "X000000000091349"},
		{.family = "hicos", .number = "XC0000000009134A"},
		{.family = "hicos", .number = "xc00000000091349"},
	};
	struct vcard *c = NULL;
	struct rp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(vcard_make(&bad[i], &c, &err), RP_E_USAGE);
		assert_null(c);
	}
}

/* The visual application: each code opens its own, and they have counters of their own. */
static void test_visual_files(void **state)
{
	(void)state;
	at(&card, VISUAL, EF("0011"));
	assert_sw(rig_hex(&card, "00B0810000"), 0x6982);
	assert_sw(rig_text(&card, "00200091", "120101"), 0x9000);
	assert_sw(rig_hex(&card, "00B0810000"), 0x9000);
	assert_data(&card, "FF100B DF1108 3230303030313031");
	assert_sw(rig_hex(&card, "00B0820000"), 0x6982);
	assert_sw(rig_text(&card, "00200093", "123456789012"), 0x9000);
	assert_sw(rig_hex(&card, "00B0820000"), 0x9000);
	assert_data(&card, "FF201A DF2208 3230303030313031 DF2301 32 DF2908 3230333530313031");
	assert_sw(rig_hex(&card, EF("0003")), 0x6A82);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(test_reading),
		T(test_token_info),
		T(test_common_record),
		T(test_text_files),
		T(test_mobile),
		T(test_card_without_signature),
		T(test_names_on_certificates),
		T(test_numbers_that_are_none),
		T(test_visual_files),
	};

	return cmocka_run_group_tests_name("applet_mynumber_data", tests, make_cards, free_cards);
}
