/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers with a PIN pad (PC/SC part 10): the person types on the reader, and the PIN never
 * reaches this machine. Functions of their own; no NULL or empty PIN turns another function
 * into one of these. The pad builds the command from a template that carries no PIN.
 *
 * What the pad itself says: 6400 nobody typed in time, 6401 cancelled on the pad, 6402 the
 * two new entries differ, 6403 the entry's length is wrong. In all four nothing was sent to
 * the card, and no try was spent.
 */
#ifndef REPIN_CARD_PINPAD_H
#define REPIN_CARD_PINPAD_H

#include "card/pin.h"

/* What the open reader's pad can do. Errors: transport errors. */
RP_MUST_CHECK rp_code pinpad_features(struct session *s, struct pad_features *ret, struct rp_error *err);

/* True when the family's commands can be built by a pad: one reference, no protected frame, no folding. */
bool pinpad_can_verify(const struct pin_row *row);
bool pinpad_can_change(const struct pin_row *row);

/* Errors: as pin_verify and pin_change; NOT_OFFERED, TIMEOUT, CANCELLED, INPUT_MISMATCH, INPUT_LENGTH. */
RP_MUST_CHECK rp_code pinpad_verify(struct session *s, const struct pin_row *row, struct rp_error *err);
RP_MUST_CHECK rp_code pinpad_change(struct session *s, const struct pin_row *row, struct rp_error *err);

#endif
