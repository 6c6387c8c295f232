/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process of `repin`. It is given its secrets through a pipe (--secrets-fd 3), tells its steps
 * through another (--steps-fd 4) and answers with one JSON object on standard output. One that asks
 * while it runs (--response-fd 5) is given lines through a third. What held a PIN here is the pipe's
 * buffer in the kernel until the process has read it, and the rp_secret that its caller frees.
 */
#include "agent/agent.h"
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

#define SECRETS_FD 3
#define STEPS_FD 4
#define ANSWERS_FD 5
#define LINE_MAX_STEP 400

/* Which process is whose, so that none is told to end that was reaped and whose number is another's now. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void run_arg(struct run *r, const char *arg)
{
	if (r->n < RUN_ARGS - 1)
		r->args[r->n++] = arg;
}

void run_command(struct run *r, const char *command, const char *arg)
{
	run_arg(r, "--");
	run_arg(r, command);
	if (arg != NULL)
		run_arg(r, arg);
}

void run_begin(struct run *r, const struct agent *a, const char *reader)
{
	*r = (struct run){.status = -1, .answers_fd = -1};
	run_arg(r, "--json");
	run_arg(r, "--pages");
	run_arg(r, "--lang");
	run_arg(r, counter_lang(a));
	if (a->config != NULL) {
		run_arg(r, "--config");
		run_arg(r, a->config);
	}
	if (reader != NULL && reader[0] != '\0') {
		run_arg(r, "--reader");
		run_arg(r, reader);
	}
}

void run_begin_card(struct run *r, const struct agent *a, const char *reader)
{
	run_begin(r, a, reader);
	if (a->device_key == NULL)
		return;
	run_arg(r, "--device-key");
	run_arg(r, a->device_key);
}

/* --- the pipes --- */

struct pipes {
	int secrets[2], steps[2], out[2], answers[2];
};

static void shut(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void pipes_close(struct pipes *p)
{
	for (size_t i = 0; i < 2; i++) {
		shut(&p->secrets[i]);
		shut(&p->steps[i]);
		shut(&p->out[i]);
		shut(&p->answers[i]);
	}
}

/*
 * All of the secrets fit into the pipe, so nothing waits for a reader: a longer text than its room
 * is refused.
 */
static bool give_secrets(struct pipes *p, const rp_secret *s)
{
	const uint8_t *bytes = s != NULL ? rp_secret_bytes(s) : NULL;
	const size_t len = s != NULL ? rp_secret_len(s) : 0;
	size_t done = 0;

	while (done < len) {
		const ssize_t n = write(p->secrets[1], bytes + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	shut(&p->secrets[1]);
	return true;
}

/* --- the process --- */

/* In the child: only what may be called between fork and exec. */
static void become(const struct agent *a, struct run *r, const struct pipes *p)
{
	const int none = open("/dev/null", O_RDWR);
	/* Far above the numbers that they shall have, so that no dup2 overwrites one that is still needed. */
	const int secrets = fcntl(p->secrets[0], F_DUPFD, 64), steps = fcntl(p->steps[1], F_DUPFD, 64),
		  out = fcntl(p->out[1], F_DUPFD, 64),
		  answers = r->answers ? fcntl(p->answers[0], F_DUPFD, 64) : none;
	sigset_t nothing;

	(void)sigemptyset(&nothing);
	(void)sigprocmask(SIG_SETMASK, &nothing, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (none < 0 || secrets < 0 || steps < 0 || out < 0 || dup2(none, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(none, 2) < 0 || dup2(secrets, SECRETS_FD) < 0 || dup2(steps, STEPS_FD) < 0 ||
	    dup2(answers, ANSWERS_FD) < 0)
		_exit(127);
	(void)close_range(ANSWERS_FD + 1, ~0U, 0);
	(void)setpgid(0, 0);
	(void)execv(a->repin, (char *const *)(uintptr_t)r->args);
	_exit(127);
}

static rp_code start(struct run *r, const struct agent *a, struct pipes *p, struct rp_error *err)
{
	pid_t pid;

	if (pipe2(p->secrets, O_CLOEXEC | O_NONBLOCK) != 0 || pipe2(p->steps, O_CLOEXEC) != 0 ||
	    pipe2(p->out, O_CLOEXEC) != 0 || (r->answers && pipe2(p->answers, O_CLOEXEC | O_NONBLOCK) != 0))
		return rp_fail(err, RP_E_FAULT, "no pipe for the card's process");
	if (!give_secrets(p, r->secrets))
		return rp_fail(err, RP_E_FAULT, "the secrets do not fit into a pipe");
	shut(&p->secrets[1]);
	(void)fcntl(p->secrets[0], F_SETFL, 0);
	if (r->answers)
		(void)fcntl(p->answers[0], F_SETFL, 0);
	pid = fork();
	if (pid < 0)
		return rp_fail(err, RP_E_FAULT, "no process for the card: %s", strerror(errno));
	if (pid == 0)
		become(a, r, p);
	(void)pthread_mutex_lock(&lock);
	r->pid = pid;
	r->answers_fd = p->answers[1];
	/* It was told to end while it was being started. */
	if (r->cancelled)
		(void)kill(pid, SIGTERM);
	(void)pthread_mutex_unlock(&lock);
	shut(&p->secrets[0]);
	shut(&p->steps[1]);
	shut(&p->out[1]);
	shut(&p->answers[0]);
	return RP_OK;
}

struct gather {
	char line[LINE_MAX_STEP];
	size_t line_len;
	char *out;
	size_t out_len;
};

static void take_steps(struct run *r, struct gather *g, int fd, bool *ret_more)
{
	char bytes[256];
	const ssize_t n = read(fd, bytes, sizeof bytes);

	*ret_more = n > 0 || (n < 0 && errno == EINTR);
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] != '\n') {
			if (g->line_len < sizeof g->line - 1)
				g->line[g->line_len++] = bytes[i];
			continue;
		}
		g->line[g->line_len] = '\0';
		g->line_len = 0;
		if (r->step != NULL)
			r->step(r->arg, g->line);
	}
}

static void take_answer(struct gather *g, int fd, bool *ret_more)
{
	/* What is too much is read and dropped: a process that cannot write would never end. */
	const bool full = g->out_len == RUN_ANSWER_MAX;
	char dropped[2048];
	const ssize_t n = full ? read(fd, dropped, sizeof dropped)
			       : read(fd, g->out + g->out_len, RUN_ANSWER_MAX - g->out_len);

	*ret_more = n > 0 || (n < 0 && errno == EINTR);
	if (n > 0 && !full)
		g->out_len += (size_t)n;
}

static void listen_to(struct run *r, struct pipes *p, struct gather *g)
{
	bool more_steps = true, more_answer = true;

	while (more_steps || more_answer) {
		struct pollfd fds[2] = {{.fd = more_steps ? p->steps[0] : -1, .events = POLLIN},
					{.fd = more_answer ? p->out[0] : -1, .events = POLLIN}};

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return;
		if (fds[0].revents != 0)
			take_steps(r, g, p->steps[0], &more_steps);
		if (fds[1].revents != 0)
			take_answer(g, p->out[0], &more_answer);
	}
}

rp_code run_wait(struct run *r, const struct agent *a, struct rp_error *err)
{
	struct pipes p = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
	struct gather g = {.out = malloc(RUN_ANSWER_MAX)};
	int status = 0;
	rp_code rc;
	pid_t pid;

	/* Its own name goes before the arguments. */
	memmove(r->args + 1, r->args, r->n * sizeof r->args[0] /* checked: run_arg leaves one place */);
	r->args[0] = "repin";
	r->args[r->n + 1] = NULL;
	rc = g.out == NULL ? rp_fail(err, RP_E_NO_MEMORY, "no memory for an answer") : start(r, a, &p, err);
	if (rc == RP_OK) {
		listen_to(r, &p, &g);
		pid = r->pid;
		while (waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOWAIT) < 0 && errno == EINTR)
			continue;
		(void)pthread_mutex_lock(&lock);
		r->pid = 0;
		r->answers_fd = -1;
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
		(void)pthread_mutex_unlock(&lock);
		r->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		r->answer = json_loadb(g.out, g.out_len, 0, NULL);
		if (r->answer == NULL)
			log_event(LOG_LVL_ERR, "run.answer", "status=%d bytes=%zu", r->status, g.out_len);
	}
	pipes_close(&p);
	free(g.out);
	return rc;
}

void run_cancel(struct run *r)
{
	(void)pthread_mutex_lock(&lock);
	r->cancelled = true;
	if (r->pid > 0)
		(void)kill(r->pid, SIGTERM);
	(void)pthread_mutex_unlock(&lock);
}

bool run_answer(struct run *r, const rp_secret *line)
{
	ssize_t n = -1;

	(void)pthread_mutex_lock(&lock);
	/* A line is shorter than what a pipe takes at once; whoever does not read is not waited for. */
	if (r->pid > 0 && r->answers_fd >= 0)
		n = write(r->answers_fd, rp_secret_bytes(line), rp_secret_len(line));
	(void)pthread_mutex_unlock(&lock);
	return n > 0 && (size_t)n == rp_secret_len(line);
}

void run_end(struct run *r)
{
	json_decref(r->answer);
	r->answer = NULL;
}
