/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the program `repind`. The order of a run:
 *
 *     args_parse -> (secrets_read) -> the command's function -> app_close -> exit status
 *
 * A command that needs the issuer calls app_open, which reads repind.conf and opens token, database
 * and domain. Nothing is decided here that the domain decides. No secret is in argv, environment or
 * log; what is shown once (a one-time code, a TOTP secret) goes to standard output and nowhere
 * else.
 */
#ifndef REPIN_SERVER_REPIND_H
#define REPIN_SERVER_REPIND_H

#include "server/settings.h"

/* --- args.c: the command line --- */

enum opt {
	OPT_CONFIG,
	OPT_SECRETS_FD,
	OPT_BY,
	OPT_NO_QUESTIONS,
	OPT_ONE_PERSON,
	OPT_NAME,
	OPT_ORIGIN,
	OPT_HOST,
	OPT_LISTEN,
	OPT_METRICS,
	OPT_CONSOLE,
	OPT_DATABASE,
	OPT_ANCHORS,
	OPT_CRL,
	OPT_PROFILE,
	OPT_NUMBER,
	OPT_MUNICIPALITY,
	OPT_CERTIFICATE,
	OPT_USER_CODE,
	OPT_SOURCE,
	OPT_GIDS_KEY,
	OPT_CARD,
	OPT_CLASS,
	OPT_GROUP,
	OPT_OFFICE,
	OPT_OUT,
	OPT_FILE,
	OPT_SLOTS,
	OPT_OPERATED_BY,
	OPT_PLACES,
	OPT_HOURS,
	OPT_LISTED,
	OPT_ROLES,
	OPT_GENERATE,
	OPT_DOOR,
	OPT_REASON,
	OPT_CHECKPOINT,
	OPT_REALLY,
	OPT_FOR,
	OPT_HEX,
	OPT_IDENTIFIED_BY,
	OPT_LOSS_IS_CERTAIN,
	OPT_REPLACES,
	OPT_VERBOSE,
	OPT_HELP,
	OPT_VERSION,
	OPTS
};

#define ARGS_MAX 32

struct app;
typedef rp_code command_fn(struct app *a, struct rp_error *err);

struct command {
	const char *name, *args; /* "terminal enrol", "NAME" */
	unsigned min, max;	 /* how many arguments */
	uint64_t opts;		 /* bits of enum opt, besides those of every command */
	command_fn *run;
	const char *help;
};

struct args {
	const struct command *command; /* NULL: only help or version was asked for */
	const char *value[OPTS];       /* NULL: not given; a flag's value is "" */
	struct {
		enum opt opt;
		const char *value;
	} many[ARGS_MAX]; /* every option, in the order given */
	size_t n_many;
	const char *arg[ARGS_MAX];
	size_t n_arg;
};

/* Errors: RP_E_USAGE. */
RP_MUST_CHECK rp_code args_parse(int argc, char **argv, struct args *ret, struct rp_error *err);
void args_help(const struct command *c); /* NULL: of the whole program */

/* --- ask.c: secrets and questions --- */

enum secret_id { SECRET_PASSWORD, SECRET_TOTP, SECRET_USER_CODE, SECRET_GIDS_KEY, SECRETS };

struct secrets {
	bool given; /* there was a descriptor: nothing is asked on the terminal */
	rp_secret *s[SECRETS];
};
/*
 * Reads lines name=value to the end of the descriptor and closes it. Errors: RP_E_INPUT_FORMAT,
 * RP_E_USAGE.
 */
RP_MUST_CHECK rp_code secrets_read(const char *fd, struct secrets *ret, struct rp_error *err);
void secrets_free(struct secrets *s);
/* True when there is a terminal to ask at. */
bool ask_can(void);
/*
 * The secret of this name: from the descriptor when there was one, else asked for without echo,
 * twice where it is a new one. Borrowed from `s`. Errors: RP_E_INPUT_*, RP_E_CANCELLED.
 */
RP_MUST_CHECK rp_code ask_secret(struct secrets *s, enum secret_id id, const char *question, bool twice,
				 const rp_secret **ret, struct rp_error *err);
/* For a call that takes a terminated text; the caller wipes it. False when it does not fit. */
RP_MUST_CHECK bool secret_text(const rp_secret *s, char *ret, size_t cap);
/* A line; empty means `fallback`. */
RP_MUST_CHECK rp_code ask_line(const char *question, const char *fallback, char *ret, size_t cap,
			       struct rp_error *err);

/* --- app.c: what a command works with --- */

struct app {
	struct args args;
	struct secrets secrets;
	struct settings *set;
	keys *k;   /* the issuer's, once it is open */
	store *s;  /* the same */
	issuer *i; /* NULL: not open */
	char by[ROW_NAME];
};

/* --config, else /etc/repin/repind.conf. */
/*
 * The offices of DIR/offices become those that the rules know; none there: the example stays. Findings go to
 * standard error. Errors: RP_E_CONFIG (a file is wrong, an office stands in two).
 */
RP_MUST_CHECK rp_code offices_load(const char *dir, struct rp_error *err);
RP_MUST_CHECK rp_code app_settings(struct app *a, struct rp_error *err);
/* The token alone. Errors: RP_E_CONFIG, RP_E_TOKEN. */
RP_MUST_CHECK rp_code app_keys(struct app *a, struct rp_error *err);
/* The database alone. */
RP_MUST_CHECK rp_code app_store(struct app *a, struct rp_error *err);
/* Token, database and domain, and the anchors are those that were agreed to. Errors: RP_E_CONFIG, RP_E_TOKEN,
 * RP_E_STORE*, four-eyes. */
RP_MUST_CHECK rp_code app_open(struct app *a, struct rp_error *err);
/*
 * The same, and a->by: "console", or the operator of --by after password and TOTP. Errors: also
 * refusals.
 */
RP_MUST_CHECK rp_code app_open_by(struct app *a, struct rp_error *err);
/* Without looking at the anchors: for those who agree to them. */
RP_MUST_CHECK rp_code app_open_unchecked(struct app *a, struct rp_error *err);
/* A further version of a key on the configured token. */
RP_MUST_CHECK rp_code app_make_key(struct app *a, enum keys_use use, unsigned version, struct rp_error *err);
RP_MUST_CHECK rp_code app_anchors_hash(const struct app *a, uint8_t ret[SHA256_LEN], struct rp_error *err);
/* a->by becomes this operator after password and one-time password. Errors: refusals. */
RP_MUST_CHECK rp_code app_sign_in(struct app *a, const char *name, struct rp_error *err);
RP_MUST_CHECK rp_code app_check_anchors(struct app *a, struct rp_error *err);
void app_close(struct app *a);

/* Text of an option, or its fallback. */
const char *app_text(const struct app *a, enum opt o, const char *fallback);
/*
 * Copies the option into a row's field. Errors: RP_E_USAGE when it is too long, or missing and
 * needed.
 */
#define app_field(a, o, needed, field, err) app_field_sized(a, o, needed, field, sizeof(field), err)
RP_MUST_CHECK rp_code app_field_sized(const struct app *a, enum opt o, bool needed, char *ret, size_t cap,
				      struct rp_error *err);
/* Says what an approval that was asked for needs; an empty id: it was done at once. */
void app_say_approval(const char *approval, const char *done);

/* --- cmd_people.c, for init too --- */

struct new_operator {
	const char *name, *roles, *office;
	const rp_secret *password;
	const char *dir; /* NAME.password and NAME.totp go there; NULL: the TOTP secret is printed */
};
RP_MUST_CHECK rp_code operator_put(struct app *a, const struct new_operator *o, struct rp_error *err);
/* With a password that is made, into files of o->dir. */
RP_MUST_CHECK rp_code operator_generate(struct app *a, struct new_operator *o, struct rp_error *err);

/* --- cmd_cards.c, for revocations too --- */

#define CARD_CERTS 4
struct card_files {
	char *text[CARD_CERTS];
	uint8_t *der[CARD_CERTS];
};
void card_files_clear(struct card_files *f);
/* Every --certificate SLOT=FILE; the bytes are `f`'s. Errors: RP_E_USAGE. */
RP_MUST_CHECK rp_code take_certificates(struct app *a, struct card_files *f, struct issuer_card *c,
					struct rp_error *err);
/* --profile and --number, and app_open_by. */
RP_MUST_CHECK rp_code which_card(struct app *a, const char **ret_profile, const char **ret_number,
				 struct rp_error *err);

/* --- small parts --- */

/* progress.c: a bar on a terminal, lines elsewhere; on standard error. */
struct progress {
	bool bar;
	int64_t drawn_ms;
	const char *what;
};
void progress_draw(struct progress *p, uint64_t done, uint64_t all, const char *note);
void progress_end(struct progress *p);

/* notify.c: tells systemd (NOTIFY_SOCKET) "READY=1", "STOPPING=1", …; without it nothing. */
void notify_service(const char *state);

/* token.c: the files of a SoftHSM token in `dir`, and SOFTHSM2_CONF for this process. */
RP_MUST_CHECK rp_code token_make_files(const char *dir, struct rp_error *err);
/*
 * The files of a SoftHSM token of ours become read-only: SoftHSM 2.6.1 writes its token's file anew at each
 * login, in place, and a kill in that moment leaves it empty and every key lost. It serves as well
 * from files that it cannot write. (Whoever runs as root can write them all the same.)
 */
RP_MUST_CHECK rp_code token_seal_files(const struct settings *s, struct rp_error *err);
RP_MUST_CHECK rp_code token_use(const struct settings *s, struct rp_error *err);
/* The same, and writes nothing. Errors: also RP_E_CONFIG: the directory was moved. */
RP_MUST_CHECK rp_code token_use_as_is(const struct settings *s, struct rp_error *err);

/* --- the commands --- */
extern const struct command commands[];
extern const size_t n_commands;

command_fn cmd_init, cmd_serve, cmd_enrol, cmd_card_key, cmd_card_status, cmd_card_lift_halt, cmd_card_renew,
	cmd_usercode_reset, cmd_terminal_enrol, cmd_terminal_lock, cmd_terminal_unlock, cmd_terminal_list,
	cmd_group_set, cmd_group_list, cmd_operator_add, cmd_operator_list, cmd_office_list, cmd_office_add,
	cmd_office_check, cmd_approve, cmd_stop, cmd_stop_list, cmd_stop_lift, cmd_anchors, cmd_clock,
	cmd_audit_verify, cmd_audit_export, cmd_audit_receipt, cmd_audit_erase, cmd_migrate, cmd_key_new,
	cmd_forget, cmd_recover, cmd_doctor, cmd_revocation_ask, cmd_revocation_approve, cmd_revocation_list,
	cmd_revocation_withdraw;

#endif
