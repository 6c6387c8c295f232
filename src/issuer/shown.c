/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "issuer/shown.h"
#include "issuer/sources.h"

/* --- before the database --- */

/* One answer, whatever was wrong: whoever has no card learns nothing about cards. */
static rp_code not_shown(issuer *i, const struct issuer_peer *who, struct rp_error *err)
{
	issuer_count(i, COUNT_NOT_SHOWN);
	sources_wrong(i->sources, who, clock_ms());
	return rp_refuse(err, RP_PROBLEM_CARD_NOT_SHOWN, "%s", "");
}

static rp_code nonce_old(issuer *i, const struct issuer_peer *who, struct rp_error *err)
{
	sources_wrong(i->sources, who, clock_ms());
	return rp_refuse(err, RP_PROBLEM_NONCE_OLD, "%s", "");
}

rp_code shown_without_mac(issuer *i, const struct issuer_peer *who, const struct rp_presence *p,
			  struct shown *ret, struct rp_error *err)
{
	struct shown s = {.p = p};

	if (!sources_may(i->sources, who, clock_ms()))
		return rp_refuse(err, RP_PROBLEM_TOO_MANY, "%s", "");
	if (!nonce_read(i, p->nonce, issuer_now_ms(i), &s.nonce_ms))
		return nonce_old(i, who, err);
	if (!hash_card_id(i->name, p->profile, p->number, s.card_id))
		return rp_refuse(err, RP_PROBLEM_CASE, "%s", "");
	*ret = s;
	return RP_OK;
}

/* The MAC of the card that it says it is; of no card, and never equal, when there can be none such. */
static rp_code expected_mac(issuer *i, const struct rp_presence *p, struct shown *s, uint8_t ret[16],
			    bool *ret_possible, struct rp_error *err)
{
	const unsigned newest = keys_version(i->keys, KEYS_RESET);
	bool possible = hash_card_id(i->name, p->profile, p->number, s->card_id);
	struct keys_card c = {.version = newest, .resets = p->resets};
	rp_code rc;

	if (p->slot >= RP_SLOT_SIGN && p->slot <= RP_SLOT_PIN)
		c.slot = (uint8_t)p->slot;
	else
		possible = false;
	if (p->key >= 1 && p->key <= newest)
		c.version = p->key;
	else
		possible = false;
	memcpy(c.id, s->card_id, sizeof c.id);
	rc = keys_presence_mac(i->keys, &c, p->nonce, p->challenge, ret, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "checking a card's MAC");
	*ret_possible = possible;
	return RP_OK;
}

rp_code shown_check(issuer *i, const struct issuer_peer *who, const struct rp_presence *p, struct shown *ret,
		    struct rp_error *err)
{
	struct shown s = {.p = p, .gives_mac = true};
	uint8_t mac[16];
	bool possible = false;
	rp_code rc;

	if (!sources_may(i->sources, who, clock_ms()))
		return rp_refuse(err, RP_PROBLEM_TOO_MANY, "%s", "");
	if (!nonce_read(i, p->nonce, issuer_now_ms(i), &s.nonce_ms))
		return nonce_old(i, who, err);
	rc = expected_mac(i, p, &s, mac, &possible, err);
	if (rc != RP_OK)
		return rc;
	if (!hash_equal(mac, p->mac, sizeof mac) || !possible)
		return not_shown(i, who, err);
	*ret = s;
	return RP_OK;
}

size_t shown_parts(const struct issuer_peer *who, const struct shown *s, struct shown_parts *room,
		   struct hash_part at[SHOWN_PARTS])
{
	const struct rp_presence *p = s->p;
	struct wr w = wr_of(room->fixed, sizeof room->fixed);
	size_t n = 0;

	wr_u8(&w, (uint8_t)p->slot);
	wr_u32(&w, p->key);
	wr_u16(&w, p->resets);
	wr_u8(&w, who->device != NULL);
	peer_line(who, room->who);
	at[n++] = (struct hash_part){room->who, strlen(room->who)};
	at[n++] = (struct hash_part){p->profile, strlen(p->profile)};
	at[n++] = (struct hash_part){p->number, strlen(p->number)};
	at[n++] = (struct hash_part){room->fixed, w.len};
	at[n++] = (struct hash_part){p->nonce, sizeof p->nonce};
	at[n++] = (struct hash_part){p->challenge, sizeof p->challenge};
	at[n++] = (struct hash_part){p->mac, sizeof p->mac};
	if (who->device != NULL)
		at[n++] = (struct hash_part){who->device->signature, who->device->signature_len};
	return n;
}

static struct hash_part text_part(const char *text)
{
	return (struct hash_part){text != NULL ? text : "", text != NULL ? strlen(text) : 0};
}

static struct hash_part secret_part(const rp_secret *s)
{
	return (struct hash_part){s != NULL ? rp_secret_bytes(s) : NULL, s != NULL ? rp_secret_len(s) : 0};
}

size_t evidence_parts(const struct rp_evidence *e, struct evidence_room *room,
		      struct hash_part at[EVIDENCE_PARTS])
{
	const struct rp_proof *p = e->proof;
	size_t signature_len = p != NULL ? p->signature_len : 0, n = 0;

	if (p != NULL && signature_len > sizeof p->signature)
		signature_len = sizeof p->signature; /* proof_look refuses it */
	*room = (struct evidence_room){
		.given = {e->door != NULL, e->case_id != NULL, p != NULL, e->user_code != NULL,
			  e->one_time != NULL, e->new_code != NULL, e->r1 != NULL, e->r2 != NULL,
			  e->external != NULL},
		.slot = {p != NULL ? (uint8_t)p->slot : 0},
	};
	at[n++] = (struct hash_part){room->given, sizeof room->given};
	at[n++] = text_part(e->door);
	at[n++] = text_part(e->case_id);
	at[n++] = (struct hash_part){room->slot, sizeof room->slot};
	at[n++] = (struct hash_part){p != NULL ? p->certificate : NULL, p != NULL ? p->certificate_len : 0};
	at[n++] = (struct hash_part){p != NULL ? p->signature : NULL, signature_len};
	at[n++] = secret_part(e->user_code);
	at[n++] = secret_part(e->one_time);
	at[n++] = secret_part(e->new_code);
	at[n++] = (struct hash_part){e->r1, e->r1 != NULL ? 16 : 0};
	at[n++] = (struct hash_part){e->r2, e->r2 != NULL ? 16 : 0};
	at[n++] = (struct hash_part){e->external, e->external != NULL ? e->external_len : 0};
	if (e->cause != NULL)
		at[n++] = text_part(e->cause);
	return n;
}
