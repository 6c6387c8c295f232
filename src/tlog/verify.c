/* SPDX-License-Identifier: Apache-2.0 */
#include "tlog/tlog.h"

#include <string.h>

/* A place on the way up: its number on this level, and that of the level's last node. */
struct climb {
	uint64_t at, last;
};

static void up(struct climb *c)
{
	c->at >>= 1;
	c->last >>= 1;
}

/* True when the next hash of the proof stands on the left. */
static bool from_left(const struct climb *c)
{
	return (c->at & 1) != 0 || c->at == c->last;
}

/* After a hash from the left: past the levels on which this place has no sibling. */
static void skip_alone(struct climb *c)
{
	while ((c->at & 1) == 0 && c->at != 0)
		up(c);
}

/* RFC 9162 2.1.3.2. */
bool tlog_included(uint64_t leaf, uint64_t size, const uint8_t leaf_hash[TLOG_HASH],
		   const struct tlog_proof *proof, const uint8_t root[TLOG_HASH])
{
	struct climb c = {leaf, size - 1};
	uint8_t hash[TLOG_HASH];

	if (leaf >= size || proof->n > sizeof proof->hash / sizeof proof->hash[0])
		return false;
	memcpy(hash, leaf_hash, TLOG_HASH);
	for (size_t i = 0; i < proof->n; i++) {
		if (c.last == 0)
			return false;
		if (from_left(&c)) {
			tlog_node(proof->hash[i], hash, hash);
			skip_alone(&c);
		} else {
			tlog_node(hash, proof->hash[i], hash);
		}
		up(&c);
	}
	return c.last == 0 && hash_equal(hash, root, TLOG_HASH);
}

/* RFC 9162 2.1.4.2. */
bool tlog_consistent(uint64_t old_size, const uint8_t old_root[TLOG_HASH], uint64_t new_size,
		     const uint8_t new_root[TLOG_HASH], const struct tlog_proof *proof)
{
	struct climb c = {old_size - 1, new_size - 1};
	uint8_t old_hash[TLOG_HASH], new_hash[TLOG_HASH];
	const bool whole = (old_size & (old_size - 1)) == 0; /* the old tree is one node of the new one */
	size_t i = whole ? 0 : 1;

	if (old_size == 0 || old_size > new_size || proof->n > sizeof proof->hash / sizeof proof->hash[0])
		return false;
	if (old_size == new_size)
		return proof->n == 0 && hash_equal(old_root, new_root, TLOG_HASH);
	if (proof->n == 0)
		return false;
	while ((c.at & 1) != 0)
		up(&c);
	memcpy(old_hash, whole ? old_root : proof->hash[0], TLOG_HASH);
	memcpy(new_hash, old_hash, TLOG_HASH);
	for (; i < proof->n; i++) {
		if (c.last == 0)
			return false;
		if (from_left(&c)) {
			tlog_node(proof->hash[i], old_hash, old_hash);
			tlog_node(proof->hash[i], new_hash, new_hash);
			skip_alone(&c);
		} else {
			tlog_node(new_hash, proof->hash[i], new_hash);
		}
		up(&c);
	}
	return c.last == 0 && hash_equal(old_hash, old_root, TLOG_HASH) &&
	       hash_equal(new_hash, new_root, TLOG_HASH);
}
