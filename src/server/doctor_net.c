/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the check-up that ask over the network: a connection, and nothing is sent. */
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/doctor.h"
#include "server/files.h"

#define CONNECT_MS 3000
#define CMP_CONFIG_MAX 65536

struct place {
	char host[SETTINGS_WORD], port[8];
};

static bool connects(const struct addrinfo *at)
{
	struct pollfd p = {.fd = socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
			   .events = POLLOUT};
	int failed = ETIMEDOUT;
	socklen_t len = sizeof failed;
	bool good;

	if (p.fd < 0)
		return false;
	good = connect(p.fd, at->ai_addr, at->ai_addrlen) == 0 ||
	       (errno == EINPROGRESS && poll(&p, 1, CONNECT_MS) == 1 &&
		getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &failed, &len) == 0 && failed == 0);
	(void)close(p.fd);
	return good;
}

static bool answers(const struct place *at)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *all = NULL;
	bool good = false;

	if (getaddrinfo(at->host, at->port, &hints, &all) != 0)
		return false;
	for (const struct addrinfo *k = all; k != NULL && !good; k = k->ai_next)
		good = connects(k);
	freeaddrinfo(all);
	return good;
}

/* "[::1]:8443", "ca.example:80/pkix", "ca.example": host, and port where one stands; false for another shape. */
static bool split(const char *text, const char *port, struct place *ret)
{
	const bool bracket = text[0] == '[';
	const char *host = text + bracket;
	const size_t n = strcspn(host, bracket ? "]" : ":/");
	const char *after = host + n + (bracket && host[n] == ']');
	size_t digits = 0;

	if (n == 0 || snprintf(ret->host, sizeof ret->host, "%.*s", (int)n, host) >= (int)sizeof ret->host)
		return false;
	if (*after == ':') {
		port = after + 1;
		digits = strspn(port, "0123456789");
	} else {
		digits = strlen(port);
	}
	return digits > 0 &&
	       snprintf(ret->port, sizeof ret->port, "%.*s", (int)digits, port) < (int)sizeof ret->port;
}

/*
 * The value of `server` in section [cmp]: [http[s]://][userinfo@]host[:port][/path]. False: there is none.
 * Source: openssl-cmp(1), -server; config(5).
 */
static bool server_of(char *text, struct place *ret)
{
	bool inside = false;
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		char *at = line + strspn(line, " \t"), *value = strchr(at, '=');
		const char *port = "80";
		char *user;

		if (*at == '[')
			inside = strncmp(at + 1 + strspn(at + 1, " \t"), "cmp", 3) == 0;
		if (!inside || value == NULL || strncmp(at, "server", 6) != 0 ||
		    strchr(" \t=", at[6]) == NULL)
			continue;
		value += 1 + strspn(value + 1, " \t\"");
		value[strcspn(value, " \t\r\"#")] = '\0';
		if (strncmp(value, "https://", 8) == 0)
			port = "443";
		value += strncmp(value, "https://", 8) == 0 ? 8 : strncmp(value, "http://", 7) == 0 ? 7 : 0;
		user = strchr(value, '@');
		return split(user != NULL ? user + 1 : value, port, ret);
	}
	return false;
}

void doctor_authority(struct doctor *d)
{
	RP_AUTO(files_text_freep) char *text = NULL;
	const struct settings *s = d->a->set;
	struct rp_error err = RP_ERROR_INIT;
	struct place at;
	size_t len = 0;

	if (s->revocation_program[0] == '\0' || s->revocation_config[0] == '\0')
		return;
	if (files_read(s->revocation_config, CMP_CONFIG_MAX, &text, &len, &err) != RP_OK)
		doctor_found(d, "authority", DOCTOR_PROBLEM, RP_E_CONFIG,
			     "Look at revocation-config in repind.conf; the user that serves must be able to "
			     "read it.",
			     "%s", err.story);
	else if (!server_of(text, &at))
		doctor_found(d, "authority", DOCTOR_NOTE, RP_OK,
			     "For repind-revoke: write server = HOST:PORT below [cmp].",
			     "%s names no server in [cmp]: whether the authority answers is not known",
			     s->revocation_config);
	else if (answers(&at))
		doctor_ok(d, "authority", "%s port %s can be reached", at.host, at.port);
	else
		doctor_found(d, "authority", DOCTOR_PROBLEM, RP_E_ISSUER_AWAY,
			     "Look at its address in revocation-config, and at the way there (firewall, "
			     "proxy). What is "
			     "agreed to waits, and is sent when it answers.",
			     "the authority at %s port %s cannot be reached", at.host, at.port);
}

void doctor_service(struct doctor *d)
{
	struct place at;

	if (!split(d->a->set->listen, "0", &at) || strcmp(at.port, "0") == 0)
		return; /* port 0: a free one, which only the server knows */
	if (answers(&at))
		doctor_ok(d, "service", "something listens on %s", d->a->set->listen);
	else
		doctor_found(d, "service", DOCTOR_NOTE, RP_OK,
			     "Start it: 'systemctl start repind', or 'repind serve'.",
			     "nothing listens on %s", d->a->set->listen);
}
