/* SPDX-License-Identifier: Apache-2.0 */
/* The counter: its queue, and applications. */
#include "server/works.h"

#include <string.h>

static void visits(struct store_tx *tx)
{
	struct row_limit limit;
	struct row_visit in, out;
	const struct row_visit *day;
	size_t n;

	kit_fill(ST_VISIT_INSERT, &in, 1);
	in.number = 4;
	in.day = 20261126;
	(void)snprintf(in.kind, sizeof in.kind, "walk-in");
	(void)snprintf(in.state, sizeof in.state, "held");
	out = in;
	assert_false(GET(tx, VISIT_LAST, &out));
	RUN(tx, VISIT_INSERT, &in);
	assert_int_equal(COUNT(tx, VISIT_INSERT, &in), 0);
	out = in;
	assert_true(GET(tx, VISIT_LAST, &out));
	kit_same(ST_VISIT_LAST, &in, &out);
	(void)snprintf(in.state, sizeof in.state, "called");
	in.called_ms = 77;
	(void)snprintf(in.was, sizeof in.was, "held");
	RUN(tx, VISIT_MOVE, &in);
	assert_int_equal(COUNT(tx, VISIT_MOVE, &in), 0); /* it is held no more */
	assert_true(GET(tx, VISIT_GET, &out));
	kit_same(ST_VISIT_GET, &in, &out);
	day = EACH(tx, VISIT_OF_DAY, &out, &n);
	assert_int_equal(n, 1);
	kit_same(ST_VISIT_OF_DAY, &in, &day[0]);
	out.day = in.day; /* of that day itself nobody is missed yet */
	assert_int_equal(COUNT(tx, VISIT_MISSED, &out), 0);
	out.day = in.day + 1;
	out.ended_ms = 99;
	assert_int_equal(COUNT(tx, VISIT_MISSED, &out), 1);
	assert_true(GET(tx, VISIT_GET, &out));
	assert_string_equal(out.state, "missed");
	assert_int_equal(out.ended_ms, 99);
	/* Who was served when the day ended has been. */
	(void)snprintf(out.was, sizeof out.was, "missed");
	(void)snprintf(out.state, sizeof out.state, "in-progress");
	RUN(tx, VISIT_MOVE, &out);
	assert_int_equal(COUNTED(tx, VISIT_OLD_COUNT, INT64_MAX), 0);
	assert_int_equal(COUNT(tx, VISIT_FORGET, &(struct row_visit){.made_ms = INT64_MAX}), 0);
	out.day = in.day + 1;
	assert_int_equal(COUNT(tx, VISIT_MISSED, &out), 1);
	assert_true(GET(tx, VISIT_GET, &out));
	assert_string_equal(out.state, "finished");
	assert_int_equal(COUNTED(tx, VISIT_OLD_COUNT, out.made_ms), 0);
	assert_int_equal(COUNTED(tx, VISIT_OLD_COUNT, out.made_ms + 1), 1);
	out.made_ms++;
	RUN(tx, VISIT_FORGET, &out);
	assert_false(GET(tx, VISIT_GET, &out));
}

void the_counter(struct store_tx *tx)
{
	struct row_limit limit;
	struct row_application in, out;
	const struct row_application *open;
	struct row_card card;
	size_t n;

	visits(tx);
	kit_fill(ST_CARD_INSERT, &card, 77);
	(void)snprintf(card.status, sizeof card.status, "active");
	RUN(tx, CARD_INSERT, &card);
	kit_fill(ST_APPLICATION_INSERT, &in, 1);
	memcpy(in.card_id, card.card_id, sizeof in.card_id);
	(void)snprintf(in.applicant, sizeof in.applicant, "self");
	in.cause[0] = '\0';
	(void)snprintf(in.state, sizeof in.state, "open");
	in.until_ms = 50;
	RUN(tx, APPLICATION_INSERT, &in);
	assert_int_equal(COUNT(tx, APPLICATION_INSERT, &in), 0);
	out = in;
	assert_true(GET(tx, APPLICATION_GET, &out));
	kit_same(ST_APPLICATION_GET, &in, &out);
	open = EACH(tx, APPLICATION_OF, &out, &n);
	assert_int_equal(n, 1);
	kit_same(ST_APPLICATION_OF, &in, &open[0]);
	out.until_ms = 50;
	EACH(tx, APPLICATION_ENDING, &out, &n);
	assert_int_equal(n, 0);
	out.until_ms = 51;
	EACH(tx, APPLICATION_ENDING, &out, &n);
	assert_int_equal(n, 1);
	(void)snprintf(in.state, sizeof in.state, "accepted");
	(void)snprintf(in.cases, sizeof in.cases, "a,b");
	in.answer_ms = 9;
	RUN(tx, APPLICATION_PUT, &in);
	assert_true(GET(tx, APPLICATION_GET, &out));
	kit_same(ST_APPLICATION_GET, &in, &out);
	EACH(tx, APPLICATION_OF, &out, &n);
	assert_int_equal(n, 0);
	assert_int_equal(COUNT(tx, APPLICATION_END_ALL, &out), 0); /* it has ended already */
	assert_int_equal(COUNTED(tx, APPLICATION_OLD_COUNT, in.changed_ms), 0);
	assert_int_equal(COUNTED(tx, APPLICATION_OLD_COUNT, in.changed_ms + 1), 1);
	(void)snprintf(in.state, sizeof in.state, "letter");
	RUN(tx, APPLICATION_PUT, &in);
	assert_int_equal(COUNTED(tx, APPLICATION_OLD_COUNT, in.changed_ms + 1), 0);
	in.changed_ms = 500;
	RUN(tx, APPLICATION_END_ALL, &in);
	assert_true(GET(tx, APPLICATION_GET, &out));
	assert_string_equal(out.state, "expired");
	assert_int_equal(out.changed_ms, 500);
	out.changed_ms = 501;
	RUN(tx, APPLICATION_FORGET, &out);
	assert_false(GET(tx, APPLICATION_GET, &out));
}
