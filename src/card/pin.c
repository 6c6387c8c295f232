/* SPDX-License-Identifier: Apache-2.0 */
#include "card/pin.h"

#include "base/bytes.h"
#include "card/hicos.h"

/* --- going there, and what an answer means --- */

static rp_code not_set(const struct pin_row *row, uint16_t sw, struct rp_error *err)
{
	(void)rp_fail(err, RP_E_NOT_SET, "the card has no place for %s", rp_slot_word(row->slot));
	if (err != NULL) {
		err->slot = row->slot;
		err->sw = sw;
	}
	return RP_E_NOT_SET;
}

rp_code pin_go(struct session *s, const struct pin_row *row, unsigned i, struct rp_error *err)
{
	const struct pin_ref *ref = &row->ref[i];
	uint16_t sw = 0;
	rp_code rc = session_select(s, ref->app, &sw, err);

	if (rc == RP_OK && sw == 0x9000 && ref->ef != 0) {
		/* Selected anew: a VERIFY with data must not meet a file that something else left current. */
		s->ef = 0;
		rc = session_select_ef(s, ref->ef, &sw, err);
	}
	if (rc != RP_OK)
		return rc;
	return sw == 0x9000 ? RP_OK : not_set(row, sw, err);
}

rp_code pin_result(const struct session *s, const struct pin_row *row, uint16_t sw, const char *step,
		   rp_code wrong, rp_code locked, struct rp_error *err)
{
	const enum sw_outcome o = session_meaning(s, sw);
	int spent = RP_SPENT_UNKNOWN, left = RP_TRIES_UNKNOWN;
	rp_code code = RP_E_CARD_REFUSED;

	if (o == SW_OK)
		return RP_OK;
	if (o == SW_WRONG || o == SW_WRONG_LAST || o == SW_WRONG_NO_COUNT) {
		code = wrong;
		spent = 1;
		left = sw_tries(sw);
	} else if (o == SW_LOCKED) {
		code = locked;
		spent = 0;
		left = 0;
	}
	(void)rp_fail(err, code, "%s of %s: the card answered %04X (%s)", step, rp_slot_word(row->slot), sw,
		      sw_outcome_word(o));
	if (err != NULL) {
		err->slot = row->slot;
		err->sw = sw;
		err->tries_left = left;
		err->tries_spent = spent;
	}
	return code;
}

struct step {
	const struct pin_row *row; /* whose secret it carries, for the error */
	const char *name;
	rp_code wrong, locked;
	int spent_when_lost; /* 0 for a step that carries no secret that is counted */
	bool sets;	     /* it carries a new PIN */
	unsigned ref;	     /* for which reference */
	bool all;	     /* for all references of the row, in one */
	bool unproven;	     /* 9000 to it does not yet say that the new PIN is the one that was typed */
};

/* A transport error while a secret was on its way: nobody knows whether it arrived. */
static rp_code lost(const struct step *step, rp_code rc, struct rp_error *err)
{
	if (rc == RP_E_INTERRUPTED)
		(void)rp_context(err, rc, "with the PIN on its way");
	if (err != NULL) {
		err->slot = step->row->slot;
		err->tries_spent = step->spent_when_lost;
		err->in_doubt = step->sets;
	}
	return rc;
}

/* --- what the watch is told --- */

rp_code pin_goes(const struct session *s, unsigned ref, struct rp_error *err)
{
	return s->watch != NULL ? s->watch->goes(s->watch->arg, ref, err) : RP_OK;
}

void pin_came(const struct session *s, unsigned ref, bool set)
{
	if (s->watch != NULL)
		s->watch->came(s->watch->arg, ref, set);
}

bool pin_certainly_not_set(uint16_t sw)
{
	const uint8_t sw1 = (uint8_t)(sw >> 8);

	/*
	 * ISO 7816-4, 5.6: 62 and 64 leave the memory as it was, 67 to 6E are found before anything
	 * is done, 63CX is a wrong secret. 65 (memory failure), 6F and all others tell nothing.
	 */
	return sw1 == 0x62 || sw1 == 0x64 || (sw1 >= 0x67 && sw1 <= 0x6E) || (sw & 0xFFF0) == 0x63C0;
}

static void step_came(const struct session *s, const struct step *step, bool set)
{
	for (unsigned i = step->all ? step->row->n_refs : 1; i-- > 0;)
		pin_came(s, step->ref + i, set);
}

/* What cannot be noted for all of its references is not sent for any. */
static rp_code step_goes(const struct session *s, const struct step *step, struct rp_error *err)
{
	const unsigned n = !step->sets ? 0 : step->all ? step->row->n_refs : 1;
	rp_code rc = RP_OK;

	for (unsigned i = 0; rc == RP_OK && i < n; i++)
		rc = pin_goes(s, step->ref + i, err);
	if (rc != RP_OK && n > 1)
		step_came(s, step, false);
	return rc;
}

static void tell_answer(const struct session *s, const struct step *step, uint16_t sw, struct rp_error *err)
{
	const bool set = session_meaning(s, sw) == SW_OK;

	if (!step->sets || (set && step->unproven))
		return;
	if (set || pin_certainly_not_set(sw))
		step_came(s, step, set);
	else if (err != NULL)
		err->in_doubt = true;
}

/* --- commands that carry secrets --- */

static rp_code put(rp_secret *to, const struct pin_row *row, const rp_secret *pin, bool pad,
		   struct rp_error *err)
{
	const size_t len = rp_secret_len(pin);
	bool fits;

	/* Nothing entered must not be padded into something, nor become a question. */
	if (len == 0)
		return rp_fail(err, RP_E_FAULT, "%s is empty", rp_slot_word(row->slot));
	fits = rp_secret_append(to, rp_secret_bytes(pin), len);
	if (pad && len > row->pad_to)
		return rp_fail(err, RP_E_FAULT, "%s is longer than its field", rp_slot_word(row->slot));
	for (size_t i = len; pad && fits && i < row->pad_to; i++)
		fits = rp_secret_push(to, row->pad_byte);
	return fits ? RP_OK : rp_fail(err, RP_E_FAULT, "a command outgrew its buffer");
}

/* one value: padded only where the family pads everywhere */
static rp_code body_of_one(const struct pin_row *row, const rp_secret *pin, rp_secret **ret,
			   struct rp_error *err)
{
	rp_code rc = rp_secret_new(256, ret, err);

	return rc == RP_OK ? put(*ret, row, pin, row->pad == PAD_ALL, err) : rc;
}

/* two values in one command: the first may be padded so that the card finds the second */
static rp_code body_of_two(const struct pin_row *first_row, const rp_secret *first,
			   const struct pin_row *second_row, const rp_secret *second, rp_secret **ret,
			   struct rp_error *err)
{
	rp_code rc = rp_secret_new(256, ret, err);

	if (rc == RP_OK)
		rc = put(*ret, first_row, first, first_row->pad == PAD_ALL || first_row->pad == PAD_FIRST,
			 err);
	return rc == RP_OK ? put(*ret, second_row, second, second_row->pad == PAD_ALL, err) : rc;
}

static rp_code send_secret(struct session *s, uint8_t cla, uint8_t ins, uint8_t p1, uint8_t p2,
			   const rp_secret *body, const struct step *step, struct rp_error *err)
{
	const struct apdu a = {.cla = cla,
			       .ins = ins,
			       .p1 = p1,
			       .p2 = p2,
			       .data = rp_secret_bytes(body),
			       .lc = rp_secret_len(body),
			       .secret = true};
	struct response r;
	rp_code rc;

	/* An empty body would be a question, not an entry: never from here. */
	if (a.lc == 0)
		return rp_fail(err, RP_E_FAULT, "%s without a PIN", step->name);
	rc = step_goes(s, step, err);
	if (rc != RP_OK)
		return rc;
	rc = session_send(s, &a, &r, err);
	if (rc != RP_OK)
		return lost(step, rc, err);
	rc = pin_result(s, step->row, r.sw, step->name, step->wrong, step->locked, err);
	tell_answer(s, step, r.sw, err);
	return rc;
}

static rp_code hicos_send(struct session *s, const struct pin_row *row, uint8_t ins, uint8_t p1,
			  const rp_secret *pin, const struct step *step, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *frame = NULL;
	rp_code rc;

	if (s->hicos_key == NULL)
		return rp_fail(err, RP_E_NOT_OFFERED, "no transport key of the issuer is configured");
	rc = hicos_frame(s->hicos_key, pin, &frame, err);
	return rc == RP_OK ? send_secret(s, 0x8C, ins, p1, row->ref[0].p2, frame, step, err) : rc;
}

/* 5030/0810 from the top: the application's files are a tree, not a list. */
static rp_code hicos_go(struct session *s, const struct pin_row *row, struct rp_error *err)
{
	static const uint16_t df = 0x5030;
	uint16_t sw = 0;
	rp_code rc;

	s->app = SESSION_APP_NONE;
	rc = session_select(s, row->ref[0].app, &sw, err);
	if (rc == RP_OK && sw == 0x9000)
		rc = session_select_ef(s, df, &sw, err);
	if (rc == RP_OK && sw == 0x9000)
		rc = session_select_ef(s, row->ref[0].ef, &sw, err);
	if (rc != RP_OK)
		return rc;
	return sw == 0x9000 ? RP_OK : not_set(row, sw, err);
}

static const char verify_name[] = "VERIFY", change_name[] = "CHANGE REFERENCE DATA",
		  reset_name[] = "RESET RETRY COUNTER";

static struct step step_of(const struct pin_row *row, const char *name)
{
	return (struct step){.row = row,
			     .name = name,
			     .wrong = RP_E_PIN_WRONG,
			     .locked = RP_E_LOCKED,
			     .spent_when_lost = RP_SPENT_UNKNOWN,
			     .sets = name != verify_name};
}

/* Carries a new PIN alone: nothing in it is counted; after a loss the old or the new PIN is valid. */
static struct step set_step(const struct pin_row *row, const char *name, unsigned ref)
{
	return (struct step){.row = row,
			     .name = name,
			     .wrong = RP_E_CARD_REFUSED,
			     .locked = RP_E_CARD_REFUSED,
			     .sets = true,
			     .ref = ref};
}

/* VERIFY on reference i, whose file has just been selected. */
static rp_code verify_here(struct session *s, const struct pin_row *row, unsigned i, const rp_secret *current,
			   const struct step *step, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *body = NULL;
	rp_code rc = body_of_one(row, current, &body, err);

	return rc == RP_OK ? send_secret(s, 0x00, 0x20, 0x00, row->ref[i].p2, body, step, err) : rc;
}

rp_code pin_verify_ref(struct session *s, const struct pin_row *row, unsigned i, const rp_secret *pin,
		       struct rp_error *err)
{
	const struct step step = step_of(row, verify_name);
	rp_code rc = pin_go(s, row, i, err);

	return rc == RP_OK ? verify_here(s, row, i, pin, &step, err) : rc;
}

rp_code pin_verify(struct session *s, const struct pin_row *row, const rp_secret *current,
		   struct rp_error *err)
{
	const struct step step = step_of(row, verify_name);
	rp_code rc;

	if (row->change == CHANGE_HICOS) {
		rc = hicos_go(s, row, err);
		return rc == RP_OK ? hicos_send(s, row, 0x20, 0x00, current, &step, err) : rc;
	}
	for (unsigned i = 0; i < row->n_refs; i++) {
		rc = pin_verify_ref(s, row, i, current, err);
		if (rc == RP_E_PIN_WRONG && i > 0) {
			(void)rp_context(err, rc, "right in the first place and wrong in the second");
			if (err != NULL)
				err->code = RP_E_PIN_DIFFERS;
			rc = RP_E_PIN_DIFFERS;
		}
		if (rc != RP_OK)
			return rc;
	}
	return RP_OK;
}

/* --- change --- */

/* New data only, after a VERIFY in the same selection. */
rp_code pin_set_ref(struct session *s, const struct pin_row *row, unsigned i, const rp_secret *fresh,
		    struct rp_error *err)
{
	const struct step step = set_step(row, change_name, i);
	RP_AUTO(rp_secret_freep) rp_secret *body = NULL;
	rp_code rc = body_of_one(row, fresh, &body, err);

	if (rc != RP_OK)
		return rc;
	if (row->change == CHANGE_VERIFY_JICSAP)
		rc = send_secret(s, 0x80, 0x32, 0x00, row->ref[i].p2, body, &step, err);
	else
		rc = send_secret(s, 0x00, 0x24, 0x01, row->ref[i].p2, body, &step, err);
	if (rc != RP_OK && err != NULL)
		err->tries_spent = 0; /* the right PIN has just set the counter back */
	return rc;
}

static rp_code half_done(const struct pin_row *row, rp_code rc, struct rp_error *err)
{
	(void)rp_context(err, rc, "one of the two places of %s has the new PIN, the other still the old one",
			 rp_slot_word(row->slot));
	if (err != NULL) {
		err->code = RP_E_HALF_DONE;
		err->slot = row->slot;
	}
	return RP_E_HALF_DONE;
}

/*
 * One PIN in two applications (juki). Both are proven before either is changed, so that a
 * wrong PIN changes nothing; SELECT ends a login, so the first place is proven once more.
 */
static rp_code change_two(struct session *s, const struct pin_row *row, const rp_secret *current,
			  const rp_secret *fresh, struct rp_error *err)
{
	const int cancel_fd = s->wait.cancel_fd;
	rp_code rc = pin_verify(s, row, current, err);

	if (rc == RP_OK)
		rc = pin_set_ref(s, row, 1, fresh, err);
	if (rc != RP_OK)
		return rc;
	/* From here to the second place nobody may cancel: half a change is worse than a late one. */
	s->wait.cancel_fd = -1;
	rc = pin_verify_ref(s, row, 0, current, err);
	if (rc == RP_OK)
		rc = pin_set_ref(s, row, 0, fresh, err);
	s->wait.cancel_fd = cancel_fd;
	return rc == RP_OK ? RP_OK : half_done(row, rc, err);
}

/*
 * Without padding the card alone knows where the first value ends: one character too many in it
 * would be taken as the beginning of the new PIN, and the card would call that a success.
 */
static bool card_alone_splits(const struct pin_row *first)
{
	return first->pad == PAD_NONE;
}

static rp_code change_old_new(struct session *s, const struct pin_row *row, const rp_secret *current,
			      const rp_secret *fresh, struct rp_error *err)
{
	const struct step prove = step_of(row, verify_name), step = step_of(row, change_name);
	RP_AUTO(rp_secret_freep) rp_secret *body = NULL;
	rp_code rc = pin_go(s, row, 0, err);

	if (rc == RP_OK && card_alone_splits(row))
		rc = verify_here(s, row, 0, current, &prove, err);
	if (rc == RP_OK)
		rc = body_of_two(row, current, row, fresh, &body, err);
	return rc == RP_OK ? send_secret(s, 0x00, 0x24, 0x00, row->ref[0].p2, body, &step, err) : rc;
}

static rp_code change_hicos(struct session *s, const struct pin_row *row, const rp_secret *current,
			    const rp_secret *fresh, struct rp_error *err)
{
	const struct step step = set_step(row, change_name, 0);
	rp_code rc = pin_verify(s, row, current, err);

	if (rc == RP_OK)
		rc = hicos_send(s, row, 0x24, 0x01, fresh, &step, err);
	return rc;
}

rp_code pin_change(struct session *s, const struct pin_row *row, const rp_secret *current,
		   const rp_secret *fresh, struct rp_error *err)
{
	rp_code rc;

	switch (row->change) {
	case CHANGE_OLD_NEW:
		return change_old_new(s, row, current, fresh, err);
	case CHANGE_VERIFY_NEW:
	case CHANGE_VERIFY_JICSAP:
		if (row->n_refs == 2)
			return change_two(s, row, current, fresh, err);
		rc = pin_verify(s, row, current, err);
		return rc == RP_OK ? pin_set_ref(s, row, 0, fresh, err) : rc;
	case CHANGE_HICOS:
		return change_hicos(s, row, current, fresh, err);
	case CHANGE_NONE:
		break;
	}
	return rp_fail(err, RP_E_NOT_OFFERED, "%s cannot be changed with this card", rp_slot_word(row->slot));
}

/* --- unlock --- */

/* Carries the secret that opens the PIN. */
static struct step code_step(const struct pin_row *code_row, const char *name)
{
	struct step step = step_of(code_row, name);

	step.wrong = RP_E_SECRET_WRONG;
	step.locked = RP_E_SECRET_LOCKED;
	return step;
}

/* The new PIN as it was typed must be right now; when it is not, the code had another length. */
static rp_code confirm_new(struct session *s, const struct pin_row *row, const rp_secret *fresh,
			   struct rp_error *err)
{
	struct step step = step_of(row, verify_name);
	rp_code rc;

	step.wrong = RP_E_SECRET_WRONG;
	rc = verify_here(s, row, 0, fresh, &step, err);
	if (rc == RP_OK || rc == RP_E_SECRET_WRONG)
		pin_came(s, 0, rc == RP_OK);
	if (rc == RP_E_SECRET_WRONG)
		(void)rp_context(err, rc, "the card took a part of the code for the new PIN");
	if (rc != RP_OK && err != NULL)
		err->in_doubt = true;
	return rc;
}

bool pin_code_splits(const struct profile *p, const struct pin_row *row, rp_slot code)
{
	const struct pin_row *code_row = profile_pin(p, code);

	for (unsigned i = 0; code_row != NULL && i < row->n_unlocks; i++)
		if (row->unlock[i].code == code && row->unlock[i].how == UNLOCK_CODE_NEW)
			return card_alone_splits(code_row);
	return false;
}

static rp_code unlock_code_new(struct session *s, const struct pin_row *row, const struct pin_row *code_row,
			       const rp_secret *code, const rp_secret *fresh, struct rp_error *err)
{
	struct step step = code_step(code_row, reset_name);
	RP_AUTO(rp_secret_freep) rp_secret *body = NULL;
	rp_code rc = pin_go(s, row, 0, err);

	step.unproven = card_alone_splits(code_row);
	if (rc == RP_OK)
		rc = body_of_two(code_row, code, row, fresh, &body, err);
	if (rc == RP_OK)
		rc = send_secret(s, 0x00, 0x2C, 0x00, row->ref[0].p2, body, &step, err);
	return rc == RP_OK && step.unproven ? confirm_new(s, row, fresh, err) : rc;
}

static rp_code unlock_verify_new(struct session *s, const struct pin_row *row, const struct pin_row *code_row,
				 const rp_secret *code, const rp_secret *fresh, struct rp_error *err)
{
	const struct step prove = code_step(code_row, verify_name);
	const struct step set = set_step(row, reset_name, 0);
	RP_AUTO(rp_secret_freep) rp_secret *body = NULL;
	rp_code rc = pin_go(s, code_row, 0, err);

	if (rc == RP_OK)
		rc = verify_here(s, code_row, 0, code, &prove, err);
	if (rc == RP_OK)
		rc = body_of_one(row, fresh, &body, err);
	if (rc == RP_OK)
		rc = send_secret(s, 0x00, 0x2C, 0x02, row->ref[0].p2, body, &set, err);
	return rc;
}

rp_code pin_reset(struct session *s, const struct pin_row *row, uint8_t p2, const rp_secret *fresh,
		  struct rp_error *err)
{
	struct step step = set_step(row, reset_name, 0);
	RP_AUTO(rp_secret_freep) rp_secret *body = NULL;
	rp_code rc = body_of_one(row, fresh, &body, err);

	step.all = true;
	if (rc == RP_OK)
		rc = send_secret(s, 0x00, 0x2C, 0x02, p2, body, &step, err);
	if (rc != RP_OK && err != NULL)
		err->tries_spent = 0; /* nothing in it is counted */
	return rc;
}

rp_code pin_unlock(struct session *s, const struct pin_row *row, const struct unlock_row *way,
		   const rp_secret *code, const rp_secret *fresh, struct rp_error *err)
{
	const struct pin_row *code_row = profile_pin(s->p, way->code);

	if (code_row == NULL)
		return rp_fail(err, RP_E_FAULT, "the profile %s names no slot %s", s->p->name,
			       rp_slot_word(way->code));
	switch (way->how) {
	case UNLOCK_CODE_NEW:
		return unlock_code_new(s, row, code_row, code, fresh, err);
	case UNLOCK_VERIFY_NEW:
		return unlock_verify_new(s, row, code_row, code, fresh, err);
	case UNLOCK_NONE:
		break;
	}
	return rp_fail(err, RP_E_NOT_OFFERED, "%s cannot be unlocked this way", rp_slot_word(row->slot));
}
