/* SPDX-License-Identifier: Apache-2.0 */
#include "support/asker.h"
#include "support/pki.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

bool ask_open(struct asker *a, unsigned port)
{
	const struct sockaddr_in at = {.sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct timeval patience = {.tv_sec = 15};

	a->tls = NULL;
	a->cred = NULL;
	a->len = 0;
	a->status = 0;
	a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (a->fd < 0)
		return false;
	(void)setsockopt(a->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(a->fd, (const struct sockaddr *)&at, sizeof at) == 0)
		return true;
	ask_close(a);
	return false;
}

bool ask_start_tls(struct asker *a, const char *dir, const char *name, const char *priorities)
{
	char ca[192], cert[192], key[192];
	int rc;

	pki_path(dir, "ca", "pem", ca);
	if (gnutls_certificate_allocate_credentials(&a->cred) != 0 ||
	    gnutls_certificate_set_x509_trust_file(a->cred, ca, GNUTLS_X509_FMT_PEM) < 1)
		abort();
	if (name != NULL) {
		pki_path(dir, name, "pem", cert);
		pki_path(dir, name, "key", key);
		if (gnutls_certificate_set_x509_key_file(a->cred, cert, key, GNUTLS_X509_FMT_PEM) < 0)
			abort();
	}
	/* It sends what it has, also to a server that did not name its issuer. */
	if (gnutls_init(&a->tls, GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT) != 0)
		abort();
	if (priorities == NULL)
		rc = gnutls_set_default_priority(a->tls);
	else
		rc = gnutls_priority_set_direct(a->tls, priorities, NULL);
	if (rc != 0)
		abort();
	(void)gnutls_credentials_set(a->tls, GNUTLS_CRD_CERTIFICATE, a->cred);
	gnutls_session_set_verify_cert(a->tls, NULL, 0);
	gnutls_transport_set_int(a->tls, a->fd);
	gnutls_handshake_set_timeout(a->tls, 10000);
	do
		rc = gnutls_handshake(a->tls);
	while (rc < 0 && gnutls_error_is_fatal(rc) == 0);
	return rc == 0;
}

bool ask_open_tls(struct asker *a, unsigned port, const char *dir, const char *name)
{
	return ask_open(a, port) && ask_start_tls(a, dir, name, NULL);
}

bool ask_send(struct asker *a, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		const ssize_t n = a->tls != NULL ? gnutls_record_send(a->tls, p, len)
						 : send(a->fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool ask_say(struct asker *a, const char *text)
{
	return ask_send(a, text, strlen(text));
}

static bool receive(struct asker *a)
{
	ssize_t n;

	if (a->len == sizeof a->got - 1)
		return false;
	do
		n = a->tls != NULL ? gnutls_record_recv(a->tls, a->got + a->len, sizeof a->got - 1 - a->len)
				   : recv(a->fd, a->got + a->len, sizeof a->got - 1 - a->len, 0);
	while (a->tls != NULL && (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN));
	if (n <= 0)
		return false;
	a->len += (size_t)n;
	a->got[a->len] = '\0';
	return true;
}

const char *ask_header(struct asker *a, const char *name, char *ret, size_t cap)
{
	const size_t len = strlen(name);

	for (const char *line = strstr(a->head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, name, len) == 0 && strncmp(line + 2 + len, ": ", 2) == 0) {
			(void)snprintf(ret, cap, "%.*s", (int)strcspn(line + 4 + len, "\r"), line + 4 + len);
			return ret;
		}
	return NULL;
}

bool ask_answer(struct asker *a)
{
	char number[16];
	const char *end;
	size_t head, body;

	a->status = 0;
	a->got[a->len] = '\0';
	for (end = strstr(a->got, "\r\n\r\n"); end == NULL; end = strstr(a->got, "\r\n\r\n"))
		if (!receive(a))
			return false;
	head = (size_t)(end - a->got) + 4;
	(void)snprintf(a->head, sizeof a->head, "%.*s", (int)head, a->got);
	body = ask_header(a, "Content-Length", number, sizeof number) != NULL ? strtoul(number, NULL, 10) : 0;
	while (a->len < head + body)
		if (!receive(a))
			return false;
	(void)snprintf(a->body, sizeof a->body, "%.*s", (int)body, a->got + head);
	memmove(a->got, a->got + head + body, a->len - head - body + 1);
	a->len -= head + body;
	if (strncmp(a->head, "HTTP/1.1 ", 9) != 0 && strncmp(a->head, "HTTP/1.0 ", 9) != 0)
		return false;
	a->status = (int)strtol(a->head + 9, NULL, 10);
	return true;
}

int ask(struct asker *a, const char *text)
{
	/* Who is refused early may not be listened to any more, and is answered all the same. */
	(void)ask_say(a, text);
	return ask_answer(a) ? a->status : 0;
}

bool ask_ended(struct asker *a, int within_ms)
{
	struct pollfd p = {.fd = a->fd, .events = POLLIN};
	char drop[512];

	while (poll(&p, 1, within_ms) > 0)
		if (recv(a->fd, drop, sizeof drop, 0) <= 0)
			return true;
	return false;
}

void ask_close(struct asker *a)
{
	if (a->tls != NULL)
		gnutls_deinit(a->tls);
	if (a->cred != NULL)
		gnutls_certificate_free_credentials(a->cred);
	if (a->fd >= 0)
		(void)close(a->fd);
	a->tls = NULL;
	a->cred = NULL;
	a->fd = -1;
}
