/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HiCOS generation 1 against what is public of it (rows: those of the short list of rules that
 * test_applets_jp_tw.c names) and docs/wire.md, section 3.
 */
#include "applet_crypto.h"
#include "vcard/vtlv.h"

#define PIN_FILE "80A4000002 0810"

static struct rig card, own_key;
static uint8_t test_key[32], other_key[24];

static int make_cards(void **state)
{
	static const char text[] = "repin test transport key";

	(void)state;
	assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, text, sizeof text - 1, test_key), 0);
	memset(other_key, 0x5A, sizeof other_key);
	rig_make(&card, &(struct vcard_spec){.family = "hicos"});
	rig_make(&own_key, &(struct vcard_spec){.family = "hicos", .transport_key = other_key});
	return 0;
}

static int free_cards(void **state)
{
	(void)state;
	vcard_free(card.c);
	vcard_free(own_key.c);
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	rig_fresh(&card);
	rig_fresh(&own_key);
	return 0;
}

static void to(struct rig *r, const char *df, const char *ef)
{
	char hex[24];

	assert_sw(rig_hex(r, "80A40000023F00"), 0x9000);
	(void)snprintf(hex, sizeof hex, "80A4000002%s", df);
	assert_sw(rig_hex(r, hex), 0x9000);
	(void)snprintf(hex, sizeof hex, "80A4000002%s", ef);
	assert_sw(rig_hex(r, hex), 0x9000);
	assert_int_equal(r->len, 0);
}

static void encrypt(const uint8_t *key, const uint8_t *iv, uint8_t *bytes, size_t len)
{
	uint8_t k_bytes[24], v_bytes[8];
	gnutls_datum_t k = {.data = k_bytes, .size = 24}, v = {.data = v_bytes, .size = 8};
	gnutls_cipher_hd_t h;

	memcpy(k_bytes, key, 24);
	memcpy(v_bytes, iv, 8);
	assert_int_equal(gnutls_cipher_init(&h, GNUTLS_CIPHER_3DES_CBC, &k, &v), 0);
	assert_int_equal(gnutls_cipher_encrypt(h, bytes, len), 0);
	gnutls_cipher_deinit(h);
}

/* IV and protected PIN, as docs/wire.md has it; what PKCS#7 wants is six bytes 06. */
static void frame_padded(const uint8_t *key, const char *pin, uint8_t padding, uint8_t ret[32])
{
	static const uint8_t zero[8];
	uint8_t mac[16] = {0};

	assert_true(v_random(ret, 8));
	memset(ret + 8, 0xFF, 10);
	memcpy(ret + 8, pin, strlen(pin));
	memcpy(mac, ret + 8, 10);
	mac[10] = 0x80;
	encrypt(key, zero, mac, 16);
	memcpy(ret + 18, mac + 8, 8);
	memset(ret + 26, padding, 6);
	encrypt(key, ret, ret + 8, 24);
}

static void frame(const uint8_t *key, const char *pin, uint8_t ret[32])
{
	frame_padded(key, pin, 0x06, ret);
}

static unsigned verify(struct rig *r, const uint8_t *key, const char *pin)
{
	uint8_t f[32];

	frame(key, pin, f);
	return rig_data(r, "8C200001", f, sizeof f);
}

static unsigned change(const char *pin)
{
	uint8_t f[32];

	frame(test_key, pin, f);
	return rig_data(&card, "8C240101", f, sizeof f);
}

static unsigned tries(const struct rig *r)
{
	return vcard_pin(r->c, "pin")->tries;
}

/* The card number as the public Java sample reads it. */
static void test_number_and_version(void **state)
{
	(void)state;
	to(&card, "0900", "0903");
	assert_sw(rig_hex(&card, "80B0000010"), 0x9000);
	assert_int_equal(card.len, 16);
	assert_memory_equal(card.data, "XC00000000091349", 16);
	to(&card, "0900", "0905");
	assert_sw(rig_hex(&card, "80B0000020"), 0x9000);
	assert_int_equal(card.len, 8);
	assert_memory_equal(card.data, "CHT V32N", 8);
}

/* Rows 6 and 11: class 00 is unknown, and so is every application that others look for. */
static void test_class_00(void **state)
{
	(void)state;
	assert_sw(rig_hex(&card, "00A4040C0AD392F000260100000001"), 0x6E00);
	assert_sw(rig_hex(&card, "00A40000023F00"), 0x6E00);
	assert_sw(rig_hex(&card, "00B0000010"), 0x6E00);
	assert_sw(rig_hex(&card, "00A4040009F0524550494E414F5300"), 0x6E00);
	assert_sw(rig_hex(&card, "80A4040C0AD392F000260100000001"), 0x6A86);
	assert_sw(rig_hex(&card, "84A40000023F00"), 0x6E00);
	assert_int_equal(tries(&card), 3);
}

static void test_files(void **state)
{
	(void)state;
	assert_sw(rig_hex(&card, "80B0000010"), 0x6986);
	assert_sw(rig_hex(&card, "80A40000022F00"), 0x9000);
	assert_sw(rig_hex(&card, "80B0000040"), 0x9000);
	assert_memory_equal(card.data, "\x61\x2B\x4F\x0C\xA0\0\0\0\x63PKCS-15\x50\x15", 18);
	assert_sw(rig_hex(&card, "80A40000025015"), 0x6A82);
	assert_sw(rig_hex(&card, "80A40000020903"), 0x6A82); /* not in this directory */
	assert_sw(rig_hex(&card, "80B0000001"), 0x9000);     /* still the file from before */
	to(&card, "5030", "5032");
	assert_sw(rig_hex(&card, "80A40000025031"), 0x6A82);
	assert_sw(rig_hex(&card, "80B00000C9"), 0x6987);
	assert_sw(rig_hex(&card, "80B0000000"), 0x6987);
	assert_sw(rig_hex(&card, "80B00000C8"), 0x9000);
	assert_sw(rig_hex(&card, "80B0400010"), 0x6B00);
	assert_sw(rig_hex(&card, "80B0810010"), 0x6A86);
	assert_sw(rig_hex(&card, PIN_FILE), 0x9000);
	assert_sw(rig_hex(&card, "80B0000010"), 0x6982);
	assert_sw(rig_hex(&card, "80A40000020811"), 0x9000);
	assert_sw(rig_hex(&card, "80B0000010"), 0x6982);
	assert_sw(rig_hex(&card, "80A40400023F00"), 0x6A86);
	assert_sw(rig_hex(&card, "80840000 08"), 0x6D00);
}

/* Each object of a file, and each in it, adds up. Returns how many stand in the file. */
static unsigned objects_in(const uint8_t *bytes, size_t len)
{
	struct rd r = rd_of(bytes, len), value;
	unsigned n = 0;
	uint32_t tag;

	while (vtlv_next(&r, &tag, &value)) {
		n++;
		if ((tag & 0x20) != 0)
			assert_true(objects_in(value.p, value.left) > 0);
	}
	assert_true(rd_done(&r));
	return n;
}

static void test_pkcs15(void **state)
{
	static const struct {
		const char *ef;
		unsigned objects;
	} files[] = {{"4100", 2}, {"4101", 2}, {"4104", 3}, {"4108", 1}, {"5032", 1}};
	static uint8_t bytes[1024];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		to(&card, "5030", files[i].ef);
		len = rig_read_all(&card, "80", bytes, sizeof bytes, 0xC8);
		assert_int_equal(objects_in(bytes, len), files[i].objects);
	}
}

/* The certificates at the places that the CDF gives, by path, offset and length. */
static void test_certificates(void **state)
{
	static const uint32_t entry[] = {0xA1, 0x30, 0x30, 0};
	static uint8_t cdf[512], file[8192];
	struct rd r, object, level, path, field;
	size_t len, cdf_len, i, at[3] = {0}, size[3] = {0};
	char name[256];
	uint32_t tag;

	(void)state;
	to(&card, "5030", "4104");
	cdf_len = rig_read_all(&card, "80", cdf, sizeof cdf, 0xC8);
	to(&card, "5030", "08F2");
	len = rig_read_all(&card, "80", file, sizeof file, 0xC8);
	assert_int_equal(len, 3 * 0x0700);
	r = rd_of(cdf, cdf_len);
	for (i = 0; i < 3; i++) {
		const uint32_t *step;

		assert_true(vtlv_next(&r, &tag, &object));
		level = object;
		for (step = entry; *step != 0; step++) {
			assert_true(vtlv_find(level, *step, &path));
			level = path;
		}
		assert_true(vtlv_next(&level, &tag, &field));
		assert_memory_equal(field.p, "\x3F\x00\x50\x30\x08\xF2", 6);
		while (vtlv_next(&level, &tag, &field))
			while (field.left > 0) {
				size_t *value = tag == 0x02 ? &at[i] : &size[i];

				*value = *value << 8 | rd_u8(&field);
			}
		assert_int_equal(at[i], i * 0x0700);
		assert_int_equal(size[i], 4u + (unsigned)(file[at[i] + 2] << 8 | file[at[i] + 3]));
	}
	assert_true(certified_by(file, size[0], file + at[2], size[2]));
	assert_true(certified_by(file + at[1], size[1], file + at[2], size[2]));
	subject_of(file, size[0], name, sizeof name);
	assert_string_equal(name, "C=TW,O=組織及團體憑證管理中心憑證測試中心");
}

/* Row 12. */
static void test_verify(void **state)
{
	(void)state;
	assert_sw(verify(&card, test_key, "123456"), 0x6A88); /* the PIN's file first */
	to(&card, "5030", "0810");
	assert_sw(verify(&card, test_key, "123456"), 0x9000);
	assert_sw(verify(&card, test_key, "1234567"), 0x63C2);
	assert_sw(verify(&card, test_key, "12345"), 0x63C1);
	assert_sw(verify(&card, test_key, "123456"), 0x9000);
	assert_int_equal(tries(&card), 3);
	assert_sw(verify(&card, test_key, "654321"), 0x63C2);
	assert_sw(verify(&card, test_key, "654321"), 0x63C1);
	assert_sw(verify(&card, test_key, "654321"), 0x63C0);
	assert_sw(verify(&card, test_key, "123456"), 0x6983);
	assert_sw(verify(&card, test_key, "654321"), 0x6983);
}

/* A frame that does not open costs nothing: wrong key, one bit anywhere, wrong length. */
static void test_broken_frames_are_not_counted(void **state)
{
	uint8_t f[32];
	unsigned bit;

	(void)state;
	to(&card, "5030", "0810");
	assert_sw(verify(&card, other_key, "123456"), 0x6988);
	frame(test_key, "123456", f);
	for (bit = 0; bit < 256; bit++) {
		f[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_sw(rig_data(&card, "8C200001", f, sizeof f), 0x6988);
		f[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	frame_padded(test_key, "123456", 0x05, f);
	assert_sw(rig_data(&card, "8C200001", f, sizeof f), 0x6988);
	frame(test_key, "123456", f);
	assert_sw(rig_data(&card, "8C200001", f, 31), 0x6700);
	assert_sw(rig_hex(&card, "8C200001"), 0x6700);
	assert_int_equal(tries(&card), 3);
	assert_sw(rig_data(&card, "8C200001", f, sizeof f), 0x9000);
	to(&own_key, "5030", "0810");
	assert_sw(verify(&own_key, test_key, "123456"), 0x6988);
	assert_sw(verify(&own_key, other_key, "123456"), 0x9000);
}

/* Row 11: a VERIFY that is not protected is refused and takes a try, whatever class, file or PIN it has. */
static void test_plain_verify_costs_a_try(void **state)
{
	static const char *const plain[] = {
		"00200001",
		"80200001 06 313233343536",
		"00200080",
		"0020000106313233343536",
		"8C200002 06 313233343536",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		rig_fresh(&card);
		assert_sw(rig_hex(&card, plain[i]), 0x6982);
		assert_int_equal(tries(&card), 2);
	}
	assert_sw(rig_hex(&card, plain[0]), 0x6982);
	assert_sw(rig_hex(&card, plain[0]), 0x6982);
	assert_int_equal(tries(&card), 0);
	assert_sw(rig_hex(&card, plain[0]), 0x6982);
	to(&card, "5030", "0810");
	assert_sw(verify(&card, test_key, "123456"), 0x6983);
}

static void test_change(void **state)
{
	static const char *const bad[] = {"", "12345", "123456789", "12 456", "1234567\t"};
	uint8_t f[32] = {0};
	size_t i;

	(void)state;
	to(&card, "5030", "0810");
	assert_sw(change("Ab345678"), 0x6982);
	assert_sw(verify(&card, test_key, "123456"), 0x9000);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_sw(change(bad[i]), 0x6A80);
	assert_sw(rig_data(&card, "8C240101", f, sizeof f), 0x6988);
	assert_sw(change("Ab345678"), 0x9000);
	assert_sw(verify(&card, test_key, "123456"), 0x63C2);
	assert_sw(change("another1"), 0x6982);
	assert_sw(verify(&card, test_key, "Ab345678"), 0x9000);
	/* "In the same selection": any SELECT between them ends it. */
	assert_sw(rig_hex(&card, PIN_FILE), 0x9000);
	assert_sw(change("another1"), 0x6982);
	assert_sw(verify(&card, test_key, "Ab345678"), 0x9000);
	vcard_reset(card.c);
	to(&card, "5030", "0810");
	assert_sw(change("another1"), 0x6982);
	/* Nothing of this has cost a try. */
	assert_int_equal(tries(&card), 3);
	assert_sw(rig_text(&card, "8C240001", "Ab345678another1"), 0x6E00);
}

/* The host's part: 00 01 FF … 00 and the DigestInfo, in two halves. */
static void padded(const char *text, uint8_t ret[256])
{
	memset(ret, 0xFF, 256);
	ret[0] = 0x00;
	ret[1] = 0x01;
	ret[256 - DIGEST_INFO_LEN - 1] = 0x00;
	digest_info(text, strlen(text), ret + 256 - DIGEST_INFO_LEN);
}

static void test_signatures(void **state)
{
	static const char text[] = "REPIN-PROOF-1\n";
	static const struct {
		const char *id, *first, *last;
	} keys[] = {{"sign", "80EA8201", "80EA0201"}, {"keyx", "80EA8205", "80EA0205"}};
	uint8_t block[256], sig[256];
	size_t i;

	(void)state;
	padded(text, block);
	for (i = 0; i < 2; i++) {
		const struct vkey *k = vcard_key(card.c, keys[i].id);

		to(&card, "5030", "0810");
		assert_sw(rig_data(&card, keys[i].first, block, 128), 0x6982);
		assert_sw(verify(&card, test_key, "123456"), 0x9000);
		assert_sw(rig_data(&card, keys[i].last, block + 128, 128), 0x6985);
		assert_sw(rig_data(&card, keys[i].first, block, 128), 0x9000);
		assert_int_equal(card.len, 0);
		assert_sw(rig_data(&card, keys[i].last, block + 128, 128), 0x9000);
		assert_int_equal(card.len, 128);
		memcpy(sig, card.data, 128);
		assert_sw(rig_hex(&card, "80C1008080"), 0x9000);
		assert_int_equal(card.len, 128);
		memcpy(sig + 128, card.data, 128);
		assert_true(signed_by(k->cert_der, k->cert_len, text, sig, sizeof sig));
		assert_sw(rig_hex(&card, "80C1008080"), 0x6985);
	}
}

static void test_signatures_refused(void **state)
{
	uint8_t block[256];
	size_t i;
	static const size_t spoiled[] = {0, 1, 2, 9};

	(void)state;
	to(&card, "5030", "0810");
	assert_sw(verify(&card, test_key, "123456"), 0x9000);
	for (i = 0; i < sizeof spoiled / sizeof spoiled[0]; i++) {
		padded("text", block);
		block[spoiled[i]] ^= 0x40;
		assert_sw(rig_data(&card, "80EA8201", block, 128), 0x9000);
		assert_sw(rig_data(&card, "80EA0201", block + 128, 128), 0x6A80);
		assert_sw(rig_hex(&card, "80C1008080"), 0x6985);
	}
	padded("text", block);
	block[9] = 0x00; /* seven bytes of padding */
	assert_sw(rig_data(&card, "80EA8201", block, 128), 0x9000);
	assert_sw(rig_data(&card, "80EA0201", block + 128, 128), 0x6A80);
	memset(block + 2, 0xFF, 254); /* padding without an end */
	assert_sw(rig_data(&card, "80EA8201", block, 128), 0x9000);
	assert_sw(rig_data(&card, "80EA0201", block + 128, 128), 0x6A80);
	padded("text", block);
	assert_sw(rig_data(&card, "80EA8201", block, 128), 0x9000);
	assert_sw(rig_data(&card, "80EA0205", block + 128, 128), 0x6985); /* another key */
	assert_sw(rig_data(&card, "80EA8201", block, 128), 0x9000);
	assert_sw(rig_hex(&card, PIN_FILE), 0x9000);
	assert_sw(rig_data(&card, "80EA0201", block + 128, 128), 0x6985); /* a command between them */
	assert_sw(rig_data(&card, "80EA8201", block, 127), 0x6700);
	assert_sw(rig_data(&card, "80EA8202", block, 128), 0x6A88);
	assert_sw(rig_data(&card, "80EA0001", block, 128), 0x6A86);
	/* Another directory, and back: the status is gone. */
	to(&card, "0900", "0903");
	to(&card, "5030", "0810");
	assert_sw(rig_data(&card, "80EA8201", block, 128), 0x6982);
}

static void test_public_keys(void **state)
{
	static const unsigned refs[] = {0x01, 0x05};
	static const char *const ids[] = {"sign", "keyx"};
	uint8_t n[256], raw[256];
	size_t size, i, half, word;
	char hex[16];

	(void)state;
	to(&card, "5030", "0811");
	for (i = 0; i < 2; i++) {
		const struct vkey *k = vcard_key(card.c, ids[i]);
		gnutls_datum_t d = {.data = k->cert_der, .size = (unsigned)k->cert_len}, m = {0}, e = {0};
		gnutls_x509_crt_t crt;

		(void)snprintf(hex, sizeof hex, "80B2%02X0081", refs[i]);
		assert_sw(rig_hex(&card, hex), 0x9000);
		assert_int_equal(card.len, 129);
		assert_int_equal(card.data[0], refs[i]);
		assert_memory_equal(card.data + 1, "\0\1\0\1\0\0\0\0", 8);
		for (half = 0; half < 2; half++) {
			(void)snprintf(hex, sizeof hex, "80B2%02X0081", refs[i] + 2 + (unsigned)half);
			assert_sw(rig_hex(&card, hex), 0x9000);
			memcpy(raw + 128 * half, card.data + 1, 128);
		}
		for (half = 0; half < 2; half++)
			for (word = 0; word < 32; word++)
				memcpy(n + 128 * half + 4 * word, raw + 128 * half + 4 * (31 - word), 4);
		assert_int_equal(gnutls_x509_crt_init(&crt), 0);
		assert_int_equal(gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER), 0);
		assert_int_equal(gnutls_x509_crt_get_pk_rsa_raw(crt, &m, &e), 0);
		size = m.size < 256 ? m.size : 256;
		assert_memory_equal(n + 256 - size, m.data + m.size - size, size);
		gnutls_free(m.data);
		gnutls_free(e.data);
		gnutls_x509_crt_deinit(crt);
	}
	assert_sw(rig_hex(&card, "80B2020081"), 0x6A83);
	assert_sw(rig_hex(&card, "80B2010080"), 0x6700);
	to(&card, "0900", "0903");
	assert_sw(rig_hex(&card, "80B2010081"), 0x6A83);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(test_number_and_version),
		T(test_class_00),
		T(test_files),
		T(test_pkcs15),
		T(test_certificates),
		T(test_verify),
		T(test_broken_frames_are_not_counted),
		T(test_plain_verify_costs_a_try),
		T(test_change),
		T(test_signatures),
		T(test_signatures_refused),
		T(test_public_keys),
	};

	return cmocka_run_group_tests_name("applet_hicos", tests, make_cards, free_cards);
}
