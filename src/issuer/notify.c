/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices leave by a program of the installation's: one run for each, the body on its standard
 * input, and its exit status 0 is the word that it was handed on. Marked as sent only then: a cut
 * in between hands a notice over twice, which harms less than once too few. One server of an
 * installation runs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "issuer/people.h"

#define AT_ONCE 100
#define PROGRAM_MS 30000
#define LOOK_MS 20

struct due {
	struct row_outbox row[AT_ONCE];
	size_t n;
};

static void due_freep(struct due **d)
{
	free(*d);
}

static rp_code keep(void *arg, const void *row, struct rp_error *err)
{
	struct due *d = arg;

	(void)err;
	if (d->n < AT_ONCE)
		d->row[d->n++] = *(const struct row_outbox *)row;
	return RP_OK;
}

static rp_code due_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	struct due *d = arg;
	struct row_outbox row = {0};

	d->n = 0;
	return store_each(tx, ST_OUTBOX_DUE, &row, keep, d, err);
}

struct sent_job {
	struct row_outbox *row;
	bool sent;
};

static rp_code sent_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct sent_job *j = arg;
	struct row_outbox row = *j->row;

	row.sent_ms = j->sent ? store_now(tx) : 0;
	row.tries++;
	return store_run(tx, ST_OUTBOX_SENT, &row, NULL, err);
}

/* --- the program --- */

static void close_fdp(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/*
 * Starts it with one end of a socket pair as its standard input, and nothing of our environment but
 * PATH.
 */
static bool start(const char *program, int in, pid_t *ret)
{
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const environment[] = {path, NULL};
	char *argv[] = {strdup(program), NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	bool good = false;

	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	if (argv[0] != NULL && posix_spawn_file_actions_init(&actions) == 0) {
		if (posix_spawnattr_init(&attributes) == 0) {
			good = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO) == 0 &&
			       posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
									     POSIX_SPAWN_SETSIGDEF) == 0 &&
			       posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
			       posix_spawnattr_setsigdefault(&attributes, &defaults) == 0 &&
			       posix_spawn(ret, program, &actions, &attributes, argv, environment) == 0;
			(void)posix_spawnattr_destroy(&attributes);
		}
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	free(argv[0]);
	return good;
}

/* A body fits into a pipe, so that no program can make us wait by not reading. */
static bool feed(int fd, const char *body)
{
	const size_t len = strlen(body);

	_Static_assert(sizeof((struct row_outbox *)0)->body < 4096, "less than a pipe takes at once");
	return write(fd, body, len) == (ssize_t)len && write(fd, "\n", 1) == 1;
}

static bool ended_well(pid_t pid)
{
	const int64_t end = clock_ms() + PROGRAM_MS;
	int status = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
		if (clock_ms() > end) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return false;
		}
		(void)poll(NULL, 0, LOOK_MS);
	}
	return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool hand_over(const char *program, const char *body)
{
	RP_AUTO(close_fdp) int out = -1;
	RP_AUTO(close_fdp) int in = -1;
	int pipe_of[2];
	pid_t pid = -1;
	bool fed;

	if (pipe2(pipe_of, O_CLOEXEC) != 0)
		return false;
	in = pipe_of[0];
	out = pipe_of[1];
	/* Filled before the program runs: it cannot go away between. */
	fed = feed(out, body);
	close_fdp(&out);
	if (!fed || !start(program, in, &pid))
		return false;
	close_fdp(&in);
	return ended_well(pid);
}

rp_code issuer_notify(issuer *i, const char *program, struct rp_error *err)
{
	RP_AUTO(due_freep) struct due *d = calloc(1, sizeof *d);
	const struct store_opts look = {.read_only = true}, o = {0};
	rp_code rc;

	if (program == NULL)
		return RP_OK;
	if (d == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for notices");
	rc = issuer_work(i, &look, due_work, d, err);
	for (size_t k = 0; rc == RP_OK && k < d->n; k++) {
		struct sent_job j = {.row = &d->row[k]};

		j.sent = hand_over(program, d->row[k].body);
		if (!j.sent)
			log_event(LOG_LVL_WARN, "notice.waits", "id=%lld kind=%s", (long long)d->row[k].id,
				  d->row[k].kind);
		rc = issuer_work(i, &o, sent_work, &j, err);
		/*
		 * A program that fails once will fail for the next one too: the next round tries
		 * again.
		 */
		if (!j.sent)
			break;
	}
	return rp_context(err, rc, "handing on notices");
}
