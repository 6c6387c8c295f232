/* SPDX-License-Identifier: Apache-2.0 */
/*
 * External evidence: a check that was made elsewhere (a face, say) and signed there with a configured key.
 * Repin sees that it was made for this card, PIN, case and purpose, not long ago, and not before; what was
 * checked, and how, is not ours. The statement is these lines, each ended by LF, and then its signature:
 *
 *     REPIN-EXTERNAL-1
 *     issuer NAME
 *     key NAME                     of the configured key
 *     kind WORD                    what was checked: a-z and '-'
 *     purpose reserve | reset | user-code-reset
 *     profile NAME
 *     card NUMBER
 *     slot SLOT
 *     case ID | -
 *     time UNIX SECONDS
 *     id 32 HEX DIGITS             never the same twice
 *     signature BASE64             Ed25519 over all lines before it
 */
#ifndef REPIN_ISSUER_EXTERNAL_H
#define REPIN_ISSUER_EXTERNAL_H

#include "issuer/shown.h"

/* What a statement that fits says. */
struct external_seen {
	bool given;
	char kind[24], key[ROW_NAME];
	uint8_t once[16]; /* of its id and key */
	int64_t time_ms;
};

struct external_ask {
	enum doors_id door;
	const char *purpose;
	const struct rp_evidence *e;
	bool counted; /* it was good before a code was compared: it may have grown old meanwhile */
};

/*
 * Does a row ask for it here, and does what was brought fit? Nothing is written. Errors: evidence-external.
 */
RP_MUST_CHECK rp_code external_check(const struct scene *s, const struct external_ask *ask,
				     struct external_seen *ret, struct rp_error *err);
/*
 * In the transaction of the act: it serves once, and is logged by its kind and key's name alone. `c` NULL: an
 * act without a case. Errors: evidence-external (it has served).
 */
RP_MUST_CHECK rp_code external_take(struct scene *s, const struct external_seen *seen,
				    const struct row_case *c, enum doors_id door, struct rp_error *err);
/*
 * After an act was refused: when it was for what was brought, that is logged, in a transaction of its own. A
 * failure of that changes nothing about the refusal.
 */
void external_note_refusal(struct scene *s, enum doors_id door, const struct rp_evidence *e,
			   const struct rp_error *why);

#endif
