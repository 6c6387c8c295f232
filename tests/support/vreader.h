/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader in this process with a virtual card in it, for tests: the public API on top, the
 * virtual card below, and in between what a test wants to happen. It also keeps the diary
 * that judges promise 1: how many commands went over, and what the tries were.
 */
#ifndef REPIN_TESTS_VREADER_H
#define REPIN_TESTS_VREADER_H

#include "lib/ctx.h"
#include "vcard/fault.h"
#include "vcard/vcard.h"

#define VREADER_NAME "Virtual reader"
#define VREADER_LOG 512

struct vreader;
typedef void vreader_hook(struct vreader *v, void *arg);

struct vreader {
	struct vcard *card;
	struct vcard *next; /* put in instead of `card` at the next begin, when not NULL */
	struct faults *faults;
	unsigned cut_at;	    /* power goes at this command of the log, counted from 1; 0 = never */
	bool cut_done;		    /* … after it was executed */
	bool cut_kills;		    /* and this process goes with it */
	vreader_hook *before_begin; /* another program's chance */
	void *hook_arg;
	/* sees each command before the card does */
	void (*before_command)(struct vreader *v, const uint8_t *cmd, size_t len);
	unsigned begins;
	/* what went over, newest last */
	struct {
		uint8_t head[4];
		size_t len;
		uint16_t sw;
	} log[VREADER_LOG];
	unsigned n;
	uint8_t last_cmd[512]; /* of the last command with data */
	size_t last_len;
	/* a simulated PIN pad: what the person types, and what the pad says of itself */
	bool has_pad;
	const char *pad_current, *pad_new, *pad_again;
	uint16_t pad_says;	  /* 6400…6403 instead of sending; 0 = send */
	uint16_t pad_says_to_new; /* the same where the new PIN is asked for, alone */
};

/* A card with the default test PINs; `reset_key` gives it the reset application. Fails the test on error. */
struct vcard *vreader_make(const char *family, const char *pins, bool reset_key);
/* The same with a number of one's own. */
struct vcard *vreader_make_number(const char *family, const char *pins, bool reset_key, const char *number);
/* A context on a reader with this card in it (taken over). */
rp_ctx *vreader_open(struct vreader *v, struct vcard *card);
void vreader_close(struct vreader *v, rp_ctx *ctx);
/* Sets the fault script (fault.h). */
void vreader_faults(struct vreader *v, const char *script);
/* True tries on the card. */
int vreader_tries(const struct vreader *v, const char *id);
/* Sum of all tries on the card: what promise 1 watches. */
int vreader_all_tries(const struct vreader *v);
/* Commands in the log with this INS. */
unsigned vreader_count(const struct vreader *v, uint8_t ins);
/* Commands with this INS that carried data. */
unsigned vreader_count_data(const struct vreader *v, uint8_t ins);
void vreader_forget(struct vreader *v);

/* A secret from a literal. */
rp_secret *secret_of(const char *text);
/* Checks an entry and gives what would be sent; fails the test when it is refused. */
rp_secret *entry_of(const char *profile, rp_slot slot, enum rp_entry kind, const char *text);

#endif
