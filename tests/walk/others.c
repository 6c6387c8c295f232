/* SPDX-License-Identifier: Apache-2.0 */
/* Those who use the card besides us. Whoever is done here leaves the card as it is: logged in or not. */
#include "walk/family.h"

#include "base/bytes.h"
#include "vcard/reset_applet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <gnutls/crypto.h>

/* Power that goes at a command: then nothing more is answered. */
struct terminal {
	struct vcard *card;
	unsigned n, cut;
	bool done, dark;
	uint8_t answer[512];
	size_t len; /* of the data */
};

static unsigned send(struct terminal *t, const uint8_t *cmd, size_t len)
{
	static uint8_t answer[VCARD_RESPONSE_MAX];
	size_t n;

	if (t->dark)
		return 0;
	t->n++;
	t->dark = t->n == t->cut;
	if (t->dark && !t->done)
		vcard_reset(t->card);
	if (t->dark && !t->done)
		return 0;
	n = vcard_transmit(t->card, cmd, len, answer, sizeof answer);
	assert_true(n >= 2 && n <= sizeof t->answer);
	if (t->dark)
		vcard_reset(t->card);
	if (t->dark)
		return 0;
	memcpy(t->answer, answer, n);
	t->len = n - 2;
	return (unsigned)answer[n - 2] << 8 | answer[n - 1];
}

static unsigned send_hex(struct terminal *t, const char *hex)
{
	uint8_t cmd[64];
	size_t len = 0;

	assert_true(hex_read(hex, cmd, sizeof cmd, &len));
	return send(t, cmd, len);
}

/* A command being built: header, then values, each filled up with FF. */
struct body {
	uint8_t cmd[128];
	size_t len;
};

static struct body command(uint8_t cla, uint8_t ins, uint8_t p1, uint8_t p2)
{
	return (struct body){.cmd = {cla, ins, p1, p2}, .len = 5};
}

static void put(struct body *b, const void *bytes, size_t len, size_t fill)
{
	memcpy(b->cmd + b->len, bytes, len);
	b->len += len;
	for (; len < fill; len++)
		b->cmd[b->len++] = 0xFF;
	b->cmd[4] = (uint8_t)(b->len - 5);
}

static void put_text(struct body *b, const char *text, size_t fill)
{
	put(b, text, strlen(text), fill);
}

static void go(struct terminal *t, const struct f_ref *ref)
{
	uint8_t ef[7] = {0x00, 0xA4, 0x02, 0x0C, 0x02, (uint8_t)(ref->ef >> 8), (uint8_t)ref->ef};

	assert_int_equal(send_hex(t, ref->select), 0x9000);
	if (ref->ef != 0)
		assert_int_equal(send(t, ef, sizeof ef), 0x9000);
}

static unsigned verify(struct terminal *t, const struct f_slot *s, const struct f_ref *ref, int value)
{
	struct body b = command(0x00, 0x20, 0x00, ref->p2);

	put_text(&b, s->value[value], s->fill);
	return send(t, b.cmd, b.len);
}

/* HiCOS: the frame is not the point here, the counter behind it is. */
static bool hicos_verify(const struct f_slot *s, struct vcard *card, int value)
{
	const char *text = s->value[value];

	return vpin_check(card, vcard_pin(card, s->ref[0].id), (const uint8_t *)text, strlen(text)) ==
	       VCHECK_OK;
}

void f_other_proves(const struct f_slot *s, int place, struct vcard *card, int value)
{
	struct terminal t = {.card = card};

	if (s->ref[place].select == NULL) {
		(void)hicos_verify(s, card, value);
		return;
	}
	go(&t, &s->ref[place]);
	(void)verify(&t, s, &s->ref[place], value);
}

static void other_sets(struct terminal *t, const struct f_slot *s, const struct f_ref *ref, int old,
		       int fresh)
{
	struct body b;

	switch (s->change) {
	case F_TOGETHER:
	case F_PROVEN:
		b = command(0x00, 0x24, 0x00, ref->p2);
		put_text(&b, s->value[old], s->fill_old);
		break;
	case F_PLACES:
		b = command(0x80, 0x32, 0x00, ref->p2);
		break;
	case F_AFTERWARDS:
	case F_FIXED:
	default:
		b = command(0x00, 0x24, 0x01, ref->p2);
		break;
	}
	put_text(&b, s->value[fresh], s->fill);
	(void)send(t, b.cmd, b.len);
}

void f_other_changes(const struct f_slot *s, int place, struct vcard *card, int old, int fresh)
{
	struct terminal t = {.card = card};
	const struct f_ref *ref = &s->ref[place];
	const char *text = s->value[fresh];

	if (ref->select == NULL) {
		if (hicos_verify(s, card, old))
			assert_true(vpin_set(card, vcard_pin(card, ref->id), (const uint8_t *)text,
					     strlen(text), 0));
		return;
	}
	go(&t, ref);
	if (s->change == F_AFTERWARDS || s->change == F_PLACES)
		if (verify(&t, s, ref, old) != 0x9000)
			return;
	other_sets(&t, s, ref, old, fresh);
}

/* --- the issuer --- */

static bool reset_app(struct terminal *t, const struct f_slot *s, int fresh)
{
	const uint8_t ss = (uint8_t)s->slot;
	struct body nonce = command(0x00, 0x88, 0x00, ss), proof = command(0x00, 0x82, 0x00, ss),
		    set = command(0x00, 0x2C, 0x02, ss);
	struct vreset_subject subject = {.key = t->card->reset_key, .card_id = t->card->card_id, .slot = ss};
	uint8_t cryptogram[16];

	put(&nonce, "sixteen bytes!!!", 16, 0);
	nonce.cmd[nonce.len++] = 0x22;
	if (send_hex(t, "00A4040007F0524550494E3100") != 0x9000 || send(t, nonce.cmd, nonce.len) != 0x9000)
		return false;
	assert_int_equal(t->len, 34);
	subject.resets = (uint16_t)(t->answer[16] << 8 | t->answer[17]);
	assert_true(vreset_cryptogram(&subject, t->answer, cryptogram));
	put(&proof, cryptogram, sizeof cryptogram, 0);
	if (send(t, proof.cmd, proof.len) != 0x9000)
		return false;
	put_text(&set, s->value[fresh], 0);
	return send(t, set.cmd, set.len) == 0x9000;
}

/* The test card's admin key is 00 01 … 17. */
static void admin_encrypt(uint8_t block[8])
{
	uint8_t key_bytes[24], iv_bytes[8] = {0};
	gnutls_datum_t key = {.data = key_bytes, .size = 24}, iv = {.data = iv_bytes, .size = 8};
	gnutls_cipher_hd_t cipher;

	for (uint8_t i = 0; i < 24; i++)
		key_bytes[i] = i;
	assert_int_equal(gnutls_cipher_init(&cipher, GNUTLS_CIPHER_3DES_CBC, &key, &iv), 0);
	assert_int_equal(gnutls_cipher_encrypt(cipher, block, 8), 0);
	gnutls_cipher_deinit(cipher);
}

static bool admin_key(struct terminal *t, const struct f_slot *s, int fresh)
{
	struct body response = command(0x00, 0x87, 0x00, 0x00), set = command(0x00, 0x2C, 0x02, 0x80);
	uint8_t block[8];

	if (send_hex(t, s->ref[0].select) != 0x9000 || send_hex(t, "0022C1A403830180") != 0x9000 ||
	    send_hex(t, "00870000047C02810000") != 0x9000)
		return false;
	assert_int_equal(t->len, 12);
	memcpy(block, t->answer + 4, sizeof block);
	admin_encrypt(block);
	put(&response, "\x7C\x0A\x82\x08", 4, 0);
	put(&response, block, sizeof block, 0);
	if (send(t, response.cmd, response.len) != 0x9000)
		return false;
	put_text(&set, s->value[fresh], 0);
	return send(t, set.cmd, set.len) == 0x9000;
}

bool f_issuer_resets(const struct f_family *f, const struct f_slot *s, struct vcard *card, int fresh,
		     unsigned cut, bool done)
{
	struct terminal t = {.card = card, .cut = cut, .done = done};
	const unsigned last = f->issuer == F_RESET_APP ? 4 : 5;
	bool set;

	vcard_reset(card);
	set = f->issuer == F_RESET_APP ? reset_app(&t, s, fresh) : admin_key(&t, s, fresh);
	vcard_reset(card);
	return set || (t.dark && cut == last && done);
}
