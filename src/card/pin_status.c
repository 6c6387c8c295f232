/* SPDX-License-Identifier: Apache-2.0 */
#include "card/pin.h"

#include "base/bytes.h"

/* One reference's answer to a question that spends no try. */
struct ref_status {
	rp_pin_state state;
	int tries;
	bool verified;
};

static struct ref_status from_query(const struct session *s, uint16_t sw)
{
	const enum sw_outcome o = session_meaning(s, sw);

	if (o == SW_WRONG)
		return (struct ref_status){RP_PIN_READY, sw_tries(sw), false};
	if (o == SW_WRONG_LAST || o == SW_LOCKED)
		return (struct ref_status){RP_PIN_LOCKED, 0, false};
	/* Verified by someone: the PIN works, its tries are not told. */
	if (o == SW_OK && s->p->query_says_verified)
		return (struct ref_status){RP_PIN_READY, RP_TRIES_UNKNOWN, true};
	if (o == SW_NOT_FOUND)
		return (struct ref_status){RP_PIN_NOT_SET, RP_TRIES_UNKNOWN, false};
	return (struct ref_status){RP_PIN_UNKNOWN, RP_TRIES_UNKNOWN, false};
}

/* VERIFY without data: a question only because a source says so for this family. */
static rp_code empty_verify(struct session *s, uint8_t p2, struct ref_status *ret, struct rp_error *err)
{
	const struct apdu a = {.ins = 0x20, .p2 = p2};
	struct response r;
	rp_code rc = session_send(s, &a, &r, err);

	if (rc == RP_OK)
		*ret = from_query(s, r.sw);
	return rc;
}

static rp_code ask_in_file(struct session *s, const struct pin_ref *ref, struct ref_status *ret,
			   struct rp_error *err)
{
	uint16_t sw = 0x9000;
	rp_code rc = ref->ef == 0 ? RP_OK : session_select_ef(s, ref->ef, &sw, err);

	if (rc != RP_OK)
		return rc;
	if (sw != 0x9000) {
		*ret = (struct ref_status){session_meaning(s, sw) == SW_NOT_FOUND ? RP_PIN_NOT_SET
										  : RP_PIN_UNKNOWN,
					   RP_TRIES_UNKNOWN, false};
		return RP_OK;
	}
	return empty_verify(s, ref->p2, ret, err);
}

static rp_code ask_ref(struct session *s, const struct pin_row *row, const struct pin_ref *ref,
		       struct ref_status *ret, struct rp_error *err)
{
	uint16_t sw = 0;
	rp_code rc = session_select(s, ref->app, &sw, err);

	*ret = (struct ref_status){RP_PIN_UNKNOWN, RP_TRIES_UNKNOWN, false};
	if (rc != RP_OK || sw != 0x9000)
		return rc;
	if (row->status == STATUS_SFI_VERIFY) {
		rc = empty_verify(s, ref->p2_sfi, ret, err);
		s->ef = 0; /* the short identifier made its file current, whatever was selected before */
		/* Not an answer about tries: the card may not know short identifiers here. */
		if (rc != RP_OK || ret->state == RP_PIN_READY || ret->state == RP_PIN_LOCKED)
			return rc;
	}
	return ask_in_file(s, ref, ret, err);
}

/* OpenPGP 4.4.1.11: C4 is status, 3 lengths, counters of PW1, RC, PW3 */
static rp_code ask_openpgp(struct session *s, const struct pin_row *row, struct ref_status *ret,
			   struct rp_error *err)
{
	const struct apdu a = {.ins = 0xCA, .p2 = 0xC4, .le = 256};
	struct response r;
	uint16_t sw = 0;
	rp_code rc = session_select(s, row->ref[0].app, &sw, err);

	*ret = (struct ref_status){RP_PIN_UNKNOWN, RP_TRIES_UNKNOWN, false};
	if (rc != RP_OK || sw != 0x9000)
		return rc;
	rc = session_send(s, &a, &r, err);
	if (rc != RP_OK || r.sw != 0x9000 || r.len != 7)
		return rc;
	ret->tries = r.data[row->status_arg] <= 15 ? r.data[row->status_arg] : RP_TRIES_UNKNOWN;
	ret->state = ret->tries > 0 ? RP_PIN_READY : ret->tries == 0 ? RP_PIN_LOCKED : RP_PIN_UNKNOWN;
	/* A resetting code that was never set, and one used up, both count zero. */
	if (ret->tries == 0 && row->slot == RP_SLOT_RC)
		*ret = (struct ref_status){RP_PIN_NOT_SET, RP_TRIES_UNKNOWN, false};
	return RP_OK;
}

/* docs/wire.md section 1: asked only of a card whose reset application answers. */
static rp_code ask_reset_app(struct session *s, const struct pin_row *row, struct ref_status *ret,
			     struct rp_error *err)
{
	const struct apdu a = {.ins = 0xCA, .p1 = 0x01, .p2 = row->status_arg, .le = 2};
	struct response r;
	bool there = false;
	rp_code rc = session_select_reset_app(s, &there, err);

	*ret = (struct ref_status){RP_PIN_UNKNOWN, RP_TRIES_UNKNOWN, false};
	if (rc != RP_OK || !there)
		return rc;
	rc = session_send(s, &a, &r, err);
	if (rc != RP_OK || r.sw != 0x9000 || r.len != 2 || r.data[0] > 15)
		return rc;
	ret->tries = r.data[0];
	ret->state = ret->tries > 0 ? RP_PIN_READY : RP_PIN_LOCKED;
	return RP_OK;
}

static rp_code ask(struct session *s, const struct pin_row *row, unsigned i, struct ref_status *ret,
		   struct rp_error *err)
{
	switch (row->status) {
	case STATUS_EMPTY_VERIFY:
	case STATUS_SFI_VERIFY:
		return ask_ref(s, row, &row->ref[i], ret, err);
	case STATUS_OPENPGP_C4:
		return ask_openpgp(s, row, ret, err);
	case STATUS_RESET_APP:
		return ask_reset_app(s, row, ret, err);
	case STATUS_NONE:
		break;
	}
	*ret = (struct ref_status){RP_PIN_UNKNOWN, RP_TRIES_UNKNOWN, false};
	return RP_OK;
}

/* Two references make one PIN: the lower tries, and the worse state. */
static void merge(struct rp_pin_facts *f, const struct ref_status *st, unsigned i)
{
	f->ref_tries[i] = st->tries;
	f->verified = f->verified || st->verified;
	if (i == 0) {
		f->state = st->state;
		f->tries_left = st->tries;
		return;
	}
	if (f->state == RP_PIN_LOCKED || st->state == RP_PIN_LOCKED) {
		f->state = RP_PIN_LOCKED;
		f->tries_left = 0;
	} else if (f->state != st->state || st->tries < 0 || f->tries_left < 0) {
		f->state = f->state == st->state ? f->state : RP_PIN_UNKNOWN;
		f->tries_left = RP_TRIES_UNKNOWN;
	} else if (st->tries < f->tries_left) {
		f->tries_left = st->tries;
	}
}

rp_code pin_status(struct session *s, const struct pin_row *row, struct rp_pin_facts *ret,
		   struct rp_error *err)
{
	struct rp_pin_facts f = {.slot = row->slot,
				 .state = RP_PIN_UNKNOWN,
				 .tries_left = RP_TRIES_UNKNOWN,
				 .tries_max = row->tries_max,
				 .ref_tries = {RP_TRIES_UNKNOWN, RP_TRIES_UNKNOWN},
				 .n_refs = row->n_refs};

	for (unsigned i = 0; i < row->n_refs; i++) {
		struct ref_status st;
		rp_code rc = ask(s, row, i, &st, err);

		if (rc != RP_OK) {
			if (err != NULL)
				err->slot = row->slot;
			return rp_context(err, rc, "asking for the tries of %s", rp_slot_word(row->slot));
		}
		merge(&f, &st, i);
	}
	if (f.state == RP_PIN_LOCKED && row->locked_is_dead)
		f.state = RP_PIN_DEAD;
	*ret = f;
	return RP_OK;
}

static bool shown(const struct pin_row *row, bool hidden)
{
	return !row->issuer_only && (hidden || !row->hidden);
}

/* When the last secret that unlocks is used up, the card is dead, whatever its PIN says. */
static void mark_dead(struct rp_card_facts *f)
{
	bool dead = false;

	for (size_t i = 0; i < f->n_pins; i++)
		dead = dead || f->pins[i].state == RP_PIN_DEAD;
	for (size_t i = 0; dead && i < f->n_pins; i++) {
		f->pins[i].state = RP_PIN_DEAD;
		f->pins[i].tries_left = 0;
	}
}

rp_code pin_status_all(struct session *s, bool hidden, struct rp_card_facts *ret, struct rp_error *err)
{
	const struct profile *p = s->p;
	const int first_app = s->app;

	ret->n_pins = 0;
	for (size_t i = 0; i < p->n_pins && ret->n_pins < RP_PINS_MAX; i++)
		if (shown(&p->pins[i], hidden))
			ret->pins[ret->n_pins++].slot = p->pins[i].slot;
	/* Those of the application that is selected already come first: one SELECT less. */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ret->n_pins; i++) {
			const struct pin_row *row = profile_pin(p, ret->pins[i].slot);
			rp_code rc;

			if ((row->ref[0].app == first_app) != (round == 0))
				continue;
			rc = pin_status(s, row, &ret->pins[i], err);
			if (rc != RP_OK)
				return rc;
		}
	}
	mark_dead(ret);
	return RP_OK;
}
