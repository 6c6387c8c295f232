/* SPDX-License-Identifier: Apache-2.0 */
/* Trees and proofs against RFC 9162's own recursive definitions, which this file follows to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "tlog/tlog.h"
#include <cmocka.h>

#define MOST 130

/* What tlog_append has written, and how often it was asked for a node that is not there. */
static struct {
	uint8_t node[9][MOST][TLOG_HASH];
	bool there[9][MOST];
	unsigned absent, writes;
	rp_code fails;
} kept;

static uint8_t leaves[MOST][TLOG_HASH];

static rp_code read_node(void *arg, unsigned level, uint64_t index, uint8_t ret[TLOG_HASH],
			 struct rp_error *err)
{
	(void)arg;
	if (kept.fails != RP_OK)
		return rp_fail(err, kept.fails, "the store is away");
	if (level >= 9 || index >= MOST || !kept.there[level][index]) {
		kept.absent++;
		return rp_fail(err, RP_E_FAULT, "no such node");
	}
	memcpy(ret, kept.node[level][index], TLOG_HASH);
	return RP_OK;
}

static rp_code write_node(void *arg, unsigned level, uint64_t index, const uint8_t hash[TLOG_HASH],
			  struct rp_error *err)
{
	(void)arg;
	(void)err;
	assert_true(level < 9 && index < MOST);
	assert_false(kept.there[level][index]);
	memcpy(kept.node[level][index], hash, TLOG_HASH);
	kept.there[level][index] = true;
	kept.writes++;
	return RP_OK;
}

static int fill(void **state)
{
	(void)state;
	memset(&kept, 0, sizeof kept);
	for (uint64_t i = 0; i < MOST; i++) {
		uint8_t digest[TLOG_HASH] = {(uint8_t)i, 0x77};

		tlog_leaf_of(digest, leaves[i]);
		assert_int_equal(tlog_append(i, leaves[i], read_node, write_node, NULL, NULL), RP_OK);
	}
	return 0;
}

/* --- the definitions of RFC 9162 2.1.1, 2.1.3.1 and 2.1.4.1, as they are written --- */

static void two(const uint8_t *a, const uint8_t *b, uint8_t *ret)
{
	const uint8_t one = 1;

	hash_sha256((const struct hash_part[]){{&one, 1}, {a, 32}, {b, 32}}, 3, ret);
}

static size_t k_of(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

/* Each value is kept: a definition that recurs from both sides is slow. */
static struct {
	uint8_t hash[MOST][MOST + 1][32];
	bool known[MOST][MOST + 1];
} roots_known;

static void mth(const uint8_t (*d)[32], size_t n, uint8_t *ret)
{
	const size_t from = n == 0 ? 0 : (size_t)(d - (const uint8_t(*)[32])leaves);
	uint8_t left[32], right[32];

	if (n == 0) {
		hash_sha256(NULL, 0, ret);
		return;
	}
	if (n == 1) {
		memcpy(ret, d[0], 32);
		return;
	}
	if (!roots_known.known[from][n]) {
		mth(d, k_of(n), left);
		mth(d + k_of(n), n - k_of(n), right);
		two(left, right, roots_known.hash[from][n]);
		roots_known.known[from][n] = true;
	}
	memcpy(ret, roots_known.hash[from][n], 32);
}

static void path(size_t m, const uint8_t (*d)[32], size_t n, struct tlog_proof *ret)
{
	const size_t k = k_of(n);

	if (n < 2)
		return;
	if (m < k) {
		path(m, d, k, ret);
		mth(d + k, n - k, ret->hash[ret->n++]);
	} else {
		path(m - k, d + k, n - k, ret);
		mth(d, k, ret->hash[ret->n++]);
	}
}

static void subproof(size_t m, const uint8_t (*d)[32], size_t n, bool b, struct tlog_proof *ret)
{
	const size_t k = k_of(n);

	if (m == n) {
		if (!b)
			mth(d, n, ret->hash[ret->n++]);
	} else if (m <= k) {
		subproof(m, d, k, b, ret);
		mth(d + k, n - k, ret->hash[ret->n++]);
	} else {
		subproof(m - k, d + k, n - k, false, ret);
		mth(d, k, ret->hash[ret->n++]);
	}
}

static const uint8_t (*all(void))[32]
{
	return (const uint8_t(*)[32])leaves;
}

static bool same_proof(const struct tlog_proof *a, const struct tlog_proof *b)
{
	return a->n == b->n && memcmp(a->hash, b->hash, a->n * TLOG_HASH) == 0;
}

/* --- hashes --- */

static void leaf_and_node_are_those_of_the_standard(void **state)
{
	/* inputs and roots of sizes 1 to 8 of the test data of Certificate Transparency's reference code */
	static const char *const data[] = {"",
					   "00",
					   "10",
					   "2021",
					   "3031",
					   "40414243",
					   "5051525354555657",
					   "606162636465666768696a6b6c6d6e6f"};
	static const char *const roots[] = {
		"6E340B9CFFB37A989CA544E6BB780A2C78901D3FB33738768511A30617AFA01D",
		"FAC54203E7CC696CF0DFCB42C92A1D9DBAF70AD9E621F4BD8D98662F00E3C125",
		"AEB6BCFE274B70A14FB067A5E5578264DB0FA9B51AF5E0BA159158F329E06E77",
		"D37EE418976DD95753C1C73862B9398FA2A2CF9B4FF0FDFE8B30CD95209614B7",
		"4E3BBB1F7B478DCFE71FB631631519A3BCA12C9AEFCA1612BFCE4C13A86264D4",
		"76E67DADBCDF1E10E1B74DDC608ABD2F98DFB16FBCE75277B5232A127F2087EF",
		"DDB89BE403809E325750D3D263CD78929C2942B7942A34B77E122C9594A74C8C",
		"5DC9DA79A70659A9AD559CB701DED9A2AB9D823AAD2F4960CFE370EFF4604328"};
	const uint8_t zero = 0;
	uint8_t bytes[16], leaf[32], root[32];
	char hex[65];
	size_t n;

	(void)state;
	memset(&kept, 0, sizeof kept);
	for (size_t i = 0; i < 8; i++) {
		assert_true(hex_read(data[i], bytes, sizeof bytes, &n));
		hash_sha256((const struct hash_part[]){{&zero, 1}, {bytes, n}}, 2, leaf);
		assert_int_equal(tlog_append(i, leaf, read_node, write_node, NULL, NULL), RP_OK);
		assert_int_equal(tlog_root(i + 1, read_node, NULL, root, NULL), RP_OK);
		assert_true(hex_of(root, 32, hex, sizeof hex));
		assert_string_equal(hex, roots[i]);
	}
	assert_int_equal(tlog_root(0, read_node, NULL, root, NULL), RP_OK);
	assert_true(hex_of(root, 32, hex, sizeof hex));
	assert_string_equal(hex, "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
}

static void a_leaf_hides_its_entry_behind_the_salt(void **state)
{
	uint8_t salt[32] = {1}, digest[32], a[32], b[32];
	const uint8_t zero = 0;

	(void)state;
	tlog_leaf(salt, "entry", 5, a);
	hash_sha256((const struct hash_part[]){{salt, 32}, {"entry", 5}}, 2, digest);
	hash_sha256((const struct hash_part[]){{&zero, 1}, {digest, 32}}, 2, b);
	assert_memory_equal(a, b, 32);
	tlog_leaf_of(digest, b);
	assert_memory_equal(a, b, 32);
	salt[31] ^= 1;
	tlog_leaf(salt, "entry", 5, b);
	assert_memory_not_equal(a, b, 32);
}

/* --- trees --- */

static void every_root_is_that_of_the_definition(void **state)
{
	uint8_t ours[32], theirs[32];

	(void)state;
	for (size_t n = 0; n <= MOST; n++) {
		assert_int_equal(tlog_root(n, read_node, NULL, ours, NULL), RP_OK);
		mth(all(), n, theirs);
		assert_memory_equal(ours, theirs, 32);
	}
	assert_int_equal(kept.absent, 0);
}

static void a_leaf_completes_exactly_the_nodes_that_exist(void **state)
{
	unsigned nodes = 0;

	(void)state;
	for (unsigned level = 0; level < 9; level++)
		nodes += MOST >> level;
	assert_int_equal(kept.writes, nodes);
}

static void a_full_tree_takes_no_leaf(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	uint8_t root[32] = {0x55};

	(void)state;
	assert_int_equal(
		tlog_append(UINT64_C(1) << TLOG_LEVELS, leaves[0], read_node, write_node, NULL, &err),
		RP_E_FAULT);
	assert_int_equal(tlog_append(UINT64_MAX, leaves[0], read_node, write_node, NULL, &err), RP_E_FAULT);
	assert_int_equal(tlog_root((UINT64_C(1) << TLOG_LEVELS) + 1, read_node, NULL, root, &err),
			 RP_E_USAGE);
	assert_int_equal(root[0], 0x55);
}

static void a_store_that_fails_ends_everything_with_its_error(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	static struct tlog_proof p;
	uint8_t root[32] = {0x55};

	(void)state;
	kept.fails = RP_E_STORE_AWAY;
	assert_int_equal(tlog_root(7, read_node, NULL, root, &err), RP_E_STORE_AWAY);
	assert_string_equal(err.story, "the store is away");
	assert_int_equal(tlog_inclusion(1, 7, read_node, NULL, &p, &err), RP_E_STORE_AWAY);
	assert_int_equal(tlog_consistency(3, 7, read_node, NULL, &p, &err), RP_E_STORE_AWAY);
	kept.there[0][7] = false;
	assert_int_equal(tlog_append(7, leaves[7], read_node, write_node, NULL, &err), RP_E_STORE_AWAY);
	assert_int_equal(p.n, 0);
	assert_int_equal(root[0], 0x55);
}

/* --- inclusion --- */

/* No proof that differs in one bit, or in its length, is taken. */
static void spoil_inclusion(uint64_t leaf, uint64_t size, const struct tlog_proof *good, const uint8_t *root,
			    size_t step)
{
	static struct tlog_proof bad;
	uint8_t other[32];

	bad = *good;
	for (size_t bit = 0; bit < good->n * 256; bit += step) {
		bad.hash[bit / 256][bit / 8 % 32] ^= (uint8_t)(1 << bit % 8);
		assert_false(tlog_included(leaf, size, leaves[leaf], &bad, root));
		bad.hash[bit / 256][bit / 8 % 32] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 256; bit += step) {
		memcpy(other, leaves[leaf], 32);
		other[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(tlog_included(leaf, size, other, good, root));
		memcpy(other, root, 32);
		other[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(tlog_included(leaf, size, leaves[leaf], good, other));
	}
	bad.n = good->n + 1;
	assert_false(tlog_included(leaf, size, leaves[leaf], &bad, root));
	bad.n = good->n - 1;
	assert_false(good->n > 0 && tlog_included(leaf, size, leaves[leaf], &bad, root));
}

static void every_leaf_is_proven_in_every_tree(void **state)
{
	static struct tlog_proof ours, theirs;
	uint8_t root[32];

	(void)state;
	for (size_t n = 1; n <= MOST; n++) {
		mth(all(), n, root);
		for (size_t leaf = 0; leaf < n; leaf++) {
			assert_int_equal(tlog_inclusion(leaf, n, read_node, NULL, &ours, NULL), RP_OK);
			theirs.n = 0;
			path(leaf, all(), n, &theirs);
			assert_true(same_proof(&ours, &theirs));
			assert_true(tlog_included(leaf, n, leaves[leaf], &ours, root));
			if (n <= 48)
				spoil_inclusion(leaf, n, &ours, root, 255);
		}
	}
	assert_int_equal(kept.absent, 0);
}

static void each_bit_of_an_inclusion_proof_counts(void **state)
{
	static const uint64_t cases[][2] = {{0, 1}, {0, 2}, {6, 7}, {3, 7}, {0, 8}, {12, 13}, {64, 65}};
	static struct tlog_proof p;
	uint8_t root[32];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(tlog_inclusion(cases[i][0], cases[i][1], read_node, NULL, &p, NULL), RP_OK);
		mth(all(), cases[i][1], root);
		spoil_inclusion(cases[i][0], cases[i][1], &p, root, 1);
	}
}

static void a_proof_is_for_its_own_leaf_and_size(void **state)
{
	static struct tlog_proof p;
	uint8_t root[32];

	(void)state;
	mth(all(), 13, root);
	assert_int_equal(tlog_inclusion(5, 13, read_node, NULL, &p, NULL), RP_OK);
	for (uint64_t leaf = 0; leaf <= 20; leaf++)
		assert_true(tlog_included(leaf, 13, leaves[5], &p, root) == (leaf == 5));
	assert_false(tlog_included(5, 0, leaves[5], &p, root));
	assert_false(tlog_included(5, 5, leaves[5], &p, root));
	assert_false(tlog_included(UINT64_MAX, UINT64_MAX, leaves[5], &p, root));
	assert_false(tlog_included(5, UINT64_MAX, leaves[5], &p, root));
	p.n = SIZE_MAX;
	assert_false(tlog_included(5, 13, leaves[5], &p, root));
}

static void there_is_no_proof_of_a_leaf_beyond_the_tree(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	static struct tlog_proof p;

	(void)state;
	assert_int_equal(tlog_inclusion(0, 0, read_node, NULL, &p, &err), RP_E_USAGE);
	assert_int_equal(tlog_inclusion(13, 13, read_node, NULL, &p, &err), RP_E_USAGE);
	assert_int_equal(tlog_inclusion(0, UINT64_MAX, read_node, NULL, &p, &err), RP_E_USAGE);
	assert_int_equal(p.n, 0);
}

/* --- consistency --- */

static void spoil_consistency(size_t a, size_t b, const struct tlog_proof *good, const uint8_t *ra,
			      const uint8_t *rb, size_t step)
{
	static struct tlog_proof bad;
	uint8_t other[32];

	bad = *good;
	for (size_t bit = 0; bit < good->n * 256; bit += step) {
		bad.hash[bit / 256][bit / 8 % 32] ^= (uint8_t)(1 << bit % 8);
		assert_false(tlog_consistent(a, ra, b, rb, &bad));
		bad.hash[bit / 256][bit / 8 % 32] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 256; bit += step) {
		memcpy(other, ra, 32);
		other[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(tlog_consistent(a, other, b, rb, good));
		memcpy(other, rb, 32);
		other[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(tlog_consistent(a, ra, b, other, good));
	}
	bad.n = good->n + 1;
	assert_false(tlog_consistent(a, ra, b, rb, &bad));
	bad.n = good->n - 1;
	assert_false(good->n > 0 && tlog_consistent(a, ra, b, rb, &bad));
}

static void every_tree_is_proven_to_begin_every_later_one(void **state)
{
	static struct tlog_proof ours, theirs;
	uint8_t ra[32], rb[32];

	(void)state;
	for (size_t b = 1; b <= MOST; b++) {
		mth(all(), b, rb);
		for (size_t a = 1; a <= b; a++) {
			assert_int_equal(tlog_consistency(a, b, read_node, NULL, &ours, NULL), RP_OK);
			theirs.n = 0;
			subproof(a, all(), b, true, &theirs);
			assert_true(same_proof(&ours, &theirs));
			mth(all(), a, ra);
			assert_true(tlog_consistent(a, ra, b, rb, &ours));
			if (b <= 48)
				spoil_consistency(a, b, &ours, ra, rb, 255);
		}
	}
	assert_int_equal(kept.absent, 0);
}

static void each_bit_of_a_consistency_proof_counts(void **state)
{
	static const size_t cases[][2] = {{1, 1}, {1, 2}, {3, 7}, {4, 7}, {6, 8}, {7, 8}, {8, 13}, {64, 65}};
	static struct tlog_proof p;
	uint8_t ra[32], rb[32];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const size_t a = cases[i][0], b = cases[i][1];

		assert_int_equal(tlog_consistency(a, b, read_node, NULL, &p, NULL), RP_OK);
		mth(all(), a, ra);
		mth(all(), b, rb);
		spoil_consistency(a, b, &p, ra, rb, 1);
	}
}

static void sizes_that_cannot_be_are_not_consistent(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	static struct tlog_proof p, none;
	uint8_t ra[32], rb[32];

	(void)state;
	assert_int_equal(tlog_consistency(0, 5, read_node, NULL, &p, &err), RP_E_USAGE);
	assert_int_equal(tlog_consistency(6, 5, read_node, NULL, &p, &err), RP_E_USAGE);
	assert_int_equal(tlog_consistency(6, UINT64_MAX, read_node, NULL, &p, &err), RP_E_USAGE);
	assert_int_equal(p.n, 0);
	mth(all(), 0, ra);
	mth(all(), 5, rb);
	assert_false(tlog_consistent(0, ra, 5, rb, &none));
	assert_false(tlog_consistent(0, ra, 0, ra, &none));
	assert_false(tlog_consistent(6, rb, 5, rb, &none));
	assert_false(tlog_consistent(5, rb, UINT64_MAX, rb, &none));
	assert_int_equal(tlog_consistency(3, 5, read_node, NULL, &p, NULL), RP_OK);
	mth(all(), 3, ra);
	for (uint64_t a = 0; a <= 5; a++)
		assert_true(tlog_consistent(a, ra, 5, rb, &p) == (a == 3));
	p.n = SIZE_MAX;
	assert_false(tlog_consistent(3, ra, 5, rb, &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaf_and_node_are_those_of_the_standard),
		cmocka_unit_test(a_leaf_hides_its_entry_behind_the_salt),
		cmocka_unit_test_setup(every_root_is_that_of_the_definition, fill),
		cmocka_unit_test_setup(a_leaf_completes_exactly_the_nodes_that_exist, fill),
		cmocka_unit_test_setup(a_full_tree_takes_no_leaf, fill),
		cmocka_unit_test_setup(a_store_that_fails_ends_everything_with_its_error, fill),
		cmocka_unit_test_setup(every_leaf_is_proven_in_every_tree, fill),
		cmocka_unit_test_setup(each_bit_of_an_inclusion_proof_counts, fill),
		cmocka_unit_test_setup(a_proof_is_for_its_own_leaf_and_size, fill),
		cmocka_unit_test_setup(there_is_no_proof_of_a_leaf_beyond_the_tree, fill),
		cmocka_unit_test_setup(every_tree_is_proven_to_begin_every_later_one, fill),
		cmocka_unit_test_setup(each_bit_of_a_consistency_proof_counts, fill),
		cmocka_unit_test_setup(sizes_that_cannot_be_are_not_consistent, fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
