/* SPDX-License-Identifier: Apache-2.0 */
/* The app on a phone (--device-key): what reset, change, device and view share of it. */
#ifndef REPIN_CLI_PHONE_H
#define REPIN_CLI_PHONE_H

#include "cli/issuer.h"

/* These are the certificates on a phone. */
bool phone_is(const struct rp_card_facts *f);
/*
 * Whether this program may touch this card's PINs: the app those of a phone, and no other program those.
 * Errors: RP_E_NOT_OFFERED with the right door, those of issuer_probe.
 */
RP_MUST_CHECK rp_code phone_may(struct job *j, struct trouble *t);

/* The card that the phone's certificates came from. */
struct phone_source {
	rp_ctx *ctx; /* its own: one holds one card */
	rp_card *card;
	struct rp_card_facts facts;
};
/*
 * In another reader than `phone`. Errors: RP_E_NO_CARD, RP_E_USAGE (there are several), those of
 * rp_card_look.
 */
RP_MUST_CHECK rp_code phone_source_find(struct app *a, const char *phone, struct phone_source *ret,
					struct trouble *t);
void phone_source_free(struct phone_source *s);

/*
 * Its signature PIN: what is at stake, the consent to a last try, the entry, into a job about it, of which
 * `first` and `todo` are for struct rp_source. phone_asked_free wipes it.
 */
RP_MUST_CHECK rp_code phone_ask_source(struct job *j, const struct phone_source *s, struct job *of,
				       struct trouble *t);
/* Its job failed: says that it is about this card. */
rp_code phone_source_failed(struct job *of, rp_code rc, struct trouble *t);
void phone_asked_free(struct job *of);

/* `repin reset` in the app, of a job for which phone_may has said yes. */
RP_MUST_CHECK rp_code phone_reset(struct job *j, struct trouble *t);

#endif
