/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of `repin`, the command line program. It stands on the public API and on
 * base alone. The order of a run:
 *
 *     opts_parse -> i18n_start -> cmd_*.c -> (trouble_show) -> exit status
 *
 * A command that needs secrets goes through job.c: look at the card, say what is at
 * stake, refuse what cannot succeed, and only then ask (ask.c, from the terminal or the
 * descriptor of --secrets-fd). No secret is ever in argv, environment, log, message or
 * JSON, and nothing printed tells its length.
 */
#ifndef REPIN_CLI_H
#define REPIN_CLI_H

#include "base/clock.h"
#include "base/conf.h"
#include "repin/issuer.h"
#include "repin/repin.h"
#include "rules/policy.h"

#include <libintl.h>

/* Whole sentences only: a translator cannot mend a sentence that the program puts together. */
#define _(text) words_say(text)
#define N_(text) (text)

/* --- pages.c: the same sentences for people who have buttons, not commands --- */

void words_are_for_pages(void);
/* The sentence in the chosen language. */
const char *words_say(const char *text) __attribute__((format_arg(1)));

/* --- opts.c: the command line --- */

struct app;
struct trouble;
typedef rp_code command_run(struct app *a, struct trouble *t);

#define OPTS_ARGS_MAX 16

struct opts {
	const char *command; /* NULL: none was named */
	command_run *run;
	const char *reader, *lang, *config, *with;			  /* NULL: not given */
	const char *know, *not_sure, *have, *as, *birth, *door, *profile; /* doors; the same */
	const char *receipt;						  /* doors */
	const char *case_id, *evidence, *cause;				  /* reset, reserve; the same */
	const char *card, *reason, *identified_by, *operator_name, *certificate; /* helpdesk; the same */
	const char *expect;							 /* NULL: not given */
	const char *device_key, *card_reader, *card_expect; /* the app on a phone; NULL: not given */
	int secrets_fd, steps_fd, response_fd;		    /* -1: not given */
	unsigned timeout_s;				    /* 0: not given */
	bool json, show, last_try, pinpad, ward, verbose, help, version;
	bool all, wipe, yes; /* ledger */
	bool by_phone, refuse_weak, pages, loss_certain;
	const char *args[OPTS_ARGS_MAX];
	size_t n_args;
};

/*
 * Reads the arguments; options may stand before and after the command, whole names only.
 * The rules that need the message language are checked by opts_check.
 * Errors: RP_E_USAGE with the sentence in the trouble.
 */
RP_MUST_CHECK rp_code opts_parse(int argc, char **argv, struct opts *ret, struct trouble *t);
/* True when --json stands among the options, even on a line that is wrong elsewhere. */
bool opts_wants_json(int argc, char **argv);
/* The value of --lang on a line that may be wrong elsewhere; NULL when there is none. */
const char *opts_wants_lang(int argc, char **argv);
/* Help of the program or, when o->command is set, of that command, on standard output. */
void opts_help(const struct opts *o);

/* --- i18n.c: language and character set --- */

/*
 * Chooses the language (argument, else environment) and opens its catalogue.
 * *ret_ascii: the terminal's character set is not UTF-8, so everything must be ASCII.
 * Errors: RP_E_USAGE when lang names no language of ours.
 */
RP_MUST_CHECK rp_code i18n_start(const char *lang, bool *ret_ascii, struct trouble *t);
/* "en", "ja" or "zh_TW". */
const char *i18n_lang(void);

/* --- out.c: where words go --- */

enum out_to {
	OUT_RESULT, /* standard output */
	OUT_TALK,   /* what is said before and while secrets are asked: the terminal, else standard output */
	OUT_ERROR,  /* standard error */
};

/* With json, OUT_TALK is silent unless there is a terminal, and OUT_RESULT is for JSON only. */
void out_start(bool ascii, bool json);
bool out_is_ascii(void);
/* From now on OUT_TALK goes to this terminal. */
void out_talk_on(int tty_fd);
/* One paragraph, wrapped on a terminal, one line elsewhere. `indent` blanks before each line. */
void out_para(enum out_to to, unsigned indent, const char *text);
/* The same with a mark (a number, a label) in the blanks before its first line. */
void out_item(enum out_to to, unsigned indent, const char *mark, const char *text);
void out_parf(enum out_to to, unsigned indent, const char *fmt, ...) RP_PRINTF(3, 4);
void out_gap(enum out_to to); /* an empty line */
/* Exactly these bytes, made ASCII where the terminal asks for it. */
void out_text(enum out_to to, const char *text);
/*
 * Between these two, words are gathered and then written at once; pairs may stand inside one
 * another. Elsewhere each word goes out at once: a process that is killed has said what it said.
 */
void out_hold(void);
void out_release(void);
/* False when standard output was full or closed: a result was lost. */
bool out_good(void);

enum style { STYLE_PLAIN, STYLE_GOOD, STYLE_CARE, STYLE_BAD, STYLE_HEAD };

#define TABLE_COLS 6
#define TABLE_ROWS 48
struct table {
	char *cell[TABLE_ROWS][TABLE_COLS];
	unsigned char style[TABLE_ROWS][TABLE_COLS]; /* enum style */
	size_t rows, cols;
	bool failed; /* no memory, or too many rows: table_show says so by returning false */
};

void table_row(struct table *t);
void table_cell(struct table *t, size_t col, enum style style, const char *text);
/* Columns aligned by what a terminal shows, wide characters counted as two. False: no memory for it. */
bool table_show(const struct table *t, enum out_to to, unsigned indent);
void table_free(struct table *t);

/* --- trouble.c: errors in words --- */

/*
 * What went wrong: the error and the sentences made from it. The context (family, slot's
 * rules, what was being done) makes the difference between a code and help.
 */
enum deed {
	DEED_NONE,
	DEED_CHANGE,
	DEED_UNLOCK,
	DEED_RESOLVE,
	DEED_RESERVE,
	DEED_DEVICE,
	DEED_RESET,
	DEED_HELPDESK
};
/* The card's issuer is asked. */
#define DEED_IS_ISSUERS(deed) ((deed) >= DEED_RESERVE)
struct trouble {
	struct rp_error err;
	enum deed deed;
	const char *profile;	  /* NULL: no card was read */
	int tries_max;		  /* of the slot in err, RP_TRIES_UNKNOWN when not known */
	struct rp_pin_info rules; /* of the entry that was refused */
	bool has_rules;
	const char *secret; /* unlock: name of the secret that proves ("letter"), else NULL */
	rp_slot code_slot;  /* unlock: the slot of that secret */
	int code_tries_max;
	bool last_way;			/* unlock: when that secret locks, nothing else unlocks the PIN */
	bool deadly;			/* unlock: and the card is dead, even while its PIN works */
	const char *rule, *rule_text;	/* the entry breaks this rule of rules/policy.h; NULL: none */
	struct rp_card_facts facts;	/* as shown; profile NULL: no card was read */
	rp_slot target;			/* the PIN that the person is after, not the secret that opens it */
	bool shown;			/* the command has said it all; only the exit status is left */
	char message[1024], next[3072]; /* "" = made by trouble_explain */
	char way[1024];			/* the way back, the last line; "" = none */
	const char *door, *door_else;	/* its doors' ids; "" or NULL = none */
};

/* What stands between two sentences: Chinese and Japanese ones follow each other without a blank. */
const char *text_gap(void);

void trouble_start(struct trouble *t);
/* An error of the command line itself, with its sentences (translated) and no story. `next` may be NULL. */
rp_code trouble_say(struct trouble *t, rp_code code, const char *next, const char *fmt, ...) RP_PRINTF(4, 5);
/* Fills message and next from the code and its context where they are empty. */
void trouble_explain(struct trouble *t);
/* Says it on standard error, or as a JSON object on standard output. */
void trouble_show(struct trouble *t, bool json);

/* --- words.c, texts.c: names and sentences --- */

const char *words_family(const char *profile);		  /* "My Number Card" */
const char *words_pin(const char *profile, rp_slot slot); /* its official name, translated */
/* The name on the papers of its country, when the language is another and it can be shown; else NULL. */
const char *words_local(const char *profile, rp_slot slot);
const char *words_state(const struct rp_pin_facts *pin); /* "ready" with its mark */
enum style words_style(const struct rp_pin_facts *pin);
void words_tries(const struct rp_pin_facts *pin, char *ret, size_t cap);  /* "5 of 5" */
void words_format(const struct rp_pin_info *info, char *ret, size_t cap); /* "4 digits" */
const char *words_secret(const char *name);				  /* "new PIN" for "new" */
/* The slots that people may name on this card: "sign, auth, text, juki". */
void words_slots(const char *profile, char *ret, size_t cap);

/* Each NULL when there is nothing to say. */
const char *text_which(const char *profile, rp_slot slot);     /* which PIN is meant */
const char *text_limit(const char *profile, rp_slot slot);     /* takes one %d: the tries of a full counter */
const char *text_no_change(const char *profile, rp_slot slot); /* why not here, and where */
const char *text_no_unlock(const char *profile, rp_slot slot);
const char *text_success(const char *profile, enum deed deed); /* after the common sentence */
const char *text_state_unknown(const char *profile, rp_slot slot);

/* --- when.c: moments, given as Unix time --- */

void when_long(int64_t when_s, char *ret, size_t cap);	/* "Tuesday, 17 November 2026, 10:42" */
void when_short(int64_t when_s, char *ret, size_t cap); /* "2026-11-17 10:42", local time as well */
/* "2026-11-17T01:42:00Z"; "" for 0. */
void when_rfc3339(int64_t when_s, char *ret, size_t cap);

/* --- json.c --- */

struct json_t;
struct json_t *json_tries(int n); /* null for RP_TRIES_UNKNOWN */
struct json_t *json_card(const struct rp_card_facts *f);
struct json_t *json_pin(const struct rp_pin_facts *p);
struct json_t *json_text(const char *s); /* null for NULL and "" */
/* Prints one object on one line and gives it up. Errors: RP_E_NO_MEMORY. */
RP_MUST_CHECK rp_code json_show(struct json_t *j, struct trouble *t);
void json_trouble(const struct trouble *t);

/* --- the program's state --- */

struct app {
	struct opts o;
	struct conf conf;
	rp_ctx *ctx;
	rp_device_key *key; /* --device-key; NULL: this is no phone */
	int cancel_fd;	    /* readable after SIGINT, SIGTERM or SIGHUP */
	bool memory_locked, conf_read;
};

/* --- app.c --- */

/* SIGINT, SIGTERM and SIGHUP end waits and jobs with RP_E_CANCELLED. Errors: RP_E_FAULT. */
/* phone.c: opens the key of --device-key, once. Errors: RP_E_CONFIG, RP_E_USAGE (a terminal is no phone). */
RP_MUST_CHECK rp_code phone_key(struct app *a, struct trouble *t);
RP_MUST_CHECK rp_code app_catch_signals(struct app *a, struct trouble *t);
/* The command is one that is given secrets. */
bool app_takes_secrets(const struct app *a);
void app_free(struct app *a);
/* Reads the configuration, once. Errors: RP_E_CONFIG. */
RP_MUST_CHECK rp_code app_conf(struct app *a, struct trouble *t);
/* Opens the context with what options and configuration say. */
RP_MUST_CHECK rp_code app_ctx(struct app *a, struct trouble *t);
/*
 * From now on jobs are noted down (configuration: state-directory), in the ledger too (unless
 * ledger = no). Errors: RP_E_JOURNAL.
 * For a command that changes nothing that is no reason to stop.
 */
RP_MUST_CHECK rp_code app_notes(struct app *a, struct rp_error *err);
/*
 * A second context, with the same notes, for a card in another reader: a context holds one card. The
 * end of the program's waits ends its own. Errors: those of rp_ctx_new and app_notes.
 */
RP_MUST_CHECK rp_code app_second(const struct app *a, rp_ctx **ret, struct rp_error *err);
void app_second_free(rp_ctx *ctx);
#define READERS_MAX 16
/* The readers, borrowed until the next call. */
RP_MUST_CHECK rp_code app_readers(struct app *a, const struct rp_reader **ret, size_t *ret_n,
				  struct rp_error *err);
/* Opens the context and the card, and reads it (rp_card_look); with several cards it says which there are. */
RP_MUST_CHECK rp_code app_look(struct app *a, unsigned what, rp_card **ret, struct rp_card_facts *ret_facts,
			       struct trouble *t);
void app_card_freep(rp_card **card);
/* Seconds since 1970: for opening hours and ages, never for waits. */
int64_t app_now_s(void);

/* --- elsewhere.c: what the ledger noticed of others --- */

struct elsewhere {
	struct rp_ledger_news news[RP_PINS_MAX];
	size_t n;
};
/* Notes a look, unless the ledger is switched off or has no place; after app_notes. */
void elsewhere_look(struct app *a, const struct rp_card_facts *f, struct elsewhere *ret);
/* NULL when there is nothing to tell of this PIN. */
const struct rp_ledger_news *elsewhere_of(const struct elsewhere *e, rp_slot slot);
/* "NAME: 2 tries were used elsewhere since …"; "" when there is nothing to tell. */
void elsewhere_sentence(const struct rp_ledger_news *n, const char *name, char *ret, size_t cap);
/* "sign: 2 tries were used elsewhere since Tuesday, 17 November 2026, 10:42." */
void elsewhere_say(enum out_to to, const struct rp_ledger_news *n);
/* NULL when there is nothing to tell. */
struct json_t *elsewhere_json(const struct rp_ledger_news *n);

/* --- prompt.c: the terminal --- */

/* Errors: RP_E_INPUT_MISSING when the process has no terminal. */
RP_MUST_CHECK rp_code prompt_open(int *ret_fd, struct trouble *t);
/*
 * One line from the terminal, byte by byte into guarded memory, without echo unless `show`.
 * The terminal is as before on every way out. Errors: RP_E_CANCELLED (Ctrl-C, Ctrl-D, signal),
 * RP_E_TIMEOUT, RP_E_INPUT_LENGTH (longer than any secret may be), RP_E_FAULT.
 */
RP_MUST_CHECK rp_code prompt_secret(int fd, const char *question, bool show, const struct rp_wait *w,
				    rp_secret **ret, struct trouble *t);
/* A visible line that is no secret; a longer one is cut. Errors: as above but RP_E_INPUT_LENGTH. */
RP_MUST_CHECK rp_code prompt_line(int fd, const char *question, const struct rp_wait *w, char *ret,
				  size_t cap, struct trouble *t);

/* Shows on the terminal what will be sent: only for people who asked to see what they type (--show). */
void prompt_reveal(int fd, const rp_secret *s);

/* --- secrets_fd.c: the descriptor --- */

#define SECRETS_BYTES_MAX 65536
#define SECRET_NAMES(X)                                                                                      \
	X(CURRENT, "current")                                                                                \
	X(NEW, "new")                                                                                        \
	X(OTHER, "other")                                                                                    \
	X(LETTER, "letter")                                                                                  \
	X(PUK, "puk")                                                                                        \
	X(RESETTING_CODE, "resetting-code")                                                                  \
	X(ADMIN, "admin")                                                                                    \
	X(USER_CODE, "user-code")                                                                            \
	X(RESPONSE, "response")                                                                              \
	X(PASSWORD, "password")                                                                              \
	X(TOTP, "totp")                                                                                      \
	X(CHALLENGE, "challenge")

enum secret_name {
#define SECRET_ENUM(name, word) SECRET_##name,
	SECRET_NAMES(SECRET_ENUM)
#undef SECRET_ENUM
		SECRETS_N
};

struct secrets {
	rp_secret *s[SECRETS_N]; /* NULL: not given */
};

const char *secret_word(enum secret_name name);
/* False when no secret has this name. */
bool secret_from_word(const char *word, size_t len, enum secret_name *ret);
/*
 * Reads fd to its end, closes it, and takes the lines apart. Strict: nothing is trimmed.
 * Errors: RP_E_USAGE (not open, not readable, a terminal), RP_E_INPUT_FORMAT, RP_E_INPUT_EMPTY,
 * RP_E_TIMEOUT, RP_E_CANCELLED.
 */
RP_MUST_CHECK rp_code secrets_read(int fd, const struct rp_wait *w, struct secrets *ret, struct trouble *t);
/*
 * One line of fd, without its end, of at most cap bytes. Errors: RP_E_INPUT_LENGTH (it was longer,
 * and was read to its end), RP_E_INPUT_FORMAT (fd cannot be read), RP_E_TIMEOUT, RP_E_CANCELLED (also:
 * fd has ended).
 */
RP_MUST_CHECK rp_code secrets_line(int fd, size_t cap, const struct rp_wait *w, rp_secret **ret,
				   struct trouble *t);
void secrets_free(struct secrets *s);

/* --- job.c, ask.c: change, unlock, and what the issuer allows --- */

struct job {
	struct app *a;
	enum deed deed;
	rp_slot slot;
	int tty;	      /* -1: secrets come from the descriptor */
	struct secrets given; /* from the descriptor */
	rp_card *card;
	struct rp_card_facts facts;
	struct rp_pin_info info;
	struct rp_pin_facts pin; /* the slot, as shown */
	struct elsewhere elsewhere;
	struct rp_job todo;
	rp_secret *first, *fresh; /* checked: what proves the right to set a PIN, and the PIN to set */
	struct rp_folded folded;
	struct policy_findings advice; /* what speaks against the PIN to set; it holds no part of it */
};

/* Secrets from the descriptor, card read and shown, slot found and allowed to be served. */
RP_MUST_CHECK rp_code job_open(struct job *j, struct trouble *t);
/* Its parts for commands without a card: descriptor or terminal; the slot that was named. */
RP_MUST_CHECK rp_code job_source(struct job *j, struct trouble *t);
RP_MUST_CHECK rp_code job_slot(struct job *j, struct trouble *t);
/*
 * The names that are needed after all, ended by SECRETS_N: another one that was given, and from a descriptor
 * one that is missing, are told before anything is sent. Errors: RP_E_USAGE, RP_E_INPUT_MISSING.
 */
RP_MUST_CHECK rp_code job_names(struct job *j, const enum secret_name *needed, struct trouble *t);
/* What cannot succeed is refused before a secret is asked: `code` about `slot`. */
rp_code job_refuse(struct job *j, rp_slot slot, rp_code code, struct trouble *t);
/* One entry of a name that belongs to no slot (one-time code, password): asked or given, not checked. */
RP_MUST_CHECK rp_code ask_plain(struct job *j, enum secret_name name, const char *question, bool show,
				rp_secret **ret, struct trouble *t);
/* After an entry that breaks a rule: says it, clears the trouble and is true while it may be typed again. */
bool ask_again(struct job *j, struct trouble *t, rp_code rc, unsigned round);
/* How long people may take for an entry. */
struct rp_wait job_wait(const struct job *j);
/*
 * Asks for consent when `pin` (the one whose try would be spent; NULL: the card tells none) has
 * one try left; twice when nothing else unlocks. Errors: RP_E_LAST_TRY, RP_E_CANCELLED, RP_E_TIMEOUT.
 */
RP_MUST_CHECK rp_code job_consent(struct job *j, const struct rp_pin_facts *pin, struct trouble *t);
/* A question on the terminal; only 'yes' agrees. Errors: RP_E_CANCELLED, RP_E_TIMEOUT. */
RP_MUST_CHECK rp_code job_agrees(struct job *j, const char *question, bool *ret_agreed, struct trouble *t);
/* True when `change` is for this PIN of this card. */
bool can_change(const struct app *a, const struct rp_card_facts *f, const struct rp_pin_info *info);
/* The way of unlocking that was chosen; NULL for change. */
const struct rp_unlock_info *job_way(const struct job *j);
/* When the secret of this way locks, the card is dead. */
bool way_is_deadly(const struct job *j, const struct rp_unlock_info *way);
/* Says which PIN is meant, its tries, its limit and what follows it. */
void job_say_stakes(struct job *j, rp_slot slot, const struct rp_pin_facts *pin);
/* What the failed call needs to be explained by; hands `rc` through. */
rp_code job_failed(struct job *j, rp_code rc, struct trouble *t);
/* Says what was done, on the screen or as JSON. */
RP_MUST_CHECK rp_code job_done(struct job *j, const struct rp_outcome *done, struct trouble *t);
/* The JSON object of it, to which a command may add; NULL: no memory. */
struct json_t *job_json(struct job *j, const struct rp_outcome *done);
void job_free(struct job *j);
/* The facts of a slot; NULL when the card did not tell any. */
const struct rp_pin_facts *facts_pin(const struct rp_card_facts *f, rp_slot slot);
/* Card, number, holder, validity, reader: who is being spoken of. */
void say_card(enum out_to to, const char *reader, const struct rp_card_facts *f);

/*
 * The secret `name` that proves, checked against the rules of `slot`, into j->first; and
 * the new PIN, twice on a terminal, into j->fresh. A weak one is set on a terminal after a
 * confirmation, and what speaks against it is in j->advice.
 * Errors: RP_E_INPUT_*, RP_E_CANCELLED, RP_E_TIMEOUT.
 */
RP_MUST_CHECK rp_code ask_first(struct job *j, enum secret_name name, rp_slot slot, struct trouble *t);
RP_MUST_CHECK rp_code ask_fresh(struct job *j, struct trouble *t);

/* "sign: a change of this PIN was begun on … and did not end." (cmd_resolve.c) */
void resolve_say_cut(const struct rp_intent *in);
/* Keeps the latest note of each PIN: what came before it cannot be answered yet. Returns how many. */
size_t resolve_latest(struct rp_intent *in, size_t n);

/* --- steps.c: where a job is, for a program that shows it (--steps-fd) --- */

enum step { STEP_IDENTIFY, STEP_ISSUER, STEP_PROVE, STEP_GRANT, STEP_SET, STEP_SETTLE };
/* Errors: RP_E_USAGE (it is no descriptor of its own that can be written to). */
RP_MUST_CHECK rp_code steps_check(const struct opts *o, struct trouble *t);
/*
 * "set The new PIN is being set." and a line's end; nothing when nobody asked, or when this step or
 * a later one was said before.
 */
void step_say(const struct app *a, enum step s);
/* A word with what belongs to it, and a line's end: as often as it comes to pass. */
void step_tell(const struct app *a, const char *word, const char *text);

/* --- expect.c: what another look showed --- */

/* 16 digits that stand for the card, and each slot with its tries. */
#define EXPECT_TEXT 160
/* "5F1C…:sign=5,auth=3"; "?" where the card does not tell the tries. False: no room. */
RP_MUST_CHECK bool expect_text(const struct rp_card_facts *f, char ret[EXPECT_TEXT]);
/* Errors: RP_E_CARD_CHANGED, RP_E_TRIES_CHANGED, RP_E_USAGE (no such text). */
RP_MUST_CHECK rp_code expect_check(const char *text, const struct rp_card_facts *f, struct trouble *t);

/* --- noted.c: what this machine has noted of a card --- */

struct noted {
	struct rp_intent cut[4]; /* jobs that were cut */
	size_t n_cut;
	struct elsewhere elsewhere;
};
/* Without notes nothing, and that is no error. */
void noted_read(struct app *a, const struct rp_card_facts *f, struct noted *ret);

/* --- the commands --- */

rp_code cmd_list(struct app *a, struct trouble *t);
rp_code cmd_status(struct app *a, struct trouble *t);
rp_code cmd_view(struct app *a, struct trouble *t);
rp_code cmd_doors(struct app *a, struct trouble *t);
rp_code cmd_change(struct app *a, struct trouble *t);
rp_code cmd_unlock(struct app *a, struct trouble *t);
rp_code cmd_profiles(struct app *a, struct trouble *t);
rp_code cmd_doctor(struct app *a, struct trouble *t);
rp_code cmd_resolve(struct app *a, struct trouble *t);
rp_code cmd_ledger(struct app *a, struct trouble *t);
rp_code cmd_receipt(struct app *a, struct trouble *t);
rp_code cmd_device(struct app *a, struct trouble *t);
rp_code cmd_reserve(struct app *a, struct trouble *t);
rp_code cmd_reset(struct app *a, struct trouble *t);
rp_code cmd_helpdesk(struct app *a, struct trouble *t);

#endif
