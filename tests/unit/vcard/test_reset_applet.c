/* SPDX-License-Identifier: Apache-2.0 */
/* The reset application against docs/wire.md, section 1: the vector, the happy path, and every way off it. */
#include "applet_rig.h"
#include "vcard/reset_applet.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <unistd.h>

#define KCARD "bfcf194cd22bb6a7bb187b059fb9dec2"
#define CARD_ID "e1ecea6655ea38d3f62ee14bff658766"
#define NONCE "101112131415161718191a1b1c1d1e1f"
#define NONCE_15 "101112131415161718191a1b1c1d1e"
#define CHALLENGE "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define MAC "db32555aaf7c80d8fbc9d1739d965b55"
#define CRYPTOGRAM "2c2c65b777b9ad2fb53a0a783196b003"

#define SELECT_RESET "00A4040007F0524550494E3100"
#define SELECT_JPKI "00A4040C0AD392F000260100000001"

static uint8_t kcard[16], nonce[16];
static struct rig mynumber, hicos, keyless, keyless_hicos, unsigned_card;
static struct rig *const all[] = {&mynumber, &hicos, &keyless, &keyless_hicos, &unsigned_card};
enum { N_ALL = sizeof all / sizeof all[0] };

static void bytes_of(const char *hex, uint8_t *ret, size_t len)
{
	size_t n = 0;

	assert_true(hex_read(hex, ret, len, &n));
	assert_int_equal(n, len);
}

static int make_cards(void **state)
{
	(void)state;
	bytes_of(KCARD, kcard, sizeof kcard);
	bytes_of(NONCE, nonce, sizeof nonce);
	rig_make(&mynumber,
		 &(struct vcard_spec){.family = "mynumber", .number = "123456789012345", .reset_key = kcard});
	rig_make(&hicos, &(struct vcard_spec){.family = "hicos", .reset_key = kcard});
	rig_make(&keyless, &(struct vcard_spec){.family = "mynumber"});
	rig_make(&keyless_hicos, &(struct vcard_spec){.family = "hicos"});
	rig_make(&unsigned_card,
		 &(struct vcard_spec){.family = "mynumber", .pins = "sign=", .reset_key = kcard});
	return 0;
}

static int free_cards(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_ALL; i++)
		vcard_free(all[i]->c);
	return 0;
}

static int fresh(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_ALL; i++)
		rig_fresh(all[i]);
	return 0;
}

/* INTERNAL AUTHENTICATE; checks its MAC and returns the card's `resets`. */
static uint16_t internal(struct rig *r, uint8_t ss, uint8_t ret_challenge[16])
{
	struct vreset_subject s = {.key = kcard, .card_id = r->c->card_id, .slot = ss};
	uint8_t cmd[22] = {0x00, 0x88, 0x00, ss, 0x10}, mac[16];

	memcpy(cmd + 5, nonce, 16);
	cmd[21] = 0x22;
	assert_sw(rig_send(r, cmd, sizeof cmd), 0x9000);
	assert_int_equal(r->len, 34);
	memcpy(ret_challenge, r->data, 16);
	s.resets = (uint16_t)(r->data[16] << 8 | r->data[17]);
	assert_true(vreset_mac(&s, nonce, ret_challenge, mac));
	assert_memory_equal(r->data + 18, mac, 16);
	return s.resets;
}

static void cryptogram_for(const struct rig *r, uint8_t ss, uint16_t resets, const uint8_t challenge[16],
			   uint8_t ret[16])
{
	const struct vreset_subject s = {
		.key = kcard, .card_id = r->c->card_id, .slot = ss, .resets = resets};

	assert_true(vreset_cryptogram(&s, challenge, ret));
}

static unsigned external(struct rig *r, uint8_t ss, const uint8_t cryptogram[16])
{
	char head[9];

	(void)snprintf(head, sizeof head, "008200%02X", ss);
	return rig_data(r, head, cryptogram, 16);
}

/* From SELECT to the right that EXTERNAL AUTHENTICATE gives. */
static void earn(struct rig *r, uint8_t ss)
{
	uint8_t challenge[16], cryptogram[16];
	uint16_t resets;

	assert_sw(rig_hex(r, SELECT_RESET), 0x9000);
	resets = internal(r, ss, challenge);
	cryptogram_for(r, ss, resets, challenge, cryptogram);
	assert_sw(external(r, ss, cryptogram), 0x9000);
}

static unsigned set_pin(struct rig *r, uint8_t ss, const char *pin)
{
	char head[9];

	(void)snprintf(head, sizeof head, "002C02%02X", ss);
	return rig_text(r, head, pin);
}

static unsigned verify_sign(struct rig *r, const char *pin)
{
	assert_sw(rig_hex(r, SELECT_JPKI), 0x9000);
	assert_sw(rig_hex(r, "00A4020C02001B"), 0x9000);
	return rig_text(r, "00200080", pin);
}

static void test_vector(void **state)
{
	uint8_t key[32], iv[16] = {0}, id[16], want[16], challenge[16], got[16];
	gnutls_datum_t k = {.data = key, .size = 32}, v = {.data = iv, .size = 16};
	struct vreset_subject s = {.key = kcard, .card_id = id, .slot = 0x01, .resets = 0};
	gnutls_cipher_hd_t h;
	uint8_t i;

	(void)state;
	vreset_card_id("test", "mynumber", "123456789012345", id);
	bytes_of(CARD_ID, want, 16);
	assert_memory_equal(id, want, 16);

	/* Kcard as an HSM derives it: one block of AES-256-CBC over the card id. */
	for (i = 0; i < 32; i++)
		key[i] = i;
	memcpy(got, id, 16);
	assert_int_equal(gnutls_cipher_init(&h, GNUTLS_CIPHER_AES_256_CBC, &k, &v), 0);
	assert_int_equal(gnutls_cipher_encrypt(h, got, 16), 0);
	gnutls_cipher_deinit(h);
	assert_memory_equal(got, kcard, 16);

	bytes_of(CHALLENGE, challenge, 16);
	bytes_of(MAC, want, 16);
	assert_true(vreset_mac(&s, nonce, challenge, got));
	assert_memory_equal(got, want, 16);
	bytes_of(CRYPTOGRAM, want, 16);
	assert_true(vreset_cryptogram(&s, challenge, got));
	assert_memory_equal(got, want, 16);
}

/* The same on the wire, with the vector's challenge in the place of the card's own. */
static void test_vector_on_the_wire(void **state)
{
	uint8_t challenge[16];

	(void)state;
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_data(&mynumber, "01 01" CARD_ID);
	assert_int_equal(internal(&mynumber, 0x01, challenge), 0);
	bytes_of(CHALLENGE, mynumber.c->reset.challenge, 16);
	assert_sw(rig_hex(&mynumber, "0082000110" CRYPTOGRAM), 0x9000);
	assert_sw(rig_hex(&mynumber, "002C020106 4E4557313233"), 0x9000);
	assert_int_equal(mynumber.len, 0);
	assert_sw(verify_sign(&mynumber, "NEW123"), 0x9000);
}

static void test_id_of_strange_names(void **state)
{
	uint8_t a[16], b[16], zero[16] = {0};
	char text[300];

	(void)state;
	/* The length bytes keep "ab","c" and "a","bc" apart. */
	vreset_card_id("ab", "c", "1", a);
	vreset_card_id("a", "bc", "1", b);
	assert_memory_not_equal(a, b, 16);
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	vreset_card_id("test", "mynumber", text, a);
	assert_memory_equal(a, zero, 16);
}

static void test_locked_pin_works_again(void **state)
{
	uint8_t challenge[16];
	int i;

	(void)state;
	for (i = 4; i >= 0; i--)
		assert_sw(verify_sign(&mynumber, "WRONG1"), 0x63C0 | (unsigned)i);
	assert_sw(verify_sign(&mynumber, "ABC123"), 0x6984);
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_sw(rig_hex(&mynumber, "00CA010102"), 0x9000);
	assert_data(&mynumber, "00 05");

	earn(&mynumber, 0x01);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"), 0x9000);
	assert_int_equal(internal(&mynumber, 0x01, challenge), 1);
	assert_sw(rig_hex(&mynumber, "00CA010102"), 0x9000);
	assert_data(&mynumber, "05 05");

	assert_sw(verify_sign(&mynumber, "ABC123"), 0x63C4);
	assert_sw(verify_sign(&mynumber, "NEWPIN9"), 0x9000);
	assert_sw(rig_hex(&mynumber, "00200080"), 0x63C5);
}

static void test_resets_are_counted_per_slot(void **state)
{
	uint8_t challenge[16];

	(void)state;
	earn(&mynumber, 0x01);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"), 0x9000);
	earn(&mynumber, 0x01);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN8"), 0x9000);
	assert_int_equal(internal(&mynumber, 0x01, challenge), 2);
	assert_int_equal(internal(&mynumber, 0x02, challenge), 0);
	assert_int_equal(internal(&mynumber, 0x03, challenge), 0);
	assert_int_equal(internal(&mynumber, 0x04, challenge), 0);
}

/* juki is one PIN in two places: both get it, in one write. */
static void test_juki_sets_both_references(void **state)
{
	unsigned long saves;
	const struct vpin *a, *b;

	(void)state;
	a = vcard_pin(mynumber.c, "juki");
	b = vcard_pin(mynumber.c, "juki-common");
	assert_sw(rig_hex(&mynumber, "00A4040C0AD3921000310001010100"), 0x9000);
	assert_sw(rig_hex(&mynumber, "00A4020C02001C"), 0x9000);
	assert_sw(rig_text(&mynumber, "00200080", "9999"), 0x63C2);
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_sw(rig_hex(&mynumber, "00CA010402"), 0x9000);
	assert_data(&mynumber, "02 03"); /* the lower of the two */
	earn(&mynumber, 0x04);
	saves = mynumber.c->saves;
	assert_sw(set_pin(&mynumber, 0x04, "4321"), 0x9000);
	assert_int_equal(mynumber.c->saves, saves + 1);
	assert_memory_equal(a->value, "4321", 4);
	assert_memory_equal(b->value, "4321", 4);
	assert_int_equal(a->tries, 3);
	assert_int_equal(b->tries, 3);
	assert_int_equal(a->resets, 1);
	assert_int_equal(b->resets, 1);
}

static void test_hicos(void **state)
{
	uint8_t challenge[16];

	(void)state;
	vcard_pin(hicos.c, "pin")->tries = 0;
	assert_sw(rig_hex(&hicos, "00CA010502"), 0x6E00); /* not selected: class 00 is unknown */
	earn(&hicos, 0x05);
	assert_sw(set_pin(&hicos, 0x05, "Ab34567"), 0x9000);
	assert_int_equal(internal(&hicos, 0x05, challenge), 1);
	assert_sw(rig_hex(&hicos, "00CA010502"), 0x9000);
	assert_data(&hicos, "03 03");
	assert_memory_equal(vcard_pin(hicos.c, "pin")->value, "Ab34567", 7);
	assert_sw(rig_hex(&hicos, "00CA010102"), 0x6A88);
	/* The class of the card itself is unknown to the application, but its SELECT leads back. */
	assert_sw(rig_hex(&hicos, "8088000510" NONCE "22"), 0x6E00);
	assert_sw(rig_hex(&hicos, "80A40000021234"), 0x6A82);
	assert_sw(rig_hex(&hicos, "00CA010502"), 0x9000);
	assert_sw(rig_hex(&hicos, "80A40000020900"), 0x9000);
	assert_sw(rig_hex(&hicos, "00CA010502"), 0x6E00);
}

static void test_wrong_cryptogram_ends_the_challenge_and_is_not_counted(void **state)
{
	uint8_t challenge[16], right[16], wrong[16];
	int i;

	(void)state;
	for (i = 0; i < 40; i++) {
		assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
		assert_int_equal(internal(&mynumber, 0x01, challenge), 0);
		cryptogram_for(&mynumber, 0x01, 0, challenge, right);
		memcpy(wrong, right, 16);
		wrong[i % 16] ^= (uint8_t)(1 << i % 8);
		assert_sw(external(&mynumber, 0x01, wrong), 0x6300);
		assert_sw(external(&mynumber, 0x01, right), 0x6985);
		assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"), 0x6982);
	}
	assert_sw(rig_hex(&mynumber, "00CA010102"), 0x9000);
	assert_data(&mynumber, "05 05");
	earn(&mynumber, 0x01);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"), 0x9000);
}

/* One right serves once, and what was heard serves never again. */
static void test_replay(void **state)
{
	uint8_t challenge[16], first[16], old[16];

	(void)state;
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_int_equal(internal(&mynumber, 0x01, first), 0);
	cryptogram_for(&mynumber, 0x01, 0, first, old);
	assert_sw(external(&mynumber, 0x01, old), 0x9000);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"), 0x9000);
	assert_sw(external(&mynumber, 0x01, old), 0x6985);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN8"), 0x6982);
	assert_int_equal(internal(&mynumber, 0x01, challenge), 1);
	assert_memory_not_equal(challenge, first, 16);
	assert_sw(external(&mynumber, 0x01, old), 0x6300);
	/* Also on the very same challenge: the count stands in the cryptogram. */
	assert_int_equal(internal(&mynumber, 0x01, challenge), 1);
	cryptogram_for(&mynumber, 0x01, 0, challenge, old);
	assert_sw(external(&mynumber, 0x01, old), 0x6300);
}

static void test_other_slot(void **state)
{
	uint8_t challenge[16], cryptogram[16];

	(void)state;
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_int_equal(internal(&mynumber, 0x01, challenge), 0);
	cryptogram_for(&mynumber, 0x01, 0, challenge, cryptogram);
	assert_sw(external(&mynumber, 0x02, cryptogram), 0x6985);
	assert_sw(external(&mynumber, 0x01, cryptogram), 0x6985);
	/* A cryptogram for another slot's number does not fit this slot's challenge. */
	assert_int_equal(internal(&mynumber, 0x01, challenge), 0);
	cryptogram_for(&mynumber, 0x02, 0, challenge, cryptogram);
	assert_sw(external(&mynumber, 0x01, cryptogram), 0x6300);
	/* The right is for one slot, and asking for another one ends it. */
	earn(&mynumber, 0x01);
	assert_sw(set_pin(&mynumber, 0x02, "9876"), 0x6982);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"), 0x6982);
}

/* Whatever comes between two steps ends what was there, also when it is refused. */
static const char *const between[] = {
	"00CA010102",		  /* GET DATA */
	"00CA010602",		  /* no such slot */
	"00880001 10" NONCE "22", /* the same step once more */
	"00880002 10" NONCE "22",
	"00880001",				      /* refused: no nonce */
	"0084000008",				      /* unknown */
	"8088000110" NONCE "22",		      /* class */
	"008201011000000000000000000000000000000000", /* P1 */
	"002C0001064E4557313233",		      /* P1: resetting code */
	"00200080",				      /* VERIFY belongs elsewhere */
	SELECT_RESET,
	SELECT_JPKI,
	"00A4040C0AA0000003080000100000", /* SELECT that fails */
	"00A4020C020018",
	"00", /* no command at all */
};

static void test_anything_between_ends_the_challenge(void **state)
{
	uint8_t challenge[16], cryptogram[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof between / sizeof between[0]; i++) {
		assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
		assert_int_equal(internal(&mynumber, 0x01, challenge), 0);
		cryptogram_for(&mynumber, 0x01, 0, challenge, cryptogram);
		(void)rig_hex(&mynumber, between[i]); /* what it answers is other tests' matter */
		if (strcmp(between[i], SELECT_JPKI) == 0)
			assert_sw(external(&mynumber, 0x01, cryptogram), 0x6D00);
		else if (strncmp(between[i], "00880001 10", 11) == 0)
			assert_sw(external(&mynumber, 0x01, cryptogram), 0x6300); /* a new challenge waits */
		else
			assert_sw(external(&mynumber, 0x01, cryptogram), 0x6985);
	}
}

static void test_anything_between_ends_the_right(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof between / sizeof between[0]; i++) {
		earn(&mynumber, 0x01);
		(void)rig_hex(&mynumber, between[i]);
		assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"),
			  strcmp(between[i], SELECT_JPKI) == 0 ? 0x6D00 : 0x6982);
	}
	assert_memory_equal(vcard_pin(mynumber.c, "sign")->value, "ABC123", 6);
	assert_int_equal(vcard_pin(mynumber.c, "sign")->resets, 0);
}

static void test_power_ends_both(void **state)
{
	uint8_t challenge[16], cryptogram[16];

	(void)state;
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_int_equal(internal(&mynumber, 0x01, challenge), 0);
	cryptogram_for(&mynumber, 0x01, 0, challenge, cryptogram);
	vcard_reset(mynumber.c);
	assert_sw(external(&mynumber, 0x01, cryptogram), 0x6D00); /* nothing is selected */
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_sw(external(&mynumber, 0x01, cryptogram), 0x6985);
	earn(&mynumber, 0x01);
	vcard_reset(mynumber.c);
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"), 0x6982);
}

static void refused(struct rig *r, uint8_t ss, const char *pin, const char *good)
{
	earn(r, ss);
	assert_sw(set_pin(r, ss, pin), 0x6A80);
	assert_sw(set_pin(r, ss, good), 0x6982); /* the right is gone */
}

static void test_unacceptable_pin_ends_the_right(void **state)
{
	static const char *const sign[] = {"ABC12",  "ABCDEFGHIJKLMNOP0", "abc123", "ABC 123",
					   "ABC12-", "ABC12\xFF"};
	static const char *const digits[] = {"123", "12345", "12a4", "", "\xEF\xBC\x91\xEF"};
	static const char *const pin[] = {"12345", "123456789", "12 4567", "1234567\x7F"};
	uint8_t ss;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof sign / sizeof sign[0]; i++)
		refused(&mynumber, 0x01, sign[i], "NEWPIN9");
	for (ss = 0x02; ss <= 0x04; ss++)
		for (i = 0; i < sizeof digits / sizeof digits[0]; i++)
			refused(&mynumber, ss, digits[i], "9876");
	for (i = 0; i < sizeof pin / sizeof pin[0]; i++)
		refused(&hicos, 0x05, pin[i], "654321");
	/* No data at all. */
	earn(&mynumber, 0x02);
	assert_sw(rig_hex(&mynumber, "002C0202"), 0x6A80);
	assert_memory_equal(vcard_pin(mynumber.c, "auth")->value, "1234", 4);
	assert_int_equal(vcard_pin(mynumber.c, "auth")->resets, 0);
	/* Both ends of what is taken. */
	earn(&mynumber, 0x01);
	assert_sw(set_pin(&mynumber, 0x01, "ABCDEFGHIJKLMN01"), 0x9000);
	earn(&mynumber, 0x01);
	assert_sw(set_pin(&mynumber, 0x01, "000000"), 0x9000);
	earn(&hicos, 0x05);
	assert_sw(set_pin(&hicos, 0x05, "12345678"), 0x9000);
}

static void test_slots_that_are_not_there(void **state)
{
	unsigned ss;
	char hex[64];

	(void)state;
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	for (ss = 0; ss < 256; ss++) {
		const bool there = ss >= 1 && ss <= 4;

		(void)snprintf(hex, sizeof hex, "00CA01%02X02", ss);
		assert_sw(rig_hex(&mynumber, hex), there ? 0x9000 : 0x6A88);
		(void)snprintf(hex, sizeof hex, "008200%02X10" NONCE, ss);
		assert_sw(rig_hex(&mynumber, hex), there ? 0x6985 : 0x6A88);
		(void)snprintf(hex, sizeof hex, "008800%02X10" NONCE "22", ss);
		assert_sw(rig_hex(&mynumber, hex), there ? 0x9000 : 0x6A88);
		(void)snprintf(hex, sizeof hex, "002C02%02X0431323334", ss);
		assert_sw(rig_hex(&mynumber, hex), there ? 0x6982 : 0x6A88);
	}
	/* A PIN that this card was made without. */
	assert_sw(rig_hex(&unsigned_card, SELECT_RESET), 0x9000);
	assert_sw(rig_hex(&unsigned_card, "00CA010102"), 0x6A88);
	assert_sw(rig_hex(&unsigned_card, "0088000110" NONCE "22"), 0x6A88);
	assert_sw(rig_hex(&unsigned_card, "00CA010202"), 0x9000);
}

static void test_lengths(void **state)
{
	(void)state;
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_sw(rig_hex(&mynumber, "00CA0101"), 0x6700);
	assert_sw(rig_hex(&mynumber, "00CA010101"), 0x6700);
	assert_sw(rig_hex(&mynumber, "00CA010100"), 0x9000);
	assert_data(&mynumber, "05 05");
	assert_sw(rig_hex(&mynumber, "0088000110" NONCE), 0x6700);
	assert_sw(rig_hex(&mynumber, "0088000110" NONCE "21"), 0x6700);
	assert_sw(rig_hex(&mynumber, "008800010F" NONCE_15 "22"), 0x6700);
	assert_int_equal(mynumber.len, 0);
	assert_sw(rig_hex(&mynumber, "0088000110" NONCE "22"), 0x9000);
	assert_sw(rig_hex(&mynumber, "008200010F" NONCE_15), 0x6700);
	assert_sw(rig_hex(&mynumber, "0082000110" NONCE), 0x6985);
}

/* A card that was given no key answers the SELECT as its family answers any unknown name. */
static void test_cards_without_it(void **state)
{
	(void)state;
	assert_sw(rig_hex(&keyless, SELECT_RESET), 0x6A82);
	assert_sw(rig_hex(&keyless, "0088000110" NONCE "22"), 0x6D00);
	assert_sw(rig_hex(&keyless, "002C02010631323334"), 0x6700);
	assert_sw(rig_hex(&keyless, "002C02010431323334"), 0x6D00);
	assert_sw(rig_hex(&keyless_hicos, SELECT_RESET), 0x6E00);
	assert_sw(rig_hex(&keyless_hicos, "0088000510" NONCE "22"), 0x6E00);
	/* With a key, only the whole name finds it. */
	assert_sw(rig_hex(&mynumber, "00A4040006F0524550494E00"), 0x6A82);
	assert_sw(rig_hex(&mynumber, "00A4040008F0524550494E310000"), 0x6A82);
}

/* SELECT of the application takes the status that other PINs had earned. */
static void test_select_forgets_verified_pins(void **state)
{
	(void)state;
	assert_sw(verify_sign(&mynumber, "ABC123"), 0x9000);
	assert_true(vcard_pin(mynumber.c, "sign")->verified);
	assert_sw(rig_hex(&mynumber, SELECT_RESET), 0x9000);
	assert_false(vcard_pin(mynumber.c, "sign")->verified);
	earn(&mynumber, 0x01);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"), 0x9000);
	assert_false(vcard_pin(mynumber.c, "sign")->verified);
}

static void test_count_does_not_wrap(void **state)
{
	(void)state;
	vcard_pin(mynumber.c, "sign")->resets = 0xFFFF;
	earn(&mynumber, 0x01);
	assert_sw(set_pin(&mynumber, 0x01, "NEWPIN9"), 0x6985);
	assert_memory_equal(vcard_pin(mynumber.c, "sign")->value, "ABC123", 6);
}

/* What a reset did is in the file before the answer; a write that fails has done nothing. */
static void test_state_file(void **state)
{
	char dir[] = "/tmp/repin-reset-XXXXXX", moved[64], path[64];
	struct rp_error err = RP_ERROR_INIT;
	static struct rig mine, again;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/card.json", dir);
	(void)snprintf(moved, sizeof moved, "%s.away", dir);
	rig_make(&mine, &(struct vcard_spec){.family = "mynumber-mobile", .reset_key = kcard});
	assert_int_equal(vcard_keep(mine.c, path, &err), RP_OK);
	earn(&mine, 0x01);
	assert_int_equal(rename(dir, moved), 0);
	assert_sw(set_pin(&mine, 0x01, "NEWPIN9"), 0x6581);
	assert_sw(rig_hex(&mine, "00CA010102"), 0x6581);
	assert_int_equal(rename(moved, dir), 0);
	assert_sw(verify_sign(&mine, "NEWPIN9"), 0x63C4);
	assert_int_equal(vcard_pin(mine.c, "sign")->resets, 0);
	earn(&mine, 0x01);
	assert_sw(set_pin(&mine, 0x01, "NEWPIN9"), 0x9000);
	vcard_free(mine.c);

	assert_int_equal(vcard_load(path, &again.c, &err), RP_OK);
	assert_sw(verify_sign(&again, "NEWPIN9"), 0x9000);
	assert_sw(rig_hex(&again, SELECT_RESET), 0x9000);
	assert_int_equal(vcard_pin(again.c, "sign")->resets, 1);
	earn(&again, 0x02);
	vcard_free(again.c);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(test_vector),
		T(test_vector_on_the_wire),
		T(test_id_of_strange_names),
		T(test_locked_pin_works_again),
		T(test_resets_are_counted_per_slot),
		T(test_juki_sets_both_references),
		T(test_hicos),
		T(test_wrong_cryptogram_ends_the_challenge_and_is_not_counted),
		T(test_replay),
		T(test_other_slot),
		T(test_anything_between_ends_the_challenge),
		T(test_anything_between_ends_the_right),
		T(test_power_ends_both),
		T(test_unacceptable_pin_ends_the_right),
		T(test_slots_that_are_not_there),
		T(test_lengths),
		T(test_cards_without_it),
		T(test_select_forgets_verified_pins),
		T(test_count_does_not_wrap),
		T(test_state_file),
	};

	return cmocka_run_group_tests_name("reset_applet", tests, make_cards, free_cards);
}
