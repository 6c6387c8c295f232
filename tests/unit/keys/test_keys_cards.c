/* SPDX-License-Identifier: Apache-2.0 */
/* What a real token answers, judged by virtual cards that know nothing of src/keys. */
#include "token_rig.h"

#include "base/bytes.h"
#include "vcard/vcard.h"

#define GIDS_SELECT "00A4040009A00000039742544659"
#define GIDS_MSE "0022C1A403830180"
#define RESET_SELECT "00A4040007F0524550494E3100"

static struct rig rig;
static keys *k;
static struct vcard *gids, *mynumber;
static uint8_t answer[1024];
static size_t answer_len;
static uint8_t admin_blob[KEYS_WRAPPED_MAX];
static size_t admin_len;
/* Parity bits are wrong on purpose: cards and cipher do not look at them. */
static const char admin_key[] = "4043464A4C4F5051626364656667686971727374757677FF";
static const uint8_t gids_id[CARD_ID_LEN] = "a gids card's id";

static uint16_t send_bytes(struct vcard *c, const uint8_t *cmd, size_t len)
{
	answer_len = vcard_transmit(c, cmd, len, answer, sizeof answer);
	assert_true(answer_len >= 2);
	answer_len -= 2;
	return (uint16_t)(answer[answer_len] << 8 | answer[answer_len + 1]);
}

static uint16_t send(struct vcard *c, const char *hex)
{
	uint8_t cmd[64];
	size_t len = 0;

	assert_true(hex_read(hex, cmd, sizeof cmd, &len));
	return send_bytes(c, cmd, len);
}

/* A head in hex, then bytes, then Le or none. */
static uint16_t send_with(struct vcard *c, const char *head, const void *bytes, size_t len, const char *tail)
{
	uint8_t cmd[128];
	size_t n = 0, tail_len = 0;

	assert_true(hex_read(head, cmd, sizeof cmd, &n));
	assert_true(n + len < sizeof cmd);
	memcpy(cmd + n, bytes, len);
	assert_true(hex_read(tail, cmd + n + len, sizeof cmd - n - len, &tail_len));
	return send_bytes(c, cmd, n + len + tail_len);
}

static void make_mynumber(void)
{
	uint8_t id[CARD_ID_LEN];
	rp_secret *kcard = NULL;
	struct vcard_spec spec = {.family = "mynumber", .number = "123456789012345", .issuer = "keys test"};
	struct rp_error err = RP_ERROR_INIT;

	assert_true(hash_card_id("keys test", "mynumber", spec.number, id));
	assert_int_equal(keys_card_key(k, 1, id, &kcard, NULL), RP_OK);
	spec.reset_key = rp_secret_bytes(kcard);
	if (vcard_make(&spec, &mynumber, &err) != RP_OK)
		fail_msg("%s", err.story);
	rp_secret_free(kcard);
}

static int begin(void **state)
{
	const struct vcard_spec spec = {
		.family = "gids",
		.pins = "pin=123456,admin=4043464A4C4F5051626364656667686971727374757677FF"};
	const struct hash_part row = {gids_id, sizeof gids_id};
	uint8_t bytes[24];
	size_t n = 0;
	rp_secret *s = NULL;

	(void)state;
	rig_begin(&rig);
	rig_token(&rig, "issuer");
	k = rig_open(&rig, SOFTHSM, "issuer");
	assert_int_equal(vcard_make(&spec, &gids, NULL), RP_OK);
	assert_true(hex_read(admin_key, bytes, sizeof bytes, &n));
	assert_int_equal(rp_secret_from(bytes, n, &s, NULL), RP_OK);
	assert_int_equal(keys_wrap(k, s, &row, admin_blob, sizeof admin_blob, &admin_len, NULL), RP_OK);
	rp_secret_free(s);
	make_mynumber();
	return 0;
}

static int end(void **state)
{
	(void)state;
	vcard_free(gids);
	vcard_free(mynumber);
	keys_close(k);
	rig_end(&rig);
	return 0;
}

static void lock_gids(void)
{
	vcard_reset(gids);
	assert_int_equal(send(gids, GIDS_SELECT), 0x9000);
	while (send(gids, "0020008006393939393939") != 0x6983)
		;
	assert_int_equal(send(gids, "002C028006313233343536"), 0x6982);
	assert_int_equal(send(gids, GIDS_MSE), 0x9000);
}

static void a_gids_card_takes_the_response_of_the_telephone(void **state)
{
	uint8_t challenge[8], response[8];

	(void)state;
	lock_gids();
	assert_int_equal(send(gids, "00870000047C02810000"), 0x9000);
	assert_int_equal(answer_len, 12);
	memcpy(challenge, answer + 4, 8);
	assert_int_equal(keys_gids_response(k, admin_blob, admin_len, gids_id, challenge, response, NULL),
			 RP_OK);
	assert_int_equal(send_with(gids, "008700000C7C0A8208", response, 8, "00"), 0x9000);
	assert_int_equal(send(gids, "002C028006313233343536"), 0x9000);
	assert_int_equal(send(gids, "0020008006313233343536"), 0x9000);
}

static void a_gids_card_and_the_token_prove_themselves_to_each_other(void **state)
{
	uint8_t r1[16], r2[16], message[40], proof[40];
	bool proves = false;

	(void)state;
	lock_gids();
	rp_random(r1, sizeof r1);
	assert_int_equal(send_with(gids, "00870000147C128110", r1, 16, "00"), 0x9000);
	assert_int_equal(answer_len, 20);
	memcpy(r2, answer + 4, 16);
	assert_int_equal(keys_gids_mutual(k, admin_blob, admin_len, gids_id, r1, r2, message, NULL), RP_OK);
	assert_int_equal(send_with(gids, "008700002C7C2A8228", message, 40, "00"), 0x9000);
	assert_int_equal(answer_len, 44);
	memcpy(proof, answer + 4, 40);
	assert_int_equal(keys_gids_proves(k, admin_blob, admin_len, gids_id, r1, r2, proof, &proves, NULL),
			 RP_OK);
	assert_true(proves);
	for (size_t i = 0; i < 32; i++) {
		proof[i] ^= 1;
		assert_int_equal(
			keys_gids_proves(k, admin_blob, admin_len, gids_id, r1, r2, proof, &proves, NULL),
			RP_OK);
		assert_false(proves);
		proof[i] ^= 1;
	}
	/* Our own message back is no proof. */
	assert_int_equal(keys_gids_proves(k, admin_blob, admin_len, gids_id, r1, r2, message, &proves, NULL),
			 RP_OK);
	assert_false(proves);
	assert_int_equal(send(gids, "002C028006313233343536"), 0x9000);
}

static void two_messages_to_a_gids_card_are_never_the_same(void **state)
{
	static const uint8_t r1[16] = {1}, r2[16] = {2};
	uint8_t a[40], b[40];

	(void)state;
	assert_int_equal(keys_gids_mutual(k, admin_blob, admin_len, gids_id, r1, r2, a, NULL), RP_OK);
	assert_int_equal(keys_gids_mutual(k, admin_blob, admin_len, gids_id, r1, r2, b, NULL), RP_OK);
	assert_memory_equal(a, b, 32);
	assert_memory_not_equal(a + 32, b + 32, 8);
}

/* INTERNAL AUTHENTICATE for the signature PIN, compared with what the token says. */
static struct keys_card shown(const uint8_t nonce[16], uint8_t ret_challenge[16])
{
	struct keys_card c = {.version = 1, .slot = RP_SLOT_SIGN};
	uint8_t mac[16];

	assert_true(hash_card_id("keys test", "mynumber", "123456789012345", c.id));
	assert_int_equal(send_with(mynumber, "0088000110", nonce, 16, "22"), 0x9000);
	assert_int_equal(answer_len, 34);
	memcpy(ret_challenge, answer, 16);
	c.resets = (uint16_t)(answer[16] << 8 | answer[17]);
	assert_int_equal(keys_presence_mac(k, &c, nonce, ret_challenge, mac, NULL), RP_OK);
	assert_memory_equal(mac, answer + 18, 16);
	return c;
}

static void a_card_with_the_tokens_card_key_is_reset_by_its_cryptogram(void **state)
{
	uint8_t nonce[16] = {1}, challenge[16], cryptogram[16];
	struct keys_card c;

	(void)state;
	vcard_reset(mynumber);
	assert_int_equal(send(mynumber, RESET_SELECT), 0x9000);
	c = shown(nonce, challenge);
	assert_int_equal(c.resets, 0);
	c.slot = RP_SLOT_AUTH; /* a cryptogram for another PIN */
	assert_int_equal(keys_cryptogram(k, &c, challenge, cryptogram, NULL), RP_OK);
	assert_int_equal(send_with(mynumber, "0082000110", cryptogram, 16, ""), 0x6300);
	c = shown(nonce, challenge);
	assert_int_equal(keys_cryptogram(k, &c, challenge, cryptogram, NULL), RP_OK);
	assert_int_equal(send_with(mynumber, "0082000110", cryptogram, 16, ""), 0x9000);
}

static void after_a_reset_the_card_proves_that_its_count_has_risen(void **state)
{
	uint8_t nonce[16] = {3}, challenge[16], cryptogram[16];
	struct keys_card c;

	(void)state;
	vcard_reset(mynumber);
	assert_int_equal(send(mynumber, RESET_SELECT), 0x9000);
	c = shown(nonce, challenge);
	assert_int_equal(keys_cryptogram(k, &c, challenge, cryptogram, NULL), RP_OK);
	assert_int_equal(send_with(mynumber, "0082000110", cryptogram, 16, ""), 0x9000);
	assert_int_equal(send(mynumber, "002C020106414243313234"), 0x9000);
	nonce[0] = 4;
	assert_int_equal(shown(nonce, challenge).resets, c.resets + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gids_card_takes_the_response_of_the_telephone),
		cmocka_unit_test(a_gids_card_and_the_token_prove_themselves_to_each_other),
		cmocka_unit_test(two_messages_to_a_gids_card_are_never_the_same),
		cmocka_unit_test(a_card_with_the_tokens_card_key_is_reset_by_its_cryptogram),
		cmocka_unit_test(after_a_reset_the_card_proves_that_its_count_has_risen),
	};

	return cmocka_run_group_tests_name("keys and cards", tests, begin, end);
}
