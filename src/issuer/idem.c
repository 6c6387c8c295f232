/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "issuer/internal.h"

#define REQUEST_LABEL "REPIN-REQUEST-1"
#define PARTS_MAX 32
#define KEY_MIN 8

static bool is_key(const char *key)
{
	size_t len = key != NULL ? strlen(key) : 0;

	if (len < KEY_MIN || len >= ROW_ID)
		return false;
	for (size_t k = 0; k < len; k++)
		if (key[k] <= ' ' || key[k] > '~')
			return false;
	return true;
}

static rp_code check_key(const char *key, struct rp_error *err)
{
	return is_key(key) ? RP_OK
			   : rp_refuse(err, RP_PROBLEM_MALFORMED,
				       "an idempotency key has 8 to 39 characters of ASCII");
}

/* Each part after its length, where it lies: codes are among them and are copied nowhere. */
static rp_code request_mac(issuer *i, const char *what, const struct hash_part *parts, size_t n,
			   uint8_t ret[32], struct rp_error *err)
{
	struct hash_part all[2 + 2 * PARTS_MAX];
	uint8_t lengths[1 + PARTS_MAX][4];
	size_t at = 0;

	for (size_t k = 0; k <= n; k++) {
		const struct hash_part part = k == 0 ? (struct hash_part){what, strlen(what)} : parts[k - 1];
		struct wr w = wr_of(lengths[k], sizeof lengths[k]);

		wr_u32(&w, (uint32_t)part.len);
		if (k == 0)
			all[at++] = (struct hash_part){REQUEST_LABEL, sizeof REQUEST_LABEL - 1};
		all[at++] = (struct hash_part){lengths[k], sizeof lengths[k]};
		if (part.len != 0)
			all[at++] = part;
	}
	return keys_pepper(i->keys, i->pepper, all, at, ret, err);
}

rp_code idem_name(issuer *i, const char *key, const uint8_t *card_id, const char *what,
		  const struct hash_part *parts, size_t n, struct idem *ret, struct rp_error *err)
{
	struct idem d = {0};
	rp_code rc;

	rc = check_key(key, err);
	if (rc != RP_OK)
		return rc;
	if (n > PARTS_MAX)
		return rp_fail(err, RP_E_FAULT, "a request of %zu parts", n);
	rc = request_mac(i, what, parts, n, d.request, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "naming the request");
	rc = text_put(d.key, sizeof d.key, key, err);
	if (rc != RP_OK)
		return rc;
	if (card_id != NULL)
		memcpy(d.card_id, card_id, CARD_ID_LEN);
	*ret = d;
	return RP_OK;
}

rp_code idem_ahead(struct store_tx *tx, const struct idem *d, struct rp_error *err)
{
	struct row_idempotency row = {0};

	memcpy(row.key, d->key, sizeof row.key);
	return store_ahead(tx, ST_IDEM_GET, &row, err);
}

static rp_code get(struct store_tx *tx, struct idem *d, struct row_idempotency *ret, struct rp_error *err)
{
	d->found = false;
	d->pending = false;
	memcpy(ret->key, d->key, sizeof ret->key);
	return rp_context(err, store_get(tx, ST_IDEM_GET, ret, &d->found, err), "looking for the request");
}

static void take(struct idem *d, const struct row_idempotency *row)
{
	d->pending = strcmp(row->state, "pending") == 0;
	d->problem = row->problem[0] != '\0' ? rp_problem_from_slug(row->problem) : RP_PROBLEM_NONE;
	memcpy(d->result, row->result, sizeof d->result);
}

rp_code idem_look(struct store_tx *tx, struct idem *d, struct rp_error *err)
{
	struct row_idempotency row = {0};
	rp_code rc = get(tx, d, &row, err);

	if (rc != RP_OK || !d->found)
		return rc;
	if (!hash_equal(row.request, d->request, sizeof row.request))
		return rp_refuse(err, RP_PROBLEM_KEY_REUSED, "%s", "");
	take(d, &row);
	return RP_OK;
}

rp_code idem_find(struct store_tx *tx, struct idem *d, struct rp_error *err)
{
	struct row_idempotency row = {0};
	rp_code rc = check_key(d->key, err);

	if (rc == RP_OK)
		rc = get(tx, d, &row, err);
	if (rc != RP_OK || !d->found)
		return rc;
	memcpy(d->card_id, row.card_id, sizeof d->card_id);
	take(d, &row);
	return RP_OK;
}

static void fill(struct store_tx *tx, const struct idem *d, const char *state, struct row_idempotency *ret)
{
	*ret = (struct row_idempotency){.made_ms = store_now(tx)};
	memcpy(ret->key, d->key, sizeof ret->key);
	memcpy(ret->card_id, d->card_id, sizeof ret->card_id);
	memcpy(ret->request, d->request, sizeof ret->request);
	memcpy(ret->state, state, strlen(state) + 1); /* checked: "pending" or "done" */
}

rp_code idem_pending(struct store_tx *tx, struct idem *d, struct rp_error *err)
{
	struct row_idempotency row;

	fill(tx, d, "pending", &row);
	return store_run(tx, ST_IDEM_INSERT, &row, NULL, err);
}

rp_code idem_done(struct store_tx *tx, struct idem *d, enum rp_problem problem, const char *result,
		  struct rp_error *err)
{
	struct row_idempotency row;
	rp_code rc;

	fill(tx, d, "done", &row);
	rc = text_put(row.result, sizeof row.result, result, err);
	if (rc == RP_OK && problem != RP_PROBLEM_NONE)
		rc = text_put(row.problem, sizeof row.problem, rp_problem_slug(problem), err);
	if (rc != RP_OK)
		return rc;
	return store_run(tx, d->pending ? ST_IDEM_RESULT : ST_IDEM_INSERT, &row, NULL, err);
}
