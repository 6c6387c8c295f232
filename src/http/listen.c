/* SPDX-License-Identifier: Apache-2.0 */
#include "http/internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "127.0.0.1:8443" or "[::1]:8443", taken apart; false when it is neither. */
static bool split(const char *address, char host[64], char port[8])
{
	const char *colon = strrchr(address, ':');
	size_t len;

	if (colon == NULL || colon == address || strlen(colon + 1) == 0 || strlen(colon + 1) > 5 ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) || strtoul(colon + 1, NULL, 10) > 65535)
		return false;
	len = (size_t)(colon - address);
	if (address[0] == '[') {
		if (address[len - 1] != ']')
			return false;
		address++;
		len -= 2;
	} else if (memchr(address, ':', len /* checked: within it */) != NULL) {
		return false;
	}
	if (len == 0 || len >= 64)
		return false;
	(void)snprintf(host, 64, "%.*s", (int)len, address);
	(void)snprintf(port, 8, "%s", colon + 1);
	return true;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static void free_addresses(struct addrinfo **a)
{
	if (*a != NULL)
		freeaddrinfo(*a);
}

static unsigned port_of(int fd)
{
	struct sockaddr_storage at = {0};
	socklen_t len = sizeof at;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		return 0;
	memcpy(&in, &at, sizeof in);
	memcpy(&in6, &at, sizeof in6);
	return ntohs(at.ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
}

rp_code listen_on(const char *address, bool loopback_only, int *ret_fd, unsigned *ret_port,
		  struct rp_error *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	RP_AUTO(free_addresses) struct addrinfo *found = NULL;
	RP_AUTO(close_fd) int fd = -1;
	const int on = 1;
	char host[64], port[8];

	if (!split(address, host, port) || getaddrinfo(host, port, &hints, &found) != 0)
		return rp_fail(err, RP_E_CONFIG, "'%s' is not an address and a port to listen on", address);
	if (loopback_only && !address_is_loopback(found->ai_addr))
		return rp_fail(err, RP_E_CONFIG, "%s: without a certificate only loopback is listened on",
			       address);
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return rp_fail(err, RP_E_CONFIG, "no socket for %s: %s", address, strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 1024) != 0)
		return rp_fail(err, RP_E_CONFIG, "cannot listen on %s: %s", address, strerror(errno));
	*ret_port = port_of(fd);
	*ret_fd = fd;
	fd = -1;
	return RP_OK;
}
