/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line as two tables, which also print the help: commands and options, and
 * which option goes with which command. Whole names only: a shortened option that a
 * script uses would change its meaning when a new one comes.
 */
#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum cmd_bit {
	CMD_LIST = 1,
	CMD_STATUS = 2,
	CMD_CHANGE = 4,
	CMD_UNLOCK = 8,
	CMD_PROFILES = 16,
	CMD_DOCTOR = 32,
	CMD_RESOLVE = 64,
	CMD_DOORS = 128,
	CMD_LEDGER = 256,
	CMD_RESERVE = 512,
	CMD_RESET = 1024,
	CMD_HELPDESK = 2048,
	CMD_VIEW = 4096,
	CMD_RECEIPT = 8192,
	CMD_DEVICE = 16384,
};
#define CMD_TRIES (CMD_CHANGE | CMD_UNLOCK | CMD_RESOLVE | CMD_RESERVE | CMD_RESET | CMD_DEVICE)
#define CMD_APP (CMD_STATUS | CMD_VIEW | CMD_CHANGE | CMD_RESERVE | CMD_RESET | CMD_DEVICE)
#define CMD_SECRETS (CMD_TRIES | CMD_HELPDESK)
#define CMD_CARD (CMD_STATUS | CMD_VIEW | CMD_DOORS | CMD_TRIES | CMD_LEDGER)
#define CMD_PCSC (CMD_LIST | CMD_CARD | CMD_DOCTOR)
#define CMD_WAITS (CMD_PCSC | CMD_HELPDESK | CMD_RECEIPT)
#define CMD_ALL (CMD_WAITS | CMD_PROFILES)

struct command {
	const char *name, *args;
	unsigned bit;
	command_run *run;
	const char *help;
};

static const struct command commands[] = {
	{"list", "", CMD_LIST, cmd_list, N_("the readers and the cards in them")},
	{"status", "[SLOT...]", CMD_STATUS, cmd_status,
	 N_("every PIN of the card: state and tries left; spends no try")},
	{"view", "", CMD_VIEW, cmd_view,
	 N_("all that a page shows of a card, for programs (--json); spends no try")},
	{"change", "SLOT", CMD_CHANGE, cmd_change, N_("set a new PIN with the current one")},
	{"unlock", "SLOT", CMD_UNLOCK, cmd_unlock,
	 N_("set a new PIN with the secret that you keep: letter PIN, PUK, resetting code")},
	{"doors", "[SLOT]", CMD_DOORS, cmd_doors, N_("the ways back to a working PIN; spends no try")},
	{"reserve", "SLOT", CMD_RESERVE, cmd_reserve,
	 N_("open a reservation at the card's issuer with the other PIN, for a reset at a kiosk")},
	{"reset", "SLOT", CMD_RESET, cmd_reset,
	 N_("set a new PIN because the card's issuer allows it: kiosk, user code, counter, help desk")},
	{"device", "[new]", CMD_DEVICE, cmd_device,
	 N_("make the key of a phone, and register it for the certificates that the phone keeps")},
	{"resolve", "[SLOT]", CMD_RESOLVE, cmd_resolve,
	 N_("after a cut: which PIN is valid, the old one or the new one")},
	{"ledger", "", CMD_LEDGER, cmd_ledger,
	 N_("what this machine saw of a card's tries over time, and wiping it")},
	{"receipt", "NUMBER", CMD_RECEIPT, cmd_receipt,
	 N_("what a receipt stands for in the issuer's log, and whether it was changed")},
	{"helpdesk", "SLOT|ACT", CMD_HELPDESK, cmd_helpdesk,
	 N_("the help desk's side: open a case, answer a card's challenge, or have a card revoked")},
	{"profiles", "[NAME...]", CMD_PROFILES, cmd_profiles,
	 N_("the kinds of cards that Repin knows, with their rules")},
	{"doctor", "", CMD_DOCTOR, cmd_doctor, N_("find out why a reader or card does not work")},
};

enum opt_id {
	OPT_READER = 256,
	OPT_JSON,
	OPT_LANG,
	OPT_TIMEOUT,
	OPT_CONFIG,
	OPT_VERBOSE,
	OPT_SHOW,
	OPT_SECRETS_FD,
	OPT_LAST_TRY,
	OPT_EXPECT,
	OPT_STEPS_FD,
	OPT_RESPONSE_FD,
	OPT_REFUSE_WEAK,
	OPT_PAGES,
	OPT_WITH,
	OPT_PINPAD,
	OPT_KNOW,
	OPT_NOT_SURE,
	OPT_HAVE,
	OPT_AS,
	OPT_WARD,
	OPT_BIRTH,
	OPT_RECEIPT,
	OPT_DOOR,
	OPT_PROFILE,
	OPT_ALL,
	OPT_WIPE,
	OPT_YES,
	OPT_CASE,
	OPT_EVIDENCE,
	OPT_CAUSE,
	OPT_BY_PHONE,
	OPT_DEVICE_KEY,
	OPT_CARD_READER,
	OPT_CARD_EXPECT,
	OPT_CARD,
	OPT_REASON,
	OPT_IDENTIFIED_BY,
	OPT_OPERATOR,
	OPT_CERTIFICATE,
	OPT_LOSS_IS_CERTAIN,
	OPT_HELP,
	OPT_VERSION,
};

struct option_row {
	const char *name, *arg;
	enum opt_id id;
	unsigned commands;
	const char *help;
};

static const struct option_row options[] = {
	{"reader", "NAME", OPT_READER, CMD_CARD,
	 N_("the reader: its name, or a part that no other reader has")},
	{"json", NULL, OPT_JSON, CMD_ALL, N_("answer, or error, as one JSON object on standard output")},
	{"lang", "LL", OPT_LANG, CMD_ALL, N_("language of the words: en, ja or zh_TW")},
	{"timeout", "S", OPT_TIMEOUT, CMD_WAITS,
	 N_("wait at most S seconds for reader, card and each entry")},
	{"config", "FILE", OPT_CONFIG, CMD_WAITS,
	 N_("read this configuration file instead of the usual one")},
	{"verbose", NULL, OPT_VERBOSE, CMD_ALL, N_("tell on standard error what is done; never a secret")},
	{"show", NULL, OPT_SHOW, CMD_SECRETS, N_("show what is typed")},
	{"secrets-fd", "N", OPT_SECRETS_FD, CMD_SECRETS,
	 N_("read the secrets as lines name=value from descriptor N")},
	{"last-try", NULL, OPT_LAST_TRY, CMD_TRIES, N_("agree to spend the last try that is left")},
	{"expect", "CARD", OPT_EXPECT, CMD_TRIES,
	 N_("stop unless the card and its tries are still those of 'repin view' (its key 'expect')")},
	{"steps-fd", "N", OPT_STEPS_FD, CMD_TRIES,
	 N_("write a line to descriptor N at each step, for programs")},
	{"refuse-weak", NULL, OPT_REFUSE_WEAK, CMD_CHANGE | CMD_UNLOCK | CMD_RESET,
	 N_("refuse a new PIN against which something speaks; nothing is sent")},
	{"pages", NULL, OPT_PAGES, CMD_WAITS, N_("sentences for a page, which name no command")},
	{"with", "NAME", OPT_WITH, CMD_UNLOCK | CMD_RESET,
	 N_("which secret it is done with, such as letter, puk, resetting-code, admin, current or response")},
	{"case", "ID", OPT_CASE, CMD_RESET, N_("the case that the issuer has opened")},
	{"cause", "WORD", OPT_CAUSE, CMD_RESERVE | CMD_RESET | CMD_HELPDESK,
	 N_("why the PIN is locked: forgotten, typed-wrong, another-program or not-said")},
	{"evidence", "FILE", OPT_EVIDENCE, CMD_RESERVE | CMD_RESET,
	 N_("a check that was made elsewhere, signed, where the issuer asks for one")},
	{"by-phone", NULL, OPT_BY_PHONE, CMD_UNLOCK | CMD_HELPDESK,
	 N_("read the card's challenge to the help desk, and type what it answers")},
	{"response-fd", "N", OPT_RESPONSE_FD, CMD_UNLOCK,
	 N_("with --by-phone, for programs: read the help desk's answer as a line from descriptor N")},
	{"device-key", "FILE", OPT_DEVICE_KEY, CMD_APP,
	 N_("be the app on a phone whose key is in this file")},
	{"card-reader", "NAME", OPT_CARD_READER, CMD_RESET | CMD_DEVICE | CMD_VIEW,
	 N_("the reader of the card that the phone's certificates came from")},
	{"card-expect", "CARD", OPT_CARD_EXPECT, CMD_RESET | CMD_DEVICE,
	 N_("stop unless that card and its tries are still those of 'repin view'")},
	{"pinpad", NULL, OPT_PINPAD, CMD_CHANGE, N_("enter the PINs on the keys of the reader")},
	{"know", "SLOT,...", OPT_KNOW, CMD_DOORS, N_("the PINs that are known for sure")},
	{"not-sure", "SLOT,...", OPT_NOT_SURE, CMD_DOORS, N_("the PINs that are not known for sure")},
	{"have", "CODE,...", OPT_HAVE, CMD_DOORS, N_("the codes at hand, such as letter, user-code or puk")},
	{"as", "WHO", OPT_AS, CMD_DOORS, N_("who goes there: self, representative or agent")},
	{"ward", NULL, OPT_WARD, CMD_DOORS, N_("the holder is an adult ward")},
	{"birth", "DATE", OPT_BIRTH, CMD_DOORS, N_("the holder's date of birth, YYYY-MM-DD")},
	{"receipt", "NUMBER", OPT_RECEIPT, CMD_DOORS,
	 N_("how far the revocation is whose receipt has this number")},
	{"door", "DOOR", OPT_DOOR, CMD_DOORS | CMD_HELPDESK, N_("another door than the usual one")},
	{"profile", "NAME", OPT_PROFILE, CMD_DOORS | CMD_HELPDESK,
	 N_("without a card, for this kind: see 'repin profiles'")},
	{"card", "NUMBER", OPT_CARD, CMD_HELPDESK, N_("the number of the holder's card")},
	{"reason", "TEXT", OPT_REASON, CMD_HELPDESK, N_("why, for the issuer's log")},
	{"identified-by", "TEXT", OPT_IDENTIFIED_BY, CMD_HELPDESK,
	 N_("how it was made sure who the holder is")},
	{"operator", "NAME", OPT_OPERATOR, CMD_HELPDESK, N_("who decides")},
	{"certificate", "SLOT=FILE,...", OPT_CERTIFICATE, CMD_HELPDESK,
	 N_("the certificates of the card that is to be revoked")},
	{"loss-is-certain", NULL, OPT_LOSS_IS_CERTAIN, CMD_HELPDESK,
	 N_("the holder has confirmed that the letter is lost for good")},
	{"all", NULL, OPT_ALL, CMD_LEDGER, N_("all cards that were noted; needs no card in a reader")},
	{"wipe", NULL, OPT_WIPE, CMD_LEDGER, N_("remove what is noted; asks once")},
	{"yes", NULL, OPT_YES, CMD_LEDGER, N_("wipe without asking")},
	{"help", NULL, OPT_HELP, CMD_ALL, N_("this help")},
	{"version", NULL, OPT_VERSION, CMD_ALL, N_("the version")},
};

#define N_OPTIONS (sizeof options / sizeof options[0])
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

bool opts_wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

const char *opts_wants_lang(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "--lang=", 7) == 0)
			return argv[i] + 7;
		if (strcmp(argv[i], "--lang") == 0)
			return i + 1 < argc ? argv[i + 1] : NULL;
	}
	return NULL;
}

static const char *see_help(void)
{
	return _("'repin --help' shows how.");
}

static rp_code read_number(const char *name, const char *text, unsigned max, unsigned *ret, struct trouble *t)
{
	const size_t len = strlen(text);
	unsigned long v = 0;

	if (len > 0 && len <= 6 && strspn(text, "0123456789") == len)
		v = strtoul(text, NULL, 10);
	else
		v = (unsigned long)max + 1;
	if (v > max)
		return trouble_say(t, RP_E_USAGE, see_help(), _("The option --%s takes a number up to %u."),
				   name, max);
	*ret = (unsigned)v;
	return RP_OK;
}

/* A value given twice leaves open which one is meant. */
static rp_code read_text(const char *name, const char **into, struct trouble *t)
{
	if (*into != NULL)
		return trouble_say(t, RP_E_USAGE, see_help(), _("The option --%s is given twice."), name);
	if (optarg[0] == '\0')
		return trouble_say(t, RP_E_USAGE, see_help(), _("The option --%s has an empty value."), name);
	*into = optarg;
	return RP_OK;
}

static const char **text_of_issuer(struct opts *o, enum opt_id id)
{
	switch ((int)id) {
	case OPT_DEVICE_KEY:
		return &o->device_key;
	case OPT_CARD_READER:
		return &o->card_reader;
	case OPT_CARD_EXPECT:
		return &o->card_expect;
	case OPT_CAUSE:
		return &o->cause;
	case OPT_EVIDENCE:
		return &o->evidence;
	case OPT_RECEIPT:
		return &o->receipt;
	case OPT_CASE:
		return &o->case_id;
	case OPT_CARD:
		return &o->card;
	case OPT_REASON:
		return &o->reason;
	case OPT_IDENTIFIED_BY:
		return &o->identified_by;
	case OPT_OPERATOR:
		return &o->operator_name;
	case OPT_CERTIFICATE:
		return &o->certificate;
	default:
		return NULL;
	}
}

/* Where the text of an option is kept; NULL: it takes a number. */
static const char **text_of(struct opts *o, enum opt_id id)
{
	switch ((int)id) {
	case OPT_READER:
		return &o->reader;
	case OPT_LANG:
		return &o->lang;
	case OPT_CONFIG:
		return &o->config;
	case OPT_WITH:
		return &o->with;
	case OPT_EXPECT:
		return &o->expect;
	case OPT_KNOW:
		return &o->know;
	case OPT_NOT_SURE:
		return &o->not_sure;
	case OPT_HAVE:
		return &o->have;
	case OPT_AS:
		return &o->as;
	case OPT_BIRTH:
		return &o->birth;
	case OPT_DOOR:
		return &o->door;
	case OPT_PROFILE:
		return &o->profile;
	default:
		return text_of_issuer(o, id);
	}
}

static rp_code take_value(const struct option_row *row, struct opts *o, struct trouble *t)
{
	const char **text = text_of(o, row->id);
	unsigned n = 0;
	int *fd;
	rp_code rc = RP_OK;

	if (text != NULL)
		return read_text(row->name, text, t);
	if (row->id == OPT_TIMEOUT) {
		rc = read_number(row->name, optarg, 3600, &o->timeout_s, t);
		if (rc == RP_OK && o->timeout_s == 0)
			rc = trouble_say(t, RP_E_USAGE, see_help(), _("The option --%s takes at least 1."),
					 row->name);
		return rc;
	}
	fd = row->id == OPT_STEPS_FD	  ? &o->steps_fd
	     : row->id == OPT_RESPONSE_FD ? &o->response_fd
					  : &o->secrets_fd;
	if (*fd >= 0)
		return trouble_say(t, RP_E_USAGE, see_help(), _("The option --%s is given twice."),
				   row->name);
	rc = read_number(row->name, optarg, 65535, &n, t);
	if (rc == RP_OK)
		*fd = (int)n;
	return rc;
}

static rp_code take(const struct option_row *row, struct opts *o, struct trouble *t)
{
	switch ((int)row->id) {
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_VERBOSE:
		o->verbose = true;
		break;
	case OPT_SHOW:
		o->show = true;
		break;
	case OPT_PAGES:
		o->pages = true;
		break;
	case OPT_REFUSE_WEAK:
		o->refuse_weak = true;
		break;
	case OPT_LAST_TRY:
		o->last_try = true;
		break;
	case OPT_PINPAD:
		o->pinpad = true;
		break;
	case OPT_WARD:
		o->ward = true;
		break;
	case OPT_ALL:
		o->all = true;
		break;
	case OPT_WIPE:
		o->wipe = true;
		break;
	case OPT_YES:
		o->yes = true;
		break;
	case OPT_BY_PHONE:
		o->by_phone = true;
		break;
	case OPT_LOSS_IS_CERTAIN:
		o->loss_certain = true;
		break;
	case OPT_HELP:
		o->help = true;
		break;
	case OPT_VERSION:
		o->version = true;
		break;
	default:
		return take_value(row, o, t);
	}
	return RP_OK;
}

static rp_code take_word(const char *word, const struct command **cmd, struct opts *o, struct trouble *t)
{
	if (*cmd == NULL) {
		*cmd = find_command(word);
		if (*cmd == NULL)
			return trouble_say(t, RP_E_USAGE, see_help(), _("The command '%s' is not known."),
					   word);
		o->command = (*cmd)->name;
		o->run = (*cmd)->run;
		return RP_OK;
	}
	if (o->n_args == OPTS_ARGS_MAX)
		return trouble_say(t, RP_E_USAGE, see_help(), _("There are too many words after '%s'."),
				   (*cmd)->name);
	o->args[o->n_args++] = word;
	return RP_OK;
}

static rp_code check(const struct command *cmd, const struct opts *o, const bool *seen, struct trouble *t)
{
	if (o->help || o->version)
		return RP_OK;
	if (cmd == NULL)
		return trouble_say(
			t, RP_E_USAGE,
			_("'repin status' shows the PINs of your card; 'repin --help' shows all commands."),
			_("No command was given."));
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (seen[i] && (options[i].commands & cmd->bit) == 0)
			return trouble_say(t, RP_E_USAGE, see_help(),
					   _("The option --%s does not go with '%s'."), options[i].name,
					   cmd->name);
	if (o->secrets_fd >= 0 && (o->show || o->pinpad))
		return trouble_say(t, RP_E_USAGE, see_help(), _("The option --%s does not go with '%s'."),
				   o->show ? "show" : "pinpad", "--secrets-fd");
	if (o->response_fd >= 0 && (o->secrets_fd < 0 || o->steps_fd < 0 || !o->by_phone))
		return trouble_say(t, RP_E_USAGE, see_help(),
				   _("The option --%s goes with --by-phone, --secrets-fd and --steps-fd."),
				   "response-fd");
	if (o->secrets_fd >= 0 && o->by_phone && o->response_fd < 0 && cmd->bit == CMD_UNLOCK)
		return trouble_say(
			t, RP_E_USAGE,
			_("The response belongs to a challenge that the card makes only then: it is "
			  "typed on a terminal."),
			_("The option --%s does not go with '%s'."), "by-phone", "--secrets-fd");
	if (o->show && o->pinpad)
		return trouble_say(t, RP_E_USAGE, see_help(), _("The option --%s does not go with '%s'."),
				   "show", "--pinpad");
	return RP_OK;
}

static void fill_long(struct option *ret)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		ret[i] = (struct option){.name = options[i].name,
					 .has_arg = options[i].arg != NULL ? required_argument : no_argument,
					 .val = (int)options[i].id};
	ret[N_OPTIONS] = (struct option){0};
}

/* getopt takes any unambiguous beginning; we do not. `word` is the element that it has just taken. */
static bool is_whole_name(const char *word, const char *name)
{
	const size_t len = strlen(name);

	return strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, len) == 0 &&
	       (word[2 + len] == '\0' || word[2 + len] == '=');
}

static rp_code bad_option(int got, const char *word, struct trouble *t)
{
	const int shown = (int)strcspn(word, "="); /* what stands behind "=" may be a secret that strayed */

	if (got == ':')
		return trouble_say(t, RP_E_USAGE, see_help(), _("The option %.*s needs a value."), shown,
				   word);
	return trouble_say(t, RP_E_USAGE, see_help(), _("The option %.*s is not known."), shown, word);
}

/* One element of the line: an option with its value, or a word (getopt's "-" hands them over in order). */
static rp_code take_one(int got, int index, const char *word, const struct command **cmd, struct opts *o,
			bool *seen, struct trouble *t)
{
	if (got == 1)
		return take_word(optarg, cmd, o, t);
	if (got == 'h') {
		o->help = true;
		return RP_OK;
	}
	if (got == '?' || got == ':' || index < 0 || !is_whole_name(word, options[index].name))
		return bad_option(got, word, t);
	seen[index] = true;
	return take(&options[index], o, t);
}

rp_code opts_parse(int argc, char **argv, struct opts *ret, struct trouble *t)
{
	struct option longs[N_OPTIONS + 1];
	struct opts o = {.secrets_fd = -1, .steps_fd = -1, .response_fd = -1};
	const struct command *cmd = NULL;
	bool seen[N_OPTIONS] = {false};
	rp_code rc = RP_OK;

	fill_long(longs);
	opterr = 0;
	optind = 1;
	while (rc == RP_OK) {
		const char *word = optind < argc ? argv[optind] : "";
		int index = -1;
		const int got = getopt_long(argc, argv, "-:h", longs, &index);

		if (got == -1)
			break;
		rc = take_one(got, index, word, &cmd, &o, seen, t);
	}
	while (rc == RP_OK && optind < argc) /* what follows "--" */
		rc = take_word(argv[optind++], &cmd, &o, t);
	if (rc == RP_OK)
		rc = check(cmd, &o, seen, t);
	if (rc == RP_OK)
		*ret = o;
	return rc;
}

static void show_table(unsigned cmd_bits, bool with_commands)
{
	RP_AUTO(table_free) struct table table = {0};
	char text[64];

	for (size_t i = 0; with_commands && i < N_COMMANDS; i++) {
		table_row(&table);
		(void)snprintf(text, sizeof text, "%s %s", commands[i].name, commands[i].args);
		table_cell(&table, 0, STYLE_HEAD, text);
		table_cell(&table, 1, STYLE_PLAIN, _(commands[i].help));
	}
	for (size_t i = 0; !with_commands && i < N_OPTIONS; i++) {
		if ((options[i].commands & cmd_bits) == 0)
			continue;
		table_row(&table);
		(void)snprintf(text, sizeof text, "--%s%s%s", options[i].name,
			       options[i].arg != NULL ? " " : "",
			       options[i].arg != NULL ? options[i].arg : "");
		table_cell(&table, 0, STYLE_HEAD, text);
		table_cell(&table, 1, STYLE_PLAIN, _(options[i].help));
	}
	table_show(&table, OUT_RESULT, 2); /* short of memory: the manual page is still there */
}

void opts_help(const struct opts *o)
{
	const struct command *cmd = o->command != NULL ? find_command(o->command) : NULL;

	if (cmd != NULL) {
		out_parf(OUT_RESULT, 0, _("Usage: repin %s %s [options]"), cmd->name, cmd->args);
		out_para(OUT_RESULT, 2, _(cmd->help));
		out_gap(OUT_RESULT);
		show_table(cmd->bit, false);
		return;
	}
	out_para(OUT_RESULT, 0, _("Usage: repin [options] COMMAND [SLOT]"));
	out_para(OUT_RESULT, 0,
		 _("See, change and unlock the PINs of a certificate IC card without losing a try."));
	out_gap(OUT_RESULT);
	show_table(CMD_ALL, true);
	out_gap(OUT_RESULT);
	show_table(CMD_ALL, false);
	out_gap(OUT_RESULT);
	out_para(OUT_RESULT, 0, _("SLOT is the name of a PIN, as 'repin status' shows it. More: man repin"));
}
