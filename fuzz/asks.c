/* SPDX-License-Identifier: Apache-2.0 */
#include "asks.h"

#include "base/error.h"
#include "jobs.h"
#include "repin/issuer.h"
#include "vcard/reset_applet.h"

#include <string.h>

struct yes {
	struct judge *judge;
	uint8_t n;
};

static rp_code yes_nonce(void *arg, uint8_t ret[16], struct rp_error *err)
{
	struct yes *y = arg;

	(void)err;
	memset(ret, ++y->n, 16);
	return RP_OK;
}

static rp_code yes_presence(void *arg, const struct rp_presence *p, struct rp_issuer_facts *ret,
			    struct rp_error *err)
{
	struct yes *y = arg;

	(void)err;
	judge_that(p->slot >= RP_SLOT_SIGN && p->slot <= RP_SLOT_PIN, "a presence of no slot");
	judge_that(strnlen(p->number, sizeof p->number) < sizeof p->number, "a number without an end");
	y->judge->accepted = true;
	*ret = (struct rp_issuer_facts){.card_status = "active"};
	return RP_OK;
}

static void check_proof(const struct rp_evidence *e)
{
	if (e->proof == NULL)
		return;
	judge_that(e->proof->certificate != NULL && e->proof->certificate_len >= 130, "no certificate");
	judge_that(e->proof->signature_len >= 256 && e->proof->signature_len <= 512, "no signature");
}

static rp_code yes_reserve(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			   struct rp_case *ret, char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	(void)arg;
	(void)err;
	judge_that(e->proof != NULL, "a reservation without a proof");
	check_proof(e);
	*ret = (struct rp_case){.slot = p->slot};
	ret_receipt[0] = '\0';
	return RP_OK;
}

/* Kcard of cards.c; the vector's key. */
static void right_cryptogram(const struct rp_presence *p, uint8_t ret[16])
{
	static const uint8_t key[16] = {0xbf, 0xcf, 0x19, 0x4c, 0xd2, 0x2b, 0xb6, 0xa7,
					0xbb, 0x18, 0x7b, 0x05, 0x9f, 0xb9, 0xde, 0xc2};
	uint8_t id[16];
	const struct vreset_subject s = {
		.key = key, .card_id = id, .slot = (uint8_t)p->slot, .resets = p->resets};

	vreset_card_id("test", p->profile, p->number, id);
	judge_that(vreset_cryptogram(&s, p->challenge, ret), "no cryptogram");
}

static rp_code yes_grant(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			 struct rp_grant *ret, struct rp_error *err)
{
	struct yes *y = arg;

	(void)err;
	check_proof(e);
	y->judge->accepted = y->judge->granted = true;
	*ret = (struct rp_grant){.cryptogram_len = e->r1 != NULL ? 40 : 16};
	if (e->r1 == NULL)
		right_cryptogram(p, ret->cryptogram);
	return RP_OK;
}

static rp_code yes_word(void *arg, const struct rp_grant *g, bool done, const uint8_t *answer, size_t len,
			struct rp_error *err)
{
	(void)arg;
	(void)g;
	(void)done;
	(void)err;
	judge_that(answer != NULL && len == 40, "a word without the card's answer");
	return RP_OK;
}

static rp_code yes_response(void *arg, const uint8_t challenge[8], uint8_t ret[8], struct rp_error *err)
{
	struct yes *y = arg;

	(void)err;
	(void)challenge; /* echoed it could look like a PIN */
	memset(ret, 0xE1, 8);
	y->judge->accepted = y->judge->granted = true;
	return RP_OK;
}

static rp_slot prover_of(const struct profile *p, rp_slot slot)
{
	const rp_slot other = slot == RP_SLOT_SIGN ? RP_SLOT_AUTH : RP_SLOT_SIGN;

	if (slot != RP_SLOT_SIGN && slot != RP_SLOT_AUTH)
		return RP_SLOT_NONE;
	return profile_pin(p, other) != NULL ? other : RP_SLOT_NONE;
}

struct asking {
	struct rp_job job;
	rp_slot by;
	rp_secret *current, *fresh;
	struct rp_issuer_port port;
};

static rp_code send_ask(rp_card *card, enum ask ask, const struct asking *a, struct rp_error *err)
{
	const struct rp_evidence e = {.door = "kiosk"};
	char receipt[RP_ISSUER_ID];
	struct rp_issuer_facts facts;
	struct rp_reset_done done;
	struct rp_outcome out;
	struct rp_case opened;
	rp_code rc;

	switch (ask) {
	case ASK_LOOK:
		return rp_issuer_look(card, &a->port, a->job.slot, a->job.shown, &facts, err);
	case ASK_RESERVE:
		return rp_issuer_reserve(card, &a->port, &a->job, a->by, a->current, &opened, receipt, err);
	case ASK_PHONE:
		rc = rp_issuer_by_phone(card, &a->job, yes_response, a->port.arg, a->fresh, &out, err);
		break;
	case ASK_RESET:
	default:
		rc = rp_issuer_reset(card, &a->port, &a->job, a->by, a->current, a->fresh, &e, &done, err);
		out = done.done;
		break;
	}
	if (rc == RP_OK)
		judge_outcome(&out);
	return rc;
}

static bool is_last(const struct rp_card_facts *shown, rp_slot slot)
{
	for (size_t i = 0; i < shown->n_pins; i++)
		if (shown->pins[i].slot == slot)
			return shown->pins[i].tries_left == 1;
	return false;
}

rp_code asks_run(struct feed *f, rp_card *card, enum ask ask, const struct rp_card_facts *shown, rp_slot slot,
		 bool last_ok)
{
	const struct pin_row *row = card->s.p == NULL ? NULL : profile_pin(card->s.p, slot);
	const bool must_stop = f->judge.nothing_may_go;
	struct yes yes = {.judge = &f->judge};
	struct rp_error err = RP_ERROR_INIT;
	struct asking a = {.job = {.slot = slot, .shown = shown, .last_try_ok = last_ok},
			   .port = {.arg = &yes,
				    .issuer = "test",
				    .terminal = "home",
				    .nonce = yes_nonce,
				    .presence = yes_presence,
				    .reserve = yes_reserve,
				    .grant = yes_grant,
				    .word = yes_word}};
	rp_code rc;

	if (row == NULL || row->issuer_only)
		return RP_E_SLOT_UNKNOWN;
	a.by = ask == ASK_RESET || ask == ASK_RESERVE ? prover_of(card->s.p, slot) : RP_SLOT_NONE;
	a.fresh = jobs_pin(row, PIN_FRESH);
	if (a.by != RP_SLOT_NONE)
		a.current = jobs_pin(profile_pin(card->s.p, a.by), PIN_CURRENT);
	judge_ask(&f->judge, a.by != RP_SLOT_NONE, ask == ASK_RESET || ask == ASK_PHONE);
	f->judge.nothing_may_go = must_stop || (!last_ok && a.by != RP_SLOT_NONE && is_last(shown, a.by));
	rc = send_ask(card, ask, &a, &err);
	judge_result(&f->judge, rc, &err);
	rp_secret_free(a.current);
	rp_secret_free(a.fresh);
	return rc;
}
