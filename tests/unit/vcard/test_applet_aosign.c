/* SPDX-License-Identifier: Apache-2.0 */
/* AOSign against docs/wire.md, section 2: ten tries each, the letter as the way back, and the dead card. */
#include "applet_crypto.h"

#include <stdlib.h>
#include <unistd.h>

#define SELECT "00A4040009F0524550494E414F5300"

static struct rig card;

static int make_cards(void **state)
{
	(void)state;
	rig_make(&card, &(struct vcard_spec){.family = "aosign"});
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
	assert_sw(rig_hex(&card, SELECT), 0x9000);
	return 0;
}

/* Change (24) and unlock (2C): the old secret padded with FF to 16, then the new PIN. */
static unsigned set_with(struct rig *r, const char *head, const char *secret, const char *new_pin)
{
	uint8_t data[64];

	memset(data, 0xFF, 16);
	memcpy(data, secret, strlen(secret));
	memcpy(data + 16, new_pin, strlen(new_pin));
	return rig_data(r, head, data, 16 + strlen(new_pin));
}

static unsigned change(const char *old, const char *new_pin)
{
	return set_with(&card, "00240081", old, new_pin);
}

static unsigned unlock(const char *letter, const char *new_pin)
{
	return set_with(&card, "002C0081", letter, new_pin);
}

static unsigned verify(const char *pin)
{
	return rig_text(&card, "00200081", pin);
}

static void lock(void)
{
	int i;

	for (i = 9; i >= 0; i--)
		assert_sw(verify("wrong"), 0x63C0 | (unsigned)i);
}

static void test_select_and_files(void **state)
{
	static uint8_t cert[2048];
	size_t len, more;

	(void)state;
	assert_sw(rig_hex(&card, SELECT), 0x9000);
	assert_data(&card, "6F0B 8409 F0524550494E414F53");
	assert_sw(rig_hex(&card, "00B0810010"), 0x9000);
	assert_int_equal(card.len, 16);
	assert_memory_equal(card.data, "1234567890123456", 16);
	assert_sw(rig_hex(&card, "00B0820000"), 0x9000);
	assert_int_equal(card.len, 256);
	memcpy(cert, card.data, 256);
	more = rig_read_all(&card, "00", cert, sizeof cert, 256);
	len = 4u + (unsigned)(cert[2] << 8 | cert[3]);
	assert_true(cert[0] == 0x30 && cert[1] == 0x82);
	assert_int_equal(more, len);
	assert_sw(rig_hex(&card, "00B07F0000"), 0x6B00);
	assert_sw(rig_hex(&card, "00B0830000"), 0x6A82);
}

static void test_before_select(void **state)
{
	(void)state;
	vcard_reset(card.c);
	assert_sw(rig_hex(&card, "00200081"), 0x6985);
	assert_sw(rig_hex(&card, "00B0810010"), 0x6985);
	assert_sw(rig_hex(&card, "00A4040C0AD392F000260100000001"), 0x6A82);
	assert_sw(rig_hex(&card, "00A4040007F0524550494E3100"),
		  0x6A82); /* it never has the reset application */
	assert_sw(rig_hex(&card, "00A4040008F0524550494E414F00"), 0x6A82);
	assert_sw(rig_hex(&card, "80A4040009F0524550494E414F5300"), 0x6E00);
	assert_sw(rig_hex(&card, "00A4020C020001"), 0x6A86);
}

static void test_lock_of_the_pin(void **state)
{
	(void)state;
	assert_sw(rig_hex(&card, "00200081"), 0x63CA);
	assert_sw(rig_hex(&card, "00200082"), 0x63CA);
	assert_sw(verify("12345678"), 0x9000);
	assert_sw(rig_hex(&card, "00200081"), 0x63CA); /* also when verified */
	assert_sw(verify("12345679"), 0x63C9);
	assert_sw(verify("12345678"), 0x9000);
	assert_sw(rig_hex(&card, "00200081"), 0x63CA);
	lock();
	assert_sw(rig_hex(&card, "00200081"), 0x6983);
	assert_sw(verify("12345678"), 0x6983);
	assert_sw(change("12345678", "newpin12"), 0x6983);
	assert_sw(rig_hex(&card, "00200082"), 0x63CA);
	assert_sw(rig_text(&card, "00200082", "12345678"), 0x6A86); /* never alone */
	assert_sw(rig_hex(&card, "00200082"), 0x63CA);
	assert_sw(rig_hex(&card, "00200083"), 0x6A88);
}

static void test_change(void **state)
{
	(void)state;
	assert_sw(change("wrong", "newpin12"), 0x63C9);
	assert_sw(change("12345678", "newpin12"), 0x9000);
	assert_sw(rig_hex(&card, "00200081"), 0x63CA);
	assert_sw(verify("12345678"), 0x63C9);
	assert_sw(verify("newpin12"), 0x9000);
	assert_sw(change("newpin12", "aB3dabcdefghijkl"), 0x9000); /* 16 */
	assert_sw(change("aB3dabcdefghijkl", "aaab"), 0x9000);
	assert_sw(change("AAAB", "newpin12"), 0x63C9); /* case counts */
}

/* A new PIN that is refused costs nothing, whether the old one was right or not. */
static void test_unacceptable_pins(void **state)
{
	static const char *const bad[] = {"",	   "abc",   "abcdefghijklmnopq", "111111", "aaaa",
					  "abc d", "abc-1", "ab\xE3\x81\x82"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_sw(change("12345678", bad[i]), 0x6A80);
		assert_sw(change("wrong", bad[i]), 0x6A80);
		assert_sw(unlock("12345678", bad[i]), 0x6A80);
		assert_sw(unlock("wrong", bad[i]), 0x6A80);
	}
	assert_sw(rig_hex(&card, "00200081"), 0x63CA);
	assert_sw(rig_hex(&card, "00200082"), 0x63CA);
	assert_sw(verify("12345678"), 0x9000);
	assert_sw(rig_text(&card, "00240081", "12345678"), 0x6700);
	assert_sw(set_with(&card, "00240181", "12345678", "newpin12"), 0x6A86);
	assert_sw(set_with(&card, "00240082", "12345678", "newpin12"), 0x6A88);
	assert_sw(set_with(&card, "002C0281", "12345678", "newpin12"), 0x6A86);
	assert_sw(rig_hex(&card, "00200082"), 0x63CA);
}

static void test_unlock_sets_both_counters(void **state)
{
	(void)state;
	lock();
	assert_sw(unlock("wrong", "newpin12"), 0x63C9);
	assert_sw(unlock("wrong", "newpin12"), 0x63C8);
	assert_sw(rig_hex(&card, "00200082"), 0x63C8);
	assert_sw(unlock("12345678", "newpin12"), 0x9000);
	assert_sw(rig_hex(&card, "00200081"), 0x63CA);
	assert_sw(rig_hex(&card, "00200082"), 0x63CA);
	assert_sw(verify("newpin12"), 0x9000);
	/* The letter keeps its PIN: it opens the card again, also one that is not locked. */
	assert_sw(unlock("newpin12", "another1"), 0x63C9);
	assert_sw(unlock("12345678", "another1"), 0x9000);
	assert_sw(verify("another1"), 0x9000);
}

static void test_right_letter_ends_a_row_of_wrong_ones(void **state)
{
	int i;

	(void)state;
	for (i = 9; i > 0; i--)
		assert_sw(unlock("wrong", "newpin12"), 0x63C0 | (unsigned)i);
	assert_sw(unlock("12345678", "newpin12"), 0x9000);
	assert_sw(rig_hex(&card, "00200082"), 0x63CA);
	assert_false(card.c->dead);
}

static void test_death(void **state)
{
	int i;

	(void)state;
	assert_sw(verify("12345678"), 0x9000);
	for (i = 9; i > 0; i--)
		assert_sw(unlock("wrong", "newpin12"), 0x63C0 | (unsigned)i);
	assert_false(card.c->dead);
	assert_sw(unlock("wrong", "newpin12"), 0x63C0);
	assert_true(card.c->dead);
	/* The PIN was right and had all its tries: it is no use now. */
	for (i = 0; i < 2; i++) {
		assert_sw(verify("12345678"), 0x6983);
		assert_sw(rig_hex(&card, "00200081"), 0x6983);
		assert_sw(rig_hex(&card, "00200082"), 0x6983);
		assert_sw(change("12345678", "newpin12"), 0x6983);
		assert_sw(unlock("12345678", "newpin12"), 0x6983);
		assert_sw(rig_hex(&card, "002A9E9A01AA00"), 0x6982);
		assert_sw(rig_hex(&card, "00B0810010"), 0x9000); /* number and certificate are still told */
		vcard_reset(card.c);
		assert_sw(rig_hex(&card, SELECT), 0x9000);
	}
}

/* The file says it too: whatever the counters are, a dead card stays dead. */
static void test_dead_whatever_is_left(void **state)
{
	(void)state;
	card.c->dead = true;
	assert_sw(verify("12345678"), 0x6983);
	assert_sw(change("12345678", "newpin12"), 0x6983);
	assert_sw(unlock("12345678", "newpin12"), 0x6983);
	assert_int_equal(vcard_pin(card.c, "letter")->tries, 10);
}

static void test_sign(void **state)
{
	static const char text[] = "REPIN-PROOF-1\n";
	uint8_t cmd[5 + DIGEST_INFO_LEN + 1] = {0x00, 0x2A, 0x9E, 0x9A, DIGEST_INFO_LEN};
	const struct vkey *key = vcard_key(card.c, "sign");

	(void)state;
	digest_info(text, sizeof text - 1, cmd + 5);
	assert_sw(rig_send(&card, cmd, sizeof cmd), 0x6982);
	assert_sw(verify("12345678"), 0x9000);
	assert_sw(rig_send(&card, cmd, sizeof cmd), 0x9000);
	assert_true(signed_by(key->cert_der, key->cert_len, text, card.data, card.len));
	assert_sw(rig_hex(&card, "002A9E9A"), 0x6700);
	assert_sw(rig_hex(&card, "002A9E9B01AA00"), 0x6A86);
	assert_sw(rig_hex(&card, SELECT), 0x9000);
	assert_sw(rig_send(&card, cmd, sizeof cmd), 0x6982);
	assert_sw(verify("12345678"), 0x9000);
	vcard_reset(card.c);
	assert_sw(rig_hex(&card, SELECT), 0x9000);
	assert_sw(rig_send(&card, cmd, sizeof cmd), 0x6982);
	assert_sw(verify("12345678"), 0x9000);
	assert_sw(verify("12345679"), 0x63C9);
	assert_sw(rig_send(&card, cmd, sizeof cmd), 0x6982);
}

static void test_state_file(void **state)
{
	char path[] = "/tmp/repin-ao-XXXXXX";
	struct rp_error err = RP_ERROR_INIT;
	static struct rig mine;
	const int fd = mkstemp(path);
	int i;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	rig_make(&mine, &(struct vcard_spec){.family = "aosign", .holder = "Jiro Mihon"});
	assert_int_equal(vcard_keep(mine.c, path, &err), RP_OK);
	assert_sw(rig_hex(&mine, SELECT), 0x9000);
	assert_sw(rig_text(&mine, "00200081", "wrong"), 0x63C9);
	for (i = 9; i >= 0; i--) {
		assert_sw(set_with(&mine, "002C0081", "wrong", "newpin12"), 0x63C0 | (unsigned)i);
		vcard_free(mine.c);
		assert_int_equal(vcard_load(path, &mine.c, &err), RP_OK);
		assert_sw(rig_hex(&mine, SELECT), 0x9000);
	}
	assert_true(mine.c->dead);
	assert_sw(rig_text(&mine, "00200081", "12345678"), 0x6983);
	vcard_free(mine.c);
	assert_int_equal(unlink(path), 0);
}

static void test_no_reset_key(void **state)
{
	const struct vcard_spec spec = {.family = "aosign", .reset_key = (const uint8_t *)"0123456789abcdef"};
	struct vcard *c = NULL;
	struct rp_error err;

	(void)state;
	assert_int_equal(vcard_make(&spec, &c, &err), RP_E_USAGE);
	assert_null(c);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(test_select_and_files),
		T(test_before_select),
		T(test_lock_of_the_pin),
		T(test_change),
		T(test_unacceptable_pins),
		T(test_unlock_sets_both_counters),
		T(test_right_letter_ends_a_row_of_wrong_ones),
		T(test_death),
		T(test_dead_whatever_is_left),
		T(test_sign),
		T(test_state_file),
		T(test_no_reset_key),
	};

	return cmocka_run_group_tests_name("applet_aosign", tests, make_cards, free_cards);
}
