/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual card on the bench: looked at as a program does, then a job, then the truth. */
#ifndef REPIN_TESTS_JOB_RIG_H
#define REPIN_TESTS_JOB_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/vreader.h"
#include <cmocka.h>

struct bench {
	struct vreader v;
	rp_ctx *ctx;
	rp_card *card;
	struct rp_card_facts shown;
	struct rp_outcome out;
	struct rp_error err;
};

/* Opens a card and looks at it as a program does before it asks for a secret. */
static inline void look(struct bench *b, struct vcard *card)
{
	*b = (struct bench){.err = RP_ERROR_INIT};
	b->ctx = vreader_open(&b->v, card);
	assert_int_equal(rp_card_open(b->ctx, NULL, &b->card, &b->err), RP_OK);
	if (strcmp(card->family->name, "hicos") == 0) {
		rp_secret *key = NULL;

		assert_int_equal(rp_secret_from(card->transport_key, 24, &key, NULL), RP_OK);
		assert_int_equal(rp_ctx_hicos_key(b->ctx, key, NULL), RP_OK);
		rp_secret_free(key);
	}
	assert_int_equal(
		rp_card_read(b->card, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, &b->shown, &b->err),
		RP_OK);
	vreader_forget(&b->v);
}

static inline void put_away(struct bench *b)
{
	rp_card_close(b->card);
	vreader_close(&b->v, b->ctx);
}

static inline rp_code change(struct bench *b, rp_slot slot, const char *current, const char *fresh,
			     bool last_ok)
{
	const struct rp_job job = {.slot = slot, .shown = &b->shown, .last_try_ok = last_ok};
	rp_secret *old = entry_of(b->shown.profile, slot, RP_ENTRY_CURRENT, current);
	rp_secret *new = entry_of(b->shown.profile, slot, RP_ENTRY_NEW, fresh);
	rp_code rc = rp_pin_change(b->card, &job, old, new, &b->out, &b->err);

	rp_secret_free(old);
	rp_secret_free(new);
	return rc;
}

static inline rp_code unlock(struct bench *b, rp_slot slot, unsigned way, const char *code, const char *fresh,
			     bool last_ok)
{
	const struct rp_job job = {.slot = slot, .shown = &b->shown, .last_try_ok = last_ok, .way = way};
	struct rp_pin_info info;
	rp_secret *secret, *new;
	rp_code rc;

	assert_true(rp_pin_info(b->shown.profile, slot, &info));
	secret = entry_of(b->shown.profile, info.unlock[way].code, RP_ENTRY_CURRENT, code);
	new = entry_of(b->shown.profile, slot, RP_ENTRY_NEW, fresh);
	rc = rp_pin_unlock(b->card, &job, secret, new, &b->out, &b->err);
	rp_secret_free(secret);
	rp_secret_free(new);
	return rc;
}

/* Looks again, as a program does before each entry. */
static inline void refresh(struct bench *b)
{
	assert_int_equal(
		rp_card_read(b->card, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, &b->shown, &b->err),
		RP_OK);
	vreader_forget(&b->v);
}

static inline void assert_value(const struct bench *b, const char *id, const char *value)
{
	for (size_t i = 0; i < b->v.card->n_pins; i++) {
		const struct vpin *p = &b->v.card->pins[i];

		if (strcmp(p->id, id) != 0)
			continue;
		assert_int_equal(p->len, strlen(value));
		assert_memory_equal(p->value, value, p->len);
		return;
	}
	fail_msg("no %s", id);
}

static inline bool nobody_is_logged_in(const struct bench *b)
{
	for (size_t i = 0; i < b->v.card->n_pins; i++)
		if (b->v.card->pins[i].verified)
			return false;
	return true;
}

#endif
