/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/journal.h"

#include "base/bytes.h"
#include "base/log.h"
#include "card/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX 512
#define LOCK_PAUSE_US 10000
#define LOCK_PAUSES 20

/* --- names --- */

/* "20261122T205719Z-123456789-1A2B3C4D": in the order of time, and no two alike. */
static void make_id(const struct timespec *now, char *ret, size_t cap)
{
	const time_t t = now->tv_sec;
	char stamp[24], hex[9];
	uint8_t random[4];
	struct tm tm;

	rp_random(random, sizeof random);
	(void)hex_of(random, sizeof random, hex, sizeof hex);
	if (gmtime_r(&t, &tm) == NULL || strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm) == 0)
		(void)snprintf(stamp, sizeof stamp, "0");
	(void)snprintf(ret, cap, "%s-%09ld-%s", stamp, now->tv_nsec, hex);
}

static bool is_id(const char *id)
{
	const size_t len = strlen(id);

	return len > 0 && len < sizeof(((struct rp_intent *)0)->id) &&
	       strspn(id, "0123456789ABCDEFTZ-") == len;
}

static void name_of(const char *id, char *ret, size_t cap)
{
	(void)snprintf(ret, cap, "%s/%s", JOURNAL_DIR, id);
}

/* --- the file's words --- */

static void write_text(const struct rp_intent *in, char *ret, size_t cap)
{
	(void)snprintf(ret, cap,
		       "repin-intent 1\n"
		       "begun %" PRId64 "\n"
		       "card %s\n"
		       "tail %s\n"
		       "profile %s\n"
		       "slot %s\n"
		       "code %s\n"
		       "state %s\n"
		       "tries %d\n"
		       "%s%s%s"
		       "marks %s\n",
		       in->begun_s, in->card, in->tail[0] != '\0' ? in->tail : "-", in->profile,
		       rp_slot_word(in->slot), in->code != RP_SLOT_NONE ? rp_slot_word(in->code) : "-",
		       rp_pin_state_word(in->state), in->tries_left, in->key[0] != '\0' ? "key " : "",
		       in->key, in->key[0] != '\0' ? "\n" : "", in->marks);
}

static bool read_state(const char *word, rp_pin_state *ret)
{
	for (int i = RP_PIN_UNKNOWN; i <= RP_PIN_NOT_SET; i++)
		if (strcmp(rp_pin_state_word((rp_pin_state)i), word) == 0) {
			*ret = (rp_pin_state)i;
			return true;
		}
	return false;
}

static bool are_marks(const char *marks)
{
	const size_t len = strlen(marks);
	const char all[] = {MARK_OLD, MARK_NEW, MARK_UNKNOWN, '\0'};

	return len >= 1 && len <= JOURNAL_REFS && strspn(marks, all) == len;
}

/* None, or 32 hex digits: it goes into a header. */
static bool is_key(const char *key)
{
	return key[0] == '\0' || (strlen(key) == 32 && strspn(key, "0123456789ABCDEF") == 32);
}

/* The value of the line "key value" at *text, which moves on to the next line. False: another line. */
static bool take_line(const char **text, const char *key, char *ret, size_t cap)
{
	const size_t key_len = strlen(key), len = strcspn(*text, "\n");

	if (strncmp(*text, key, key_len) != 0 || (*text)[key_len] != ' ' || (*text)[len] != '\n' ||
	    len - key_len - 1 >= cap)
		return false;
	(void)snprintf(ret, cap, "%.*s", (int)(len - key_len - 1), *text + key_len + 1);
	*text += len + 1;
	return true;
}

static bool take_number(const char **text, const char *key, int64_t min, int64_t max, int64_t *ret)
{
	char word[24], *end;
	long long n;

	if (!take_line(text, key, word, sizeof word))
		return false;
	errno = 0;
	n = strtoll(word, &end, 10);
	*ret = n;
	return errno == 0 && end != word && *end == '\0' && n >= min && n <= max;
}

struct words {
	char head[4], profile[24], slot[16], code[16], state[16];
	int64_t tries;
};

static bool take_all(const char *text, struct rp_intent *in, struct words *w)
{
	return take_line(&text, "repin-intent", w->head, sizeof w->head) && strcmp(w->head, "1") == 0 &&
	       take_number(&text, "begun", 0, INT64_MAX, &in->begun_s) &&
	       take_line(&text, "card", in->card, sizeof in->card) &&
	       take_line(&text, "tail", in->tail, sizeof in->tail) &&
	       take_line(&text, "profile", w->profile, sizeof w->profile) &&
	       take_line(&text, "slot", w->slot, sizeof w->slot) &&
	       take_line(&text, "code", w->code, sizeof w->code) &&
	       take_line(&text, "state", w->state, sizeof w->state) &&
	       take_number(&text, "tries", RP_TRIES_UNKNOWN, 15, &w->tries) &&
	       (strncmp(text, "key ", 4) != 0 || take_line(&text, "key", in->key, sizeof in->key)) &&
	       take_line(&text, "marks", in->marks, sizeof in->marks) && text[0] == '\0';
}

/* False when it is none of ours, or was cut. */
static bool read_text(const char *text, struct rp_intent *ret)
{
	struct rp_intent in = {0};
	const struct pin_row *row;
	const struct profile *p;
	struct words w;

	if (!take_all(text, &in, &w))
		return false;
	p = profile_by_name(w.profile);
	row = p != NULL ? profile_pin(p, rp_slot_from_word(w.slot)) : NULL;
	in.code = rp_slot_from_word(w.code);
	if (row == NULL || !read_state(w.state, &in.state) || strlen(in.card) != STATE_CARD_LEN ||
	    !are_marks(in.marks) || strlen(in.marks) != row->n_refs || !is_key(in.key) ||
	    (in.code == RP_SLOT_NONE && strcmp(w.code, "-") != 0))
		return false;
	in.profile = p->name;
	in.slot = row->slot;
	in.n_refs = row->n_refs;
	in.tries_left = (int)w.tries;
	if (strcmp(in.tail, "-") == 0)
		in.tail[0] = '\0';
	*ret = in;
	return true;
}

/* --- writing --- */

static long marks_of(const char *text)
{
	return (long)(strstr(text, "\nmarks ") - text) + 7;
}

rp_code journal_begin(const struct state *s, struct rp_intent *intent, struct journal *ret,
		      struct rp_error *err)
{
	struct rp_intent in = *intent;
	struct journal j = {.state = s, .fd = -1};
	struct timespec now;
	char text[TEXT_MAX];
	rp_code rc;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail with this clock */
	in.begun_s = (int64_t)now.tv_sec;
	make_id(&now, in.id, sizeof in.id);
	for (unsigned i = 0; i < in.n_refs; i++)
		in.marks[i] = MARK_OLD;
	in.marks[in.n_refs] = '\0';
	write_text(&in, text, sizeof text);
	name_of(in.id, j.name, sizeof j.name);
	j.marks_at = marks_of(text);
	(void)snprintf(j.marks, sizeof j.marks, "%s", in.marks);
	rc = state_write(s, j.name, text, true, &j.fd, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "what is about to be done cannot be noted down");
	*intent = in;
	*ret = j;
	return RP_OK;
}

static bool put_marks(const struct journal *j, bool sync)
{
	const size_t len = strlen(j->marks);

	return pwrite(j->fd, j->marks, len, j->marks_at) == (ssize_t)len && (!sync || fdatasync(j->fd) == 0);
}

rp_code journal_goes(struct journal *j, unsigned ref, struct rp_error *err)
{
	const char before = j->marks[ref];

	j->marks[ref] = MARK_UNKNOWN;
	if (put_marks(j, true))
		return RP_OK;
	j->marks[ref] = before;
	return rp_fail(err, RP_E_JOURNAL, "%s/%s cannot be written: %s", j->state->dir, j->name,
		       strerror(errno));
}

void journal_came(struct journal *j, unsigned ref, bool set)
{
	j->marks[ref] = set ? MARK_NEW : MARK_OLD;
	if (!put_marks(j, false))
		log_event(LOG_LVL_WARN, "journal.mark", "name=%s error=\"%s\"", j->name, strerror(errno));
}

static bool is_settled(const char *marks)
{
	return strchr(marks, MARK_UNKNOWN) == NULL && (marks[1] == '\0' || marks[0] == marks[1]);
}

bool journal_end(struct journal *j)
{
	struct rp_error err;
	bool gone;

	if (j->fd < 0)
		return false;
	gone = is_settled(j->marks) && state_remove(j->state, j->name, &err) == RP_OK;
	(void)close(j->fd);
	j->fd = -1;
	return gone;
}

/* --- reading --- */

/* A running job holds its file's lock until it has ended. */
static bool is_locked(const struct state *s, const char *name)
{
	char path[STATE_PATH_MAX + STATE_NAME_MAX + 16];
	bool locked;
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", s->dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_SH | LOCK_NB) != 0;
	(void)close(fd);
	return locked;
}

static bool read_intent(const struct state *s, const char *name, struct rp_intent *ret)
{
	const char *id = strrchr(name, '/') + 1;
	char text[TEXT_MAX];
	size_t len = 0;

	if (!is_id(id) || state_read(s, name, text, sizeof text, &len, NULL) != RP_OK || len == 0 ||
	    !read_text(text, ret))
		return false;
	(void)snprintf(ret->id, sizeof ret->id, "%s", id);
	return true;
}

struct collect {
	const struct state *s;
	const char *card;
	struct rp_intent *all; /* for free() */
	size_t cap, n;
	bool no_memory;
};

static bool has_room(struct collect *c)
{
	struct rp_intent *more;

	if (c->n < c->cap)
		return true;
	more = realloc(c->all, (2 * c->cap + 8) * sizeof *more);
	if (more == NULL) {
		c->no_memory = true;
		return false;
	}
	c->all = more;
	c->cap = 2 * c->cap + 8;
	return true;
}

static bool collect_one(void *arg, const char *name)
{
	struct collect *c = arg;
	struct rp_intent in;

	if (!read_intent(c->s, name, &in) || (c->card != NULL && strcmp(c->card, in.card) != 0))
		return true;
	in.running = is_locked(c->s, name);
	/* It may have ended between the two looks: what was read then is no longer so. */
	if (!in.running && !read_intent(c->s, name, &in))
		return true;
	if (!has_room(c))
		return false;
	c->all[c->n++] = in;
	return true;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct rp_intent *)a)->id, ((const struct rp_intent *)b)->id);
}

static bool is_superseded(const struct collect *c, size_t i)
{
	for (size_t k = i + 1; k < c->n; k++)
		if (c->all[k].slot == c->all[i].slot && strcmp(c->all[k].card, c->all[i].card) == 0)
			return true;
	return false;
}

rp_code journal_list(const struct state *s, const char *card, struct rp_intent *ret, size_t cap,
		     size_t *ret_n, struct rp_error *err)
{
	struct collect c = {.s = s, .card = card};
	rp_code rc = state_each(s, JOURNAL_DIR, collect_one, &c, err);
	size_t n = 0;

	if (rc == RP_OK && c.no_memory)
		rc = rp_fail(err, RP_E_JOURNAL, "no memory for the notes");
	if (rc == RP_OK && c.n > 0)
		qsort(c.all, c.n, sizeof *c.all, by_id);
	for (size_t i = 0; rc == RP_OK && i < c.n && n < cap; i++) {
		c.all[i].superseded = is_superseded(&c, i);
		/* Where there are too many, those come first that can be resolved. */
		if (c.n <= cap || !c.all[i].superseded)
			ret[n++] = c.all[i];
	}
	free(c.all);
	if (rc == RP_OK)
		*ret_n = n;
	return rc;
}

/* --- taking up again --- */

static int open_locked(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
		if (i == LOCK_PAUSES) {
			(void)close(fd);
			return -1;
		}
		(void)usleep(LOCK_PAUSE_US);
	}
	/* Struck out by another process while this one waited? */
	if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_nlink == 0)) {
		(void)close(fd);
		errno = ENOENT;
		return -1;
	}
	return fd;
}

rp_code journal_resume(const struct state *s, const struct rp_intent *intent, struct journal *ret,
		       struct rp_error *err)
{
	struct journal j = {.state = s, .fd = -1};
	char path[STATE_PATH_MAX + STATE_NAME_MAX + 16], text[TEXT_MAX];
	struct rp_intent now;

	if (!is_id(intent->id))
		return rp_fail(err, RP_E_JOURNAL, "no note has such a name");
	name_of(intent->id, j.name, sizeof j.name);
	(void)snprintf(path, sizeof path, "%s/%s", s->dir, j.name);
	j.fd = open_locked(path);
	if (j.fd < 0)
		return rp_fail(err, RP_E_JOURNAL,
			       "%s: its job still runs, or another program has just "
			       "ended it (%s)",
			       path, strerror(errno));
	if (!read_intent(s, j.name, &now) || strcmp(now.marks, intent->marks) != 0) {
		(void)close(j.fd);
		return rp_fail(err, RP_E_JOURNAL, "%s is no longer what it was", path);
	}
	write_text(&now, text, sizeof text);
	j.marks_at = marks_of(text);
	(void)snprintf(j.marks, sizeof j.marks, "%s", now.marks);
	*ret = j;
	return RP_OK;
}

rp_code journal_learn(const struct state *s, struct rp_intent *intent, bool set, struct rp_error *err)
{
	struct journal j;
	rp_code rc = journal_resume(s, intent, &j, err);

	if (rc != RP_OK)
		return rc;
	for (unsigned i = 0; j.marks[i] != '\0'; i++)
		j.marks[i] = set ? MARK_NEW : MARK_OLD;
	if (!put_marks(&j, true))
		rc = rp_fail(err, RP_E_JOURNAL, "%s/%s cannot be written: %s", s->dir, j.name,
			     strerror(errno));
	else
		(void)snprintf(intent->marks, sizeof intent->marks, "%s", j.marks);
	(void)close(j.fd);
	return rc;
}

rp_code journal_forget(const struct state *s, const struct rp_intent *intent, struct rp_error *err)
{
	struct journal j;
	rp_code rc = journal_resume(s, intent, &j, err);

	if (rc != RP_OK)
		return rc;
	rc = state_remove(s, j.name, err);
	(void)close(j.fd);
	return rc;
}
