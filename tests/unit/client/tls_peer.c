/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tls_peer.h"

#define DAY 86400

static void path_of(const struct peer *p, const char *name, char ret[128])
{
	(void)snprintf(ret, 128, "%s/%s", p->dir, name);
}

/* --- certificates --- */

static void put_file(const struct peer *p, const char *name, const gnutls_datum_t *d)
{
	char path[128];
	FILE *f;

	path_of(p, name, path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(d->data, 1, d->size, f), d->size);
	assert_int_equal(fclose(f), 0);
}

struct identity {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t cert;
};

static void describe(gnutls_x509_crt_t c, const char *name, bool ca)
{
	static unsigned char serial;
	const unsigned char loopback[] = {127, 0, 0, 1};

	serial++;
	assert_int_equal(gnutls_x509_crt_set_version(c, 3), 0);
	assert_int_equal(gnutls_x509_crt_set_serial(c, &serial, 1), 0);
	assert_int_equal(gnutls_x509_crt_set_activation_time(c, time(NULL) - DAY), 0);
	assert_int_equal(gnutls_x509_crt_set_expiration_time(c, time(NULL) + DAY), 0);
	assert_int_equal(gnutls_x509_crt_set_dn_by_oid(c, GNUTLS_OID_X520_COMMON_NAME, 0, name,
						       (unsigned)strlen(name)),
			 0);
	assert_int_equal(gnutls_x509_crt_set_basic_constraints(c, ca, -1), 0);
	if (!ca)
		assert_int_equal(gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_IPADDRESS, loopback, 4,
								      GNUTLS_FSAN_SET),
				 0);
}

/* Signed by `by`; NULL: by itself. */
static struct identity make(const struct peer *p, const char *name, const struct identity *by)
{
	struct identity i;
	gnutls_datum_t d = {0};
	char file[64];

	assert_int_equal(gnutls_x509_privkey_init(&i.key), 0);
	assert_int_equal(gnutls_x509_crt_init(&i.cert), 0);
	assert_int_equal(gnutls_x509_privkey_generate(i.key, GNUTLS_PK_ECDSA,
						      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
			 0);
	describe(i.cert, name, by == NULL);
	assert_int_equal(gnutls_x509_crt_set_key(i.cert, i.key), 0);
	assert_int_equal(gnutls_x509_crt_sign2(i.cert, by != NULL ? by->cert : i.cert,
					       by != NULL ? by->key : i.key, GNUTLS_DIG_SHA256, 0),
			 0);
	assert_int_equal(gnutls_x509_crt_export2(i.cert, GNUTLS_X509_FMT_PEM, &d), 0);
	(void)snprintf(file, sizeof file, "%s.pem", name);
	put_file(p, file, &d);
	gnutls_free(d.data);
	assert_int_equal(gnutls_x509_privkey_export2(i.key, GNUTLS_X509_FMT_PEM, &d), 0);
	(void)snprintf(file, sizeof file, "%s.key", name);
	put_file(p, file, &d);
	gnutls_free(d.data);
	return i;
}

static void drop(struct identity *i)
{
	gnutls_x509_crt_deinit(i->cert);
	gnutls_x509_privkey_deinit(i->key);
}

void peer_files(struct peer *p)
{
	struct identity ca, other, one;

	(void)snprintf(p->dir, sizeof p->dir, "/tmp/repin-test-peer-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	ca = make(p, "ca", NULL);
	other = make(p, "other-ca", NULL);
	one = make(p, "server", &ca);
	drop(&one);
	one = make(p, "desk", &ca);
	drop(&one);
	drop(&ca);
	drop(&other);
}

void peer_remove(struct peer *p)
{
	static const char *const names[] = {"ca.pem",	    "ca.key",	  "other-ca.pem",
					    "other-ca.key", "server.pem", "server.key",
					    "desk.pem",	    "desk.key",	  "asked"};
	char path[128];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		path_of(p, names[i], path);
		(void)unlink(path);
	}
	(void)rmdir(p->dir);
}

/* --- the server's process --- */

struct served {
	gnutls_session_t tls; /* NULL: plain */
	int fd;
};

static ssize_t get(struct served *s, char *p, size_t cap)
{
	return s->tls != NULL ? gnutls_record_recv(s->tls, p, cap) : read(s->fd, p, cap);
}

static void put(struct served *s, const char *p, size_t len)
{
	while (len > 0) {
		const ssize_t n = s->tls != NULL ? gnutls_record_send(s->tls, p, len) : write(s->fd, p, len);

		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

/* One whole request; false: the client is gone. */
static bool read_request(struct served *s, char *ret, size_t cap)
{
	size_t at = 0;

	for (;;) {
		const char *end, *length;
		ssize_t n = get(s, ret + at, cap - 1 - at);

		if (n <= 0)
			return false;
		at += (size_t)n;
		ret[at] = '\0';
		end = strstr(ret, "\r\n\r\n");
		if (end == NULL)
			continue;
		length = strstr(ret, "Content-Length: ");
		if (at >= (size_t)(end + 4 - ret) + (length != NULL ? strtoul(length + 16, NULL, 10) : 0))
			return true;
	}
}

static void log_text(const struct peer *p, const char *text)
{
	char path[128];
	FILE *f;

	path_of(p, "asked", path);
	f = fopen(path, "a");
	if (f == NULL)
		return;
	(void)fputs(text, f);
	(void)fclose(f);
}

static void answer(struct served *s, const struct peer_step *step)
{
	static char blanks[200000];
	const char *type = step->type;
	char head[1024];

	if (type == NULL)
		type = step->status >= 400 ? "application/problem+json" : "application/json";
	memset(blanks, ' ', sizeof blanks);
	(void)snprintf(head, sizeof head,
		       "HTTP/1.1 %d Some words\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s\r\n",
		       step->status, type, strlen(step->body) + step->pad,
		       step->headers != NULL ? step->headers : "");
	put(s, head, strlen(head));
	if (step->act == PEER_CUTS) {
		put(s, step->body, strlen(step->body) / 2);
		return;
	}
	put(s, step->body, strlen(step->body));
	put(s, blanks, step->pad);
}

static void serve(const struct peer *p, struct served *s, const struct peer_step *steps, size_t n, size_t *at)
{
	static char request[100000];

	while (read_request(s, request, sizeof request)) {
		const struct peer_step *step = &steps[*at];

		*at += *at + 1 < n ? 1 : 0;
		log_text(p, request);
		log_text(p, "\n--end of request--\n");
		if (step->act == PEER_HANGS)
			(void)pause();
		if (step->act == PEER_CLOSES)
			return;
		answer(s, step);
		if (step->act == PEER_CUTS)
			return;
	}
}

static bool shake_hands(const struct peer *p, int fd, gnutls_certificate_credentials_t cred, struct served *s)
{
	s->fd = fd;
	s->tls = NULL;
	if (p->plain)
		return true;
	(void)gnutls_init(&s->tls, GNUTLS_SERVER);
	(void)gnutls_set_default_priority(s->tls);
	(void)gnutls_credentials_set(s->tls, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_certificate_server_set_request(s->tls, p->wants_certificate ? GNUTLS_CERT_REQUIRE
									   : GNUTLS_CERT_IGNORE);
	gnutls_transport_set_int(s->tls, fd);
	return gnutls_handshake(s->tls) == 0;
}

static void run(const struct peer *p, const struct peer_step *steps, size_t n)
{
	gnutls_certificate_credentials_t cred;
	char cert[128], key[128];
	size_t at = 0;

	path_of(p, "server.pem", cert);
	path_of(p, "server.key", key);
	(void)gnutls_certificate_allocate_credentials(&cred);
	if (gnutls_certificate_set_x509_key_file(cred, cert, key, GNUTLS_X509_FMT_PEM) != 0)
		_exit(1);
	for (;;) {
		const int fd = accept(p->listener, NULL, NULL);
		struct served s;

		if (fd < 0)
			_exit(1);
		log_text(p, "--connection--\n");
		if (shake_hands(p, fd, cred, &s))
			serve(p, &s, steps, n, &at);
		if (s.tls != NULL) {
			(void)gnutls_bye(s.tls, GNUTLS_SHUT_WR);
			gnutls_deinit(s.tls);
		}
		(void)close(fd);
	}
}

void peer_start(struct peer *p, const struct peer_step *steps, size_t n)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof to;
	char path[128];

	path_of(p, "asked", path);
	(void)unlink(path);
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(p->listener >= 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(listen(p->listener, 8), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&to, &len), 0);
	p->port = ntohs(to.sin_port);
	(void)snprintf(p->url, sizeof p->url, "https://127.0.0.1:%u", p->port);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0)
		run(p, steps, n);
}

void peer_stop(struct peer *p)
{
	if (p->pid > 0) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
		(void)close(p->listener);
	}
	p->pid = 0;
}

char *peer_asked(const struct peer *p)
{
	char path[128], *text = calloc(1, 200000);
	FILE *f;

	path_of(p, "asked", path);
	f = fopen(path, "r");
	assert_non_null(text);
	if (f == NULL)
		return text;
	text[fread(text, 1, 199999, f)] = 0;
	(void)fclose(f);
	return text;
}

static unsigned count(const struct peer *p, const char *part)
{
	char *text = peer_asked(p);
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
		n++;
	free(text);
	return n;
}

unsigned peer_requests(const struct peer *p)
{
	return count(p, "--end of request--");
}

unsigned peer_connections(const struct peer *p)
{
	return count(p, "--connection--");
}
