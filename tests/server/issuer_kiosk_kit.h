/* SPDX-License-Identifier: Apache-2.0 */
/* My Number Cards, their issuer, a kiosk, a desk and an app; reservations and grants with proofs. */
#ifndef REPIN_TESTS_ISSUER_KIOSK_KIT_H
#define REPIN_TESTS_ISSUER_KIOSK_KIT_H

#include "server/issuer_between.h"
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "issuer/internal.h"

static struct irig rig;
static struct vcard *card, *other;
static uint8_t kiosk[32], desk[32], app[32];
static const struct issuer_peer home = {.source = "192.0.2.1"}, at_kiosk = {.fingerprint = kiosk},
				at_desk = {.fingerprint = desk}, at_app = {.fingerprint = app};
static struct rp_error err;

static inline void begin(const struct issuer_conf *conf)
{
	err = (struct rp_error)RP_ERROR_INIT;
	irig_revoke(&rig, NULL, INT64_C(400) * 24 * 3600 * 1000);
	irig_open(&rig, conf);
	card = irig_card(&rig, "mynumber", "123456789012345");
	other = irig_card(&rig, "mynumber", "123456789012346");
	irig_enrol(&rig, card);
	irig_enrol(&rig, other);
	irig_terminal(&rig, "kiosk 1", "kiosk", "mynumber:sign,mynumber:auth", "", kiosk);
	irig_terminal(&rig, "desk 1", "desk", "mynumber:sign,mynumber:auth", "office", desk);
	irig_terminal(&rig, "app 1", "app", "", "", app);
	memset(&between, 0, sizeof between);
}

static inline int setup(void **state)
{
	(void)state;
	begin(NULL);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	vcard_free(card);
	vcard_free(other);
	irig_close(&rig);
	return 0;
}

/* --- asking --- */

/* What the card is to sign for this call. */
static inline struct proof_lines lines_of(const struct rp_presence *p, const struct issuer_peer *who,
					  const char *purpose, const char *case_id, char terminal[65])
{
	if (who->fingerprint == NULL)
		(void)snprintf(terminal, 65, "home");
	else
		assert_true(hex_of(who->fingerprint, 32, terminal, 65));
	return (struct proof_lines){.purpose = purpose,
				    .issuer = IRIG_NAME,
				    .case_id = case_id,
				    .terminal = terminal,
				    .profile = p->profile,
				    .number = p->number,
				    .slot = rp_slot_word(p->slot),
				    .nonce = p->nonce};
}

static inline rp_code reserve_with(const struct issuer_peer *who, const char *key,
				   const struct rp_presence *p, const struct rp_proof *proof,
				   struct rp_case *ret)
{
	const struct rp_evidence e = {.door = "kiosk", .proof = proof};
	char receipt[RP_ISSUER_ID];

	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_reserve(rig.i, who, key, p, &e, ret, receipt, &err);
}

static inline rp_slot other_of(rp_slot slot)
{
	return slot == RP_SLOT_SIGN ? RP_SLOT_AUTH : RP_SLOT_SIGN;
}

static inline rp_code reserve(const struct issuer_peer *who, struct vcard *c, rp_slot slot,
			      struct rp_case *ret)
{
	struct rp_presence p;
	struct rp_proof proof;
	char terminal[65];
	rp_code rc;

	irig_show(&rig, c, slot, &p);
	const struct proof_lines lines = lines_of(&p, who, "reserve", NULL, terminal);
	irig_prove(c, other_of(slot), &lines, &proof);
	rc = reserve_with(who, irig_new_key(), &p, &proof, ret);
	irig_proof_clear(&proof);
	return rc;
}

static inline rp_code grant_with(const struct issuer_peer *who, const char *key, const struct rp_presence *p,
				 const char *case_id, const struct rp_proof *proof, struct rp_grant *ret)
{
	const struct rp_evidence e = {.door = "kiosk", .case_id = case_id, .proof = proof};

	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_grant(rig.i, who, key, p, &e, ret, &err);
}

static inline rp_code grant(const struct issuer_peer *who, struct vcard *c, rp_slot slot, const char *case_id,
			    struct rp_grant *ret)
{
	struct rp_presence p;
	struct rp_proof proof;
	char terminal[65];
	rp_code rc;

	irig_show(&rig, c, slot, &p);
	const struct proof_lines lines = lines_of(&p, who, "reset", case_id, terminal);
	irig_prove(c, other_of(slot), &lines, &proof);
	rc = grant_with(who, irig_new_key(), &p, case_id, &proof, ret);
	irig_proof_clear(&proof);
	return rc;
}

/* The database's time moves on, and we hear of it; the log is sealed. */
static inline void later(int64_t ms)
{
	struct rp_issuer_facts facts;
	struct rp_presence p;

	rig.ahead_ms += ms;
	irig_show(&rig, other, RP_SLOT_SIGN, &p);
	if (issuer_presence(rig.i, &home, &p, &facts, &err) != RP_OK)
		assert_int_equal(err.problem, RP_PROBLEM_NONCE_OLD); /* it was made before */
	irig_ok(issuer_seal(rig.i, &(uint64_t){0}, &err), &err);
}

static inline void state_is(const char *case_id, const char *state)
{
	struct row_case c = {0};

	(void)snprintf(c.id, sizeof c.id, "%s", case_id);
	assert_true(irig_get(&rig, ST_CASE_GET, &c));
	assert_string_equal(c.state, state);
}

#endif
