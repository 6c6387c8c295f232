/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/reset_applet.h"

#include "base/bytes.h"
#include "vcard/applet_util.h"

#include <gnutls/crypto.h>
#include <string.h>

enum {
	RESET_VERSION = 0x01,
	RESET_KEY_NUMBER = 0x01,
	SELECT_LEN = 18,   /* version, key number, card id */
	PRESENCE_LEN = 34, /* challenge, resets, MAC */
};

void vreset_card_id(const char *issuer, const char *profile, const char *number, uint8_t ret[16])
{
	const char *parts[] = {issuer, profile, number};
	uint8_t text[6 + 3 * 256], digest[32];
	struct wr w = wr_of(text, sizeof text);
	size_t i;

	memset(ret, 0, 16);
	wr_put(&w, "REPIN1", 6);
	for (i = 0; i < 3; i++) {
		const size_t len = strnlen(parts[i], 256);

		if (len > 255)
			return; /* no card has such a name; the id of zeros matches nothing */
		wr_u8(&w, (uint8_t)len);
		wr_put(&w, parts[i], len);
	}
	if (w.failed || gnutls_hash_fast(GNUTLS_DIG_SHA256, text, w.len, digest) != 0)
		return;
	memcpy(ret, digest, 16);
}

static void put_subject(struct wr *w, uint8_t purpose, const struct vreset_subject *s)
{
	wr_u8(w, purpose);
	wr_put(w, s->card_id, 16);
	wr_u8(w, s->slot);
	wr_u16(w, s->resets);
}

static bool cmac(const struct vreset_subject *s, const struct wr *text, uint8_t ret[16])
{
	return !text->failed &&
	       gnutls_hmac_fast(GNUTLS_MAC_AES_CMAC_128, s->key, 16, text->p, text->len, ret) == 0;
}

bool vreset_mac(const struct vreset_subject *s, const uint8_t nonce[16], const uint8_t challenge[16],
		uint8_t ret[16])
{
	uint8_t text[52];
	struct wr w = wr_of(text, sizeof text);

	put_subject(&w, 0x01, s);
	wr_put(&w, nonce, 16);
	wr_put(&w, challenge, 16);
	return cmac(s, &w, ret);
}

bool vreset_cryptogram(const struct vreset_subject *s, const uint8_t challenge[16], uint8_t ret[16])
{
	uint8_t text[36];
	struct wr w = wr_of(text, sizeof text);

	put_subject(&w, 0x02, s);
	wr_put(&w, challenge, 16);
	return cmac(s, &w, ret);
}

/* The references behind one SS: all those of the slot that the card has (juki has its PIN twice). */
struct refs {
	struct vpin *p[VCARD_PINS_MAX];
	size_t n;
};

static struct refs refs_of(struct vcard *c, uint8_t ss)
{
	struct refs r = {.n = 0};
	size_t i;

	/* Of the slots only these five are on the wire; a code or a PUK is never reset. */
	if (ss < RP_SLOT_SIGN || ss > RP_SLOT_PIN)
		return r;
	for (i = 0; i < c->n_pins; i++)
		if (c->pins[i].set && (unsigned)c->pins[i].slot == ss)
			r.p[r.n++] = &c->pins[i];
	return r;
}

/* Both references of juki are counted together; should they differ, the newest reset counts. */
static uint16_t refs_resets(const struct refs *r)
{
	uint16_t n = 0;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->p[i]->resets > n)
			n = r->p[i]->resets;
	return n;
}

static struct vreset_subject subject_of(const struct vcard *c, const struct refs *r, uint8_t ss)
{
	return (struct vreset_subject){
		.key = c->reset_key, .card_id = c->card_id, .slot = ss, .resets = refs_resets(r)};
}

static bool rule_sign(const struct vpin *p, const uint8_t *bytes, size_t len)
{
	size_t i;

	(void)p;
	if (len < 6 || len > 16)
		return false;
	for (i = 0; i < len; i++)
		if (!(bytes[i] >= 'A' && bytes[i] <= 'Z') && !(bytes[i] >= '0' && bytes[i] <= '9'))
			return false;
	return true;
}

static bool rule_four_digits(const struct vpin *p, const uint8_t *bytes, size_t len)
{
	size_t i;

	(void)p;
	for (i = 0; i < len; i++)
		if (bytes[i] < '0' || bytes[i] > '9')
			return false;
	return len == 4;
}

static bool rule_hicos(const struct vpin *p, const uint8_t *bytes, size_t len)
{
	(void)p;
	return len >= 6 && len <= 8 && applet_is_visible(bytes, len);
}

/* By SS, for every family alike: no two of them use one slot with different rules. */
static vpin_rule *const reset_rules[RP_SLOT_PIN + 1] = {
	[RP_SLOT_SIGN] = rule_sign,	   [RP_SLOT_AUTH] = rule_four_digits,
	[RP_SLOT_TEXT] = rule_four_digits, [RP_SLOT_JUKI] = rule_four_digits,
	[RP_SLOT_PIN] = rule_hicos,
};

static uint16_t get_tries(const struct vcmd *cmd, const struct refs *r, struct vrsp *rsp)
{
	uint8_t tries[2] = {r->p[0]->tries, r->p[0]->max};
	size_t i;

	if (cmd->lc != 0 || cmd->le < sizeof tries)
		return 0x6700;
	for (i = 1; i < r->n; i++)
		if (r->p[i]->tries < tries[0]) {
			tries[0] = r->p[i]->tries;
			tries[1] = r->p[i]->max;
		}
	return vrsp_put(rsp, tries, sizeof tries) ? 0x9000 : 0x6F00;
}

static uint16_t internal_authenticate(struct vcard *c, const struct vcmd *cmd, const struct refs *r,
				      struct vrsp *rsp)
{
	const struct vreset_subject s = subject_of(c, r, cmd->p2);
	uint8_t challenge[16], mac[16], answer[PRESENCE_LEN];
	struct wr w = wr_of(answer, sizeof answer);

	if (cmd->lc != 16 || cmd->le < sizeof answer)
		return 0x6700;
	if (!v_random(challenge, sizeof challenge) || !vreset_mac(&s, cmd->data, challenge, mac))
		return 0x6F00;
	wr_put(&w, challenge, sizeof challenge);
	wr_u16(&w, s.resets);
	wr_put(&w, mac, sizeof mac);
	if (w.failed || !vrsp_put(rsp, answer, sizeof answer))
		return 0x6F00;
	memcpy(c->reset.challenge, challenge, sizeof challenge);
	c->reset.slot = cmd->p2;
	c->reset.pending = true;
	return 0x9000;
}

/* challenge: the one that waited for this slot when the command came; NULL = none. */
static uint16_t external_authenticate(struct vcard *c, const struct vcmd *cmd, const struct refs *r,
				      const uint8_t *challenge)
{
	const struct vreset_subject s = subject_of(c, r, cmd->p2);
	uint8_t right[16];

	if (challenge == NULL)
		return 0x6985;
	if (cmd->lc != 16)
		return 0x6700;
	if (!vreset_cryptogram(&s, challenge, right))
		return 0x6F00;
	if (!v_equal(right, cmd->data, sizeof right))
		return 0x6300;
	c->reset.slot = cmd->p2;
	c->reset.granted = true;
	return 0x9000;
}

/* All references, their tries and the count in one save, or nothing at all. */
static uint16_t set_all(struct vcard *c, const struct refs *r, const uint8_t *bytes, size_t len)
{
	struct vpin before[VCARD_PINS_MAX];
	const uint16_t resets = refs_resets(r);
	size_t i;

	if (resets == UINT16_MAX)
		return 0x6985; /* a count that wraps would make this card look like a copy of itself */
	for (i = 0; i < r->n; i++) {
		before[i] = *r->p[i];
		memset(r->p[i]->value, 0, sizeof r->p[i]->value);
		memcpy(r->p[i]->value, bytes, len);
		r->p[i]->len = (uint8_t)len;
		r->p[i]->tries = r->p[i]->max;
		r->p[i]->verified = false;
		r->p[i]->resets = (uint16_t)(resets + 1);
	}
	if (vcard_save(c))
		return 0x9000;
	for (i = 0; i < r->n; i++)
		*r->p[i] = before[i];
	return 0x6581;
}

static uint16_t reset_retry_counter(struct vcard *c, const struct vcmd *cmd, const struct refs *r,
				    bool granted)
{
	if (!granted)
		return 0x6982;
	if (!reset_rules[cmd->p2](r->p[0], cmd->data, cmd->lc))
		return 0x6A80;
	return set_all(c, r, cmd->data, cmd->lc);
}

void vreset_forget(struct vcard *c)
{
	memset(&c->reset, 0, sizeof c->reset);
}

bool vreset_select(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	uint8_t answer[SELECT_LEN] = {RESET_VERSION, RESET_KEY_NUMBER};

	if (!c->has_reset || !vcmd_is(cmd, 0x00, 0xA4, 0x04, 0x00))
		return false;
	if (cmd->lc != VRESET_AID_LEN || memcmp(cmd->data, VRESET_AID, VRESET_AID_LEN) != 0)
		return false;
	vreset_forget(c);
	memcpy(answer + 2, c->card_id, 16);
	return vrsp_put(rsp, answer, cmd->le < sizeof answer ? cmd->le : sizeof answer);
}

uint16_t vreset_process(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	const struct refs r = refs_of(c, cmd->p2);
	const bool pending = c->reset.pending && c->reset.slot == cmd->p2;
	const bool granted = c->reset.granted && c->reset.slot == cmd->p2;
	uint8_t challenge[16];

	/* Both die with whatever comes now: each handler gets what was there, and only it may give anew. */
	memcpy(challenge, c->reset.challenge, sizeof challenge);
	vreset_forget(c);
	if (cmd->cla != 0x00)
		return 0x6E00;
	if (cmd->ins != 0xCA && cmd->ins != 0x88 && cmd->ins != 0x82 && cmd->ins != 0x2C)
		return 0x6D00;
	if (cmd->p1 != (cmd->ins == 0xCA ? 0x01 : cmd->ins == 0x2C ? 0x02 : 0x00))
		return 0x6A86;
	if (r.n == 0)
		return 0x6A88;
	switch (cmd->ins) {
	case 0xCA:
		return get_tries(cmd, &r, rsp);
	case 0x88:
		return internal_authenticate(c, cmd, &r, rsp);
	case 0x82:
		return external_authenticate(c, cmd, &r, pending ? challenge : NULL);
	default:
		return reset_retry_counter(c, cmd, &r, granted);
	}
}
