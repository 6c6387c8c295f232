/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A visit to the issuer, from inside a job that holds the card: what is asked, proven, granted and
 * reported, step by step. issuer.c makes the public calls of it; issuer_gids.c is the same for
 * cards without a MAC of ours.
 *
 *     visit_introduce -> visit_prepare -> (the port's call) -> … -> visit_settle
 *
 * The order is the promise: no PIN goes to the card before the issuer has taken its MAC, and the proof
 * and the MAC that ask for a grant carry one and the same nonce.
 */
#ifndef REPIN_LIB_VISIT_H
#define REPIN_LIB_VISIT_H

#include "card/reset_app.h"
#include "card/sign.h"
#include "lib/ctx.h"
#include "repin/issuer.h"

struct visit {
	const rp_ctx *ctx;
	const struct rp_issuer_port *port; /* NULL: by telephone */
	const struct rp_card_facts *shown;
	const struct pin_row *row;   /* the PIN that it is about */
	const struct pin_row *other; /* the one that proves; NULL: none does */
	const rp_secret *current, *fresh;
	const struct rp_source *source; /* a phone's: the card whose PIN proves; NULL: none does */
	enum rp_purpose purpose;
	struct rp_evidence evidence;
	rp_ask_response *ask; /* by telephone */
	void *ask_arg;
	/* what it brings */
	struct rp_presence presence; /* the last one */
	struct rp_proof proof;
	struct rp_device *device; /* the phone's signature, of the same lines; NULL: none */
	struct rp_issuer_facts facts;
	struct rp_case opened;
	struct rp_grant grant;
	char receipt[RP_ISSUER_ID];
	char key[RP_KEY_LEN + 1]; /* of the request for a grant; it stands in the note before it is sent */
	const char *wish;	  /* of a request that was cut; NULL: none */
	bool reported;
};

/*
 * What an answer of the port means while the card is held: out of time is away, and after a secret a
 * plain cancel is none. Checks, too, that there is time left and nobody has cancelled.
 */
rp_code visit_asked(const struct session *s, rp_code rc, struct rp_error *err);
/* Shows the card to the issuer, which takes its MAC and tells what is open. */
RP_MUST_CHECK rp_code visit_introduce(struct visit *v, struct session *s, struct rp_error *err);
/* The signature becomes the evidence's proof, which owns its certificate from now on. */
void visit_proof(struct visit *v, rp_slot slot, const struct signature *sig);
/* What was checked elsewhere becomes a part of the evidence. */
void visit_external(struct visit *v);
/* The evidence for a grant: proof (when a PIN proves) and presence, with one new nonce. */
RP_MUST_CHECK rp_code visit_prepare(struct visit *v, struct session *s, struct rp_error *err);
/*
 * After the new PIN went out, with `rc` of that: the card's count answers the grant's nonce, the issuer
 * gets it, and a doubt is settled where the card still speaks. The job's result.
 */
rp_code visit_settle(struct visit *v, struct session *s, rp_code rc, struct rp_error *err);

/* --- issuer.c, for issuer_app.c --- */

void visit_clear(struct visit *v);
/* A visit about the PIN of `slot`. Errors: RP_E_SLOT_UNKNOWN, RP_E_FAULT. */
RP_MUST_CHECK rp_code visit_begin(const rp_card *card, const struct rp_issuer_port *port, rp_slot slot,
				  const struct rp_card_facts *shown, struct visit *ret, struct rp_error *err);
/* The issuer takes the card's MAC and says that something is open, and the evidence is made. */
RP_MUST_CHECK rp_code visit_ask(struct visit *v, struct session *s, struct rp_error *err);
/* `act` of a job: visit_ask, the grant, the new PIN, and how it ended. */
rp_code visit_reset(void *arg, struct session *s, struct rp_error *err);
RP_MUST_CHECK rp_code visit_run_reset(rp_card *card, const struct rp_job *job, struct visit *v,
				      rp_code (*act)(void *arg, struct session *s, struct rp_error *err),
				      struct rp_reset_done *ret, struct rp_error *err);

/* --- issuer_app.c --- */

/* The card that the phone's certificates came from signs `text` by its signature PIN, in a job of its own. */
RP_MUST_CHECK rp_code visit_source(struct visit *v, struct session *s, const char *text, size_t len,
				   struct rp_error *err);

/* The steps of GIDS (issuer_gids.c), as `act` of a job. */
rp_code visit_gids(void *arg, struct session *s, struct rp_error *err);
rp_code visit_phone(void *arg, struct session *s, struct rp_error *err);

#endif
