/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bytes.h"
#include "issuer/internal.h"

#define SALT_LABEL "REPIN-CODE-SALT-1"

/* --- places: each Argon2 takes 19 MiB and 20 ms --- */

bool place_take(issuer *i)
{
	bool taken;

	pthread_mutex_lock(&i->lock);
	taken = i->places > 0;
	if (taken)
		i->places--;
	else
		i->counts[COUNT_BUSY]++;
	pthread_mutex_unlock(&i->lock);
	return taken;
}

void place_give(issuer *i)
{
	pthread_mutex_lock(&i->lock);
	i->places++;
	pthread_mutex_unlock(&i->lock);
}

/* --- what stands in a row --- */

static const char *const kind_labels[] = {
	[CODE_USER] = "REPIN-USER-CODE-1",
	[CODE_ONE_TIME] = "REPIN-ONE-TIME-CODE-1",
};

rp_code code_mac(issuer *i, enum code_kind kind, unsigned version, const uint8_t card_id[CARD_ID_LEN],
		 const uint8_t salt[16], const rp_secret *code, uint8_t ret[32], struct rp_error *err)
{
	const struct hash_part salted[] = {
		{SALT_LABEL, sizeof SALT_LABEL - 1}, {salt, 16}, {card_id, CARD_ID_LEN}};
	uint8_t card_salt[SHA256_LEN], hash[32], number[4];
	struct wr w = wr_of(number, sizeof number);
	rp_code rc;

	hash_sha256(salted, 3, card_salt);
	rc = hash_argon2id(rp_secret_bytes(code), rp_secret_len(code), card_salt, hash, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "hashing a code");
	wr_u32(&w, version);
	const struct hash_part parts[] = {{kind_labels[kind], strlen(kind_labels[kind])},
					  {card_id, CARD_ID_LEN},
					  {number, sizeof number},
					  {hash, sizeof hash}};
	rc = keys_pepper(i->keys, version, parts, 4, ret, err);
	rp_wipe(hash, sizeof hash);
	return rp_context(err, rc, "peppering a code");
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Source: the public page of the family's unlock service (seed 003): 6 to 10, case counts. */
bool code_fits(const rp_secret *code)
{
	const size_t len = rp_secret_len(code);

	if (len < 6 || len > 10)
		return false;
	for (size_t k = 0; k < len; k++)
		if (!is_alnum(rp_secret_bytes(code)[k]))
			return false;
	return true;
}

rp_code code_make_user(issuer *i, const uint8_t card_id[CARD_ID_LEN], const rp_secret *code,
		       struct row_user_code *ret, struct rp_error *err)
{
	struct row_user_code row = {.version = i->pepper, .state = "active", .tries_left = CODE_TRIES};
	rp_code rc;

	if (!code_fits(code))
		return rp_refuse(err, RP_PROBLEM_CODE_RULE, "6 to 10 letters and digits");
	memcpy(row.card_id, card_id, CARD_ID_LEN);
	rp_random(row.salt, sizeof row.salt);
	rc = code_mac(i, CODE_USER, i->pepper, card_id, row.salt, code, row.mac, err);
	if (rc != RP_OK)
		return rc;
	*ret = row;
	return RP_OK;
}

rp_code code_make_one_time(issuer *i, const uint8_t card_id[CARD_ID_LEN], char ret_code[16],
			   struct row_one_time_code *ret, struct rp_error *err)
{
	struct row_one_time_code row = {.version = i->pepper, .tries_left = OTC_TRIES};
	RP_AUTO(rp_secret_freep) rp_secret *code = NULL;
	char text[16];
	rp_code rc;

	code32_new(OTC_CHARS, text);
	rc = rp_secret_from(text, strlen(text), &code, err);
	if (rc == RP_OK) {
		memcpy(row.card_id, card_id, CARD_ID_LEN);
		rp_random(row.salt, sizeof row.salt);
		rc = code_mac(i, CODE_ONE_TIME, i->pepper, card_id, row.salt, code, row.mac, err);
	}
	if (rc == RP_OK) {
		*ret = row;
		memcpy(ret_code, text, sizeof text);
	}
	rp_wipe(text, sizeof text);
	return rc;
}

rp_code code_typed_one_time(const rp_secret *typed, rp_secret **ret, struct rp_error *err)
{
	char text[64] = "", code[OTC_CHARS + 2];
	const size_t len = rp_secret_len(typed);
	bool good = len < sizeof text;
	rp_code rc = RP_OK;

	if (good) {
		memcpy(text, rp_secret_bytes(typed), len); /* checked: above */
		good = memchr(text, '\0', len) == NULL && code32_read(text, OTC_CHARS, code);
	}
	if (good)
		rc = rp_secret_from(code, OTC_CHARS + 1, ret, err);
	rp_wipe(text, sizeof text);
	rp_wipe(code, sizeof code);
	/* A slip of the finger is found by the check character and costs no try. */
	return good ? rc
		    : rp_refuse(err, RP_PROBLEM_CODE_WRONG,
				"its check character does not fit; nothing was counted");
}
