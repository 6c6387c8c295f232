/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "issuer/people.h"
#include "issuer/sources.h"
#include "issuer/totp.h"

/* --- roles --- */

static const struct role_row {
	const char *word;
	unsigned bit;
} roles[] = {
	{"clerk", ROLE_CLERK},	   {"approver", ROLE_APPROVER}, {"help-desk", ROLE_HELP_DESK},
	{"auditor", ROLE_AUDITOR}, {"admin", ROLE_ADMIN},
};

static unsigned role_bit(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		if (strlen(roles[i].word) == len && strncmp(roles[i].word, word, len) == 0)
			return roles[i].bit;
	return 0;
}

bool roles_read(const char *text, unsigned *ret)
{
	unsigned bits = 0;

	while (text[0] != '\0') {
		const size_t n = strcspn(text, ",");
		const unsigned bit = role_bit(text, n);

		if (bit == 0 || (text[n] == ',' && text[n + 1] == '\0'))
			return false;
		bits |= bit;
		text += n + (text[n] == ',' ? 1 : 0);
	}
	if (bits == 0)
		return false;
	*ret = bits;
	return true;
}

static rp_code operator_load(struct store_tx *tx, const char *name, struct row_operator *ret, bool *ret_found,
			     struct rp_error *err)
{
	struct row_operator row = {0};
	rp_code rc;

	if (strlen(name) >= sizeof row.name) {
		*ret_found = false;
		return RP_OK;
	}
	(void)snprintf(row.name, sizeof row.name, "%s", name);
	rc = store_get(tx, ST_OPERATOR_GET, &row, ret_found, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "reading the operator");
	*ret_found = *ret_found && row.disabled == 0;
	*ret = row;
	return RP_OK;
}

rp_code by_may(struct store_tx *tx, const char *by, unsigned wanted, struct rp_error *err)
{
	struct row_operator row = {0};
	unsigned has = 0;
	bool found = false;
	rp_code rc;

	if (strcmp(by, CONSOLE) == 0)
		return RP_OK;
	rc = operator_load(tx, by, &row, &found, err);
	if (rc != RP_OK)
		return rc;
	if (!found || !roles_read(row.roles, &has) || (has & wanted) == 0)
		return rp_refuse(err, RP_PROBLEM_ROLE, "%s", found ? row.roles : "nobody of this name");
	return RP_OK;
}

rp_code by_not_own(struct store_tx *tx, const char *by, const uint8_t card_id[CARD_ID_LEN],
		   struct rp_error *err)
{
	struct row_operator_card row = {0};
	bool found = false;
	rp_code rc;

	if (strcmp(by, CONSOLE) == 0)
		return RP_OK;
	rc = text_put(row.name, sizeof row.name, by, err);
	memcpy(row.card_id, card_id, sizeof row.card_id);
	if (rc == RP_OK)
		rc = store_get(tx, ST_OPERATOR_CARD_GET, &row, &found, err);
	if (rc == RP_OK && found)
		rc = rp_refuse(err, RP_PROBLEM_OWN_CARD, "the card is one of %s's own", by);
	return rc;
}

rp_code log_people(struct store_tx *tx, const struct people_act *a, char ret_receipt[ROW_ID],
		   struct rp_error *err)
{
	const struct log_act act = {.act = a->act,
				    .card_id = a->card_id,
				    .terminal = a->terminal,
				    .operator_name = a->by,
				    .outcome = a->outcome != NULL ? a->outcome : "ok",
				    .reason = a->reason};
	char receipt[ROW_ID];

	return log_entry(tx, &act, ret_receipt != NULL ? ret_receipt : receipt, err);
}

/* --- passwords --- */

#define PASSWORD_VERSION "1"

rp_code password_make(const rp_secret *password, char ret[ROW_TEXT], struct rp_error *err)
{
	char salt_hex[33] = "", hash_hex[65] = "";
	uint8_t salt[16], hash[32];
	rp_code rc;

	rp_random(salt, sizeof salt);
	rc = hash_argon2id(rp_secret_bytes(password), rp_secret_len(password), salt, hash, err);
	if (rc != RP_OK)
		return rc;
	if (!hex_of(salt, sizeof salt, salt_hex, sizeof salt_hex) ||
	    !hex_of(hash, sizeof hash, hash_hex, sizeof hash_hex))
		return rp_fail(err, RP_E_FAULT, "a password's hash cannot be written");
	(void)snprintf(ret, ROW_TEXT, PASSWORD_VERSION "$%s$%s", salt_hex, hash_hex);
	return RP_OK;
}

/* "1$32 hex$64 hex" */
static bool password_row(const char *row, uint8_t salt[16], uint8_t hash[32])
{
	char salt_hex[33];
	size_t salt_len = 0, hash_len = 0;

	if (strncmp(row, PASSWORD_VERSION "$", 2) != 0 || strlen(row) != 2 + 32 + 1 + 64 || row[34] != '$')
		return false;
	(void)snprintf(salt_hex, sizeof salt_hex, "%.32s", row + 2);
	return hex_read(salt_hex, salt, 16, &salt_len) && salt_len == 16 &&
	       hex_read(row + 35, hash, 32, &hash_len) && hash_len == 32;
}

rp_code password_right(const rp_secret *password, const char *row, bool *ret, struct rp_error *err)
{
	uint8_t salt[16] = {0}, wanted[32] = {0}, hash[32];
	const bool there = password_row(row, salt, wanted);
	rp_code rc = hash_argon2id(rp_secret_bytes(password), rp_secret_len(password), salt, hash, err);

	if (rc != RP_OK)
		return rc;
	*ret = hash_equal(hash, wanted, sizeof hash) && there;
	rp_wipe(hash, sizeof hash);
	return RP_OK;
}

/* --- signing in --- */

struct sign_in {
	issuer *i;
	const struct issuer_peer *who;
	const char *name;
	const rp_secret *password;
	const char *totp;
	/* after the count */
	struct row_operator op;
	bool counted; /* there is such an operator, and a try was left */
	uint64_t step;
	/* after the compare */
	uint64_t right_step; /* 0: wrong */
	uint8_t token_hash[32];
	bool in;
	int64_t until_ms;
};

/*
 * Five tries are over: fifteen minutes of the database's time later there are five again. Writing
 * the row of `meta` keeps two who come at that moment from both giving five: the second looks again
 * and finds them.
 */
static rp_code give_back(struct store_tx *tx, struct sign_in *s, struct rp_error *err)
{
	const struct hash_part part = {s->op.name, strlen(s->op.name)};
	struct row_meta turn = {.name = "sign-in-"};
	uint8_t hash[SHA256_LEN];
	bool found = false;
	rp_code rc;

	hash_sha256(&part, 1, hash);
	if (!hex_of(hash, 8, turn.name + 8, sizeof turn.name - 8))
		return rp_fail(err, RP_E_FAULT, "the name of a lock is too long");
	rc = store_run(tx, ST_META_PUT, &turn, NULL, err);
	if (rc == RP_OK)
		rc = operator_load(tx, s->name, &s->op, &found, err);
	if (rc != RP_OK || s->op.tries_left > 0)
		return rc;
	s->op.tries_left = SIGN_IN_TRIES;
	return store_run(tx, ST_OPERATOR_COUNTED, &s->op, NULL, err);
}

/*
 * Lowers the tries, before anything is compared. Not `counted`: there is no such name, or no try
 * left.
 */
static rp_code count_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct sign_in *s = arg;
	const int64_t now = store_now(tx);
	struct peer peer;
	bool found = false;
	rp_code rc = peer_load(tx, s->who, &peer, err);

	s->counted = false;
	s->step = (uint64_t)(now / TOTP_STEP_MS);
	memset(&s->op, 0, sizeof s->op);
	if (rc == RP_OK)
		rc = operator_load(tx, s->name, &s->op, &found, err);
	if (rc != RP_OK || !found)
		return rc;
	if (s->op.tries_left <= 0 && now - s->op.tries_ms >= SIGN_IN_LOCK_MS)
		rc = give_back(tx, s, err);
	s->op.tries_ms = now;
	return rc == RP_OK ? store_get(tx, ST_OPERATOR_COUNT, &s->op, &s->counted, err) : rc;
}

/*
 * Argon2 runs for every name, so that the time tells neither what was wrong nor whether there is
 * such a name.
 */
static rp_code compare(struct sign_in *s, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *key = NULL;
	const struct hash_part row = {s->op.name, strlen(s->op.name)};
	bool password = false;
	uint64_t step = 0;
	rp_code rc = password_right(s->password, s->counted ? s->op.password : "", &password, err);

	if (rc != RP_OK || !s->counted)
		return rc;
	rc = keys_unwrap(s->i->keys, s->op.totp.p, s->op.totp.len, &row, &key, err);
	if (rc == RP_OK)
		rc = totp_find(key, s->step, s->totp, &step, err);
	if (rc == RP_OK)
		s->right_step = password ? step : 0;
	return rc;
}

static rp_code open_session(struct store_tx *tx, struct sign_in *s, struct rp_error *err)
{
	struct row_session row = {.until_ms = store_now(tx) + SESSION_LIVES_MS};
	rp_code rc = text_put(row.name, sizeof row.name, s->op.name, err);

	memcpy(row.token_hash, s->token_hash, sizeof row.token_hash);
	if (s->who->fingerprint != NULL)
		memcpy(row.terminal, s->who->fingerprint, sizeof row.terminal);
	s->until_ms = row.until_ms;
	return rc == RP_OK ? store_run(tx, ST_SESSION_PUT, &row, NULL, err) : rc;
}

static rp_code result_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct sign_in *s = arg;
	struct row_operator op = s->op;
	const char *outcome = "ok";
	size_t n = 0;
	rp_code rc = RP_OK;

	s->in = false;
	if (s->right_step != 0) {
		op.tries_left = SIGN_IN_TRIES;
		op.totp_step = (int64_t)s->right_step;
		/* Nothing changes when this step, or a later one, has served before. */
		rc = store_run(tx, ST_OPERATOR_SIGNED_IN, &op, &n, err);
		s->in = n == 1;
	}
	if (rc == RP_OK && s->in)
		rc = open_session(tx, s, err);
	if (!s->in)
		outcome = s->op.tries_left == 0 ? "locked" : rp_problem_slug(RP_PROBLEM_SIGN_IN_WRONG);
	if (rc != RP_OK)
		return rc;
	return log_people(tx, &(struct people_act){.act = "sign-in", .by = s->op.name, .outcome = outcome},
			  NULL, err);
}

/* 32 random bytes as 43 characters of base64url (RFC 4648, 5), and the SHA-256 of this text. */
static bool make_token(char ret[48], uint8_t ret_hash[32])
{
	uint8_t bytes[32];
	bool good;

	rp_random(bytes, sizeof bytes);
	good = base64_of(bytes, sizeof bytes, ret, 48);
	rp_wipe(bytes, sizeof bytes);
	for (char *p = ret; good && *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p == '=' ? '\0' : *p;
	if (good)
		hash_sha256(&(struct hash_part){ret, strlen(ret)}, 1, ret_hash);
	return good;
}

static rp_code sign_in_counted(struct sign_in *s, struct rp_error *err)
{
	const struct store_opts o = {0};
	rp_code rc = issuer_work(s->i, &o, count_work, s, err);

	if (rc == RP_OK)
		rc = compare(s, err);
	/* A name that is nobody's, or locked, changes nothing: strangers write no rows. */
	if (rc == RP_OK && s->counted)
		rc = issuer_work(s->i, &o, result_work, s, err);
	return rc;
}

rp_code issuer_sign_in(issuer *i, const struct issuer_peer *who, const char *name, const rp_secret *password,
		       const char *totp, char ret_token[48], int64_t *ret_until_ms, struct rp_error *err)
{
	struct sign_in s = {.i = i, .who = who, .name = name, .password = password, .totp = totp};
	char token[48] = "";
	rp_code rc;

	if (!sources_may(i->sources, who, clock_ms()))
		return rp_refuse(err, RP_PROBLEM_TOO_MANY, "too much was wrong from here");
	if (!make_token(token, s.token_hash))
		return rp_fail(err, RP_E_FAULT, "a session's token cannot be written");
	if (!place_take(i))
		return rp_refuse(err, RP_PROBLEM_BUSY, "all places for passwords are taken");
	rc = sign_in_counted(&s, err);
	place_give(i);
	if (rc == RP_OK && !s.in) {
		sources_wrong(i->sources, who, clock_ms());
		rc = rp_refuse(err, RP_PROBLEM_SIGN_IN_WRONG, "a one-time password serves once");
	}
	if (rc == RP_OK) {
		memcpy(ret_token, token, sizeof token);
		*ret_until_ms = s.until_ms;
	}
	rp_wipe(token, sizeof token);
	return rc;
}

/* --- sessions --- */

rp_code session_load(struct store_tx *tx, const struct issuer_peer *who, struct row_operator *ret,
		     struct rp_error *err)
{
	static const uint8_t no_terminal[32];
	const uint8_t *here = who->fingerprint != NULL ? who->fingerprint : no_terminal;
	struct row_session row = {.until_ms = store_now(tx)};
	bool found = false;
	rp_code rc;

	if (who->session == NULL)
		return rp_refuse(err, RP_PROBLEM_SIGN_IN, "no session came with the request");
	memcpy(row.token_hash, who->session, sizeof row.token_hash);
	rc = store_get(tx, ST_SESSION_GET, &row, &found, err);
	/* A token that was copied away from its desk opens nothing elsewhere. */
	if (rc == RP_OK && (!found || !hash_equal(row.terminal, here, sizeof row.terminal)))
		rc = rp_refuse(err, RP_PROBLEM_SIGN_IN, "this session is over, or of another terminal");
	if (rc == RP_OK)
		rc = operator_load(tx, row.name, ret, &found, err);
	if (rc == RP_OK && !found)
		rc = rp_refuse(err, RP_PROBLEM_SIGN_IN, "this operator is not one any more");
	return rc;
}

static rp_code sign_out_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct issuer_peer *who = arg;
	struct row_session row = {0};
	struct row_operator op;
	size_t n = 0;
	rp_code rc = session_load(tx, who, &op, err);

	if (rc != RP_OK)
		return rc;
	memcpy(row.token_hash, who->session, sizeof row.token_hash);
	rc = store_run(tx, ST_SESSION_END, &row, &n, err);
	if (rc == RP_OK)
		rc = log_people(tx, &(struct people_act){.act = "sign-out", .by = op.name}, NULL, err);
	return rc;
}

rp_code issuer_sign_out(issuer *i, const struct issuer_peer *who, struct rp_error *err)
{
	const struct store_opts o = {0};
	struct issuer_peer peer = *who;

	return issuer_work(i, &o, sign_out_work, &peer, err);
}
