/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd's daemons: how they are set up, with TLS. */
#include "http/internal.h"
#include "base/log.h"
#include "http/request.h"

#include <gnutls/gnutls.h>
#include <malloc.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a connection: the head of a request must fit, a body passes through in pieces. */
#define MEMORY_OF_CONNECTION 16384u

/* TLS 1.3 and 1.2, forward secret and authenticated ciphers alone, in our order. */
static const char priorities[] =
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:"
	"-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-MAC-ALL:+AEAD:%SERVER_PRECEDENCE:%PROFILE_MEDIUM";

/*
 * GnuTLS frees a deciphered record as it is, and a body may hold a user code. Its functions for memory are
 * variables: ours wipe, and go on to those that were there.
 */
static gnutls_free_function tls_frees;

static void tls_free_wiped(void *p)
{
	if (p != NULL)
		rp_wipe(p, malloc_usable_size(p));
	tls_frees(p);
}

/* The C library's own would leave the old bytes where they were. */
static void *tls_realloc_wiped(void *p, size_t size)
{
	const size_t had = p != NULL ? malloc_usable_size(p) : 0;
	void *other = gnutls_malloc(size > 0 ? size : 1);

	if (other == NULL)
		return NULL;
	if (p != NULL)
		memcpy(other, p, had < size ? had : size); /* checked: the smaller of both */
	tls_free_wiped(p);
	return other;
}

static void wipe_what_tls_frees(void)
{
	tls_frees = gnutls_free;
	gnutls_realloc = tls_realloc_wiped;
	gnutls_free = tls_free_wiped;
}

/* Files as libmicrohttpd wants them: whole texts. */
struct tls_files {
	gnutls_datum_t cert, key, ca;
};

static void wipe_datum(gnutls_datum_t *d)
{
	if (d->data != NULL)
		rp_wipe(d->data, d->size);
	gnutls_free(d->data);
}

static void tls_files_free(struct tls_files *f)
{
	wipe_datum(&f->cert);
	wipe_datum(&f->key);
	wipe_datum(&f->ca);
}

static rp_code load(const char *file, gnutls_datum_t *ret, struct rp_error *err)
{
	const int rc = gnutls_load_file(file, ret);

	return rc == 0 ? RP_OK
		       : rp_fail(err, RP_E_CONFIG, "%s cannot be read: %s", file, gnutls_strerror(rc));
}

/* libmicrohttpd would only say that it did not start. */
static rp_code check_pair(const struct http_conf *c, const struct tls_files *f, struct rp_error *err)
{
	gnutls_certificate_credentials_t cred = NULL;
	int rc = gnutls_certificate_allocate_credentials(&cred);

	if (rc == 0)
		rc = gnutls_certificate_set_x509_key_mem2(cred, &f->cert, &f->key, GNUTLS_X509_FMT_PEM, NULL,
							  0);
	if (cred != NULL)
		gnutls_certificate_free_credentials(cred);
	return rc >= 0 ? RP_OK
		       : rp_fail(err, RP_E_CONFIG, "%s and %s are no certificate with its key: %s",
				 c->cert_file, c->key_file, gnutls_strerror(rc));
}

static rp_code load_tls(const struct http_conf *c, struct tls_files *f, struct rp_error *err)
{
	struct stat st;
	rp_code rc;

	if (c->cert_file == NULL || c->key_file == NULL)
		return rp_fail(err, RP_E_CONFIG, "a certificate and its key belong together");
	if (stat(c->key_file, &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH)) != 0)
		return rp_fail(err, RP_E_CONFIG, "%s can be read by others", c->key_file);
	rc = load(c->cert_file, &f->cert, err);
	if (rc == RP_OK)
		rc = load(c->key_file, &f->key, err);
	if (rc == RP_OK)
		rc = check_pair(c, f, err);
	if (rc == RP_OK && c->client_ca_file != NULL)
		rc = load(c->client_ca_file, &f->ca, err);
	return rc;
}

static void say(void *arg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void say(void *arg, const char *fmt, va_list ap)
{
	char line[256];

	(void)arg;
	(void)vsnprintf(line, sizeof line, fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	log_event(LOG_LVL_DEBUG, "http.library", "says=\"%s\"", line);
}

/* Addresses are compared as they were sent. */
static size_t leave_escaped(void *arg, struct MHD_Connection *c, char *text)
{
	(void)arg;
	(void)c;
	return strlen(text);
}

static struct MHD_Daemon *start_one(http *h, const struct http_conf *c, const struct tls_files *f)
{
	const unsigned idle = c->idle_s;
	unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, f->cert.data},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, f->key.data},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
		{f->ca.data != NULL ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, f->ca.data},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

	if (f->cert.data != NULL)
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, request_handle, h, MHD_OPTION_EXTERNAL_LOGGER, say,
				NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_OF_CONNECTION,
				MHD_OPTION_CONNECTION_TIMEOUT, idle, MHD_OPTION_CONNECTION_LIMIT,
				h->conns.max + 16, MHD_OPTION_STRICT_FOR_CLIENT, 1,
				MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
				MHD_OPTION_URI_LOG_CALLBACK, request_begin, h, MHD_OPTION_NOTIFY_COMPLETED,
				request_end, h, MHD_OPTION_NOTIFY_CONNECTION, request_connection, h,
				MHD_OPTION_ARRAY, f->cert.data != NULL ? tls : none, MHD_OPTION_END);
}

rp_code daemons_start(http *h, const struct http_conf *c, struct rp_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	RP_AUTO(tls_files_free) struct tls_files f = {0};
	const bool tls = c->cert_file != NULL || c->key_file != NULL;
	rp_code rc;

	(void)pthread_once(&once, wipe_what_tls_frees);
	rc = tls ? load_tls(c, &f, err) : RP_OK;
	if (rc != RP_OK)
		return rc;
	for (; h->n_daemons < c->threads; h->n_daemons++) {
		h->daemons[h->n_daemons] = start_one(h, c, &f);
		if (h->daemons[h->n_daemons] == NULL)
			return rp_fail(err, RP_E_FAULT, "the HTTP library did not start");
	}
	return RP_OK;
}

void daemons_stop(http *h)
{
	for (unsigned i = 0; i < h->n_daemons; i++)
		MHD_stop_daemon(h->daemons[i]);
	h->n_daemons = 0;
}

void daemons_take(http *h, int fd, const struct sockaddr *address, socklen_t len)
{
	struct MHD_Daemon *d = h->daemons[h->next_daemon++ % h->n_daemons];

	/* It closes the socket when it cannot take it. */
	if (MHD_add_connection(d, fd, address, len) != MHD_YES) {
		conns_drop(&h->conns, fd);
		h->count.refused++;
	}
}
