/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every piece of work, on both engines: whole or not at all, one after the other. */
#include "server/store_kit.h"

#include <pthread.h>

#define THREADS 8

static const struct store_opts plain = {0};

static struct row_meta meta_row(const char *name, const char *value)
{
	struct row_meta m = {0};

	(void)snprintf(m.name, sizeof m.name, "%s", name);
	(void)snprintf(m.value, sizeof m.value, "%s", value);
	return m;
}

static bool is_there;

static void look_for_it(struct store_tx *tx)
{
	struct row_meta m = meta_row("it", "");

	is_there = GET(tx, META_GET, &m);
}

static void assert_there(bool there)
{
	kit_work(look_for_it);
	assert_int_equal(is_there, there);
}

static void put_it(struct store_tx *tx)
{
	struct row_meta m = meta_row("it", "");

	RUN(tx, META_PUT, &m);
}

/* --- whole or not at all --- */

static rp_code write_and_refuse(struct store_tx *tx, void *arg, struct rp_error *err)
{
	(void)arg;
	put_it(tx);
	return rp_refuse(err, RP_PROBLEM_CODE_WRONG, "at the end");
}

static void a_work_that_refuses_leaves_nothing(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	assert_int_equal(store_work(kit.s, &plain, write_and_refuse, NULL, &err), RP_E_ISSUER_REFUSED);
	assert_int_equal(err.problem, RP_PROBLEM_CODE_WRONG);
	assert_there(false);
	kit_work(put_it);
	assert_there(true);
}

/* A statement fails in the way of `stmt`; the work says RP_OK all the same when arg tells it to. */
struct failing {
	enum store_stmt stmt;
	void *row;
	size_t size;
	bool passes_over;
};

static rp_code write_and_fail(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct failing *f = arg;
	rp_code rc;

	put_it(tx);
	rc = store_run_sized(tx, f->stmt, f->row, f->size, NULL, err);
	return f->passes_over ? RP_OK : rc;
}

static void assert_fails(struct failing f, rp_code code)
{
	for (int i = 0; i < 2; i++) {
		struct rp_error err = RP_ERROR_INIT;

		f.passes_over = i == 1;
		assert_int_equal(store_work(kit.s, &plain, write_and_fail, &f, &err), code);
		assert_int_equal(err.code, code);
		assert_true(err.story[0] != '\0');
		assert_there(false);
	}
}
#define FAILING(statement, r) ((struct failing){.stmt = ST_##statement, .row = (r), .size = sizeof *(r)})

static void a_work_with_a_failed_statement_is_not_committed(void **state)
{
	struct row_entry entry;
	struct row_idempotency idem;
	struct row_session session;
	struct row_card card;

	(void)state;
	kit_fill(ST_ENTRY_INSERT, &entry, 1);
	kit_fill(ST_IDEM_INSERT, &idem, 1);
	kit_fill(ST_SESSION_PUT, &session, 1);
	kit_fill(ST_CARD_INSERT, &card, 1);
	(void)snprintf(card.status, sizeof card.status, "MARKER");
	assert_int_equal(kit_run_alone(kit.s, ST_ENTRY_INSERT, &entry, sizeof entry, NULL), RP_OK);
	assert_fails(FAILING(ENTRY_INSERT, &entry), RP_E_CONFLICT);  /* a receipt that is there */
	assert_fails(FAILING(IDEM_RESULT, &idem), RP_E_CONFLICT);    /* a key that is not */
	assert_fails(FAILING(SESSION_PUT, &session), RP_E_CONFLICT); /* nobody of this name */
	assert_fails(FAILING(CARD_INSERT, &card), RP_E_STORE);	     /* a status that is none */
}

static rp_code insert_twice(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_nonce *n = arg;
	rp_code rc = store_run(tx, ST_NONCE_USE, n, NULL, err);

	if (rc != RP_OK)
		return rc;
	assert_int_equal(store_run(tx, ST_NONCE_USE, n, NULL, err), RP_E_CONFLICT);
	put_it(tx);
	return RP_OK;
}

static void after_a_conflict_the_work_may_go_on(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	struct row_nonce n;

	(void)state;
	kit_fill(ST_NONCE_USE, &n, 1);
	assert_ok(store_work(kit.s, &plain, insert_twice, &n, &err), &err);
	assert_there(true);
	assert_int_equal(kit_run_alone(kit.s, ST_NONCE_USE, &n, sizeof n, &err), RP_E_CONFLICT);
}

/* Many statements in a row that nobody waits for: more than the queue takes. */
static void put_many(struct store_tx *tx)
{
	struct row_outbox o;

	kit_fill(ST_OUTBOX_PUT, &o, 1);
	o.sent_ms = 0;
	for (int i = 0; i < 400; i++)
		RUN(tx, OUTBOX_PUT, &o);
}

static void count_many(struct store_tx *tx)
{
	struct row_outbox o = {0};
	const struct row_outbox *due;
	size_t n;

	for (int round = 0; round < 4; round++) {
		due = EACH(tx, OUTBOX_DUE, &o, &n);
		assert_int_equal(n, 100);
		for (size_t i = 0; i < n; i++) {
			o = due[i];
			o.sent_ms = 1;
			RUN(tx, OUTBOX_SENT, &o);
		}
	}
	EACH(tx, OUTBOX_DUE, &o, &n);
	assert_int_equal(n, 0);
}

static void many_statements_without_a_wait_all_arrive(void **state)
{
	(void)state;
	kit_work(put_many);
	kit_work(count_many);
}

/* --- calls that are wrong --- */

static rp_code call_with_another_row(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_nonce n = {0};
	bool found;

	(void)arg;
	return store_get(tx, ST_CARD_BY_ID, &n, &found, err);
}

static void a_row_of_another_kind_is_a_fault(void **state)
{
	(void)state;
	assert_int_equal(store_work(kit.s, &plain, call_with_another_row, NULL, NULL), RP_E_FAULT);
}

static void a_text_that_is_not_utf8_is_refused(void **state)
{
	static const char *const bad[] = {"\x80",
					  "\xC0\x80",
					  "\xC1\xBF",
					  "\xC3",
					  "\xC3(",
					  "\xE0\x9F\xBF",
					  "\xED\xA0\x80",
					  "\xE2\x82",
					  "\xF0\x8F\xBF\xBF",
					  "\xF4\x90\x80\x80",
					  "\xF5\x80\x80\x80",
					  "MARKER\xFF"};
	static const char *const good[] = {
		"", "a", "\xC2\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"};
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct row_meta m = meta_row("it", bad[i]);
		assert_int_equal(kit_run_alone(kit.s, ST_META_PUT, &m, sizeof m, &err), RP_E_USAGE);
		assert_null(strstr(err.story, "MARKER"));
	}
	assert_there(false);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct row_meta m = meta_row("it", good[i]);
		assert_ok(kit_run_alone(kit.s, ST_META_PUT, &m, sizeof m, &err), &err);
	}
}

static void what_is_too_long_is_refused(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	struct row_card card;
	struct row_meta m = meta_row("it", "");

	(void)state;
	memset(m.value, 'x', sizeof m.value);
	assert_int_equal(kit_run_alone(kit.s, ST_META_PUT, &m, sizeof m, &err), RP_E_USAGE);
	kit_fill(ST_CARD_INSERT, &card, 1);
	card.gids_key.len = ROW_BYTES + 1;
	assert_int_equal(kit_run_alone(kit.s, ST_CARD_INSERT, &card, sizeof card, &err), RP_E_USAGE);
	assert_there(false);
}

static rp_code get_it(struct store_tx *tx, void *arg, struct rp_error *err)
{
	bool found;

	return store_get(tx, ST_META_GET, (struct row_meta *)arg, &found, err);
}

static void what_does_not_fit_comes_out_as_a_failure(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	struct row_meta m = meta_row("it", "untouched");
	char sql[4096], value[ROW_JSON + 1];

	(void)state;
	memset(value, 'M', sizeof value);
	(void)snprintf(sql, sizeof sql, "INSERT INTO meta (name, value) VALUES ('it', '%.*s')",
		       (int)sizeof value, value);
	kit_raw(sql);
	assert_int_equal(store_work(kit.s, &plain, get_it, &m, &err), RP_E_STORE);
	assert_string_equal(m.value, "untouched");
	assert_non_null(strstr(err.story, "'value'"));
	assert_null(strstr(err.story, "MMM"));
}

static void a_story_has_no_value_in_it(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	struct row_card card;
	struct row_entry entry;

	(void)state;
	kit_fill(ST_CARD_INSERT, &card, 1);
	(void)snprintf(card.status, sizeof card.status, "MARKER");
	(void)snprintf(card.number, sizeof card.number, "MARKER");
	assert_int_equal(kit_run_alone(kit.s, ST_CARD_INSERT, &card, sizeof card, &err), RP_E_STORE);
	assert_null(strstr(err.story, "MARKER"));
	assert_non_null(strstr(err.story, "CARD_INSERT"));
	kit_fill(ST_ENTRY_INSERT, &entry, 1);
	(void)snprintf(entry.receipt, sizeof entry.receipt, "MARKER");
	assert_ok(kit_run_alone(kit.s, ST_ENTRY_INSERT, &entry, sizeof entry, &err), &err);
	assert_int_equal(kit_run_alone(kit.s, ST_ENTRY_INSERT, &entry, sizeof entry, &err), RP_E_CONFLICT);
	assert_null(strstr(err.story, "MARKER"));
	assert_non_null(strstr(err.story, "ENTRY_INSERT"));
}

static rp_code put_it_and_say(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_meta m = meta_row("it", "");

	(void)arg;
	return store_run(tx, ST_META_PUT, &m, NULL, err);
}

static void work_that_only_reads_cannot_write(void **state)
{
	const struct store_opts reading = {.read_only = true};
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	assert_int_equal(store_work(kit.s, &reading, put_it_and_say, NULL, &err), RP_E_USAGE);
	assert_there(false);
	/* The same connection writes and reads again afterwards. */
	assert_ok(store_work(kit.s, &plain, put_it_and_say, NULL, &err), &err);
	kit_work_on(kit.s, &reading, look_for_it);
	assert_true(is_there);
	assert_ok(store_work(kit.s, &plain, put_it_and_say, NULL, &err), &err);
}

/* --- rows one by one --- */

struct walk {
	struct store_tx *tx;
	unsigned seen, end_at;
};

static rp_code seal_each(void *arg, const void *row, struct rp_error *err)
{
	struct walk *w = arg;
	struct row_entry e = *(const struct row_entry *)row;

	if (w->seen == w->end_at)
		return rp_fail(err, RP_E_CANCELLED, "enough");
	e.leaf = w->seen++;
	return store_run(w->tx, ST_ENTRY_SEAL, &e, NULL, err);
}

static rp_code walk_entries(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct walk *w = arg;
	struct row_entry e = {0};

	w->tx = tx;
	w->seen = 0;
	return store_each(tx, ST_ENTRY_UNSEALED, &e, seal_each, w, err);
}

static void put_entries(struct store_tx *tx)
{
	struct row_entry e;

	kit_fill(ST_ENTRY_INSERT, &e, 1);
	for (char c = 'a'; c < 'f'; c++) {
		e.receipt[0] = c;
		RUN(tx, ENTRY_INSERT, &e);
	}
}

static void rows_may_be_written_while_they_are_read(void **state)
{
	struct walk w = {.end_at = 3};
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	kit_work(put_entries);
	assert_int_equal(store_work(kit.s, &plain, walk_entries, &w, &err), RP_E_CANCELLED);
	assert_string_equal(err.story, "enough");
	w.end_at = 99;
	assert_ok(store_work(kit.s, &plain, walk_entries, &w, &err), &err);
	assert_int_equal(w.seen, 5); /* the first three had been rolled back */
}

/* --- together --- */

static void each_thread(void *(*fn)(void *), void *args, size_t size)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fn, (char *)args + i * size), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

struct counter {
	store *s;
	unsigned works, counted, failed;
	struct rp_error err;
};

static rp_code count_code(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_user_code c = {.card_id = {1}};
	bool *counted = arg;

	memset(c.card_id, 1, sizeof c.card_id);
	return store_get(tx, ST_USER_CODE_COUNT, &c, counted, err);
}

static void *count_codes(void *arg)
{
	struct counter *c = arg;
	uint8_t card[CARD_ID_LEN];
	const struct store_opts o = {.card_id = card};

	memset(card, 1, sizeof card);
	for (unsigned i = 0; i < c->works; i++) {
		bool counted = false;
		if (store_work(c->s, &o, count_code, &counted, &c->err) != RP_OK)
			c->failed++;
		c->counted += counted;
	}
	return NULL;
}

static void put_code(struct store_tx *tx)
{
	struct row_card card;
	struct row_user_code c;

	kit_card(tx, 1, &card);
	kit_fill(ST_USER_CODE_PUT, &c, 1);
	memcpy(c.card_id, card.card_id, sizeof c.card_id);
	c.tries_left = 50;
	RUN(tx, USER_CODE_PUT, &c);
}

static void eight_threads_count_as_often_as_there_are_tries(void **state)
{
	struct store_conf two = {.connections = 2}; /* so that threads wait for a connection, too */
	struct counter c[THREADS] = {0};
	unsigned counted = 0;
	store *other;

	(void)state;
	kit_reopen(&two);
	other = kit_store(NULL); /* as another process would have it */
	kit_work(put_code);
	for (size_t i = 0; i < THREADS; i++) {
		c[i].works = 10;
		c[i].s = i % 2 == 0 ? kit.s : other;
	}
	each_thread(count_codes, c, sizeof c[0]);
	store_close(other);
	for (size_t i = 0; i < THREADS; i++) {
		if (c[i].failed > 0)
			fail_msg("%s", c[i].err.story);
		counted += c[i].counted;
	}
	assert_int_equal(counted, 50);
}

/* Moves the head from what it saw by one; a loser tries again until it has won `works` times. */
static rp_code move_head(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct row_head h = {0};
	size_t *n = arg;
	bool found;
	rp_code rc = store_get(tx, ST_HEAD_GET, &h, &found, err);

	if (rc != RP_OK)
		return rc;
	h.old_size = h.size++;
	return store_run(tx, ST_HEAD_MOVE, &h, n, err);
}

static void *move_heads(void *arg)
{
	struct counter *c = arg;

	while (c->counted < c->works && c->failed == 0) {
		size_t n = 0;
		if (store_work(c->s, &plain, move_head, &n, &c->err) != RP_OK)
			c->failed++;
		c->counted += n == 1;
	}
	return NULL;
}

static void read_head(struct store_tx *tx)
{
	struct row_head h = {0};

	assert_true(GET(tx, HEAD_GET, &h));
	assert_int_equal(h.size, THREADS * 5);
}

static void of_two_who_move_the_head_one_wins(void **state)
{
	struct counter c[THREADS] = {0};
	store *other = kit_store(NULL);

	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		c[i].works = 5;
		c[i].s = i % 2 == 0 ? kit.s : other;
	}
	each_thread(move_heads, c, sizeof c[0]);
	store_close(other);
	for (size_t i = 0; i < THREADS; i++)
		if (c[i].failed > 0)
			fail_msg("%s", c[i].err.story);
	kit_work(read_head);
}

#define T(fn, sentence)                                                                                      \
	{                                                                                                    \
		sentence, fn, kit_setup, kit_teardown, NULL                                                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_work_that_refuses_leaves_nothing, "a work that refuses leaves nothing"),
		T(a_work_with_a_failed_statement_is_not_committed,
		  "a work with a failed statement is not committed, even when it passes over it"),
		T(after_a_conflict_the_work_may_go_on, "after a conflict the work may go on"),
		T(many_statements_without_a_wait_all_arrive, "many statements without a wait all arrive"),
		T(a_row_of_another_kind_is_a_fault, "a row of another kind is a fault"),
		T(a_text_that_is_not_utf8_is_refused, "a text that is not UTF-8 is refused"),
		T(what_is_too_long_is_refused, "what is too long or has no end is refused"),
		T(what_does_not_fit_comes_out_as_a_failure,
		  "what does not fit its field comes out as a failure"),
		T(a_story_has_no_value_in_it, "a story names the statement and no value"),
		T(work_that_only_reads_cannot_write, "work that only reads cannot write"),
		T(rows_may_be_written_while_they_are_read,
		  "rows may be written while they are read, and the walk ended"),
		T(eight_threads_count_as_often_as_there_are_tries,
		  "eight threads count as often as there are tries"),
		T(of_two_who_move_the_head_one_wins, "of two who move the head one wins"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
