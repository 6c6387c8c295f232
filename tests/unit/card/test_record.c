/* SPDX-License-Identifier: Apache-2.0 */
/* What the recorder writes holds no secret, and a look at a card can be played again from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "support/vreader.h"
#include <cmocka.h>

#define TEXT_MAX 262144

struct tape {
	char text[TEXT_MAX];
	size_t len;
};

static void write_line(void *arg, const char *line)
{
	struct tape *t = arg;
	const int n = snprintf(t->text + t->len, sizeof t->text - t->len, "%s\n", line);

	assert_true(n > 0 && (size_t)n < sizeof t->text - t->len);
	t->len += (size_t)n;
}

/* A context whose card is recorded from now on. */
static rp_ctx *open_recorded(struct vreader *v, struct vcard *card, struct tape *tape)
{
	rp_ctx *ctx = vreader_open(v, card);
	struct transport recorded;

	assert_int_equal(transport_record(&ctx->t, write_line, tape, &recorded, NULL), RP_OK);
	assert_null(ctx->t.ops); /* taken over */
	ctx->t = recorded;
	if (strcmp(card->family->name, "hicos") == 0) {
		rp_secret *key = NULL;

		assert_int_equal(rp_secret_from(card->transport_key, 24, &key, NULL), RP_OK);
		assert_int_equal(rp_ctx_hicos_key(ctx, key, NULL), RP_OK);
		rp_secret_free(key);
	}
	return ctx;
}

/* --- secrets --- */

struct family {
	const char *name;
	const char *pins; /* such as do not stand in a card's number or in an AID by chance */
	rp_slot slot;
	const char *current, *fresh, *wrong;
	unsigned n_ways;
	const char *codes[2]; /* right ones */
};

static const struct family families[] = {
	{"mynumber", "sign=QWZ73K,auth=8642", RP_SLOT_SIGN, "QWZ73K", "ZXY864", "KKJ975", 0, {NULL}},
	{"mynumber", "auth=8642,text=9753", RP_SLOT_AUTH, "8642", "7531", "6428", 0, {NULL}},
	{"mynumber", "text=9753", RP_SLOT_TEXT, "9753", "8642", "5397", 0, {NULL}},
	{"mynumber", "juki=7539", RP_SLOT_JUKI, "7539", "9517", "6428", 0, {NULL}},
	{"aosign",
	 "pin=Gh7Kp2qW,letter=Letter96",
	 RP_SLOT_PIN,
	 "Gh7Kp2qW",
	 "nEw5Pin7",
	 "wRong333",
	 1,
	 {"Letter96"}},
	{"hicos", "pin=Gh7Kp2", RP_SLOT_PIN, "Gh7Kp2", "nEw5Pin7", "wRong333", 0, {NULL}},
	{"piv", "pin=864297,puk=97538642", RP_SLOT_PIN, "864297", "753186", "642853", 1, {"97538642"}},
	{"openpgp",
	 "pw1=Gh7Kp2,pw3=admin-8642,rc=reset-753",
	 RP_SLOT_PW1,
	 "Gh7Kp2",
	 "a longer one",
	 "wRong333",
	 2,
	 {"reset-753", "admin-8642"}},
	{"gids", "pin=Gh7Kp2", RP_SLOT_PIN, "Gh7Kp2", "nEw5Pin7", "wRong333", 0, {NULL}},
};
#define N_FAMILIES (sizeof families / sizeof families[0])

static void must_not_stand(const char *text, const char *needle, const char *family, const char *what)
{
	const char *at = strstr(text, needle);

	if (at == NULL)
		return;
	while (at > text && at[-1] != '\n')
		at--;
	fail_msg("%s: %s stands in \"%.*s\"", family, what, (int)strcspn(at, "\n"), at);
}

/*
 * In hex anywhere; as text in all lines but the card's answers, whose hex digits are the
 * card's own (certificates) and may spell any four digits.
 */
static void check_secret(const struct tape *tape, const char *family, const char *secret)
{
	static char talk[TEXT_MAX];
	char upper[256], lower[256];
	size_t at = 0;

	assert_true(hex_of(secret, strlen(secret), upper, sizeof upper));
	for (size_t i = 0; i <= strlen(upper); i++)
		lower[i] = upper[i] >= 'A' && upper[i] <= 'F' ? (char)(upper[i] + 'a' - 'A') : upper[i];
	must_not_stand(tape->text, upper, family, secret);
	must_not_stand(tape->text, lower, family, secret);
	for (const char *line = tape->text; *line != '\0'; line += strcspn(line, "\n") + 1)
		if (*line != '<')
			at += (size_t)snprintf(talk + at, sizeof talk - at, "%.*s\n",
					       (int)strcspn(line, "\n"), line);
	talk[at] = '\0';
	must_not_stand(talk, secret, family, secret);
}

struct job_run {
	struct vreader v;
	rp_ctx *ctx;
	rp_card *card;
	struct rp_card_facts facts;
};

static void look(struct job_run *r)
{
	assert_int_equal(
		rp_card_read(r->card, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, &r->facts, NULL), RP_OK);
}

static rp_code change(struct job_run *r, rp_slot slot, const char *current, const char *fresh)
{
	const struct rp_job job = {.slot = slot, .shown = &r->facts, .last_try_ok = true};
	rp_secret *old = entry_of(r->facts.profile, slot, RP_ENTRY_CURRENT, current);
	rp_secret *new = entry_of(r->facts.profile, slot, RP_ENTRY_NEW, fresh);
	struct rp_outcome out;
	rp_code rc;

	look(r);
	rc = rp_pin_change(r->card, &job, old, new, &out, NULL);
	if (rc == RP_OK) {
		look(r);
		assert_int_equal(rp_pin_verify(r->card, &job, new, &out, NULL), RP_OK);
	}
	rp_secret_free(old);
	rp_secret_free(new);
	return rc;
}

static rp_code unlock(struct job_run *r, rp_slot slot, unsigned way, const char *code, const char *fresh)
{
	const struct rp_job job = {.slot = slot, .shown = &r->facts, .last_try_ok = true, .way = way};
	struct rp_pin_info info;
	rp_secret *secret, *new;
	struct rp_outcome out;
	rp_code rc;

	look(r);
	assert_true(rp_pin_info(r->facts.profile, slot, &info));
	secret = entry_of(r->facts.profile, info.unlock[way].code, RP_ENTRY_CURRENT, code);
	new = entry_of(r->facts.profile, slot, RP_ENTRY_NEW, fresh);
	rc = rp_pin_unlock(r->card, &job, secret, new, &out, NULL);
	rp_secret_free(secret);
	rp_secret_free(new);
	return rc;
}

/* Every job that carries secrets, right and wrong, with the answer lost at the end. */
static void do_all_jobs(struct job_run *r, const struct family *f)
{
	look(r);
	assert_int_equal(change(r, f->slot, f->wrong, f->fresh), RP_E_PIN_WRONG);
	assert_int_equal(change(r, f->slot, f->current, f->fresh), RP_OK);
	assert_int_equal(change(r, f->slot, f->fresh, f->current), RP_OK);
	for (unsigned way = 0; way < f->n_ways; way++) {
		assert_int_equal(unlock(r, f->slot, way, "wRong333", f->fresh), RP_E_SECRET_WRONG);
		assert_int_equal(unlock(r, f->slot, way, f->codes[way], f->fresh), RP_OK);
	}
	vreader_faults(&r->v, "ins 24 cut-after\nins 32 cut-after\n");
	assert_int_not_equal(change(r, f->slot, f->n_ways > 0 ? f->fresh : f->current, f->wrong), RP_OK);
}

static void no_secret_of_any_job_is_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FAMILIES; i++) {
		const struct family *f = &families[i];
		struct tape *tape = calloc(1, sizeof *tape);
		struct job_run *r = calloc(1, sizeof *r);

		assert_non_null(tape);
		assert_non_null(r);
		r->ctx = open_recorded(&r->v, vreader_make(f->name, f->pins, true), tape);
		assert_int_equal(rp_card_open(r->ctx, NULL, &r->card, NULL), RP_OK);
		do_all_jobs(r, f);
		rp_card_close(r->card);
		vreader_close(&r->v, r->ctx);
		assert_non_null(strstr(tape->text, "##")); /* something was left out */
		assert_non_null(strstr(tape->text, "# end, reset"));
		check_secret(tape, f->name, f->current);
		check_secret(tape, f->name, f->fresh);
		check_secret(tape, f->name, f->wrong);
		check_secret(tape, f->name, "wRong333");
		for (unsigned way = 0; way < f->n_ways; way++)
			check_secret(tape, f->name, f->codes[way]);
		free(r);
		free(tape);
	}
}

/* --- the masking itself: whatever the instruction, whatever the length --- */

struct echo {
	unsigned n;
};

static rp_code echo_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len,
			     uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	(void)self, (void)w, (void)cmd, (void)len, (void)err;
	assert_true(cap >= 2);
	memcpy(ret, "\x90\x00", 2);
	*ret_len = 2;
	return RP_OK;
}

static void echo_free(void *self)
{
	(void)self;
}

static const struct transport_ops echo_ops = {.transmit = echo_transmit, .free = echo_free};

static bool is_public(unsigned ins)
{
	/* SELECT, READ BINARY, READ RECORD, GET RESPONSE, GET DATA, GET CHALLENGE, INTERNAL AUTHENTICATE */
	static const uint8_t open[] = {0xA4, 0xB0, 0xB2, 0xC0, 0xCA, 0xCB, 0x84, 0x88};

	return memchr(open, (int)ins, sizeof open) != NULL;
}

static void only_commands_that_cannot_hold_a_secret_are_written_whole(void **state)
{
	struct tape *tape = calloc(1, sizeof *tape);
	struct transport inner = {.ops = &echo_ops}, t;
	const struct rp_wait none = {.deadline_ms = INT64_MAX, .cancel_fd = -1};
	char header[16], whole[64];
	uint8_t answer[8];
	size_t n;

	(void)state;
	assert_non_null(tape);
	assert_int_equal(transport_record(&inner, write_line, tape, &t, NULL), RP_OK);
	for (unsigned cla = 0; cla < 256; cla += 4) {
		for (unsigned ins = 0; ins < 256; ins++) {
			const uint8_t cmd[] = {(uint8_t)cla, (uint8_t)ins, 0x00, 0x80, 4, '8', '6', '4', '2'};

			tape->len = 0;
			assert_int_equal(t.ops->transmit(t.self, &none, cmd, sizeof cmd, answer,
							 sizeof answer, &n, NULL),
					 RP_OK);
			assert_true(hex_of(cmd, 4, header, sizeof header));
			assert_true(hex_of(cmd, sizeof cmd, whole, sizeof whole));
			assert_memory_equal(tape->text + 2, header, 8);
			assert_int_equal(strstr(tape->text, whole) != NULL, is_public(ins));
			assert_int_equal(strstr(tape->text, "38363432") != NULL, is_public(ins));
			/* nor is its length: the holder's too */
			if (!is_public(ins))
				assert_memory_equal(tape->text + 10, "##", 2);
		}
	}
	transport_free(&t);
	free(tape);
}

/* --- playing it again --- */

static void assert_same_pins(const struct rp_card_facts *a, const struct rp_card_facts *b)
{
	assert_int_equal(a->n_pins, b->n_pins);
	for (size_t i = 0; i < a->n_pins; i++) {
		assert_int_equal(a->pins[i].slot, b->pins[i].slot);
		assert_int_equal(a->pins[i].state, b->pins[i].state);
		assert_int_equal(a->pins[i].tries_left, b->pins[i].tries_left);
		assert_int_equal(a->pins[i].ref_tries[0], b->pins[i].ref_tries[0]);
		assert_int_equal(a->pins[i].ref_tries[1], b->pins[i].ref_tries[1]);
		assert_int_equal(a->pins[i].verified, b->pins[i].verified);
	}
}

static void assert_same_facts(const struct rp_card_facts *a, const struct rp_card_facts *b)
{
	assert_string_equal(a->profile, b->profile);
	assert_string_equal(a->number, b->number);
	assert_string_equal(a->holder, b->holder);
	assert_string_equal(a->municipality, b->municipality);
	assert_string_equal(a->valid_from, b->valid_from);
	assert_string_equal(a->valid_to, b->valid_to);
	assert_int_equal(a->apdus_pins, b->apdus_pins);
	assert_int_equal(a->apdus_card, b->apdus_card);
	assert_int_equal(a->ours, b->ours);
	assert_same_pins(a, b);
}

static void look_at_all(rp_ctx *ctx, struct rp_card_facts *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	rp_card *card = NULL;

	assert_int_equal(rp_card_open(ctx, NULL, &card, &err), RP_OK);
	if (rp_card_read(card, RP_READ_PINS | RP_READ_CARD | RP_READ_HIDDEN, ret, &err) != RP_OK)
		fail_msg("%s", err.story);
	rp_card_close(card);
}

static void a_recorded_look_can_be_played_again(void **state)
{
	static const char *const all[] = {"mynumber", "mynumber-mobile", "aosign", "hicos",
					  "piv",      "openpgp",	 "gids"};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct tape *tape = calloc(1, sizeof *tape);
		struct vreader *v = calloc(1, sizeof *v);
		struct rp_card_facts first, again;
		struct transport script;
		rp_ctx *ctx;

		assert_non_null(tape);
		assert_non_null(v);
		ctx = open_recorded(v, vreader_make(all[i], NULL, i % 2 == 0), tape);
		look_at_all(ctx, &first);
		vreader_close(v, ctx);
		assert_int_equal(transport_script(tape->text, &script, NULL), RP_OK);
		assert_int_equal(ctx_on(&script, &ctx, NULL), RP_OK);
		look_at_all(ctx, &again);
		assert_int_equal(transport_script_left(&ctx->t), 0);
		assert_same_facts(&first, &again);
		rp_ctx_free(ctx);
		free(v);
		free(tape);
	}
}

/* What went wrong is recorded too, and goes wrong again in the same place. */
static void a_recorded_fault_can_be_played_again(void **state)
{
	static const struct {
		const char *fault;
		rp_code rc;
	} rows[] = {{"apdu 4 remove\n", RP_E_CARD_GONE},
		    {"apdu 3 empty\n", RP_E_CARD_REPLY},
		    {"apdu 3 short\n", RP_E_CARD_REPLY}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tape *tape = calloc(1, sizeof *tape);
		struct vreader *v = calloc(1, sizeof *v);
		struct rp_card_facts f;
		struct transport script;
		rp_card *card = NULL;
		rp_ctx *ctx;

		assert_non_null(tape);
		assert_non_null(v);
		ctx = open_recorded(v, vreader_make("mynumber", NULL, false), tape);
		vreader_faults(v, rows[i].fault);
		assert_int_equal(rp_card_open(ctx, NULL, &card, NULL), RP_OK);
		assert_int_equal(rp_card_read(card, RP_READ_PINS, &f, NULL), rows[i].rc);
		rp_card_close(card);
		vreader_close(v, ctx);
		assert_int_equal(transport_script(tape->text, &script, NULL), RP_OK);
		assert_int_equal(ctx_on(&script, &ctx, NULL), RP_OK);
		assert_int_equal(rp_card_open(ctx, NULL, &card, NULL), RP_OK);
		assert_int_equal(rp_card_read(card, RP_READ_PINS, &f, NULL), rows[i].rc);
		rp_card_close(card);
		rp_ctx_free(ctx);
		free(v);
		free(tape);
	}
}

/* --- the player --- */

static void a_script_that_cannot_be_read_names_its_line(void **state)
{
	static const char *const bad[] = {"> 00A\n", "> 0G\n", "x 00\n",    "atr 3B 0\n",
					  "> .\n",   "atr\n",  "removed\n", "< 90 0\n"};
	struct rp_error err;
	struct transport t;
	char script[64];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		err = (struct rp_error)RP_ERROR_INIT;
		(void)snprintf(script, sizeof script, "# first\natr 3B 00\n%s", bad[i]);
		if (transport_script(script, &t, &err) != RP_E_CONFIG)
			fail_msg("\"%s\" was read", bad[i]);
		assert_non_null(strstr(err.story, "line 3"));
	}
}

static rp_code play(struct transport *t, const char *hex, uint8_t *ret, size_t cap, size_t *ret_len,
		    struct rp_error *err)
{
	const struct rp_wait none = {.deadline_ms = INT64_MAX, .cancel_fd = -1};
	uint8_t cmd[16];
	size_t len = 0;

	assert_true(hex_read(hex, cmd, sizeof cmd, &len));
	return t->ops->transmit(t->self, &none, cmd, len, ret, cap, ret_len, err);
}

static void the_player_answers_only_what_stands_in_the_script(void **state)
{
	static const char script[] = "atr 3B00\n> 00A4..0C # any P1\n< 6A82\n> 00200080\n\n< \n> "
				     "00\nreset\n> 01\nmute\n> 02\n< 01020304\n"
				     "> 03\n> 04\n> 05\nremove\n";
	const struct rp_wait none = {.deadline_ms = INT64_MAX, .cancel_fd = -1};
	struct rp_error err = RP_ERROR_INIT;
	uint8_t atr[ATR_MAX], buf[3];
	struct reader_list list;
	struct transport t;
	size_t n = 9;

	(void)state;
	assert_int_equal(transport_script(script, &t, NULL), RP_OK);
	assert_int_equal(play(&t, "00A4040C", buf, 3, &n, &err), RP_E_CARD_GONE); /* not opened */
	assert_int_equal(t.ops->open(t.self, &none, "script", atr, &n, NULL), RP_OK);
	assert_int_equal(n, 2);
	assert_int_equal(play(&t, "00A404", buf, 3, &n, &err), RP_E_CARD_IO); /* shorter */
	assert_int_equal(play(&t, "00A4040D", buf, 3, &n, &err), RP_E_CARD_IO);
	assert_non_null(strstr(err.story, "line 2"));
	assert_int_equal(play(&t, "00A4040C", buf, 3, &n, &err), RP_OK);
	assert_int_equal(n, 2);
	assert_int_equal(play(&t, "00200080", buf, 3, &n, &err), RP_OK);
	assert_int_equal(n, 0);
	assert_int_equal(play(&t, "00", buf, 3, &n, &err), RP_E_CARD_RESET);
	assert_int_equal(play(&t, "01", buf, 3, &n, &err), RP_E_CARD_TIMEOUT);
	assert_int_equal(play(&t, "02", buf, 3, &n, &err), RP_E_CARD_REPLY); /* longer than the buffer */
	assert_int_equal(play(&t, "03", buf, 3, &n, &err),
			 RP_E_CARD_IO); /* a command where an answer must be */
	assert_int_equal(transport_script_left(&t), 2);
	assert_int_equal(play(&t, "05", buf, 3, &n, &err), RP_E_CARD_GONE);
	assert_int_equal(t.ops->list(t.self, &none, &list, NULL), RP_OK);
	assert_int_equal(list.r[0].card, READER_EMPTY);
	assert_int_equal(t.ops->open(t.self, &none, "script", atr, &n, NULL), RP_E_NO_CARD);
	transport_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_secret_of_any_job_is_written),
		cmocka_unit_test(only_commands_that_cannot_hold_a_secret_are_written_whole),
		cmocka_unit_test(a_recorded_look_can_be_played_again),
		cmocka_unit_test(a_recorded_fault_can_be_played_again),
		cmocka_unit_test(a_script_that_cannot_be_read_names_its_line),
		cmocka_unit_test(the_player_answers_only_what_stands_in_the_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
