/* SPDX-License-Identifier: Apache-2.0 */
#include "walk/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOOK_FOR_JOB (RP_READ_PINS | RP_READ_FOR_JOB)

void walk_fail_at(const struct walk *w, const char *file, int line, const char *format, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(what, sizeof what, format, ap);
	va_end(ap);
	fail_msg("%s:%d: %s: %s\n%s", file, line, w->f->name, what,
		 w->story != NULL ? w->story(w->story_arg) : "");
	abort();
}

/* --- entries: guarded memory costs more than a whole job, so each is made once --- */

static rp_secret *entries[16][F_SLOTS][2][F_VALUES];

static void free_entries(void)
{
	rp_secret **e = &entries[0][0][0][0];

	for (size_t i = 0; i < sizeof entries / sizeof *e; i++)
		rp_secret_freep(&e[i]);
}

const rp_secret *walk_entry(const struct walk *w, int slot, enum rp_entry kind, int value)
{
	static bool first = true;
	rp_secret **e = &entries[w->f - f_families][slot][kind == RP_ENTRY_NEW][value];

	if (first)
		(void)atexit(free_entries);
	first = false;
	if (*e == NULL)
		*e = entry_of(w->f->name, w->f->slot[slot].slot, kind, w->f->slot[slot].value[value]);
	return *e;
}

/* --- the card --- */

static void between(struct vreader *v, void *arg)
{
	struct walk *w = arg;
	int secrets = 0;

	if (w->other == NULL || v->begins < w->other_at_begin)
		return;
	for (unsigned i = 0; i < v->n; i++)
		secrets += f_is_secret(v->log[i].head, v->log[i].len);
	w->other_after = secrets;
	w->other(w, w->other_arg);
	w->other = NULL;
}

static void open_card(struct walk *w)
{
	rp_secret *key = NULL;

	w->ctx = vreader_open(&w->v, w->card);
	if (strcmp(w->f->name, "hicos") == 0) {
		assert_int_equal(rp_secret_from(w->card->transport_key, 24, &key, NULL), RP_OK);
		assert_int_equal(rp_ctx_hicos_key(w->ctx, key, NULL), RP_OK);
		rp_secret_free(key);
	}
	if (w->notes != NULL)
		assert_int_equal(rp_ctx_notes(w->ctx, w->notes, NULL), RP_OK);
	assert_int_equal(rp_card_open(w->ctx, NULL, &w->c, NULL), RP_OK);
}

void walk_start(struct walk *w, const struct f_family *f, const char *notes)
{
	walk_start_number(w, f, notes, NULL);
}

void walk_start_number(struct walk *w, const struct f_family *f, const char *notes, const char *number)
{
	struct rp_card_facts facts;

	*w = (struct walk){.f = f, .notes = notes, .other_after = -1};
	w->card = vreader_make_number(f->name, f->pins, true, number);
	memcpy(w->first, w->card->pins, sizeof w->first);
	for (int i = 0; i < f_n_refs(f); i++) {
		const struct f_slot *s = f_slot_of_ref(f, i);

		w->truth[i] = vcard_pin(w->card, s->ref[i - s->at].id);
		assert_non_null(w->truth[i]);
	}
	w->m = f_model(f);
	w->v.before_begin = between;
	w->v.hook_arg = w;
	w->v.has_pad = true;
	open_card(w);
	assert_int_equal(rp_card_read(w->c, RP_READ_CARD, &facts, NULL), RP_OK);
	memcpy(w->number, facts.number, sizeof w->number);
	walk_look(w, 0, false);
}

void walk_end(struct walk *w)
{
	rp_card_close(w->c);
	vreader_close(&w->v, w->ctx);
}

void walk_reopen(struct walk *w)
{
	struct rp_card_facts facts;

	rp_card_close(w->c);
	rp_ctx_free(w->ctx);
	vcard_reset(w->card);
	open_card(w);
	/* Its family alone: what the person was shown may still be that of before. */
	assert_int_equal(rp_card_read(w->c, 0, &facts, NULL), RP_OK);
}

void walk_restore(struct walk *w)
{
	memcpy(w->card->pins, w->first, sizeof w->first);
	w->card->dead = false;
	w->m = f_model(w->f);
	walk_reopen(w);
	walk_look(w, 0, false);
}

void walk_believe_card(struct walk *w)
{
	for (int i = 0; i < f_n_refs(w->f); i++) {
		const struct vpin *p = w->truth[i];

		w->m.ref[i].tries = p->tries;
		w->m.ref[i].value = M_NONE;
		for (int k = 0; k < F_VALUES; k++) {
			const char *value = f_slot_of_ref(w->f, i)->value[k];

			if (p->len == strlen(value) && memcmp(p->value, value, p->len) == 0)
				w->m.ref[i].value = k;
		}
		if (w->m.ref[i].value == M_NONE)
			walk_fail(w, "%s is what nobody typed: %.*s", p->id, p->len, (const char *)p->value);
	}
}

static bool is_modelled(const struct walk *w, const struct vpin *p)
{
	for (int i = 0; i < f_n_refs(w->f); i++)
		if (w->truth[i] == p)
			return true;
	return false;
}

void walk_check_card(const struct walk *w)
{
	for (int i = 0; i < f_n_refs(w->f); i++) {
		const struct vpin *p = w->truth[i];
		const char *value = f_slot_of_ref(w->f, i)->value[w->m.ref[i].value];

		if (p->tries != w->m.ref[i].tries)
			walk_fail(w, "%s has %d tries and not %d", p->id, p->tries, w->m.ref[i].tries);
		if (p->len != strlen(value) || memcmp(p->value, value, p->len) != 0)
			walk_fail(w, "%s is %.*s and not %s", p->id, p->len, (const char *)p->value, value);
	}
	for (size_t i = 0; i < w->card->n_pins; i++) {
		const struct vpin *p = &w->card->pins[i];

		if (!is_modelled(w, p) && (p->tries != w->first[i].tries || p->len != w->first[i].len ||
					   memcmp(p->value, w->first[i].value, p->len) != 0))
			walk_fail(w, "%s was none of anyone's business", p->id);
	}
}

static bool is_logged_in(const struct walk *w)
{
	for (size_t i = 0; i < w->card->n_pins; i++)
		if (w->card->pins[i].verified)
			return true;
	return false;
}

/* --- looking --- */

/* What a look can tell of a reference. */
static int observed(const struct walk *w, const struct m_card *m, int ref)
{
	return f_slot_of_ref(w->f, ref)->untold ? RP_TRIES_UNKNOWN : m_tries(m, ref);
}

static int lowest(const struct walk *w, const struct m_card *m, const struct f_slot *s)
{
	int low = observed(w, m, s->at);

	for (int i = 1; i < s->n_refs; i++)
		if (observed(w, m, s->at + i) < low)
			low = observed(w, m, s->at + i);
	return low;
}

static bool is_dead(const struct m_card *m)
{
	return m->last_way != M_NONE && m->ref[m->last_way].tries == 0;
}

static rp_pin_state state_of(const struct walk *w, const struct m_card *m, const struct f_slot *s)
{
	const int tries = lowest(w, m, s);

	if (is_dead(m))
		return RP_PIN_DEAD;
	if (s->untold)
		return RP_PIN_UNKNOWN;
	if (tries > 0)
		return RP_PIN_READY;
	return s->unset_at_0 ? RP_PIN_NOT_SET : RP_PIN_LOCKED;
}

static void check_shown(const struct walk *w, const struct rp_pin_facts *p, const struct f_slot *s)
{
	const rp_pin_state state = state_of(w, &w->m, s);
	const int tries = state == RP_PIN_NOT_SET ? RP_TRIES_UNKNOWN : lowest(w, &w->m, s);

	if (p->state != state || p->tries_left != tries)
		walk_fail(w, "%s is shown in state %d with %d tries, and is in %d with %d",
			  rp_slot_word(s->slot), (int)p->state, p->tries_left, (int)state, tries);
	for (int i = 0; s->n_refs == 2 && i < 2; i++)
		if (p->ref_tries[i] != observed(w, &w->m, s->at + i))
			walk_fail(w, "%s: place %d is shown with %d tries", rp_slot_word(s->slot), i,
				  p->ref_tries[i]);
}

void walk_look(struct walk *w, unsigned cut, bool done)
{
	struct rp_card_facts facts;
	struct rp_error err = RP_ERROR_INIT;
	rp_code rc;

	vreader_forget(&w->v);
	w->v.cut_at = cut;
	w->v.cut_done = done;
	rc = rp_card_read(w->c, LOOK_FOR_JOB, &facts, &err);
	w->v.cut_at = 0;
	for (unsigned i = 0; i < w->v.n; i++)
		if (f_is_secret(w->v.log[i].head, w->v.log[i].len))
			walk_fail(w, "a look has sent INS %02X with data", w->v.log[i].head[1]);
	walk_check_card(w);
	if (cut != 0 && w->v.n >= cut) {
		if (rc != RP_E_CARD_GONE || err.tries_spent != 0 || err.in_doubt)
			walk_fail(w, "a look that was cut: %s, spent %d", rp_code_word(rc), err.tries_spent);
		walk_reopen(w);
		walk_look(w, 0, false);
		return;
	}
	if (rc != RP_OK)
		walk_fail(w, "a look: %s", err.story);
	memcpy(facts.number, w->number, sizeof facts.number);
	w->shown = facts;
	w->shown_m = w->m;
	if (facts.n_pins != (size_t)w->f->n_slots)
		walk_fail(w, "%zu PINs are shown", facts.n_pins);
	for (int i = 0; i < w->f->n_slots; i++)
		check_shown(w, &facts.pins[i], &w->f->slot[i]);
}

/* --- a job --- */

static int secret_index(const struct f_family *f, const struct w_job *j)
{
	if (j->kind == W_UNLOCK)
		return f->unlock[j->unlock].code;
	return j->kind == W_ASK ? f->ask[j->ask].by : j->slot;
}

const struct f_slot *walk_secret(const struct f_family *f, const struct w_job *j)
{
	const int at = secret_index(f, j);

	return at == M_NONE ? NULL : &f->slot[at];
}

bool walk_sets(const struct f_family *f, const struct w_job *j)
{
	if (j->kind == W_ASK)
		return !f->ask[j->ask].reserves;
	return j->kind != W_VERIFY && j->kind != W_PAD_VERIFY;
}

static bool differs(const struct walk *w, const struct f_slot *s)
{
	for (int i = 0; i < s->n_refs; i++)
		if (observed(w, &w->shown_m, s->at + i) != observed(w, &w->m, s->at + i))
			return true;
	return false;
}

/* The result of a job that sends no secret; RP_OK when it may. */
static rp_code refusal(const struct walk *w, const struct w_job *j)
{
	const struct f_slot *s = walk_secret(w->f, j);
	const int tries = s == NULL ? 0 : lowest(w, &w->m, s);

	if (w->f->slot[j->slot].change == F_FIXED && j->kind == W_CHANGE)
		return RP_E_NOT_OFFERED;
	if (differs(w, &w->f->slot[j->slot]) || (s != NULL && differs(w, s)))
		return RP_E_TRIES_CHANGED;
	if (s == NULL)
		return RP_OK;
	if (is_dead(&w->shown_m) || (tries == 0 && w->f->last_way == s->at))
		return RP_E_DEAD;
	if (tries == 0 && s->unset_at_0)
		return RP_E_NOT_SET;
	if (tries == 0)
		return j->kind == W_UNLOCK ? RP_E_SECRET_LOCKED : RP_E_LOCKED;
	return tries == 1 && !j->consent ? RP_E_LAST_TRY : RP_OK;
}

static int steps_of(const struct walk *w, const struct w_job *j, struct m_step ret[F_STEPS])
{
	const struct f_slot *s = &w->f->slot[j->slot];

	if (j->kind == W_UNLOCK)
		return f_steps_unlock(w->f, &w->f->unlock[j->unlock], j->entry, j->fresh, ret);
	if (j->kind == W_ASK)
		return f_steps_ask(w->f, &w->f->ask[j->ask], j->entry, j->fresh, ret);
	if (j->kind == W_VERIFY || j->kind == W_PAD_VERIFY)
		return f_steps_verify(s, j->entry, ret);
	return f_steps_change(s, j->entry, j->fresh, ret);
}

/* With the issuer's help: what it is asked for is right, for nobody else is tested here. */
static rp_code run_ask(struct walk *w, const struct w_job *j, const struct rp_job *job,
		       const rp_secret *fresh, struct rp_outcome *out, struct rp_error *err)
{
	const struct f_ask *a = &w->f->ask[j->ask];
	const rp_slot by = a->by == M_NONE ? RP_SLOT_NONE : w->f->slot[a->by].slot;
	const rp_secret *entry = a->by == M_NONE ? NULL : walk_entry(w, a->by, RP_ENTRY_CURRENT, j->entry);
	const struct rp_evidence e = {.door = "kiosk"};
	char receipt[RP_ISSUER_ID];
	struct rp_reset_done done;
	struct rp_case opened;
	rp_code rc;

	play_start(&w->issuer, &w->v);
	w->issuer.needs_proof = a->by != M_NONE;
	if (a->by_phone)
		return rp_issuer_by_phone(w->c, job, play_response, NULL, fresh, out, err);
	if (a->reserves)
		return rp_issuer_reserve(w->c, &w->issuer.port, job, by, entry, &opened, receipt, err);
	rc = rp_issuer_reset(w->c, &w->issuer.port, job, by, entry, fresh, &e, &done, err);
	if (rc == RP_OK)
		*out = done.done;
	return rc;
}

rp_code walk_run(struct walk *w, const struct w_job *j, struct rp_outcome *out, struct rp_error *err)
{
	const struct f_slot *s = &w->f->slot[j->slot];
	const int code = j->kind == W_UNLOCK ? w->f->unlock[j->unlock].code : j->slot;
	const struct rp_job job = {.slot = s->slot,
				   .shown = &w->shown,
				   .last_try_ok = j->consent,
				   .way = j->kind == W_UNLOCK ? w->f->unlock[j->unlock].way : 0};
	const rp_secret *entry = walk_entry(w, code, RP_ENTRY_CURRENT, j->entry);
	const rp_secret *fresh = s->kept && s->change == F_FIXED
					 ? NULL
					 : walk_entry(w, j->slot, RP_ENTRY_NEW, j->fresh);

	w->v.pad_current = s->value[j->entry];
	w->v.pad_new = w->v.pad_again = s->value[j->fresh];
	switch (j->kind) {
	case W_VERIFY:
		return rp_pin_verify(w->c, &job, entry, out, err);
	case W_CHANGE:
		return rp_pin_change(w->c, &job, entry, fresh, out, err);
	case W_UNLOCK:
		return rp_pin_unlock(w->c, &job, entry, fresh, out, err);
	case W_PAD_VERIFY:
		return rp_pad_verify(w->c, &job, out, err);
	case W_ASK:
		return run_ask(w, j, &job, fresh, out, err);
	case W_PAD_CHANGE:
	case W_KINDS:
		break;
	}
	return rp_pad_change(w->c, &job, out, err);
}

/* What must be said when the steps ended so. */
static rp_code code_of(const struct walk *w, const struct w_job *j, int n, const struct m_end *end)
{
	const bool places = j->kind == W_CHANGE && w->f->slot[j->slot].change == F_PLACES;

	if (end->step == n && end->answer == M_RIGHT)
		return RP_OK;
	if (places && end->step > 2)
		return RP_E_HALF_DONE;
	if (end->answer == M_WRONG)
		return j->kind == W_UNLOCK ? RP_E_SECRET_WRONG
		       : end->step == 1	   ? RP_E_PIN_DIFFERS
					   : RP_E_PIN_WRONG;
	if (end->answer == M_BLOCKED)
		return j->kind == W_UNLOCK ? RP_E_SECRET_LOCKED : RP_E_LOCKED;
	return RP_E_CARD_GONE; /* lost, or cut between two steps */
}

/* One run of a job, as the wire and the library tell it. */
struct run {
	struct rp_outcome out;
	struct rp_error err;
	rp_code rc;
	int secrets; /* commands with a secret that went out, the lost one too */
	bool cut, lost;
};

static struct run run_job(struct walk *w, const struct w_job *j)
{
	struct run r = {.err = RP_ERROR_INIT};
	bool last = false;

	vreader_forget(&w->v);
	w->v.cut_at = j->cut;
	w->v.cut_done = j->done;
	w->other_after = -1;
	r.rc = walk_run(w, j, &r.out, &r.err);
	w->v.cut_at = 0;
	w->other = NULL;
	for (unsigned i = 0; i < w->v.n; i++) {
		last = f_is_secret(w->v.log[i].head, w->v.log[i].len);
		r.secrets += last;
	}
	r.cut = j->cut != 0 && w->v.n >= j->cut;
	r.lost = r.cut && last;
	return r;
}

/* Nothing with a secret was answered or lost: nothing may have happened, and nothing else may be said. */
static void check_unsent(const struct walk *w, const struct run *r, rp_code code)
{
	if (r->rc != code)
		walk_fail(w, "%s and not %s: %s", rp_code_word(r->rc), rp_code_word(code), r->err.story);
	if (r->secrets != 0)
		walk_fail(w, "%s, and %d secrets were sent", rp_code_word(r->rc), r->secrets);
	if (r->err.tries_spent != 0 || r->err.in_doubt)
		walk_fail(w, "%s: spent %d, doubt %d", rp_code_word(r->rc), r->err.tries_spent,
			  r->err.in_doubt);
}

static void check_done(const struct walk *w, const struct w_job *j, const struct run *r)
{
	const struct f_slot *s = &w->f->slot[j->slot];
	const rp_pin_state state = state_of(w, &w->m, s);

	if (j->kind == W_ASK && w->f->ask[j->ask].reserves)
		return; /* it tells of nothing on the card */
	if (r->out.tries_spent != 0)
		walk_fail(w, "done, and %d tries spent", r->out.tries_spent);
	if (r->out.apdus != w->v.n && !r->cut)
		walk_fail(w, "%u commands told, %u counted", r->out.apdus, w->v.n);
	if (r->cut || w->other_after >= 0)
		return;
	if (r->out.after.state != state || r->out.after.tries_left != lowest(w, &w->m, s))
		walk_fail(w, "done, and it is in state %d with %d tries", (int)r->out.after.state,
			  r->out.after.tries_left);
}

/* A reservation has its end at the issuer, behind the last command with a secret. */
static bool is_unopened(const struct walk *w, const struct w_job *j, const struct run *r)
{
	return j->kind == W_ASK && w->f->ask[j->ask].reserves && r->cut &&
	       play_count(&w->issuer, PLAY_RESERVE) == 0;
}

static void check_sent(struct walk *w, const struct w_job *j, const struct run *r)
{
	struct m_step steps[F_STEPS];
	const int n = steps_of(w, j, steps), answered = r->secrets - r->lost;
	const struct m_end end = m_job(&w->m, steps, r->cut ? answered : n, r->lost, j->done);
	const rp_code code = end.answer == M_RIGHT && is_unopened(w, j, r) ? RP_E_CARD_GONE
									   : code_of(w, j, n, &end);
	const bool failed = end.answer == M_WRONG || end.answer == M_BLOCKED;

	if (r->rc != code)
		walk_fail(w, "%s and not %s: %s", rp_code_word(r->rc), rp_code_word(code), r->err.story);
	if (answered != end.step + failed)
		walk_fail(w, "%d secrets were answered, and not %d", answered, end.step + failed);
	if (code == RP_OK) {
		check_done(w, j, r);
		return;
	}
	if (r->err.tries_spent != end.spent)
		walk_fail(w, "%s: %d spent told, %d true", rp_code_word(code), r->err.tries_spent, end.spent);
	if (r->err.in_doubt != end.in_doubt)
		walk_fail(w, "%s: doubt %d", rp_code_word(code), r->err.in_doubt);
	if (failed && r->err.tries_left != m_tries(&w->m, steps[end.step].prove))
		walk_fail(w, "%s: %d left told", rp_code_word(code), r->err.tries_left);
}

/* Promise 1, without the model: one entry spends one try at most, of one reference. */
static void check_promise(const struct walk *w, const int before[M_REFS])
{
	int spent = 0;

	for (int i = 0; i < f_n_refs(w->f); i++)
		if (w->truth[i]->tries < before[i])
			spent += before[i] - w->truth[i]->tries;
	if (spent > 1)
		walk_fail(w, "one entry has spent %d tries", spent);
}

struct w_outcome walk_job(struct walk *w, const struct w_job *j)
{
	int before[M_REFS];
	struct run r;
	rp_code refused;

	for (int i = 0; i < f_n_refs(w->f); i++)
		before[i] = w->truth[i]->tries;
	r = run_job(w, j);
	if (w->other_after == 0)
		w->other_on_model(w, w->other_arg);
	if (w->other_after < 0)
		check_promise(w, before);
	refused = refusal(w, j);
	if (r.cut && r.secrets == 0)
		check_unsent(w, &r, RP_E_CARD_GONE);
	else if (refused != RP_OK)
		check_unsent(w, &r, refused);
	else
		check_sent(w, j, &r);
	if (w->other_after > 0)
		w->other_on_model(w, w->other_arg);
	walk_check_card(w);
	if (r.secrets > 0 && is_logged_in(w))
		walk_fail(w, "somebody is still logged in");
	if (r.cut)
		walk_reopen(w);
	return (struct w_outcome){r.rc, r.cut, r.rc == RP_OK ? r.out.tries_spent : r.err.tries_spent,
				  r.err.in_doubt, is_dead(&w->m)};
}
