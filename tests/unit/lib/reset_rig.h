/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual card, looked at, and a played issuer beside it. */
#ifndef REPIN_TESTS_RESET_RIG_H
#define REPIN_TESTS_RESET_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/play_issuer.h"
#include <cmocka.h>

#define LOOK (RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB)

struct rig {
	struct vreader v;
	struct play_issuer p;
	rp_ctx *ctx;
	rp_card *card;
	struct rp_card_facts shown;
	struct rp_reset_done done;
	struct rp_outcome out;
	struct rp_case opened;
	char receipt[RP_ISSUER_ID];
	struct rp_error err;
	int before; /* all tries on the card */
};

/* One reset as a person asks for it. */
struct want {
	const char *family;
	rp_slot slot, other;
	const char *current, *fresh;
	const char *door, *code, *case_id;
	bool last_ok;
};

static inline void refresh(struct rig *r)
{
	assert_int_equal(rp_card_read(r->card, LOOK, &r->shown, &r->err), RP_OK);
	vreader_forget(&r->v);
	r->before = vreader_all_tries(&r->v);
}

static inline void start_on(struct rig *r, struct vcard *card)
{
	rp_secret *key = NULL;

	*r = (struct rig){.err = RP_ERROR_INIT};
	r->ctx = vreader_open(&r->v, card);
	assert_int_equal(rp_secret_from(card->transport_key, 24, &key, NULL), RP_OK);
	assert_int_equal(rp_ctx_hicos_key(r->ctx, key, NULL), RP_OK);
	rp_secret_free(key);
	play_start(&r->p, &r->v);
	assert_int_equal(rp_card_open(r->ctx, NULL, &r->card, NULL), RP_OK);
	refresh(r);
}

static inline void start(struct rig *r, const char *family)
{
	start_on(r, vreader_make(family, NULL, true));
}

static inline void stop(struct rig *r)
{
	rp_card_close(r->card);
	vreader_close(&r->v, r->ctx);
}

static inline rp_code reset(struct rig *r, const struct want *w)
{
	const struct rp_job job = {.slot = w->slot, .shown = &r->shown, .last_try_ok = w->last_ok};
	rp_secret *current = w->current == NULL
				     ? NULL
				     : entry_of(r->shown.profile, w->other, RP_ENTRY_CURRENT, w->current);
	rp_secret *fresh = entry_of(r->shown.profile, w->slot, RP_ENTRY_NEW, w->fresh);
	rp_secret *code = w->code == NULL ? NULL : secret_of(w->code);
	const struct rp_evidence e = {.door = w->door, .case_id = w->case_id, .user_code = code};
	rp_code rc;

	r->p.needs_proof = w->current != NULL;
	r->p.case_id = w->case_id;
	r->err = (struct rp_error)RP_ERROR_INIT;
	rc = rp_issuer_reset(r->card, &r->p.port, &job, current != NULL ? w->other : RP_SLOT_NONE, current,
			     fresh, &e, &r->done, &r->err);
	rp_secret_free(current);
	rp_secret_free(fresh);
	rp_secret_free(code);
	return rc;
}

static inline rp_code reserve(struct rig *r, rp_slot slot, rp_slot other, const char *current, bool last_ok)
{
	const struct rp_job job = {.slot = slot, .shown = &r->shown, .last_try_ok = last_ok};
	rp_secret *secret = entry_of(r->shown.profile, other, RP_ENTRY_CURRENT, current);
	rp_code rc;

	r->err = (struct rp_error)RP_ERROR_INIT;
	rc = rp_issuer_reserve(r->card, &r->p.port, &job, other, secret, &r->opened, r->receipt, &r->err);
	rp_secret_free(secret);
	return rc;
}

static inline bool holds(const struct rig *r, const char *id, const char *value)
{
	const struct vpin *p = vcard_pin(r->v.card, id);

	assert_non_null(p);
	return p->len == strlen(value) && memcmp(p->value, value, p->len) == 0;
}

static inline bool nobody_is_logged_in(const struct rig *r)
{
	for (size_t i = 0; i < r->v.card->n_pins; i++)
		if (r->v.card->pins[i].verified)
			return false;
	return !r->v.card->reset.granted;
}

/* Commands of ours, besides the SELECT, and commands with a PIN: what a real card must never get. */
static inline unsigned ours_sent(const struct rig *r)
{
	return vreader_count(&r->v, 0x88) + vreader_count(&r->v, 0x82) + vreader_count(&r->v, 0x2C) +
	       vreader_count_data(&r->v, 0x20) + vreader_count(&r->v, 0x87) + vreader_count(&r->v, 0x24);
}

/* The log of the reader, as the instructions that went over. */
static inline unsigned find_ins(const struct rig *r, uint8_t ins, unsigned from)
{
	while (from < r->v.n && (r->v.log[from].head[1] != ins || (ins == 0x20 && r->v.log[from].len <= 5)))
		from++;
	return from;
}

#endif
