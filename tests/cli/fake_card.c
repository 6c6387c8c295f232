/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card that a text file describes, in place of the library's calls that reach one
 * (linked with --wrap). With it the command line is tested for every answer a card or
 * service can give, also those that no virtual card gives on demand. Profiles and entry
 * rules are the real library's.
 *
 * REPIN_FAKE names the file, read anew at each call; REPIN_FAKE_LOG the file that gets a
 * line per call, with the secrets as they arrived.
 *
 *     readers CODE-WORD | readers hang     what rp_readers answers instead of a list
 *     reader STATE NAME                    card, empty, mute, busy
 *     open CODE-WORD | read CODE-WORD      what goes wrong
 *     profile NAME, number N, holder TEXT, valid FROM TO, municipality CODE, ours
 *     now SECONDS                          the clock on the wall
 *     pin SLOT STATE LEFT MAX [REF1 REF2]  -1 = unknown; "verified SLOT" besides
 *     job CODE-WORD LEFT SPENT SW SLOT [SLUG [issuer]]
 *                                          what jobs answer; without it they succeed. SLUG: the problem
 *                                          of a refusal; issuer: the try is one of a code there
 *     pad                                  the reader has keys
 *
 * and fake_issuer.c has what stands for an issuer.
 */
#include "fake_card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rp_card {
	char reader[128];
};

rp_code __wrap_rp_readers(rp_ctx *ctx, struct rp_reader *ret, size_t cap, size_t *ret_n,
			  struct rp_error *err);
rp_code __wrap_rp_card_open(rp_ctx *ctx, const char *reader, rp_card **ret, struct rp_error *err);
void __wrap_rp_card_close(rp_card *card);
const char *__wrap_rp_card_reader(const rp_card *card);
rp_code __wrap_rp_card_read(rp_card *card, unsigned what, struct rp_card_facts *ret, struct rp_error *err);
rp_code __wrap_rp_card_look(rp_ctx *ctx, const char *reader, unsigned what, rp_card **ret,
			    struct rp_card_facts *ret_facts, struct rp_error *err);
rp_code __wrap_rp_pin_change(rp_card *card, const struct rp_job *job, const rp_secret *current,
			     const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err);
rp_code __wrap_rp_pin_unlock(rp_card *card, const struct rp_job *job, const rp_secret *code,
			     const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err);
rp_code __wrap_rp_pad_of(rp_card *card, struct rp_pad *ret, struct rp_error *err);
rp_code __wrap_rp_pad_change(rp_card *card, const struct rp_job *job, struct rp_outcome *ret,
			     struct rp_error *err);

int64_t __wrap_app_now_s(void);

void log_line(const char *text)
{
	const char *path = getenv("REPIN_FAKE_LOG");
	FILE *f = path != NULL ? fopen(path, "a") : NULL;

	if (f == NULL)
		return;
	(void)fprintf(f, "%s\n", text);
	(void)fclose(f);
}

/* The rest of the n-th line that begins with this word; NULL when there is none. Static buffer. */
const char *line_of(const char *word, unsigned n)
{
	static char line[16384];
	const char *path = getenv("REPIN_FAKE");
	FILE *f = path != NULL ? fopen(path, "r") : NULL;
	const size_t len = strlen(word);

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, word, len) != 0 || (line[len] != ' ' && line[len] != '\0') || n-- > 0)
			continue;
		(void)fclose(f);
		return line + len + (line[len] == ' ' ? 1 : 0);
	}
	if (f != NULL)
		(void)fclose(f);
	return NULL;
}

static rp_code code_of(const char *word)
{
	static const rp_code codes[] = {
#define FAKE_CODE(name, number, word, exit, text) RP_##name,
		RP_CODES(FAKE_CODE)
#undef FAKE_CODE
	};

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(rp_code_word(codes[i]), word) == 0)
			return codes[i];
	(void)fprintf(stderr, "fake card: no code '%s'\n", word);
	abort();
}

/* The next word of a line; "" at its end. */
const char *next_word(const char **line, char *ret, size_t cap)
{
	size_t n = 0;

	*line += strspn(*line, " ");
	for (; **line != '\0' && **line != ' ' && n + 1 < cap; (*line)++)
		ret[n++] = **line;
	ret[n] = '\0';
	return ret;
}

rp_code fail_as(const char *step, struct rp_error *err)
{
	const char *line = line_of(step, 0);
	char code[24], slug[32];

	if (line == NULL)
		return RP_OK;
	(void)rp_fail(err, code_of(next_word(&line, code, sizeof code)), "the fake card says so");
	if (err != NULL)
		err->problem = rp_problem_from_slug(next_word(&line, slug, sizeof slug));
	return code_of(code);
}

rp_code __wrap_rp_readers(rp_ctx *ctx, struct rp_reader *ret, size_t cap, size_t *ret_n, struct rp_error *err)
{
	static const struct {
		const char *word;
		enum rp_reader_state state;
	} states[] = {{"card ", RP_READER_CARD},
		      {"empty ", RP_READER_EMPTY},
		      {"mute ", RP_READER_MUTE},
		      {"busy ", RP_READER_BUSY}};
	rp_code rc = fail_as("readers", err);
	const char *line;

	(void)ctx;
	log_line("readers");
	if (rc != RP_OK)
		return rc;
	for (*ret_n = 0; *ret_n < cap; (*ret_n)++) {
		line = line_of("reader", (unsigned)*ret_n);
		if (line == NULL)
			break;
		ret[*ret_n] = (struct rp_reader){.atr = {0x3B, 0x80}, .atr_len = 2};
		for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
			if (strncmp(line, states[i].word, strlen(states[i].word)) == 0)
				ret[*ret_n].state = states[i].state;
		(void)snprintf(ret[*ret_n].name, sizeof ret[*ret_n].name, "%s", strchr(line, ' ') + 1);
	}
	return RP_OK;
}

rp_code __wrap_rp_card_open(rp_ctx *ctx, const char *reader, rp_card **ret, struct rp_error *err)
{
	rp_code rc = fail_as("open", err);
	rp_card *card;

	(void)ctx;
	log_line("open");
	if (rc != RP_OK)
		return rc;
	card = calloc(1, sizeof *card);
	if (card == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory");
	(void)snprintf(card->reader, sizeof card->reader, "%s", reader != NULL ? reader : "Fake Reader 00");
	*ret = card;
	return RP_OK;
}

void __wrap_rp_card_close(rp_card *card)
{
	free(card);
}

const char *__wrap_rp_card_reader(const rp_card *card)
{
	return card->reader;
}

static rp_pin_state state_of(const char *word)
{
	for (rp_pin_state s = RP_PIN_UNKNOWN; s <= RP_PIN_NOT_SET; s++)
		if (strcmp(rp_pin_state_word(s), word) == 0)
			return s;
	abort();
}

int next_number(const char **line, int base)
{
	char word[16];

	return (int)strtol(next_word(line, word, sizeof word), NULL, base);
}

static bool read_pin(unsigned n, struct rp_pin_facts *ret)
{
	const char *line = line_of("pin", n), *verified;
	char slot[16], state[16];

	if (line == NULL)
		return false;
	*ret = (struct rp_pin_facts){.slot = rp_slot_from_word(next_word(&line, slot, sizeof slot)),
				     .state = state_of(next_word(&line, state, sizeof state)),
				     .n_refs = 1};
	ret->tries_left = ret->ref_tries[0] = next_number(&line, 10);
	ret->tries_max = next_number(&line, 10);
	if (line[0] == ' ') {
		ret->n_refs = 2;
		ret->ref_tries[0] = next_number(&line, 10);
		ret->ref_tries[1] = next_number(&line, 10);
	}
	verified = line_of("verified", 0);
	ret->verified = verified != NULL && strcmp(verified, slot) == 0;
	return true;
}

static void copy_line(const char *word, char *ret, size_t cap)
{
	const char *line = line_of(word, 0);

	(void)snprintf(ret, cap, "%s", line != NULL ? line : "");
}

rp_code __wrap_rp_card_read(rp_card *card, unsigned what, struct rp_card_facts *ret, struct rp_error *err)
{
	static char profile[32];
	struct rp_card_facts f = {.profile = profile, .apdus_pins = 9, .apdus_card = 1};
	rp_code rc = fail_as("read", err);
	char valid[32], text[64];

	(void)card;
	(void)snprintf(text, sizeof text, "read %u", what);
	log_line(text);
	if (rc != RP_OK)
		return rc;
	copy_line("profile", profile, sizeof profile);
	copy_line("number", f.number, sizeof f.number);
	copy_line("holder", f.holder, sizeof f.holder);
	copy_line("municipality", f.municipality, sizeof f.municipality);
	copy_line("valid", valid, sizeof valid);
	if (strlen(valid) == 21) {
		(void)snprintf(f.valid_from, sizeof f.valid_from, "%.10s", valid);
		(void)snprintf(f.valid_to, sizeof f.valid_to, "%.10s", valid + 11);
	}
	f.ours = line_of("ours", 0) != NULL;
	while (f.n_pins < RP_PINS_MAX && read_pin((unsigned)f.n_pins, &f.pins[f.n_pins]))
		f.n_pins++;
	*ret = f;
	return RP_OK;
}

/* A Wednesday in 2026, at noon in Japan, unless the file says otherwise. */
int64_t __wrap_app_now_s(void)
{
	const char *line = line_of("now", 0);

	return line != NULL ? (int64_t)strtoll(line, NULL, 10) : INT64_C(1796180400);
}

rp_code __wrap_rp_card_look(rp_ctx *ctx, const char *reader, unsigned what, rp_card **ret,
			    struct rp_card_facts *ret_facts, struct rp_error *err)
{
	rp_card *card = NULL;
	rp_code rc = __wrap_rp_card_open(ctx, reader, &card, err);

	if (rc == RP_OK)
		rc = __wrap_rp_card_read(card, what, ret_facts, err);
	if (rc != RP_OK) {
		__wrap_rp_card_close(card);
		return rc;
	}
	*ret = card;
	return RP_OK;
}

rp_code job_result(const struct rp_job *job, struct rp_outcome *ret, struct rp_error *err)
{
	const char *line = line_of("job", 0);
	char word[24], slug[32];

	if (line == NULL) {
		*ret = (struct rp_outcome){.after = {.slot = job->slot,
						     .state = RP_PIN_READY,
						     .tries_left = 5,
						     .tries_max = 5,
						     .n_refs = 1},
					   .apdus = 8};
		return RP_OK;
	}
	(void)rp_fail(err, code_of(next_word(&line, word, sizeof word)), "the fake card says so");
	err->tries_left = next_number(&line, 10);
	err->tries_spent = next_number(&line, 10);
	err->sw = (uint16_t)next_number(&line, 16);
	err->slot = rp_slot_from_word(next_word(&line, word, sizeof word));
	err->problem = rp_problem_from_slug(next_word(&line, slug, sizeof slug));
	err->spent_at_issuer = next_word(&line, word, sizeof word)[0] != '\0';
	return err->code;
}

/* The one place where secrets are written: what the library got is what the test is about. */
static void log_job(const char *what, const struct rp_job *job, const rp_secret *first,
		    const rp_secret *fresh)
{
	const char *path = getenv("REPIN_FAKE_LOG");
	FILE *f = path != NULL ? fopen(path, "a") : NULL;

	if (f == NULL)
		return;
	(void)fprintf(f, "%s %s last=%d way=%u first=", what, rp_slot_word(job->slot), job->last_try_ok,
		      job->way);
	if (first != NULL)
		(void)fwrite(rp_secret_bytes(first), 1, rp_secret_len(first), f);
	(void)fprintf(f, " new=");
	if (fresh != NULL)
		(void)fwrite(rp_secret_bytes(fresh), 1, rp_secret_len(fresh), f);
	(void)fprintf(f, "\n");
	(void)fclose(f);
}

rp_code __wrap_rp_pin_change(rp_card *card, const struct rp_job *job, const rp_secret *current,
			     const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err)
{
	(void)card;
	log_job("change", job, current, fresh);
	return job_result(job, ret, err);
}

rp_code __wrap_rp_pin_unlock(rp_card *card, const struct rp_job *job, const rp_secret *code,
			     const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err)
{
	(void)card;
	log_job("unlock", job, code, fresh);
	return job_result(job, ret, err);
}

rp_code __wrap_rp_pad_of(rp_card *card, struct rp_pad *ret, struct rp_error *err)
{
	(void)card;
	(void)err;
	*ret = (struct rp_pad){.verify = line_of("pad", 0) != NULL, .modify = line_of("pad", 0) != NULL};
	return RP_OK;
}

rp_code __wrap_rp_pad_change(rp_card *card, const struct rp_job *job, struct rp_outcome *ret,
			     struct rp_error *err)
{
	(void)card;
	log_job("pad-change", job, NULL, NULL);
	return job_result(job, ret, err);
}
