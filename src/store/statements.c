/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All SQL of the issuer. A row: text, the fields that go in ($1 first), the fields that come out
 * (in the order of the columns). Both engines take every text as it stands.
 *
 * A key that is there already: ON CONFLICT DO NOTHING, so that no row is changed and the
 * transaction can go on (PostgreSQL gives it up after an error). Rows that are `later` have fresh
 * random keys, or a key under the lock of their card: theirs are plain INSERTs.
 */
#include "store/columns.h"

#define V2 "VALUES ($1, $2)"
#define V3 "VALUES ($1, $2, $3)"
#define V4 "VALUES ($1, $2, $3, $4)"
#define V6 "VALUES ($1, $2, $3, $4, $5, $6)"
#define V7 "VALUES ($1, $2, $3, $4, $5, $6, $7)"
#define V8 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
#define V9 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
#define V10 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
#define V11 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
#define V12 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
#define V14 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
#define V15 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
#define V16 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
#define V22                                                                                                  \
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, "     \
	"$20, $21, $22)"

#define INSERT(table, L, values) "INSERT INTO " table " (" COLS(L) ") " values
#define UNLESS_THERE " ON CONFLICT DO NOTHING"
#define OR_SET(key, L) " ON CONFLICT (" key ") DO UPDATE SET " SET_EXCLUDED(L)
#define SELECT(L, rest) "SELECT " COLS(L) " FROM " rest

/* What repind forget may delete; $1 is a time. */
#define OLD_CASES                                                                                            \
	"\"case\" WHERE state IN ('done', 'failed', 'cancelled', 'expired', 'refused') AND changed_ms < $1 " \
	"AND NOT EXISTS (SELECT 1 FROM \"grant\" g WHERE g.case_id = \"case\".id "                           \
	"AND g.state IN ('burnt', 'unknown'))"
#define CASE_AND_CARD                                                                                        \
	"\"case\" JOIN (SELECT card_id AS of_card, profile, number FROM card) AS k ON of_card = card_id"
#define COUNTED "LIMIT 200001"
#define OLD_CODES "one_time_code WHERE until_ms < $1"
#define OLD_NOTICES "outbox WHERE sent_ms > 0 AND sent_ms < $1"
#define OLD_VISITS "visit WHERE made_ms < $1 AND state IN ('free', 'finished', 'missed')"
#define OLD_APPLICATIONS                                                                                     \
	"application WHERE changed_ms < $1 AND state IN ('accepted', 'refused', 'cancelled', 'expired')"
#define OLD_APPROVALS "approval WHERE until_ms < $1"

#define LIST(...)                                                                                            \
	(const struct field[])                                                                               \
	{                                                                                                    \
		__VA_ARGS__                                                                                  \
	}
#define IN(...) .in = LIST(__VA_ARGS__), .n_in = sizeof(LIST(__VA_ARGS__)) / sizeof(struct field)
#define OUT(...) .out = LIST(__VA_ARGS__), .n_out = sizeof(LIST(__VA_ARGS__)) / sizeof(struct field)
#define NAME_OF(r) #r
#define ROW(r) .row = NAME_OF(r), .size = sizeof(struct r)
#define S(stmt, text, ...) [ST_##stmt] = {.name = #stmt, .sql = text, ROW(R), __VA_ARGS__}
#define LATER .later = LATER_INSERT
#define LATER_ONE .later = LATER_UPDATE

/* clang-format off */
const struct statement store_statements[ST_N] = {
#define R row_card
	S(CARD_BY_ID, SELECT(CARD, "card WHERE card_id = $1"), IN(F(card_id)), OUT(ALL(CARD))),
	S(CARD_INSERT, INSERT("card", CARD, V11) UNLESS_THERE, IN(ALL(CARD))),
	S(CARD_STATUS, "UPDATE card SET status = $2, replaced_by = $3 WHERE card_id = $1",
	  IN(F(card_id) F(status) F(replaced_by))),
	S(CARD_DEVICE, "UPDATE card SET device_key = $2 WHERE card_id = $1", IN(F(card_id) F(device_key))),
	S(CARD_BY_DEVICE, SELECT(CARD, "card WHERE device_key = $1 AND source_card = $2 AND status = 'active' "
				       "ORDER BY enrolled_ms DESC LIMIT 1"),
	  IN(F(device_key) F(source_card)), OUT(ALL(CARD))),
	/* The last character of Unicode is behind every number that begins so. */
	S(CARD_SEARCH, SELECT(CARD, "card WHERE number >= $1 AND number < $1 || '\xF4\x8F\xBF\xBF' "
				    "ORDER BY number, profile LIMIT 50"),
	  IN(F(number)), OUT(ALL(CARD))),
	S(CARD_BY_NUMBER, SELECT(CARD, "card WHERE number = $1 ORDER BY profile LIMIT 8"), IN(F(number)),
	  OUT(ALL(CARD))),
#undef R
#define R row_limit
	S(CARD_COUNT, "SELECT count(*) AS n FROM card", OUT(F(n))),
#undef R
#define R row_card_slot
	S(SLOT_GET, SELECT(CARD_SLOT, "card_slot WHERE card_id = $1 AND slot = $2"), IN(F(card_id) F(slot)),
	  OUT(ALL(CARD_SLOT))),
	S(SLOT_PUT, INSERT("card_slot", CARD_SLOT, V6) OR_SET("card_id, slot", CARD_SLOT), IN(ALL(CARD_SLOT)),
	  LATER),
	S(SLOT_OF, SELECT(CARD_SLOT, "card_slot WHERE card_id = $1 ORDER BY slot"), IN(F(card_id)),
	  OUT(ALL(CARD_SLOT))),
#undef R
#define R row_card_key
	S(KEY_OF, SELECT(CARD_KEY, "card_key WHERE card_id = $1 ORDER BY slot"), IN(F(card_id)),
	  OUT(ALL(CARD_KEY))),
	S(KEY_GET, SELECT(CARD_KEY, "card_key WHERE card_id = $1 AND slot = $2"), IN(F(card_id) F(slot)),
	  OUT(ALL(CARD_KEY))),
	S(KEY_PUT, INSERT("card_key", CARD_KEY, V8) OR_SET("card_id, slot", CARD_KEY), IN(ALL(CARD_KEY)), LATER),
#undef R
#define R row_terminal
	S(TERMINAL_GET, SELECT(TERMINAL, "terminal WHERE fingerprint = $1"), IN(F(fingerprint)),
	  OUT(ALL(TERMINAL))),
	S(TERMINAL_BY_NAME, SELECT(TERMINAL, "terminal WHERE name = $1"), IN(F(name)), OUT(ALL(TERMINAL))),
	S(TERMINAL_INSERT, INSERT("terminal", TERMINAL, V8) UNLESS_THERE, IN(ALL(TERMINAL))),
	S(TERMINAL_LOCK, "UPDATE terminal SET locked = $2, lock_reason = $3 WHERE name = $1",
	  IN(F(name) F(locked) F(lock_reason))),
	S(TERMINAL_ALL, SELECT(TERMINAL, "terminal ORDER BY name"), OUT(ALL(TERMINAL))),
#undef R
#define R row_group
	S(GROUP_GET, SELECT(GROUP, "kiosk_group WHERE name = $1"), IN(F(name)), OUT(ALL(GROUP))),
	S(GROUP_PUT, INSERT("kiosk_group", GROUP, V7) OR_SET("name", GROUP), IN(ALL(GROUP))),
	S(GROUP_ALL, SELECT(GROUP, "kiosk_group ORDER BY name"), OUT(ALL(GROUP))),
#undef R
#define R row_operator
	S(OPERATOR_GET, SELECT(OPERATOR, "operator WHERE name = $1"), IN(F(name)), OUT(ALL(OPERATOR))),
	S(OPERATOR_PUT, INSERT("operator", OPERATOR, V10) OR_SET("name", OPERATOR), IN(ALL(OPERATOR))),
	S(OPERATOR_COUNT, "UPDATE operator SET tries_left = tries_left - 1, tries_ms = $2 "
			  "WHERE name = $1 AND tries_left > 0 RETURNING " COLS(OPERATOR),
	  IN(F(name) F(tries_ms)), OUT(ALL(OPERATOR))),
	S(OPERATOR_COUNTED, "UPDATE operator SET tries_left = $2, tries_ms = $3 WHERE name = $1",
	  IN(F(name) F(tries_left) F(tries_ms))),
	S(OPERATOR_SIGNED_IN, "UPDATE operator SET tries_left = $2, totp_step = $3 WHERE name = $1 AND totp_step < $3",
	  IN(F(name) F(tries_left) F(totp_step))),
	S(OPERATOR_ALL, SELECT(OPERATOR, "operator ORDER BY name"), OUT(ALL(OPERATOR))),
#undef R
#define R row_operator_card
	S(OPERATOR_CARD_PUT, INSERT("operator_card", OPERATOR_CARD, V2) UNLESS_THERE, IN(ALL(OPERATOR_CARD))),
	S(OPERATOR_CARD_GET, SELECT(OPERATOR_CARD, "operator_card WHERE name = $1 AND card_id = $2"),
	  IN(ALL(OPERATOR_CARD)), OUT(ALL(OPERATOR_CARD))),
#undef R
#define R row_session
	S(SESSION_PUT, INSERT("session", SESSION, V4) OR_SET("token_hash", SESSION), IN(ALL(SESSION))),
	S(SESSION_GET, SELECT(SESSION, "session WHERE token_hash = $1 AND until_ms > $2"),
	  IN(F(token_hash) F(until_ms)), OUT(ALL(SESSION))),
	S(SESSION_END, "DELETE FROM session WHERE token_hash = $1", IN(F(token_hash))),
	S(SESSION_FORGET, "DELETE FROM session WHERE until_ms < $1", IN(F(until_ms))),
#undef R
#define R row_user_code
	S(USER_CODE_GET, SELECT(USER_CODE, "user_code WHERE card_id = $1"), IN(F(card_id)), OUT(ALL(USER_CODE))),
	S(USER_CODE_PUT, INSERT("user_code", USER_CODE, V7) OR_SET("card_id", USER_CODE), IN(ALL(USER_CODE)),
	  LATER),
	S(USER_CODE_COUNT, "UPDATE user_code SET tries_left = tries_left - 1 "
			   "WHERE card_id = $1 AND state = 'active' AND tries_left > 0 RETURNING " COLS(USER_CODE),
	  IN(F(card_id)), OUT(ALL(USER_CODE))),
	S(USER_CODE_STATE, "UPDATE user_code SET state = $2, tries_left = $3 WHERE card_id = $1",
	  IN(F(card_id) F(state) F(tries_left)), LATER_ONE),
#undef R
#define R row_one_time_code
	S(OTC_GET, SELECT(OTC, "one_time_code WHERE card_id = $1 AND purpose = $2 AND case_id = $3"),
	  IN(F(card_id) F(purpose) F(case_id)), OUT(ALL(OTC))),
	S(OTC_PUT, INSERT("one_time_code", OTC, V9) OR_SET("card_id, purpose, case_id", OTC), IN(ALL(OTC)), LATER),
	S(OTC_COUNT, "UPDATE one_time_code SET tries_left = tries_left - 1 "
		     "WHERE card_id = $1 AND purpose = $2 AND case_id = $3 AND tries_left > 0 RETURNING " COLS(OTC),
	  IN(F(card_id) F(purpose) F(case_id)), OUT(ALL(OTC))),
	S(OTC_END, "DELETE FROM one_time_code WHERE card_id = $1 AND purpose = $2 AND case_id = $3",
	  IN(F(card_id) F(purpose) F(case_id))),
#undef R
#define R row_limit
	S(OTC_OLD_COUNT, "SELECT count(*) AS n FROM " OLD_CODES, IN(F(from_ms)), OUT(F(n))),
#undef R
#define R row_one_time_code
	S(OTC_FORGET, "DELETE FROM " OLD_CODES, IN(F(until_ms))),
#undef R
#define R row_case
	S(CASE_GET, SELECT(CASE, "\"case\" WHERE id = $1"), IN(F(id)), OUT(ALL(CASE))),
	S(CASE_INSERT, INSERT("\"case\"", CASE, V16), IN(ALL(CASE)), LATER),
	S(CASE_STATE, "UPDATE \"case\" SET state = $2, grants = $3, changed_ms = $4, until_ms = $5, cause = $6 "
		      "WHERE id = $1",
	  IN(F(id) F(state) F(grants) F(changed_ms) F(until_ms) F(cause)), LATER_ONE),
	S(CASE_OPEN_OF, SELECT(CASE, "\"case\" WHERE card_id = $1 AND "
				     "state IN ('open', 'ready', 'granted', 'failed', 'unknown') "
				     "ORDER BY opened_ms DESC, id DESC"),
	  IN(F(card_id)), OUT(ALL(CASE))),
	S(CASE_ENDING, SELECT(CASE, "\"case\" WHERE state IN ('open', 'ready', 'granted') "
				    "AND until_ms > 0 AND until_ms < $1 ORDER BY until_ms, id LIMIT 500"),
	  IN(F(until_ms)), OUT(ALL(CASE))),
	S(CASE_LATEST, SELECT(CASE, "\"case\" ORDER BY opened_ms DESC, id DESC LIMIT 200"), OUT(ALL(CASE))),
#undef R
#define R row_limit
	S(CASE_OLD_COUNT, "SELECT count(*) AS n FROM " OLD_CASES, IN(F(from_ms)), OUT(F(n))),
#undef R
#define R row_case
	S(CASE_OLD, SELECT(CASE, OLD_CASES " ORDER BY changed_ms, id LIMIT 500"), IN(F(changed_ms)), OUT(ALL(CASE))),
	S(CASE_FORGET, "DELETE FROM \"case\" WHERE id = $1", IN(F(id))),
#undef R
#define R row_case_page
	/* The cursor, and not before $3. */
	S(CASE_PAGE, SELECT(CASE_PAGE, CASE_AND_CARD " WHERE (opened_ms, id) < ($1, $2) AND opened_ms >= $3 "
					"ORDER BY opened_ms DESC, id DESC LIMIT 1000"),
	  IN(F(opened_ms) F(id) F(from_ms)), OUT(ALL(CASE_PAGE))),
	S(CASE_PAGE_OFFICE, SELECT(CASE_PAGE, CASE_AND_CARD " WHERE office = $4 AND (opened_ms, id) < ($1, $2) "
							    "AND opened_ms >= $3 "
							    "ORDER BY opened_ms DESC, id DESC LIMIT 1000"),
	  IN(F(opened_ms) F(id) F(from_ms) F(office)), OUT(ALL(CASE_PAGE))),
	S(CASE_PAGE_CARD, SELECT(CASE_PAGE, CASE_AND_CARD " WHERE card_id = $4 AND (opened_ms, id) < ($1, $2) "
							  "AND opened_ms >= $3 "
							  "ORDER BY opened_ms DESC, id DESC LIMIT 1000"),
	  IN(F(opened_ms) F(id) F(from_ms) F(card_id)), OUT(ALL(CASE_PAGE))),
	S(CASE_WHOLE, SELECT(CASE_PAGE, CASE_AND_CARD " WHERE id = $1"), IN(F(id)), OUT(ALL(CASE_PAGE))),
#undef R
#define R row_count
	/* Nothing outside the LIMIT is read; who asks adds the counts up and sees that it was too much. */
	S(COUNT_RESETS, "SELECT door, state, changed_ms / 3600000 AS hour, count(*) AS n FROM "
			"(SELECT door, state, changed_ms FROM \"case\" WHERE changed_ms >= $1 AND changed_ms < $2 AND "
			"($3 = '' OR office = $3) ORDER BY changed_ms " COUNTED ") AS counted "
			"GROUP BY door, state, changed_ms / 3600000 ORDER BY hour, door, state",
	  IN(F(from_ms) F(to_ms) F(office)), OUT(F(door) F(state) F(hour) F(n))),
	S(COUNT_CAUSES, "SELECT profile, slot, cause, count(*) AS n FROM (SELECT card_id, slot, cause "
			"FROM \"case\" WHERE opened_ms >= $1 AND opened_ms < $2 AND ($3 = '' OR office = $3) "
			"ORDER BY opened_ms " COUNTED ") AS counted JOIN card ON card.card_id = counted.card_id "
			"GROUP BY profile, slot, cause ORDER BY profile, slot, cause",
	  IN(F(from_ms) F(to_ms) F(office)), OUT(F(profile) F(slot) F(cause) F(n))),
#undef R
#define R row_evidence
	S(EVIDENCE_INSERT, INSERT("evidence", EVIDENCE, V7), IN(ALL(EVIDENCE)), LATER),
	S(EVIDENCE_OF, SELECT(EVIDENCE, "evidence WHERE case_id = $1 ORDER BY at_ms, id"), IN(F(case_id)),
	  OUT(ALL(EVIDENCE))),
	S(EVIDENCE_FORGET, "DELETE FROM evidence WHERE case_id = $1", IN(F(case_id))),
#undef R
#define R row_grant
	S(GRANT_GET, SELECT(GRANT, "\"grant\" WHERE id = $1"), IN(F(id)), OUT(ALL(GRANT))),
	S(GRANT_INSERT, INSERT("\"grant\"", GRANT, V12), IN(ALL(GRANT)), LATER),
	S(GRANT_SETTLE, "UPDATE \"grant\" SET state = $2, settled_by = $3, settled_ms = $4 WHERE id = $1",
	  IN(F(id) F(state) F(settled_by) F(settled_ms)), LATER_ONE),
	S(GRANT_UNSETTLED, SELECT(GRANT, "\"grant\" WHERE card_id = $1 AND slot = $2 AND "
					 "state IN ('burnt', 'unknown') ORDER BY made_ms DESC, id DESC"),
	  IN(F(card_id) F(slot)), OUT(ALL(GRANT))),
	S(GRANT_OF, SELECT(GRANT, "\"grant\" WHERE case_id = $1 ORDER BY made_ms, id"), IN(F(case_id)),
	  OUT(ALL(GRANT))),
	S(GRANT_FORGET, "DELETE FROM \"grant\" WHERE case_id = $1", IN(F(case_id))),
#undef R
#define R row_idempotency
	S(IDEM_GET, SELECT(IDEM, "idempotency WHERE key = $1"), IN(F(key)), OUT(ALL(IDEM))),
	S(IDEM_INSERT, "INSERT INTO idempotency (" COLS(IDEM) ", tx) " V8, IN(ALL(IDEM) TX()), LATER),
	S(IDEM_RESULT, "UPDATE idempotency SET state = $2, problem = $3, result = $4, tx = $5 WHERE key = $1",
	  IN(F(key) F(state) F(problem) F(result) TX()), LATER_ONE),
	S(IDEM_FORGET, "DELETE FROM idempotency WHERE made_ms < $1", IN(F(made_ms))),
#undef R
#define R row_nonce
	S(NONCE_USE, INSERT("nonce", NONCE, V2) UNLESS_THERE, IN(ALL(NONCE))),
	S(NONCE_FORGET, "DELETE FROM nonce WHERE until_ms < $1", IN(F(until_ms))),
#undef R
#define R row_entry
	S(ENTRY_INSERT, "INSERT INTO entry (receipt, card_id, salt, digest, body, leaf, made_ms) "
			"VALUES ($1, $2, $3, $4, $5, -1, $6)",
	  IN(F(receipt) F(card_id) F(salt) F(digest) F(body) F(made_ms)), LATER),
	S(ENTRY_UNSEALED, "SELECT id, " COLS(ENTRY) " FROM entry WHERE leaf = -1 ORDER BY id LIMIT 1000",
	  OUT(F(id) ALL(ENTRY))),
	S(ENTRY_SEAL, "UPDATE entry SET leaf = $2 WHERE id = $1 AND leaf = -1", IN(F(id) F(leaf)), LATER_ONE),
	S(ENTRY_BY_RECEIPT, "SELECT id, " COLS(ENTRY) " FROM entry WHERE receipt = $1", IN(F(receipt)),
	  OUT(F(id) ALL(ENTRY))),
	S(ENTRY_BY_LEAF, "SELECT id, " COLS(ENTRY) " FROM entry WHERE leaf = $1 AND leaf >= 0", IN(F(leaf)),
	  OUT(F(id) ALL(ENTRY))),
	S(ENTRY_RANGE, "SELECT id, " COLS(ENTRY) " FROM entry WHERE leaf >= $1 AND leaf >= 0 "
		       "ORDER BY leaf LIMIT 1000",
	  IN(F(leaf)), OUT(F(id) ALL(ENTRY))),
	S(ENTRY_OF_CARD, "SELECT id, " COLS(ENTRY) " FROM entry WHERE card_id = $1 AND made_ms >= $2 "
			 "ORDER BY made_ms, id LIMIT 1000",
	  IN(F(card_id) F(made_ms)), OUT(F(id) ALL(ENTRY))),
	S(ENTRY_OLDEST_OPEN, "SELECT id, " COLS(ENTRY) " FROM entry WHERE leaf = -1 ORDER BY id LIMIT 1",
	  OUT(F(id) ALL(ENTRY))),
	S(ENTRY_ERASE, "UPDATE entry SET body = '', salt = $2 WHERE receipt = $1", IN(F(receipt) ZEROS(salt))),
#undef R
#define R row_node
	S(NODE_GET, SELECT(NODE, "node WHERE level = $1 AND idx = $2"), IN(F(level) F(idx)), OUT(ALL(NODE))),
	S(NODE_PUT, INSERT("node", NODE, V3), IN(ALL(NODE)), LATER),
#undef R
#define R row_head
	S(HEAD_GET, SELECT(HEAD, "head WHERE id = 1"), OUT(ALL(HEAD))),
	S(HEAD_MOVE, "UPDATE head SET size = $1, root = $2, note = $3, at_ms = $4 "
		     "WHERE id = 1 AND size = $5 AND size < $1",
	  IN(ALL(HEAD) F(old_size))),
	S(CHECKPOINT_PUT, INSERT("checkpoint", HEAD, V4) UNLESS_THERE, IN(ALL(HEAD))),
	S(CHECKPOINT_GET, SELECT(HEAD, "checkpoint WHERE size = $1"), IN(F(size)), OUT(ALL(HEAD))),
#undef R
#define R row_outbox
	S(OUTBOX_PUT, INSERT("outbox", OUTBOX, V6), IN(ALL(OUTBOX)), LATER),
	S(OUTBOX_DUE, "SELECT id, " COLS(OUTBOX) " FROM outbox WHERE sent_ms = 0 ORDER BY id LIMIT 100",
	  OUT(F(id) ALL(OUTBOX))),
	S(OUTBOX_SENT, "UPDATE outbox SET sent_ms = $2, tries = $3 WHERE id = $1", IN(F(id) F(sent_ms) F(tries)),
	  LATER_ONE),
#undef R
#define R row_limit
	S(OUTBOX_OLD_COUNT, "SELECT count(*) AS n FROM " OLD_NOTICES, IN(F(from_ms)), OUT(F(n))),
#undef R
#define R row_outbox
	S(OUTBOX_FORGET, "DELETE FROM " OLD_NOTICES, IN(F(sent_ms))),
#undef R
#define R row_stop
	S(STOP_PUT, INSERT("stop", STOP, V10) UNLESS_THERE, IN(ALL(STOP))),
	S(STOP_ACTIVE, SELECT(STOP, "stop WHERE lifted_ms = 0 ORDER BY made_ms, id"), OUT(ALL(STOP))),
	S(STOP_LIFT, "UPDATE stop SET lifted_by = $2, lifted_by2 = $3, lifted_ms = $4 WHERE id = $1 AND lifted_ms = 0",
	  IN(F(id) F(lifted_by) F(lifted_by2) F(lifted_ms))),
#undef R
#define R row_approval
	S(APPROVAL_PUT, INSERT("approval", APPROVAL, V8) UNLESS_THERE, IN(ALL(APPROVAL))),
	S(APPROVAL_GET, SELECT(APPROVAL, "approval WHERE id = $1"), IN(F(id)), OUT(ALL(APPROVAL))),
	S(APPROVAL_STATE, "UPDATE approval SET state = $2, agreed_by = $3 WHERE id = $1 AND state = 'asked'",
	  IN(F(id) F(state) F(agreed_by))),
	S(APPROVAL_ASKED, SELECT(APPROVAL, "approval WHERE state = 'asked' AND until_ms > $1 ORDER BY made_ms, id"),
	  IN(F(until_ms)), OUT(ALL(APPROVAL))),
#undef R
#define R row_limit
	S(APPROVAL_OLD_COUNT, "SELECT count(*) AS n FROM " OLD_APPROVALS, IN(F(from_ms)), OUT(F(n))),
#undef R
#define R row_approval
	S(APPROVAL_FORGET, "DELETE FROM " OLD_APPROVALS, IN(F(until_ms))),
#undef R
#define R row_revocation
	S(REVOCATION_INSERT, INSERT("revocation", REVOCATION, V15) UNLESS_THERE, IN(ALL(REVOCATION))),
	S(REVOCATION_STATE, "UPDATE revocation SET state = $3, tries = $4, next_ms = $5, approved_by = $6, "
			    "changed_ms = $7 WHERE id = $1 AND slot = $2",
	  IN(F(id) F(slot) F(state) F(tries) F(next_ms) F(approved_by) F(changed_ms))),
	S(REVOCATION_OF, SELECT(REVOCATION, "revocation WHERE id = $1 ORDER BY slot"), IN(F(id)),
	  OUT(ALL(REVOCATION))),
	S(REVOCATION_OF_CARD, SELECT(REVOCATION, "revocation WHERE card_id = $1 ORDER BY asked_ms DESC, id, slot"),
	  IN(F(card_id)), OUT(ALL(REVOCATION))),
	S(REVOCATION_BY_RECEIPT, SELECT(REVOCATION, "revocation WHERE receipt = $1 ORDER BY slot"), IN(F(receipt)),
	  OUT(ALL(REVOCATION))),
	S(REVOCATION_DUE, SELECT(REVOCATION, "revocation WHERE state IN ('approved', 'sent') AND next_ms <= $1 "
					     "ORDER BY next_ms, id, slot LIMIT 20"),
	  IN(F(next_ms)), OUT(ALL(REVOCATION))),
	S(REVOCATION_LATEST, SELECT(REVOCATION, "revocation ORDER BY asked_ms DESC, id, slot LIMIT 200"),
	  OUT(ALL(REVOCATION))),
#undef R
#define R row_revocation_paper
	S(PAPER_PUT, INSERT("revocation_paper", PAPER, V4) OR_SET("id, slot", PAPER), IN(ALL(PAPER))),
	S(PAPER_GET, SELECT(PAPER, "revocation_paper WHERE id = $1 AND slot = $2"), IN(F(id) F(slot)),
	  OUT(ALL(PAPER))),
	S(PAPER_END, "DELETE FROM revocation_paper WHERE id = $1 AND slot = $2", IN(F(id) F(slot))),
#undef R
#define R row_limit
	S(LIMIT_COUNT, "INSERT INTO \"limit\" AS was (" COLS(LIMIT) ") VALUES ($1, $2, $4, 1) "
		       "ON CONFLICT (card_id, what) DO UPDATE SET "
		       "n = CASE WHEN was.from_ms >= $3 THEN was.n + 1 ELSE 1 END, "
		       "from_ms = CASE WHEN was.from_ms >= $3 THEN was.from_ms ELSE excluded.from_ms END "
		       "RETURNING " COLS(LIMIT),
	  IN(F(card_id) F(what) F(from_ms) NOW()), OUT(ALL(LIMIT))),
#undef R
#define R row_visit
	S(VISIT_LAST, SELECT(VISIT, "visit WHERE office = $1 AND day = $2 ORDER BY number DESC LIMIT 1"),
	  IN(F(office) F(day)), OUT(ALL(VISIT))),
	S(VISIT_INSERT, INSERT("visit", VISIT, V14) UNLESS_THERE, IN(ALL(VISIT))),
	S(VISIT_GET, SELECT(VISIT, "visit WHERE id = $1"), IN(F(id)), OUT(ALL(VISIT))),
	S(VISIT_MOVE, "UPDATE visit SET state = $2, clerk = $3, desk = $4, called_ms = $5, begun_ms = $6, "
		      "ended_ms = $7 WHERE id = $1 AND state = $8",
	  IN(F(id) F(state) F(clerk) F(desk) F(called_ms) F(begun_ms) F(ended_ms) F(was))),
	S(VISIT_OF_DAY, SELECT(VISIT, "visit WHERE office = $1 AND day = $2 ORDER BY number LIMIT 500"),
	  IN(F(office) F(day)), OUT(ALL(VISIT))),
	S(VISIT_SPAN, SELECT(VISIT, "visit WHERE day >= $1 AND day <= $2 AND ($3 = '' OR office = $3) "
				    "ORDER BY day " COUNTED),
	  IN(F(day) F(to_day) F(office)), OUT(ALL(VISIT))),
	S(VISIT_MISSED, "UPDATE visit SET state = CASE WHEN state = 'in-progress' THEN 'finished' ELSE 'missed' END, "
			"ended_ms = $2 WHERE day < $1 AND state IN ('held', 'called', 'in-progress')",
	  IN(F(day) F(ended_ms))),
	S(VISIT_FORGET, "DELETE FROM " OLD_VISITS, IN(F(made_ms))),
#undef R
#define R row_limit
	S(VISIT_OLD_COUNT, "SELECT count(*) AS n FROM " OLD_VISITS, IN(F(from_ms)), OUT(F(n))),
	S(APPLICATION_OLD_COUNT, "SELECT count(*) AS n FROM " OLD_APPLICATIONS, IN(F(from_ms)), OUT(F(n))),
#undef R
#define R row_application
	S(APPLICATION_END_ALL, "UPDATE application SET state = 'expired', changed_ms = $1 "
			       "WHERE state IN ('open', 'letter', 'asked')",
	  IN(F(changed_ms))),
	S(APPLICATION_FORGET, "DELETE FROM " OLD_APPLICATIONS, IN(F(changed_ms))),
	S(APPLICATION_INSERT, INSERT("application", APPLICATION, V22) UNLESS_THERE, IN(ALL(APPLICATION))),
	S(APPLICATION_GET, SELECT(APPLICATION, "application WHERE id = $1"), IN(F(id)), OUT(ALL(APPLICATION))),
	S(APPLICATION_PUT, "UPDATE application SET facts = $2, shown = $3, state = $4, verdict = $5, reason = $6, "
			   "clerk = $7, approver = $8, cases = $9, letter_ms = $10, answer_ms = $11, "
			   "until_ms = $12, changed_ms = $13 WHERE id = $1",
	  IN(F(id) F(facts) F(shown) F(state) F(verdict) F(reason) F(clerk) F(approver) F(cases) F(letter_ms)
	     F(answer_ms) F(until_ms) F(changed_ms))),
	S(APPLICATION_OF, SELECT(APPLICATION, "application WHERE office = $1 AND state IN ('open', 'letter', 'asked') "
					      "ORDER BY opened_ms DESC, id DESC LIMIT 200"),
	  IN(F(office)), OUT(ALL(APPLICATION))),
	S(APPLICATION_ENDING, SELECT(APPLICATION, "application WHERE state IN ('open', 'letter', 'asked') "
						  "AND until_ms < $1 ORDER BY until_ms, id LIMIT 500"),
	  IN(F(until_ms)), OUT(ALL(APPLICATION))),
#undef R
#define R row_meta
	S(META_GET, SELECT(META, "meta WHERE name = $1"), IN(F(name)), OUT(ALL(META))),
	S(META_PUT, INSERT("meta", META, V2) OR_SET("name", META), IN(ALL(META))),
#undef R
};
/* clang-format on */
