/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Practice: virtual cards (processes of `repin-card` at two virtual readers, one at home and one
 * that a kiosk and a counter share) that a person puts in, takes out, locks and breaks. tools/play
 * makes the cards and the list of them, cards.json:
 *
 *     {"cards":[{"id":"my","title":"My Number Card","number":"…","state":"/…/my.json",
 *                "pins":[{"id":"sign","value":"ABC123","wrong":"WRONG1","fresh":"KI7Z5Q"}]}],
 *      "clerk":{"name":"clerk","password":"…","secret":"…"}}
 *
 * `wrong` is what another program enters, and `fresh` what it would set; a secret that opens another
 * PIN names that one in "opens". The clerk's secret (RFC 6238, base32) is what an authenticator would have.
 * Beside each state FILE lies FILE.made, the card as it was made.
 */
#include "agent/agent.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CARDS_MAX 8
#define PLACES 2
#define WRONG_TRIES 16
#define EMPTY_MS 900
#define SEEN_TRIES 50 /* of 100 ms */

static const char *const places[PLACES] = {"home", "kiosk"};
/* After the next command that sets a PIN the card is gone. */
static const char broken[] = "ins 24 cut-after\nins 2C cut-after\n";

struct practice {
	pthread_mutex_t lock;
	json_t *list; /* of cards.json */
	size_t n;
	pid_t pid[CARDS_MAX]; /* 0: not in a reader */
	size_t place[CARDS_MAX];
	unsigned port[PLACES];
	int64_t left_ms[PLACES]; /* when the last card went */
	bool clock;		 /* the issuer's can be moved */
	unsigned hours;		 /* by which the issuer's clock is ahead */
	char program[512], repin_faults[600];
};

static json_t *card_of(const struct practice *p, size_t i)
{
	return json_array_get(json_object_get(p->list, "cards"), i);
}

static const char *text_of(const json_t *j, const char *name)
{
	const char *text = json_string_value(json_object_get(j, name));

	return text != NULL ? text : "";
}

/* --- cards in readers --- */

static void pull(struct practice *p, size_t i)
{
	if (p->pid[i] == 0)
		return;
	(void)kill(p->pid[i], SIGTERM);
	while (waitpid(p->pid[i], NULL, 0) < 0 && errno == EINTR)
		continue;
	p->pid[i] = 0;
	p->left_ms[p->place[i]] = clock_ms();
}

/* pcscd looks at a reader each 400 ms, and takes a card that comes sooner for the one that went. */
static void wait_until_empty(const struct practice *p, size_t place)
{
	const int64_t left = p->left_ms[place] + EMPTY_MS - clock_ms();

	if (left > 0)
		(void)poll(NULL, 0, (int)left);
}

static bool insert(struct practice *p, size_t i, size_t place, bool breaks)
{
	const char *state = text_of(card_of(p, i), "state");
	char port[32];
	pid_t pid;

	for (size_t other = 0; other < p->n; other++)
		if (other == i || p->place[other] == place)
			pull(p, other);
	wait_until_empty(p, place);
	(void)snprintf(port, sizeof port, "127.0.0.1:%u", p->port[place]);
	pid = fork();
	if (pid == 0) {
		const int none = open("/dev/null", O_RDWR);

		(void)dup2(none, 0);
		(void)dup2(none, 1);
		(void)close_range(3, ~0U, 0);
		(void)execl(p->program, "repin-card", "run", "--state", state, "--vpcd", port,
			    breaks ? "--faults" : (char *)NULL, p->repin_faults, (char *)NULL);
		_exit(127);
	}
	if (pid < 0)
		return false;
	p->pid[i] = pid;
	p->place[i] = place;
	return true;
}

/* A card that ended by itself is in no reader. */
static void look_at_cards(struct practice *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->pid[i] != 0 && waitpid(p->pid[i], NULL, WNOHANG) == p->pid[i])
			p->pid[i] = 0;
}

/*
 * As it was made. Its resets are counted on: the issuer has seen them, and would take a card that
 * has forgotten them for a copy.
 */
static bool renew(struct practice *p, size_t i)
{
	const char *state = text_of(card_of(p, i), "state");
	json_t *made, *was, *pins;
	char from[600];
	bool good;

	pull(p, i);
	(void)snprintf(from, sizeof from, "%s.made", state);
	made = json_load_file(from, 0, NULL);
	was = json_load_file(state, 0, NULL);
	pins = json_object_get(was, "pins");
	for (size_t k = 0; k < json_array_size(pins); k++)
		(void)json_object_set(json_array_get(json_object_get(made, "pins"), k), "resets",
				      json_object_get(json_array_get(pins, k), "resets"));
	good = made != NULL && json_dump_file(made, state, 0) == 0;
	json_decref(made);
	json_decref(was);
	return good;
}

static const json_t *pin_of(const json_t *card, const char *slot)
{
	const json_t *pins = json_object_get(card, "pins");

	for (size_t i = 0; i < json_array_size(pins); i++)
		if (strcmp(text_of(json_array_get(pins, i), "id"), slot) == 0)
			return json_array_get(pins, i);
	return NULL;
}

/*
 * One wrong entry of another program of this machine: it has a configuration, and so notes of tries,
 * of its own. False: it spent no try.
 */
static bool try_wrong(struct agent *a, const json_t *pin, const char *reader)
{
	const char *opens = text_of(pin, "opens"), *slot = text_of(pin, "id");
	char line[200], conf[600];
	rp_secret *s = NULL;
	struct run r;
	bool spent;

	(void)snprintf(line, sizeof line, "%s=%s\nnew=%s\n", opens[0] != '\0' ? slot : "current",
		       text_of(pin, "wrong"), text_of(pin, "fresh"));
	(void)snprintf(conf, sizeof conf, "%s/other.conf", a->cards);
	if (rp_secret_from(line, strlen(line), &s, NULL) != RP_OK)
		return false;
	r = (struct run){.status = -1, .secrets = s};
	run_arg(&r, "--json");
	run_arg(&r, "--config");
	run_arg(&r, conf);
	run_arg(&r, "--reader");
	run_arg(&r, reader);
	run_arg(&r, "--last-try");
	run_arg(&r, "--secrets-fd");
	run_arg(&r, "3");
	run_command(&r, opens[0] != '\0' ? "unlock" : "change", opens[0] != '\0' ? opens : slot);
	spent = run_wait(&r, a, NULL) == RP_OK && r.status == 4;
	rp_secret_free(s);
	run_end(&r);
	return spent;
}

static void try_often(struct agent *a, const json_t *pin, unsigned times, const char *reader)
{
	if (text_of(pin, "wrong")[0] == '\0')
		return;
	while (times > 0 && try_wrong(a, pin, reader))
		times--;
}

/* --- acts --- */

static json_t *state_json(struct practice *p)
{
	json_t *list = json_array();
	char url[160];
	const bool kiosk = control_ask(AGENT_KIOSK, url, sizeof url);
	json_t *clerk = control_ask(AGENT_DESK, url, sizeof url) ? json_object_get(p->list, "clerk") : NULL;

	look_at_cards(p);
	for (size_t i = 0; i < p->n; i++) {
		const json_t *c = card_of(p, i);

		(void)json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:O, s:o, s:O}", "id", text_of(c, "id"), "title",
					text_of(c, "title"), "number", text_of(c, "number"), "kiosk",
					json_object_get(c, "kiosk"), "in",
					p->pid[i] != 0 ? json_string(places[p->place[i]]) : json_null(),
					"pins", json_object_get(c, "pins")));
	}
	return json_pack("{s:o, s:b, s:b, s:O?, s:i}", "cards", list, "kiosk", (int)kiosk, "clock",
			 (int)p->clock, "clerk", clerk, "ahead_hours", (int)p->hours);
}

static const char *const acts[] = {"state", "insert", "pull", "try",	    "lock",	"kill",
				   "break", "hours",  "new",  "open-kiosk", "open-desk"};
enum act {
	ACT_STATE,
	ACT_INSERT,
	ACT_PULL,
	ACT_TRY,
	ACT_LOCK,
	ACT_KILL,
	ACT_BREAK,
	ACT_HOURS,
	ACT_NEW,
	ACT_OPEN, /* these two: the address of another page */
	ACT_OPEN_DESK
};

struct wish {
	enum act act;
	size_t card, place;
	char slot[24];
};

static bool take(const struct practice *p, struct jin *in, struct wish *w)
{
	char card[24] = "";
	size_t which = 0;

	jin_word(in, "act", acts, sizeof acts / sizeof acts[0], &which);
	w->act = (enum act)which;
	if (jin_has(in, "card"))
		jin_text(in, "card", 1, sizeof card - 1, card);
	if (jin_has(in, "slot"))
		jin_text(in, "slot", 1, sizeof w->slot - 1, w->slot);
	if (jin_has(in, "place"))
		jin_word(in, "place", places, PLACES, &w->place);
	for (w->card = 0; w->card < p->n && strcmp(text_of(card_of(p, w->card), "id"), card) != 0;)
		w->card++;
	if (w->card == p->n && w->act != ACT_STATE && w->act < ACT_OPEN && w->act != ACT_HOURS)
		jin_fail(in, "card", "is none of these cards");
	return jin_done(in);
}

/* The reader whose card is shown; a card that was put in just now is waited for. False: none. */
static bool reader_of_card(struct agent *a, char *ret, size_t cap)
{
	for (unsigned i = 0; i < SEEN_TRIES; i++) {
		(void)pthread_mutex_lock(&a->watch.lock);
		(void)snprintf(ret, cap, "%s", a->watch.reader);
		(void)pthread_mutex_unlock(&a->watch.lock);
		if (ret[0] != '\0')
			return true;
		(void)poll(NULL, 0, 100);
	}
	return false;
}

/* What other programs do to the card that lies in the holder's reader. */
static void spoil(struct agent *a, const struct practice *p, const struct wish *w)
{
	const json_t *card = card_of(p, w->card), *pins = json_object_get(card, "pins");
	char reader[128];

	if (p->pid[w->card] == 0 || p->place[w->card] != 0 || !reader_of_card(a, reader, sizeof reader))
		return;
	(void)pthread_mutex_lock(&a->card);
	if (w->act == ACT_KILL)
		for (size_t i = 0; i < json_array_size(pins); i++)
			try_often(a, json_array_get(pins, i), WRONG_TRIES, reader);
	else
		try_often(a, pin_of(card, w->slot), w->act == ACT_TRY ? 1 : WRONG_TRIES, reader);
	(void)pthread_mutex_unlock(&a->card);
	watch_look(a, NULL, NULL);
}

/* A day and an hour pass at the issuer, whose clock (libfaketime) reads this file. */
static void pass_a_day(struct agent *a, struct practice *p)
{
	char path[600];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/clock", a->cards);
	out = p->clock ? fopen(path, "we") : NULL;
	if (out == NULL)
		return;
	p->hours += 25;
	(void)fprintf(out, "+%uh\n", p->hours);
	(void)fclose(out);
	watch_look(a, NULL, NULL);
}

static void act(struct agent *a, struct practice *p, const struct wish *w)
{
	switch (w->act) {
	case ACT_INSERT:
		(void)insert(p, w->card, w->place, false);
		break;
	case ACT_PULL:
		pull(p, w->card);
		break;
	case ACT_TRY:
	case ACT_LOCK:
	case ACT_KILL:
		spoil(a, p, w);
		break;
	case ACT_BREAK:
		(void)insert(p, w->card, p->pid[w->card] != 0 ? p->place[w->card] : 0, true);
		break;
	case ACT_HOURS:
		pass_a_day(a, p);
		break;
	case ACT_NEW:
		(void)renew(p, w->card);
		break;
	case ACT_STATE:
	case ACT_OPEN:
	case ACT_OPEN_DESK:
		break;
	}
}

void practice_act(struct agent *a, const struct http_request *r, struct http_answer *ret)
{
	struct practice *p = a->practice;
	char what[96] = "", url[160];
	json_t *root = json_parse(r->body, r->body_len, what);
	struct wish w = {0};
	struct jin in;

	if (root == NULL) {
		answer_error(ret, 400, "usage", what);
		return;
	}
	json_in(&in, root);
	(void)pthread_mutex_lock(&p->lock);
	if (!take(p, &in, &w)) {
		answer_error(ret, 400, "usage", in.what);
	} else if (w.act >= ACT_OPEN) {
		if (control_ask(w.act == ACT_OPEN ? AGENT_KIOSK : AGENT_DESK, url, sizeof url))
			http_json(ret, 200, json_pack("{s:s}", "url", url));
		else
			answer_error(ret, 200, "no-page", "There is no such page to practise at.");
	} else {
		act(a, p, &w);
		http_json(ret, 200, state_json(p));
	}
	(void)pthread_mutex_unlock(&p->lock);
	json_decref(root);
}

/* --- start and end --- */

static bool read_ports(struct practice *p)
{
	const char *ports = getenv("REPIN_VPCD_PORTS");

	char *end = NULL;

	for (size_t i = 0; ports != NULL && i < PLACES; i++) {
		const unsigned long port = strtoul(ports, &end, 10);

		if (end == ports || port == 0 || port > 65535)
			return false;
		p->port[i] = (unsigned)port;
		ports = end;
	}
	return ports != NULL;
}

static rp_code write_faults(const struct agent *a, struct practice *p, struct rp_error *err)
{
	FILE *out;
	bool good;

	(void)snprintf(p->repin_faults, sizeof p->repin_faults, "%s/broken", a->cards);
	out = fopen(p->repin_faults, "we");
	good = out != NULL && fputs(broken, out) >= 0;
	if (out != NULL && fclose(out) != 0)
		good = false;
	return good ? RP_OK : rp_fail(err, RP_E_CONFIG, "cannot write to %s", a->cards);
}

rp_code practice_start(struct agent *a, struct rp_error *err)
{
	struct practice *p = calloc(1, sizeof *p);
	char path[600];
	char *slash;

	if (p == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory to practise");
	a->practice = p;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)snprintf(path, sizeof path, "%s/cards.json", a->cards);
	p->list = json_load_file(path, 0, NULL);
	p->n = json_array_size(json_object_get(p->list, "cards"));
	if (p->n == 0 || p->n > CARDS_MAX || !read_ports(p))
		return rp_fail(err, RP_E_CONFIG,
			       "%s names no cards, or there are no virtual readers: practice is started by "
			       "tools/play",
			       path);
	(void)snprintf(path, sizeof path, "%s/clock", a->cards);
	p->clock = access(path, W_OK) == 0;
	(void)snprintf(p->program, sizeof p->program, "%s", a->repin);
	slash = strrchr(p->program, '/');
	if (slash == NULL ||
	    snprintf(slash, sizeof p->program - (size_t)(slash - p->program), "/repin-card") < 0)
		return rp_fail(err, RP_E_CONFIG, "the program 'repin-card' is not beside this one");
	if (access(p->program, X_OK) != 0)
		(void)snprintf(slash, sizeof p->program - (size_t)(slash - p->program),
			       "/../vcard/repin-card");
	return write_faults(a, p, err);
}

void practice_stop(struct agent *a)
{
	struct practice *p = a->practice;

	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		pull(p, i);
	json_decref(p->list);
	free(p);
	a->practice = NULL;
}
