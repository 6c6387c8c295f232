/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done with one PIN. pin_status can never spend a try; pin_verify, pin_change and
 * pin_unlock send what the holder consented to, once. The caller has a transaction open and
 * has compared card and tries with what the person saw (card/job.h does).
 *
 * Secrets arrive checked and folded; nothing here shortens, retries or remembers one.
 * On failure err tells slot, status word, tries left and tries spent.
 */
#ifndef REPIN_CARD_PIN_H
#define REPIN_CARD_PIN_H

#include "card/session.h"

/*
 * State and tries of one PIN. Errors: transport errors only; what the card does not tell
 * is RP_PIN_UNKNOWN.
 */
RP_MUST_CHECK rp_code pin_status(struct session *s, const struct pin_row *row, struct rp_pin_facts *ret,
				 struct rp_error *err);
/*
 * All PINs of the family, those of the selected application first (fewer SELECTs); hidden
 * ones only when asked for. Dead ones are marked over the whole card.
 */
RP_MUST_CHECK rp_code pin_status_all(struct session *s, bool hidden, struct rp_card_facts *ret,
				     struct rp_error *err);

/* Errors: PIN_WRONG, LOCKED, NOT_SET, NOT_OFFERED, CARD_REFUSED, transport errors. */
RP_MUST_CHECK rp_code pin_verify(struct session *s, const struct pin_row *row, const rp_secret *current,
				 struct rp_error *err);
/* Errors: as pin_verify; CARD_REFUSED with 6A80 when the card does not take the new PIN; HALF_DONE. */
RP_MUST_CHECK rp_code pin_change(struct session *s, const struct pin_row *row, const rp_secret *current,
				 const rp_secret *fresh, struct rp_error *err);
/* Errors: as pin_change, with SECRET_WRONG and SECRET_LOCKED. */
RP_MUST_CHECK rp_code pin_unlock(struct session *s, const struct pin_row *row, const struct unlock_row *way,
				 const rp_secret *code, const rp_secret *fresh, struct rp_error *err);

/*
 * What a reference holds after a job that was cut: the old PIN, the new one, or one of the
 * two. `marks` has one character for each reference.
 */
#define MARK_OLD '-'
#define MARK_NEW '+'
#define MARK_UNKNOWN '?'
/*
 * Finds out what `marks` does not tell, with the entries that the holder gives (one may be
 * NULL), and finishes the second place of a PIN that is kept in two when both are given.
 * Spends at most one try, and none when the entries are right. A wrong entry that settles a
 * mark is RP_OK with the mark settled the other way, and *ret_spent. `at_once`: the job that was cut
 * sets all places in one command, so that what is found out about one is true of the other.
 * Errors: PIN_WRONG (an entry that settles nothing), INPUT_MISSING (err->field: the one that
 * is needed to go on), HALF_DONE, and those of pin_verify.
 */
RP_MUST_CHECK rp_code pin_resolve(struct session *s, const struct pin_row *row, char *marks, bool at_once,
				  const rp_secret *current, const rp_secret *fresh, bool *ret_spent,
				  struct rp_error *err);

/*
 * RESET RETRY COUNTER with the new PIN alone (P1 = 02), after somebody else's right: `p2` names the
 * PIN. All references of the row get it at once. Spends nothing.
 * Errors: CARD_REFUSED (err->in_doubt when the answer leaves it open), JOURNAL, transport errors.
 */
RP_MUST_CHECK rp_code pin_reset(struct session *s, const struct pin_row *row, uint8_t p2,
				const rp_secret *fresh, struct rp_error *err);

/*
 * True when the card answers 9000 to an unlock by this code although the code had another length,
 * and then holds a PIN that nobody typed: it alone knows where the code ends.
 */
bool pin_code_splits(const struct profile *p, const struct pin_row *row, rp_slot code);

/* --- shared with pinpad.c and pin_resolve.c --- */

/* Tells the watch, when there is one, that the next command carries a new PIN. */
RP_MUST_CHECK rp_code pin_goes(const struct session *s, unsigned ref, struct rp_error *err);
void pin_came(const struct session *s, unsigned ref, bool set);
/* True when this answer to a command that sets a PIN says for certain that it did not. */
bool pin_certainly_not_set(uint16_t sw);
/* VERIFY of one reference, selected anew. Errors: as pin_verify. */
RP_MUST_CHECK rp_code pin_verify_ref(struct session *s, const struct pin_row *row, unsigned i,
				     const rp_secret *pin, struct rp_error *err);
/* The new PIN for a reference that has just been verified. Errors: CARD_REFUSED, transport errors. */
RP_MUST_CHECK rp_code pin_set_ref(struct session *s, const struct pin_row *row, unsigned i,
				  const rp_secret *fresh, struct rp_error *err);

/* Goes to where reference i of the row lives (application and file). Errors: NOT_SET, transport. */
RP_MUST_CHECK rp_code pin_go(struct session *s, const struct pin_row *row, unsigned i, struct rp_error *err);
/*
 * The result of a command that carried a secret of `row`. RP_OK only for 9000.
 * `wrong` and `locked` are the codes for those outcomes.
 */
rp_code pin_result(const struct session *s, const struct pin_row *row, uint16_t sw, const char *step,
		   rp_code wrong, rp_code locked, struct rp_error *err);

#endif
