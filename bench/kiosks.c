/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kiosks at work, in a closed loop: each thread has a kiosk, a home machine and a few virtual cards in
 * this process, and does one complete reset after the other with librepin over HTTPS to a real repind:
 * reservation at home by the user authentication PIN, then the reset of the signature PIN at the kiosk.
 *
 *     kiosks --url URL --ca FILE --cert FILE --key FILE [--seconds S] [--threads N] [--history FILE]
 *            CARD…
 *
 * CARD is a state file of `repin-card` (mynumber, enrolled, sign ABC123, auth 1234). Prints one JSON
 * object: resets and calls a second, their times, and how much of the processor the virtual cards took
 * (two RSA signatures a reset), which no real kiosk pays for. --history writes a line for each reset,
 * before and after: what the kill tests compare with the issuer's records. A server that is away is
 * waited for.
 */
#include "base/bytes.h"
#include "client/client.h"
#include "lib/ctx.h"
#include "vcard/vcard.h"

#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 64
#define CARDS_MAX 256
#define SAMPLES_MAX 200000

struct options {
	struct client_conf home, kiosk;
	unsigned seconds, threads;
	FILE *history;
	const char *cards[CARDS_MAX];
	unsigned n_cards;
};

/* A virtual card in a reader of this process. */
struct place {
	struct vcard *card;
	const char *path;
	rp_ctx *ctx;
	rp_card *opened;
	struct rp_card_facts facts;
	unsigned round;
};

struct worker {
	pthread_t thread;
	const struct options *o;
	unsigned number;
	client *home, *kiosk;
	struct rp_issuer_port home_port, kiosk_port; /* as the client gave them */
	uint64_t resets, refused, away, looked_again, broken;
	double card_s;
	uint32_t *reset_us, *call_us;
	size_t n_resets, n_calls;
};

static atomic_bool stopping;
static pthread_mutex_t history_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct worker *me;

static double seconds_of(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* --- the virtual card as a reader's --- */

static size_t place_atr(void *arg, uint8_t *ret, size_t cap)
{
	const struct place *p = arg;
	struct wr w = wr_of(ret, cap);

	wr_put(&w, p->card->atr, p->card->atr_len);
	return w.failed ? 0 : w.len;
}

static void place_reset(void *arg)
{
	const struct place *p = arg;

	vcard_reset(p->card);
}

static size_t place_transmit(void *arg, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap)
{
	const struct place *p = arg;
	const double start = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	const size_t n = vcard_transmit(p->card, cmd, len, ret, cap);

	if (me != NULL)
		me->card_s += seconds_of(CLOCK_THREAD_CPUTIME_ID) - start;
	return n;
}

/* --- each call's time --- */

static void note_call(double start)
{
	if (me->n_calls < SAMPLES_MAX)
		me->call_us[me->n_calls++] = (uint32_t)((seconds_of(CLOCK_MONOTONIC) - start) * 1e6);
}

/* The port's functions with a clock around them: `arg` is the client's own port. */
#define TIMED(port, call)                                                                                    \
	const struct rp_issuer_port *p = (port);                                                             \
	const double start = seconds_of(CLOCK_MONOTONIC);                                                    \
	const rp_code rc = p->call;                                                                          \
	note_call(start)

static rp_code t_nonce(void *arg, uint8_t ret[16], struct rp_error *err)
{
	TIMED(arg, nonce(p->arg, ret, err));
	return rc;
}

static rp_code t_presence(void *arg, const struct rp_presence *shown, struct rp_issuer_facts *ret,
			  struct rp_error *err)
{
	TIMED(arg, presence(p->arg, shown, ret, err));
	return rc;
}

static rp_code t_reserve(void *arg, const struct rp_presence *shown, const struct rp_evidence *e,
			 struct rp_case *ret, char receipt[RP_ISSUER_ID], struct rp_error *err)
{
	TIMED(arg, reserve(p->arg, shown, e, ret, receipt, err));
	return rc;
}

static rp_code t_grant(void *arg, const struct rp_presence *shown, const struct rp_evidence *e,
		       struct rp_grant *ret, struct rp_error *err)
{
	TIMED(arg, grant(p->arg, shown, e, ret, err));
	return rc;
}

static struct rp_issuer_port timed(struct rp_issuer_port *inner)
{
	struct rp_issuer_port port = *inner;

	port.arg = inner;
	port.nonce = t_nonce;
	port.presence = t_presence;
	port.reserve = t_reserve;
	port.grant = t_grant;
	return port;
}

/* --- one reset --- */

static rp_secret *secret(const char *text)
{
	rp_secret *s = NULL;

	if (rp_secret_from(text, strlen(text), &s, NULL) != RP_OK)
		abort();
	return s;
}

static void history(const char *what, const struct place *p, const char *case_id, const char *more)
{
	FILE *f = me->o->history;

	if (f == NULL)
		return;
	(void)pthread_mutex_lock(&history_lock);
	(void)fprintf(f, "{\"at\":%.3f,\"what\":\"%s\",\"card\":\"%s\",\"case\":\"%s\",\"more\":\"%s\"}\n",
		      seconds_of(CLOCK_REALTIME), what, p->facts.number, case_id, more);
	(void)fflush(f);
	(void)pthread_mutex_unlock(&history_lock);
}

static rp_code look(struct place *p, struct rp_error *err)
{
	rp_card_close(p->opened);
	p->opened = NULL;
	return rp_card_look(p->ctx, NULL, RP_READ_PINS | RP_READ_CARD, &p->opened, &p->facts, err);
}

/*
 * What came of it when it did not come to its end. A card that was cut off in the middle of a VERIFY shows
 * a try less until the next one is right: whoever stands there looks at it again.
 */
static void not_done(const char *what, struct place *p, const char *case_id, const struct rp_error *err)
{
	const bool refused = err->code == RP_E_ISSUER_REFUSED;
	struct rp_error look_err = RP_ERROR_INIT;

	if (refused)
		me->refused++;
	else if (err->code == RP_E_TRIES_CHANGED && look(p, &look_err) == RP_OK)
		me->looked_again++;
	else if (err->code == RP_E_ISSUER_AWAY)
		me->away++;
	else
		me->broken++;
	history(what, p, case_id, refused ? rp_problem_slug(err->problem) : rp_code_word(err->code));
	if (me->o->history == NULL && !stopping)
		(void)fprintf(stderr, "kiosks: %s: %s\n", what, err->story);
	(void)usleep(err->code == RP_E_ISSUER_AWAY ? 200000 : 1000);
}

static void one_reset(struct place *p)
{
	struct rp_issuer_port home = timed(&me->home_port), kiosk = timed(&me->kiosk_port);
	struct rp_job job = {.slot = RP_SLOT_SIGN, .shown = &p->facts};
	RP_AUTO(rp_secret_freep) rp_secret *auth = secret("1234");
	RP_AUTO(rp_secret_freep) rp_secret *fresh = secret(p->round % 2 == 0 ? "XYZ789" : "ABC123");
	struct rp_evidence evidence = {.door = "kiosk"};
	char receipt[RP_ISSUER_ID];
	struct rp_case opened;
	struct rp_reset_done done;
	struct rp_error err = RP_ERROR_INIT;
	double start;

	start = seconds_of(CLOCK_MONOTONIC);
	if (rp_issuer_reserve(p->opened, &home, &job, RP_SLOT_AUTH, auth, &opened, receipt, &err) != RP_OK) {
		not_done("not-reserved", p, "", &err);
		return;
	}
	evidence.case_id = opened.id;
	history("reserved", p, opened.id, "");
	if (rp_issuer_reset(p->opened, &kiosk, &job, RP_SLOT_AUTH, auth, fresh, &evidence, &done, &err) !=
	    RP_OK) {
		not_done(err.in_doubt ? "in-doubt" : "not-reset", p, opened.id, &err);
		return;
	}
	history("reset", p, done.case_id, done.reported ? "reported" : "not-reported");
	p->round++;
	me->resets++;
	if (me->n_resets < SAMPLES_MAX)
		me->reset_us[me->n_resets++] = (uint32_t)((seconds_of(CLOCK_MONOTONIC) - start) * 1e6);
}

/* --- a thread --- */

static bool open_place(struct place *p, const char *path)
{
	const struct direct_card direct = {
		.card = p, .atr = place_atr, .reset = place_reset, .transmit = place_transmit};
	struct transport t;
	struct rp_error err = RP_ERROR_INIT;

	p->path = path;
	if (vcard_load(path, &p->card, &err) != RP_OK ||
	    transport_direct(&direct, "Kiosk", &t, &err) != RP_OK || ctx_on(&t, &p->ctx, &err) != RP_OK ||
	    look(p, &err) != RP_OK) {
		(void)fprintf(stderr, "kiosks: %s: %s\n", path, err.story);
		return false;
	}
	return true;
}

static bool open_client(const struct client_conf *c, client **ret, struct rp_issuer_port *ret_port)
{
	struct rp_error err = RP_ERROR_INIT;

	for (;;) {
		if (client_new(c, ret, &err) == RP_OK && client_port(*ret, ret_port, &err) == RP_OK)
			return true;
		client_free(*ret);
		*ret = NULL;
		if (stopping || err.code != RP_E_ISSUER_AWAY) {
			(void)fprintf(stderr, "kiosks: %s\n", err.story);
			return false;
		}
		(void)usleep(200000);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	static _Thread_local struct place places[CARDS_MAX];
	unsigned n = 0;

	me = w;
	for (unsigned i = w->number; i < w->o->n_cards; i += w->o->threads)
		if (!open_place(&places[n++], w->o->cards[i]))
			return NULL;
	if (n == 0 || !open_client(&w->o->home, &w->home, &w->home_port) ||
	    !open_client(&w->o->kiosk, &w->kiosk, &w->kiosk_port))
		return NULL;
	for (unsigned i = 0; !stopping; i = (i + 1) % n)
		one_reset(&places[i]);
	for (unsigned i = 0; i < n; i++) {
		rp_card_close(places[i].opened);
		rp_ctx_free(places[i].ctx);
		vcard_free(places[i].card);
	}
	client_free(w->home);
	client_free(w->kiosk);
	return NULL;
}

/* --- what is told --- */

static int by_size(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double quantile_ms(uint32_t *us, size_t n, double q)
{
	if (n == 0)
		return 0;
	qsort(us, n, sizeof *us, by_size);
	return us[(size_t)((double)(n - 1) * q)] / 1000.0;
}

static void gather(uint32_t *all, size_t *n, const uint32_t *some, size_t more)
{
	memcpy(all + *n, some, more * sizeof *all);
	*n += more;
}

static void report(struct worker *workers, unsigned n, double took)
{
	uint32_t *resets = calloc((size_t)n * SAMPLES_MAX, sizeof *resets);
	uint32_t *calls = calloc((size_t)n * SAMPLES_MAX, sizeof *calls);
	uint64_t done = 0, refused = 0, away = 0, broken = 0;
	size_t n_resets = 0, n_calls = 0;
	double card_s = 0;

	if (resets == NULL || calls == NULL)
		abort();
	for (unsigned i = 0; i < n; i++) {
		done += workers[i].resets;
		refused += workers[i].refused;
		away += workers[i].away;
		broken += workers[i].broken;
		card_s += workers[i].card_s;
		gather(resets, &n_resets, workers[i].reset_us, workers[i].n_resets);
		gather(calls, &n_calls, workers[i].call_us, workers[i].n_calls);
	}
	printf("{\"seconds\":%.3f,\"threads\":%u,\"resets\":%llu,\"resets_per_s\":%.2f,\"calls_per_s\":%.1f,"
	       "\"reset_p50_ms\":%.2f,\"reset_p99_ms\":%.2f,\"call_p50_ms\":%.2f,\"call_p99_ms\":%.2f,"
	       "\"refused\":%llu,\"away\":%llu,\"broken\":%llu,\"card_cpu_s\":%.3f,\"own_cpu_s\":%.3f}\n",
	       took, n, (unsigned long long)done, (double)done / took, (double)n_calls / took,
	       quantile_ms(resets, n_resets, 0.5), quantile_ms(resets, n_resets, 0.99),
	       quantile_ms(calls, n_calls, 0.5), quantile_ms(calls, n_calls, 0.99),
	       (unsigned long long)refused, (unsigned long long)away, (unsigned long long)broken, card_s,
	       seconds_of(CLOCK_PROCESS_CPUTIME_ID));
	free(resets);
	free(calls);
}

static bool take_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"url", 1, NULL, 'u'},	   {"ca", 1, NULL, 'a'},
		{"cert", 1, NULL, 'c'},	   {"key", 1, NULL, 'k'},
		{"seconds", 1, NULL, 's'}, {"threads", 1, NULL, 't'},
		{"history", 1, NULL, 'h'}, {0},
	};
	int c;

	*o = (struct options){.seconds = 10, .threads = 4};
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'u')
			o->kiosk.url = o->home.url = optarg;
		else if (c == 'a')
			o->kiosk.ca_file = o->home.ca_file = optarg;
		else if (c == 'c')
			o->kiosk.cert_file = optarg;
		else if (c == 'k')
			o->kiosk.key_file = optarg;
		else if (c == 's')
			o->seconds = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 't')
			o->threads = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 'h')
			o->history = fopen(optarg, "a");
		else
			return false;
	}
	for (; optind < argc && o->n_cards < CARDS_MAX; optind++)
		o->cards[o->n_cards++] = argv[optind];
	return o->kiosk.url != NULL && o->kiosk.key_file != NULL && o->threads > 0 &&
	       o->threads <= THREADS_MAX && o->n_cards >= o->threads;
}

int main(int argc, char **argv)
{
	static struct worker workers[THREADS_MAX];
	struct options o;
	double start;

	if (!take_options(argc, argv, &o)) {
		(void)fprintf(stderr,
			      "usage: kiosks --url URL --ca FILE --cert FILE --key FILE [--seconds S] "
			      "[--threads N] [--history FILE] CARD...\n");
		return 2;
	}
	if (rp_secret_start(NULL, NULL) != RP_OK)
		return 1;
	start = seconds_of(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < o.threads; i++) {
		workers[i] = (struct worker){.o = &o, .number = i};
		workers[i].reset_us = calloc(SAMPLES_MAX, sizeof *workers[i].reset_us);
		workers[i].call_us = calloc(SAMPLES_MAX, sizeof *workers[i].call_us);
		if (workers[i].reset_us == NULL || workers[i].call_us == NULL ||
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			return 1;
	}
	(void)sleep(o.seconds);
	stopping = true;
	for (unsigned i = 0; i < o.threads; i++)
		(void)pthread_join(workers[i].thread, NULL);
	report(workers, o.threads, seconds_of(CLOCK_MONOTONIC) - start);
	return 0;
}
