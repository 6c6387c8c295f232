/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"

#define LOOK_MS 10
#define PROGRAM_ARGS 7

static void close_fdp(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* A file in memory, at its beginning: no program can make us wait by not reading. */
static int memory_file(const char *text)
{
	const size_t len = strlen(text);
	int fd = memfd_create("program", MFD_CLOEXEC);

	if (fd >= 0 && (write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0))
		close_fdp(&fd);
	return fd;
}

static bool start_with(char *const argv[], int in, int out, posix_spawn_file_actions_t *actions, pid_t *ret)
{
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const environment[] = {path, NULL};
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	bool good;

	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	if (posix_spawnattr_init(&attributes) != 0)
		return false;
	/* A group of its own: at the end of its time its children go with it. */
	good = posix_spawn_file_actions_adddup2(actions, in, STDIN_FILENO) == 0 &&
	       posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO) == 0 &&
	       posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
							     POSIX_SPAWN_SETPGROUP) == 0 &&
	       posix_spawnattr_setpgroup(&attributes, 0) == 0 &&
	       posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
	       posix_spawnattr_setsigdefault(&attributes, &defaults) == 0 &&
	       posix_spawn(ret, argv[0], actions, &attributes, argv, environment) == 0;
	(void)posix_spawnattr_destroy(&attributes);
	return good;
}

static int wait_for(pid_t pid, int64_t timeout_ms)
{
	const int64_t end = clock_ms() + timeout_ms;
	int status = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
		if (clock_ms() > end) {
			(void)kill(-pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return -1;
		}
		(void)poll(NULL, 0, LOOK_MS);
	}
	return got == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int program_run(const char *const argv[], const char *input, char *ret, size_t cap, int64_t timeout_ms)
{
	RP_AUTO(close_fdp) int in = memory_file(input);
	RP_AUTO(close_fdp) int out = memory_file("");
	posix_spawn_file_actions_t actions;
	char *args[PROGRAM_ARGS + 1] = {NULL};
	pid_t pid = -1;
	ssize_t n = 0;
	int status;
	bool good;

	for (size_t k = 0; k < PROGRAM_ARGS && argv[k] != NULL; k++)
		memcpy(&args[k], &argv[k], sizeof args[k]); /* posix_spawn changes none of them */
	if (in < 0 || out < 0 || posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	good = start_with(args, in, out, &actions, &pid);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (!good)
		return -1;
	status = wait_for(pid, timeout_ms);
	if (ret == NULL)
		return status;
	n = pread(out, ret, cap - 1, 0);
	ret[n > 0 ? n : 0] = '\0';
	return status;
}
