/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dialogues with cards as data: each tests/apdu/X.t is one test (tests/apdu/README has the form of
 * these files). Besides what a file says, every one of them must keep the promises of check_promises().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "script_issuer.h"
#include "spy.h"
#include "support/vreader.h"
#include <cmocka.h>
#include <dirent.h>

#define TELLS_MAX 16
#define NEVER_MAX 16
#define TEXT_MAX 16384

/* --- a file --- */

struct dialogue {
	char text[TEXT_MAX], script[TEXT_MAX];
	const char *name; /* of the file */
	const char *card, *goal[8];
	unsigned n_goal;
	bool has_shown, has_key;
	struct rp_card_facts shown;
	rp_code expected;
	char expected_error[128];
	struct {
		const char *what, *value;
	} tells[TELLS_MAX];
	unsigned n_tells;
	const char *never[NEVER_MAX];
	unsigned n_never;
	unsigned cancel_at;
	const char *refuses; /* what the issuer does not allow */
	unsigned line;
};

#define bad_file(d, what) fail_msg("%s, line %u: %s", (d)->name, (d)->line, (what))

static rp_code code_of(const struct dialogue *d, const char *word)
{
	static const rp_code codes[] = {
#define CODE(name, number, word, exit, text) RP_##name,
		RP_CODES(CODE)
#undef CODE
	};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(rp_code_word(codes[i]), word) == 0)
			return codes[i];
	bad_file(d, "no such result");
	return RP_E_FAULT;
}

/* "3", "3+2", "locked", "not-set", … */
static struct rp_pin_facts pin_facts_of(const struct dialogue *d, rp_slot slot, const char *text)
{
	struct rp_pin_facts f = {.slot = slot,
				 .tries_left = RP_TRIES_UNKNOWN,
				 .tries_max = RP_TRIES_UNKNOWN,
				 .n_refs = 1,
				 .ref_tries = {RP_TRIES_UNKNOWN, RP_TRIES_UNKNOWN}};
	char *end = NULL;

	for (int st = RP_PIN_UNKNOWN; st <= RP_PIN_NOT_SET; st++)
		if (strcmp(text, rp_pin_state_word((rp_pin_state)st)) == 0)
			f.state = (rp_pin_state)st;
	if (f.state == RP_PIN_LOCKED || f.state == RP_PIN_DEAD)
		f.ref_tries[0] = f.tries_left = 0;
	if (*text < '0' || *text > '9')
		return f;
	f.state = RP_PIN_READY;
	f.ref_tries[0] = f.tries_left = (int)strtol(text, &end, 10);
	if (*end == '+') {
		f.n_refs = 2;
		f.ref_tries[1] = (int)strtol(end + 1, &end, 10);
		f.tries_left = f.ref_tries[1] < f.ref_tries[0] ? f.ref_tries[1] : f.ref_tries[0];
	}
	if (*end != '\0' || slot == RP_SLOT_NONE)
		bad_file(d, "tries of what?");
	return f;
}

/* number=… slot=tries … */
static void read_shown(struct dialogue *d, char *rest)
{
	char *pair;

	d->has_shown = true;
	while ((pair = strsep(&rest, " ")) != NULL) {
		char *value = strchr(pair, '=');

		if (*pair == '\0')
			continue;
		if (value == NULL)
			bad_file(d, "what was shown is key=value");
		*value++ = '\0';
		if (strcmp(pair, "number") == 0)
			(void)snprintf(d->shown.number, sizeof d->shown.number, "%s", value);
		else
			d->shown.pins[d->shown.n_pins++] = pin_facts_of(d, rp_slot_from_word(pair), value);
	}
}

static void read_goal(struct dialogue *d, char *rest)
{
	char *word;

	while ((word = strsep(&rest, " ")) != NULL && d->n_goal < 8)
		if (*word != '\0')
			d->goal[d->n_goal++] = word;
}

static void read_expect(struct dialogue *d, char *rest)
{
	const char *word = strsep(&rest, " ");

	d->expected = code_of(d, word);
	(void)snprintf(d->expected_error, sizeof d->expected_error, "%s", rest == NULL ? "" : rest);
}

/* A line that is not of the script; the script gets an empty one, so that its numbers fit the file. */
static bool read_word(struct dialogue *d, char *line)
{
	char *rest = line;
	const char *word = strsep(&rest, " ");

	rest = rest == NULL ? line + strlen(line) : rest + strspn(rest, " ");
	if (strcmp(word, "card") == 0)
		d->card = rest;
	else if (strcmp(word, "goal") == 0)
		read_goal(d, rest);
	else if (strcmp(word, "shown") == 0)
		read_shown(d, rest);
	else if (strcmp(word, "key") == 0)
		d->has_key = true;
	else if (strcmp(word, "expect") == 0)
		read_expect(d, rest);
	else if (strcmp(word, "issuer") == 0)
		d->refuses = rest;
	else if (strcmp(word, "cancel") == 0)
		d->cancel_at = (unsigned)strtoul(rest, NULL, 10);
	else if (strcmp(word, "never") == 0 && d->n_never < NEVER_MAX)
		d->never[d->n_never++] = rest;
	else if (strcmp(word, "tells") == 0 && d->n_tells < TELLS_MAX) {
		d->tells[d->n_tells].what = strsep(&rest, " ");
		d->tells[d->n_tells++].value = rest == NULL ? "" : rest;
	} else {
		return false;
	}
	return true;
}

static void read_lines(struct dialogue *d)
{
	char *rest = d->text, *line;
	size_t at = 0;

	d->expected = (rp_code)-1;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char copy[1024];

		d->line++;
		line[strcspn(line, "#")] = '\0';
		while (*line != '\0' && line[strlen(line) - 1] == ' ')
			line[strlen(line) - 1] = '\0';
		(void)snprintf(copy, sizeof copy, "%s", line);
		if (*line != '\0' && read_word(d, line))
			copy[0] = '\0';
		at += (size_t)snprintf(d->script + at, sizeof d->script - at, "%s\n", copy);
	}
	if (d->card == NULL || d->n_goal == 0 || (int)d->expected == -1)
		bad_file(d, "card, goal or expect is missing");
	d->shown.profile = d->card;
}

static const char *folder;

static void read_file(struct dialogue *d, const char *name)
{
	char path[1024];
	FILE *f;
	size_t n;

	d->name = name;
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(d->text, 1, sizeof d->text - 1, f);
	assert_true(feof(f));
	d->text[n] = '\0';
	(void)fclose(f);
	read_lines(d);
}

/* --- running it --- */

struct run {
	struct spy spy;
	rp_ctx *ctx;
	rp_card *card;
	struct rp_card_facts facts;
	struct rp_outcome out;
	struct rp_error err;
};

static void start(struct run *r, const struct dialogue *d)
{
	/* any key: in a dialogue the protected frame is ".." */
	static const uint8_t key[24] = {1,  2,	3,  4,	5,  6,	7,  8,	11, 12, 13, 14,
					15, 16, 17, 18, 21, 22, 23, 24, 25, 26, 27, 28};
	struct transport t = {.ops = &spy_ops, .self = &r->spy};
	rp_secret *secret = NULL;

	r->spy.cancel_at = d->cancel_at;
	if (transport_script(d->script, &r->spy.inner, &r->err) != RP_OK)
		fail_msg("%s: %s", d->name, r->err.story);
	assert_int_equal(ctx_on(&t, &r->ctx, NULL), RP_OK);
	if (d->has_key) {
		assert_int_equal(rp_secret_from(key, sizeof key, &secret, NULL), RP_OK);
		assert_int_equal(rp_ctx_hicos_key(r->ctx, secret, NULL), RP_OK);
		rp_secret_free(secret);
	}
	assert_int_equal(rp_card_open(r->ctx, NULL, &r->card, &r->err), RP_OK);
	if (d->has_shown) /* as if it had been looked at before */
		r->card->s.p = profile_by_name(d->card);
}

static bool goal_has(const struct dialogue *d, const char *word)
{
	for (unsigned i = 1; i < d->n_goal; i++)
		if (strcmp(d->goal[i], word) == 0)
			return true;
	return false;
}

static rp_code check_entry(struct run *r, const struct dialogue *d, rp_slot slot, enum rp_entry kind,
			   const char *text, rp_secret **ret)
{
	rp_secret *typed = secret_of(text);
	struct rp_folded folded;
	rp_code rc = rp_entry_check(d->card, slot, kind, typed, ret, &folded, &r->err);

	rp_secret_free(typed);
	return rc;
}

/* goal verify SLOT CURRENT | change SLOT CURRENT NEW | unlock SLOT WAY CODE NEW [last-try] */
static rp_code do_job(struct run *r, const struct dialogue *d)
{
	const bool verifies = strcmp(d->goal[0], "verify") == 0, unlocks = strcmp(d->goal[0], "unlock") == 0;
	const unsigned first = unlocks ? 3 : 2;
	struct rp_job job = {.slot = rp_slot_from_word(d->goal[1]),
			     .shown = &r->facts,
			     .last_try_ok = goal_has(d, "last-try")};
	RP_AUTO(rp_secret_freep) rp_secret *current = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *fresh = NULL;
	rp_slot code_slot = job.slot;
	rp_code rc;

	assert_true(d->n_goal >= first + (verifies ? 1 : 2));
	if (unlocks) {
		struct rp_pin_info info;

		assert_true(rp_pin_info(d->card, job.slot, &info));
		while (job.way < info.n_unlocks && strcmp(info.unlock[job.way].secret, d->goal[2]) != 0)
			job.way++;
		assert_true(job.way < info.n_unlocks);
		code_slot = info.unlock[job.way].code;
	}
	rc = check_entry(r, d, code_slot, RP_ENTRY_CURRENT, d->goal[first], &current);
	if (rc == RP_OK && !verifies)
		rc = check_entry(r, d, job.slot, RP_ENTRY_NEW, d->goal[first + 1], &fresh);
	if (rc != RP_OK)
		return rc;
	if (verifies)
		return rp_pin_verify(r->card, &job, current, &r->out, &r->err);
	return unlocks ? rp_pin_unlock(r->card, &job, current, fresh, &r->out, &r->err)
		       : rp_pin_change(r->card, &job, current, fresh, &r->out, &r->err);
}

/* goal look SLOT | reserve SLOT OTHER CURRENT | reset SLOT OTHER|- CURRENT|- NEW | phone SLOT NEW */
static bool asks_issuer(const struct dialogue *d)
{
	static const char *const goals[] = {"look", "reserve", "reset", "phone"};

	for (size_t i = 0; i < sizeof goals / sizeof goals[0]; i++)
		if (strcmp(d->goal[0], goals[i]) == 0)
			return true;
	return false;
}

static rp_code ask_issuer(struct run *r, const struct dialogue *d)
{
	const struct rp_job job = {.slot = rp_slot_from_word(d->goal[1]),
				   .shown = &r->facts,
				   .last_try_ok = goal_has(d, "last-try")};
	const bool phone = strcmp(d->goal[0], "phone") == 0, look = strcmp(d->goal[0], "look") == 0;
	const rp_slot other = phone || look ? RP_SLOT_NONE : rp_slot_from_word(d->goal[2]);
	const char *fresh_text = phone ? d->goal[2] : strcmp(d->goal[0], "reset") == 0 ? d->goal[4] : NULL;
	const struct rp_evidence e = {.door = "kiosk", .case_id = "C1"};
	struct script_issuer issuer = {.refuses = d->refuses};
	RP_AUTO(rp_secret_freep) rp_secret *current = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *fresh = NULL;
	struct rp_issuer_facts facts;
	struct rp_reset_done done;
	struct rp_case opened;
	char receipt[RP_ISSUER_ID];
	rp_code rc;

	issuer.port = script_port(&issuer);
	if (look)
		return rp_issuer_look(r->card, &issuer.port, job.slot, &r->facts, &facts, &r->err);
	if (other != RP_SLOT_NONE)
		assert_int_equal(check_entry(r, d, other, RP_ENTRY_CURRENT, d->goal[3], &current), RP_OK);
	if (fresh_text == NULL)
		return rp_issuer_reserve(r->card, &issuer.port, &job, other, current, &opened, receipt,
					 &r->err);
	assert_int_equal(check_entry(r, d, job.slot, RP_ENTRY_NEW, fresh_text, &fresh), RP_OK);
	if (phone)
		return rp_issuer_by_phone(r->card, &job, script_response, NULL, fresh, &r->out, &r->err);
	rc = rp_issuer_reset(r->card, &issuer.port, &job, other, current, fresh, &e, &done, &r->err);
	if (rc == RP_OK)
		r->out = done.done;
	return rc;
}

static rp_code do_goal(struct run *r, const struct dialogue *d)
{
	const bool status = strcmp(d->goal[0], "status") == 0;
	unsigned what = RP_READ_PINS | RP_READ_CARD | (status ? 0 : RP_READ_FOR_JOB);
	rp_code rc = RP_OK;

	if (goal_has(d, "pins"))
		what &= ~RP_READ_CARD;
	if (goal_has(d, "hidden"))
		what |= RP_READ_HIDDEN;
	r->facts = d->shown;
	if (!d->has_shown)
		rc = rp_card_read(r->card, what, &r->facts, &r->err);
	if (rc == RP_OK && !status)
		rc = asks_issuer(d) ? ask_issuer(r, d) : do_job(r, d);
	return rc;
}

/* --- judging it --- */

static void show_last(const struct run *r)
{
	char hex[2 * sizeof r->spy.sent[0].bytes + 1];

	if (r->spy.n == 0)
		return;
	assert_true(hex_of(r->spy.sent[r->spy.n - 1].bytes, r->spy.sent[r->spy.n - 1].len, hex, sizeof hex));
	print_error("the last command was %s\n", hex);
}

static void check_value(const struct dialogue *d, const char *what, const char *expected, const char *now)
{
	if (strcmp(expected, now) != 0)
		fail_msg("%s: %s is \"%s\", not \"%s\"", d->name, what, now, expected);
}

static void check_number(const struct dialogue *d, const char *pair, const char *key, int now)
{
	const size_t n = strlen(key);
	const char *value = pair + n + 1;

	if (strncmp(pair, key, n) != 0 || pair[n] != '=')
		return;
	if (now != (strcmp(value, "unknown") == 0 ? -1 : (int)strtol(value, NULL, 0)))
		fail_msg("%s: %s, but it is %d", d->name, pair, now);
}

/* expect CODE [tries=N] [spent=N] [exit=N] [sw=0xNNNN] [doubt=0|1] [slot=WORD] */
static void check_error(const struct run *r, struct dialogue *d, rp_code rc)
{
	char *rest = d->expected_error, *pair;

	if (rc != d->expected) {
		show_last(r);
		fail_msg("%s: %s, not %s: %s", d->name, rp_code_word(rc), rp_code_word(d->expected),
			 r->err.story);
	}
	if (rc != RP_OK)
		assert_int_equal(r->err.code, rc);
	while ((pair = strsep(&rest, " ")) != NULL) {
		check_number(d, pair, "tries", r->err.tries_left);
		check_number(d, pair, "spent", rc == RP_OK ? r->out.tries_spent : r->err.tries_spent);
		check_number(d, pair, "exit", rp_code_exit(rc));
		check_number(d, pair, "sw", r->err.sw);
		check_number(d, pair, "doubt", r->err.in_doubt);
		if (strncmp(pair, "slot=", 5) == 0)
			check_value(d, "slot", pair + 5, rp_slot_word(r->err.slot));
	}
}

static void check_pin(const struct dialogue *d, const struct rp_pin_facts *f, const char *what,
		      const char *text)
{
	const struct rp_pin_facts e = pin_facts_of(d, f->slot, text);

	check_value(d, what, rp_pin_state_word(e.state), rp_pin_state_word(f->state));
	assert_int_equal(f->tries_left, e.tries_left);
	if (e.n_refs == 2) {
		assert_int_equal(f->n_refs, 2);
		assert_int_equal(f->ref_tries[0], e.ref_tries[0]);
		assert_int_equal(f->ref_tries[1], e.ref_tries[1]);
	}
}

static void check_slot(const struct run *r, const struct dialogue *d, const char *what, const char *text)
{
	const rp_slot slot = rp_slot_from_word(what);

	if (slot == RP_SLOT_NONE)
		fail_msg("%s: nothing is called %s", d->name, what);
	if (strcmp(d->goal[0], "status") != 0) {
		assert_int_equal(r->out.after.slot, slot);
		check_pin(d, &r->out.after, what, text);
		return;
	}
	for (size_t i = 0; i < r->facts.n_pins; i++) {
		if (r->facts.pins[i].slot != slot)
			continue;
		check_pin(d, &r->facts.pins[i], what, text);
		return;
	}
	fail_msg("%s: the card tells nothing of %s", d->name, what);
}

static void check_tells(const struct run *r, const struct dialogue *d)
{
	for (unsigned i = 0; i < d->n_tells; i++) {
		const char *what = d->tells[i].what, *value = d->tells[i].value;

		if (strcmp(what, "number") == 0)
			check_value(d, what, value, r->facts.number);
		else if (strcmp(what, "holder") == 0)
			check_value(d, what, value, r->facts.holder);
		else if (strcmp(what, "municipality") == 0)
			check_value(d, what, value, r->facts.municipality);
		else if (strcmp(what, "valid-to") == 0)
			check_value(d, what, value, r->facts.valid_to);
		else if (strcmp(what, "ours") == 0)
			check_value(d, what, value, r->facts.ours ? "yes" : "no");
		else
			check_slot(r, d, what, value);
	}
	if (r->facts.profile != NULL)
		check_value(d, "card", d->card, r->facts.profile);
}

/* A pattern fits a command that begins with it; ".." is any byte. */
static bool begins_with(const uint8_t *cmd, size_t len, const char *pattern)
{
	size_t at = 0;

	for (const char *p = pattern; *p != '\0'; p += 2) {
		uint8_t byte = 0;
		size_t one = 0;
		const char pair[3] = {p[0], p[1], '\0'};

		if (*p == ' ') {
			p--;
			continue;
		}
		if (at == len)
			return false;
		if (strcmp(pair, "..") != 0) {
			assert_true(hex_read(pair, &byte, 1, &one) && one == 1);
			if (byte != cmd[at])
				return false;
		}
		at++;
	}
	return true;
}

static void check_never(const struct run *r, const struct dialogue *d)
{
	for (unsigned i = 0; i < d->n_never; i++)
		for (unsigned k = 0; k < r->spy.n; k++)
			if (begins_with(r->spy.sent[k].bytes, r->spy.sent[k].len, d->never[i]))
				fail_msg("%s: command %u is %s", d->name, k + 1, d->never[i]);
}

/*
 * What holds in every dialogue: after a command with a secret that was not answered 9000 no other
 * secret goes out, and the card is reset when one went out. An issuer's command goes only where the issuer
 * is asked, and only to a card whose reset application has answered.
 */
static void check_promises(const struct run *r, const struct dialogue *d)
{
	bool refused = false, ours = false;

	for (unsigned k = 0; k < r->spy.n; k++) {
		const uint8_t *cmd = r->spy.sent[k].bytes;

		if (begins_with(cmd, r->spy.sent[k].len, "00A4040007F0524550494E31"))
			ours = r->spy.sent[k].sw == 0x9000;
		if ((cmd[1] == 0x82 || cmd[1] == 0x88) && !(ours && asks_issuer(d)))
			fail_msg("%s: command %u is the issuer's, and not for this card", d->name, k + 1);
		if (!holds_secret(cmd, r->spy.sent[k].len))
			continue;
		if (refused)
			fail_msg("%s: command %u carries a secret after one was refused", d->name, k + 1);
		refused = r->spy.sent[k].sw != 0x9000;
	}
	if (r->spy.went_on)
		fail_msg("%s: a command was lost, and another one followed", d->name);
	if (r->spy.left_open || r->spy.begun_at != r->spy.n)
		fail_msg("%s: a secret went out, and the card was not reset", d->name);
	if (transport_script_left(&r->spy.inner) != 0) {
		show_last(r);
		fail_msg("%s: %zu lines were not reached: %s", d->name, transport_script_left(&r->spy.inner),
			 r->err.story);
	}
}

static void run_one(void **state)
{
	struct dialogue *d = calloc(1, sizeof *d);
	struct run *r = calloc(1, sizeof *r);
	rp_code rc;

	assert_non_null(d);
	assert_non_null(r);
	r->err = (struct rp_error)RP_ERROR_INIT;
	read_file(d, *state);
	start(r, d);
	rc = do_goal(r, d);
	check_error(r, d, rc);
	if (rc == RP_OK)
		check_tells(r, d);
	check_never(r, d);
	check_promises(r, d);
	rp_card_close(r->card);
	rp_ctx_free(r->ctx);
	free(r);
	free(d);
}

static int is_dialogue(const struct dirent *e)
{
	const size_t n = strlen(e->d_name);

	return n > 2 && strcmp(e->d_name + n - 2, ".t") == 0;
}

int main(int argc, char **argv)
{
	struct dirent **files = NULL;
	struct CMUnitTest *tests;
	int n, rc;

	folder = argc > 1 ? argv[1] : "tests/apdu";
	n = scandir(folder, &files, is_dialogue, alphasort);
	if (n <= 0) {
		(void)fprintf(stderr, "no dialogues in %s\n", folder);
		return 1;
	}
	tests = calloc((size_t)n, sizeof *tests);
	if (tests == NULL)
		return 1;
	for (int i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){
			.name = files[i]->d_name, .test_func = run_one, .initial_state = files[i]->d_name};
	rc = _cmocka_run_group_tests("apdu", tests, (size_t)n, NULL, NULL);
	for (int i = 0; i < n; i++)
		free(files[i]);
	free(files);
	free(tests);
	return rc;
}
