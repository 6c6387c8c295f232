/* SPDX-License-Identifier: Apache-2.0 */
/* A HiCOS card, its issuer, and grants by the user code. */
#ifndef REPIN_TESTS_ISSUER_CODE_KIT_H
#define REPIN_TESTS_ISSUER_CODE_KIT_H

#include "server/issuer_between.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "issuer/internal.h"

static struct irig rig;
static struct vcard *card;
static const struct issuer_peer home = {.source = "192.0.2.1"};
static struct rp_error err;

static inline void begin(unsigned places)
{
	struct issuer_conf conf = irig_conf(&rig);

	conf.argon2_places = places;
	err = (struct rp_error)RP_ERROR_INIT;
	irig_open(&rig, &conf);
	card = irig_card(&rig, "hicos", "TP00000000000001");
	irig_enrol(&rig, card);
	memset(&between, 0, sizeof between);
}

static inline int setup(void **state)
{
	(void)state;
	begin(0);
	return 0;
}

static inline int setup_one_place(void **state)
{
	(void)state;
	begin(1);
	return 0;
}

static inline int setup_many_places(void **state)
{
	(void)state;
	begin(16);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	vcard_free(card);
	irig_close(&rig);
	return 0;
}

/* --- asking --- */

static inline rp_code ask_at(const struct issuer_peer *who, const char *key, const struct rp_presence *p,
			     const char *typed, const char *case_id, struct rp_grant *ret)
{
	rp_secret *code = irig_secret(typed);
	const struct rp_evidence e = {.door = "user-code", .user_code = code, .case_id = case_id};
	rp_code rc;

	err = (struct rp_error)RP_ERROR_INIT;
	rc = issuer_grant(rig.i, who, key, p, &e, ret, &err);
	rp_secret_free(code);
	return rc;
}

static inline rp_code ask(const char *key, const struct rp_presence *p, const char *typed,
			  struct rp_grant *ret)
{
	return ask_at(&home, key, p, typed, NULL, ret);
}

/* Shown again, and asked with a new key. */
static inline rp_code ask_anew(const char *typed, struct rp_grant *ret)
{
	struct rp_presence p;

	irig_show(&rig, card, RP_SLOT_PIN, &p);
	return ask(irig_new_key(), &p, typed, ret);
}

static inline struct row_user_code code_row(const struct vcard *c)
{
	struct row_user_code row = {0};

	assert_true(hash_card_id(IRIG_NAME, c->family->name, c->number, row.card_id));
	assert_true(irig_get(&rig, ST_USER_CODE_GET, &row));
	return row;
}

static inline void tries_are(int64_t left, const char *state)
{
	struct row_user_code row = code_row(card);

	assert_int_equal(row.tries_left, left);
	assert_string_equal(row.state, state);
}

/* Cases and open grants of the card. */
static inline unsigned cases_open(void)
{
	struct row_case row = {0};

	assert_true(hash_card_id(IRIG_NAME, "hicos", card->number, row.card_id));
	return irig_count(&rig, ST_CASE_OPEN_OF, &row);
}

static inline unsigned grants_open(void)
{
	struct row_grant row = {.slot = RP_SLOT_PIN};

	assert_true(hash_card_id(IRIG_NAME, "hicos", card->number, row.card_id));
	return irig_count(&rig, ST_GRANT_UNSETTLED, &row);
}

static inline bool request_is(const char *key, const char *state)
{
	struct row_idempotency row = {0};

	(void)snprintf(row.key, sizeof row.key, "%s", key);
	return irig_get(&rig, ST_IDEM_GET, &row) ? strcmp(row.state, state) == 0 : state[0] == '\0';
}

static inline void refused_about_code(enum rp_problem problem, int left, int spent)
{
	assert_int_equal(err.code, RP_E_ISSUER_REFUSED);
	assert_string_equal(rp_problem_slug(err.problem), rp_problem_slug(problem));
	assert_int_equal(err.tries_left, left);
	assert_int_equal(err.tries_spent, spent);
	assert_true(err.spent_at_issuer);
}

static inline bool same_grant(const struct rp_grant *a, const struct rp_grant *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->case_id, b->case_id) == 0 &&
	       strcmp(a->receipt, b->receipt) == 0 && a->cryptogram_len == b->cryptogram_len &&
	       memcmp(a->cryptogram, b->cryptogram, sizeof a->cryptogram) == 0;
}

#endif
