/* SPDX-License-Identifier: Apache-2.0 */
/* repin-card: a virtual card, made in a file, put into a virtual reader, and looked at. */
#include "base/bytes.h"
#include "base/secret.h"
#include "repin/words.h"
#include "vcard/fault.h"
#include "vcard/vcard.h"
#include "vcard/vexport.h"
#include "vcard/vio.h"
#include "vcard/vpcd.h"
#include "vcard/vstate.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_VPCD "127.0.0.1:35963"
#define TRACE_HEAD                                                                                           \
	"# The diary of a virtual card; it may hold PINs. n command answer | tries before | tries after"

enum {
	NEW = 1,
	RUN = 2,
	SHOW = 4,
	EXPORT = 8,
	KEY_FILE_MAX = 1024,
	SCRIPT_MAX = 64 * 1024,
	MS_MAX = 24 * 3600 * 1000
};

enum option_id {
	O_PROFILE,
	O_NUMBER,
	O_PINS,
	O_HOLDER,
	O_MUNICIPALITY,
	O_RESET_KEY,
	O_TRANSPORT_KEY,
	O_ISSUER,
	O_CA,
	O_STATE,
	O_VPCD,
	O_FAULTS,
	O_TRACE,
	O_WAIT,
	O_REINSERT,
	O_HELP,
	O_VERSION,
	N_OPTIONS,
};

/* Every option: with which commands it goes, and with which profiles (NULL = all). */
static const struct option_row {
	const char *name, *argument;
	int commands;
	const char *profiles; /* " name name " */
	const char *help;
} options[N_OPTIONS] = {
	[O_PROFILE] = {"profile", "P", NEW, NULL, "what card (the profiles stand below)"},
	[O_NUMBER] = {"number", "N", NEW, NULL, "its card number"},
	[O_PINS] = {"pins", "LIST", NEW, NULL,
		    "slot=value,… over the test values; \"slot=\" is a card without it"},
	[O_HOLDER] = {"holder", "NAME", NEW, NULL, "the name in its certificates"},
	[O_MUNICIPALITY] = {"municipality", "CODE", NEW, " mynumber ",
			    "5 digits of the issuing municipality"},
	[O_RESET_KEY] = {"reset-key", "FILE", NEW, " mynumber mynumber-mobile hicos ",
			 "with the reset application: 16 bytes of hex (- = standard input)"},
	[O_TRANSPORT_KEY] = {"transport-key", "FILE", NEW, " hicos ", "24 bytes of hex (- = standard input)"},
	[O_ISSUER] = {"issuer", "NAME", NEW, NULL,
		      "issuer in the card id of the reset application (\"test\")"},
	[O_CA] = {"ca", "FILE", NEW, NULL, "key and certificate of the test CA; made when missing"},
	[O_STATE] = {"state", "FILE", NEW | RUN | SHOW | EXPORT, NULL, "where the card is kept"},
	[O_VPCD] = {"vpcd", "HOST:PORT", RUN, NULL, "the virtual reader (" DEFAULT_VPCD ")"},
	[O_FAULTS] = {"faults", "FILE", RUN, NULL, "what goes wrong, and when"},
	[O_TRACE] = {"trace", "FILE", RUN, NULL, "appends a line per command to FILE; it may hold PINs"},
	[O_WAIT] = {"wait", "MS", RUN, NULL, "how long to look for the reader (10000)"},
	[O_REINSERT] = {"reinsert", "MS", RUN, NULL,
			"after a cut the card is put in again so much later (700)"},
	[O_HELP] = {"help", NULL, NEW | RUN | SHOW | EXPORT, NULL, NULL},
	[O_VERSION] = {"version", NULL, NEW | RUN | SHOW | EXPORT, NULL, NULL},
};

typedef rp_code run_command(const char *const value[], struct rp_error *err);
static run_command do_new, do_run, do_show, do_export;

static const struct command_row {
	const char *name;
	int bit;
	run_command *run;
	const char *help;
} commands[] = {
	{"new", NEW, do_new, "make a card"},
	{"run", RUN, do_run,
	 "be that card, until SIGTERM; SIGUSR1 takes it out of the reader, SIGUSR2 puts it in"},
	{"show", SHOW, do_show, "print its PINs and their tries"},
	{"export", EXPORT, do_export, "print what an issuer gets to know when it enrols the card"},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

/* "mynumber, mynumber-mobile, …" */
static void list_profiles(char *ret, size_t cap)
{
	size_t n = 0, i;

	ret[0] = '\0';
	for (i = 0; i < n_vfamilies && n < cap; i++)
		n += (size_t)snprintf(ret + n, cap - n, "%s%s", i > 0 ? ", " : "", vfamilies[i]->name);
}

static void print_options(int command)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++) {
		const struct option_row *o = &options[i];

		if ((o->commands & command) != 0 && o->argument != NULL)
			(void)printf("  --%s %-*s  %s\n", o->name, (int)(24 - strlen(o->name)), o->argument,
				     o->help);
	}
}

static void print_help(void)
{
	char profiles[256];
	size_t i;

	list_profiles(profiles, sizeof profiles);
	(void)printf(
		"usage: repin-card COMMAND OPTIONS\n\n"
		"A virtual IC card for tests and practice. Its PINs and keys stand in its file, and in the\n"
		"arguments that make it, in the clear: never give it a real one.\n");
	for (i = 0; i < N_COMMANDS; i++) {
		(void)printf("\n%s: %s\n", commands[i].name, commands[i].help);
		print_options(commands[i].bit);
	}
	(void)printf("\nprofiles: %s\n--help: this text, --version: the version\n", profiles);
}

/* --- files named by options --- */

static rp_code read_named(const char *path, size_t max, char **ret, size_t *ret_len, struct rp_error *err)
{
	const bool standard = strcmp(path, "-") == 0;
	const int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	rp_code rc;

	if (fd < 0)
		return rp_fail(err, RP_E_CONFIG, "cannot open %s: %s", path, strerror(errno));
	rc = vio_read_fd(fd, max, ret, ret_len, err);
	if (!standard)
		close(fd);
	if (rc == RP_OK && memchr(*ret, '\0', *ret_len) != NULL) {
		free(*ret);
		*ret = NULL;
		rc = rp_fail(err, RP_E_CONFIG, "is no text");
	}
	return rp_context(err, rc, "%s", standard ? "standard input" : path);
}

/* A key of exactly len bytes, as hex with blanks around and between. */
static rp_code read_key(const char *path, uint8_t *ret, size_t len, struct rp_error *err)
{
	char *text = NULL;
	size_t n = 0, got = 0, first;
	rp_code rc = read_named(path, KEY_FILE_MAX, &text, &n, err);
	bool good;

	if (rc != RP_OK)
		return rc;
	while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
		text[--n] = '\0';
	first = strspn(text, " \t\r\n");
	good = hex_read(text + first, ret, len, &got) && got == len;
	rp_wipe(text, n);
	free(text);
	return good ? RP_OK
		    : rp_fail(err, RP_E_CONFIG, "%s does not hold a key of %zu bytes in hex", path, len);
}

static rp_code read_script(const char *path, struct faults **ret, struct rp_error *err)
{
	char *text = NULL;
	size_t n = 0;
	rp_code rc = read_named(path, SCRIPT_MAX, &text, &n, err);

	if (rc != RP_OK)
		return rc;
	rc = faults_parse(text, ret, err);
	free(text);
	return rp_context(err, rc, "%s", path);
}

/* --- new --- */

static rp_code check_profile(const char *const value[], struct rp_error *err)
{
	char wanted[64], profiles[256];
	size_t i;

	list_profiles(profiles, sizeof profiles);
	if (vfamily_named(value[O_PROFILE]) == NULL)
		return rp_fail(err, RP_E_USAGE, "--profile %s is none of %s", value[O_PROFILE], profiles);
	(void)snprintf(wanted, sizeof wanted, " %s ", value[O_PROFILE]);
	for (i = 0; i < N_OPTIONS; i++)
		if (value[i] != NULL && options[i].profiles != NULL &&
		    strstr(options[i].profiles, wanted) == NULL)
			return rp_fail(err, RP_E_USAGE, "a %s card does not take --%s", value[O_PROFILE],
				       options[i].name);
	return RP_OK;
}

static rp_code read_keys(const char *const value[], uint8_t reset[16], uint8_t transport[24],
			 struct rp_error *err)
{
	rp_code rc = RP_OK;

	if (value[O_RESET_KEY] != NULL)
		rc = read_key(value[O_RESET_KEY], reset, 16, err);
	if (rc == RP_OK && value[O_TRANSPORT_KEY] != NULL)
		rc = read_key(value[O_TRANSPORT_KEY], transport, 24, err);
	return rc;
}

static rp_code make(const char *const value[], const uint8_t *reset, const uint8_t *transport,
		    struct rp_error *err)
{
	const struct vcard_spec spec = {
		.family = value[O_PROFILE],
		.number = value[O_NUMBER],
		.pins = value[O_PINS],
		.holder = value[O_HOLDER],
		.municipality = value[O_MUNICIPALITY],
		.reset_key = value[O_RESET_KEY] != NULL ? reset : NULL,
		.transport_key = value[O_TRANSPORT_KEY] != NULL ? transport : NULL,
		.ca_path = value[O_CA],
		.issuer = value[O_ISSUER],
	};
	struct vcard *c = NULL;
	rp_code rc = vcard_make(&spec, &c, err);

	if (rc == RP_OK)
		rc = vcard_keep_new(c, value[O_STATE], err);
	vcard_free(c);
	return rc;
}

static rp_code do_new(const char *const value[], struct rp_error *err)
{
	uint8_t reset[16] = {0}, transport[24] = {0};
	struct stat st;
	rp_code rc;

	if (value[O_PROFILE] == NULL)
		return rp_fail(err, RP_E_USAGE, "which card? --profile is missing");
	rc = check_profile(value, err);
	if (rc != RP_OK)
		return rc;
	/* Asked before the keys are made, which takes a while; vcard_keep_new makes sure. */
	if (lstat(value[O_STATE], &st) == 0)
		return rp_fail(err, RP_E_USAGE, "%s exists already", value[O_STATE]);
	rc = read_keys(value, reset, transport, err);
	if (rc == RP_OK)
		rc = make(value, reset, transport, err);
	rp_wipe(reset, sizeof reset);
	rp_wipe(transport, sizeof transport);
	return rc;
}

/* --- run --- */

/* "HOST:PORT", "[::1]:PORT" into its parts, within text. */
static bool split_address(char *text, const char **ret_host, const char **ret_port)
{
	char *colon = strrchr(text, ':');

	if (colon == NULL || colon == text || colon[1] == '\0')
		return false;
	*colon = '\0';
	*ret_port = colon + 1;
	*ret_host = text;
	if (text[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		*ret_host = text + 1;
	}
	return true;
}

static rp_code read_ms(const char *const value[], enum option_id id, int fallback, int *ret,
		       struct rp_error *err)
{
	const char *text = value[id];
	char *end = NULL;
	long n = fallback;

	if (text != NULL) {
		errno = 0;
		n = strtol(text, &end, 10);
		if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || n > MS_MAX)
			return rp_fail(err, RP_E_USAGE, "--%s %s is no number of milliseconds",
				       options[id].name, text);
	}
	*ret = (int)n;
	return RP_OK;
}

static rp_code open_trace(const char *path, FILE **ret, struct rp_error *err)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "a");

	if (f == NULL) {
		if (fd >= 0)
			close(fd);
		return rp_fail(err, RP_E_CONFIG, "cannot write the diary to %s: %s", path, strerror(errno));
	}
	(void)fprintf(f, "%s\n", TRACE_HEAD);
	(void)fflush(f);
	*ret = f;
	return RP_OK;
}

static rp_code run_card(const char *const value[], struct vpcd_options *o, struct rp_error *err)
{
	struct vcard *c = NULL;
	rp_code rc = vcard_load(value[O_STATE], &c, err);

	if (rc == RP_OK && value[O_FAULTS] != NULL)
		rc = read_script(value[O_FAULTS], &o->faults, err);
	if (rc == RP_OK && value[O_TRACE] != NULL)
		rc = open_trace(value[O_TRACE], &o->trace, err);
	if (rc == RP_OK)
		rc = vpcd_run(c, o, err);
	if (o->trace != NULL)
		(void)fclose(o->trace);
	faults_free(o->faults);
	vcard_free(c);
	return rc;
}

static rp_code do_run(const char *const value[], struct rp_error *err)
{
	struct vpcd_options o = {.ready = stdout};
	char address[256];
	rp_code rc;
	int n;

	n = snprintf(address, sizeof address, "%s", value[O_VPCD] != NULL ? value[O_VPCD] : DEFAULT_VPCD);
	if (n < 0 || (size_t)n >= sizeof address || !split_address(address, &o.host, &o.port))
		return rp_fail(err, RP_E_USAGE, "--vpcd %s is not written HOST:PORT", value[O_VPCD]);
	rc = read_ms(value, O_WAIT, 10000, &o.wait_ms, err);
	if (rc == RP_OK)
		rc = read_ms(value, O_REINSERT, 700, &o.reinsert_ms, err);
	if (rc != RP_OK)
		return rc;
	(void)signal(SIGPIPE, SIG_IGN); /* the reader of "ready" may be gone */
	return run_card(value, &o, err);
}

/* --- show --- */

static bool is_printable(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] < 0x20 || bytes[i] > 0x7E)
			return false;
	return true;
}

/* The value last, for it may hold blanks. */
static void show_pin(const struct vpin *p)
{
	char hex[2 * VCARD_PIN_MAX + 1] = "";

	(void)printf("pin %s slot=%s set=%s tries=%u max=%u resets=%u", p->id, rp_slot_word(p->slot),
		     p->set ? "yes" : "no", (unsigned)p->tries, (unsigned)p->max, (unsigned)p->resets);
	if (is_printable(p->value, p->len))
		(void)printf(" value=%.*s\n", (int)p->len, (const char *)p->value);
	else if (hex_of(p->value, p->len, hex, sizeof hex))
		(void)printf(" hex=%s\n", hex);
}

static void show(const struct vcard *c)
{
	char hex[80] = "";
	size_t i;

	(void)printf("family %s\nnumber %s\nissuer %s\n", c->family->name, c->number, c->issuer);
	if (hex_of(c->atr, c->atr_len, hex, sizeof hex))
		(void)printf("atr %s\n", hex);
	(void)printf("dead %s\nreset-application %s\n", c->dead ? "yes" : "no", c->has_reset ? "yes" : "no");
	if (c->has_reset && hex_of(c->card_id, sizeof c->card_id, hex, sizeof hex))
		(void)printf("card-id %s\n", hex);
	for (i = 0; i < c->n_pins; i++)
		show_pin(&c->pins[i]);
}

static rp_code do_show(const char *const value[], struct rp_error *err)
{
	struct vcard *c = NULL;
	rp_code rc = vcard_load(value[O_STATE], &c, err);

	if (rc != RP_OK)
		return rc;
	show(c);
	vcard_free(c);
	return RP_OK;
}

static rp_code do_export(const char *const value[], struct rp_error *err)
{
	struct vcard *c = NULL;
	char *text = NULL;
	rp_code rc = vcard_load(value[O_STATE], &c, err);

	if (rc == RP_OK)
		rc = vcard_export(c, &text, err);
	if (rc == RP_OK)
		(void)printf("%s\n", text);
	free(text);
	vcard_free(c);
	return rc;
}

/* --- the command line --- */

static rp_code read_options(int argc, char **argv, const char *value[], struct rp_error *err)
{
	struct option table[N_OPTIONS + 1] = {0};
	int id;

	for (id = 0; id < N_OPTIONS; id++)
		table[id] = (struct option){.name = options[id].name,
					    .has_arg = options[id].argument != NULL ? required_argument
										    : no_argument,
					    .val = 1000 + id};
	opterr = 0;
	for (id = getopt_long(argc, argv, ":h", table, NULL); id != -1;
	     id = getopt_long(argc, argv, ":h", table, NULL)) {
		const int row = id == 'h' ? O_HELP : id - 1000;

		if (id == ':')
			return rp_fail(err, RP_E_USAGE, "%s needs a value", argv[optind - 1]);
		if (row < 0 || row >= N_OPTIONS)
			return rp_fail(err, RP_E_USAGE, "there is no option %s (see repin-card --help)",
				       argv[optind - 1]);
		if (value[row] != NULL)
			return rp_fail(err, RP_E_USAGE, "--%s is given twice", options[row].name);
		value[row] = optarg != NULL ? optarg : "";
	}
	return RP_OK;
}

static rp_code find_command(const char *name, const struct command_row **ret, struct rp_error *err)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0) {
			*ret = &commands[i];
			return RP_OK;
		}
	return rp_fail(err, RP_E_USAGE, "there is no command %s (see repin-card --help)", name);
}

static rp_code run_named(int argc, char **argv, const char *const value[], struct rp_error *err)
{
	const struct command_row *command = NULL;
	rp_code rc;
	size_t i;

	if (optind >= argc)
		return rp_fail(err, RP_E_USAGE, "say new, run, show or export (see repin-card --help)");
	rc = find_command(argv[optind], &command, err);
	if (rc != RP_OK)
		return rc;
	if (optind + 1 < argc)
		return rp_fail(err, RP_E_USAGE, "\"%s\" is one word too many", argv[optind + 1]);
	for (i = 0; i < N_OPTIONS; i++)
		if (value[i] != NULL && (options[i].commands & command->bit) == 0)
			return rp_fail(err, RP_E_USAGE, "%s does not take --%s", command->name,
				       options[i].name);
	if (value[O_STATE] == NULL)
		return rp_fail(err, RP_E_USAGE, "in which file? --state is missing");
	return command->run(value, err);
}

int main(int argc, char **argv)
{
	const char *value[N_OPTIONS] = {0};
	struct rp_error err = RP_ERROR_INIT;
	rp_code rc = read_options(argc, argv, value, &err);

	if (rc == RP_OK && value[O_HELP] != NULL) {
		print_help();
	} else if (rc == RP_OK && value[O_VERSION] != NULL) {
		(void)printf("repin-card %s\n", REPIN_VERSION);
	} else if (rc == RP_OK) {
		rc = run_named(argc, argv, value, &err);
	}
	if (rc != RP_OK)
		(void)fprintf(stderr, "repin-card: %s\n", err.story);
	if (fflush(stdout) != 0 && rc == RP_OK)
		rc = rp_fail(&err, RP_E_FAULT, "standard output cannot be written");
	return rp_code_exit(rc);
}
