/* SPDX-License-Identifier: Apache-2.0 */
/* One command and its answer: every length of it, and no command twice that must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "card/apdu.h"
#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- a card that answers what it is told --- */

#define SENT_MAX 320

struct fake {
	const char *const *answers; /* hex, one after the other; the last one for ever */
	size_t length;		    /* instead of answers: this many bytes, 90 00 at the end */
	bool lie;		    /* claims one byte more than there was room for */
	rp_code fails;		    /* at command number fails_at */
	unsigned fails_at;
	unsigned n;
	struct {
		uint8_t bytes[16]; /* the beginning */
		size_t len;
		const uint8_t *where;
	} sent[SENT_MAX];
};

static rp_code fake_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len,
			     uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct fake *f = self;

	(void)w;
	if (f->n == SENT_MAX)
		fail_msg("it does not end");
	assert_true(len >= 4);
	memcpy(f->sent[f->n].bytes, cmd, len < 16 ? len : 16);
	f->sent[f->n].len = len;
	f->sent[f->n].where = cmd;
	f->n++;
	if (f->fails != RP_OK && f->n == f->fails_at)
		return rp_fail(err, f->fails, "as the test wants it");
	if (f->lie) {
		*ret_len = cap + 1;
		return RP_OK;
	}
	if (f->answers != NULL) {
		const char *hex = f->answers[0];

		if (f->answers[1] != NULL)
			f->answers++;
		return hex_read(hex, ret, cap, ret_len) ? RP_OK : rp_fail(err, RP_E_CARD_REPLY, "too long");
	}
	if (f->length > cap)
		return rp_fail(err, RP_E_CARD_REPLY, "too long");
	memset(ret, 0xA5, f->length);
	if (f->length >= 2)
		memcpy(ret + f->length - 2, "\x90\x00", 2);
	*ret_len = f->length;
	return RP_OK;
}

static const struct transport_ops fake_ops = {.transmit = fake_transmit};

static rp_code send(struct fake *f, const struct apdu *a, uint8_t *buf, size_t cap, struct response *r,
		    struct rp_error *err)
{
	struct transport t = {.ops = &fake_ops, .self = f};
	const struct rp_wait none = {.deadline_ms = INT64_MAX, .cancel_fd = -1};
	unsigned count = 0;
	const struct exchange x = {.t = &t, .wait = &none, .count = &count};
	rp_code rc;

	f->n = 0;
	rc = apdu_transceive(&x, a, buf, cap, r, err);
	assert_int_equal(count, f->n); /* what a job costs is what was sent */
	return rc;
}

static const uint8_t pin[] = "135790";
static const struct apdu verify = {.ins = 0x20, .p2 = 0x80, .data = pin, .lc = 6, .secret = true};
static const struct apdu read_all = {.ins = 0xB0, .le = 256};
static const struct apdu ask = {.ins = 0x20, .p2 = 0x80};

static void every_length_of_answer_is_an_answer_or_an_error(void **state)
{
	uint8_t *buf = malloc(RESPONSE_MAX);
	struct fake f = {.answers = NULL};

	(void)state;
	assert_non_null(buf);
	for (f.length = 0; f.length <= RESPONSE_MAX; f.length++) {
		struct response r = {.len = 12345};
		struct rp_error err = RP_ERROR_INIT;
		rp_code rc = send(&f, &read_all, buf, RESPONSE_MAX, &r, &err);

		if (f.length < 2) {
			assert_int_equal(rc, RP_E_CARD_REPLY);
			assert_int_equal(err.code, RP_E_CARD_REPLY);
			assert_int_equal(r.len, 12345);
			continue;
		}
		assert_int_equal(rc, RP_OK);
		assert_ptr_equal(r.data, buf);
		assert_int_equal(r.len, f.length - 2);
		assert_int_equal(r.sw, 0x9000);
		if (r.len > 0)
			assert_true(r.data[0] == 0xA5 && r.data[r.len - 1] == 0xA5);
	}
	free(buf);
}

static void an_answer_longer_than_the_buffer_is_refused(void **state)
{
	struct response r = {0};
	struct rp_error err = RP_ERROR_INIT;
	struct fake f = {.length = 11};
	uint8_t *buf = malloc(10);

	(void)state;
	assert_int_equal(send(&f, &read_all, buf, 10, &r, &err), RP_E_CARD_REPLY);
	f.lie = true;
	assert_int_equal(send(&f, &read_all, buf, 10, &r, &err), RP_E_CARD_REPLY);
	free(buf);
}

static void errors_of_the_transport_come_through(void **state)
{
	static const rp_code codes[] = {RP_E_CARD_GONE, RP_E_CARD_RESET, RP_E_CARD_IO, RP_E_CARD_TIMEOUT,
					RP_E_CANCELLED};
	uint8_t buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		struct fake f = {.length = 2, .fails = codes[i], .fails_at = 1};
		struct response r;
		struct rp_error err = RP_ERROR_INIT;

		assert_int_equal(send(&f, &verify, buf, sizeof buf, &r, &err), codes[i]);
		assert_int_equal(err.code, codes[i]);
		assert_int_equal(f.n, 1);
		assert_memory_equal(err.story, "VERIFY: ", 8);
	}
}

/* --- 61XX --- */

struct more_row {
	const char *name;
	const char *answers[5];
	rp_code rc;
	const char *data;
	uint16_t sw;
	unsigned sent;
};

static const struct more_row mores[] = {
	{"nothing waits", {"AABB9000"}, RP_OK, "AABB", 0x9000, 1},
	{"two bytes wait", {"6102", "AABB9000"}, RP_OK, "AABB", 0x9000, 2},
	{"some came at once", {"AA6101", "BB9000"}, RP_OK, "AABB", 0x9000, 2},
	{"in three pieces", {"AA6101", "BB6101", "CC9000"}, RP_OK, "AABBCC", 0x9000, 3},
	{"less came than promised", {"6104", "AA9000"}, RP_OK, "AA", 0x9000, 2},
	{"more came than promised", {"6101", "AABBCC9000"}, RP_OK, "AABBCC", 0x9000, 2},
	{"promised, then refused", {"AA6101", "6982"}, RP_OK, "AA", 0x6982, 2},
	{"promised, then a wrong PIN", {"6101", "63C2"}, RP_OK, "", 0x63C2, 2},
	{"promised again without data", {"6102", "6102"}, RP_E_CARD_REPLY, NULL, 0, 2},
	{"promised, then one byte", {"6102", "90"}, RP_E_CARD_REPLY, NULL, 0, 2},
	{"promised, then none", {"6102", ""}, RP_E_CARD_REPLY, NULL, 0, 2},
	{"as much as there is room for",
	 {"AA610D", "0102030405060708090A0B0C0D9000"},
	 RP_OK,
	 "AA0102030405060708090A0B0C0D",
	 0x9000,
	 2},
	{"one more than there is room for", {"AA610E", "9000"}, RP_E_CARD_REPLY, NULL, 0, 1},
	{"256 for which there is no room", {"6100", "9000"}, RP_E_CARD_REPLY, NULL, 0, 1},
};

static void waiting_data_is_collected(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mores / sizeof mores[0]; i++) {
		const struct more_row *m = &mores[i];
		struct fake f = {.answers = m->answers};
		uint8_t *buf = malloc(16);
		struct response r = {0};
		char hex[40];
		rp_code rc = send(&f, &read_all, buf, 16, &r, NULL);

		if (rc != m->rc || f.n != m->sent)
			fail_msg("%s: %d, %u sent", m->name, (int)rc, f.n);
		if (rc == RP_OK) {
			assert_int_equal(r.sw, m->sw);
			assert_true(hex_of(r.data, r.len, hex, sizeof hex));
			assert_string_equal(hex, m->data);
		}
		free(buf);
	}
}

static void it_is_asked_for_on_the_same_channel_and_in_the_length_told(void **state)
{
	static const char *const answers[] = {"6102", "AA6100", "BB9000", NULL};
	const struct apdu a = {
		.cla = 0x0F, .ins = 0xCA, .le = 256}; /* channel 3, protected: only the channel stays */
	struct fake f = {.answers = answers};
	struct response r;
	uint8_t buf[300];

	(void)state;
	assert_int_equal(send(&f, &a, buf, sizeof buf, &r, NULL), RP_OK);
	assert_int_equal(f.sent[1].len, 5);
	assert_memory_equal(f.sent[1].bytes, "\x03\xC0\x00\x00\x02", 5);
	assert_memory_equal(f.sent[2].bytes, "\x03\xC0\x00\x00\x00", 5);
	assert_int_equal(r.len, 2);
}

static void a_card_that_never_ends_is_ended(void **state)
{
	static const char *const bytewise[] = {"AA6100", NULL}, *const empty[] = {"6100", NULL};
	struct fake f = {.answers = bytewise};
	uint8_t *buf = malloc(RESPONSE_MAX);
	struct response r;

	(void)state;
	assert_int_equal(send(&f, &read_all, buf, RESPONSE_MAX, &r, NULL), RP_E_CARD_REPLY);
	assert_true(f.n > 256 && f.n < 300); /* 64 KiB in pieces of 256 still come through */
	f.answers = empty;
	assert_int_equal(send(&f, &read_all, buf, RESPONSE_MAX, &r, NULL), RP_E_CARD_REPLY);
	assert_int_equal(f.n, 2);
	free(buf);
}

/* --- 6CXX, and what may be sent again --- */

static void a_wrong_le_is_asked_for_again_once(void **state)
{
	static const char *const known[] = {"6C03", "AABBCC9000", NULL}, *const always[] = {"6C03", NULL},
				 *const all[] = {"6C00", "9000", NULL};
	struct fake f = {.answers = known};
	struct response r;
	uint8_t buf[300];

	(void)state;
	assert_int_equal(send(&f, &read_all, buf, sizeof buf, &r, NULL), RP_OK);
	assert_int_equal(f.n, 2);
	assert_memory_equal(f.sent[1].bytes, "\x00\xB0\x00\x00\x03", 5);
	assert_int_equal(r.len, 3);
	f.answers = always;
	assert_int_equal(send(&f, &read_all, buf, sizeof buf, &r, NULL), RP_OK);
	assert_int_equal(f.n, 2);
	assert_int_equal(r.sw, 0x6C03);
	f.answers = all;
	assert_int_equal(send(&f, &read_all, buf, sizeof buf, &r, NULL), RP_OK);
	assert_memory_equal(f.sent[1].bytes, "\x00\xB0\x00\x00\x00", 5);
}

/* A second VERIFY would be a second try: whatever the card answers, it goes out once. */
static void no_status_word_makes_a_verify_go_twice(void **state)
{
	uint8_t buf[300];

	(void)state;
	for (unsigned sw = 0; sw <= 0xFFFF; sw++) {
		char first[5];
		const char *const answers[] = {first, "9000", NULL};
		struct fake f = {.answers = answers};
		struct response r;

		(void)snprintf(first, sizeof first, "%04X", sw);
		assert_int_equal(send(&f, &verify, buf, sizeof buf, &r, NULL), RP_OK);
		assert_memory_equal(f.sent[0].bytes, "\x00\x20\x00\x80\x06", 5);
		for (unsigned i = 1; i < f.n; i++)
			assert_int_equal(f.sent[i].bytes[1], 0xC0); /* GET RESPONSE after 61XX */
		assert_int_equal(f.n, sw >> 8 == 0x61 ? 2 : 1);
		/* the question for the tries likewise: it has no Le that could be wrong */
		f.answers = answers;
		assert_int_equal(send(&f, &ask, buf, sizeof buf, &r, NULL), RP_OK);
		assert_int_equal(f.n, sw >> 8 == 0x61 ? 2 : 1);
	}
}

static void no_command_with_data_is_repeated(void **state)
{
	static const char *const answers[] = {"6C10", NULL};
	uint8_t buf[64];

	(void)state;
	for (unsigned ins = 0; ins < 256; ins++) {
		const struct apdu a = {.ins = (uint8_t)ins, .data = pin, .lc = 1, .le = 256};
		struct fake f = {.answers = answers};
		struct response r;

		assert_int_equal(send(&f, &a, buf, sizeof buf, &r, NULL), RP_OK);
		assert_int_equal(f.n, 1);
		assert_int_equal(r.sw, 0x6C10);
	}
}

/* --- command chaining --- */

struct chain_row {
	size_t lc;
	unsigned pieces;
	size_t last;
};

static void long_data_is_chained_in_pieces_of_255(void **state)
{
	static const struct chain_row rows[] = {{0, 1, 0},   {1, 1, 1},	    {255, 1, 255},
						{256, 2, 1}, {510, 2, 255}, {600, 3, 90}};
	static const char *const good[] = {"9000", NULL};
	uint8_t data[600], buf[300];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i / 255 + 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct apdu a = {.cla = 0x04,
				       .ins = 0xDB,
				       .p1 = 0x3F,
				       .p2 = 0xFF,
				       .data = data,
				       .lc = rows[i].lc,
				       .le = 256,
				       .chain = true};
		struct fake f = {.answers = good};
		struct response r;

		assert_int_equal(send(&f, &a, buf, sizeof buf, &r, NULL), RP_OK);
		assert_int_equal(f.n, rows[i].pieces);
		for (unsigned k = 0; k < f.n; k++) {
			const bool last = k + 1 == f.n;
			const size_t lc = last ? rows[i].last : 255;

			assert_int_equal(f.sent[k].bytes[0], last ? 0x04 : 0x14);
			assert_memory_equal(f.sent[k].bytes + 1, "\xDB\x3F\xFF", 3);
			/* Le stands behind the last piece only */
			assert_int_equal(f.sent[k].len, 4 + (lc > 0 ? 1 + lc : 0) + (last ? 1 : 0));
			if (lc > 0) {
				assert_int_equal(f.sent[k].bytes[4], lc);
				assert_int_equal(f.sent[k].bytes[5], k + 1);
			}
		}
	}
}

static void a_refused_piece_ends_the_chain(void **state)
{
	static const char *const second[] = {"9000", "6A80", "9000", NULL},
				 *const first[] = {"6883", "9000", NULL},
				 *const wrong_le[] = {"6C10", "9000", NULL},
				 *const longer[] = {"9000", "6101", "AA9000", NULL};
	uint8_t data[600] = {0}, buf[300];
	const struct apdu a = {.ins = 0xDB, .data = data, .lc = sizeof data, .le = 256, .chain = true};
	struct fake f = {.answers = second};
	struct response r;

	(void)state;
	assert_int_equal(send(&f, &a, buf, sizeof buf, &r, NULL), RP_OK);
	assert_int_equal(f.n, 2);
	assert_int_equal(r.sw, 0x6A80);
	f.answers = first;
	assert_int_equal(send(&f, &a, buf, sizeof buf, &r, NULL), RP_OK);
	assert_int_equal(f.n, 1);
	assert_int_equal(r.sw, 0x6883);
	f.answers = wrong_le;
	assert_int_equal(send(&f, &a, buf, sizeof buf, &r, NULL), RP_OK);
	assert_int_equal(f.n, 1);
	/* an answer with data in the middle is none that a chain can have: no third piece */
	f.answers = longer;
	assert_int_equal(send(&f, &a, buf, sizeof buf, &r, NULL), RP_OK);
	assert_int_equal(f.n, 3);
	assert_int_equal(f.sent[2].bytes[1], 0xC0);
	f = (struct fake){.length = 2, .fails = RP_E_CARD_GONE, .fails_at = 2};
	assert_int_equal(send(&f, &a, buf, sizeof buf, &r, NULL), RP_E_CARD_GONE);
	assert_int_equal(f.n, 2);
}

static void without_chaining_long_data_is_extended(void **state)
{
	static const char *const good[] = {"9000", NULL};
	uint8_t data[600] = {0}, buf[300];
	const struct apdu a = {.ins = 0xDB, .data = data, .lc = sizeof data};
	struct fake f = {.answers = good};
	struct response r;

	(void)state;
	assert_int_equal(send(&f, &a, buf, sizeof buf, &r, NULL), RP_OK);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.sent[0].len, 4 + 3 + 600);
	assert_memory_equal(f.sent[0].bytes + 4, "\x00\x02\x58", 3);
}

/* --- secrets --- */

static char heard[8192];

static void listen(void *arg, enum log_level level, const char *line)
{
	const size_t at = strlen(heard);

	(void)arg;
	(void)level;
	(void)snprintf(heard + at, sizeof heard - at, "%s\n", line);
}

static void secrets_are_not_in_the_log_nor_is_their_length(void **state)
{
	static const char *const forms_of_it[] = {"135790", "313335373930", "31 33 35 37"};
	const struct apdu open = {.ins = 0xA4, .data = (const uint8_t *)"ABCDEF", .lc = 6};
	static const char *const answers[] = {"6C10", "6102", "AABB9000", "63C2", NULL};
	struct fake f = {.answers = answers};
	struct rp_error err = RP_ERROR_INIT;
	struct response r;
	uint8_t buf[64];

	(void)state;
	heard[0] = '\0';
	log_to(listen, NULL, LOG_LVL_DEBUG);
	for (int i = 0; i < 3; i++)
		assert_int_equal(send(&f, &verify, buf, sizeof buf, &r, NULL), RP_OK);
	f = (struct fake){.length = 1};
	assert_int_equal(send(&f, &verify, buf, sizeof buf, &r, &err), RP_E_CARD_REPLY);
	f = (struct fake){.length = 2};
	assert_int_equal(send(&f, &open, buf, sizeof buf, &r, NULL), RP_OK);
	log_to(NULL, NULL, LOG_LVL_ERR);
	assert_non_null(strstr(heard, "ins=\"VERIFY\""));
	assert_non_null(strstr(heard, "sw=63C2"));
	for (size_t i = 0; i < 3; i++) {
		assert_null(strstr(heard, forms_of_it[i]));
		assert_null(strstr(err.story, forms_of_it[i]));
	}
	/* the length of a PIN is the holder's; that of a name is not; bodies are in it never */
	assert_int_equal(strncmp(strstr(heard, "lc="), "lc=0 ", 5), 0);
	assert_non_null(strstr(heard, "ins=\"SELECT\" cla=00 p1=00 p2=00 lc=6"));
	assert_null(strstr(heard, "ABCDEF"));
	assert_null(strstr(heard, "414243"));
}

static bool is_mapped(const uint8_t *p)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)p / page * page;
	unsigned char there;
	void *where;

	memcpy(&where, &start, sizeof where);
	return mincore(where, 1, &there) == 0;
}

/* The command that holds a PIN is built on guarded pages, and these are gone afterwards. */
static void a_command_with_a_secret_leaves_nothing_behind(void **state)
{
	struct fake f = {.length = 2};
	struct response r;
	uint8_t buf[64];

	(void)state;
	assert_int_equal(send(&f, &verify, buf, sizeof buf, &r, NULL), RP_OK);
	assert_false(is_mapped(f.sent[0].where));
	assert_true(is_mapped(buf));
	f = (struct fake){.length = 0};
	assert_int_equal(send(&f, &verify, buf, sizeof buf, &r, NULL), RP_E_CARD_REPLY);
	assert_false(is_mapped(f.sent[0].where));
	f = (struct fake){.length = 2, .fails = RP_E_CARD_GONE, .fails_at = 1};
	assert_int_equal(send(&f, &verify, buf, sizeof buf, &r, NULL), RP_E_CARD_GONE);
	assert_false(is_mapped(f.sent[0].where));
}

static void commands_are_called_by_their_names(void **state)
{
	(void)state;
	assert_string_equal(apdu_ins_name(0x20), "VERIFY");
	assert_string_equal(apdu_ins_name(0x24), "CHANGE REFERENCE DATA");
	assert_string_equal(apdu_ins_name(0x2C), "RESET RETRY COUNTER");
	assert_string_equal(apdu_ins_name(0x5A), "INS 5A");
	for (unsigned ins = 0; ins < 256; ins++)
		assert_true(strlen(apdu_ins_name((uint8_t)ins)) >= 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_of_answer_is_an_answer_or_an_error),
		cmocka_unit_test(an_answer_longer_than_the_buffer_is_refused),
		cmocka_unit_test(errors_of_the_transport_come_through),
		cmocka_unit_test(waiting_data_is_collected),
		cmocka_unit_test(it_is_asked_for_on_the_same_channel_and_in_the_length_told),
		cmocka_unit_test(a_card_that_never_ends_is_ended),
		cmocka_unit_test(a_wrong_le_is_asked_for_again_once),
		cmocka_unit_test(no_status_word_makes_a_verify_go_twice),
		cmocka_unit_test(no_command_with_data_is_repeated),
		cmocka_unit_test(long_data_is_chained_in_pieces_of_255),
		cmocka_unit_test(a_refused_piece_ends_the_chain),
		cmocka_unit_test(without_chaining_long_data_is_extended),
		cmocka_unit_test(secrets_are_not_in_the_log_nor_is_their_length),
		cmocka_unit_test(a_command_with_a_secret_leaves_nothing_behind),
		cmocka_unit_test(commands_are_called_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
