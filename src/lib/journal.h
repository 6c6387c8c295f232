/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: what a job is about to do to a card, on the disk before it does it. One file
 * for each job under way, of lines that people can read; never a PIN in it. A job that ended
 * with a clear answer leaves none.
 *
 *     journal_begin    before the first command that can spend a try      written and synced
 *     journal_goes     before the command that carries the new PIN        written and synced
 *     journal_came     after its answer
 *     journal_end      all is known: the file goes; else it stays for `resolve`
 *
 * A mark for each reference of the PIN says what is known of it: '-' the old PIN is in it,
 * '?' the new one was on its way, '+' the new one is in it. The order is the promise: a mark
 * becomes '?' on the disk before the command goes out, so that whatever is cut, '-' and '+' are
 * true. Whoever writes a file holds its lock; a file that is locked belongs to a running job.
 */
#ifndef REPIN_LIB_JOURNAL_H
#define REPIN_LIB_JOURNAL_H

#include "lib/state.h"
#include "repin/repin.h"

#define JOURNAL_DIR "journal"
#define JOURNAL_REFS 2

/* A file under way. All zero with fd -1: none. */
struct journal {
	const struct state *state;
	char name[STATE_NAME_MAX + 8]; /* below the state directory */
	int fd;			       /* open and locked */
	long marks_at;		       /* where the marks stand in the file */
	char marks[JOURNAL_REFS + 1];  /* one for each reference */
};

/*
 * Writes the intent of a job, synced; fills id and begun_s of *intent. Errors: RP_E_JOURNAL:
 * nothing may be sent then.
 */
RP_MUST_CHECK rp_code journal_begin(const struct state *s, struct rp_intent *intent, struct journal *ret,
				    struct rp_error *err);
/* Takes up the file of an intent again. Errors: RP_E_JOURNAL, also when its job still runs or it is gone. */
RP_MUST_CHECK rp_code journal_resume(const struct state *s, const struct rp_intent *intent,
				     struct journal *ret, struct rp_error *err);
/* The new PIN for reference `ref` goes out next. Errors: RP_E_JOURNAL: it must not go. */
RP_MUST_CHECK rp_code journal_goes(struct journal *j, unsigned ref, struct rp_error *err);
/* It was set, or certainly not. A mark that cannot be written stays '?', which is true as well. */
void journal_came(struct journal *j, unsigned ref, bool set);
/* Closes the file and removes it unless something is left to resolve. True when it was removed. */
bool journal_end(struct journal *j);

/*
 * The intents of all cards, or of `card` (a name of state_card) alone, the oldest first, at most
 * cap; those that are superseded are left out when there are more. Fills all of rp_intent but
 * `answer`. A file that is no intent is passed over.
 * Errors: RP_E_JOURNAL.
 */
RP_MUST_CHECK rp_code journal_list(const struct state *s, const char *card, struct rp_intent *ret, size_t cap,
				   size_t *ret_n, struct rp_error *err);
/*
 * Something else than this machine tells what a job came to: the new PIN was set, or not. The note stays, for
 * whoever asks. Errors: RP_E_JOURNAL, also while its job runs.
 */
RP_MUST_CHECK rp_code journal_learn(const struct state *s, struct rp_intent *intent, bool set,
				    struct rp_error *err);
/* Removes an intent unless its job still runs. Errors: RP_E_JOURNAL. */
RP_MUST_CHECK rp_code journal_forget(const struct state *s, const struct rp_intent *intent,
				     struct rp_error *err);

#endif
