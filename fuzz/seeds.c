/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the first inputs of the fuzzers out of the virtual cards, so that they begin with cards
 * that make sense:
 *
 *     fuzz_seeds FOLDER        writes FOLDER/reply/…, FOLDER/session/…, FOLDER/tlv/…, FOLDER/vcard/…
 *
 * The script fuzzer's seeds are texts and written by hand.
 */
#include "asks.h"
#include "cards.h"
#include "deeds.h"
#include "jobs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SEED_MAX (64u * 1024u)

static const char *folder;

/* What went over, as blocks. */
struct tape {
	struct vcard *card;
	uint8_t answers[SEED_MAX], commands[SEED_MAX];
	size_t n_answers, n_commands;
	unsigned count;
};

static struct tape tape;

static void write_seed(const char *target, const char *family, const char *what, const uint8_t *bytes,
		       size_t len)
{
	char path[1024];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, target);
	(void)mkdir(path, 0755); /* there already: fine */
	(void)snprintf(path, sizeof path, "%s/%s/%s-%s", folder, target, family, what);
	f = fopen(path, "wb");
	judge_that(f != NULL && fwrite(bytes, 1, len, f) == len && fclose(f) == 0,
		   "a seed could not be written");
}

static size_t transmit(void *arg, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap)
{
	struct tape *t = arg;

	/* as many as fuzz_vcard takes */
	if (t->count++ < 64)
		judge_that(blocks_put(t->commands, sizeof t->commands, &t->n_commands, cmd, len),
			   "a seed too long");
	return vcard_transmit(t->card, cmd, len, ret, cap);
}

static void reset(void *arg)
{
	const struct tape *t = arg;

	vcard_reset(t->card);
}

static void note(void *arg, const uint8_t *answer, size_t len)
{
	struct tape *t = arg;

	judge_that(blocks_put(t->answers, sizeof t->answers, &t->n_answers, answer, len), "a seed too long");
}

/* A feed on the card that notes everything; `deeds` stand behind the ATR for fuzz_session. */
static void start(struct feed *f, struct vcard *card, const uint8_t *deeds, size_t n_deeds,
		  struct transport *ret)
{
	feed_start(f, NULL, 0, false, ret);
	tape = (struct tape){.card = card};
	memcpy(f->atr, card->atr, card->atr_len);
	f->atr_len = card->atr_len;
	f->card = transmit;
	f->card_reset = reset;
	f->card_arg = &tape;
	f->note = note;
	judge_that(blocks_put(tape.answers, SEED_MAX, &tape.n_answers, card->atr, card->atr_len),
		   "an ATR too long");
	if (n_deeds > 0)
		judge_that(blocks_put(tape.answers, SEED_MAX, &tape.n_answers, deeds, n_deeds),
			   "deeds too long");
}

static void spoil(struct vcard *c, bool wrong, int tries)
{
	for (size_t i = 0; i < c->n_pins; i++) {
		if (wrong && c->pins[i].len > 0)
			c->pins[i].value[0] = '9';
		if (tries >= 0 && c->pins[i].tries > tries)
			c->pins[i].tries = (uint8_t)tries;
	}
}

static void reply_seed(size_t family, const char *what, bool wrong, int tries)
{
	struct vcard *card = cards_fresh(family);
	const char *name = vfamilies[family]->name;
	struct transport t;
	struct feed feed;
	rp_ctx *ctx;
	uint8_t first = (uint8_t)family;

	spoil(card, wrong, tries);
	start(&feed, card, NULL, 0, &t);
	ctx = jobs_ctx(&t);
	jobs_all(&feed, ctx);
	rp_ctx_free(ctx);
	write_seed("reply", name, what, tape.answers, tape.n_answers);
	memmove(tape.commands + 1, tape.commands, tape.n_commands);
	tape.commands[0] = first;
	write_seed("vcard", name, what, tape.commands, tape.n_commands + 1);
}

/* --- fuzz_session: a person's evening, one look and one job --- */

static const struct evening {
	const char *what;
	enum job_kind kind;
	uint8_t before, deed; /* `before` stands between look and job */
	int tries;	      /* left on the card; -1 = as new */
} evenings[] = {
	{"verify", JOB_VERIFY, DO_LIST, DO_VERIFY, -1},
	{"change", JOB_CHANGE, DO_LIST, DO_CHANGE, -1},
	{"unlock", JOB_UNLOCK, DO_LIST, DO_UNLOCK, -1},
	{"unlock-2", JOB_UNLOCK, DO_LIST, DO_UNLOCK_OTHER_WAY, -1},
	{"last", JOB_CHANGE, DO_LIST, DO_CHANGE, 1},
	{"last-ok", JOB_CHANGE, DO_LAST_OK, DO_CHANGE, 1},
	{"swap", JOB_CHANGE, DO_SWAP, DO_CHANGE, -1},
	{"count", JOB_CHANGE, DO_COUNT, DO_CHANGE, -1},
	{"pad-verify", JOB_PAD_VERIFY, DO_PAD_PLUG, DO_PAD_VERIFY, -1},
	{"pad-change", JOB_PAD_CHANGE, DO_PAD_PLUG, DO_PAD_CHANGE, -1},
	{"ask-look", JOB_SHOW, DO_LIST, DO_ASK_LOOK, -1},
	{"ask-reserve", JOB_PROVE, DO_LIST, DO_ASK_RESERVE, -1},
	{"ask-reset", JOB_RESET, DO_LIST, DO_ASK_RESET, -1},
	{"ask-phone", JOB_RESET, DO_LIST, DO_ASK_PHONE, -1},
};
#define FIRST_ASK 10

/*
 * A card that answers the VERIFY of a job with nonsense, and says then that two tries are gone.
 * The blocks are those of changing a PIN on a My Number Card; VERIFY is the sixth from `begin`.
 */
static void write_liar(const char *what, unsigned begin)
{
	static uint8_t seed[SEED_MAX];
	struct blocks blocks = {.p = tape.answers, .left = tape.n_answers};
	struct block b;
	size_t len = 0;
	bool good = true;

	for (unsigned i = 0; good && blocks_next(&blocks, &b); i++) {
		if (i == begin + 5)
			good = blocks_put(seed, SEED_MAX, &len, "\x6F\x00", 2);
		else if (i == begin + 6)
			good = blocks_put(seed, SEED_MAX, &len, "\x63\xC1", 2);
		else
			good = blocks_put(seed, SEED_MAX, &len, b.bytes, b.len);
	}
	judge_that(good, "a seed too long");
	write_seed("session", "mynumber", what, seed, len);
}

/* All blocks, but instead of number n two bytes of ours: an event, or a status word alone. */
static void write_with(const char *family, const char *what, unsigned n, unsigned event, unsigned sw)
{
	static uint8_t seed[SEED_MAX];
	const uint8_t answer[2] = {(uint8_t)(sw >> 8), (uint8_t)sw};
	struct blocks blocks = {.p = tape.answers, .left = tape.n_answers};
	struct block b;
	size_t len = 0;
	char name[64];

	for (unsigned i = 0; blocks_next(&blocks, &b); i++) {
		if (i == n && event != 0) {
			seed[len++] = (uint8_t)event;
			seed[len++] = (uint8_t)(event >> 8);
			continue;
		}
		if (i == n)
			b = (struct block){.bytes = answer, .len = sizeof answer};
		judge_that(blocks_put(seed, SEED_MAX, &len, b.bytes, b.len), "a seed too long");
	}
	(void)snprintf(name, sizeof name, "%s-%04X-%u", what, event != 0 ? event : sw, n);
	write_seed("session", family, name, seed, len);
}

/* The same with something that happens at each of a job's answers, in turn. */
static void write_events(const char *family, const char *what, unsigned first, unsigned end)
{
	static const unsigned events[] = {FEED_REMOVED,	  FEED_RESET,  FEED_SILENT,
					  FEED_CANCELLED, FEED_FAILED, FEED_TOO_LONG};

	for (unsigned n = first; n < end; n++)
		write_with(family, what, n, events[n % 6], 0);
}

/* What a pad says of itself, and a person who leaves it, at each place where it may be asked. */
static void write_pads(const char *family, const char *what, unsigned first, unsigned end)
{
	for (unsigned n = first + 5; n < end; n++) {
		write_with(family, what, n, 0, 0x6400 + n % 4);
		write_with(family, what, n, FEED_CANCELLED, 0);
		write_with(family, what, n, FEED_TOO_LONG, 0);
	}
}

static unsigned count_blocks(void)
{
	struct blocks blocks = {.p = tape.answers, .left = tape.n_answers};
	struct block b;
	unsigned n = 0;

	while (blocks_next(&blocks, &b))
		n++;
	return n;
}

static void session_seed(size_t family, const struct evening *e, unsigned pin, bool events)
{
	const uint8_t deeds[] = {DO_OPEN, DO_LOOK, e->before, (uint8_t)(e->deed | pin << 5), DO_LOOK_ONCE};
	const char *name = vfamilies[family]->name;
	struct vcard *card = cards_fresh(family);
	struct rp_card_facts facts;
	rp_card *opened = NULL;
	struct transport t;
	struct feed feed;
	rp_ctx *ctx;
	unsigned begin, end;
	char what[32];

	spoil(card, false, e->tries);
	start(&feed, card, deeds, sizeof deeds, &t);
	feed.pad = e->before == DO_PAD_PLUG;
	ctx = jobs_ctx(&t);
	judge_that(rp_card_open(ctx, FEED_READER, &opened, NULL) == RP_OK, "no card");
	judge_that(jobs_read(&feed, opened, RP_READ_PINS | RP_READ_CARD | RP_READ_FOR_JOB, &facts) == RP_OK,
		   "no look");
	if (pin < facts.n_pins) {
		begin = count_blocks();
		/* a swap is only pretended by the fuzzer: the card answers as always */
		if (e->deed >= DO_ASK_LOOK)
			(void)asks_run(&feed, opened, (enum ask)(e->deed - DO_ASK_LOOK), &facts,
				       facts.pins[pin].slot, false);
		else
			(void)jobs_run(&feed, opened, e->kind, &facts, facts.pins[pin].slot,
				       e->deed == DO_UNLOCK_OTHER_WAY, e->before == DO_LAST_OK);
		end = count_blocks();
		(void)snprintf(what, sizeof what, "%s-%u", e->what, pin);
		write_seed("session", name, what, tape.answers, tape.n_answers);
		if (events && e->kind == JOB_CHANGE)
			write_events(name, what, begin, end);
		if (events && pin == 1 && e->kind == JOB_CHANGE)
			write_liar("liar", begin);
		if (events && e->kind == JOB_PAD_CHANGE)
			write_pads(name, what, begin, end);
	}
	rp_card_close(opened);
	rp_ctx_free(ctx);
}

static bool is_one_of(const char *family, const char *some)
{
	return strstr(some, family) != NULL;
}

static void session_seeds(size_t family)
{
	const char *name = vfamilies[family]->name;

	for (size_t i = 0; i < sizeof evenings / sizeof evenings[0]; i++) {
		/* two families whose answers are short stand for all where the family does not matter */
		const char *who = i == FIRST_ASK + 3 ? "gids"
				  : i >= FIRST_ASK   ? "mynumber hicos gids"
				  : i == 3	     ? "openpgp"
				  : i >= 1 && i <= 2 ? name
						     : "mynumber gids";
		const bool events = strcmp(name, "mynumber") == 0 && (i == 1 || i == 9);

		for (unsigned pin = 0; pin < 4 && is_one_of(name, who); pin++)
			session_seed(family, &evenings[i], pin, events && pin != 2);
	}
}

/* --- the others --- */

/* A card that always has more: fuzz_reply must come to an end. */
static void endless_seed(void)
{
	static uint8_t seed[SEED_MAX];
	const struct vcard *c = cards_fresh(0);
	size_t len = 0;
	bool good = blocks_put(seed, SEED_MAX, &len, c->atr, c->atr_len);

	for (int i = 0; good && i < 300; i++)
		good = blocks_put(seed, SEED_MAX, &len, "\xAA\x61\x00", 3);
	judge_that(good, "a seed too long");
	write_seed("reply", "any", "endless", seed, len);
}

/* First byte: which taker of fuzz_tlv.c. */
static void tlv_seed(const char *what, uint8_t taker, const void *bytes, size_t len)
{
	static uint8_t seed[SEED_MAX];

	judge_that(len < SEED_MAX, "a seed too long");
	seed[0] = taker;
	memcpy(seed + 1, bytes, len);
	write_seed("tlv", "seed", what, seed, len + 1);
}

static void tlv_seeds(void)
{
	static const char name[] = "\x65\x10\x5B\x08"
				   "Doe<<Jan\x5F\x2D\x02"
				   "en";
	static const char chuid[] = "\x53\x16\x34\x10"
				    "0123456789abcdef"
				    "\x3E\x00\xFE\x00";
	static const char key[] = "\x7F\x49\x81\x08\x81\x01\x03\x82\x03\x01\x00\x01";

	tlv_seed("name", 0, name, sizeof name - 1);
	tlv_seed("chuid", 0, chuid, sizeof chuid - 1);
	tlv_seed("key", 0, key, sizeof key - 1);
	tlv_seed("text", 2, "山田 太郎\x1b[2J\xE2\x80\xAE", 20);
	tlv_seed("fold", 3, "ａｂｃ１２３abc", 21);
	tlv_seed("hex", 4, "00A4040C 0a D392", 16);
	for (size_t i = 0; i < n_vfamilies; i++) {
		const struct vcard *c = cards_fresh(i);

		if (c->n_keys > 0 && (i == 0 || i == 2))
			tlv_seed(c->family->name, 1, c->keys[0].cert_der, c->keys[0].cert_len);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		(void)fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
		return 2;
	}
	folder = argv[1];
	for (size_t i = 0; i < n_vfamilies; i++) {
		reply_seed(i, "right", false, -1);
		reply_seed(i, "wrong", true, -1);
		reply_seed(i, "locked", false, 0);
		session_seeds(i);
	}
	endless_seed();
	tlv_seeds();
	return 0;
}
