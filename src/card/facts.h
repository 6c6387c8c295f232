/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a card tells of itself without a PIN: number, holder, validity, and whether it is
 * of a family whose first SELECT does not say it all. Everything read is hostile.
 */
#ifndef REPIN_CARD_FACTS_H
#define REPIN_CARD_FACTS_H

#include "card/session.h"

/* Two confirmations for identify.c. */
RP_MUST_CHECK rp_code facts_is_phone(struct session *s, bool *ret_yes, struct rp_error *err);
RP_MUST_CHECK rp_code facts_is_hicos(struct session *s, bool *ret_yes, struct rp_error *err);

/* The card's number alone: what a job compares. "" when the card does not tell it. */
RP_MUST_CHECK rp_code facts_number(struct session *s, char *ret, size_t cap, struct rp_error *err);
/* Number, holder and validity into ret; fields that the card does not tell become "". */
RP_MUST_CHECK rp_code facts_card(struct session *s, struct rp_card_facts *ret, struct rp_error *err);

/*
 * The certificate at the beginning of the selected file, malloc'd. `cla`: 00, HiCOS 80.
 * Errors: CARD_REPLY when there is none, transport errors.
 */
RP_MUST_CHECK rp_code facts_certificate(struct session *s, uint8_t cla, uint8_t **ret, size_t *ret_len,
					struct rp_error *err);

#endif
