/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine remembers of cards between runs: one directory, for its owner alone,
 * with the journal (journal.h) and the ledger (ledger.h) in it. No file in it holds a PIN,
 * a code or a card's number: a card stands there as a keyed hash of its family and number,
 * under a key that never leaves the directory, so that a copied file names nobody.
 */
#ifndef REPIN_LIB_STATE_H
#define REPIN_LIB_STATE_H

#include "base/secret.h"

#define STATE_PATH_MAX 768
#define STATE_NAME_MAX 64	     /* of a file in it, with its end */
#define STATE_CARD_LEN 32	     /* hex characters that stand for a card */
#define STATE_TAIL_LEN 4	     /* last characters of the number, for people */
#define STATE_FILE_MAX (256u * 1024) /* a larger file is none of ours */

struct state {
	char dir[STATE_PATH_MAX];
	uint8_t key[32];
};

/*
 * Opens the directory `dir` (NULL: $XDG_STATE_HOME/repin, else ~/.local/state/repin), and
 * makes it, its parents and its key when they are missing. `sub` ("journal") is made in it.
 * Errors: RP_E_JOURNAL: no such place, not writable, readable by others, or not ours.
 */
RP_MUST_CHECK rp_code state_open(const char *dir, const char *sub, struct state *ret, struct rp_error *err);

/* The name of a card in the files; `ret` holds STATE_CARD_LEN characters and a NUL. */
void state_card(const struct state *s, const char *profile, const char *number, char *ret);
/* The last STATE_TAIL_LEN characters of a card's number, fewer when it is short. */
const char *state_tail(const char *number);

/*
 * Writes a file of the directory as a whole: a reader sees the old one or the new one, also
 * after the power went. With `sync` it is on the disk when the call returns. *ret_fd, when
 * not NULL, is the new file, open and locked (flock) since before it had its name.
 * Errors: RP_E_JOURNAL.
 */
RP_MUST_CHECK rp_code state_write(const struct state *s, const char *name, const char *text, bool sync,
				  int *ret_fd, struct rp_error *err);
/*
 * Reads a file into ret (terminated). Errors: RP_E_JOURNAL; a file that is not there is RP_OK
 * with *ret_len = 0; one of more than cap - 1 bytes, or with a NUL in it, is an error.
 */
RP_MUST_CHECK rp_code state_read(const struct state *s, const char *name, char *ret, size_t cap,
				 size_t *ret_len, struct rp_error *err);
/* Removes a file; one that is not there is gone already. Errors: RP_E_JOURNAL. */
RP_MUST_CHECK rp_code state_remove(const struct state *s, const char *name, struct rp_error *err);
/*
 * Calls `each` with the name of every file below `sub` ("journal/NAME"), in no order; stops
 * when it returns false. Errors: RP_E_JOURNAL.
 */
RP_MUST_CHECK rp_code state_each(const struct state *s, const char *sub,
				 bool (*each)(void *arg, const char *name), void *arg, struct rp_error *err);
/*
 * Holds the directory's lock `name` for as long as *ret_fd is open: for files that several
 * processes rewrite. Waits at most three seconds. Errors: RP_E_JOURNAL.
 */
RP_MUST_CHECK rp_code state_lock(const struct state *s, const char *name, int *ret_fd, struct rp_error *err);

#endif
