/* SPDX-License-Identifier: Apache-2.0 */
/*
 * My Number Card on the wire: the rules that its public clients and observations lay down for PINs, SELECT
 * and keys. What its files hold: test_applet_mynumber_data.c; AOSign and HiCOS have tests of their own.
 */
#include "applet_crypto.h"

#include <stdlib.h>
#include <unistd.h>

#define JPKI "00A4040C0AD392F000260100000001"
#define TEXT "00A4040C0AD3921000310001010408"
#define VISUAL "00A4040C0AD3921000310001010402"
#define JUKI "00A4040C0AD3921000310001010401"
#define COMMON "00A4040C0AD3921000310001010100"
#define EF(fid) "00A4020C02" fid
#define QUERY "00200080"

static struct rig card;

static int make_cards(void **state)
{
	(void)state;
	rig_make(&card, &(struct vcard_spec){.family = "mynumber"});
	return 0;
}

static int free_cards(void **state)
{
	(void)state;
	vcard_free(card.c);
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	rig_fresh(&card);
	return 0;
}

static void at(struct rig *r, const char *app, const char *ef)
{
	assert_sw(rig_hex(r, app), 0x9000);
	assert_sw(rig_hex(r, ef), 0x9000);
}

/* Every reference that a person knows. */
static const struct ref {
	const char *app, *ef, *pin, *id;
	unsigned max;
	const char *change; /* NULL: not by the holder */
} refs[] = {
	{JPKI, EF("001B"), "ABC123", "sign", 5, "00240180"},
	{JPKI, EF("0018"), "1234", "auth", 3, "00240180"},
	{TEXT, EF("0011"), "1234", "text", 3, "00240180"},
	{JUKI, EF("001C"), "1234", "juki", 3, "80320080"},
	{COMMON, EF("001C"), "1234", "juki-common", 3, "80320080"},
	{TEXT, EF("0014"), "123456789012", "code-a", 10, NULL},
	{TEXT, EF("0015"), "12010120350042", "code-b", 10, NULL},
	{VISUAL, EF("0011"), "120101", "visual-birth", 10, NULL},
	{VISUAL, EF("0012"), "12010120350042", "visual-code-b", 10, NULL},
	{VISUAL, EF("0013"), "123456789012", "visual-code-a", 10, NULL},
};
enum { N_REFS = sizeof refs / sizeof refs[0] };

/* For every reference, every answer from a full counter to the lock, and after it. */
static void test_what_happens_at_a_lock(void **state)
{
	size_t i;
	unsigned left;

	(void)state;
	for (i = 0; i < N_REFS; i++) {
		at(&card, refs[i].app, refs[i].ef);
		assert_sw(rig_hex(&card, QUERY), 0x63C0 | refs[i].max);
		assert_sw(rig_text(&card, QUERY, "0"), 0x63C0 | (refs[i].max - 1));
		assert_sw(rig_hex(&card, QUERY), 0x63C0 | (refs[i].max - 1));
		assert_sw(rig_text(&card, QUERY, refs[i].pin), 0x9000);
		assert_sw(rig_hex(&card, QUERY), 0x63C0 | refs[i].max); /* not 9000 */
		for (left = refs[i].max; left > 0; left--)
			assert_sw(rig_text(&card, QUERY, "0"), 0x63C0 | (left - 1));
		assert_sw(rig_hex(&card, QUERY), 0x63C0);
		assert_sw(rig_text(&card, QUERY, "0"), 0x6984);
		assert_sw(rig_text(&card, QUERY, refs[i].pin), 0x6984);
		assert_sw(rig_hex(&card, QUERY), 0x63C0);
		assert_int_equal(card.len, 0);
		if (refs[i].change != NULL)
			assert_sw(rig_text(&card, refs[i].change, "4321"), 0x6982);
	}
}

/* A counter is one reference's own: nothing that happens to one is seen at another. */
static void test_counters_are_apart(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < N_REFS; i++) {
		rig_fresh(&card);
		at(&card, refs[i].app, refs[i].ef);
		assert_sw(rig_text(&card, QUERY, "0"), 0x63C0 | (refs[i].max - 1));
		for (k = 0; k < N_REFS; k++) {
			at(&card, refs[k].app, refs[k].ef);
			assert_sw(rig_hex(&card, QUERY), 0x63C0 | (refs[k].max - (i == k)));
		}
	}
}

/* The reference that is blocked on every card: the public evidence for 63C0 and 6984. */
static void test_blocked_reference(void **state)
{
	(void)state;
	at(&card, TEXT, EF("0012"));
	assert_sw(rig_hex(&card, QUERY), 0x63C0);
	assert_sw(rig_text(&card, QUERY, "1234"), 0x6984);
	assert_sw(rig_hex(&card, QUERY), 0x63C0);
}

static void test_short_identifiers(void **state)
{
	(void)state;
	assert_sw(rig_hex(&card, JPKI), 0x9000);
	assert_sw(rig_hex(&card, "0020009B"), 0x63C5);
	assert_sw(rig_hex(&card, "00200098"), 0x63C3);
	assert_sw(rig_hex(&card, QUERY), 0x63C3); /* it is the current file now */
	assert_sw(rig_text(&card, "00200098", "1234"), 0x9000);
	assert_sw(rig_hex(&card, "00B08600 20"), 0x9000);
	assert_int_equal(card.len, 32);
	assert_sw(rig_hex(&card, "0020009D"), 0x6A82);
	assert_sw(rig_hex(&card, "00200086"), 0x6981);
	assert_sw(rig_hex(&card, "00B09B0000"), 0x6981);
	assert_sw(rig_hex(&card, "00B0E60000"), 0x6A86);
}

/* DF names whole or in part with P1 = 04, files with P1 = 02, and 6A82 for whatever is not there. */
static void test_select(void **state)
{
	(void)state;
	assert_sw(rig_hex(&card, "00A40000"), 0x6A86);
	assert_sw(rig_hex(&card, EF("0018")), 0x6A82);
	assert_sw(rig_hex(&card, JPKI), 0x9000);
	assert_int_equal(card.len, 0);
	assert_sw(rig_hex(&card, "00A40000"), 0x9000);
	assert_sw(rig_hex(&card, "00A40000023F00"), 0x6A82);
	assert_sw(rig_hex(&card, "00A4000C020018"), 0x6A82); /* only P1 = 02 finds a file */
	assert_sw(rig_hex(&card, EF("0018")), 0x9000);
	assert_sw(rig_hex(&card, EF("0011")), 0x6A82); /* another application's */
	assert_sw(rig_hex(&card, EF("001F")), 0x6A82);
	assert_sw(rig_hex(&card, QUERY), 0x63C3); /* what was selected still is */
	assert_sw(rig_hex(&card, "00A4040C0AD392F000260100000002"), 0x6A82);
	assert_sw(rig_hex(&card, "00A4040C0BD392F00026010000000100"), 0x6A82);
	assert_sw(rig_hex(&card, "00A4040C"), 0x6A82);
	assert_sw(rig_hex(&card, QUERY), 0x63C3);
	/* Names may be given in part. */
	assert_sw(rig_hex(&card, "00A4040C05D392F00026"), 0x9000);
	assert_sw(rig_hex(&card, EF("001B")), 0x9000);
	assert_sw(rig_hex(&card, "00A4040C09D39210003100010104"), 0x9000);
	assert_sw(rig_hex(&card, EF("0011")), 0x9000);
	/* With P2 = 00 there is an answer. */
	assert_sw(rig_hex(&card, "00A404000AD392F00026010000000100"), 0x9000);
	assert_data(&card, "6F0C 840A D392F000260100000001");
}

/* What OpenSC asks before it asks for JPKI; none of it may find anything. */
static void test_probes_of_opensc(void **state)
{
	static const char *const probes[] = {
		"00A4040007627601FF000000",	      "00A4040006A00000000101",
		"00A404000BE82B0601040181C31F020100", "00A4040C0FD23300000045737445494420763335",
		"00A4040009A0000003080000100000",     "00A4040C07A000000116DB0000",
		"00A4040C07A000000079100000",	      "00A404000CF276A288BCFBA69D34F31001",
		"00A4040009A0000003974254465900",     "00A4040006D2760001240100",
	};
	char hex[40];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof probes / sizeof probes[0]; i++)
		assert_sw(rig_hex(&card, probes[i]), 0x6A82);
	for (i = 0; i < 16; i++) {
		(void)snprintf(hex, sizeof hex, "00A4040C07A00000007901%02X00", i);
		assert_sw(rig_hex(&card, hex), 0x6A82);
	}
	assert_sw(rig_hex(&card, "00CADF3005"), 0x6A88);
	assert_sw(rig_hex(&card, "00CB3FFF035C017E08"), 0x6D00);
	assert_sw(rig_hex(&card, JPKI), 0x9000);
	assert_sw(rig_hex(&card, "00A404000CA000000063504B43532D313500"), 0x6A82);
}

static unsigned sign(struct rig *r, const char *head, const void *text, size_t len)
{
	uint8_t cmd[262];
	size_t n = 0;

	assert_true(hex_read(head, cmd, 4, &n));
	cmd[n++] = (uint8_t)len;
	memcpy(cmd + n, text, len);
	cmd[n + len] = 0x00;
	return rig_send(r, cmd, n + len + 1);
}

/* Both keys: closed before VERIFY, closed to the other PIN, and then right. */
static void test_signatures(void **state)
{
	static const char text[] = "REPIN-PROOF-1\n";
	static const struct {
		const char *key, *p2, *pin_ef, *pin, *other_ef, *other, *cert, *ca;
	} keys[] = {
		{"0017", "97", "0018", "1234", "001B", "ABC123", "000A", "000B"},
		{"001A", "9A", "001B", "ABC123", "0018", "1234", "0001", "0002"},
	};
	static uint8_t cert[2048], ca[2048];
	uint8_t info[DIGEST_INFO_LEN], hash[32];
	char select[32], head[16];
	size_t i, cert_len, ca_len;

	(void)state;
	digest_info(text, sizeof text - 1, info);
	memcpy(hash, info + 19, 32);
	for (i = 0; i < 2; i++) {
		assert_sw(rig_hex(&card, JPKI), 0x9000);
		(void)snprintf(head, sizeof head, "802A00%s", keys[i].p2);
		assert_sw(sign(&card, head, info, sizeof info), 0x6982);
		(void)snprintf(select, sizeof select, EF("%s"), keys[i].other_ef);
		assert_sw(rig_hex(&card, select), 0x9000);
		assert_sw(rig_text(&card, QUERY, keys[i].other), 0x9000);
		assert_sw(sign(&card, head, info, sizeof info), 0x6982);
		(void)snprintf(select, sizeof select, EF("%s"), keys[i].pin_ef);
		assert_sw(rig_hex(&card, select), 0x9000);
		assert_sw(rig_text(&card, QUERY, keys[i].pin), 0x9000);
		(void)snprintf(select, sizeof select, EF("%s"), keys[i].cert);
		assert_sw(rig_hex(&card, select), 0x9000);
		cert_len = rig_read_all(&card, "00", cert, sizeof cert, 256);
		assert_true(cert[0] == 0x30 && cert[1] == 0x82 &&
			    cert_len == 4u + (unsigned)(cert[2] << 8 | cert[3]));
		(void)snprintf(select, sizeof select, EF("%s"), keys[i].ca);
		assert_sw(rig_hex(&card, select), 0x9000);
		ca_len = rig_read_all(&card, "00", ca, sizeof ca, 256);
		assert_true(certified_by(cert, cert_len, ca, ca_len));

		(void)snprintf(select, sizeof select, EF("%s"), keys[i].key);
		assert_sw(rig_hex(&card, select), 0x9000);
		assert_sw(sign(&card, "802A0080", info, sizeof info), 0x9000);
		assert_true(signed_by(cert, cert_len, text, card.data, card.len));
		assert_sw(sign(&card, "802A0080", info, sizeof info),
			  0x9000); /* the status serves more than once */
		assert_sw(sign(&card, head, info, sizeof info), 0x9000);
		assert_true(signed_by(cert, cert_len, text, card.data, card.len));
		assert_sw(sign(&card, "802A0280", hash, sizeof hash), 0x9000);
		assert_true(signed_by(cert, cert_len, text, card.data, card.len));
		assert_sw(sign(&card, "802A0380", text, sizeof text - 1), 0x9000);
		assert_true(signed_by(cert, cert_len, text, card.data, card.len));
		assert_false(signed_by(cert, cert_len, "REPIN-PROOF-2\n", card.data, card.len));
		assert_sw(rig_hex(&card, JPKI), 0x9000);
		assert_sw(sign(&card, head, info, sizeof info),
			  0x6982); /* SELECT of the application takes it */
	}
}

static void test_what_is_signed(void **state)
{
	uint8_t text[255];

	(void)state;
	memset(text, 0x5A, sizeof text);
	at(&card, JPKI, EF("0018"));
	assert_sw(rig_text(&card, QUERY, "1234"), 0x9000);
	assert_sw(rig_hex(&card, "802A008001AA00"), 0x6981); /* the PIN's file is no key */
	assert_sw(rig_hex(&card, EF("0017")), 0x9000);
	assert_sw(rig_hex(&card, "802A0080"), 0x6700);
	assert_sw(sign(&card, "802A0080", text, 245), 0x9000);
	assert_sw(sign(&card, "802A0080", text, 246), 0x6985);
	assert_sw(sign(&card, "802A0280", text, 31), 0x6985);
	assert_sw(sign(&card, "802A0180", text, 255), 0x9000);
	assert_sw(sign(&card, "802A0380", text, 255), 0x9000);
	assert_sw(sign(&card, "802A0480", text, 32), 0x6A81);
	assert_sw(sign(&card, "802A0680", text, 32), 0x6A86);
	assert_sw(rig_data(&card, "802A0080", text, 51), 0x6700); /* no Le */
	assert_sw(sign(&card, "002A0080", text, 51), 0x6D00);
	assert_sw(rig_hex(&card, JPKI), 0x9000);
	assert_sw(sign(&card, "802A0080", text, 51), 0x6986);
}

/* 00 24 01 in JPKI and text, 80 32 00 in juki and common; after VERIFY of that very reference only. */
static void test_change(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_REFS; i++) {
		const char *other = refs[i].change != NULL && refs[i].change[0] == '0' ? "80320080"
										       : "00240180";

		at(&card, refs[i].app, refs[i].ef);
		if (refs[i].change == NULL) {
			assert_sw(rig_text(&card, QUERY, refs[i].pin), 0x9000);
			assert_sw(rig_text(&card, "00240180", "4321"), 0x6982);
			assert_sw(rig_text(&card, "80320080", "4321"), 0x6982);
			continue;
		}
		assert_sw(rig_text(&card, refs[i].change, "NEW432"), 0x6982);
		assert_sw(rig_text(&card, QUERY, "0"), 0x63C0 | (refs[i].max - 1));
		assert_sw(rig_text(&card, refs[i].change, "NEW432"), 0x6982);
		assert_sw(rig_text(&card, QUERY, refs[i].pin), 0x9000);
		assert_sw(rig_text(&card, other, "NEW432"), 0x6D00);
		assert_sw(rig_text(&card, refs[i].change, "12345678901234567"), 0x6700);
		assert_sw(rig_hex(&card, refs[i].change), 0x6700);
		assert_sw(rig_text(&card, QUERY, refs[i].pin), 0x9000);
		assert_sw(rig_text(&card, refs[i].change, "NEW432"), 0x9000);
		assert_sw(rig_text(&card, QUERY, refs[i].pin), 0x63C0 | (refs[i].max - 1));
		assert_sw(rig_text(&card, QUERY, "NEW432"), 0x9000);
		/* Only the reference that was verified. */
		assert_sw(rig_hex(&card, refs[i].app), 0x9000);
		assert_sw(rig_hex(&card, refs[i].ef), 0x9000);
		assert_sw(rig_text(&card, refs[i].change, "AGAIN1"), 0x6982);
	}
	at(&card, JPKI, EF("0018"));
	assert_sw(rig_text(&card, QUERY, "NEW432"), 0x9000);
	assert_sw(rig_hex(&card, EF("001B")), 0x9000);
	assert_sw(rig_text(&card, "00240180", "ABCDEF"), 0x6982);
	assert_sw(rig_text(&card, "00240080", "ABCDEFNEW432"), 0x6A86);
}

/* The card compares bytes: no folding of case, no padding, no cutting. */
static void test_bytes_are_compared(void **state)
{
	(void)state;
	at(&card, JPKI, EF("001B"));
	assert_sw(rig_text(&card, QUERY, "abc123"), 0x63C4);
	assert_sw(rig_data(&card, QUERY, "ABC123\0", 7), 0x63C3);
	assert_sw(rig_text(&card, QUERY, "ABC12"), 0x63C2);
	assert_sw(rig_text(&card, QUERY, "ABC1233333333333333333333333333"), 0x63C1);
	assert_sw(rig_text(&card, QUERY, "ABC123"), 0x9000);
	assert_sw(rig_text(&card, "00200180", "ABC123"), 0x6A86);
	assert_sw(rig_text(&card, "00200000", "ABC123"), 0x6A86);
}

/* Power and SELECT take what VERIFY gave, never what a wrong one has cost. */
static void test_status_is_lost_and_counters_are_kept(void **state)
{
	(void)state;
	at(&card, JPKI, EF("001B"));
	assert_sw(rig_text(&card, QUERY, "0"), 0x63C4);
	assert_sw(rig_hex(&card, EF("0018")), 0x9000);
	assert_sw(rig_text(&card, QUERY, "1234"), 0x9000);
	vcard_reset(card.c);
	vcard_reset(card.c);
	assert_sw(rig_hex(&card, QUERY), 0x6986);
	at(&card, JPKI, EF("0017"));
	assert_sw(rig_hex(&card, "802A008001AA00"), 0x6982);
	at(&card, JPKI, EF("001B"));
	assert_sw(rig_hex(&card, QUERY), 0x63C4);
	/* A wrong VERIFY takes what a right one had given. */
	assert_sw(rig_text(&card, QUERY, "ABC123"), 0x9000);
	assert_sw(rig_text(&card, QUERY, "ABC124"), 0x63C4);
	assert_sw(rig_hex(&card, EF("0001")), 0x9000);
	assert_sw(rig_hex(&card, "00B0000004"), 0x6982);
}

static void test_challenge_and_classes(void **state)
{
	(void)state;
	assert_sw(rig_hex(&card, "0084000008"), 0x9000);
	assert_int_equal(card.len, 8);
	assert_sw(rig_hex(&card, "0084000000"), 0x9000);
	assert_int_equal(card.len, 256);
	assert_sw(rig_hex(&card, "00840000000200"), 0x6985);
	assert_sw(rig_hex(&card, "0084010008"), 0x6A86);
	assert_sw(rig_hex(&card, "01A4040C0AD392F000260100000001"), 0x6881);
	assert_sw(rig_hex(&card, "0CA4040C0AD392F000260100000001"), 0x6882);
	assert_sw(rig_hex(&card, "0CB0000000"), 0x69FC);
	assert_sw(rig_hex(&card, "40B0000000"), 0x6E00);
	assert_sw(rig_hex(&card, "80FC0000"), 0x6700);
	assert_sw(rig_hex(&card, "002C0080"), 0x6D00);
	assert_sw(rig_hex(&card, "80540080"), 0x6D00);
}

/* The same over a state file. */
static void test_state_file(void **state)
{
	char path[] = "/tmp/repin-jp-XXXXXX";
	struct rp_error err = RP_ERROR_INIT;
	static struct rig mine;
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	rig_make(&mine, &(struct vcard_spec){.family = "mynumber"});
	assert_int_equal(vcard_keep(mine.c, path, &err), RP_OK);
	at(&mine, JPKI, EF("001B"));
	assert_sw(rig_text(&mine, QUERY, "ABC124"), 0x63C4);
	assert_sw(rig_hex(&mine, EF("0018")), 0x9000);
	assert_sw(rig_text(&mine, QUERY, "1234"), 0x9000);
	assert_sw(rig_text(&mine, "00240180", "7777"), 0x9000);
	vcard_free(mine.c);
	assert_int_equal(vcard_load(path, &mine.c, &err), RP_OK);
	at(&mine, JPKI, EF("001B"));
	assert_sw(rig_hex(&mine, QUERY), 0x63C4);
	assert_sw(rig_hex(&mine, EF("0017")), 0x9000);
	assert_sw(rig_hex(&mine, "802A008001AA00"), 0x6982);
	assert_sw(rig_hex(&mine, EF("0018")), 0x9000);
	assert_sw(rig_text(&mine, QUERY, "7777"), 0x9000);
	assert_sw(rig_hex(&mine, EF("0017")), 0x9000);
	assert_sw(rig_hex(&mine, "802A008001AA00"), 0x9000);
	vcard_free(mine.c);
	assert_int_equal(unlink(path), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(test_what_happens_at_a_lock),
		T(test_counters_are_apart),
		T(test_blocked_reference),
		T(test_short_identifiers),
		T(test_select),
		T(test_probes_of_opensc),
		T(test_signatures),
		T(test_what_is_signed),
		T(test_change),
		T(test_bytes_are_compared),
		T(test_status_is_lost_and_counters_are_kept),
		T(test_challenge_and_classes),
		T(test_state_file),
	};

	return cmocka_run_group_tests_name("applets_jp_tw", tests, make_cards, free_cards);
}
