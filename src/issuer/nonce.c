/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "issuer/shown.h"

/* Two machines of one issuer read the database's time with this much difference, at most. */
#define APART_MS SECOND_MS

static void nonce_mac(const issuer *i, int64_t at_ms, const uint8_t random[4], uint8_t ret[8])
{
	uint8_t text[12], mac[16];
	struct wr w = wr_of(text, sizeof text);

	wr_u32(&w, (uint32_t)((uint64_t)at_ms >> 32));
	wr_u32(&w, (uint32_t)((uint64_t)at_ms & UINT32_MAX));
	wr_put(&w, random, 4);
	rp_keyed_hash(i->nonce_key, sizeof i->nonce_key, text, sizeof text, mac, sizeof mac);
	memcpy(ret, mac, 8);
}

void nonce_make(issuer *i, int64_t at_ms, uint8_t ret[16])
{
	struct wr w = wr_of(ret, 16);
	uint8_t random[4];

	rp_random(random, sizeof random);
	wr_u32(&w, (uint32_t)((uint64_t)at_ms & UINT32_MAX));
	wr_put(&w, random, sizeof random);
	nonce_mac(i, at_ms, random, ret + 8);
}

bool nonce_read(const issuer *i, const uint8_t nonce[16], int64_t now_ms, int64_t *ret_ms)
{
	struct rd r = rd_of(nonce, 16);
	const uint32_t low = rd_u32(&r);
	/* The latest time with these low bits that is not in the future. */
	const int64_t latest = now_ms + APART_MS;
	const int64_t at_ms = latest - (int64_t)(uint32_t)((uint32_t)((uint64_t)latest & UINT32_MAX) - low);
	uint8_t mac[8];

	if (now_ms - at_ms > NONCE_LIVES_MS)
		return false;
	nonce_mac(i, at_ms, nonce + 4, mac);
	if (!hash_equal(mac, nonce + 8, sizeof mac))
		return false;
	*ret_ms = at_ms;
	return true;
}

rp_code issuer_nonce(issuer *i, uint8_t ret[16], struct rp_error *err)
{
	(void)err; /* the key is ours since the start: nothing here can fail */
	nonce_make(i, issuer_now_ms(i), ret);
	return RP_OK;
}

static struct row_nonce nonce_row(const uint8_t nonce[16], int64_t nonce_ms)
{
	/* Kept until it is too old on every machine. */
	struct row_nonce row = {.until_ms = nonce_ms + NONCE_LIVES_MS + MINUTE_MS};

	memcpy(row.nonce, nonce, sizeof row.nonce);
	return row;
}

rp_code nonce_ahead(struct store_tx *tx, const uint8_t nonce[16], int64_t nonce_ms, struct rp_error *err)
{
	const struct row_nonce row = nonce_row(nonce, nonce_ms);

	return store_ahead(tx, ST_NONCE_USE, &row, err);
}

rp_code nonce_use(struct store_tx *tx, const uint8_t nonce[16], int64_t nonce_ms, struct rp_error *err)
{
	struct row_nonce row = nonce_row(nonce, nonce_ms);
	rp_code rc;

	rc = store_run(tx, ST_NONCE_USE, &row, NULL, err);
	if (rc == RP_E_CONFLICT)
		return rp_refuse(err, RP_PROBLEM_NONCE_OLD, "it was used");
	return rc;
}
