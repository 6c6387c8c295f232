/* SPDX-License-Identifier: Apache-2.0 */
/* The console: pages of cases, what there is of a card, counts. */
#include "server/works.h"

#include <string.h>

static void put_case(struct store_tx *tx, const char *id, const char *office, int64_t opened_ms,
		     const char *cause)
{
	struct row_case c;

	kit_fill(ST_CASE_INSERT, &c, 1);
	memset(c.card_id, 1, sizeof c.card_id);
	(void)snprintf(c.id, sizeof c.id, "%s", id);
	(void)snprintf(c.office, sizeof c.office, "%s", office);
	(void)snprintf(c.state, sizeof c.state, "done");
	(void)snprintf(c.door, sizeof c.door, "kiosk");
	(void)snprintf(c.cause, sizeof c.cause, "%s", cause);
	c.slot = 1;
	c.opened_ms = opened_ms;
	c.changed_ms = opened_ms + 3600000;
	RUN(tx, CASE_INSERT, &c);
}

/* Newest first, behind the cursor: of one time the higher id comes first. */
void pages(struct store_tx *tx)
{
	struct row_case_page in = {.opened_ms = 300, .id = "c"}, out = {0};
	const struct row_case_page *page;
	struct row_card card;
	size_t n;

	kit_card(tx, 1, &card);
	put_case(tx, "a", "here", 100, "");
	put_case(tx, "b", "there", 300, "forgotten");
	put_case(tx, "c", "here", 300, "");
	put_case(tx, "d", "here", 200, "");
	page = EACH(tx, CASE_PAGE, &in, &n);
	assert_int_equal(n, 3);
	assert_string_equal(page[0].id, "b");
	assert_string_equal(page[1].id, "d");
	assert_string_equal(page[0].number, card.number);
	assert_string_equal(page[0].cause, "forgotten");
	in.from_ms = 200;
	(void)EACH(tx, CASE_PAGE, &in, &n);
	assert_int_equal(n, 2);
	(void)snprintf(in.office, sizeof in.office, "here");
	page = EACH(tx, CASE_PAGE_OFFICE, &in, &n);
	assert_int_equal(n, 1);
	assert_string_equal(page[0].id, "d");
	memcpy(in.card_id, card.card_id, sizeof in.card_id);
	(void)EACH(tx, CASE_PAGE_CARD, &in, &n);
	assert_int_equal(n, 2);
	memset(in.card_id, 2, sizeof in.card_id);
	(void)EACH(tx, CASE_PAGE_CARD, &in, &n);
	assert_int_equal(n, 0);
	(void)snprintf(out.id, sizeof out.id, "d");
	assert_true(GET(tx, CASE_WHOLE, &out));
	assert_string_equal(out.profile, card.profile);
	assert_int_equal(out.opened_ms, 200);
	(void)snprintf(out.id, sizeof out.id, "e");
	assert_false(GET(tx, CASE_WHOLE, &out));
}

/* A span holds its first millisecond and not its last. */
void counts(struct store_tx *tx)
{
	struct row_count in = {.from_ms = 3600000, .to_ms = 7200000};
	const struct row_count *all;
	struct row_card card;
	size_t n;

	kit_card(tx, 1, &card);
	put_case(tx, "a", "here", 0, "");
	put_case(tx, "b", "there", 3599999, "typed-wrong");
	put_case(tx, "c", "here", 3600000, "forgotten");
	put_case(tx, "d", "there", 3600001, "forgotten");
	all = EACH(tx, COUNT_RESETS, &in, &n);
	assert_int_equal(n, 1);
	assert_string_equal(all[0].door, "kiosk");
	assert_string_equal(all[0].state, "done");
	assert_int_equal(all[0].hour, 1);
	assert_int_equal(all[0].n, 2);
	all = EACH(tx, COUNT_CAUSES, &in, &n);
	assert_int_equal(n, 1);
	assert_string_equal(all[0].profile, card.profile);
	assert_string_equal(all[0].cause, "forgotten");
	assert_int_equal(all[0].n, 2);
	(void)snprintf(in.office, sizeof in.office, "there");
	all = EACH(tx, COUNT_RESETS, &in, &n);
	assert_int_equal(all[0].n, 1);
	all = EACH(tx, COUNT_CAUSES, &in, &n);
	assert_int_equal(all[0].n, 1);
}

static void visits_of_days(struct store_tx *tx)
{
	struct row_visit v;
	size_t n;

	kit_fill(ST_VISIT_INSERT, &v, 1);
	v.number = 4;
	v.day = 20261126;
	(void)snprintf(v.kind, sizeof v.kind, "walk-in");
	(void)snprintf(v.state, sizeof v.state, "held");
	RUN(tx, VISIT_INSERT, &v);
	v.to_day = 20261126;
	(void)EACH(tx, VISIT_SPAN, &v, &n);
	assert_int_equal(n, 1);
	v.office[0] = '\0';
	(void)EACH(tx, VISIT_SPAN, &v, &n);
	assert_int_equal(n, 1);
	(void)snprintf(v.office, sizeof v.office, "elsewhere");
	(void)EACH(tx, VISIT_SPAN, &v, &n);
	assert_int_equal(n, 0);
}

void of_one(struct store_tx *tx)
{
	struct row_card card;
	struct row_card_slot slot = {.slot = 1};
	struct row_card_key key;
	struct row_grant grant;
	struct row_entry entry;
	size_t n;

	kit_card(tx, 1, &card);
	(void)EACH(tx, CARD_BY_NUMBER, &card, &n);
	assert_int_equal(n, 1);
	memcpy(slot.card_id, card.card_id, sizeof slot.card_id);
	RUN(tx, SLOT_PUT, &slot);
	(void)EACH(tx, SLOT_OF, &slot, &n);
	assert_int_equal(n, 1);
	kit_fill(ST_KEY_PUT, &key, 1);
	memcpy(key.card_id, card.card_id, sizeof key.card_id);
	RUN(tx, KEY_PUT, &key);
	(void)EACH(tx, KEY_OF, &key, &n);
	assert_int_equal(n, 1);
	put_case(tx, "a", "here", 100, "");
	kit_fill(ST_GRANT_INSERT, &grant, 1);
	(void)snprintf(grant.case_id, sizeof grant.case_id, "a");
	(void)snprintf(grant.state, sizeof grant.state, "done");
	grant.resets = 0;
	RUN(tx, GRANT_INSERT, &grant);
	(void)EACH(tx, GRANT_OF, &grant, &n);
	assert_int_equal(n, 1);
	kit_fill(ST_ENTRY_INSERT, &entry, 1);
	RUN(tx, ENTRY_INSERT, &entry);
	(void)EACH(tx, ENTRY_OF_CARD, &entry, &n);
	assert_int_equal(n, 1);
	entry.made_ms++;
	(void)EACH(tx, ENTRY_OF_CARD, &entry, &n);
	assert_int_equal(n, 0);
	card.number[0]--;
	(void)EACH(tx, CARD_BY_NUMBER, &card, &n);
	assert_int_equal(n, 0);
	visits_of_days(tx);
}
