/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Unix socket in $XDG_RUNTIME_DIR, through which `repin-agent --open` finds the agent that runs
 * already and is given a start URL. The kernel tells whose process asks (SO_PEERCRED); only our own
 * user's is answered.
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const modes[] = {[AGENT_HOLDER] = "holder",
				    [AGENT_KIOSK] = "kiosk",
				    [AGENT_APP] = "app",
				    [AGENT_PRACTICE] = "practice",
				    [AGENT_DESK] = "desk"};

const char *agent_mode_word(enum agent_mode mode)
{
	return modes[mode];
}

void agent_url(struct agent *a, char *ret, size_t cap)
{
	char secret[SECRET_TEXT + 1];

	guard_secret(&a->guard, KEY_PAGE, secret);
	(void)snprintf(ret, cap, "http://%s/#%s.%s", a->guard.own, secret, a->lang);
	rp_wipe(secret, sizeof secret);
}

static bool place(enum agent_mode mode, struct sockaddr_un *ret)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	int n;

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (dir == NULL || dir[0] != '/')
		return false;
	n = snprintf(ret->sun_path, sizeof ret->sun_path, "%s/repin-agent.%s", dir, agent_mode_word(mode));
	return n > 0 && (size_t)n < sizeof ret->sun_path;
}

/* Whose process is at the other end; the kernel tells. */
static bool peer_of(int fd, uid_t *ret)
{
	struct ucred who = {0};
	socklen_t len = sizeof who;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		return false;
	*ret = who.uid;
	return true;
}

static bool may_ask(const struct agent *a, int fd)
{
	uid_t who;

	if (!peer_of(fd, &who))
		return false;
	for (size_t i = 0; i < a->guard.n_users; i++)
		if (a->guard.users[i] == who)
			return true;
	return false;
}

static int dial(enum agent_mode mode)
{
	struct sockaddr_un at;
	int fd;

	if (!place(mode, &at))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

bool control_ask(enum agent_mode mode, char *ret_url, size_t cap)
{
	const int fd = dial(mode);
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0)
		return false;
	while (got > 0 && n < cap - 1) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		got = poll(&p, 1, 3000) > 0 ? read(fd, ret_url + n, cap - 1 - n) : -1;
		n += got > 0 ? (size_t)got : 0;
	}
	ret_url[n] = '\0';
	(void)close(fd);
	return got == 0 && n > 0;
}

int control_listen(const struct agent *a)
{
	struct sockaddr_un at;
	int fd;

	if (!place(a->mode, &at))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* What an agent left that was killed; one that lives was asked before. */
	(void)unlink(at.sun_path);
	if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 ||
	    chmod(at.sun_path, a->guard.n_users > 1 ? 0660 : 0600) != 0 || listen(fd, 8) != 0) {
		log_event(LOG_LVL_WARN, "agent.control", "error=\"%s\"", strerror(errno));
		(void)close(fd);
		return -1;
	}
	return fd;
}

void control_answer(struct agent *a, int fd)
{
	const int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	char url[160];

	if (one < 0)
		return;
	if (may_ask(a, one)) {
		agent_url(a, url, sizeof url);
		(void)!write(one, url, strlen(url));
		rp_wipe(url, sizeof url);
	}
	(void)close(one);
}

void control_close(const struct agent *a, int fd)
{
	struct sockaddr_un at;

	if (fd < 0)
		return;
	(void)close(fd);
	if (place(a->mode, &at))
		(void)unlink(at.sun_path);
}

/* --- the browser --- */

/*
 * A start URL among a process's arguments can be read by every user of the machine. So the browser
 * is given the name of a file of ours (0600) that leads on to it; it serves once, and goes with the
 * agent's runtime folder.
 */
static bool write_way(const char *url, char *ret_path, size_t cap)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	const int n = snprintf(ret_path, cap, "%s/repin-start-XXXXXX.html",
			       dir != NULL && dir[0] == '/' ? dir : "/tmp");
	int fd;
	FILE *out;

	if (n < 0 || (size_t)n >= cap)
		return false;
	fd = mkostemps(ret_path, 5, O_CLOEXEC);
	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (out == NULL)
		return false;
	(void)fprintf(out,
		      "<!doctype html><meta charset=utf-8><title>Repin</title>"
		      "<meta http-equiv=refresh content=\"0;url=%s\"><a href=\"%s\">Repin</a>\n",
		      url, url);
	return fclose(out) == 0;
}

/* When the address serves no longer, nothing of it is left lying about. */
static void tidy(const char *path)
{
	const int none = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		(void)dup2(none, fd);
	(void)setsid();
	(void)close_range(3, ~0U, 0);
	(void)sleep(SECRET_LIVES_MS / 1000 + 5);
	(void)unlink(path);
	_exit(0);
}

/* In a process of its own, which ends at once: nobody has to wait for a browser, or for the two minutes. */
static void show_and_tidy(const char *program, const char *path)
{
	if (fork() == 0)
		tidy(path);
	if (fork() != 0)
		_exit(0);
	(void)setsid();
	(void)close_range(3, ~0U, 0);
	(void)execlp(program, program, path, (char *)NULL);
	_exit(127);
}

rp_code open_browser(const struct agent *a, const char *url, struct rp_error *err)
{
	const char *program = a->browser != NULL ? a->browser : "xdg-open";
	char path[256];
	pid_t pid;

	if (!write_way(url, path, sizeof path))
		return rp_fail(err, RP_E_FAULT, "the page's address cannot be handed to a browser");
	pid = fork();
	if (pid == 0)
		show_and_tidy(program, path);
	if (pid < 0)
		return rp_fail(err, RP_E_FAULT, "no process for a browser");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return RP_OK;
}
