/* SPDX-License-Identifier: Apache-2.0 */
/* repin-agent: options, start, the wait for an end, and the end. */
#include "agent/agent.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define PING_MS 5000
#define IDLE_S 120  /* without a page */
#define BYE_MS 4000 /* after a page said that it is closed: a reload comes back in this time */
#define STREAMS_MAX 64

/* --- options --- */

struct options {
	bool open, url, help, version, verbose;
	unsigned port;
	const char *also_user;
};

static const struct option long_options[] = {
	{"mode", required_argument, NULL, 'm'},
	{"open", no_argument, NULL, 'o'},
	{"url", no_argument, NULL, 'U'},
	{"lang", required_argument, NULL, 'l'},
	{"config", required_argument, NULL, 'c'},
	{"port", required_argument, NULL, 'p'},
	{"web", required_argument, NULL, 'w'},
	{"browser", required_argument, NULL, 'b'},
	{"browser-user", required_argument, NULL, 'u'},
	{"idle", required_argument, NULL, 'i'},
	{"cards", required_argument, NULL, 'd'},
	{"reader", required_argument, NULL, 'r'},
	{"device-key", required_argument, NULL, 'k'},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"usage: repin-agent [--mode holder|kiosk|app|practice|desk] [--open | --url] [--lang LL] [--config "
	"FILE] "
	"[--port N]\n"
	"                   [--browser PROGRAM] [--browser-user USER] [--idle SECONDS] [--web DIR] [--cards "
	"DIR]\n"
	"                   [--reader NAME] [--device-key FILE] [--verbose] [--help] [--version]\n"
	"Serves the pages of Repin on this machine alone, and prints the address to open.\n";

static bool number(const char *text, unsigned most, unsigned *ret)
{
	char *end = NULL;
	const unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || n > most)
		return false;
	*ret = (unsigned)n;
	return true;
}

static bool take_mode(struct agent *a, const char *word)
{
	for (enum agent_mode m = AGENT_HOLDER; m < AGENT_MODES; m++)
		if (strcmp(agent_mode_word(m), word) == 0) {
			a->mode = m;
			return true;
		}
	return false;
}

static bool take_lang(struct agent *a, const char *word)
{
	const char *lang = lang_of(word);

	if (lang != NULL)
		a->lang = lang;
	return lang != NULL;
}

static bool take_option(struct agent *a, struct options *o, int c)
{
	switch (c) {
	case 'm':
		return take_mode(a, optarg);
	case 'l':
		return take_lang(a, optarg);
	case 'p':
		return number(optarg, 65535, &o->port);
	case 'i':
		return number(optarg, 86400, &a->idle_s) && a->idle_s > 0;
	case 'd':
		return snprintf(a->cards, sizeof a->cards, "%s", optarg) < (int)sizeof a->cards;
	case 'o':
		return o->open = true;
	case 'U':
		return o->url = true;
	case 'v':
		return o->verbose = true;
	case 'h':
		return o->help = true;
	case 'V':
		return o->version = true;
	case 'c':
		a->config = optarg;
		return true;
	case 'w':
		a->web = optarg;
		return true;
	case 'b':
		a->browser = optarg;
		return true;
	case 'k':
		a->device_key = optarg;
		return true;
	case 'r':
		a->reader = optarg;
		return true;
	case 'u':
		o->also_user = optarg;
		return true;
	default:
		return false;
	}
}

static bool take_options(struct agent *a, struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!take_option(a, o, c))
			return false;
	if (a->device_key != NULL && a->mode != AGENT_APP)
		return false;
	return optind == argc && (a->mode == AGENT_PRACTICE) == (a->cards[0] != '\0');
}

static void lang_of_environment(struct agent *a)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	const char *v = NULL;

	for (size_t i = 0; i < 3 && (v == NULL || v[0] == '\0'); i++)
		v = getenv(names[i]);
	a->lang = v == NULL		     ? "en"
		  : strncmp(v, "ja", 2) == 0 ? "ja"
		  : strncmp(v, "zh", 2) == 0 ? "zh_TW"
					     : "en";
	a->lang = lang_of(a->lang);
}

/* --- start --- */

static rp_code find_parts(struct agent *a, char *web, size_t cap, struct rp_error *err)
{
	static const char *const programs[] = {"/repin", "/../cli/repin", NULL};

	if (!files_beside(programs, X_OK, a->repin, sizeof a->repin))
		return rp_fail(err, RP_E_CONFIG, "the program 'repin' is not beside this one");
	if (a->web != NULL)
		(void)snprintf(web, cap, "%s", a->web);
	else if (!files_place(web, cap))
		return rp_fail(err, RP_E_CONFIG, "the pages are not installed beside this program");
	return RP_OK;
}

static rp_code find_user(const char *name, uid_t *ret, struct rp_error *err)
{
	const struct passwd *p = name != NULL ? getpwnam(name) : NULL;

	*ret = p != NULL ? p->pw_uid : getuid();
	return name == NULL || p != NULL ? RP_OK : rp_fail(err, RP_E_CONFIG, "there is no user '%s'", name);
}

static rp_code serve(struct agent *a, const struct options *o, struct http_route **ret_routes,
		     struct rp_error *err)
{
	char listen[32];
	const struct http_conf conf = {
		.listen = listen,
		.threads = 1,
		.workers = 8,
		.connections = STREAMS_MAX * 2,
		.per_address = STREAMS_MAX * 2,
		.admits = guard_admits,
		.allows = guard_allows,
		.headers = files_headers,
	};
	size_t n = 0;
	rp_code rc = routes_make(a, ret_routes, &n, err);

	(void)snprintf(listen, sizeof listen, "127.0.0.1:%u", o->port);
	if (rc == RP_OK)
		rc = http_start(&conf, *ret_routes, n, a, &a->http, err);
	if (rc != RP_OK)
		return rc;
	a->port = http_port(a->http);
	guard_port(&a->guard, a->port);
	a->hub.h = a->http;
	return RP_OK;
}

static rp_code start(struct agent *a, const struct options *o, struct http_route **ret_routes,
		     struct rp_error *err)
{
	char web[600];
	uid_t also = getuid();
	rp_code rc = find_parts(a, web, sizeof web, err);

	if (rc == RP_OK)
		rc = find_user(o->also_user, &also, err);
	if (rc == RP_OK)
		rc = files_load(web, &a->files, err);
	guard_init(&a->guard, also);
	hub_init(&a->hub);
	(void)pthread_mutex_init(&a->card, NULL);
	(void)pthread_mutex_init(&a->desk.lock, NULL);
	if (rc == RP_OK)
		rc = serve(a, o, ret_routes, err);
	if (rc == RP_OK && a->mode == AGENT_DESK)
		rc = counter_start(a, err);
	if (rc == RP_OK && a->mode == AGENT_PRACTICE)
		rc = practice_start(a, err);
	return rc == RP_OK ? watch_start(a, err) : rc;
}

/* --- the wait for an end --- */

static bool is_over(struct agent *a, int64_t began_ms)
{
	int64_t gone_ms = 0, now = clock_ms();
	const unsigned pages = events_pages(&a->hub, &gone_ms);

	/* A kiosk and a desk serve until they are told to stop. */
	if (pages > 0 || job_runs(a) || a->mode == AGENT_KIOSK || a->mode == AGENT_DESK)
		return false;
	if (atomic_load(&a->bye) && now - gone_ms > BYE_MS)
		return true;
	return now - (gone_ms > began_ms ? gone_ms : began_ms) > 1000 * (int64_t)a->idle_s;
}

static void wait_for_end(struct agent *a, int signals, int control)
{
	const int64_t began = clock_ms();
	int64_t pinged = began;

	for (;;) {
		struct pollfd fds[2] = {{.fd = signals, .events = POLLIN}, {.fd = control, .events = POLLIN}};

		if (poll(fds, 2, 500) < 0 && errno != EINTR)
			return;
		if (fds[0].revents != 0)
			return;
		if (fds[1].revents != 0)
			control_answer(a, control);
		if (clock_ms() - pinged >= PING_MS) {
			pinged = clock_ms();
			events_say(&a->hub, "ping", strdup("{}"));
		}
		if (is_over(a, began))
			return;
	}
}

static int catch_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void stop(struct agent *a)
{
	job_stop(a);
	watch_stop(a);
	if (a->mode == AGENT_PRACTICE)
		practice_stop(a);
	http_stop(a->http);
	counter_stop(a);
	hub_free(&a->hub);
	files_free(&a->files);
}

static bool print_line(const char *text)
{
	const ssize_t n = (ssize_t)strlen(text);

	return write(STDOUT_FILENO, text, (size_t)n) == n && write(STDOUT_FILENO, "\n", 1) == 1;
}

static rp_code say_url(struct agent *a, const struct options *o, struct rp_error *err)
{
	char url[160];
	rp_code rc = RP_OK;

	agent_url(a, url, sizeof url);
	if (o->open)
		rc = open_browser(a, url, err);
	else if (!print_line(url)) /* not by printf, whose buffer would keep it */
		rc = rp_fail(err, RP_E_FAULT, "the address could not be printed");
	rp_wipe(url, sizeof url);
	return rc;
}

static rp_code run(struct agent *a, const struct options *o, struct rp_error *err)
{
	struct http_route *routes = NULL;
	const int signals = catch_signals();
	int control = -1;
	rp_code rc = rp_secret_start(NULL, err);

	if (rc == RP_OK)
		rc = start(a, o, &routes, err);
	if (rc == RP_OK)
		control = control_listen(a);
	if (rc == RP_OK)
		rc = say_url(a, o, err);
	if (rc == RP_OK)
		wait_for_end(a, signals, control);
	control_close(a, control);
	stop(a);
	free(routes);
	return rc;
}

/* Another agent of this user runs: it opens the page, or its address is told. */
static bool is_running(struct agent *a, const struct options *o, rp_code *ret_rc, struct rp_error *err)
{
	char url[160];

	if ((!o->open && !o->url) || !control_ask(a->mode, url, sizeof url)) {
		if (o->url)
			*ret_rc = rp_fail(err, RP_E_CONFIG, "no agent runs that could be asked");
		return o->url;
	}
	if (o->open)
		*ret_rc = open_browser(a, url, err);
	else
		(void)printf("%s\n", url);
	rp_wipe(url, sizeof url);
	return true;
}

int main(int argc, char **argv)
{
	static struct agent a = {.idle_s = IDLE_S};
	struct options o = {0};
	struct rp_error err = RP_ERROR_INIT;
	rp_code rc = RP_OK;

	lang_of_environment(&a);
	if (!take_options(&a, &o, argc, argv)) {
		(void)fputs(usage, stderr);
		return 2;
	}
	if (o.help || o.version) {
		if (o.help)
			(void)fputs(usage, stdout);
		else
			(void)printf("repin-agent %s\n", rp_version());
		return 0;
	}
	log_to_stderr(o.verbose ? LOG_LVL_DEBUG : LOG_LVL_WARN);
	if (!is_running(&a, &o, &rc, &err))
		rc = run(&a, &o, &err);
	if (rc != RP_OK)
		(void)fprintf(stderr, "repin-agent: %s\n", err.story);
	return rc == RP_OK ? 0 : rp_code_exit(rc);
}
