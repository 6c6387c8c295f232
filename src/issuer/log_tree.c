/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/log_tree.h"

#include <inttypes.h>
#include <string.h>

rp_code log_node(void *tx, unsigned level, uint64_t index, uint8_t ret[TLOG_HASH], struct rp_error *err)
{
	struct row_node row = {.level = level, .idx = (int64_t)index};
	bool found;
	rp_code rc = store_get(tx, ST_NODE_GET, &row, &found, err);

	if (rc != RP_OK)
		return rc;
	if (!found)
		return rp_fail(err, RP_E_STORE, "node (%u, %" PRIu64 ") of the log is missing", level, index);
	memcpy(ret, row.hash, TLOG_HASH);
	return RP_OK;
}

rp_code log_head(struct store_tx *tx, struct row_head *ret, struct rp_error *err)
{
	struct row_head row = {.size = 0};
	bool found;
	rp_code rc = store_get(tx, ST_HEAD_GET, &row, &found, err);

	if (rc != RP_OK)
		return rc;
	if (!found || row.size < 0)
		return rp_fail(err, RP_E_STORE, "the log's head is missing");
	*ret = row;
	return RP_OK;
}

rp_code log_note_read(issuer *i, const char *note, struct tlog_checkpoint *ret, bool *ret_good,
		      struct rp_error *err)
{
	bool good = false;

	for (unsigned v = keys_version(i->keys, KEYS_SEAL); v > 0 && !good; v--) {
		uint8_t key[32];
		rp_code rc = keys_seal_public(i->keys, v, key, err);

		if (rc != RP_OK)
			return rp_context(err, rc, "reading a checkpoint of the log");
		good = tlog_note_read(note, strlen(note), i->log_origin, key, ret);
	}
	*ret_good = good;
	return RP_OK;
}

rp_code log_head_check(issuer *i, const struct row_head *head, const char *what, struct rp_error *err)
{
	struct tlog_checkpoint c;
	bool good;
	rp_code rc;

	if (head->size == 0 && head->note[0] == '\0')
		return RP_OK;
	rc = log_note_read(i, head->note, &c, &good, err);
	if (rc != RP_OK)
		return rc;
	if (!good)
		return rp_fail(err, RP_E_STORE, "the log's %s was changed: this issuer has not signed it",
			       what);
	if (c.size != (uint64_t)head->size || !hash_equal(c.root, head->root, TLOG_HASH))
		return rp_fail(err, RP_E_STORE,
			       "the log's %s was changed: it has size %" PRId64
			       ", and what was signed has %" PRIu64 "%s",
			       what, head->size, c.size,
			       c.size == (uint64_t)head->size ? " with another root" : "");
	return RP_OK;
}

bool log_is_erased(const struct row_entry *e)
{
	static const uint8_t zeros[sizeof e->salt];

	return e->body[0] == '\0' && hash_equal(e->salt, zeros, sizeof zeros);
}

bool log_digest_good(const struct row_entry *e)
{
	const struct hash_part parts[] = {{e->salt, sizeof e->salt}, {e->body, strlen(e->body)}};
	uint8_t digest[SHA256_LEN];

	hash_sha256(parts, 2, digest);
	return log_is_erased(e) || hash_equal(digest, e->digest, sizeof digest);
}
