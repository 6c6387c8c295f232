/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of every row once, in the order of rows.h: A the first, X the others. Names of columns,
 * fields of structs and the SET of an upsert are made from the same list, so that they cannot
 * drift apart; tests/server/test_store_tables.c holds them against the schema.
 */
#ifndef REPIN_STORE_COLUMNS_H
#define REPIN_STORE_COLUMNS_H

#include "store/engine.h"

/* clang-format off */
#define CARD(A, X) A(card_id) X(profile) X(number) X(status) X(key_version) X(municipality) \
	X(gids_key) X(source_card) X(device_key) X(replaced_by) X(enrolled_ms)
#define CARD_SLOT(A, X) A(card_id) X(slot) X(resets) X(learnt_ms) X(halted) X(halted_ms)
#define CARD_KEY(A, X) A(card_id) X(slot) X(key_hash) X(issuer_hash) X(serial) \
	X(not_before_ms) X(not_after_ms) X(enrolled_ms)
#define TERMINAL(A, X) A(fingerprint) X(name) X(klass) X(grp) X(office) X(locked) \
	X(lock_reason) X(enrolled_ms)
#define GROUP(A, X) A(name) X(klass) X(slots) X(operator_name) X(places) X(hours) X(listed)
#define OPERATOR(A, X) A(name) X(roles) X(office) X(password) X(totp) X(totp_step) \
	X(tries_left) X(tries_ms) X(disabled) X(made_ms)
#define OPERATOR_CARD(A, X) A(name) X(card_id)
#define SESSION(A, X) A(token_hash) X(name) X(terminal) X(until_ms)
#define USER_CODE(A, X) A(card_id) X(version) X(salt) X(mac) X(state) X(tries_left) \
	X(set_ms)
#define OTC(A, X) A(card_id) X(purpose) X(case_id) X(version) X(salt) X(mac) X(tries_left) \
	X(issued_ms) X(until_ms)
#define CASE(A, X) A(id) X(card_id) X(slot) X(door) X(state) X(terminal) X(office) \
	X(operator_name) X(reason) X(identified_by) X(grants) X(opened_ms) X(until_ms) X(changed_ms) \
	X(receipt) X(cause)
#define CASE_PAGE(A, X) CASE(A, X) X(profile) X(number)
#define EVIDENCE(A, X) A(case_id) X(card_id) X(kind) X(purpose) X(by_name) X(detail) \
	X(at_ms)
#define GRANT(A, X) A(id) X(case_id) X(card_id) X(slot) X(terminal) X(key_version) \
	X(challenge) X(resets) X(state) X(settled_by) X(made_ms) X(settled_ms)
#define IDEM(A, X) A(key) X(card_id) X(request) X(state) X(problem) X(result) X(made_ms)
#define NONCE(A, X) A(nonce) X(until_ms)
/* Without id, which the database gives; OUTBOX too. */
#define ENTRY(A, X) A(receipt) X(card_id) X(salt) X(digest) X(body) X(leaf) X(made_ms)
#define NODE(A, X) A(level) X(idx) X(hash)
#define HEAD(A, X) A(size) X(root) X(note) X(at_ms)
#define OUTBOX(A, X) A(card_id) X(kind) X(body) X(made_ms) X(sent_ms) X(tries)
#define STOP(A, X) A(id) X(door) X(profile) X(grp) X(reason) X(made_by) X(lifted_by) \
	X(lifted_by2) X(made_ms) X(lifted_ms)
#define APPROVAL(A, X) A(id) X(act) X(args) X(asked_by) X(agreed_by) X(state) X(made_ms) \
	X(until_ms)
#define REVOCATION(A, X) A(id) X(card_id) X(slot) X(issuer_hash) X(serial) X(reason) X(state) X(tries) \
	X(next_ms) X(asked_by) X(approved_by) X(identified_by) X(asked_ms) X(changed_ms) X(receipt)
#define PAPER(A, X) A(id) X(slot) X(certificate) X(request)
#define LIMIT(A, X) A(card_id) X(what) X(from_ms) X(n)
#define VISIT(A, X) A(id) X(office) X(day) X(number) X(kind) X(wish) X(state) X(clerk) X(desk) \
	X(at_ms) X(made_ms) X(called_ms) X(begun_ms) X(ended_ms)
#define APPLICATION(A, X) A(id) X(card_id) X(office) X(visit) X(applicant) X(wishes) X(facts) \
	X(shown) X(state) X(verdict) X(reason) X(clerk) X(approver) X(supervisor) X(cases) X(opened_ms) \
	X(letter_ms) X(answer_ms) X(until_ms) X(changed_ms) X(receipt) X(cause)
#define META(A, X) A(name) X(value)
/* clang-format on */

/* "a, b, c" */
#define COL_FIRST(f) #f
#define COL_NEXT(f) ", " #f
#define COLS(L) L(COL_FIRST, COL_NEXT)
/* "a = excluded.a, b = excluded.b" */
#define SET_FIRST(f) #f " = excluded." #f
#define SET_NEXT(f) ", " #f " = excluded." #f
#define SET_EXCLUDED(L) L(SET_FIRST, SET_NEXT)

/* A field of `struct R`; R is the row of the statements that follow its #define. */
#define FIELD_KIND(r, f)                                                                                     \
	_Generic((((struct r *)0)->f),                                                                       \
		 char *                                                                                      \
		 : FIELD_TEXT, int64_t                                                                       \
		 : FIELD_INT, uint8_t *                                                                      \
		 : FIELD_FIXED, struct row_bytes                                                             \
		 : FIELD_BYTES)
#define FIELD_OF(r, f, k)                                                                                    \
	{                                                                                                    \
		.name = #f, .kind = (k), .at = (uint16_t)offsetof(struct r, f),                              \
		.size = (uint16_t)sizeof(((struct r *)0)->f)                                                 \
	}
#define F_(r, f) FIELD_OF(r, f, FIELD_KIND(r, f)),
#define F(f) F_(R, f)
#define Z_(r, f) FIELD_OF(r, f, FIELD_ZEROS),
#define ZEROS(f) Z_(R, f)
#define NOW() {.name = "now", .kind = FIELD_NOW},
#define TX() {.name = "tx", .kind = FIELD_TX},
#define ALL(L) L(F, F)

#endif
