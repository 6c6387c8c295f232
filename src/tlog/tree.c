/* SPDX-License-Identifier: Apache-2.0 */
#include "tlog/tlog.h"

#include <string.h>

#define LEAVES_MAX (UINT64_C(1) << TLOG_LEVELS)

/* RFC 9162 2.1.1: a prefix of one byte keeps leaves and nodes apart. */
static const uint8_t LEAF[1] = {0x00}, NODE[1] = {0x01};

void tlog_leaf(const uint8_t salt[32], const void *entry, size_t len, uint8_t ret[TLOG_HASH])
{
	const struct hash_part parts[] = {{salt, 32}, {entry, len}};
	uint8_t digest[TLOG_HASH];

	hash_sha256(parts, 2, digest);
	tlog_leaf_of(digest, ret);
}

void tlog_leaf_of(const uint8_t digest[TLOG_HASH], uint8_t ret[TLOG_HASH])
{
	const struct hash_part parts[] = {{LEAF, sizeof LEAF}, {digest, TLOG_HASH}};

	hash_sha256(parts, 2, ret);
}

void tlog_node(const uint8_t left[TLOG_HASH], const uint8_t right[TLOG_HASH], uint8_t ret[TLOG_HASH])
{
	const struct hash_part parts[] = {{NODE, sizeof NODE}, {left, TLOG_HASH}, {right, TLOG_HASH}};
	uint8_t hash[TLOG_HASH]; /* ret may be one of the two */

	hash_sha256(parts, 3, hash);
	memcpy(ret, hash, TLOG_HASH);
}

rp_code tlog_append(uint64_t size, const uint8_t leaf[TLOG_HASH], tlog_read *rd, tlog_write *wr, void *arg,
		    struct rp_error *err)
{
	uint8_t left[TLOG_HASH], hash[TLOG_HASH];
	rp_code rc;

	if (size >= LEAVES_MAX)
		return rp_fail(err, RP_E_FAULT, "the log is full");
	memcpy(hash, leaf, TLOG_HASH);
	rc = wr(arg, 0, size, hash, err);
	for (unsigned level = 0; rc == RP_OK && ((size >> level) & 1) != 0; level++) {
		rc = rd(arg, level, (size >> level) - 1, left, err);
		if (rc != RP_OK)
			return rc;
		tlog_node(left, hash, hash);
		rc = wr(arg, level + 1, size >> (level + 1), hash, err);
	}
	return rc;
}

/*
 * Hash of the leaves [from, to), where `from` is a multiple of the greatest power of two in to - from:
 * one complete node for each bit of the length, taken together from the right. RFC 9162 2.1.1 (MTH).
 */
static rp_code hash_range(uint64_t from, uint64_t to, tlog_read *rd, void *arg, uint8_t ret[TLOG_HASH],
			  struct rp_error *err)
{
	const uint64_t n = to - from;
	uint8_t all[TLOG_HASH], left[TLOG_HASH];
	bool some = false;

	for (unsigned level = 0; n >> level != 0; level++) {
		rp_code rc;

		if (((n >> level) & 1) == 0)
			continue;
		/* this bit's node ends where the lower bits' nodes begin */
		rc = rd(arg, level, ((from + n) >> level) - 1, some ? left : all, err);
		if (rc != RP_OK)
			return rc;
		if (some)
			tlog_node(left, all, all);
		some = true;
	}
	memcpy(ret, all, TLOG_HASH);
	return RP_OK;
}

rp_code tlog_root(uint64_t size, tlog_read *rd, void *arg, uint8_t ret[TLOG_HASH], struct rp_error *err)
{
	if (size > LEAVES_MAX)
		return rp_fail(err, RP_E_USAGE, "no tree has so many leaves");
	if (size == 0) {
		hash_sha256(NULL, 0, ret);
		return RP_OK;
	}
	return hash_range(0, size, rd, arg, ret, err);
}

/* Where a tree of n >= 2 leaves is cut in two: the greatest power of two below n. */
static uint64_t cut_of(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k <<= 1;
	return k;
}

/* Proofs are found from the root down and written from the leaf up. */
static void turn(struct tlog_proof *p)
{
	for (size_t i = 0; i < p->n / 2; i++) {
		uint8_t other[TLOG_HASH];

		memcpy(other, p->hash[i], TLOG_HASH);
		memcpy(p->hash[i], p->hash[p->n - 1 - i], TLOG_HASH);
		memcpy(p->hash[p->n - 1 - i], other, TLOG_HASH);
	}
}

rp_code tlog_inclusion(uint64_t leaf, uint64_t size, tlog_read *rd, void *arg, struct tlog_proof *ret,
		       struct rp_error *err)
{
	struct tlog_proof p = {.n = 0};
	uint64_t from = 0, to = size;

	if (leaf >= size || size > LEAVES_MAX)
		return rp_fail(err, RP_E_USAGE, "this tree has no such leaf");
	while (to - from > 1) {
		const uint64_t cut = from + cut_of(to - from);
		const bool left = leaf < cut;
		const rp_code rc = hash_range(left ? cut : from, left ? to : cut, rd, arg, p.hash[p.n], err);

		if (rc != RP_OK)
			return rc;
		p.n++;
		from = left ? from : cut;
		to = left ? cut : to;
	}
	turn(&p);
	*ret = p;
	return RP_OK;
}

/* RFC 9162 2.1.4.1, SUBPROOF without its recursion. */
rp_code tlog_consistency(uint64_t old_size, uint64_t new_size, tlog_read *rd, void *arg,
			 struct tlog_proof *ret, struct rp_error *err)
{
	struct tlog_proof p = {.n = 0};
	uint64_t from = 0, to = new_size;
	rp_code rc;

	if (old_size == 0 || old_size > new_size || new_size > LEAVES_MAX)
		return rp_fail(err, RP_E_USAGE, "no proof leads from the first size to the second");
	while (to != old_size) {
		const uint64_t cut = from + cut_of(to - from);
		const bool left = old_size <= cut;

		rc = hash_range(left ? cut : from, left ? to : cut, rd, arg, p.hash[p.n], err);
		if (rc != RP_OK)
			return rc;
		p.n++;
		from = left ? from : cut;
		to = left ? cut : to;
	}
	/* what begins at leaf 0 is the old tree itself, whose root the reader has */
	if (from != 0) {
		rc = hash_range(from, to, rd, arg, p.hash[p.n], err);
		if (rc != RP_OK)
			return rc;
		p.n++;
	}
	turn(&p);
	*ret = p;
	return RP_OK;
}
