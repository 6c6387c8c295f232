/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a code opens: a grant, or a new user code. Count before compare: a place for Argon2; the first
 * transaction lowers the tries, writes the request as pending, commits; then the compare; the second
 * transaction does the act, or says wrong. A process that dies between them has counted a try that nobody
 * compared, and the same request again compares without counting.
 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "issuer/grant.h"
#include "issuer/sources.h"

/* --- the two kinds of code behind one face --- */

struct code_row {
	int64_t tries_left;
	bool found, over;
	bool blocked; /* not only counted to its end */
	unsigned version;
	uint8_t salt[16], mac[32];
};

static bool by_user_code(const struct grant_job *j)
{
	return j->door == DOORS_USER_CODE;
}

static rp_code load_user_code(struct grant_job *j, struct code_row *ret, struct rp_error *err)
{
	struct row_user_code row = {0};
	struct code_row c = {0};
	rp_code rc;

	memcpy(row.card_id, j->scene.card.card_id, CARD_ID_LEN);
	rc = store_get(j->scene.tx, ST_USER_CODE_GET, &row, &c.found, err);
	if (rc != RP_OK)
		return rc;
	c.tries_left = row.tries_left;
	c.blocked = strcmp(row.state, "active") != 0;
	c.version = (unsigned)row.version;
	memcpy(c.salt, row.salt, sizeof c.salt);
	memcpy(c.mac, row.mac, sizeof c.mac);
	*ret = c;
	return RP_OK;
}

static rp_code one_time_row(const struct grant_job *j, struct row_one_time_code *ret, struct rp_error *err)
{
	struct row_one_time_code row = {0};
	rp_code rc = text_put(row.purpose, sizeof row.purpose,
			      j->door == DOORS_USER_CODE_RESET ? OTC_FOR_USER_CODE : OTC_FOR_CASE, err);

	if (rc != RP_OK)
		return rc;
	memcpy(row.card_id, j->scene.card.card_id, CARD_ID_LEN);
	*ret = row;
	return text_put(ret->case_id, sizeof ret->case_id, j->e->case_id, err);
}

static rp_code load_one_time(struct grant_job *j, struct code_row *ret, struct rp_error *err)
{
	struct row_one_time_code row;
	struct code_row c = {0};
	rp_code rc = one_time_row(j, &row, err);

	if (rc == RP_OK)
		rc = store_get(j->scene.tx, ST_OTC_GET, &row, &c.found, err);
	if (rc != RP_OK)
		return rc;
	c.tries_left = row.tries_left;
	c.over = row.until_ms <= j->scene.now;
	c.version = (unsigned)row.version;
	memcpy(c.salt, row.salt, sizeof c.salt);
	memcpy(c.mac, row.mac, sizeof c.mac);
	*ret = c;
	return RP_OK;
}

static rp_code load_code(struct grant_job *j, struct code_row *ret, struct rp_error *err)
{
	rp_code rc = by_user_code(j) ? load_user_code(j, ret, err) : load_one_time(j, ret, err);

	return rp_context(err, rc, "reading the code's row");
}

/* Lowers the tries; *ret_counted false: there was none left. */
static rp_code count_down(struct grant_job *j, bool *ret_counted, struct rp_error *err)
{
	struct row_user_code user = {0};
	struct row_one_time_code one_time;
	rp_code rc;

	if (by_user_code(j)) {
		memcpy(user.card_id, j->scene.card.card_id, CARD_ID_LEN);
		return store_get(j->scene.tx, ST_USER_CODE_COUNT, &user, ret_counted, err);
	}
	rc = one_time_row(j, &one_time, err);
	return rc == RP_OK ? store_get(j->scene.tx, ST_OTC_COUNT, &one_time, ret_counted, err) : rc;
}

static rp_code set_user_code(struct grant_job *j, const char *state, int64_t tries, struct rp_error *err)
{
	struct row_user_code row = {.tries_left = tries};
	rp_code rc = text_put(row.state, sizeof row.state, state, err);

	memcpy(row.card_id, j->scene.card.card_id, CARD_ID_LEN);
	return rc == RP_OK ? store_run(j->scene.tx, ST_USER_CODE_STATE, &row, NULL, err) : rc;
}

static rp_code set_back(struct grant_job *j, struct rp_error *err)
{
	struct row_one_time_code row;
	bool found;
	rp_code rc;

	if (by_user_code(j))
		return set_user_code(j, "active", CODE_TRIES, err);
	rc = one_time_row(j, &row, err);
	if (rc == RP_OK)
		rc = store_get(j->scene.tx, ST_OTC_GET, &row, &found, err);
	row.tries_left = OTC_TRIES;
	return rc == RP_OK ? store_run(j->scene.tx, ST_OTC_PUT, &row, NULL, err) : rc;
}

/* --- the case that it is for --- */

static rp_code code_case(struct grant_job *j, struct row_case *ret, bool *ret_new, struct rp_error *err)
{
	*ret_new = by_user_code(j) && j->e->case_id == NULL;
	if (*ret_new)
		return grant_new_case(j, ret, err);
	if (j->e->case_id == NULL)
		return rp_refuse(err, RP_PROBLEM_CASE, "%s", "");
	return grant_case(j, ret, err);
}

/* --- the first transaction --- */

static rp_code may_count(struct grant_job *j, const struct code_row *code, struct rp_error *err)
{
	if (!code->found)
		return rp_refuse(err, RP_PROBLEM_CODE_MISSING, "%s", "");
	if (code->blocked || code->tries_left <= 0)
		return code_refuse(err, RP_PROBLEM_CODE_BLOCKED, 0, 0);
	if (code->over)
		return rp_refuse(err, RP_PROBLEM_CODE_EXPIRED, "%s", "");
	return card_limit(j->scene.tx, j->scene.card.card_id, "acts", j->scene.i->card_acts, err);
}

static rp_code count_it(struct grant_job *j, const struct code_row *code, struct rp_error *err)
{
	struct scene *s = &j->scene;
	char receipt[ROW_ID];
	bool counted;
	rp_code rc = may_count(j, code, err);

	if (rc == RP_OK)
		rc = nonce_use(s->tx, s->shown->p->nonce, s->shown->nonce_ms, err);
	if (rc == RP_OK)
		rc = count_down(j, &counted, err);
	if (rc == RP_OK && !counted)
		rc = code_refuse(err, RP_PROBLEM_CODE_BLOCKED, 0, 0);
	if (rc == RP_OK)
		rc = scene_log(s, "code", NULL, s->shown->p->slot, doors_word(j->door), "counted", receipt,
			       err);
	return rc == RP_OK ? idem_pending(s->tx, &j->idem, err) : rc;
}

static rp_code count_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct grant_job *j = arg;
	struct code_row code;
	struct row_case c;
	bool is_new;
	rp_code rc = scene_open(tx, &j->scene, err);

	if (rc != RP_OK || j->scene.changed)
		return rc;
	rc = idem_look(tx, &j->idem, err);
	if (rc == RP_OK && j->idem.found && !j->idem.pending)
		return grant_again(j, err);
	if (rc == RP_OK)
		rc = grant_may(j, err);
	if (rc == RP_OK)
		rc = j->door == DOORS_USER_CODE_RESET ? RP_OK : code_case(j, &c, &is_new, err);
	if (rc == RP_OK)
		rc = load_code(j, &code, err);
	if (rc == RP_OK && !j->idem.pending)
		rc = count_it(j, &code, err);
	if (rc != RP_OK)
		return rc;
	j->version = code.version;
	memcpy(j->salt, code.salt, sizeof j->salt);
	memcpy(j->mac, code.mac, sizeof j->mac);
	return RP_OK;
}

/* --- between them --- */

static rp_code compare(struct grant_job *j, struct rp_error *err)
{
	const bool user = by_user_code(j);
	uint8_t mac[32];
	rp_code rc = code_mac(j->scene.i, user ? CODE_USER : CODE_ONE_TIME, j->version,
			      j->scene.shown->card_id, j->salt, user ? j->e->user_code : j->one_time, mac,
			      err);

	if (rc != RP_OK)
		return rc;
	j->right = hash_equal(mac, j->mac, sizeof mac);
	if (j->right && j->door == DOORS_USER_CODE_RESET)
		return code_make_user(j->scene.i, j->scene.shown->card_id, j->e->new_code, &j->fresh, err);
	return RP_OK;
}

/* --- the second transaction --- */

static rp_code say_wrong(struct grant_job *j, const struct code_row *code, struct rp_error *err)
{
	struct scene *s = &j->scene;
	const bool last = !code->found || code->blocked || code->tries_left <= 0;
	const bool blocks = last && code->found && !code->blocked;
	char receipt[ROW_ID], result[32];
	rp_code rc = RP_OK;

	j->refused = last ? RP_PROBLEM_CODE_BLOCKED : RP_PROBLEM_CODE_WRONG;
	j->tries_left = last ? 0 : (int)code->tries_left;
	j->tries_spent = 1;
	(void)snprintf(result, sizeof result, "{\"tries\":%d}", j->tries_left);
	if (blocks && by_user_code(j))
		rc = set_user_code(j, "blocked", 0, err);
	if (rc == RP_OK)
		rc = scene_log(s, "code", NULL, s->shown->p->slot, doors_word(j->door),
			       rp_problem_slug(j->refused), receipt, err);
	if (rc == RP_OK && blocks)
		rc = notice_put(s->tx, &s->card, "blocked", s->shown->p->slot, doors_word(j->door), receipt,
				err);
	if (rc == RP_OK)
		rc = idem_done(s->tx, &j->idem, j->refused, result, err);
	j->finished = rc == RP_OK;
	return rc;
}

static rp_code grant_it(struct grant_job *j, struct rp_error *err)
{
	struct grant_ground g = {.kind = by_user_code(j) ? "user-code" : "one-time-code",
				 .purpose = "reset",
				 .by_name = j->scene.peer.name,
				 .counted = true};
	struct row_case c;
	char r1[48] = "";
	rp_code rc;

	j->counted = true;
	rc = grant_may(j, err);

	if (rc == RP_OK)
		rc = code_case(j, &c, &g.is_new, err);
	if (rc == RP_OK)
		rc = set_back(j, err);
	if (rc != RP_OK)
		return rc;
	/* word.c checks the card's answer with both random numbers; this one has no other place. */
	if (!j->scene.shown->gives_mac && hex_of(j->e->r1, 16, r1, sizeof r1))
		g.detail = r1;
	return grant_burn(j, &c, &g, err);
}

static rp_code finish_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct grant_job *j = arg;
	struct code_row code;
	rp_code rc = scene_open(tx, &j->scene, err);

	if (rc != RP_OK || j->scene.changed)
		return rc;
	rc = idem_look(tx, &j->idem, err);
	/* The same request, sent twice at the same time: the other was faster. */
	if (rc == RP_OK && j->idem.found && !j->idem.pending)
		return grant_again(j, err);
	if (rc == RP_OK)
		rc = load_code(j, &code, err);
	if (rc != RP_OK)
		return rc;
	/* A code that was changed or blocked in the meantime opens nothing. */
	if (!j->right || !code.found || code.blocked || !hash_equal(code.mac, j->mac, sizeof code.mac))
		return say_wrong(j, &code, err);
	return j->door == DOORS_USER_CODE_RESET ? set_code_now(j, err) : grant_it(j, err);
}

/* --- both --- */

static rp_code check_typed(struct grant_job *j, struct rp_error *err)
{
	if (by_user_code(j)) {
		if (j->e->user_code == NULL)
			return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING, "the user code");
		return code_fits(j->e->user_code)
			       ? RP_OK
			       : rp_refuse(err, RP_PROBLEM_MALFORMED,
					   "a user code has 6 to 10 letters and digits; nothing was counted");
	}
	if (j->e->one_time == NULL)
		return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING, "the one-time code");
	if (j->door == DOORS_HELP_DESK && (j->e->r1 == NULL || j->e->r2 == NULL))
		return rp_refuse(err, RP_PROBLEM_EVIDENCE_MISSING, "the card's and the terminal's numbers");
	return code_typed_one_time(j->e->one_time, &j->one_time, err);
}

rp_code grant_by_code(struct grant_job *j, struct rp_error *err)
{
	rp_code rc = check_typed(j, err);

	if (rc != RP_OK)
		return rc;
	if (!place_take(j->scene.i))
		return rp_refuse(err, RP_PROBLEM_BUSY, "%s", "");
	/* The key's row is there from the first on: it can settle a lost COMMIT of the first alone. */
	rc = scene_work(&j->scene, j->idem.key, count_work, err);
	if (rc == RP_OK && !j->finished)
		rc = compare(j, err);
	if (rc == RP_OK && !j->finished)
		rc = scene_work(&j->scene, NULL, finish_work, err);
	place_give(j->scene.i);
	if (rc == RP_OK && j->refused != RP_PROBLEM_NONE) {
		issuer_count(j->scene.i,
			     j->refused == RP_PROBLEM_CODE_WRONG ? COUNT_CODE_WRONG : COUNT_CODE_BLOCKED);
		sources_wrong(j->scene.i->sources, j->scene.who, clock_ms());
	}
	return rc;
}
