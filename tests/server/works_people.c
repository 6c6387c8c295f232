/* SPDX-License-Identifier: Apache-2.0 */
/* Cards, terminals, operators and codes. */
#include "server/works.h"

void cards(struct store_tx *tx)
{
	struct row_card in, out = {0};
	struct row_limit n = {0};
	const struct row_card *found;
	size_t count;

	assert_false(GET(tx, CARD_BY_ID, &out));
	kit_fill(ST_CARD_INSERT, &in, 1);
	assert_int_equal(strlen(in.number), sizeof in.number - 1);
	RUN(tx, CARD_INSERT, &in);
	assert_int_equal(COUNT(tx, CARD_INSERT, &in), 0); /* it is there already */
	memcpy(out.card_id, in.card_id, sizeof out.card_id);
	assert_true(GET(tx, CARD_BY_ID, &out));
	kit_same(ST_CARD_BY_ID, &in, &out);

	(void)snprintf(in.status, sizeof in.status, "revoked");
	memset(in.replaced_by, 7, sizeof in.replaced_by);
	RUN(tx, CARD_STATUS, &in);
	assert_true(GET(tx, CARD_BY_ID, &out));
	kit_same(ST_CARD_BY_ID, &in, &out);

	(void)snprintf(in.status, sizeof in.status, "active");
	memset(in.device_key, 8, sizeof in.device_key);
	RUN(tx, CARD_STATUS, &in);
	assert_false(GET(tx, CARD_BY_DEVICE, &in));
	RUN(tx, CARD_DEVICE, &in);
	out = (struct row_card){0};
	memcpy(out.device_key, in.device_key, sizeof out.device_key);
	assert_false(GET(tx, CARD_BY_DEVICE, &out));
	memcpy(out.source_card, in.source_card, sizeof out.source_card);
	assert_true(GET(tx, CARD_BY_DEVICE, &out));
	kit_same(ST_CARD_BY_DEVICE, &in, &out);
	(void)snprintf(in.status, sizeof in.status, "suspended");
	RUN(tx, CARD_STATUS, &in);
	assert_false(GET(tx, CARD_BY_DEVICE, &out));

	kit_card(tx, 2, &in);
	kit_card(tx, 3, &in);
	assert_true(GET(tx, CARD_COUNT, &n));
	assert_int_equal(n.n, 3);
	(void)snprintf(in.number, sizeof in.number, "N00");
	found = EACH(tx, CARD_SEARCH, &in, &count);
	assert_int_equal(count, 2);
	assert_string_equal(found[0].number, "N002");
	assert_string_equal(found[1].number, "N003");
	(void)snprintf(in.number, sizeof in.number, "N003");
	found = EACH(tx, CARD_SEARCH, &in, &count);
	assert_int_equal(count, 1);
	assert_int_equal(found[0].card_id[0], 3);
}

void slots_and_keys(struct store_tx *tx)
{
	struct row_card card;
	struct row_card_slot slot, slot_out = {0};
	struct row_card_key key, key_out = {0};

	kit_card(tx, 1, &card);
	kit_fill(ST_SLOT_PUT, &slot, 1);
	memcpy(slot.card_id, card.card_id, sizeof slot.card_id);
	slot_out = slot;
	assert_false(GET(tx, SLOT_GET, &slot_out));
	RUN(tx, SLOT_PUT, &slot);
	slot.resets = 0;
	slot.halted[0] = '\0';
	RUN(tx, SLOT_PUT, &slot);
	assert_true(GET(tx, SLOT_GET, &slot_out));
	kit_same(ST_SLOT_GET, &slot, &slot_out);

	kit_fill(ST_KEY_PUT, &key, 1);
	memcpy(key.card_id, card.card_id, sizeof key.card_id);
	RUN(tx, KEY_PUT, &key);
	key_out = key;
	key.serial.len = 0;
	key.not_after_ms = INT64_MIN;
	RUN(tx, KEY_PUT, &key);
	assert_true(GET(tx, KEY_GET, &key_out));
	assert_int_equal(key_out.serial.len, 0);
	assert_int_equal(key_out.not_after_ms, INT64_MIN);
	memset(key_out.serial.p, key.serial.p[0], sizeof key_out.serial.p);
	kit_same(ST_KEY_GET, &key, &key_out);
	key_out.slot--;
	assert_false(GET(tx, KEY_GET, &key_out));
}

void terminals(struct store_tx *tx)
{
	struct row_terminal a, b, out = {0};
	const struct row_terminal *all;
	struct row_group g, g_out = {0};
	const struct row_group *groups;
	size_t n;

	kit_fill(ST_TERMINAL_INSERT, &a, 1);
	RUN(tx, TERMINAL_INSERT, &a);
	assert_int_equal(COUNT(tx, TERMINAL_INSERT, &a), 0);
	kit_fill(ST_TERMINAL_INSERT, &b, 2);
	(void)snprintf(b.name, sizeof b.name, "0 first");
	RUN(tx, TERMINAL_INSERT, &b);
	b.fingerprint[0] = 0; /* another certificate under the same name */
	assert_int_equal(COUNT(tx, TERMINAL_INSERT, &b), 0);
	memcpy(out.fingerprint, a.fingerprint, sizeof out.fingerprint);
	assert_true(GET(tx, TERMINAL_GET, &out));
	kit_same(ST_TERMINAL_GET, &a, &out);
	a.locked = 1;
	(void)snprintf(a.lock_reason, sizeof a.lock_reason, "lost");
	RUN(tx, TERMINAL_LOCK, &a);
	(void)snprintf(out.name, sizeof out.name, "%s", a.name);
	assert_true(GET(tx, TERMINAL_BY_NAME, &out));
	kit_same(ST_TERMINAL_BY_NAME, &a, &out);
	all = EACH(tx, TERMINAL_ALL, &out, &n);
	assert_int_equal(n, 2);
	assert_string_equal(all[0].name, "0 first");

	kit_fill(ST_GROUP_PUT, &g, 1);
	RUN(tx, GROUP_PUT, &g);
	g.listed = 0;
	RUN(tx, GROUP_PUT, &g);
	(void)snprintf(g_out.name, sizeof g_out.name, "%s", g.name);
	assert_true(GET(tx, GROUP_GET, &g_out));
	kit_same(ST_GROUP_GET, &g, &g_out);
	groups = EACH(tx, GROUP_ALL, &g_out, &n);
	assert_int_equal(n, 1);
	kit_same(ST_GROUP_ALL, &g, &groups[0]);
}

void operators(struct store_tx *tx)
{
	struct row_operator op, out = {0};
	struct row_operator_card own = {0};
	size_t n;

	kit_fill(ST_OPERATOR_PUT, &op, 1);
	op.tries_left = 2;
	op.totp_step = 100;
	RUN(tx, OPERATOR_PUT, &op);
	(void)snprintf(out.name, sizeof out.name, "%s", op.name);
	assert_true(GET(tx, OPERATOR_GET, &out));
	kit_same(ST_OPERATOR_GET, &op, &out);
	out.tries_ms = 5;
	assert_true(GET(tx, OPERATOR_COUNT, &out));
	assert_int_equal(out.tries_left, 1);
	assert_int_equal(out.tries_ms, 5);
	assert_true(GET(tx, OPERATOR_COUNT, &out));
	assert_int_equal(out.tries_left, 0);
	assert_false(GET(tx, OPERATOR_COUNT, &out)); /* never below zero */
	out.tries_left = 7;
	out.tries_ms = 6;
	RUN(tx, OPERATOR_COUNTED, &out);
	out.totp_step = 101;
	out.tries_left = 9;
	RUN(tx, OPERATOR_SIGNED_IN, &out);
	assert_int_equal(COUNT(tx, OPERATOR_SIGNED_IN, &out), 0); /* a step serves once */
	EACH(tx, OPERATOR_ALL, &out, &n);
	assert_int_equal(n, 1);
	assert_true(GET(tx, OPERATOR_GET, &out));
	assert_int_equal(out.tries_left, 9);
	assert_int_equal(out.tries_ms, 6);
	assert_int_equal(out.totp_step, 101);

	kit_fill(ST_OPERATOR_CARD_PUT, &own, 1);
	assert_false(GET(tx, OPERATOR_CARD_GET, &own));
	RUN(tx, OPERATOR_CARD_PUT, &own);
	assert_int_equal(COUNT(tx, OPERATOR_CARD_PUT, &own), 0);
	assert_true(GET(tx, OPERATOR_CARD_GET, &own));
	own.card_id[0] ^= 1;
	assert_false(GET(tx, OPERATOR_CARD_GET, &own));
}

void sessions(struct store_tx *tx)
{
	struct row_operator op;
	struct row_session in, out;

	kit_fill(ST_OPERATOR_PUT, &op, 1);
	RUN(tx, OPERATOR_PUT, &op);
	kit_fill(ST_SESSION_PUT, &in, 1);
	(void)snprintf(in.name, sizeof in.name, "%s", op.name);
	in.until_ms = 1000;
	RUN(tx, SESSION_PUT, &in);
	out = in;
	assert_false(GET(tx, SESSION_GET, &out)); /* at its end it is over */
	out.until_ms = 999;
	assert_true(GET(tx, SESSION_GET, &out));
	kit_same(ST_SESSION_GET, &in, &out);
	assert_int_equal(COUNT(tx, SESSION_FORGET, &in), 0);
	RUN(tx, SESSION_END, &in);
	out.until_ms = 999;
	assert_false(GET(tx, SESSION_GET, &out));
	RUN(tx, SESSION_PUT, &in);
	in.until_ms = 1001;
	assert_int_equal(COUNT(tx, SESSION_FORGET, &in), 1);
}

void user_codes(struct store_tx *tx)
{
	struct row_card card;
	struct row_user_code in, out;

	kit_card(tx, 1, &card);
	kit_fill(ST_USER_CODE_PUT, &in, 1);
	memcpy(in.card_id, card.card_id, sizeof in.card_id);
	in.tries_left = 3;
	RUN(tx, USER_CODE_PUT, &in);
	out = in;
	assert_true(GET(tx, USER_CODE_GET, &out));
	kit_same(ST_USER_CODE_GET, &in, &out);
	for (int left = 2; left >= 0; left--) {
		assert_true(GET(tx, USER_CODE_COUNT, &out));
		assert_int_equal(out.tries_left, left);
	}
	assert_false(GET(tx, USER_CODE_COUNT, &out));
	out.tries_left = 3;
	(void)snprintf(out.state, sizeof out.state, "blocked");
	RUN(tx, USER_CODE_STATE, &out);
	assert_false(GET(tx, USER_CODE_COUNT, &out)); /* a blocked code has no tries */
	assert_true(GET(tx, USER_CODE_GET, &out));
	assert_int_equal(out.tries_left, 3);
	RUN(tx, USER_CODE_PUT, &in);
	assert_true(GET(tx, USER_CODE_COUNT, &out));
	assert_string_equal(out.state, "active");
}

void one_time_codes(struct store_tx *tx)
{
	struct row_card card;
	struct row_one_time_code in, out;

	kit_card(tx, 1, &card);
	kit_fill(ST_OTC_PUT, &in, 1);
	memcpy(in.card_id, card.card_id, sizeof in.card_id);
	in.tries_left = 1;
	RUN(tx, OTC_PUT, &in);
	RUN(tx, OTC_PUT, &in);
	out = in;
	assert_true(GET(tx, OTC_GET, &out));
	kit_same(ST_OTC_GET, &in, &out);
	assert_true(GET(tx, OTC_COUNT, &out));
	assert_int_equal(out.tries_left, 0);
	assert_false(GET(tx, OTC_COUNT, &out));
	out.case_id[0] = '\0'; /* another case's is another code */
	assert_false(GET(tx, OTC_GET, &out));
	RUN(tx, OTC_END, &in);
	assert_false(GET(tx, OTC_GET, &in));
	assert_int_equal(COUNT(tx, OTC_END, &in), 0);
}
