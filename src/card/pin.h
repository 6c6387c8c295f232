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

/* --- shared with pinpad.c --- */

/* Goes to where reference i of the row lives (application and file). Errors: NOT_SET, transport. */
RP_MUST_CHECK rp_code pin_go(struct session *s, const struct pin_row *row, unsigned i, struct rp_error *err);
/*
 * The result of a command that carried a secret of `row`. RP_OK only for 9000.
 * `wrong` and `locked` are the codes for those outcomes.
 */
rp_code pin_result(const struct session *s, const struct pin_row *row, uint16_t sw, const char *step,
		   rp_code wrong, rp_code locked, struct rp_error *err);

#endif
