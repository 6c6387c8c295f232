/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line as two tables, which also print the help: commands and options, and which
 * option goes with which command. Whole names only: a shortened option that a script uses would
 * change its meaning when a new one comes.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/repind.h"

#define BIT(o) (UINT64_C(1) << (o))
#define EVERY (BIT(OPT_CONFIG) | BIT(OPT_VERBOSE) | BIT(OPT_HELP) | BIT(OPT_VERSION))
#define BY (BIT(OPT_BY) | BIT(OPT_SECRETS_FD))
#define OF_CARD (BIT(OPT_PROFILE) | BIT(OPT_NUMBER))

static const struct option_row {
	const char *name, *arg, *help;
} options[OPTS] = {
	[OPT_CONFIG] = {"config", "FILE", "repind.conf, or its directory (/etc/repin/repind.conf)"},
	[OPT_SECRETS_FD] = {"secrets-fd", "N", "read secrets as lines name=value from descriptor N"},
	[OPT_BY] = {"by", "NAME", "the operator who does it; asks for password and one-time password"},
	[OPT_NO_QUESTIONS] = {"no-questions", NULL, "ask nothing: defaults, passwords into files"},
	[OPT_ONE_PERSON] = {"one-person", NULL, "acts that need two people are done by one"},
	[OPT_NAME] = {"name", "NAME", "of the issuer; a part of every card id"},
	[OPT_ORIGIN] = {"log-origin", "NAME", "of the log, as its checkpoints say it"},
	[OPT_HOST] = {"host", "HOST", "a name or address of this server; may be repeated"},
	[OPT_LISTEN] = {"listen", "ADDRESS", "where terminals and holders are served (127.0.0.1:8443)"},
	[OPT_CONSOLE] = {"console", "ADDRESS",
			 "where operators are served (127.0.0.1, the port after --listen's)"},
	[OPT_METRICS] = {"metrics", "ADDRESS", "where health and metrics are told (127.0.0.1:9464)"},
	[OPT_DATABASE] = {"database", "URL", "sqlite:FILE or a PostgreSQL address (sqlite:repin.db)"},
	[OPT_ANCHORS] = {"anchors", "FILE", "PEM: the authorities whose certificates are on cards"},
	[OPT_CRL] = {"crl", "FILE", "PEM: their revocation lists"},
	[OPT_PROFILE] = {"profile", "NAME", "family of the card"},
	[OPT_NUMBER] = {"number", "NUMBER", "of the card"},
	[OPT_MUNICIPALITY] = {"municipality", "CODE", "five digits: where the holder is registered"},
	[OPT_CERTIFICATE] = {"certificate", "FILE", "PEM or DER; of a card SLOT=FILE, repeated"},
	[OPT_USER_CODE] = {"user-code", NULL, "the secret user-code is the card's first one"},
	[OPT_SOURCE] = {"source", "NUMBER", "of the card that a phone's certificates came from"},
	[OPT_GIDS_KEY] = {"gids-key", NULL, "the secret gids-key is the card's admin key, 48 hex digits"},
	[OPT_CARD] = {"card", "NUMBER", "of the card; of an operator PROFILE:NUMBER, repeated"},
	[OPT_CLASS] = {"class", "CLASS", "kiosk, desk or app"},
	[OPT_GROUP] = {"group", "NAME", "group of terminals"},
	[OPT_OFFICE] = {"office", "ID", "office of the desk or operator"},
	[OPT_FILE] = {"file", "FILE", "the office file to take"},
	[OPT_OUT] = {"out", "DIR", "where key and certificate of the terminal go"},
	[OPT_SLOTS] = {"slots", "LIST", "what the group may reset: PROFILE:SLOT,..."},
	[OPT_OPERATED_BY] = {"operated-by", "TEXT", "who runs the kiosks"},
	[OPT_PLACES] = {"places", "TEXT", "where they stand"},
	[OPT_HOURS] = {"hours", "TEXT", "when they serve"},
	[OPT_LISTED] = {"listed", NULL, "stands on the public page"},
	[OPT_ROLES] = {"roles", "LIST", "clerk, approver, help-desk, auditor, admin"},
	[OPT_GENERATE] = {"generate", "DIR", "make password and TOTP secret, into files there"},
	[OPT_DOOR] = {"door", "NAME", "this door"},
	[OPT_REASON] = {"reason", "TEXT", "why"},
	[OPT_CHECKPOINT] = {"checkpoint", "FILE", "an exported checkpoint of the log"},
	[OPT_REALLY] = {"really", NULL, "do it; without it, it is only told what would be done"},
	[OPT_FOR] = {"for", "FILE", "PEM: the RSA key, or its certificate, of who personalises the card"},
	[OPT_HEX] = {"hex", NULL, "the key as it is: whoever reads it can set the card's PINs"},
	[OPT_IDENTIFIED_BY] = {"identified-by", "TEXT", "how the holder was identified"},
	[OPT_LOSS_IS_CERTAIN] = {"loss-is-certain", NULL,
				 "the holder has confirmed that the letter is lost for good"},
	[OPT_REPLACES] = {"replaces", "PROFILE:NUMBER", "the old card, which is revoked"},
	[OPT_VERBOSE] = {"verbose", NULL, "tell on standard error what is done; never a secret"},
	[OPT_HELP] = {"help", NULL, "this help"},
	[OPT_VERSION] = {"version", NULL, "the version"},
};

const struct command commands[] = {
	{"init", "DIR", 1, 1,
	 BIT(OPT_NO_QUESTIONS) | BIT(OPT_ONE_PERSON) | BIT(OPT_NAME) | BIT(OPT_ORIGIN) | BIT(OPT_HOST) |
		 BIT(OPT_LISTEN) | BIT(OPT_CONSOLE) | BIT(OPT_METRICS) | BIT(OPT_DATABASE) |
		 BIT(OPT_ANCHORS) | BIT(OPT_CRL),
	 cmd_init, "make DIR: configuration, token, database, authorities, operators"},
	{"serve", "", 0, 0, 0, cmd_serve, "serve until SIGTERM"},
	{"doctor", "", 0, 0, 0, cmd_doctor,
	 "check the whole installation, and say what to do; changes nothing"},
	{"migrate", "", 0, 0, 0, cmd_migrate, "take the database to this program's schema"},
	{"enrol", "[FILE]", 0, 1,
	 OF_CARD | BY | BIT(OPT_MUNICIPALITY) | BIT(OPT_CERTIFICATE) | BIT(OPT_USER_CODE) | BIT(OPT_SOURCE) |
		 BIT(OPT_GIDS_KEY) | BIT(OPT_REPLACES),
	 cmd_enrol, "enrol the cards of a file, or the one that the options describe"},
	{"card key", "", 0, 0, OF_CARD | BY | BIT(OPT_FOR) | BIT(OPT_HEX), cmd_card_key,
	 "a card's own key, wrapped, for its personalisation alone"},
	{"key new", "KIND", 1, 1, BY, cmd_key_new, "a further version of pepper or wrap on the token"},
	{"card status", "STATUS", 1, 1, OF_CARD | BY | BIT(OPT_REASON), cmd_card_status,
	 "make a card active, suspended or revoked"},
	{"card renew", "", 0, 0, OF_CARD | BY | BIT(OPT_CERTIFICATE), cmd_card_renew,
	 "new certificates of a card"},
	{"card lift-halt", "SLOT RESETS", 2, 2, OF_CARD | BY, cmd_card_lift_halt,
	 "a halted card is in order, with this count (two people)"},
	{"revocation ask", "REASON", 1, 1,
	 OF_CARD | BY | BIT(OPT_CERTIFICATE) | BIT(OPT_IDENTIFIED_BY) | BIT(OPT_LOSS_IS_CERTAIN),
	 cmd_revocation_ask, "have the authority revoke a card: dead, letter-lost or wish (two people)"},
	{"revocation approve", "ID", 1, 1, BY, cmd_revocation_approve,
	 "agree to it: an approver, who is another person"},
	{"revocation withdraw", "ID", 1, 1, BY, cmd_revocation_withdraw, "take it back, until it is sent"},
	{"revocation list", "", 0, 0, 0, cmd_revocation_list, "the newest, with how far each is"},
	{"usercode reset", "", 0, 0, BY | BIT(OPT_CARD) | BIT(OPT_PROFILE), cmd_usercode_reset,
	 "a one-time code for a new user code; shown once"},
	{"terminal enrol", "NAME", 1, 1,
	 BY | BIT(OPT_CLASS) | BIT(OPT_GROUP) | BIT(OPT_OFFICE) | BIT(OPT_OUT) | BIT(OPT_CERTIFICATE),
	 cmd_terminal_enrol, "enrol a kiosk or desk (two people)"},
	{"terminal lock", "NAME", 1, 1, BY | BIT(OPT_REASON), cmd_terminal_lock,
	 "from the next request on it may nothing"},
	{"terminal unlock", "NAME", 1, 1, BY | BIT(OPT_REASON), cmd_terminal_unlock, "it may again"},
	{"terminal list", "", 0, 0, 0, cmd_terminal_list, "all terminals"},
	{"group set", "NAME", 1, 1,
	 BY | BIT(OPT_CLASS) | BIT(OPT_SLOTS) | BIT(OPT_OPERATED_BY) | BIT(OPT_PLACES) | BIT(OPT_HOURS) |
		 BIT(OPT_LISTED),
	 cmd_group_set, "what the terminals of a group may reset"},
	{"group list", "", 0, 0, 0, cmd_group_list, "all groups"},
	{"operator add", "NAME", 1, 1,
	 BY | BIT(OPT_ROLES) | BIT(OPT_OFFICE) | BIT(OPT_CARD) | BIT(OPT_GENERATE), cmd_operator_add,
	 "an operator, or new roles, password and TOTP secret of one"},
	{"operator list", "", 0, 0, 0, cmd_operator_list, "all operators"},
	{"office add", "", 0, 0, BIT(OPT_FILE), cmd_office_add, "take an office file, when it has no errors"},
	{"office check", "FILE", 1, 1, 0, cmd_office_check,
	 "what is wrong in an office file, and what to do"},
	{"office list", "", 0, 0, 0, cmd_office_list, "the offices that the rules know"},
	{"approve", "[ID...]", 0, ARGS_MAX, BY, cmd_approve,
	 "agree to what another one asked for; without ID: what waits"},
	{"stop", "", 0, 0, BY | BIT(OPT_DOOR) | BIT(OPT_PROFILE) | BIT(OPT_GROUP) | BIT(OPT_REASON), cmd_stop,
	 "stop a door, a family or a group, at once"},
	{"stop lift", "ID", 1, 1, BY, cmd_stop_lift, "lift a stop (two people)"},
	{"stop list", "", 0, 0, 0, cmd_stop_list, "the stops in force"},
	{"anchors", "", 0, 0, BY, cmd_anchors, "the file of anchors as it is now is right (two people)"},
	{"clock", "", 0, 0, BY, cmd_clock,
	 "after a clock that ran ahead: it is as late as it is here (two people)"},
	{"audit verify", "", 0, 0, BIT(OPT_CHECKPOINT), cmd_audit_verify,
	 "read the whole log: changed, cut, missing or doubled?"},
	{"audit export", "", 0, 0, 0, cmd_audit_export, "the newest signed checkpoint"},
	{"audit receipt", "RECEIPT", 1, 1, 0, cmd_audit_receipt, "an entry with its proof"},
	{"audit erase", "RECEIPT", 1, 1, BY | BIT(OPT_REASON), cmd_audit_erase,
	 "erase an entry's text (two people)"},
	{"forget", "", 0, 0, BY | BIT(OPT_REALLY), cmd_forget,
	 "delete rows that are older than repind.conf keeps them; tells it first"},
	{"recover", "", 0, 0, BY | BIT(OPT_CHECKPOINT), cmd_recover,
	 "after a restore: end what was open, log the gap (two people)"},
};
const size_t n_commands = sizeof commands / sizeof commands[0];

/* --- help --- */

static void print_option(size_t k)
{
	const struct option_row *o = &options[k];
	char left[40];

	(void)snprintf(left, sizeof left, "--%s%s%s", o->name, o->arg != NULL ? " " : "",
		       o->arg != NULL ? o->arg : "");
	(void)printf("  %-22s  %s\n", left, o->help);
}

static void print_program(void)
{
	(void)printf("usage: repind [--config FILE] COMMAND [OPTIONS]\n\n"
		     "The issuer's server of Repin, and everything to set it up and to keep it in order.\n\n"
		     "commands:\n");
	for (size_t k = 0; k < n_commands; k++) {
		char left[40];

		(void)snprintf(left, sizeof left, "%s%s%s", commands[k].name,
			       commands[k].args[0] != '\0' ? " " : "", commands[k].args);
		(void)printf("  %-26s  %s\n", left, commands[k].help);
	}
	(void)printf("\noptions ('repind COMMAND --help' tells which go with a command):\n");
	for (size_t k = 0; k < OPTS; k++)
		print_option(k);
}

void args_help(const struct command *c)
{
	if (c == NULL) {
		print_program();
		return;
	}
	(void)printf("usage: repind %s%s%s [OPTIONS]\n\n%s\n\noptions:\n", c->name,
		     c->args[0] != '\0' ? " " : "", c->args, c->help);
	for (size_t k = 0; k < OPTS; k++)
		if (((c->opts | EVERY) & BIT(k)) != 0)
			print_option(k);
}

/* --- parsing --- */

static rp_code take_option(struct args *a, int id, const char *value, struct rp_error *err)
{
	const enum opt o = (enum opt)id;

	if (a->n_many == ARGS_MAX)
		return rp_fail(err, RP_E_USAGE, "too many options");
	a->value[o] = value != NULL ? value : "";
	a->many[a->n_many].opt = o;
	a->many[a->n_many++].value = a->value[o];
	return RP_OK;
}

static rp_code take_word(struct args *a, const char *word, struct rp_error *err)
{
	if (a->n_arg == ARGS_MAX)
		return rp_fail(err, RP_E_USAGE, "too many arguments");
	a->arg[a->n_arg++] = word;
	return RP_OK;
}

/*
 * '-' hands arguments over in their order, so that options may stand anywhere; ':' lets us say what
 * is wrong.
 */
static rp_code read_words(int argc, char **argv, struct args *a, struct rp_error *err)
{
	struct option longs[OPTS + 1];
	rp_code rc = RP_OK;
	int c;

	for (size_t k = 0; k < OPTS; k++)
		longs[k] = (struct option){options[k].name,
					   options[k].arg != NULL ? required_argument : no_argument, NULL,
					   (int)k + 256};
	longs[OPTS] = (struct option){NULL, 0, NULL, 0};
	opterr = 0;
	while (rc == RP_OK && (c = getopt_long(argc, argv, "-:", longs, NULL)) != -1) {
		if (c == 1)
			rc = take_word(a, optarg, err);
		else if (c >= 256)
			rc = take_option(a, c - 256, optarg, err);
		else
			rc = rp_fail(err, RP_E_USAGE, c == ':' ? "%s needs a value" : "%s is no option",
				     argv[optind - 1]);
	}
	for (; rc == RP_OK && optind < argc; optind++)
		rc = take_word(a, argv[optind], err);
	return rc;
}

/* "terminal enrol" and then its arguments; the longest name that fits. */
static void find_command(struct args *a)
{
	size_t best = 0;

	for (size_t k = 0; k < n_commands; k++) {
		const char *space = strchr(commands[k].name, ' ');
		const size_t words = space != NULL ? 2 : 1;
		const size_t first = space != NULL ? (size_t)(space - commands[k].name)
						   : strlen(commands[k].name);

		if (a->n_arg < words || words <= best || strlen(a->arg[0]) != first ||
		    strncmp(a->arg[0], commands[k].name, first) != 0 ||
		    (space != NULL && strcmp(space + 1, a->arg[1]) != 0))
			continue;
		a->command = &commands[k];
		best = words;
	}
	a->n_arg -= best;
	for (size_t k = 0; k < a->n_arg; k++)
		a->arg[k] = a->arg[k + best];
}

static rp_code check_command(const struct args *a, struct rp_error *err)
{
	const struct command *c = a->command;

	if (c == NULL)
		return rp_fail(err, RP_E_USAGE, a->n_arg > 0 ? "there is no command %s" : "which command?%s",
			       a->n_arg > 0 ? a->arg[0] : "");
	for (size_t k = 0; k < OPTS; k++)
		if (a->value[k] != NULL && ((c->opts | EVERY) & BIT(k)) == 0)
			return rp_fail(err, RP_E_USAGE, "%s does not take --%s", c->name, options[k].name);
	if (a->n_arg < c->min || a->n_arg > c->max)
		return rp_fail(err, RP_E_USAGE, "usage: repind %s %s", c->name, c->args);
	return RP_OK;
}

rp_code args_parse(int argc, char **argv, struct args *ret, struct rp_error *err)
{
	struct args a = {0};
	rp_code rc = read_words(argc, argv, &a, err);

	if (rc != RP_OK)
		return rc;
	find_command(&a);
	if (a.value[OPT_HELP] == NULL && a.value[OPT_VERSION] == NULL)
		rc = check_command(&a, err);
	if (rc == RP_OK)
		*ret = a;
	return rc;
}
