/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: what this machine saw of a card's tries over time. One file for each card, named
 * by its keyed hash, of at most LEDGER_LINES lines that people can read; never a PIN, a holder
 * or more of the card's number than its last characters.
 *
 *     ledger_text.c   the lines as text, and how lines come into a ledger
 *     ledger_news.c   what two looks, and all of them, say about others     (no I/O)
 *     ledger.c        the files, and the names of repin.h
 *
 * A look that shows what the last one showed is folded into its line, so that looking often
 * costs neither room nor, as a rule, a write. A job of ours is a line as well: written before
 * anything is sent, so that what a killed process did to a card is never blamed on others.
 */
#ifndef REPIN_LIB_LEDGER_H
#define REPIN_LIB_LEDGER_H

#include "card/job.h"
#include "lib/state.h"
#include "repin/repin.h"

#define LEDGER_DIR "ledger"
#define LEDGER_LINES RP_LEDGER_LINES_MAX
#define LEDGER_CARDS 256      /* files; then the one that was not written for longest goes */
#define LEDGER_REFRESH_S 600  /* how much older the time of the last equal look may be */
#define LEDGER_NEWS_S 86400   /* how long it is told that others set a count back */
#define LEDGER_JOB_S 120      /* a job of which no end came for so long has none */
#define LEDGER_TEXT_MAX 32768 /* LEDGER_LINES lines of the longest kind, and the head */

struct ledger {
	char profile[24];
	char tail[STATE_TAIL_LEN + 1];
	struct rp_ledger_line line[LEDGER_LINES];
	size_t n;
};

/* --- ledger_text.c --- */

/* False when it is none of ours, or cut; *ret then means nothing. */
RP_MUST_CHECK bool ledger_read(const char *text, struct ledger *ret);
/* False when cap is too small. */
RP_MUST_CHECK bool ledger_write(const struct ledger *l, char *ret, size_t cap);

/*
 * Notes what was seen of one PIN at `now_s`. True when the file has to be written. Tries that
 * are not known are not noted.
 */
bool ledger_look(struct ledger *l, const struct rp_pin_facts *pin, int64_t now_s);

/* A job of ours, from its begin to its end. */
struct ledger_job {
	enum rp_ledger_why why;
	rp_slot slot; /* whose PIN is set or proven */
	rp_slot code; /* unlock: whose secret proves; else RP_SLOT_NONE */
	bool two;     /* the card keeps this PIN in two places */
	char id[9];
	int64_t begun_s;
};

void ledger_begin(struct ledger *l, const struct ledger_job *job);
/* `done` counts when rc is RP_OK, `err` when it is not. */
void ledger_end(struct ledger *l, const struct ledger_job *job, int64_t now_s, rp_code rc,
		const struct rp_outcome *done, const struct rp_error *err);

/* --- ledger_news.c --- */

/* What we did to a PIN between two looks at it. */
struct ledger_ours {
	int spent;   /* tries that our jobs certainly spent */
	bool any;    /* some job of ours had to do with it: it may have set the count back */
	bool unsure; /* one of them has no known end: it may have spent one more */
};

/*
 * What others did to a PIN between two lines about it: never more than is certain. False when
 * nothing can be said. *ret has kind, tries and unsure; the span is the caller's.
 */
bool ledger_compare(const struct rp_ledger_line *before, const struct rp_ledger_line *now,
		    const struct ledger_ours *ours, struct rp_ledger_news *ret);
/*
 * Goes through the lines of one PIN: fills the `elsewhere` of each, and in *ret what is still
 * so: tries that others used and that are missing, else what the newest look brought.
 */
void ledger_conclude(struct ledger *l, rp_slot slot, struct rp_ledger_news *ret);

/* --- ledger.c: around a job of the card layer; both do nothing when no ledger is kept --- */

struct ledger_seen {
	bool on, begun;
	struct ledger_job job;
};

void ledger_job_begins(rp_ctx *ctx, const struct job *j, struct ledger_seen *ret);
void ledger_job_ends(rp_ctx *ctx, const struct job *j, const struct ledger_seen *seen, rp_code rc,
		     const struct rp_outcome *done, const struct rp_error *err);

#endif
