/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transparency log as pure functions: hashes, proofs, checkpoints. It stores nothing and signs
 * nothing itself; nodes come from a callback, signatures too. Sources: RFC 9162 2.1 (hashes, inclusion,
 * consistency); C2SP signed-note and tlog-checkpoint (text forms).
 *
 * Node (level, index) covers leaves [index << level, (index + 1) << level) and exists when all of
 * them do. Appending a leaf completes one node on each level while its index is odd.
 */
#ifndef REPIN_TLOG_TLOG_H
#define REPIN_TLOG_TLOG_H

#include "base/hash.h"

#define TLOG_HASH SHA256_LEN
#define TLOG_LEVELS 48 /* a tree never has more leaves than 2^48 */

/* SHA-256(00 || SHA-256(salt || entry)): erasing entry and salt leaves the leaf. */
void tlog_leaf(const uint8_t salt[32], const void *entry, size_t len, uint8_t ret[TLOG_HASH]);
/* The same from SHA-256(salt || entry) alone, which stays when both are erased. */
void tlog_leaf_of(const uint8_t digest[TLOG_HASH], uint8_t ret[TLOG_HASH]);
void tlog_node(const uint8_t left[TLOG_HASH], const uint8_t right[TLOG_HASH], uint8_t ret[TLOG_HASH]);

/* Reads the complete node (level, index). Not RP_OK ends the call with it. */
typedef rp_code tlog_read(void *arg, unsigned level, uint64_t index, uint8_t ret[TLOG_HASH],
			  struct rp_error *err);
/* Takes a node that has just become complete. */
typedef rp_code tlog_write(void *arg, unsigned level, uint64_t index, const uint8_t hash[TLOG_HASH],
			   struct rp_error *err);

/*
 * Appends leaf number `size`: writes it (level 0) and every node that it completes.
 * Errors: the callbacks', RP_E_FAULT for a tree that is full.
 */
RP_MUST_CHECK rp_code tlog_append(uint64_t size, const uint8_t leaf[TLOG_HASH], tlog_read *rd, tlog_write *wr,
				  void *arg, struct rp_error *err);
/* Root of the first `size` leaves; of none SHA-256 of nothing. Errors: RP_E_USAGE (size), the callback's. */
RP_MUST_CHECK rp_code tlog_root(uint64_t size, tlog_read *rd, void *arg, uint8_t ret[TLOG_HASH],
				struct rp_error *err);

struct tlog_proof {
	uint8_t hash[2 * TLOG_LEVELS][TLOG_HASH];
	size_t n;
};
/* Errors: RP_E_USAGE (leaf >= size; old > new or old == 0), the callback's. */
RP_MUST_CHECK rp_code tlog_inclusion(uint64_t leaf, uint64_t size, tlog_read *rd, void *arg,
				     struct tlog_proof *ret, struct rp_error *err);
RP_MUST_CHECK rp_code tlog_consistency(uint64_t old_size, uint64_t new_size, tlog_read *rd, void *arg,
				       struct tlog_proof *ret, struct rp_error *err);
/* A proof of the wrong length is no proof. An empty tree is consistent with nothing. */
RP_MUST_CHECK bool tlog_included(uint64_t leaf, uint64_t size, const uint8_t leaf_hash[TLOG_HASH],
				 const struct tlog_proof *proof, const uint8_t root[TLOG_HASH]);
RP_MUST_CHECK bool tlog_consistent(uint64_t old_size, const uint8_t old_root[TLOG_HASH], uint64_t new_size,
				   const uint8_t new_root[TLOG_HASH], const struct tlog_proof *proof);

/* --- checkpoints --- */

#define TLOG_ORIGIN_MAX 128
#define TLOG_NOTE_MAX 1024	 /* of ours, with its NUL */
#define TLOG_NOTE_READ_MAX 16384 /* with the lines of witnesses */
struct tlog_checkpoint {
	char origin[TLOG_ORIGIN_MAX + 1];
	uint64_t size;
	uint8_t root[TLOG_HASH];
};
/* Makes the note's signature. */
typedef rp_code tlog_sign(void *arg, const void *text, size_t len, uint8_t ret[64], struct rp_error *err);

/*
 * The signed note, terminated: origin, size, root in base64, empty line, one signature line of `origin`
 * (printable ASCII without blanks and '+'). Errors: RP_E_FAULT (origin, size, cap), the callback's.
 */
RP_MUST_CHECK rp_code tlog_note(const struct tlog_checkpoint *c, const uint8_t key[32], tlog_sign *sign,
				void *arg, char *ret, size_t cap, struct rp_error *err);
/*
 * Reads a note and checks the signature of `origin` under `key`. Other signature lines (witnesses) and
 * extension lines are allowed and passed over; a signature of ours that is wrong is not. False: not a
 * note of this log.
 */
RP_MUST_CHECK bool tlog_note_read(const char *note, size_t len, const char *origin, const uint8_t key[32],
				  struct tlog_checkpoint *ret);
/* "origin+hex key id+base64(01 || key)": the verifier key that is published. */
RP_MUST_CHECK bool tlog_vkey(const char *origin, const uint8_t key[32], char *ret, size_t cap);
RP_MUST_CHECK bool tlog_vkey_read(const char *vkey, char origin[TLOG_ORIGIN_MAX + 1], uint8_t key[32]);

#endif
