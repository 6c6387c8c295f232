/* SPDX-License-Identifier: Apache-2.0 */
/* Cases, grants, the log, notices, and what two people agree to. */
#include "server/works.h"

static void put_case(struct store_tx *tx, const char *id, const char *state, int64_t opened_ms,
		     int64_t until_ms, struct row_case *ret)
{
	kit_fill(ST_CASE_INSERT, ret, 1);
	memset(ret->card_id, 1, sizeof ret->card_id);
	(void)snprintf(ret->id, sizeof ret->id, "%s", id);
	(void)snprintf(ret->state, sizeof ret->state, "%s", state);
	ret->cause[0] = '\0';
	ret->opened_ms = opened_ms;
	ret->until_ms = until_ms;
	RUN(tx, CASE_INSERT, ret);
}

void cases(struct store_tx *tx)
{
	static const char *const states[] = {"open", "ready",	"granted",   "failed", "unknown",
					     "done", "expired", "cancelled", "refused"};
	struct row_card card;
	struct row_case in, out;
	const struct row_case *each;
	size_t n;

	kit_card(tx, 1, &card);
	for (int i = 0; i < 9; i++) {
		char id[2] = {(char)('a' + i), '\0'};
		put_case(tx, id, states[i], 100 + i, 1000 + i, &in);
	}
	out = in;
	assert_true(GET(tx, CASE_GET, &out));
	kit_same(ST_CASE_GET, &in, &out);
	each = EACH(tx, CASE_OPEN_OF, &in, &n);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(each[i].state, states[4 - i]);
	in.until_ms = 1002;
	each = EACH(tx, CASE_ENDING, &in, &n);
	assert_int_equal(n, 2); /* granted ends at 1002 and not before */
	assert_string_equal(each[0].id, "a");
	assert_string_equal(each[1].id, "b");
	in.until_ms = INT64_MAX;
	EACH(tx, CASE_ENDING, &in, &n);
	assert_int_equal(n, 3);
	each = EACH(tx, CASE_LATEST, &in, &n);
	assert_int_equal(n, 9);
	assert_string_equal(each[0].id, "i");

	out = each[8];
	(void)snprintf(out.state, sizeof out.state, "done");
	out.grants = 2;
	out.changed_ms = 55;
	out.until_ms = 0;
	in = out;
	RUN(tx, CASE_STATE, &in);
	assert_true(GET(tx, CASE_GET, &in));
	kit_same(ST_CASE_GET, &in, &out);
}

void a_case_without_an_end_does_not_end(struct store_tx *tx)
{
	struct row_card card;
	struct row_case c;
	size_t n;

	kit_card(tx, 1, &card);
	put_case(tx, "a", "open", 1, 0, &c);
	c.until_ms = INT64_MAX;
	EACH(tx, CASE_ENDING, &c, &n);
	assert_int_equal(n, 0);
}

void evidence(struct store_tx *tx)
{
	struct row_card card;
	struct row_case c;
	struct row_evidence a, b;
	const struct row_evidence *each;
	size_t n;

	kit_card(tx, 1, &card);
	kit_fill(ST_EVIDENCE_INSERT, &a, 1);
	put_case(tx, a.case_id, "open", 1, 1, &c);
	b = a;
	b.at_ms = 5;
	RUN(tx, EVIDENCE_INSERT, &a);
	RUN(tx, EVIDENCE_INSERT, &b);
	each = EACH(tx, EVIDENCE_OF, &a, &n);
	assert_int_equal(n, 2);
	kit_same(ST_EVIDENCE_OF, &each[0], &b);
	kit_same(ST_EVIDENCE_OF, &each[1], &a);
}

void grants(struct store_tx *tx)
{
	struct row_card card;
	struct row_case c;
	struct row_grant in, out;
	const struct row_grant *each;
	size_t n;

	kit_card(tx, 1, &card);
	kit_fill(ST_GRANT_INSERT, &in, 1);
	put_case(tx, in.case_id, "granted", 1, 1, &c);
	RUN(tx, GRANT_INSERT, &in);
	out = in;
	assert_true(GET(tx, GRANT_GET, &out));
	kit_same(ST_GRANT_GET, &in, &out);
	in.id[0] = '2';
	in.made_ms = 3;
	(void)snprintf(in.state, sizeof in.state, "unknown");
	RUN(tx, GRANT_INSERT, &in);
	each = EACH(tx, GRANT_UNSETTLED, &in, &n);
	assert_int_equal(n, 2);
	assert_string_equal(each[0].state, "burnt");
	(void)snprintf(out.state, sizeof out.state, "done");
	(void)snprintf(out.settled_by, sizeof out.settled_by, "mac");
	out.settled_ms = 77;
	RUN(tx, GRANT_SETTLE, &out);
	each = EACH(tx, GRANT_UNSETTLED, &in, &n);
	assert_int_equal(n, 1);
	assert_string_equal(each[0].state, "unknown");
	in = out;
	assert_true(GET(tx, GRANT_GET, &in));
	kit_same(ST_GRANT_GET, &in, &out);
	in.slot--;
	EACH(tx, GRANT_UNSETTLED, &in, &n);
	assert_int_equal(n, 0);
}

void idempotency_and_nonces(struct store_tx *tx)
{
	struct row_idempotency in, out;
	struct row_nonce nonce;

	kit_fill(ST_IDEM_INSERT, &in, 1);
	in.made_ms = 100;
	RUN(tx, IDEM_INSERT, &in);
	out = in;
	assert_true(GET(tx, IDEM_GET, &out));
	kit_same(ST_IDEM_GET, &in, &out);
	(void)snprintf(in.state, sizeof in.state, "done");
	in.problem[0] = in.result[0] = '\0';
	RUN(tx, IDEM_RESULT, &in);
	assert_true(GET(tx, IDEM_GET, &out));
	kit_same(ST_IDEM_GET, &in, &out);
	assert_int_equal(COUNT(tx, IDEM_FORGET, &in), 0);
	in.made_ms = 101;
	assert_int_equal(COUNT(tx, IDEM_FORGET, &in), 1);
	assert_false(GET(tx, IDEM_GET, &out));

	kit_fill(ST_NONCE_USE, &nonce, 1);
	RUN(tx, NONCE_USE, &nonce);
	assert_int_equal(COUNT(tx, NONCE_USE, &nonce), 0);
	assert_int_equal(COUNT(tx, NONCE_FORGET, &nonce), 0);
	nonce.until_ms++;
	assert_int_equal(COUNT(tx, NONCE_FORGET, &nonce), 1);
}

void entries(struct store_tx *tx)
{
	static const uint8_t zeros[32];
	struct row_entry in, out = {0};
	const struct row_entry *each;
	size_t n;

	assert_false(GET(tx, ENTRY_OLDEST_OPEN, &out));
	kit_fill(ST_ENTRY_INSERT, &in, 1);
	in.leaf = -1;
	RUN(tx, ENTRY_INSERT, &in);
	out = in;
	out.leaf = 5;
	assert_true(GET(tx, ENTRY_BY_RECEIPT, &out));
	in.id = out.id;
	kit_same(ST_ENTRY_BY_RECEIPT, &in, &out);
	in.receipt[0] = 'z';
	in.made_ms = 3;
	RUN(tx, ENTRY_INSERT, &in);
	each = EACH(tx, ENTRY_UNSEALED, &in, &n);
	assert_int_equal(n, 2);
	assert_int_equal(each[0].id, out.id);
	assert_int_equal(each[0].leaf, -1);
	in = each[1];
	assert_true(GET(tx, ENTRY_OLDEST_OPEN, &out));
	assert_int_not_equal(in.id, out.id);
	out.leaf = 0;
	RUN(tx, ENTRY_SEAL, &out);
	assert_int_equal(COUNT(tx, ENTRY_SEAL, &out), 0); /* a leaf keeps its number */
	in.leaf = 1;
	RUN(tx, ENTRY_SEAL, &in);
	assert_false(GET(tx, ENTRY_OLDEST_OPEN, &out));
	out.leaf = 1;
	assert_true(GET(tx, ENTRY_BY_LEAF, &out));
	kit_same(ST_ENTRY_BY_LEAF, &in, &out);
	out.leaf = 0;
	each = EACH(tx, ENTRY_RANGE, &out, &n);
	assert_int_equal(n, 2);
	assert_int_equal(each[0].leaf, 0);
	RUN(tx, ENTRY_ERASE, &in);
	assert_true(GET(tx, ENTRY_BY_RECEIPT, &in));
	assert_string_equal(in.body, "");
	assert_memory_equal(in.salt, zeros, sizeof zeros);
	assert_memory_equal(in.digest, out.digest, sizeof in.digest);
}

void the_tree(struct store_tx *tx)
{
	static const uint8_t empty[] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
					0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
					0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
	struct row_node node, node_out;
	struct row_head head = {0}, out;

	kit_fill(ST_NODE_PUT, &node, 1);
	node_out = node;
	assert_false(GET(tx, NODE_GET, &node_out));
	RUN(tx, NODE_PUT, &node);
	memset(node_out.hash, 0, sizeof node_out.hash);
	assert_true(GET(tx, NODE_GET, &node_out));
	kit_same(ST_NODE_GET, &node, &node_out);

	assert_true(GET(tx, HEAD_GET, &head));
	assert_int_equal(head.size, 0);
	assert_memory_equal(head.root, empty, sizeof empty);
	kit_fill(ST_HEAD_MOVE, &head, 1);
	head.size = 8;
	head.old_size = 1;
	assert_int_equal(COUNT(tx, HEAD_MOVE, &head), 0);
	head.old_size = 0;
	RUN(tx, HEAD_MOVE, &head);
	assert_int_equal(COUNT(tx, HEAD_MOVE, &head), 0);
	head.old_size = 8; /* one size never gets two roots */
	assert_int_equal(COUNT(tx, HEAD_MOVE, &head), 0);
	memset(&out, 0, sizeof out);
	assert_true(GET(tx, HEAD_GET, &out));
	kit_same(ST_HEAD_GET, &head, &out);
	RUN(tx, CHECKPOINT_PUT, &head);
	assert_int_equal(COUNT(tx, CHECKPOINT_PUT, &head), 0);
	memset(&out, 0, sizeof out);
	assert_false(GET(tx, CHECKPOINT_GET, &out));
	out.size = 8;
	assert_true(GET(tx, CHECKPOINT_GET, &out));
	kit_same(ST_CHECKPOINT_GET, &head, &out);
}

void outbox(struct store_tx *tx)
{
	struct row_outbox in, out;
	const struct row_outbox *each;
	size_t n;

	kit_fill(ST_OUTBOX_PUT, &in, 1);
	in.sent_ms = 0;
	RUN(tx, OUTBOX_PUT, &in);
	RUN(tx, OUTBOX_PUT, &in);
	each = EACH(tx, OUTBOX_DUE, &in, &n);
	assert_int_equal(n, 2);
	in.id = each[0].id;
	kit_same(ST_OUTBOX_DUE, &in, &each[0]);
	out = each[0];
	out.tries = 4;
	RUN(tx, OUTBOX_SENT, &out); /* tried, and due again */
	each = EACH(tx, OUTBOX_DUE, &in, &n);
	assert_int_equal(n, 2);
	assert_int_equal(each[0].tries, 4);
	out.sent_ms = 9;
	RUN(tx, OUTBOX_SENT, &out);
	each = EACH(tx, OUTBOX_DUE, &in, &n);
	assert_int_equal(n, 1);
	assert_int_not_equal(each[0].id, out.id);
}

void stops_and_approvals(struct store_tx *tx)
{
	struct row_stop stop;
	const struct row_stop *stops;
	struct row_approval in, out;
	const struct row_approval *asked;
	size_t n;

	kit_fill(ST_STOP_PUT, &stop, 1);
	stop.lifted_ms = 0;
	RUN(tx, STOP_PUT, &stop);
	assert_int_equal(COUNT(tx, STOP_PUT, &stop), 0);
	stops = EACH(tx, STOP_ACTIVE, &stop, &n);
	assert_int_equal(n, 1);
	kit_same(ST_STOP_ACTIVE, &stop, &stops[0]);
	stop.lifted_ms = 8;
	RUN(tx, STOP_LIFT, &stop);
	assert_int_equal(COUNT(tx, STOP_LIFT, &stop), 0);
	EACH(tx, STOP_ACTIVE, &stop, &n);
	assert_int_equal(n, 0);

	kit_fill(ST_APPROVAL_PUT, &in, 1);
	in.until_ms = 50;
	RUN(tx, APPROVAL_PUT, &in);
	assert_int_equal(COUNT(tx, APPROVAL_PUT, &in), 0);
	out = in;
	assert_true(GET(tx, APPROVAL_GET, &out));
	kit_same(ST_APPROVAL_GET, &in, &out);
	out.until_ms = 50;
	EACH(tx, APPROVAL_ASKED, &out, &n);
	assert_int_equal(n, 0);
	out.until_ms = 49;
	asked = EACH(tx, APPROVAL_ASKED, &out, &n);
	assert_int_equal(n, 1);
	kit_same(ST_APPROVAL_ASKED, &in, &asked[0]);
	(void)snprintf(in.state, sizeof in.state, "done");
	(void)snprintf(in.agreed_by, sizeof in.agreed_by, "b");
	RUN(tx, APPROVAL_STATE, &in);
	assert_int_equal(COUNT(tx, APPROVAL_STATE, &in), 0); /* once */
	assert_true(GET(tx, APPROVAL_GET, &out));
	kit_same(ST_APPROVAL_GET, &in, &out);
}

void limits_and_meta(struct store_tx *tx)
{
	const int64_t now = store_now(tx);
	struct row_limit limit;
	struct row_meta in, out;

	for (int i = 1; i <= 3; i++) {
		kit_fill(ST_LIMIT_COUNT, &limit, 1);
		limit.from_ms = now - 1000;
		assert_true(GET(tx, LIMIT_COUNT, &limit));
		assert_int_equal(limit.n, i);
		assert_int_equal(limit.from_ms, now);
	}
	limit.from_ms = now + 1; /* the window is over: a new one begins */
	assert_true(GET(tx, LIMIT_COUNT, &limit));
	assert_int_equal(limit.n, 1);
	assert_int_equal(limit.from_ms, now);

	kit_fill(ST_META_PUT, &in, 1);
	out = in;
	assert_false(GET(tx, META_GET, &out));
	RUN(tx, META_PUT, &in);
	in.value[0] = 'Z';
	RUN(tx, META_PUT, &in);
	assert_true(GET(tx, META_GET, &out));
	kit_same(ST_META_GET, &in, &out);
}

static void forget_cases(struct store_tx *tx)
{
	struct row_limit limit;
	struct row_case c, old = {.changed_ms = 51};
	const struct row_case *each;
	struct row_evidence e;
	struct row_grant g;
	size_t n;

	put_case(tx, "a", "done", 1, 1, &c);
	put_case(tx, "b", "unknown", 1, 1, &c);
	put_case(tx, "c", "failed", 1, 1, &c);
	kit_fill(ST_GRANT_INSERT, &g, 1);
	(void)snprintf(g.case_id, sizeof g.case_id, "c");
	(void)snprintf(g.state, sizeof g.state, "unknown");
	RUN(tx, GRANT_INSERT, &g);
	kit_fill(ST_EVIDENCE_INSERT, &e, 1);
	(void)snprintf(e.case_id, sizeof e.case_id, "a");
	RUN(tx, EVIDENCE_INSERT, &e);
	old.changed_ms = c.changed_ms + 1;
	/* One is unknown, and of one a grant is. */
	assert_int_equal(COUNTED(tx, CASE_OLD_COUNT, old.changed_ms), 1);
	each = EACH(tx, CASE_OLD, &old, &n);
	assert_int_equal(n, 1);
	assert_string_equal(each[0].id, "a");
	RUN(tx, EVIDENCE_FORGET, &e);
	EACH(tx, EVIDENCE_OF, &e, &n);
	assert_int_equal(n, 0);
	(void)snprintf(c.id, sizeof c.id, "a");
	RUN(tx, CASE_FORGET, &c);
	assert_false(GET(tx, CASE_GET, &c));
	RUN(tx, GRANT_FORGET, &g);
	assert_false(GET(tx, GRANT_GET, &g));
	assert_int_equal(COUNTED(tx, CASE_OLD_COUNT, old.changed_ms), 1);
	assert_int_equal(COUNTED(tx, CASE_OLD_COUNT, old.changed_ms - 1), 0);
}

void forgetting(struct store_tx *tx)
{
	struct row_limit limit;
	struct row_card card;
	struct row_one_time_code code;
	struct row_outbox notice;
	struct row_approval approval;

	kit_card(tx, 1, &card);
	forget_cases(tx);

	kit_fill(ST_OTC_PUT, &code, 1);
	memcpy(code.card_id, card.card_id, sizeof code.card_id);
	code.until_ms = 100;
	RUN(tx, OTC_PUT, &code);
	assert_int_equal(COUNTED(tx, OTC_OLD_COUNT, 100), 0);
	assert_int_equal(COUNTED(tx, OTC_OLD_COUNT, 101), 1);
	code.until_ms = 101;
	RUN(tx, OTC_FORGET, &code);
	assert_false(GET(tx, OTC_GET, &code));

	kit_fill(ST_OUTBOX_PUT, &notice, 1);
	notice.sent_ms = 0;
	RUN(tx, OUTBOX_PUT, &notice);
	assert_int_equal(COUNTED(tx, OUTBOX_OLD_COUNT, INT64_MAX), 0); /* one that waits is never old */
	notice.sent_ms = 100;
	RUN(tx, OUTBOX_PUT, &notice);
	assert_int_equal(COUNTED(tx, OUTBOX_OLD_COUNT, 101), 1);
	notice.sent_ms = 101;
	RUN(tx, OUTBOX_FORGET, &notice);
	assert_int_equal(COUNTED(tx, OUTBOX_OLD_COUNT, INT64_MAX), 0);

	kit_fill(ST_APPROVAL_PUT, &approval, 1);
	approval.until_ms = 100;
	RUN(tx, APPROVAL_PUT, &approval);
	assert_int_equal(COUNTED(tx, APPROVAL_OLD_COUNT, 101), 1);
	approval.until_ms = 101;
	RUN(tx, APPROVAL_FORGET, &approval);
	assert_false(GET(tx, APPROVAL_GET, &approval));
}

static void some_revocation(const char *id, const struct row_card *card, int64_t at_ms,
			    struct row_revocation *ret)
{
	kit_fill(ST_REVOCATION_INSERT, ret, 1);
	memcpy(ret->card_id, card->card_id, sizeof ret->card_id);
	(void)snprintf(ret->id, sizeof ret->id, "%s", id);
	(void)snprintf(ret->receipt, sizeof ret->receipt, "R%s", id);
	(void)snprintf(ret->reason, sizeof ret->reason, "letter-lost");
	(void)snprintf(ret->state, sizeof ret->state, "asked");
	ret->next_ms = ret->asked_ms = at_ms;
}

static void papers(struct store_tx *tx)
{
	struct row_revocation_paper in, out = {.id = "a", .slot = 3};

	kit_fill(ST_PAPER_PUT, &in, 1);
	(void)snprintf(in.id, sizeof in.id, "a");
	in.slot = 3;
	in.request[0] = '\0';
	RUN(tx, PAPER_PUT, &in);
	(void)snprintf(in.request, sizeof in.request, "request");
	RUN(tx, PAPER_PUT, &in);
	assert_true(GET(tx, PAPER_GET, &out));
	kit_same(ST_PAPER_GET, &in, &out);
	RUN(tx, PAPER_END, &in);
	assert_false(GET(tx, PAPER_GET, &out));
}

void revocations(struct store_tx *tx)
{
	struct row_card card;
	struct row_revocation a, b;
	const struct row_revocation *each;
	size_t n;

	kit_card(tx, 1, &card);
	some_revocation("a", &card, 100, &a);
	RUN(tx, REVOCATION_INSERT, &a);
	/* The same certificate again, under another id. */
	some_revocation("b", &card, 200, &b);
	assert_int_equal(COUNT(tx, REVOCATION_INSERT, &b), 0);
	EACH(tx, REVOCATION_DUE, &b, &n);
	assert_int_equal(n, 0);
	(void)snprintf(a.state, sizeof a.state, "sent");
	(void)snprintf(a.approved_by, sizeof a.approved_by, "somebody");
	a.tries = 7;
	a.changed_ms = 77;
	RUN(tx, REVOCATION_STATE, &a);
	each = EACH(tx, REVOCATION_OF, &a, &n);
	assert_int_equal(n, 1);
	kit_same(ST_REVOCATION_OF, &a, each);
	b.next_ms = 99;
	EACH(tx, REVOCATION_DUE, &b, &n);
	assert_int_equal(n, 0);
	b.next_ms = 100;
	b.asked_ms = 99;
	EACH(tx, REVOCATION_DUE, &b, &n);
	assert_int_equal(n, 1);
	(void)snprintf(a.state, sizeof a.state, "refused");
	RUN(tx, REVOCATION_STATE, &a);
	EACH(tx, REVOCATION_DUE, &b, &n);
	assert_int_equal(n, 0);
	RUN(tx, REVOCATION_INSERT, &b); /* the first has ended without it */
	each = EACH(tx, REVOCATION_OF_CARD, &a, &n);
	assert_int_equal(n, 2);
	assert_string_equal(each[0].id, "a");
	each = EACH(tx, REVOCATION_BY_RECEIPT, &b, &n);
	assert_int_equal(n, 1);
	assert_string_equal(each[0].id, "b");
	EACH(tx, REVOCATION_LATEST, &b, &n);
	assert_int_equal(n, 2);
	papers(tx);
}
